// Campaigns by the calendar alone, so that it does not matter who generates which hours.
#include "core/model/campaign.hpp"

#include <cmath>

#include "core/random/draw.hpp"

namespace roi::core::model {

namespace {

// The first two are the plan's.
constexpr std::array<const char *, 12> names = {"Spring Promo",        "Video Launch",     "Summer Sale",
                                                "New Arrivals",        "Back to School",   "Autumn Offers",
                                                "Holiday Countdown",   "Winter Clearance", "Brand Story",
                                                "Customer Favourites", "Flash Week",       "Loyalty Days"};

constexpr double tightest_budget = 0.8, amplest_budget = 1.6; // times the expected cost
constexpr double smallest_budget = 10.0,
                 largest_budget = 9e8; // units of currency; budgets are multiples of the smallest

} // namespace

std::int64_t campaign_of_day(const CampaignPlan &plan, std::int64_t day) {
    if (plan.count == 0 || day < plan.first_day) return no_campaign;
    const std::int64_t campaign = std::min((day - plan.first_day) / plan.days, plan.count - 1);
    return day < campaign_end_day(plan, campaign) ? campaign : no_campaign;
}

std::int64_t campaign_first_day(const CampaignPlan &plan, std::int64_t campaign) {
    return plan.first_day + campaign * plan.days;
}

std::int64_t campaign_end_day(const CampaignPlan &plan, std::int64_t campaign) {
    const bool is_last = plan.count != unlimited && campaign == plan.count - 1;
    return campaign_first_day(plan, campaign) +
           (is_last ? std::max(last_campaign_days, plan.days) : plan.days);
}

std::string campaign_name(std::int64_t campaign) {
    const auto count = static_cast<std::int64_t>(names.size());
    const std::string name = names[static_cast<std::size_t>(campaign % count)];
    return campaign < count ? name : name + " " + std::to_string(campaign / count + 1);
}

double expected_post_cost(const PlatformModel &platform, double audience) {
    const double boost = platform.viral_share * platform.viral_boost +
                         platform.dying_share * platform.dying_factor +
                         (1.0 - platform.viral_share - platform.dying_share);
    const double views = platform.median_views * audience / platform.reference_audience *
                         std::exp(platform.views_spread * platform.views_spread / 2.0) * boost;
    const double cap = static_cast<double>(platform.counters[measure_views].cap);
    const double mille = std::sqrt(std::max(1.0, static_cast<double>(platform.cpm_min)) *
                                   std::max(1.0, static_cast<double>(platform.cpm_max))) /
                         micros_per_unit;
    return std::min(views, cap) * platform.paid_share * mille / 1000.0;
}

std::int64_t drawn_budget(std::uint64_t seed, std::int64_t campaign, double expected_cost) {
    random::Philox engine(seed, random::hash_text("campaign"), campaign, random::Lane::traits);
    const double factor = tightest_budget + (amplest_budget - tightest_budget) * random::uniform(engine);
    const double units =
        std::min(largest_budget, std::ceil(expected_cost * factor / smallest_budget) * smallest_budget);
    return std::llround(std::max(smallest_budget, units)) * micros_per_unit;
}

} // namespace roi::core::model
