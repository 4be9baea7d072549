-- Read functions: exact answers, half-open ranges [since, until), under row level security.

CREATE FUNCTION @extschema@.roi_time_range(
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC')
RETURNS TABLE (since timestamptz, until timestamptz, bucket text)
LANGUAGE c STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_time_range';
COMMENT ON FUNCTION @extschema@.roi_time_range(text, timestamptz, timestamptz, text) IS
'What a period means: [since, until) and the bucket of its series (hour, day, week or month). period: 7d, 30d, 90d, 1y, all, or an interval, rolled back from until (default now()) on the calendar of time_zone; since and until override it. Errors: 22004 NULL, 22007 malformed period, 22023 unknown period or zone, until before since, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_total(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (currency text, total_revenue numeric, total_spend numeric, total_profit numeric, overall_roi numeric,
    overall_roas numeric, total_impressions bigint, total_engagement bigint, total_clicks bigint, total_conversions numeric,
    total_posts bigint, data_points bigint)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_total';
COMMENT ON FUNCTION @extschema@.roi_total(text, text, timestamptz, timestamptz, text, text) IS
'A user''s totals in a range (see roi_time_range). Money in units of currency; overall_roi in percent, 0 when spend is 0 (plan: calculateROIPercentage); overall_roas a ratio, NULL when spend is 0 or no row reports revenue; total_posts: distinct posts; data_points: rows. Errors: 22003 counts out of range, 22004 no user, 22007 malformed period, 22023 bad argument, several currencies, or a missing rate, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_channel_performance(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (platform text, revenue numeric, spend numeric, profit numeric, avg_roi numeric, avg_roas numeric, roi numeric,
    roas numeric, impressions bigint, engagement bigint, posts bigint, total_clicks bigint, engagement_rate numeric,
    click_through_rate numeric, efficiency_score numeric, conversions numeric, data_points bigint, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_channel_performance';
COMMENT ON FUNCTION @extschema@.roi_channel_performance(text, text, timestamptz, timestamptz, text, text) IS
'A user''s platforms in a range, highest avg_roi first (plan: getChannelPerformance). avg_roi, avg_roas: means over rows; roi (percent), roas (ratio): from the sums, NULL when spend is 0 or no row reports revenue; engagement_rate and click_through_rate in percent of impressions; efficiency_score = avg_roi x engagement / max(impressions, 1). Errors as roi_total.';
