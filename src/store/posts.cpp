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
    "WITH wanted AS (SELECT * FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12) WITH ORDINALITY"
    "   AS w (platform, post_id, content_type, content_category, currency, campaign_id, posted_at, draw_key, archetype,"
    "     parameters, place)),"
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
                             "   campaign_id, posted_at, source, draw_key, archetype, parameters)"
                             " SELECT $1, platform, post_id, coalesce(known_no, first_no + rank::integer - 1), content_type, content_category,"
                             "   currency, campaign_id, to_timestamp(posted_at), $2, draw_key, archetype, parameters::jsonb"
                             " FROM missing LEFT JOIN fresh USING (post_id), moved",
    {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID,
     INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID},
    true};

void register_chunk(const Extension &extension, const std::string &user_id, const std::string &source,
                    const NewPost *posts, std::size_t count) {
    TextColumn platforms, post_ids, content_types, content_categories, currencies, archetypes, parameters;
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
        archetypes.add(post->archetype);
        parameters.add(post->parameters);
    }
    execute(register_statement, extension.schema,
            {text_argument(user_id), text_argument(source), platforms.array(), post_ids.array(),
             content_types.array(), content_categories.array(), currencies.array(), campaigns.array(),
             moments.array(), draw_keys.array(), archetypes.array(), parameters.array()},
            false);
}

} // namespace

void register_posts(const Extension &extension, const std::string &user_id, const std::string &source,
                    const std::vector<NewPost> &posts) {
    in_chunks("posts", posts.size(), [&](std::size_t first, std::size_t count) {
        register_chunk(extension, user_id, source, posts.data() + first, count);
    });
}

} // namespace roi::store
