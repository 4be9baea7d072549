// Facts that an UPDATE or MERGE moves to another moment. PostgreSQL (15.20 tried) captures a row that MERGE moves to another
// partition in the transition tables of DELETE and INSERT, whose triggers a MERGE without such actions does not fire: the
// moves are noted row by row, and the months of those that no table shows are rebuilt.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/rollup/sums.hpp"

#include "store/extension.hpp"

namespace roi::store {

// A statement on roi_metrics begins at a trigger depth: what earlier ones left there is forgotten.
void begin_changes(int depth);

// A row is about to move from one user and moment to another.
void note_move(int depth, std::string_view old_user, core::rollup::Moment old_stamp,
               std::string_view new_user, core::rollup::Moment new_stamp);

// How many moves were noted at the depth.
std::int64_t noted_moves(int depth);

// Rebuilds the months of all noted moves. What the same statement still reports of those months is counted already.
void rebuild_moved(const Extension &extension, int depth);

// Whether the statement at the depth has had this user's month rebuilt.
bool is_rebuilt(int depth, std::string_view user, core::rollup::Moment stamp);

} // namespace roi::store
