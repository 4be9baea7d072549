// The ten rounds of Philox4x32, the engine over them, and the hashes that make its keys.
#include "core/random/philox.hpp"

#include "core/error.hpp"

namespace roi::core::random {

namespace {

// Multipliers and Weyl constants of Philox4x32 (Salmon et al. 2011, table 2).
constexpr std::uint32_t multiplier_0 = 0xD2511F53;
constexpr std::uint32_t multiplier_1 = 0xCD9E8D57;
constexpr std::uint32_t weyl_0 = 0x9E3779B9;
constexpr std::uint32_t weyl_1 = 0xBB67AE85;
constexpr int rounds = 10;

constexpr unsigned block_bits = 24;
constexpr std::uint32_t last_block = (1u << block_bits) - 1;

constexpr std::uint32_t low_word(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high_word(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

// The finalizer of splitmix64 (Steele et al. 2014): a bijection; a changed bit moves half of the others.
std::uint64_t finish(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

} // namespace

// For a fixed `a` this is a bijection of `b`, so the ordinals of one hour never share a key.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t golden = 0x9E3779B97F4A7C15u;
    return finish((finish(a + golden) ^ b) + golden);
}

// FNV-1a, finished: its high bits alone are weak on short names.
std::uint64_t hash_text(const char *text) {
    std::uint64_t hash = 0xCBF29CE484222325u;
    for (; *text != '\0'; ++text)
        hash = (hash ^ static_cast<unsigned char>(*text)) * 0x100000001B3u;
    return finish(hash);
}

// 32 bits of hour are enough: PostgreSQL's timestamps span 2.6e9 hours, so no two of them meet modulo 2^32.
Philox::Philox(std::uint64_t seed, std::uint64_t post_key, std::int64_t hour, Lane lane)
    : counter_{low_word(post_key), high_word(post_key), low_word(static_cast<std::uint64_t>(hour)),
               static_cast<std::uint32_t>(lane) << block_bits},
      key_{low_word(seed), high_word(seed)}, output_(block(counter_, key_)), next_(0) {}

Philox::result_type Philox::operator()() {
    if (next_ == output_.size()) {
        // One block more would carry into the lane and repeat the neighbour's stream.
        if ((counter_[3] & last_block) == last_block)
            throw Error(Fault::out_of_range, "a random stream is exhausted",
                        "One quantity of one hour drew more than 67,108,864 numbers.");
        ++counter_[3];
        output_ = block(counter_, key_);
        next_ = 0;
    }
    return output_[next_++];
}

std::array<std::uint32_t, 4> Philox::block(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < rounds; ++round) {
        const std::uint64_t product_0 = std::uint64_t{multiplier_0} * counter[0];
        const std::uint64_t product_1 = std::uint64_t{multiplier_1} * counter[2];
        counter = {high_word(product_1) ^ counter[1] ^ key[0], low_word(product_1),
                   high_word(product_0) ^ counter[3] ^ key[1], low_word(product_0)};
        key[0] += weyl_0;
        key[1] += weyl_1;
    }
    return counter;
}

} // namespace roi::core::random
