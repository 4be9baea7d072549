// Calendar arithmetic of comparisons.
#include "core/report/compare.hpp"

#include <algorithm>

#include "core/calendar.hpp"
#include "core/report/series.hpp"

namespace roi::core::report {
namespace {

// Months since year 0, and back to midnight of the month's first day.
std::int64_t month_number(Moment local) {
    const CivilDay civil = civil_from_days(local_day(local));
    return civil.year * 12 + civil.month - 1;
}

Moment month_start(std::int64_t number) {
    const std::int64_t year = (number >= 0 ? number : number - 11) / 12;
    Moment start = first_of_year(year);
    for (std::int64_t month = number - year * 12; month > 0; --month)
        start = local_next(Bucket::month, start);
    return start;
}

bool is_midnight(Moment local) { return local == local_start(Bucket::day, local); }

LocalRange previous_of(LocalRange range) {
    const std::int64_t months = month_number(range.until) - month_number(range.since);
    if (months > 0 && months_before(range.until, months) == range.since)
        return {months_before(range.since, months), range.since};
    return {range.since - (range.until - range.since), range.since};
}

LocalRange like_for_like(LocalRange range) {
    const Moment last = std::max(range.until - 1, range.since);
    if (range.since == local_start(Bucket::month, range.since)) {
        // as many months earlier as the range touches, the last one up to the same day and time
        const std::int64_t months = month_number(last) - month_number(range.since) + 1;
        const Moment start = month_start(month_number(last) - months);
        const Moment until = start + (range.until - local_start(Bucket::month, last));
        return {month_start(month_number(range.since) - months), std::min(until, range.since)};
    }
    Moment shift = range.until - range.since;
    if (range.since == local_start(Bucket::week, range.since) &&
        local_start(Bucket::week, last) == range.since)
        shift = 7 * usecs_per_day;
    else if (is_midnight(range.since))
        shift = (shift + usecs_per_day - 1) / usecs_per_day * usecs_per_day;
    return {range.since - shift, range.until - shift};
}

} // namespace

bool mode_from(std::string_view name, Comparison &mode) {
    if (name == "previous")
        mode = Comparison::previous;
    else if (name == "year_ago")
        mode = Comparison::year_ago;
    else if (name == "like_for_like")
        mode = Comparison::like_for_like;
    else
        return false;
    return true;
}

Moment months_before(Moment local, std::int64_t months) {
    const Moment start = month_start(month_number(local) - months);
    const Moment day = local_start(Bucket::day, local);
    const Moment shifted = start + (day - local_start(Bucket::month, local));
    const Moment last_day = local_next(Bucket::month, start) - usecs_per_day;
    return std::min(shifted, last_day) + (local - day);
}

LocalRange base_of(Comparison mode, LocalRange range) {
    if (mode == Comparison::year_ago) return {months_before(range.since, 12), months_before(range.until, 12)};
    return mode == Comparison::previous ? previous_of(range) : like_for_like(range);
}

} // namespace roi::core::report
