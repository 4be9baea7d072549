-- Forecasts, seasons, anomalies, pacing, tests of two variants and references: what they read, what they say, what they refuse.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'Asia/Kathmandu'; -- no answer depends on it
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null
INSERT INTO users VALUES ('a_days'), ('a_other'), ('a_none'), ('a_mixed'), ('a_zero'), ('a_one'), ('a_hours'), ('a_pace') ON CONFLICT DO NOTHING;

-- 120 days that end yesterday (UTC), two posts of two campaigns; nothing on each tenth day; today is not over
INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, content_type, views, clicks, likes, comments, shares, conversions, ad_spend, revenue_generated, update_timestamp)
SELECT 'a_days', 'facebook', 'p' || c, c, 'type ' || c, 1000 + 13 * ((n * 7919 + c) % 17), 50 + (n * 31 + c) % 11, 1, 1, 1, 2 + (n * 17) % 3, 10 + (n * 13 + c) % 7,
       40 + 6 * (n % 7) + (n * 7919) % 13 + c, date_trunc('day', now(), 'UTC') - n * interval '1 day' + interval '5 hours'
FROM generate_series(0, 120) n, generate_series(1, 2) c WHERE n % 10 <> 3;
INSERT INTO campaign_with_user_id (user_id, id, name) VALUES ('a_days', 1, 'First'), ('a_days', 2, 'Second'), ('a_days', 3, 'Twin'), ('a_days', 4, 'Twin');
CREATE TEMP TABLE by_day AS
SELECT d::date AS day, coalesce(sum(m.revenue_generated), 0) AS revenue, coalesce(sum(m.ad_spend), 0) AS spend
FROM generate_series((now() AT TIME ZONE 'UTC')::date - 119, (now() AT TIME ZONE 'UTC')::date - 1, interval '1 day') d
LEFT JOIN roi_metrics m ON m.user_id = 'a_days' AND (m.update_timestamp AT TIME ZONE 'UTC')::date = d::date GROUP BY d;

-- roi_forecast: which days, and shape
SELECT is((SELECT array_agg(DISTINCT (n, history_since, history_until)::text) FROM roi_forecast('a_days', 7)),
    ARRAY[format('(119,%s,%s)', (now() AT TIME ZONE 'UTC')::date - 119, (now() AT TIME ZONE 'UTC')::date - 1)], 'the first day began before its first fact, the present one is not over');
