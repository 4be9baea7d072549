-- Read functions against the plan's own SQL and against plain sums, for random ranges, currencies and time zones.
BEGIN;
SELECT set_config('client_min_messages', 'warning', true);
CREATE EXTENSION IF NOT EXISTS roi_ext SCHEMA :"roi_schema";
SELECT roi_setup();
SELECT plan(28);

-- An account of five days, an import, and rows by plain SQL with every kind of hole.
SELECT roi_simulate('user_demo', seed => 7, first_posts => 9, posts_per_day => 24, start_at => '2026-07-29 00:00:00+00');
SELECT roi_generate_tick('2026-08-03 00:00:00+00');
SELECT roi_import('user_brand', convert_to(E'Day,Campaign name,Ad ID,Amount spent (USD),Impressions,Link clicks,Purchases,Purchases conversion value\n'
    || string_agg(format('2026-%s,C%s,a%s,%s,%s,%s,%s,%s', to_char(date '2026-07-01' + n, 'MM-DD'), n % 3, n % 5,
                         n * 1.37, n * 100, n * 3, n % 4, round(n * 4.11, 2)), E'\n'), 'UTF8'))
FROM generate_series(0, 59) AS n;
INSERT INTO users VALUES ('user_sql');
INSERT INTO roi_metrics (user_id, platform, post_id, views, likes, comments, shares, clicks, ad_spend, revenue_generated,
    cost_per_click, cost_per_impression, roi_percentage, roas_ratio, update_timestamp)
VALUES ('user_sql', 'facebook', 'p1', 1000, 10, 5, 1, 20, 10.00, 45.55, 0.5, 0.01, 355.5, 4.555, '2026-08-01 00:00:00+00'),
       ('user_sql', 'facebook', 'p1', 500, 1, 1, NULL, 0, 0, 0, NULL, NULL, 0, 0, '2026-08-01 01:00:00+00'),
       ('user_sql', 'facebook', NULL, 0, 0, 0, 0, 0, 0.000001, 0, 0, 0, -100, 0, '2026-08-01 02:00:00+00'),
       ('user_sql', 'youtube', 'p1', NULL, NULL, NULL, NULL, NULL, NULL, 12.345678, NULL, NULL, NULL, NULL, '2026-08-01 23:59:59.999999+00'),
       ('user_sql', 'youtube', 'p2', 7, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, '2026-08-02 00:00:00+00');

-- The plan's channel query, word for word; BETWEEN includes the end, which no row here hits.
\ir ../lib/plan_queries.sql
-- Ratios are rounded to 6 decimals here. posts is the rows there and data_points here; a sum that no row reports is NULL there and 0 here (design).
CREATE FUNCTION pg_temp.plan_channels(text, timestamptz, timestamptz) RETURNS TABLE (platform text, revenue numeric,
    spend numeric, avg_roi numeric, avg_roas numeric, impressions bigint, engagement bigint, data_points bigint, clicks bigint)
LANGUAGE plpgsql AS $$
BEGIN
    FOR platform, revenue, spend, avg_roi, avg_roas, impressions, engagement, data_points, clicks IN
        EXECUTE format('EXECUTE plan_channel_performance(%L, %L, %L)', $1, $2, $3)
    LOOP
        revenue := coalesce(revenue, 0);
        spend := coalesce(spend, 0);
        impressions := coalesce(impressions, 0);
        engagement := coalesce(engagement, 0);
        clicks := coalesce(clicks, 0);
        avg_roi := round(avg_roi, 6);
        avg_roas := round(avg_roas, 6);
        RETURN NEXT;
    END LOOP;
