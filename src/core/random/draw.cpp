// Guarded draws from a Philox engine, over the distributions of Boost.Random.
#include "core/random/draw.hpp"

#include <algorithm>
#include <string>

#include <boost/random/binomial_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/poisson_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "core/error.hpp"

namespace roi::core::random {

namespace {

// Doubles hold every count up to here exactly, with room for the arithmetic of the sampler.
constexpr std::int64_t max_trials = 1000000000000000;

constexpr double max_poisson_mean = 1e6;

constexpr double max_gamma_shape = 1e12;

} // namespace

// Not boost::random::uniform_01: it fills 32 bits from this engine and promises no fixed number of draws.
double uniform(Philox &engine) {
    const std::uint64_t high = engine() >> 5; // 27 bits
    const std::uint64_t low = engine() >> 6;  // 26 bits
    return static_cast<double>((high << 26) | low) * 0x1.0p-53;
}

std::int64_t integer_between(Philox &engine, std::int64_t low, std::int64_t high) {
    if (low > high)
        throw Error(Fault::invalid_argument, "a range of the simulation has its minimum above its maximum",
                    "minimum " + std::to_string(low) + ", maximum " + std::to_string(high));
    return boost::random::uniform_int_distribution<std::int64_t>(low, high)(engine);
}

std::int64_t binomial(Philox &engine, std::int64_t n, double p) {
    if (n <= 0 || !(p > 0.0)) return 0;
    if (n > max_trials)
        throw Error(Fault::out_of_range, "a simulated counter is too large",
                    "An hour added " + std::to_string(n) + ".", "Lower the caps of the platform.");
    if (p >= 1.0) return n;
    // The clamp is a promise to the caller: the sampler's tail is cut by rounding, not by a test against n.
    return std::clamp<std::int64_t>(boost::random::binomial_distribution<std::int64_t>(n, p)(engine), 0, n);
}

double normal(Philox &engine) { return boost::random::normal_distribution<double>()(engine); }

double gamma_of_mean_one(Philox &engine, double shape) {
    if (!(shape > 0.0)) return 0.0;
    if (shape > max_gamma_shape) return 1.0;
    return boost::random::gamma_distribution<double>(shape)(engine) / shape;
}

std::int64_t poisson(Philox &engine, double mean) {
    if (mean <= 0.0) return 0;
    if (!(mean <= max_poisson_mean))
        throw Error(Fault::invalid_argument, "a mean number of events per hour is too large",
                    "mean " + std::to_string(mean) + ", at most 1000000");
    return boost::random::poisson_distribution<std::int64_t>(mean)(engine);
}

} // namespace roi::core::random
