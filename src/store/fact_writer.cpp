// The set-based writer of facts: columns as arrays, one INSERT ... SELECT FROM unnest() a chunk.
#include "core/report/number.hpp"
#include "core/rollup/delta.hpp"

#include "store/fact_writer.hpp"

#include <algorithm>

#include "store/chunks.hpp"
#include "store/rollup_writer.hpp"
#include "store/strangers.hpp"

#include "bridge/trigger.hpp"

namespace roi::store {

using namespace bridge;

namespace {

std::vector<std::int64_t> next_ids(const Extension &extension, const char *sequence, std::size_t count) {
    std::vector<std::int64_t> ids(count);
    std::int64_t *const target = ids.data();
    const Oid schema = extension.schema;
    call([=] {
        const Oid relation = get_relname_relid(sequence, schema);
        for (std::size_t i = 0; i < count; ++i)
            target[i] = nextval_internal(relation, true);
    });
    return ids;
}

bool is_reported(const Fact &fact, std::size_t measure) { return (fact.reported >> measure & 1) != 0; }

// Likes, comments, shares and saves that a source does not report are 0, not NULL: the plan adds the first three
// up row by row, where one NULL would hide the others.
bool is_engagement(std::size_t measure) {
    return measure >= core::measure_likes && measure <= core::measure_saves;
}

Argument measure_array(const std::vector<Fact> &rows, std::size_t measure) {
    Int64Column column;
    column.reserve(rows.size());
    for (const Fact &row : rows)
        column.add_if(is_reported(row, measure) || is_engagement(measure), row.added[measure]);
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
    " SELECT id, $1, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, "
    "shares,"
    " saves, clicks, paid_views, paid_clicks, conversions * 0.000001, spend * 0.000001, revenue * 0.000001,"
    " cpc * 0.000001, cpi * 0.000001,"
    " roi * 0.000001, roas * 0.000001,"
    " to_timestamp(posted_at), to_timestamp(stamp), $2, currency, $3,"
    // the same seed gives the same rows whenever they are made
    " CASE WHEN $2 = 'simulated' THEN to_timestamp(stamp + 3600) ELSE now() END"
    " FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
    "$23, $24,"
    " $25, $26, $27)"
    " AS fact (id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, "
    "shares,"
    " saves, clicks, paid_views, paid_clicks, conversions, spend, revenue, cpc, cpi, roi, roas,"
    " posted_at, stamp, currency)",
    {TEXTOID,      TEXTOID,      INT8OID,      INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID,
     TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID}};

// engagement_rate in percent and virality_score per 100 views: plan, calculateCrossPlatformMetrics, not rounded.
const Statement insert_metrics_statement{
    "INSERT INTO @roi@.platform_metrics (roi_metric_id, user_id, platform, update_timestamp, metrics, "
    "engagement_rate,"
    " virality_score)"
    " SELECT id, $1, platform, to_timestamp(stamp), metrics::jsonb,"
    " 100.0 * engagement / greatest(views, 1), shares / greatest(views * 0.01, 1)"
    " FROM unnest($2, $3, $4, $5, $6, $7, $8) AS fact (id, platform, stamp, metrics, engagement, shares, "
    "views)"
    " WHERE metrics IS NOT NULL",
    {TEXTOID, INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID}};

// While this lives, the trigger of our own INSERT knows whose rows it sees: those of the command that comes next. Facts that
// a DEFAULT or somebody's trigger writes meanwhile come from later commands.
CommandId writing_command = InvalidCommandId;
bool hands_over = false;

class WriteScope {
public:
    explicit WriteScope(bool with_sums) : command_before_(writing_command), sums_before_(hands_over) {
        writing_command = call([] {
            CommandCounterIncrement();
            return GetCurrentCommandId(false);
        });
        hands_over = with_sums;
    }
    ~WriteScope() {
        writing_command = command_before_;
        hands_over = sums_before_;
    }
    WriteScope(const WriteScope &) = delete;
    WriteScope &operator=(const WriteScope &) = delete;

private:
    CommandId command_before_;
    bool sums_before_;
};

core::rollup::Fact rollup_fact(const Fact &row, std::string_view user_id, std::string_view source) {
    core::rollup::Fact fact;
    fact.user_id = user_id;
    fact.platform = row.platform;
    fact.currency = row.currency;
    fact.content_type = row.content_type;
    fact.post_id = row.post_id;
    fact.content_category = row.content_category;
    fact.source = source;
    fact.is_generated = source == "simulated";
    fact.campaign_id = row.campaign_id;
    fact.stamp = timestamp_of(row.stamp);
    if (row.posted_at != no_moment) fact.posted_at = timestamp_of(row.posted_at);
    for (std::size_t measure = 0; measure < core::measure_count; ++measure) {
        if (!is_reported(row, measure) && !is_engagement(measure)) continue;
        fact.value[measure] = row.added[measure];
        fact.reported |= std::size_t{1} << measure;
    }
    const auto put = [&](bool is_there, std::size_t rate, std::int64_t &target, std::int64_t value) {
        if (!is_there) return;
        target = value;
        fact.reported |= std::size_t{1} << rate;
    };
    put(row.has_ratios, core::rollup::rate_roi, fact.roi, row.roi);
    put(row.has_ratios, core::rollup::rate_roas, fact.roas, row.roas);
    put(row.has_cost_per_click, core::rollup::rate_cpc, fact.cpc, row.cost_per_click);
    put(row.has_cost_per_impression, core::rollup::rate_cpi, fact.cpi, row.cost_per_impression);
    return fact;
}

} // namespace

void Fact::set_ratios(std::int64_t spend, std::int64_t revenue) {
    using core::report::Int128;
    const core::report::Value percent = core::report::ratio_or_zero((Int128{revenue} - spend) * 100, spend);
    const core::report::Value multiple = core::report::ratio_or_zero(revenue, spend);
    roi = static_cast<std::int64_t>(percent.number);
    roas = static_cast<std::int64_t>(multiple.number);
    has_ratios = roi == percent.number && roas == multiple.number;
}

bool is_our_write() { return writing_command != InvalidCommandId && running_command() == writing_command; }

bool is_handed_over() { return hands_over && is_our_write(); }

FactWriter::FactWriter(const Extension &extension, std::string user_id, std::string source,
                       std::int64_t batch_id)
    : extension_(extension), user_id_(std::move(user_id)), source_(std::move(source)), batch_id_(batch_id) {
    rows_.reserve(chunk_rows);
    if (stranger_to_inserts(extension).empty()) rollup_ = std::make_unique<RollupWriter>(extension);
}

FactWriter::~FactWriter() = default;

void FactWriter::add(Fact fact) {
    rows_.push_back(std::move(fact));
    if (rows_.size() >= chunk_rows) flush();
}

void FactWriter::flush() {
    if (rows_.empty()) return;
    check_interrupts();
    MemoryScope memory("facts");
    const std::vector<std::int64_t> ids = next_ids(extension_, "roi_metrics_id_seq", rows_.size());
    {
        const WriteScope scope(rollup_ != nullptr);
        insert_facts(ids);
    }
    hand_over();
    insert_platform_metrics(ids);
    written_ += static_cast<std::int64_t>(rows_.size());
    rows_.clear();
}

void FactWriter::finish() {
    flush();
    if (rollup_ != nullptr) rollup_->flush();
}

void FactWriter::hand_over() {
    if (rollup_ == nullptr) return;
    for (const Fact &row : rows_)
        rollup_->add(rollup_fact(row, user_id_, source_), 1);
    if (rollup_->is_full()) rollup_->flush();
}

void FactWriter::insert_facts(const std::vector<std::int64_t> &ids) {
    std::vector<Argument> arguments{text_argument(user_id_), text_argument(source_),
                                    batch_id_ == 0 ? null_argument() : int64_argument(batch_id_),
                                    int64_array(ids)};
    arguments.push_back(text_array(rows_, [](const Fact &row) { return row.platform; }));
    arguments.push_back(int64_array(rows_, [](Int64Column &column, const Fact &row) {
        column.add_if(row.campaign_id != 0, row.campaign_id);
    }));
    arguments.push_back(text_array(rows_, [](const Fact &row) { return row.post_id; }));
    arguments.push_back(text_array(rows_, [](const Fact &row) { return row.content_type; }));
    arguments.push_back(text_array(rows_, [](const Fact &row) { return row.content_category; }));
    for (std::size_t measure = 0; measure < core::measure_count; ++measure)
        arguments.push_back(measure_array(rows_, measure));
    arguments.push_back(int64_array(rows_, [](Int64Column &column, const Fact &row) {
        column.add_if(row.has_cost_per_click, row.cost_per_click);
    }));
    arguments.push_back(int64_array(rows_, [](Int64Column &column, const Fact &row) {
        column.add_if(row.has_cost_per_impression, row.cost_per_impression);
    }));
    arguments.push_back(int64_array(
        rows_, [](Int64Column &column, const Fact &row) { column.add_if(row.has_ratios, row.roi); }));
    arguments.push_back(int64_array(
        rows_, [](Int64Column &column, const Fact &row) { column.add_if(row.has_ratios, row.roas); }));
    arguments.push_back(int64_array(rows_, [](Int64Column &column, const Fact &row) {
        column.add_if(row.posted_at != no_moment, row.posted_at);
    }));
    arguments.push_back(
        int64_array(rows_, [](Int64Column &column, const Fact &row) { column.add(row.stamp); }));
    arguments.push_back(text_array(rows_, [](const Fact &row) { return row.currency; }));
    execute(insert_facts_statement, extension_.schema, arguments, false);
}

void FactWriter::insert_platform_metrics(const std::vector<std::int64_t> &ids) {
    const auto has_metrics = [](const Fact &row) { return !row.metrics.empty(); };
    if (std::none_of(rows_.begin(), rows_.end(), has_metrics)) return;
    std::vector<Argument> arguments{text_argument(user_id_), int64_array(ids)};
    arguments.push_back(text_array(rows_, [](const Fact &row) { return row.platform; }));
    arguments.push_back(
        int64_array(rows_, [](Int64Column &column, const Fact &row) { column.add(row.stamp); }));
    arguments.push_back(text_array(rows_, [](const Fact &row) { return std::string_view(row.metrics); }));
    arguments.push_back(int64_array(rows_, [](Int64Column &column, const Fact &row) {
        column.add(row.added[core::measure_likes] + row.added[core::measure_comments] +
                   row.added[core::measure_shares]);
    }));
    arguments.push_back(measure_array(rows_, core::measure_shares));
    arguments.push_back(measure_array(rows_, core::measure_views));
    execute(insert_metrics_statement, extension_.schema, arguments, false);
}

void make_coming_partitions(const Extension &extension) {
    static const Statement make{
        "SELECT @roi@.roi_make_partitions(ARRAY(SELECT generate_series(now(), now() + interval '3 months', interval '1 month')))",
        {}};
    execute(make, extension.schema, {}, false);
}

} // namespace roi::store
