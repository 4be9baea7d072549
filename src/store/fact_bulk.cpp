// Facts as rows of values for bulk insertion: numerics, texts and JSON in binary, the same values that the statements compute.
#include "core/report/number.hpp"

#include "store/fact_batch.hpp"

#include "bridge/arena.hpp"
#include "bridge/numeric.hpp"

namespace roi::store {

using namespace bridge;
using core::report::Int128;

namespace {

constexpr std::int64_t most_exact = 10000000; // counts below it: see percent_of()

// One column's texts: the same text is the same Datum for as long as it stays among the last few.
class TextValues {
public:
    Datum of(std::string_view text, Arena &arena) {
        for (const Known &known : known_)
            if (known.text == text) return known.datum;
        char *const bytes = arena.take(VARHDRSZ + text.size());
        SET_VARSIZE(bytes, VARHDRSZ + text.size());
        text.copy(bytes + VARHDRSZ, text.size());
        Known &slot = known_[next_++ % known_.size()];
        slot = {std::string_view(bytes + VARHDRSZ, text.size()), PointerGetDatum(bytes)};
        return slot.datum;
    }
    void clear() { known_ = {}; }

private:
    struct Known {
        std::string_view text{"\0", 1}; // no text of the database
        Datum datum = 0;
    };
    std::array<Known, 8> known_{};
    std::size_t next_ = 0;
};

// 100 a / b in millionths, half away from zero. Division of numerics rounds twice, first to 16 digits or more: as long as both
// counts are below most_exact, no quotient but a true half lies so close to a half that this shows.
std::int64_t percent_of(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(core::report::divide(Int128{100} * a * core::micros_per_unit, b));
}

bool is_exact(std::int64_t value) { return value < most_exact && value > -most_exact; }

// The same of any counts, as the statements compute them: 100.0 * a / b, and a / (b * 0.01).
Datum numeric_percent_of(std::int64_t a, std::int64_t b, bool is_divided) {
    return call([=] {
        const Datum over = NumericGetDatum(int64_to_numeric(a)), under = NumericGetDatum(int64_to_numeric(b));
        const Datum hundred = NumericGetDatum(int64_div_fast_to_numeric(1000, 1));
        const Datum hundredth = NumericGetDatum(int64_div_fast_to_numeric(1, 2));
        const Datum quotient =
            is_divided
                ? DirectFunctionCall2(numeric_div, over, DirectFunctionCall2(numeric_mul, under, hundredth))
                : DirectFunctionCall2(numeric_div, DirectFunctionCall2(numeric_mul, hundred, over), under);
        return DirectFunctionCall2(numeric_round, quotient, Int32GetDatum(6));
    });
}

} // namespace

// The places of the columns and what their values are made from.
struct BulkFacts::Columns {
    // roi_metrics
    int id, user_id, platform, campaign_id, post_id, content_type, content_category,
        measures[core::measure_count];
    int cpc, cpi, roi, roas, posted_at, stamp, source, currency, batch_id, updated_at;
    // platform_metrics
    int metric_id, owner, metric_platform, metric_stamp, metrics, engagement_rate, virality_score;

    std::int64_t limits[core::measure_count] = {}; // millionths that a column does not hold
    std::int64_t cpc_limit = 0, cpi_limit = 0, roi_limit = 0, roas_limit = 0, engagement_limit = 0,
                 virality_limit = 0;
    Arena arena;
    TextValues users, platforms, posts, types, categories, currencies, sources;
    TimestampTz now = 0;
    const char *obstacle = nullptr; // a value that only a statement can write, or refuse

    void clear() {
        arena.clear();
        for (TextValues *texts : {&users, &platforms, &posts, &types, &categories, &currencies, &sources})
            texts->clear();
    }
    void find_metrics(BulkTable &table);
    void find_platform_metrics(BulkTable &table);

