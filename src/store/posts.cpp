// Set-based statements over roi_posts.
#include "store/posts.hpp"

#include "store/chunks.hpp"

namespace roi::store {

using namespace bridge;

namespace {

// Every look-up of a post is a LATERAL subquery that OFFSET 0 keeps whole, so that it walks the primary key by all three
// columns. A plain join is planned by statistics that are stale for a user who has just grown: it took the user for one
// post and read all of his posts once a row.
#define ROI_KNOWN_POST(columns)                                                                              \
    "(SELECT " columns " FROM @roi@.roi_posts p WHERE p.user_id = $1 AND p.post_id = w.post_id"

// Statements of one WITH see the same snapshot, so the numbers are read from the locked row before they move on.
const Statement register_statement{
    "WITH wanted AS (SELECT * FROM unnest($3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY"
    "   AS w (platform, post_id, content_type, content_category, currency, campaign_id, posted_at, draw_key, place)),"
    " missing AS MATERIALIZED (SELECT w.*, known.post_no AS known_no FROM wanted w"
    "   LEFT JOIN LATERAL " ROI_KNOWN_POST(
        "p.post_no") " LIMIT 1) known ON true"
                     "   WHERE NOT EXISTS " ROI_KNOWN_POST(
                         "") " AND p.platform = w.platform OFFSET 0)),"
                             " fresh AS (SELECT post_id, row_number() OVER (ORDER BY min(place)) AS rank FROM missing WHERE known_no IS NULL"
                             "   GROUP BY post_id),"
                             " moved AS (UPDATE @roi@.roi_user_state s SET next_post_no = s.next_post_no + n.fresh"
                             "   FROM (SELECT count(*)::integer AS fresh FROM fresh) n"
                             "   WHERE s.user_id = $1 RETURNING s.next_post_no - n.fresh AS first_no)"
                             " INSERT INTO @roi@.roi_posts (user_id, platform, post_id, post_no, content_type, content_category, currency,"
                             "   campaign_id, posted_at, source, draw_key)"
                             " SELECT $1, platform, post_id, coalesce(known_no, first_no + rank::integer - 1), content_type, content_category,"
                             "   currency, campaign_id, to_timestamp(posted_at), $2, draw_key"
                             " FROM missing LEFT JOIN fresh USING (post_id), moved",
    {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID, INT8ARRAYOID},
    true};

const Statement add_statement{
    "UPDATE @roi@.roi_posts p SET views = p.views + g.views, likes = p.likes + g.likes,"
    " comments = p.comments + g.comments, shares = p.shares + g.shares, saves = p.saves + g.saves,"
    " clicks = p.clicks + g.clicks, paid_views = p.paid_views + g.paid_views,"
    " paid_clicks = p.paid_clicks + g.paid_clicks, conversions = p.conversions + g.conversions * 0.000001,"
    " ad_spend = p.ad_spend + CASE WHEN p.currency = $3 THEN g.spend * 0.000001 ELSE 0 END,"
    " revenue_generated = p.revenue_generated + CASE WHEN p.currency = $3 THEN g.revenue * 0.000001 ELSE 0 END,"
    " last_hour = coalesce(to_timestamp(g.last_hour), p.last_hour),"
    " updated_at = coalesce(to_timestamp(g.last_hour + 3600), now())"
    " FROM (SELECT * FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AS w (post_id, views, likes,"
    "   comments, shares, saves, clicks, paid_views, paid_clicks, conversions, spend, revenue, last_hour)"
    "   CROSS JOIN LATERAL " ROI_KNOWN_POST("p.ctid AS place") " AND p.platform = $2 OFFSET 0) known) g"
                                                               " WHERE p.ctid = g.place",
    {TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID},
    true};

void register_chunk(const Extension &extension, const std::string &user_id, const std::string &source,
                    const NewPost *posts, std::size_t count) {
    TextColumn platforms, post_ids, content_types, content_categories, currencies;
    Int64Column campaigns, moments, draw_keys;
    for (const NewPost *post = posts; post != posts + count; ++post) {
        platforms.add(post->platform);
        post_ids.add(post->post_id);
        content_types.add(post->content_type);
        content_categories.add(post->content_category);
        currencies.add(post->currency);
        campaigns.add_if(post->campaign_id != 0, post->campaign_id);
        moments.add_if(post->posted_at != no_moment, post->posted_at);
        draw_keys.add_if(post->draw_key != 0, post->draw_key);
    }
    execute(register_statement, extension.schema,
            {text_argument(user_id), text_argument(source), platforms.array(), post_ids.array(),
             content_types.array(), content_categories.array(), currencies.array(), campaigns.array(),
             moments.array(), draw_keys.array()},
            false);
}

void add_chunk(const Extension &extension, const std::string &user_id, const std::string &platform,
               const std::string &currency, const PostGain *gains, std::size_t count) {
    TextColumn post_ids;
    Int64Column last_hours;
    std::vector<Int64Column> measures(core::measure_count);
    for (const PostGain *gain = gains; gain != gains + count; ++gain) {
        post_ids.add(gain->post_id);
        last_hours.add_if(gain->last_hour != no_moment, gain->last_hour);
        for (std::size_t measure = 0; measure < core::measure_count; ++measure)
            measures[measure].add(gain->added[measure]);
    }
    std::vector<Argument> arguments{text_argument(user_id), text_argument(platform), text_argument(currency),
                                    post_ids.array()};
    for (const Int64Column &column : measures)
        arguments.push_back(column.array());
    arguments.push_back(last_hours.array());
    // Our writers hold the user's lock, so only foreign SQL can have moved a row between look-up and update.
    if (execute(add_statement, extension.schema, arguments, false) != count)
        fail(ERRCODE_T_R_SERIALIZATION_FAILURE, "posts changed while their totals were written", "",
             "Run the transaction again.");
}

} // namespace

void register_posts(const Extension &extension, const std::string &user_id, const std::string &source,
                    const std::vector<NewPost> &posts) {
    in_chunks("posts", posts.size(), [&](std::size_t first, std::size_t count) {
        register_chunk(extension, user_id, source, posts.data() + first, count);
    });
}

void add_to_totals(const Extension &extension, const std::string &user_id, const std::string &platform,
                   const std::string &currency, const std::vector<PostGain> &gains) {
    in_chunks("totals", gains.size(), [&](std::size_t first, std::size_t count) {
        add_chunk(extension, user_id, platform, currency, gains.data() + first, count);
    });
}

} // namespace roi::store
