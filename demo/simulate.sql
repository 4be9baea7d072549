-- A simulated account of 30 days, three hours behind.
SELECT user_id AS "user", seed, platforms, posts_per_day, first_posts, growth_model
FROM roi_simulate('user_demo', seed => 42);
SELECT hours AS "hours generated", published AS "posts published", posts AS "rows written",
       date_trunc('hour', now() - interval '3 hours') AS "complete until"
FROM roi_backfill('user_demo', '30 days', now() - interval '3 hours');
