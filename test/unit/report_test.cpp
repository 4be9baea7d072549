// The pure core of the reports: ranges, calendars, numbers, distinct ids, currencies and comparisons.
#include <algorithm>
#include <random>
#include <set>

#include <roaring/roaring.hh>

#include "core/report/benchmark.hpp"
#include "core/report/compare.hpp"
#include "core/report/json.hpp"
#include "core/report/series.hpp"
#include "core/rollup/id_set.hpp"

#include "expect_fault.hpp"

// Newer releases of CRoaring put their classes into a namespace of this name.
namespace roaring {}
using namespace roaring;

namespace roi::core::report {
namespace {

using rollup::bucket_after;
using rollup::bucket_of;
using rollup::usecs_per_quarter;
using rollup::usecs_per_utc_day;

constexpr Moment hour = 4 * usecs_per_quarter, day = usecs_per_utc_day;
// 2026-01-01 00:00, as microseconds since 2000.
constexpr Moment new_year = 9497 * day;

using Runs = std::vector<Run>;

std::string shown(const Value &value) {
    std::string text;
    append(text, value);
    return text;
}

TEST(ReportNumber, RoundsHalfAwayFromZero) {
    EXPECT_EQ(divide(5, 2), 3);
    EXPECT_EQ(divide(-5, 2), -3);
    EXPECT_EQ(divide(5, -2), -3);
    EXPECT_EQ(divide(7, 5), 1);
    EXPECT_EQ(shown(ratio(1, 3)), "0.333333");
    EXPECT_EQ(shown(ratio(2, 3)), "0.666667");
    EXPECT_EQ(shown(ratio(-1, 8000000)), "0.00"); // rounds to nothing
}

TEST(ReportNumber, NeedsNoRoomToRound) {
    const Int128 most = Int128{INT64_MAX} * INT64_MAX;
    EXPECT_EQ(divide(most, INT64_MAX), INT64_MAX);
    EXPECT_EQ(divide(most, most), 1);
    EXPECT_EQ(divide(-most, 1), -most);
}

TEST(ReportNumber, ShowsAtLeastTwoDecimals) {
    EXPECT_EQ(shown(money_of(12500000)), "12.50");
    EXPECT_EQ(shown(money_of(12345678)), "12.345678");
    EXPECT_EQ(shown(money_of(0)), "0.00");
    EXPECT_EQ(shown(money_of(-1)), "-0.000001");
    EXPECT_EQ(shown(free_of(5000000)), "5");
    EXPECT_EQ(shown(free_of(2500000)), "2.5");
    EXPECT_EQ(shown(count_of(INT64_MIN)), "-9223372036854775808");
    EXPECT_EQ(shown(money_of(Int128{INT64_MAX} * 1000000)), "9223372036854775807.00");
    EXPECT_EQ(shown(Value()), "null");
}

TEST(ReportNumber, RatesOfAnyLength) {
    EXPECT_EQ(Rate("1.10").apply(100000000), 110000000);
    EXPECT_EQ(Rate("0.5").apply(1), 1);
    EXPECT_EQ(Rate("0.5").apply(-1), -1);
    EXPECT_EQ(Rate("0.4999999999999999999999999999999999999999999999").apply(1), 0);
    EXPECT_EQ(Rate("0010").apply(3), 30);
    expect_fault(Fault::out_of_range, [] { Rate("99999999999999999999").apply(1); });
    expect_fault(Fault::invalid_argument, [] { Rate("NaN"); });
}

// Whether the parts of a row keep two moments on the sides of a cut apart; divided days are read beside their month.
bool is_apart(const Segments &segments, Grain grain, Moment bucket, Moment cut) {
    if (grain == Grain::quarter) return segments.is_halved(bucket);
    if (bucket_of(Grain::quarter, cut) != cut) return false;
    return grain == Grain::day || bucket_of(Grain::day, cut) == cut ||
           segments.is_divided(bucket_of(Grain::day, cut));
}

// Every quarter of [front, back) lies in exactly one run, and no row hides a cut.
void expect_cover(const std::vector<Moment> &cuts) {
    const Segments segments =
        segments_of(cuts.front(), cuts.back(), std::vector<Moment>(cuts.begin() + 1, cuts.end() - 1));
    std::set<Moment> covered;
    for (const Run &run : segments.runs) {
        ASSERT_EQ(bucket_of(run.grain, run.since), run.since);
        ASSERT_EQ(bucket_of(run.grain, run.until), run.until);
        for (Moment at = run.since; at < run.until; at = bucket_after(run.grain, at)) {
            for (const Moment cut : cuts)
                ASSERT_TRUE(cut <= at || cut >= bucket_after(run.grain, at) ||
                            is_apart(segments, run.grain, at, cut));
            for (Moment quarter = at; quarter < bucket_after(run.grain, at); quarter += usecs_per_quarter)
                ASSERT_TRUE(covered.insert(quarter).second) << "covered twice";
        }
    }
    std::size_t wanted = 0;
    for (Moment at = bucket_of(Grain::quarter, cuts.front()); at < cuts.back();
         at += usecs_per_quarter, ++wanted)
        ASSERT_EQ(covered.count(at), 1u);
    ASSERT_EQ(covered.size(), wanted);
}

TEST(ReportSegments, CoverRandomCutsOnce) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 300; ++round) {
        std::vector<Moment> cuts;
        for (int i = 0; i < 2 + round % 9; ++i) {
            Moment cut = static_cast<Moment>(random() % (200 * day)) - 100 * day + (round % 2 ? new_year : 0);
            if (round % 3 != 0) cut = bucket_of(round % 3 == 1 ? Grain::quarter : Grain::day, cut);
            cuts.push_back(cut);
        }
        std::sort(cuts.begin(), cuts.end());
        cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
        if (cuts.front() < cuts.back()) expect_cover(cuts);
    }
    expect_cover({new_year + 1, new_year + 2}); // inside one quarter
    expect_cover({new_year, new_year + 1});
    expect_cover({new_year + 1, new_year + 2 * usecs_per_quarter - 1});
}

