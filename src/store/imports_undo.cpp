// Takes imports back: facts go, and what they had replaced returns.
#include "store/imports_cover.hpp"
#include "store/imports_restate.hpp"

namespace roi::store {

using namespace bridge;

namespace {

std::int64_t delete_own(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement erase{"WITH " PIECE("user_id, update_timestamp, id", "roi_metrics",
                                               "import_batch_id") "," FACTS_GONE END_OF_PIECE,
                                 PIECE_TYPES};
    return by_pieces(erase, extension, user_id, batch_id);
}

// Imports that were made after the batch and would have replaced what it had replaced, oldest first.
std::vector<std::int64_t> later_batches(const Extension &extension, const std::string &user_id,
                                        std::int64_t batch_id) {
    static const Statement find{
        "SELECT l.id FROM @roi@.roi_import_batches l JOIN @roi@.roi_import_batches b ON b.user_id = $1 AND b.id = $2"
        " WHERE l.user_id = $1 AND l.id > $2 AND l.undone_at IS NULL AND l.format = b.format AND l.facts > 0 AND l.replaces"
        " AND l.grain NOT IN ('lifetime', 'campaigns')"
        " AND l.since < b.until + interval '1 day' AND l.until > b.since - interval '1 day'"
        " AND EXISTS (SELECT FROM @roi@.roi_import_replaced r WHERE r.user_id = $1 AND r.batch_id = $2) ORDER BY l.id",
        {TEXTOID, INT8OID}};
    const uint64 count =
        execute(find, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
    std::vector<std::int64_t> batches;
    for (uint64 row = 0; row < count; ++row)
        batches.push_back(result_int64(row, 1));
    return batches;
}

// What the batch had replaced, and what is newer, goes to the later import that would have replaced it too. Where that one
// would have been refused, because it holds part of it only, nothing can come back beside it.
void pass_on(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement pass{
        "WITH " COVER ", " OLD_FACTS(
            "roi_import_replaced",
            "m.batch_id = $3 AND b.id < $2 AND EXISTS (SELECT FROM @roi@.roi_import_batches l"
            "      WHERE l.user_id = $1 AND l.id = $2 AND " SAME_ACCOUNTS(
                "b",
                "l") ")") ", " MET ","
                          " passed AS (UPDATE @roi@.roi_import_replaced r SET batch_id = $2 FROM met WHERE r.user_id = $1 AND r.batch_id = $3"
                          "   AND r.update_timestamp = met.update_timestamp AND r.id = met.id)"
                          " SELECT count(*) FILTER (WHERE NOT is_contained OR has_others) FROM met",
        {TEXTOID, INT8OID, INT8OID},
        true,
        false,
        true};
    for (const std::int64_t later : later_batches(extension, user_id, batch_id)) {
        execute(pass, extension.schema,
                {text_argument(user_id), int64_argument(later), int64_argument(batch_id)}, false);
        if (result_int64(0, 1) == 0) continue;
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "import " + std::to_string(later) + " holds part of what would come back",
             "Import " + std::to_string(batch_id) +
                 " had replaced periods, or accounts, that the later one covers in part.",
             "Take the later one back first: roi_undo_import(" + std::to_string(later) + ").");
    }
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

// Posts that came with an import which is taken back, and campaigns that came with this one, go when no fact is theirs any more.
void drop_orphans(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement drop_posts{
        "DELETE FROM @roi@.roi_posts p USING (SELECT DISTINCT created_at FROM @roi@.roi_import_batches WHERE user_id = $1"
        "   AND (id = $2 OR undone_at IS NOT NULL)) b WHERE p.user_id = $1"
        " AND p.source = 'imported' AND p.created_at = b.created_at AND NOT EXISTS (SELECT FROM @roi@.roi_metrics m"
        " WHERE m.user_id = $1 AND m.post_id = p.post_id AND m.platform = p.platform)"
        " AND NOT EXISTS (SELECT FROM @roi@.roi_import_replaced r WHERE r.user_id = $1 AND r.post_id = p.post_id"
        " AND r.platform = p.platform)",
        {TEXTOID, INT8OID},
        true,
        false,
        true};
    // Campaigns that no import which stands tells of, and that were not there before; of imports of table version 1, which kept no
    // list, those that came with them.
    static const Statement drop_campaigns{
        "WITH mine AS MATERIALIZED (SELECT t.campaign_id, bool_or(b.undone_at IS NULL AND b.id <> $2) AS is_told,"
        "    (array_agg(t.was_currency ORDER BY t.batch_id))[1] IS NOT NULL AS was_known"
        "   FROM @roi@.roi_import_campaigns m JOIN @roi@.roi_import_campaigns t ON t.user_id = $1 AND t.campaign_id = m.campaign_id"
        "   JOIN @roi@.roi_import_batches b ON b.user_id = $1 AND b.id = t.batch_id"
        "   WHERE m.user_id = $1 AND m.batch_id = $2 GROUP BY t.campaign_id),"
        " orphans AS MATERIALIZED (SELECT c.id FROM @roi@.campaign_with_user_id c JOIN @roi@.roi_import_batches b ON b.user_id = $1 AND b.id = $2"
        "   LEFT JOIN mine ON mine.campaign_id = c.id WHERE c.user_id = $1 AND c.source = 'imported'"
        "   AND CASE WHEN mine.campaign_id IS NULL THEN c.created_at = b.created_at ELSE NOT mine.is_told AND NOT mine.was_known END"
        "   AND (mine.campaign_id IS NOT NULL OR NOT EXISTS (SELECT FROM @roi@.roi_import_campaigns t"
        "     WHERE t.user_id = $1 AND t.campaign_id = c.id))"
        "   AND NOT EXISTS (SELECT FROM @roi@.roi_metrics m WHERE m.user_id = $1 AND m.campaign_id = c.id)"
        "   AND NOT EXISTS (SELECT FROM @roi@.roi_import_replaced r WHERE r.user_id = $1 AND r.campaign_id = c.id)),"
        " forgotten AS (DELETE FROM @roi@.roi_import_campaigns t USING orphans o WHERE t.user_id = $1 AND t.campaign_id = o.id)"
        " DELETE FROM @roi@.campaign_with_user_id k USING orphans o WHERE k.user_id = $1 AND k.id = o.id",
        {TEXTOID, INT8OID},
        true,
        false,
        true};
    const std::vector<Argument> arguments{text_argument(user_id), int64_argument(batch_id)};
    execute(drop_posts, extension.schema, arguments, false);
    execute(drop_campaigns, extension.schema, arguments, false);
}

// Snapshots of a post build on one another: only the newest may go.
void refuse_built_upon(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement find{
        "WITH own AS MATERIALIZED (SELECT platform, post_id, min(id) AS id FROM @roi@.roi_metrics WHERE user_id = $1"
        "   AND import_batch_id = $2 GROUP BY platform, post_id)"
        " SELECT min(later.post_id) FROM (SELECT own.post_id FROM own JOIN @roi@.roi_metrics m ON m.user_id = $1"
        "   AND m.platform = own.platform AND m.post_id = own.post_id AND m.id > own.id"
        "   AND m.import_batch_id IS DISTINCT FROM $2"
        // a snapshot that changed nothing has no fact, neither this import's nor a later one
        "  UNION ALL SELECT s.post_id FROM (SELECT platform, post_id FROM own UNION SELECT platform, post_id"
        "     FROM @roi@.roi_import_snapshots WHERE user_id = $1 AND batch_id = $2) found"
        "   JOIN @roi@.roi_post_snapshots s ON s.user_id = $1 AND s.platform = found.platform"
        "   AND s.post_id = found.post_id AND s.import_batch_id IS DISTINCT FROM $2) later",
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

// The newest snapshot of each post becomes what the remaining facts add up to: of imports of table version 1, which kept no more.
void recompute_snapshots(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
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

// The newest snapshot of each post becomes what the import had found.
void rewind_snapshots(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement rewind{
        "WITH found AS (DELETE FROM @roi@.roi_import_snapshots WHERE user_id = $1 AND batch_id = $2 RETURNING *),"
        " kept AS (UPDATE @roi@.roi_post_snapshots s SET taken_at = f.taken_at, metrics = f.metrics,"
        "   import_batch_id = f.import_batch_id FROM found f WHERE f.taken_at IS NOT NULL"
        "   AND s.user_id = $1 AND s.platform = f.platform AND s.post_id = f.post_id),"
        " gone AS (DELETE FROM @roi@.roi_post_snapshots s USING found f WHERE f.taken_at IS NULL"
        "   AND s.user_id = $1 AND s.platform = f.platform AND s.post_id = f.post_id)"
        " SELECT count(*) FROM found",
        {TEXTOID, INT8OID},
        true,
        false,
        true};
    execute(rewind, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
    if (result_int64(0, 1) == 0) recompute_snapshots(extension, user_id, batch_id);
}

// Names, dates and states of campaigns become what the import had found, where nothing else was told or taken back since; else
// what the imports that stand tell. What somebody has written since stays. To be called before the totals are refreshed, which
// look whether a campaign's currency still pays.
void untell_campaigns(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement untell{
        "WITH told AS MATERIALIZED (SELECT t.*, b.undone_at IS NULL AS stood, b.undone_at IS NULL AND b.id <> $2 AS stays,"
        "    t.batch_id > $2 AND b.undone_at IS NULL OR t.batch_id < $2 AND b.undone_at >= self.created_at AS is_between"
        "   FROM @roi@.roi_import_campaigns mine JOIN @roi@.roi_import_campaigns t ON t.user_id = $1"
        "     AND t.campaign_id = mine.campaign_id JOIN @roi@.roi_import_batches b ON b.user_id = $1 AND b.id = t.batch_id"
        "   JOIN @roi@.roi_import_batches self ON self.user_id = $1 AND self.id = $2"
        "   WHERE mine.user_id = $1 AND mine.batch_id = $2),"
        " folded AS (SELECT campaign_id, bool_or(is_between) AS is_between,"
        "    (array_agg(name ORDER BY batch_id DESC) FILTER (WHERE stood AND name IS NOT NULL))[1] AS name,"
        "    (array_agg(name ORDER BY batch_id DESC) FILTER (WHERE stays AND name IS NOT NULL))[1] AS new_name,"
        "    min(date) FILTER (WHERE stood) AS date, min(date) FILTER (WHERE stays) AS new_date,"
        "    (array_agg(ongoing ORDER BY batch_id DESC) FILTER (WHERE stood AND ongoing IS NOT NULL))[1] AS ongoing,"
        "    (array_agg(ongoing ORDER BY batch_id DESC) FILTER (WHERE stays AND ongoing IS NOT NULL))[1] AS new_ongoing,"
        "    (array_agg(was_name ORDER BY batch_id))[1] AS base_name, (array_agg(was_date ORDER BY batch_id))[1] AS base_date,"
        "    (array_agg(was_ongoing ORDER BY batch_id))[1] AS base_ongoing,"
        "    CASE WHEN NOT bool_or(stays) THEN (array_agg(was_currency ORDER BY batch_id))[1] END AS base_currency"
        "   FROM told GROUP BY campaign_id),"
        " change AS (SELECT f.campaign_id, coalesce(f.name, f.base_name) AS name, coalesce(f.new_name, f.base_name) AS new_name,"
        "    least(f.date, f.base_date) AS date, least(f.new_date, f.base_date) AS new_date,"
        "    coalesce(f.ongoing, f.base_ongoing) AS ongoing, coalesce(f.new_ongoing, f.base_ongoing) AS new_ongoing,"
        "    f.base_currency AS was_currency FROM folded f WHERE f.is_between"
        "   UNION ALL SELECT t.campaign_id, coalesce(t.name, t.was_name), t.was_name, least(t.date, t.was_date), t.was_date,"
        "    coalesce(t.ongoing, t.was_ongoing), t.was_ongoing, t.was_currency FROM told t JOIN folded f USING (campaign_id)"
        "   WHERE t.batch_id = $2 AND NOT f.is_between AND t.was_currency IS NOT NULL)"
        " UPDATE @roi@.campaign_with_user_id k SET"
        "  name = CASE WHEN k.name = coalesce(c.name, k.external_id) THEN coalesce(c.new_name, k.external_id) ELSE k.name END,"
        "  date = CASE WHEN k.date IS NOT DISTINCT FROM c.date THEN c.new_date ELSE k.date END,"
        "  ongoing = CASE WHEN k.ongoing IS NOT DISTINCT FROM c.ongoing THEN c.new_ongoing ELSE k.ongoing END,"
        "  currency = coalesce(c.was_currency, k.currency), updated_at = now()"
        " FROM change c WHERE k.user_id = $1 AND k.id = c.campaign_id",
        {TEXTOID, INT8OID},
        true,
        false,
        true};
    execute(untell, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
}

std::vector<std::int64_t> campaigns_of(const Extension &extension, const std::string &user_id,
                                       std::int64_t batch_id) {
    static const Statement list{
        "SELECT campaign_id FROM @roi@.roi_metrics WHERE user_id = $1 AND import_batch_id = $2 AND campaign_id IS NOT NULL"
        " UNION SELECT campaign_id FROM @roi@.roi_import_replaced WHERE user_id = $1 AND $2 IN (batch_id, import_batch_id)"
        "   AND campaign_id IS NOT NULL UNION SELECT campaign_id FROM @roi@.roi_import_campaigns WHERE user_id = $1 AND batch_id = $2",
        {TEXTOID, INT8OID},
        true};
    std::vector<std::int64_t> ids;
    stream(list, extension.schema, {text_argument(user_id), int64_argument(batch_id)},
           [&](const Datum *values, const bool *) { ids.push_back(DatumGetInt64(values[0])); });
    return ids;
}

} // namespace

bool find_import(const Extension &extension, std::int64_t batch_id, const std::string &user_id,
                 Import &found) {
    static const Statement find{
        "SELECT user_id::text, grain, (undone_at IS NOT NULL)::int::bigint, (pruned_at IS NOT NULL)::int::bigint"
        " FROM @roi@.roi_import_batches WHERE id = $1 AND ($2 IS NULL OR user_id = $2)",
        {INT8OID, TEXTOID}};
    if (execute(find, extension.schema, {int64_argument(batch_id), text_or_null(user_id)}, false) == 0)
        return false;
    found.user_id = result_text(0, 1);
    found.grain = result_text(0, 2);
    found.is_undone = result_int64(0, 3) != 0;
    found.is_pruned = result_int64(0, 4) != 0;
    return true;
}

void lock_facts_of(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement lock{"SELECT count(*) FROM (SELECT FROM @roi@.roi_metrics WHERE user_id = $1"
                                " AND import_batch_id = $2 FOR UPDATE) locked",
                                {TEXTOID, INT8OID}};
    execute(lock, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
}

void lock_batch(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement lock{
        "SELECT 1 FROM @roi@.roi_import_batches WHERE user_id = $1 AND id = $2 FOR NO KEY UPDATE",
        {TEXTOID, INT8OID}};
    execute(lock, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
}

Undone undo_import(const Extension &extension, const Import &import, std::int64_t batch_id) {
    static const Statement forget{
        "WITH periods AS (DELETE FROM @roi@.roi_import_periods WHERE user_id = $1 AND batch_id = $2)"
        " DELETE FROM @roi@.roi_import_replaced WHERE user_id = $1 AND import_batch_id = $2",
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
    untell_campaigns(extension, import.user_id, batch_id);
    refresh_campaigns(extension, import.user_id, campaigns);
    clear_campaigns(extension, import.user_id, campaigns);
    execute(mark, extension.schema, {text_argument(import.user_id), int64_argument(batch_id)}, false);
    return undone;
}

} // namespace roi::store
