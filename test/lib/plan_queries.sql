-- The read queries of the dashboard plan, word for word, as prepared statements. test/pgtap includes this file; test/bench
-- drops the PREPARE lines and fills each text with the parameters named above it.

-- params: user since until
PREPARE plan_revenue_by_source(text, timestamptz, timestamptz) AS -- getRevenueBySource
SELECT
    platform,
    SUM(revenue_generated) as total_revenue,
    COUNT(*) as post_count,
    AVG(revenue_generated) as avg_revenue_per_post,
    SUM(revenue_generated) / SUM(ad_spend) as revenue_multiplier
FROM roi_metrics
WHERE user_id = $1
AND update_timestamp BETWEEN $2 AND $3
GROUP BY platform
ORDER BY total_revenue DESC;

-- params: user since until interval
PREPARE plan_revenue_trends(text, timestamptz, timestamptz, text) AS -- getRevenueTrends
SELECT
    DATE_TRUNC($4, update_timestamp) as time_period,
    SUM(revenue_generated) as revenue,
    COUNT(*) as posts,
    AVG(roi_percentage) as avg_roi
FROM roi_metrics
WHERE user_id = $1
AND update_timestamp BETWEEN $2 AND $3
GROUP BY DATE_TRUNC($4, update_timestamp)
ORDER BY time_period;

-- params: user since until
PREPARE plan_cost_breakdown(text, timestamptz, timestamptz) AS -- getCostBreakdown
SELECT
    platform,
    SUM(ad_spend) as total_spend,
    AVG(cost_per_click) as avg_cpc,
    AVG(cost_per_impression) as avg_cpm,
    COUNT(*) as campaigns,
    SUM(ad_spend) / SUM(clicks) as effective_cpc
FROM roi_metrics
WHERE user_id = $1
AND update_timestamp BETWEEN $2 AND $3
GROUP BY platform
ORDER BY total_spend DESC;

-- params: user year
PREPARE plan_monthly_spend_trends(text, integer) AS -- getMonthlySpendTrends
SELECT
    EXTRACT(MONTH FROM update_timestamp) as month,
    platform,
    SUM(ad_spend) as spend,
    SUM(revenue_generated) as revenue,
    AVG(roi_percentage) as avg_roi
FROM roi_metrics
WHERE user_id = $1
AND EXTRACT(YEAR FROM update_timestamp) = $2
GROUP BY EXTRACT(MONTH FROM update_timestamp), platform
ORDER BY month, platform;

-- params: user since until
PREPARE plan_clv(text, timestamptz, timestamptz) AS -- calculateCLV
SELECT
    AVG(revenue_generated) as avg_revenue_per_customer,
    COUNT(DISTINCT post_id) as unique_customers,
    SUM(revenue_generated) / COUNT(DISTINCT post_id) as clv,
    SUM(revenue_generated) / SUM(ad_spend) as revenue_multiplier
FROM roi_metrics
WHERE user_id = $1
AND update_timestamp BETWEEN $2 AND $3
AND revenue_generated > 0;

-- params: user since until
PREPARE plan_cac(text, timestamptz, timestamptz) AS -- calculateCAC
SELECT
    SUM(ad_spend) / COUNT(DISTINCT post_id) as cac,
    AVG(cost_per_click) as avg_cpc,
    AVG(cost_per_impression) as avg_cpm
FROM roi_metrics
WHERE user_id = $1
AND update_timestamp BETWEEN $2 AND $3
AND ad_spend > 0;

-- params: user since until
PREPARE plan_roi_trends(text, timestamptz, timestamptz) AS -- getROITrends
SELECT
    DATE_TRUNC('day', update_timestamp) as date,
    AVG(roi_percentage) as avg_roi,
    COUNT(*) as data_points,
    SUM(revenue_generated) as daily_revenue,
    SUM(ad_spend) as daily_spend
FROM roi_metrics
WHERE user_id = $1
AND update_timestamp BETWEEN $2 AND $3
GROUP BY DATE_TRUNC('day', update_timestamp)
ORDER BY date;

-- params: user since until
PREPARE plan_channel_performance(text, timestamptz, timestamptz) AS -- getChannelPerformance
SELECT
    platform,
    SUM(revenue_generated) as revenue,
    SUM(ad_spend) as spend,
    AVG(roi_percentage) as avg_roi,
    AVG(roas_ratio) as avg_roas,
    SUM(views) as impressions,
    SUM(likes + comments + shares) as engagement,
    COUNT(*) as posts,
    SUM(clicks) as total_clicks
FROM roi_metrics
WHERE user_id = $1
AND update_timestamp BETWEEN $2 AND $3
GROUP BY platform
ORDER BY avg_roi DESC;
