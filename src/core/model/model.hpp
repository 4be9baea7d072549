// The simulator's view of platforms, posts and hours; growth models fill an HourRow from these. No database here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "core/row.hpp"
#include "core/seal.hpp"

namespace roi::core::model {

constexpr std::size_t name_size = 64;
constexpr std::size_t max_platform_metrics = 16;
constexpr std::size_t max_contents = 8;
constexpr std::int64_t lifetime_hours = 720; // a post is active for 30 days (design section 2)
constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

enum class GrowthModel { natural, plan };
enum class Archetype { viral, dying, steady };

// The counters that grow by multipliers, in the order of Measure.
constexpr std::size_t counter_count = 6;

struct CounterModel {
    double growth_max = 1.0; // upper bound of the hourly multiplier before decay; the lower bound is 1
    std::int64_t cap = 0;    // lifetime cap
};

enum class MetricBase { active, views, likes, comments, shares, saves, clicks, engagement };

// One platform metric of a row: base x U(low, high), times another metric when `times` >= 0, rounded to `decimals`.
// `active` is 1 in an hour with views, else 0. With low = high = 1 the metric equals its base exactly.
struct MetricModel {
    char key[name_size] = {};
    MetricBase base = MetricBase::views;
    int times = -1; // index of an earlier metric, or -1
    double low = 1.0;
    double high = 1.0;
    int decimals = 0;      // 0..6
    bool per_post = false; // one factor for the whole life of a post, not one an hour
};

// What a platform publishes, in shares of its posts, and what the kind of content does to prices and engagement.
struct ContentModel {
    char type[name_size] = {};
    double share = 1.0;
    double price = 1.0;      // factor of CPC and CPM
    double engagement = 1.0; // factor of the engagement rate
    int click_percent =
        65; // share of paid delivery that is billed by click; the rest is billed by impression
    std::int64_t hours = lifetime_hours; // how long it is shown
};

// A row of roi_platforms. Prices in millionths of the currency: cpc per click, cpm per 1,000 impressions.
struct PlatformModel {
    char name[name_size] = {};
    std::int64_t cpc_min = 0, cpc_max = 0;
    std::int64_t cpm_min = 0, cpm_max = 0;
    double conversion_rate = 0.02; // of clicks, before multiplier and engagement raise it
    double engagement_multiplier = 1.0;
    std::int64_t order_value = 0; // average order value, millionths
    double paid_share = 0.0;      // share of delivery that is paid, 0..1
    std::array<CounterModel, counter_count> counters{};
    std::array<MetricModel, max_platform_metrics> metrics{};
    int metric_count = 0;
    std::array<ContentModel, max_contents> contents{};
    int content_count = 0;

