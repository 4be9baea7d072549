-- roi_campaign_performance, roi_content_performance and roi_top_posts against plain SQL over roi_metrics.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'Asia/Kathmandu'; -- no answer depends on it
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null
INSERT INTO users VALUES ('b_one'), ('b_many'), ('b_other'), ('b_none') ON CONFLICT DO NOTHING;

-- Facts of every kind: NULL keys and measures, one post text on two platforms, stamps on midnights, quarters and
-- anywhere, money below the cent, corrections below zero. b_one has one currency, b_many three.
SELECT setseed(0.42) \g /dev/null
INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, views, likes, comments, shares, saves, clicks, ad_spend,
    revenue_generated, roi_percentage, roas_ratio, conversions, currency, update_timestamp)
SELECT who, (ARRAY['facebook', 'instagram', 'Zeta', 'äther'])[1 + floor(4 * random() * random())::integer],
    nullif(floor(random() * 5)::integer, 0), 'post ' || nullif(floor(random() * 13)::integer, 0),
    (ARRAY['video', 'reel', 'Ad: "x", 1', NULL])[1 + floor(4 * random())::integer],
    CASE WHEN random() < 0.95 THEN floor(random() * 900) END, CASE WHEN random() < 0.9 THEN floor(random() * 40) END, floor(random() * 9), floor(random() * 5),
    1, CASE WHEN random() < 0.9 THEN floor(random() * 30) END,
    CASE WHEN random() < 0.8 THEN round((random() * 20)::numeric, 6) WHEN random() < 0.5 THEN 0 END,
    CASE WHEN random() < 0.7 THEN round((random() * 60 - 1)::numeric, 4) WHEN random() < 0.5 THEN 0 END,
    CASE WHEN random() < 0.9 THEN round((random() * 700 - 100)::numeric, 6) END, CASE WHEN random() < 0.9 THEN round((random() * 8)::numeric, 3) END,
    round((random() * 3)::numeric, 2), CASE WHEN who = 'b_many' THEN (ARRAY['USD', 'EUR', 'JPY'])[1 + floor(3 * random())::integer] ELSE 'USD' END,
    CASE floor(random() * 5)
        WHEN 0 THEN day WHEN 1 THEN day + interval '15 minutes' * floor(random() * 96)
        WHEN 2 THEN date_trunc('month', day, 'UTC') WHEN 3 THEN date_trunc('month', day, 'UTC') - interval '1 microsecond'
        ELSE day + random() * interval '1 day' END
FROM unnest(ARRAY['b_one', 'b_many', 'b_other']) AS who, generate_series(1, 1500) AS n,
    LATERAL (SELECT timestamptz '2026-01-20 00:00+00' + interval '1 day' * floor(random() * 100 + n * 0) AS day) AS d;
-- ties: posts with the same figures, and with none
INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, content_type, views, ad_spend, revenue_generated, roi_percentage, roas_ratio, update_timestamp)
SELECT 'b_one', platform, 'tie ' || n, 100 + n, 'tie ' || n, 10, CASE WHEN n > 4 THEN 2 END, CASE WHEN n > 4 THEN 3 END, CASE WHEN n > 4 THEN 50 END, CASE WHEN n > 4 THEN 1.5 END, '2026-03-03 03:03:03+00'
FROM generate_series(1, 9) AS n, unnest(ARRAY['facebook', 'instagram']) AS platform;
INSERT INTO campaign_with_user_id (user_id, id, name) SELECT who, n, 'Campaign ' || n FROM unnest(ARRAY['b_one', 'b_many']) AS who, unnest(ARRAY[1, 3, 104]) AS n;
INSERT INTO campaign_with_user_id (user_id, id, name) VALUES ('b_other', 2, 'of somebody else');
INSERT INTO roi_exchange_rates SELECT 'EUR', 'USD', date '2025-12-28' + 7 * n, 1.1 + n * 0.0123456789 FROM generate_series(0, 30) AS n;
INSERT INTO roi_exchange_rates VALUES ('JPY', 'USD', '2025-12-01', 0.00666666666666666667), ('USD', 'EUR', '2025-12-01', 0.9), ('JPY', 'EUR', '2025-12-01', 1234.5);
-- the facts stand

