// Conversions between C++ values and Datums, and the materialized result of a set-returning function.
#include "bridge/datum.hpp"

#include <algorithm>

namespace roi::bridge {
namespace {

constexpr std::int64_t postgres_epoch =
    (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * std::int64_t{SECS_PER_DAY};

Argument array_of(const Datum *values, const bool *nulls, std::size_t count, Oid type, int length,
                  bool by_value, char align) {
    return call([=] {
        int size = static_cast<int>(count);
        int lower_bound = 1;
        // construct_md_array only reads its inputs; its prototype has no const.
        ArrayType *array = construct_md_array(const_cast<Datum *>(values), const_cast<bool *>(nulls), 1,
                                              &size, &lower_bound, type, length, by_value, align);
        return Argument{PointerGetDatum(array), false};
    });
}

} // namespace

void fail(int sqlstate, const std::string &message, const std::string &detail, const std::string &hint) {
    const char *const message_text = message.c_str();
    const char *const detail_text = detail.empty() ? nullptr : detail.c_str();
    const char *const hint_text = hint.empty() ? nullptr : hint.c_str();
    call([=] {
        ereport(ERROR,
                (errcode(sqlstate), errmsg("%s", message_text),
                 detail_text ? errdetail("%s", detail_text) : 0, hint_text ? errhint("%s", hint_text) : 0));
    });
    throw std::logic_error("an error was not raised"); // not reached: ereport(ERROR) never returns
}

void rethrow_with_hint(const BackendError &error, const std::string &hint) {
    ErrorData *const data = error.data();
    const char *const text = hint.c_str();
    if (data->hint == nullptr)
        data->hint = call([data, text] { return MemoryContextStrdup(GetMemoryChunkContext(data), text); });
    throw BackendError(data);
}

void rethrow_as(const BackendError &error, int sqlstate, const std::string &hint) {
    error.data()->sqlerrcode = sqlstate;
    rethrow_with_hint(error, hint);
}

void notice(const std::string &message, const std::string &hint) {
    const char *const text = message.c_str();
    const char *const advice = hint.c_str();
    call([text, advice] {
        ereport(NOTICE, (errmsg("%s", text), advice[0] != '\0' ? errhint("%s", advice) : 0));
    });
}

std::string clip(std::string_view text) {
    const int length = static_cast<int>(std::min<std::size_t>(text.size(), 1000));
    return std::string(text.substr(0, static_cast<std::size_t>(pg_mbcliplen(text.data(), length, 100))));
}

Argument text_argument(std::string_view text) {
    return call([text] {
        return Argument{PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size()))),
                        false};
    });
}

Argument text_or_null(std::string_view text) { return text.empty() ? null_argument() : text_argument(text); }

Argument micros_argument(std::int64_t micros) {
    return call([micros] { return Argument{NumericGetDatum(int64_div_fast_to_numeric(micros, 6)), false}; });
}

TimestampTz timestamp_of(std::int64_t unix_seconds) {
    return (unix_seconds - postgres_epoch) * USECS_PER_SEC;
}

std::int64_t unix_seconds_of(TimestampTz timestamp) {
    std::int64_t seconds = timestamp / USECS_PER_SEC;
    if (timestamp % USECS_PER_SEC < 0) --seconds;
    return seconds + postgres_epoch;
}

Argument moment_argument(std::int64_t unix_seconds) {
    if (unix_seconds == no_moment) return null_argument();
    return {TimestampTzGetDatum(timestamp_of(unix_seconds)), false};
}

bool is_text(Datum value, std::string_view text) {
    return call([value, text] {
        const struct varlena *const bytes = PG_DETOAST_DATUM_PACKED(value);
        return std::string_view(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)) == text;
    });
}

bool has_argument(FunctionCallInfo fcinfo, int number) { return !PG_ARGISNULL(number); }

namespace {

// The C library hands a long answer's memory back to the kernel after each call, and page by page takes it again, which costs a
// fifth of the time, until a block larger than that has been freed once; from then on it keeps up to twice that block.
void keep_freed_memory() {
    static const bool done = [] {
        constexpr std::size_t large = std::size_t{1} << 20;
        void *volatile block = std::malloc(large);
        std::free(block);
        return true;
    }();
    static_cast<void>(done);
}

} // namespace

char *ResultText::grow(std::size_t used, std::size_t room) {
    keep_freed_memory();
    return call([this, used, room] {
        if (room > MaxAllocSize - VARHDRSZ)
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the answer is longer than 1 GB"),
                            errhint("Ask for a shorter range.")));
        auto *const larger = static_cast<struct varlena *>(MemoryContextAlloc(context_, VARHDRSZ + room));
        if (used > 0) std::memcpy(VARDATA(larger), VARDATA(memory_), used);
        if (memory_ != nullptr) pfree(memory_);
        memory_ = larger;
        return VARDATA(larger);
    });
}

std::string text_of(Datum value) {
    const text *const packed = call([value] { return DatumGetTextPP(value); });
    return std::string(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
}

std::string text_of(FunctionCallInfo fcinfo, int number) {
    return PG_ARGISNULL(number) ? std::string() : text_of(PG_GETARG_DATUM(number));
}

std::string user_of(FunctionCallInfo fcinfo, int number) {
    std::string user = text_of(fcinfo, number);
    if (user.empty())
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "no user is named and nobody is signed in",
             "Every call is for one user.",
             "Pass user_id, or sign in so that roi_current_user_id() knows who asks.");
    return user;
}

Argument TextColumn::array() const {
    std::vector<Datum> values(values_.size());
    boost::container::vector<bool> nulls(values_.size());
    Datum *const value_array = values.data();
    bool *const null_array = nulls.data();
    const std::string_view *const source = values_.data();
    const std::size_t count = values_.size();
    call([=] {
        for (std::size_t i = 0; i < count; ++i) {
            null_array[i] = source[i].empty();
            if (!null_array[i])
                value_array[i] = PointerGetDatum(
                    cstring_to_text_with_len(source[i].data(), static_cast<int>(source[i].size())));
        }
    });
    return array_of(value_array, null_array, count, TEXTOID, -1, false, TYPALIGN_INT);
}

Argument Int64Column::array() const {
    return array_of(values_.data(), nulls_.data(), values_.size(), INT8OID, 8, FLOAT8PASSBYVAL,
                    TYPALIGN_DOUBLE);
}

Argument TimestampColumn::array() const {
    return array_of(values_.data(), nullptr, values_.size(), TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL,
                    TYPALIGN_DOUBLE);
}

void open_result(FunctionCallInfo fcinfo) {
    call([fcinfo] { InitMaterializedSRF(fcinfo, 0); });
}

void open_scalar_result(FunctionCallInfo fcinfo) {
    call([fcinfo] { InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC); });
}

void put_row(FunctionCallInfo fcinfo, const std::vector<Argument> &columns) {
    std::vector<Datum> values(columns.size());
    boost::container::vector<bool> nulls(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        values[i] = columns[i].value;
        nulls[i] = columns[i].is_null;
    }
    ReturnSetInfo *const info = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    Datum *const value_array = values.data();
    bool *const null_array = nulls.data();
    call([=] { tuplestore_putvalues(info->setResult, info->setDesc, value_array, null_array); });
}

void put_spi_rows(FunctionCallInfo fcinfo) {
    ReturnSetInfo *const info = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    call([info] {
        for (uint64 row = 0; row < SPI_tuptable->numvals; ++row)
            tuplestore_puttuple(info->setResult, SPI_tuptable->vals[row]);
    });
}

} // namespace roi::bridge
