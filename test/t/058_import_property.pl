# Random exports of days, periods and lifetime figures, imported, restated, added, repeated, rehearsed and taken back in any order: after each step the
# facts are what importing the files that stand, in their order, makes of nothing, computed here beside the extension.
use strict;
use warnings;
use List::Util qw(max min sum0);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $seed = $ENV{ROI_TEST_SEED} // 20260801;
my $steps = $ENV{ROI_TEST_STEPS} // ($ENV{ROI_TEST_LONG} ? 3000 : 150);
srand $seed;
my $db = RoiTest->new(node => RoiTest::server('imports', {}, 'fsync = off'), db => 'imports')->create_database->create_extension;
$db->sql('SELECT roi_setup()');

sub pick { return $_[ int rand @_ ]; }
sub chance { return rand() < $_[0]; }
sub day { return sprintf '2026-03-%02d', $_[0]; }
sub money { return sprintf '%d.%06d', int($_[0] / 1e6), $_[0] % 1_000_000; }

# --- files: { format, lines => [ campaign, first day, last day, millionths, impressions ], text } ---

my %headers = (
	google => 'Day,Currency code,Cost,Impr.,Campaign,Campaign ID',
	days => 'Day,Campaign name,Amount spent (USD),Impressions',
	periods => 'Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Impressions');

sub line
{
	my ($shape, $campaign, $first, $last, $spend, $impressions) = @_;
	return join ',', day($first), 'USD', money($spend), $impressions, "C$campaign", $campaign if $shape eq 'google';
	return join ',', day($first), ($shape eq 'periods' ? day($last) : ()), "C$campaign", money($spend), $impressions;
}

sub random_file
{
	my $shape = pick(qw(google days days periods periods));
	my @campaigns = grep { chance(0.6) } 1 .. 4;
	@campaigns = (2) unless @campaigns;
	my $from = 1 + int rand 20;
	my $to = min(28, $from + int rand 8);
	my @lines;
	for my $campaign (@campaigns)
	{
		for (my $day = $from; $day <= $to; ++$day)
		{
			next if chance(0.2);
			my $last = $shape eq 'periods' && chance(0.5) ? min($to, $day + int rand 5) : $day;
			my $days = $last - $day + 1; # both are shared out to the days without a rest
			push @lines, [ $campaign, $day, $last, $days * (1 + int rand 3_000_000), $days * (1 + int rand 50) ];
			push @lines, [ @{ $lines[-1] } ] if chance(0.05); # repeated keys add up
			$day = $last if chance(0.8); # else periods of one campaign overlap
		}
	}
	push @lines, [ $campaigns[0], $from, $from, 1_500_000, 7 ] unless @lines;
	return { shape => $shape, format => $shape eq 'google' ? 'google' : 'meta', lines => \@lines, spread => $shape eq 'periods' && chance(0.4), replace => !chance(0.15),
		text => join("\n", $headers{$shape}, map { line($shape, @$_) } @lines) . "\n" };
}

# --- the oracle ---

# What a file says, as facts by campaign and day, and the days it covers by campaign.
sub read_file
{
	my ($file) = @_;
	my $is_spread = $file->{spread} && grep { $_->[2] > $_->[1] } @{ $file->{lines} };
	my %facts;
	for (@{ $file->{lines} })
	{
		my ($campaign, $first, $last, $spend, $impressions) = @$_;
		my @days = $is_spread ? ($first .. $last) : ($first);
		for my $day (@days)
		{
			my $fact = $facts{"$campaign $day"} //= { campaign => $campaign, day => $day, last => $day, spend => 0, impressions => 0 };
			$fact->{last} = max($fact->{last}, $last) unless $is_spread;
			$fact->{spend} += $spend / @days;
			$fact->{impressions} += $impressions / @days;
		}
	}
	my @facts = map { { %{ $facts{$_} }, format => $file->{format} } } sort keys %facts;
	my $by_campaign = grep { $_->[2] > $_->[1] } @{ $file->{lines} };
	my %cover;
	for my $fact (@facts)
	{
		for my $campaign ($by_campaign ? $fact->{campaign} : map { $_->{campaign} } @facts)
		{
			$cover{$campaign}{$_} = 1 for $fact->{day} .. $fact->{last};
		}
	}
	return (\@facts, \%cover);
}