    void put(BulkTable &table, int column, Datum value, bool is_null = false) const {
        table.values()[column] = value;
        table.nulls()[column] = is_null;
    }
    void put_text(BulkTable &table, int column, TextValues &known, std::string_view text) {
        put(table, column, text.empty() ? Datum{0} : known.of(text, arena), text.empty());
    }
    void put_micros(BulkTable &table, int column, std::int64_t limit, std::int64_t micros, bool is_null) {
        if (is_null) return put(table, column, Datum{0}, true);
        if (micros >= limit || micros <= -limit) obstacle = "a number out of range";
        char *const bytes = arena.take(max_numeric);
        put_numeric(bytes, micros, 6);
        put(table, column, PointerGetDatum(bytes));
    }
};

void BulkFacts::Columns::find_metrics(BulkTable &table) {
    static constexpr const char *names[core::measure_count] = {
        "views",       "likes",       "comments", "shares",           "saves", "clicks", "paid_views",
        "paid_clicks", "conversions", "ad_spend", "revenue_generated"};
    id = table.column("id", INT8OID);
    user_id = table.column("user_id", VARCHAROID);
    platform = table.column("platform", VARCHAROID);
    campaign_id = table.column("campaign_id", INT8OID);
    post_id = table.column("post_id", VARCHAROID);
    content_type = table.column("content_type", VARCHAROID);
    content_category = table.column("content_category", VARCHAROID);
    for (std::size_t measure = 0; measure < core::measure_count; ++measure) {
        const bool is_count = measure < core::measure_conversions;
        measures[measure] = table.column(names[measure], is_count ? INT8OID : NUMERICOID);
        if (!is_count) limits[measure] = table.micros_limit(measures[measure]);
    }
    const auto find_rate = [&table](const char *name, int &column, std::int64_t &limit) {
        column = table.column(name, NUMERICOID);
        limit = table.micros_limit(column);
    };
    find_rate("cost_per_click", cpc, cpc_limit);
    find_rate("cost_per_impression", cpi, cpi_limit);
    find_rate("roi_percentage", roi, roi_limit);
    find_rate("roas_ratio", roas, roas_limit);
    posted_at = table.column("posted_at", TIMESTAMPTZOID);
    stamp = table.column("update_timestamp", TIMESTAMPTZOID);
    source = table.column("source", VARCHAROID);
    currency = table.column("currency", VARCHAROID);
    batch_id = table.column("import_batch_id", INT8OID);
    updated_at = table.column("updated_at", TIMESTAMPTZOID);
}

void BulkFacts::Columns::find_platform_metrics(BulkTable &table) {
    metric_id = table.column("roi_metric_id", INT8OID);
    owner = table.column("user_id", VARCHAROID);
    metric_platform = table.column("platform", VARCHAROID);
    metric_stamp = table.column("update_timestamp", TIMESTAMPTZOID);
    metrics = table.column("metrics", JSONBOID);
    engagement_rate = table.column("engagement_rate", NUMERICOID);
    virality_score = table.column("virality_score", NUMERICOID);
    // 1e24 and more holds every ratio of two counts
    engagement_limit = table.micros_limit(engagement_rate);
    virality_limit = table.micros_limit(virality_score);
}

namespace {

BulkTerms terms_of(const Extension &extension) {
    BulkTerms terms;
    terms.users = users_table(extension.schema);
    terms.own_trigger = call([schema = extension.schema] {
        oidvector *const none = buildoidvector(nullptr, 0);
        return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("roi_follow_facts"),
                               PointerGetDatum(none), ObjectIdGetDatum(schema));
    });
    return terms;
}

} // namespace

BulkFacts::BulkFacts(const Extension &extension)
    : metrics_(extension.schema, "roi_metrics", terms_of(extension)),
      platform_metrics_(extension.schema, "platform_metrics", terms_of(extension)),
      columns_(std::make_unique<Columns>()) {
    columns_->find_metrics(metrics_);
    columns_->find_platform_metrics(platform_metrics_);
    columns_->now = call([] { return GetCurrentTransactionStartTimestamp(); });
    if (!writes_numerics()) columns_->obstacle = "numerics of another form";
}

BulkFacts::~BulkFacts() = default;

const char *BulkFacts::obstacle() const {
    if (metrics_.obstacle() != nullptr) return metrics_.obstacle();
    return platform_metrics_.obstacle() != nullptr ? platform_metrics_.obstacle() : columns_->obstacle;
}

