// Campaigns of a simulated account: days, names, budgets.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/model/campaign.hpp"

#include "../realism/platforms.hpp"

namespace roi::core::model {
namespace {

TEST(Campaign, OneAfterTheOtherWithoutEnd) {
    const CampaignPlan plan{100, 14, unlimited};
    EXPECT_EQ(no_campaign, campaign_of_day(plan, 99));
    EXPECT_EQ(0, campaign_of_day(plan, 100));
    EXPECT_EQ(0, campaign_of_day(plan, 113));
    EXPECT_EQ(1, campaign_of_day(plan, 114));
    EXPECT_EQ(1000, campaign_of_day(plan, 100 + 14000));
    for (std::int64_t day = 100; day < 500; ++day) {
        const std::int64_t campaign = campaign_of_day(plan, day);
        EXPECT_LE(campaign_first_day(plan, campaign), day);
        EXPECT_GT(campaign_end_day(plan, campaign), day);
    }
}

TEST(Campaign, TheLastOfASeriesTakesThirtyDays) {
    const CampaignPlan baseline{-6, 3, 2}; // the plan's: six and three days before the last day
    EXPECT_EQ(0, campaign_of_day(baseline, -4));
    EXPECT_EQ(1, campaign_of_day(baseline, -3));
    EXPECT_EQ(1, campaign_of_day(baseline, 26));
    EXPECT_EQ(no_campaign, campaign_of_day(baseline, 27));
    EXPECT_EQ(27, campaign_end_day(baseline, 1));
    EXPECT_EQ(0, campaign_of_day({0, 60, 1}, 59));
    EXPECT_EQ(no_campaign, campaign_of_day({0, 60, 1}, 60));
    EXPECT_EQ(no_campaign, campaign_of_day({0, 14, 0}, 5));
}

TEST(Campaign, NamesBeginAsThePlansAndNeverRepeat) {
    EXPECT_EQ("Spring Promo", campaign_name(0));
    EXPECT_EQ("Video Launch", campaign_name(1));
    EXPECT_EQ("Spring Promo 2", campaign_name(12));
    std::set<std::string> names;
    for (std::int64_t campaign = 0; campaign < 100; ++campaign)
        names.insert(campaign_name(campaign));
    EXPECT_EQ(100u, names.size());
}

TEST(Campaign, BudgetsLieAroundTheExpectedCost) {
    std::set<std::int64_t> budgets;
    for (std::int64_t campaign = 0; campaign < 200; ++campaign) {
        const std::int64_t budget = drawn_budget(42, campaign, 1000);
        EXPECT_GE(budget, 800 * micros_per_unit);
        EXPECT_LE(budget, 1610 * micros_per_unit);
        EXPECT_EQ(0, budget % (10 * micros_per_unit));
        EXPECT_EQ(budget, drawn_budget(42, campaign, 1000));
        budgets.insert(budget);
    }
    EXPECT_GT(budgets.size(), 50u);
    EXPECT_EQ(10 * micros_per_unit, drawn_budget(42, 0, 0));
    EXPECT_EQ(900000000 * micros_per_unit, drawn_budget(42, 0, 1e300));
}

// What posts cost in truth, on average over many, is within a factor of two.
TEST(Campaign, ExpectedCostIsOfTheRightSize) {
    const PlatformModel platform = realism::facebook();
    double spend = 0;
    constexpr int posts = 400;
    for (std::uint64_t key = 0; key < posts; ++key) {
        PostState post;
        post.key = key;
        post.hour = 482500; // January: cheap
        post.traits = draw_traits(7, platform, platform.contents[0], key, 100000);
        for (std::int64_t h = 0; h < lifetime_hours; ++h)
            post.totals = natural_hour(7, platform, post, post.hour + h, local_hour(post.hour + h)).totals;
        spend += static_cast<double>(post.totals[measure_spend]) / micros_per_unit / posts;
    }
    EXPECT_GT(spend, expected_post_cost(platform, 100000) / 2);
    EXPECT_LT(spend, expected_post_cost(platform, 100000) * 2);
}

} // namespace
} // namespace roi::core::model
