// Which models there are, the naive one, and how each is rolled over the origins.
#include "core/analytics/models.hpp"

#include <algorithm>

namespace roi::core::analytics {

int weekday_of(std::int64_t day) {
    const std::int64_t since_monday = (day + 3) % 7; // 1970-01-01 was a Thursday
    return static_cast<int>(since_monday < 0 ? since_monday + 7 : since_monday);
}

void Forecasts::keep_above(double least) {
    for (double &value : values_)
        value = std::max(value, least);
}

const char *name_of(ModelKind kind) {
    constexpr const char *names[] = {"seasonal_naive", "holt_winters_additive", "holt_winters_multiplicative",
                                     "regression", "regression_yearly"};
    return names[static_cast<int>(kind)];
}

bool is_candidate(ModelKind kind, const DailySeries &series, std::size_t first_origin) {
    constexpr std::size_t year = 365;
    const Numbers &values = series.values;
    switch (kind) {
    case ModelKind::holt_winters_multiplicative:
        return std::all_of(values.begin(), values.end(), [](double value) { return value > 0; });
    case ModelKind::regression_yearly:
        return values.size() >= 2 * year && first_origin >= year;
    default:
        return true;
    }
}

namespace {

void forecast_naive(const Numbers &values, Forecasts &into) {
    for (std::size_t origin = into.first_origin(); origin <= into.last_origin(); ++origin)
        for (std::size_t step = 1; step <= into.horizon(); ++step)
            into.at(origin, step) = values[origin - week + (step - 1) % week];
}

// Estimated on values[0, from), forecasts of origins [from, until).
void roll(const Numbers &values, bool is_multiplicative, const Smoothing &by, std::size_t from,
          std::size_t until, Forecasts &into) {
    HoltWinters state(values, is_multiplicative);
    for (std::size_t known = 1; known < until; ++known) {
        state.take(values[known - 1], by);
        if (known < from) continue;
        for (std::size_t step = 1; step <= into.horizon(); ++step)
            into.at(known, step) = state.forecast(step, by);
    }
}

void forecast_smoothed(const Numbers &values, bool is_multiplicative, Forecasts &into) {
    constexpr int first_search = 120, later_search = 60;
    const std::size_t first = into.first_origin(), last = into.last_origin();
    const std::size_t middle = first + (last - first) / 2;
    Smoothing by = fit_smoothing(values, first, is_multiplicative, {}, first_search);
    roll(values, is_multiplicative, by, first, middle, into);
    by = fit_smoothing(values, middle, is_multiplicative, by, later_search);
    roll(values, is_multiplicative, by, middle, last, into);
    by = fit_smoothing(values, last, is_multiplicative, by, later_search);
    roll(values, is_multiplicative, by, last, last + 1, into);
}

} // namespace

void forecast_with(ModelKind kind, const DailySeries &series, Forecasts &into) {
    switch (kind) {
    case ModelKind::seasonal_naive:
        return forecast_naive(series.values, into);
    case ModelKind::holt_winters_additive:
        return forecast_smoothed(series.values, false, into);
    case ModelKind::holt_winters_multiplicative:
        return forecast_smoothed(series.values, true, into);
    case ModelKind::regression:
        return forecast_regression(series, false, into);
    case ModelKind::regression_yearly:
        return forecast_regression(series, true, into);
    }
}

} // namespace roi::core::analytics
