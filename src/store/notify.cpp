// Announces on channels. Any role may listen to any channel whose name it knows, so payloads name no user and no figure.
#include "store/notify.hpp"

#include "bridge/memory.hpp"

namespace roi::store {

using namespace bridge;

namespace {

bool has_user_channels() {
    return call([] {
        const char *const value = GetConfigOptionByName("roi_ext.user_channels", nullptr, true);
        bool is_on = false;
        return value != nullptr && parse_bool(value, &is_on) && is_on;
    });
}

void notify(const Extension &extension, const std::string &channel, const char *event, std::int64_t until) {
    static const Statement send{
        "SELECT pg_notify($1, json_strip_nulls(json_build_object('event', $2, 'schema',"
        " (SELECT nspname FROM pg_namespace WHERE oid = $3::bigint::oid), 'at', to_char(now() AT TIME ZONE 'UTC', $5),"
        " 'until', to_char($4 AT TIME ZONE 'UTC', $5)))::text)",
        {TEXTOID, TEXTOID, INT8OID, TIMESTAMPTZOID, TEXTOID}};
    execute(send, extension.schema,
            {text_argument(channel), text_argument(event), int64_argument(extension.schema),
             moment_argument(until), text_argument("YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"")},
            false);
}

} // namespace

void announce(const Extension &extension, const char *event, std::int64_t until) {
    notify(extension, "roi_tick", event, until);
}

void announce_to_user(const Extension &extension, const std::string &user_id, const char *event,
                      std::int64_t until) {
    if (has_user_channels()) notify(extension, user_channel(extension, user_id), event, until);
}

std::string user_channel(const Extension &extension, const std::string &user_id) {
    static const Statement name{
        "SELECT 'roi_user_' || left(encode(sha256(convert_to(channel_key || $1, 'UTF8')), 'hex'), 40)"
        " FROM @roi@.roi_schema_version",
        {TEXTOID}};
    RoleScope owner(extension.owner);
    execute(name, extension.schema, {text_argument(user_id)}, true);
    return result_text(0, 1);
}

} // namespace roi::store
