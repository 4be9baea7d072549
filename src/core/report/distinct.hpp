// Counts distinct ids over many stored sets without building a bitmap object for each: reads their bytes in place.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/seal.hpp"

namespace roi::core::report {

enum class IdWidth { narrow, wide }; // 32 bits (posts), 64 bits (campaigns): how IdSet wrote the bytes

// The union of sets: a hash table of pages with 512 ids each, dense for our small numbers and small for strange ones.
class DistinctIds {
public:
    void add(std::uint64_t id);
    // Adds the members of bytes that IdSet::write() made. Throws std::runtime_error when they are none of those.
    void add(std::string_view bytes, IdWidth width);
    void add_list(std::string_view ids); // 32-bit numbers of this machine, one after the other
    void merge(const DistinctIds &other);
    void clear();
    std::uint64_t size() const { return size_; }

private:
    using Words = std::array<std::uint64_t, 8>;
    struct Page {
        std::uint64_t key = free_page;
        Words words{};
    };
    static constexpr std::uint64_t free_page = ~std::uint64_t{0};

    Words &page_of(std::uint64_t key);
    Page &slot_of(std::uint64_t key);
    void grow();
    void set(Words &words, std::uint64_t id);
    void add_narrow(const char *&at, const char *end, std::uint64_t high);
    void add_words(std::uint64_t first_id, const char *words);
    void add_run(std::uint64_t first_id, std::uint64_t last_id);

    std::vector<Page> pages_; // a power of two, at most half full
    std::size_t used_ = 0;
    std::uint64_t size_ = 0;
};

} // namespace roi::core::report
