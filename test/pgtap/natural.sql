-- Growth model natural through SQL: defaults, campaigns and budgets, the 7-day baseline, the plan's sample data, cuts of the hours,
-- platforms as data, the platforms' own metrics, purge. The statistics are tested by test/realism.
BEGIN;
SELECT set_config('client_min_messages', 'warning', true), set_config('timezone', 'UTC', true) \g /dev/null
CREATE EXTENSION IF NOT EXISTS roi_ext SCHEMA :"roi_schema";
SELECT roi_setup() \g /dev/null
SELECT no_plan();

CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RAISE EXCEPTION USING ERRCODE = '00001', MESSAGE = 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
-- Every row of a user in all columns that the seed decides; equal texts mean equal rows.
CREATE FUNCTION pg_temp.fingerprint(who text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', (SELECT md5(string_agg((to_jsonb(m) - '{id,user_id,created_at}'::text[] || to_jsonb(p) - '{id,roi_metric_id,user_id}'::text[])::text, ',' ORDER BY m.update_timestamp, m.platform, m.post_id))
                           FROM roi_metrics m JOIN platform_metrics p ON (p.user_id, p.update_timestamp, p.roi_metric_id) = (m.user_id, m.update_timestamp, m.id) WHERE m.user_id = who),
                     (SELECT md5(string_agg((to_jsonb(p) - '{user_id,created_at,updated_at}'::text[])::text, ',' ORDER BY platform, post_id)) FROM roi_posts p WHERE user_id = who),
                     (SELECT md5(string_agg((to_jsonb(c) - '{user_id,created_at}'::text[])::text, ',' ORDER BY id)) FROM campaign_with_user_id c WHERE user_id = who)) $$;
-- Campaigns whose totals are not the sums of their facts.
CREATE FUNCTION pg_temp.wrong_campaigns() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM campaign_with_user_id c LEFT JOIN (
        SELECT user_id, campaign_id, sum(views) AS views, sum(clicks) AS clicks, sum(ad_spend) AS spend, sum(conversions) AS conversions,
               sum(revenue_generated) AS revenue FROM roi_metrics GROUP BY 1, 2) m ON (m.user_id, m.campaign_id) = (c.user_id, c.id)
    WHERE c.source = 'simulated' AND (c.impressions, c.clicks, c.spend, c.conversions, c.net_profit)
        IS DISTINCT FROM (coalesce(m.views, 0), coalesce(m.clicks, 0), coalesce(m.spend, 0), coalesce(m.conversions, 0), coalesce(m.revenue - m.spend, 0)) $$;

-- Two calls make a demo account; one is enough.
SELECT is((SELECT concat_ws(' ', growth_model, platforms, posts_per_day::float8, first_posts, audience_size, time_zone, campaigns, campaign_days, budget) FROM roi_simulate('demo')),
          'natural {facebook,instagram,youtube} 3 12 100000 UTC', 'defaults');
SELECT is((SELECT hours FROM roi_backfill('new', '3 days')), 72::bigint, 'a backfill registers an unknown user');
SELECT is((SELECT concat_ws(' ', count(*), bool_and(growth_model = 'natural'), bool_and(campaign_days = 14)) FROM roi_simulations WHERE user_id = 'new'), '1 t t', 'with the defaults');
SELECT is((SELECT count(*) FROM users WHERE clerk_id = 'new'), 1::bigint, 'in the users table, too');
SELECT results_eq($$ SELECT ok, rows, sqlstate FROM roi_job_runs WHERE job = 'roi_backfill' $$, $$ SELECT true, count(*), NULL::text FROM roi_metrics WHERE user_id = 'new' $$, 'the run is recorded');
SELECT is((SELECT hours FROM roi_backfill('new', '3 days')), 0::bigint, 'again: nothing to do');
SELECT is((SELECT count(*) FROM roi_job_runs WHERE job = 'roi_backfill'), 1::bigint, 'and nothing to record');
SELECT is(left(pg_temp.error_of(format($$ SELECT roi_simulate('demo', %s) $$, other)), 5), '55000', other || ': other parameters') FROM unnest(ARRAY['audience_size => 5', 'campaigns => 1',
    'campaign_days => 9', 'budget => 100', 'time_zone => ''Asia/Tokyo''', 'growth_model => ''plan''']) AS other;

