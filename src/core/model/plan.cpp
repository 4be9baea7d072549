// Growth model `plan`: the hourly multipliers of the source plan, with the smallest repair: nothing shrinks.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/model/billing.hpp"
#include "core/model/model.hpp"
#include "core/model/platform_metrics.hpp"
#include "core/random/draw.hpp"

namespace roi::core::model {

using random::Lane;
using random::Philox;

namespace {

// Plan, section "Data Generation Logic": the scale of diminishing returns.
constexpr double diminishing_scale = 1000.0;

constexpr std::array<Lane, counter_count> counter_lanes = {Lane::views,  Lane::likes, Lane::comments,
                                                           Lane::shares, Lane::saves, Lane::clicks};
static_assert(measure_views == 0 && measure_clicks == counter_count - 1, "counters lead the measures");

struct PostHour {
    std::uint64_t seed;
    const PlatformModel &platform;
    const PostState &post;
    std::int64_t hour;

    Philox engine(Lane lane) const { return Philox(seed, post.key, hour, lane); }
};

// min(round(current x multiplier), cap), never below what was reached before. The cap is tested first, or the
// cast could meet a value too large for it.
std::int64_t grown(std::int64_t before, std::int64_t current, double multiplier, std::int64_t cap) {
    const double target = static_cast<double>(current) * multiplier;
    if (target >= static_cast<double>(cap)) return std::max(before, cap);
    return target > 0.0 ? std::max(before, static_cast<std::int64_t>(std::round(target))) : before;
}

void grow_counters(const PostHour &at, Measures &added) {
    const double decay = growth_decay(at.hour - at.post.hour);
    for (std::size_t i = 0; i < counter_count; ++i) {
        const CounterModel &model = at.platform.counters[i];
        const std::int64_t before = at.post.totals[i];
        const std::int64_t current = std::max<std::int64_t>(before, 1); // counters start at 1 (plan)
        double most = model.growth_max;
        if (i == measure_views) most = std::min(most, 1.0 + diminishing_scale / static_cast<double>(current));
        Philox engine = at.engine(counter_lanes[i]);
        const double multiplier = 1.0 + random::uniform(engine) * (most - 1.0) * decay;
        added[i] = grown(before, current, multiplier, model.cap) - before;
    }
}

void bill_paid_delivery(const PostHour &at, HourRow &row) {
    Philox paid = at.engine(Lane::paid);
    const std::int64_t views = random::binomial(paid, row.added[measure_views], at.platform.paid_share);
    const std::int64_t clicks = random::binomial(paid, row.added[measure_clicks], at.platform.paid_share);

    Philox price = at.engine(Lane::price);
    const std::int64_t cpc = random::integer_between(price, at.platform.cpc_min, at.platform.cpc_max);
    const std::int64_t cpm = random::integer_between(price, at.platform.cpm_min, at.platform.cpm_max);
    row.cost_per_click = cpc;
    row.cost_per_impression = price_per_impression(cpm);
    // A spent budget ends paid delivery; this model's counters grow on without it.
    const Bill bill = bill_delivery(at.post.click_percent, views, clicks, cpc, cpm, at.post.budget_left);
    row.added[measure_paid_views] = bill.paid_views;
    row.added[measure_paid_clicks] = bill.paid_clicks;
    row.added[measure_spend] = bill.spend;
    row.is_budget_spent = bill.is_last;
}

void convert_clicks(const PostHour &at, Measures &added) {
    const double rate = at.platform.conversion_rate * at.platform.engagement_multiplier *
                        (1.0 + engagement_rate(at.post.totals, added));
    Philox engine = at.engine(Lane::conversion);
    const std::int64_t conversions = random::binomial(engine, added[measure_clicks], std::min(1.0, rate));
    book_conversions(added, conversions, at.platform.order_value);
}

} // namespace

HourRow plan_hour(std::uint64_t seed, const PlatformModel &platform, const PostState &post,
                  std::int64_t hour) {
    if (hour < post.hour) throw Error(Fault::invalid_argument, "a post cannot grow before it is published");
    const PostHour at{seed, platform, post, hour};
    HourRow row;
    row.hour = hour;
    grow_counters(at, row.added);
    bill_paid_delivery(at, row);
    convert_clicks(at, row.added);
    row.totals = add_up(post.totals, row.added);
    row.metrics = platform_metrics(seed, platform, post.key, hour, row.added);
    return row;
}

} // namespace roi::core::model
