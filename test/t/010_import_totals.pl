# roi_import() on a real server: sample exports to the last digit, repeated and concurrent imports, 100 MB files.
#
# Files come from test/data/ad_seeds and, where it exists, from the directory ROI_SAMPLE_DATA (default: shared/data/ad_seeds
# beside the checkout). Expected sums come from test/lib/exact_sums.py, which shares no code with the importer.

use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Spec;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $memory_limit_kb = 1536 * 1024;
my $seconds_limit = 60;
my $big_bytes = 100_000_000;

my %format_of = (
	amazon_ads_campaign_level_report_data => 'amazon_ads_api',
	apple_search_campaign_report_data => 'apple_search_ads_api',
	facebook_ads_basic_ad_actions_data => 'facebook_ads_actions',
	facebook_ads_basic_ad_data => 'facebook_ads_api',
	google_ads_campaign_history_data => 'google_ads_campaigns',
	google_ads_campaign_stats_data => 'google_ads_api',
	linkedin_ad_analytics_by_campaign_data => 'linkedin_ads_api',
	microsoft_ads_campaign_history_data => 'microsoft_ads_campaigns',
	microsoft_ads_campaign_performance_daily_report_data => 'microsoft_ads_api',
	pinterest_campaign_report_data => 'pinterest_ads_api',
	reddit_ads_campaign_report_data => 'reddit_ads_api',
	snapchat_campaign_hourly_report_data => 'snapchat_ads_api',
	tiktok_campaign_report_hourly_data => 'tiktok_ads_api',
	twitter_campaign_report_data => 'twitter_ads_api');

