// The wall between C++ exceptions and PostgreSQL errors. Neither ever crosses a frame of the other kind:
// call() turns a backend error into a C++ exception, entry() turns every C++ exception into a backend error.
#pragma once

#include <csetjmp>
#include <exception>
#include <new>
#include <stdexcept>
#include <type_traits>

#include "core/error.hpp"

#include "bridge/postgres.hpp"

namespace roi::bridge {

// A backend error on its way through C++ frames. It carries the whole report, so that SQLSTATE, DETAIL, HINT,
// CONTEXT and constraint names survive; entry() raises it again. Whoever catches it must rethrow it: going on
// after a backend error needs a subtransaction.
class BackendError final : public std::exception {
public:
    explicit BackendError(ErrorData *data) noexcept : data_(data) {}
    const char *what() const noexcept override { return data_->message ? data_->message : "backend error"; }
    ErrorData *data() const noexcept { return data_; }

private:
    ErrorData *data_;
};

// The backend's idea of where an error jumps to, put back on every way out, a C++ throw included.
class JumpScope {
public:
    JumpScope() noexcept : jump_(PG_exception_stack), context_(error_context_stack) {}
    ~JumpScope() {
        PG_exception_stack = jump_;
        error_context_stack = context_;
    }
    JumpScope(const JumpScope &) = delete;
    JumpScope &operator=(const JumpScope &) = delete;

private:
    sigjmp_buf *jump_;
    ErrorContextCallback *context_;
};

[[noreturn]] void throw_caught_error(MemoryContext context);

// Runs f, which may call the backend. If the backend raises an error, it leaves call() as a BackendError.
// f's own locals must be trivially destructible: an error jumps over them. f may throw C++ exceptions.
template <class F>
auto call(F &&f) -> decltype(f()) {
    using Result = decltype(f());
    static_assert(std::is_void_v<Result> || std::is_trivially_copyable_v<Result>,
                  "only plain values may cross a backend call");
    MemoryContext const context = CurrentMemoryContext;
    {
        JumpScope scope;
        sigjmp_buf here;
        if (sigsetjmp(here, 0) == 0) {
            PG_exception_stack = &here;
            return f();
        }
    }
    throw_caught_error(context);
}

// Lets a cancel, a timeout or a termination through; cheap when none is pending. Every long loop calls it.
inline void check_interrupts() {
    if (unlikely(InterruptPending)) call([] { ProcessInterrupts(); });
}

// A C++ exception flattened to plain memory, so that it can be raised after its handler has ended.
struct Report {
    int sqlstate = ERRCODE_INTERNAL_ERROR;
    char message[1024] = {};
    char detail[2048] = {};
    char hint[1024] = {};
};

void describe(const core::Error &error, Report &report) noexcept;
void describe(int sqlstate, const char *message, Report &report) noexcept;
[[noreturn]] void raise(const Report &report);

// The outward wall: the body of every SQL function runs in here and nowhere else.
template <Datum (*Body)(FunctionCallInfo)>
Datum entry(FunctionCallInfo fcinfo) {
    ErrorData *backend_error = nullptr;
    Report report;
    try {
        return Body(fcinfo);
    } catch (const BackendError &error) {
        backend_error = error.data();
    } catch (const core::Error &error) {
        describe(error, report);
    } catch (const std::bad_alloc &) {
        describe(ERRCODE_OUT_OF_MEMORY, "out of memory", report);
    } catch (const std::exception &error) {
        describe(ERRCODE_INTERNAL_ERROR, error.what(), report);
    } catch (...) {
        describe(ERRCODE_INTERNAL_ERROR, "unknown C++ exception", report);
    }
    // Every handler has ended and every C++ object of the body is gone: only now may the backend jump.
    if (backend_error != nullptr) ReThrowError(backend_error);
    raise(report);
}

} // namespace roi::bridge

// Defines an SQL-callable function behind the wall: ROI_FUNCTION(roi_total) { ... use fcinfo ... }
#define ROI_FUNCTION(name)                                                                                   \
    static Datum name##_body(FunctionCallInfo fcinfo);                                                       \
    extern "C" {                                                                                             \
    /* PostgreSQL 15 declares the function without PGDLLEXPORT, which hidden visibility needs. */            \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                                                \
    PG_FUNCTION_INFO_V1(name);                                                                               \
    Datum name(PG_FUNCTION_ARGS) { return ::roi::bridge::entry<name##_body>(fcinfo); }                       \
    }                                                                                                        \
    static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)
