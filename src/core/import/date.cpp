// Reads the dates of export files: ISO, day and month in either order, months by name in several languages.
#include "core/import/date.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

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
    int minute = 0;
    int second = 0;
    std::int64_t offset_minutes = 0;
    bool has_offset = false;
    bool has_time = false;
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

    bool take(std::string_view wanted) {
        if (text_.substr(0, wanted.size()) != wanted) return false;
        text_.remove_prefix(wanted.size());
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

    // Letters, also those beyond ASCII.
    std::string_view word() {
        const auto is_letter = [](char c) {
            return (lower(c) >= 'a' && lower(c) <= 'z') || static_cast<unsigned char>(c) >= 0xC3;
        };
        const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
        std::size_t end = 0;
        while (end < text_.size() && (is_letter(text_[end]) || (end > 0 && continues(text_[end]))))
            ++end;
        const std::string_view word = text_.substr(0, end);
        text_.remove_prefix(end);
        return word;
    }

    // False when there was none.
    bool skip_digits() {
        const bool any = at_digit();
        while (at_digit())
            text_.remove_prefix(1);
        return any;
    }

    bool skip_blanks() {
        const std::size_t before = text_.size();
        while (take(' ') || take(std::string_view("\xC2\xA0")) || take(std::string_view("\xE2\x80\xAF"))) {
        }
        return text_.size() < before;
    }

private:
    std::string_view text_;
};

