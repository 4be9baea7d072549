// Exact money of one simulated hour: spend, revenue and running totals, in integers with checked overflow.
#pragma once

#include <cstdint>

#include "core/row.hpp"
#include "core/seal.hpp"

namespace roi::core::model {

// Price of one impression from the price of 1,000, rounded half up to whole millionths.
std::int64_t price_per_impression(std::int64_t cpm);

// Spend on the paid part of an hour, rounded half up to whole cents, in millionths. Each paid view is billed
// once: click_percent of the delivery by click, the rest by impression.
std::int64_t paid_spend(int click_percent, std::int64_t paid_clicks, std::int64_t cpc,
                        std::int64_t paid_views, std::int64_t cpm);

// Fills conversions (in millionths) and revenue for a number of conversions.
void book_conversions(Measures &added, std::int64_t conversions, std::int64_t order_value);

// What an hour's paid delivery cost, and whether the campaign's budget ended it.
struct Bill {
    std::int64_t paid_views = 0, paid_clicks = 0;
    std::int64_t spend = 0; // millionths, never more than what is left of the budget
    bool is_last = false;   // the budget is spent
};
// Bills the delivery at these prices (millionths) and cuts it down in proportion where it costs more than budget_left.
Bill bill_delivery(int click_percent, std::int64_t paid_views, std::int64_t paid_clicks, std::int64_t cpc,
                   std::int64_t cpm, std::int64_t budget_left);

// Engagement (likes, comments, shares) per view over the post's life, this hour included; it raises the conversion rate
// (plan). At most 1: nobody converts better than a visitor who engaged with every view.
double engagement_rate(const Measures &before, const Measures &added);

// before + added for every measure.
Measures add_up(const Measures &before, const Measures &added);

} // namespace roi::core::model
