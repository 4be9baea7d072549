// The posts that a delta names: registered under their number, their running totals moved.
#pragma once

#include <cstdint>
#include <vector>

#include "core/rollup/delta.hpp"

#include "store/rollup_apply.hpp"

namespace roi::store {

// A user's part of a delta.
struct UserShare {
    std::uint32_t user = 0;
    std::vector<std::uint32_t> posts;   // places in Delta::posts(), ascending
    std::vector<std::uint32_t> details; // places in Delta::details()
};

// Finds or registers the posts of the users, whose locks the caller holds, fills work.numbers, and adds their gains to the
// running totals when with_totals is true.
void settle_posts(DeltaWork &work, const std::vector<UserShare> &shares, bool with_totals);

} // namespace roi::store
