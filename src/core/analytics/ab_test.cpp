// Textbook tests; days are the units wherever trials are not independent.
#include "core/analytics/ab_test.hpp"

#include <algorithm>
#include <cmath>

namespace roi::core::analytics {
namespace {

constexpr double wanted_power = 0.8;
constexpr std::size_t least_days = 7; // of each variant, for tests over days
constexpr double least_expected = 5;  // successes and failures of each variant, for tests of proportions

double upper_p(const AbQuestion &question) { return (1 + question.confidence) / 2; }

AbVariant sums_of(const AbDays &days) {
    AbVariant variant;
    variant.days = days.size();
    for (const AbDay &day : days) {
        variant.above += day.above;
        variant.below += day.below;
    }
    return variant;
}

// (Pearson's statistic of the days' rates) / (days - 1), and its tail.
struct Dispersion {
    double ratio = unknown, p_value = 1;
};

Dispersion dispersion_of(const AbDays &days) {
    const AbVariant all = sums_of(days);
    const double rate = all.above / all.below;
    double statistic = 0, freedom = -1;
    for (const AbDay &day : days) {
        if (!(day.below > 0)) continue;
        const double rest = day.above - day.below * rate;
        statistic += rest * rest / (day.below * rate * (1 - rate));
        freedom += 1;
    }
    if (!(freedom >= 1) || !std::isfinite(statistic)) return {};
    return {statistic / freedom, chi_squared_tail(statistic, freedom)};
}

// The parts of a test that rests on a standard error: t, interval, power and n, of days.
void finish_by_days(AbResult &result, const AbQuestion &question) {
    const AbVariant &a = result.a, &b = result.b;
    result.is_enough = a.days >= least_days && b.days >= least_days;
    result.effect = b.value - a.value;
    result.relative = a.value != 0 ? result.effect / std::fabs(a.value) : unknown;
    const double square_a = a.error * a.error, square_b = b.error * b.error;
    const double error = std::sqrt(square_a + square_b);
    if (!(error > 0)) { // days without any difference: nothing to test by
        result.is_enough = false;
        return;
    }
    const double freedom = (square_a + square_b) * (square_a + square_b) /
                           (square_a * square_a / static_cast<double>(a.days - 1) +
                            square_b * square_b / static_cast<double>(b.days - 1));
    result.p_value = 2 * student_cdf(-std::fabs(result.effect) / error, freedom);
    const double reach = student_quantile(upper_p(question), freedom) * error;
    result.interval = {result.effect - reach, result.effect + reach};
    const double wanted = std::fabs(a.value) * question.smallest_effect;
    if (!(wanted > 0)) return;
    const double z = normal_quantile(upper_p(question));
    result.power = normal_cdf(wanted / error - z) + normal_cdf(-wanted / error - z);
    const double needed = (z + normal_quantile(wanted_power)) * error / wanted;
    result.minimum_n = std::max(static_cast<double>(least_days),
                                std::ceil(static_cast<double>(std::max(a.days, b.days)) * needed * needed));
}

// A variant's ratio of sums with its linearised error: days are the units.
AbVariant ratio_of(const AbDays &days) {
    AbVariant variant = sums_of(days);
    if (!(variant.below > 0)) return variant;
    variant.value = variant.above / variant.below;
    if (days.size() < 2) return variant;
    double square = 0;
    for (const AbDay &day : days) {
        const double rest = day.above - variant.value * day.below;
        square += rest * rest;
    }
    const auto n = static_cast<double>(days.size());
    variant.error = std::sqrt(square * n / (n - 1)) / variant.below;
    return variant;
}

AbVariant mean_variant(const AbDays &days) {
    AbVariant variant = sums_of(days);
    Numbers values;
    for (const AbDay &day : days)
        values.push_back(day.above);
    if (values.empty()) return variant;
    variant.value = mean_of(values);
    variant.error = std::sqrt(variance_of(values) / static_cast<double>(values.size()));
    return variant;
}

bool has_enough_trials(const AbVariant &variant, double rate) {
    return variant.below * rate >= least_expected && variant.below * (1 - rate) >= least_expected;
}

} // namespace

const char *name_of(AbMethod method) {
    constexpr const char *names[] = {"two proportions", "delta method by day", "Welch t test by day"};
    return names[static_cast<int>(method)];
}

AbResult compare_proportions(const AbDays &days_a, const AbDays &days_b, const AbQuestion &question) {
    AbResult result;
    result.method = AbMethod::proportions;
    result.a = sums_of(days_a);
    result.b = sums_of(days_b);
    AbVariant &a = result.a, &b = result.b;
    if (!(a.below > 0) || !(b.below > 0)) return result;
    for (AbVariant *variant : {&a, &b}) {
        variant->value = variant->above / variant->below;
        variant->error = std::sqrt(variant->value * (1 - variant->value) / variant->below);
    }
    const double all = (a.above + b.above) / (a.below + b.below);
    result.effect = b.value - a.value;
    result.relative = a.value > 0 ? result.effect / a.value : unknown;
    const double pooled = std::sqrt(all * (1 - all) * (1 / a.below + 1 / b.below));
    if (!(pooled > 0)) return result; // nobody did, or everybody
    result.p_value = 2 * normal_cdf(-std::fabs(result.effect) / pooled);
    const double reach = normal_quantile(upper_p(question)) * std::hypot(a.error, b.error);
    result.interval = {std::max(-1.0, result.effect - reach), std::min(1.0, result.effect + reach)};
    result.is_enough = has_enough_trials(a, all) && has_enough_trials(b, all);
    const double one = dispersion_of(days_a).ratio, other = dispersion_of(days_b).ratio;
    result.dispersion = std::isnan(other) ? one : std::fmax(one, other);
    const double wanted = a.value * (1 + question.smallest_effect);
    if (!(a.value > 0) || !(wanted < 1)) return result;
    result.power = proportion_power(a.below, b.below, a.value, wanted, question.confidence);
    result.minimum_n = std::ceil(proportion_trials(a.value, wanted, question.confidence, wanted_power));
    return result;
}

AbResult compare_ratios(const AbDays &a, const AbDays &b, const AbQuestion &question) {
    AbResult result;
    result.method = AbMethod::delta;
    result.a = ratio_of(a);
    result.b = ratio_of(b);
    finish_by_days(result, question);
    return result;
}

AbResult compare_means(const AbDays &a, const AbDays &b, const AbQuestion &question) {
    AbResult result;
    result.method = AbMethod::welch;
    result.a = mean_variant(a);
    result.b = mean_variant(b);
    finish_by_days(result, question);
    return result;
}

AbResult compare_rates(const AbDays &a, const AbDays &b, const AbQuestion &question) {
    constexpr double doubt = 0.01;
    const AbVariant one = sums_of(a), other = sums_of(b);
    const bool are_trials =
        one.above >= 0 && one.above <= one.below && other.above >= 0 && other.above <= other.below;
    const bool are_even = dispersion_of(a).p_value >= doubt / 2 && dispersion_of(b).p_value >= doubt / 2;
    const AbResult proportions = are_trials ? compare_proportions(a, b, question) : AbResult();
    if (are_trials && are_even) return proportions;
    AbResult result = compare_ratios(a, b, question);
    result.dispersion = proportions.dispersion;
    return result;
}

double split_p_value(double a, double b, double share) {
    const double all = a + b;
    if (!(all > 0)) return unknown;
    const double rest = a - all * share;
    return chi_squared_tail(rest * rest / (all * share * (1 - share)), 1);
}

double proportion_power(double n_a, double n_b, double p_a, double p_b, double confidence) {
    const double z = normal_quantile((1 + confidence) / 2);
    const double all = (n_a * p_a + n_b * p_b) / (n_a + n_b);
    const double pooled = std::sqrt(all * (1 - all) * (1 / n_a + 1 / n_b));
    const double own = std::sqrt(p_a * (1 - p_a) / n_a + p_b * (1 - p_b) / n_b);
    return normal_cdf((std::fabs(p_b - p_a) - z * pooled) / own);
}

double proportion_trials(double p_a, double p_b, double confidence, double power) {
    const double z = normal_quantile((1 + confidence) / 2), mean = (p_a + p_b) / 2;
    const double root = z * std::sqrt(2 * mean * (1 - mean)) +
                        normal_quantile(power) * std::sqrt(p_a * (1 - p_a) + p_b * (1 - p_b));
    return root * root / ((p_b - p_a) * (p_b - p_a));
}

} // namespace roi::core::analytics
