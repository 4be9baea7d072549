// Statements over the campaigns of simulated accounts.
#include "store/campaigns.hpp"

#include <algorithm>

#include "bridge/numeric.hpp"

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

bool add_simulated_campaigns(const Extension &extension, const Account &account,
                             const std::map<std::string, Platform> &platforms, const CampaignBook &known,
                             std::int64_t from_day, std::int64_t until_day) {
    static const Statement add{
        "INSERT INTO @roi@.campaign_with_user_id (user_id, id, name, date, impressions, clicks, spend, budget, conversions,"
        " net_profit, ongoing, currency, source, updated_at)"
        " SELECT $1, $2, $3, date '1970-01-01' + $4::integer, 0, 0, 0, $5 * 0.000001, 0, 0, 'true', $6, 'simulated',"
        "   date '1970-01-01' + $4::integer"
        " ON CONFLICT (user_id, id) DO NOTHING",
        {TEXTOID, INT8OID, TEXTOID, INT8OID, INT8OID, TEXTOID}};
    const CampaignPlan &plan = account.plan;
    bool any = false;
    for (std::int64_t day = std::max(from_day, plan.first_day); day <= until_day; ++day) {
        const std::int64_t campaign = campaign_of_day(plan, day);
        if (campaign == core::model::no_campaign || campaign_first_day(plan, campaign) != day) continue;
        const std::int64_t id = core::model::first_campaign_id + campaign;
        if (known.count(id) != 0) continue;
        any = true;
        execute(add, extension.schema,
                {text_argument(account.user_id), int64_argument(id),
                 text_argument(core::model::campaign_name(campaign)), int64_argument(day),
                 int64_argument(budget_of(account, platforms, campaign)), text_argument(account.currency)},
                false);
    }
    return any;
}

SimulatedCampaigns::SimulatedCampaigns(const Extension &extension)
    : table_(extension.schema, "campaign_with_user_id"), id_(table_.column("id")),
      budget_(table_.column("budget")), ongoing_(table_.column("ongoing")), source_(table_.column("source")) {
}

CampaignBook SimulatedCampaigns::of_account(const std::string &user_id) {
    CampaignBook campaigns;
    const Datum user = text_argument(user_id).value;
    const Datum *const values = table_.values();
    const bool *const nulls = table_.nulls();
    table_.see_now();
    for (bool found = table_.find(&user, 1); found; found = table_.next()) {
        const std::int64_t number = DatumGetInt64(values[id_]);
        const Datum stored = values[budget_], state = values[ongoing_];
        if (number < core::model::first_campaign_id || !is_text(values[source_], "simulated")) continue;
        Campaign &campaign = campaigns[number];
        if (!nulls[budget_]) campaign.budget_left = call([stored] { return micros_of_numeric(stored); });
        campaign.is_running = campaign.was_running =
            !nulls[ongoing_] && (is_text(state, "true") || is_text(state, "active"));
    }
    return campaigns;
}

void subtract_spend(CampaignBook &campaigns, const std::map<std::int64_t, std::int64_t> &spent) {
    for (const auto &[campaign, micros] : spent) {
        const auto known = campaigns.find(campaign);
        if (known != campaigns.end() && known->second.budget_left != core::model::unlimited)
            known->second.budget_left -= micros;
    }
}

namespace {

// Campaigns of many users as columns, and the totals of their posts.
class CampaignColumns {
public:
    void add(const std::string &user, std::int64_t campaign) {
        users_.add(user);
        ids_.add(campaign);
        ++count_;
    }
    void add(const std::string &user, std::int64_t campaign, const CampaignTotals &totals) {
        add(user, campaign);
        views_.add(totals.views);
        clicks_.add(totals.clicks);
        conversions_.add(totals.conversions);
        spend_.add(totals.spend);
        revenue_.add(totals.revenue);
        last_hours_.add(totals.last_hour);
    }
    void complete(const Extension &extension) const;
    void save_totals(const Extension &extension) const;

private:
    std::size_t count_ = 0;
    TextColumn users_;
    Int64Column ids_, views_, clicks_, conversions_, spend_, revenue_;
    TimestampColumn last_hours_;
};

// cpc over all clicks, as for imported campaigns.
void CampaignColumns::save_totals(const Extension &extension) const {
    static const Statement save{
        "UPDATE @roi@.campaign_with_user_id c SET impressions = t.views, clicks = t.clicks, spend = t.spend * 0.000001,"
        " conversions = t.conversions * 0.000001, net_profit = (t.revenue - t.spend::numeric) * 0.000001,"
        " ctr = 100.0 * t.clicks / nullif(t.views, 0), cpc = t.spend * 0.000001 / nullif(t.clicks, 0),"
        " updated_at = nullif(t.last_hour, '-infinity') + interval '1 hour'"
        " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS t (user_id, id, views, clicks, conversions, spend, revenue, last_hour)"
        " WHERE c.user_id = t.user_id AND c.id = t.id AND c.source = 'simulated'",
        {TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
         TIMESTAMPTZARRAYOID},
        false,
        true};
    if (count_ == 0) return;
    execute(save, extension.schema,
            {users_.array(), ids_.array(), views_.array(), clicks_.array(), conversions_.array(),
             spend_.array(), revenue_.array(), last_hours_.array()},
            false);
}

void CampaignColumns::complete(const Extension &extension) const {
    static const Statement complete{
        "UPDATE @roi@.campaign_with_user_id c SET ongoing = 'completed' FROM unnest($1, $2) AS u (user_id, id)"
        " WHERE c.user_id = u.user_id AND c.id = u.id AND c.source = 'simulated' AND c.ongoing IN ('true', 'active')",
        {TEXTARRAYOID, INT8ARRAYOID},
        false,
        true};
    if (count_ == 0) return;
    execute(complete, extension.schema, {users_.array(), ids_.array()}, false);
}

// The campaigns that got rows, still without totals.
std::map<std::int64_t, CampaignTotals> seen_of(const CampaignBook &campaigns) {
    std::map<std::int64_t, CampaignTotals> seen;
    for (const auto &[id, campaign] : campaigns)
        if (campaign.was_seen) seen.emplace(id, CampaignTotals());
    return seen;
}

void save_seen(const Extension &extension, SimulatedPosts &posts,
               const std::vector<GeneratedAccount> &accounts) {
    CampaignColumns columns;
    for (const GeneratedAccount &one : accounts) {
        std::map<std::int64_t, CampaignTotals> seen = seen_of(*one.campaigns);
        if (seen.empty()) continue;
        posts.add_up(one.account->user_id, seen);
        for (const auto &[id, totals] : seen)
            if (totals.posts > 0) columns.add(one.account->user_id, id, totals);
    }
    columns.save_totals(extension);
}

// True when its budget is spent or its last post has lived in full.
bool is_over(const GeneratedAccount &one, std::int64_t id, const Campaign &campaign) {
    const std::int64_t last_day = campaign_end_day(one.account->plan, id - core::model::first_campaign_id) +
                                  core::model::lifetime_hours / 24;
    return !campaign.is_running || last_day < one.until_day;
}

} // namespace

void save_simulated_campaigns(const Extension &extension, SimulatedPosts &posts,
                              const std::vector<GeneratedAccount> &accounts) {
    save_seen(extension, posts, accounts);
    CampaignColumns ended;
    for (const GeneratedAccount &one : accounts)
        for (const auto &[id, campaign] : *one.campaigns)
            if (campaign.was_running && is_over(one, id, campaign)) ended.add(one.account->user_id, id);
    ended.complete(extension);
}

} // namespace roi::store
