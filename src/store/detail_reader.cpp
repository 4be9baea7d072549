// Plans the runs of a range and streams their cells.
#include "core/report/series.hpp" // core headers come before those that bring the bridge

#include "store/detail_reader.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "store/archive.hpp"
#include "store/sight.hpp"

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

// The table as it must lie for a direct read.
constexpr Block stored_sums{8, static_cast<int>(core::rollup::detail_sum_count)};

const std::vector<KeyScan::Column> &layout() {
    static const std::vector<KeyScan::Column> layout = [] {
        std::vector<KeyScan::Column> columns{{"user_id", VARCHAROID},      {"grain", CHAROID},
                                             {"bucket", TIMESTAMPTZOID},   {"platform", VARCHAROID},
                                             {"currency", VARCHAROID},     {"campaign_id", INT8OID},
                                             {"content_type", VARCHAROID}, {"post_no", INT4OID}};
        for (std::size_t sum = 0; sum < core::rollup::detail_sum_count; ++sum)
            columns.push_back({core::rollup::sum_names[sum], INT8OID});
        return columns;
    }();
    return layout;
}

DetailCell stored_cell(const Datum *values, const std::int64_t *sums) {
    DetailCell cell;
    cell.bucket = DatumGetTimestampTz(values[2]);
    cell.platform = view_of(values[3]);
    cell.currency = view_of(values[4]);
    cell.campaign_id = DatumGetInt64(values[5]);
    cell.content_type = view_of(values[6]);
    cell.post_no = DatumGetInt32(values[7]);
    std::copy(sums, sums + core::rollup::detail_sum_count, cell.sums.begin());
    return cell;
}

// What facts stand behind: platform, currency, content type, campaign and post of a cell.
using CellKey = std::tuple<std::string, std::string, std::string, std::int64_t, std::int64_t>;

CellKey key_of(const DetailCell &cell) {
    return {std::string(cell.platform), std::string(cell.currency), std::string(cell.content_type),
            cell.campaign_id, cell.post_no};
}

} // namespace

DetailReader::DetailReader(const Extension &extension, std::string user_id, const Range &range)
    : extension_(extension), user_id_(std::move(user_id)) {
    TimestampTz since = range.since, until = range.until;
    if (since >= until) return;
    CellReader quarters(extension_, user_id_);
    widen(quarters, since, until);
    plan(quarters, since, until);
    quarters.close();
}

// By quarters as far as they tell: the partitions of the facts cost much more to ask.
bool DetailReader::has_facts(CellReader &quarters, TimestampTz since, TimestampTz until) const {
    static const Statement any{
        "SELECT 1 FROM @roi@.roi_metrics WHERE user_id = $1 AND update_timestamp >= $2 AND update_timestamp < $3"
        " LIMIT 1",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
        false,
        true};
    const auto has_quarters = [&](TimestampTz first, TimestampTz end) {
        bool found = false;
        if (first < end)
            quarters.read_tail({Grain::quarter, first, end}, [&found](TimestampTz, bool) {
                found = true;
                return false;
            });
        return found;
    };
    if (since >= until || !has_quarters(start_of(Grain::quarter, since), until)) return false;
    if (has_quarters(next_start_of(Grain::quarter, since), start_of(Grain::quarter, until))) return true;
    refuse_archived(extension_, since);
    return execute(any, extension_.schema,
                   {text_argument(user_id_),
                    {TimestampTzGetDatum(since), false},
                    {TimestampTzGetDatum(until), false}},
                   true) > 0;
}

// A cut day or month whose other part is empty is as good as a whole one. So it is with every range that ends now.
void DetailReader::widen(CellReader &quarters, TimestampTz &since, TimestampTz &until) const {
    const TimestampTz day = start_of(Grain::day, since), next_month = next_start_of(Grain::month, until);
    if (!has_facts(quarters, day, since))
        since = has_facts(quarters, start_of(Grain::month, day), day) ? day : start_of(Grain::month, day);
    const TimestampTz next_day = next_start_of(Grain::day, until);
    if (has_facts(quarters, until, next_day)) return;
    until = has_facts(quarters, next_day, next_month) ? next_day : next_month;
}

void DetailReader::add_run(char grain, TimestampTz since, TimestampTz until) {
    if (since < until && grain == 'f') refuse_archived(extension_, since);
    if (since < until) runs_.push_back({grain, since, until});
}

