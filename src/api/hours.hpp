// Moments and answers that ticks and backfills share.
#pragma once

#include <cstdint>

#include "api/generate.hpp"

#include "bridge/datum.hpp"

namespace roi::api {

// A moment given as argument `number`; NULL raises 22004.
TimestampTz moment_of(FunctionCallInfo fcinfo, int number);

// The last whole hour that has ended by the moment, since 1970-01-01 00:00 UTC; 22008 for moments that no clock shows.
std::int64_t whole_hour(TimestampTz at);

// The row (hours, users, posts, published).
void put_generated(FunctionCallInfo fcinfo, std::int64_t users, const Generated &done);

} // namespace roi::api
