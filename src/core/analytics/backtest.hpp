// Errors that a model would have made, and intervals that follow from them.
#pragma once

#include <memory>
#include <vector>

#include "core/analytics/models.hpp"

#include "core/seal.hpp"

namespace roi::core::analytics {

// The two intervals of every forecast: 80 and 95 %.
enum class Level : unsigned char { inner, outer };
constexpr double share_of(Level level) { return level == Level::inner ? 0.8 : 0.95; }

// Where testing begins for a history of n days: half of it lies before where there is enough, and at most half a year after.
std::size_t first_origin_of(std::size_t days, std::size_t horizon);

// A series, what each candidate forecast from each origin, and the scale of errors at each origin. Values may be unknown.
class Backtest {
public:
    Backtest(const DailySeries &series, std::size_t horizon);
    // Of the ratio of two series by day, each candidate of both: unknown on days that have nothing below.
    Backtest(const Backtest &above, const Backtest &below);

    std::size_t first_origin() const { return first_; }
    std::size_t days() const { return values_.size(); }
    std::size_t horizon() const { return horizon_; }
    bool may_be_negative() const { return may_be_negative_; }
    double actual(std::size_t origin, std::size_t step) const { return values_[origin + step - 1]; }

    const std::vector<ModelKind> &kinds() const { return kinds_; }
    const Forecasts &forecasts(std::size_t model) const { return forecasts_[model]; }
    // The candidate of the least mean absolute error over days before `until`; the first one of equals.
    std::size_t best_model(std::size_t until) const;
    double mean_absolute_error(std::size_t model, std::size_t until) const;
    double naive_unit() const; // of MASE

    // What errors are in proportion to: half the level of the four weeks before the origin, half the forecast.
    double scale(std::size_t model, std::size_t origin, std::size_t step) const;

private:
    Numbers values_;
    std::size_t horizon_, first_;
    bool may_be_negative_ = false;
    std::vector<ModelKind> kinds_;
    std::vector<Forecasts> forecasts_;
    Numbers level_; // by origin - first
};

// The errors of one model over days before `until`, in units of scale(): their size by step and their common shape.
class Calibration {
public:
    Calibration(const Backtest &test, std::size_t model, std::size_t until);

    // The size of a step's errors in units of scale(), widened for how few independent errors tell it.
    double width(std::size_t step, Level level) const { return of(level).width[step - 1]; }
    // The error of an origin in units of size().
    double standard(std::size_t origin, std::size_t step) const;
    std::size_t count() const { return count_; } // of errors
    Interval interval(std::size_t origin, std::size_t step, Level level) const;

private:
    struct Levelled {
        Interval shape; // quantiles of all standardised errors, of the normal law where there are few
        Numbers width;  // by step
    };
    const Levelled &of(Level level) const { return level == Level::inner ? inner_ : outer_; }
    Levelled levelled(Level level, const Numbers &sorted, const Numbers &independent) const;

    const Backtest &test_;
    std::size_t model_;
    Numbers size_; // by step: root of the mean square of the errors in units of scale()
    Levelled inner_, outer_;
    std::size_t count_ = 0;
};

} // namespace roi::core::analytics
