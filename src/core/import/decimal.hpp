// Reads a number of a cell exactly into a 64-bit integer, never through floating point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/seal.hpp"

namespace roi::core::import {

struct Decimal {
    bool present = false; // false for "no value" and for a refused cell
    std::int64_t value = 0;
    const char *refusal = nullptr; // why the cell is not a number of this kind
};

enum class Excess { refuse, round }; // of decimals that do not fit; round goes half away from zero

// The cell's number times 10^decimals: 6 gives millionths, 0 whole numbers, -6 turns whole millionths into
// ones. `mark` is the decimal mark, a point or a comma; the other one groups thousands, as blanks and apostrophes do.
Decimal parse_decimal(std::string_view cell, int decimals, char mark = '.', Excess excess = Excess::refuse);

// What a cell tells of the file's decimal mark.
enum class MarkEvidence { none, point, comma, open_point, open_comma };

// A mark before three digits may be either (open_point, open_comma). A column of whole numbers has no decimals: there it
// groups them, unless they are zeros.
MarkEvidence mark_evidence(std::string_view cell, bool is_whole);

// The currency that a sign or code beside the number stands for; empty for none and for signs of many currencies like $.
std::string cell_currency(std::string_view cell);
// A sign like ¥ or kr, which is never the default currency.
bool has_shared_sign(std::string_view cell);

// The id that a spreadsheet has written as a number like 1.5E+3: its digits when they are all there, empty otherwise.
// Other ids come back as they are.
std::string whole_id(std::string_view cell);

} // namespace roi::core::import
