// The simulator's write path: publication, hour draws in bounded chunks of posts, running totals, watermark.
#include "api/generate.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "store/campaigns.hpp"
#include "store/posts.hpp"
#include "store/simulated_posts.hpp"

#include "bridge/memory.hpp"
#include "bridge/zone.hpp"

namespace roi::api {

using namespace bridge;
using core::model::HourRow;
using store::Account;
using store::Extension;
using store::Platform;
using store::SimulatedPost;

namespace {

constexpr std::int64_t posts_per_chunk = 2048; // bounds memory whatever the size of the account
// An account with budgets draws hour by hour over all its posts, as long as they fit into memory at once.
constexpr std::int64_t posts_at_once = 8 * posts_per_chunk;
// Of accounts that are generated together.
constexpr std::int64_t rows_together = 2 * posts_per_chunk;
constexpr std::size_t accounts_together = 1024;

// The wall clock of an account.
class Clock {
public:
    explicit Clock(const std::string &zone) : zone_(zone) {}

    // Whole hours since 1970-01-01 00:00 on that clock; half hours of a zone are cut off.
    std::int64_t local_hours(std::int64_t hour) const {
        const Timestamp local = zone_.to_local(timestamp_of(hour * core::seconds_per_hour));
        return floor_divide(unix_seconds_of(local), core::seconds_per_hour);
    }
    std::int64_t local_day(std::int64_t hour) const { return floor_divide(local_hours(hour), 24); }
    core::model::LocalHour at(std::int64_t hour) const { return core::model::local_hour(local_hours(hour)); }

private:
    static std::int64_t floor_divide(std::int64_t value, std::int64_t divisor) {
        return value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor);
    }

    Zone zone_;
};

// What stays the same while the hours of one account are generated.
struct Generation {
    const Extension &extension;
    const std::map<std::string, Platform> &platforms;
    Account account;
    Clock clock;
    store::CampaignBook campaigns{};

