-- A user's own figures against those of competitors and of the industry, which people fill in.

-- Own figures of a range by platform and metric, in the columns of roi_compare and roi_channel_performance.
CREATE FUNCTION @extschema@.roi_own_figures(user_id text, period text, since timestamptz, until timestamptz, time_zone text, currency text)
RETURNS TABLE (platform text, metric text, value numeric, data_points bigint, currency text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
    WITH channels AS (
        SELECT c.platform, c.data_points, c.currency, to_jsonb(c) AS figures FROM @extschema@.roi_channel_performance(user_id, period, since, until, time_zone, currency) c
    ), total AS (
        SELECT t.data_points, t.currency, to_jsonb(t) || jsonb_build_object('revenue', t.total_revenue, 'spend', t.total_spend, 'profit', t.total_profit,
            'roi', CASE WHEN t.total_spend <> 0 THEN t.overall_roi END, 'roas', t.overall_roas, 'impressions', t.total_impressions, 'engagement', t.total_engagement, 'clicks', t.total_clicks,
            'conversions', t.total_conversions, 'posts', t.total_posts,
            'engagement_rate', round(100.0 * t.total_engagement / nullif(t.total_impressions, 0), 6), 'click_through_rate', round(100.0 * t.total_clicks / nullif(t.total_impressions, 0), 6),
            'cost_per_click', round(t.total_spend / nullif(t.total_clicks, 0), 6), 'cost_per_conversion', round(t.total_spend / nullif(t.total_conversions, 0), 6)) AS figures
        FROM @extschema@.roi_total(user_id, period, since, until, time_zone, currency) t
    ), figures AS (
        SELECT 'all' AS platform, t.data_points, t.currency, t.figures FROM total t
        UNION ALL
        SELECT c.platform, c.data_points, c.currency, c.figures || jsonb_build_object('clicks', c.figures -> 'total_clicks',
            'engagement_rate', round(100 * (c.figures ->> 'engagement')::numeric / nullif((c.figures ->> 'impressions')::numeric, 0), 6),
            'click_through_rate', round(100 * (c.figures ->> 'total_clicks')::numeric / nullif((c.figures ->> 'impressions')::numeric, 0), 6),
            'cost_per_click', round((c.figures ->> 'spend')::numeric / nullif((c.figures ->> 'total_clicks')::numeric, 0), 6),
            'cost_per_conversion', round((c.figures ->> 'spend')::numeric / nullif((c.figures ->> 'conversions')::numeric, 0), 6))
        FROM channels c
    )
    SELECT f.platform, m.metric, (f.figures ->> m.metric)::numeric, f.data_points, f.currency
    FROM figures f, unnest(ARRAY['revenue', 'spend', 'profit', 'roi', 'roas', 'impressions', 'engagement', 'clicks', 'conversions', 'posts', 'engagement_rate', 'click_through_rate', 'cost_per_click', 'cost_per_conversion']) m (metric)
    WHERE f.data_points > 0
$$;
COMMENT ON FUNCTION @extschema@.roi_own_figures(text, text, timestamptz, timestamptz, text, text) IS
'Internal. A user''s figures of a range, of all platforms (all) and of each, by metric: revenue, spend, profit, roi (percent, NULL when spend is 0), roas, impressions, engagement, clicks, conversions, posts, engagement_rate, click_through_rate (percent of impressions), cost_per_click, cost_per_conversion; NULL where undefined.';

-- Where a value lies among known quantiles, percent => value; NULL outside of them, and note says on which side.
CREATE FUNCTION @extschema@.roi_percentile(value numeric, quantiles jsonb) RETURNS TABLE (percentile numeric, note text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    WITH known AS (
        SELECT e.key::numeric AS percent, e.value::numeric AS at
        FROM jsonb_each_text(CASE WHEN jsonb_typeof(quantiles) = 'object' THEN quantiles ELSE '{}' END) e
        WHERE e.key ~ '^[0-9]{1,2}([.][0-9]{1,6})?$' AND jsonb_typeof(quantiles -> e.key) = 'number'
    ), pair AS (
        SELECT k.percent, k.at, lead(k.percent) OVER w AS next_percent, lead(k.at) OVER w AS next_at FROM known k WINDOW w AS (ORDER BY k.percent)
    )
    SELECT
        (SELECT round(avg(CASE WHEN p.next_at = p.at THEN (p.percent + p.next_percent) / 2 ELSE p.percent + (p.next_percent - p.percent) * (roi_percentile.value - p.at) / (p.next_at - p.at) END), 1)
         FROM pair p WHERE p.at <= roi_percentile.value AND roi_percentile.value <= p.next_at),
        CASE WHEN roi_percentile.value IS NULL OR NOT EXISTS (SELECT FROM known) THEN NULL
             WHEN EXISTS (SELECT FROM pair p WHERE p.next_at < p.at) THEN 'the reference''s quantiles do not rise'
             WHEN roi_percentile.value < (SELECT min(k.at) FROM known k) THEN format('below the %s. percentile', (SELECT trim_scale(min(k.percent)) FROM known k))
             WHEN roi_percentile.value > (SELECT max(k.at) FROM known k) THEN format('above the %s. percentile', (SELECT trim_scale(max(k.percent)) FROM known k)) END
$$;
COMMENT ON FUNCTION @extschema@.roi_percentile(numeric, jsonb) IS
'Internal. The percentile of a value by linear interpolation between known quantiles, as {"10": 120, "50": 400, "90": 1100}; NULL outside of them, and a note.';

-- PL/pgSQL, which looks at its tables when it runs: before roi_setup() the caller says that there are none.
CREATE FUNCTION @extschema@.roi_industry_rows(who text, in_period text, in_since timestamptz, in_until timestamptz, in_zone text, in_currency text, in_industry text)
RETURNS TABLE (industry text, platform text, metric text, own numeric, data_points bigint, reference numeric, difference numeric, percentage numeric,
    percentile numeric, note text, source text, as_of date, currency text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
SET row_security TO on
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH wanted AS (
        SELECT coalesce(in_industry, (SELECT p.industry FROM @extschema@.user_preferences p WHERE p.user_id = who), 'default') AS name
    ), own AS (
        SELECT o.* FROM @extschema@.roi_own_figures(who, in_period, in_since,
            in_until, in_zone, in_currency) o
    ), newest AS (
        SELECT DISTINCT ON (b.platform, b.metric) b.* FROM @extschema@.roi_industry_benchmarks b, wanted w
        WHERE b.industry IN (w.name, 'default') ORDER BY b.platform, b.metric, b.industry = 'default', b.as_of DESC
    )
    SELECT n.industry, n.platform, n.metric, o.value, o.data_points, n.value, o.value - n.value,
        CASE WHEN n.value <> 0 THEN round(100 * (o.value - n.value) / abs(n.value), 6) END, p.percentile,
        coalesce(CASE WHEN o.metric IS NULL THEN 'no own figure of this platform and metric in the range' WHEN o.value IS NULL THEN 'not defined: its denominator is 0' END, p.note),
        n.source, n.as_of, o.currency
    FROM newest n LEFT JOIN own o ON o.platform = n.platform AND o.metric = n.metric
    LEFT JOIN LATERAL @extschema@.roi_percentile(o.value, n.quantiles) p ON true
    WHERE (SELECT count(*) FROM own) >= 0 -- a wrong range is refused without any reference too
    ORDER BY n.platform <> 'all', n.platform, n.metric;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_industry_rows(text, text, timestamptz, timestamptz, text, text, text) IS 'Internal part of roi_industry_benchmark().';

CREATE FUNCTION @extschema@.roi_industry_benchmark(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    industry text DEFAULT NULL)
RETURNS TABLE (industry text, platform text, metric text, own numeric, data_points bigint, reference numeric, difference numeric, percentage numeric,
    percentile numeric, note text, source text, as_of date, currency text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
    SELECT @extschema@.roi_require_user(roi_industry_benchmark.user_id);
    SELECT * FROM @extschema@.roi_industry_rows(roi_industry_benchmark.user_id, roi_industry_benchmark.period, roi_industry_benchmark.since, roi_industry_benchmark.until, roi_industry_benchmark.time_zone, roi_industry_benchmark.currency, roi_industry_benchmark.industry);
$$;
COMMENT ON FUNCTION @extschema@.roi_industry_benchmark(text, text, timestamptz, timestamptz, text, text, text) IS
'A user''s figures of a range against the newest references of an industry (NULL: of user_preferences) in roi_industry_benchmarks, else of ''default''; one row a platform and metric that has a reference, with its source and date. own, reference: units of the metric; roi, engagement_rate and click_through_rate in percent, money in units of currency (references name none: fill in your own). percentage = 100 x difference / |reference|; percentile: of own among the reference''s quantiles, by linear interpolation, NULL where it has none or own lies outside of them (note says so). data_points: rows that own rests on. See docs/analytics.md. Errors as roi_total.';

-- PL/pgSQL, which looks at its tables when it runs: before roi_setup() the caller says that there are none.
CREATE FUNCTION @extschema@.roi_competitor_rows(who text, in_period text, in_since timestamptz, in_until timestamptz, in_zone text, in_currency text)
RETURNS TABLE (competitor text, is_watched boolean, platform text, metric text, own numeric, data_points bigint, theirs numeric, difference numeric,
    percentage numeric, rank bigint, of bigint, note text, source text, as_of date, currency text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
SET row_security TO on
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH own AS (
        SELECT o.* FROM @extschema@.roi_own_figures(who, in_period, in_since,
            in_until, in_zone, in_currency) o
    ), newest AS (
        SELECT DISTINCT ON (m.competitor, m.platform, m.metric) m.* FROM @extschema@.roi_competitor_metrics m
        WHERE m.user_id = who ORDER BY m.competitor, m.platform, m.metric, m.as_of DESC
    )
    SELECT n.competitor, EXISTS (SELECT FROM @extschema@.user_competitors c WHERE c.user_id = who AND lower(c.name) = lower(n.competitor)),
        n.platform, n.metric, o.value, o.data_points, n.value, o.value - n.value,
        CASE WHEN n.value <> 0 THEN round(100 * (o.value - n.value) / abs(n.value), 6) END,
        CASE WHEN o.value IS NOT NULL THEN 1 + count(*) FILTER (WHERE n.value > o.value) OVER figure END,
        CASE WHEN o.value IS NOT NULL THEN 1 + count(*) OVER figure END,
        CASE WHEN o.metric IS NULL THEN 'no own figure of this platform and metric in the range' WHEN o.value IS NULL THEN 'not defined: its denominator is 0' END,
        n.source, n.as_of, o.currency
    FROM newest n LEFT JOIN own o ON o.platform = n.platform AND o.metric = n.metric
    WHERE (SELECT count(*) FROM own) >= 0 -- a wrong range is refused without any figure too
    WINDOW figure AS (PARTITION BY n.platform, n.metric)
    ORDER BY n.platform <> 'all', n.platform, n.metric, n.competitor;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_competitor_rows(text, text, timestamptz, timestamptz, text, text) IS 'Internal part of roi_competitor_benchmark().';

CREATE FUNCTION @extschema@.roi_competitor_benchmark(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (competitor text, is_watched boolean, platform text, metric text, own numeric, data_points bigint, theirs numeric, difference numeric,
    percentage numeric, rank bigint, of bigint, note text, source text, as_of date, currency text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
    SELECT @extschema@.roi_require_user(roi_competitor_benchmark.user_id);
    SELECT * FROM @extschema@.roi_competitor_rows(roi_competitor_benchmark.user_id, roi_competitor_benchmark.period, roi_competitor_benchmark.since, roi_competitor_benchmark.until, roi_competitor_benchmark.time_zone, roi_competitor_benchmark.currency);
$$;
COMMENT ON FUNCTION @extschema@.roi_competitor_benchmark(text, text, timestamptz, timestamptz, text, text) IS
'A user''s figures of a range against the newest ones that he filled in for competitors in roi_competitor_metrics, with source and date; is_watched: the name is in user_competitors. Metrics and units as roi_industry_benchmark. rank: place of own among own and the competitors'' figures of this platform and metric, from the highest (1) down; of: how many figures there are. See docs/analytics.md. Errors as roi_total.';
