// Bulk insertion into a table that is RANGE-partitioned by one timestamptz column, the way COPY does it: rows are checked, then
// written to the heap many at a time, then to each index in key order.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "bridge/error.hpp"

namespace roi::bridge {

// One partition on its way; bulk_leaf.hpp.
struct BulkLeaf;

// What may be there without standing in the way.
struct BulkTerms {
    Oid own_trigger = InvalidOid; // the function of statement triggers whose work the caller does
    Oid users = InvalidOid;       // foreign keys of user_id to this table: the caller has locked the rows
};

// Nothing is written before write(): a row that cannot be written here can still be written by a statement, together with
// all others added. Acts like an INSERT into the table by the current role: its privileges, defaults, NOT NULL, CHECK and unique
// constraints hold; what else an INSERT would do makes obstacle() speak. Call close() at the end; when an exception leaves
// it open, the exception must leave the SQL function too.
class BulkTable {
public:
    BulkTable(Oid schema, const char *name, const BulkTerms &terms);
    ~BulkTable() = default; // close() ends the work, or the abort does
    BulkTable(const BulkTable &) = delete;
    BulkTable &operator=(const BulkTable &) = delete;
    void close();

    // Why a statement must write the rows; null: nothing. Stays once it has spoken.
    const char *obstacle() const { return obstacle_; }

    // The place of a column in values(), counted from 0, which the caller fills in every row; an obstacle when there is none
    // or it has another type.
    int column(const char *name, Oid type);
    // Of a numeric column: millionths of that magnitude are too many for it; 0 unless it has six decimals.
    std::int64_t micros_limit(int column) const;

    // The row to be added. By-reference values must live until write() or forget(), and are taken for equal to those of the row
    // before where they are the same pointer.
    Datum *values() { return slot_->tts_values; }
    bool *nulls() { return slot_->tts_isnull; }
    // Takes the row, whose partition is that of the moment. False: an obstacle.
    bool add(TimestampTz moment);

    std::size_t size() const { return rows_.size(); }
    std::size_t partitions() const { return leaves_.size(); } // that are open, with room for their rows
    void write();  // all rows that were added; visible to what follows
    void forget(); // drops them

private:
    struct Row {
        BulkLeaf *leaf;
        std::size_t values; // place in values_ and nulls_
    };

    void open(Oid schema, const char *name);
    void find_obstacle();
    void find_defaults();
    Oid partition_of(TimestampTz moment);
    BulkLeaf *leaf_of(TimestampTz moment);
    BulkLeaf *open_leaf(TimestampTz moment);
    bool stand(const char *obstacle) {
        obstacle_ = obstacle;
        return false;
    }

    struct Default {
        int column;
        ExprState *state; // null: no default
    };

    BulkTerms terms_;
    Relation relation_ = nullptr;
    EState *estate_ = nullptr;
    TupleTableSlot *slot_ = nullptr;
    const char *obstacle_ = nullptr;
    int width_ = 0;
    std::vector<bool> filled_; // columns that the caller fills
    std::vector<Default> defaults_;
    std::map<Oid, BulkLeaf *> leaves_;
    BulkLeaf *last_leaf_ = nullptr;
    TimestampTz last_moment_ = 0;
    std::vector<Row> rows_;
    std::vector<Datum> values_;
    std::vector<char> nulls_;
};

} // namespace roi::bridge
