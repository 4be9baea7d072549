// Rows of roi_metrics as the rollup sees them.
#pragma once

#include <array>

#include "core/rollup/sums.hpp"

#include "bridge/datum.hpp"

namespace roi::store {

// Finds the columns of roi_metrics in a row type: the table's, a partition's (whose columns may stand in another order) or
// a query's.
class FactReader {
public:
    explicit FactReader(TupleDesc columns);

    // The views live as long as the row. What compressed values and numbers need is allocated in the current memory
    // context: reset it now and then. 22003 when a number does not fit millionths in 64 bits.
    core::rollup::Fact read(const Datum *values, const bool *nulls) const;

    // The user alone, for those who only want to know whose rows these are.
    std::string_view user(const Datum *values) const;

private:
    enum Column : std::size_t {
        user_id,
        platform,
        currency,
        content_type,
        post_id,
        content_category,
        source,
        campaign_id,
        stamp,
        posted_at,
        first_measure,
        first_rate = first_measure + core::measure_count,
        column_count = first_rate + 4
    };
    static const std::array<const char *, column_count> names;
    std::array<int, column_count> places_{};
};

} // namespace roi::store
