-- roi_setup(), part 4: the platforms that the simulator knows, as data.

CREATE FUNCTION @extschema@.roi_check_platforms() RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_check_platforms';
COMMENT ON FUNCTION @extschema@.roi_check_platforms() IS
'Internal. Statement trigger of roi_platforms: refuses content types and metrics that cannot be simulated. Errors: 22023 naming platform and entry, 39P01 outside a trigger.';

CREATE FUNCTION @extschema@.roi_comment_platforms() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $setup$
BEGIN
    COMMENT ON TABLE @extschema@.roi_platforms IS
        'The model of a platform for the simulator. Edits take effect at the next generated hour. "Plan" is the dashboard plan; "calibrated" numbers were fitted so that test/realism meets published figures; "ours" are choices.';
    COMMENT ON COLUMN @extschema@.roi_platforms.cpc_min IS
        'Lowest cost per click, units of the account''s currency (plan: platformCostModels).';
    COMMENT ON COLUMN @extschema@.roi_platforms.cpc_max IS
        'Highest cost per click, units of currency (plan: platformCostModels).';
    COMMENT ON COLUMN @extschema@.roi_platforms.cpm_min IS
        'Lowest cost per 1,000 impressions, units of currency (plan: platformCostModels).';
    COMMENT ON COLUMN @extschema@.roi_platforms.cpm_max IS
        'Highest cost per 1,000 impressions, units of currency (plan: platformCostModels).';
    COMMENT ON COLUMN @extschema@.roi_platforms.enabled IS
        'Whether new accounts publish there by default.';
    COMMENT ON COLUMN @extschema@.roi_platforms.conversion_rate IS
        'Share of clicks that convert before multiplier, engagement and season, 0 to 1 (plan: 2 % base conversion).';
    COMMENT ON COLUMN @extschema@.roi_platforms.engagement_multiplier IS
        'Factor of conversion_rate (plan: calculateRevenue).';
    COMMENT ON COLUMN @extschema@.roi_platforms.order_value IS
        'Average order value, units of currency (plan: avgOrderValue). Growth model natural draws each order around it.';
    COMMENT ON COLUMN @extschema@.roi_platforms.paid_share IS
        'Share of views that is paid, 0 to 1, on average over posts. Calibrated; no source gives it for all platforms. Pages paid for 29.9 % of their reach in a report of 2016.';
    COMMENT ON COLUMN @extschema@.roi_platforms.views_growth_max IS
        'Upper bound of the hourly multiplier before decay; the lower bound is 1 (plan: hourlyGrowth). Likewise the other *_growth_max (saves: ours). Growth model natural keeps them as an envelope from a post''s second hour on.';
    COMMENT ON COLUMN @extschema@.roi_platforms.views_cap IS
        'Lifetime cap of a post (plan: generateRealisticUpdate). Likewise the other *_cap (saves: ours).';
    COMMENT ON COLUMN @extschema@.roi_platforms.reference_audience IS
        'Followers of the account for which median_views holds; views are proportional to audience_size / reference_audience. Ours.';
    COMMENT ON COLUMN @extschema@.roi_platforms.median_views IS
        'Views of a median steady post in 30 days. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.views_spread IS
        'Standard deviation of log views between posts; heavy-tailed popularity needs about 1 (Cha et al. 2009). Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.viral_share IS
        'Share of posts that go viral (plan: 5-10 %).';
    COMMENT ON COLUMN @extschema@.roi_platforms.dying_share IS
        'Share of posts that die early (plan: 20-30 %); the rest is steady.';
    COMMENT ON COLUMN @extschema@.roi_platforms.viral_boost IS
        'Median factor of a viral post''s views. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.viral_hours IS
        'Median hours until a viral wave crests. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.dying_factor IS
        'Factor of a dying post''s views. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.follower_share IS
        'Share of a post''s views by followers at once, the rest by slow discovery. Calibrated to half-lives of 80 minutes (Facebook, Visibli 2011), 20 hours (Instagram) and days (YouTube).';
    COMMENT ON COLUMN @extschema@.roi_platforms.follower_hours IS
        'Time scale of the followers'' views, hours. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.discovery_hours IS
        'Median time scale of discovery, hours. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.discovery_spread IS
        'Standard deviation of its logarithm between posts. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.discovery_decay IS
        'Exponent theta of the power law t^-(1 + theta) by which discovery decays (Crane and Sornette 2008). Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.daily_noise_shape IS
        'Shape of the gamma noise that a post''s hours of one day share; smaller is noisier. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.hourly_noise_shape IS
        'Shape of the hourly gamma noise on views, the size k of their negative binomial. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.engagement_rate IS
        'Likes, comments, shares and saves per view of a median post, 0 to 0.6 (per view, never per follower). Calibrated to published rates of 2-6 %.';
    COMMENT ON COLUMN @extschema@.roi_platforms.engagement_elasticity IS
        'By how many percent engagement rises with one percent more reach, other things equal; below 1 large reach meets colder people. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.engagement_split IS
        'Relative parts of likes, comments, shares and saves, in this order. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.cpc_centre IS
        'Where the typical CPC lies between cpc_min (0) and cpc_max (1), on the scale of logarithms. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.cpm_centre IS
        'The same for CPM. A post''s paid click rate is CPM / (1000 CPC): one price has two names.';
    COMMENT ON COLUMN @extschema@.roi_platforms.organic_ctr_ratio IS
        'Click rate of organic views over that of paid views. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.peak_hour IS
        'Busiest hour of the account''s local day, 0 to 24. Calibrated to the diurnal cycle of the platform.';
    COMMENT ON COLUMN @extschema@.roi_platforms.daily_swing IS
        'Amplitude of the day''s first harmonic, the second one has a third of it; 0 is flat. Calibrated to a day/night ratio of 2 to 5.';
    COMMENT ON COLUMN @extschema@.roi_platforms.weekday_factors IS
        'Factors of views, Monday first, mean about 1. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.month_cost_factors IS
        'Factors of prices, January first; the last quarter costs 1.57 times the first (between published +20 % and +82 %).';
    COMMENT ON COLUMN @extschema@.roi_platforms.month_conversion_factors IS
        'Factors of the conversion rate, January first. Calibrated.';
    COMMENT ON COLUMN @extschema@.roi_platforms.content_types IS
        'What the platform publishes: [{"type", "share" of its posts, "price" and "engagement" factors (1), "click_percent" of paid delivery billed by click (65; the rest by impression), "hours" that it is shown (720)}]; shares add up to 1. Video costs more than static content (plan).';
    COMMENT ON COLUMN @extschema@.roi_platforms.metrics IS
        'The platform''s own metrics of a row, in order: [{"key", "of": active|views|likes|comments|shares|saves|clicks|engagement, "times": an earlier key (optional), "per": "post" for one factor a post instead of one an hour, "low", "high", "decimals"}]; value = of x U(low, high) x times. Drawn shares of counts are rounded at random, so that they add up.';
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_comment_platforms() IS
'Internal part of roi_setup(): meaning, unit and source of every column of roi_platforms.';

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
        conversion_rate numeric(9,6) NOT NULL DEFAULT 0.02 CHECK (conversion_rate BETWEEN 0 AND 1),
        reference_audience bigint NOT NULL DEFAULT 100000 CHECK (reference_audience > 0),
        median_views numeric(12,2) NOT NULL DEFAULT 15000 CHECK (median_views BETWEEN 0 AND 1000000000),
        views_spread numeric(6,4) NOT NULL DEFAULT 1.0 CHECK (views_spread BETWEEN 0 AND 3),
        viral_share numeric(6,4) NOT NULL DEFAULT 0.08 CHECK (viral_share BETWEEN 0 AND 1),
        dying_share numeric(6,4) NOT NULL DEFAULT 0.25 CHECK (dying_share BETWEEN 0 AND 1),
        viral_boost numeric(8,3) NOT NULL DEFAULT 13 CHECK (viral_boost BETWEEN 1 AND 1000),
        viral_hours numeric(8,3) NOT NULL DEFAULT 14 CHECK (viral_hours BETWEEN 0.01 AND 720),
        dying_factor numeric(6,4) NOT NULL DEFAULT 0.40 CHECK (dying_factor BETWEEN 0 AND 1),
        follower_share numeric(6,4) NOT NULL DEFAULT 0.10 CHECK (follower_share BETWEEN 0 AND 0.7),
        follower_hours numeric(8,3) NOT NULL DEFAULT 1 CHECK (follower_hours BETWEEN 0.01 AND 720),
        discovery_hours numeric(8,3) NOT NULL DEFAULT 12 CHECK (discovery_hours BETWEEN 0.01 AND 7200),
        discovery_spread numeric(6,4) NOT NULL DEFAULT 0.8 CHECK (discovery_spread BETWEEN 0 AND 3),
        discovery_decay numeric(6,4) NOT NULL DEFAULT 0.50 CHECK (discovery_decay BETWEEN 0.25 AND 0.95),
        daily_noise_shape numeric(18,3) NOT NULL DEFAULT 8 CHECK (daily_noise_shape BETWEEN 0.1 AND 1000000000000),
        hourly_noise_shape numeric(18,3) NOT NULL DEFAULT 8 CHECK (hourly_noise_shape BETWEEN 0.1 AND 1000000000000),
        engagement_rate numeric(6,4) NOT NULL DEFAULT 0.048 CHECK (engagement_rate BETWEEN 0 AND 0.6),
        engagement_elasticity numeric(6,4) NOT NULL DEFAULT 0.95 CHECK (engagement_elasticity BETWEEN 0 AND 2),
        engagement_split numeric[] NOT NULL DEFAULT '{0.90, 0.01, 0.06, 0.03}',
        cpc_centre numeric(6,4) NOT NULL DEFAULT 0.40 CHECK (cpc_centre BETWEEN 0 AND 1),
        cpm_centre numeric(6,4) NOT NULL DEFAULT 0.40 CHECK (cpm_centre BETWEEN 0 AND 1),
        organic_ctr_ratio numeric(8,4) NOT NULL DEFAULT 0.40 CHECK (organic_ctr_ratio BETWEEN 0 AND 100),
        peak_hour numeric(4,2) NOT NULL DEFAULT 20 CHECK (peak_hour >= 0 AND peak_hour < 24),
        daily_swing numeric(6,4) NOT NULL DEFAULT 0.50 CHECK (daily_swing BETWEEN 0 AND 0.75),
        weekday_factors numeric[] NOT NULL DEFAULT '{0.98, 0.98, 0.98, 0.99, 1.01, 1.04, 1.02}',
        month_cost_factors numeric[] NOT NULL DEFAULT '{0.76, 0.81, 0.89, 0.94, 0.98, 0.99, 0.97, 0.98, 1.03, 1.12, 1.42, 1.32}',
        month_conversion_factors numeric[] NOT NULL DEFAULT '{0.92, 0.94, 0.97, 1, 1, 0.99, 0.97, 0.98, 1, 1.04, 1.24, 1.18}',
        content_types jsonb NOT NULL DEFAULT '[
            {"type": "video", "share": 0.9, "price": 1.25, "engagement": 1, "click_percent": 35},
            {"type": "ad", "share": 0.1, "price": 1.10, "engagement": 0.6}]',
        metrics jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(metrics) = 'array' AND jsonb_array_length(metrics) <= 16),
        CONSTRAINT roi_platforms_cpc_min_above_cpc_max CHECK (cpc_min <= cpc_max),
        CONSTRAINT roi_platforms_cpm_min_above_cpm_max CHECK (cpm_min <= cpm_max),
        CONSTRAINT roi_platforms_viral_and_dying_share_above_1 CHECK (viral_share + dying_share <= 1),
        CONSTRAINT roi_platforms_engagement_split_needs_4_shares CHECK (
            array_ndims(engagement_split) = 1 AND cardinality(engagement_split) = 4 AND array_position(engagement_split, NULL) IS NULL
            AND 0 <= ALL (engagement_split) AND 1 >= ALL (engagement_split) AND 0 < ANY (engagement_split)),
        CONSTRAINT roi_platforms_weekday_factors_needs_7_from_0_to_10 CHECK (
            array_ndims(weekday_factors) = 1 AND cardinality(weekday_factors) = 7 AND array_position(weekday_factors, NULL) IS NULL
            AND 0 <= ALL (weekday_factors) AND 10 >= ALL (weekday_factors)),
        CONSTRAINT roi_platforms_month_cost_factors_needs_12_from_0_to_10 CHECK (
            array_ndims(month_cost_factors) = 1 AND cardinality(month_cost_factors) = 12 AND array_position(month_cost_factors, NULL) IS NULL
            AND 0 <= ALL (month_cost_factors) AND 10 >= ALL (month_cost_factors)),
        CONSTRAINT roi_platforms_month_conversion_factors_needs_12_from_0_to_10 CHECK (
            array_ndims(month_conversion_factors) = 1 AND cardinality(month_conversion_factors) = 12
            AND array_position(month_conversion_factors, NULL) IS NULL
            AND 0 <= ALL (month_conversion_factors) AND 10 >= ALL (month_conversion_factors)),
        CHECK (jsonb_typeof(content_types) = 'array' AND jsonb_array_length(content_types) BETWEEN 1 AND 8)
    );
    PERFORM @extschema@.roi_comment_platforms();

    -- Prices, multipliers, order values: the plan's cost models. Growth, engagement and clicks: the calibration. Metrics: derived from the row's own increments,
    -- so that reach never passes impressions and link clicks are the clicks.
    INSERT INTO @extschema@.roi_platforms (platform, cpc_min, cpc_max, cpm_min, cpm_max, engagement_multiplier, order_value,
        paid_share, median_views, views_spread, follower_share, follower_hours, discovery_hours, discovery_spread, discovery_decay,
        engagement_rate, engagement_elasticity, engagement_split, cpc_centre, cpm_centre, organic_ctr_ratio, peak_hour, daily_swing,
        weekday_factors, content_types, metrics) VALUES
    ('facebook', 0.50, 2.50, 5.00, 25.00, 1.2, 45, 0.47, 12000, 0.95, 0.30, 0.45, 1.35, 0.60, 0.68,
        0.026, 0.95, '{0.72, 0.09, 0.13, 0.06}', 0.36, 0.47, 1.30, 14, 0.42, '{1.03, 1.05, 1.05, 1.04, 1.01, 0.92, 0.90}', '[
        {"type": "post", "share": 0.45, "price": 0.88},
        {"type": "video", "share": 0.20, "price": 1.25, "click_percent": 35},
        {"type": "reel", "share": 0.20, "price": 1.05, "engagement": 1.2, "click_percent": 35},
        {"type": "story", "share": 0.05, "price": 0.85, "engagement": 0.6, "hours": 24},
        {"type": "ad", "share": 0.10, "price": 1.10, "engagement": 0.6}]', '[
        {"key": "post_reach", "of": "views", "low": 0.60, "high": 0.95, "decimals": 0},
        {"key": "page_views", "of": "clicks", "low": 0.10, "high": 0.40, "decimals": 0},
        {"key": "page_likes", "of": "likes", "low": 0.01, "high": 0.05, "decimals": 0},
        {"key": "link_clicks", "of": "clicks", "low": 1, "high": 1, "decimals": 0}]'),
    ('instagram', 0.80, 3.00, 6.00, 30.00, 1.5, 65, 0.35, 17000, 1.0, 0.14, 0.7, 22, 0.65, 0.52,
        0.040, 0.92, '{0.82, 0.035, 0.075, 0.07}', 0.44, 0.42, 0.80, 19, 0.50, '{1.01, 1.03, 1.03, 1.02, 1.0, 0.95, 0.96}', '[
        {"type": "post", "share": 0.35, "price": 0.88},
        {"type": "video", "share": 0.10, "price": 1.25, "click_percent": 35},
        {"type": "reel", "share": 0.40, "price": 1.05, "engagement": 1.2, "click_percent": 35},
        {"type": "story", "share": 0.05, "price": 0.85, "engagement": 0.6, "hours": 24},
        {"type": "ad", "share": 0.10, "price": 1.10, "engagement": 0.6}]', '[
        {"key": "impressions", "of": "views", "low": 1, "high": 1, "decimals": 0},
        {"key": "reach", "of": "views", "low": 0.60, "high": 0.95, "decimals": 0},
        {"key": "profile_visits", "of": "clicks", "low": 0.10, "high": 0.40, "decimals": 0},
        {"key": "story_views", "of": "views", "low": 0.05, "high": 0.20, "decimals": 0},
        {"key": "saved_count", "of": "saves", "low": 1, "high": 1, "decimals": 0}]'),
    ('youtube', 0.30, 1.50, 3.00, 15.00, 1.0, 80, 0.42, 30000, 1.05, 0.08, 1.2, 170, 0.90, 0.42,
        0.036, 0.85, '{0.87, 0.06, 0.04, 0.03}', 0.44, 0.30, 0.45, 20, 0.55, '{0.95, 0.95, 0.96, 0.97, 1.01, 1.08, 1.08}', '[
        {"type": "video", "share": 0.70, "price": 1.25, "click_percent": 35},
        {"type": "reel", "share": 0.20, "price": 1.05, "engagement": 1.2, "click_percent": 35},
        {"type": "ad", "share": 0.10, "price": 1.10, "engagement": 0.6}]', '[
        {"key": "average_view_duration", "of": "active", "per": "post", "low": 0.50, "high": 4.00, "decimals": 2},
        {"key": "watch_time_minutes", "of": "views", "times": "average_view_duration", "low": 1, "high": 1, "decimals": 0},
        {"key": "subscribers_gained", "of": "likes", "low": 0.01, "high": 0.05, "decimals": 0},
        {"key": "video_quality_score", "of": "active", "per": "post", "low": 6.00, "high": 10.00, "decimals": 2}]')
    ON CONFLICT DO NOTHING;

    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = '@extschema@.roi_platforms'::regclass AND tgname = 'roi_check_platforms') THEN
        CREATE TRIGGER roi_check_platforms AFTER INSERT OR UPDATE ON @extschema@.roi_platforms
            FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.roi_check_platforms();
    END IF;

    INSERT INTO @extschema@.roi_industry_benchmarks (industry, metric, value, source, as_of)
    VALUES ('default', 'roi', 400, 'default of the dashboard plan; not a measured figure', date '2025-01-01')
    ON CONFLICT DO NOTHING;
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_platforms() IS 'Internal part of roi_setup(): roi_platforms and the default benchmark.';
