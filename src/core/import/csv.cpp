// A streaming CSV reader (RFC 4180, any separator and line end) that survives broken quotes in linear time.
#include "core/import/csv.hpp"

#include <algorithm>

#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

bool Reader::at_line_end(std::size_t at) const {
    return at == content_.size() || content_[at] == '\n' || content_[at] == '\r';
}

std::size_t Reader::skip_line_end(std::size_t at) const {
    if (at < content_.size() && content_[at] == '\r')
        return at + 1 < content_.size() && content_[at + 1] == '\n' ? at + 2 : at + 1;
    return at < content_.size() ? at + 1 : at;
}

std::size_t Reader::after_line(std::size_t at) {
    const std::size_t end = std::min(content_.find_first_of("\r\n", at), content_.size());
    work_ += end - at + 1;
    return skip_line_end(end);
}

std::int64_t Reader::count_lines(std::size_t from, std::size_t to) {
    std::int64_t lines = 0;
    for (std::size_t at = from; at < to; ++at)
        if (content_[at] == '\n' ||
            (content_[at] == '\r' && (at + 1 == content_.size() || content_[at + 1] != '\n')))
            ++lines;
    work_ += to - from;
    return lines;
}

bool Reader::skip_blank_lines() {
    while (at_ < content_.size()) {
        std::size_t at = at_;
        while (!at_line_end(at) && is_blank(content_[at]))
            ++at;
        work_ += at - at_ + 1;
        if (!at_line_end(at)) return true;
        at_ = skip_line_end(at);
        ++line_;
    }
    return false;
}

bool Reader::next(Record &record) {
    record.cells.clear(); // keeps its memory
    record.columns = 0;
    unescaped_.clear();
    openings_.clear();
    if (!skip_blank_lines()) return false;
    record.line = line_;
    std::size_t at = at_;
    record.fault = read_cells(record, at);
    const std::size_t line_after = after_line(at_);
    record.raw = content_.substr(at_, line_after - at_);
    if (record.fault != nullptr) {
        record.cells.clear();
        doom_openings();
        at = line_after;
    }
    line_ += count_lines(at_, at);
    at_ = at;
    return true;
}

// Reading depends on the place alone: whoever opens one of these quotes again would run into the same fault.
// Remembering that keeps many lines from each reading on to the one bad quote far below.
void Reader::doom_openings() {
    if (doomed_.empty() && !openings_.empty()) doomed_.resize(content_.size());
    for (const std::size_t opening : openings_)
        doomed_[opening] = true;
}

const char *Reader::read_cells(Record &record, std::size_t &at) {
    for (;;) {
        std::string_view cell;
        const bool quoted = at < content_.size() && content_[at] == '"';
        const char *fault = quoted ? read_quoted(cell, at) : read_bare(cell, at);
        if (fault != nullptr) return fault;
        if (record.cells.size() < max_columns) record.cells.push_back(cell);
        ++record.columns;
        if (at_line_end(at)) {
            at = skip_line_end(at);
            return nullptr;
        }
        ++at; // the separator
    }
}

const char *Reader::read_bare(std::string_view &cell, std::size_t &at) {
    const std::size_t start = at;
    while (!at_line_end(at) && content_[at] != separator_ && at - start <= max_field_bytes)
        ++at;
    work_ += at - start + 1;
    if (at - start > max_field_bytes) return "a field is longer than 1 MiB";
    cell = content_.substr(start, at - start);
    return nullptr;
}

const char *Reader::read_quoted(std::string_view &cell, std::size_t &at) {
    if (is_doomed(at)) return "a quoted field is not closed properly";
    openings_.push_back(at);
    const std::size_t start = ++at;
    const std::size_t limit = std::min(content_.size(), start + max_field_bytes + 1);
    bool doubled = false;
    for (;; at += 2, doubled = true) {
        const std::size_t from = at;
        at = std::min(content_.substr(0, limit).find('"', at), limit);
        work_ += at - from + 1;
        if (at == limit)
            return limit == content_.size() ? "a quoted field is not closed" : "a field is longer than 1 MiB";
        if (at + 1 == content_.size() || content_[at + 1] != '"') break;
    }
    cell = content_.substr(start, at - start);
    if (doubled) cell = unescape(cell);
    ++at;
    if (!at_line_end(at) && content_[at] != separator_) return "text follows a closing quote";
    return nullptr;
}

std::string_view Reader::unescape(std::string_view quoted) {
    std::string &text = unescaped_.emplace_back();
    text.reserve(quoted.size());
    for (std::size_t at = 0; at < quoted.size(); ++at) {
        text += quoted[at];
        if (quoted[at] == '"') ++at;
    }
    return text;
}

} // namespace roi::core::import
