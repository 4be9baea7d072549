// Reads the dates of export files: ISO, day and month in either order, months by name in several languages.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/seal.hpp"

namespace roi::core::import {

struct Stamp {
    std::int64_t seconds = 0;   // since 1970-01-01 00:00, cut to the hour
    bool is_utc = false;        // the cell named its offset; otherwise civil time of the import's zone
    std::int64_t into_hour = 0; // seconds that were cut
    bool has_time = false;      // the cell named an hour, be it 00:00
};

struct DateCell {
    Stamp stamp;
    const char *refusal = nullptr;
};

enum class DateOrder { unknown, day_first, month_first };

// What a file's dates have in common.
struct DateStyle {
    DateOrder order = DateOrder::unknown; // of 01/02/2026 and 1-2-2026
    int year = 0;                         // of dates without one; 0: they are refused
};

DateCell parse_date(std::string_view cell, const DateStyle &style = {});

// What a cell tells of the order: a date that can be read one way only is `plain`.
enum class OrderEvidence { none, plain, day_first, month_first, either };
OrderEvidence order_evidence(std::string_view cell);

struct DayRange {
    std::int64_t first = 0; // days since 1970-01-01
    std::int64_t last = 0;
};

// A text that is nothing but "<date> - <date>".
std::optional<DayRange> day_range(std::string_view text);

// The day of a text that is nothing but one date with a month in words or hyphens.
std::optional<std::int64_t> single_day(std::string_view text);

} // namespace roi::core::import
