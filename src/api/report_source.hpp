// Asks the read functions, as any client would, for everything that a report shows.
#pragma once

#include "report/source.hpp"

#include "api/answer.hpp"

namespace roi::api {

// Reads the arguments that all read functions share and checks who asks; answers inside an SpiScope of its own, from the snapshot
// of the calling statement. Errors as roi_dashboard; 55000 where the database does not hold UTF-8.
report::Source read_report(FunctionCallInfo fcinfo);

} // namespace roi::api
