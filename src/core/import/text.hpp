// Small text helpers of the importer: trimming, header comparison, cutting and the spellings of "no value".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/seal.hpp"

namespace roi::core::import {

constexpr std::size_t max_shown_bytes = 200; // of a cell or header that a message repeats

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF"; // of UTF-8

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Without outer ASCII blanks and no-break spaces.
std::string_view trim(std::string_view text);

// ASCII letters compare without case.
bool same_text(std::string_view a, std::string_view b);
bool starts_with_text(std::string_view text, std::string_view prefix);

// How headers are compared: lower case (ASCII and Latin-1), no outer blanks or BOM, inner runs of blanks as one space.
std::string header_key(std::string_view header);

// Empty, dashes, n/a and null are "no value", which is not zero.
bool is_missing(std::string_view trimmed);

// "<5": a small count that the network hides.
bool is_masked_count(std::string_view trimmed);

// "Total", "Grand total", "Summe" and the like in many languages, alone, before a colon, or counting results.
bool is_total(std::string_view cell);

// A trailing % in the pattern stands for any rest.
bool matches_pattern(std::string_view cell, std::string_view pattern);

// Three ASCII letters in upper case; empty when the text is anything else.
std::string currency_code(std::string_view text);

// At most max_bytes of the text, cut between characters.
std::string cut(std::string_view text, std::size_t max_bytes = max_shown_bytes);

// Characters of valid UTF-8.
std::size_t count_characters(std::string_view text);

} // namespace roi::core::import
