// Sums, buckets, sets and deltas of the rollup, by hand-worked cases and against simple models.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/calendar.hpp"
#include "core/rollup/delta.hpp"
#include "core/rollup/id_set.hpp"
#include "core/rollup/sums.hpp"

#include "expect_fault.hpp"

namespace roi::core::rollup {
namespace {

constexpr Moment hour = 4 * usecs_per_quarter;
constexpr Moment day_2026_11_22 =
    (days_from_civil(2026, 11, 22) - days_from_civil(2000, 1, 1)) * usecs_per_utc_day;

Fact fact_of(const char *post, Moment stamp) {
    Fact fact;
    fact.user_id = "u";
    fact.platform = "facebook";
    fact.currency = "USD";
    fact.post_id = post;
    fact.stamp = stamp;
    fact.value = {100, 5, 3, 2, 1, 7, 60, 4, 2000000, 1500000, 4500000};
    fact.roi = 200000000;
    fact.roas = 3000000;
    fact.cpc = 375000;
    fact.cpi = 25000;
    fact.reported = (std::size_t{1} << fact_bit_count) - 1;
    return fact;
}

Fact without(Fact fact, std::size_t bit) {
    fact.reported &= ~(std::size_t{1} << bit);
    if (bit < measure_count) fact.value[bit] = 0;
    return fact;
}

TEST(RollupSums, CountEveryColumnOfAFact) {
    const Sums sums = sums_of(fact_of("p", day_2026_11_22));
    const Sums expected{1,       100, 5,     3, 2,         1,       7,       60,     4, 2000000, 1500000,
                        4500000, 10,  1,     1, 200000000, 1,       3000000, 1,      1, 1,       1,
                        375000,  1,   25000, 1, 4500000,   1500000, 1500000, 375000, 1, 25000,   1};
    EXPECT_EQ(sums, expected);
}

TEST(RollupSums, LeaveOutWhatIsNotReported) {
    const Fact full = fact_of("p", day_2026_11_22);
    EXPECT_EQ(sums_of(without(full, measure_shares))[sum_engagement], 0);
    EXPECT_EQ(sums_of(without(full, measure_saves))[sum_engagement], 10);
    EXPECT_EQ(sums_of(without(full, measure_spend))[sum_spend_count], 0);
    EXPECT_EQ(sums_of(without(full, measure_revenue))[sum_revenue_count], 0);
    const Sums no_rate = sums_of(without(full, rate_cpc));
    EXPECT_EQ(no_rate[sum_cpc] + no_rate[sum_cpc_count] + no_rate[sum_spending_cpc] +
                  no_rate[sum_spending_cpc_count],
              0);
    EXPECT_EQ(no_rate[sum_spending_cpi], 25000);
    EXPECT_EQ(sums_of(without(full, rate_roi))[sum_roi_count], 0);
    EXPECT_EQ(sums_of(without(full, rate_roas))[sum_roas_count], 0);
}

TEST(RollupSums, KeepEarningAndSpendingRowsApart) {
    Fact fact = fact_of("p", day_2026_11_22);
    fact.value[measure_revenue] = 0;
    Sums sums = sums_of(fact);
    EXPECT_EQ(sums[sum_earning_points] + sums[sum_earning_spend] + sums[sum_earning_revenue], 0);
    EXPECT_EQ(sums[sum_spending_points], 1);
    fact.value[measure_revenue] = 1;
    fact.value[measure_spend] = -1; // a correction spends nothing
    sums = sums_of(fact);
    EXPECT_EQ(sums[sum_earning_points], 1);
    EXPECT_EQ(sums[sum_earning_spend], -1);
    EXPECT_EQ(sums[sum_spending_points] + sums[sum_spending_spend] + sums[sum_spending_cpc] +
                  sums[sum_spending_cpi_count],
              0);
}

TEST(RollupSums, TellRowsOnAQuarterFromOthers) {
    for (const Moment stamp :
         {Moment{0}, usecs_per_quarter, -usecs_per_quarter, day_2026_11_22 + 3 * usecs_per_quarter})
        EXPECT_EQ(sums_of(fact_of("p", stamp))[sum_quarter_points], 1) << stamp;
    for (const Moment stamp : {Moment{1}, usecs_per_quarter - 1, Moment{-1}, day_2026_11_22 + 1})
        EXPECT_EQ(sums_of(fact_of("p", stamp))[sum_quarter_points], 0) << stamp;
}

TEST(RollupSums, RefuseToOverflow) {
    Sums sums{};
    sums[sum_views] = INT64_MAX;
    Sums one{};
    one[sum_views] = 1;
    expect_fault(Fault::out_of_range, [&] {
        Sums copy = sums;
        add(copy, one);
    });
    sums[sum_views] = INT64_MIN;
    expect_fault(Fault::out_of_range, [&] {
        Sums copy = sums;
        add(copy, one, -1);
    });
    Fact fact = fact_of("p", 0);
    fact.value[measure_likes] = fact.value[measure_comments] = INT64_MAX;
    expect_fault(Fault::out_of_range, [&] { sums_of(fact); });
}

// What could be added but never taken back.
TEST(RollupSums, RefuseWhatHasNoNegative) {
    for (std::size_t measure = 0; measure < measure_count; ++measure) {
        Fact fact = fact_of("p", 0);
        fact.value[measure] = INT64_MIN;
        expect_fault(Fault::out_of_range, [&] { sums_of(fact); });
    }
    for (std::int64_t Fact::*rate : {&Fact::roi, &Fact::roas, &Fact::cpc, &Fact::cpi}) {
        Fact fact = fact_of("p", 0);
        fact.*rate = INT64_MIN;
        expect_fault(Fault::out_of_range, [&] { sums_of(fact); });
        fact.*rate = INT64_MIN + 1;
        EXPECT_NO_THROW(sums_of(fact));
    }
}

TEST(RollupBuckets, StartAtQuartersDaysAndMonthsOfUtc) {
    const Moment moment = day_2026_11_22 + 10 * hour + 16 * 60000000 + 1;
    EXPECT_EQ(bucket_of(Grain::quarter, moment), day_2026_11_22 + 10 * hour + usecs_per_quarter);
    EXPECT_EQ(bucket_of(Grain::day, moment), day_2026_11_22);
    EXPECT_EQ(bucket_of(Grain::month, moment), day_2026_11_22 - 21 * usecs_per_utc_day);
    EXPECT_EQ(bucket_after(Grain::month, bucket_of(Grain::month, moment)),
              day_2026_11_22 + 9 * usecs_per_utc_day);
    EXPECT_EQ(bucket_of(Grain::day, -1), -usecs_per_utc_day);
    EXPECT_EQ(bucket_of(Grain::month, -1), -31 * usecs_per_utc_day);
}

TEST(RollupBuckets, WalkEveryMonthOfTheCalendar) {
    for (const int first_year : {1, 1599, 1899, 1999, 9996}) {
        Moment month = (days_from_civil(first_year, 1, 1) - days_from_civil(2000, 1, 1)) * usecs_per_utc_day;
        for (int year = first_year; year < first_year + 4; ++year)
            for (int number = 1; number <= 12; ++number) {
                ASSERT_EQ(month, (days_from_civil(year, number, 1) - days_from_civil(2000, 1, 1)) *
                                     usecs_per_utc_day);
                ASSERT_EQ(bucket_of(Grain::month, month + 27 * usecs_per_utc_day + 1), month);
                ASSERT_EQ(bucket_of(Grain::month, bucket_after(Grain::month, month) - 1), month);
                month = bucket_after(Grain::month, month);
            }
    }
    // the server's first and last moments: 4713 BC and 294276 AD
    for (const Moment edge : {INT64_C(-211813488000000000), INT64_C(9223371331199999999)}) {
        EXPECT_LE(bucket_of(Grain::month, edge), edge);
        EXPECT_GT(bucket_of(Grain::month, edge) + 31 * usecs_per_utc_day, edge);
    }
}

TEST(CivilFromDays, IsTheInverseOfDaysFromCivil) {
    for (std::int64_t day = days_from_civil(1, 1, 1); day < days_from_civil(9999, 12, 31); day += 13) {
        const CivilDay civil = civil_from_days(day);
        ASSERT_EQ(days_from_civil(static_cast<int>(civil.year), civil.month, civil.day), day);
    }
}

template <class Set>
std::string bytes_of(const Set &set) {
    std::string bytes(set.byte_size(), '\0');
    set.write(bytes.data());
    return bytes;
}

template <class Set>
class IdSets : public testing::Test {};
using SetTypes = testing::Types<PostSet, CampaignSet>;
TYPED_TEST_SUITE(IdSets, SetTypes);

TYPED_TEST(IdSets, BehaveLikeStdSet) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        TypeParam left, right;
        std::set<std::uint64_t> model;
        for (int i = static_cast<int>(random() % 300); i > 0; --i) {
            const std::uint64_t id = random() % (round % 2 == 0 ? 400 : 4000000000);
            (random() % 2 == 0 ? left : right).add(static_cast<std::uint32_t>(id));
            model.insert(id);
        }
        TypeParam merged(bytes_of(left));
        merged.merge(TypeParam(bytes_of(right)));
        ASSERT_EQ(merged.size(), model.size());
        const auto members = merged.members();
        ASSERT_TRUE(std::equal(members.begin(), members.end(), model.begin(), model.end()));
        ASSERT_TRUE(TypeParam(bytes_of(merged)) == merged);
    }
}

