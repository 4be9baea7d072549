-- roi_report_html(): every number on the page is the function's, names bring no markup, and errors are those of the functions it asks.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC';
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null
INSERT INTO users VALUES ('anna'), ('<script>alert(1)</script>'), ('nobody'), ('mixed') ON CONFLICT DO NOTHING;
CREATE TEMP TABLE hostile (n integer, name text);
INSERT INTO hostile SELECT row_number() OVER (), name FROM unnest(ARRAY['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', ''' onclick=''alert(1)', '</svg></style></script><h1>', '&lt;b&gt;', E'line\nend', E'bell\u0007', 'שלום עולם', E'\u202Egnp.exe', '🌷 tulip',
    repeat('long ', 9), '{{7*7}}', '\"]}', 'plain']) name;
INSERT INTO campaign_with_user_id (user_id, id, name, date) SELECT 'anna', n, name, '2026-03-05'::date + n FROM hostile;
INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, views, likes, comments, shares, clicks, ad_spend, revenue_generated, conversions, roi_percentage, update_timestamp)
SELECT u, left(name, 50), n, name, left(name, 50), n * 100000, n, n * 2, n * 3, n * 5, n * 1.005, CASE WHEN n % 4 > 0 THEN n * 1234.565 END, n / 3.0, n * 7.5, m + n * interval '31 hours'
FROM hostile, unnest(ARRAY['anna', '<script>alert(1)</script>']) u, unnest('{2026-02-03, 2026-03-03}'::timestamptz[]) m;
INSERT INTO roi_metrics (user_id, platform, ad_spend, currency, update_timestamp) SELECT 'mixed', 'x', 1, c, '2026-03-05' FROM unnest('{EUR,USD}'::text[]) c;

CREATE TEMP TABLE page AS SELECT n, arguments, NULL::text AS html FROM unnest(ARRAY[$$'anna', since => '2026-03-01', until => '2026-04-01'$$, $$'anna', '7d', until => '2026-03-12 10:30Z', time_zone => 'Asia/Kolkata'$$, $$'anna', '1 day', until => '2026-03-10'$$, $$'anna', '1y', until => '2026-06-01', time_zone => 'America/New_York'$$,
    $$'anna', 'all'$$, $$'nobody'$$, $$'nobody', 'all'$$, $$'<script>alert(1)</script>', '90d', until => '2026-04-01'$$]) WITH ORDINALITY a (arguments, n);
CREATE FUNCTION pg_temp.one(statement text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE result text; BEGIN EXECUTE statement INTO result; RETURN result; END $$;
UPDATE page SET html = pg_temp.one(format('SELECT roi_report_html(%s)', arguments));

-- figures: source, column, exact value
CREATE TEMP TABLE figure AS SELECT n, arguments, m[1] AS source, m[2] AS "column", m[3] AS exact, m[4] AS shown FROM page,
    regexp_matches(html, '<span class="value" data-source="(\w+)" data-column="(\w+)">(?:<data value="([^"]*)" title="[^"]*">([^<]*)</data>)?', 'g') m;
SELECT is(count(*), 8 * 20::bigint, 'twenty headline figures a page') FROM figure;
SELECT is((SELECT string_agg(DISTINCT format('%s.%s(%s): %s', source, "column", arguments, exact), ', ') FROM figure f
    WHERE exact IS DISTINCT FROM pg_temp.one(format('SELECT %I::text FROM %I(%s)', f."column", f.source, f.arguments))), NULL, 'each is the function''s, to the last digit');
SELECT is((SELECT string_agg(format('%s shows %s', exact, shown), ', ') FROM figure WHERE exact IS NOT NULL AND replace(rtrim(shown, ' %'), ',', '')::numeric <> round(exact::numeric, CASE WHEN position('.' IN exact) > 0 OR shown ~ '\.' THEN 2 ELSE 0 END)), NULL, 'and is shown rounded to two decimals');
SELECT is((SELECT string_agg(format('%s %s', arguments, m[1]), ', ') FROM page, regexp_matches(html, '<span class="change \w+" data-source="roi_compare" data-column="(\w+)">[^d]*<data value="([^"]*)"', 'g') m
    WHERE m[2] IS DISTINCT FROM pg_temp.one(format('SELECT change_percent::text FROM roi_compare(%s) WHERE metric = %L', arguments, regexp_replace(m[1], '^(total|overall)_', '')))), NULL, 'changes are those of roi_compare');

-- tables: whole rows in the function's order
CREATE TEMP TABLE tables AS SELECT n, arguments, m[2] AS source, m[1]::xml AS content FROM page, regexp_matches(html, '(<table data-source="(\w+?)">.*?</table>)', 'g') m;
SELECT is((SELECT string_agg(DISTINCT source, ' ' ORDER BY source) FROM tables), 'roi_channel_performance roi_cost_breakdown roi_monthly_spend_trends roi_revenue_by_source roi_revenue_trends roi_top_posts roi_trends', 'seven tables');
CREATE FUNCTION pg_temp.columns_of(content xml) RETURNS text[] LANGUAGE sql AS $$ SELECT xpath('//thead//th/@data-column', content)::text[] $$;
CREATE FUNCTION pg_temp.plain(xml_text text) RETURNS text LANGUAGE sql AS $$ SELECT replace(replace(replace(replace(xml_text, '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&amp;', '&') $$;
CREATE FUNCTION pg_temp.cells_of(content xml) RETURNS SETOF text[] LANGUAGE sql AS $$
    SELECT ARRAY(SELECT coalesce((xpath('/*/data/@value', c))[1]::text, nullif(pg_temp.plain((xpath('string(/*)', c))[1]::text), '–')) FROM unnest(xpath('/tr/*', r)) WITH ORDINALITY u (c, place) ORDER BY place)
    FROM unnest(xpath('//tbody/tr', content)) WITH ORDINALITY t (r, row) ORDER BY row $$;
CREATE FUNCTION pg_temp.printable(name text) RETURNS text LANGUAGE sql AS $$ SELECT regexp_replace(name, '[\x01-\x1f\x7f]', ' ', 'g') $$;
CREATE FUNCTION pg_temp.expected(t tables) RETURNS SETOF text[] LANGUAGE plpgsql AS $$
DECLARE
    zone text := coalesce(substring((t).arguments FROM 'time_zone => ''([^'']*)'''), 'UTC');
    style text := CASE WHEN (t).arguments ~ '7d|1 day' THEN 'YYYY-MM-DD HH24:MI' ELSE 'YYYY-MM-DD' END;