# The facts after importing the files one after the other; undef when one holds a part of a period. Counts what the last one replaced.
sub replay
{
	my (@files) = @_;
	my (@live, $replaced);
	for my $file (@files)
	{
		my ($facts, $cover) = read_file($file);
		$replaced = 0;
		my @stay;
		for my $old (@live)
		{
			my $days = $file->{replace} && $old->{format} eq $file->{format} ? $cover->{ $old->{campaign} } // {} : {};
			my $met = grep { $days->{$_} } $old->{day} .. $old->{last};
			if ($met == 0) { push @stay, $old; next; }
			return undef if $met < $old->{last} - $old->{day} + 1;
			++$replaced;
		}
		@live = (@stay, map { { %$_, batch => $file->{batch} } } @$facts);
	}
	return (\@live, $replaced);
}

sub lines_of
{
	my ($live) = @_;
	return join "\n", sort map { sprintf '%s %s %02d %s %d %d', $_->{format} eq 'google' ? ('google_ads', $_->{campaign}) : ('facebook', "C$_->{campaign}"), $_->{day}, money($_->{spend}), $_->{impressions}, $_->{batch} } @$live;
}

# --- the extension ---

my $facts_of = q(SELECT string_agg(l, E'\n' ORDER BY l COLLATE "C") FROM (SELECT concat_ws(' ', m.platform, c.external_id, to_char(m.update_timestamp, 'DD'), to_char(m.ad_spend, 'FM99999990.000000'), m.views, m.import_batch_id) AS l
	FROM roi_metrics m JOIN campaign_with_user_id c ON (c.user_id, c.id) = (m.user_id, m.campaign_id) WHERE m.user_id = 'anna') f;
	SELECT v::text FROM roi_verify('anna') v;
	SELECT 'total of ' || c.external_id FROM campaign_with_user_id c WHERE c.user_id = 'anna'
		AND c.spend IS DISTINCT FROM (SELECT sum(ad_spend) FROM roi_metrics m WHERE m.user_id = 'anna' AND m.campaign_id = c.id);
	SELECT 'empty period of ' || p.batch_id FROM roi_import_periods p JOIN roi_import_batches b ON (b.user_id, b.id) = (p.user_id, p.batch_id) WHERE b.undone_at IS NOT NULL);

