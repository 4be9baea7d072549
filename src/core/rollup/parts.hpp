// What a day row carries of its quarters and a month row of its days, so that a series reads one row for many.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/rollup/sums.hpp"

#include "core/seal.hpp"

namespace roi::core::rollup {

// The sums that a series shows.
constexpr std::array<Sum, 6> part_sums{sum_data_points,   sum_spend, sum_revenue,
                                       sum_revenue_count, sum_roi,   sum_roi_count};
using PartSums = std::array<std::int64_t, part_sums.size()>;
using PostIds = std::vector<std::uint32_t>; // ascending

PartSums part_sums_of(const Sums &sums);

// The grain that a grain's parts are of. Quarters have none: ask for days and months only.
constexpr Grain part_grain(Grain grain) { return grain == Grain::month ? Grain::day : Grain::quarter; }

// The place of a moment's part in the day or month row that starts at `bucket`, and back.
std::size_t part_of(Grain grain, Moment bucket, Moment moment);
Moment part_start(Grain grain, Moment bucket, std::size_t part);

// Walks over the stored parts in their order. Posts are stored as differences to the part before.
class PartReader {
public:
    // Throws Fault::corrupt in next() when the bytes, which must outlive the reader, are damaged.
    void open(std::string_view bytes);
    bool next();
    std::size_t part() const { return part_; }
    const PartSums &sums() const { return sums_; }
    const PostIds &posts() const { return posts_; }
    bool has_new_posts() const { return has_new_posts_; } // not the same posts as the part before

private:
    std::uint64_t take();
    void change_posts(std::uint64_t count);

    std::string_view rest_;
    std::size_t part_ = 0;
    PartSums sums_{};
    PostIds posts_, changed_, merged_;
    bool has_new_posts_ = false;
};

// The parts of one row while they are changed.
class Parts {
public:
    static constexpr std::size_t most_bytes =
        1400; // a row that holds more goes without: it would leave its page

    Parts() = default;
    explicit Parts(std::string_view bytes); // throws Fault::corrupt
    void set(std::size_t part, const PartSums &sums, PostIds posts);
    void erase(std::size_t part);
    std::string bytes() const; // never empty
    bool operator==(const Parts &other) const { return entries_ == other.entries_; }
    std::string text() const; // for people: part:data_points,spend,...{posts}

private:
    struct Entry {
        std::size_t part;
        PartSums sums;
        PostIds posts;
        bool operator==(const Entry &other) const {
            return part == other.part && sums == other.sums && posts == other.posts;
        }
    };
    std::vector<Entry>::iterator place_of(std::size_t part);

    std::vector<Entry> entries_; // ascending by part
};

} // namespace roi::core::rollup
