# pg_upgrade from an older PostgreSQL: every fact, figure, grant and simulation is as it was, and goes on; also from version 1.0 of ours.
# ROI_OLD_BINDIR names the programs of the older server, ROI_OLD_LIBRARIES a directory of libraries that only they need.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

sub first_line { my ($line) = PostgreSQL::Test::Utils::run_command([@_]); return $line; }
my ($bindir) = first_line('pg_config', '--bindir');
my ($major) = first_line('pg_config', '--version') =~ /^PostgreSQL (\d+)/;

# The newest older server that has roi_ext.
sub old_bindir
{
    return $ENV{ROI_OLD_BINDIR} if $ENV{ROI_OLD_BINDIR};
    return (grep { m{/(\d+)/bin$} && $1 < $major && -e first_line("$_/pg_config", '--sharedir') . '/extension/roi_ext.control' } reverse sort glob '/usr/lib/postgresql/*/bin')[0];
}
my $old_bindir = old_bindir();
plan skip_all => "pg_upgrade is not installed in $bindir" unless -x "$bindir/pg_upgrade";
plan skip_all => "no older PostgreSQL with roi_ext beside $major here" unless $old_bindir;
$ENV{LD_LIBRARY_PATH} = $ENV{ROI_OLD_LIBRARIES} if $ENV{ROI_OLD_LIBRARIES};
my $sharedir = first_line("$old_bindir/pg_config", '--sharedir');
plan skip_all => "roi_ext is not installed in $sharedir" unless -e "$sharedir/extension/roi_ext.control";
my ($version) = slurp_file("$sharedir/extension/roi_ext.control") =~ /^default_version = '(.*)'/m;
my ($theirs, $ours) = map { my $file = "$_/extension/roi_ext--$version.sql"; -e $file ? slurp_file($file) : '' } $sharedir, first_line("$bindir/pg_config", '--sharedir');
plan skip_all => "another build of roi_ext is installed in $sharedir" unless $theirs eq $ours;
my ($old_major) = first_line("$old_bindir/pg_config", '--version') =~ /^PostgreSQL (\d+)/;
plan skip_all => "PostgreSQL $old_major is not older than $major" unless $old_major < $major;
note("from $old_major to $major");

RoiTest::away_from_the_hour(60);
my $users = q(unnest('{anna,carl,demo}'::text[]) u);
my @locale = ('-E', 'UTF8', '--locale=C.UTF-8');
my $old = older('old');

# A server of the older version, running.
sub older
{
    my $node = PostgreSQL::Test::Cluster->new($_[0], install_path => $old_bindir =~ s{/bin$}{}r);
    $node->init(extra => \@locale);
    $node->append_conf('postgresql.conf', "timezone = 'UTC'");
    $node->start;
    return $node;
}

# Brings a stopped server over into a new one of that name; nothing where pg_upgrade fails.
sub upgraded
{
    my ($from, $name) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(extra => [ @locale, $major >= 18 ? '--no-data-checksums' : () ]);
    $node->append_conf('postgresql.conf', "timezone = 'UTC'");
    chdir $node->basedir;
    return $node if PostgreSQL::Test::Utils::run_log([ 'pg_upgrade', '--no-sync', '-d', $from->data_dir, '-D', $node->data_dir, '-b', $old_bindir, '-B', $bindir, '-s', $node->host, '-p', $from->port, '-P', $node->port ]);
    return;
}

# A new version may lack what a later release of the older one writes into its catalogues (18.6 that of 15.20).
sub brings_any_table_over
{
    my $plain = older('plain');
    $plain->safe_psql('postgres', 'CREATE TABLE plain (a integer)');
    $plain->stop;
    return defined upgraded($plain, 'new_plain');
}

