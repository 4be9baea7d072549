// Adds facts up by quarter and by post and day.
#include "core/rollup/delta.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace roi::core::rollup {

namespace {

std::int64_t pair_of(std::uint32_t high, std::uint32_t low) {
    return static_cast<std::int64_t>(std::uint64_t{high} << 32 | low);
}

template <class... Parts>
std::uint64_t hash_of(Parts... parts) {
    std::uint64_t hash =
        0x9e3779b97f4a7c15; // the golden ratio; the mixing step is SplitMix64's (Steele 2014)
    for (const std::int64_t part : {static_cast<std::int64_t>(parts)...}) {
        hash = (hash ^ static_cast<std::uint64_t>(part)) * 0xbf58476d1ce4e5b9;
        hash ^= hash >> 29;
    }
    return hash;
}

// Starts to fetch what will be written soon: of many records in no order, each is far from the processor.
template <class Record>
void fetch(const Record &record) {
    constexpr std::size_t line = 64;
    const auto *const begin = reinterpret_cast<const char *>(&record);
    for (std::size_t at = 0; at < sizeof record; at += line)
        __builtin_prefetch(begin + at, 1);
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

std::uint32_t Delta::post_of(const Fact &fact, std::uint32_t user, std::uint32_t platform,
                             std::uint32_t currency, int sign) {
    const std::uint32_t post_id = names_.number(fact.post_id);
    const auto [place, is_new] = post_places_.find_or_add(
        hash_of(pair_of(user, platform), post_id), posts_.size(), [&](std::uint32_t at) {
            const PostChange &post = posts_[at];
            return post.user == user && post.platform == platform && post.post_id == post_id;
        });
    if (is_new) {
        PostChange post;
        post.user = user;
        post.platform = platform;
        post.post_id = post_id;
        posts_.push_back(post);
    }
    PostChange &post = posts_[place];
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
    return place;
}

std::uint32_t Delta::quarter_of(std::uint32_t user, std::uint32_t platform, std::uint32_t currency,
                                Moment stamp) {
    const Moment bucket = bucket_of(Grain::quarter, stamp);
    const auto [place, is_new] = quarter_places_.find_or_add(
        hash_of(pair_of(user, platform), currency, bucket), quarters_.size(), [&](std::uint32_t at) {
            const QuarterChange &quarter = quarters_[at];
            return quarter.user == user && quarter.platform == platform && quarter.currency == currency &&
                   quarter.bucket == bucket;
        });
    if (is_new) {
        quarters_.emplace_back();
        QuarterChange &fresh = quarters_.back();
        fresh.user = user;
        fresh.platform = platform;
        fresh.currency = currency;
        fresh.bucket = bucket;
    }
    return place;
}

std::uint32_t Delta::detail_of(const DetailChange &key) {
    const auto [place, is_new] = detail_places_.find_or_add(
        hash_of(pair_of(key.user, key.post), pair_of(key.currency, key.content_type), key.campaign, key.day),
        details_.size(), [&](std::uint32_t at) {
            const DetailChange &detail = details_[at]; // a post has one platform
            return detail.user == key.user && detail.post == key.post && detail.currency == key.currency &&
                   detail.content_type == key.content_type && detail.campaign == key.campaign &&
                   detail.day == key.day;
        });
    if (is_new) details_.push_back(key);
    return place;
}

void Delta::add_member(QuarterChange &quarter, const Fact &fact, const Sums &sums, int sign,
                       std::uint32_t post) {
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
    const std::uint32_t user = names_.number(fact.user_id);
    const std::uint32_t platform = names_.number(fact.platform);
    const std::uint32_t currency = names_.number(fact.currency);
    const std::uint32_t content_type = names_.number(fact.content_type);
    QuarterChange &quarter = quarters_[quarter_of(user, platform, currency, fact.stamp)];
    fetch(quarter);
    const std::uint32_t post = post_of(fact, user, platform, currency, sign);
    DetailChange &detail = details_[detail_of({user,
                                               platform,
                                               currency,
                                               content_type,
                                               post,
                                               fact.campaign_id,
                                               bucket_of(Grain::day, fact.stamp),
                                               {}})];
    fetch(detail);
    const Sums sums = sums_of(fact);
    rollup::add(quarter.sums, sums, sign);
    add_member(quarter, fact, sums, sign, post);
    rollup::add(detail.sums, sums, sign);
}

// The room of the large records stays: memory that went back to the system would come back page by page, each zeroed.
void Delta::clear() {
    constexpr std::size_t most_kept = 8192;
    Delta fresh;
    const auto keep = [](auto &from, auto &to) {
        if (from.capacity() > most_kept) return;
        from.clear();
        to = std::move(from);
    };
    keep(details_, fresh.details_);
    keep(posts_, fresh.posts_);
    *this = std::move(fresh);
}

std::size_t Delta::bytes() const {
    return names_.bytes() + quarters_.size() * sizeof(QuarterChange) + quarter_places_.bytes() +
           details_.size() * sizeof(DetailChange) + detail_places_.bytes() +
           posts_.size() * sizeof(PostChange) + post_places_.bytes() +
           2 * members_ * sizeof(Membership); // vectors grow by doubling
}

} // namespace roi::core::rollup