SELECT is((SELECT array_agg(date ORDER BY step) FROM roi_forecast('a_days', 3)), ARRAY[(now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date + 1, (now() AT TIME ZONE 'UTC')::date + 2], 'days follow');
SELECT is_empty($$SELECT * FROM unnest('{revenue,spend,roi}'::text[]) m, roi_forecast('a_days', 14, m) f WHERE NOT (lower_95 <= lower_80 AND lower_80 <= value AND value <= upper_80 AND upper_80 <= upper_95)
    OR mase IS NULL OR coverage_n < 100 OR coverage_80 NOT BETWEEN 50 AND 100 OR currency <> 'USD' OR model IS NULL OR m <> 'roi' AND lower_95 < 0$$, 'intervals lie within each other and carry their test');
UPDATE roi_metrics SET revenue_generated = 1000000 WHERE user_id = 'a_days' AND update_timestamp >= date_trunc('day', now(), 'UTC');
SELECT cmp_ok((SELECT max(value) FROM roi_forecast('a_days', 7)), '<', 1000::numeric, 'the present day takes no part');
UPDATE roi_metrics SET revenue_generated = 0 WHERE user_id = 'a_days' AND update_timestamp >= date_trunc('day', now(), 'UTC');
SELECT is((SELECT max(n) FROM roi_forecast('a_days', 7, until => now() - interval '30 days')), 89::bigint, 'until ends the history before its day');
SELECT is((SELECT max(n) FROM roi_forecast('a_days', 7, since => date_trunc('day', now(), 'UTC') - interval '60 days')), 60::bigint, 'since begins it');
SELECT is((SELECT max(n) FROM roi_forecast('a_days', 7, since => date_trunc('day', now(), 'UTC') - interval '60 days' + interval '1 second')), 59::bigint, 'with a whole day');
SELECT throws_ok($$SELECT * FROM roi_forecast('a_days', 30, period => '40 days')$$, 'PT422', 'a forecast of 30 days needs 50 days of history', 'too long a horizon');
SELECT throws_ok($$SELECT * FROM roi_forecast('a_days', 1, period => '13 days')$$, 'PT422', 'a forecast needs two weeks of history at the least', 'under two seasons');
SELECT throws_ok($$SELECT * FROM roi_forecast('a_none')$$, 'PT422', 'there is no whole day with facts in the range', 'nothing');
SELECT throws_ok(format($$SELECT * FROM roi_forecast('a_days', %s)$$, argument), state, NULL, argument) FROM (VALUES
    ('0', '22023'), ('367', '22023'), ('NULL', '22004'), ($$7, 'clicks'$$, '22023'), ($$7, NULL$$, '22004'), ($$7, currency => 'EUR'$$, '22023')) v (argument, state);

-- zero spend, one day, currencies
INSERT INTO roi_metrics (user_id, platform, post_id, revenue_generated, ad_spend, update_timestamp) SELECT 'a_zero', 'x', 'p', 5, 0, date_trunc('day', now(), 'UTC') - n * interval '1 day' FROM generate_series(1, 60) n;
SELECT throws_ok($$SELECT * FROM roi_forecast('a_zero', 7, 'roi')$$, 'PT422', 'ROI is not defined where nothing was spent', 'ROI without spend');
SELECT is((SELECT array_agg(DISTINCT (value, lower_95, upper_95, mase)::text) FROM roi_forecast('a_zero', 7)), '{"(5.00,5.00,5.00,)"}', 'what never changed is expected to stay');
SELECT is((SELECT array_agg(DISTINCT (value, lower_95, upper_95)::text) FROM roi_forecast('a_zero', 7, 'spend')), '{"(0.00,0.00,0.00)"}', 'nothing spent');
SELECT throws_ok($$SELECT * FROM roi_anomalies('a_zero')$$, 'PT422', 'the days do not vary enough to tell what is usual', 'constant days');
INSERT INTO roi_metrics (user_id, platform, post_id, revenue_generated, ad_spend, update_timestamp) SELECT 'a_one', 'x', 'p', 5, 1, date_trunc('day', now(), 'UTC') - interval '1 day';
SELECT throws_ok(format('SELECT * FROM roi_%s(''a_one'')', f), 'PT422', NULL, f || ' of a single day') FROM unnest('{forecast,anomalies}'::text[]) f;
SELECT is((SELECT string_agg(format('%s %s %s', dimension, index, note), '; ' ORDER BY dimension) FROM roi_seasonality('a_one')),
    'hour  needs 28 days above 0 whose figures come by the hour; month  needs 24 whole months; weekday  needs four weeks above 0, and three days around each', 'seasons of a single day');
INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, clicks, conversions, revenue_generated, ad_spend, currency, update_timestamp)
SELECT 'a_mixed', 'x', 'p' || n % 2, 1 + n % 2, 100, 5 + (n / 2) % 3, 10 + n % 7, 5, CASE n % 2 WHEN 0 THEN 'USD' ELSE 'EUR' END, date_trunc('day', now(), 'UTC') - (n / 2 + 1) * interval '1 day' FROM generate_series(0, 99) n;
SELECT throws_ok(format('SELECT * FROM roi_%s', call), '22023', NULL, call || ' over two currencies') FROM unnest(ARRAY['forecast(''a_mixed'', 7)', 'seasonality(''a_mixed'')', 'anomalies(''a_mixed'')', 'ab_test(''a_mixed'', ''1'', ''2'', metric => ''roas'')']) call;
INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2000-01-01', 2);
SELECT is((SELECT array_agg(DISTINCT currency) FROM roi_forecast('a_mixed', 7, currency => 'USD')), '{USD}', 'converted');
SELECT is((SELECT format('%s %s', currency, value_a) FROM roi_ab_test('a_mixed', '1', '2')), (SELECT format(' %s', round(avg(conversions), 6)) FROM roi_metrics WHERE user_id = 'a_mixed' AND campaign_id = 1 AND update_timestamp > now() - interval '30 days'), 'rates without money need no currency');
SELECT is((SELECT value_b FROM roi_ab_test('a_mixed', '1', '2', metric => 'revenue_per_day', currency => 'USD')),
    (SELECT round(avg(2 * revenue_generated), 6) FROM roi_metrics WHERE user_id = 'a_mixed' AND currency = 'EUR' AND update_timestamp > now() - interval '30 days' AND update_timestamp < date_trunc('day', now(), 'UTC')), 'by day and rate');

