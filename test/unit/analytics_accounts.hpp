// Simulated daily figures with a known law, for tests of what analyses claim.
#pragma once

#include <cmath>
#include <cstdlib>
#include <string>

#include "core/analytics/models.hpp"
#include "core/random/draw.hpp"

namespace analytics_test {

using roi::core::analytics::Numbers;
using roi::core::random::Lane;
using roi::core::random::Philox;

enum class Law { flat, growing, wandering, sticky, yearly };
constexpr Law all_laws[] = {Law::flat, Law::growing, Law::wandering, Law::sticky, Law::yearly};

struct Account {
    Numbers revenue, spend;
};

// Revenue as the product of a law, a weekday and two gammas: overdispersed, never below 0.
inline Account draw_account(Law law, std::size_t days, std::uint64_t seed) {
    constexpr double weekday[] = {0.9, 0.95, 1, 1, 1.1, 1.3, 0.75};
    constexpr double pi = 3.14159265358979323846;
    Philox engine(seed, static_cast<std::uint64_t>(law), 0, Lane::views);
    double level = 100, drift = 0;
    Account account;
    for (std::size_t t = 0; t < days; ++t) {
        const double day = static_cast<double>(t);
        if (law == Law::wandering) level *= std::exp(0.03 * roi::core::random::normal(engine));
        double mean = level * weekday[t % 7];
        if (law == Law::growing) mean *= 1 + 0.002 * day;
        if (law == Law::sticky) {
            drift = 0.6 * drift + 0.2 * roi::core::random::normal(engine);
            mean *= std::exp(drift);
        }
        if (law == Law::yearly) mean *= 1 + 0.4 * std::sin(2 * pi * day / 365.25);
        const double luck = roi::core::random::gamma_of_mean_one(engine, 12);
        account.spend.push_back(0.3 * mean * luck * roi::core::random::gamma_of_mean_one(engine, 30));
        account.revenue.push_back(mean * luck * roi::core::random::gamma_of_mean_one(engine, 10));
    }
    return account;
}

inline bool is_long() {
    const char *const wanted = std::getenv("ROI_TEST_LONG");
    return wanted != nullptr && std::string(wanted) == "1";
}

// Fractions of a count, to compare with a claim.
struct Share {
    std::size_t hits = 0, all = 0;
    void note(bool is_hit) {
        hits += is_hit ? 1 : 0;
        ++all;
    }
    double value() const { return static_cast<double>(hits) / static_cast<double>(all); }
};

} // namespace analytics_test
