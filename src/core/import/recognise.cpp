// Finds the header line of a file, and with it the format and the separator.
#include "core/import/recognise.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/error.hpp"
#include "core/import/csv.hpp"
#include "core/import/match.hpp"
#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::size_t max_listed_bytes = 600; // of a list of columns in a message
constexpr std::size_t max_near_misses = 3;

// A record taken for the header line of one format.
struct Candidate {
    Match match;
    char separator = ',';
    std::size_t record = 0;
    std::int64_t line = 0;
    std::vector<std::string> headers;
};

std::vector<std::string> show_headers(const std::vector<std::string_view> &cells) {
    std::vector<std::string> headers;
    headers.reserve(cells.size());
    for (const std::string_view cell : cells)
        headers.push_back(cut(trim(cell)));
    return headers;
}

// Keeps the best candidate of every format and the record that looks most like a header.
class Search {
public:
    Search(std::vector<const FormatRule *> formats, bool is_named)
        : formats_(std::move(formats)), is_named_(is_named) {}

    void look_at(const Record &record, std::size_t number, char separator) {
        const HeaderIndex index(record.cells);
        for (const FormatRule *format : formats_) {
            Match match = match_format(*format, index, is_named_);
            if (!match.uses.empty()) keep({std::move(match), separator, number, record.line, {}}, record);
        }
        if (record.cells.size() > likely_.headers.size())
            likely_ = {{}, separator, number, record.line, show_headers(record.cells)};
    }

    Candidate best() const;
    [[noreturn]] void give_up() const;

private:
    void keep(Candidate candidate, const Record &record);

    std::vector<const FormatRule *> formats_;
    bool is_named_;
    std::vector<Candidate> best_; // one for each format of which a column was found
    Candidate likely_;            // the record with the most cells
};

bool is_better(const Match &a, const Match &b) {
    if (a.complete() != b.complete()) return a.complete();
    return a.uses.size() > b.uses.size();
}

void Search::keep(Candidate candidate, const Record &record) {
    const auto same = [&](const Candidate &other) { return other.match.format == candidate.match.format; };
    const auto known = std::find_if(best_.begin(), best_.end(), same);
    if (known != best_.end() && !is_better(candidate.match, known->match)) return;
    candidate.headers = show_headers(record.cells);
    if (known != best_.end())
        *known = std::move(candidate);
    else
        best_.push_back(std::move(candidate));
}

Candidate Search::best() const {
    const Candidate *best = nullptr;
    std::vector<std::string> rivals;
    for (const Candidate &candidate : best_) {
        if (!candidate.match.complete()) continue;
        const std::size_t score = candidate.match.uses.size();
        const std::size_t best_score = best == nullptr ? 0 : best->match.uses.size();
        if (score > best_score) {
            best = &candidate;
            rivals.clear();
        }
        if (score >= best_score) rivals.push_back(candidate.match.format->name);
    }
    if (best == nullptr) give_up();
    if (rivals.size() > 1)
        throw Error(Fault::bad_file, "the format of this file is ambiguous",
                    "Line " + std::to_string(best->line) + " fits " + join(rivals, ", ") + " equally well.",
                    "Name the format, for example format => '" + rivals.front() + "'.");
    return *best;
}

