-- What the rollup specs share: the tables, three months with partitions of their own, and one look at everything.
SELECT roi_setup();
SELECT roi_make_partitions(ARRAY['2024-05-15', '2024-06-15', '2024-07-15']::timestamptz[]);

-- A user's sums by plain SQL over the facts, and the same from every grain of the rollup and from the detail: one text where they
-- agree. posts: all/earning/spending.
CREATE FUNCTION sums_text(rows numeric, views numeric, revenue numeric, posts bigint, earning bigint, spending bigint, campaigns bigint)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s rows, %s views, %s revenue, posts %s/%s/%s, %s campaigns', $1, $2, round($3, 2), $4, $5, $6, $7)
$$;
CREATE FUNCTION sums_of_facts(who text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT sums_text(count(*), coalesce(sum(views), 0), coalesce(sum(revenue_generated), 0), count(DISTINCT post_id),
        count(DISTINCT post_id) FILTER (WHERE revenue_generated > 0), count(DISTINCT post_id) FILTER (WHERE ad_spend > 0), count(DISTINCT campaign_id))
    FROM roi_metrics WHERE user_id = who
$$;
CREATE FUNCTION sums_of_rollup(who text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(DISTINCT sums, ' | ') FROM (
        SELECT sums_text(sum(data_points), sum(views), sum(revenue) / 1000000,
            (SELECT count(DISTINCT m) FROM roi_rollup c, roi_set_members(c.posts) m WHERE c.user_id = who AND c.grain = r.grain),
            (SELECT count(DISTINCT m) FROM roi_rollup c, roi_set_members(c.earning_posts) m WHERE c.user_id = who AND c.grain = r.grain),
            (SELECT count(DISTINCT m) FROM roi_rollup c, roi_set_members(c.spending_posts) m WHERE c.user_id = who AND c.grain = r.grain),
            (SELECT count(DISTINCT m) FROM roi_rollup c, roi_set_members(c.campaigns, true) m WHERE c.user_id = who AND c.grain = r.grain))
        FROM roi_rollup r WHERE user_id = who GROUP BY grain
        UNION ALL
        SELECT sums_text(sum(data_points), sum(views), sum(revenue) / 1000000, count(DISTINCT post_no) FILTER (WHERE post_no > 0),
            count(DISTINCT post_no) FILTER (WHERE post_no > 0 AND earning_points > 0),
            count(DISTINCT post_no) FILTER (WHERE post_no > 0 AND spending_points > 0), count(DISTINCT campaign_id) FILTER (WHERE campaign_id > 0))
        FROM roi_rollup_detail WHERE user_id = who GROUP BY grain) s (sums)
$$;
-- sync1 and sync2 of the specs do nothing: they wait until their session has finished what another one held up.
-- One row a user, from one snapshot: the sums of the facts, and what differs from them.
CREATE FUNCTION compare() RETURNS TABLE (who text, facts text, differs text) LANGUAGE sql STABLE SET jit TO off AS $$
    SELECT who, sums_of_facts(who), concat_ws('; ',
        'rollup: ' || nullif(coalesce(sums_of_rollup(who), sums_of_facts('nobody')), sums_of_facts(who)),
        (SELECT 'roi_total: ' || t::text FROM roi_total(who, 'all') t WHERE (data_points, total_impressions, total_revenue, total_posts) <>
            (SELECT count(*), coalesce(sum(views), 0), coalesce(sum(revenue_generated), 0), count(DISTINCT post_id) FROM roi_metrics WHERE user_id = who)),
        (SELECT 'roi_posts: ' || string_agg(format('%s %s', post_id, p.views), ', ' ORDER BY post_id) FROM roi_posts p WHERE p.user_id = who
            AND (p.views, p.revenue_generated) <> (SELECT coalesce(sum(m.views), 0), coalesce(sum(m.revenue_generated), 0) FROM roi_metrics m
                WHERE m.user_id = p.user_id AND m.post_id = p.post_id AND m.platform = p.platform)),
        (SELECT 'roi_verify: ' || string_agg(concat_ws(' ', table_name, grain, bucket AT TIME ZONE 'UTC', platform, column_name, expected, actual), ', ')
            FROM roi_verify(who)))
    FROM (SELECT user_id FROM roi_metrics UNION SELECT user_id FROM roi_rollup UNION SELECT user_id FROM roi_rollup_detail) u (who) ORDER BY who
$$;
