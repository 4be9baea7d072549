// Models of a daily series with a weekly season, each able to forecast from every day of a range at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/analytics/statistics.hpp"

#include "core/seal.hpp"

namespace roi::core::analytics {

constexpr std::size_t week = 7;
constexpr std::size_t least_history = 2 * week; // two seasons
constexpr std::size_t least_origins = week;     // errors that each step of a tested forecast rests on

// The days of a series follow each other; first_day counts days since 1970-01-01.
struct DailySeries {
    std::int64_t first_day = 0;
    Numbers values;
};

// 0 is Monday.
int weekday_of(std::int64_t day);

// Forecasts by origin and step. An origin is how many days were known; its step 1 is the next day.
class Forecasts {
public:
    Forecasts(std::size_t first_origin, std::size_t last_origin, std::size_t horizon)
        : first_(first_origin), horizon_(horizon), values_((last_origin - first_origin + 1) * horizon) {}
    double &at(std::size_t origin, std::size_t step) {
        return values_[(origin - first_) * horizon_ + step - 1];
    }
    double at(std::size_t origin, std::size_t step) const {
        return values_[(origin - first_) * horizon_ + step - 1];
    }
    std::size_t first_origin() const { return first_; }
    std::size_t last_origin() const { return first_ + values_.size() / horizon_ - 1; }
    std::size_t horizon() const { return horizon_; }
    void keep_above(double least);

private:
    std::size_t first_, horizon_;
    Numbers values_;
};

enum class ModelKind : unsigned char {
    seasonal_naive,
    holt_winters_additive,
    holt_winters_multiplicative,
    regression,
    regression_yearly
};
constexpr std::array<ModelKind, 5> all_models{ModelKind::seasonal_naive, ModelKind::holt_winters_additive,
                                              ModelKind::holt_winters_multiplicative, ModelKind::regression,
                                              ModelKind::regression_yearly};
const char *name_of(ModelKind kind);

// Whether a model can be tested from `first_origin` on: multiplicative seasons need days above 0, yearly terms two years.
bool is_candidate(ModelKind kind, const DailySeries &series, std::size_t first_origin);

// Fills forecasts of all origins. What an origin forecasts rests on the days before it alone: parameters are estimated
// before the first origin and again half way and at the end, coefficients of regressions at each.
void forecast_with(ModelKind kind, const DailySeries &series, Forecasts &into);

// Holt-Winters with a damped trend (Gardner 1985; Hyndman and Athanasopoulos, FPP3 8.3). phi 1: as R's HoltWinters().
struct Smoothing {
    double alpha = 0.2, beta = 0.05, gamma = 0.1, phi = 0.98;
};

class HoltWinters {
public:
    // Starts from the first two weeks: level and season of the first, the slope between both.
    HoltWinters(const Numbers &values, bool is_multiplicative);

    // Takes in the next day; returns how far the forecast was off.
    double take(double value, const Smoothing &by);
    double forecast(std::size_t step, const Smoothing &by) const;
    double level() const { return level_; }
    double slope() const { return slope_; }
    double season(std::size_t i) const { return season_[i]; }

private:
    bool is_multiplicative_;
    double level_ = 0, slope_ = 0;
    std::array<double, week> season_{};
    std::size_t day_ = 0; // days taken in, modulo a week
};

// The sum of squared one-step errors over values[0, count).
double squared_errors(const Numbers &values, std::size_t count, bool is_multiplicative, const Smoothing &by);
// The parameters that make it least, by Nelder and Mead (1965) from `start`.
Smoothing fit_smoothing(const Numbers &values, std::size_t count, bool is_multiplicative, Smoothing start,
                        int evaluations);

// Least squares of a line and weekdays, and two yearly harmonics where asked, over values[0, count); forecasts follow.
void forecast_regression(const DailySeries &series, bool is_yearly, Forecasts &into);

} // namespace roi::core::analytics
