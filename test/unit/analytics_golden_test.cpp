// The analyses against R: test/analytics/golden.txt, written by golden.R beside it, to 1e-9.
#include <cmath>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "core/analytics/ab_test.hpp"
#include "core/analytics/anomalies.hpp"
#include "core/analytics/least_squares.hpp"
#include "core/analytics/models.hpp"
#include "core/analytics/pacing.hpp"
#include "core/analytics/seasonality.hpp"

namespace {

using namespace roi::core::analytics;

constexpr double pi = 3.14159265358979323846;
constexpr std::int64_t some_monday = 20003;

class AnalyticsGolden : public ::testing::Test {
protected:
    AnalyticsGolden() {
        std::ifstream file(std::string(ROI_TEST_DIR) + "/analytics/golden.txt");
        std::string name;
        double value = 0;
        while (file >> name >> value)
            golden_[name] = value;
    }

    void expect(const std::string &name, const Numbers &values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto found = golden_.find(name + "[" + std::to_string(i) + "]");
            ASSERT_NE(found, golden_.end()) << name;
            EXPECT_NEAR(values[i], found->second, 1e-9 * std::max(1.0, std::fabs(found->second)))
                << name << "[" << i << "]";
        }
    }

    static Numbers series(std::size_t from, std::size_t until) {
        Numbers values;
        for (std::size_t i = from; i < until; ++i) {
            const auto day = static_cast<double>(i);
            values.push_back(200 + 0.5 * day + 30 * std::sin(2 * pi * day / 7) +
                             3 * (static_cast<double>(i * 7919 % 13) - 6));
        }
        return values;
    }

private:
    std::map<std::string, double> golden_;
};

TEST_F(AnalyticsGolden, OrderStatistics) {
    const Numbers x = series(0, 112);
    Numbers quantiles;
    for (const double p : {0.025, 0.1, 0.5, 0.975})
        quantiles.push_back(quantile_of(x, p));
    expect("quantile", quantiles);
    expect("mad", {mad_of(x, median_of(x))});
}

TEST_F(AnalyticsGolden, HoltWinters) {
    const Numbers x = series(0, 112);
    for (const bool is_multiplicative : {false, true}) {
        const std::string kind = is_multiplicative ? "multiplicative" : "additive";
        for (const double phi : {1.0, 0.9}) {
            const Smoothing by{0.3, 0.05, 0.2, phi};
            HoltWinters state(x, is_multiplicative);
            for (const double value : x)
                state.take(value, by);
            Numbers ahead;
            for (std::size_t step = 1; step <= 10; ++step)
                ahead.push_back(state.forecast(step, by));
            expect((phi == 1 ? "holt_winters_" : "damped_") + kind, ahead);
            if (phi == 1)
                expect("holt_winters_errors_" + kind, {squared_errors(x, x.size(), is_multiplicative, by)});
        }
    }
}

TEST_F(AnalyticsGolden, Regressions) {
    for (const bool is_yearly : {false, true}) {
        Forecasts forecasts(100, 112, 10);
        forecast_regression({some_monday, series(0, 112)}, is_yearly, forecasts);
        Numbers ahead;
        for (std::size_t step = 1; step <= 10; ++step)
            ahead.push_back(forecasts.at(112, step));
        expect(is_yearly ? "regression_yearly" : "regression", ahead);
    }
}

TEST_F(AnalyticsGolden, Seasons) {
    Numbers index, lower, upper;
    for (const SeasonIndex &day : weekday_seasons({some_monday, series(0, 112)})) {
        index.push_back(day.index);
        lower.push_back(day.interval.lower);
        upper.push_back(day.interval.upper);
    }
    ASSERT_EQ(index.size(), 7u);
    expect("weekday", index);
    expect("weekday_lower", lower);
    expect("weekday_upper", upper);
    Numbers years;
    for (std::size_t i = 0; i < 1096; ++i) {
        const auto day = static_cast<double>(i);
        years.push_back(100 + 0.05 * day + 20 * std::sin(2 * pi * day / 365.25) +
                        static_cast<double>(i * 7919 % 13));
    }
    index.clear();
    upper.clear();
    for (const SeasonIndex &month : month_seasons({19358, years})) {
        index.push_back(month.index);
        upper.push_back(month.interval.upper);
    }
    ASSERT_EQ(index.size(), 12u);
    expect("month", index);
    expect("month_upper", upper);
}