    bool is_natural() const { return account.growth_model == core::model::GrowthModel::natural; }
};

const Platform &platform_of(const std::map<std::string, Platform> &platforms, const std::string &name) {
    const auto found = platforms.find(name);
    if (found == platforms.end())
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "platform \"" + name + "\" is no longer in roi_platforms", "An account still posts there.",
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
    struct Item {
        core::model::Publication post;
        std::string id;
        std::size_t platform = 0; // place in Account::platforms
        std::int64_t campaign_id = 0;
        std::string archetype, parameters;
    };
    std::vector<Item> items;
};

void register_publications(const Generation &job, Publications &batch) {
    std::vector<store::NewPost> posts;
    posts.reserve(batch.items.size());
    for (const Publications::Item &item : batch.items) {
        store::NewPost post;
        post.platform = job.account.platforms[item.platform];
        post.post_id = item.id;
        post.content_type = item.post.content->type;
        post.content_category = item.post.content_category;
        post.currency = job.account.currency;
        post.campaign_id = item.campaign_id;
        post.posted_at = item.post.posted_at;
        post.draw_key = static_cast<std::int64_t>(item.post.key);
        post.archetype = item.archetype;
        post.parameters = item.parameters;
        posts.push_back(post);
    }
    store::register_posts(job.extension, job.account.user_id, "simulated", posts);
    batch = {};
}

// For people who look at roi_posts: the generator draws its traits again each time.
void describe(const Generation &job, const Platform &platform, Publications::Item &item) {
    static constexpr const char *names[] = {"viral", "dying", "steady"};
    const core::model::Traits traits = core::model::draw_traits(
        job.account.seed, platform.model, *item.post.content, item.post.key, job.account.audience);
    item.archetype = names[static_cast<std::size_t>(traits.archetype)];
    char text[256];
    static_cast<void>(
        std::snprintf(text, sizeof text,
                      "{\"views\":%.0f,\"engagement_rate\":%.5f,\"paid_share\":%.4f,\"paid_ctr\":%.5f,"
                      "\"organic_ctr\":%.5f,\"cpc\":%.4f,\"cpm\":%.4f}",
                      traits.views, traits.engagement_rate, traits.paid_share, traits.paid_ctr,
                      traits.organic_ctr, traits.cpc, traits.cpm));
    item.parameters = text;
}

std::int64_t publish_hour(const Generation &job, std::size_t place, std::int64_t hour, Publications &batch) {
    const Account &account = job.account;
    const Platform &platform = platform_of(job.platforms, account.platforms[place]);
    double mean = account.posts_per_day / 24.0 / static_cast<double>(account.platforms.size());
    if (job.is_natural()) mean *= core::model::publishing_weight(job.clock.at(hour).hour);
    const std::int64_t count = opening_posts(account, place, hour) +
                               core::model::posts_published(account.seed, platform.model.name, hour, mean);
    const std::int64_t campaign = core::model::campaign_of_day(account.plan, job.clock.local_day(hour));
    for (std::int64_t ordinal = 0; ordinal < count; ++ordinal) {
        Publications::Item item;
        item.post = core::model::publish(account.seed, platform.model, hour, static_cast<int>(ordinal));
        item.id = account.platforms[place] + "-" + std::to_string(hour) + "-" + std::to_string(ordinal);
        item.platform = place;
        if (campaign != core::model::no_campaign)
            item.campaign_id = core::model::first_campaign_id + campaign;
        if (job.is_natural()) describe(job, platform, item);
        batch.items.push_back(std::move(item));
        if (static_cast<std::int64_t>(batch.items.size()) >= posts_per_chunk)
            register_publications(job, batch);
    }
    return count;
}

// Publishes the posts of [from, until), hour by hour, so that a post's number does not depend on how the hours are cut.
std::int64_t publish_posts(const Generation &job, std::int64_t from, std::int64_t until) {
    Publications batch;
    std::int64_t published = 0;
    for (std::int64_t hour = from; hour < until; ++hour) {
        check_interrupts();
        for (std::size_t place = 0; place < job.account.platforms.size(); ++place)
            published += publish_hour(job, place, hour, batch);
    }
    register_publications(job, batch);
    return published;
}

store::Fact fact_of(const Account &account, const Platform &platform, const SimulatedPost &post,
                    const HourRow &row) {
    store::Fact fact;
    fact.platform = platform.model.name;
    fact.post_id = post.post_id;
    fact.content_type = post.content_type;
    fact.content_category = post.content_category;
    fact.currency = account.currency;
    fact.campaign_id = post.campaign_id;
    fact.stamp = row.hour * core::seconds_per_hour;
    fact.posted_at = post.posted_at;
    fact.added = row.added;
    fact.cost_per_click = row.cost_per_click;
    fact.cost_per_impression = row.cost_per_impression;
    fact.has_cost_per_click = fact.has_cost_per_impression = true;
    // The post's ratios to date: a single hour's ROI would be -100 % nearly always (design section 2).
    fact.set_ratios(row.totals[core::measure_spend], row.totals[core::measure_revenue]);
    fact.numbers = &platform.numbers;
    fact.number = row.metrics;
    return fact;
}

std::int64_t end_of(const SimulatedPost &post, std::int64_t until) {
    return std::min(until, post.state.hour + core::model::lifetime_hours);
}

// A post with what it needs to draw.
struct LivingPost {
    SimulatedPost post;
    const Platform *platform = nullptr;
    store::Campaign *campaign = nullptr; // null: none, nothing ends its paid delivery
};

void add_living(Generation &job, const Platform &platform, std::vector<SimulatedPost> &posts,
                std::vector<LivingPost> &living) {
    for (SimulatedPost &post : posts) {
        LivingPost item{std::move(post), &platform, nullptr};
        core::model::PostState &state = item.post.state;
        const core::model::ContentModel &content =
            core::model::content_of(platform.model, item.post.content_type.c_str());
        state.click_percent = content.click_percent;
        if (job.is_natural())
            state.traits = core::model::draw_traits(job.account.seed, platform.model, content, state.key,
                                                    job.account.audience);
        // The map's nodes stay where they are. A campaign that somebody has deleted is over.
        if (item.post.campaign_id != 0)
            item.campaign =
                &job.campaigns.try_emplace(item.post.campaign_id, store::Campaign{0, false, false, false})
                     .first->second;
        living.push_back(std::move(item));
    }
}

// One hour of a post, within what is left of its campaign's budget.
void draw_hour(const Generation &job, const core::model::LocalHour &local, std::int64_t hour,
               LivingPost &item, store::FactWriter &writer) {
    core::model::PostState &state = item.post.state;
    if (item.campaign != nullptr) {
        item.campaign->was_seen = true;
        state.budget_left = item.campaign->is_running ? item.campaign->budget_left : 0;
    }
    const core::model::PlatformModel &model = item.platform->model;
    const HourRow row = job.is_natural()
                            ? core::model::natural_hour(job.account.seed, model, state, hour, local)
                            : core::model::plan_hour(job.account.seed, model, state, hour);
    if (item.campaign != nullptr) {
        if (item.campaign->budget_left != core::model::unlimited)
            item.campaign->budget_left -= row.added[core::measure_spend];
        if (row.is_budget_spent) item.campaign->is_running = false;
    }
    writer.add(fact_of(job.account, *item.platform, item.post, row));
    state.totals = row.totals;
}

// Draws hour by hour, so that rows of one hour stay together in the partition that the hour belongs to, and so that a
// budget meets the posts in the order of time.
void draw_chunk(const Generation &job, std::vector<LivingPost> &posts, std::int64_t until,
                store::FactWriter &writer) {
    std::int64_t first = until;
    for (const LivingPost &item : posts)
        first = std::min(first, item.post.next_hour);
    for (std::int64_t hour = first; hour < until; ++hour) {
        check_interrupts();
        const core::model::LocalHour local = job.clock.at(hour);
        for (LivingPost &item : posts)
            if (hour >= item.post.next_hour && hour < end_of(item.post, until))
                draw_hour(job, local, hour, item, writer);
    }
}

bool has_budgets(const store::CampaignBook &campaigns) {
    return std::any_of(campaigns.begin(), campaigns.end(), [](const auto &entry) {
        return entry.second.is_running && entry.second.budget_left != core::model::unlimited;
    });
}

} // namespace

