# A full disk, statement_timeout, pg_cancel_backend and pg_terminate_backend during everything that writes: a clean error, nothing half done,
# and the same call goes on when there is room again. The full disk is a small tmpfs in a mount namespace of the server's own.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use RoiTest;

RoiTest::away_from_the_hour(120);
my $file = PostgreSQL::Test::Utils::tempdir() . '/ads.csv';
append_to_file($file, join '', "date,ad_id,spend,impressions,inline_link_clicks\n", map { sprintf "2026-%02d-%02d,ad%d,%d.25,100,5\n", 1 + $_ % 9, 1 + $_ % 28, $_ % 2000, $_ } 1 .. 15000);
my $import = "SELECT * FROM roi_import('real', pg_read_binary_file('$file'))";

sub accounts
{
    my ($db, $prefix, $count, $hours) = @_;
    $db->sql(qq(SELECT FROM generate_series(1, $count) n, roi_simulate('$prefix' || n, seed => n, first_posts => 6, posts_per_day => 4, start_at => date_trunc('hour', now()) - interval '$hours hours')));
    return;
}

# Derived rows and doubled hours that should not be.
sub broken
{
    my ($db) = @_;
    my $archived = $db->sql("SELECT archived_until > '-infinity' FROM roi_schema_version") eq 't'; # then totals hold more than the facts that are here
    return join "\n", grep { $_ ne '' } $db->differing, $archived ? '' : $db->wrong_totals,
      $db->sql("SELECT 'doubled ' || user_id FROM roi_metrics WHERE source = 'simulated' GROUP BY user_id, platform, post_id, update_timestamp HAVING count(*) > 1 LIMIT 3"),
      $db->sql("SELECT 'import ' || id FROM roi_import_batches b WHERE since >= (SELECT archived_until FROM roi_schema_version) AND facts <> (SELECT count(*) FROM roi_metrics m WHERE m.user_id = b.user_id AND m.import_batch_id = b.id)");
}
my $late = "SELECT count(*) FROM roi_simulations WHERE generated_until < date_trunc('hour', now())";

# --- cancels ---

