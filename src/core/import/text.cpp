// Small text helpers of the importer: trimming, header comparison, cutting and the spellings of "no value".
#include "core/import/text.hpp"

#include <algorithm>

#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::string_view no_break_space = "\xC2\xA0";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

bool ends_with(std::string_view text, std::string_view suffix) {
    return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

} // namespace

std::string_view trim(std::string_view text) {
    for (;;) {
        if (!text.empty() && is_blank(text.front()))
            text.remove_prefix(1);
        else if (starts_with(text, no_break_space))
            text.remove_prefix(no_break_space.size());
        else
            break;
    }
    for (;;) {
        if (!text.empty() && is_blank(text.back()))
            text.remove_suffix(1);
        else if (ends_with(text, no_break_space))
            text.remove_suffix(no_break_space.size());
        else
            return text;
    }
}

bool same_text(std::string_view a, std::string_view b) {
    return a.size() == b.size() && starts_with_text(a, b);
}

bool starts_with_text(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                      [](char a, char b) { return lower(a) == lower(b); });
}

std::string header_key(std::string_view header) {
    std::string key;
    bool gap = false;
    while (!header.empty()) {
        std::size_t taken = 1;
        if (is_blank(header.front())) {
            gap = true;
        } else if (starts_with(header, no_break_space)) {
            gap = true;
            taken = no_break_space.size();
        } else if (starts_with(header, byte_order_mark)) {
            taken = byte_order_mark.size();
        } else {
            if (gap && !key.empty()) key += ' ';
            gap = false;
            key += lower(header.front());
        }
        header.remove_prefix(taken);
    }
    return key;
}

bool is_missing(std::string_view trimmed) {
    return trimmed.empty() || trimmed == "-" || trimmed == "--" || same_text(trimmed, "n/a") ||
           same_text(trimmed, "null");
}

bool is_masked_count(std::string_view trimmed) {
    if (trimmed.empty() || trimmed.front() != '<') return false;
    const std::string_view bound = trim(trimmed.substr(1));
    return !bound.empty() && std::all_of(bound.begin(), bound.end(), is_digit);
}

bool is_total(std::string_view cell) {
    const std::string_view text = trim(cell);
    for (const std::string_view word : {"total", "totals", "grand total"})
        if (starts_with_text(text, word) && (text.size() == word.size() || text[word.size()] == ':'))
            return true;
    return false;
}

bool matches_pattern(std::string_view cell, std::string_view pattern) {
    const std::string_view text = trim(cell);
    if (!pattern.empty() && pattern.back() == '%')
        return starts_with_text(text, pattern.substr(0, pattern.size() - 1));
    return same_text(text, pattern);
}

std::string currency_code(std::string_view text) {
    if (text.size() != 3 || !std::all_of(text.begin(), text.end(), is_letter)) return {};
    std::string code;
    for (const char c : text)
        code += static_cast<char>(lower(c) - 'a' + 'A');
    return code;
}

std::string cut(std::string_view text, std::size_t max_bytes) {
    std::size_t end = std::min(text.size(), max_bytes);
    while (end > 0 && end < text.size() && continues_character(text[end]))
        --end;
    return std::string(text.substr(0, end));
}

std::size_t count_characters(std::string_view text) {
    return text.size() -
           static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues_character));
}

} // namespace roi::core::import
