// Exact sets of ids that merge: what makes distinct posts and campaigns exact over any range of buckets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/seal.hpp"

namespace roi::core::rollup {

// A Roaring bitmap of 32-bit (posts) or 64-bit ids (campaigns). Empty sets hold no memory and have no bytes.
template <class Id>
class IdSet {
public:
    IdSet();
    // From bytes() of a set of the same width; empty bytes are the empty set. Throws std::runtime_error when they are
    // none of ours.
    explicit IdSet(std::string_view bytes);
    IdSet(IdSet &&other) noexcept;
    IdSet &operator=(IdSet &&other) noexcept;
    IdSet(const IdSet &other);
    IdSet &operator=(const IdSet &other);
    ~IdSet();

    void add(Id id);
    void merge(const IdSet &other);
    bool contains(Id id) const;
    bool is_empty() const { return size() == 0; }
    std::uint64_t size() const;
    bool operator==(const IdSet &other) const;
    std::vector<Id> members() const; // ascending

    // The portable Roaring format, run containers included where they are smaller.
    std::size_t byte_size() const;
    void write(char *target) const; // byte_size() bytes

private:
    struct Bitmap;
    Bitmap &bitmap();
    std::unique_ptr<Bitmap> bitmap_;
};

using PostSet = IdSet<std::uint32_t>;
using CampaignSet = IdSet<std::uint64_t>;

extern template class IdSet<std::uint32_t>;
extern template class IdSet<std::uint64_t>;

} // namespace roi::core::rollup