-- The baseline of seven days.
SELECT is((SELECT hours FROM roi_backfill('week', '7 days', '2025-03-20 15:20+00')), 168::bigint, 'seven days');
SELECT results_eq($$ SELECT name, date, ongoing, source FROM campaign_with_user_id WHERE user_id = 'week' ORDER BY date $$,
    $$ VALUES ('Spring Promo'::varchar, date '2025-03-14', 'true'::varchar, 'simulated'::varchar), ('Video Launch', '2025-03-17', 'true', 'simulated') $$, 'two campaigns, dated as the plan''s');
SELECT is_empty($$ SELECT FROM roi_posts p LEFT JOIN campaign_with_user_id c ON (c.user_id, c.id) = (p.user_id, p.campaign_id) WHERE p.user_id = 'week'
    AND c.name IS DISTINCT FROM CASE WHEN p.posted_at >= '2025-03-17' THEN 'Video Launch' WHEN p.posted_at >= '2025-03-14' THEN 'Spring Promo' END $$, 'posts belong to the campaign of their day');
SELECT is((SELECT count(*) FROM roi_metrics m JOIN roi_posts p USING (user_id, post_id, platform) WHERE user_id = 'week' AND m.campaign_id IS DISTINCT FROM p.campaign_id), 0::bigint, 'rows to the campaign of their post');
SELECT results_eq($$ SELECT date::date, campaign_markers FROM roi_trends('week', until => '2025-03-20 15:00+00', since => '2025-03-13 15:00+00') WHERE campaign_markers <> '{}' ORDER BY 1 $$,
    $$ VALUES (date '2025-03-14', ARRAY['Spring Promo']), ('2025-03-17', ARRAY['Video Launch']) $$, 'the trend shows both markers');
SELECT is((SELECT count(*) FROM roi_simulate('week')), 1::bigint, 'the same call again is the same account');
SELECT roi_simulate('told', campaigns => 1) \g /dev/null
SELECT roi_backfill('told', '7 days', '2025-03-20 15:20+00') \g /dev/null
SELECT is((SELECT string_agg(concat_ws(' ', name, date), ',') FROM campaign_with_user_id WHERE user_id = 'told'), 'Spring Promo 2025-03-14', 'who was told how many campaigns keeps to it');

SELECT roi_stop_simulation(u) FROM unnest(ARRAY['week', 'told']) u \g /dev/null

-- The plan's sample campaigns and its one-time backfill, word for word but for the user.
INSERT INTO users VALUES ('user_123'), ('user_456'), ('plan_week');
INSERT INTO campaign_with_user_id (user_id, name, date, impressions, clicks, ctr, cpc, spend, budget, conversions, net_profit, ongoing)
VALUES 
('user_123', 'Summer Product Launch', '2024-01-15', 10000, 500, 5.0, 1.20, 600.00, 1000.00, 25, 1250.00, 'active'),
('user_123', 'Brand Awareness Campaign', '2024-01-20', 15000, 300, 2.0, 2.50, 750.00, 1500.00, 15, 450.00, 'active'),
('user_456', 'Holiday Promotion', '2024-01-10', 8000, 400, 5.0, 1.80, 720.00, 800.00, 20, 800.00, 'completed');
DO $$
DECLARE
  uid TEXT := 'plan_week';
  d DATE;
  c1 INTEGER;
  c2 INTEGER;
  p TEXT;
  v INTEGER;
  l INTEGER;
  cm INTEGER;
  sh INTEGER;
  cl INTEGER;
  spend NUMERIC;
  rev NUMERIC;
