// Arguments and results that the analyses share.
#pragma once

#include <cstdint>
#include <string>

#include "core/report/columns.hpp"

#include "store/daily.hpp"
#include "store/report_row.hpp"

namespace roi::api {

// NULL where it is unknown; else numeric, rounded to millionths, or double precision.
bridge::Argument number_argument(double value);
bridge::Argument double_argument(double value);
bridge::Argument percent_argument(double share); // of 1
bridge::Argument count_argument(std::size_t count);
bridge::Argument date_argument(std::int64_t unix_day);

// The argument `number`, which lies in [least, most] (or strictly inside). Raises 22004 and 22023.
std::int32_t whole_argument(FunctionCallInfo fcinfo, int number, const char *name, std::int32_t least,
                            std::int32_t most);
double inner_argument(FunctionCallInfo fcinfo, int number, const char *name, double above, double below);
bool flag_argument(FunctionCallInfo fcinfo, int number, const char *name);

// One of the words, separated by blanks; returns its place. Raises 22004 and 22023 with the words.
std::size_t word_argument(FunctionCallInfo fcinfo, int number, const char *name, const char *words);

// Whether a measure is spend; revenue else. Raises as word_argument().
bool is_spend(FunctionCallInfo fcinfo, int number);

// Raises PT422: an analysis needs facts.
[[noreturn]] void fail_empty();

} // namespace roi::api
