// What a post is for life under growth model natural: archetype, reach, decay, engagement and prices (realism C.2).
#include <cmath>

#include "core/model/model.hpp"
#include "core/random/draw.hpp"

namespace roi::core::model {

using random::Lane;
using random::Philox;

namespace {

// Spreads of the post effects: standard deviations, of logarithms where the effect is a factor. They are the calibration's,
// the same on all platforms; what differs between platforms stands in roi_platforms.
constexpr double discovery_decay_spread = 0.10;
constexpr double follower_spread = 0.35;
constexpr double viral_boost_spread = 0.45;
constexpr double viral_hours_spread = 0.40;
constexpr double engagement_spread = 0.35;
constexpr double split_spread = 0.25;
constexpr double price_spread = 0.10;     // common to CPC and CPM: one price has two names
constexpr double own_price_spread = 0.06; // of each
constexpr double organic_ctr_spread = 0.20;
constexpr double paid_share_concentration = 14.0; // of the Beta distribution

constexpr double viral_engagement = 1.05;
constexpr double dying_extra_decay = 0.20;
constexpr double dying_discovery = 0.45;
constexpr double dying_followers = 1.6;

constexpr double soft_cap_share = 0.8; // nothing piles up on the hard cap
constexpr double max_click_rate = 0.05;
constexpr double idle_click_rate = 0.01; // where clicks cost nothing

constexpr double viral_rise = 2.2;  // a viral wave rises first,
constexpr double viral_decay = 0.6; // then decays as a power law
constexpr double follower_decay = 0.7;

// Burr distribution function: with rise 1 a power-law decay t^-(1 + decay), with more a rise before it.
double burr(double t, double scale, double rise, double decay) {
    const double power = rise == 1.0 ? t / scale : std::pow(t / scale, rise);
    return 1.0 - std::pow(1.0 + power, -decay / rise);
}

double shape(const PlatformModel &platform, const Traits &post, double hours) {
    const double t = std::min(hours, post.hours);
    if (!(t > 0.0)) return 0.0;
    double share = post.follower_share * burr(t, platform.follower_hours, 1.0, follower_decay) +
                   (1.0 - post.follower_share) * burr(t, post.discovery_hours, 1.0, post.discovery_decay);
    if (post.archetype == Archetype::viral)
        share = share / post.viral_boost +
                (1.0 - 1.0 / post.viral_boost) * burr(t, post.viral_hours, viral_rise, viral_decay);
    return share;
}

Archetype pick_archetype(const PlatformModel &platform, double u) {
    if (u < platform.viral_share) return Archetype::viral;
    return u < platform.viral_share + platform.dying_share ? Archetype::dying : Archetype::steady;
}

double factor(Philox &engine, double spread) { return std::exp(spread * random::normal(engine)); }

void draw_reach(Philox &engine, const PlatformModel &platform, double audience, Traits &post) {
    post.archetype = pick_archetype(platform, random::uniform(engine));
    post.views = platform.median_views * audience / platform.reference_audience *
                 factor(engine, platform.views_spread);
    post.discovery_decay =
        std::clamp(platform.discovery_decay + discovery_decay_spread * random::normal(engine), 0.25, 0.95);
    post.discovery_hours = platform.discovery_hours * factor(engine, platform.discovery_spread);
    post.follower_share = std::min(0.7, platform.follower_share * factor(engine, follower_spread));
    // Drawn for every post, so that an archetype does not shift what follows.
    const double boost = platform.viral_boost * factor(engine, viral_boost_spread);
    const double wave = platform.viral_hours * factor(engine, viral_hours_spread);
    if (post.archetype == Archetype::viral) {
        post.viral_boost = std::clamp(boost, 0.46 * platform.viral_boost, 3.1 * platform.viral_boost);
        post.viral_hours = std::clamp(wave, 0.43 * platform.viral_hours, 2.15 * platform.viral_hours);
        post.views *= post.viral_boost;
    } else if (post.archetype == Archetype::dying) {
        post.views *= platform.dying_factor;
        post.discovery_decay += dying_extra_decay;
        post.discovery_hours *= dying_discovery;
        post.follower_share = std::min(0.7, post.follower_share * dying_followers);
    }
}

void bound_reach(const PlatformModel &platform, const ContentModel &content, Traits &post) {
    const double soft_cap = soft_cap_share * static_cast<double>(platform.counters[measure_views].cap);
    if (post.views > 0.0) post.views = post.views * soft_cap / (post.views + soft_cap);
    post.hours = static_cast<double>(std::min(content.hours, lifetime_hours));
    post.full_shape = shape(platform, post, post.hours);
}

void draw_engagement(Philox &engine, const PlatformModel &platform, const ContentModel &content,
                     Traits &post) {
    // A larger reach meets colder people: the rate falls with views by the elasticity's distance from 1.
    const double typical = std::max(1.0, platform.median_views);
    post.engagement_rate = platform.engagement_rate * content.engagement * factor(engine, engagement_spread) *
                           std::pow(std::max(1.0, post.views) / typical, platform.engagement_elasticity - 1);
    if (post.archetype == Archetype::viral) post.engagement_rate *= viral_engagement;
    double sum = 0.0;
    for (std::size_t i = 0; i < post.engagement_split.size(); ++i)
        sum += post.engagement_split[i] = platform.engagement_split[i] * factor(engine, split_spread);
    for (double &part : post.engagement_split)
        part = sum > 0.0 ? part / sum : 0.0;
}

// On the scale of logarithms between the plan's bounds, then the content's factor.
double price_between(std::int64_t low, std::int64_t high, double place, double content_factor) {
    const double most = static_cast<double>(high) / micros_per_unit;
    const double least = static_cast<double>(low) / micros_per_unit;
    if (!(most > 0.0)) return 0.0;
    const double from = std::max(least, most / 1000.0); // a bound of 0 has no logarithm
    return std::clamp(from * std::pow(most / from, place) * content_factor, least, most);
}

void draw_prices(Philox &engine, const PlatformModel &platform, const ContentModel &content, Traits &post) {
    const double common = price_spread * random::normal(engine);
    const double click = platform.cpc_centre + common + own_price_spread * random::normal(engine);
    const double mille = platform.cpm_centre + common + own_price_spread * random::normal(engine);
    post.cpc = price_between(platform.cpc_min, platform.cpc_max, click, content.price);
    post.cpm = price_between(platform.cpm_min, platform.cpm_max, mille, content.price);
    // CPM = 1000 x CTR x CPC: the click rate at which both prices name the same delivery.
    post.paid_ctr =
        post.cpc > 0.0 ? std::min(max_click_rate, post.cpm / (1000.0 * post.cpc)) : idle_click_rate;
    post.organic_ctr =
        std::min(1.0, post.paid_ctr * platform.organic_ctr_ratio * factor(engine, organic_ctr_spread));
}

double draw_paid_share(std::uint64_t seed, std::uint64_t key, double mean) {
    if (!(mean > 0.0) || mean >= 1.0) return mean > 0.0 ? 1.0 : 0.0;
    Philox engine(seed, key, 0, Lane::traits_paid);
    const double paid = mean * random::gamma_of_mean_one(engine, paid_share_concentration * mean);
    const double organic =
        (1.0 - mean) * random::gamma_of_mean_one(engine, paid_share_concentration * (1.0 - mean));
    return paid + organic > 0.0 ? paid / (paid + organic) : mean;
}

} // namespace

// The order of the draws is part of the contract: same seed, same rows.
Traits draw_traits(std::uint64_t seed, const PlatformModel &platform, const ContentModel &content,
                   std::uint64_t post_key, double audience) {
    Philox engine(seed, post_key, 0, Lane::traits);
    Traits post;
    draw_reach(engine, platform, audience, post);
    bound_reach(platform, content, post);
    draw_engagement(engine, platform, content, post);
    draw_prices(engine, platform, content, post);
    post.paid_share = draw_paid_share(seed, post_key, platform.paid_share);
    return post;
}

double views_by(const PlatformModel &platform, const Traits &traits, double hours) {
    return traits.full_shape > 0.0 ? shape(platform, traits, hours) / traits.full_shape : 0.0;
}

} // namespace roi::core::model
