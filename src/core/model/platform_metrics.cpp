// A platform's own metrics of one hour: base x U(low, high) [x an earlier metric], rounded to its decimals.
// A drawn share of a count is rounded at random, or 3 % of an hour's 5 likes would be 0 in every hour and for ever.
#include "core/model/platform_metrics.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/random/draw.hpp"

namespace roi::core::model {

namespace {

constexpr int max_decimals = 6;
constexpr std::array<double, max_decimals + 1> powers_of_ten = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};

void check(const PlatformModel &platform) {
    bool sound =
        platform.metric_count >= 0 && platform.metric_count <= static_cast<int>(max_platform_metrics);
    for (int i = 0; sound && i < platform.metric_count; ++i) {
        const MetricModel &metric = platform.metrics[static_cast<std::size_t>(i)];
        sound = metric.times < i && metric.decimals >= 0 && metric.decimals <= max_decimals;
    }
    if (!sound)
        throw Error(Fault::invalid_argument, "the platform metrics of a simulated platform are ill-formed",
                    std::string("platform ") + platform.name,
                    "Use at most 16 metrics of 0 to 6 decimals, each multiplied by an earlier one only.");
}

double base_value(MetricBase base, const Measures &added) {
    const auto count = [&added](Measure measure) { return static_cast<double>(added[measure]); };
    switch (base) {
    case MetricBase::active:
        return added[measure_views] > 0 ? 1.0 : 0.0;
    case MetricBase::views:
        return count(measure_views);
    case MetricBase::likes:
        return count(measure_likes);
    case MetricBase::comments:
        return count(measure_comments);
    case MetricBase::shares:
        return count(measure_shares);
    case MetricBase::saves:
        return count(measure_saves);
    case MetricBase::clicks:
        return count(measure_clicks);
    case MetricBase::engagement:
        return count(measure_likes) + count(measure_comments) + count(measure_shares);
    }
    return 0.0;
}

// At the end of the range where the value lies beyond it.
std::int64_t floor_saturated(double value) {
    constexpr double limit = 0x1.0p63;
    if (value >= limit) return std::numeric_limits<std::int64_t>::max();
    if (value < -limit) return std::numeric_limits<std::int64_t>::min();
    return std::isnan(value) ? 0 : static_cast<std::int64_t>(std::floor(value));
}

// Half up, without adding 0.5 to what is a hair below a half.
std::int64_t round_saturated(double value) {
    const double whole = std::floor(value);
    return floor_saturated(value - whole >= 0.5 ? whole + 1.0 : value);
}

// The factor of metric i for the whole life of a post.
double post_uniform(std::uint64_t seed, std::uint64_t post_key, std::size_t i) {
    random::Philox engine(seed, post_key, static_cast<std::int64_t>(i), random::Lane::post_metric);
    return random::uniform(engine);
}

} // namespace

std::array<std::int64_t, max_platform_metrics> platform_metrics(std::uint64_t seed,
                                                                const PlatformModel &platform,
                                                                std::uint64_t post_key, std::int64_t hour,
                                                                const Measures &added) {
    std::array<std::int64_t, max_platform_metrics> values{};
    check(platform);
    if (platform.metric_count == 0) return values;
    random::Philox engine(seed, post_key, hour, random::Lane::metric);
    for (std::size_t i = 0; i < static_cast<std::size_t>(platform.metric_count); ++i) {
        const MetricModel &metric = platform.metrics[i];
        // Drawn even for a base of 0, so that the later metrics do not shift.
        const double u = metric.per_post ? post_uniform(seed, post_key, i) : random::uniform(engine);
        const double factor = metric.low + u * (metric.high - metric.low);
        // Multiplied first and divided once: with a factor of 1 an exact half is then met as a half.
        double value = base_value(metric.base, added) * factor *
                       powers_of_ten[static_cast<std::size_t>(metric.decimals)];
        if (metric.times >= 0) {
            const auto other = static_cast<std::size_t>(metric.times);
            const auto other_decimals = static_cast<std::size_t>(platform.metrics[other].decimals);
            value = value * static_cast<double>(values[other]) / powers_of_ten[other_decimals];
        }
        const bool is_drawn_count = metric.decimals == 0 && metric.low < metric.high;
        values[i] =
            is_drawn_count ? floor_saturated(value + random::uniform(engine)) : round_saturated(value);
    }
    return values;
}

} // namespace roi::core::model
