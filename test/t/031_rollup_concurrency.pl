# The rollup under real sessions: random statements at every isolation level, readers that compare, a crash in the middle; and a
# transaction of 5,000 statements.
use strict;
use warnings;
use File::Basename qw(dirname);
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use RoiTest;

my $seconds = $ENV{ROI_TEST_LONG} ? 120 : 15;
my $workload = dirname(__FILE__) . '/../lib/rollup_stress.sql';
my %weights = (single_insert => 40, single_insert_many => 12, single_upsert => 20, single_merge => 12, single_update => 36, single_move => 20,
	single_delete => 24, single_truncate => 1, single_user => 10, single_import => 12, single_tick => 8, single_simulated => 12,
	single_rebuild => 3, multi_mix => 6, reader => 40);
my @levels = ('read committed', 'repeatable read', 'serializable');

my $node = RoiTest::server('rollup_concurrency', {}, "deadlock_timeout = '50ms'", 'restart_after_crash = on', 'log_min_messages = warning');

# A database with the tables, the users and the workload.
sub database
{
	my ($name) = @_;
	my $db = RoiTest->new(node => $node, db => $name)->create_database->create_extension;
	$db->sql(q(
		SELECT roi_setup();
		SELECT roi_make_partitions(ARRAY['2024-05-15', '2024-06-15']::timestamptz[]);
		INSERT INTO users (clerk_id) VALUES ('u1'), ('u2'), ('d1'), ('d2'), ('m1'), ('m2');
		INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2000-01-01', 1);
		SELECT roi_simulate('s1', seed => 1, first_posts => 3, posts_per_day => 6, start_at => '2024-05-30 20:00+00')));
	my ($rc, undef, $err) = $db->run("\\i $workload");
	die $err if $rc;
	return $db;
}

# --- the load ---

# Script files of pgbench, with their weights: one call each, and a reader's transaction. TRUNCATE needs every user of the month at
# once: with a snapshot it would be tried again for the rest of the run, so that is left to the isolation tests.
sub scripts
{
	my ($level) = @_;
	my %files = map { $_ => "SELECT FROM stress.$_();\n" } grep { $_ ne 'reader' && ($_ ne 'single_truncate' || $level eq 'read committed') } keys %weights;
	# TRUNCATE empties a table for older snapshots too (PostgreSQL's manual, "Caveats" of MVCC): readers lock before theirs begins.
	$files{reader} = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nLOCK TABLE roi_metrics IN ACCESS SHARE MODE;\nSELECT FROM stress.reader();\nCOMMIT;\n";
	my @arguments;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	for my $name (sort keys %files)
	{
		my $file = "$dir/$name.sql";
		append_to_file($file, $files{$name});
		push @arguments, '-f', "$file@" . $weights{$name};
	}
	return @arguments;
}

# Starts pgbench at an isolation level. Every plan walks the keys, so that all statements lock facts in one order.
sub start_load
{
	my ($db, $level, $clients, $duration) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my $load = { level => $level, out => "$dir/out", err => "$dir/err" }; # files: nobody empties a pipe meanwhile
	(my $value = $level) =~ s/ /\\ /g;
	local $ENV{PGOPTIONS} = "-c default_transaction_isolation=$value -c enable_seqscan=off -c enable_bitmapscan=off -c client_min_messages=error -c jit=off";
	$load->{run} = IPC::Run::start(
		[ 'pgbench', '-n', '-c', $clients, '-j', 1, '-T', $duration, '--max-tries=1000', '--failures-detailed', scripts($level), '-d',
			$db->{node}->connstr($db->{db}) ],
		'<', \undef, '>', $load->{out}, '2>', $load->{err}, IPC::Run::timeout($duration + 300));
	return $load;
}

# Deadlocks in the server's log, each with the statements that took part.
sub deadlocks
{
	my $log = slurp_file($node->logfile);
	my @found;
	while ($log =~ /ERROR:\s+(?:\w+: )?deadlock detected\n(.*?)\n(?=\d{4}-\d\d-\d\d [^\n]*?(?:HINT|CONTEXT|STATEMENT|LOG|ERROR):)/sg)
	{
		push @found, $1;
	}
	return @found;
}

