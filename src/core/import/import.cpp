// Reads one export file from its first byte to its last fact; the steps themselves live in the files beside.
#include "core/import/import.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/calendar.hpp"
#include "core/error.hpp"
#include "core/import/csv.hpp"
#include "core/import/date.hpp"
#include "core/import/decode.hpp"
#include "core/import/ledger.hpp"
#include "core/import/line.hpp"
#include "core/import/preamble.hpp"
#include "core/import/recognise.hpp"
#include "core/import/settle.hpp"
#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::size_t max_periods = 4096;
constexpr std::size_t max_accounts = 1000;

const Options &check_options(const Options &options) {
    if (!options.currency.empty() && currency_code(options.currency).empty())
        throw Error(Fault::invalid_argument, "\"" + cut(options.currency) + "\" is not a currency code",
                    "A currency is three letters of ISO 4217.", "Use a code like USD, EUR or JPY.");
    if (!options.date_order.empty() && options.date_order != "dmy" && options.date_order != "mdy")
        throw Error(Fault::invalid_argument, "\"" + cut(options.date_order) + "\" is not an order of dates",
                    "It is dmy for 31/12/2026 and mdy for 12/31/2026.",
                    "Leave it out to settle it from the file.");
    if (!options.decimal_mark.empty() && options.decimal_mark != "." && options.decimal_mark != ",")
        throw Error(Fault::invalid_argument, "\"" + cut(options.decimal_mark) + "\" is not a decimal mark",
                    "It is a point or a comma.", "Leave it out to settle it from the file.");
    if (options.day != no_day && (options.day < first_day || options.day >= end_day))
        throw Error(Fault::invalid_argument, "day is out of range", "Facts lie between 1970 and 2099.",
                    "Name a day like 2026-08-01.");
    return options;
}

Defaults choose_defaults(const Layout &layout, const Options &options) {
    Defaults defaults;
    defaults.platform = options.platform.empty() ? layout.format->platform : options.platform;
    defaults.is_header_currency = !layout.currency.empty();
    defaults.currency = options.currency.empty() ? default_currency : currency_code(options.currency);
    if (defaults.is_header_currency) defaults.currency = layout.currency;
    return defaults;
}

// Lifetime figures without a day are those of today. So are figures of a format that knows no days at all.
Options with_today(const Layout &layout, Options options) {
    const auto &columns = layout.format->columns;
    const bool knows_days = std::any_of(columns.begin(), columns.end(),
                                        [](const ColumnRule &rule) { return rule.field == Field::date; });
    if (!layout.format->lifetime && (knows_days || layout.format->date_from_preamble)) options.today = no_day;
    return options;
}

void check_days(const Layout &layout, const Options &options, const std::optional<DayRange> &preamble) {
    if (layout.format->campaigns_only || layout.find(Field::date) != nullptr || preamble ||
        options.day != no_day || options.today != no_day)
        return;
    throw Error(
        Fault::bad_file, "the file names no dates",
        "It has neither a column for the day nor a line like \"July 8, 2025 - July 31, 2025\" above "
        "its header.",
        "Export the report again with a column for the day, or name the day with day => '2026-08-01'.");
}

} // namespace

struct Import::State {
    State(std::string_view content, const std::vector<FormatRule> &formats, const Options &wanted,
          Sink &target)
        : text(content), layout(recognise(text, formats, check_options(wanted).format)),
          options(with_today(layout, wanted)), defaults(choose_defaults(layout, options)), sink(target),
          ledger(sink, layout.format->lifetime, options.spread_periods) {
        skip_header(true);
        check_days(layout, options, preamble);
        survey.emplace(layout, options, preamble);
    }

    void skip_header(bool look);
    bool step_survey();
    bool step_lines();
    void take(const Record &next);
    void note(const Line &line);
    void refuse(const Reject &reject);

    Text text;
    Layout layout;
    Options options;
    Defaults defaults;
    Sink &sink;
    Ledger ledger;
    std::optional<Reader> reader;
    std::optional<DayRange> preamble;
    std::optional<Survey> survey;
    Style style;
    std::optional<LineReader> lines;
    Record record;
    Counts counts;
    Extent extent;
    std::set<DayPair> periods;
    std::set<std::string> accounts;
    std::string first_reject;
    std::vector<std::string> metrics;
    bool finished = false;
};

