# Retention: archived months leave every reported figure as it was, are refused to writers, and nothing else is lost.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $node = RoiTest::server('retention', {}, 'max_prepared_transactions = 4');
$node->safe_psql('postgres', 'CREATE ROLE keeper LOGIN; CREATE ROLE op LOGIN; CREATE ROLE cl LOGIN');

# A database with four users over sixteen months: facts on and off the quarters, two currencies, campaigns, an import, a simulated
# account, odd dates, and rows that strayed into the default partition.
sub filled
{
    my ($name, $schema) = @_;
    my $db = RoiTest->new(node => $node, db => $name, schema => $schema, role => 'keeper')->create_database->create_extension;
    $db->grant_owner('keeper');
    $node->safe_psql('postgres', "GRANT CREATE ON DATABASE $name TO keeper");
    $db->sql('SELECT roi_setup()');
    $db->with(role => undef)->sql("SELECT roi_grant('op', 'operator'), roi_grant('cl', 'client')");
    $db->sql(q(
        INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '1990-01-01', 1.1);
        INSERT INTO users VALUES ('anna'), ('bert'), ('carl') ON CONFLICT DO NOTHING;
        INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, content_type, views, likes, comments, shares, saves, clicks, conversions, ad_spend, revenue_generated, roi_percentage, currency, update_timestamp)
        SELECT who, (ARRAY['facebook', 'x'])[1 + n % 2], 'p' || n % 7, nullif(n % 4, 0), (ARRAY['video', 'image'])[1 + n % 2], n, n % 5, 1, 2, 0, n % 3, 0.5, n * 0.25, CASE WHEN n % 3 > 0 THEN n * 0.75 END, 3,
            CASE WHEN who = 'bert' AND n % 5 = 0 THEN 'EUR' ELSE 'USD' END, date_trunc('month', now(), 'UTC') + interval '5 days' - n * interval '1 day' + n % 24 * interval '1 hour' + CASE WHEN n % 10 = 0 THEN interval '7 minutes' ELSE interval '0' END
        FROM unnest('{anna,bert}'::text[]) who, generate_series(1, 480) n;
        INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('anna', 'x', 5, '1999-12-31 23:00+00'), ('anna', 'x', 6, '2005-03-15 12:00+00'), ('anna', 'x', 7, now() + interval '300 days');
        SELECT * FROM roi_simulate('demo', seed => 4, first_posts => 3, posts_per_day => 0.2, start_at => date_trunc('month', now(), 'UTC') - interval '14 months 3 days');
        SELECT * FROM roi_backfill('demo', '14 months')));
    $db->sql('SELECT * FROM roi_import(\'carl\', ' . RoiTest::file('date,ad_id,spend,impressions,inline_link_clicks', (map { $db->sql("SELECT (now() - $_ * interval '37 days')::date") . ",ad$_,$_.5,100,5" } 1 .. 12)) . ')');
    return $db;
}

my @whole = ("until => date_trunc('day', now(), 'UTC')", "since => date_trunc('month', now(), 'UTC') - interval '13 months', until => date_trunc('month', now(), 'UTC') - interval '2 months 3 days'",
    "since => date_trunc('month', now(), 'UTC') - interval '400 days', until => date_trunc('day', now(), 'UTC')");

# Every report of every user, over all time and over ranges that begin and end at midnight.
sub figures
{
    my ($db) = @_;
    my @queries;
    for my $user (qw(anna bert carl demo))
    {
        for my $range (@whole)
        {
            my $of = "'$user', 'all', $range" . ($user eq 'bert' ? ", currency => 'USD'" : '');
            push @queries, "SELECT r FROM $_($of) r"
              for qw(roi_total roi_revenue_by_source roi_cost_breakdown roi_clv roi_cac roi_trends roi_channel_performance roi_campaign_performance roi_content_performance roi_top_posts);
            push @queries, "SELECT r FROM roi_revenue_trends($of, bucket => 'month') r", "SELECT d::jsonb - 'asOf' FROM roi_dashboard($of) d";
        }
    }
    return $db->sql(join ";\n", @queries, 'SELECT p FROM roi_posts p ORDER BY 1', 'SELECT user_id, id, spend, impressions, conversions FROM campaign_with_user_id ORDER BY 1, 2');
}

