// Applies a delta to roi_rollup_detail and roi_rollup, in this order: the sets of days and months follow from the details.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "core/rollup/delta.hpp"

#include "store/rollup_rows.hpp"

namespace roi::store {

// A delta with its texts as datums and its posts' numbers.
struct DeltaWork {
    DeltaWork(const Extension &extension_, core::rollup::Delta &delta_)
        : extension(extension_), delta(delta_), texts(delta_.names()), numbers(delta_.posts().size()) {}

    Extension extension;
    core::rollup::Delta &delta;
    Texts texts;
    std::vector<std::int32_t> numbers; // post_no by place in Delta::posts(), 0 for none
    std::set<std::uint32_t> gone;      // users who are being deleted: nothing is written for them
    // Facts have been removed before in this transaction. A trigger may remove rows of a statement that is not counted yet,
    // so what the delta adds to a quarter's sets must be looked for among the facts.
    bool after_removals = false;

    bool is_gone(std::uint32_t user) const { return !gone.empty() && gone.count(user) != 0; }
};

// Sorts and empties nothing: the delta can be thrown away afterwards. The caller holds the locks of all its users.
void apply_to_rollups(DeltaWork &work);

} // namespace roi::store
