// Small text helpers of the importer: trimming, header comparison, cutting and the spellings of "no value".
#include "core/import/text.hpp"

#include <algorithm>

#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::string_view no_break_space = "\xC2\xA0";
constexpr std::string_view narrow_space = "\xE2\x80\xAF";

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
    for (std::size_t size = 0; size != text.size();) {
        size = text.size();
        if (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
        for (const std::string_view space : {no_break_space, narrow_space})
            if (starts_with(text, space)) text.remove_prefix(space.size());
    }
    for (std::size_t size = 0; size != text.size();) {
        size = text.size();
        if (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
        for (const std::string_view space : {no_break_space, narrow_space})
            if (ends_with(text, space)) text.remove_suffix(space.size());
    }
    return text;
}

bool same_text(std::string_view a, std::string_view b) {
    return a.size() == b.size() && starts_with_text(a, b);
}

bool starts_with_text(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                      [](char a, char b) { return lower(a) == lower(b); });
}

namespace {

// Letters of Latin-1 in lower case; brackets of East Asian width as ASCII. Other characters stay.
std::string fold(std::string_view character) {
    if (character.size() == 1) return std::string(1, lower(character.front()));
    if (character == "\xEF\xBC\x88") return "(";
    if (character == "\xEF\xBC\x89") return ")";
    std::string folded(character);
    const unsigned last = static_cast<unsigned char>(character.back());
    if (character.size() == 2 && character.front() == '\xC3' && last >= 0x80 && last <= 0x9E && last != 0x97)
        folded.back() = static_cast<char>(last + 0x20);
    return folded;
}

std::size_t character_bytes(std::string_view text) {
    std::size_t size = 1;
    while (size < text.size() && continues_character(text[size]))
        ++size;
    return size;
}

} // namespace

std::string header_key(std::string_view header) {
    std::string key;
    bool gap = false;
    while (!header.empty()) {
        const std::string_view character = header.substr(0, character_bytes(header));
        header.remove_prefix(character.size());
        if (character == byte_order_mark) continue;
        if (is_blank(character.front()) || character == no_break_space || character == narrow_space) {
            gap = true;
            continue;
        }
        if (gap && !key.empty()) key += ' ';
        gap = false;
        key += fold(character);
    }
    return key;
}

bool is_missing(std::string_view trimmed) {
    return trimmed.empty() || trimmed == "-" || trimmed == "--" || trimmed == "\xE2\x80\x93" ||
           trimmed == "\xE2\x80\x94" || same_text(trimmed, "n/a") || same_text(trimmed, "null");
}

bool is_masked_count(std::string_view trimmed) {
    if (trimmed.empty() || trimmed.front() != '<') return false;
    const std::string_view bound = trim(trimmed.substr(1));
    return !bound.empty() && std::all_of(bound.begin(), bound.end(), is_digit);
}

bool is_total(std::string_view cell) {
    static constexpr std::string_view words[] = {"total",
                                                 "totals",
                                                 "grand total",
                                                 "totale",
                                                 "totali",
                                                 "totaal",
                                                 "totaux",
                                                 "total general",
                                                 "total g\xC3\xA9n\xC3\xA9ral",
                                                 "total geral",
                                                 "totais",
                                                 "totales",
                                                 "gesamt",
                                                 "gesamtsumme",
                                                 "gesamtwert",
                                                 "summe",
                                                 "insgesamt",
                                                 "ergebnis",
                                                 "eindtotaal",
                                                 "totale complessivo",
                                                 "totalt",
                                                 "summa",
                                                 "sum",
                                                 "i alt",
                                                 "yhteens\xC3\xA4",
                                                 "razem",
                                                 "suma",
                                                 "celkem",
                                                 "\xC3\xB6sszesen",
                                                 "toplam",
                                                 "jumlah",
                                                 "\xD0\x98\xD1\x82\xD0\xBE\xD0\xB3\xD0\xBE",
                                                 "\xD0\xB8\xD1\x82\xD0\xBE\xD0\xB3\xD0\xBE",
                                                 "\xD0\x92\xD1\x81\xD0\xB5\xD0\xB3\xD0\xBE",
                                                 "\xE5\x90\x88\xE8\xA8\x88",
                                                 "\xE7\xB7\x8F\xE8\xA8\x88",
                                                 "\xE5\x90\x88\xE8\xAE\xA1",
                                                 "\xE6\x80\xBB\xE8\xAE\xA1",
                                                 "\xED\x95\xA9\xEA\xB3\x84",
                                                 "\xEC\xB4\x9D\xEA\xB3\x84"};
    const std::string_view text = trim(cell);
    for (const std::string_view word : words)
        if (starts_with_text(text, word) && (text.size() == word.size() || text[word.size()] == ':'))
            return true;
    constexpr std::string_view counted = "total of ";
    return starts_with_text(text, counted) && text.size() > counted.size() && is_digit(text[counted.size()]);
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
