// Tests 1 to 4 (rules) and 12 to 15 (engagement and money) of the realism study.
#include "statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace realism {

using namespace roi::core;

double median(std::vector<double> values) {
    if (values.empty()) return std::nan("");
    std::sort(values.begin(), values.end());
    return (values[values.size() / 2] + values[(values.size() - 1) / 2]) / 2;
}

double quotient(double a, double b) { return b == 0 ? std::nan("") : a / b; }

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t campaign_size = 20;

double total(const PlatformSample &platform, std::size_t measure) {
    double sum = 0;
    for (const PostLife &post : platform.posts)
        sum += static_cast<double>(post.totals[measure]);
    return sum;
}

double of(const PostLife &post, std::size_t measure) { return static_cast<double>(post.totals[measure]); }

void check_rules(const Sample &sample, std::vector<Check> &checks) {
    double falling = 0, absurd = 0, beyond = 0;
    for (const PlatformSample &platform : sample.platforms) {
        falling += platform.falling;
        absurd += platform.absurd;
        beyond += platform.beyond_envelope;
    }
    checks.push_back({1, "rows with a falling counter, spend or revenue", 0, 0, falling});
    checks.push_back({2, "rows against logic or above a cap", 0, 0, absurd});
    checks.push_back({4, "rows beyond the envelope of multipliers", 0, 0, beyond});
    for (const PlatformSample &platform : sample.platforms)
        checks.push_back({4, platform.name + ": rows held back, %", 0, 0.2,
                          quotient(100 * platform.held_back, platform.rows)});
}

void check_archetypes(const Sample &sample, std::vector<Check> &checks) {
    double posts = 0;
    std::array<double, 3> count{};
    for (const PlatformSample &platform : sample.platforms)
        for (const PostLife &post : platform.posts) {
            posts += 1;
            if (platform.has_archetypes) count[static_cast<std::size_t>(post.archetype)] += 1;
        }
    checks.push_back({3, "viral posts, %", 5, 10, 100 * count[0] / posts});
    checks.push_back({3, "dying posts, %", 20, 30, 100 * count[1] / posts});
    checks.push_back({3, "steady posts, %", 60, 70, 100 * count[2] / posts});
}

struct Band {
    double low, high;
};

// By how many percent likes rise when views rise by one percent, over posts.
double like_elasticity(const PlatformSample &platform) {
    std::vector<double> views, likes;
    for (const PostLife &post : platform.posts) {
        if (post.totals[measure_likes] <= 0) continue;
        views.push_back(std::log(of(post, measure_views)));
        likes.push_back(std::log(of(post, measure_likes)));
    }
    return fit(views, likes).slope;
}

void check_engagement(const Sample &sample, std::vector<Check> &checks) {
    constexpr Band likes[] = {{1.5, 4}, {2.5, 5}, {2.5, 5}}, rates[] = {{2, 6}, {3, 6}, {3, 6}},
                   clicks[] = {{0.8, 2.5}, {0.4, 1.5}, {0.3, 1.0}};
    std::vector<double> click_rates;
    for (std::size_t i = 0; i < sample.platforms.size(); ++i) {
        const PlatformSample &p = sample.platforms[i];
        const double views = total(p, measure_views);
        const double engaged = total(p, measure_likes) + total(p, measure_comments) +
                               total(p, measure_shares) + total(p, measure_saves);
        const auto percent = [&](double part) { return quotient(100 * part, views); };
        checks.push_back({12, p.name + ": likes per view, %", likes[i].low, likes[i].high,
                          percent(total(p, measure_likes))});
        checks.push_back(
            {12, p.name + ": comments per view, %", 0.1, 0.5, percent(total(p, measure_comments))});
        checks.push_back(
            {12, p.name + ": engagement per view, %", rates[i].low, rates[i].high, percent(engaged)});
        checks.push_back({12, p.name + ": elasticity of likes to views", 0.85, 1.05, like_elasticity(p)});
        click_rates.push_back(percent(total(p, measure_clicks)));
        checks.push_back(
            {13, p.name + ": clicks per view, %", clicks[i].low, clicks[i].high, click_rates.back()});
    }
    const bool falls = click_rates[0] > click_rates[1] && click_rates[1] > click_rates[2];
    checks.push_back({13, "clicks per view: facebook > instagram > youtube", 1, 1, falls ? 1.0 : 0.0});
}

