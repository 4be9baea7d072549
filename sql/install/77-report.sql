-- The dashboard to look at and to hand on: a page of HTML, a PDF.

CREATE FUNCTION @extschema@.roi_report_html(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS @extschema@."text/html"
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_report_html';
COMMENT ON FUNCTION @extschema@.roi_report_html(text, text, timestamptz, timestamptz, text, text) IS
'A range of a user as one page of HTML that loads nothing: totals with their change against the period before, revenue and spend over time with stars where campaigns begin, revenue by source, costs, spend by month, CLV, CAC and payback, ROI against the benchmark, channels and top posts. Every number is one of roi_total, roi_compare, roi_revenue_by_source, roi_revenue_trends, roi_cost_breakdown, roi_monthly_spend_trends, roi_clv, roi_cac, roi_payback_period, roi_benchmark, roi_trends, roi_channel_performance or roi_top_posts, rounded for reading; the exact one stands in its <data value>. PostgREST serves it as text/html. Errors as roi_total; 55000 also where the database does not hold UTF-8.';