BEGIN
  -- Create two campaigns in the last 7 days
  INSERT INTO campaign_with_user_id (user_id, name, date, impressions, clicks, ctr, cpc, spend, budget, conversions, net_profit, ongoing)
  VALUES (uid, 'Spring Promo', (CURRENT_DATE - 6), 0,0,0,0,0,0,0,0,'true')
  RETURNING id INTO c1;

  INSERT INTO campaign_with_user_id (user_id, name, date, impressions, clicks, ctr, cpc, spend, budget, conversions, net_profit, ongoing)
  VALUES (uid, 'Video Launch', (CURRENT_DATE - 3), 0,0,0,0,0,0,0,0,'true')
  RETURNING id INTO c2;

  -- For each of the last 7 days, insert one ROI snapshot per platform at noon
  FOR d IN SELECT generate_series(CURRENT_DATE - 6, CURRENT_DATE, '1 day')::date LOOP
    FOR p IN SELECT unnest(ARRAY['facebook','instagram','youtube']) LOOP
      v := 100 + (random()*900)::int;         -- views
      l := 10 + (random()*90)::int;           -- likes
      cm := 5 + (random()*45)::int;           -- comments
      sh := 2 + (random()*30)::int;           -- shares
      cl := 8 + (random()*70)::int;           -- clicks
      spend := round((5 + random()*45)::numeric, 2);
      rev := round((spend * (1.5 + random()*2.5))::numeric, 2);

      INSERT INTO roi_metrics (
        user_id, platform, campaign_id, post_id, content_type, content_category,
        views, likes, comments, shares, saves, clicks,
        ad_spend, revenue_generated, cost_per_click, cost_per_impression,
        roi_percentage, roas_ratio, update_timestamp
      )
      VALUES (
        uid, p, CASE WHEN d <= CURRENT_DATE - 3 THEN c1 ELSE c2 END, NULL, 'video', 'generic',
        v, l, cm, sh, 1, cl,
        spend, rev, NULL, NULL,
        CASE WHEN spend>0 THEN ((rev - spend)/spend)*100 ELSE 0 END,
        CASE WHEN spend>0 THEN (rev/spend) ELSE 0 END,
        (d + time '12:00')
      );
    END LOOP;
  END LOOP;
END$$;
SELECT results_eq($$ SELECT total_revenue, total_spend, data_points FROM roi_total('plan_week', 'all') $$,
    $$ SELECT sum(revenue_generated), sum(ad_spend), 21::bigint FROM roi_metrics WHERE user_id = 'plan_week' $$, 'the plan''s block: totals');
SELECT set_eq($$ SELECT unnest(campaign_markers) FROM roi_trends('plan_week', since => date_trunc('day', now()) - interval '7 days', until => date_trunc('day', now()) + interval '1 day') $$,
    ARRAY['Spring Promo', 'Video Launch'], 'the plan''s block: markers');
SELECT is((SELECT string_agg(k, ' ' ORDER BY k) FROM json_object_keys(roi_dashboard('plan_week', '90d')) k WHERE k IN ('total', 'revenue', 'cost', 'profitability', 'trends', 'channels')),
          'channels cost profitability revenue total trends', 'the plan''s block: every tab answers');
SELECT is((SELECT count(*) FROM roi_verify('plan_week')), 0::bigint, 'the plan''s block: rollups equal the facts');

-- The numbers of roi_platforms are those that test/realism measures: the unit test of the same name draws these totals, too.
SELECT roi_simulate('golden', seed => 42, first_posts => 3, posts_per_day => 0, start_at => '2025-01-31 09:00+00', campaigns => 0) \g /dev/null
SELECT roi_backfill('golden', '24 hours', '2025-02-01 09:00+00') \g /dev/null
SELECT results_eq($$ SELECT concat_ws(' ', views, likes, comments, shares, saves, clicks, paid_views, paid_clicks, (conversions * 1000000)::bigint, (ad_spend * 1000000)::bigint,
    (revenue_generated * 1000000)::bigint) FROM roi_posts WHERE user_id = 'golden' ORDER BY platform $$,
    ARRAY['38202 1695 383 364 211 535 22721 273 15000000 166350000 813490000', '7645 428 4 27 32 46 1873 9 0 17520000 0', '4995 167 18 12 6 36 2351 23 0 9870000 0'], 'the first day of seed 42, as the core draws it');

