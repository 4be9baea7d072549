// Writes additive facts of one user: rows of roi_metrics with their platform_metrics, in bounded chunks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/row.hpp"

#include "store/extension.hpp"

namespace roi::store {

constexpr std::size_t all_measures = (std::size_t{1} << core::measure_count) - 1;

// One row of roi_metrics. The views must stay valid until the row is flushed.
struct Fact {
    std::string_view platform;
    std::string_view post_id;          // empty: none
    std::string_view content_type;     // empty: none
    std::string_view content_category; // empty: none
    std::string_view currency;
    std::int64_t campaign_id = 0; // 0: none
    std::int64_t stamp = 0;       // start of the interval, Unix seconds
    std::int64_t posted_at = bridge::no_moment;
    core::Measures added{};
    std::size_t reported = all_measures;  // bit per measure; the others are stored as NULL or 0, see flush()
    std::int64_t cost_per_click = 0;      // millionths
    std::int64_t cost_per_impression = 0; // millionths
    bool has_cost_per_click = false;
    bool has_cost_per_impression = false;
    // What roi_percentage and roas_ratio are computed from, in millionths; NULL ratios without them.
    std::int64_t ratio_spend = 0;
    std::int64_t ratio_revenue = 0;
    bool has_ratios = false;
    std::string metrics; // JSON object for platform_metrics; empty: no such row
};

// Collects rows and inserts them by one set-based statement a chunk. Plain SQL on purpose: privileges, constraints,
// foreign keys, triggers and partitions hold as for any INSERT. Use inside an SpiScope, acting as the owner.
class FactWriter {
public:
    // source: simulated, imported or recorded; batch_id 0: no import batch.
    FactWriter(const Extension &extension, std::string user_id, std::string source, std::int64_t batch_id);

    void add(Fact fact);
    void flush(); // also call it once at the end
    std::int64_t written() const { return written_; }

private:
    void insert_facts(const std::vector<std::int64_t> &ids);
    void insert_platform_metrics(const std::vector<std::int64_t> &ids);

    Extension extension_;
    std::string user_id_;
    std::string source_;
    std::int64_t batch_id_;
    std::vector<Fact> rows_;
    std::int64_t written_ = 0;
};

// Makes the partitions of this month and the next three where they are missing. Acting as the owner. Never inside a
// transaction that writes facts: a new partition locks both fact tables and the users table until it commits. Facts
// of months without a partition lie in the default partition.
void make_coming_partitions(const Extension &extension);

} // namespace roi::store
