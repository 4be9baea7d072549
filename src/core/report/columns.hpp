// The measures of the reports: each column's name and how it follows from the figures. One table for SQL and JSON.
#pragma once

#include <string_view>
#include <vector>

#include "core/report/tally.hpp"

#include "core/seal.hpp"

namespace roi::core::report {

struct Column {
    static constexpr std::size_t longest_member = 40;

    Column(const char *column, Value (*formula)(const Figures &));

    const char *name;
    Value (*of)(const Figures &);
    std::size_t member_size;          // of ,"name":
    char member[longest_member] = {}; // that, as JSON has it
};

// Columns of a function's result, in order.
using Columns = std::vector<Column>;

const Columns &total_columns();   // of roi_total, after currency
const Columns &source_columns();  // of roi_revenue_by_source, after platform
const Columns &revenue_columns(); // of roi_revenue_trends, after time_period
const Columns &cost_columns();    // of roi_cost_breakdown, after platform
const Columns &monthly_columns(); // of roi_monthly_spend_trends, after month and platform
const Columns &clv_columns();
const Columns &cac_columns();
const Columns &payback_columns();
const Columns &trend_columns(); // of roi_trends, after date, without campaign_markers
// of roi_channel_performance, after platform: the measures of every breakdown, from sums that the details keep
const Columns &channel_columns();
const Columns &compare_columns(); // the metrics of roi_compare

// overall_roi, against which roi_benchmark compares.
Value overall_roi(const Figures &figures);

// current - base, and that in percent of |base|: NULL where the base is 0 or either is NULL.
struct Change {
    Value change, percent;
};
Change change_of(const Value &current, const Value &base);

// Sorts by descending value, NULLs last; 0 when equal.
int compare_descending(const Value &left, const Value &right);

} // namespace roi::core::report