sub fill
{
    my ($db) = @_;
    $db->sql(q(SELECT roi_setup();
        SELECT * FROM roi_simulate('demo', seed => 3, start_at => date_trunc('hour', now()) - interval '40 days'); CALL roi_tick_job();
        INSERT INTO users VALUES ('anna'); INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, views, ad_spend, revenue_generated, update_timestamp)
        SELECT 'anna', 'x', 'p' || n % 9, n % 3 + 1, n, n * 0.5, n, now() - n * interval '17 hours' FROM generate_series(1, 300) n;
        SELECT roi_save_user_preferences('anna', '{"industry": "retail"}'); SELECT roi_grant('client', 'client')));
    $db->sql("SELECT * FROM roi_import('carl', " . RoiTest::file('date,ad_id,spend,impressions,inline_link_clicks', '2026-01-05,a,1.5,10,1', '2026-01-06,b,2.5,20,2') . ')');
    return;
}

sub figures
{
    my ($db) = @_;
    return $db->sql(join ";\n", (map { "SELECT u, r FROM $users, $_(u, 'all', until => '2030-01-01') r" } qw(roi_total roi_channel_performance roi_campaign_performance roi_content_performance roi_trends)),
        (map { "SELECT t FROM $_ t ORDER BY t::text COLLATE \"C\"" } qw(roi_metrics platform_metrics roi_posts roi_rollup roi_rollup_detail roi_import_batches roi_simulations campaign_with_user_id user_preferences)),
        'SELECT * FROM roi_grants() g ORDER BY g::text COLLATE "C"');
}

$old->safe_psql('postgres', 'CREATE ROLE client LOGIN');
my @databases = map { RoiTest->new(node => $old, db => $_, schema => 'roi')->create_database } qw(same earlier);
$databases[0]->create_extension;
$databases[1]->sql("CREATE SCHEMA roi; CREATE EXTENSION roi_ext SCHEMA roi VERSION '1.0'");
fill($databases[0]);
$databases[0]->sql("CALL roi_maintain_job('1 month')");
$databases[1]->sql("SELECT roi_setup(); SELECT * FROM roi_simulate('demo', seed => 3, start_at => now() - interval '3 days'); CALL roi_tick_job()");
my $before = figures($databases[0]);
my $facts = $databases[1]->sql('SELECT count(*), sum(views) FROM roi_metrics');
$old->stop;

my $new = upgraded($old, 'new');
plan skip_all => first_line("$bindir/postgres", '--version') . ' takes no table at all from ' . first_line("$old_bindir/postgres", '--version') unless $new || brings_any_table_over();
ok($new, 'pg_upgrade') or die "nothing to look at\n";
$new->start;
my ($same, $earlier) = map { $_->with(node => $new) } @databases;

is(figures($same), $before, 'every fact, figure and grant is as it was');
is($same->differing, '', 'roi_verify() finds nothing');
$same->answers("SELECT count(*) FROM roi_total('anna', 'all') t", 1, 'functions answer');
$same->as('client')->signed_in('anna')->answers('SELECT data_points > 0 FROM roi_total()', 't', 'a client too');
$same->as('client')->signed_in('anna')->fails("SELECT roi_total('carl')", '42501', qr/./, 'about himself only');
$same->sql("SELECT roi_generate_tick(now() + interval '2 hours'); CALL roi_tick_job(); CALL roi_maintain_job('1 month')");
$same->sql("SELECT * FROM roi_import('carl', " . RoiTest::file('date,ad_id,spend,impressions,inline_link_clicks', '2026-11-05,z,1.5,10,1') . ')');
$same->sql("INSERT INTO roi_metrics (user_id, platform, post_id, views) VALUES ('anna', 'x', 'after', 5); UPDATE roi_metrics SET views = 6 WHERE post_id = 'after'; DELETE FROM users WHERE clerk_id = 'carl'");
is($same->differing, '', 'ticks, imports and statements go on, exactly');

$earlier->answers("SELECT extversion FROM pg_extension WHERE extname = 'roi_ext'", '1.0', 'a database of 1.0 comes over as it is');
$earlier->sql('ALTER EXTENSION roi_ext UPDATE; SELECT roi_setup()');
$earlier->answers('SELECT count(*), sum(views) FROM roi_metrics', $facts, 'and is updated there');
$earlier->sql("SELECT roi_generate_tick(now() + interval '2 hours')");
is($earlier->differing, '', 'exactly');
done_testing();
