// Checks page_size and says what is wrong with a page_key.
#include "api/paging.hpp"

namespace roi::api {

using namespace bridge;

int32 page_size_of(FunctionCallInfo fcinfo, int number) {
    constexpr int32 most = 1000;
    if (!has_argument(fcinfo, number))
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "page_size must not be NULL",
             "It is how many rows a page holds.", "Leave it out for its default.");
    const int32 size = PG_GETARG_INT32(number);
    if (size < 1 || size > most)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "page_size is out of range: " + std::to_string(size),
             "The most is 1000.",
             "A page holds 1 to 1000 rows; pass the last page_key as after for the next page.");
    return size;
}

void fail_page_key(const std::string &page_key, const std::string &detail) {
    fail(ERRCODE_INVALID_PARAMETER_VALUE, "after is not a page_key: \"" + clip(page_key) + "\"", detail,
         "Pass the page_key of the last row of the page before, or leave it out for the first page.");
}

} // namespace roi::api
