-- Draws a simulated account as one SVG: hourly views of a viral, a steady and a dying post per platform over their first week,
-- then daily spend and revenue of 60 days. Prints the document:
--     psql -XAtq -v user=user_demo -f demo/charts.sql > charts.svg
\if :{?user}
\else
    \set user user_demo
\endif
SET timezone = 'UTC';
SET client_min_messages = warning;

-- Sizes in pixels; a week of hours, two months of days.
CREATE TEMP TABLE page AS SELECT 168 AS hours, 60 AS days, 1200 AS width, 360 AS panel_width, 110 AS panel_height, 160 AS row_height,
    70 AS first_row, 1090 AS wide_width, 220 AS wide_height;

-- Of each platform and archetype the post that is nearest to the median, among those a week old.
CREATE TEMP TABLE chosen AS
WITH old_enough AS (
    SELECT p.*, ln(greatest(views, 1)) AS log_views FROM roi_posts p, page
    WHERE user_id = :'user' AND archetype IS NOT NULL AND content_type <> 'story'
      AND posted_at < (SELECT max(update_timestamp) FROM roi_metrics WHERE user_id = :'user') - make_interval(hours => page.hours)),
middles AS (
    SELECT platform, archetype, percentile_cont(0.5) WITHIN GROUP (ORDER BY log_views) AS middle FROM old_enough GROUP BY 1, 2)
SELECT DISTINCT ON (platform, archetype) platform, archetype, post_id, date_trunc('hour', posted_at) AS hour, content_type, views,
       dense_rank() OVER (ORDER BY platform) - 1 AS grid_row, array_position(ARRAY['viral', 'steady', 'dying'], archetype::text) - 1 AS grid_column
FROM old_enough JOIN middles USING (platform, archetype)
ORDER BY platform, archetype, abs(log_views - middle), post_id;

-- Views of each hour of their first week.
CREATE TEMP TABLE hourly AS
SELECT c.platform, c.archetype, h.h, coalesce(m.views, 0) AS views
FROM chosen c CROSS JOIN page CROSS JOIN LATERAL generate_series(0, page.hours - 1) AS h (h)
LEFT JOIN roi_metrics m ON m.user_id = :'user' AND m.update_timestamp = c.hour + make_interval(hours => h.h)
    AND m.post_id = c.post_id AND m.platform = c.platform;

CREATE TEMP TABLE daily AS
SELECT d.day, row_number() OVER (ORDER BY d.day) - 1 AS place, coalesce(spend, 0) AS spend, coalesce(revenue, 0) AS revenue
FROM page, generate_series((SELECT date_trunc('day', max(update_timestamp)) FROM roi_metrics WHERE user_id = :'user') - make_interval(days => page.days - 1),
                           (SELECT max(update_timestamp) FROM roi_metrics WHERE user_id = :'user'), interval '1 day') AS d (day)
LEFT JOIN (SELECT date_trunc('day', update_timestamp) AS day, sum(ad_spend) AS spend, sum(revenue_generated) AS revenue
           FROM roi_metrics WHERE user_id = :'user' GROUP BY 1) m USING (day);

