// Table over an index scan of the primary key and the executor's helpers for logical replication.
#include "bridge/table.hpp"

#include <algorithm>
#include <unordered_map>

#include "bridge/datum.hpp"
#include "bridge/memory.hpp"
#include "bridge/row.hpp"
#include "bridge/stored_row.hpp"

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
    list_free(RelationGetIndexList(relation)); // finds the primary key, in the same way in every version
    const Oid key = relation->rd_pkindex;
    if (!OidIsValid(key))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("table \"%s\" has no primary key", RelationGetRelationName(relation)),
                        errhint("Add the primary key that roi_setup() made again.")));
    return index_open(key, AccessShareLock);
}

// Somebody who does not hold the user's lock changed the row since it was found: the executor calls that an internal
// error, for its users it is a transaction to run again.
template <class F>
void change(F &&f) {
    try {
        call(f);
    } catch (const BackendError &error) {
        if (error.data()->sqlerrcode == ERRCODE_INTERNAL_ERROR &&
            strncmp(error.what(), "tuple concurrently ", 19) == 0)
            rethrow_as(error, ERRCODE_T_R_SERIALIZATION_FAILURE, "Run the transaction again.");
        throw;
    }
}

} // namespace

Table::Table(Oid schema, const char *name) {
    call([this, schema, name] {
        relation_ = open_table(schema, name);
        index_ = open_key(relation_);
        blocks_ = RelationGetNumberOfBlocks(relation_);
        estate_ = CreateExecutorState();
        estate_->es_snapshot = snapshot_ = RegisterSnapshot(GetLatestSnapshot());
        MemoryContext const before = MemoryContextSwitchTo(estate_->es_query_cxt);
        keys_ = make_keys(index_);
        key_count_ = IndexRelationGetNumberOfKeyAttributes(index_);
        for (int i = 0; i < key_count_; ++i)
            key_places_[i] = index_->rd_index->indkey.values[i] - 1;
        target_ = makeNode(ResultRelInfo);
        InitResultRelInfo(target_, relation_, 0, nullptr, 0);
        // No row triggers: the one there is would check that the user exists, whom the facts have proven already, by a
        // lock that comes too late here.
        target_->ri_TrigDesc = nullptr;
        ExecOpenIndices(target_, false);
        is_plain_ = !computes_columns(relation_->rd_att->constr);
        recheck_ = static_cast<EPQState *>(palloc0(sizeof(EPQState)));
        init_recheck(recheck_, estate_);
        found_ = table_slot_create(relation_, nullptr);
        written_ = MakeSingleTupleTableSlot(RelationGetDescr(relation_), &TTSOpsVirtual);
        stored_ = MakeSingleTupleTableSlot(RelationGetDescr(relation_), &TTSOpsHeapTuple);
        values_ = written_->tts_values;
        nulls_ = written_->tts_isnull;
        MemoryContextSwitchTo(before);
    });
}