SELECT roi_stop_simulation('golden') \g /dev/null

-- Budgets: small enough to run out, whatever the hours are cut into.
SELECT roi_simulate(u, seed => 5, first_posts => 9, posts_per_day => 12, start_at => '2025-05-05 00:00+00', budget => 40, campaign_days => 2, time_zone => 'America/New_York', audience_size => 20000)
FROM unnest(ARRAY['once', 'cut', 'ticks']) u \g /dev/null
SELECT roi_backfill('once', '3 days', '2025-05-08 00:00+00') \g /dev/null
SELECT roi_backfill('cut', make_interval(hours => h), timestamptz '2025-05-05 00:00+00' + make_interval(hours => h)) FROM unnest(ARRAY[1, 2, 7, 23, 24, 50]) h \g /dev/null
SELECT roi_backfill('cut', '3 days', '2025-05-08 00:00+00') \g /dev/null
SELECT roi_generate_tick(timestamptz '2025-05-05 00:00+00' + make_interval(hours => h)) FROM generate_series(1, 72) h \g /dev/null
SELECT is(pg_temp.fingerprint('cut'), pg_temp.fingerprint('once'), 'backfills split anywhere make the rows of one');
SELECT is(pg_temp.fingerprint('ticks'), pg_temp.fingerprint('once'), 'so do hourly ticks');
SELECT roi_simulate(u, seed => 6, first_posts => 3, posts_per_day => 0, start_at => '2025-03-01 00:00+00') FROM unnest(ARRAY['dead_once', 'dead_cut']) u \g /dev/null
SELECT roi_backfill('dead_once', '64 days', '2025-05-04 00:00+00') \g /dev/null
SELECT roi_backfill('dead_cut', make_interval(days => d), timestamptz '2025-03-01 00:00+00' + make_interval(days => d)) FROM unnest(ARRAY[29, 33, 46, 64]) d \g /dev/null
SELECT is(pg_temp.fingerprint('dead_cut'), pg_temp.fingerprint('dead_once'), 'nor does it matter when the last post has died');
SELECT is((SELECT string_agg(ongoing, ' ' ORDER BY date) FROM campaign_with_user_id WHERE user_id = 'dead_once'), 'completed completed true true true', 'campaigns end with their last posts');
SELECT roi_stop_simulation(u) FROM unnest(ARRAY['dead_once', 'dead_cut']) u \g /dev/null
SELECT is((SELECT string_agg(date::text, ' ' ORDER BY date) FROM campaign_with_user_id WHERE user_id = 'once'), '2025-05-04 2025-05-06', 'campaigns are dated by the account''s clock');
SELECT ok((SELECT bool_and(spend <= budget AND spend > 0.9 * budget AND ongoing = 'completed') FROM campaign_with_user_id WHERE user_id = 'once' AND date = '2025-05-04'), 'a spent budget completes its campaign and is not passed');
SELECT is((SELECT concat_ws(' ', sum(paid_views), sum(ad_spend)::float8, sum(views) > 0) FROM roi_metrics WHERE user_id = 'once' AND campaign_id = 1000000000
           AND update_timestamp > (SELECT max(update_timestamp) FROM roi_metrics WHERE user_id = 'once' AND campaign_id = 1000000000 AND ad_spend > 0)), '0 0 t', 'then paid delivery has stopped and organic goes on');
SELECT is(pg_temp.wrong_campaigns(), 0::bigint, 'campaign totals are the sums of their facts');
SELECT roi_simulate('paused', seed => 5, first_posts => 6, posts_per_day => 0, start_at => '2025-05-05 00:00+00', audience_size => 20000) \g /dev/null
SELECT roi_backfill('paused', '2 hours', '2025-05-05 02:00+00') \g /dev/null
UPDATE campaign_with_user_id SET ongoing = 'paused' WHERE user_id = 'paused';
SELECT roi_backfill('paused', '5 hours', '2025-05-05 05:00+00') \g /dev/null
SELECT is((SELECT concat_ws(' ', sum(ad_spend) FILTER (WHERE update_timestamp < '2025-05-05 02:00+00') > 0, sum(ad_spend) FILTER (WHERE update_timestamp >= '2025-05-05 02:00+00') = 0, sum(views) FILTER (WHERE update_timestamp >= '2025-05-05 02:00+00') > 0)
           FROM roi_metrics WHERE user_id = 'paused'), 't t t', 'a campaign that is not ongoing pays for nothing');
