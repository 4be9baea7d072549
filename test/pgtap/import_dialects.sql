-- One set of rows under the shipped headers of every format and language, in every separator, encoding and line end.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC';
SELECT roi_setup() \g /dev/null
SELECT * FROM no_plan();

-- The header of a field in a language: its own, else the one that languages share, else the English one.
CREATE FUNCTION pg_temp.header(wanted text, wanted_field text, spoken text) RETURNS text LANGUAGE sql AS $$
    SELECT replace(header, '(*)', '(USD)') FROM roi_import_columns WHERE format = wanted AND field = wanted_field
        AND (language = spoken OR language IS NULL OR language = 'en')
    ORDER BY language = spoken DESC NULLS LAST, language IS NULL DESC, preference LIMIT 1 $$;
-- Rows of the shape {day, campaign, spend, views, clicks} as this language writes them.
CREATE FUNCTION pg_temp.cells(spoken text) RETURNS SETOF text[] LANGUAGE sql AS $$
    SELECT unnest_row FROM (VALUES
        (true, ARRAY['2026-08-01', 'Café', '1,234.56', '12,345', '7']), (true, ARRAY['2026-08-21', 'Café', '0.5', '1', '--']), (true, ARRAY['2026-08-21', 'Zwei', '-0.25', '2', '']),
        (false, ARRAY['01.08.2026', 'Café', '1.234,56', '12.345', '7']), (false, ARRAY['21.08.2026', 'Café', '0,5', '1', '--']), (false, ARRAY['21.08.2026', 'Zwei', '-0,25', '2', ''])) AS v (is_english, unnest_row)
    WHERE is_english = (spoken = 'en') $$;
