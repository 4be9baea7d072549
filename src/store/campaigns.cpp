// Statements over the campaigns of simulated accounts.
#include "store/campaigns.hpp"

#include <algorithm>

#include "bridge/numeric.hpp"
#include "bridge/table.hpp"

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

namespace {

// What the posts of each campaign have spent, in millionths, by a walk over the user's posts.
std::map<std::int64_t, std::int64_t> spent_by_campaign(const Extension &extension, Datum user) {
    std::map<std::int64_t, std::int64_t> spent;
    Table posts(extension.schema, "roi_posts");
    const int campaign = posts.column("campaign_id"), source = posts.column("source"),
              spend = posts.column("ad_spend");
    for (bool found = posts.find(&user, 1); found; found = posts.next()) {
        check_interrupts();
        if (posts.nulls()[campaign] || !is_text(posts.values()[source], "simulated")) continue;
        const Datum stored = posts.values()[spend];
        std::int64_t &sum = spent[DatumGetInt64(posts.values()[campaign])];
        if (__builtin_add_overflow(sum, call([stored] { return micros_of_numeric(stored); }), &sum))
            fail(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "the spend of a campaign is out of range",
                 "Millionths are counted in 64 bits.", "Look for mistaken amounts in roi_posts.");
    }
    posts.close();
    return spent;
}

} // namespace

CampaignBook load_simulated_campaigns(const Extension &extension, const std::string &user_id) {
    CampaignBook campaigns;
    const Datum user = text_argument(user_id).value;
    bool has_budgets = false;
    Table table(extension.schema, "campaign_with_user_id");
    const int id = table.column("id"), budget = table.column("budget"), ongoing = table.column("ongoing"),
              source = table.column("source");
    for (bool found = table.find(&user, 1); found; found = table.next()) {
        const std::int64_t number = DatumGetInt64(table.values()[id]);
        const Datum stored = table.values()[budget], state = table.values()[ongoing];
        if (number < core::model::first_campaign_id || !is_text(table.values()[source], "simulated"))
            continue;
        Campaign &campaign = campaigns[number];
        if (!table.nulls()[budget])
            campaign.budget_left = call([stored] { return micros_of_numeric(stored); });
        campaign.is_running = campaign.was_running =
            !table.nulls()[ongoing] && (is_text(state, "true") || is_text(state, "active"));
        has_budgets = has_budgets || (!table.nulls()[budget] && campaign.is_running);
    }
    table.close();
    if (!has_budgets) return campaigns;
    for (const auto &[campaign, spent] : spent_by_campaign(extension, user)) {
        const auto known = campaigns.find(campaign);
        if (known != campaigns.end() && known->second.budget_left != core::model::unlimited)
            known->second.budget_left -= spent;
    }
    return campaigns;
}

namespace {

// Users beside lists of their campaigns, as arrays of text.
class CampaignLists {
public:
    void add(const std::string &user, std::int64_t campaign) {
        if (users_.empty() || users_.back() != user) {
            users_.push_back(user);
            lists_.emplace_back();
        }
        lists_.back() += (lists_.back().empty() ? "{" : ",") + std::to_string(campaign);
    }

    void execute_with(const Statement &statement, const Extension &extension) {
        if (users_.empty()) return;
        TextColumn users, lists;
        for (std::string &list : lists_)
            list += "}";
        for (std::size_t i = 0; i < users_.size(); ++i) {
            users.add(users_[i]);
            lists.add(lists_[i]);
        }
        execute(statement, extension.schema, {users.array(), lists.array()}, false);
    }

private:
    std::vector<std::string> users_, lists_;
};

} // namespace

void save_simulated_campaigns(const Extension &extension, const std::vector<GeneratedAccount> &accounts) {
    // cpc over all clicks, as for imported campaigns.
    static const Statement save{
        "UPDATE @roi@.campaign_with_user_id c SET impressions = t.views, clicks = t.clicks, spend = t.spend,"
        " conversions = t.conversions, net_profit = t.revenue - t.spend, ctr = 100.0 * t.clicks / nullif(t.views, 0),"
        " cpc = t.spend / nullif(t.clicks, 0), updated_at = t.last_hour + interval '1 hour'"
        " FROM unnest($1, $2) AS u (user_id, ids) CROSS JOIN LATERAL (SELECT campaign_id, sum(views) AS views, sum(clicks) AS clicks,"
        "   sum(conversions) AS conversions, sum(ad_spend) AS spend, sum(revenue_generated) AS revenue, max(last_hour) AS last_hour"
        "   FROM @roi@.roi_posts p WHERE p.user_id = u.user_id AND p.campaign_id = ANY (u.ids::bigint[]) GROUP BY campaign_id OFFSET 0) t"
        " WHERE c.user_id = u.user_id AND c.id = t.campaign_id AND c.source = 'simulated'",
        {TEXTARRAYOID, TEXTARRAYOID},
        false,
        true};
    static const Statement complete{
        "UPDATE @roi@.campaign_with_user_id c SET ongoing = 'completed' FROM unnest($1, $2) AS u (user_id, ids)"
        " WHERE c.user_id = u.user_id AND c.id = ANY (u.ids::bigint[]) AND c.source = 'simulated'"
        " AND c.ongoing IN ('true', 'active')",
        {TEXTARRAYOID, TEXTARRAYOID},
        false,
        true};
    CampaignLists seen, ended;
    for (const GeneratedAccount &one : accounts)
        for (const auto &[id, campaign] : *one.campaigns) {
            const std::int64_t last_day =
                campaign_end_day(one.account->plan, id - core::model::first_campaign_id) +
                core::model::lifetime_hours / 24;
            if (campaign.was_seen) seen.add(one.account->user_id, id);
            if (campaign.was_running && (!campaign.is_running || last_day < one.until_day))
                ended.add(one.account->user_id, id);
        }
    seen.execute_with(save, extension);
    ended.execute_with(complete, extension);
}

} // namespace roi::store
