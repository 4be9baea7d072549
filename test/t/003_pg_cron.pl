# The hourly job under a real pg_cron: a run, failures kept, every missing condition, no pg_cron at all, and a standby.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my @preload = ("shared_preload_libraries = 'pg_cron'", "cron.database_name = 'postgres'",
    'cron.use_background_workers = on');
my @both = qw(roi_schedule roi_unschedule);
my $last_run = 'FROM roi_job_runs ORDER BY id DESC LIMIT 1';
my $run = "ok, rows, sqlstate, finished_at >= started_at $last_run";
my $written = 'SELECT (SELECT count(*) FROM roi_metrics), (SELECT count(*) FROM platform_metrics),
    (SELECT count(*) FROM roi_posts), (SELECT max(generated_until) FROM roi_simulations)';
my ($sharedir) = PostgreSQL::Test::Utils::run_command([ 'pg_config', '--sharedir' ]);
plan skip_all => 'pg_cron is not installed' unless -e "$sharedir/extension/pg_cron.control";

# A server with an ordinary role that owns the tables of roi_ext in schema roi of database postgres.
sub server
{
    my ($name, $init, @settings) = @_;
    my $node = RoiTest::server($name, $init, 'max_worker_processes = 16', 'max_prepared_transactions = 2', @settings);
    $node->safe_psql('postgres', 'CREATE ROLE roi_owner LOGIN; CREATE ROLE sleeper NOLOGIN');
    my $db = RoiTest->new(node => $node, db => 'postgres', schema => 'roi', role => 'roi_owner');
    return set_up($db);
}

sub set_up
{
    my ($db) = @_;
    $db->create_extension;
    $db->grant_owner($_) for qw(roi_owner sleeper);
    $db->sql('SELECT roi_setup()');
    return $db;
}

sub superuser { my ($db) = @_; return $db->with(role => undef); }

sub start_demo
{
    my ($db, $user, $platform) = @_;
    $db->sql("SELECT roi_simulate('$user', seed => 3, platforms => '{$platform}', start_at => now() - interval '3 hours')");
    return;
}

# --- every missing condition has its own error and hint ---

sub check_not_created
{
    my ($db) = @_;
    $db->fails("SELECT $_()", '55000', qr/CREATE EXTENSION pg_cron/,
        "pg_cron preloaded but not created: $_()") for @both;
    superuser($db)->fails('SELECT roi_schedule()', '55000', qr/^Run CREATE EXTENSION pg_cron;/,
        'told to a superuser as well');
    my $elsewhere = set_up($db->with(db => 'elsewhere')->create_database);
    my $hint = qr/cron\.database_name = 'elsewhere'.*from there/;
    $elsewhere->fails('SELECT roi_schedule()', '55000', $hint, 'pg_cron lives in another database');
    superuser($elsewhere)->fails('SELECT roi_schedule()', '55000', $hint, 'told to a superuser as well');
    return;
}

sub check_conditions
{
    my ($db) = @_;
    superuser($db)->sql('CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO sleeper');
    my $hint = qr/GRANT USAGE ON SCHEMA cron TO roi_owner;/;
    $db->fails("SELECT $_()", '42501', $hint, "no USAGE on schema cron: $_()") for @both;
    superuser($db)->sql('GRANT USAGE ON SCHEMA cron TO roi_owner; GRANT roi_owner TO sleeper');
    superuser($db)->fails('SET ROLE sleeper; SELECT roi_schedule()', '55000', qr/LOGIN/, 'a role that may not log in');
    my $unschedule = superuser($db)->sql("SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'cron'::regnamespace AND proname = 'unschedule' AND proargtypes[0] <> 'bigint'::regtype"); # of a name before 1.5
    for my $privilege ('SELECT ON cron.job', 'EXECUTE ON FUNCTION cron.schedule(text,text,text)', "EXECUTE ON FUNCTION $unschedule")
    {
        superuser($db)->sql("REVOKE $privilege FROM PUBLIC");
        $db->fails("SELECT $_()", '42501', qr/^As a superuser: GRANT \Q$privilege\E TO roi_owner;$/, "no $privilege: $_()") for @both;
        superuser($db)->sql("GRANT $privilege TO PUBLIC");
    }
    for my $schedule ("''", 'NULL', "'hello'", "'* * * *'", "'* * * * * *'", "'99 * * * *'", "'a b c d e'")
    {
        $db->fails("SELECT roi_schedule($schedule)", '22023', qr/0 \* \* \* \*/, "malformed schedule $schedule");
    }
    superuser($db)->answers('SELECT count(*) FROM cron.job', 0, 'and no job is made by any of them');
    return;
}

