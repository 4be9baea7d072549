// The plan's hourly update as it is written there: a loop over the active posts with two awaited INSERTs each.
// Arguments: host, port, how many posts. Prints the posts and the seconds they took.
const { Client } = require('pg');
const [host, port, limit] = process.argv.slice(2);
const up = (value) => Math.round(value * (1 + Math.random() * 0.25));

async function main() {
    const db = new Client({ host, port: Number(port), user: 'postgres', database: 'bench' });
    await db.connect();
    const begin = process.hrtime.bigint();
    const active = await db.query(
        `SELECT * FROM plan.roi_metrics WHERE update_timestamp = (SELECT max(update_timestamp) FROM plan.roi_metrics) LIMIT ${Number(limit)}`);
    for (const post of active.rows) {
        const n = { views: up(post.views), likes: up(post.likes), comments: up(post.comments), shares: up(post.shares), saves: up(post.saves), clicks: up(post.clicks) };
        const cpc = Math.random() * 2, cpm = Math.random() * 10;
        const spend = n.clicks * cpc + (n.views * cpm) / 1000, revenue = n.clicks * 0.02 * 45 * (1 + Math.random());
        const written = await db.query(
            `INSERT INTO plan.roi_metrics (user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments, shares, saves, clicks,
                ad_spend, revenue_generated, cost_per_click, cost_per_impression, roi_percentage, roas_ratio, update_timestamp)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) RETURNING id`,
            [post.user_id, post.platform, post.campaign_id, post.post_id, post.content_type, post.content_category, n.views, n.likes, n.comments, n.shares, n.saves,
                n.clicks, spend, revenue, cpc, cpm / 1000, Math.min((revenue - spend) * 100 / Math.max(spend, 1), 99999), Math.min(revenue / Math.max(spend, 1), 99999), new Date()]);
        await db.query(
            'INSERT INTO plan.platform_metrics (roi_metric_id, platform, update_timestamp, metrics, engagement_rate, virality_score) VALUES ($1, $2, $3, $4, $5, $6)',
            [written.rows[0].id, post.platform, new Date(),
                { page_likes: Math.round(n.likes * 0.05), post_reach: n.views * 2, page_views: n.clicks, link_clicks: n.clicks },
                Math.min((100 * (n.likes + n.comments + n.shares)) / Math.max(n.views, 1), 999), Math.min(n.shares / Math.max(n.views * 0.01, 1), 999)]);
    }
    console.log(`${active.rows.length} ${Number(process.hrtime.bigint() - begin) / 1e9}`);
    await db.end();
}
main().catch((error) => { console.error(error); process.exit(1); });
