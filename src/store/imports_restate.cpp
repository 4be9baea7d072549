// Set-based statements that move facts between roi_metrics and roi_import_replaced.
#include "store/imports_restate.hpp"

#include "store/chunks.hpp"
#include "store/imports_cover.hpp"
#include "store/metric_ids.hpp"

namespace roi::store {

using namespace bridge;

namespace {

constexpr std::int64_t rows_per_statement = 8192; // the trigger keeps the sums of one statement in memory

// Deletes the facts that stand in roi_import_replaced for the batch; the triggers bring the rollup along.
std::int64_t delete_replaced(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement erase{"WITH " PIECE("user_id, update_timestamp, id", "roi_import_replaced",
                                               "batch_id") "," FACTS_GONE END_OF_PIECE,
                                 PIECE_TYPES};
    return by_pieces(erase, extension, user_id, batch_id);
}

} // namespace

Argument int64_array(const std::vector<std::int64_t> &values) {
    Int64Column column;
    for (const std::int64_t value : values)
        column.add(value);
    return column.array();
}

std::int64_t by_pieces(const Statement &statement, const Extension &extension, const std::string &user_id,
                       std::int64_t batch_id) {
    TimestampTz stamp = DT_NOBEGIN;
    std::int64_t id = 0, total = 0;
    for (;;) {
        check_interrupts();
        MemoryScope memory("piece of an import");
        execute(statement, extension.schema,
                {text_argument(user_id),
                 int64_argument(batch_id),
                 {TimestampTzGetDatum(stamp), false},
                 int64_argument(id),
                 int64_argument(rows_per_statement)},
                false);
        const std::int64_t count = result_int64(0, 1);
        if (count == 0) return total;
        total += count;
        stamp = DatumGetTimestampTz(result(0, 2).value);
        id = result_int64(0, 3);
    }
}

std::vector<std::int64_t> overlapping_batches(const Extension &extension, const std::string &user_id,
                                              const Batch &batch) {
    static const Statement find{
        "SELECT id FROM @roi@.roi_import_batches WHERE user_id = $1 AND format = $2 AND undone_at IS NULL AND facts > 0"
        " AND grain NOT IN ('lifetime', 'campaigns') AND since < $4 + interval '1 day' AND until > $3 - interval '1 day'"
        " AND (accounts = '{}' OR $5 IS NULL OR accounts && $5) ORDER BY id",
        {TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTARRAYOID}};
    TextColumn accounts;
    for (const std::string &account : batch.accounts)
        accounts.add(account);
    const uint64 count =
        execute(find, extension.schema,
                {text_argument(user_id), text_argument(batch.format), moment_argument(batch.since),
                 moment_argument(batch.until), batch.accounts.empty() ? null_argument() : accounts.array()},
                false);
    std::vector<std::int64_t> ids;
    for (uint64 row = 0; row < count; ++row)
        ids.push_back(result_int64(row, 1));
    return ids;
}

void lock_facts_of(const Extension &extension, const std::string &user_id,
                   const std::vector<std::int64_t> &batches, const Batch &batch) {
    // a period of an older import may begin long before the batch
    static const Statement lock{
        "SELECT count(*) FROM (SELECT FROM @roi@.roi_metrics WHERE user_id = $1 AND import_batch_id = ANY ($2)"
        " AND update_timestamp >= (SELECT least($3, min(since)) - interval '1 day' FROM @roi@.roi_import_batches"
        "   WHERE user_id = $1 AND id = ANY ($2) AND grain = 'period')"
        " AND update_timestamp < $4 + interval '1 day' FOR UPDATE) locked",
        {TEXTOID, INT8ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    if (batches.empty()) return;
    execute(lock, extension.schema,
            {text_argument(user_id), int64_array(batches), moment_argument(batch.since),
             moment_argument(batch.until)},
            false);
}

#define REPLACED_FACTS OLD_FACTS("roi_metrics", "m.import_batch_id = ANY ($3)")

std::int64_t replace_facts(const Extension &extension, const std::string &user_id, const Batch &batch,
                           const std::vector<std::int64_t> &older) {
    static const Statement collect{
        "WITH " COVER ", " REPLACED_FACTS ", " MET
        ", moved AS (INSERT INTO @roi@.roi_import_replaced (" FACT_COLUMNS
        ", batch_id, metrics) SELECT " FACT_COLUMNS
        ", $2, (SELECT pm.metrics FROM @roi@.platform_metrics pm WHERE pm.user_id = $1"
        "     AND pm.update_timestamp = m.update_timestamp AND " PM_HAS_ID_OF_M " LIMIT 1)"
        "   FROM met m WHERE is_contained)"
        " SELECT coalesce(min(import_batch_id) FILTER (WHERE NOT is_contained), 0),"
        "   coalesce(min(import_batch_id) FILTER (WHERE has_others), 0) FROM met",
        {TEXTOID, INT8OID, INT8ARRAYOID},
        true,
        false,
        true};
    if (older.empty()) return 0;
    execute(collect, extension.schema, {text_argument(user_id), int64_argument(batch.id), int64_array(older)},
            false);
    const std::int64_t wider = result_int64(0, 1), others = result_int64(0, 2);
    if (others != 0)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "import " + std::to_string(others) + " holds campaigns of these days for other accounts as well",
             "Facts do not tell which of its file's accounts they are of.",
             "Export all of its accounts again, take it back with roi_undo_import(" + std::to_string(others) +
                 "), or add this file with replace => false.");
    if (wider != 0)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "days of this file lie inside a period that import " + std::to_string(wider) +
                 " keeps as one fact",
             "Part of a period cannot be replaced.",
             "Take the other one back with roi_undo_import(" + std::to_string(wider) +
                 "), or add this file with replace => false.");
    return delete_replaced(extension, user_id, batch.id);
}

void refresh_replaced(const Extension &extension, const std::string &user_id, std::int64_t batch_id,
                      const std::vector<std::int64_t> &own) {
    static const Statement list{
        "SELECT DISTINCT campaign_id FROM @roi@.roi_import_replaced WHERE user_id = $1 AND batch_id = $2"
        " AND campaign_id IS NOT NULL EXCEPT SELECT unnest($3)",
        {TEXTOID, INT8OID, INT8ARRAYOID},
        true};
    std::vector<std::int64_t> others;
    {
        MemoryScope memory("campaigns");
        const uint64 count =
            execute(list, extension.schema,
                    {text_argument(user_id), int64_argument(batch_id), int64_array(own)}, false);
        for (uint64 row = 0; row < count; ++row)
            others.push_back(result_int64(row, 1));
    }
    if (others.empty()) return;
    refresh_campaigns(extension, user_id, others);
    clear_campaigns(extension, user_id, others);
}

Beside facts_beside(const Extension &extension, const std::string &user_id, const Batch &batch) {
    static const Statement candidates{
        "SELECT o.id FROM @roi@.roi_import_batches o WHERE o.user_id = $1 AND o.id <> $2 AND o.undone_at IS NULL AND o.facts > 0"
        " AND o.grain NOT IN ('lifetime', 'campaigns') AND o.since < $5 + interval '1 day' AND o.until > $4 - interval '1 day'"
        " AND (o.platform = $6 OR EXISTS (SELECT FROM @roi@.roi_import_columns c WHERE c.format IN (o.format, $3) AND c.field = 'platform'))",
        {TEXTOID, INT8OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID}};
    static const Statement count_facts{
        "WITH " COVER ", " OLD_FACTS(
            "roi_metrics",
            "m.import_batch_id = ANY ($3)") ","
                                            " shown AS MATERIALIZED (SELECT bool_or(views IS NOT NULL) AS views, bool_or(clicks IS NOT NULL) AS clicks,"
                                            "    bool_or(ad_spend IS NOT NULL) AS spend, bool_or(revenue_generated IS NOT NULL) AS revenue,"
                                            "    bool_or(conversions IS NOT NULL) AS conversions FROM @roi@.roi_metrics WHERE user_id = $1 AND import_batch_id = $2),"
                                            " named AS MATERIALIZED (SELECT platform, subject, days FROM subjects"
                                            // told and names joined by platform alone would be all of both: the ids come first
                                            "   UNION SELECT n.platform, 'c' || k.id, n.days FROM (SELECT t.platform, t.days, lower(own.name) AS name FROM told t"
                                            "      JOIN @roi@.campaign_with_user_id own ON own.user_id = $1 AND own.platform = t.platform AND 'c' || own.id = t.subject OFFSET 0) n"
                                            "    JOIN @roi@.campaign_with_user_id k ON k.user_id = $1 AND k.platform = n.platform AND lower(k.name) = n.name),"
                                            // figures of an account stand beside those of its campaigns
                                            " wide AS MATERIALIZED (SELECT array_agg(DISTINCT platform) AS platforms,"
                                            "    coalesce(bool_or(subject = ''), false) AS is_account FROM told),"
                                            " beside AS (SELECT o.import_batch_id FROM old o WHERE"
                                            "   (o.views IS NOT NULL AND (SELECT views FROM shown) OR o.clicks IS NOT NULL AND (SELECT clicks FROM shown)"
                                            "    OR o.ad_spend IS NOT NULL AND (SELECT spend FROM shown)"
                                            "    OR o.revenue_generated IS NOT NULL AND (SELECT revenue FROM shown)"
                                            "    OR o.conversions IS NOT NULL AND (SELECT conversions FROM shown))"
                                            "   AND EXISTS (SELECT FROM (SELECT platform, subject, days FROM named UNION ALL SELECT unnest(platforms), '', NULL FROM wide) s"
                                            "     WHERE s.platform = o.platform AND s.subject = CASE WHEN (SELECT is_account FROM wide) THEN '' ELSE o.subject END"
                                            "     AND CASE WHEN o.its_grain = 'hour' AND (SELECT grain FROM self) = 'hour'"
                                            "       THEN o.update_timestamp IN (SELECT update_timestamp FROM stamps)"
                                            "       ELSE coalesce(s.days, (SELECT days FROM days)) && o.days END))"
                                            " SELECT sum(n.facts)::bigint, min(n.import_batch_id), string_agg(n.import_batch_id || ' (' || b.format || ')', ', '"
                                            "    ORDER BY n.import_batch_id) FILTER (WHERE n.place <= 3), count(*)"
                                            "  FROM (SELECT import_batch_id, count(*) AS facts, row_number() OVER (ORDER BY import_batch_id) AS place FROM beside"
                                            "    GROUP BY import_batch_id) n JOIN @roi@.roi_import_batches b ON b.user_id = $1 AND b.id = n.import_batch_id",
        {TEXTOID, INT8OID, INT8ARRAYOID},
        true,
        false,
        true};
    Beside beside;
    const uint64 count =
        execute(candidates, extension.schema,
                {text_argument(user_id), int64_argument(batch.id), text_argument(batch.format),
                 moment_argument(batch.since), moment_argument(batch.until), text_argument(batch.platform)},
                false);
    std::vector<std::int64_t> others;
    for (uint64 row = 0; row < count; ++row)
        others.push_back(result_int64(row, 1));
    if (others.empty() || batch.facts == 0) return beside;
    execute(count_facts, extension.schema,
            {text_argument(user_id), int64_argument(batch.id), int64_array(others)}, false);
    if (result_int64(0, 4) == 0) return beside;
    beside.facts = result_int64(0, 1);
    beside.first_import = result_int64(0, 2);
    beside.imports = result_text(0, 3);
    if (result_int64(0, 4) > 3) beside.imports += " and others";
    return beside;
}

} // namespace roi::store