my $test_dir = File::Spec->rel2abs(dirname(dirname(__FILE__)));
my $node = PostgreSQL::Test::Cluster->new('import');
$node->init(extra => [ '-E', 'UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nlog_statement = none\nautovacuum = off");
$node->start;

# What the tests call in the database: an error in short, and what every table holds.
sub make_database
{
	$node->safe_psql('postgres', 'CREATE DATABASE imports');
	$node->safe_psql('imports', <<'SQL');
CREATE EXTENSION roi_ext;
SELECT roi_setup();
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || CASE WHEN hint = '' THEN ' without hint' ELSE ' hint' END;
END $$;
CREATE FUNCTION contents(rows_too boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t text;
    held text;
    result text := '';
BEGIN
    FOR t IN SELECT name FROM roi_tables() UNION SELECT 'users' ORDER BY 1 LOOP
        EXECUTE format(CASE WHEN rows_too THEN 'SELECT count(*) || '' '' || md5(coalesce(string_agg(t::text, '','' ORDER BY t::text), '''')) FROM %I t'
                       ELSE 'SELECT count(*) FROM %I' END, t) INTO held;
        result := result || t || ' ' || held || E'\n';
    END LOOP;
    RETURN result;
END $$;
SQL
	return;
}

sub sql { my ($text) = @_; return $node->safe_psql('imports', $text); }

# roi_import() of a file of the server; more arguments as SQL.
sub import_of
{
	my ($user, $path, $more) = @_;
	return sprintf q(roi_import('%s', pg_read_binary_file('%s')%s)), $user, $path, $more // '';
}

# --- every sample file ---

# Exact sums of files: { path => [spend, impressions, clicks, conversions, revenue] }.
sub exact_sums
{
	my (@paths) = @_;
	my ($out, $err) = run_command([ 'python3', "$test_dir/lib/exact_sums.py", @paths ]);
	die "exact_sums.py: $err" if $err;
	my %sums;
	for my $path (@paths)
	{
		my ($line) = grep { index($_, basename($path) . "\t") == 0 } split /\n/, $out;
		my ($name, @values) = split /\t/, $line, -1;
		$sums{$path} = \@values;
	}
	return %sums;
}

my $users = 0;

sub check_sample
{
	my ($path, $sums) = @_;
	my $name = basename($path, '.csv');
	my $user = 'sample_' . ++$users;
	my $import = import_of($user, $path);
	my ($format, $balanced, $rejected, $spend, $revenue, $imported) = split /\|/,
	  sql("SELECT format, rows_read = rows_imported + rows_skipped + rows_rejected, rows_rejected, trim_scale(spend),
		trim_scale(revenue), rows_imported FROM $import"), -1;
	is($format, $format_of{$name}, "$name: recognised");
	is("$balanced $rejected", 't 0', "$name: every line is counted, none refused");
	cmp_ok($imported, '>', 0, "$name: lines imported");
	is("$spend|$revenue", "$sums->[0]|$sums->[4]", "$name: spend and revenue returned");
	is(sql("SELECT trim_scale(sum(ad_spend)), sum(views), sum(clicks), trim_scale(sum(conversions)),
		trim_scale(sum(revenue_generated)) FROM roi_metrics WHERE user_id = '$user'"),
		join('|', @$sums), "$name: sums of the facts");
	is(sql("SELECT trim_scale(total_spend), total_impressions, total_clicks, trim_scale(total_conversions),
		trim_scale(total_revenue) FROM roi_total('$user', 'all')"),
		join('|', map { $_ eq '' ? 0 : $_ } @$sums), "$name: roi_total");
	check_derived($name, $user);
	check_repetition($name, $user, $import);
	return;
}

# Running totals of posts and totals of campaigns are the sums of the facts.
sub check_derived
{
	my ($name, $user) = @_;
	is(sql("SELECT count(*) FROM roi_posts p FULL JOIN (SELECT post_id, platform, sum(views) AS v, sum(clicks) AS c,
			sum(conversions) AS n, sum(ad_spend) AS s, sum(revenue_generated) AS r, sum(likes) AS l, sum(shares) AS h,
			sum(paid_views) AS pv, sum(paid_clicks) AS pc
		FROM roi_metrics WHERE user_id = '$user' AND post_id IS NOT NULL GROUP BY 1, 2) m USING (post_id, platform)
		WHERE p.user_id IS NOT DISTINCT FROM '$user' AND (p.views, p.clicks, p.conversions, p.ad_spend,
			p.revenue_generated, p.likes, p.shares, p.paid_views, p.paid_clicks) IS DISTINCT FROM
			(coalesce(v, 0), coalesce(c, 0), coalesce(n, 0), coalesce(s, 0), coalesce(r, 0), l, h, coalesce(pv, 0), coalesce(pc, 0))"),
		0, "$name: posts' totals are the facts' sums");
	# money of a campaign: in its own currency
	is(sql("SELECT count(*) FROM (SELECT campaign_id AS id, sum(f.views) AS v, sum(f.clicks) AS c, sum(f.conversions) AS n,
			sum(ad_spend) FILTER (WHERE f.currency = own.currency) AS s,
			sum(revenue_generated) FILTER (WHERE f.currency = own.currency) AS r
			FROM roi_metrics f JOIN campaign_with_user_id own ON own.user_id = f.user_id AND own.id = f.campaign_id
			WHERE f.user_id = '$user' GROUP BY 1) m
		LEFT JOIN campaign_with_user_id k ON k.user_id = '$user' AND k.id = m.id
		WHERE (k.impressions, k.clicks, k.conversions, k.spend, k.net_profit) IS DISTINCT FROM
			(coalesce(v, 0), coalesce(c, 0), coalesce(n, 0), coalesce(s, 0), coalesce(r, 0) - coalesce(s, 0))"),
		0, "$name: campaigns' totals are the facts' sums");
	return;
}

sub check_repetition
{
	my ($name, $user, $import) = @_;
	my $before = sql('SELECT contents(true)');
	is(sql("SELECT rows_imported, facts, spend, rows_rejected FROM $import"), '0|0||0', "$name: a second import adds nothing");
	is(sql('SELECT contents(true)'), $before, "$name: and changes no table");
	return;
}

sub check_samples
{
	my ($directory) = @_;
	my @paths = sort glob "$directory/*.csv";
	is(scalar @paths, scalar keys %format_of, 'all sample files are there');
	my %sums = exact_sums(@paths);
	check_sample($_, $sums{$_}) for @paths;
	return;
}

# Our own samples: what test/pgtap/import.sql works out for the same contents.
sub check_own_samples
{
	my %answer = (
		meta_ads_manager_day => 'meta_ads_manager|7|5|1|1|4|1248.643333|2525|EUR',
		meta_ads_manager_period => 'meta_ads_manager|3|2|1|0|2|325.5|930|USD',
		google_ads_report => 'google_ads_report|5|3|2|0|3|1036.74|99.999999|USD',
		google_ads_day => 'google_ads_report|5|3|1|1|3|||');
	for my $name (sort keys %answer)
	{
		is(sql('SELECT format, rows_read, rows_imported, rows_skipped, rows_rejected, facts, trim_scale(spend), trim_scale(revenue), currency FROM '
			. import_of("own_$name", "$test_dir/data/$name.csv")), $answer{$name}, "$name: imported from its file");
		check_derived($name, "own_$name");
	}
	return;
}

# --- two sessions, one file ---

# A psql session that reads statements from a pipe.
sub session
{
	my %self = (in => '', out => '', err => '');
	$self{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=sqlstate', '-d', $node->connstr('imports') ],
		'<', \$self{in}, '>', \$self{out}, '2>', \$self{err}, IPC::Run::timeout(60));
	return \%self;
}

sub run_until
{
	my ($session, $statement, $mark) = @_;
	$session->{in} .= "$statement\n\\echo $mark\n";
	$session->{run}->pump until $session->{out} =~ /\Q$mark\E/;
	return;
}

sub check_second_waits
{
	my ($path, $expected) = @_;
	my $import = 'SELECT rows_imported FROM ' . import_of('twice', $path) . ';';
	my ($first, $second) = (session(), session());
	run_until($first, "BEGIN; $import", 'imported');
	$second->{in} .= "$import\n";
	$second->{run}->pump_nb;
	ok($node->poll_query_until('imports', q(SELECT count(*) = 1 FROM pg_stat_activity
		WHERE wait_event_type = 'Lock' AND query LIKE '%roi_import%')), 'the second session waits');
	run_until($first, 'COMMIT;', 'committed');
	$_->{run}->finish for $first, $second;
	like($first->{out}, qr/^[1-9]/, 'the first session imported the lines');
	is($second->{out} . $second->{err}, "0\n" . $second->{err}, 'the second session imported none');
	is(sql("SELECT trim_scale(sum(ad_spend)) FROM roi_metrics WHERE user_id = 'twice'"), $expected, 'the file counts once');
	return;
}

# With an old snapshot the second session may fail; it must not double.
sub check_old_snapshot
{
	my ($path, $expected) = @_;
	my ($first, $second) = (session(), session());
	sql(q(INSERT INTO users VALUES ('snapshot'); INSERT INTO roi_user_state VALUES ('snapshot')));
	run_until($second, 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;', 'open');
	run_until($first, 'SELECT 1 FROM ' . import_of('snapshot', $path) . ';', 'imported');
	run_until($second, 'SELECT 1 FROM ' . import_of('snapshot', $path) . '; COMMIT;', 'ended');
	$_->{run}->finish for $first, $second;
	like($second->{err}, qr/ERROR:  (40001|23505)/, 'an old snapshot cannot import the file again');
	is(sql("SELECT trim_scale(sum(ad_spend)) FROM roi_metrics WHERE user_id = 'snapshot'"), $expected, 'and it counts once');
	return;
}

# No order is arranged here: whoever comes first.
sub check_races
{
	my ($path, $expected) = @_;
	my @sessions = (session(), session(), session());
	for my $session (@sessions)
	{
		$session->{in} .= join '', map { 'SELECT rows_imported FROM ' . import_of("race_$_", $path) . ";\n" } 1 .. 20;
		$session->{run}->pump_nb;
	}
	$_->{run}->finish for @sessions;
	unlike(join('', map { $_->{err} } @sessions), qr/ERROR/, 'three sessions, one file for each of 20 new users: no error');
	is(sql("SELECT count(*), min(s), max(s) FROM (SELECT trim_scale(sum(ad_spend)) AS s FROM roi_metrics
		WHERE user_id LIKE 'race%' GROUP BY user_id) t"), "20|$expected|$expected", 'each file counts once');
	return;
}

# --- large files ---

my $directory = PostgreSQL::Test::Utils::tempdir;

sub write_file
{
	my ($name, $write) = @_;
	my $path = "$directory/$name";
	open my $file, '>:raw', $path or die "$path: $!";
	$write->($file);
	close $file or die "$path: $!";
	return $path;
}

# A Meta export by day whose keys repeat; returns its path and the sums that were added up in whole millionths.
sub write_big_export
{
	my %sum = (lines => 0, spend => 0, views => 0, clicks => 0, revenue => 0);
	my (%keys, $written);
	my @days = map { my ($month, $length) = @$_; map { sprintf '2025-%02d-%02d', $month, $_ } 1 .. $length }
	  ([ 1, 31 ], [ 2, 28 ], [ 3, 31 ], [ 4, 30 ], [ 5, 31 ], [ 6, 30 ], [ 7, 31 ], [ 8, 31 ], [ 9, 30 ], [ 10, 31 ],
		[ 11, 30 ], [ 12, 31 ]);
	my $path = write_file('big.csv', sub {
		my ($file) = @_;
		print $file "Day,Campaign name,Campaign delivery,Amount spent (USD),Impressions,Link clicks,Purchases conversion value\n";
		my $state = 1;
		for ($written = 0; $written < $big_bytes;)
		{
			$state = ($state * 1103515245 + 12345) & 0x7fffffff;
			my ($day, $campaign) = (($state >> 8) % 365, int($state / 365 / 256) % 200);
			$state = ($state * 1103515245 + 12345) & 0x7fffffff;
			my ($spend, $views, $clicks, $revenue) =
			  ($state % 99_999_999, ($state >> 3) % 100_000, ($state >> 5) % 1000, ($state >> 2) % 49_999_999);
			my $line = sprintf "%s,\"Campaign, number %03d\",not_delivering,%d.%06d,%d,%d,%d.%06d\n", $days[$day], $campaign,
			  $spend / 1_000_000, $spend % 1_000_000, $views, $clicks, $revenue / 1_000_000, $revenue % 1_000_000;
			print $file $line;
			$written += length $line;
			$keys{"$day $campaign"} = 1;
			$sum{lines}++;
			$sum{spend} += $spend;
			$sum{views} += $views;
			$sum{clicks} += $clicks;
			$sum{revenue} += $revenue;
		}
	});
	$sum{facts} = keys %keys;
	return ($path, \%sum);
}

sub units { my ($micros) = @_; my $text = sprintf '%d.%06d', $micros / 1_000_000, $micros % 1_000_000; $text =~ s/\.?0+$//; return $text; }

sub check_big_export
{
	my ($path, $sum) = write_big_export();
	my $start = time;
	my ($answer, $memory) = split /\n/, sql('SELECT rows_imported, rows_rejected, facts, trim_scale(spend), trim_scale(revenue) FROM '
		. import_of('big', $path) . q(; SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')));
	my $seconds = time - $start;
	diag(sprintf 'import of %.0f MB, %d lines: %.1f s, peak memory of the backend %d MiB',
		$big_bytes / 1e6, $sum->{lines}, $seconds, $memory / 1024);
	is($sum->{facts}, 365 * 200, '100 MB: the file has every campaign on every day');
	is($answer, join('|', $sum->{lines}, 0, $sum->{facts}, units($sum->{spend}), units($sum->{revenue})),
		'100 MB: lines, facts and exact sums returned');
	is(sql("SELECT count(*), trim_scale(sum(ad_spend)), sum(views), sum(clicks), trim_scale(sum(revenue_generated))
		FROM roi_metrics WHERE user_id = 'big'"),
		join('|', $sum->{facts}, units($sum->{spend}), $sum->{views}, $sum->{clicks}, units($sum->{revenue})), '100 MB: exact sums of the facts');
	is(sql("SELECT trim_scale(sum(spend)), sum(impressions), count(*) FROM campaign_with_user_id WHERE user_id = 'big'"),
		join('|', units($sum->{spend}), $sum->{views}, 200), '100 MB: exact sums of the campaigns');
	cmp_ok($seconds, '<', $seconds_limit, '100 MB: in bounded time');
	cmp_ok($memory, '<', $memory_limit_kb, '100 MB: in bounded memory');
	unlink $path;
	return;
}

# Every line an ad and a campaign of its own: nothing adds up, everything is kept.
sub check_distinct_ads
{
	my $lines = 600_000;
	my $path = write_file('distinct.csv', sub {
		my ($file) = @_;
		print $file "Day,Campaign name,Ad ID,Amount spent (USD),Impressions\n";
		printf $file "2026-01-%02d,campaign number %d,ad%014d,1.000001,3\n", $_ % 28 + 1, $_, $_ for 1 .. $lines;
	});
	my $start = time;
	my ($answer, $memory) = split /\n/, sql('SELECT facts, trim_scale(spend) FROM ' . import_of('distinct', $path)
		. q(; SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')));
	diag(sprintf 'import of %d different ads: %.1f s, peak memory of the backend %d MiB', $lines, time - $start, $memory / 1024);
	is($answer, "$lines|" . units($lines * 1_000_001), 'different ads: facts and exact sum');
	cmp_ok($memory, '<', $memory_limit_kb, 'different ads: in bounded memory');
	unlink $path;
	return;
}

# Writes a text again and again until the file is large.
sub repeat
{
	my ($file, $text, $bytes) = @_;
	my $block = $text x (1 + int(1_000_000 / length $text));
	for (my $written = 0; $written < $bytes; $written += length $block) { print $file $block; }
	return;
}

my $header = "Day,Campaign name,Amount spent (USD),Impressions\n";

# name, writer, expected SQLSTATE or none, more arguments
my @garbage = (
	[ 'random bytes', sub { srand 7; repeat($_[0], join('', map { chr int rand 256 } 1 .. 1_000_003), $big_bytes) }, '22021' ],
	[ 'random printable bytes', sub { srand 8; repeat($_[0], join('', map { chr(32 + int rand 95) } 1 .. 1_000_003), $big_bytes) }, '22P04' ],
	[ 'one giant line', sub { repeat($_[0], 'x', $big_bytes) }, '22P04' ],
	[ 'one giant line of commas', sub { repeat($_[0], ',', $big_bytes) }, '22P04' ],
	[ 'only quotes', sub { repeat($_[0], '"', $big_bytes) }, '22P04' ],
	[ 'only newlines', sub { repeat($_[0], "\n", $big_bytes) }, '22P04' ],
	[ 'NUL bytes', sub { repeat($_[0], "\0", $big_bytes) }, '22021' ],
	[ 'a header and bad lines', sub { print { $_[0] } $header; repeat($_[0], "2026-01-01,campaign,twelve,99\n", $big_bytes) }, '22P04' ],
	[ 'a header and bad lines, a million allowed', sub { print { $_[0] } $header; repeat($_[0], "2026-01-01,campaign,twelve,99\n", $big_bytes) },
		'22P04', ', max_rejects => 1000000' ],
	[ 'a header and opened quotes', sub { print { $_[0] } $header; repeat($_[0], "\"2026-01-01,x\n\"a,\n", $big_bytes) }, '22P04' ],
	[ 'more than 256 MiB', sub { repeat($_[0], "2026-01-01,a,1,1\n", 270_000_000) }, '54000' ]);

sub check_garbage
{
	my ($name, $write, $state, $more) = @{ $_[0] };
	my $path = write_file('garbage', $write);
	my $statement = 'SELECT * FROM ' . import_of('garbage', $path, $more);
	my $before = sql('SELECT contents(false)');
	my $start = time;
	# the same backend answers afterwards
	my ($pid, $refusal, $same, $memory) = split /\n/, sql("SELECT pg_backend_pid(); SELECT refusal(\$sql\$$statement\$sql\$);
		SELECT pg_backend_pid(); SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\\s+(\\d+)')");
	my $seconds = time - $start;
	note(sprintf '%s: %.1f s, %d MiB', $name, $seconds, $memory / 1024);
	is($refusal, "$state hint", "$name: SQLSTATE and hint");
	is($same, $pid, "$name: the backend lives on");
	cmp_ok($seconds, '<', $seconds_limit, "$name: in bounded time");
	cmp_ok($memory, '<', $memory_limit_kb, "$name: in bounded memory");
	is(sql('SELECT contents(false)'), $before, "$name: nothing is half written");
	unlink $path;
	return;
}

# A failure outside of any block, as clients see it, leaves the session usable too.
sub check_top_level_failure
{
	my $path = write_file('garbage', sub { repeat($_[0], '"', 1_000_000) });
	my $before = sql('SELECT contents(false)');
	my ($rc, $out, $err) = $node->psql('imports', 'SELECT * FROM ' . import_of('garbage', $path) . ";\nSELECT 'alive'",
		on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	like($err, qr/ERROR:  22P04: .*HINT:  \S/s, 'the client sees SQLSTATE and hint');
	is($out, 'alive', 'the session goes on');
	is(sql('SELECT contents(false)'), $before, 'nothing was written');
	return;
}

make_database();
check_own_samples();
check_samples("$test_dir/data/ad_seeds");

my $more = $ENV{ROI_SAMPLE_DATA} // (defined $ENV{ROOT} ? "$ENV{ROOT}/../shared/data/ad_seeds" : '');
SKIP:
{
	skip 'no directory with the uncut sample files', 1 unless $more ne '' && -d $more && -r "$more/pinterest_campaign_report_data.csv";
	check_samples($more);
}

my $sample = "$test_dir/data/ad_seeds/pinterest_campaign_report_data.csv";
check_second_waits($sample, '12.375');
check_old_snapshot($sample, '12.375');
check_races($sample, '12.375');
check_big_export();
check_garbage($_) for @garbage;
SKIP:
{
	skip 'many different ads only with ROI_TEST_LONG=1', 1 unless $ENV{ROI_TEST_LONG};
	check_distinct_ads();
}
check_top_level_failure();
$node->stop;
done_testing();
