// Philox against its published vectors, the separation of its streams, and the guarded draws over it.
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <type_traits>
#include <vector>

#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random/draw.hpp"
#include "core/random/philox.hpp"

#include "expect_fault.hpp"

namespace roi::core::random {
namespace {

using Block = std::array<std::uint32_t, 4>;

std::vector<std::uint32_t> first_outputs(Philox engine, std::size_t count = 8) {
    std::vector<std::uint32_t> outputs(count);
    for (std::uint32_t &output : outputs)
        output = engine();
    return outputs;
}

// The kat_vectors file of Random123, philox4x32 with 10 rounds.
TEST(Philox, KnownAnswers) {
    EXPECT_EQ((Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}), Philox::block({0, 0, 0, 0}, {0, 0}));
    constexpr std::uint32_t ones = 0xffffffff;
    EXPECT_EQ((Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}),
              Philox::block({ones, ones, ones, ones}, {ones, ones}));
    EXPECT_EQ((Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}),
              Philox::block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}));
}

TEST(Philox, LaysOutKeyAndCounterAsDocumented) {
    Philox engine(0x1111111122222222, 0x3333333344444444, 0x55555555, Lane::clicks);
    const std::uint32_t lane = static_cast<std::uint32_t>(Lane::clicks) << 24;
    for (std::uint32_t index = 0; index < 3; ++index) {
        const Block expected =
            Philox::block({0x44444444, 0x33333333, 0x55555555, lane | index}, {0x22222222, 0x11111111});
        for (const std::uint32_t word : expected)
            EXPECT_EQ(word, engine()) << "block " << index;
    }
}

TEST(Philox, IsAnEngineForBoost) {
    static_assert(std::is_same_v<decltype(std::declval<Philox &>()()), Philox::result_type>);
    static_assert(Philox::min() == 0 && Philox::max() == std::numeric_limits<std::uint32_t>::max());
    Philox engine(1, 2, 3, Lane::views);
    boost::random::uniform_int_distribution<int> die(1, 6);
    std::set<int> seen;
    double sum = 0;
    for (int i = 0; i < 600; ++i) {
        seen.insert(die(engine));
        sum += boost::random::normal_distribution<double>(0.0, 1.0)(engine);
    }
    EXPECT_EQ((std::set<int>{1, 2, 3, 4, 5, 6}), seen);
    EXPECT_LT(std::abs(sum), 4 * std::sqrt(600.0));
}

TEST(Philox, SameArgumentsGiveTheSameStream) {
    EXPECT_EQ(first_outputs(Philox(7, 8, 9, Lane::views)), first_outputs(Philox(7, 8, 9, Lane::views)));
}

TEST(Philox, EveryArgumentSeparatesStreams) {
    std::set<std::vector<std::uint32_t>> streams;
    const auto add = [&](std::uint64_t seed, std::uint64_t key, std::int64_t hour, Lane lane) {
        EXPECT_TRUE(streams.insert(first_outputs(Philox(seed, key, hour, lane), 4)).second)
            << seed << ' ' << key << ' ' << hour << ' ' << static_cast<int>(lane);
    };
    constexpr std::uint64_t high_bit = std::uint64_t{1} << 32; // the upper words count too
    for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{2}, 1 + high_bit})
        for (const std::uint64_t key : {std::uint64_t{1}, std::uint64_t{2}, 1 + high_bit})
            for (const std::int64_t hour : {-1, 0, 1, 2})
                for (int lane = 0; lane <= static_cast<int>(Lane::metric); ++lane)
                    add(seed, key, hour, static_cast<Lane>(lane));
}

// 2^24 blocks of 4 outputs; the next one would be the first block of the next lane.
TEST(Philox, RefusesToRunIntoTheNextLane) {
    Philox engine(1, 2, 3, Lane::views);
    for (std::uint32_t i = 0; i < (1u << 26); ++i)
        engine();
    expect_fault(Fault::out_of_range, [&] { engine(); });
    expect_fault(Fault::out_of_range, [&] { engine(); });
}

TEST(Hash, MixSeparatesOrderAndNeighbours) {
    EXPECT_NE(mix(1, 2), mix(2, 1));
    std::set<std::uint64_t> keys;
    for (std::uint64_t a = 0; a < 100; ++a)
        for (std::uint64_t b = 0; b < 100; ++b)
            keys.insert(mix(a, b));
    EXPECT_EQ(10000u, keys.size());
    int differing = 0; // a changed bit should move about half of the 64
    for (unsigned bit = 0; bit < 64; ++bit)
        differing += __builtin_popcountll(mix(5, 9) ^ mix(5, 9 ^ (std::uint64_t{1} << bit)));
    EXPECT_NEAR(32.0, differing / 64.0, 2.0);
}

