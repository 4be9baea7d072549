// One question on its way to its answer: the range read once, then rows by platform and by bucket.
#pragma once

#include <string>
#include <vector>

#include "core/report/columns.hpp"
#include "core/report/series.hpp"

#include "store/context.hpp"
#include "store/question.hpp"
#include "store/report_row.hpp"
#include "store/rollup_reader.hpp"

namespace roi::api {

struct Bounds {
    core::report::Moment since = 0, until = 0;
};

// Needs an open SpiScope from its making on.
class Answer {
public:
    explicit Answer(store::Question question);

    const store::Question &question() const { return question_; }
    core::report::Tally &tally() { return tally_; }
    core::report::Currencies &currencies() { return currencies_; }

    // The range with ends of time moved to the first and last fact; empty without facts.
    Bounds bounds();
    // A series over the bounds and its line in the tally.
    core::report::Series add_series(core::report::Bucket bucket, std::size_t &line);

    // Reads the cells of this, of further tallies of the same currencies, and of one with its own; settles the currency
    // and converts all but the latter.
    void read(std::vector<core::report::Tally *> more = {}, core::report::Tally *other = nullptr);
    const std::string &currency() const { return currency_; }
    // Whether what read() read was whole cells and nothing else: no single facts, no exchange rates.
    bool is_of_cells() const { return is_of_cells_; }
    bridge::Argument currency_argument() const { return bridge::text_or_null(currency_); }

private:
    store::Question question_;
    core::report::Currencies currencies_;
    core::report::Tally tally_;
    bool has_extent_ = false;
    store::Extent extent_;
    std::string currency_;
    bool is_of_cells_ = false;
};

// Platforms by descending value of a column, NULLs last, then by name.
std::vector<std::size_t> ranked_platforms(const core::report::Tally &tally,
                                          const core::report::Column &column);
// Platforms by name.
std::vector<std::size_t> named_platforms(const core::report::Tally &tally);

// The bucket that roi_time_range chose.
core::report::Bucket chosen_bucket(const store::Range &range);

// Local days of a series: the first days of its buckets, since 1970-01-01.
std::vector<std::int64_t> days_of(const core::report::Series &series, const store::ZoneClock &clock);
// Names of the campaigns dated in each bucket, sorted. Days as days_of.
std::vector<std::vector<std::string>> markers_of(const store::Campaigns &campaigns,
                                                 const std::vector<std::int64_t> &days);
// The last local day of a series that ends at `until`.
std::int64_t last_day_of(core::report::Moment until, const store::ZoneClock &clock);

// A calendar year in the zone, and its months by platform.
struct Year {
    std::vector<core::report::Moment> starts; // of its months
    core::report::Moment since = 0, until = 0;
    int present_month = 12; // months to show at least: 0 for years to come
};
// Raises 22023 for years outside 1 to 9999.
Year year_of(std::int64_t year, const store::ZoneClock &clock);
std::int64_t year_at(core::report::Moment moment, const store::ZoneClock &clock);
// How many months are shown, by the platforms' facts: line 0 of the tally.
std::size_t shown_months(const Year &year, const core::report::Tally &tally);

} // namespace roi::api
