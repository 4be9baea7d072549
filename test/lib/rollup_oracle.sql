-- The meaning of the rollups in plain SQL over the facts, without the extension's own code: every cell, every running
-- total, every row of platform_metrics; oracle_differences() lists whatever the derived tables say otherwise.
-- Made in the first schema of search_path, which holds the tables. Needs roi_set_members().

-- What each fact adds: counts as they are, money, conversions and rates in millionths, NULL as 0.
CREATE VIEW oracle_facts AS
SELECT f.user_id::text, f.platform::text, f.currency::text, f.update_timestamp,
       date_trunc('hour', f.update_timestamp, 'UTC')
           + floor(extract(minute FROM f.update_timestamp AT TIME ZONE 'UTC') / 15) * interval '15 minutes' AS quarter,
       date_trunc('day', f.update_timestamp, 'UTC') AS day,
       date_trunc('month', f.update_timestamp, 'UTC') AS month,
       coalesce(f.campaign_id, 0) AS campaign_id, coalesce(f.content_type, '')::text AS content_type,
       f.post_id::text, coalesce(p.post_no, 0) AS post_no,
       coalesce(f.views, 0) AS views, coalesce(f.likes, 0) AS likes, coalesce(f.comments, 0) AS comments,
       coalesce(f.shares, 0) AS shares, coalesce(f.saves, 0) AS saves, coalesce(f.clicks, 0) AS clicks,
       coalesce(f.paid_views, 0) AS paid_views, coalesce(f.paid_clicks, 0) AS paid_clicks,
       coalesce(round(f.conversions * 1000000), 0) AS conversions,
       coalesce(round(f.ad_spend * 1000000), 0) AS spend,
       coalesce(round(f.revenue_generated * 1000000), 0) AS revenue,
       coalesce(f.likes::numeric + f.comments + f.shares, 0) AS engagement,
       f.ad_spend IS NOT NULL AS has_spend, f.revenue_generated IS NOT NULL AS has_revenue,
       round(f.roi_percentage * 1000000) AS roi, round(f.roas_ratio * 1000000) AS roas,
       round(f.cost_per_click * 1000000) AS cpc, round(f.cost_per_impression * 1000000) AS cpi,
       coalesce(f.revenue_generated > 0, false) AS earns, coalesce(f.ad_spend > 0, false) AS spends
FROM roi_metrics f
LEFT JOIN roi_posts p ON p.user_id = f.user_id AND p.post_id = f.post_id AND p.platform = f.platform;

CREATE VIEW oracle_rollup AS
SELECT user_id, b.grain, b.bucket, platform, currency,
       count(*)::bigint AS data_points,
       sum(views)::bigint AS views, sum(likes)::bigint AS likes, sum(comments)::bigint AS comments,
       sum(shares)::bigint AS shares, sum(saves)::bigint AS saves, sum(clicks)::bigint AS clicks,
       sum(paid_views)::bigint AS paid_views, sum(paid_clicks)::bigint AS paid_clicks,
       sum(conversions)::bigint AS conversions, sum(spend)::bigint AS spend, sum(revenue)::bigint AS revenue,
       sum(engagement)::bigint AS engagement,
       count(*) FILTER (WHERE has_spend) AS spend_count, count(*) FILTER (WHERE has_revenue) AS revenue_count,
       coalesce(sum(roi), 0)::bigint AS roi_sum, count(roi) AS roi_count,
       coalesce(sum(roas), 0)::bigint AS roas_sum, count(roas) AS roas_count,
       count(*) FILTER (WHERE earns) AS earning_points, count(*) FILTER (WHERE spends) AS spending_points,
       count(*) FILTER (WHERE quarter = update_timestamp) AS quarter_points,
       coalesce(sum(cpc), 0)::bigint AS cpc_sum, count(cpc) AS cpc_count,
       coalesce(sum(cpi), 0)::bigint AS cpi_sum, count(cpi) AS cpi_count,
       coalesce(sum(revenue) FILTER (WHERE earns), 0)::bigint AS earning_revenue,
       coalesce(sum(spend) FILTER (WHERE earns), 0)::bigint AS earning_spend,
       coalesce(sum(spend) FILTER (WHERE spends), 0)::bigint AS spending_spend,
       coalesce(sum(cpc) FILTER (WHERE spends), 0)::bigint AS spending_cpc_sum,
       count(cpc) FILTER (WHERE spends) AS spending_cpc_count,
       coalesce(sum(cpi) FILTER (WHERE spends), 0)::bigint AS spending_cpi_sum,
       count(cpi) FILTER (WHERE spends) AS spending_cpi_count,
       array_agg(DISTINCT post_no::bigint ORDER BY post_no::bigint) FILTER (WHERE post_id IS NOT NULL) AS posts,
       array_agg(DISTINCT post_no::bigint ORDER BY post_no::bigint) FILTER (WHERE post_id IS NOT NULL AND earns)
           AS earning_posts,
       array_agg(DISTINCT post_no::bigint ORDER BY post_no::bigint) FILTER (WHERE post_id IS NOT NULL AND spends)
           AS spending_posts,
       array_agg(DISTINCT campaign_id ORDER BY campaign_id) FILTER (WHERE campaign_id <> 0) AS campaigns
