// Which earlier range a range is compared with, on the wall clock.
#pragma once

#include <string_view>

#include "core/report/segments.hpp"

#include "core/seal.hpp"

namespace roi::core::report {

enum class Comparison { previous, year_ago, like_for_like };

// 'previous', 'year_ago' or 'like_for_like'; false for anything else.
bool mode_from(std::string_view name, Comparison &mode);

struct LocalRange {
    Moment since = 0, until = 0;
};

// The earlier range of [since, until), all wall clock times. previous: whole months where both ends are the same time
// of a month's same day, else the same length.
LocalRange base_of(Comparison mode, LocalRange range);

// A wall clock time `months` earlier; days that the month lacks become its last.
Moment months_before(Moment local, std::int64_t months);

} // namespace roi::core::report