TEST(ReportSegments, TakesTheCoarsestGrains) {
    const Segments year = segments_of(new_year, new_year + 365 * day, {});
    EXPECT_EQ(year.runs, (Runs{{Grain::month, new_year, new_year + 365 * day}}));
    const Segments all = segments_of(no_begin, no_end, {});
    EXPECT_EQ(all.runs, (Runs{{Grain::month, no_begin, no_end}}));
    const Segments since = segments_of(new_year + 30 * day + 23 * hour, no_end, {});
    EXPECT_EQ(since.runs, (Runs{{Grain::quarter, new_year + 30 * day + 23 * hour, new_year + 31 * day},
                                {Grain::month, new_year + 31 * day, no_end}}));
    const Segments until = segments_of(no_begin, new_year + day, {});
    EXPECT_EQ(until.runs, (Runs{{Grain::month, no_begin, new_year}, {Grain::day, new_year, new_year + day}}));
    EXPECT_TRUE(segments_of(new_year, new_year, {}).runs.empty());
    // neighbours are one run, with halved quarters at both ends
    const Segments cut = segments_of(new_year + hour - 1, new_year + 3 * hour + 1, {new_year + 2 * hour});
    EXPECT_EQ(cut.runs.size(), 1u);
    EXPECT_EQ(cut.halved.size(), 2u);
}

TEST(ReportSegments, ReadsMonthsForDaysAndDaysForHours) {
    const Moment february = new_year + 31 * day;
    const Runs month{{Grain::month, new_year, february}};
    std::vector<Moment> days, hours;
    for (int i = 1; i < 31; ++i) {
        days.push_back(new_year + i * day);
        hours.push_back(new_year + i * day + hour);
    }
    EXPECT_EQ(segments_of(new_year, february, days).runs, month);
    EXPECT_EQ(segments_of(new_year, february, hours).runs, (Runs{{Grain::day, new_year, february}}));
    // one cut inside a day: that day is read beside the month
    const Segments divided = segments_of(new_year, february, {hours[3]});
    EXPECT_EQ(divided.runs, month);
    EXPECT_EQ(divided.divided, (std::vector<Moment>{days[3]}));
    // off the quarters: quarters for that day alone
    const Segments odd = segments_of(new_year, february, {hours[3] + 1});
    EXPECT_EQ(odd.runs, (Runs{{Grain::day, new_year, days[3]},
                              {Grain::quarter, days[3], days[4]},
                              {Grain::day, days[4], february}}));
    EXPECT_EQ(odd.halved, (std::vector<Moment>{hours[3]}));
    const Segments open = segments_of(no_begin, no_end, days);
    EXPECT_EQ(open.runs, (Runs{{Grain::month, no_begin, no_end}}));
}

