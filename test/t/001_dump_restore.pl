# Dump and restore: every way of pg_dump gives equal tables and answers, and an extension that works on; DROP EXTENSION.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $meta_header = 'Day,Campaign name,Amount spent (EUR),Impressions,Reach,Link clicks,'
    . 'Purchases,Purchases conversion value';
my $google_header = 'date,id,cost_micros,impressions,clicks,conversions,conversions_value';
my $ads_header = 'date,ad_id,spend,impressions,inline_link_clicks';

my $source = RoiTest::server('source', {});
my $target = RoiTest::server('target', {}, 'max_prepared_transactions = 1');
my $dumps = PostgreSQL::Test::Utils::tempdir;
my $cascade_order = join "\n", qw(users_key_01_roi_metrics users_key_02_platform_metrics users_key_03_roi_posts
    users_key_04_campaign_with_user_id users_key_05_roi_simulations users_key_06_user_preferences users_key_07_user_competitors
    users_key_08_connected_accounts users_key_09_roi_competitor_metrics users_key_10_roi_import_batches users_key_10_roi_post_snapshots
    users_key_11_roi_user_state);
my @user_tables = qw(roi_metrics platform_metrics roi_posts roi_rollup roi_rollup_detail campaign_with_user_id roi_simulations
    user_preferences user_competitors connected_accounts roi_competitor_metrics roi_import_batches roi_import_rejects roi_import_replaced roi_import_periods
    roi_import_campaigns roi_import_snapshots
    roi_post_snapshots roi_user_state);
my $hour = $source->safe_psql('postgres', "SELECT date_trunc('hour', now())"); # the tests may run across its end

# --- the databases to dump: tables of the superuser in public, tables of an ordinary role in a schema of their own ---

sub import_files
{
    my ($db) = @_;
    my %files = (
        meta => RoiTest::file($meta_header, '2019-02-03,Winter,12.34,1000,900,20,2,55.5',
            '2019-11-30,Winter,1.01,10,9,1,0,0',
            'no day,Winter,1,1,1,1,1,1', '2025-06-01,Summer,7.5,800,700,9,1,20.25'),
        google => RoiTest::file($google_header, '2025-06-01,77,1234567,500,30,1.5,44.123456',
            '2025-06-02,77,0,3,0,0,0'),
        ads => RoiTest::file($ads_header, '2025-06-01,ad-1,3.5,100,5', '2025-06-02,ad-1,4.25,200,6',
            '2025-06-02,ad-2,1,10,0'));
    $files{period} = RoiTest::file('Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Impressions', '2025-07-01,2025-07-07,Autumn,3.25,50');
    $files{posts} = RoiTest::file('Post ID,Account ID,Publish time,Date,Views,Likes,Reach', 'image-1,1,07/31/2025 06:08,2025-08-01,100,10,80');
    $db->sql("SELECT roi_import('real', $files{$_})") for sort keys %files;
    my $newer = RoiTest::file($ads_header, '2025-06-02,ad-2,1.5,12,1');
    $db->answers("SELECT replaced > 0 FROM roi_import('real', $newer)", 't', 'a newer export replaces facts');
    $db->sql(q(SELECT roi_record_snapshot('real', 'instagram', 'reel-1', views => 900, metrics => '{"reach": 70}')));
    return;
}

sub fill
{
    my ($db) = @_;
    import_files($db);
    $db->sql(qq(
        CALL roi_tick_job();
        SELECT roi_simulate('demo', seed => 7, start_at => timestamptz '$hour' - interval '5 days');
        SELECT roi_backfill('demo', '5 days', timestamptz '$hour' - interval '3 hours')));
    $db->sql(q(
        INSERT INTO roi_metrics (user_id, platform, post_id, views, likes, ad_spend, revenue_generated, update_timestamp)
            SELECT 'real', 'x "quoted"', E'tab\tand\\\\backslash', n, n, n / 7.0, n / 3.0, now() - n * interval '7 hours'
                FROM generate_series(1, 30) n;
        INSERT INTO roi_metrics (user_id, platform, views, update_timestamp)
            VALUES ('real', 'facebook', 5, '2035-05-05');
        INSERT INTO platform_metrics (user_id, platform, metrics, update_timestamp)
            VALUES ('real', 'facebook', '{"reach": 5}', '2035-05-05');
        INSERT INTO campaign_with_user_id (user_id, name, date, budget) VALUES ('real', 'By hand', '2025-06-02', 100);
        INSERT INTO user_preferences VALUES ('real', 'retail', 'small', '{awareness,sales}', '$1k');
        INSERT INTO user_competitors (user_id, name, platforms) VALUES ('real', 'Rival', '{facebook}');
        INSERT INTO connected_accounts (user_id, platform, is_connected) VALUES ('real', 'facebook', true);
        INSERT INTO roi_competitor_metrics VALUES ('real', 'Rival', 'facebook', 'roi', '2025-06-01', 123.4, 'report');
        INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2019-01-01', 1.25), ('USD', 'EUR', '2019-01-01', 0.8);
        INSERT INTO roi_platforms (platform, cpc_min, cpc_max, cpm_min, cpm_max, engagement_multiplier, order_value, paid_share)
            VALUES ('tiktok', 0.2, 1, 3, 10, 1.4, 30, 0.3);
        UPDATE roi_platforms SET metrics = '[]' WHERE platform = 'tiktok';
        GRANT SELECT ON roi_metrics, roi_posts TO reader));
    return;
}

