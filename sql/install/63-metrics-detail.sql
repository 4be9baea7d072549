-- The facts themselves with their platform metrics, page by page.

CREATE FUNCTION @extschema@.roi_metrics_detail(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    platform text DEFAULT NULL,
    page_size integer DEFAULT 100,
    after text DEFAULT NULL)
RETURNS TABLE (id bigint, user_id text, platform text, campaign_id bigint, post_id text, content_type text,
    content_category text, views bigint, likes bigint, comments bigint, shares bigint, saves bigint, clicks bigint,
    ad_spend numeric, revenue_generated numeric, cost_per_click numeric, cost_per_impression numeric,
    roi_percentage numeric, roas_ratio numeric, created_at timestamptz, posted_at timestamptz, updated_at timestamptz,
    update_timestamp timestamptz, conversions numeric, paid_views bigint, paid_clicks bigint, source text, currency text,
    import_batch_id bigint, watch_time_minutes numeric, subscribers_gained numeric, average_view_duration numeric,
    video_quality_score numeric, reach numeric, impressions numeric, profile_visits numeric, story_views numeric,
    saved_count numeric, page_likes numeric, post_reach numeric, page_views numeric, link_clicks numeric,
    video_views numeric, followers_gained numeric, play_count numeric, completion_rate numeric,
    engagement_rate numeric, virality_score numeric, page_key text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_metrics_detail';
COMMENT ON FUNCTION @extschema@.roi_metrics_detail(text, text, timestamptz, timestamptz, text, text, text, integer, text) IS
'A user''s facts in a range (see roi_time_range), newest first by update_timestamp and id, with their platform metrics (plan: fetchAllROIMetrics): a column for each key of the plan, NULL where the row has none or it is no number; engagement_rate in percent, virality_score in shares per 100 views. Money is in the row''s own currency and never converted. currency, platform: only rows of these. page_size: 1 to 1000 rows; after: the page_key of the last row seen gives the next page, and rows written meanwhile neither shift nor repeat it. Errors: 22004 no user, NULL period, time_zone or page_size, 22007 malformed period, 22023 bad argument, page_size or page_key, 42501 another user, 55000 no tables.';
