// Reads the dates of export files: ISO days and timestamps, US month names, eight digits.
#include "core/import/date.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/calendar.hpp"
#include "core/import/import.hpp"
#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::int64_t seconds_per_minute = 60;

struct Civil {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    std::int64_t offset_minutes = 0;
    bool has_offset = false;
};

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool done() const { return text_.empty(); }
    bool at_digit() const { return !text_.empty() && is_digit(text_.front()); }

    bool take(char wanted) {
        if (text_.empty() || lower(text_.front()) != wanted) return false;
        text_.remove_prefix(1);
        return true;
    }

    // Takes as many digits as there are up to `most`, at least `least`.
    bool number(std::size_t least, std::size_t most, int &value) {
        value = 0;
        std::size_t taken = 0;
        for (; taken < most && at_digit(); ++taken) {
            value = value * 10 + (text_.front() - '0');
            text_.remove_prefix(1);
        }
        return taken >= least;
    }

    std::string_view word() {
        const auto is_letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
        const auto end = std::find_if_not(text_.begin(), text_.end(), is_letter);
        const std::string_view word = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
        text_.remove_prefix(word.size());
        return word;
    }

    // False when there was none.
    bool skip_digits() {
        const bool any = at_digit();
        while (at_digit())
            text_.remove_prefix(1);
        return any;
    }

    void skip_blanks() {
        while (take(' ')) {
        }
    }

private:
    std::string_view text_;
};

// 1 to 12 for an English month in full or by its first three letters, 0 for another word.
int month_number(std::string_view word) {
    static constexpr std::array<std::string_view, 12> names = {
        "january", "february", "march",     "april",   "may",      "june",
        "july",    "august",   "september", "october", "november", "december"};
    for (std::size_t month = 0; month < names.size(); ++month)
        if (same_text(word, names[month]) || same_text(word, names[month].substr(0, 3)))
            return static_cast<int>(month) + 1;
    return 0;
}

// "Mar 15, 2025"
bool scan_month_name(Scanner &text, Civil &civil) {
    civil.month = month_number(text.word());
    text.skip_blanks();
    if (civil.month == 0 || !text.number(1, 2, civil.day) || !text.take(',')) return false;
    text.skip_blanks();
    return text.number(4, 4, civil.year) && text.done();
}

// "Z", "+02", "+02:00", "+0200"; no country is further than 15:59 from Greenwich.
bool scan_offset(Scanner &text, Civil &civil) {
    civil.has_offset = true;
    if (text.take('z')) return text.done();
    const bool west = text.take('-');
    int hours = 0;
    int minutes = 0;
    if ((!west && !text.take('+')) || !text.number(2, 2, hours)) return false;
    if (text.take(':') || !text.done())
        if (!text.number(2, 2, minutes)) return false;
    const std::int64_t offset = std::int64_t{hours} * 60 + minutes;
    civil.offset_minutes = west ? -offset : offset;
    return text.done() && hours < 16 && minutes < 60;
}

// " 05:00:00.123Z" behind a day; minutes and seconds are checked and dropped.
bool scan_time(Scanner &text, Civil &civil) {
    int minute = 0;
    int second = 0;
    if (!text.take('t')) {
        if (!text.take(' ')) return false;
        text.skip_blanks();
    }
    if (!text.number(1, 2, civil.hour) || !text.take(':') || !text.number(2, 2, minute)) return false;
    if (text.take(':')) {
        if (!text.number(2, 2, second)) return false;
        if (text.take('.') && !text.skip_digits()) return false;
    }
    if (civil.hour > 23 || minute > 59 || second > 59) return false;
    text.skip_blanks();
    return text.done() || scan_offset(text, civil);
}

bool scan_iso(Scanner &text, Civil &civil) {
    if (!text.number(4, 4, civil.year) || !text.take('-') || !text.number(2, 2, civil.month) ||
        !text.take('-') || !text.number(2, 2, civil.day))
        return false;
    return text.done() || scan_time(text, civil);
}

bool scan_compact(Scanner &text, Civil &civil) {
    return text.number(4, 4, civil.year) && text.number(2, 2, civil.month) && text.number(2, 2, civil.day) &&
           text.done();
}

bool is_all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

bool is_slash_date(std::string_view text) {
    Scanner scanner(text);
    int part = 0;
    return scanner.number(1, 2, part) && scanner.take('/') && scanner.number(1, 2, part) && scanner.take('/');
}

bool scan(std::string_view text, Civil &civil) {
    Scanner scanner(text);
    if (is_all_digits(text)) return scan_compact(scanner, civil);
    return scanner.at_digit() ? scan_iso(scanner, civil) : scan_month_name(scanner, civil);
}

bool is_in_range(std::int64_t seconds) {
    return seconds >= first_day * seconds_per_day && seconds < end_day * seconds_per_day;
}

} // namespace

// The hour is cut in the cell's own zone: with an offset of +05:30 a local midnight must stay that midnight.
DateCell parse_date(std::string_view cell) {
    const std::string_view text = trim(cell);
    if (is_missing(text)) return {{}, "no date"};
    if (is_slash_date(text)) return {{}, "ambiguous date, expected YYYY-MM-DD"};
    Civil civil;
    if (!scan(text, civil) || !is_calendar_day(civil.year, civil.month, civil.day)) return {{}, "not a date"};
    Stamp stamp;
    stamp.seconds =
        days_from_civil(civil.year, civil.month, civil.day) * seconds_per_day + civil.hour * seconds_per_hour;
    const bool day_in_range = is_in_range(stamp.seconds);
    stamp.seconds -= civil.offset_minutes * seconds_per_minute;
    stamp.is_utc = civil.has_offset;
    if (!day_in_range || !is_in_range(stamp.seconds)) return {{}, "date out of range"};
    return {stamp, nullptr};
}

std::optional<std::int64_t> single_day(std::string_view text) {
    text = trim(text);
    const DateCell date = parse_date(text);
    // Eight digits on their own may as well be an account number.
    if (date.refusal != nullptr || date.stamp.is_utc || is_all_digits(text)) return std::nullopt;
    return date.stamp.seconds / seconds_per_day;
}

std::optional<std::int64_t> first_day_of_range(std::string_view text) {
    for (const std::string_view dash : {" - ", " \xE2\x80\x93 ", " \xE2\x80\x94 "}) {
        const std::size_t at = text.find(dash);
        if (at == std::string_view::npos) continue;
        const auto first = single_day(text.substr(0, at));
        const auto last = single_day(text.substr(at + dash.size()));
        if (first && last && *first <= *last) return first;
    }
    return std::nullopt;
}

} // namespace roi::core::import