TEST(ReportDistinct, ReadsWhatSetsWrite) {
    std::mt19937_64 random(2);
    for (int round = 0; round < 40; ++round) {
        DistinctIds ids;
        std::set<std::uint64_t> wanted;
        for (int part = 0; part < 3; ++part) {
            rollup::PostSet posts;
            const std::uint32_t range = round % 4 == 0 ? 200000 : round % 4 == 1 ? 60 : 4000000000u;
            for (int i = 0; i < (round % 4 == 0 ? 60000 : 200); ++i) {
                const auto id = static_cast<std::uint32_t>(round % 4 == 3 ? 5000 + i : random() % range);
                posts.add(id);
                wanted.insert(id);
            }
            std::string bytes(posts.byte_size(), '\0');
            posts.write(bytes.data());
            ids.add(bytes, IdWidth::narrow);
            expect_fault(Fault::corrupt, [&] {
                DistinctIds().add(std::string_view(bytes).substr(0, bytes.size() - 3), IdWidth::narrow);
            });
        }
        EXPECT_EQ(ids.size(), wanted.size());
        DistinctIds merged;
        merged.add(std::uint64_t{7});
        merged.merge(ids);
        wanted.insert(7);
        EXPECT_EQ(merged.size(), wanted.size());
        merged.clear();
        EXPECT_EQ(merged.size(), 0u);
    }
}

// Our sets hold no run containers today; the format allows them, and repaired or newer rows may.
std::string with_runs(const std::vector<std::uint32_t> &ids) {
    Roaring set(ids.size(), ids.data());
    set.runOptimize();
    std::string bytes(set.getSizeInBytes(true), '\0');
    set.write(bytes.data(), true);
    return bytes;
}

TEST(ReportDistinct, ReadsRunsInFewAndManyContainers) {
    for (std::uint32_t containers = 1; containers < 7; ++containers) {
        std::vector<std::uint32_t> members;
        for (std::uint32_t i = 0; i < containers * 3000; ++i)
            members.push_back((i / 3000 << 16) + i % 3000);
        const std::string bytes = with_runs(members);
        ASSERT_LT(bytes.size(), 300u) << "no runs were written";
        DistinctIds ids;
        ids.add(bytes, IdWidth::narrow);
        EXPECT_EQ(ids.size(), members.size());
        for (const std::uint32_t id : members)
            ids.add(std::uint64_t{id}); // the very members, and none besides
        EXPECT_EQ(ids.size(), members.size());
    }
}

TEST(ReportDistinct, ReadsContainersAtTheirLimits) {
    for (const std::uint32_t members : {4095u, 4096u, 4097u, 20000u}) {
        for (const std::uint32_t step : {1u, 3u}) { // runs, then an array or a bitmap
            rollup::PostSet posts;
            DistinctIds ids;
            for (std::uint32_t i = 0; i < members; ++i)
                posts.add(i * step);
            std::string bytes(posts.byte_size(), '\0');
            posts.write(bytes.data());
            ids.add(bytes, IdWidth::narrow);
            EXPECT_EQ(ids.size(), members);
            for (std::uint32_t i = 0; i < members; ++i)
                ids.add(std::uint64_t{i} * step); // the very members, and none besides
            EXPECT_EQ(ids.size(), members);
        }
    }
}

TEST(ReportDistinct, ReadsWideIds) {
    rollup::CampaignSet campaigns;
    for (const std::uint64_t id : {1ul, 2ul, 70000ul, 5000000000ul, 9223372036854775807ul})
        campaigns.add(id);
    std::string bytes(campaigns.byte_size(), '\0');
    campaigns.write(bytes.data());
    DistinctIds ids;
    ids.add(bytes, IdWidth::wide);
    ids.add(std::uint64_t{5000000000});
    EXPECT_EQ(ids.size(), 5u);
    expect_fault(Fault::corrupt, [&] { ids.add("not a set of ids", IdWidth::wide); });
}

// A zone whose clock goes from +1 to +2 hours at `forward`, and back at `back`.
class ChangingClock final : public Clock {
public:
    ChangingClock(Moment forward, Moment back) : forward_(forward), back_(back) {}
    Moment to_local(Moment moment) const override { return moment + offset(moment); }
    Moment from_local(
        Moment local) const override { // skipped times by the offset before, repeated ones the second time
        const Moment winter = local - hour, summer = local - 2 * hour;
        if (offset(winter) == hour) return winter;
        return offset(summer) == 2 * hour ? summer : winter;
    }

private:
    Moment offset(Moment moment) const { return moment >= forward_ && moment < back_ ? 2 * hour : hour; }
    Moment forward_, back_;
};