CREATE FUNCTION pg_temp.file(format text, spoken text, separator text, line_end text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg('"' || array_to_string(line, '"' || separator || '"') || '"', line_end) || line_end FROM (
        SELECT ARRAY[pg_temp.header(format, 'date', spoken), pg_temp.header(format, 'campaign_name', spoken), pg_temp.header(format, 'spend', spoken),
            pg_temp.header(format, 'impressions', spoken), pg_temp.header(format, 'clicks', spoken)] AS line
        UNION ALL SELECT pg_temp.cells(spoken)) lines $$;
CREATE FUNCTION pg_temp.encode_text(content text, encoding text) RETURNS bytea LANGUAGE sql AS $$
    SELECT CASE encoding WHEN 'UTF-8' THEN convert_to(content, 'UTF8') WHEN 'UTF-8 with mark' THEN '\xefbbbf' || convert_to(content, 'UTF8')
        WHEN 'cp1252' THEN convert_to(content, 'WIN1252')
        ELSE (SELECT '\xfffe' || string_agg(decode(substr(hex, 3, 2) || substr(hex, 1, 2), 'hex'), '' ORDER BY place)
              FROM unnest(string_to_array(content, NULL)) WITH ORDINALITY AS c (c, place), LATERAL (SELECT lpad(to_hex(ascii(c)), 4, '0') AS hex) h) END $$;
-- The facts that an import of the file gives; the import is taken back.
CREATE FUNCTION pg_temp.facts_of(content bytea, wanted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer record;
    result text;
BEGIN
    SELECT * INTO answer FROM roi_import('dialect', content);
    SELECT string_agg(concat_ws(' ', to_char(update_timestamp, 'YYYY-MM-DD HH24:MI'), k.name, m.currency, views, coalesce(m.clicks::text, '?'), trim_scale(ad_spend)), ', ' ORDER BY update_timestamp, k.name)
    INTO result FROM roi_metrics m LEFT JOIN campaign_with_user_id k ON k.user_id = m.user_id AND k.id = m.campaign_id WHERE m.user_id = 'dialect';
    PERFORM roi_undo_import(answer.batch_id, 'dialect');
    RETURN concat(CASE WHEN answer.format <> wanted THEN answer.format || ': ' END, result);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE TABLE pg_temp.speech AS SELECT DISTINCT format, language FROM roi_import_columns WHERE language IS NOT NULL AND language <> 'ja'
    AND format IN ('meta_ads_manager', 'google_ads_report', 'tiktok_ads_manager', 'linkedin_campaign_manager', 'pinterest_ads_manager', 'microsoft_ads_report');
SELECT cmp_ok((SELECT count(*) FROM pg_temp.speech), '>=', 21::bigint, 'formats and languages');
\set facts '2026-08-01 00:00 Café USD 12345 7 1234.56, 2026-08-21 00:00 Café USD 1 ? 0.5, 2026-08-21 00:00 Zwei USD 2 ? -0.25'
SELECT is(pg_temp.facts_of(pg_temp.encode_text(pg_temp.file(format, language, separator, line_end), encoding), format), :'facts',
    concat_ws(', ', format, language, encoding, 'separator ' || replace(separator, E'\t', 'tab'), 'line end ' || encode(line_end::bytea, 'hex')))
FROM pg_temp.speech, unnest(ARRAY['UTF-8', 'UTF-8 with mark', 'cp1252', 'UTF-16']) AS encoding, unnest(ARRAY[',', ';', E'\t']) AS separator, unnest(ARRAY[E'\n', E'\r\n', E'\r']) AS line_end
ORDER BY format, language, encoding, separator, line_end;
SELECT is_empty($$SELECT 1 FROM roi_metrics WHERE user_id = 'dialect'$$, 'all taken back');

-- currency by signs: settled from the whole file
CREATE FUNCTION pg_temp.money(content text, more text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SELECT concat_ws('' '', currency, trim_scale(spend)) FROM roi_import(''money'', convert_to(%L, ''UTF8''), dry_run => true%s)', content, more) INTO answer;
    RETURN answer;
END $$;
SELECT is(pg_temp.money(E'Day,Campaign,Cost\n2026-08-01,A,€12.50\n2026-08-02,A,0\n'), 'EUR 12.5', 'a bare amount is of the file''s only currency');
SELECT is(pg_temp.money(E'Day,Campaign,Cost\n2026-08-01,A,0.25\n2026-08-02,A,£12\n'), 'GBP 12.25', 'whichever comes first');
SELECT throws_ok($$SELECT pg_temp.money(E'Day,Campaign,Cost\n2026-08-01,A,¥1200\n2026-08-02,A,¥300\n')$$, '22P04', NULL, 'yen or yuan');
SELECT throws_ok($$SELECT pg_temp.money(E'Day,Campaign,Cost\n2026-08-01,A,1200 kr\n')$$, '22P04', NULL, 'crowns of three countries');
SELECT is(pg_temp.money(E'Day,Campaign,Cost\n2026-08-01,A,¥1200\n', ', currency => ''JPY'''), 'JPY 1200', 'named, it is read');
SELECT is(pg_temp.money(E'Day,Campaign,Cost\n2026-08-01,A,$1200\n'), 'USD 1200', 'a dollar alone is of the United States');

-- what three digits behind every mark mean, and what an exact format is taken for
SELECT throws_ok($$SELECT pg_temp.money(E'Day,Campaign,Cost\n2026-08-01,A,1.234\n')$$, '22P04', 'the decimal mark of this file is ambiguous', 'one thousand, or one and a bit');
SELECT throws_ok($$SELECT pg_temp.money(E'Day,Campaign,Cost,Impressions\n2026-08-01,A,1.234,1.000\n')$$, '22P04', 'the decimal mark of this file is ambiguous', 'one impression, or a thousand, says nothing');
SELECT is(pg_temp.money(E'Day,Campaign,Cost\n2026-08-01,A,1.234\n', ', decimal_mark => ''.'''), 'USD 1.234', 'named, it is read');
SELECT is(pg_temp.money(E'Day,Campaign,Cost,Impressions\n2026-08-01,A,1.234,1.000\n2026-08-02,A,1.000,12.345\n'), 'USD 2234', 'an impression has no fraction');
SELECT throws_ok($$SELECT roi_import('exact', convert_to(E'Post ID,Publish time,Date,Views,Likes\nx,07/31/2026 06:08,2026-08-01,100,5\n', 'UTF8'))$$, '22P04', 'no known export format matches this file', 'posts without an account are no channel''s days');
SELECT is((SELECT format FROM roi_import('exact', convert_to(E'Date,Views\n2026-08-01,100\n', 'UTF8'))), 'youtube_studio_daily', 'nothing but days and views is a channel''s');
SELECT is((SELECT format FROM roi_import('exact', convert_to(E'Date,Views,Visitors\n2026-08-02,100,5\n', 'UTF8'), 'youtube_studio_daily')), 'youtube_studio_daily', 'or what somebody says it is');

SELECT * FROM finish();
ROLLBACK;
