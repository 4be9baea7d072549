// Looks only at constraints whose columns differ from a row that has passed: a tick's rows share most of them.
#include "bridge/checks.hpp"

namespace roi::bridge {
namespace {

// The columns that a condition reads; null when only looking tells.
int *columns_of(Node *condition, int *count) {
    *count = 0;
    if (contain_mutable_functions(condition)) return nullptr;
    Bitmapset *read = nullptr;
    pull_varattnos(condition, 1, &read);
    int *const columns =
        static_cast<int *>(palloc(sizeof(int) * static_cast<Size>(bms_num_members(read) + 1)));
    for (int member = -1; (member = bms_next_member(read, member)) >= 0;) {
        const int column = member + FirstLowInvalidHeapAttributeNumber;
        if (column <= 0) return nullptr; // the whole row, or a system column
        columns[(*count)++] = column - 1;
    }
    return columns;
}

bool is_seen(const RowCheck &check, const TupleTableSlot *row, const Datum *seen, const bool *seen_nulls) {
    if (seen == nullptr || check.columns == nullptr) return false;
    for (int i = 0; i < check.count; ++i) {
        const int column = check.columns[i];
        if (seen_nulls[column] != row->tts_isnull[column]) return false;
        if (!row->tts_isnull[column] && seen[column] != row->tts_values[column]) return false;
    }
    return true;
}

} // namespace

RowChecks open_checks(Relation relation, EState *estate, bool for_stored_rows) {
    MemoryContext const before = MemoryContextSwitchTo(estate->es_query_cxt);
    const TupleDesc columns = RelationGetDescr(relation);
    const int count = columns->constr == nullptr ? 0 : columns->constr->num_check;
    RowChecks opened{relation,
                     static_cast<RowCheck *>(palloc(sizeof(RowCheck) * static_cast<Size>(count + 1))), 0};
    for (int i = 0; i < count; ++i) {
        const ConstrCheck &constraint = columns->constr->check[i];
        if (!is_enforced(constraint)) continue;
        RowCheck &check = opened.checks[opened.count++];
        auto *const condition = static_cast<Node *>(stringToNode(constraint.ccbin));
        check.columns =
            for_stored_rows && !constraint.ccvalid ? nullptr : columns_of(condition, &check.count);
        check.state = ExecPrepareExpr(reinterpret_cast<Expr *>(condition), estate);
    }
    MemoryContextSwitchTo(before);
    return opened;
}

bool passes(const RowChecks &checks, TupleTableSlot *row, ExprContext *context, const Datum *seen,
            const bool *seen_nulls) {
    const TupleDesc columns = RelationGetDescr(checks.relation);
    for (int i = 0; i < columns->natts; ++i)
        if (row->tts_isnull[i] && TupleDescAttr(columns, i)->attnotnull) return false;
    context->ecxt_scantuple = row;
    for (int i = 0; i < checks.count; ++i)
        if (!is_seen(checks.checks[i], row, seen, seen_nulls) && !ExecCheck(checks.checks[i].state, context))
            return false;
    return true;
}

} // namespace roi::bridge
