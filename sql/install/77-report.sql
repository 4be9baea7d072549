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

CREATE FUNCTION @extschema@.roi_report_pdf(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS @extschema@."application/pdf"
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_report_pdf';
COMMENT ON FUNCTION @extschema@.roi_report_pdf(text, text, timestamptz, timestamptz, text, text) IS
'The same report as a PDF: A4 pages with vector charts, text that can be selected and searched, an outline and page numbers, the numbers behind the charts at the end; names in any script that the server has a font for. Drawn by Cairo and Pango in a library of its own, roi_ext_pdf, which is loaded at the first call. Within one transaction the same call gives the same bytes. PostgREST serves it as application/pdf. Errors: 58P01 the library, or one that it needs, is not installed (the HINT names the packages), and as roi_report_html. Errors as roi_total.';
