// Checks that the bytes of a file are readable text before anything else looks at them.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/seal.hpp"

namespace roi::core::import {

constexpr std::size_t max_content_bytes = std::size_t{256} << 20;

// The text without its byte order mark. Throws too_large, bad_file (nothing in it) and bad_encoding.
std::string_view decode(std::string_view content);

// Length in bytes of the valid UTF-8 character at the start of a text that is not empty; 0 when there is
// none.
std::size_t character_length(std::string_view text);

} // namespace roi::core::import
