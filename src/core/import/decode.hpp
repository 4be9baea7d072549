// Tells in which encoding a file is, checks it, and hands it out as UTF-8 window by window.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/seal.hpp"

namespace roi::core::import {

constexpr std::size_t max_content_bytes = std::size_t{256} << 20;

enum class Encoding { utf8, utf16_le, utf16_be, cp1252 };

const char *encoding_name(Encoding encoding);

// The bytes of a file known to be text. The content must outlive the object. UTF-8 is used where it lies.
class Text {
public:
    // Throws too_large, bad_file (nothing in it) and bad_encoding.
    explicit Text(std::string_view content);

    Encoding encoding() const noexcept { return encoding_; }
    // The content without its byte order mark, in its own encoding.
    std::string_view content() const noexcept { return content_; }

    // Appends UTF-8 of the bytes from `at` on to the buffer until it holds `size` bytes or all is read; moves `at`.
    void read(std::size_t &at, std::string &buffer, std::size_t size) const;

private:
    char32_t next_character(std::size_t &at) const;

    std::string_view content_;
    Encoding encoding_ = Encoding::utf8;
};

// Length in bytes of the valid UTF-8 character at the start of a text that is not empty; 0 when there is none.
std::size_t character_length(std::string_view text);

} // namespace roi::core::import
