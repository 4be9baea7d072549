// Every difference between PostgreSQL 15, 16, 17 and 18 that our code meets, under the newest name.
#pragma once

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "roi_ext supports PostgreSQL 15, 16, 17 and 18"
#endif

// varlena access macros moved out of postgres.h in 16 (commit d952373a987).
#if PG_VERSION_NUM >= 160000
extern "C" {
#include "varatt.h"
}
#endif

// 18 records a module's name and version (commit 9324c8c580); older servers know the bare magic only.
#if PG_VERSION_NUM >= 180000
#define ROI_MODULE_MAGIC(module_name, module_version)                                                        \
    PG_MODULE_MAGIC_EXT(.name = module_name, .version = module_version)
#else
#define ROI_MODULE_MAGIC(module_name, module_version) PG_MODULE_MAGIC
#endif

// 16 tells the recheck which relations it writes (commit 178ee1d858).
inline void init_recheck(EPQState *recheck, EState *estate) {
#if PG_VERSION_NUM >= 160000
    EvalPlanQualInit(recheck, estate, nullptr, NIL, -1, NIL);
#else
    EvalPlanQualInit(recheck, estate, nullptr, NIL, -1);
#endif
}

// 18 counts index searches for EXPLAIN (commit 0fbceae841).
inline IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int keys) {
#if PG_VERSION_NUM >= 180000
    return index_beginscan(table, index, snapshot, nullptr, keys, 0);
#else
    return index_beginscan(table, index, snapshot, keys, 0);
#endif
}

// 16 has one check for the privileges on any object (commit c727f511bd); 15 has one for each kind.
inline bool may_use_schema(Oid schema) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(NamespaceRelationId, schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#else
    return pg_namespace_aclcheck(schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#endif
}

inline bool may_execute(Oid function) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK;
#else
    return pg_proc_aclcheck(function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

// 17 lets an access method finish a run of insertions (commit c1ec02be1d).
inline void end_index_inserts([[maybe_unused]] Relation index, [[maybe_unused]] IndexInfo *info) {
#if PG_VERSION_NUM >= 170000
    index_insert_cleanup(index, info);
#endif
}

// 18 keeps constraints that it does not enforce (commit ca87c415e2).
inline bool is_enforced([[maybe_unused]] const ConstrCheck &check) {
#if PG_VERSION_NUM >= 180000
    return check.ccenforced;
#else
    return true;
#endif
}

// 18 has columns that are computed when they are read (commit 83ea6c5402).
inline bool computes_columns(const TupleConstr *constraints) {
    if (constraints == nullptr) return false;
#if PG_VERSION_NUM >= 180000
    if (constraints->has_generated_virtual) return true;
#endif
    return constraints->has_generated_stored;
}

// 16 tells apart updates that only summarizing indexes have to know of (commit 19d8e2308bc).
struct IndexUpdate {
    bool is_needed, is_for_summaries;
};

inline IndexUpdate update_tuple(Relation table, ItemPointer place, TupleTableSlot *row, Snapshot snapshot) {
#if PG_VERSION_NUM >= 160000
    TU_UpdateIndexes needed = TU_None;
    simple_table_tuple_update(table, place, row, snapshot, &needed);
    return {needed != TU_None, needed == TU_Summarizing};
#else
    bool is_needed = false;
    simple_table_tuple_update(table, place, row, snapshot, &is_needed);
    return {is_needed, false};
#endif
}

inline void insert_index_entries(ResultRelInfo *table, TupleTableSlot *row, EState *estate,
                                 const IndexUpdate &update) {
    if (!update.is_needed) return;
#if PG_VERSION_NUM >= 160000
    list_free(ExecInsertIndexTuples(table, row, estate, true, false, nullptr, NIL, update.is_for_summaries));
#else
    list_free(ExecInsertIndexTuples(table, row, estate, true, false, nullptr, NIL));
#endif
}
