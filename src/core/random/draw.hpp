// Guarded draws from a Philox engine: the distributions that the growth models use, safe for every parameter.
#pragma once

#include <cstdint>

#include "core/random/philox.hpp"
#include "core/seal.hpp"

namespace roi::core::random {

// Uniform in [0, 1) with 53 bits; takes exactly two outputs of the engine.
double uniform(Philox &engine);

// Uniform among the integers low..high, both included. Throws invalid_argument when low > high.
std::int64_t integer_between(Philox &engine, std::int64_t low, std::int64_t high);

// Successes among n trials; 0 for n <= 0 or p <= 0, n for p >= 1. Throws out_of_range for n > 10^15.
std::int64_t binomial(Philox &engine, std::int64_t n, double p);

// Standard normal.
double normal(Philox &engine);

// Gamma with mean 1 and the given shape; 0 for shape <= 0, 1 for a shape above 10^12 (its deviation is below 10^-6).
double gamma_of_mean_one(Philox &engine, double shape);

// 0 for mean <= 0. Throws invalid_argument for a mean above 10^6 or one that is no number.
std::int64_t poisson(Philox &engine, double mean);

} // namespace roi::core::random
