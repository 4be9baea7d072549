// Reads pages of facts by the primary key, each fact with its newest row of platform metrics.
#include "store/fact_pages.hpp"

#include <charconv>

#include "store/metric_ids.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// Reads a whole number that fills [begin, end); false for anything else, a plus sign or blanks included.
bool read_whole(const char *begin, const char *end, std::int64_t &into) {
    const auto [stop, error] = std::from_chars(begin, end, into);
    return error == std::errc() && stop == end;
}

} // namespace

bool read_fact_cursor(const std::string &page_key, FactCursor &into) {
    const char *const begin = page_key.data();
    const std::size_t mark = page_key.find('_');
    return mark != std::string::npos && read_whole(begin, begin + mark, into.stamp) &&
           read_whole(begin + mark + 1, begin + page_key.size(), into.id) && IS_VALID_TIMESTAMP(into.stamp);
}

// As every report shows numbers: two decimals, or as many as the value has.
#define ROI_SHOWN(value) "round(" value ", greatest(2, min_scale(" value "))), "

// A key of the platform metrics; NULL where it is absent or no number.
#define ROI_KEY(key)                                                                                         \
    "CASE WHEN jsonb_typeof(p.metrics -> '" key "') = 'number' THEN (p.metrics -> '" key "')::numeric END, "

#define ROI_FACT_NAMES                                                                                       \
    "m.id, m.user_id::text, m.platform::text, m.campaign_id, m.post_id::text, m.content_type::text,"         \
    " m.content_category::text, "

#define ROI_FACT_COUNTS "m.views, m.likes, m.comments, m.shares, m.saves, m.clicks, "

#define ROI_FACT_MONEY                                                                                       \
    ROI_SHOWN("m.ad_spend")                                                                                  \
    ROI_SHOWN("m.revenue_generated")                                                                         \
    ROI_SHOWN("m.cost_per_click")                                                                            \
    ROI_SHOWN("m.cost_per_impression")                                                                       \
    ROI_SHOWN("m.roi_percentage")                                                                            \
    ROI_SHOWN("m.roas_ratio")

#define ROI_FACT_REST                                                                                        \
    "m.created_at, m.posted_at, m.updated_at, m.update_timestamp, trim_scale(m.conversions), m.paid_views,"  \
    " m.paid_clicks, m.source::text, m.currency::text, m.import_batch_id, "

#define ROI_PLATFORM_COLUMNS                                                                                 \
    ROI_KEY("watch_time_minutes")                                                                            \
    ROI_KEY("subscribers_gained")                                                                            \
    ROI_KEY("average_view_duration")                                                                         \
    ROI_KEY("video_quality_score")                                                                           \
    ROI_KEY("reach")                                                                                         \
    ROI_KEY("impressions")                                                                                   \
    ROI_KEY("profile_visits")                                                                                \
    ROI_KEY("story_views")                                                                                   \
    ROI_KEY("saved_count")                                                                                   \
    ROI_KEY("page_likes")                                                                                    \
    ROI_KEY("post_reach")                                                                                    \
    ROI_KEY("page_views")                                                                                    \
    ROI_KEY("link_clicks")                                                                                   \
    ROI_KEY("video_views")                                                                                   \
    ROI_KEY("followers_gained")                                                                              \
    ROI_KEY("play_count")                                                                                    \
    ROI_KEY("completion_rate")                                                                               \
    ROI_SHOWN("p.engagement_rate")                                                                           \
    ROI_SHOWN("p.virality_score")

void read_fact_page(const Extension &extension, const FactPage &page) {
    // The row comparison lets the index begin behind the cursor among rows of one stamp, the plain bounds prune
    // partitions. The constant limit tells the planner that a page is small, whatever $7 is. "pm.id + 0" keeps it
    // from walking all rows of the hour in the order of the primary key. A page_key counts microseconds, because
    // the text of a timestamp depends on the session.
    static const Statement facts{
        "SELECT " ROI_FACT_NAMES ROI_FACT_COUNTS ROI_FACT_MONEY ROI_FACT_REST ROI_PLATFORM_COLUMNS
        " ((extract(epoch FROM m.update_timestamp) - 946684800) * 1000000)::bigint || '_' || m.id"
        " FROM (SELECT * FROM @roi@.roi_metrics WHERE user_id = $1 AND update_timestamp >= $2"
        "   AND update_timestamp <= $3 AND (update_timestamp, id) < ($3, $4)"
        "   AND ($5 IS NULL OR platform = $5) AND ($6 IS NULL OR currency = $6)"
        "   ORDER BY update_timestamp DESC, id DESC LIMIT 1000) m"
        " LEFT JOIN LATERAL (SELECT pm.metrics, pm.engagement_rate, pm.virality_score"
        "   FROM @roi@.platform_metrics pm WHERE pm.user_id = m.user_id"
        "   AND pm.update_timestamp = m.update_timestamp AND " PM_HAS_ID_OF_M
        "   ORDER BY pm.id + 0 DESC LIMIT 1) p ON true"
        " ORDER BY m.update_timestamp DESC, m.id DESC LIMIT $7",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, TEXTOID, TEXTOID, INT4OID},
        false,
        true};
    // Behind the cursor, or before `until` where that comes first: no id is below the smallest.
    const bool is_behind = page.after.stamp < page.range.until;
    execute(facts, extension.schema,
            {text_argument(page.user_id),
             {TimestampTzGetDatum(page.range.since), false},
             {TimestampTzGetDatum(is_behind ? page.after.stamp : page.range.until), false},
             int64_argument(is_behind ? page.after.id : std::numeric_limits<std::int64_t>::min()),
             page.platform,
             page.currency,
             int32_argument(page.size)},
            true);
}

} // namespace roi::store
