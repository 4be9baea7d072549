// Settles from the whole file what no line can tell alone: the order of day and month, the decimal mark, the currency.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/import/csv.hpp"
#include "core/import/date.hpp"
#include "core/import/import.hpp"
#include "core/import/recognise.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

// How the cells of a file are to be read.
struct Style {
    char mark = '.';
    DateStyle dates;
    DateStyle posted; // of moments of publication
    std::optional<DayRange>
        period; // that every line covers: the preamble's, or the one of a file without days
    std::optional<std::int64_t> undated; // the day of lifetime figures whose cell names none
    bool is_dated = true;                // false when nothing in the file names a day
    std::string currency;                // the one that signs beside amounts name, of lines without one
};

// Looks at every record once. The layout must outlive it.
class Survey {
public:
    Survey(const Layout &layout, const Options &options, std::optional<DayRange> preamble);

    void look_at(const Record &record);
    // Throws bad_file when something stays ambiguous.
    Style settle() const;

private:
    enum Kind : std::size_t { first_kind, second_kind, open, open_comma, plain, kinds };
    // How many cells spoke for what, and the first of each.
    struct Tally {
        std::array<std::int64_t, kinds> count{};
        std::array<std::string, kinds> example;

        void note(Kind kind, const Layout &layout, const Record &record, std::size_t column);
    };

    void look_at_date(const Record &record, std::size_t column);
    void look_at_number(const Record &record, std::size_t column, bool is_whole);
    void look_at_money(const Record &record, std::size_t column);
    std::string settle_currency() const;
    OrderEvidence within_preamble(std::string_view cell) const;
    DateOrder settle_order() const;
    DateOrder settle_posted(DateOrder dates) const;
    char settle_mark() const;
    std::optional<DayRange> settle_period(const DateStyle &dates) const;

    struct NumberColumn {
        std::size_t column;
        bool is_whole;
    };

    const Layout &layout_;
    const Options &options_;
    std::optional<DayRange> preamble_;
    std::vector<std::size_t> dates_;
    std::vector<std::size_t> posted_;
    std::vector<NumberColumn> numbers_;
    std::vector<std::size_t> money_; // of files that name their currency by signs alone
    std::string sign_currency_, shared_sign_;
    bool has_currencies_ = false; // signs of several
    Tally order_, posted_order_, mark_;
    // The only cell of the date column, while there is one; lines of one period all carry its first day.
    std::string only_date_;
    bool has_date_ = false, has_other_date_ = false;
    bool has_day_column_ = false, has_end_column_ = false;
};

} // namespace roi::core::import
