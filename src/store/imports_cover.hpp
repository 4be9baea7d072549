// What an import covers, as SQL that restating and undoing share. $1 is the user, $2 the import.
#pragma once

#include <cstdint>
#include <vector>

#include "store/imports.hpp"

namespace roi::store {

// The columns of roi_metrics, which roi_import_replaced repeats.
#define FACT_COLUMNS                                                                                                      \
    "id, user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, shares, saves," \
    " clicks, ad_spend, revenue_generated, cost_per_click, cost_per_impression, roi_percentage, roas_ratio, created_at,"  \
    " posted_at, updated_at, update_timestamp, conversions, paid_views, paid_clicks, source, currency, import_batch_id"

// Rows of one campaign, or of one ad where no campaign is known; rows of neither are the account's.
#define SUBJECT(f) "coalesce('c' || " f ".campaign_id, 'p' || " f ".post_id, '')"

// Imports that may tell of the same accounts; a file without accounts may tell of any.
#define SAME_ACCOUNTS(a, b)                                                                                  \
    "(" a ".accounts = '{}' OR " b ".accounts = '{}' OR " a ".accounts && " b ".accounts)"

// Campaigns of one platform that one import names and another one numbers: a bare name, and the only id of that name that import $2
// could know.
#define TWINS                                                                                                \
    "twins AS MATERIALIZED (SELECT n.platform, 'c' || n.id AS bare, 'c' || min(k.id) AS numbered"            \
    "   FROM @roi@.campaign_with_user_id n JOIN @roi@.campaign_with_user_id k ON k.user_id = $1"             \
    "     AND k.platform = n.platform AND k.name = n.external_id AND k.external_id <> k.name"                \
    "     AND coalesce((SELECT min(t.batch_id) FROM @roi@.roi_import_campaigns t WHERE t.user_id = $1"       \
    "       AND t.campaign_id = k.id), 0) <= $2"                                                             \
    "   WHERE n.user_id = $1 AND n.external_id = n.name GROUP BY n.platform, n.id HAVING count(*) = 1)"

// What import $2 holds now, replaced by later ones or not, and what it covers: each of its campaigns on all of its days, or
// on the days that its periods name for the campaign itself (subjects.days; NULL: those of `days`).
#define COVER                                                                                                                               \
    "self AS MATERIALIZED (SELECT grain, time_zone, accounts, grain IN ('period', 'spread') AS is_by_subject"                               \
    "   FROM @roi@.roi_import_batches WHERE user_id = $1 AND id = $2),"                                                                     \
    " own AS MATERIALIZED (SELECT o.*, (o.update_timestamp AT TIME ZONE (SELECT time_zone FROM self))::date AS day"                         \
    "   FROM (SELECT m.platform, " SUBJECT(                                                                                                 \
        "m") " AS subject, m.update_timestamp FROM @roi@.roi_metrics m"                                                                     \
             "     WHERE m.user_id = $1 AND m.import_batch_id = $2"                                                                         \
             "    UNION ALL SELECT r.platform, " SUBJECT(                                                                                   \
                 "r") ", r.update_timestamp FROM @roi@.roi_import_replaced r"                                                               \
                      "     WHERE r.user_id = $1 AND r.import_batch_id = $2) o),"                                                           \
                      " stamps AS MATERIALIZED (SELECT DISTINCT update_timestamp, day FROM own),"                                           \
                      " days AS MATERIALIZED (SELECT range_agg(daterange(day, day + 1)) AS days FROM (SELECT DISTINCT day FROM stamps) d)," \
                      " told AS MATERIALIZED (SELECT DISTINCT platform, subject, NULL::datemultirange AS days FROM own"                     \
                      "    WHERE NOT (SELECT is_by_subject FROM self)"                                                                      \
                      "   UNION ALL SELECT o.platform, o.subject, range_agg(daterange(o.day, coalesce(p.last_day, o.day) + 1))"             \
                      "    FROM (SELECT DISTINCT platform, subject, day FROM own WHERE (SELECT is_by_subject FROM self)) o"                 \
                      "    LEFT JOIN @roi@.roi_import_periods p ON p.user_id = $1 AND p.batch_id = $2"                                      \
                      "      AND p.platform = o.platform AND p.subject = o.subject AND p.first_day = o.day"                                 \
                      "    GROUP BY o.platform, o.subject),"                                                                                \
                      " " TWINS ","                                                                                                         \
                      " subjects AS MATERIALIZED (SELECT * FROM told UNION ALL SELECT t.platform, w.other, t.days FROM told t"              \
                      "   JOIN (SELECT platform, bare AS subject, numbered AS other FROM twins"                                             \
                      "     UNION ALL SELECT platform, numbered, bare FROM twins) w"                                                        \
                      "     ON w.platform = t.platform AND w.subject = t.subject"                                                           \
                      "   WHERE NOT EXISTS (SELECT FROM told x WHERE x.platform = w.platform AND x.subject = w.other))"

// Facts of `source` (a table, and which of its rows `m`) with their imports and the days they cover: one, or the period that begins
// with it.
#define OLD_FACTS(source, which)                                                                             \
    "old AS (SELECT f.*, daterange(f.day, coalesce(p.last_day, f.day) + 1) AS days FROM"                     \
    "   (SELECT m.*, " SUBJECT(                                                                              \
        "m") " AS subject, b.grain AS its_grain, b.accounts AS its_accounts,"                                \
             "      (m.update_timestamp AT TIME ZONE b.time_zone)::date AS day"                              \
             "    FROM @roi@." source                                                                        \
             " m JOIN @roi@.roi_import_batches b ON b.user_id = m.user_id AND b.id = m.import_batch_id"      \
             "    WHERE m.user_id = $1 AND " which ") f"                                                     \
             "   LEFT JOIN @roi@.roi_import_periods p ON p.user_id = $1 AND p.batch_id = f.import_batch_id"  \
             "     AND p.platform = f.platform AND p.subject = f.subject AND p.first_day = f.day)"

// Old facts that meet the cover: hours replace hours, everything else goes by days. Subjects are joined, as a set_plan: a
// hash of them all would not stay within work_mem.
#define MET                                                                                                  \
    "met AS MATERIALIZED (SELECT f.*, f.its_grain = 'hour' AND (SELECT grain FROM self) = 'hour'"            \
    "     OR coalesce(s.days, (SELECT days FROM days)) @> f.days AS is_contained,"                           \
    "   (SELECT accounts <> '{}' AND NOT f.its_accounts <@ accounts FROM self) AS has_others"                \
    "   FROM old f JOIN subjects s ON s.platform = f.platform AND s.subject = f.subject"                     \
    "   WHERE CASE WHEN f.its_grain = 'hour' AND (SELECT grain FROM self) = 'hour'"                          \
    "     THEN f.update_timestamp IN (SELECT update_timestamp FROM stamps)"                                  \
    "     ELSE coalesce(s.days, (SELECT days FROM days)) && f.days END)"

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
    " gone AS (DELETE FROM @roi@.roi_metrics m USING piece WHERE m.user_id = piece.user_id"                  \
    " AND m.update_timestamp = piece.update_timestamp AND m.id = piece.id)"
#define PIECE_TYPES {TEXTOID, INT8OID, TIMESTAMPTZOID, INT8OID, INT8OID}, false, true

bridge::Argument int64_array(const std::vector<std::int64_t> &values);

// Runs a statement of pieces, one after the other; the number of facts.
std::int64_t by_pieces(const bridge::Statement &statement, const Extension &extension,
                       const std::string &user_id, std::int64_t batch_id);

} // namespace roi::store
