// Notes lie in the memory of the executor that runs their query, and a callback of that memory forgets them.
#include "core/error.hpp"

#include "store/moves.hpp"

#include <algorithm>
#include <string_view>

#include "store/strangers.hpp"

#include "bridge/memory.hpp"

namespace roi::store {

using namespace bridge;
using core::rollup::Fact;
using core::rollup::Moment;

namespace {

constexpr std::size_t rows_per_reset = 1024; // between two resets of the memory that reading a row takes

using ByQuery = std::unordered_map<MemoryContext, std::unique_ptr<Moves>>;

ByQuery &by_query() {
    static auto *const all = new ByQuery; // lives as long as the backend
    return *all;
}

void forget(void *query) noexcept { by_query().erase(static_cast<MemoryContext>(query)); }

Moves &moves_of(MemoryContext query) {
    std::unique_ptr<Moves> &moves = by_query()[query];
    if (moves != nullptr) return *moves;
    MemoryContext const home = call([query] {
        auto *const callback =
            static_cast<MemoryContextCallback *>(MemoryContextAlloc(query, sizeof(MemoryContextCallback)));
        callback->func = forget;
        callback->arg = query;
        MemoryContextRegisterResetCallback(query, callback);
        return GenerationContextCreate(query, "roi_ext moves", ALLOCSET_DEFAULT_SIZES);
    });
    moves = std::make_unique<Moves>(home);
    return *moves;
}

TupleDesc copy_of(MemoryContext home, Relation relation) {
    return call([home, relation] {
        MemoryContext const before = MemoryContextSwitchTo(home);
        TupleDesc const columns = CreateTupleDescCopy(RelationGetDescr(relation));
        MemoryContextSwitchTo(before);
        return columns;
    });
}

std::uint64_t mix(Moment stamp, std::int64_t id, std::uint64_t user) {
    std::uint64_t mixed =
        static_cast<std::uint64_t>(stamp) * 0x9e3779b97f4a7c15U ^ static_cast<std::uint64_t>(id) ^ user;
    mixed = (mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15U;
    return mixed ^ mixed >> 29;
}

int number_of(TupleDesc columns, const char *name) {
    return call([=] { return SPI_fnumber(columns, name); });
}

// Rows before their move that are still where they were: somebody's trigger has kept them.
bool is_still_there(const Extension &extension, const Fact &fact, std::int64_t id, Oid partition,
                    HeapTuple row) {
    static const Statement find{
        "SELECT EXISTS (SELECT FROM @roi@.roi_metrics WHERE user_id = $1 AND update_timestamp = $2 AND id = $3"
        " AND tableoid = $4 AND ctid = $5)::int::bigint",
        {TEXTOID, TIMESTAMPTZOID, INT8OID, OIDOID, TIDOID}};
    execute(find, extension.schema,
            {text_argument(fact.user_id), Argument{TimestampTzGetDatum(fact.stamp), false},
             int64_argument(id), Argument{ObjectIdGetDatum(partition), false},
             Argument{PointerGetDatum(&row->t_self), false}},
            false);
    return result_int64(0, 1) != 0;
}

} // namespace

Moves::Leaf::Leaf(MemoryContext home, Relation relation, Oid facts)
    : oid(RelationGetRelid(relation)), is_of_facts(belongs_to(relation, facts)),
      columns(copy_of(home, relation)), reader(columns), user(number_of(columns, "user_id")),
      stamp(number_of(columns, "update_timestamp")), id(number_of(columns, "id")) {
    if (is_of_facts) bounds = bounds_within(relation, facts);
}

bool Moves::Leaf::holds(Moment moment) const {
    return std::all_of(bounds.begin(), bounds.end(), [&](const std::vector<MomentRange> &ranges) {
        return std::any_of(ranges.begin(), ranges.end(), [&](const MomentRange &range) {
            return moment >= range.since && moment < range.until;
        });
    });
}

std::size_t Moves::Hash::operator()(const Key &key) const {
    return mix(key.stamp, key.id, std::uint64_t{key.user} << 40);
}

std::uint64_t hash_of_key(const Fact &fact, std::int64_t id) {
    return mix(fact.stamp, id, std::hash<std::string_view>()(fact.user_id));
}

bool Moves::claim(MemoryContext query, std::vector<std::uint64_t> keys) {
    std::vector<std::uint64_t> &claimed = moves_of(query).claimed_;
    const bool is_new = std::none_of(keys.begin(), keys.end(), [&](std::uint64_t key) {
        return std::binary_search(claimed.begin(), claimed.end(), key);
    });
    claimed.insert(claimed.end(), keys.begin(), keys.end());
    std::sort(claimed.begin(), claimed.end());
    return is_new;
}

Moves *Moves::of(MemoryContext query) {
    const auto found = by_query().find(query);
    return found == by_query().end() ? nullptr : found->second.get();
}

void Moves::note(FunctionCallInfo fcinfo, const RowCall &row) {
    Moves &moves = moves_of(row.query);
    const Leaf &leaf = moves.leaf_of(fcinfo, row.relation);
    if (!leaf.is_of_facts) return;
    const Moment stamp = call([&] {
        bool is_null = false;
        return DatumGetTimestampTz(heap_getattr(row.after, leaf.stamp, leaf.columns, &is_null));
    });
    if (leaf.holds(stamp)) return;
    if (!moves.is_asked_) {
        const Extension extension = open_extension(fcinfo);
        SpiScope spi;
        RoleScope owner(extension.owner);
        moves.stranger_ = stranger_to_moves(extension);
        moves.is_asked_ = true;
    }
    moves.add(leaf, row);
}

const Moves::Leaf &Moves::leaf_of(FunctionCallInfo fcinfo, Relation relation) {
    for (const Leaf &leaf : leaves_)
        if (leaf.oid == RelationGetRelid(relation)) return leaf;
    const Extension extension = open_extension(fcinfo);
    const Oid facts = call([extension] { return get_relname_relid("roi_metrics", extension.schema); });
    return leaves_.emplace_back(home_, relation, facts);
}

Moves::Key Moves::key_of(const Leaf &leaf, HeapTuple row) {
    struct Values {
        const char *user;
        int length;
        Moment stamp;
        std::int64_t id;
    };
    const Values values = call([&leaf, row] {
        bool is_null[3];
        const Datum user = heap_getattr(row, leaf.user, leaf.columns, &is_null[0]);
        const Datum stamp = heap_getattr(row, leaf.stamp, leaf.columns, &is_null[1]);
        const Datum id = heap_getattr(row, leaf.id, leaf.columns, &is_null[2]);
        if (is_null[0] || is_null[1] || is_null[2])
            ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
                            errmsg("user_id, update_timestamp and id of a fact must not be NULL"),
                            errhint("Give them values.")));
        const text *const name = DatumGetTextPP(user);
        return Values{VARDATA_ANY(name), static_cast<int>(VARSIZE_ANY_EXHDR(name)),
                      DatumGetTimestampTz(stamp), DatumGetInt64(id)};
    });
    return {users_.number({values.user, static_cast<std::size_t>(values.length)}), values.stamp, values.id};
}

