# Random questions to every read function: range, zone, bucket, currency and order as they come; each answer equals
# plain SQL over the facts, digit for digit.
#
#   ROI_TEST_SEED=n          other questions (default 20250131)
#   ROI_TEST_QUESTIONS=n     how many (default 600, with ROI_TEST_LONG 6000)
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;
use RollupStatements;

my $seed = $ENV{ROI_TEST_SEED} // 20250131;
my $wanted = $ENV{ROI_TEST_QUESTIONS} // ($ENV{ROI_TEST_LONG} ? 6000 : 600);
diag("random questions: ROI_TEST_SEED=$seed ROI_TEST_QUESTIONS=$wanted");
my $chance = RollupStatements->new($seed);

my $node = RoiTest::server('read_property', {}, 'fsync = off', 'jit = off');
my $db = RoiTest->new(node => $node, db => 'reads', schema => 'roi')->create_database->create_extension;
$db->sql('SELECT roi_setup()');
$db->sql(slurp_file("$FindBin::Bin/../lib/read_oracle.sql"));

# --- facts around the clock changes of the zones, and through the year ---

my @zones = qw(UTC Europe/Berlin Asia/Kolkata Asia/Kathmandu America/St_Johns Pacific/Chatham Australia/Lord_Howe);
my @changes = ('2024-10-27 01:00', '2025-03-30 01:00', '2024-10-06 15:30', '2025-04-05 15:00', '2024-11-03 04:30', '2025-03-09 05:30', '2024-09-28 14:00', '2025-04-05 14:00',
	'2024-12-31 23:45', '2025-01-31 18:30', '2024-10-31 18:15', '2025-02-28 22:59');
my $changes = 'ARRAY[' . join(', ', map { "'$_+00'" } @changes) . ']::timestamptz[]';

