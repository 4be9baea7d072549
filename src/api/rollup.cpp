// The trigger that keeps everything derived from facts exact, and the SQL functions that check and mend it.
#include "core/error.hpp"
#include "core/rollup/delta.hpp"
#include "core/rollup/id_set.hpp"

#include <map>
#include <set>

#include "store/fact_reader.hpp"
#include "store/fact_writer.hpp"
#include "store/metric_links.hpp"
#include "store/moves.hpp"
#include "store/rollup_rebuild.hpp"
#include "store/rollup_verify.hpp"
#include "store/rollup_writer.hpp"
#include "store/answer_version.hpp"
#include "store/user_locks.hpp"

#include "bridge/memory.hpp"
#include "bridge/partition.hpp"
#include "bridge/trigger.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
using store::RollupWriter;

constexpr int rows_per_reset = 1024; // between two resets of the memory that reading a row takes

// One INSERT, UPDATE or DELETE on its way into the derived tables.
class StatementRows {
public:
    StatementRows(const store::Extension &extension, const TriggerCall &trigger)
        : extension_(extension), trigger_(trigger), reader_(trigger.columns()), writer_(extension),
          links_(extension),
          id_(call([columns = trigger.columns()] { return SPI_fnumber(columns, "id") - 1; })),
          moves_(store::Moves::of(trigger.query)) {}

    void run();

private:
    template <class Visit>
    void each(Tuplestorestate *rows, Visit visit);
    void lock_users();
    void add(Tuplestorestate *rows, int sign);
    void count(core::rollup::Fact fact, int sign);
    bool add_at_once();
    void add_in_turn();
    void refuse_confused();
    void erase_links();
    void change_links();
    void change_links_by_id();
    bool is_update() const { return trigger_.event == TriggerCall::Event::update; }

    store::Extension extension_;
    TriggerCall trigger_;
    store::FactReader reader_;
    RollupWriter writer_;
    store::MetricLinks links_;
    int id_;
    store::Moves *moves_; // null: the statement has moved no row to another partition
    std::uint64_t removed_keys_ = 0, written_keys_ = 0; // sums of their hashes
    bool is_ours_ = store::is_our_write();
    bool locked_ = false;
};

// Calls visit(fact, id) for each row.
template <class Visit>
void StatementRows::each(Tuplestorestate *rows, Visit visit) {
    TransitionRows table(rows, trigger_.columns());
    {
        MemoryScope memory("rows");
        for (int row = 1; table.next(); ++row) {
            check_interrupts();
            visit(reader_.read(table.values(), table.nulls()), DatumGetInt64(table.values()[id_]));
            if (row % rows_per_reset == 0) memory.reset();
        }
    }
}

// The users of the statement, in locking order: locked before a flush that is not the last one.
void StatementRows::lock_users() {
    std::set<std::string> users;
    for (Tuplestorestate *const rows : {trigger_.removed, trigger_.written}) {
        if (rows == nullptr) continue;
        TransitionRows table(rows, trigger_.columns());
        while (table.next()) {
            check_interrupts();
            users.emplace(reader_.user(table.values()));
        }
    }
    for (std::uint32_t user = 0; moves_ != nullptr && user < moves_->users().size(); ++user)
        users.emplace(moves_->users().text(user));
    std::vector<std::string> sorted(users.begin(), users.end());
    store::sort_users(sorted);
    for (const std::string &user : sorted)
        if (!store::lock_known_user(extension_, user)) store::lock_user(extension_, user);
    locked_ = true;
}

void StatementRows::count(core::rollup::Fact fact, int sign) {
    fact.is_generated = is_ours_ && sign > 0 && fact.source == "simulated";
    writer_.add(fact, sign);
    if (!writer_.is_full()) return;
    if (!locked_) lock_users();
    writer_.flush();
}

// The rows of a table, and with an UPDATE what the statement's tables lack of moves.
void StatementRows::add(Tuplestorestate *rows, int sign) {
    if (rows == nullptr) return;
    const store::Half half = sign < 0 ? store::half_left : store::half_arrived;
    std::uint64_t &keys = sign < 0 ? removed_keys_ : written_keys_;
    keys = 0;
    each(rows, [&](const core::rollup::Fact &fact, std::int64_t id) {
        if (is_update()) keys += store::hash_of_key(fact, id);
        if (moves_ == nullptr || moves_->show(half, fact, id, is_update())) count(fact, sign);
    });
    if (moves_ != nullptr && is_update())
        moves_->count_unshown(half, [&](const core::rollup::Fact &fact) { count(fact, sign); });
}

void StatementRows::erase_links() {
    each(trigger_.removed, [&](const core::rollup::Fact &fact, std::int64_t id) {
        if (moves_ == nullptr || !moves_->has_left(fact, id)) links_.erase(store::link_of(fact, id));
    });
}

