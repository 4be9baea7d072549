// A streaming CSV reader (RFC 4180, any separator and line end) that survives broken quotes in linear time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/import/decode.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

constexpr std::size_t max_field_bytes = std::size_t{1} << 20;
// As many columns as a spreadsheet has; further cells are counted but not kept.
constexpr std::size_t max_columns = 16384;
constexpr std::size_t max_record_bytes = std::size_t{4} << 20;

struct Record {
    std::int64_t line = 0;               // physical line on which it starts, from 1
    std::vector<std::string_view> cells; // valid until the next call of Reader::next
    std::size_t columns = 0;             // cells of the record, also those past max_columns
    const char *fault = nullptr;         // why the record cannot be read; it then has no cells
    std::string_view raw;                // the begin of its first physical line
};

class Reader {
public:
    // The content must outlive the reader. A text that is not UTF-8 is decoded into a window of a few MiB.
    Reader(std::string_view content, char separator) : content_(content), separator_(separator) {}
    Reader(const Text &text, char separator);

    // Reads the next record that is not blank; false at the end. After a fault reading goes on at the
    // physical line below the one on which the record started, so that one bad quote costs one line.
    bool next(Record &record);

    // Bytes looked at so far; grows with the size of the content and not with its square.
    std::uint64_t work() const noexcept { return work_; }

private:
    void look_ahead();
    void refill();
    bool skip_blank_lines();
    const char *read_cells(Record &record, std::size_t &at);
    const char *read_quoted(std::string_view &cell, std::size_t &at);
    const char *read_bare(std::string_view &cell, std::size_t &at);
    std::string_view unescape(std::string_view quoted);
    void skip_line();
    std::size_t skip_line_end(std::size_t at) const;
    bool at_line_end(std::size_t at) const;
    std::int64_t count_lines(std::size_t from, std::size_t to);
    bool is_doomed(std::size_t opening) const;
    void doom_openings();
    void move_to(std::size_t at);

    std::string_view content_; // all of it, or the window
    char separator_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
    std::uint64_t work_ = 0;
    const Text *text_ = nullptr; // decoded into the window; null when content_ is everything
    std::size_t text_at_ = 0;
    std::string window_;
    std::string raw_;                   // keeps Record::raw across a refill
    std::size_t base_ = 0;              // bytes before content_
    std::vector<std::size_t> openings_; // opening quotes of the record being read
    std::vector<bool> doomed_; // a ring: opening quotes from which reading is known to end in a fault
    std::size_t doomed_count_ = 0;
    std::deque<std::string> unescaped_; // cells that had doubled quotes
};

} // namespace roi::core::import
