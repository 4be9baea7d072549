// Two statements a kind of key: over the details, and over the facts.
#include <algorithm>

#include "core/report/series.hpp"
#include "core/report/tally.hpp"

#include "store/archive.hpp"
#include "store/daily_by_key.hpp"
#include "store/rollup_reader.hpp"

namespace roi::store {

using namespace bridge;
using core::report::Moment;

namespace {

#define ROI_DETAIL_DAYS(key, condition)                                                                      \
    "SELECT " key ", d.currency::text, extract(epoch FROM d.bucket)::bigint / 86400,"                        \
    " extract(epoch FROM d.bucket)::bigint / 86400, sum(d.views)::bigint, sum(d.clicks)::bigint,"            \
    " sum(d.engagement)::bigint, sum(d.conversions)::bigint, sum(d.spend)::bigint, sum(d.revenue)::bigint"   \
    " FROM @roi@.roi_rollup_detail d WHERE d.user_id = $1 AND d.grain = 'd' AND d.bucket >= $2"              \
    " AND d.bucket < $3 AND " condition " GROUP BY 1, 2, 3 ORDER BY 3"

#define ROI_FACT_DAYS(key, condition)                                                                         \
    "SELECT " key ", f.currency::text, (f.update_timestamp AT TIME ZONE $5)::date - date '1970-01-01',"       \
    " (f.update_timestamp AT TIME ZONE 'UTC')::date - date '1970-01-01', coalesce(sum(f.views), 0)::bigint,"  \
    " coalesce(sum(f.clicks), 0)::bigint, coalesce(sum(f.likes + f.comments + f.shares), 0)::bigint,"         \
    " (coalesce(sum(f.conversions), 0) * 1000000)::bigint, (coalesce(sum(f.ad_spend), 0) * 1000000)::bigint," \
    " (coalesce(sum(f.revenue_generated), 0) * 1000000)::bigint"                                              \
    " FROM @roi@.roi_metrics f WHERE f.user_id = $1 AND f.update_timestamp >= $2"                             \
    " AND f.update_timestamp < $3 AND " condition " GROUP BY 1, 2, 3, 4 ORDER BY 3"

// $4: the keys as text
const std::vector<Oid> detail_types{TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTARRAYOID};
const std::vector<Oid> fact_types{TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTARRAYOID, TEXTOID};

const Statement detail_days[] = {
    {ROI_DETAIL_DAYS("d.campaign_id::text", "d.campaign_id = ANY ($4::bigint[])"), detail_types},
    {ROI_DETAIL_DAYS(
         "(SELECT p.post_id::text FROM @roi@.roi_posts p WHERE p.user_id = $1 AND p.post_no = d.post_no"
         " AND p.post_id = ANY ($4) LIMIT 1)",
         "d.post_no IN (SELECT p.post_no FROM @roi@.roi_posts p WHERE p.user_id = $1 AND p.post_id = ANY ($4))"),
     detail_types},
    {ROI_DETAIL_DAYS("d.content_type::text", "d.content_type = ANY ($4)"), detail_types}};
const Statement fact_days[] = {
    {ROI_FACT_DAYS("f.campaign_id::text", "f.campaign_id = ANY ($4::bigint[])"), fact_types},
    {ROI_FACT_DAYS("f.post_id::text", "f.post_id = ANY ($4)"), fact_types},
    {ROI_FACT_DAYS("f.content_type::text", "f.content_type = ANY ($4)"), fact_types}};

bool is_utc(const ZoneClock &clock, Moment since, Moment until) {
    return clock.is_fixed() && clock.to_local(since) == since && clock.to_local(until) == until;
}

std::string_view view_of(Datum text_value) {
    const auto *const packed = reinterpret_cast<const struct varlena *>(DatumGetPointer(text_value));
    return std::string_view(VARDATA_ANY(packed), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(packed)));
}

} // namespace

std::vector<KeyDay> read_key_days(const Extension &extension, const std::string &user_id, KeyKind kind,
                                  const std::vector<std::string> &keys, Moment since, Moment until,
                                  const std::string &time_zone) {
    std::vector<KeyDay> days;
    if (since >= until || keys.empty()) return days;
    TextColumn texts;
    for (const std::string &key : keys)
        texts.add(key);
    std::vector<Argument> arguments{text_argument(user_id),
                                    {TimestampTzGetDatum(since), false},
                                    {TimestampTzGetDatum(until), false},
                                    texts.array()};
    const bool by_details = is_utc(ZoneClock(time_zone), since, until);
    if (!by_details) {
        refuse_archived(extension, since);
        arguments.push_back(text_argument(time_zone));
    }
    const Statement &statement = (by_details ? detail_days : fact_days)[static_cast<int>(kind)];
    stream(statement, extension.schema, arguments, [&](const Datum *values, const bool *nulls) {
        if (nulls[0]) return;
        KeyDay day;
        day.key = view_of(values[0]);
        day.currency = view_of(values[1]);
        day.day = by_details ? DatumGetInt64(values[2]) : DatumGetInt32(values[2]);
        day.utc_day = by_details ? DatumGetInt64(values[3]) : DatumGetInt32(values[3]);
        for (std::size_t sum = 0; sum < day_sum_count; ++sum)
            day.sums[sum] = DatumGetInt64(values[4 + sum]);
        days.push_back(std::move(day));
    });
    return days;
}

std::string settle_key_days(const Extension &extension, const std::string &asked, std::vector<KeyDay> &days) {
    core::report::Currencies currencies(asked);
    std::set<std::pair<std::string, std::int64_t>> wanted;
    for (const KeyDay &day : days) {
        core::rollup::Sums sums{};
        sums[core::rollup::sum_spend] = day.sums[day_spend];
        sums[core::rollup::sum_revenue] = day.sums[day_revenue];
        currencies.note(currencies.number_of(day.currency), sums);
    }
    std::string currency = currencies.settle();
    const auto needs_rate = [&](const KeyDay &day) {
        return day.currency != currency && (day.sums[day_spend] != 0 || day.sums[day_revenue] != 0);
    };
    for (const KeyDay &day : days)
        if (needs_rate(day)) wanted.emplace(day.currency, day.utc_day);
    const core::report::Rates rates = read_rates(extension, currency, wanted);
    for (KeyDay &day : days) {
        if (!needs_rate(day)) continue;
        const core::report::Rate *const rate = rates.find(day.currency, day.utc_day);
        if (rate == nullptr) {
            std::string detail = "No rate for " + day.currency + " on ";
            core::report::append_date(detail, day.utc_day);
            fail(ERRCODE_INVALID_PARAMETER_VALUE, "no exchange rate covers the range", detail + ".",
                 "Insert the rates into roi_exchange_rates.");
        }
        for (const DaySum sum : {day_spend, day_revenue})
            day.sums[sum] = rate->apply(day.sums[sum]);
    }
    return currency;
}

} // namespace roi::store
