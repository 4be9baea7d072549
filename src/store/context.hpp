// What the trends tab shows beside the rollup: dated campaigns, the benchmark, and whether the account is simulated.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "store/extension.hpp"

namespace roi::store {

// Days since 1970-01-01 and names.
using Campaigns = std::vector<std::pair<std::int64_t, std::string>>;

struct Context {
    Campaigns campaigns;
    std::string benchmark; // percent, in plain digits
    bool is_simulated = false;
};

// All inside an SpiScope, as the caller. Campaigns dated from the first to the last day, both included.
Campaigns read_campaigns(const Extension &extension, const std::string &user_id, std::int64_t first_day,
                         std::int64_t last_day);
// The ROI of the user's industry, else the default one, else 400 percent. Raises 22023 for one of 1e12 or more.
std::string read_benchmark(const Extension &extension, const std::string &user_id);
// Both and more in one statement.
Context read_context(const Extension &extension, const std::string &user_id, std::int64_t first_day,
                     std::int64_t last_day);

// A numeric in plain digits. Raises 22023 beyond 1e12, for NaN and infinity.
std::string benchmark_from(Datum numeric);

} // namespace roi::store
