// A platform's own metrics of one hour: base x U(low, high) [x an earlier metric], rounded to its decimals.
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

// Half up, and at the end of the range where the value lies beyond it.
std::int64_t round_saturated(double value) {
    constexpr double limit = 0x1.0p63;
    if (value >= limit) return std::numeric_limits<std::int64_t>::max();
    if (value < -limit) return std::numeric_limits<std::int64_t>::min();
    const double whole = std::floor(value);
    return std::isnan(value) ? 0 : static_cast<std::int64_t>(value - whole >= 0.5 ? whole + 1.0 : whole);
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
        const double factor = metric.low + random::uniform(engine) * (metric.high - metric.low);
        // Multiplied first and divided once: with a factor of 1 an exact half is then met as a half.
        double value = base_value(metric.base, added) * factor *
                       powers_of_ten[static_cast<std::size_t>(metric.decimals)];
        if (metric.times >= 0) {
            const auto other = static_cast<std::size_t>(metric.times);
            const auto other_decimals = static_cast<std::size_t>(platform.metrics[other].decimals);
            value = value * static_cast<double>(values[other]) / powers_of_ten[other_decimals];
        }
        values[i] = round_saturated(value);
    }
    return values;
}

} // namespace roi::core::model
