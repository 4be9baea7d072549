// Sums by key and keyset paging over them.
#include "core/breakdown/page.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "core/report/columns.hpp"

namespace roi::core::breakdown {

using report::Int128;

void Ledger::add(const Key &key, std::string_view currency, std::int64_t post_no,
                 const rollup::DetailSums &sums) {
    Entry &entry = entries_[key];
    rollup::add(entry.sums, sums);
    if (post_no > 0) entry.posts.add(static_cast<std::uint32_t>(post_no));
    const bool has_money = sums[rollup::sum_spend] != 0 || sums[rollup::sum_revenue] != 0 ||
                           sums[rollup::sum_spending_points] != 0 || sums[rollup::sum_earning_points] != 0;
    const auto known = currencies_.find(currency);
    if (known == currencies_.end())
        currencies_.emplace(currency, has_money);
    else
        known->second |= has_money;
}

void Ledger::drop_number(std::int64_t number) {
    for (auto entry = entries_.begin(); entry != entries_.end();)
        entry = entry->first.number == number ? entries_.erase(entry) : std::next(entry);
}

std::string Ledger::only_currency() const {
    std::string list, rich;
    for (const auto &[currency, has_money] : currencies_) {
        if (!has_money) continue;
        list += (list.empty() ? "" : ", ") + currency;
        rich = currency;
    }
    if (list != rich)
        throw Error(Fault::invalid_argument, "the range holds amounts in several currencies",
                    "Currencies: " + list + ".", "Pass currency => '...' to convert by roi_exchange_rates.");
    return rich.empty() && currencies_.size() == 1 ? currencies_.begin()->first : rich;
}

namespace {

bool is_before(const Value &value, const Key &key, const Value &other, const Key &other_key) {
    const int order = report::compare_descending(value, other);
    return order != 0 ? order < 0 : key < other_key;
}

// A key that waits for its place on the page.
struct Candidate {
    Value value;
    const std::pair<const Key, Entry> *entry;
};

bool candidate_is_before(const Candidate &one, const Candidate &other) {
    return is_before(one.value, one.entry->first, other.value, other.entry->first);
}

// Reads what report::append() writes of a count and nothing else.
bool read_number(std::string_view text, Int128 &into) {
    const bool is_negative = !text.empty() && text.front() == '-';
    into = 0;
    for (const char letter : text.substr(is_negative ? 1 : 0)) {
        const int digit = letter - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(into, Int128{10}, &into) ||
            __builtin_add_overflow(into, Int128{is_negative ? -digit : digit}, &into))
            return false;
    }
    std::string again;
    report::append(again, report::count_of(into));
    return again == text;
}

// Takes the text up to the next colon; false where there is none.
bool take_part(std::string_view &text, std::string_view &part) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    part = text.substr(0, colon);
    text.remove_prefix(colon + 1);
    return true;
}

} // namespace

std::string page_key(Measure order, const Row &row) {
    const Value &value = row.figures[order];
    std::string text = name_of(order);
    text += ':';
    if (value.kind != Value::null) report::append(text, report::count_of(value.number));
    text += ':';
    report::append_integer(text, row.key.number);
    return text + ":" + row.key.text;
}

bool read_page_key(std::string_view text, Measure order, Cursor &into) {
    std::string_view name, value, number;
    Int128 key = 0;
    if (!take_part(text, name) || name != name_of(order) || !take_part(text, value) ||
        !take_part(text, number) || !read_number(number, key) || key < 0 ||
        key > std::numeric_limits<std::int64_t>::max())
        return false;
    into.value.kind = value.empty() ? Value::null : Value::count;
    into.key = {static_cast<std::int64_t>(key), std::string(text)};
    return value.empty() || read_number(value, into.value.number);
}

std::vector<Row> page_of(const Ledger &ledger, Measure order, const Cursor *after, std::size_t size) {
    std::vector<Candidate> page; // a heap of at most `size`, the last row of them on top
    for (const auto &entry : ledger.entries()) {
        const Entry &known = entry.second;
        const Candidate candidate{measure_of(order, known.sums, known.posts.size()), &entry};
        if (after != nullptr && !is_before(after->value, after->key, candidate.value, entry.first)) continue;
        if (page.size() == size) {
            if (!candidate_is_before(candidate, page.front())) continue;
            std::pop_heap(page.begin(), page.end(), candidate_is_before);
            page.pop_back();
        }
        page.push_back(candidate);
        std::push_heap(page.begin(), page.end(), candidate_is_before);
    }
    std::sort_heap(page.begin(), page.end(), candidate_is_before);
    std::vector<Row> rows;
    rows.reserve(page.size());
    for (const Candidate &candidate : page) {
        const auto &[key, entry] = *candidate.entry;
        rows.push_back({key, figures_of(entry.sums, entry.posts.size())});
    }
    return rows;
}

} // namespace roi::core::breakdown
