// NOT NULL and CHECK constraints of rows that hold mostly the same values as another row which has passed them.
#pragma once

#include "bridge/error.hpp"

namespace roi::bridge {

struct RowCheck {
    ExprState *state;
    int *columns; // that it reads, from 0; null: look at each row
    int count;
};

// Backend code, to be run inside call(). Everything lives in the EState's memory.
struct RowChecks {
    Relation relation;
    RowCheck *checks;
    int count;
};

RowChecks open_checks(Relation relation, EState *estate, bool for_stored_rows);

// Whether the slot's row passes. `seen`: a row that has passed already, null for none; by-reference values are the same where
// they are the same pointer.
bool passes(const RowChecks &checks, TupleTableSlot *row, ExprContext *context, const Datum *seen,
            const bool *seen_nulls);

} // namespace roi::bridge
