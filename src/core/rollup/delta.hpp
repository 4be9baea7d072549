// What a set of written and removed facts changes in the rollups, before it is applied.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/rollup/names.hpp"
#include "core/rollup/places.hpp"
#include "core/rollup/sums.hpp"

#include "core/seal.hpp"

namespace roi::core::rollup {

// Net rows of one post and campaign in a quarter; what the quarter's sets gain or lose follows from the signs.
struct Membership {
    std::uint32_t post = 0; // place in Delta::posts()
    std::int32_t rows = 0;
    std::int32_t earning = 0;  // rows with revenue above 0
    std::int32_t spending = 0; // rows with spend above 0
    std::int64_t campaign = 0; // 0: none
};

// Net change of one user, platform, currency and quarter of an hour.
struct QuarterChange {
    std::uint32_t user = 0, platform = 0, currency = 0;
    Moment bucket = 0;
    Sums sums{};
    std::vector<Membership> members; // may name a post and campaign more than once, see compact()
    std::size_t compacted = 0;       // the first so many are sorted and distinct

    void compact();
};

// Net change of one user, platform, currency, campaign, content type, post and day.
struct DetailChange {
    std::uint32_t user = 0, platform = 0, currency = 0, content_type = 0;
    std::uint32_t post = 0; // place in Delta::posts()
    std::int64_t campaign = 0;
    Moment day = 0;
    DetailSums sums{};
};

// A post of a user on a platform that facts name, the empty post_id included; what describes it comes from its first written fact, else from the first removed one.
struct PostChange {
    std::uint32_t user = 0, platform = 0, post_id = 0;
    std::uint32_t currency = 0, content_type = 0, content_category = 0, source = 0;
    std::int64_t campaign = 0;
    Moment posted_at = no_posted_at;
    Moment last_generated = no_posted_at; // newest stamp of its generated facts
    bool is_written = false;              // by at least one fact that is not a removed one
};

// Collects facts. All texts are numbers of names(). Throws Fault::out_of_range when a sum would overflow.
class Delta {
public:
    // sign 1: the fact was written, -1: removed.
    void add(const Fact &fact, int sign);
    void clear(); // keeps the room of a small one

    const Names &names() const { return names_; }
    std::vector<QuarterChange> &quarters() { return quarters_; }
    std::vector<DetailChange> &details() { return details_; }
    const std::vector<PostChange> &posts() const { return posts_; }
    bool is_empty() const { return quarters_.empty(); }
    std::size_t bytes() const; // about what it holds in memory

private:
    std::uint32_t post_of(const Fact &fact, std::uint32_t user, std::uint32_t platform,
                          std::uint32_t currency, int sign);
    std::uint32_t quarter_of(std::uint32_t user, std::uint32_t platform, std::uint32_t currency,
                             Moment stamp);
    std::uint32_t detail_of(const DetailChange &key);
    void add_member(QuarterChange &quarter, const Fact &fact, const Sums &sums, int sign, std::uint32_t post);

    Names names_;
    std::vector<QuarterChange> quarters_;
    std::vector<DetailChange> details_;
    std::vector<PostChange> posts_;
    Places quarter_places_, detail_places_, post_places_;
    std::size_t members_ = 0;
};

} // namespace roi::core::rollup
