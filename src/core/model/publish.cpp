// When a simulated account publishes and what: the number of posts of an hour, and each post's content.
#include <array>
#include <cstring>

#include "core/model/model.hpp"
#include "core/random/draw.hpp"

namespace roi::core::model {

using random::Lane;
using random::Philox;

namespace {

struct TypeShare {
    const char *type;
    double share;
};

using TypeMix = std::array<TypeShare, 5>;

// Content mixes of the realism study's prototype (section C.2); youtube knows no post and no story.
constexpr TypeMix facebook_mix = {
    {{"post", 0.45}, {"video", 0.20}, {"reel", 0.20}, {"story", 0.05}, {"ad", 0.10}}};
constexpr TypeMix instagram_mix = {
    {{"post", 0.35}, {"video", 0.10}, {"reel", 0.40}, {"story", 0.05}, {"ad", 0.10}}};
constexpr TypeMix youtube_mix = {
    {{"post", 0.0}, {"video", 0.70}, {"reel", 0.20}, {"story", 0.0}, {"ad", 0.10}}};

constexpr std::array<const char *, 4> categories = {"product", "lifestyle", "tutorial", "promotion"};

const TypeMix &mix_of(const char *platform) {
    if (std::strcmp(platform, "instagram") == 0) return instagram_mix;
    if (std::strcmp(platform, "youtube") == 0) return youtube_mix;
    return facebook_mix;
}

const char *pick_type(const TypeMix &mix, double u) {
    double below = 0.0;
    for (const TypeShare &entry : mix) {
        below += entry.share;
        if (u < below) return entry.type;
    }
    return mix.back().type; // the shares may sum to a hair less than 1
}

} // namespace

int posts_published(std::uint64_t seed, const char *platform, std::int64_t hour, double mean) {
    Philox engine(seed, random::hash_text(platform), hour, Lane::publish);
    return static_cast<int>(random::poisson(engine, mean));
}

// The order of the draws (second, type, category) is part of the contract: same seed, same rows.
Publication publish(std::uint64_t seed, const char *platform, std::int64_t hour, int ordinal) {
    Publication post;
    post.hour = hour;
    post.ordinal = ordinal;
    post.key = random::mix(random::mix(random::hash_text(platform), static_cast<std::uint64_t>(hour)),
                           static_cast<std::uint64_t>(ordinal));
    Philox engine(seed, post.key, hour, Lane::content);
    post.posted_at = hour * seconds_per_hour + random::integer_between(engine, 0, seconds_per_hour - 1);
    post.content_type = pick_type(mix_of(platform), random::uniform(engine));
    const std::int64_t last_category = static_cast<std::int64_t>(categories.size()) - 1;
    post.content_category =
        categories[static_cast<std::size_t>(random::integer_between(engine, 0, last_category))];
    return post;
}

} // namespace roi::core::model
