-- The simulator: ticks, hours and stamps, registration, parameters, ratios to date, platforms as data, purge, row security.
BEGIN;
SELECT set_config('client_min_messages', 'warning', true);
CREATE EXTENSION IF NOT EXISTS roi_ext SCHEMA :"roi_schema";
SELECT roi_setup();
SELECT no_plan();

CREATE FUNCTION pg_temp.register(who text, seed bigint, first_posts integer, per_day numeric, platforms text[] DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    SELECT FROM roi_simulate(who, seed, platforms, per_day, first_posts, 'plan', NULL, '2025-01-31 09:00+00')
$$;
-- "hours users posts published" of a tick that many minutes after the start of the accounts.
CREATE FUNCTION pg_temp.tick(minutes numeric) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', hours, users, posts, published)
    FROM roi_generate_tick(timestamptz '2025-01-31 09:00+00' + minutes * interval '1 minute')
$$;
-- Hours of a user that have rows, with their number: "09:00 x 3".
CREATE FUNCTION pg_temp.hours(who text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(to_char(hour AT TIME ZONE 'UTC', 'HH24:MI') || ' x ' || n, ', ' ORDER BY hour)
    FROM (SELECT update_timestamp AS hour, count(*) AS n FROM roi_metrics WHERE user_id = who GROUP BY 1) h
$$;
-- SQLSTATE and message of a statement; its effects are undone.
CREATE FUNCTION pg_temp.error_of(VARIADIC statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        EXECUTE statement;
    END LOOP;
    RAISE EXCEPTION USING ERRCODE = '00001', MESSAGE = 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

-- Ticks.
SELECT pg_temp.register('user_tick', 42, 3, 0);
SELECT is(pg_temp.tick(-30), '0 0 0 0', 'a tick before the start does nothing');
SELECT is(pg_temp.tick(59.99), '0 0 0 0', 'an hour that has not ended has no rows');
SELECT is(pg_temp.tick(60), '1 1 3 3', 'the tick at 10:00 makes the first hour');
SELECT is(pg_temp.hours('user_tick'), '09:00 x 3', 'stamped with the start of the hour, 09:00');
SELECT is(pg_temp.tick(60), '0 0 0 0', 'a second tick adds nothing');
SELECT is(pg_temp.tick(119.98), '0 0 0 0', 'nor does one at 10:59:59');
SELECT is(pg_temp.hours('user_tick'), '09:00 x 3', 'really nothing');
SELECT is(pg_temp.tick(7 * 60 + 3), '6 1 18 0', 'missed hours are caught up');
SELECT is(pg_temp.hours('user_tick'), '09:00 x 3, 10:00 x 3, 11:00 x 3, 12:00 x 3, 13:00 x 3, 14:00 x 3, 15:00 x 3', 'six missed hours give six');
SELECT is(pg_temp.tick(120), '0 0 0 0', 'a tick of the past changes nothing');
SELECT is((SELECT generated_until FROM roi_simulations WHERE user_id = 'user_tick'), '2025-01-31 16:00+00', 'generated_until follows');
SELECT results_eq($$SELECT concat_ws(' ', hours, users, posts, published) FROM roi_backfill('user_tick', '2 hours', '2025-01-31 16:30+00')$$,
                  ARRAY['0 1 0 0'], 'a backfill of what exists adds nothing');
SELECT is(pg_temp.tick(12 * 60), '5 1 15 0', 'five missed hours give five');

-- First rows and running totals.
SELECT is((SELECT count(*) FROM roi_metrics WHERE user_id = 'user_tick' AND update_timestamp = '2025-01-31 09:00+00'
           AND least(views, likes, comments, shares, saves, clicks) >= 1), 3::bigint, 'counters start at 1 in the first hour');
SELECT is_empty($$
    SELECT * FROM roi_metrics m JOIN (
        SELECT id, sum(revenue_generated) OVER before_it AS revenue, sum(ad_spend) OVER before_it AS spend FROM roi_metrics WHERE user_id = 'user_tick'
        WINDOW before_it AS (PARTITION BY post_id ORDER BY update_timestamp)) d USING (id)
    WHERE m.roi_percentage IS DISTINCT FROM CASE WHEN spend = 0 THEN 0 ELSE round((revenue - spend) * 100 / spend, 6) END
       OR m.roas_ratio IS DISTINCT FROM CASE WHEN spend = 0 THEN 0 ELSE round(revenue / spend, 6) END$$, 'roi_percentage and roas_ratio are to date, every row');
SELECT isnt_empty($$SELECT FROM roi_metrics WHERE user_id = 'user_tick' AND ad_spend = 0 AND roi_percentage <> 0$$, 'to date, not of the row');
SELECT isnt_empty($$SELECT FROM roi_metrics WHERE user_id = 'user_tick' AND ad_spend > 0 AND roas_ratio > 0$$, 'and not all 0');
SELECT is((SELECT string_agg(DISTINCT source, ',') FROM roi_metrics WHERE user_id = 'user_tick'), 'simulated', 'rows say simulated');
SELECT is((SELECT string_agg(DISTINCT source, ',') FROM roi_posts WHERE user_id = 'user_tick'), 'simulated', 'posts say simulated');
SELECT is((SELECT count(*) FROM roi_metrics m JOIN roi_posts p USING (user_id, platform, post_id)
           WHERE user_id = 'user_tick' AND m.posted_at = p.posted_at AND m.content_type = p.content_type
             AND p.last_hour = '2025-01-31 20:00+00' AND m.content_type IN ('post', 'story', 'reel', 'video', 'ad')), 36::bigint, 'rows repeat what their post is');

-- The same seed gives these rows on every machine: change the golden sums only when the rows shall change.
SELECT is((SELECT concat_ws(' ', sum(views), sum(likes), sum(comments), sum(shares), sum(saves), sum(clicks), sum(paid_views), sum(paid_clicks),
                            sum(conversions)::bigint, sum(ad_spend)::numeric(18,2), sum(revenue_generated)::numeric(18,2))
           FROM roi_metrics WHERE user_id = 'user_tick'), '2220 85 26 360 54 199 852 74 7 41.65 460.00', 'golden sums of seed 42');
SELECT is((SELECT string_agg(post_id || ' ' || content_type || ' ' || content_category || ' ' || to_char(posted_at AT TIME ZONE 'UTC', 'HH24:MI:SS'), ', ' ORDER BY post_no)
           FROM roi_posts WHERE user_id = 'user_tick'), 'facebook-482865-0 video tutorial 09:10:13, instagram-482865-0 video promotion 09:04:19, youtube-482865-0 video promotion 09:25:07', 'golden posts of seed 42');

-- Spend to date 0: nothing is paid.
SAVEPOINT unpaid;
UPDATE roi_platforms SET paid_share = 0;
SELECT pg_temp.register('user_unpaid', 42, 3, 0);
SELECT pg_temp.tick(24 * 60);
SELECT is((SELECT concat_ws(' ', count(*), sum(abs(roi_percentage))::float8, sum(roas_ratio)::float8, sum(ad_spend)::float8, sum(revenue_generated) > 0)
           FROM roi_metrics WHERE user_id = 'user_unpaid'), '72 0 0 0 t', 'ratios are 0 while spend to date is 0, revenue or not');
ROLLBACK TO unpaid;

-- Stopping.
SELECT is(roi_stop_simulation('user_tick'), true, 'stopping a growing account');
SELECT is(roi_stop_simulation('user_tick'), false, 'stopping it again');
SELECT is(pg_temp.tick(14 * 60), '0 0 0 0', 'a stopped account does not grow');
SELECT is((SELECT state FROM roi_simulate('user_tick')), 'growing', 'roi_simulate lets it grow on');
SELECT is(pg_temp.tick(14 * 60), '2 1 6 0', 'and the next tick catches up');
SELECT throws_ok($$SELECT roi_stop_simulation('user_nobody')$$, '42704', NULL, 'stopping what does not exist');
SELECT roi_stop_simulation('user_tick');

-- Lifetime and cadence.
SELECT pg_temp.register('user_old', 1, 1, 0, ARRAY['facebook']);
SELECT pg_temp.register('user_busy', 1, 0, 24);
SELECT is((SELECT concat_ws(' ', hours, users, posts, published) FROM roi_backfill('user_old', '719 hours', timestamptz '2025-01-31 09:00+00' + interval '719 hours')), '719 1 719 1', 'a post lives on in its 719th hour');
SELECT is((SELECT concat_ws(' ', hours, users, posts, published) FROM roi_backfill('user_old', '722 hours', timestamptz '2025-01-31 09:00+00' + interval '722 hours')), '3 1 1 0', 'and ends after 720');
SELECT is((SELECT max(update_timestamp) FROM roi_metrics WHERE user_id = 'user_old'), timestamptz '2025-01-31 09:00+00' + interval '719 hours', 'with its 720th hour');
SELECT is((SELECT posts FROM roi_backfill('user_old', '800 hours', timestamptz '2025-01-31 09:00+00' + interval '800 hours')), 0::bigint, 'for good');
SELECT roi_backfill('user_busy', '800 hours', timestamptz '2025-01-31 09:00+00' + interval '800 hours');
SELECT ok((SELECT count(*) BETWEEN 600 AND 1000 AND max(posted_at) > timestamptz '2025-01-31 09:00+00' + interval '780 hours' FROM roi_posts WHERE user_id = 'user_busy'),
          'publishing goes on at about 24 posts a day beyond the first posts'' life');
SELECT is((SELECT max(n) FROM (SELECT count(*) AS n FROM roi_metrics WHERE user_id = 'user_busy' GROUP BY post_id) c), 720::bigint, 'none lives longer than 720 hours');
SELECT is((SELECT count(*) FROM roi_metrics WHERE user_id = 'user_busy'),
          (SELECT sum(least(720, extract(epoch FROM timestamptz '2025-01-31 09:00+00' + interval '800 hours' - date_trunc('hour', posted_at)) / 3600))::bigint FROM roi_posts WHERE user_id = 'user_busy'), 'every post has every hour of its life');
-- Partitions made late: the rows that strayed into the default partition move along.
SELECT is((SELECT count(DISTINCT tableoid) FROM roi_metrics WHERE user_id = 'user_busy'), 1::bigint, 'months without a partition share the default one');
SELECT is(roi_make_partitions(ARRAY['2025-01-31', '2025-02-10', '2025-02-11', '2025-03-01']::timestamptz[]), 6, 'two tables, three months');
SELECT is_empty($$SELECT FROM roi_metrics WHERE user_id = 'user_busy' AND tableoid::regclass::text !~ ('roi_metrics_p' || to_char(update_timestamp AT TIME ZONE 'UTC', 'YYYY_MM') || '$')$$, 'rows lie in the partition of their month');
SELECT is_empty($$SELECT FROM platform_metrics WHERE user_id = 'user_busy' AND tableoid::regclass::text !~ ('platform_metrics_p' || to_char(update_timestamp AT TIME ZONE 'UTC', 'YYYY_MM') || '$')$$, 'so do the platforms'' own');
SELECT is((SELECT count(DISTINCT tableoid) FROM roi_metrics WHERE user_id = 'user_busy'), 3::bigint, 'in three months');
SELECT roi_purge_simulated(u) FROM unnest(ARRAY['user_busy', 'user_old']) u;

-- Registration.
SELECT is((SELECT concat_ws(' ', seed, platforms, posts_per_day::float8, first_posts, currency, start_at = date_trunc('hour', now(), 'UTC'), generated_until = start_at, state)
           FROM roi_simulate('user_demo')), '189396701923080103 {facebook,instagram,youtube} 3 12 USD t t growing', 'defaults; the seed follows from the user id');
SELECT is((SELECT s::text FROM roi_simulate('user_demo') s), (SELECT s::text FROM roi_simulate('user_demo') s), 'registering again changes nothing');
SELECT is((SELECT count(*) FROM roi_simulate('user_demo', NULL, ARRAY['facebook', 'instagram', 'youtube'], 3, 12, NULL, 'USD')), 1::bigint, 'nor does naming the same parameters');
SELECT is(left(pg_temp.error_of(format('SELECT FROM roi_simulate(%L, %s)', 'user_demo', call)), 5), '55000', call || ': other parameters')
FROM unnest(ARRAY['seed => 1', 'platforms => ARRAY[''youtube'']', 'posts_per_day => 4', 'first_posts => 13', 'currency => ''EUR''', 'start_at => ''2025-01-01 00:00+00''']) AS call;
SELECT is(left(pg_temp.error_of(format('SELECT FROM roi_simulate(%L, %s)', 'user_bad', call)), 5), '22023', call || ': refused')
FROM unnest(ARRAY['platforms => ''{}''', 'platforms => ARRAY[NULL::text]', 'platforms => ARRAY[''youtube'', ''youtube'']', 'platforms => ARRAY[''nowhere'']',
    'posts_per_day => -1', 'posts_per_day => ''NaN''', 'posts_per_day => 100001', 'first_posts => -1', 'first_posts => 1000001', 'growth_model => ''magic''',
    'currency => ''usd''', 'start_at => ''infinity''', 'start_at => ''1969-12-31 23:00+00''']) AS call;
SELECT is((SELECT to_char(start_at AT TIME ZONE 'UTC', 'HH24:MI') FROM roi_simulate('user_part', start_at => '2025-01-31 09:59:59.9+00')), '09:00', 'start_at is cut to the hour');
SELECT is(left(pg_temp.error_of(format('SELECT FROM roi_backfill(''user_part'', %s)', call)), 5), code, call || ': ' || code)
FROM (VALUES ('''0 hours''', '22023'), ('''-1 day''', '22023'), ('''11 years''', '22023'), ('NULL', '22004'), ('''1 day'', NULL', '22004'),
             ('''1 day'', ''infinity''', '22008'), ('''1 day'', ''1960-01-01 00:00+00''', '22008')) AS c (call, code);
SELECT is(left(pg_temp.error_of(format('SELECT FROM roi_generate_tick(%s)', call)), 5), code, call || ': ' || code)
FROM (VALUES ('NULL', '22004'), ('''infinity''', '22008'), ('''1969-12-31 23:59+00''', '22008'), ('now() + interval ''2 years''', '22008')) AS c (call, code);

-- Backfill before and after hours exist.
SELECT is((SELECT concat_ws(' ', hours, posts > 0) FROM roi_backfill('user_part', '10 hours', '2025-01-31 10:00+00')), '10 t', 'a backfill moves the start of an account without hours');
SELECT is((SELECT start_at FROM roi_simulations WHERE user_id = 'user_part'), '2025-01-31 00:00+00', 'to where the span begins');
SELECT is(left(pg_temp.error_of('SELECT FROM roi_backfill(''user_part'', ''11 hours'', ''2025-01-31 10:00+00'')'), 5), '55000', 'an earlier start once hours exist');
SELECT is((SELECT concat_ws(' ', hours) FROM roi_backfill('user_part', '1 hour', '2025-01-31 12:00+00')), '2', 'a short span leaves no gap');
SELECT roi_purge_simulated(u) FROM unnest(ARRAY['user_part', 'user_demo']) u;

-- Real facts and simulation exclude each other.
INSERT INTO users VALUES ('user_real');
INSERT INTO roi_metrics (user_id, platform, views) VALUES ('user_real', 'facebook', 1);
SELECT is(left(pg_temp.error_of('SELECT FROM roi_simulate(''user_real'')'), 5), '55000', 'a user with recorded facts is not simulated');

-- Prices take effect at the next hour.
SELECT pg_temp.register('user_price', 42, 3, 0);
SELECT pg_temp.tick(60);
UPDATE roi_platforms SET cpc_min = 9, cpc_max = 9, cpm_min = 99, cpm_max = 99;
SELECT pg_temp.tick(120);
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', cost_per_click = 9, cost_per_impression = 0.099), ', ') FROM roi_metrics WHERE user_id = 'user_price' AND update_timestamp = '2025-01-31 09:00+00'), 'f f', 'rows that exist keep their prices');
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', cost_per_click = 9, cost_per_impression = 0.099), ', ') FROM roi_metrics WHERE user_id = 'user_price' AND update_timestamp = '2025-01-31 10:00+00'), 't t', 'the next hour has the new ones');
SELECT is((SELECT string_agg(concat_ws(' ', post_id, update_timestamp, views, clicks), ', ' ORDER BY post_id, update_timestamp) FROM roi_metrics WHERE user_id = 'user_price'),
          (SELECT string_agg(concat_ws(' ', post_id, update_timestamp, views, clicks), ', ' ORDER BY post_id, update_timestamp) FROM roi_metrics WHERE user_id = 'user_tick' AND update_timestamp < '2025-01-31 11:00+00'),
          'the delivery is that of another user with the same seed');

-- Caps of the plan.
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', views_cap, likes_cap, comments_cap, shares_cap, clicks_cap), ',') FROM roi_platforms), '1000000 500000 100000 200000 300000', 'the plan''s caps');
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', views_growth_max, likes_growth_max, comments_growth_max, shares_growth_max, clicks_growth_max), ',') FROM roi_platforms), '2.500 1.800 1.600 2.200 1.900', 'the plan''s growth ranges');
UPDATE roi_platforms SET views_cap = 200, likes_cap = 30, comments_cap = 20, shares_cap = 25, saves_cap = 5, clicks_cap = 1;
SELECT pg_temp.register('user_cap', 3, 30, 0);
SELECT pg_temp.tick(72 * 60);
SELECT is((SELECT concat_ws(' ', max(views), max(likes), max(comments), max(shares), max(saves), max(clicks)) FROM roi_posts WHERE user_id = 'user_cap'), '200 30 20 25 5 1', 'totals reach their caps and stay there');
UPDATE roi_platforms SET views_cap = 100;
SELECT pg_temp.tick(80 * 60);
SELECT is((SELECT concat_ws(' ', max(p.views), (SELECT min(views) FROM roi_metrics m WHERE m.user_id = 'user_cap')) FROM roi_posts p WHERE user_id = 'user_cap'), '200 0', 'a lowered cap takes nothing away');

-- A platform is one INSERT.
INSERT INTO roi_platforms (platform, cpc_min, cpc_max, cpm_min, cpm_max, engagement_multiplier, order_value, paid_share, metrics) VALUES
('tiktok', 0.20, 1.00, 2.00, 10.00, 1.8, 35, 0.4, '[
    {"key": "video_views", "of": "views", "low": 1, "high": 1, "decimals": 0},
    {"key": "followers_gained", "of": "likes", "low": 0.01, "high": 0.05, "decimals": 0},
    {"key": "play_count", "of": "views", "low": 1, "high": 1.2, "decimals": 0},
    {"key": "completion_rate", "of": "active", "low": 0.2, "high": 0.8, "decimals": 2}]');
SELECT pg_temp.register('user_tiktok', 5, 4, 24, ARRAY['tiktok']);
SELECT pg_temp.tick(80 * 60);
SELECT is_empty($$SELECT FROM platform_metrics p JOIN roi_metrics m ON m.id = p.roi_metric_id WHERE m.user_id = 'user_tiktok' AND NOT (
    (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(p.metrics) k) = '{completion_rate,followers_gained,play_count,video_views}'
    AND (p.metrics->>'video_views')::bigint = m.views AND (p.metrics->>'play_count')::numeric BETWEEN m.views AND m.views * 1.2 + 1
    AND (p.metrics->>'followers_gained')::bigint <= m.likes AND (p.metrics->>'completion_rate')::numeric BETWEEN CASE WHEN m.views > 0 THEN 0.2 ELSE 0 END AND 0.8)$$, 'TikTok has its four metrics in every row');
SELECT ok((SELECT count(*) > 320 AND count(*) = (SELECT count(*) FROM platform_metrics WHERE user_id = 'user_tiktok') AND bool_and(revenue_generated = conversions * 35) FROM roi_metrics WHERE user_id = 'user_tiktok'), 'and its order value');
SELECT is((SELECT platforms::text FROM roi_simulate('user_new')), '{facebook,instagram,tiktok,youtube}', 'a new account has it by default');
SELECT is((SELECT platforms::text FROM roi_simulate('user_price')), '{facebook,instagram,youtube}', 'an old one stays as it was');

-- Metrics that cannot be simulated: 22023 names platform and key.
SELECT matches(pg_temp.error_of(format('UPDATE roi_platforms SET metrics = %L WHERE platform = ''tiktok''', '[' || metrics || ']'), 'SELECT FROM roi_generate_tick(''2025-02-10 00:00+00'')'),
               '^22023 .*"' || key || '".*"tiktok"', metrics)
FROM (VALUES ('bad_of', '{"key": "bad_of", "of": "luck"}'), ('no_of', '{"key": "no_of"}'), ('later', '{"key": "later", "of": "views", "times": "x"}, {"key": "x", "of": "views"}'),
             ('itself', '{"key": "itself", "of": "views", "times": "itself"}'), ('order', '{"key": "order", "of": "views", "low": 2, "high": 1}'),
             ('below', '{"key": "below", "of": "views", "low": -1}'), ('above', '{"key": "above", "of": "views", "high": 1000001}'),
             ('fine', '{"key": "fine", "of": "views", "decimals": 7}'), ('coarse', '{"key": "coarse", "of": "views", "decimals": -1}'), ('', '{"of": "views"}'), ('', '17'),
             ('nan', '{"key": "nan", "of": "views", "low": "NaN"}'), ('word', '{"key": "word", "of": "views", "low": "much"}'),
             ('half', '{"key": "half", "of": "views", "decimals": 1.5}'), ('huge', '{"key": "huge", "of": "views", "high": 1e999}')) AS bad (key, metrics);

-- Row security: who is signed in as somebody else sees nothing.
CREATE ROLE roi_test_client;
GRANT USAGE ON SCHEMA :"roi_schema" TO roi_test_client;
GRANT SELECT ON roi_metrics, platform_metrics, roi_posts, roi_simulations TO roi_test_client;
GRANT EXECUTE ON FUNCTION roi_current_user_id(), roi_simulate, roi_backfill, roi_generate_tick, roi_stop_simulation, roi_purge_simulated TO roi_test_client;
SET LOCAL roi_ext.user_id = 'user_other';
SET LOCAL ROLE roi_test_client;
SELECT concat_ws(' ', (SELECT count(*) FROM roi_metrics), (SELECT count(*) FROM platform_metrics), (SELECT count(*) FROM roi_posts), (SELECT count(*) FROM roi_simulations)) AS others \gset
SELECT pg_temp.error_of('SELECT FROM roi_simulate(''user_tick'')') AS simulate_error, pg_temp.error_of('SELECT FROM roi_backfill(''user_tick'')') AS backfill_error,
       pg_temp.error_of('SELECT roi_stop_simulation(''user_tick'')') AS stop_error, pg_temp.error_of('SELECT roi_purge_simulated(''user_tick'')') AS purge_error,
       pg_temp.error_of('SELECT roi_purge_simulated(''user_nobody'')') AS nobody_error \gset
SET LOCAL roi_ext.user_id = 'user_tick';
SELECT concat_ws(' ', (SELECT count(*) FROM roi_metrics), (SELECT count(*) FROM platform_metrics), (SELECT count(*) FROM roi_posts), (SELECT count(*) FROM roi_simulations)) AS own,
       (SELECT state FROM roi_simulate()) AS own_state \gset
RESET ROLE;
RESET roi_ext.user_id;
SELECT is(:'others'::text, '0 0 0 0', 'a client signed in as another user sees no row');
SELECT is(:'own'::text, '42 42 3 1', 'signed in as himself he sees his own');
SELECT is(:'own_state'::text, 'growing', 'and may call for himself');
SELECT is(left(error, 5), '42501', what || ' for another user is refused')
FROM (VALUES ('roi_simulate', :'simulate_error'), ('roi_backfill', :'backfill_error'), ('roi_stop_simulation', :'stop_error'), ('roi_purge_simulated', :'purge_error')) AS e (what, error);
SELECT is(:'purge_error'::text, :'nobody_error', 'and does not say whether that user exists');

-- Purge.
INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('user_tick', 'facebook', 'mine', 7, '2025-01-31 09:00+00');
INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp)
SELECT id, user_id, platform, update_timestamp FROM roi_metrics WHERE user_id = 'user_tick' AND post_id = 'mine';
INSERT INTO campaign_with_user_id (user_id, name, source) VALUES ('user_tick', 'recorded', 'recorded'), ('user_tick', 'simulated', 'simulated'), ('user_price', 'simulated', 'simulated');
CREATE TEMP TABLE others AS SELECT m::text AS fact FROM roi_metrics m WHERE user_id <> 'user_tick'
    UNION ALL SELECT p::text FROM platform_metrics p WHERE user_id <> 'user_tick' UNION ALL SELECT p::text FROM roi_posts p WHERE user_id <> 'user_tick'
    UNION ALL SELECT s::text FROM roi_simulations s WHERE user_id <> 'user_tick' UNION ALL SELECT c::text FROM campaign_with_user_id c WHERE user_id <> 'user_tick';
SELECT is(roi_purge_simulated('user_tick'), 42::bigint, 'purge counts the simulated rows');
SELECT is((SELECT string_agg(concat_ws(' ', post_id, source, views), ',') FROM roi_metrics WHERE user_id = 'user_tick'), 'mine recorded 7', 'recorded rows stay');
SELECT is((SELECT count(*) FROM platform_metrics WHERE user_id = 'user_tick'), 1::bigint, 'with their platform metrics');
SELECT is((SELECT count(*) FROM roi_posts WHERE user_id = 'user_tick' AND source = 'simulated'), 0::bigint, 'simulated posts are gone');
SELECT is((SELECT string_agg(name, ',') FROM campaign_with_user_id WHERE user_id = 'user_tick'), 'recorded', 'recorded campaigns stay');
SELECT is((SELECT count(*) FROM roi_simulations WHERE user_id = 'user_tick'), 0::bigint, 'the account is gone');
SELECT is((SELECT count(*) FROM users WHERE clerk_id = 'user_tick'), 1::bigint, 'the user is not');
SELECT bag_eq($$SELECT m::text FROM roi_metrics m WHERE user_id <> 'user_tick'
    UNION ALL SELECT p::text FROM platform_metrics p WHERE user_id <> 'user_tick' UNION ALL SELECT p::text FROM roi_posts p WHERE user_id <> 'user_tick'
    UNION ALL SELECT s::text FROM roi_simulations s WHERE user_id <> 'user_tick' UNION ALL SELECT c::text FROM campaign_with_user_id c WHERE user_id <> 'user_tick'$$,
    'SELECT fact FROM others', 'other users keep everything');
SELECT is(roi_purge_simulated('user_tick'), 0::bigint, 'a second purge finds nothing');
SELECT is(left(pg_temp.error_of('SELECT FROM roi_simulate(''user_tick'')'), 5), '55000', 'recorded facts keep the user from being simulated again');

-- Post numbers are not reused.
SELECT roi_purge_simulated('user_price');
SELECT pg_temp.register('user_price', 42, 3, 0);
SELECT pg_temp.tick(90 * 60);
SELECT is((SELECT string_agg(post_no::text, ' ' ORDER BY post_no) FROM roi_posts WHERE user_id = 'user_price'), '4 5 6', 'a purge gives no post number back');

-- a recorded campaign whose id a simulated one would have stays as it is
INSERT INTO users (clerk_id) VALUES ('user_own') ON CONFLICT DO NOTHING;
INSERT INTO campaign_with_user_id (user_id, id, name, date, impressions, clicks, spend, budget, conversions, net_profit, ongoing, source)
    VALUES ('user_own', 1000000000, 'Mine', current_date - 2, 111, 22, 33.5, 1000, 4, 5, 'true', 'recorded');
SELECT roi_simulate('user_own', seed => 1, first_posts => 4, posts_per_day => 2, start_at => now() - interval '3 days', campaigns => 1, campaign_days => 5) \g /dev/null
SELECT roi_backfill('user_own', '3 days') \g /dev/null
SELECT results_eq($$SELECT impressions::bigint, clicks::bigint, trim_scale(spend), ongoing::text FROM campaign_with_user_id WHERE user_id = 'user_own' AND source = 'recorded'$$,
    $$VALUES (111::bigint, 22::bigint, 33.5, 'true')$$, 'a recorded campaign is nobody else''s');

SELECT * FROM finish();
ROLLBACK;