FROM oracle_facts, LATERAL (VALUES ('q', quarter), ('d', day), ('m', month)) AS b (grain, bucket)
GROUP BY user_id, b.grain, b.bucket, platform, currency;

-- roi_rollup as it stands, in the oracle's shape. An empty set must be NULL: here it shows as '{}'.
CREATE VIEW actual_rollup AS
SELECT user_id::text, grain::text, bucket, platform::text, currency::text,
       data_points, views, likes, comments, shares, saves, clicks, paid_views, paid_clicks, conversions, spend, revenue,
       engagement, spend_count, revenue_count, roi_sum, roi_count, roas_sum, roas_count, earning_points,
       spending_points, quarter_points, cpc_sum, cpc_count, cpi_sum, cpi_count, earning_revenue, earning_spend,
       spending_spend, spending_cpc_sum, spending_cpc_count, spending_cpi_sum, spending_cpi_count,
       CASE WHEN posts IS NOT NULL THEN ARRAY(SELECT m FROM roi_set_members(posts) m ORDER BY m) END AS posts,
       CASE WHEN earning_posts IS NOT NULL THEN ARRAY(SELECT m FROM roi_set_members(earning_posts) m ORDER BY m) END
           AS earning_posts,
       CASE WHEN spending_posts IS NOT NULL THEN ARRAY(SELECT m FROM roi_set_members(spending_posts) m ORDER BY m) END
           AS spending_posts,
       CASE WHEN campaigns IS NOT NULL THEN ARRAY(SELECT m FROM roi_set_members(campaigns, true) m ORDER BY m) END
           AS campaigns
FROM roi_rollup;

CREATE VIEW oracle_detail AS
SELECT user_id, b.grain, b.bucket, platform, currency, campaign_id, content_type, post_no,
       count(*)::bigint AS data_points,
       sum(views)::bigint AS views, sum(likes)::bigint AS likes, sum(comments)::bigint AS comments,
       sum(shares)::bigint AS shares, sum(saves)::bigint AS saves, sum(clicks)::bigint AS clicks,
       sum(paid_views)::bigint AS paid_views, sum(paid_clicks)::bigint AS paid_clicks,
       sum(conversions)::bigint AS conversions, sum(spend)::bigint AS spend, sum(revenue)::bigint AS revenue,
       sum(engagement)::bigint AS engagement,
       count(*) FILTER (WHERE has_spend) AS spend_count, count(*) FILTER (WHERE has_revenue) AS revenue_count,
       coalesce(sum(roi), 0)::bigint AS roi_sum, count(roi) AS roi_count,
       coalesce(sum(roas), 0)::bigint AS roas_sum, count(roas) AS roas_count,
       count(*) FILTER (WHERE earns) AS earning_points, count(*) FILTER (WHERE spends) AS spending_points
FROM oracle_facts, LATERAL (VALUES ('d', day), ('m', month)) AS b (grain, bucket)
GROUP BY user_id, b.grain, b.bucket, platform, currency, campaign_id, content_type, post_no;

