// Quarter, day and month rows of roi_rollup as a delta changes them.
#include "store/rollup_sets.hpp"

#include <optional>
#include <tuple>

namespace roi::store {

using namespace bridge;
using core::rollup::bucket_of;
using core::rollup::Grain;
using core::rollup::Membership;
using core::rollup::QuarterChange;
using core::rollup::Sums;

namespace {

template <class Set, class Ids>
bool add_to_set(Set &set, const Ids &ids) {
    bool changed = false;
    for (const auto id : ids) {
        if (set.contains(id)) continue;
        set.add(id);
        changed = true;
    }
    return changed;
}

bool add_to_sets(RollupSets &sets, const SetChange &change) {
    bool changed = add_to_set(sets.posts, change.posts);
    changed = add_to_set(sets.earning_posts, change.earning_posts) || changed;
    changed = add_to_set(sets.spending_posts, change.spending_posts) || changed;
    return add_to_set(sets.campaigns, change.campaigns) || changed;
}

// A cell that has been changed, and what its coarser cell has to know of it.
struct Step {
    core::rollup::Moment bucket = 0;
    Sums change{};
    enum State { same, gone, there } state = same;
    core::rollup::PartSums sums{};
    core::rollup::PostIds posts;
    bool is_large = false; // so many posts that no coarser row has room for them: they are not kept

    void hold(const Sums &after, core::rollup::PostIds its_posts) {
        state = there;
        sums = core::rollup::part_sums_of(after);
        is_large = its_posts.size() > core::rollup::Parts::most_bytes; // each takes a byte at least
        if (!is_large) posts = std::move(its_posts);
    }
};
using Steps = std::vector<Step>;

// A quarter whose sets must be read from its facts before it can be written.
struct LostQuarter {
    CellKey key;
    Sums sums{};
    std::size_t step; // its place
};

class RollupApply {
public:
    RollupApply(DeltaWork &work, SetChanges &changes)
        : work_(work), changes_(changes), table_(work.extension) {}

    void run();

private:
    using Quarter = std::vector<QuarterChange>::iterator;

    void apply_series(Quarter first, Quarter last);
    Steps apply_coarse(const QuarterChange &series, Grain grain, Steps finer);
    void apply_coarse_cell(Step &step, const CellKey &key, const SetChange &change, Step *finer,
                           std::size_t count);
    void apply_quarter(Steps &steps, QuarterChange &quarter);
    SetChange changes_of(QuarterChange &quarter);
    RollupSets sets_of_details(const CellKey &key);
    std::optional<core::rollup::Parts> parts_of(const CellKey &key, bool found, Step *finer,
                                                std::size_t count);
    core::rollup::Parts parts_of_rows(const CellKey &key);
    void write(Step &step, const CellKey &key, bool found, const SetChange &change, const Sums &after,
               const core::rollup::Parts *parts);
    void write_lost(Steps &steps);

