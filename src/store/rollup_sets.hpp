// What the rows of roi_rollup_detail tell the sets of the cells above them.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "store/rollup_apply.hpp"

namespace roi::store {

// What the sets of one cell gain; `lost`: some member may be gone, so the sets are made anew.
struct SetChange {
    std::vector<std::uint32_t> posts, earning_posts, spending_posts;
    std::vector<std::uint64_t> campaigns;
    bool lost = false;

    bool is_none() const {
        return !lost && posts.empty() && earning_posts.empty() && spending_posts.empty() && campaigns.empty();
    }
};

struct CellHash {
    std::size_t operator()(const CellKey &key) const {
        std::uint64_t hash = static_cast<std::uint64_t>(key.bucket);
        for (const std::uint64_t part : {std::uint64_t{key.user} << 32 | key.platform,
                                         std::uint64_t{key.currency} << 8 | std::uint64_t(key.grain)})
            hash = (hash ^ part ^ hash >> 29) * 0xbf58476d1ce4e5b9; // SplitMix64's multiplier
        return hash ^ hash >> 32;
    }
};

using SetChanges = std::unordered_map<CellKey, SetChange, CellHash>;

template <class Values>
bool is_zero(const Values &sums) {
    return std::all_of(sums.begin(), sums.end(), [](std::int64_t sum) { return sum == 0; });
}

// Writes the delta's details, days and then months, and notes what that changes in the cells' sets.
void apply_to_details(DeltaWork &work, SetChanges &changes);

} // namespace roi::store
