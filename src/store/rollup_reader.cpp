// Statements over roi_rollup, roi_metrics and roi_exchange_rates for the reports.
#include <algorithm>

#include "core/rollup/id_set.hpp"

#include "store/rollup_reader.hpp"

namespace roi::store {

using namespace bridge;
using namespace core::report;
using core::rollup::Fact;

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

// Order of the measures: core::Measure, then the rates of FactRate.
const Statement facts_statement{
    "SELECT r.part, m.update_timestamp, m.platform, m.currency, m.campaign_id, p.post_no,"
    " m.views, m.likes, m.comments, m.shares, m.saves, m.clicks, m.paid_views, m.paid_clicks,"
    " (m.conversions * 1000000)::bigint, (m.ad_spend * 1000000)::bigint, (m.revenue_generated * 1000000)::bigint,"
    " (m.roi_percentage * 1000000)::bigint, (m.roas_ratio * 1000000)::bigint,"
    " (m.cost_per_click * 1000000)::bigint, (m.cost_per_impression * 1000000)::bigint"
    " FROM unnest($2, $3, $4) AS r (part, since, until)"
    " JOIN @roi@.roi_metrics m ON m.user_id = $1 AND m.update_timestamp >= r.since AND m.update_timestamp < r.until"
    " LEFT JOIN @roi@.roi_posts p ON p.user_id = $1 AND p.post_id = m.post_id AND p.platform = m.platform",
    {TEXTOID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID},
    false,
    true};

const Statement extent_statement{
    "SELECT (SELECT bucket FROM @roi@.roi_rollup WHERE user_id = $1 AND grain = 'q' ORDER BY bucket LIMIT 1),"
    " (SELECT bucket FROM @roi@.roi_rollup WHERE user_id = $1 AND grain = 'q' ORDER BY bucket DESC LIMIT 1)",
    {TEXTOID},
    false,
    true};

const Statement rates_statement{
    "SELECT w.currency, w.day, r.rate::text FROM unnest($1, $2) AS w (currency, day), LATERAL"
    " (SELECT rate FROM @roi@.roi_exchange_rates r WHERE r.base_currency = w.currency AND r.quote_currency = $3"
    "  AND r.rate_date <= date '1970-01-01' + w.day::integer ORDER BY r.rate_date DESC LIMIT 1) r",
    {TEXTARRAYOID, INT8ARRAYOID, TEXTOID},
    false,
    true};

std::string_view view_of(Datum value) {
    const auto *const bytes = reinterpret_cast<const struct varlena *>(DatumGetPointer(value));
    return {VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)};
}

