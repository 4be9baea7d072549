// Numbers for readers: rounded from the exact decimal text, never through floating point.
#pragma once

#include <string>
#include <string_view>

#include "report/model.hpp"

#include "core/seal.hpp"

namespace roi::report {

// A plain decimal such as -1234567.895 with `decimals` of them, half away from zero, thousands grouped: -1,234,567.90.
std::string grouped(std::string_view number, int decimals);

// A cell in the way of its kind, without its currency; an en dash for NULL.
std::string shown(Kind kind, const Cell &cell);
// A change in percent with its sign.
std::string shown_change(const Cell &percent);

// For the eye only: where on a chart. Nothing for NULL.
std::optional<double> position_of(const Cell &cell);

// A short label of an axis: 1.5k, 20M.
std::string compact(double value);

} // namespace roi::report