# --- a run by pg_cron ---

sub check_scheduled
{
    my ($db) = @_;
    start_demo($db, 'demo', 'facebook');
    $db->answers("SELECT job, job_id > 0, at, command FROM roi_schedule('* * * * *', retention => '2 years', keep_undo => '30 days')", join("\n",
        'roi_tick|t|* * * * *|CALL roi.roi_tick_job()', "roi_maintain|t|30 3 * * *|CALL roi.roi_maintain_job('2 years', 'detach', '30 days')",
        "roi_purge|t|30 3 * * *|CALL roi.roi_purge_job('90 days')"), 'roi_schedule() returns the jobs');
    superuser($db)->answers('SELECT jobname, schedule, command, database, username, active FROM cron.job ORDER BY jobid', join("\n",
        'roi_tick roi|* * * * *|CALL roi.roi_tick_job()|postgres|roi_owner|t',
        "roi_maintain roi|30 3 * * *|CALL roi.roi_maintain_job('2 years', 'detach', '30 days')|postgres|roi_owner|t",
        "roi_purge roi|30 3 * * *|CALL roi.roi_purge_job('90 days')|postgres|roi_owner|t"), 'they run as the owner');
    $db->answers('SELECT state, last_start IS NULL, age IS NULL, next_run > now(), next_run < now() + interval \'2 days\' FROM roi_status()',
        "never|t|t|t|t\nnever|t|t|t|t\nnever|t|t|t|t", 'roi_status() knows them before they have run');
    $db->answers("SELECT status, reason ~ 'no tick', last_ok IS NULL, lag_hours, accounts_behind, next_run IS NOT NULL FROM roi_health()", 'never|t|t|3|1|t', 'roi_health(): never');
    return;
}

sub check_run
{
    my ($db) = @_;
    my $admin = superuser($db);
    my $done = $db->{node}->poll_query_until('postgres',
        q(SELECT EXISTS (SELECT FROM cron.job_run_details WHERE status = 'succeeded')));
    ok($done, 'pg_cron says that the job succeeded') or diag($admin->sql('TABLE cron.job_run_details'));
    $db->answers('SELECT job, ok, rows > 0, sqlstate, message, finished_at >= started_at FROM roi_job_runs
        ORDER BY id LIMIT 1',
        'roi_tick|t|t|||t', 'the run is kept');
    $db->answers(q(SELECT count(DISTINCT update_timestamp) >= 3 FROM roi_metrics WHERE user_id = 'demo'),
        't', 'and has written the three missing hours');
    $db->answers("SELECT status, reason, age < interval '10 minutes', lag_hours, accounts_behind, failed FROM roi_health()", 'ok||t|0|0|0', 'roi_health(): ok');
    $db->answers("SELECT state, next_run <= now() + interval '1 minute', runs_24h > 0, failures_24h FROM roi_status() WHERE job = 'roi_tick'", 'ok|t|t|0', 'roi_status(): ok');
    return;
}

