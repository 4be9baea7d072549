// The server's own sorting of rows, for byte strings.
#include "bridge/sorter.hpp"

namespace roi::bridge {

// Rows of one column: datums of any length count as nothing in PostgreSQL 18, and all would stay in memory.
ByteSorter::ByteSorter(int work_kilobytes) {
    call([this, work_kilobytes] {
        const TupleDesc columns = CreateTemplateTupleDesc(1);
        TupleDescInitEntry(columns, 1, "bytes", BYTEAOID, -1, 0);
        AttrNumber column = 1;
        Oid before = lookup_type_cache(BYTEAOID, TYPECACHE_LT_OPR)->lt_opr, collation = InvalidOid;
        bool nulls_first = false;
        state_ = tuplesort_begin_heap(columns, 1, &column, &before, &collation, &nulls_first, work_kilobytes,
                                      nullptr, TUPLESORT_NONE);
        given_ = MakeSingleTupleTableSlot(columns, &TTSOpsVirtual);
        found_ = MakeSingleTupleTableSlot(columns, &TTSOpsMinimalTuple);
    });
}

void ByteSorter::add(std::string_view bytes) {
    buffer_.resize(VARHDRSZ);
    buffer_.append(bytes);
    SET_VARSIZE(buffer_.data(), buffer_.size());
    const Datum value = PointerGetDatum(buffer_.data());
    call([this, value] {
        ExecClearTuple(given_);
        given_->tts_values[0] = value;
        given_->tts_isnull[0] = false;
        ExecStoreVirtualTuple(given_);
        tuplesort_puttupleslot(state_, given_);
    });
    ++count_;
}

void ByteSorter::sort() {
    call([this] { tuplesort_performsort(state_); });
}

bool ByteSorter::next(std::string &bytes) {
    const bytea *const found = call([this]() -> const bytea * {
        bool is_null = false;
        if (!tuplesort_gettupleslot(state_, true, false, found_, nullptr)) return nullptr;
        return DatumGetByteaPP(slot_getattr(found_, 1, &is_null));
    });
    if (found == nullptr) return false;
    bytes.assign(VARDATA_ANY(found), VARSIZE_ANY_EXHDR(found));
    return true;
}

void ByteSorter::close() {
    call([this] {
        ExecDropSingleTupleTableSlot(given_);
        ExecDropSingleTupleTableSlot(found_);
        tuplesort_end(state_);
    });
    state_ = nullptr;
}

} // namespace roi::bridge
