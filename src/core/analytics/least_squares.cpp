// Eigen's decompositions behind plain numbers.
#include "core/analytics/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

// an assertion must not abort the server
#define eigen_assert(condition)                                                                              \
    do {                                                                                                     \
        if (!(condition)) throw std::logic_error(#condition);                                                \
    } while (false)
#include <eigen3/Eigen/Dense>

#include "core/analytics/models.hpp"

namespace roi::core::analytics {

LeastSquares::LeastSquares(const std::vector<Numbers> &rows, const Numbers &values) {
    const auto n = static_cast<Eigen::Index>(rows.size());
    const auto p = static_cast<Eigen::Index>(rows.empty() ? 0 : rows.front().size());
    if (n <= p || p == 0) return;
    Eigen::MatrixXd design(n, p);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < p; ++j)
            design(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
    const Eigen::Map<const Eigen::VectorXd> given(values.data(), n);
    const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(design);
    is_full_rank_ = qr.rank() == p;
    if (!is_full_rank_) return;
    const Eigen::VectorXd found = qr.solve(given), rest = given - design * found;
    const Eigen::MatrixXd inverse =
        (design.transpose() * design).ldlt().solve(Eigen::MatrixXd::Identity(p, p));
    coefficients_.assign(found.data(), found.data() + p);
    residuals_.assign(rest.data(), rest.data() + n);
    for (Eigen::Index i = 0; i < p; ++i) {
        inverse_.emplace_back();
        for (Eigen::Index j = 0; j < p; ++j)
            inverse_.back().push_back(inverse(i, j));
    }
    freedom_ = static_cast<double>(n - p);
    variance_ = rest.squaredNorm() / freedom_;
}

double LeastSquares::predict(const Numbers &row) const {
    double sum = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
        sum += row[i] * coefficients_[i];
    return sum;
}

double LeastSquares::leverage(const Numbers &row) const {
    double sum = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
        for (std::size_t j = 0; j < row.size(); ++j)
            sum += row[i] * inverse_[i][j] * row[j];
    return sum;
}

namespace {

constexpr Eigen::Index most_terms = 12;
using Terms = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, most_terms, 1>;
using Square = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, most_terms, most_terms>;

// 1, the day's place, six weekdays against Monday, then sine and cosine of one and two turns a year.
Terms terms_of(std::int64_t day, double place, bool is_yearly) {
    constexpr double pi = 3.14159265358979323846, days_of_year = 365.25;
    Terms terms = Terms::Zero(is_yearly ? 12 : 8);
    terms(0) = 1;
    terms(1) = place;
    if (const int weekday = weekday_of(day); weekday > 0) terms(1 + weekday) = 1;
    for (int turn = 1; is_yearly && turn <= 2; ++turn) {
        const double angle = 2 * pi * turn * static_cast<double>(day) / days_of_year;
        terms(6 + 2 * turn) = std::sin(angle);
        terms(7 + 2 * turn) = std::cos(angle);
    }
    return terms;
}

} // namespace

void forecast_regression(const DailySeries &series, bool is_yearly, Forecasts &into) {
    const Numbers &values = series.values;
    std::vector<Terms> rows;
    const std::size_t until = into.last_origin() + into.horizon();
    rows.reserve(until);
    for (std::size_t i = 0; i < until; ++i)
        rows.push_back(terms_of(series.first_day + static_cast<std::int64_t>(i),
                                static_cast<double>(i) / static_cast<double>(values.size()), is_yearly));
    const Eigen::Index p = rows.front().size();
    Square gram = Square::Zero(p, p);
    Terms moment = Terms::Zero(p);
    for (std::size_t known = 0; known <= into.last_origin(); ++known) {
        if (known >= into.first_origin()) {
            const Terms found = gram.ldlt().solve(moment);
            for (std::size_t step = 1; step <= into.horizon(); ++step)
                into.at(known, step) = rows[known + step - 1].dot(found);
        }
        if (known == into.last_origin()) break;
        gram.noalias() += rows[known] * rows[known].transpose();
        moment += values[known] * rows[known];
    }
}

} // namespace roi::core::analytics
