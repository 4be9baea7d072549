// Which moments a partition of a table that is RANGE-partitioned by one timestamptz column holds.
#pragma once

#include <vector>

#include "bridge/error.hpp"

namespace roi::bridge {

struct MomentRange {
    TimestampTz since = DT_NOBEGIN;
    TimestampTz until = DT_NOEND; // exclusive
};

// Whether the relation is the table itself or one of its partitions at any depth.
bool belongs_to(Relation relation, Oid table);

// The moments that rows of the relation may have: everything for the partitioned table itself, the bounds of a partition,
// what the others leave for a default partition.
std::vector<MomentRange> moments_of(Relation relation);

// The same for a partition and each one above it, up to the table: a row stays where all of them hold its moment.
std::vector<std::vector<MomentRange>> bounds_within(Relation relation, Oid table);

} // namespace roi::bridge