void Moves::add(const Leaf &leaf, const RowCall &row) {
    const auto place = static_cast<std::uint32_t>(notes_.size());
    const Key left = key_of(leaf, row.before), arrived = key_of(leaf, row.after);
    Note note{&leaf, {}};
    call([&note, &row, home = home_] {
        MemoryContext const before = MemoryContextSwitchTo(home);
        note.rows = {heap_copytuple(row.before), heap_copytuple(row.after)};
        MemoryContextSwitchTo(before);
    });
    notes_.push_back(note);
    seen_.push_back({Seen::noted, Seen::noted});
    places_[half_left].emplace(left, place);
    places_[half_arrived].emplace(arrived, place);
}

Fact Moves::read(const Note &note, Half half, std::int64_t *id) {
    const auto width = static_cast<std::size_t>(note.leaf->columns->natts);
    if (values_.size() < width) {
        values_.resize(width);
        nulls_ = std::make_unique<bool[]>(width);
    }
    call([&] { heap_deform_tuple(note.rows[half], note.leaf->columns, values_.data(), nulls_.get()); });
    if (id != nullptr) *id = DatumGetInt64(values_[static_cast<std::size_t>(note.leaf->id) - 1]);
    return note.leaf->reader.read(values_.data(), nulls_.get());
}

MetricLink Moves::link(const Note &note, Half half) {
    std::int64_t id = 0;
    const Fact fact = read(note, half, &id);
    return link_of(fact, id);
}

const std::uint32_t *Moves::find(Half half, const Fact &fact, std::int64_t id) const {
    const std::optional<std::uint32_t> user = users_.find(fact.user_id);
    if (!user) return nullptr;
    const auto found = places_[half].find({*user, fact.stamp, id});
    return found == places_[half].end() ? nullptr : &found->second;
}

bool Moves::show(Half half, const Fact &fact, std::int64_t id, bool in_update) {
    const std::uint32_t *const place = find(half, fact, id);
    if (place == nullptr) return true;
    notes_[*place].in_update |= in_update;
    Seen &seen = seen_[*place][half];
    const bool is_counted = seen == Seen::counted;
    seen = Seen::shown; // who comes next with this key is another row
    return !is_counted;
}

bool Moves::has_left(const Fact &fact, std::int64_t id) const {
    return stranger_.empty() && find(half_left, fact, id) != nullptr;
}

void Moves::count_unshown(Half half, const std::function<void(const Fact &)> &visit) {
    if (!stranger_.empty()) return;
    MemoryScope memory("moves");
    for (std::size_t i = 0; i < notes_.size(); ++i) {
        check_interrupts();
        if (seen_[i][half] != Seen::noted) continue;
        seen_[i][half] = Seen::counted;
        visit(read(notes_[i], half));
        if (i % rows_per_reset == 0) memory.reset();
    }
}

void Moves::follow(MetricLinks &links) {
    if (!stranger_.empty()) return;
    MemoryScope memory("moves");
    for (std::size_t i = 0; i < notes_.size(); ++i) {
        check_interrupts();
        if (notes_[i].in_update) continue;
        notes_[i].in_update = true;
        links.change(link(notes_[i], half_left), link(notes_[i], half_arrived));
        if (i % rows_per_reset == 0) memory.reset();
    }
}

void Moves::refuse_untrue(const Extension &extension) {
    if (stranger_.empty()) return;
    for (const Note &note : notes_) {
        if (note.in_update) continue;
        MemoryScope memory("move");
        std::int64_t id = 0;
        const Fact fact = read(note, half_left, &id);
        if (is_still_there(extension, fact, id, note.leaf->oid, note.rows[half_left])) continue;
        fail(ERRCODE_FEATURE_NOT_SUPPORTED,
             "MERGE cannot move facts to another partition beside a trigger that can change them",
             "PostgreSQL does not show what the " + stranger_ + " has made of them.",
             "Move them by UPDATE, or by DELETE and INSERT.");
    }
}

} // namespace roi::store
