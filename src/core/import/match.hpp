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

// Where each header of a record stands; of equal headers the first one counts.
class HeaderIndex {
public:
    explicit HeaderIndex(const std::vector<std::string_view> &cells);

    // Column of a rule's header or npos. `currency` is set when the rule ends with "(*)".
    std::size_t find(const std::string &rule_header, std::string &currency) const;

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

private:
    struct Bracketed {
        std::size_t column;
        std::string currency;
    };
    std::unordered_map<std::string, std::size_t> plain_;
    std::unordered_map<std::string, Bracketed> bracketed_;
};

struct Match {
    const FormatRule *format = nullptr;
    std::vector<ColumnUse> uses;
    std::vector<std::string> missing; // required columns, synonyms joined with "or"
    std::vector<std::string> currencies;

    bool complete() const { return missing.empty() && !uses.empty(); }
};

Match match_format(const FormatRule &format, const HeaderIndex &index);

// The columns a format cannot do without, for messages.
std::vector<std::string> required_columns(const FormatRule &format);

std::string join(const std::vector<std::string> &words, std::string_view glue);

} // namespace roi::core::import