sub no_deadlock
{
	my ($name, @found) = @_;
	is(scalar(@found), 0, $name) or diag(join "\n--\n", @found[ 0 .. ($#found > 4 ? 4 : $#found) ]);
	return;
}

sub check_exact
{
	my ($db, $name) = @_;
	is($db->sql('SELECT * FROM roi_verify() LIMIT 20'), '', "$name: roi_verify() finds nothing");
	is($db->sql('SELECT * FROM stress.differing LIMIT 20'), '', "$name: neither does plain SQL");
	return;
}

sub check_load
{
	my ($load, $name) = @_;
	$load->{run}->finish;
	my ($out, $err) = map { slurp_file($load->{$_}) } qw(out err);
	my ($done) = $out =~ /number of transactions actually processed: (\d+)/;
	my ($again) = $out =~ /number of transactions retried: (\d+)/;
	my ($lost) = $out =~ /number of failed transactions: (\d+)/;
	my @errors = grep { /aborted|inconsistent|FATAL|PANIC/ } split /\n/, $err;
	is($load->{run}->result(0), 0, "$name: no session ends by an error") or diag(join "\n", @errors[ 0 .. ($#errors > 9 ? 9 : $#errors) ]);
	is(scalar(grep { /inconsistent/ } @errors), 0, "$name: no reader sees numbers that disagree");
	cmp_ok($done // 0, '>', 100, "$name: statements were done");
	is($lost, 0, "$name: and none given up");
	diag("$name: $done transactions, " . ($again // 0) . ' retried');
	return;
}

sub check_stress
{
	my $db = database('stress');
	my %clients = ('read committed' => 4, 'repeatable read' => 2, 'serializable' => 2);
	my @loads = map { start_load($db, $_, $clients{$_}, $seconds) } @levels;
	check_load($_, "8 sessions, $_->{level}") for @loads;
	check_exact($db, 'after the load');
	my @deadlocks = deadlocks();
	my @ours = grep { !/multi_/ } @deadlocks;
	no_deadlock('no deadlock among single statements and functions', grep { !/truncate/ } @ours);
	no_deadlock('nor between them and TRUNCATE', grep { /truncate/ } @ours);
	diag(@deadlocks - @ours . ' deadlocks with transactions of several statements');
	cmp_ok($db->sql("SELECT count(*) FROM roi_metrics"), '>', 100, 'facts are there');
	$db->answers("SELECT count(*) >= 5, bool_or(grain = 'q'), bool_or(grain = 'm') FROM roi_rollup", 't|t|t', 'and rollups');
	return $db;
}

# --- a crash ---

sub check_crash
{
	my ($db) = @_;
	my $before = $db->sql('SELECT last_value FROM roi_metrics_id_seq');
	my @loads = map { start_load($db, $_, 2, 120) } @levels;
	for (1 .. 600)
	{
		last if $db->sql('SELECT last_value FROM roi_metrics_id_seq') > $before + 500;
		usleep(50_000);
	}
	cmp_ok($db->sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ 'stress'"), '>', 0, 'sessions are at work when the server is killed');
	RoiTest::kill_server($node);
	$_->{run}->finish for @loads;
	$node->start;
	check_exact($db, 'after a crash');
	$db->sql('SELECT stress.single_insert_many(), stress.single_tick(), stress.single_update(), stress.single_import()');
	check_exact($db, 'and after the next statements');
	return;
}

# --- a long transaction ---

# 2,500 inserts of one user in one hour; answers the blocks that the transaction has read so far in our tables and their indexes.
my $half = q(
	DO $$ BEGIN
		FOR n IN 1 .. 2500 LOOP
			INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, update_timestamp, views, ad_spend, revenue_generated)
			VALUES ('long', 'x', 'p' || n % 30, n % 3 + 1, '2024-06-10 10:00+00', n, 0.25, n % 2);
		END LOOP;
	END $$;
	SELECT sum(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i', 't'););

sub check_long_transaction
{
	my $db = database('long');
	$db->sql(q(INSERT INTO users (clerk_id) VALUES ('long'); INSERT INTO roi_metrics (user_id, platform, update_timestamp) VALUES ('long', 'x', '2024-06-10 10:00+00')));
	my $answer = $db->sql("BEGIN; $half $half SELECT count(*) FROM roi_verify('long'); COMMIT; SELECT count(*) FROM roi_verify('long')");
	my ($first, $both, $inside, $after) = split /\n/, $answer;
	is($inside, 0, '5,000 statements in one transaction: exact inside it');
	is($after, 0, 'and after it');
	check_exact($db, '5,000 statements');
	$db->answers("SELECT data_points, total_impressions, total_posts, total_revenue FROM roi_total('long', 'all')", '5001|6252500|30|2500.00', 'and so is the answer');
	my $second = $both - $first;
	diag(sprintf 'blocks read in our tables: %d by the first 2,500, %d by the second', $first, $second);
	cmp_ok($second, '<', 2500 * 1200, 'late statements do not walk through what early ones left');
	my $size = $db->sql("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
		AND relname IN ('roi_rollup', 'roi_rollup_detail', 'roi_posts', 'roi_user_state')");
	diag(sprintf 'derived tables: %.1f MiB', $size / 1048576);
	cmp_ok($size, '<', 64 * 1048576, 'and the derived tables stay small');
	return;
}

# Several sessions make each new account at once: some meet it half made by another one.
sub check_new_accounts
{
	my $db = database('fresh');
	my $script = $node->basedir . '/fresh.sql';
	append_to_file($script, "SELECT roi_backfill('n' || floor(extract(epoch FROM clock_timestamp()) * 50)::bigint, '1 hour');\n");
	my ($out, $err);
	my $done = IPC::Run::run([ 'pgbench', '-n', '-c', 4, '-j', 1, '-T', int($seconds / 3), '-f', $script, '-d', $node->connstr('fresh') ], '<', \undef, '>', \$out, '2>', \$err);
	ok($done, 'four sessions backfill the same new users') or diag($err);
	$db->answers('SELECT count(*) > 20 FROM roi_simulations', 't', 'many of them');
	check_exact($db, 'new accounts');
	return;
}

my $db = check_stress();
check_crash($db);
check_long_transaction();
check_new_accounts();

done_testing();