TYPED_TEST(IdSets, AreEmptyWithoutBytes) {
    TypeParam empty, one;
    one.add(7);
    EXPECT_TRUE(empty.is_empty());
    EXPECT_EQ(empty.byte_size(), 0u);
    EXPECT_TRUE(TypeParam(std::string_view()) == empty);
    EXPECT_FALSE(one == empty);
    EXPECT_FALSE(empty == one);
    EXPECT_TRUE(one.contains(7));
    EXPECT_FALSE(empty.contains(7));
    TypeParam copy = one;
    copy.add(8);
    EXPECT_EQ(one.size(), 1u);
    copy.merge(empty);
    EXPECT_EQ(copy.size(), 2u);
}

TYPED_TEST(IdSets, RefuseForeignBytes) {
    TypeParam set;
    for (std::uint32_t id = 0; id < 5000; id += 3)
        set.add(id);
    const std::string bytes = bytes_of(set);
    EXPECT_THROW(TypeParam(std::string_view(bytes).substr(0, bytes.size() / 2)), std::runtime_error);
    EXPECT_THROW(TypeParam(std::string("not a set of ids")), std::runtime_error);
}

TEST(CampaignSets, HoldIdsBeyond32Bits) {
    CampaignSet set;
    set.add(23843000000000123);
    set.add(INT64_MAX);
    EXPECT_EQ(CampaignSet(bytes_of(set)).members(),
              (std::vector<std::uint64_t>{23843000000000123, INT64_MAX}));
}