SELECT roi_simulate('free', seed => 5, first_posts => 6, posts_per_day => 0, start_at => '2025-05-05 00:00+00', campaigns => 0) \g /dev/null
SELECT roi_backfill('free', '5 hours', '2025-05-05 05:00+00') \g /dev/null
SELECT is((SELECT concat_ws(' ', (SELECT count(*) FROM campaign_with_user_id c WHERE c.user_id = 'free'), sum(ad_spend) > 0) FROM roi_metrics WHERE user_id = 'free'), '0 t', 'without campaigns nothing ends paid delivery');

-- Posts tell what was drawn.
SELECT is((SELECT string_agg(DISTINCT archetype, ' ' ORDER BY archetype) FROM roi_posts WHERE source = 'simulated'), 'dying steady viral', 'all archetypes');
SELECT ok((SELECT bool_and((parameters ->> 'views')::numeric > 0 AND abs((parameters ->> 'cpm')::numeric - 1000 * (parameters ->> 'paid_ctr')::numeric * (parameters ->> 'cpc')::numeric) < 0.02) FROM roi_posts WHERE source = 'simulated'), 'CPM = 1000 x CTR x CPC');

-- The platforms' own metrics: all keys of the plan, within the row's increments.
SELECT is_empty($$ SELECT FROM roi_metrics m JOIN platform_metrics p ON (p.user_id, p.update_timestamp, p.roi_metric_id) = (m.user_id, m.update_timestamp, m.id) WHERE m.source = 'simulated' AND NOT CASE m.platform
    WHEN 'facebook' THEN p.metrics ?& '{page_likes,post_reach,page_views,link_clicks}' AND (p.metrics->>'link_clicks')::bigint = m.clicks AND (p.metrics->>'post_reach')::bigint BETWEEN 0 AND m.views AND (p.metrics->>'page_likes')::bigint BETWEEN 0 AND m.likes
    WHEN 'instagram' THEN p.metrics ?& '{reach,impressions,profile_visits,story_views,saved_count}' AND (p.metrics->>'impressions')::bigint = m.views AND (p.metrics->>'reach')::bigint BETWEEN 0 AND m.views AND (p.metrics->>'saved_count')::bigint = m.saves
    WHEN 'youtube' THEN p.metrics ?& '{watch_time_minutes,subscribers_gained,average_view_duration,video_quality_score}' AND (p.metrics->>'video_quality_score')::numeric BETWEEN 0 AND 10 AND (p.metrics->>'subscribers_gained')::bigint BETWEEN 0 AND m.likes
        AND (p.metrics->>'watch_time_minutes')::numeric = round(m.views * (p.metrics->>'average_view_duration')::numeric) END $$, 'every row');
SELECT ok((SELECT sum((metrics ->> 'page_likes')::bigint) BETWEEN 0.01 * sum(m.likes) AND 0.05 * sum(m.likes) FROM platform_metrics p JOIN roi_metrics m ON (p.user_id, p.update_timestamp, p.roi_metric_id) = (m.user_id, m.update_timestamp, m.id) WHERE m.platform = 'facebook' AND m.source = 'simulated'),
          'small shares of small counts add up: page likes are 1 to 5 % of likes');
SELECT is((SELECT max(n) FROM (SELECT count(DISTINCT metrics -> 'video_quality_score') AS n FROM platform_metrics p JOIN roi_metrics m ON (p.user_id, p.update_timestamp, p.roi_metric_id) = (m.user_id, m.update_timestamp, m.id) WHERE m.platform = 'youtube' AND m.views > 0 AND m.source = 'simulated' GROUP BY m.user_id, m.post_id) q), 1::bigint, 'a video keeps its quality');

