// What is noted lives from the first row of a statement to the beginning of the next one at its depth; a statement that failed
// leaves its notes to be forgotten then.
#include "core/rollup/delta.hpp"

#include "store/moves.hpp"

#include <map>
#include <set>
#include <string>

#include "store/rollup_rebuild.hpp"
#include "store/rollup_writer.hpp"

namespace roi::store {

using core::rollup::bucket_of;
using core::rollup::Grain;
using core::rollup::Moment;

namespace {

using UserMonth = std::pair<std::string, Moment>;

struct Moves {
    std::int64_t count = 0;
    std::set<UserMonth> noted, rebuilt;
};

std::map<int, Moves> &moves() {
    static auto *const by_depth = new std::map<int, Moves>; // lives as long as the backend
    static TransactionId transaction = InvalidTransactionId;
    const TransactionId current = bridge::call([] { return GetTopTransactionId(); });
    if (transaction != current) by_depth->clear(); // notes of another transaction mean nothing here
    transaction = current;
    return *by_depth;
}

} // namespace

void begin_changes(int depth) { moves().erase(moves().lower_bound(depth), moves().end()); }

void note_move(int depth, std::string_view old_user, Moment old_stamp, std::string_view new_user,
               Moment new_stamp) {
    Moves &noted = moves()[depth];
    ++noted.count;
    noted.noted.emplace(old_user, bucket_of(Grain::month, old_stamp));
    noted.noted.emplace(new_user, bucket_of(Grain::month, new_stamp));
}

std::int64_t noted_moves(int depth) {
    const auto found = moves().find(depth);
    return found == moves().end() ? 0 : found->second.count;
}

void rebuild_moved(const Extension &extension, int depth) {
    std::set<UserMonth> due;
    std::swap(due, moves()[depth].noted);
    std::vector<std::string> users;
    for (const auto &[user, month] : due)
        if (users.empty() || users.back() != user) users.push_back(user);
    sort_users(users);
    for (const std::string &user : users)
        for (auto month = due.lower_bound({user, bridge::no_moment});
             month != due.end() && month->first == user; ++month)
            rebuild_moved_month(extension, user, month->second);
    moves()[depth].rebuilt = std::move(due);
}

bool is_rebuilt(int depth, std::string_view user, Moment stamp) {
    const auto found = moves().find(depth);
    if (found == moves().end() || found->second.rebuilt.empty()) return false;
    return found->second.rebuilt.count({std::string(user), bucket_of(Grain::month, stamp)}) != 0;
}

} // namespace roi::store