sub make_source
{
    $source->safe_psql('postgres', 'CREATE ROLE roi_owner LOGIN; CREATE ROLE reader');
    my @sources = (
        RoiTest->new(node => $source, db => 'plain'),
        RoiTest->new(node => $source, db => 'owned', schema => 'roi', role => 'roi_owner'));
    for my $db (@sources)
    {
        $db->create_database->create_extension;
        $db->grant_owner('roi_owner') if $db->{role};
        $db->sql('SELECT roi_setup()');
        fill($db);
    }
    return @sources;
}

# --- what is compared ---

# One line per table, partition and sequence with its rows' number and hash.
sub contents
{
    my ($db) = @_;
    return $db->with(role => undef)->sql(q(
        SELECT format('SELECT %L, count(*), md5(string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C"))
            FROM ONLY %s t',
                c.relname, c.oid::regclass) FROM pg_class c
            WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind = 'r'
                ORDER BY c.relname \gexec
        SELECT format('SELECT %L, last_value, is_called FROM %s', c.relname, c.oid::regclass) FROM pg_class c
            WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind = 'S'
                ORDER BY c.relname \gexec));
}

# Owners, privileges, row security, policies, constraints, indexes, triggers, partition bounds and comments, as text.
sub definitions
{
    my ($db) = @_;
    return $db->with(role => undef)->sql(q(
        SELECT c.relname, c.relkind, pg_get_userbyid(c.relowner), c.relrowsecurity, pg_get_expr(c.relpartbound, c.oid),
            obj_description(c.oid, 'pg_class'), c.reloptions,
            (SELECT string_agg(e::text, ' ' ORDER BY e::text COLLATE "C")
                FROM (SELECT pg_get_userbyid(grantee), privilege_type
                FROM aclexplode(c.relacl)) e)
            FROM pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
                AND c.relkind IN ('r', 'p', 'S', 'i', 'I') ORDER BY 1;
        -- casts and brackets left out, because the server writes (varchar IN ...) in another way after each restore; since 18 NOT NULL
        -- has constraints, whose names a restore may choose anew
        SELECT conrelid::regclass::text, CASE contype WHEN 'n' THEN 'not null' ELSE conname END, convalidated, regexp_replace(pg_get_constraintdef(oid),
            '::(text|character varying)|[()\[\]]', '', 'g') FROM pg_constraint
            WHERE connamespace = quote_ident(current_schema())::regnamespace ORDER BY 1, 2, 4;
        SELECT polrelid::regclass, polname, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
            FROM pg_policy ORDER BY polrelid::regclass::text, polname;
        SELECT tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            ORDER BY tgrelid::regclass::text, tgname;
        SELECT attrelid::regclass, attname, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)
            FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid AND c.relkind IN ('r', 'p')
            LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND attnum > 0
                ORDER BY attrelid::regclass::text, attname;
        SELECT proname, (SELECT string_agg(e::text, ' ' ORDER BY e::text COLLATE "C")
            FROM (SELECT grantee::regrole, privilege_type
            FROM aclexplode(p.proacl)) e) FROM ) . RoiTest::routines() . q( ORDER BY 1));
}

