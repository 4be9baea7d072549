// roi_forecast, roi_seasonality, roi_anomalies: analyses of daily sums.
#include <algorithm>

#include "core/analytics/anomalies.hpp"
#include "core/analytics/forecast.hpp"
#include "core/analytics/seasonality.hpp"

#include "api/analysis.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
using namespace roi::core::analytics;
using api::count_argument;
using api::date_argument;
using api::number_argument;
using api::percent_argument;

using Row = std::vector<Argument>;

store::Daily daily_of(const store::Question &question) {
    store::Daily daily = store::read_daily(question, store::whole_days(question, most_history));
    if (daily.days.count() == 0) api::fail_empty();
    return daily;
}

DailySeries series_of(const store::Daily &daily, bool of_spend) {
    return {daily.days.first_day, of_spend ? daily.spend : daily.revenue};
}

} // namespace

// Arguments: user_id, horizon, measure, period, since, until, time_zone, currency.
ROI_FUNCTION(roi_forecast) {
    enum Measure : std::size_t { revenue, spend, roi };
    const store::Question question = store::read_question(fcinfo, 3);
    const auto horizon = static_cast<std::size_t>(
        api::whole_argument(fcinfo, 1, "horizon", 1, static_cast<int>(most_horizon)));
    const std::size_t measure = api::word_argument(fcinfo, 2, "measure", "revenue spend roi");
    open_result(fcinfo);
    SpiScope spi;
    const store::Daily daily = daily_of(question);
    const Forecast forecast = measure == roi ? forecast_roi(series_of(daily, false), daily.spend, horizon)
                                             : forecast_sums(series_of(daily, measure == spend), horizon);
    for (std::size_t step = 1; step <= horizon; ++step) {
        const ForecastDay &day = forecast.days[step - 1];
        const std::int64_t date = daily.days.end_day() + static_cast<std::int64_t>(step) - 1;
        put_row(fcinfo, {date_argument(date), int32_argument(static_cast<std::int32_t>(step)),
                         number_argument(day.value), number_argument(day.inner.lower),
                         number_argument(day.inner.upper), number_argument(day.outer.lower),
                         number_argument(day.outer.upper), text_argument(forecast.model),
                         number_argument(forecast.mase), number_argument(forecast.naive_mase),
                         percent_argument(forecast.coverage.inner), percent_argument(forecast.coverage.outer),
                         count_argument(forecast.coverage.checked), count_argument(daily.days.count()),
                         date_argument(daily.days.first_day), date_argument(daily.days.end_day() - 1),
                         text_or_null(daily.currency)});
    }
    return Datum{0};
}

namespace {

// What a row of roi_seasonality says beside its index.
struct SeasonContext {
    const store::Daily &daily;
    std::int64_t first_day; // of what was looked at
};

void put_seasons(FunctionCallInfo fcinfo, const SeasonContext &context, const char *dimension, int first,
                 const char *const *labels, const std::vector<SeasonIndex> &seasons, const char *lacking) {
    const auto put = [&](const Argument &position, const Argument &label, const SeasonIndex &season,
                         const Argument &note) {
        put_row(fcinfo, {text_argument(dimension), position, label, number_argument(season.index),
                         number_argument(season.interval.lower), number_argument(season.interval.upper),
                         count_argument(season.n), date_argument(context.first_day),
                         date_argument(context.daily.days.end_day() - 1), note,
                         text_or_null(context.daily.currency)});
    };
    if (seasons.empty()) put(null_argument(), null_argument(), {}, text_argument(lacking));
    for (std::size_t i = 0; i < seasons.size(); ++i)
        put(int32_argument(first + static_cast<int>(i)), text_argument(labels[i]), seasons[i],
            null_argument());
}

constexpr const char *hour_labels[] = {"00:00", "01:00", "02:00", "03:00", "04:00", "05:00",
                                       "06:00", "07:00", "08:00", "09:00", "10:00", "11:00",
                                       "12:00", "13:00", "14:00", "15:00", "16:00", "17:00",
                                       "18:00", "19:00", "20:00", "21:00", "22:00", "23:00"};
constexpr const char *weekday_labels[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                          "Friday", "Saturday", "Sunday"};
constexpr const char *month_labels[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

// The last days of a range.
store::WholeDays last_of(const store::WholeDays &all, std::size_t most) {
    if (all.count() <= most) return all;
    const std::size_t dropped = all.count() - most;
    return {all.first_day + static_cast<std::int64_t>(dropped),
            {all.starts.begin() + static_cast<std::ptrdiff_t>(dropped), all.starts.end()}};
}

} // namespace

// Arguments: user_id, measure, period, since, until, time_zone, currency.
ROI_FUNCTION(roi_seasonality) {
    constexpr std::size_t most_hourly = 26 * week; // days that are read by the hour
    const store::Question question = store::read_question(fcinfo, 2);
    const bool of_spend = api::is_spend(fcinfo, 1);
    open_result(fcinfo);
    SpiScope spi;
    const store::Daily daily = daily_of(question);
    const DailySeries series = series_of(daily, of_spend);
    const store::WholeDays recent = last_of(daily.days, most_hourly);
    store::Question hourly = question;
    hourly.currency = daily.currency;
    put_seasons(fcinfo, {daily, recent.first_day}, "hour", 0, hour_labels,
                hour_seasons(store::read_hours(hourly, recent, of_spend)),
                "needs 28 days above 0 whose figures come by the hour");
    put_seasons(fcinfo, {daily, daily.days.first_day}, "weekday", 1, weekday_labels, weekday_seasons(series),
                "needs four weeks above 0, and three days around each");
    put_seasons(fcinfo, {daily, daily.days.first_day}, "month", 1, month_labels, month_seasons(series),
                "needs 24 whole months");
    return Datum{0};
}

// Arguments: user_id, measure, false_alarm_rate, all_days, period, since, until, time_zone, currency.
ROI_FUNCTION(roi_anomalies) {
    const store::Question question = store::read_question(fcinfo, 4);
    const bool of_spend = api::is_spend(fcinfo, 1);
    const double rate = api::inner_argument(fcinfo, 2, "false_alarm_rate", 0, 0.5);
    const bool all_days = api::flag_argument(fcinfo, 3, "all_days");
    open_result(fcinfo);
    SpiScope spi;
    const store::Daily daily = daily_of(question);
    const std::vector<WatchedDay> watched = watch(series_of(daily, of_spend), rate);
    for (std::size_t i = 0; i < watched.size(); ++i) {
        const WatchedDay &day = watched[i];
        if (!all_days && !day.is_anomaly) continue;
        put_row(fcinfo,
                {date_argument(daily.days.first_day + static_cast<std::int64_t>(i)),
                 number_argument(day.value), number_argument(day.expected), number_argument(day.usual.lower),
                 number_argument(day.usual.upper), number_argument(day.score),
                 api::double_argument(day.p_value), bool_argument(day.is_anomaly),
                 text_argument(day.score < 0 ? "below" : "above"), count_argument(watched.size()),
                 number_argument(rate * static_cast<double>(watched.size())), text_or_null(daily.currency)});
    }
    return Datum{0};
}
