// The plain rows that cross between the pure core and the database: integers only, no float money.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace roi::core {

// Money and conversions are counted in millionths of their unit, as NUMERIC(18,6) stores them.
constexpr std::int64_t micros_per_unit = 1000000;
constexpr std::int64_t micros_per_cent = 10000;
constexpr std::int64_t seconds_per_hour = 3600;

// Everything additive that one interval can add to a post. The first eight are counts, the last three millionths.
enum Measure : std::size_t {
    measure_views,
    measure_likes,
    measure_comments,
    measure_shares,
    measure_saves,
    measure_clicks,
    measure_paid_views,
    measure_paid_clicks,
    measure_conversions,
    measure_spend,
    measure_revenue,
    measure_count
};

using Measures = std::array<std::int64_t, measure_count>;

} // namespace roi::core
