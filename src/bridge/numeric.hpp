// NUMERIC values of our tables as int64 millionths and back.
#pragma once

#include <cstdint>

#include "bridge/error.hpp"

namespace roi::bridge {

// Backend code, to be run inside call(): millionths of a numeric of scale 6 or less; 22003 when they do not fit.
std::int64_t micros_of_numeric(Datum value);
// Backend code likewise: a numeric of scale 6.
Datum numeric_of_micros(std::int64_t micros);

// Writes value * 10^-decimals (0 to 6) as a numeric with that scale, byte for byte as the server would, without calling it.
// Returns its length, at most max_numeric. Only where writes_numerics() holds.
constexpr std::size_t max_numeric = 24;
std::size_t put_numeric(char *to, std::int64_t value, int decimals);

// Whether this server stores numerics in the form that put_numeric() writes; tried once a session.
bool writes_numerics();

} // namespace roi::bridge