// Months in full and as they are shortened; several languages share spellings.
constexpr std::array<std::string_view, 12> month_words = {
    "january jan januar jän jänner janvier janv enero ene janeiro gennaio gen januari",
    "february feb februar février févr fév febrero fevereiro fev febbraio februari",
    "march mar märz mär mrz mars marzo março maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maio maggio mag mei maj",
    "june jun juni juin junio junho giugno giu",
    "july jul juli juillet juil julio julho luglio lug",
    "august aug août aoû agosto ago augustus augusti",
    "september sep sept septembre septiembre setembro set settembre",
    "october oct oktober okt octobre octubre outubro out ottobre ott",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dezembro dicembre"};

bool holds_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (same_text(words.substr(0, end), word)) return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

// 1 to 12, 0 for another word.
int month_number(std::string_view word) {
    for (std::size_t month = 0; month < month_words.size() && !word.empty(); ++month)
        if (holds_word(month_words[month], word)) return static_cast<int>(month) + 1;
    return 0;
}

// "Z", "UTC", "+02", "+02:00", "+0200"; no country is further than 15:59 from Greenwich.
bool scan_offset(Scanner &text, Civil &civil) {
    civil.has_offset = true;
    if (text.take('z') || text.take("UTC")) return text.done();
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

bool scan_half_of_day(Scanner &text, Civil &civil) {
    const bool is_morning = text.take('a');
    if (!is_morning && !text.take('p')) return true;
    if (!text.take('m') || civil.hour < 1 || civil.hour > 12) return false;
    civil.hour = civil.hour % 12 + (is_morning ? 0 : 12);
    return true;
}

// " 05:00:00.123Z", "T05:00", ", 12:00 AM" behind a day, or nothing.
bool scan_time(Scanner &text, Civil &civil) {
    if (text.done()) return true;
    const bool has_comma = text.take(',');
    if (has_comma || !text.take('t'))
        if (!text.skip_blanks()) return false;
    if (!text.number(1, 2, civil.hour) || !text.take(':') || !text.number(2, 2, civil.minute)) return false;
    if (text.take(':')) {
        if (!text.number(2, 2, civil.second)) return false;
        if (text.take('.') && !text.skip_digits()) return false;
    }
    text.skip_blanks();
    if (!scan_half_of_day(text, civil)) return false;
    text.skip_blanks();
    if (civil.hour > 23 || civil.minute > 59 || civil.second > 59) return false;
    civil.has_time = true;
    return text.done() || scan_offset(text, civil);
}

// "Mar 15, 2025"
bool scan_month_first(Scanner &text, Civil &civil) {
    civil.month = month_number(text.word());
    text.take('.');
    if (!text.skip_blanks() && !text.take('-')) return false;
    if (civil.month == 0 || !text.number(1, 2, civil.day)) return false;
    if (!text.take(',') && !text.take('-')) return false;
    text.skip_blanks();
    return text.number(4, 4, civil.year) && scan_time(text, civil);
}

// "15 Mar 2025", "15-Mar-2025", "15. März 2025", "15 de mar. de 2025"; the day has been read.
bool scan_named_month(Scanner &text, Civil &civil) {
    const auto skip = [&] {
        const bool any = text.skip_blanks() || text.take('-');
        if (text.take("de ")) text.skip_blanks();
        return any;
    };
    text.take('.');
    if (!skip()) return false;
    civil.month = month_number(text.word());
    text.take('.');
    return civil.month != 0 && skip() && text.number(4, 4, civil.year) && scan_time(text, civil);
}

// "2025-03-15", "2025/03/15", "2025.03.15" and the same in Japanese and Chinese; the year has been read.
bool scan_year_first(Scanner &text, Civil &civil) {
    if (text.take("\xE5\xB9\xB4")) {
        if (!text.number(1, 2, civil.month) || !text.take("\xE6\x9C\x88") || !text.number(1, 2, civil.day) ||
            !text.take("\xE6\x97\xA5"))
            return false;
        return scan_time(text, civil);
    }
    for (const char mark : {'-', '/', '.'}) {
        if (!text.take(mark)) continue;
        if (!text.number(2, 2, civil.month) || !text.take(mark) || !text.number(2, 2, civil.day))
            return false;
        return scan_time(text, civil);
    }
    return false;
}

enum class Form { none, plain, numbers, no_year };

// Two numbers and a year: which is the day stays open. With points the day comes first.
Form scan_numbers(Scanner &text, int first, Civil &civil) {
    for (const char mark : {'/', '-', '.'}) {
        if (!text.take(mark)) continue;
        int second = 0;
        if (!text.number(1, 2, second)) return Form::none;
        civil.day = first;
        civil.month = second;
        const bool goes_on = text.take(mark);
        if (mark == '.' && text.done()) return Form::no_year;
        if (!goes_on || !text.number(4, 4, civil.year) || !scan_time(text, civil)) return Form::none;
        return mark == '.' ? Form::plain : Form::numbers;
    }
    return Form::none;
}

bool is_all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Form::numbers leaves the first number in `day`, the second one in `month`.
Form scan(std::string_view text, Civil &civil) {
    Scanner scanner(text);
    const auto plain = [](bool is_date) { return is_date ? Form::plain : Form::none; };
    if (is_all_digits(text))
        return plain(scanner.number(4, 4, civil.year) && scanner.number(2, 2, civil.month) &&
                     scanner.number(2, 2, civil.day) && scanner.done());
    if (!scanner.at_digit()) return plain(scan_month_first(scanner, civil));
    Scanner start(text);
    if (start.number(4, 4, civil.year)) return plain(scan_year_first(start, civil));
    int first = 0;
    if (!scanner.number(1, 2, first)) return Form::none;
    Scanner names = scanner;
    const Form numbers = scan_numbers(scanner, first, civil);
    if (numbers != Form::none) return numbers;
    civil = Civil{};
    civil.day = first;
    return plain(scan_named_month(names, civil));
}

bool is_in_range(std::int64_t seconds) {
    return seconds >= first_day * seconds_per_day && seconds < end_day * seconds_per_day;
}

constexpr const char *not_a_date = "not a date";

// Which of two numbers is the day; null when it is settled.
const char *settle_order(DateOrder order, Civil &civil) {
    if (order == DateOrder::month_first) std::swap(civil.day, civil.month);
    // 2/2/2026 is the same day either way
    if (order == DateOrder::unknown && civil.day != civil.month) return "ambiguous date, expected YYYY-MM-DD";
    return nullptr;
}

} // namespace

// The hour is cut in the cell's own zone: with an offset of +05:30 a local midnight must stay that midnight.
DateCell parse_date(std::string_view cell, const DateStyle &style) {
    const std::string_view text = trim(cell);
    if (is_missing(text)) return {{}, "no date"};
    Civil civil;
    const Form form = scan(text, civil);
    if (form == Form::none) return {{}, not_a_date};
    if (form == Form::no_year && style.year == 0) return {{}, "a date without a year"};
    if (form == Form::no_year) civil.year = style.year;
    if (form == Form::numbers)
        if (const char *refusal = settle_order(style.order, civil)) return {{}, refusal};
    if (!is_calendar_day(civil.year, civil.month, civil.day)) return {{}, not_a_date};
    Stamp stamp;
    stamp.seconds =
        days_from_civil(civil.year, civil.month, civil.day) * seconds_per_day + civil.hour * seconds_per_hour;
    const bool day_in_range = is_in_range(stamp.seconds);
    stamp.seconds -= civil.offset_minutes * seconds_per_minute;
    stamp.is_utc = civil.has_offset;
    stamp.has_time = civil.has_time;
    stamp.into_hour = civil.minute * seconds_per_minute + civil.second;
    if (!day_in_range || !is_in_range(stamp.seconds)) return {{}, "date out of range"};
    return {stamp, nullptr};
}

OrderEvidence order_evidence(std::string_view cell) {
    Civil civil;
    const std::string_view text = trim(cell);
    const Form form = is_missing(text) ? Form::none : scan(text, civil);
    if (form == Form::none) return OrderEvidence::none;
    if (form != Form::numbers) return OrderEvidence::plain;
    const bool day_first = is_calendar_day(civil.year, civil.month, civil.day);
    const bool month_first = is_calendar_day(civil.year, civil.day, civil.month);
    if (day_first && month_first)
        return civil.day == civil.month ? OrderEvidence::plain : OrderEvidence::either;
    if (!day_first && !month_first) return OrderEvidence::none;
    return day_first ? OrderEvidence::day_first : OrderEvidence::month_first;
}

std::optional<std::int64_t> single_day(std::string_view text) {
    text = trim(text);
    const DateCell date = parse_date(text);
    // Eight digits on their own may as well be an account number.
    if (date.refusal != nullptr || date.stamp.is_utc || is_all_digits(text)) return std::nullopt;
    return date.stamp.seconds / seconds_per_day;
}

std::optional<DayRange> day_range(std::string_view text) {
    for (const std::string_view dash : {" - ", " \xE2\x80\x93 ", " \xE2\x80\x94 "}) {
        const std::size_t at = text.find(dash);
        if (at == std::string_view::npos) continue;
        const auto first = single_day(text.substr(0, at));
        const auto last = single_day(text.substr(at + dash.size()));
        if (first && last && *first <= *last) return DayRange{*first, *last};
    }
    return std::nullopt;
}

} // namespace roi::core::import
