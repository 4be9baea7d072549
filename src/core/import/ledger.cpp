// Adds up the lines of a file in bounded memory: what is full goes to the sink as records that sort by key.
#include "core/import/ledger.hpp"

#include <utility>

#include "core/calendar.hpp"
#include "core/error.hpp"
#include "core/import/spool.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::size_t max_bytes = std::size_t{6} << 20; // of facts, and of campaigns
constexpr std::size_t node_bytes = 64;                  // of the table around an entry

// The share of one of `days` days: the remainder goes to the first ones, a unit each.
std::int64_t share(std::int64_t value, std::int64_t days, std::int64_t day) {
    const std::int64_t rest = value % days;
    const std::int64_t extra = value < 0 ? -1 : 1;
    return value / days + (day < (rest < 0 ? -rest : rest) ? extra : 0);
}

Fact fact_of(const Line &line) {
    Fact fact;
    fact.stamp = line.stamp.seconds;
    fact.stamp_is_utc = line.stamp.is_utc;
    fact.platform = line.platform;
    fact.campaign = line.campaign_id.empty() ? line.campaign_name : line.campaign_id;
    fact.post = line.post_id;
    fact.content_type = line.content_type;
    fact.currency = line.currency;
    fact.posted_at = line.posted_at;
    fact.last_day = line.last_day;
    fact.reported = line.reported;
    fact.value = line.value;
    fact.metrics_reported = line.metrics_reported;
    fact.metrics = line.metrics;
    return fact;
}

// What the key tells already need not be kept beside it.
Fact without_texts(const Fact &fact) {
    Fact values;
    values.posted_at = fact.posted_at;
    values.last_day = fact.last_day;
    values.reported = fact.reported;
    values.value = fact.value;
    values.metrics_reported = fact.metrics_reported;
    values.metrics = fact.metrics;
    return values;
}

} // namespace

bool Ledger::add_fact(const Line &line) {
    Fact fact = fact_of(line);
    if (snapshots_) {
        fact.stamp += line.stamp.into_hour;
        std::string record = snapshot_key(fact, ++place_);
        append_values(record, fact);
        sink_.fact(record);
        return true;
    }
    const bool is_period = spread_ && line.last_day != no_day;
    if (is_period ? !add_days(std::move(fact), line) : !add(fact)) return false;
    learn_of(line, true);
    return true;
}

// A sum that passes its range part of the way leaves a line half counted, so the whole file fails.
bool Ledger::add_days(Fact fact, const Line &line) {
    const Fact whole = fact;
    fact.last_day = no_day;
    const std::int64_t first = line.stamp.seconds / seconds_per_day;
    const std::int64_t days = line.last_day - first + 1;
    for (std::int64_t day = 0; day < days; ++day) {
        fact.stamp = (first + day) * seconds_per_day;
        for (std::size_t measure = 0; measure < measure_count; ++measure)
            fact.value[measure] = share(whole.value[measure], days, day);
        for (std::size_t metric = 0; metric < whole.metrics.size(); ++metric)
            fact.metrics[metric] = share(whole.metrics[metric], days, day);
        if (add(fact)) continue;
        throw Error(Fault::out_of_range, "the file's sums are out of range",
                    "The period of line " + std::to_string(line.number) + " does not fit its days.",
                    "A sum of money stays below a million million, a count below 9.2e18.");
    }
    return true;
}

bool Ledger::add(const Fact &fact) {
    const auto [entry, is_new] = facts_.try_emplace(fact_key(fact));
    if (!is_new) return add_values(entry->second, fact);
    entry->second = without_texts(fact);
    fact_bytes_ +=
        entry->first.capacity() + sizeof(Fact) + fact.metrics.size() * sizeof(std::int64_t) + node_bytes;
    if (fact_bytes_ > max_bytes) drain_facts();
    return true;
}

void Ledger::add_campaign(const Line &line) { learn_of(line, false); }

void Ledger::learn_of(const Line &line, bool has_fact) {
    Campaign told;
    told.external_id = line.campaign_id.empty() ? line.campaign_name : line.campaign_id;
    if (told.external_id.empty()) return;
    told.platform = line.platform;
    told.name = line.campaign_name;
    told.status = line.status;
    told.modified = line.modified;
    told.start_day = line.start_day;
    if (has_fact) {
        told.first_day = line.stamp.seconds / seconds_per_day; // stamps lie after 1970
        told.currency = line.currency;
    }
    const auto [entry, is_new] = campaigns_.try_emplace(told.platform + '\n' + told.external_id);
    if (!is_new) return learn(entry->second, told);
    campaign_bytes_ += 2 * entry->first.capacity() + sizeof(Campaign) + told.name.capacity() +
                       told.status.capacity() + told.modified.capacity() + node_bytes;
    entry->second = std::move(told);
    if (campaign_bytes_ > max_bytes) drain_campaigns();
}

void Ledger::drain_facts() {
    std::string record;
    for (const auto &[key, fact] : facts_) {
        record = key;
        append_values(record, fact);
        sink_.fact(record);
    }
    facts_.clear();
    fact_bytes_ = 0;
}

void Ledger::drain_campaigns() {
    for (const auto &entry : campaigns_)
        sink_.campaign(campaign_record(entry.second, ++place_));
    campaigns_.clear();
    campaign_bytes_ = 0;
}

void Ledger::drain() {
    drain_facts();
    drain_campaigns();
}

} // namespace roi::core::import
