// Day and month rows of roi_rollup_detail as a delta changes them.
#include "store/rollup_sets.hpp"

#include <numeric>
#include <tuple>

namespace roi::store {

using namespace bridge;
using core::rollup::bucket_of;
using core::rollup::DetailChange;
using core::rollup::DetailSums;
using core::rollup::Grain;

namespace {

class DetailApply {
public:
    DetailApply(DeltaWork &work, SetChanges &changes)
        : work_(work), changes_(changes), table_(work.extension) {}

    void run();

private:
    void apply(const DetailChange &change, Grain grain, core::rollup::Moment bucket, const DetailSums &sums);
    void note(const DetailKey &key, const DetailSums &before, const DetailSums &after);
    bool is_before(const DetailChange &a, const DetailChange &b) const;
    void apply_all(Grain grain);
    void add_up_months();

    DeltaWork &work_;
    SetChanges &changes_;
    DetailTable table_;
};

void DetailApply::note(const DetailKey &key, const DetailSums &before, const DetailSums &after) {
    using namespace core::rollup;
    const auto came = [&](std::size_t sum) { return before[sum] <= 0 && after[sum] > 0; };
    const auto went = [&](std::size_t sum) { return before[sum] > 0 && after[sum] <= 0; };
    if (key.post_no == 0 && key.campaign == 0) return;
    const bool any_went = went(sum_data_points) || went(sum_earning_points) || went(sum_spending_points);
    const bool any_came = came(sum_data_points) || came(sum_earning_points) || came(sum_spending_points);
    if (!any_went && !any_came) return;
    SetChange &change = changes_[key.cell];
    change.lost = change.lost || any_went;
    if (came(sum_data_points) && key.campaign != 0)
        change.campaigns.push_back(static_cast<std::uint64_t>(key.campaign));
    if (key.post_no == 0) return;
    const auto post = static_cast<std::uint32_t>(key.post_no);
    if (came(sum_data_points)) change.posts.push_back(post);
    if (came(sum_earning_points)) change.earning_posts.push_back(post);
    if (came(sum_spending_points)) change.spending_posts.push_back(post);
}

void DetailApply::apply(const DetailChange &change, Grain grain, core::rollup::Moment bucket,
                        const DetailSums &sums) {
    if (is_zero(sums) || work_.is_gone(change.user)) return;
    const DetailKey key{{change.user, change.platform, change.currency, grain, bucket},
                        change.campaign,
                        change.content_type,
                        work_.numbers[change.post]};
    const bool found = table_.find(key, work_.texts);
    const DetailSums before = found ? table_.sums() : DetailSums{};
    DetailSums after = before;
    core::rollup::add(after, sums);
    if (found && is_zero(after))
        table_.erase();
    else if (found)
        table_.update(after);
    else
        table_.insert(key, work_.texts, after);
    note(key, before, after);
}

// In the order of the primary key, as far as texts sort like their bytes.
bool DetailApply::is_before(const DetailChange &a, const DetailChange &b) const {
    const auto rank = [](const DetailChange &d) { return std::tie(d.user, d.day); };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    const auto differ = [&](std::uint32_t x, std::uint32_t y) { return x != y; };
    if (differ(a.platform, b.platform)) return work_.texts.view(a.platform) < work_.texts.view(b.platform);
    if (differ(a.currency, b.currency)) return work_.texts.view(a.currency) < work_.texts.view(b.currency);
    if (a.campaign != b.campaign) return a.campaign < b.campaign;
    if (differ(a.content_type, b.content_type))
        return work_.texts.view(a.content_type) < work_.texts.view(b.content_type);
    return work_.numbers[a.post] < work_.numbers[b.post];
}

void DetailApply::apply_all(Grain grain) {
    std::vector<DetailChange> &details = work_.delta.details();
    std::vector<std::uint32_t> order(details.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return is_before(details[a], details[b]); });
    for (const std::uint32_t place : order) {
        check_interrupts();
        apply(details[place], grain, details[place].day, details[place].sums);
    }
}

// Turns the changes of days into those of months, in the same place.
void DetailApply::add_up_months() {
    std::vector<DetailChange> &details = work_.delta.details();
    const auto series = [](const DetailChange &d) {
        return std::tie(d.user, d.platform, d.currency, d.campaign, d.content_type, d.post, d.day);
    };
    for (DetailChange &change : details)
        change.day = bucket_of(Grain::month, change.day);
    const auto before = [&](const DetailChange &a, const DetailChange &b) { return series(a) < series(b); };
    if (!std::is_sorted(details.begin(), details.end(), before))
        std::sort(details.begin(), details.end(), before);
    std::size_t last = 0;
    for (std::size_t i = 1; i < details.size(); ++i) {
        if (series(details[i]) == series(details[last]))
            core::rollup::add(details[last].sums, details[i].sums);
        else
            details[++last] = details[i];
    }
    if (!details.empty()) details.resize(last + 1);
}

void DetailApply::run() {
    constexpr std::size_t many = 1024; // fewer are remembered, for the next statements of the transaction
    if (work_.delta.details().size() >= many) table_.walk();
    apply_all(Grain::day);
    add_up_months();
    apply_all(Grain::month);
    table_.close();
}

} // namespace

void apply_to_details(DeltaWork &work, SetChanges &changes) { DetailApply(work, changes).run(); }

} // namespace roi::store
