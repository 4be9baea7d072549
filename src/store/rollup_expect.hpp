// The cells that a set of facts should have in the rollups, worked out from a delta.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

#include "core/rollup/delta.hpp"
#include "core/rollup/id_set.hpp"
#include "core/rollup/parts.hpp"

#include "store/rollup_rows.hpp"

namespace roi::store {

// Grain, bucket, platform, currency.
using CellId = std::tuple<char, core::rollup::Moment, std::string, std::string>;
// A cell's campaign, content type and post_no.
using DetailId = std::tuple<CellId, std::int64_t, std::string, std::int32_t>;

struct ExpectedCell {
    core::rollup::Sums sums{};
    RollupSets sets;
    core::rollup::Parts parts;
};

// A post of the user with what its facts add up to, money in its own currency only.
struct ExpectedPost {
    std::int32_t number = 0;
    std::string currency;
    core::Measures totals{};
};

// Platform and post_id to post; "" for facts without a post is not among them.
using ExpectedPosts = std::map<std::pair<std::string, std::string>, ExpectedPost>;

struct Expectation {
    std::map<CellId, ExpectedCell> cells;
    std::map<DetailId, core::rollup::DetailSums> details;
};

// Adds the quarters and days of a delta of written facts to `fine` and its months to `months`, and the gains of posts to
// `posts`; posts that are not registered are reported to `unknown` and count as number 0.
void expect(core::rollup::Delta &delta, ExpectedPosts &posts, Expectation &fine, Expectation &months,
            const std::function<void(const std::string &platform, const std::string &post_id)> &unknown);

// Fills the sets of day and month cells from the details: call it when the last delta has been added.
void expect_sets(Expectation &expectation);

// Fills the parts of days in `fine` and of months in `months` from the finer cells of `fine`, whose sets are there.
void expect_parts(Expectation &fine, Expectation &months);

} // namespace roi::store
