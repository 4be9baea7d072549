// Reads simulated accounts into plain values, and moves their watermark.
#include "store/accounts.hpp"

namespace roi::store {

using namespace bridge;
bool load_account(const Extension &extension, const std::string &user_id, Account &account) {
    static const Statement read_account{
        "SELECT seed, posts_per_day::float8, first_posts::bigint, currency::text,"
        " extract(epoch FROM start_at)::bigint / 3600, extract(epoch FROM generated_until)::bigint / 3600,"
        " (state = 'growing')::int::bigint, (growth_model = 'natural')::int::bigint, audience_size, time_zone,"
        " coalesce((budget * 1000000)::bigint, 0), campaigns::bigint, campaign_days::bigint,"
        " (campaigns_from - date '1970-01-01')::bigint FROM @roi@.roi_simulations WHERE user_id = $1",
        {TEXTOID}};
    static const Statement read_platforms{"SELECT p FROM @roi@.roi_simulations, unnest(platforms) WITH "
                                          "ORDINALITY u (p, place) WHERE user_id = $1 ORDER BY place",
                                          {TEXTOID}};
    const Argument user = text_argument(user_id);
    if (execute(read_account, extension.schema, {user}, false) == 0) return false;
    account.user_id = user_id;
    account.seed = static_cast<std::uint64_t>(result_int64(0, 1));
    account.posts_per_day = DatumGetFloat8(result(0, 2).value);
    account.first_posts = result_int64(0, 3);
    account.currency = result_text(0, 4);
    account.start_hour = result_int64(0, 5);
    account.generated_until = result_int64(0, 6);
    account.growing = result_int64(0, 7) != 0;
    account.growth_model =
        result_int64(0, 8) != 0 ? core::model::GrowthModel::natural : core::model::GrowthModel::plan;
    account.audience = static_cast<double>(result_int64(0, 9));
    account.time_zone = result_text(0, 10);
    account.budget = result_int64(0, 11);
    account.plan = {};
    if (!result(0, 12).is_null) account.plan.count = result_int64(0, 12);
    if (!result(0, 13).is_null) account.plan.days = result_int64(0, 13);
    account.is_settled = !result(0, 14).is_null;
    if (account.is_settled) account.plan.first_day = result_int64(0, 14);
    account.platforms.clear();
    const uint64 count = execute(read_platforms, extension.schema, {user}, false);
    for (uint64 row = 0; row < count; ++row)
        account.platforms.push_back(result_text(row, 1));
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

bool try_lock_user(const Extension &extension, const std::string &user_id, bool &holds_facts) {
    static const Statement lock{
        "SELECT 1 FROM @roi@.roi_user_state WHERE user_id = $1 FOR UPDATE SKIP LOCKED", {TEXTOID}};
    if (!hold_user(extension, user_id, false)) return false;
    if (!holds_facts) hold_facts(extension, RowExclusiveLock);
    holds_facts = true;
    return execute(lock, extension.schema, {text_argument(user_id)}, false) > 0;
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
