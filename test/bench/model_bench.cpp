// How long one post-hour of each growth model takes on one core, without a database; prints post-hours a second.
#include <chrono>
#include <cstdio>
#include <functional>

#include "core/random/philox.hpp"

#include "../realism/platforms.hpp"

namespace {

using namespace roi::core;
using namespace roi::core::model;

constexpr std::uint64_t seed = 42;
constexpr std::int64_t first_hour = 482865;
constexpr int posts = 600;

using Draw = std::function<HourRow(const PlatformModel &, const PostState &, std::int64_t)>;

void measure(const char *name, bool with_traits, const Draw &draw) {
    const PlatformModel platforms[] = {realism::facebook(), realism::instagram(), realism::youtube()};
    const auto begin = std::chrono::steady_clock::now();
    std::int64_t rows = 0, views = 0;
    for (int i = 0; i < posts; ++i) {
        const PlatformModel &platform = platforms[i % 3];
        PostState post;
        post.key = random::mix(random::hash_text(platform.name), static_cast<std::uint64_t>(i));
        post.hour = first_hour;
        for (std::int64_t hour = first_hour; hour < first_hour + lifetime_hours; ++hour, ++rows) {
            if (with_traits || hour == first_hour)
                post.traits = draw_traits(seed, platform, platform.contents[0], post.key, 100000);
            const HourRow row = draw(platform, post, hour);
            post.totals = row.totals;
        }
        views += post.totals[measure_views];
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%-28s %9lld post-hours  %7.0f ns each  %9.0f a second  (%lld views)\n", name,
                static_cast<long long>(rows), seconds * 1e9 / static_cast<double>(rows),
                static_cast<double>(rows) / seconds, static_cast<long long>(views));
}

} // namespace

int main() {
    const Draw natural = [](const PlatformModel &platform, const PostState &post, std::int64_t hour) {
        return natural_hour(seed, platform, post, hour, local_hour(hour));
    };
    measure("plan", false, [](const PlatformModel &platform, const PostState &post, std::int64_t hour) {
        return plan_hour(seed, platform, post, hour);
    });
    measure("natural", false, natural);
    measure("natural, hour by hour tick", true, natural);
}