    // Growth model natural (realism study, section C.2); roi_platforms says what each number means.
    double median_views = 0, views_spread = 0;
    double reference_audience = 1;
    double viral_share = 0, dying_share = 0;
    double viral_boost = 1, viral_hours = 14, dying_factor = 1;
    double follower_share = 0, follower_hours = 1;
    double discovery_hours = 1, discovery_spread = 0, discovery_decay = 0.5;
    double daily_shape = 8, hourly_shape = 8; // of the gamma noise on views
    double engagement_rate = 0, engagement_elasticity = 1;
    std::array<double, 4> engagement_split{}; // likes, comments, shares, saves
    double cpc_centre = 0.5, cpm_centre = 0.5;
    double organic_ctr_ratio = 1;
    double peak_hour = 14, daily_swing = 0;
    std::array<double, 7> weekday_factors{}; // Monday first
    std::array<double, 12> month_cost{}, month_conversion{};
};

// The content of that type; where the platform no longer has it, one that changes nothing.
const ContentModel &content_of(const PlatformModel &platform, const char *type);

// The wall clock of an account in one hour.
struct LocalHour {
    int hour = 0;    // 0..23
    int weekday = 0; // Monday is 0
    int month = 0;   // January is 0
};

// From whole hours since 1970-01-01 00:00 of the account's own clock.
LocalHour local_hour(std::int64_t hours_since_epoch);

// What a post is when it is published; a pure function of (seed, platform, hour, ordinal).
struct Publication {
    std::uint64_t key = 0;                  // identifies the post in every later draw
    std::int64_t hour = 0;                  // hour of publication, hours since 1970-01-01 00:00 UTC
    int ordinal = 0;                        // 0-based among the posts of that platform and hour
    std::int64_t posted_at = 0;             // seconds since 1970-01-01 00:00 UTC, inside that hour
    const ContentModel *content = nullptr;  // of the platform
    const char *content_category = nullptr; // static text: product, lifestyle, tutorial, promotion
};

// What a post of growth model natural keeps for its life: a pure function of (seed, post), the platform as it is now and
// the size of the audience. Views are those of 30 days at an even clock.
struct Traits {
    Archetype archetype = Archetype::steady;
    double views = 0;
    double follower_share = 0, discovery_hours = 1, discovery_decay = 0.5;
    double viral_boost = 1, viral_hours = 1;
    double hours = 0;      // how long it is shown
    double full_shape = 1; // shape() at its end
    double engagement_rate = 0;
    std::array<double, 4> engagement_split{};
    double cpc = 0, cpm = 0; // units of currency, before season and noise
    double paid_share = 0, paid_ctr = 0, organic_ctr = 0;
};

struct PostState {
    std::uint64_t key = 0;
    std::int64_t hour = 0;                // hour of publication
    int click_percent = 65;               // ContentModel::click_percent
    std::int64_t budget_left = unlimited; // of the post's campaign, millionths; 0: no paid delivery
    Traits traits{};                      // growth model natural only
    Measures totals{};                    // running totals before the hour to draw
};

struct HourRow {
    std::int64_t hour = 0;
    Measures added{};
    Measures totals{};                                        // after the hour
    std::int64_t cost_per_click = 0;                          // millionths
    std::int64_t cost_per_impression = 0;                     // millionths
    std::array<std::int64_t, max_platform_metrics> metrics{}; // in units of 10^-decimals of each MetricModel
    bool is_budget_spent = false; // this hour took what was left of the budget, or would have
    unsigned held_back = 0; // bit per counter: the envelope or the cap took something away (natural only)
};

// Plan, section "Data Generation Logic": decay per hour and its floor.
inline double growth_decay(std::int64_t hours) {
    return std::max(0.1, 1.0 - 0.02 * static_cast<double>(hours));
}

// How much of a day's posts an account publishes in an hour of its day; the mean over a day is 1 (growth model natural).
double publishing_weight(int hour_of_day);

// How many posts a platform publishes in an hour: Poisson with the given mean.
int posts_published(std::uint64_t seed, const char *platform, std::int64_t hour, double mean);

// The post with that ordinal, with content drawn by the platform's shares.
Publication publish(std::uint64_t seed, const PlatformModel &platform, std::int64_t hour, int ordinal);

// Growth model `plan`: the plan's multipliers with the smallest repair, multiplier = 1 + U x (M - 1) x decay
// (design section 2, realism.md C.7). Counters start at 1 in the hour of publication and never shrink.
HourRow plan_hour(std::uint64_t seed, const PlatformModel &platform, const PostState &post,
                  std::int64_t hour);

// Growth model `natural`: the calibrated model of the realism study (section C). The draw follows from (seed, post, hour)
// alone; the envelope of multipliers, the caps and the budget then look at the totals before the hour.
HourRow natural_hour(std::uint64_t seed, const PlatformModel &platform, const PostState &post,
                     std::int64_t hour, const LocalHour &local);

Traits draw_traits(std::uint64_t seed, const PlatformModel &platform, const ContentModel &content,
                   std::uint64_t post_key, double audience);

// Share of a post's lifetime views that came within `hours` of its publication, at an even clock.
double views_by(const PlatformModel &platform, const Traits &traits, double hours);

} // namespace roi::core::model
