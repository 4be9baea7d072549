// Spend of a month against a budget: where it should be, where it will end, what is left a day.
#pragma once

#include <cstdint>

#include "core/analytics/models.hpp"

#include "core/seal.hpp"

namespace roi::core::analytics {

constexpr std::size_t least_paced = week; // days of spend that a projection rests on

struct PacingCase {
    DailySeries history;                // spend of whole days up to the present one, at most eight weeks
    double spent = 0;                   // in the month so far, the present day included
    double spent_whole = 0;             // in its whole days
    std::int64_t elapsed = 0, days = 0; // whole days gone and all days of the month that the campaign has
    std::int64_t today = 0;             // the first day that is not whole, since 1970-01-01
    double budget = 0;
    double tolerance = 0.05;
    bool is_completed = false; // it will spend no more
};

enum class PacingState : unsigned char { unclear, under, on, over };
const char *name_of(PacingState state); // nullptr: unclear

struct Pacing {
    double ideal = 0, projected = unknown, needed_per_day = unknown;
    Interval interval; // 80 % of the projection
    std::size_t n = 0; // days that the projection rests on
    PacingState state = PacingState::unclear;
};

// Ideal: the budget in equal days. Projected: spend so far and the days left by weekday (from four weeks on; else their mean),
// with the prediction interval of their sum, neighbours' correlation included. State: under or over where the whole interval
// lies beyond the budget by more than the tolerance, on where the projection lies within it, else unclear.
Pacing pace(const PacingCase &campaign);

} // namespace roi::core::analytics
