# Analyses from end to end: simulated accounts of known truth in the tables, answers by SQL, shares against what is claimed. The pure
# core is held to more in test/unit/analytics_*_test.cpp; ROI_TEST_LONG=1 takes as many accounts here.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $accounts = ($ENV{ROI_TEST_LONG} // '') eq '1' ? 500 : 120;
my $node = RoiTest::server('analytics');
my $db = RoiTest->new(node => $node, db => 'analytics', schema => 'roi')->create_database->create_extension;
$db->sql('SELECT roi_setup(); SELECT setseed(0.25)');

# Four standard deviations of a share around what is claimed: chance alone leaves them once in 16,000 runs, and the seed is fixed.
sub near { my ($share, $claimed, $n, $name) = @_; my $reach = 4 * sqrt($claimed * (1 - $claimed) / $n); cmp_ok(abs($share - $claimed), '<=', $reach, sprintf('%s: %.3f of %.3f', $name, $share, $claimed)); return; }

# tests of two variants without and with a difference
$db->sql("SELECT roi_simulate_ab('same' || n, n, 0, days => 30), roi_simulate_ab('more' || n, n, 30, days => 60) FROM generate_series(1, $accounts) n");
my ($false, $roas, $split, $power, $said, $covered) = split /\|/, $db->sql(<<"SQL");
SELECT (SELECT avg((t.p_value < 0.05)::int) FROM generate_series(1, $accounts) n, roi_ab_test('same' || n, 'A', 'B', randomised => true, period => '1y') t),
       (SELECT avg((t.p_value < 0.05)::int) FROM generate_series(1, $accounts) n, roi_ab_test('same' || n, 'A', 'B', metric => 'roas', randomised => true, period => '1y') t),
       (SELECT avg((t.verdict LIKE '%split%')::int) FROM generate_series(1, $accounts) n, roi_ab_test('same' || n, 'A', 'B', randomised => true, period => '1y') t),
       avg((t.p_value < 0.05)::int), avg(t.power) / 100, avg((1.5 BETWEEN t.effect_lower AND t.effect_upper)::int)
FROM generate_series(1, $accounts) n, roi_ab_test('more' || n, 'A', 'B', randomised => true, smallest_effect => 30, period => '1y') t
SQL
near($false, 0.05, $accounts, 'false positives of rates');
near($roas, 0.05, $accounts, 'false positives of ROAS');
cmp_ok($split, '<=', 0.02, 'a fair split is seldom called broken');
near($power, $said, $accounts, 'power is what the answers say');
near($covered, 0.95, $accounts, 'intervals hold the true effect');
$db->answers("SELECT count(*) FROM generate_series(1, $accounts) n, roi_verify('same' || n)", 0, 'and the sums follow the facts') if $accounts <= 120;

# daily figures: a weekday, a slow growth, noise that grows with the level; the last 14 days are kept from the forecast
$db->sql(<<"SQL");
INSERT INTO users SELECT 'day' || u FROM generate_series(1, $accounts) u;
INSERT INTO roi_metrics (user_id, platform, post_id, ad_spend, revenue_generated, update_timestamp)
SELECT 'day' || u, 'x', 'p', round((30 * luck)::numeric, 2), round((100 * (1 + 0.002 * d) * (1 + 0.3 * sin(2 * pi() * d / 7)) * luck * exp(0.2 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())))::numeric, 2),
       date_trunc('day', now(), 'UTC') - (165 - d) * interval '1 day'
FROM generate_series(1, $accounts) u, generate_series(1, 164) d, LATERAL (SELECT exp(0.2 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) + 0 * (u + d)) AS luck) l;
CREATE TABLE forecast AS SELECT u, f.*, m.revenue_generated AS actual FROM generate_series(1, $accounts) u, roi_forecast('day' || u, 14, until => date_trunc('day', now(), 'UTC') - interval '14 days') f, roi_metrics m
WHERE m.user_id = 'day' || u AND (m.update_timestamp AT TIME ZONE 'UTC')::date = f.date;
SQL
$db->answers('SELECT count(*), min(n), max(n) FROM forecast', join('|', 14 * $accounts, 150, 150), 'a forecast for each account');
my ($inner, $outer, $said_inner, $said_outer, $better) = split /\|/, $db->sql('SELECT avg((actual BETWEEN lower_80 AND upper_80)::int), avg((actual BETWEEN lower_95 AND upper_95)::int), avg(coverage_80) / 100, avg(coverage_95) / 100, avg((mase < naive_mase)::int) FROM forecast');
cmp_ok(abs($inner - 0.8), '<=', 0.05, sprintf('80 %% intervals hold %.3f', $inner));
cmp_ok($outer, '>=', 0.92, sprintf('95 %% intervals hold %.3f', $outer));
cmp_ok($outer, '<=', 0.98, 'and are not wider than they need be');
cmp_ok(abs($said_inner - $inner), '<=', 0.06, sprintf('the back-test says %.3f and %.3f', $said_inner, $said_outer));
cmp_ok($better, '>=', 0.95, 'the chosen model beats the naive one');

my ($fired) = $db->sql("SELECT avg(is_anomaly::int) FROM generate_series(1, $accounts) u, roi_anomalies('day' || u, false_alarm_rate => 0.02, all_days => true)");
cmp_ok($fired, '>=', 0.012, sprintf('alarms of 2 %% fire at %.4f', $fired));
cmp_ok($fired, '<=', 0.028, 'on days without cause');
$db->sql("UPDATE roi_metrics SET revenue_generated = revenue_generated * 6 WHERE user_id LIKE 'day%' AND update_timestamp = date_trunc('day', now(), 'UTC') - interval '30 days'");
my ($found) = $db->sql("SELECT avg(is_anomaly::int) FROM generate_series(1, $accounts) u, roi_anomalies('day' || u, false_alarm_rate => 0.02, all_days => true) a WHERE a.date = (now() AT TIME ZONE 'UTC')::date - 30");
cmp_ok($found, '>=', 0.95, sprintf('planted days are found: %.3f', $found));

done_testing();