# Totals and channels of each user, per currency.
sub answers
{
    my ($db) = @_;
    my @arguments = ("'real', 'all', currency => 'EUR'", "'real', 'all', currency => 'USD'", "'demo', 'all'");
    return $db->sql(join ';', map { ("SELECT r FROM roi_total($_) r", "SELECT r FROM roi_channel_performance($_) r") } @arguments);
}

# --- the ways of dumping and restoring; each dies at the first error ---

sub dump_file { my ($db, $way) = @_; return "$dumps/$db->{db}.$way"; }

sub pg_dump
{
    my ($db, $file, @options) = @_;
    run_or_die('pg_dump', '-d', $source->connstr($db->{db}), '-f', $file, @options);
    return;
}

sub run_or_die
{
    my (@command) = @_;
    my ($out, $err) = PostgreSQL::Test::Utils::run_command(\@command);
    die "failed: @command\n$err" if $?;
    note($err) if $err =~ /\S/;
    die "warned: @command\n$err" if $err =~ /warning|error/i;
    return;
}

sub psql_file
{
    my ($db, $file) = @_;
    my @options = ('-X', '-q', '-o', "$dumps/out", '-v', 'ON_ERROR_STOP=1');
    run_or_die('psql', @options, '-d', $target->connstr($db->{db}), '-f', $file);
    return;
}

sub pg_restore
{
    my ($db, $file, @options) = @_;
    run_or_die('pg_restore', '-e', '-d', $target->connstr($db->{db}), @options, $file);
    return;
}

my %ways = (
    plain => sub {
        my ($from, $to, $file) = @_;
        pg_dump($from, $file);
        psql_file($to, $file);
    },
    as_owner => sub {
        my ($from, $to, $file) = @_;
        pg_dump($from, $file, $from->{role} ? ('-U', $from->{role}) : ());
        psql_file($to, $file);
    },
    custom_parallel => sub {
        my ($from, $to, $file) = @_;
        pg_dump($from, $file, '-Fc');
        pg_restore($to, $file, '-j', 2);
    },
    partition_root => sub {
        my ($from, $to, $file) = @_;
        pg_dump($from, $file, '--load-via-partition-root');
        psql_file($to, $file);
    },
    schema_then_data => sub {
        my ($from, $to, $file) = @_;
        pg_dump($from, "$file.schema", '--schema-only');
        pg_dump($from, "$file.data", '--data-only', '--disable-triggers');
        psql_file($to, "$file.$_") for qw(schema data);
        $to->sql('SELECT roi_setup()'); # all triggers are left as ordinary ones
    },
    sections => sub {
        my ($from, $to, $file) = @_;
        pg_dump($from, $file, '-Fc');
        pg_restore($to, $file, "--section=$_") for qw(pre-data data post-data);
    },
    directory => sub {
        my ($from, $to, $file) = @_;
        pg_dump($from, $file, '-Fd', '-j', 2);
        pg_restore($to, $file, '-j', 2);
    },
    inserts => sub {
        my ($from, $to, $file) = @_;
        pg_dump($from, $file, '--inserts', '--rows-per-insert=100');
        psql_file($to, $file);
    });

# --- after a restore ---

# The next row, file and tick go on where the source stopped.
sub works_on
{
    my ($db, $name) = @_;
    my $next = RoiTest::file($ads_header, '2025-06-03,ad-1,1.75,50,2', '2025-06-03,ad-3,0.5,5,1');
    my $again = RoiTest::file($ads_header, '2025-06-01,ad-1,3.5,100,5', '2025-06-02,ad-1,4.25,200,6',
        '2025-06-02,ad-2,1,10,0');
    $db->answers('SELECT roi_setup()', sprintf('schema %s: 0 tables made, 0 partitions made, users table %s.users, table version 2',
            $db->{schema}, $db->{schema}), "$name: roi_setup() has nothing to make");
    my $last = $db->sql('SELECT max(id) FROM roi_metrics');
    $db->answers("INSERT INTO roi_metrics (user_id, platform, post_id, views)
        VALUES ('real', 'facebook', 'next', 1) RETURNING id > $last",
        't', "$name: the next row gets a new id");
    $db->answers("SELECT rows_imported, facts FROM roi_import('real', $next)", '2|2',
        "$name: the next file is imported");
    $db->answers("SELECT rows_imported, facts FROM roi_import('real', $again)", '0|0',
        "$name: a file imported before adds nothing");
    $db->answers("SELECT hours, users, posts > 0 FROM roi_generate_tick('$hour')", '3|1|t',
        "$name: the next tick makes the missing hours");
    is($db->wrong_totals, '', "$name: running totals are the sums of the rows");
    $db->answers(q(SELECT views, ad_spend FROM roi_posts WHERE post_id = 'ad-1'), '350|9.500000',
        "$name: totals go on from where they were");
    $db->answers(q(SELECT 'roi_metrics', id FROM roi_metrics GROUP BY 2 HAVING count(*) > 1 UNION ALL
        SELECT 'platform_metrics', id FROM platform_metrics GROUP BY 2 HAVING count(*) > 1 UNION ALL
        SELECT user_id, post_no FROM roi_posts GROUP BY 1, 2 HAVING count(DISTINCT post_id) > 1 UNION ALL
        SELECT user_id || ' ' || post_id, count(*) FROM roi_posts GROUP BY user_id, post_id
            HAVING count(DISTINCT post_no) > 1),
        '', "$name: no id and no post number twice");
    is($db->differing, '', "$name: rollups and totals follow");
    check_delete($db, $name);
    return;
}

