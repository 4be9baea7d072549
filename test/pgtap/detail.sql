-- roi_metrics_detail: every column, keyset paging, what it reads, whom it shows what.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC';
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null
INSERT INTO users VALUES ('d_one'), ('d_other'), ('d_odd') ON CONFLICT DO NOTHING;

-- Many rows of one stamp, stamps a microsecond apart, stamps in the default partition, two currencies.
SELECT setseed(0.7) \g /dev/null
INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, shares, saves, clicks, ad_spend, revenue_generated,
    cost_per_click, cost_per_impression, roi_percentage, roas_ratio, posted_at, conversions, paid_views, paid_clicks, currency, update_timestamp)
SELECT who, (ARRAY['facebook', 'instagram', 'youtube', 'tiktok'])[1 + n % 4], nullif(n % 5, 0), 'p' || nullif(n % 7, 0), nullif('c' || n % 3, 'c0'), nullif('g' || n % 4, 'g0'),
    n, nullif(n % 6, 0), 2, 3, 4, 5, n + 0.5, nullif(n % 9, 0) * 1.25, 0.123456, 0.001, n / 7.0, 1.5, now(), n % 4 + 0.25, 6, 7, CASE WHEN n % 10 = 0 THEN 'EUR' ELSE 'USD' END,
    timestamptz '2026-03-01 00:00+00' + CASE WHEN n <= 60 THEN interval '0' WHEN n <= 120 THEN n * interval '1 microsecond' WHEN n <= 200 THEN -n * interval '1 hour' WHEN n <= 210 THEN -n * interval '1 year' ELSE n * interval '7 hours' END
FROM unnest(ARRAY['d_one', 'd_other']) AS who, generate_series(1, 300) AS n;
INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp, metrics, engagement_rate, virality_score)
SELECT id, user_id, platform, update_timestamp, CASE platform
        WHEN 'youtube' THEN '{"watch_time_minutes": 120, "subscribers_gained": 15, "average_view_duration": 2.5, "video_quality_score": 8.5}'
        WHEN 'instagram' THEN '{"reach": 5000, "impressions": 8000, "profile_visits": 120, "story_views": 3000, "saved_count": 45}'
        WHEN 'facebook' THEN '{"page_likes": 25, "post_reach": 3500, "page_views": 180, "link_clicks": 89}'
        ELSE '{"video_views": 12000, "followers_gained": 67, "play_count": 15000, "completion_rate": 0.75}' END::jsonb, id % 100 / 8.0, 3
FROM roi_metrics WHERE user_id IN ('d_one', 'd_other') AND id % 11 <> 0;

-- Every column of roi_metrics is there, in its order and of its kind, then every key of the plan.
SELECT is((SELECT string_agg(name, ', ' ORDER BY n) FROM pg_proc p, unnest(p.proargnames[p.pronargs + 1:]) WITH ORDINALITY AS a (name, n) WHERE p.proname = 'roi_metrics_detail' AND p.pronamespace = :'roi_schema'::regnamespace),
    (SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'roi_metrics'::regclass AND attnum > 0 AND NOT attisdropped)
    || ', watch_time_minutes, subscribers_gained, average_view_duration, video_quality_score, reach, impressions, profile_visits, story_views, saved_count, page_likes, post_reach, page_views, link_clicks'
    || ', video_views, followers_gained, play_count, completion_rate, engagement_rate, virality_score, page_key', 'the columns');
-- The plan's fetchAllROIMetrics over our tables, its keys taken from the JSON, newest first.
CREATE FUNCTION pg_temp.plain(who text, since timestamptz, until timestamptz) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(to_jsonb(rm) || coalesce(pm.metrics, '{}') || jsonb_build_object('engagement_rate', pm.engagement_rate, 'virality_score', pm.virality_score))::text
    FROM roi_metrics rm LEFT JOIN platform_metrics pm ON rm.id = pm.roi_metric_id
    WHERE rm.user_id = who AND rm.update_timestamp >= since AND rm.update_timestamp < until
    ORDER BY rm.update_timestamp DESC, rm.id DESC $$;
