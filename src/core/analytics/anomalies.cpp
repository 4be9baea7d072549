// Medians all the way: a few wild days cannot hide themselves by moving the scale.
#include "core/analytics/anomalies.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace roi::core::analytics {
namespace {

// Values to a power that makes their spread even; 0 stands for the logarithm. Needs values of 0 and more, except for 1.
class Power {
public:
    explicit Power(double exponent) : exponent_(exponent) {}
    double of(double value) const {
        if (exponent_ == 1) return value;
        return exponent_ == 0 ? std::log(value) : std::pow(value, exponent_);
    }
    double back(double value) const {
        if (exponent_ == 1) return value;
        return exponent_ == 0 ? std::exp(value) : std::pow(std::max(value, 0.0), 1 / exponent_);
    }

private:
    double exponent_;
};

struct Fit {
    Numbers expected, rest;
    double scale = 0;
};

// The median of up to four weeks around each day, without the day itself: nobody is his own witness.
Numbers moving_median(const Numbers &values) {
    constexpr std::size_t reach = 2 * week;
    Numbers medians, window;
    for (std::size_t i = 0; i < values.size(); ++i) {
        // as many days at the ends, on one side
        const std::size_t width = std::min(values.size(), 2 * reach + 1);
        const std::size_t from = std::min(i - std::min(i, reach), values.size() - width);
        window.assign(values.begin() + static_cast<std::ptrdiff_t>(from),
                      values.begin() + static_cast<std::ptrdiff_t>(from + width));
        window.erase(window.begin() + static_cast<std::ptrdiff_t>(i - from));
        medians.push_back(median_of(window));
    }
    return medians;
}

// The median of the other days of the same weekday, by day.
Numbers weekday_medians(const Numbers &rest) {
    Numbers medians(rest.size());
    std::vector<std::size_t> order;
    for (std::size_t weekday = 0; weekday < week; ++weekday) {
        order.clear();
        for (std::size_t i = weekday; i < rest.size(); i += week)
            order.push_back(i);
        std::sort(order.begin(), order.end(),
                  [&](std::size_t a, std::size_t b) { return rest[a] < rest[b]; });
        const std::size_t others = order.size() - 1;
        for (std::size_t place = 0; place < order.size(); ++place) {
            const auto other = [&](std::size_t i) { return rest[order[i < place ? i : i + 1]]; };
            medians[order[place]] = (other((others - 1) / 2) + other(others / 2)) / 2;
        }
    }
    return medians;
}

// In two rounds the trend is freed of the season and the season of the trend.
Fit fit_of(const Numbers &values) {
    Numbers season(values.size(), 0.0), trend;
    for (int round = 0; round < 2; ++round) {
        Numbers rest(values);
        for (std::size_t i = 0; i < rest.size(); ++i)
            rest[i] -= season[i];
        trend = moving_median(rest);
        for (std::size_t i = 0; i < rest.size(); ++i)
            rest[i] = values[i] - trend[i];
        season = weekday_medians(rest);
    }
    Fit fit;
    for (std::size_t i = 0; i < values.size(); ++i) {
        fit.expected.push_back(trend[i] + season[i]);
        fit.rest.push_back(values[i] - fit.expected.back());
    }
    fit.scale = mad_of(fit.rest, 0);
    return fit;
}

// Bowley's skewness of the middle 80 %.
double skewness(const Numbers &rest) {
    Numbers sorted(rest);
    std::sort(sorted.begin(), sorted.end());
    const double low = sorted_quantile(sorted, 0.1), high = sorted_quantile(sorted, 0.9);
    return high > low ? std::fabs(high + low - 2 * sorted_quantile(sorted, 0.5)) / (high - low) : 1;
}

} // namespace

std::vector<WatchedDay> watch(const DailySeries &series, double rate) {
    const Numbers &values = series.values;
    if (values.size() < least_watched)
        throw Error(Fault::too_little, "anomalies need four weeks of history",
                    "The history has " + std::to_string(values.size()) + " whole days.",
                    "Ask over a longer period, or again when there are more days.");
    const double least = *std::min_element(values.begin(), values.end());
    Fit best;
    Power power(1);
    double least_skewed = 2;
    for (const double exponent : {1.0, 1.0 / 2, 1.0 / 3, 0.0}) {
        if (exponent != 1 && (least < 0 || (exponent == 0 && least <= 0))) continue;
        const Power candidate(exponent);
        Numbers raised;
        for (const double value : values)
            raised.push_back(candidate.of(value));
        Fit fit = fit_of(raised);
        if (const double skewed = skewness(fit.rest); fit.scale > 0 && skewed < least_skewed) {
            least_skewed = skewed;
            best = std::move(fit);
            power = candidate;
        }
    }
    if (!(best.scale > 0))
        throw Error(Fault::too_little, "the days do not vary enough to tell what is usual",
                    "More than half of them lie exactly where their season lets expect.",
                    "Ask for another measure or period.");
    const auto freedom = static_cast<double>(values.size() - week);
    const double reach = student_quantile(1 - rate / 2, freedom) * best.scale;
    std::vector<WatchedDay> days;
    for (std::size_t i = 0; i < values.size(); ++i) {
        WatchedDay day;
        day.value = values[i];
        day.expected = power.back(best.expected[i]);
        day.usual = {power.back(best.expected[i] - reach), power.back(best.expected[i] + reach)};
        day.score = best.rest[i] / best.scale;
        day.p_value = 2 * student_cdf(-std::fabs(day.score), freedom);
        day.is_anomaly = day.p_value < rate;
        days.push_back(day);
    }
    return days;
}

} // namespace roi::core::analytics
