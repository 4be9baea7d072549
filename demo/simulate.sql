-- A simulated account of 60 days, three hours behind.
SELECT user_id AS "user", seed, platforms, posts_per_day, first_posts, growth_model
FROM roi_simulate('user_demo', seed => 42);
SELECT hours AS "hours generated", published AS "posts published", posts AS "rows written",
       date_trunc('hour', now() - interval '3 hours') AS "complete until"
FROM roi_backfill('user_demo', '60 days', now() - interval '3 hours');
SELECT name AS campaign, date, round(budget) AS budget, round(spend, 2) AS spend, round(net_profit, 2) AS profit, conversions::bigint AS conversions, ongoing
FROM campaign_with_user_id WHERE user_id = 'user_demo' ORDER BY date;
