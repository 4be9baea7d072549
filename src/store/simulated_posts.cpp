// Reads the posts of simulated accounts into plain values.
#include "store/simulated_posts.hpp"

#include <algorithm>
#include <array>

#include "bridge/numeric.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// Posts older than this, in Unix seconds, have lived in full before the hour.
std::int64_t oldest_living(std::int64_t hour) {
    return (hour - core::model::lifetime_hours + 1) * core::seconds_per_hour;
}

// What a post is read from; the statement of load_posts() names the same columns in the same order.
enum PostColumn : std::size_t {
    post_id,
    platform,
    content_type,
    content_category,
    draw_key,
    posted_at,
    last_hour,
    first_total,
    campaign_id = first_total + core::measure_count,
    post_columns
};
constexpr std::array<const char *, post_columns> post_names{
    "post_id",    "platform",   "content_type", "content_category", "draw_key", "posted_at",
    "last_hour",  "views",      "likes",        "comments",         "shares",   "saves",
    "clicks",     "paid_views", "paid_clicks",  "conversions",      "ad_spend", "revenue_generated",
    "campaign_id"};

// A post from the columns at these places.
SimulatedPost simulated_post(const Datum *values, const bool *nulls, const int *places) {
    const auto value = [&](std::size_t column) { return values[places[column]]; };
    const auto is_null = [&](std::size_t column) { return nulls[places[column]]; };
    SimulatedPost post;
    post.post_id = text_of(value(post_id));
    post.platform = text_of(value(platform));
    if (!is_null(content_type)) post.content_type = text_of(value(content_type));
    if (!is_null(content_category)) post.content_category = text_of(value(content_category));
    post.state.key = static_cast<std::uint64_t>(DatumGetInt64(value(draw_key)));
    post.posted_at = unix_seconds_of(DatumGetTimestampTz(value(posted_at)));
    post.state.hour = post.posted_at / core::seconds_per_hour;
    post.next_hour =
        is_null(last_hour)
            ? post.state.hour
            : unix_seconds_of(DatumGetTimestampTz(value(last_hour))) / core::seconds_per_hour + 1;
    for (std::size_t measure = 0; measure < core::measure_conversions; ++measure)
        post.state.totals[measure] = DatumGetInt64(value(first_total + measure));
    std::int64_t *const totals = post.state.totals.data();
    call([&value, totals] {
        for (std::size_t measure = core::measure_conversions; measure < core::measure_count; ++measure)
            totals[measure] = micros_of_numeric(value(first_total + measure));
    });
    if (!is_null(campaign_id)) post.campaign_id = DatumGetInt64(value(campaign_id));
    return post;
}

void add_checked(std::int64_t &sum, std::int64_t value) {
    if (__builtin_add_overflow(sum, value, &sum))
        fail(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "a total of a campaign is out of range",
             "Counts and millionths are kept in 64 bits.", "Look for mistaken amounts in roi_posts.");
}

std::int64_t micros_of(Datum value) {
    return call([value] { return micros_of_numeric(value); });
}

} // namespace

std::int64_t count_posts(const Extension &extension, const std::string &user_id, std::int64_t from_hour) {
    static const Statement count{
        "SELECT count(*) FROM @roi@.roi_posts WHERE user_id = $1 AND source = 'simulated'"
        " AND draw_key IS NOT NULL AND posted_at >= to_timestamp($2)",
        {TEXTOID, INT8OID},
        false,
        true};
    execute(count, extension.schema, {text_argument(user_id), int64_argument(oldest_living(from_hour))},
            false);
    return result_int64(0, 1);
}

