-- Statements inside statements, on partitions, and in tables that were emptied before: the rollup stays exact.
BEGIN;
SELECT set_config('client_min_messages', 'warning', true);
CREATE EXTENSION IF NOT EXISTS roi_ext SCHEMA :"roi_schema";
SELECT roi_setup();
SELECT plan(13);
INSERT INTO users VALUES ('t1'), ('t2'), ('t3'), ('t4'), ('t5'), ('t6');
SELECT roi_make_partitions(ARRAY[timestamptz '2026-10-01', '2026-11-01']) \g /dev/null

-- Many rows of platform_metrics are found by their facts alone, not among all of the user's hour, though nobody has analyzed the tables. First of all: a plan would be kept.
INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) SELECT 't6', 'x', 'p' || n, n, '2026-11-05 10:00+00' FROM generate_series(1, 3000) n;
INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp) SELECT id, user_id, platform, update_timestamp FROM roi_metrics WHERE user_id = 't6';
CREATE TEMPORARY VIEW fetched AS SELECT sum(idx_tup_fetch) AS rows FROM pg_stat_xact_user_tables WHERE relname ~ '^platform_metrics';
CREATE TEMPORARY TABLE fetched_before AS SELECT * FROM fetched;
UPDATE roi_metrics SET views = views + 1, shares = 3 WHERE user_id = 't6';
SELECT results_eq($$ SELECT count(*), count(*) FILTER (WHERE virality_score > 0) FROM platform_metrics WHERE user_id = 't6' $$, $$ VALUES (3000::bigint, 3000::bigint) $$, 'rates follow 3,000 facts');
DELETE FROM roi_metrics WHERE user_id = 't6';
SELECT is_empty($$ SELECT FROM platform_metrics WHERE user_id = 't6' $$, 'and go with them');
SELECT cmp_ok(f.rows - b.rows, '<', 50000::numeric, 'neither looks at 3,000 rows for each') FROM fetched f, fetched_before b;
DELETE FROM users WHERE clerk_id = 't6';

-- What an UPDATE of a partition noted of moved rows must not reach the statements after it.
INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp)
VALUES ('t1', 'x', 'a', 10, '2026-11-05 10:00+00'), ('t1', 'x', 'b', 10, '2026-11-05 10:00+00');
UPDATE roi_metrics_p2026_11 SET update_timestamp = update_timestamp + interval '1 hour' WHERE user_id = 't1';
UPDATE roi_metrics_p2026_11 SET update_timestamp = update_timestamp + interval '1 hour' WHERE user_id = 't1';
INSERT INTO roi_metrics_p2026_11 (user_id, platform, post_id, views, update_timestamp) VALUES ('t1', 'x', 'c', 77, '2026-11-05 10:00+00');
DELETE FROM roi_metrics_p2026_11 WHERE user_id = 't1' AND post_id = 'a';
SELECT is_empty($$ SELECT * FROM roi_verify('t1') $$, 'statements on a partition after rows moved there');
SELECT results_eq($$ SELECT total_impressions FROM roi_total('t1', 'all') $$, ARRAY[87::bigint], 'and their sum');

-- A trigger removes a row before its own statement is counted; another row of the cell has the same sums.
CREATE FUNCTION pg_temp.take_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM roi_metrics WHERE id = NEW.id AND user_id = NEW.user_id AND coalesce(NEW.post_id, 'zb') = 'zb';
    RETURN NULL;
END $$;
CREATE TRIGGER zz AFTER INSERT ON roi_metrics FOR EACH ROW EXECUTE FUNCTION pg_temp.take_back();
INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('t2', 'x', 'za', 10, '2026-11-05 10:00+00');
INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('t2', 'x', 'zb', 10, '2026-11-05 10:00+00');
INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('t2', 'x', NULL, 10, '2026-11-05 10:00+00');
DROP TRIGGER zz ON roi_metrics;
SELECT is_empty($$ SELECT * FROM roi_verify('t2') $$, 'a cell that was zero for a while keeps its sets');

