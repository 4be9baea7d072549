// Ways to fail behind the error wall, and functions that tell whether a failure left anything behind.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include <malloc.h>

#include "core/error.hpp"

#include "bridge/datum.hpp"
#include "bridge/memory.hpp"
#include "bridge/spi.hpp"

extern "C" {
ROI_MODULE_MAGIC("wall_test", "1.0");
}

namespace roi::wall {
namespace {

using bridge::call;
using core::Fault;

constexpr Oid bootstrap_superuser = 10;

std::int64_t born = 0;
std::int64_t live = 0;
std::int64_t strayed = 0;

// An object whose life is counted; its load is more than a string holds without malloc.
class Witness {
public:
    Witness() : load_(1000, 'w') {
        ++born;
        ++live;
    }
    ~Witness() { --live; }
    Witness(const Witness &) = delete;
    Witness &operator=(const Witness &) = delete;

private:
    std::string load_;
};

// Counts the ways out that did not put back what the scopes promise to put back.
class Watch {
public:
    Watch() noexcept : jump_(PG_exception_stack), context_(error_context_stack) {
        GetUserIdAndSecContext(&role_, &security_);
    }
    ~Watch() {
        Oid role = InvalidOid;
        int security = 0;
        GetUserIdAndSecContext(&role, &security);
        if (jump_ != PG_exception_stack || context_ != error_context_stack || role != role_ ||
            security != security_)
            ++strayed;
    }
    Watch(const Watch &) = delete;
    Watch &operator=(const Watch &) = delete;

private:
    sigjmp_buf *jump_;
    ErrorContextCallback *context_;
    Oid role_ = InvalidOid;
    int security_ = 0;
};

// --- C++ exceptions ---

void throw_runtime_error(const std::string &more) { throw std::runtime_error(more); }
void throw_bad_alloc(const std::string &) { throw std::bad_alloc(); }
void throw_latin1(const std::string &) { throw std::runtime_error("caf\xe9 au lait"); }
void throw_number(const std::string &) { throw 42; }

template <Fault fault>
void throw_fault(const std::string &more) {
    throw core::Error(fault, "message " + more, "detail " + more, "hint " + more);
}

void throw_bare_fault(const std::string &more) { throw core::Error(Fault::too_large, more); }

// --- errors of the backend ---

// Divides by zero as C code of the backend does; no C++ object may live in here.
void divide() { (void)DirectFunctionCall2(int4div, Int32GetDatum(1), Int32GetDatum(0)); }

void query(const std::string &sql) {
    const char *const text = sql.c_str();
    call([text] {
        const int code = SPI_execute(text, false, 0);
        if (code < 0) elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(code));
    });
}

void backend_error(const std::string &) {
    call([] { divide(); });
}

void through_spi(const std::string &more) {
    bridge::SpiScope spi;
    Witness witness;
    query(more);
}

void raised_by_fail(const std::string &more) {
    bridge::fail(ERRCODE_NO_DATA_FOUND, "message " + more, "detail " + more, "hint " + more);
}

void hint_added(const std::string &more) {
    try {
        through_spi(more);
    } catch (const bridge::BackendError &error) {
        bridge::rethrow_with_hint(error, "added by a handler");
    }
}

// --- nests ---

void throw_in_call(const std::string &more) {
    Witness witness;
    call([&more] { throw_runtime_error(more); });
}

void call_in_call(const std::string &) {
    Witness witness;
    call([] { call([] { call([] { divide(); }); }); });
}

void throw_in_call_in_call(const std::string &more) {
    Witness witness;
    call([&more] { call([&more] { throw_fault<Fault::bad_file>(more); }); });
}

// A C++ exception may be caught and forgotten, and the backend's next error must still find its way.
void caught_then_backend(const std::string &more) {
    Witness witness;
    try {
        call([&more] { throw_runtime_error(more); });
    } catch (const std::runtime_error &) {
        call([] { divide(); });
    }
}

// A backend error is replaced by one of ours, as a reader does that knows better what went wrong.
void backend_then_throw(const std::string &more) {
    Witness witness;
    try {
        call([] { divide(); });
    } catch (const bridge::BackendError &) {
        throw_runtime_error(more);
    }
}

void fail_in_scopes(const std::string &sql) {
    Witness witness;
    call([] { (void)palloc(100000); });
    if (sql.empty()) throw_fault<Fault::invalid_argument>("scopes");
    query(sql);
}

void scopes_in_spi(const std::string &more) {
    bridge::SpiScope spi;
    bridge::MemoryScope memory("wall");
    bridge::RoleScope role(bootstrap_superuser);
    bridge::MemoryScope inner("wall, inside");
    fail_in_scopes(more);
}

void spi_in_scopes(const std::string &more) {
    bridge::RoleScope role(bootstrap_superuser);
    bridge::MemoryScope memory("wall");
    bridge::SpiScope spi;
    fail_in_scopes(more);
}

// Uses the memory that unwinding and FlushErrorState() have freed, and raises an error of no consequence.
void scribble() {
    bridge::MemoryScope memory("wall, scribbling");
    call([] {
        for (int i = 0; i < 100; ++i)
            memset(palloc(1000), 'z', 1000);
    });
    try {
        call([] { elog(ERROR, "%0200d", 7); });
    } catch (const bridge::BackendError &) {
    }
}

// A handler far up works on before it throws the error on.
void late_rethrow(const std::string &more) {
    try {
        scopes_in_spi(more);
    } catch (const bridge::BackendError &) {
        scribble();
        throw;
    }
}

// --- loops ---

void loop(const std::string &) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    bridge::MemoryScope memory("wall, looping");
    Witness witness;
    while (std::chrono::steady_clock::now() < limit)
        bridge::check_interrupts();
    throw std::runtime_error("nobody stopped the loop");
}

