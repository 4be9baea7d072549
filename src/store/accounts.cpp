// Reads simulated accounts into plain values, and moves their watermark.
#include "store/accounts.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "store/user_locks.hpp"

#include "bridge/memory.hpp"

namespace roi::store {

using namespace bridge;

namespace {

Argument array_of(const std::vector<std::string> &users) {
    TextColumn column;
    for (const std::string &user : users)
        column.add(user);
    return column.array();
}

constexpr int platform_column = 16; // of the statement in load_accounts(), a row for each

// Row `row` of it.
Account account_of(uint64 row) {
    Account account;
    account.user_id = result_text(row, 1);
    account.seed = static_cast<std::uint64_t>(result_int64(row, 2));
    account.posts_per_day = DatumGetFloat8(result(row, 3).value);
    account.first_posts = result_int64(row, 4);
    account.currency = result_text(row, 5);
    account.start_hour = result_int64(row, 6);
    account.generated_until = result_int64(row, 7);
    account.growing = result_int64(row, 8) != 0;
    account.growth_model =
        result_int64(row, 9) != 0 ? core::model::GrowthModel::natural : core::model::GrowthModel::plan;
    account.audience = static_cast<double>(result_int64(row, 10));
    account.time_zone = result_text(row, 11);
    account.budget = result_int64(row, 12);
    if (!result(row, 13).is_null) account.plan.count = result_int64(row, 13);
    if (!result(row, 14).is_null) account.plan.days = result_int64(row, 14);
    account.is_settled = !result(row, 15).is_null;
    if (account.is_settled) account.plan.first_day = result_int64(row, 15);
    return account;
}

// The accounts of the users, in their order; users without one are left out. One statement, because two would see different
// moments.
std::vector<Account> load_accounts(const Extension &extension, const std::vector<std::string> &users) {
    static const Statement read{
        "SELECT s.user_id::text, seed, posts_per_day::float8, first_posts::bigint, currency::text,"
        " extract(epoch FROM start_at)::bigint / 3600, extract(epoch FROM generated_until)::bigint / 3600,"
        " (state = 'growing')::int::bigint, (growth_model = 'natural')::int::bigint, audience_size, time_zone,"
        " coalesce((budget * 1000000)::bigint, 0), campaigns::bigint, campaign_days::bigint,"
        " (campaigns_from - date '1970-01-01')::bigint, p.name FROM @roi@.roi_simulations s"
        " LEFT JOIN LATERAL unnest(s.platforms) WITH ORDINALITY AS p (name, place) ON true"
        " WHERE s.user_id = ANY ($1) ORDER BY s.user_id, p.place",
        {TEXTARRAYOID},
        false,
        true};
    const uint64 count = execute(read, extension.schema, {array_of(users)}, false);
    std::map<std::string, Account> found;
    for (uint64 row = 0; row < count; ++row) {
        const auto [known, is_new] = found.try_emplace(result_text(row, 1));
        if (is_new) known->second = account_of(row);
        if (!result(row, platform_column).is_null)
            known->second.platforms.push_back(result_text(row, platform_column));
    }
    std::vector<Account> accounts;
    for (const std::string &user : users) {
        const auto known = found.find(user);
        if (known != found.end()) accounts.push_back(std::move(known->second));
    }
    return accounts;
}

// Those of the users for whom the statement over them returns a row, in their order.
std::vector<std::string> users_with_row(const Statement &statement, const Extension &extension,
                                        const std::vector<std::string> &users) {
    const uint64 count = execute(statement, extension.schema, {array_of(users)}, false);
    std::set<std::string> returned;
    for (uint64 row = 0; row < count; ++row)
        returned.insert(result_text(row, 1));
    std::vector<std::string> found;
    std::copy_if(users.begin(), users.end(), std::back_inserter(found),
                 [&returned](const std::string &user) { return returned.count(user) != 0; });
    return found;
}

// Keeps the users as hold_user() does; those whom somebody is deleting are left out.
std::vector<std::string> try_hold_users(const Extension &extension, const std::vector<std::string> &users) {
    // the user as asked for: under the collation of somebody's users table he may be spelt in another way there
    static const Statement hold{
        "SELECT (SELECT u FROM unnest($1) u WHERE u = h.clerk_id LIMIT 1) FROM @users@ h"
        " WHERE h.clerk_id = ANY ($1) FOR KEY SHARE OF h SKIP LOCKED",
        {TEXTARRAYOID},
        false,
        true};
    RoleScope owner(owner_of(users_table(extension.schema)));
    return users_with_row(hold, extension, users);
}

} // namespace

bool load_account(const Extension &extension, const std::string &user_id, Account &account) {
    std::vector<Account> found = load_accounts(extension, {user_id});
    if (found.empty()) return false;
    account = std::move(found.front());
    return true;
}

std::vector<std::string> users_behind(const Extension &extension, std::int64_t until_hour,
                                      const std::string &after, std::int64_t limit, const Share &share) {
    static const Statement read_users{
        "SELECT user_id::text FROM @roi@.roi_simulations WHERE state = 'growing' AND generated_until < to_timestamp($1)"
        " AND user_id > $2 AND ($5 = 1 OR hashtextextended(user_id, 0) & 1023 BETWEEN ($4 - 1) * 1024 / $5"
        "   AND $4 * 1024 / $5 - 1) ORDER BY user_id LIMIT $3",
        {INT8OID, TEXTOID, INT8OID, INT8OID, INT8OID}};
    const uint64 count =
        execute(read_users, extension.schema,
                {int64_argument(until_hour * core::seconds_per_hour), text_argument(after),
                 int64_argument(limit), int64_argument(share.worker), int64_argument(share.workers)},
                false);
    std::vector<std::string> users;
    for (uint64 row = 0; row < count; ++row)
        users.push_back(result_text(row, 1));
    return users;
}

std::vector<Account> claim_accounts(const Extension &extension, const std::vector<std::string> &users,
                                    bool &holds_facts) {
    // An UPDATE for the reason of lock_known_user(), which finds it done.
    static const Statement lock{
        "WITH free AS MATERIALIZED (SELECT user_id FROM @roi@.roi_user_state WHERE user_id = ANY ($1)"
        "  FOR UPDATE SKIP LOCKED)"
        " UPDATE @roi@.roi_user_state SET next_post_no = next_post_no"
        " WHERE user_id = ANY (ARRAY(SELECT user_id FROM free)) RETURNING user_id::text",
        {TEXTARRAYOID},
        false,
        true};
    const std::vector<std::string> held = try_hold_users(extension, users);
    if (!holds_facts) hold_facts(extension, RowExclusiveLock);
    holds_facts = true;
    std::vector<Account> accounts = load_accounts(extension, users_with_row(lock, extension, held));
    accounts.erase(std::remove_if(accounts.begin(), accounts.end(),
                                  [](const Account &account) { return !account.growing; }),
                   accounts.end());
    return accounts;
}

void settle_campaigns(const Extension &extension, Account &account, const CampaignDefaults &defaults) {
    // -1 stands for a series without end.
    static const Statement settle{
        "UPDATE @roi@.roi_simulations SET campaigns_from = coalesce(campaigns_from, date '1970-01-01' + $2::integer),"
        " campaigns = CASE WHEN campaigns IS NULL AND campaign_days IS NULL THEN nullif($4, -1) ELSE campaigns END,"
        " campaign_days = coalesce(campaign_days, $3) WHERE user_id = $1"
        " RETURNING (campaigns_from - date '1970-01-01')::bigint, campaign_days::bigint, coalesce(campaigns, -1)::bigint",
        {TEXTOID, INT8OID, INT8OID, INT8OID}};
    execute(settle, extension.schema,
            {text_argument(account.user_id), int64_argument(defaults.first_day),
             int64_argument(defaults.days),
             int64_argument(defaults.count == core::model::unlimited ? -1 : defaults.count)},
            false);
    account.plan.first_day = result_int64(0, 1);
    account.plan.days = result_int64(0, 2);
    account.plan.count = result_int64(0, 3) < 0 ? core::model::unlimited : result_int64(0, 3);
    account.is_settled = true;
}

void save_progress(const Extension &extension, const std::vector<const Account *> &accounts) {
    static const Statement save{
        "UPDATE @roi@.roi_simulations s SET start_at = to_timestamp(a.start_at), generated_until = to_timestamp(a.until)"
        " FROM unnest($1, $2, $3) AS a (user_id, start_at, until) WHERE s.user_id = a.user_id",
        {TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID},
        false,
        true};
    TextColumn users;
    Int64Column starts, ends;
    for (const Account *const account : accounts) {
        users.add(account->user_id);
        starts.add(account->start_hour * core::seconds_per_hour);
        ends.add(account->generated_until * core::seconds_per_hour);
    }
    execute(save, extension.schema, {users.array(), starts.array(), ends.array()}, false);
}

} // namespace roi::store
