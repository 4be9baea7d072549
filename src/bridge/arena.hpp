// Memory for the by-reference values of many rows, given back all at once; no palloc a value.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace roi::bridge {

class Arena {
public:
    // Bytes aligned as any value of a tuple wants them; they live until clear().
    char *take(std::size_t size) {
        size = (size + alignment - 1) / alignment * alignment;
        if (size > block_size) return large_.emplace_back(std::make_unique<char[]>(size)).get();
        if (blocks_.empty() || used_ + size > block_size) next_block();
        char *const place = blocks_[current_].get() + used_;
        used_ += size;
        return place;
    }

    // Forgets everything, but keeps the blocks for the values to come.
    void clear() {
        large_.clear();
        current_ = 0;
        used_ = 0;
    }

private:
    static constexpr std::size_t alignment = 8;
    static constexpr std::size_t block_size = std::size_t{64} << 10;

    void next_block() {
        if (!blocks_.empty()) ++current_;
        if (current_ == blocks_.size()) blocks_.push_back(std::make_unique<char[]>(block_size));
        used_ = 0;
    }

    std::vector<std::unique_ptr<char[]>> blocks_, large_;
    std::size_t current_ = 0, used_ = 0;
};

} // namespace roi::bridge
