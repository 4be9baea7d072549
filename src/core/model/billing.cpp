// Exact money of one simulated hour: spend, revenue and running totals, in integers with checked overflow.
#include "core/model/billing.hpp"

#include <algorithm>
#include <limits>

#include "core/error.hpp"

namespace roi::core::model {

namespace {

__extension__ typedef __int128 Wide;

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
std::int64_t paid_spend(int click_percent, std::int64_t paid_clicks, std::int64_t cpc,
                        std::int64_t paid_views, std::int64_t cpm) {
    const Wide by_click = product(Wide{click_percent} * impressions_per_mille, paid_clicks, cpc);
    const Wide by_view = product(100 - click_percent, paid_views, cpm);
    const Wide denominator = Wide{100} * impressions_per_mille * micros_per_cent;
    return narrow(product(divide_half_up(sum(by_click, by_view), denominator), micros_per_cent, 1));
}

Bill bill_delivery(int click_percent, std::int64_t paid_views, std::int64_t paid_clicks, std::int64_t cpc,
                   std::int64_t cpm, std::int64_t budget_left) {
    if (budget_left <= 0) return {0, 0, 0, true};
    Bill bill{paid_views, paid_clicks, paid_spend(click_percent, paid_clicks, cpc, paid_views, cpm), false};
    if (bill.spend < budget_left) return bill;
    bill.is_last = true;
    if (bill.spend == budget_left) return bill;
    bill.paid_views = narrow(product(paid_views, budget_left, 1) / bill.spend);
    bill.paid_clicks = std::min(bill.paid_views, narrow(product(paid_clicks, budget_left, 1) / bill.spend));
    bill.spend = std::min(budget_left / micros_per_cent * micros_per_cent,
                          paid_spend(click_percent, bill.paid_clicks, cpc, bill.paid_views, cpm));
    return bill;
}

double engagement_rate(const Measures &before, const Measures &added) {
    const auto total = [&](Measure m) {
        return static_cast<double>(before[m]) + static_cast<double>(added[m]);
    };
    const double engagement = total(measure_likes) + total(measure_comments) + total(measure_shares);
    return std::min(1.0, engagement / std::max(total(measure_views), 1.0));
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
