// Plans the runs of a range and streams their cells.
#include "core/report/series.hpp" // core headers come before those that bring the bridge

#include "store/detail_reader.hpp"

#include <algorithm>
#include <utility>

namespace roi::store {

using namespace bridge;
using core::rollup::Grain;

namespace {

constexpr int first_sum_column = 6; // counted from 0

TimestampTz start_of(Grain grain, TimestampTz moment) {
    return TIMESTAMP_NOT_FINITE(moment) ? moment : core::rollup::bucket_of(grain, moment);
}

// The first bucket that begins at the moment or later.
TimestampTz next_start_of(Grain grain, TimestampTz moment) {
    const TimestampTz start = start_of(grain, moment);
    return start == moment ? moment : core::rollup::bucket_after(grain, start);
}

// Money that has no rate.
[[noreturn]] void fail_rate(const DetailCell &cell) {
    std::string detail = "No rate for " + std::string(cell.currency) + " on ";
    core::report::append_date(detail, core::report::local_day(cell.bucket));
    throw core::Error(core::Fault::invalid_argument, "no exchange rate covers the range", detail + ".",
                      "Insert the rates into roi_exchange_rates.");
}

std::string_view view_of(Datum text_value) {
    const auto *const packed = reinterpret_cast<const struct varlena *>(DatumGetPointer(text_value));
    return std::string_view(VARDATA_ANY(packed), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(packed)));
}

// A row of the statements below; calls no backend.
DetailCell cell_of(const Datum *values, const bool *nulls) {
    DetailCell cell;
    cell.bucket = DatumGetTimestampTz(values[0]);
    cell.platform = view_of(values[1]);
    cell.currency = view_of(values[2]);
    cell.content_type = view_of(values[3]);
    cell.campaign_id = DatumGetInt64(values[4]);
    cell.post_no = DatumGetInt64(values[5]);
    for (std::size_t sum = 0; sum < core::rollup::detail_sum_count; ++sum) {
        if (nulls[first_sum_column + sum]) fail_rate(cell);
        cell.sums[sum] = DatumGetInt64(values[first_sum_column + sum]);
    }
    return cell;
}

} // namespace

DetailReader::DetailReader(const Extension &extension, std::string user_id, const Range &range)
    : extension_(extension), user_id_(std::move(user_id)) {
    TimestampTz since = range.since, until = range.until;
    if (since >= until) return;
    widen(since, until);
    plan(since, until);
}

