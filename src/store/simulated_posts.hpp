// The posts of simulated accounts, as the generator needs them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/model/model.hpp"
#include "core/row.hpp"

#include "store/extension.hpp"

#include "bridge/table.hpp"

namespace roi::store {

struct SimulatedPost {
    std::string post_id, platform;
    std::string content_type;
    std::string content_category;
    std::int64_t posted_at = 0;
    std::int64_t campaign_id = 0; // 0: none
    std::int64_t next_hour = 0;   // the first hour that has no row yet
    core::model::PostState state;
};

// How many simulated posts still live in `from_hour` or are published later.
std::int64_t count_posts(const Extension &extension, const std::string &user_id, std::int64_t from_hour);

// Simulated posts of a platform that still live in `from_hour`, by post_id after `after`, at most `limit`.
std::vector<SimulatedPost> load_posts(const Extension &extension, const std::string &user_id,
                                      const std::string &platform, std::int64_t from_hour,
                                      const std::string &after, std::int64_t limit);

// What one walk over an account's posts tells before its next hours are drawn.
struct AccountPosts {
    std::vector<SimulatedPost>
        living; // as load_posts(), of all platforms; empty when there are more than asked for
    bool has_more = false;
    std::map<std::int64_t, std::int64_t> spent; // if asked for: millionths by campaign, of simulated posts
};

// The running totals of a campaign's posts, of every source. Money and conversions in millionths.
struct CampaignTotals {
    std::int64_t views = 0, clicks = 0, conversions = 0, spend = 0, revenue = 0;
    TimestampTz last_hour = DT_NOBEGIN; // that was generated; DT_NOBEGIN: none
    std::int64_t posts = 0;
};

// Reads roi_posts user by user, each time as it is then. Call close() at the end.
class SimulatedPosts {
public:
    explicit SimulatedPosts(const Extension &extension);
    void close() { table_.close(); }

    // 22003 when a campaign's spend leaves 64 bits.
    AccountPosts of_account(const std::string &user_id, std::int64_t from_hour, std::size_t most,
                            bool with_spend);
    // Adds the posts of every source up for the campaigns, by id, that are asked for. 22003 when a total leaves 64 bits.
    void add_up(const std::string &user_id, std::map<std::int64_t, CampaignTotals> &campaigns);

private:
    bool find(const std::string &user_id);

    bridge::Table table_;
    std::vector<int> places_;
    int source_;
};

} // namespace roi::store