// Runs of several tallies as the arrays of a statement.
class RunColumns {
public:
    void add(std::size_t part, const Run &run) {
        parts_.add(static_cast<std::int64_t>(part));
        grains_.push_back(CharGetDatum(static_cast<char>(run.grain)));
        since_.push_back(TimestampTzGetDatum(run.since));
        until_.push_back(TimestampTzGetDatum(run.until));
    }
    bool is_empty() const { return grains_.empty(); }
    Argument parts() const { return parts_.array(); }
    Argument grains() const { return array(grains_, CHAROID, 1, true, TYPALIGN_CHAR); }
    Argument since() const { return moments(since_); }
    Argument until() const { return moments(until_); }

private:
    static Argument array(const std::vector<Datum> &values, Oid type, int length, bool by_value, char align) {
        const Datum *const data = values.data();
        const int count = static_cast<int>(values.size());
        return call([=] {
            return Argument{PointerGetDatum(construct_array(const_cast<Datum *>(data), count, type, length,
                                                            by_value, align)),
                            false};
        });
    }
    static Argument moments(const std::vector<Datum> &values) {
        return array(values, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
    }

    Int64Column parts_;
    std::vector<Datum> grains_, since_, until_;
};

using PartRun = std::pair<std::size_t, Run>;
using TakeCell = std::function<void(std::size_t part, const Cell &cell)>;

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

void read_run(const Extension &extension, const Argument &user, const PartRun &run, const TakeCell &take) {
    Cell cell;
    stream(run_statement, extension.schema,
           {user,
            {CharGetDatum(static_cast<char>(run.second.grain)), false},
            {TimestampTzGetDatum(run.second.since), false},
            {TimestampTzGetDatum(run.second.until), false}},
           cell_sums, [&](const Datum *values, const bool *nulls, const std::int64_t *sums) {
               read_cell(cell, values, nulls, sums);
               take(run.first, cell);
               return true;
           });
}

void read_runs(const Extension &extension, const std::string &user_id, const std::vector<PartRun> &runs,
               const TakeCell &take) {
    const Argument user = text_argument(user_id);
    if (runs.size() <= few_runs) {
        for (const PartRun &run : runs)
            read_run(extension, user, run, take);
        return;
    }
    RunColumns columns;
    for (const auto &[part, run] : runs)
        columns.add(part, run);
    Cell cell;
    stream(runs_statement, extension.schema,
           {user, columns.parts(), columns.grains(), columns.since(), columns.until()}, cell_sums,
           [&](const Datum *values, const bool *nulls, const std::int64_t *sums) {
               read_cell(cell, values, nulls, sums);
               take(static_cast<std::size_t>(DatumGetInt64(values[cell_width])), cell);
               return true;
           });
}

template <class Id>
std::string set_of(Id id) {
    core::rollup::IdSet<Id> set;
    set.add(id);
    std::string bytes(set.byte_size(), '\0');
    set.write(bytes.data());
    return bytes;
}

Fact fact_of(const Datum *values, const bool *nulls) {
    constexpr std::size_t first = 6;
    Fact fact;
    fact.stamp = DatumGetTimestampTz(values[1]);
    for (std::size_t i = 0; i < core::rollup::fact_bit_count; ++i) {
        if (nulls[first + i]) continue;
        const std::int64_t value = DatumGetInt64(values[first + i]);
        fact.reported |= std::size_t{1} << i;
        if (i < core::measure_count)
            fact.value[i] = value;
        else
            (i == core::rollup::rate_roi    ? fact.roi
             : i == core::rollup::rate_roas ? fact.roas
             : i == core::rollup::rate_cpc  ? fact.cpc
                                            : fact.cpi) = value;
    }
    return fact;
}

// A row of the facts statement as a cell of its own moment.
void take_fact(Tally &tally, const Datum *values, const bool *nulls) {
    Cell cell;
    cell.bucket = DatumGetTimestampTz(values[1]);
    cell.platform = view_of(values[2]);
    cell.currency = view_of(values[3]);
    cell.sums = core::rollup::sums_of(fact_of(values, nulls));
    const std::string campaign = nulls[4] ? "" : set_of(static_cast<std::uint64_t>(DatumGetInt64(values[4])));
    const std::string post = nulls[5] ? "" : set_of(static_cast<std::uint32_t>(DatumGetInt32(values[5])));
    cell.sets[set_campaigns] = campaign;
    cell.sets[set_posts] = post;
    if (cell.sums[core::rollup::sum_earning_points] != 0) cell.sets[set_earning_posts] = post;
    if (cell.sums[core::rollup::sum_spending_points] != 0) cell.sets[set_spending_posts] = post;
    tally.take_fact(cell);
}

// Moves the end of a tally on over the days after it that hold no facts: mostly today's rest, and then today's row and
// this month's answer for all their quarters.
void find_end(const Extension &extension, const Argument &user, Tally &tally) {
    const Run tail = tally.tail();
    if (tail.since >= tail.until) return;
    Moment next = tail.until; // the first quarter that holds facts of the tail
    stream(tail_statement, extension.schema,
           {user, {TimestampTzGetDatum(tail.since), false}, {TimestampTzGetDatum(tail.until), false}}, {0, 0},
           [&](const Datum *values, const bool *, const std::int64_t *) {
               const Moment bucket = DatumGetTimestampTz(values[0]);
               // In the quarter that the end halves, rows stamped at its start belong to the range.
               const bool is_before = bucket < tally.until() && DatumGetBool(values[1]);
               if (!is_before) next = bucket;
               return is_before;
           });
    const Moment end = next == tail.until ? next : core::rollup::bucket_of(Grain::day, next);
    if (end > tally.until()) tally.end_at(end);
}

void read_facts(const Extension &extension, const std::string &user_id, const std::vector<Tally *> &tallies) {
    RunColumns quarters;
    for (std::size_t part = 0; part < tallies.size(); ++part)
        for (const Moment quarter : tallies[part]->quarters_to_read())
            quarters.add(part, {Grain::quarter, quarter, quarter + core::rollup::usecs_per_quarter});
    if (quarters.is_empty()) return; // then the partitioned table is neither planned nor locked
    stream(facts_statement, extension.schema,
           {text_argument(user_id), quarters.parts(), quarters.since(), quarters.until()},
           [&](const Datum *values, const bool *nulls) {
               take_fact(*tallies[static_cast<std::size_t>(DatumGetInt64(values[0]))], values, nulls);
           });
}

void read_foreign_days(const Extension &extension, const std::string &user_id,
                       const std::vector<Tally *> &tallies) {
    std::vector<PartRun> runs;
    for (std::size_t part = 0; part < tallies.size(); ++part)
        for (const Run &run : tallies[part]->days_to_read())
            runs.emplace_back(part, run);
    read_runs(extension, user_id, runs,
              [&](std::size_t part, const Cell &cell) { tallies[part]->take_foreign_day(cell); });
}

// Where rows carry no parts, and for days that a series cuts.
void read_finer(const Extension &extension, const std::string &user_id, const std::vector<Tally *> &tallies) {
    for (;;) {
        std::vector<PartRun> runs;
        for (std::size_t part = 0; part < tallies.size(); ++part)
            for (const Run &run : tallies[part]->finer_runs())
                runs.emplace_back(part, run);
        if (runs.empty()) return;
        read_runs(extension, user_id, runs,
                  [&](std::size_t part, const Cell &cell) { tallies[part]->take_finer(cell); });
    }
}

} // namespace

