// Recomputes everything derived from facts and finds what differs.
#pragma once

#include <functional>
#include <string>

#include "core/rollup/sums.hpp"

#include "store/extension.hpp"

namespace roi::store {

// One differing column. Fields that do not apply are empty or no_moment.
struct Difference {
    std::string table, user_id;
    char grain = 0;
    core::rollup::Moment bucket = bridge::no_moment;
    std::string platform, currency;
    std::int64_t campaign_id = 0;
    std::string content_type, post, column;
    std::string expected, actual; // empty: there is no such row or value
};

// Verifies one user in the months that [since, until) touches; running totals only when both ends are open. Reads as the
// caller, under row security, in the snapshot of the calling statement. Memory is bounded by a user's posts and the facts of
// one of his days.
void verify_user(const Extension &extension, const std::string &user_id, core::rollup::Moment since,
                 core::rollup::Moment until, const std::function<void(const Difference &)> &report);

} // namespace roi::store
