# Growth model natural on real servers: the same rows however the hours are cut, by two workers, over restarts and crashes,
# in a second cluster; the committed backfill goes on where it stopped; memory of a large backfill.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);
use RoiTest;

my $start = '2025-01-30 13:00+00'; # 48 hours from here cross into February
my $hours = 48;
my $random_seed = $ENV{ROI_TEST_SEED} // int(rand(1e6));
srand($random_seed);
diag("random cuts: ROI_TEST_SEED=$random_seed");

sub database
{
	my ($node) = @_;
	my $db = RoiTest->new(node => $node, db => 'natural')->create_database->create_extension;
	$db->sql('SELECT roi_setup()');
	$db->sql(q(SELECT roi_make_partitions(ARRAY['2025-01-31', '2025-02-15', '2025-03-15']::timestamptz[])));
	return $db;
}

# Budgets of 60 for two days run out in some hour of their own.
sub simulate
{
	my ($db, $user, $seed) = @_;
	return $db->sql("SELECT roi_simulate('$user', seed => $seed, first_posts => 60, posts_per_day => 48, start_at => '$start',"
		  . " audience_size => 20000, campaign_days => 1, budget => 60, time_zone => 'America/New_York')");
}

sub hour { my ($n) = @_; return "timestamptz '$start' + interval '$n hours'"; }
sub backfill_sql { my ($user, $n) = @_; return "SELECT * FROM roi_backfill('$user', '$n hours', until => " . hour($n) . ')'; }
sub backfill { my ($db, $user, $n) = @_; return $db->sql(backfill_sql($user, $n)); }
sub tick_sql { my ($n) = @_; return 'SELECT * FROM roi_generate_tick(' . hour($n) . ')'; }

# Number and hash of a user's rows in every column that the seed decides.
sub fingerprint
{
	my ($db, $user) = @_;
	return join "\n", map {
		$db->sql("SELECT '$_', count(*), sum(hashtextextended((to_jsonb(t) - '{id,roi_metric_id,created_at,user_id}'::text[])::text, 0)::numeric) FROM $_ t WHERE user_id = '$user'")
	} qw(roi_metrics platform_metrics roi_posts campaign_with_user_id);
}

sub same { my ($db, $user, $expected, $name) = @_; is(fingerprint($db, $user), $expected, $name); return; }

sub sound
{
	my ($db, $what) = @_;
	is($db->wrong_totals, '', "$what: totals equal sums");
	$db->answers('SELECT v FROM roi_verify() v', '', "$what: rollups equal the facts");
	$db->answers("SELECT count(*) FROM campaign_with_user_id c WHERE spend > budget OR spend <> (SELECT coalesce(sum(ad_spend), 0) FROM roi_metrics m WHERE (m.user_id, m.campaign_id) = (c.user_id, c.id))",
		0, "$what: campaigns spend what their rows say, and no more than their budgets");
	return;
}

my $node = RoiTest::server('natural', {}, 'synchronous_commit = on', 'restart_after_crash = on', 'autovacuum = off');
my $db = database($node);
my $peer = database(RoiTest::server('natural_peer', {}, 'autovacuum = off'));

simulate($peer, 'a', 7);
backfill($peer, 'a', $hours);
my $expected = fingerprint($peer, 'a');
$peer->answers("SELECT count(*) > 2, bool_or(ongoing = 'completed'), sum(spend) > 100 FROM campaign_with_user_id", 't|t|t', 'budgets run out on the way');
$peer->answers("SELECT count(DISTINCT tableoid) FROM roi_metrics", 2, 'rows cross into the next month');
$peer->answers("SELECT count(*) FROM roi_metrics WHERE likes + comments + shares + saves > views OR clicks > views OR paid_views > views OR paid_clicks > clicks OR conversions > clicks", 0, 'every row is logical');
sound($peer, 'one backfill');

simulate($db, $_, 7) for qw(a ticks cut);
simulate($db, 'other', 8);
backfill($db, 'a', $hours);
same($db, 'a', $expected, 'a second cluster has the same rows');

# --- cut anywhere, restarted between ---

my @cuts = sort { $a <=> $b } map { 1 + int(rand($hours - 1)) } 1 .. 5;
backfill($db, 'cut', $_) for @cuts[ 0 .. 2 ];
$node->restart;
backfill($db, 'cut', $_) for @cuts[ 3, 4 ], $hours;
same($db, 'cut', $expected, "backfills split at hours @cuts with a restart between");

# --- two workers at once, one of them the tick ---

{
	my @sessions = (
		$db->start(map { tick_sql($_) } 1 .. $hours),
		$db->start(map { my $n = 3 * $_; map { backfill_sql($_, $n) } qw(ticks other) } 1 .. $hours / 3));
	my @results = map { [ RoiTest::finish($_) ] } @sessions;
	is(join(',', map { $_->[0] } @results), '0,0', 'a tick and a backfill of the same users at once: no error') or diag(map { $_->[2] } @results);
	$db->sql(tick_sql($hours));
	same($db, 'ticks', $expected, 'the same rows');
	isnt(fingerprint($db, 'other'), $expected, 'another seed: other rows');
}

