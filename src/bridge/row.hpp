// Rows read where they lie: by the executor's receiver and by scans of a key alike. Backend code throughout: it may
// ereport, so its objects are plain.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridge/error.hpp"

namespace roi::bridge {

constexpr int max_row_columns = 64;

// The places of columns, counted from 0, fastest where the names come in the order of the table; 42703.
void find_columns(TupleDesc columns, const char *table, const char *const *names, std::size_t count,
                  int *places);

// Neighbouring columns of NOT NULL bigint: the first one, counted from 0, and how many.
struct Block {
    int first, count;
};

// The columns of a row. The block's numbers are one array, mostly in place; values and nulls do not hold them (what follows
// the block moves up). Views live until close() or until the slot moves on.
struct RowView {
    Datum values[max_row_columns];
    bool nulls[max_row_columns];
    const std::int64_t *numbers;

    void close(); // frees what was detoasted
    std::int64_t copied[max_row_columns];
    void *loose[max_row_columns];
    int loose_count;
};

// Reads the first `width` columns of slots, all columns when width is 0.
class RowReader {
public:
    RowReader(Block block, int width) : block_(block), width_(width) {}
    // Large values come detoasted.
    void open(TupleTableSlot *slot, RowView &row);

private:
    bool has_stored_block(TupleDesc columns) const;
    bool read_stored(TupleTableSlot *slot, RowView &row) const;
    void read_columns(TupleTableSlot *slot, RowView &row) const;
    void detoast(RowView &row) const;

    Block block_;
    int width_;
    int count_ = 0;               // columns of the rows that come
    TupleDesc checked_ = nullptr; // the row type that the next two were found for
    bool is_stored_ = false;      // such rows hold the block as it is handed over
    bool is_long_[max_row_columns] = {};
};

} // namespace roi::bridge