// Spend per paid click and per 1,000 paid views of one post, in units of currency.
double effective_cpc(const PostLife &post) {
    return quotient(of(post, measure_spend) / 1e6, of(post, measure_paid_clicks));
}
double effective_cpm(const PostLife &post) {
    return quotient(of(post, measure_spend) / 1e3, of(post, measure_paid_views));
}

double effective_cpm(const PlatformSample &platform, bool PostLife::*kind) {
    double spend = 0, views = 0;
    for (const PostLife &post : platform.posts) {
        if (!(post.*kind)) continue;
        spend += of(post, measure_spend) / 1e3;
        views += of(post, measure_paid_views);
    }
    return quotient(spend, views);
}

void check_prices(const Sample &sample, std::vector<Check> &checks) {
    std::vector<double> cpc;
    for (const PlatformSample &p : sample.platforms) {
        double seen = 0, inside = 0;
        for (const PostLife &post : p.posts) {
            if (of(post, measure_paid_clicks) < 30) continue;
            const double click = effective_cpc(post), mille = effective_cpm(post);
            seen += 1;
            inside += click >= p.cpc_min && click <= p.cpc_max && mille >= p.cpm_min && mille <= p.cpm_max;
        }
        checks.push_back({14, p.name + ": posts with CPC and CPM in the plan's ranges, %", 99, 100,
                          quotient(100 * inside, seen)});
        cpc.push_back(quotient(total(p, measure_spend) / 1e6, total(p, measure_paid_clicks)));
        if (p.name != "youtube")
            checks.push_back(
                {14, p.name + ": CPM of video / static", 1.1, 1.6,
                 quotient(effective_cpm(p, &PostLife::is_video), effective_cpm(p, &PostLife::is_static))});
    }
    checks.push_back({14, "CPC of instagram / facebook", 1.2, 2.2, quotient(cpc[1], cpc[0])});
}

bool is_believable(double revenue, double spend) {
    const double roi = quotient(100 * (revenue - spend), spend);
    return roi >= 100 && roi <= 800;
}

// Consecutive posts of a platform, as a campaign has them.
double believable_campaigns(const PlatformSample &platform) {
    double campaigns = 0, good = 0;
    for (std::size_t first = 0; first + campaign_size <= platform.posts.size(); first += campaign_size) {
        double spend = 0, revenue = 0;
        for (std::size_t i = first; i < first + campaign_size; ++i) {
            spend += of(platform.posts[i], measure_spend);
            revenue += of(platform.posts[i], measure_revenue);
        }
        campaigns += 1;
        good += is_believable(revenue, spend);
    }
    return quotient(100 * good, campaigns);
}

double believable_posts(const PlatformSample &platform) {
    double posts = 0, good = 0;
    for (const PostLife &post : platform.posts) {
        if (of(post, measure_conversions) < 10 * micros_per_unit) continue;
        posts += 1;
        good += is_believable(of(post, measure_revenue), of(post, measure_spend));
    }
    return quotient(100 * good, posts);
}

void check_returns(const Sample &sample, std::vector<Check> &checks) {
    for (const PlatformSample &p : sample.platforms) {
        double least = infinity, most = -infinity;
        for (const Month &month : p.months) {
            const double roas = quotient(month.revenue, month.spend);
            least = std::isnan(roas) ? roas : std::min(least, roas);
            most = std::max(most, roas);
        }
        checks.push_back({15, p.name + ": ROAS of its weakest month", 2, 5, least});
        checks.push_back({15, p.name + ": ROAS of its best month", 2, 5, most});
        checks.push_back(
            {15, p.name + ": campaigns of 20 posts with ROI 100-800, %", 90, 100, believable_campaigns(p)});
        checks.push_back(
            {15, p.name + ": posts of 10 conversions with ROI 100-800, %", 75, 100, believable_posts(p)});
    }
}

} // namespace

std::vector<Check> check_all(const Sample &sample) {
    std::vector<Check> checks;
    check_rules(sample, checks);
    check_archetypes(sample, checks);
    check_dynamics(sample, checks);
    check_noise(sample, checks);
    check_engagement(sample, checks);
    check_prices(sample, checks);
    check_returns(sample, checks);
    std::stable_sort(checks.begin(), checks.end(),
                     [](const Check &a, const Check &b) { return a.test < b.test; });
    return checks;
}

} // namespace realism
