// Partition bounds from the catalogue.
#include "bridge/partition.hpp"

#include <algorithm>

namespace roi::bridge {
namespace {

// Backend code. The bound of a partition, NULL for a table that is none.
const PartitionBoundSpec *bound_of(Oid partition) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(partition));
    if (!HeapTupleIsValid(tuple)) return nullptr;
    bool is_null = true;
    const Datum stored = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relpartbound, &is_null);
    const PartitionBoundSpec *bound = nullptr;
    if (!is_null) bound = castNode(PartitionBoundSpec, stringToNode(TextDatumGetCString(stored)));
    ReleaseSysCache(tuple);
    return bound;
}

TimestampTz end_of(const List *datums, TimestampTz minimum, TimestampTz maximum) {
    const PartitionRangeDatum *const datum = linitial_node(PartitionRangeDatum, datums);
    if (datum->kind == PARTITION_RANGE_DATUM_MINVALUE) return minimum;
    if (datum->kind == PARTITION_RANGE_DATUM_MAXVALUE) return maximum;
    return DatumGetTimestampTz(castNode(Const, datum->value)->constvalue);
}

MomentRange range_of(const PartitionBoundSpec *bound) {
    if (bound->strategy != PARTITION_STRATEGY_RANGE)
        return {}; // parts of a partition, by something else than time
    return {end_of(bound->lowerdatums, DT_NOBEGIN, DT_NOEND),
            end_of(bound->upperdatums, DT_NOBEGIN, DT_NOEND)};
}

// The bounds of all partitions but the default one.
std::vector<MomentRange> bounded(Oid table) {
    List *const partitions = call([table] { return find_inheritance_children(table, AccessShareLock); });
    std::vector<MomentRange> ranges;
    for (int i = 0; i < list_length(partitions); ++i) {
        const Oid partition = list_nth_oid(partitions, i);
        const MomentRange none{DT_NOEND, DT_NOBEGIN};
        const MomentRange range = call([partition, none] {
            const PartitionBoundSpec *bound = bound_of(partition);
            return bound == nullptr || bound->is_default ? none : range_of(bound);
        });
        if (range.since < range.until) ranges.push_back(range);
    }
    return ranges;
}

std::vector<MomentRange> gaps_between(std::vector<MomentRange> ranges) {
    std::sort(ranges.begin(), ranges.end(),
              [](const MomentRange &a, const MomentRange &b) { return a.since < b.since; });
    std::vector<MomentRange> gaps;
    TimestampTz free_from = DT_NOBEGIN;
    for (const MomentRange &range : ranges) {
        if (free_from < range.since) gaps.push_back({free_from, range.since});
        free_from = range.until;
    }
    if (free_from < DT_NOEND) gaps.push_back({free_from, DT_NOEND});
    return gaps;
}

} // namespace

bool belongs_to(Relation relation, Oid table) {
    return call([relation, table] {
        const Oid oid = RelationGetRelid(relation);
        return oid == table ||
               (relation->rd_rel->relispartition && list_member_oid(get_partition_ancestors(oid), table));
    });
}

namespace {

std::vector<MomentRange> moments_of(Oid oid) {
    struct Known {
        bool is_default, is_partition;
        MomentRange range;
    };
    const Known known = call([oid] {
        const PartitionBoundSpec *const bound = bound_of(oid);
        if (bound == nullptr) return Known{false, false, {}};
        return bound->is_default ? Known{true, true, {}} : Known{false, true, range_of(bound)};
    });
    if (!known.is_default) return {known.range};
    return gaps_between(bounded(call([oid] { return get_partition_parent(oid, false); })));
}

} // namespace

std::vector<MomentRange> moments_of(Relation relation) { return moments_of(RelationGetRelid(relation)); }

std::vector<std::vector<MomentRange>> bounds_within(Relation relation, Oid table) {
    std::vector<std::vector<MomentRange>> bounds;
    for (Oid oid = RelationGetRelid(relation); OidIsValid(oid) && oid != table;
         oid = call([oid] { return get_partition_parent(oid, true); }))
        bounds.push_back(moments_of(oid));
    return bounds;
}

} // namespace roi::bridge