# A deleted user takes along facts first and last the row that all writers lock, as every statement on facts takes its locks.
sub check_delete
{
    my ($db, $name) = @_;
    is($db->cascade_order, $cascade_order, "$name: the keys cascade in the order of their names");
    my $left = join ' UNION ALL ', map { "SELECT '$_', user_id FROM $_" } @user_tables;
    $db->answers("BEGIN; DELETE FROM users WHERE clerk_id = 'real'; SELECT DISTINCT user_id FROM ($left) l; SELECT v FROM roi_verify() v;
        DELETE FROM users WHERE clerk_id = 'demo'; SELECT user_id FROM ($left) l; SELECT v FROM roi_verify() v; ROLLBACK",
        'demo', "$name: deleted users take all their rows along, and leave the rest exact");
    check_delete_against_writer($db, $name);
    return;
}

# DELETE FROM users waits for the first fact, held by somebody else, while a statement writes the last one: no deadlock.
sub check_delete_against_writer
{
    my ($db, $name) = @_;
    my $waits = sub { "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '$_[0]%')" };
    $db->sql(q(BEGIN; SELECT FROM roi_metrics WHERE user_id = 'real' ORDER BY update_timestamp, id LIMIT 1 FOR UPDATE; PREPARE TRANSACTION 'held'));
    my $deleter = $db->start('BEGIN', q(DELETE FROM users WHERE clerk_id = 'real'), 'ROLLBACK');
    RoiTest::wait_until($target, $waits->('DELETE FROM users'));
    my $writer = $db->start(q(UPDATE roi_metrics SET views = views + 1 WHERE user_id = 'real' AND update_timestamp = '2035-05-05'));
    until (!$writer->{run}->pumpable || $db->sql($waits->('UPDATE roi_metrics')) eq 't') { $writer->{run}->pump_nb; }
    $db->sql(q(ROLLBACK PREPARED 'held'));
    my @results = map { [ RoiTest::finish($_) ] } $deleter, $writer;
    is(join('', map { $_->[2] } @results), '', "$name: a deleted user and a statement that writes for him never deadlock");
    return;
}

