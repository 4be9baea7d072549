-- The whole dashboard in one answer, and a range against an earlier one.

CREATE FUNCTION @extschema@.roi_dashboard(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS json
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_dashboard';
COMMENT ON FUNCTION @extschema@.roi_dashboard(text, text, timestamptz, timestamptz, text, text) IS
'All tabs of the dashboard in one JSON document, read in one snapshot: total, revenue {by_source, trends}, cost {breakdown, monthly}, profitability {clv, cac, payback}, trends {series, benchmark}, channels, currency, asOf, range {period, since, until, bucket, timeZone}, simulated. Rows hold the columns of roi_revenue_by_source, roi_revenue_trends, roi_cost_breakdown, roi_monthly_spend_trends (the year of the range''s end), roi_clv, roi_cac, roi_payback_period, roi_trends, roi_benchmark and roi_channel_performance, with the same numbers; moments in the zone asked for; range.period is null where since was given, a bound null where there is none. The range alone settles currency, as in roi_total; monthly is null where no currency was asked for and the year''s money is in another one or in several. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_compare(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    mode text DEFAULT 'previous')
RETURNS TABLE (metric text, current numeric, base numeric, change numeric, change_percent numeric,
    current_since timestamptz, current_until timestamptz, base_since timestamptz, base_until timestamptz, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_compare';
COMMENT ON FUNCTION @extschema@.roi_compare(text, text, timestamptz, timestamptz, text, text, text) IS
'A range against an earlier one, a row a metric. mode: previous (the range of the same calendar length just before), year_ago (both ends a year earlier on the calendar of time_zone), like_for_like (the period just before, cut at the same clock time: a range that begins with a month goes back whole months, one within a week from Monday a week, one that begins at midnight whole days, any other as previous). change = current - base, change_percent = 100 x change / |base|, NULL where the base is 0 or either is NULL. roi, engagement_rate, click_through_rate in percent; cac and clv as roi_payback_period. Errors as roi_total.';
