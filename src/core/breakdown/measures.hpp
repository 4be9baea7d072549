// The measures of a breakdown's row, exact, from its sums: the columns of roi_channel_performance.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/report/number.hpp"
#include "core/rollup/sums.hpp"

#include "core/seal.hpp"

namespace roi::core::breakdown {

// In the order of report::channel_columns(), which has their formulas.
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

const char *name_of(Measure measure);

using report::Value;
using Figures = std::array<Value, measure_count>;

// One measure of a row, or all: from the sums of its cells, and how many distinct posts they have.
Value measure_of(Measure measure, const rollup::DetailSums &sums, std::uint64_t post_count);
Figures figures_of(const rollup::DetailSums &sums, std::uint64_t post_count);

} // namespace roi::core::breakdown
