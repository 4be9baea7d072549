// Adds facts up by quarter and by post and day.
#include "core/rollup/delta.hpp"

#include <algorithm>
#include <tuple>

namespace roi::core::rollup {

namespace {

std::int64_t pair_of(std::uint32_t high, std::uint32_t low) {
    return static_cast<std::int64_t>(std::uint64_t{high} << 32 | low);
}

auto identity(const Membership &member) { return std::tuple(member.post, member.campaign); }

} // namespace

void QuarterChange::compact() {
    const auto before = [](const Membership &a, const Membership &b) { return identity(a) < identity(b); };
    std::sort(members.begin(), members.end(), before);
    std::size_t last = 0;
    for (std::size_t i = 1; i < members.size(); ++i) {
        if (identity(members[i]) == identity(members[last])) {
            members[last].rows += members[i].rows;
            members[last].earning += members[i].earning;
            members[last].spending += members[i].spending;
        } else {
            members[++last] = members[i];
        }
    }
    if (!members.empty()) members.resize(last + 1);
    compacted = members.size();
}

template <std::size_t Size>
std::size_t Delta::Hash::operator()(const Key<Size> &key) const {
    std::uint64_t hash =
        0x9e3779b97f4a7c15; // the golden ratio; the mixing step is SplitMix64's (Steele 2014)
    for (const std::int64_t part : key.parts) {
        hash = (hash ^ static_cast<std::uint64_t>(part)) * 0xbf58476d1ce4e5b9;
        hash ^= hash >> 29;
    }
    return hash;
}

std::uint32_t Delta::post_of(const Fact &fact, std::uint32_t user, std::uint32_t platform,
                             std::uint32_t currency, int sign) {
    const std::uint32_t post_id = names_.number(fact.post_id);
    const auto [place, is_new] = post_places_.try_emplace({{pair_of(user, platform), post_id}},
                                                          static_cast<std::uint32_t>(posts_.size()));
    if (is_new) {
        PostChange post;
        post.user = user;
        post.platform = platform;
        post.post_id = post_id;
        posts_.push_back(post);
    }
    PostChange &post = posts_[place->second];
    if (is_new || (sign > 0 && !post.is_written)) {
        post.is_written = sign > 0;
        post.currency = currency;
        post.content_type = names_.number(fact.content_type);
        post.content_category = names_.number(fact.content_category);
        post.source = names_.number(fact.source);
        post.campaign = fact.campaign_id;
        post.posted_at = fact.posted_at;
    }
    if (fact.is_generated) post.last_generated = std::max(post.last_generated, fact.stamp);
    return place->second;
}

void Delta::add_quarter(const Fact &fact, const Sums &sums, int sign, std::uint32_t post,
                        std::uint32_t currency) {
    const std::uint32_t user = posts_[post].user, platform = posts_[post].platform;
    const Moment bucket = bucket_of(Grain::quarter, fact.stamp);
    const auto [place, is_new] = quarter_places_.try_emplace({{pair_of(user, platform), currency, bucket}},
                                                             static_cast<std::uint32_t>(quarters_.size()));
    if (is_new) {
        quarters_.emplace_back();
        QuarterChange &fresh = quarters_.back();
        fresh.user = user;
        fresh.platform = platform;
        fresh.currency = currency;
        fresh.bucket = bucket;
    }
    QuarterChange &quarter = quarters_[place->second];
    rollup::add(quarter.sums, sums, sign);
    if (fact.post_id.empty() && fact.campaign_id == 0) return;
    Membership member;
    member.post = post;
    member.campaign = fact.campaign_id;
    member.rows = sign;
    member.earning = sign * static_cast<std::int32_t>(sums[sum_earning_points]);
    member.spending = sign * static_cast<std::int32_t>(sums[sum_spending_points]);
    quarter.members.push_back(member);
    ++members_;
    if (quarter.members.size() >= 64 && quarter.members.size() >= 2 * quarter.compacted) {
        members_ -= quarter.members.size();
        quarter.compact();
        members_ += quarter.members.size();
    }
}

void Delta::add(const Fact &fact, int sign) {
    const Sums sums = sums_of(fact);
    const std::uint32_t user = names_.number(fact.user_id);
    const std::uint32_t platform = names_.number(fact.platform);
    const std::uint32_t currency = names_.number(fact.currency);
    const std::uint32_t content_type = names_.number(fact.content_type);
    const std::uint32_t post = post_of(fact, user, platform, currency, sign);
    add_quarter(fact, sums, sign, post, currency);
    const Moment day = bucket_of(Grain::day, fact.stamp);
    const auto [place, is_new] =
        detail_places_.try_emplace({{user, post, pair_of(currency, content_type), fact.campaign_id, day}},
                                   static_cast<std::uint32_t>(details_.size()));
    if (is_new) details_.push_back({user, platform, currency, content_type, post, fact.campaign_id, day, {}});
    rollup::add(details_[place->second].sums, sums, sign);
}

std::size_t Delta::bytes() const {
    constexpr std::size_t node = 64; // of a hash map: key, value, pointers, bucket
    return names_.bytes() + quarters_.size() * (sizeof(QuarterChange) + node) +
           details_.size() * (sizeof(DetailChange) + node) + posts_.size() * (sizeof(PostChange) + node) +
           2 * members_ * sizeof(Membership); // vectors grow by doubling
}

} // namespace roi::core::rollup
