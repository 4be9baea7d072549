// Calendar steps on the wall clock; hours step in real time, so that a repeated hour is two buckets.
#include "core/report/series.hpp"

#include <algorithm>
#include <iterator>

#include "core/calendar.hpp"
#include "core/error.hpp"
#include "core/report/digits.hpp"

namespace roi::core::report {
namespace {

constexpr Moment usecs_per_second = 1000000;
constexpr Moment usecs_per_hour = seconds_per_hour * usecs_per_second;
constexpr std::int64_t days_to_2000 = days_from_civil(2000, 1, 1);
constexpr const char *bucket_names[] = {"hour", "day", "week", "month", "year"};

Moment floor_to(Moment moment, Moment step) {
    const Moment rest = moment % step;
    return moment - (rest < 0 ? rest + step : rest);
}

// A number of at most `width` digits, with leading zeros.
char *write_digits(char *at, std::int64_t number, std::size_t width) {
    for (std::size_t i = width; i > 0; --i, number /= 10)
        at[i - 1] = static_cast<char>('0' + number % 10);
    return at + width;
}

// Seconds as hh:mm or hh:mm:ss.
char *write_clock(char *at, std::int64_t seconds, bool with_seconds) {
    const auto rest = static_cast<unsigned>(seconds); // of a day at most
    at = write_two(at, rest / 3600);
    *at++ = ':';
    at = write_two(at, rest / 60 % 60);
    if (!with_seconds) return at;
    *at++ = ':';
    return write_two(at, rest % 60);
}

// Without the BC of years before 1.
char *write_civil(char *at, const CivilDay &civil) {
    const std::int64_t year = civil.year > 0 ? civil.year : 1 - civil.year; // the year 0 is 1 BC
    if (year > 9999) at = write_digits(at, year / 10000, year > 99999 ? 2 : 1);
    const auto four = static_cast<unsigned>(year % 10000);
    at = write_two(write_two(at, four / 100), four % 100);
    *at++ = '-';
    at = write_two(at, static_cast<unsigned>(civil.month));
    *at++ = '-';
    return write_two(at, static_cast<unsigned>(civil.day));
}

// Microseconds without trailing zeros.
char *write_fraction(char *at, Moment fraction) {
    *at++ = '.';
    at = write_digits(at, fraction, 6);
    while (at[-1] == '0')
        --at;
    return at;
}

char *write_era(char *at, const CivilDay &civil) { return civil.year <= 0 ? std::copy_n(" BC", 3, at) : at; }

// More than max_points buckets of the shortest kind cannot be few enough; spares counting them.
bool is_hopeless(Bucket bucket, Moment since, Moment until) {
    constexpr Moment longest[] = {usecs_per_hour, 25 * usecs_per_hour, 7 * (25 * usecs_per_hour),
                                  32 * usecs_per_day, 367 * usecs_per_day};
    const auto span = static_cast<std::uint64_t>(until) - static_cast<std::uint64_t>(since);
    return span / static_cast<std::uint64_t>(longest[static_cast<int>(bucket)]) > max_points;
}

// The start that follows the bucket of `start`; `local` is its time on the wall clock and moves along.
Moment next_start(Bucket bucket, Moment start, Moment &local, const Clock &clock) {
    if (bucket == Bucket::hour) {
        const Moment now = clock.to_local(start);
        return start + local_next(Bucket::hour, now) - now;
    }
    Moment next = start;
    while (next <= start) { // a day that the zone skipped starts with the next one
        local = local_next(bucket, local);
        next = first_moment(local, clock);
    }
    return next;
}

bool fill(Series &series, Moment since, Moment until, const Clock &clock) {
    if (is_hopeless(series.bucket, since, until)) return false;
    const Moment now = clock.to_local(since);
    Moment local = local_start(series.bucket, now);
    // an hour's start by the offset of now: the wall clock time may be there twice
    Moment start = series.bucket == Bucket::hour ? since - (now - local) : first_moment(local, clock);
    for (; start < until; start = next_start(series.bucket, start, local, clock)) {
        if (series.starts.size() == max_points) return false;
        series.starts.push_back(start);
    }
    return true;
}

} // namespace

Moment first_of_year(std::int64_t year) {
    // days_from_civil knows the years 1 to 9999: 400 years are 146,097 days
    const std::int64_t eras = (year >= 1 ? year - 1 : year - 400) / 400;
    const auto day = days_from_civil(static_cast<int>(year - eras * 400), 1, 1) + eras * 146097;
    return (day - days_to_2000) * usecs_per_day;
}

std::int64_t year_of_day(std::int64_t day) { return civil_from_days(day).year; }

Moment first_moment(Moment local, const Clock &clock) {
    const Moment moment = clock.from_local(local);
    const Moment shown_before = clock.to_local(moment - 1) + 1;
    return shown_before > local ? moment - (shown_before - local) : moment;
}

bool bucket_from(std::string_view name, Bucket &bucket) {
    for (int i = 0; i < 4; ++i)
        if (name == bucket_names[i]) {
            bucket = static_cast<Bucket>(i);
            return true;
        }
    return false;
}

const char *name_of(Bucket bucket) { return bucket_names[static_cast<int>(bucket)]; }

std::int64_t local_day(Moment local) { return floor_to(local, usecs_per_day) / usecs_per_day + days_to_2000; }

Moment local_start(Bucket bucket, Moment local) {
    if (bucket == Bucket::hour) return floor_to(local, usecs_per_hour);
    if (bucket == Bucket::week) // 2000-01-03 was a Monday
        return floor_to(local - 2 * usecs_per_day, 7 * usecs_per_day) + 2 * usecs_per_day;
    if (bucket == Bucket::month) return rollup::bucket_of(Grain::month, local);
    if (bucket == Bucket::year) return first_of_year(civil_from_days(local_day(local)).year);
    return floor_to(local, usecs_per_day);
}

Moment local_next(Bucket bucket, Moment start) {
    constexpr Moment beyond[] = {usecs_per_hour, usecs_per_day, 7 * usecs_per_day, 31 * usecs_per_day,
                                 366 * usecs_per_day};
    return local_start(bucket, local_start(bucket, start) + beyond[static_cast<int>(bucket)]);
}

Series series_of(Bucket bucket, Moment since, Moment until, const Clock &clock) {
    Series series;
    if (since >= until) {
        series.bucket = bucket;
        return series;
    }
    for (int kind = static_cast<int>(bucket); kind < static_cast<int>(std::size(bucket_names)); ++kind) {
        series.bucket = static_cast<Bucket>(kind);
        series.starts.clear();
        if (fill(series, since, until, clock)) return series;
    }
    throw Error(Fault::invalid_argument, "a series of more than 1000 years is too long",
                "It has one point a year at least.", "Ask for a shorter range.");
}

char *write_date(char *at, std::int64_t day) {
    const CivilDay civil = civil_from_days(day);
    return write_era(write_civil(at, civil), civil);
}

char *write_moment(char *at, Moment moment, const Clock &clock) {
    const Moment local = clock.to_local(moment), midnight = floor_to(local, usecs_per_day);
    const CivilDay civil = civil_from_days(midnight / usecs_per_day + days_to_2000);
    at = write_civil(at, civil);
    *at++ = 'T';
    at = write_clock(at, (local - midnight) / usecs_per_second, true);
    if (const Moment fraction = local % usecs_per_second; fraction != 0)
        at = write_fraction(at, fraction < 0 ? fraction + usecs_per_second : fraction);
    const std::int64_t offset = (local - moment) / usecs_per_second, size = offset < 0 ? -offset : offset;
    *at++ = offset < 0 ? '-' : '+';
    return write_era(write_clock(at, size, size % 60 != 0), civil);
}

void append_date(std::string &text, std::int64_t day) {
    char written[max_moment];
    text.append(written, static_cast<std::size_t>(write_date(written, day) - written));
}

void append_moment(std::string &text, Moment moment, const Clock &clock) {
    char written[max_moment];
    text.append(written, static_cast<std::size_t>(write_moment(written, moment, clock) - written));
}

} // namespace roi::core::report