CREATE FUNCTION pg_temp.label(x numeric, y numeric, words text, style text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT format('<text x="%s" y="%s" %s>%s</text>', round(x, 1), round(y, 1), style, replace(replace(words, '&', '&amp;'), '<', '&lt;')) $$;

-- One panel: a frame, midnights of each day as ticks, the area of hourly views, its largest hour and the post's total.
CREATE TEMP TABLE panels AS
SELECT c.grid_row, c.grid_column, concat_ws(E'\n',
    format('<g transform="translate(%s %s)">', 50 + c.grid_column * (page.panel_width + 20), page.first_row + c.grid_row * page.row_height),
    format('<rect width="%s" height="%s" class="frame"/>', page.panel_width, page.panel_height),
    (SELECT string_agg(format('<line x1="%1$s" x2="%1$s" y1="0" y2="%2$s" class="grid"/>', round(d * 24.0 / page.hours * page.panel_width, 1), page.panel_height), '' ORDER BY d)
     FROM generate_series(1, page.hours / 24 - 1) AS d),
    format('<path class="%s" d="M0 %s %s L%s %s Z"/>', c.archetype, page.panel_height,
        (SELECT string_agg(format('L%s %s', round(h.h::numeric / (page.hours - 1) * page.panel_width, 1),
                                  round(page.panel_height * (1 - h.views / greatest(t.top, 1)::numeric), 1)), ' ' ORDER BY h.h)
         FROM hourly h WHERE h.platform = c.platform AND h.archetype = c.archetype), page.panel_width, page.panel_height),
    pg_temp.label(6, 14, format('%s: %s %s', c.platform, c.archetype, c.content_type), 'class="name"'),
    pg_temp.label(page.panel_width - 6, 14, format('%s views to date', to_char(c.views, 'FM999,999,999')), 'text-anchor="end"'),
    pg_temp.label(page.panel_width - 6, 28, format('best hour %s', to_char(t.top, 'FM999,999,999')), 'text-anchor="end" class="small"'),
    pg_temp.label(0, page.panel_height + 14, 'published', 'class="small"'),
    pg_temp.label(page.panel_width, page.panel_height + 14, 'after 7 days', 'text-anchor="end" class="small"'), '</g>') AS drawing
FROM page, chosen c, LATERAL (SELECT max(views) AS top FROM hourly h WHERE h.platform = c.platform AND h.archetype = c.archetype) t;

CREATE FUNCTION pg_temp.money_line(amounts numeric[], top numeric, class text) RETURNS text LANGUAGE sql AS $$
    SELECT format('<polyline class="%s" points="%s"/>', class,
        string_agg(format('%s,%s', round((place - 1)::numeric / greatest(cardinality(amounts) - 1, 1) * page.wide_width, 1), round(page.wide_height * (1 - amount / top), 1)), ' ' ORDER BY place))
    FROM page, unnest(amounts) WITH ORDINALITY AS a (amount, place) GROUP BY page.wide_width $$;

SELECT concat_ws(E'\n',
    format('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$s %2$s" width="%1$s" height="%2$s">', page.width, shape.height),
    '<style>text{font:12px sans-serif;fill:#1f2937}.name{font-weight:bold}.small{font-size:10px;fill:#6b7280}.title{font-size:18px;font-weight:bold}'
    '.frame{fill:#f9fafb;stroke:#d1d5db}.grid{stroke:#e5e7eb}.viral{fill:#7c3aed;fill-opacity:.75}.steady{fill:#2563eb;fill-opacity:.75}.dying{fill:#9ca3af;fill-opacity:.9}'
    '.revenue{fill:none;stroke:#059669;stroke-width:2}.spend{fill:none;stroke:#dc2626;stroke-width:2}</style>',
    '<rect width="100%" height="100%" fill="white"/>',
    pg_temp.label(50, 34, format('Simulated account %s: views by hour of one post of each kind (every panel has its own scale)', :'user'), 'class="title"'),
    (SELECT string_agg(drawing, E'\n' ORDER BY grid_row, grid_column) FROM panels),
    format('<g transform="translate(50 %s)">', shape.top),
    pg_temp.label(0, -12, format('Spend and revenue by day, %s days: ROAS %s', count(*), round(sum(revenue) / nullif(sum(spend), 0), 2)), 'class="title"'),
    format('<rect width="%s" height="%s" class="frame"/>', page.wide_width, page.wide_height),
    pg_temp.money_line(array_agg(revenue ORDER BY day), greatest(max(revenue), max(spend), 1), 'revenue'),
    pg_temp.money_line(array_agg(spend ORDER BY day), greatest(max(revenue), max(spend), 1), 'spend'),
    pg_temp.label(10, 18, format('revenue %s', to_char(sum(revenue), 'FM999,999,990.00')), 'style="fill:#059669"'),
    pg_temp.label(10, 34, format('spend %s', to_char(sum(spend), 'FM999,999,990.00')), 'style="fill:#dc2626"'),
    pg_temp.label(page.wide_width - 6, 14, format('top of the scale: %s', to_char(greatest(max(revenue), max(spend)), 'FM999,999,990')), 'text-anchor="end" class="small"'),
    pg_temp.label(0, page.wide_height + 16, to_char(min(day), 'YYYY-MM-DD'), 'class="small"'),
    pg_temp.label(page.wide_width, page.wide_height + 16, to_char(max(day), 'YYYY-MM-DD'), 'text-anchor="end" class="small"'), '</g>', '</svg>')
FROM daily, page, LATERAL (SELECT page.first_row + page.row_height * (SELECT count(DISTINCT platform) FROM chosen) + 40 AS top,
                                  page.first_row + page.row_height * (SELECT count(DISTINCT platform) FROM chosen) + 40 + page.wide_height + 40 AS height) shape
GROUP BY page.width, page.wide_width, page.wide_height, shape.top, shape.height;
