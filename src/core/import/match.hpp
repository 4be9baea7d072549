// Compares the cells of one record with the columns that a format may have.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/import/recognise.hpp"
#include "core/import/rules.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

// Where each header of a record stands. Of equal headers the first one is found; a format that uses it is refused.
class HeaderIndex {
public:
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    explicit HeaderIndex(const std::vector<std::string_view> &cells);

    // Where a rule's header stands, npos for nowhere. `currency` is set when the rule ends with "(*)".
    struct Place {
        std::size_t column = npos;
        std::string currency;
        bool is_repeated = false; // a second column has the same header
    };
    Place find(const std::string &rule_header) const;
    // A header that is none of these columns; empty for none.
    std::string other_than(const std::vector<ColumnUse> &uses) const;

private:
    void add(std::unordered_map<std::string, Place> &places, std::string key, std::size_t column,
             std::string currency);

    std::unordered_map<std::string, Place> plain_; // all of them
    std::unordered_map<std::string, Place> bracketed_;
};

struct Match {
    const FormatRule *format = nullptr;
    std::vector<ColumnUse> uses;
    std::vector<std::string> missing;    // required columns, synonyms joined with "or"
    std::vector<std::string> currencies; // that headers name, in their order
    std::vector<std::string> repeated;   // headers of used columns that stand twice
    std::string stranger;                // the first column that an exact format does not know

    bool complete() const { return missing.empty() && !uses.empty() && stranger.empty(); }
};

// `is_named`: the caller asks for this format, so that an exact one may have other columns.
Match match_format(const FormatRule &format, const HeaderIndex &index, bool is_named = false);

// The columns a format cannot do without, for messages.
std::vector<std::string> required_columns(const FormatRule &format);

std::string join(const std::vector<std::string> &words, std::string_view glue);

} // namespace roi::core::import
