// Reads a number of a cell exactly into a 64-bit integer, never through floating point.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/seal.hpp"

namespace roi::core::import {

struct Decimal {
    bool present = false; // false for "no value" and for a refused cell
    std::int64_t value = 0;
    const char *refusal = nullptr; // why the cell is not a number of this kind
};

// The cell's number times 10^decimals: 6 gives millionths, 0 whole numbers, -6 turns whole millionths into
// ones.
Decimal parse_decimal(std::string_view cell, int decimals);

} // namespace roi::core::import
