// Turns facts into additive sums, and moments into buckets of UTC.
#include "core/rollup/sums.hpp"

#include <algorithm>
#include <limits>

#include "core/calendar.hpp"
#include "core/error.hpp"

namespace roi::core::rollup {

const std::array<const char *, sum_count> sum_names{"data_points",
                                                    "views",
                                                    "likes",
                                                    "comments",
                                                    "shares",
                                                    "saves",
                                                    "clicks",
                                                    "paid_views",
                                                    "paid_clicks",
                                                    "conversions",
                                                    "spend",
                                                    "revenue",
                                                    "engagement",
                                                    "spend_count",
                                                    "revenue_count",
                                                    "roi_sum",
                                                    "roi_count",
                                                    "roas_sum",
                                                    "roas_count",
                                                    "earning_points",
                                                    "spending_points",
                                                    "quarter_points",
                                                    "cpc_sum",
                                                    "cpc_count",
                                                    "cpi_sum",
                                                    "cpi_count",
                                                    "earning_revenue",
                                                    "earning_spend",
                                                    "spending_spend",
                                                    "spending_cpc_sum",
                                                    "spending_cpc_count",
                                                    "spending_cpi_sum",
                                                    "spending_cpi_count"};

namespace {

constexpr Moment days_to_2000 = days_from_civil(2000, 1, 1);

Moment floor_to(Moment moment, Moment step) {
    const Moment rest = moment % step;
    return moment - (rest < 0 ? rest + step : rest);
}

[[noreturn]] void fail_range() {
    throw Error(Fault::out_of_range, "a sum of facts is out of range", {},
                "A sum of money stays below 9.2 million million, a count below 9.2e18.");
}

void add_one(std::int64_t &into, std::int64_t value) {
    if (__builtin_add_overflow(into, value, &into)) fail_range();
}

template <class Into, class From>
void add_all(Into &into, const From &sums, int sign) {
    bool overflow = false;
    for (std::size_t i = 0; i < into.size(); ++i)
        overflow |= sign > 0 ? __builtin_add_overflow(into[i], sums[i], &into[i])
                             : __builtin_sub_overflow(into[i], sums[i], &into[i]);
    if (overflow) fail_range();
}

void add_rates(const Fact &fact, Sums &sums) {
    const auto put = [&](std::size_t bit, std::int64_t value, Sum sum, Sum count) {
        if (!fact.has(bit)) return;
        sums[sum] = value;
        sums[count] = 1;
    };
    put(rate_roi, fact.roi, sum_roi, sum_roi_count);
    put(rate_roas, fact.roas, sum_roas, sum_roas_count);
    put(rate_cpc, fact.cpc, sum_cpc, sum_cpc_count);
    put(rate_cpi, fact.cpi, sum_cpi, sum_cpi_count);
}

void add_conditional(const Fact &fact, Sums &sums) {
    if (sums[sum_revenue] > 0) {
        sums[sum_earning_points] = 1;
        sums[sum_earning_revenue] = sums[sum_revenue];
        sums[sum_earning_spend] = sums[sum_spend];
    }
    if (sums[sum_spend] > 0) {
        sums[sum_spending_points] = 1;
        sums[sum_spending_spend] = sums[sum_spend];
        if (fact.has(rate_cpc)) sums[sum_spending_cpc] = fact.cpc;
        if (fact.has(rate_cpi)) sums[sum_spending_cpi] = fact.cpi;
        sums[sum_spending_cpc_count] = sums[sum_cpc_count];
        sums[sum_spending_cpi_count] = sums[sum_cpi_count];
    }
}

} // namespace

Sums sums_of(const Fact &fact) {
    static_assert(sum_revenue - sum_views + 1 == measure_count, "measures keep their order");
    Sums sums{};
    sums[sum_data_points] = 1;
    for (std::size_t measure = 0; measure < measure_count; ++measure)
        sums[sum_views + measure] = fact.value[measure];
    // What has no negative could be added, but never taken back.
    const auto lowest = std::numeric_limits<std::int64_t>::min();
    if (std::find(fact.value.begin(), fact.value.end(), lowest) != fact.value.end() || fact.roi == lowest ||
        fact.roas == lowest || fact.cpc == lowest || fact.cpi == lowest)
        fail_range();
    if (fact.has(measure_likes) && fact.has(measure_comments) && fact.has(measure_shares)) {
        add_one(sums[sum_engagement], fact.value[measure_likes]);
        add_one(sums[sum_engagement], fact.value[measure_comments]);
        add_one(sums[sum_engagement], fact.value[measure_shares]);
    }
    sums[sum_spend_count] = fact.has(measure_spend) ? 1 : 0;
    sums[sum_revenue_count] = fact.has(measure_revenue) ? 1 : 0;
    sums[sum_quarter_points] = fact.stamp % usecs_per_quarter == 0 ? 1 : 0;
    add_rates(fact, sums);
    add_conditional(fact, sums);
    return sums;
}

void add(Sums &into, const Sums &sums, int sign) { add_all(into, sums, sign); }
void add(DetailSums &into, const Sums &sums, int sign) { add_all(into, sums, sign); }
void add(DetailSums &into, const DetailSums &sums) { add_all(into, sums, 1); }

Moment bucket_of(Grain grain, Moment moment) {
    if (grain == Grain::quarter) return floor_to(moment, usecs_per_quarter);
    const Moment day = floor_to(moment, usecs_per_utc_day);
    if (grain == Grain::day) return day;
    return day - (civil_from_days(day / usecs_per_utc_day + days_to_2000).day - 1) * usecs_per_utc_day;
}

Moment bucket_after(Grain grain, Moment bucket) {
    if (grain == Grain::quarter) return bucket + usecs_per_quarter;
    if (grain == Grain::day) return bucket + usecs_per_utc_day;
    return bucket_of(Grain::month, bucket + 31 * usecs_per_utc_day);
}

} // namespace roi::core::rollup
