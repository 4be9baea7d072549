-- A MERGE that inserts facts and updates others, in any order: exact, or refused where the server shows wrong rows (18.6 does).
BEGIN;
SELECT set_config('client_min_messages', 'warning', true);
CREATE EXTENSION IF NOT EXISTS roi_ext SCHEMA :"roi_schema";
SELECT roi_setup();
SELECT plan(14);

SELECT roi_make_partitions(ARRAY['2025-01-15', '2025-02-15']::timestamptz[]);
INSERT INTO users VALUES ('u1'), ('u2');
INSERT INTO roi_metrics (id, user_id, platform, post_id, views, ad_spend, update_timestamp)
SELECT n, 'u1', 'x', 'p' || n % 3, n, n * 0.25, timestamptz '2025-01-10 00:00+00' + n * interval '1 hour' FROM generate_series(1, 20) n;

CREATE TEMP TABLE outcomes (name text, state text);
CREATE FUNCTION pg_temp.merged(name text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text := '00000';
BEGIN
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN feature_not_supported THEN
        state := SQLSTATE;
    END;
    INSERT INTO outcomes VALUES (name, state);
    RETURN is((SELECT count(*) FROM roi_verify())::text || ' ' || (SELECT sum(views) FROM roi_metrics) || ' ' || coalesce((SELECT sum(views) FROM roi_rollup WHERE grain = 'd'), 0),
              '0 ' || (SELECT sum(views) FROM roi_metrics) || ' ' || (SELECT sum(views) FROM roi_metrics), name || ': derived rows are those of the facts (' || state || ')');
END
$$;

-- The order of the rows decides, so the plan is the nested loop that follows the source.
SET LOCAL enable_hashjoin TO off;
SET LOCAL enable_mergejoin TO off;
CREATE FUNCTION pg_temp.upsert(ids text, matched text, inserted text DEFAULT '(id, user_id, platform, post_id, views, update_timestamp) VALUES (s.id, ''u2'', ''y'', ''new'', 1000, ''2025-01-05 00:00+00'')')
RETURNS text LANGUAGE sql AS $$
    SELECT format('MERGE INTO roi_metrics m USING unnest(ARRAY[%s]) s (id) ON m.id = s.id WHEN MATCHED THEN %s WHEN NOT MATCHED THEN INSERT %s', ids, matched, inserted)
$$;
SELECT pg_temp.merged('updates, then an insert', pg_temp.upsert('1, 2, 101', 'UPDATE SET views = m.views + 100'));
SELECT is(state, '00000', 'is done') FROM outcomes ORDER BY ctid DESC LIMIT 1;
SELECT pg_temp.merged('an insert, then one update', pg_temp.upsert('102, 3', 'UPDATE SET views = m.views + 100'));
SELECT pg_temp.merged('an insert, then updates', pg_temp.upsert('103, 4, 5, 6', 'UPDATE SET views = m.views + 100'));
SELECT pg_temp.merged('inserts and updates in turn', pg_temp.upsert('104, 7, 105, 8, 9', 'UPDATE SET views = m.views + 100, post_id = ''q'''));
SELECT pg_temp.merged('an insert, then other moments', pg_temp.upsert('106, 10, 11', 'UPDATE SET update_timestamp = m.update_timestamp + interval ''2 days'''));
SELECT pg_temp.merged('an insert, then other ids', pg_temp.upsert('107, 12', 'UPDATE SET id = m.id + 1000'));
SELECT pg_temp.merged('an insert, a move to another month, an update', pg_temp.upsert('108, 13, 14', 'UPDATE SET update_timestamp = m.update_timestamp + (m.id - 14) * interval ''-31 days'', views = m.views + 100'));
SELECT pg_temp.merged('an insert, then deletes', pg_temp.upsert('109, 15, 16', 'DELETE'));
SELECT is(state, '00000', 'is done') FROM outcomes ORDER BY ctid DESC LIMIT 1;
SELECT pg_temp.merged('beside another part', 'WITH part AS (DELETE FROM roi_metrics WHERE id = 17) ' || pg_temp.upsert('110, 18, 19', 'UPDATE SET views = m.views + 100'));
SELECT pg_temp.merged('beside an update, whose trigger comes last', 'WITH part AS (UPDATE roi_metrics SET update_timestamp = update_timestamp + interval ''1 minute'' WHERE id = 2) ' || pg_temp.upsert('111, 1, 3', 'UPDATE SET views = m.views + 100'));
SELECT lives_ok($$INSERT INTO roi_metrics AS m (id, user_id, platform, post_id, views, update_timestamp) SELECT id, 'u1', 'x', 'c', 5, timestamptz '2025-01-10 00:00+00' + id * interval '1 hour' FROM unnest(ARRAY[201, 20]) s (id)
    ON CONFLICT (user_id, update_timestamp, id) DO UPDATE SET views = m.views + excluded.views$$, 'INSERT ... ON CONFLICT DO UPDATE is the way');
SELECT is((SELECT count(*) FROM roi_verify()), 0::bigint, 'exactly');
SELECT * FROM finish();
ROLLBACK;
