# Eight clients reading every tab, four sessions writing, the tick and an import, at once: nothing fails but whole transactions that PostgreSQL asks to
# repeat (40001, 40P01), no backend grows, and everything is exact afterwards. With --long for two minutes.
use strict;
use warnings;
use File::Basename qw(dirname);
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $seconds = $ENV{ROI_TEST_SECONDS} // ($ENV{ROI_TEST_LONG} ? 120 : 14);
my $growth = 16384; # kB more than after a third of the time: a statement may be under way; test 071 measures leaks
my $node = RoiTest::server('load', {}, "log_line_prefix = '%m [%p] %e %a '", "deadlock_timeout = '100ms'", 'log_min_messages = warning');
my $db = RoiTest->new(node => $node, db => 'load')->create_database->create_extension;
$db->sql(q(
	SELECT roi_setup();
	SELECT roi_make_partitions(ARRAY['2024-05-15', '2024-06-15']::timestamptz[]);
	INSERT INTO users (clerk_id) VALUES ('u1'), ('u2'), ('d1'), ('d2'), ('m1'), ('m2'), ('big');
	INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2000-01-01', 1);
	SELECT roi_simulate(who, seed => 1, first_posts => 3, posts_per_day => 6, start_at => '2024-05-30 20:00+00') FROM unnest('{s1,s2}'::text[]) who;
	CREATE ROLE client LOGIN; SELECT roi_grant('client', 'client')));
my ($rc, undef, $err) = $db->run('\i ' . dirname(__FILE__) . '/../lib/rollup_stress.sql');
die $err if $rc;
$db->sql('GRANT USAGE ON SCHEMA stress TO client; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA stress TO client');

# --- the load ---

