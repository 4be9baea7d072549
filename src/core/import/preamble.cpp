// The lines above the header: which days they say that the report covers.
#include "core/import/preamble.hpp"

#include "core/calendar.hpp"
#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

// Words that a label of the first and of the last day holds, in several languages.
constexpr std::string_view first_words = "start begin d\xC3\xA9"
                                         "but inicio in\xC3\xAD"
                                         "cio inizio";
constexpr std::string_view last_words = "end eind ende fin fine fim final t\xC3\xA9rmino";

bool holds_one_of(const std::string &text, std::string_view words) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        const std::size_t at = text.find(words.substr(0, end));
        if (at != std::string::npos && (at == 0 || text[at - 1] == ' ')) return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

} // namespace

// Every cell, and the whole line for a date cut by its own comma.
void Preamble::add(const Record &record) {
    for (const std::string_view cell : record.cells)
        keep(cell);
    keep(record.raw);
}

void Preamble::keep(std::string_view text) {
    constexpr std::size_t longest_range = 100;
    const std::string_view trimmed = trim(text);
    if (trimmed.size() <= longest_range) texts_.emplace_back(trimmed);
}

// "Report Start: September 21, 2026, 12:00 AM"
std::optional<std::int64_t> Preamble::labelled_day(std::string_view labels) const {
    for (const std::string &text : texts_) {
        const std::size_t colon = text.find(':');
        if (colon == std::string::npos || !holds_one_of(header_key(text.substr(0, colon)), labels)) continue;
        if (const auto day = single_day(std::string_view(text).substr(colon + 1))) return day;
    }
    return std::nullopt;
}

std::optional<DayRange> Preamble::range() const {
    for (const std::string &text : texts_)
        if (const auto range = day_range(text)) return range;
    const auto first = labelled_day(first_words);
    const auto last = labelled_day(last_words);
    if (first && last && *first <= *last) return DayRange{*first, *last};
    for (const std::string &text : texts_)
        if (const auto day = single_day(text)) return DayRange{*day, *day};
    return std::nullopt;
}

} // namespace roi::core::import
