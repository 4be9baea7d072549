// A stored row whose numbers change is copied, and the numbers are put where they lie.
#include "bridge/stored_row.hpp"

namespace roi::bridge {
namespace {

// Walks over the columns of a stored row that a slot has taken apart, and tells where they lie in it.
class StoredRow {
public:
    StoredRow(HeapTuple tuple, const TupleTableSlot *slot)
        : data_(reinterpret_cast<const char *>(tuple->t_data) + tuple->t_data->t_hoff), slot_(slot) {}

    // Goes to a column by the way from the last text before it, which shows its place itself.
    void go_to(int column) {
        int first = column;
        while (first > 0 && (slot_->tts_isnull[first - 1] || attribute(first - 1)->attlen > 0))
            --first;
        end_ = 0;
        if (first > 0) pass(first - 1);
        for (int i = first; i < column; ++i)
            pass(i);
    }
    // The place of a column of fixed length, to which all columns before it have led.
    Size place(int column) const { return att_align_nominal(end_, attribute(column)->attalign); }
    void pass(int column) {
        if (slot_->tts_isnull[column]) return;
        const int length = attribute(column)->attlen;
        const char *const text = DatumGetPointer(slot_->tts_values[column]);
        end_ = length > 0 ? place(column) + static_cast<Size>(length)
                          : static_cast<Size>(text - data_) + VARSIZE_ANY(text);
    }

private:
    Form_pg_attribute attribute(int column) const {
        return TupleDescAttr(slot_->tts_tupleDescriptor, column);
    }

    const char *data_;
    const TupleTableSlot *slot_;
    Size end_ = 0; // of the column before
};

// Whether the value of a column is another one than the slot's, and both are numbers.
enum class Change { none, number, other };

Change change_of(const TupleTableSlot *slot, const Datum *values, const bool *nulls, int column) {
    if (nulls[column] || slot->tts_isnull[column])
        return nulls[column] && slot->tts_isnull[column] ? Change::none : Change::other;
    if (values[column] == slot->tts_values[column]) return Change::none;
    return TupleDescAttr(slot->tts_tupleDescriptor, column)->attbyval ? Change::number : Change::other;
}

} // namespace

HeapTuple with_numbers(TupleTableSlot *found, const Datum *values, const bool *nulls) {
    const TupleDesc columns = found->tts_tupleDescriptor;
    int first = -1, end = 0;
    for (int i = 0; i < columns->natts; ++i) {
        const Change change = change_of(found, values, nulls, i);
        if (change == Change::other) return nullptr;
        if (change == Change::none) continue;
        if (first < 0) first = i;
        end = i + 1;
    }
    bool is_copy = false;
    const HeapTuple stored = ExecFetchSlotHeapTuple(found, false, &is_copy);
    if (is_copy || end > HeapTupleHeaderGetNatts(stored->t_data)) return nullptr;
    const HeapTuple changed = heap_copytuple(stored);
    if (first < 0) return changed;
    char *const data = reinterpret_cast<char *>(changed->t_data) + changed->t_data->t_hoff;
    StoredRow row(stored, found);
    row.go_to(first);
    for (int i = first; i < end; ++i) {
        const Form_pg_attribute attribute = TupleDescAttr(columns, i);
        if (!nulls[i] && attribute->attbyval)
            store_att_byval(data + row.place(i), values[i], attribute->attlen);
        row.pass(i);
    }
    return changed;
}

} // namespace roi::bridge
