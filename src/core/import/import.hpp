// Turns the bytes of an export file into exact additive facts, campaigns and rejected lines. No database here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/import/rules.hpp"
#include "core/row.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

struct Options {
    std::string format = "auto";    // a FormatRule name, or auto
    std::string platform;           // overrides the format's platform when not empty
    std::string currency;           // of files that name none (ISO 4217); empty means default_currency
    std::size_t max_rejects = 1000; // more rejected lines than this abort the import (Fault::bad_file)
};

constexpr const char *default_currency = "USD";
// Distinct (interval, campaign, post, content type, currency) of one file; bounds the memory of an import.
constexpr std::size_t max_facts = 2000000;
// First and first-refused day of a fact, days since 1970-01-01: 1970-01-01 and 2100-01-01.
constexpr std::int64_t first_day = 0;
constexpr std::int64_t end_day = 47482;

// One interval of one campaign or post: all lines of the file with the same key added up.
struct Fact {
    std::int64_t stamp = 0; // start of the interval, seconds since 1970-01-01 00:00
    bool stamp_is_utc =
        false; // the cell named its offset; otherwise `stamp` is civil time of the import's zone
    // Indexes into Import::campaigns(), posts(), content_types(), currencies(); campaign and post: no_index for none.
    std::uint32_t campaign = 0;
    std::uint32_t post = 0;
    std::uint32_t content_type = 0;
    std::uint32_t currency = 0;
    std::uint32_t reported =
        0; // bit m is set when at least one line reported measure m; values of others are 0
    Measures value{};
};

constexpr std::uint32_t no_index = UINT32_MAX;

struct Campaign {
    std::string external_id;            // the network's id, or the name where the file has no id; never empty
    std::string name;                   // empty when the file has none
    std::string status;                 // as the file says, empty when it does not
    std::string modified;               // the newest line's modification stamp, internal to choosing it
    std::int64_t start_day = INT64_MIN; // days since 1970-01-01 as the file says, INT64_MIN when it does not
};

struct Reject {
    std::int64_t line = 0; // physical line of the file on which the record starts, from 1
    std::string column;    // header of the offending cell, empty for the whole line
    std::string value;     // the cell, cut to 200 bytes on a character boundary
    std::string reason;    // one English sentence without a full stop
};

struct Counts {
    std::int64_t read = 0; // data lines: imported + skipped + rejected
    std::int64_t imported = 0;
    std::int64_t skipped = 0; // total rows, lines that a filter refuses
    std::int64_t rejected = 0;
};

// Reads one file. The constructor decodes, finds the header line and settles the format; step() reads on, so
// that the caller can look for interrupts between steps. `content` and `formats` must outlive the object.
// Throws core::Error: bad_encoding, bad_file (unknown or ambiguous format, empty file, too many rejects),
// invalid_argument (unknown format name), too_large.
class Import {
public:
    Import(std::string_view content, const std::vector<FormatRule> &formats, const Options &options);
    ~Import();
    Import(const Import &) = delete;
    Import &operator=(const Import &) = delete;

    // Reads up to max_lines records; false when the file has ended and the facts are complete and sorted
    // by (stamp, campaign, post, content type, currency).
    bool step(std::size_t max_lines);

    const FormatRule &format() const;
    const std::string &platform() const;
    const Counts &counts() const;
    const std::vector<Fact> &facts() const;
    const std::vector<Campaign> &campaigns() const;
    const std::vector<std::string> &posts() const;
    const std::vector<std::string> &content_types() const;
    const std::vector<std::string> &currencies() const;
    const std::vector<Reject> &rejects() const;
    // True when the days came from the preamble: every line then covers the whole period and is stamped at its start.
    bool is_period() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace roi::core::import
