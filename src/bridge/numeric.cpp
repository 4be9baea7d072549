// Millionths by PostgreSQL's own numeric arithmetic.
#include "bridge/numeric.hpp"

namespace roi::bridge {

std::int64_t micros_of_numeric(Datum value) {
    static Numeric million = nullptr;
    if (million == nullptr) {
        MemoryContext const before = MemoryContextSwitchTo(TopMemoryContext);
        million = int64_to_numeric(1000000);
        MemoryContextSwitchTo(before);
    }
    return DatumGetInt64(
        DirectFunctionCall1(numeric_int8, DirectFunctionCall2(numeric_mul, value, NumericGetDatum(million))));
}

Datum numeric_of_micros(std::int64_t micros) { return NumericGetDatum(int64_div_fast_to_numeric(micros, 6)); }

} // namespace roi::bridge
