-- Facts that statements move to another month: however PostgreSQL shows them to triggers, sums, posts and metrics stay exact.
BEGIN;
SELECT set_config('client_min_messages', 'warning', true);
CREATE EXTENSION IF NOT EXISTS roi_ext SCHEMA :"roi_schema";
SELECT roi_setup();
SELECT plan(75);
INSERT INTO users VALUES ('m'), ('n');
SELECT roi_make_partitions(ARRAY[timestamptz '2026-10-01', '2026-11-01', '2026-12-01']) \g /dev/null

-- One fact an hour from midnight of 1 November, with metrics; ids are those given.
CREATE FUNCTION pg_temp.facts(VARIADIC ids bigint[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM roi_metrics;
    INSERT INTO roi_metrics (id, user_id, platform, post_id, views, ad_spend, update_timestamp)
    SELECT id, 'm', 'x', 'p' || id % 3, 10 ^ id, id / 4.0, '2026-11-01 00:00+00'::timestamptz + id * interval '1 hour' FROM unnest(ids) id;
    INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp)
    SELECT id, user_id, platform, update_timestamp FROM roi_metrics;
$$;
-- What each month holds: by the rollup, by the details, and by the facts with plain SQL.
CREATE VIEW pg_temp.by_month AS
SELECT month, views, spend, n
FROM (SELECT bucket AS month, sum(views)::bigint AS views, sum(spend)::bigint AS spend, sum(data_points)::bigint AS n
      FROM roi_rollup WHERE grain = 'm' GROUP BY 1) r
FULL JOIN (SELECT bucket AS month, sum(views)::bigint AS views, sum(spend)::bigint AS spend, sum(data_points)::bigint AS n
           FROM roi_rollup_detail WHERE grain = 'm' GROUP BY 1) d USING (month, views, spend, n)
FULL JOIN (SELECT date_trunc('month', update_timestamp, 'UTC') AS month, sum(views)::bigint AS views,
                  (sum(ad_spend) * 1000000)::bigint AS spend, count(*) AS n FROM roi_metrics GROUP BY 1) f USING (month, views, spend, n)
WHERE r.month IS NULL OR d.month IS NULL OR f.month IS NULL;
-- Facts without a row of metrics at their moment, and metrics without fact.
CREATE VIEW pg_temp.unlinked AS
SELECT coalesce(m.id, p.roi_metric_id) FROM roi_metrics m
FULL JOIN platform_metrics p ON p.roi_metric_id = m.id AND p.update_timestamp = m.update_timestamp AND p.user_id = m.user_id
WHERE m.id IS NULL OR p.id IS NULL;
CREATE FUNCTION pg_temp.exact(what text, new_facts bigint[] DEFAULT '{}') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is_empty('SELECT * FROM roi_verify()', what || ': roi_verify()');
    RETURN NEXT is_empty('SELECT * FROM pg_temp.by_month', what || ': sums by plain SQL');
    RETURN NEXT set_eq('SELECT * FROM pg_temp.unlinked', new_facts, what || ': metrics went along');
END $$;
CREATE FUNCTION pg_temp.write_facts(amount integer) RETURNS interval LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('n', 'x', amount, '2026-11-20 10:00+00');
    UPDATE roi_metrics SET update_timestamp = update_timestamp + interval '1 month' WHERE user_id = 'n' AND update_timestamp < '2026-12-01';
    DELETE FROM roi_metrics WHERE user_id = 'n';
    RETURN interval '1 month';
END $$;

-- Every combination of actions beside the one that moves.
CREATE PROCEDURE pg_temp.merge_with(VARIADIC actions text[]) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.facts(1, 2, 3, 4, 5);
    EXECUTE 'MERGE INTO roi_metrics m USING generate_series(1, 7) s (id) ON m.id = s.id ' || array_to_string(actions, ' ');
END $$;
\set move 'WHEN MATCHED AND s.id IN (1, 2) THEN UPDATE SET update_timestamp = m.update_timestamp + s.id * interval ''1 month'''
\set erase 'WHEN MATCHED AND s.id IN (3, 4) THEN DELETE'
\set change 'WHEN MATCHED AND s.id = 5 THEN UPDATE SET views = 7, update_timestamp = m.update_timestamp + interval ''1 day'''
\set nothing 'WHEN MATCHED THEN DO NOTHING'
\set add 'WHEN NOT MATCHED THEN INSERT (id, user_id, platform, views, update_timestamp) VALUES (s.id, ''m'', ''x'', 1, ''2026-10-31'')'
CALL pg_temp.merge_with(:'move');
SELECT pg_temp.exact('MERGE that only moves');
CALL pg_temp.merge_with(:'move', :'change', :'nothing');
SELECT pg_temp.exact('MERGE that moves and changes');
CALL pg_temp.merge_with(:'move', :'erase', :'change');
SELECT pg_temp.exact('MERGE that moves, deletes and changes');
CALL pg_temp.merge_with(:'move', :'add', :'nothing');
SELECT pg_temp.exact('MERGE that moves and inserts', ARRAY[6, 7]);
CALL pg_temp.merge_with(:'move', :'erase', :'nothing', :'add');
SELECT pg_temp.exact('MERGE that moves, deletes and inserts', ARRAY[6, 7]);

-- Expressions that write facts themselves, before and after rows have moved.
SELECT pg_temp.facts(1, 2, 3) \g /dev/null
MERGE INTO roi_metrics m USING generate_series(1, 3) s (id) ON m.id = s.id
WHEN MATCHED THEN UPDATE SET update_timestamp = m.update_timestamp + pg_temp.write_facts(s.id);
SELECT pg_temp.exact('MERGE whose expressions write facts');

-- Inside an AFTER ROW trigger of a statement that is not counted yet.
CREATE FUNCTION pg_temp.merge_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    MERGE INTO roi_metrics m USING (SELECT 1) s ON m.user_id = 'm'
    WHEN MATCHED THEN UPDATE SET update_timestamp = m.update_timestamp - interval '1 month';
    RETURN NULL;
END $$;
SELECT pg_temp.facts(1, 2, 3) \g /dev/null
CREATE TRIGGER merge_all AFTER INSERT OR UPDATE ON roi_metrics FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION pg_temp.merge_all();
INSERT INTO roi_metrics (id, user_id, platform, views, update_timestamp) VALUES (8, 'm', 'x', 5, '2026-12-02'), (9, 'm', 'x', 5, '2026-12-03');
SELECT pg_temp.exact('MERGE in a row trigger of an INSERT', ARRAY[8, 9]);
UPDATE roi_metrics SET views = views + 1, update_timestamp = update_timestamp + interval '1 month' WHERE id IN (1, 8);
SELECT pg_temp.exact('MERGE in a row trigger of an UPDATE that moves', ARRAY[8, 9]);
DROP TRIGGER merge_all ON roi_metrics;

-- Rolled back and done again, by savepoint and by block.
SELECT pg_temp.facts(1, 2, 3, 4) \g /dev/null
SAVEPOINT a;
MERGE INTO roi_metrics m USING generate_series(1, 4) s (id) ON m.id = s.id :move :erase;
ROLLBACK TO a;
SELECT pg_temp.exact('a MERGE rolled back');
MERGE INTO roi_metrics m USING generate_series(1, 4) s (id) ON m.id = s.id :move :erase;
SELECT pg_temp.exact('and repeated');
SELECT pg_temp.facts(1, 2, 3, 4) \g /dev/null
DO $$
BEGIN
    FOR n IN 1 .. 3 LOOP
        BEGIN
            MERGE INTO roi_metrics m USING (SELECT n AS id) s ON m.id = s.id
            WHEN MATCHED THEN UPDATE SET update_timestamp = m.update_timestamp + interval '1 month' / (n - 2) ^ 2;
        EXCEPTION WHEN division_by_zero THEN
            MERGE INTO roi_metrics m USING (SELECT n AS id) s ON m.id = s.id
            WHEN MATCHED THEN UPDATE SET update_timestamp = m.update_timestamp - interval '1 month';
        END;
    END LOOP;
END $$;
SELECT pg_temp.exact('MERGEs in a loop of blocks, one of which fails');

-- Parts of one query.
SELECT pg_temp.facts(1, 2, 3, 4, 5) \g /dev/null
WITH u AS (UPDATE roi_metrics SET update_timestamp = update_timestamp + interval '1 month' WHERE id IN (3, 4) RETURNING id)
MERGE INTO roi_metrics m USING generate_series(1, 7) s (id) ON m.id = s.id AND m.id NOT IN (3, 4, 5)
:move WHEN NOT MATCHED AND s.id > 5 THEN INSERT (id, user_id, platform, views, update_timestamp) VALUES (s.id, 'm', 'x', 1, '2026-10-31');
SELECT pg_temp.exact('MERGE beside an UPDATE', ARRAY[6, 7]);
SELECT pg_temp.facts(1, 2, 3, 4, 5) \g /dev/null
WITH i AS (INSERT INTO roi_metrics (id, user_id, platform, views, update_timestamp) VALUES (9, 'm', 'x', 1, '2026-12-31')),
    d AS (DELETE FROM roi_metrics WHERE id = 5)
MERGE INTO roi_metrics m USING generate_series(1, 4) s (id) ON m.id = s.id :move;
SELECT pg_temp.exact('MERGE beside an INSERT and a DELETE', ARRAY[9]);
SELECT pg_temp.facts(1, 2, 3) \g /dev/null
WITH u AS (UPDATE roi_metrics_p2026_11 SET update_timestamp = update_timestamp + interval '2 hours', views = 9 WHERE id = 3)
UPDATE roi_metrics SET update_timestamp = update_timestamp - interval '1 month' WHERE id < 3;
SELECT pg_temp.exact('UPDATEs of a partition and of the whole');

-- BEFORE triggers of somebody else: exact, or refused.
CREATE FUNCTION pg_temp.turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RETURN CASE WHEN OLD.id <> 2 THEN OLD END;
    END IF;
    NEW.update_timestamp := NEW.update_timestamp + CASE WHEN TG_OP = 'INSERT' THEN interval '1 hour' ELSE interval '1 month' END;
    RETURN CASE WHEN NEW.id <> 3 OR TG_OP <> 'INSERT' THEN NEW END;
END $$;
SELECT pg_temp.facts(1, 2, 3) \g /dev/null
CREATE TRIGGER zzz BEFORE UPDATE ON roi_metrics FOR EACH ROW EXECUTE FUNCTION pg_temp.turn();
MERGE INTO roi_metrics m USING generate_series(1, 2) s (id) ON m.id = s.id WHEN MATCHED THEN UPDATE SET views = s.id;
SELECT pg_temp.exact('a trigger that moves what MERGE changes');
DROP TRIGGER zzz ON roi_metrics;
\set refused 'MERGE INTO roi_metrics m USING generate_series(1, 2) s (id) ON m.id = s.id WHEN MATCHED THEN UPDATE SET update_timestamp = m.update_timestamp + interval ''1 month'''
SELECT pg_temp.facts(1, 2, 3) \g /dev/null
CREATE TRIGGER "~zzz" BEFORE UPDATE ON roi_metrics FOR EACH ROW EXECUTE FUNCTION pg_temp.turn();
SELECT throws_ok(:'refused', '0A000', NULL, 'MERGE is refused where a later trigger may change the moment');
DROP TRIGGER "~zzz" ON roi_metrics;
CREATE TRIGGER inserting BEFORE INSERT ON roi_metrics_p2026_12 FOR EACH ROW EXECUTE FUNCTION pg_temp.turn();
SELECT throws_ok(:'refused', '0A000', NULL, 'and where a trigger of the other partition may');
UPDATE roi_metrics SET update_timestamp = update_timestamp + interval '1 month' WHERE id IN (1, 3);
SELECT is_empty('SELECT * FROM pg_temp.by_month', 'UPDATE is exact there: a row changed, another swallowed');
SELECT is_empty('SELECT * FROM roi_verify()', 'as roi_verify() says');
DROP TRIGGER inserting ON roi_metrics_p2026_12;
SELECT pg_temp.facts(1, 2, 3) \g /dev/null
CREATE TRIGGER erasing BEFORE DELETE ON roi_metrics_p2026_11 FOR EACH ROW EXECUTE FUNCTION pg_temp.turn();
SELECT throws_ok(:'refused', '0A000', NULL, 'and where a trigger may keep the row');
UPDATE roi_metrics SET update_timestamp = update_timestamp + interval '1 month' WHERE id IN (1, 2);
SELECT pg_temp.exact('an UPDATE there, a row of which stays');
DROP TRIGGER erasing ON roi_metrics_p2026_11;

-- Partitions of a partition, made by hand: through the partition and through the whole.
CREATE TABLE halves PARTITION OF roi_metrics FOR VALUES FROM ('2031-01-01 00:00+00') TO ('2031-02-01 00:00+00') PARTITION BY RANGE (update_timestamp);
CREATE TABLE half_1 PARTITION OF halves FOR VALUES FROM (MINVALUE) TO ('2031-01-16 00:00+00');
CREATE TABLE half_2 PARTITION OF halves FOR VALUES FROM ('2031-01-16 00:00+00') TO (MAXVALUE);
SELECT roi_setup() \g /dev/null
SELECT pg_temp.facts(1, 2, 3, 4) \g /dev/null
UPDATE roi_metrics SET update_timestamp = update_timestamp + interval '50 months';
MERGE INTO halves m USING generate_series(1, 2) s (id) ON m.id = s.id
WHEN MATCHED THEN UPDATE SET update_timestamp = m.update_timestamp + interval '15 days 1 hour' - s.id * interval '1 hour';
SELECT pg_temp.exact('MERGE into a partition of partitions');
MERGE INTO roi_metrics m USING generate_series(1, 4) s (id) ON m.id = s.id
WHEN MATCHED THEN UPDATE SET update_timestamp = m.update_timestamp + (s.id - 3) * interval '1 month';
SELECT pg_temp.exact('MERGE out of it and within');
MERGE INTO half_1 m USING generate_series(1, 4) s (id) ON m.id = s.id WHEN MATCHED THEN UPDATE SET update_timestamp = m.update_timestamp + interval '1 minute', views = 1
WHEN NOT MATCHED AND s.id = 1 THEN INSERT (id, user_id, platform, views, update_timestamp) VALUES (9, 'm', 'x', 1, '2031-01-02');
SELECT pg_temp.exact('MERGE into the last partition itself', ARRAY[9]);
SELECT throws_ok($$ MERGE INTO half_1 m USING generate_series(1, 4) s (id) ON m.id = s.id WHEN MATCHED THEN UPDATE SET update_timestamp = '2031-01-20' $$,
    '23514', NULL, 'which no row can leave');
SELECT pg_temp.exact('nothing happened then', ARRAY[9]);

-- A sum beyond 64 bits on the way, of moves whose result fits.
SELECT pg_temp.facts(1, 2) \g /dev/null
UPDATE roi_metrics SET views = CASE id WHEN 1 THEN 1 ELSE -1 END * 9223372036854775807, post_id = NULL, campaign_id = id, likes = 0, comments = 0, shares = 0;
UPDATE roi_metrics SET update_timestamp = '2026-10-05' WHERE id = 2;
MERGE INTO roi_metrics m USING (VALUES (1, '2026-10-05'::timestamptz), (2, '2026-11-01')) s (id, stamp) ON m.id = s.id
WHEN MATCHED THEN UPDATE SET update_timestamp = s.stamp;
SELECT pg_temp.exact('largest counters change places');

-- A plan that is kept, and queries inside queries: functions of both languages.
CREATE FUNCTION pg_temp.move_back(fact bigint) RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    MERGE INTO roi_metrics m USING (SELECT fact) s (id) ON m.id = s.id + 10 WHEN MATCHED THEN UPDATE SET update_timestamp = m.update_timestamp - interval '1 month';
    UPDATE roi_metrics SET update_timestamp = update_timestamp - interval '2 months' WHERE id = fact + 20;
    SELECT '2026-10-20 00:00+00'::timestamptz + fact * interval '1 hour';
$$;
SELECT pg_temp.facts(1, 2, 3, 11, 12, 13) \g /dev/null
INSERT INTO roi_metrics (id, user_id, platform, views, update_timestamp) SELECT 20 + n, 'n', 'x', n, '2026-12-01 00:00+00' FROM generate_series(1, 3) n;
PREPARE moving (bigint) AS MERGE INTO roi_metrics m USING (SELECT 1) s ON m.id <= $1 WHEN MATCHED THEN UPDATE SET update_timestamp = pg_temp.move_back(m.id);
EXECUTE moving (2);
EXECUTE moving (3);
SELECT pg_temp.exact('MERGE around MERGE and UPDATE', ARRAY[21, 22, 23]);

-- What a DEFAULT writes while the extension itself inserts.
CREATE FUNCTION pg_temp.by_default() RETURNS timestamptz LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO roi_metrics (user_id, platform, views, update_timestamp, created_at) VALUES ('n', 'x', 1, '2026-11-20 10:00+00', now());
    RETURN now();
END $$;
INSERT INTO users VALUES ('sim');
SELECT roi_simulate('sim', seed => 4, posts_per_day => 2, first_posts => 2) \g /dev/null
ALTER TABLE roi_metrics ALTER created_at SET DEFAULT pg_temp.by_default();
SELECT roi_backfill('sim', '1 day') \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM roi_metrics WHERE user_id = 'n'), '>', 20::bigint, 'a default has written facts');
SELECT is_empty('SELECT * FROM roi_verify()', 'which count: roi_verify()');
SELECT is_empty('SELECT * FROM pg_temp.by_month', 'and sums by plain SQL');

SELECT * FROM finish();
ROLLBACK;
