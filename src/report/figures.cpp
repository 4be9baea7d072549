// Decimal text in, text for readers out.
#include "report/figures.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace roi::report {
namespace {

struct Decimal {
    bool is_negative = false;
    std::string digits; // whole part and `decimals` more
};

bool is_zero(const std::string &digits) { return digits.find_first_not_of('0') == std::string::npos; }

// Adds one to the last digit.
void round_up(std::string &digits) {
    std::size_t at = digits.size();
    while (at > 0 && digits[at - 1] == '9')
        digits[--at] = '0';
    if (at == 0)
        digits.insert(0, 1, '1');
    else
        ++digits[at - 1];
}

Decimal rounded(std::string_view number, std::size_t decimals) {
    Decimal result;
    if (!number.empty() && number.front() == '-') {
        result.is_negative = true;
        number.remove_prefix(1);
    }
    const std::size_t point = std::min(number.find('.'), number.size());
    std::string fraction(number.substr(std::min(point + 1, number.size())));
    const bool up = fraction.size() > decimals && fraction[decimals] >= '5';
    fraction.resize(decimals, '0');
    result.digits = std::string(number.substr(0, point)) + fraction;
    if (up) round_up(result.digits);
    if (is_zero(result.digits)) result.is_negative = false;
    return result;
}

} // namespace

std::string grouped(std::string_view number, int decimals) {
    if (number.find_first_not_of("-0123456789.") != std::string_view::npos) return std::string(number);
    const auto places = static_cast<std::size_t>(decimals);
    const Decimal decimal = rounded(number, places);
    const std::size_t whole = decimal.digits.size() - places;
    std::string text = decimal.is_negative ? "-" : "";
    for (std::size_t i = 0; i < whole; ++i) {
        if (i > 0 && (whole - i) % 3 == 0) text += ',';
        text += decimal.digits[i];
    }
    if (places > 0) text += "." + decimal.digits.substr(whole);
    return text;
}

std::string shown(Kind kind, const Cell &cell) {
    if (!cell) return "–";
    switch (kind) {
    case Kind::count:
        return grouped(*cell, cell->find('.') == std::string::npos ? 0 : 2);
    case Kind::money:
    case Kind::ratio:
        return grouped(*cell, 2);
    case Kind::price:
        return grouped(*cell, 4);
    case Kind::percent:
        return grouped(*cell, 2) + " %";
    case Kind::name:
    case Kind::day:
    case Kind::moment:
        break;
    }
    return *cell;
}

std::string shown_change(const Cell &percent) {
    if (!percent) return "–";
    const std::string text = grouped(*percent, 2);
    return (text.front() == '-' || text == "0.00" ? "" : "+") + text + " %";
}

std::optional<double> position_of(const Cell &cell) {
    if (!cell) return std::nullopt;
    double value = 0;
    const auto result = std::from_chars(cell->data(), cell->data() + cell->size(), value);
    if (result.ec != std::errc() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::string compact(double value) {
    static constexpr std::pair<double, const char *> units[] = {
        {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
    const double size = std::fabs(value);
    double scaled = value;
    const char *unit = "";
    for (const auto &[step, name] : units)
        if (size >= step) {
            scaled = value / step;
            unit = name;
            break;
        }
    char digits[64];
    const int decimals = std::fabs(scaled) < 1 && size > 0 ? 4 : 2;
    const auto end =
        std::to_chars(digits, digits + sizeof digits, scaled, std::chars_format::fixed, decimals);
    std::string text(digits, end.ptr);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return (text == "-0" ? "0" : text) + unit;
}

} // namespace roi::report
