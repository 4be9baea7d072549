// Rolling origins: every model forecasts from each day of the later half of the history, from what was known then.
#include "core/analytics/backtest.hpp"

#include <algorithm>
#include <cmath>

namespace roi::core::analytics {

std::size_t first_origin_of(std::size_t days, std::size_t horizon) {
    constexpr std::size_t longest_test = 26 * week;
    const std::size_t latest = days - horizon + 1 - least_origins; // so that the last step has its errors
    const std::size_t half =
        std::max(days / 2, days > longest_test + horizon ? days - longest_test - horizon : 0);
    return std::clamp(half, least_history, latest);
}

Backtest::Backtest(const DailySeries &series, std::size_t horizon)
    : values_(series.values), horizon_(horizon), first_(first_origin_of(values_.size(), horizon)),
      may_be_negative_(std::any_of(values_.begin(), values_.end(), [](double value) { return value < 0; })) {
    constexpr std::size_t level_days = 4 * week;
    for (const ModelKind kind : all_models) {
        if (!is_candidate(kind, series, first_)) continue;
        kinds_.push_back(kind);
        forecasts_.emplace_back(first_, values_.size(), horizon_);
        forecast_with(kind, series, forecasts_.back());
        if (!may_be_negative_) forecasts_.back().keep_above(0);
    }
    double sum = 0;
    for (std::size_t i = 0; i < first_; ++i)
        sum += std::fabs(values_[i]);
    for (std::size_t origin = first_; origin <= values_.size(); ++origin) {
        const std::size_t from = origin - std::min(origin, level_days);
        double level = 0;
        for (std::size_t i = from; i < origin; ++i)
            level += std::fabs(values_[i]) / static_cast<double>(origin - from);
        // after weeks of nothing, errors still come in the size of days
        level_.push_back(std::max(level, sum / static_cast<double>(20 * origin)));
        if (origin < values_.size()) sum += std::fabs(values_[origin]);
    }
}

Backtest::Backtest(const Backtest &above, const Backtest &below)
    : horizon_(above.horizon_), first_(above.first_),
      may_be_negative_(above.may_be_negative_ || below.may_be_negative_) {
    const auto ratio = [](double a, double b) { return b > 0 ? a / b : unknown; };
    for (std::size_t i = 0; i < above.values_.size(); ++i)
        values_.push_back(ratio(above.values_[i], below.values_[i]));
    for (std::size_t i = 0; i < above.kinds_.size(); ++i) {
        const auto same = std::find(below.kinds_.begin(), below.kinds_.end(), above.kinds_[i]);
        if (same == below.kinds_.end()) continue;
        const Forecasts &other = below.forecasts_[static_cast<std::size_t>(same - below.kinds_.begin())];
        kinds_.push_back(above.kinds_[i]);
        forecasts_.push_back(above.forecasts_[i]);
        for (std::size_t origin = first_; origin <= values_.size(); ++origin)
            for (std::size_t step = 1; step <= horizon_; ++step)
                forecasts_.back().at(origin, step) =
                    ratio(forecasts_.back().at(origin, step), other.at(origin, step));
    }
    for (std::size_t i = 0; i < above.level_.size(); ++i)
        level_.push_back(ratio(above.level_[i], below.level_[i]));
}

double Backtest::mean_absolute_error(std::size_t model, std::size_t until) const {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t origin = first_; origin < until; ++origin)
        for (std::size_t step = 1; step <= horizon_ && origin + step <= until; ++step) {
            const double error = actual(origin, step) - forecasts_[model].at(origin, step);
            if (std::isnan(error)) continue;
            sum += std::fabs(error);
            ++count;
        }
    return count == 0 ? unknown : sum / static_cast<double>(count);
}

std::size_t Backtest::best_model(std::size_t until) const {
    std::size_t best = 0;
    double least = mean_absolute_error(0, until);
    for (std::size_t model = 1; model < kinds_.size(); ++model)
        if (const double error = mean_absolute_error(model, until); !(error >= least) && !std::isnan(error)) {
            best = model;
            least = error;
        }
    return best;
}

double Backtest::naive_unit() const {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = week; i < first_; ++i) {
        const double change = values_[i] - values_[i - week];
        if (std::isnan(change)) continue;
        sum += std::fabs(change);
        ++count;
    }
    return count == 0 ? unknown : sum / static_cast<double>(count);
}

double Backtest::scale(std::size_t model, std::size_t origin, std::size_t step) const {
    return (level_[origin - first_] + std::fabs(forecasts_[model].at(origin, step))) / 2;
}

Calibration::Calibration(const Backtest &test, std::size_t model, std::size_t until)
    : test_(test), model_(model) {
    Numbers errors, independent, sorted;
    for (std::size_t step = 1; step <= test.horizon(); ++step) {
        errors.clear();
        double square = 0;
        for (std::size_t origin = test.first_origin(); origin + step <= until; ++origin) {
            const double scale = test.scale(model, origin, step);
            const double error = test.actual(origin, step) - test.forecasts(model).at(origin, step);
            if (std::isnan(error)) continue;
            errors.push_back(scale > 0 ? error / scale : 0);
            square += errors.back() * errors.back();
        }
        const auto count = static_cast<double>(errors.size());
        const double r = neighbour_correlation(errors);
        size_.push_back(errors.empty() ? (step == 1 ? 0 : size_.back()) : std::sqrt(square / count));
        independent.push_back(std::max(2.0, count * (1 - r) / (1 + r)));
    }
    make_rising(size_); // a later day is not easier to tell
    for (std::size_t step = 1; step <= test.horizon(); ++step)
        for (std::size_t origin = test.first_origin(); origin + step <= until; ++origin)
            if (const double error = standard(origin, step); !std::isnan(error)) sorted.push_back(error);
    count_ = sorted.size();
    std::sort(sorted.begin(), sorted.end());
    inner_ = levelled(Level::inner, sorted, independent);
    outer_ = levelled(Level::outer, sorted, independent);
}

double Calibration::standard(std::size_t origin, std::size_t step) const {
    const double unit = test_.scale(model_, origin, step) * size_[step - 1];
    const double error = test_.actual(origin, step) - test_.forecasts(model_).at(origin, step);
    return unit > 0 || std::isnan(error) ? error / unit : 0;
}

Calibration::Levelled Calibration::levelled(Level level, const Numbers &sorted,
                                            const Numbers &independent) const {
    constexpr std::size_t enough = 200; // errors; below, the tails are not seen
    const double p = (1 - share_of(level)) / 2, z = normal_quantile(1 - p);
    Levelled result{{-z, z}, {}};
    if (sorted.size() >= enough) {
        // the rank that split conformal prediction takes of as many independent errors (Lei et al. 2018)
        const std::size_t errors_a_step = sorted.size() / size_.size();
        const double m = std::max(2.0, static_cast<double>(errors_a_step));
        const double rank = std::max(0.0, (p * (m + 1) - 1) / (m - 1));
        result.shape = {std::min(0.0, sorted_quantile(sorted, rank)),
                        std::max(0.0, sorted_quantile(sorted, 1 - rank))};
    }
    for (std::size_t i = 0; i < size_.size(); ++i)
        result.width.push_back(size_[i] * student_quantile(1 - p, independent[i]) / z);
    return result;
}

Interval Calibration::interval(std::size_t origin, std::size_t step, Level level) const {
    const double value = test_.forecasts(model_).at(origin, step);
    const double unit = test_.scale(model_, origin, step) * width(step, level);
    const Interval z = of(level).shape;
    return {value + z.lower * unit, value + z.upper * unit};
}

} // namespace roi::core::analytics