void DetailReader::plan(CellReader &quarters, TimestampTz since, TimestampTz until) {
    const TimestampTz first_day = std::min(next_start_of(Grain::day, since), until);
    const TimestampTz last_day = std::max(start_of(Grain::day, until), first_day);
    const TimestampTz first_month = std::min(next_start_of(Grain::month, first_day), last_day);
    const TimestampTz last_month = std::max(start_of(Grain::month, last_day), first_month);
    if (has_facts(quarters, since, first_day)) add_run('f', since, first_day);
    add_run('d', first_day, first_month);
    add_run('m', first_month, last_month);
    add_run('d', last_month, last_day);
    if (has_facts(quarters, last_day, until)) add_run('f', last_day, until);
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

// clang-format off
// The facts of a part of a day, added up as rows of roi_rollup_detail: posts are looked up once each, not once a fact.
#define ROI_PART_OF_DAY \
    " FROM (SELECT $6 AS bucket, f.*, coalesce(p.post_no, 0) AS post_no FROM (" \
    "  SELECT m.platform, m.currency, coalesce(m.content_type, '') AS content_type, coalesce(m.campaign_id, 0) AS campaign_id," \
    "   m.post_id, count(*) AS data_points, " \
    ROI_COUNT_OF("m.views") " AS views, " ROI_COUNT_OF("m.likes") " AS likes, " ROI_COUNT_OF("m.comments") " AS comments, " \
    ROI_COUNT_OF("m.shares") " AS shares, " ROI_COUNT_OF("m.saves") " AS saves, " ROI_COUNT_OF("m.clicks") " AS clicks, " \
    ROI_COUNT_OF("m.paid_views") " AS paid_views, " ROI_COUNT_OF("m.paid_clicks") " AS paid_clicks, " \
    ROI_MICROS_OF("m.conversions") " AS conversions, " ROI_MICROS_OF("m.ad_spend") " AS spend, " \
    ROI_MICROS_OF("m.revenue_generated") " AS revenue, " ROI_COUNT_OF("m.likes + m.comments + m.shares") " AS engagement," \
    "   count(m.ad_spend) AS spend_count, count(m.revenue_generated) AS revenue_count, " \
    ROI_MICROS_OF("m.roi_percentage") " AS roi_sum, count(m.roi_percentage) AS roi_count, " \
    ROI_MICROS_OF("m.roas_ratio") " AS roas_sum, count(m.roas_ratio) AS roas_count," \
    "   count(*) FILTER (WHERE m.revenue_generated > 0) AS earning_points," \
    "   count(*) FILTER (WHERE m.ad_spend > 0) AS spending_points" \
    "  FROM @roi@.roi_metrics m WHERE m.user_id = $1 AND m.update_timestamp >= $2 AND m.update_timestamp < $3" \
    "  GROUP BY m.platform, m.currency, m.content_type, m.campaign_id, m.post_id) f" \
    "  LEFT JOIN @roi@.roi_posts p ON p.user_id = $1 AND p.post_id = f.post_id AND p.platform = f.platform" \
    " ) d WHERE " ROI_IN_RUN
// clang-format on

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
                            const Argument &is_target, const TakeDetail &take) const {
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

// Whole months or days through the table's key, where the caller sees them anyway.
class StoredCells {
public:
    StoredCells(const Extension &extension, const std::string &user_id)
        : user_(text_argument(user_id).value), table_(extension.schema, "roi_rollup_detail") {
        is_direct_ = table_.is_over({"user_id", "grain", "bucket", "platform", "currency", "campaign_id",
                                     "content_type", "post_no"}) &&
                     table_.begins_with(layout()) && Sight(extension, user_id).sees_own_rows(table_);
    }
    void close() { table_.close(); }
    bool can_read() const { return is_direct_; }
    void read(char grain, TimestampTz since, TimestampTz until, const TakeDetail &take) {
        const Datum first = TimestampTzGetDatum(since), end = TimestampTzGetDatum(until);
        table_.read({{user_, CharGetDatum(grain)}, &first, &end, false}, stored_sums,
                    static_cast<int>(layout().size()),
                    [&take](const Datum *values, const bool *, const std::int64_t *sums) {
                        take(stored_cell(values, sums));
                        return true;
                    });
    }

private:
    Datum user_;
    KeyScan table_;
    bool is_direct_;
};

void DetailReader::read_whole(StoredCells &stored, const Run &run, const TakeDetail &take) const {
    static const Statement months{ROI_CELLS ROI_BUCKETS("m"), {ROI_RUN_TYPES}, false, true};
    static const Statement days{ROI_CELLS ROI_BUCKETS("d"), {ROI_RUN_TYPES}, false, true};
    if (stored.can_read()) return stored.read(run.grain, run.since, run.until, take);
    read_run(run, run.grain == 'm' ? months : days, null_argument(), null_argument(), take);
}

// The facts of a part of a day: where that is the larger part, the day without the facts of the rest of it.
void DetailReader::read_part(StoredCells &stored, const Run &run, const TakeDetail &take) const {
    static const Statement facts{ROI_CELLS ROI_PART_OF_DAY, {ROI_RUN_TYPES}, false, true};
    const TimestampTz day = start_of(Grain::day, run.since),
                      next = core::rollup::bucket_after(Grain::day, day);
    const bool is_begin = run.since == day, is_end = run.until == next;
    const TimestampTz length = run.until - run.since;
    if ((!is_begin && !is_end) || length <= (next - day) / 2)
        return read_run(run, facts, null_argument(), null_argument(), take);
    std::map<CellKey, core::rollup::DetailSums> rest;
    const Run others{'f', is_begin ? run.until : day, is_begin ? next : run.since};
    read_run(others, facts, null_argument(), null_argument(),
             [&rest](const DetailCell &cell) { core::rollup::add(rest[key_of(cell)], cell.sums); });
    read_whole(stored, {'d', day, next}, [&](const DetailCell &whole) {
        DetailCell cell = whole;
        const auto found = rest.find(key_of(cell));
        if (found != rest.end())
            for (std::size_t sum = 0; sum < cell.sums.size(); ++sum)
                cell.sums[sum] -= found->second[sum];
        if (cell.sums[core::rollup::sum_data_points] != 0) take(cell);
    });
}

void DetailReader::read(const TakeDetail &take) const {
    StoredCells stored(extension_, user_id_);
    for (const Run &run : runs_)
        run.grain == 'f' ? read_part(stored, run, take) : read_whole(stored, run, take);
    stored.close();
}

void DetailReader::read_in(const std::string &currency, const TakeDetail &take) const {
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