sub check_rescheduling
{
    my ($db) = @_;
    my $admin = superuser($db);
    my $job = $admin->sql("SELECT jobid FROM cron.job WHERE jobname = 'roi_tick roi'");
    my $jobs = 'SELECT jobname, schedule FROM cron.job ORDER BY jobname';
    $db->sql('SELECT roi_schedule()');
    $admin->answers($jobs, "roi_maintain roi|30 3 * * *\nroi_purge roi|30 3 * * *\nroi_tick roi|0 * * * *", 'scheduling again replaces the schedules');
    $admin->answers("SELECT command FROM cron.job WHERE jobname = 'roi_maintain roi'", "CALL roi.roi_maintain_job(NULL, 'detach', '90 days')", 'and nothing is archived unless asked for');
    $db->answers("SELECT job_id FROM roi_schedule('7 3 * * 1-5') WHERE job = 'roi_tick'", $job, 'the job keeps its id');
    $admin->sql("UPDATE cron.job SET active = false WHERE jobname = 'roi_tick roi'");
    $db->answers("SELECT next_run FROM roi_status() WHERE job = 'roi_tick'", '', 'a job that is switched off has no next run');
    $db->sql("SELECT roi_schedule('7 3 * * 1-5')");
    $admin->answers("SELECT active FROM cron.job WHERE jobname = 'roi_tick roi'", 't', 'roi_schedule() switches it on again');
    $db->answers("SELECT next_run > now() FROM roi_status() WHERE job = 'roi_tick'", 't', 'and it has one');
    $db->sql("SELECT roi_schedule('7 3 * * 1-5', workers => 3, maintenance => '1 1 * * 0', keep_runs => NULL, keep_undo => NULL)");
    $admin->answers("SELECT command FROM cron.job WHERE jobname = 'roi_maintain roi'", "CALL roi.roi_maintain_job(NULL, 'detach', NULL)", 'and what imports replaced is kept for ever if asked for');
    $admin->answers($jobs, "roi_maintain roi|1 1 * * 0\nroi_tick 1/3 roi|7 3 * * 1-5\nroi_tick 2/3 roi|7 3 * * 1-5\nroi_tick 3/3 roi|7 3 * * 1-5", 'three workers take the place of one');
    $admin->answers("SELECT string_agg(command, '; ' ORDER BY jobname) FROM cron.job WHERE jobname ~ 'tick'", 'CALL roi.roi_tick_job(1, 3); CALL roi.roi_tick_job(2, 3); CALL roi.roi_tick_job(3, 3)', 'each with its share');
    $db->sql("SELECT roi_schedule(workers => 2, maintenance => NULL)");
    $admin->answers($jobs, "roi_tick 1/2 roi|0 * * * *\nroi_tick 2/2 roi|0 * * * *", 'two the place of three');
    $admin->sql(q(SELECT cron.schedule('roi_tick', '0 0 1 1 *', 'SELECT 1'); SELECT cron.schedule('other', '0 0 1 1 *', 'SELECT 1')));
    $admin->sql(q(SELECT cron.schedule_in_database('roi_tick 1/2 roi', '0 0 1 1 *', 'SELECT 1', 'elsewhere')));
    $admin->sql(q(UPDATE cron.job SET database = 'elsewhere' WHERE jobname = 'roi_tick 2/2 roi'));
    $db->fails('SELECT roi_schedule(workers => 2)', '55000', qr/cron\.unschedule\('roi_tick 2\/2 roi'\)/, 'a job of that name for another database is not taken for ours');
    $admin->sql(q(UPDATE cron.job SET database = 'postgres' WHERE jobname = 'roi_tick 2/2 roi'));
    $db->answers('SELECT roi_unschedule()', 't', 'roi_unschedule() takes the jobs back');
    $db->answers('SELECT roi_unschedule()', 'f', 'and says when there is none');
    $admin->answers('SELECT jobname, database, username FROM cron.job ORDER BY jobid', "roi_tick|postgres|postgres\nother|postgres|postgres\nroi_tick 1/2 roi|elsewhere|postgres", 'jobs of other roles and databases stay');
    for my $bad ("workers => 0", "workers => 65", "workers => NULL", "retention => '1 day'", "retention => '-1 year'", "archive => 'burn'", "archive => NULL", "keep_runs => '1 hour'", "keep_undo => '1 hour'", "maintenance => 'nightly'")
    {
        $db->fails("SELECT roi_schedule($bad)", '22023', qr/./, "roi_schedule($bad)");
    }
    $admin->answers("SELECT count(*) FROM cron.job WHERE username = 'roi_owner'", 0, 'no job is left by any of them');
    return;
}

