// A crontab line of five fields as pg_cron reads it, and the minutes it names.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/seal.hpp"

namespace roi::core {

// Minutes are counted from 1970-01-01 00:00 on the schedule's own clock.
class Crontab {
public:
    // Nothing when the line is not five fields of numbers, names, lists, ranges and steps.
    static std::optional<Crontab> parse(std::string_view line);

    // The first minute after `minute` that the line names; nothing within nine years (30 February).
    std::optional<std::int64_t> next_after(std::int64_t minute) const;

private:
    bool names_day(std::int64_t day) const;

    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<7> weekdays_;     // Sunday is 0
    bool names_last_day_ = false; // $ among the days
    bool any_day_ = false;        // a field that begins with *: both fields of days must agree then
    bool any_weekday_ = false;
};

} // namespace roi::core
