// A sample of simulated posts with what the acceptance tests look at: hourly gains, final totals, counts of broken rules.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/model/model.hpp"

namespace realism {

using roi::core::Measures;
using roi::core::model::Archetype;
using roi::core::model::lifetime_hours;

constexpr std::int64_t first_hour = 482136; // 2025-01-01 00:00 UTC, a Wednesday

struct PostLife {
    Archetype archetype = Archetype::steady;
    bool is_static = false; // post or story
    bool is_video = false;  // video or reel
    std::int64_t hour = 0;  // of publication; the sample's clock is UTC
    std::vector<double> gains = std::vector<double>(lifetime_hours); // views
    Measures totals{};
};

struct Month {
    double spend = 0, revenue = 0, price = 0, rows = 0;
};

struct PlatformSample {
    std::string name;
    double cpc_min = 0, cpc_max = 0, cpm_min = 0, cpm_max = 0;
    bool has_archetypes = true;
    std::vector<PostLife> posts;
    std::array<Month, 12> months{};
    double rows = 0, falling = 0, absurd = 0, beyond_envelope = 0, held_back = 0;
};

struct Sample {
    std::vector<PlatformSample> platforms;
};

// What a control changes in the model.
struct Mutation {
    bool without_gamma = false;    // views are Poisson
    bool without_clock = false;    // no day, no week
    bool bills_everything = false; // every click and every view, paid or not, at both prices
};

// Growth model natural.
Sample natural_sample(std::uint64_t seed, int posts_per_platform, const Mutation &mutation);

// The plan word for word: with hours since the post (literal), or with its default argument, 1 (default).
enum class Reading { literal, by_default };
Sample plan_sample(std::uint64_t seed, int posts_per_platform, Reading reading);

// Collects one post hour by hour from lifetime counters.
class Recorder {
public:
    Recorder(PlatformSample &sample, PostLife &post) : sample_(sample), post_(post) {}
    void add(std::int64_t h, const Measures &lifetime, double price, bool was_held_back);

private:
    PlatformSample &sample_;
    PostLife &post_;
};

} // namespace realism
