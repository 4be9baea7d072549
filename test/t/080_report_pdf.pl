# roi_report_pdf(): its text holds the numbers of the page, its pages render with every label whole, and a server without Cairo says what is missing.
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));
use Encode qw(decode);
use File::Path qw(make_path);
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $node = RoiTest::server('report_pdf', {});
my $db = RoiTest->new(node => $node, db => 'pdf')->create_database->create_extension;
my $dir = PostgreSQL::Test::Utils::tempdir();
$db->sql(q(SELECT roi_setup();
	INSERT INTO users VALUES ('wide'), ('one'), ('nobody'), ('rtl');
	INSERT INTO campaign_with_user_id (user_id, id, name, date) SELECT u, n, CASE WHEN u = 'rtl' THEN 'قهوة ☕ مبيعات ' || n ELSE 'Campaign ' || n END, '2026-01-10'::date + 14 * n FROM unnest('{wide,rtl}'::text[]) u, generate_series(1, 24) n;
	INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, content_type, views, likes, comments, shares, clicks, ad_spend, revenue_generated, conversions, roi_percentage, roas_ratio, update_timestamp)
	SELECT u, p.name, p.name || ' post ' || d % 40, 1 + d / 16, 'video', d * 1000 * p.n, d, d * 2, d % 7, d * p.n, d * p.n * 1.37, (d * 7919 + p.n * 104729) % 1000 * 1234.567, d % 5, d, 2, '2026-01-01 12:00Z'::timestamptz + d * interval '1 day'
	FROM generate_series(0, 364) d, (VALUES ('wide', 1, 'facebook'), ('wide', 2, 'instagram'), ('wide', 3, repeat('a very long platform ', 2)), ('wide', 4, 'W' || repeat('M', 49)), ('one', 1, 'youtube'), ('rtl', 1, 'פייסבוק'), ('rtl', 2, 'إنستغرام الرسمي'), ('rtl', 3, 'Ελληνικά и кириллица')) p (u, n, name)));

# Runs a program; its output as text.
sub output_of
{
	my (@command) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run(\@command, '>', \$out, '2>', \$err) or die "$command[0] failed: $err";
	return decode('UTF-8', $out);
}

# The file that holds a report, and the page of the same transaction.
sub report_of
{
	my ($name, $arguments) = @_;
	my ($pdf, $html) = split /\|/, $db->sql("SELECT encode(roi_report_pdf($arguments), 'hex'), encode(convert_to(roi_report_html($arguments), 'UTF8'), 'hex')");
	my $file = "$dir/$name.pdf";
	open my $handle, '>:raw', $file or die $!;
	print $handle pack 'H*', $pdf;
	close $handle;
	return ($file, decode('UTF-8', pack 'H*', $html));
}

# Words of all pages with their boxes: [page, left, top, right, bottom, text].
sub boxes_of
{
	my ($file) = @_;
	my ($page, @boxes) = (0);
	for (split /\n/, output_of('pdftotext', '-bbox', $file, '-'))
	{
		++$page if /<page /;
		push @boxes, [ $page, $1, $2, $3, $4, $5 ] if /<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*)<\/word>/;
	}
	return @boxes;
}

