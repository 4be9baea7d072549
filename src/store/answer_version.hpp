// Tells whether a user's dashboard is made of what it was made of at an earlier look, without reading that.
#pragma once

#include <optional>
#include <string>

#include "store/extension.hpp"

namespace roi::store {

// Whoever writes a user's cells writes the user's row of roi_user_state in the same transaction, one writer after the other. So
// the transaction that wrote the visible version of that row stands for all cells that the same snapshot sees. What is beside
// the cells (campaigns, benchmarks, preferences, simulations; cells that SQL from elsewhere writes) changes seldom: triggers on
// those tables tell every session.
struct AnswerVersion {
    Oid rollup = InvalidOid;
    TransactionId writer = InvalidTransactionId;
    TimestampTz looked_at = 0; // by the transaction that began then
};

// The version in the active snapshot; none where an equal one would not be sure to mean an equal answer for the caller: he may
// see fewer rows than there are, this transaction has written itself, SERIALIZABLE wants each row noted that is read, nobody has
// written for the user yet, or the triggers of roi_watch_answers() are not there.
std::optional<AnswerVersion> version_of_answer(const Extension &extension, const std::string &user_id);

// Whether what was made at `before` is true `now`. A version is not the same as itself when one of those triggers, or a change of
// the tables' definitions, has been heard of since its transaction began. Good for less than the time in which transaction
// ids come round.
bool is_same(const AnswerVersion &before, const AnswerVersion &now);

// For the trigger function that runs: what every session remembers ends when this transaction has committed.
void end_versions(FunctionCallInfo fcinfo);

} // namespace roi::store
