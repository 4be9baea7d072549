// Loads by the server's own loader, which checks that a library was built for this server.
#include "bridge/library.hpp"

namespace roi::bridge {
namespace {

// Whatever the loader says of the library is about its not being there or not fitting; the rest is about the session.
bool is_about_library(const ErrorData *data) {
    const int state = data->sqlerrcode;
    return state != ERRCODE_OUT_OF_MEMORY && state != ERRCODE_QUERY_CANCELED &&
           state != ERRCODE_ADMIN_SHUTDOWN;
}

} // namespace

LibraryFunction::LibraryFunction(const char *library, const char *symbol, const char *message,
                                 const char *hint) {
    try {
        function_ = call([library, symbol] {
            void *handle = nullptr;
            return reinterpret_cast<PGFunction>(load_external_function(library, symbol, true, &handle));
        });
    } catch (const BackendError &error) {
        ErrorData *const data = error.data();
        if (!is_about_library(data)) throw;
        call([data, message, hint] {
            MemoryContext const context = GetMemoryChunkContext(data);
            data->sqlerrcode = ERRCODE_UNDEFINED_FILE;
            data->detail = data->message;
            data->message = MemoryContextStrdup(context, message);
            data->hint = MemoryContextStrdup(context, hint);
        });
        throw;
    }
}

Datum LibraryFunction::operator()(Datum argument) const {
    return call([function = function_, argument] { return DirectFunctionCall1(function, argument); });
}

} // namespace roi::bridge