CREATE VIEW actual_detail AS
SELECT user_id::text, grain::text, bucket, platform::text, currency::text, campaign_id, content_type::text, post_no,
       data_points, views, likes, comments, shares, saves, clicks, paid_views, paid_clicks, conversions, spend, revenue,
       engagement, spend_count, revenue_count, roi_sum, roi_count, roas_sum, roas_count, earning_points, spending_points
FROM roi_rollup_detail;

-- Running totals: counters of every row of the post, money only of rows in the post's own currency. A post that facts
-- name must be registered; one that no fact names any more has totals of 0.
CREATE VIEW oracle_posts AS
SELECT coalesce(p.user_id, f.user_id)::text AS user_id, coalesce(p.platform, f.platform)::text AS platform,
       coalesce(p.post_id, f.post_id)::text AS post_id, true AS registered,
       coalesce(sum(f.views), 0) AS views, coalesce(sum(f.likes), 0) AS likes, coalesce(sum(f.comments), 0) AS comments,
       coalesce(sum(f.shares), 0) AS shares, coalesce(sum(f.saves), 0) AS saves, coalesce(sum(f.clicks), 0) AS clicks,
       coalesce(sum(f.paid_views), 0) AS paid_views, coalesce(sum(f.paid_clicks), 0) AS paid_clicks,
       coalesce(sum(f.conversions), 0) AS conversions,
       coalesce(sum(f.ad_spend) FILTER (WHERE f.currency = p.currency), 0) AS ad_spend,
       coalesce(sum(f.revenue_generated) FILTER (WHERE f.currency = p.currency), 0) AS revenue_generated
FROM (SELECT * FROM roi_metrics WHERE post_id IS NOT NULL) f
FULL JOIN roi_posts p ON p.user_id = f.user_id AND p.post_id = f.post_id AND p.platform = f.platform
GROUP BY 1, 2, 3;

CREATE VIEW actual_posts AS
SELECT user_id::text, platform::text, post_id::text, true AS registered, views::numeric, likes::numeric,
       comments::numeric, shares::numeric, saves::numeric, clicks::numeric, paid_views::numeric, paid_clicks::numeric,
       conversions, ad_spend, revenue_generated
FROM roi_posts;

-- Rows of platform_metrics that name a fact: it exists, on the same platform, and the two rates are the fact's.
-- Facts that do not report every counter say nothing about the rates.
CREATE VIEW oracle_platform_metrics AS
SELECT p.user_id::text, p.update_timestamp, p.roi_metric_id, p.id,
       CASE WHEN f.id IS NULL THEN 'no such fact'
            WHEN p.platform <> f.platform THEN 'platform ' || f.platform
            WHEN p.engagement_rate <> round(100 * (f.likes::numeric + f.comments + f.shares) / greatest(f.views, 1), 6)
                THEN 'engagement_rate ' || round(100 * (f.likes::numeric + f.comments + f.shares) / greatest(f.views, 1), 6)
            WHEN p.virality_score <> round(f.shares / greatest(f.views * 0.01, 1), 6)
                THEN 'virality_score ' || round(f.shares / greatest(f.views * 0.01, 1), 6) END AS wrong,
       concat_ws(' ', p.platform, p.engagement_rate, p.virality_score) AS actual
FROM platform_metrics p
LEFT JOIN roi_metrics f ON f.user_id = p.user_id AND f.update_timestamp = p.update_timestamp AND f.id = p.roi_metric_id
WHERE p.roi_metric_id IS NOT NULL;

-- Whether numbers of posts are kept: one number a text, one text a number, below the next one to give.
CREATE VIEW oracle_post_numbers AS
SELECT user_id::text, 'text ' || post_id AS what, string_agg(DISTINCT post_no::text, ',') AS found
FROM roi_posts GROUP BY user_id, post_id HAVING count(DISTINCT post_no) > 1
UNION ALL
SELECT user_id, 'number ' || post_no, string_agg(DISTINCT post_id, ',')
FROM roi_posts GROUP BY user_id, post_no HAVING count(DISTINCT post_id) > 1
UNION ALL
SELECT p.user_id, 'next number', max(post_no) || ' given'
FROM roi_posts p LEFT JOIN roi_user_state s USING (user_id)
GROUP BY p.user_id, s.next_post_no HAVING max(post_no) >= coalesce(s.next_post_no, 0);