# The purge: our own runs but the last ones, and what pg_cron keeps of our jobs and of nobody else.
sub check_purge
{
    my ($db) = @_;
    my $admin = superuser($db);
    $db->sql('SELECT roi_schedule()');
    $admin->sql(q(INSERT INTO cron.job_run_details (jobid, runid, username, status, start_time, end_time)
        SELECT jobid, nextval('cron.runid_seq'), 'roi_owner', 'succeeded', now() - interval '100 days', now() - interval '100 days' FROM cron.job WHERE username = 'roi_owner'
        UNION ALL SELECT 999, nextval('cron.runid_seq'), 'roi_owner', 'succeeded', now() - interval '100 days', now() - interval '100 days'));
    # pg_cron writes no moment where it could not connect, and no end where the server stopped; order tells how old they are
    $admin->sql(q(INSERT INTO cron.job_run_details (jobid, runid, username, status, start_time, end_time)
        SELECT jobid, runid, 'roi_owner', status, since, NULL FROM cron.job, (VALUES (-3, 'failed', now() - interval '100 days'), (-2, 'failed', NULL), (1000001, 'failed', NULL), (1000002, 'running', now())) r (runid, status, since)
        WHERE jobname = 'roi_tick roi'));
    $db->sql(q(INSERT INTO roi_job_runs (job, started_at, finished_at, ok, sqlstate) SELECT job, now() - n * interval '50 days', now() - n * interval '50 days', good, CASE WHEN NOT good THEN '22023' END
        FROM unnest('{roi_tick,roi_tick 1/2}'::text[]) job, generate_series(1, 4) n, unnest('{t,f}'::bool[]) good WHERE job = 'roi_tick' OR n > 1));
    $db->answers('SELECT * FROM roi_purge_runs()', "roi_job_runs|10\ncron.job_run_details|5", 'roi_purge_runs()');
    $admin->answers('SELECT runid FROM cron.job_run_details WHERE end_time IS NULL AND (runid < 0 OR runid > 1000000) ORDER BY 1', "1000001\n1000002", 'young runs without an end stay');
    $db->answers("SELECT job, ok, count(*) FROM roi_job_runs WHERE job ~ 'roi_tick' AND started_at < now() - interval '1 day' GROUP BY 1, 2 ORDER BY 1, 2", "roi_tick|f|1\nroi_tick|t|1\nroi_tick 1/2|f|1\nroi_tick 1/2|t|1",
        'keeps what is young, and the last run of each kind however old');
    $admin->answers("SELECT count(*) FROM cron.job_run_details WHERE jobid = 999", 1, 'runs of other jobs stay');
    $db->sql('CALL roi_purge_job()');
    $db->answers("SELECT job, ok, rows FROM roi_job_runs ORDER BY id DESC LIMIT 1", 'roi_purge|t|0', 'as a job, with its run');
    $db->fails("SELECT roi_purge_runs('1 hour')", '22023', qr/1 day/, 'not what ended an hour ago');
    $db->sql('SELECT roi_unschedule()');
    return;
}

# --- runs that fail ---

# One failing run: reported by the CALL, kept with its error, and without a fact.
sub check_failure
{
    my ($db, $call, $state, $hint, $name) = @_;
    my $runs = $db->sql('SELECT count(*) FROM roi_job_runs');
    my $facts = $db->sql($written);
    $db->fails($call, $state, $hint, "$name: the CALL fails with $state");
    $db->answers("SELECT $run", "f|0|$state|t", "$name: the run is kept as failed");
    like($db->sql("SELECT hint $last_run"), $hint, "$name: with the hint");
    $db->answers("SELECT message <> '', context ~ 'roi_tick_job' $last_run", 't|t', "$name: with message and context");
    $db->answers('SELECT count(*) FROM roi_job_runs', $runs + 1, "$name: once");
    $db->answers($written, $facts, "$name: nothing half written");
    return;
}

sub check_failures
{
    my ($db) = @_;
    start_demo($db, 'a_first', 'facebook');
    start_demo($db, 'b_second', 'facebook');
    $db->sql(q(CREATE TABLE kept AS TABLE roi_platforms; DELETE FROM roi_platforms WHERE platform = 'facebook'));
    check_failure($db, 'CALL roi_tick_job()', '55000', qr/Insert it again/, 'platform gone');
    $db->sql(q(INSERT INTO roi_platforms SELECT * FROM kept WHERE platform = 'facebook';
        ALTER TABLE roi_platforms DISABLE TRIGGER roi_check_platforms; -- which refuses the edit itself
        UPDATE roi_platforms SET metrics = '[{"key": "reach", "of": "nonsense"}]' WHERE platform = 'facebook';
        ALTER TABLE roi_platforms ENABLE TRIGGER roi_check_platforms));
    check_failure($db, 'CALL roi_tick_job()', '22023', qr/Mend the metrics/, 'invalid metrics');
    $db->sql(q(UPDATE roi_platforms SET metrics = '[]' WHERE platform = 'facebook'));
    $db->sql(q(BEGIN; LOCK TABLE roi_metrics; PREPARE TRANSACTION 'held'));
    my $error = $db->error(q(SET statement_timeout TO '300ms'; CALL roi_tick_job()));
    $db->sql(q(ROLLBACK PREPARED 'held'));
    is($error->{state}, '57014', 'statement_timeout: the CALL fails with 57014');
    $db->answers("SELECT $run", 'f|0|57014|t', 'statement_timeout: the run is kept as failed');
    $db->answers('SELECT count(*) FROM roi_metrics', 0, 'statement_timeout: nothing half written');
    check_transaction_block($db);
    $db->sql('CALL roi_tick_job()');
    $db->answers("SELECT ok, rows > 0, sqlstate $last_run", 't|t|', 'mended, the job runs');
    $db->answers('SELECT user_id, count(DISTINCT update_timestamp) >= 3 FROM roi_metrics GROUP BY 1 ORDER BY 1',
        "a_first|t\nb_second|t", 'and catches up on both accounts');
    is($db->differing, '', 'exactly');
    $db->sql('CALL roi_tick_job()');
    $db->answers("SELECT $run", 't|0||t', 'once more there is nothing to do');
    return;
}

