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
    $db->sql("SELECT * FROM roi_simulate('late', seed => 1, start_at => '$stamp')");
    is($db->error('CALL roi_tick_job()')->{state}, '55000', "$archive: an account that begins there cannot grow");
    $db->answers("SELECT failures->0->>'of', failures->0->>'hint' ~ 'archived' FROM roi_job_runs ORDER BY id DESC LIMIT 1", 'account late|t', "$archive: and costs itself only");
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

# --- busy tables: the job gives up soon, says so, and the next run goes on ---

my $db = filled('busy', 'roi');
$db->sql('CALL roi_maintain_job()');
$db->sql(q(BEGIN; LOCK TABLE roi_metrics IN ROW EXCLUSIVE MODE; PREPARE TRANSACTION 'writer'));
is($db->error("CALL roi_maintain_job('6 months')")->{state}, '55P03', 'a writer holds the archive off');
$db->answers("SELECT ok, sqlstate, failed, failures->0->>'of' ~ '^archive ' FROM roi_job_runs ORDER BY id DESC LIMIT 1", 'f|55P03|1|t', 'which is kept');
$db->answers('SELECT archived_until FROM roi_schema_version', '-infinity', 'and nothing is half archived');
$db->sql(q(ROLLBACK PREPARED 'writer'));
$db->sql("CALL roi_maintain_job('6 months')");
$db->answers("SELECT archived_until = $horizon FROM roi_schema_version", 't', 'the next run does it');

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
