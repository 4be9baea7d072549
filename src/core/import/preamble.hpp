// The lines above the header: which days they say that the report covers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/import/csv.hpp"
#include "core/import/date.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

class Preamble {
public:
    void add(const Record &record);

    // Ranges go first: a report may also name the day on which it was made.
    std::optional<DayRange> range() const;

private:
    void keep(std::string_view text);
    std::optional<std::int64_t> labelled_day(std::string_view labels) const;

    std::vector<std::string> texts_;
};

} // namespace roi::core::import
