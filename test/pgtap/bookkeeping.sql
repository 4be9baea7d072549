-- The bookkeeping around facts: campaign currencies, post numbers, shared tables for clients, overlaps, starts.
BEGIN;
SELECT set_config('client_min_messages', 'warning', true);
CREATE EXTENSION IF NOT EXISTS roi_ext SCHEMA :"roi_schema";
SELECT roi_setup();
SELECT plan(12);

-- A campaign that a history file names first takes the currency of its first statistics.
SELECT roi_import('user_eur', convert_to(E'id,name,updated_at,start_date,status,advertising_channel_type\n7,Brand,2026-01-01,2026-01-01,ENABLED,SEARCH\n', 'UTF8'));
SELECT roi_import('user_eur', convert_to(E'date,id,cost_micros,impressions,clicks\n2026-02-01,7,2500000,100,5\n', 'UTF8'), currency => 'EUR');
SELECT results_eq($$ SELECT name, currency, spend, impressions, clicks, cpc FROM campaign_with_user_id WHERE user_id = 'user_eur' $$,
    $$ VALUES ('Brand'::varchar, 'EUR'::varchar, 2.5, 100::bigint, 5::bigint, 0.5) $$, 'history first, then EUR statistics');
SELECT roi_import('user_eur', convert_to(E'id,name,updated_at,start_date,status,advertising_channel_type\n7,Brand 2,2026-03-01,2026-01-01,PAUSED,SEARCH\n', 'UTF8'));
SELECT results_eq($$ SELECT name, currency, ongoing, spend FROM campaign_with_user_id WHERE user_id = 'user_eur' $$,
    $$ VALUES ('Brand 2'::varchar, 'EUR'::varchar, 'paused'::varchar, 2.5) $$, 'a later history file changes the name, not the money');

-- Counts of a campaign add up over currencies, money does not.
SELECT roi_import('user_eur', convert_to(E'date,id,cost_micros,impressions,clicks\n2026-02-02,7,9000000,50,3\n', 'UTF8'), currency => 'USD');
SELECT results_eq($$ SELECT currency, spend, impressions, clicks, cpc FROM campaign_with_user_id WHERE user_id = 'user_eur' $$,
    $$ VALUES ('EUR'::varchar, 2.5, 150::bigint, 8::bigint, 0.5) $$, 'dollars stay out of a campaign in euros');

-- An overlapping export of the same format replaces the days it covers.
CREATE FUNCTION pg_temp.import_days(last integer) RETURNS SETOF numeric LANGUAGE sql AS $$
    SELECT spend FROM roi_import('user_overlap', (SELECT convert_to(E'Day,Campaign name,Amount spent (USD),Impressions\n'
        || string_agg(format('2026-05-%s,A,10,1', lpad(n::text, 2, '0')), E'\n'), 'UTF8') FROM generate_series(1, last) n)) $$;
SELECT is((SELECT pg_temp.import_days(1)), 10.000000, 'the first export');
SELECT is((SELECT pg_temp.import_days(2)), 20.000000, 'an overlapping one holds both days');
SELECT results_eq($$ SELECT total_spend FROM roi_total('user_overlap', 'all') $$, ARRAY[20.00], 'and replaces the older figures');

-- A post text has one number, on whatever platforms and however it arrives; numbers are never reused.
SELECT roi_import('user_posts', convert_to(E'Day,Ad ID,Amount spent (USD),Impressions\n2026-05-01,p1,1,1\n2026-05-01,p2,1,1\n', 'UTF8'));
SELECT roi_import('user_posts', convert_to(E'Day,Ad ID,Amount spent (USD),Impressions\n2026-05-02,p2,1,1\n2026-05-02,p3,1,1\n', 'UTF8'), platform => 'instagram');
SELECT results_eq($$ SELECT post_id, platform, post_no FROM roi_posts WHERE user_id = 'user_posts' ORDER BY 1, 2 $$,
    $$ VALUES ('p1'::varchar, 'facebook'::varchar, 1), ('p2', 'facebook', 2), ('p2', 'instagram', 2), ('p3', 'instagram', 3) $$, 'post numbers');
DELETE FROM roi_posts WHERE user_id = 'user_posts' AND post_id = 'p3';
SELECT roi_import('user_posts', convert_to(E'Day,Ad ID,Amount spent (USD),Impressions\n2026-05-03,p3,1,1\n', 'UTF8'));
SELECT results_eq($$ SELECT post_no FROM roi_posts WHERE user_id = 'user_posts' AND post_id = 'p3' $$, ARRAY[4], 'a number is never reused');

-- The same call again changes nothing, after a backfill has moved the start too.
SELECT roi_simulate('user_start', seed => 1, start_at => '2026-06-03 00:00+00', first_posts => 1, posts_per_day => 0);
SELECT roi_backfill('user_start', '2 days', '2026-06-03 00:00+00');
SELECT results_eq($$ SELECT start_at FROM roi_simulate('user_start', seed => 1, start_at => '2026-06-03 00:00+00', first_posts => 1, posts_per_day => 0) $$,
    ARRAY[timestamptz '2026-06-01 00:00+00'], 'roi_simulate() after a backfill keeps the moved start');

-- Writers make no partition: a month without one goes to the default partition, where nothing waits for a lock.
SELECT roi_import('user_old', convert_to(E'date,id,cost_micros,impressions,clicks\n2012-02-01,7,2500000,100,5\n', 'UTF8'));
SELECT results_eq($$ SELECT tableoid::regclass::text ~ 'roi_metrics_default$' FROM roi_metrics WHERE user_id = 'user_old' $$, ARRAY[true], 'an old month lies in the default partition');

-- A client who may read facts, rollups and rates converts by them; row security hides his neighbours, not the shared tables.
CREATE ROLE roi_test_client;
SELECT format('GRANT USAGE ON SCHEMA %I TO roi_test_client', :'roi_schema') \gexec
GRANT SELECT ON roi_metrics, roi_rollup, roi_exchange_rates TO roi_test_client;
GRANT EXECUTE ON FUNCTION roi_total, roi_current_user_id TO roi_test_client;
INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2026-01-01', 1.5);
SET LOCAL roi_ext.user_id TO 'user_eur';
SET LOCAL ROLE roi_test_client;
SELECT results_eq($$ SELECT currency, total_spend FROM roi_total(period => 'all', currency => 'USD') $$, $$ VALUES ('USD', 12.75) $$, 'a client converts: 2.5 x 1.5 + 9');
SELECT throws_ok($$ SELECT data_points FROM roi_total('user_old', 'all') $$, '42501', NULL, 'and may not ask for another user');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
