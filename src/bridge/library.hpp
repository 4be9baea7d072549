// A function of another library, which may be missing.
#pragma once

#include "bridge/error.hpp"

namespace roi::bridge {

class LibraryFunction {
public:
    // Loads the library if this session has not. Raises 58P01 with that message and hint, and what the loader said as DETAIL, where it
    // or one that it needs is not there.
    LibraryFunction(const char *library, const char *symbol, const char *message, const char *hint);

    Datum operator()(Datum argument) const;

private:
    PGFunction function_;
};

} // namespace roi::bridge
