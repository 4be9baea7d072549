// Where an import keeps what it has read until it is written: sorted on disk when it is much.
#pragma once

#include <vector>

#include "core/import/import.hpp"
#include "core/import/spool.hpp"

#include "bridge/sorter.hpp"

namespace roi::api {

class Spool final : public core::import::Sink {
public:
    void fact(std::string_view record) override { facts.add(record); }
    void campaign(std::string_view record) override { campaigns.add(record); }
    void reject(const core::import::Reject &reject) override {
        if (shown.size() < max_shown) shown.push_back(reject);
        rejects.add(core::import::reject_record(reject, static_cast<std::uint64_t>(rejects.count())));
    }

    void sort() {
        facts.sort();
        campaigns.sort();
        rejects.sort();
    }
    void close() {
        facts.close();
        campaigns.close();
        rejects.close();
    }

    static constexpr std::size_t max_shown = 20;
    bridge::ByteSorter facts{8192}, campaigns{2048}, rejects{512};
    std::vector<core::import::Reject> shown; // the first refused lines
};

} // namespace roi::api
