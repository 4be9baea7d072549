// Exact numbers of the reports: ratios of integers in 128 bits, rounded once, half away from zero, to millionths.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/row.hpp"

#include "core/seal.hpp"

namespace roi::core::report {

__extension__ using Int128 = __int128;

// What a column of a report holds. Decimals are millionths, shown with at least two decimals (free: none forced).
struct Value {
    enum Kind : unsigned char { null, count, decimal, free_decimal };
    Kind kind = null;
    Int128 number = 0;

    bool operator==(const Value &other) const { return kind == other.kind && number == other.number; }
};

inline Value count_of(Int128 number) { return {Value::count, number}; }
inline Value money_of(Int128 micros) { return {Value::decimal, micros}; }
inline Value free_of(Int128 micros) { return {Value::free_decimal, micros}; }

// numerator / denominator to the nearest integer, half away from zero. The denominator is not 0.
Int128 divide(Int128 numerator, Int128 denominator);

// numerator / denominator in millionths, or NULL when the denominator is 0. |numerator| stays below 1.7e32.
Value ratio(Int128 numerator, Int128 denominator);
// numerator (in millionths already) / denominator.
Value mean(Int128 micros, Int128 count);
// The same with 0 where there is nothing to divide by, as the plan's columns have it.
Value ratio_or_zero(Int128 numerator, Int128 denominator);

// How many decimals a decimal is shown with: at least two (free: none), trailing zeros beyond trimmed.
int decimals_of(const Value &value);
// The value as JSON and SQL show it; "null" for NULL. write() puts at most max_written bytes and returns their end.
constexpr std::size_t max_written = 48;
char *write(char *at, const Value &value);
void append(std::string &text, const Value &value);
void append_integer(std::string &text, std::int64_t number);

// A positive decimal of any length, such as an exchange rate.
class Rate {
public:
    // From plain digits with an optional point, as numeric prints; throws Fault::invalid_argument otherwise.
    explicit Rate(std::string_view text) : text_(text) { apply(0); }
    // amount * rate to the nearest millionth; throws Fault::out_of_range when it does not fit.
    std::int64_t apply(std::int64_t micros) const;

private:
    std::string text_;
};

} // namespace roi::core::report
