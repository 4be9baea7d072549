// Varints (LEB128), signed ones by zigzag: part - previous part - 1, sums, how many posts changed, and their gaps.
#include "core/rollup/parts.hpp"

#include <algorithm>
#include <iterator>

#include "core/error.hpp"

namespace roi::core::rollup {
namespace {

constexpr char format = 1; // first byte
constexpr std::size_t no_part = SIZE_MAX;

[[noreturn]] void fail_corrupt() {
    throw Error(Fault::corrupt, "the parts of a row of roi_rollup are damaged", {},
                "Mend them with roi_rebuild().");
}

void put(std::string &bytes, std::uint64_t number) {
    for (; number >= 128; number >>= 7)
        bytes += static_cast<char>(number | 128);
    bytes += static_cast<char>(number);
}

std::uint64_t zigzag(std::int64_t number) {
    return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}

std::int64_t unzigzag(std::uint64_t number) {
    return static_cast<std::int64_t>(number >> 1 ^ (~(number & 1) + 1));
}

void put_posts(std::string &bytes, const PostIds &before, const PostIds &after) {
    PostIds changed;
    std::set_symmetric_difference(before.begin(), before.end(), after.begin(), after.end(),
                                  std::back_inserter(changed));
    put(bytes, changed.size());
    std::uint32_t last = 0;
    for (const std::uint32_t post : changed) {
        put(bytes, post - last);
        last = post;
    }
}

} // namespace

PartSums part_sums_of(const Sums &sums) {
    PartSums part;
    for (std::size_t i = 0; i < part.size(); ++i)
        part[i] = sums[part_sums[i]];
    return part;
}

std::size_t part_of(Grain grain, Moment bucket, Moment moment) {
    return static_cast<std::size_t>((moment - bucket) /
                                    (grain == Grain::month ? usecs_per_utc_day : usecs_per_quarter));
}

Moment part_start(Grain grain, Moment bucket, std::size_t part) {
    return bucket +
           static_cast<Moment>(part) * (grain == Grain::month ? usecs_per_utc_day : usecs_per_quarter);
}

void PartReader::open(std::string_view bytes) {
    if (bytes.empty() || bytes[0] != format) fail_corrupt();
    rest_ = bytes.substr(1);
    part_ = no_part;
    posts_.clear();
}

// Most numbers take a few bytes: one pass, without looking at the rest again for each.
std::uint64_t PartReader::take() {
    const char *at = rest_.data();
    const char *const end = at + rest_.size();
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (at == end || shift > 63) fail_corrupt();
        const auto byte = static_cast<unsigned char>(*at++);
        number |= std::uint64_t{byte & 127u} << shift;
        if (byte < 128) break;
    }
    rest_ = {at, static_cast<std::size_t>(end - at)};
    return number;
}

void PartReader::change_posts(std::uint64_t count) {
    if (count > rest_.size()) fail_corrupt(); // each takes a byte at least
    changed_.clear();
    std::uint64_t post = 0;
    for (; count > 0; --count) {
        const std::uint64_t gap = take();
        post += gap;
        if (gap == 0 || post > UINT32_MAX) fail_corrupt();
        changed_.push_back(static_cast<std::uint32_t>(post));
    }
    merged_.clear();
    std::set_symmetric_difference(posts_.begin(), posts_.end(), changed_.begin(), changed_.end(),
                                  std::back_inserter(merged_));
    posts_.swap(merged_);
}

bool PartReader::next() {
    constexpr std::size_t most_parts = 96; // quarters of a day; a month has fewer days
    if (rest_.empty()) return false;
    const std::uint64_t gap = take();
    if (gap >= most_parts) fail_corrupt();
    part_ += gap + 1; // no_part + 1 is 0
    if (part_ >= most_parts) fail_corrupt();
    for (std::int64_t &sum : sums_)
        sum = unzigzag(take());
    const std::uint64_t changed = take();
    has_new_posts_ = changed != 0;
    if (has_new_posts_) change_posts(changed);
    return true;
}

Parts::Parts(std::string_view bytes) {
    PartReader reader;
    reader.open(bytes);
    while (reader.next())
        entries_.push_back({reader.part(), reader.sums(), reader.posts()});
}

std::vector<Parts::Entry>::iterator Parts::place_of(std::size_t part) {
    return std::lower_bound(entries_.begin(), entries_.end(), part,
                            [](const Entry &entry, std::size_t wanted) { return entry.part < wanted; });
}

void Parts::set(std::size_t part, const PartSums &sums, PostIds posts) {
    auto place = place_of(part);
    if (place == entries_.end() || place->part != part) place = entries_.insert(place, Entry{part, {}, {}});
    place->sums = sums;
    place->posts = std::move(posts);
}

void Parts::erase(std::size_t part) {
    const auto place = place_of(part);
    if (place != entries_.end() && place->part == part) entries_.erase(place);
}

std::string Parts::bytes() const {
    static const PostIds none;
    std::string bytes(1, format);
    const Entry *before = nullptr;
    for (const Entry &entry : entries_) {
        put(bytes, before == nullptr ? entry.part : entry.part - before->part - 1);
        for (const std::int64_t sum : entry.sums)
            put(bytes, zigzag(sum));
        put_posts(bytes, before == nullptr ? none : before->posts, entry.posts);
        before = &entry;
    }
    return bytes;
}

std::string Parts::text() const {
    std::string text;
    for (const Entry &entry : entries_) {
        text += (text.empty() ? "" : " ") + std::to_string(entry.part) + ":";
        for (std::size_t i = 0; i < entry.sums.size(); ++i)
            text += (i == 0 ? "" : ",") + std::to_string(entry.sums[i]);
        text += "{";
        for (std::size_t i = 0; i < entry.posts.size(); ++i)
            text += (i == 0 ? "" : ",") + std::to_string(entry.posts[i]);
        text += "}";
    }
    return text;
}

} // namespace roi::core::rollup
