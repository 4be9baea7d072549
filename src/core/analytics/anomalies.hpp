// Days that lie further from what their season lets expect than days do by chance, robustly.
#pragma once

#include <vector>

#include "core/analytics/models.hpp"

#include "core/seal.hpp"

namespace roi::core::analytics {

constexpr std::size_t least_watched = 4 * week; // days of history

struct WatchedDay {
    double value = 0, expected = 0;
    Interval usual;   // where a day without cause stays but for the rate of false alarms
    double score = 0; // robust standard deviations from the expected value, on the scale of the residuals
    double p_value = 1;
    bool is_anomaly = false;
};

// What the other days let expect of each: moving median of four weeks around, median of the same weekdays; 1.4826 x MAD of the
// rest, on the power of the values (log, cube root, square root or as they are) whose rest is most symmetric; two-sided tails
// of Student's t at `rate`.
// Throws Fault::too_little for fewer than four weeks, and where more than half of the days leave no rest.
std::vector<WatchedDay> watch(const DailySeries &series, double rate);

} // namespace roi::core::analytics
