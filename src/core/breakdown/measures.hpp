// The measures of a breakdown's row, exact, from its sums.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/report/number.hpp"
#include "core/rollup/sums.hpp"

#include "core/seal.hpp"

namespace roi::core::breakdown {

// In the order of the result columns of roi_campaign_performance and its sisters.
enum Measure : std::size_t {
    revenue,
    spend,
    profit,
    avg_roi,
    avg_roas,
    roi,
    roas,
    impressions,
    engagement,
    posts,
    total_clicks,
    engagement_rate,
    click_through_rate,
    efficiency_score,
    conversions,
    data_points,
    measure_count
};

extern const std::array<const char *, measure_count> measure_names;

using report::Value;
using Figures = std::array<Value, measure_count>;

// The measures of a row: `sums` of its cells, and how many distinct posts they have.
Figures figures_of(const rollup::DetailSums &sums, std::uint64_t post_count);

} // namespace roi::core::breakdown
