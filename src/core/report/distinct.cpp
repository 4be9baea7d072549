// Reads the portable Roaring format (github.com/RoaringBitmap/RoaringFormatSpec) and marks its members.
#include "core/report/distinct.hpp"

#include "core/error.hpp"

#include <cstring>
#include <stdexcept>

namespace roi::core::report {
namespace {

constexpr std::uint32_t cookie_without_runs = 12346, cookie_with_runs = 12347;
constexpr std::uint32_t offsets_from = 4;   // containers from which a set with runs has an offset table
constexpr std::uint32_t array_limit = 4096; // members from which a container is a bitmap
constexpr std::size_t bitmap_bytes = 65536 / 8;

[[noreturn]] void fail_corrupt() {
    throw Error(Fault::corrupt, "a set of roi_rollup is damaged", {}, "Mend it with roi_rebuild().");
}

// The next little-endian number of the bytes.
template <class Number>
Number take(const char *&at, const char *end) {
    Number number;
    if (static_cast<std::size_t>(end - at) < sizeof number) fail_corrupt();
    std::memcpy(&number, at, sizeof number);
    at += sizeof number;
    return number;
}

const char *skip(const char *&at, const char *end, std::size_t count) {
    if (static_cast<std::size_t>(end - at) < count) fail_corrupt();
    const char *const start = at;
    at += count;
    return start;
}

} // namespace

DistinctIds::Page &DistinctIds::slot_of(std::uint64_t key) {
    const std::size_t mask = pages_.size() - 1;
    std::size_t at = (key * 0x9E3779B97F4A7C15u >> 20) & mask;
    while (pages_[at].key != key && pages_[at].key != free_page)
        at = (at + 1) & mask;
    return pages_[at];
}

void DistinctIds::grow() {
    std::vector<Page> old(pages_.empty() ? 4 : pages_.size() * 2);
    old.swap(pages_);
    for (const Page &page : old)
        if (page.key != free_page) slot_of(page.key) = page;
}

DistinctIds::Words &DistinctIds::page_of(std::uint64_t key) {
    if (used_ * 2 >= pages_.size()) grow();
    Page &page = slot_of(key);
    if (page.key == free_page) {
        page.key = key;
        ++used_;
    }
    return page.words;
}

void DistinctIds::set(Words &words, std::uint64_t id) {
    std::uint64_t &word = words[id >> 6 & 7];
    const std::uint64_t bit = std::uint64_t{1} << (id & 63);
    size_ += (word & bit) == 0 ? 1 : 0;
    word |= bit;
}

void DistinctIds::add(std::uint64_t id) { set(page_of(id >> 9), id); }

void DistinctIds::add_list(std::string_view ids) {
    for (std::size_t at = 0; at + sizeof(std::uint32_t) <= ids.size(); at += sizeof(std::uint32_t)) {
        std::uint32_t id;
        std::memcpy(&id, ids.data() + at, sizeof id);
        add(id);
    }
}

void DistinctIds::clear() {
    for (Page &page : pages_)
        page = Page();
    used_ = 0;
    size_ = 0;
}

void DistinctIds::merge(const DistinctIds &other) {
    for (const Page &page : other.pages_) {
        if (page.key == free_page) continue;
        Words &words = page_of(page.key);
        for (std::size_t i = 0; i < words.size(); ++i) {
            size_ += static_cast<std::uint64_t>(__builtin_popcountll(page.words[i] & ~words[i]));
            words[i] |= page.words[i];
        }
    }
}

void DistinctIds::add_words(std::uint64_t first_id, const char *words) {
    for (std::uint64_t word = 0; word < bitmap_bytes / 8; ++word) {
        std::uint64_t bits;
        std::memcpy(&bits, words + word * 8, 8);
        for (; bits != 0; bits &= bits - 1)
            add(first_id + word * 64 + static_cast<std::uint64_t>(__builtin_ctzll(bits)));
    }
}

void DistinctIds::add_run(std::uint64_t first_id, std::uint64_t last_id) {
    for (std::uint64_t id = first_id; id <= last_id;) {
        Words &words = page_of(id >> 9);
        const std::uint64_t page_end = id | 511;
        for (; id <= last_id && id <= page_end; ++id)
            set(words, id);
    }
}

void DistinctIds::add_narrow(const char *&at, const char *end, std::uint64_t high) {
    const std::uint32_t cookie = take<std::uint32_t>(at, end);
    const bool has_runs = (cookie & 0xFFFF) == cookie_with_runs;
    if (!has_runs && cookie != cookie_without_runs) fail_corrupt();
    const std::size_t count = has_runs ? (cookie >> 16) + 1 : take<std::uint32_t>(at, end);
    if (count > 65536) fail_corrupt();
    const char *const run_flags = has_runs ? skip(at, end, (count + 7) / 8) : nullptr;
    const char *headers = skip(at, end, count * 4);
    if (!has_runs || count >= offsets_from) skip(at, end, count * 4);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t base = high | std::uint64_t{take<std::uint16_t>(headers, end)} << 16;
        const std::size_t members = take<std::uint16_t>(headers, end) + std::size_t{1};
        if (run_flags != nullptr && (run_flags[i / 8] >> i % 8 & 1) != 0) {
            for (std::uint32_t runs = take<std::uint16_t>(at, end); runs > 0; --runs) {
                const std::uint64_t first = base + take<std::uint16_t>(at, end);
                add_run(first, first + take<std::uint16_t>(at, end));
            }
        } else if (members > array_limit) {
            add_words(base, skip(at, end, bitmap_bytes));
        } else {
            const char *values = skip(at, end, members * 2);
            for (std::size_t member = 0; member < members; ++member)
                add(base + take<std::uint16_t>(values, end));
        }
    }
}

void DistinctIds::add(std::string_view bytes, IdWidth width) {
    if (bytes.empty()) return;
    const char *at = bytes.data();
    const char *const end = at + bytes.size();
    if (width == IdWidth::narrow) return add_narrow(at, end, 0);
    for (std::uint64_t maps = take<std::uint64_t>(at, end); maps > 0; --maps) {
        const std::uint64_t high = std::uint64_t{take<std::uint32_t>(at, end)} << 32;
        add_narrow(at, end, high);
    }
}

} // namespace roi::core::report
