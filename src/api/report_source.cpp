// One call of roi_dashboard(), one of roi_compare(), one of roi_top_posts(): a report has no figures of its own.
#include "api/report_source.hpp"

#include "bridge/cursor.hpp"

namespace roi::api {
namespace {

using namespace bridge;
using core::report::Moment;
using core::report::no_begin;
using core::report::no_end;
using report::Rows;

// The arguments of the running function in their order: user_id, period, since, until, time_zone, currency.
const std::vector<Oid> argument_types{TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID};

std::vector<Argument> arguments_of(FunctionCallInfo fcinfo) {
    std::vector<Argument> arguments;
    arguments.reserve(argument_types.size());
    for (std::size_t i = 0; i < argument_types.size(); ++i)
        arguments.push_back({fcinfo->args[i].value, fcinfo->args[i].isnull});
    return arguments;
}

Rows rows_of(const std::string &sql, const std::vector<Oid> &types, const std::vector<Argument> &arguments) {
    Cursor cursor(sql, types, arguments);
    Rows rows;
    for (int column = 0; column < cursor.width(); ++column)
        rows.columns.push_back(cursor.name(column));
    while (const std::size_t fetched = cursor.fetch(500))
        for (std::size_t row = 0; row < fetched; ++row) {
            std::vector<report::Cell> cells;
            cells.reserve(static_cast<std::size_t>(cursor.width()));
            for (int column = 0; column < cursor.width(); ++column)
                cells.push_back(cursor.value(row, column).is_null ? report::Cell()
                                                                  : cursor.text(row, column));
            rows.rows.push_back(std::move(cells));
        }
    return rows;
}

// Asks a function of ours by its schema's name, with the arguments of the running one.
class Reader {
public:
    Reader(FunctionCallInfo fcinfo, Oid schema)
        : arguments_(arguments_of(fcinfo)), schema_(call([schema] {
              return static_cast<const char *>(quote_identifier(get_namespace_name(schema)));
          })) {
        document_ = rows_of("SELECT " + schema_ + ".roi_dashboard($1, $2, $3, $4, $5, $6)::text",
                            argument_types, arguments_)
                        .rows.at(0)
                        .at(0)
                        .value();
    }