# What a signed-in client can ask: every function of a user that takes a range, and of his settings. Analyses may refuse so few days.
$db->sql(q(CREATE FUNCTION stress.asked(statement text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; EXCEPTION WHEN SQLSTATE 'PT422' THEN NULL; END $$));
my @reads = map { /roi_(?:forecast|seasonality|anomalies|budget_pacing|ab_test)\(/ ? s/^(.*);$/SELECT stress.asked(\$\$$1\$\$);/r : $_ } split /\n/, $db->sql(qq(SELECT format('SELECT count(t::text) FROM %s(%s) t;', p.proname,
		CASE WHEN 'period' = ANY (proargnames) THEN \$\$'u' || :who, since => timestamptz '2024-06-02 00:00+00' - :span * interval '7 hours', until => '2024-06-03', currency => 'USD'\$\$
			WHEN 'year' = ANY (proargnames) THEN \$\$'u' || :who, 2024, currency => 'USD'\$\$ ELSE \$\$'u' || :who\$\$ END
			|| CASE WHEN 'variant_a' = ANY (proargnames) THEN \$\$, variant_a => '1', variant_b => '2'\$\$ ELSE '' END)
	FROM @{[ RoiTest::routines() ]} WHERE p.provolatile <> 'v' AND has_function_privilege('client', p.oid, 'execute') AND p.proargnames[1] = 'user_id'
		AND obj_description(p.oid, 'pg_proc') !~ '^Internal' ORDER BY 1));
cmp_ok(scalar(@reads), '>', 15, 'there are read functions: ' . @reads);
my @singles = grep { !/truncate|tick|rebuild|simulated|user/ } split /\n/, $db->sql("SELECT proname FROM pg_proc WHERE pronamespace = 'stress'::regnamespace AND proname ~ '^single_'");
my $import = q(SELECT FROM roi_import('big', convert_to(E'Day,Campaign name,Ad ID,Amount spent (USD),Impressions,Link clicks,Purchases conversion value\n' ||
	(SELECT string_agg(format('2024-0%s-%s,C%s,a%s,%s.25,%s,%s,5.5', 5 + n % 2, to_char(1 + n % 28, 'FM00'), n % 5, n % 90, n, :salt, n), E'\n') FROM generate_series(1, 3000) n), 'UTF8'));
);
my %loads = (
	readers => [ 8, [ '-U', 'client' ], "\\set who random(1, 2)\n\\set span random(1, 40)\nSELECT set_config('roi_ext.user_id', 'u' || :who, false);\n" . join("\n", @reads) . "\n" ],
	writers => [ 3, [], map { "SELECT FROM stress.$_();\n" } @singles ],
	transactions => [ 1, [], "SELECT FROM stress.multi_mix();\n" ],
	tick => [ 1, [], "SELECT FROM stress.single_tick();\n" ],
	import => [ 1, [], "\\set salt random(1, 1000)\n$import" ],
);

sub start_load
{
	my ($name) = @_;
	my ($clients, $options, @scripts) = @{ $loads{$name} };
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my @files = map { append_to_file("$dir/$_.sql", $scripts[$_]); ('-f', "$dir/$_.sql") } 0 .. $#scripts;
	# Every plan walks the keys: single statements lock facts in one order.
	local $ENV{PGOPTIONS} = '-c enable_seqscan=off -c enable_bitmapscan=off -c client_min_messages=error -c jit=off';
	local $ENV{PGAPPNAME} = $name;
	my $load = { out => "$dir/out", err => "$dir/err" }; # files: nobody empties a pipe meanwhile
	$load->{run} = IPC::Run::start([ 'pgbench', '-n', '-c', $clients, '-j', 1, '-T', $seconds, '--max-tries=1000', @$options, @files, '-d', $node->connstr('load') ],
		'<', \undef, '>', $load->{out}, '2>', $load->{err}, IPC::Run::timeout($seconds + 300));
	return $load;
}

# Memory of its own, in kB, of each backend of the load, by name and process id.
sub memory
{
	my %memory;
	for (split /\n/, $db->sql("SELECT application_name || ' ' || pid FROM pg_stat_activity WHERE application_name IN ('" . join("', '", keys %loads) . "')"))
	{
		my ($pid) = /(\d+)$/;
		my ($size) = slurp_file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+) kB/m;
		$memory{$_} = $size;
	}
	return \%memory;
}

my %running = map { $_ => start_load($_) } sort keys %loads;
sleep $seconds / 3;
my $before = memory();
sleep $seconds - int($seconds / 3) - 2;
my $after = memory();
is(scalar(keys %$after), 14, 'all sessions are there');

# --- what came of it ---

for my $name (sort keys %running)
{
	my $load = $running{$name};
	$load->{run}->finish;
	my ($out, $messages) = map { slurp_file($load->{$_}) } qw(out err);
	is($load->{run}->result(0), 0, "$name: no session ends by an error") or diag(substr $messages, 0, 2000);
	my ($done) = $out =~ /actually processed: (\d+)/;
	my ($lost) = $out =~ /failed transactions: (\d+)/;
	cmp_ok($done, '>', 0, "$name: $done done");
	is($lost, 0, "$name: none is lost");
}
# A deadlock with a transaction of several statements may fall on its partner; PostgreSQL cannot follow a row that another moves to another partition.
my @errors = grep { !/ (40001 transactions ERROR|40001 writers ERROR:  tuple to be locked was already moved|40P01 [a-z]+ ERROR.*multi_mix)/s } grep { / (ERROR|FATAL|PANIC): / } split /\n(?=\d{4}-\d\d-\d\d [^\n]* (?:ERROR|FATAL|PANIC|WARNING|LOG):)/, slurp_file($node->logfile);
is(scalar(@errors), 0, 'the log has no other error than of transactions to repeat') or diag(join "\n", @errors[ 0 .. ($#errors > 9 ? 9 : $#errors) ]);
for (sort keys %$after)
{
	cmp_ok($after->{$_} - $before->{$_}, '<', $growth, "the backend of $_ has not grown: $before->{$_} kB, $after->{$_} kB");
}
is($db->differing, '', 'roi_verify() finds nothing');
is($db->sql('SELECT * FROM stress.differing LIMIT 5'), '', 'neither does plain SQL');
$db->answers("SELECT count(*) FROM roi_posts p WHERE ROW(views, likes, clicks)::text IS DISTINCT FROM (SELECT ROW(coalesce(sum(m.views), 0), coalesce(sum(m.likes), 0), coalesce(sum(m.clicks), 0))::text
	FROM roi_metrics m WHERE (m.user_id, m.platform, m.post_id) = (p.user_id, p.platform, p.post_id))", 0, 'and running totals are the sums of their rows');
done_testing();
