// What an INSERT looks at before and after the heap takes a row, for one partition.
#include "bridge/bulk_leaf.hpp"

namespace roi::bridge {
namespace {

// The foreign keys but the one to the users table, by user_id alone.
bool has_other_keys(Relation relation, Oid users) {
    List *const keys = RelationGetFKeyList(relation);
    for (int i = 0; i < list_length(keys); ++i) {
        const auto *const key = static_cast<const ForeignKeyCacheInfo *>(list_nth(keys, i));
        if (key->confrelid != users || key->nkeys != 1) return true;
        const FormData_pg_attribute *const column =
            TupleDescAttr(RelationGetDescr(relation), key->conkey[0] - 1);
        if (strcmp(NameStr(column->attname), "user_id") != 0) return true;
        if (key->confkey[0] != get_attnum(users, "clerk_id")) return true;
    }
    return false;
}

// A column left out of an INSERT is a NULL that its domain may refuse.
bool has_domains(TupleDesc columns) {
    for (int i = 0; i < columns->natts; ++i) {
        const auto *const column = TupleDescAttr(columns, i);
        if (!column->attisdropped && DomainHasConstraints(column->atttypid)) return true;
    }
    return false;
}

bool has_other_triggers(const TriggerDesc *triggers, const BulkTerms &terms) {
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
        const Trigger &trigger = triggers->triggers[i];
        if (!TRIGGER_FOR_INSERT(trigger.tgtype) || trigger.tgenabled == TRIGGER_DISABLED) continue;
        const bool is_key = trigger.tgisinternal && trigger.tgfoid == F_RI_FKEY_CHECK_INS;
        const bool is_ours = trigger.tgfoid == terms.own_trigger && !TRIGGER_FOR_ROW(trigger.tgtype);
        if (!is_key && !is_ours) return true;
    }
    return false;
}

bool is_heap(Relation relation) {
    return relation->rd_rel->relkind == RELKIND_RELATION &&
           relation->rd_tableam == GetHeapamTableAmRoutine() &&
           relation->rd_rel->relpersistence != RELPERSISTENCE_TEMP;
}

bool has_identity(Relation relation) {
    const TupleDesc columns = RelationGetDescr(relation);
    for (int i = 0; i < columns->natts; ++i)
        if (!TupleDescAttr(columns, i)->attisdropped && TupleDescAttr(columns, i)->attidentity != '\0')
            return true;
    return false;
}

bool has_same_columns(Relation leaf, Relation table) {
    const TupleDesc own = RelationGetDescr(leaf), theirs = RelationGetDescr(table);
    if (own->natts != theirs->natts) return false;
    for (int i = 0; i < own->natts; ++i) {
        const FormData_pg_attribute *const a = TupleDescAttr(own, i), *const b = TupleDescAttr(theirs, i);
        if (a->attisdropped != b->attisdropped) return false;
        if (!a->attisdropped && (strcmp(NameStr(a->attname), NameStr(b->attname)) != 0 ||
                                 a->atttypid != b->atttypid || a->atttypmod != b->atttypmod))
            return false;
    }
    return true;
}

const char *obstacle_of(Relation relation, const BulkTerms &terms) {
    if (has_other_triggers(relation->trigdesc, terms)) return "a trigger";
    if (has_other_keys(relation, terms.users)) return "a foreign key";
    if (relation->rd_rules != nullptr) return "a rule";
    if (computes_columns(RelationGetDescr(relation)->constr) || has_identity(relation))
        return "a generated or identity column";
    if (has_domains(RelationGetDescr(relation))) return "a column of a domain with constraints";
    return nullptr;
}

} // namespace

const char *obstacle_of_table(Relation table, const BulkTerms &terms) {
    const Oid oid = RelationGetRelid(table);
    if (XactReadOnly || IsInParallelMode()) return "the transaction is read-only";
    if (SessionReplicationRole != SESSION_REPLICATION_ROLE_ORIGIN)
        return "session_replication_role is not origin";
    if (pg_class_aclcheck(oid, GetUserId(), ACL_INSERT) != ACLCHECK_OK) return "a missing privilege";
    if (check_enable_rls(oid, InvalidOid, true) == RLS_ENABLED) return "row security";
    return obstacle_of(table, terms);
}

const char *obstacle_of_leaf(Relation leaf, Relation table, const BulkTerms &terms) {
    if (!is_heap(leaf)) return "a partition that is no heap";
    if (!has_same_columns(leaf, table)) return "a partition with other columns";
    return obstacle_of(leaf, terms);
}

const char *open_indexes(BulkLeaf &leaf) {
    List *const oids = RelationGetIndexList(leaf.relation);
    leaf.indexes =
        static_cast<BulkIndex *>(palloc(sizeof(BulkIndex) * static_cast<Size>(list_length(oids) + 1)));
    const char *obstacle = nullptr;
    for (int i = 0; i < list_length(oids); ++i) {
        BulkIndex &index = leaf.indexes[leaf.index_count];
        index.relation = index_open(list_nth_oid(oids, i), RowExclusiveLock);
        index.info = BuildIndexInfo(index.relation);
        ++leaf.index_count;
        if (index.info->ii_Expressions != NIL || index.info->ii_Predicate != NIL)
            obstacle = "an index on an expression or on some rows";
        if (index.relation->rd_index->indisexclusion || !index.relation->rd_index->indimmediate)
            obstacle = "an exclusion or deferrable constraint";
    }
    list_free(oids);
    return obstacle;
}

