// Turns one record of a file into checked values, or says why the line is skipped or refused.
#include "core/import/line.hpp"

#include <algorithm>

#include "core/calendar.hpp"
#include "core/import/decimal.hpp"
#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::size_t max_name_characters = 255;
constexpr std::size_t max_content_type_characters = 50;
constexpr std::int64_t money_limit = 1000000000000 * micros_per_unit; // NUMERIC(18,6)
constexpr int micro_decimals = 6;

constexpr bool is_count(std::size_t measure) { return measure < measure_conversions; }

constexpr bool fits(std::size_t measure, std::int64_t value) {
    return is_count(measure) || (value > -money_limit && value < money_limit);
}

std::optional<Measure> measure_of(Field field) {
    switch (field) {
    case Field::impressions:
        return measure_views;
    case Field::clicks:
        return measure_clicks;
    case Field::conversions:
        return measure_conversions;
    case Field::spend:
        return measure_spend;
    case Field::revenue:
        return measure_revenue;
    case Field::likes:
        return measure_likes;
    case Field::comments:
        return measure_comments;
    case Field::shares:
        return measure_shares;
    case Field::saves:
        return measure_saves;
    default:
        return std::nullopt;
    }
}

int decimals_of(Measure measure, Unit unit) {
    return (is_count(measure) ? 0 : micro_decimals) - (unit == Unit::millionth ? micro_decimals : 0);
}

void copy_measure(Line &line, Measure from, Measure to) {
    if ((line.reported >> from & 1U) == 0) return;
    line.value[to] = line.value[from];
    line.reported |= 1U << to;
}

bool is_empty(const Record &record) {
    return std::all_of(record.cells.begin(), record.cells.end(),
                       [](std::string_view cell) { return trim(cell).empty(); });
}

} // namespace

bool add_within_limits(std::size_t measure, std::int64_t &sum, std::int64_t value) {
    std::int64_t total = 0;
    if (__builtin_add_overflow(sum, value, &total) || !fits(measure, total)) return false;
    sum = total;
    return true;
}

LineReader::LineReader(const Layout &layout, std::optional<std::int64_t> preamble_day)
    : layout_(layout), preamble_day_(preamble_day) {
    for (const ColumnUse &use : layout.uses)
        place(use);
    find_period_end();
}

void LineReader::place(const ColumnUse &use) {
    const auto put = [&](std::size_t &column) { column = column == no_column ? use.column : column; };
    switch (use.rule->field) {
    case Field::date:
        return put(date_);
    case Field::campaign_id:
        return put(campaign_id_);
    case Field::campaign_name:
        return put(campaign_name_);
    case Field::post_id:
        return put(post_id_);
    case Field::content_type:
        return put(content_type_);
    case Field::currency:
        return put(currency_);
    case Field::status:
        return put(status_);
    case Field::start_date:
        return put(start_date_);
    case Field::modified:
        return put(modified_);
    case Field::filter:
        return filters_.push_back(use);
    default:
        break;
    }
    if (const auto measure = measure_of(use.rule->field))
        measures_.push_back({*measure, decimals_of(*measure, use.rule->unit), use.column});
}

// Reports without a day breakdown give every line the first and the last day of the whole report.
void LineReader::find_period_end() {
    if (date_ == no_column) return;
    const std::string start = header_key(layout_.headers[date_]);
    if (start != "reporting starts" && start != "start date") return;
    for (std::size_t column = 0; column < layout_.headers.size() && period_end_ == no_column; ++column) {
        const std::string end = header_key(layout_.headers[column]);
        if (end == "reporting ends" || (start == "start date" && end == "end date")) period_end_ = column;
    }
}

std::string_view LineReader::cell(const Record &record, std::size_t column) const {
    return column == no_column ? std::string_view() : trim(record.cells[column]);
}

bool LineReader::refuse(const Record &record, std::size_t column, const std::string &reason,
                        Reject &reject) const {
    const bool whole = column == no_column;
    reject.line = record.line;
    reject.column = whole ? std::string() : layout_.headers[column];
    reject.value = cut(whole ? trim(record.raw) : cell(record, column));
    reject.reason = reason;
    return false;
}

// Some exports write total lines with fewer cells than the header.
Verdict LineReader::read(const Record &record, Line &line, Reject &reject) const {
    line = Line{};
    if (record.fault != nullptr) {
        refuse(record, no_column, record.fault, reject);
        return Verdict::refused;
    }
    if (is_empty(record)) return Verdict::skipped;
    if (record.columns != layout_.headers.size()) {
        if (is_total(record.cells.front())) return Verdict::skipped;
        refuse(record, no_column,
               "expected " + std::to_string(layout_.headers.size()) + " columns, found " +
                   std::to_string(record.columns),
               reject);
        return Verdict::refused;
    }
    if (is_skipped(record)) return Verdict::skipped;
    if (!read_dates(record, line, reject) || !read_texts(record, line, reject)) return Verdict::refused;
    if (layout_.format->campaigns_only) return Verdict::good;
    // Meta writes the dates of the report on its totals row too; importing it would count everything twice.
    if (lacks_campaign(record)) {
        refuse(record, campaign_name_, "no campaign on this line, perhaps a totals row", reject);
        return Verdict::refused;
    }
    if (!read_currency(record, line, reject) || !read_measures(record, line, reject)) return Verdict::refused;
    return line.reported == 0 ? Verdict::skipped : Verdict::good;
}

