// Draws through the simulator's own engine and guarded distributions.
#include "core/analytics/ab_simulation.hpp"

#include <algorithm>
#include <cmath>

#include "core/random/draw.hpp"

namespace roi::core::analytics {

Measures draw_ab_day(const AbPlan &plan, std::int64_t day, int variant) {
    using namespace random;
    constexpr double audience_shape = 20, conversion_shape = 10, order_shape = 2;
    const std::int64_t hour = day * 24;
    // what both variants share: the day's audience, its split and its mood
    Philox common(plan.seed, 0, hour, Lane::views);
    const auto views = static_cast<std::int64_t>(
        std::llround(plan.views_per_day * gamma_of_mean_one(common, audience_shape)));
    const std::int64_t of_a = binomial(common, views, plan.share_of_a);
    const double mood = plan.has_bad_days ? gamma_of_mean_one(common, conversion_shape) : 1;
    Philox own(plan.seed, static_cast<std::uint64_t>(variant) + 1, hour, Lane::clicks);
    const double rate = plan.conversion_rate * mood * (variant == 1 ? 1 + plan.effect : 1);
    Measures measures{};
    measures[measure_views] = variant == 0 ? of_a : views - of_a;
    measures[measure_clicks] = binomial(own, measures[measure_views], plan.click_rate);
    const std::int64_t orders = binomial(own, measures[measure_clicks], std::min(rate, 1.0));
    measures[measure_conversions] = orders * micros_per_unit;
    measures[measure_paid_views] = measures[measure_views];
    measures[measure_paid_clicks] = measures[measure_clicks];
    const auto cents = [](double units) { return std::llround(units * 100) * micros_per_cent; };
    measures[measure_spend] = cents(static_cast<double>(measures[measure_clicks]) * plan.cost_per_click);
    // a sum of gammas of one scale is a gamma
    if (orders > 0)
        measures[measure_revenue] = cents(static_cast<double>(orders) * plan.order_value *
                                          gamma_of_mean_one(own, order_shape * static_cast<double>(orders)));
    return measures;
}

} // namespace roi::core::analytics