# --- a crash in the middle ---

{
	simulate($db, 'crash', 7); # after the ticks, which serve every account
	backfill($db, 'crash', 5);
	my $five_hours = fingerprint($db, 'crash');
	my $ids = sub { $db->sql('SELECT last_value FROM roi_metrics_id_seq') };
	my $before = $ids->();
	# stopped where the facts are written and their sums are not: somebody holds the rollup
	my $holder = $db->start('BEGIN; LOCK TABLE roi_rollup IN SHARE MODE; SELECT pg_sleep(300)');
	my $waits = sub { my ($sql) = @_; for (1 .. 600) { return 1 if $db->sql($sql) eq 't'; usleep(50_000); } return 0; };
	ok($waits->("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'roi_rollup'::regclass AND mode = 'ShareLock' AND granted)"), 'the rollup is held');
	my $session = $db->start(backfill_sql('crash', $hours));
	ok($waits->("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'roi_rollup'::regclass AND NOT granted)"), 'the backfill waits for it');
	cmp_ok($ids->(), '>', $before + 500, 'with facts written');
	$node->stop('immediate');
	RoiTest::finish($_) for $session, $holder;
	$node->start;
	same($db, 'crash', $five_hours, 'an immediate stop in the middle leaves nothing half written');
	backfill($db, 'crash', $hours);
	same($db, 'crash', $expected, 'the next call makes the same rows');
}

# --- the backfill that commits on its way ---

{
	simulate($db, 'job', 7);
	my $call = "CALL roi_backfill_job('job', '$hours hours', " . hour($hours) . ", '6 hours')";
	my $error = $db->with(set => { statement_timeout => '1ms' })->error($call);
	is($error->{state}, '57014', 'roi_backfill_job() under a timeout');
	my (undef, undef, $notices) = $db->run($call);
	like($notices, qr/user "job": until .* rows/, 'it tells its progress');
	same($db, 'job', $expected, 'and makes the same rows');
	$db->answers("SELECT ok, finished_at IS NOT NULL, rows > 0 FROM roi_job_runs WHERE job = 'roi_backfill_job' ORDER BY id DESC LIMIT 1", 't|t|t', 'a run on record');
	is($db->error("BEGIN; $call")->{state}, '2D000', 'not inside a transaction block');
	is($db->error("CALL roi_backfill_job('job', '1 day', now(), '1 minute')")->{state}, '22023', 'a step below an hour');
}

sound($db, 'after it all');

# --- more living posts than are drawn at once: hour by hour, within the same budget ---

{
	$db->sql("SELECT roi_simulate('crowd', seed => 5, first_posts => 17000, posts_per_day => 0, start_at => '$start', audience_size => 100, budget => 3)");
	is((split /\|/, backfill($db, 'crowd', 2))[2], 34_000, '17,000 posts, two hours');
	$db->answers("SELECT spend <= 3, spend > 2.7, ongoing FROM campaign_with_user_id WHERE user_id = 'crowd'", 't|t|completed', 'their budget holds');
	$db->answers("SELECT v FROM roi_verify('crowd') v", '', 'their rollups equal the facts');
}

# --- memory, and the NOTICE of a long backfill ---

{
	my $posts = $ENV{ROI_TEST_LONG} ? 20_000 : 4_000;
	$db->sql("SELECT roi_simulate('long', seed => 1, first_posts => $posts, posts_per_day => 0, start_at => '$start')");
	my $until = hour(24);
	my $begin = time;
	my ($rc, $out, $messages) = $db->run("SELECT * FROM roi_backfill('long', '24 hours', $until);\n"
		  . "SELECT m[1] FROM regexp_matches(pg_read_file('/proc/self/status'), 'VmHWM:\\s+(\\d+)') m");
	is($rc, 0, 'a large backfill runs') or diag($messages);
	my ($memory) = $out =~ /^(\d+)$/m;
	diag(sprintf '%d rows in %.1f s; peak memory of the backend %.0f MiB, shared buffers included', 24 * $posts, time - $begin, $memory / 1024);
	cmp_ok($memory, '<', 256 * 1024, 'within 256 MiB');
	$db->sql("SELECT roi_simulate('progress', seed => 1, first_posts => 1, posts_per_day => 0, start_at => '$start')");
	(undef, undef, $messages) = $db->run("SELECT * FROM roi_backfill('progress', '20 days', " . hour(480) . ')');
	like($messages, qr/user "progress": 240 of 480 hours, 240 rows.*user "progress": 480 of 480 hours/s, 'long spans tell their progress');
}

done_testing();
