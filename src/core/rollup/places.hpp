// Finds records of a vector by their keys: open addressing over their places, without a node and a copy of the key for each.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/seal.hpp"

namespace roi::core::rollup {

class Places {
public:
    // The place of the record of this hash that is_it(place) knows, and false; else `fresh`, which is noted, and true.
    template <class IsIt>
    std::pair<std::uint32_t, bool> find_or_add(std::uint64_t hash, std::size_t fresh, IsIt is_it) {
        if (2 * (used_ + 1) > slots_.size()) grow();
        const std::size_t mask = slots_.size() - 1;
        const auto short_hash = static_cast<std::uint32_t>(hash >> 32);
        std::size_t at = short_hash & mask;
        for (; slots_[at].place != none; at = (at + 1) & mask)
            if (slots_[at].hash == short_hash && is_it(slots_[at].place)) return {slots_[at].place, false};
        slots_[at] = {short_hash, static_cast<std::uint32_t>(fresh)};
        ++used_;
        return {slots_[at].place, true};
    }
    std::size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t place = none;
    };

    void grow() {
        std::vector<Slot> old(slots_.empty() ? 64 : 2 * slots_.size());
        old.swap(slots_);
        const std::size_t mask = slots_.size() - 1;
        for (const Slot &slot : old) {
            if (slot.place == none) continue;
            std::size_t at = slot.hash & mask;
            while (slots_[at].place != none)
                at = (at + 1) & mask;
            slots_[at] = slot;
        }
    }

    std::vector<Slot> slots_; // a power of two, at most half full
    std::size_t used_ = 0;
};

} // namespace roi::core::rollup
