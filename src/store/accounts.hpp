// roi_simulations, as the generator needs them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/campaign.hpp"
#include "core/model/model.hpp"
#include "core/row.hpp"

#include "store/platforms.hpp"

namespace roi::store {

// A row of roi_simulations. Hours are counted from 1970-01-01 00:00 UTC.
struct Account {
    std::string user_id;
    std::uint64_t seed = 0;
    std::vector<std::string> platforms;
    double posts_per_day = 0;
    std::int64_t first_posts = 0;
    std::string currency;
    core::model::GrowthModel growth_model = core::model::GrowthModel::natural;
    double audience = 1;
    std::string time_zone;
    core::model::CampaignPlan plan; // meaningless until is_settled
    bool is_settled = false;        // the campaigns' first day is known: hours exist, or are being generated
    std::int64_t budget = 0;        // of a campaign, millionths; 0: drawn
    std::int64_t start_hour = 0;
    std::int64_t generated_until = 0; // every whole hour before this one exists
    bool growing = false;
};

// False when the user has no simulated account.
bool load_account(const Extension &extension, const std::string &user_id, Account &account);

// Worker `worker` of `workers`, counted from 1: each user belongs to exactly one of them, by a hash of his id.
struct Share {
    std::int64_t worker = 1, workers = 1;
};

// Users of the share after `after` whose growing accounts lack hours before `until_hour`, in order, at most `limit`.
std::vector<std::string> users_behind(const Extension &extension, std::int64_t until_hour,
                                      const std::string &after, std::int64_t limit, const Share &share);

// The growing accounts among the users', in their order, with the users' states locked. Users whom another session has
// locked are left out; other states may be locked in vain. holds_facts: whether the transaction holds the partitions already,
// as it does afterwards.
std::vector<Account> claim_accounts(const Extension &extension, const std::vector<std::string> &users,
                                    bool &holds_facts);

// How the first generated hour dates an account's campaigns where it was not told.
struct CampaignDefaults {
    std::int64_t first_day = 0; // local, since 1970-01-01
    std::int64_t days = 14;
    std::int64_t count = core::model::unlimited;
};
// Fills what is still open and saves it. Call before the account's first hour.
void settle_campaigns(const Extension &extension, Account &account, const CampaignDefaults &defaults);

void save_progress(const Extension &extension, const std::vector<const Account *> &accounts);

} // namespace roi::store
