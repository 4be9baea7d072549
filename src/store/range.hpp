// What "30d", since, until and a time zone mean: a half-open range of moments and the bucket that suits it.
#pragma once

#include <string>

#include "store/extension.hpp"

namespace roi::store {

struct Range {
    TimestampTz since = 0;      // DT_NOBEGIN for all
    TimestampTz until = 0;      // exclusive; DT_NOEND for all
    const char *bucket = "day"; // hour, day, week or month: at most 1000 points
    std::string period;         // as given; empty where since overrides it
    std::string time_zone;
};

// An argument that must not be NULL; raises 22004 naming it.
std::string required_text(FunctionCallInfo fcinfo, int number, const char *name);

// Where a period begins that ends at `until`: DT_NOBEGIN for 'all'. Raises 22023 and 22007 as read_range.
TimestampTz period_start(const std::string &period, TimestampTz until, const std::string &time_zone);

// Reads the arguments period, since, until, time_zone at `first` and following. Periods ('7d', '30d', '90d', '1y',
// 'all', or an interval) roll back from until (default now()), calendar-true in the time zone.
// Errors: 22023 unknown period or zone, or a range that ends before it begins; 22004 NULL period or zone.
Range read_range(FunctionCallInfo fcinfo, int first);

} // namespace roi::store
