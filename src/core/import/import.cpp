// Reads one export file from its first byte to sorted facts; the steps themselves live in the files beside.
#include "core/import/import.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "core/import/csv.hpp"
#include "core/import/date.hpp"
#include "core/import/ledger.hpp"
#include "core/import/line.hpp"
#include "core/import/recognise.hpp"
#include "core/import/text.hpp"
#include "core/import/utf8.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

const Options &check_options(const Options &options) {
    if (!options.currency.empty() && currency_code(options.currency).empty())
        throw Error(Fault::invalid_argument, "\"" + cut(options.currency) + "\" is not a currency code",
                    "A currency is three letters of ISO 4217.", "Use a code like USD, EUR or JPY.");
    return options;
}

std::string choose_currency(const Layout &layout, const Options &options) {
    if (!layout.currency.empty()) return layout.currency;
    return options.currency.empty() ? default_currency : currency_code(options.currency);
}

// The texts above the header that may be dates: every cell, and the whole line for a date cut by its own
// comma.
class Preamble {
public:
    void add(const Record &record) {
        for (const std::string_view cell : record.cells)
            keep(cell);
        keep(record.raw);
    }

    template <typename Parse>
    std::optional<std::int64_t> find_day(Parse parse) const {
        for (const std::string &text : texts_)
            if (const auto day = parse(text)) return day;
        return std::nullopt;
    }

private:
    void keep(std::string_view text) {
        constexpr std::size_t longest_range = 100;
        const std::string_view trimmed = trim(text);
        if (trimmed.size() <= longest_range) texts_.emplace_back(trimmed);
    }

    std::vector<std::string> texts_;
};

// Ranges go first: a report may also name the day on which it was made.
std::optional<std::int64_t> preamble_day(const Layout &layout, const Preamble &preamble) {
    if (layout.format->campaigns_only || layout.find(Field::date) != nullptr) return std::nullopt;
    if (!layout.format->date_from_preamble)
        throw Error(Fault::bad_file, "the file has no date column",
                    "Format " + layout.format->name + " takes the day of a line from a column.",
                    "Export the report again with a column for the day.");
    if (const auto day = preamble.find_day(first_day_of_range)) return day;
    if (const auto day = preamble.find_day(single_day)) return day;
    throw Error(Fault::bad_file, "the file names no dates",
                "It has neither a column for the day nor a line like \"July 8, 2025 - July 31, 2025\" above "
                "its header.",
                "Export the report again with a column for the day, or keep the lines above the header.");
}

// Moves the reader past the header and gives back the day that the lines above it name.
std::optional<std::int64_t> skip_to_data(Reader &reader, const Layout &layout) {
    Preamble preamble;
    Record record;
    for (std::size_t number = 0; number < layout.header_record && reader.next(record); ++number)
        preamble.add(record);
    const auto day = preamble_day(layout, preamble);
    reader.next(record);
    return day;
}

} // namespace

struct Import::State {
    State(std::string_view content, const std::vector<FormatRule> &formats, const Options &wanted)
        : options(check_options(wanted)), text(decode(content)),
          layout(recognise(text, formats, options.format)),
          platform(options.platform.empty() ? layout.format->platform : options.platform),
          reader(text, layout.separator), day(skip_to_data(reader, layout)), lines(layout, day),
          ledger(layout.format->content_type, choose_currency(layout, options)), is_period(day.has_value()) {}

    void take(const Record &next);
    void refuse(Reject reject);

    Options options;
    std::string_view text;
    Layout layout;
    std::string platform;
    Reader reader;
    std::optional<std::int64_t> day; // that the preamble names
    LineReader lines;
    Ledger ledger;
    Record record;
    Counts counts;
    std::vector<Reject> rejects;
    bool is_period;
    bool finished = false;
};

void Import::State::take(const Record &next) {
    Line line;
    Reject reject;
    ++counts.read;
    const Verdict verdict = lines.read(next, line, reject);
    if (verdict == Verdict::skipped) {
        ++counts.skipped;
    } else if (verdict == Verdict::refused) {
        refuse(std::move(reject));
    } else if (layout.format->campaigns_only) {
        ledger.add_campaign(line);
        ++counts.imported;
    } else if (ledger.add_fact(line)) {
        is_period = is_period || line.is_period;
        ++counts.imported;
    } else {
        refuse({next.line, {}, cut(trim(next.raw)), "sum out of range"});
    }
}

void Import::State::refuse(Reject reject) {
    ++counts.rejected;
    if (rejects.size() < options.max_rejects) {
        rejects.push_back(std::move(reject));
        return;
    }
    const Reject &first = rejects.empty() ? reject : rejects.front();
    const std::string column = first.column.empty() ? std::string() : ", column \"" + first.column + "\"";
    throw Error(Fault::bad_file, "more than " + std::to_string(options.max_rejects) + " lines were refused",
                "The first is line " + std::to_string(first.line) + column + ": " + first.reason + ".",
                "Mend the file, or allow more refused lines.");
}

Import::Import(std::string_view content, const std::vector<FormatRule> &formats, const Options &options)
    : state_(std::make_unique<State>(content, formats, options)) {}

Import::~Import() = default;

bool Import::step(std::size_t max_lines) {
    const std::size_t lines = std::max<std::size_t>(max_lines, 1);
    for (std::size_t line = 0; line < lines && !state_->finished; ++line) {
        if (state_->reader.next(state_->record)) {
            state_->take(state_->record);
        } else {
            state_->ledger.sort();
            state_->finished = true;
        }
    }
    return !state_->finished;
}

const FormatRule &Import::format() const { return *state_->layout.format; }
const std::string &Import::platform() const { return state_->platform; }
const Counts &Import::counts() const { return state_->counts; }
const std::vector<Fact> &Import::facts() const { return state_->ledger.facts(); }
const std::vector<Campaign> &Import::campaigns() const { return state_->ledger.campaigns(); }
const std::vector<std::string> &Import::posts() const { return state_->ledger.posts(); }
const std::vector<std::string> &Import::content_types() const { return state_->ledger.content_types(); }
const std::vector<std::string> &Import::currencies() const { return state_->ledger.currencies(); }
const std::vector<Reject> &Import::rejects() const { return state_->rejects; }
bool Import::is_period() const { return state_->is_period; }

} // namespace roi::core::import
