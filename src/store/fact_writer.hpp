// Writes additive facts of one user: rows of roi_metrics with their platform_metrics, in bounded chunks, and hands their sums
// to the rollup.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/row.hpp"

#include "store/extension.hpp"

#include "bridge/number_object.hpp"

namespace roi::store {

class BulkFacts;
class RollupWriter;
struct FactBatch;

constexpr std::size_t all_measures = (std::size_t{1} << core::measure_count) - 1;

// One row of roi_metrics. The views must stay valid until the row is flushed.
struct Fact {
    std::string_view user_id; // the writer's
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
    std::int64_t roi = 0;  // roi_percentage, millionths
    std::int64_t roas = 0; // roas_ratio, millionths
    bool has_ratios = false;
    std::string metrics;                           // JSON object for platform_metrics
    const bridge::NumberObject *numbers = nullptr; // or its form, with the values; neither: no such row
    std::array<std::int64_t, 16> number{};

    bool has_metrics() const { return numbers != nullptr || !metrics.empty(); }

    // Sets roi_percentage and roas_ratio from spend and revenue in millionths: both 0 when nothing was spent (plan:
    // calculateCrossPlatformMetrics), NULL when they do not fit.
    void set_ratios(std::int64_t spend, std::int64_t revenue);
};

// Collects rows and writes them in chunks: by bulk insertion, or by set-based statements where somebody else's trigger, rule,
// policy, constraint or storage wants a statement. Privileges, constraints and partitions hold as for any INSERT in either way.
// The setting roi_ext.fact_writer, for tests and support, forbids one of them: spi, bulk; default auto.
// Use inside an SpiScope, acting as the owner, after lock_user().
class FactWriter {
public:
    // source: simulated, imported or recorded; batch_id 0: no import batch.
    FactWriter(const Extension &extension, std::string user_id, std::string source, std::int64_t batch_id);

    ~FactWriter();
    FactWriter(const FactWriter &) = delete;
    FactWriter &operator=(const FactWriter &) = delete;

    void set_user(const std::string &user_id); // of the rows to come

    void add(Fact fact);
    void flush();  // writes the facts added so far; their views may go then
    void settle(); // as flush(), and posts, running totals and rollups follow
    void
    finish(); // settle(), and the partitions are closed: at the end, or where the next rows belong elsewhere
    // Rows, those that wait included.
    std::int64_t written() const { return written_ + static_cast<std::int64_t>(rows_.size()); }

private:
    static constexpr std::size_t most_partitions = 8; // kept open: each holds up to half a megabyte

    void hand_over();
    void close_bulk();
    bool insert_in_bulk(const FactBatch &batch);

    Extension extension_;
    std::deque<std::string> users_; // of the rows; the last one is the user of the rows to come
    std::string source_;
    std::int64_t batch_id_;
    std::vector<Fact> rows_;
    std::unique_ptr<BulkFacts> bulk_;      // null: not tried yet, or in the way
    std::unique_ptr<RollupWriter> rollup_; // null: the statement trigger counts the rows as it finds them
    std::int64_t written_ = 0;
    MemoryContext home_ = CurrentMemoryContext; // lives as long as the writer
};

// For the statement trigger: true while the rows of its statement are a FactWriter's, and while he counts them himself.
bool is_our_write();
bool is_handed_over();

// Makes the partitions of this month and the next three where they are missing. Acting as the owner. Never inside a
// transaction that writes facts: a new partition locks both fact tables and the users table until it commits. Facts
// of months without a partition lie in the default partition.
void make_coming_partitions(const Extension &extension);

} // namespace roi::store
