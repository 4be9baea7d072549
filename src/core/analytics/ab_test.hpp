// Two variants compared: proportions, means of days, and ratios of sums, each with what the data can and cannot say.
#pragma once

#include <vector>

#include "core/analytics/statistics.hpp"

#include "core/seal.hpp"

namespace roi::core::analytics {

// What one variant brought on one day: revenue and spend, conversions and clicks, clicks and views.
struct AbDay {
    double above = 0, below = 0;
};
using AbDays = std::vector<AbDay>;

// proportions: successes above among trials below, each on its own. delta: ratio of the days' sums. welch: means of above.
enum class AbMethod : unsigned char { proportions, delta, welch };
const char *name_of(AbMethod method);

struct AbVariant {
    double above = 0, below = 0;
    std::size_t days = 0;
    double value = unknown; // rate, ratio, or mean of a day
    double error = unknown; // its standard error
};

struct AbResult {
    AbVariant a, b;
    AbMethod method = AbMethod::delta;
    double effect = unknown; // b - a
    Interval interval;
    double relative = unknown; // effect / a
    double p_value = unknown;
    double dispersion = unknown; // proportions: variance of days over that of independent trials
    double power = unknown;      // of finding the smallest effect of interest with these n
    double minimum_n = unknown;  // of each variant for a power of 80 %: trials, or days
    bool is_enough = false;      // for the method to hold
};

struct AbQuestion {
    double confidence = 0.95;
    double smallest_effect = 0.1; // of interest, relative to a
};

// Pearson's test of two proportions without continuity correction and the Wald interval, as R's prop.test(correct = FALSE).
AbResult compare_proportions(const AbDays &a, const AbDays &b, const AbQuestion &question);
// Ratios of sums by the delta method over days, with Welch's degrees of freedom.
AbResult compare_ratios(const AbDays &a, const AbDays &b, const AbQuestion &question);
// Welch's t test of the days' values, as R's t.test().
AbResult compare_means(const AbDays &a, const AbDays &b, const AbQuestion &question);

// Proportions where the days do not vary more than independent trials do (chi-squared of either variant, 1 %), else ratios.
AbResult compare_rates(const AbDays &a, const AbDays &b, const AbQuestion &question);

// p-value of the split of n units against the share that A was to get; unknown without units.
double split_p_value(double a, double b, double share);

// Power of a two-sided test of two proportions, and trials a variant for a power, as R's power.prop.test().
double proportion_power(double n_a, double n_b, double p_a, double p_b, double confidence);
double proportion_trials(double p_a, double p_b, double confidence, double power);

} // namespace roi::core::analytics
