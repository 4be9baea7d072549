-- The plan's hourly update as one statement: every post of the last hour grows by uniform multipliers.
WITH grown AS (
    SELECT user_id, platform, campaign_id, post_id, content_type, content_category, posted_at,
        (views * (1 + random() * 0.25))::integer AS views, (likes * (1 + random() * 0.25))::integer AS likes,
        (comments * (1 + random() * 0.25))::integer AS comments, (shares * (1 + random() * 0.25))::integer AS shares,
        (saves * (1 + random() * 0.25))::integer AS saves, (clicks * (1 + random() * 0.25))::integer AS clicks,
        random() * 2 AS cpc, random() * 10 AS cpm, update_timestamp + interval '1 hour' AS stamp
    FROM plan.roi_metrics WHERE update_timestamp = (SELECT max(update_timestamp) FROM plan.roi_metrics)
), costed AS (
    SELECT *, clicks * cpc + views * cpm / 1000 AS spend, clicks * 0.02 * 45 * (1 + random()) AS revenue FROM grown
), written AS (
    INSERT INTO plan.roi_metrics (user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, shares, saves, clicks,
        ad_spend, revenue_generated, cost_per_click, cost_per_impression, roi_percentage, roas_ratio, posted_at, update_timestamp)
    SELECT user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, shares, saves, clicks,
        spend, revenue, cpc, cpm / 1000, least((revenue - spend) * 100 / greatest(spend, 1), 99999), least(revenue / greatest(spend, 1), 99999), posted_at, stamp
    FROM costed
    RETURNING id, platform, update_timestamp, views, likes, comments, shares, clicks
)
INSERT INTO plan.platform_metrics (roi_metric_id, platform, update_timestamp, metrics, engagement_rate, virality_score)
SELECT id, platform, update_timestamp,
    jsonb_build_object('page_likes', (likes * random() * 0.1)::integer, 'post_reach', (views * (1 + random()))::integer,
        'page_views', (clicks * random())::integer, 'link_clicks', clicks),
    least(100.0 * (likes + comments + shares) / greatest(views, 1), 999), least(shares / greatest(views * 0.01, 1), 999)
FROM written
