// Rows of roi_rollup and roi_rollup_detail as plain values, read and written through bridge::Table.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "core/rollup/id_set.hpp"
#include "core/rollup/names.hpp"
#include "core/rollup/parts.hpp"
#include "core/rollup/sums.hpp"

#include "store/extension.hpp"

#include "bridge/table.hpp"

namespace roi::store {

// The texts of a delta as text datums, each made once, in the memory context that is current when first asked.
class Texts {
public:
    explicit Texts(const core::rollup::Names &names) : names_(names), datums_(names.size()) {}
    Datum operator[](std::uint32_t number);
    std::string_view view(std::uint32_t number) const { return names_.text(number); }

private:
    const core::rollup::Names &names_;
    std::vector<Datum> datums_;
};

// The four sets of a roi_rollup row.
struct RollupSets {
    core::rollup::PostSet posts, earning_posts, spending_posts;
    core::rollup::CampaignSet campaigns;
};

// A roi_rollup cell's key, by numbers of the delta's names.
struct CellKey {
    std::uint32_t user = 0, platform = 0, currency = 0;
    core::rollup::Grain grain = core::rollup::Grain::quarter;
    core::rollup::Moment bucket = 0;

    bool operator==(const CellKey &other) const {
        return user == other.user && platform == other.platform && currency == other.currency &&
               grain == other.grain && bucket == other.bucket;
    }
};

class RollupTable {
public:
    explicit RollupTable(const Extension &extension);
    void close() { table_.close(); }

    bool find(const CellKey &key, Texts &texts);
    core::rollup::Sums sums(); // of the row found
    RollupSets sets();         // of the row found
    core::rollup::PostIds posts();
    std::optional<core::rollup::Parts> parts(); // none: they would have been too long

    // Writes the sums and parts (null: none); the sets only when given, else a found row keeps its own.
    void insert(const CellKey &key, Texts &texts, const core::rollup::Sums &sums, const RollupSets &sets,
                const core::rollup::Parts *parts);
    void update(const core::rollup::Sums &sums, const RollupSets *sets, const core::rollup::Parts *parts);
    void erase() { table_.erase(); }

private:
    void put_sums(const core::rollup::Sums &sums);
    void put_sets(const RollupSets &sets);
    void put_parts(const core::rollup::Parts *parts);

    bridge::Table table_;
    int key_ = 0, sums_ = 0, sets_ = 0; // first columns of each group
    int parts_ = 0;
    std::vector<char> parts_bytes_; // of the row to be written
};

struct DetailKey {
    CellKey cell;
    std::int64_t campaign = 0;
    std::uint32_t content_type = 0;
    std::int32_t post_no = 0;
};

class DetailTable {
public:
    explicit DetailTable(const Extension &extension);
    void close() { table_.close(); }

    void walk() { table_.walk(3); } // many keys come, in order; those of one user, grain and bucket together
    bool find(const DetailKey &key, Texts &texts);
    core::rollup::DetailSums sums();
    void insert(const DetailKey &key, Texts &texts, const core::rollup::DetailSums &sums);
    void update(const core::rollup::DetailSums &sums);
    void erase() { table_.erase(); }

    // The sets of a day or month, from its details.
    RollupSets sets_of(const CellKey &key, Texts &texts);

private:
    void put_sums(const core::rollup::DetailSums &sums);

    bridge::Table table_;
    int key_ = 0, sums_ = 0;
};

} // namespace roi::store