// Puts the reader behind the header; the first time it keeps the range of days that stands above.
void Import::State::skip_header(bool look) {
    reader.emplace(text, layout.separator);
    Preamble above;
    for (std::size_t number = 0; number < layout.header_record && reader->next(record); ++number)
        above.add(record);
    if (look) preamble = above.range();
    reader->next(record);
}

bool Import::State::step_survey() {
    if (reader->next(record)) {
        survey->look_at(record);
        return true;
    }
    style = survey->settle();
    survey.reset();
    skip_header(false);
    lines.emplace(layout, style, defaults);
    metrics = lines->metrics();
    return true;
}

bool Import::State::step_lines() {
    if (reader->next(record)) {
        take(record);
        return true;
    }
    ledger.drain();
    extent.periods.assign(periods.begin(), periods.end());
    extent.accounts.assign(accounts.begin(), accounts.end());
    finished = true;
    return false;
}

void Import::State::take(const Record &next) {
    Line line;
    Reject reject;
    ++counts.read;
    const Verdict verdict = lines->read(next, line, reject);
    if (verdict == Verdict::skipped) {
        ++counts.skipped;
    } else if (verdict == Verdict::refused) {
        refuse(reject);
    } else if (layout.format->campaigns_only) {
        ledger.add_campaign(line);
        ++counts.imported;
    } else if (ledger.add_fact(line)) {
        note(line);
        ++counts.imported;
    } else {
        refuse({next.line, {}, cut(trim(next.raw)), "sum out of range"});
    }
}

void Import::State::note(const Line &line) {
    const std::int64_t stamp = line.stamp.seconds;
    const bool is_period = line.last_day != no_day;
    const bool is_spread = is_period && options.spread_periods;
    extent.has_facts = true;
    extent.has_times = extent.has_times || line.stamp.has_time;
    extent.days_only = extent.days_only && !line.stamp.is_utc && stamp % seconds_per_day == 0;
    std::int64_t &first = line.stamp.is_utc ? extent.first_utc : extent.first_stamp;
    std::int64_t &last = line.stamp.is_utc ? extent.last_utc : extent.last_stamp;
    first = std::min(first, stamp);
    last = std::max(last, is_spread ? line.last_day * seconds_per_day : stamp);
    if (is_period) ++counts.periods;
    if (is_period && !is_spread) periods.insert({stamp / seconds_per_day, line.last_day});
    if (!line.account.empty()) accounts.insert(line.account);
    if (periods.size() > max_periods || accounts.size() > max_accounts)
        throw Error(Fault::too_large, "the file has too many different periods or accounts",
                    "At most " + std::to_string(max_periods) + " periods and " +
                        std::to_string(max_accounts) + " accounts.",
                    "Split the file and import the parts.");
}

void Import::State::refuse(const Reject &reject) {
    ++counts.rejected;
    if (first_reject.empty()) {
        const std::string column =
            reject.column.empty() ? std::string() : ", column \"" + reject.column + "\"";
        first_reject =
            "The first is line " + std::to_string(reject.line) + column + ": " + reject.reason + ".";
    }
    if (counts.rejected > static_cast<std::int64_t>(options.max_rejects))
        throw Error(Fault::bad_file,
                    "more than " + std::to_string(options.max_rejects) + " lines were refused", first_reject,
                    "Mend the file, or allow more refused lines.");
    sink.reject(reject);
}

Import::Import(std::string_view content, const std::vector<FormatRule> &formats, const Options &options,
               Sink &sink)
    : state_(std::make_unique<State>(content, formats, options, sink)) {}

Import::~Import() = default;

bool Import::step(std::size_t max_lines) {
    const std::size_t lines = std::max<std::size_t>(max_lines, 1);
    for (std::size_t line = 0; line < lines && !state_->finished; ++line)
        state_->survey ? state_->step_survey() : state_->step_lines();
    return !state_->finished;
}

const FormatRule &Import::format() const { return *state_->layout.format; }
const std::string &Import::platform() const { return state_->defaults.platform; }
const char *Import::encoding() const { return encoding_name(state_->text.encoding()); }
const Counts &Import::counts() const { return state_->counts; }
const Extent &Import::extent() const { return state_->extent; }
const std::vector<std::string> &Import::metrics() const { return state_->metrics; }
bool Import::is_dated() const { return state_->style.is_dated; }

} // namespace roi::core::import
