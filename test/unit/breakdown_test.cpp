// Breakdowns: the measures of a row, sums by key, and pages in the order of a measure.
#include <algorithm>
#include <random>

#include "core/breakdown/page.hpp"
#include "core/report/columns.hpp"

#include "expect_fault.hpp"

namespace roi::core::breakdown {
namespace {

using report::count_of;
using report::free_of;
using report::Int128;
using report::money_of;
using rollup::DetailSums;

constexpr std::int64_t unit = micros_per_unit;

DetailSums sums_with(std::initializer_list<std::pair<rollup::Sum, std::int64_t>> values) {
    DetailSums sums{};
    for (const auto &[sum, value] : values)
        sums[sum] = value;
    return sums;
}

// Spend of 3, revenue of 10, two rows with ROI 100 and 250, 300 views.
DetailSums busy() {
    return sums_with({{rollup::sum_data_points, 3},
                      {rollup::sum_views, 300},
                      {rollup::sum_clicks, 7},
                      {rollup::sum_engagement, 20},
                      {rollup::sum_conversions, unit / 2},
                      {rollup::sum_spend, 3 * unit},
                      {rollup::sum_spend_count, 3},
                      {rollup::sum_revenue, 10 * unit},
                      {rollup::sum_revenue_count, 2},
                      {rollup::sum_roi, 350 * unit},
                      {rollup::sum_roi_count, 2},
                      {rollup::sum_roas, 7 * unit},
                      {rollup::sum_roas_count, 3}});
}

// --- measures ---

TEST(BreakdownMeasures, AreNamedAsTheResultColumns) {
    const std::vector<std::string> names{"revenue",
                                         "spend",
                                         "profit",
                                         "avg_roi",
                                         "avg_roas",
                                         "roi",
                                         "roas",
                                         "impressions",
                                         "engagement",
                                         "posts",
                                         "total_clicks",
                                         "engagement_rate",
                                         "click_through_rate",
                                         "efficiency_score",
                                         "conversions",
                                         "data_points"};
    ASSERT_EQ(names.size(), measure_count);
    ASSERT_EQ(report::channel_columns().size(), measure_count);
    for (std::size_t i = 0; i < measure_count; ++i)
        EXPECT_EQ(name_of(static_cast<Measure>(i)), names[i]);
}

TEST(BreakdownMeasures, FollowFromTheSums) {
    const Figures figures = figures_of(busy(), 2);
    EXPECT_EQ(figures[revenue], money_of(10 * unit));
    EXPECT_EQ(figures[spend], money_of(3 * unit));
    EXPECT_EQ(figures[profit], money_of(7 * unit));
    EXPECT_EQ(figures[avg_roi], money_of(175 * unit)); // of two rows
    EXPECT_EQ(figures[avg_roas], money_of(2333333));   // of three rows
    EXPECT_EQ(figures[roi], money_of(233333333));      // 100 x 7 / 3
    EXPECT_EQ(figures[roas], money_of(3333333));       // 10 / 3
    EXPECT_EQ(figures[impressions], count_of(300));
    EXPECT_EQ(figures[engagement], count_of(20));
    EXPECT_EQ(figures[posts], count_of(2));
    EXPECT_EQ(figures[total_clicks], count_of(7));
    EXPECT_EQ(figures[engagement_rate], money_of(6666667));    // 100 x 20 / 300
    EXPECT_EQ(figures[click_through_rate], money_of(2333333)); // 100 x 7 / 300
    EXPECT_EQ(figures[efficiency_score], money_of(11666667));  // 175 x 20 / 300
    EXPECT_EQ(figures[conversions], free_of(unit / 2));
    EXPECT_EQ(figures[data_points], count_of(3));
}

TEST(BreakdownMeasures, OneAtATimeAreTheSame) {
    const Figures figures = figures_of(busy(), 2);
    for (std::size_t i = 0; i < measure_count; ++i)
        EXPECT_EQ(measure_of(static_cast<Measure>(i), busy(), 2), figures[i]) << i;
}

// Else a breakdown would show 0 for it.
TEST(BreakdownMeasures, LookAtNoSumThatTheDetailsDoNotKeep) {
    report::Figures plain, full;
    const DetailSums kept = busy();
    std::copy(kept.begin(), kept.end(), plain.sums.begin());
    plain.distinct = {2, 0, 0, 0};
    full.sums = plain.sums;
    std::fill(full.sums.begin() + rollup::detail_sum_count, full.sums.end(), 12345);
    full.distinct = {2, 8, 8, 8};
    for (const report::Column &column : report::channel_columns())
        EXPECT_EQ(column.of(plain), column.of(full)) << column.name;
}

TEST(BreakdownMeasures, OfNothingAreZeroOrNull) {
    const Figures figures = figures_of(DetailSums{}, 0);
    for (const Measure sum : {revenue, spend, profit})
        EXPECT_EQ(figures[sum], money_of(0)) << sum;
    for (const Measure count : {impressions, engagement, posts, total_clicks, data_points})
        EXPECT_EQ(figures[count], count_of(0)) << count;
    for (const Measure rate : {engagement_rate, click_through_rate}) // the plan's columns
        EXPECT_EQ(figures[rate], money_of(0)) << rate;
    for (const Measure undefined : {avg_roi, avg_roas, roi, roas, efficiency_score})
        EXPECT_EQ(figures[undefined], Value()) << undefined;
    EXPECT_EQ(figures[conversions], free_of(0));
}

TEST(BreakdownMeasures, RatesWithoutViewsAreZeroWhateverWasClicked) {
    DetailSums sums = busy();
    sums[rollup::sum_views] = 0;
    const Figures figures = figures_of(sums, 2);
    EXPECT_EQ(figures[engagement_rate], money_of(0));
    EXPECT_EQ(figures[click_through_rate], money_of(0));
    EXPECT_EQ(figures[efficiency_score], money_of(3500 * unit)); // per max(impressions, 1): 175 x 20
    sums[rollup::sum_views] = -5;                                // taken back by a correction
    EXPECT_EQ(figures_of(sums, 2)[efficiency_score], money_of(3500 * unit));
}

TEST(BreakdownMeasures, RatiosToSpendAreNullWithoutSpend) {
    DetailSums sums = busy();
    sums[rollup::sum_spend] = 0;
    const Figures figures = figures_of(sums, 2);
    EXPECT_EQ(figures[profit], money_of(10 * unit));
    EXPECT_EQ(figures[roi], Value());
    EXPECT_EQ(figures[roas], Value());
    EXPECT_EQ(figures[avg_roi], money_of(175 * unit)); // what the rows said stays
}

TEST(BreakdownMeasures, RevenueThatNoRowReportsIsNotRevenueOfZero) {
    DetailSums sums = busy();
    sums[rollup::sum_revenue] = 0;
    EXPECT_EQ(figures_of(sums, 2)[roi], money_of(-100 * unit));
    EXPECT_EQ(figures_of(sums, 2)[roas], money_of(0));
    sums[rollup::sum_revenue_count] = 0;
    EXPECT_EQ(figures_of(sums, 2)[roi], Value());
    EXPECT_EQ(figures_of(sums, 2)[roas], Value());
    EXPECT_EQ(figures_of(sums, 2)[profit], money_of(-3 * unit));
}

TEST(BreakdownMeasures, TakeTheLargestSums) {
    DetailSums sums = busy();
    sums[rollup::sum_revenue] = INT64_MAX;
    sums[rollup::sum_spend] = -INT64_MAX;
    sums[rollup::sum_roi] = sums[rollup::sum_engagement] = INT64_MAX;
    sums[rollup::sum_roi_count] = sums[rollup::sum_views] = 1;
    const Figures figures = figures_of(sums, 2);
    EXPECT_EQ(figures[profit], money_of(2 * Int128{INT64_MAX}));
    EXPECT_EQ(figures[roi], money_of(-200 * unit));
    EXPECT_EQ(figures[efficiency_score], money_of(Int128{INT64_MAX} * INT64_MAX));
}

// --- sums by key ---

TEST(BreakdownLedger, AddsUpByKey) {
    Ledger ledger;
    ledger.add({1, ""}, "USD", 5, busy());
    ledger.add({1, "x"}, "USD", 6, busy());
    ledger.add({1, ""}, "USD", 7, busy());
    ledger.add({1, ""}, "USD", 5, busy());
    ASSERT_EQ(ledger.entries().size(), 2u);
    const Entry &entry = ledger.entries().at({1, ""});
    EXPECT_EQ(entry.sums[rollup::sum_spend], 9 * unit);
    EXPECT_EQ(entry.posts.members(), (std::vector<std::uint32_t>{5, 7}));
}

TEST(BreakdownLedger, CountsNoPostWhereThereIsNone) {
    Ledger ledger;
    ledger.add({0, "facebook"}, "USD", 0, busy());
    const Entry &entry = ledger.entries().at({0, "facebook"});
    EXPECT_TRUE(entry.posts.is_empty());
    EXPECT_EQ(entry.sums[rollup::sum_data_points], 3);
}

TEST(BreakdownLedger, RefusesSumsThatDoNotFit) {
    Ledger ledger;
    const DetailSums huge = sums_with({{rollup::sum_revenue, INT64_MAX}});
    ledger.add({1, ""}, "USD", 1, huge);
    ledger.add({2, ""}, "USD", 1, huge); // another key is another sum
    expect_fault(Fault::out_of_range, [&] { ledger.add({1, ""}, "USD", 1, huge); });
}

TEST(BreakdownLedger, AnswersInTheOnlyCurrencyWithMoney) {
    Ledger ledger;
    EXPECT_EQ(ledger.only_currency(), "");
    ledger.add({1, ""}, "EUR", 1, sums_with({{rollup::sum_views, 5}}));
    EXPECT_EQ(ledger.only_currency(), "EUR"); // the only one there is
    ledger.add({1, ""}, "CHF", 1, sums_with({{rollup::sum_views, 5}}));
    EXPECT_EQ(ledger.only_currency(), "");
    ledger.add({1, ""}, "USD", 1, sums_with({{rollup::sum_spend, 1}}));
    ledger.add({1, ""}, "USD", 1, sums_with({{rollup::sum_views, 5}})); // has money all the same
    EXPECT_EQ(ledger.only_currency(), "USD");
    ledger.add({2, ""}, "EUR", 1, sums_with({{rollup::sum_revenue, -1}}));
    expect_fault(Fault::invalid_argument, [&] { ledger.only_currency(); });
}

TEST(BreakdownLedger, SeesMoneyThatCancelsOut) {
    Ledger ledger;
    ledger.add({1, ""}, "USD", 1, sums_with({{rollup::sum_spend, 1}}));
    ledger.add({1, ""}, "EUR", 1, sums_with({{rollup::sum_spending_points, 1}}));
    expect_fault(Fault::invalid_argument, [&] { ledger.only_currency(); });
}

TEST(BreakdownLedger, ForgetsANumberButNotItsCurrencies) {
    Ledger ledger;
    ledger.add({0, "facebook"}, "EUR", 0, busy());
    ledger.add({0, "tiktok"}, "EUR", 0, busy());
    ledger.add({3, "facebook"}, "USD", 3, busy());
    ledger.drop_number(0);
    ASSERT_EQ(ledger.entries().size(), 1u);
    EXPECT_EQ(ledger.entries().begin()->first.number, 3);
    EXPECT_EQ(ledger.currencies().size(), 2u);
    ledger.drop_number(0);
    EXPECT_EQ(ledger.entries().size(), 1u);
}

// --- pages ---

// The keys of all pages of a size, each page found by the page_key of the row before it.
std::vector<Key> keys_by_pages(const Ledger &ledger, Measure order, std::size_t size) {
    std::vector<Key> keys;
    Cursor cursor;
    for (const Cursor *after = nullptr; keys.size() <= ledger.entries().size(); after = &cursor) {
        const std::vector<Row> page = page_of(ledger, order, after, size);
        EXPECT_LE(page.size(), size);
        for (const Row &row : page)
            keys.push_back(row.key);
        if (page.size() < size) break;
        EXPECT_TRUE(read_page_key(page_key(order, page.back()), order, cursor));
    }
    return keys;
}

std::string shown(const std::vector<Key> &keys) {
    std::string text;
    for (const Key &key : keys)
        text += std::to_string(key.number) + key.text + " ";
    return text;
}

// Clicks and spend by key; a key without rows that report revenue has no ROI.
Ledger small_ledger() {
    const auto row = [](std::int64_t clicks, std::int64_t spent, std::int64_t earned, bool reports) {
        return sums_with({{rollup::sum_clicks, clicks},
                          {rollup::sum_spend, spent},
                          {rollup::sum_revenue, earned},
                          {rollup::sum_revenue_count, reports ? 1 : 0}});
    };
    Ledger ledger;
    ledger.add({10, ""}, "USD", 1, row(5, unit, unit, true));         // ROI 0
    ledger.add({2, "b"}, "USD", 1, row(9, unit, 0, false));           // no ROI
    ledger.add({2, "a"}, "USD", 1, row(5, unit, 0, true));            // ROI -100
    ledger.add({7, ""}, "USD", 1, row(5, 0, 3 * unit, true));         // no ROI
    ledger.add({0, "z"}, "USD", 0, row(-1, unit, 3 * unit, true));    // ROI 200
    ledger.add({11, ""}, "USD", 1, row(0, 2 * unit, unit, true));     // ROI -50
    ledger.add({3, ""}, "USD", 1, row(10, 2 * unit, 2 * unit, true)); // ROI 0
    return ledger;
}

TEST(BreakdownPages, GoDescendingWithTiesByKeyAscending) {
    EXPECT_EQ(shown(keys_by_pages(small_ledger(), total_clicks, 100)), "3 2b 2a 7 10 11 0z ");
}

TEST(BreakdownPages, PutNullLastBehindNegativeValues) {
    EXPECT_EQ(shown(keys_by_pages(small_ledger(), roi, 100)), "0z 3 10 11 2a 2b 7 ");
}

TEST(BreakdownPages, OfEverySizeMakeTheWholeOnce) {
    const Ledger ledger = small_ledger();
    for (std::size_t i = 0; i < measure_count; ++i) {
        const auto order = static_cast<Measure>(i);
        const std::string whole = shown(keys_by_pages(ledger, order, 100));
        for (std::size_t size = 1; size <= 8; ++size)
            EXPECT_EQ(shown(keys_by_pages(ledger, order, size)), whole)
                << name_of(order) << ", pages of " << size;
    }
}

TEST(BreakdownPages, OfNothingAreEmpty) {
    EXPECT_TRUE(page_of(Ledger(), revenue, nullptr, 10).empty());
    const Cursor first{money_of(0), {}};
    EXPECT_TRUE(page_of(Ledger(), revenue, &first, 10).empty());
}

TEST(BreakdownPages, GoOnBehindARowThatIsGone) {
    Ledger ledger = small_ledger();
    Cursor cursor;
    ASSERT_TRUE(read_page_key(page_key(total_clicks, page_of(ledger, total_clicks, nullptr, 3).back()),
                              total_clicks, cursor));
    ledger.drop_number(2); // with it the row that the cursor names
    std::vector<Key> keys;
    for (const Row &row : page_of(ledger, total_clicks, &cursor, 2))
        keys.push_back(row.key);
    EXPECT_EQ(shown(keys), "7 10 ");
}

TEST(BreakdownPages, EndBehindTheLastRow) {
    const Ledger ledger = small_ledger();
    Cursor cursor;
    ASSERT_TRUE(read_page_key(page_key(roi, page_of(ledger, roi, nullptr, 7).back()), roi, cursor));
    EXPECT_EQ(cursor.value, Value());
    EXPECT_TRUE(page_of(ledger, roi, &cursor, 7).empty());
}

TEST(BreakdownPages, ShowTheFiguresOfTheirRows) {
    Ledger ledger;
    ledger.add({1, ""}, "USD", 4, busy());
    ledger.add({1, ""}, "USD", 9, busy());
    const std::vector<Row> page = page_of(ledger, avg_roi, nullptr, 10);
    ASSERT_EQ(page.size(), 1u);
    DetailSums twice = busy();
    rollup::add(twice, busy());
    EXPECT_EQ(page[0].figures, figures_of(twice, 2));
}

// Many keys and few values, against a plain sort.
TEST(BreakdownPages, EqualAPlainSort) {
    std::mt19937_64 random(20260301);
    Ledger ledger;
    std::vector<std::tuple<std::int64_t, std::int64_t, std::string>> sorted; // -clicks, number, text
    for (std::int64_t number = 0; number < 400; ++number)
        for (const char *text : {"", "facebook", "youtube"}) {
            const auto clicks = static_cast<std::int64_t>(random() % 20) - 5;
            ledger.add({number * 3 % 400, text}, "USD", 1, sums_with({{rollup::sum_clicks, clicks}}));
            sorted.emplace_back(-clicks, number * 3 % 400, text);
        }
    std::sort(sorted.begin(), sorted.end());
    std::vector<Key> expected;
    for (const auto &[clicks, number, text] : sorted)
        expected.push_back({number, text});
    for (const std::size_t size : {1, 7, 100, 1199, 1200, 5000})
        EXPECT_EQ(keys_by_pages(ledger, total_clicks, size), expected) << size;
}

// --- page keys ---

Row row_of(Measure measure, Value value, Key key) {
    Row row{std::move(key), {}};
    row.figures[measure] = value;
    return row;
}

TEST(BreakdownPageKey, SaysOrderValueAndKey) {
    EXPECT_EQ(page_key(revenue, row_of(revenue, money_of(12345678), {42, "facebook"})),
              "revenue:12345678:42:facebook");
    EXPECT_EQ(page_key(profit, row_of(profit, money_of(-1), {1, ""})), "profit:-1:1:");
    EXPECT_EQ(page_key(posts, row_of(posts, count_of(0), {0, "a:b"})), "posts:0:0:a:b");
    EXPECT_EQ(page_key(roi, row_of(roi, Value(), {3, ""})), "roi::3:"); // NULL is not 0
}

TEST(BreakdownPageKey, IsReadBack) {
    const Int128 most = Int128{INT64_MAX} * INT64_MAX;
    for (const Int128 number : {Int128{0}, Int128{7}, Int128{-7}, Int128{INT64_MIN}, most, -most})
        for (const Key &key : {Key{0, ""}, Key{INT64_MAX, "x"}, Key{5, ":"}, Key{6, "a:b:-1:\n"}}) {
            Cursor cursor;
            ASSERT_TRUE(
                read_page_key(page_key(efficiency_score, row_of(efficiency_score, money_of(number), key)),
                              efficiency_score, cursor));
            EXPECT_NE(cursor.value.kind, Value::null);
            EXPECT_TRUE(cursor.value.number == number);
            EXPECT_EQ(cursor.key, key);
        }
}

TEST(BreakdownPageKey, OfNullIsReadBack) {
    Cursor cursor{money_of(99), {9, "old"}};
    ASSERT_TRUE(read_page_key("roi::3:tiktok", roi, cursor));
    EXPECT_EQ(cursor.value.kind, Value::null);
    EXPECT_EQ(cursor.key, (Key{3, "tiktok"}));
}

TEST(BreakdownPageKey, OfOtherTextIsRefused) {
    Cursor cursor;
    for (const char *text : {"",
                             ":",
                             "::",
                             ":::",
                             "revenue",
                             "revenue:",
                             "revenue:1",
                             "revenue:1:",
                             "revenue:1:2",
                             "revenue:1::",
                             "spend:1:2:",
                             "Revenue:1:2:",
                             " revenue:1:2:",
                             "revenue :1:2:",
                             "revenue:+1:2:",
                             "revenue:01:2:",
                             "revenue:-0:2:",
                             "revenue:-:2:",
                             "revenue:--1:2:",
                             "revenue: 1:2:",
                             "revenue:1.0:2:",
                             "revenue:1e3:2:",
                             "revenue:1:-2:",
                             "revenue:1:02:",
                             "revenue:1:x:",
                             "revenue:x:2:",
                             "revenue:1:9223372036854775808:",
                             "revenue:170141183460469231731687303715884105728:2:",
                             "revenue:99999999999999999999999999999999999999999:2:"})
        EXPECT_FALSE(read_page_key(text, revenue, cursor)) << text;
    EXPECT_TRUE(read_page_key("revenue:170141183460469231731687303715884105727:9223372036854775807:", revenue,
                              cursor));
    EXPECT_TRUE(read_page_key("revenue:-170141183460469231731687303715884105728:0:", revenue, cursor));
}

} // namespace
} // namespace roi::core::breakdown
