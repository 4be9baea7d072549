// roi_dashboard(): every tab from one read of the rollup, written as JSON text.
#include "core/report/benchmark.hpp"
#include "core/report/json.hpp"

#include "api/answer.hpp"
#include "api/remembered.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
using namespace roi::core::report;

// Everything the document is made of.
struct Dashboard {
    explicit Dashboard(const store::Question &question)
        : answer(question), year_currencies(answer.question().currency) {}

    api::Answer answer;
    Series revenue, trend;
    std::size_t revenue_line = 0, trend_line = 0;
    api::Year year;
    Currencies year_currencies;
    std::optional<Tally> months;
    bool has_months = true; // false: the year's money cannot be told in the range's currency
    store::Context context;
    std::vector<std::int64_t> dates;
    Figures total;

    const store::ZoneClock &clock() const { return *answer.question().clock; }
    Tally &tally() { return answer.tally(); }
};

Moment now() {
    return call([] { return GetCurrentTransactionStartTimestamp(); });
}

// The calendar year of the range's last moment; of the last fact where there is no end, of now without facts.
api::Year year_of_range(Dashboard &board) {
    Moment end = board.answer.question().range.until;
    if (end == no_end) {
        const api::Bounds bounds = board.answer.bounds();
        end = bounds.since == 0 && bounds.until == 0 ? now() + 1 : bounds.until;
    }
    return api::year_of(api::year_at(end - 1, board.clock()), board.clock());
}

void add_lines(Dashboard &board) {
    const Bucket bucket = api::chosen_bucket(board.answer.question().range);
    board.revenue = board.answer.add_series(bucket, board.revenue_line);
    board.trend_line = board.revenue_line;
    board.trend = board.revenue;
    if (bucket == Bucket::day) return;
    board.trend = board.answer.add_series(Bucket::day, board.trend_line);
}

// The range alone decides on the document's currency; the year goes along where it can.
void settle_months(Dashboard &board) {
    const std::string &range_currency = board.answer.currency();
    board.has_months = board.year_currencies.is_settled();
    if (!board.has_months) return;
    const std::string currency =
        store::settle_currency(board.answer.question().extension, board.year_currencies, {&*board.months});
    board.has_months = range_currency.empty() || currency.empty() || currency == range_currency;
}

void read(Dashboard &board) {
    add_lines(board);
    board.year = year_of_range(board);
    board.months.emplace(board.year.since, board.year.until, board.year_currencies);
    board.months->add_line(board.year.starts, true);
    board.answer.read({}, &*board.months);
    settle_months(board);
    board.dates = api::days_of(board.trend, board.clock());
    const bool has_days = !board.dates.empty();
    board.context =
        store::read_context(board.answer.question().extension, board.answer.question().user_id,
                            has_days ? board.dates.front() : 0,
                            has_days ? api::last_day_of(board.answer.bounds().until, board.clock()) : -1);
    board.total = board.tally().total();
}

void write_total(JsonText &json, const Dashboard &board) {
    // In the order of total_columns().
    static constexpr const char *names[] = {
        "totalRevenue",    "totalSpend",  "totalProfit",      "overallROI", "overallROAS", "totalImpressions",
        "totalEngagement", "totalClicks", "totalConversions", "totalPosts", "dataPoints"};
    json.key("total");
    json.open_object();
    for (std::size_t i = 0; i < total_columns().size(); ++i) {
        json.key(names[i]);
        json.value(total_columns()[i].of(board.total));
    }
    json.close_object();
}

// Rows by platform in the order of their function.
void write_platforms(JsonText &json, const char *name, const Tally &tally, const Columns &columns,
                     std::size_t order) {
    json.key(name);
    json.open_array();
    for (const std::size_t platform : api::ranked_platforms(tally, columns[order])) {
        json.open_object();
        json.key("platform");
        json.string(tally.platform(platform));
        json.columns(columns, tally.of_platform(platform));
        json.close_object();
    }
    json.close_array();
}

void write_moment(JsonText &json, const char *name, Moment moment, const store::ZoneClock &clock) {
    json.key(name);
    if (moment == no_begin || moment == no_end) return json.raw("null");
    char *at = json.begin_value(max_moment + 2);
    *at++ = '"';
    at = core::report::write_moment(at, moment, clock);
    *at++ = '"';
    json.end_value(at);
}

void write_revenue(JsonText &json, Dashboard &board) {
    json.key("revenue");
    json.open_object();
    write_platforms(json, "by_source", board.tally(), source_columns(), 0);
    json.key("trends");
    json.open_array();
    for (std::size_t i = 0; i < board.revenue.starts.size(); ++i) {
        json.open_object();
        write_moment(json, "time_period", board.revenue.starts[i], board.clock());
        json.columns(revenue_columns(), board.tally().of_bucket(board.revenue_line, i));
        json.close_object();
    }
    json.close_array();
    json.close_object();
}

void write_months(JsonText &json, const Dashboard &board) {
    if (!board.has_months) return json.raw("null");
    const Tally &months = *board.months;
    json.open_array();
    const std::size_t shown = api::shown_months(board.year, months);
    for (std::size_t month = 0; month < shown; ++month)
        for (const std::size_t platform : api::named_platforms(months)) {
            json.open_object();
            json.key("month");
            json.value(count_of(static_cast<int>(month) + 1));
            json.key("platform");
            json.string(months.platform(platform));
            json.columns(monthly_columns(), months.of_bucket(0, month, platform, false));
            json.close_object();
        }
    json.close_array();
}

