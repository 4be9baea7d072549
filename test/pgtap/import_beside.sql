-- Exports with and without ids replace each other where names leave no doubt; what stays beside others of the same campaigns and days is said.
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
CREATE FUNCTION pg_temp.beside(who text) RETURNS bigint LANGUAGE sql AS $$ SELECT beside FROM roi_import_batches WHERE user_id = who ORDER BY id DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.names(who text, variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import(who, E'Day,Campaign name,Amount spent (USD),Impressions\n' || array_to_string(lines, E'\n') || E'\n') $$;
CREATE FUNCTION pg_temp.ids(who text, variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import(who, E'Day,Account ID,Campaign ID,Campaign name,Amount spent (USD),Impressions\n' || array_to_string(lines, E'\n') || E'\n') $$;
CREATE FUNCTION pg_temp.spends(who text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(to_char(update_timestamp, 'DD') || coalesce(' ' || k.external_id, '') || ' ' || trim_scale(ad_spend), ', ' ORDER BY update_timestamp, k.external_id, ad_spend) FROM roi_metrics m
    LEFT JOIN campaign_with_user_id k ON k.user_id = m.user_id AND k.id = m.campaign_id WHERE m.user_id = who $$;

-- first names, then ids, then names again
SELECT pg_temp.names('n', '2026-08-01,A,1,10', '2026-08-02,A,2,10', '2026-08-02,B,4,10') AS first \gset
CREATE TABLE pg_temp.before AS SELECT to_jsonb(k) - 'updated_at' AS line FROM campaign_with_user_id k WHERE user_id = 'n';
SELECT pg_temp.ids('n', '2026-08-02,7,11,A,2.5,10', '2026-08-03,7,11,A,3,10', '2026-08-02,7,12,C,8,10') AS second \gset
SELECT is(pg_temp.spends('n'), '01 A 1, 02 11 2.5, 02 12 8, 02 B 4, 03 11 3', 'an id replaces its only name');
SELECT is(pg_temp.beside('n'), 0::bigint, 'nothing stands beside it');
SELECT pg_temp.names('n', '2026-08-03,A,3.5,10') AS third \gset
SELECT is(pg_temp.spends('n'), '01 A 1, 02 11 2.5, 02 12 8, 02 B 4, 03 A 3.5', 'a name replaces its only id');
SAVEPOINT three;
SELECT roi_undo_import(:third, 'n') \g /dev/null
SELECT is(pg_temp.spends('n'), '01 A 1, 02 11 2.5, 02 12 8, 02 B 4, 03 11 3', 'which comes back');
SELECT roi_undo_import(:second, 'n') \g /dev/null
SELECT is(pg_temp.spends('n'), '01 A 1, 02 A 2, 02 B 4', 'and so does the name');
SELECT bag_eq($$SELECT to_jsonb(k) - 'updated_at' FROM campaign_with_user_id k WHERE user_id = 'n'$$, $$SELECT line FROM pg_temp.before$$, 'campaigns are as before');
ROLLBACK TO three;
SELECT roi_undo_import(:second, 'n'), roi_undo_import(:third, 'n') \g /dev/null
SELECT is(pg_temp.spends('n'), '01 A 1, 02 A 2, 02 B 4', 'in the other order as well');

-- two ids of one name: nobody can say which; the file is added, and told of
SELECT pg_temp.ids('two', '2026-08-01,7,11,A,1,10', '2026-08-01,7,12,A,2,10') \g /dev/null
SELECT pg_temp.names('two', '2026-08-01,A,3,10') \g /dev/null
SELECT is(pg_temp.spends('two'), '01 11 1, 01 12 2, 01 A 3', 'a name of two ids replaces neither');
SELECT is(pg_temp.beside('two'), 2::bigint, 'and stands beside both');
-- a file that knows both tells them apart
SELECT pg_temp.ids('both', '2026-08-01,7,11,A,1,10', '2026-08-01,7,,A,2,10') \g /dev/null
SELECT pg_temp.ids('both', '2026-08-01,7,11,A,1.5,10', '2026-08-01,7,,A,2.5,10') \g /dev/null
SELECT is(pg_temp.spends('both'), '01 11 1.5, 01 A 2.5', 'an id and a bare name in one file are two campaigns');

-- another format, another account
CREATE FUNCTION pg_temp.api(who text, variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import(who, E'date,campaign_id,campaign_name,spend,impressions,clicks,platform,date_day\n' || array_to_string(lines, E'\n') || E'\n', ', format => ''ad_reporting''') $$;
SELECT pg_temp.names('fmt', '2026-08-01,A,1,10', '2026-08-02,A,2,10') AS batch \gset
SELECT pg_temp.api('fmt', '2026-08-01,5,A,1,10,1,facebook,2026-08-01') \g /dev/null
SELECT is(pg_temp.beside('fmt'), 1::bigint, 'another format''s figures of the same campaign and day stay beside');
SELECT is((SELECT beside FROM roi_import('fmt', convert_to(E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-01,A,5,10\n', 'UTF8'), dry_run => true)), 1::bigint, 'the answer says so, of a dry run too');
SELECT is((SELECT beside FROM roi_import('fmt', convert_to(E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-05,A,5,10\n', 'UTF8'), dry_run => true)), 0::bigint, 'other days are nothing to tell of');
SELECT is((SELECT beside FROM roi_import('fmt', convert_to(E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-01,Z,5,10\n', 'UTF8'), dry_run => true)), 0::bigint, 'nor other campaigns');
SELECT is((SELECT beside FROM roi_import('fmt', convert_to(E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-02,A,5,10\n', 'UTF8'), replace => false, dry_run => true)), 1::bigint, 'nor what was asked to add, but the answer counts it');
SELECT pg_temp.import('acc', E'Day,Account name,Campaign name,Amount spent (USD),Impressions\n2026-08-01,Shop,A,1,10\n') \g /dev/null
SELECT pg_temp.import('acc', E'Day,Account ID,Campaign name,Amount spent (USD),Impressions\n2026-08-01,7,A,2,10\n') \g /dev/null
SELECT is(pg_temp.beside('acc'), 1::bigint, 'an account called by name, then by id');
-- what shows something else stands beside in peace
SELECT pg_temp.import('act', E'ad_id,date,account_id,impressions,inline_link_clicks,spend\n7,2026-08-01,1,10,1,5\n'),
    pg_temp.import('act', E'ad_id,date,index,action_type,value\n7,2026-08-01,0,offsite_conversion.fb_pixel_purchase,2\n') \g /dev/null
SELECT is(pg_temp.beside('act'), 0::bigint, 'actions do not repeat delivery');

SELECT is_empty(format('SELECT * FROM roi_verify(%L)', who), who || ': roi_verify()') FROM unnest('{n,two,both,fmt,acc,act}'::text[]) who;
-- totals of the name follow when its facts give way to its id's
CREATE FUNCTION pg_temp.totals(who text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(concat_ws(' ', external_id, coalesce(trim_scale(spend)::text, '?')), ', ' ORDER BY external_id) FROM campaign_with_user_id WHERE user_id = who $$;
SELECT pg_temp.names('totals', '2026-08-01,A,5,10', '2026-08-01,B,1,10') \g /dev/null
SELECT pg_temp.ids('totals', '2026-08-01,7,11,A,6,10') AS batch \gset
SELECT is(pg_temp.totals('totals'), '11 6, A ?, B 1', 'a name without facts has no totals');
SELECT roi_undo_import(:batch, 'totals') \g /dev/null
SELECT is(pg_temp.totals('totals'), 'A 5, B 1', 'they come back');

-- an id that came later does not make an earlier import's doubtful
SELECT pg_temp.names('later', '2026-08-01,A,1,10') \g /dev/null
SELECT pg_temp.ids('later', '2026-08-01,7,11,A,2,10') AS second \gset
SELECT pg_temp.ids('later', '2026-08-01,7,11,A,3,10') \g /dev/null
SELECT pg_temp.ids('later', '2026-08-02,7,12,A,4,10') \g /dev/null
SELECT roi_undo_import(:second, 'later') \g /dev/null
SELECT is(pg_temp.spends('later'), '01 11 3, 02 12 4', 'what the name told stays replaced');

SELECT * FROM finish();
ROLLBACK;
