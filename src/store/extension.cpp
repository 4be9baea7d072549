// Finds our schema and owner, checks that roi_setup() has run, and locks users.
#include "store/extension.hpp"

#include "bridge/memory.hpp"
#include "bridge/table.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// What roi_setup() writes into roi_schema_version. This library also serves a database whose extension is still of version
// 1.0: it is replaced before ALTER EXTENSION UPDATE can run.
constexpr int table_version = 2, table_version_of_1_0 = 1;

// The version table of the last successful check; forgotten when its relcache entry is invalidated, which
// roi_setup() causes on purpose.
Oid checked_table = InvalidOid;
bool is_of_1_0 = false; // it

void forget_check(Datum, Oid relation) {
    if (relation == InvalidOid || relation == checked_table) checked_table = InvalidOid;
}

[[noreturn]] void fail_setup(const std::string &schema, const char *what) {
    fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, std::string("the tables of roi_ext ") + what,
         "The extension has functions only; its tables belong to the role that makes them.",
         "Run SELECT " + schema + ".roi_setup(); as the role that shall own them.");
}

std::string schema_name(Oid schema) {
    return call([schema] {
        char *name = get_namespace_name(schema);
        return quote_identifier(name == nullptr ? "" : name);
    });
}

Oid owner_of(Oid relation) {
    return call([relation] {
        HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
        Oid owner = InvalidOid;
        if (HeapTupleIsValid(tuple)) {
            owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
            ReleaseSysCache(tuple);
        }
        return owner;
    });
}

void check_version(const Extension &extension, Oid version_table) {
    static const Statement read_version{
        "SELECT max(version)::bigint, (SELECT extversion FROM pg_extension WHERE extname = 'roi_ext')"
        " FROM @roi@.roi_schema_version",
        {}};
    static bool registered = false;
    if (!registered) {
        call([] { CacheRegisterRelcacheCallback(forget_check, 0); });
        registered = true;
    }
    if (checked_table == version_table) return;
    SpiScope spi;
    RoleScope owner(extension.owner);
    execute(read_version, extension.schema, {}, true);
    const int64 version = result_int64(0, 1);
    if (version == 0) fail_setup(schema_name(extension.schema), "are not complete");
    if (version != (result_text(0, 2) == "1.0" ? table_version_of_1_0 : table_version))
        fail_setup(schema_name(extension.schema), "are of another version");
    is_of_1_0 = version == table_version_of_1_0;
    checked_table = version_table;
}

// With row_security off the policies would not filter but refuse. The SET clause that every function of ours has makes this
// setting last as long as the call.
void turn_row_security_on() {
    if (row_security) return;
    call([] {
        set_config_option("row_security", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    });
}

} // namespace

Extension open_extension(FunctionCallInfo fcinfo) {
    Extension extension;
    turn_row_security_on();
    extension.function = fcinfo->flinfo->fn_oid;
    extension.schema = call([oid = extension.function] { return get_func_namespace(oid); });
    const Oid version_table =
        call([schema = extension.schema] { return get_relname_relid("roi_schema_version", schema); });
    if (!OidIsValid(version_table)) fail_setup(schema_name(extension.schema), "do not exist yet");
    extension.owner = owner_of(version_table);
    check_version(extension, version_table);
    return extension;
}

void require_update(const char *what) {
    if (!is_of_1_0) return;
    fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, std::string(what) + " need the tables of this version",
         "The library has been replaced, the extension in this database is still of version 1.0.",
         "Run ALTER EXTENSION roi_ext UPDATE; and then roi_setup() as the role that owns the tables.");
}

bool lock_known_user(const Extension &extension, const std::string &user_id) {
    // An UPDATE, not FOR UPDATE: a REPEATABLE READ transaction whose snapshot is older than the last holder of the
    // lock must fail with 40001, or it would decide by what it cannot see.
    static const Statement lock_state{
        "UPDATE @roi@.roi_user_state SET next_post_no = next_post_no WHERE user_id = $1", {TEXTOID}};
    const Argument user = text_argument(user_id);
    Table state(extension.schema, "roi_user_state");
    const bool is_known = state.find(&user.value, 1);
    // Ours already, unless a savepoint took it back: thousands of statements of one transaction leave one row version.
    const bool is_ours = is_known && state.is_written_by_us();
    state.close();
    if (!is_known || is_ours) return is_known;
    if (execute(lock_state, extension.schema, {user}, false) > 0) return true;
    if (call([] { return IsolationUsesXactSnapshot(); })) // he is newer than the snapshot
        fail(ERRCODE_T_R_SERIALIZATION_FAILURE, "could not serialize access due to concurrent update",
             "Another session wrote for the same user since this snapshot.", "Run the transaction again.");
    return false; // deleted while we waited
}

bool hold_user(const Extension &extension, const std::string &user_id, bool wait) {
    static const Statement hold{"SELECT 1 FROM @users@ WHERE clerk_id = $1 FOR KEY SHARE", {TEXTOID}};
    static const Statement try_hold{"SELECT 1 FROM @users@ WHERE clerk_id = $1 FOR KEY SHARE SKIP LOCKED",
                                    {TEXTOID}};
    RoleScope owner(owner_of(users_table(extension.schema))); // as the foreign key's own check acts
    return execute(wait ? hold : try_hold, extension.schema, {text_argument(user_id)}, false) > 0;
}

void hold_facts(const Extension &extension, LOCKMODE mode) {
    call([=] { find_all_inheritors(get_relname_relid("roi_metrics", extension.schema), mode, nullptr); });
}

void lock_user(const Extension &extension, const std::string &user_id) {
    static const Statement users_are_ours{"SELECT users_made::int::bigint FROM @roi@.roi_schema_version", {}};
    static const Statement add_user{"INSERT INTO @roi@.users (clerk_id) VALUES ($1) ON CONFLICT DO NOTHING",
                                    {TEXTOID}};
    static const Statement add_state{
        "INSERT INTO @roi@.roi_user_state (user_id) VALUES ($1) ON CONFLICT DO NOTHING", {TEXTOID}};
    hold_user(extension, user_id, true);
    hold_facts(extension, RowExclusiveLock);
    if (lock_known_user(extension, user_id)) return;
    const Argument user = text_argument(user_id);
    execute(users_are_ours, extension.schema, {}, true);
    const bool register_user = result_int64(0, 1) != 0;
    try {
        if (register_user) execute(add_user, extension.schema, {user}, false);
        execute(add_state, extension.schema, {user}, false);
    } catch (const BackendError &error) {
        if (error.data()->sqlerrcode == ERRCODE_FOREIGN_KEY_VIOLATION)
            rethrow_with_hint(error, "Insert the user into the users table first.");
        if (error.data()->sqlerrcode == ERRCODE_STRING_DATA_RIGHT_TRUNCATION)
            rethrow_with_hint(error, "A user id is a text of at most 255 characters.");
        throw;
    }
    lock_known_user(extension, user_id);
}

} // namespace roi::store
