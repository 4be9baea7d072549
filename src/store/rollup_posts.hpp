// The posts that a delta names: registered under their number, their running totals moved.
#pragma once

#include <cstdint>
#include <vector>

#include "core/rollup/delta.hpp"

#include "store/rollup_rows.hpp"

namespace roi::store {

// A user's part of a delta whose user_ids stand in order.
struct UserShare {
    std::uint32_t user = 0;
    std::vector<std::uint32_t> posts;   // places in Delta::posts()
    std::vector<std::uint32_t> details; // places in Delta::details()
};

// Finds or registers the posts of one user, whose lock the caller holds, and adds their gains to the running totals when
// with_totals is true. numbers[place] becomes the post_no of Delta::posts()[place], 0 for facts without a post.
// False when a removed fact names a post that nobody registered: the user must be rebuilt.
bool settle_posts(const Extension &extension, core::rollup::Delta &delta, const UserShare &share,
                  Texts &texts, bool with_totals, std::vector<std::int32_t> &numbers);

} // namespace roi::store
