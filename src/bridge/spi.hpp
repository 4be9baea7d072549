// SPI for C++: a connection scope and statements whose plans are kept and revalidated.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "bridge/row.hpp"

namespace roi::bridge {

// SPI is open while this lives. When an exception unwinds it, the transaction's abort closes SPI instead: an exception
// that has passed an SpiScope must leave the SQL function.
class SpiScope {
public:
    SpiScope();
    ~SpiScope();
    SpiScope(const SpiScope &) = delete;
    SpiScope &operator=(const SpiScope &) = delete;

private:
    int uncaught_;
};

// One argument of a statement: a Datum that the caller keeps alive, or SQL NULL.
struct Argument {
    Datum value = 0;
    bool is_null = false;
};

inline Argument null_argument() { return {0, true}; }

// Statement text in which "@roi@" stands for the quoted schema of the extension and "@users@" for the users table, with its
// argument types.
// Objects are constants with static lifetime: their address keys the table of kept plans.
struct Statement {
    const char *text;
    std::vector<Oid> types;
    // Plans anew at each run: for statements over long arrays, whose best plan depends on the sizes of the moment.
    // A generic plan made over an empty table would scan it once a row when it has grown.
    bool custom_plan = false;
    // Keeps one plan for all arguments, unless it is a custom_plan too, and plans it without sequential scans, hash and merge
    // joins and JIT: for what an index answers whatever the statistics of the moment say.
    bool index_plan = false;
    // Plans joins as hash joins, without JIT: for joins of sets that may be large and that statistics know nothing of. A merge
    // join may follow an index in the order of the first column alone, and compare all rows that are equal in it.
    // Hash joins and sorts stay within work_mem, 2 MiB a node at most; IN over a hash of all rows does not.
    bool set_plan = false;
};

// The table whose clerk_id every user_id references; 55000 when there is none.
Oid users_table(Oid schema);

// The role that owns a relation; InvalidOid where there is none.
Oid owner_of(Oid relation);

// Runs the statement under SPI and returns the number of rows processed; SPI_tuptable holds what it returned until
// the next statement runs: copy what must outlive it.
// A kept plan is used as long as it is valid and rebuilt from its text when it is not, as ri_triggers.c does.
uint64 execute(const Statement &statement, Oid schema, const std::vector<Argument> &arguments,
               bool read_only);

// The same for a statement that only reads, by a snapshot of this moment at every isolation level.
uint64 execute_latest(const Statement &statement, Oid schema, const std::vector<Argument> &arguments);

// Runs a read-only statement and hands each row to the sink as it comes, without copying it. Values live until the sink
// returns; large ones are detoasted already. The sink must not call the backend.
using RowSink = std::function<void(const Datum *values, const bool *nulls)>;
void stream(const Statement &statement, Oid schema, const std::vector<Argument> &arguments,
            const RowSink &sink);

// The same for rows with a block, whose numbers are handed over as one array. A sink that answers false has had enough.
using BlockSink = std::function<bool(const Datum *values, const bool *nulls, const std::int64_t *block)>;
void stream(const Statement &statement, Oid schema, const std::vector<Argument> &arguments,
            const Block &block, const BlockSink &sink);

// A column of row `row` (0-based) of the last result, 1-based column number.
Argument result(uint64 row, int column);
int64 result_int64(uint64 row, int column);
// Text of a text-like column; empty for NULL.
std::string result_text(uint64 row, int column);

// Takes the last result over, so that it outlives other statements, and reads it row by row, whole rows at once.
class ResultRows {
public:
    ResultRows();
    ~ResultRows();
    ResultRows(const ResultRows &) = delete;
    ResultRows &operator=(const ResultRows &) = delete;

    TupleDesc columns() const { return table_->tupdesc; }
    bool next();
    // Of the row that next() went to; they live as long as this object.
    const Datum *values() const { return values_; }
    const bool *nulls() const { return nulls_; }

private:
    SPITupleTable *table_;
    uint64 row_ = 0;
    Datum *values_;
    bool *nulls_;
    int uncaught_;
};

} // namespace roi::bridge
