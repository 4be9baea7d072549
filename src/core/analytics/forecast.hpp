// Forecasts of daily sums and of their ratio: the model is chosen, and the intervals are measured, by what each model would
// have said on earlier days.
#pragma once

#include <string>
#include <vector>

#include "core/analytics/models.hpp"

#include "core/seal.hpp"

namespace roi::core::analytics {

constexpr std::size_t most_history = 1000; // days that are looked at
constexpr std::size_t most_horizon = 366;

struct ForecastDay {
    double value = unknown;
    Interval inner, outer; // 80 and 95 %
};

// How often the intervals held on days that neither they nor the choice of the model knew.
struct Coverage {
    double inner = unknown, outer = unknown; // shares
    std::size_t checked = 0;
};

struct Forecast {
    std::vector<ForecastDay> days;
    std::string model;
    // Mean absolute error in units of the seasonal naive forecast's over the history before the test (Hyndman and Koehler
    // 2006), of the model and of the naive forecast over the same origins and steps; unknown where that unit is 0.
    double mase = unknown, naive_mase = unknown;
    Coverage coverage;
};

// Throws Fault::too_little when the history does not bear the horizon: two weeks to begin with and a week of origins whose
// last step is known, least_history + least_origins + horizon - 1 days.
void require_history(std::size_t days, std::size_t horizon);

// The values of days, none below 0 unless the history has such.
Forecast forecast_sums(const DailySeries &series, std::size_t horizon);

// 100 (revenue - spend) / spend by day, from forecasts of both by one model and the errors of their ratio; unknown on days
// without spend.
Forecast forecast_roi(const DailySeries &revenue, const Numbers &spend, std::size_t horizon);

} // namespace roi::core::analytics
