// platform_metrics in step with facts: deleted with them, moved with them, rates recomputed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/rollup/sums.hpp"

#include "store/extension.hpp"

namespace roi::store {

// What of a fact its rows of platform_metrics repeat.
struct MetricLink {
    std::int64_t id = 0;
    std::string user_id;
    core::rollup::Moment stamp = 0;
    std::string platform;
    std::int64_t views = 0, engagement = 0, shares = 0;

    bool operator==(const MetricLink &other) const;
};

MetricLink link_of(const core::rollup::Fact &fact, std::int64_t id);

// Facts that went, or went and came back changed, in the order of the statement that did it. Collects them and carries
// them out in chunks. Acting as the owner, inside an SpiScope.
class MetricLinks {
public:
    explicit MetricLinks(const Extension &extension) : extension_(extension) {}

    bool are_there(); // false while platform_metrics is empty: nothing needs to be linked

    void erase(MetricLink link);
    void change(MetricLink before, MetricLink after);
    void flush();

private:
    struct Changes {
        std::vector<MetricLink> before, after;
    };

    void flush_erased();
    void flush_changes(Changes &changes);

    Extension extension_;
    std::vector<MetricLink> erased_;
    Changes recounted_; // the same fact with other counters
    Changes moved_; // other keys: one statement for all, or a chunk could move what an earlier one has moved
    int are_there_ = -1; // -1: not yet asked
};

} // namespace roi::store
