// Forecasts: coverage of their intervals over simulated accounts, the choice of the model, and what is refused.
#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>

#include "analytics_accounts.hpp"
#include "core/analytics/backtest.hpp"
#include "core/analytics/forecast.hpp"
#include "core/error.hpp"
#include "expect_fault.hpp"

namespace {

using namespace analytics_test;
using namespace roi::core;
using namespace roi::core::analytics;

constexpr std::int64_t some_day = 20000;

bool is_inside(double value, const Interval &interval) {
    return value >= interval.lower && value <= interval.upper;
}

struct Shares {
    Share inner, outer, said_inner, said_outer, roi_inner, roi_outer;
};

void note_said(const Forecast &forecast, Shares &shares) {
    for (std::size_t i = 0; i < forecast.coverage.checked; ++i) {
        shares.said_inner.note(static_cast<double>(i) <
                               forecast.coverage.inner * static_cast<double>(forecast.coverage.checked));
        shares.said_outer.note(static_cast<double>(i) <
                               forecast.coverage.outer * static_cast<double>(forecast.coverage.checked));
    }
}

Shares shares_of(Law law, std::size_t days, std::size_t horizon, int repetitions) {
    Shares shares;
    for (int i = 0; i < repetitions; ++i) {
        const Account all = draw_account(law, days + horizon, static_cast<std::uint64_t>(i) + 1);
        const auto end = static_cast<std::ptrdiff_t>(days);
        const Numbers revenue(all.revenue.begin(), all.revenue.begin() + end);
        const Numbers spend(all.spend.begin(), all.spend.begin() + end);
        const Forecast sums = forecast_sums({some_day, revenue}, horizon);
        const Forecast roi = forecast_roi({some_day, revenue}, spend, horizon);
        note_said(sums, shares);
        for (std::size_t step = 0; step < horizon; ++step) {
            const double actual = all.revenue[days + step], cost = all.spend[days + step];
            shares.inner.note(is_inside(actual, sums.days[step].inner));
            shares.outer.note(is_inside(actual, sums.days[step].outer));
            shares.roi_inner.note(is_inside(100 * (actual - cost) / cost, roi.days[step].inner));
            shares.roi_outer.note(is_inside(100 * (actual - cost) / cost, roi.days[step].outer));
        }
    }
    return shares;
}

void expect_claimed(const Shares &shares, const std::string &what) {
    for (const Share *inner : {&shares.inner, &shares.roi_inner}) {
        EXPECT_GE(inner->value(), 0.75) << what;
        EXPECT_LE(inner->value(), 0.85) << what;
    }
    for (const Share *outer : {&shares.outer, &shares.roi_outer}) {
        EXPECT_GE(outer->value(), 0.92) << what;
        EXPECT_LE(outer->value(), 0.975) << what;
    }
}

TEST(AnalyticsForecast, IntervalsCoverWhatTheyClaim) {
    const Shares shares = shares_of(Law::growing, 180, 14, 500);
    expect_claimed(shares, "growing");
    // what the back-test says is what then happens
    EXPECT_NEAR(shares.said_inner.value(), shares.inner.value(), 0.05);
    EXPECT_NEAR(shares.said_outer.value(), shares.outer.value(), 0.03);
}

TEST(AnalyticsForecast, IntervalsCoverUnderEveryLaw) {
    for (const Law law : all_laws) {
        if (!is_long() && law != Law::sticky) continue;
        for (const std::size_t days : {std::size_t{365}, std::size_t{730}}) {
            if (!is_long() && days > 365) continue;
            const Shares shares = shares_of(law, days, 14, is_long() ? 500 : 60);
            const std::string what =
                "law " + std::to_string(static_cast<int>(law)) + ", " + std::to_string(days) + " days";
            expect_claimed(shares, what);
            std::printf("%s: 80 %% %.3f, 95 %% %.3f, back-tested %.3f, %.3f; ROI %.3f, %.3f\n", what.c_str(),
                        shares.inner.value(), shares.outer.value(), shares.said_inner.value(),
                        shares.said_outer.value(), shares.roi_inner.value(), shares.roi_outer.value());
        }
    }
}

// A model that knows the law beats one that does not; where nothing is to be known the simple ones win.
TEST(AnalyticsForecast, BacktestFindsTheModel) {
    std::size_t yearly = 0, better = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const Forecast forecast = forecast_sums({some_day, draw_account(Law::yearly, 730, seed).revenue}, 30);
        yearly += forecast.model == "regression_yearly" ? 1 : 0;
        better += forecast.mase < forecast.naive_mase ? 1 : 0;
    }
    EXPECT_GE(yearly, 8u);
    EXPECT_EQ(better, 10u);
}

