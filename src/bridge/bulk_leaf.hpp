// One partition that bulk insertion writes: its checks, its heap and its indexes. Backend code, to be run inside call().
#pragma once

#include "bridge/bulk.hpp"
#include "bridge/checks.hpp"

namespace roi::bridge {

struct BulkIndex {
    Relation relation;
    IndexInfo *info;
};

struct BulkLeaf {
    Relation relation;
    BulkInsertState insertion;
    BulkIndex *indexes;
    int index_count;
    RowChecks checks;
    Datum *seen; // the row before, for the checks
    bool *seen_nulls;
    bool has_seen;
    MemoryContext home; // lives as long as the partition is open
    TupleTableSlot **slots;
    int slot_count;
};

constexpr int bulk_slots = 1000; // rows that one call of the heap takes, as in COPY

// What stands in the way of bulk insertion into a table, or into one of its partitions; null: nothing.
const char *obstacle_of_table(Relation table, const BulkTerms &terms);
const char *obstacle_of_leaf(Relation leaf, Relation table, const BulkTerms &terms);
// Likewise in the indexes of a partition; opens them.
const char *open_indexes(BulkLeaf &leaf);

void open_row(BulkLeaf &leaf, EState *estate);
// Whether the slot's row passes NOT NULL, the lengths of varchar columns and all checks.
bool passes(BulkLeaf &leaf, TupleTableSlot *row, ExprContext *context);

// Writes rows, whose values stand one row after the other.
void insert_rows(BulkLeaf &leaf, const Datum *values, const bool *nulls, int count);
void close_leaf(BulkLeaf &leaf);

} // namespace roi::bridge
