// Fractions of big integers: a benchmark may have thousands of decimals.
#include "core/report/benchmark.hpp"

#include <string>

#include "core/error.hpp"
#include "core/report/big_int.hpp"
#include "core/report/columns.hpp"

namespace roi::core::report {
namespace {

struct Fraction {
    BigInt above, below; // below > 0
};

Fraction fraction_of(std::string_view decimal) {
    std::string digits;
    Fraction fraction{0, 1};
    bool is_behind_point = false;
    for (const char letter : decimal) {
        if (letter == '.') is_behind_point = true;
        if (letter < '0' || letter > '9') continue;
        digits += letter;
        if (is_behind_point) fraction.below *= 10;
    }
    digits.erase(0, digits.find_first_not_of('0')); // BigInt reads a leading 0 as octal
    if (!digits.empty()) fraction.above = BigInt(digits);
    if (!decimal.empty() && decimal.front() == '-') fraction.above = -fraction.above;
    return fraction;
}

// In millionths, half away from zero.
Value rounded(const BigInt &above, const BigInt &below) {
    const bool is_negative = (above.sign() < 0) != (below.sign() < 0);
    const BigInt size = abs(below), doubled = 2 * abs(above) * micros_per_unit;
    const BigInt micros = (doubled + size) / (2 * size);
    if (msb(micros + 1) > 125)
        throw Error(Fault::out_of_range, "the percentage of a benchmark is out of range", {},
                    "Pass a benchmark that is further from 0.");
    const auto number = micros.convert_to<Int128>();
    return money_of(is_negative ? -number : number);
}

} // namespace

Benchmark benchmark_of(const Figures &figures, std::string_view benchmark) {
    const Fraction mark = fraction_of(benchmark);
    const std::int64_t spend = figures.sums[rollup::sum_spend];
    // overall_roi: 100 x (revenue - spend) / spend, 0 where nothing was spent
    const Int128 gain = spend == 0 ? 0 : 100 * (Int128{figures.sums[rollup::sum_revenue]} - spend);
    const BigInt base(spend == 0 ? 1 : spend);
    // difference = above / (base x mark.below)
    const BigInt above = BigInt(gain) * mark.below - mark.above * base;
    const bool is_below = above.sign() != 0 && (above.sign() < 0) != (spend < 0);
    return {overall_roi(figures), rounded(mark.above, mark.below), rounded(above, base * mark.below),
            mark.above.sign() == 0 ? Value() : rounded(100 * above, base * mark.above),
            is_below ? "below" : "above"};
}

} // namespace roi::core::report
