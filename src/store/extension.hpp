// Where the extension lives, whose its tables are, and who may act for whom.
#pragma once

#include <string>

#include "bridge/datum.hpp"

namespace roi::store {

// The schema of the extension and the role that owns the tables, found from the running function's own OID.
struct Extension {
    Oid schema = InvalidOid;
    Oid owner = InvalidOid;
    Oid function = InvalidOid; // the running one
};

// Raises 55000 with a hint unless roi_setup() has made the tables of this version. Needs no SPI of its own.
Extension open_extension(FunctionCallInfo fcinfo);

// Raises 55000 in a database whose extension is still of version 1.0, whose other functions this library serves.
void require_update(const char *what);

// True for roles that see every user's rows: superusers, members of the owner, BYPASSRLS, and whom roi_grant() made an
// operator. This and the next two live in access.cpp.
bool is_operator(const Extension &extension);

// Raises 42501 unless the caller is an operator or signed in as that user. Needs no SPI of its own.
void authorise(const Extension &extension, const std::string &user_id);

// Raises 42501 unless the caller is an operator.
void authorise_operator(const Extension &extension);

// Keeps the user's row of the users table from being deleted until the transaction ends; false when there is none, or
// when somebody is deleting it and wait is false. Whoever is going to write facts after locking the user's state does this
// first, in the order in which a DELETE of the user takes its locks.
bool hold_user(const Extension &extension, const std::string &user_id, bool wait);

// Locks the partitions of roi_metrics, which a TRUNCATE of one holds while it waits for users' locks: whoever will touch
// facts after locking a user locks them before.
void hold_facts(const Extension &extension, LOCKMODE mode);

// Makes sure the user is known: registers it where the users table is ours, else 23503 with a hint; locks the
// user's row of roi_user_state until the transaction ends. Call inside an SpiScope, acting as the owner.
void lock_user(const Extension &extension, const std::string &user_id);

// Locks the user's row likewise, but registers nobody; false when there is no such row. The first lock of a transaction
// writes the row; later ones find it written and cost a look.
bool lock_known_user(const Extension &extension, const std::string &user_id);

} // namespace roi::store
