// Derived rows made anew from the facts.
#pragma once

#include <functional>
#include <string>

#include "core/rollup/sums.hpp"

#include "store/extension.hpp"

namespace roi::store {

// A half-open range of moments in whole UTC months; -infinity and infinity are open ends.
struct MonthRange {
    core::rollup::Moment since = 0, until = 0;
};
MonthRange whole_months(core::rollup::Moment since, core::rollup::Moment until);

// Calls `visit` for every fact of a user in [since, until), in order of time, in pages: memory stays bounded.
void visit_facts(const Extension &extension, const std::string &user_id, const MonthRange &range,
                 bool read_only, const std::function<void(const core::rollup::Fact &)> &visit);

// The first user after `after`, in the database's order, who has facts or rollup rows; false at the end.
bool next_user(const Extension &extension, bool read_only, std::string &after);

// Recomputes the rollups of one user in the months that [since, until) touches and that are not archived, then his running
// totals, and removes platform_metrics of facts that are gone. The caller acts as the owner; the user is locked here.
void rebuild_user(const Extension &extension, const std::string &user_id, core::rollup::Moment since,
                  core::rollup::Moment until);

// Deletes the rollups of a user whose facts are all going.
void forget_user(const Extension &extension, const std::string &user_id);

// The same as rebuild_user for every user with facts or derived rows in those months, in locking order; returns how many.
std::int64_t rebuild_all(const Extension &extension, core::rollup::Moment since, core::rollup::Moment until);

} // namespace roi::store
