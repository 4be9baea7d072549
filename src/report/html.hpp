// A report as one page of HTML that needs nothing else.
#pragma once

#include <functional>
#include <string>

#include "report/model.hpp"

#include "core/seal.hpp"

namespace roi::report {

// The page's only style sheet and script.
extern const char *const page_style;
extern const char *const page_script;

// SHA-256 of a text in base 64: the page's policy permits its own style and script by it, and nothing else.
using Digest = std::function<std::string(const std::string &)>;

std::string write_html(const Report &report, const Digest &digest);

} // namespace roi::report
