// Growth model `natural`: what one hour adds to a post, drawn from (seed, post, hour), then held within the plan's envelope
// of multipliers, its caps and the budget (realism study, section C.3).
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

// Resurfacing: on some days after the first, a post is shared anew and its views jump by a Pareto factor.
constexpr double resurfacing_chance = 0.02;
constexpr double resurfacing_scale = 1.5;
constexpr double resurfacing_exponent = 1.6;
constexpr double resurfacing_most = 12.0;

constexpr double early_engagement = 0.35; // followers come first and engage more,
constexpr double early_hours = 24.0;      // for about a day
constexpr double engagement_shape = 18.0; // of the hourly gamma noise on the rate
constexpr double most_engaged = 0.6;      // of an hour's views

constexpr double price_noise = 0.06; // hourly, on the scale of logarithms
constexpr double price_margin = 1.12;
constexpr double order_value_shape = 6.0; // of one order

// Below 20 a ratio says nothing: the envelope leaves room for a few more.
constexpr std::int64_t tiny_count = 20;
constexpr std::int64_t tiny_allowance = 3;

constexpr double full_turn = 6.283185307179586;

struct Draw {
    std::uint64_t seed;
    const PlatformModel &platform;
    const PostState &post;
    std::int64_t hour;
    const LocalHour &local;

    // The launch hour is 1.
    std::int64_t age() const { return hour - post.hour + 1; }
    Philox engine(Lane lane) const { return Philox(seed, post.key, hour, lane); }
};

// Two harmonics of the day and the weekday; both have mean 1 or nearly so.
double clock_factor(const PlatformModel &platform, const LocalHour &local) {
    const double turn = full_turn / 24.0 * (local.hour - platform.peak_hour);
    const double day = 1.0 + platform.daily_swing * std::cos(turn) +
                       platform.daily_swing / 3.0 * std::cos(2.0 * (turn + full_turn / 24.0));
    return std::max(0.0, day) * platform.weekday_factors[static_cast<std::size_t>(local.weekday)];
}

// What the post's hours of one day since its launch share: good days, bad days, resurfacing.
double day_factor(const Draw &draw) {
    const std::int64_t day = draw.age() / 24;
    if (day == 0) return 1.0;
    Philox engine(draw.seed, draw.post.key, day, Lane::day);
    const double u = random::uniform(engine);
    const double jump = 1.0 - random::uniform(engine); // in (0, 1]
    const double shock = random::gamma_of_mean_one(engine, draw.platform.daily_shape);
    if (u >= resurfacing_chance) return shock;
    return shock *
           std::min(resurfacing_most, resurfacing_scale * std::pow(jump, -1.0 / resurfacing_exponent));
}

// Negative binomial: Poisson around a gamma mean.
std::int64_t draw_views(const Draw &draw) {
    const Traits &post = draw.post.traits;
    const auto end = static_cast<double>(draw.age());
    const double share = views_by(draw.platform, post, end) - views_by(draw.platform, post, end - 1.0);
    const double mean = post.views * share * clock_factor(draw.platform, draw.local);
    if (!(mean > 0.0)) return 0;
    Philox engine = draw.engine(Lane::views);
    const double noise = random::gamma_of_mean_one(engine, draw.platform.hourly_shape);
    return random::poisson(engine, mean * day_factor(draw) * noise);
}

// The most that the envelope and the cap let a counter gain. The launch hour is exempt from the envelope, or no post
// could be born at all.
std::int64_t room(const Draw &draw, std::size_t counter) {
    const CounterModel &model = draw.platform.counters[counter];
    const std::int64_t before = draw.post.totals[counter];
    const std::int64_t below_cap = std::max<std::int64_t>(0, model.cap - before);
    if (draw.age() < 2) return below_cap;
    const double most = (model.growth_max - 1.0) * growth_decay(draw.age()) * static_cast<double>(before);
    const auto gain = most < 1e15 ? static_cast<std::int64_t>(most) : std::int64_t{1} << 50;
    return std::min(below_cap, gain + (before < tiny_count ? tiny_allowance : 0));
}

// Takes the part of a gain that has no room away, and says so in the row.
std::int64_t hold(const Draw &draw, std::size_t counter, std::int64_t gain, HourRow &row) {
    const std::int64_t most = room(draw, counter);
    if (gain <= most) return gain;
    row.held_back |= 1u << counter;
    return most;
}

// In whole millionths. A post's effective price wanders around its list price by the luck of its clicks, so list prices keep
// a margin from the platform's bounds, as far as these leave one.
std::int64_t hourly_price(double post_price, double season, std::int64_t least, std::int64_t most) {
    const double low = static_cast<double>(least), high = static_cast<double>(most);
    const double margin = low > 0.0 ? std::min(price_margin, std::sqrt(high / low)) : 1.0;
    const double price = std::clamp(post_price * season * micros_per_unit, low * margin, high / margin);
    return std::clamp(static_cast<std::int64_t>(std::round(price)), least, most);
}

