// The tabs of the dashboard as SQL functions, each from one read of the rollup under row level security.
#include <algorithm>

#include "core/report/benchmark.hpp"

#include "api/answer.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
using namespace roi::core::report;
using api::Answer;

using Row = std::vector<Argument>;

// Rows by platform: platform, columns, currency; highest value of `order` first.
Datum answer_platforms(FunctionCallInfo fcinfo, const Columns &columns, const char *order) {
    store::Question question = store::read_question(fcinfo);
    open_result(fcinfo);
    SpiScope spi;
    Answer answer(std::move(question));
    answer.read();
    const auto column = std::find_if(columns.begin(), columns.end(),
                                     [order](const Column &c) { return std::string_view(c.name) == order; });
    for (const std::size_t platform : api::ranked_platforms(answer.tally(), *column)) {
        Row row{text_argument(answer.tally().platform(platform))};
        store::append_columns(row, columns, answer.tally().of_platform(platform));
        row.push_back(answer.currency_argument());
        put_row(fcinfo, row);
    }
    return Datum{0};
}

// One row of totals: columns, then currency.
Datum answer_total(FunctionCallInfo fcinfo, const Columns &columns) {
    store::Question question = store::read_question(fcinfo);
    open_result(fcinfo);
    SpiScope spi;
    Answer answer(std::move(question));
    answer.read();
    Row row;
    store::append_columns(row, columns, answer.tally().total());
    row.push_back(answer.currency_argument());
    put_row(fcinfo, row);
    return Datum{0};
}

Bucket read_bucket(FunctionCallInfo fcinfo, int number, const store::Range &range) {
    if (!has_argument(fcinfo, number)) return api::chosen_bucket(range);
    Bucket bucket;
    const std::string name = text_of(fcinfo, number);
    if (!bucket_from(name, bucket))
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "bucket \"" + clip(name) + "\" is not known",
             "Series go by hour, day, week or month.",
             "Use 'hour', 'day', 'week', 'month', or NULL for the one that suits the range.");
    return bucket;
}

Argument text_array(const std::vector<std::string> &texts) {
    TextColumn column;
    for (const std::string &text : texts)
        column.add(text);
    return column.array();
}

Argument date_argument(std::int64_t unix_day) {
    return {DateADTGetDatum(static_cast<DateADT>(unix_day - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE))),
            false};
}

} // namespace

ROI_FUNCTION(roi_total) {
    store::Question question = store::read_question(fcinfo);
    open_result(fcinfo);
    SpiScope spi;
    Answer answer(std::move(question));
    answer.read();
    Row row{answer.currency_argument()};
    store::append_columns(row, total_columns(), answer.tally().total());
    put_row(fcinfo, row);
    return Datum{0};
}

ROI_FUNCTION(roi_revenue_by_source) { return answer_platforms(fcinfo, source_columns(), "total_revenue"); }
ROI_FUNCTION(roi_cost_breakdown) { return answer_platforms(fcinfo, cost_columns(), "total_spend"); }
ROI_FUNCTION(roi_channel_performance) { return answer_platforms(fcinfo, channel_columns(), "avg_roi"); }
ROI_FUNCTION(roi_clv) { return answer_total(fcinfo, clv_columns()); }
ROI_FUNCTION(roi_cac) { return answer_total(fcinfo, cac_columns()); }
ROI_FUNCTION(roi_payback_period) { return answer_total(fcinfo, payback_columns()); }

// Further argument: bucket.
ROI_FUNCTION(roi_revenue_trends) {
    store::Question question = store::read_question(fcinfo);
    const Bucket bucket = read_bucket(fcinfo, 6, question.range);
    open_result(fcinfo);
    SpiScope spi;
    Answer answer(std::move(question));
    std::size_t line = 0;
    const Series series = answer.add_series(bucket, line);
    answer.read();
    for (std::size_t i = 0; i < series.starts.size(); ++i) {
        Row row{{TimestampTzGetDatum(series.starts[i]), false}};
        store::append_columns(row, revenue_columns(), answer.tally().of_bucket(line, i));
        row.push_back(answer.currency_argument());
        put_row(fcinfo, row);
    }
    return Datum{0};
}