// --- no memory for the copy of a report ---

// Forbids the process to grow. Returns 0, so that it can stand among the fields of a report.
int stop_growing() {
    long pages = 0;
    if (std::FILE *file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = static_cast<rlim_t>(pages) * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
    setrlimit(RLIMIT_AS, &limit);
    return 0;
}

// malloc maps blocks of this size one by one, so that none is lying around.
void raise_huge_message() {
    constexpr Size size = 40 * 1024 * 1024;
    char *const text = static_cast<char *>(palloc(size));
    memset(text, 'x', size - 1);
    text[size - 1] = '\0';
    ereport(ERROR, (errmsg_internal("%s", text), stop_growing()));
}

void starve(const std::string &) {
    Witness witness;
    rlimit before;
    getrlimit(RLIMIT_AS, &before);
    try {
        call([] { raise_huge_message(); });
    } catch (...) {
        setrlimit(RLIMIT_AS, &before);
        throw;
    }
}

// --- all ways by name ---

struct Way {
    std::string_view name;
    void (*fail)(const std::string &more);
};

constexpr Way ways[] = {
    {"runtime_error", throw_runtime_error},
    {"bad_alloc", throw_bad_alloc},
    {"latin1", throw_latin1},
    {"number", throw_number},
    {"invalid_argument", throw_fault<Fault::invalid_argument>},
    {"out_of_range", throw_fault<Fault::out_of_range>},
    {"bad_file", throw_fault<Fault::bad_file>},
    {"bad_encoding", throw_fault<Fault::bad_encoding>},
    {"too_large", throw_fault<Fault::too_large>},
    {"bare_fault", throw_bare_fault},
    {"backend", backend_error},
    {"spi", through_spi},
    {"fail", raised_by_fail},
    {"hint_added", hint_added},
    {"throw_in_call", throw_in_call},
    {"call_in_call", call_in_call},
    {"throw_in_call_in_call", throw_in_call_in_call},
    {"caught_then_backend", caught_then_backend},
    {"backend_then_throw", backend_then_throw},
    {"scopes_in_spi", scopes_in_spi},
    {"spi_in_scopes", spi_in_scopes},
    {"late_rethrow", late_rethrow},
    {"loop", loop},
    {"starve", starve},
};

void fail_by_name(const std::string &name, const std::string &more) {
    for (const Way &way : ways)
        if (way.name == name) way.fail(more);
    throw std::logic_error("the way " + name + " did not fail");
}

} // namespace
} // namespace roi::wall

// wall_fail(way, more) never returns in peace.
ROI_FUNCTION(wall_fail) {
    roi::wall::Watch watch;
    roi::wall::Witness witness;
    roi::wall::fail_by_name(roi::bridge::text_of(fcinfo, 0), roi::bridge::text_of(fcinfo, 1));
    return 0;
}

// wall_recurse(depth) calls itself through SQL and divides by zero at the bottom.
ROI_FUNCTION(wall_recurse) {
    roi::wall::Watch watch;
    roi::wall::Witness witness;
    const int depth = PG_GETARG_INT32(0);
    if (depth == 0)
        roi::wall::backend_error("");
    else
        roi::wall::through_spi("SELECT wall_recurse(" + std::to_string(depth - 1) + ")");
    return 0;
}

// What is left over: live objects, ways out that went astray, and who we are now.
ROI_FUNCTION(wall_state) {
    Oid role = InvalidOid;
    int security = 0;
    GetUserIdAndSecContext(&role, &security);
    const char *const name = roi::bridge::call([role] { return GetUserNameFromId(role, false); });
    const std::string state = "live=" + std::to_string(roi::wall::live) +
                              " strayed=" + std::to_string(roi::wall::strayed) + " user=" + name +
                              " security=" + std::to_string(security);
    return roi::bridge::text_argument(state).value;
}

// How many objects were ever made, to show that wall_state() had something to count.
ROI_FUNCTION(wall_born) { return Int64GetDatum(roi::wall::born); }

// Bytes that malloc has given out and not got back; 0 where the C library cannot tell.
ROI_FUNCTION(wall_heap) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    const struct mallinfo2 heap = mallinfo2();
    return Int64GetDatum(static_cast<std::int64_t>(heap.uordblks + heap.hblkhd));
#else
    return Int64GetDatum(0);
#endif
}