void write_cost(JsonText &json, Dashboard &board) {
    json.key("cost");
    json.open_object();
    write_platforms(json, "breakdown", board.tally(), cost_columns(), 0);
    json.key("monthly");
    write_months(json, board);
    json.close_object();
}

void write_profitability(JsonText &json, const Dashboard &board) {
    const auto part = [&](const char *name, const Columns &columns) {
        json.key(name);
        json.open_object();
        json.columns(columns, board.total);
        json.close_object();
    };
    json.key("profitability");
    json.open_object();
    part("clv", clv_columns());
    part("cac", cac_columns());
    part("payback", payback_columns());
    json.close_object();
}

void write_benchmark(JsonText &json, const Dashboard &board) {
    const Benchmark benchmark = benchmark_of(board.total, board.context.benchmark);
    const std::pair<const char *, const Value *> members[] = {{"actual", &benchmark.actual},
                                                              {"benchmark", &benchmark.benchmark},
                                                              {"difference", &benchmark.difference},
                                                              {"percentage", &benchmark.percentage}};
    json.key("benchmark");
    json.open_object();
    for (const auto &[name, value] : members) {
        json.key(name);
        json.value(*value);
    }
    json.key("status");
    json.string(benchmark.status);
    json.close_object();
}

void write_date(JsonText &json, std::int64_t day) {
    char *at = json.begin_value(max_moment + 2);
    *at++ = '"';
    at = core::report::write_date(at, day);
    *at++ = '"';
    json.end_value(at);
}

void write_trends(JsonText &json, Dashboard &board) {
    const auto markers = api::markers_of(board.context.campaigns, board.dates);
    json.key("trends");
    json.open_object();
    json.key("series");
    json.open_array();
    for (std::size_t i = 0; i < board.dates.size(); ++i) {
        json.open_object();
        json.key("date");
        write_date(json, board.dates[i]);
        json.columns(trend_columns(), board.tally().of_bucket(board.trend_line, i, 0, false));
        json.key("campaign_markers");
        json.open_array();
        for (const std::string &name : markers[i])
            json.string(name);
        json.close_array();
        json.close_object();
    }
    json.close_array();
    write_benchmark(json, board);
    json.close_object();
}

// All that does not depend on the moment of asking; the document's object stays open.
void write_head(JsonText &json, Dashboard &board) {
    json.open_object();
    write_total(json, board);
    write_revenue(json, board);
    write_cost(json, board);
    write_profitability(json, board);
    write_trends(json, board);
    write_platforms(json, "channels", board.tally(), channel_columns(), 3);
    json.key("currency");
    board.answer.currency().empty() ? json.raw("null") : json.string(board.answer.currency());
}

void write_range(JsonText &json, const store::Question &question, Bucket bucket) {
    const store::Range &range = question.range;
    json.key("range");
    json.open_object();
    json.key("period");
    range.period.empty() ? json.raw("null") : json.string(range.period);
    write_moment(json, "since", range.since, *question.clock);
    write_moment(json, "until", range.until, *question.clock);
    json.key("bucket");
    json.string(name_of(bucket));
    json.key("timeZone");
    json.string(range.time_zone);
    json.close_object();
}

void write_rest(JsonText &json, const store::Question &question, Bucket bucket, bool is_simulated) {
    write_moment(json, "asOf", now(), *question.clock);
    write_range(json, question, bucket);
    json.key("simulated");
    json.raw(is_simulated ? "true" : "false");
    json.close_object();
}

// The document in its final place: a result of the function.
class ResultMemory final : public TextMemory {
public:
    char *grow(std::size_t used, std::size_t room) override { return result_.grow(used, room); }
    Datum finish(std::size_t size) { return result_.finish(size); }

private:
    ResultText result_;
};

Datum write_known(ResultMemory &result, const store::Question &question, const api::Document &known) {
    constexpr std::size_t rest = 1024;
    JsonText json(result, known.head.size() + rest);
    json.resume(known.head);
    write_rest(json, question, known.bucket, known.is_simulated);
    return result.finish(json.text().size());
}

Datum write_new(ResultMemory &result, const store::Question &question, api::Recall &recall) {
    SpiScope spi;
    Dashboard board(question);
    read(board);
    JsonText json(result, 6144 + 176 * (board.revenue.starts.size() + board.trend.starts.size()));
    write_head(json, board);
    const Bucket bucket = board.revenue.bucket;
    if (board.answer.is_of_cells())
        recall.keep({std::string(json.text()), bucket, board.context.is_simulated});
    write_rest(json, question, bucket, board.context.is_simulated);
    return result.finish(json.text().size());
}

} // namespace

ROI_FUNCTION(roi_dashboard) {
    const store::Question question = store::read_question(fcinfo);
    ResultMemory result; // made before SPI, whose memory is gone with it
    api::Recall recall(question);
    const api::Document *const known = recall.find();
    return known != nullptr ? write_known(result, question, *known) : write_new(result, question, recall);
}
