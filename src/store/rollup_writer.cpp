// Locks, posts, details, cells: the order in which a delta reaches the derived tables.
#include "core/rollup/delta.hpp"
#include "core/rollup/id_set.hpp"
#include "core/rollup/parts.hpp"

#include "store/rollup_writer.hpp"

#include <algorithm>
#include <map>

#include "store/rollup_apply.hpp"
#include "store/rollup_posts.hpp"
#include "store/rollup_rebuild.hpp"
#include "store/user_locks.hpp"

#include "bridge/collation.hpp"
#include "bridge/memory.hpp"

namespace roi::store {

using namespace bridge;
using core::rollup::Delta;

namespace {

// The users of a delta with what belongs to each, in locking order.
std::vector<UserShare> shares_of(Delta &delta) {
    std::map<std::uint32_t, UserShare> by_user;
    for (std::uint32_t place = 0; place < delta.posts().size(); ++place)
        by_user[delta.posts()[place].user].posts.push_back(place);
    for (std::uint32_t place = 0; place < delta.details().size(); ++place)
        by_user[delta.details()[place].user].details.push_back(place);
    std::vector<UserShare> shares;
    for (auto &[user, share] : by_user) {
        share.user = user;
        shares.push_back(std::move(share));
    }
    const core::rollup::Names &names = delta.names();
    std::sort(shares.begin(), shares.end(), [&](const UserShare &a, const UserShare &b) {
        return collates_before(names.text(a.user), names.text(b.user));
    });
    return shares;
}

bool has_written(const Delta &delta, const UserShare &share) {
    return std::any_of(share.posts.begin(), share.posts.end(),
                       [&](std::uint32_t place) { return delta.posts()[place].is_written; });
}

// False when the user is being deleted, by this transaction: his state has gone before his facts.
bool lock_share(const Extension &extension, UserLocks &locks, const Delta &delta, const UserShare &share) {
    const std::string user(delta.names().text(share.user));
    if (locks.lock_known(user)) return true;
    if (!has_written(delta, share) && !hold_user(extension, user)) return false;
    lock_user(extension, user);
    return true;
}

TransactionId removing_transaction = InvalidTransactionId;

TransactionId current_transaction() {
    return call([] { return GetTopTransactionId(); });
}

} // namespace

void note_removals() { removing_transaction = current_transaction(); }

bool has_removals() { return removing_transaction == current_transaction(); }

void sort_users(std::vector<std::string> &users) {
    std::sort(users.begin(), users.end(),
              [](const std::string &a, const std::string &b) { return collates_before(a, b); });
}

void RollupWriter::flush() {
    if (delta_.is_empty()) return;
    check_interrupts();
    MemoryScope memory("rollup");
    const std::vector<UserShare> shares = shares_of(delta_);
    DeltaWork work(extension_, delta_);
    work.after_removals = has_removals();
    UserLocks locks(extension_);
    for (const UserShare &share : shares) {
        if (lock_share(extension_, locks, delta_, share)) continue;
        work.gone.insert(share.user);
        forget_user(extension_, std::string(delta_.names().text(share.user)));
    }
    locks.close();
    settle_posts(work, shares, totals_ == Totals::move);
    apply_to_rollups(work);
    delta_.clear();
}

} // namespace roi::store
