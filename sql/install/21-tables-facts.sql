-- roi_setup(), part 2: the additive facts, the platforms' own metrics and both rollups.

CREATE FUNCTION @extschema@.roi_setup_facts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning
AS $setup$
BEGIN
    CREATE SEQUENCE IF NOT EXISTS @extschema@.roi_metrics_id_seq;
    CREATE TABLE IF NOT EXISTS @extschema@.roi_metrics (
        id bigint NOT NULL DEFAULT nextval('@extschema@.roi_metrics_id_seq'),
        user_id varchar(255) NOT NULL,
        platform varchar(50) NOT NULL CHECK (platform <> ''),
        campaign_id bigint CHECK (campaign_id > 0),
        post_id varchar(255) CHECK (post_id <> ''),
        content_type varchar(50) CHECK (content_type <> ''),
        content_category varchar(100) CHECK (content_category <> ''),
        views bigint DEFAULT 0,
        likes bigint DEFAULT 0,
        comments bigint DEFAULT 0,
        shares bigint DEFAULT 0,
        saves bigint DEFAULT 0,
        clicks bigint DEFAULT 0,
        ad_spend numeric(18,6) DEFAULT 0,
        revenue_generated numeric(18,6) DEFAULT 0,
        cost_per_click numeric(18,6) DEFAULT 0,
        cost_per_impression numeric(18,6) DEFAULT 0,
        roi_percentage numeric(30,6) DEFAULT 0,
        roas_ratio numeric(30,6) DEFAULT 0,
        created_at timestamptz DEFAULT now(),
        posted_at timestamptz,
        updated_at timestamptz DEFAULT now(),
        update_timestamp timestamptz NOT NULL DEFAULT now(),
        conversions numeric(18,6) DEFAULT 0,
        paid_views bigint DEFAULT 0,
        paid_clicks bigint DEFAULT 0,
        source varchar(10) NOT NULL DEFAULT 'recorded' CHECK (source IN ('simulated', 'imported', 'recorded')),
        currency varchar(3) NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
        import_batch_id bigint,
        PRIMARY KEY (user_id, update_timestamp, id),
        -- the month of an earlier moment would begin before the first timestamp
        CHECK (isfinite(update_timestamp) AND update_timestamp >= '4713-01-01 00:00:00+00 BC'),
        CHECK (greatest(ad_spend, revenue_generated, cost_per_click, cost_per_impression, roi_percentage,
                        roas_ratio, conversions) < 'NaN')
    ) PARTITION BY RANGE (update_timestamp);
    ALTER SEQUENCE @extschema@.roi_metrics_id_seq OWNED BY @extschema@.roi_metrics.id;
    COMMENT ON TABLE @extschema@.roi_metrics IS
        'What one post, ad or campaign-day added in one interval. Additive: sums over any rows are true totals.';
    COMMENT ON COLUMN @extschema@.roi_metrics.update_timestamp IS
        'Start of the interval: the hour for simulated rows, midnight in the import''s time zone for imported days.';
    COMMENT ON COLUMN @extschema@.roi_metrics.views IS 'Impressions added; NULL when the source did not report them.';
    COMMENT ON COLUMN @extschema@.roi_metrics.cost_per_impression IS 'Price of one impression in currency (CPM / 1000).';
    COMMENT ON COLUMN @extschema@.roi_metrics.roi_percentage IS
        'Percent. Simulated rows: of the post to date; imported rows: of the row; 0 when spend is 0.';
    COMMENT ON COLUMN @extschema@.roi_metrics.roas_ratio IS 'Revenue / spend, to date or of the row like roi_percentage.';
    COMMENT ON COLUMN @extschema@.roi_metrics.source IS 'simulated (the tick), imported (a file) or recorded (SQL, clients).';

    CREATE SEQUENCE IF NOT EXISTS @extschema@.platform_metrics_id_seq;
    CREATE TABLE IF NOT EXISTS @extschema@.platform_metrics (
        id bigint NOT NULL DEFAULT nextval('@extschema@.platform_metrics_id_seq'),
        roi_metric_id bigint,
        user_id varchar(255) NOT NULL,
        platform varchar(50) NOT NULL CHECK (platform <> ''),
        update_timestamp timestamptz NOT NULL DEFAULT now() CHECK (isfinite(update_timestamp)),
        metrics jsonb NOT NULL DEFAULT '{}',
        engagement_rate numeric(30,6) DEFAULT 0,
        virality_score numeric(30,6) DEFAULT 0,
        PRIMARY KEY (user_id, update_timestamp, id),
        CHECK (greatest(engagement_rate, virality_score) < 'NaN')
    ) PARTITION BY RANGE (update_timestamp);
    ALTER SEQUENCE @extschema@.platform_metrics_id_seq OWNED BY @extschema@.platform_metrics.id;
    CREATE INDEX IF NOT EXISTS platform_metrics_roi_metric_id_idx ON @extschema@.platform_metrics (roi_metric_id);
    COMMENT ON TABLE @extschema@.platform_metrics IS
        'The platform''s own metrics of a row of roi_metrics, derived from the same increments.';
    COMMENT ON COLUMN @extschema@.platform_metrics.engagement_rate IS
        'Percent: 100 (likes + comments + shares) / max(views, 1) of the row.';
    COMMENT ON COLUMN @extschema@.platform_metrics.virality_score IS 'Shares per 100 views: shares / max(views x 0.01, 1).';
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_facts() IS 'Internal part of roi_setup(): roi_metrics and platform_metrics.';