-- Platforms are data: meaning, validation, effect at the next hour.
SELECT is_empty($$ SELECT attname FROM pg_attribute WHERE attrelid = 'roi_platforms'::regclass AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL
    AND attname !~ '^(platform|(likes|comments|shares|saves|clicks)_(growth_max|cap))$' $$, 'every column says what it means');
SELECT matches(pg_temp.error_of($$ UPDATE roi_platforms SET content_types = '[{"type": "a", "share": 0.7}]' $$), '^22023 the shares of the content types of platform "facebook" do not add up', 'refused at the edit');
SELECT matches(pg_temp.error_of($$ INSERT INTO roi_platforms (platform, cpc_min, cpc_max, cpm_min, cpm_max, engagement_multiplier, order_value, paid_share, metrics)
    VALUES ('bad', 1, 2, 3, 4, 1, 1, 0, '[{"key": "x", "of": "luck"}]') $$), '^22023 metric "x" of platform "bad"', 'and at an INSERT');
SELECT matches(pg_temp.error_of($$ UPDATE roi_platforms SET weekday_factors = '{1,1}' $$), '^23514 .*roi_platforms_weekday_factors_needs_7_from_0_to_10', 'bounds have telling names');
SAVEPOINT edits;
UPDATE roi_platforms SET engagement_rate = 0, month_cost_factors = array_fill(0.01, ARRAY[12]);
SELECT roi_backfill('free', '6 hours', '2025-05-05 06:00+00') \g /dev/null
SELECT is((SELECT concat_ws(' ', bool_or(likes > 0) FILTER (WHERE update_timestamp < '2025-05-05 05:00+00'), bool_or(likes > 0) FILTER (WHERE update_timestamp = '2025-05-05 05:00+00'),
           count(*) FILTER (WHERE update_timestamp = '2025-05-05 05:00+00' AND cost_per_click < 1.2 * r.cpc_min)) FROM roi_metrics m JOIN roi_platforms r USING (platform) WHERE user_id = 'free'), 't f 6', 'an edit holds from the next hour on');
ROLLBACK TO edits;

-- TikTok, as the README shows it, works everywhere.
INSERT INTO roi_platforms (platform, cpc_min, cpc_max, cpm_min, cpm_max, engagement_multiplier, order_value, paid_share, metrics) VALUES
('tiktok', 0.25, 2.00, 3.00, 12.00, 1.0, 50, 0.30, '[
    {"key": "video_views", "of": "views", "low": 1, "high": 1},
    {"key": "play_count", "of": "views", "low": 1.05, "high": 1.30},
    {"key": "followers_gained", "of": "likes", "low": 0.01, "high": 0.04},
    {"key": "completion_rate", "of": "active", "per": "post", "low": 0.20, "high": 0.80, "decimals": 2}]');
SELECT roi_simulate('tok', seed => 3, first_posts => 60, posts_per_day => 0, start_at => '2025-05-05 09:00+00', platforms => '{tiktok}') \g /dev/null
SELECT roi_generate_tick('2025-05-05 10:00+00') \g /dev/null
SELECT roi_backfill('tok', '3 days', '2025-05-08 09:00+00') \g /dev/null
SELECT is((SELECT concat_ws(' ', platform, posts, revenue > 0, spend > 0, engagement_rate BETWEEN 2 AND 8, click_through_rate BETWEEN 0.1 AND 2) FROM roi_channel_performance('tok', 'all')), 'tiktok 60 t t t t', 'TikTok in the channels tab');
SELECT is((SELECT string_agg(DISTINCT content_type, ' ' ORDER BY content_type) FROM roi_posts WHERE user_id = 'tok'), 'ad video', 'its content');
SELECT ok((SELECT bool_and((metrics->>'video_views')::bigint = m.views AND (metrics->>'play_count')::bigint >= m.views AND (metrics->>'completion_rate')::numeric BETWEEN 0 AND 0.8 AND (metrics->>'followers_gained')::bigint <= m.likes)
           FROM platform_metrics p JOIN roi_metrics m ON (p.user_id, p.update_timestamp, p.roi_metric_id) = (m.user_id, m.update_timestamp, m.id) WHERE m.user_id = 'tok'), 'its four metrics');
