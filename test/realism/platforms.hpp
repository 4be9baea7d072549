// The platforms of the study as the core sees them: the same numbers as the rows that roi_setup() puts into roi_platforms
// (the run through SQL holds those to the same bands).
#pragma once

#include <cstring>

#include "core/model/model.hpp"

namespace realism {

using roi::core::model::ContentModel;
using roi::core::model::PlatformModel;

constexpr std::size_t platform_count = 3;

inline void add_content(PlatformModel &platform, const char *type, double share) {
    struct Kind {
        const char *type;
        double price, engagement;
        int click_percent;
        std::int64_t hours;
    };
    static constexpr Kind kinds[] = {{"post", 0.88, 1.0, 65, 720},
                                     {"story", 0.85, 0.6, 65, 24},
                                     {"reel", 1.05, 1.2, 35, 720},
                                     {"video", 1.25, 1.0, 35, 720},
                                     {"ad", 1.10, 0.6, 65, 720}};
    for (const Kind &kind : kinds) {
        if (std::strcmp(kind.type, type) != 0) continue;
        ContentModel &content = platform.contents[static_cast<std::size_t>(platform.content_count++)];
        std::strncpy(content.type, type, roi::core::model::name_size - 1);
        content.share = share;
        content.price = kind.price;
        content.engagement = kind.engagement;
        content.click_percent = kind.click_percent;
        content.hours = kind.hours;
    }
}

// What the three have in common: caps and multipliers of the plan, mix of archetypes, noise and seasons of the study.
inline PlatformModel common_platform(const char *name) {
    PlatformModel p;
    std::strncpy(p.name, name, roi::core::model::name_size - 1);
    p.counters = {
        {{2.5, 1000000}, {1.8, 500000}, {1.6, 100000}, {2.2, 200000}, {1.8, 200000}, {1.9, 300000}}};
    p.reference_audience = 100000;
    p.viral_share = 0.08;
    p.dying_share = 0.25;
    p.viral_boost = 13;
    p.viral_hours = 14;
    p.dying_factor = 0.4;
    p.month_cost = {0.76, 0.81, 0.89, 0.94, 0.98, 0.99, 0.97, 0.98, 1.03, 1.12, 1.42, 1.32};
    p.month_conversion = {0.92, 0.94, 0.97, 1, 1, 0.99, 0.97, 0.98, 1, 1.04, 1.24, 1.18};
    return p;
}

inline void set_prices(PlatformModel &p, double cpc_min, double cpc_max, double cpm_min, double cpm_max,
                       double multiplier, double order_value) {
    const auto micros = [](double value) { return static_cast<std::int64_t>(value * 1e6 + 0.5); };
    p.cpc_min = micros(cpc_min);
    p.cpc_max = micros(cpc_max);
    p.cpm_min = micros(cpm_min);
    p.cpm_max = micros(cpm_max);
    p.engagement_multiplier = multiplier;
    p.order_value = micros(order_value);
}

inline void set_reach(PlatformModel &p, double median, double spread, double followers, double follower_hours,
                      double discovery_hours, double discovery_spread, double decay) {
    p.median_views = median;
    p.views_spread = spread;
    p.follower_share = followers;
    p.follower_hours = follower_hours;
    p.discovery_hours = discovery_hours;
    p.discovery_spread = discovery_spread;
    p.discovery_decay = decay;
}

inline PlatformModel facebook() {
    PlatformModel p = common_platform("facebook");
    set_prices(p, 0.5, 2.5, 5, 25, 1.2, 45);
    set_reach(p, 12000, 0.95, 0.30, 0.45, 1.35, 0.60, 0.68);
    p.paid_share = 0.47;
    p.engagement_rate = 0.026;
    p.engagement_elasticity = 0.95;
    p.engagement_split = {0.72, 0.09, 0.13, 0.06};
    p.cpc_centre = 0.36;
    p.cpm_centre = 0.47;
    p.organic_ctr_ratio = 1.30;
    p.peak_hour = 14;
    p.daily_swing = 0.42;
    p.weekday_factors = {1.03, 1.05, 1.05, 1.04, 1.01, 0.92, 0.90};
    for (const auto &[type, share] :
         {std::pair("post", 0.45), {"video", 0.2}, {"reel", 0.2}, {"story", 0.05}, {"ad", 0.1}})
        add_content(p, type, share);
    return p;
}

inline PlatformModel instagram() {
    PlatformModel p = common_platform("instagram");
    set_prices(p, 0.8, 3, 6, 30, 1.5, 65);
    set_reach(p, 17000, 1.0, 0.14, 0.7, 22, 0.65, 0.52);
    p.paid_share = 0.35;
    p.engagement_rate = 0.040;
    p.engagement_elasticity = 0.92;
    p.engagement_split = {0.82, 0.035, 0.075, 0.07};
    p.cpc_centre = 0.44;
    p.cpm_centre = 0.42;
    p.organic_ctr_ratio = 0.80;
    p.peak_hour = 19;
    p.daily_swing = 0.50;
    p.weekday_factors = {1.01, 1.03, 1.03, 1.02, 1.0, 0.95, 0.96};
    for (const auto &[type, share] :
         {std::pair("post", 0.35), {"video", 0.1}, {"reel", 0.4}, {"story", 0.05}, {"ad", 0.1}})
        add_content(p, type, share);
    return p;
}

inline PlatformModel youtube() {
    PlatformModel p = common_platform("youtube");
    set_prices(p, 0.3, 1.5, 3, 15, 1.0, 80);
    set_reach(p, 30000, 1.05, 0.08, 1.2, 170, 0.90, 0.42);
    p.paid_share = 0.42;
    p.engagement_rate = 0.036;
    p.engagement_elasticity = 0.85;
    p.engagement_split = {0.87, 0.06, 0.04, 0.03};
    p.cpc_centre = 0.44;
    p.cpm_centre = 0.30;
    p.organic_ctr_ratio = 0.45;
    p.peak_hour = 20;
    p.daily_swing = 0.55;
    p.weekday_factors = {0.95, 0.95, 0.96, 0.97, 1.01, 1.08, 1.08};
    for (const auto &[type, share] : {std::pair("video", 0.7), {"reel", 0.2}, {"ad", 0.1}})
        add_content(p, type, share);
    return p;
}

} // namespace realism
