// Applies a delta to roi_rollup_detail and roi_rollup, in this order: the sets of days and months follow from the details.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "core/rollup/delta.hpp"

#include "store/rollup_rows.hpp"

namespace roi::store {

// A delta with its texts as datums, its posts' numbers, and the users whose derived rows turned out to contradict the
// facts; nothing more is written for those.
struct DeltaWork {
    DeltaWork(const Extension &extension_, core::rollup::Delta &delta_)
        : extension(extension_), delta(delta_), texts(delta_.names()), numbers(delta_.posts().size()) {}

    Extension extension;
    core::rollup::Delta &delta;
    Texts texts;
    std::vector<std::int32_t> numbers; // post_no by place in Delta::posts(), 0 for none
    std::set<std::uint32_t> damaged;   // users

    bool is_damaged(std::uint32_t user) const { return !damaged.empty() && damaged.count(user) != 0; }
};

// Sorts and empties nothing: the delta can be thrown away afterwards. The caller holds the locks of all its users.
void apply_to_rollups(DeltaWork &work);

} // namespace roi::store
