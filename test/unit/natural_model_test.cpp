// Growth model `natural`: rules of every row, purity, envelope, caps, budgets, seasons, pinned rows. The statistics are
// tested by test/realism.
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/model/billing.hpp"
#include "core/model/model.hpp"
#include "core/random/draw.hpp"

#include "../realism/platforms.hpp"
#include "expect_fault.hpp"

namespace roi::core::model {
namespace {

constexpr std::uint64_t seed = 20250601;
constexpr std::int64_t first_hour = 482136 + 9; // 2025-01-01 09:00 UTC
constexpr double audience = 100000;

PostState post_of(const PlatformModel &platform, std::uint64_t key, std::uint64_t own_seed = seed) {
    PostState post;
    post.key = key;
    post.hour = first_hour;
    post.click_percent = platform.contents[0].click_percent;
    post.traits = draw_traits(own_seed, platform, platform.contents[0], key, audience);
    return post;
}

HourRow hour_of(const PlatformModel &platform, const PostState &post, std::int64_t h,
                std::uint64_t own_seed = seed) {
    return natural_hour(own_seed, platform, post, first_hour + h, local_hour(first_hour + h));
}

std::vector<HourRow> life_of(const PlatformModel &platform, PostState post,
                             std::int64_t hours = lifetime_hours) {
    std::vector<HourRow> rows;
    for (std::int64_t h = 0; h < hours; ++h) {
        rows.push_back(hour_of(platform, post, h));
        post.totals = rows.back().totals;
        if (rows.back().is_budget_spent) post.budget_left = 0;
        if (post.budget_left != unlimited && post.budget_left > 0)
            post.budget_left -= rows.back().added[measure_spend];
    }
    return rows;
}

bool same(const HourRow &a, const HourRow &b) {
    return a.hour == b.hour && a.added == b.added && a.totals == b.totals &&
           a.cost_per_click == b.cost_per_click && a.cost_per_impression == b.cost_per_impression;
}

std::map<std::string, int> broken_rules(const PlatformModel &platform, const std::vector<HourRow> &rows) {
    std::map<std::string, int> broken;
    const auto rule = [&broken](bool holds, const char *name) { broken[name] += holds ? 0 : 1; };
    for (const HourRow &row : rows) {
        const Measures &m = row.added;
        rule(*std::min_element(m.begin(), m.end()) >= 0, "added >= 0");
        rule(m[measure_likes] + m[measure_comments] + m[measure_shares] + m[measure_saves] <=
                 m[measure_views],
             "engagement");
        rule(m[measure_clicks] <= m[measure_views] && m[measure_paid_views] <= m[measure_views],
             "clicks and paid views");
        rule(m[measure_paid_clicks] <= m[measure_clicks] && m[measure_paid_clicks] <= m[measure_paid_views],
             "paid clicks");
        rule(m[measure_conversions] % micros_per_unit == 0 &&
                 m[measure_conversions] <= m[measure_clicks] * micros_per_unit,
             "conversions");
        rule((m[measure_revenue] > 0) == (m[measure_conversions] > 0), "revenue comes from orders");
        rule(m[measure_spend] % micros_per_cent == 0 && m[measure_revenue] % micros_per_cent == 0,
             "whole cents");
        rule(m[measure_paid_views] > 0 || m[measure_spend] == 0, "spend is for paid delivery");
        rule(row.cost_per_click >= platform.cpc_min && row.cost_per_click <= platform.cpc_max,
             "cpc in range");
        rule(row.cost_per_impression >= platform.cpm_min / 1000 &&
                 row.cost_per_impression <= platform.cpm_max / 1000,
             "cpm in range");
        for (std::size_t i = 0; i < counter_count; ++i)
            rule(row.totals[i] <= platform.counters[i].cap, "caps");
    }
    return broken;
}

TEST(NaturalHour, EveryRowKeepsTheRules) {
    for (const PlatformModel &platform : {realism::facebook(), realism::instagram(), realism::youtube()})
        for (std::uint64_t key = 0; key < 60; ++key)
            for (const auto &[name, rows] : broken_rules(platform, life_of(platform, post_of(platform, key))))
                EXPECT_EQ(0, rows) << platform.name << " post " << key << ": " << name;
}

TEST(NaturalHour, IsAPureFunctionInAnyOrder) {
    const PlatformModel platform = realism::instagram();
    PostState post = post_of(platform, 5);
    std::vector<PostState> states;
    std::vector<HourRow> rows;
    for (std::int64_t h = 0; h < 200; ++h) {
        states.push_back(post);
        rows.push_back(hour_of(platform, post, h));
        post.totals = rows.back().totals;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t h = (i * 37 + 11) % rows.size();
        EXPECT_TRUE(same(rows[h], hour_of(platform, states[h], static_cast<std::int64_t>(h))))
            << "hour " << h;
    }
}

TEST(NaturalHour, SeedPostAndHourEachChangeTheRow) {
    const PlatformModel platform = realism::youtube();
    PostState post = post_of(platform, 77);
    post.traits.views = 200000;
    post.totals[measure_views] = 50000;
    const HourRow row = hour_of(platform, post, 30);
    EXPECT_NE(row.added, hour_of(platform, post, 30, seed + 1).added);
    EXPECT_NE(row.added, hour_of(platform, post, 31).added);
    PostState other = post;
    ++other.key;
    EXPECT_NE(row.added, hour_of(platform, other, 30).added);
}

TEST(NaturalHour, TraitsFollowFromSeedAndPostAlone) {
    const PlatformModel platform = realism::facebook();
    const Traits a = post_of(platform, 9).traits, b = post_of(platform, 9).traits;
    EXPECT_EQ(a.views, b.views);
    EXPECT_EQ(a.paid_share, b.paid_share);
    EXPECT_NE(a.views, post_of(platform, 10).traits.views);
    EXPECT_NE(a.views, post_of(platform, 9, seed + 1).traits.views);
    // CPM = 1000 x CTR x CPC, by construction.
    EXPECT_NEAR(a.cpm, 1000 * a.paid_ctr * a.cpc, 1e-9);
    EXPECT_NEAR(1.0, views_by(platform, a, 720), 1e-12);
    EXPECT_EQ(0.0, views_by(platform, a, 0));
}

// Twice the audience sees a post twice as often, until the soft cap bends it.
TEST(NaturalHour, ViewsFollowTheAudience) {
    const PlatformModel platform = realism::facebook();
    for (std::uint64_t key = 0; key < 50; ++key) {
        const double small = draw_traits(seed, platform, platform.contents[0], key, 100).views;
        const double large = draw_traits(seed, platform, platform.contents[0], key, 200).views;
        EXPECT_NEAR(2.0, large / small, 0.01);
    }
}

TEST(NaturalHour, StoriesEndAfterADay) {
    const PlatformModel platform = realism::facebook();
    PostState story = post_of(platform, 3);
    story.traits = draw_traits(seed, platform, content_of(platform, "story"), 3, audience);
    const std::vector<HourRow> rows = life_of(platform, story, 48);
    EXPECT_GT(rows[23].totals[measure_views], 0);
    EXPECT_EQ(rows[23].totals, rows[47].totals);
}

// A platform whose bounds leave no room: the envelope binds from the second hour, the caps always.
TEST(NaturalHour, EnvelopeAndCapsHoldBack) {
    PlatformModel platform = realism::facebook();
    platform.counters[measure_views].growth_max = 1.02;
    PostState post = post_of(platform, 1);
    post.traits.views = 100000;
    std::int64_t before = 0, held = 0;
    for (const HourRow &row : life_of(platform, post, 100)) {
        const std::int64_t h = row.hour - first_hour + 1;
        const double most = static_cast<double>(before) * (1 + 0.02 * growth_decay(h));
        if (h >= 2 && before >= 20) {
            EXPECT_LE(static_cast<double>(row.totals[measure_views]), most);
        }
        before = row.totals[measure_views];
        held += row.held_back & 1u;
    }
    EXPECT_GT(held, 10);
    platform = realism::facebook();
    for (CounterModel &counter : platform.counters)
        counter.cap = 7;
    for (const HourRow &row : life_of(platform, post, 50))
        for (std::size_t i = 0; i < counter_count; ++i)
            EXPECT_LE(row.totals[i], 7);
    platform.counters[measure_views].cap = 3; // lowered under a running post: nothing shrinks
    post.totals[measure_views] = 7;
    EXPECT_EQ(0, hour_of(platform, post, 50).added[measure_views]);
}

// 20.00 of budget: the hour that would pass it is cut, and nothing is paid after; organic delivery goes on.
TEST(NaturalHour, ASpentBudgetEndsPaidDelivery) {
    const PlatformModel platform = realism::facebook();
    PostState post = post_of(platform, 4);
    post.traits.views = 50000;
    post.budget_left = 20 * micros_per_unit;
    const std::vector<HourRow> rows = life_of(platform, post);
    std::size_t last = 0;
    while (!rows[last].is_budget_spent)
        ++last;
    EXPECT_LE(rows.back().totals[measure_spend], 20 * micros_per_unit);
    EXPECT_GT(rows.back().totals[measure_spend], 19 * micros_per_unit);
    EXPECT_EQ(rows[last].totals[measure_paid_views], rows.back().totals[measure_paid_views]);
    EXPECT_GT(rows.back().totals[measure_views], rows[last].totals[measure_views] + 1000);
    post.budget_left = unlimited;
    const std::vector<HourRow> free = life_of(platform, post);
    for (std::size_t h = 0; h < last; ++h) // the hours before are those of a post without a budget
        EXPECT_TRUE(same(free[h], rows[h]));
    EXPECT_GT(free.back().totals[measure_views], rows.back().totals[measure_views]);
}

TEST(NaturalHour, NothingPaidAndEverythingPaid) {
    PlatformModel platform = realism::youtube();
    for (const double share : {0.0, 1.0}) {
        platform.paid_share = share;
        const HourRow last = life_of(platform, post_of(platform, 6)).back();
        EXPECT_GT(last.totals[measure_views], 0);
        EXPECT_EQ(share == 0.0 ? 0 : last.totals[measure_views], last.totals[measure_paid_views]);
        EXPECT_EQ(share > 0.0, last.totals[measure_spend] > 0);
    }
}

// Lanes: without price bounds, without conversions or with another split, the delivery stays the same.
TEST(NaturalHour, LanesDoNotShiftEachOther) {
    PlatformModel platform = realism::facebook();
    const std::vector<HourRow> rows = life_of(platform, post_of(platform, 8), 50);
    platform.engagement_multiplier = 0;
    platform.order_value *= 2;
    const std::vector<HourRow> others = life_of(platform, post_of(platform, 8), 50);
    for (std::size_t h = 0; h < rows.size(); ++h) {
        for (const Measure m :
             {measure_views, measure_likes, measure_clicks, measure_paid_views, measure_spend})
            EXPECT_EQ(rows[h].added[m], others[h].added[m]);
        EXPECT_EQ(0, others[h].added[measure_revenue]);
    }
}

TEST(NaturalHour, SeasonsMovePrices) {
    const PlatformModel platform = realism::instagram();
    const PostState post = post_of(platform, 2);
    LocalHour january, november;
    november.month = 10;
    double cheap = 0, dear = 0;
    for (std::int64_t h = 0; h < 200; ++h) {
        cheap +=
            static_cast<double>(natural_hour(seed, platform, post, first_hour + h, january).cost_per_click);
        dear +=
            static_cast<double>(natural_hour(seed, platform, post, first_hour + h, november).cost_per_click);
    }
    EXPECT_GT(dear / cheap, 1.2);
    EXPECT_LT(dear / cheap, 1.42 / 0.76 + 0.01);
}

TEST(NaturalHour, ExtremePlatformsStayInBounds) {
    PlatformModel platform = realism::facebook();
    platform.cpc_min = platform.cpm_min = 0;
    EXPECT_EQ(0, broken_rules(platform, life_of(platform, post_of(platform, 1), 100))["cpc in range"]);
    platform.cpc_max = platform.cpm_max = 0; // advertising is free
    EXPECT_EQ(0, life_of(platform, post_of(platform, 1), 100).back().totals[measure_spend]);
    platform = realism::facebook();
    platform.median_views = 0;
    EXPECT_EQ(0, life_of(platform, post_of(platform, 1), 50).back().totals[measure_views]);
    platform = realism::facebook();
    platform.median_views = 1e9;
    platform.views_spread = 3;
    EXPECT_LE(life_of(platform, post_of(platform, 1), 100).back().totals[measure_views], 1000000);
    platform = realism::facebook();
    platform.conversion_rate = 1;
    platform.engagement_multiplier = 50;
    const HourRow row = life_of(platform, post_of(platform, 1), 100).back();
    EXPECT_EQ(row.totals[measure_clicks] * micros_per_unit, row.totals[measure_conversions]);
}

TEST(NaturalHour, RefusesAnHourBeforeThePost) {
    const PlatformModel platform = realism::facebook();
    expect_fault(Fault::invalid_argument, [&] { hour_of(platform, post_of(platform, 1), -1); });
}

std::string print(const HourRow &row) {
    std::string text = std::to_string(row.hour) + " |";
    for (const std::int64_t value : row.added)
        text += ' ' + std::to_string(value);
    return text + " | " + std::to_string(row.cost_per_click) + ' ' + std::to_string(row.cost_per_impression);
}

// Accounts already generated must go on as they began: a change here is a break, not a detail. To regenerate after a
// change that is meant, copy the actual text of each failure. Order: hour | added | cpc, price per impression.
TEST(NaturalHour, GoldenRows) {
    const PlatformModel facebook = realism::facebook(), youtube = realism::youtube();
    EXPECT_EQ("482145 | 3806 152 18 23 18 54 1338 16 0 10010000 0 | 642186 7122",
              print(life_of(facebook, post_of(facebook, 1), 1).back()));
    EXPECT_EQ("482174 | 45 2 0 2 0 0 20 0 0 50000 0 | 677510 7514",
              print(life_of(facebook, post_of(facebook, 1), 30).back()));
    EXPECT_EQ("482344 | 281 6 0 2 0 2 111 1 0 550000 0 | 518957 5111",
              print(life_of(youtube, post_of(youtube, 12345), 200).back()));
}

// The first day of an account's first post on each platform, seed 42, from 2025-01-31 09:00 UTC: test/pgtap/natural.sql
// expects the same numbers of roi_platforms, so that test/realism measures what the database does.
TEST(NaturalHour, GoldenFirstDayAsThroughSql) {
    const auto first_day = [](const PlatformModel &platform) {
        constexpr std::uint64_t account_seed = 42;
        const Publication published = publish(account_seed, platform, 482865, 0);
        PostState post;
        post.key = published.key;
        post.hour = published.hour;
        post.click_percent = published.content->click_percent;
        post.traits = draw_traits(account_seed, platform, *published.content, post.key, audience);
        for (std::int64_t h = 0; h < 24; ++h)
            post.totals =
                natural_hour(account_seed, platform, post, post.hour + h, local_hour(post.hour + h)).totals;
        std::string text;
        for (const std::int64_t total : post.totals)
            text += (text.empty() ? "" : " ") + std::to_string(total);
        return text;
    };
    EXPECT_EQ("38202 1695 383 364 211 535 22721 273 15000000 166350000 813490000",
              first_day(realism::facebook()));
    EXPECT_EQ("7645 428 4 27 32 46 1873 9 0 17520000 0", first_day(realism::instagram()));
    EXPECT_EQ("4995 167 18 12 6 36 2351 23 0 9870000 0", first_day(realism::youtube()));
}

} // namespace
} // namespace roi::core::model
