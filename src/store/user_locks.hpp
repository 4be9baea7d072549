// The locks of whoever writes for a user, in the order in which they are taken: the user's row of the users table, the partitions
// of the facts, the user's row of roi_user_state.
#pragma once

#include <string>

#include "store/extension.hpp"

#include "bridge/table.hpp"

namespace roi::store {

// Keeps the user's row of the users table from being deleted until the transaction ends; false when there is none.
// Whoever is going to write facts after locking the user's state does this first, in the order in which a DELETE of the
// user takes its locks.
bool hold_user(const Extension &extension, const std::string &user_id);

// Locks the partitions of roi_metrics, which a TRUNCATE of one holds while it waits for users' locks: whoever will touch
// facts after locking a user locks them before.
void hold_facts(const Extension &extension, LOCKMODE mode);

// Makes sure the user is known: registers it where the users table is ours, else 23503 with a hint; locks the
// user's row of roi_user_state until the transaction ends. Call inside an SpiScope, acting as the owner.
void lock_user(const Extension &extension, const std::string &user_id);

// Locks the user's row likewise, but registers nobody; false when there is no such row. The first lock of a transaction
// writes the row; later ones find it written and cost a look.
bool lock_known_user(const Extension &extension, const std::string &user_id);

// The same for many users, each once: a look sees what was there when the locks were opened.
class UserLocks {
public:
    explicit UserLocks(const Extension &extension)
        : extension_(extension), states_(extension.schema, "roi_user_state") {}
    void close() { states_.close(); }
    bool lock_known(const std::string &user_id);

private:
    const Extension &extension_;
    bridge::Table states_;
};

} // namespace roi::store
