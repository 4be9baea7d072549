// Tells who listens that figures have changed: by NOTIFY, delivered when the transaction commits.
#pragma once

#include <string>

#include "store/extension.hpp"

namespace roi::store {

// On channel roi_tick, for everybody: the event (tick, backfill, import), the schema, now, and until where there is one
// (Unix seconds). Nothing that belongs to a user. Inside an SpiScope, like all of these.
void announce(const Extension &extension, const char *event, std::int64_t until = bridge::no_moment);

// The same on the user's own channel, where the setting roi_ext.user_channels is on.
void announce_to_user(const Extension &extension, const std::string &user_id, const char *event,
                      std::int64_t until = bridge::no_moment);

// The name of the user's own channel: nobody guesses it, because a key that only the tables' owner and operators can read goes into it.
std::string user_channel(const Extension &extension, const std::string &user_id);

} // namespace roi::store
