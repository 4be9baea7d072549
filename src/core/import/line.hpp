// Turns one record of a file into checked values, or says why the line is skipped or refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/import/csv.hpp"
#include "core/import/date.hpp"
#include "core/import/import.hpp"
#include "core/import/recognise.hpp"
#include "core/import/settle.hpp"
#include "core/row.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

// Empty stands for "no value".
struct Line {
    std::int64_t number = 0;
    Stamp stamp;
    std::int64_t last_day = no_day; // of a line that covers more than the interval of its stamp
    std::string platform;
    std::string account;
    std::string campaign_id;
    std::string campaign_name;
    std::string post_id;
    std::string content_type;
    std::string status;
    std::string modified;
    std::int64_t start_day = no_day;
    std::int64_t posted_at = INT64_MIN;
    std::string currency;
    std::uint32_t reported = 0;
    Measures value{};
    std::uint32_t metrics_reported = 0;
    std::vector<std::int64_t> metrics;
};

enum class Verdict { good, skipped, refused };

// What a field adds to; none for fields that are no measure.
std::optional<Measure> measure_of(Field field);

// What lines get that do not tell it themselves.
struct Defaults {
    std::string platform;
    std::string currency; // of the header or of the options
    bool is_header_currency = false;
};

class LineReader {
public:
    // The layout must outlive the reader.
    LineReader(const Layout &layout, const Style &style, Defaults defaults);

    // Fills `line` when good, `reject` when refused.
    Verdict read(const Record &record, Line &line, Reject &reject);

    const std::vector<std::string> &metrics() const { return metric_names_; }

private:
    static constexpr std::size_t no_column = static_cast<std::size_t>(-1);
    struct NumberColumn {
        std::size_t target; // a measure, or a place among the metrics
        int decimals;
        std::size_t column;
    };

    void place(const ColumnUse &use);
    bool is_skipped(const Record &record) const;
    bool lacks_campaign(const Record &record) const;
    bool names_nothing(const Record &record) const;
    bool is_filtered_out(const Record &record) const;
    bool has_own_day(const Record &record) const;
    bool read_dates(const Record &record, Line &line, Reject &reject) const;
    bool read_period(const Record &record, Line &line, Reject &reject) const;
    bool read_texts(const Record &record, Line &line, Reject &reject);
    bool read_text(const Record &record, std::size_t column, std::size_t limit, std::string &text,
                   Reject &reject) const;
    bool read_id(const Record &record, std::size_t column, std::string &text, Reject &reject) const;
    bool read_currency(const Record &record, Line &line, Reject &reject) const;
    bool read_sign(const Record &record, Line &line, Reject &reject) const;
    bool read_measures(const Record &record, Line &line, Reject &reject) const;
    bool read_metrics(const Record &record, Line &line, Reject &reject) const;
    // Always false, so that a reader can end with it.
    bool refuse(const Record &record, std::size_t column, const std::string &reason, Reject &reject) const;
    std::string_view cell(const Record &record, std::size_t column) const;

    const Layout &layout_;
    Style style_;
    Defaults defaults_;
    std::size_t date_ = no_column;
    std::size_t period_end_ = no_column;
    std::size_t campaign_id_ = no_column;
    std::size_t campaign_name_ = no_column;
    std::size_t post_id_ = no_column;
    std::size_t content_type_ = no_column;
    std::size_t currency_ = no_column;
    std::size_t status_ = no_column;
    std::size_t start_date_ = no_column;
    std::size_t modified_ = no_column;
    std::size_t account_ = no_column;
    std::size_t platform_ = no_column;
    std::size_t posted_at_ = no_column;
    std::vector<NumberColumn> measures_;
    std::vector<NumberColumn> metrics_;
    std::vector<std::string> metric_names_;
    std::vector<std::size_t> money_;
    std::vector<ColumnUse> filters_;
    std::int64_t posts_ = 0; // numbered so far
};

} // namespace roi::core::import
