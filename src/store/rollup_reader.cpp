// Rows of roi_rollup, single facts and exchange rates for the reports.
#include <algorithm>

#include "core/rollup/id_set.hpp"

#include "store/cell_reader.hpp"
#include "store/rollup_reader.hpp"
#include "store/run_columns.hpp"

#include "store/archive.hpp"

namespace roi::store {

using namespace bridge;
using namespace core::report;
using core::rollup::Fact;

namespace {

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
void find_end(CellReader &reader, Tally &tally) {
    const Run tail = tally.tail();
    if (tail.since >= tail.until) return;
    Moment next = tail.until; // the first quarter that holds facts of the tail
    reader.read_tail(tail, [&](Moment bucket, bool is_whole) {
        // In the quarter that the end halves, rows stamped at its start belong to the range.
        const bool is_before = bucket < tally.until() && is_whole;
        if (!is_before) next = bucket;
        return is_before;
    });
    const Moment end = next == tail.until ? next : core::rollup::bucket_of(Grain::day, next);
    if (end > tally.until()) tally.end_at(end);
}

bool read_facts(const Extension &extension, const std::string &user_id, const std::vector<Tally *> &tallies) {
    RunColumns quarters;
    Moment first = DT_NOEND;
    for (std::size_t part = 0; part < tallies.size(); ++part)
        for (const Moment quarter : tallies[part]->quarters_to_read()) {
            quarters.add(part, {Grain::quarter, quarter, quarter + core::rollup::usecs_per_quarter});
            first = std::min(first, quarter);
        }
    if (quarters.is_empty()) return false; // then the partitioned table is neither planned nor locked
    refuse_archived(extension, first);
    stream(facts_statement, extension.schema,
           {text_argument(user_id), quarters.parts(), quarters.since(), quarters.until()},
           [&](const Datum *values, const bool *nulls) {
               take_fact(*tallies[static_cast<std::size_t>(DatumGetInt64(values[0]))], values, nulls);
           });
    return true;
}

void read_foreign_days(CellReader &reader, const std::vector<Tally *> &tallies) {
    std::vector<PartRun> runs;
    for (std::size_t part = 0; part < tallies.size(); ++part)
        for (const Run &run : tallies[part]->days_to_read())
            runs.emplace_back(part, run);
    reader.read(runs, [&](std::size_t part, const Cell &cell) { tallies[part]->take_foreign_day(cell); });
}

// Where rows carry no parts, and for days that a series cuts.
void read_finer(CellReader &reader, const std::vector<Tally *> &tallies) {
    for (;;) {
        std::vector<PartRun> runs;
        for (std::size_t part = 0; part < tallies.size(); ++part)
            for (const Run &run : tallies[part]->finer_runs())
                runs.emplace_back(part, run);
        if (runs.empty()) return;
        reader.read(runs, [&](std::size_t part, const Cell &cell) { tallies[part]->take_finer(cell); });
    }
}

} // namespace

Extent extent_of(const Extension &extension, const std::string &user_id) {
    CellReader reader(extension, user_id);
    Extent extent;
    extent.any = reader.find_end(true, extent.since) && reader.find_end(false, extent.until);
    if (extent.any) extent.until += core::rollup::usecs_per_quarter;
    reader.close();
    return extent;
}

bool read_cells(const Extension &extension, const std::string &user_id, const std::vector<Tally *> &tallies) {
    CellReader reader(extension, user_id);
    std::vector<PartRun> runs;
    for (Tally *tally : tallies)
        find_end(reader, *tally);
    for (std::size_t part = 0; part < tallies.size(); ++part)
        for (const Run &run : tallies[part]->segments().runs)
            runs.emplace_back(part, run);
    reader.read(runs, [&](std::size_t part, const Cell &cell) { tallies[part]->take(cell); });
    const bool needs_facts = read_facts(extension, user_id, tallies);
    read_foreign_days(reader, tallies);
    read_finer(reader, tallies);
    reader.close();
    return !needs_facts;
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
