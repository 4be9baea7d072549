// Reads and follows a crontab line.
#include "core/schedule/crontab.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

#include "core/calendar.hpp"

namespace roi::core {
namespace {

constexpr std::int64_t minutes_per_day = 1440;
constexpr std::int64_t days_ahead = std::int64_t{9} * 366; // from one 29 February to the next around 2100

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

// What a field may hold: lowest and highest number, and names that count from the lowest.
struct Domain {
    int low, high;
    const std::string_view *names;
    std::size_t name_count;
};

std::vector<std::string> words_of(std::string_view text, char separator) {
    std::vector<std::string> words(1);
    for (const char c : text)
        if (c == separator)
            words.emplace_back();
        else
            words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return words;
}

std::vector<std::string> fields_of(std::string_view line) {
    std::string text(line);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
    std::vector<std::string> fields = words_of(text, ' ');
    fields.erase(std::remove(fields.begin(), fields.end(), std::string()), fields.end());
    return fields;
}

bool read_number(const std::string &word, const Domain &domain, int &number) {
    for (std::size_t i = 0; i < domain.name_count; ++i)
        if (word == domain.names[i]) {
            number = domain.low + static_cast<int>(i);
            return true;
        }
    if (word.empty() || word.size() > 3) return false;
    number = 0;
    for (const char c : word) {
        if (c < '0' || c > '9') return false;
        number = number * 10 + (c - '0');
    }
    return number >= domain.low && number <= domain.high;
}

// *, 5, 1-5, */15, 10-40/10.
bool read_range(const std::string &word, const Domain &domain, std::vector<int> &numbers) {
    const std::vector<std::string> parts = words_of(word, '/');
    int step = 1;
    const Domain steps{1, domain.high, nullptr, 0};
    if (parts.size() > 2 || (parts.size() == 2 && !read_number(parts[1], steps, step))) return false;
    int low = domain.low, high = domain.high;
    if (parts[0] != "*") {
        const std::vector<std::string> ends = words_of(parts[0], '-');
        if (ends.size() > 2 || !read_number(ends[0], domain, low)) return false;
        if (ends.size() == 1 && parts.size() == 2) return false; // 5/10 is no range
        if (!read_number(ends.back(), domain, high) || high < low) return false;
    }
    for (int number = low; number <= high; number += step)
        numbers.push_back(number);
    return true;
}

bool read_field(const std::string &field, const Domain &domain, std::vector<int> &numbers) {
    for (const std::string &word : words_of(field, ','))
        if (!read_range(word, domain, numbers)) return false;
    return true;
}

template <class Bits>
bool read_bits(const std::string &field, const Domain &domain, Bits &bits) {
    std::vector<int> numbers;
    if (!read_field(field, domain, numbers)) return false;
    for (const int number : numbers)
        bits.set(static_cast<std::size_t>(number) % bits.size());
    return true;
}

} // namespace

std::optional<Crontab> Crontab::parse(std::string_view line) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() != 5) return {};
    Crontab crontab;
    crontab.names_last_day_ = fields[2] == "$";
    crontab.any_day_ = fields[2].front() == '*';
    crontab.any_weekday_ = fields[4].front() == '*';
    const bool is_good =
        read_bits(fields[0], {0, 59, nullptr, 0}, crontab.minutes_) &&
        read_bits(fields[1], {0, 23, nullptr, 0}, crontab.hours_) &&
        (crontab.names_last_day_ || read_bits(fields[2], {1, 31, nullptr, 0}, crontab.days_)) &&
        read_bits(fields[3], {1, 12, month_names.data(), 12}, crontab.months_) &&
        read_bits(fields[4], {0, 7, weekday_names.data(), 7}, crontab.weekdays_);
    if (!is_good) return {};
    return crontab;
}

bool Crontab::names_day(std::int64_t day) const {
    const CivilDay civil = civil_from_days(day);
    if (!months_[static_cast<std::size_t>(civil.month)]) return false;
    const bool is_last = civil_from_days(day + 1).day == 1;
    const bool by_day = days_[static_cast<std::size_t>(civil.day)] || (names_last_day_ && is_last);
    const bool by_weekday = weekdays_[static_cast<std::size_t>(((day + 4) % 7 + 7) % 7)];
    return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<std::int64_t> Crontab::next_after(std::int64_t minute) const {
    const std::int64_t next = minute + 1;
    std::int64_t first =
        next >= 0 ? next / minutes_per_day : -((minutes_per_day - 1 - next) / minutes_per_day);
    const std::int64_t end = first + days_ahead;
    for (std::int64_t day = first; day < end; ++day) {
        if (!names_day(day)) continue;
        for (std::int64_t m = day == first ? next - day * minutes_per_day : 0; m < minutes_per_day; ++m)
            if (hours_[static_cast<std::size_t>(m / 60)] && minutes_[static_cast<std::size_t>(m % 60)])
                return day * minutes_per_day + m;
    }
    return {};
}

} // namespace roi::core