// The rows of an UPDATE stand in both tables at the same place.
void StatementRows::change_links() {
    TransitionRows before(trigger_.removed, trigger_.columns()), after(trigger_.written, trigger_.columns());
    {
        MemoryScope memory("rows");
        for (int row = 1; before.next() && after.next(); ++row) {
            check_interrupts();
            links_.change(store::link_of(reader_.read(before.values(), before.nulls()),
                                         DatumGetInt64(before.values()[id_])),
                          store::link_of(reader_.read(after.values(), after.nulls()),
                                         DatumGetInt64(after.values()[id_])));
            if (row % rows_per_reset == 0) memory.reset();
        }
    }
}

// A row trigger can swallow the second half of a move between partitions: then only the id tells which rows belong
// together.
void StatementRows::change_links_by_id() {
    std::map<std::int64_t, store::MetricLink> after;
    each(trigger_.written, [&](const core::rollup::Fact &fact, std::int64_t id) {
        after.emplace(id, store::link_of(fact, id));
    });
    each(trigger_.removed, [&](const core::rollup::Fact &fact, std::int64_t id) {
        const auto found = after.find(id);
        if (found == after.end())
            links_.erase(store::link_of(fact, id));
        else
            links_.change(store::link_of(fact, id), found->second);
    });
}

// False when the statement's net sums pass 64 bits, although its result may well fit. Nothing has been applied then.
bool StatementRows::add_at_once() {
    const store::Moves::Progress before = moves_ == nullptr ? store::Moves::Progress() : moves_->progress();
    try {
        add(trigger_.removed, -1);
        add(trigger_.written, 1);
        return true;
    } catch (const core::Error &error) {
        if (error.fault() != core::Fault::out_of_range || trigger_.removed == nullptr ||
            trigger_.written == nullptr || locked_)
            throw;
        if (moves_ != nullptr) moves_->go_back(before);
        return false;
    }
}

// Takes the old rows back before the new ones count.
void StatementRows::add_in_turn() {
    writer_.clear();
    lock_users();
    add(trigger_.removed, -1);
    writer_.flush();
    add(trigger_.written, 1);
}

// No row is both inserted and updated but by the server's mistake: see store/moves. Which trigger comes first depends on the query;
// an UPDATE that changes no key shows its own rows.
void StatementRows::refuse_confused() {
    if (trigger_.written == nullptr || (is_update() && removed_keys_ == written_keys_)) return;
    std::vector<std::uint64_t> keys;
    each(trigger_.written, [&](const core::rollup::Fact &fact, std::int64_t id) {
        keys.push_back(store::hash_of_key(fact, id));
    });
    if (!store::Moves::claim(trigger_.query, std::move(keys)))
        fail(
            ERRCODE_FEATURE_NOT_SUPPORTED,
            "this server does not tell what a MERGE updates after it has inserted a fact",
            "Some minor releases of PostgreSQL (18.6, not 15.20 or 17.12) show the inserted row in the place of "
            "those updated after it.",
            "Update the server, use INSERT ... ON CONFLICT DO UPDATE, or insert and update by two statements.");
}

void StatementRows::run() {
    if (trigger_.removed != nullptr)
        store::hold_facts(extension_, AccessShareLock); // a lost member is looked for there
    if (!add_at_once()) add_in_turn();
    writer_.flush();
    refuse_confused();
    if (trigger_.removed != nullptr) store::note_removals();
    if (moves_ != nullptr && is_update()) moves_->refuse_untrue(extension_);
    if (trigger_.removed == nullptr || !links_.are_there()) return;
    if (trigger_.written == nullptr)
        erase_links();
    else if (call([t = trigger_] {
                 return tuplestore_tuple_count(t.removed) == tuplestore_tuple_count(t.written);
             }))
        change_links();
    else
        change_links_by_id();
    if (moves_ != nullptr && is_update()) moves_->follow(links_);
    links_.flush();
}

// The facts of whole ranges of moments are gone, and no transition table tells which.
void after_truncate(const store::Extension &extension, Relation relation) {
    for (const MomentRange &range : moments_of(relation))
        store::rebuild_all(extension, range.since, range.until);
}

bool is_of_facts(const store::Extension &extension, Relation relation) {
    const Oid facts = call([schema = extension.schema] { return get_relname_relid("roi_metrics", schema); });
    return belongs_to(relation, facts);
}

} // namespace

// AFTER ... FOR EACH STATEMENT on roi_metrics and each of its partitions.
ROI_FUNCTION(roi_follow_facts) {
    const TriggerCall trigger = trigger_call(fcinfo);
    if (trigger.event == TriggerCall::Event::insert && store::is_handed_over()) return Datum{0};
    const store::Extension extension = store::open_extension(fcinfo);
    if (!is_of_facts(extension, trigger.relation)) return Datum{0}; // a partition that was detached
    SpiScope spi;
    RoleScope owner(extension.owner);
    if (trigger.event == TriggerCall::Event::truncate)
        after_truncate(extension, trigger.relation);
    else
        StatementRows(extension, trigger).run();
    return Datum{0};
}

