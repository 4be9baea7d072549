// A streaming CSV reader (RFC 4180, any separator and line end) that survives broken quotes in linear time.
#include "core/import/csv.hpp"

#include <algorithm>

#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::size_t max_raw_bytes = 1000;
// The longest record and the field that passes its end are always in the window.
constexpr std::size_t lookahead = max_record_bytes + max_field_bytes + 16;
constexpr std::size_t window_bytes = 2 * lookahead;
constexpr std::size_t ring = std::size_t{1} << 23; // a power of two above lookahead

} // namespace

Reader::Reader(const Text &text, char separator) : separator_(separator) {
    if (text.encoding() == Encoding::utf8)
        content_ = text.content();
    else
        text_ = &text;
}

void Reader::look_ahead() {
    if (text_ != nullptr && content_.size() - at_ < lookahead) refill();
}

// Drops what has been read and decodes more; lets the text go when all of it is in the window.
void Reader::refill() {
    base_ += at_;
    window_.erase(0, at_);
    at_ = 0;
    window_.reserve(window_bytes + 4);
    text_->read(text_at_, window_, window_bytes);
    work_ += window_.size();
    content_ = window_;
    if (text_at_ == text_->content().size()) text_ = nullptr;
}

bool Reader::at_line_end(std::size_t at) const {
    return at == content_.size() || content_[at] == '\n' || content_[at] == '\r';
}

std::size_t Reader::skip_line_end(std::size_t at) const {
    if (at < content_.size() && content_[at] == '\r')
        return at + 1 < content_.size() && content_[at + 1] == '\n' ? at + 2 : at + 1;
    return at < content_.size() ? at + 1 : at;
}

// Goes to the next physical line, however far away it is.
void Reader::skip_line() {
    std::size_t end = content_.find_first_of("\r\n", at_);
    while (end == std::string_view::npos && text_ != nullptr) {
        move_to(content_.size());
        refill();
        end = content_.find_first_of("\r\n");
    }
    end = std::min(end, content_.size());
    work_ += end - at_ + 1;
    move_to(skip_line_end(end));
    ++line_;
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
    for (;;) {
        look_ahead();
        if (at_ == content_.size()) return false;
        std::size_t at = at_;
        while (!at_line_end(at) && is_blank(content_[at]) && at - at_ < max_record_bytes)
            ++at;
        work_ += at - at_ + 1;
        if (!at_line_end(at)) return true;
        move_to(skip_line_end(at));
        ++line_;
    }
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
    const std::string_view begin = content_.substr(at_, max_raw_bytes);
    record.raw = begin.substr(0, std::min(begin.find_first_of("\r\n"), begin.size()));
    if (record.fault == nullptr) {
        line_ += count_lines(at_, at);
        move_to(at);
        return true;
    }
    record.cells.clear();
    doom_openings();
    raw_ = record.raw;
    record.raw = raw_;
    skip_line();
    return true;
}

bool Reader::is_doomed(std::size_t opening) const {
    return doomed_count_ > 0 && doomed_[(base_ + opening) % ring];
}

// Reading depends on the place alone: whoever opens one of these quotes again would run into the same fault.
// Remembering that keeps many lines from each reading on to the one bad quote far below.
void Reader::doom_openings() {
    if (doomed_.empty() && !openings_.empty()) doomed_.resize(ring);
    for (const std::size_t opening : openings_) {
        std::vector<bool>::reference place = doomed_[(base_ + opening) % ring];
        if (!place) ++doomed_count_;
        place = true;
    }
}

// Frees the places of the ring that have been passed.
void Reader::move_to(std::size_t at) {
    for (std::size_t passed = at_; passed < at && doomed_count_ > 0; ++passed) {
        std::vector<bool>::reference place = doomed_[(base_ + passed) % ring];
        if (place) --doomed_count_;
        place = false;
    }
    at_ = at;
}

const char *Reader::read_cells(Record &record, std::size_t &at) {
    for (const std::size_t start = at;;) {
        if (at - start > max_record_bytes) return "a line is longer than 4 MiB";
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