// Accounts already generated depend on these values: they may never change. Computed apart, from the
// published definitions of FNV-1a and splitmix64.
TEST(Hash, IsFrozen) {
    EXPECT_EQ(0xbf739225aa3e492fu, hash_text("facebook"));
    EXPECT_EQ(0xa706dd2f4d197e6fu, mix(0, 0));
    EXPECT_EQ(0xbcd9dbb49673066bu, mix(1, 2));
    EXPECT_NE(hash_text("facebook"), hash_text("instagram"));
    EXPECT_NE(hash_text(""), hash_text("a"));
}

TEST(Draw, UniformTakesTwoOutputsAndHas53Bits) {
    Philox engine(1, 2, 3, Lane::views), reference = engine;
    bool has_low_bits = false;
    double sum = 0, squares = 0;
    for (int i = 0; i < 10000; ++i) {
        const std::uint64_t high = reference() >> 5, low = reference() >> 6;
        const double value = uniform(engine);
        ASSERT_EQ(std::ldexp(static_cast<double>(high * 67108864 + low), -53), value);
        ASSERT_TRUE(value >= 0.0 && value < 1.0);
        has_low_bits |= std::fmod(std::ldexp(value, 32), 1.0) != 0.0;
        sum += value;
        squares += value * value;
    }
    EXPECT_TRUE(has_low_bits);
    EXPECT_NEAR(0.5, sum / 10000, 4 * std::sqrt(1 / 12.0 / 10000));
    EXPECT_NEAR(1 / 3.0, squares / 10000, 4 * std::sqrt(4 / 45.0 / 10000));
}

TEST(Draw, IntegerIsInclusiveAndRefusesAnEmptyRange) {
    Philox engine(1, 2, 3, Lane::price);
    std::set<std::int64_t> seen;
    for (int i = 0; i < 200; ++i)
        seen.insert(integer_between(engine, -1, 2));
    EXPECT_EQ((std::set<std::int64_t>{-1, 0, 1, 2}), seen);
    EXPECT_EQ(5, integer_between(engine, 5, 5));
    expect_fault(Fault::invalid_argument, [&] { integer_between(engine, 2, 1); });
}

TEST(Draw, BinomialGuards) {
    Philox engine(1, 2, 3, Lane::paid);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(0, binomial(engine, 0, 0.5));
    EXPECT_EQ(0, binomial(engine, -5, 0.5));
    EXPECT_EQ(0, binomial(engine, 100, 0.0));
    EXPECT_EQ(0, binomial(engine, 100, -1.0));
    EXPECT_EQ(0, binomial(engine, 100, nan));
    EXPECT_EQ(100, binomial(engine, 100, 1.0));
    EXPECT_EQ(100, binomial(engine, 100, 2.0));
    expect_fault(Fault::out_of_range,
                 [&] { binomial(engine, std::numeric_limits<std::int64_t>::max(), 0.5); });
}

// Mean and variance for both samplers of Boost (inversion, rejection) and both halves of p, within 4 standard
// errors.
TEST(Draw, BinomialMoments) {
    constexpr int draws = 20000;
    for (const auto &[n, p] :
         {std::pair<std::int64_t, double>{3, 0.47}, {40, 0.05}, {500, 0.35}, {2000, 0.9}}) {
        Philox engine(11, static_cast<std::uint64_t>(n), 0, Lane::paid);
        double sum = 0, squares = 0;
        for (int i = 0; i < draws; ++i) {
            const std::int64_t value = binomial(engine, n, p);
            ASSERT_TRUE(value >= 0 && value <= n);
            sum += static_cast<double>(value);
            squares += static_cast<double>(value * value);
        }
        const double mean = sum / draws, variance = squares / draws - mean * mean;
        const double expected = static_cast<double>(n) * p, spread = expected * (1 - p);
        EXPECT_NEAR(expected, mean, 4 * std::sqrt(spread / draws)) << n << ' ' << p;
        EXPECT_NEAR(1.0, variance / spread, 4 * std::sqrt(2.0 / draws) + 0.01) << n << ' ' << p;
    }
}

TEST(Draw, PoissonGuards) {
    Philox engine(1, 2, 3, Lane::publish);
    EXPECT_EQ(0, poisson(engine, 0.0));
    EXPECT_EQ(0, poisson(engine, -1.0));
    EXPECT_NEAR(1e6, static_cast<double>(poisson(engine, 1e6)), 6e3);
    for (const double mean :
         {1000001.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        expect_fault(Fault::invalid_argument, [&] { poisson(engine, mean); });
}

} // namespace
} // namespace roi::core::random
