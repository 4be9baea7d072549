// Turns backend errors into C++ exceptions and back without losing a field of the report.
#include "bridge/error.hpp"

namespace roi::bridge {
namespace {

// The report must outlive the memory contexts that unwinding deletes, and must not outlive the transaction
// (or subtransaction) that the error ends.
MemoryContext report_context() noexcept {
    return CurTransactionContext != nullptr ? CurTransactionContext : TopMemoryContext;
}

// Copies the error on the backend's stack; null when there is no memory left for the copy.
ErrorData *copy_report() noexcept {
    JumpScope scope;
    sigjmp_buf here;
    if (sigsetjmp(here, 0) != 0) return nullptr;
    PG_exception_stack = &here;
    MemoryContextSwitchTo(report_context());
    return CopyErrorData();
}

int sqlstate_of(core::Fault fault) noexcept {
    switch (fault) {
    case core::Fault::invalid_argument:
        return ERRCODE_INVALID_PARAMETER_VALUE;
    case core::Fault::out_of_range:
        return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
    case core::Fault::bad_file:
        return ERRCODE_BAD_COPY_FILE_FORMAT;
    case core::Fault::bad_encoding:
        return ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
    case core::Fault::too_large:
        return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
    case core::Fault::too_little:
        return MAKE_SQLSTATE('P', 'T', '4', '2', '2'); // PostgREST answers 422
    case core::Fault::corrupt:
        return ERRCODE_DATA_CORRUPTED;
    }
    return ERRCODE_INTERNAL_ERROR;
}

// Copies text, cut on a character boundary of UTF-8, so that a client never sees half a character. What is
// no text in the encoding of the database loses its bytes above ASCII; pg_verifymbstr does not ereport here.
void copy_text(char *target, size_t size, const char *source) noexcept {
    size_t length = strlen(source);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && (static_cast<unsigned char>(source[length]) & 0xC0) == 0x80)
            --length;
    }
    memcpy(target, source, length);
    target[length] = '\0';
    if (!pg_verifymbstr(target, static_cast<int>(length), true))
        for (char *byte = target; *byte != '\0'; ++byte)
            if (static_cast<unsigned char>(*byte) >= 0x80) *byte = '?';
}

} // namespace

void throw_caught_error(MemoryContext context) {
    ErrorData *const data = copy_report();
    MemoryContextSwitchTo(context);
    FlushErrorState();
    if (data == nullptr) throw std::bad_alloc();
    throw BackendError(data);
}

void describe(const core::Error &error, Report &report) noexcept {
    report.sqlstate = sqlstate_of(error.fault());
    copy_text(report.message, sizeof report.message, error.what());
    copy_text(report.detail, sizeof report.detail, error.detail().c_str());
    copy_text(report.hint, sizeof report.hint, error.hint().c_str());
}

void describe(int sqlstate, const char *message, Report &report) noexcept {
    report.sqlstate = sqlstate;
    copy_text(report.message, sizeof report.message, message);
}

void raise(const Report &report) {
    ereport(ERROR, (errcode(report.sqlstate), errmsg("%s", report.message),
                    report.detail[0] != '\0' ? errdetail("%s", report.detail) : 0,
                    report.hint[0] != '\0' ? errhint("%s", report.hint) : 0));
    pg_unreachable();
}

} // namespace roi::bridge