ROI_FUNCTION(roi_trends) {
    store::Question question = store::read_question(fcinfo);
    open_result(fcinfo);
    SpiScope spi;
    Answer answer(std::move(question));
    const store::ZoneClock &clock = *answer.question().clock;
    std::size_t line = 0;
    const Series series = answer.add_series(Bucket::day, line);
    if (series.starts.empty()) return Datum{0};
    answer.read();
    const std::vector<std::int64_t> dates = api::days_of(series, clock);
    const auto markers =
        api::markers_of(store::read_campaigns(answer.question().extension, answer.question().user_id,
                                              dates.front(), api::last_day_of(answer.bounds().until, clock)),
                        dates);
    for (std::size_t i = 0; i < dates.size(); ++i) {
        Row row{date_argument(dates[i])};
        store::append_columns(row, trend_columns(), answer.tally().of_bucket(line, i));
        row.push_back(text_array(markers[i]));
        row.push_back(answer.currency_argument());
        put_row(fcinfo, row);
    }
    return Datum{0};
}

// Arguments: user_id, year, time_zone, currency.
ROI_FUNCTION(roi_monthly_spend_trends) {
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    store::authorise(extension, user_id);
    const store::ZoneClock clock(store::required_text(fcinfo, 2, "time_zone"));
    Currencies currencies(store::read_currency(fcinfo, 3));
    const Moment now = call([] { return GetCurrentTransactionStartTimestamp(); });
    const api::Year year =
        api::year_of(has_argument(fcinfo, 1) ? PG_GETARG_INT32(1) : api::year_at(now, clock), clock);
    open_result(fcinfo);
    SpiScope spi;
    Tally tally(year.since, year.until, currencies);
    tally.add_line(year.starts, true);
    store::read_cells(extension, user_id, {&tally});
    const Argument currency = text_or_null(store::settle_currency(extension, currencies, {&tally}));
    const std::size_t shown = api::shown_months(year, tally);
    for (std::size_t month = 0; month < shown; ++month)
        for (const std::size_t platform : api::named_platforms(tally)) {
            Row row{int32_argument(static_cast<int>(month) + 1), text_argument(tally.platform(platform))};
            store::append_columns(row, monthly_columns(), tally.of_bucket(0, month, platform));
            row.push_back(currency);
            put_row(fcinfo, row);
        }
    return Datum{0};
}

// Further argument: benchmark.
ROI_FUNCTION(roi_benchmark) {
    store::Question question = store::read_question(fcinfo);
    const std::string given = has_argument(fcinfo, 6) ? store::benchmark_from(PG_GETARG_DATUM(6)) : "";
    open_result(fcinfo);
    SpiScope spi;
    Answer answer(std::move(question));
    answer.read();
    const std::string benchmark = has_argument(fcinfo, 6) ? given
                                                          : store::read_benchmark(answer.question().extension,
                                                                                  answer.question().user_id);
    const Benchmark result = benchmark_of(answer.tally().total(), benchmark);
    put_row(fcinfo, {store::argument_of(result.actual), store::argument_of(result.benchmark),
                     store::argument_of(result.difference), store::argument_of(result.percentage),
                     text_argument(result.status)});
    return Datum{0};
}

// Arguments: period, since, until, time_zone.
ROI_FUNCTION(roi_time_range) {
    store::open_extension(fcinfo);
    const store::Range range = store::read_range(fcinfo, 0);
    open_result(fcinfo);
    put_row(fcinfo, {{TimestampTzGetDatum(range.since), false},
                     {TimestampTzGetDatum(range.until), false},
                     text_argument(range.bucket)});
    return Datum{0};
}

ROI_FUNCTION(roi_require_setup) {
    store::open_extension(fcinfo);
    return Datum{0};
}
