// Tests 5 to 8 of the realism study: how fast views come, how they decay, how unequal they are, how early they tell the end.
#include <algorithm>
#include <cmath>

#include "statistics.hpp"

namespace realism {

using namespace roi::core;

Line fit(const std::vector<double> &x, const std::vector<double> &y) {
    const auto n = static_cast<double>(x.size());
    double sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        sx += x[i];
        sy += y[i];
        sxx += x[i] * x[i];
        sxy += x[i] * y[i];
        syy += y[i] * y[i];
    }
    const double vx = sxx - sx * sx / n, cov = sxy - sx * sy / n;
    return {cov / vx, syy - sy * sy / n - cov * cov / vx};
}

namespace {

// Hours until half of the month's views have come.
double half_time(const PostLife &post) {
    const double half = static_cast<double>(post.totals[measure_views]) / 2;
    double sum = 0;
    for (std::size_t h = 0; h < post.gains.size(); ++h)
        if ((sum += post.gains[h]) >= half && half > 0) return static_cast<double>(h + 1);
    return std::nan("");
}

void check_speed(const Sample &sample, std::vector<Check> &checks) {
    constexpr double bands[][2] = {{1, 3}, {12, 30}, {72, 220}};
    std::vector<double> medians;
    for (std::size_t i = 0; i < sample.platforms.size(); ++i) {
        std::vector<double> times;
        for (const PostLife &post : sample.platforms[i].posts)
            if (!std::isnan(half_time(post))) times.push_back(half_time(post));
        medians.push_back(median(times));
        checks.push_back({5, sample.platforms[i].name + ": median hours to half of the views", bands[i][0],
                          bands[i][1], medians[i]});
    }
    const bool rises = medians[0] < medians[1] && medians[1] < medians[2];
    checks.push_back({5, "facebook < instagram < youtube", 1, 1, rises ? 1.0 : 0.0});
}

// Mean hourly gain of the steady posts on each day of age; where there are no archetypes, of all posts.
std::vector<double> daily_means(const PlatformSample &platform) {
    std::vector<double> means(30);
    double posts = 0;
    for (const PostLife &post : platform.posts) {
        if (platform.has_archetypes && post.archetype != Archetype::steady) continue;
        posts += 1;
        for (std::size_t h = 0; h < post.gains.size(); ++h)
            means[h / 24] += post.gains[h] / 24;
    }
    for (double &mean : means)
        mean /= posts;
    return means;
}

void check_decay(const Sample &sample, std::vector<Check> &checks) {
    constexpr double bands[][2] = {{-2.0, -1.2}, {-1.8, -1.0}, {-1.4, -0.5}};
    for (std::size_t i = 0; i < sample.platforms.size(); ++i) {
        const std::vector<double> means = daily_means(sample.platforms[i]);
        std::vector<double> days, log_days, log_means;
        for (std::size_t day = 3; day < means.size(); ++day) {
            days.push_back(static_cast<double>(day) + 0.5);
            log_days.push_back(std::log(days.back()));
            log_means.push_back(std::log(means[day])); // of nothing or less: not a number, and the test fails
        }
        const Line power = fit(log_days, log_means), exponential = fit(days, log_means);
        checks.push_back({6, sample.platforms[i].name + ": slope of log gain over log age", bands[i][0],
                          bands[i][1], power.slope});
        // With two parameters each, Akaike's criterion differs as the residuals do.
        const double gap = static_cast<double>(days.size()) * std::log(power.residual / exponential.residual);
        checks.push_back({6, sample.platforms[i].name + ": AIC of power law - exponential", -1e9, 0, gap});
    }
}

std::vector<double> log_views_at(const PlatformSample &platform, std::size_t hours) {
    std::vector<double> logs;
    for (const PostLife &post : platform.posts) {
        double sum = 0;
        for (std::size_t h = 0; h < hours; ++h)
            sum += post.gains[h];
        logs.push_back(std::log(std::max(1.0, sum)));
    }
    return logs;
}

double deviation(const std::vector<double> &values) {
    double sum = 0, squares = 0;
    for (const double value : values) {
        sum += value;
        squares += value * value;
    }
    const auto n = static_cast<double>(values.size());
    return std::sqrt((squares - sum * sum / n) / (n - 1));
}

void check_inequality(const Sample &sample, std::vector<Check> &checks) {
    for (const PlatformSample &platform : sample.platforms) {
        std::vector<double> logs = log_views_at(platform, lifetime_hours), views;
        checks.push_back({7, platform.name + ": deviation of log views", 1.0, 1.8, deviation(logs)});
        std::sort(logs.rbegin(), logs.rend());
        const std::size_t top = logs.size() / 10;
        double all = 0, most = 0, hill = 0;
        for (std::size_t i = 0; i < logs.size(); ++i) {
            all += std::exp(logs[i]);
            if (i < top) most += std::exp(logs[i]);
            if (i < top) hill += logs[i] - logs[top];
        }
        checks.push_back({7, platform.name + ": share of the top tenth", 0.4, 0.8, most / all});
        checks.push_back({7, platform.name + ": Hill exponent of the top tenth", 0.8, 2.5,
                          quotient(static_cast<double>(top), hill)});
    }
}

double correlation(const std::vector<double> &x, const std::vector<double> &y) {
    const auto n = static_cast<double>(x.size());
    double sx = 0, sy = 0, sxy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        sx += x[i];
        sy += y[i];
        sxy += x[i] * y[i];
    }
    return quotient((sxy - sx * sy / n) / (n - 1), deviation(x) * deviation(y));
}

void check_prediction(const Sample &sample, std::vector<Check> &checks) {
    std::vector<double> after_a_day;
    for (const PlatformSample &platform : sample.platforms) {
        const std::vector<double> end = log_views_at(platform, lifetime_hours);
        std::vector<double> at;
        for (const std::size_t hours : {1u, 6u, 24u, 72u})
            at.push_back(correlation(log_views_at(platform, hours), end));
        checks.push_back({8, platform.name + ": correlation of log views, 1 h and 720 h", 0.5, 0.9, at[0]});
        checks.push_back(
            {8, platform.name + ": correlation of log views, 24 h and 720 h", 0.9, 0.995, at[2]});
        checks.push_back({8, platform.name + ": it rises with age", 1, 1,
                          std::is_sorted(at.begin(), at.end()) ? 1.0 : 0.0});
        after_a_day.push_back(at[2]);
    }
    checks.push_back(
        {8, "at 24 h facebook above youtube", 1, 1, after_a_day[0] > after_a_day[2] ? 1.0 : 0.0});
}

} // namespace

void check_dynamics(const Sample &sample, std::vector<Check> &checks) {
    check_speed(sample, checks);
    check_decay(sample, checks);
    check_inequality(sample, checks);
    check_prediction(sample, checks);
}

} // namespace realism
