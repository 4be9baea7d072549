// Classical decomposition for weekdays, ratios of sums for hours, a regression for months.
#include "core/analytics/seasonality.hpp"

#include <algorithm>
#include <cmath>

#include "core/analytics/least_squares.hpp"
#include "core/calendar.hpp"

namespace roi::core::analytics {
namespace {

constexpr double upper_tail = 0.975; // of a 95 % interval

SeasonIndex index_of(double index, double error, double freedom, std::size_t n) {
    const double reach = student_quantile(upper_tail, freedom) * error;
    return {index, {index - reach, index + reach}, n};
}

} // namespace

std::vector<SeasonIndex> weekday_seasons(const DailySeries &series) {
    constexpr std::size_t half = week / 2;
    const Numbers &values = series.values;
    std::array<Numbers, week> ratios;
    for (std::size_t i = half; i + half < values.size(); ++i) {
        double mean = 0;
        for (std::size_t j = i - half; j <= i + half; ++j)
            mean += values[j] / static_cast<double>(week);
        const int weekday = weekday_of(series.first_day + static_cast<std::int64_t>(i));
        if (mean > 0) ratios[static_cast<std::size_t>(weekday)].push_back(values[i] / mean);
    }
    double all = 0;
    for (const Numbers &of_day : ratios) {
        if (of_day.size() < least_weeks) return {};
        all += mean_of(of_day) / static_cast<double>(week);
    }
    std::vector<SeasonIndex> seasons;
    for (const Numbers &of_day : ratios) {
        const auto n = static_cast<double>(of_day.size());
        seasons.push_back(
            index_of(mean_of(of_day) / all, std::sqrt(variance_of(of_day) / n) / all, n - 1, of_day.size()));
    }
    return seasons;
}

std::vector<SeasonIndex> hour_seasons(const std::vector<HourlyDay> &days) {
    struct Day {
        const HourlyDay *day;
        double sum = 0, hours = 0;
    };
    std::vector<Day> used;
    double sum = 0, hours = 0;
    bool is_spread = false;
    for (const HourlyDay &day : days) {
        Day one{&day};
        for (std::size_t hour = 0; hour < 24; ++hour) {
            one.sum += day.sums[hour];
            one.hours += day.hours[hour];
        }
        if (!(one.sum > 0)) continue;
        is_spread = is_spread || *std::max_element(day.sums.begin(), day.sums.end()) < one.sum;
        used.push_back(one);
        sum += one.sum;
        hours += one.hours;
    }
    if (used.size() < least_weeks * week || !is_spread) return {};
    const auto n = static_cast<double>(used.size());
    std::vector<SeasonIndex> seasons;
    for (std::size_t hour = 0; hour < 24; ++hour) {
        double own_sum = 0, own_hours = 0, square = 0;
        for (const Day &one : used) {
            own_sum += one.day->sums[hour];
            own_hours += one.day->hours[hour];
        }
        if (!(own_hours > 0)) return {};
        const double mean_share = own_hours / hours; // of time
        const double index = own_sum / sum / mean_share;
        for (const Day &one : used) {
            const double rest = one.day->sums[hour] - index * mean_share * one.sum;
            square += rest * rest;
        }
        const double error = std::sqrt(square * n / (n - 1)) / (sum * mean_share);
        seasons.push_back(index_of(index, error, n - 1, used.size()));
    }
    return seasons;
}

namespace {

struct Month {
    int month; // 0 to 11
    double place;
    double mean; // of a day
};

std::vector<Month> whole_months(const DailySeries &series) {
    std::vector<Month> months;
    const auto count = static_cast<std::int64_t>(series.values.size());
    std::int64_t at = 0;
    while (at < count) {
        const CivilDay day = civil_from_days(series.first_day + at);
        const std::int64_t length = days_in_month(static_cast<int>(day.year), day.month);
        if (day.day == 1 && at + length <= count) {
            double sum = 0;
            for (std::int64_t i = at; i < at + length; ++i)
                sum += series.values[static_cast<std::size_t>(i)];
            months.push_back(
                {day.month - 1, static_cast<double>(months.size()), sum / static_cast<double>(length)});
        }
        at += length - day.day + 1;
    }
    return months;
}

} // namespace

std::vector<SeasonIndex> month_seasons(const DailySeries &series) {
    constexpr std::size_t months_of_year = 12;
    const std::vector<Month> months = whole_months(series);
    if (months.size() < least_months) return {};
    // effects that add up to 0: December's is the negative sum of the others
    const auto effect_row = [](int month) {
        Numbers row(months_of_year + 1, 0.0); // 1, place, effects
        for (std::size_t i = 0; i + 1 < months_of_year; ++i)
            row[2 + i] = month == 11 ? -1 : (static_cast<int>(i) == month ? 1 : 0);
        return row;
    };
    std::vector<Numbers> rows;
    Numbers means;
    std::array<std::size_t, months_of_year> years{};
    for (const Month &month : months) {
        rows.push_back(effect_row(month.month));
        rows.back()[0] = 1;
        rows.back()[1] = month.place;
        means.push_back(month.mean);
        ++years[static_cast<std::size_t>(month.month)];
    }
    const LeastSquares fit(rows, means);
    const double mean = mean_of(means);
    if (!fit.is_full_rank() || !(mean > 0)) return {};
    std::vector<SeasonIndex> seasons;
    for (int month = 0; month < static_cast<int>(months_of_year); ++month) {
        const Numbers row = effect_row(month);
        const double error = std::sqrt(fit.variance() * fit.leverage(row)) / mean;
        seasons.push_back(index_of(1 + fit.predict(row) / mean, error, fit.freedom(),
                                   years[static_cast<std::size_t>(month)]));
    }
    return seasons;
}

} // namespace roi::core::analytics