Extent extent_of(const Extension &extension, const std::string &user_id) {
    execute(extent_statement, extension.schema, {text_argument(user_id)}, true);
    Extent extent;
    extent.any = !result(0, 1).is_null;
    if (!extent.any) return extent;
    extent.since = DatumGetTimestampTz(result(0, 1).value);
    extent.until = DatumGetTimestampTz(result(0, 2).value) + core::rollup::usecs_per_quarter;
    return extent;
}

void read_cells(const Extension &extension, const std::string &user_id, const std::vector<Tally *> &tallies) {
    const Argument user = text_argument(user_id);
    std::vector<PartRun> runs;
    for (Tally *tally : tallies)
        find_end(extension, user, *tally);
    for (std::size_t part = 0; part < tallies.size(); ++part)
        for (const Run &run : tallies[part]->segments().runs)
            runs.emplace_back(part, run);
    read_runs(extension, user_id, runs,
              [&](std::size_t part, const Cell &cell) { tallies[part]->take(cell); });
    read_facts(extension, user_id, tallies);
    read_foreign_days(extension, user_id, tallies);
    read_finer(extension, user_id, tallies);
}

Rates read_rates(const Extension &extension, const std::string &quote,
                 const std::set<std::pair<std::string, std::int64_t>> &wanted) {
    Rates rates;
    if (wanted.empty()) return rates;
    TextColumn currencies;
    Int64Column days;
    for (const auto &[currency, day] : wanted) {
        currencies.add(currency);
        days.add(day);
    }
    stream(rates_statement, extension.schema, {currencies.array(), days.array(), text_argument(quote)},
           [&](const Datum *values, const bool *) {
               rates.add(std::string(view_of(values[0])), DatumGetInt64(values[1]), Rate(view_of(values[2])));
           });
    return rates;
}

std::string settle_currency(const Extension &extension, const Currencies &currencies,
                            const std::vector<Tally *> &tallies) {
    std::string currency = currencies.settle();
    std::set<std::pair<std::string, std::int64_t>> wanted;
    for (const Tally *tally : tallies)
        wanted.merge(tally->wanted_rates());
    if (wanted.empty()) return currency;
    const Rates rates = read_rates(extension, currency, wanted);
    for (Tally *tally : tallies)
        tally->convert(rates);
    return currency;
}

} // namespace roi::store
