// roi_platforms, roi_simulations and simulated posts, as the generator needs them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/model/model.hpp"
#include "core/row.hpp"

#include "store/extension.hpp"

namespace roi::store {

struct Platform {
    core::model::PlatformModel model;
    std::vector<std::string> metric_keys; // as JSON strings, quoted and escaped
};

// Every row of roi_platforms by name. Raises 22023 when a metric's definition cannot be read.
std::map<std::string, Platform> load_platforms(const Extension &extension);

// A row of roi_simulations. Hours are counted from 1970-01-01 00:00 UTC.
struct Account {
    std::string user_id;
    std::uint64_t seed = 0;
    std::vector<std::string> platforms;
    double posts_per_day = 0;
    std::int64_t first_posts = 0;
    std::string currency;
    std::int64_t start_hour = 0;
    std::int64_t generated_until = 0; // every whole hour before this one exists
    bool growing = false;
};

// False when the user has no simulated account.
bool load_account(const Extension &extension, const std::string &user_id, Account &account);

// Users after `after` whose growing accounts lack hours before `until_hour`, in order, at most `limit`.
std::vector<std::string> users_behind(const Extension &extension, std::int64_t until_hour,
                                      const std::string &after, std::int64_t limit);

// Locks the user's state unless another session has it; false then.
bool try_lock_user(const Extension &extension, const std::string &user_id);

void save_progress(const Extension &extension, const Account &account);

struct SimulatedPost {
    std::string post_id;
    std::string content_type;
    std::string content_category;
    std::int64_t posted_at = 0;
    std::int64_t next_hour = 0; // the first hour that has no row yet
    core::model::PostState state;
};

// Simulated posts of a platform that still live in `from_hour`, by post_id after `after`, at most `limit`.
std::vector<SimulatedPost> load_posts(const Extension &extension, const std::string &user_id,
                                      const std::string &platform, std::int64_t from_hour,
                                      const std::string &after, std::int64_t limit);

} // namespace roi::store
