// Which rollup rows make up a range: runs of months, days and quarters, and the days and quarters that a series cuts.
#pragma once

#include <vector>

#include "core/rollup/sums.hpp"

#include "core/seal.hpp"

namespace roi::core::report {

using rollup::Grain;
using rollup::Moment;

// Ends of time: ranges without a bound on that side, as the server writes them.
constexpr Moment no_begin = INT64_MIN;
constexpr Moment no_end = INT64_MAX;

// Rows of one grain with a bucket in [since, until).
struct Run {
    Grain grain;
    Moment since;
    Moment until;
    bool operator==(const Run &other) const {
        return grain == other.grain && since == other.since && until == other.until;
    }
};

struct Segments {
    std::vector<Run> runs; // neighbours of a grain are one run; halved quarters are part of the runs
    // Buckets of quarters with a cut inside, ascending: their rows count where they are stamped, which the row
    // of the rollup tells only when all are stamped at its start.
    std::vector<Moment> halved;
    // Days of months in `runs` that a division cuts, ascending: the month's parts do not tell how.
    std::vector<Moment> divided;
    bool is_halved(Moment quarter) const;
    bool is_divided(Moment day) const;
};

// Covers [since, until) by the coarsest rows whose parts tell what falls between the divisions (bounds of series), which are
// ascending, distinct and inside the range. The range may begin at no_begin and end at no_end.
Segments segments_of(Moment since, Moment until, const std::vector<Moment> &divisions);

} // namespace roi::core::report
