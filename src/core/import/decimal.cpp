// Reads a number of a cell exactly into a 64-bit integer, never through floating point.
#include "core/import/decimal.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr const char *not_a_number = "not a number";
constexpr const char *out_of_range = "out of range";

// Signs of money and what they stand for; longer ones first. Empty: several countries use it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> money_signs = {
    {{"US$", "USD"},
     {"R$", "BRL"},
     {"A$", "AUD"},
     {"AU$", "AUD"},
     {"C$", "CAD"},
     {"CA$", "CAD"},
     {"HK$", "HKD"},
     {"NZ$", "NZD"},
     {"MX$", "MXN"},
     {"S$", "SGD"},
     {"$", ""},
     {"\xE2\x82\xAC", "EUR"},
     {"\xC2\xA3", "GBP"},
     {"\xC2\xA5", ""},
     {"\xE2\x82\xB9", "INR"},
     {"\xE2\x82\xA9", "KRW"},
     {"\xE2\x82\xBA", "TRY"},
     {"z\xC5\x82", "PLN"},
     {"kr", ""},
     {"Rp", "IDR"}}};
// Blanks and apostrophes that group thousands whatever the decimal mark is.
constexpr std::array<std::string_view, 6> neutral_signs = {" ", "\xC2\xA0",    "\xE2\x80\xAF", "\xE2\x80\x89",
                                                           "'", "\xE2\x80\x99"};
constexpr std::string_view minus_sign = "\xE2\x88\x92";

// The number is +-digits * 10^exponent.
struct Scientific {
    bool negative = false;
    std::string digits;
    std::int64_t exponent = 0;
};

// What stands around the digits of a cell.
struct Numeral {
    bool negative = false;
    std::string_view body;
    std::string_view money; // a sign or a code
    int thousands = 0;      // 1 for K, 2 for M, 3 for B
};

bool take(std::string_view &text, std::string_view wanted) {
    if (text.substr(0, wanted.size()) != wanted) return false;
    text.remove_prefix(wanted.size());
    return true;
}

bool take_last(std::string_view &text, std::string_view wanted) {
    if (text.size() < wanted.size() || text.substr(text.size() - wanted.size()) != wanted) return false;
    text.remove_suffix(wanted.size());
    return true;
}

bool take_sign(std::string_view &text, bool &negative) {
    if (take(text, "+")) return true;
    const bool minus = take(text, "-") || take(text, minus_sign);
    negative = negative || minus;
    return minus;
}

// Any three capital letters are a code; the caller has taken nothing else for a number yet.
bool is_code(std::string_view text) {
    return text.size() == 3 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void take_money_before(std::string_view &text, std::string_view &money) {
    for (const auto &entry : money_signs)
        if (take(text, entry.first)) {
            money = entry.first;
            text = trim(text);
            return;
        }
    if (text.size() > 3 && is_code(text.substr(0, 3))) {
        money = text.substr(0, 3);
        text = trim(text.substr(3));
    }
}

void take_money_after(std::string_view &text, std::string_view &money) {
    if (!money.empty()) return;
    for (const auto &entry : money_signs)
        if (take_last(text, entry.first)) {
            money = entry.first;
            text = trim(text);
            return;
        }
    if (text.size() > 3 && is_code(text.substr(text.size() - 3))) {
        money = text.substr(text.size() - 3);
        text = trim(text.substr(0, text.size() - 3));
    }
}

void take_multiple(std::string_view &text, int &thousands) {
    if (text.size() < 2) return;
    const std::string_view number = trim(text.substr(0, text.size() - 1));
    const std::size_t place = std::string_view("kmb").find(lower(text.back()));
    if (place == std::string_view::npos || number.empty() || !is_digit(number.back())) return;
    thousands = static_cast<int>(place) + 1;
    text = number;
}

// "(1.5)" is -1.5 in accounts; a sign may stand before or after the sign of money.
Numeral take_apart(std::string_view text) {
    Numeral numeral;
    if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
        numeral.negative = true;
        text = trim(text.substr(1, text.size() - 2));
    }
    const bool has_sign = take_sign(text, numeral.negative);
    text = trim(text);
    take_money_before(text, numeral.money);
    if (!numeral.money.empty() && !has_sign) take_sign(text, numeral.negative);
    take_money_after(text, numeral.money);
    take_multiple(text, numeral.thousands);
    numeral.body = text;
    return numeral;
}