std::vector<SimulatedPost> load_posts(const Extension &extension, const std::string &user_id,
                                      const std::string &platform, std::int64_t from_hour,
                                      const std::string &after, std::int64_t limit) {
    static const Statement read_posts{
        "SELECT post_id, platform, content_type, content_category, draw_key, posted_at, last_hour, views, likes, comments, shares, saves, clicks,"
        " paid_views, paid_clicks, conversions, ad_spend, revenue_generated, campaign_id FROM @roi@.roi_posts WHERE user_id = $1"
        " AND platform = $2 AND source = 'simulated' AND draw_key IS NOT NULL AND posted_at >= to_timestamp($3) AND post_id > $4"
        " ORDER BY post_id LIMIT $5",
        {TEXTOID, TEXTOID, INT8OID, TEXTOID, INT8OID}};
    static constexpr std::array<int, post_columns> places = [] {
        std::array<int, post_columns> all{};
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = static_cast<int>(i);
        return all;
    }();
    execute(read_posts, extension.schema,
            {text_argument(user_id), text_argument(platform), int64_argument(oldest_living(from_hour)),
             text_argument(after), int64_argument(limit)},
            false);
    std::vector<SimulatedPost> posts;
    ResultRows rows;
    while (rows.next())
        posts.push_back(simulated_post(rows.values(), rows.nulls(), places.data()));
    return posts;
}

SimulatedPosts::SimulatedPosts(const Extension &extension)
    : table_(extension.schema, "roi_posts"), places_(post_columns), source_(table_.column("source")) {
    table_.columns(post_names.data(), post_names.size(), places_.data());
}

bool SimulatedPosts::find(const std::string &user_id) {
    const Datum user = text_argument(user_id).value;
    table_.see_now();
    return table_.find(&user, 1);
}

AccountPosts SimulatedPosts::of_account(const std::string &user_id, std::int64_t from_hour, std::size_t most,
                                        bool with_spend) {
    AccountPosts posts;
    const TimestampTz oldest = timestamp_of(oldest_living(from_hour));
    const auto value = [&](std::size_t column) { return table_.values()[places_[column]]; };
    const auto is_null = [&](std::size_t column) { return table_.nulls()[places_[column]]; };
    for (bool found = find(user_id); found && (with_spend || !posts.has_more); found = table_.next()) {
        check_interrupts();
        if (!is_text(table_.values()[source_], "simulated")) continue;
        if (with_spend && !is_null(campaign_id))
            add_checked(posts.spent[DatumGetInt64(value(campaign_id))],
                        micros_of(value(first_total + core::measure_spend)));
        const bool is_living =
            !is_null(draw_key) && !is_null(posted_at) && DatumGetTimestampTz(value(posted_at)) >= oldest;
        if (!is_living || posts.has_more) continue;
        posts.has_more = posts.living.size() == most;
        if (!posts.has_more)
            posts.living.push_back(simulated_post(table_.values(), table_.nulls(), places_.data()));
    }
    if (posts.has_more) {
        posts.living.clear();
        table_.see_now(); // lets the page go where the walk ended
    }
    return posts;
}

void SimulatedPosts::add_up(const std::string &user_id, std::map<std::int64_t, CampaignTotals> &campaigns) {
    const auto value = [&](std::size_t column) { return table_.values()[places_[column]]; };
    const auto is_null = [&](std::size_t column) { return table_.nulls()[places_[column]]; };
    for (bool found = find(user_id); found; found = table_.next()) {
        check_interrupts();
        if (is_null(campaign_id)) continue;
        const auto wanted = campaigns.find(DatumGetInt64(value(campaign_id)));
        if (wanted == campaigns.end()) continue;
        CampaignTotals &totals = wanted->second;
        ++totals.posts;
        add_checked(totals.views, DatumGetInt64(value(first_total + core::measure_views)));
        add_checked(totals.clicks, DatumGetInt64(value(first_total + core::measure_clicks)));
        add_checked(totals.conversions, micros_of(value(first_total + core::measure_conversions)));
        add_checked(totals.spend, micros_of(value(first_total + core::measure_spend)));
        add_checked(totals.revenue, micros_of(value(first_total + core::measure_revenue)));
        if (!is_null(last_hour))
            totals.last_hour = std::max(totals.last_hour, DatumGetTimestampTz(value(last_hour)));
    }
}

} // namespace roi::store
