// Subtransactions as procedural languages begin and end them.
#include "bridge/subtransaction.hpp"

namespace roi::bridge {

Rehearsal::Rehearsal() {
    call([] { BeginInternalSubTransaction(nullptr); });
    MemoryContextSwitchTo(memory_);
}

void Rehearsal::roll_back() {
    call([] { RollbackAndReleaseCurrentSubTransaction(); });
    MemoryContextSwitchTo(memory_);
    CurrentResourceOwner = owner_;
}

BackendError Rehearsal::keep(const BackendError &error) const {
    const ErrorData *const from = error.data();
    MemoryContext const reports = reports_;
    return BackendError(call([from, reports] {
        MemoryContext const before = MemoryContextSwitchTo(reports);
        auto *const copy = static_cast<ErrorData *>(palloc(sizeof(ErrorData)));
        *copy = *from;
        copy->assoc_context = reports;
        for (char **text : {&copy->message, &copy->detail, &copy->detail_log, &copy->hint, &copy->context,
                            &copy->backtrace, &copy->schema_name, &copy->table_name, &copy->column_name,
                            &copy->datatype_name, &copy->constraint_name, &copy->internalquery})
            if (*text != nullptr) *text = pstrdup(*text);
        MemoryContextSwitchTo(before);
        return copy;
    }));
}

} // namespace roi::bridge
