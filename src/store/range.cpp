// Resolves periods by PostgreSQL's own interval and calendar arithmetic.
#include "store/range.hpp"

#include <algorithm>
#include <map>

#include "bridge/zone.hpp"

namespace roi::store {

using namespace bridge;

namespace {

constexpr std::int64_t usecs_per_hour = INT64CONST(3600000000);
constexpr std::int64_t usecs_per_day = 24 * usecs_per_hour;
constexpr std::int64_t max_points = 1000; // of a series; the bucket coarsens rather than cuts

constexpr const char *period_hint =
    "Use '7d', '30d', '90d', '1y', 'all', or an interval above 0 such as '36 hours'.";

[[noreturn]] void fail_period(const std::string &period) {
    fail(ERRCODE_INVALID_PARAMETER_VALUE, "period \"" + clip(period) + "\" is not known",
         "A period ends at until and is as long as it says.", period_hint);
}

// Throws on what the backend said of a period; what is out of range there is a bad argument here.
[[noreturn]] void refuse_period(const BackendError &error) {
    const int code = error.data()->sqlerrcode;
    if (code == ERRCODE_DATETIME_VALUE_OUT_OF_RANGE || code == ERRCODE_INTERVAL_FIELD_OVERFLOW)
        rethrow_as(error, ERRCODE_INVALID_PARAMETER_VALUE, period_hint);
    rethrow_with_hint(error, period_hint);
}

// The interval a period stands for; interval_in says what else is one.
Interval *interval_of(const std::string &period) {
    static const std::map<std::string, const char *> names{
        {"7d", "7 days"}, {"30d", "30 days"}, {"90d", "90 days"}, {"1y", "1 year"}};
    const auto known = names.find(period);
    const char *const text = known == names.end() ? period.c_str() : known->second;
    try {
        return call([text] {
            return DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(text),
                                                         ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
        });
    } catch (const BackendError &error) {
        refuse_period(error);
    }
}

// until - interval on the wall clock of the zone, so that 30 days before 09:00 is 09:00 across clock changes.
TimestampTz before(TimestampTz until, Interval *interval, const Zone &zone) {
    try {
        const Timestamp local = zone.to_local(until);
        const Timestamp earlier = call([=] {
            return DatumGetTimestamp(DirectFunctionCall2(timestamp_mi_interval, TimestampGetDatum(local),
                                                         IntervalPGetDatum(interval)));
        });
        return zone.from_local(earlier);
    } catch (const BackendError &error) {
        refuse_period(error);
    }
}

const char *bucket_of(const Range &range, const std::string &period) {
    if (period == "7d") return "hour";
    if (TIMESTAMP_NOT_FINITE(range.since) || TIMESTAMP_NOT_FINITE(range.until)) return "month";
    std::int64_t length = 0;
    if (__builtin_sub_overflow(range.until, range.since, &length)) return "month";
    if (length <= 7 * usecs_per_day + usecs_per_hour) // an hour more: a week with a clock change
        return "hour";
    if (length <= max_points * usecs_per_day) return "day";
    return length <= max_points * 7 * usecs_per_day ? "week" : "month";
}

TimestampTz start_of(const std::string &period, TimestampTz until, const Zone &zone) {
    if (period == "all") return DT_NOBEGIN;
    if (TIMESTAMP_NOT_FINITE(until))
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "a period needs a finite until",
             "It is counted back from there.", "Pass since as well, or period => 'all'.");
    const TimestampTz since = before(until, interval_of(period), zone);
    if (since >= until) fail_period(period);
    return since;
}

} // namespace

std::string required_text(FunctionCallInfo fcinfo, int number, const char *name) {
    if (!has_argument(fcinfo, number))
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, std::string(name) + " must not be NULL",
             "Only since, until and currency may be.", "Leave it out for its default.");
    return text_of(fcinfo, number);
}

TimestampTz period_start(const std::string &period, TimestampTz until, const std::string &time_zone) {
    return start_of(period, until, Zone(time_zone));
}

Range read_range(FunctionCallInfo fcinfo, int first) {
    const std::string period = required_text(fcinfo, first, "period");
    Range range;
    range.time_zone = required_text(fcinfo, first + 3, "time_zone");
    const Zone zone(range.time_zone);
    const bool has_since = has_argument(fcinfo, first + 1), has_until = has_argument(fcinfo, first + 2);
    if (has_until)
        range.until = PG_GETARG_TIMESTAMPTZ(first + 2);
    else
        range.until = period == "all" && !has_since
                          ? DT_NOEND
                          : call([] { return GetCurrentTransactionStartTimestamp(); });
    if (has_since && period != "all") interval_of(period); // overridden, but not to be nonsense
    range.since = has_since ? PG_GETARG_TIMESTAMPTZ(first + 1) : start_of(period, range.until, zone);
    if (range.until < range.since)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "until lies before since", "No moment lies in such a range.",
             "A range is [since, until).");
    if (!has_since) range.period = period;
    range.bucket = bucket_of(range, range.period);
    return range;
}

} // namespace roi::store
