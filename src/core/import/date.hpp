// Reads the dates of export files: ISO days and timestamps, US month names, eight digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/seal.hpp"

namespace roi::core::import {

struct Stamp {
    std::int64_t seconds = 0; // since 1970-01-01 00:00, cut to the hour
    bool is_utc = false;      // the cell named its offset; otherwise civil time of the import's zone
};

struct DateCell {
    Stamp stamp;
    const char *refusal = nullptr;
};

DateCell parse_date(std::string_view cell);

// First day of a text that is nothing but "<date> - <date>", days since 1970-01-01.
std::optional<std::int64_t> first_day_of_range(std::string_view text);

// The day of a text that is nothing but one date with a month in words or hyphens.
std::optional<std::int64_t> single_day(std::string_view text);

} // namespace roi::core::import
