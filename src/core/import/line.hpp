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
#include "core/row.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

// The texts live as long as the record that the line was read from. Empty stands for "no value".
struct Line {
    Stamp stamp;
    bool is_period = false; // the line covers more than the interval of its stamp
    std::string_view campaign_id;
    std::string_view campaign_name;
    std::string_view post_id;
    std::string_view content_type;
    std::string_view status;
    std::string_view modified;
    std::int64_t start_day = INT64_MIN;
    std::string currency; // of the line's own column
    std::uint32_t reported = 0;
    Measures value{};
};

enum class Verdict { good, skipped, refused };

// The sum stays within what the measure's column can hold: NUMERIC(18,6) for money and conversions.
bool add_within_limits(std::size_t measure, std::int64_t &sum, std::int64_t value);

class LineReader {
public:
    // Days of a file without a date column come from `preamble_day`. The layout must outlive the reader.
    LineReader(const Layout &layout, std::optional<std::int64_t> preamble_day);

    // Fills `line` when good, `reject` when refused.
    Verdict read(const Record &record, Line &line, Reject &reject) const;

private:
    static constexpr std::size_t no_column = static_cast<std::size_t>(-1);
    struct MeasureColumn {
        Measure measure;
        int decimals;
        std::size_t column;
    };

    void place(const ColumnUse &use);
    void find_period_end();
    bool is_skipped(const Record &record) const;
    bool is_period(const Record &record) const;
    bool lacks_campaign(const Record &record) const;
    bool is_filtered_out(const Record &record) const;
    bool read_dates(const Record &record, Line &line, Reject &reject) const;
    bool read_texts(const Record &record, Line &line, Reject &reject) const;
    bool read_text(const Record &record, std::size_t column, std::size_t limit, std::string_view &text,
                   Reject &reject) const;
    bool read_currency(const Record &record, Line &line, Reject &reject) const;
    bool read_measures(const Record &record, Line &line, Reject &reject) const;
    // Always false, so that a reader can end with it.
    bool refuse(const Record &record, std::size_t column, const std::string &reason, Reject &reject) const;
    std::string_view cell(const Record &record, std::size_t column) const;

    const Layout &layout_;
    std::optional<std::int64_t> preamble_day_;
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
    std::vector<MeasureColumn> measures_;
    std::vector<ColumnUse> filters_;
};

} // namespace roi::core::import
