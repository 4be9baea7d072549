-- Two variants against each other, and an account whose true difference is known.

CREATE FUNCTION @extschema@.roi_ab_test(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    variant_a text DEFAULT NULL,
    variant_b text DEFAULT NULL,
    kind text DEFAULT 'campaign',
    metric text DEFAULT 'conversion_rate',
    randomised boolean DEFAULT false,
    share_of_a numeric DEFAULT 50,
    confidence numeric DEFAULT 95,
    smallest_effect numeric DEFAULT 10,
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL)
RETURNS TABLE (metric text, method text, design text, n_a bigint, n_b bigint, unit text, value_a numeric, value_b numeric,
    effect numeric, effect_lower numeric, effect_upper numeric, effect_percent numeric, p_value double precision, power numeric,
    minimum_n bigint, dispersion numeric, split_p_value double precision, verdict text, currency text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_ab_test';
COMMENT ON FUNCTION @extschema@.roi_ab_test(text, text, text, text, text, boolean, numeric, numeric, numeric, text, timestamptz, timestamptz, text, text) IS
'Two campaigns (id or name), posts (post_id) or content types over the whole days of a range. metric: click_rate, conversion_rate, engagement_rate (percent), roas, revenue_per_click, cost_per_click, cost_per_conversion, revenue_per_day, spend_per_day. Rates: two proportions (Pearson without correction, Wald interval; n in views or clicks) unless days vary more than independent trials do (dispersion; chi-squared at 1 %), then and for ratios the delta method over days; means per day: Welch''s t test. effect = b - a (percentage points for rates) with its interval at confidence (percent); effect_percent of a. power: percent, of finding smallest_effect (percent of a) with these n; minimum_n: of each variant, in unit, for 80 %. design: observational unless randomised; then the views are tested against share_of_a (percent) and below p = 0.001 there is no verdict (Fabijan et al. 2019). currency: of metrics with money. See docs/analytics.md. Errors as roi_total, 22023 bad argument or unknown variant, 55000 archived days in another zone than UTC, PT422 a variant without facts.';

CREATE FUNCTION @extschema@.roi_simulate_ab(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    seed bigint DEFAULT NULL,
    effect numeric DEFAULT 0,
    days integer DEFAULT 30,
    views_per_day numeric DEFAULT 2000,
    conversion_rate numeric DEFAULT 5,
    share_of_a numeric DEFAULT 50,
    bad_days boolean DEFAULT false)
RETURNS TABLE (user_id text, seed bigint, campaign_a bigint, campaign_b bigint, true_effect numeric, since date, until date)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_simulate_ab';
COMMENT ON FUNCTION @extschema@.roi_simulate_ab(text, bigint, numeric, integer, numeric, numeric, numeric, boolean) IS
'Makes a simulated account that grows no further, of two campaigns A and B (posts ab-a and ab-b, content types variant a and variant b) over the last days whole days of UTC (1 to 366), as a randomised test with a known truth: views_per_day in the mean, each to A by a coin of share_of_a percent; 5 % of views click at 0.50 USD; conversion_rate percent of A''s clicks buy for 40 USD in the mean, of B''s effect percent more. bad_days lets conversion rates of days vary beyond chance, alike for both. The same seed (NULL: from the user id) and parameters give the same days. roi_purge_simulated() removes it. Errors: 22001 user id over 255 characters, 22003 sums out of range, 22004 NULL argument or no user, 22023 bad argument, 23503 unknown user, 42501 another user, 55000 no tables, archived days, or the user has facts or a simulated account.';