void Search::give_up() const {
    std::vector<Candidate> near = best_;
    std::stable_sort(near.begin(), near.end(), [](const Candidate &a, const Candidate &b) {
        if (a.match.missing.size() != b.match.missing.size())
            return a.match.missing.size() < b.match.missing.size();
        return a.match.uses.size() > b.match.uses.size();
    });
    near.resize(std::min(near.size(), max_near_misses));
    // A single hit is often a word in a data line.
    const bool is_header = !near.empty() && near.front().match.uses.size() > 1;
    const Candidate &shown = is_header ? near.front() : likely_;
    std::string detail = "No record of the first " + std::to_string(max_preamble_records) + " could be read.";
    if (!shown.headers.empty())
        detail = "Columns of line " + std::to_string(shown.line) + ": " +
                 cut(join(shown.headers, ", "), max_listed_bytes) + ".";
    for (const Candidate &candidate : near)
        detail += " Format " + candidate.match.format->name +
                  (candidate.match.missing.empty()
                       ? " has no column \"" + cut(candidate.match.stranger) + "\"."
                       : " misses " + cut(join(candidate.match.missing, ", "), max_listed_bytes) + ".");
    const FormatRule &closest = near.empty() ? *formats_.front() : *near.front().match.format;
    const std::string looked_for = cut(join(required_columns(closest), ", "), max_listed_bytes);
    if (formats_.size() == 1)
        throw Error(Fault::bad_file, "this file is not of format \"" + closest.name + "\"", detail,
                    "The format needs the columns " + looked_for +
                        ". Leave the format argument out to try all formats.");
    throw Error(Fault::bad_file, "no known export format matches this file", detail,
                "Export the columns that a format needs (" + closest.name + ": " + looked_for +
                    "), or name another format with format => '...'.");
}

std::vector<const FormatRule *> choose_formats(const std::vector<FormatRule> &formats,
                                               const std::string &wanted) {
    std::vector<const FormatRule *> chosen;
    std::vector<std::string> names;
    for (const FormatRule &format : formats) {
        names.push_back(format.name);
        if (wanted == "auto" || wanted == format.name) chosen.push_back(&format);
    }
    if (!chosen.empty()) return chosen;
    const std::string known =
        names.empty() ? "No format is known." : "Known formats: " + join(names, ", ") + ".";
    throw Error(Fault::invalid_argument, "unknown import format \"" + cut(wanted) + "\"", known,
                "Use one of the known formats, or auto.");
}

std::string header_currency(const Match &match) {
    for (const std::string &currency : match.currencies)
        if (currency != match.currencies.front())
            throw Error(Fault::bad_file, "the file has amounts in two currencies",
                        "Its headers name " + match.currencies.front() + " and " + currency + ".",
                        "Export the report in one currency.");
    return match.currencies.empty() ? std::string() : match.currencies.front();
}

// Many headers are English everywhere: one of another language decides.
std::string header_language(const std::vector<ColumnUse> &uses) {
    std::string language;
    for (const ColumnUse &use : uses)
        if (!use.rule->language.empty() && (language.empty() || language == "en"))
            language = use.rule->language;
    return language;
}

// Which of two equal headers holds the figures, nobody can say; "Amount spent" in two currencies is such a pair.
void refuse_repeated(const Match &match) {
    if (match.repeated.empty()) return;
    throw Error(Fault::bad_file, "a column stands in this file more than once",
                "Repeated: " + cut(join(match.repeated, ", "), max_listed_bytes) + ".",
                "Export the report with each column once, and in one currency.");
}

} // namespace

const ColumnUse *Layout::find(Field field) const {
    for (const ColumnUse &use : uses)
        if (use.rule->field == field) return &use;
    return nullptr;
}

Layout recognise(const Text &text, const std::vector<FormatRule> &formats, const std::string &wanted) {
    Search search(choose_formats(formats, wanted), wanted != "auto");
    for (const char separator : {',', ';', '\t'}) {
        Reader reader(text, separator);
        Record record;
        for (std::size_t number = 0; number < max_preamble_records && reader.next(record); ++number)
            if (record.fault == nullptr && record.columns <= max_columns)
                search.look_at(record, number, separator);
    }
    Candidate best = search.best();
    refuse_repeated(best.match);
    Layout layout;
    layout.format = best.match.format;
    layout.separator = best.separator;
    layout.header_record = best.record;
    layout.headers = std::move(best.headers);
    layout.currency = header_currency(best.match);
    layout.uses = std::move(best.match.uses);
    layout.language = header_language(layout.uses);
    layout.is_connector = std::all_of(layout.format->columns.begin(), layout.format->columns.end(),
                                      [](const ColumnRule &rule) { return rule.language.empty(); });
    return layout;
}

} // namespace roi::core::import
