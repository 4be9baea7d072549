-- Every read function against plain SQL over the facts: random ranges, calendars with clock changes, half and quarter
-- hour zones, missing measures, rows without post or campaign, stamps inside a quarter, several currencies.
BEGIN;
SELECT set_config('client_min_messages', 'warning', true);
SET LOCAL timezone TO 'UTC';
CREATE EXTENSION IF NOT EXISTS roi_ext SCHEMA :"roi_schema";
SELECT roi_setup();
SELECT * FROM no_plan();
SELECT setseed(0.42);

-- Facts around both clock changes of 2026 and a year boundary; a third off the quarter, a tenth of the measures NULL.
INSERT INTO users SELECT unnest(ARRAY['one', 'many', 'nothing']);
CREATE FUNCTION pg_temp.maybe(value numeric) RETURNS numeric LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.1 THEN NULL ELSE value END $$;
INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, views, likes, comments, shares, saves, clicks, ad_spend, revenue_generated,
    cost_per_click, cost_per_impression, roi_percentage, roas_ratio, conversions, paid_views, paid_clicks, currency, update_timestamp)
SELECT CASE WHEN n % 3 = 0 THEN 'many' ELSE 'one' END, (ARRAY['facebook', 'instagram', 'youtube', 'tiktok'])[1 + floor(random() * 4)],
    CASE WHEN random() < 0.6 THEN 1 + floor(random() * 6) + CASE WHEN random() < 0.2 THEN 5000000000 ELSE 0 END END,
    CASE WHEN random() < 0.9 THEN 'p' || floor(random() * 25) END, CASE WHEN random() < 0.7 THEN (ARRAY['video', 'image'])[1 + floor(random() * 2)] END,
    pg_temp.maybe(floor(random() * 1000)::numeric), pg_temp.maybe(floor(random() * 50)::numeric), pg_temp.maybe(floor(random() * 9)::numeric), pg_temp.maybe(floor(random() * 5)::numeric),
    pg_temp.maybe(floor(random() * 5)::numeric), pg_temp.maybe(floor(random() * 30)::numeric),
    pg_temp.maybe(CASE WHEN random() < 0.4 THEN 0 ELSE round((random() * 100)::numeric, 6) END), pg_temp.maybe(CASE WHEN random() < 0.4 THEN 0 ELSE round((random() * 500)::numeric, 6) END),
    pg_temp.maybe(round(random()::numeric, 6)), pg_temp.maybe(round((random() / 100)::numeric, 6)), pg_temp.maybe(round((random() * 900 - 100)::numeric, 6)), pg_temp.maybe(round((random() * 10)::numeric, 6)),
    pg_temp.maybe(round((random() * 3)::numeric, (random() * 6)::integer)), pg_temp.maybe(floor(random() * 100)::numeric), pg_temp.maybe(floor(random() * 10)::numeric),
    CASE WHEN n % 3 = 0 THEN (ARRAY['USD', 'EUR', 'JPY'])[1 + floor(random() * 3)] ELSE 'USD' END, stamp
FROM generate_series(1, 2400) AS n,
    LATERAL (SELECT CASE WHEN random() < 0.3 THEN moment ELSE date_bin('15 minutes', moment, '2000-01-01') END AS stamp
             FROM (SELECT (ARRAY[timestamptz '2026-03-20', '2026-10-18', '2025-12-20'])[1 + floor(random() * 3)] + random() * interval '20 days' + n * interval '0' AS moment) m) s;
INSERT INTO roi_exchange_rates
SELECT base, quote, date '2025-12-01' + step * 7, round((random() * 2 + 0.1)::numeric, 9) FROM (VALUES ('USD', 'EUR'), ('JPY', 'EUR'), ('EUR', 'USD'), ('JPY', 'USD')) AS c (base, quote), generate_series(0, 50) AS step;
INSERT INTO campaign_with_user_id (user_id, id, name, date)
SELECT u, 100 * n + g, 'Campaign ' || chr(90 - g), date '2025-12-18' + n * 13 FROM (VALUES ('one'), ('many')) AS v (u), generate_series(1, 30) AS n, generate_series(1, 1 + n % 2) AS g;


