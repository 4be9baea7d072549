-- The plan's read queries, word for word, over our tables: each agrees with its function, and every difference that the design
-- decides is asserted. docs/plan-queries.md is the table of both.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC'; -- the plan cuts days and months in the session's zone
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null

\ir ../lib/plan_queries.sql
-- fetchAllROIMetrics names columns that platform_metrics of the plan lacks; this is the rest of it.
PREPARE plan_all_metrics(text, timestamptz, timestamptz) AS
        SELECT 
            rm.*,
            pm.engagement_rate, pm.virality_score
        FROM roi_metrics rm
        LEFT JOIN platform_metrics pm ON rm.id = pm.roi_metric_id
        WHERE rm.user_id = $1 
        AND rm.update_timestamp BETWEEN $2 AND $3
        ORDER BY rm.update_timestamp DESC;
SELECT throws_ok($x$ PREPARE plan_all_metrics_as_it_stands(text, timestamptz, timestamptz) AS
        SELECT 
            rm.*,
            pm.watch_time_minutes, pm.subscribers_gained, pm.reach, pm.impressions,
            pm.profile_visits, pm.story_views, pm.saved_count, pm.page_likes,
            pm.post_reach, pm.page_views, pm.link_clicks, pm.video_views,
            pm.followers_gained, pm.play_count, pm.completion_rate,
            pm.engagement_rate, pm.virality_score
        FROM roi_metrics rm
        LEFT JOIN platform_metrics pm ON rm.id = pm.roi_metric_id
        WHERE rm.user_id = $1 
        AND rm.update_timestamp BETWEEN $2 AND $3
        ORDER BY rm.update_timestamp DESC $x$, '42703', NULL, 'fetchAllROIMetrics as it stands names columns that its own table lacks');

-- A simulated account, an imported one, and rows written by hand: several rows a post, rows without a post, NULL money.
INSERT INTO users VALUES ('q_sim'), ('q_import'), ('q_hand'), ('q_edge') ON CONFLICT DO NOTHING;
SELECT roi_simulate('q_sim', 11, first_posts => 6, posts_per_day => 4, start_at => '2026-01-20 00:00+00') \g /dev/null
SELECT roi_generate_tick('2026-03-10 00:00+00') \g /dev/null
SELECT * FROM roi_import('q_import', convert_to(E'Day,Campaign name,Ad ID,Amount spent (USD),Impressions,Link clicks,Purchases conversion value\n'
    || (SELECT string_agg(format(E'%s,Camp %s,ad%s,%s,%s,%s,%s', date '2026-02-01' + n / 3, n % 4, n % 7, 1 + n * 0.37, 100 + n, 1 + n % 9, n % 5 * 3.21), E'\n') FROM generate_series(0, 80) AS n) || E'\n', 'UTF8')) \g /dev/null
INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, views, likes, comments, shares, clicks, ad_spend, revenue_generated, cost_per_click, cost_per_impression, roi_percentage, roas_ratio, update_timestamp)
SELECT 'q_hand', (ARRAY['facebook', 'instagram'])[1 + n % 2], 'p' || nullif(n % 6, 0), nullif(n % 4, 0), 10 * n, n, 2, 1, n, round(n * 0.41, 4), nullif(n % 7, 3) * 1.111111, 0.4 + n, 0.01 * n, n - 20, nullif(n % 5, 1), timestamptz '2025-12-30 00:00+00' + n * interval '19 hours 7 minutes'
FROM generate_series(1, 90) AS n;
SELECT cmp_ok((SELECT count(*)::integer FROM roi_metrics WHERE user_id = who), '>', 50, who || ' has rows') FROM unnest(ARRAY['q_sim', 'q_import', 'q_hand']) AS who;