TEST_F(AnalyticsGolden, Anomalies) {
    Numbers x = series(0, 90);
    x[40] = 600;
    x[60] = -1; // below 0: values are taken as they are
    const auto refitted = watch({some_monday, x}, 0.01);
    EXPECT_TRUE(refitted[60].is_anomaly);
    x[60] = series(60, 61)[0];
    const auto days = watch({some_monday, x}, 0.01);
    const auto is_plain = std::fabs(days[0].usual.upper + days[0].usual.lower - 2 * days[0].expected) < 1e-9;
    ASSERT_TRUE(is_plain) << "this series is most symmetric as it is";
    expect("anomaly_score_of_values", {days[0].score, days[40].score, days[89].score});
    expect("anomaly_p_of_values", {days[0].p_value, days[40].p_value, days[89].p_value});
}

TEST_F(AnalyticsGolden, PacingSums) {
    const Numbers x = series(0, 40);
    std::vector<Numbers> rows;
    Numbers sum(7, 0.0);
    for (std::int64_t day = 0; day < 52; ++day) {
        Numbers row(7, 0.0);
        row[0] = 1;
        if (const int weekday = weekday_of(some_monday + day); weekday > 0)
            row[static_cast<std::size_t>(weekday)] = 1;
        if (day < 40)
            rows.push_back(row);
        else
            for (std::size_t i = 0; i < 7; ++i)
                sum[i] += row[i];
    }
    const LeastSquares fit(rows, x);
    ASSERT_TRUE(fit.is_full_rank());
    expect("pacing_sum", {fit.predict(sum)});
    expect("pacing_variance", {fit.variance() * (12 + fit.leverage(sum))});
    PacingCase campaign;
    campaign.history = {some_monday, x};
    campaign.today = some_monday + 40;
    campaign.elapsed = 18;
    campaign.days = 30;
    campaign.budget = 1;
    expect("pacing_sum", {pace(campaign).projected});
}

TEST_F(AnalyticsGolden, Variants) {
    const auto proportions = [&](double a, double n_a, double b, double n_b) {
        const AbResult result = compare_proportions({{a, n_a}}, {{b, n_b}}, {});
        return Numbers{result.p_value, result.interval.lower, result.interval.upper};
    };
    expect("proportions_120", proportions(120, 2400, 151, 2380));
    expect("proportions_5", proportions(5, 80, 11, 90));
    const Numbers x = series(0, 112);
    AbDays a, b;
    for (std::size_t i = 0; i < 28; ++i)
        a.push_back({x[i], 20 + static_cast<double>((i + 1) % 5)});
    for (std::size_t i = 0; i < 35; ++i)
        b.push_back({x[40 + i] * 1.05, 20 + static_cast<double>((i + 1) % 4)});
    const AbResult welch = compare_means(a, b, {});
    expect("welch", {welch.p_value, welch.interval.lower, welch.interval.upper});
    const AbResult delta = compare_ratios(a, b, {});
    expect("delta", {delta.p_value, delta.interval.lower, delta.interval.upper});
    expect("split", {split_p_value(5210, 4890, 0.5)});
    expect("power", {proportion_power(3000, 3000, 0.05, 0.06, 0.95)});
    expect("trials", {proportion_trials(0.05, 0.06, 0.95, 0.8)});
    expect("trials_of_r", {proportion_trials(0.05, 0.06, 0.95, 0.8)});
}

} // namespace
