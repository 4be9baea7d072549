// Texts as small numbers: a delta meets the same few platforms, users and posts a million times.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/seal.hpp"

namespace roi::core::rollup {

class Names {
public:
    // The number of a text; equal texts have equal numbers, counted from 0. The text is copied.
    std::uint32_t number(std::string_view text) {
        if (!texts_.empty() && texts_[last_] == text) return last_;
        const auto known = numbers_.find(text);
        last_ = known != numbers_.end() ? known->second : keep(text);
        return last_;
    }
    // The same for a text that may have none.
    std::optional<std::uint32_t> find(std::string_view text) const {
        const auto known = numbers_.find(text);
        return known == numbers_.end() ? std::nullopt : std::optional(known->second);
    }
    std::string_view text(std::uint32_t number) const { return texts_[number]; }
    std::size_t size() const { return texts_.size(); }
    std::size_t bytes() const { return bytes_; }

private:
    std::uint32_t keep(std::string_view text) {
        texts_.emplace_back(text);
        bytes_ += text.size() + 96; // with string, map node and bucket
        const auto number = static_cast<std::uint32_t>(texts_.size() - 1);
        numbers_.emplace(texts_.back(), number);
        return number;
    }

    std::deque<std::string> texts_; // a deque: the map's keys view its strings
    std::unordered_map<std::string_view, std::uint32_t> numbers_;
    std::size_t bytes_ = 0;
    std::uint32_t last_ = 0;
};

} // namespace roi::core::rollup
