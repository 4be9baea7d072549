// Feeds cells to the parsers of numbers, dates and ids: a cell has a value, no value, or a reason to refuse it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/import/date.hpp"
#include "core/import/decimal.hpp"
#include "core/import/import.hpp"
#include "core/import/text.hpp"

namespace {

using namespace roi::core::import;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_number(std::string_view cell) {
    for (const char mark : {'.', ','})
        for (const int decimals : {-6, 0, 6}) {
            const Decimal number = parse_decimal(cell, decimals, mark);
            require(!number.present || number.refusal == nullptr);
            const Decimal rounded = parse_decimal(cell, decimals, mark, Excess::round);
            require(!number.present || rounded.value == number.value);
            // what was read is written and read again
            if (number.present && decimals == 0)
                require(parse_decimal(std::to_string(number.value), 0, mark).value == number.value);
        }
    const MarkEvidence evidence = mark_evidence(cell, false);
    if (evidence == MarkEvidence::point) require(parse_decimal(cell, 6, ',').refusal != nullptr);
    if (evidence == MarkEvidence::comma) require(parse_decimal(cell, 6, '.').refusal != nullptr);
    mark_evidence(cell, true);
}

void check_date(std::string_view cell) {
    const OrderEvidence evidence = order_evidence(cell);
    for (const DateOrder order : {DateOrder::unknown, DateOrder::day_first, DateOrder::month_first})
        for (const int year : {0, 2026}) {
            const DateCell date = parse_date(cell, {order, year});
            if (date.refusal != nullptr) continue;
            require(date.stamp.seconds >= first_day && date.stamp.seconds < end_day * 86400);
            require(date.stamp.into_hour >= 0 && date.stamp.into_hour < 3600);
            require(evidence != OrderEvidence::none);
        }
    if (const auto range = day_range(cell)) require(range->first <= range->last);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view cell(reinterpret_cast<const char *>(data), size);
    check_number(cell);
    check_date(cell);
    require(whole_id(cell).size() <= cell.size() + max_shown_bytes);
    require(header_key(header_key(cell)) == header_key(cell));
    cell_currency(cell);
    is_total(cell);
    return 0;
}
