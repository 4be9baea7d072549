// Reads rows of an ordinary table through its primary key, without a plan and without starting the executor.
#pragma once

#include "bridge/spi.hpp"

namespace roi::bridge {

// Reads by the active snapshot, as a read-only statement does, and keeps the table's lock until the transaction ends. Asks for
// no privilege and no policy: whoever reads for a caller decides first that the caller sees these rows.
// Call close() at the end; when an exception leaves it open, the exception must leave the SQL function too: the abort releases
// what it holds.
class KeyScan {
public:
    KeyScan(Oid schema, const char *name);
    ~KeyScan() = default; // close() ends the work, or the abort does
    KeyScan(const KeyScan &) = delete;
    KeyScan &operator=(const KeyScan &) = delete;
    void close();

    // False where a statement might find other rows: the name stands for no plain table, something inherits from it, its
    // primary key is not there or not of this many columns with these names.
    bool is_over(std::initializer_list<const char *> key) const;
    // Whether it stands for a plain table with a primary key of any columns.
    bool has_key() const { return index_ != nullptr; }
    // Whether the table begins with these columns.
    struct Column {
        const char *name;
        Oid type;
    };
    bool begins_with(const std::vector<Column> &columns) const;
    // The place of a column among all, counted from 0; -1 where there is none of this type among those that can be
    // read.
    int column(const char *name, Oid type) const;
    Relation relation() const { return relation_; } // nullptr where there is no such table
    AttrNumber first_key_column() const { return index_->rd_index->indkey.values[0]; } // counted from 1

    // Rows whose key begins with the values of `equal`, ascending in the rest of the key; with since and until, only those
    // whose next column of the key lies in [since, until). The sink gets the first `width` columns (0: all) as stream() has
    // them, and may not call the backend; when it answers false, it has had enough.
    struct Range {
        std::initializer_list<Datum> equal;
        const Datum *since = nullptr, *until = nullptr;
        bool is_backward = false;
    };
    void read(const Range &range, const Block &block, int width, const BlockSink &sink);

    // The transaction (or its subtransaction) that wrote the row of a whole key; InvalidTransactionId when there is none.
    TransactionId writer_of(std::initializer_list<Datum> key);

private:
    void begin(const Range &range);
    void add_key(StrategyNumber strategy, AttrNumber column, Datum value);

    Relation relation_ = nullptr;
    Relation index_ = nullptr;
    TupleTableSlot *slot_ = nullptr;
    IndexScanDesc scan_ = nullptr;
    int scan_keys_ = 0;
    ScanKeyData keys_[INDEX_MAX_KEYS];
    int key_count_ = 0;
    struct Operator {
        FmgrInfo function;
        Oid collation;
        bool is_known;
    };
    Operator operators_[4][3] =
        {}; // of the key's first columns: equal, at least, less; looked up when needed
};

} // namespace roi::bridge
