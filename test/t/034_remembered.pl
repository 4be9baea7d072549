# Dashboards that a session remembers equal those of a session that remembers nothing: after random writes, whatever bounds within a quarter
# are asked for, and after each change beside the facts that a dashboard shows.
#
#   ROI_TEST_SEED=n       other statements (default 20250131)
#   ROI_TEST_CHANGES=n    how many (default 300, with ROI_TEST_LONG 4000)
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;
use RollupStatements;

my $seed = $ENV{ROI_TEST_SEED} // 20250131;
my $wanted = $ENV{ROI_TEST_CHANGES} // ($ENV{ROI_TEST_LONG} ? 4000 : 300);
my $chance = RollupStatements->new($seed);
diag("random changes: ROI_TEST_SEED=$seed ROI_TEST_CHANGES=$wanted");

my $node = RoiTest::server('remembered', { allows_streaming => 1 }, 'max_locks_per_transaction = 256', 'fsync = off', 'max_prepared_transactions = 2');
$node->safe_psql('postgres', 'CREATE ROLE writer LOGIN; CREATE ROLE appender LOGIN; CREATE ROLE client LOGIN; CREATE ROLE half LOGIN');
my $db = RoiTest->new(node => $node, db => 'remembered')->create_database->create_extension;
my $connection = $node->connstr('remembered');
$db->sql(q(
	SELECT roi_setup(); SELECT roi_make_partitions(ARRAY['2025-01-31', '2025-02-15', '2025-03-15']::timestamptz[]);
	SELECT roi_grant('client', 'client'); SELECT roi_grant('half', 'client'); REVOKE SELECT ON roi_rollup FROM half;
	CREATE EXTENSION dblink;
	-- Fingerprints of dashboards, or their SQLSTATE, and whether the rollup was read for them.
	CREATE FUNCTION public.ask(questions jsonb) RETURNS TABLE (number bigint, answer text, is_read boolean) LANGUAGE plpgsql AS $$
	DECLARE
		before bigint;
		q record;
	BEGIN
		FOR q IN SELECT r.*, e.ordinality FROM jsonb_array_elements(questions) WITH ORDINALITY e (question, ordinality),
			jsonb_to_record(e.question) AS r (who text, period text, since timestamptz, until timestamptz, zone text, currency text)
		LOOP
			number := q.ordinality;
			SELECT sum(pg_stat_get_xact_blocks_fetched(c)) INTO before FROM unnest(ARRAY['roi_rollup', 'roi_rollup_pkey']::regclass[]) c;
			BEGIN
				answer := (roi_dashboard(q.who, q.period, q.since, q.until, q.zone, q.currency)::jsonb - 'asOf'
					#- CASE WHEN q.until IS NULL THEN '{range,since}' ELSE '{}' END::text[] #- CASE WHEN q.until IS NULL THEN '{range,until}' ELSE '{}' END::text[])::text;
			EXCEPTION WHEN OTHERS THEN
				answer := SQLSTATE;
			END;
			is_read := (SELECT sum(pg_stat_get_xact_blocks_fetched(c)) FROM unnest(ARRAY['roi_rollup', 'roi_rollup_pkey']::regclass[]) c) > before;
			RETURN NEXT;
		END LOOP;
	END $$;
	GRANT EXECUTE ON FUNCTION public.ask(jsonb) TO client;
));
$db->sql(RollupStatements->new(1)->all_users->{sql});
my $tables = 'roi_metrics, roi_metrics_p2025_01, roi_metrics_p2025_02, roi_metrics_default';
$db->sql("GRANT USAGE ON SCHEMA public TO writer, appender; GRANT SELECT, INSERT, UPDATE, DELETE ON $tables TO writer; GRANT INSERT ON $tables TO appender;
	GRANT USAGE ON SEQUENCE roi_metrics_id_seq TO writer, appender; GRANT EXECUTE ON FUNCTION roi_current_user_id() TO writer, appender");

# Two sessions that stay: one remembers, one does not. Compares their answers; `~number read` tells what the first one did.
my $sessions = join '', map { "SELECT dblink_connect('$_', " . RoiTest::quote_literal($connection) . ");\n" } 'mind', 'plain';
$sessions .= "SELECT dblink_exec('plain', 'SET roi_ext.answer_memory = 0');\n";
$sessions .= "SELECT dblink_exec('$_', 'SET client_min_messages = error') FROM generate_series(1, 1);\n" for 'mind', 'plain';

sub check
{
	my ($number, $questions) = @_;
	my $asked = RoiTest::quote_literal('SELECT * FROM ask(' . RoiTest::quote_literal($questions) . ')');
	return "SELECT '~$number ' || count(*) FILTER (WHERE m.is_read) || ' ' || count(*) FILTER (WHERE NOT m.is_read) || ' ' || count(*) FILTER (WHERE NOT p.is_read) || ' '"
	  . " || coalesce(string_agg(format('%s: %s instead of %s', number, m.answer, p.answer), ' ') FILTER (WHERE m.answer IS DISTINCT FROM p.answer), '')"
	  . " FROM dblink('mind', $asked) m (number bigint, answer text, is_read boolean) JOIN dblink('plain', $asked) p (number bigint, answer text, is_read boolean) USING (number);\n";
}

my @zones = ('UTC', 'UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Africa/Monrovia');
my @ends = ('2025-02-01 00:00+00', '2025-02-01 00:15+00', '2025-02-02 13:30+00', '2025-01-31 23:45+00', '2025-03-01 00:00+00', '2010-06-01 00:00+00', '1971-06-01 00:45+00');

# A bound in a quarter: at its start, or anywhere in it.
sub bound
{
	my $base = $chance->any(@ends);
	return $chance->chance(25) ? $base : [ "$base", $chance->below(900_000_000) ];
}
sub moment { my ($bound) = @_; return ref $bound ? sprintf("'%s'::timestamptz + interval '%d microseconds'", $bound->[0], $bound->[1]) : "'$bound'"; }

# The same few questions again and again, their bounds anywhere in the same quarters.
my @kinds = map { { who => $_->[0], period => $chance->any('30d', '30d', '7d', '1y', 'all'), since => $chance->chance(40) ? $chance->any('2025-01-30 10:00+00', '2024-12-01 05:15+00', '1970-03-01 00:00+00') : undef,
	until => $chance->chance(80) ? $chance->any(@ends) : undef, zone => $chance->any(@zones), currency => $_->[1] } }
  map { my $who = $_; map { [ $who, $_ ] } undef, undef, undef, 'USD' } 'u1', 'u2', "o'brien é";

sub questions
{
	my @asked;
	for my $kind (@kinds)
	{
		next if defined $kind->{since} && defined $kind->{until} && $kind->{since} ge $kind->{until};
		my %question = %$kind;
		for my $bound (grep { defined $question{$_} && $chance->chance(70) } 'since', 'until')
		{
			# the whole of a quarter that other questions cut
			next if $bound eq 'until' && $chance->chance(25) && $question{until} =~ s{ (\d\d):(\d\d)\+00$}{ my $m = $1 * 60 + $2 + 15; sprintf ' %02d:%02d+00', int($m / 60), $m % 60 }e;
			my $within = $chance->below(899) + 1;
			$question{$bound} =~ s{^(\S+) (\d\d):(\d\d)\+00$}{ my $s = $3 * 60 + $within; sprintf '%s %02d:%02d:%02d.%06d+00', $1, $2, int($s / 60) % 60, $s % 60, $chance->below(1_000_000) }e;
		}
		push @asked, '{' . join(', ', map { qq("$_": ) . (defined $question{$_} ? '"' . $question{$_} . '"' : 'null') } sort keys %question) . '}';
	}
	return '[' . join(', ', @asked) . ']';
}

# --- random changes ---

my $script = join '', "\\set ON_ERROR_STOP off\n", $sessions, map { "$_->{sql};\n" } RollupStatements->prepare;
my $number = 0;
for (1 .. $wanted)
{
	for my $statement (@{ $chance->next })
	{
		my $sql = $statement->{sql};
		$sql =~ s/\b(?:EUR|JPY)\b/USD/g if $_ > $wanted / 10; # several currencies would be converted, which is not remembered
		$script .= $sql =~ /\\\.\n\z/ ? $sql : "$sql;\n";
	}
	# most changes touch one user: what the others are told is still remembered
	$script .= check($number++, questions()) for 0 .. $chance->below(2);
}
my ($rc, $out, $err) = $node->psql('remembered', $script, on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=verbose' ], timeout => 900);
my @checks = $out =~ /^~(\d+ \d+ \d+ \d+ .*)$/mg;
is(scalar @checks, $number, 'every check ran') or diag(substr $err, -1500);
my ($read, $known, $unread, @wrong) = (0, 0, 0);
for (@checks)
{
	my ($n, $r, $k, $u, $difference) = split / /, $_, 5;
	$read += $r;
	$known += $k;
	$unread += $u;
	push @wrong, "check $n: $difference" if $difference ne '';
}
is(scalar @wrong, 0, 'both sessions give the same answers') or diag(join "\n", map { substr $_, 0, 1500 } @wrong[ 0 .. ($#wrong > 3 ? 3 : $#wrong) ]);
diag("$read answers read, $known remembered; the other session read all but $unread");
cmp_ok($known - $unread, '>', ($read + $known) / 10, 'many answers were remembered');
cmp_ok($read, '>', ($read + $known) / 10, 'and many were not');

# --- what a dashboard shows beside its cells, and who may see it ---

$db->sql(q(
	INSERT INTO users VALUES ('one'), ('two') ON CONFLICT DO NOTHING;
	INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, update_timestamp, views, ad_spend, revenue_generated)
	SELECT u, 'facebook', 'p', 1, '2025-01-20 00:00+00'::timestamptz + n * interval '1 hour', n, 1, 2 FROM unnest('{one,two}'::text[]) u, generate_series(1, 200) n;
	INSERT INTO campaign_with_user_id (user_id, id, name, date) VALUES ('one', 1, 'Winter', '2025-01-21')));
my $question = '[{"who": "one", "period": "30d", "until": "2025-02-01 10:07:01+00", "zone": "UTC"}]';

# Each change stands for itself: SQL, whether the answer is another one afterwards, and how it is taken back.
my @changes = (
	[ 'nothing', 'SELECT 1', 0 ],
	[ 'another user is written for', "INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('two', 'x', 1, '2025-01-25')", 0 ],
	[ 'a fact', "INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('one', 'x', 1, '2025-01-25')", 1 ],
	[ 'a fact off the quarter', "INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('one', 'x', 1, '2025-02-01 10:05+00')", 1 ],
	[ 'that fact goes', "DELETE FROM roi_metrics WHERE user_id = 'one' AND update_timestamp = '2025-02-01 10:05+00'", 1 ],
	[ 'a write rolled back', "BEGIN; DELETE FROM roi_metrics WHERE user_id = 'one'; ROLLBACK", 0 ],
	[ 'a prepared transaction', "BEGIN; UPDATE roi_metrics SET views = 0 WHERE user_id = 'one' AND platform = 'x'; PREPARE TRANSACTION 'later'", 0 ],
	[ 'its commit', "COMMIT PREPARED 'later'", 1 ],
	[ 'a rebuild', "SELECT roi_rebuild('one')", 0 ],
	[ 'a campaign', "INSERT INTO campaign_with_user_id (user_id, id, name, date) VALUES ('one', 2, 'Spring', '2025-01-23')", 1 ],
	[ 'its new name', "UPDATE campaign_with_user_id SET name = 'Early' WHERE id = 2 AND user_id = 'one'", 1 ],
	[ 'its end', "DELETE FROM campaign_with_user_id WHERE id = 2 AND user_id = 'one'", 1 ],
	[ 'a benchmark', "INSERT INTO roi_industry_benchmarks VALUES ('default', 'all', 'roi', 12.5, 'test', '2090-01-01')", 1 ],
	[ 'an industry', "INSERT INTO roi_industry_benchmarks VALUES ('retail', 'all', 'roi', 77, 'test', '2025-01-01'); INSERT INTO user_preferences (user_id, industry) VALUES ('one', 'retail')", 1 ],
	[ 'another industry', "UPDATE user_preferences SET industry = NULL WHERE user_id = 'one'", 1 ],
	[ 'no benchmark', 'DELETE FROM roi_industry_benchmarks', 1 ],
	[ 'a simulation', "INSERT INTO roi_simulations (user_id, seed, platforms, posts_per_day, first_posts, growth_model, currency, start_at, generated_until) VALUES ('one', 1, '{facebook}', 0, 0, 'natural', 'USD', '2026-01-01', '2026-01-01')", 1 ],
	[ 'none any more', "DELETE FROM roi_simulations WHERE user_id = 'one'", 1 ],
	[ 'campaigns truncated', 'TRUNCATE campaign_with_user_id', 1 ],
	[ 'SQL on the rollup', "UPDATE roi_rollup SET views = views + 1000 WHERE user_id = 'one'", 1 ],
	[ 'SQL in a replica', "SET session_replication_role = replica; UPDATE roi_rollup SET views = views + 1000 WHERE user_id = 'one'; RESET session_replication_role", 1 ],
	[ 'a copy', "CREATE TABLE kept AS SELECT * FROM roi_rollup; TRUNCATE roi_rollup; INSERT INTO roi_rollup SELECT * FROM kept", 0 ],
	[ 'an empty rollup', 'TRUNCATE roi_rollup', 1 ],
	[ 'a restore without triggers', 'ALTER TABLE roi_rollup DISABLE TRIGGER ALL; INSERT INTO roi_rollup SELECT * FROM kept; ALTER TABLE roi_rollup ENABLE TRIGGER ALL', 1 ],
	[ 'a rebuild that changes it', "SELECT roi_rebuild('one')", 1 ],
	[ 'triggers as they should be', 'SELECT roi_setup()', 0 ],
	[ 'triggers off', 'ALTER TABLE campaign_with_user_id DISABLE TRIGGER ALL', 0 ],
	[ 'a campaign that nobody notes', "INSERT INTO campaign_with_user_id (user_id, id, name, date) VALUES ('one', 3, 'Late', '2025-01-24')", 1 ],
	[ 'triggers on', 'ALTER TABLE campaign_with_user_id ENABLE TRIGGER ALL; SELECT roi_setup()', 0 ],
	[ 'a user who goes and comes', "DELETE FROM users WHERE clerk_id = 'one'; INSERT INTO users VALUES ('one'); INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('one', 'x', 1, '2025-01-25')", 1 ],
	[ 'the partition is truncated', 'TRUNCATE roi_metrics_p2025_01', 1 ]);
my $what = "SELECT answer FROM dblink('mind', " . RoiTest::quote_literal("SELECT answer FROM ask('$question')") . ') a (answer text)';
$script = $sessions;
for my $n (0 .. $#changes)
{
	$script .= join '', "$what;\n" x 2, "$what \\gset before_\n$changes[$n][1];\n", check($n, $question), "SELECT :'before_answer' <> a.answer FROM ($what) a;\n";
}
$out = $db->sql("\\set QUIET on\n$script");
my @results = $out =~ /^~(\d+ \d+ \d+ \d+ .*\n[tf])$/mg;
is(scalar @results, scalar @changes, 'every change was tried');
for my $n (0 .. $#changes)
{
	my ($difference, $changed) = ($results[$n] // '') =~ /^\d+ \d+ \d+ \d+ (.*)\n([tf])$/;
	is($difference, '', "$changes[$n][0]: the answer is true");
	is($changed, $changes[$n][2] ? 't' : 'f', "$changes[$n][0]: " . ($changes[$n][2] ? 'another answer' : 'the same answer'));
}

# --- questions that resemble each other: the one does not answer the other, whichever comes first ---

$db->sql(q(INSERT INTO roi_metrics (user_id, platform, views, ad_spend, update_timestamp) VALUES ('two', 'x', 7, 1, '2025-01-25 00:00+00'), ('two', 'x', 11, 1, '2025-01-27 00:00+00'), ('two', 'x', 13, 1, '2025-01-26 10:12+00')));
my %base = (who => 'two', period => '30d', since => '2025-01-25 00:00+00', until => '2025-01-27 00:00+00', zone => 'UTC');
my @alike = (
	[ 'a fact at the first moment' => since => '2025-01-25 00:00:00.000001+00' ], [ 'a fact at the last moment' => until => '2025-01-27 00:00:00.000001+00' ],
	[ 'a cut end' => until => '2025-01-26 10:10+00' ], [ 'another end' => until => '2025-01-26 23:44:59+00' ], [ 'another begin' => since => '2025-01-24 23:59:59+00' ], [ 'the currency asked for' => currency => 'USD' ],
	[ 'a foreign currency' => currency => 'EUR' ], [ 'a zone' => zone => 'Europe/Berlin' ], [ 'a user' => who => 'one' ], [ 'a bucket' => since => '2025-01-20 00:00:01+00', until => '2025-01-27 01:00:02+00' ]);
sub json { my (%q) = @_; return '[{' . join(', ', map { qq("$_": ) . (defined $q{$_} ? qq("$q{$_}") : 'null') } sort keys %q) . '}]'; }
for my $pair (@alike)
{
	my ($name, %other) = @$pair;
	my %first = (%base, $name eq 'a bucket' ? (%other, until => '2025-01-27 01:00:00.5+00') # some hours more than a week are days
		: $name eq 'a cut end' ? (until => '2025-01-26 10:15+00') : ());
	my @asked = (json(%first), json(%base, %other));
	my $known = $db->sql("\\set QUIET on\n$sessions" . join '', map { check($_, $asked[$_]) } 0, 1, 0, 1);
	my @differ = map { /^~\d+ \d+ \d+ \d+ (.*)$/ ? $1 : () } split /\n/, $known;
	is(join('|', @differ), '|||', "$name: each question has its own answer");
}

# --- within a session ---

$db->sql(q(DELETE FROM roi_metrics WHERE user_id = 'two'; INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) SELECT u, 'x', 5, '2025-01-25' FROM unnest('{one,two}'::text[]) u));
my $views = "(roi_dashboard(%s, until => '2025-02-01 10:07+00')::jsonb #>> '{total,totalImpressions}')";
# A session begins to watch with its first question, keeps the second answer, and gives it to the third.
sub views { return sprintf $views, $_[0] ? "'$_[0]'" : 'roi_current_user_id()'; }
sub remember { my ($who) = @_; return "SELECT ${\ views($who)} \\g /dev/null\n" x 3; }
my $client = $db->as('client')->signed_in('one');

is($client->sql("${\ remember('one')} SELECT ${\ views('one')}; SELECT ${\ views('one')}; SET roi_ext.user_id = 'two'; SELECT ${\ views()};
	SELECT ${\ views('two')}"), "5\n5\n5\n5", 'who signs in anew is answered as himself');
$client->fails("${\ remember('one')} SET roi_ext.user_id = 'two'; SELECT ${\ views('one')}", '42501', qr/Sign in/, 'and may not see what the session remembers of another');
is($db->sql("${\ remember('one')} SELECT ${\ views('one')}; BEGIN; INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('one', 'x', 3, '2025-01-25');
	SELECT ${\ views('one')}; SAVEPOINT s; UPDATE roi_metrics SET views = 10 WHERE user_id = 'one'; SELECT ${\ views('one')}; ROLLBACK TO s; SELECT ${\ views('one')};
	ROLLBACK; SELECT ${\ views('one')}"), "5\n8\n20\n8\n5", 'a transaction sees its own writes, and nobody else sees them after it');
is($db->sql("SELECT dblink_connect('other', ${\ RoiTest::quote_literal($connection)}) IS NULL; ${\ remember('one')} SELECT ${\ views('one')}; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT ${\ views('one')};
	SELECT dblink_exec('other', 'UPDATE roi_metrics SET views = 6 WHERE user_id = ''one''') IS NULL; SELECT ${\ views('one')}; COMMIT; SELECT ${\ views('one')};
	BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT ${\ views('one')}; SELECT dblink_exec('other', 'UPDATE roi_metrics SET views = 5 WHERE user_id = ''one''') IS NULL;
	SELECT ${\ views('one')}; COMMIT; SELECT ${\ views('one')}"), "f\n5\n5\nf\n5\n6\n6\nf\n6\n5", 'a snapshot keeps its answer, and leaves none to later ones');
# What stands beside the sums: a transaction that asks again is told, and one that looks back is not.
my $benchmark = "(roi_dashboard('one', until => '2025-02-01 10:07+00')::jsonb #>> '{trends,benchmark,benchmark}')";
my $other = "SELECT dblink_connect('other', ${\ RoiTest::quote_literal($connection)}) IS NULL";
sub set_benchmark { return "SELECT dblink_exec('other', 'INSERT INTO roi_industry_benchmarks VALUES (''default'', ''all'', ''roi'', $_[0], ''test'', ''2090-01-01'') ON CONFLICT (industry, platform, metric, as_of) DO UPDATE SET value = $_[0]') IS NULL"; }
my $again = "SELECT $benchmark \\g /dev/null\n" x 3;
is($db->sql("$other; ${\ set_benchmark(12)}; $again BEGIN; SELECT $benchmark; ${\ set_benchmark(13)}; SELECT $benchmark; ${\ set_benchmark(14)}; SELECT $benchmark; COMMIT"),
	"f\nf\n12.00\nf\n13.00\nf\n14.00", 'a change is told to a transaction that has the tables open');
is($db->sql("$other; SELECT dblink_connect('keeps', ${\ RoiTest::quote_literal($connection)}) IS NULL; SELECT dblink_exec('keeps', 'BEGIN ISOLATION LEVEL REPEATABLE READ') IS NULL;
	SELECT s AS snapshot FROM dblink('keeps', 'SELECT pg_export_snapshot()') a (s text) \\gset
	${\ set_benchmark(15)}; $again SELECT $benchmark; BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT :'snapshot'; SELECT $benchmark; COMMIT; SELECT $benchmark"),
	"f\nf\nf\nf\n15.00\n14.00\n15.00", 'a snapshot taken over from an older transaction is answered as it sees');
$db->fails("$other; SELECT dblink_exec('other', 'BEGIN'); ${\ set_benchmark(16)}; SET lock_timeout = '1s'; ALTER TABLE roi_rollup SET UNLOGGED", '55P03', qr/^/, 'the signal does not change before a change has given it');
$db->sql('DELETE FROM roi_industry_benchmarks');

# Where clocks end, memory or not, the same is said.
for (['UTC', '294276-12-31 22:00+00', '294276-12-31 23:59:59.999999+00'], ['Europe/Berlin', '294276-12-31 22:00+00', '294276-12-31 23:59:59.999999+00'],
	['America/New_York', '4714-11-24 00:00:01+00 BC', '4714-11-25 00:00+00 BC'], ['Asia/Kathmandu', '0001-01-01 00:00+00', '0001-02-01 00:00+00'], ['UTC', '9999-12-01 00:00+00', '9999-12-31 23:59+00'])
{
	my ($zone, $since, $until) = @$_;
	my ($with, $without) = map { my $error = $db->error("SET roi_ext.answer_memory = '$_'; SELECT roi_dashboard('one', since => '$since', until => '$until', time_zone => '$zone')"); $error && $error->{state} } '8MB', 0;
	is($with, $without, "$zone $since: @{[$without // 'an answer']}");
}
$db->fails("${\ remember('one')} SET ROLE half; SET roi_ext.user_id = 'one'; SELECT ${\ views('one')}", '42501', qr/^/, 'a role without privileges gets nothing of what the session remembers for another');
for my $hidden ('REVOKE SELECT ON roi_rollup FROM client', 'REVOKE SELECT ON campaign_with_user_id FROM client')
{
	my $asks = "SELECT dblink_connect('asks', ${\ RoiTest::quote_literal($connection . ' user=client')}) IS NULL; SELECT dblink_exec('asks', 'SET roi_ext.user_id = ''one''') IS NULL;
		SELECT * FROM dblink('asks', ${\ RoiTest::quote_literal('SELECT ' . views('one'))}) a (v text); SELECT * FROM dblink('asks', ${\ RoiTest::quote_literal('SELECT ' . views('one'))}) a (v text);";
	(my $back = $hidden) =~ s/REVOKE (.*) FROM/GRANT $1 TO/;
	my $error = $db->error("$asks $hidden; SELECT * FROM dblink('asks', ${\ RoiTest::quote_literal('SELECT ' . views('one'))}) a (v text)");
	is($error && $error->{state}, '42501', "$hidden: refused at once");
	$db->sql($back);
}
is($db->sql("SELECT dblink_connect('asks', ${\ RoiTest::quote_literal($connection . ' user=client')}) IS NULL; SELECT dblink_exec('asks', 'SET roi_ext.user_id = ''one''') IS NULL;
	SELECT * FROM dblink('asks', ${\ RoiTest::quote_literal('SELECT ' . views('one'))}) a (v text);
	CREATE POLICY hides ON roi_rollup AS RESTRICTIVE USING (false); SELECT * FROM dblink('asks', ${\ RoiTest::quote_literal('SELECT ' . views('one'))}) a (v text);
	DROP POLICY hides ON roi_rollup; SELECT * FROM dblink('asks', ${\ RoiTest::quote_literal('SELECT ' . views('one'))}) a (v text)"), "f\nf\n5\n0\n5", 'a policy hides what the session remembers');
$db->fails("SET roi_ext.answer_memory = 'much'; SELECT ${\ views('one')}", '22023', qr/8MB/, 'a setting that is no size');
is($db->sql("SET roi_ext.answer_memory = '4kB'; SELECT ${\ views('one')}; SELECT ${\ views('one')}"), "5\n5", 'too little room keeps nothing');

# --- a standby, where the log is all that tells ---

$node->backup('base', backup_options => ['--checkpoint=fast']);
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
my $there = $db->with(node => $standby);
# Writes on the primary and waits until the standby has replayed it.
sub far { my ($write) = @_; return "SELECT dblink_exec('other', ${\ RoiTest::quote_literal($write)}) IS NULL \\g /dev/null
	SELECT lsn FROM dblink('other', 'SELECT pg_current_wal_insert_lsn()') a (lsn pg_lsn) \\gset
	SELECT set_config('test.lsn', :'lsn', false) \\g /dev/null
	DO \$\$ BEGIN WHILE pg_last_wal_replay_lsn() < current_setting('test.lsn')::pg_lsn LOOP PERFORM pg_sleep(0.01); END LOOP; END \$\$;"; }
my $fetched = q((SELECT sum(pg_stat_get_xact_blocks_fetched(c)) FROM unnest(ARRAY['roi_rollup', 'roi_rollup_pkey']::regclass[]) c));
is($there->sql("$other; ${\ remember('one')} BEGIN; SELECT $fetched AS before \\gset\nSELECT ${\ views('one')}; SELECT $fetched - :before; COMMIT;
	${\ far(q(UPDATE roi_metrics SET views = 21 WHERE user_id = 'one'))} SELECT ${\ views('one')};
	${\ far(q(INSERT INTO roi_industry_benchmarks VALUES ('default', 'all', 'roi', 17, 'test', '2090-01-01')))} $again SELECT $benchmark;
	${\ far(q(DELETE FROM roi_industry_benchmarks; UPDATE roi_metrics SET views = 5 WHERE user_id = 'one'))} SELECT ${\ views('one')}; SELECT $benchmark IS DISTINCT FROM '17.00'"),
	"f\n5\n0\n21\n17.00\n5\nt", 'a session of a standby remembers, and sees what arrives');
$standby->stop('immediate');

# --- memory ---

$db->sql(q(INSERT INTO users SELECT 'm' || n FROM generate_series(1, 400) n; INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) SELECT 'm' || n, 'x', n, '2025-01-25' FROM generate_series(1, 400) n));
my $fill = "SELECT count(roi_dashboard('m' || n, until => '2025-02-01 10:07+00')) FROM generate_series(1, 400) n";
my $peak = q(SELECT (regexp_match(pg_read_file('/proc/self/status'), 'RssAnon:\s+(\d+)'))[1]::int);
my ($small, $large) = map { my @out = split /\n/, $db->sql("SET roi_ext.answer_memory = '$_'; $fill; $fill; $peak"); $out[-1] } '256kB', '64MB';
cmp_ok($large - $small, '>', 3000, "kept documents take room, as much as is allowed: $small kB, $large kB");
is($db->sql("SET roi_ext.answer_memory = '256kB'; $fill; SELECT sum((roi_dashboard('m' || n, until => '2025-02-01 10:07+00')::jsonb #>> '{total,totalImpressions}')::int) FROM generate_series(1, 400) n"),
	"400\n80200", 'documents that had to go are made anew');

done_testing();
