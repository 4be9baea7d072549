// The block of a row is found by its offset: taking its columns one by one is what costs most of a row.
#include "bridge/row.hpp"

namespace roi::bridge {

void find_columns(TupleDesc columns, const char *table, const char *const *names, std::size_t count,
                  int *places) {
    int place = 0;
    for (std::size_t i = 0; i < count; ++i) {
        int tried = 0; // from the column before on
        while (tried < columns->natts &&
               (TupleDescAttr(columns, place)->attisdropped ||
                namestrcmp(&TupleDescAttr(columns, place)->attname, names[i]) != 0)) {
            place = (place + 1) % columns->natts;
            ++tried;
        }
        if (tried == columns->natts)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("table \"%s\" has no column \"%s\"", table, names[i]),
                            errhint("The tables are not those that roi_setup() made.")));
        places[i] = place;
    }
}

// True where stored rows of this type hold the block's numbers side by side and nothing but variable length after it.
bool RowReader::has_stored_block(TupleDesc columns) const {
    for (int i = 0; i < count_; ++i) {
        const auto *const column = TupleDescAttr(columns, i);
        const bool in_block = i >= block_.first && i < block_.first + block_.count;
        if (column->attisdropped || (i < block_.first + block_.count && !column->attnotnull)) return false;
        if (in_block && (column->attlen != 8 || column->attalign != TYPALIGN_DOUBLE)) return false;
        if (i >= block_.first + block_.count && column->attlen != -1) return false;
    }
    return block_.count > 0;
}

// Reads a row where it lies in the table, up to its last column; false where it does not lie there as is_stored_ says.
bool RowReader::read_stored(TupleTableSlot *slot, RowView &row) const {
    if (slot->tts_nvalid > block_.first) return false;
    slot_getsomeattrs(slot, block_.first);
    const auto *const stored = reinterpret_cast<const HeapTupleTableSlot *>(slot);
    HeapTupleHeader header = stored->tuple->t_data;
    if (slot->tts_nvalid != block_.first || HeapTupleHeaderGetNatts(header) < count_) return false;
    const bool has_nulls = HeapTupleHasNulls(stored->tuple);
    char *const data = reinterpret_cast<char *>(header) + header->t_hoff;
    std::size_t at = att_align_nominal(stored->off, TYPALIGN_DOUBLE);
    row.numbers = reinterpret_cast<const std::int64_t *>(data + at);
    at += static_cast<std::size_t>(block_.count) * 8;
    for (int i = block_.first + block_.count; i < count_; ++i) {
        const int to = i - block_.count;
        row.nulls[to] = has_nulls && att_isnull(i, header->t_bits);
        if (row.nulls[to]) continue;
        at = att_align_pointer(at, TupleDescAttr(slot->tts_tupleDescriptor, i)->attalign, -1, data + at);
        row.values[to] = PointerGetDatum(data + at);
        at = att_addlength_pointer(at, -1, data + at);
    }
    for (int i = 0; i < block_.first; ++i) {
        row.values[i] = slot->tts_values[i];
        row.nulls[i] = slot->tts_isnull[i];
    }
    return true;
}

// The same of any row, by way of its columns.
void RowReader::read_columns(TupleTableSlot *slot, RowView &row) const {
    slot_getsomeattrs(slot, count_);
    for (int i = 0, to = 0; i < count_; ++i) {
        if (i >= block_.first && i < block_.first + block_.count) {
            row.copied[i - block_.first] = DatumGetInt64(slot->tts_values[i]);
            continue;
        }
        row.values[to] = slot->tts_values[i];
        row.nulls[to++] = slot->tts_isnull[i];
    }
    row.numbers = row.copied;
}

void RowReader::detoast(RowView &row) const {
    for (int i = 0; i < count_ - block_.count; ++i) {
        if (!is_long_[i] || row.nulls[i]) continue;
        auto *const stored = reinterpret_cast<struct varlena *>(DatumGetPointer(row.values[i]));
        if (!VARATT_IS_COMPRESSED(stored) && !VARATT_IS_EXTERNAL(stored)) continue;
        struct varlena *const plain = detoast_attr(stored);
        row.loose[row.loose_count++] = plain;
        row.values[i] = PointerGetDatum(plain);
    }
}

void RowReader::open(TupleTableSlot *slot, RowView &row) {
    TupleDesc columns = slot->tts_tupleDescriptor;
    if (columns != checked_) {
        checked_ = columns;
        count_ = width_ == 0 ? columns->natts : width_;
        if (count_ > max_row_columns || count_ > columns->natts)
            elog(ERROR, "a streamed row has too many or too few columns");
        is_stored_ = slot->tts_ops == &TTSOpsBufferHeapTuple && has_stored_block(columns);
        for (int i = 0; i < count_ - block_.count; ++i)
            is_long_[i] = TupleDescAttr(columns, i < block_.first ? i : i + block_.count)->attlen == -1;
    }
    row.loose_count = 0;
    if (!is_stored_ || !read_stored(slot, row)) read_columns(slot, row);
    detoast(row);
}

void RowView::close() {
    while (loose_count > 0)
        pfree(loose[--loose_count]);
}

} // namespace roi::bridge
