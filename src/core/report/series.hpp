// The buckets of a series on a zone's calendar.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/report/segments.hpp"

#include "core/seal.hpp"

namespace roi::core::report {

enum class Bucket { hour, day, week, month, year };

constexpr Moment usecs_per_day = rollup::usecs_per_utc_day; // of a wall clock, which has no changes
constexpr std::size_t max_points = 1000;                    // of a series: it coarsens rather than cuts

// A zone's wall clock, in microseconds since 2000-01-01 00:00 there.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Moment to_local(Moment moment) const = 0;
    virtual Moment from_local(Moment local) const = 0;
};

// 'hour', 'day', 'week' or 'month'; false for anything else.
bool bucket_from(std::string_view name, Bucket &bucket);
const char *name_of(Bucket bucket);

// Start of the bucket that a wall clock time belongs to (weeks start on Monday), and of the next bucket.
Moment local_start(Bucket bucket, Moment local);
Moment local_next(Bucket bucket, Moment start);

struct Series {
    Bucket bucket = Bucket::day;
    std::vector<Moment> starts; // ascending; the first one at or before since
};

// The buckets that [since, until) touches, both finite: none when empty. Coarsens to at most max_points; throws
// Fault::invalid_argument when even years are too many.
Series series_of(Bucket bucket, Moment since, Moment until, const Clock &clock);

// The first moment with that time on the wall clock: a time that a clock change repeats begins the first time, one that
// it skips begins with the change.
Moment first_moment(Moment local, const Clock &clock);

// Midnight of a year's first day on the wall clock, and the year of a day since 1970-01-01.
Moment first_of_year(std::int64_t year);
std::int64_t year_of_day(std::int64_t day);

// Days since 1970-01-01 of a wall clock time.
std::int64_t local_day(Moment local);
// ISO 8601, as JSON shows it: 2026-08-01T00:00:00+02:00 and 2026-08-01. `moment` is finite.
void append_moment(std::string &text, Moment moment, const Clock &clock);
void append_date(std::string &text, std::int64_t day);
// The same as at most max_moment bytes; return their end.
constexpr std::size_t max_moment = 64;
char *write_moment(char *at, Moment moment, const Clock &clock);
char *write_date(char *at, std::int64_t day);

} // namespace roi::core::report
