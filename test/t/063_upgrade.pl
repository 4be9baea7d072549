# ALTER EXTENSION UPDATE from 1.0 with data: an upgraded database equals a fresh one in every catalogue, keeps its figures, its grants
# and its running job, and goes on; until then the new library serves the old functions.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

RoiTest::away_from_the_hour(60);
my $node = RoiTest::server('upgrade', {});
$node->safe_psql('postgres', 'CREATE ROLE keeper LOGIN; CREATE ROLE op LOGIN; CREATE ROLE cl LOGIN; CREATE ROLE granter LOGIN; CREATE ROLE nobody LOGIN');

sub database
{
    my ($name, $version) = @_;
    my $db = RoiTest->new(node => $node, db => $name, schema => 'Roi Up')->create_database;
    my $schema = $db->schema;
    $db->sql("CREATE SCHEMA $schema; CREATE EXTENSION roi_ext SCHEMA $schema" . ($version ? " VERSION '$version'" : ''));
    $db->sql("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO nobody; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO nobody");
    return $db;
}

# What the catalogues say of our functions and tables, one line an object.
my $catalogue = q(
    SELECT 'routine ' || pg_get_functiondef(p.oid) || coalesce(obj_description(p.oid, 'pg_proc'), 'no comment') || coalesce(p.proacl::text, 'no acl')
    FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext')
    UNION ALL SELECT 'member ' || pg_describe_object(classid, objid, 0) FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext')
    UNION ALL SELECT concat_ws(' ', 'relation', c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relacl, pg_get_expr(c.relpartbound, c.oid), obj_description(c.oid, 'pg_class')) FROM ours c
    UNION ALL SELECT concat_ws(' ', 'column', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(f.adbin, f.adrelid), a.attacl, col_description(c.oid, a.attnum))
        FROM ours c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
    UNION ALL SELECT concat_ws(' ', 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated) FROM ours c JOIN pg_constraint k ON k.conrelid = c.oid
    UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid)) FROM ours c JOIN pg_index i ON i.indrelid = c.oid
    UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(g.oid), g.tgenabled) FROM ours c JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal
    UNION ALL SELECT concat_ws(' ', 'policy', c.relname, l.polname, l.polcmd, l.polroles::regrole[], pg_get_expr(l.polqual, l.polrelid), pg_get_expr(l.polwithcheck, l.polrelid)) FROM ours c JOIN pg_policy l ON l.polrelid = c.oid);
sub catalogue { my ($db) = @_; return $db->sql("WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind IN ('r', 'p', 'S')) SELECT o FROM ($catalogue) c (o) ORDER BY o COLLATE \"C\""); }
sub only_in { my ($left, $right) = @_; my %known = map { $_ => 1 } split /\n/, $right; return join "\n", grep { !$known{$_} } split /\n/, $left; }
sub seeds { my ($db) = @_; return join "\n", map { $db->sql("SELECT t FROM $_ t ORDER BY t::text COLLATE \"C\"") } qw(roi_import_formats roi_import_columns roi_platforms roi_industry_benchmarks); }

my $fresh = database('fresh');
my $old = database('old', '1.0');
$old->answers("SELECT extversion FROM pg_extension WHERE extname = 'roi_ext'", '1.0', 'a database of 1.0');
my $now = $fresh->sql("SELECT extversion FROM pg_extension WHERE extname = 'roi_ext'");
isnt($now, '1.0', "the present version is $now");
$fresh->sql('SELECT roi_setup()');
$old->sql('SELECT roi_setup()');
$old->answers('SELECT version FROM roi_schema_version', 1, 'with its tables');

# data by every way in, through the old functions and the new library
$old->sql(q(SELECT * FROM roi_simulate('demo', seed => 3, start_at => now() - interval '40 days'); SELECT * FROM roi_backfill('demo', '40 days', now() - interval '5 hours'); CALL roi_tick_job();
    INSERT INTO users VALUES ('anna'); INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, views, ad_spend, revenue_generated, update_timestamp)
    SELECT 'anna', 'x', 'p' || n % 9, n % 3 + 1, n, n * 0.5, n, now() - n * interval '17 hours' FROM generate_series(1, 300) n;
    SELECT roi_save_user_preferences('anna', '{"industry": "retail"}')));
$old->fails('SELECT * FROM roi_import(\'carl\', ' . RoiTest::file('date,ad_id,spend,impressions,inline_link_clicks', '2026-01-05,a,1.5,10,1') . ')', '55000', qr/ALTER EXTENSION/, 'imports wait for the update');
# what the import of 1.0 wrote: a file of periods, kept as rows
$old->sql(q(INSERT INTO users VALUES ('carl');
    INSERT INTO campaign_with_user_id (user_id, platform, external_id, name, date, source) VALUES ('carl', 'facebook', 'A', 'A', '2026-01-05', 'imported'), ('carl', 'facebook', 'B', 'B', '2026-01-05', 'imported');
    INSERT INTO roi_import_batches (user_id, format, platform, content_sha256, content_bytes, time_zone, rows_read, rows_imported, rows_skipped, rows_rejected, facts, encoding, grain, periods, since, until)
        VALUES ('carl', 'meta_ads_manager', 'facebook', sha256('periods'), 7, 'UTC', 2, 2, 0, 0, 2, 'UTF-8', 'period', ARRAY[daterange('2026-01-05', '2026-01-08')], '2026-01-05 00:00+00', '2026-01-08 00:00+00');
    INSERT INTO roi_metrics (user_id, platform, campaign_id, views, ad_spend, source, import_batch_id, update_timestamp)
        SELECT 'carl', 'facebook', c.id, 10, 1.5, 'imported', b.id, '2026-01-05 00:00+00' FROM campaign_with_user_id c JOIN roi_import_batches b ON b.user_id = c.user_id WHERE c.user_id = 'carl'));
