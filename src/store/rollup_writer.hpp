// Keeps roi_posts, roi_rollup and roi_rollup_detail equal to the facts: what was written and removed goes in, the derived
// rows follow in the same transaction.
#pragma once

#include <string>
#include <vector>

#include "core/rollup/delta.hpp"

#include "store/extension.hpp"

namespace roi::store {

// Use inside an SpiScope, acting as the owner, after the facts have been written.
class RollupWriter {
public:
    enum class Totals { move, leave };

    explicit RollupWriter(const Extension &extension, Totals totals = Totals::move)
        : extension_(extension), totals_(totals) {}

    // sign 1: the fact was written, -1: removed. In any order: a row may be removed before it is counted as written.
    void add(const core::rollup::Fact &fact, int sign) { delta_.add(fact, sign); }

    void clear() { delta_.clear(); }

    // True when memory asks for a flush. Flush before the end only with the locks of all users that may come, or one
    // user's: locks are taken in the order of user_id.
    bool is_full() const { return delta_.bytes() > max_delta_bytes; }

    // Locks the users and applies what was added. 22003 when a sum would overflow.
    void flush();

    static constexpr std::size_t max_delta_bytes = std::size_t{128} << 20;

private:
    Extension extension_;
    Totals totals_;
    core::rollup::Delta delta_;
};

// Tells that facts have been removed in this transaction, and whether any were.
void note_removals();
bool has_removals();

// Sorts users the way the database does: every writer locks in this order.
void sort_users(std::vector<std::string> &users);

} // namespace roi::store
