// What the read functions answered, as text: the only figures a report has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/model.hpp"

#include "core/seal.hpp"

namespace roi::report {

struct Rows {
    std::vector<std::string> columns;
    std::vector<std::vector<Cell>> rows;

    // The cell of a column by name, which must be there; NULL in a row that is not.
    const Cell &at(std::size_t row, std::string_view column) const;
    std::size_t size() const { return rows.size(); }
};

struct Source {
    std::string user;
    Rows
        head; // one row: period, since, until (as their zone's clock shows them), bucket, time_zone, currency, as_of, simulated, created (in UTC)
    Rows total;   // of roi_total
    Rows compare; // of roi_compare; empty where the range has no bounds
    Rows by_source, revenue, breakdown, clv, cac, payback, trends, benchmark, channels, posts;
    Rows months;            // of roi_monthly_spend_trends
    bool has_months = true; // false: the year's money is in another currency
    std::string year;
};

// Separates the names of campaigns in column campaign_markers of `trends`.
constexpr char name_separator = '\x1f';

} // namespace roi::report
