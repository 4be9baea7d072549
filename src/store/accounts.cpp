// Reads platforms, simulated accounts and their posts into plain values.
#include "store/accounts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace roi::store {

using namespace bridge;
using core::model::MetricBase;
using core::model::MetricModel;

namespace {

void copy_name(char (&target)[core::model::name_size], const std::string &source) {
    const std::size_t length = std::min(source.size(), sizeof target - 1);
    std::copy_n(source.begin(), length, target);
    target[length] = '\0';
}

[[noreturn]] void fail_metric(const std::string &platform, const std::string &key, const char *what) {
    fail(ERRCODE_INVALID_PARAMETER_VALUE,
         "metric \"" + key + "\" of platform \"" + platform + "\" cannot be simulated: " + what, "",
         "Mend the metrics column of roi_platforms; its comment describes the form.");
}

MetricBase base_of(const std::string &platform, const std::string &key, const std::string &name) {
    static const std::map<std::string, MetricBase> bases{
        {"active", MetricBase::active}, {"views", MetricBase::views},
        {"likes", MetricBase::likes},   {"comments", MetricBase::comments},
        {"shares", MetricBase::shares}, {"saves", MetricBase::saves},
        {"clicks", MetricBase::clicks}, {"engagement", MetricBase::engagement}};
    const auto found = bases.find(name);
    if (found == bases.end()) fail_metric(platform, key, "\"of\" is not a counter");
    return found->second;
}

int index_of(const core::model::PlatformModel &model, const std::string &platform, const std::string &key,
             const std::string &times) {
    if (times.empty()) return -1;
    for (int i = 0; i < model.metric_count; ++i)
        if (times == model.metrics[i].key) return i;
    fail_metric(platform, key, "\"times\" names no earlier metric");
}

double result_double(uint64 row, int column) {
    const Argument cell = result(row, column);
    return cell.is_null ? 0.0 : DatumGetFloat8(cell.value);
}

void read_metric(uint64 row, const std::string &name, Platform &platform) {
    const std::string key = result_text(row, 2);
    if (key.empty() || platform.model.metric_count >= static_cast<int>(core::model::max_platform_metrics))
        fail_metric(name, key, "it has no key, or the platform has too many");
    MetricModel metric;
    copy_name(metric.key, key);
    metric.base = base_of(name, key, result_text(row, 4));
    metric.times = index_of(platform.model, name, key, result_text(row, 5));
    metric.low = result_double(row, 6);
    metric.high = result_double(row, 7);
    metric.decimals = static_cast<int>(result_int64(row, 8));
    if (!(metric.low >= 0 && metric.low <= metric.high && metric.high <= 1e6) || metric.decimals < 0 ||
        metric.decimals > 6)
        fail_metric(name, key, "it needs 0 <= low <= high <= 1000000 and decimals from 0 to 6");
    platform.metric_keys.push_back(result_text(row, 3));
    platform.model.metrics[platform.model.metric_count++] = metric;
}

void load_metrics(const Extension &extension, std::map<std::string, Platform> &platforms) {
    // What is no number becomes -1, which read_metric() refuses by name.
    static const Statement read_metrics{
        "SELECT p.platform::text, m.value ->> 'key', to_json(m.value ->> 'key')::text, m.value ->> 'of', m.value ->> 'times',"
        " CASE WHEN m.value -> 'low' IS NULL THEN 1 WHEN jsonb_typeof(m.value -> 'low') = 'number'"
        "   THEN least((m.value ->> 'low')::numeric, 1e9)::float8 ELSE -1 END,"
        " CASE WHEN m.value -> 'high' IS NULL THEN 1 WHEN jsonb_typeof(m.value -> 'high') = 'number'"
        "   THEN least((m.value ->> 'high')::numeric, 1e9)::float8 ELSE -1 END,"
        " CASE WHEN m.value -> 'decimals' IS NULL THEN 0 WHEN m.value ->> 'decimals' ~ '^[0-6]$'"
        "   THEN (m.value ->> 'decimals')::bigint ELSE -1 END"
        " FROM @roi@.roi_platforms p, jsonb_array_elements(p.metrics) WITH ORDINALITY m ORDER BY p.platform, m.ordinality",
        {}};
    const uint64 count = execute(read_metrics, extension.schema, {}, false);
    for (uint64 row = 0; row < count; ++row) {
        const std::string name = result_text(row, 1);
        read_metric(row, name, platforms.at(name));
    }
}

} // namespace

