// The campaigns of a simulated account: rows of campaign_with_user_id that end when their budget is spent.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/accounts.hpp"
#include "store/simulated_posts.hpp"

namespace roi::store {

// One campaign as a scan over the hours sees it.
struct Campaign {
    std::int64_t budget_left = core::model::unlimited; // millionths
    bool is_running = true;
    bool was_seen = false;   // a post of it got a row
    bool was_running = true; // when it was loaded
};

using CampaignBook = std::map<std::int64_t, Campaign>; // by id

// Reads the campaigns of simulated accounts, each time as they are then. Call close() at the end.
class SimulatedCampaigns {
public:
    explicit SimulatedCampaigns(const Extension &extension);
    void close() { table_.close(); }

    // The account's campaigns with their budgets, of which nothing is spent yet.
    CampaignBook of_account(const std::string &user_id);

private:
    bridge::Table table_;
    int id_, budget_, ongoing_, source_;
};

// Adds the campaigns that begin in [from_day, until_day] of the account's clock and are not among the known ones; false
// when there are none.
bool add_simulated_campaigns(const Extension &extension, const Account &account,
                             const std::map<std::string, Platform> &platforms, const CampaignBook &known,
                             std::int64_t from_day, std::int64_t until_day);

// Takes what posts have spent, in millionths by campaign, from the budgets.
void subtract_spend(CampaignBook &campaigns, const std::map<std::int64_t, std::int64_t> &spent);

// An account that has been generated up to a day of its clock.
struct GeneratedAccount {
    const Account *account;
    const CampaignBook *campaigns;
    std::int64_t until_day;
};

// Brings the totals of the campaigns seen up to their posts' totals, and completes those whose budget is
// spent or whose last post has lived in full by that day.
void save_simulated_campaigns(const Extension &extension, SimulatedPosts &posts,
                              const std::vector<GeneratedAccount> &accounts);

} // namespace roi::store