-- Numbers as the functions show them.
CREATE FUNCTION pg_temp.shown(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT round(x, greatest(2, scale(trim_scale(round(x, 6))))) $$;
CREATE FUNCTION pg_temp.ratio(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT pg_temp.shown(round(a * 1.0000000000000000000000000000000000000000 / nullif(b, 0), 6)) $$;

-- One question, and its facts added up by plain SQL: kind range, bucket and day; platform NULL over all platforms.
CREATE TEMP TABLE question (who text, since timestamptz, until timestamptz, zone text, currency text, bucket text);
CREATE TEMP VIEW fact AS
SELECT m.*, q.zone, q.bucket, (m.update_timestamp AT TIME ZONE 'UTC')::date AS day, CASE WHEN q.currency IS NULL OR m.currency = q.currency THEN 1 ELSE
    (SELECT r.rate FROM roi_exchange_rates r WHERE r.base_currency = m.currency AND r.quote_currency = q.currency AND r.rate_date <= (m.update_timestamp AT TIME ZONE 'UTC')::date ORDER BY r.rate_date DESC LIMIT 1) END AS rate
FROM question q JOIN roi_metrics m ON m.user_id = q.who AND m.update_timestamp >= q.since AND m.update_timestamp < q.until;
CREATE TEMP VIEW slotted AS
SELECT f.*, kind, slot FROM fact f, LATERAL (VALUES ('range', NULL::timestamptz), ('bucket', date_trunc(f.bucket, f.update_timestamp, f.zone)), ('day', date_trunc('day', f.update_timestamp, f.zone)),
    ('month', date_trunc('month', f.update_timestamp, f.zone))) AS k (kind, slot);
CREATE TEMP VIEW sums AS
SELECT kind, slot, platform, sum(n) AS n, sum(v) AS views, sum(e) AS engagement, sum(k) AS clicks, sum(co) AS conversions, sum(round(sp * rate, 6)) AS spend, sum(round(rv * rate, 6)) AS revenue, sum(rvc) AS revenue_count,
    sum(rs) AS roi_sum, sum(rc) AS roi_count, sum(os) AS roas_sum, sum(oc) AS roas_count, sum(round(cs * rate, 6)) AS cpc, sum(cc) AS cpc_count, sum(round(cps * rate, 6)) AS cpi, sum(cpc) AS cpi_count,
    sum(round(er * rate, 6)) AS earning_revenue, sum(round(es * rate, 6)) AS earning_spend, sum(round(ss * rate, 6)) AS spending_spend, sum(round(scs * rate, 6)) AS scpc, sum(scc) AS scpc_count, sum(round(sis * rate, 6)) AS scpi, sum(sic) AS scpi_count
FROM (SELECT kind, slot, platform, day, rate, count(*) AS n, coalesce(sum(views), 0) AS v, coalesce(sum(likes + comments + shares), 0) AS e, coalesce(sum(clicks), 0) AS k, coalesce(sum(conversions), 0) AS co,
        coalesce(sum(ad_spend), 0) AS sp, coalesce(sum(revenue_generated), 0) AS rv, count(revenue_generated) AS rvc, coalesce(sum(roi_percentage), 0) AS rs, count(roi_percentage) AS rc, coalesce(sum(roas_ratio), 0) AS os, count(roas_ratio) AS oc,
        coalesce(sum(cost_per_click), 0) AS cs, count(cost_per_click) AS cc, coalesce(sum(cost_per_impression), 0) AS cps, count(cost_per_impression) AS cpc,
        coalesce(sum(revenue_generated) FILTER (WHERE revenue_generated > 0), 0) AS er, coalesce(sum(ad_spend) FILTER (WHERE revenue_generated > 0), 0) AS es, coalesce(sum(ad_spend) FILTER (WHERE ad_spend > 0), 0) AS ss,
        coalesce(sum(cost_per_click) FILTER (WHERE ad_spend > 0), 0) AS scs, count(cost_per_click) FILTER (WHERE ad_spend > 0) AS scc, coalesce(sum(cost_per_impression) FILTER (WHERE ad_spend > 0), 0) AS sis, count(cost_per_impression) FILTER (WHERE ad_spend > 0) AS sic
      FROM slotted GROUP BY kind, slot, platform, day, currency, rate) x GROUP BY kind, slot, platform;
CREATE TEMP VIEW expected AS
SELECT * FROM (SELECT kind, slot, platform, sum(n)::bigint AS n, sum(views)::bigint AS views, sum(engagement)::bigint AS engagement, sum(clicks)::bigint AS clicks, trim_scale(sum(conversions)) AS conversions, sum(spend) AS spend, sum(revenue) AS revenue, sum(revenue_count) AS revenue_count,
        sum(roi_sum) AS roi_sum, sum(roi_count) AS roi_count, sum(roas_sum) AS roas_sum, sum(roas_count) AS roas_count, sum(cpc) AS cpc, sum(cpc_count) AS cpc_count, sum(cpi) AS cpi, sum(cpi_count) AS cpi_count, sum(earning_revenue) AS earning_revenue, sum(earning_spend) AS earning_spend,
        sum(spending_spend) AS spending_spend, sum(scpc) AS scpc, sum(scpc_count) AS scpc_count, sum(scpi) AS scpi, sum(scpi_count) AS scpi_count FROM sums GROUP BY GROUPING SETS ((kind, slot, platform), (kind, slot))) a
JOIN (SELECT kind AS kind2, slot AS slot2, platform AS platform2, count(DISTINCT post_id) AS posts, count(DISTINCT post_id) FILTER (WHERE revenue_generated > 0) AS earning, count(DISTINCT post_id) FILTER (WHERE ad_spend > 0) AS spending, count(DISTINCT campaign_id) AS campaigns
      FROM slotted GROUP BY GROUPING SETS ((kind, slot, platform), (kind, slot))) b
  ON kind2 = kind AND slot2 IS NOT DISTINCT FROM slot AND platform2 IS NOT DISTINCT FROM platform;

-- What each function should answer, from `expected`; arguments are the question's.
CREATE TEMP TABLE reading (name text, actual text, expected text);
INSERT INTO reading VALUES
('roi_total', $$SELECT total_revenue, total_spend, total_profit, overall_roi, overall_roas, total_impressions, total_engagement, total_clicks, total_conversions, total_posts, data_points FROM roi_total(%s)$$,
 $$SELECT pg_temp.shown(revenue), pg_temp.shown(spend), pg_temp.shown(revenue - spend), coalesce(pg_temp.ratio(100 * (revenue - spend), spend), 0.00), CASE WHEN revenue_count > 0 THEN pg_temp.ratio(revenue, spend) END, views, engagement, clicks, conversions, posts, n
   FROM expected WHERE kind = 'range' AND platform IS NULL UNION ALL SELECT 0.00, 0.00, 0.00, 0.00, NULL, 0, 0, 0, 0, 0, 0 WHERE NOT EXISTS (SELECT FROM fact)$$),
('roi_revenue_by_source', $$SELECT platform, total_revenue, post_count, avg_revenue_per_post, revenue_multiplier, data_points FROM roi_revenue_by_source(%s)$$,
 $$SELECT platform, pg_temp.shown(revenue), posts, pg_temp.ratio(revenue, posts), CASE WHEN revenue_count > 0 THEN pg_temp.ratio(revenue, spend) END, n FROM expected WHERE kind = 'range' AND platform IS NOT NULL ORDER BY revenue DESC, platform COLLATE "C"$$),
('roi_cost_breakdown', $$SELECT platform, total_spend, avg_cpc, avg_cost_per_impression, avg_cpm, campaigns, effective_cpc, effective_cpm FROM roi_cost_breakdown(%s)$$,
 $$SELECT platform, pg_temp.shown(spend), pg_temp.ratio(cpc, cpc_count), pg_temp.ratio(cpi, cpi_count), pg_temp.ratio(1000 * cpi, cpi_count), campaigns, pg_temp.ratio(spend, clicks), pg_temp.ratio(1000 * spend, views) FROM expected WHERE kind = 'range' AND platform IS NOT NULL ORDER BY spend DESC, platform COLLATE "C"$$),
('roi_channel_performance', $$SELECT platform, revenue, spend, profit, avg_roi, avg_roas, roi, roas, impressions, engagement, posts, total_clicks, engagement_rate, click_through_rate, efficiency_score, conversions, data_points FROM roi_channel_performance(%s)$$,
 $$SELECT platform, pg_temp.shown(revenue), pg_temp.shown(spend), pg_temp.shown(revenue - spend), pg_temp.ratio(roi_sum, roi_count), pg_temp.ratio(roas_sum, roas_count), CASE WHEN revenue_count > 0 THEN pg_temp.ratio(100 * (revenue - spend), spend) END, CASE WHEN revenue_count > 0 THEN pg_temp.ratio(revenue, spend) END,
   views, engagement, posts, clicks, coalesce(pg_temp.ratio(100 * engagement, views), 0.00), coalesce(pg_temp.ratio(100 * clicks, views), 0.00), pg_temp.ratio(roi_sum * engagement, roi_count * greatest(views, 1)), conversions, n FROM expected WHERE kind = 'range' AND platform IS NOT NULL ORDER BY round(roi_sum / nullif(roi_count, 0), 6) DESC NULLS LAST, platform COLLATE "C"$$),
('roi_clv', $$SELECT avg_revenue_per_customer, unique_customers, clv, revenue_multiplier, revenue_per_conversion FROM roi_clv(%s)$$,
 $$SELECT pg_temp.ratio(earning_revenue, earning), earning, pg_temp.ratio(earning_revenue, earning), pg_temp.ratio(earning_revenue, earning_spend), pg_temp.ratio(revenue, conversions) FROM expected WHERE kind = 'range' AND platform IS NULL UNION ALL SELECT NULL, 0, NULL, NULL, NULL WHERE NOT EXISTS (SELECT FROM fact)$$),
('roi_cac', $$SELECT cac, avg_cpc, avg_cost_per_impression, avg_cpm, cost_per_conversion FROM roi_cac(%s)$$,
 $$SELECT pg_temp.ratio(spending_spend, spending), pg_temp.ratio(scpc, scpc_count), pg_temp.ratio(scpi, scpi_count), pg_temp.ratio(1000 * scpi, scpi_count), pg_temp.ratio(spend, conversions) FROM expected WHERE kind = 'range' AND platform IS NULL UNION ALL SELECT NULL, NULL, NULL, NULL, NULL WHERE NOT EXISTS (SELECT FROM fact)$$),
('roi_payback_period', $$SELECT cac, clv, payback_period FROM roi_payback_period(%s)$$,
 $$SELECT pg_temp.ratio(spending_spend, spending), pg_temp.ratio(earning_revenue, earning), CASE WHEN spending > 0 AND earning > 0 THEN coalesce(pg_temp.ratio(spending_spend * earning, spending * earning_revenue), 0.00) END FROM expected WHERE kind = 'range' AND platform IS NULL UNION ALL SELECT NULL, NULL, NULL WHERE NOT EXISTS (SELECT FROM fact)$$),
('roi_revenue_trends', $$SELECT time_period, revenue, posts, avg_roi, spend, roi, data_points FROM roi_revenue_trends(%s, bucket => (SELECT bucket FROM question))$$,
 $$SELECT s, coalesce(pg_temp.shown(revenue), 0.00), coalesce(posts, 0), pg_temp.ratio(roi_sum, roi_count), coalesce(pg_temp.shown(spend), 0.00), CASE WHEN revenue_count > 0 THEN pg_temp.ratio(100 * (revenue - spend), spend) END, coalesce(n, 0) FROM pg_temp.starts((SELECT bucket FROM question)) AS s LEFT JOIN expected ON kind = 'bucket' AND slot = s AND platform IS NULL ORDER BY s$$),
('roi_trends', $$SELECT date, avg_roi, data_points, daily_revenue, daily_spend, roi, campaign_markers FROM roi_trends(%s)$$,
 $$SELECT (s AT TIME ZONE (SELECT zone FROM question))::date, pg_temp.ratio(roi_sum, roi_count), coalesce(n, 0), coalesce(pg_temp.shown(revenue), 0.00), coalesce(pg_temp.shown(spend), 0.00), CASE WHEN revenue_count > 0 THEN pg_temp.ratio(100 * (revenue - spend), spend) END,
   ARRAY(SELECT c.name FROM campaign_with_user_id c, question q WHERE c.user_id = q.who AND c.date = (s AT TIME ZONE q.zone)::date ORDER BY c.name COLLATE "C") FROM pg_temp.starts('day') AS s LEFT JOIN expected ON kind = 'day' AND slot = s AND platform IS NULL ORDER BY s$$);
-- The buckets of the range: every bucket that a quarter of an hour of it, or its start, belongs to.
CREATE FUNCTION pg_temp.starts(bucket text) RETURNS SETOF timestamptz LANGUAGE sql AS $$
    SELECT DISTINCT date_trunc($1, least(t, q.until - interval '1 microsecond'), q.zone) FROM question q, generate_series(q.since, q.until + interval '15 minutes', '15 minutes') AS t WHERE q.since < q.until $$;
CREATE FUNCTION pg_temp.rows(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE 'SELECT string_agg(r::text, E''\n'') FROM (' || statement || ') r' INTO result;
    RETURN result;
END $$;
CREATE FUNCTION pg_temp.arguments() RETURNS text LANGUAGE sql AS $$
    SELECT format('%L, since => %L, until => %L, time_zone => %L, currency => %L', who, since, until, zone, currency) FROM question $$;
-- Asks one question of every function; the names of those that answer otherwise than plain SQL.
CREATE FUNCTION pg_temp.ask(who text, since timestamptz, until timestamptz, zone text, currency text, bucket text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r reading;
    wrong text := '';
    got text;
    want text;
BEGIN
    DELETE FROM question;
    INSERT INTO question VALUES (who, since, until, zone, currency, bucket);
    FOR r IN SELECT * FROM reading LOOP
        got := pg_temp.rows(format(r.actual, pg_temp.arguments()));
        want := pg_temp.rows(r.expected);
        IF got IS DISTINCT FROM want THEN
            wrong := wrong || r.name || E'\n  got  ' || coalesce((SELECT string_agg(x, E'\n       ') FROM (SELECT unnest(string_to_array(got, E'\n')) EXCEPT SELECT unnest(string_to_array(want, E'\n')) LIMIT 3) AS d (x)), 'an order or none')
                || E'\n  want ' || coalesce((SELECT string_agg(x, E'\n       ') FROM (SELECT unnest(string_to_array(want, E'\n')) EXCEPT SELECT unnest(string_to_array(got, E'\n')) LIMIT 3) AS d (x)), 'the same or none') || E'\n';
        END IF;
    END LOOP;
    RETURN wrong;
END $$;

SELECT is(pg_temp.ask(who, since, until, zone, CASE WHEN who = 'many' THEN (ARRAY['EUR', 'USD'])[1 + n % 2] END, bucket), '',
          format('%s from %s to %s in %s by %s', who, since, until, zone, bucket))
FROM (
    SELECT n, (ARRAY['one', 'many', 'one', 'nothing'])[1 + floor(random() * 3.2)] AS who, (ARRAY['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe', 'America/New_York'])[1 + n % 7] AS zone,
        (ARRAY['hour', 'day', 'week', 'month'])[1 + n / 7 % 4] AS bucket, since,
        since + CASE WHEN n % 9 = 0 THEN random() * interval '14 minutes' WHEN n / 7 % 4 = 0 THEN random() * interval '30 days' ELSE random() * interval '70 days' END + interval '1 microsecond' AS until
    FROM (SELECT n, CASE n % 3 WHEN 0 THEN moment WHEN 1 THEN date_trunc('day', moment, 'Europe/Berlin') ELSE date_bin('15 minutes', moment, '2000-01-01') END AS since
          FROM (SELECT n, (ARRAY[timestamptz '2026-03-10', '2026-10-10', '2025-12-15'])[1 + floor(random() * 3)] + random() * interval '25 days' + n * interval '0' AS moment FROM generate_series(1, 42) AS n) m) s
    OFFSET 0) q;
SELECT is(pg_temp.ask('one', '2025-12-01', '2026-12-01', zone, NULL, 'month'), '', 'a year in ' || zone) FROM unnest(ARRAY['UTC', 'Europe/Berlin']) AS zone;
SELECT is(pg_temp.ask('many', '2025-12-01', '2026-12-01', 'UTC', 'EUR', 'month'), '', 'a year converted by day under months');
SELECT is(pg_temp.ask('one', '2026-03-29', '2026-03-29', 'UTC', NULL, 'day'), '', 'an empty range');

-- The dashboard holds the functions' rows, digit for digit.
CREATE FUNCTION pg_temp.tabs(arguments text, since_year integer, zone text) RETURNS TABLE (tab text, here text, there text) LANGUAGE plpgsql AS $$
DECLARE
    d jsonb;
    t record;
BEGIN
    EXECUTE format('SELECT roi_dashboard(%s)::jsonb', arguments) INTO d;
    EXECUTE format('SET LOCAL timezone TO %L', zone);
    FOR t IN SELECT * FROM (VALUES ('{revenue,by_source}', 'roi_revenue_by_source(%s)', true), ('{revenue,trends}', 'roi_revenue_trends(%s)', true), ('{cost,breakdown}', 'roi_cost_breakdown(%s)', true), ('{profitability,clv}', 'roi_clv(%s)', false),
        ('{profitability,cac}', 'roi_cac(%s)', false), ('{profitability,payback}', 'roi_payback_period(%s)', false), ('{trends,series}', 'roi_trends(%s)', true), ('{trends,benchmark}', 'roi_benchmark(%s)', false), ('{channels}', 'roi_channel_performance(%s)', true)) AS v (path, call, many) LOOP
        tab := t.path;
        here := d #>> t.path::text[];
        EXECUTE format('SELECT %s FROM %s r', CASE WHEN t.many THEN 'coalesce(jsonb_agg(to_jsonb(r) - ''currency''), ''[]'')::text' ELSE '(to_jsonb(r) - ''currency'')::text' END, format(t.call, arguments)) INTO there;
        RETURN NEXT;
    END LOOP;
    tab := 'monthly';
    here := d #>> '{cost,monthly}';
    EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(r) - ''currency''), ''[]'')::text FROM roi_monthly_spend_trends(%s, %s, time_zone => %L) r', split_part(arguments, ',', 1), since_year, zone) INTO there;
    RETURN NEXT;
    tab := 'total';
    here := (d -> 'total')::text;
    EXECUTE format('SELECT jsonb_build_object(''totalRevenue'', total_revenue, ''totalSpend'', total_spend, ''totalProfit'', total_profit, ''overallROI'', overall_roi, ''overallROAS'', overall_roas, ''totalImpressions'', total_impressions, ''totalEngagement'', total_engagement,
        ''totalClicks'', total_clicks, ''totalConversions'', total_conversions, ''totalPosts'', total_posts, ''dataPoints'', data_points)::text FROM roi_total(%s)', arguments) INTO there;
    RETURN NEXT;
    SET LOCAL timezone TO 'UTC';
END $$;
SELECT is(t.here, t.there, format('dashboard %s of %s in %s', t.tab, a, zone))
FROM (VALUES ($$'one', since => '2026-03-25 10:11:12.131415+00', until => '2026-04-02 03:00+02'$$, 2026), ($$'one', since => '2025-10-25Z', until => '2026-10-25Z'$$, 2026), ($$'one', 'all'$$, 2026), ($$'nothing', '30d', until => '2025-12-31 12:00Z'$$, 2025)) AS v (a, year),
    unnest(ARRAY['UTC', 'Europe/Berlin', 'Asia/Kathmandu']) AS zone, LATERAL pg_temp.tabs(a || format(', time_zone => %L', zone), year, zone) AS t;

-- The range alone settles the dashboard's currency; a year that does not go along has no months.
INSERT INTO users (clerk_id) SELECT 'moved' ON CONFLICT DO NOTHING;
INSERT INTO roi_metrics (user_id, platform, update_timestamp, currency, ad_spend, revenue_generated) VALUES
    ('moved', 'facebook', '2024-03-05 10:00Z', 'EUR', 1, 2), ('moved', 'facebook', '2025-03-05 10:00Z', 'EUR', 3, 4), ('moved', 'facebook', '2025-09-05 10:00Z', 'USD', 5, 6);
SELECT is(jsonb_build_array(d -> 'currency', d #> '{total,totalRevenue}', d #> '{cost,monthly}')::text, '["USD", 6.00, null]', 'a year of two currencies has no months')
FROM (SELECT roi_dashboard('moved', since => '2025-09-01Z', until => '2025-10-01Z')::jsonb AS d) AS q;
SELECT is(jsonb_build_array(d -> 'currency', d #> '{cost,monthly,2,revenue}')::text, '["EUR", 2.00]', 'a year of the range''s currency has')
FROM (SELECT roi_dashboard('moved', since => '2024-03-01Z', until => '2024-04-01Z')::jsonb AS d) AS q;
SELECT is(jsonb_build_array(d -> 'currency', d #> '{cost,monthly}')::text, '["EUR", null]', 'a year of another currency than the range''s has none')
FROM (SELECT roi_dashboard('moved', since => '2025-03-01Z', until => '2025-04-01Z')::jsonb AS d) AS q;
SELECT is(roi_dashboard('moved', since => '1999-12-01Z', until => '2000-01-01Z')::jsonb #>> '{cost,monthly,11,month}', NULL, 'without facts in it no month of a year is named');
INSERT INTO roi_metrics (user_id, platform, update_timestamp, ad_spend) VALUES ('moved', 'facebook', '1999-06-05 10:00Z', 7);
SELECT is(roi_dashboard('moved', since => '1999-12-01Z', until => '2000-01-01Z')::jsonb #>> '{cost,monthly,5,spend}', '7.00', 'a range that ends with 1999 shows the months of 1999');
SELECT is((SELECT format('%s %s %s', difference, percentage, status) FROM roi_benchmark('moved', since => '2025-09-01Z', until => '2025-10-01Z', benchmark => 0.00000030)), '20.00 6666666566.666667 above', 'a benchmark with 7 decimals counts as given');

-- A past year by month and platform, and one that has not come.
DELETE FROM question;
INSERT INTO question VALUES ('one', '2025-01-01 00:00+01', '2026-01-01 00:00+01', 'Europe/Berlin', NULL, 'month');
SELECT results_eq($$ SELECT month, platform, spend::text, revenue::text, avg_roi::text, roi::text, data_points, currency FROM roi_monthly_spend_trends('one', 2025, 'Europe/Berlin') $$,
    $$ SELECT m, p COLLATE "default", coalesce(pg_temp.shown(spend), 0.00)::text, coalesce(pg_temp.shown(revenue), 0.00)::text, pg_temp.ratio(roi_sum, roi_count)::text, CASE WHEN revenue_count > 0 THEN pg_temp.ratio(100 * (revenue - spend), spend) END::text, coalesce(n, 0), 'USD'
       FROM generate_series(1, 12) AS m CROSS JOIN (SELECT DISTINCT platform::text COLLATE "C" FROM fact) AS f (p) LEFT JOIN expected e ON kind = 'month' AND platform = p AND extract(month FROM slot AT TIME ZONE 'Europe/Berlin') = m
       ORDER BY m, p $$, 'the months of a past year in Berlin');
SELECT is_empty($$ SELECT * FROM roi_monthly_spend_trends('one', 9000) $$, 'no month of a year to come');
SELECT is((SELECT count(DISTINCT month)::integer FROM roi_monthly_spend_trends('one')), (SELECT greatest(extract(month FROM now() AT TIME ZONE 'UTC'), coalesce(max(extract(month FROM update_timestamp)), 0))::integer FROM roi_metrics
    WHERE user_id = 'one' AND extract(year FROM update_timestamp) = extract(year FROM now() AT TIME ZONE 'UTC')) * (EXISTS (SELECT FROM roi_metrics WHERE user_id = 'one' AND extract(year FROM update_timestamp) = extract(year FROM now() AT TIME ZONE 'UTC')))::integer, 'the present year up to now or its last fact');

-- A comparison is two totals and their difference.
CREATE FUNCTION pg_temp.compared(arguments text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT is_empty(%L, %L)', format('SELECT * FROM roi_compare(''one'', %1$s) c, roi_total(''one'', since => base_since, until => base_until) b, roi_total(''one'', since => current_since, until => current_until) n
        WHERE metric = ''revenue'' AND (current, base, change, change_percent) IS DISTINCT FROM (n.total_revenue, b.total_revenue, n.total_revenue - b.total_revenue, round(100 * (n.total_revenue - b.total_revenue) / nullif(b.total_revenue, 0), 6))
           OR metric = ''posts'' AND (current, base, change) IS DISTINCT FROM (n.total_posts::numeric, b.total_posts::numeric, (n.total_posts - b.total_posts)::numeric)
           OR metric = ''roi'' AND n.total_spend > 0 AND b.total_spend > 0 AND (current, base, change) IS DISTINCT FROM (n.overall_roi, b.overall_roi, n.overall_roi - b.overall_roi)
           OR change_percent IS NOT NULL AND (base IS NULL OR base = 0)', arguments), 'comparison ' || arguments);
END $$;
SELECT pg_temp.compared(a || format(', mode => %L, time_zone => %L', mode, zone)) FROM unnest(ARRAY[$$since => '2026-03-30 22:00Z', until => '2026-04-02 10:11Z'$$, $$'7d', until => '2026-04-03 01:02:03.4Z'$$]) AS a, unnest(ARRAY['previous', 'year_ago', 'like_for_like']) AS mode, unnest(ARRAY['UTC', 'Europe/Berlin']) AS zone;
SELECT results_eq($$ SELECT DISTINCT base_since, base_until FROM roi_compare('one', since => '2026-04-01 00:00+02', until => '2026-04-03 10:00+02', time_zone => 'Europe/Berlin', mode => 'like_for_like') $$,
    $$ VALUES (timestamptz '2026-03-01 00:00+01', timestamptz '2026-03-03 10:00+01') $$, 'month to date against the same days and hours of the month before, across a clock change');
SELECT results_eq($$ SELECT DISTINCT base_since, base_until FROM roi_compare('one', '1 month', until => '2026-03-31 10:00Z') $$, $$ VALUES (timestamptz '2026-01-28 10:00Z', timestamptz '2026-02-28 10:00Z') $$, 'a period before its beginning');

SELECT * FROM finish();
ROLLBACK;
