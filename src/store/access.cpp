// Reads the identity from settings, and decides from it and from roles who may act for whom. A caller who names himself costs a
// look at the settings and no query, apart from auth.jwt() where that exists.
#include "store/access.hpp"

#include "store/user_locks.hpp"

#include "bridge/memory.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// auth.jwt() of Supabase where it exists and the caller may call it. He who may not is asked by the same settings.
bool has_supabase() {
    return call([] {
        const Oid schema = get_namespace_oid("auth", true);
        if (!OidIsValid(schema) || !may_use_schema(schema)) return false;
        const oidvector *const none = buildoidvector(nullptr, 0);
        const Oid function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("jwt"),
                                             PointerGetDatum(none), ObjectIdGetDatum(schema));
        return OidIsValid(function) && may_execute(function);
    });
}

std::string subject_of_supabase(Oid schema) {
    static const Statement ask{"SELECT auth.jwt() ->> 'sub'", {}};
    if (!has_supabase()) return {};
    SpiScope spi;
    execute(ask, schema, {}, true);
    return result_text(0, 1);
}

// A setting, or empty where it is not set: after a transaction that set it, it is '' for the rest of the session. The text
// lives as long as the memory context.
const char *setting(const char *name) {
    return call([name] {
        const char *const value = GetConfigOptionByName(name, nullptr, true);
        return value == nullptr ? "" : value;
    });
}

const char *member_sub(const char *claims) {
    return call([claims]() -> const char * {
        LOCAL_FCINFO(member, 2);
        InitFunctionCallInfoData(*member, nullptr, 2, InvalidOid, nullptr, nullptr);
        member->args[0] = {DirectFunctionCall1(json_in, CStringGetDatum(claims)), false};
        member->args[1] = {PointerGetDatum(cstring_to_text("sub")), false};
        const Datum found = json_object_field_text(member);
        return member->isnull ? "" : TextDatumGetCString(found);
    });
}

// The member "sub" of the claims that PostgREST puts into a setting. The last claims are remembered with their subject: every
// table of a statement asks anew.
std::string subject_of_claims() {
    static std::string known_claims, known_subject;
    const char *const claims = setting("request.jwt.claims");
    if (*claims == '\0') return {};
    if (known_claims != claims) {
        known_claims.clear(); // nothing is known while memory may run out
        known_subject = member_sub(claims);
        known_claims = claims;
    }
    return known_subject;
}

bool sees_all_rows(const Extension &extension) {
    return call([owner = extension.owner] {
        const Oid caller = GetUserId();
        return has_privs_of_role(caller, owner) || has_bypassrls_privilege(caller);
    });
}

// roi_grant() makes operators by a policy of this name, which lets them see all rows; the table's cache entry lists it.
bool is_named_operator(const Extension &extension) {
    return call([schema = extension.schema] {
        const Oid table = get_relname_relid("roi_user_state", schema);
        if (!OidIsValid(table)) return false;
        const Relation relation = table_open(table, AccessShareLock);
        bool found = false;
        const ListCell *cell;
        foreach (cell, relation->rd_rsdesc == nullptr ? NIL : relation->rd_rsdesc->policies) {
            const auto *const policy = static_cast<RowSecurityPolicy *>(lfirst(cell));
            if (std::strcmp(policy->policy_name, "roi_operator") != 0) continue;
            const Oid *const roles = reinterpret_cast<Oid *>(ARR_DATA_PTR(policy->roles));
            for (int i = 0; i < ARR_DIMS(policy->roles)[0]; ++i)
                found = found || (roles[i] != ACL_ID_PUBLIC && has_privs_of_role(GetUserId(), roles[i]));
        }
        table_close(relation, AccessShareLock);
        return found;
    });
}

} // namespace

std::string signed_in_user(Oid schema) {
    std::string user = subject_of_supabase(schema);
    if (user.empty()) user = subject_of_claims();
    // Claims that name nobody are an anonymous request, whatever a session of the pool has set before.
    if (user.empty() && *setting("request.jwt.claims") == '\0') user = setting("roi_ext.user_id");
    return user;
}

bool is_operator(const Extension &extension) {
    return sees_all_rows(extension) || is_named_operator(extension);
}

void authorise(const Extension &extension, const std::string &user_id) {
    if (sees_all_rows(extension) || signed_in_user(extension.schema) == user_id ||
        is_named_operator(extension))
        return;
    fail(
        ERRCODE_INSUFFICIENT_PRIVILEGE, "permission denied for another user's data",
        "The caller is neither signed in as the user he asks for nor an operator.",
        "Sign in as that user, or leave user_id out; operators ask for anyone: roi_grant(role, 'operator').");
}

void authorise_operator(const Extension &extension) {
    if (is_operator(extension)) return;
    fail(ERRCODE_INSUFFICIENT_PRIVILEGE, "permission denied for all users' data",
         "The caller is not an operator.",
         "Name yourself as user_id, or let an administrator call roi_grant(role, 'operator').");
}

void admit_user(const Extension &extension, const std::string &user_id) {
    static const Statement users_are_ours{"SELECT users_made::int::bigint FROM @roi@.roi_schema_version", {}};
    static const Statement add{"INSERT INTO @roi@.users (clerk_id) VALUES ($1) ON CONFLICT DO NOTHING",
                               {TEXTOID}};
    if (hold_user(extension, user_id)) return;
    RoleScope owner(extension.owner);
    execute(users_are_ours, extension.schema, {}, true);
    if (result_int64(0, 1) == 0)
        fail(ERRCODE_FOREIGN_KEY_VIOLATION, "user \"" + clip(user_id) + "\" is not in the users table",
             "The table is your own, and only you add users to it.",
             "Insert the user into the users table first.");
    try {
        execute(add, extension.schema, {text_argument(user_id)}, false);
    } catch (const BackendError &error) {
        if (error.data()->sqlerrcode == ERRCODE_STRING_DATA_RIGHT_TRUNCATION)
            rethrow_with_hint(error, "A user id is a text of at most 255 characters.");
        throw;
    }
}

} // namespace roi::store
