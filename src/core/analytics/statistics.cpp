// Boost.Math for the distributions; sorting for the rest.
#include "core/analytics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

namespace roi::core::analytics {

namespace math = boost::math;

double mean_of(const Numbers &values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(const Numbers &values) {
    if (values.size() < 2) return unknown;
    const double mean = mean_of(values);
    double sum = 0;
    for (const double value : values)
        sum += (value - mean) * (value - mean);
    return sum / static_cast<double>(values.size() - 1);
}

double sorted_quantile(const Numbers &sorted, double p) {
    const double place = p * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double quantile_of(Numbers values, double p) {
    std::sort(values.begin(), values.end());
    return sorted_quantile(values, p);
}

double median_of(Numbers values) {
    const std::size_t half = values.size() / 2;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(half);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

double mad_of(const Numbers &values, double centre) {
    constexpr double normal_consistency = 1.4826; // as R has it
    Numbers distances;
    distances.reserve(values.size());
    for (const double value : values)
        distances.push_back(std::fabs(value - centre));
    return normal_consistency * median_of(std::move(distances));
}

double normal_cdf(double z) { return math::cdf(math::normal(), z); }
double normal_quantile(double p) { return math::quantile(math::normal(), p); }
double student_cdf(double t, double freedom) { return math::cdf(math::students_t(freedom), t); }
double student_quantile(double p, double freedom) { return math::quantile(math::students_t(freedom), p); }
double chi_squared_tail(double statistic, double freedom) {
    return math::cdf(math::complement(math::chi_squared(freedom), statistic));
}

void make_rising(Numbers &values) {
    struct Pool {
        double sum;
        std::size_t count;
        double mean() const { return sum / static_cast<double>(count); }
    };
    std::vector<Pool> pools;
    for (const double value : values) {
        pools.push_back({value, 1});
        while (pools.size() > 1 && pools[pools.size() - 2].mean() >= pools.back().mean()) {
            const Pool last = pools.back();
            pools.pop_back();
            pools.back().sum += last.sum;
            pools.back().count += last.count;
        }
    }
    std::size_t at = 0;
    for (const Pool &pool : pools)
        for (std::size_t i = 0; i < pool.count; ++i)
            values[at++] = pool.mean();
}

double neighbour_correlation(const Numbers &values) {
    constexpr double highest = 0.98;
    if (values.size() < 3) return 0;
    double product = 0, square = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        square += values[i] * values[i];
        if (i > 0) product += values[i] * values[i - 1];
    }
    return square > 0 ? std::clamp(product / square, 0.0, highest) : 0;
}

} // namespace roi::core::analytics
