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

} // namespace roi::store
