// Division with one rounding, and the shortest text with at least two decimals.
#include "core/report/number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include <boost/multiprecision/cpp_int.hpp>

#include "core/error.hpp"

namespace roi::core::report {
namespace {

__extension__ using UInt128 = unsigned __int128;
using boost::multiprecision::cpp_int;

UInt128 magnitude(Int128 number) {
    return number < 0 ? UInt128{0} - static_cast<UInt128>(number) : static_cast<UInt128>(number);
}

void append_magnitude(std::string &text, UInt128 number) {
    char digits[40];
    char *first = digits + sizeof digits;
    do {
        *--first = static_cast<char>('0' + static_cast<int>(number % 10));
        number /= 10;
    } while (number != 0);
    text.append(first, static_cast<std::size_t>(digits + sizeof digits - first));
}

// The six digits of a fraction in millionths, trailing zeros trimmed down to `least` of them.
void append_fraction(std::string &text, unsigned fraction, int decimals) {
    if (decimals == 0) return;
    char digits[7] = {'.'};
    for (int i = 6; i > 0; --i, fraction /= 10)
        digits[i] = static_cast<char>('0' + fraction % 10);
    text.append(digits, static_cast<std::size_t>(decimals + 1));
}

void append_decimal(std::string &text, const Value &value) {
    if (value.number < 0) text += '-';
    const UInt128 number = magnitude(value.number);
    unsigned fraction = 0;
    if (number <= std::numeric_limits<std::uint64_t>::max()) { // the usual case, several times faster
        const auto small = static_cast<std::uint64_t>(number);
        append_integer(text, static_cast<std::int64_t>(small / micros_per_unit));
        fraction = static_cast<unsigned>(small % micros_per_unit);
    } else {
        append_magnitude(text, number / micros_per_unit);
        fraction = static_cast<unsigned>(number % micros_per_unit);
    }
    append_fraction(text, fraction, decimals_of(value));
}

} // namespace

Int128 divide(Int128 numerator, Int128 denominator) {
    const UInt128 above = magnitude(numerator), below = magnitude(denominator);
    const UInt128 rest = above % below;
    const UInt128 quotient = above / below + (rest >= below - rest ? 1 : 0);
    return (numerator < 0) == (denominator < 0) ? static_cast<Int128>(quotient)
                                                : -static_cast<Int128>(quotient);
}

Value ratio(Int128 numerator, Int128 denominator) { return mean(numerator * micros_per_unit, denominator); }

Value mean(Int128 micros, Int128 count) {
    if (count == 0) return {};
    return money_of(divide(micros, count));
}

Value ratio_or_zero(Int128 numerator, Int128 denominator) {
    return denominator == 0 ? money_of(0) : ratio(numerator, denominator);
}

int decimals_of(const Value &value) {
    const int least = value.kind == Value::decimal ? 2 : 0;
    auto fraction = static_cast<unsigned>(magnitude(value.number) % micros_per_unit);
    int decimals = 6;
    while (decimals > least && fraction % 10 == 0) {
        fraction /= 10;
        --decimals;
    }
    return decimals;
}

void append_integer(std::string &text, std::int64_t number) {
    char digits[24];
    text.append(digits,
                static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits));
}

void append(std::string &text, const Value &value) {
    if (value.kind == Value::null)
        text += "null";
    else if (value.kind != Value::count)
        append_decimal(text, value);
    else if (value.number >= std::numeric_limits<std::int64_t>::min() &&
             value.number <= std::numeric_limits<std::int64_t>::max())
        append_integer(text, static_cast<std::int64_t>(value.number));
    else {
        if (value.number < 0) text += '-';
        append_magnitude(text, magnitude(value.number));
    }
}

std::int64_t Rate::apply(std::int64_t micros) const {
    const std::size_t point = std::min(text_.find('.'), text_.size());
    std::string digits = text_.substr(0, point);
    if (point < text_.size()) digits += text_.substr(point + 1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos)
        throw Error(Fault::invalid_argument, "\"" + text_ + "\" is no exchange rate", {},
                    "A rate is a positive decimal number.");
    // cpp_int reads a leading 0 as octal
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    const cpp_int scale = boost::multiprecision::pow(
        cpp_int(10), static_cast<unsigned>(point < text_.size() ? text_.size() - point - 1 : 0));
    const cpp_int product = cpp_int(digits) * (micros < 0 ? -cpp_int(micros) : cpp_int(micros));
    const cpp_int rounded = (2 * product + scale) / (2 * scale);
    if (rounded > std::numeric_limits<std::int64_t>::max())
        throw Error(Fault::out_of_range, "an amount converted by an exchange rate is out of range", {},
                    "A sum of money stays below 9.2 million million.");
    const auto amount = rounded.convert_to<std::int64_t>();
    return micros < 0 ? -amount : amount;
}

} // namespace roi::core::report
