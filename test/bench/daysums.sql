-- The layout check of the rollup: a year of day rows of one user and their sums, in plain SQL.
-- params: user since until
SELECT platform, sum(data_points), sum(views), sum(likes), sum(comments), sum(shares), sum(saves), sum(clicks), sum(paid_views),
    sum(paid_clicks), sum(conversions), sum(spend), sum(revenue), sum(engagement), sum(spend_count), sum(revenue_count), sum(roi_sum),
    sum(roi_count), sum(roas_sum), sum(roas_count), sum(earning_points), sum(spending_points), sum(cpc_sum), sum(cpc_count),
    sum(cpi_sum), sum(cpi_count), sum(earning_revenue), sum(spending_spend)
FROM roi_rollup
WHERE user_id = $1 AND grain = 'd' AND bucket >= $2 AND bucket < $3
GROUP BY platform