CREATE FUNCTION oracle_differences()
RETURNS TABLE (table_name text, cell text, column_name text, expected text, actual text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
SET enable_nestloop TO off
SET jit TO off
AS $$
SELECT 'roi_rollup', concat_ws(' | ', user_id, grain, bucket, platform, currency), c.key, c.value, a_json ->> c.key
FROM (SELECT user_id, grain, bucket, platform, currency, to_jsonb(e) AS e_json, to_jsonb(a) AS a_json
      FROM oracle_rollup e FULL JOIN actual_rollup a USING (user_id, grain, bucket, platform, currency)
      WHERE e IS DISTINCT FROM a) d,
     LATERAL jsonb_each_text(coalesce(e_json, jsonb_build_object('missing in the facts', user_id))) c
WHERE c.value IS DISTINCT FROM a_json ->> c.key
UNION ALL
SELECT 'roi_rollup_detail', concat_ws(' | ', user_id, grain, bucket, platform, currency, campaign_id, content_type, post_no),
       c.key, c.value, a_json ->> c.key
FROM (SELECT user_id, grain, bucket, platform, currency, campaign_id, content_type, post_no,
             to_jsonb(e) AS e_json, to_jsonb(a) AS a_json
      FROM oracle_detail e
      FULL JOIN actual_detail a USING (user_id, grain, bucket, platform, currency, campaign_id, content_type, post_no)
      WHERE e IS DISTINCT FROM a) d,
     LATERAL jsonb_each_text(coalesce(e_json, jsonb_build_object('missing in the facts', user_id))) c
WHERE c.value IS DISTINCT FROM a_json ->> c.key
UNION ALL
SELECT 'roi_posts', concat_ws(' | ', user_id, platform, post_id), c.key, c.value, a_json ->> c.key
FROM (SELECT user_id, platform, post_id, to_jsonb(e) AS e_json, to_jsonb(a) AS a_json
      FROM oracle_posts e FULL JOIN actual_posts a USING (user_id, platform, post_id)
      WHERE e IS DISTINCT FROM a) d,
     LATERAL jsonb_each_text(e_json) c
WHERE CASE WHEN c.value ~ '^[-0-9.]+$' AND c.key NOT IN ('user_id', 'platform', 'post_id')
           THEN c.value::numeric IS DISTINCT FROM (a_json ->> c.key)::numeric
           ELSE c.value IS DISTINCT FROM a_json ->> c.key END
UNION ALL
SELECT 'platform_metrics', concat_ws(' | ', user_id, update_timestamp, roi_metric_id, id), 'roi_metric_id', wrong, actual
FROM oracle_platform_metrics WHERE wrong IS NOT NULL
UNION ALL
SELECT 'roi_posts', user_id, 'post_no', what, found FROM oracle_post_numbers
$$;

-- One line that is empty when everything is exact: the oracle's differences, then those of roi_verify().
CREATE FUNCTION oracle_check(most integer DEFAULT 12) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
DECLARE
    oracle text;
    verify text;
BEGIN
    SELECT string_agg(format('oracle: %s', d), E'\n' ORDER BY d::text) INTO oracle
    FROM (SELECT * FROM oracle_differences() LIMIT most) d;
    SELECT string_agg(format('roi_verify: %s', v), E'\n' ORDER BY v::text) INTO verify
    FROM (SELECT * FROM roi_verify() LIMIT most) v;
    RETURN concat_ws(E'\n', oracle, verify);
END
$$;

-- A fingerprint of everything that facts and derived tables hold, for statements that must change nothing.
CREATE FUNCTION oracle_fingerprint() RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $$
SELECT md5(concat((SELECT string_agg(m::text, ',' ORDER BY m::text) FROM roi_metrics m),
                  (SELECT string_agg(p::text, ',' ORDER BY p::text) FROM platform_metrics p),
                  (SELECT string_agg(r::text, ',' ORDER BY r::text) FROM actual_rollup r),
                  (SELECT string_agg(r::text, ',' ORDER BY r::text) FROM actual_detail r),
                  (SELECT string_agg(r::text, ',' ORDER BY r::text) FROM actual_posts r)))
$$;
