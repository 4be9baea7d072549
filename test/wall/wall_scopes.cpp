// Kept plans by name, and checks of the scopes that must hold inside one C++ body.
#include <stdexcept>
#include <string>
#include <string_view>

#include "bridge/datum.hpp"
#include "bridge/memory.hpp"
#include "bridge/spi.hpp"

namespace roi::wall {
namespace {

using bridge::call;

// --- kept plans ---

struct Named {
    std::string_view name;
    bridge::Statement statement;
};

const Named statements[] = {
    {"insert", {"INSERT INTO @roi@.kept (id, note) VALUES ($1, $2)", {INT8OID, TEXTOID}}},
    {"read",
     {"SELECT to_jsonb(k)::text FROM @roi@.kept k WHERE id IS NOT DISTINCT FROM $1 ORDER BY note",
      {INT8OID}}},
    {"note", {"SELECT note FROM @roi@.kept WHERE id IS NOT DISTINCT FROM $1", {INT8OID}}},
    {"twice",
     {"SELECT (count(*))::text FROM @roi@.kept a JOIN @roi@.kept b ON a.id = b.id AND a.id = $1", {INT8OID}}},
    {"divide", {"SELECT (100 / $1)::text", {INT8OID}}},
    {"later", {"SELECT l.*::text FROM @roi@.later l WHERE id = $1", {INT8OID}}},
    {"again", {"SELECT @roi@.again($1)", {INT8OID}}},
};

const bridge::Statement &statement_named(const std::string &name) {
    for (const Named &named : statements)
        if (named.name == name) return named.statement;
    throw std::logic_error("there is no statement " + name);
}

std::vector<bridge::Argument> arguments_of(FunctionCallInfo fcinfo, const std::string &note, size_t count) {
    std::vector<bridge::Argument> arguments;
    arguments.push_back(PG_ARGISNULL(2) ? bridge::null_argument()
                                        : bridge::int64_argument(PG_GETARG_INT64(2)));
    if (count > 1)
        arguments.push_back(PG_ARGISNULL(3) ? bridge::null_argument() : bridge::text_argument(note));
    return arguments;
}

std::string answer(uint64 rows) {
    if (SPI_tuptable == nullptr) return std::to_string(rows) + " done";
    if (rows == 0) return "no row";
    return bridge::result(0, 1).is_null ? "null" + bridge::result_text(0, 1) : bridge::result_text(0, 1);
}

// --- memory ---

constexpr Size megabyte = 1024 * 1024;

Size allocated(MemoryContext context) { return MemoryContextMemAllocated(context, true); }

void allocate_megabyte() {
    call([] { memset(palloc(megabyte), 1, megabyte); });
}

bool memory_reset() {
    bridge::MemoryScope scope("wall, reset");
    allocate_megabyte();
    const Size full = allocated(CurrentMemoryContext);
    scope.reset();
    const Size empty = allocated(CurrentMemoryContext);
    allocate_megabyte();
    return full >= megabyte && empty < megabyte / 8 && allocated(CurrentMemoryContext) >= megabyte;
}

// A scope inside another takes away only what is its own.
bool memory_nested() {
    MemoryContext const first = CurrentMemoryContext;
    bool good = true;
    {
        bridge::MemoryScope outer("wall, outer");
        MemoryContext const second = CurrentMemoryContext;
        allocate_megabyte();
        const Size before = allocated(second);
        {
            bridge::MemoryScope inner("wall, inner");
            allocate_megabyte();
            good = good && CurrentMemoryContext != second && allocated(second) >= before + megabyte;
            inner.reset();
        }
        good = good && CurrentMemoryContext == second && allocated(second) == before && second != first;
    }
    return good && CurrentMemoryContext == first;
}

bool memory_unwound() {
    MemoryContext const first = CurrentMemoryContext;
    const Size before = allocated(first);
    try {
        bridge::MemoryScope outer("wall, outer");
        bridge::MemoryScope inner("wall, inner");
        allocate_megabyte();
        throw std::runtime_error("unwinding");
    } catch (const std::runtime_error &) {
        return CurrentMemoryContext == first && allocated(first) == before;
    }
}

// The backend switches contexts as it likes; after an error in call() we are back in ours.
bool memory_after_error() {
    MemoryContext const first = CurrentMemoryContext;
    try {
        call([] {
            MemoryContextSwitchTo(TopMemoryContext);
            elog(ERROR, "left in another context");
        });
    } catch (const bridge::BackendError &error) {
        // Nothing of the backend needs an abort here, and the test must answer.
        return CurrentMemoryContext == first && std::string(error.what()) == "left in another context";
    }
    return false;
}

// The purpose of a scope can be read in pg_backend_memory_contexts while it lives.
std::string memory_named() {
    bridge::SpiScope spi;
    bridge::MemoryScope scope("wall, named");
    call([] {
        SPI_execute("SELECT string_agg(name || ': ' || ident, ', ') FROM pg_backend_memory_contexts "
                    "WHERE ident = 'wall, named'",
                    true, 0);
    });
    return bridge::result_text(0, 1);
}

// --- roles ---

struct Identity {
    Oid role = InvalidOid;
    int security = 0;
    Identity() { GetUserIdAndSecContext(&role, &security); }
    bool acts_as(Oid other) const { return role == other && (security & SECURITY_LOCAL_USERID_CHANGE) != 0; }
    bool operator==(const Identity &other) const { return role == other.role && security == other.security; }
};

constexpr Oid bootstrap_superuser = 10;

bool role_nested(Oid role) {
    const Identity first;
    bool good = true;
    {
        bridge::RoleScope outer(role);
        const Identity second;
        good = good && second.acts_as(role);
        {
            bridge::RoleScope inner(bootstrap_superuser);
            good = good && Identity().acts_as(bootstrap_superuser);
        }
        good = good && Identity() == second;
    }
    return good && Identity() == first;
}

bool role_unwound(Oid role) {
    const Identity first;
    try {
        bridge::RoleScope outer(role);
        bridge::RoleScope inner(bootstrap_superuser);
        throw std::runtime_error("unwinding");
    } catch (const std::runtime_error &) {
        return Identity() == first;
    }
}

// SQL inside the scope sees the other role, and only inside.
std::string role_in_sql(Oid role) {
    bridge::SpiScope spi;
    const auto ask = [] {
        call([] { SPI_execute("SELECT current_user::text", true, 0); });
        return bridge::result_text(0, 1);
    };
    const std::string before = ask();
    std::string inside;
    {
        bridge::RoleScope scope(role);
        inside = ask();
    }
    return before + " " + inside + " " + ask();
}

std::string yes_or_no(bool good) { return good ? "good" : "bad"; }

std::string check_named(const std::string &name, Oid role) {
    if (name == "memory_reset") return yes_or_no(memory_reset());
    if (name == "memory_nested") return yes_or_no(memory_nested());
    if (name == "memory_unwound") return yes_or_no(memory_unwound());
    if (name == "memory_after_error") return yes_or_no(memory_after_error());
    if (name == "memory_named") return memory_named();
    if (name == "role_nested") return yes_or_no(role_nested(role));
    if (name == "role_unwound") return yes_or_no(role_unwound(role));
    if (name == "role_in_sql") return role_in_sql(role);
    throw std::logic_error("there is no check " + name);
}

// --- SPI without the transaction's help ---

std::string spi_answer(const std::string &sql) {
    bridge::SpiScope spi;
    const char *const text = sql.c_str();
    return call([text] {
        SPI_execute(text, false, 0);
        return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
    });
}

} // namespace
} // namespace roi::wall

