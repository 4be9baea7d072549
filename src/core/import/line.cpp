// Turns one record of a file into checked values, or says why the line is skipped or refused.
#include "core/import/line.hpp"

#include <algorithm>
#include <utility>

#include "core/calendar.hpp"
#include "core/import/decimal.hpp"
#include "core/import/spool.hpp"
#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::size_t max_name_characters = 255;
constexpr std::size_t max_content_type_characters = 50;
constexpr std::size_t max_platform_characters = 50;
constexpr int micro_decimals = 6;
constexpr std::int64_t max_period_days = 3660;

int decimals_of(Measure measure, Unit unit) {
    return (measure < measure_conversions ? 0 : micro_decimals) -
           (unit == Unit::millionth ? micro_decimals : 0);
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

LineReader::LineReader(const Layout &layout, const Style &style, Defaults defaults)
    : layout_(layout), style_(style), defaults_(std::move(defaults)) {
    for (const ColumnUse &use : layout.uses)
        place(use);
}

void LineReader::place(const ColumnUse &use) {
    const auto put = [&](std::size_t &column) { column = column == no_column ? use.column : column; };
    switch (use.rule->field) {
    case Field::date:
        return put(date_);
    case Field::period_end:
        return put(period_end_);
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
    case Field::account:
        return put(account_);
    case Field::platform:
        return put(platform_);
    case Field::posted_at:
        return put(posted_at_);
    case Field::filter:
        return filters_.push_back(use);
    case Field::metric:
        if (metric_names_.size() == max_metrics) return;
        metrics_.push_back({metric_names_.size(), micro_decimals, use.column});
        return metric_names_.push_back(use.rule->metric);
    default:
        break;
    }
    const auto measure = measure_of(use.rule->field);
    if (!measure) return;
    measures_.push_back({*measure, decimals_of(*measure, use.rule->unit), use.column});
    if (*measure == measure_spend || *measure == measure_revenue) money_.push_back(use.column);
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
Verdict LineReader::read(const Record &record, Line &line, Reject &reject) {
    line = Line{};
    line.number = record.line;
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
    if (!read_currency(record, line, reject) || !read_measures(record, line, reject) ||
        !read_metrics(record, line, reject))
        return Verdict::refused;
    return line.reported == 0 && line.metrics_reported == 0 ? Verdict::skipped : Verdict::good;
}

// A totals row says Total where a name or a day stands, or has neither campaign nor day. A line with a day of its
// own is data, even of a campaign that somebody called Total; the dates of a whole report are no such day.
bool LineReader::is_skipped(const Record &record) const {
    const bool says_total = is_total(record.cells.front()) || is_total(cell(record, campaign_name_)) ||
                            is_total(cell(record, date_)) || is_total(cell(record, post_id_));
    if (says_total && !has_own_day(record)) return true;
    if (names_nothing(record) && date_ != no_column && cell(record, date_).empty()) return true;
    return is_filtered_out(record);
}

bool LineReader::has_own_day(const Record &record) const {
    if (date_ == no_column || style_.period ||
        parse_date(cell(record, date_), style_.dates).refusal != nullptr)
        return false;
    const std::string_view end = cell(record, period_end_);
    return is_missing(end) || end == cell(record, date_);
}

bool LineReader::lacks_campaign(const Record &record) const {
    return campaign_name_ != no_column && cell(record, campaign_name_).empty() &&
           cell(record, campaign_id_).empty() && cell(record, post_id_).empty();
}

// In a file that people download; in a connector's table a missing ad is worth a word.
bool LineReader::names_nothing(const Record &record) const {
    if (layout_.is_connector) return lacks_campaign(record);
    const bool has_names = campaign_name_ != no_column || campaign_id_ != no_column || post_id_ != no_column;
    return has_names && cell(record, campaign_name_).empty() && cell(record, campaign_id_).empty() &&
           cell(record, post_id_).empty();
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
        const DateCell start = parse_date(cell(record, start_date_), style_.dates);
        if (start.refusal != nullptr) return refuse(record, start_date_, start.refusal, reject);
        line.start_day = start.stamp.seconds / seconds_per_day;
    }
    if (layout_.format->campaigns_only) return true;
    // a moment of publication is good to know, and no reason to refuse a line
    const DateCell posted = parse_date(cell(record, posted_at_), style_.posted);
    if (posted.refusal == nullptr) line.posted_at = posted.stamp.seconds + posted.stamp.into_hour;
    return read_period(record, line, reject);
}

bool LineReader::read_period(const Record &record, Line &line, Reject &reject) const {
    const std::string_view text = cell(record, date_);
    if (style_.undated && date_ != no_column && (is_missing(text) || same_text(text, "lifetime"))) {
        line.stamp.seconds = *style_.undated * seconds_per_day;
        return true;
    }
    if (style_.period && (date_ == no_column || parse_date(text, style_.dates).refusal == nullptr)) {
        line.stamp.seconds = style_.period->first * seconds_per_day;
        if (style_.period->last > style_.period->first) line.last_day = style_.period->last;
        return true;
    }
    const DateCell date = parse_date(text, style_.dates);
    if (date.refusal != nullptr) return refuse(record, date_, date.refusal, reject);
    line.stamp = date.stamp;
    const std::string_view end = cell(record, period_end_);
    if (is_missing(end) || end == text) return true;
    const DateCell last = parse_date(end, style_.dates);
    if (last.refusal != nullptr) return refuse(record, period_end_, last.refusal, reject);
    const std::int64_t first = line.stamp.seconds / seconds_per_day;
    const std::int64_t last_of_line = last.stamp.seconds / seconds_per_day;
    if (last_of_line < first) return refuse(record, period_end_, "the period ends before it begins", reject);
    if (last_of_line - first > max_period_days)
        return refuse(record, period_end_, "the period is longer than ten years", reject);
    if (last_of_line > first) {
        line.stamp.seconds = first * seconds_per_day;
        line.stamp.is_utc = false; // civil days, whatever offset the first one's moment names
        line.last_day = last_of_line;
    }
    return true;
}

bool LineReader::read_text(const Record &record, std::size_t column, std::size_t limit, std::string &text,
                           Reject &reject) const {
    const std::string_view value = cell(record, column);
    if (is_missing(value)) return true;
    if (count_characters(value) > limit)
        return refuse(record, column, "longer than " + std::to_string(limit) + " characters", reject);
    text = value;
    return true;
}

// Two ids whose ends a spreadsheet has cut would become one.
bool LineReader::read_id(const Record &record, std::size_t column, std::string &text, Reject &reject) const {
    if (!read_text(record, column, max_name_characters, text, reject)) return false;
    if (text.find('+') == std::string::npos) return true;
    std::string whole = whole_id(text);
    if (whole.empty())
        return refuse(record, column, "a spreadsheet has cut the digits of this id; export it as text",
                      reject);
    text = std::move(whole);
    return true;
}

bool LineReader::read_texts(const Record &record, Line &line, Reject &reject) {
    const auto name = [&](std::size_t column, std::string &text) {
        return read_text(record, column, max_name_characters, text, reject);
    };
    if (!read_id(record, campaign_id_, line.campaign_id, reject) ||
        !name(campaign_name_, line.campaign_name) || !read_id(record, post_id_, line.post_id, reject) ||
        !name(status_, line.status) || !name(modified_, line.modified) ||
        !read_id(record, account_, line.account, reject))
        return false;
    if (!read_text(record, content_type_, max_content_type_characters, line.content_type, reject) ||
        !read_text(record, platform_, max_platform_characters, line.platform, reject))
        return false;
    if (line.content_type.empty()) line.content_type = layout_.format->content_type;
    if (line.platform.empty()) line.platform = defaults_.platform;
    if (layout_.format->number_posts && line.post_id.empty())
        line.post_id = "row " + std::to_string(++posts_);
    if (layout_.format->lifetime && line.post_id.empty()) return refuse(record, post_id_, "no post", reject);
    if (layout_.format->campaigns_only && line.campaign_id.empty() && line.campaign_name.empty())
        return refuse(record, campaign_id_ == no_column ? campaign_name_ : campaign_id_, "no campaign",
                      reject);
    return true;
}

bool LineReader::read_currency(const Record &record, Line &line, Reject &reject) const {
    line.currency = style_.currency.empty() ? defaults_.currency : style_.currency;
    const std::string_view value = cell(record, currency_);
    if (is_missing(value)) return currency_ != no_column || read_sign(record, line, reject);
    line.currency = currency_code(value);
    return !line.currency.empty() ||
           refuse(record, currency_, "not a currency code of three letters", reject);
}

// Where no column names the currency, a sign like US$ or a code beside the amount may.
bool LineReader::read_sign(const Record &record, Line &line, Reject &reject) const {
    std::string seen;
    for (const std::size_t column : money_) {
        const std::string_view text = trim(record.cells[column]);
        if (text.empty() || (is_digit(text.front()) && is_digit(text.back()))) continue;
        const std::string currency = cell_currency(text);
        if (currency.empty()) continue;
        if (currency != (defaults_.is_header_currency ? line.currency : seen.empty() ? currency : seen))
            return refuse(record, column, "another currency than the rest of the line", reject);
        seen = currency;
    }
    if (!seen.empty()) line.currency = seen;
    return true;
}

bool LineReader::read_measures(const Record &record, Line &line, Reject &reject) const {
    for (const NumberColumn &source : measures_) {
        const Decimal number = parse_decimal(record.cells[source.column], source.decimals, style_.mark);
        if (number.refusal != nullptr) return refuse(record, source.column, number.refusal, reject);
        if (!number.present) continue;
        if (!add_within_limits(source.target, line.value[source.target], number.value))
            return refuse(record, source.column, "out of range", reject);
        line.reported |= 1U << source.target;
    }
    // ads are paid delivery: what they show and earn counts as paid as well
    if (!layout_.format->is_paid) return true;
    copy_measure(line, measure_views, measure_paid_views);
    copy_measure(line, measure_clicks, measure_paid_clicks);
    return true;
}

// The platform's own metrics are kept to six decimals.
bool LineReader::read_metrics(const Record &record, Line &line, Reject &reject) const {
    line.metrics.resize(metrics_.size());
    for (const NumberColumn &source : metrics_) {
        const Decimal number =
            parse_decimal(record.cells[source.column], source.decimals, style_.mark, Excess::round);
        if (number.refusal != nullptr) return refuse(record, source.column, number.refusal, reject);
        if (!number.present) continue;
        line.metrics[source.target] = number.value;
        line.metrics_reported |= 1U << source.target;
    }
    return true;
}

} // namespace roi::core::import