std::string_view take_digits(std::string_view &text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

std::string_view group_sign(std::string_view text, char mark) {
    const std::string_view thousands = mark == '.' ? "," : ".";
    if (text.substr(0, 1) == thousands) return thousands;
    for (const std::string_view sign : neutral_signs)
        if (text.substr(0, sign.size()) == sign) return sign;
    return {};
}

// Groups of three behind one to three digits, or the Indian way: of two, the last one of three. "0,123" is a decimal of
// another country.
bool take_integer(std::string_view &text, char mark, std::string &digits) {
    const std::string_view first = take_digits(text);
    digits = first;
    const std::string_view sign = group_sign(text, mark);
    if (sign.empty()) return true;
    if (first.empty() || first.size() > 3 || first.front() == '0') return false;
    bool only_threes = true;
    bool only_twos = first.size() <= 2;
    std::size_t last = 0;
    while (take(text, sign)) {
        if (last != 0) {
            only_threes = only_threes && last == 3;
            only_twos = only_twos && last == 2;
        }
        const std::string_view group = take_digits(text);
        last = group.size();
        digits += group;
    }
    return last == 3 && (only_threes || only_twos);
}

bool take_exponent(std::string_view &text, std::int64_t &exponent) {
    constexpr std::int64_t endless = 1000000000; // far beyond the length of any field
    if (!take(text, "e") && !take(text, "E")) return true;
    bool negative = false;
    take_sign(text, negative);
    const std::string_view digits = take_digits(text);
    std::int64_t value = 0;
    for (const char digit : digits)
        value = std::min(value * 10 + (digit - '0'), endless);
    exponent += negative ? -value : value;
    return !digits.empty();
}

bool scan_body(std::string_view text, char mark, Scientific &number) {
    if (!take_integer(text, mark, number.digits)) return false;
    if (take(text, std::string_view(&mark, 1))) {
        const std::string_view fraction = take_digits(text);
        number.digits += fraction;
        number.exponent = -static_cast<std::int64_t>(fraction.size());
    }
    return !number.digits.empty() && take_exponent(text, number.exponent) && text.empty();
}

bool scan(std::string_view text, char mark, Scientific &number) {
    const Numeral numeral = take_apart(text);
    number.negative = numeral.negative;
    if (!scan_body(numeral.body, mark, number)) return false;
    number.exponent += std::int64_t{3} * numeral.thousands;
    return true;
}

// Leaves no zeros at either end, so that the exponent alone tells whether the number is whole.
void strip_zeros(Scientific &number) {
    number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
    while (!number.digits.empty() && number.digits.back() == '0') {
        number.digits.pop_back();
        ++number.exponent;
    }
}

// Cuts digits behind the last one wanted; half and more goes up.
void round_off(Scientific &number) {
    if (number.exponent >= 0) return;
    const auto cut = static_cast<std::size_t>(-number.exponent);
    number.exponent = 0;
    if (cut > number.digits.size()) {
        number.digits.clear();
        return;
    }
    const bool up = number.digits[number.digits.size() - cut] >= '5';
    number.digits.resize(number.digits.size() - cut);
    std::size_t place = number.digits.size();
    while (up && place > 0 && number.digits[place - 1] == '9')
        number.digits[--place] = '0';
    if (up && place > 0) ++number.digits[place - 1];
    if (up && place == 0) number.digits.insert(number.digits.begin(), '1');
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

Decimal parse_decimal(std::string_view cell, int decimals, char mark, Excess excess) {
    const std::string_view text = trim(cell);
    if (is_missing(text) || is_masked_count(text)) return {};
    if (text.back() == '%') return refuse("a percentage, expected a number");
    Scientific number;
    if (!scan(text, mark, number)) return refuse(not_a_number);
    strip_zeros(number);
    number.exponent += number.digits.empty() ? 0 : decimals;
    if (number.exponent < 0 && excess == Excess::round) {
        round_off(number);
        strip_zeros(number);
    }
    if (number.digits.empty()) return {true, 0, nullptr};
    if (number.exponent < 0) return refuse(decimals > 0 ? "more than 6 decimals" : "not a whole number");
    return to_integer(number);
}

MarkEvidence mark_evidence(std::string_view cell, bool is_whole) {
    const std::string_view text = trim(cell);
    if (text.find_first_of(".,") == std::string_view::npos || is_missing(text)) return MarkEvidence::none;
    const Numeral numeral = take_apart(text);
    const std::string_view body = numeral.body;
    Scientific number;
    const bool by_point = scan_body(body, '.', number);
    const bool by_comma = scan_body(body, ',', number);
    if (by_point != by_comma) return by_point ? MarkEvidence::point : MarkEvidence::comma;
    if (!by_point) return MarkEvidence::none; // no number at all
    // one mark before three digits: of a whole number no fraction can be meant, unless it is none
    const std::size_t mark = body.find_first_of(".,");
    const bool is_point = body[mark] == '.';
    if (!is_whole || numeral.thousands > 0 || body.substr(mark + 1) == "000")
        return is_point ? MarkEvidence::open_point : MarkEvidence::open_comma;
    return is_point ? MarkEvidence::comma : MarkEvidence::point;
}

std::string cell_currency(std::string_view cell) {
    const std::string_view money = take_apart(trim(cell)).money;
    if (is_code(money)) return std::string(money);
    for (const auto &entry : money_signs)
        if (money == entry.first) return std::string(entry.second);
    return {};
}

bool has_shared_sign(std::string_view cell) {
    const std::string_view money = take_apart(trim(cell)).money;
    return money == "\xC2\xA5" || money == "kr";
}

std::string whole_id(std::string_view cell) {
    const std::size_t e = cell.find_first_of("eE");
    const bool is_numeric = e != std::string_view::npos && e > 0 && e + 2 < cell.size() &&
                            cell[e + 1] == '+' &&
                            std::all_of(cell.begin(), cell.begin() + static_cast<std::ptrdiff_t>(e),
                                        [](char c) { return is_digit(c) || c == '.' || c == ','; });
    if (!is_numeric) return std::string(cell);
    Scientific number;
    if (!scan_body(cell, cell.find(',') < e ? ',' : '.', number)) return std::string(cell);
    // trailing zeros that the cell does not show may be cut digits
    if (number.exponent != 0 || number.digits.size() > max_shown_bytes) return {};
    return number.digits;
}

} // namespace roi::core::import
