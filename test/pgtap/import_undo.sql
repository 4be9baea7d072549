-- What an import taken back brings back exactly: currencies, names, dates and states of campaigns, moments of snapshots; and for how long.
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
-- name, date, state, currency and totals of a user's campaigns
CREATE FUNCTION pg_temp.campaigns(who text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', external_id, name, date, coalesce(ongoing, '?'), currency, coalesce(trim_scale(spend)::text, '?'), coalesce(trim_scale(net_profit)::text, '?'), coalesce(impressions::text, '?')), ', ' ORDER BY external_id)
    FROM campaign_with_user_id WHERE user_id = who $$;
CREATE FUNCTION pg_temp.undo(who text, batch bigint) RETURNS void LANGUAGE sql AS $$ SELECT roi_undo_import(batch, who) $$;
-- lines of day, currency, spend, name
CREATE FUNCTION pg_temp.google(who text, variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import(who, E'Day,Currency code,Cost,Impr.,Campaign,Campaign ID\n' || array_to_string(lines, E'\n') || E'\n') $$;

-- a newer export corrects the currency
SELECT pg_temp.google('cur', '2026-08-01,USD,1,10,A,1', '2026-08-02,USD,2,10,A,1') \g /dev/null
SELECT pg_temp.google('cur', '2026-08-01,EUR,1,10,A,1', '2026-08-02,EUR,2,10,A,1') AS batch \gset
SELECT is(pg_temp.campaigns('cur'), '1 A 2026-08-01 ? EUR 3 -3 20', 'the campaign follows its facts into another currency');
SELECT pg_temp.undo('cur', :batch) \g /dev/null
SELECT is(pg_temp.campaigns('cur'), '1 A 2026-08-01 ? USD 3 -3 20', 'and back');
-- of two currencies the campaign keeps its own
SELECT pg_temp.google('mixed', '2026-08-01,USD,1,10,A,1'), pg_temp.google('mixed', '2026-08-02,EUR,2,10,A,1') \g /dev/null
SELECT is(pg_temp.campaigns('mixed'), '1 A 2026-08-01 ? USD 1 -1 20', 'a campaign stays in the currency of its first facts');
SELECT pg_temp.google('mixed', '2026-08-01,EUR,1.5,10,A,1') AS batch \gset
SELECT is(pg_temp.campaigns('mixed'), '1 A 2026-08-01 ? EUR 3.5 -3.5 20', 'as long as there are some');
SELECT pg_temp.undo('mixed', :batch) \g /dev/null
SELECT is(pg_temp.campaigns('mixed'), '1 A 2026-08-01 ? USD 1 -1 20', 'they come back with their currency');
-- facts without money say nothing of it
SELECT pg_temp.google('none', '2026-08-01,USD,,10,A,1'), pg_temp.google('none', '2026-08-02,EUR,2,10,A,1') \g /dev/null
SELECT is(pg_temp.campaigns('none'), '1 A 2026-08-01 ? EUR 2 -2 20', 'facts without money do not settle the currency');

-- names, dates, states: newest first, and in any other order
SELECT pg_temp.google('n', '2026-08-05,USD,1,10,First,1') AS first \gset
SELECT pg_temp.google('n', '2026-08-03,USD,1,10,Second,1') AS second \gset
SELECT pg_temp.import('n', E'id,updated_at,name,advertising_channel_type,start_date,status,customer_id\n1,2026-08-01 00:00:00,Third,SEARCH,2026-07-01,REMOVED,7\n') AS third \gset
SELECT is((SELECT format FROM roi_import_batches WHERE user_id = 'n' AND id = :third), 'google_ads_campaigns', 'a table of campaigns');
SELECT is(pg_temp.campaigns('n'), '1 Third 2026-07-01 completed USD 2 -2 20', 'the newest import tells');
SAVEPOINT told;
SELECT pg_temp.undo('n', :third) \g /dev/null
SELECT is(pg_temp.campaigns('n'), '1 Second 2026-08-03 ? USD 2 -2 20', 'undo brings name, date and state back');
SELECT pg_temp.undo('n', :second) \g /dev/null
SELECT is(pg_temp.campaigns('n'), '1 First 2026-08-05 ? USD 1 -1 10', 'and again');
ROLLBACK TO told;
SELECT pg_temp.undo('n', :second) \g /dev/null
SELECT is(pg_temp.campaigns('n'), '1 Third 2026-07-01 completed USD 1 -1 10', 'what a later import told stays');
SELECT pg_temp.undo('n', :third) \g /dev/null
SELECT is(pg_temp.campaigns('n'), '1 First 2026-08-05 ? USD 1 -1 10', 'nothing of an import taken back comes up again');
ROLLBACK TO told;
SELECT pg_temp.undo('n', :first), pg_temp.undo('n', :second) \g /dev/null
SELECT is(pg_temp.campaigns('n'), '1 Third 2026-07-01 completed USD ? ? ?', 'a campaign that an import without facts told stays with it');
SELECT pg_temp.undo('n', :third) \g /dev/null
SELECT is(pg_temp.campaigns('n'), NULL, 'and goes with it');
ROLLBACK TO told;
-- what somebody wrote by hand
UPDATE campaign_with_user_id SET name = 'By hand', ongoing = 'paused' WHERE user_id = 'n';
SELECT pg_temp.google('n', '2026-08-06,USD,1,10,Fourth,1') AS fourth \gset
SELECT is(pg_temp.campaigns('n'), '1 Fourth 2026-07-01 paused USD 3 -3 30', 'an import overwrites a name');
SAVEPOINT hand;
SELECT pg_temp.undo('n', :fourth) \g /dev/null
SELECT is(pg_temp.campaigns('n'), '1 By hand 2026-07-01 paused USD 2 -2 20', 'a name by hand comes back');
ROLLBACK TO hand;
UPDATE campaign_with_user_id SET name = 'Later', date = '2026-01-01' WHERE user_id = 'n';
SELECT pg_temp.undo('n', :fourth) \g /dev/null
SELECT is(pg_temp.campaigns('n'), '1 Later 2026-01-01 paused USD 2 -2 20', 'one written since stays');
-- campaigns that were there before the first import
INSERT INTO users VALUES ('own');
INSERT INTO campaign_with_user_id (user_id, platform, external_id, name, date, ongoing, currency) VALUES ('own', 'google_ads', '1', 'Mine', '2026-08-20', 'true', 'GBP');
SELECT pg_temp.google('own', '2026-08-05,USD,1,10,Theirs,1') AS batch \gset
SELECT is(pg_temp.campaigns('own'), '1 Theirs 2026-08-05 true USD 1 -1 10', 'an import tells of a campaign that was there');
SELECT pg_temp.undo('own', :batch) \g /dev/null
SELECT is(pg_temp.campaigns('own'), '1 Mine 2026-08-20 true GBP ? ? ?', 'which is as it was');

-- snapshots know their moment to the second
CREATE FUNCTION pg_temp.snapshots(who text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(concat_ws(' ', post_id, taken_at, metrics, import_batch_id), ', ' ORDER BY post_id) FROM roi_post_snapshots WHERE user_id = who $$;
CREATE FUNCTION pg_temp.posts(who text, variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import(who, E'Post ID,Account ID,Publish time,Date,Views,Likes,Reach\n' || array_to_string(lines, E'\n') || E'\n') $$;
SELECT roi_record_snapshot('s', 'instagram', 'x', views => 10, metrics => '{"saved_by": 3, "reach": 5.25}', taken_at => '2026-08-01 10:31:15+00') \g /dev/null
CREATE TABLE pg_temp.moment AS SELECT 0 AS step, pg_temp.snapshots('s') AS line;
SELECT pg_temp.posts('s', 'x,1,07/31/2026 06:08,2026-08-02 11:45:30,20,2,9', 'y,1,07/31/2026 06:08,2026-08-02 11:45:30,5,,') AS first \gset
INSERT INTO pg_temp.moment SELECT 1, pg_temp.snapshots('s');
-- two of one post in a file, one that changes nothing
SELECT pg_temp.posts('s', 'x,1,07/31/2026 06:08,2026-08-03 12:10:00,30,3,10', 'x,1,07/31/2026 06:08,2026-08-03 13:20:00,40,3,11', 'y,1,07/31/2026 06:08,2026-08-03 12:10:00,5,,') AS second \gset
SELECT matches(pg_temp.snapshots('s'), 'x 2026-08-03 13:20:00\+00', 'the newest moment');
SELECT pg_temp.undo('s', :second) \g /dev/null
SELECT is(pg_temp.snapshots('s'), (SELECT line FROM pg_temp.moment WHERE step = 1), 'undo brings moments and metrics back');
SELECT pg_temp.undo('s', :first) \g /dev/null
SELECT is(pg_temp.snapshots('s'), (SELECT line FROM pg_temp.moment WHERE step = 0), 'to the recorded one; a post that was new is forgotten');
SELECT is((SELECT views FROM roi_posts WHERE user_id = 's'), 10::bigint, 'and so do running totals');

-- what is kept for undo goes after a while
SELECT pg_temp.google('old', '2026-08-01,USD,1,10,A,1') AS first \gset
SELECT pg_temp.google('old', '2026-08-01,USD,2,10,A,1') AS second \gset
SELECT pg_temp.google('old', '2026-08-02,USD,4,10,A,1') AS third \gset
SELECT pg_temp.posts('old', 'x,1,07/31/2026 06:08,2026-08-02,20,2,9') AS fourth \gset
SELECT is((SELECT rows FROM roi_maintain(NULL) WHERE step = 'records for undo'), 0::bigint, 'nothing is old yet');
UPDATE roi_import_batches SET created_at = created_at - interval '91 days' WHERE user_id = 'old';
SELECT is((SELECT count(*) FROM roi_maintain(NULL, keep_undo => NULL) WHERE step = 'records for undo'), 0::bigint, 'keep_undo => NULL keeps all');
SELECT is((SELECT rows FROM roi_maintain(NULL, keep_undo => '92 days') WHERE step = 'records for undo'), 0::bigint, 'so does a longer time');
SELECT is((SELECT rows FROM roi_maintain(NULL) WHERE step = 'records for undo'), 2::bigint, 'a replaced fact and a snapshot go after 90 days');
SELECT is_empty($$SELECT 1 FROM roi_import_replaced WHERE user_id = 'old'$$, 'they are gone');
SELECT throws_ok(format('SELECT roi_undo_import(%s, ''old'')', :second), '55000', format('what import %s had replaced is no longer kept', :second), 'then that import stays');
SELECT throws_ok(format('SELECT roi_undo_import(%s, ''old'')', :fourth), '55000', NULL, 'so do snapshots');
SELECT lives_ok(format('SELECT roi_undo_import(%s, ''old'')', :third), 'one that replaced nothing can be taken back');
SELECT lives_ok(format('SELECT roi_undo_import(%s, ''old'')', :first), 'one that was replaced as well');
SELECT is(pg_temp.campaigns('old'), '1 A 2026-08-01 ? USD 2 -2 10', 'what stands stays');
SELECT throws_ok($$SELECT * FROM roi_maintain(NULL, keep_undo => '23 hours')$$, '22023', NULL, 'a day at least');

SELECT is_empty(format('SELECT * FROM roi_verify(%L)', who), who || ': roi_verify()') FROM unnest('{cur,mixed,none,n,own,s,old}'::text[]) who;
-- oldest first: the campaign's own currency comes back with the last of them
INSERT INTO users VALUES ('older');
INSERT INTO campaign_with_user_id (user_id, platform, external_id, name, date, ongoing, currency) VALUES ('older', 'google_ads', '1', 'Mine', '2026-08-20', 'true', 'GBP');
SELECT pg_temp.google('older', '2026-08-05,USD,1,10,Theirs,1') AS first \gset
SELECT pg_temp.google('older', '2026-08-05,EUR,1,10,Theirs,1') AS second \gset
SELECT pg_temp.undo('older', :first), pg_temp.undo('older', :second) \g /dev/null
SELECT is(pg_temp.campaigns('older'), '1 Mine 2026-08-20 true GBP ? ? ?', 'taken back oldest first, a campaign is as it was');

-- ads: a post goes with the last import that tells of it, whichever came first, and not while an import keeps facts of it
CREATE FUNCTION pg_temp.ads(who text, variadic lines text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT pg_temp.import(who, E'Day,Campaign name,Ad ID,Amount spent (USD),Impressions\n' || array_to_string(lines, E'\n') || E'\n') $$;
SELECT pg_temp.ads('ads', '2026-08-01,A,x,1,10') AS first \gset
UPDATE roi_import_batches SET created_at = created_at - interval '2 hours' WHERE user_id = 'ads'; -- as if in a transaction of its own
UPDATE roi_posts SET created_at = created_at - interval '2 hours' WHERE user_id = 'ads';
SELECT pg_temp.ads('ads', '2026-08-01,A,x,2,10') AS second \gset
UPDATE roi_import_batches SET created_at = created_at - interval '1 hour' WHERE user_id = 'ads' AND id = :second;
SAVEPOINT ads;
SELECT pg_temp.undo('ads', :first) \g /dev/null
SELECT is((SELECT string_agg(post_id, ' ') FROM roi_posts WHERE user_id = 'ads'), 'x', 'an ad with facts of a later import stays');
SELECT pg_temp.undo('ads', :second) \g /dev/null
SELECT is((SELECT count(*) FROM roi_posts WHERE user_id = 'ads'), 0::bigint, 'and goes with the last of them');
ROLLBACK TO ads;
SELECT pg_temp.ads('ads', '2026-08-01,A,y,2,10', '2026-08-01,A,z,2,10') \g /dev/null
SELECT is((SELECT string_agg(post_id, ' ' ORDER BY post_id) FROM roi_posts WHERE user_id = 'ads'), 'x y z', 'an ad whose facts are replaced stays');
SELECT pg_temp.undo('ads', :second) \g /dev/null
SELECT is((SELECT string_agg(post_id, ' ' ORDER BY post_id) FROM roi_posts WHERE user_id = 'ads'), 'x y z', 'as long as an import keeps facts of it');

SELECT * FROM finish();
ROLLBACK;