    DeltaWork &work_;
    SetChanges &changes_;
    RollupTable table_;
    std::optional<DetailTable> details_; // opened when the first set loses a member
    std::vector<LostQuarter> lost_;      // of the series
};

// Members come sorted by post and campaign; net rows below 0 mean that a member may be gone.
SetChange RollupApply::changes_of(QuarterChange &quarter) {
    quarter.compact();
    SetChange change;
    std::vector<std::pair<std::int64_t, std::int64_t>> campaigns; // campaign, rows
    for (std::size_t i = 0; i < quarter.members.size();) {
        const std::uint32_t place = quarter.members[i].post;
        Membership sum;
        for (; i < quarter.members.size() && quarter.members[i].post == place; ++i) {
            const Membership &member = quarter.members[i];
            sum.rows += member.rows;
            sum.earning += member.earning;
            sum.spending += member.spending;
            if (member.campaign != 0) campaigns.emplace_back(member.campaign, member.rows);
        }
        const auto post = static_cast<std::uint32_t>(work_.numbers[place]);
        if (post == 0) continue;
        change.lost = change.lost || sum.rows < 0 || sum.earning < 0 || sum.spending < 0;
        if (sum.rows > 0) change.posts.push_back(post);
        if (sum.earning > 0) change.earning_posts.push_back(post);
        if (sum.spending > 0) change.spending_posts.push_back(post);
    }
    std::sort(campaigns.begin(), campaigns.end());
    for (std::size_t i = 0; i < campaigns.size();) {
        const std::int64_t campaign = campaigns[i].first;
        std::int64_t rows = 0;
        for (; i < campaigns.size() && campaigns[i].first == campaign; ++i)
            rows += campaigns[i].second;
        change.lost = change.lost || rows < 0;
        if (rows > 0) change.campaigns.push_back(static_cast<std::uint64_t>(campaign));
    }
    change.lost = change.lost || (work_.after_removals && !change.is_none());
    return change;
}

RollupSets RollupApply::sets_of_details(const CellKey &key) {
    if (!details_) details_.emplace(work_.extension);
    return details_->sets_of(key, work_.texts);
}

// The finer rows of a cell $1 to $6 (user, finer grain, bounds, platform, currency), as parts.
const Statement parts_statement{
    "SELECT bucket, data_points, spend, revenue, revenue_count, roi_sum, roi_count, posts FROM @roi@.roi_rollup"
    " WHERE user_id = $1 AND grain = $2 AND bucket >= $3 AND bucket < $4 AND platform = $5 AND currency = $6",
    {TEXTOID, CHAROID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID},
    false,
    true};

core::rollup::Parts RollupApply::parts_of_rows(const CellKey &key) {
    const auto grain = static_cast<char>(core::rollup::part_grain(key.grain));
    execute(parts_statement, work_.extension.schema,
            {{work_.texts[key.user], false},
             {CharGetDatum(grain), false},
             {TimestampTzGetDatum(key.bucket), false},
             {TimestampTzGetDatum(core::rollup::bucket_after(key.grain, key.bucket)), false},
             {work_.texts[key.platform], false},
             {work_.texts[key.currency], false}},
            false);
    core::rollup::Parts parts;
    ResultRows rows;
    while (rows.next()) {
        core::rollup::PartSums sums;
        for (std::size_t i = 0; i < sums.size(); ++i)
            sums[i] = DatumGetInt64(rows.values()[i + 1]);
        const int posts = static_cast<int>(sums.size()) + 1;
        const core::rollup::PostSet set(rows.nulls()[posts] ? std::string() : text_of(rows.values()[posts]));
        parts.set(core::rollup::part_of(key.grain, key.bucket, DatumGetTimestampTz(rows.values()[0])), sums,
                  set.members());
    }
    return parts;
}

// The parts of a day or month after its finer cells have changed; none when they were too long before.
std::optional<core::rollup::Parts> RollupApply::parts_of(const CellKey &key, bool found, Step *finer,
                                                         std::size_t count) {
    std::optional<core::rollup::Parts> parts = core::rollup::Parts();
    if (found)
        parts = table_.parts();
    else if (work_.after_removals) // it was 0 for a while and lost its row, while finer cells were not
        parts = parts_of_rows(key);
    if (!parts) return parts;
    for (Step *step = finer; step != finer + count; ++step) {
        const std::size_t part = core::rollup::part_of(key.grain, key.bucket, step->bucket);
        if (step->is_large) return {};
        if (step->state == Step::gone) parts->erase(part);
        if (step->state == Step::there) parts->set(part, step->sums, std::move(step->posts));
    }
    return parts;
}

// Writes a cell that stays or comes.
void RollupApply::write(Step &step, const CellKey &key, bool found, const SetChange &change,
                        const Sums &after, const core::rollup::Parts *parts) {
    // A cell that a nested trigger brought to 0 for a while has lost its sets with its row.
    const bool lost = change.lost || (!found && work_.after_removals);
    const bool keeps_sets = found && !lost && change.is_none();
    RollupSets sets;
    bool is_new = !keeps_sets; // the sets
    if (lost) {
        sets = sets_of_details(key);
    } else if (!keeps_sets) {
        if (found) sets = table_.sets();
        is_new = add_to_sets(sets, change);
    }
    step.hold(after, keeps_sets ? table_.posts() : sets.posts.members());
    if (found)
        table_.update(after, is_new ? &sets : nullptr, parts);
    else
        table_.insert(key, work_.texts, after, sets, parts);
}

void RollupApply::apply_quarter(Steps &steps, QuarterChange &quarter) {
    steps.emplace_back();
    Step &step = steps.back();
    step.bucket = quarter.bucket;
    step.change = quarter.sums;
    const SetChange change = changes_of(quarter);
    if (is_zero(quarter.sums) && change.is_none()) return;
    const CellKey key{quarter.user, quarter.platform, quarter.currency, Grain::quarter, quarter.bucket};
    const bool found = table_.find(key, work_.texts);
    Sums after = found ? table_.sums() : Sums{};
    core::rollup::add(after, quarter.sums);
    if (is_zero(after)) {
        if (found) table_.erase();
        step.state = Step::gone;
    } else if (change.lost || (!found && work_.after_removals)) {
        lost_.push_back({key, after, steps.size() - 1});
    } else {
        write(step, key, found, change, after, nullptr);
    }
}

void RollupApply::apply_coarse_cell(Step &step, const CellKey &key, const SetChange &change, Step *finer,
                                    std::size_t count) {
    const bool found = table_.find(key, work_.texts);
    Sums after = found ? table_.sums() : Sums{};
    core::rollup::add(after, step.change);
    if (is_zero(after)) {
        if (found) table_.erase();
        step.state = Step::gone;
    } else {
        const auto parts = parts_of(key, found, finer, count);
        write(step, key, found, change, after, parts ? &*parts : nullptr);
    }
}

// Days from quarters or months from days of one series.
Steps RollupApply::apply_coarse(const QuarterChange &series, Grain grain, Steps finer) {
    static const SetChange none;
    Steps steps;
    for (std::size_t first = 0, last = 0; first < finer.size(); first = last) {
        check_interrupts();
        Step step;
        step.bucket = bucket_of(grain, finer[first].bucket);
        for (; last < finer.size() && bucket_of(grain, finer[last].bucket) == step.bucket; ++last)
            core::rollup::add(step.change, finer[last].change);
        const CellKey key{series.user, series.platform, series.currency, grain, step.bucket};
        const auto sets = changes_.find(key);
        const SetChange &change = sets == changes_.end() ? none : sets->second;
        const bool is_same = std::all_of(&finer[first], &finer[first] + (last - first),
                                         [](const Step &part) { return part.state == Step::same; });
        if (!is_same || !change.is_none() || !is_zero(step.change))
            apply_coarse_cell(step, key, change, &finer[first], last - first);
        steps.push_back(std::move(step));
    }
    return steps;
}

// Facts of the quarters $1 (user), $2 (starts), $3 (platforms), $4 (currencies), as members of sets.
const Statement members_statement{
    "SELECT q.place, p.post_no::bigint, f.campaign_id, f.earning, f.spending"
    " FROM unnest($2, $3, $4) WITH ORDINALITY AS q (bucket, platform, currency, place)"
    " CROSS JOIN LATERAL (SELECT m.post_id, m.campaign_id, bool_or(m.revenue_generated > 0) AS earning,"
    "   bool_or(m.ad_spend > 0) AS spending FROM @roi@.roi_metrics m"
    "   WHERE m.user_id = $1 AND m.update_timestamp >= q.bucket"
    "   AND m.update_timestamp <= q.bucket + interval '00:14:59.999999'"
    "   AND m.platform = q.platform AND m.currency = q.currency GROUP BY m.post_id, m.campaign_id OFFSET 0) f"
    " LEFT JOIN LATERAL (SELECT p.post_no FROM @roi@.roi_posts p WHERE p.user_id = $1 AND p.post_id = f.post_id"
    "   AND p.platform = q.platform OFFSET 0) p ON true ORDER BY q.place",
    {TEXTOID, TIMESTAMPTZARRAYOID, TEXTARRAYOID, TEXTARRAYOID},
    false,
    true}; // planning it over all partitions would take longer than running it

void add_member(RollupSets &sets, uint64 row) {
    const Argument post = result(row, 2), campaign = result(row, 3);
    const Argument earning = result(row, 4), spending = result(row, 5);
    if (!campaign.is_null) sets.campaigns.add(static_cast<std::uint64_t>(DatumGetInt64(campaign.value)));
    if (post.is_null) return;
    const auto number = static_cast<std::uint32_t>(DatumGetInt64(post.value));
    sets.posts.add(number);
    if (!earning.is_null && DatumGetBool(earning.value)) sets.earning_posts.add(number);
    if (!spending.is_null && DatumGetBool(spending.value)) sets.spending_posts.add(number);
}

// The sets of quarters of one user, from a new snapshot of the facts.
std::vector<RollupSets> read_members(const DeltaWork &work, const LostQuarter *quarters, std::size_t count) {
    TimestampColumn buckets;
    TextColumn platforms, currencies;
    for (const LostQuarter *quarter = quarters; quarter != quarters + count; ++quarter) {
        buckets.add(quarter->key.bucket);
        platforms.add(work.texts.view(quarter->key.platform));
        currencies.add(work.texts.view(quarter->key.currency));
    }
    const uint64 rows = execute(members_statement, work.extension.schema,
                                {text_argument(work.texts.view(quarters->key.user)), buckets.array(),
                                 platforms.array(), currencies.array()},
                                false);
    std::vector<RollupSets> sets(count);
    for (uint64 row = 0; row < rows; ++row)
        add_member(sets[static_cast<std::size_t>(result_int64(row, 1) - 1)], row);
    return sets;
}

void RollupApply::write_lost(Steps &steps) {
    constexpr std::size_t most = 1024; // quarters of one statement
    for (std::size_t first = 0; first < lost_.size(); first += most) {
        check_interrupts();
        const std::size_t last = std::min(first + most, lost_.size());
        const std::vector<RollupSets> sets = read_members(work_, &lost_[first], last - first);
        for (std::size_t i = first; i < last; ++i) {
            const RollupSets &own = sets[i - first];
            Step &step = steps[lost_[i].step];
            step.hold(lost_[i].sums, own.posts.members());
            if (table_.find(lost_[i].key, work_.texts))
                table_.update(lost_[i].sums, &own, nullptr);
            else
                table_.insert(lost_[i].key, work_.texts, lost_[i].sums, own, nullptr);
        }
    }
    lost_.clear();
}

// All quarters of a user, platform and currency.
void RollupApply::apply_series(Quarter first, Quarter last) {
    if (work_.is_gone(first->user)) return;
    Steps quarters;
    for (Quarter quarter = first; quarter != last; ++quarter) {
        check_interrupts();
        apply_quarter(quarters, *quarter);
    }
    write_lost(quarters);
    apply_coarse(*first, Grain::month, apply_coarse(*first, Grain::day, std::move(quarters)));
}

void RollupApply::run() {
    std::vector<QuarterChange> &quarters = work_.delta.quarters();
    const auto series = [](const QuarterChange &q) { return std::tie(q.user, q.platform, q.currency); };
    std::sort(quarters.begin(), quarters.end(), [&](const QuarterChange &a, const QuarterChange &b) {
        return std::tuple_cat(series(a), std::tie(a.bucket)) < std::tuple_cat(series(b), std::tie(b.bucket));
    });
    for (Quarter first = quarters.begin(); first != quarters.end();) {
        const Quarter last = std::find_if(first, quarters.end(), [&](const QuarterChange &quarter) {
            return series(quarter) != series(*first);
        });
        apply_series(first, last);
        first = last;
    }
    if (details_) details_->close();
    table_.close();
}

} // namespace

void apply_to_rollups(DeltaWork &work) {
    SetChanges changes;
    apply_to_details(work, changes);
    RollupApply(work, changes).run();
}

} // namespace roi::store
