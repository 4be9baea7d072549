// Finds our schema and owner, and checks that roi_setup() has run.
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

} // namespace roi::store
