-- Breakdowns of a range by campaign, content type and post, page by page.

CREATE FUNCTION @extschema@.roi_campaign_performance(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    order_by text DEFAULT 'revenue',
    page_size integer DEFAULT 100,
    after text DEFAULT NULL)
RETURNS TABLE (campaign_id bigint, campaign_name text, revenue numeric, spend numeric, profit numeric, avg_roi numeric,
    avg_roas numeric, roi numeric, roas numeric, impressions bigint, engagement bigint, posts bigint, total_clicks bigint,
    engagement_rate numeric, click_through_rate numeric, efficiency_score numeric, conversions numeric,
    data_points bigint, currency text, page_key text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_campaign_performance';
COMMENT ON FUNCTION @extschema@.roi_campaign_performance(text, text, timestamptz, timestamptz, text, text, text, integer, text) IS
'A user''s campaigns in a range (see roi_time_range), with the measures of roi_channel_performance. campaign_id NULL: facts without a campaign. campaign_name: of campaign_with_user_id, NULL where it has none. posts: distinct posts. Rows go by order_by (any measure''s column) descending, NULL last; among equals by campaign_id, the row without one first. page_size: 1 to 1000 rows; after: the page_key of the last row seen gives the next page, in the order of the figures as they are then. Errors: 22003 sums out of range, 22004 no user, NULL period, time_zone, order_by or page_size, 22007 malformed period, 22023 bad argument, order_by, page_size or page_key, several currencies, or a missing rate, 42501 another user, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_content_performance(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    order_by text DEFAULT 'revenue',
    page_size integer DEFAULT 100,
    after text DEFAULT NULL)
RETURNS TABLE (content_type text, revenue numeric, spend numeric, profit numeric, avg_roi numeric,
    avg_roas numeric, roi numeric, roas numeric, impressions bigint, engagement bigint, posts bigint, total_clicks bigint,
    engagement_rate numeric, click_through_rate numeric, efficiency_score numeric, conversions numeric,
    data_points bigint, currency text, page_key text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_content_performance';
COMMENT ON FUNCTION @extschema@.roi_content_performance(text, text, timestamptz, timestamptz, text, text, text, integer, text) IS
'A user''s content types in a range (see roi_time_range), with the measures of roi_channel_performance. content_type NULL: facts without one. posts: distinct posts. Rows go by order_by (any measure''s column) descending, NULL last; among equals by content_type in byte order, the row without one first. page_size: 1 to 1000 rows; after: the page_key of the last row seen gives the next page, in the order of the figures as they are then. Errors: 22003 sums out of range, 22004 no user, NULL period, time_zone, order_by or page_size, 22007 malformed period, 22023 bad argument, order_by, page_size or page_key, several currencies, or a missing rate, 42501 another user, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_top_posts(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    order_by text DEFAULT 'revenue',
    page_size integer DEFAULT 100,
    after text DEFAULT NULL)
RETURNS TABLE (post_id text, platform text, content_type text, content_category text, campaign_id bigint,
    posted_at timestamptz, revenue numeric, spend numeric, profit numeric, avg_roi numeric,
    avg_roas numeric, roi numeric, roas numeric, impressions bigint, engagement bigint, total_clicks bigint,
    engagement_rate numeric, click_through_rate numeric, efficiency_score numeric, conversions numeric,
    data_points bigint, currency text, page_key text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_top_posts';
COMMENT ON FUNCTION @extschema@.roi_top_posts(text, text, timestamptz, timestamptz, text, text, text, integer, text) IS
'A user''s posts and ads on each platform in a range (see roi_time_range), with the measures of roi_channel_performance. content_type, content_category, campaign_id and posted_at are those of roi_posts; facts without a post are left out. Rows go by order_by (any measure''s column) descending, NULL last; among equals by age in the registry (roi_posts.post_no), then platform in byte order. page_size: 1 to 1000 rows; after: the page_key of the last row seen gives the next page, in the order of the figures as they are then. Errors: 22003 sums out of range, 22004 no user, NULL period, time_zone, order_by or page_size, 22007 malformed period, 22023 bad argument, order_by, page_size or page_key, several currencies, or a missing rate, 42501 another user, 55000 no tables.';
