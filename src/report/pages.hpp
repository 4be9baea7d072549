// A report laid out on pages of paper.
#pragma once

#include "report/drawing.hpp"
#include "report/model.hpp"

#include "core/seal.hpp"

namespace roi::report {

// A4 pages with page numbers: sections with figures, charts and short tables, then the numbers behind the charts. `created`:
// ISO 8601, for the document's properties.
Drawing lay_out(const Report &report, const std::string &created);

} // namespace roi::report
