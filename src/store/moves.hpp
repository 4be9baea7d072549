// Facts that the running query moves to another partition, noted row by row: an UPDATE shows both halves of such a move
// in its transition tables, a MERGE (PostgreSQL 15.20 tried) in those of DELETE and INSERT, whose triggers it does not fire
// without such actions. With the notes each half counts exactly once, whatever the tables show.
// And what else a MERGE may show wrongly: in some minor releases (18.6 tried; 15.20 and 17.12 are right) the new row of an
// UPDATE is the row inserted last, if its query has inserted one into a partitioned table before. The keys tell.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/rollup/names.hpp"
#include "core/rollup/sums.hpp"

#include "store/fact_reader.hpp"
#include "store/metric_links.hpp"

#include "bridge/partition.hpp"
#include "bridge/trigger.hpp"

namespace roi::store {

// What a move takes away from the old moment, and what it adds at the new one.
enum Half : std::size_t { half_left, half_arrived };

// The moves of one query; gone with it. Both versions of a row and their keys take about 1 kB of memory.
class Moves {
public:
    // Those of the query that fired a trigger; null when it has moved nothing so far.
    static Moves *of(MemoryContext query);

    // A row trigger has fired: notes the row if it leaves its partition.
    static void note(FunctionCallInfo fcinfo, const bridge::RowCall &row);

    // Remembers keys of rows that the query shows as inserted or updated, 8 bytes each; false when it has shown one of them before.
    static bool claim(MemoryContext query, std::vector<std::uint64_t> keys);

    explicit Moves(MemoryContext home) : home_(home) {}

    // A row of one of the query's transition tables. False: it has been counted by its note.
    bool show(Half half, const core::rollup::Fact &fact, std::int64_t id, bool in_update);

    // Whether the row left for another partition.
    bool has_left(const core::rollup::Fact &fact, std::int64_t id) const;

    // Visits the halves that no table has shown so far; from now on their notes have been counted.
    void count_unshown(Half half, const std::function<void(const core::rollup::Fact &)> &visit);

    // What has been shown and counted, and back to it: for who counts a second time.
    enum class Seen : std::uint8_t { noted, counted, shown };
    using Progress = std::vector<std::array<Seen, 2>>; // by note and Half
    const Progress &progress() const { return seen_; }
    void go_back(const Progress &progress) { seen_ = progress; }

    // Sends platform_metrics after the rows that no UPDATE has shown.
    void follow(MetricLinks &links);

    // 0A000 when somebody's trigger may have changed or swallowed rows that no UPDATE has shown.
    void refuse_untrue(const Extension &extension);

    const core::rollup::Names &users() const { return users_; }

private:
    struct Key {
        std::uint32_t user;
        core::rollup::Moment stamp;
        std::int64_t id;
        bool operator==(const Key &other) const {
            return user == other.user && stamp == other.stamp && id == other.id;
        }
    };
    struct Hash {
        std::size_t operator()(const Key &key) const;
    };

    // A partition whose rows change their moments.
    struct Leaf {
        Leaf(MemoryContext home, Relation relation, Oid facts);
        bool holds(core::rollup::Moment stamp) const;

        Oid oid;
        bool is_of_facts; // false after it was detached
        TupleDesc columns;
        FactReader reader;
        int user, stamp, id;                                  // attribute numbers
        std::vector<std::vector<bridge::MomentRange>> bounds; // its own and those of the partitions above it
    };
    struct Note {
        const Leaf *leaf;
        std::array<HeapTuple, 2> rows; // by Half
        bool in_update = false;        // an UPDATE has shown it, and took its metrics along
    };

    const Leaf &leaf_of(FunctionCallInfo fcinfo, Relation relation);
    Key key_of(const Leaf &leaf, HeapTuple row);
    void add(const Leaf &leaf, const bridge::RowCall &row);
    const std::uint32_t *find(Half half, const core::rollup::Fact &fact, std::int64_t id) const;
    core::rollup::Fact read(const Note &note, Half half, std::int64_t *id = nullptr);
    MetricLink link(const Note &note, Half half);

    MemoryContext home_;
    std::deque<Leaf> leaves_;
    bool is_asked_ = false;
    std::string
        stranger_; // who can make the notes untrue: then the tables count, and the notes only tell what they lack
    core::rollup::Names users_;
    std::vector<Note> notes_;
    Progress seen_;
    std::array<std::unordered_map<Key, std::uint32_t, Hash>, 2> places_; // of notes, by Half
    std::vector<Datum> values_;
    std::unique_ptr<bool[]> nulls_;
    std::vector<std::uint64_t> claimed_; // sorted
};

// 64 bits for the primary key of a fact.
std::uint64_t hash_of_key(const core::rollup::Fact &fact, std::int64_t id);

} // namespace roi::store
