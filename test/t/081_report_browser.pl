# roi_report_html() in a browser: numbers, tooltips, legends, keyboard, dark mode, phone, paper and accessibility; ROI_TEST_LONG=1 tries every page on every screen.
# Screenshots stay in the test's data directory, under browser.
use strict;
use warnings;
use Encode qw(encode);
use File::Path qw(make_path);
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $node = RoiTest::server('report_browser', {});
my $db = RoiTest->new(node => $node, db => 'browser')->create_database->create_extension;
my $dir = ($ENV{TESTDATADIR} // PostgreSQL::Test::Utils::tempdir()) . '/browser';
make_path($dir);
$db->sql(q(SELECT roi_setup();
	SELECT roi_simulate('demo', 42, start_at => '2026-01-01', campaign_days => 7);
	SELECT roi_backfill('demo', '90 days', '2026-04-01 00:00Z');
	INSERT INTO users VALUES ('nobody'), ('hostile'), ('one');
	INSERT INTO campaign_with_user_id (user_id, id, name, date) SELECT 'hostile', n, name, '2026-03-01'::date + 2 * n::integer FROM unnest(ARRAY['<script>hacked=1</script>', '"><img src=x onerror=hacked=1>', 'javascript:hacked=1', '</script><script>hacked=1</script>', 'שלום', repeat('Wide ', 40)]) WITH ORDINALITY c (name, n);
	INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, views, likes, comments, shares, clicks, ad_spend, revenue_generated, conversions, update_timestamp)
	SELECT 'hostile', left(name, 50), name, n, n * 1e12, n, n, n, n, n * 123456789.123456, n * 987654321.987654 - 2e9, n, '2026-03-01 10:00Z'::timestamptz + n * interval '2 days' FROM campaign_with_user_id, LATERAL (SELECT id::integer AS n) i WHERE user_id = 'hostile';
	INSERT INTO roi_metrics (user_id, platform, ad_spend, revenue_generated, update_timestamp) VALUES ('one', 'tiktok', 10.005, 20.015, '2026-03-15 10:00Z')));

# The page and what the functions answer to the same question, as text.
sub write_report
{
	my ($name, $arguments) = @_;
	my $rows = sub { "(SELECT coalesce(json_agg((SELECT json_object_agg(key, value) FROM json_each_text(row_to_json(t)))), '[]') FROM $_[0] t)" };
	my $tables = join ', ', map { "'$_', " . $rows->("$_($arguments" . ($_ eq 'roi_top_posts' ? ', page_size => 10)' : ')')) } qw(roi_revenue_by_source roi_revenue_trends roi_cost_breakdown roi_trends roi_channel_performance roi_top_posts);
	my $figures = join ', ', map { "'$_', (SELECT (SELECT json_object_agg(key, value) FROM json_each_text(row_to_json(t))) FROM $_($arguments) t)" } qw(roi_total roi_clv roi_cac roi_payback_period roi_benchmark);
	my ($user) = $arguments =~ /^'(\w+)'/;
	my $zone = $arguments =~ /(, time_zone => '[^']*')/ ? $1 : '';
	my $names = q(CASE WHEN metric IN ('roi', 'roas') THEN 'overall_' ELSE 'total_' END || metric);
	my ($html, $json) = map { pack 'H*', $_ } split /\|/, $db->sql("SELECT encode(convert_to(roi_report_html($arguments), 'UTF8'), 'hex'), encode(convert_to(json_build_object('figures', json_build_object($figures),
		'changes', (SELECT json_object_agg($names, change_percent::text) FROM roi_compare($arguments)),
		'tables', (json_build_object($tables)::jsonb || jsonb_build_object('roi_monthly_spend_trends',
			(SELECT coalesce(json_agg(r ORDER BY p), '[]') FROM (SELECT platform AS p, json_object_agg('spend:' || month, spend::text) AS r FROM roi_monthly_spend_trends('$user', 2026$zone) GROUP BY platform) m))))::text, 'UTF8'), 'hex')");
	for ([ 'html', $html ], [ 'json', $json ])
	{
		open my $file, '>:raw', "$dir/$name.$_->[0]" or die $!;
		print $file $_->[1];
		close $file;
	}
}
write_report('month', q('demo', '30d', until => '2026-04-01 00:00Z'));
write_report('year', q('demo', '1y', until => '2026-12-31 23:00Z'));
write_report('week', q('demo', '7d', until => '2026-03-20 12:00Z', time_zone => 'Asia/Kolkata'));
write_report('hostile', q('hostile', '30d', until => '2026-03-20'));
write_report('nothing', q('nobody', '30d', until => '2026-03-20'));
write_report('one', q('one', '1 day', until => '2026-03-16'));
$node->stop;

# axe-core is the only thing that comes from npm
make_path("$dir/npm");
my $axe = "$dir/npm/node_modules/axe-core/axe.min.js";
system('cp', 'test/browser/package.json', 'test/browser/package-lock.json', "$dir/npm") == 0 or die;
my $npm = '';
eval { IPC::Run::run([ 'sh', '-c', 'cd "$1" && HOME="$1" npm ci --no-audit --no-fund --ignore-scripts', 'sh', "$dir/npm" ], '>', \$npm, '2>&1', IPC::Run::timeout(180)) } or diag("npm: $npm $@");

my ($out, $err) = ('', '');
my $ended = eval { IPC::Run::run([ 'node', 'test/browser/report.mjs', $dir, $ENV{ROI_TEST_LONG} ? '--long' : (), -e $axe ? ('--axe', $axe) : () ], '>', \$out, '2>', \$err, IPC::Run::timeout(600)) };
ok($ended, 'the browser ran to its end') or diag("$err $@");
for (split /\n/, $out)
{
	my ($good, $name, $particulars) = split /\t/;
	ok($good eq 'ok', $name) or diag($particulars);
}
cmp_ok(scalar(() = $out =~ /^ok/mg), '>=', 100, 'many things were tried');
SKIP:
{
	diag('!!! ACCESSIBILITY NOT CHECKED: npm cannot fetch axe-core !!!') unless -e $axe;
	skip('!!! ACCESSIBILITY NOT CHECKED: npm cannot fetch axe-core !!!', 1) unless -e $axe;
	like($out, qr/axe finds no serious fault/, 'axe looked at the pages');
}
ok(-s "$dir/month phone dark.png" > 10000, "screenshots are in $dir");
my $printed = '';
IPC::Run::run([ 'pdftotext', '-layout', "$dir/month printed.pdf", '-' ], '>', \$printed);
like($printed, qr/^ *2026-03-$_ /m, "on paper the tables are open: day $_") for '02', '31';
done_testing();
