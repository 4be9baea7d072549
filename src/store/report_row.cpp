// Exact numbers to numeric, with the decimals they are shown with.
#include "store/report_row.hpp"

namespace roi::store {

using namespace bridge;
using core::report::Value;

namespace {

// Numbers beyond 64 bits go through their text.
Argument numeric_from_text(const Value &value) {
    std::string text;
    core::report::append(text, value);
    const char *const digits = text.c_str();
    return call([digits] {
        return Argument{DirectFunctionCall3(numeric_in, CStringGetDatum(digits), ObjectIdGetDatum(InvalidOid),
                                            Int32GetDatum(-1)),
                        false};
    });
}

} // namespace

Argument numeric_of(const Value &value) {
    if (value.kind == Value::null) return null_argument();
    const int decimals = value.kind == Value::count ? 0 : core::report::decimals_of(value);
    core::report::Int128 number = value.number;
    for (int i = decimals; value.kind != Value::count && i < 6; ++i)
        number /= 10;
    const auto small = static_cast<std::int64_t>(number);
    if (small != number) return numeric_from_text(value);
    return call([=] { return Argument{NumericGetDatum(int64_div_fast_to_numeric(small, decimals)), false}; });
}

Argument argument_of(const Value &value) {
    if (value.kind == Value::count) return int64_argument(static_cast<std::int64_t>(value.number));
    return numeric_of(value);
}

void append_columns(std::vector<Argument> &row, const core::report::Columns &columns,
                    const core::report::Figures &figures) {
    for (const core::report::Column &column : columns)
        row.push_back(argument_of(column.of(figures)));
}

} // namespace roi::store
