// Exponential smoothing of level, damped slope and weekly season, and the search for its parameters.
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/analytics/models.hpp"

namespace roi::core::analytics {

HoltWinters::HoltWinters(const Numbers &values, bool is_multiplicative)
    : is_multiplicative_(is_multiplicative) {
    double first = 0, second = 0;
    for (std::size_t i = 0; i < week; ++i) {
        first += values[i] / static_cast<double>(week);
        second += values[week + i] / static_cast<double>(week);
    }
    level_ = first;
    slope_ = (second - first) / static_cast<double>(week);
    for (std::size_t i = 0; i < week; ++i)
        season_[i] = is_multiplicative ? values[i] / first : values[i] - first;
}

double HoltWinters::take(double value, const Smoothing &by) {
    double &season = season_[day_];
    const double ahead = level_ + by.phi * slope_;
    const double error = value - (is_multiplicative_ ? ahead * season : ahead + season);
    const double before = level_;
    level_ = by.alpha * (is_multiplicative_ ? value / season : value - season) + (1 - by.alpha) * ahead;
    slope_ = by.beta * (level_ - before) + (1 - by.beta) * by.phi * slope_;
    season = by.gamma * (is_multiplicative_ ? value / level_ : value - level_) + (1 - by.gamma) * season;
    day_ = (day_ + 1) % week;
    return error;
}

double HoltWinters::forecast(std::size_t step, const Smoothing &by) const {
    double damped = 0, factor = 1;
    for (std::size_t i = 0; i < step; ++i) {
        factor *= by.phi;
        damped += factor;
    }
    const double season = season_[(day_ + step - 1) % week], ahead = level_ + damped * slope_;
    return is_multiplicative_ ? ahead * season : ahead + season;
}

double squared_errors(const Numbers &values, std::size_t count, bool is_multiplicative, const Smoothing &by) {
    HoltWinters state(values, is_multiplicative);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double error = state.take(values[i], by);
        if (i >= week) sum += error * error; // the first week is where the state comes from
    }
    return std::isfinite(sum) ? sum : std::numeric_limits<double>::max();
}

namespace {

using Point = std::array<double, 4>;

Smoothing smoothing_of(const Point &point) {
    constexpr double least = 0.0001, most = 0.9999, most_damped = 0.8;
    const auto inside = [](double x, double low, double high) { return std::clamp(x, low, high); };
    return {inside(point[0], least, most), inside(point[1], least, 0.5), inside(point[2], least, most),
            inside(point[3], most_damped, 1)};
}

// Nelder and Mead's simplex over the parameters; what lies outside counts as the nearest that does not.
class Simplex {
public:
    struct Vertex {
        Point point;
        double value;
    };

    template <class F>
    static Point search(const Point &start, int evaluations, F &&cost) {
        constexpr Point reach{0.3, 0.05, 0.2, -0.1};
        std::array<Vertex, 5> vertices;
        vertices[0] = {start, cost(start)};
        for (std::size_t i = 0; i < 4; ++i) {
            Point point = start;
            point[i] += reach[i];
            vertices[i + 1] = {point, cost(point)};
        }
        const auto by_value = [](const Vertex &a, const Vertex &b) { return a.value < b.value; };
        for (int done = 5; done < evaluations; done += 2) {
            std::sort(vertices.begin(), vertices.end(), by_value);
            if (vertices[4].value - vertices[0].value <= 1e-7 * vertices[0].value) break;
            done += step(vertices, cost);
        }
        return std::min_element(vertices.begin(), vertices.end(), by_value)->point;
    }

private:
    static Point between(const Point &from, const Point &to, double share) {
        Point point;
        for (std::size_t i = 0; i < point.size(); ++i)
            point[i] = from[i] + share * (to[i] - from[i]);
        return point;
    }

    // Replaces the worst vertex, or shrinks towards the best; returns further evaluations.
    template <class F>
    static int step(std::array<Vertex, 5> &vertices, F &&cost) {
        Point centre{};
        for (std::size_t v = 0; v < 4; ++v)
            for (std::size_t i = 0; i < 4; ++i)
                centre[i] += vertices[v].point[i] / 4;
        Vertex &worst = vertices[4];
        const auto probe = [&](double share) {
            const Point point = between(centre, worst.point, share);
            return Vertex{point, cost(point)};
        };
        const Vertex mirrored = probe(-1);
        if (mirrored.value < vertices[0].value) {
            const Vertex further = probe(-2);
            worst = further.value < mirrored.value ? further : mirrored;
            return 0;
        }
        if (mirrored.value < vertices[3].value) {
            worst = mirrored;
            return -1;
        }
        const Vertex nearer = probe(mirrored.value < worst.value ? -0.5 : 0.5);
        if (nearer.value < std::min(worst.value, mirrored.value)) {
            worst = nearer;
            return 0;
        }
        for (std::size_t v = 1; v < vertices.size(); ++v) {
            const Point point = between(vertices[0].point, vertices[v].point, 0.5);
            vertices[v] = {point, cost(point)};
        }
        return 4;
    }
};

} // namespace

Smoothing fit_smoothing(const Numbers &values, std::size_t count, bool is_multiplicative, Smoothing start,
                        int evaluations) {
    const Point point =
        Simplex::search({start.alpha, start.beta, start.gamma, start.phi}, evaluations, [&](const Point &at) {
            return squared_errors(values, count, is_multiplicative, smoothing_of(at));
        });
    return smoothing_of(point);
}

} // namespace roi::core::analytics
