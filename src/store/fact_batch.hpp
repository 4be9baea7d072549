// A chunk of facts on its way into roi_metrics and platform_metrics, and the two ways in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/fact_writer.hpp"

#include "bridge/bulk.hpp"

namespace roi::store {

struct FactBatch {
    const Extension &extension;
    const std::string &source;
    std::int64_t batch_id; // 0: none
    const std::vector<Fact> &rows;
    std::vector<std::int64_t> ids; // of the rows of roi_metrics
};

// The reference: one INSERT ... SELECT FROM unnest() a table. Privileges, constraints, foreign keys, triggers and partitions hold
// as for any INSERT. hands_over: the caller counts the rows himself, and our statement trigger looks away.
void insert_by_statements(const FactBatch &batch, bool hands_over);

// Likes, comments, shares and saves that a source does not report are 0, not NULL: the plan adds the first three
// up row by row, where one NULL would hide the others.
inline bool has_value(const Fact &fact, std::size_t measure) {
    return (fact.reported >> measure & 1) != 0 ||
           (measure >= core::measure_likes && measure <= core::measure_saves);
}

// The same rows by bulk insertion.
class BulkFacts {
public:
    explicit BulkFacts(const Extension &extension);
    ~BulkFacts();
    BulkFacts(const BulkFacts &) = delete;
    BulkFacts &operator=(const BulkFacts &) = delete;

    // False when statements must write the batch; nothing has been written then.
    bool insert(const FactBatch &batch);
    // Why; null: no reason yet.
    const char *obstacle() const;
    std::size_t partitions() const { return metrics_.partitions(); } // of each table that are open
    void close();

private:
    struct Columns;

    bool add_metrics(const FactBatch &batch);
    bool add_platform_metrics(const FactBatch &batch);

    bridge::BulkTable metrics_, platform_metrics_;
    std::unique_ptr<Columns> columns_;
};

} // namespace roi::store
