// roi_posts: registering posts under a number that is never reused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/row.hpp"

#include "store/extension.hpp"

namespace roi::store {

// A post to register; views stay valid during the call.
struct NewPost {
    std::string_view platform;
    std::string_view post_id;
    std::string_view content_type;     // empty: none
    std::string_view content_category; // empty: none
    std::string_view currency;
    std::int64_t campaign_id = 0; // 0: none
    std::int64_t posted_at = bridge::no_moment;
    // simulated posts only
    std::int64_t draw_key = 0;
    std::string_view archetype;  // empty: none
    std::string_view parameters; // JSON; empty: none
};

// Registers the posts that are not known yet on their platform. A text known on another platform keeps its number;
// fresh texts are numbered in the order given. Needs lock_user() before it: numbers come from the locked row.
void register_posts(const Extension &extension, const std::string &user_id, const std::string &source,
                    const std::vector<NewPost> &posts);

} // namespace roi::store
