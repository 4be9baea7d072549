// Settles from the whole file what no line can tell alone: the order of day and month, the decimal mark.
#include "core/import/settle.hpp"

#include <string_view>

#include "core/calendar.hpp"
#include "core/error.hpp"
#include "core/import/decimal.hpp"
#include "core/import/line.hpp"
#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

// One odd cell does not decide: the larger side must have three times as many.
bool outweighs(std::int64_t a, std::int64_t b) { return a > 0 && a >= 3 * b; }

bool is_one_of(std::string_view word, std::string_view words) {
    return !word.empty() && words.find(word) != std::string_view::npos;
}

bool is_foreign(std::string_view language) { return !language.empty() && language != "en"; }

} // namespace

void Survey::Tally::note(Kind kind, const Layout &layout, const Record &record, std::size_t column) {
    if (count[kind]++ > 0) return;
    example[kind] = "line " + std::to_string(record.line) + ", column \"" + layout.headers[column] +
                    "\": \"" + cut(trim(record.cells[column])) + "\"";
}

Survey::Survey(const Layout &layout, const Options &options, std::optional<DayRange> preamble)
    : layout_(layout), options_(options), preamble_(preamble) {
    for (const ColumnUse &use : layout.uses) {
        const Field field = use.rule->field;
        if (field == Field::date || field == Field::start_date || field == Field::period_end)
            dates_.push_back(use.column);
        if (field == Field::posted_at) posted_.push_back(use.column);
        has_day_column_ = has_day_column_ || field == Field::date;
        has_end_column_ = has_end_column_ || field == Field::period_end;
        const auto measure = measure_of(field);
        if (measure || field == Field::metric)
            numbers_.push_back({use.column, measure && (*measure < measure_conversions ||
                                                        use.rule->unit == Unit::millionth)});
        if (measure && (*measure == measure_spend || *measure == measure_revenue))
            money_.push_back(use.column);
    }
    if (!options_.currency.empty() || !layout_.currency.empty() || layout_.find(Field::currency) != nullptr)
        money_.clear();
}

void Survey::look_at(const Record &record) {
    if (record.fault != nullptr || record.columns != layout_.headers.size()) return;
    for (const std::size_t column : dates_)
        look_at_date(record, column);
    for (const std::size_t column : posted_) {
        const OrderEvidence evidence = order_evidence(record.cells[column]);
        if (evidence == OrderEvidence::day_first) posted_order_.note(first_kind, layout_, record, column);
        if (evidence == OrderEvidence::month_first) posted_order_.note(second_kind, layout_, record, column);
    }
    for (const std::size_t column : money_)
        look_at_money(record, column);
    if (!layout_.is_connector && options_.decimal_mark.empty())
        for (const NumberColumn &number : numbers_)
            look_at_number(record, number.column, number.is_whole);
}

void Survey::look_at_date(const Record &record, std::size_t column) {
    const std::string_view cell = trim(record.cells[column]);
    OrderEvidence evidence = order_evidence(cell);
    if (evidence == OrderEvidence::none) return;
    if (evidence == OrderEvidence::either) evidence = within_preamble(cell);
    static constexpr std::array<Kind, 5> kind_of = {kinds, plain, first_kind, second_kind, open};
    order_.note(kind_of[static_cast<std::size_t>(evidence)], layout_, record, column);
    const ColumnUse *date = layout_.find(Field::date);
    if (!preamble_ || date == nullptr || date->column != column) return;
    has_other_date_ = has_other_date_ || (has_date_ && only_date_ != cell);
    if (!has_date_) only_date_ = cut(cell);
    has_date_ = true;
}

// The range above the header may leave one reading only.
OrderEvidence Survey::within_preamble(std::string_view cell) const {
    if (!preamble_ || preamble_->first == preamble_->last) return OrderEvidence::either;
    const auto fits = [&](DateOrder order) {
        const std::int64_t day = parse_date(cell, {order, 0}).stamp.seconds / seconds_per_day;
        return day >= preamble_->first && day <= preamble_->last;
    };
    const bool day_first = fits(DateOrder::day_first);
    const bool month_first = fits(DateOrder::month_first);
    if (day_first == month_first) return OrderEvidence::either;
    return day_first ? OrderEvidence::day_first : OrderEvidence::month_first;
}

void Survey::look_at_number(const Record &record, std::size_t column, bool is_whole) {
    switch (mark_evidence(record.cells[column], is_whole)) {
    case MarkEvidence::point:
        return mark_.note(first_kind, layout_, record, column);
    case MarkEvidence::comma:
        return mark_.note(second_kind, layout_, record, column);
    case MarkEvidence::open_point:
        return mark_.note(open, layout_, record, column);
    case MarkEvidence::open_comma:
        return mark_.note(open_comma, layout_, record, column);
    case MarkEvidence::none:
        break;
    }
}

void Survey::look_at_money(const Record &record, std::size_t column) {
    const std::string_view cell = trim(record.cells[column]);
    if (cell.empty() || (is_digit(cell.front()) && is_digit(cell.back()))) return;
    const std::string currency = cell_currency(cell);
    if (currency.empty()) {
        if (shared_sign_.empty() && has_shared_sign(cell)) shared_sign_ = cut(cell);
        return;
    }
    has_currencies_ = has_currencies_ || (!sign_currency_.empty() && sign_currency_ != currency);
    sign_currency_ = currency;
}