std::map<std::string, Platform> load_platforms(const Extension &extension) {
    static const Statement read_platforms{"SELECT platform::text, (cpc_min * 1000000)::bigint, (cpc_max * "
                                          "1000000)::bigint, (cpm_min * 1000000)::bigint,"
                                          " (cpm_max * 1000000)::bigint, (order_value * 1000000)::bigint, "
                                          "engagement_multiplier::float8, paid_share::float8,"
                                          " views_growth_max::float8, likes_growth_max::float8, "
                                          "comments_growth_max::float8, shares_growth_max::float8,"
                                          " saves_growth_max::float8, clicks_growth_max::float8, views_cap, "
                                          "likes_cap, comments_cap, shares_cap, saves_cap,"
                                          " clicks_cap FROM @roi@.roi_platforms",
                                          {}};
    std::map<std::string, Platform> platforms;
    const uint64 count = execute(read_platforms, extension.schema, {}, false);
    for (uint64 row = 0; row < count; ++row) {
        core::model::PlatformModel model;
        const std::string name = result_text(row, 1);
        copy_name(model.name, name);
        model.cpc_min = result_int64(row, 2);
        model.cpc_max = result_int64(row, 3);
        model.cpm_min = result_int64(row, 4);
        model.cpm_max = result_int64(row, 5);
        model.order_value = result_int64(row, 6);
        model.engagement_multiplier = result_double(row, 7);
        model.paid_share = result_double(row, 8);
        for (std::size_t i = 0; i < core::model::counter_count; ++i) {
            model.counters[i].growth_max = result_double(row, 9 + static_cast<int>(i));
            model.counters[i].cap = result_int64(row, 15 + static_cast<int>(i));
        }
        platforms[name].model = model;
    }
    load_metrics(extension, platforms);
    return platforms;
}

bool load_account(const Extension &extension, const std::string &user_id, Account &account) {
    static const Statement read_account{
        "SELECT seed, posts_per_day::float8, first_posts::bigint, currency::text,"
        " extract(epoch FROM start_at)::bigint / 3600, extract(epoch FROM generated_until)::bigint / 3600,"
        " (state = 'growing')::int::bigint FROM @roi@.roi_simulations WHERE user_id = $1",
        {TEXTOID}};
    static const Statement read_platforms{"SELECT p FROM @roi@.roi_simulations, unnest(platforms) WITH "
                                          "ORDINALITY u (p, place) WHERE user_id = $1 ORDER BY place",
                                          {TEXTOID}};
    const Argument user = text_argument(user_id);
    if (execute(read_account, extension.schema, {user}, false) == 0) return false;
    account.user_id = user_id;
    account.seed = static_cast<std::uint64_t>(result_int64(0, 1));
    account.posts_per_day = result_double(0, 2);
    account.first_posts = result_int64(0, 3);
    account.currency = result_text(0, 4);
    account.start_hour = result_int64(0, 5);
    account.generated_until = result_int64(0, 6);
    account.growing = result_int64(0, 7) != 0;
    account.platforms.clear();
    const uint64 count = execute(read_platforms, extension.schema, {user}, false);
    for (uint64 row = 0; row < count; ++row)
        account.platforms.push_back(result_text(row, 1));
    return true;
}

