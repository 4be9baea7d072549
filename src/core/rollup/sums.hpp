// What a rollup row adds up: the additive columns of roi_rollup and roi_rollup_detail, and a fact as they see it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "core/row.hpp"

#include "core/seal.hpp"

namespace roi::core::rollup {

// Moments are microseconds since 2000-01-01 00:00 UTC, as the server counts them: every timestamptz fits.
using Moment = std::int64_t;

constexpr Moment no_posted_at = std::numeric_limits<Moment>::min();

// The additive columns, in the order of the tables. Money, conversions and averaged columns in millionths.
// roi_rollup_detail keeps the first detail_sum_count of them.
enum Sum : std::size_t {
    sum_data_points,
    sum_views,
    sum_likes,
    sum_comments,
    sum_shares,
    sum_saves,
    sum_clicks,
    sum_paid_views,
    sum_paid_clicks,
    sum_conversions,
    sum_spend,
    sum_revenue,
    sum_engagement,      // likes + comments + shares of rows that report all three
    sum_spend_count,     // *_count: rows that report the column
    sum_revenue_count,   //
    sum_roi,             // of roi_percentage
    sum_roi_count,       //
    sum_roas,            // of roas_ratio
    sum_roas_count,      //
    sum_earning_points,  // rows with revenue above 0
    sum_spending_points, // rows with spend above 0
    detail_sum_count,
    sum_quarter_points = detail_sum_count, // rows stamped on a quarter of an hour exactly
    sum_cpc,                               // of cost_per_click
    sum_cpc_count,
    sum_cpi, // of cost_per_impression
    sum_cpi_count,
    sum_earning_revenue, // earning_*: over rows with revenue above 0 (plan: calculateCLV)
    sum_earning_spend,
    sum_spending_spend, // spending_*: over rows with spend above 0 (plan: calculateCAC)
    sum_spending_cpc,
    sum_spending_cpc_count,
    sum_spending_cpi,
    sum_spending_cpi_count,
    sum_count
};

using Sums = std::array<std::int64_t, sum_count>;

// Column names, by Sum.
extern const std::array<const char *, sum_count> sum_names;

// Bits of Fact::reported beyond the measures' own.
enum FactRate : std::size_t { rate_roi = measure_count, rate_roas, rate_cpc, rate_cpi, fact_bit_count };

// One row of roi_metrics. The views belong to whoever made it.
struct Fact {
    std::string_view user_id;
    std::string_view platform;
    std::string_view currency;
    std::string_view content_type; // empty: none
    std::string_view post_id;      // empty: none
    std::int64_t campaign_id = 0;  // 0: none
    Moment stamp = 0;
    std::string_view
        content_category; // empty: none; the last three only describe a post seen for the first time
    std::string_view source;
    Moment posted_at = no_posted_at;
    Measures value{};          // 0 where not reported
    std::int64_t roi = 0;      // roi_percentage, millionths
    std::int64_t roas = 0;     // roas_ratio, millionths
    std::int64_t cpc = 0;      // cost_per_click, millionths
    std::int64_t cpi = 0;      // cost_per_impression, millionths
    bool is_generated = false; // just drawn by the simulator, who resumes the post after it
    std::size_t reported = 0;  // bit per Measure, then per FactRate

    bool has(std::size_t bit) const { return (reported >> bit & 1) != 0; }
};

// What one fact adds. Throws Fault::out_of_range when its engagement does not fit.
Sums sums_of(const Fact &fact);

// The sums that roi_rollup_detail keeps.
using DetailSums = std::array<std::int64_t, detail_sum_count>;

// into += sign * sums, sign 1 or -1, over as many sums as `into` has; throws Fault::out_of_range on overflow.
void add(Sums &into, const Sums &sums, int sign = 1);
void add(DetailSums &into, const Sums &sums, int sign = 1);
void add(DetailSums &into, const DetailSums &sums);

// The grains of the rollups, as stored: 15 minutes, day and month of UTC.
enum class Grain : char { quarter = 'q', day = 'd', month = 'm' };

constexpr Moment usecs_per_quarter = 900000000;
constexpr Moment usecs_per_utc_day = 86400000000;

// Start of the bucket that a moment belongs to, and of the bucket after it.
Moment bucket_of(Grain grain, Moment moment);
Moment bucket_after(Grain grain, Moment bucket);

} // namespace roi::core::rollup