    // Rows of a part of the document: an array of objects, or one object. Numbers stay the text that they are.
    Rows part(const std::string &path, const std::string &columns) const {
        const std::string json = "$1::json #> '{" + path + "}'";
        return document("SELECT * FROM json_to_recordset(CASE json_typeof(" + json +
                        ") WHEN 'object' THEN json_build_array(" + json + ") WHEN 'array' THEN " + json +
                        " END) AS t (" + columns + ")");
    }
    Rows document(const std::string &sql) const {
        return rows_of(sql, {TEXTOID}, {text_argument(document_)});
    }
    Rows function(const std::string &columns, const std::string &call) const {
        return rows_of("SELECT " + columns + " FROM " + schema_ + "." + call, argument_types, arguments_);
    }

private:
    std::vector<Argument> arguments_;
    std::string schema_, document_;
};

// Of moments as the document writes them: 2026-08-01T00:00:00.5+02:00 reads 2026-08-01 00:00.
std::string clock_text(const std::string &moment) {
    return "pg_catalog.replace(pg_catalog.left(" + moment + ", 16), 'T', ' ')";
}

std::string local_text(const std::string &moment) {
    return "pg_catalog.to_char(" + moment + " AT TIME ZONE $5, 'YYYY-MM-DD HH24:MI')";
}

void read_tabs(report::Source &source, const Reader &reader) {
    source.head = reader.document(
        "SELECT " + clock_text("d #>> '{range,since}'") + " AS since, " +
        clock_text("d #>> '{range,until}'") +
        " AS until, d #>> '{range,bucket}' AS bucket, d #>> '{range,timeZone}' AS time_zone, d ->> 'currency' AS currency, " +
        clock_text("d ->> 'asOf'") +
        " AS as_of, d ->> 'simulated' AS simulated, "
        "to_char((d ->> 'asOf')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS created FROM (SELECT $1::json) t (d)");
    source.total = reader.document(
        "SELECT t ->> 'totalRevenue' AS total_revenue, t ->> 'totalSpend' AS total_spend, t ->> 'totalProfit' AS total_profit, "
        "t ->> 'overallROI' AS overall_roi, t ->> 'overallROAS' AS overall_roas, t ->> 'totalImpressions' AS total_impressions, "
        "t ->> 'totalEngagement' AS total_engagement, t ->> 'totalClicks' AS total_clicks, t ->> 'totalConversions' AS "
        "total_conversions, t ->> 'totalPosts' AS total_posts, t ->> 'dataPoints' AS data_points FROM (SELECT $1::json -> "
        "'total') t (t)");
    source.by_source = reader.part("revenue,by_source",
                                   "platform text, total_revenue text, post_count text, "
                                   "avg_revenue_per_post text, revenue_multiplier text, data_points text");
    const bool has_hours = source.head.at(0, "bucket") == "hour";
    source.revenue = reader.document(
        std::string("SELECT ") +
        (has_hours ? clock_text("time_period") : "pg_catalog.left(time_period, 10)") +
        " AS time_period, revenue, spend, roi, posts FROM json_to_recordset($1::json #> '{revenue,trends}') AS t (time_period "
        "text, revenue text, spend text, roi text, posts text)");
    source.breakdown = reader.part("cost,breakdown",
                                   "platform text, total_spend text, effective_cpc text, effective_cpm text, "
                                   "avg_cpc text, avg_cpm text, campaigns text");
    source.months = reader.part("cost,monthly", "month text, platform text, spend text");
    source.has_months =
        reader.document("SELECT 1 WHERE json_typeof($1::json #> '{cost,monthly}') = 'array'").size() > 0;
    source.clv =
        reader.part("profitability,clv", "clv text, unique_customers text, revenue_per_conversion text");
    source.cac = reader.part("profitability,cac", "cac text, cost_per_conversion text");
    source.payback = reader.part("profitability,payback", "payback_period text");
    source.trends = reader.document(
        "SELECT date, roi, avg_roi, daily_revenue, daily_spend, (SELECT string_agg(m, E'\\x1f') FROM "
        "json_array_elements_text(campaign_markers) m) AS campaign_markers FROM json_to_recordset($1::json #> "
        "'{trends,series}') AS t (date text, roi text, avg_roi text, daily_revenue text, daily_spend text, campaign_markers "
        "json)");
    source.benchmark = reader.part(
        "trends,benchmark", "actual text, benchmark text, difference text, percentage text, status text");
    source.channels =
        reader.part("channels", "platform text, revenue text, spend text, profit text, roi text, roas text, "
                                "engagement_rate text, click_through_rate text, conversions text, "
                                "efficiency_score text");
}

// As roi_dashboard() chooses the year of its months.
std::string year_of_months(const store::Question &question) {
    Moment end = question.range.until;
    if (end == no_end) {
        const store::Extent extent = store::extent_of(question.extension, question.user_id);
        end = extent.any ? extent.until : call([] { return GetCurrentTransactionStartTimestamp(); }) + 1;
    }
    return std::to_string(year_at(end - 1, *question.clock));
}

void require_utf8() {
    if (call([] { return GetDatabaseEncoding(); }) != PG_UTF8)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "reports need a database in UTF-8",
             "Names in any script stand on one page.", "Create the database with ENCODING 'UTF8'.");
}

} // namespace

report::Source read_report(FunctionCallInfo fcinfo) {
    const store::Question question = store::read_question(fcinfo);
    require_utf8();
    SpiScope spi;
    const Reader reader(fcinfo, question.extension.schema);
    report::Source source;
    source.user = question.user_id;
    read_tabs(source, reader);
    source.year = year_of_months(question);
    if (question.range.since != no_begin && question.range.until != no_end)
        source.compare = reader.function("metric, change_percent::text, " + local_text("base_since") +
                                             " AS base_since, " + local_text("base_until") + " AS base_until",
                                         "roi_compare($1, $2, $3, $4, $5, $6)");
    source.posts = reader.function(
        "post_id, platform, content_type, revenue::text, spend::text, roi::text, impressions::text, "
        "engagement_rate::text",
        "roi_top_posts($1, $2, $3, $4, $5, $6, page_size => 10)");
    return source;
}

} // namespace roi::api