bool DetailReader::has_quarters(TimestampTz since, TimestampTz until) const {
    static const Statement any{"SELECT 1 FROM @roi@.roi_rollup WHERE user_id = $1 AND grain = 'q'"
                               " AND bucket >= $2 AND bucket < $3 LIMIT 1",
                               {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
                               false,
                               true};
    return since < until && execute(any, extension_.schema,
                                    {text_argument(user_id_),
                                     {TimestampTzGetDatum(since), false},
                                     {TimestampTzGetDatum(until), false}},
                                    true) > 0;
}

// By quarters as far as they tell: the partitions of the facts cost much more to ask.
bool DetailReader::has_facts(TimestampTz since, TimestampTz until) const {
    static const Statement any{
        "SELECT 1 FROM @roi@.roi_metrics WHERE user_id = $1 AND update_timestamp >= $2 AND update_timestamp < $3"
        " LIMIT 1",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
        false,
        true};
    if (since >= until || !has_quarters(start_of(Grain::quarter, since), until)) return false;
    if (has_quarters(next_start_of(Grain::quarter, since), start_of(Grain::quarter, until))) return true;
    return execute(any, extension_.schema,
                   {text_argument(user_id_),
                    {TimestampTzGetDatum(since), false},
                    {TimestampTzGetDatum(until), false}},
                   true) > 0;
}

// A cut day or month whose other part is empty is as good as a whole one. So it is with every range that ends now.
void DetailReader::widen(TimestampTz &since, TimestampTz &until) const {
    const TimestampTz day = start_of(Grain::day, since), next_month = next_start_of(Grain::month, until);
    if (!has_facts(day, since))
        since = has_facts(start_of(Grain::month, day), day) ? day : start_of(Grain::month, day);
    const TimestampTz next_day = next_start_of(Grain::day, until);
    if (has_facts(until, next_day)) return;
    until = has_facts(next_day, next_month) ? next_day : next_month;
}

void DetailReader::add_run(char grain, TimestampTz since, TimestampTz until) {
    if (since < until) runs_.push_back({grain, since, until});
}

void DetailReader::plan(TimestampTz since, TimestampTz until) {
    const TimestampTz first_day = std::min(next_start_of(Grain::day, since), until);
    const TimestampTz last_day = std::max(start_of(Grain::day, until), first_day);
    const TimestampTz first_month = std::min(next_start_of(Grain::month, first_day), last_day);
    const TimestampTz last_month = std::max(start_of(Grain::month, last_day), first_month);
    if (has_facts(since, first_day)) add_run('f', since, first_day);
    add_run('d', first_day, first_month);
    add_run('m', first_month, last_month);
    add_run('d', last_month, last_day);
    if (has_facts(last_day, until)) add_run('f', last_day, until);
}

// The cells of a run: $1 user, $2 since, $3 until, $4 a currency, or NULL for all, $5 whether it or the others, $6 bucket
// of facts. Casts to text are free and spare the planner another plan for each type.
#define ROI_CELL_KEY "platform::text, currency::text, content_type::text, campaign_id, post_no::bigint, "
#define ROI_COUNTS                                                                                           \
    "data_points, views, likes, comments, shares, saves, clicks, paid_views, paid_clicks, conversions, "
#define ROI_MONEY "spend, revenue"
#define ROI_REST                                                                                             \
    ", engagement, spend_count, revenue_count, roi_sum, roi_count, roas_sum, roas_count, earning_points,"    \
    " spending_points"
#define ROI_IN_RUN "($4 IS NULL OR (currency = $4) = $5)"

#define ROI_BUCKETS(grain)                                                                                   \
    " FROM @roi@.roi_rollup_detail d WHERE user_id = ANY (ARRAY[$1]) AND grain = '" grain                    \
    "' AND bucket >= $2 AND bucket < $3 AND " ROI_IN_RUN

#define ROI_COUNT_OF(column) "coalesce(sum(" column "), 0)::bigint"
#define ROI_MICROS_OF(column) "(coalesce(sum(" column "), 0) * 1000000)::bigint"

// The facts of a part of a day, added up as a row of roi_rollup_detail.
#define ROI_PART_OF_DAY                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
    " FROM (SELECT $6 AS bucket, m.platform, m.currency, coalesce(m.content_type, '') AS content_type,"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          \
    " coalesce(m.campaign_id, 0) AS campaign_id, coalesce(p.post_no, 0) AS post_no, count(*) AS data_points, " ROI_COUNT_OF("m.views") " AS views, " ROI_COUNT_OF("m.likes") " AS likes, " ROI_COUNT_OF("m.comments") " AS comments, " ROI_COUNT_OF("m.shares") " AS shares, " ROI_COUNT_OF(                                                                                                                                                                                                                                                                                                                                                     \
        "m.saves") " AS saves, " ROI_COUNT_OF("m.clicks") " AS clicks, " ROI_COUNT_OF("m.paid_views") " AS paid_views, " ROI_COUNT_OF("m.paid_clicks") " AS paid_clicks, " ROI_MICROS_OF("m.conversions") " AS conversions, " ROI_MICROS_OF("m.ad_spend") " AS spend, " ROI_MICROS_OF("m.revenue_generated") " AS revenue, " ROI_COUNT_OF("m.likes + m.comments + m.shares") " AS engagement, count(m.ad_spend) AS spend_count,"                                                                                                                                                                                                                 \
                                                                                                                                                                                                                                                                                                                                                                             " count(m.revenue_generated) AS revenue_count, " ROI_MICROS_OF("m.roi_percentage") " AS roi_sum,"                                                                                                                                                                   \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                " count(m.roi_percentage) AS roi_count, " ROI_MICROS_OF("m.roas_ratio") " AS roas_sum,"                                                                                          \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        " count(m.roas_ratio) AS roas_count, count(*) FILTER (WHERE m.revenue_generated > 0) AS earning_points," \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        " count(*) FILTER (WHERE m.ad_spend > 0) AS spending_points"                                             \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        " FROM @roi@.roi_metrics m LEFT JOIN @roi@.roi_posts p ON p.user_id = m.user_id"                         \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "   AND p.post_id = m.post_id AND p.platform = m.platform"                                               \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        " WHERE m.user_id = $1 AND m.update_timestamp >= $2 AND m.update_timestamp < $3"                         \
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        " GROUP BY m.platform, m.currency, m.content_type, m.campaign_id, p.post_no) d WHERE " ROI_IN_RUN

// Money of a cell in the currency $7: NULL where it has no rate.
#define ROI_IN_TARGET(money)                                                                                 \
    "CASE WHEN currency = $7 OR " money " = 0 THEN " money " ELSE round(" money                              \
    " * (SELECT r.rate FROM @roi@.roi_exchange_rates r WHERE r.base_currency = d.currency"                   \
    "   AND r.quote_currency = $7 AND r.rate_date <= (d.bucket AT TIME ZONE 'UTC')::date"                    \
    "   ORDER BY r.rate_date DESC LIMIT 1))::bigint END"

#define ROI_CELLS "SELECT bucket, " ROI_CELL_KEY ROI_COUNTS ROI_MONEY ROI_REST
#define ROI_CELLS_IN_TARGET                                                                                  \
    "SELECT bucket, " ROI_CELL_KEY ROI_COUNTS ROI_IN_TARGET("spend") ", " ROI_IN_TARGET("revenue") ROI_REST
#define ROI_RUN_TYPES TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, BOOLOID, TIMESTAMPTZOID, TEXTOID

void DetailReader::read_run(const Run &run, const Statement &statement, const Argument &target,
                            const Argument &is_target, const TakeCell &take) const {
    Argument only = target; // months are of the target alone, their days of the others
    if (is_target.is_null) only = null_argument();
    stream(statement, extension_.schema,
           {text_argument(user_id_),
            {TimestampTzGetDatum(run.since), false},
            {TimestampTzGetDatum(run.until), false},
            only,
            is_target,
            {TimestampTzGetDatum(start_of(Grain::day, run.since)), false},
            target},
           [&take](const Datum *values, const bool *nulls) { take(cell_of(values, nulls)); });
}

void DetailReader::read(const TakeCell &take) const {
    static const Statement months{ROI_CELLS ROI_BUCKETS("m"), {ROI_RUN_TYPES}, false, true};
    static const Statement days{ROI_CELLS ROI_BUCKETS("d"), {ROI_RUN_TYPES}, false, true};
    static const Statement facts{ROI_CELLS ROI_PART_OF_DAY, {ROI_RUN_TYPES}, false, true};
    for (const Run &run : runs_)
        read_run(run,
                 run.grain == 'm'   ? months
                 : run.grain == 'd' ? days
                                    : facts,
                 null_argument(), null_argument(), take);
}

void DetailReader::read_in(const std::string &currency, const TakeCell &take) const {
    static const Statement months{ROI_CELLS ROI_BUCKETS("m"), {ROI_RUN_TYPES}, false, true};
    static const Statement days{ROI_CELLS_IN_TARGET ROI_BUCKETS("d"), {ROI_RUN_TYPES}, false, true};
    static const Statement facts{ROI_CELLS_IN_TARGET ROI_PART_OF_DAY, {ROI_RUN_TYPES}, false, true};
    const Argument target = text_argument(currency);
    for (const Run &run : runs_) {
        if (run.grain != 'm') {
            read_run(run, run.grain == 'd' ? days : facts, target, null_argument(), take);
            continue;
        }
        read_run(run, months, target, bool_argument(true), take);
        read_run(run, days, target, bool_argument(false), take);
    }
}

} // namespace roi::store