void Table::close() {
    call([this] {
        ExecResetTupleTable(estate_->es_tupleTable, false);
        if (scan_ != nullptr) index_endscan(scan_);
        if (walk_ != nullptr) index_endscan(walk_);
        ExecDropSingleTupleTableSlot(found_);
        ExecDropSingleTupleTableSlot(stored_);
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

void Table::see_now() {
    call([this] {
        ExecClearTuple(found_);
        if (scan_ != nullptr) index_endscan(scan_);
        scan_ = nullptr;
        UnregisterSnapshot(snapshot_);
        estate_->es_snapshot = snapshot_ = RegisterSnapshot(GetLatestSnapshot());
    });
}

int Table::column(const char *name) const {
    int place = 0;
    columns(&name, 1, &place);
    return place;
}

void Table::columns(const char *const *names, std::size_t count, int *places) const {
    call([this, names, count, places] {
        find_columns(RelationGetDescr(relation_), RelationGetRelationName(relation_), names, count, places);
    });
}

void Table::begin_scan(int count) {
    if (scan_ != nullptr && scan_->numberOfKeys == count) return;
    if (scan_ != nullptr) index_endscan(scan_);
    scan_ = begin_index_scan(relation_, index_, snapshot_, count);
}

void Table::load() {
    slot_getallattrs(found_);
    const int width = RelationGetDescr(relation_)->natts;
    for (int i = 0; i < width; ++i) {
        values_[i] = found_->tts_values[i];
        nulls_[i] = found_->tts_isnull[i];
    }
}

bool Table::find(const Datum *key, int count) {
    if (count == key_count_ && find_own(key)) return true;
    if (count == key_count_ && shared_ > 0) return find_ahead(key);
    is_walking_ = is_used_ = false;
    const MemoryUse lasting(estate_->es_query_cxt); // scans outlive the caller's context
    call([this, key, count] {
        begin_scan(count);
        for (int i = 0; i < count; ++i)
            keys_[i].sk_argument = key[i];
        index_rescan(scan_, keys_, count, nullptr, 0);
    });
    return next();
}

bool Table::next() {
    const MemoryUse lasting(estate_->es_query_cxt);
    return call([this] {
        ResetPerTupleExprContext(estate_);
        const bool found = index_getnext_slot(scan_, ForwardScanDirection, found_);
        if (found)
            load();
        else
            ExecClearTuple(found_); // a page that is held cannot be pruned
        return found;
    });
}

// --- walking ---------------------------------------------------------------------------------------------------------

namespace {

constexpr int most_steps = 4; // from one row of a walk to the next one wanted

bool is_same_text(Datum a, Datum b) {
    const struct varlena *const x = PG_DETOAST_DATUM_PACKED(a), *const y = PG_DETOAST_DATUM_PACKED(b);
    const Size size = VARSIZE_ANY_EXHDR(x);
    return size == VARSIZE_ANY_EXHDR(y) && memcmp(VARDATA_ANY(x), VARDATA_ANY(y), size) == 0;
}

} // namespace

void Table::walk(int shared) {
    shared_ = shared;
    is_walking_ = is_used_ = false;
    call([this] {
        MemoryContext const before = MemoryContextSwitchTo(estate_->es_query_cxt);
        if (walk_ != nullptr) index_endscan(walk_);
        walk_ = begin_index_scan(relation_, index_, snapshot_, shared_ + 1);
        walk_->xs_want_itup = true;
        make_walk_keys();
        MemoryContextSwitchTo(before);
    });
}

// Equality on the shared columns, and one comparison of the other columns as a row, as nodeIndexscan.c builds it.
void Table::make_walk_keys() {
    const int rest = key_count_ - shared_;
    walk_keys_ = static_cast<ScanKey>(palloc0(sizeof(ScanKeyData) * static_cast<Size>(shared_ + 1)));
    walk_members_ = static_cast<ScanKey>(palloc0(sizeof(ScanKeyData) * static_cast<Size>(rest)));
    memcpy(walk_keys_, keys_, sizeof(ScanKeyData) * static_cast<Size>(shared_));
    for (int i = 0; i < rest; ++i) {
        const int column = shared_ + i;
        const Oid type = index_->rd_opcintype[column];
        ScanKeyEntryInitialize(&walk_members_[i], SK_ROW_MEMBER | (i == rest - 1 ? SK_ROW_END : 0),
                               static_cast<AttrNumber>(column + 1), BTGreaterEqualStrategyNumber, type,
                               index_->rd_indcollation[column],
                               get_opfamily_proc(index_->rd_opfamily[column], type, type, BTORDER_PROC),
                               Datum{0});
    }
    ScanKeyData &header = walk_keys_[shared_];
    header.sk_flags = SK_ROW_HEADER;
    header.sk_attno = static_cast<AttrNumber>(shared_ + 1);
    header.sk_strategy = BTGreaterEqualStrategyNumber;
    header.sk_argument = PointerGetDatum(walk_members_);
}

// By the entry of the index: rows that are not wanted, or that nobody sees any more, are not fetched.
bool Table::is_at(const Datum *key) {
    Datum entry[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    index_deform_tuple(walk_->xs_itup, walk_->xs_itupdesc, entry, nulls);
    for (int i = key_count_ - 1; i >= 0; --i) { // neighbours differ at the end
        const bool is_number = TupleDescAttr(RelationGetDescr(relation_), key_places_[i])->attbyval;
        if (nulls[i] || !(is_number ? entry[i] == key[i] : is_same_text(entry[i], key[i]))) return false;
    }
    return true;
}

// To the next entry of the index, whether its row is visible or not.
void Table::advance() { is_walking_ = index_getnext_tid(walk_, ForwardScanDirection) != nullptr; }

// True when one of the entries with this key, where the walk stands, leads to a visible row.
bool Table::fetch_here(const Datum *key) {
    for (; is_walking_ && is_at(key); advance())
        if (index_fetch_heap(walk_, found_)) return true;
    return false;
}

void Table::restart_walk(const Datum *key) {
    for (int i = 0; i < shared_; ++i)
        walk_keys_[i].sk_argument = key[i];
    for (int i = shared_; i < key_count_; ++i)
        walk_members_[i - shared_].sk_argument = key[i];
    index_rescan(walk_, walk_keys_, shared_ + 1, nullptr, 0);
    advance();
}

// Looks at a few entries ahead, then searches. A search ends at the first entry that is beyond the key: however many rows
// follow that this snapshot does not see, written or deleted by the running transaction, they are not walked over.
bool Table::find_ahead(const Datum *key) {
    return call([this, key] {
        ResetPerTupleExprContext(estate_);
        bool is_found = false;
        // An entry is fetched once: its place in the scan has moved to the visible version.
        if (is_used_) advance();
        for (int i = 0; i < most_steps && is_walking_ && !is_found; ++i) {
            is_found = fetch_here(key);
            if (!is_found && is_walking_) advance();
        }
        if (!is_found) {
            restart_walk(key);
            is_found = fetch_here(key);
        }
        is_used_ = is_found;
        if (is_found) load();
        return is_found;
    });
}

// --- rows that this transaction has written -------------------------------------------------------------------------
//
// Each version of a row that one transaction writes again and again stays in the index until it ends, and a look-up would walk
// them all: a thousand single-row INSERTs would cost a million steps. So the place of the newest version is remembered.

namespace {

struct OwnRows {
    TransactionId transaction = InvalidTransactionId;
    std::unordered_map<std::string, ItemPointerData> places;
    std::vector<Oid> tables; // that they belong to

    bool has(Oid table) const { return std::find(tables.begin(), tables.end(), table) != tables.end(); }
};

constexpr std::size_t most_own_rows = 4096;

OwnRows &own_rows() {
    static auto *const rows = new OwnRows; // lives as long as the backend
    const TransactionId current = GetTopTransactionIdIfAny();
    if (rows->transaction != current) {
        rows->places.clear();
        rows->tables.clear();
        rows->transaction = current;
    }
    return *rows;
}

} // namespace

// Table and key as bytes.
std::string Table::key_text(const Datum *values, const int *places) const {
    const Oid table = RelationGetRelid(relation_);
    std::string text(reinterpret_cast<const char *>(&table), sizeof table);
    const TupleDesc columns = RelationGetDescr(relation_);
    for (int i = 0; i < key_count_; ++i) {
        const Datum value = values[places == nullptr ? i : places[i]];
        if (TupleDescAttr(columns, key_places_[i])->attbyval) {
            text.append(reinterpret_cast<const char *>(&value), sizeof value);
            continue;
        }
        const struct varlena *const packed = call([value] { return PG_DETOAST_DATUM_PACKED(value); });
        const std::size_t size = VARSIZE_ANY_EXHDR(packed);
        text.append(reinterpret_cast<const char *>(&size), sizeof size).append(VARDATA_ANY(packed), size);
    }
    return text;
}

// The place may hold nothing any more, after a savepoint rolled back, or another row: then the index knows.
bool Table::find_own(const Datum *key) {
    OwnRows &own = own_rows();
    if (!own.has(RelationGetRelid(relation_))) return false;
    const std::string wanted = key_text(key, nullptr);
    const auto known = own.places.find(wanted);
    if (known == own.places.end()) return false;
    ItemPointerData place = known->second;
    if (ItemPointerGetBlockNumber(&place) >= blocks_)
        return false; // the table has been truncated or rewritten since
    is_walking_ = is_used_ = false;
    const bool is_visible = call([this, &place] {
        ResetPerTupleExprContext(estate_);
        if (!table_tuple_fetch_row_version(relation_, &place, snapshot_, found_)) return false;
        load();
        return true;
    });
    return is_visible && key_text(values_, key_places_) == wanted;
}

// values() have just been written as one row.
void Table::remember() {
    if (shared_ > 0) return; // a statement over many rows does not come back to each many times
    OwnRows &own = own_rows();
    if (own.places.size() >= most_own_rows) return;
    own.places[key_text(values_, key_places_)] = written_->tts_tid;
    if (!own.has(RelationGetRelid(relation_))) own.tables.push_back(RelationGetRelid(relation_));
}

void Table::blank() {
    const int width = RelationGetDescr(relation_)->natts;
    for (int i = 0; i < width; ++i) {
        values_[i] = Datum{0};
        nulls_[i] = true;
    }
}

bool Table::is_written_by_us() const {
    return call([this] {
        bool is_null = false;
        const Datum writer = slot_getsysattr(found_, MinTransactionIdAttributeNumber, &is_null);
        return TransactionIdIsCurrentTransactionId(DatumGetTransactionId(writer));
    });
}

void Table::insert() {
    call([this] {
        ResetPerTupleExprContext(estate_);
        ExecClearTuple(written_);
        ExecStoreVirtualTuple(written_);
        ExecSimpleRelationInsert(target_, estate_, written_);
    });
    remember();
}

// ExecSimpleRelationUpdate() for rows without triggers and computed columns: only the constraints of what has changed are
// looked at, and the tuple is made once.
void Table::replace_found() {
    if (checks_.relation == nullptr) {
        CheckCmdReplicaIdentity(relation_, CMD_UPDATE);
        checks_ = open_checks(relation_, estate_, true);
    }
    if (!passes(checks_, written_, GetPerTupleExprContext(estate_), found_->tts_values, found_->tts_isnull))
        ExecConstraints(target_, written_, estate_); // says which
    HeapTuple tuple = with_numbers(found_, values_, nulls_);
    if (tuple == nullptr) tuple = heap_form_tuple(RelationGetDescr(relation_), values_, nulls_);
    ExecStoreHeapTuple(tuple, stored_, true);
    insert_index_entries(target_, stored_, estate_,
                         update_tuple(relation_, &found_->tts_tid, stored_, estate_->es_snapshot));
    written_->tts_tid = stored_->tts_tid;
    ExecClearTuple(stored_);
}

void Table::update() {
    change([this] {
        ExecClearTuple(written_);
        ExecStoreVirtualTuple(written_);
        if (is_plain_)
            replace_found();
        else
            ExecSimpleRelationUpdate(target_, estate_, recheck_, found_, written_);
    });
    remember();
}

void Table::erase() {
    change([this] { ExecSimpleRelationDelete(target_, estate_, recheck_, found_); });
}

void see_own_writes() {
    call([] { CommandCounterIncrement(); });
}

} // namespace roi::bridge
