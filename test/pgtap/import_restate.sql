-- Newer exports replace older figures, imports are taken back exactly, dry runs write nothing, snapshots become increments.
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
-- The facts of a user in short: day, campaign or post, views, spend.
CREATE FUNCTION pg_temp.facts(who text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', to_char(update_timestamp, 'MM-DD HH24'), coalesce(k.name, m.post_id, '-'), coalesce(views::text, '?'), coalesce(trim_scale(ad_spend)::text, '?'))
    FROM roi_metrics m LEFT JOIN campaign_with_user_id k ON k.user_id = m.user_id AND k.id = m.campaign_id
    WHERE m.user_id = who ORDER BY 1 $$;
-- Everything that is kept for a user, but ids and the moments of writing.
CREATE FUNCTION pg_temp.state(who text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat('fact ', to_jsonb(m) - '{id,created_at,updated_at,campaign_id}'::text[], (SELECT k.external_id FROM campaign_with_user_id k
        WHERE k.user_id = who AND k.id = m.campaign_id)) FROM roi_metrics m WHERE user_id = who
    UNION ALL SELECT concat('metrics ', to_jsonb(p) - '{id,roi_metric_id}'::text[]) FROM platform_metrics p WHERE user_id = who
    UNION ALL SELECT concat('campaign ', to_jsonb(k) - '{id,created_at,updated_at}'::text[]) FROM campaign_with_user_id k WHERE user_id = who
    UNION ALL SELECT concat('post ', to_jsonb(p) - '{post_no,created_at,updated_at}'::text[]) FROM roi_posts p WHERE user_id = who
    UNION ALL SELECT concat('snapshot ', to_jsonb(s)) FROM roi_post_snapshots s WHERE user_id = who
    UNION ALL SELECT concat('rollup ', to_jsonb(r) - '{posts,earning_posts,spending_posts,campaigns}'::text[]) FROM roi_rollup r WHERE user_id = who $$;
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
CREATE FUNCTION pg_temp.verified(who text, what text) RETURNS text LANGUAGE sql AS $$ SELECT is_empty(format('SELECT * FROM roi_verify(%L)', who), what || ': roi_verify()') $$;

\set head 'Day,Campaign name,Amount spent (USD),Impressions\\n'
CREATE TABLE pg_temp.file (name text PRIMARY KEY, content text);
INSERT INTO pg_temp.file VALUES
    ('first', E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-01,A,1,10\n2026-08-02,A,2,20\n2026-08-02,B,3,30\n2026-08-03,A,4,40\n'),
    -- days 2 to 4 again, restated; B had nothing on day 2 after all, C is new
    ('second', E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-02,A,2.5,25\n2026-08-03,A,4.5,45\n2026-08-04,B,6,60\n2026-08-04,C,7,70\n'),
    ('third', E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-03,A,4.75,47\n');
CREATE FUNCTION pg_temp.file(wanted text) RETURNS text LANGUAGE sql AS $$ SELECT content FROM pg_temp.file WHERE name = wanted $$;

-- restatement
CREATE TABLE pg_temp.batch (name text PRIMARY KEY, id bigint);
INSERT INTO pg_temp.batch SELECT 'first', pg_temp.import('r', pg_temp.file('first'));
CREATE TABLE pg_temp.before AS SELECT * FROM pg_temp.state('r') AS s (line);
SELECT is((SELECT replaced FROM roi_import('r', convert_to(pg_temp.file('second'), 'UTF8'))), 3::bigint, 'three facts are replaced');
INSERT INTO pg_temp.batch SELECT 'second', max(id) FROM roi_import_batches WHERE user_id = 'r';
SELECT results_eq($$SELECT pg_temp.facts('r')$$, ARRAY['08-01 00 A 10 1', '08-02 00 A 25 2.5', '08-03 00 A 45 4.5', '08-04 00 B 60 6', '08-04 00 C 70 7'],
    'campaigns and days of the newer file replace the older ones');
SELECT results_eq($$SELECT trim_scale(total_spend), total_impressions, data_points FROM roi_total('r', 'all')$$, $$VALUES (21::numeric, 210::bigint, 5::bigint)$$, 'roi_total follows');
SELECT pg_temp.verified('r', 'restated');
SELECT is((SELECT count(DISTINCT import_batch_id) FROM roi_metrics WHERE user_id = 'r'), 2::bigint, 'every fact knows its batch');
SELECT results_eq($$SELECT trim_scale(spend), impressions FROM campaign_with_user_id WHERE user_id = 'r' AND name = 'A'$$, $$VALUES (8::numeric, 80::bigint)$$, 'totals of the campaign follow');
SELECT is((SELECT rows_imported FROM roi_import('r', convert_to(pg_temp.file('second'), 'UTF8'))), 0::bigint, 'the same file again changes nothing');
SELECT is((SELECT rows_imported FROM roi_import('r', convert_to(pg_temp.file('first'), 'UTF8'))), 0::bigint, 'nor does the older one');

-- undo, newest first
CREATE TABLE pg_temp.between AS SELECT * FROM pg_temp.state('r') AS s (line);
INSERT INTO pg_temp.batch SELECT 'third', pg_temp.import('r', pg_temp.file('third'));
SELECT results_eq($$SELECT removed, restored FROM roi_undo_import((SELECT id FROM pg_temp.batch WHERE name = 'third'), 'r')$$, $$VALUES (1::bigint, 1::bigint)$$, 'undo: one out, one back');
SELECT bag_eq($$SELECT pg_temp.state('r')$$, $$SELECT line FROM pg_temp.between$$, 'undo of the third: everything as before');
SELECT roi_undo_import((SELECT id FROM pg_temp.batch WHERE name = 'second'), 'r') \g /dev/null
SELECT bag_eq($$SELECT pg_temp.state('r')$$, $$SELECT line FROM pg_temp.before$$, 'undo of the second: everything as before');
SELECT pg_temp.verified('r', 'undone');
SELECT is(pg_temp.outcome(format('SELECT * FROM roi_undo_import(%s, ''r'')', (SELECT id FROM pg_temp.batch WHERE name = 'second'))), '22023', 'not twice');
SELECT roi_undo_import((SELECT id FROM pg_temp.batch WHERE name = 'first'), 'r') \g /dev/null
SELECT is_empty($$SELECT pg_temp.state('r')$$, 'undo of the first: nothing is left');
SELECT isnt(pg_temp.import('r', pg_temp.file('first')), NULL, 'what was taken back may come again');

-- undo in another order gives what the remaining files give
SELECT pg_temp.import(who, pg_temp.file(name)) FROM unnest(ARRAY['o1', 'o2', 'o3']) AS who, LATERAL (SELECT unnest(ARRAY['first', 'second', 'third']) AS name) f \g /dev/null
SELECT pg_temp.import('e1', pg_temp.file('second')), pg_temp.import('e1', pg_temp.file('third')) \g /dev/null
SELECT pg_temp.import('e2', pg_temp.file('first')), pg_temp.import('e2', pg_temp.file('third')) \g /dev/null
SELECT roi_undo_import((SELECT min(id) FROM roi_import_batches WHERE user_id = 'o1'), 'o1') \g /dev/null
SELECT roi_undo_import((SELECT min(id) + 1 FROM roi_import_batches WHERE user_id = 'o2'), 'o2') \g /dev/null
SELECT bag_eq($$SELECT pg_temp.facts('o1')$$, $$SELECT pg_temp.facts('e1')$$, 'the first of three taken back');
SELECT bag_eq($$SELECT pg_temp.facts('o2')$$, $$SELECT pg_temp.facts('e2')$$, 'the second of three taken back: what it replaced returns where the third does not cover it');
SELECT roi_undo_import((SELECT max(id) FROM roi_import_batches WHERE user_id = 'o2'), 'o2') \g /dev/null
SELECT bag_eq($$SELECT pg_temp.facts('o2')$$, $$SELECT pg_temp.facts('r')$$, 'then the third: the first remains');
SELECT roi_undo_import((SELECT max(id) FROM roi_import_batches WHERE user_id = 'o1'), 'o1') \g /dev/null
SELECT results_eq($$SELECT pg_temp.facts('o1')$$, ARRAY['08-02 00 A 25 2.5', '08-03 00 A 45 4.5', '08-04 00 B 60 6', '08-04 00 C 70 7'], 'nothing of a file taken back comes up again');
SELECT pg_temp.verified(who, who) FROM unnest(ARRAY['o1', 'o2', 'o3']) AS who;
SELECT is_empty($$SELECT * FROM roi_import_replaced WHERE user_id IN ('o1', 'o2')$$, 'and nothing waits to');

-- replace => false adds
SELECT pg_temp.import('add', pg_temp.file('first')), pg_temp.import('add', pg_temp.file('third'), ', replace => false') \g /dev/null
SELECT is((SELECT trim_scale(sum(ad_spend)) FROM roi_metrics WHERE user_id = 'add'), 14.75, 'replace => false adds');

-- what belongs to others stays: other accounts, formats, hours, rows written by SQL
SELECT pg_temp.import('acc', E'Day,Account ID,Campaign name,Amount spent (USD),Impressions\n2026-08-01,1,A,1,1\n'), pg_temp.import('acc', E'Day,Account ID,Campaign name,Amount spent (USD),Impressions\n2026-08-01,2,A,2,2\n'),
    pg_temp.import('acc', E'Day,Account ID,Campaign name,Amount spent (USD),Impressions\n2026-08-01,2,A,3,3\n') \g /dev/null
SELECT results_eq($$SELECT pg_temp.facts('acc')$$, ARRAY['08-01 00 A 1 1', '08-01 00 A 3 3'], 'another account''s figures stay');
SELECT pg_temp.import('fmt', E'ad_id,date,account_id,impressions,inline_link_clicks,spend\n7,2026-08-01,1,10,1,5\n'),
    pg_temp.import('fmt', E'ad_id,date,index,action_type,value\n7,2026-08-01,0,offsite_conversion.fb_pixel_purchase,2\n') \g /dev/null
SELECT results_eq($$SELECT trim_scale(sum(ad_spend)), trim_scale(sum(conversions)) FROM roi_metrics WHERE user_id = 'fmt'$$, $$VALUES (5::numeric, 2::numeric)$$, 'actions do not replace delivery');
SELECT pg_temp.import('hour', E'STAT_TIME_HOUR,CAMPAIGN_ID,SPEND\n2026-08-01 05:00:00,1,1\n2026-08-01 06:00:00,1,2\n'), pg_temp.import('hour', E'STAT_TIME_HOUR,CAMPAIGN_ID,SPEND\n2026-08-01 06:00:00,1,3\n2026-08-01 07:00:00,1,4\n') \g /dev/null
SELECT results_eq($$SELECT pg_temp.facts('hour')$$, ARRAY['08-01 05 1 ? 1', '08-01 06 1 ? 3', '08-01 07 1 ? 4'], 'hours replace hours');
INSERT INTO roi_metrics (user_id, platform, campaign_id, views, update_timestamp) SELECT 'hour', 'tiktok', id, 9, '2026-08-01 06:00+00' FROM campaign_with_user_id WHERE user_id = 'hour';
SELECT pg_temp.import('hour', E'STAT_TIME_HOUR,CAMPAIGN_ID,SPEND\n2026-08-01 06:00:00,1,5\n') \g /dev/null
SELECT is((SELECT sum(views) FROM roi_metrics WHERE user_id = 'hour'), 9::numeric, 'rows that SQL wrote stay');
-- the same days in another time zone are the same days
SELECT pg_temp.import('zone', pg_temp.file('first')), pg_temp.import('zone', pg_temp.file('first') || E'2026-08-03,B,1,1\n', ', time_zone => ''America/New_York''') \g /dev/null
SELECT results_eq($$SELECT pg_temp.facts('zone')$$, ARRAY['08-01 04 A 10 1', '08-02 04 A 20 2', '08-02 04 B 30 3', '08-03 04 A 40 4', '08-03 04 B 1 1'], 'days are compared as days, not as moments');

-- periods
\set period 'E''Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Impressions\\n2026-08-01,2026-08-03,A,10,100\\n'''
SELECT pg_temp.import('p', pg_temp.file('first')), pg_temp.import('p', :period) \g /dev/null
SELECT results_eq($$SELECT pg_temp.facts('p')$$, ARRAY['08-01 00 A 100 10', '08-02 00 B 30 3'], 'a period replaces its days');
SELECT is(pg_temp.outcome(format($$SELECT pg_temp.import('p', %L)$$, pg_temp.file('third'))), '55000', 'a day inside a kept period is refused');
SELECT lives_ok(format($$SELECT pg_temp.import('p', %L, ', replace => false')$$, pg_temp.file('third')), 'unless it shall add');
SELECT pg_temp.import('p2', :period), pg_temp.import('p2', replace(:period, '08-03,A,10', '08-03,A,11')) \g /dev/null
SELECT results_eq($$SELECT pg_temp.facts('p2')$$, ARRAY['08-01 00 A 100 11'], 'the same period again replaces itself');
SELECT pg_temp.import('p2', pg_temp.file('first')) \g /dev/null
SELECT results_eq($$SELECT pg_temp.facts('p2')$$, ARRAY['08-01 00 A 10 1', '08-02 00 A 20 2', '08-02 00 B 30 3', '08-03 00 A 40 4'], 'days that make up the period replace it');
SELECT results_eq(format($$SELECT grain, facts, trim_scale(spend), since, until FROM roi_import('spread', convert_to(%L, 'UTF8'), periods => 'spread')$$, :period),
    $$VALUES ('spread', 3::bigint, 10::numeric, timestamptz '2026-08-01 00:00+00', timestamptz '2026-08-04 00:00+00')$$, 'spread: a fact a day');
SELECT results_eq($$SELECT pg_temp.facts('spread')$$, ARRAY['08-01 00 A 34 3.333334', '08-02 00 A 33 3.333333', '08-03 00 A 33 3.333333'], 'spread: to the last digit');
SELECT results_eq($$SELECT grain, periods FROM roi_import_batches WHERE user_id = 'p2' ORDER BY id LIMIT 1$$, $$VALUES ('period', ARRAY[daterange('2026-08-01', '2026-08-04')])$$, 'the batch knows its periods');

-- dry run
CREATE TABLE pg_temp.counts AS SELECT (SELECT count(*) FROM users) AS u, (SELECT count(*) FROM roi_import_batches) AS b, (SELECT count(*) FROM roi_import_rejects) AS j, (SELECT count(*) FROM roi_metrics) AS m;
SELECT results_eq($$SELECT batch_id, format, rows_read, rows_imported, rows_rejected, trim_scale(spend), facts, rejects FROM roi_import('dry', convert_to(pg_temp.file('first') || E'soon,A,1,1\n', 'UTF8'), dry_run => true)$$,
    $$VALUES (NULL::bigint, 'meta_ads_manager', 5::bigint, 4::bigint, 1::bigint, 10::numeric, 4::bigint,
        '[{"line": 6, "value": "soon", "column": "Day", "reason": "not a date"}]'::jsonb)$$, 'dry run: the whole answer');
SELECT results_eq($$SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM roi_import_batches), (SELECT count(*) FROM roi_import_rejects), (SELECT count(*) FROM roi_metrics)$$,
    $$SELECT u, b, j, m FROM pg_temp.counts$$, 'dry run: nothing is written');
SELECT is(pg_temp.outcome($$SELECT * FROM roi_import('dry', 'x', dry_run => true)$$), '22P04', 'dry run: errors as ever');

-- lifetime figures: increments, corrections, repetitions
\set posts 'Post ID,Account ID,Publish time,Date,Views,Likes,Reach\\n'
SELECT pg_temp.import('s', E'Post ID,Account ID,Publish time,Date,Views,Likes,Reach\nx,1,07/31/2026 06:08,2026-08-01,100,10,80\ny,1,07/31/2026 09:00,2026-08-01,5,,\n') \g /dev/null
CREATE TABLE pg_temp.snap AS SELECT * FROM pg_temp.state('s') AS s (line);
SELECT pg_temp.import('s', E'Post ID,Account ID,Publish time,Date,Views,Likes,Reach\nx,1,07/31/2026 06:08,2026-08-02,150,8,95.5\nx,1,07/31/2026 06:08,2026-08-03,150,8,95.5\ny,1,07/31/2026 09:00,2026-08-02,5,,\n') \g /dev/null
SELECT results_eq($$SELECT concat_ws(' ', to_char(m.update_timestamp, 'MM-DD'), m.post_id, m.views, m.likes, p.metrics) FROM roi_metrics m LEFT JOIN platform_metrics p ON p.roi_metric_id = m.id WHERE m.user_id = 's' ORDER BY 1$$,
    ARRAY['08-01 x 100 10 {"reach": 80}', '08-01 y 5 0', '08-02 x 50 -2 {"reach": 15.5}'], 'increments; a fall is a negative one; nothing new is no row');
SELECT results_eq($$SELECT views, likes, posted_at, paid_views FROM roi_posts WHERE user_id = 's' AND post_id = 'x'$$, $$VALUES (150::bigint, 8::bigint, timestamptz '2026-07-31 06:08+00', 0::bigint)$$, 'running totals are the newest snapshot');
SELECT results_eq($$SELECT rows_imported, rows_skipped, facts FROM roi_import('s', convert_to(E'Post ID,Account ID,Publish time,Date,Views,Likes,Reach\nx,1,,2026-08-01,90,9,70\n', 'UTF8'))$$,
    $$VALUES (0::bigint, 1::bigint, 0::bigint)$$, 'an older snapshot is left out');
SELECT is(pg_temp.outcome(format('SELECT * FROM roi_undo_import(%s, ''s'')', (SELECT min(id) FROM roi_import_batches WHERE user_id = 's'))), '55000', 'snapshots are taken back newest first');
SELECT roi_undo_import((SELECT min(id) + 1 FROM roi_import_batches WHERE user_id = 's'), 's') \g /dev/null
SELECT bag_eq($$SELECT pg_temp.state('s')$$, $$SELECT line FROM pg_temp.snap$$, 'undo of snapshots: everything as before');
SELECT pg_temp.verified('s', 'snapshots');

-- roi_record_snapshot
SELECT is(pg_temp.outcome(format($$SELECT * FROM roi_record_snapshot('rec', 'instagram', 'p', %s => -1)$$, counter)), '22023', counter || ' is not negative')
FROM unnest('{views,likes,comments,shares,saves,clicks}'::text[]) counter;
SELECT results_eq($$SELECT recorded, views, likes, shares, trim_scale(ad_spend), metrics FROM roi_record_snapshot('rec', 'instagram', 'p', 10, 2, ad_spend => 1.5, metrics => '{"reach": 7.25, "a \"b\"": 1}', taken_at => '2026-08-01 10:20+00')$$,
    $$VALUES (true, 10::bigint, 2::bigint, NULL::bigint, 1.5, '{"reach": 7.25, "a \"b\"": 1}'::jsonb)$$, 'the first snapshot is all increment');
SELECT results_eq($$SELECT recorded, views, metrics FROM roi_record_snapshot('rec', 'instagram', 'p', 10, 2, ad_spend => 1.5, metrics => '{"reach": 7.25}', taken_at => '2026-08-01 10:40+00')$$,
    $$VALUES (false, 0::bigint, '{"reach": 0}'::jsonb)$$, 'the same again adds nothing');
SELECT results_eq($$SELECT recorded, views, likes, metrics FROM roi_record_snapshot('rec', 'instagram', 'p', 8, 3, metrics => '{"reach": 9}', taken_at => '2026-08-01 12:00+00')$$,
    $$VALUES (true, -2::bigint, 1::bigint, '{"reach": 1.75}'::jsonb)$$, 'a fallen counter is corrected');
SELECT results_eq($$SELECT recorded, views FROM roi_record_snapshot('rec', 'instagram', 'p', 7, taken_at => '2026-08-01 11:00+00')$$, $$VALUES (false, NULL::bigint)$$, 'an older one is left out');
SELECT results_eq($$SELECT update_timestamp, source::text, views, import_batch_id FROM roi_metrics WHERE user_id = 'rec' ORDER BY 1$$,
    $$VALUES (timestamptz '2026-08-01 10:00+00', 'recorded', 10::bigint, NULL::bigint), ('2026-08-01 12:00+00', 'recorded', -2, NULL)$$, 'stamped at the hour');
SELECT results_eq($$SELECT views, likes, trim_scale(ad_spend) FROM roi_posts WHERE user_id = 'rec'$$, $$VALUES (8::bigint, 3::bigint, 1.5)$$, 'running totals are the snapshot');
SELECT pg_temp.verified('rec', 'recorded');

-- taking an import back that later ones have gone past
CREATE FUNCTION pg_temp.days(who text, variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import(who, E'Day,Account ID,Campaign name,Amount spent (USD),Impressions\n' || array_to_string(lines, E'\n') || E'\n') $$;
CREATE FUNCTION pg_temp.spends(who text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(to_char(update_timestamp, 'DD ') || trim_scale(ad_spend), ', ' ORDER BY update_timestamp, ad_spend) FROM roi_metrics WHERE user_id = who $$;
SELECT pg_temp.days('past', '2026-08-01,X,A,1,10', '2026-08-02,X,A,2,10') \g /dev/null
SELECT pg_temp.days('past', '2026-08-01,X,A,1.5,10', '2026-08-02,X,B,7,10') AS batch \gset
SELECT pg_temp.days('past', '2026-08-02,X,A,2.5,10') \g /dev/null
SELECT results_eq(format('SELECT removed, restored FROM roi_undo_import(%s, ''past'')', :batch), 'VALUES (2::bigint, 1::bigint)', 'one that found nothing to replace covers its days all the same');
SELECT is(pg_temp.spends('past'), '01 1, 02 2.5', 'and no day counts twice');
SELECT pg_temp.days('apart', '2026-08-01,Y,Brand,100,10') \g /dev/null
SELECT pg_temp.days('apart', '2026-08-01,X,Brand,1,10') \g /dev/null
SELECT pg_temp.days('apart', '2026-08-01,X,Brand,2,10') AS batch \gset
SELECT pg_temp.days('apart', '2026-08-01,Y,Brand,101,10') \g /dev/null
SELECT roi_undo_import(:batch, 'apart') \g /dev/null
SELECT is(pg_temp.spends('apart'), '01 1, 01 101', 'what an import of one account had replaced does not go to another account''s');
SELECT pg_temp.days('both', '2026-08-01,X,Brand,1,10', '2026-08-01,Y,Brand,100,10') \g /dev/null
SELECT is(pg_temp.outcome($$SELECT pg_temp.days('both', '2026-08-01,X,Brand,2,10')$$), '55000', 'one account of a file of two cannot be replaced alone');
SELECT is(pg_temp.spends('both'), '01 101', 'and nothing is lost');
SELECT lives_ok($$SELECT pg_temp.days('both', '2026-08-01,X,Brand,2,10', '2026-08-01,Y,Brand,100.5,10')$$, 'both together can');
SELECT is(pg_temp.spends('both'), '01 102.5', 'and are');

-- an hourly export that ends with the hour after midnight is no day
CREATE FUNCTION pg_temp.hour(variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import('hourly', E'STAT_TIME_HOUR,CAMPAIGN_ID,SPEND,IMPRESSIONS\n' || array_to_string(lines, E'\n') || E'\n') $$;
SELECT pg_temp.hour('2026-08-01 01:00:00,7,2,10', '2026-08-01 23:00:00,7,4,10'), pg_temp.hour('2026-08-01 00:00:00,7,1,10'), pg_temp.hour('2026-08-01 02:00:00,7,8,10') \g /dev/null
SELECT is((SELECT trim_scale(sum(ad_spend)) FROM roi_metrics WHERE user_id = 'hourly'), 15::numeric, 'midnight is one hour of the day');
SELECT pg_temp.hour('2026-08-01 00:00:00,7,1.5,10') \g /dev/null
SELECT is((SELECT trim_scale(sum(ad_spend)) FROM roi_metrics WHERE user_id = 'hourly'), 15.5, 'and is restated as such');

-- moments that are no whole seconds, and those before 1970
SELECT pg_temp.days('odd', '2026-08-01,X,A,1,10') \g /dev/null
UPDATE roi_metrics SET update_timestamp = '2026-08-01 05:00:00.6+00' WHERE user_id = 'odd';
SELECT pg_temp.days('odd', '2026-08-01,X,A,2,10') AS batch \gset
SELECT is(pg_temp.spends('odd'), '01 2', 'a fact that was moved within its day is replaced');
SELECT roi_undo_import(:batch, 'odd') \g /dev/null
SELECT is(pg_temp.spends('odd'), '01 1', 'and comes back');
SELECT pg_temp.import('early', E'Day,Campaign name,Amount spent (USD),Impressions\n1970-01-01,A,1.23,10\n1970-01-02,A,2,10\n', $$, time_zone => 'Asia/Tokyo'$$) AS batch \gset
SELECT results_eq(format('SELECT removed FROM roi_undo_import(%s, ''early'')', :batch), 'VALUES (2::bigint)', 'the first day there is, east of Greenwich');

-- a later snapshot that changed nothing is built upon as well
CREATE FUNCTION pg_temp.video(more text, day text) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import('still', E'Video title,Video link,Post time,Total likes,Total comments,Total shares,Total views\nx1,http://a/1,2026-07-02 19:05:00,5,1,1,100\n' || more,
        format(', day => %L', day)) $$;
SELECT pg_temp.video('', '2026-08-01') AS batch \gset
SELECT pg_temp.video(E'\n', '2026-08-02') AS later \gset
SELECT is(pg_temp.outcome(format('SELECT roi_undo_import(%s, ''still'')', :batch)), '55000', 'an unchanged later snapshot keeps the earlier import');
SELECT pg_temp.verified(who, 'past imports of ' || who) FROM unnest('{past,apart,both,hourly,odd,early,still}'::text[]) who;

-- lifetime money: told in one currency
CREATE FUNCTION pg_temp.money(who text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', m.currency, trim_scale(sum)), ', ' ORDER BY m.currency) || ' of ' || (SELECT concat_ws(' ', currency, trim_scale(revenue_generated)) FROM roi_posts WHERE user_id = who)
    FROM (SELECT currency, sum(revenue_generated) FROM roi_metrics WHERE user_id = who GROUP BY currency HAVING sum(revenue_generated) <> 0) m $$;
SELECT roi_record_snapshot('money', 'instagram', 'p', views => 10, taken_at => '2026-08-01') \g /dev/null
SELECT roi_record_snapshot('money', 'instagram', 'p', revenue_generated => 100, currency => 'EUR', taken_at => t) FROM generate_series(timestamptz '2026-08-02', '2026-08-04', '1 day') t \g /dev/null
SELECT is(pg_temp.money('money'), 'EUR 100 of EUR 100', 'a post without money takes the currency that it is told in; the same again adds nothing');
SELECT roi_record_snapshot('money', 'instagram', 'p', revenue_generated => 120, views => 12, currency => 'EUR', taken_at => '2026-08-05') \g /dev/null
SELECT is(pg_temp.outcome($$SELECT * FROM roi_record_snapshot('money', 'instagram', 'p', revenue_generated => 130, taken_at => '2026-08-06')$$), '22023', 'another currency is refused when there is money');
SELECT results_eq($$SELECT recorded, views FROM roi_record_snapshot('money', 'instagram', 'p', views => 13, taken_at => '2026-08-06')$$, $$VALUES (true, 1::bigint)$$, 'figures without money need no currency');
SELECT is(pg_temp.money('money'), 'EUR 120 of EUR 120', 'money grows in its currency');
SELECT pg_temp.verified('money', 'snapshots in another currency');
INSERT INTO users VALUES ('facts');
INSERT INTO roi_metrics (user_id, platform, post_id, revenue_generated, currency, update_timestamp) VALUES ('facts', 'instagram', 'p', NULL, 'USD', '2026-08-01'), ('facts', 'instagram', 'p', 40, 'EUR', '2026-08-01');
SELECT roi_record_snapshot('facts', 'instagram', 'p', revenue_generated => 100, currency => 'EUR', taken_at => '2026-08-02') \g /dev/null
SELECT is(pg_temp.money('facts'), 'EUR 100 of EUR 100', 'facts that are there count');
SELECT pg_temp.verified('facts', 'a post that changes its currency');

SELECT * FROM finish();
ROLLBACK;
