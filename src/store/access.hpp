// Who is asking, and for whom he may ask.
#pragma once

#include <string>

#include "store/extension.hpp"

namespace roi::store {

// The signed-in user, empty when nobody is: what auth.jwt() of Supabase says, else the claims of PostgREST, else the
// setting roi_ext.user_id. Errors: 22P02 when the claims are not JSON. Needs no SPI of its own.
std::string signed_in_user(Oid schema);

// Registers an unknown user where the users table is ours, else raises 23503. Call inside an SpiScope, after authorise().
void admit_user(const Extension &extension, const std::string &user_id);

} // namespace roi::store