-- Rows of a statement as text, numbers rounded to our six decimals, in order of their text. A sum to which no row adds is NULL there and
-- 0 here: asserted below.
CREATE FUNCTION pg_temp.rows_of(statement text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN EXECUTE statement LOOP
        RETURN NEXT to_jsonb(r);
    END LOOP;
END $$;
CREATE FUNCTION pg_temp.bare(statement text, columns text[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(line, E'\n' ORDER BY line) FROM (
        SELECT (SELECT string_agg(name || '=' || coalesce(CASE WHEN jsonb_typeof(r -> name) = 'number' THEN trim_scale(round((r ->> name)::numeric, 6))::text ELSE r ->> name END,
                    CASE WHEN name IN ('revenue', 'spend', 'daily_revenue', 'daily_spend', 'total_revenue', 'total_spend', 'impressions', 'engagement', 'total_clicks') THEN '0' ELSE 'NULL' END), ' ' ORDER BY n)
                FROM unnest(columns) WITH ORDINALITY AS c (name, n)) AS line
        FROM pg_temp.rows_of(statement) AS r) t $$;
-- One test: the plan's query and ours hold the same rows in these columns. The plan's range ends with its last moment, ours before `until`.
CREATE FUNCTION pg_temp.agrees(plan text, ours text, columns text, who text, since timestamptz, until timestamptz, more text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT is(pg_temp.bare(format(ours, format('%L, since => %L, until => %L', who, since, until)), string_to_array(columns, ' ')),
              pg_temp.bare(format('EXECUTE %I(%L, %L, %L%s)', plan, who, since, until - interval '1 microsecond', more), string_to_array(columns, ' ')),
              format('%s%s of %s from %s to %s', plan, more, who, since, until)) $$;
CREATE TEMP TABLE asked AS SELECT who, since, until FROM unnest(ARRAY['q_sim', 'q_import', 'q_hand']) AS who,
    (VALUES (timestamptz '2026-02-01 00:00+00', timestamptz '2026-03-01 00:00+00'), ('2026-02-03 04:05:06+00', '2026-02-20 17:00:00.000001+00'), ('2025-12-01 00:00+00', '2026-12-01 00:00+00'), ('2026-02-10 00:00+00', '2026-02-11 00:00+00')) AS v (since, until);

SELECT pg_temp.agrees('plan_revenue_by_source', 'SELECT platform, total_revenue, revenue_multiplier, data_points AS post_count FROM roi_revenue_by_source(%s)', 'platform total_revenue revenue_multiplier post_count', who, since, until) FROM asked;
SELECT pg_temp.agrees('plan_revenue_trends', 'SELECT time_period, revenue, avg_roi, data_points AS posts FROM roi_revenue_trends(%s, bucket => ''' || bucket || ''') WHERE data_points > 0', 'time_period revenue avg_roi posts', who, since, until, format(', %L', bucket))
FROM asked, unnest(ARRAY['hour', 'day', 'week']) AS bucket WHERE bucket <> 'hour' OR until - since < interval '30 days';
SELECT pg_temp.agrees('plan_cost_breakdown', 'SELECT platform, total_spend, avg_cpc, avg_cost_per_impression AS avg_cpm, effective_cpc FROM roi_cost_breakdown(%s)', 'platform total_spend avg_cpc avg_cpm effective_cpc', who, since, until) FROM asked;
SELECT pg_temp.agrees('plan_clv', 'SELECT unique_customers, clv, revenue_multiplier FROM roi_clv(%s)', 'unique_customers clv revenue_multiplier', who, since, until) FROM asked;
SELECT pg_temp.agrees('plan_cac', 'SELECT cac, avg_cpc, avg_cost_per_impression AS avg_cpm FROM roi_cac(%s)', 'cac avg_cpc avg_cpm', who, since, until) FROM asked;
SELECT pg_temp.agrees('plan_roi_trends', 'SELECT date::timestamptz AS date, avg_roi, data_points, daily_revenue, daily_spend FROM roi_trends(%s) WHERE data_points > 0', 'date avg_roi data_points daily_revenue daily_spend', who, since, until) FROM asked;
SELECT pg_temp.agrees('plan_channel_performance', 'SELECT platform, revenue, spend, avg_roi, avg_roas, impressions, engagement, total_clicks, data_points AS posts FROM roi_channel_performance(%s)',
    'platform revenue spend avg_roi avg_roas impressions engagement total_clicks posts', who, since, until) FROM asked;
SELECT is(pg_temp.bare(format('SELECT month, platform, spend, revenue, avg_roi FROM roi_monthly_spend_trends(%L, %s) WHERE data_points > 0', who, year), '{month,platform,spend,revenue,avg_roi}'),
    pg_temp.bare(format('EXECUTE plan_monthly_spend_trends(%L, %s)', who, year), '{month,platform,spend,revenue,avg_roi}'), format('plan_monthly_spend_trends of %s in %s', who, year))
FROM unnest(ARRAY['q_sim', 'q_import', 'q_hand']) AS who, unnest(ARRAY[2025, 2026]) AS year;
SELECT pg_temp.agrees('plan_all_metrics', 'SELECT *, NULL AS page_key FROM roi_metrics_detail(%s, page_size => 1000)', 'id platform campaign_id post_id content_type views likes comments shares saves clicks ad_spend revenue_generated cost_per_click cost_per_impression roi_percentage roas_ratio update_timestamp source currency engagement_rate virality_score', who, since, until)
FROM asked WHERE (SELECT count(*) FROM roi_metrics m WHERE m.user_id = who AND m.update_timestamp >= since AND m.update_timestamp < until) <= 1000;
-- calculatePaybackPeriod, calculateROIPercentage and getChannelPerformance's arithmetic in JavaScript
SELECT is((SELECT payback_period FROM roi_payback_period(who, 'all')), (SELECT round(c.cac / l.clv, 6) FROM (SELECT sum(ad_spend) / count(DISTINCT post_id) AS cac FROM roi_metrics WHERE user_id = who AND ad_spend > 0) c,
    (SELECT sum(revenue_generated) / count(DISTINCT post_id) AS clv FROM roi_metrics WHERE user_id = who AND revenue_generated > 0) l), 'payback of ' || who) FROM unnest(ARRAY['q_sim', 'q_import', 'q_hand']) AS who;
SELECT is((SELECT overall_roi FROM roi_total(who, 'all')), (SELECT round((sum(revenue_generated) - sum(ad_spend)) / sum(ad_spend) * 100, 6) FROM roi_metrics WHERE user_id = who), 'ROI of ' || who) FROM unnest(ARRAY['q_sim', 'q_import', 'q_hand']) AS who;

-- What differs, because the design decides it.
INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, views, likes, comments, shares, clicks, ad_spend, revenue_generated, cost_per_click, cost_per_impression, roi_percentage, update_timestamp) VALUES
    ('q_edge', 'facebook', 'a', 1, 100, 1, 1, 1, 4, 10, 30, 2.5, 0.005, 200, '2026-02-01 00:00+00'), ('q_edge', 'facebook', 'a', 1, 100, 1, 1, 1, 4, 10, 50, 2.5, 0.007, 400, '2026-02-01 01:00+00'),
    ('q_edge', 'facebook', 'b', 1, 0, NULL, 1, 1, 0, 0, 20, NULL, NULL, NULL, '2026-02-03 01:00+00'), ('q_edge', 'facebook', NULL, 2, 0, 0, 0, 0, 0, 0, 4, NULL, NULL, NULL, '2026-02-04 00:00+00');
CREATE FUNCTION pg_temp.plan_says(call text, name text) RETURNS text LANGUAGE sql AS $$ SELECT coalesce(trim_scale(round((r ->> name)::numeric, 6))::text, 'NULL') FROM pg_temp.rows_of('EXECUTE ' || call) AS r $$;
CREATE FUNCTION pg_temp.we_say(query text, name text) RETURNS text LANGUAGE sql AS $$ SELECT coalesce(trim_scale((r ->> name)::numeric)::text, 'NULL') FROM pg_temp.rows_of('SELECT * FROM ' || query) AS r $$;
\set plan_range '''q_edge'', ''2026-02-01 00:00+00'', ''2026-02-03 23:59+00'''
\set our_range '''q_edge'', since => ''2026-02-01 00:00+00'', until => ''2026-02-04 00:00+00'''
CREATE TEMP TABLE difference (plan text, plan_column text, ours text, our_column text, plan_value text, our_value text, why text);
INSERT INTO difference VALUES
    ('plan_revenue_by_source', 'post_count', 'roi_revenue_by_source', 'post_count', '3', '2', 'distinct posts, not rows'),
    ('plan_revenue_by_source', 'avg_revenue_per_post', 'roi_revenue_by_source', 'avg_revenue_per_post', '33.333333', '50', 'revenue by post, not by row'),
    ('plan_cost_breakdown', 'campaigns', 'roi_cost_breakdown', 'campaigns', '3', '1', 'distinct campaigns, not rows'),
    ('plan_cost_breakdown', 'avg_cpm', 'roi_cost_breakdown', 'avg_cost_per_impression', '0.006', '0.006', 'the plan''s avg_cpm is our avg_cost_per_impression'),
    ('plan_cost_breakdown', 'avg_cpm', 'roi_cost_breakdown', 'avg_cpm', '0.006', '6', 'CPM is per mille'),
    ('plan_cac', 'avg_cpm', 'roi_cac', 'avg_cpm', '0.006', '6', 'CPM is per mille'),
    ('plan_clv', 'avg_revenue_per_customer', 'roi_clv', 'avg_revenue_per_customer', '33.333333', '50', 'a post is a customer, not a row'),
    ('plan_clv', 'unique_customers', 'roi_clv', 'unique_customers', '2', '2', 'customers agree'),
    ('plan_channel_performance', 'posts', 'roi_channel_performance', 'posts', '3', '2', 'distinct posts, not rows'),
    ('plan_channel_performance', 'avg_roi', 'roi_channel_performance', 'avg_roi', '300', '300', 'the mean of the rows is kept'),
    ('plan_channel_performance', 'avg_roi', 'roi_channel_performance', 'roi', '300', '400', 'beside it the ROI of the sums');
SELECT is(ARRAY[pg_temp.plan_says(plan || '(' || :'plan_range' || ')', plan_column), pg_temp.we_say(ours || '(' || :'our_range' || ')', our_column)], ARRAY[plan_value, our_value], format('%s.%s, %s.%s: %s', plan, plan_column, ours, our_column, why)) FROM difference;
SELECT is((SELECT sum((r ->> 'posts')::integer) FROM pg_temp.rows_of(format('EXECUTE plan_revenue_trends(%s, %L)', :'plan_range', 'day')) AS r), 3::bigint, 'the plan counts rows as posts');
SELECT results_eq(format('SELECT time_period, posts, revenue, avg_roi FROM roi_revenue_trends(%s, bucket => %L)', :'our_range', 'day'),
    $$ VALUES (timestamptz '2026-02-01 00:00+00', 1::bigint, 80.00, 300.00), ('2026-02-02 00:00+00', 0, 0.00, NULL), ('2026-02-03 00:00+00', 1, 20.00, NULL) $$, 'a series has every bucket: zero for sums, NULL for ratios, distinct posts');
SELECT is((SELECT count(*) FROM pg_temp.rows_of(format('EXECUTE plan_roi_trends(%s)', :'plan_range'))), 2::bigint, 'the plan leaves empty days out');
SELECT results_eq(format('SELECT date, data_points, roi FROM roi_trends(%s)', :'our_range'), $$ VALUES (date '2026-02-01', 2::bigint, 300.00), ('2026-02-02', 0, NULL), ('2026-02-03', 1, NULL) $$, 'days without data, and without spend');
-- BETWEEN counts the boundary row; a half-open range leaves it to the next one.
SELECT is(ARRAY[pg_temp.plan_says($$plan_clv('q_edge', '2026-02-01 00:00+00', '2026-02-04 00:00+00')$$, 'clv'), pg_temp.we_say('roi_clv(' || :'our_range' || ')', 'clv')], ARRAY['52', '50'], 'the row on the boundary');
SELECT is((SELECT sum(revenue) FROM (SELECT revenue FROM roi_channel_performance('q_edge', since => '2026-02-01 00:00+00', until => '2026-02-04 00:00+00') UNION ALL SELECT revenue FROM roi_channel_performance('q_edge', since => '2026-02-04 00:00+00', until => '2026-02-05 00:00+00')) u), 104.00, 'counts once over adjacent ranges');
-- Undefined: the plan fails or says NULL.
SELECT throws_ok($$ EXECUTE plan_revenue_by_source('q_edge', '2026-02-03 00:00+00', '2026-02-05 00:00+00') $$, '22012', NULL, 'the plan divides by a spend of zero');
SELECT results_eq($$ SELECT total_revenue, revenue_multiplier FROM roi_revenue_by_source('q_edge', since => '2026-02-03 00:00+00', until => '2026-02-05 00:00+00') $$, $$ VALUES (24.00, NULL::numeric) $$, 'we say NULL');
SELECT throws_ok($$ EXECUTE plan_cost_breakdown('q_edge', '2026-02-03 00:00+00', '2026-02-05 00:00+00') $$, '22012', NULL, 'the plan divides by no clicks');
SELECT results_eq($$ SELECT effective_cpc FROM roi_cost_breakdown('q_edge', since => '2026-02-03 00:00+00', until => '2026-02-05 00:00+00') $$, ARRAY[NULL::numeric], 'we say NULL to that too');
SELECT throws_ok($$ EXECUTE plan_clv('q_edge', '2026-02-04 00:00+00', '2026-02-05 00:00+00') $$, '22012', NULL, 'the plan divides by no customers');
SELECT results_eq($$ SELECT unique_customers, clv, revenue_multiplier FROM roi_clv('q_edge', since => '2026-02-04 00:00+00', until => '2026-02-05 00:00+00') $$, $$ VALUES (0::bigint, NULL::numeric, NULL::numeric) $$, 'without a post clv is NULL');
SELECT is((SELECT r ->> 'engagement' FROM pg_temp.rows_of($$ EXECUTE plan_channel_performance('q_edge', '2026-02-03 00:00+00', '2026-02-03 02:00+00') $$) AS r), NULL, 'the plan''s sum over a row that does not report is NULL');
SELECT results_eq($$ SELECT engagement, impressions, engagement_rate FROM roi_channel_performance('q_edge', since => '2026-02-03 00:00+00', until => '2026-02-03 02:00+00') $$, $$ VALUES (0::bigint, 0::bigint, 0.00) $$, 'our sums are 0, and the plan''s rates 0');
SELECT is((SELECT count(*) FROM pg_temp.rows_of($$ EXECUTE plan_monthly_spend_trends('q_edge', 2026) $$)), 1::bigint, 'the plan''s months with data');
SELECT cmp_ok((SELECT count(*)::integer FROM roi_monthly_spend_trends('q_edge', 2026)), '>=', 2, 'our months have no gaps');

SELECT * FROM finish();
ROLLBACK;
