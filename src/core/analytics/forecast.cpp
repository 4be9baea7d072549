// From the back-test to the answer: values, intervals, and how often such intervals would have held.
#include "core/analytics/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "core/analytics/backtest.hpp"
#include "core/error.hpp"

namespace roi::core::analytics {

void require_history(std::size_t days, std::size_t horizon) {
    const std::string has = "The history has " + std::to_string(days) + " whole days.";
    constexpr std::size_t fewest = least_history + least_origins;
    if (days < least_history)
        throw Error(Fault::too_little, "a forecast needs two weeks of history at the least", has,
                    "Ask again when there are more days, or over a longer period.");
    if (days + 1 >= fewest + horizon) return;
    const std::size_t longest = days < fewest ? 0 : days + 1 - fewest;
    throw Error(Fault::too_little,
                "a forecast of " + std::to_string(horizon) + " days needs " +
                    std::to_string(fewest + horizon - 1) + " days of history",
                has,
                longest == 0 ? "Ask again when there are more days, or over a longer period."
                             : "Ask for at most " + std::to_string(longest) + " days.");
}

namespace {

bool is_inside(double value, const Interval &interval) {
    return value >= interval.lower && value <= interval.upper;
}

// Ends of blocks of the tested days: each block is checked by what its predecessors taught.
std::vector<std::size_t> blocks_of(std::size_t first, std::size_t days, std::size_t horizon) {
    constexpr std::size_t block_count = 4;
    const std::size_t learned = std::min(first + least_origins + horizon - 1, days);
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i <= block_count; ++i) {
        const std::size_t half = std::max(learned, first + (days - first) / 2);
        ends.push_back(half + (days - half) * i / block_count);
    }
    return ends;
}

// A back-test, the model in use and its errors.
class Forecaster {
public:
    explicit Forecaster(Backtest test) : test_(std::move(test)) {}

    void learn(std::size_t until) {
        model_ = test_.best_model(until);
        calibration_ = std::make_unique<Calibration>(test_, model_, until);
    }
    ForecastDay day(std::size_t origin, std::size_t step) const {
        const auto bounded = [&](Interval interval) {
            if (test_.may_be_negative()) return interval;
            return Interval{std::max(interval.lower, 0.0), std::max(interval.upper, 0.0)};
        };
        const double value = test_.forecasts(model_).at(origin, step);
        if (std::isnan(value)) return {};
        return {value, bounded(calibration_->interval(origin, step, Level::inner)),
                bounded(calibration_->interval(origin, step, Level::outer))};
    }

    // Checks each block of the tested days by models and intervals of what lies before it.
    Coverage check() {
        const std::vector<std::size_t> ends = blocks_of(test_.first_origin(), test_.days(), test_.horizon());
        std::size_t inner = 0, outer = 0, checked = 0;
        for (std::size_t block = 0; block + 1 < ends.size(); ++block) {
            if (ends[block] == ends[block + 1]) continue;
            learn(ends[block]);
            for (std::size_t origin = ends[block]; origin < ends[block + 1]; ++origin)
                for (std::size_t step = 1; step <= test_.horizon() && origin + step <= test_.days(); ++step) {
                    const double actual = test_.actual(origin, step);
                    const ForecastDay said = day(origin, step);
                    if (std::isnan(actual) || std::isnan(said.value)) continue;
                    ++checked;
                    inner += is_inside(actual, said.inner) ? 1 : 0;
                    outer += is_inside(actual, said.outer) ? 1 : 0;
                }
        }
        if (checked == 0) return {};
        const auto all = static_cast<double>(checked);
        return {static_cast<double>(inner) / all, static_cast<double>(outer) / all, checked};
    }

    Forecast answer() {
        Forecast forecast;
        forecast.coverage = check();
        const std::size_t days = test_.days();
        learn(days);
        if (calibration_->count() < least_origins)
            throw Error(Fault::too_little, "too few days have a ratio to forecast one",
                        "The tested days have " + std::to_string(calibration_->count()) +
                            " errors to learn from.",
                        "Ask over a longer period, or forecast revenue and spend instead.");
        for (std::size_t step = 1; step <= test_.horizon(); ++step)
            forecast.days.push_back(day(days, step));
        forecast.model = name_of(test_.kinds()[model_]);
        const double unit = test_.naive_unit();
        if (!(unit > 0)) return forecast;
        forecast.mase = test_.mean_absolute_error(model_, days) / unit;
        forecast.naive_mase = test_.mean_absolute_error(0, days) / unit;
        return forecast;
    }

private:
    Backtest test_;
    std::size_t model_ = 0;
    std::unique_ptr<Calibration> calibration_;
};

} // namespace

Forecast forecast_sums(const DailySeries &series, std::size_t horizon) {
    require_history(series.values.size(), horizon);
    return Forecaster(Backtest(series, horizon)).answer();
}

Forecast forecast_roi(const DailySeries &revenue, const Numbers &spend, std::size_t horizon) {
    require_history(spend.size(), horizon);
    if (std::none_of(spend.begin(), spend.end(), [](double value) { return value > 0; }))
        throw Error(Fault::too_little, "ROI is not defined where nothing was spent",
                    "No day of the history has spend.", "Forecast revenue instead.");
    const Backtest above(revenue, horizon), below({revenue.first_day, spend}, horizon);
    Forecast forecast = Forecaster(Backtest(above, below)).answer(); // of revenue / spend
    const auto percent = [](double &ratio) { ratio = 100 * (ratio - 1); };
    for (ForecastDay &day : forecast.days)
        for (double *ratio :
             {&day.value, &day.inner.lower, &day.inner.upper, &day.outer.lower, &day.outer.upper})
            percent(*ratio);
    return forecast;
}

} // namespace roi::core::analytics
