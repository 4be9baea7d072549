// Newer exports replace older figures, and an import can be taken back: moving facts between roi_metrics and
// roi_import_replaced.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/imports.hpp"

namespace roi::store {

// Imports of the same format whose days and accounts may overlap those of the batch, oldest first. Lifetime snapshots and
// undone imports are none of them.
std::vector<std::int64_t> overlapping_batches(const Extension &extension, const std::string &user_id,
                                              const Batch &batch);

// Locks the facts of these imports that the batch may replace, in one statement: all fact rows are locked before the
// user's state is.
void lock_facts_of(const Extension &extension, const std::string &user_id,
                   const std::vector<std::int64_t> &batches, const Batch &batch);

// How many facts of the older imports the batch's facts replace: same platform and campaign (ad, where there is no
// campaign), and a day, hour or period that the batch covers. Raises 55000 when a day lies inside a period that an
// older import keeps as one fact.
std::int64_t replace_facts(const Extension &extension, const std::string &user_id, const Batch &batch,
                           const std::vector<std::int64_t> &older);

// Recomputes the totals of campaigns that lost facts to the batch but are not its own: names that it numbers, or the reverse.
void refresh_replaced(const Extension &extension, const std::string &user_id, std::int64_t batch_id,
                      const std::vector<std::int64_t> &own);

// Facts of other imports that stand for the batch's campaigns (or others of their names) and days and show what it shows:
// other formats, other accounts, names that several ids have.
struct Beside {
    std::int64_t facts = 0;
    std::string imports; // numbers and formats of some, for people
    std::int64_t first_import = 0;
};
Beside facts_beside(const Extension &extension, const std::string &user_id, const Batch &batch);

struct Undone {
    std::int64_t removed = 0;
    std::int64_t restored = 0;
};

// An import as roi_undo_import() needs it.
struct Import {
    std::string user_id;
    std::string grain;
    bool is_undone = false;
    bool is_pruned = false; // what it had replaced is forgotten
};

// False when there is no such import; an empty user_id stands for any user.
bool find_import(const Extension &extension, std::int64_t batch_id, const std::string &user_id,
                 Import &found);

// Keeps maintenance from forgetting what the import had replaced.
void lock_batch(const Extension &extension, const std::string &user_id, std::int64_t batch_id);

// Locks the import's facts. Before lock_user().
void lock_facts_of(const Extension &extension, const std::string &user_id, std::int64_t batch_id);

// Takes the import back. Needs lock_user() and, before it, the lock on its facts.
Undone undo_import(const Extension &extension, const Import &import, std::int64_t batch_id);

} // namespace roi::store