struct Generator::Job : Generation {
    Job(const Extension &its_extension, const std::map<std::string, Platform> &its_platforms,
        const Account &its_account)
        : Generation{its_extension, its_platforms, its_account, Clock(its_account.time_zone)} {}

    std::vector<LivingPost> living; // the rows that the writer still holds view them
    std::int64_t last_day = 0;
};

// What accounts are read from.
struct Generator::Tables {
    explicit Tables(const Extension &extension) : posts(extension), campaigns(extension) {}
    void close() {
        posts.close();
        campaigns.close();
    }

    store::SimulatedPosts posts;
    store::SimulatedCampaigns campaigns;
};

Generator::Generator(const Extension &extension, const std::map<std::string, Platform> &platforms)
    : extension_(extension), platforms_(platforms), writer_(extension, {}, "simulated", 0) {}

Generator::~Generator() = default;

Generator::Tables &Generator::tables() {
    if (tables_ == nullptr) {
        const MemoryUse lasting(home_);
        tables_ = std::make_unique<Tables>(extension_);
    }
    return *tables_;
}

// What campaigns with budgets have spent, and all living posts of an account that has few; false when there are more.
bool Generator::load_few(Job &job, std::int64_t from) {
    store::AccountPosts all =
        tables().posts.of_account(job.account.user_id, from, posts_per_chunk, has_budgets(job.campaigns));
    store::subtract_spend(job.campaigns, all.spent);
    if (all.has_more) return false;
    std::vector<SimulatedPost> &posts = all.living;
    auto first = posts.begin();
    for (const std::string &name : job.account.platforms) {
        const auto last = std::stable_partition(
            first, posts.end(), [&name](const SimulatedPost &post) { return post.platform == name; });
        std::vector<SimulatedPost> its(std::make_move_iterator(first), std::make_move_iterator(last));
        add_living(job, platform_of(platforms_, name), its, job.living);
        first = last;
    }
    return true;
}

