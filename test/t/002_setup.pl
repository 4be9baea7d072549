# roi_setup(): before it, again, in any schema, by an ordinary role, over the app's users table, and what it locks.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $node = RoiTest::server('setup', {});
$node->safe_psql('postgres', 'CREATE ROLE roi_owner LOGIN; CREATE ROLE other LOGIN; CREATE ROLE client LOGIN');

# A new database with the extension in the schema; the handle acts as the role.
sub database
{
    my ($name, $schema, $role) = @_;
    my $db = RoiTest->new(node => $node, db => $name, schema => $schema, role => $role)->create_database->create_extension;
    $db->grant_owner($role) if $role;
    return $db;
}

sub superuser { my ($db) = @_; return $db->with(role => undef); }

my $routines = RoiTest::routines();
my $our_tables = q(pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind IN ('r', 'p'));
my $ads_header = 'date,ad_id,spend,impressions,inline_link_clicks';
my $file = RoiTest::file($ads_header, '2025-06-01,ad-1,3.5,100,5', '2025-06-02,ad-2,1,10,0', 'no day,ad-2,1,10,0');

# --- before roi_setup() ---

my %samples = (
    text => q('sample'), bytea => q('\x61'), bigint => 1, integer => 1, numeric => 1, interval => q(interval '1 day'),
    'timestamp with time zone' => 'now()', boolean => 'true',
        'text[]' => q('{facebook}'), jsonb => q('{}'), json => q('{}'),
    regclass => q('pg_class'), date => q('2025-06-01'));