namespace {

Argument number_or_null(std::int64_t number) {
    return number == 0 ? null_argument() : int64_argument(number);
}

void put_difference(FunctionCallInfo fcinfo, const store::Difference &found) {
    const Argument grain = found.grain == 0 ? null_argument() : text_argument(std::string(1, found.grain));
    const Argument bucket =
        found.bucket == no_moment ? null_argument() : Argument{TimestampTzGetDatum(found.bucket), false};
    put_row(fcinfo,
            {text_argument(found.table), text_argument(found.user_id), grain, bucket,
             text_or_null(found.platform), text_or_null(found.currency), number_or_null(found.campaign_id),
             text_or_null(found.content_type), text_or_null(found.post), text_argument(found.column),
             text_or_null(found.expected), text_or_null(found.actual)});
}

struct Span {
    TimestampTz since, until;
};

// Arguments since and until at `first`; NULL is open.
Span span_of(FunctionCallInfo fcinfo, int first) {
    const Span span{has_argument(fcinfo, first) ? PG_GETARG_TIMESTAMPTZ(first) : DT_NOBEGIN,
                    has_argument(fcinfo, first + 1) ? PG_GETARG_TIMESTAMPTZ(first + 1) : DT_NOEND};
    if (span.until < span.since)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "until lies before since", "No moment lies in such a range.",
             "A range is [since, until).");
    return span;
}

template <class Set>
bool read_members(const std::string &bytes, std::vector<std::int64_t> &members) {
    try {
        for (const auto member : Set(bytes).members())
            members.push_back(static_cast<std::int64_t>(member));
        return true;
    } catch (const std::runtime_error &) {
        return false;
    }
}

} // namespace

// BEFORE UPDATE ... FOR EACH ROW on roi_metrics, of rows whose moment changes.
ROI_FUNCTION(roi_follow_moves) {
    const RowCall row = row_call(fcinfo);
    store::Moves::note(fcinfo, row);
    return row.answer;
}

// AFTER trigger on what dashboards are made of beside our own cells, which are written without triggers.
ROI_FUNCTION(roi_note_change) {
    check_after_trigger(fcinfo);
    store::end_versions(fcinfo);
    return Datum{0};
}

// Arguments: user_id (NULL: all), since, until.
ROI_FUNCTION(roi_rebuild) {
    const store::Extension extension = store::open_extension(fcinfo);
    const Span span = span_of(fcinfo, 1);
    store::hold_facts(extension, AccessShareLock);
    if (trigger_depth() > 0)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "roi_rebuild() cannot run inside a trigger",
             "The statement that fired it is not counted yet.", "Call it after the statement.");
    SpiScope spi;
    if (!has_argument(fcinfo, 0)) {
        store::authorise_operator(extension);
        RoleScope owner(extension.owner);
        return Int64GetDatum(store::rebuild_all(extension, span.since, span.until));
    }
    const std::string user_id = user_of(fcinfo, 0);
    store::authorise(extension, user_id);
    RoleScope owner(extension.owner);
    store::rebuild_user(extension, user_id, span.since, span.until);
    return Int64GetDatum(1);
}

// Arguments: user_id (NULL: all that the caller may see), since, until.
ROI_FUNCTION(roi_verify) {
    const store::Extension extension = store::open_extension(fcinfo);
    const Span span = span_of(fcinfo, 1);
    open_result(fcinfo);
    store::hold_facts(extension, AccessShareLock); // no month is archived meanwhile
    SpiScope spi;
    const auto report = [&](const store::Difference &found) { put_difference(fcinfo, found); };
    if (has_argument(fcinfo, 0)) {
        const std::string user_id = user_of(fcinfo, 0);
        store::authorise(extension, user_id);
        store::verify_user(extension, user_id, span.since, span.until, report);
        return Datum{0};
    }
    std::string user;
    while (store::next_user(extension, true, user))
        store::verify_user(extension, user, span.since, span.until, report);
    return Datum{0};
}

// Arguments: set, wide.
ROI_FUNCTION(roi_set_members) {
    store::authorise_operator(store::open_extension(fcinfo)); // CRoaring trusts the bytes of a set
    open_scalar_result(fcinfo);
    if (!has_argument(fcinfo, 0)) return Datum{0};
    const std::string bytes = text_of(fcinfo, 0);
    const bool is_wide = has_argument(fcinfo, 1) && PG_GETARG_BOOL(1);
    std::vector<std::int64_t> members;
    if (!(is_wide ? read_members<core::rollup::CampaignSet>(bytes, members)
                  : read_members<core::rollup::PostSet>(bytes, members)))
        fail(ERRCODE_INVALID_BINARY_REPRESENTATION, "the bytes are not a set of this width",
             "Posts take 32 bits, campaigns 64.", "Pass a column of roi_rollup; wide => true for campaigns.");
    for (const std::int64_t member : members)
        put_row(fcinfo, {int64_argument(member)});
    return Datum{0};
}