END
$$;
CREATE FUNCTION pg_temp.same_channels(who text, since timestamptz, until timestamptz) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT set_eq(
        format('SELECT platform, trim_scale(revenue) AS a, trim_scale(spend) AS b, trim_scale(avg_roi) AS c, trim_scale(avg_roas) AS d, impressions, engagement, data_points, total_clicks
                FROM roi_channel_performance(%L, since => %L, until => %L)', who, since, until),
        format('SELECT platform, trim_scale(revenue) AS a, trim_scale(spend) AS b, trim_scale(avg_roi) AS c, trim_scale(avg_roas) AS d, impressions, engagement, data_points, clicks
                FROM pg_temp.plan_channels(%L, %L, %L)', who, since, until - interval '1 microsecond'),
        format('plan channel SQL of %s from %s', who, since))
$$;
SELECT pg_temp.same_channels(who, timestamptz '2026-07-29 00:00+00' + n * interval '17 hours 13 minutes', timestamptz '2026-08-04 00:00+00' - n * interval '11 hours')
FROM unnest(ARRAY['user_demo', 'user_brand', 'user_sql']) AS who, generate_series(0, 4) AS n;
SELECT isnt_empty($$ SELECT 1 FROM roi_channel_performance('user_demo', since => '2026-07-29', until => '2026-08-04') $$, 'there was something to compare');

-- The rest of the channel columns, from the plan's client code.
SELECT is_empty($$ SELECT * FROM roi_channel_performance('user_demo', since => '2026-07-29', until => '2026-08-04')
c
    WHERE profit <> revenue - spend OR engagement_rate <> round(engagement * 100.0 / impressions, 6)
       OR click_through_rate <> round(total_clicks * 100.0 / impressions, 6)
       OR efficiency_score <> (SELECT round(avg(roi_percentage) * sum(likes + comments + shares) / greatest(sum(views), 1), 6)
                               FROM roi_metrics m WHERE user_id = 'user_demo' AND m.platform = c.platform)
       OR roi <> round((revenue - spend) * 100 / spend, 6) OR roas <> round(revenue / spend, 6) OR currency <> 'USD' $$, 'derived channel columns');
SELECT results_eq($$ SELECT platform, posts, data_points, engagement, roi IS NULL FROM roi_channel_performance('user_sql', since => '2026-08-01', until => '2026-08-02') $$,
    $$ VALUES ('facebook', 1::bigint, 3::bigint, 16::bigint, false), ('youtube', 1, 1, 0, true) $$,
    'distinct posts, rows, engagement of complete rows only, NULL ratio, highest avg_roi first, NULL last');

-- Totals: money worked by hand; the boundary row of the 2nd counts on the 2nd only.
SELECT results_eq($$ SELECT currency, total_revenue, total_spend, total_profit, total_impressions, total_engagement, total_clicks, total_posts, data_points
                     FROM roi_total('user_sql', since => '2026-08-01 00:00+00', until => '2026-08-02 00:00+00') $$,
    $$ VALUES ('USD', 57.895678, 10.000001, 47.895677, 1500::bigint, 16::bigint, 20::bigint, 1::bigint, 4::bigint) $$, 'totals of a half-open day');
SELECT results_eq($$ SELECT total_revenue, total_posts FROM roi_total('user_sql', since => '2026-08-02 00:00+00', until => '2026-08-03 00:00+00') $$,
    $$ VALUES (1.00, 1::bigint) $$, 'the boundary row counts once, with two decimals');
SELECT results_eq($$ SELECT total_posts FROM roi_total('user_sql', 'all') $$, ARRAY[2::bigint], 'a post text counts once over platforms');
SELECT results_eq($$ SELECT total_revenue, total_spend, overall_roi, overall_roas, total_posts, data_points FROM roi_total('user_nobody', 'all') $$,
    $$ VALUES (0.00, 0.00, 0::numeric, NULL::numeric, 0::bigint, 0::bigint) $$, 'nothing is zero, ROI 0 as the plan has it, ROAS undefined');
SELECT results_eq($$ SELECT total_revenue, total_spend, total_profit, overall_roi FROM roi_total('user_demo', 'all') $$,
    $$ SELECT round(sum(revenue_generated), 2), round(sum(ad_spend), 2), round(sum(revenue_generated) - sum(ad_spend), 2),
              round((sum(revenue_generated) - sum(ad_spend)) * 100 / sum(ad_spend), 6) FROM roi_metrics WHERE user_id = 'user_demo' $$, 'totals of the simulated account');

-- Currencies: never added up unconverted; the rate of the row's day, or the newest before it.
INSERT INTO roi_metrics (user_id, platform, ad_spend, revenue_generated, currency, update_timestamp)
VALUES ('user_sql', 'facebook', 100, 300, 'EUR', '2026-09-01 12:00+00'), ('user_sql', 'facebook', 10, 20, 'EUR', '2026-09-03 12:00+00'),
       ('user_sql', 'facebook', 1, 2, 'USD', '2026-09-03 12:00+00');
SELECT throws_like($$ SELECT * FROM roi_total('user_sql', since => '2026-09-01', until => '2026-09-05') $$, '%several currencies%', 'two currencies are refused');
SELECT throws_like($$ SELECT * FROM roi_total('user_sql', since => '2026-09-01', until => '2026-09-05', currency => 'USD') $$, 'no exchange rate%', 'and need rates');
INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2026-08-31', 1.10), ('EUR', 'USD', '2026-09-02', 1.25), ('EUR', 'USD', '2026-09-04', 9);
SELECT results_eq($$ SELECT currency, total_spend, total_revenue FROM roi_total('user_sql', since => '2026-09-01', until => '2026-09-05', currency => 'USD') $$,
    $$ VALUES ('USD', 123.50, 357.00) $$, '100 x 1.10 + 10 x 1.25 + 1 and 300 x 1.10 + 20 x 1.25 + 2');
SELECT results_eq($$ SELECT currency, total_spend FROM roi_total('user_sql', since => '2026-09-01', until => '2026-09-03') $$,
    $$ VALUES ('EUR', 100.00) $$, 'one currency answers in it');

-- Ranges do not depend on the session's time zone; the zone's calendar does.
SET LOCAL timezone TO 'Asia/Kathmandu';
SELECT results_eq($$ SELECT since, until FROM roi_time_range('30d', until => '2026-04-10 09:00:00+02', time_zone => 'Europe/Berlin') $$,
    $$ VALUES (timestamptz '2026-03-11 09:00:00+01', timestamptz '2026-04-10 09:00:00+02') $$, '30 days before 9:00 is 9:00 across the clock change');

SELECT * FROM finish();
ROLLBACK;
