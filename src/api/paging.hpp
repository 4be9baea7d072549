// Arguments that the paged read functions share.
#pragma once

#include <string>

#include "bridge/datum.hpp"

namespace roi::api {

// page_size, 1 to 1000: raises 22023 with a hint for anything else, 22004 for NULL.
int32 page_size_of(FunctionCallInfo fcinfo, int number);

// Raises 22023: `after` is none of our keys.
[[noreturn]] void fail_page_key(const std::string &page_key, const std::string &detail);

} // namespace roi::api
