// The session's memory of documents: least recently asked for goes first.
#include "api/remembered.hpp"

#include <algorithm>
#include <unordered_map>

namespace roi::api {

using namespace bridge;
using core::report::Moment;
using core::rollup::usecs_per_quarter;

namespace {

constexpr int default_kilobytes = 8 * 1024;
constexpr std::size_t overhead = 128; // of the map, for an entry

struct Entry {
    Document document;
    store::AnswerVersion version;
    std::size_t size = 0;
    std::uint64_t asked = 0; // when last, in questions
};

struct Memory {
    std::unordered_map<std::string, Entry> entries;
    std::size_t size = 0;
    std::uint64_t questions = 0;
};

Memory &memory() {
    static Memory all;
    return all;
}

// A plain placeholder, like roi_ext.user_id.
std::size_t room() {
    const char *const setting = call([] { return GetConfigOption("roi_ext.answer_memory", true, false); });
    if (setting == nullptr || *setting == '\0') return std::size_t{1024} * default_kilobytes;
    int kilobytes = 0;
    if (!call([&] { return parse_int(setting, &kilobytes, GUC_UNIT_KB, nullptr); }) || kilobytes < 0)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "roi_ext.answer_memory is no size",
             "It bounds what a session keeps of its dashboards.",
             "Such as '8MB' (the default), or '0' for nothing.");
    return std::size_t{1024} * static_cast<std::size_t>(kilobytes);
}

Moment quarter_of(Moment moment) {
    if (moment == core::report::no_begin || moment == core::report::no_end) return moment;
    return core::rollup::bucket_of(core::rollup::Grain::quarter, moment);
}

// Whether no bucket of a series begins within the quarter of a moment: the zone's hours begin with quarters there. Not asked of a
// zone in years that few clocks show.
bool is_even(Moment quarter, const store::ZoneClock &clock) {
    if (quarter == core::report::no_begin || quarter == core::report::no_end) return true;
    if (quarter < core::report::first_of_year(2) || quarter >= core::report::first_of_year(9999))
        return false;
    const Moment last = quarter + usecs_per_quarter - 1;
    const Moment offset = clock.to_local(quarter) - quarter;
    return offset % usecs_per_quarter == 0 && clock.to_local(last) - last == offset;
}

void append(std::string &key, std::string_view text) { key.append(text).push_back('\0'); }

void append(std::string &key, Moment moment) {
    key.append(reinterpret_cast<const char *>(&moment), sizeof moment);
}

// Equal keys ask for the same rows and series: bounds that cut the same quarters, or none, count the same whole cells, and the
// calendar turns with a quarter. Empty where that is not so.
std::string key_of(const store::Question &question) {
    const Moment since = question.range.since, until = question.range.until;
    const bool is_open = until == core::report::no_end || until == core::report::no_begin;
    const Moment now = quarter_of(call([] { return GetCurrentTransactionStartTimestamp(); }));
    const Moment first = quarter_of(since), last = quarter_of(is_open ? until : until - 1);
    for (const Moment quarter : {first, last, now})
        if (!is_even(quarter, *question.clock)) return {};
    std::string key;
    append(key, question.user_id);
    append(key, question.range.time_zone);
    append(key, question.range.bucket);
    append(key, question.currency);
    append(key, since == first ? "whole" : "cut");
    append(key, is_open || until == last + usecs_per_quarter ? "whole" : "cut");
    for (const Moment quarter : {first, last, now})
        append(key, quarter);
    return key;
}

void forget(const std::string &key) {
    const auto known = memory().entries.find(key);
    if (known == memory().entries.end()) return;
    memory().size -= known->second.size;
    memory().entries.erase(known);
}

void make_room(std::size_t room, std::size_t wanted) {
    Memory &all = memory();
    while (!all.entries.empty() && all.size + wanted > room) {
        const auto oldest =
            std::min_element(all.entries.begin(), all.entries.end(),
                             [](const auto &a, const auto &b) { return a.second.asked < b.second.asked; });
        all.size -= oldest->second.size;
        all.entries.erase(oldest);
    }
}

} // namespace

Recall::Recall(const store::Question &question) : room_(room()) {
    make_room(room_, 0); // the setting may have changed
    if (room_ > 0) key_ = key_of(question);
    if (!key_.empty()) version_ = store::version_of_answer(question.extension, question.user_id);
}

const Document *Recall::find() const {
    if (!version_) return nullptr;
    const auto known = memory().entries.find(key_);
    if (known == memory().entries.end() || !store::is_same(known->second.version, *version_)) return nullptr;
    known->second.asked = ++memory().questions;
    return &known->second.document;
}

void Recall::keep(Document document) {
    if (!version_ || !store::is_same(*version_, *version_)) return;
    forget(key_);
    Entry entry{std::move(document), *version_, 0, ++memory().questions};
    entry.size = sizeof(Entry) + overhead + key_.size() + entry.document.head.capacity();
    if (entry.size > room_ / 4) return;
    make_room(room_, entry.size);
    const std::size_t size = entry.size;
    memory().entries.emplace(key_, std::move(entry));
    memory().size += size;
}

} // namespace roi::api
