# kill -9 of a backend and of the whole server at random moments of tick, backfill, import, rebuild and maintenance: nothing is doubled,
# lost or half done, and the job goes on; the same on a standby that is promoted in the middle of a tick. With --long a hundred times.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);
use RoiTest;

my $rounds = $ENV{ROI_TEST_ROUNDS} // ($ENV{ROI_TEST_LONG} ? 100 : 10);
my $seed = $ENV{ROI_TEST_SEED} // int(time);
note("seed $seed");
srand $seed;

my $node = RoiTest::server('crash', { allows_streaming => 1 }, 'restart_after_crash = on', 'autovacuum = off');
my $db = RoiTest->new(node => $node, db => 'crash')->create_database->create_extension;
$db->sql("SELECT roi_setup(); INSERT INTO users VALUES ('real')");
my @days = split /\n/, $db->sql('SELECT (now() - n * interval \'1 day\')::date FROM generate_series(1, 20) n'); # months that are never archived here
my $lines = join '', map { sprintf "%s,ad%d,%d.25,100,5\n", $days[ $_ % 20 ], $_ % 200, $_ } 1 .. 4000;

# Accounts that lack a day.
sub accounts
{
    my ($prefix, $count, $hours) = @_;
    $db->sql(qq(SELECT FROM generate_series(1, $count) n, roi_simulate('$prefix' || n, seed => n, first_posts => 4, posts_per_day => 2, start_at => date_trunc('hour', now()) - interval '$hours hours')));
    return;
}

# What each round begins, and what finishes it after the crash.
my %work = (
    tick => [ sub { accounts($_[0], 300, 8) }, sub { 'CALL roi_tick_job()' } ],
    workers => [ sub { accounts($_[0], 300, 8) }, sub { 'CALL roi_tick_job(2, 3)' }, 'CALL roi_tick_job()' ],
    backfill => [ sub { accounts($_[0], 1, 0) }, sub { "CALL roi_backfill_job('$_[0]1', '60 days')" } ],
    import => [ sub { }, sub { "SELECT * FROM roi_import('real', convert_to('date,ad_id,spend,impressions,inline_link_clicks\n$lines# $_[0]', 'UTF8'), max_rejects => 5)" } ],
    rebuild => [ sub { accounts($_[0], 20, 200); $db->sql('CALL roi_tick_job()') }, sub { 'SELECT roi_rebuild()' } ],
    maintain => [
        sub {
            my ($prefix) = @_;
            $db->sql("INSERT INTO users VALUES ('$prefix'); INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) SELECT '$prefix', 'x', 'p' || n % 9, n, greatest(now() - n * interval '1 hour', (SELECT archived_until FROM roi_schema_version)) FROM generate_series(1, 8000) n");
        },
        do { my $keep = 12; sub { $keep-- if $keep > 3 && $_[0] !~ /_[2-9]_$/; "CALL roi_maintain_job('$keep months')" } } ],
);