my $months = q(SELECT string_agg(to_char(since, 'YYYY-MM'), ' ' ORDER BY since) FROM roi_partition_bounds('roi_metrics') WHERE since > '-infinity' AND since < now());
my $kept = q(SELECT string_agg(to_char(m, 'YYYY-MM'), ' ') FROM generate_series(date_trunc('month', now(), 'UTC') - interval '6 months', now(), interval '1 month') m);
my $horizon = q(date_trunc('month', now(), 'UTC') - interval '6 months');
my $old = q(date_trunc('month', now(), 'UTC') - interval '9 months' + interval '10 days');

for my $case ([ 'kept', 'roi', 'detach' ], [ 'gone', 'public', 'drop' ])
{
    my ($name, $schema, $archive) = @$case;
    my $db = filled($name, $schema);
    my $as = $db->as('op');
    my $facts = $db->sql('SELECT count(*), sum(views) FROM roi_metrics');
    my $before = figures($db);

    # --- maintenance without retention: partitions and strays ---
    $db->sql(q(BEGIN; ALTER TABLE roi_metrics DETACH PARTITION roi_metrics_p) . $db->sql("SELECT to_char($old, 'YYYY_MM')") . q(; COMMIT));
    my $month = $db->sql("SELECT to_char($old, 'YYYY_MM')");
    $db->sql("DROP TRIGGER roi_follow_insert ON roi_metrics_p$month; DROP TRIGGER roi_follow_update ON roi_metrics_p$month; DROP TRIGGER roi_follow_delete ON roi_metrics_p$month; DROP TRIGGER roi_follow_truncate ON roi_metrics_p$month");
    $db->sql("ALTER TABLE roi_metrics_default DISABLE TRIGGER USER; INSERT INTO roi_metrics_default SELECT * FROM roi_metrics_p$month; ALTER TABLE roi_metrics_default ENABLE TRIGGER USER; DROP TABLE roi_metrics_p$month");
    is($db->differing, '', "$archive: rows of a month stray in the default partition");
    $as->sql('CALL roi_maintain_job()');
    $db->answers('SELECT job, ok, failed FROM roi_job_runs ORDER BY id DESC LIMIT 1', 'roi_maintain|t|0', "$archive: roi_maintain_job() by an operator");
    $db->answers("SELECT count(*) > 0 FROM roi_metrics_p$month", 't', "$archive: the month has its partition again");
    $db->answers('SELECT count(*) FROM roi_metrics_default', 2, "$archive: odd dates stay where they are");
    is($db->sql('SELECT count(*), sum(views) FROM roi_metrics'), $facts, "$archive: nothing is lost");
    $db->answers('SELECT archived_until FROM roi_schema_version', '-infinity', "$archive: nothing is archived unless asked for");

    # --- months are archived only when they are exact, and not while an account lags there ---
    $db->sql("ALTER TABLE roi_rollup DISABLE TRIGGER USER; UPDATE roi_rollup SET views = views + 1 WHERE user_id = 'anna' AND grain = 'q' AND bucket = (SELECT min(bucket) FROM roi_rollup WHERE user_id = 'anna' AND grain = 'q')");
    $as->fails("SELECT * FROM roi_maintain('6 months', '$archive')", '55000', qr/roi_rebuild/, "$archive: a month that differs is not archived");
    $db->sql("SELECT roi_rebuild('anna')");
    $db->sql("SELECT * FROM roi_simulate('lag', seed => 1, start_at => date_trunc('month', now(), 'UTC') - interval '10 months')");
    is($as->sql("SELECT max(at) = date_trunc('month', now(), 'UTC') - interval '10 months' FROM roi_maintain('6 months', '$archive') WHERE step ~ '^archived'"), 't', "$archive: not beyond the month of the slowest account");
    $db->sql("SELECT roi_purge_simulated('lag')");
    $as->fails("SELECT * FROM roi_maintain($_)", '22023', qr/./, "$archive: roi_maintain($_)") for "'1 day'", "'6 months', 'burn'", "'-1 month'", "'6 months', NULL";
    $as->fails("SELECT * FROM roi_maintain_step('archive', $_, '$archive')", '22023', qr/./, "$archive: the present is never archived: $_") for "date_trunc('month', now(), 'UTC') + interval '1 month'", "'infinity'", "now() - interval '3 months'", "'-infinity'";
    $db->as('cl')->fails("SELECT * FROM roi_maintain()", '42501', qr//, "$archive: not by a client");

    # --- archive ---
    if ($archive eq 'detach')
    {
        my $admin = $db->with(role => undef);
        $admin->sql('CREATE ROLE squatter; GRANT ALL ON SCHEMA roi_archive TO PUBLIC; ALTER SCHEMA roi_archive OWNER TO squatter');
        $as->fails("SELECT * FROM roi_maintain('6 months')", '55000', qr/ALTER SCHEMA roi_archive OWNER/, 'a schema of that name whose owner could drop what is archived is not used');
        $admin->sql('ALTER SCHEMA roi_archive OWNER TO keeper; REVOKE ALL ON SCHEMA roi_archive FROM PUBLIC; DROP ROLE squatter');
    }
    $as->sql("CALL roi_maintain_job('6 months', '$archive')");
    $db->answers("SELECT archived_until = $horizon FROM roi_schema_version", 't', "$archive: six months are kept");
    is($db->sql($months), $db->sql($kept), "$archive: as partitions");
    is($db->differing, '', "$archive: roi_verify() finds nothing");
    is($db->unwatched, '', "$archive: every partition is watched");
    is($db->unsecured_tables, '', "$archive: and secured");
    is(figures($db), $before, "$archive: every figure is as it was");
    if ($archive eq 'detach')
    {
        my $sum = $db->sql("SELECT string_agg(format('SELECT views FROM %s', c.oid::regclass), ' UNION ALL ') FROM pg_class c WHERE relnamespace = 'roi_archive'::regnamespace AND relkind = 'r' AND relname ~ '^roi_metrics'");
        $db->answers("SELECT count(*), sum(views) FROM (SELECT views FROM roi_metrics UNION ALL $sum) a", $facts, 'detach: every fact is there or in the archive');
        $db->answers("SELECT string_agg(tgname, ' ') FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE c.relnamespace = 'roi_archive'::regnamespace AND NOT tgisinternal", '', 'detach: without our triggers');
        $db->answers("SELECT bool_and(relrowsecurity), count(*) > 8 FROM pg_class WHERE relnamespace = 'roi_archive'::regnamespace AND relkind = 'r'", 't|t', 'detach: with row security');
    }
    else { $db->answers("SELECT to_regnamespace('roi_archive')", '', 'drop: there is no archive'); }

    # --- once more, setup and rebuild change nothing ---
    $as->sql("CALL roi_maintain_job('6 months', '$archive')");
    $db->answers("SELECT string_agg(step, ',') FROM roi_maintain('6 months', '$archive')", 'coming partitions,replaced facts,records for undo', "$archive: once more there is nothing to do");
    $db->sql("SELECT roi_setup(); SELECT roi_rebuild(); SELECT roi_rebuild('anna', '-infinity', $horizon)");
    is($db->sql($months), $db->sql($kept), "$archive: roi_setup() makes no archived month");
    is(figures($db), $before, "$archive: roi_rebuild() keeps the figures");
    is($db->differing, '', "$archive: exactly");
    $as->sql("CALL roi_maintain_job('1 year', '$archive')");
    $db->answers("SELECT archived_until = $horizon FROM roi_schema_version", 't', "$archive: a longer retention brings nothing back");

    # --- late writes ---
    my $stamp = $db->sql("SELECT $old");
    my @late = ("INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('anna', 'x', 1, '$stamp')", "UPDATE roi_metrics SET update_timestamp = '$stamp' WHERE user_id = 'anna' AND update_timestamp > now() - interval '40 days'",
        "INSERT INTO platform_metrics (user_id, platform, update_timestamp) VALUES ('anna', 'x', '$stamp')", "INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('anna', 'x', 1, '0001-01-01')",
        "SELECT * FROM roi_import('carl', " . RoiTest::file('date,ad_id,spend,impressions,inline_link_clicks', substr($stamp, 0, 10) . ',late,1,1,1', $db->sql('SELECT now()::date') . ',now,1,1,1') . ')',
        "SELECT * FROM roi_record_snapshot('anna', 'x', 'late', views => 5, taken_at => '$stamp')", "SELECT * FROM roi_undo_import((SELECT max(id) FROM roi_import_batches WHERE user_id = 'carl'), 'carl')",
        "MERGE INTO roi_metrics m USING (SELECT 'anna' AS u) s ON m.user_id = s.u AND m.update_timestamp > now() - interval '40 days' WHEN MATCHED THEN UPDATE SET update_timestamp = '$stamp'");
    for my $sql (@late)
    {
        $db->fails($sql, '55000', qr/archived/, "$archive: refused: " . substr($sql, 0, 60));
    }
    $db->as('cl')->signed_in('carl')->fails($late[4], '55000', qr/archived/, "$archive: and to a client");
    is(figures($db), $before, "$archive: which changes nothing");
    $db->fails("SELECT * FROM roi_simulate('late', seed => 1, start_at => '$stamp')", '55000', qr/start_at/, "$archive: an account cannot begin there");
    $db->sql("SELECT * FROM roi_simulate('late', seed => 1); UPDATE roi_simulations SET generated_until = '$stamp', start_at = '$stamp' WHERE user_id = 'late'");
    $db->fails("SELECT * FROM roi_simulate('late', seed => 1)", '55000', qr/roi_purge_simulated/, "$archive: nor be taken up again");
    is($db->error('CALL roi_tick_job()')->{state}, '55000', "$archive: an account that begins there cannot grow");
    $db->answers("SELECT failures->0->>'of', failures->0->>'hint' ~ 'archived' FROM roi_job_runs ORDER BY id DESC LIMIT 1", 'account late|t', "$archive: and costs itself only");
    my $next = "SELECT at = $horizon + interval '1 month' FROM roi_maintain_step('list', $horizon + interval '1 month', '$archive') s (what, at) WHERE what = 'archive'";
    $as->answers($next, 't', "$archive: and holds no later month off, which it can never reach");
    $db->sql("UPDATE roi_simulations SET generated_until = $horizon, start_at = least(start_at, $horizon) WHERE user_id = 'late'");
    $as->answers($next, '', "$archive: as it would if it could");
    $db->sql("SELECT roi_purge_simulated('late')");

    # --- a bound inside an archived day ---
    my $cut = "since => '$stamp'::timestamptz + interval '10 hours 3 minutes'";
    for my $f (qw(roi_campaign_performance roi_content_performance roi_top_posts))
    {
        $db->fails("SELECT * FROM $f('demo', 'all', $cut)", '55000', qr/00:00 UTC/, "$archive: $f() from inside an archived day is refused");
    }
    $db->answers("SELECT data_points > 0 FROM roi_total('demo', 'all', $cut)", 't', "$archive: roi_total() knows the quarters");
    my $point = $db->sql("SELECT bucket + interval '3 minutes' FROM roi_rollup WHERE user_id = 'anna' AND grain = 'q' AND quarter_points <> data_points AND bucket < $horizon ORDER BY bucket LIMIT 1");
    $db->fails("SELECT * FROM roi_total('anna', 'all', since => '$point')", '55000', qr/00:00 UTC/, "$archive: but not the minutes of rows off them");
    my (undef, undef, $notice) = $db->run("SELECT count(*) FROM roi_metrics_detail('anna', 'all')");
    like($notice, qr/NOTICE:.*facts before .* are archived and not listed/, "$archive: roi_metrics_detail() says what it lacks");
    (undef, undef, $notice) = $db->run("SELECT count(*) FROM roi_metrics_detail('anna', '30d')");
    is($notice, '', "$archive: and is silent where it lacks nothing");

    # --- TRUNCATE takes what is there, and no more; the user's deletion everything ---
    my $archived = $db->sql("SELECT sum(views) FROM roi_rollup WHERE grain = 'm' AND bucket < $horizon");
    $db->sql('TRUNCATE roi_metrics');
    $db->answers("SELECT sum(views), min(bucket) < $horizon, max(bucket) < $horizon FROM roi_rollup WHERE grain = 'm'", "$archived|t|t", "$archive: TRUNCATE leaves archived months");
    is($db->differing, '', "$archive: exactly");
    $db->fails("SELECT * FROM roi_simulate('anna')", '55000', qr/another user/, "$archive: who has archived facts has real ones");
    $db->sql("SELECT roi_purge_simulated('demo')");
    $db->answers("SELECT (SELECT count(*) FROM roi_rollup WHERE user_id = 'demo') + (SELECT count(*) FROM roi_rollup_detail WHERE user_id = 'demo') + (SELECT count(*) FROM roi_posts WHERE user_id = 'demo')", 0, "$archive: a purged account is gone with its archived figures");
    $db->sql("DELETE FROM users WHERE clerk_id = 'anna'");
    $db->answers("SELECT count(*) FROM roi_rollup WHERE user_id = 'anna'", 0, "$archive: so is a deleted user");
    if ($archive eq 'detach')
    {
        my $rows = $db->sql("SELECT string_agg(format('SELECT count(*) FROM %s WHERE user_id = ''anna''', c.oid::regclass), ' UNION ALL ') FROM pg_class c WHERE relnamespace = 'roi_archive'::regnamespace AND relkind = 'r'");
        $db->answers("SELECT sum(count) FROM ($rows) a", 0, 'detach: and his archived facts');
    }
    is($db->differing, '', "$archive: what is left is exact");
}

# --- a simulated account with recorded facts in archived months keeps them ---

my $mixed = RoiTest->new(node => $node, db => 'mixed')->create_database->create_extension;
$mixed->sql(q(SELECT roi_setup();
    SELECT roi_simulate('erin', seed => 1, first_posts => 3, posts_per_day => 0.5, start_at => now() - interval '100 days');
    SELECT roi_backfill('erin', '100 days');
    INSERT INTO roi_metrics (user_id, platform, post_id, views, ad_spend, revenue_generated, update_timestamp)
        SELECT 'erin', 'facebook', 'real-' || n, 1000, 10, 500, now() - n * interval '1 day' FROM unnest('{95,2}'::int[]) n;
    SELECT roi_maintain('1 month')));
$mixed->fails("SELECT roi_purge_simulated('erin')", '55000', qr/roi_stop_simulation/, 'archived sums of simulated and recorded facts are not told apart');
$mixed->answers("SELECT sum(revenue_generated) FROM roi_posts WHERE user_id = 'erin' AND source <> 'simulated'", '1000.000000', 'and no recorded revenue is lost');
is($mixed->differing, '', 'nor anything else');

# --- columns and triggers of the owner's own ---

my $own = RoiTest->new(node => $node, db => 'own')->create_database->create_extension;
$own->sql(q(SELECT roi_setup(); INSERT INTO users VALUES ('anna');
    ALTER TABLE roi_metrics ADD COLUMN engaged bigint GENERATED ALWAYS AS (likes + comments) STORED, ADD COLUMN gone text;
    ALTER TABLE roi_metrics DROP COLUMN gone;
    CREATE TABLE heard (what text);
    CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO heard VALUES (TG_NAME || ' ' || TG_OP); RETURN NULL; END $$;
    CREATE TRIGGER silent AFTER INSERT OR DELETE ON roi_metrics FOR EACH ROW EXECUTE FUNCTION hear();
    CREATE TRIGGER always AFTER INSERT OR DELETE ON roi_metrics FOR EACH ROW EXECUTE FUNCTION hear();
    ALTER TABLE roi_metrics DISABLE TRIGGER silent, ENABLE ALWAYS TRIGGER always;
    INSERT INTO roi_metrics (user_id, platform, likes, comments, update_timestamp) SELECT 'anna', 'x', 2, 3, t FROM unnest(ARRAY['2001-01-01', now() - interval '10 years', now() + interval '8 months']) t));
my $wakeful = q(SELECT string_agg(format('%s %s', tgname, tgenabled), ' ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = 'roi_metrics_default'::regclass AND NOT tgisinternal);
my $awake = $own->sql($wakeful);
is($own->error('CALL roi_maintain_job()'), undef, 'maintenance of tables with columns and triggers of their own');
$own->answers('SELECT count(*) FROM roi_metrics_default', 1, 'strays with a generated column are moved');
$own->answers('SELECT sum(engaged), count(engaged) FROM roi_metrics', '15|3', 'and have it');
$own->answers('SELECT what, count(*) FROM heard GROUP BY 1', 'always INSERT|3', 'no trigger hears of it');
$own->answers($wakeful, $awake, 'and each stays as it was, on, off or always');
is($own->error("CALL roi_maintain_job('6 months')"), undef, 'and their archive');
$own->answers(q(SELECT sum(n) FROM (SELECT (xpath('/row/n/text()', query_to_xml(format('SELECT sum(engaged) AS n FROM %s', c.oid::regclass), false, true, '')))[1]::text::int AS n
    FROM pg_class c WHERE relnamespace = to_regnamespace('roi_archive') AND relname ~ '^roi_metrics' AND relkind = 'r') a), 10, 'the archive takes them as well');
$own->answers($wakeful, $awake, 'and leaves the triggers alone');
is($own->differing, '', 'exactly');

# --- busy tables: the job gives up soon, says so, and the next run goes on ---

my $db = filled('busy', 'roi');
$db->sql('CALL roi_maintain_job()');
my $today = $db->sql('SELECT now()::date');
$db->sql("SELECT * FROM roi_import('carl', " . RoiTest::file('date,ad_id,spend,impressions,inline_link_clicks', "$today,again,$_,1,1") . ')') for 1, 2;
$db->answers('SELECT count(*) FROM roi_import_replaced', 1, 'an import has replaced another one');
$db->sql("UPDATE roi_import_batches SET created_at = now() - interval '1 year'");
$db->sql(q(BEGIN; LOCK TABLE roi_metrics IN ROW EXCLUSIVE MODE; PREPARE TRANSACTION 'writer'));
is($db->error("CALL roi_maintain_job('6 months')")->{state}, '55P03', 'a writer holds the archive off');
$db->answers("SELECT ok, sqlstate, failed, failures->0->>'of' ~ '^archive ' FROM roi_job_runs ORDER BY id DESC LIMIT 1", 'f|55P03|1|t', 'which is kept');
$db->answers('SELECT archived_until FROM roi_schema_version', '-infinity', 'and nothing is half archived');
$db->answers('SELECT count(*) FROM roi_import_replaced', 0, 'what imports had replaced long ago is forgotten all the same');
$db->sql(q(ROLLBACK PREPARED 'writer'));

# a step that fails does not stop those that do not depend on it
$db->sql("INSERT INTO roi_metrics (user_id, platform, update_timestamp) VALUES ('anna', 'x', now() - interval '10 years')");
$db->with(role => undef)->sql(q(CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity ~ to_char(now() - interval '10 years', '"metrics_p"YYYY')) THEN RAISE 'refused'; END IF; END $$;
    CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse()));
is($db->error("CALL roi_maintain_job('6 months')")->{state}, 'P0001', 'strays that cannot be moved');
$db->with(role => undef)->sql('DROP EVENT TRIGGER refuse');
$db->answers("SELECT failed, failures->0->>'of' ~ '^strays ' FROM roi_job_runs ORDER BY id DESC LIMIT 1", '1|t', 'are one failure');
$db->answers("SELECT archived_until = $horizon FROM roi_schema_version", 't', 'and all months are archived');

# --- one maintenance at a time ---

my $runs = $db->sql('SELECT count(*) FROM roi_job_runs');
$db->sql("BEGIN; SELECT FROM roi_maintain(NULL); PREPARE TRANSACTION 'by_hand'");
my ($code, undef, $message) = $db->run("SET statement_timeout TO '10s'; CALL roi_maintain_job()");
$db->sql("ROLLBACK PREPARED 'by_hand'");
like("$code $message", qr/^0 .*another maintenance is running/, 'beside a maintenance by hand the job returns at once');
my $other = $db->start("INSERT INTO roi_job_runs (job) VALUES ('roi_maintain')", 'SELECT pg_sleep(60)');
RoiTest::wait_until($node, q(SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')));
($code, undef, $message) = $db->run('CALL roi_maintain_job()');
like("$code $message", qr/^0 .*another maintenance is running/, 'and between the steps of another run');
$db->sql("SELECT pg_terminate_backend(pid) FROM roi_job_runs WHERE ok IS NULL");
RoiTest::finish($other);
$db->answers('SELECT count(*) FROM roi_job_runs', $runs + 1, 'without a row');
$db->sql('CALL roi_maintain_job()');
$db->answers('SELECT ok FROM roi_job_runs ORDER BY id DESC LIMIT 1', 't', 'which holds nobody off when it is gone');

# --- who holds the users table and goes on to the facts, or the other way round, is never the victim of maintenance ---

my $wait = q(DO $$ BEGIN FOR n IN 1 .. 400 LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.05);
    EXIT WHEN EXISTS (SELECT FROM pg_stat_activity WHERE query ~ '^CALL roi_maintain_job' AND wait_event IN ('relation', 'PgSleep')); END LOOP; PERFORM pg_sleep(0.5); END $$);
my $insert = "INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('anna', 'x', 1, now())";
my $change = "UPDATE roi_metrics SET views = views + 1 WHERE user_id = 'anna' AND platform = 'x' AND update_timestamp > now() - interval '1 hour'";
my $coming = $db->sql("SELECT to_char(now() AT TIME ZONE 'UTC' + interval '3 months', 'YYYY_MM')");
my $months_kept = 6;
for my $case ([ 'reads users, then facts', 'drop', 'SELECT count(*) FROM users', 'SELECT count(*) FROM roi_metrics' ], [ 'adds a user, then facts', 'detach', "INSERT INTO users VALUES ('new')", $insert ],
    [ 'adds facts, then a user', 'drop', $insert, "INSERT INTO users VALUES ('newer')" ], [ 'reads facts, then the other ones', '', 'SELECT count(*) FROM roi_metrics', 'SELECT count(*) FROM platform_metrics' ],
    [ 'adds a user, then changes facts', '', "INSERT INTO users VALUES ('newest')", $change ])
{
    my ($name, $archive, @statements) = @$case;
    my $job = $archive ? 'CALL roi_maintain_job($$' . --$months_kept . " months\$\$, '$archive')" : 'CALL roi_maintain_job()';
    $db->sql("DROP TABLE roi_metrics_p$coming, platform_metrics_p$coming") unless $archive; # to be made again
    my $session = $db->start('BEGIN', $statements[0], $wait, $statements[1], 'COMMIT');
    RoiTest::wait_until($node, q(SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~ '^DO .*roi_maintain_job')));
    my $failed = $db->error($job);
    my ($rc, undef, $err) = RoiTest::finish($session);
    is($rc, 0, "a transaction that $name goes on beside " . ($archive ? "archive => '$archive'" : 'coming partitions')) or diag($err);
    is($failed && "$failed->{state} $failed->{message}", undef, 'and so does maintenance');
}
$db->answers("SELECT count(*) FROM pg_class WHERE relname ~ '_p$coming\$' AND relispartition", 2, 'the coming month has its partitions');
is($db->differing, '', 'exactly');

# --- dump and restore with an archive ---

my $before = figures($db);
my $dump = $node->basedir . '/archive.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('busy') ], 'a database with an archive is dumped');
$node->safe_psql('postgres', 'CREATE DATABASE again');
$node->command_ok([ 'pg_restore', '-e', '-j', '2', '-d', $node->connstr('again'), $dump ], 'and restored');
my $again = $db->with(db => 'again');
is(figures($again), $before, 'it answers the same');
is($again->differing, '', 'exactly');
$again->fails("INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('anna', 'x', 1, $old)", '55000', qr/archived/, 'and still refuses archived months');
$again->sql("DROP TABLE roi_metrics_archived; SELECT roi_setup()");
$again->fails("INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('anna', 'x', 1, $old)", '55000', qr/archived/, 'roi_setup() puts the guard back');

$node->stop;
done_testing();
