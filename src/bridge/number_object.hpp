// JSON objects whose keys are fixed and whose values are decimals, as text and in the server's binary form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bridge/arena.hpp"
#include "bridge/error.hpp"

namespace roi::bridge {

// The jsonb that the server makes of a text.
Datum jsonb_of(const std::string &text);

class NumberObject {
public:
    NumberObject() = default;
    // Keys as JSON strings, quoted and escaped; value i is counted in units of 10^-decimals[i] (0 to 6).
    NumberObject(std::vector<std::string> keys, std::vector<int> decimals);

    std::string text(const std::int64_t *values) const;
    // A jsonb, the same that the server makes of text().
    Datum jsonb(const std::int64_t *values, Arena &arena) const;

private:
    struct Field {
        std::size_t source; // place of its value
        int decimals;
    };

    void plan();
    Datum written(const std::int64_t *values, Arena &arena) const;
    bool writes_same(const std::vector<std::int64_t> &values) const;

    std::vector<std::string> keys_;
    std::vector<int> decimals_;
    std::vector<Field> fields_; // in the order of the stored keys
    std::vector<char>
        head_; // header, entries and keys as stored; the entries of the values are filled for each object
    bool is_planned_ = false; // else the server parses the text
};

} // namespace roi::bridge
