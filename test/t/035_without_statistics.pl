# Tables that have grown since anybody analyzed them: no statement of ours reads or joins many more rows than there are,
# although thousands belong to one user and one moment. Counted in the plans that auto_explain shows, not timed.
use strict;
use warnings;
use POSIX qw(strftime);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $rows = 2000;
my $node = RoiTest::server('statistics', { autovacuum => 'off' });
my $db; # the database at hand
# so that a client's plans are seen as well
$node->safe_psql('postgres', join ";\n", 'CREATE ROLE client LOGIN', map { "ALTER ROLE $_" } map { ("postgres SET $_", "client SET $_") } q(session_preload_libraries TO 'auto_explain'),
	map { "auto_explain.log_$_" } 'min_duration TO 0', 'nested_statements TO on', 'analyze TO on', 'timing TO off', q(format TO 'json'));

# What the busiest node of a plan has done, rows that it gave or threw away over all its loops, and its type. A node's own
# properties stand before the nodes below it.
sub busiest
{
	my ($plan) = @_;
	my ($most, $type, $its_type, $its_rows, $loops) = (0, '', '', 0, 1);
	while ($plan =~ /"(Node Type|Actual Rows|Actual Loops|Rows Removed by [\w ]+)": "?([^",\n]+)/g)
	{
		if ($1 eq 'Node Type') { ($its_type, $its_rows) = ($2, 0); }
		elsif ($1 eq 'Actual Rows') { $its_rows = $2; }
		elsif ($1 eq 'Actual Loops') { $its_rows *= $2; $loops = $2; }
		else { $its_rows += $2 * $loops; }
		($most, $type) = ($its_rows, $its_type) if $its_rows > $most;
	}
	return ($most, $type);
}