# Everything that must hold whenever somebody looks.
sub broken
{
    my ($at) = @_;
    return join "\n", grep { $_ ne '' } $at->differing,
      $at->sql("SELECT 'doubled ' || user_id FROM roi_metrics WHERE source = 'simulated' GROUP BY user_id, platform, post_id, update_timestamp HAVING count(*) > 1 LIMIT 3"),
      $at->sql(q(SELECT 'missing hours of ' || p.user_id FROM roi_posts p JOIN roi_simulations s USING (user_id) WHERE p.source = 'simulated'
          AND (SELECT count(*) FROM roi_metrics m WHERE m.user_id = p.user_id AND m.platform = p.platform AND m.post_id = p.post_id) <>
              least(720, extract(epoch FROM s.generated_until - date_trunc('hour', p.posted_at)) / 3600) LIMIT 3)),
      $at->sql("SELECT 'totals of ' || user_id FROM roi_posts p WHERE source = 'simulated' AND views <> (SELECT coalesce(sum(views), 0) FROM roi_metrics m WHERE (m.user_id, m.platform, m.post_id) = (p.user_id, p.platform, p.post_id)) LIMIT 3"),
      $at->sql("SELECT 'facts of import ' || b.id FROM roi_import_batches b WHERE undone_at IS NULL AND facts <> (SELECT count(*) FROM roi_metrics m WHERE m.user_id = b.user_id AND m.import_batch_id = b.id)
          AND coalesce(since, 'infinity') >= (SELECT archived_until FROM roi_schema_version) LIMIT 3");
}

# Starts a statement by psql that may lose its server; returns the process id of its backend.
sub begin
{
    my ($at, $sql) = @_;
    my $out = '';
    my $file = PostgreSQL::Test::Utils::tempdir() . '/work.sql';
    append_to_file($file, "SELECT pg_backend_pid();\n$sql;\n");
    my $run = IPC::Run::start([ 'psql', '-XAtq', '-f', $file, '-d', $at->{node}->connstr($at->{db}) ], '<', \undef, '>', \$out, '2>', \my $err, IPC::Run::timeout(300));
    $run->pump until $out =~ /^(\d+)\n/;
    return ($run, $1);
}

sub crash
{
    my ($what, $pid) = @_;
    if ($what eq 'backend')
    {
        kill 'KILL', $pid;
        usleep(20_000);
        RoiTest::wait_until($node, "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid");
    }
    else
    {
        RoiTest::kill_server($node);
        $node->start;
    }
    return;
}

# Begins the work of a kind and kills it within $most microseconds; returns its statement and what is left of $most if it was
# already done.
sub cut_off
{
    my ($kind, $what, $prefix, $most) = @_;
    my ($prepare, $statement) = @{ $work{$kind} };
    $prepare->($prefix);
    my $sql = $statement->($prefix);
    my ($run, $pid) = begin($db, $sql);
    my $wait = int(rand($most));
    usleep($wait);
    crash($what, $pid);
    eval { $run->finish };
    my $done = $run->full_result(0) == 0;
    is(broken($db), '', "$prefix: $what killed after $wait us of $kind, " . ($done ? 'when it was done' : 'in the middle') . ': nothing is broken');
    return ($sql, $done ? $wait / 2 : undef);
}

sub clean_up
{
    my ($prefix) = @_;
    $db->sql("DELETE FROM users WHERE clerk_id ~ '^$prefix'");
    $db->sql("SELECT roi_undo_import(id, 'real') FROM roi_import_batches WHERE undone_at IS NULL AND coalesce(since >= (SELECT archived_until FROM roi_schema_version), true)");
    return;
}

# Microseconds that the work takes on this machine: a first run of each kind that nobody disturbs. What fills the memory of a
# new backend or server makes the others longer, never shorter by much.
my @kinds = sort keys %work;
my %takes;
for my $kind (@kinds)
{
    my ($prepare, $statement) = @{ $work{$kind} };
    $prepare->('whole_');
    my $sql = $statement->('whole_');
    my ($run) = begin($db, $sql);
    my $begun = time;
    $run->finish;
    $takes{$kind} = int((time - $begun) * 1_000_000);
    note("$kind takes $takes{$kind} us");
    clean_up('whole_');
}

my $interrupted = 0;
for my $round (1 .. $rounds)
{
    my $kind = $kinds[ $round % @kinds ];
    my $what = rand() < 0.5 ? 'backend' : 'server';
    my ($sql, $prefix);
    my $most = $takes{$kind};
    for my $try (1 .. 4) # a quicker machine than a moment ago: earlier, then
    {
        clean_up($prefix) if defined $prefix;
        $prefix = "r${round}_${try}_";
        ($sql, $most) = cut_off($kind, $what, $prefix, $most);
        last if !defined $most;
    }
    $interrupted++ if !defined $most;
    my ($rc, undef, $err) = $db->run($work{$kind}[2] // $sql);
    is($rc, 0, 'it goes on') or diag($err);
    is($db->sql("SELECT count(*) FROM roi_simulations WHERE user_id ~ '^$prefix' AND generated_until < date_trunc('hour', now())"), '0', 'to the end') if $kind =~ /tick|workers|backfill/;
    is(broken($db), '', 'and is exact');
    clean_up($prefix);
}
cmp_ok($interrupted, '>', $rounds / 2, "$interrupted of $rounds were cut off in the middle");
$db->answers("SELECT count(*) FROM roi_job_runs WHERE ok IS NULL AND job = 'roi_tick'", 0, 'no run stays open');

# --- a standby promoted in the middle of a tick ---

accounts('standby', 400, 10);
$node->backup('base', backup_options => ['--checkpoint=fast']);
my $standby = PostgreSQL::Test::Cluster->new('promoted');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
my ($run) = begin($db, 'CALL roi_tick_job()');
usleep(150_000 + int(rand(350_000)));
RoiTest::kill_server($node);
eval { $run->finish };
$standby->promote;
my $heir = $db->with(node => $standby);
is(broken($heir), '', 'a standby promoted in the middle of a tick is whole');
my $left = $heir->sql("SELECT count(*) FROM roi_simulations WHERE generated_until < date_trunc('hour', now())");
note("$left of 400 accounts were left");
$heir->sql('CALL roi_tick_job()');
$heir->answers("SELECT count(*) FROM roi_simulations WHERE generated_until < date_trunc('hour', now())", 0, 'its job does what was left');
is(broken($heir), '', 'exactly');

$standby->stop;
done_testing();
