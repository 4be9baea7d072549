// Draws the samples: growth model natural with its mutants, and the plan's own rule word for word.
#include "sample.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/random/draw.hpp"

#include "platforms.hpp"

namespace realism {

using namespace roi::core;
using namespace roi::core::model;

namespace {

// The plan's bounds, stated again: the test must not ask the model what the model may do.
constexpr std::array<double, 6> growth_max = {2.5, 1.8, 1.6, 2.2, 0, 1.9}; // saves have none
constexpr std::array<double, 6> caps = {1e6, 5e5, 1e5, 2e5, 2e5, 3e5};

double number(const Measures &m, std::size_t i) { return static_cast<double>(m[i]); }

bool is_absurd(const Measures &m) {
    bool beyond_cap = false;
    for (std::size_t i = 0; i < caps.size(); ++i)
        beyond_cap = beyond_cap || number(m, i) > caps[i];
    return beyond_cap ||
           m[measure_likes] + m[measure_comments] + m[measure_shares] + m[measure_saves] > m[measure_views] ||
           m[measure_clicks] > m[measure_views] || m[measure_paid_views] > m[measure_views] ||
           m[measure_paid_clicks] > m[measure_clicks] ||
           m[measure_conversions] > m[measure_clicks] * micros_per_unit;
}

Measures difference(const Measures &after, const Measures &before) {
    Measures gain{};
    for (std::size_t i = 0; i < measure_count; ++i)
        gain[i] = after[i] - before[i];
    return gain;
}

bool is_beyond_envelope(std::int64_t h, const Measures &before, const Measures &after) {
    const double decay = std::max(0.1, 1.0 - 0.02 * static_cast<double>(h));
    for (std::size_t i = 0; h >= 2 && i < growth_max.size(); ++i)
        if (growth_max[i] > 0 && before[i] >= 20 &&
            number(after, i) > number(before, i) * (1.0 + (growth_max[i] - 1.0) * decay) + 1e-9)
            return true;
    return false;
}

double uniform_of(std::uint64_t seed, std::uint64_t post, std::int64_t purpose) {
    random::Philox engine(seed, post, purpose, random::Lane::publish);
    return random::uniform(engine);
}

// Posting moments over one year, in the hours in which accounts publish.
std::int64_t posting_hour(std::uint64_t seed, std::uint64_t post) {
    const auto day = static_cast<std::int64_t>(uniform_of(seed, post, 1) * 365);
    double left = uniform_of(seed, post, 2) * 24;
    std::int64_t hour = 0;
    while (hour < 23 && (left -= publishing_weight(static_cast<int>(hour))) > 0)
        ++hour;
    return first_hour + day * 24 + hour;
}

PlatformSample empty_sample(const PlatformModel &platform, int posts) {
    PlatformSample sample;
    sample.name = platform.name;
    sample.cpc_min = static_cast<double>(platform.cpc_min) / micros_per_unit;
    sample.cpc_max = static_cast<double>(platform.cpc_max) / micros_per_unit;
    sample.cpm_min = static_cast<double>(platform.cpm_min) / micros_per_unit;
    sample.cpm_max = static_cast<double>(platform.cpm_max) / micros_per_unit;
    sample.posts.resize(static_cast<std::size_t>(posts));
    return sample;
}

void mutate(PlatformModel &platform, const Mutation &mutation) {
    if (mutation.without_gamma) platform.daily_shape = platform.hourly_shape = 1e15;
    if (mutation.without_clock) {
        platform.daily_swing = 0;
        platform.weekday_factors.fill(1);
    }
}

void bill_everything(const HourRow &row, Measures &billed) {
    billed[measure_spend] += row.added[measure_clicks] * row.cost_per_click +
                             row.added[measure_views] * row.cost_per_impression - row.added[measure_spend];
}

void live(std::uint64_t seed, const PlatformModel &platform, const Mutation &mutation,
          std::uint64_t number_of_post, PlatformSample &sample, PostLife &post) {
    const std::int64_t hour =
        posting_hour(seed, random::mix(random::hash_text(platform.name), number_of_post));
    const Publication published = publish(seed, platform, hour, static_cast<int>(number_of_post));
    PostState state;
    state.key = published.key;
    state.hour = post.hour = hour;
    state.click_percent = published.content->click_percent;
    state.traits = draw_traits(seed, platform, *published.content, state.key, platform.reference_audience);
    post.archetype = state.traits.archetype;
    const auto is = [&](const char *type) { return std::strcmp(published.content->type, type) == 0; };
    post.is_static = is("post") || is("story");
    post.is_video = is("video") || is("reel");
    Recorder recorder(sample, post);
    Measures extra{};
    for (std::int64_t h = 1; h <= lifetime_hours; ++h) {
        const std::int64_t now = hour + h - 1;
        const HourRow row = natural_hour(seed, platform, state, now, local_hour(now));
        state.totals = row.totals;
        if (mutation.bills_everything) bill_everything(row, extra);
        Measures lifetime = row.totals;
        lifetime[measure_spend] += extra[measure_spend];
        recorder.add(h, lifetime, static_cast<double>(row.cost_per_impression), row.held_back != 0);
    }
}

} // namespace

void Recorder::add(std::int64_t h, const Measures &lifetime, double price, bool was_held_back) {
    const Measures gain = difference(lifetime, post_.totals);
    sample_.rows += 1;
    sample_.falling += *std::min_element(gain.begin(), gain.end()) < 0;
    sample_.absurd += is_absurd(lifetime) || is_absurd(gain);
    sample_.beyond_envelope += is_beyond_envelope(h, post_.totals, lifetime);
    sample_.held_back += was_held_back;
    post_.gains[static_cast<std::size_t>(h - 1)] = number(gain, measure_views);
    Month &month = sample_.months[static_cast<std::size_t>(local_hour(post_.hour + h - 1).month)];
    month.spend += number(gain, measure_spend);
    month.revenue += number(gain, measure_revenue);
    month.price += price;
    month.rows += 1;
    post_.totals = lifetime;
}

Sample natural_sample(std::uint64_t seed, int posts_per_platform, const Mutation &mutation) {
    Sample sample;
    for (PlatformModel platform : {facebook(), instagram(), youtube()}) {
        mutate(platform, mutation);
        sample.platforms.push_back(empty_sample(platform, posts_per_platform));
        PlatformSample &own = sample.platforms.back();
        for (std::size_t i = 0; i < own.posts.size(); ++i)
            live(seed, platform, mutation, i, own, own.posts[i]);
    }
    return sample;
}

// --- the plan's rule: generateRealisticUpdate, calculateFinancialMetrics, calculateRevenue ---

namespace {

class PlanPost {
public:
    PlanPost(std::uint64_t seed, std::uint64_t key, const PlatformModel &platform)
        : engine_(seed, key, 0, random::Lane::views), platform_(platform) {}