// Of lines whose amounts have no sign that tells: that of all the others.
std::string Survey::settle_currency() const {
    if (!shared_sign_.empty() && sign_currency_.empty())
        throw Error(Fault::bad_file, "the currency of this file is ambiguous",
                    "\"" + shared_sign_ + "\" is an amount of several countries' money.",
                    "Name it with currency => 'JPY' or the like.");
    return has_currencies_ ? std::string() : sign_currency_;
}

DateOrder Survey::settle_order() const {
    if (options_.date_order == "dmy") return DateOrder::day_first;
    if (options_.date_order == "mdy") return DateOrder::month_first;
    const std::int64_t day_first = order_.count[first_kind];
    const std::int64_t month_first = order_.count[second_kind];
    if (outweighs(day_first, month_first)) return DateOrder::day_first;
    if (outweighs(month_first, day_first)) return DateOrder::month_first;
    const char *const hint =
        "Name the order with date_order => 'dmy' or 'mdy', or export with dates like 2026-02-01.";
    if (day_first + month_first > 0)
        throw Error(Fault::bad_file, "the file writes day and month in both orders",
                    order_.example[first_kind] + "; " + order_.example[second_kind] + ".", hint);
    if (order_.count[open] == 0) return DateOrder::unknown;
    if (is_foreign(layout_.language) && !is_one_of(layout_.language, "ja zh ko")) return DateOrder::day_first;
    // some odd lines in a file with clear dates are refused one by one
    if (order_.count[plain] >= order_.count[open]) return DateOrder::unknown;
    throw Error(Fault::bad_file, "the order of day and month is ambiguous",
                "No date of the file can be read in one way only; " + order_.example[open] + ".", hint);
}

DateOrder Survey::settle_posted(DateOrder dates) const {
    if (!options_.date_order.empty() ||
        outweighs(posted_order_.count[first_kind], posted_order_.count[second_kind]))
        return options_.date_order == "mdy" ? DateOrder::month_first : DateOrder::day_first;
    if (outweighs(posted_order_.count[second_kind], posted_order_.count[first_kind]))
        return DateOrder::month_first;
    if (layout_.format->posted_order == "mdy") return DateOrder::month_first;
    if (layout_.format->posted_order == "dmy") return DateOrder::day_first;
    return dates;
}

char Survey::settle_mark() const {
    if (!options_.decimal_mark.empty()) return options_.decimal_mark.front();
    const std::int64_t point = mark_.count[first_kind];
    const std::int64_t comma = mark_.count[second_kind];
    if (outweighs(point, comma)) return '.';
    if (outweighs(comma, point)) return ',';
    const char *const hint = "Name the mark with decimal_mark => '.' or ','.";
    if (point + comma > 0)
        throw Error(Fault::bad_file, "the file writes decimals with points and with commas",
                    mark_.example[first_kind] + "; " + mark_.example[second_kind] + ".", hint);
    const bool has_points = mark_.count[open] > 0;
    const bool has_commas = mark_.count[open_comma] > 0;
    if (!has_points && !has_commas) return '.';
    // Three digits behind every mark look like thousands. The language may agree; against it we do not guess.
    if (!has_commas && is_one_of(layout_.language, "de fr it nl pt")) return ',';
    if (!has_points && layout_.language == "en" && layout_.separator != ';') return '.';
    throw Error(Fault::bad_file, "the decimal mark of this file is ambiguous",
                "No number of the file can be read in one way only; " +
                    mark_.example[has_points ? open : open_comma] + ".",
                hint);
}

// A report without a day split stamps every line with the first day of the whole.
std::optional<DayRange> Survey::settle_period(const DateStyle &dates) const {
    if (!has_day_column_) {
        if (options_.day != no_day) return DayRange{options_.day, options_.day};
        if (preamble_) return preamble_;
        if (options_.today != no_day) return DayRange{options_.today, options_.today};
        return std::nullopt;
    }
    if (!preamble_ || preamble_->first == preamble_->last || has_end_column_ || !has_date_ || has_other_date_)
        return std::nullopt;
    const DateCell date = parse_date(only_date_, dates);
    const bool is_first = date.refusal == nullptr && date.stamp.seconds / seconds_per_day == preamble_->first;
    return is_first ? preamble_ : std::nullopt;
}

Style Survey::settle() const {
    Style style;
    style.mark = settle_mark();
    style.dates.order = settle_order();
    if (preamble_) style.dates.year = static_cast<int>(civil_from_days(preamble_->first).year);
    style.posted = {settle_posted(style.dates.order), style.dates.year};
    style.period = settle_period(style.dates);
    const std::int64_t undated = options_.day != no_day ? options_.day : options_.today;
    if (layout_.format->lifetime && undated != no_day) style.undated = undated;
    style.currency = settle_currency();
    style.is_dated = has_day_column_ || preamble_.has_value();
    return style;
}

} // namespace roi::core::import
