// A randomised test with a known true effect: what each variant brings on each day, drawn from a seed.
#pragma once

#include <cstdint>

#include "core/row.hpp"

#include "core/seal.hpp"

namespace roi::core::analytics {

struct AbPlan {
    std::uint64_t seed = 0;
    double views_per_day = 2000; // of both variants, in the mean
    double share_of_a = 0.5;
    double click_rate = 0.05;      // of views
    double conversion_rate = 0.05; // of clicks, of A
    double order_value = 40;       // mean, units of currency
    double cost_per_click = 0.5;   // units of currency
    double effect = 0;             // of B on the conversion rate, relative
    bool has_bad_days = false;     // the conversion rates of a day vary beyond chance, alike for both
};

// A day's measures of variant 0 (A) or 1 (B). A view goes to a variant by the toss of a coin; clicks and conversions are
// binomial; orders are gamma of shape 2. The same plan, day and variant give the same measures.
Measures draw_ab_day(const AbPlan &plan, std::int64_t day, int variant);

} // namespace roi::core::analytics
