// Philox4x32-10 (Salmon et al., SC 2011) as an engine for Boost.Random: counter-based, so any hour draws alone.
#pragma once

#include <array>
#include <cstdint>

#include "core/seal.hpp"

namespace roi::core::random {

// One quantity draws from one lane, so that a sampler that takes one draw more does not shift the others. New lanes go last:
// their numbers decide every draw.
enum class Lane : std::uint32_t {
    publish,
    content,
    views,
    likes,
    comments,
    shares,
    saves,
    clicks,
    paid,
    price,
    conversion,
    metric,
    traits,
    traits_paid,
    day,
    engagement,
    order_value,
    post_metric
};

// 64 bits of well-mixed hash; for keys of posts and platforms (not for cryptography).
std::uint64_t mix(std::uint64_t a, std::uint64_t b);
std::uint64_t hash_text(const char *text);

// Models UniformRandomBitGenerator. Key = seed; counter = (post key 64 bits, hour 32 bits, lane 8 bits + block 24 bits).
class Philox {
public:
    using result_type = std::uint32_t;

    Philox(std::uint64_t seed, std::uint64_t post_key, std::int64_t hour, Lane lane);

    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return UINT32_MAX; }
    result_type operator()();

    // The bare ten rounds, for known-answer tests.
    static std::array<std::uint32_t, 4> block(std::array<std::uint32_t, 4> counter,
                                              std::array<std::uint32_t, 2> key);

private:
    std::array<std::uint32_t, 4> counter_{};
    std::array<std::uint32_t, 2> key_{};
    std::array<std::uint32_t, 4> output_{};
    unsigned next_ = 4;
};

} // namespace roi::core::random
