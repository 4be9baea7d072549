// Expected cells, by plain maps: this path shares the arithmetic of facts with the writer, not its bookkeeping.
#include "core/rollup/delta.hpp"
#include "core/rollup/id_set.hpp"
#include "core/rollup/parts.hpp"

#include <functional>

#include "store/rollup_expect.hpp"

namespace roi::store {

using core::rollup::bucket_of;
using core::rollup::Delta;
using core::rollup::DetailSums;
using core::rollup::Grain;
using core::rollup::Moment;

namespace {

class Expecting {
public:
    Expecting(Delta &delta, ExpectedPosts &posts) : delta_(delta), posts_(posts) {}

    void number_posts(const std::function<void(const std::string &, const std::string &)> &unknown);
    void add_quarters(Expectation &fine, Expectation &months);
    void add_details(Expectation &fine, Expectation &months);

private:
    std::string text(std::uint32_t number) const { return std::string(delta_.names().text(number)); }
    template <class Change>
    CellId cell(const Change &change, Grain grain, Moment bucket) const {
        return {static_cast<char>(grain), bucket, text(change.platform), text(change.currency)};
    }
    void add_totals(ExpectedPost &post, const core::rollup::DetailChange &change) const;

    Delta &delta_;
    ExpectedPosts &posts_;
    std::vector<ExpectedPost *> places_; // by place in Delta::posts(); null: none
};

void Expecting::number_posts(const std::function<void(const std::string &, const std::string &)> &unknown) {
    for (const core::rollup::PostChange &post : delta_.posts()) {
        const std::string post_id = text(post.post_id);
        const auto found = posts_.find({text(post.platform), post_id});
        places_.push_back(found == posts_.end() ? nullptr : &found->second);
        if (found == posts_.end() && !post_id.empty()) unknown(text(post.platform), post_id);
    }
}

void Expecting::add_quarters(Expectation &fine, Expectation &months) {
    for (const core::rollup::QuarterChange &quarter : delta_.quarters()) {
        ExpectedCell &own = fine.cells[cell(quarter, Grain::quarter, quarter.bucket)];
        core::rollup::add(own.sums, quarter.sums);
        core::rollup::add(fine.cells[cell(quarter, Grain::day, bucket_of(Grain::day, quarter.bucket))].sums,
                          quarter.sums);
        core::rollup::add(
            months.cells[cell(quarter, Grain::month, bucket_of(Grain::month, quarter.bucket))].sums,
            quarter.sums);
        for (const core::rollup::Membership &member : quarter.members) {
            if (member.campaign != 0) own.sets.campaigns.add(static_cast<std::uint64_t>(member.campaign));
            if (places_[member.post] == nullptr) continue;
            const auto post = static_cast<std::uint32_t>(places_[member.post]->number);
            own.sets.posts.add(post);
            if (member.earning > 0) own.sets.earning_posts.add(post);
            if (member.spending > 0) own.sets.spending_posts.add(post);
        }
    }
}

void Expecting::add_totals(ExpectedPost &post, const core::rollup::DetailChange &change) const {
    const bool is_own_currency = delta_.names().text(change.currency) == post.currency;
    for (std::size_t measure = 0; measure < core::measure_count; ++measure) {
        const bool is_money = measure == core::measure_spend || measure == core::measure_revenue;
        if (!is_money || is_own_currency)
            post.totals[measure] += change.sums[core::rollup::sum_views + measure];
    }
}

void Expecting::add_details(Expectation &fine, Expectation &months) {
    for (const core::rollup::DetailChange &change : delta_.details()) {
        ExpectedPost *const post = places_[change.post];
        const std::int32_t number = post == nullptr ? 0 : post->number;
        const std::string content_type = text(change.content_type);
        core::rollup::add(
            fine.details[{cell(change, Grain::day, change.day), change.campaign, content_type, number}],
            change.sums);
        core::rollup::add(months.details[{cell(change, Grain::month, bucket_of(Grain::month, change.day)),
                                          change.campaign, content_type, number}],
                          change.sums);
        if (post != nullptr) add_totals(*post, change);
    }
}

} // namespace

void expect(Delta &delta, ExpectedPosts &posts, Expectation &fine, Expectation &months,
            const std::function<void(const std::string &, const std::string &)> &unknown) {
    Expecting expecting(delta, posts);
    expecting.number_posts(unknown);
    expecting.add_quarters(fine, months);
    expecting.add_details(fine, months);
}

void expect_sets(Expectation &expectation) {
    for (const auto &[id, sums] : expectation.details) {
        RollupSets &sets = expectation.cells[std::get<0>(id)].sets;
        const auto campaign = static_cast<std::uint64_t>(std::get<1>(id));
        const auto post = static_cast<std::uint32_t>(std::get<3>(id));
        if (campaign != 0) sets.campaigns.add(campaign);
        if (post == 0) continue;
        sets.posts.add(post);
        if (sums[core::rollup::sum_earning_points] > 0) sets.earning_posts.add(post);
        if (sums[core::rollup::sum_spending_points] > 0) sets.spending_posts.add(post);
    }
}

void expect_parts(Expectation &fine, Expectation &months) {
    for (const auto &[id, cell] : fine.cells) {
        const auto grain = static_cast<Grain>(std::get<0>(id));
        if (grain == Grain::month) continue;
        const Grain coarser = grain == Grain::quarter ? Grain::day : Grain::month;
        const Moment moment = std::get<1>(id), bucket = bucket_of(coarser, moment);
        CellId whole = id;
        std::get<0>(whole) = static_cast<char>(coarser);
        std::get<1>(whole) = bucket;
        Expectation &expectation = coarser == Grain::day ? fine : months;
        expectation.cells[whole].parts.set(core::rollup::part_of(coarser, bucket, moment),
                                           core::rollup::part_sums_of(cell.sums), cell.sets.posts.members());
    }
}

} // namespace roi::store
