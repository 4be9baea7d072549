// The layout of roi_rollup, once: its key, its sums side by side, its sets and parts.
#include "store/cell_reader.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "store/run_columns.hpp"
#include "store/sight.hpp"

namespace roi::store {

using namespace bridge;
using namespace core::report;

namespace {

// In the order of the table, whole rows: they are then read where they lie, not copied into rows of the answer.
#define ROI_CELL_COLUMNS                                                                                      \
    "c.user_id, c.grain, c.bucket, c.platform, c.currency,"                                                   \
    " c.data_points, c.views, c.likes, c.comments, c.shares, c.saves, c.clicks, c.paid_views, c.paid_clicks," \
    " c.conversions, c.spend, c.revenue, c.engagement, c.spend_count, c.revenue_count, c.roi_sum,"            \
    " c.roi_count, c.roas_sum, c.roas_count, c.earning_points, c.spending_points, c.quarter_points,"          \
    " c.cpc_sum, c.cpc_count, c.cpi_sum, c.cpi_count, c.earning_revenue, c.earning_spend, c.spending_spend,"  \
    " c.spending_cpc_sum, c.spending_cpc_count, c.spending_cpi_sum, c.spending_cpi_count,"                    \
    " c.posts, c.earning_posts, c.spending_posts, c.campaigns, c.parts"
constexpr int cell_first_sum = 5;
constexpr int cell_parts = cell_first_sum + static_cast<int>(set_count),
              cell_width = cell_parts + 1; // without the block
constexpr Block cell_sums{cell_first_sum, static_cast<int>(core::rollup::sum_count)};

const Statement run_statement{
    "SELECT " ROI_CELL_COLUMNS " FROM @roi@.roi_rollup c"
    " WHERE c.user_id = ANY (ARRAY[$1]) AND c.grain = $2 AND c.bucket >= $3 AND c.bucket < $4",
    {TEXTOID, CHAROID, TIMESTAMPTZOID, TIMESTAMPTZOID},
    false,
    true};

// The same for many runs at once, where starting a statement for each would cost more; their number comes last.
const Statement runs_statement{
    "SELECT " ROI_CELL_COLUMNS ", r.part FROM unnest($2, $3, $4, $5) AS r (part, grain, since, until),"
    " @roi@.roi_rollup c"
    " WHERE c.user_id = $1 AND c.grain = r.grain AND c.bucket >= r.since AND c.bucket < r.until",
    {TEXTOID, INT8ARRAYOID, CHARARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID},
    false,
    true};
constexpr std::size_t few_runs = 8;

const Statement tail_statement{
    "SELECT bucket, quarter_points = data_points FROM @roi@.roi_rollup"
    " WHERE user_id = $1 AND grain = 'q' AND bucket >= $2 AND bucket < $3 ORDER BY bucket",
    {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
    false,
    true};

const Statement first_statement{
    "SELECT bucket FROM @roi@.roi_rollup WHERE user_id = $1 AND grain = 'q' ORDER BY bucket LIMIT 1",
    {TEXTOID},
    false,
    true};

const Statement last_statement{
    "SELECT bucket FROM @roi@.roi_rollup WHERE user_id = $1 AND grain = 'q' ORDER BY bucket DESC LIMIT 1",
    {TEXTOID},
    false,
    true};

// The same columns as they must lie for a direct read.
const std::vector<KeyScan::Column> &cell_layout() {
    static const std::vector<KeyScan::Column> layout = [] {
        std::vector<KeyScan::Column> columns{{"user_id", VARCHAROID},
                                             {"grain", CHAROID},
                                             {"bucket", TIMESTAMPTZOID},
                                             {"platform", VARCHAROID},
                                             {"currency", VARCHAROID}};
        for (const char *const sum : core::rollup::sum_names)
            columns.push_back({sum, INT8OID});
        for (const char *const set : {"posts", "earning_posts", "spending_posts", "campaigns", "parts"})
            columns.push_back({set, BYTEAOID});
        return columns;
    }();
    return layout;
}

std::string_view view_of(Datum value) {
    const auto *const bytes = reinterpret_cast<const struct varlena *>(DatumGetPointer(value));
    return {VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)};
}

// The values of a row of the cells' columns without its sums.
void read_cell(Cell &cell, const Datum *values, const bool *nulls, const std::int64_t *sums) {
    cell.grain = static_cast<Grain>(DatumGetChar(values[1]));
    cell.bucket = DatumGetTimestampTz(values[2]);
    cell.platform = view_of(values[3]);
    cell.currency = view_of(values[4]);
    std::copy(sums, sums + core::rollup::sum_count, cell.sums.begin());
    for (std::size_t i = 0; i < set_count; ++i)
        cell.sets[i] = nulls[cell_first_sum + i] ? std::string_view() : view_of(values[cell_first_sum + i]);
    cell.parts = nulls[cell_parts] ? std::string_view() : view_of(values[cell_parts]);
}

Argument moment_of(Moment moment) { return {TimestampTzGetDatum(moment), false}; }

Argument grain_of(Grain grain) { return {CharGetDatum(static_cast<char>(grain)), false}; }

} // namespace

CellReader::CellReader(const Extension &extension, const std::string &user_id)
    : extension_(extension), user_(text_argument(user_id)), table_(extension.schema, "roi_rollup") {
    is_direct_ = table_.is_over({"user_id", "grain", "bucket", "platform", "currency"}) &&
                 table_.begins_with(cell_layout()) && Sight(extension, user_id).sees_own_rows(table_);
}

void CellReader::read_directly(const Run &run, const BlockSink &sink) {
    const Datum since = moment_of(run.since).value, until = moment_of(run.until).value;
    table_.read({{user_.value, grain_of(run.grain).value}, &since, &until, false}, cell_sums,
                static_cast<int>(cell_layout().size()), sink);
}

void CellReader::read_statement(const PartRun &run, const TakeCell &take) {
    Cell cell;
    stream(run_statement, extension_.schema,
           {user_, grain_of(run.second.grain), moment_of(run.second.since), moment_of(run.second.until)},
           cell_sums, [&](const Datum *values, const bool *nulls, const std::int64_t *sums) {
               read_cell(cell, values, nulls, sums);
               take(run.first, cell);
               return true;
           });
}

void CellReader::read_statements(const std::vector<PartRun> &runs, const TakeCell &take) {
    RunColumns columns;
    for (const auto &[part, run] : runs)
        columns.add(part, run);
    Cell cell;
    stream(runs_statement, extension_.schema,
           {user_, columns.parts(), columns.grains(), columns.since(), columns.until()}, cell_sums,
           [&](const Datum *values, const bool *nulls, const std::int64_t *sums) {
               read_cell(cell, values, nulls, sums);
               take(static_cast<std::size_t>(DatumGetInt64(values[cell_width])), cell);
               return true;
           });
}

// Runs that overlap are one scan: the year of a monthly series and the range mostly share their months.
void CellReader::scan(std::vector<PartRun> runs, const TakeCell &take) {
    std::sort(runs.begin(), runs.end(), [](const PartRun &a, const PartRun &b) {
        return std::tie(a.second.grain, a.second.since) < std::tie(b.second.grain, b.second.since);
    });
    Cell cell;
    for (auto first = runs.begin(); first != runs.end();) {
        Run all = first->second;
        auto last = std::next(first);
        for (; last != runs.end() && last->second.grain == all.grain && last->second.since < all.until;
             ++last)
            all.until = std::max(all.until, last->second.until);
        read_directly(all, [&](const Datum *values, const bool *nulls, const std::int64_t *sums) {
            read_cell(cell, values, nulls, sums);
            for (auto run = first; run != last; ++run)
                if (cell.bucket >= run->second.since && cell.bucket < run->second.until)
                    take(run->first, cell);
            return true;
        });
        first = last;
    }
}

void CellReader::read(const std::vector<PartRun> &runs, const TakeCell &take) {
    if (is_direct_) return scan(runs, take);
    if (runs.size() > few_runs) return read_statements(runs, take);
    for (const PartRun &run : runs)
        read_statement(run, take);
}

void CellReader::read_tail(const Run &run, const TakeTail &take) {
    if (is_direct_)
        return read_directly(run, [&](const Datum *values, const bool *, const std::int64_t *sums) {
            return take(DatumGetTimestampTz(values[2]),
                        sums[core::rollup::sum_quarter_points] == sums[core::rollup::sum_data_points]);
        });
    stream(tail_statement, extension_.schema, {user_, moment_of(run.since), moment_of(run.until)}, {0, 0},
           [&](const Datum *values, const bool *, const std::int64_t *) {
               return take(DatumGetTimestampTz(values[0]), DatumGetBool(values[1]));
           });
}

bool CellReader::find_end(bool first, Moment &bucket) {
    bool is_found = false;
    const auto take = [&](Datum value) {
        bucket = DatumGetTimestampTz(value);
        is_found = true;
        return false;
    };
    if (is_direct_)
        table_.read({{user_.value, grain_of(Grain::quarter).value}, nullptr, nullptr, !first}, cell_sums,
                    static_cast<int>(cell_layout().size()),
                    [&](const Datum *values, const bool *, const std::int64_t *) { return take(values[2]); });
    else
        stream(first ? first_statement : last_statement, extension_.schema, {user_}, {0, 0},
               [&](const Datum *values, const bool *, const std::int64_t *) { return take(values[0]); });
    return is_found;
}

} // namespace roi::store
