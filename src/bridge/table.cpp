// Table over an index scan of the primary key and the executor's helpers for logical replication.
#include "bridge/table.hpp"

namespace roi::bridge {
namespace {

// Equality keys of the index's own operator families and collations, as execReplication.c builds them.
ScanKey make_keys(Relation index) {
    const int count = IndexRelationGetNumberOfKeyAttributes(index);
    ScanKey keys = static_cast<ScanKey>(palloc0(sizeof(ScanKeyData) * static_cast<Size>(count)));
    for (int i = 0; i < count; ++i) {
        const Oid type = index->rd_opcintype[i];
        const Oid equality = get_opfamily_member(index->rd_opfamily[i], type, type, BTEqualStrategyNumber);
        if (!OidIsValid(equality)) elog(ERROR, "missing equality operator for type %u", type);
        ScanKeyEntryInitialize(&keys[i], 0, static_cast<AttrNumber>(i + 1), BTEqualStrategyNumber, InvalidOid,
                               index->rd_indcollation[i], get_opcode(equality), Datum{0});
    }
    return keys;
}

Relation open_table(Oid schema, const char *name) {
    const Oid oid = get_relname_relid(name, schema);
    if (!OidIsValid(oid))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("table \"%s\" does not exist", name),
                        errhint("Run roi_setup().")));
    return table_open(oid, RowExclusiveLock);
}

Relation open_key(Relation relation) {
    const Oid key = RelationGetPrimaryKeyIndex(relation);
    if (!OidIsValid(key))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("table \"%s\" has no primary key", RelationGetRelationName(relation)),
                        errhint("Add the primary key that roi_setup() made again.")));
    return index_open(key, AccessShareLock);
}

} // namespace

Table::Table(Oid schema, const char *name) {
    call([this, schema, name] {
        relation_ = open_table(schema, name);
        index_ = open_key(relation_);
        estate_ = CreateExecutorState();
        estate_->es_snapshot = snapshot_ = RegisterSnapshot(GetLatestSnapshot());
        MemoryContext const before = MemoryContextSwitchTo(estate_->es_query_cxt);
        keys_ = make_keys(index_);
        target_ = makeNode(ResultRelInfo);
        InitResultRelInfo(target_, relation_, 0, nullptr, 0);
        ExecOpenIndices(target_, false);
        recheck_ = static_cast<EPQState *>(palloc0(sizeof(EPQState)));
        init_recheck(recheck_, estate_);
        found_ = table_slot_create(relation_, nullptr);
        written_ = MakeSingleTupleTableSlot(RelationGetDescr(relation_), &TTSOpsVirtual);
        values_ = written_->tts_values;
        nulls_ = written_->tts_isnull;
        MemoryContextSwitchTo(before);
        AfterTriggerBeginQuery();
    });
}

void Table::close() {
    call([this] {
        AfterTriggerEndQuery(estate_);
        ExecCloseResultRelations(estate_);
        ExecResetTupleTable(estate_->es_tupleTable, false);
        if (scan_ != nullptr) index_endscan(scan_);
        ExecDropSingleTupleTableSlot(found_);
        ExecDropSingleTupleTableSlot(written_);
        ExecCloseIndices(target_);
        estate_->es_snapshot = InvalidSnapshot;
        UnregisterSnapshot(snapshot_);
        FreeExecutorState(estate_);
        index_close(index_, NoLock);
        table_close(relation_, NoLock);
        CommandCounterIncrement();
    });
}

int Table::column(const char *name) const {
    return call([this, name] {
        const TupleDesc columns = RelationGetDescr(relation_);
        for (int i = 0; i < columns->natts; ++i) {
            const Form_pg_attribute attribute = TupleDescAttr(columns, i);
            if (!attribute->attisdropped && namestrcmp(&attribute->attname, name) == 0) return i;
        }
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("table \"%s\" has no column \"%s\"", RelationGetRelationName(relation_), name),
                        errhint("The tables are not those that roi_setup() made.")));
    });
}

void Table::begin_scan(int count) {
    if (scan_ != nullptr && scan_->numberOfKeys == count) return;
    if (scan_ != nullptr) index_endscan(scan_);
    scan_ = begin_index_scan(relation_, index_, snapshot_, count);
}

bool Table::find(const Datum *key, int count) {
    call([this, key, count] {
        begin_scan(count);
        for (int i = 0; i < count; ++i)
            keys_[i].sk_argument = key[i];
        index_rescan(scan_, keys_, count, nullptr, 0);
    });
    return next();
}

bool Table::next() {
    return call([this] {
        ResetPerTupleExprContext(estate_);
        if (!index_getnext_slot(scan_, ForwardScanDirection, found_)) return false;
        slot_getallattrs(found_);
        const int width = RelationGetDescr(relation_)->natts;
        for (int i = 0; i < width; ++i) {
            values_[i] = found_->tts_values[i];
            nulls_[i] = found_->tts_isnull[i];
        }
        return true;
    });
}

void Table::blank() {
    const int width = RelationGetDescr(relation_)->natts;
    for (int i = 0; i < width; ++i) {
        values_[i] = Datum{0};
        nulls_[i] = true;
    }
}

void Table::insert() {
    call([this] {
        ResetPerTupleExprContext(estate_);
        ExecClearTuple(written_);
        ExecStoreVirtualTuple(written_);
        ExecSimpleRelationInsert(target_, estate_, written_);
    });
}

void Table::update() {
    call([this] {
        ExecClearTuple(written_);
        ExecStoreVirtualTuple(written_);
        ExecSimpleRelationUpdate(target_, estate_, recheck_, found_, written_);
    });
}

void Table::erase() {
    call([this] { ExecSimpleRelationDelete(target_, estate_, recheck_, found_); });
}

bool is_our_transaction(TransactionId id) {
    return call([id] { return TransactionIdIsCurrentTransactionId(id); });
}

void see_own_writes() {
    call([] { CommandCounterIncrement(); });
}

} // namespace roi::bridge
