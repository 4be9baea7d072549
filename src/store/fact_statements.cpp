// The set-based writer of facts: columns as arrays, one INSERT ... SELECT FROM unnest() a chunk.
#include <algorithm>

#include "store/fact_batch.hpp"

#include "bridge/trigger.hpp"

namespace roi::store {

using namespace bridge;

namespace {

Argument measure_array(const std::vector<Fact> &rows, std::size_t measure) {
    Int64Column column;
    column.reserve(rows.size());
    for (const Fact &row : rows)
        column.add_if(has_value(row, measure), row.added[measure]);
    return column.array();
}

template <class Value>
Argument int64_array(const std::vector<Fact> &rows, Value value) {
    Int64Column column;
    column.reserve(rows.size());
    for (const Fact &row : rows)
        value(column, row);
    return column.array();
}

template <class Value>
Argument text_array(const std::vector<Fact> &rows, Value value) {
    TextColumn column;
    column.reserve(rows.size());
    for (const Fact &row : rows)
        column.add(value(row));
    return column.array();
}

Argument int64_array(const std::vector<std::int64_t> &ids) {
    Int64Column column;
    column.reserve(ids.size());
    for (const std::int64_t id : ids)
        column.add(id);
    return column.array();
}

// Moments travel as Unix seconds: to_timestamp() of a whole number is exact far beyond any date of ours.
const Statement insert_facts_statement{
    "INSERT INTO @roi@.roi_metrics (id, user_id, platform, campaign_id, post_id, content_type, "
    "content_category,"
    " views, likes, comments, shares, saves, clicks, paid_views, paid_clicks, conversions, ad_spend, "
    "revenue_generated,"
    " cost_per_click, cost_per_impression, roi_percentage, roas_ratio, posted_at, update_timestamp, source, "
    "currency,"
    " import_batch_id, updated_at)"
    " SELECT id, user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, "
    "shares,"
    " saves, clicks, paid_views, paid_clicks, conversions * 0.000001, spend * 0.000001, revenue * 0.000001,"
    " cpc * 0.000001, cpi * 0.000001,"
    " roi * 0.000001, roas * 0.000001,"
    " to_timestamp(posted_at), to_timestamp(stamp), $1, currency, $2,"
    // the same seed gives the same rows whenever they are made
    " CASE WHEN $1 = 'simulated' THEN to_timestamp(stamp + 3600) ELSE now() END"
    " FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
    "$23, $24,"
    " $25, $26, $27)"
    " AS fact (id, user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, "
    "shares,"
    " saves, clicks, paid_views, paid_clicks, conversions, spend, revenue, cpc, cpi, roi, roas,"
    " posted_at, stamp, currency)",
    {TEXTOID,      INT8OID,      INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID,
     TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID}};

// engagement_rate in percent and virality_score per 100 views: plan, calculateCrossPlatformMetrics, not rounded.
const Statement insert_metrics_statement{
    "INSERT INTO @roi@.platform_metrics (roi_metric_id, user_id, platform, update_timestamp, metrics, "
    "engagement_rate,"
    " virality_score)"
    " SELECT id, user_id, platform, to_timestamp(stamp), metrics::jsonb,"
    " 100.0 * engagement / greatest(views, 1), shares / greatest(views * 0.01, 1)"
    " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS fact (id, user_id, platform, stamp, metrics, engagement, shares, "
    "views)"
    " WHERE metrics IS NOT NULL",
    {INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID}};

// While this lives, the trigger of our own INSERT knows whose rows it sees: those of the command that comes next. Facts that
// a DEFAULT or somebody's trigger writes meanwhile come from later commands.
CommandId writing_command = InvalidCommandId;
bool sums_are_handed_over = false;

class WriteScope {
public:
    explicit WriteScope(bool with_sums)
        : command_before_(writing_command), sums_before_(sums_are_handed_over) {
        writing_command = call([] {
            CommandCounterIncrement();
            return GetCurrentCommandId(false);
        });
        sums_are_handed_over = with_sums;
    }
    ~WriteScope() {
        writing_command = command_before_;
        sums_are_handed_over = sums_before_;
    }
    WriteScope(const WriteScope &) = delete;
    WriteScope &operator=(const WriteScope &) = delete;

private:
    CommandId command_before_;
    bool sums_before_;
};

} // namespace

bool is_our_write() { return writing_command != InvalidCommandId && running_command() == writing_command; }

bool is_handed_over() { return sums_are_handed_over && is_our_write(); }

namespace {

void insert_facts(const FactBatch &batch) {
    const std::vector<Fact> &rows = batch.rows;
    std::vector<Argument> arguments{text_argument(batch.source),
                                    batch.batch_id == 0 ? null_argument() : int64_argument(batch.batch_id),
                                    int64_array(batch.ids)};
    arguments.push_back(text_array(rows, [](const Fact &row) { return row.user_id; }));
    arguments.push_back(text_array(rows, [](const Fact &row) { return row.platform; }));
    arguments.push_back(int64_array(rows, [](Int64Column &column, const Fact &row) {
        column.add_if(row.campaign_id != 0, row.campaign_id);
    }));
    arguments.push_back(text_array(rows, [](const Fact &row) { return row.post_id; }));
    arguments.push_back(text_array(rows, [](const Fact &row) { return row.content_type; }));
    arguments.push_back(text_array(rows, [](const Fact &row) { return row.content_category; }));
    for (std::size_t measure = 0; measure < core::measure_count; ++measure)
        arguments.push_back(measure_array(rows, measure));
    arguments.push_back(int64_array(rows, [](Int64Column &column, const Fact &row) {
        column.add_if(row.has_cost_per_click, row.cost_per_click);
    }));
    arguments.push_back(int64_array(rows, [](Int64Column &column, const Fact &row) {
        column.add_if(row.has_cost_per_impression, row.cost_per_impression);
    }));
    arguments.push_back(int64_array(
        rows, [](Int64Column &column, const Fact &row) { column.add_if(row.has_ratios, row.roi); }));
    arguments.push_back(int64_array(
        rows, [](Int64Column &column, const Fact &row) { column.add_if(row.has_ratios, row.roas); }));
    arguments.push_back(int64_array(rows, [](Int64Column &column, const Fact &row) {
        column.add_if(row.posted_at != no_moment, row.posted_at);
    }));
    arguments.push_back(
        int64_array(rows, [](Int64Column &column, const Fact &row) { column.add(row.stamp); }));
    arguments.push_back(text_array(rows, [](const Fact &row) { return row.currency; }));
    execute(insert_facts_statement, batch.extension.schema, arguments, false);
}

void insert_platform_metrics(const FactBatch &batch) {
    const std::vector<Fact> &rows = batch.rows;
    if (std::none_of(rows.begin(), rows.end(), [](const Fact &row) { return row.has_metrics(); })) return;
    std::vector<std::string> texts;
    texts.reserve(rows.size());
    for (const Fact &row : rows)
        texts.push_back(row.numbers == nullptr ? row.metrics : row.numbers->text(row.number.data()));
    TextColumn metrics;
    for (const std::string &text : texts)
        metrics.add(text);
    std::vector<Argument> arguments{int64_array(batch.ids)};
    arguments.push_back(text_array(rows, [](const Fact &row) { return row.user_id; }));
    arguments.push_back(text_array(rows, [](const Fact &row) { return row.platform; }));
    arguments.push_back(
        int64_array(rows, [](Int64Column &column, const Fact &row) { column.add(row.stamp); }));
    arguments.push_back(metrics.array());
    arguments.push_back(int64_array(rows, [](Int64Column &column, const Fact &row) {
        column.add(row.added[core::measure_likes] + row.added[core::measure_comments] +
                   row.added[core::measure_shares]);
    }));
    arguments.push_back(measure_array(rows, core::measure_shares));
    arguments.push_back(measure_array(rows, core::measure_views));
    execute(insert_metrics_statement, batch.extension.schema, arguments, false);
}

} // namespace

void insert_by_statements(const FactBatch &batch, bool hands_over) {
    {
        const WriteScope scope(hands_over);
        insert_facts(batch);
    }
    insert_platform_metrics(batch);
}

} // namespace roi::store
