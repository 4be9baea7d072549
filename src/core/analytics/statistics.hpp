// Order statistics, distributions and small tools that every analysis shares.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "core/seal.hpp"

namespace roi::core::analytics {

using Numbers = std::vector<double>;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN(); // NULL where it leaves the core

// An estimate with its interval; any of them may be unknown.
struct Interval {
    double lower = unknown, upper = unknown;
};

double mean_of(const Numbers &values);
double variance_of(const Numbers &values); // divided by n - 1

// Quantiles of type 7 (Hyndman and Fan 1996), as R's quantile(): p in [0, 1], at least one value. Takes a copy to sort.
double quantile_of(Numbers values, double p);
double sorted_quantile(const Numbers &sorted, double p);
double median_of(Numbers values);
// 1.4826 x the median distance to the centre, as R's mad(): the standard deviation where values are normal.
double mad_of(const Numbers &values, double centre);

double normal_cdf(double z);
double normal_quantile(double p);
double student_cdf(double t, double freedom);
double student_quantile(double p, double freedom);
double chi_squared_tail(double statistic, double freedom); // of larger values

// The nearest sequence that does not fall, by least squares (pool adjacent violators).
void make_rising(Numbers &values);

// Correlation of neighbours about 0, between 0 and 0.98; 0 for fewer than three values.
double neighbour_correlation(const Numbers &values);

} // namespace roi::core::analytics
