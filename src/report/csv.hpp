// Fields and records of CSV (RFC 4180), safe to open in a spreadsheet.
#pragma once

#include <string>
#include <string_view>

#include "core/seal.hpp"

namespace roi::report {

// Would a spreadsheet take the text for a formula? CWE-1236: a leading = + - @, their full-width forms, tab or line end.
bool looks_like_formula(std::string_view text);

// One record, field by field. Records are joined by CR LF and have none of their own.
class CsvRecord {
public:
    void clear() { line_.clear(), is_first_ = true; }
    const std::string &line() const { return line_; }

    void add_null() { separate(); }
    // Numbers, dates and moments: as they are.
    void add_plain(std::string_view text);
    // Names and other words. What looks like a formula gets an apostrophe before it unless it is to be kept.
    void add_text(std::string_view text, bool keep_formulas);

private:
    void separate();
    void add_quoted(std::string_view text);

    std::string line_;
    bool is_first_ = true;
};

} // namespace roi::report