namespace {

// Longer texts are the business of the cast, which may cut blanks.
bool fits(const FormData_pg_attribute *column, Datum value) {
    if (column->atttypid != VARCHAROID || column->atttypmod < 0) return true;
    const auto *const text = reinterpret_cast<const struct varlena *>(DatumGetPointer(value));
    const int bytes = static_cast<int>(VARSIZE_ANY_EXHDR(text));
    const int most = column->atttypmod - static_cast<int>(VARHDRSZ);
    return bytes <= most || pg_mbstrlen_with_len(VARDATA_ANY(text), bytes) <= most;
}

} // namespace

void open_row(BulkLeaf &leaf, EState *estate) {
    const auto width = static_cast<Size>(RelationGetDescr(leaf.relation)->natts);
    leaf.checks = open_checks(leaf.relation, estate, false);
    leaf.seen = static_cast<Datum *>(palloc(sizeof(Datum) * width));
    leaf.seen_nulls = static_cast<bool *>(palloc(width));
}

bool passes(BulkLeaf &leaf, TupleTableSlot *row, ExprContext *context) {
    const TupleDesc columns = RelationGetDescr(leaf.relation);
    for (int i = 0; i < columns->natts; ++i)
        if (!row->tts_isnull[i] && !fits(TupleDescAttr(columns, i), row->tts_values[i])) return false;
    if (!passes(leaf.checks, row, context, leaf.has_seen ? leaf.seen : nullptr, leaf.seen_nulls))
        return false;
    memcpy(leaf.seen, row->tts_values, sizeof(Datum) * static_cast<Size>(columns->natts));
    memcpy(leaf.seen_nulls, row->tts_isnull, static_cast<Size>(columns->natts));
    leaf.has_seen = true;
    return true;
}

// --- rows -----------------------------------------------------------------------------------------------------------

namespace {

// Enough slots, which live as long as the partition is open.
void open_slots(BulkLeaf &leaf, int count) {
    MemoryContext const before = MemoryContextSwitchTo(leaf.home);
    if (leaf.slots == nullptr) {
        leaf.slots = static_cast<TupleTableSlot **>(palloc0(sizeof(TupleTableSlot *) * bulk_slots));
        leaf.insertion = GetBulkInsertState();
    }
    for (; leaf.slot_count < count; ++leaf.slot_count)
        leaf.slots[leaf.slot_count] =
            MakeSingleTupleTableSlot(RelationGetDescr(leaf.relation), &TTSOpsHeapTuple);
    MemoryContextSwitchTo(before);
}

void insert_into(const BulkLeaf &leaf, const BulkIndex &index, const Datum *values, const bool *nulls,
                 int count) {
    Datum keys[INDEX_MAX_KEYS];
    bool key_nulls[INDEX_MAX_KEYS];
    const int width = RelationGetDescr(leaf.relation)->natts;
    if (!index.info->ii_ReadyForInserts) return;
    const IndexUniqueCheck unique =
        index.relation->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO;
    for (int row = 0; row < count; ++row) {
        for (int i = 0; i < index.info->ii_NumIndexAttrs; ++i) {
            const int column = index.info->ii_IndexAttrNumbers[i] - 1;
            keys[i] = values[row * width + column];
            key_nulls[i] = nulls[row * width + column];
        }
        index_insert(index.relation, keys, key_nulls, &leaf.slots[row]->tts_tid, leaf.relation, unique, false,
                     index.info);
    }
}

} // namespace

void insert_rows(BulkLeaf &leaf, const Datum *values, const bool *nulls, int count) {
    const TupleDesc columns = RelationGetDescr(leaf.relation);
    const std::ptrdiff_t width = columns->natts;
    open_slots(leaf, count);
    for (int row = 0; row < count; ++row) {
        // the prototype has no const, the function only reads
        const HeapTuple tuple = heap_form_tuple(columns, const_cast<Datum *>(values) + row * width,
                                                const_cast<bool *>(nulls) + row * width);
        ExecStoreHeapTuple(tuple, leaf.slots[row], true);
    }
    table_multi_insert(leaf.relation, leaf.slots, count, GetCurrentCommandId(true), 0, leaf.insertion);
    for (int i = 0; i < leaf.index_count; ++i)
        insert_into(leaf, leaf.indexes[i], values, nulls, count);
    for (int row = 0; row < count; ++row)
        ExecClearTuple(leaf.slots[row]);
    ReleaseBulkInsertStatePin(leaf.insertion); // statements come in between
}

void close_leaf(BulkLeaf &leaf) {
    if (leaf.slots != nullptr) {
        for (int row = 0; row < leaf.slot_count; ++row)
            ExecDropSingleTupleTableSlot(leaf.slots[row]);
        FreeBulkInsertState(leaf.insertion);
        table_finish_bulk_insert(leaf.relation, 0);
    }
    for (int i = 0; i < leaf.index_count; ++i) {
        if (leaf.slots != nullptr) end_index_inserts(leaf.indexes[i].relation, leaf.indexes[i].info);
        index_close(leaf.indexes[i].relation, NoLock);
    }
    table_close(leaf.relation, NoLock);
}

} // namespace roi::bridge
