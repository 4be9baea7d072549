// Adds up the lines of a file: one fact per key, and the dictionaries that the facts point into.
#include "core/import/ledger.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

std::string_view campaign_key(const Line &line) {
    return line.campaign_id.empty() ? line.campaign_name : line.campaign_id;
}

// An older line only fills what no newer line has told; an empty cell tells nothing.
void learn(std::string &known, std::string_view told, bool newer) {
    if (!told.empty() && (newer || known.empty())) known = told;
}

} // namespace

std::uint32_t Dictionary::add(std::string_view text) {
    const auto [entry, added] =
        numbers_.try_emplace(std::string(text), static_cast<std::uint32_t>(texts_.size()));
    if (added) texts_.push_back(entry->first);
    return entry->second;
}

Ledger::Ledger(std::string content_type, std::string currency)
    : content_type_(std::move(content_type)), currency_(std::move(currency)) {}

Ledger::Key Ledger::key_of(const Line &line) {
    const std::string_view campaign = campaign_key(line);
    const std::uint32_t campaign_number = campaign.empty() ? no_index : campaign_ids_.add(campaign);
    const std::uint32_t post = line.post_id.empty() ? no_index : posts_.add(line.post_id);
    const std::uint32_t type =
        content_types_.add(line.content_type.empty() ? content_type_ : line.content_type);
    const std::uint32_t currency = currencies_.add(line.currency.empty() ? currency_ : line.currency);
    return {line.stamp.seconds, line.stamp.is_utc, campaign_number, post, type, currency};
}

Fact &Ledger::find_or_add(const Key &key) {
    const auto [entry, added] = fact_numbers_.try_emplace(key, facts_.size());
    if (!added) return facts_[entry->second];
    if (facts_.size() == max_facts)
        throw Error(Fault::too_large,
                    "the file has more than " + std::to_string(max_facts) + " different rows",
                    "Rows are counted by interval, campaign, post, content type and currency.",
                    "Split the file by days and import the parts.");
    Fact &fact = facts_.emplace_back();
    std::tie(fact.stamp, fact.stamp_is_utc, fact.campaign, fact.post, fact.content_type, fact.currency) = key;
    return fact;
}

bool Ledger::add_fact(const Line &line) {
    Fact &fact = find_or_add(key_of(line));
    Measures sums = fact.value;
    for (std::size_t measure = 0; measure < measure_count; ++measure)
        if (!add_within_limits(measure, sums[measure], line.value[measure])) return false;
    fact.value = sums;
    fact.reported |= line.reported;
    add_campaign(line);
    return true;
}

void Ledger::add_campaign(const Line &line) {
    const std::string_view key = campaign_key(line);
    if (key.empty()) return;
    const std::uint32_t number = campaign_ids_.add(key);
    if (number == max_facts)
        throw Error(Fault::too_large, "the file has more than " + std::to_string(max_facts) + " campaigns",
                    {}, "Split the file and import the parts.");
    if (number >= campaigns_.size()) campaigns_.resize(number + std::size_t{1});
    Campaign &campaign = campaigns_[number];
    const bool newer = line.modified >= campaign.modified;
    campaign.external_id = key;
    learn(campaign.name, line.campaign_name, newer);
    learn(campaign.status, line.status, newer);
    if (line.start_day != INT64_MIN && (newer || campaign.start_day == INT64_MIN))
        campaign.start_day = line.start_day;
    if (newer) campaign.modified = line.modified;
}

void Ledger::sort() {
    fact_numbers_.clear();
    const auto order = [](const Fact &fact) {
        return std::tie(fact.stamp, fact.campaign, fact.post, fact.content_type, fact.currency,
                        fact.stamp_is_utc);
    };
    std::sort(facts_.begin(), facts_.end(),
              [&](const Fact &a, const Fact &b) { return order(a) < order(b); });
}

} // namespace roi::core::import
