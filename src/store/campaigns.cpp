// Statements over the campaigns of simulated accounts.
#include "store/campaigns.hpp"

#include <algorithm>

namespace roi::store {

using namespace bridge;
using core::model::CampaignPlan;

namespace {

// Posts that the account can be expected to publish for a campaign; the first one has the opening stock, too.
double expected_posts(const Account &account, std::int64_t campaign) {
    const CampaignPlan &plan = account.plan;
    const auto days =
        static_cast<double>(campaign_end_day(plan, campaign) - campaign_first_day(plan, campaign));
    return days * account.posts_per_day + (campaign == 0 ? static_cast<double>(account.first_posts) : 0.0);
}

std::int64_t budget_of(const Account &account, const std::map<std::string, Platform> &platforms,
                       std::int64_t campaign) {
    if (account.budget > 0) return account.budget;
    double cost = 0;
    for (const std::string &name : account.platforms) {
        const auto platform = platforms.find(name);
        if (platform != platforms.end())
            cost += expected_post_cost(platform->second.model, account.audience) /
                    static_cast<double>(account.platforms.size());
    }
    return core::model::drawn_budget(account.seed, campaign, cost * expected_posts(account, campaign));
}

} // namespace

void add_simulated_campaigns(const Extension &extension, const Account &account,
                             const std::map<std::string, Platform> &platforms, std::int64_t from_day,
                             std::int64_t until_day) {
    static const Statement add{
        "INSERT INTO @roi@.campaign_with_user_id (user_id, id, name, date, impressions, clicks, spend, budget, conversions,"
        " net_profit, ongoing, currency, source, updated_at)"
        " SELECT $1, $2, $3, date '1970-01-01' + $4::integer, 0, 0, 0, $5 * 0.000001, 0, 0, 'true', $6, 'simulated',"
        "   date '1970-01-01' + $4::integer"
        " ON CONFLICT (user_id, id) DO NOTHING",
        {TEXTOID, INT8OID, TEXTOID, INT8OID, INT8OID, TEXTOID}};
    const CampaignPlan &plan = account.plan;
    for (std::int64_t day = std::max(from_day, plan.first_day); day <= until_day; ++day) {
        const std::int64_t campaign = campaign_of_day(plan, day);
        if (campaign == core::model::no_campaign || campaign_first_day(plan, campaign) != day) continue;
        execute(add, extension.schema,
                {text_argument(account.user_id), int64_argument(core::model::first_campaign_id + campaign),
                 text_argument(core::model::campaign_name(campaign)), int64_argument(day),
                 int64_argument(budget_of(account, platforms, campaign)), text_argument(account.currency)},
                false);
    }
}

CampaignBook load_simulated_campaigns(const Extension &extension, const std::string &user_id) {
    static const Statement read_campaigns{
        "SELECT c.id, coalesce((c.budget * 1000000)::bigint, -1), coalesce(c.ongoing IN ('true', 'active'), false)::int::bigint,"
        " (coalesce(p.spend, 0) * 1000000)::bigint FROM @roi@.campaign_with_user_id c LEFT JOIN (SELECT campaign_id,"
        "   sum(ad_spend) AS spend FROM @roi@.roi_posts WHERE user_id = $1 AND source = 'simulated' GROUP BY campaign_id) p"
        "   ON p.campaign_id = c.id WHERE c.user_id = $1 AND c.source = 'simulated' AND c.id >= $2",
        {TEXTOID, INT8OID},
        false,
        true};
    CampaignBook campaigns;
    const uint64 count =
        execute(read_campaigns, extension.schema,
                {text_argument(user_id), int64_argument(core::model::first_campaign_id)}, false);
    for (uint64 row = 0; row < count; ++row) {
        Campaign &campaign = campaigns[result_int64(row, 1)];
        const std::int64_t budget = result_int64(row, 2);
        if (budget >= 0) campaign.budget_left = budget - result_int64(row, 4);
        campaign.is_running = result_int64(row, 3) != 0;
    }
    return campaigns;
}

void save_simulated_campaigns(const Extension &extension, const Account &account,
                              const CampaignBook &campaigns, std::int64_t until_day) {
    // cpc over all clicks, as for imported campaigns.
    static const Statement save{
        "UPDATE @roi@.campaign_with_user_id c SET impressions = t.views, clicks = t.clicks, spend = t.spend,"
        " conversions = t.conversions, net_profit = t.revenue - t.spend, ctr = 100.0 * t.clicks / nullif(t.views, 0),"
        " cpc = t.spend / nullif(t.clicks, 0), updated_at = t.last_hour + interval '1 hour'"
        " FROM (SELECT campaign_id, sum(views) AS views, sum(clicks) AS clicks, sum(conversions) AS conversions,"
        "   sum(ad_spend) AS spend, sum(revenue_generated) AS revenue, max(last_hour) AS last_hour FROM @roi@.roi_posts"
        "   WHERE user_id = $1 AND campaign_id = ANY ($2) GROUP BY campaign_id) t"
        " WHERE c.user_id = $1 AND c.id = t.campaign_id",
        {TEXTOID, INT8ARRAYOID},
        false,
        true};
    static const Statement complete{
        "UPDATE @roi@.campaign_with_user_id SET ongoing = 'completed' WHERE user_id = $1 AND id = ANY ($2)"
        " AND ongoing IN ('true', 'active')",
        {TEXTOID, INT8ARRAYOID},
        false,
        true};
    Int64Column seen, ended;
    bool any_seen = false, any_ended = false;
    for (const auto &[id, campaign] : campaigns) {
        const std::int64_t last_day = campaign_end_day(account.plan, id - core::model::first_campaign_id) +
                                      core::model::lifetime_hours / 24;
        const bool is_over = !campaign.is_running || last_day < until_day;
        if (campaign.was_seen) seen.add(id);
        if (is_over) ended.add(id);
        any_seen = any_seen || campaign.was_seen;
        any_ended = any_ended || is_over;
    }
    const Argument user = text_argument(account.user_id);
    if (any_seen) execute(save, extension.schema, {user, seen.array()}, false);
    if (any_ended) execute(complete, extension.schema, {user, ended.array()}, false);
}

} // namespace roi::store