-- Rows are remembered where they lay; the table is emptied; they are looked for again.
INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('t3', 'x', 'a', 10, '2026-11-05 10:00+00');
TRUNCATE roi_rollup, roi_rollup_detail;
SELECT lives_ok($$ INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('t3', 'x', 'a', 10, '2026-11-05 10:00+00') $$,
    'a write after the rollups were emptied by hand');
SELECT is(roi_rebuild(), 3::bigint, 'which roi_rebuild() mends for all');
SELECT is_empty($$ SELECT * FROM roi_verify() $$, 'everything is exact again');

-- A MERGE that moves a row to another month leaves its platform metrics.
INSERT INTO roi_metrics (id, user_id, platform, post_id, views, update_timestamp) VALUES (-9001, 't4', 'x', 'a', 10, '2026-11-05 10:00+00');
INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp) VALUES (-9001, 't4', 'x', '2026-11-05 10:00+00');
MERGE INTO roi_metrics m USING (SELECT 1) s ON m.user_id = 't4' WHEN MATCHED THEN UPDATE SET update_timestamp = '2026-10-05 10:00+00';
SELECT results_eq($$ SELECT (SELECT count(*) FROM platform_metrics WHERE user_id = 't4'), (SELECT count(*) FROM roi_verify('t4') WHERE table_name <> 'platform_metrics') $$,
    $$ VALUES (1::bigint, 0::bigint) $$, 'MERGE across months: exact sums, and the metrics are kept');

-- A trigger removes the only row of a cell before the UPDATE that changed its details is counted: no empty cell is left.
INSERT INTO roi_metrics (user_id, platform, post_id, content_type, views, update_timestamp) VALUES ('t2', 'y', 'a', 'video', 10, '2026-11-07 10:00+00');
CREATE FUNCTION pg_temp.remove() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM roi_metrics WHERE id = NEW.id AND user_id = NEW.user_id;
    RETURN NULL;
END $$;
CREATE TRIGGER zz AFTER UPDATE ON roi_metrics FOR EACH ROW EXECUTE FUNCTION pg_temp.remove();
UPDATE roi_metrics SET content_type = 'image' WHERE user_id = 't2' AND platform = 'y';
DROP TRIGGER zz ON roi_metrics;
SELECT is_empty($$ SELECT * FROM roi_verify('t2') $$, 'a row that changed and went leaves no empty cell');

-- Numbers change in place, wherever they lie: rows from before and after columns were added, beside nulls, texts and a dropped column.
INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('t5', 'x', 'a', 1, '2026-11-05 10:00+00'), ('t5', 'x', 'long name ' || repeat('b', 90), 2, '2026-11-05 10:00+00');
ALTER TABLE roi_rollup_detail ADD COLUMN gone smallint DEFAULT 7, ADD COLUMN note text DEFAULT 'kept', ADD COLUMN mark smallint, ADD COLUMN moment timestamptz DEFAULT '2026-01-01';
INSERT INTO roi_metrics (user_id, platform, post_id, content_type, views, ad_spend, update_timestamp) VALUES ('t5', 'x', 'c', 'video', 4, 0.000001, '2026-11-05 10:00+00');
ALTER TABLE roi_rollup_detail DROP COLUMN gone;
UPDATE roi_rollup_detail SET mark = CASE grain WHEN 'd' THEN 3 END, note = CASE grain WHEN 'm' THEN 'kept' END, moment = '2026-01-01' WHERE user_id = 't5' AND content_type = 'video';
INSERT INTO roi_metrics (user_id, platform, post_id, content_type, views, shares, ad_spend, revenue_generated, update_timestamp)
    SELECT user_id, platform, post_id, content_type, 8, 16, 999999999.999999, 0.5, update_timestamp FROM roi_metrics WHERE user_id = 't5';
SELECT is_empty($$ SELECT * FROM roi_verify('t5') $$, 'numbers of rows with columns of somebody else are exact');
SELECT results_eq($$ SELECT grain::text, mark::integer, note, moment = '2026-01-01', count(*) FROM roi_rollup_detail WHERE user_id = 't5' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2 $$,
    $$ VALUES ('d', 3, NULL, true, 1::bigint), ('d', NULL, 'kept', true, 2), ('m', NULL, 'kept', true, 3) $$, 'and those columns stay as they were');

SELECT * FROM finish();
ROLLBACK;
