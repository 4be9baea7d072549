// Routes rows to partitions, completes and checks them, and hands them to the partitions in batches.
#include "bridge/bulk.hpp"

#include <algorithm>

#include "bridge/bulk_leaf.hpp"

namespace roi::bridge {
namespace {

bool is_by_moment(Relation relation) {
    if (relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE) return false;
    const PartitionKey key = RelationGetPartitionKey(relation);
    return key->strategy == PARTITION_STRATEGY_RANGE && key->partnatts == 1 && key->partattrs[0] > 0 &&
           key->parttypid[0] == TIMESTAMPTZOID;
}

} // namespace

BulkTable::BulkTable(Oid schema, const char *name, const BulkTerms &terms) : terms_(terms) {
    open(schema, name);
    if (obstacle_ == nullptr) find_obstacle();
}

void BulkTable::open(Oid schema, const char *name) {
    call([this, schema, name] {
        const Oid oid = get_relname_relid(name, schema);
        relation_ = table_open(oid, RowExclusiveLock); // an error where roi_setup() has not run
        estate_ = CreateExecutorState();
        MemoryContext const before = MemoryContextSwitchTo(estate_->es_query_cxt);
        slot_ = MakeSingleTupleTableSlot(RelationGetDescr(relation_), &TTSOpsVirtual);
        MemoryContextSwitchTo(before);
        width_ = RelationGetDescr(relation_)->natts;
    });
    filled_.resize(static_cast<std::size_t>(width_));
}

void BulkTable::find_obstacle() {
    obstacle_ = call([this] {
        return is_by_moment(relation_) ? obstacle_of_table(relation_, terms_)
                                       : "a table that is not partitioned by time";
    });
}

int BulkTable::column(const char *name, Oid type) {
    const int place = call([this, name, type] {
        const TupleDesc columns = RelationGetDescr(relation_);
        for (int i = 0; i < columns->natts; ++i) {
            const FormData_pg_attribute *const attribute = TupleDescAttr(columns, i);
            if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0)
                return attribute->atttypid == type ? i : -1;
        }
        return -1;
    });
    if (place < 0)
        stand("a column of another name or type");
    else
        filled_[static_cast<std::size_t>(place)] = true;
    return std::max(place, 0);
}

std::int64_t BulkTable::micros_limit(int column) const {
    const int32 modifier =
        TupleDescAttr(RelationGetDescr(relation_), column)->atttypmod - static_cast<int32>(VARHDRSZ);
    const int precision = modifier >> 16 & 0xFFFF, scale = modifier & 0xFFFF;
    if (modifier < 0 || scale != 6) return 0;
    std::int64_t limit = 1;
    for (int digit = 0; digit < precision; ++digit)
        if (__builtin_mul_overflow(limit, 10, &limit)) return PG_INT64_MAX;
    return limit;
}

// Defaults of the table, not of its partitions: the rows go in through the table.
void BulkTable::find_defaults() {
    for (int i = 0; i < width_; ++i) {
        if (filled_[static_cast<std::size_t>(i)]) continue;
        ExprState *const state = call([this, i]() -> ExprState * {
            if (TupleDescAttr(RelationGetDescr(relation_), i)->attisdropped) return nullptr;
            // The state points at constants of the expression, which must live as long.
            MemoryContext const before = MemoryContextSwitchTo(estate_->es_query_cxt);
            auto *const expression = reinterpret_cast<Expr *>(build_column_default(relation_, i + 1));
            ExprState *const fresh = expression == nullptr ? nullptr : ExecPrepareExpr(expression, estate_);
            MemoryContextSwitchTo(before);
            return fresh;
        });
        defaults_.push_back({i, state});
    }
}

Oid BulkTable::partition_of(TimestampTz moment) {
    const PartitionKey key = RelationGetPartitionKey(relation_);
    const PartitionDesc partitions = RelationGetPartitionDesc(relation_, true);
    if (partitions->nparts == 0) return InvalidOid;
    const PartitionBoundInfo bounds = partitions->boundinfo;
    Datum value = TimestampTzGetDatum(moment);
    bool is_equal = false;
    const int bound =
        partition_range_datum_bsearch(key->partsupfunc, key->partcollation, bounds, 1, &value, &is_equal);
    int place = bounds->indexes[bound + 1];
    if (place < 0) place = bounds->default_index;
    return place < 0 ? InvalidOid : partitions->oids[place];
}

