-- The acceptance tests of the realism study on an account made through SQL: fewer posts, so bands are wider by the sampling
-- error. Prints statistic, band, value, pass, and at last "through SQL: N passed, M failed".
\set ON_ERROR_STOP 1
SET timezone = 'UTC';
CREATE EXTENSION roi_ext;
SELECT roi_setup() \g /dev/null
SELECT roi_make_partitions(ARRAY(SELECT generate_series(timestamptz '2025-03-01', '2025-05-01', interval '1 month'))) \g /dev/null
SELECT roi_simulate('realism', seed => 42, posts_per_day => 20, first_posts => 0, start_at => '2025-03-01 00:00+00') \g /dev/null
SELECT roi_backfill('realism', '45 days', '2025-04-15 00:00+00') \g /dev/null

-- A row with its age in hours (the launch hour is 1) and the post's views to date.
CREATE TEMP TABLE lives AS
SELECT m.*, p.archetype, (extract(epoch FROM m.update_timestamp - date_trunc('hour', p.posted_at)) / 3600)::int + 1 AS age,
       sum(m.views) OVER post AS to_date, sum(m.likes) OVER post AS likes_to_date, sum(m.clicks) OVER post AS clicks_to_date
FROM roi_metrics m JOIN roi_posts p USING (user_id, post_id, platform)
WINDOW post AS (PARTITION BY m.post_id, m.platform ORDER BY m.update_timestamp);
-- Posts that have lived their 720 hours.
CREATE TEMP TABLE full_lives AS
SELECT l.*, max(to_date) OVER (PARTITION BY post_id, platform) AS views_720
FROM lives l JOIN (SELECT post_id, platform FROM lives GROUP BY 1, 2 HAVING max(age) = 720) f USING (post_id, platform);
CREATE TEMP TABLE posts_720 AS
SELECT platform, post_id, max(views_720) AS views, min(age) FILTER (WHERE to_date >= views_720 / 2.0) AS half_time,
       max(to_date) FILTER (WHERE age = 24) AS views_24, sum(views) AS sum_views
FROM full_lives GROUP BY 1, 2;
CREATE TEMP TABLE sums AS
SELECT platform, sum(views)::float8 AS views, sum(likes) AS likes, sum(comments) AS comments, sum(likes + comments + shares + saves) AS engaged,
       sum(clicks) AS clicks, sum(paid_clicks) AS paid_clicks, sum(paid_views) AS paid_views, sum(ad_spend) AS spend, sum(revenue_generated) AS revenue
FROM lives GROUP BY 1;

CREATE TEMP TABLE checks (test int, statistic text, low float8, high float8, value float8);
INSERT INTO checks
SELECT 1, 'rows with a negative increment', 0, 0, count(*) FILTER (WHERE least(views, likes, comments, shares, saves, clicks, paid_views,
       paid_clicks, conversions, ad_spend, revenue_generated) < 0) FROM lives
UNION ALL SELECT 2, 'rows against logic', 0, 0, count(*) FILTER (WHERE likes + comments + shares + saves > views OR clicks > views
       OR paid_views > views OR paid_clicks > clicks OR conversions > clicks) FROM lives
UNION ALL SELECT 2, 'posts above a cap', 0, 0, count(*) FROM roi_posts p JOIN roi_platforms r USING (platform)
       WHERE p.views > r.views_cap OR p.likes > r.likes_cap OR p.comments > r.comments_cap OR p.shares > r.shares_cap OR p.saves > r.saves_cap OR p.clicks > r.clicks_cap
UNION ALL SELECT 3, archetype || ' posts, %', low, high, 100.0 * count(p.post_id) / (SELECT count(*) FROM roi_posts)
       FROM (VALUES ('viral', 4, 11), ('dying', 19, 31), ('steady', 59, 71)) b (archetype, low, high) LEFT JOIN roi_posts p USING (archetype) GROUP BY 1, 2, 3, 4
UNION ALL SELECT 4, 'rows beyond the envelope of multipliers', 0, 0, count(*) FILTER (WHERE age >= 2 AND (
       to_date - views >= 20 AND to_date > (to_date - views) * (1 + 1.5 * greatest(0.1, 1 - 0.02 * age))
       OR likes_to_date - likes >= 20 AND likes_to_date > (likes_to_date - likes) * (1 + 0.8 * greatest(0.1, 1 - 0.02 * age))
       OR clicks_to_date - clicks >= 20 AND clicks_to_date > (clicks_to_date - clicks) * (1 + 0.9 * greatest(0.1, 1 - 0.02 * age)))) FROM lives
