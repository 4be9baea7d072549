// Makes a report of what the read functions answered.
#pragma once

#include "report/source.hpp"

#include "core/seal.hpp"

namespace roi::report {

Report build(const Source &source);

} // namespace roi::report
