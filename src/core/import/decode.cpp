// Tells in which encoding a file is, checks it, and hands it out as UTF-8 window by window.
#include "core/import/decode.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "core/error.hpp"
#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr char32_t no_character = 0xFFFFFFFF;

constexpr const char *save_hint = "Save the file as CSV in UTF-8; spreadsheet and ZIP files are not read.";

// Bytes 80 to 9F of Windows code page 1252; 0 for the five that stand for nothing.
constexpr std::array<char16_t, 32> cp1252_high = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

char32_t cp1252_character(unsigned byte) {
    if (byte < 0x80 || byte > 0x9F) return byte;
    const char16_t code = cp1252_high[byte - 0x80];
    return code == 0 ? no_character : code;
}

char32_t utf16_unit(std::string_view content, std::size_t at, Encoding encoding) {
    const unsigned first = byte_at(content, at);
    const unsigned second = byte_at(content, at + 1);
    return encoding == Encoding::utf16_le ? second << 8 | first : first << 8 | second;
}

// Reads one character and moves on; no_character for half of a pair and for an odd byte at the end.
char32_t utf16_character(std::string_view content, std::size_t &at, Encoding encoding) {
    if (at + 2 > content.size()) return no_character;
    const char32_t unit = utf16_unit(content, at, encoding);
    if (unit < 0xD800 || unit > 0xDFFF) {
        at += 2;
        return unit;
    }
    if (unit > 0xDBFF || at + 4 > content.size()) return no_character;
    const char32_t low = utf16_unit(content, at + 2, encoding);
    if (low < 0xDC00 || low > 0xDFFF) return no_character;
    at += 4;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

void append_utf8(std::string &text, char32_t code) {
    const auto put = [&](char32_t bits) { text += static_cast<char>(bits); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

std::int64_t line_of(std::string_view content, std::size_t offset) {
    std::int64_t line = 1;
    for (std::size_t at = 0; at < offset; ++at)
        if (content[at] == '\n' || (content[at] == '\r' && content[at + 1] != '\n')) ++line;
    return line;
}

[[noreturn]] void refuse_byte(std::string_view content, std::size_t offset) {
    const std::string place =
        "line " + std::to_string(line_of(content, offset)) + ", byte offset " + std::to_string(offset);
    if (content[offset] == '\0')
        throw Error(Fault::bad_encoding, "the file holds a NUL byte", "At " + place + ".", save_hint);
    throw Error(Fault::bad_encoding, "the file is not valid UTF-8", "First bad byte at " + place + ".",
                "Save the file as CSV in UTF-8.");
}

[[noreturn]] void refuse_utf16(std::size_t offset) {
    throw Error(Fault::bad_encoding, "the file is not valid UTF-16",
                "Half a character stands at byte offset " + std::to_string(offset) + ".",
                "Export the file again; it may be cut off. Or save it as CSV in UTF-8.");
}

// Spreadsheets and YouTube's downloads are ZIP archives.
void refuse_archives(std::string_view content) {
    if (content.substr(0, 4) == "PK\x03\x04" || content.substr(0, 2) == "\x1F\x8B")
        throw Error(Fault::bad_encoding, "the file is an archive or a spreadsheet, not text",
                    "It begins like a ZIP, XLSX or gzip file.",
                    "Unpack it, or export the report as CSV, and import the CSV file.");
}

// By its mark, or because the first characters are ASCII with a zero byte beside each.
std::optional<Encoding> utf16_kind(std::string_view content) {
    const std::string_view mark = content.substr(0, 2);
    if (mark == "\xFF\xFE") return Encoding::utf16_le;
    if (mark == "\xFE\xFF") return Encoding::utf16_be;
    constexpr std::size_t looked_at = 64;
    std::size_t zeros[2] = {0, 0};
    const std::size_t size = std::min(content.size(), looked_at) / 2 * 2;
    for (std::size_t at = 0; at < size; ++at)
        if (content[at] == '\0') ++zeros[at % 2];
    if (size >= 8 && zeros[0] == 0 && zeros[1] * 4 >= size) return Encoding::utf16_le;
    if (size >= 8 && zeros[1] == 0 && zeros[0] * 4 >= size) return Encoding::utf16_be;
    return std::nullopt;
}

void check_utf16(std::string_view content, Encoding encoding) {
    for (std::size_t at = 0; at < content.size();) {
        const std::size_t from = at;
        const char32_t code = utf16_character(content, at, encoding);
        if (code == no_character) refuse_utf16(from);
        if (code == 0) refuse_byte(content, from + (content[from] == '\0' ? 0 : 1));
    }
}

// UTF-8, or code page 1252 where no byte beyond ASCII fits UTF-8: a file that is partly UTF-8 is a damaged one.
Encoding check_bytes(std::string_view content) {
    std::size_t first_bad = content.size();
    bool has_utf8 = false;
    for (std::size_t at = 0; at < content.size();) {
        if (content[at] == '\0') refuse_byte(content, at);
        const std::size_t length = character_length(content.substr(at));
        has_utf8 = has_utf8 || length > 1;
        if (length == 0) first_bad = std::min(first_bad, at);
        at += std::max<std::size_t>(length, 1);
    }
    if (first_bad == content.size()) return Encoding::utf8;
    if (has_utf8 || content.substr(0, byte_order_mark.size()) == byte_order_mark)
        refuse_byte(content, first_bad);
    for (std::size_t at = first_bad; at < content.size(); ++at)
        if (cp1252_character(byte_at(content, at)) == no_character) refuse_byte(content, at);
    return Encoding::cp1252;
}

} // namespace

const char *encoding_name(Encoding encoding) {
    switch (encoding) {
    case Encoding::utf16_le:
        return "UTF-16LE";
    case Encoding::utf16_be:
        return "UTF-16BE";
    case Encoding::cp1252:
        return "windows-1252";
    default:
        return "UTF-8";
    }
}

// The table of well-formed sequences of the Unicode Standard: no overlong forms, surrogates or codes past
// 10FFFF.
std::size_t character_length(std::string_view text) {
    const unsigned first = byte_at(text, 0);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (text.size() < length) return 0;
    const unsigned lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (byte_at(text, 1) < lowest || byte_at(text, 1) > highest) return 0;
    for (std::size_t at = 2; at < length; ++at)
        if ((byte_at(text, at) & 0xC0) != 0x80) return 0;
    return length;
}

Text::Text(std::string_view content) : content_(content) {
    if (content.size() > max_content_bytes)
        throw Error(Fault::too_large, "the file is larger than 256 MiB",
                    "It has " + std::to_string(content.size()) + " bytes.",
                    "Split it by days, each part with the header line, and import the parts one by one: "
                    "split -C 200m cuts between lines.");
    refuse_archives(content);
    if (const auto kind = utf16_kind(content)) {
        encoding_ = *kind;
        if (utf16_unit(content, 0, encoding_) == 0xFEFF) content_.remove_prefix(2);
        check_utf16(content_, encoding_);
    } else {
        encoding_ = check_bytes(content);
        if (content.substr(0, byte_order_mark.size()) == byte_order_mark)
            content_.remove_prefix(byte_order_mark.size());
    }
    // a zero byte has been refused unless it is half of a UTF-16 blank
    if (std::all_of(content_.begin(), content_.end(), [](char c) { return is_blank(c) || c == '\0'; }))
        throw Error(Fault::bad_file, "the file is empty", {},
                    "Export the report again and import the whole CSV file.");
}

char32_t Text::next_character(std::size_t &at) const {
    if (encoding_ == Encoding::cp1252) return cp1252_character(byte_at(content_, at++));
    return utf16_character(content_, at, encoding_);
}

void Text::read(std::size_t &at, std::string &buffer, std::size_t size) const {
    if (encoding_ == Encoding::utf8) {
        const std::size_t taken = std::min(content_.size() - at, size - std::min(size, buffer.size()));
        buffer.append(content_, at, taken);
        at += taken;
        return;
    }
    while (at < content_.size() && buffer.size() < size)
        append_utf8(buffer, next_character(at));
}

} // namespace roi::core::import
