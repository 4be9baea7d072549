# Logical replication of all our tables: a second server answers the same, and takes over.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

RoiTest::away_from_the_hour(60);
my $first = RoiTest::server('first', { allows_streaming => 'logical' });
my $second = RoiTest::server('second', {}, 'max_logical_replication_workers = 12', 'max_sync_workers_per_subscription = 4', 'max_worker_processes = 20');
my ($from, $to) = map { RoiTest->new(node => $_, db => 'app', schema => 'roi')->create_database->create_extension } $first, $second;
$_->sql('SELECT roi_setup()') for $from, $to;

# Facts written in bulk, by table_multi_insert, must be logged for decoding like those of statements: here no other way is allowed.
$from->sql('ALTER DATABASE app SET roi_ext.fact_writer TO bulk');

my $names = $from->sql("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'roi'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition");
my @tables = split / /, $names;

sub import { my ($user, @lines) = @_; return "SELECT * FROM roi_import('$user', " . RoiTest::file('date,ad_id,spend,impressions,inline_link_clicks', @lines) . ')'; }

# Every way to write, n times over.
sub write_all
{
    my ($n) = @_;
    $from->sql(qq(
        INSERT INTO users VALUES ('anna'), ('bert') ON CONFLICT DO NOTHING;
        INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, content_type, views, clicks, ad_spend, revenue_generated, currency, update_timestamp)
        SELECT who, 'x', 'p' || i % 7 + $n, i % 3 + 1, 'video', i, i % 2, i * 0.5, i, CASE WHEN i % 9 = 0 THEN 'EUR' ELSE 'USD' END, now() - i * interval '11 hours' FROM unnest('{anna,bert}'::text[]) who, generate_series(1, 200) i;
        UPDATE roi_metrics SET views = views + 1, update_timestamp = update_timestamp - interval '40 days' WHERE user_id = 'bert' AND id % 10 = 0;
        DELETE FROM roi_metrics WHERE user_id = 'anna' AND id % 13 = 0;
        SELECT * FROM roi_simulate('demo$n', seed => $n, start_at => now() - interval '3 days', first_posts => 4); CALL roi_tick_job();
        SELECT roi_save_user_preferences('anna', '{"industry": "retail $n"}');
        SELECT * FROM roi_record_snapshot('anna', 'instagram', 'post', views => 100 * $n, metrics => '{"reach": $n}');
        INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', date '2020-01-01' + $n, 1.1)));
    $from->sql(import('carl', "2026-01-0$n,a,1.5,10,1", '2026-01-09,b,2.5,20,2'));
    return;
}

sub contents { my ($db) = @_; return join "\n", map { "$_: " . $db->sql("SELECT count(*), md5(string_agg(t::text, '\n' ORDER BY t::text COLLATE \"C\")) FROM $_ t") } @tables; }
sub answers
{
    my ($db) = @_;
    return $db->sql(join ";\n", map { my $u = $_; ("SELECT d::jsonb - 'asOf' FROM roi_dashboard('$u', 'all', until => '2030-01-01', currency => 'USD') d", map { "SELECT r FROM $_('$u', 'all', until => '2030-01-01', currency => 'USD') r" }
        qw(roi_campaign_performance roi_content_performance roi_top_posts roi_trends)) } qw(anna bert carl demo1));
}

write_all(1);
# The subscriber's own rows of setup give way to the publisher's.
$to->sql('SET session_replication_role TO replica; TRUNCATE ' . join(', ', @tables) . ' CASCADE');
$from->sql('CREATE PUBLICATION everything FOR TABLE ' . join(', ', @tables) . ' WITH (publish_via_partition_root = true)');
$to->sql("CREATE SUBSCRIPTION everything CONNECTION '" . $first->connstr . " dbname=app' PUBLICATION everything");
$second->wait_for_subscription_sync($first, 'everything', 'app') if $second->can('wait_for_subscription_sync');
$second->poll_query_until('app', "SELECT count(*) > 0 AND bool_and(srsubstate IN ('r', 's')) FROM pg_subscription_rel") or die 'no sync';
$first->wait_for_catchup('everything');
is(contents($to), contents($from), 'the first copy is equal in every table');
is(answers($to), answers($from), 'and in every answer');
is($to->differing, '', 'roi_verify() finds nothing there');

write_all(2);
$from->sql("SELECT * FROM roi_undo_import((SELECT min(id) FROM roi_import_batches), 'carl'); SELECT roi_purge_simulated('demo2')");
$first->wait_for_catchup('everything');
is(contents($to), contents($from), 'what is written later arrives');
is(answers($to), answers($from), 'with its answers');
is($to->differing, '', 'exactly');

# A session there that remembers a dashboard sees what arrives: figures, and what stands beside them.
$to->sql('CREATE EXTENSION dblink');
my $asked = "SELECT (roi_dashboard('anna', '7d', until => '2025-02-01', currency => 'USD')::jsonb #>> '{total,totalImpressions}')";
my $industry = "SELECT (roi_dashboard('anna', '7d', until => '2025-02-01', currency => 'USD')::jsonb #>> '{trends,benchmark,benchmark}')";
sub arrives
{
    my ($write, $seen) = @_;
    return "SELECT dblink_exec('from', " . RoiTest::quote_literal("SET search_path = roi; $write") . ") IS NULL \\g /dev/null
        DO \$\$ BEGIN WHILE NOT ($seen) LOOP PERFORM pg_sleep(0.01); END LOOP; END \$\$;";
}
is($to->sql("SELECT dblink_connect('from', " . RoiTest::quote_literal($first->connstr('app')) . ") \\g /dev/null
    ${\ arrives(q(INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('anna', 'x', 1234567, '2025-01-28')), q(EXISTS (SELECT FROM roi_metrics WHERE views = 1234567)))}
    $asked; $asked; $asked;
    ${\ arrives(q(UPDATE roi_metrics SET views = 2345678 WHERE views = 1234567), q(EXISTS (SELECT FROM roi_metrics WHERE views = 2345678)))} $asked;
    ${\ arrives(q(INSERT INTO roi_industry_benchmarks VALUES ('default', 'all', 'roi', 17, 'test', '2090-01-01')), q(EXISTS (SELECT FROM roi_industry_benchmarks WHERE as_of = '2090-01-01')))}
    $industry; $industry; $industry;
    ${\ arrives(q(UPDATE roi_industry_benchmarks SET value = 18 WHERE as_of = '2090-01-01'), q(EXISTS (SELECT FROM roi_industry_benchmarks WHERE value = 18 AND as_of = '2090-01-01')))} $industry"),
    "1234567\n1234567\n1234567\n2345678\n17.00\n17.00\n17.00\n18.00", 'a session that remembers sees what arrives');

$from->sql("TRUNCATE roi_metrics_default; DELETE FROM users WHERE clerk_id = 'bert'");
$from->sql("CALL roi_maintain_job('1 month', 'drop')");
$first->wait_for_catchup('everything');
is(answers($to), answers($from), 'a truncated partition, a deleted user, archived months');
is($to->differing, '', 'exactly');

# --- the second server takes over ---

$to->sql('ALTER SUBSCRIPTION everything DISABLE; ALTER SUBSCRIPTION everything SET (slot_name = NONE); DROP SUBSCRIPTION everything');
$first->stop('immediate');
# Sequences are not replicated: the README's recipe sets them.
my ($recipe) = slurp_file('README.md') =~ /Logical replication.*?```sql\n(.*?)```/s;
ok($recipe, 'the README has the recipe for sequences');
$to->sql($recipe);
$to->sql("CALL roi_tick_job(); SELECT roi_generate_tick(now() + interval '2 hours'); INSERT INTO roi_metrics (user_id, platform, post_id, views) VALUES ('anna', 'x', 'after', 5)");
$to->sql(import('carl', '2026-11-05,z,1.5,10,1'));
$to->answers('SELECT count(*) = count(DISTINCT id) FROM roi_metrics', 't', 'it goes on without a number used twice');
$to->answers('SELECT ok FROM roi_job_runs ORDER BY id DESC LIMIT 1', 't', 'its job runs');
is($to->differing, '', 'roi_verify() finds nothing');

$second->stop;
done_testing();
