// Takes the locks of writers by statements, and by a look where they are taken already.
#include "store/user_locks.hpp"

#include "bridge/memory.hpp"

namespace roi::store {

using namespace bridge;

bool UserLocks::lock_known(const std::string &user_id) {
    // An UPDATE, not FOR UPDATE: a REPEATABLE READ transaction whose snapshot is older than the last holder of the
    // lock must fail with 40001, or it would decide by what it cannot see.
    static const Statement lock_state{
        "UPDATE @roi@.roi_user_state SET next_post_no = next_post_no WHERE user_id = $1", {TEXTOID}};
    const Argument user = text_argument(user_id);
    if (!states_.find(&user.value, 1)) return false;
    // Ours already, unless a savepoint took it back: thousands of statements of one transaction leave one row version.
    if (states_.is_written_by_us()) return true;
    states_.see_now(); // holds no page while it waits
    if (execute(lock_state, extension_.schema, {user}, false) > 0) return true;
    if (call([] { return IsolationUsesXactSnapshot(); })) // he is newer than the snapshot
        fail(ERRCODE_T_R_SERIALIZATION_FAILURE, "could not serialize access due to concurrent update",
             "Another session wrote for the same user since this snapshot.", "Run the transaction again.");
    return false; // deleted while we waited
}

bool lock_known_user(const Extension &extension, const std::string &user_id) {
    UserLocks locks(extension);
    const bool is_known = locks.lock_known(user_id);
    locks.close();
    return is_known;
}

bool hold_user(const Extension &extension, const std::string &user_id) {
    static const Statement hold{"SELECT 1 FROM @users@ WHERE clerk_id = $1 FOR KEY SHARE", {TEXTOID}};
    RoleScope owner(owner_of(users_table(extension.schema))); // as the foreign key's own check acts
    return execute(hold, extension.schema, {text_argument(user_id)}, false) > 0;
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
    hold_user(extension, user_id);
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
