# Thousands of calls of every function that a client or a writer uses, in one session, failing ones among them: neither its memory contexts nor
# malloc grow. With --long 100,000 reads and 100,000 writes.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $calls = $ENV{ROI_TEST_CALLS} // ($ENV{ROI_TEST_LONG} ? 100_000 : 3_000);
# Bytes by which the peak of the last quarter may pass that of the one before: hash tables double, and no call may keep a byte.
my ($contexts_slack, $resident_slack) = (96 * 1024, 768 * 1024);

my $node = RoiTest::server('memory', {});
my $db = RoiTest->new(node => $node, db => 'memory')->create_database->create_extension;
$db->sql(q(
	SELECT roi_setup();
	CREATE ROLE client LOGIN; SELECT roi_grant('client', 'client');
	INSERT INTO users VALUES ('anna'), ('bert'), ('tick');
	INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2000-01-01', 1.1);
	SELECT roi_make_partitions(ARRAY['2024-05-15', '2024-06-15']::timestamptz[]);
	INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, content_type, views, clicks, ad_spend, revenue_generated, currency, update_timestamp)
	SELECT who, 'x', 'p' || n % 7, n % 3 + 1, 'video', n, n % 2, n * 0.5, n, CASE n % 9 WHEN 0 THEN 'EUR' ELSE 'USD' END, timestamptz '2024-05-01 00:00+00' + n * interval '3 hours 7 minutes'
	FROM unnest('{anna,bert}'::text[]) who, generate_series(1, 300) n;
	SELECT roi_simulate('tick', seed => 1, first_posts => 2, posts_per_day => 2, start_at => '2024-05-30 20:00+00');
	CREATE TABLE samples (kind text, calls bigint, contexts bigint, resident bigint);
	CREATE FUNCTION sample(kind text, calls bigint) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
		INSERT INTO samples SELECT kind, calls, sum(total_bytes), substring(pg_read_file('/proc/self/status', 0, 10000) FROM 'RssAnon:\s+(\d+) kB')::bigint * 1024 FROM pg_backend_memory_contexts
	$$;
	CREATE FUNCTION failing(statement text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; RAISE assert_failure; EXCEPTION WHEN data_exception OR invalid_parameter_value OR insufficient_privilege OR not_null_violation OR check_violation THEN NULL; END $$;
	CREATE FUNCTION asked(statement text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; EXCEPTION WHEN SQLSTATE 'PT422' THEN NULL; END $$; -- analyses may refuse so few days
	CREATE SEQUENCE hours));

my $range = q('anna', since => timestamptz '2024-06-02 00:00+00' - :any * interval '7 hours', until => '2024-06-03', currency => 'USD');
my @reads = map { /roi_(?:forecast|seasonality|anomalies|budget_pacing|ab_test)\(/ ? s/^(.*);$/SELECT asked(\$\$$1\$\$);/r : $_ } split /\n/, $db->sql(qq(SELECT format('SELECT count(t::text) FROM %s(%s) t;', p.proname,
		CASE WHEN 'period' = ANY (proargnames) THEN '@{[ $range =~ s/'/''/gr ]}' ELSE '''anna''' END || CASE WHEN 'variant_a' = ANY (proargnames) THEN ', variant_a => ''1'', variant_b => ''2''' ELSE '' END)
	FROM @{[ RoiTest::routines() ]} WHERE p.provolatile <> 'v' AND has_function_privilege('client', p.oid, 'execute') AND p.proargnames[1] = 'user_id'
		AND obj_description(p.oid, 'pg_proc') !~ '^Internal' ORDER BY 1));
push @reads, map { "SELECT failing(\$\$SELECT count(t) FROM $_ t\$\$);" } "roi_total('bert')", "roi_total('anna', 'never')", "roi_dashboard(NULL)", "roi_top_posts('anna', order_by => 'x')", "roi_total('anna', time_zone => 'Nowhere')";

