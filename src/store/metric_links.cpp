// Set-based statements over platform_metrics, by user, moment and fact, so that partitions prune.
#include "core/error.hpp"

#include "store/metric_links.hpp"

#include <tuple>

#include "store/chunks.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// A statement in two plans. Few rows are found by user and moment in a plan that is kept. Many have one of their own, by the
// fact alone, whatever statistics say or lack: of a user with a thousand posts, every hour has a thousand rows. No
// index serves IS NOT DISTINCT FROM. Ids are a sequence's: where somebody gave users the same ones, each is looked at.
struct Pair {
    Statement few, many;

    const Statement &of(std::size_t links) const { return links < 64 ? few : many; }
};

#define ROI_ERASE                                                                                            \
    "DELETE FROM @roi@.platform_metrics pm USING unnest($1, $2, $3) AS gone (user_id, stamp, id)"            \
    " WHERE pm.update_timestamp = gone.stamp AND pm.roi_metric_id = gone.id"
#define ROI_ERASE_TYPES TEXTARRAYOID, TIMESTAMPTZARRAYOID, INT8ARRAYOID

const Pair erase_statement{
    {ROI_ERASE " AND pm.user_id = gone.user_id", {ROI_ERASE_TYPES}, false, true},
    {ROI_ERASE " AND pm.user_id IS NOT DISTINCT FROM gone.user_id", {ROI_ERASE_TYPES}, true, true}};

// Rates as the fact writer has them: engagement_rate in percent, virality_score per 100 views (plan,
// calculateCrossPlatformMetrics).
#define ROI_CHANGE                                                                                                   \
    "UPDATE @roi@.platform_metrics pm SET user_id = fact.new_user_id, update_timestamp = fact.new_stamp,"            \
    " roi_metric_id = fact.new_id, platform = fact.new_platform,"                                                    \
    " engagement_rate = CASE WHEN fact.counted THEN 100.0 * fact.engagement / greatest(fact.views, 1)"               \
    "   ELSE pm.engagement_rate END,"                                                                                \
    " virality_score = CASE WHEN fact.counted THEN fact.shares / greatest(fact.views * 0.01, 1)"                     \
    "   ELSE pm.virality_score END"                                                                                  \
    " FROM (SELECT *, recount = 1 AS counted FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"              \
    "   AS f (user_id, stamp, id, new_user_id, new_stamp, new_id, new_platform, views, engagement, shares, recount)" \
    " ) fact WHERE pm.update_timestamp = fact.stamp AND pm.roi_metric_id = fact.id"
#define ROI_CHANGE_TYPES                                                                                     \
    ROI_ERASE_TYPES, TEXTARRAYOID, TIMESTAMPTZARRAYOID, INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID,            \
        INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID

const Pair change_statement{
    {ROI_CHANGE " AND pm.user_id = fact.user_id", {ROI_CHANGE_TYPES}, false, true},
    {ROI_CHANGE " AND pm.user_id IS NOT DISTINCT FROM fact.user_id", {ROI_CHANGE_TYPES}, true, true}};

auto key_of(const MetricLink &link) { return std::tie(link.id, link.stamp, link.user_id); }
auto counts_of(const MetricLink &link) { return std::tie(link.views, link.engagement, link.shares); }

// user_id, stamp and id as three array arguments.
void add_keys(std::vector<Argument> &arguments, const std::vector<MetricLink> &links) {
    TextColumn users;
    TimestampColumn stamps;
    Int64Column ids;
    for (const MetricLink &link : links) {
        users.add(link.user_id);
        stamps.add(link.stamp);
        ids.add(link.id);
    }
    arguments.insert(arguments.end(), {users.array(), stamps.array(), ids.array()});
}

void add_values(std::vector<Argument> &arguments, const std::vector<MetricLink> &before,
                const std::vector<MetricLink> &after) {
    TextColumn platforms;
    Int64Column views, engagements, shares, recounts;
    for (std::size_t i = 0; i < after.size(); ++i) {
        platforms.add(after[i].platform);
        views.add(after[i].views);
        engagements.add(after[i].engagement);
        shares.add(after[i].shares);
        recounts.add(counts_of(before[i]) == counts_of(after[i]) ? 0 : 1);
    }
    arguments.insert(arguments.end(), {platforms.array(), views.array(), engagements.array(), shares.array(),
                                       recounts.array()});
}

std::int64_t engagement_of(const core::Measures &value) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(value[core::measure_likes], value[core::measure_comments], &sum) ||
        __builtin_add_overflow(sum, value[core::measure_shares], &sum))
        throw core::Error(core::Fault::out_of_range, "the engagement of a fact is out of range", {},
                          "Likes, comments and shares together stay below 9.2e18.");
    return sum;
}

} // namespace

bool MetricLink::operator==(const MetricLink &other) const {
    return key_of(*this) == key_of(other) && platform == other.platform &&
           counts_of(*this) == counts_of(other);
}

MetricLink link_of(const core::rollup::Fact &fact, std::int64_t id) {
    const core::Measures &value = fact.value;
    return {id,
            std::string(fact.user_id),
            fact.stamp,
            std::string(fact.platform),
            value[core::measure_views],
            engagement_of(value),
            value[core::measure_shares]};
}

bool MetricLinks::are_there() {
    static const Statement any{"SELECT EXISTS (SELECT FROM @roi@.platform_metrics)::int::bigint", {}};
    if (are_there_ < 0) {
        execute(any, extension_.schema, {}, false);
        are_there_ = static_cast<int>(result_int64(0, 1));
    }
    return are_there_ > 0;
}

void MetricLinks::erase(MetricLink link) {
    erased_.push_back(std::move(link));
    if (erased_.size() >= chunk_rows) flush_erased();
}

void MetricLinks::change(MetricLink before, MetricLink after) {
    if (before == after) return;
    Changes &changes = key_of(before) == key_of(after) ? recounted_ : moved_;
    changes.before.push_back(std::move(before));
    changes.after.push_back(std::move(after));
    if (recounted_.after.size() >= chunk_rows) flush_changes(recounted_);
}

void MetricLinks::flush_erased() {
    if (erased_.empty()) return;
    check_interrupts();
    MemoryScope memory("platform metrics");
    std::vector<Argument> arguments;
    add_keys(arguments, erased_);
    execute(erase_statement.of(erased_.size()), extension_.schema, arguments, false);
    erased_.clear();
}

void MetricLinks::flush_changes(Changes &changes) {
    if (changes.after.empty()) return;
    check_interrupts();
    MemoryScope memory("platform metrics");
    std::vector<Argument> arguments;
    add_keys(arguments, changes.before);
    add_keys(arguments, changes.after);
    add_values(arguments, changes.before, changes.after);
    execute(change_statement.of(changes.after.size()), extension_.schema, arguments, false);
    changes = {};
}

void MetricLinks::flush() {
    flush_erased();
    flush_changes(recounted_);
    flush_changes(moved_);
}

} // namespace roi::store
