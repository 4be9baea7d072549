// Sums by campaign, post or content type of each whole day of a zone: from roi_rollup_detail where days are UTC's, else facts.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/rollup/sums.hpp"

#include "store/question.hpp"

namespace roi::store {

enum class KeyKind : unsigned char { campaign, post, content };

// What the days of a key add up to, in the order of the statement's columns; money and conversions in millionths.
enum DaySum : std::size_t {
    day_views,
    day_clicks,
    day_engagement,
    day_conversions,
    day_spend,
    day_revenue,
    day_sum_count
};
using DaySums = std::array<std::int64_t, day_sum_count>;

struct KeyDay {
    std::string key; // a campaign's id in digits
    std::string currency;
    std::int64_t day = 0; // of the zone, since 1970-01-01
    std::int64_t utc_day = 0;
    DaySums sums{};
};

// [since, until): starts of days of the zone; as the caller sees the rows, ascending by day. Raises 55000 where days of
// another zone than UTC would need archived facts. Needs an open SpiScope.
std::vector<KeyDay> read_key_days(const Extension &extension, const std::string &user_id, KeyKind kind,
                                  const std::vector<std::string> &keys, core::report::Moment since,
                                  core::report::Moment until, const std::string &time_zone);

// One currency for all days: the one asked for, else the only one with money. Converts by the rates of the UTC days. Raises
// 22023 for several currencies, or a missing rate.
std::string settle_key_days(const Extension &extension, const std::string &asked, std::vector<KeyDay> &days);

} // namespace roi::store
