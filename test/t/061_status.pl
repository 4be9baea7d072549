# What people and monitors see of the jobs: roi_status, roi_heartbeat and roi_health as runs are good, bad, late, cut off and absent.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

RoiTest::away_from_the_hour(60);
my $node = RoiTest::server('status', { allows_streaming => 1 });
my $db = RoiTest->new(node => $node, db => 'status', schema => 'roi')->create_database->create_extension;
$db->sql("SELECT roi_setup(); CREATE ROLE op LOGIN; SELECT roi_grant('op', 'operator'); CREATE ROLE cl LOGIN; SELECT roi_grant('cl', 'client')");

my $health = 'SELECT status, reason, lag_hours, accounts_behind, failed FROM roi_health()';
my $never = qr/^never\|no tick has run yet: SELECT roi_schedule\(\);\|0\|0\|0$/;

$db->answers('SELECT * FROM roi_status()', '', 'no job, no row');
like($db->sql($health), $never, 'never');

# ticks that have run and got nothing done are no reason to say that none has
$db->sql("SELECT roi_simulate('bad', seed => 1, first_posts => 2, platforms => '{facebook}', start_at => now() - interval '1 hour'); ALTER TABLE roi_metrics ADD CONSTRAINT bad CHECK (user_id <> 'bad')");
$db->error('CALL roi_tick_job()');
like($db->sql($health), qr/^late\|roi_tick failed: 23514 [^;]*\|1\|1\|1$/, 'late: the only tick has failed');
$db->sql("UPDATE roi_job_runs SET started_at = started_at - interval '7 hours', finished_at = finished_at - interval '7 hours'");
$db->error('CALL roi_tick_job()');
like($db->sql($health), qr/^stalled\|no tick got anything done for 07:0\d:00; roi_tick failed: 23514/, 'stalled: all ticks have failed for hours');
$db->sql("DELETE FROM roi_job_runs; ALTER TABLE roi_metrics DROP CONSTRAINT bad; SELECT roi_purge_simulated('bad')");

# a good run
$db->sql("SELECT roi_simulate('u' || n, seed => n, first_posts => 2, platforms => '{facebook}', start_at => now() - interval '5 hours') FROM generate_series(1, 3) n");
like($db->sql($health), qr/^never\|no tick has run yet: SELECT roi_schedule\(\);; 3 accounts lack up to 5 hours\|5\|3\|0$/, 'with accounts that wait');
$db->sql('CALL roi_tick_job()');
$db->answers($health, 'ok||0|0|0', 'ok');
$db->answers("SELECT job, state, ok, last_start <= last_end, age < interval '1 minute', next_run, lag_hours, rows > 0, accounts, failed, error_at, sqlstate, error, runs_24h, failures_24h FROM roi_status()",
    'roi_tick|ok|t|t|t||0|t|3|0||||1|0', 'roi_status() tells all of it');
$db->answers(q(SELECT job, ok, "when" = (SELECT last_end FROM roi_status()), last_error FROM roi_heartbeat()), 'roi_tick|t|t|', 'the heartbeat');

# a bad account
$db->sql("ALTER TABLE roi_metrics ADD CONSTRAINT bad CHECK (user_id <> 'u2') NOT VALID; UPDATE roi_simulations SET generated_until = generated_until - interval '3 hours', start_at = start_at - interval '3 hours'");
$db->sql("DELETE FROM roi_simulations; SELECT roi_simulate('v' || n, seed => n, first_posts => 2, platforms => '{facebook}', start_at => now() - interval '5 hours') FROM generate_series(1, 3) n");
$db->sql("ALTER TABLE roi_metrics DROP CONSTRAINT bad; ALTER TABLE roi_metrics ADD CONSTRAINT bad CHECK (user_id <> 'v2')");
$db->error('CALL roi_tick_job()');
like($db->sql($health), qr/^late\|1 accounts lack up to 5 hours; roi_tick failed: 23514 new row .*"bad"\|5\|1\|1$/, 'late: one account of three fails');
$db->answers("SELECT state, ok, age < interval '1 minute', lag_hours, accounts, failed, error_at = last_end, sqlstate, error ~ 'bad', detail <> '', context ~ 'roi_tick_job', runs_24h, failures_24h FROM roi_status()",
    'failed|f|t|5|2|1|t|23514|t|t|t|2|1', 'roi_status() with the error');
$db->answers('SELECT ok, last_error FROM roi_heartbeat()', 'f|23514: new row for relation "' . $db->sql("SELECT 'roi_metrics_p' || to_char(now() - interval '5 hours', 'YYYY_MM')") . '" violates check constraint "bad"', 'the heartbeat with the error\'s last line');
$db->sql('ALTER TABLE roi_metrics DROP CONSTRAINT bad; CALL roi_tick_job()');
$db->answers($health, 'ok||0|0|0', 'mended: ok');
$db->answers('SELECT state, ok, sqlstate, runs_24h, failures_24h FROM roi_status()', 'ok|t|23514|3|1', 'the last error stays in sight');

# late and stalled by the clock
$db->sql("UPDATE roi_job_runs SET started_at = started_at - interval '3 hours', finished_at = finished_at - interval '3 hours'");
like($db->sql($health), qr/^late\|no tick got anything done for .*3:0\d/, 'late: the last run was three hours ago');
$db->answers("SELECT status FROM roi_health('4 hours', '1 day')", 'ok', 'with other limits it is not');
$db->sql("UPDATE roi_job_runs SET started_at = started_at - interval '10 hours', finished_at = finished_at - interval '10 hours'");
like($db->sql($health), qr/^stalled\|no tick got anything done for 13:0\d/, 'stalled');
$db->sql("UPDATE roi_simulations SET generated_until = generated_until - interval '1 hour' WHERE user_id = 'v1'");
like($db->sql($health), qr/^stalled\|.*\|1\|1\|0$/, 'with what waits');
$db->fails("SELECT * FROM roi_health($_)", '22023', qr/2 hours/, "roi_health($_)") for "NULL", "'0'", "'2 hours', '1 hour'", "'-1 hour'", "'1 hour', NULL";
$db->sql('CALL roi_tick_job()');