UNION ALL SELECT 5, platform || ': median hours to half of the views', low, high, percentile_cont(0.5) WITHIN GROUP (ORDER BY half_time)
       FROM posts_720 JOIN (VALUES ('facebook', 1, 3), ('instagram', 10, 32), ('youtube', 60, 230)) b (platform, low, high) USING (platform) GROUP BY platform, low, high
UNION ALL SELECT 7, platform || ': deviation of log views', 0.9, 1.9, stddev(ln(greatest(views, 1))) FROM posts_720 GROUP BY platform
UNION ALL SELECT 8, platform || ': correlation of log views, 24 h and 720 h', 0.88, 0.998, corr(ln(greatest(views_24, 1)), ln(greatest(views, 1)))
       FROM posts_720 GROUP BY platform
UNION ALL SELECT 10, platform || ': best hour of the day / worst', 1.8, 5.5, max(views) / min(views)
       FROM (SELECT platform, extract(hour FROM update_timestamp), sum(views)::float8 AS views FROM full_lives WHERE age BETWEEN 97 AND 696 GROUP BY 1, 2) h GROUP BY platform
UNION ALL SELECT 12, platform || ': likes per view, %', low, high, 100 * likes / views
       FROM sums JOIN (VALUES ('facebook', 1.4, 4.2), ('instagram', 2.3, 5.2), ('youtube', 2.3, 5.2)) b (platform, low, high) USING (platform)
UNION ALL SELECT 12, platform || ': comments per view, %', 0.09, 0.55, 100 * comments / views FROM sums
UNION ALL SELECT 12, platform || ': engagement per view, %', low, high, 100 * engaged / views
       FROM sums JOIN (VALUES ('facebook', 1.9, 6.2), ('instagram', 2.8, 6.2), ('youtube', 2.7, 6.2)) b (platform, low, high) USING (platform)
UNION ALL SELECT 13, platform || ': clicks per view, %', low, high, 100 * clicks / views
       FROM sums JOIN (VALUES ('facebook', 0.8, 2.5), ('instagram', 0.4, 1.5), ('youtube', 0.3, 1.0)) b (platform, low, high) USING (platform)
UNION ALL SELECT 13, 'clicks per view: facebook > instagram > youtube', 1, 1,
       (SELECT (string_agg(platform, ' ' ORDER BY clicks / views DESC) = 'facebook instagram youtube')::int FROM sums)
UNION ALL SELECT 14, s.platform || ': CPC', cpc_min, cpc_max, spend / paid_clicks FROM sums s JOIN roi_platforms USING (platform)
UNION ALL SELECT 14, s.platform || ': CPM', cpm_min, cpm_max, 1000 * spend / paid_views FROM sums s JOIN roi_platforms USING (platform)
UNION ALL SELECT 14, 'CPC of instagram / facebook', 1.15, 2.3, (SELECT spend / paid_clicks FROM sums WHERE platform = 'instagram') / (SELECT spend / paid_clicks FROM sums WHERE platform = 'facebook')
UNION ALL SELECT 15, platform || ': ROAS', 2, 5, revenue / spend FROM sums
UNION ALL SELECT 15, 'campaigns with ROI 100-800, %', 90, 100, 100.0 * count(*) FILTER (WHERE net_profit / spend BETWEEN 1 AND 8) / count(*)
       FROM campaign_with_user_id WHERE spend > 100;

\pset footer off
SELECT test, statistic, low AS "from", high AS "to", round(value::numeric, 4) AS value,
       CASE WHEN value BETWEEN low AND high THEN 'pass' ELSE 'FAIL' END AS result
FROM checks ORDER BY test, statistic;
SELECT format('through SQL: %s passed, %s failed', count(*) FILTER (WHERE value BETWEEN low AND high),
              count(*) FILTER (WHERE (value BETWEEN low AND high) IS NOT TRUE)) FROM checks
\g (format=unaligned tuples_only=on)
