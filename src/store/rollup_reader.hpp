// Fills tallies from roi_rollup, from single facts where a bound halves a quarter, and from exchange rates; as the caller.
#pragma once

#include <string>
#include <vector>

#include "core/report/tally.hpp"

#include "store/extension.hpp"

namespace roi::store {

// When a user has facts: from the first one's quarter to the end of the last one's.
struct Extent {
    bool any = false;
    core::report::Moment since = 0, until = 0;
};

// All functions need an open SpiScope and read the snapshot of the calling statement.
Extent extent_of(const Extension &extension, const std::string &user_id);

// The tallies' segments in one statement, and more only for facts of halved quarters and foreign months. True when whole cells
// were enough: no bound parts the facts of a quarter.
bool read_cells(const Extension &extension, const std::string &user_id,
                const std::vector<core::report::Tally *> &tallies);

// Settles the answer's currency and converts foreign money. Empty: there is none.
std::string settle_currency(const Extension &extension, const core::report::Currencies &currencies,
                            const std::vector<core::report::Tally *> &tallies);

// The rates into `quote` of currencies on UTC days (days since 1970): for each the newest of its day or before it.
core::report::Rates read_rates(const Extension &extension, const std::string &quote,
                               const std::set<std::pair<std::string, std::int64_t>> &wanted);

} // namespace roi::store
