// A stored row with some other values, without forming it anew. Backend code, to be run inside call().
#pragma once

#include "bridge/error.hpp"

namespace roi::bridge {

// The row that `found` shows, as a tuple with these values, where nothing but numbers (columns passed by value) has changed;
// null otherwise, and where the stored row ends before them (columns were added) or is no heap tuple. The caller frees it. found: a row of a table's heap, with all its columns taken apart.
HeapTuple with_numbers(TupleTableSlot *found, const Datum *values, const bool *nulls);

} // namespace roi::bridge
