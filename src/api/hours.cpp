// Moments and answers that ticks and backfills share.
#include "core/calendar.hpp"

#include "api/hours.hpp"

namespace roi::api {

using namespace bridge;

namespace {

// How far beyond the present a tick or backfill may reach: enough to try things out, no endless loop for year 9999.
constexpr std::int64_t future_days = 366;

std::int64_t now_seconds() {
    return unix_seconds_of(call([] { return GetCurrentTransactionStartTimestamp(); }));
}

} // namespace

std::int64_t whole_hour(TimestampTz at) {
    if (TIMESTAMP_NOT_FINITE(at) || at < timestamp_of(0) ||
        at > timestamp_of(now_seconds() + future_days * core::seconds_per_day))
        fail(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, "the moment is out of range",
             "No account can have hours there.", "Pass a moment between 1970 and a year from now.");
    return unix_seconds_of(at) / core::seconds_per_hour;
}

TimestampTz moment_of(FunctionCallInfo fcinfo, int number) {
    if (!has_argument(fcinfo, number))
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "the moment must not be NULL",
             "It says until when hours are made.", "Leave the argument out for now().");
    return PG_GETARG_TIMESTAMPTZ(number);
}

void put_generated(FunctionCallInfo fcinfo, std::int64_t users, const Generated &done) {
    put_row(fcinfo, {int64_argument(done.hours), int64_argument(users), int64_argument(done.posts),
                     int64_argument(done.published)});
}

} // namespace roi::api