# Words that lie on each other.
sub overlaps_of
{
	my (@boxes) = @_;
	my @found;
	for my $i (0 .. $#boxes)
	{
		for my $j ($i + 1 .. $#boxes)
		{
			my ($a, $b) = @boxes[ $i, $j ];
			last if $b->[0] != $a->[0];
			my $wide = ($a->[3] < $b->[3] ? $a->[3] : $b->[3]) - ($a->[1] > $b->[1] ? $a->[1] : $b->[1]);
			my $high = ($a->[4] < $b->[4] ? $a->[4] : $b->[4]) - ($a->[2] > $b->[2] ? $a->[2] : $b->[2]);
			push @found, "page $a->[0]: $a->[5] on $b->[5]" if $wide > 1.5 && $high > 2.5;
		}
	}
	return join "\n", @found;
}

my %reports = (
	day => q('wide', '1 day', until => '2026-06-01 18:00Z'), month => q('wide', '30d', until => '2026-06-01'), year => q('wide', '1y', until => '2027-01-01'), week => q('wide', '7d', until => '2026-06-01', time_zone => 'Asia/Kolkata'),
	nothing => q('nobody'), never => q('nobody', 'all'), one => q('one', '30d', until => '2026-06-01'), rtl => q('rtl', '90d', until => '2026-06-01'), all => q('wide', 'all'));
for my $name (sort keys %reports)
{
	my ($file, $html) = report_of($name, $reports{$name});
	my $text = output_of('pdftotext', '-layout', $file, '-');

	# every number of the page, at least as often
	my %left;
	++$left{$_} for $text =~ /(?<![\w.,])[+-]?[\d,]+(?:\.\d+)?(?![\w.]|,\d)/g;
	my @numbers = map { s/ %$//r } $html =~ /<data [^>]*>([^<]*)<\/data>/g;
	my @missing = grep { --($left{$_} //= 0) < 0 } @numbers;
	is_deeply([ @missing[ 0 .. ($#missing < 9 ? $#missing : 9) ] ], [], scalar(@numbers) . " numbers of the page stand in the PDF: $name");

	# pages: numbered, rendered, words inside and apart
	my ($pages) = output_of('pdfinfo', $file) =~ /^Pages:\s+(\d+)/m;
	is(join(' ', $text =~ /Page (\d+ of \d+)/g), join(' ', map { "$_ of $pages" } 1 .. $pages), "$pages pages, each with its number: $name");
	my @boxes = boxes_of($file);
	is_deeply([ map { $_->[5] } grep { $_->[1] < 30 || $_->[2] < 20 || $_->[3] > 565 || $_->[4] > 830 } @boxes ], [], "no word leaves its page: $name");
	is(overlaps_of(@boxes), '', "no word lies on another: $name");
	is(scalar(grep { $_->[5] =~ /^[+-]?\d[\d,.]*…/ } @boxes), 0, "no number is cut: $name");
	system('pdftoppm', '-r', '50', '-png', $file, "$dir/$name") == 0 or die;
	my @images = glob "$dir/$name-*.png";
	is(scalar(grep { -s $_ > 500 } @images), $pages, "every page renders: $name");
	make_path("$ENV{TESTDATADIR}/reports") if $ENV{TESTDATADIR};
	system('cp', $file, "$ENV{TESTDATADIR}/reports/") if $ENV{TESTDATADIR}; # to look at
}

# scripts of the world: the letters are in the text, shaped and in fonts that the file carries
my ($rtl) = report_of('rtl', $reports{rtl});
my $text = output_of('pdftotext', $rtl, '-');
my %written = (Hebrew => 'פייסבוק', Arabic => 'إنستغرام', 'Greek and Cyrillic' => 'Ελληνικά и кириллица');
like($text, qr/$written{$_}/, "$_ can be searched for") for sort keys %written;
unlike(output_of('pdffonts', $rtl), qr/ no +(?:yes|no) +(?:yes|no) +\d/, 'every font is embedded');
like(output_of('pdfinfo', $rtl), qr/^Title:\s+Marketing ROI: rtl$/m, 'the document has a title');
unlike(output_of('pdfimages', '-list', $rtl), qr/\d/, 'charts are drawn in lines, not pixels');

# a cancel ends it, and the session goes on
my ($rc, $out, $err) = $db->run(q(SET statement_timeout TO '1ms'; SELECT length(roi_report_pdf('wide', 'all'))));
like($err, qr/57014/, 'a report can be cancelled');
$db->answers(q(SELECT length(roi_report_pdf('wide', 'all')) > 10000), 't', 'and drawn afterwards');
($rc, $out, $err) = $db->run(q(SELECT length(roi_report_pdf('one', '7d')); SET statement_timeout TO '100ms'; SELECT pg_sleep(20)));
like($err, qr/57014/, 'signals reach the session after a report');

# --- a server without Cairo: a library of that name that is none stands in its way ---
my $fake = "$dir/no_cairo";
make_path($fake);
append_to_file("$fake/libcairo.so.2", "none\n");
my $bare = PostgreSQL::Test::Cluster->new('report_bare');
$bare->init(extra => [ '-E', 'UTF8', '--locale=C.UTF-8' ]);
{
	local $ENV{LD_LIBRARY_PATH} = $fake;
	$bare->start;
}
my $poor = RoiTest->new(node => $bare, db => 'poor')->create_database->create_extension;
$poor->sql(q(SELECT roi_setup(); INSERT INTO users VALUES ('u')));
($rc, $out, $err) = $poor->run(q(SELECT roi_report_pdf('u')));
like($err, qr/ERROR:\s+58P01: this server lacks the part of roi_ext that draws PDF/, 'the extension is there, PDF is not');
like($err, qr/DETAIL:.*libcairo/, 'what is missing');
like($err, qr/HINT:.*libcairo2, libpangocairo-1\.0-0/, 'and what to install');
$poor->answers(q(SELECT length(roi_report_html('u')) > 1000), 't', 'the page needs none of it');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|XX000/, 'no server broke');
$bare->stop;
$node->stop;
done_testing();
