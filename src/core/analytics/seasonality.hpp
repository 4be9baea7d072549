// How much a sum differs by hour of the day, weekday and month, with the trend taken out.
#pragma once

#include <cstdint>
#include <vector>

#include "core/analytics/models.hpp"

#include "core/seal.hpp"

namespace roi::core::analytics {

// 1 is the mean over all places of the cycle.
struct SeasonIndex {
    double index = unknown;
    Interval interval; // 95 %
    std::size_t n = 0; // independent observations: days for hours, weeks for weekdays, years for months
};

constexpr std::size_t least_weeks = 4; // that a weekday's or an hour's interval rests on
constexpr std::size_t least_months = 24;

// Monday to Sunday. Each day over the centred mean of the seven days around it (classical decomposition), averaged; Student's
// t interval over the weeks. Empty when fewer than four weeks tell.
std::vector<SeasonIndex> weekday_seasons(const DailySeries &series);

// What each hour of one day added, and how many hours it had by the clock (0 to 2 where clocks change).
struct HourlyDay {
    std::array<double, 24> sums{};
    std::array<double, 24> hours{};
};

// 0 to 23 o'clock. The share of an hour in all over its share of time, a ratio of sums over days, with the linearised (delta
// method) variance of a ratio. Empty for fewer than 28 days with a total above 0, and where all of every day lies in one hour.
std::vector<SeasonIndex> hour_seasons(const std::vector<HourlyDay> &days);

// January to December. Means of a day in each whole month on a line and months, least squares; an effect over the overall mean.
// Student's t interval of the regression. Empty for fewer than 24 whole months.
std::vector<SeasonIndex> month_seasons(const DailySeries &series);

} // namespace roi::core::analytics
