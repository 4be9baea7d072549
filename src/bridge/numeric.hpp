// NUMERIC values of our tables as int64 millionths and back.
#pragma once

#include <cstdint>

#include "bridge/error.hpp"

namespace roi::bridge {

// Backend code, to be run inside call(): millionths of a numeric of scale 6 or less; 22003 when they do not fit.
std::int64_t micros_of_numeric(Datum value);
// Backend code likewise: a numeric of scale 6.
Datum numeric_of_micros(std::int64_t micros);

} // namespace roi::bridge
