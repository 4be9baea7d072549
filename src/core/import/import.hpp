// Turns the bytes of an export file into exact facts, campaigns and rejected lines. No database here.
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

constexpr std::int64_t no_day = INT64_MIN;

struct Options {
    std::string format = "auto";    // a FormatRule name, or auto
    std::string platform;           // overrides the format's platform when not empty
    std::string currency;           // of files that name none (ISO 4217); empty means default_currency
    std::size_t max_rejects = 1000; // more rejected lines than this abort the import (Fault::bad_file)
    std::string date_order;         // dmy, mdy or empty: of 01/02/2026; empty settles it from the file
    std::string decimal_mark;       // "." or ","; empty settles it from the file
    bool spread_periods = false;    // a line of several days becomes one fact a day; else one at its start
    std::int64_t day = no_day;      // of files that name no day, days since 1970-01-01
    std::int64_t today = no_day;    // of lifetime figures without a day
};

constexpr const char *default_currency = "USD";
// First and first-refused day of a fact, days since 1970-01-01: 1970-01-01 and 2100-01-01.
constexpr std::int64_t first_day = 0;
constexpr std::int64_t end_day = 47482;
constexpr std::size_t max_metrics = 32; // columns of Field::metric in one file

// One interval of one campaign or post: all lines of the file with the same key added up. Of a lifetime format: one
// snapshot of one post.
struct Fact {
    std::int64_t stamp = 0; // start of the interval, seconds since 1970-01-01 00:00; a snapshot's moment
    bool stamp_is_utc =
        false; // the cell named its offset; otherwise `stamp` is civil time of the import's zone
    // Texts are empty for none; a campaign is named by the network's id, or by its name where the file has no id.
    std::string platform, campaign, post, content_type, currency;
    std::int64_t posted_at = INT64_MIN; // seconds like stamp, of the same kind of time; INT64_MIN: not told
    std::int64_t last_day = no_day;     // of one kept as one row for many days
    std::uint32_t reported =
        0; // bit m is set when at least one line reported measure m; values of others are 0
    Measures value{};
    std::uint32_t metrics_reported = 0;
    std::vector<std::int64_t> metrics; // millionths, in the order of Import::metrics()
};

struct Campaign {
    std::string platform;
    std::string external_id;         // the network's id, or the name where the file has no id; never empty
    std::string name;                // empty when the file has none
    std::string status;              // as the file says, empty when it does not
    std::string modified;            // the newest line's modification stamp, internal to choosing it
    std::int64_t start_day = no_day; // days since 1970-01-01 as the file says
    std::int64_t first_day = no_day; // of its facts
    std::string currency;            // of its first fact
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
    std::int64_t periods = 0; // imported lines that cover more than one day or hour
};

struct DayPair {
    std::int64_t first = 0, last = 0;
    bool operator<(const DayPair &other) const {
        return first != other.first ? first < other.first : last < other.last;
    }
};

// What the file is about besides its facts.
struct Extent {
    bool has_facts = false;
    bool days_only = true;                                        // every fact is a day or a period of days
    std::int64_t first_stamp = INT64_MAX, last_stamp = INT64_MIN; // civil ones, as in Fact
    std::int64_t first_utc = INT64_MAX, last_utc = INT64_MIN;     // those that are UTC
    std::vector<DayPair> periods;                                 // of facts kept as one row for many days
    std::vector<std::string> accounts;                            // ids or names, sorted
    bool has_times = false;                                       // some date names an hour

    // Midnights of several days are days however they are written; a single one with its hour is that hour: an hourly
    // export ends there once a day.
    bool is_daily() const { return days_only && !(has_times && first_stamp == last_stamp); }
};

// Takes what an Import hands out in pieces, so that nothing grows with the file. Records of equal keys must be brought
// together by sorting their bytes; merge them with MergedFacts and MergedCampaigns (core/import/spool.hpp).
class Sink {
public:
    virtual ~Sink() = default;
    virtual void fact(std::string_view record) = 0;
    virtual void campaign(std::string_view record) = 0;
    virtual void reject(const Reject &reject) = 0; // in the order of lines
};

// Reads one file. The constructor decodes, finds the header line and settles the format; step() reads on, so
// that the caller can look for interrupts between steps. `content`, `formats` and `sink` must outlive the object.
// Throws core::Error: bad_encoding, bad_file (unknown or ambiguous format, ambiguous dates or numbers, empty file, too
// many rejects), invalid_argument (unknown format name), too_large.
class Import {
public:
    Import(std::string_view content, const std::vector<FormatRule> &formats, const Options &options,
           Sink &sink);
    ~Import();
    Import(const Import &) = delete;
    Import &operator=(const Import &) = delete;

    // Reads up to max_lines records; false when the file has ended and everything is handed out. The file is read
    // twice: first to settle dates and numbers.
    bool step(std::size_t max_lines);

    const FormatRule &format() const;
    const std::string &platform() const; // of lines that name none
    const char *encoding() const;
    const Counts &counts() const;
    const Extent &extent() const;
    const std::vector<std::string> &metrics() const; // names of the platform's own metrics
    bool is_dated() const;                           // false when the day was given or taken for granted

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace roi::core::import