// Draws [from, until) of every living post: all posts at once, or in chunks, each through all its hours.
void Generator::draw_posts(Job &job, std::int64_t from, std::int64_t until, bool at_once) {
    for (const std::string &name : job.account.platforms) {
        const Platform &platform = platform_of(platforms_, name);
        std::string after;
        for (bool is_last = false; !is_last;) {
            std::vector<SimulatedPost> posts =
                store::load_posts(extension_, job.account.user_id, name, from, after, posts_per_chunk);
            is_last = static_cast<std::int64_t>(posts.size()) < posts_per_chunk;
            if (!posts.empty()) after = posts.back().post_id;
            add_living(job, platform, posts, job.living);
            if (at_once || static_cast<std::int64_t>(job.living.size()) < posts_per_chunk) continue;
            draw_chunk(job, job.living, until, writer_);
            writer_.settle(); // sums of more posts would leave the processor's caches
            job.living.clear();
        }
    }
    draw_chunk(job, job.living, until, writer_);
}

// Without budgets, posts do not touch each other and chunks may run ahead. With budgets, an hour of all posts comes before
// the next hour of any: at once where they fit, else hour by hour through the running totals.
void Generator::draw_hours(Job &job, std::int64_t from, std::int64_t until) {
    if (load_few(job, from)) return draw_chunk(job, job.living, until, writer_);
    if (!has_budgets(job.campaigns)) return draw_posts(job, from, until, false);
    if (store::count_posts(extension_, job.account.user_id, from) <= posts_at_once)
        return draw_posts(job, from, until, true);
    for (std::int64_t hour = from; hour < until; ++hour) {
        draw_posts(job, hour, hour + 1, false);
        writer_.settle();
        job.living.clear();
    }
}

Generated Generator::add(Account &account, std::int64_t until_hour) {
    Generated done;
    const std::int64_t from = account.generated_until, written = writer_.written();
    if (until_hour <= from) return done;
    Job &job = jobs_.emplace_back(extension_, platforms_, account);
    if (!account.is_settled) {
        store::CampaignDefaults defaults;
        defaults.first_day = job.clock.local_day(account.start_hour);
        if (!job.is_natural()) defaults.count = 0;
        store::settle_campaigns(extension_, job.account, defaults);
    }
    writer_.set_user(account.user_id);
    job.last_day = job.clock.local_day(until_hour - 1);
    job.campaigns = tables().campaigns.of_account(account.user_id);
    if (store::add_simulated_campaigns(extension_, job.account, platforms_, job.campaigns,
                                       job.clock.local_day(from), job.last_day))
        job.campaigns = tables().campaigns.of_account(account.user_id);
    done.published = publish_posts(job, from, until_hour);
    draw_hours(job, from, until_hour);
    job.account.generated_until = until_hour;
    account = job.account;
    done.hours = until_hour - from;
    done.posts = writer_.written() - written;
    return done;
}

bool Generator::is_full() const {
    return writer_.written() - settled_ >= rows_together || jobs_.size() >= accounts_together;
}

void Generator::settle() {
    writer_.settle();
    if (!jobs_.empty()) {
        MemoryScope memory("accounts");
        std::vector<store::GeneratedAccount> generated;
        std::vector<const Account *> accounts;
        for (const Job &job : jobs_) {
            generated.push_back({&job.account, &job.campaigns, job.last_day});
            accounts.push_back(&job.account);
        }
        store::save_simulated_campaigns(extension_, tables().posts, generated);
        store::save_progress(extension_, accounts);
    }
    if (tables_ != nullptr) tables_->close();
    tables_ = nullptr;
    jobs_.clear();
    settled_ = writer_.written();
}

void Generator::finish() {
    settle();
    writer_.finish();
}

Generated generate(const Extension &extension, const std::map<std::string, Platform> &platforms,
                   Account &account, std::int64_t until_hour) {
    Generator generator(extension, platforms);
    const Generated done = generator.add(account, until_hour);
    generator.finish();
    return done;
}

} // namespace roi::api
