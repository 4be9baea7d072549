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
    std::string encoding;
    std::string grain; // hour, day, period, spread, lifetime or campaigns
    std::int64_t content_bytes = 0;
    core::import::Counts counts;
    std::int64_t facts = 0;
    std::int64_t replaced = 0;
    std::int64_t beside = 0;  // facts of others for its campaigns and days
    std::int64_t spend = 0;   // millionths; meaningful when currency is not empty
    std::int64_t revenue = 0; // millionths
    bool has_spend = false;
    bool has_revenue = false;
    std::string currency; // empty when the file holds several, or none
    std::int64_t since = bridge::no_moment;
    std::int64_t until = bridge::no_moment;
    std::vector<core::import::DayPair> periods; // of facts kept as one row
    bool replaces = true;
    std::vector<std::string> accounts;
};

// Lets one session at a time import for the user, until the transaction ends. Comes before every other lock: the facts to
// replace are chosen before the user's state is locked.
void lock_imports(const Extension &extension, const std::string &user_id);

// The SHA-256 of a bytea without a copy of it.
bridge::Argument content_hash(bridge::Argument content);

// True when the user has imported this content before and not undone it; batch then holds what that import did.
bool find_batch(const Extension &extension, const std::string &user_id, bridge::Argument hash, Batch &batch);

// Stores what is known before the facts and sets the id; finish_batch() stores the rest. Needs lock_user() before it.
void add_batch(const Extension &extension, const std::string &user_id, bridge::Argument hash, Batch &batch);
void finish_batch(const Extension &extension, const std::string &user_id, const Batch &batch);

// Days that facts of one campaign (or post, where there is no campaign), kept as one row, cover.
struct Period {
    std::string platform, post_id; // post_id empty: none
    std::int64_t campaign_id = 0;  // 0: none
    std::int64_t first = 0, last = 0;

    bool operator==(const Period &other) const {
        return campaign_id == other.campaign_id && first == other.first && last == other.last &&
               platform == other.platform && post_id == other.post_id;
    }
};

// Of several that begin together the longest one counts.
void add_periods(const Extension &extension, const std::string &user_id, std::int64_t batch_id,
                 const std::vector<Period> &periods);

// `first` is the number of the first one.
void add_rejects(const Extension &extension, const std::string &user_id, std::int64_t batch_id,
                 std::int64_t first, const std::vector<core::import::Reject> &rejects);

// Adds or completes campaigns of one platform; returns their ids in the order given. `currency` (may be empty) is that of
// campaigns whose lines name none.
std::vector<std::int64_t> save_campaigns(const Extension &extension, const std::string &user_id,
                                         std::int64_t batch_id, const std::string &currency,
                                         const std::vector<core::import::Campaign> &campaigns);

// The ids of known campaigns of a platform, by the network's id, in the order given.
std::vector<std::int64_t> find_campaigns(const Extension &extension, const std::string &user_id,
                                         const std::string &platform,
                                         const std::vector<std::string> &external_ids);

// Recomputes impressions, clicks, ctr, cpc, spend, conversions and net_profit of the campaigns from their facts; money
// from those in the campaign's currency, which is another one when no fact pays in it any more.
void refresh_campaigns(const Extension &extension, const std::string &user_id,
                       const std::vector<std::int64_t> &ids);

// Campaigns without facts know no totals, as before their first ones.
void clear_campaigns(const Extension &extension, const std::string &user_id,
                     const std::vector<std::int64_t> &ids);

} // namespace roi::store
