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
    like($db->sql("SELECT roi_schedule('* * * * *')"), qr/^\d+$/, 'roi_schedule() returns the id of the job');
    superuser($db)->answers('SELECT jobname, schedule, command, database, username, active FROM cron.job',
        'roi_tick roi|* * * * *|CALL roi.roi_tick_job()|postgres|roi_owner|t', 'the job calls the tick as the owner');
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
    return;
}

sub check_rescheduling
{
    my ($db) = @_;
    my $admin = superuser($db);
    my $job = $admin->sql('SELECT jobid FROM cron.job');
    $db->sql('SELECT roi_schedule()');
    $admin->answers('SELECT jobname, schedule FROM cron.job', 'roi_tick roi|0 * * * *',
        'scheduling again replaces the schedule');
    $db->answers("SELECT roi_schedule('7 3 * * 1-5')", $job, 'and keeps the job');
    $admin->answers('SELECT schedule FROM cron.job', '7 3 * * 1-5', 'with its new schedule');
    $db->answers('SELECT roi_unschedule()', 't', 'roi_unschedule() takes the job back');
    $db->answers('SELECT roi_unschedule()', 'f', 'and says when there is none');
    $admin->answers('SELECT count(*) FROM cron.job', 0, 'no job is left');
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
    $db->answers("SELECT $run", "f||$state|t", "$name: the run is kept as failed");
    like($db->sql("SELECT hint $last_run"), $hint, "$name: with the hint");
    $db->answers("SELECT message <> '', context ~ 'roi_tick_job' $last_run", 't|t', "$name: with message and context");
    $db->answers('SELECT count(*) FROM roi_job_runs', $runs + 1, "$name: once");
    $db->answers($written, $facts, "$name: nothing half written");
    return;
}

sub check_failures
{
    my ($db) = @_;
    start_demo($db, 'a_first', 'instagram');
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
    $db->answers("SELECT $run", 'f||57014|t', 'statement_timeout: the run is kept as failed');
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
check_standby($jobs, $standby);

done_testing();
