// Triggers and rules of somebody else that can store other facts than a statement asks for.
#pragma once

#include <string>

#include "store/extension.hpp"

namespace roi::store {

// Our BEFORE UPDATE trigger, which notes moves: its name sorts after whatever people call theirs, so that it fires last.
#define ROI_MOVE_TRIGGER "~roi_follow_move"

// One that can change or swallow a row that is inserted, as `name of table`; empty: none. Inside an SpiScope, as the owner.
std::string stranger_to_inserts(const Extension &extension);

// Likewise one that can do so to a row after our trigger has noted where it moves.
std::string stranger_to_moves(const Extension &extension);

} // namespace roi::store