TEST(ReportSeries, DaysOfAChangingClock) {
    const ChangingClock clock(new_year + 10 * day + hour, new_year + 20 * day + hour);
    const Series series = series_of(Bucket::day, new_year + 8 * day, new_year + 22 * day, clock);
    std::set<Moment> lengths;
    for (std::size_t i = 1; i < series.starts.size(); ++i)
        lengths.insert((series.starts[i] - series.starts[i - 1]) / hour);
    EXPECT_EQ(lengths, (std::set<Moment>{23, 24, 25}));
    EXPECT_EQ(series.starts.front(), new_year + 8 * day - hour);
    EXPECT_EQ(series_of(Bucket::hour, new_year, new_year + 25 * day, clock).starts.size(), 600u);
}

TEST(ReportSeries, MidnightThatComesTwiceBeginsTheDayOnce) {
    // back from 01:00 to 00:00 of the 21st: the day begins with the first midnight and has 25 hours
    const ChangingClock clock(new_year + 10 * day, new_year + 20 * day - hour);
    const Series series = series_of(Bucket::day, new_year + 19 * day, new_year + 23 * day, clock);
    ASSERT_GE(series.starts.size(), 3u);
    EXPECT_EQ(series.starts[1], new_year + 20 * day - 2 * hour);
    EXPECT_EQ(series.starts[2] - series.starts[1], 25 * hour);
}

TEST(ReportSeries, CoarsensRatherThanCuts) {
    const ChangingClock clock(0, 0);
    EXPECT_EQ(series_of(Bucket::hour, new_year, new_year + 1000 * hour, clock).starts.size(), 1000u);
    EXPECT_EQ(series_of(Bucket::hour, new_year, new_year + 1000 * hour + 1, clock).bucket, Bucket::day);
    EXPECT_EQ(series_of(Bucket::day, new_year, new_year + 1001 * day, clock).bucket, Bucket::week);
    EXPECT_EQ(series_of(Bucket::hour, new_year, new_year + 365 * 500 * day, clock).bucket, Bucket::year);
    EXPECT_TRUE(series_of(Bucket::hour, new_year, new_year, clock).starts.empty());
    expect_fault(Fault::invalid_argument,
                 [&] { series_of(Bucket::hour, -new_year * 20, new_year * 40, clock); });
}

TEST(ReportSeries, MomentsAsJsonShowsThem) {
    const ChangingClock clock(new_year, new_year + day);
    std::string text;
    append_moment(text, new_year - 1, clock);
    EXPECT_EQ(text, "2026-01-01T00:59:59.999999+01:00");
    text.clear();
    append_moment(text, new_year + 500000, clock);
    EXPECT_EQ(text, "2026-01-01T02:00:00.5+02:00");
    text.clear();
    append_moment(text, -730119 * day - 1 - hour, clock); // before the year 1
    EXPECT_EQ(text, "0001-12-31T23:59:59.999999+01:00 BC");
    text.clear();
    append_date(text, 106751990);
    EXPECT_EQ(text, "294247-01-09");
}

Cell cell_of(Grain grain, Moment bucket, std::string_view currency, std::int64_t spend) {
    Cell cell;
    cell.grain = grain;
    cell.bucket = bucket;
    cell.platform = "p";
    cell.currency = currency;
    cell.sums[rollup::sum_data_points] = cell.sums[rollup::sum_quarter_points] = 1;
    cell.sums[rollup::sum_spend] = spend;
    return cell;
}

