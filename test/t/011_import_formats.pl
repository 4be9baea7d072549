# roi_import() of every format: our samples, post files to the last digit, damaged files, bounded memory.
#
# Post files lie beside the directory that ROI_SAMPLE_DATA names (default: shared/data/ad_seeds beside the checkout); without
# them their tests are skipped. Expected sums come from test/lib/exact_posts.py, which shares no code with the importer.

use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Copy qw(copy);
use File::Spec;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $mib = 1024;          # kB
my $memory_limit = 64;   # MiB beyond the content

my $test_dir = File::Spec->rel2abs(dirname(dirname(__FILE__)));
my $directory = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('formats');
$node->init(extra => [ '-E', 'UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf',
	"timezone = 'UTC'\nlog_statement = none\nautovacuum = off\nshared_buffers = 8MB\nmax_wal_size = 4GB\nclient_min_messages = warning");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE imports');
$node->safe_psql('imports', 'CREATE EXTENSION roi_ext; SELECT roi_setup()');

sub sql { my ($text) = @_; return $node->safe_psql('imports', $text); }

sub import_of
{
	my ($user, $path, $more) = @_;
	$path =~ s/'/''/g;
	return sprintf q(roi_import('%s', pg_read_binary_file('%s')%s)), $user, $path, $more // '';
}

my $measures = q(concat_ws('/', coalesce(sum(views), 0), coalesce(sum(clicks), 0), coalesce(trim_scale(sum(conversions)), 0),
	sum(likes), sum(comments), sum(shares), sum(saves)));

# format, lines read, imported, skipped, refused, facts, grain, encoding, currency, spend, revenue, then views, clicks,
# conversions, likes, comments, shares, saves; worked out by hand from the files
my %sample = (
	ad_reporting => 'ad_reporting|2|2|0|0|2|day|UTF-8|USD|8.75|29.99|170/17/1.5/0/0/0/0',
	facebook_content => 'facebook_content|1|1|0|0|1|lifetime|UTF-8|USD|||1000/30/0/50/5/2/0',
	facebook_page_insights => 'facebook_page_insights|1|1|0|0|1|lifetime|UTF-8|USD|||900/0/0/40/3/2/0',
	facebook_video => 'facebook_video|1|1|0|0|1|lifetime|UTF-8|USD|||650/0/0/33/3/1/0',
	google_ads_keywords => 'google_ads_keywords|2|2|0|0|1|day|UTF-8|USD|1.25||0/3/0/0/0/0/0',
	google_ads_report_pt => 'google_ads_report|3|2|1|0|2|day|UTF-8|BRL|1234.56||1005/10/0.5/0/0/0/0',
	google_ads_tab => 'google_ads_report|2|2|0|0|2|day|UTF-8|USD|413||0/0/0/0/0/0/0',
	instagram_content => 'instagram_content|3|2|0|1|2|lifetime|UTF-8|USD|||12900/0/0/330/13/5/28',
	instagram_insights_daily => 'instagram_insights_daily|2|2|0|0|2|day|UTF-8|USD|||4000/0/0/170/10/5/100',
	linkedin_campaign_manager => 'linkedin_campaign_manager|2|2|0|0|2|day|UTF-16LE|USD|56.624||3120/10/1/0/0/0/0',
	linkedin_campaign_manager_nl => 'linkedin_campaign_manager|2|2|0|0|2|day|UTF-16LE|EUR|1243.36||2645/9/1/0/0/0/0',
	meta_ads_manager_de => 'meta_ads_manager|3|2|1|0|2|day|UTF-8|EUR|1236.56||1239/12/1/0/0/0/0',
	meta_ads_manager_fr => 'meta_ads_manager|2|2|0|0|2|day|windows-1252|USD|1235.06||10007/0/0/0/0/0/0',
	meta_ads_manager_pt => 'meta_ads_manager|3|2|1|0|2|day|UTF-8|BRL|1012.84||1334/15/0/0/0/0/0',
	microsoft_ads_report => 'microsoft_ads_report|2|2|0|0|2|day|UTF-8|USD|2||150/6/1/0/0/0/0',
	pinterest_ads_manager => 'pinterest_ads_manager|2|2|0|0|2|day|UTF-8|USD|13|99.9|1010/30/2/0/0/0/4',
	shopify_sales => 'shopify_sales|2|2|0|0|2|day|UTF-8|USD||47.6|0/0/2/0/0/0/0',
	shopify_visitors => 'shopify_visitors|2|2|0|0|2|day|UTF-8|USD|||200/0/0/0/0/0/0',
	social_media_reporting => 'social_media_reporting|2|2|0|0|2|lifetime|UTF-8|USD|||150/4/0/25/4/0/0',
	tiktok_ads_manager => 'tiktok_ads_manager|3|2|1|0|1|day|UTF-8|IDR|200000||3000/150/0/0/0/0/0',
	tiktok_ads_manager_period => 'tiktok_ads_manager|2|1|1|0|1|period|UTF-8|USD|310|930.5|31000/620/0/0/0/0/0',
	tiktok_studio_posts => 'tiktok_studio_posts|2|2|0|0|2|lifetime|UTF-8|USD|||18740/0/0/1212/18/4/7',
	youtube_studio_chart => 'youtube_studio_chart|3|3|0|0|3|day|UTF-8|USD|||22/0/0/0/0/0/0',
	youtube_studio_content => 'youtube_studio_content|3|2|1|0|2|lifetime|UTF-8|USD||1.75|1095/0/0/110/0/11/0',
	youtube_studio_content_fr => 'youtube_studio_content|2|1|1|0|1|lifetime|UTF-8|USD|||27500/0/0/0/0/0/0',
	youtube_studio_content_ja => 'youtube_studio_content|2|1|1|0|1|lifetime|UTF-8|USD|||1000/0/0/0/0/0/0',
	youtube_studio_daily => 'youtube_studio_daily|3|3|0|0|2|day|UTF-8|USD|||22/0/0/0/0/0/0',
	youtube_studio_geography => 'youtube_studio_geography|3|2|1|0|1|day|UTF-8|USD|||110/0/0/0/0/0/0');

sub check_sample
{
	my ($path) = @_;
	my $name = basename($path, '.csv');
	# files without a day of their own
	my $day = $name =~ /keywords|studio_(posts|content|geo)|instagram_content|facebook|social/ ? q(, day => '2026-08-05') : '';
	my $answer = sql("SELECT format, rows_read, rows_imported, rows_skipped, rows_rejected, facts, grain, encoding, currency,
		trim_scale(spend), trim_scale(revenue) FROM " . import_of("own_$name", $path, $day));
	is("$answer|" . sql("SELECT $measures FROM roi_metrics WHERE user_id = 'own_$name'"), $sample{$name}, "$name: imported");
	is(sql("SELECT count(*) FROM roi_verify('own_$name')"), 0, "$name: the rollup follows");
	my $before = sql("SELECT md5(string_agg(m::text, ',' ORDER BY id)) FROM roi_metrics m WHERE user_id = 'own_$name'");
	sql('SELECT 1 FROM ' . import_of("own_$name", $path, $day));
	is(sql("SELECT md5(string_agg(m::text, ',' ORDER BY id)) FROM roi_metrics m WHERE user_id = 'own_$name'"), $before,
		"$name: again, nothing changes");
	return;
}

# --- post files ---

my %format_of = (
	'dataset_Facebook' => 'facebook_page_insights',
	'Table data' => 'youtube_studio_geography',
	'Totals' => 'youtube_studio_daily',
	facebook_pages_lifetime_post_metrics_total_data => 'facebook_pages_api',
	instagram_business_media_insights_data => 'instagram_media_api',
	linkedin_pages_share_statistic_data => 'linkedin_shares_api',
	youtube_channel_basic_data => 'youtube_channel_api');

sub check_posts
{
	my ($path, $number) = @_;
	my $name = basename($path, '.csv');
	my ($out, $err) = run_command([ 'python3', "$test_dir/lib/exact_posts.py", $path ]);
	die "exact_posts.py: $err" if $err;
	my (undef, @expected) = split /\t/, $out;
	is(sql("SELECT format, rows_rejected FROM " . import_of("posts_$number", $path)), "$format_of{$name}|0", "$name: recognised, nothing refused");
	is(sql("SELECT concat_ws('/', sum(views), coalesce(sum(clicks), 0), sum(likes), sum(comments), sum(shares), sum(saves)) FROM roi_metrics
		WHERE user_id = 'posts_$number'"), join('/', @expected), "$name: sums of the facts");
	is(sql("SELECT total_impressions || '/' || total_clicks FROM roi_total('posts_$number', 'all')"), "$expected[0]/$expected[1]", "$name: roi_total");
	is(sql("SELECT count(*) FROM roi_verify('posts_$number')"), 0, "$name: the rollup follows");
	return;
}

# --- damaged files ---

# Every damage ends in an import or an error with a hint, and an error leaves nothing behind.
sub check_damaged
{
	my ($path) = @_;
	my $content = PostgreSQL::Test::Utils::slurp_file($path);
	my $name = basename($path);
	srand 11;
	my %damaged = (cut => substr($content, 0, int(length($content) * 0.7)), half => substr($content, 0, int(length($content) / 2) | 1));
	for my $round (1 .. 6)
	{
		my $bytes = $content;
		substr($bytes, int rand length $bytes, 1) = chr int rand 256 for 1 .. 1 + $round * 3;
		$damaged{"bytes $round"} = $bytes;
		my @lines = split /\n/, $content;
		splice @lines, int rand @lines, 1, join ',', map { 'x' x rand 5 } 1 .. rand 30 for 1 .. $round;
		$damaged{"ragged $round"} = join "\n", @lines;
	}
	my @bad;
	for my $kind (sort keys %damaged)
	{
		my $hex = unpack 'H*', $damaged{$kind};
		my $user = 'damaged';
		my $outcome = sql("SELECT outcome(\$\$SELECT * FROM roi_import('$user', '\\x$hex', day => '2026-08-05', dry_run => false)\$\$)");
		push @bad, "$kind: $outcome" unless $outcome =~ /^(fine|(22021|22P04|22003) hint)$/;
		push @bad, "$kind: half written" if sql("SELECT count(*) FROM roi_metrics m WHERE user_id = '$user' AND NOT EXISTS (SELECT FROM roi_import_batches b
			WHERE b.user_id = m.user_id AND b.id = m.import_batch_id AND b.facts > 0)") ne '0';
		sql("DELETE FROM users WHERE clerk_id = '$user'");
	}
	is("@bad", '', "$name: cut, ragged and with odd bytes");
	return;
}

sql(<<'SQL');
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'fine';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || CASE WHEN hint = '' THEN ' without hint: ' || SQLERRM ELSE ' hint' END;
END $$
SQL

# --- memory ---

# MiB that an import takes beyond its content at its peak, in a session that has imported before, beside shared buffers.
sub memory_of
{
	my ($user, $path, $more) = @_;
	my $small = "$test_dir/data/formats/google_ads_tab.csv";
	copy($small, "$directory/small.csv");
	my $own = q(; SELECT (regexp_match(s, '%s:\s+(\d+)'))[1]::bigint - (regexp_match(s, 'RssShmem:\s+(\d+)'))[1]::bigint FROM pg_read_file('/proc/self/status') s;);
	my @answers = split /\n/, sql('SELECT facts FROM ' . import_of("${user}_small", "$directory/small.csv") . sprintf($own, 'VmRSS')
		. 'SELECT facts FROM ' . import_of($user, $path, $more) . sprintf($own, 'VmHWM'));
	my $beyond = ($answers[3] - $answers[1]) / $mib - (-s $path) / 1024 / 1024;
	diag(sprintf '%s: %d facts of %.0f MiB, %.0f MiB beyond the content', $user, $answers[2], (-s $path) / 1024 / 1024, $beyond);
	return ($answers[2], $beyond);
}

sub write_file
{
	my ($name, $write) = @_;
	open my $file, '>:raw', "$directory/$name" or die "$name: $!";
	$write->($file);
	close $file or die "$name: $!";
	return "$directory/$name";
}

# Every line an ad and a campaign of its own: nothing adds up, everything is kept.
sub check_memory
{
	my $lines = $ENV{ROI_TEST_LONG} ? 600_000 : 100_000;
	my $path = write_file('distinct.csv', sub {
		my ($file) = @_;
		print $file "Day,Campaign name,Ad ID,Amount spent (USD),Impressions\n";
		printf $file "2026-01-%02d,campaign number %d,ad%014d,1.000001,3\n", $_ % 28 + 1, $_, $_ for 1 .. $lines;
	});
	my ($facts, $beyond) = memory_of('distinct', $path);
	is($facts, $lines, 'different ads: all of them');
	cmp_ok($beyond, '<', $memory_limit, 'different ads: bounded memory');
	# the same ads restated: every older fact gives way
	$path = write_file('restated.csv', sub {
		my ($file) = @_;
		print $file "Day,Campaign name,Ad ID,Amount spent (USD),Impressions\n";
		printf $file "2026-01-%02d,campaign number %d,ad%014d,2.000001,3\n", $_ % 28 + 1, $_, $_ for 1 .. $lines;
	});
	($facts, $beyond) = memory_of('distinct', $path);
	is(sql("SELECT trim_scale(sum(ad_spend)), count(*) FROM roi_metrics WHERE user_id = 'distinct'"),
		sprintf('%d.%06d|%d', 2 * $lines, $lines, $lines) =~ s/0+\|/|/r, 'different ads restated: the newer figures');
	cmp_ok($beyond, '<', $memory_limit, 'different ads restated: bounded memory');
	# few keys, a file near the limit, in UTF-16
	$path = write_file('long.csv', sub {
		my ($file) = @_;
		my $utf16 = sub { join '', map { "$_\0" } split //, $_[0] };
		print $file "\xff\xfe" . $utf16->("Day,Campaign name,Amount spent (USD),Impressions\n");
		my $block = join '', map { $utf16->(sprintf "2026-01-%02d,campaign %d,1.25,3\n", $_ % 28 + 1, $_ % 50) } 1 .. 10_000;
		print $file $block for 1 .. ($ENV{ROI_TEST_LONG} ? 380 : 60);
	});
	($facts, $beyond) = memory_of('long', $path);
	is($facts, 700, 'a long file: its facts');
	cmp_ok($beyond, '<', $memory_limit, 'a long file in UTF-16: bounded memory');
	return;
}

my @samples = sort glob "$test_dir/data/formats/*.csv";
is(scalar @samples, scalar keys %sample, 'every sample has its expected answer');
check_sample($_) for @samples;
my $formats = join ',', map { "'" . (split /\|/)[0] . "'" } values %sample;
is(sql("SELECT string_agg(DISTINCT format, ' ') FROM roi_import_columns c WHERE language IS NOT NULL AND format NOT IN ($formats)"), '',
	'every format that people download has a sample');
check_damaged($_) for @samples;

my $ads = $ENV{ROI_SAMPLE_DATA} // (defined $ENV{ROOT} ? "$ENV{ROOT}/../shared/data/ad_seeds" : '');
SKIP:
{
	my $data = dirname($ads);
	my @posts = map { my $folder = $_; map { "$data/$folder/$_.csv" } sort grep { -r "$data/$folder/$_.csv" } keys %format_of } qw(social_seeds facebook_posts youtube_channel);
	skip 'no directory with post files', 1 unless $ads ne '' && @posts;
	is(scalar @posts, scalar keys %format_of, 'all post files are there');
	my $number = 0;
	for my $path (@posts)
	{
		# the server may not be allowed to read the directory
		copy($path, "$directory/" . basename($path)) or die "$path: $!";
		check_posts("$directory/" . basename($path), ++$number);
	}
}
check_memory();
$node->stop;
done_testing();
