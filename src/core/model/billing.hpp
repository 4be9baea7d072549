// Exact money of one simulated hour: spend, revenue and running totals, in integers with checked overflow.
#pragma once

#include <cstdint>

#include "core/row.hpp"
#include "core/seal.hpp"

namespace roi::core::model {

// Price of one impression from the price of 1,000, rounded half up to whole millionths.
std::int64_t price_per_impression(std::int64_t cpm);

// Spend on the paid part of an hour, rounded half up to whole cents, in millionths. Each paid view is billed
// once: a share of the delivery by click, the rest by impression.
std::int64_t paid_spend(bool is_video, std::int64_t paid_clicks, std::int64_t cpc, std::int64_t paid_views,
                        std::int64_t cpm);

// Fills conversions (in millionths) and revenue for a number of conversions.
void book_conversions(Measures &added, std::int64_t conversions, std::int64_t order_value);

// before + added for every measure.
Measures add_up(const Measures &before, const Measures &added);

} // namespace roi::core::model
