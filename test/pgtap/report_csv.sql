-- roi_export_csv(): every read function's rows as CSV that COPY and roi_import() read back, with formulas made harmless.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'Asia/Tokyo';
SET LOCAL datestyle TO 'SQL, DMY';
SET LOCAL intervalstyle TO 'postgres_verbose';
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null
INSERT INTO users VALUES ('anna'), ('back'), ('nobody') ON CONFLICT DO NOTHING;
CREATE TEMP TABLE hostile (n integer, name text);
INSERT INTO hostile SELECT row_number() OVER (), name FROM unnest(ARRAY['=1+1', '+49 30', '-5 %', '@SUM(A1)', E'\tx', E'\rx', '＝1', 'plain', 'comma, "quoted"', E'two\nlines', E'two\r\nlines', ' blank ', '\.', '\N', 'NULL', '=HYPERLINK("http://x";"y")', 'שלום', '🌷', '''', '''=1']) name;
INSERT INTO campaign_with_user_id (user_id, id, name, date) SELECT 'anna', n, name, '2026-03-05' FROM hostile;
INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, views, likes, comments, shares, saves, clicks, ad_spend, revenue_generated, conversions, posted_at, update_timestamp)
SELECT 'anna', CASE WHEN n % 3 = 0 THEN 'facebook' ELSE name END, n, 'post ' || n, left(name, 20), n * 100, n, n * 2, n * 3, 1, n * 5, n * 1.000001, n * 7.77 - 20, n / 3.0, '2026-03-01 10:30+00', '2026-03-05 00:00+00'::timestamptz + n * interval '7 hours'
FROM hostile;
INSERT INTO roi_metrics (user_id, platform, post_id, views, ad_spend, update_timestamp) SELECT 'anna', 'bulk', 'b' || n, 1, 0.01, '2026-03-07 00:00+00'::timestamptz + n * interval '1 minute' FROM generate_series(1, 2500) n;
CREATE FUNCTION pg_temp.document(report text, more text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
    EXECUTE format('SELECT roi_report_csv(''anna'', since => ''2026-03-01'', until => ''2026-04-01'', report => %L %s)', report, more) INTO result;
    RETURN result;
END $$;

-- through COPY: the columns of the function as they are, for every function that there is
CREATE TEMP TABLE reader AS SELECT DISTINCT substr(p.proname, 5) AS report, p.proname, 'period' = ANY (p.proargnames[1:p.pronargs]) AS of_range, 'page_size' = ANY (p.proargnames) AS paged, 'order_by' = ANY (p.proargnames) AS ordered
FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
WHERE p.pronamespace = :'roi_schema'::regnamespace AND p.proretset AND p.prorettype = 'record'::regtype AND p.provolatile <> 'v' AND p.proargnames[1] = 'user_id' AND p.proname NOT LIKE 'roi_verify%' AND obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal%';
SELECT cmp_ok(count(*), '>=', 17::bigint, 'read functions that answer in rows') FROM reader;
-- what a function needs beyond user and range
CREATE FUNCTION pg_temp.arguments(r reader) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE (r).report WHEN 'ab_test' THEN '{"variant_a": "post 1", "variant_b": "post 2", "kind": "post"}'::jsonb END $$;
CREATE FUNCTION pg_temp.expected(r reader) RETURNS text LANGUAGE sql AS $$
    SELECT format('SELECT %s FROM %I(''anna''%s)',
        (SELECT string_agg(CASE WHEN t.type = 'text[]'::regtype THEN format('array_to_string(%I, ''; '') AS %1$I', t.name) ELSE format('%I', t.name) END, ', ' ORDER BY t.place)
         FROM pg_proc p, unnest(p.proallargtypes, p.proargmodes, p.proargnames) WITH ORDINALITY t (type, mode, name, place) WHERE p.proname = (r).proname AND t.mode = 't' AND t.name <> 'page_key'),
        (r).proname, CASE WHEN (r).of_range THEN ', since => ''2026-03-01'', until => ''2026-04-01''' ELSE '' END || CASE WHEN (r).paged THEN ', page_size => 1000' ELSE '' END
            || coalesce((SELECT string_agg(format(', %I => %L', key, value), '') FROM jsonb_each_text(pg_temp.arguments(r))), '')) $$;
CREATE FUNCTION pg_temp.reads_back(r reader) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file text := '/tmp/roi_report_csv.' || pg_backend_pid();
    differing bigint;
    rows bigint;
    refused text;
BEGIN
    BEGIN
        EXECUTE format('CREATE TEMP TABLE there AS %s LIMIT 1000', pg_temp.expected(r));
    EXCEPTION WHEN SQLSTATE 'PT422' THEN -- too little data, as CSV too
        RETURN throws_ok(format('SELECT FROM roi_export_csv(''anna'', since => ''2026-03-01'', until => ''2026-04-01'', report => %L, arguments => %L)', r.report, pg_temp.arguments(r)),
            'PT422', NULL, format('%s: refused as the function refuses', r.report));
    END;
    CREATE TEMP TABLE back (LIKE there);
    EXECUTE format('COPY (SELECT line FROM roi_export_csv(''anna'', since => ''2026-03-01'', until => ''2026-04-01'', report => %L, arguments => %L, keep_formulas => true) WITH ORDINALITY e (line, n) WHERE n <= 1001 ORDER BY n) TO PROGRAM ''tr -d "\001" > %s'' WITH (FORMAT csv, QUOTE E''\x01'', DELIMITER E''\x02'')', r.report, pg_temp.arguments(r), file);
    EXECUTE format('COPY back FROM PROGRAM ''cat %s; rm %1$s'' WITH (FORMAT csv, HEADER match)', file);
    SELECT count(*) INTO differing FROM (TABLE there EXCEPT ALL TABLE back UNION ALL (TABLE back EXCEPT ALL TABLE there)) d;
    SELECT count(*) INTO rows FROM back;
    DROP TABLE there, back;
    RETURN is(differing, 0::bigint, format('%s: %s rows through COPY', r.report, rows));
END $$;
SELECT pg_temp.reads_back(r) FROM reader r ORDER BY report;
SELECT is((SELECT count(*) FROM roi_export_csv('anna', since => '2026-03-01', until => '2026-04-01', report => 'metrics_detail')), 2521::bigint, 'pages are turned to the end');
SELECT is((SELECT count(DISTINCT e) FROM roi_export_csv('anna', since => '2026-03-01', until => '2026-04-01', report => 'metrics_detail') e), 2521::bigint, 'and no row comes twice');
SELECT is((SELECT count(*) FROM roi_export_csv('anna', since => '2026-03-01', until => '2026-04-01', report => 'top_posts')), 2521::bigint, 'of posts as well');
SELECT is((SELECT array_agg(e) FROM roi_export_csv('nobody', report => 'top_posts') e), (SELECT ARRAY[string_agg(t.name, ',' ORDER BY t.place)] FROM pg_proc p, unnest(p.proargmodes, p.proargnames) WITH ORDINALITY t (mode, name, place)
    WHERE p.proname = 'roi_top_posts' AND p.pronamespace = :'roi_schema'::regnamespace AND t.mode = 't' AND t.name <> 'page_key'), 'without rows there is a header');

-- what a cell looks like, whatever the session's styles
SELECT matches((SELECT e FROM roi_export_csv('anna', since => '2026-03-05 00:00+01', until => '2026-03-06 00:00+01', report => 'revenue_trends', time_zone => 'Europe/Berlin', arguments => '{"bucket": "day"}') e OFFSET 1 LIMIT 1), '^2026-03-05T00:00:00\+01:00,-?[0-9.]+,[0-9]+,', 'moments are ISO 8601 with the offset of the zone');
SELECT matches((SELECT e FROM roi_export_csv('anna', since => '2026-03-05 00:00+00', until => '2026-03-06 00:00+00', report => 'trends') e OFFSET 1 LIMIT 1), '^2026-03-05,', 'dates are ISO 8601');
SELECT is((SELECT count(*) FROM regexp_matches(pg_temp.document('channel_performance'), E'\r\n', 'g')), (SELECT count(*) + 2 FROM roi_channel_performance('anna', since => '2026-03-01', until => '2026-04-01')), 'one document: CR LF behind each record, one within a name');

-- formulas
SELECT ok(NOT pg_temp.document('campaign_performance') ~ '(^|[,\n"])[=+@\t＝]', 'no cell begins as a formula does');
SELECT ok(pg_temp.document('campaign_performance') ~ ',-[0-9]', 'negative numbers stay numbers');
SELECT ok(position('''=1+1' IN pg_temp.document('campaign_performance')) > 0 AND position('''-5 %' IN pg_temp.document('campaign_performance')) > 0, 'an apostrophe stands before them');
SELECT ok(position(',=1+1,' IN pg_temp.document('campaign_performance', ', keep_formulas => true')) > 0, 'unless they are to be kept');

-- back through the importer
SELECT set_config('test.batch', batch_id::text, true) AS batch, rows_rejected, format FROM roi_import('back', convert_to(pg_temp.document('metrics_detail'), 'UTF8')) \gset
SELECT is(:'format'::text, 'roi_ext_facts', 'the importer knows our facts');
SELECT is(:'rows_rejected'::text, '0', 'and refuses no line');
SELECT results_eq($$ SELECT total_revenue, total_spend, total_profit, overall_roi, overall_roas, total_impressions, total_engagement, total_clicks, total_conversions, total_posts FROM roi_total('back', since => '2026-03-01', until => '2026-04-01') $$,
    $$ SELECT total_revenue, total_spend, total_profit, overall_roi, overall_roas, total_impressions, total_engagement, total_clicks, total_conversions, total_posts FROM roi_total('anna', since => '2026-03-01', until => '2026-04-01') $$, 'its totals are equal');
SELECT results_eq($$ SELECT date, daily_revenue, daily_spend, roi FROM roi_trends('back', since => '2026-03-01', until => '2026-04-01') $$,
    $$ SELECT date, daily_revenue, daily_spend, roi FROM roi_trends('anna', since => '2026-03-01', until => '2026-04-01') $$, 'and those of each day');

-- whom it answers
CREATE ROLE csv_client;
SELECT roi_grant('csv_client', 'client') \g /dev/null
SELECT format('GRANT USAGE ON SCHEMA %I TO csv_client', :'roi_schema') \gexec
SET LOCAL roi_ext.user_id TO 'anna';
SET LOCAL ROLE csv_client;
SELECT is((SELECT count(*) FROM roi_export_csv(since => '2026-03-01', until => '2026-04-01', report => 'metrics_detail')), 2521::bigint, 'a client exports his own');
SELECT throws_ok($$ SELECT roi_export_csv('back') $$, '42501', NULL, 'and nobody else''s');
SELECT throws_ok($$ SELECT roi_export_csv(report => 'verify') $$, '22023', NULL, 'checks for operators are no report');
SELECT throws_ok(format($$ SELECT roi_export_csv(report => %L) $$, name), '22023', NULL, 'no report: ' || left(name, 20)) FROM unnest(ARRAY['', 'facts; DROP TABLE users', 'roi_total', 'dashboard', 'report_csv', 'current_user_id', repeat('x', 100000)]) name;
SELECT throws_ok(format($$ SELECT roi_export_csv(report => 'revenue_trends', arguments => %L) $$, arguments), state, NULL, 'arguments: ' || arguments) FROM (VALUES
    ('[]', '22023'), ('1', '22023'), ('{"user_id": "back"}', '22023'), ('{"period": "1y"}', '22023'), ('{"bucket": ["day"]}', '22023'), ('{"bucket": "fortnight"}', '22023'), ('{"no such": 1}', '22023')) a (arguments, state);
SELECT throws_ok($$ SELECT roi_export_csv(report => 'monthly_spend_trends', arguments => '{"year": "soon"}') $$, '22P02', NULL, 'an argument of another type');
SELECT lives_ok($$ SELECT roi_export_csv(report => 'monthly_spend_trends', arguments => '{"year": 2026}') $$, 'a number among the arguments');
RESET ROLE;

-- the media types
SELECT is((SELECT string_agg(format('%s %s', t.typname, format_type(t.typbasetype, NULL)), ', ' ORDER BY t.typname) FROM pg_type t JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e' WHERE t.typtype = 'd'),
    'application/pdf bytea, text/csv text, text/html text', 'domains that PostgREST serves by their names');
SELECT is((SELECT pg_typeof(roi_report_csv('anna'))::text), format_type(to_regtype('"text/csv"'), NULL), 'roi_report_csv returns one');
SELECT * FROM finish();
ROLLBACK;