$db->sql(qq(
	CREATE FUNCTION draw(n integer, salt integer, below integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
	\$\$ SELECT ((hashint4extended(n, salt * 7919 + $seed) >> 8) & 1048575)::integer % below \$\$;
	INSERT INTO users (clerk_id) SELECT 'r' || n FROM generate_series(1, 7) n;
	INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, update_timestamp, currency, views, likes, comments, shares, clicks, ad_spend, revenue_generated,
		cost_per_click, cost_per_impression, roi_percentage, roas_ratio, conversions, paid_views, paid_clicks)
	SELECT u, (ARRAY['facebook', 'instagram', 'x y'])[1 + draw(n, 1, 3)], nullif(draw(n, 2, 5), 0), nullif('p' || draw(n, 3, 9), 'p0'), (ARRAY['video', 'image', NULL])[1 + draw(n, 4, 3)],
		t.stamp, c, CASE WHEN draw(n, 5, 9) > 0 THEN draw(n, 6, 900) END, CASE WHEN draw(n, 7, 9) > 0 THEN draw(n, 8, 90) END, draw(n, 9, 9), draw(n, 10, 9), nullif(draw(n, 11, 50), 7),
		CASE draw(n, 12, 4) WHEN 0 THEN 0 WHEN 1 THEN NULL ELSE draw(n, 13, 900000) / 7919.0 END, CASE draw(n, 14, 4) WHEN 0 THEN 0 WHEN 1 THEN NULL ELSE draw(n, 15, 900000) / 1009.0 END,
		CASE WHEN draw(n, 16, 5) > 0 THEN draw(n, 17, 3000) / 1300.0 END, draw(n, 18, 3000) / 130000.0, CASE WHEN draw(n, 19, 5) > 0 THEN draw(n, 20, 90000) / 77.0 - 100 END,
		CASE WHEN draw(n, 21, 5) > 0 THEN draw(n, 22, 900) / 77.0 END, draw(n, 23, 500) / 100.0, 1, 1
	FROM generate_series(1, 1500) n,
		LATERAL (SELECT (ARRAY['r1', 'r1', 'r2', 'r2', 'r3'])[1 + draw(n, 24, 5)] AS u) u,
		LATERAL (SELECT CASE WHEN u = 'r2' THEN (ARRAY['USD', 'USD', 'EUR', 'JPY'])[1 + draw(n, 25, 4)] WHEN u = 'r3' THEN 'EUR' ELSE 'USD' END AS c) c,
		LATERAL (SELECT CASE WHEN draw(n, 26, 10) < 5 THEN ($changes)[1 + draw(n, 27, ${\ scalar @changes})] + (draw(n, 28, 60) - 30) * interval '1 hour'
			ELSE '2024-09-15 00:00+00'::timestamptz + draw(n, 29, 300) * interval '1 day' + draw(n, 30, 24) * interval '1 hour' END AS base) b,
		LATERAL (SELECT CASE draw(n, 31, 6) WHEN 0 THEN date_trunc('hour', base) + draw(n, 32, 4) * interval '15 minutes' WHEN 1 THEN base + draw(n, 33, 1000000) * interval '3600 microseconds'
			WHEN 2 THEN base ELSE date_trunc('hour', base) END AS stamp) t;
	INSERT INTO roi_metrics (user_id, platform, post_id, update_timestamp, currency, views, likes, roi_percentage)
	SELECT (ARRAY['r3', 'r5', 'r6'])[1 + n % 3], 'facebook', nullif('q' || n % 4, 'q0'), '2024-10-01 00:00+00'::timestamptz + n * interval '17 hours', CASE WHEN n % 3 = 2 AND n % 2 = 0 THEN 'JPY' ELSE 'USD' END, n, 1, n
	FROM generate_series(1, 200) n;
	INSERT INTO roi_metrics (user_id, platform, update_timestamp, ad_spend, revenue_generated, views) VALUES
		('r7', 'facebook', '2024-10-05 10:00+00', 999999999999.999999, 0.000001, 1), ('r7', 'facebook', '2025-01-05 10:00+00', 0.000001, 999999999999.999999, 3),
		('r7', 'instagram', '2025-01-05 10:15+00', 0.000003, -0.000001, 0), ('r7', 'x y', '1999-12-31 23:59:59.999999+00', 1, 2, 3), ('r7', 'x y', '2045-06-01 00:00+00', 3, 2, 1);
	INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2024-01-01', 1.0837), ('EUR', 'USD', '2024-10-27', 1.07915), ('EUR', 'USD', '2025-03-30', 1.0823456789), ('JPY', 'USD', '2024-01-01', 0.0067321),
		('JPY', 'USD', '2025-01-01', 0.00634999), ('USD', 'EUR', '2024-01-01', 0.92276), ('USD', 'EUR', '2025-02-01', 0.9612), ('JPY', 'EUR', '2020-01-01', 0.0061), ('USD', 'JPY', '2024-12-01', 149.77);
	INSERT INTO campaign_with_user_id (user_id, id, name, date) VALUES ('r1', 1, 'Zebra', '2024-10-27'), ('r1', 2, 'apple', '2024-10-27'), ('r1', 3, 'New year', '2025-01-01'), ('r2', 1, 'other', '2024-10-27');
	INSERT INTO user_preferences (user_id, industry, company_size, monthly_budget) VALUES ('r1', 'retail', 'small', '1k'), ('r2', 'unknown', 'small', '1k');
	INSERT INTO roi_industry_benchmarks VALUES ('retail', 'all', 'roi', 123.456, 'test', '2024-01-01'), ('retail', 'all', 'roi', -20.5, 'test', '2024-06-01'), ('retail', 'facebook', 'roi', 9, 'test', '2025-01-01');
	ANALYZE));

# --- days and months without parts: too many posts for them, or lost by r2 and r3 ---

$db->sql(q(INSERT INTO roi_metrics (user_id, platform, post_id, update_timestamp, views, ad_spend) SELECT 'r5', 'facebook', 'many' || n, '2024-10-26 00:00+00'::timestamptz + n % 30 * interval '1 hour', n, n / 7.0
	FROM generate_series(1, 900) n));
$db->sql("UPDATE roi_rollup SET parts = NULL WHERE user_id = 'r3' OR user_id = 'r2' AND extract(day FROM bucket)::integer % 2 = 0");
$db->answers("SELECT string_agg(DISTINCT grain::text || (parts IS NULL), ' ' ORDER BY grain::text || (parts IS NULL)) FROM roi_rollup WHERE user_id = 'r5' AND grain <> 'q'", 'dfalse dtrue mfalse mtrue', 'rows with and without parts');

