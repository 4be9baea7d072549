// Parts of days and months: their bytes, and series that are read from them.
#include "core/rollup/parts.hpp"
#include "core/rollup/id_set.hpp"
#include "core/report/tally.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "expect_fault.hpp"

namespace roi::core::report {
namespace {

using rollup::bucket_after;
using rollup::bucket_of;
using rollup::Parts;
using rollup::PartSums;
using rollup::PostIds;

constexpr Moment hour = 4 * rollup::usecs_per_quarter;
constexpr Moment day = rollup::usecs_per_utc_day;
constexpr Moment new_year = 9497 * day; // 2026-01-01

std::string bytes_of(const std::set<std::uint32_t> &posts) {
    rollup::PostSet set;
    for (const std::uint32_t post : posts)
        set.add(post);
    std::string bytes(set.byte_size(), '\0');
    set.write(bytes.data());
    return bytes;
}

TEST(Parts, KeepWhatTheyAreGiven) {
    Parts parts;
    const PartSums large{INT64_MAX, INT64_MIN, -1, 0, 1, 64}, small{1, 2, 3, 4, 5, 6};
    parts.set(95, large, {1, 4294967295u});
    parts.set(0, small, {});
    parts.set(7, small, {1, 4294967295u});
    parts.set(7, large, {2});
    parts.set(8, small, {3});
    parts.erase(8);
    parts.erase(9);
    EXPECT_EQ(parts.text(), "0:1,2,3,4,5,6{} 7:9223372036854775807,-9223372036854775808,-1,0,1,64{2} "
                            "95:9223372036854775807,-9223372036854775808,-1,0,1,64{1,4294967295}");
    EXPECT_TRUE(Parts(parts.bytes()) == parts);
    EXPECT_EQ(Parts(Parts().bytes()).text(), "");
}

// A usual month: the same posts day after day cost nothing but the sums.
TEST(Parts, AreShortForUsualMonths) {
    Parts parts;
    PostIds posts;
    for (std::uint32_t post = 1; post <= 100; ++post)
        posts.push_back(post);
    for (std::size_t i = 0; i < 31; ++i)
        parts.set(i, {240, 12345678 + static_cast<std::int64_t>(i), 98765432, 240, 480000000, 240}, posts);
    EXPECT_LT(parts.bytes().size(), 1000u);
}

TEST(Parts, RefuseDamagedBytes) {
    Parts parts;
    for (std::size_t i = 0; i < 96; i += 3)
        parts.set(i, {static_cast<std::int64_t>(i), -5, 1000000, 1, 2, 3},
                  {1, static_cast<std::uint32_t>(i + 2)});
    const std::string bytes = parts.bytes();
    expect_fault(Fault::corrupt, [] { Parts(""); });
    expect_fault(Fault::corrupt, [] { Parts("\x02"); });
    std::mt19937_64 random(7);
    for (int round = 0; round < 20000; ++round) { // any bytes: an error or some parts, nothing else
        std::string wrong = bytes.substr(0, 1 + random() % bytes.size());
        for (std::uint64_t flips = random() % 4; flips > 0; --flips)
            wrong[random() % wrong.size()] = static_cast<char>(random());
        try {
            const Parts read(wrong);
            EXPECT_TRUE(Parts(read.bytes()) == read);
        } catch (const Error &error) {
            EXPECT_EQ(error.fault(), Fault::corrupt);
        }
    }
}

// --- the same series from quarters alone and from the rows that the tally asks for -----------------------------------

struct Row {
    Sums sums{};
    std::set<std::uint32_t> posts;
};
using RowKey = std::tuple<Grain, Moment, std::string, std::string>; // grain, bucket, platform, currency

class Rows {
public:
    Rows(std::mt19937_64 &random, int count, Moment days) {
        for (int i = 0; i < count; ++i) {
            const Moment quarter =
                bucket_of(Grain::quarter,
                          new_year + static_cast<Moment>(random() % static_cast<std::uint64_t>(days * day)));
            add(random, quarter, random() % 2 ? "a" : "b", random() % 8 ? "USD" : "EUR");
        }
        for (const auto &[key, row] : rows_)
            if (std::get<0>(key) != Grain::month) carry(key, row);
        for (const auto &[key, parts] : parts_)
            if (random() % 5 != 0) bytes_[key] = parts.bytes(); // the others are thought too long
    }

