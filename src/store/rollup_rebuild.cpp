// Deletes and refills what derives from facts, page by page.
#include <algorithm>

#include "core/rollup/delta.hpp"

#include "store/rollup_rebuild.hpp"

#include "store/archive.hpp"
#include "store/fact_reader.hpp"
#include "store/rollup_writer.hpp"
#include "store/user_locks.hpp"

#include "bridge/memory.hpp"

namespace roi::store {

using namespace bridge;
using core::rollup::Grain;
using core::rollup::Moment;

namespace {

constexpr int64 page_rows = 4096;

// Columns as FactReader wants them, then id.
const Statement page_statement{
    "SELECT user_id, platform, currency, content_type, post_id, content_category, source, campaign_id,"
    " update_timestamp, posted_at, views, likes, comments, shares, saves, clicks, paid_views, paid_clicks,"
    " conversions, ad_spend, revenue_generated, roi_percentage, roas_ratio, cost_per_click,"
    " cost_per_impression, id FROM @roi@.roi_metrics"
    " WHERE user_id = $1 AND update_timestamp >= $2 AND update_timestamp < $3"
    " AND (update_timestamp > $2 OR id > $4) ORDER BY update_timestamp, id LIMIT $5",
    {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, INT8OID},
    true}; // planned for its range: locks no partition that another TRUNCATE may hold

Argument moment(Moment value) { return {TimestampTzGetDatum(value), false}; }

// Rollup rows, and platform_metrics whose fact is gone.
void remove_rows(const Extension &extension, const std::string &user_id, const MonthRange &range) {
    static const Statement rollup{
        "DELETE FROM @roi@.roi_rollup WHERE user_id = $1 AND bucket >= $2 AND bucket < $3",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    static const Statement detail{
        "DELETE FROM @roi@.roi_rollup_detail WHERE user_id = $1 AND bucket >= $2 AND bucket < $3",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    static const Statement orphans{
        "DELETE FROM @roi@.platform_metrics pm WHERE user_id = $1 AND update_timestamp >= $2"
        " AND update_timestamp < $3 AND roi_metric_id IS NOT NULL AND NOT EXISTS (SELECT FROM @roi@.roi_metrics m"
        "   WHERE m.user_id = $1 AND m.update_timestamp = pm.update_timestamp AND m.id = pm.roi_metric_id"
        "   AND m.update_timestamp >= $2 AND m.update_timestamp < $3 OFFSET 0)",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID},
        true};
    const std::vector<Argument> arguments{text_argument(user_id), moment(range.since), moment(range.until)};
    for (const Statement *statement : {&rollup, &detail})
        execute(*statement, extension.schema, arguments, false);
    execute(orphans, extension.schema, arguments, false);
}

// Running totals from the month rows; money in the post's own currency. Rows that are right stay as they are.
void reset_totals(const Extension &extension, const std::string &user_id) {
    static const Statement reset{
        "WITH sums AS (SELECT p.post_id, p.platform, coalesce(sum(d.views), 0)::bigint AS views,"
        " coalesce(sum(d.likes), 0)::bigint AS likes, coalesce(sum(d.comments), 0)::bigint AS comments,"
        " coalesce(sum(d.shares), 0)::bigint AS shares, coalesce(sum(d.saves), 0)::bigint AS saves,"
        " coalesce(sum(d.clicks), 0)::bigint AS clicks, coalesce(sum(d.paid_views), 0)::bigint AS paid_views,"
        " coalesce(sum(d.paid_clicks), 0)::bigint AS paid_clicks,"
        " coalesce(sum(d.conversions), 0) * 0.000001 AS conversions,"
        " coalesce(sum(d.spend) FILTER (WHERE d.currency = p.currency), 0) * 0.000001 AS ad_spend,"
        " coalesce(sum(d.revenue) FILTER (WHERE d.currency = p.currency), 0) * 0.000001 AS revenue_generated"
        " FROM @roi@.roi_posts p LEFT JOIN @roi@.roi_rollup_detail d ON d.user_id = $1 AND d.grain = 'm'"
        "   AND d.platform = p.platform AND d.post_no = p.post_no"
        " WHERE p.user_id = $1 GROUP BY p.post_id, p.platform)"
        " UPDATE @roi@.roi_posts p SET views = s.views, likes = s.likes, comments = s.comments,"
        " shares = s.shares, saves = s.saves, clicks = s.clicks, paid_views = s.paid_views,"
        " paid_clicks = s.paid_clicks, conversions = s.conversions, ad_spend = s.ad_spend,"
        " revenue_generated = s.revenue_generated, updated_at = now() FROM sums s"
        " WHERE p.user_id = $1 AND p.post_id = s.post_id AND p.platform = s.platform"
        " AND (p.views, p.likes, p.comments, p.shares, p.saves, p.clicks, p.paid_views, p.paid_clicks,"
        "   p.conversions, p.ad_spend, p.revenue_generated) <> (s.views, s.likes, s.comments, s.shares,"
        "   s.saves, s.clicks, s.paid_views, s.paid_clicks, s.conversions, s.ad_spend, s.revenue_generated)",
        {TEXTOID},
        true,
        false,
        true};
    execute(reset, extension.schema, {text_argument(user_id)}, false);
}

bool has_facts(const Extension &extension, const std::string &user_id) {
    static const Statement any{
        "SELECT EXISTS (SELECT FROM @roi@.roi_metrics WHERE user_id = $1)::int::bigint", {TEXTOID}};
    execute(any, extension.schema, {text_argument(user_id)}, false);
    return result_int64(0, 1) != 0;
}

} // namespace

MonthRange whole_months(Moment since, Moment until) {
    MonthRange range{since, until};
    if (!TIMESTAMP_NOT_FINITE(since)) range.since = bucket_of(Grain::month, since);
    if (!TIMESTAMP_NOT_FINITE(until) && bucket_of(Grain::month, until) != until)
        range.until = bucket_after(Grain::month, bucket_of(Grain::month, until));
    return range;
}

void visit_facts(const Extension &extension, const std::string &user_id, const MonthRange &range,
                 bool read_only, const std::function<void(const core::rollup::Fact &)> &visit) {
    Moment since = range.since;
    int64 after = PG_INT64_MIN;
    for (;;) {
        check_interrupts();
        MemoryScope memory("facts");
        const uint64 rows = execute(page_statement, extension.schema,
                                    {text_argument(user_id), moment(since), moment(range.until),
                                     int64_argument(after), int64_argument(page_rows)},
                                    read_only);
        if (rows == 0) return;
        ResultRows page;
        const FactReader reader(page.columns());
        while (page.next()) {
            const core::rollup::Fact fact = reader.read(page.values(), page.nulls());
            since = fact.stamp;
            after = DatumGetInt64(page.values()[page.columns()->natts - 1]);
            visit(fact);
        }
        if (rows < page_rows) return;
    }
}

bool next_user(const Extension &extension, bool read_only, std::string &after) {
    static const Statement next{
        "SELECT least((SELECT user_id FROM @roi@.roi_metrics WHERE user_id > $1 ORDER BY user_id LIMIT 1),"
        " (SELECT user_id FROM @roi@.roi_rollup WHERE user_id > $1 ORDER BY user_id LIMIT 1),"
        " (SELECT user_id FROM @roi@.roi_rollup_detail WHERE user_id > $1 ORDER BY user_id LIMIT 1),"
        " (SELECT user_id FROM @roi@.roi_posts WHERE user_id > $1 ORDER BY user_id LIMIT 1),"
        " (SELECT user_id FROM @roi@.platform_metrics WHERE user_id > $1 ORDER BY user_id LIMIT 1))::text",
        {TEXTOID}};
    execute(next, extension.schema, {text_argument(after)}, read_only);
    after = result_text(0, 1);
    return !after.empty();
}

namespace {

// Users who have anything in the months. One scan each: a truncated partition leaves few facts to look at.
std::vector<std::string> users_in(const Extension &extension, const MonthRange &range) {
    static const Statement users_statement{
        "SELECT user_id::text FROM (SELECT user_id FROM @roi@.roi_rollup WHERE bucket >= $1 AND bucket < $2"
        " UNION SELECT user_id FROM @roi@.roi_rollup_detail WHERE bucket >= $1 AND bucket < $2"
        " UNION SELECT user_id FROM @roi@.roi_posts WHERE $1 = '-infinity' AND $2 = 'infinity'"
        " UNION SELECT user_id FROM @roi@.platform_metrics WHERE update_timestamp >= $1 AND update_timestamp < $2"
        " UNION SELECT user_id FROM @roi@.roi_metrics WHERE update_timestamp >= $1 AND update_timestamp < $2) u"
        " ORDER BY user_id",
        {TIMESTAMPTZOID, TIMESTAMPTZOID},
        true};
    // The newest users too, whose facts a TRUNCATE takes away without asking any snapshot.
    const uint64 rows =
        execute_latest(users_statement, extension.schema, {moment(range.since), moment(range.until)});
    std::vector<std::string> users;
    users.reserve(rows);
    for (uint64 row = 0; row < rows; ++row)
        users.push_back(result_text(row, 1));
    return users;
}

} // namespace

std::int64_t rebuild_all(const Extension &extension, Moment since, Moment until) {
    const std::vector<std::string> users = users_in(extension, whole_months(since, until));
    for (const std::string &user : users)
        rebuild_user(extension, user, since, until);
    return static_cast<std::int64_t>(users.size());
}

void forget_user(const Extension &extension, const std::string &user_id) {
    remove_rows(extension, user_id, {DT_NOBEGIN, DT_NOEND});
}

namespace {

void refill(const Extension &extension, const std::string &user_id, const MonthRange &range) {
    remove_rows(extension, user_id, range);
    RollupWriter writer(extension, RollupWriter::Totals::leave);
    visit_facts(extension, user_id, range, false, [&](const core::rollup::Fact &fact) {
        writer.add(fact, 1);
        if (writer.is_full()) writer.flush();
    });
    writer.flush();
    reset_totals(extension, user_id);
}

// False for somebody who is no user, and has not become one while we took away what should not be there. Facts are only ever
// counted under the lock: the first writer makes the row that is locked, and counts for himself.
bool lock_or_clear(const Extension &extension, const std::string &user_id, const MonthRange &range) {
    if (lock_known_user(extension, user_id)) return true;
    if (has_facts(extension, user_id) || hold_user(extension, user_id)) {
        lock_user(extension, user_id);
        return true;
    }
    remove_rows(extension, user_id, range);
    reset_totals(extension, user_id);
    return lock_known_user(extension, user_id);
}

} // namespace

void rebuild_user(const Extension &extension, const std::string &user_id, Moment since, Moment until) {
    MonthRange range = whole_months(since, until);
    range.since = std::max(range.since, archived_until(extension)); // nothing is left to make older months of
    if (range.since < range.until && lock_or_clear(extension, user_id, range))
        refill(extension, user_id, range);
}

} // namespace roi::store