# --- questions ---

sub any { return $chance->any(@_); }

sub moment
{
	my $kind = $chance->below(10);
	my ($base, $hours) = (any(@changes), $chance->below(72) - 36);
	return "timestamptz '$base+00' + interval '$hours hours'" if $kind < 3;
	return "date_trunc('day', timestamptz '$base+00' AT TIME ZONE '" . any(@zones) . "') AT TIME ZONE '" . any(@zones) . "'" if $kind < 5;
	return "timestamptz '$base+00' + interval '" . $chance->below(2_000_000) . " milliseconds' + interval '" . $chance->below(3) . " microseconds'" if $kind < 7;
	return sprintf "timestamptz '2024-%02d-01 00:00+00' + interval '%d months'", 9 + $chance->below(3), $chance->below(9) if $kind < 9;
	return sprintf "timestamptz '2024-09-15 00:00+00' + interval '%d days %d minutes'", $chance->below(300), 15 * $chance->below(96);
}

# Common arguments as the functions take them, and as the oracle does.
sub range_of
{
	my ($unlimited, $two_ranges) = @_;    # two ranges: a currency that both can answer in
	my $user = any(qw(r1 r1 r1 r2 r2 r3 r3 r4 r5 r6 r7));
	my $zone = any(@zones);
	my $currency = any('NULL', 'NULL', $user eq 'r2' ? ("'USD'", "'EUR'", "'usd'") : ("'EUR'"), $user ne 'r7' && $chance->chance(10) ? "'JPY'" : ());
	$currency = $user eq 'r2' ? any("'USD'", "'EUR'") : 'NULL' if $two_ranges;
	my ($since, $until) = (moment(), undef);
	my $span = any('15 minutes', '1 day', '1 day', '3 days', '1 month', '1 month', '7 days', '11 days 03:10:00.000001', '90 days', '400 days', '1 microsecond', '3 years');
	$until = "($since) + interval '$span'";
	($since, $until) = ("'-infinity'", any("'infinity'", moment())) if $unlimited && $user ne 'r7' && $chance->chance(8);
	$until = "'infinity'" if $unlimited && $user ne 'r7' && $chance->chance(4);
	my %range = (user => $user, zone => $zone, currency => $currency, since => $since, until => $until);
	$range{asked} = "'$user', since => $since, until => $until, time_zone => '$zone', currency => $currency";
	$range{truth} = "'$user', $since, $until, '$zone', $currency";
	return \%range;
}

sub row_question { my ($name) = @_; return sub { my $r = range_of(1); return ("SELECT to_jsonb(t) AS j FROM roi_$name($r->{asked}) t", "SELECT to_jsonb(t) - 'exact' AS j FROM want_$name($r->{truth}) t"); }; }

# Breakdowns: ties are ordered by a key of the function's own choice, so rows count as a set and the value by its order.
sub breakdown
{
	my ($name, $by, $keys) = @_;
	return sub {
		my $r = range_of(1);
		my $order = any(qw(revenue spend profit avg_roi roas impressions engagement total_clicks engagement_rate conversions data_points));
		my @keys = @$keys;
		my $key = join ' || ', map { "jsonb_build_object('$keys[$_]', " . ($keys[$_] eq 'campaign_id' ? "key[1]::bigint" : "key[${\ ($_ + 1)}]") . ')' } 0 .. $#keys;
		my $extra = $name eq 'campaign_performance' ? "|| jsonb_build_object('campaign_name', (SELECT name FROM campaign_with_user_id c WHERE c.user_id = '$r->{user}' AND c.id = key[1]::bigint))"
		  : $name eq 'top_posts' ? "|| (SELECT jsonb_build_object('content_type', p.content_type, 'content_category', p.content_category, 'campaign_id', p.campaign_id, 'posted_at', p.posted_at)"
			. " FROM roi_posts p WHERE p.user_id = '$r->{user}' AND p.post_id = key[1] AND p.platform = key[2])" : '';
		my $without = $name eq 'top_posts' ? "- 'posts'" : '';
		my $call = "roi_$name($r->{asked}, order_by => '$order', page_size => 1000)";
		my $truth = "want_measures('$r->{user}', $r->{since}, $r->{until}, $r->{currency}, '$by') m";
		return ("SELECT to_jsonb(t) - 'page_key' AS j FROM $call t ORDER BY (to_jsonb(t) - 'page_key')::text COLLATE \"C\"",
			"SELECT to_jsonb(m) - 'key' $without || $key $extra AS j FROM $truth ORDER BY (to_jsonb(m) - 'key' $without || $key $extra)::text COLLATE \"C\"") if $chance->chance(50);
		return ("SELECT to_jsonb(t.$order) AS v FROM $call t", "SELECT to_jsonb($order) AS v FROM $truth ORDER BY $order DESC NULLS LAST");
	};
}

