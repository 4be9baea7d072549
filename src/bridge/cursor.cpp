// Cursors over SPI: one plan, used once.
#include "bridge/cursor.hpp"

#include <exception>

namespace roi::bridge {

Cursor::Cursor(const std::string &sql, const std::vector<Oid> &types, const std::vector<Argument> &arguments)
    : uncaught_(std::uncaught_exceptions()) {
    std::vector<Datum> values(arguments.size() + 1);
    std::string nulls(arguments.size() + 1, ' ');
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        values[i] = arguments[i].value;
        if (arguments[i].is_null) nulls[i] = 'n';
    }
    const char *const text = sql.c_str();
    auto *const type_array = const_cast<Oid *>(types.data()); // SPI only reads it
    Datum *const value_array = values.data();
    const char *const null_array = nulls.c_str();
    const int count = static_cast<int>(types.size());
    portal_ = call([=] {
        MemoryContext const before = CurrentMemoryContext;
        Portal portal =
            SPI_cursor_open_with_args(nullptr, text, count, type_array, value_array, null_array, true, 0);
        MemoryContextSwitchTo(before);
        return portal;
    });
}

Cursor::~Cursor() {
    if (std::uncaught_exceptions() != uncaught_) return; // the abort closes it
    if (SPI_tuptable != nullptr) SPI_freetuptable(SPI_tuptable);
    SPI_tuptable = nullptr;
    SPI_cursor_close(portal_); // of a portal that is not running: cannot ereport
}

std::string Cursor::name(int column) const {
    return NameStr(TupleDescAttr(portal_->tupDesc, column)->attname);
}

Oid Cursor::type(int column) const { return TupleDescAttr(portal_->tupDesc, column)->atttypid; }

std::size_t Cursor::fetch(long count) {
    Portal const portal = portal_;
    return call([portal, count] {
        if (SPI_tuptable != nullptr) SPI_freetuptable(SPI_tuptable);
        SPI_tuptable = nullptr;
        MemoryContext const before = CurrentMemoryContext;
        SPI_cursor_fetch(portal, true, count);
        MemoryContextSwitchTo(before);
        return static_cast<std::size_t>(SPI_processed);
    });
}

Argument Cursor::value(std::size_t row, int column) const { return result(row, column + 1); }

std::string Cursor::text(std::size_t row, int column) const {
    const char *const printed =
        call([=] { return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column + 1); });
    if (printed == nullptr) return {};
    std::string text = printed;
    call([printed] { pfree(const_cast<char *>(printed)); });
    return text;
}

} // namespace roi::bridge