CREATE FUNCTION @extschema@.roi_setup_rollups() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning
AS $setup$
BEGIN
    CREATE TABLE IF NOT EXISTS @extschema@.roi_rollup (
        user_id varchar(255) NOT NULL,
        grain "char" NOT NULL CHECK (grain IN ('q', 'd', 'm')),
        bucket timestamptz NOT NULL,
        platform varchar(50) NOT NULL,
        currency varchar(3) NOT NULL,
        data_points bigint NOT NULL DEFAULT 0,
        views bigint NOT NULL DEFAULT 0,
        likes bigint NOT NULL DEFAULT 0,
        comments bigint NOT NULL DEFAULT 0,
        shares bigint NOT NULL DEFAULT 0,
        saves bigint NOT NULL DEFAULT 0,
        clicks bigint NOT NULL DEFAULT 0,
        paid_views bigint NOT NULL DEFAULT 0,
        paid_clicks bigint NOT NULL DEFAULT 0,
        conversions bigint NOT NULL DEFAULT 0,
        spend bigint NOT NULL DEFAULT 0,
        revenue bigint NOT NULL DEFAULT 0,
        engagement bigint NOT NULL DEFAULT 0,
        spend_count bigint NOT NULL DEFAULT 0,
        revenue_count bigint NOT NULL DEFAULT 0,
        roi_sum bigint NOT NULL DEFAULT 0,
        roi_count bigint NOT NULL DEFAULT 0,
        roas_sum bigint NOT NULL DEFAULT 0,
        roas_count bigint NOT NULL DEFAULT 0,
        earning_points bigint NOT NULL DEFAULT 0,
        spending_points bigint NOT NULL DEFAULT 0,
        quarter_points bigint NOT NULL DEFAULT 0,
        cpc_sum bigint NOT NULL DEFAULT 0,
        cpc_count bigint NOT NULL DEFAULT 0,
        cpi_sum bigint NOT NULL DEFAULT 0,
        cpi_count bigint NOT NULL DEFAULT 0,
        earning_revenue bigint NOT NULL DEFAULT 0,
        earning_spend bigint NOT NULL DEFAULT 0,
        spending_spend bigint NOT NULL DEFAULT 0,
        spending_cpc_sum bigint NOT NULL DEFAULT 0,
        spending_cpc_count bigint NOT NULL DEFAULT 0,
        spending_cpi_sum bigint NOT NULL DEFAULT 0,
        spending_cpi_count bigint NOT NULL DEFAULT 0,
        posts bytea,
        earning_posts bytea,
        spending_posts bytea,
        campaigns bytea,
        parts bytea,
        PRIMARY KEY (user_id, grain, bucket, platform, currency)
    ) WITH (fillfactor = 70);
    COMMENT ON TABLE @extschema@.roi_rollup IS
        'Sums of one user, platform, currency and bucket (UTC). Money, conversions and averaged columns in millionths. Written by the extension only.';
    COMMENT ON COLUMN @extschema@.roi_rollup.grain IS 'q = 15 minutes, d = day, m = month, all cut in UTC.';
    COMMENT ON COLUMN @extschema@.roi_rollup.engagement IS 'Sum of likes + comments + shares over rows that report all three.';
    COMMENT ON COLUMN @extschema@.roi_rollup.revenue_count IS '*_count: rows that report the column, for averages and for undefined ratios.';
    COMMENT ON COLUMN @extschema@.roi_rollup.quarter_points IS
        'Rows stamped on a quarter of an hour exactly: where it equals data_points, a range that begins or ends inside a quarter needs no facts.';
    COMMENT ON COLUMN @extschema@.roi_rollup.earning_points IS 'earning_*: over rows with revenue above 0 (CLV).';
    COMMENT ON COLUMN @extschema@.roi_rollup.spending_points IS 'spending_*: over rows with spend above 0 (CAC).';
    COMMENT ON COLUMN @extschema@.roi_rollup.posts IS
        'Mergeable exact set of post_no (Roaring, 32 bit, portable format); NULL when empty; roi_set_members() lists it.';
    COMMENT ON COLUMN @extschema@.roi_rollup.campaigns IS 'Mergeable exact set of campaign_id (Roaring, 64 bit).';
    COMMENT ON COLUMN @extschema@.roi_rollup.parts IS
        'Of days and months: the data points, spend, revenue, ROI and posts of their quarters and days, packed, so that a series reads one row for many. NULL where they would take more than 1400 bytes; reads then go to the finer rows.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_rollup_detail (
        user_id varchar(255) NOT NULL,
        grain "char" NOT NULL CHECK (grain IN ('d', 'm')),
        bucket timestamptz NOT NULL,
        platform varchar(50) NOT NULL,
        currency varchar(3) NOT NULL,
        campaign_id bigint NOT NULL DEFAULT 0,
        content_type varchar(50) NOT NULL DEFAULT '',
        post_no integer NOT NULL DEFAULT 0,
        data_points bigint NOT NULL DEFAULT 0,
        views bigint NOT NULL DEFAULT 0,
        likes bigint NOT NULL DEFAULT 0,
        comments bigint NOT NULL DEFAULT 0,
        shares bigint NOT NULL DEFAULT 0,
        saves bigint NOT NULL DEFAULT 0,
        clicks bigint NOT NULL DEFAULT 0,
        paid_views bigint NOT NULL DEFAULT 0,
        paid_clicks bigint NOT NULL DEFAULT 0,
        conversions bigint NOT NULL DEFAULT 0,
        spend bigint NOT NULL DEFAULT 0,
        revenue bigint NOT NULL DEFAULT 0,
        engagement bigint NOT NULL DEFAULT 0,
        spend_count bigint NOT NULL DEFAULT 0,
        revenue_count bigint NOT NULL DEFAULT 0,
        roi_sum bigint NOT NULL DEFAULT 0,
        roi_count bigint NOT NULL DEFAULT 0,
        roas_sum bigint NOT NULL DEFAULT 0,
        roas_count bigint NOT NULL DEFAULT 0,
        earning_points bigint NOT NULL DEFAULT 0,
        spending_points bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (user_id, grain, bucket, platform, currency, campaign_id, content_type, post_no)
    ) WITH (fillfactor = 45);
    COMMENT ON TABLE @extschema@.roi_rollup_detail IS
        'The sums of one user, platform, post, campaign, content type, currency and day or month (UTC), as in roi_rollup. Written by the extension only.';
    COMMENT ON COLUMN @extschema@.roi_rollup_detail.grain IS 'd = day, m = month, both cut in UTC.';
    COMMENT ON COLUMN @extschema@.roi_rollup_detail.post_no IS 'roi_posts.post_no; 0 for rows without a post.';
    COMMENT ON COLUMN @extschema@.roi_rollup_detail.campaign_id IS '0 for rows without a campaign.';
    COMMENT ON COLUMN @extschema@.roi_rollup_detail.content_type IS 'Empty for rows without a content type.';
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_rollups() IS 'Internal part of roi_setup(): roi_rollup and roi_rollup_detail.';
