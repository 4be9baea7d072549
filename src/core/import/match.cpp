// Compares the cells of one record with the columns that a format may have.
#include "core/import/match.hpp"

#include <algorithm>

#include "core/import/text.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::size_t max_header_bytes =
    1000; // no rule is as long; spares the work on text that is no header

std::string without_outer_blanks(std::string_view text) { return std::string(trim(text)); }

// All rules of one (field, part, metric): synonyms of each other.
struct Group {
    Field field;
    int part;
    std::string_view metric;
    bool required = false;
    std::vector<const ColumnRule *> rules;
};

std::vector<Group> group_rules(const FormatRule &format) {
    std::vector<Group> groups;
    for (const ColumnRule &rule : format.columns) {
        const auto same = [&](const Group &group) {
            return group.field == rule.field && group.part == rule.part && group.metric == rule.metric;
        };
        auto group = std::find_if(groups.begin(), groups.end(), same);
        if (group == groups.end())
            group = groups.insert(groups.end(), Group{rule.field, rule.part, rule.metric, false, {}});
        group->required = group->required || rule.required;
        group->rules.push_back(&rule);
    }
    return groups;
}

std::string name_group(const Group &group) {
    std::vector<std::string> headers;
    for (const ColumnRule *rule : group.rules)
        headers.push_back("\"" + rule->header + "\"");
    return join(headers, " or ");
}

} // namespace

std::string join(const std::vector<std::string> &words, std::string_view glue) {
    std::string text;
    for (const std::string &word : words) {
        if (!text.empty()) text += glue;
        text += word;
    }
    return text;
}

HeaderIndex::HeaderIndex(const std::vector<std::string_view> &cells) {
    constexpr std::size_t suffix = 5; // "(eur)"
    for (std::size_t column = 0; column < cells.size(); ++column) {
        if (cells[column].size() > max_header_bytes) continue;
        std::string key = header_key(cells[column]);
        if (key.size() > suffix && key.back() == ')' && key[key.size() - suffix] == '(') {
            const std::string currency =
                currency_code(std::string_view(key).substr(key.size() - suffix + 1, 3));
            if (!currency.empty())
                add(bracketed_, without_outer_blanks(key.substr(0, key.size() - suffix)), column, currency);
        }
        if (!key.empty()) add(plain_, std::move(key), column, {});
    }
}

void HeaderIndex::add(std::unordered_map<std::string, Place> &places, std::string key, std::size_t column,
                      std::string currency) {
    const auto [place, is_new] = places.emplace(std::move(key), Place{column, std::move(currency), false});
    if (!is_new) place->second.is_repeated = true;
}

HeaderIndex::Place HeaderIndex::find(const std::string &rule_header) const {
    constexpr std::string_view any_currency = "(*)";
    const std::string key = header_key(rule_header);
    const std::size_t stem = key.size() < any_currency.size() ? 0 : key.size() - any_currency.size();
    const bool is_bracketed = stem > 0 && key.compare(stem, any_currency.size(), any_currency) == 0;
    const auto &places = is_bracketed ? bracketed_ : plain_;
    const auto found = places.find(is_bracketed ? without_outer_blanks(key.substr(0, stem)) : key);
    return found == places.end() ? Place() : found->second;
}

std::string HeaderIndex::other_than(const std::vector<ColumnUse> &uses) const {
    std::size_t first = npos;
    std::string header;
    for (const auto &[key, place] : plain_) {
        const auto is_it = [column = place.column](const ColumnUse &use) { return use.column == column; };
        if (place.column > first || std::any_of(uses.begin(), uses.end(), is_it)) continue;
        first = place.column;
        header = key;
    }
    return header;
}

Match match_format(const FormatRule &format, const HeaderIndex &index, bool is_named) {
    Match match;
    match.format = &format;
    for (const Group &group : group_rules(format)) {
        HeaderIndex::Place place;
        for (const ColumnRule *rule : group.rules) {
            place = index.find(rule->header);
            if (place.column == HeaderIndex::npos) continue;
            match.uses.push_back({rule, place.column});
            if (!place.currency.empty()) match.currencies.push_back(place.currency);
            if (place.is_repeated) match.repeated.push_back(rule->header);
            break;
        }
        if (place.column == HeaderIndex::npos && group.required) match.missing.push_back(name_group(group));
    }
    if (format.is_exact && !is_named) match.stranger = index.other_than(match.uses);
    return match;
}

std::vector<std::string> required_columns(const FormatRule &format) {
    return match_format(format, HeaderIndex({})).missing;
}

} // namespace roi::core::import
