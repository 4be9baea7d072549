// Finds the header line of a file, and with it the format and the separator.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/import/decode.hpp"
#include "core/import/rules.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

constexpr std::size_t max_preamble_records = 20; // the header is looked for among so many records

// A column of the file that serves one (field, part, metric) of the format.
struct ColumnUse {
    const ColumnRule *rule = nullptr;
    std::size_t column = 0;
};

struct Layout {
    const FormatRule *format = nullptr;
    char separator = ',';
    std::size_t header_record = 0;    // index among the records of the file that are not blank
    std::vector<std::string> headers; // trimmed, cut for messages
    std::vector<ColumnUse> uses;      // one for every (field, part, metric) found, in the order of the rules
    std::string currency;             // that a header names in brackets, empty when none does
    std::string language;             // of the headers; empty when they are a connector's or all alike
    bool is_connector = false; // no header of the format belongs to a language: a machine wrote the file

    const ColumnUse *find(Field field) const;
};

// `wanted` is a format name or auto. Throws invalid_argument and bad_file.
Layout recognise(const Text &text, const std::vector<FormatRule> &formats, const std::string &wanted);

} // namespace roi::core::import
