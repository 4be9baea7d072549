// Reads and defends the moment before which facts are archived.
#include <cstdio>

#include "core/calendar.hpp"

#include "store/archive.hpp"

#include "bridge/memory.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// Tables that roi_setup() has not migrated yet have nothing archived.
bool has_archive(const Extension &extension) {
    return call([schema = extension.schema] {
        const Oid table = get_relname_relid("roi_schema_version", schema);
        return OidIsValid(table) && get_attnum(table, "archived_until") != InvalidAttrNumber;
    });
}

std::string day_of(TimestampTz moment) {
    const std::int64_t seconds = unix_seconds_of(moment);
    const core::CivilDay day = core::civil_from_days(seconds / core::seconds_per_day);
    char text[64];
    static_cast<void>(
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", static_cast<int>(day.year), day.month, day.day));
    return text;
}

} // namespace

TimestampTz archived_until(const Extension &extension) {
    static const Statement read{"SELECT max(archived_until) FROM @roi@.roi_schema_version", {}};
    if (!has_archive(extension)) return DT_NOBEGIN;
    RoleScope owner(extension.owner);
    execute_latest(read, extension.schema, {});
    const Argument found = result(0, 1);
    return found.is_null ? DT_NOBEGIN : DatumGetTimestampTz(found.value);
}

void refuse_archived(const Extension &extension, TimestampTz since) {
    const TimestampTz horizon = archived_until(extension);
    if (since >= horizon) return;
    fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
         "the range begins or ends inside a day whose facts are archived",
         "Facts before " + day_of(horizon) + " UTC are archived; of older days only the sums are kept.",
         "Let ranges that reach so far back begin and end at 00:00 UTC.");
}

void refuse_archived_import(const Extension &extension, const std::string &user_id, std::int64_t batch_id) {
    static const Statement since{"SELECT since FROM @roi@.roi_import_batches WHERE user_id = $1 AND id = $2",
                                 {TEXTOID, INT8OID}};
    const TimestampTz horizon = archived_until(extension);
    if (horizon == DT_NOBEGIN) return;
    execute(since, extension.schema, {text_argument(user_id), int64_argument(batch_id)}, false);
    const Argument found = result(0, 1);
    if (found.is_null || DatumGetTimestampTz(found.value) >= horizon) return;
    fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
         "import " + std::to_string(batch_id) + " has facts in archived months",
         "Facts before " + day_of(horizon) + " UTC are archived and cannot be taken back.",
         "An import can be undone until its first month is archived.");
}

void refuse_archived_growth(const Extension &extension, const std::string &user_id, TimestampTz next) {
    const TimestampTz horizon = archived_until(extension);
    if (next >= horizon) return;
    fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
         "the next hours of user \"" + user_id + "\" lie in archived months",
         "Facts before " + day_of(horizon) + " UTC are archived; nothing can be written there any more.",
         "Name a later start_at; an account that exists has to be purged by roi_purge_simulated() first.");
}

void tell_archived(const Extension &extension, TimestampTz since) {
    const TimestampTz horizon = archived_until(extension);
    if (since < horizon) notice("facts before " + day_of(horizon) + " UTC are archived and not listed");
}

} // namespace roi::store