    void read(const Run &run, const std::function<void(const Cell &)> &take) const {
        for (const auto &[key, row] : rows_) {
            const auto &[grain, bucket, platform, currency] = key;
            if (grain != run.grain || bucket < run.since || bucket >= run.until) continue;
            const std::string posts = bytes_of(row.posts);
            Cell cell{grain, bucket, platform, currency, row.sums, {posts, {}, {}, {}}, {}};
            const auto parts = bytes_.find(key);
            if (parts != bytes_.end()) cell.parts = parts->second;
            take(cell);
        }
    }

private:
    void add(std::mt19937_64 &random, Moment quarter, const std::string &platform,
             const std::string &currency) {
        const auto spend = static_cast<std::int64_t>(random() % 1000000);
        const auto post = static_cast<std::uint32_t>(1 + random() % 40);
        for (const Grain grain : {Grain::quarter, Grain::day, Grain::month}) {
            Row &row = rows_[{grain, bucket_of(grain, quarter), platform, currency}];
            row.sums[rollup::sum_data_points] += 1;
            row.sums[rollup::sum_quarter_points] += 1;
            row.sums[rollup::sum_spending_points] += 1;
            row.sums[rollup::sum_spend] += spend;
            row.sums[rollup::sum_revenue] -= spend / 3;
            row.sums[rollup::sum_roi_count] += 2;
            row.posts.insert(post);
        }
    }

    void carry(const RowKey &key, const Row &row) {
        const auto &[grain, bucket, platform, currency] = key;
        const Grain coarser = grain == Grain::quarter ? Grain::day : Grain::month;
        const Moment whole = bucket_of(coarser, bucket);
        parts_[{coarser, whole, platform, currency}].set(rollup::part_of(coarser, whole, bucket),
                                                         rollup::part_sums_of(row.sums),
                                                         PostIds(row.posts.begin(), row.posts.end()));
    }

    std::map<RowKey, Row> rows_;
    std::map<RowKey, Parts> parts_;
    std::map<RowKey, std::string> bytes_;
};

// As store::read_cells() does it, from rows in memory.
void read_all(Tally &tally, const Rows &rows) {
    for (const Run &run : tally.segments().runs)
        rows.read(run, [&](const Cell &cell) { tally.take(cell); });
    ASSERT_TRUE(tally.quarters_to_read().empty());
    for (const Run &run : tally.days_to_read())
        rows.read(run, [&](const Cell &cell) { tally.take_foreign_day(cell); });
    for (std::vector<Run> runs = tally.finer_runs(); !runs.empty(); runs = tally.finer_runs())
        for (const Run &run : runs)
            rows.read(run, [&](const Cell &cell) { tally.take_finer(cell); });
}

std::string shown(const Figures &figures) {
    std::string text;
    for (const std::int64_t sum : figures.sums)
        text += std::to_string(sum) + " ";
    for (const std::uint64_t count : figures.distinct)
        text += std::to_string(count) + " ";
    return text;
}

std::vector<Moment> random_starts(std::mt19937_64 &random, Moment since, Moment until) {
    std::set<Moment> starts{since};
    const Moment steps[] = {7 * hour, day, 9 * day};
    const Moment step = steps[random() % 3], offset = static_cast<Moment>(random() % 3) * hour;
    for (Moment at = bucket_of(Grain::day, since) + offset; at < until; at += step)
        if (at > since) starts.insert(random() % 50 == 0 ? at + 2 : at);
    return {starts.begin(), starts.end()};
}

// Platforms are numbered as they come.
void expect_same(const Tally &tally, const Tally &plain, std::size_t line, std::size_t buckets,
                 std::size_t platform) {
    std::size_t same = 0;
    while (line == 1 && same + 1 < tally.platform_count() && tally.platform(same) != plain.platform(platform))
        ++same;
    for (std::size_t bucket = 0; bucket < buckets; ++bucket)
        EXPECT_EQ(shown(tally.of_bucket(line, bucket, same)), shown(plain.of_bucket(line, bucket, platform)))
            << "line " << line << ", bucket " << bucket;
}

TEST(Parts, GiveTheSeriesThatQuartersGive) {
    std::mt19937_64 random(11);
    for (int round = 0; round < 120; ++round) {
        const Rows rows(random, round % 4 == 0 ? 40 : 1500, 70);
        const Moment since = new_year + static_cast<Moment>(random() % 20) * 6 * hour;
        const Moment until = since + (1 + static_cast<Moment>(random() % 200)) * 8 * hour;
        const std::string asked = random() % 2 ? "USD" : "";
        Currencies currencies(asked), plain_currencies(asked);
        Tally tally(since, until, currencies), plain(since, until, plain_currencies);
        std::vector<std::size_t> sizes;
        for (int line = 0; line < 1 + round % 3; ++line) {
            const std::vector<Moment> starts = random_starts(random, since, until);
            sizes.push_back(starts.size());
            tally.add_line(starts, line == 1);
            plain.add_line(starts, line == 1);
        }
        read_all(tally, rows);
        rows.read({Grain::quarter, since, until}, [&](const Cell &cell) { plain.take_fact(cell); });
        Rates rates;
        rates.add("EUR", 0, Rate("1.37"));
        if (!asked.empty()) {
            tally.convert(rates);
            plain.convert(rates);
        }
        ASSERT_EQ(shown(tally.total()), shown(plain.total())) << "round " << round;
        for (std::size_t line = 0; line < sizes.size(); ++line)
            for (std::size_t platform = 0; platform < (line == 1 ? plain.platform_count() : 1); ++platform)
                expect_same(tally, plain, line, sizes[line], platform);
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
}

} // namespace
} // namespace roi::core::report