sub check_way
{
    my ($from, $way, $expected) = @_;
    my $to = $from->with(node => $target, db => "$from->{db}_$way")->create_database;
    my $name = "$from->{db}, $way";
    my $done = eval { $ways{$way}->($from, $to, dump_file($from, $way)); 1 };
    ok($done, "$name: restored without a message") or diag($@), return;
    is($to->sql('SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
        WHERE extname = $$roi_ext$$'),
        $from->{schema}, "$name: the extension is in its schema");
    is(contents($to), $expected->{contents}, "$name: equal rows in every table");
    is(definitions($to), $expected->{definitions}, "$name: equal owners, privileges, policies, keys and indexes");
    is($to->unsecured_tables, '', "$name: row security on every table and partition");
    is($to->unwatched, '', "$name: statement triggers on every table and partition of facts");
    is(answers($to), $expected->{answers}, "$name: equal answers");
    is($to->differing, '', "$name: rollups, totals and platform metrics are those of the facts");
    works_on($to, $name);
    return;
}

# --- DROP EXTENSION ---

sub check_drop
{
    my ($db) = @_;
    my $owner = $db->with(role => undef);
    my $policies = $owner->sql('SELECT count(*) FROM pg_policy');
    $owner->fails('DROP EXTENSION roi_ext', '2BP01', qr/CASCADE/, 'DROP EXTENSION is refused while policies need it');
    my $before = contents($db);
    my $answers = answers($db);
    $owner->sql('SET client_min_messages TO error; DROP EXTENSION roi_ext CASCADE');
    is(contents($db), $before, 'DROP EXTENSION CASCADE leaves every table and row');
    $owner->answers(q(SELECT count(*) FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace
        AND relkind IN ('r', 'p')
        AND NOT relrowsecurity), 0, 'and row security on');
    $owner->sql('GRANT USAGE ON SCHEMA ' . $db->schema . ' TO reader');
    $owner->answers('SET ROLE reader; SELECT count(*) FROM roi_metrics', 0, 'so that a client then sees no row');
    $db->create_extension;
    $db->grant_owner($db->{role}) if $db->{role};
    $db->sql('SELECT roi_setup()');
    $owner->answers('SELECT count(*) FROM pg_policy', $policies, 'roi_setup() makes the dropped policies again');
    is($db->unsecured_tables, '', 'on every table and partition');
    is(contents($db), $before, 'the rows are the same');
    is(answers($db), $answers, 'the answers are the same');
    is($db->unwatched, '', 'the triggers are back');
    is($db->differing, '', 'and the rollups are exact');
    return;
}

# What is written while the extension is away is followed by nobody: roi_verify() says so, roi_rebuild() mends it.
sub check_unfollowed
{
    my ($db) = @_;
    my $owner = $db->with(role => undef);
    $owner->sql('SET client_min_messages TO error; DROP EXTENSION roi_ext CASCADE');
    $owner->sql("INSERT INTO roi_metrics (user_id, platform, views) VALUES ('real', 'facebook', 1)");
    $db->create_extension->sql('SELECT roi_setup()');
    like($db->differing, qr/roi_rollup,real/, 'a fact written without the extension is missing in the rollups');
    $db->answers("SELECT roi_rebuild('real')", 1, 'roi_rebuild()');
    is($db->differing, '', 'mends them');
    return;
}

# The checks see it when something is missing.
sub check_checks
{
    my ($db) = @_;
    my $expected = { contents => contents($db), definitions => definitions($db) };
    my $owner = $db->with(role => undef);
    my $partition = $owner->sql(q(SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'roi_metrics'::regclass
        ORDER BY 1 LIMIT 1));
    $owner->sql("DROP POLICY roi_own_rows ON $partition");
    isnt($db->unsecured_tables, '', 'a missing policy is noticed');
    isnt(definitions($db), $expected->{definitions}, 'in the definitions, too');
    $owner->sql(q(UPDATE roi_posts SET views = views + 1 WHERE post_id = 'ad-2'));
    isnt(contents($db), $expected->{contents}, 'a changed row is noticed');
    isnt($db->wrong_totals, '', 'a wrong total is noticed');
    my $watched = $owner->sql(q(SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'roi_follow_update' ORDER BY tgrelid LIMIT 1));
    $owner->sql("DROP TRIGGER roi_follow_update ON $watched");
    is($db->unwatched, $watched, 'a missing trigger is noticed');
    return;
}

my @sources = make_source();
$target->safe_psql('postgres', 'CREATE ROLE roi_owner LOGIN; CREATE ROLE reader');

for my $db (@sources)
{
    is($db->unsecured_tables, '', "$db->{db}: row security on every table and partition of the source");
    is($db->wrong_totals, '', "$db->{db}: totals of the source are right");
    is($db->differing, '', "$db->{db}: rollups of the source are right");
    is($db->cascade_order, $cascade_order, "$db->{db}: the keys of the source cascade in the order of their names");
    cmp_ok($db->sql(q(SELECT count(*) FROM roi_metrics_default)), '>', 1,
        "$db->{db}: years without a partition and a stray row lie in the default partition");
    my $expected = { contents => contents($db), definitions => definitions($db), answers => answers($db) };
    unlike($expected->{contents}, qr/^(?!roi_\w+_p20|\w+_metrics_p20)\w+\|0\|/m,
        "$db->{db}: every table has rows");
    check_way($db, $_, $expected) for sort keys %ways;
}
check_drop($_) for map { $_->with(node => $target, db => "$_->{db}_plain") } @sources;
check_unfollowed($sources[0]->with(node => $target, db => 'plain_plain'));
check_checks($sources[1]->with(node => $target, db => 'owned_directory'));

done_testing();