// --- deltas

TEST(RollupDelta, AddsUpByQuarterAndByPostAndDay) {
    Delta delta;
    delta.add(fact_of("p", day_2026_11_22), 1);
    delta.add(fact_of("p", day_2026_11_22 + 60000000), 1);
    delta.add(fact_of("q", day_2026_11_22 + hour), 1);
    ASSERT_EQ(delta.quarters().size(), 2u);
    EXPECT_EQ(delta.quarters()[0].sums[sum_data_points], 2);
    EXPECT_EQ(delta.quarters()[0].sums[sum_quarter_points], 1);
    EXPECT_EQ(delta.quarters()[1].bucket, day_2026_11_22 + hour);
    ASSERT_EQ(delta.details().size(), 2u);
    EXPECT_EQ(delta.details()[0].sums[sum_views], 200);
    ASSERT_EQ(delta.posts().size(), 2u);
    EXPECT_EQ(delta.names().text(delta.posts()[1].post_id), "q");
}

TEST(RollupDelta, TakesRemovedFactsBack) {
    Delta delta;
    delta.add(fact_of("p", day_2026_11_22), -1);
    EXPECT_FALSE(delta.posts()[0].is_written);
    delta.add(fact_of("p", day_2026_11_22), 1);
    EXPECT_TRUE(delta.posts()[0].is_written);
    EXPECT_EQ(delta.quarters()[0].sums, Sums{});
    EXPECT_EQ(delta.details()[0].sums, DetailSums{});
    delta.quarters()[0].compact();
    ASSERT_EQ(delta.quarters()[0].members.size(), 1u);
    EXPECT_EQ(delta.quarters()[0].members[0].rows, 0);
}