BEGIN
    RETURN QUERY EXECUTE format('SELECT ARRAY[%s] FROM %I(%s%s)',
        (SELECT string_agg(CASE WHEN c = 'time_period' THEN format('to_char(time_period AT TIME ZONE %L, %L)', zone, style) WHEN c ~ '^(platform|post_id|content_type)$' THEN format('pg_temp.printable(%I)', c) ELSE format('%I::text', c) END, ', ') FROM unnest(pg_temp.columns_of((t).content)) c),
        (t).source, (t).arguments, CASE WHEN (t).source = 'roi_top_posts' THEN ', page_size => 10' ELSE '' END);
END $$;
SELECT is((SELECT string_agg(coalesce(a.cells::text, 'missing') || ' for ' || coalesce(e.cells::text, 'nothing'), chr(10)) FROM (SELECT cells, row_number() OVER () FROM pg_temp.cells_of(t.content) cells) a FULL JOIN (SELECT cells, row_number() OVER () FROM pg_temp.expected(t) cells) e USING (row_number) WHERE a.cells IS DISTINCT FROM e.cells),
    NULL, format('%s: %s', source, arguments)) FROM tables t WHERE source <> 'roi_monthly_spend_trends' AND NOT 'campaign_markers' = ANY (pg_temp.columns_of(content)) ORDER BY n, source;
SELECT results_eq(format($$ SELECT cells[1], cells[2] FROM tables t, pg_temp.cells_of(t.content) cells WHERE n = %s AND 'campaign_markers' = ANY (pg_temp.columns_of(content)) $$, n),
    format($$ SELECT date::text, pg_temp.printable(array_to_string(campaign_markers, '; ')) FROM roi_trends(%s) WHERE campaign_markers <> '{}' $$, arguments), 'campaigns that began: ' || arguments) FROM page WHERE n IN (1, 2, 4);
-- spend by month: platforms down, months across
SELECT is((SELECT array_agg(format('%s %s %s', m.month, pg_temp.printable(m.platform), m.spend) ORDER BY m.month, pg_temp.printable(m.platform)) FROM roi_monthly_spend_trends('anna', 2026) m),
    (SELECT array_agg(format('%s %s %s', substr(u.name, 7), r[1], u.value) ORDER BY substr(u.name, 7)::integer, r[1]) FROM pg_temp.cells_of(t.content) r, unnest(pg_temp.columns_of(t.content), r) u (name, value) WHERE u.name <> 'platform'), 'spend by month: ' || arguments)
FROM tables t WHERE source = 'roi_monthly_spend_trends' AND n IN (1, 5);

-- markup
CREATE TEMP TABLE tag AS SELECT DISTINCT n, lower(m[1]) AS element, regexp_replace(m[2], '"[^"]*"', '', 'g') AS attributes FROM (SELECT n, regexp_replace(html, '<(style|script)>.*?</\1>', '', 'g') AS html FROM page) p, regexp_matches(html, '<(/?[^\s>]+)([^>]*)>', 'g') m;
SELECT is((SELECT string_agg(DISTINCT element, ' ') FROM tag WHERE ltrim(element, '/') NOT IN ('!doctype', 'html', 'head', 'meta', 'title', 'body', 'header', 'h1', 'h2', 'p', 'bdi', 'nav', 'ul', 'li', 'a', 'main', 'section', 'dl', 'div', 'dt', 'dd', 'span', 'data', 'figure', 'figcaption',
    'button', 'svg', 'g', 'polyline', 'rect', 'circle', 'polygon', 'line', 'text', 'details', 'summary', 'table', 'caption', 'thead', 'tbody', 'tr', 'th', 'td', 'footer')), NULL, 'names bring no element');
