// Row triggers and rules on roi_metrics and its partitions, from the catalogue.
#include "store/strangers.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update. $1: moves count, not inserts alone.
const Statement strangers{
    "WITH facts AS (SELECT '@roi@.roi_metrics'::regclass AS oid"
    "   UNION ALL SELECT relid FROM pg_partition_tree('@roi@.roi_metrics') WHERE isleaf)"
    " SELECT coalesce((SELECT format('trigger %I of %s', t.tgname, f.oid::regclass)"
    "     FROM pg_trigger t JOIN facts f ON f.oid = t.tgrelid"
    "     WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 3 = 3 AND (t.tgtype & 4 = 4"
    "       OR $1 AND (t.tgtype & 8 = 8 OR t.tgtype & 16 = 16 AND t.tgname > '" ROI_MOVE_TRIGGER
    "')) LIMIT 1),"
    "   (SELECT format('rule %I of %s', r.rulename, f.oid::regclass)"
    "     FROM pg_rewrite r JOIN facts f ON f.oid = r.ev_class LIMIT 1), '')",
    {BOOLOID}};

std::string stranger(const Extension &extension, bool to_moves) {
    execute(strangers, extension.schema, {bool_argument(to_moves)}, true);
    return result_text(0, 1);
}

} // namespace

std::string stranger_to_inserts(const Extension &extension) { return stranger(extension, false); }

std::string stranger_to_moves(const Extension &extension) { return stranger(extension, true); }

} // namespace roi::store