TEST(RollupDelta, KeepsKeysApart) {
    Delta delta;
    Fact fact = fact_of("p", day_2026_11_22);
    delta.add(fact, 1);
    const auto change = [&](auto Fact::*field, auto value) {
        Fact other = fact;
        other.*field = value;
        delta.add(other, 1);
    };
    change(&Fact::user_id, "v");
    change(&Fact::platform, "youtube");
    change(&Fact::currency, "EUR");
    change(&Fact::campaign_id, 9);
    change(&Fact::content_type, "video");
    change(&Fact::post_id, "");
    change(&Fact::stamp, day_2026_11_22 + usecs_per_utc_day);
    EXPECT_EQ(delta.details().size(), 8u);
    EXPECT_EQ(delta.quarters().size(), 5u); // user, platform, currency, stamp and the first
}

TEST(RollupDelta, DescribesAPostByItsFirstWrittenFact) {
    Delta delta;
    Fact fact = fact_of("p", day_2026_11_22);
    fact.source = "simulated";
    fact.is_generated = true;
    fact.content_category = "how-to";
    fact.campaign_id = 4;
    fact.posted_at = 17;
    delta.add(fact, 1);
    fact.content_category = "later";
    fact.stamp -= hour;
    delta.add(fact, 1);
    const PostChange &post = delta.posts()[0];
    EXPECT_EQ(delta.names().text(post.content_category), "how-to");
    EXPECT_EQ(post.campaign, 4);
    EXPECT_EQ(post.posted_at, 17);
    EXPECT_EQ(post.last_generated, day_2026_11_22);
    // somebody edits a simulated fact: the simulator's last hour stays
    fact.is_generated = false;
    fact.stamp += 2 * hour;
    delta.add(fact, 1);
    EXPECT_EQ(delta.posts()[0].last_generated, day_2026_11_22);
}

// A post that is only removed is described by its first removed fact, until a written one comes.
TEST(RollupDelta, DescribesAPostByARemovedFactFirst) {
    Delta delta;
    Fact fact = fact_of("p", day_2026_11_22);
    fact.campaign_id = 4;
    delta.add(fact, -1);
    fact.campaign_id = 5;
    delta.add(fact, -1);
    EXPECT_FALSE(delta.posts()[0].is_written);
    EXPECT_EQ(delta.posts()[0].campaign, 4);
    fact.campaign_id = 6;
    delta.add(fact, 1);
    fact.campaign_id = 7;
    delta.add(fact, 1);
    EXPECT_TRUE(delta.posts()[0].is_written);
    EXPECT_EQ(delta.posts()[0].campaign, 6);
}

// Members of a quarter stay few however many rows name them, and their net rows stay exact.
TEST(RollupDelta, CompactsMembers) {
    Delta delta;
    std::mt19937 random(3);
    std::map<std::pair<std::string, std::int64_t>, int> model;
    for (int i = 0; i < 20000; ++i) {
        Fact fact = fact_of("", day_2026_11_22);
        const std::string post = "post" + std::to_string(random() % 40);
        fact.post_id = post;
        fact.campaign_id = random() % 3;
        const int sign = random() % 3 == 0 ? -1 : 1;
        delta.add(fact, sign);
        model[{post, fact.campaign_id}] += sign;
    }
    QuarterChange &quarter = delta.quarters()[0];
    EXPECT_LT(quarter.members.size(), 300u);
    quarter.compact();
    ASSERT_EQ(quarter.members.size(), model.size());
    for (const Membership &member : quarter.members) {
        const std::string post(delta.names().text(delta.posts()[member.post].post_id));
        const int rows = model[std::make_pair(post, member.campaign)];
        EXPECT_EQ(member.rows, rows);
        EXPECT_EQ(member.earning, rows);
        EXPECT_EQ(member.spending, rows);
    }
    EXPECT_LT(delta.bytes(), 100000u);
    delta.clear();
    EXPECT_TRUE(delta.is_empty());
    EXPECT_EQ(delta.names().size(), 0u);
}

} // namespace
} // namespace roi::core::rollup
