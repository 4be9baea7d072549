// The importer's tables: formats, batches, rejects, and the campaigns of a file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/import/import.hpp"
#include "core/import/rules.hpp"

#include "store/extension.hpp"

namespace roi::store {

// roi_import_formats and roi_import_columns, in the order in which headers are preferred.
std::vector<core::import::FormatRule> load_formats(const Extension &extension);

// What roi_import_batches keeps of a file, and what roi_import() answers.
struct Batch {
    std::int64_t id = 0;
    std::string format;
    std::string platform;
    std::string time_zone;
    std::int64_t content_bytes = 0;
    core::import::Counts counts;
    std::int64_t facts = 0;
    std::int64_t spend = 0;   // millionths; meaningful when currency is not empty
    std::int64_t revenue = 0; // millionths
    bool has_spend = false;
    bool has_revenue = false;
    std::string currency; // empty when the file holds several, or none
    std::int64_t since = bridge::no_moment;
    std::int64_t until = bridge::no_moment;
};

// True when the user has imported this content before and not undone it; batch then holds what that import did.
// `content` is the bytea argument.
bool find_batch(const Extension &extension, const std::string &user_id, bridge::Argument content,
                Batch &batch);

// The newest earlier import of the same format and platform whose days overlap the batch's, or 0.
std::int64_t overlapping_batch(const Extension &extension, const std::string &user_id, const Batch &batch);

// Stores the batch and sets its id. Needs lock_user() before it.
void add_batch(const Extension &extension, const std::string &user_id, bridge::Argument content,
               Batch &batch);

void add_rejects(const Extension &extension, const std::string &user_id, std::int64_t batch_id,
                 const std::vector<core::import::Reject> &rejects);

// What a file says of one campaign; views stay valid during the call.
struct FileCampaign {
    const core::import::Campaign *campaign = nullptr;
    std::int64_t first_day = INT64_MIN; // of its facts in the file, days since 1970-01-01; INT64_MIN: none
    std::string currency;
};

// Adds or completes the campaigns; returns their ids in the order given. `currency` (may be empty) is that of campaigns
// whose lines name none.
std::vector<std::int64_t> save_campaigns(const Extension &extension, const std::string &user_id,
                                         const std::string &platform, const std::string &currency,
                                         const std::vector<FileCampaign> &campaigns);

// Recomputes impressions, clicks, ctr, cpc, spend, conversions and net_profit of the campaigns from their facts; money
// from those in the campaign's currency.
void refresh_campaigns(const Extension &extension, const std::string &user_id,
                       const std::vector<std::int64_t> &ids);

} // namespace roi::store