-- Numbers as they are stored, whatever decimals they are shown with; 0.250000 equals 0.25 in jsonb's eyes but not in its text.
CREATE FUNCTION pg_temp.bare(answer jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'number' THEN to_jsonb(trim_scale(value::text::numeric)) ELSE value END) FROM jsonb_each(jsonb_strip_nulls(answer)) $$;
CREATE FUNCTION pg_temp.paged(who text, size integer, more text DEFAULT '') RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
    key text;
    answer jsonb;
    rows integer;
BEGIN
    FOR page IN 1 .. 2000 LOOP -- a page that comes again would never end
        rows := 0;
        FOR answer, key IN EXECUTE format('SELECT pg_temp.bare(to_jsonb(t) - ''page_key''), page_key FROM roi_metrics_detail(%L, %s page_size => %s, after => %L) t', who, more, size, key) LOOP
            rows := rows + 1;
            RETURN NEXT answer;
        END LOOP;
        IF rows > size THEN
            RAISE 'a page of % rows instead of %', rows, size;
        END IF;
        EXIT WHEN rows < size;
    END LOOP;
END $$;
SELECT results_eq(format($$ SELECT * FROM pg_temp.paged('d_one', %s, %L) $$, size, format('since => %L, until => %L,', since, until)),
    format($$ SELECT pg_temp.bare(plain::jsonb) FROM pg_temp.plain('d_one', %L, %L) AS plain $$, since, until), format('pages of %s from %s to %s', size, since, until))
FROM (VALUES (1000, '-infinity', 'infinity'), (300, '-infinity', 'infinity'), (7, '-infinity', 'infinity'), (1, '2026-02-20 00:00+00', '2026-03-20 00:00+00'), (60, '2026-03-01 00:00+00', '2026-03-01 00:00:00.000001+00'),
    (13, '2026-03-01 00:00+00', '2026-03-01 00:00:00.00011+00'), (5, '2026-02-25 03:00+00', '2026-03-01 00:00+00'), (5, '2026-03-01 00:00+00', '2026-03-01 00:00+00')) AS v (size, since, until);
