# The README's recipe that brings archived months back: every figure stays, and the months can be read in detail, written and archived again.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

RoiTest::away_from_the_hour(60);
my $node = RoiTest::server('back', {});
$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN; CREATE ROLE client LOGIN');
my $db = RoiTest->new(node => $node, db => 'back', schema => 'Roi Back')->create_database->create_extension;
$db->grant_owner('owner');
$db->sql('GRANT CREATE ON DATABASE back TO owner');
my $owner = $db->as('owner');
$owner->sql(q(SELECT roi_setup();
	INSERT INTO users VALUES ('anna'), ('gone');
	INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, content_type, views, clicks, ad_spend, revenue_generated, currency, update_timestamp)
	SELECT who, 'x', 'p' || n % 9, n % 3 + 1, 'video', n, n % 2, n * 0.5, n, CASE n % 9 WHEN 0 THEN 'EUR' ELSE 'USD' END, now() - n * interval '17 hours' FROM unnest('{anna,gone}'::text[]) who, generate_series(1, 300) n;
	INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2000-01-01', 1.1);
	SELECT * FROM roi_simulate('demo', seed => 3, first_posts => 5, start_at => date_trunc('hour', now()) - interval '100 days'); CALL roi_tick_job()));
$db->sql("SELECT roi_grant('client', 'client')");

sub figures
{
	return $db->sql(join ";\n", map { my $u = $_; map { "SELECT r FROM $_('$u', 'all', until => '2030-01-01', currency => 'USD') r" }
		qw(roi_total roi_channel_performance roi_campaign_performance roi_content_performance roi_top_posts roi_trends roi_revenue_trends) } qw(anna demo));
}

my ($recipe) = slurp_file('README.md') =~ /A detached month comes back.*?```sql\n(.*?)```/s;
ok($recipe, 'the README has the recipe');
$owner->sql("DELETE FROM users WHERE clerk_id = 'gone'");
my $before = figures();
my $facts = $owner->sql('SELECT count(*), sum(views) FROM roi_metrics');
my $parts = $owner->sql(q(SELECT count(*) FROM pg_partition_tree('roi_metrics')));
$owner->sql("CALL roi_maintain_job('1 month')");
my $horizon = $owner->sql('SELECT archived_until FROM roi_schema_version');
isnt($owner->sql('SELECT count(*), sum(views) FROM roi_metrics'), $facts, "months before $horizon are archived");
is(figures(), $before, 'figures stay');

$owner->sql("INSERT INTO users VALUES ('late')");
for my $n (1 .. 2)
{
	my ($rc, $out, $err) = $owner->run($recipe);
	is($rc, 0, "month $n comes back") or diag($err);
	is($owner->sql("SELECT archived_until = timestamptz '$horizon' - $n * interval '1 month' FROM roi_schema_version"), 't', 'the horizon goes back');
	is(figures(), $before, 'figures stay');
	is($owner->differing, '', 'roi_verify() finds nothing');
	is($owner->unwatched, '', 'every partition is watched');
	is($owner->unsecured_tables, '', 'and under row security');
	my $write = "INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) SELECT 'late', 'x', 'back', 7, archived_until %s FROM roi_schema_version";
	$owner->sql(sprintf $write, "+ interval '1 day'");
	$owner->fails(sprintf($write, "- interval '1 day'"), '55000', qr/newer/, 'the month before is archived still');
	is($owner->differing, '', 'the month can be written');
}
$owner->answers("SELECT total_impressions FROM roi_total('late', 'all', until => '2030-01-01')", 14, 'and what is written counts');
$db->as('client')->signed_in('anna')->answers('SELECT count(DISTINCT user_id) FROM roi_metrics', 1, 'a client sees his own rows of it');
$owner->sql("CALL roi_maintain_job('1 month')");
$owner->answers('SELECT archived_until FROM roi_schema_version', $horizon, 'they are archived again');
is(figures(), $before, 'figures stay');
is($owner->differing, '', 'exactly');
done_testing();
