// Tests 9 to 11 of the realism study: over-dispersion, the hours of the day, the days of the week, the seasons of prices.
#include <algorithm>
#include <cmath>

#include "statistics.hpp"

namespace realism {

using namespace roi::core;

namespace {

constexpr std::size_t window = 3;    // hours
constexpr std::size_t settled = 120; // hours after which the trend inside a window is small
constexpr double enough_views = 5;   // mean of a window or an hour
constexpr std::size_t enough_windows = 20;

// Means and variances of the post's windows with enough views.
struct Windows {
    std::vector<double> means, variances;
};

Windows windows_of(const PostLife &post) {
    Windows found;
    for (std::size_t first = settled; first + window <= post.gains.size(); first += window) {
        double sum = 0, squares = 0;
        for (std::size_t h = first; h < first + window; ++h) {
            sum += post.gains[h];
            squares += post.gains[h] * post.gains[h];
        }
        const double mean = sum / window;
        if (mean < enough_views) continue;
        found.means.push_back(mean);
        found.variances.push_back((squares - sum * mean) / (window - 1));
    }
    return found;
}

// Size k of the negative binomial, from variance = mean + mean^2 / k over the post's windows.
double binomial_size(const Windows &post) {
    double squares = 0, excess = 0;
    for (std::size_t i = 0; i < post.means.size(); ++i) {
        squares += post.means[i] * post.means[i] - post.variances[i] / window;
        excess += post.variances[i] - post.means[i];
    }
    return excess > 0 ? squares / excess : 1e9;
}

void check_dispersion(const Sample &sample, std::vector<Check> &checks) {
    for (const PlatformSample &platform : sample.platforms) {
        double fano = 0, windows = 0;
        std::vector<double> sizes;
        for (const PostLife &post : platform.posts) {
            const Windows found = windows_of(post);
            for (std::size_t i = 0; i < found.means.size(); ++i)
                fano += found.variances[i] / found.means[i];
            windows += static_cast<double>(found.means.size());
            if (found.means.size() >= enough_windows) sizes.push_back(binomial_size(found));
        }
        checks.push_back(
            {9, platform.name + ": Fano factor of hourly views", 2, 1e9, quotient(fano, windows)});
        checks.push_back({9, platform.name + ": negative binomial size, median post", 3, 20, median(sizes)});
    }
}

// The mean of the `width` hours around each hour; edges are left out by the callers.
std::vector<double> trend_of(const std::vector<double> &gains, std::size_t width) {
    std::vector<double> trend(gains.size());
    double sum = 0;
    for (std::size_t h = 0; h < gains.size(); ++h) {
        sum += gains[h];
        if (h >= width) sum -= gains[h - width];
        if (h + 1 >= width) trend[h + 1 - width / 2 - 1] = sum / static_cast<double>(width);
    }
    return trend;
}

// Largest over smallest detrended gain among the cells of a cycle.
template <class Cell>
double swing(const PlatformSample &platform, std::size_t cells, std::size_t width, Cell cell_of) {
    std::vector<double> gained(cells), expected(cells);
    for (const PostLife &post : platform.posts) {
        const std::vector<double> trend = trend_of(post.gains, width);
        for (std::size_t h = 96; h < 600; ++h) {
            if (trend[h] <= 0) continue;
            const std::size_t cell = cell_of(model::local_hour(post.hour + static_cast<std::int64_t>(h)));
            gained[cell] += post.gains[h] / trend[h]; // each hour of each post counts alike
            expected[cell] += 1;
        }
    }
    double least = 1e300, most = -1e300;
    for (std::size_t i = 0; i < cells; ++i) {
        const double ratio = quotient(gained[i], expected[i]);
        if (std::isnan(ratio)) return ratio;
        least = std::min(least, ratio);
        most = std::max(most, ratio);
    }
    return quotient(most, least);
}

double autocorrelation(const std::vector<double> &series, std::size_t lag) {
    double product = 0, square = 0, mean = 0;
    for (const double value : series)
        mean += value / static_cast<double>(series.size());
    for (std::size_t i = 0; i < series.size(); ++i) {
        square += (series[i] - mean) * (series[i] - mean);
        if (i >= lag) product += (series[i] - mean) * (series[i - lag] - mean);
    }
    return quotient(product, square);
}

// How much more alike hours a day apart are than hours half a day apart; not a number for a post with few views.
double daily_echo(const PostLife &post) {
    std::vector<double> logs;
    double sum = 0;
    for (const double gain : post.gains)
        logs.push_back(std::log1p(std::max(0.0, gain)));
    const std::vector<double> trend = trend_of(logs, 24);
    std::vector<double> series;
    for (std::size_t h = 96; h < 600; ++h) {
        series.push_back(logs[h] - trend[h]);
        sum += post.gains[h];
    }
    if (sum / static_cast<double>(series.size()) < enough_views) return std::nan("");
    return autocorrelation(series, 24) - autocorrelation(series, 12);
}

void check_clock(const Sample &sample, std::vector<Check> &checks) {
    for (const PlatformSample &platform : sample.platforms) {
        const auto hour = [](const model::LocalHour &local) { return static_cast<std::size_t>(local.hour); };
        const auto weekday = [](const model::LocalHour &local) {
            return static_cast<std::size_t>(local.weekday);
        };
        std::vector<double> echoes;
        for (const PostLife &post : platform.posts)
            if (!std::isnan(daily_echo(post))) echoes.push_back(daily_echo(post));
        checks.push_back(
            {10, platform.name + ": best hour of the day / worst", 2, 5, swing(platform, 24, 24, hour)});
        checks.push_back(
            {10, platform.name + ": autocorrelation at 24 h - at 12 h", 0.25, 2, median(echoes)});
        checks.push_back(
            {11, platform.name + ": best weekday / worst", 1.05, 1.4, swing(platform, 7, 168, weekday)});
        const auto price = [&](std::size_t first) {
            double sum = 0, rows = 0;
            for (std::size_t i = first; i < first + 3; ++i) {
                sum += platform.months[i].price;
                rows += platform.months[i].rows;
            }
            return quotient(sum, rows);
        };
        checks.push_back({11, platform.name + ": prices of the last quarter / the first", 1.2, 1.85,
                          quotient(price(9), price(0))});
    }
}

} // namespace

void check_noise(const Sample &sample, std::vector<Check> &checks) {
    check_dispersion(sample, checks);
    check_clock(sample, checks);
}

} // namespace realism
