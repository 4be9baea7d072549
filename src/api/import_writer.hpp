// Writes a spooled import: rejects, campaigns, facts or snapshots, and the sums of the batch.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/import/import.hpp"

#include "api/import_spool.hpp"
#include "store/fact_writer.hpp"
#include "store/imports.hpp"
#include "store/imports_snapshots.hpp"

#include "bridge/zone.hpp"

namespace roi::api {

class ImportWriter {
public:
    // `currency` may be empty: of campaigns whose lines name none.
    ImportWriter(const store::Extension &extension, std::string user_id, std::string currency,
                 const core::import::Import &file, const bridge::Zone &zone, Spool &spool,
                 store::Batch &batch);

    void write_rejects();
    void write_campaigns();
    void write_facts();
    // Of the facts written: all campaigns of the file.
    const std::vector<std::int64_t> &campaign_ids() const { return campaign_ids_; }

private:
    using Facts = std::vector<core::import::Fact>;
    void write_chunk(store::FactWriter &writer, Facts &facts);
    void write_snapshots(store::SnapshotWriter &snapshots, store::FactWriter &writer, Facts &facts);
    void write_periods(const Facts &facts);
    void save_campaigns(std::vector<core::import::Campaign> &campaigns);
    void look_up_campaigns(const Facts &facts);
    void add_up(const core::import::Fact &fact);
    std::int64_t utc(const core::import::Fact &fact);

    store::Extension extension_;
    std::string user_id_;
    std::string currency_;
    const core::import::Import &file_;
    const bridge::Zone &zone_;
    Spool &spool_;
    store::Batch &batch_;
    std::vector<std::int64_t> campaign_ids_;
    std::unordered_map<std::string, std::int64_t>
        known_campaigns_; // by platform and external id; some of them
    bool has_currency_ = false, has_currencies_ = false;
    std::int64_t last_civil_ = bridge::no_moment, last_utc_ = 0;
};

} // namespace roi::api