bool BulkFacts::add_metrics(const FactBatch &batch) {
    Columns &to = *columns_;
    const bool is_simulated = batch.source == "simulated";
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        const Fact &row = batch.rows[i];
        const TimestampTz stamp = timestamp_of(row.stamp);
        to.put(metrics_, to.id, Int64GetDatum(batch.ids[i]));
        to.put_text(metrics_, to.user_id, to.users, row.user_id);
        to.put_text(metrics_, to.platform, to.platforms, row.platform);
        to.put(metrics_, to.campaign_id, Int64GetDatum(row.campaign_id), row.campaign_id == 0);
        to.put_text(metrics_, to.post_id, to.posts, row.post_id);
        to.put_text(metrics_, to.content_type, to.types, row.content_type);
        to.put_text(metrics_, to.content_category, to.categories, row.content_category);
        for (std::size_t measure = 0; measure < core::measure_conversions; ++measure)
            to.put(metrics_, to.measures[measure], Int64GetDatum(row.added[measure]),
                   !has_value(row, measure));
        for (std::size_t measure = core::measure_conversions; measure < core::measure_count; ++measure)
            to.put_micros(metrics_, to.measures[measure], to.limits[measure], row.added[measure],
                          !has_value(row, measure));
        to.put_micros(metrics_, to.cpc, to.cpc_limit, row.cost_per_click, !row.has_cost_per_click);
        to.put_micros(metrics_, to.cpi, to.cpi_limit, row.cost_per_impression, !row.has_cost_per_impression);
        to.put_micros(metrics_, to.roi, to.roi_limit, row.roi, !row.has_ratios);
        to.put_micros(metrics_, to.roas, to.roas_limit, row.roas, !row.has_ratios);
        to.put(metrics_, to.posted_at,
               TimestampTzGetDatum(timestamp_of(row.posted_at == no_moment ? 0 : row.posted_at)),
               row.posted_at == no_moment);
        to.put(metrics_, to.stamp, TimestampTzGetDatum(stamp));
        to.put_text(metrics_, to.source, to.sources, batch.source);
        to.put_text(metrics_, to.currency, to.currencies, row.currency);
        to.put(metrics_, to.batch_id, Int64GetDatum(batch.batch_id), batch.batch_id == 0);
        // the same seed gives the same rows whenever they are made
        to.put(metrics_, to.updated_at,
               TimestampTzGetDatum(is_simulated ? timestamp_of(row.stamp + core::seconds_per_hour) : to.now));
        if (to.obstacle != nullptr || !metrics_.add(stamp)) return false;
    }
    return true;
}

bool BulkFacts::add_platform_metrics(const FactBatch &batch) {
    Columns &to = *columns_;
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        const Fact &row = batch.rows[i];
        if (!row.has_metrics()) continue;
        const std::int64_t engagement = row.added[core::measure_likes] + row.added[core::measure_comments] +
                                        row.added[core::measure_shares];
        const std::int64_t shares = row.added[core::measure_shares];
        const std::int64_t views = has_value(row, core::measure_views)
                                       ? std::max<std::int64_t>(row.added[core::measure_views], 1)
                                       : 1;
        const bool are_exact = is_exact(engagement) && is_exact(shares) && is_exact(views);
        to.put(platform_metrics_, to.metric_id, Int64GetDatum(batch.ids[i]));
        to.put_text(platform_metrics_, to.owner, to.users, row.user_id);
        to.put_text(platform_metrics_, to.metric_platform, to.platforms, row.platform);
        to.put(platform_metrics_, to.metric_stamp, TimestampTzGetDatum(timestamp_of(row.stamp)));
        to.put(platform_metrics_, to.metrics,
               row.numbers != nullptr ? row.numbers->jsonb(row.number.data(), to.arena)
                                      : jsonb_of(row.metrics));
        if (are_exact) {
            to.put_micros(platform_metrics_, to.engagement_rate, to.engagement_limit,
                          percent_of(engagement, views), false);
            to.put_micros(platform_metrics_, to.virality_score, to.virality_limit,
                          percent_of(shares, std::max<std::int64_t>(views, 100)), false);
        } else {
            const bool is_divided = views > 100; // greatest(views * 0.01, 1)
            to.put(platform_metrics_, to.engagement_rate, numeric_percent_of(engagement, views, false));
            to.put(platform_metrics_, to.virality_score,
                   numeric_percent_of(shares, is_divided ? views : 100, true));
        }
        if (to.obstacle != nullptr || !platform_metrics_.add(timestamp_of(row.stamp))) return false;
    }
    return true;
}

// Both tables are looked at before either is written.
bool BulkFacts::insert(const FactBatch &batch) {
    const bool can = obstacle() == nullptr && add_metrics(batch) && add_platform_metrics(batch);
    if (can) {
        metrics_.write();
        platform_metrics_.write();
    } else {
        metrics_.forget();
        platform_metrics_.forget();
    }
    columns_->clear();
    return can;
}

void BulkFacts::close() {
    metrics_.close();
    platform_metrics_.close();
}

} // namespace roi::store