SELECT is((SELECT count(*) FROM pg_temp.paged('d_one', 7, $$'all',$$)), 300::bigint, 'there were rows to compare');
SELECT results_eq($$ SELECT * FROM pg_temp.paged('d_one', 4, '''all'', platform => ''youtube'',') $$, $$ SELECT pg_temp.bare(plain::jsonb) FROM pg_temp.plain('d_one', '-infinity', 'infinity') AS plain WHERE plain::jsonb ->> 'platform' = 'youtube' $$, 'one platform');
SELECT results_eq($$ SELECT * FROM pg_temp.paged('d_one', 4, '''all'', currency => ''eur'',') $$, $$ SELECT pg_temp.bare(plain::jsonb) FROM pg_temp.plain('d_one', '-infinity', 'infinity') AS plain WHERE plain::jsonb ->> 'currency' = 'EUR' $$, 'one currency, unconverted');

-- A page_key is exact and does not depend on how the session writes dates.
CREATE TEMP TABLE key_in_utc AS SELECT page_key FROM roi_metrics_detail('d_one', 'all', page_size => 1000);
SET LOCAL timezone TO 'America/St_Johns';
SET LOCAL datestyle TO 'SQL, DMY';
SET LOCAL extra_float_digits TO -15;
SELECT results_eq($$ SELECT page_key FROM roi_metrics_detail('d_one', 'all', page_size => 1000) $$, $$ SELECT page_key FROM key_in_utc $$, 'keys in another zone and date style');
SELECT is((SELECT count(*) FROM pg_temp.paged('d_one', 7, $$'all',$$)), 300::bigint, 'paging in another zone and date style');
SET LOCAL datestyle TO 'ISO, MDY';
SET LOCAL timezone TO 'UTC';
-- Rows that arrive in front of the cursor shift nothing; a cursor survives the row it names.
CREATE TEMP TABLE first_page AS SELECT * FROM roi_metrics_detail('d_one', 'all', page_size => 10);
CREATE TEMP TABLE second_page AS SELECT id FROM roi_metrics_detail('d_one', 'all', page_size => 10, after => (SELECT page_key FROM first_page ORDER BY update_timestamp, id LIMIT 1));
INSERT INTO roi_metrics (user_id, platform, update_timestamp) VALUES ('d_one', 'facebook', '2026-12-31 00:00+00');
DELETE FROM roi_metrics WHERE (user_id, id) IN (SELECT user_id, id FROM first_page);
SELECT results_eq($$ SELECT id FROM roi_metrics_detail('d_one', 'all', page_size => 10, after => (SELECT page_key FROM first_page ORDER BY update_timestamp, id LIMIT 1)) $$, $$ SELECT id FROM second_page $$, 'the next page while rows come and go');

-- Keys that are absent or of another type are NULL; numbers are shown as every report shows them; NULL stays NULL.
INSERT INTO roi_metrics (user_id, platform, ad_spend, revenue_generated, cost_per_click, conversions, roi_percentage, likes, views, update_timestamp)
VALUES ('d_odd', 'youtube', 12.5, NULL, 1.234567, 2.5, 7, NULL, NULL, '2026-04-01 00:00+00');
INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp, metrics, engagement_rate) SELECT id, user_id, platform, update_timestamp, m::jsonb, 1.5
FROM roi_metrics, unnest(ARRAY['{"reach": 1}', '{"reach": "12", "impressions": null, "page_likes": [1], "page_views": {"a": 1}, "play_count": true, "completion_rate": 0.123456789, "watch_time_minutes": 1e20, "link_clicks": -0.0}']) AS m WHERE user_id = 'd_odd';
SELECT results_eq($$ SELECT ad_spend::text, revenue_generated::text, cost_per_click::text, conversions::text, roi_percentage::text, likes, views, reach, impressions, page_likes, page_views, play_count, completion_rate::text, watch_time_minutes, link_clicks, engagement_rate::text, virality_score::text
        FROM roi_metrics_detail('d_odd', 'all') $$,
    $$ VALUES ('12.50', NULL::text, '1.234567', '2.5', '7.00', NULL::bigint, NULL::bigint, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, '0.123456789', 1e20, 0::numeric, '1.50', '0.00') $$,
    'odd JSON, and the newest of two rows of platform metrics');
UPDATE platform_metrics SET metrics = m FROM unnest(ARRAY['[{"reach": 5}]', '5', 'null', '"x"']::jsonb[]) AS m WHERE user_id = 'd_odd';
SELECT results_eq($$ SELECT count(*), count(reach) FROM roi_metrics_detail('d_odd', 'all') $$, $$ VALUES (1::bigint, 0::bigint) $$, 'platform metrics that are no object');
-- Platform metrics of another user or another hour that name the same fact are not its own.
INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp, metrics) SELECT id, other, platform, update_timestamp + late, '{"reach": 666}' FROM roi_metrics, (VALUES ('d_other', interval '0'), ('d_odd', interval '1 hour')) AS v (other, late) WHERE user_id = 'd_odd';
SELECT results_eq($$ SELECT count(*), count(reach) FROM roi_metrics_detail('d_odd', 'all') $$, $$ VALUES (1::bigint, 0::bigint) $$, 'platform metrics of others');

