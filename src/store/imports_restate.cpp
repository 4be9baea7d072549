// Set-based statements that move facts between roi_metrics and roi_import_replaced.
#include "store/imports_restate.hpp"

#include "store/chunks.hpp"

namespace roi::store {

using namespace bridge;

namespace {

constexpr std::int64_t rows_per_statement = 8192; // the trigger keeps the sums of one statement in memory

// The columns of roi_metrics, which roi_import_replaced repeats.
#define FACT_COLUMNS                                                                                                      \
    "id, user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, shares, saves," \
    " clicks, ad_spend, revenue_generated, cost_per_click, cost_per_impression, roi_percentage, roas_ratio, created_at,"  \
    " posted_at, updated_at, update_timestamp, conversions, paid_views, paid_clicks, source, currency, import_batch_id"

// Rows of one campaign, or of one ad where no campaign is known; rows of neither are the account's.
#define SUBJECT(f) "coalesce('c' || " f ".campaign_id, 'p' || " f ".post_id, '')"

// The days a fact covers, counted in its own import's time zone: one, or the period that begins with it.
#define FIRST_DAY(f, b) "(" f ".update_timestamp AT TIME ZONE " b ".time_zone)::date"
#define DAYS(f, b)                                                                                           \
    "daterange(" FIRST_DAY(f, b) ", coalesce((SELECT max(upper(p)) FROM unnest(" b                           \
                                 ".periods) p WHERE lower(p) = " FIRST_DAY(f, b) "), " FIRST_DAY(f,          \
                                                                                                 b) " + 1))"

// What import $2 holds now, replaced by later ones or not, and the days, hours and subjects that it covers.
#define COVER                                                                                                \
    "own AS MATERIALIZED (SELECT platform, " SUBJECT(                                                        \
        "m") " AS subject, update_timestamp FROM @roi@.roi_metrics m"                                        \
             "   WHERE user_id = $1 AND import_batch_id = $2"                                                \
             "  UNION ALL SELECT platform, " SUBJECT(                                                        \
                 "r") ", update_timestamp FROM @roi@.roi_import_replaced r"                                  \
                      "   WHERE user_id = $1 AND import_batch_id = $2),"                                     \
                      " stamps AS MATERIALIZED (SELECT DISTINCT update_timestamp FROM own),"                 \
                      " subjects AS MATERIALIZED (SELECT DISTINCT platform, subject FROM own),"              \
                      " cover AS MATERIALIZED (SELECT b.grain, range_agg(" DAYS(                             \
                          "s",                                                                               \
                          "b") ") AS days FROM stamps s"                                                     \
                               "   CROSS JOIN @roi@.roi_import_batches b WHERE b.user_id = $1 AND b.id = $2 GROUP BY b.grain)"

// Facts `f` of older imports `b` that meet the cover: hours replace hours, everything else goes by days. Subjects are
// joined, as a set_plan: a hash of them all would not stay within work_mem.
#define MET                                                                                                                          \
    "f.platform = s.platform AND " SUBJECT(                                                                                          \
        "f") " = s.subject"                                                                                                          \
             " AND CASE WHEN c.grain = 'hour' AND b.grain = 'hour' THEN f.update_timestamp IN (SELECT update_timestamp FROM stamps)" \
             "   ELSE c.days && " DAYS("f", "b") " END"
#define CONTAINED "(c.grain = 'hour' AND b.grain = 'hour' OR c.days @> " DAYS("f", "b") ")"

Argument int64_array(const std::vector<std::int64_t> &values) {
    Int64Column column;
    for (const std::int64_t value : values)
        column.add(value);
    return column.array();
}

// The facts of a batch by time and id, a piece at a time: $1 user, $2 batch, after ($3, $4), at most $5 rows. Each piece begins
// where the last one ended, because rows deleted before it would be walked over again each time.
#define PIECE(columns, table, batch)                                                                         \
    "piece AS MATERIALIZED (SELECT " columns " FROM @roi@." table " WHERE user_id = $1 AND " batch           \
    " = $2 AND update_timestamp >= $3 AND (update_timestamp, id) > ($3, $4)"                                 \
    " ORDER BY update_timestamp, id LIMIT $5)"
#define END_OF_PIECE                                                                                         \
    " SELECT count(*), max(update_timestamp), (SELECT max(id) FROM piece p"                                  \
    " WHERE p.update_timestamp = (SELECT max(update_timestamp) FROM piece)) FROM piece"
#define FACTS_GONE                                                                                           \
    " gone AS (DELETE FROM @roi@.roi_metrics m USING piece WHERE m.user_id = $1"                             \
    " AND m.update_timestamp = piece.update_timestamp AND m.id = piece.id)"
#define PIECE_TYPES {TEXTOID, INT8OID, TIMESTAMPTZOID, INT8OID, INT8OID}, false, true

// Runs the statement piece by piece; the number of facts.
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

// Deletes the facts that stand in roi_import_replaced for the batch; the triggers bring the rollup along.
std::int64_t delete_replaced(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement erase{
        "WITH " PIECE("update_timestamp, id", "roi_import_replaced", "batch_id") "," FACTS_GONE END_OF_PIECE,
        PIECE_TYPES};
    return by_pieces(erase, extension, user_id, batch_id);
}

std::int64_t delete_own(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement erase{
        "WITH " PIECE("update_timestamp, id", "roi_metrics", "import_batch_id") "," FACTS_GONE END_OF_PIECE,
        PIECE_TYPES};
    return by_pieces(erase, extension, user_id, batch_id);
}

// Imports that may tell of the same accounts; a file without accounts may tell of any.
#define SAME_ACCOUNTS(a, b)                                                                                  \
    "(" a ".accounts = '{}' OR " b ".accounts = '{}' OR " a ".accounts && " b ".accounts)"

// What the batch had replaced, and what is newer, goes to the later import that would have replaced it too.
void pass_on(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement later{
        "SELECT l.id FROM @roi@.roi_import_batches l JOIN @roi@.roi_import_batches b ON b.user_id = $1 AND b.id = $2"
        " WHERE l.user_id = $1 AND l.id > $2 AND l.undone_at IS NULL AND l.format = b.format AND l.facts > 0"
        " AND l.since < b.until + interval '1 day' AND l.until > b.since - interval '1 day' ORDER BY l.id",
        {TEXTOID, INT8OID}};
    static const Statement pass{
        "WITH " COVER " UPDATE @roi@.roi_import_replaced f SET batch_id = $2"
        " FROM @roi@.roi_import_batches b, @roi@.roi_import_batches l, cover c, subjects s WHERE f.user_id = $1"
        " AND f.batch_id = $3 AND b.user_id = $1 AND b.id = f.import_batch_id AND l.user_id = $1 AND l.id = $2"
        " AND b.id < $2 AND " SAME_ACCOUNTS("b", "l") " AND " MET " AND " CONTAINED,
        {TEXTOID, INT8OID, INT8OID},
        true,
        false,
        true};
    const uint64 count =
        execute(later, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
    std::vector<std::int64_t> batches;
    for (uint64 row = 0; row < count; ++row)
        batches.push_back(result_int64(row, 1));
    for (const std::int64_t batch : batches)
        execute(pass, extension.schema,
                {text_argument(user_id), int64_argument(batch), int64_argument(batch_id)}, false);
}

std::int64_t restore(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement put_back{
        "WITH " PIECE(
            "*", "roi_import_replaced",
            "batch_id") ", own AS (INSERT INTO @roi@.platform_metrics (roi_metric_id, user_id, platform, update_timestamp, metrics, engagement_rate,"
                        "   virality_score) SELECT id, user_id, platform, update_timestamp, metrics,"
                        "   100.0 * (likes + comments + shares) / greatest(views, 1), shares / greatest(views * 0.01, 1)"
                        "   FROM piece WHERE metrics IS NOT NULL),"
                        " facts AS (INSERT INTO @roi@.roi_metrics (" FACT_COLUMNS ") SELECT " FACT_COLUMNS
                        " FROM piece)" END_OF_PIECE,
        PIECE_TYPES};
    static const Statement forget{
        "DELETE FROM @roi@.roi_import_replaced WHERE user_id = $1 AND batch_id = $2", {TEXTOID, INT8OID}};
    const std::int64_t total = by_pieces(put_back, extension, user_id, batch_id);
    execute(forget, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
    return total;
}

// Posts and campaigns that came with the import and have no facts any more go with it.
void drop_orphans(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement drop_posts{
        "DELETE FROM @roi@.roi_posts p USING @roi@.roi_import_batches b WHERE p.user_id = $1 AND b.user_id = $1 AND b.id = $2"
        " AND p.source = 'imported' AND p.created_at = b.created_at AND NOT EXISTS (SELECT FROM @roi@.roi_metrics m"
        " WHERE m.user_id = $1 AND m.post_id = p.post_id AND m.platform = p.platform)",
        {TEXTOID, INT8OID},
        true,
        false,
        true};
    static const Statement drop_campaigns{
        "DELETE FROM @roi@.campaign_with_user_id k USING @roi@.roi_import_batches b WHERE k.user_id = $1 AND b.user_id = $1"
        " AND b.id = $2 AND k.source = 'imported' AND k.created_at = b.created_at AND"
        " NOT EXISTS (SELECT FROM @roi@.roi_metrics m WHERE m.user_id = $1 AND m.campaign_id = k.id)",
        {TEXTOID, INT8OID},
        true,
        false,
        true};
    const std::vector<Argument> arguments{text_argument(user_id), int64_argument(batch_id)};
    execute(drop_posts, extension.schema, arguments, false);
    execute(drop_campaigns, extension.schema, arguments, false);
}

// Campaigns without facts know no totals, as before their first ones.
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
    execute(clear, extension.schema, {text_argument(user_id), int64_array(ids)}, false);
}

// Snapshots of a post build on one another: only the newest may go.
void refuse_built_upon(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement find{
        "WITH own AS MATERIALIZED (SELECT platform, post_id, min(id) AS id FROM @roi@.roi_metrics WHERE user_id = $1"
        "   AND import_batch_id = $2 GROUP BY platform, post_id)"
        " SELECT min(later.post_id) FROM (SELECT own.post_id FROM own JOIN @roi@.roi_metrics m ON m.user_id = $1"
        "   AND m.platform = own.platform AND m.post_id = own.post_id AND m.id > own.id"
        "   AND m.import_batch_id IS DISTINCT FROM $2"
        // a later snapshot that changed nothing has no fact
        "  UNION ALL SELECT own.post_id FROM own JOIN @roi@.roi_post_snapshots s ON s.user_id = $1"
        "   AND s.platform = own.platform AND s.post_id = own.post_id AND s.import_batch_id IS DISTINCT FROM $2) later",
        {TEXTOID, INT8OID},
        true,
        false,
        true};
    execute(find, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
    const std::string post = result_text(0, 1);
    if (!post.empty())
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "later snapshots build on this import",
             "Increments of post \"" + clip(post) + "\" are counted from its figures.",
             "Undo the later imports of these posts first, newest first.");
}

// The newest snapshot of each post becomes what the remaining facts add up to.
void rewind_snapshots(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement rewind{
        "WITH touched AS MATERIALIZED (SELECT DISTINCT platform, post_id FROM @roi@.roi_metrics WHERE user_id = $1"
        "   AND import_batch_id = $2 UNION SELECT platform, post_id FROM @roi@.roi_post_snapshots WHERE user_id = $1"
        "   AND import_batch_id = $2),"
        " rest AS MATERIALIZED (SELECT t.platform, t.post_id, m.update_timestamp, m.id, m.import_batch_id FROM touched t"
        "   JOIN @roi@.roi_metrics m ON m.user_id = $1 AND m.platform = t.platform AND m.post_id = t.post_id"
        "   WHERE m.import_batch_id IS DISTINCT FROM $2),"
        " sums AS (SELECT r.platform, r.post_id, o.key, sum(o.value::numeric) AS value FROM rest r"
        "   JOIN @roi@.platform_metrics pm ON pm.user_id = $1 AND pm.update_timestamp = r.update_timestamp"
        "     AND pm.roi_metric_id = r.id CROSS JOIN jsonb_each_text(pm.metrics) o"
        "   WHERE jsonb_typeof(pm.metrics -> o.key) = 'number' GROUP BY 1, 2, 3),"
        " kept AS (UPDATE @roi@.roi_post_snapshots s SET taken_at = l.taken_at, import_batch_id = l.import_batch_id, metrics = coalesce((SELECT jsonb_object_agg(key, value)"
        "   FROM sums WHERE sums.platform = s.platform AND sums.post_id = s.post_id), '{}')"
        "   FROM (SELECT platform, post_id, max(update_timestamp) AS taken_at, (array_agg(import_batch_id ORDER BY id DESC))[1] AS import_batch_id FROM rest GROUP BY 1, 2) l"
        "   WHERE s.user_id = $1 AND s.platform = l.platform AND s.post_id = l.post_id)"
        " DELETE FROM @roi@.roi_post_snapshots s USING touched t WHERE s.user_id = $1 AND s.platform = t.platform"
        " AND s.post_id = t.post_id AND NOT EXISTS (SELECT FROM rest WHERE rest.platform = t.platform AND rest.post_id = t.post_id)",
        {TEXTOID, INT8OID},
        true,
        false,
        true};
    execute(rewind, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
}

std::vector<std::int64_t> campaigns_of(const Extension &extension, const std::string &user_id,
                                       std::int64_t batch_id) {
    static const Statement list{
        "SELECT campaign_id FROM @roi@.roi_metrics WHERE user_id = $1 AND import_batch_id = $2 AND campaign_id IS NOT NULL"
        " UNION SELECT campaign_id FROM @roi@.roi_import_replaced WHERE user_id = $1 AND $2 IN (batch_id, import_batch_id)"
        "   AND campaign_id IS NOT NULL",
        {TEXTOID, INT8OID},
        true};
    std::vector<std::int64_t> ids;
    stream(list, extension.schema, {text_argument(user_id), int64_argument(batch_id)},
           [&](const Datum *values, const bool *) { ids.push_back(DatumGetInt64(values[0])); });
    return ids;
}

} // namespace

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

std::int64_t replace_facts(const Extension &extension, const std::string &user_id, const Batch &batch,
                           const std::vector<std::int64_t> &older) {
    static const Statement collect{
        "WITH " COVER ", met AS MATERIALIZED (SELECT f.*, " CONTAINED
        " AS is_contained, $4 <> '{}' AND NOT b.accounts <@ $4 AS has_others FROM @roi@.roi_metrics f"
        "   JOIN @roi@.roi_import_batches b ON b.user_id = f.user_id AND b.id = f.import_batch_id CROSS JOIN cover c"
        "   CROSS JOIN subjects s WHERE f.user_id = $1 AND f.import_batch_id = ANY ($3) AND " MET "),"
        " moved AS (INSERT INTO @roi@.roi_import_replaced (" FACT_COLUMNS ", batch_id, metrics)"
        "   SELECT " FACT_COLUMNS
        ", $2, (SELECT pm.metrics FROM @roi@.platform_metrics pm WHERE pm.user_id = $1"
        "     AND pm.update_timestamp = met.update_timestamp AND pm.roi_metric_id = met.id LIMIT 1)"
        "   FROM met WHERE is_contained)"
        " SELECT coalesce(min(import_batch_id) FILTER (WHERE NOT is_contained), 0),"
        "   coalesce(min(import_batch_id) FILTER (WHERE has_others), 0) FROM met",
        {TEXTOID, INT8OID, INT8ARRAYOID, TEXTARRAYOID},
        true,
        false,
        true};
    if (older.empty()) return 0;
    TextColumn accounts;
    for (const std::string &account : batch.accounts)
        accounts.add(account);
    execute(collect, extension.schema,
            {text_argument(user_id), int64_argument(batch.id), int64_array(older), accounts.array()}, false);
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

bool find_import(const Extension &extension, std::int64_t batch_id, const std::string &user_id,
                 Import &found) {
    static const Statement find{
        "SELECT user_id::text, grain, (undone_at IS NOT NULL)::int::bigint FROM @roi@.roi_import_batches"
        " WHERE id = $1 AND ($2 IS NULL OR user_id = $2)",
        {INT8OID, TEXTOID}};
    if (execute(find, extension.schema, {int64_argument(batch_id), text_or_null(user_id)}, false) == 0)
        return false;
    found.user_id = result_text(0, 1);
    found.grain = result_text(0, 2);
    found.is_undone = result_int64(0, 3) != 0;
    return true;
}

void lock_facts_of(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement lock{"SELECT count(*) FROM (SELECT FROM @roi@.roi_metrics WHERE user_id = $1"
                                " AND import_batch_id = $2 FOR UPDATE) locked",
                                {TEXTOID, INT8OID}};
    execute(lock, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
}

Undone undo_import(const Extension &extension, const Import &import, std::int64_t batch_id) {
    static const Statement forget{
        "DELETE FROM @roi@.roi_import_replaced WHERE user_id = $1 AND import_batch_id = $2",
        {TEXTOID, INT8OID}};
    static const Statement mark{
        "UPDATE @roi@.roi_import_batches SET undone_at = now() WHERE user_id = $1 AND id = $2",
        {TEXTOID, INT8OID}};
    const std::vector<std::int64_t> campaigns = campaigns_of(extension, import.user_id, batch_id);
    if (import.grain == "lifetime") {
        refuse_built_upon(extension, import.user_id, batch_id);
        rewind_snapshots(extension, import.user_id, batch_id);
    }
    Undone undone;
    pass_on(extension, import.user_id, batch_id);
    undone.removed = delete_own(extension, import.user_id, batch_id);
    execute(forget, extension.schema, {text_argument(import.user_id), int64_argument(batch_id)}, false);
    undone.restored = restore(extension, import.user_id, batch_id);
    drop_orphans(extension, import.user_id, batch_id);
    refresh_campaigns(extension, import.user_id, campaigns);
    clear_campaigns(extension, import.user_id, campaigns);
    execute(mark, extension.schema, {text_argument(import.user_id), int64_argument(batch_id)}, false);
    return undone;
}

} // namespace roi::store
