// The campaigns of a simulated account: which one a day's posts belong to, its name, dates and budget.
#pragma once

#include <cstdint>
#include <string>

#include "core/model/model.hpp"
#include "core/seal.hpp"

namespace roi::core::model {

// One campaign after the other, every `days` days from local day `first_day` (since 1970-01-01); at most `count` of them.
struct CampaignPlan {
    std::int64_t first_day = 0;
    std::int64_t days = 14;
    std::int64_t count = unlimited;
};

constexpr std::int64_t last_campaign_days =
    30; // the last of a limited series takes the posts of so many days
constexpr std::int64_t no_campaign = -1;
// A campaign's id follows from its place: the same account has the same rows in every database. Far above the ids of the
// sequence, within the range of an integer.
constexpr std::int64_t first_campaign_id = 1000000000;

// The campaign, counted from 0, to which posts of that local day belong, or no_campaign.
std::int64_t campaign_of_day(const CampaignPlan &plan, std::int64_t day);

std::int64_t campaign_first_day(const CampaignPlan &plan, std::int64_t campaign);
std::int64_t campaign_end_day(const CampaignPlan &plan, std::int64_t campaign); // exclusive

std::string campaign_name(std::int64_t campaign);

// What a post's paid delivery on that platform costs on average, in units of currency.
double expected_post_cost(const PlatformModel &platform, double audience);

// A budget in millionths for posts that cost so much in all: a little tight for some campaigns, ample for others.
std::int64_t drawn_budget(std::uint64_t seed, std::int64_t campaign, double expected_cost);

} // namespace roi::core::model