-- roi_anomalies: every day with its value, and the one that is planted
SELECT set_eq($$SELECT date, value FROM roi_anomalies('a_days', all_days => true, period => '1 year')$$, $$SELECT day, revenue FROM by_day$$, 'each day''s sum, gaps as 0');
SELECT is((SELECT array_agg(DISTINCT (n, expected_false_alarms)::text) FROM roi_anomalies('a_days', false_alarm_rate => 0.05, all_days => true, period => '1 year')), '{"(119,5.95)"}', 'n and what chance alone does');
SELECT is_empty($$SELECT * FROM roi_anomalies('a_days', false_alarm_rate => 0.05, all_days => true) WHERE is_anomaly <> (p_value < 0.05) OR is_anomaly <> (value < lower OR value > upper) OR direction <> CASE WHEN value < expected THEN 'below' ELSE 'above' END$$, 'score, bounds and p agree');
UPDATE roi_metrics SET revenue_generated = 5000 WHERE user_id = 'a_days' AND post_id = 'p1' AND update_timestamp = date_trunc('day', now(), 'UTC') - interval '40 days' + interval '5 hours';
SELECT is((SELECT date || ' ' || direction FROM roi_anomalies('a_days', false_alarm_rate => 0.001) ORDER BY p_value LIMIT 1), (now() AT TIME ZONE 'UTC')::date - 40 || ' above', 'the planted day comes first');
UPDATE roi_metrics SET revenue_generated = 40 + 6 * (40 % 7) + (40 * 7919) % 13 + 1 WHERE user_id = 'a_days' AND post_id = 'p1' AND update_timestamp = date_trunc('day', now(), 'UTC') - interval '40 days' + interval '5 hours';
SELECT throws_ok($$SELECT * FROM roi_anomalies('a_days', period => '28 days')$$, 'PT422', 'anomalies need four weeks of history', 'less than four weeks');
SELECT throws_ok(format('SELECT * FROM roi_anomalies(''a_days'', %s)', argument), state, NULL, argument) FROM (VALUES
    ('false_alarm_rate => 0', '22023'), ('false_alarm_rate => 0.5', '22023'), ($$false_alarm_rate => 'NaN'$$, '22023'), ($$false_alarm_rate => 'Infinity'$$, '22023'), ('false_alarm_rate => NULL', '22004'), ('all_days => NULL', '22004'), ($$measure => 'roi'$$, '22023')) v (argument, state);

-- roi_seasonality: weekdays by plain SQL, hours on the zone's clock
WITH r AS (SELECT extract(isodow FROM day)::integer AS weekday, revenue / nullif(avg(revenue) OVER (ORDER BY day ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING), 0) AS ratio,
           count(*) OVER (ORDER BY day ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING) AS full_window FROM by_day), m AS (SELECT weekday, avg(ratio) AS mean, count(*) AS n FROM r WHERE full_window = 7 GROUP BY weekday)
SELECT is((SELECT string_agg(format('%s %s %s', "position", round(index, 4), n), '; ' ORDER BY "position") FROM roi_seasonality('a_days') WHERE dimension = 'weekday'),
          (SELECT string_agg(format('%s %s %s', weekday, round(mean / (SELECT avg(mean) FROM m), 4), n), '; ' ORDER BY weekday) FROM m), 'weekdays over their week');