-- The first row and the last moments of time.
INSERT INTO roi_metrics (user_id, platform, update_timestamp) VALUES ('d_odd', 'youtube', '4713-01-01 00:00:00+00 BC'), ('d_odd', 'youtube', '294276-12-31 23:59:59.999999+00');
SELECT results_eq($$ SELECT update_timestamp FROM roi_metrics_detail('d_odd', 'all', page_size => 1, after => (SELECT page_key FROM roi_metrics_detail('d_odd', 'all', page_size => 2) ORDER BY update_timestamp LIMIT 1)) $$,
    ARRAY[timestamptz '4713-01-01 00:00:00+00 BC'], 'the ends of time');
SELECT is_empty($$ SELECT * FROM roi_verify('d_odd') WHERE table_name <> 'platform_metrics' $$, 'which roll up exactly');
SELECT throws_ok($$ INSERT INTO roi_metrics (user_id, platform, update_timestamp) VALUES ('d_odd', 'youtube', '4714-12-31 23:59:59.999999+00 BC') $$, '23514', NULL, 'no month holds an earlier moment');

-- What a page reads: the primary key backwards from the cursor, about a page of rows, and no sort of them. 40,000 rows of one hour.
INSERT INTO roi_metrics (user_id, platform, update_timestamp, views) SELECT 'd_one', 'facebook', '2026-04-20 05:00+00', n FROM generate_series(1, 40000) AS n;
INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp) SELECT id, user_id, platform, update_timestamp FROM roi_metrics WHERE user_id = 'd_one' AND update_timestamp = '2026-04-20 05:00+00';
CREATE FUNCTION pg_temp.buffers(statement text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT json) ' || statement INTO plan;
    RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::integer + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::integer;
END $$;
CREATE TEMP TABLE middle AS SELECT split_part(page_key, '_', 1) || '_' || (split_part(page_key, '_', 2)::bigint - 20000) AS key FROM roi_metrics_detail('d_one', since => '2026-04-20 05:00+00', until => '2026-04-20 06:00+00', page_size => 1);
DO $$ BEGIN FOR n IN 1 .. 7 LOOP PERFORM * FROM roi_metrics_detail('d_one', 'all'); END LOOP; END $$; -- the plan for every argument
SELECT cmp_ok(pg_temp.buffers(format('SELECT * FROM roi_metrics_detail(%L, %L, after => %L)', 'd_one', 'all', key)), '<', 1000, 'a page in the middle of 40,000 rows of one hour reads few blocks') FROM middle;
ANALYZE roi_metrics, platform_metrics;
DO $$ BEGIN FOR n IN 1 .. 7 LOOP PERFORM * FROM roi_metrics_detail('d_one', 'all'); END LOOP; END $$;
SELECT cmp_ok(pg_temp.buffers(format('SELECT * FROM roi_metrics_detail(%L, %L, after => %L)', 'd_one', 'all', key)), '<', 1000, 'with statistics too') FROM middle;

-- An ordinary role sees its own facts and nobody else's.
CREATE ROLE roi_detail_client;
SELECT format('GRANT USAGE ON SCHEMA %1$I, public TO roi_detail_client; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %1$I TO roi_detail_client', :'roi_schema') \gexec
GRANT SELECT ON roi_metrics, platform_metrics, roi_schema_version TO roi_detail_client;
SET LOCAL roi_ext.user_id TO 'd_other';
SET LOCAL ROLE roi_detail_client;
SELECT is((SELECT count(*) FROM roi_metrics_detail(period => 'all', page_size => 1000)), 300::bigint, 'the facts of the signed-in user');
SELECT throws_ok($$ SELECT * FROM roi_metrics_detail('d_one', 'all') $$, '42501', NULL, 'another user''s are refused');
SELECT throws_ok($$ SELECT * FROM roi_metrics_detail('d_odd', 'all') $$, '42501', NULL, 'a third one''s likewise');
RESET ROLE;
REVOKE SELECT ON platform_metrics FROM roi_detail_client;
SET LOCAL ROLE roi_detail_client;
SELECT throws_ok($$ SELECT * FROM roi_metrics_detail() $$, '42501', NULL, 'the tables'' privileges hold');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
