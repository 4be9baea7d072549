// The six sections: which figures, charts and tables stand where.
#include "report/build.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "report/figures.hpp"

namespace roi::report {

const Cell &Rows::at(std::size_t row, std::string_view column) const {
    static const Cell none;
    const auto found = std::find(columns.begin(), columns.end(), column);
    if (found == columns.end())
        throw core::Error(core::Fault::corrupt, "a read function lacks column " + std::string(column));
    return row < rows.size() ? rows[row][static_cast<std::size_t>(found - columns.begin())] : none;
}

namespace {

constexpr std::size_t most_bars = 25; // of one chart

Table table_of(std::string source, std::string title, const Rows &rows, std::vector<Column> columns) {
    Table table{std::move(source), std::move(title), std::move(columns), {}};
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::vector<Cell> cells;
        for (const Column &column : table.columns)
            cells.push_back(rows.at(row, column.id));
        table.rows.push_back(std::move(cells));
    }
    return table;
}

std::vector<std::string> words_of(const Rows &rows, std::string_view column) {
    std::vector<std::string> words;
    for (std::size_t row = 0; row < rows.size(); ++row)
        words.push_back(rows.at(row, column).value_or("none"));
    return words;
}

Series series_of(std::string name, const Rows &rows, std::string_view column, Kind kind) {
    Series series{std::move(name), {}, {}};
    for (std::size_t row = 0; row < rows.size(); ++row) {
        series.values.push_back(position_of(rows.at(row, column)));
        series.shown.push_back(shown(kind, rows.at(row, column)));
    }
    return series;
}

Figure figure_of(const char *source, const Rows &rows, const char *id, const char *title, Kind kind) {
    return {source, id, title, kind, rows.at(0, id), {}};
}

// --- overview ---

Section overview(const Source &source) {
    struct Line {
        const char *id, *metric, *title;
        Kind kind;
    };
    static constexpr Line lines[] = {{"total_revenue", "revenue", "Revenue", Kind::money},
                                     {"total_spend", "spend", "Spend", Kind::money},
                                     {"total_profit", "profit", "Profit", Kind::money},
                                     {"overall_roi", "roi", "ROI", Kind::percent},
                                     {"overall_roas", "roas", "ROAS", Kind::ratio},
                                     {"total_impressions", "impressions", "Impressions", Kind::count},
                                     {"total_engagement", "engagement", "Engagement", Kind::count},
                                     {"total_clicks", "clicks", "Clicks", Kind::count},
                                     {"total_conversions", "conversions", "Conversions", Kind::count},
                                     {"total_posts", "posts", "Posts", Kind::count}};
    Section section{"overview", "Overview", "", {}, {}};
    for (const Line &line : lines) {
        Figure figure = figure_of("roi_total", source.total, line.id, line.title, line.kind);
        figure.less_is_better = figure.id == "total_spend";
        for (std::size_t row = 0; row < source.compare.size(); ++row)
            if (source.compare.at(row, "metric") == line.metric) {
                figure.has_change = true;
                figure.change = source.compare.at(row, "change_percent");
            }
        section.figures.push_back(std::move(figure));
    }
    if (source.compare.size() > 0)
        section.note = "Changes are against the period before, " +
                       source.compare.at(0, "base_since").value_or("") + " to " +
                       source.compare.at(0, "base_until").value_or("") + ".";
    return section;
}

// --- revenue ---

bool is_hourly(const Source &source) { return source.head.at(0, "bucket") == "hour"; }

// Stars stand where a campaign is dated: on the point of that day, or the last one before it.
std::vector<Marker> stars_of(const Source &source, const std::vector<std::string> &points) {
    std::vector<Marker> markers;
    for (std::size_t day = 0; day < source.trends.size(); ++day) {
        const Cell &names = source.trends.at(day, "campaign_markers");
        if (!names || names->empty()) continue;
        const std::string date = source.trends.at(day, "date").value_or("");
        // ISO dates compare as text; an hour of the day follows its date
        const auto later = std::find_if(points.begin(), points.end(), [&](const std::string &point) {
            return point.substr(0, 10) >= date;
        });
        std::size_t at = static_cast<std::size_t>(later - points.begin());
        const bool is_exact = later != points.end() && later->substr(0, 10) == date;
        if (!is_exact && at > 0) --at;
        if (at >= points.size()) continue;
        if (markers.empty() || markers.back().at != at) markers.push_back({at, {}});
        for (std::size_t begin = 0; begin <= names->size();) {
            const std::size_t end = std::min(names->find(name_separator, begin), names->size());
            markers.back().names.push_back(names->substr(begin, end - begin));
            begin = end + 1;
        }
    }
    return markers;
}

Block over_time(const Source &source) {
    const Kind when = is_hourly(source) ? Kind::moment : Kind::day;
    Chart chart{"revenue-spend",
                "Revenue and spend over time",
                Chart::lines,
                Kind::money,
                words_of(source.revenue, "time_period"),
                {},
                {},
                {}};
    chart.series = {series_of("Revenue", source.revenue, "revenue", Kind::money),
                    series_of("Spend", source.revenue, "spend", Kind::money)};
    chart.markers = stars_of(source, chart.categories);
    Table table = table_of("roi_revenue_trends", "Revenue and spend over time", source.revenue,
                           {{"time_period", "Time", when},
                            {"revenue", "Revenue", Kind::money},
                            {"spend", "Spend", Kind::money},
                            {"roi", "ROI", Kind::percent},
                            {"posts", "Posts", Kind::count}});
    table.is_long = true;
    return {chart, table};
}

// What the stars mean, for whoever cannot point at them.
Table campaigns(const Source &source) {
    Table table{"roi_trends",
                "Campaigns that began",
                {{"date", "Date", Kind::day}, {"campaign_markers", "Campaigns", Kind::name}},
                {}};
    for (std::size_t row = 0; row < source.trends.size(); ++row) {
        std::string names = source.trends.at(row, "campaign_markers").value_or("");
        if (names.empty()) continue;
        for (std::size_t at = names.find(name_separator); at != std::string::npos;
             at = names.find(name_separator, at))
            names.replace(at, 1, "; ");
        table.rows.push_back({source.trends.at(row, "date"), names});
    }
    return table;
}

Block bars_of(const char *id, const char *title, const Rows &rows, const char *measure, Kind kind,
              Table table) {
    Chart chart{id, title, Chart::bars, kind, words_of(rows, "platform"), {}, {}, {}};
    chart.series = {series_of(title, rows, measure, kind)};
    if (chart.categories.size() > most_bars) { // the table has them all
        chart.title +=
            ", the first " + std::to_string(most_bars) + " of " + std::to_string(chart.categories.size());
        chart.categories.resize(most_bars);
        chart.series.front().values.resize(most_bars);
        chart.series.front().shown.resize(most_bars);
    }
    return {chart, std::move(table)};
}

Section revenue(const Source &source) {
    Section section{"revenue", "Revenue", "", {}, {}};
    section.blocks.push_back(over_time(source));
    Table began = campaigns(source);
    began.is_long = began.rows.size() > 12;
    if (!began.rows.empty()) section.blocks.push_back({std::nullopt, std::move(began)});
    section.blocks.push_back(bars_of("revenue-by-source", "Revenue by source", source.by_source,
                                     "total_revenue", Kind::money,
                                     table_of("roi_revenue_by_source", "Revenue by source", source.by_source,
                                              {{"platform", "Platform", Kind::name},
                                               {"total_revenue", "Revenue", Kind::money},
                                               {"post_count", "Posts", Kind::count},
                                               {"avg_revenue_per_post", "Revenue per post", Kind::money},
                                               {"revenue_multiplier", "Revenue / spend", Kind::ratio},
                                               {"data_points", "Rows", Kind::count}})));
    return section;
}

// --- cost ---

// Months across, platforms down: each cell is the spend of one row of the function.
Block monthly(const Source &source) {
    static constexpr const char *names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    Chart chart{
        "monthly-spend", "Spend by month, " + source.year, Chart::stacked, Kind::money, {}, {}, {}, {}};
    Table table{"roi_monthly_spend_trends", chart.title, {{"platform", "Platform", Kind::name}}, {}};
    std::map<std::string, std::size_t> months, platforms;
    for (std::size_t row = 0; row < source.months.size(); ++row) {
        const std::string month = source.months.at(row, "month").value_or(""),
                          platform = source.months.at(row, "platform").value_or("");
        const std::size_t column = months.emplace(month, months.size()).first->second;
        const std::size_t line = platforms.emplace(platform, platforms.size()).first->second;
        if (column == chart.categories.size()) {
            const std::size_t number = static_cast<std::size_t>(std::stoi(month)) - 1;
            chart.categories.emplace_back(names[number % 12]);
            table.columns.push_back({"spend:" + month, names[number % 12], Kind::money});
        }
        if (line == chart.series.size()) {
            chart.series.push_back({platform, {}, {}});
            table.rows.push_back({platform});
        }
        const Cell &spend = source.months.at(row, "spend");
        chart.series[line].values.push_back(position_of(spend));
        chart.series[line].shown.push_back(shown(Kind::money, spend));
        table.rows[line].push_back(spend);
    }
    return {chart, table};
}

Section cost(const Source &source) {
    Section section{"cost", "Cost", "", {}, {}};
    section.blocks.push_back(bars_of("cost-breakdown", "Spend by platform", source.breakdown, "total_spend",
                                     Kind::money,
                                     table_of("roi_cost_breakdown", "Cost breakdown", source.breakdown,
                                              {{"platform", "Platform", Kind::name},
                                               {"total_spend", "Spend", Kind::money},
                                               {"effective_cpc", "CPC", Kind::price},
                                               {"effective_cpm", "CPM", Kind::price},
                                               {"avg_cpc", "Mean CPC", Kind::price},
                                               {"avg_cpm", "Mean CPM", Kind::price},
                                               {"campaigns", "Campaigns", Kind::count}})));
    if (source.has_months)
        section.blocks.push_back(monthly(source));
    else
        section.note =
            "The year's spend is in other currencies than the range; ask for one currency to see it by month.";
    return section;
}

// --- profitability, trends, channels ---

Section profitability(const Source &source) {
    Section section{
        "profitability",
        "Profitability",
        "A post stands for a customer. CLV and CAC are revenue and spend per post; payback is CAC / CLV.",
        {},
        {}};
    section.figures = {
        figure_of("roi_clv", source.clv, "clv", "Customer lifetime value", Kind::money),
        figure_of("roi_cac", source.cac, "cac", "Customer acquisition cost", Kind::money),
        figure_of("roi_payback_period", source.payback, "payback_period", "Payback (CAC / CLV)", Kind::ratio),
        figure_of("roi_clv", source.clv, "unique_customers", "Posts with revenue", Kind::count),
        figure_of("roi_clv", source.clv, "revenue_per_conversion", "Revenue per conversion", Kind::money),
        figure_of("roi_cac", source.cac, "cost_per_conversion", "Cost per conversion", Kind::money)};
    Chart chart{"clv-cac", "Value and cost of a customer", Chart::bars, Kind::money, {"CLV", "CAC"}, {}, {},
                {}};
    Series series{"Per customer", {}, {}};
    for (const Cell &cell : {source.clv.at(0, "clv"), source.cac.at(0, "cac")}) {
        series.values.push_back(position_of(cell));
        series.shown.push_back(shown(Kind::money, cell));
    }
    if (source.clv.at(0, "clv") || source.cac.at(0, "cac")) chart.series = {series};
    section.blocks.push_back({chart, std::nullopt});
    return section;
}

Section trends(const Source &source) {
    Section section{"trends", "ROI trend", "", {}, {}};
    const Cell &benchmark = source.benchmark.at(0, "benchmark");
    section.figures = {
        figure_of("roi_benchmark", source.benchmark, "actual", "ROI of the range", Kind::percent),
        figure_of("roi_benchmark", source.benchmark, "benchmark", "Benchmark", Kind::percent),
        figure_of("roi_benchmark", source.benchmark, "difference", "Difference in points", Kind::money),
        figure_of("roi_benchmark", source.benchmark, "percentage", "Difference of the benchmark",
                  Kind::percent)};
    section.note = "The range lies " + source.benchmark.at(0, "status").value_or("") + " the benchmark.";
    Chart chart{"roi-trend",
                "ROI against the benchmark",
                Chart::lines,
                Kind::percent,
                words_of(source.trends, "date"),
                {},
                {},
                {}};
    chart.series = {series_of("ROI", source.trends, "roi", Kind::percent),
                    series_of("Mean ROI of rows", source.trends, "avg_roi", Kind::percent)};
    chart.markers = stars_of(source, chart.categories);
    if (const auto value = position_of(benchmark))
        chart.reference = Reference{*value, "Benchmark " + shown(Kind::percent, benchmark)};
    Table table = table_of("roi_trends", "ROI by day", source.trends,
                           {{"date", "Date", Kind::day},
                            {"roi", "ROI", Kind::percent},
                            {"avg_roi", "Mean ROI", Kind::percent},
                            {"daily_revenue", "Revenue", Kind::money},
                            {"daily_spend", "Spend", Kind::money}});
    table.is_long = true;
    section.blocks.push_back({chart, table});
    return section;
}

Section channels(const Source &source) {
    Section section{"channels", "Channels", "", {}, {}};
    section.blocks.push_back(bars_of("channel-roi", "ROI by channel", source.channels, "roi", Kind::percent,
                                     table_of("roi_channel_performance", "Channels", source.channels,
                                              {{"platform", "Platform", Kind::name},
                                               {"revenue", "Revenue", Kind::money},
                                               {"spend", "Spend", Kind::money},
                                               {"profit", "Profit", Kind::money},
                                               {"roi", "ROI", Kind::percent},
                                               {"roas", "ROAS", Kind::ratio},
                                               {"engagement_rate", "Engagement", Kind::percent},
                                               {"click_through_rate", "CTR", Kind::percent},
                                               {"conversions", "Conversions", Kind::count},
                                               {"efficiency_score", "Efficiency", Kind::ratio}})));
    section.blocks.push_back({std::nullopt, table_of("roi_top_posts", "Top posts by revenue", source.posts,
                                                     {{"post_id", "Post", Kind::name},
                                                      {"platform", "Platform", Kind::name},
                                                      {"content_type", "Type", Kind::name},
                                                      {"revenue", "Revenue", Kind::money},
                                                      {"spend", "Spend", Kind::money},
                                                      {"roi", "ROI", Kind::percent},
                                                      {"impressions", "Impressions", Kind::count},
                                                      {"engagement_rate", "Engagement", Kind::percent}})});
    return section;
}

std::string range_of(const Source &source) {
    const Cell &since = source.head.at(0, "since"), &until = source.head.at(0, "until");
    if (!since && !until) return "all time";
    if (!since) return "up to " + *until;
    return *since + (until ? " to " + *until : " onwards");
}

void clear_charts(Report &report) {
    for (Section &section : report.sections)
        for (Block &block : section.blocks)
            if (block.chart) block.chart->series.clear();
}

} // namespace

Report build(const Source &source) {
    Report report;
    report.user = source.user;
    report.range = range_of(source);
    report.time_zone = source.head.at(0, "time_zone").value_or("");
    report.currency = source.head.at(0, "currency").value_or("");
    report.as_of = source.head.at(0, "as_of").value_or("");
    report.is_simulated = source.head.at(0, "simulated") == "true";
    report.is_empty = source.total.at(0, "data_points") == "0";
    report.sections = {overview(source),      revenue(source), cost(source),
                       profitability(source), trends(source),  channels(source)};
    if (report.is_empty) clear_charts(report); // zeros in a row are no picture
    return report;
}

} // namespace roi::report