BulkLeaf *BulkTable::open_leaf(TimestampTz moment) {
    const Oid oid = call([this, moment] { return partition_of(moment); });
    if (!OidIsValid(oid)) {
        stand("a moment without a partition");
        return nullptr;
    }
    const auto known = leaves_.find(oid);
    if (known != leaves_.end()) return known->second;
    BulkLeaf *const leaf = call([this, oid, moment]() -> BulkLeaf * {
        MemoryContext const before = MemoryContextSwitchTo(estate_->es_query_cxt);
        auto *const fresh = static_cast<BulkLeaf *>(palloc0(sizeof(BulkLeaf)));
        fresh->home = estate_->es_query_cxt;
        fresh->relation = table_open(oid, RowExclusiveLock);
        obstacle_ = obstacle_of_leaf(fresh->relation, relation_, terms_);
        // The lock may have waited for somebody who moved the bounds.
        if (obstacle_ == nullptr && partition_of(moment) != oid)
            obstacle_ = "partitions that change at this moment";
        if (obstacle_ == nullptr) obstacle_ = open_indexes(*fresh);
        if (obstacle_ == nullptr) open_row(*fresh, estate_);
        MemoryContextSwitchTo(before);
        return fresh;
    });
    leaves_.emplace(oid, leaf);
    return obstacle_ == nullptr ? leaf : nullptr;
}

BulkLeaf *BulkTable::leaf_of(TimestampTz moment) {
    if (last_leaf_ == nullptr || last_moment_ != moment) last_leaf_ = open_leaf(moment);
    last_moment_ = moment;
    return last_leaf_;
}

bool BulkTable::add(TimestampTz moment) {
    if (obstacle_ != nullptr) return false;
    if (rows_.empty() && defaults_.empty()) find_defaults();
    BulkLeaf *const leaf = leaf_of(moment);
    if (leaf == nullptr) return false;
    const bool is_sound = call([this, leaf] {
        ExprContext *const context = GetPerTupleExprContext(estate_);
        MemoryContext const before = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
        for (const Default &column : defaults_) {
            slot_->tts_isnull[column.column] = true;
            if (column.state != nullptr)
                slot_->tts_values[column.column] =
                    ExecEvalExpr(column.state, context, &slot_->tts_isnull[column.column]);
        }
        ExecClearTuple(slot_);
        ExecStoreVirtualTuple(slot_);
        const bool passed = passes(*leaf, slot_, context);
        MemoryContextSwitchTo(before);
        return passed;
    });
    if (!is_sound) return stand("a row that breaks a constraint");
    rows_.push_back({leaf, values_.size()});
    values_.insert(values_.end(), slot_->tts_values, slot_->tts_values + width_);
    nulls_.insert(nulls_.end(), slot_->tts_isnull, slot_->tts_isnull + width_);
    return true;
}

void BulkTable::write() {
    for (std::size_t first = 0, last = 0; first < rows_.size(); first = last) {
        check_interrupts();
        while (last < rows_.size() && last - first < bulk_slots && rows_[last].leaf == rows_[first].leaf)
            ++last;
        const Datum *const values = &values_[rows_[first].values];
        const bool *const nulls = reinterpret_cast<const bool *>(&nulls_[rows_[first].values]);
        const int count = static_cast<int>(last - first);
        BulkLeaf *const leaf = rows_[first].leaf;
        call([=] { insert_rows(*leaf, values, nulls, count); });
    }
    forget();
    call([] { CommandCounterIncrement(); });
}

void BulkTable::forget() {
    rows_.clear();
    values_.clear();
    nulls_.clear();
    for (const auto &[oid, leaf] : leaves_)
        leaf->has_seen = false; // the values it points to go
    if (estate_ != nullptr) call([this] { ResetPerTupleExprContext(estate_); });
}

void BulkTable::close() {
    for (const auto &[oid, leaf] : leaves_)
        call([leaf = leaf] { close_leaf(*leaf); });
    call([this] {
        ExecDropSingleTupleTableSlot(slot_);
        FreeExecutorState(estate_);
        table_close(relation_, NoLock);
    });
}

} // namespace roi::bridge
