// Checks that the bytes of a file are readable text before anything else looks at them.
#include "core/import/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

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
        throw Error(Fault::bad_encoding, "the file holds a NUL byte", "At " + place + ".",
                    "Save the file as CSV in UTF-8; spreadsheet, ZIP and UTF-16 files are not read.");
    throw Error(Fault::bad_encoding, "the file is not valid UTF-8", "First bad byte at " + place + ".",
                "Save the file as CSV in UTF-8.");
}

void refuse_utf16(std::string_view content) {
    const std::string_view mark = content.substr(0, 2);
    if (mark == "\xFF\xFE" || mark == "\xFE\xFF")
        throw Error(Fault::bad_encoding, "the file is in UTF-16",
                    "It starts with the byte order mark of UTF-16.", "Save the file as UTF-8.");
}

} // namespace

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

std::string_view decode(std::string_view content) {
    if (content.size() > max_content_bytes)
        throw Error(Fault::too_large, "the file is larger than 256 MiB",
                    "It has " + std::to_string(content.size()) + " bytes.",
                    "Split the file by days and import the parts.");
    refuse_utf16(content);
    for (std::size_t at = 0; at < content.size();) {
        const std::size_t length = character_length(content.substr(at));
        if (length == 0 || content[at] == '\0') refuse_byte(content, at);
        at += length;
    }
    if (content.substr(0, byte_order_mark.size()) == byte_order_mark)
        content.remove_prefix(byte_order_mark.size());
    if (std::all_of(content.begin(), content.end(), is_blank))
        throw Error(Fault::bad_file, "the file is empty", {},
                    "Export the report again and import the whole CSV file.");
    return content;
}

} // namespace roi::core::import
