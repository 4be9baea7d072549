// Reads a number of a cell exactly into a 64-bit integer, never through floating point.
#include "core/import/decimal.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr const char *not_a_number = "not a number";
constexpr const char *out_of_range = "out of range";

// The number is +-digits * 10^exponent.
struct Scientific {
    bool negative = false;
    std::string digits;
    std::int64_t exponent = 0;
};

bool take(std::string_view &text, char wanted) {
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

bool take_sign(std::string_view &text, bool &negative) {
    negative = take(text, '-');
    return negative || take(text, '+');
}

std::string_view take_digits(std::string_view &text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

// Commas are taken for thousands only where every group is whole: "1,5" and "0,123" are decimals of other
// countries.
bool take_integer(std::string_view &text, std::string &digits) {
    const std::string_view first = take_digits(text);
    digits = first;
    if (text.empty() || text.front() != ',') return true;
    if (first.empty() || first.size() > 3 || first.front() == '0') return false;
    while (take(text, ',')) {
        const std::string_view group = take_digits(text);
        if (group.size() != 3) return false;
        digits += group;
    }
    return true;
}

bool take_exponent(std::string_view &text, std::int64_t &exponent) {
    constexpr std::int64_t endless = 1000000000; // far beyond the length of any field
    if (!take(text, 'e') && !take(text, 'E')) return true;
    bool negative = false;
    take_sign(text, negative);
    const std::string_view digits = take_digits(text);
    std::int64_t value = 0;
    for (const char digit : digits)
        value = std::min(value * 10 + (digit - '0'), endless);
    exponent += negative ? -value : value;
    return !digits.empty();
}

bool scan(std::string_view text, Scientific &number) {
    const bool has_sign = take_sign(text, number.negative);
    if (take(text, '$') && !has_sign) take_sign(text, number.negative);
    if (!take_integer(text, number.digits)) return false;
    if (take(text, '.')) {
        const std::string_view fraction = take_digits(text);
        number.digits += fraction;
        number.exponent = -static_cast<std::int64_t>(fraction.size());
    }
    return !number.digits.empty() && take_exponent(text, number.exponent) && text.empty();
}

// Leaves no zeros at either end, so that the exponent alone tells whether the number is whole.
void strip_zeros(Scientific &number) {
    number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
    while (!number.digits.empty() && number.digits.back() == '0') {
        number.digits.pop_back();
        ++number.exponent;
    }
}

Decimal refuse(const char *reason) { return {false, 0, reason}; }

Decimal to_integer(const Scientific &number) {
    constexpr std::int64_t max_digits = 19; // so many always fit an unsigned 64-bit integer
    if (static_cast<std::int64_t>(number.digits.size()) + number.exponent > max_digits)
        return refuse(out_of_range);
    std::uint64_t magnitude = 0;
    for (const char digit : number.digits)
        magnitude = magnitude * 10 + static_cast<std::uint64_t>(digit - '0');
    for (std::int64_t zeros = number.exponent; zeros > 0; --zeros)
        magnitude *= 10;
    constexpr auto largest = static_cast<std::uint64_t>(INT64_MAX);
    if (magnitude > largest + (number.negative ? 1 : 0)) return refuse(out_of_range);
    if (magnitude > largest) return {true, INT64_MIN, nullptr};
    const auto value = static_cast<std::int64_t>(magnitude);
    return {true, number.negative ? -value : value, nullptr};
}

} // namespace

Decimal parse_decimal(std::string_view cell, int decimals) {
    const std::string_view text = trim(cell);
    if (is_missing(text) || is_masked_count(text)) return {};
    if (text.back() == '%') return refuse("a percentage, expected a number");
    Scientific number;
    if (!scan(text, number)) return refuse(not_a_number);
    strip_zeros(number);
    if (number.digits.empty()) return {true, 0, nullptr};
    number.exponent += decimals;
    if (number.exponent < 0) return refuse(decimals > 0 ? "more than 6 decimals" : "not a whole number");
    return to_integer(number);
}

} // namespace roi::core::import