sub check_transaction_block
{
    my ($db) = @_;
    my $runs = $db->sql('SELECT count(*) FROM roi_job_runs');
    $db->fails('BEGIN; CALL roi_tick_job()', '2D000', qr//, 'CALL inside a transaction block');
    $db->answers('SELECT count(*) FROM roi_job_runs', $runs, 'leaves no run behind');
    return;
}

# --- a server that has lost pg_cron, or never had it ---

sub check_without
{
    my $db = server('without', {}, @preload);
    superuser($db)->sql('CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO roi_owner');
    $db->{node}->adjust_conf('postgresql.conf', 'shared_preload_libraries', "''");
    $db->{node}->restart;
    $db->fails('SELECT roi_schedule()', '55000', qr/shared_preload_libraries/,
        'pg_cron created but no longer preloaded');
    superuser($db)->sql('DROP EXTENSION pg_cron');
    $db->fails('SELECT roi_schedule()', '55000', qr/shared_preload_libraries/,
        'pg_cron not preloaded, its settings left');
    $db->{node}->adjust_conf('postgresql.conf', $_, undef) for qw(cron.database_name cron.use_background_workers);
    $db->{node}->restart;
    $db->fails("SELECT $_()", '55000', qr/shared_preload_libraries/, "pg_cron not preloaded at all: $_()") for @both;
    start_demo($db, 'demo', 'youtube');
    $db->sql('CALL roi_tick_job()');
    $db->answers('SELECT ok, rows > 0 FROM roi_job_runs', 't|t', 'without pg_cron the job runs by CALL');
    $db->answers("SELECT count(*) FROM roi_channel_performance('demo', 'all')", 1, 'without pg_cron reads work');
    $db->{node}->stop('immediate');
    return;
}

# --- a standby ---

sub make_standby
{
    my ($primary) = @_;
    $primary->{node}->backup('base', backup_options => [ '--checkpoint=fast' ]);
    my $node = PostgreSQL::Test::Cluster->new('standby');
    $node->init_from_backup($primary->{node}, 'base', has_streaming => 1);
    $node->start;
    return $primary->with(node => $node);
}

sub check_standby
{
    my ($primary, $standby) = @_;
    $primary->{node}->wait_for_catchup($standby->{node});
    my $runs = $primary->sql('SELECT count(*) FROM roi_job_runs');
    my ($rc, $out, $err) = $standby->run('CALL roi_tick_job()');
    is("$rc$out$err", '0', 'standby: CALL roi_tick_job() returns silently');
    $standby->answers('SELECT count(*) FROM roi_job_runs', $runs, 'standby: without a run');
    is($standby->differing, '', 'standby: roi_verify() finds nothing');
    for my $call ("roi_total('demo', 'all')", "roi_channel_performance('demo', 'all')", "(SELECT d::jsonb - 'asOf' FROM roi_dashboard('demo', 'all') d)",
        "roi_trends('demo', 'all')", "roi_compare('demo', '7d', until => '2025-01-01')", "roi_top_posts('demo', 'all')",
        "roi_metrics_detail('demo', 'all')", "roi_time_range('7d', until => '2025-01-01')")
    {
        $standby->answers("SELECT r FROM $call r", $primary->sql("SELECT r FROM $call r"),
            "standby: $call answers as the primary does");
    }
    $standby->fails(q(SELECT roi_simulate('new')), '25006', qr//, 'standby: writes are refused');
    $standby->{node}->stop('immediate');
    return;
}

my $jobs = server('jobs', { allows_streaming => 1 }, @preload);
check_not_created($jobs);
check_conditions($jobs);
check_scheduled($jobs);
my $standby = make_standby($jobs);
check_failures($jobs->with(db => 'elsewhere'));
check_without();
check_run($jobs);
check_rescheduling($jobs);
check_purge($jobs);
check_standby($jobs, $standby);

done_testing();
