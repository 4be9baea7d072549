// Adds cells up by key, and cuts one page of the keys in the order of a measure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/breakdown/measures.hpp"
#include "core/rollup/id_set.hpp"

#include "core/seal.hpp"

namespace roi::core::breakdown {

// What a row stands for: a campaign (id), a content type (text), or a post on a platform (post_no and platform).
// 0 and "" stand for none.
struct Key {
    std::int64_t number = 0;
    std::string text;

    bool operator==(const Key &other) const { return number == other.number && text == other.text; }
    bool operator<(const Key &other) const {
        return number != other.number ? number < other.number : text < other.text;
    }
};

struct KeyHash {
    std::size_t operator()(const Key &key) const {
        return std::hash<std::string>()(key.text) ^
               static_cast<std::size_t>(static_cast<std::uint64_t>(key.number) * 0x9e3779b97f4a7c15u);
    }
};

// What is known of one key.
struct Entry {
    rollup::DetailSums sums{};
    rollup::PostSet posts;
};

// The sums of every key. Throws Fault::out_of_range when one overflows.
class Ledger {
public:
    void add(const Key &key, std::string_view currency, std::int64_t post_no, const rollup::DetailSums &sums);

    // Forgets the keys of a number; their currencies stay.
    void drop_number(std::int64_t number);

    const std::unordered_map<Key, Entry, KeyHash> &entries() const { return entries_; }
    // The only currency with money, else the only one there is, else none. Throws Fault::invalid_argument where several
    // hold money.
    std::string only_currency() const;

    // The currencies seen, and whether there is money in them: spend, revenue, or rows with either that cancel out.
    const std::map<std::string, bool, std::less<>> &currencies() const { return currencies_; }

private:
    std::unordered_map<Key, Entry, KeyHash> entries_;
    std::map<std::string, bool, std::less<>> currencies_;
};

struct Row {
    Key key;
    Figures figures;
};

// Rows go by `order` descending, NULL last, then by key ascending.
struct Cursor {
    Value value;
    Key key;
};

// The page_key of a row, "order:value:number:text" with the value in its own unit (counts, millionths) and empty for
// NULL; and back: false when the text is no page_key of this order.
std::string page_key(Measure order, const Row &row);
bool read_page_key(std::string_view text, Measure order, Cursor &into);

// The first `size` rows behind the cursor (nullptr: from the first one on), in order; at least one is asked for.
std::vector<Row> page_of(const Ledger &ledger, Measure order, const Cursor *after, std::size_t size);

} // namespace roi::core::breakdown
