-- Forecasts, seasons, anomalies and pacing: what a user's days let expect, and how surely.

CREATE FUNCTION @extschema@.roi_forecast(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    horizon integer DEFAULT 30,
    measure text DEFAULT 'revenue',
    period text DEFAULT '2 years',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (date date, step integer, value numeric, lower_80 numeric, upper_80 numeric, lower_95 numeric, upper_95 numeric,
    model text, mase numeric, naive_mase numeric, coverage_80 numeric, coverage_95 numeric, coverage_n bigint, n bigint,
    history_since date, history_until date, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_forecast';
COMMENT ON FUNCTION @extschema@.roi_forecast(text, integer, text, text, timestamptz, timestamptz, text, text) IS
'Forecasts a user''s revenue, spend (units of currency) or roi (percent) by day of time_zone, 1 to 366 days after the last whole day with facts. Candidates: seasonal_naive, holt_winters_additive and holt_winters_multiplicative (weekly season, damped trend), regression (line and weekdays), regression_yearly (and two yearly harmonics; from two years on); the one of the least mean absolute error over a rolling-origin back-test answers. lower_*, upper_*: intervals from the errors of that test, by step, widened for how few independent errors there are; coverage_*: percent of coverage_n tested days that such intervals held, each made without knowing them (NULL where the history is too short to check). mase: error in units of the seasonal naive one''s before the test (Hyndman and Koehler 2006), beside naive_mase. roi: of revenue / spend, both forecast by one model and judged by their joint error; NULL where spend is 0. n: whole days of history, at most 1,000, gaps as 0, never the present day. See docs/analytics.md. Errors as roi_total, 22023 bad horizon or measure, PT422 fewer than two weeks, or 20 days + horizon, of history.';

CREATE FUNCTION @extschema@.roi_seasonality(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    measure text DEFAULT 'revenue',
    period text DEFAULT '3 years',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (dimension text, "position" integer, label text, index numeric, lower_95 numeric, upper_95 numeric, n bigint,
    history_since date, history_until date, note text, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_seasonality';
COMMENT ON FUNCTION @extschema@.roi_seasonality(text, text, text, timestamptz, timestamptz, text, text) IS
'How a user''s revenue or spend differs by hour of the day (position 0 to 23; of the last 182 days), weekday (1, Monday, to 7) and month (1 to 12) of time_zone, trend removed. index: 1 is the mean; lower_95, upper_95: its interval; n: days, weeks or years that it rests on. weekday: mean of each day over the centred mean of its seven days; hour: share in the sums over share of time, delta method over days; month: regression of months'' daily means on a line and months. A dimension that the data cannot tell (28 days with hourly figures, 4 weeks, 24 whole months) is one row without index whose note says so. See docs/analytics.md. Errors as roi_total, 22023 bad measure, PT422 no whole day with facts.';

CREATE FUNCTION @extschema@.roi_anomalies(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    measure text DEFAULT 'revenue',
    false_alarm_rate numeric DEFAULT 0.01,
    all_days boolean DEFAULT false,
    period text DEFAULT '90d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (date date, value numeric, expected numeric, lower numeric, upper numeric, score numeric, p_value double precision,
    is_anomaly boolean, direction text, n bigint, expected_false_alarms numeric, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_anomalies';
COMMENT ON FUNCTION @extschema@.roi_anomalies(text, text, numeric, boolean, text, timestamptz, timestamptz, text, text) IS
'Whole days of time_zone whose revenue or spend lies where a day without cause lies with a probability below false_alarm_rate (above 0, below 0.5); with all_days every day. expected: median of the other days within two weeks plus the median of the other same weekdays, on the power of the values (1, 1/2, 1/3 or log) whose residuals are most symmetric; score: residual / (1.4826 MAD); p_value: two-sided, Student''s t; lower, upper: bounds at the rate. n: days looked at; expected_false_alarms = n x rate: so many come without any cause. See docs/analytics.md. Errors as roi_total, 22023 bad rate or measure, PT422 fewer than 28 whole days, or more than half of them without residual.';

CREATE FUNCTION @extschema@.roi_budget_pacing(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    month date DEFAULT NULL,
    budget_is text DEFAULT 'month',
    tolerance numeric DEFAULT 5,
    time_zone text DEFAULT 'UTC')
RETURNS TABLE (campaign_id bigint, name text, platform text, budget numeric, spent numeric, spent_whole_days numeric, ideal numeric,
    difference numeric, projected numeric, lower_80 numeric, upper_80 numeric, needed_per_day numeric, days_elapsed integer,
    days_left integer, n bigint, state text, note text, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_budget_pacing';
COMMENT ON FUNCTION @extschema@.roi_budget_pacing(text, date, text, numeric, text) IS
'Each campaign with a budget against a month (any of its days; NULL: the present one), money in units of the campaign''s own currency. budget_is: month (the budget is each month''s) or total (what it spent in earlier months is taken off, not below 0). spent: so far, spent_whole_days: up to the present day; ideal: budget x days_elapsed / days of the month that the campaign has (from its date on); difference: spent_whole_days - ideal; projected: at the month''s end, from up to 56 whole days (n) by weekday, with an 80 % prediction interval; needed_per_day: (budget - spent_whole_days) / days_left, not below 0. state: over or under where the whole interval lies beyond the budget by more than tolerance (percent), on where the projection lies within it, NULL where the data cannot tell; note says why. See docs/analytics.md. Errors: 22003, 22004 NULL argument or no user, 22023 bad argument, 42501 another user, 55000 no tables, or archived months in another zone than UTC.';
