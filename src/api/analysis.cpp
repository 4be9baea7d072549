// Numbers and words on their way in and out of the analyses.
#include <cmath>
#include <sstream>

#include "api/analysis.hpp"

namespace roi::api {

using namespace bridge;

Argument number_argument(double value) {
    constexpr double too_large = 1e30; // 128 bits hold it in millionths
    if (!std::isfinite(value) || std::fabs(value) >= too_large) return null_argument();
    return store::numeric_of(core::report::money_of(
        static_cast<core::report::Int128>(std::round(value * static_cast<double>(core::micros_per_unit)))));
}

Argument double_argument(double value) {
    return std::isfinite(value) ? Argument{Float8GetDatum(value), false} : null_argument();
}

Argument percent_argument(double share) { return number_argument(100 * share); }

Argument count_argument(std::size_t count) { return int64_argument(static_cast<std::int64_t>(count)); }

Argument date_argument(std::int64_t unix_day) {
    return {DateADTGetDatum(static_cast<DateADT>(unix_day - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE))),
            false};
}

namespace {

void require_argument(FunctionCallInfo fcinfo, int number, const char *name) {
    if (!has_argument(fcinfo, number))
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, std::string(name) + " must not be NULL",
             "The answer depends on it.", "Leave it out for its default.");
}

std::string shown(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

} // namespace

std::int32_t whole_argument(FunctionCallInfo fcinfo, int number, const char *name, std::int32_t least,
                            std::int32_t most) {
    require_argument(fcinfo, number, name);
    const std::int32_t value = PG_GETARG_INT32(number);
    if (value < least || value > most)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, std::string(name) + " is out of range",
             "It is " + std::to_string(value) + ".",
             "Use " + std::to_string(least) + " to " + std::to_string(most) + ".");
    return value;
}

double inner_argument(FunctionCallInfo fcinfo, int number, const char *name, double above, double below) {
    require_argument(fcinfo, number, name);
    const Datum given = PG_GETARG_DATUM(number);
    const double value =
        call([given] { return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, given)); });
    if (!(value > above && value < below))
        fail(ERRCODE_INVALID_PARAMETER_VALUE, std::string(name) + " is out of range",
             "It is " + shown(value) + ".",
             "Use a number above " + shown(above) + " and below " + shown(below) + ".");
    return value;
}

bool flag_argument(FunctionCallInfo fcinfo, int number, const char *name) {
    require_argument(fcinfo, number, name);
    return PG_GETARG_BOOL(number);
}

std::size_t word_argument(FunctionCallInfo fcinfo, int number, const char *name, const char *words) {
    const std::string given = store::required_text(fcinfo, number, name);
    std::istringstream known(words);
    std::string list, word;
    for (std::size_t place = 0; known >> word; ++place) {
        if (word == given) return place;
        list += (list.empty() ? "" : ", ") + word;
    }
    fail(ERRCODE_INVALID_PARAMETER_VALUE, std::string(name) + " \"" + clip(given) + "\" is not known",
         "It is one of a few words.", "Use one of " + list + ".");
}

bool is_spend(FunctionCallInfo fcinfo, int number) {
    return word_argument(fcinfo, number, "measure", "revenue spend") == 1;
}

void fail_empty() {
    throw core::Error(core::Fault::too_little, "there is no whole day with facts in the range",
                      "The present day is not over, and days outside the first and last fact are not known.",
                      "Ask over a longer period.");
}

} // namespace roi::api