// Views, and who clicked. Paid views that a spent budget does not buy are not delivered at all.
void deliver(const Draw &draw, HourRow &row) {
    const Traits &post = draw.post.traits;
    const std::int64_t views = hold(draw, measure_views, draw_views(draw), row);
    Philox paid = draw.engine(Lane::paid);
    std::int64_t paid_views = random::binomial(paid, views, post.paid_share);
    std::int64_t paid_clicks = random::binomial(paid, paid_views, post.paid_ctr);
    Philox organic = draw.engine(Lane::clicks);
    std::int64_t organic_clicks = random::binomial(organic, views - paid_views, post.organic_ctr);
    const std::int64_t clicks = hold(draw, measure_clicks, paid_clicks + organic_clicks, row);
    organic_clicks =
        std::max<std::int64_t>(0, clicks - paid_clicks); // what has no room goes from these first
    paid_clicks = std::min(paid_clicks, clicks);

    Philox price = draw.engine(Lane::price);
    const double season = draw.platform.month_cost[static_cast<std::size_t>(draw.local.month)] *
                          std::exp(price_noise * random::normal(price));
    const std::int64_t cpc = hourly_price(post.cpc, season, draw.platform.cpc_min, draw.platform.cpc_max);
    const std::int64_t cpm = hourly_price(post.cpm, season, draw.platform.cpm_min, draw.platform.cpm_max);
    row.cost_per_click = cpc;
    row.cost_per_impression = price_per_impression(cpm);
    const Bill bill =
        bill_delivery(draw.post.click_percent, paid_views, paid_clicks, cpc, cpm, draw.post.budget_left);
    row.added[measure_views] = views - paid_views + bill.paid_views;
    row.added[measure_clicks] = organic_clicks + bill.paid_clicks;
    row.added[measure_paid_views] = bill.paid_views;
    row.added[measure_paid_clicks] = bill.paid_clicks;
    row.added[measure_spend] = bill.spend;
    row.is_budget_spent = bill.is_last;
}

// Drawn out of the hour's own views, so that no sum of rows ever has more engagement than views.
void engage(const Draw &draw, HourRow &row) {
    const Traits &post = draw.post.traits;
    double rate = post.engagement_rate *
                  (1.0 + early_engagement * std::exp(-static_cast<double>(draw.age()) / early_hours));
    if (post.archetype == Archetype::dying) rate *= growth_decay(draw.age());
    Philox engine = draw.engine(Lane::engagement);
    const double noise = random::gamma_of_mean_one(engine, engagement_shape);
    std::int64_t left =
        random::binomial(engine, row.added[measure_views], std::min(most_engaged, rate * noise));
    double share_left = 1.0;
    for (std::size_t i = 0; i < post.engagement_split.size(); ++i) {
        const bool is_last = i + 1 == post.engagement_split.size();
        const double part = share_left > 0.0 ? post.engagement_split[i] / share_left : 0.0;
        const std::int64_t gain = is_last ? left : random::binomial(engine, left, std::min(1.0, part));
        left -= gain;
        share_left -= post.engagement_split[i];
        row.added[measure_likes + i] = hold(draw, measure_likes + i, gain, row);
    }
}

void convert(const Draw &draw, HourRow &row) {
    const PlatformModel &platform = draw.platform;
    const double rate = platform.conversion_rate * platform.engagement_multiplier *
                        (1.0 + engagement_rate(draw.post.totals, row.added)) *
                        platform.month_conversion[static_cast<std::size_t>(draw.local.month)];
    Philox engine = draw.engine(Lane::conversion);
    const std::int64_t conversions = random::binomial(engine, row.added[measure_clicks], std::min(1.0, rate));
    book_conversions(row.added, conversions, platform.order_value);
    if (conversions == 0) return;
    // One draw for the sum of all orders, in whole cents; book_conversions() has checked that the mean fits.
    Philox orders = draw.engine(Lane::order_value);
    const double mean = static_cast<double>(row.added[measure_revenue]) / micros_per_cent;
    const double cents =
        mean * random::gamma_of_mean_one(orders, order_value_shape * static_cast<double>(conversions));
    row.added[measure_revenue] =
        cents < 9e14 ? std::llround(cents) * micros_per_cent : row.added[measure_revenue];
}

} // namespace

HourRow natural_hour(std::uint64_t seed, const PlatformModel &platform, const PostState &post,
                     std::int64_t hour, const LocalHour &local) {
    if (hour < post.hour) throw Error(Fault::invalid_argument, "a post cannot grow before it is published");
    const Draw draw{seed, platform, post, hour, local};
    HourRow row;
    row.hour = hour;
    deliver(draw, row);
    engage(draw, row);
    convert(draw, row);
    row.totals = add_up(post.totals, row.added);
    row.metrics = platform_metrics(seed, platform, post.key, hour, row.added);
    return row;
}

} // namespace roi::core::model
