// Which rollup rows make up a range: runs of months, days and quarters between cuts, and the quarters that a cut halves.
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
    bool is_halved(Moment quarter) const;
};

// Covers [cuts.front(), cuts.back()) so that no row but a halved quarter crosses a cut, by the coarsest grains up to
// `coarsest`. Cuts are ascending; the first may be no_begin and the last no_end. Fewer than two: nothing.
Segments segments_of(const std::vector<Moment> &cuts, Grain coarsest = Grain::month);

} // namespace roi::core::report
