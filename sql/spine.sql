-- The spine: an import, a simulated account, a tick, and the same numbers out.
SET client_min_messages = warning;
SET timezone = 'UTC';
SELECT format, platform, rows_read, rows_imported, rows_skipped, rows_rejected, spend, revenue, since, until, currency, facts
FROM roi_import('user_brand', convert_to($csv$Day,Campaign name,Amount spent (EUR),Impressions,Reach,Link clicks,Purchases,Purchases conversion value
2026-08-01,Spring,10.50,"1,000",800,20,2,90.00
2026-08-01,Spring,0.25,100,90,1,,
2026-08-02,Spring,12.00,900,700,15,1,45.10
2026-08-02,Summer,oops,1,1,1,1,1
Total,,22.75,2000,,36,3,135.10
$csv$, 'UTF8'));
SELECT line, column_name, value, reason FROM roi_import_rejects WHERE user_id = 'user_brand';
SELECT * FROM roi_total('user_brand', 'all');
SELECT * FROM roi_channel_performance('user_brand', 'all');

SELECT user_id, seed, platforms, posts_per_day, first_posts, growth_model, currency, start_at, generated_until, state
FROM roi_simulate('user_demo', seed => 42, first_posts => 3, posts_per_day => 0, start_at => '2026-08-01 00:30:00+00');
SELECT * FROM roi_generate_tick('2026-08-01 01:59:59+00');
SELECT * FROM roi_generate_tick('2026-08-01 01:59:59+00');
SELECT * FROM roi_generate_tick('2026-08-01 04:00:00+00');
SELECT post_id, update_timestamp, views, likes, clicks, ad_spend, revenue_generated FROM roi_metrics
WHERE user_id = 'user_demo' ORDER BY post_id, update_timestamp;
SELECT post_id, views, likes, clicks, ad_spend, revenue_generated, last_hour FROM roi_posts WHERE user_id = 'user_demo' ORDER BY 1;

-- periods
SELECT * FROM roi_time_range('7d', until => '2026-03-30 09:00:00+00', time_zone => 'Europe/Berlin');
SELECT * FROM roi_time_range('30d', until => '2025-04-10 12:00+00', time_zone => 'Europe/Brussels');
SELECT * FROM roi_time_range('30d', until => '2025-04-10 12:00+00', time_zone => 'CEST'); -- an abbreviation, no zone
SELECT * FROM roi_time_range('1y', until => '2024-02-29 12:00:00+00');
SELECT * FROM roi_time_range('all');
SELECT * FROM roi_time_range('36 hours', until => '2026-01-10 00:00:00+00');
SELECT * FROM roi_time_range(since => '2020-01-01 00:00:00+00', until => '2026-01-01 00:00:00+00');
SELECT * FROM roi_time_range('fortnight');
SELECT * FROM roi_time_range('-3 days');
SELECT * FROM roi_time_range(since => '2026-01-02', until => '2026-01-01');