TEST(AnalyticsForecast, NoOriginKnowsWhatComesAfter) {
    Account account = draw_account(Law::growing, 120, 5);
    const Backtest before({some_day, account.revenue}, 7);
    for (std::size_t i = 100; i < 120; ++i)
        account.revenue[i] *= 10;
    const Backtest after({some_day, account.revenue}, 7);
    for (std::size_t model = 0; model < before.kinds().size(); ++model)
        for (std::size_t origin = before.first_origin(); origin <= 100; ++origin)
            for (std::size_t step = 1; step <= 7; ++step)
                ASSERT_DOUBLE_EQ(before.forecasts(model).at(origin, step),
                                 after.forecasts(model).at(origin, step))
                    << name_of(before.kinds()[model]) << " at " << origin;
}

TEST(AnalyticsForecast, RefusesWhatTheHistoryCannotBear) {
    const auto say = [](std::size_t days, std::size_t horizon) {
        try {
            forecast_sums({some_day, Numbers(days, 1.0)}, horizon);
        } catch (const Error &error) {
            return std::string(error.fault() == Fault::too_little ? error.what() : "another fault") + " | " +
                   error.hint();
        }
        return std::string("answered");
    };
    EXPECT_EQ(say(0, 1).substr(0, 50), "a forecast needs two weeks of history at the least");
    EXPECT_EQ(say(13, 1).substr(0, 50), "a forecast needs two weeks of history at the least");
    EXPECT_EQ(say(20, 1).substr(0, 47), "a forecast of 1 days needs 21 days of history |");
    EXPECT_EQ(say(30, 30), "a forecast of 30 days needs 50 days of history | Ask for at most 10 days.");
    EXPECT_EQ(say(21, 1), "answered");
    EXPECT_EQ(say(50, 30), "answered");
}

TEST(AnalyticsForecast, ConstantAndEmptyDaysAreExact) {
    for (const double constant : {0.0, 5.0}) {
        const Forecast forecast = forecast_sums({some_day, Numbers(60, constant)}, 7);
        for (const ForecastDay &day : forecast.days) {
            EXPECT_NEAR(day.value, constant, 1e-9);
            EXPECT_NEAR(day.outer.lower, constant, 1e-9);
            EXPECT_NEAR(day.outer.upper, constant, 1e-9);
        }
        EXPECT_TRUE(std::isnan(forecast.mase)) << "no unit to measure in";
    }
}

TEST(AnalyticsForecast, RoiIsUnknownWithoutSpend) {
    EXPECT_THROW(forecast_roi({some_day, Numbers(60, 5.0)}, Numbers(60, 0.0), 7), Error);
    Account account = draw_account(Law::flat, 120, 3);
    for (std::size_t i = 0; i < 120; i += 7)
        account.spend[i] = 0; // no ads on one weekday
    const Forecast forecast = forecast_roi({some_day, account.revenue}, account.spend, 14);
    for (const ForecastDay &day : forecast.days) {
        EXPECT_GT(day.inner.upper, day.inner.lower);
        EXPECT_GE(day.outer.lower, -100);
    }
    EXPECT_LT(forecast.coverage.checked, 1000u);
}

TEST(AnalyticsForecast, SumsStayAboveZeroUnlessTheHistoryDoesNot) {
    Account account = draw_account(Law::flat, 90, 4);
    for (std::size_t i = 0; i < 90; i += 2)
        account.revenue[i] = 0;
    for (const ForecastDay &day : forecast_sums({some_day, account.revenue}, 14).days)
        EXPECT_GE(day.outer.lower, 0);
    account.revenue[10] = -500;
    bool is_below = false;
    for (const ForecastDay &day : forecast_sums({some_day, account.revenue}, 14).days)
        is_below = is_below || day.outer.lower < 0;
    EXPECT_TRUE(is_below);
}

} // namespace
