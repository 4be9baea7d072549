# The simulator on real servers: exact sums, same seed same rows however the hours are cut, crashes, cancels, races, memory.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);
use RoiTest;

my $start = '2025-01-30 13:00+00';          # 48 hours from here cross into February
my $big_posts = $ENV{ROI_TEST_LONG} ? 50_000 : 10_000;
my $big_rows = $big_posts * 48;
my @measures = qw(views likes comments shares saves clicks paid_views paid_clicks conversions ad_spend revenue_generated);
my @settings = ('synchronous_commit = on', 'restart_after_crash = on', 'autovacuum = off');
my $random_seed = $ENV{ROI_TEST_SEED} // int(rand(1e6));
srand($random_seed);
diag("random cuts: ROI_TEST_SEED=$random_seed");

sub database
{
	my ($node, $name) = @_;
	my $db = RoiTest->new(node => $node, db => $name)->create_database->create_extension;
	$db->sql('SELECT roi_setup()');
	$db->sql(q(SELECT roi_make_partitions(ARRAY['2025-01-31', '2025-02-15', '2025-03-15']::timestamptz[])));
	return $db;
}

# The moment that many hours after the start, as SQL.
sub hour { my ($hours) = @_; return "timestamptz '$start' + interval '$hours hours'"; }

sub simulate
{
	my ($db, $user, $seed, $first_posts, $per_day) = @_;
	return $db->sql("SELECT generated_until FROM roi_simulate('$user', seed => $seed, first_posts => $first_posts,"
		. " posts_per_day => $per_day, growth_model => 'plan', start_at => '$start')");
}

sub backfill_sql { my ($user, $hours) = @_; return "SELECT * FROM roi_backfill('$user', '$hours hours', until => " . hour($hours) . ')'; }
sub backfill { my ($db, $user, $hours) = @_; return $db->sql(backfill_sql($user, $hours)); }
sub tick { my ($db, $hours) = @_; return $db->sql('SELECT * FROM roi_generate_tick(' . hour($hours) . ')'); }

# Number and hash of a user's rows in every column that the seed decides; the hash does not depend on their order.
sub fingerprint
{
	my ($db, $user) = @_;
	my %columns = map {
		$_ => $db->sql(qq(SELECT string_agg('x.' || quote_ident(attname), ', ' ORDER BY attname) FROM pg_attribute
			WHERE attrelid = '$_'::regclass AND attnum > 0 AND NOT attisdropped
			AND attname NOT IN ('id', 'roi_metric_id', 'created_at', 'user_id')))
	} qw(roi_metrics platform_metrics roi_posts);
	my $hash = sub { "count(*) || ' ' || coalesce(sum(hashtextextended(row($_[0])::text, 0)::numeric), 0) || ' ' || coalesce(sum(hashtextextended(row($_[0])::text, 1)::numeric), 0)"; };
	return $db->sql(join ";\n",
		'SELECT ' . $hash->($columns{roi_metrics}) . " FROM roi_metrics x WHERE user_id = '$user'",
		'SELECT ' . $hash->("m.post_id, $columns{platform_metrics}") . " FROM platform_metrics x LEFT JOIN roi_metrics m"
		  . " ON m.user_id = x.user_id AND m.update_timestamp = x.update_timestamp AND m.id = x.roi_metric_id WHERE x.user_id = '$user'",
		'SELECT ' . $hash->($columns{roi_posts}) . " FROM roi_posts x WHERE user_id = '$user'",
		"SELECT generated_until FROM roi_simulations WHERE user_id = '$user'");
}

sub same { my ($db, $user, $expected, $name) = @_; is(fingerprint($db, $user), $expected, $name); return; }

sub rows_of { my ($db, $user) = @_; return $db->sql("SELECT count(*) FROM roi_metrics WHERE user_id = '$user'"); }

# Hours that a post has twice.
sub doubled { my ($db, $user) = @_; return $db->sql("SELECT count(*) FROM (SELECT FROM roi_metrics WHERE user_id = '$user' GROUP BY post_id, platform, update_timestamp HAVING count(*) > 1) d"); }