-- Numbers as every report shows them.
CREATE FUNCTION pg_temp.shown(value numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT round(round(value, 6), greatest(2, min_scale(round(value, 6)))) $$;
-- Facts of a range in a currency: converted per UTC day, platform, campaign, content type and post.
CREATE FUNCTION pg_temp.cells(who text, since timestamptz, until timestamptz, target text) RETURNS TABLE (platform text, campaign bigint, content text, post text,
    points bigint, views numeric, engagement numeric, clicks numeric, conversions numeric, spend numeric, revenue numeric, reports bigint, roi_sum numeric, roi_count bigint, roas_sum numeric, roas_count bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.platform, m.campaign_id, m.content_type, m.post_id, count(*), sum(m.views), sum(m.likes + m.comments + m.shares), sum(m.clicks), sum(m.conversions),
        round(coalesce(sum(m.ad_spend), 0) * rate, 6), round(coalesce(sum(m.revenue_generated), 0) * rate, 6), count(m.revenue_generated),
        sum(m.roi_percentage), count(m.roi_percentage), sum(m.roas_ratio), count(m.roas_ratio)
    FROM (SELECT f.*, (f.update_timestamp AT TIME ZONE 'UTC')::date AS day,
              CASE WHEN f.currency = target THEN 1 ELSE (SELECT r.rate FROM roi_exchange_rates r WHERE base_currency = f.currency AND quote_currency = target
                   AND rate_date <= (f.update_timestamp AT TIME ZONE 'UTC')::date ORDER BY rate_date DESC LIMIT 1) END AS rate
          FROM roi_metrics f WHERE f.user_id = who AND f.update_timestamp >= since AND f.update_timestamp < until) m
    GROUP BY m.platform, m.campaign_id, m.content_type, m.post_id, m.currency, m.day, m.rate $$;
-- The measures of a group of cells, as JSON without the key.
CREATE FUNCTION pg_temp.measures(points numeric, views numeric, engagement numeric, clicks numeric, conversions numeric, spend numeric, revenue numeric, reports numeric,
    roi_sum numeric, roi_count numeric, roas_sum numeric, roas_count numeric, posts bigint, target text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('revenue', pg_temp.shown(revenue), 'spend', pg_temp.shown(spend), 'profit', pg_temp.shown(revenue - spend),
        'avg_roi', pg_temp.shown(roi_sum / nullif(roi_count, 0)), 'avg_roas', pg_temp.shown(roas_sum / nullif(roas_count, 0)),
        'roi', CASE WHEN reports > 0 THEN pg_temp.shown(100 * (revenue - spend) / nullif(spend, 0)) END,
        'roas', CASE WHEN reports > 0 THEN pg_temp.shown(revenue / nullif(spend, 0)) END,
        'impressions', coalesce(views, 0), 'engagement', coalesce(engagement, 0), 'posts', posts, 'total_clicks', coalesce(clicks, 0),
        'engagement_rate', pg_temp.shown(coalesce(100 * coalesce(engagement, 0) / nullif(views, 0), 0)),
        'click_through_rate', pg_temp.shown(coalesce(100 * coalesce(clicks, 0) / nullif(views, 0), 0)),
        'efficiency_score', pg_temp.shown(roi_sum * coalesce(engagement, 0) / nullif(roi_count * greatest(coalesce(views, 0), 1), 0)),
        'conversions', trim_scale(conversions), 'data_points', points, 'currency', target) $$;
-- What a function must answer, unordered: the key's columns and the measures.
CREATE FUNCTION pg_temp.expected(function text, who text, since timestamptz, until timestamptz, target text) RETURNS TABLE (answer jsonb, number bigint, name text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT %s || pg_temp.measures(sum(c.points), sum(c.views), sum(c.engagement), sum(c.clicks), sum(c.conversions), sum(c.spend), sum(c.revenue), sum(c.reports),
            sum(c.roi_sum), sum(c.roi_count), sum(c.roas_sum), sum(c.roas_count), count(DISTINCT c.post), $4)%s, %s FROM pg_temp.cells($1, $2, $3, $4) c %s',
        CASE function
            WHEN 'roi_campaign_performance' THEN $x$jsonb_build_object('campaign_id', campaign, 'campaign_name', (SELECT g.name FROM campaign_with_user_id g WHERE g.user_id = $1 AND g.id = campaign))$x$
            WHEN 'roi_content_performance' THEN $x$jsonb_build_object('content_type', content)$x$
            ELSE $x$jsonb_build_object('post_id', post, 'platform', p.platform, 'content_type', p.content_type, 'content_category', p.content_category, 'campaign_id', p.campaign_id, 'posted_at', p.posted_at)$x$ END,
        CASE function WHEN 'roi_top_posts' THEN $x$ - 'posts'$x$ ELSE '' END,
        CASE function WHEN 'roi_campaign_performance' THEN 'coalesce(campaign, 0), NULL' WHEN 'roi_content_performance' THEN $x$0::bigint, coalesce(content, '')$x$ ELSE 'p.post_no::bigint, p.platform::text' END,
        CASE function WHEN 'roi_campaign_performance' THEN 'GROUP BY campaign' WHEN 'roi_content_performance' THEN 'GROUP BY content'
            ELSE 'JOIN roi_posts p ON p.user_id = $1 AND p.post_id = c.post AND p.platform = c.platform GROUP BY c.post, p.user_id, p.post_id, p.platform' END)
    USING who, since, until, target;
END $$;
-- The same in order.
CREATE FUNCTION pg_temp.expected_page(function text, order_by text, who text, since timestamptz, until timestamptz, target text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT answer::text FROM pg_temp.expected(function, who, since, until, target)
    ORDER BY (answer ->> order_by)::numeric DESC NULLS LAST, number, name COLLATE "C" $$;
CREATE FUNCTION pg_temp.actual(function text, arguments text) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT (to_jsonb(t) - ''page_key'')::text FROM %s(%s) t', function, arguments);
END $$;
CREATE TEMP TABLE breakdown (function text);
INSERT INTO breakdown VALUES ('roi_campaign_performance'), ('roi_content_performance'), ('roi_top_posts');
CREATE TEMP TABLE measure AS SELECT name, function FROM breakdown, unnest(ARRAY['revenue', 'spend', 'profit', 'avg_roi', 'avg_roas', 'roi', 'roas', 'impressions', 'engagement', 'posts',
    'total_clicks', 'engagement_rate', 'click_through_rate', 'efficiency_score', 'conversions', 'data_points']) AS name WHERE function <> 'roi_top_posts' OR name <> 'posts';

-- Ranges: the corners, then random ones; every length from part of an hour to all.
CREATE TEMP TABLE span AS
SELECT * FROM (VALUES (1, timestamptz '2026-02-01 00:00+00', timestamptz '2026-04-01 00:00+00'), (2, '2026-02-01 00:00:00.000001+00', '2026-03-31 23:59:59.999999+00'),
    (3, '2026-02-10 00:00+00', '2026-02-11 00:00+00'), (4, '2026-02-10 07:11+00', '2026-02-10 19:00:00.5+00'), (5, '2026-02-10 23:00+00', '2026-02-11 01:00+00'),
    (6, '-infinity', 'infinity'), (7, '-infinity', '2026-03-03 03:03:03+00'), (8, '2026-03-03 03:03:03+00', 'infinity'), (9, '2026-03-03 03:03:03.000001+00', '2026-04-01+00'),
    (10, '2026-02-28 12:00+00', '2026-03-01 12:00+00'), (11, '2020-01-01 05:00+00', '2031-01-01 05:00+00'), (12, '2026-02-10 12:00+00', '2026-02-10 12:00+00'), (13, '2026-02-10 12:00+00', '2026-02-10 12:00:00.000001+00')) AS v (n, since, until)
UNION ALL
SELECT n, least(a, b), greatest(a, b) FROM (SELECT 20 + n AS n, timestamptz '2026-01-15 00:00+00' + random() * interval '115 days' AS a, timestamptz '2026-01-15 00:00+00' + random() * interval '115 days' AS b FROM generate_series(1, 30) AS n) r
UNION ALL
SELECT n, a, a + random() * random() * interval '3 days' FROM (SELECT 60 + n AS n, timestamptz '2026-01-15 00:00+00' + random() * interval '115 days' AS a FROM generate_series(1, 15) AS n) r;

SELECT results_eq(format('SELECT * FROM pg_temp.actual(%L, %L)', function, format('%L, since => %L, until => %L, page_size => 1000', 'b_one', since, until)),
    format('SELECT * FROM pg_temp.expected_page(%L, %L, %L, %L, %L, %L)', function, 'revenue', 'b_one', since, until, 'USD'), format('%s from %s to %s', function, since, until))
FROM span, breakdown ORDER BY n, function;
SELECT cmp_ok((SELECT count(*)::integer FROM roi_top_posts('b_one', 'all')), '>', 40, 'there were posts to compare');
SELECT results_eq($$ SELECT * FROM pg_temp.actual('roi_top_posts', '''b_one'', since => ''2026-02-10 12:00+00'', until => ''2026-02-10 12:00+00''') $$, ARRAY[]::text[], 'an empty range has no rows');

-- Several currencies: refused, or converted per day.
SELECT results_eq(format('SELECT * FROM pg_temp.actual(%L, %L)', function, format('%L, since => %L, until => %L, page_size => 1000, currency => %L', 'b_many', since, until, target)),
    format('SELECT * FROM pg_temp.expected_page(%L, %L, %L, %L, %L, %L)', function, 'revenue', 'b_many', since, until, target), format('%s in %s from %s to %s', function, target, since, until))
FROM span, breakdown, unnest(ARRAY['USD', 'EUR']) AS target WHERE n <= 8 OR n % 4 = 0 ORDER BY n, function, target;
SELECT throws_ok(format('SELECT * FROM %s(%L, %L)', function, 'b_many', 'all'), '22023', 'the range holds amounts in several currencies', function || ' adds no currencies up') FROM breakdown;
SELECT throws_ok(format('SELECT * FROM %s(%L, %L, currency => %L)', function, 'b_many', 'all', 'JPY'), '22023', 'no exchange rate covers the range', function || ' needs rates') FROM breakdown;
INSERT INTO roi_metrics (user_id, platform, ad_spend, revenue_generated, currency, update_timestamp) VALUES
    ('b_none', 'facebook', 0, 0, 'EUR', '2026-05-01 00:00+00'), ('b_none', 'facebook', 1, 2, 'USD', '2026-05-01 01:00+00'), ('b_none', 'facebook', 0, NULL, 'GBP', '2026-06-01 00:00+00');
-- facts again
SELECT results_eq($$ SELECT currency, revenue, spend, data_points FROM roi_campaign_performance('b_none', since => '2026-05-01 00:00+00', until => '2026-05-02 00:00+00') $$,
    $$ VALUES ('USD', 2.00, 1.00, 2::bigint) $$, 'a currency without money decides nothing');
SELECT results_eq($$ SELECT currency, revenue, spend, roi, roas FROM roi_content_performance('b_none', since => '2026-06-01 00:00+00', until => '2026-07-01 00:00+00') $$,
    $$ VALUES ('GBP', 0.00, 0.00, NULL::numeric, NULL::numeric) $$, 'without money the only currency answers, and ratios are undefined');
SELECT results_eq($$ SELECT currency, revenue FROM roi_campaign_performance('b_none', 'all', currency => 'usd') $$, $$ VALUES ('USD', 2.00) $$, 'foreign rows without money need no rate');

-- Every order, and paging to the end by pages of odd sizes: no row missing, none twice, ties included.
CREATE FUNCTION pg_temp.paged(function text, order_by text, size integer, more text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    key text;
    answer text;
    rows integer;
BEGIN
    FOR page IN 1 .. 2000 LOOP -- a page that comes again would never end
        rows := 0;
        FOR answer, key IN EXECUTE format('SELECT (to_jsonb(t) - ''page_key'')::text, page_key FROM %s(''b_one'', ''all'', order_by => %L, page_size => %s, after => %L%s) t', function, order_by, size, key, more) LOOP
            rows := rows + 1;
            RETURN NEXT answer;
        END LOOP;
        EXIT WHEN rows < size;
    END LOOP;
END $$;
SELECT results_eq(format('SELECT * FROM pg_temp.paged(%L, %L, %s)', function, name, 3 + length(name) % 5),
    format('SELECT * FROM pg_temp.expected_page(%L, %L, %L, %L, %L, %L)', function, name, 'b_one', '-infinity', 'infinity', 'USD'), format('%s by %s, page by page', function, name))
FROM measure ORDER BY function, name;
SELECT results_eq(format('SELECT * FROM pg_temp.paged(%L, %L, 1)', function, 'roas'),
    format('SELECT * FROM pg_temp.expected_page(%L, %L, %L, %L, %L, %L)', function, 'roas', 'b_one', '-infinity', 'infinity', 'USD'), function || ' row by row through ties and NULL') FROM breakdown;
SELECT results_eq($$ SELECT count(*) FROM roi_top_posts('b_one', 'all', order_by => 'roas', page_size => 1000) WHERE roas IS NULL $$, $$ VALUES (8::bigint) $$, 'some posts have no ratio');
SELECT is_empty($$ SELECT * FROM roi_top_posts('b_one', 'all', after => (SELECT page_key FROM roi_top_posts('b_one', 'all', page_size => 1000) ORDER BY revenue, post_id DESC LIMIT 1), page_size => 1000) WHERE revenue > 1e9 $$, 'nothing before the cursor comes again');

-- A post text on two platforms is two rows there and one post here.
SELECT results_eq($$ SELECT (SELECT count(*) FROM roi_top_posts('b_one', 'all', page_size => 1000) WHERE post_id = 'tie 9'), (SELECT posts FROM roi_campaign_performance('b_one', 'all') WHERE campaign_id = 109) $$,
    $$ VALUES (2::bigint, 1::bigint) $$, 'one text on two platforms');
-- The whole equals the parts.
SELECT results_eq($$ SELECT sum(revenue), sum(spend), sum(data_points)::bigint FROM roi_campaign_performance('b_one', 'all') $$, $$ SELECT sum(revenue_generated), sum(ad_spend), count(*) FROM roi_metrics WHERE user_id = 'b_one' $$, 'campaigns add up to the facts');
SELECT results_eq($$ SELECT sum(revenue), sum(spend), sum(data_points)::bigint FROM roi_content_performance('b_one', 'all') $$, $$ SELECT sum(revenue_generated), sum(ad_spend), count(*) FROM roi_metrics WHERE user_id = 'b_one' $$, 'content types add up to the facts');
SELECT results_eq($$ SELECT sum(revenue), sum(spend), sum(data_points)::bigint FROM roi_top_posts('b_one', 'all', page_size => 1000) $$, $$ SELECT sum(revenue_generated), sum(ad_spend), count(*) FROM roi_metrics WHERE user_id = 'b_one' AND post_id IS NOT NULL $$, 'posts add up to the facts with a post');

-- An ordinary role sees its own rows and nobody else's.
CREATE ROLE roi_breakdown_client;
SELECT format('GRANT USAGE ON SCHEMA %1$I, public TO roi_breakdown_client; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %1$I TO roi_breakdown_client', :'roi_schema') \gexec
GRANT SELECT ON roi_metrics, roi_rollup, roi_rollup_detail, roi_posts, campaign_with_user_id, roi_exchange_rates, roi_schema_version TO roi_breakdown_client;
CREATE TEMP TABLE as_owner AS SELECT function, pg_temp.actual(function, format('%L, since => %L, until => %L, page_size => 1000', 'b_one', '2026-02-03 04:05+00', '2026-04-05 06:07+00')) AS answer FROM breakdown;
GRANT SELECT ON as_owner, breakdown TO roi_breakdown_client;
SET LOCAL roi_ext.user_id TO 'b_one';
SET LOCAL ROLE roi_breakdown_client;
SELECT results_eq(format('SELECT * FROM pg_temp.actual(%L, %L)', function, $$since => '2026-02-03 04:05+00', until => '2026-04-05 06:07+00', page_size => 1000$$),
    format('SELECT answer FROM as_owner WHERE function = %L', function), function || ' of the signed-in user') FROM breakdown;
SELECT throws_ok(format('SELECT * FROM %s(%L, %L)', function, 'b_other', 'all'), '42501', NULL, function || ' refuses another user') FROM breakdown;
SELECT throws_ok(format('SELECT * FROM %s(%L, since => %L, until => %L)', function, 'b_other', '2026-02-03 04:05+00', '2026-02-03 20:00+00'), '42501', NULL, function || ' refuses another user''s facts') FROM breakdown;
SELECT throws_ok(format('SELECT * FROM %s(%L, %L)', function, 'b_many', 'all'), '42501', NULL, function || ' does not tell that another user has several currencies') FROM breakdown;
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
