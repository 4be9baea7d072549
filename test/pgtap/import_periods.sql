-- What a file of periods covers is kept by campaign: other campaigns' days stay, the same period again replaces itself.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC';
SELECT roi_setup() \g /dev/null
SELECT * FROM no_plan();

CREATE FUNCTION pg_temp.import(who text, content text, more text DEFAULT '') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    batch bigint;
BEGIN
    EXECUTE format('SELECT batch_id FROM roi_import(%L, convert_to(%L, ''UTF8'')%s)', who, content, more) INTO batch;
    RETURN batch;
END $$;
CREATE FUNCTION pg_temp.days(who text, variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import(who, E'Day,Campaign name,Amount spent (USD),Impressions\n' || array_to_string(lines, E'\n') || E'\n') $$;
CREATE FUNCTION pg_temp.periods(who text, variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import(who, E'Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Impressions\n' || array_to_string(lines, E'\n') || E'\n') $$;
CREATE FUNCTION pg_temp.spends(who text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(to_char(update_timestamp, 'DD') || coalesce(' ' || k.name, '') || ' ' || trim_scale(ad_spend), ', ' ORDER BY update_timestamp, k.name, ad_spend) FROM roi_metrics m
    LEFT JOIN campaign_with_user_id k ON k.user_id = m.user_id AND k.id = m.campaign_id WHERE m.user_id = who $$;
CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || CASE WHEN hint = '' THEN ' without hint' ELSE '' END;
END $$;

-- A is told to the 7th, B to the 31st: A's 20th is not in the file
SELECT pg_temp.days('two', '2026-08-03,A,1,10', '2026-08-20,A,2,10', '2026-08-20,B,4,10') \g /dev/null
SELECT pg_temp.periods('two', '2026-08-01,2026-08-07,A,10,100', '2026-08-01,2026-08-31,B,20,100') AS batch \gset
SELECT is(pg_temp.spends('two'), '01 A 10, 01 B 20, 20 A 2', 'each campaign''s days are its own');
SELECT roi_undo_import(:batch, 'two') \g /dev/null
SELECT is(pg_temp.spends('two'), '03 A 1, 20 A 2, 20 B 4', 'and come back');

-- the same period of one of them again
SELECT pg_temp.periods('again', '2026-08-01,2026-08-07,A,10,100', '2026-08-01,2026-08-31,B,20,100'), pg_temp.periods('again', '2026-08-01,2026-08-07,A,11,100') \g /dev/null
SELECT is(pg_temp.spends('again'), '01 A 11, 01 B 20', 'the same period of one campaign replaces itself');
SELECT pg_temp.days('again', '2026-08-20,A,5,10') \g /dev/null
SELECT is(pg_temp.spends('again'), '01 A 11, 01 B 20, 20 A 5', 'a day behind its period is free');
SELECT is(pg_temp.outcome($$SELECT pg_temp.days('again', '2026-08-20,B,5,10')$$), '55000', 'a day inside the other''s period is not');
SELECT is(pg_temp.outcome($$SELECT pg_temp.days('again', '2026-08-07,A,5,10')$$), '55000', 'nor is the last day of its own');
SELECT pg_temp.periods('again', '2026-08-01,2026-08-31,A,30,100', '2026-08-01,2026-08-31,B,40,100') \g /dev/null
SELECT is(pg_temp.spends('again'), '01 A 30, 01 B 40', 'a longer period replaces the shorter one and its days');

-- two lines of a campaign that begin together: the longer one tells
SELECT pg_temp.periods('ads', '2026-08-01,2026-08-07,A,1,10', '2026-08-01,2026-08-14,A,2,10') \g /dev/null
SELECT is(pg_temp.spends('ads'), '01 A 3', 'lines that begin together add up');
SELECT is(pg_temp.outcome($$SELECT pg_temp.periods('ads', '2026-08-01,2026-08-07,A,10,100')$$), '55000', 'part of them cannot be replaced');
SELECT pg_temp.periods('ads', '2026-08-01,2026-08-14,A,10,100') \g /dev/null
SELECT is(pg_temp.spends('ads'), '01 A 10', 'the whole can');

-- spread over their days, campaigns keep their own days as well
SELECT pg_temp.days('spread', '2026-08-03,A,1,10', '2026-08-05,A,2,10', '2026-08-05,B,4,10') \g /dev/null
SELECT pg_temp.import('spread', E'Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Impressions\n2026-08-02,2026-08-03,A,4,2\n2026-08-05,2026-08-06,B,8,2\n', ', periods => ''spread''') \g /dev/null
SELECT is(pg_temp.spends('spread'), '02 A 2, 03 A 2, 05 A 2, 05 B 4, 06 B 4', 'spread: campaigns keep their days');

-- a file that splits its campaigns' months: each line is a period of its own
SELECT pg_temp.periods('weeks', '2026-08-01,2026-08-07,A,1,10', '2026-08-08,2026-08-14,A,2,10', '2026-08-15,2026-08-15,A,4,10') \g /dev/null
SELECT pg_temp.periods('weeks', '2026-08-08,2026-08-14,A,3,10') \g /dev/null
SELECT is(pg_temp.spends('weeks'), '01 A 1, 08 A 3, 15 A 4', 'one week of three');
SELECT pg_temp.days('weeks', '2026-08-15,A,5,10') \g /dev/null
SELECT is(pg_temp.spends('weeks'), '01 A 1, 08 A 3, 15 A 5', 'and a day that stands alone among periods');

-- a period whose line names the moment of its first day with an offset is one of the zone's days
SELECT pg_temp.import('offset', E'Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Impressions\n2026-08-01T00:00:00Z,2026-08-07T00:00:00Z,A,1,10\n', ', time_zone => ''America/New_York''') \g /dev/null
SELECT is((SELECT string_agg(update_timestamp::text, ' ') FROM roi_metrics WHERE user_id = 'offset'), '2026-08-01 04:00:00+00', 'it begins with the day of the zone');
SELECT is(pg_temp.outcome($$SELECT pg_temp.import('offset', E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-05,A,1,10\n', ', time_zone => ''America/New_York''')$$), '55000', 'and is known as one');

-- what replace => false added takes nothing that comes back
SELECT pg_temp.days('adds', '2026-08-01,A,1,10') \g /dev/null
SELECT pg_temp.days('adds', '2026-08-01,A,2,10') AS batch \gset
SELECT pg_temp.import('adds', E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-01,A,4,10\n', ', replace => false') \g /dev/null
SELECT roi_undo_import(:batch, 'adds') \g /dev/null
SELECT is(pg_temp.spends('adds'), '01 A 1, 01 A 4', 'undo beside an import that adds: the first one''s figures return');

-- nothing comes back beside a later import that holds part of it
SELECT pg_temp.periods('part', '2026-08-01,2026-08-03,A,10,100') \g /dev/null
SELECT pg_temp.days('part', '2026-08-01,A,1,10', '2026-08-02,A,2,10', '2026-08-03,A,3,10') AS batch \gset
SELECT pg_temp.days('part', '2026-08-02,A,2.5,10') AS later \gset
SELECT is(pg_temp.outcome(format('SELECT roi_undo_import(%s, ''part'')', :batch)), '55000', 'a period does not come back around a later import''s day');
SELECT is(pg_temp.spends('part'), '01 A 1, 02 A 2.5, 03 A 3', 'nothing is changed');
SELECT roi_undo_import(:later, 'part'), roi_undo_import(:batch, 'part') \g /dev/null
SELECT is(pg_temp.spends('part'), '01 A 10', 'newest first it does');

SELECT is_empty(format('SELECT * FROM roi_verify(%L)', who), 'periods of ' || who || ': roi_verify()') FROM unnest('{two,again,ads,spread,weeks,offset,adds,part}'::text[]) who;
SELECT * FROM finish();
ROLLBACK;
