// Division with one rounding, and the shortest text with at least two decimals.
#include "core/report/number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/error.hpp"
#include "core/report/big_int.hpp"
#include "core/report/digits.hpp"

namespace roi::core::report {
namespace {

__extension__ using UInt128 = unsigned __int128;

UInt128 magnitude(Int128 number) {
    return number < 0 ? UInt128{0} - static_cast<UInt128>(number) : static_cast<UInt128>(number);
}

char *write_magnitude(char *at, UInt128 number) {
    char digits[40];
    char *first = digits + sizeof digits;
    do {
        *--first = static_cast<char>('0' + static_cast<int>(number % 10));
        number /= 10;
    } while (number != 0);
    return std::copy(first, digits + sizeof digits, at);
}

char *write_integer(char *at, std::uint64_t number) { return std::to_chars(at, at + 20, number).ptr; }

// How many of the six digits of a fraction in millionths are shown: trailing zeros are trimmed down to `least`.
int decimals_of(unsigned fraction, int least) {
    int decimals = 6;
    while (decimals > least && fraction % 10 == 0) {
        fraction /= 10;
        --decimals;
    }
    return decimals;
}

char *write_fraction(char *at, unsigned fraction, int least) {
    const int decimals = fraction % 10000 == 0 && least == 2 ? 2 : decimals_of(fraction, least);
    if (decimals == 0) return at;
    *at++ = '.';
    write_two(write_two(write_two(at, fraction / 10000), fraction / 100 % 100), fraction % 100);
    return at + decimals;
}

int least_decimals(const Value &value) { return value.kind == Value::decimal ? 2 : 0; }

char *write_decimal(char *at, UInt128 number, int least) {
    if (number <= std::numeric_limits<std::uint64_t>::max()) { // the usual case, several times faster
        const auto small = static_cast<std::uint64_t>(number);
        at = write_integer(at, small / micros_per_unit);
        return write_fraction(at, static_cast<unsigned>(small % micros_per_unit), least);
    }
    at = write_magnitude(at, number / micros_per_unit);
    return write_fraction(at, static_cast<unsigned>(number % micros_per_unit), least);
}

} // namespace

Int128 divide(Int128 numerator, Int128 denominator) {
    const UInt128 above = magnitude(numerator), below = magnitude(denominator);
    UInt128 quotient = 0;
    if ((above | below) <= std::numeric_limits<std::uint64_t>::max()) // several times faster
        quotient = static_cast<std::uint64_t>(above) / static_cast<std::uint64_t>(below);
    else
        quotient = above / below;
    const UInt128 rest = above - quotient * below;
    if (rest >= below - rest) ++quotient;
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
    return decimals_of(static_cast<unsigned>(magnitude(value.number) % micros_per_unit),
                       least_decimals(value));
}

void append_integer(std::string &text, std::int64_t number) {
    char digits[24];
    text.append(digits,
                static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits));
}

char *write(char *at, const Value &value) {
    if (value.kind == Value::null) return std::copy_n("null", 4, at);
    const UInt128 number = magnitude(value.number);
    if (value.number < 0) *at++ = '-';
    if (value.kind != Value::count) return write_decimal(at, number, least_decimals(value));
    return number <= std::numeric_limits<std::uint64_t>::max()
               ? write_integer(at, static_cast<std::uint64_t>(number))
               : write_magnitude(at, number);
}

void append(std::string &text, const Value &value) {
    char written[max_written];
    text.append(written, static_cast<std::size_t>(write(written, value) - written));
}

std::int64_t Rate::apply(std::int64_t micros) const {
    const std::size_t point = std::min(text_.find('.'), text_.size());
    std::string digits = text_.substr(0, point);
    if (point < text_.size()) digits += text_.substr(point + 1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos)
        throw Error(Fault::invalid_argument, "\"" + text_ + "\" is no exchange rate", {},
                    "A rate is a positive decimal number.");
    // BigInt reads a leading 0 as octal
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    const BigInt scale = boost::multiprecision::pow(
        BigInt(10), static_cast<unsigned>(point < text_.size() ? text_.size() - point - 1 : 0));
    const BigInt product = BigInt(digits) * (micros < 0 ? -BigInt(micros) : BigInt(micros));
    const BigInt rounded = (2 * product + scale) / (2 * scale);
    if (rounded > std::numeric_limits<std::int64_t>::max())
        throw Error(Fault::out_of_range, "an amount converted by an exchange rate is out of range", {},
                    "A sum of money stays below 9.2 million million.");
    const auto amount = rounded.convert_to<std::int64_t>();
    return micros < 0 ? -amount : amount;
}

} // namespace roi::core::report
