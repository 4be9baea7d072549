// What PostgreSQL tells a statement trigger: the event, the table, and the rows before and after.
#pragma once

#include "bridge/error.hpp"

namespace roi::bridge {

struct TriggerCall {
    enum class Event { insert, update, erase, truncate };

    Event event = Event::insert;
    Relation relation = nullptr;        // the table or partition that the statement named
    Tuplestorestate *removed = nullptr; // rows before the statement, when the event has them
    Tuplestorestate *written = nullptr; // rows after it
    MemoryContext query = nullptr;      // see RowCall
    TupleDesc columns() const { return RelationGetDescr(relation); }
};

// Raises 39P01 unless the function runs as an AFTER ... FOR EACH STATEMENT trigger with the transition tables of its event.
TriggerCall trigger_call(FunctionCallInfo fcinfo);

// What a trigger sees before a row is updated.
struct RowCall {
    Relation relation = nullptr; // the partition that holds the row
    HeapTuple before = nullptr, after = nullptr;
    // The executor's memory for the running query: the same for all its triggers, another one for the queries that functions
    // and triggers run meanwhile; gone with the query, however that ends.
    MemoryContext query = nullptr;
    Datum answer = Datum{0}; // what the function returns
};

// Raises 39P01 unless the function runs as a BEFORE UPDATE ... FOR EACH ROW trigger.
RowCall row_call(FunctionCallInfo fcinfo);

// Raises 39P01 unless the function runs as an AFTER trigger of any kind.
void check_after_trigger(FunctionCallInfo fcinfo);

// The number of the command that fired the running trigger, within its transaction.
CommandId running_command();

// How deep the running trigger is nested: 1 for a trigger of the client's own statement, 0 outside any trigger.
int trigger_depth();

// Reads a transition table from its start; other readers of the same table are not disturbed.
class TransitionRows {
public:
    TransitionRows(Tuplestorestate *rows, TupleDesc columns);
    ~TransitionRows() { ExecDropSingleTupleTableSlot(slot_); } // frees memory and a reference; cannot ereport
    TransitionRows(const TransitionRows &) = delete;
    TransitionRows &operator=(const TransitionRows &) = delete;

    bool next();
    // Of the row that next() went to, until the next one.
    const Datum *values() const { return slot_->tts_values; }
    const bool *nulls() const { return slot_->tts_isnull; }

private:
    Tuplestorestate *rows_;
    TupleTableSlot *slot_ = nullptr;
    MemoryContext home_ = CurrentMemoryContext; // rows read back from disk live here
    int reader_ = 0;
};

} // namespace roi::bridge
