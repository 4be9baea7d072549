// Keeps roi_posts, roi_rollup and roi_rollup_detail equal to the facts: what was written and removed goes in, the derived
// rows follow in the same transaction.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/rollup/delta.hpp"

#include "store/extension.hpp"

namespace roi::store {

struct DeltaWork;

// Use inside an SpiScope, acting as the owner, after the facts have been written.
class RollupWriter {
public:
    // What the facts in the tables hold when flush() is called: only those added so far (a bulk writer), or all that will
    // ever be added (a trigger after its statement).
    enum class Facts { so_far, complete };
    enum class Totals { move, leave };

    RollupWriter(const Extension &extension, Facts facts, Totals totals = Totals::move)
        : extension_(extension), facts_(facts), totals_(totals) {}

    // sign 1: the fact was written, -1: removed.
    void add(const core::rollup::Fact &fact, int sign) { delta_.add(fact, sign); }

    // True when memory asks for a flush. Flush before the end only with the locks of all users that may come, or one
    // user's: locks are taken in the order of user_id.
    bool is_full() const { return delta_.bytes() > max_delta_bytes; }

    // Locks the users and applies what was added. A user whose derived rows contradict the facts (a partition was
    // attached by hand, a row of ours deleted) is rebuilt from the facts. 22003 when a sum would overflow.
    void flush();

    static constexpr std::size_t max_delta_bytes = std::size_t{64} << 20;

private:
    void rebuild(const DeltaWork &work);

    Extension extension_;
    Facts facts_;
    Totals totals_;
    core::rollup::Delta delta_;
    std::set<std::string> rebuilt_; // users who owe nothing more to this statement
};

// Sorts users the way the database does: every writer locks in this order.
void sort_users(std::vector<std::string> &users);

} // namespace roi::store
