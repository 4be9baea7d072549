// The simulator's write path: publication, hour draws in bounded chunks of posts, running totals, watermark.
#include "api/generate.hpp"

#include <algorithm>

#include "store/posts.hpp"

namespace roi::api {

using namespace bridge;
using core::model::HourRow;
using store::Account;
using store::Extension;
using store::Platform;
using store::SimulatedPost;

namespace {

constexpr std::int64_t posts_per_chunk = 2048; // bounds memory whatever the size of the account

const Platform &platform_of(const std::map<std::string, Platform> &platforms, const std::string &name) {
    const auto found = platforms.find(name);
    if (found == platforms.end())
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "platform \"" + name + "\" is no longer in roi_platforms", "",
             "Insert it again, or purge the accounts that use it.");
    return found->second;
}

// The first posts are the account's opening stock: published in its first hour, in turn per platform.
std::int64_t opening_posts(const Account &account, std::size_t platform, std::int64_t hour) {
    if (hour != account.start_hour) return 0;
    const auto count = static_cast<std::int64_t>(account.platforms.size());
    const auto place = static_cast<std::int64_t>(platform);
    return account.first_posts / count + (place < account.first_posts % count ? 1 : 0);
}

// Posts published but not yet registered. Ids name platform, hour and ordinal: unique and repeatable.
struct Publications {
    std::vector<core::model::Publication> items;
    std::vector<std::string> ids;
    std::vector<std::size_t> platforms; // places in Account::platforms
};

void register_publications(const Extension &extension, const Account &account, Publications &batch) {
    std::vector<store::NewPost> posts;
    posts.reserve(batch.items.size());
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        store::NewPost post;
        post.platform = account.platforms[batch.platforms[i]];
        post.post_id = batch.ids[i];
        post.content_type = batch.items[i].content_type;
        post.content_category = batch.items[i].content_category;
        post.currency = account.currency;
        post.posted_at = batch.items[i].posted_at;
        post.draw_key = static_cast<std::int64_t>(batch.items[i].key);
        posts.push_back(post);
    }
    store::register_posts(extension, account.user_id, "simulated", posts);
    batch = {};
}

std::int64_t publish_hour(const Extension &extension, const Account &account, std::size_t place,
                          std::int64_t hour, Publications &batch) {
    const std::string &platform = account.platforms[place];
    const double mean = account.posts_per_day / 24.0 / static_cast<double>(account.platforms.size());
    const std::int64_t count = opening_posts(account, place, hour) +
                               core::model::posts_published(account.seed, platform.c_str(), hour, mean);
    for (std::int64_t ordinal = 0; ordinal < count; ++ordinal) {
        batch.items.push_back(
            core::model::publish(account.seed, platform.c_str(), hour, static_cast<int>(ordinal)));
        batch.ids.push_back(platform + "-" + std::to_string(hour) + "-" + std::to_string(ordinal));
        batch.platforms.push_back(place);
        if (static_cast<std::int64_t>(batch.items.size()) >= posts_per_chunk)
            register_publications(extension, account, batch);
    }
    return count;
}

// Publishes the posts of [from, until), hour by hour, so that a post's number does not depend on how the hours are cut.
std::int64_t publish_posts(const Extension &extension, const Account &account, std::int64_t from,
                           std::int64_t until) {
    Publications batch;
    std::int64_t published = 0;
    for (std::int64_t hour = from; hour < until; ++hour) {
        check_interrupts();
        for (std::size_t place = 0; place < account.platforms.size(); ++place)
            published += publish_hour(extension, account, place, hour, batch);
    }
    register_publications(extension, account, batch);
    return published;
}

std::string decimal_text(std::int64_t value, int decimals) {
    std::string text = std::to_string(value);
    if (decimals == 0) return text;
    const auto places = static_cast<std::size_t>(decimals);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    return text.insert(text.size() - places, 1, '.');
}

std::string metrics_json(const Platform &platform, const HourRow &row) {
    std::string json = "{";
    for (int i = 0; i < platform.model.metric_count; ++i) {
        json += i == 0 ? "" : ",";
        json +=
            platform.metric_keys[i] + ":" + decimal_text(row.metrics[i], platform.model.metrics[i].decimals);
    }
    return json + "}";
}

store::Fact fact_of(const Account &account, const Platform &platform, const SimulatedPost &post,
                    const HourRow &row) {
    store::Fact fact;
    fact.platform = platform.model.name;
    fact.post_id = post.post_id;
    fact.content_type = post.content_type;
    fact.content_category = post.content_category;
    fact.currency = account.currency;
    fact.stamp = row.hour * core::seconds_per_hour;
    fact.posted_at = post.posted_at;
    fact.added = row.added;
    fact.cost_per_click = row.cost_per_click;
    fact.cost_per_impression = row.cost_per_impression;
    fact.has_cost_per_click = fact.has_cost_per_impression = true;
    // The post's ratios to date: a single hour's ROI would be -100 % nearly always (design section 2).
    fact.set_ratios(row.totals[core::measure_spend], row.totals[core::measure_revenue]);
    fact.metrics = metrics_json(platform, row);
    return fact;
}

std::int64_t end_of(const SimulatedPost &post, std::int64_t until) {
    return std::min(until, post.state.hour + core::model::lifetime_hours);
}

// Draws hour by hour, so that rows of one hour stay together in the partition that the hour belongs to.
void draw_chunk(const Account &account, const Platform &platform, std::vector<SimulatedPost> &posts,
                std::int64_t until, store::FactWriter &writer) {
    std::int64_t first = until;
    for (const SimulatedPost &post : posts)
        first = std::min(first, post.next_hour);
    for (std::int64_t hour = first; hour < until; ++hour) {
        check_interrupts();
        for (SimulatedPost &post : posts) {
            if (hour < post.next_hour || hour >= end_of(post, until)) continue;
            const HourRow row = core::model::plan_hour(account.seed, platform.model, post.state, hour);
            writer.add(fact_of(account, platform, post, row));
            post.state.totals = row.totals;
        }
    }
    writer.flush(); // rows view the posts of this chunk
}

void generate_posts(const Extension &extension, const Account &account, const Platform &platform,
                    std::int64_t until, store::FactWriter &writer) {
    std::string after;
    for (;;) {
        std::vector<SimulatedPost> posts = store::load_posts(extension, account.user_id, platform.model.name,
                                                             account.generated_until, after, posts_per_chunk);
        if (posts.empty()) return;
        after = posts.back().post_id;
        draw_chunk(account, platform, posts, until, writer);
    }
}

} // namespace

Generated generate(const Extension &extension, const std::map<std::string, Platform> &platforms,
                   Account &account, std::int64_t until_hour) {
    Generated done;
    const std::int64_t from = account.generated_until;
    if (until_hour <= from) return done;
    store::FactWriter writer(extension, account.user_id, "simulated", 0);
    done.published = publish_posts(extension, account, from, until_hour);
    for (const std::string &platform : account.platforms)
        generate_posts(extension, account, platform_of(platforms, platform), until_hour, writer);
    writer.finish();
    account.generated_until = until_hour;
    store::save_progress(extension, account);
    done.hours = until_hour - from;
    done.posts = writer.written();
    return done;
}

} // namespace roi::api
