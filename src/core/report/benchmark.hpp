// How the actual ROI stands against a benchmark of any number of decimals: exact until the one rounding.
#pragma once

#include <string_view>

#include "core/report/tally.hpp"

#include "core/seal.hpp"

namespace roi::core::report {

struct Benchmark {
    Value actual, benchmark, difference, percentage;
    const char *status;
};

// The overall_roi of the figures against a percentage in plain digits, as numeric prints it. Throws Fault::out_of_range
// when a benchmark next to 0 makes the percentage too large.
Benchmark benchmark_of(const Figures &figures, std::string_view benchmark);

} // namespace roi::core::report
