// Versions by the row that writers lock; all else is told by invalidation of cache entries.
#include "store/answer_version.hpp"

#include <algorithm>

#include "store/sight.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// The tables read, by the columns of their keys, and at last the signal: the TOAST table of roi_rollup, which hardly anybody
// opens, so that no session has to read the catalogue anew.
constexpr std::size_t table_count = 5, signal = table_count;
constexpr const char *table_names[] = {"roi_rollup", "campaign_with_user_id", "user_preferences",
                                       "roi_simulations", "roi_industry_benchmarks"};
using Watched = std::array<Oid, table_count + 1>;

// An invalidation comes after its transaction has become visible and before its COMMIT is answered: whatever was looked at by
// a transaction that began later is newer. What was invalidated has an id before ended_before.
Watched watched{};
TimestampTz ended_at = DT_NOBEGIN, last_look = DT_NOBEGIN;
TransactionId ended_before = InvalidTransactionId;

// Backend code. Where the clock has been set back, what is known and the running transaction seem to be of the future.
void end_all() {
    ended_at = std::max({ended_at, GetCurrentTimestamp(), GetCurrentTransactionStartTimestamp(), last_look});
    ended_before = ReadNextTransactionId();
}

void end_if_watched(Datum, Oid relation) {
    if (relation == InvalidOid || std::find(watched.begin(), watched.end(), relation) != watched.end())
        end_all();
}

void watch(const Watched &tables) {
    static bool is_registered = false;
    if (!is_registered) CacheRegisterRelcacheCallback(end_if_watched, 0);
    is_registered = true;
    if (tables == watched) return;
    watched = tables;
    end_all(); // what was said of them before went by unheard
}

// Both triggers, firing in replicas too.
bool has_triggers(const TriggerDesc *triggers) {
    int found = 0;
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
        const Trigger &trigger = triggers->triggers[i];
        if (trigger.tgenabled == TRIGGER_FIRES_ALWAYS &&
            (std::strcmp(trigger.tgname, "roi_note_rows") == 0 ||
             std::strcmp(trigger.tgname, "roi_note_truncate") == 0))
            ++found;
    }
    return found == 2;
}

bool may_compare() {
    return call(
        [] { return !IsolationIsSerializable() && !TransactionIdIsValid(GetTopTransactionIdIfAny()); });
}

// Whether the snapshot sees all that was invalidated: one that was taken over may be older than its transaction.
bool is_recent() {
    return call([] {
        return !IsolationUsesXactSnapshot() || !TransactionIdIsValid(ended_before) ||
               TransactionIdFollowsOrEquals(GetActiveSnapshot()->xmin, ended_before);
    });
}

// Opens the tables one after the other and watches them from then on.
class Watch {
public:
    Watch(const Extension &extension, const std::string &user_id)
        : extension_(extension), sight_(extension, user_id) {
        is_good_ = true;
        for (std::size_t i = 0; i < table_count && is_good_; ++i)
            add(i);
        if (is_good_) call([this] { watch(tables_); });
    }
    bool is_good() const { return is_good_; }
    Oid rollup() const { return tables_[0]; }

private:
    void add(std::size_t number) {
        KeyScan table(extension_.schema, table_names[number]);
        const bool is_shared = number == table_count - 1;
        is_good_ = table.relation() != nullptr && table.has_key() &&
                   has_triggers(table.relation()->trigdesc) &&
                   (is_shared ? sight_.sees_all_rows(table) : sight_.sees_own_rows(table));
        if (is_good_) {
            tables_[number] = RelationGetRelid(table.relation());
            if (number == 0) tables_[signal] = table.relation()->rd_rel->reltoastrelid;
        }
        table.close();
    }

    const Extension &extension_;
    Sight sight_;
    Watched tables_{};
    bool is_good_ = false;
};

TransactionId last_writer(const Extension &extension, const std::string &user_id) {
    TransactionId writer = InvalidTransactionId;
    KeyScan state(extension.schema, "roi_user_state");
    if (state.is_over({"user_id"})) writer = state.writer_of({text_argument(user_id).value});
    state.close();
    return writer;
}

} // namespace

std::optional<AnswerVersion> version_of_answer(const Extension &extension, const std::string &user_id) {
    if (!may_compare()) return std::nullopt;
    call([] { AcceptInvalidationMessages(); }); // tables that are open already are opened without
    const Watch tables(extension, user_id);
    if (!tables.is_good() || !is_recent()) return std::nullopt;
    const TransactionId writer = last_writer(extension, user_id);
    if (!TransactionIdIsValid(writer)) return std::nullopt;
    const TimestampTz now = call([] { return GetCurrentTransactionStartTimestamp(); });
    last_look = std::max(last_look, now);
    return AnswerVersion{tables.rollup(), writer, now};
}

bool is_same(const AnswerVersion &before, const AnswerVersion &now) {
    return before.rollup == now.rollup && before.writer == now.writer && before.looked_at > ended_at;
}

void end_versions(FunctionCallInfo fcinfo) {
    call([function = fcinfo->flinfo->fn_oid] { // a restore may not have filled the version table yet
        const Oid rollup = get_relname_relid(table_names[0], get_func_namespace(function));
        if (!OidIsValid(rollup)) return; // dropped with all the rest
        Relation table = try_relation_open(rollup, AccessShareLock);
        if (table == nullptr) return;
        const Oid toast = table->rd_rel->reltoastrelid;
        relation_close(table, NoLock); // a rewrite, which changes the signal, waits for the end
        if (OidIsValid(toast)) CacheInvalidateRelcacheByRelid(toast);
    });
}

} // namespace roi::store
