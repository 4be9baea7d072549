// When a simulated account publishes and what: the number of posts of an hour, and each post's content.
#include <array>
#include <cmath>
#include <cstring>

#include "core/calendar.hpp"
#include "core/model/model.hpp"
#include "core/random/draw.hpp"

namespace roi::core::model {

using random::Lane;
using random::Philox;

namespace {

constexpr std::array<const char *, 4> categories = {"product", "lifestyle", "tutorial", "promotion"};

// What changes nothing, for posts whose type the platform no longer has and for platforms without types.
const ContentModel &plain_content() {
    static const ContentModel plain = [] {
        ContentModel content;
        std::strncpy(content.type, "post", name_size - 1);
        return content;
    }();
    return plain;
}

const ContentModel &pick_content(const PlatformModel &platform, double u) {
    double below = 0.0;
    for (int i = 0; i < platform.content_count; ++i) {
        const ContentModel &content = platform.contents[static_cast<std::size_t>(i)];
        below += content.share;
        if (u < below) return content;
    }
    // the shares may sum to a hair less than 1
    return platform.content_count > 0
               ? platform.contents[static_cast<std::size_t>(platform.content_count) - 1]
               : plain_content();
}

// Working hours around 14:00: the normal density that the study's posts follow, cut to 6:00-22:59.
constexpr int publishing_from = 6, publishing_to = 22;
constexpr double publishing_centre = 14.0, publishing_spread = 4.0;

std::array<double, 24> make_publishing_weights() {
    std::array<double, 24> weights{};
    double sum = 0.0;
    for (int hour = publishing_from; hour <= publishing_to; ++hour) {
        const double distance = (hour - publishing_centre) / publishing_spread;
        sum += weights[static_cast<std::size_t>(hour)] = std::exp(-0.5 * distance * distance);
    }
    for (double &weight : weights)
        weight *= 24.0 / sum;
    return weights;
}

} // namespace

const ContentModel &content_of(const PlatformModel &platform, const char *type) {
    for (int i = 0; i < platform.content_count; ++i) {
        const ContentModel &content = platform.contents[static_cast<std::size_t>(i)];
        if (std::strcmp(content.type, type) == 0) return content;
    }
    return plain_content();
}

LocalHour local_hour(std::int64_t hours_since_epoch) {
    const std::int64_t day =
        hours_since_epoch >= 0 ? hours_since_epoch / 24 : -((23 - hours_since_epoch) / 24);
    LocalHour local;
    local.hour = static_cast<int>(hours_since_epoch - day * 24);
    local.weekday = static_cast<int>(((day + 3) % 7 + 7) % 7); // 1970-01-01 was a Thursday
    local.month = civil_from_days(day).month - 1;
    return local;
}

double publishing_weight(int hour_of_day) {
    static const std::array<double, 24> weights = make_publishing_weights();
    return weights[static_cast<std::size_t>(hour_of_day)];
}

int posts_published(std::uint64_t seed, const char *platform, std::int64_t hour, double mean) {
    Philox engine(seed, random::hash_text(platform), hour, Lane::publish);
    return static_cast<int>(random::poisson(engine, mean));
}

// The order of the draws (second, type, category) is part of the contract: same seed, same rows.
Publication publish(std::uint64_t seed, const PlatformModel &platform, std::int64_t hour, int ordinal) {
    Publication post;
    post.hour = hour;
    post.ordinal = ordinal;
    post.key = random::mix(random::mix(random::hash_text(platform.name), static_cast<std::uint64_t>(hour)),
                           static_cast<std::uint64_t>(ordinal));
    Philox engine(seed, post.key, hour, Lane::content);
    post.posted_at = hour * seconds_per_hour + random::integer_between(engine, 0, seconds_per_hour - 1);
    post.content = &pick_content(platform, random::uniform(engine));
    const std::int64_t last_category = static_cast<std::int64_t>(categories.size()) - 1;
    post.content_category =
        categories[static_cast<std::size_t>(random::integer_between(engine, 0, last_category))];
    return post;
}

} // namespace roi::core::model
