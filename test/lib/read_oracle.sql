-- What each read function must answer, in plain SQL over the facts, and a comparison of both as JSON text, so that
-- every digit, every name and the order count. read_wrong() asks one question of both sides.

-- Half away from zero to six decimals, at least two shown.
CREATE FUNCTION shown(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$ SELECT round(round(x, 6), greatest(2, scale(trim_scale(round(x, 6))))) $$;

-- A quotient with far more digits than are shown; NULL when there is nothing to divide by.
CREATE FUNCTION over(n numeric, d numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN d <> 0 THEN n * 1.0000000000000000000000000000000000000000 / d END $$;

CREATE FUNCTION raise_22023(why text) RETURNS numeric LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%', why USING ERRCODE = '22023'; END $$;

CREATE FUNCTION read_bucket(stamp timestamptz, bucket text, zone text) RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN bucket = 'hour' THEN date_trunc('hour', stamp, zone)
               ELSE date_trunc(bucket, stamp AT TIME ZONE zone) AT TIME ZONE zone END $$;

CREATE AGGREGATE every_id(anycompatiblearray) (sfunc = array_cat, stype = anycompatiblearray);
CREATE FUNCTION distinct_ids(ids anyarray) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT count(DISTINCT id) FROM unnest(ids) id $$;

CREATE FUNCTION read_facts(who text, since timestamptz, until timestamptz) RETURNS SETOF roi_metrics LANGUAGE sql STABLE
SET search_path FROM CURRENT AS
$$ SELECT * FROM roi_metrics f WHERE f.user_id = who AND f.update_timestamp >= since AND f.update_timestamp < until $$;

-- The currency of the answer: asked for, the only one with money, the only one there is, or none.
CREATE FUNCTION read_currency(who text, since timestamptz, until timestamptz, asked text) RETURNS text LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT CASE WHEN asked IS NOT NULL THEN upper(asked)
            WHEN count(DISTINCT currency) FILTER (WHERE money) > 1 THEN raise_22023('several currencies')::text
            WHEN count(*) FILTER (WHERE money) > 0 THEN max(currency) FILTER (WHERE money)
            WHEN count(DISTINCT currency) = 1 THEN max(currency) END
FROM (SELECT currency, coalesce(ad_spend, 0) <> 0 OR coalesce(revenue_generated, 0) <> 0 OR coalesce(cost_per_click, 0) <> 0
             OR coalesce(cost_per_impression, 0) <> 0 AS money FROM read_facts(who, since, until)) f
$$;

-- Sums of the facts by UTC day, platform, currency and, where wanted, bucket or detail; money converted by the day's
-- newest rate and rounded to a millionth each.
CREATE FUNCTION read_groups(who text, since timestamptz, until timestamptz, answer text, bucket text DEFAULT NULL, zone text DEFAULT 'UTC', detail boolean DEFAULT false)
RETURNS TABLE (platform text, at timestamptz, campaign_id bigint, content_type text, post_id text, posts text[], earning_posts text[], spending_posts text[],
    campaigns bigint[], points numeric, views numeric, engagement numeric, clicks numeric, conversions numeric, revenue numeric, spend numeric, has_revenue bigint,
    roi numeric, roi_n bigint, roas numeric, roas_n bigint, cpc numeric, cpc_n bigint, cpi numeric, cpi_n bigint, earning_n bigint, earning_revenue numeric,
    earning_spend numeric, spending_spend numeric, spending_cpc numeric, spending_cpc_n bigint, spending_cpi numeric, spending_cpi_n bigint)
LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT g.platform, g.at, g.campaign_id, g.content_type, g.post_id, g.posts, g.earning_posts, g.spending_posts, g.campaigns, g.points, g.views, g.engagement, g.clicks,
       g.conversions, round(g.revenue * r.rate, 6), round(g.spend * r.rate, 6), g.has_revenue, g.roi, g.roi_n, g.roas, g.roas_n,
       round(g.cpc * r.rate, 6), g.cpc_n, round(g.cpi * r.rate, 6), g.cpi_n, g.earning_n, round(g.earning_revenue * r.rate, 6), round(g.earning_spend * r.rate, 6),
       round(g.spending_spend * r.rate, 6), round(g.spending_cpc * r.rate, 6), g.spending_cpc_n, round(g.spending_cpi * r.rate, 6), g.spending_cpi_n
FROM (SELECT f.platform::text, f.currency::text, (f.update_timestamp AT TIME ZONE 'UTC')::date AS day, CASE WHEN bucket IS NOT NULL THEN read_bucket(f.update_timestamp, bucket, zone) END AS at,
             CASE WHEN detail THEN f.campaign_id END AS campaign_id, CASE WHEN detail THEN f.content_type END::text AS content_type, CASE WHEN detail THEN f.post_id END::text AS post_id,
             coalesce(array_agg(DISTINCT f.post_id::text) FILTER (WHERE f.post_id IS NOT NULL), '{}') AS posts,
             coalesce(array_agg(DISTINCT f.post_id::text) FILTER (WHERE f.post_id IS NOT NULL AND revenue_generated > 0), '{}') AS earning_posts,
             coalesce(array_agg(DISTINCT f.post_id::text) FILTER (WHERE f.post_id IS NOT NULL AND ad_spend > 0), '{}') AS spending_posts,
             coalesce(array_agg(DISTINCT f.campaign_id) FILTER (WHERE f.campaign_id IS NOT NULL), '{}') AS campaigns,
             count(*)::numeric AS points, coalesce(sum(views), 0) AS views, coalesce(sum(likes + comments + shares), 0) AS engagement, coalesce(sum(clicks), 0) AS clicks,
             coalesce(sum(f.conversions), 0) AS conversions, coalesce(sum(revenue_generated), 0) AS revenue, coalesce(sum(ad_spend), 0) AS spend, count(revenue_generated) AS has_revenue,
             coalesce(sum(roi_percentage), 0) AS roi, count(roi_percentage) AS roi_n, coalesce(sum(roas_ratio), 0) AS roas, count(roas_ratio) AS roas_n,
             coalesce(sum(cost_per_click), 0) AS cpc, count(cost_per_click) AS cpc_n, coalesce(sum(cost_per_impression), 0) AS cpi, count(cost_per_impression) AS cpi_n,
             count(*) FILTER (WHERE revenue_generated > 0) AS earning_n, coalesce(sum(revenue_generated) FILTER (WHERE revenue_generated > 0), 0) AS earning_revenue,
             coalesce(sum(ad_spend) FILTER (WHERE revenue_generated > 0), 0) AS earning_spend, coalesce(sum(ad_spend) FILTER (WHERE ad_spend > 0), 0) AS spending_spend,
             coalesce(sum(cost_per_click) FILTER (WHERE ad_spend > 0), 0) AS spending_cpc, count(cost_per_click) FILTER (WHERE ad_spend > 0) AS spending_cpc_n,
             coalesce(sum(cost_per_impression) FILTER (WHERE ad_spend > 0), 0) AS spending_cpi, count(cost_per_impression) FILTER (WHERE ad_spend > 0) AS spending_cpi_n
      FROM read_facts(who, since, until) f GROUP BY 1, 2, 3, 4, 5, 6, 7) g,
     LATERAL (SELECT CASE WHEN g.currency = answer OR (g.revenue, g.spend, g.cpc, g.cpi) = (0, 0, 0, 0) THEN 1
                          ELSE coalesce((SELECT rate FROM roi_exchange_rates x WHERE x.base_currency = g.currency AND x.quote_currency = answer AND x.rate_date <= g.day
                                         ORDER BY rate_date DESC LIMIT 1), raise_22023('no rate')) END AS rate) r
$$;

CREATE FUNCTION want_total(who text, since timestamptz, until timestamptz, zone text, asked text)
RETURNS TABLE (currency text, total_revenue numeric, total_spend numeric, total_profit numeric, overall_roi numeric, overall_roas numeric, total_impressions numeric,
    total_engagement numeric, total_clicks numeric, total_conversions numeric, total_posts bigint, data_points numeric) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT c, shown(coalesce(sum(revenue), 0)), shown(coalesce(sum(spend), 0)), shown(coalesce(sum(revenue) - sum(spend), 0)),
       shown(coalesce(over((sum(revenue) - sum(spend)) * 100, sum(spend)), 0)), CASE WHEN sum(has_revenue) > 0 THEN shown(over(sum(revenue), sum(spend))) END,
       coalesce(sum(views), 0), coalesce(sum(engagement), 0), coalesce(sum(clicks), 0), trim_scale(coalesce(sum(conversions), 0)),
       coalesce(distinct_ids(every_id(posts)), 0), coalesce(sum(points), 0)
FROM read_currency(who, since, until, asked) c LEFT JOIN LATERAL read_groups(who, since, until, c) ON true GROUP BY c
$$;

-- The measures that channels, campaigns, content types and posts share, one row a key (an array of texts).
CREATE FUNCTION want_measures(who text, since timestamptz, until timestamptz, asked text, by text)
RETURNS TABLE (key text[], revenue numeric, spend numeric, profit numeric, avg_roi numeric, avg_roas numeric, roi numeric, roas numeric, impressions numeric, engagement numeric,
    posts bigint, total_clicks numeric, engagement_rate numeric, click_through_rate numeric, efficiency_score numeric, conversions numeric, data_points numeric, currency text) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT key, shown(revenue), shown(spend), shown(revenue - spend), shown(over(roi, roi_n)), shown(over(roas, roas_n)),
       CASE WHEN has_revenue > 0 THEN shown(over((revenue - spend) * 100, spend)) END, CASE WHEN has_revenue > 0 THEN shown(over(revenue, spend)) END,
       views, engagement, posts, clicks, shown(coalesce(over(engagement * 100, views), 0)), shown(coalesce(over(clicks * 100, views), 0)),
       shown(over(roi * engagement, roi_n * greatest(views, 1))), trim_scale(conversions), points, c
FROM (SELECT c, CASE by WHEN 'platform' THEN ARRAY[platform] WHEN 'campaign' THEN ARRAY[campaign_id::text] WHEN 'content' THEN ARRAY[content_type] ELSE ARRAY[post_id, platform] END AS key,
             sum(revenue) AS revenue, sum(spend) AS spend, sum(roi) AS roi, sum(roi_n) AS roi_n, sum(roas) AS roas, sum(roas_n) AS roas_n, sum(has_revenue) AS has_revenue, sum(views) AS views,
             sum(engagement) AS engagement, distinct_ids(every_id(posts)) AS posts, sum(clicks) AS clicks, sum(conversions) AS conversions, sum(points) AS points
      FROM read_currency(who, since, until, asked) c, LATERAL read_groups(who, since, until, c, NULL, 'UTC', by <> 'platform')
      WHERE by <> 'post' OR post_id IS NOT NULL GROUP BY 1, 2) t
$$;

CREATE FUNCTION want_channel_performance(who text, since timestamptz, until timestamptz, zone text, asked text) RETURNS SETOF jsonb LANGUAGE sql STABLE
SET search_path FROM CURRENT AS
$$ SELECT to_jsonb(m) - 'key' || jsonb_build_object('platform', key[1]) FROM want_measures(who, since, until, asked, 'platform') m ORDER BY avg_roi DESC NULLS LAST, key $$;

CREATE FUNCTION want_revenue_by_source(who text, since timestamptz, until timestamptz, zone text, asked text)
RETURNS TABLE (platform text, total_revenue numeric, post_count bigint, avg_revenue_per_post numeric, revenue_multiplier numeric, data_points numeric, currency text) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT g.platform, shown(sum(revenue)), distinct_ids(every_id(posts)), shown(over(sum(revenue), distinct_ids(every_id(posts)))),
       CASE WHEN sum(has_revenue) > 0 THEN shown(over(sum(revenue), sum(spend))) END, sum(points), c
FROM read_currency(who, since, until, asked) c, LATERAL read_groups(who, since, until, c) g GROUP BY c, g.platform ORDER BY sum(revenue) DESC, g.platform
$$;

CREATE FUNCTION want_cost_breakdown(who text, since timestamptz, until timestamptz, zone text, asked text)
RETURNS TABLE (platform text, total_spend numeric, avg_cpc numeric, avg_cost_per_impression numeric, avg_cpm numeric, campaigns bigint, effective_cpc numeric,
    effective_cpm numeric, currency text) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT g.platform, shown(sum(spend)), shown(over(sum(cpc), sum(cpc_n))), shown(over(sum(cpi), sum(cpi_n))), shown(over(sum(cpi) * 1000, sum(cpi_n))),
       distinct_ids(every_id(g.campaigns)), shown(over(sum(spend), sum(clicks))), shown(over(sum(spend) * 1000, sum(views))), c
FROM read_currency(who, since, until, asked) c, LATERAL read_groups(who, since, until, c) g GROUP BY c, g.platform ORDER BY sum(spend) DESC, g.platform
$$;

CREATE FUNCTION want_clv(who text, since timestamptz, until timestamptz, zone text, asked text)
RETURNS TABLE (avg_revenue_per_customer numeric, unique_customers bigint, clv numeric, revenue_multiplier numeric, revenue_per_conversion numeric, currency text, exact numeric) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
-- A customer is a post: the plan's average over rows is the revenue over distinct posts here.
SELECT shown(over(sum(earning_revenue), distinct_ids(every_id(earning_posts)))), coalesce(distinct_ids(every_id(earning_posts)), 0), shown(over(sum(earning_revenue), distinct_ids(every_id(earning_posts)))),
       shown(CASE WHEN sum(earning_n) > 0 THEN over(sum(earning_revenue), sum(earning_spend)) END), shown(over(sum(revenue), sum(conversions))), c,
       over(sum(earning_revenue), distinct_ids(every_id(earning_posts)))
FROM read_currency(who, since, until, asked) c LEFT JOIN LATERAL read_groups(who, since, until, c) ON true GROUP BY c
$$;

CREATE FUNCTION want_cac(who text, since timestamptz, until timestamptz, zone text, asked text)
RETURNS TABLE (cac numeric, avg_cpc numeric, avg_cost_per_impression numeric, avg_cpm numeric, cost_per_conversion numeric, currency text, exact numeric) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT shown(over(sum(spending_spend), distinct_ids(every_id(spending_posts)))), shown(over(sum(spending_cpc), sum(spending_cpc_n))),
       shown(over(sum(spending_cpi), sum(spending_cpi_n))), shown(over(sum(spending_cpi) * 1000, sum(spending_cpi_n))), shown(over(sum(spend), sum(conversions))), c,
       over(sum(spending_spend), distinct_ids(every_id(spending_posts)))
FROM read_currency(who, since, until, asked) c LEFT JOIN LATERAL read_groups(who, since, until, c) ON true GROUP BY c
$$;

CREATE FUNCTION want_payback_period(who text, since timestamptz, until timestamptz, zone text, asked text)
RETURNS TABLE (cac numeric, clv numeric, payback_period numeric, currency text) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT a.cac, l.clv, shown(CASE WHEN l.exact = 0 THEN 0 * a.exact ELSE over(a.exact, l.exact) END), a.currency
FROM want_cac(who, since, until, zone, asked) a, want_clv(who, since, until, zone, asked) l
$$;

-- The buckets of a series: from the one that holds since (or the first fact) to the one before until (or of the last
-- fact), coarsened until there are at most 1000.
CREATE FUNCTION want_buckets(who text, since timestamptz, until timestamptz, zone text, wanted text) RETURNS TABLE (at timestamptz, next timestamptz, bucket text) LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
    first timestamptz := since;
    last timestamptz := until;
    step interval;
    b text;
BEGIN
    IF NOT isfinite(since) THEN SELECT min(update_timestamp) INTO first FROM read_facts(who, since, until); END IF;
    IF NOT isfinite(until) THEN SELECT max(update_timestamp) + interval '1 microsecond' INTO last FROM read_facts(who, since, until); END IF;
    IF first IS NULL OR last IS NULL OR first >= last THEN RETURN; END IF;
    FOREACH b IN ARRAY ARRAY['hour', 'day', 'week', 'month', 'year'] LOOP
        CONTINUE WHEN array_position(ARRAY['hour', 'day', 'week', 'month', 'year'], b) < array_position(ARRAY['hour', 'day', 'week', 'month', 'year'], wanted);
        step := ('1 ' || b)::interval;
        IF b = 'hour' THEN
            RETURN QUERY SELECT s, s + step, b FROM generate_series(read_bucket(first, b, zone), last, step) s WHERE s < last LIMIT 1001;
        ELSE
            RETURN QUERY SELECT s AT TIME ZONE zone, (s + step) AT TIME ZONE zone, b
                FROM generate_series(date_trunc(b, first AT TIME ZONE zone), last AT TIME ZONE zone + step, step) s WHERE s AT TIME ZONE zone < last LIMIT 1001;
        END IF;
        EXIT;
    END LOOP;
END
$$;

CREATE FUNCTION want_series(who text, since timestamptz, until timestamptz, zone text, asked text, wanted text)
RETURNS TABLE (at timestamptz, revenue numeric, posts bigint, avg_roi numeric, spend numeric, roi numeric, data_points numeric, currency text, next timestamptz) LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
    b text := wanted;
    answer text := read_currency(who, since, until, asked);
BEGIN
    WHILE (SELECT count(*) > 1000 FROM want_buckets(who, since, until, zone, b)) LOOP
        b := CASE b WHEN 'hour' THEN 'day' WHEN 'day' THEN 'week' WHEN 'week' THEN 'month' ELSE 'year' END;
    END LOOP;
    RETURN QUERY
    SELECT s.at, shown(coalesce(sum(g.revenue), 0)), coalesce(distinct_ids(every_id(g.posts)), 0), shown(over(sum(g.roi), sum(g.roi_n))), shown(coalesce(sum(g.spend), 0)),
           shown(CASE WHEN sum(g.has_revenue) > 0 THEN over((sum(g.revenue) - sum(g.spend)) * 100, sum(g.spend)) END), coalesce(sum(g.points), 0), answer, s.next
    FROM want_buckets(who, since, until, zone, b) s LEFT JOIN read_groups(who, since, until, answer, b, zone) g ON g.at = s.at
    GROUP BY s.at, s.next ORDER BY s.at;
END
$$;

CREATE FUNCTION want_trends(who text, since timestamptz, until timestamptz, zone text, asked text)
RETURNS TABLE (date date, avg_roi numeric, data_points numeric, daily_revenue numeric, daily_spend numeric, roi numeric, campaign_markers text[], currency text) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT (at AT TIME ZONE zone)::date, avg_roi, data_points, revenue, spend, roi,
       ARRAY(SELECT c.name::text FROM campaign_with_user_id c WHERE c.user_id = who AND c.name IS NOT NULL AND c.date >= (at AT TIME ZONE zone)::date AND c.date < (next AT TIME ZONE zone)::date
             ORDER BY c.name COLLATE "C"), currency
FROM want_series(who, since, until, zone, asked, 'day') ORDER BY at
$$;

CREATE FUNCTION want_monthly_spend_trends(who text, year integer, zone text, asked text)
RETURNS TABLE (month integer, platform text, spend numeric, revenue numeric, avg_roi numeric, roi numeric, data_points numeric, currency text) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
WITH r AS (SELECT make_timestamp(year, 1, 1, 0, 0, 0) AT TIME ZONE zone AS since, make_timestamp(year + 1, 1, 1, 0, 0, 0) AT TIME ZONE zone AS until),
     c AS (SELECT read_currency(who, since, until, asked) AS c FROM r),
     g AS (SELECT extract(month FROM at AT TIME ZONE zone)::integer AS month, g.* FROM r, c, LATERAL read_groups(who, since, until, c, 'month', zone) g),
     months AS (SELECT m FROM generate_series(1, CASE WHEN year < extract(year FROM now() AT TIME ZONE zone) THEN 12
         ELSE greatest(CASE WHEN year = extract(year FROM now() AT TIME ZONE zone) THEN extract(month FROM now() AT TIME ZONE zone) ELSE 0 END, (SELECT max(month) FROM g))::integer END) m)
SELECT m, p.platform, shown(coalesce(sum(g.spend), 0)), shown(coalesce(sum(g.revenue), 0)), shown(over(sum(g.roi), sum(g.roi_n))),
       shown(CASE WHEN sum(g.has_revenue) > 0 THEN over((sum(g.revenue) - sum(g.spend)) * 100, sum(g.spend)) END), coalesce(sum(g.points), 0), c
FROM months CROSS JOIN (SELECT DISTINCT platform FROM g) p CROSS JOIN c LEFT JOIN g ON g.month = m AND g.platform = p.platform GROUP BY m, p.platform, c ORDER BY m, p.platform
$$;

CREATE FUNCTION want_benchmark(who text, since timestamptz, until timestamptz, zone text, asked text, benchmark numeric)
RETURNS TABLE (actual numeric, benchmark numeric, difference numeric, percentage numeric, status text) LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT shown(a), shown(b), shown(a - b), shown(over((a - b) * 100, b)), CASE WHEN a >= b THEN 'above' ELSE 'below' END
FROM (SELECT coalesce(over((sum(revenue) - sum(spend)) * 100, sum(spend)), 0) AS a FROM read_currency(who, since, until, asked) c LEFT JOIN LATERAL read_groups(who, since, until, c) ON true) t,
     (SELECT coalesce(want_benchmark.benchmark, (SELECT i.value FROM roi_industry_benchmarks i JOIN user_preferences u USING (industry) WHERE u.user_id = who AND platform = 'all' AND metric = 'roi' ORDER BY as_of DESC LIMIT 1),
         (SELECT value FROM roi_industry_benchmarks WHERE industry = 'default' AND platform = 'all' AND metric = 'roi' ORDER BY as_of DESC LIMIT 1), 400) AS b) w
$$;

-- Every row of an answer as JSON, in order; or its SQLSTATE.
CREATE FUNCTION answer_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    lines text := '';
    line record;
BEGIN
    FOR line IN EXECUTE query LOOP
        lines := lines || CASE WHEN (to_jsonb(line) -> 'j') IS NOT NULL THEN to_jsonb(line) -> 'j' ELSE to_jsonb(line) END || E'\n';
    END LOOP;
    RETURN lines;
EXCEPTION WHEN OTHERS THEN
    RETURN 'error ' || SQLSTATE || CASE WHEN SQLSTATE IN ('22023', '22003') THEN '' ELSE ' ' || SQLERRM END;
END
$$;

-- NULL when both sides answer alike; else the first line that differs.
CREATE FUNCTION read_wrong(question text, truth text) RETURNS text LANGUAGE sql AS $$
SELECT format(E'%s\nwanted (line %s of %s): %s\nanswer (of %s): %s', question, n, cardinality(w), w[n], cardinality(a), a[n])
FROM (SELECT string_to_array(answer_of(truth), E'\n') AS w, string_to_array(answer_of(question), E'\n') AS a) t,
     LATERAL generate_series(1, greatest(cardinality(w), cardinality(a))) n
WHERE w[n] IS DISTINCT FROM a[n] ORDER BY n LIMIT 1
$$;

-- roi_dashboard() without the moment of the answer; moments of the revenue series as the session shows them.
CREATE FUNCTION read_dashboard(d json) RETURNS jsonb LANGUAGE sql STABLE AS $$
SELECT jsonb_set(j - 'asOf' - 'range', '{revenue,trends}', coalesce((SELECT jsonb_agg(jsonb_set(e, '{time_period}', to_jsonb((e ->> 'time_period')::timestamptz)) ORDER BY n)
    FROM jsonb_array_elements(j -> 'revenue' -> 'trends') WITH ORDINALITY AS t (e, n)), '[]'))
    || jsonb_build_object('timeZone', j -> 'range' -> 'timeZone', 'has_asOf', (j ->> 'asOf')::timestamptz IS NOT NULL)
FROM (SELECT d::jsonb AS j) x
$$;

-- One line a part of a dashboard, so that a difference is easy to see.
CREATE FUNCTION parts(j jsonb) RETURNS TABLE (part text, value jsonb) LANGUAGE sql IMMUTABLE AS $$
SELECT k || coalesce('.' || k2, ''), coalesce(v2, v) FROM jsonb_each(j) AS t (k, v)
LEFT JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(v) = 'object' THEN v END) AS u (k2, v2) ON true ORDER BY 1
$$;

-- The same from the functions it gathers, given the common arguments as text.
-- Whether the year, no currency asked for, settles on the one of the range.
CREATE FUNCTION want_monthly(arguments text, who text, year integer, zone text) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT AS $$
DECLARE
    of_range text;
    of_year text;
BEGIN
    EXECUTE format('SELECT currency FROM roi_total(%s)', arguments) INTO of_range;
    BEGIN
        of_year := (SELECT min(c) FROM read_currency(who, make_timestamptz(year, 1, 1, 0, 0, 0, zone), make_timestamptz(year + 1, 1, 1, 0, 0, 0, zone), NULL) c);
    EXCEPTION WHEN SQLSTATE '22023' THEN
        RETURN false;
    END;
    RETURN of_range IS NULL OR of_year IS NULL OR of_range = of_year;
END
$$;

CREATE FUNCTION want_dashboard(arguments text, who text, year integer, zone text, asked text) RETURNS jsonb LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT AS $$
DECLARE
    j jsonb;
    rows text := '(SELECT coalesce(jsonb_agg(to_jsonb(t) - ''currency''), ''[]'') FROM %s t)';
    one text := '(SELECT to_jsonb(t) - ''currency'' FROM %s t)';
BEGIN
    EXECUTE format('SELECT jsonb_build_object(''total'', (SELECT jsonb_build_object(''totalRevenue'', total_revenue, ''totalSpend'', total_spend, ''totalProfit'', total_profit,
            ''overallROI'', overall_roi, ''overallROAS'', overall_roas, ''totalImpressions'', total_impressions, ''totalEngagement'', total_engagement, ''totalClicks'', total_clicks,
            ''totalConversions'', total_conversions, ''totalPosts'', total_posts, ''dataPoints'', data_points) FROM roi_total(%1$s)),
        ''revenue'', jsonb_build_object(''by_source'', ' || format(rows, 'roi_revenue_by_source(%1$s)') || ', ''trends'', ' || format(rows, 'roi_revenue_trends(%1$s)') || '),
        ''cost'', jsonb_build_object(''breakdown'', ' || format(rows, 'roi_cost_breakdown(%1$s)') || ', ''monthly'', CASE WHEN %6$L THEN ' || format(rows, 'roi_monthly_spend_trends(%2$L, %3$s, %4$L, %5$L)') || ' END),
        ''profitability'', jsonb_build_object(''clv'', ' || format(one, 'roi_clv(%1$s)') || ', ''cac'', ' || format(one, 'roi_cac(%1$s)') || ', ''payback'', ' || format(one, 'roi_payback_period(%1$s)') || '),
        ''trends'', jsonb_build_object(''series'', ' || format(rows, 'roi_trends(%1$s)') || ', ''benchmark'', ' || format(one, 'roi_benchmark(%1$s)') || '),
        ''channels'', ' || format(rows, 'roi_channel_performance(%1$s)') || ', ''currency'', (SELECT currency FROM roi_total(%1$s)), ''simulated'', false, ''timeZone'', %4$L::text, ''has_asOf'', true)',
        arguments, who, year, zone, asked, asked IS NOT NULL OR want_monthly(arguments, who, year, zone)) INTO j;
    RETURN j;
