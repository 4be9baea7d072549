// Row security as rewrite/rowsecurity.c applies it to a SELECT, for the policies that roi_setup() and roi_grant() make. A table with
// any other policy that could hide a row is left to the executor.
#include "store/sight.hpp"

#include "store/access.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// roi_current_user_id() of this module, once it has been recognised; forgotten when any function changes.
Oid known_identity = InvalidOid;

void forget_identity(Datum, int, uint32) { known_identity = InvalidOid; }

// Backend code from here on: no C++ objects.

bool is_search_path_only(HeapTuple function) {
    bool is_null = false;
    const Datum settings = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_proconfig, &is_null);
    if (is_null) return true;
    Datum *texts = nullptr;
    int count = 0;
    deconstruct_array(DatumGetArrayTypeP(settings), TEXTOID, -1, false, TYPALIGN_INT, &texts, nullptr,
                      &count);
    return count == 1 && std::strncmp(TextDatumGetCString(texts[0]), "search_path=", 12) == 0;
}

const char *library_of(HeapTuple function) {
    bool is_null = false;
    const Datum library = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_probin, &is_null);
    return is_null ? "" : TextDatumGetCString(library);
}

const char *symbol_of(HeapTuple function) {
    bool is_null = false;
    const Datum symbol = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_prosrc, &is_null);
    return is_null ? "" : TextDatumGetCString(symbol);
}

// Whether the function is the one of our library that signed_in_user() stands in for: somebody may have replaced it. The
// running function is of our library.
bool is_ours(Oid oid, const Extension &extension) {
    HeapTuple running = SearchSysCache1(PROCOID, ObjectIdGetDatum(extension.function));
    HeapTuple function = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
    bool is_same = false;
    if (HeapTupleIsValid(function) && HeapTupleIsValid(running)) {
        const auto *const form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(function));
        is_same =
            form->prolang == ClanguageId && form->pronamespace == extension.schema && !form->prosecdef &&
            form->pronargs == 0 && std::strcmp(symbol_of(function), "roi_current_user_id") == 0 &&
            std::strcmp(library_of(function), library_of(running)) == 0 && is_search_path_only(function);
    }
    if (HeapTupleIsValid(function)) ReleaseSysCache(function);
    if (HeapTupleIsValid(running)) ReleaseSysCache(running);
    return is_same;
}

bool is_identity(Oid oid, const Extension &extension) {
    static bool is_registered = false;
    if (!is_registered) {
        CacheRegisterSyscacheCallback(PROCOID, forget_identity, 0);
        is_registered = true;
    }
    if (oid == known_identity) return true;
    if (!is_ours(oid, extension)) return false;
    known_identity = oid;
    return true;
}

// (SELECT roi_current_user_id()), and nothing else in it.
bool is_who_asks(const Node *node, const Extension &extension) {
    if (!IsA(node, SubLink)) return false;
    const auto *const link = reinterpret_cast<const SubLink *>(node);
    if (link->subLinkType != EXPR_SUBLINK || !IsA(link->subselect, Query)) return false;
    const auto *const query = reinterpret_cast<const Query *>(link->subselect);
    if (query->commandType != CMD_SELECT || query->rtable != NIL || query->cteList != NIL ||
        query->setOperations != nullptr || query->havingQual != nullptr || query->limitCount != nullptr ||
        query->limitOffset != nullptr || query->groupClause != NIL || query->groupingSets != NIL ||
        query->hasTargetSRFs || query->jointree == nullptr || query->jointree->fromlist != NIL ||
        query->jointree->quals != nullptr || list_length(query->targetList) != 1)
        return false;
    const auto *const target = static_cast<const TargetEntry *>(linitial(query->targetList));
    if (!IsA(target->expr, FuncExpr)) return false;
    const auto *const call = reinterpret_cast<const FuncExpr *>(target->expr);
    return call->args == NIL && is_identity(call->funcid, extension) && may_execute(call->funcid);
}

// user_id = (SELECT roi_current_user_id()), where user_id is the column of this number.
bool is_own_rows(const Node *qual, AttrNumber user, const Extension &extension) {
    if (qual == nullptr || !IsA(qual, OpExpr)) return false;
    const auto *const equality = reinterpret_cast<const OpExpr *>(qual);
    if (equality->opno != TextEqualOperator || list_length(equality->args) != 2) return false;
    const Node *left = static_cast<const Node *>(linitial(equality->args));
    if (IsA(left, RelabelType)) left = reinterpret_cast<const Node *>(castNode(RelabelType, left)->arg);
    if (!IsA(left, Var)) return false;
    const auto *const column = reinterpret_cast<const Var *>(left);
    return column->varno == 1 && column->varattno == user && column->varlevelsup == 0 &&
           is_who_asks(static_cast<const Node *>(lsecond(equality->args)), extension);
}

bool is_true(const Node *qual) {
    if (qual == nullptr || !IsA(qual, Const)) return false;
    const auto *const constant = reinterpret_cast<const Const *>(qual);
    return constant->consttype == BOOLOID && !constant->constisnull && DatumGetBool(constant->constvalue);
}

bool is_for_caller(const RowSecurityPolicy *policy) {
    const Oid *const roles = reinterpret_cast<const Oid *>(ARR_DATA_PTR(policy->roles));
    for (int i = 0; i < ARR_DIMS(policy->roles)[0]; ++i)
        if (roles[i] == ACL_ID_PUBLIC || has_privs_of_role(GetUserId(), roles[i])) return true;
    return false;
}

enum class Policies { hide, show_own, show_all };

// What the policies let the caller read: a restrictive one may hide anything, a permissive one can only show more.
Policies read_policies(Relation table, AttrNumber user, const Extension &extension) {
    Policies result = Policies::hide;
    const ListCell *cell;
    foreach (cell, table->rd_rsdesc == nullptr ? NIL : table->rd_rsdesc->policies) {
        const auto *const policy = static_cast<const RowSecurityPolicy *>(lfirst(cell));
        if (policy->polcmd != '*' && policy->polcmd != ACL_SELECT_CHR) continue;
        if (!policy->permissive) return Policies::hide;
        const auto *const qual = reinterpret_cast<const Node *>(policy->qual);
        if (result == Policies::show_all || !is_for_caller(policy)) continue;
        if (is_true(qual))
            result = Policies::show_all;
        else if (user != 0 && is_own_rows(qual, user, extension))
            result = Policies::show_own;
    }
    return result;
}

// What the caller may read of the table. Somebody who watches or filters reads by a hook sees statements only.
Policies policies_of(Relation table, AttrNumber user, const Extension &extension) {
    if (ExecutorCheckPerms_hook != nullptr || row_security_policy_hook_permissive != nullptr ||
        row_security_policy_hook_restrictive != nullptr)
        return Policies::hide;
    const Oid oid = RelationGetRelid(table);
    if (pg_class_aclcheck(oid, GetUserId(), ACL_SELECT) != ACLCHECK_OK) return Policies::hide;
    const int security = check_enable_rls(oid, InvalidOid, true);
    return security == RLS_ENABLED ? read_policies(table, user, extension) : Policies::show_all;
}

} // namespace

bool Sight::is_signed_in() {
    if (!is_signed_in_) is_signed_in_ = signed_in_user(extension_.schema) == user_id_;
    return *is_signed_in_;
}

bool Sight::sees(const KeyScan &table, bool own) {
    const Policies policies = call([&table, own, this] {
        return policies_of(table.relation(), own ? table.first_key_column() : 0, extension_);
    });
    return policies == Policies::show_all || (policies == Policies::show_own && is_signed_in());
}

} // namespace roi::store