SELECT is((SELECT count(*) FROM roi_metrics_detail('tok', 'all', platform => 'tiktok', page_size => 5)), 5::bigint, 'in the detail');
SELECT ok(roi_dashboard('tok', 'all')::text LIKE '%"tiktok"%', 'and in the dashboard');
SELECT is((SELECT platforms::text FROM roi_simulate('tok_default')), '{facebook,instagram,tiktok,youtube}', 'new accounts have it');

-- The audience's clock: with the night flat and the day steep, views of an account in Tokyo peak at Tokyo's hours.
SELECT roi_simulate(z, seed => 9, first_posts => 40, posts_per_day => 0, start_at => '2025-05-05 00:00+00', platforms => '{youtube}', time_zone => z) FROM unnest(ARRAY['UTC', 'Asia/Tokyo']) z \g /dev/null
SELECT roi_backfill(z, '6 days', '2025-05-11 00:00+00') FROM unnest(ARRAY['UTC', 'Asia/Tokyo']) z \g /dev/null
SELECT ok((SELECT count(*) = 2 AND bool_and(evening > 1.5 * night) FROM (SELECT user_id, sum(views) FILTER (WHERE extract(hour FROM update_timestamp AT TIME ZONE user_id) BETWEEN 18 AND 22) AS evening,
           sum(views) FILTER (WHERE extract(hour FROM update_timestamp AT TIME ZONE user_id) BETWEEN 4 AND 8) AS night FROM roi_metrics WHERE user_id IN ('UTC', 'Asia/Tokyo') AND update_timestamp >= '2025-05-06' GROUP BY 1) e), 'evenings are local');

-- Purge: what is simulated goes, recorded campaigns stay as they are.
INSERT INTO campaign_with_user_id (user_id, name, date, spend, ongoing) VALUES ('once', 'Ours', '2025-05-06', 12.5, 'active');
CREATE TEMP TABLE kept AS SELECT * FROM campaign_with_user_id WHERE user_id = 'once' AND source = 'recorded';
SELECT roi_generate_tick('2025-05-09 00:00+00') \g /dev/null
SELECT roi_purge_simulated('once') \g /dev/null
SELECT results_eq($$ SELECT * FROM campaign_with_user_id WHERE user_id = 'once' $$, $$ SELECT * FROM kept $$, 'recorded campaigns are as before');
SELECT is((SELECT count(*) FROM roi_posts WHERE user_id = 'once'), 0::bigint, 'no post is left');
SELECT roi_simulate('once', seed => 5, platforms => '{facebook,instagram,youtube}', first_posts => 9, posts_per_day => 12, start_at => '2025-05-05 00:00+00', budget => 40, campaign_days => 2, time_zone => 'America/New_York', audience_size => 20000) \g /dev/null
SELECT roi_backfill('once', '4 days', '2025-05-09 00:00+00') \g /dev/null
SELECT is((SELECT count(*) FROM campaign_with_user_id WHERE user_id = 'once' AND source = 'simulated'), 3::bigint, 'simulated anew, it has its campaigns again');
SELECT is((SELECT md5(string_agg(concat_ws(' ', update_timestamp, post_id, views, clicks, ad_spend, revenue_generated), ',' ORDER BY update_timestamp, post_id)) FROM roi_metrics WHERE user_id = 'once'),
          (SELECT md5(string_agg(concat_ws(' ', update_timestamp, post_id, views, clicks, ad_spend, revenue_generated), ',' ORDER BY update_timestamp, post_id)) FROM roi_metrics WHERE user_id = 'ticks'), 'and its rows');
SELECT is(pg_temp.wrong_campaigns(), 0::bigint, 'campaign totals are still the sums of their facts');
SELECT is((SELECT count(*) FROM roi_verify()), 0::bigint, 'rollups equal the facts');

SELECT * FROM finish();
ROLLBACK;