sub import_call
{
	my ($file, $more) = @_;
	my $answer = "format, rows_read, rows_imported, spend, since, until, facts, replaced, grain, beside, rejects";
	return "SELECT $answer FROM roi_import('anna', " . RoiTest::quote_literal($file->{text}) . "::bytea"
		. ($file->{spread} ? ", periods => 'spread'" : '') . ($file->{replace} ? '' : ', replace => false') . ($more // '') . ')';
}

my (@standing, @gone, %seen);
my $newest = q(SELECT max(id) FROM roi_import_batches WHERE user_id = 'anna');

# One step; the difference between the extension and the oracle, '' when there is none.
sub import_step
{
	my ($file) = @_;
	my $repeated = grep { $_->{text} eq $file->{text} } @standing;
	my ($live, $replaced) = replay(@standing, { %$file, batch => 0 });
	my $rehearsal = chance(0.4) ? eval { $db->sql(import_call($file, ', dry_run => true')) } // 'refused' : undef;
	if (!$repeated && !defined $live)
	{
		++$seen{'import refused'};
		my $error = $db->error(import_call($file)) // { state => 'no error' };
		return $error->{state} eq '55000' && ($rehearsal // 'refused') eq 'refused' ? '' : "not refused but $error->{state}";
	}
	my ($answer, $batch) = split /\n/, $db->sql(import_call($file) . ";$newest");
	if ($repeated) { ++$seen{repeated}; return ''; }
	++$seen{ $replaced ? 'replaced' : 'imported' };
	push @standing, { %$file, batch => $batch };
	return "the dry run told $rehearsal, not $answer" if defined $rehearsal && $rehearsal ne $answer;
	my ($facts) = read_file($file);
	my @told = (split /\|/, $answer)[ 6, 7 ];
	my @wanted = (scalar @$facts, $replaced);
	return "@told" eq "@wanted" ? '' : "facts and replaced: @told instead of @wanted";
}

sub undo_step
{
	my %without = map { my $place = $_; ($place => [ map { $standing[$_] } grep { $_ != $place } 0 .. $#standing ]) } 0 .. $#standing;
	my @refused = grep { !defined replay(@{ $without{$_} }) } sort keys %without; # they are rare
	my $place = @refused && chance(0.5) ? pick(@refused) : int rand @standing;
	my $file = $standing[$place];
	my @rest = @{ $without{$place} };
	my ($live) = replay(@rest);
	my $call = "SELECT FROM roi_undo_import($file->{batch}, 'anna')";
	if (!defined $live)
	{
		++$seen{'undo refused'};
		my $error = $db->error($call) // { state => 'no error' };
		return $error->{state} eq '55000' ? '' : "undo of $file->{batch}: not refused but $error->{state}";
	}
	++$seen{ $place == $#standing ? 'newest undone' : 'older undone' };
	$db->sql($call);
	@standing = @rest;
	push @gone, $file;
	return '';
}

sub failed_step
{
	my ($step) = @_;
	my $again = [ @standing, @gone ];
	my $wrong = @standing && (chance(0.3) || @standing > 12) ? undo_step() : import_step(@$again && chance(0.1) ? do { my %file = %{ pick(@$again) }; delete $file{batch}; \%file } : random_file());
	my ($live) = replay(@standing);
	my $wanted = lines_of($live);
	my $have = $db->sql($facts_of);
	$wrong .= "\nhave:\n$have\nwanted:\n$wanted" if $have ne $wanted;
	return 0 if $wrong eq '';
	diag("seed $seed, step $step: $wrong\nstanding: " . join "\n", map { "$_->{batch} $_->{shape} spread=@{[ $_->{spread} // 0 ]} replace=$_->{replace}\n$_->{text}" } @standing);
	return 1;
}

# another user with the same campaigns and days, whom nothing touches
$db->sql("SELECT roi_import('zoe', " . RoiTest::quote_literal($_->{text}) . '::bytea, replace => false)') for map { random_file() } 1 .. 6;
my $others = q(SELECT md5(string_agg(t, '' ORDER BY t COLLATE "C")) FROM (SELECT m::text FROM roi_metrics m WHERE user_id = 'zoe' UNION ALL SELECT c::text FROM campaign_with_user_id c WHERE user_id = 'zoe'
	UNION ALL SELECT r::text FROM roi_import_replaced r WHERE user_id = 'zoe' UNION ALL SELECT r::text FROM roi_rollup_detail r WHERE user_id = 'zoe') t (t));
my $other_state = $db->sql($others);

my $failed = 0;
for (1 .. $steps) { last if $failed = failed_step($_); }
ok(!$failed, "$steps steps: facts are those of the files that stand");
note(join ', ', map { "$_: $seen{$_}" } sort keys %seen);
cmp_ok($seen{$_} // 0, '>', 0, "some were: $_") for 'import refused', 'imported', 'newest undone', 'older undone', 'repeated', 'replaced', $ENV{ROI_TEST_SEED} ? () : 'undo refused'; # which not every seed meets
$db->sql("SELECT FROM roi_undo_import($_->{batch}, 'anna')") for reverse @standing;
$db->answers(q(SELECT (SELECT count(*) FROM roi_metrics WHERE user_id = 'anna'), (SELECT count(*) FROM roi_import_replaced WHERE user_id = 'anna'),
	(SELECT count(*) FROM campaign_with_user_id WHERE user_id = 'anna'), (SELECT count(*) FROM roi_rollup WHERE user_id = 'anna')), '0|0|0|0', 'all taken back: nothing is left');

# --- lifetime figures ---

# By post, the snapshots that counted, oldest first: { batch, day, views, likes, reach }.
my (%history, @batches);

sub snapshot_step
{
	my (%row, @text);
	for my $post (grep { chance(0.5) } 'a' .. 'd')
	{
		my $known = $history{$post} && @{ $history{$post} } ? $history{$post}[-1] : { day => 1, views => 0, likes => 0, reach => 0 };
		for my $day (sort { $a <=> $b } map { max(1, min(28, $known->{day} + $_)) } chance(0.2) ? (0, 1) : (int(rand 4) - 1))
		{
			next if $row{"$post $day"}++;
			my $same = chance(0.3);
			push @text, { post => $post, day => $day, views => $same ? $known->{views} : int rand 500, likes => $same ? $known->{likes} : int rand 50, reach => $same ? $known->{reach} : int rand 90 };
		}
	}
	return '' unless @text;
	my $text = join "\n", 'Post ID,Account ID,Publish time,Date,Views,Likes,Reach', map { join ',', $_->{post}, 1, '02/28/2026 06:08', day($_->{day}), @$_{qw(views likes reach)} } @text;
	return '' if grep { $_->{text} eq $text } @batches;
	my $batch = $db->sql('SELECT batch_id FROM roi_import(' . "'bert', " . RoiTest::quote_literal($text) . '::bytea)');
	push @batches, { batch => $batch, text => $text };
	for (@text)
	{
		my $posts = $history{ $_->{post} } //= [];
		push @$posts, { %$_, batch => $batch } if !@$posts || $_->{day} >= $posts->[-1]{day};
	}
	return '';
}

sub snapshot_undo
{
	my $place = int rand @batches;
	my $batch = $batches[$place]{batch};
	my $built_upon = grep { my @own = grep { $_->{batch} == $batch } @$_; @own && $_->[-1]{batch} != $batch } values %history;
	my $error = $db->error("SELECT FROM roi_undo_import($batch, 'bert')");
	++$seen{ $built_upon ? 'snapshots refused' : 'snapshots undone' };
	return $error && $error->{state} eq '55000' ? '' : "undo of snapshots $batch: " . ($error ? $error->{message} : 'not refused') if $built_upon;
	return "undo of snapshots $batch: $error->{message}" if $error;
	splice @batches, $place, 1;
	for (values %history) { @$_ = grep { $_->{batch} != $batch } @$_; }
	return '';
}

my $posts_of = q(SELECT concat_ws(' ', post_id, to_char(s.taken_at, 'DD'), p.views, p.likes, s.metrics ->> 'reach', f.views, f.likes, f.reach) FROM roi_posts p
	FULL JOIN roi_post_snapshots s USING (user_id, platform, post_id)
	LEFT JOIN LATERAL (SELECT coalesce(sum(m.views), 0) AS views, coalesce(sum(m.likes), 0) AS likes, coalesce(sum((pm.metrics ->> 'reach')::numeric), 0) AS reach FROM roi_metrics m
		LEFT JOIN platform_metrics pm ON pm.user_id = m.user_id AND pm.roi_metric_id = m.id WHERE (m.user_id, m.platform, m.post_id) = (p.user_id, p.platform, p.post_id)) f ON true
	WHERE user_id = 'bert' ORDER BY post_id; SELECT v::text FROM roi_verify('bert') v);
my $wrong = '';
for my $step (1 .. $steps)
{
	$wrong = @batches && chance(0.35) ? snapshot_undo() : snapshot_step();
	my $wanted = join "\n", map { my $now = $history{$_}[-1]; join ' ', $_, sprintf('%02d', $now->{day}), (@$now{qw(views likes reach)}) x 2 } grep { @{ $history{$_} } } sort keys %history;
	my $have = $db->sql($posts_of);
	$wrong .= "\nhave:\n$have\nwanted:\n$wanted" if $have ne $wanted;
	next if $wrong eq '';
	diag("seed $seed, step $step: $wrong\n" . join "\n", map { "$_->{batch}\n$_->{text}" } @batches);
	last;
}
$db->sql("SELECT FROM roi_undo_import($_->{batch}, 'bert')") for $wrong eq '' ? reverse @batches : ();
is($wrong || $db->sql(q(SELECT 'left: ' || user_id FROM roi_posts WHERE user_id = 'bert' UNION ALL SELECT 'left: ' || user_id FROM roi_post_snapshots WHERE user_id = 'bert'
	UNION ALL SELECT 'left: ' || user_id FROM roi_metrics WHERE user_id = 'bert')), '', 'all snapshots taken back: nothing is left');
$db->answers($others, $other_state, 'nothing of another user has changed');
is($wrong, '', "$steps steps: posts are at their newest standing snapshot");
cmp_ok($seen{$_} // 0, '>', 0, "some were: $_") for 'snapshots refused', 'snapshots undone';
done_testing();
