// Seasons, anomalies, pacing and tests of two variants: whether their claims hold on accounts with known truth.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "analytics_accounts.hpp"
#include "core/analytics/ab_simulation.hpp"
#include "core/analytics/ab_test.hpp"
#include "core/analytics/anomalies.hpp"
#include "core/analytics/pacing.hpp"
#include "core/analytics/seasonality.hpp"
#include "core/calendar.hpp"
#include "core/error.hpp"

namespace {

using namespace analytics_test;
using namespace roi::core;
using namespace roi::core::analytics;
using namespace roi::core::random;

constexpr std::int64_t some_monday = 20003; // 2024-10-07
constexpr int repetitions = 500;

// ---- seasons

TEST(AnalyticsSeasons, WeekdayIntervalsCoverTheTruth) {
    constexpr double truth[] = {0.9, 0.95, 1, 1, 1.1, 1.3, 0.75};
    Share covered;
    for (int i = 0; i < repetitions; ++i) {
        const auto seasons = weekday_seasons(
            {some_monday, draw_account(Law::growing, 182, static_cast<std::uint64_t>(i)).revenue});
        ASSERT_EQ(seasons.size(), 7u);
        for (std::size_t day = 0; day < 7; ++day)
            covered.note(seasons[day].interval.lower <= truth[day] &&
                         truth[day] <= seasons[day].interval.upper);
    }
    EXPECT_GE(covered.value(), 0.92);
    EXPECT_LE(covered.value(), 0.975);
    std::printf("weekdays: 95 %% %.3f\n", covered.value());
}

TEST(AnalyticsSeasons, HourIntervalsCoverTheTruth) {
    Share covered;
    for (int i = 0; i < repetitions; ++i) {
        Philox engine(static_cast<std::uint64_t>(i), 1, 0, Lane::views);
        std::vector<HourlyDay> days(60);
        for (HourlyDay &day : days) {
            const double luck = gamma_of_mean_one(engine, 6);
            for (std::size_t hour = 0; hour < 24; ++hour) {
                day.hours[hour] = 1;
                day.sums[hour] = 10 * luck * (hour < 12 ? 0.5 : 1.5) * gamma_of_mean_one(engine, 2);
            }
        }
        const auto seasons = hour_seasons(days);
        ASSERT_EQ(seasons.size(), 24u);
        for (std::size_t hour = 0; hour < 24; ++hour) {
            const double truth = hour < 12 ? 0.5 : 1.5;
            covered.note(seasons[hour].interval.lower <= truth && truth <= seasons[hour].interval.upper);
        }
    }
    EXPECT_GE(covered.value(), 0.92);
    EXPECT_LE(covered.value(), 0.975);
    std::printf("hours: 95 %% %.3f\n", covered.value());
}

TEST(AnalyticsSeasons, MonthIntervalsCoverTheTruth) {
    Share covered;
    for (int i = 0; i < 100; ++i) {
        Philox engine(static_cast<std::uint64_t>(i), 2, 0, Lane::views);
        DailySeries series{19358, {}}; // 2023-01-01, three years
        double luck = 1;
        for (int day = 0; day < 1096; ++day) {
            const std::int64_t at = series.first_day + day;
            const double trend = 100 + 0.05 * day;
            const CivilDay civil = civil_from_days(at);
            if (civil.day == 1) luck = 1 + 0.1 * normal(engine); // months differ beyond their days
            series.values.push_back((trend + (civil.month == 12 ? 60 : 0)) * luck);
        }
        const auto seasons = month_seasons(series);
        ASSERT_EQ(seasons.size(), 12u);
        const double mean = 100 + 0.05 * 1095 / 2 + 5; // over all months
        for (std::size_t month = 0; month < 12; ++month) {
            const double truth = 1 + (month == 11 ? 55 : -5) / mean;
            covered.note(seasons[month].interval.lower <= truth && truth <= seasons[month].interval.upper);
        }
    }
    EXPECT_GE(covered.value(), 0.92);
    EXPECT_LE(covered.value(), 0.975);
    std::printf("months: 95 %% %.3f\n", covered.value());
}

TEST(AnalyticsSeasons, SayNothingWhereNothingIsKnown) {
    EXPECT_TRUE(weekday_seasons({some_monday, Numbers(27, 1.0)}).empty());
    EXPECT_TRUE(weekday_seasons({some_monday, Numbers(100, 0.0)}).empty());
    EXPECT_TRUE(month_seasons({19358, Numbers(700, 1.0)}).empty());
    EXPECT_EQ(month_seasons({19358, Numbers(731, 1.0)}).size(), 12u);
    std::vector<HourlyDay> days(40);
    for (HourlyDay &day : days) {
        day.hours.fill(1);
        day.sums[0] = 5; // imported days are stamped at midnight
    }
    EXPECT_TRUE(hour_seasons(days).empty());
    const auto constant = weekday_seasons({some_monday, Numbers(100, 3.0)});
    for (const SeasonIndex &day : constant)
        EXPECT_NEAR(day.index, 1, 1e-12);
}

// ---- anomalies

TEST(AnalyticsAnomalies, FireAtTheRateThatIsSet) {
    for (const double rate : {0.05, 0.01}) {
        for (const std::size_t days : {std::size_t{28}, std::size_t{90}, std::size_t{365}}) {
            Share fired;
            for (int i = 0; i < repetitions; ++i)
                for (const WatchedDay &day : watch(
                         {some_monday, draw_account(Law::flat, days, static_cast<std::uint64_t>(i)).revenue},
                         rate))
                    fired.note(day.is_anomaly);
            EXPECT_GE(fired.value(), rate * 0.6) << days;
            EXPECT_LE(fired.value(), rate * 1.5) << days;
            std::printf("rate %.2f, %zu days: %.4f\n", rate, days, fired.value());
        }
    }
}

TEST(AnalyticsAnomalies, FindWhatIsPlanted) {
    Share found, spared;
    for (int i = 0; i < repetitions; ++i) {
        Account account = draw_account(Law::growing, 90, static_cast<std::uint64_t>(i));
        for (const std::size_t at : {20u, 50u, 80u})
            account.revenue[at] *= 10;
        const auto days = watch({some_monday, account.revenue}, 0.01);
        for (std::size_t at = 0; at < days.size(); ++at)
            (at == 20 || at == 50 || at == 80 ? found : spared).note(days[at].is_anomaly);
    }
    EXPECT_GE(found.value(), 0.95);
    EXPECT_LE(spared.value(), 0.02);
    std::printf("planted: found %.3f, others %.4f\n", found.value(), spared.value());
}

TEST(AnalyticsAnomalies, RefuseShortAndConstantHistories) {
    EXPECT_THROW(watch({some_monday, Numbers(27, 1.0)}, 0.01), Error);
    EXPECT_THROW(watch({some_monday, Numbers(90, 1.0)}, 0.01), Error);
    EXPECT_THROW(watch({some_monday, Numbers(90, 0.0)}, 0.01), Error);
}

// ---- pacing

PacingCase pacing_case(const Numbers &spend, std::size_t known, double budget) {
    PacingCase campaign; // a month that begins `known - 10` days after the history
    const std::size_t begin = known - 10;
    campaign.history = {some_monday,
                        Numbers(spend.begin(), spend.begin() + static_cast<std::ptrdiff_t>(known))};
    for (std::size_t i = begin; i < known; ++i)
        campaign.spent += spend[i];
    campaign.spent_whole = campaign.spent;
    campaign.elapsed = 10;
    campaign.days = 30;
    campaign.today = some_monday + static_cast<std::int64_t>(known);
    campaign.budget = budget;
    return campaign;
}

TEST(AnalyticsPacing, ProjectionsCoverTheMonthsEnd) {
    for (const Law law : {Law::flat, Law::sticky})
        for (const std::size_t known : {std::size_t{10}, std::size_t{20}, std::size_t{56}}) {
            Share covered;
            for (int i = 0; i < repetitions; ++i) {
                const Numbers spend = draw_account(law, known + 20, static_cast<std::uint64_t>(i)).spend;
                double total = 0;
                for (std::size_t day = known - 10; day < known + 20; ++day)
                    total += spend[day];
                const Pacing pacing = pace(pacing_case(spend, known, 1000));
                covered.note(pacing.interval.lower <= total && total <= pacing.interval.upper);
            }
            EXPECT_GE(covered.value(), 0.75) << known;
            EXPECT_LE(covered.value(), 0.85) << known;
            std::printf("pacing, %zu days, law %d: 80 %% %.3f\n", known, static_cast<int>(law),
                        covered.value());
        }
}

TEST(AnalyticsPacing, StatesFollowTheInterval) {
    Numbers spend;
    for (int i = 0; i < 60; ++i)
        spend.push_back(10 + 0.1 * (i % 7));
    const auto state = [&](double budget) { return pace(pacing_case(spend, 40, budget)).state; };
    EXPECT_EQ(state(309), PacingState::on);
    EXPECT_EQ(state(200), PacingState::over);
    EXPECT_EQ(state(600), PacingState::under);
    PacingCase early = pacing_case(spend, 40, 309);
    early.history.values.resize(6);
    const Pacing pacing = pace(early);
    EXPECT_EQ(pacing.state, PacingState::unclear) << "six days tell nothing";
    EXPECT_TRUE(std::isnan(pacing.projected));
    EXPECT_NEAR(pacing.ideal, 103, 1e-9);
    EXPECT_NEAR(pacing.needed_per_day, (309 - early.spent_whole) / 20, 1e-9);
    early.spent = 400;
    EXPECT_EQ(pace(early).state, PacingState::over) << "what is spent needs no projection";
    PacingCase ended = pacing_case(spend, 40, 103);
    ended.elapsed = ended.days;
    EXPECT_EQ(pace(ended).state, PacingState::on);
    EXPECT_DOUBLE_EQ(pace(ended).projected, ended.spent);
}

// ---- two variants

struct Arms {
    AbDays clicks_a, clicks_b, roas_a, roas_b; // conversions of clicks, revenue of spend
};

Arms draw_arms(AbPlan plan, std::uint64_t seed, int days) {
    plan.seed = seed;
    Arms arms;
    for (int day = 0; day < days; ++day)
        for (int variant = 0; variant < 2; ++variant) {
            const Measures m = draw_ab_day(plan, day, variant);
            const auto units = [&](Measure measure) { return static_cast<double>(m[measure]) / 1e6; };
            (variant == 0 ? arms.clicks_a : arms.clicks_b)
                .push_back({units(measure_conversions), static_cast<double>(m[measure_clicks])});
            (variant == 0 ? arms.roas_a : arms.roas_b)
                .push_back({units(measure_revenue), units(measure_spend)});
        }
    return arms;
}

TEST(AnalyticsAb, FalsePositivesAreFivePercent) {
    Share proportions, mixed, ratios, means, covered;
    for (int i = 0; i < repetitions; ++i) {
        AbPlan plan;
        const Arms arms = draw_arms(plan, static_cast<std::uint64_t>(i), 30);
        proportions.note(compare_rates(arms.clicks_a, arms.clicks_b, {}).p_value < 0.05);
        const AbResult roas = compare_ratios(arms.roas_a, arms.roas_b, {});
        ratios.note(roas.p_value < 0.05);
        covered.note(roas.interval.lower <= 0 && roas.interval.upper >= 0);
        means.note(compare_means(arms.roas_a, arms.roas_b, {}).p_value < 0.05);
        plan.has_bad_days = true;
        const Arms bad = draw_arms(plan, static_cast<std::uint64_t>(i), 30);
        mixed.note(compare_rates(bad.clicks_a, bad.clicks_b, {}).p_value < 0.05);
    }
    for (const Share *share : {&proportions, &ratios, &means}) {
        EXPECT_GE(share->value(), 0.03);
        EXPECT_LE(share->value(), 0.07);
    }
    EXPECT_LE(mixed.value(), 0.07) << "days that vary together make no finding";
    EXPECT_NEAR(covered.value(), 0.95, 0.02);
    std::printf("false positives: rates %.3f, bad days %.3f, ROAS %.3f, means %.3f\n", proportions.value(),
                mixed.value(), ratios.value(), means.value());
}

TEST(AnalyticsAb, PowerIsWhatTheorySays) {
    for (const double effect : {0.2, 0.35}) {
        AbPlan plan;
        plan.effect = effect;
        Share found, covered;
        double said = 0;
        for (int i = 0; i < repetitions; ++i) {
            const Arms arms = draw_arms(plan, static_cast<std::uint64_t>(i), 60);
            const AbResult result = compare_rates(arms.clicks_a, arms.clicks_b, {0.95, effect});
            found.note(result.p_value < 0.05);
            const double truth = 0.05 * effect;
            covered.note(result.interval.lower <= truth && truth <= result.interval.upper);
            said += result.power / repetitions;
        }
        const double theory = proportion_power(3000, 3000, 0.05, 0.05 * (1 + effect), 0.95);
        EXPECT_NEAR(found.value(), theory, 0.05);
        EXPECT_NEAR(said, theory, 0.05) << "what an answer says of itself";
        EXPECT_NEAR(covered.value(), 0.95, 0.03);
        std::printf("effect %.2f: found %.3f, theory %.3f, said %.3f, interval %.3f\n", effect, found.value(),
                    theory, said, covered.value());
    }
}

TEST(AnalyticsAb, SplitsAreChecked) {
    EXPECT_NEAR(split_p_value(500, 500, 0.5), 1, 1e-12);
    EXPECT_LT(split_p_value(550, 450, 0.5), 0.002);
    EXPECT_NEAR(split_p_value(300, 700, 0.3), 1, 1e-12);
    EXPECT_TRUE(std::isnan(split_p_value(0, 0, 0.5)));
}

TEST(AnalyticsAb, SaysWhenThereIsTooLittle) {
    EXPECT_FALSE(compare_proportions({{1, 10}}, {{0, 10}}, {}).is_enough);
    EXPECT_FALSE(compare_ratios({{1, 10}}, {{2, 10}}, {}).is_enough);
    EXPECT_TRUE(std::isnan(compare_ratios({{1, 10}}, {{2, 10}}, {}).p_value));
    EXPECT_TRUE(std::isnan(compare_proportions({}, {}, {}).p_value));
    EXPECT_TRUE(std::isnan(compare_proportions({{0, 10}}, {{0, 10}}, {}).p_value));
    EXPECT_TRUE(std::isnan(compare_ratios({{1, 0}}, {{2, 0}}, {}).a.value)) << "nothing was spent";
    const AbDays constant(20, AbDay{1, 10});
    EXPECT_FALSE(compare_ratios(constant, constant, {}).is_enough) << "days without difference";
}

} // namespace
