// Exact money of one simulated hour: spend, revenue and running totals, in integers with checked overflow.
#include "core/model/billing.hpp"

#include <limits>

#include "core/error.hpp"

namespace roi::core::model {

namespace {

__extension__ typedef __int128 Wide;

// Share of the paid delivery that is billed by click, in percent (realism study, section C.1).
constexpr std::int64_t click_percent_static = 65;
constexpr std::int64_t click_percent_video = 35;

constexpr std::int64_t impressions_per_mille = 1000;

[[noreturn]] void overflow() {
    throw Error(Fault::out_of_range, "a simulated amount does not fit its column", {},
                "Lower the prices, the order value or the caps of the platform.");
}

Wide product(Wide a, Wide b, Wide c) {
    Wide result = 0;
    if (__builtin_mul_overflow(a, b, &result) || __builtin_mul_overflow(result, c, &result)) overflow();
    return result;
}

Wide sum(Wide a, Wide b) {
    Wide result = 0;
    if (__builtin_add_overflow(a, b, &result)) overflow();
    return result;
}

// For value >= 0; written so that nothing is added to a value near the end of its range.
Wide divide_half_up(Wide value, Wide divisor) {
    return value / divisor + (value % divisor >= divisor - value % divisor ? 1 : 0);
}

std::int64_t narrow(Wide value) {
    if (value > std::numeric_limits<std::int64_t>::max()) overflow();
    return static_cast<std::int64_t>(value);
}

} // namespace

std::int64_t price_per_impression(std::int64_t cpm) {
    return narrow(divide_half_up(cpm, impressions_per_mille));
}

// (w x paid_clicks x cpc + (100 - w) x paid_views x cpm / 1000) / 100, over one denominator until the end.
std::int64_t paid_spend(bool is_video, std::int64_t paid_clicks, std::int64_t cpc, std::int64_t paid_views,
                        std::int64_t cpm) {
    const std::int64_t percent = is_video ? click_percent_video : click_percent_static;
    const Wide by_click = product(Wide{percent} * impressions_per_mille, paid_clicks, cpc);
    const Wide by_view = product(100 - percent, paid_views, cpm);
    const Wide denominator = Wide{100} * impressions_per_mille * micros_per_cent;
    return narrow(product(divide_half_up(sum(by_click, by_view), denominator), micros_per_cent, 1));
}

void book_conversions(Measures &added, std::int64_t conversions, std::int64_t order_value) {
    added[measure_conversions] = narrow(product(conversions, micros_per_unit, 1));
    added[measure_revenue] = narrow(product(conversions, order_value, 1));
}

Measures add_up(const Measures &before, const Measures &added) {
    Measures after{};
    for (std::size_t i = 0; i < measure_count; ++i)
        if (__builtin_add_overflow(before[i], added[i], &after[i])) overflow();
    return after;
}

} // namespace roi::core::model
