// Adds up the lines of a file in bounded memory: what is full goes to the sink as records that sort by key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/import/import.hpp"
#include "core/import/line.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

class Ledger {
public:
    Ledger(Sink &sink, bool snapshots, bool spread) : sink_(sink), snapshots_(snapshots), spread_(spread) {}

    // False when a sum would pass its range; nothing is added then.
    bool add_fact(const Line &line);
    void add_campaign(const Line &line);
    void drain();

private:
    bool add_days(Fact fact, const Line &line);
    bool add(const Fact &fact);
    void learn_of(const Line &line, bool has_fact);
    void drain_facts();
    void drain_campaigns();

    Sink &sink_;
    bool snapshots_;
    bool spread_;
    std::unordered_map<std::string, Fact> facts_; // by key; the texts stand in the key alone
    std::size_t fact_bytes_ = 0;
    std::unordered_map<std::string, Campaign> campaigns_;
    std::size_t campaign_bytes_ = 0;
    std::uint64_t place_ = 0;
};

} // namespace roi::core::import
