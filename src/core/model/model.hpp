// The simulator's view of platforms, posts and hours; growth models fill an HourRow from these. No database here.
#pragma once

#include <array>
#include <cstdint>

#include "core/row.hpp"
#include "core/seal.hpp"

namespace roi::core::model {

constexpr std::size_t name_size = 64;
constexpr std::size_t max_platform_metrics = 16;
constexpr std::int64_t lifetime_hours = 720; // a post is active for 30 days (design section 2)

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
    int decimals = 0; // 0..6
};

// A row of roi_platforms. Prices in millionths of the currency: cpc per click, cpm per 1,000 impressions.
struct PlatformModel {
    char name[name_size] = {};
    std::int64_t cpc_min = 0, cpc_max = 0;
    std::int64_t cpm_min = 0, cpm_max = 0;
    double engagement_multiplier = 1.0;
    std::int64_t order_value = 0; // average order value, millionths
    double paid_share = 0.0;      // share of delivery that is paid, 0..1
    std::array<CounterModel, counter_count> counters{};
    std::array<MetricModel, max_platform_metrics> metrics{};
    int metric_count = 0;
};

// What a post is when it is published; a pure function of (seed, platform, hour, ordinal).
struct Publication {
    std::uint64_t key = 0;                  // identifies the post in every later draw
    std::int64_t hour = 0;                  // hour of publication, hours since 1970-01-01 00:00 UTC
    int ordinal = 0;                        // 0-based among the posts of that platform and hour
    std::int64_t posted_at = 0;             // seconds since 1970-01-01 00:00 UTC, inside that hour
    const char *content_type = nullptr;     // static text: post, story, reel, video, ad
    const char *content_category = nullptr; // static text: product, lifestyle, tutorial, promotion
};

struct PostState {
    std::uint64_t key = 0;
    std::int64_t hour = 0; // hour of publication
    bool is_video = false; // video and reel: billed 35 % per click, others 65 % (realism C.1)
    Measures totals{};     // running totals before the hour to draw
};

struct HourRow {
    std::int64_t hour = 0;
    Measures added{};
    Measures totals{};                                        // after the hour
    std::int64_t cost_per_click = 0;                          // millionths
    std::int64_t cost_per_impression = 0;                     // millionths
    std::array<std::int64_t, max_platform_metrics> metrics{}; // in units of 10^-decimals of each MetricModel
};

// How many posts a platform publishes in an hour: Poisson with the given mean.
int posts_published(std::uint64_t seed, const char *platform, std::int64_t hour, double mean);

// The post with that ordinal. Platforms without video-only content draw from the plan's five content types;
// youtube publishes video, reel and ad only.
Publication publish(std::uint64_t seed, const char *platform, std::int64_t hour, int ordinal);

// Growth model `plan`: the plan's multipliers with the smallest repair, multiplier = 1 + U x (M - 1) x decay
// (design section 2, realism.md C.7). Counters start at 1 in the hour of publication and never shrink.
HourRow plan_hour(std::uint64_t seed, const PlatformModel &platform, const PostState &post,
                  std::int64_t hour);

} // namespace roi::core::model
