// Facts and campaigns as bytes that sort by key, and how sorted pieces become one again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/import/import.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

// The key comes first. A snapshot's key ends with its place in the file: snapshots are never added up, they come in
// the order of post and time.
std::string fact_key(const Fact &fact);
std::string snapshot_key(const Fact &fact, std::uint64_t place);
void append_values(std::string &record, const Fact &fact);
std::string campaign_record(const Campaign &campaign, std::uint64_t place);

std::string reject_record(const Reject &reject, std::uint64_t place);
Reject read_reject(std::string_view record);

// Reads a record back; gives the length of its key.
std::size_t read_fact(std::string_view record, bool is_snapshot, Fact &fact);

// The sum stays within what the measure's column can hold: NUMERIC(18,6) for money and conversions.
bool add_within_limits(std::size_t measure, std::int64_t &sum, std::int64_t value);
// False, and sums unchanged, when one would pass its range.
bool add_values(Fact &sums, const Fact &added);

// What a later line of a file adds to what is known of a campaign.
void learn(Campaign &known, const Campaign &told);

// Puts sorted records together: feed them in order; each time one with another key comes, the merged one before it is
// ready. Call take() after every feed() that says so and once more at the end.
class MergedFacts {
public:
    explicit MergedFacts(bool are_snapshots) : are_snapshots_(are_snapshots) {}
    // True when `ready` holds a finished fact. Throws out_of_range.
    bool feed(std::string_view record, Fact &ready);
    bool finish(Fact &ready);

private:
    bool are_snapshots_;
    bool has_fact_ = false;
    std::string key_;
    Fact fact_;
};

class MergedCampaigns {
public:
    bool feed(std::string_view record, Campaign &ready);
    bool finish(Campaign &ready);

private:
    bool has_campaign_ = false;
    Campaign campaign_;
};

} // namespace roi::core::import
