// Generates the missing hours of one simulated account: publishes posts, draws their hours, writes facts and totals.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "store/accounts.hpp"
#include "store/fact_writer.hpp"

namespace roi::api {

struct Generated {
    std::int64_t hours = 0;     // whole hours of the account that were missing
    std::int64_t posts = 0;     // post-hours written: rows of roi_metrics
    std::int64_t published = 0; // posts published in those hours
};

// Brings the account up to `until_hour` (exclusive). Hours before account.generated_until are left alone, so that a
// second call adds nothing. Inside an SpiScope, acting as the owner, with the user's state locked.
Generated generate(const store::Extension &extension, const std::map<std::string, store::Platform> &platforms,
                   store::Account &account, std::int64_t until_hour);

} // namespace roi::api