namespace {

char watched[NAMEDATALEN];

// As an extension for auditing or labels does it: statements that read the watched table are refused. 16 hands over one
// list more.
template <class... Rest>
bool refuse_watched(List *tables, Rest...) {
    const ListCell *cell;
    foreach (cell, tables) {
        const auto *const table = static_cast<const RangeTblEntry *>(lfirst(cell));
        const char *const name = table->rtekind == RTE_RELATION ? get_rel_name(table->relid) : nullptr;
        if (name != nullptr && std::strcmp(name, watched) == 0)
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("%s is watched", watched)));
    }
    return true;
}

} // namespace

// wall_watch(name): from now on no statement of this session reads a table of this name.
ROI_FUNCTION(wall_watch) {
    const std::string name = roi::bridge::text_of(fcinfo, 0);
    name.copy(watched, sizeof watched - 1);
    ExecutorCheckPerms_hook = &refuse_watched;
    return Datum{0};
}

// wall_execute(schema, statement, number, note) runs a kept plan and returns the first column of its first row.
ROI_FUNCTION(wall_execute) {
    const std::string note = roi::bridge::text_of(fcinfo, 3);
    const std::string name = roi::bridge::text_of(fcinfo, 1);
    const roi::bridge::Statement &statement = roi::wall::statement_named(name);
    std::string found;
    {
        roi::bridge::SpiScope spi;
        found = roi::wall::answer(
            roi::bridge::execute(statement, PG_GETARG_OID(0),
                                 roi::wall::arguments_of(fcinfo, note, statement.types.size()), false));
    }
    return roi::bridge::text_argument(found).value;
}

// wall_check(name, role) runs a check of the scopes.
ROI_FUNCTION(wall_check) {
    const std::string found = roi::wall::check_named(roi::bridge::text_of(fcinfo, 0), PG_GETARG_OID(1));
    return roi::bridge::text_argument(found).value;
}

// wall_ask(sql) returns the first column of the first row.
ROI_FUNCTION(wall_ask) {
    const std::string found = roi::wall::spi_answer(roi::bridge::text_of(fcinfo, 0));
    return roi::bridge::text_argument(found).value;
}

// wall_row(row) reads a row that may not be there from a result of one row, as a number.
ROI_FUNCTION(wall_row) {
    const int row = PG_GETARG_INT32(0);
    roi::bridge::SpiScope spi;
    roi::bridge::call([] { SPI_execute("SELECT NULL::bigint, 7::bigint", true, 0); });
    return Int64GetDatum(roi::bridge::result_int64(static_cast<uint64>(row), 1) +
                         roi::bridge::result_int64(static_cast<uint64>(row), 2));
}