INSERT INTO roi_metrics (user_id, platform, post_id, revenue_generated, ad_spend, update_timestamp)
SELECT 'a_hours', 'x', 'p', 1 + (h = 20)::integer + ((d * 7 + h) % 5) * 0.1, 1, ((date '2026-02-01' + d) + make_interval(hours => h)) AT TIME ZONE 'Europe/Berlin' FROM generate_series(0, 59) d, generate_series(0, 23) h;
SELECT is((SELECT "position" FROM roi_seasonality('a_hours', time_zone => 'Europe/Berlin', since => '2026-01-01', until => '2026-05-01') WHERE dimension = 'hour' ORDER BY index DESC LIMIT 1), 20, 'the hour of the zone''s clock');
SELECT is((SELECT "position" FROM roi_seasonality('a_hours', since => '2026-01-01', until => '2026-03-28') WHERE dimension = 'hour' ORDER BY index DESC LIMIT 1), 19, 'another one in UTC');
WITH h AS (SELECT extract(hour FROM update_timestamp AT TIME ZONE 'Europe/Berlin')::integer AS hour, sum(revenue_generated) AS sum FROM roi_metrics WHERE user_id = 'a_hours' AND update_timestamp < '2026-03-28 23:00Z' GROUP BY 1)
SELECT is((SELECT string_agg(format('%s %s', "position", round(index, 5)), '; ' ORDER BY "position") FROM roi_seasonality('a_hours', time_zone => 'Europe/Berlin', since => '2026-01-01', until => '2026-03-28 23:00Z') WHERE dimension = 'hour'),
          (SELECT string_agg(format('%s %s', hour, round(24 * sum / (SELECT sum(sum) FROM h), 5)), '; ' ORDER BY hour) FROM h), 'shares of hours');
SELECT is((SELECT count(*) FROM roi_seasonality('a_hours', time_zone => 'Europe/Berlin', since => '2026-01-01', until => '2026-05-01') WHERE dimension = 'hour' AND lower_95 <= index AND index <= upper_95 AND n = 60), 24::bigint, 'over the day of 23 hours too');