my $node = RoiTest::server('cancel', {});
my $db = RoiTest->new(node => $node, db => 'cancel')->create_database->create_extension;
$db->sql("SELECT roi_setup(); INSERT INTO users VALUES ('real')");
accounts($db, 'back', 2, 0);
my @calls = ('SELECT roi_generate_tick()', 'CALL roi_tick_job()', $import, "SELECT * FROM roi_backfill('back1', '50 days')", "CALL roi_backfill_job('back2', '50 days')", 'SELECT roi_rebuild()', "SELECT * FROM roi_maintain('2 months')");
for my $i (0 .. $#calls)
{
    my $call = $calls[$i];
    my $name = substr($call, 0, 40);
    for my $way ($ENV{ROI_TEST_LONG} ? qw(timeout cancel terminate) : (qw(timeout cancel terminate))[ $i % 3 ])
    {
        my $limit = 20 + int(rand(150));
        accounts($db, "demo${i}_${way}_", 30, 24) if $call =~ /tick/;
        my $state;
        if ($way eq 'timeout')
        {
            my $error = $db->error("SET statement_timeout TO '${limit}ms';\n$call");
            $state = $error ? $error->{state} : 'none';
        }
        else
        {
            my $session = $db->start($call);
            usleep(1000 * $limit);
            $db->sql("SELECT pg_${way}_backend(pid) FROM pg_stat_activity WHERE datname = 'cancel' AND pid <> pg_backend_pid()");
            my ($rc, undef, $err) = RoiTest::finish($session);
            ($state) = $rc == 0 ? 'none' : $err =~ /(?:ERROR|FATAL):\s+(\w{5})/ ? $1 : 'gone';
        }
        like($state, $way eq 'terminate' ? qr/^(57P01|none|gone)$/ : qr/^(57014|none)$/, "$way after $limit ms of $name: $state");
    }
    is(broken($db), '', 'nothing is half done');
    $db->sql($call);
    is(broken($db), '', 'and it goes on');
}
$db->sql('CALL roi_tick_job()');
$db->answers($late, 0, 'nobody is late');
$node->stop;

# --- a full disk ---

sub start_with_small_disk
{
    my ($dir, $small, $size) = @_;
    my $log = $dir->logfile;
    return 0 == system('unshare', '-c', '-m', '--keep-caps', 'sh', '-c',
        "mount -t tmpfs -o size=$size tmpfs '$small' && exec pg_ctl -w -s -D '" . $dir->data_dir . "' -l '$log' start");
}

SKIP: {
    skip 'no mount namespaces for ordinary users here', 1 if system("unshare -c -m --keep-caps true 2>/dev/null") != 0;
    my $full = PostgreSQL::Test::Cluster->new('full');
    $full->init(extra => [ '-E', 'UTF8', '--locale=C.UTF-8' ]);
    $full->append_conf('postgresql.conf', $_) for "timezone = 'UTC'", 'synchronous_commit = off', 'autovacuum = off';
    my $small = $full->basedir . '/small';
    mkdir $small;
    ok(start_with_small_disk($full, $small, '320m'), 'a server with a small disk');
    $full->_update_pid(1);
    $full->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$small'");
    $full->safe_psql('postgres', 'CREATE DATABASE app TABLESPACE small');
    my $app = RoiTest->new(node => $full, db => 'app')->create_extension;
    $app->sql("SELECT roi_setup(); INSERT INTO users VALUES ('real')");
    accounts($app, 'demo', 500, 4);
    accounts($app, 'back', 2, 0);
    # All but some room is taken: each call runs out of it in the middle.
    for my $call ('CALL roi_tick_job()', $import, "SELECT * FROM roi_backfill('back1', '40 days')", "CALL roi_backfill_job('back2', '40 days')", 'SELECT roi_rebuild()', "SELECT * FROM roi_maintain('2 months')")
    {
        my $name = substr($call, 0, 40);
        $app->sql('CREATE TABLE filler (t text); ALTER TABLE filler ALTER t SET STORAGE PLAIN');
        $app->sql("CREATE TABLE spare (t text); ALTER TABLE spare ALTER t SET STORAGE PLAIN; INSERT INTO spare SELECT repeat('x', 8000) FROM generate_series(1, 80)");
        my ($rc, undef, $err) = $app->run("DO \$\$ BEGIN LOOP INSERT INTO filler SELECT repeat('x', 8000) FROM generate_series(1, 50); COMMIT; END LOOP; END \$\$");
        like($err, qr/ERROR:\s+53100/, "$name: the disk is full");
        $app->sql('DROP TABLE spare');
        my $runs = $app->sql('SELECT count(*) FROM roi_job_runs');
        my $error = $app->error($call);
        like($error ? $error->{state} : 'none', qr/^(53100|none)$/, "$name: ends with 53100, or finds room enough");
        note("$name: " . ($error ? "$error->{state} $error->{message}" : 'no error'));
        # where even the record of a failure found no room, the next run ends it
        if ($error && $call =~ /tick_job/ && $app->sql('SELECT count(*) FROM roi_job_runs') > $runs)
        {
            like($app->sql('SELECT ok, sqlstate, failed FROM roi_job_runs ORDER BY id DESC LIMIT 1'), qr/^(f\|53100\|1|\|\|0)$/, 'the run is kept, as failed where there was room for that');
        }
        $app->sql('DROP TABLE filler');
        is(broken($app), '', 'nothing is half done');
        $app->sql($call);
        is(broken($app), '', 'with room again the same call goes on');
        $app->answers(q(SELECT count(*) FROM roi_job_runs WHERE finished_at IS NULL), 0, 'and no run is left open') if $call =~ /tick_job/;
    }
    $app->answers("$late AND user_id ~ '^demo'", 0, 'nobody is late');
    $full->stop;
}

done_testing();