is($old->differing, '', 'data by every way in');

sub figures
{
    my ($db) = @_;
    return $db->sql(join ";\n", (map { my $u = $_; map { "SELECT r FROM $_('$u', 'all') r" } qw(roi_total roi_channel_performance roi_campaign_performance roi_trends) } qw(anna carl demo)),
        'SELECT p FROM roi_posts p ORDER BY 1', 'SELECT r FROM roi_rollup r ORDER BY 1', 'SELECT m FROM roi_metrics m ORDER BY 1');
}
my $before = figures($old);
my $twin = RoiTest->new(node => $node, db => 'twin', schema => 'Roi Up');
$node->safe_psql('postgres', 'CREATE DATABASE twin TEMPLATE old');
$old->sql(q(SELECT roi_grant('op', 'operator'), roi_grant('cl', 'client');
    SELECT format('GRANT EXECUTE ON ROUTINE %s TO granter WITH GRANT OPTION', objid::regprocedure) FROM pg_depend WHERE classid = 'pg_proc'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext') \gexec));

# --- the update ---

my (undef, undef, $notice) = $old->run("ALTER EXTENSION roi_ext UPDATE");
like($notice, qr/NOTICE:.*now run SELECT "Roi Up"\.roi_setup\(\)/, 'ALTER EXTENSION UPDATE says what comes next');
$old->fails('SELECT roi_total(\'anna\')', '55000', qr/"Roi Up"\.roi_setup\(\)/, 'until then functions say so as well');
$old->fails('INSERT INTO roi_metrics (user_id, platform, views) VALUES (\'anna\', \'x\', 1)', '55000', qr/roi_setup/, 'and writers');
$old->sql('SELECT roi_setup()');
$old->answers('SELECT version FROM roi_schema_version', $fresh->sql('SELECT version FROM roi_schema_version'), 'roi_setup() migrates the tables');
is(figures($old), $before, 'every figure and fact is as it was');
is($old->differing, '', 'roi_verify() finds nothing');

# --- grants ---

$old->answers("SELECT role, level FROM roi_grants() ORDER BY role", "cl|client\ngranter|custom\nop|operator", 'levels are complete, new functions included, and nobody gained any');
$old->answers("SELECT count(*) FILTER (WHERE NOT has_function_privilege('granter', p.oid, 'EXECUTE WITH GRANT OPTION')) FROM " . RoiTest::routines(), 0, 'who held every function with grant option does so still');
$old->as('op')->sql('CALL roi_tick_job()');
$old->answers('SELECT ok FROM roi_job_runs ORDER BY id DESC LIMIT 1', 't', 'the job goes on as the operator');

# --- the same catalogues ---

my $plain = $twin; # as it came from 1.0, without grants
$plain->sql('ALTER EXTENSION roi_ext UPDATE; SELECT roi_setup()');
my ($got, $wanted) = (catalogue($plain), catalogue($fresh));
is(only_in($got, $wanted), '', 'an upgraded database has nothing that a fresh one lacks, in any catalogue');
is(only_in($wanted, $got), '', 'and lacks nothing that it has');
is(seeds($plain), seeds($fresh), 'and in what it ships');
cmp_ok(scalar(split /\n/, $got), '>', 500, 'of some size');
is($plain->unsecured_tables . $plain->unwatched, '', 'secured and watched');

# --- it goes on: sequences, totals, a tick, an import ---

$old->sql("INSERT INTO roi_metrics (user_id, platform, post_id, views) VALUES ('anna', 'x', 'p1', 3), ('anna', 'x', 'new', 4)");
$old->answers("SELECT max(id) = (SELECT last_value FROM roi_metrics_id_seq), count(*) = count(DISTINCT id) FROM roi_metrics", 't|t', 'ids go on');
$old->sql("SELECT roi_generate_tick(now() + interval '3 hours')");
$old->sql('SELECT * FROM roi_import(\'carl\', ' . RoiTest::file('date,ad_id,spend,impressions,inline_link_clicks', '2026-01-05,a,1.75,11,1') . ')');
my $head = 'Day,Campaign name,Amount spent (USD),Impressions';
$old->fails('SELECT * FROM roi_import(\'carl\', ' . RoiTest::file($head, '2026-01-06,A,1,1') . ')', '55000', qr/roi_undo_import/, 'periods of imports of then are known');
$old->answers('SELECT replaced FROM roi_import(\'carl\', ' . RoiTest::file($head, map { "2026-01-0$_,A,1,1" } 5 .. 7) . ')', 1, 'and replaced as a whole');
$old->answers("SELECT removed, restored FROM roi_undo_import((SELECT max(id) FROM roi_import_batches), 'carl')", '3|1', 'and brought back');
$old->answers("SELECT removed FROM roi_undo_import((SELECT min(id) FROM roi_import_batches WHERE user_id = 'carl'), 'carl')", '2', 'they can be taken back');
is($old->differing, '', 'exactly');
is($old->wrong_totals, '', 'running totals continue');
$old->sql("CALL roi_maintain_job('1 month')");
is($old->differing, '', 'and what is new works');
my $later = $fresh->sql(q(SELECT string_agg(source || '>' || target, ' ') FROM pg_extension_update_paths('roi_ext') WHERE path IS NULL AND target > source));
is($later, '', 'every earlier version can be updated');

$node->stop;
done_testing();
