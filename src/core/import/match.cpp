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

// All rules of one (field, part): synonyms of each other.
struct Group {
    Field field;
    int part;
    bool required = false;
    std::vector<const ColumnRule *> rules;
};

std::vector<Group> group_rules(const FormatRule &format) {
    std::vector<Group> groups;
    for (const ColumnRule &rule : format.columns) {
        const auto same = [&](const Group &group) {
            return group.field == rule.field && group.part == rule.part;
        };
        auto group = std::find_if(groups.begin(), groups.end(), same);
        if (group == groups.end())
            group = groups.insert(groups.end(), Group{rule.field, rule.part, false, {}});
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
                bracketed_.emplace(without_outer_blanks(key.substr(0, key.size() - suffix)),
                                   Bracketed{column, currency});
        }
        if (!key.empty()) plain_.emplace(std::move(key), column);
    }
}

std::size_t HeaderIndex::find(const std::string &rule_header, std::string &currency) const {
    constexpr std::string_view any_currency = "(*)";
    const std::string key = header_key(rule_header);
    const std::size_t stem = key.size() < any_currency.size() ? 0 : key.size() - any_currency.size();
    if (stem > 0 && key.compare(stem, any_currency.size(), any_currency) == 0) {
        const auto found = bracketed_.find(without_outer_blanks(key.substr(0, stem)));
        if (found == bracketed_.end()) return npos;
        currency = found->second.currency;
        return found->second.column;
    }
    const auto found = plain_.find(key);
    return found == plain_.end() ? npos : found->second;
}

Match match_format(const FormatRule &format, const HeaderIndex &index) {
    Match match;
    match.format = &format;
    for (const Group &group : group_rules(format)) {
        std::size_t column = HeaderIndex::npos;
        for (const ColumnRule *rule : group.rules) {
            std::string currency;
            column = index.find(rule->header, currency);
            if (column == HeaderIndex::npos) continue;
            match.uses.push_back({rule, column});
            if (!currency.empty()) match.currencies.push_back(currency);
            break;
        }
        if (column == HeaderIndex::npos && group.required) match.missing.push_back(name_group(group));
    }
    return match;
}

std::vector<std::string> required_columns(const FormatRule &format) {
    return match_format(format, HeaderIndex({})).missing;
}

} // namespace roi::core::import
