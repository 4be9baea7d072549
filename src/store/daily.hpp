// Sums of a user's whole days on his own calendar, as analyses take them.
#pragma once

#include <string>
#include <vector>

#include "core/analytics/seasonality.hpp"
#include "core/report/tally.hpp"

#include "store/question.hpp"

namespace roi::store {

// What a question about days covers: whole days of the zone, after the first fact's unless that lies at midnight, up to the
// last fact's, never the present day, and at most so many.
struct WholeDays {
    std::int64_t first_day = 0;               // since 1970-01-01
    std::vector<core::report::Moment> starts; // of each day, and the end of the last one; empty without days
    std::size_t count() const { return starts.empty() ? 0 : starts.size() - 1; }
    std::int64_t end_day() const { return first_day + static_cast<std::int64_t>(count()); }
};

// The first moment of a day of the zone; raises 22023 where it is too far off.
core::report::Moment start_of_day(std::int64_t day, const ZoneClock &clock);
// The day of the zone that is not over yet.
std::int64_t present_day(const ZoneClock &clock);

// Needs an open SpiScope, as the functions below.
WholeDays whole_days(const Question &question, std::size_t most);

struct Daily {
    WholeDays days;
    core::analytics::Numbers revenue, spend;
    std::string currency; // empty: none
};
Daily read_daily(const Question &question, const WholeDays &days);

// Revenue (or spend) by hour of the clock.
std::vector<core::analytics::HourlyDay> read_hours(const Question &question, const WholeDays &days,
                                                   bool of_spend);

} // namespace roi::store