my %questions = (
	(map { $_ => row_question($_) } qw(total revenue_by_source cost_breakdown clv cac payback_period)),
	channel_performance => sub { my $r = range_of(1); return ("SELECT to_jsonb(t) AS j FROM roi_channel_performance($r->{asked}) t", "SELECT t AS j FROM want_channel_performance($r->{truth}) t"); },
	trends => sub { my $r = range_of(1); return ("SELECT to_jsonb(t) AS j FROM roi_trends($r->{asked}) t", "SELECT to_jsonb(t) AS j FROM want_trends($r->{truth}) t"); },
	revenue_trends => sub {
		my $r = range_of(1);
		my $bucket = any('NULL', "'hour'", "'day'", "'day'", "'week'", "'month'");
		$bucket = "'week'" if $r->{zone} eq 'Australia/Lord_Howe' && $bucket =~ /hour|NULL/;
		my $effective = $bucket ne 'NULL' ? $bucket : "(SELECT bucket FROM roi_time_range(since => $r->{since}, until => $r->{until}, time_zone => '$r->{zone}'))";
		return ("SELECT to_jsonb(t) AS j FROM roi_revenue_trends($r->{asked}, bucket => $bucket) t",
			"SELECT to_jsonb(t) - 'at' - 'next' || jsonb_build_object('time_period', at) AS j FROM want_series($r->{truth}, $effective) t");
	},
	monthly_spend_trends => sub {
		my ($r, $year) = (range_of(), any(2023, 2024, 2025));
		return ("SELECT to_jsonb(t) AS j FROM roi_monthly_spend_trends('$r->{user}', $year, '$r->{zone}', $r->{currency}) t",
			"SELECT to_jsonb(t) AS j FROM want_monthly_spend_trends('$r->{user}', $year, '$r->{zone}', $r->{currency}) t");
	},
	benchmark => sub {
		my ($r, $benchmark) = (range_of(1), any('NULL', '0', '-20', '123.456789', '400'));
		return ("SELECT to_jsonb(t) AS j FROM roi_benchmark($r->{asked}, benchmark => $benchmark) t", "SELECT to_jsonb(t) AS j FROM want_benchmark($r->{truth}, $benchmark) t");
	},
	campaign_performance => breakdown('campaign_performance', 'campaign', ['campaign_id']),
	content_performance => breakdown('content_performance', 'content', ['content_type']),
	top_posts => breakdown('top_posts', 'post', [ 'post_id', 'platform' ]),
	metrics_detail => sub {
		my $r = range_of(1);
		my $platform = any('NULL', "'facebook'", "'none'");
		return ("SELECT d.id, to_jsonb(d) @> to_jsonb(m) AS whole FROM (SELECT row_number() OVER () AS n, t.* FROM roi_metrics_detail('$r->{user}', since => $r->{since}, until => $r->{until}, platform => $platform, page_size => 1000) t) d"
			  . " LEFT JOIN roi_metrics m ON m.user_id = '$r->{user}' AND m.update_timestamp = d.update_timestamp AND m.id = d.id ORDER BY d.n",
			"SELECT id, true AS whole FROM read_facts('$r->{user}', $r->{since}, $r->{until}) WHERE platform = coalesce($platform, platform) ORDER BY update_timestamp DESC, id DESC LIMIT 1000");
	},
	dashboard => sub {
		my $r = range_of();
		my $year = "(SELECT extract(year FROM (timestamptz '2000-01-01' + (($r->{until}) - timestamptz '2000-01-01') - interval '1 microsecond') AT TIME ZONE '$r->{zone}')::integer)";
		(my $arguments = $r->{asked}) =~ s/'/''/g;
		return ("SELECT p.* FROM parts(read_dashboard(roi_dashboard($r->{asked}))) p", "SELECT p.* FROM parts(want_dashboard('$arguments', '$r->{user}', $year, '$r->{zone}', $r->{currency})) p");
	},
	compare => sub {
		my $r = range_of(0, 1);
		(my $arguments = $r->{asked}) =~ s/'/''/g;
		return ("SELECT * FROM compare_wrong('$arguments', '$r->{user}', '$r->{zone}', $r->{currency}, '" . any(qw(previous year_ago like_for_like)) . "')",
			"SELECT FROM read_figures('$r->{user}', $r->{since}, $r->{until}, $r->{currency}) WHERE false");
	});