# One call of each routine users may call, with a value for every argument that has no default.
sub calls
{
    my ($db) = @_;
    my $rows = $db->sql(qq(
        SELECT p.proname, p.prokind, (SELECT string_agg(format_type(type, NULL), ',' ORDER BY place)
            FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a (type, place)
                WHERE place <= p.pronargs - p.pronargdefaults)
        FROM $routines WHERE obj_description(p.oid, 'pg_proc') !~ '^Internal' ORDER BY 1));
    my %calls;
    for (split /\n/, $rows)
    {
        my ($name, $kind, $types) = split /\|/, $_, -1;
        my $arguments = join ', ', map { ($samples{$_} // 'NULL') . "::$_" } split /,/, $types;
        $calls{$name} = $kind eq 'p' ? "CALL $name($arguments)" : "SELECT $name($arguments)";
    }
    return \%calls;
}

# These need no tables: who asks, what a period means, taking the job back.
my %needs_no_tables = map { $_ => 1 } qw(roi_setup roi_current_user_id);

sub check_before_setup
{
    my ($db) = @_;
    my $calls = calls($db);
    ok(keys %$calls > 10, 'the user-facing functions are found');
    for my $name (grep { !$needs_no_tables{$_} } sort keys %$calls)
    {
        $db->fails($calls->{$name}, '55000', qr/Run SELECT .*\.roi_setup\(\)/,
            "before roi_setup(), $name() asks for it");
    }
    return;
}

# --- every schema ---

sub check_schema
{
    my ($db) = @_;
    my $schema = $db->schema =~ s/^"(\w+)"$/$1/r;
    check_before_setup($db);
    like($db->sql('SELECT roi_setup()'),
        qr/^schema \Q$schema\E: 26 tables made, 34 partitions made, users table \Q$schema\E\.users, table version 2$/,
        "schema $schema: roi_setup() makes the tables");
    my $made = catalog($db);
    $db->answers('SELECT roi_setup()',
        "schema $schema: 0 tables made, 0 partitions made, users table $schema.users, table version 2",
        "schema $schema: the second time there is nothing to make");
    is(catalog($db), $made, "schema $schema: and nothing is changed");
    check_watched($db, "schema $schema");
    check_use($db, "schema $schema");
    check_locked($db, "schema $schema");
    return;
}

# Every relation, column, constraint, trigger, policy, index and comment of the schema by its oid, as text.
sub catalog
{
    my ($db) = @_;
    my $mine = q(c.relnamespace = quote_ident(current_schema())::regnamespace);
    return superuser($db)->sql(qq(
        SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.reloptions, c.relfilenode, obj_description(c.oid, 'pg_class')
            FROM pg_class c WHERE $mine ORDER BY 1;
        SELECT a.attrelid, a.attname, a.atttypid, a.attnotnull FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE $mine ORDER BY 1, 2;
        SELECT k.oid, k.conname, k.convalidated FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE $mine ORDER BY 1;
        SELECT g.oid, g.tgname, g.tgenabled, g.tgrelid FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE $mine ORDER BY 1;
        SELECT l.oid, l.polname, l.polcmd, l.polrelid FROM pg_policy l JOIN pg_class c ON c.oid = l.polrelid WHERE $mine ORDER BY 1));
}

# Statement triggers follow the facts, on roi_metrics and each partition, one made by hand included.
sub check_watched
{
    my ($db, $name) = @_;
    is($db->unwatched, '', "$name: triggers on every table and partition of facts");
    $db->sql("CREATE TABLE by_hand PARTITION OF roi_metrics FOR VALUES FROM ('2040-01-01') TO ('2040-02-01')");
    is($db->unwatched, 'by_hand', "$name: a partition made by hand lacks some");
    $db->sql('SELECT roi_setup()');
    is($db->unwatched, '', "$name: until roi_setup()");
    is($db->unsecured_tables, '', "$name: which locks it as well");
    $db->sql(q(INSERT INTO users (clerk_id) VALUES ('by hand');
        INSERT INTO by_hand (user_id, platform, post_id, views, update_timestamp) VALUES ('by hand', 'x', 'p', 7, '2040-01-05')));
    $db->answers("SELECT total_impressions, total_posts FROM roi_total('by hand', 'all')", '7|1', "$name: what is written into it counts");
    $db->sql('UPDATE by_hand SET views = 9; TRUNCATE by_hand');
    $db->answers('SELECT count(*) FROM roi_rollup', 0, "$name: and is taken away again");
    is($db->differing, '', "$name: exactly");
    $db->sql("DROP TABLE by_hand; DELETE FROM users WHERE clerk_id = 'by hand'");
    return;
}

# Imports, simulates, ticks and reads.
sub check_use
{
    my ($db, $name) = @_;
    $db->answers("SELECT rows_imported, rows_rejected FROM roi_import('real', $file)", '2|1', "$name: import");
    $db->sql("SELECT roi_simulate('demo', seed => 1, start_at => now() - interval '2 hours')");
    $db->answers('SELECT users, posts > 0 FROM roi_generate_tick()', '1|t', "$name: tick");
    $db->answers("SELECT total_spend, total_impressions FROM roi_total('real', 'all')", '4.50|110', "$name: totals");
    $db->answers("SELECT count(*) FROM roi_channel_performance('demo', 'all')", 3, "$name: channels");
    $db->sql("INSERT INTO roi_metrics (user_id, platform, update_timestamp) VALUES ('real', 'facebook', '2035-01-01')");
    is($db->differing, '', "$name: roi_verify()");
    return;
}

# --- row security, comments, search_path ---

sub check_locked
{
    my ($db, $name) = @_;
    is($db->unsecured_tables, '', "$name: row security and policies on every table and partition");
    is($db->sql("SELECT relname FROM $our_tables AND obj_description(oid, 'pg_class') IS NULL"), '',
        "$name: every table has a comment");
    is($db->sql("SELECT p.oid::regprocedure FROM $routines WHERE obj_description(p.oid, 'pg_proc') IS NULL"),
        '', "$name: every function has a comment");
    is($db->sql(qq(SELECT p.oid::regprocedure FROM $routines WHERE p.prokind <> 'p'
            AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c = 'search_path=pg_catalog, pg_temp'))),
        '', "$name: every function pins search_path");
    is($db->sql("SELECT p.proname FROM $routines WHERE p.prokind = 'p' AND p.proconfig IS NOT NULL"),
        '', "$name: a procedure that commits cannot pin it");
    my $owner = $db->{role} // $db->sql('SELECT current_user');
    is($db->sql("SELECT relname FROM $our_tables AND relowner <> '$owner'::regrole"), '',
        "$name: $owner owns every table");
    is($db->sql(q{SELECT t.name FROM roi_tables() t WHERE t.users_key IS NOT NULL AND NOT EXISTS (
            SELECT FROM pg_constraint WHERE conrelid = to_regclass(quote_ident(current_schema()) || '.' || t.name)
            AND contype = 'f' AND confdeltype = 'c' AND convalidated
            AND pg_get_constraintdef(oid) ~ '^FOREIGN KEY \(user_id\) REFERENCES .*\(clerk_id\)')}),
        '', "$name: the foreign keys to the users table are there");
    return;
}

# --- default privileges that open everything to clients ---

sub check_default_privileges
{
    my $db = RoiTest->new(node => $node, db => 'opened', schema => 'roi', role => 'roi_owner')->create_database;
    for my $kind (qw(TABLES SEQUENCES FUNCTIONS))
    {
        superuser($db)->sql("ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER, roi_owner GRANT ALL ON $kind TO client, other, PUBLIC");
    }
    $db->create_extension;
    is($db->foreign_privileges, '', 'default privileges: nobody may call a function');
    superuser($db)->answers("SELECT DISTINCT proname FROM $routines
        WHERE has_function_privilege('public', p.oid, 'EXECUTE')",
        '', 'default privileges: PUBLIC may call no function');
    $db->grant_owner('roi_owner');
    $db->sql('SELECT roi_setup()');
    check_use($db, 'default privileges');
    my $left = join "\n", grep { !/ roi_owner EXECUTE$/ } split /\n/, $db->foreign_privileges;
    is($left, '',
        'default privileges: nobody but the owner has any privilege on tables, partitions, sequences, functions');
    check_tampering($db);
    return;
}

# The checks see a lock that somebody opened.
sub check_tampering
{
    my ($db) = @_;
    my $partition = $db->sql("SELECT relname FROM $our_tables AND relname LIKE 'roi_metrics_p%' LIMIT 1");
    $db->sql("GRANT SELECT ON $partition TO client");
    superuser($db)->sql('GRANT EXECUTE ON FUNCTION roi_tables() TO PUBLIC');
    like($db->foreign_privileges, qr/^$partition client SELECT$/m, 'a privilege on a partition is noticed');
    like($db->foreign_privileges, qr/^roi_tables PUBLIC EXECUTE$/m, 'a privilege of PUBLIC on a function is noticed');
    $db->sql("ALTER TABLE $partition DISABLE ROW LEVEL SECURITY; DROP POLICY roi_own_rows ON roi_posts");
    is($db->unsecured_tables, "$partition\nroi_posts", 'missing row security and a missing policy are noticed');
    my ($rc, undef, $err) = $db->run('SELECT roi_setup()');
    is($rc ? $err : $db->unsecured_tables, '', 'and roi_setup() repairs them');
    $db->sql("DROP TRIGGER roi_follow_delete ON $partition; ALTER TABLE roi_metrics DISABLE TRIGGER roi_follow_insert");
    is($db->unwatched, "roi_metrics\n$partition", 'a trigger that is missing or disabled is noticed');
    $db->sql('SELECT roi_setup()');
    is($db->unwatched, 'roi_metrics', 'roi_setup() puts a missing one back');
    $db->sql('ALTER TABLE roi_metrics ENABLE TRIGGER roi_follow_insert; DROP TRIGGER "~roi_follow_move" ON roi_metrics');
    $db->sql(q(CREATE TRIGGER roi_follow_move BEFORE UPDATE ON roi_metrics FOR EACH ROW WHEN (OLD.update_timestamp <> NEW.update_timestamp) EXECUTE FUNCTION roi_follow_moves();
        CREATE TRIGGER roi_follow_begin BEFORE INSERT ON roi_metrics FOR EACH STATEMENT EXECUTE FUNCTION roi_follow_moves()));
    $db->sql('SELECT roi_setup()');
    is($db->unwatched, '', 'that of roi_metrics for rows as well, under its new name alone');
    return;
}

# --- the application's users table ---

sub check_users_table
{
    my $db = database('app', 'roi', 'roi_owner');
    superuser($db)->sql(q(
        CREATE SCHEMA app AUTHORIZATION roi_owner;
        SET ROLE roi_owner;
        CREATE TABLE app.users (id serial PRIMARY KEY, clerk_id text NOT NULL, name text);
        INSERT INTO app.users (clerk_id, name) VALUES ('real', 'Ann'), ('demo', 'Bob'), ('third', 'Eve')));
    $db->fails("SELECT roi_setup('app.users')", '42P16', qr/ALTER TABLE app\.users ADD UNIQUE \(clerk_id\)/,
        'users table without unique clerk_id');
    $db->fails("SELECT roi_setup('app.missing')", '42P01', qr//, 'users table that does not exist');
    $db->answers("SELECT count(*) FROM $our_tables", 0, 'nothing is made then');
    $db->sql('ALTER TABLE app.users ADD UNIQUE (clerk_id)');
    my $before = $db->sql('TABLE app.users');
    like($db->sql("SELECT roi_setup(users_table => 'app.users')"), qr/users table app\.users,/,
        'the given users table is used');
    $db->answers("SELECT to_regclass('roi.users')", '', 'none is made beside it');
    like($db->sql('SELECT roi_setup()'), qr/ 0 tables made.* users table app\.users,/, 'the second call finds it');
    $db->sql("CREATE TABLE app.members (clerk_id text UNIQUE)");
    $db->fails("SELECT roi_setup('app.members')", '55000', qr/without users_table/,
        'another users table on the second call');
    check_locked($db, 'users table given');
    check_use($db, 'users table given');
    my $unknown = RoiTest::file($ads_header, '2025-06-01,ad-1,3.5,100,5');
    $db->fails("SELECT roi_import('nobody', $unknown)", '23503', qr/users table/,
        'import for a user who is not in the users table');
    $db->fails("SELECT roi_simulate('nobody')", '23503', qr/users table/, 'simulation of a user who is not in it');
    is($db->sql('TABLE app.users'), $before, 'the rows of the users table are as before');
    $db->answers(q(SELECT count(*) FROM pg_policy WHERE polrelid = 'app.users'::regclass), 0, 'and it got no policy');
    check_cascade($db);
    return;
}

# Number of a user's rows per table, as "table number" lines.
sub rows_of
{
    my ($db, $user) = @_;
    return $db->sql(qq(
        SELECT format('SELECT %L, count(*) FROM %I WHERE user_id = %L HAVING count(*) > 0', name, name, '$user')
        FROM roi_tables() WHERE user_owned ORDER BY name COLLATE "C" \\gexec));
}

sub check_cascade
{
    my ($db) = @_;
    $db->sql(q(
        INSERT INTO user_preferences VALUES ('real', 'retail', 'small', '{}', '$1k');
        INSERT INTO user_competitors (user_id, name) VALUES ('real', 'Rival');
        INSERT INTO connected_accounts (user_id, platform) VALUES ('real', 'facebook');
        INSERT INTO campaign_with_user_id (user_id, name) VALUES ('real', 'By hand');
        INSERT INTO platform_metrics (user_id, platform) VALUES ('real', 'facebook');
        INSERT INTO roi_competitor_metrics VALUES ('real', 'Rival', 'facebook', 'roi', '2025-06-01', 1);
        SELECT roi_record_snapshot('real', 'instagram', 'reel-1', views => 900, metrics => '{"reach": 70}')));
    is($db->cascade_order, $db->sql('SELECT users_key FROM roi_tables() WHERE users_key IS NOT NULL ORDER BY 1'),
        'the keys cascade in the order of their names');
    my $others = rows_of($db, 'demo');
    my %filled = map { /^(\w+)/; $1 => 1 } split /\n/, rows_of($db, 'real') . "\n" . $others;
    is($db->sql('SELECT name FROM roi_tables() WHERE users_key IS NOT NULL AND name NOT IN (' .
            join(', ', map { "'$_'" } keys %filled) . ')'), '', 'every table that references a user has rows');
    $db->sql(q(DELETE FROM app.users WHERE clerk_id = 'real'));
    is(rows_of($db, 'real'), '', 'deleting a user deletes his rows from every table');
    is(rows_of($db, 'demo'), $others, 'and nobody else\'s');
    is($db->differing, '', 'which stay exact');
    $db->sql(q(DELETE FROM app.users WHERE clerk_id = 'demo'));
    is(rows_of($db, 'demo'), '', 'a simulated user likewise');
    return;
}

# --- what stands in the way ---

sub check_refusals
{
    my $db = database('foreign', 'roi', 'roi_owner');
    $db->sql('CREATE TABLE roi_metrics (id serial PRIMARY KEY, user_id text); CREATE TABLE user_preferences (user_id text)');
    $db->fails('SELECT roi_setup()', '42P07', qr/Move them to another schema/,
        'tables of our names made by somebody else');
    like($db->error('SELECT roi_setup()')->{message}, qr/: roi_metrics, user_preferences$/, 'are named');
    $db->answers("SELECT string_agg(relname, ' ' ORDER BY relname) FROM $our_tables", 'roi_metrics user_preferences',
        'and nothing is made');
    $db->sql('DROP TABLE roi_metrics, user_preferences; SELECT roi_setup()');
    $db->grant_owner('other');
    $db->as('other')->fails('SELECT roi_setup()', '42501', qr/as that role/,
        'roi_setup() by another role than the owner');
    return;
}

# --- clients ---

sub make_client
{
    my ($db) = @_;
    superuser($db)->sql('GRANT USAGE ON SCHEMA ' . $db->schema . ' TO client');
    $db->sql(q(GRANT SELECT ON roi_metrics, platform_metrics, roi_posts, roi_rollup, campaign_with_user_id, users,
        roi_exchange_rates, roi_import_rejects TO client));
    superuser($db)->sql(qq(SELECT format('GRANT EXECUTE ON FUNCTION %s TO client', p.oid::regprocedure) FROM $routines
        WHERE p.proname IN ('roi_current_user_id', 'roi_total', 'roi_channel_performance') \\gexec));
    return $db->as('client');
}

sub check_client
{
    my ($db) = @_;
    my $client = make_client($db);
    my @tables = qw(roi_metrics platform_metrics roi_posts campaign_with_user_id roi_import_rejects);
    my $seen = join ' UNION ', map { "SELECT user_id FROM $_" } @tables;
    my $everybody = $db->sql("SELECT string_agg(user_id, ' ' ORDER BY user_id) FROM ($seen) s");
    is($everybody, 'demo real', 'the owner sees everybody\'s rows');
    my $claims = sub { $client->with(set => { 'request.jwt.claims' => qq({"sub": "$_[0]", "role": "client"}) }) };
    for my $user (qw(real demo))
    {
        my %ways = ('roi_ext.user_id' => $client->signed_in($user), 'request.jwt.claims' => $claims->($user));
        for my $way (sort keys %ways)
        {
            $ways{$way}->answers("SELECT DISTINCT user_id FROM ($seen) s", $user, "$way: $user sees his own rows only");
            $ways{$way}->answers('SELECT clerk_id FROM users', $user, "$way: $user sees himself only in users");
            is($ways{$way}->sql("SELECT r FROM roi_total(period => 'all') r"),
                $db->sql("SELECT r FROM roi_total('$user', 'all') r"),
                "$way: $user gets the owner's answer for him");
        }
    }
    $client->answers("SELECT count(*) FROM ($seen) s", 0, 'without signing in there is no row');
    $claims->('')->answers("SELECT count(*) FROM ($seen) s", 0, 'nor with an empty subject');
    $client->signed_in('demo')->fails("SELECT data_points FROM roi_total('real', 'all')", '42501', qr/Sign in as that user/,
        'asking for another user is refused');
    check_client_writes($db, $client);
    return;
}

sub check_client_writes
{
    my ($db, $client) = @_;
    my $partition = $db->sql("SELECT relname FROM $our_tables AND relname LIKE 'roi_metrics_p%' LIMIT 1");
    my $mine = $client->signed_in('real');
    my $new = RoiTest::file($ads_header, '2025-06-05,ad-1,3.5,100,5');
    $mine->fails("SELECT count(*) FROM $partition", '42501', qr//, 'a client may not read a partition directly');
    my @forbidden = ("INSERT INTO roi_metrics (user_id, platform) VALUES ('real', 'facebook')", 'DELETE FROM roi_metrics',
        'UPDATE roi_posts SET views = 0', 'TRUNCATE roi_metrics', 'INSERT INTO roi_rollup SELECT', 'TABLE roi_job_runs');
    $mine->fails($_, '42501', qr//, "a client may not: $_") for @forbidden;
    $mine->fails("SELECT roi_import('real', $new)", '42501', qr//, 'a client may not import unless granted');
    superuser($db)->sql(qq(SELECT format('GRANT EXECUTE ON FUNCTION %s TO client', p.oid::regprocedure) FROM $routines
        WHERE p.proname = 'roi_import' \\gexec));
    my $rows = $db->sql('SELECT count(*) FROM roi_metrics');
    $mine->fails("SELECT roi_import('demo', $new)", '42501', qr/Sign in as that user/, 'not for another user then');
    $client->fails("SELECT roi_import('real', $new)", '42501', qr/Sign in as that user/, 'nor without signing in');
    $db->answers('SELECT count(*) FROM roi_metrics', $rows, 'and nothing is written');
    $mine->answers("SELECT rows_imported FROM roi_import('real', $new)", 1, 'but for itself');
    $mine->answers("SELECT count(*) FROM roi_metrics WHERE update_timestamp = '2025-06-05'", 1, 'and sees the new row');
    # The same through a policy alone: a granted INSERT takes own rows only.
    $db->sql('GRANT INSERT ON roi_metrics TO client; GRANT USAGE ON SEQUENCE roi_metrics_id_seq TO client');
    $mine->fails("INSERT INTO roi_metrics (user_id, platform) VALUES ('demo', 'facebook')", '42501', qr//,
        'a granted INSERT refuses another user\'s row');
    return;
}

my @databases = (database('in_roi', 'roi', 'roi_owner'), database('quoted', 'My Roi', 'roi_owner'));
check_schema($_) for database('in_public', 'public', undef), @databases;
check_client($_) for @databases;
check_default_privileges();
check_users_table();
check_refusals();

done_testing();
