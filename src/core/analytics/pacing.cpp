// A regression of daily spend on weekdays, and the sum of its predictions.
#include "core/analytics/pacing.hpp"

#include <algorithm>
#include <cmath>

#include "core/analytics/least_squares.hpp"

namespace roi::core::analytics {
namespace {

struct Projection {
    double sum = unknown, error = unknown, freedom = 0;
};

Numbers weekday_row(std::int64_t day, bool by_weekday) {
    Numbers row{1};
    if (!by_weekday) return row;
    row.resize(week, 0.0);
    if (const int weekday = weekday_of(day); weekday > 0) row[static_cast<std::size_t>(weekday)] = 1;
    return row;
}

// How much more sums of days vary than those of independent ones: the larger of what neighbours tell, (1 + r) / (1 - r) with r
// freed of its bias (Marriott and Pope 1954), and of Bartlett's weights over a week (Newey and West 1987).
double inflation_of(const Numbers &residuals, std::size_t coefficients) {
    constexpr double most = 0.9;
    double square = 0, neighbours = 0, weighted = 0;
    for (const double residual : residuals)
        square += residual * residual;
    for (std::size_t lag = 1; lag < week && lag < residuals.size(); ++lag)
        for (std::size_t i = lag; i < residuals.size(); ++i) {
            const double product = residuals[i] * residuals[i - lag];
            if (lag == 1) neighbours += product;
            weighted += product * (1 - static_cast<double>(lag) / static_cast<double>(week));
        }
    if (!(square > 0)) return 1;
    const double n = static_cast<double>(residuals.size()), found = neighbours / square;
    const double bias = (static_cast<double>(coefficients) + 3 * found) / n;
    const double r = std::clamp(found + bias, 0.0, most);
    double factor = (1 + r) / (1 - r);
    // It bends upwards: an uncertain r makes it too large by 2 / ((1 - r) n) of itself, to first order in 1 / n.
    if (residuals.size() >= 2 * week) factor /= 1 + 2 / ((1 - r) * n);
    return std::max(factor, 1 + 2 * weighted / square);
}

// The sum of `count` days from `first` on.
Projection project(const DailySeries &history, std::int64_t first, std::int64_t count) {
    const bool by_weekday = history.values.size() >= 4 * week;
    std::vector<Numbers> rows;
    for (std::size_t i = 0; i < history.values.size(); ++i)
        rows.push_back(weekday_row(history.first_day + static_cast<std::int64_t>(i), by_weekday));
    const LeastSquares fit(rows, history.values);
    if (!fit.is_full_rank()) return {};
    Numbers all(rows.front().size(), 0.0);
    for (std::int64_t day = first; day < first + count; ++day) {
        const Numbers row = weekday_row(day, by_weekday);
        for (std::size_t i = 0; i < row.size(); ++i)
            all[i] += row[i];
    }
    const double more = inflation_of(fit.residuals(), all.size());
    const double variance = fit.variance() * more * (static_cast<double>(count) + fit.leverage(all));
    return {fit.predict(all), std::sqrt(variance), std::max(2.0, fit.freedom() / more)};
}

PacingState state_of(const PacingCase &campaign, const Pacing &pacing) {
    const double low = campaign.budget * (1 - campaign.tolerance);
    const double high = campaign.budget * (1 + campaign.tolerance);
    if (campaign.spent > high || pacing.interval.lower > high) return PacingState::over;
    if (pacing.interval.upper < low) return PacingState::under;
    if (pacing.projected >= low && pacing.projected <= high) return PacingState::on;
    return PacingState::unclear;
}

} // namespace

const char *name_of(PacingState state) {
    constexpr const char *names[] = {nullptr, "under", "on", "over"};
    return names[static_cast<int>(state)];
}

Pacing pace(const PacingCase &campaign) {
    constexpr double inner_upper = 0.9; // of an 80 % interval
    const std::int64_t left = campaign.days - campaign.elapsed;
    Pacing pacing;
    pacing.n = campaign.history.values.size();
    if (campaign.days > 0)
        pacing.ideal =
            campaign.budget * static_cast<double>(campaign.elapsed) / static_cast<double>(campaign.days);
    if (left > 0 && !campaign.is_completed)
        pacing.needed_per_day =
            std::max(0.0, campaign.budget - campaign.spent_whole) / static_cast<double>(left);
    if (left <= 0 || campaign.is_completed) {
        pacing.projected = campaign.spent;
        pacing.interval = {campaign.spent, campaign.spent};
    } else if (pacing.n >= least_paced) {
        const Projection rest = project(campaign.history, campaign.today, left);
        const double reach = student_quantile(inner_upper, std::max(2.0, rest.freedom)) * rest.error;
        // what is spent is spent
        pacing.projected = std::max(campaign.spent, campaign.spent_whole + std::max(0.0, rest.sum));
        pacing.interval = {std::max(campaign.spent, campaign.spent_whole + rest.sum - reach),
                           std::max(campaign.spent, campaign.spent_whole + rest.sum + reach)};
    }
    pacing.state = state_of(campaign, pacing);
    return pacing;
}

} // namespace roi::core::analytics