TEST(ReportTally, ConvertsByDayAndRoundsThere) {
    Currencies currencies("USD");
    Tally tally(new_year, new_year + 2 * day, currencies);
    tally.add_line({new_year, new_year + day});
    tally.segments();
    for (int i = 0; i < 3; ++i)
        tally.take(cell_of(Grain::day, new_year, "EUR", 1)); // 3 x 0.5 on one day: 2 millionths
    tally.take(cell_of(Grain::day, new_year + day, "EUR", 1));
    tally.take(cell_of(Grain::day, new_year, "USD", 10));
    ASSERT_EQ(tally.wanted_rates().size(), 2u);
    Rates rates;
    const std::int64_t unix_day = local_day(new_year);
    rates.add("EUR", unix_day + 1, Rate("0.5"));
    expect_fault(Fault::invalid_argument, [&] { tally.convert(rates); });
    rates.add("EUR", unix_day, Rate("0.5"));
    tally.convert(rates);
    EXPECT_EQ(tally.total().sums[rollup::sum_spend], 10 + 2 + 1);
    EXPECT_EQ(tally.total().sums[rollup::sum_data_points], 5);
    EXPECT_EQ(tally.of_bucket(0, 0).sums[rollup::sum_spend], 10 + 2);
    EXPECT_EQ(tally.of_bucket(0, 1).sums[rollup::sum_spend], 1);
    EXPECT_EQ(currencies.settle(), "USD");
}

TEST(ReportTally, HoldsForeignMonthsForTheirDays) {
    Currencies currencies("USD");
    Tally tally(no_begin, no_end, currencies);
    tally.segments();
    tally.take(cell_of(Grain::month, new_year, "EUR", 1));
    tally.take(cell_of(Grain::month, new_year, "USD", 1));
    EXPECT_EQ(tally.days_to_read(), (Runs{{Grain::day, new_year, new_year + 31 * day}}));
    tally.take_foreign_day(cell_of(Grain::day, new_year, "USD", 1)); // its month has been counted
    EXPECT_EQ(tally.total().sums[rollup::sum_data_points], 1);
}

TEST(ReportTally, ReadsFactsOnlyOfTornQuarters) {
    Currencies currencies("");
    Tally tally(new_year + 1, new_year + day + 1, currencies);
    tally.segments();
    Cell torn = cell_of(Grain::quarter, new_year + day, "USD", 1);
    tally.take(cell_of(Grain::quarter, new_year, "USD", 1)); // stamped before since
    torn.sums[rollup::sum_quarter_points] = 0;
    tally.take(torn);
    EXPECT_EQ(tally.quarters_to_read(), (std::vector<Moment>{new_year + day}));
    EXPECT_EQ(tally.total().sums[rollup::sum_data_points], 0);
    tally.take_fact(cell_of(Grain::quarter, new_year + day, "USD", 1));
    tally.take_fact(cell_of(Grain::quarter, new_year + day + 1, "USD", 1)); // at until
    EXPECT_EQ(tally.total().sums[rollup::sum_data_points], 1);
}

// Today until now: nothing follows, so today's row holds what the range holds.
TEST(ReportTally, AnEmptyTailMakesWholeBuckets) {
    Currencies currencies("");
    const Moment until = new_year + day + 17 * rollup::usecs_per_quarter + 5, february = new_year + 31 * day;
    Tally cut(new_year, until, currencies), whole(new_year, until, currencies),
        days(new_year, until, currencies);
    EXPECT_EQ(Runs{cut.tail()}, (Runs{{Grain::quarter, until - 5, february}}));
    EXPECT_EQ(Tally(new_year, february, currencies).tail().since, february); // ends with a month: no tail
    EXPECT_EQ(cut.segments().halved, (std::vector<Moment>{until - 5}));
    whole.end_at(february);
    EXPECT_EQ(whole.segments().runs, (Runs{{Grain::month, new_year, february}}));
    EXPECT_TRUE(whole.segments().halved.empty());
    days.end_at(new_year + 2 * day);
    EXPECT_EQ(days.segments().runs, (Runs{{Grain::day, new_year, new_year + 2 * day}}));
}

TEST(ReportBenchmark, RoundsOnce) {
    Figures figures;
    figures.sums[rollup::sum_spend] = 3;
    figures.sums[rollup::sum_revenue] = 4; // an ROI of 33.333...
    const auto shown = [&](std::string_view benchmark) {
        const Benchmark b = benchmark_of(figures, benchmark);
        std::string text = b.status;
        for (const Value *value : {&b.actual, &b.benchmark, &b.difference, &b.percentage})
            append(text += ' ', *value);
        return text;
    };
    EXPECT_EQ(shown("0.0001"),
              "above 33.333333 0.0001 33.333233 33333233.333333"); // not ...2900 from 33.333333
    EXPECT_EQ(shown("33.33333333"), "above 33.333333 33.333333 0.00 0.00");
    EXPECT_EQ(shown("33.33333334"), "below 33.333333 33.333333 0.00 0.00");
    EXPECT_EQ(shown("-33.3333335"), "above 33.333333 -33.333334 66.666667 -200.00");
    EXPECT_EQ(shown("0.000"), "above 33.333333 0.00 33.333333 null");
    EXPECT_EQ(shown("400"), "below 33.333333 400.00 -366.666667 -91.666667");
    figures.sums[rollup::sum_spend] = 0;
    EXPECT_EQ(shown("400.5"), "below 0.00 400.50 -400.50 -100.00");
    expect_fault(Fault::out_of_range, [&] {
        figures.sums[rollup::sum_spend] = 1;
        shown("0." + std::string(60, '0') + "1");
    });
}

