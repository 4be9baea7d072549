// Values of a report as columns of a result.
#pragma once

#include <vector>

#include "core/report/columns.hpp"

#include "bridge/datum.hpp"

namespace roi::store {

// A count as bigint, a decimal as numeric.
bridge::Argument argument_of(const core::report::Value &value);
// Any value as numeric, for columns of mixed measures.
bridge::Argument numeric_of(const core::report::Value &value);

void append_columns(std::vector<bridge::Argument> &row, const core::report::Columns &columns,
                    const core::report::Figures &figures);

} // namespace roi::store