END
$$;

-- What roi_compare() says wrong of its own two ranges: numbers of either range, change, percent.
CREATE FUNCTION compare_wrong(arguments text, who text, zone text, asked text, mode text) RETURNS TABLE (wrong text) LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT AS $$
DECLARE
    names text[] := ARRAY['revenue', 'spend', 'profit', 'roi', 'roas', 'impressions', 'engagement', 'clicks', 'conversions', 'posts', 'data_points', 'engagement_rate',
        'click_through_rate', 'cac', 'clv'];
    r record;
    ranges record;
    c jsonb;
    b jsonb;
    found text[] := '{}';
BEGIN
    FOR r IN EXECUTE format('SELECT * FROM roi_compare(%s, mode => %L)', arguments, mode) LOOP
        found := found || r.metric;
        IF ranges IS NULL THEN
            ranges := r;
            c := read_figures(who, r.current_since, r.current_until, asked);
            b := read_figures(who, r.base_since, r.base_until, asked);
            IF mode = 'previous' AND r.base_until <> r.current_since THEN RETURN QUERY SELECT format('base ends at %s, not %s', r.base_until, r.current_since); END IF;
            IF mode = 'year_ago' AND (r.base_since AT TIME ZONE zone, r.base_until AT TIME ZONE zone)
                <> (r.current_since AT TIME ZONE zone - interval '1 year', r.current_until AT TIME ZONE zone - interval '1 year') THEN
                RETURN QUERY SELECT format('year_ago: %s..%s for %s..%s', r.base_since, r.base_until, r.current_since, r.current_until);
            END IF;
        END IF;
        IF (r.current_since, r.current_until, r.base_since, r.base_until) IS DISTINCT FROM (ranges.current_since, ranges.current_until, ranges.base_since, ranges.base_until) THEN
            RETURN QUERY SELECT format('%s: another range', r.metric);
        END IF;
        IF r.current::text IS DISTINCT FROM c ->> r.metric OR r.base::text IS DISTINCT FROM b ->> r.metric THEN
            RETURN QUERY SELECT format('%s %s: %s / %s, wanted %s / %s for %s..%s / %s..%s', mode, r.metric, r.current, r.base, c ->> r.metric, b ->> r.metric, r.current_since, r.current_until, r.base_since, r.base_until);
        END IF;
        IF (r.current IS NULL OR r.base IS NULL) <> (r.change IS NULL) OR (r.change IS NULL OR r.base = 0) AND r.change_percent IS NOT NULL
            OR abs(r.change - (r.current - r.base)) > 0.000002 OR r.base > 1 AND abs(r.change_percent - 100 * (r.current - r.base) / r.base) > 0.001 THEN
            RETURN QUERY SELECT format('%s %s: change %s, percent %s of %s / %s', mode, r.metric, r.change, r.change_percent, r.current, r.base);
        END IF;
    END LOOP;
    IF found <> names THEN RETURN QUERY SELECT format('metrics %s', found); END IF;
END
$$;

CREATE FUNCTION read_figures(who text, since timestamptz, until timestamptz, asked text) RETURNS jsonb LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
SELECT jsonb_build_object('revenue', total_revenue, 'spend', total_spend, 'profit', total_profit, 'roi', shown(CASE WHEN has_revenue > 0 THEN over((r - s) * 100, s) END), 'roas', overall_roas,
    'impressions', total_impressions, 'engagement', total_engagement, 'clicks', total_clicks, 'conversions', total_conversions, 'posts', total_posts, 'data_points', data_points,
    'engagement_rate', shown(coalesce(over(total_engagement * 100, total_impressions), 0)), 'click_through_rate', shown(coalesce(over(total_clicks * 100, total_impressions), 0)),
    'cac', (SELECT cac FROM want_cac(who, since, until, 'UTC', asked)), 'clv', (SELECT clv FROM want_clv(who, since, until, 'UTC', asked)))
FROM want_total(who, since, until, 'UTC', asked) t,
     (SELECT sum(has_revenue) AS has_revenue, sum(revenue) AS r, sum(spend) AS s FROM read_currency(who, since, until, asked) c LEFT JOIN LATERAL read_groups(who, since, until, c) ON true) g
$$;