# a clock that was wrong
$db->sql("INSERT INTO roi_job_runs (job, started_at, finished_at, ok, accounts) VALUES ('roi_tick', now() + interval '9 days', now() + interval '9 days', true, 1)");
$db->answers("SELECT status, age < interval '1 hour' AND age > interval '0' FROM roi_health()", 'ok|t', 'runs of the future are not the last good one');
$db->sql("DELETE FROM roi_job_runs WHERE started_at > now()");

# a run whose session is gone, and one that runs
$db->sql("INSERT INTO roi_job_runs (job, pid) VALUES ('roi_tick', 2147483647)");
$db->answers('SELECT state, ok FROM roi_status()', 'interrupted|', 'interrupted');
$db->answers('SELECT status, reason FROM roi_health()', 'late|roi_tick interrupted', 'which is late for monitors, without the error of another run');
$db->sql('CALL roi_tick_job()');
$db->answers('SELECT state, sqlstate FROM roi_status()', 'ok|57P02', 'the next run closes it');
$db->answers("BEGIN; INSERT INTO roi_job_runs (job) VALUES ('roi_tick'); SELECT state, ok FROM roi_status(); ROLLBACK", 'running|', 'running');

my $idle = $db->{node}->background_psql('status');
my $pid = $idle->query_safe('SELECT pg_backend_pid()');
$db->sql("INSERT INTO roi_job_runs (job, pid) VALUES ('roi_tick', $pid)");
$db->answers('SELECT state FROM roi_status()', 'interrupted', 'a session that does nothing runs nothing');
$db->answers("UPDATE roi_job_runs SET started_at = (SELECT backend_start - interval '1 ms' FROM pg_stat_activity WHERE pid = pg_backend_pid()), pid = pg_backend_pid() WHERE ok IS NULL; SELECT state FROM roi_status() WHERE job = 'roi_tick'", 'interrupted',
    'nor one that began later, with the number of another');
$idle->quit;
$db->answers("INSERT INTO roi_job_runs (job) VALUES ('roi_tick'); CALL roi_tick_job(); SELECT count(*) FILTER (WHERE ok IS NULL), count(*) FILTER (WHERE sqlstate = '57P02') > 1 FROM roi_job_runs", '0|t', 'a session closes the run that it has left itself');

# a run of hours that commits batch after batch
$db->sql("UPDATE roi_job_runs SET started_at = started_at - interval '9 hours', finished_at = finished_at - interval '9 hours'");
$db->answers("INSERT INTO roi_job_runs (job, accounts, started_at, pid) SELECT 'roi_tick', 5, backend_start, pid FROM pg_stat_activity WHERE pid = pg_backend_pid(); SELECT state FROM roi_status(); SELECT status, reason FROM roi_health()", "running\nok|", 'a run that has just committed a batch is at work');
$db->sql('DELETE FROM roi_job_runs WHERE ok IS NULL; CALL roi_tick_job()');

# maintenance that failed days ago
$db->sql("INSERT INTO roi_job_runs (job, started_at, finished_at, ok, sqlstate, message) VALUES ('roi_maintain', now() - interval '5 days', now() - interval '5 days', false, '55000', 'differs')");
$db->answers('SELECT status, reason FROM roi_health()', 'late|roi_maintain failed: 55000 differs', 'a failed maintenance counts until it is mended, though it be weekly');
$db->sql("DELETE FROM roi_job_runs WHERE job = 'roi_maintain'");

# other jobs stand beside it
$db->sql("CALL roi_backfill_job('other', '2 hours'); CALL roi_purge_job()");
$db->answers('SELECT string_agg(job, $$ $$ ORDER BY job), bool_and(ok), count(lag_hours) FROM roi_status()', 'roi_backfill roi_backfill_job roi_purge roi_tick|t|1', 'every job has a row');

# strays
$db->sql("INSERT INTO users VALUES ('real'); INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('real', 'x', 1, '1999-01-01')");
like($db->sql($health), qr/^ok\|facts lie in the default partition; .*\|0\|0\|0$/, 'facts in the default partition are worth a word');

# who may look, and a standby
$db->as('op')->answers('SELECT status FROM roi_health()', 'ok', 'an operator looks');
$db->as('op')->answers("SELECT state FROM roi_status() WHERE job = 'roi_tick'", 'ok', 'at everything');
for my $f (qw(roi_status roi_health roi_heartbeat roi_purge_runs)) { $db->as('cl')->fails("SELECT * FROM $f()", '42501', qr//, "a client does not: $f()"); }
$node->backup('base', backup_options => ['--checkpoint=fast']);
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
my $mirror = $db->with(node => $standby);
for my $query ('SELECT job, state, ok, last_end, rows FROM roi_status()', 'SELECT * FROM roi_heartbeat()', 'SELECT status, lag_hours, accounts_behind, failed FROM roi_health()')
{
    $mirror->answers($query, $db->sql($query), "a standby answers alike: $query");
}
my ($rc, $out, $err) = $mirror->run('CALL roi_tick_job(); CALL roi_purge_job()');
is("$rc$out$err", '0', 'and its jobs stay silent');
$standby->promote;
$mirror->sql('CALL roi_tick_job()');
$mirror->answers("SELECT state, ok FROM roi_status() WHERE job = 'roi_tick'", 'ok|t', 'promoted, the job goes on');

$_->stop for $standby, $node;
done_testing();
