// Plain C++ values to and from Datums: text, 64-bit integers, moments, and arrays of them for unnest().
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/vector.hpp>

#include "bridge/spi.hpp"

namespace roi::bridge {

// A moment that is not there: nothing stamped, no date.
constexpr std::int64_t no_moment = std::numeric_limits<std::int64_t>::min();

// Raises an error with SQLSTATE, message, DETAIL and HINT; empty detail and hint are left out.
[[noreturn]] void fail(int sqlstate, const std::string &message, const std::string &detail,
                       const std::string &hint);

// Gives a backend error a HINT where it has none, and throws it on; the second form under another SQLSTATE.
[[noreturn]] void rethrow_with_hint(const BackendError &error, const std::string &hint);
[[noreturn]] void rethrow_as(const BackendError &error, int sqlstate, const std::string &hint);

// Tells the client something by NOTICE.
void notice(const std::string &message, const std::string &hint = {});

// The first 100 bytes of a text, cut on a character boundary, for messages.
std::string clip(std::string_view text);

Argument text_argument(std::string_view text);
Argument text_or_null(std::string_view text); // empty text becomes NULL
inline Argument int64_argument(std::int64_t value) { return {Int64GetDatum(value), false}; }
inline Argument int32_argument(std::int32_t value) { return {Int32GetDatum(value), false}; }
inline Argument bool_argument(bool value) { return {BoolGetDatum(value), false}; }
// Millionths as numeric with six decimals.
Argument micros_argument(std::int64_t micros);

// Seconds since 1970-01-01 00:00 UTC and back; fractions are cut towards the past.
TimestampTz timestamp_of(std::int64_t unix_seconds);
std::int64_t unix_seconds_of(TimestampTz timestamp);
Argument moment_argument(std::int64_t unix_seconds); // no_moment becomes NULL

// A text that is built where it will be returned from, in the memory context that was current when the object was made.
class ResultText {
public:
    ResultText() : context_(CurrentMemoryContext) {}
    // Room for `room` bytes, which begin with the first `used` of before; text of at most 1 GB, else 54000.
    char *grow(std::size_t used, std::size_t room);
    Datum finish(std::size_t size) {
        SET_VARSIZE(memory_, VARHDRSZ + size);
        return PointerGetDatum(memory_);
    }

private:
    MemoryContext context_;
    struct varlena *memory_ = nullptr;
};

std::string text_of(Datum value); // of a text, varchar or bytea
bool is_text(Datum value, std::string_view text);

// Arguments of the SQL function that is running.
bool has_argument(FunctionCallInfo fcinfo, int number);
std::string text_of(FunctionCallInfo fcinfo, int number); // of a text or bytea; empty for NULL
// The user a function answers for; NULL and empty text raise 22004.
std::string user_of(FunctionCallInfo fcinfo, int number);

// One column of an unnest() call. Text is viewed, not copied, until array() builds the Datum.
class TextColumn {
public:
    void reserve(std::size_t count) { values_.reserve(count); }
    void add(std::string_view text) { values_.push_back(text); }
    void add_null() { values_.push_back(std::string_view()); }
    // Values that were added as null, and empty text, become SQL NULL: no column of ours holds empty text.
    Argument array() const;

private:
    std::vector<std::string_view> values_;
};

class Int64Column {
public:
    void reserve(std::size_t count) {
        values_.reserve(count);
        nulls_.reserve(count);
    }
    void add(std::int64_t value) {
        values_.push_back(Int64GetDatum(value));
        nulls_.push_back(false);
    }
    void add_null() {
        values_.push_back(0);
        nulls_.push_back(true);
    }
    void add_if(bool present, std::int64_t value) { present ? add(value) : add_null(); }
    Argument array() const;

private:
    std::vector<Datum> values_;
    boost::container::vector<bool> nulls_; // a plain array of bool, as construct_md_array wants it
};

class TimestampColumn {
public:
    void add(TimestampTz moment) { values_.push_back(TimestampTzGetDatum(moment)); }
    Argument array() const;

private:
    std::vector<Datum> values_;
};

// One row of a set-returning function, put into the materialized result that InitMaterializedSRF opened.
void open_result(FunctionCallInfo fcinfo);
void open_scalar_result(FunctionCallInfo fcinfo); // of a function that returns SETOF one scalar
void put_row(FunctionCallInfo fcinfo, const std::vector<Argument> &columns);
// Puts every row of the last SPI result as it is.
void put_spi_rows(FunctionCallInfo fcinfo);

} // namespace roi::bridge
