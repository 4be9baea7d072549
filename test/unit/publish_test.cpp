// Publishing: how many posts an hour, their keys and their content.
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/model/model.hpp"

#include "../realism/platforms.hpp"
#include "expect_fault.hpp"

namespace roi::core::model {
namespace {

constexpr std::uint64_t seed = 20250601;
constexpr std::int64_t first_hour = 480000; // 2024-10-04 00:00 UTC

const PlatformModel &platform_of(const std::string &name) {
    static const std::map<std::string, PlatformModel> platforms = {{"facebook", realism::facebook()},
                                                                   {"instagram", realism::instagram()},
                                                                   {"youtube", realism::youtube()},
                                                                   {"bare", {}}};
    return platforms.at(name);
}

TEST(Publish, CountIsPoisson) {
    for (const double mean : {0.2, 1.5, 30.0}) { // both samplers of Boost
        constexpr int hours = 10000;
        double sum = 0, squares = 0;
        for (std::int64_t hour = 0; hour < hours; ++hour) {
            const int count = posts_published(seed, "facebook", first_hour + hour, mean);
            sum += count;
            squares += static_cast<double>(count) * count;
        }
        const double average = sum / hours, variance = squares / hours - average * average;
        EXPECT_NEAR(mean, average, 4 * std::sqrt(mean / hours));
        EXPECT_NEAR(1.0, variance / mean, 4 * std::sqrt((2 + 1 / mean) / hours));
    }
    EXPECT_EQ(0, posts_published(seed, "facebook", first_hour, 0.0));
    expect_fault(Fault::invalid_argument, [] { posts_published(seed, "facebook", first_hour, 1e7); });
}

TEST(Publish, CountDependsOnSeedPlatformAndHour) {
    EXPECT_EQ(posts_published(1, "facebook", 5, 1000.0), posts_published(1, "facebook", 5, 1000.0));
    const std::set<int> counts = {
        posts_published(1, "facebook", 5, 1e5), posts_published(2, "facebook", 5, 1e5),
        posts_published(1, "instagram", 5, 1e5), posts_published(1, "facebook", 6, 1e5)};
    EXPECT_EQ(4u, counts.size());
}

TEST(Publish, KeysNeverMeetAndDoNotDependOnTheSeed) {
    std::set<std::uint64_t> keys;
    for (const char *platform : {"facebook", "instagram", "youtube"})
        for (std::int64_t hour = -50; hour < 50; ++hour)
            for (int ordinal = 0; ordinal < 50; ++ordinal)
                keys.insert(publish(1, platform_of(platform), hour, ordinal).key);
    EXPECT_EQ(15000u, keys.size());
    EXPECT_EQ(publish(1, platform_of("youtube"), 7, 3).key, publish(2, platform_of("youtube"), 7, 3).key);
}

TEST(Publish, ContentDependsOnTheSeedOnly) {
    int differing = 0;
    for (int ordinal = 0; ordinal < 100; ++ordinal) {
        const Publication a = publish(1, platform_of("facebook"), 7, ordinal),
                          b = publish(1, platform_of("facebook"), 7, ordinal);
        EXPECT_EQ(a.posted_at, b.posted_at);
        EXPECT_EQ(a.content, b.content);
        EXPECT_STREQ(a.content_category, b.content_category);
        EXPECT_EQ(ordinal, a.ordinal);
        EXPECT_EQ(7, a.hour);
        differing += a.posted_at != publish(2, platform_of("facebook"), 7, ordinal).posted_at;
    }
    EXPECT_GT(differing, 90);
}

using Shares = std::map<std::string, double>;

// Pearson's statistic; a value outside `shares` adds infinity.
double chi_square(const std::map<std::string, int> &counts, const Shares &shares, int total) {
    double sum = 0;
    for (const auto &[name, share] : shares) {
        const double expected = share * total, seen = counts.count(name) ? counts.at(name) : 0;
        sum += (seen - expected) * (seen - expected) / expected;
    }
    for (const auto &entry : counts)
        if (shares.count(entry.first) == 0) return std::numeric_limits<double>::infinity();
    return sum;
}

TEST(Publish, ContentTypesFollowThePlatformsMix) {
    const Shares as_facebook = {
        {"post", 0.45}, {"video", 0.20}, {"reel", 0.20}, {"story", 0.05}, {"ad", 0.10}};
    const std::map<std::string, Shares> mixes = {
        {"facebook", as_facebook},
        {"bare", {{"post", 1.0}}}, // a platform without types
        {"instagram", {{"post", 0.35}, {"video", 0.10}, {"reel", 0.40}, {"story", 0.05}, {"ad", 0.10}}},
        {"youtube", {{"video", 0.70}, {"reel", 0.20}, {"ad", 0.10}}}};
    for (const auto &[platform, mix] : mixes) {
        std::map<std::string, int> counts;
        for (int i = 0; i < 20000; ++i)
            ++counts[publish(seed, platform_of(platform), first_hour + i / 2, i % 2).content->type];
        EXPECT_LT(chi_square(counts, mix, 20000), 18.47)
            << platform; // 99.9 % point, at most 4 degrees of freedom
    }
}

TEST(Publish, CategoriesAndSecondsAreUniform) {
    std::map<std::string, int> categories, quarters;
    for (int i = 0; i < 20000; ++i) {
        const Publication post = publish(seed, platform_of("facebook"), first_hour + i, 0);
        ++categories[post.content_category];
        const std::int64_t second = post.posted_at - post.hour * seconds_per_hour;
        ASSERT_TRUE(second >= 0 && second < seconds_per_hour);
        ++quarters[std::to_string(second / 900)];
    }
    const Shares even = {{"product", 0.25}, {"lifestyle", 0.25}, {"tutorial", 0.25}, {"promotion", 0.25}};
    EXPECT_LT(chi_square(categories, even, 20000), 16.27); // 99.9 % point, 3 degrees of freedom
    EXPECT_LT(chi_square(quarters, {{"0", 0.25}, {"1", 0.25}, {"2", 0.25}, {"3", 0.25}}, 20000), 16.27);
}

TEST(Publish, WeightsOfTheDayHaveMeanOneAndPeakInTheAfternoon) {
    double sum = 0;
    for (int hour = 0; hour < 24; ++hour) {
        sum += publishing_weight(hour);
        EXPECT_LE(publishing_weight(hour), publishing_weight(14));
    }
    EXPECT_NEAR(24.0, sum, 1e-9);
    EXPECT_EQ(0.0, publishing_weight(3));
}

TEST(Publish, LocalHoursFollowTheCalendar) {
    const auto expect = [](std::int64_t hours, int hour, int weekday, int month) {
        const LocalHour local = local_hour(hours);
        EXPECT_EQ(hour, local.hour);
        EXPECT_EQ(weekday, local.weekday);
        EXPECT_EQ(month, local.month);
    };
    expect(0, 0, 3, 0);       // 1970-01-01 00:00, Thursday
    expect(-1, 23, 2, 11);    // 1969-12-31 23:00, Wednesday
    expect(-24, 0, 2, 11);    // its first hour
    expect(480000, 0, 4, 9);  // 2024-10-04 00:00, Friday
    expect(474551, 23, 0, 1); // 2024-02-19 23:00, Monday
}

TEST(Publish, ContentIsFoundByName) {
    EXPECT_EQ(35, content_of(platform_of("facebook"), "video").click_percent);
    EXPECT_EQ(24, content_of(platform_of("facebook"), "story").hours);
    const ContentModel unknown = content_of(platform_of("youtube"), "story"); // no longer published there
    EXPECT_EQ(1.0, unknown.price * unknown.engagement);
    EXPECT_EQ(lifetime_hours, unknown.hours);
}

} // namespace
} // namespace roi::core::model
