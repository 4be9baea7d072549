-- roi_setup(), part 4: the platforms that the simulator knows, as data.

CREATE FUNCTION @extschema@.roi_setup_platforms() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning
AS $setup$
BEGIN
    CREATE TABLE IF NOT EXISTS @extschema@.roi_platforms (
        platform varchar(50) PRIMARY KEY CHECK (platform ~ '^[a-z][a-z0-9_]*$'),
        enabled boolean NOT NULL DEFAULT true,
        cpc_min numeric(18,6) NOT NULL CHECK (cpc_min >= 0),
        cpc_max numeric(18,6) NOT NULL CHECK (cpc_max <= 10000),
        cpm_min numeric(18,6) NOT NULL CHECK (cpm_min >= 0),
        cpm_max numeric(18,6) NOT NULL CHECK (cpm_max <= 10000),
        engagement_multiplier numeric(9,4) NOT NULL CHECK (engagement_multiplier BETWEEN 0 AND 50),
        order_value numeric(18,6) NOT NULL CHECK (order_value BETWEEN 0 AND 1000000),
        paid_share numeric(6,4) NOT NULL CHECK (paid_share BETWEEN 0 AND 1),
        views_growth_max numeric(6,3) NOT NULL DEFAULT 2.50 CHECK (views_growth_max BETWEEN 1 AND 10),
        likes_growth_max numeric(6,3) NOT NULL DEFAULT 1.80 CHECK (likes_growth_max BETWEEN 1 AND 10),
        comments_growth_max numeric(6,3) NOT NULL DEFAULT 1.60 CHECK (comments_growth_max BETWEEN 1 AND 10),
        shares_growth_max numeric(6,3) NOT NULL DEFAULT 2.20 CHECK (shares_growth_max BETWEEN 1 AND 10),
        saves_growth_max numeric(6,3) NOT NULL DEFAULT 1.80 CHECK (saves_growth_max BETWEEN 1 AND 10),
        clicks_growth_max numeric(6,3) NOT NULL DEFAULT 1.90 CHECK (clicks_growth_max BETWEEN 1 AND 10),
        views_cap bigint NOT NULL DEFAULT 1000000 CHECK (views_cap BETWEEN 1 AND 1000000000),
        likes_cap bigint NOT NULL DEFAULT 500000 CHECK (likes_cap BETWEEN 1 AND 1000000000),
        comments_cap bigint NOT NULL DEFAULT 100000 CHECK (comments_cap BETWEEN 1 AND 1000000000),
        shares_cap bigint NOT NULL DEFAULT 200000 CHECK (shares_cap BETWEEN 1 AND 1000000000),
        saves_cap bigint NOT NULL DEFAULT 200000 CHECK (saves_cap BETWEEN 1 AND 1000000000),
        clicks_cap bigint NOT NULL DEFAULT 300000 CHECK (clicks_cap BETWEEN 1 AND 1000000000),
        metrics jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(metrics) = 'array' AND jsonb_array_length(metrics) <= 16),
        CHECK (cpc_min <= cpc_max),
        CHECK (cpm_min <= cpm_max)
    );
    COMMENT ON TABLE @extschema@.roi_platforms IS
        'The model of a platform for the simulator. Edits take effect at the next generated hour.';
    COMMENT ON COLUMN @extschema@.roi_platforms.cpc_min IS 'Cost per click, units of currency (plan: platformCostModels).';
    COMMENT ON COLUMN @extschema@.roi_platforms.cpm_min IS 'Cost per 1,000 impressions, units of currency (plan: platformCostModels).';
    COMMENT ON COLUMN @extschema@.roi_platforms.engagement_multiplier IS 'Factor of the 2 % base conversion rate (plan: calculateRevenue).';
    COMMENT ON COLUMN @extschema@.roi_platforms.order_value IS 'Average order value, units of currency (plan: avgOrderValue).';
    COMMENT ON COLUMN @extschema@.roi_platforms.paid_share IS
        'Ratio of delivery that is paid, 0 to 1. Facebook 0.47, Instagram 0.35, YouTube 0.42 are choices of a calibration over natural growth; no source gives them all.';
    COMMENT ON COLUMN @extschema@.roi_platforms.views_growth_max IS
        'Upper bound of the hourly multiplier before decay; the lower bound is 1 (plan: hourlyGrowth). Likewise the others.';
    COMMENT ON COLUMN @extschema@.roi_platforms.views_cap IS 'Lifetime cap of a post (plan: generateRealisticUpdate; saves: ours).';
    COMMENT ON COLUMN @extschema@.roi_platforms.metrics IS
        'The platform''s own metrics of a row, in order: [{"key", "of": active|views|likes|comments|shares|saves|clicks|engagement, "times": an earlier key (optional), "low", "high", "decimals"}]; value = of x U(low, high) x times.';

    -- Prices, multipliers, order values: the plan's cost models. Metrics: derived from the row's own increments,
    -- so that reach never passes impressions and link clicks are the clicks.
    INSERT INTO @extschema@.roi_platforms (platform, cpc_min, cpc_max, cpm_min, cpm_max, engagement_multiplier, order_value,
        paid_share, metrics) VALUES
    ('facebook', 0.50, 2.50, 5.00, 25.00, 1.2, 45, 0.47, '[
        {"key": "post_reach", "of": "views", "low": 0.60, "high": 0.95, "decimals": 0},
        {"key": "page_views", "of": "clicks", "low": 0.10, "high": 0.40, "decimals": 0},
        {"key": "page_likes", "of": "likes", "low": 0.01, "high": 0.05, "decimals": 0},
        {"key": "link_clicks", "of": "clicks", "low": 1, "high": 1, "decimals": 0}]'),
    ('instagram', 0.80, 3.00, 6.00, 30.00, 1.5, 65, 0.35, '[
        {"key": "impressions", "of": "views", "low": 1, "high": 1, "decimals": 0},
        {"key": "reach", "of": "views", "low": 0.60, "high": 0.95, "decimals": 0},
        {"key": "profile_visits", "of": "clicks", "low": 0.10, "high": 0.40, "decimals": 0},
        {"key": "story_views", "of": "views", "low": 0.05, "high": 0.20, "decimals": 0},
        {"key": "saved_count", "of": "saves", "low": 1, "high": 1, "decimals": 0}]'),
    ('youtube', 0.30, 1.50, 3.00, 15.00, 1.0, 80, 0.42, '[
        {"key": "average_view_duration", "of": "active", "low": 0.50, "high": 4.00, "decimals": 2},
        {"key": "watch_time_minutes", "of": "views", "times": "average_view_duration", "low": 1, "high": 1, "decimals": 0},
        {"key": "subscribers_gained", "of": "likes", "low": 0.01, "high": 0.05, "decimals": 0},
        {"key": "video_quality_score", "of": "active", "low": 6.00, "high": 10.00, "decimals": 2}]')
    ON CONFLICT DO NOTHING;

    INSERT INTO @extschema@.roi_industry_benchmarks (industry, metric, value, source, as_of)
    VALUES ('default', 'roi', 400, 'default of the dashboard plan; not a measured figure', date '2025-01-01')
    ON CONFLICT DO NOTHING;
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_platforms() IS 'Internal part of roi_setup(): roi_platforms and the default benchmark.';
