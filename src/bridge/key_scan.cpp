// KeyScan over an index scan of the primary key.
#include "bridge/key_scan.hpp"

namespace roi::bridge {
namespace {

// The primary key, where the planner would use it.
Relation open_key(Relation relation) {
    list_free(RelationGetIndexList(relation)); // finds the primary key, in the same way in every version
    if (!OidIsValid(relation->rd_pkindex)) return nullptr;
    Relation index = index_open(relation->rd_pkindex, AccessShareLock);
    if (index->rd_index->indisvalid && !index->rd_index->indcheckxmin) return index;
    index_close(index, AccessShareLock);
    return nullptr;
}

bool is_plain(Relation relation) {
    return relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relhassubclass &&
           !RELATION_IS_OTHER_TEMP(relation);
}

} // namespace

KeyScan::KeyScan(Oid schema, const char *name) {
    call([this, schema, name] {
        const Oid oid = get_relname_relid(name, schema);
        if (!OidIsValid(oid)) return;
        relation_ = try_relation_open(oid, AccessShareLock);
        if (relation_ != nullptr && is_plain(relation_)) index_ = open_key(relation_);
    });
}

void KeyScan::close() {
    call([this] {
        if (scan_ != nullptr) index_endscan(scan_);
        if (slot_ != nullptr) ExecDropSingleTupleTableSlot(slot_);
        if (index_ != nullptr) index_close(index_, NoLock);
        if (relation_ != nullptr) relation_close(relation_, NoLock);
    });
}

bool KeyScan::is_over(std::initializer_list<const char *> key) const {
    if (index_ == nullptr || IndexRelationGetNumberOfKeyAttributes(index_) != static_cast<int>(key.size()))
        return false;
    const int16 *place = index_->rd_index->indkey.values;
    for (const char *const name : key) {
        const Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation_), *place++ - 1);
        if (std::strcmp(NameStr(column->attname), name) != 0) return false;
    }
    return true;
}

bool KeyScan::begins_with(const std::vector<Column> &columns) const {
    const TupleDesc stored = RelationGetDescr(relation_);
    if (columns.size() > static_cast<std::size_t>(stored->natts)) return false;
    int place = 0;
    for (const Column &column : columns) {
        const Form_pg_attribute found = TupleDescAttr(stored, place++);
        if (found->attisdropped || found->atttypid != column.type ||
            std::strcmp(NameStr(found->attname), column.name) != 0)
            return false;
    }
    return true;
}

int KeyScan::column(const char *name, Oid type) const {
    const TupleDesc columns = RelationGetDescr(relation_);
    for (int i = 0; i < columns->natts && i < max_row_columns; ++i) {
        const Form_pg_attribute column = TupleDescAttr(columns, i);
        if (!column->attisdropped && column->atttypid == type &&
            std::strcmp(NameStr(column->attname), name) == 0)
            return i;
    }
    return -1;
}

// Backend code. The operator is the one of the index's own family, as a condition on the column finds it.
void KeyScan::add_key(StrategyNumber strategy, AttrNumber column, Datum value) {
    Operator &op = operators_[column - 1][strategy == BTEqualStrategyNumber          ? 0
                                          : strategy == BTGreaterEqualStrategyNumber ? 1
                                                                                     : 2];
    if (!op.is_known) {
        const Oid family = index_->rd_opfamily[column - 1], type = index_->rd_opcintype[column - 1];
        const Oid found = get_opfamily_member(family, type, type, static_cast<int16>(strategy));
        if (!OidIsValid(found)) elog(ERROR, "missing operator %d for type %u", strategy, type);
        fmgr_info(get_opcode(found), &op.function);
        op.collation = index_->rd_indcollation[column - 1];
        op.is_known = true;
    }
    ScanKeyEntryInitializeWithInfo(&keys_[key_count_++], 0, column, strategy, InvalidOid, op.collation,
                                   &op.function, value);
}

void KeyScan::begin(const Range &range) {
    const Datum *const equal = range.equal.begin();
    const auto count = static_cast<AttrNumber>(range.equal.size());
    call([this, &range, equal, count] {
        key_count_ = 0;
        for (AttrNumber i = 0; i < count; ++i)
            add_key(BTEqualStrategyNumber, static_cast<AttrNumber>(i + 1), equal[i]);
        const auto next = static_cast<AttrNumber>(count + 1);
        if (range.since != nullptr) add_key(BTGreaterEqualStrategyNumber, next, *range.since);
        if (range.until != nullptr) add_key(BTLessStrategyNumber, next, *range.until);
        if (slot_ == nullptr) slot_ = table_slot_create(relation_, nullptr);
        if (scan_ != nullptr && scan_keys_ != key_count_) {
            index_endscan(scan_);
            scan_ = nullptr;
        }
        if (scan_ == nullptr) scan_ = begin_index_scan(relation_, index_, GetActiveSnapshot(), key_count_);
        scan_keys_ = key_count_;
        index_rescan(scan_, keys_, key_count_, nullptr, 0);
    });
}

void KeyScan::read(const Range &range, const Block &block, int width, const BlockSink &sink) {
    begin(range);
    const ScanDirection direction = range.is_backward ? BackwardScanDirection : ForwardScanDirection;
    RowReader reader(block, width);
    RowView row;
    const auto next = [&] {
        CHECK_FOR_INTERRUPTS();
        if (!index_getnext_slot(scan_, direction, slot_)) return false;
        reader.open(slot_, row);
        return true;
    };
    for (bool goes_on = true; goes_on && call(next);) {
        goes_on = sink(row.values, row.nulls, row.numbers);
        row.close(); // pfree cannot ereport
    }
}

TransactionId KeyScan::writer_of(std::initializer_list<Datum> key) {
    begin({key, nullptr, nullptr, false});
    return call([this] {
        if (!index_getnext_slot(scan_, ForwardScanDirection, slot_)) return InvalidTransactionId;
        bool is_null = false;
        return DatumGetTransactionId(slot_getsysattr(slot_, MinTransactionIdAttributeNumber, &is_null));
    });
}

} // namespace roi::bridge
