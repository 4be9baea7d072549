// Who is asking, and for whom he may ask.
#pragma once

#include <string>

#include "store/extension.hpp"

namespace roi::store {

// The signed-in user, empty when nobody is: what auth.jwt() of Supabase says, else the claims of PostgREST, else the
// setting roi_ext.user_id. Errors: 22P02 when the claims are not JSON. Needs no SPI of its own.
std::string signed_in_user(Oid schema);

} // namespace roi::store