# One test: the SQL answers this, and no node of any plan, those of functions and triggers included, handles more than $most rows.
sub is_linear
{
	my ($sql, $expected, $name, $as) = @_;
	my ($rc, $out, $err) = ($as // $db)->run("SET client_min_messages TO log; $sql");
	is($rc ? $err : $out, $expected, $name);
	my ($most, $node_type, $busiest, $plans) = (0, '', '', 0);
	while ($err =~ /LOG:  \w+: duration: \S+ ms  plan:\n(\{\n.*?\n\})\n/gs)
	{
		my $plan = $1;
		my ($its, $type) = busiest($plan);
		++$plans;
		($most, $node_type, $busiest) = ($its, $type, $plan) if $its > $most;
	}
	cmp_ok($plans, '>', 0, 'its plans are seen');
	cmp_ok($most, '<', 25 * $rows, 'and it is linear') or diag("$node_type, see the log, of " . substr($busiest, 0, 300)), note($busiest);
	return;
}

sub export { my ($name, @lines) = @_; append_to_file($node->basedir . "/$name", join("\n", @lines) . "\n"); return "pg_read_binary_file('" . $node->basedir . "/$name')"; }
my $last = 'SELECT max(id) FROM roi_import_batches WHERE undone_at IS NULL AND user_id =';

my $day = strftime('%Y-%m-%d', gmtime(time - 40 * 86400));
my @videos = map {
	my $k = $_;
	export("videos$k.csv", 'Content,Video title,Video publish time,Duration,Likes,Dislikes,Shares,Average view duration,Engaged views,Views,Watch time (hours),Subscribers,Estimated revenue (USD),Impressions,Impressions click-through rate (%)',
		map { sprintf('vid%08d,T%d,"Mar 15, 2026",120,%d,1,%d,0:01:12,%d,%d,%.2f,%d,%.2f,%d,5.2', $_, $_, 10 * $k, $k, 900 * $k, 1000 * $k, 1.25 * $k, $k, 0.5 * $k, 8000 * $k) } 1 .. $rows)
} 1 .. 2;
my @ads = map {
	my $cents = $_;
	export("ads$cents.csv", 'Day,Campaign name,Ad name,Amount spent (EUR),Impressions,Link clicks,Purchases,Purchases conversion value', map { sprintf('%s,c%d,ad%d,%d.%d,%d,%d,1,%d.5', $day, $_, $_, $_ % 100, $cents, $_ + 1, $_ % 9, $_ % 50) } 1 .. $rows)
} 25, 75;

# Lifetime figures: thousands of posts at one moment.
sub snapshots
{
	is_linear("SELECT rows_imported, facts FROM roi_import('videos', $videos[$_], day => date '$day' + $_)", "$rows|$rows", 'import of snapshot ' . ($_ + 1)) for 0 .. 1;
	is_linear(q(SELECT count(*) FROM roi_export_csv('videos', 'all', report => 'metrics_detail')), 2 * $rows + 1, 'export of the facts, page by page');
	my $client = $db->as('client')->signed_in('videos');
	is_linear(q(SELECT count(*) FROM roi_export_csv(period => 'all', report => 'metrics_detail')), 2 * $rows + 1, 'by the user himself', $client);
	is_linear("SELECT count(*) FROM $_(period => 'all', page_size => 1000)", 1000, "$_ by the user himself", $client) for qw(roi_metrics_detail roi_top_posts);
	is_linear(q(SELECT count(*) FROM roi_verify('videos')), 0, 'roi_verify()');
	is_linear(q(SELECT roi_rebuild('videos')), 1, 'roi_rebuild()');
	is_linear(q(SELECT count(*) FROM roi_top_posts('videos', 'all', page_size => 1000)), 1000, 'top posts');
	is_linear(q(SELECT length(roi_report_html('videos', 'all')) > 1000), 't', 'report');
	is_linear("SELECT removed FROM roi_undo_import(($last 'videos'), 'videos')", $rows, 'taken back') for 1 .. 2;
	return;
}

# As many campaigns on one day, restated.
sub restated
{
	is_linear("SELECT replaced FROM roi_import('ads', $ads[0])", 0, 'import of ads');
	is_linear("SELECT replaced FROM roi_import('ads', $ads[1])", $rows, 'restated');
	is_linear("SELECT replaced FROM roi_import('ads', $ads[0], dry_run => true)", 0, 'the first file again: nothing to rehearse');
	is_linear("SELECT removed, restored FROM roi_undo_import(($last 'ads'), 'ads')", "$rows|$rows", 'taken back');
	is_linear(q(SELECT count(*) FROM roi_campaign_performance('ads', 'all', page_size => 1000)), 1000, 'campaigns');
	is_linear(q(SELECT length(roi_dashboard('ads', 'all')::text) > 1000), 't', 'dashboard');
	$db->sql(q(CREATE TABLE exported AS SELECT convert_to(string_agg(line, E'\n'), 'UTF8') AS bytes FROM roi_export_csv('ads', 'all', report => 'metrics_detail') line));
	is_linear(q(SELECT rows_imported FROM roi_import('copy', (SELECT bytes FROM exported))), $rows, 'our own export read back');
	is_linear(q(SELECT replaced FROM roi_import('copy', (SELECT bytes || '\x0a' FROM exported))), $rows, 'and restated');
	is_linear("SELECT removed, restored FROM roi_undo_import(($last 'copy'), 'copy')", "$rows|$rows", 'and taken back');
	is_linear(q(DELETE FROM users WHERE clerk_id = 'copy'), '', 'a user is deleted');
	return;
}

# A simulated account and plain SQL.
sub grown
{
	my $hour = $db->sql("SELECT date_trunc('hour', now())");
	$db->sql(qq(SELECT FROM roi_simulate('grown', seed => 1, first_posts => $rows, posts_per_day => 0, start_at => timestamptz '$hour' - interval '3 hours')));
	is_linear("SELECT posts FROM roi_generate_tick('$hour')", 3 * $rows, 'tick');
	is_linear(q(UPDATE roi_metrics SET views = views + 1 WHERE user_id = 'grown'), '', 'UPDATE of all facts');
	is_linear(q(UPDATE roi_metrics SET update_timestamp = update_timestamp - interval '1 month' WHERE user_id = 'grown'), '', 'to another month');
	is_linear(q(INSERT INTO users VALUES ('heir'); UPDATE roi_metrics SET user_id = 'heir' WHERE user_id = 'grown' AND id % 2 = 0), '', 'half of them to another user');
	is_linear(q(DELETE FROM roi_metrics WHERE user_id = 'heir' AND id % 4 = 0), '', 'DELETE of some');
	is_linear(q(SELECT count(*) FROM roi_verify()), 0, 'roi_verify() of all');
	is_linear(q(SELECT roi_purge_simulated('grown') > 0), 't', 'purge');
	is_linear(q(DELETE FROM users WHERE clerk_id = 'heir'), '', 'the heir is deleted');
	return;
}

# Archived months.
sub archived
{
	$db->sql(qq(INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) SELECT 'old', 'x', 'o' || n, 1, now() - interval '19 months' FROM generate_series(1, $rows) n;
		INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp) SELECT id, user_id, platform, update_timestamp FROM roi_metrics WHERE user_id = 'old'));
	is_linear(q(SELECT count(*) > 0 FROM roi_maintain('12 months')), 't', 'roi_maintain()');
	is_linear(q(SELECT count(*) FROM roi_verify()), 0, 'roi_verify() with archived months');
	is_linear(q(SELECT roi_rebuild()), 2, 'roi_rebuild() of all');
	return;
}

for my $kind ('never analyzed', 'analyzed when they were empty', 'analyzed when they held a row')
{
	my $name = $kind =~ s/ /_/gr;
	$db = RoiTest->new(node => $node, db => $name)->create_database->create_extension;
	$db->sql(q(SELECT roi_setup(); SELECT roi_make_partitions(ARRAY(SELECT generate_series(now() - interval '20 months', now(), interval '1 month')));
		INSERT INTO users SELECT unnest('{videos,ads,copy,grown,old}'::text[])));
	$db->sql(qq(INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('old', 'x', 'o', 1, '$day'))) if $kind =~ /row/;
	$db->sql(q(SELECT roi_grant('client', 'client')));
	$db->sql('VACUUM ANALYZE') if $kind =~ /empty|row/;
	subtest "tables $kind" => sub { snapshots(); restated(); grown(); archived(); };
}

done_testing();
