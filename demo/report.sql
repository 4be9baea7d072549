-- The closing tables: totals and channels of the imported and the simulated accounts, one post, the job's runs.

\pset title 'Imported accounts, all time: roi_total(user, ''all'')'
SELECT u.user_id AS "user", t.currency, round(t.total_revenue, 2) AS revenue, round(t.total_spend, 2) AS spend,
       round(t.total_profit, 2) AS profit, round(t.overall_roi, 1) AS "roi %", round(t.overall_roas, 2) AS roas,
       t.total_impressions AS impressions, t.total_clicks AS clicks, round(t.total_conversions) AS conversions
FROM (SELECT DISTINCT user_id FROM roi_import_batches WHERE user_id <> 'user_several') u, roi_total(u.user_id, 'all') t
ORDER BY 1;

\pset title 'Channels of user_brand, all time: roi_channel_performance(''user_brand'', ''all'')'
SELECT platform, round(revenue, 2) AS revenue, round(spend, 2) AS spend, round(roi, 1) AS "roi %", round(roas, 2) AS roas,
       impressions, total_clicks AS clicks, round(click_through_rate, 2) AS "ctr %", round(conversions) AS conversions
FROM roi_channel_performance('user_brand', 'all')
ORDER BY platform;
\echo '   The files are samples with test amounts, and several hold no revenue: hence ROI -100 %.'
\echo

\pset title 'The simulated account, 30 days: roi_total(''user_demo'', ''30d'')'
SELECT 'user_demo' AS "user", currency, round(total_revenue, 2) AS revenue, round(total_spend, 2) AS spend,
       round(total_profit, 2) AS profit, round(overall_roi, 1) AS "roi %", round(overall_roas, 2) AS roas,
       total_impressions AS impressions, total_engagement AS engagement, total_posts AS posts
FROM roi_total('user_demo', '30d');

\pset title 'Channels of user_demo, 30 days: roi_channel_performance(''user_demo'', ''30d'')'
SELECT platform, round(revenue, 2) AS revenue, round(spend, 2) AS spend, round(roi, 1) AS "roi %", round(roas, 2) AS roas,
       impressions, engagement, round(engagement_rate, 2) AS "engagement %", total_clicks AS clicks, posts
FROM roi_channel_performance('user_demo', '30d')
ORDER BY platform;

-- said only as long as it is so
SELECT '   Growth model plan lets likes and clicks outgrow views: relations and amounts are not those of a real account.' || E'\n'
FROM roi_total('user_demo', '30d') WHERE total_clicks > total_impressions
\g (format=unaligned tuples_only=on)

-- the post that earned most in the last six hours
SELECT post_id, platform FROM roi_metrics
WHERE user_id = 'user_demo' AND update_timestamp >= now() - interval '6 hours'
GROUP BY post_id, platform ORDER BY sum(revenue_generated) DESC, post_id LIMIT 1
\gset
\set title 'The last hours of post ' :post_id ' on ' :platform ', with its running totals (roi_metrics)'
\pset title :title
SELECT * FROM (
    SELECT to_char(update_timestamp, 'MM-DD HH24:MI') AS "hour (UTC)", views, clicks, round(ad_spend, 2) AS spend,
           round(revenue_generated, 2) AS revenue, sum(views) OVER upto AS "views to date", sum(clicks) OVER upto AS "clicks to date",
           round(sum(ad_spend) OVER upto, 2) AS "spend to date", round(sum(revenue_generated) OVER upto, 2) AS "revenue to date"
    FROM roi_metrics WHERE user_id = 'user_demo' AND post_id = :'post_id' AND platform = :'platform'
    WINDOW upto AS (ORDER BY update_timestamp)
    ORDER BY update_timestamp DESC LIMIT 6) AS latest
ORDER BY 1;

\pset title 'Recent runs of the job: roi_job_runs'
SELECT job, started_at::timestamptz(0) AS started, round(extract(epoch FROM finished_at - started_at) * 1000) AS "ms",
       CASE WHEN ok THEN 'yes' ELSE 'no' END AS ok, rows, message
FROM roi_job_runs ORDER BY id DESC LIMIT 5;
