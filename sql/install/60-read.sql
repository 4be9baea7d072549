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
'A user''s totals in a range (see roi_time_range). Money in units of currency; overall_roi in percent, 0 when spend is 0 (plan: calculateROIPercentage); overall_roas a ratio, NULL when spend is 0 or no row reports revenue; total_posts: distinct posts; data_points: rows. Numbers are exact, rounded once to 6 decimals. Errors: 22003 sums out of range, 22004 NULL argument or no user, 22007 malformed period, 22023 bad argument, several currencies, or a missing rate, 42501 another user, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_revenue_by_source(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (platform text, total_revenue numeric, post_count bigint, avg_revenue_per_post numeric, revenue_multiplier numeric,
    data_points bigint, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_revenue_by_source';
COMMENT ON FUNCTION @extschema@.roi_revenue_by_source(text, text, timestamptz, timestamptz, text, text) IS
'A user''s revenue by platform in a range, highest first (plan: getRevenueBySource). post_count: distinct posts; avg_revenue_per_post = revenue / posts, NULL without posts; revenue_multiplier = revenue / spend, NULL when spend is 0 or no row reports revenue; data_points: rows. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_revenue_trends(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    bucket text DEFAULT NULL)
RETURNS TABLE (time_period timestamptz, revenue numeric, posts bigint, avg_roi numeric, spend numeric, roi numeric,
    data_points bigint, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_revenue_trends';
COMMENT ON FUNCTION @extschema@.roi_revenue_trends(text, text, timestamptz, timestamptz, text, text, text) IS
'A user''s revenue over time, gap-free (plan: getRevenueTrends). time_period: start of the bucket on the calendar of time_zone; bucket: hour, day, week (Monday), month, or NULL for the one of roi_time_range; it coarsens, to years at last, where more than 1000 points would come out. posts: distinct posts; avg_roi: mean of the rows'' percent, NULL without any; roi: percent from the sums. A range without a bound covers first to last fact. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_cost_breakdown(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (platform text, total_spend numeric, avg_cpc numeric, avg_cost_per_impression numeric, avg_cpm numeric,
    campaigns bigint, effective_cpc numeric, effective_cpm numeric, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_cost_breakdown';
COMMENT ON FUNCTION @extschema@.roi_cost_breakdown(text, text, timestamptz, timestamptz, text, text) IS
'A user''s costs by platform in a range, highest spend first (plan: getCostBreakdown). avg_*: means over the rows that report the price; avg_cpm per mille; campaigns: distinct campaigns; effective_cpc = spend / clicks, effective_cpm = 1000 x spend / impressions, NULL when undefined. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_monthly_spend_trends(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    year integer DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (month integer, platform text, spend numeric, revenue numeric, avg_roi numeric, roi numeric, data_points bigint,
    currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_monthly_spend_trends';
COMMENT ON FUNCTION @extschema@.roi_monthly_spend_trends(text, integer, text, text) IS
'A user''s spend and revenue by month and platform of a calendar year of time_zone (NULL: the present one), gap-free (plan: getMonthlySpendTrends): all months of past years, of the present one those up to now or the last one with data. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_clv(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (avg_revenue_per_customer numeric, unique_customers bigint, clv numeric, revenue_multiplier numeric,
    revenue_per_conversion numeric, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_clv';
COMMENT ON FUNCTION @extschema@.roi_clv(text, text, timestamptz, timestamptz, text, text) IS
'Customer lifetime value in a range (plan: calculateCLV): over rows with revenue; a post stands for a customer, revenue without a post counts as money only. clv = revenue / posts, NULL without posts; revenue_multiplier = revenue / spend of those rows; revenue_per_conversion over all rows. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_cac(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (cac numeric, avg_cpc numeric, avg_cost_per_impression numeric, avg_cpm numeric, cost_per_conversion numeric, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_cac';
COMMENT ON FUNCTION @extschema@.roi_cac(text, text, timestamptz, timestamptz, text, text) IS
'Customer acquisition cost in a range (plan: calculateCAC): over rows with spend; a post stands for a customer. cac = spend / posts, NULL without posts; avg_*: means over the rows that report the price; avg_cpm per mille; cost_per_conversion over all rows. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_payback_period(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (cac numeric, clv numeric, payback_period numeric, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_payback_period';
COMMENT ON FUNCTION @extschema@.roi_payback_period(text, text, timestamptz, timestamptz, text, text) IS
'cac / clv in a range, a ratio (plan: calculatePaybackPeriod): 0 when clv is 0, NULL when either is NULL. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_trends(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (date date, avg_roi numeric, data_points bigint, daily_revenue numeric, daily_spend numeric, roi numeric,
    campaign_markers text[], currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_trends';
COMMENT ON FUNCTION @extschema@.roi_trends(text, text, timestamptz, timestamptz, text, text) IS
'A user''s ROI by day of time_zone, gap-free (plan: getROITrends); by week, month or year where more than 1000 points would come out, date then being the first day. avg_roi: mean of the rows'' percent; roi: percent from the sums; campaign_markers: names of the campaigns dated in the bucket, sorted. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_benchmark(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    benchmark numeric DEFAULT NULL)
RETURNS TABLE (actual numeric, benchmark numeric, difference numeric, percentage numeric, status text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_benchmark';
COMMENT ON FUNCTION @extschema@.roi_benchmark(text, text, timestamptz, timestamptz, text, text, numeric) IS
'A range''s overall_roi (percent) against a benchmark (plan: compareToBenchmark). benchmark NULL: the newest roi of platform all in roi_industry_benchmarks for the industry of user_preferences, else for ''default'', else 400. percentage = 100 x difference / benchmark, NULL when the benchmark is 0; status: above (or equal) or below. Each number is computed from the exact ROI and the benchmark as given and rounded once. Errors as roi_total.';

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