TEST(ReportTally, MoneyDecidesTheCurrency) {
    Currencies currencies("");
    Tally tally(no_begin, no_end, currencies);
    EXPECT_EQ(currencies.settle(), "");
    tally.take(cell_of(Grain::month, new_year, "EUR", 0));
    EXPECT_EQ(currencies.settle(), "EUR");
    tally.take(cell_of(Grain::month, new_year, "USD", 0));
    EXPECT_EQ(currencies.settle(), "");
    tally.take(cell_of(Grain::month, new_year, "USD", 5));
    EXPECT_EQ(currencies.settle(), "USD");
    Cell even = cell_of(Grain::month, new_year, "JPY", 0); // +5 and -5
    even.sums[rollup::sum_spending_points] = 1;
    tally.take(even);
    expect_fault(Fault::invalid_argument, [&] { currencies.settle(); });
}

TEST(ReportCompare, Ranges) {
    const Moment feb = new_year + 31 * day, mar = feb + 28 * day, apr = mar + 31 * day;
    const auto base = [](Comparison mode, Moment since, Moment until) {
        const LocalRange range = base_of(mode, {since, until});
        return std::make_pair(range.since, range.until);
    };
    EXPECT_EQ(base(Comparison::previous, mar, apr), std::make_pair(feb, mar));
    EXPECT_EQ(base(Comparison::previous, mar + day, mar + 3 * day), std::make_pair(mar - day, mar + day));
    EXPECT_EQ(base(Comparison::year_ago, mar, apr), std::make_pair(mar - 365 * day, apr - 365 * day));
    // month to date, and one that passes the shorter month's end
    EXPECT_EQ(base(Comparison::like_for_like, mar, mar + 3 * day + hour),
              std::make_pair(feb, feb + 3 * day + hour));
    EXPECT_EQ(base(Comparison::like_for_like, mar, mar + 29 * day + hour), std::make_pair(feb, mar));
    EXPECT_EQ(base(Comparison::like_for_like, mar, apr), std::make_pair(feb, mar));
    // 2026-03-02 is a Monday
    EXPECT_EQ(base(Comparison::like_for_like, mar + day, mar + 2 * day + hour),
              std::make_pair(mar - 6 * day, mar - 5 * day + hour));
    EXPECT_EQ(base(Comparison::like_for_like, mar + 2 * day, mar + 2 * day + hour),
              std::make_pair(mar + day, mar + day + hour));
    EXPECT_EQ(months_before(mar + 30 * day + 5, 1), mar - day + 5); // the 31st becomes the 28th
}

TEST(ReportCompare, ChangeInPercentOfTheBase) {
    EXPECT_EQ(shown(change_of(money_of(50), money_of(-100)).percent), "150.00");
    EXPECT_EQ(change_of(money_of(50), money_of(0)).percent, Value());
    EXPECT_EQ(change_of(money_of(50), Value()).change, Value());
}

TEST(ReportJson, EscapesAndSeparates) {
    StringMemory memory;
    JsonText json(memory, 10);
    json.open_object();
    json.key("a");
    json.open_array();
    json.string("x\"\\\n\x01é");
    json.value(money_of(1500000));
    json.close_array();
    json.key("b");
    json.raw("null");
    json.close_object();
    EXPECT_EQ(json.text(), "{\"a\":[\"x\\\"\\\\\\u000a\\u0001é\",1.50],\"b\":null}");
}

TEST(ReportJson, GoesOnWhereAnEarlierTextEnded) {
    StringMemory memory, later;
    JsonText head(memory, 10), json(later, 1);
    head.open_object();
    head.key("a");
    head.raw("1");
    json.resume(head.text());
    json.key("b");
    json.raw("2");
    json.close_object();
    EXPECT_EQ(json.text(), "{\"a\":1,\"b\":2}");
}

} // namespace
} // namespace roi::core::report
