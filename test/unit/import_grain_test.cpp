// Periods kept or spread, snapshots of posts, platforms' own metrics, accounts, and memory that does not grow.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "import_support.hpp"

namespace {

using namespace import_test;
using namespace roi::core;

const std::string period_header =
    "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR),Impressions\n";

std::vector<FormatRule> grain_formats() {
    FormatRule ads = meta_format();
    ads.columns.push_back(column(Field::account, "account id"));
    FormatRule posts{"posts", "instagram", "post", false, false, {}};
    posts.lifetime = true;
    posts.is_paid = false;
    posts.columns = {column(Field::post_id, "post id", true),   column(Field::date, "date"),
                     column(Field::impressions, "views", true), column(Field::likes, "likes"),
                     column(Field::posted_at, "publish time"),  column(Field::metric, "reach"),
                     column(Field::metric, "watch time")};
    posts.columns[5].metric = "reach";
    posts.columns[6].metric = "watch_time";
    posts.posted_order = "mdy";
    return {ads, posts};
}

Imported import(const std::string &text, const Options &options = {}) {
    static const std::vector<FormatRule> known = grain_formats();
    return Imported(text, options, 1000, known);
}

TEST(ImportGrain, KeepsAPeriodAsOneRow) {
    const Imported run =
        import(period_header +
               "2026-08-01,2026-08-31,A,31,310\n2026-09-01,2026-09-30,A,1,1\n2026-10-01,2026-10-01,A,1,1\n");
    EXPECT_EQ(run.import.facts().size(), 3U);
    EXPECT_EQ(run.import.counts().periods, 2);
    ASSERT_EQ(run.import.extent().periods.size(), 2U);
    EXPECT_EQ(run.import.extent().periods[0].last - run.import.extent().periods[0].first, 30);
}

TEST(ImportGrain, SpreadsAPeriodOverItsDaysToTheLastDigit) {
    Options options;
    options.spread_periods = true;
    const Imported run = import(period_header + "2026-08-01,2026-08-03,A,0.000005,-7\n", options);
    ASSERT_EQ(run.import.facts().size(), 3U);
    EXPECT_TRUE(run.import.extent().periods.empty());
    std::int64_t spend = 0, views = 0;
    for (const Fact &fact : run.import.facts()) {
        spend += fact.value[measure_spend];
        views += fact.value[measure_views];
        EXPECT_GE(fact.value[measure_spend], 1);
        EXPECT_LE(fact.value[measure_views], -2);
    }
    EXPECT_EQ(spend, 5);
    EXPECT_EQ(views, -7);
}

TEST(ImportGrain, RefusesImpossiblePeriods) {
    const Imported run = import(
        period_header + "2026-08-03,2026-08-01,A,1,1\n2026-08-03,soon,A,1,1\n2026-08-03,2096-08-01,A,1,1\n");
    EXPECT_EQ(run.reason(0), "the period ends before it begins");
    EXPECT_EQ(run.reason(1), "not a date");
    EXPECT_EQ(run.reason(2), "the period is longer than ten years");
}

TEST(ImportGrain, TheRangeAboveTheHeaderIsThePeriodOfLinesThatAllBeginIt) {
    const std::string above =
        "Report Start: August 1, 2026, 12:00 AM\nReport End: August 31, 2026, 11:59 PM\n\n";
    const std::string header = "Day,Campaign name,Amount spent (EUR)\n";
    EXPECT_EQ(import(above + header + "2026-08-01,A,1\n2026-08-01,B,1\n").import.counts().periods, 2);
    EXPECT_EQ(import(above + header + "2026-08-01,A,1\n2026-08-02,B,1\n").import.counts().periods, 0);
}

TEST(ImportGrain, SnapshotsComeByPostAndTime) {
    const Imported run = import(
        "Post ID,Date,Views,Likes,Publish time,Reach,Watch time\nb,2026-08-02,7,1,03/04/2026 06:08,5,0.25\n"
        "a,2026-08-03 10:30,9,,,,\na,2026-08-02,5,2,,,\na,2026-08-02,6,2,,,\n");
    const std::vector<Fact> &facts = run.import.facts();
    ASSERT_EQ(facts.size(), 4U);
    EXPECT_EQ(facts[0].value[measure_views], 5); // in the order of the file, never added up
    EXPECT_EQ(facts[1].value[measure_views], 6);
    EXPECT_EQ(facts[2].stamp % 86400, 10 * 3600 + 1800);
    EXPECT_EQ(facts[2].reported, 1U << measure_views);
    EXPECT_EQ(facts[3].post, "b");
    EXPECT_EQ(facts[3].posted_at, 1772604480);
    EXPECT_EQ(facts[3].metrics, (std::vector<std::int64_t>{5000000, 250000}));
    EXPECT_EQ(facts[3].metrics_reported, 3U);
    EXPECT_EQ(run.import.metrics(), (std::vector<std::string>{"reach", "watch_time"}));
}

TEST(ImportGrain, LifetimeFiguresWithoutADayAreThoseOfToday) {
    EXPECT_EQ(import("Post ID,Date,Views\na,Lifetime,7\n").reason(0), "not a date");
    Options options;
    options.today = 20000;
    EXPECT_EQ(import("Post ID,Views\na,7\n", options).import.facts().at(0).stamp, 20000 * 86400);
    EXPECT_FALSE(import("Post ID,Views\na,7\n", options).import.is_dated());
    options.day = 19000;
    EXPECT_EQ(import("Post ID,Date,Views\na,Lifetime,7\n", options).import.rejects().size(), 0U);
    EXPECT_EQ(import("Post ID,Views\na,7\n", options).import.facts().at(0).stamp, 19000 * 86400);
}

TEST(ImportGrain, ListsAccounts) {
    const Imported run = import(
        "Day,Campaign name,Account ID,Amount spent (EUR)\n2026-08-01,A,9,1\n2026-08-01,B,7,1\n2026-08-01,B,9,1\n");
    EXPECT_EQ(run.import.extent().accounts, (std::vector<std::string>{"7", "9"}));
}

TEST(ImportGrain, PiecesOfALargeFileAddUp) {
    std::string text = "Day,Campaign name,Campaign ID,Amount spent (EUR),Impressions\n";
    constexpr int keys = 50000;
    for (int round = 0; round < 2; ++round)
        for (int key = 0; key < keys; ++key)
            text += "2026-08-01,name " + std::to_string(key) + "," + std::to_string(key) + ",0.5," +
                    std::to_string(round + 1) + "\n";
    const Imported run = import(text);
    ASSERT_EQ(run.import.facts().size(), static_cast<std::size_t>(keys));
    ASSERT_EQ(run.import.campaigns().size(), static_cast<std::size_t>(keys));
    for (const Fact &fact : run.import.facts()) {
        ASSERT_EQ(fact.value[measure_spend], 1000000);
        ASSERT_EQ(fact.value[measure_views], 3);
    }
}

} // namespace
