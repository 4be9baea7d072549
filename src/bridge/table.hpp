// Direct access to an ordinary table by its primary key, as logical replication applies rows: derived rows are read and
// written one by one without a plan, with their constraints and indexes; row triggers do not fire.
#pragma once

#include <cstddef>
#include <string>

#include "bridge/checks.hpp"

namespace roi::bridge {

// Sees everything committed and everything this transaction has done up to its opening or see_now(), but not what is written
// through the object itself since: write no row twice. No privileges or policies apply. Call close() at the end; when an exception
// leaves it open, the exception must leave the SQL function too: the abort releases what it holds.
class Table {
public:
    // Opens the table and its primary key for writing.
    Table(Oid schema, const char *name);
    ~Table() = default; // close() ends the work, or the abort does
    Table(const Table &) = delete;
    Table &operator=(const Table &) = delete;
    void close();   // makes the writes visible to what follows
    void see_now(); // as if it were opened anew; not for a walk()

    // The place of a column in values(), counted from 0.
    int column(const char *name) const;
    // Those of several, fastest in the order of the table.
    void columns(const char *const *names, std::size_t count, int *places) const;

    // Looks for rows whose first `count` columns of the primary key equal `key`, in key order; true when there is one.
    // next() goes on to the next such row. The row found stays current until the next call of either.
    bool find(const Datum *key, int count);
    bool next();
    // From now on whole keys come mostly in the order of the primary key, and mostly those of neighbouring rows: find() goes on from
    // the row before, within the rows that share the first `shared` columns, and searches anew where that does not lead to the
    // row. For many rows; they are not remembered, see remember().
    void walk(int shared);

    // The columns of the row found, or of the row to be written. By-reference values of a found row live until the
    // next find() or next().
    Datum *values() { return values_; }
    bool *nulls() { return nulls_; }
    void blank(); // all columns NULL, ready to be filled
    // The row found was written by the running transaction or a part of it that has not been rolled back.
    bool is_written_by_us() const;

    void insert(); // values() as a new row
    // The row found becomes values(), or goes. 40001 when somebody else has changed it since.
    void update();
    void erase();

private:
    void begin_scan(int count);
    void load();
    void make_walk_keys();
    bool find_ahead(const Datum *key);
    void restart_walk(const Datum *key);
    bool is_at(const Datum *key);
    void advance();
    bool fetch_here(const Datum *key);
    void replace_found();
    bool find_own(const Datum *key);
    void remember();
    std::string key_text(const Datum *values, const int *places) const;

    Relation relation_ = nullptr;
    Relation index_ = nullptr;
    Snapshot snapshot_ = nullptr;
    IndexScanDesc scan_ = nullptr;
    BlockNumber blocks_ = 0; // of the table when it was opened
    int shared_ = 0;         // walk(); 0: no walk
    ScanKey walk_keys_ = nullptr, walk_members_ = nullptr;
    IndexScanDesc walk_ = nullptr;
    bool is_walking_ = false; // it stands at an entry of the index
    bool is_used_ = false;    // whose row was the last answer
    ScanKey keys_ = nullptr;
    int key_count_ = 0;
    int key_places_[INDEX_MAX_KEYS] = {}; // columns of the primary key
    EState *estate_ = nullptr;
    ResultRelInfo *target_ = nullptr;
    EPQState *recheck_ = nullptr;
    TupleTableSlot *found_ = nullptr;
    TupleTableSlot *written_ = nullptr;
    TupleTableSlot *stored_ = nullptr; // written_ as a heap tuple
    RowChecks checks_{};               // opened by the first update
    bool is_plain_ = false;            // no column is computed
    Datum *values_ = nullptr;
    bool *nulls_ = nullptr;
};

// Makes what this transaction has written so far visible to statements and Tables that begin from now on.
void see_own_writes();

} // namespace roi::bridge
