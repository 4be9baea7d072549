// Adds up the lines of a file: one fact per key, and the dictionaries that the facts point into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <boost/functional/hash.hpp>

#include "core/import/import.hpp"
#include "core/import/line.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

// Numbers texts in the order in which they first come.
class Dictionary {
public:
    std::uint32_t add(std::string_view text);
    const std::vector<std::string> &texts() const noexcept { return texts_; }

private:
    std::vector<std::string> texts_;
    std::unordered_map<std::string, std::uint32_t> numbers_;
};

class Ledger {
public:
    // What lines without a column of their own get.
    Ledger(std::string content_type, std::string currency);

    // False when a sum would pass its range; the fact then stays as it was. Throws too_large.
    bool add_fact(const Line &line);
    void add_campaign(const Line &line);
    void sort();

    const std::vector<Fact> &facts() const noexcept { return facts_; }
    const std::vector<Campaign> &campaigns() const noexcept { return campaigns_; }
    const std::vector<std::string> &posts() const noexcept { return posts_.texts(); }
    const std::vector<std::string> &content_types() const noexcept { return content_types_.texts(); }
    const std::vector<std::string> &currencies() const noexcept { return currencies_.texts(); }

private:
    // Stamp, its offset known, campaign, post, content type, currency.
    using Key = std::tuple<std::int64_t, bool, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

    Key key_of(const Line &line);
    Fact &find_or_add(const Key &key);

    std::string content_type_;
    std::string currency_;
    Dictionary campaign_ids_;
    Dictionary posts_;
    Dictionary content_types_;
    Dictionary currencies_;
    std::vector<Campaign> campaigns_;
    std::vector<Fact> facts_;
    std::unordered_map<Key, std::size_t, boost::hash<Key>> fact_numbers_;
};

} // namespace roi::core::import