    const Measures &next(double hours_elapsed) {
        grow(hours_elapsed);
        charge();
        return now_;
    }
    double price() const { return cpm_ * 1000; }

private:
    double between(double low, double high) { return low + random::uniform(engine_) * (high - low); }

    void grow(double hours_elapsed) {
        const double decay = std::max(0.1, 1 - hours_elapsed * 0.02);
        const double most = std::min(2.5, 1 + 1000 / std::max(number(now_, measure_views), 1.0));
        for (const std::size_t i :
             {measure_views, measure_likes, measure_comments, measure_shares, measure_clicks}) {
            const double top = (i == measure_views ? most : growth_max[i]) * decay;
            const double grown = std::floor(number(now_, i) * between(1, top) + 0.5);
            now_[i] = static_cast<std::int64_t>(std::min(grown, caps[i]));
        }
        now_[measure_paid_views] = now_[measure_views];
        now_[measure_paid_clicks] = now_[measure_clicks];
    }

    void charge() {
        const auto unit = [](std::int64_t micros) { return static_cast<double>(micros) / micros_per_unit; };
        const double views = number(now_, measure_views), clicks = number(now_, measure_clicks);
        const double cpc = between(unit(platform_.cpc_min), unit(platform_.cpc_max));
        cpm_ = between(unit(platform_.cpm_min), unit(platform_.cpm_max));
        const double spend = std::floor((clicks * cpc + views * cpm_ / 1000) * 100 + 0.5) / 100;
        const double engaged =
            number(now_, measure_likes) + number(now_, measure_comments) + number(now_, measure_shares);
        const double rate = 0.02 * platform_.engagement_multiplier * (1 + engaged / std::max(views, 1.0));
        const double conversions = std::floor(clicks * rate + 0.5);
        now_[measure_spend] = std::llround(spend * micros_per_unit);
        now_[measure_conversions] = static_cast<std::int64_t>(conversions) * micros_per_unit;
        now_[measure_revenue] = static_cast<std::int64_t>(conversions) * platform_.order_value;
    }

    random::Philox engine_;
    const PlatformModel &platform_;
    Measures now_{1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0};
    double cpm_ = 0;
};

} // namespace

Sample plan_sample(std::uint64_t seed, int posts_per_platform, Reading reading) {
    Sample sample;
    for (const PlatformModel &platform : {facebook(), instagram(), youtube()}) {
        sample.platforms.push_back(empty_sample(platform, posts_per_platform));
        PlatformSample &own = sample.platforms.back();
        own.has_archetypes = false;
        for (std::size_t i = 0; i < own.posts.size(); ++i) {
            const std::uint64_t key = random::mix(random::hash_text(platform.name), i);
            own.posts[i].hour = posting_hour(seed, key);
            PlanPost post(seed, key, platform);
            Recorder recorder(own, own.posts[i]);
            for (std::int64_t h = 1; h <= lifetime_hours; ++h) {
                const Measures &now = post.next(reading == Reading::literal ? static_cast<double>(h) : 1);
                recorder.add(h, now, post.price(), false);
            }
        }
    }
    return sample;
}

} // namespace realism