std::vector<std::string> users_behind(const Extension &extension, std::int64_t until_hour,
                                      const std::string &after, std::int64_t limit) {
    static const Statement read_users{"SELECT user_id::text FROM @roi@.roi_simulations WHERE state = "
                                      "'growing' AND generated_until < to_timestamp($1)"
                                      " AND user_id > $2 ORDER BY user_id LIMIT $3",
                                      {INT8OID, TEXTOID, INT8OID}};
    const uint64 count = execute(
        read_users, extension.schema,
        {int64_argument(until_hour * core::seconds_per_hour), text_argument(after), int64_argument(limit)},
        false);
    std::vector<std::string> users;
    for (uint64 row = 0; row < count; ++row)
        users.push_back(result_text(row, 1));
    return users;
}

bool try_lock_user(const Extension &extension, const std::string &user_id) {
    static const Statement lock{
        "SELECT 1 FROM @roi@.roi_user_state WHERE user_id = $1 FOR UPDATE SKIP LOCKED", {TEXTOID}};
    if (!hold_user(extension, user_id, false)) return false;
    hold_facts(extension, RowExclusiveLock);
    return execute(lock, extension.schema, {text_argument(user_id)}, false) > 0;
}

void save_progress(const Extension &extension, const Account &account) {
    static const Statement save{"UPDATE @roi@.roi_simulations SET start_at = to_timestamp($2), "
                                "generated_until = to_timestamp($3) WHERE user_id = $1",
                                {TEXTOID, INT8OID, INT8OID}};
    execute(save, extension.schema,
            {text_argument(account.user_id), int64_argument(account.start_hour * core::seconds_per_hour),
             int64_argument(account.generated_until * core::seconds_per_hour)},
            false);
}

std::vector<SimulatedPost> load_posts(const Extension &extension, const std::string &user_id,
                                      const std::string &platform, std::int64_t from_hour,
                                      const std::string &after, std::int64_t limit) {
    static const Statement read_posts{
        "SELECT post_id::text, content_type::text, content_category::text, draw_key,"
        " floor(extract(epoch FROM posted_at))::bigint, extract(epoch FROM last_hour)::bigint, views, likes, comments,"
        " shares, saves, clicks, paid_views, paid_clicks, (conversions * 1000000)::bigint, (ad_spend * 1000000)::bigint,"
        " (revenue_generated * 1000000)::bigint FROM @roi@.roi_posts WHERE user_id = $1 AND platform = $2"
        " AND source = 'simulated' AND draw_key IS NOT NULL AND posted_at >= to_timestamp($3) AND post_id > $4 ORDER BY post_id LIMIT $5",
        {TEXTOID, TEXTOID, INT8OID, TEXTOID, INT8OID}};
    const std::int64_t oldest = (from_hour - core::model::lifetime_hours + 1) * core::seconds_per_hour;
    const uint64 count = execute(read_posts, extension.schema,
                                 {text_argument(user_id), text_argument(platform), int64_argument(oldest),
                                  text_argument(after), int64_argument(limit)},
                                 false);
    std::vector<SimulatedPost> posts(count);
    for (uint64 row = 0; row < count; ++row) {
        SimulatedPost &post = posts[row];
        post.post_id = result_text(row, 1);
        post.content_type = result_text(row, 2);
        post.content_category = result_text(row, 3);
        post.state.key = static_cast<std::uint64_t>(result_int64(row, 4));
        post.posted_at = result_int64(row, 5);
        post.state.hour = post.posted_at / core::seconds_per_hour;
        post.state.is_video = post.content_type == "video" || post.content_type == "reel";
        const Argument last_hour = result(row, 6);
        post.next_hour =
            last_hour.is_null ? post.state.hour : DatumGetInt64(last_hour.value) / core::seconds_per_hour + 1;
        for (std::size_t measure = 0; measure < core::measure_count; ++measure)
            post.state.totals[measure] = result_int64(row, 7 + static_cast<int>(measure));
    }
    return posts;
}

} // namespace roi::store
