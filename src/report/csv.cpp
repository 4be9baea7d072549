// Quotes fields and takes the sting out of formulas.
#include "report/csv.hpp"

#include <string>

namespace roi::report {
namespace {

bool needs_quotes(std::string_view text) {
    // empty text in quotes stays apart from NULL; outer blanks are lost by many readers
    return text.empty() || text.front() == ' ' || text.back() == ' ' ||
           text.find_first_of(",\"\r\n\t") != std::string_view::npos || text == "\\.";
}

} // namespace

bool looks_like_formula(std::string_view text) {
    if (text.empty()) return false;
    if (std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos) return true;
    for (const std::string_view wide : {"＝", "＋", "－", "＠"})
        if (text.substr(0, wide.size()) == wide) return true;
    return false;
}

void CsvRecord::separate() {
    if (!is_first_) line_ += ',';
    is_first_ = false;
}

void CsvRecord::add_quoted(std::string_view text) {
    if (!needs_quotes(text)) {
        line_ += text;
        return;
    }
    line_ += '"';
    for (const char c : text) {
        if (c == '"') line_ += '"';
        line_ += c;
    }
    line_ += '"';
}

void CsvRecord::add_plain(std::string_view text) {
    separate();
    add_quoted(text);
}

void CsvRecord::add_text(std::string_view text, bool keep_formulas) {
    separate();
    if (keep_formulas || !looks_like_formula(text)) return add_quoted(text);
    add_quoted("'" + std::string(text));
}

} // namespace roi::report
