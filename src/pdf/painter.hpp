// Draws the commands of a report as a PDF, by Cairo and Pango.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace roi::pdf {

// The document's bytes. `pause` is called between pages, where nothing is half drawn. Throws std::runtime_error with what the
// libraries say, std::bad_alloc, and core::Error for bytes that are no drawing.
std::string paint(std::string_view drawing, const std::function<void()> &pause);

} // namespace roi::pdf