my $file = q(convert_to(E'Day,Campaign name,Ad ID,Amount spent (USD),Impressions\n2024-05-05,C,a,1.25,:any\n2024-06-05,C,b,2.25,:any\nnever,C,b,1,1', 'UTF8'));
my $moment = q(timestamptz '2024-05-30 00:00+00' + :any * interval '30 minutes');
my @writes = (
	qq(INSERT INTO roi_metrics (user_id, platform, post_id, content_type, views, update_timestamp, currency) SELECT 'bert', 'x', 'p' || n, 'a', n, $moment, 'EUR' FROM generate_series(1, 5) n;),
	qq(DELETE FROM roi_metrics WHERE user_id = 'bert' AND update_timestamp >= $moment - interval '6 hours' AND update_timestamp < $moment + interval '6 hours';),
	qq(UPDATE roi_metrics SET views = views + 1, update_timestamp = update_timestamp - interval '20 days' * (1 - 2 * (:any % 2)) WHERE user_id = 'anna' AND post_id = 'p1' AND update_timestamp = (SELECT min(update_timestamp) FROM roi_metrics WHERE user_id = 'anna' AND post_id = 'p1' AND update_timestamp >= $moment);),
	q(BEGIN; SAVEPOINT a; UPDATE roi_metrics SET clicks = clicks + 1 WHERE user_id = 'anna' AND post_id = 'p2'; ROLLBACK TO a; COMMIT;),
	qq(SELECT roi_import('anna', $file);),
	qq(SELECT roi_import('anna', $file, dry_run => true);),
	q(SELECT roi_undo_import(id, 'anna') FROM roi_import_batches WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1;),
	q(DELETE FROM roi_import_batches WHERE user_id = 'anna' AND id IN (SELECT id FROM roi_import_batches WHERE undone_at IS NOT NULL);),
	q(SELECT roi_record_snapshot('anna', 'instagram', 'post', views => (SELECT coalesce(max(views), 0) + 1 FROM roi_posts WHERE post_id = 'post'), metrics => '{"reach": 5}');),
	q(SELECT roi_generate_tick(timestamptz '2024-05-31 00:00+00' + nextval('hours') * interval '30 minutes');),
	q(SELECT roi_simulate('demo', seed => 1, first_posts => 2, posts_per_day => 2, start_at => '2024-05-30 20:00+00'); SELECT roi_backfill('demo', '2 days', '2024-05-31'); SELECT roi_purge_simulated('demo');),
	q(SELECT count(v) FROM roi_verify('anna') v;),
	q(SELECT roi_rebuild('bert', '2024-06-01', '2024-06-02');),
	q(SELECT roi_save_user_preferences('anna', '{"industry": "retail"}');),
	q(SELECT count(s) FROM roi_health() s;),
	map { "SELECT failing(\$\$$_\$\$);" } q(SELECT roi_import('anna', 'x')), q(SELECT roi_import('anna', convert_to(E'Day,Amount spent (USD),Impressions\nx,1,1\ny,1,1', 'UTF8'), max_rejects => 1)), q(INSERT INTO roi_metrics (user_id, platform, views) VALUES ('anna', 'x', 9223372036854775807), ('anna', 'x', 9223372036854775807)),
	  q(SELECT roi_simulate('anna', posts_per_day => -1)), q(SELECT roi_backfill('anna', '-1 day')));

# Runs the statements at random in one session; a sample after each hundredth of them.
sub run_calls
{
	my ($kind, $role, $set, @statements) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my $every = $calls / 100;
	my @files = map {
		append_to_file("$dir/$_.sql", "\\set any random(1, 60)\n\\set calls :calls + 1\n\\set rest :calls % $every\n\\if :rest = 0\nSELECT sample('$kind', :calls);\n\\endif\n$statements[$_]\n");
		('-f', "$dir/$_.sql")
	} 0 .. $#statements;
	local $ENV{PGOPTIONS} = "-c client_min_messages=error -c jit=off $set";
	my ($out, $err);
	my $done = IPC::Run::run([ 'pgbench', '-n', '-c', 1, '-t', $calls, '-D', 'calls=0', '--random-seed', $ENV{ROI_TEST_SEED} // 7, @files, '-U', $role, '-d', $node->connstr('memory') ], '<', \undef, '>', \$out, '2>', \$err);
	ok($done, "$kind: $calls calls of " . @statements . ' kinds') or diag(join "\n", grep { /error|ERROR|aborted/ } split /\n/, $err);
	# malloc gives memory back when it likes: peaks tell
	my ($contexts, $resident, $at_end) = split /\|/, $db->sql("SELECT max(contexts) FILTER (WHERE is_last) - max(contexts) FILTER (WHERE NOT is_last),
			max(resident) FILTER (WHERE is_last) - max(resident) FILTER (WHERE NOT is_last), max(contexts) || ' bytes of contexts, ' || max(resident) || ' resident'
		FROM (SELECT *, calls > 0.75 * $calls AS is_last FROM samples WHERE kind = '$kind' AND calls > 0.5 * $calls) s");
	cmp_ok($contexts, '<=', $contexts_slack, "$kind: memory contexts are as before");
	cmp_ok($resident, '<=', $resident_slack, "$kind: so is resident memory ($at_end)");
	note($db->sql("SELECT calls, contexts, resident FROM samples WHERE kind = '$kind' AND calls * 10 % $calls = 0 ORDER BY 1"));
	return;
}

run_calls('reads', 'client', '-c roi_ext.user_id=anna', @reads);
my ($superuser) = $db->sql('SELECT current_user');
run_calls('writes', $superuser, '', @writes);
is($db->differing, '', 'roi_verify() finds nothing');
done_testing();