# --- sessions that work while we watch ---

# Starts SQL that writes simulated rows, and waits until it has handed out that many ids; returns session and backend.
sub start_writing
{
	my ($db, $sql, $rows) = @_;
	my $ids = sub { $db->sql('SELECT last_value FROM roi_metrics_id_seq') };
	my $before = $ids->();
	my $session = $db->start($sql);
	for (1 .. 3000)
	{
		last if $ids->() >= $before + $rows;
		usleep(10_000);
	}
	my ($call) = $sql =~ /(roi_\w+\()/;
	my $pid = $db->sql("SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%$call%' AND pid <> pg_backend_pid()");
	like($pid, qr/^\d+$/, "caught in the middle: $call...) after $rows rows");
	return ($session, $pid);
}

# --- 10,000 posts, 48 hours ---

my $node = RoiTest::server('simulation', {}, @settings);
my $big = database($node, 'big');
simulate($big, 'u', 42, $big_posts, 0);
my ($rc, $out, $err) = $big->run(
	"SELECT pg_backend_pid(), extract(epoch FROM clock_timestamp());\n" . backfill_sql('u', 48) . ";\n"
	. "SELECT extract(epoch FROM clock_timestamp()), (SELECT m[1] FROM regexp_matches(pg_read_file('/proc/self/status'), 'VmHWM:\\s+(\\d+)') m)");
is($rc, 0, 'the backfill runs') or diag($err);
my (undef, $from, $answer, $until, $memory) = $out =~ /^(\d+)\|(\S+)\n(.*)\n([\d.]+)\|(\d+)$/m;
is($answer, "48|1|$big_rows|$big_posts", 'its answer: hours, users, post-hours, posts');
diag(sprintf 'backfill: %d rows in %.1f s, %.0f rows a second; peak memory of the backend %.0f MiB, shared buffers included',
	$big_rows, $until - $from, $big_rows / ($until - $from), $memory / 1024);
cmp_ok($memory, '<', 256 * 1024, 'the backend stays below 256 MiB');

my $prices = 'm.cost_per_click BETWEEN r.cpc_min AND r.cpc_max AND m.cost_per_impression BETWEEN round(r.cpm_min / 1000, 6) AND round(r.cpm_max / 1000, 6)';
sub row_checks
{
	my ($db, $what) = @_;
	my @checks = (
		[ 'nothing is NULL', 'num_nulls(' . join(', ', map { "m.$_" } @measures, 'post_id', 'content_type', 'posted_at') . ') = 0' ],
		[ 'running totals never fall', 'least(' . join(', ', map { "m.$_" } @measures) . ') >= 0' ],
		[ 'paid <= all', 'm.paid_views <= m.views AND m.paid_clicks <= m.clicks' ],
		[ 'whole conversions, not more than clicks', 'm.conversions <= m.clicks AND m.conversions = trunc(m.conversions)' ],
		[ 'spend in whole cents', 'm.ad_spend * 100 = trunc(m.ad_spend * 100)' ],
		[ 'revenue is conversions at the order value', 'm.revenue_generated = m.conversions * r.order_value' ],
		[ 'prices in their ranges', $prices ],
		[ 'stamped on the hour, not before the post', "date_trunc('hour', m.update_timestamp) = m.update_timestamp AND m.update_timestamp + interval '1 hour' > m.posted_at" ],
		[ 'marked as simulated', "m.source = 'simulated' AND m.currency = 'USD' AND m.campaign_id IS NULL AND m.import_batch_id IS NULL" ],
		[ 'engagement_rate', 'p.engagement_rate = round(100.0 * (m.likes + m.comments + m.shares) / greatest(m.views, 1), 6)' ],
		[ 'virality_score', 'p.virality_score = round(m.shares / greatest(m.views * 0.01, 1), 6)' ],
		[ 'same platform and stamp', 'p.platform = m.platform' ],
		[ 'facebook metrics', "m.platform <> 'facebook' OR (p.metrics->'link_clicks')::bigint = m.clicks AND (p.metrics->'post_reach')::bigint BETWEEN 0 AND m.views AND (p.metrics->'page_views')::bigint BETWEEN 0 AND m.clicks AND (p.metrics->'page_likes')::bigint BETWEEN 0 AND m.likes" ],
		[ 'instagram metrics', "m.platform <> 'instagram' OR (p.metrics->'impressions')::bigint = m.views AND (p.metrics->'reach')::bigint BETWEEN 0 AND m.views AND (p.metrics->'saved_count')::bigint = m.saves AND (p.metrics->'story_views')::bigint BETWEEN 0 AND m.views AND (p.metrics->'profile_visits')::bigint BETWEEN 0 AND m.clicks" ],
		[ 'youtube metrics', "m.platform <> 'youtube' OR (p.metrics->'watch_time_minutes')::numeric = round(m.views * (p.metrics->'average_view_duration')::numeric) AND CASE WHEN m.views > 0 THEN (p.metrics->'average_view_duration')::numeric BETWEEN 0.5 AND 4 AND (p.metrics->'video_quality_score')::numeric BETWEEN 6 AND 10 ELSE p.metrics->'average_view_duration' = '0' END AND (p.metrics->'subscribers_gained')::bigint BETWEEN 0 AND m.likes" ]);
	$db->sql('ANALYZE roi_metrics, platform_metrics');
	my $counts = join ', ', map { "count(*) FILTER (WHERE ($_->[1]) IS NOT TRUE)" } @checks;
	my @wrong = split /\|/, $db->sql(
		"SELECT $counts FROM roi_metrics m LEFT JOIN platform_metrics p"
		. ' ON p.user_id = m.user_id AND p.update_timestamp = m.update_timestamp AND p.roi_metric_id = m.id'
		. ' LEFT JOIN roi_platforms r ON r.platform = m.platform');
	is($wrong[$_], 0, "$what, every row: $checks[$_][0]") for 0 .. $#checks;
	$db->answers('SELECT count(*) = (SELECT count(*) FROM roi_metrics) AND count(*) = count(DISTINCT roi_metric_id) FROM platform_metrics', 't', "$what: one row of platform_metrics a fact");
	is($db->wrong_totals, '', "$what: the sums of all 11 measures equal the running totals");
	$db->answers('SELECT count(*) FROM roi_posts p JOIN roi_platforms r USING (platform) WHERE '
		  . join(' OR ', map { "p.$_ > r.${_}_cap OR p.$_ < 1" } @measures[ 0 .. 5 ]), 0, "$what: counters start at 1 and end at their caps");
	$db->answers("SELECT count(*) FROM roi_metrics m WHERE tableoid <> ('roi_metrics_p' || to_char(update_timestamp AT TIME ZONE 'UTC', 'YYYY_MM'))::regclass", 0, "$what: every row in the partition of its month");
	return;
}

row_checks($big, 'backfill');
$big->answers("SELECT min(n), max(n), count(*) FROM (SELECT count(*) AS n, count(DISTINCT update_timestamp) AS d FROM roi_metrics GROUP BY post_id) c WHERE n = d", "48|48|$big_posts", 'each post has each of its 48 hours once');
my $reference = fingerprint($big, 'u');

# --- the same seed elsewhere and otherwise ---

{
	my $other = database($node, 'big_ticks');
	simulate($other, 'u', 42, $big_posts, 0);
	my $before = time;
	is(join(',', map { tick($other, $_) } 1 .. 48), join(',', map { "1|1|$big_posts|" . ($_ == 1 ? $big_posts : 0) } 1 .. 48), 'hourly ticks answer hour by hour');
	diag(sprintf '48 ticks: %.0f rows a second', $big_rows / (time - $before));
	same($other, 'u', $reference, 'hourly ticks in a second database make the same rows as one backfill');
	$node->safe_psql('postgres', 'DROP DATABASE big_ticks');
}

my $db = database($node, 'mid');
my $peer_node = RoiTest::server('simulation_peer', {}, @settings);
my $peer = database($peer_node, 'mid');
simulate($peer, 'a', 7, 250, 48);
backfill($peer, 'a', 48);
my $mid = fingerprint($peer, 'a');

simulate($db, 'a', 7, 250, 48);
backfill($db, 'a', 48);
same($db, 'a', $mid, 'two servers, the same seed: the same rows');
$db->answers("SELECT count(*) > 300, bool_or(posted_at >= timestamptz '$start' + interval '1 day') FROM roi_posts", 't|t', 'the account goes on publishing');
$db->answers("SELECT count(DISTINCT tableoid) FROM roi_metrics WHERE user_id = 'a'", 2, 'its rows cross into the next month');
row_checks($peer, 'cadence');

simulate($db, $_->[0], $_->[1], 250, 48) for [ 'b', 7 ], [ 'c', 8 ], [ 'd', 7 ];
like(tick($db, 1), qr/^1\|3\|/, 'one tick serves three accounts');
my @cuts = (1, sort { $a <=> $b } map { 1 + int(rand(46)) } 1 .. 4);
backfill($db, 'd', $_) for @cuts;
tick($db, $_) for 2 .. 20;
$node->restart;
tick($db, $_) for 21 .. 48;
same($db, 'b', $mid, 'hour by hour with a restart of the server between: the same rows under another user');
same($db, 'd', $mid, "backfills split at hours @cuts, mixed with ticks: the same rows");
isnt(fingerprint($db, 'c'), $mid, 'another seed: other rows');
$db->answers("SELECT count(*) FROM (SELECT update_timestamp, views, clicks FROM roi_metrics WHERE user_id = 'c' AND update_timestamp < timestamptz '$start' + interval '3 hours'
	INTERSECT ALL SELECT update_timestamp, views, clicks FROM roi_metrics WHERE user_id = 'a' AND clicks > 5 AND views > 20) s", 0, 'and not the same draws');
simulate($db, 'e', 7, 250, 48);
backfill($db, 'e', 13);
$db->sql("SELECT roi_purge_simulated('e')");
simulate($db, 'e', 7, 250, 48);
backfill($db, 'e', $_) for 5, 48;
is((split /\n/, fingerprint($db, 'e'))[0], (split /\n/, $mid)[0], 'purged and simulated again: the same rows');

# --- crashes ---

simulate($db, 'crash', 42, 3000, 0);
simulate($peer, 'crash', 42, 3000, 0);
backfill($peer, 'crash', 36);
my $uninterrupted = fingerprint($peer, 'crash');
backfill($db, 'crash', 6);
my $six_hours = fingerprint($db, 'crash');

sub recovers
{
	my ($what) = @_;
	same($db, 'crash', $six_hours, "$what: nothing half written");
	is($db->wrong_totals, '', "$what: totals equal sums");
	$db->answers("SELECT v FROM roi_verify('crash') v", '', "$what: rollups equal the facts");
	return;
}

{
	my $checkpointer = $db->sql(q(SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'));
	my ($session, $pid) = start_writing($db, backfill_sql('crash', 36), 12_000);
	kill 'KILL', $pid;
	my ($rc, undef, $messages) = RoiTest::finish($session);
	isnt($rc, 0, 'kill -9 of the backend: the session ends') or diag($messages);
	# a new one: the server has noticed, and recovered
	RoiTest::wait_until($node, "SELECT pid <> $checkpointer FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
	recovers('kill -9 of the backend');

	($session) = start_writing($db, backfill_sql('crash', 36), 30_000);
	$node->stop('immediate');
	RoiTest::finish($session);
	$node->start;
	recovers('immediate stop of the server');

	($session, $pid) = start_writing($db, 'SELECT * FROM roi_generate_tick(' . hour(36) . ')', 20_000);
	$db->sql("SELECT pg_terminate_backend($pid, 30000)");
	RoiTest::finish($session);
	recovers('terminated tick');

	($session, $pid) = start_writing($db, backfill_sql('crash', 36), 20_000);
	$db->sql("SELECT pg_cancel_backend($pid)");
	($rc, undef, $messages) = RoiTest::finish($session);
	like($messages, qr/57014/, 'a cancelled backfill says 57014');
	recovers('cancel');

	my $error = $db->with(set => { statement_timeout => '150ms' })->error(backfill_sql('crash', 36));
	is($error->{state}, '57014', 'statement_timeout in the middle: 57014');
	$error = $db->with(set => { statement_timeout => '150ms' })->error('SELECT * FROM roi_generate_tick(' . hour(36) . ')');
	is($error->{state}, '57014', 'and of a tick');
	recovers('statement_timeout');

	is(tick($db, 36), '30|1|90000|0', 'the next tick catches up');
	same($db, 'crash', $uninterrupted, 'and the result equals the uninterrupted one');
}

# --- races ---

{
	my ($session, $pid) = start_writing($db, 'SELECT * FROM roi_generate_tick(' . hour(52) . ')', 1);
	my (undef, $answer, $notice) = $db->run('SELECT * FROM roi_generate_tick(' . hour(52) . ')');
	RoiTest::finish($session);
	tick($db, 52);
	is(doubled($db, $_), 0, "two ticks at once: no doubled hour of $_") for 'a', 'b';
}

{
	my @users = map { "r$_" } 1 .. 4;
	simulate($db, $_, 7, 250, 48) for @users;
	my @sessions;
	push @sessions, $db->start(map { 'SELECT * FROM roi_generate_tick(' . hour($_) . ')' } 1 .. 48) for 1 .. 3;
	push @sessions, $db->start(map { my $h = $_; map { backfill_sql($_, $h) } @users } map { 6 * $_ } 1 .. 8);
	push @sessions, $db->start(map { my $h = $_; map { backfill_sql($_, $h) } reverse @users } map { 4 * $_ } 1 .. 12);
	my @results = map { [ RoiTest::finish($_) ] } @sessions;
	is(join(',', map { $_->[0] } @results), '0,0,0,0,0', 'ticks and backfills of the same users at once: no error') or diag(map { $_->[2] } @results);
	tick($db, 48);
	same($db, $_, $mid, "$_: each hour once, as alone") for @users;
	is($db->wrong_totals, '', 'totals equal sums');
}

{
	simulate($db, 'gone', 42, 3000, 0);
	my ($session) = start_writing($db, backfill_sql('gone', 24), 20_000);
	$db->with(set => { statement_timeout => '2min' })->answers("SELECT roi_purge_simulated('gone')", 72_000, 'a purge waits for the backfill and removes all its rows');
	is((RoiTest::finish($session))[0], 0, 'which ended well');
	$db->answers(join(' UNION ALL ', map { "SELECT count(*) FROM $_ WHERE user_id = 'gone'" } qw(roi_metrics platform_metrics roi_posts roi_simulations)), "0\n0\n0\n0", 'nothing is left');
	simulate($db, 'gone', 42, 3000, 0);
	backfill($db, 'gone', 2);
	my $purge = $db->start('BEGIN', "SELECT roi_purge_simulated('gone')", 'SELECT pg_sleep(0.7)', 'COMMIT');
	$node->poll_query_until('mid', q(SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'));
	my $error = $db->error(backfill_sql('gone', 24));
	is($error->{state}, '42704', 'a backfill that waited for a purge: no such account');
	is((RoiTest::finish($purge))[0], 0, 'the purge ended well');
	is(rows_of($db, 'gone'), 0, 'and nothing came back');
}

# --- every hour, every account, at the end ---

is($db->sql("SELECT count(*) FROM roi_metrics m WHERE NOT EXISTS (SELECT FROM roi_posts p WHERE (p.user_id, p.post_id, p.platform) = (m.user_id, m.post_id, m.platform))"), 0, 'no fact without its post');
row_checks($db, 'after it all');
done_testing();