my @names = sort keys %questions;
my @missing = grep { $db->sql("SELECT count(*) FROM pg_proc WHERE proname = 'roi_$_'") eq '0' } @names;
is("@missing", '', 'every read function is there');
my %absent = map { $_ => 1 } @missing;
my @ready = grep { !$absent{$_} } @names;
my ($script, %asked) = ('');
# Of a table that something inherits from, rows are read by statements instead of through its key: half of the questions.
my @direct = qw(roi_rollup roi_rollup_detail campaign_with_user_id user_preferences roi_simulations roi_industry_benchmarks);
for my $number (1 .. $wanted)
{
	$script .= join '', map { "CREATE TABLE heir_of_$_ () INHERITS ($_);\n" } @direct if $number == int($wanted / 2);
	my $name = $ready[ $number % @ready ];
	my ($question, $truth) = $questions{$name}->();
	$script .= "SET timezone TO '" . any(@zones) . "';\nSELECT '!$name ' || wrong FROM read_wrong(\$q\$$question\$q\$, \$q\$$truth\$q\$) AS wrong WHERE wrong IS NOT NULL;\n";
	$asked{$name}++;
}
my $out = $db->sql($script . "\\echo done\n");
like($out, qr/^done$/m, 'all questions were asked');
my %wrong;
push @{ $wrong{ $1 } }, $2 while $out =~ /^!(\w+) (.*?)(?=^!|^done$)/msg;
for my $name (@ready)
{
	my @lines = @{ $wrong{$name} // [] };
	ok(!@lines, "roi_$name: $asked{$name} random questions") or diag(scalar(@lines) . " wrong answers, the first:\n" . join "\n", map { substr $_, 0, 1500 } @lines[ 0 .. ($#lines > 1 ? 1 : $#lines) ]);
}

# --- the pages of a keyset are the whole, without holes and repeats ---

for my $call (map { my $name = $_; map { "roi_$name('r2', since => '2024-09-01', until => '2025-08-01', currency => 'USD', order_by => '$_'" } qw(revenue engagement_rate avg_roi data_points) }
	grep { !$absent{$_} } qw(campaign_performance content_performance top_posts))
{
	my $page = sub { my ($size, $after) = @_; return $db->sql("SELECT page_key, row_number() OVER (), to_jsonb(t) - 'page_key' FROM $call, page_size => $size" . ($after ? ", after => $after" : '') . ') t'); };
	my ($whole, $after, @pages) = (join("\n", map { s/^(.*?)\|\d+\|/$1|/r } split /\n/, $page->(1000)));
	for (1 .. 60)
	{
		my @rows = split /\n/, $page->(2, $after);
		last unless @rows;
		push @pages, map { s/^(.*?)\|\d+\|/$1|/r } @rows;
		$after = RoiTest::quote_literal($pages[-1] =~ s/\|\{.*//r);
	}
	is(join("\n", @pages), $whole, "$call, pages of two)");
}
done_testing();