-- roi_budget_pacing
INSERT INTO campaign_with_user_id (user_id, id, name, date, budget, currency, ongoing) VALUES ('a_pace', 1, 'steady', '2020-01-01', 310, 'USD', 'true'), ('a_pace', 2, 'over', '2020-01-01', 100, 'USD', 'true'), ('a_pace', 3, 'euro', NULL, 100, 'EUR', 'true'),
    ('a_pace', 4, 'without budget', NULL, NULL, 'USD', 'true'), ('a_pace', 5, 'later', date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', 10, 'USD', 'true'), ('a_pace', 6, 'done', '2020-01-01', 1000, 'USD', 'completed');
INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, ad_spend, currency, update_timestamp)
SELECT 'a_pace', 'x', 'p' || c, c, 10 + ((n * 7919) % 3 - 1) * 0.5, 'USD', date_trunc('day', now(), 'UTC') - n * interval '1 day' FROM generate_series(1, 80) n, unnest('{1,2,3,6}'::integer[]) c;
CREATE TEMP TABLE pacing AS SELECT p.*, (SELECT coalesce(sum(ad_spend), 0) FROM roi_metrics m WHERE m.user_id = 'a_pace' AND m.campaign_id = p.campaign_id AND m.update_timestamp >= date_trunc('month', now(), 'UTC')) AS real_spend,
    extract(day FROM now() AT TIME ZONE 'UTC')::integer - 1 AS gone, extract(day FROM date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month - 1 day')::integer AS length FROM roi_budget_pacing('a_pace') p;
SELECT is((SELECT string_agg(name, ', ' ORDER BY campaign_id) FROM pacing), 'steady, over, euro, done', 'campaigns with a budget that have begun');
SELECT is_empty('SELECT * FROM pacing WHERE days_elapsed <> gone OR days_left <> length - gone', 'days of the month');
SELECT is_empty($$SELECT * FROM pacing WHERE name <> 'euro' AND (spent <> real_spend OR spent_whole_days <> real_spend OR ideal <> round(budget * gone / length, 6) OR difference <> spent - ideal)$$, 'spent and ideal');
SELECT is_empty($$SELECT * FROM pacing WHERE name IN ('steady', 'over') AND (needed_per_day <> round(greatest(budget - spent, 0) / (length - gone), 6) OR abs(projected - 10 * length) > 10 OR NOT (lower_80 <= projected AND projected <= upper_80) OR n <> 56)$$, 'needed and projected');
SELECT is((SELECT string_agg(name || ' ' || coalesce(state, note), ', ' ORDER BY campaign_id) FROM pacing WHERE name <> 'steady'), 'over over, euro its spend is not in the currency of its budget, done under', 'states');
SELECT is((SELECT state FROM roi_budget_pacing('a_pace', tolerance => 20) WHERE campaign_id = 1), 'on', 'within the tolerance');
SELECT is((SELECT format('%s %s %s', state, days_left, needed_per_day) FROM roi_budget_pacing('a_pace', month => ((now() AT TIME ZONE 'UTC')::date - interval '1 month')::date, tolerance => 20) WHERE campaign_id = 1), 'on 0 ', 'a month that is over');
SELECT is((SELECT format('%s %s', budget, state) FROM roi_budget_pacing('a_pace', budget_is => 'total') WHERE campaign_id = 2), '0.00 over', 'a budget for good that is spent');
SELECT is((SELECT string_agg(spent::text, ',' ORDER BY campaign_id) FROM roi_budget_pacing('a_pace', time_zone => 'Etc/GMT+1')),
    (SELECT string_agg(s, ',' ORDER BY c) FROM (SELECT campaign_id AS c, CASE campaign_id WHEN 3 THEN NULL ELSE coalesce(sum(ad_spend) FILTER (WHERE update_timestamp >= date_trunc('month', now(), 'Etc/GMT+1')), 0)::numeric(18,2)::text END AS s FROM roi_metrics WHERE user_id = 'a_pace' GROUP BY 1) x), 'another zone''s month');
SELECT throws_ok(format('SELECT * FROM roi_budget_pacing(''a_pace'', %s)', argument), state, NULL, argument) FROM (VALUES ($$month => 'infinity'$$, '22023'), ($$month => '0001-01-01 BC'$$, '22023'), ($$budget_is => 'week'$$, '22023'), ('tolerance => 0', '22023'), ($$time_zone => 'Mars'$$, '22023'), ('tolerance => NULL', '22004')) v (argument, state);

-- roi_ab_test against plain SQL
SELECT is((SELECT format('%s %s %s %s %s %s', n_a, n_b, value_a, value_b, unit, design) FROM roi_ab_test('a_days', 'First', '2', since => now() - interval '1 year')),
    (SELECT format('%s %s %s %s clicks observational', sum(clicks) FILTER (WHERE campaign_id = 1), sum(clicks) FILTER (WHERE campaign_id = 2),
        round(100 * sum(conversions) FILTER (WHERE campaign_id = 1) / sum(clicks) FILTER (WHERE campaign_id = 1), 6), round(100 * sum(conversions) FILTER (WHERE campaign_id = 2) / sum(clicks) FILTER (WHERE campaign_id = 2), 6))
     FROM roi_metrics WHERE user_id = 'a_days' AND update_timestamp >= date_trunc('day', now(), 'UTC') - interval '119 days' AND update_timestamp < date_trunc('day', now(), 'UTC')), 'counts and rates of the whole days');
CREATE TEMP TABLE units AS SELECT campaign_id, (update_timestamp AT TIME ZONE 'America/New_York')::date AS day, sum(revenue_generated)::float8 AS above, sum(ad_spend)::float8 AS below FROM roi_metrics
WHERE user_id = 'a_days' AND update_timestamp >= (((now() AT TIME ZONE 'America/New_York')::date - 60)::timestamp AT TIME ZONE 'America/New_York') AND update_timestamp < ((now() AT TIME ZONE 'America/New_York')::date::timestamp AT TIME ZONE 'America/New_York') GROUP BY 1, 2;
WITH r AS (SELECT campaign_id, sum(above) / sum(below) AS r, sum(below) AS sb, count(*) AS n FROM units GROUP BY 1),
     e AS (SELECT r.campaign_id, r.r, r.n, sqrt(sum((u.above - r.r * u.below) ^ 2) * r.n / (r.n - 1)) / r.sb AS se FROM units u JOIN r USING (campaign_id) GROUP BY r.campaign_id, r.r, r.n, r.sb)
SELECT ok(abs(t.effect - (b.r - a.r)) < 1e-6 AND t.n_a = a.n AND t.n_b = b.n AND abs((t.effect_upper - t.effect_lower) / 2 / sqrt(a.se ^ 2 + b.se ^ 2) - 1.98) < 0.01 AND t.method = 'delta method by day', 'ROAS by the delta method over the zone''s days')
FROM roi_ab_test('a_days', '1', '2', metric => 'roas', since => ((now() AT TIME ZONE 'America/New_York')::date - 60)::timestamp AT TIME ZONE 'America/New_York', time_zone => 'America/New_York') t, e a, e b WHERE a.campaign_id = 1 AND b.campaign_id = 2;
SELECT is((SELECT array_agg(format('%s %s', n_a, value_a)) FROM unnest(ARRAY['campaign', 'post', 'content_type']) k, LATERAL roi_ab_test('a_days', CASE k WHEN 'campaign' THEN '1' WHEN 'post' THEN 'p1' ELSE 'type 1' END, CASE k WHEN 'campaign' THEN '2' WHEN 'post' THEN 'p2' ELSE 'type 2' END, k, 'click_rate') t GROUP BY n_a, value_a LIMIT 1),
    (SELECT array_fill(format('%s %s', n_a, value_a), ARRAY[3]) FROM roi_ab_test('a_days', '1', '2', 'campaign', 'click_rate')), 'campaign, post and content type agree');
SELECT is((SELECT array_agg(n_a || ' ' || value_a) FROM unnest('{UTC,Etc/GMT-1}'::text[]) z, roi_ab_test('a_days', 'p1', 'p2', 'post', 'click_rate', time_zone => z, since => date_trunc('day', now(), 'UTC') - interval '20 days', until => date_trunc('day', now(), 'UTC') - interval '2 days') t WHERE z = 'UTC'),
    (SELECT array_agg(views || ' ' || round(100.0 * clicks / views, 6)) FROM (SELECT sum(views) AS views, sum(clicks) AS clicks FROM roi_metrics WHERE user_id = 'a_days' AND post_id = 'p1' AND update_timestamp >= date_trunc('day', now(), 'UTC') - interval '20 days' AND update_timestamp < date_trunc('day', now(), 'UTC') - interval '2 days') s), 'a post''s views');
SELECT alike((SELECT verdict FROM roi_ab_test('a_days', '1', '2', period => '4 days', metric => 'roas')), 'no verdict: too little data', 'three days are too little');
SELECT throws_ok(format('SELECT * FROM roi_ab_test(''a_days'', %s)', argument), state, NULL, argument) FROM (VALUES ($$'1', '1'$$, '22023'), ($$'1', 'Nobody'$$, '22023'), ($$'1', 'Twin'$$, '22023'), ($$'1', '99'$$, 'PT422'), ($$'1', NULL$$, '22004'), ($$'1', '2', 'ad'$$, '22023'),
    ($$'1', '2', metric => 'happiness'$$, '22023'), ($$'1', '2', share_of_a => 0$$, '22023'), ($$'1', '2', confidence => 100$$, '22023'), ($$'1', '2', smallest_effect => 0$$, '22023'), ($$'1', '2', randomised => NULL$$, '22004')) v (argument, state);

-- roi_simulate_ab
SELECT is((SELECT format('%s %s', true_effect, until - since) FROM roi_simulate_ab('ab_one', 7, effect => 60, days => 60)), '60.00 59', 'an account with a known effect');
SELECT is((SELECT format('%s %s %s', verdict, method, split_p_value > 0.001) FROM roi_ab_test('ab_one', 'A', 'B', randomised => true, period => '1y')), 'b is higher two proportions t', 'which the test finds');
SELECT alike((SELECT verdict FROM roi_ab_test('ab_one', 'A', 'B', period => '1y')), 'b is higher (observational%', 'and calls observational unless it was randomised');
SELECT is((SELECT verdict FROM roi_ab_test('ab_one', 'A', 'B', randomised => true, share_of_a => 40, period => '1y')), 'no verdict: the split is not the one that was meant', 'a split that is not the one meant');
SELECT is((SELECT array_agg(DISTINCT source) FROM roi_metrics WHERE user_id = 'ab_one'), '{simulated}', 'it says that it is invented');
SELECT is((SELECT roi_dashboard('ab_one') ->> 'simulated'), 'true', 'everywhere');
SELECT roi_simulate_ab('ab_two', 7, effect => 60, days => 60) \g /dev/null
SELECT is((SELECT count(*) FROM (SELECT post_id, update_timestamp, views, clicks, conversions, ad_spend, revenue_generated FROM roi_metrics WHERE user_id = 'ab_one' EXCEPT SELECT post_id, update_timestamp, views, clicks, conversions, ad_spend, revenue_generated FROM roi_metrics WHERE user_id = 'ab_two') x), 0::bigint, 'the same seed, the same days');
SELECT is_empty($$SELECT * FROM roi_verify('ab_one')$$, 'sums follow');
SELECT throws_ok($$SELECT * FROM roi_simulate_ab('ab_one')$$, '55000', NULL, 'not twice');
SELECT throws_ok($$SELECT * FROM roi_simulate_ab('a_days')$$, '55000', NULL, 'not beside real facts');
SELECT is(roi_purge_simulated('ab_one'), 120::bigint, 'purged as any simulation');
SELECT is((SELECT count(*) FROM campaign_with_user_id WHERE user_id = 'ab_one'), 0::bigint, 'with its campaigns');
SELECT throws_ok(format('SELECT * FROM roi_simulate_ab(''ab_x'', %s)', argument), state, NULL, argument) FROM (VALUES ('days => 0', '22023'), ('days => 367', '22023'), ('days => NULL', '22004'), ('effect => -100', '22023'), ('views_per_day => 0', '22023'), ('conversion_rate => 100', '22023'), ('share_of_a => 0', '22023'), ('bad_days => NULL', '22004')) v (argument, state);

-- references
INSERT INTO user_preferences (user_id, industry) VALUES ('a_days', 'retail');
INSERT INTO roi_industry_benchmarks (industry, platform, metric, value, source, as_of, quantiles) VALUES ('retail', 'all', 'roi', 100, 'old survey', '2020-01-01', NULL), ('retail', 'all', 'roi', 250, 'survey', '2021-01-01', '{"10": -50, "50": 250, "90": 900}'),
    ('retail', 'facebook', 'cost_per_click', 1, 'survey', '2021-01-01', '{"50": 1, "90": 3}'), ('retail', 'all', 'roas', 3, 'survey', '2021-01-01', '{"10": 1, "90": 2}'), ('retail', 'tiktok', 'roi', 3, 'survey', '2021-01-01', NULL), ('travel', 'all', 'roi', 1, 'survey', '2021-01-01', NULL);
SELECT is((SELECT array_agg(format('%s %s %s %s %s|%s', platform, metric, reference, source, as_of, note) ORDER BY platform, metric) FROM roi_industry_benchmark('a_days')),
    '{"all roas 3 survey 2021-01-01|above the 90. percentile","all roi 250 survey 2021-01-01|","facebook cost_per_click 1 survey 2021-01-01|below the 50. percentile","tiktok roi 3 survey 2021-01-01|no own figure of this platform and metric in the range"}', 'the newest references of the user''s industry');
SELECT ok(own = (SELECT overall_roi FROM roi_total('a_days')) AND difference = own - 250 AND percentage = round(100 * (own - 250) / 250, 6) AND percentile = round(50 + 40 * (own - 250) / 650, 1) AND data_points = (SELECT data_points FROM roi_total('a_days')), 'own figure, difference and percentile')
FROM roi_industry_benchmark('a_days') WHERE platform = 'all' AND metric = 'roi';
SELECT is((SELECT array_agg(industry || ' ' || reference) FROM roi_industry_benchmark('a_days', industry => 'unheard of')), '{"default 400"}', 'the default where an industry has none');
SELECT is((SELECT format('%s|%s', p.percentile, p.note) FROM roi_percentile(value, quantiles) p), wanted, format('percentile of %s among %s', value, quantiles)) FROM (VALUES (5::numeric, '{"10": 0, "50": 10}'::jsonb, '30.0|'), (0, '{"10": 0, "50": 10}', '10.0|'),
    (11, '{"10": 0, "50": 10}', '|above the 50. percentile'), (5, '{"10": 5, "50": 5, "90": 9}', '40.0|'), (5, '{"x": 1}', '|'), (5, '[]', '|'), (NULL, '{"10": 0}', '|'), (5, '{"10": "a", "50": 5}', '|'), (5, '{"10": 9, "50": 1}', '|the reference''s quantiles do not rise')) v (value, quantiles, wanted);
INSERT INTO roi_competitor_metrics VALUES ('a_days', 'Rival', 'all', 'roi', '2020-01-01', 1, 'old'), ('a_days', 'Rival', 'all', 'roi', '2021-01-01', 100000, 'their report'), ('a_days', 'Other', 'all', 'roi', '2021-01-01', -50, NULL), ('a_other', 'Secret', 'all', 'roi', '2021-01-01', 7, NULL);
INSERT INTO user_competitors (user_id, name) VALUES ('a_days', 'rival');
SELECT is((SELECT array_agg(format('%s %s %s %s/%s %s', competitor, is_watched, theirs, rank, of, source) ORDER BY competitor) FROM roi_competitor_benchmark('a_days')), '{"Other f -50 2/3 ","Rival t 100000 2/3 their report"}', 'the newest figure of each competitor, and the rank');
SELECT is_empty($$SELECT * FROM roi_competitor_benchmark('a_none')$$, 'nobody to compare with');

-- row security
CREATE ROLE a_client;
SELECT roi_grant('a_client', 'client') \g /dev/null
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA :"roi_schema" TO a_client;
CREATE TEMP TABLE wanted AS SELECT (SELECT array_agg(f::text) FROM roi_forecast('a_days', 7) f) AS forecast, (SELECT array_agg(t::text) FROM roi_ab_test('a_days', '1', '2', metric => 'roas') t) AS test, (SELECT array_agg(t::text) FROM roi_ab_test('a_days', 'p1', 'p2', 'post', 'roas', time_zone => 'Asia/Tokyo') t) AS facts,
    (SELECT array_agg(t::text) FROM roi_competitor_benchmark('a_days') t) AS rivals, (SELECT array_agg(t::text) FROM roi_industry_benchmark('a_days') t) AS industry;
GRANT SELECT ON wanted TO a_client;
SET LOCAL ROLE a_client;
SELECT set_config('request.jwt.claims', '{"sub": "a_days"}', true) \g /dev/null
SELECT is((SELECT array_agg(f::text) FROM roi_forecast(horizon => 7) f), forecast, 'a client''s forecast is the owner''s') FROM wanted;
SELECT is((SELECT array_agg(f::text) FROM roi_ab_test(variant_a => '1', variant_b => '2', metric => 'roas') f), test, 'and the test') FROM wanted;
SELECT is((SELECT array_agg(f::text) FROM roi_ab_test(variant_a => 'p1', variant_b => 'p2', kind => 'post', metric => 'roas', time_zone => 'Asia/Tokyo') f), facts, 'over facts too') FROM wanted;
SELECT is((SELECT array_agg(f::text) FROM roi_competitor_benchmark() f), rivals, 'competitors') FROM wanted;
SELECT is((SELECT array_agg(f::text) FROM roi_industry_benchmark() f), industry, 'the industry') FROM wanted;
SELECT throws_ok(format('SELECT * FROM roi_%s', call), '42501', NULL, call || ' of somebody else') FROM unnest(ARRAY['forecast(''a_other'')', 'seasonality(''a_other'')', 'anomalies(''a_other'')', 'budget_pacing(''a_other'')', 'ab_test(''a_other'', ''1'', ''2'')', 'competitor_benchmark(''a_other'')', 'industry_benchmark(''a_other'')', 'simulate_ab(''a_other'')']) call;
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
