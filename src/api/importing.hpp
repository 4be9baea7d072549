// What importing files and recording snapshots have in common.
#pragma once

#include <string>

#include "store/extension.hpp"

#include "bridge/zone.hpp"

namespace roi::api {

// Raises 55000 for a simulated account.
void refuse_simulated(const store::Extension &extension, const std::string &user_id);

// The day that the zone has now, days since 1970-01-01.
std::int64_t today_in(const bridge::Zone &zone);

} // namespace roi::api