SELECT is((SELECT string_agg(DISTINCT a[1], ' ') FROM tag, regexp_matches(attributes, '([^\s=/]+)', 'g') a WHERE a[1] NOT IN ('html', 'lang', 'charset', 'http-equiv', 'content', 'name', 'class', 'href', 'aria-label', 'id', 'aria-labelledby', 'data-source', 'data-column', 'value', 'title', 'aria-hidden', 'data-chart', 'tabindex',
    'role', 'aria-roledescription', 'focusable', 'viewBox', 'data-along', 'data-bands', 'data-begin', 'data-size', 'points', 'stroke-width', 'x', 'y', 'width', 'height', 'cx', 'cy', 'r', 'x1', 'x2', 'y1', 'y2', 'font-size', 'text-anchor', 'data-series', 'type', 'aria-pressed', 'hidden', 'scope')), NULL, 'and no attribute: no handler, no style, nothing to load');
SELECT ok(html ~ '&lt;script&gt;alert\(1\)&lt;/script&gt;', 'they stand on the page as they are') FROM page WHERE n = 1;
SELECT is(count(*), 16::bigint, 'one script and one style a page') FROM page, regexp_matches(html, '<(script|style)\M', 'g');
SELECT is((SELECT string_agg(DISTINCT m[1], ' ') FROM page, regexp_matches(html, '(https?:|@import|url\()', 'g') m), NULL, 'no address of anything else');
SELECT ok(bool_and(position(format('style-src ''sha256-%s''', encode(sha256(convert_to(substring(html FROM '<style>(.*)</style>'), 'UTF8')), 'base64')) IN html) > 0
    AND position(format('script-src ''sha256-%s''', encode(sha256(convert_to(substring(html FROM '<script>(.*)</script>'), 'UTF8')), 'base64')) IN html) > 0), 'the policy permits its own style and script by their hashes') FROM page;
SELECT ok(bool_and(html LIKE '%default-src ''none''%'), 'and nothing else') FROM page;
SELECT is(count(*), 8::bigint, 'the script is the same on every page') FROM page WHERE substring(html FROM '<script>(.*)</script>') = (SELECT substring(html FROM '<script>(.*)</script>') FROM page WHERE n = 6);

-- stars, empty states, badges
SELECT is((SELECT count(*) FROM regexp_matches(html, 'class="fill marker"', 'g')), 4 * (SELECT count(*) FROM roi_trends('anna', since => '2026-03-01', until => '2026-04-01') WHERE campaign_markers <> '{}'), 'a star where a campaign begins, in two charts of two sizes') FROM page WHERE n = 1;
SELECT is((SELECT count(*) FROM regexp_matches(html, 'class="empty"', 'g')), 8::bigint, 'without data each chart, or the table that has none, says so') FROM page WHERE n = 6;
SELECT ok(html ~ 'No data in this range yet', 'and the page above all') FROM page WHERE n = 6;
SELECT ok(html !~ 'class="change', 'a range without bounds has none before it') FROM page WHERE n = 5;
SELECT ok(html !~ 'Simulated', 'a real account is not called simulated') FROM page WHERE n = 1;
SELECT roi_simulate('demo', 7, first_posts => 1) \g /dev/null
SELECT ok(roi_report_html('demo') ~ 'Simulated account', 'a simulated one is');

-- errors and rights
SELECT throws_ok($$ SELECT roi_report_html('mixed', 'all') $$, '22023', NULL, 'several currencies need one to be asked for');
SELECT throws_ok($$ SELECT roi_report_html('anna', 'fortnight') $$, '22007', NULL, 'an unknown period');
INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2026-01-01', 2), ('USD', 'EUR', '2026-01-01', 0.5);
SELECT ok(roi_report_html('mixed', 'all', currency => 'USD') ~ 'data-column="total_spend"><data value="3.00"', 'with a rate they are one sum');
SELECT ok(roi_report_html('mixed', since => '2026-03-01', until => '2026-04-01', currency => 'EUR') ~ 'data-column="total_spend"><data value="1.50"', 'in either currency');
CREATE ROLE html_client;
SELECT roi_grant('html_client', 'client') \g /dev/null
SELECT format('GRANT USAGE ON SCHEMA %I TO html_client', :'roi_schema') \gexec
SET LOCAL roi_ext.user_id TO 'anna';
SET LOCAL ROLE html_client;
SELECT is(roi_report_html(since => '2026-03-01', until => '2026-04-01')::text, html, 'a client gets the same page of his own') FROM (SELECT 1) x, LATERAL (SELECT roi_report_html('anna', since => '2026-03-01', until => '2026-04-01')::text AS html) p;
SELECT throws_ok($$ SELECT roi_report_html('mixed') $$, '42501', NULL, 'and of nobody else');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