// A totals row says Total where a name or a day stands, or has neither campaign nor day. A line with a day of its
// own is data, even of a campaign that somebody called Total; the dates of a whole report are no such day.
bool LineReader::is_skipped(const Record &record) const {
    const bool has_day =
        date_ != no_column && parse_date(cell(record, date_)).refusal == nullptr && !is_period(record);
    const bool says_total = is_total(record.cells.front()) || is_total(cell(record, campaign_name_)) ||
                            is_total(cell(record, date_));
    if (says_total && !has_day) return true;
    if (lacks_campaign(record) && date_ != no_column && cell(record, date_).empty()) return true;
    return is_filtered_out(record);
}

bool LineReader::is_period(const Record &record) const {
    const std::string_view end = cell(record, period_end_);
    return !is_missing(end) && end != cell(record, date_);
}

bool LineReader::lacks_campaign(const Record &record) const {
    return campaign_name_ != no_column && cell(record, campaign_name_).empty() &&
           cell(record, campaign_id_).empty() && cell(record, post_id_).empty();
}

bool LineReader::is_filtered_out(const Record &record) const {
    return std::any_of(filters_.begin(), filters_.end(), [&](const ColumnUse &filter) {
        const std::string_view value = cell(record, filter.column);
        const std::vector<std::string> &accepted = filter.rule->accept;
        return std::none_of(accepted.begin(), accepted.end(),
                            [&](const std::string &pattern) { return matches_pattern(value, pattern); });
    });
}

bool LineReader::read_dates(const Record &record, Line &line, Reject &reject) const {
    if (!is_missing(cell(record, start_date_))) {
        const DateCell start = parse_date(cell(record, start_date_));
        if (start.refusal != nullptr) return refuse(record, start_date_, start.refusal, reject);
        line.start_day = start.stamp.seconds / seconds_per_day;
    }
    if (layout_.format->campaigns_only) return true;
    if (preamble_day_) {
        line.stamp.seconds = *preamble_day_ * seconds_per_day;
        line.is_period = true;
        return true;
    }
    const DateCell date = parse_date(cell(record, date_));
    if (date.refusal != nullptr) return refuse(record, date_, date.refusal, reject);
    line.stamp = date.stamp;
    line.is_period = is_period(record);
    return true;
}

bool LineReader::read_text(const Record &record, std::size_t column, std::size_t limit,
                           std::string_view &text, Reject &reject) const {
    const std::string_view value = cell(record, column);
    if (is_missing(value)) return true;
    if (count_characters(value) > limit)
        return refuse(record, column, "longer than " + std::to_string(limit) + " characters", reject);
    text = value;
    return true;
}

bool LineReader::read_texts(const Record &record, Line &line, Reject &reject) const {
    const auto name = [&](std::size_t column, std::string_view &text) {
        return read_text(record, column, max_name_characters, text, reject);
    };
    if (!name(campaign_id_, line.campaign_id) || !name(campaign_name_, line.campaign_name) ||
        !name(post_id_, line.post_id) || !name(status_, line.status) || !name(modified_, line.modified))
        return false;
    if (!read_text(record, content_type_, max_content_type_characters, line.content_type, reject))
        return false;
    if (layout_.format->campaigns_only && line.campaign_id.empty() && line.campaign_name.empty())
        return refuse(record, campaign_id_ == no_column ? campaign_name_ : campaign_id_, "no campaign",
                      reject);
    return true;
}

bool LineReader::read_currency(const Record &record, Line &line, Reject &reject) const {
    const std::string_view value = cell(record, currency_);
    if (is_missing(value)) return true;
    line.currency = currency_code(value);
    return !line.currency.empty() ||
           refuse(record, currency_, "not a currency code of three letters", reject);
}

// Ads are paid delivery: what they show and earn counts as paid as well.
bool LineReader::read_measures(const Record &record, Line &line, Reject &reject) const {
    for (const MeasureColumn &source : measures_) {
        const Decimal number = parse_decimal(record.cells[source.column], source.decimals);
        if (number.refusal != nullptr) return refuse(record, source.column, number.refusal, reject);
        if (!number.present) continue;
        if (!add_within_limits(source.measure, line.value[source.measure], number.value))
            return refuse(record, source.column, "out of range", reject);
        line.reported |= 1U << source.measure;
    }
    copy_measure(line, measure_views, measure_paid_views);
    copy_measure(line, measure_clicks, measure_paid_clicks);
    return true;
}

} // namespace roi::core::import
