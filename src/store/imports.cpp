// Statements over the importer's tables.
#include "store/imports.hpp"

#include <algorithm>
#include <map>

#include "store/chunks.hpp"
#include "store/imports_cover.hpp"

namespace roi::store {

using namespace bridge;
using core::import::ColumnRule;
using core::import::Field;
using core::import::FormatRule;

namespace {

Field field_of(const std::string &name) {
    static const std::map<std::string, Field> fields{{"date", Field::date},
                                                     {"campaign_id", Field::campaign_id},
                                                     {"campaign_name", Field::campaign_name},
                                                     {"post_id", Field::post_id},
                                                     {"content_type", Field::content_type},
                                                     {"currency", Field::currency},
                                                     {"impressions", Field::impressions},
                                                     {"clicks", Field::clicks},
                                                     {"conversions", Field::conversions},
                                                     {"spend", Field::spend},
                                                     {"revenue", Field::revenue},
                                                     {"likes", Field::likes},
                                                     {"comments", Field::comments},
                                                     {"shares", Field::shares},
                                                     {"saves", Field::saves},
                                                     {"status", Field::status},
                                                     {"start_date", Field::start_date},
                                                     {"modified", Field::modified},
                                                     {"filter", Field::filter},
                                                     {"marker", Field::marker},
                                                     {"account", Field::account},
                                                     {"platform", Field::platform},
                                                     {"period_end", Field::period_end},
                                                     {"posted_at", Field::posted_at},
                                                     {"metric", Field::metric}};
    return fields.at(name); // the table's CHECK allows these names only
}

// Text arrays come as one text with a separator that no header or value holds.
std::vector<std::string> split(const std::string &text, char separator) {
    std::vector<std::string> parts;
    if (text.empty()) return parts;
    std::size_t from = 0;
    for (std::size_t at = text.find(separator); at != std::string::npos; at = text.find(separator, from)) {
        parts.push_back(text.substr(from, at - from));
        from = at + 1;
    }
    parts.push_back(text.substr(from));
    return parts;
}

void load_columns(const Extension &extension, std::map<std::string, FormatRule> &formats) {
    static const Statement read_columns{
        "SELECT format, field, part::bigint, header, unit, required::int::bigint, array_to_string(accept, "
        "E'\\x1f'),"
        " language, metric FROM @roi@.roi_import_columns ORDER BY format, field, part, preference, header",
        {}};
    const uint64 count = execute(read_columns, extension.schema, {}, false);
    for (uint64 row = 0; row < count; ++row) {
        ColumnRule rule;
        rule.field = field_of(result_text(row, 2));
        rule.part = static_cast<int>(result_int64(row, 3));
        rule.header = result_text(row, 4);
        rule.unit =
            result_text(row, 5) == "millionth" ? core::import::Unit::millionth : core::import::Unit::one;
        rule.required = result_int64(row, 6) != 0;
        rule.accept = split(result_text(row, 7), '\x1f');
        rule.language = result_text(row, 8);
        rule.metric = result_text(row, 9);
        formats.at(result_text(row, 1)).columns.push_back(std::move(rule));
    }
}

} // namespace

std::vector<FormatRule> load_formats(const Extension &extension) {
    static const Statement read_formats{
        "SELECT format, platform::text, content_type::text, "
        "campaigns_only::int::bigint, date_from_preamble::int::bigint,"
        " lifetime::int::bigint, paid::int::bigint, number_posts::int::bigint, posted_order, exact::int::bigint"
        " FROM @roi@.roi_import_formats",
        {}};
    std::map<std::string, FormatRule> formats;
    const uint64 count = execute(read_formats, extension.schema, {}, false);
    for (uint64 row = 0; row < count; ++row) {
        FormatRule rule;
        rule.name = result_text(row, 1);
        rule.platform = result_text(row, 2);
        rule.content_type = result_text(row, 3);
        rule.campaigns_only = result_int64(row, 4) != 0;
        rule.date_from_preamble = result_int64(row, 5) != 0;
        rule.lifetime = result_int64(row, 6) != 0;
        rule.is_paid = result_int64(row, 7) != 0;
        rule.number_posts = result_int64(row, 8) != 0;
        rule.posted_order = result_text(row, 9);
        rule.is_exact = result_int64(row, 10) != 0;
        formats[rule.name] = rule;
    }
    load_columns(extension, formats);
    std::vector<FormatRule> rules;
    for (auto &entry : formats)
        if (!entry.second.columns.empty()) rules.push_back(std::move(entry.second));
    return rules;
}

void lock_imports(const Extension &extension, const std::string &user_id) {
    static const Statement lock{
        "SELECT pg_advisory_xact_lock(hashtext('roi_import ' || $1::text), hashtext($2))",
        {INT8OID, TEXTOID}};
    execute(lock, extension.schema, {int64_argument(extension.schema), text_argument(user_id)}, false);
}

Argument content_hash(Argument content) {
    return {call([content] { return DirectFunctionCall1(sha256_bytea, content.value); }), false};
}

bool find_batch(const Extension &extension, const std::string &user_id, Argument hash, Batch &batch) {
    static const Statement find{
        "SELECT id, format, platform::text, rows_read, grain, encoding FROM @roi@.roi_import_batches"
        " WHERE user_id = $1 AND content_sha256 = $2 AND undone_at IS NULL",
        {TEXTOID, BYTEAOID}};
    if (execute(find, extension.schema, {text_argument(user_id), hash}, false) == 0) return false;
    batch.id = result_int64(0, 1);
    batch.format = result_text(0, 2);
    batch.platform = result_text(0, 3);
    batch.counts.read = batch.counts.skipped = result_int64(0, 4);
    batch.grain = result_text(0, 5);
    batch.encoding = result_text(0, 6);
    return true;
}

void add_batch(const Extension &extension, const std::string &user_id, Argument hash, Batch &batch) {
    static const Statement add{
        "INSERT INTO @roi@.roi_import_batches (user_id, format, platform, content_sha256, content_bytes, time_zone,"
        " rows_read, rows_imported, rows_skipped, rows_rejected, encoding, grain, since, until, accounts, replaces, periods)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, coalesce($15, '{}'), $18,"
        "  ARRAY(SELECT daterange('1970-01-01'::date + first::integer, '1970-01-01'::date + last::integer, '[]')"
        "   FROM unnest($16, $17) AS period (first, last) ORDER BY first, last)) RETURNING id",
        {TEXTOID, TEXTOID, TEXTOID, BYTEAOID, INT8OID, TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, TEXTOID,
         TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, BOOLOID}};
    Int64Column firsts, lasts;
    for (const core::import::DayPair &period : batch.periods) {
        firsts.add(period.first);
        lasts.add(period.last);
    }
    TextColumn accounts;
    for (const std::string &account : batch.accounts)
        accounts.add(account);
    execute(add, extension.schema,
            {text_argument(user_id), text_argument(batch.format), text_argument(batch.platform), hash,
             int64_argument(batch.content_bytes), text_argument(batch.time_zone),
             int64_argument(batch.counts.read), int64_argument(batch.counts.imported),
             int64_argument(batch.counts.skipped), int64_argument(batch.counts.rejected),
             text_argument(batch.encoding), text_argument(batch.grain), moment_argument(batch.since),
             moment_argument(batch.until), accounts.array(), firsts.array(), lasts.array(),
             bool_argument(batch.replaces)},
            false);
    batch.id = result_int64(0, 1);
}

void finish_batch(const Extension &extension, const std::string &user_id, const Batch &batch) {
    static const Statement finish{
        "UPDATE @roi@.roi_import_batches SET facts = $3, replaced = $4, spend = $5, revenue = $6, currency = $7,"
        " rows_imported = $8, rows_skipped = $9, beside = $10 WHERE user_id = $1 AND id = $2",
        {TEXTOID, INT8OID, INT8OID, INT8OID, NUMERICOID, NUMERICOID, TEXTOID, INT8OID, INT8OID, INT8OID}};
    const auto money = [](bool present, std::int64_t micros) {
        return present ? micros_argument(micros) : null_argument();
    };
    execute(finish, extension.schema,
            {text_argument(user_id), int64_argument(batch.id), int64_argument(batch.facts),
             int64_argument(batch.replaced), money(batch.has_spend, batch.spend),
             money(batch.has_revenue, batch.revenue), text_or_null(batch.currency),
             int64_argument(batch.counts.imported), int64_argument(batch.counts.skipped),
             int64_argument(batch.beside)},
            false);
}

void add_periods(const Extension &extension, const std::string &user_id, std::int64_t batch_id,
                 const std::vector<Period> &periods) {
    static const Statement add{
        "INSERT INTO @roi@.roi_import_periods AS known (user_id, batch_id, platform, subject, first_day, last_day)"
        " SELECT $1, $2, platform, " SUBJECT(
            "period") ", date '1970-01-01' + first::integer,"
                      "   max(date '1970-01-01' + last::integer) FROM unnest($3, $4, $5, $6, $7) AS period (platform, campaign_id, post_id, first, last)"
                      " GROUP BY 1, 2, 3, 4, 5 ON CONFLICT (user_id, batch_id, platform, subject, first_day) DO UPDATE"
                      " SET last_day = greatest(known.last_day, EXCLUDED.last_day)",
        {TEXTOID, INT8OID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID}};
    if (periods.empty()) return;
    MemoryScope memory("periods");
    TextColumn platforms, posts;
    Int64Column campaigns, firsts, lasts;
    for (const Period &period : periods) {
        platforms.add(period.platform);
        posts.add(period.post_id);
        campaigns.add_if(period.campaign_id != 0, period.campaign_id);
        firsts.add(period.first);
        lasts.add(period.last);
    }
    execute(add, extension.schema,
            {text_argument(user_id), int64_argument(batch_id), platforms.array(), campaigns.array(),
             posts.array(), firsts.array(), lasts.array()},
            false);
}

void add_rejects(const Extension &extension, const std::string &user_id, std::int64_t batch_id,
                 std::int64_t start, const std::vector<core::import::Reject> &rejects) {
    static const Statement add{
        "INSERT INTO @roi@.roi_import_rejects (user_id, batch_id, reject_no, line, column_name, value, reason)"
        " SELECT $1, $2, $3 + number, line, column_name, value, reason FROM unnest($4, $5, $6, $7) WITH ORDINALITY"
        " AS reject (line, column_name, value, reason, number)",
        {TEXTOID, INT8OID, INT8OID, INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID}};
    in_chunks("rejects", rejects.size(), [&](std::size_t first, std::size_t count) {
        Int64Column lines;
        TextColumn columns, values, reasons;
        for (std::size_t i = first; i < first + count; ++i) {
            lines.add(rejects[i].line);
            columns.add(rejects[i].column);
            values.add(rejects[i].value);
            reasons.add(rejects[i].reason);
        }
        execute(add, extension.schema,
                {text_argument(user_id), int64_argument(batch_id),
                 int64_argument(start + static_cast<std::int64_t>(first)), lines.array(), columns.array(),
                 values.array(), reasons.array()},
                false);
    });
}

namespace {

// A name that is only the id gives way to a real one; the earliest day known stays the campaign's date. What the file tells and
// what was known before is noted for the day on which the import is taken back.
const Statement save_statement{
    "WITH file AS MATERIALIZED (SELECT external_id, nullif(name, external_id) AS name,"
    "   date '1970-01-01' + coalesce(start_day, first_day)::integer AS date,"
    "   CASE WHEN lower(status) IN ('enabled', 'active', 'running', 'serving', 'eligible') THEN 'active'"
    "        WHEN lower(status) IN ('removed', 'deleted', 'ended', 'completed', 'archived') THEN 'completed'"
    "        ELSE left(lower(status), 10) END AS ongoing, currency, place"
    "  FROM unnest($3, $4, $5, $6, $7, $8) WITH ORDINALITY"
    "   AS line (external_id, name, start_day, first_day, status, currency, place)),"
    " saved AS (INSERT INTO @roi@.campaign_with_user_id AS known (user_id, platform, external_id, name, date, ongoing,"
    "   currency, source)"
    "  SELECT $1, $2, external_id, coalesce(name, external_id), date, ongoing, coalesce(currency, $9, 'USD'), 'imported'"
    "  FROM file ON CONFLICT (user_id, platform, external_id) DO UPDATE SET"
    "   name = CASE WHEN EXCLUDED.name = EXCLUDED.external_id THEN known.name ELSE EXCLUDED.name END,"
    "   date = least(known.date, EXCLUDED.date), ongoing = coalesce(EXCLUDED.ongoing, known.ongoing), updated_at = now(),"
    // until its first facts say in which currency a campaign is paid, the newest file does
    "   currency = CASE WHEN known.spend IS NULL THEN EXCLUDED.currency ELSE known.currency END"
    "  RETURNING id, external_id),"
    " noted AS (INSERT INTO @roi@.roi_import_campaigns (user_id, batch_id, campaign_id, name, date, ongoing, was_name, was_date,"
    "   was_ongoing, was_currency)"
    "  SELECT $1, $10, saved.id, file.name, file.date, file.ongoing, was.name, was.date, was.ongoing, was.currency"
    // joined as sets: one look-up a campaign would go through all of the user's where statistics are of an empty table. What this
    // statement writes is not in its own snapshot: these are the rows as they were.
    "  FROM saved JOIN file USING (external_id) LEFT JOIN (SELECT k.external_id, k.name, k.date, k.ongoing, k.currency"
    "   FROM @roi@.campaign_with_user_id k WHERE k.user_id = $1 AND k.platform = $2 AND k.external_id = ANY ($3)) was"
    "   USING (external_id))"
    " SELECT saved.id FROM file JOIN saved USING (external_id) ORDER BY place",
    {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
     TEXTOID, INT8OID},
    true,
    false,
    true};

} // namespace

std::vector<std::int64_t> save_campaigns(const Extension &extension, const std::string &user_id,
                                         std::int64_t batch_id, const std::string &currency,
                                         const std::vector<core::import::Campaign> &campaigns) {
    constexpr std::int64_t no_day = core::import::no_day;
    MemoryScope memory("campaigns");
    TextColumn external_ids, names, statuses, currencies;
    Int64Column start_days, first_days;
    for (const core::import::Campaign &campaign : campaigns) {
        external_ids.add(campaign.external_id);
        names.add(campaign.name);
        statuses.add(campaign.status);
        currencies.add(campaign.currency);
        start_days.add_if(campaign.start_day != no_day, campaign.start_day);
        first_days.add_if(campaign.first_day != no_day, campaign.first_day);
    }
    const uint64 saved =
        execute(save_statement, extension.schema,
                {text_argument(user_id), text_argument(campaigns.front().platform), external_ids.array(),
                 names.array(), start_days.array(), first_days.array(), statuses.array(), currencies.array(),
                 text_or_null(currency), int64_argument(batch_id)},
                false);
    std::vector<std::int64_t> ids;
    for (uint64 row = 0; row < saved; ++row)
        ids.push_back(result_int64(row, 1));
    return ids;
}

std::vector<std::int64_t> find_campaigns(const Extension &extension, const std::string &user_id,
                                         const std::string &platform,
                                         const std::vector<std::string> &external_ids) {
    static const Statement find{
        // as one set: one after the other, statistics of a table that was empty a moment ago would look through all campaigns of
        // the user for each
        "SELECT known.id FROM unnest($3) WITH ORDINALITY AS file (external_id, place) JOIN (SELECT k.id, k.external_id"
        " FROM @roi@.campaign_with_user_id k WHERE k.user_id = $1 AND k.platform = $2"
        " AND k.external_id = ANY ($3)) known USING (external_id) ORDER BY place",
        {TEXTOID, TEXTOID, TEXTARRAYOID},
        true,
        false,
        true};
    MemoryScope memory("campaigns");
    TextColumn column;
    for (const std::string &external_id : external_ids)
        column.add(external_id);
    const uint64 found = execute(find, extension.schema,
                                 {text_argument(user_id), text_argument(platform), column.array()}, false);
    std::vector<std::int64_t> ids;
    for (uint64 row = 0; row < found; ++row)
        ids.push_back(result_int64(row, 1));
    return ids;
}

void clear_campaigns(const Extension &extension, const std::string &user_id,
                     const std::vector<std::int64_t> &ids) {
    static const Statement clear{
        "UPDATE @roi@.campaign_with_user_id k SET impressions = NULL, clicks = NULL, ctr = NULL, cpc = NULL, spend = NULL,"
        " conversions = NULL, net_profit = NULL, updated_at = now() WHERE user_id = $1 AND id = ANY ($2) AND NOT EXISTS"
        " (SELECT FROM @roi@.roi_metrics m WHERE m.user_id = $1 AND m.campaign_id = k.id)",
        {TEXTOID, INT8ARRAYOID},
        true,
        false,
        true};
    Int64Column column;
    for (const std::int64_t id : ids)
        column.add(id);
    execute(clear, extension.schema, {text_argument(user_id), column.array()}, false);
}

void refresh_campaigns(const Extension &extension, const std::string &user_id,
                       const std::vector<std::int64_t> &ids) {
    // A campaign stays in its currency while facts pay in it, else it takes that of the newest ones that do; money in others is
    // left out: amounts of different currencies never add up. The months of the rollup are the facts' sums, in millionths. Joined as
    // sets: the statistics of the moment know nothing of the campaigns of a new import, and a look-up by key would take an
    // index of the whole user's.
    static const Statement refresh{
        "WITH m AS MATERIALIZED (SELECT campaign_id, currency, sum(views) AS views, sum(clicks) AS clicks,"
        "   sum(conversions) AS conversions, sum(spend) AS spend, sum(revenue) AS revenue,"
        "   max(bucket) FILTER (WHERE spend <> 0 OR revenue <> 0) AS paid FROM @roi@.roi_rollup_detail"
        "   WHERE user_id = $1 AND grain = 'm' AND campaign_id = ANY ($2) GROUP BY campaign_id, currency),"
        " own AS MATERIALIZED (SELECT k.id, CASE WHEN bool_or(m.paid IS NOT NULL AND m.currency = k.currency)"
        "     OR count(m.paid) = 0 THEN k.currency"
        "     ELSE right(max(extract(epoch FROM m.paid)::bigint + 1000000000000 || m.currency), 3) END AS currency"
        "   FROM m JOIN @roi@.campaign_with_user_id k ON k.id = m.campaign_id"
        "   WHERE k.user_id = $1 AND k.id BETWEEN $3 AND $4 GROUP BY k.id, k.currency)"
        " UPDATE @roi@.campaign_with_user_id c SET currency = t.currency, impressions = t.views, clicks = t.clicks,"
        " spend = t.spend, conversions = t.conversions, net_profit = t.revenue - t.spend,"
        " ctr = 100.0 * t.clicks / nullif(t.views, 0), cpc = t.spend / nullif(t.billed_clicks, 0), updated_at = now()"
        " FROM (SELECT own.id, own.currency, sum(m.views) AS views, sum(m.clicks) AS clicks,"
        "   sum(m.conversions) * 0.000001 AS conversions,"
        "   coalesce(sum(m.clicks) FILTER (WHERE m.currency = own.currency), 0) AS billed_clicks,"
        "   coalesce(sum(m.spend) FILTER (WHERE m.currency = own.currency), 0) * 0.000001 AS spend,"
        "   coalesce(sum(m.revenue) FILTER (WHERE m.currency = own.currency), 0) * 0.000001 AS revenue"
        "   FROM m JOIN own ON own.id = m.campaign_id GROUP BY own.id, own.currency) t"
        " WHERE c.user_id = $1 AND c.id BETWEEN $3 AND $4 AND c.id = t.id",
        {TEXTOID, INT8ARRAYOID, INT8OID, INT8OID},
        true,
        false,
        true};
    // Larger chunks than elsewhere: each one reads the user's months.
    constexpr std::size_t campaigns_per_chunk = 16384;
    std::vector<std::int64_t> sorted(ids);
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t first = 0; first < sorted.size(); first += campaigns_per_chunk) {
        MemoryScope memory("campaigns");
        const std::size_t end = std::min(sorted.size(), first + campaigns_per_chunk);
        Int64Column column;
        for (std::size_t i = first; i < end; ++i)
            column.add(sorted[i]);
        execute(refresh, extension.schema,
                {text_argument(user_id), column.array(), int64_argument(sorted[first]),
                 int64_argument(sorted[end - 1])},
                false);
    }
}

} // namespace roi::store
