-- Bulk insertion of facts stores the same rows and raises the same errors as plain statements, and leaves to them what it cannot do.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC';
SELECT roi_setup() \g /dev/null
SELECT * FROM no_plan();

-- Everything stored for simulated and imported users, but numbers and the moment of writing: with the partition, the place among the
-- rows written, and the size on disk.
CREATE FUNCTION pg_temp.stored() RETURNS SETOF text LANGUAGE sql AS $$
    WITH fact AS (SELECT m.*, m.tableoid::regclass AS part, pg_column_size(m.*) AS size, row_number() OVER (ORDER BY id) AS place FROM roi_metrics m)
    SELECT concat('fact ', to_jsonb(f) - '{id,import_batch_id,campaign_id}'::text[]) FROM fact f
    UNION ALL SELECT concat('metrics ', to_jsonb(p) - '{id,roi_metric_id}'::text[], ' ', p.tableoid::regclass, ' ', pg_column_size(p.*), ' ', pg_column_size(p.metrics),
        ' ', f.place, ' ', row_number() OVER (ORDER BY p.id)) FROM platform_metrics p LEFT JOIN fact f ON f.id = p.roi_metric_id
    UNION ALL SELECT concat('post ', to_jsonb(p)) FROM roi_posts p
    UNION ALL SELECT concat('detail ', to_jsonb(d) - '{campaign_id}'::text[]) FROM roi_rollup_detail d
    UNION ALL SELECT concat('rollup ', to_jsonb(r) - '{campaigns}'::text[]) FROM roi_rollup r
$$;
-- What statements leave behind under a writer, or their error; it is all taken back.
CREATE FUNCTION pg_temp.outcome(writer text, VARIADIC statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    lines text[];
    state text; message text; detail text; hint text; named text; relation text; field text;
BEGIN
    BEGIN
        PERFORM set_config('roi_ext.fact_writer', writer, true);
        FOREACH statement IN ARRAY statements LOOP
            EXECUTE statement;
        END LOOP;
        lines := ARRAY(SELECT pg_temp.stored());
        RAISE SQLSTATE '00001';
    EXCEPTION WHEN SQLSTATE '00001' THEN
        NULL;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
            named = CONSTRAINT_NAME, relation = TABLE_NAME, field = COLUMN_NAME;
        -- numbers of rows and imports go on
        lines := ARRAY[concat_ws('|', state, message, regexp_replace(regexp_replace(detail, '\(\d+,', '(id,'), '\d+(, [-\d:. +]+)?\)\.', ').'), hint, named, relation, field)];
    END;
    RETURN QUERY SELECT unnest(lines) ORDER BY 1;
END $$;
-- Both writers leave the same, in bulk (or after `auto` has fallen back).
CREATE FUNCTION pg_temp.same(what text, writer text, VARIADIC statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    expected text[] := ARRAY(SELECT pg_temp.outcome('spi', VARIADIC statements));
    actual text[] := ARRAY(SELECT pg_temp.outcome(writer, VARIADIC statements));
BEGIN
    RETURN NEXT ok(cardinality(expected) > 0, what || ': ' || left(expected[1], 60));
    RETURN NEXT is_empty(format('SELECT unnest(%1$L::text[]) EXCEPT ALL SELECT unnest(%2$L::text[])', expected, actual), what || ': nothing is missing');
    RETURN NEXT is_empty(format('SELECT unnest(%2$L::text[]) EXCEPT ALL SELECT unnest(%1$L::text[])', expected, actual), what || ': nothing is left over');
END $$;
-- Bulk insertion names what is in its way, and statements do the work.
CREATE FUNCTION pg_temp.falls_back(obstacle text, VARIADIC statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT alike((SELECT pg_temp.outcome('bulk', VARIADIC statements) LIMIT 1), '55000|facts cannot be written in bulk|In the way: ' || obstacle || '.|%',
        obstacle || ' is in the way');
    RETURN QUERY SELECT pg_temp.same(obstacle, 'auto', VARIADIC statements);
END $$;

SELECT roi_make_partitions(ARRAY['2025-01-15'::timestamptz, '2025-02-15']) \g /dev/null
SELECT FROM generate_series(1, 3) n, roi_simulate('user_' || n, n, ARRAY['facebook', 'instagram', 'youtube'], 5, 30, 'natural', NULL, '2025-01-30 12:00+00') \g /dev/null
SELECT roi_simulate('user_plan', 7, NULL, 3, 9, 'plan', 'EUR', '2025-01-31 20:00+00') \g /dev/null
\set tick 'SELECT roi_generate_tick(''2025-01-30 14:00+00'')'
CREATE TABLE pg_temp.odd AS SELECT * FROM roi_platforms WHERE platform = 'facebook';
UPDATE pg_temp.odd SET platform = 'odd_one',
    metrics = '[{"key": "b", "of": "views"}, {"key": "é\"", "of": "clicks", "low": 0.1, "high": 2, "decimals": 6}, {"key": "aa", "of": "likes", "decimals": 3}]';
INSERT INTO roi_platforms SELECT * FROM pg_temp.odd;

-- the same rows
SELECT pg_temp.same('ticks of several users', 'bulk', 'SELECT roi_generate_tick(''2025-01-30 13:00+00'')', :'tick', 'SELECT roi_generate_tick(''2025-01-30 18:00+00'')');
SELECT pg_temp.same('a backfill over the end of a month', 'bulk', $$SELECT roi_backfill('user_1', '4 days', '2025-02-02 00:00+00')$$);
SELECT pg_temp.same('growth model plan', 'bulk', $$SELECT roi_backfill('user_plan', '10 hours', '2025-02-01 06:00+00')$$);
SELECT pg_temp.same('months without a partition', 'bulk', $$SELECT roi_simulate('user_old', 1, start_at => '2001-05-31 22:00+00')$$, $$SELECT roi_backfill('user_old', '4 hours', '2001-06-01 02:00+00')$$);
SELECT pg_temp.same('metrics whose keys need escapes', 'bulk', $$SELECT roi_simulate('user_odd', 1, ARRAY['odd_one'], start_at => '2025-01-30 12:00+00')$$, :'tick');
SELECT pg_temp.same('an import with empty cells', 'bulk', $$SELECT roi_import('i', convert_to(E'Day,Campaign name,Amount spent (USD),Impressions,Clicks (all)\n2025-01-01,Äpfel,1.234567,10,\n2025-01-02,B,,12345678901,3\n2025-02-03,,0,,\n', 'UTF8'))$$);
SELECT pg_temp.same('counters beyond exact division, and falling ones', 'bulk',
    $$SELECT roi_record_snapshot('s', 'instagram', 'p', 40000000003, 7777777, 1, 13333333, 5, 6, 1.5, 2.25, 999999999999.999999, '{"x": 1.25, "y": -3}', '2025-01-31 23:10+00')$$,
    $$SELECT roi_record_snapshot('s', 'instagram', 'p', 40000000001, 7777776, 0, 13333334, 5, 6, 1, 2, 3, '{"x": 1, "y": 7}', '2025-02-01 00:10+00')$$);
SELECT pg_temp.same('many shares of views', 'bulk', $$SELECT FROM generate_series(1, 300) n, roi_record_snapshot('s', 'instagram', 'p' || n, (n * 7919) % 1000 + 1, n * 31 % 97, n * 17 % 89, n * 13 % 83, taken_at => '2025-01-31 23:10+00')$$);

-- what the tables' owner may have added
SAVEPOINT added;
ALTER TABLE roi_metrics ADD COLUMN note text DEFAULT 'mine', ADD COLUMN serial bigint, ADD COLUMN gone int;
CREATE SEQUENCE serial;
ALTER TABLE roi_metrics ALTER COLUMN serial SET DEFAULT nextval('serial') * 0 + 5, ADD CONSTRAINT mine CHECK (note <> '' AND views + serial >= 0), DROP COLUMN gone;
CREATE INDEX ON roi_metrics (posted_at, platform);
CREATE INDEX ON platform_metrics USING gin (metrics);
SET LOCAL client_min_messages TO error;
CREATE PUBLICATION facts FOR TABLE roi_metrics, platform_metrics;
ALTER TABLE roi_metrics FORCE ROW LEVEL SECURITY;
SET LOCAL client_min_messages TO warning;
SELECT pg_temp.same('columns with defaults, a CHECK, indexes, a publication, forced row security', 'bulk', :'tick');
SELECT pg_temp.same('the same in many chunks', 'bulk', $$SELECT roi_backfill('user_1', '15 days', '2025-02-09 00:00+00')$$);
SELECT set_config('roi_ext.fact_writer', 'bulk', true) \g /dev/null
SELECT roi_generate_tick('2025-01-30 14:00+00') \g /dev/null
SELECT set_config('roi_ext.fact_writer', 'auto', true) \g /dev/null
SELECT set_config('enable_seqscan', 'off', true) \g /dev/null
SELECT is((SELECT count(*) FROM roi_metrics_p2025_01 WHERE posted_at > '2000-01-01'), (SELECT count(*) FROM platform_metrics WHERE metrics @> '{}'), 'every index has every row');
ROLLBACK TO added;
ALTER TABLE roi_metrics ADD CONSTRAINT few CHECK (views < 5 AND random() < 2);
SELECT pg_temp.same('a CHECK that rows break', 'auto', :'tick');
SELECT is((SELECT split_part(pg_temp.outcome('auto', :'tick'), '|', 1)), '23514', 'which is the error');
ROLLBACK TO added;
CREATE UNIQUE INDEX one_hour ON roi_metrics (user_id, update_timestamp);
SELECT pg_temp.same('a unique index that rows break', 'bulk', :'tick');
SELECT is((SELECT split_part(pg_temp.outcome('bulk', :'tick'), '|', 1)), '23505', 'which is the error in bulk');
ROLLBACK TO added;
ALTER TABLE roi_metrics ALTER COLUMN campaign_id SET NOT NULL;
SELECT pg_temp.same('a NULL that is not allowed', 'auto', $$SELECT roi_record_snapshot('s', 'instagram', 'p', 4, taken_at => '2025-01-31 23:10+00')$$);
ROLLBACK TO added;
ALTER TABLE roi_metrics ALTER COLUMN platform TYPE varchar(4);
SELECT pg_temp.same('a text that is too long', 'auto', :'tick');
SELECT is((SELECT split_part(pg_temp.outcome('auto', :'tick'), '|', 1)), '22001', 'which is the error');
ROLLBACK TO added;
ALTER TABLE roi_metrics ALTER COLUMN ad_spend TYPE numeric(6,6);
SELECT pg_temp.same('an amount that is too large', 'auto', $$SELECT roi_record_snapshot('s', 'instagram', 'p', 4, ad_spend => 5, taken_at => '2025-01-31 23:10+00')$$);
ROLLBACK TO added;
ALTER TABLE roi_metrics ALTER COLUMN ad_spend TYPE numeric(18,2);
SELECT pg_temp.falls_back('a number out of range', :'tick');
ROLLBACK TO added;

-- what only statements do
CREATE FUNCTION pg_temp.more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.views := NEW.views + 1; RETURN NEW; END $$;
CREATE FUNCTION pg_temp.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('roi_test.told', TG_OP, true); RETURN NULL; END $$;
SAVEPOINT bare;
CREATE TRIGGER more BEFORE INSERT ON roi_metrics FOR EACH ROW EXECUTE FUNCTION pg_temp.more();
SELECT pg_temp.falls_back('a trigger or rule', :'tick');
ROLLBACK TO bare;
CREATE TRIGGER tell AFTER INSERT ON roi_metrics FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.tell();
SELECT pg_temp.falls_back('a trigger', :'tick');
SELECT roi_generate_tick('2025-01-30 14:00+00') \g /dev/null
SELECT is(current_setting('roi_test.told'), 'INSERT', 'their statement trigger has fired');
ROLLBACK TO bare;
CREATE TRIGGER tell AFTER INSERT ON roi_metrics_p2025_01 FOR EACH ROW EXECUTE FUNCTION pg_temp.tell();
SELECT pg_temp.falls_back('a trigger', :'tick');
ROLLBACK TO bare;
CREATE TRIGGER tell AFTER INSERT ON platform_metrics FOR EACH ROW EXECUTE FUNCTION pg_temp.tell();
SELECT pg_temp.falls_back('a trigger', :'tick');
ALTER TABLE platform_metrics DISABLE TRIGGER tell;
SELECT pg_temp.same('a disabled trigger', 'bulk', :'tick');
ROLLBACK TO bare;
CREATE RULE nothing AS ON INSERT TO platform_metrics DO ALSO NOTHING;
SELECT pg_temp.falls_back('a rule', :'tick');
ROLLBACK TO bare;
CREATE TABLE sources (source text PRIMARY KEY);
INSERT INTO sources VALUES ('simulated');
ALTER TABLE roi_metrics ADD FOREIGN KEY (source) REFERENCES sources;
SELECT pg_temp.falls_back('a foreign key', :'tick');
ROLLBACK TO bare;
ALTER TABLE users ADD COLUMN handle varchar(255) UNIQUE;
UPDATE users SET handle = clerk_id;
ALTER TABLE roi_metrics ADD FOREIGN KEY (user_id) REFERENCES users (handle);
SELECT pg_temp.falls_back('a foreign key', :'tick');
ROLLBACK TO bare;
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
ALTER TABLE roi_metrics ADD COLUMN extra positive;
SELECT pg_temp.falls_back('a column of a domain with constraints', :'tick');
ROLLBACK TO bare;
ALTER TABLE roi_metrics ADD COLUMN twice bigint GENERATED ALWAYS AS (views * 2) STORED;
SELECT pg_temp.falls_back('a generated or identity column', :'tick');
ROLLBACK TO bare;
CREATE INDEX ON roi_metrics (views) WHERE views > 10;
SELECT pg_temp.falls_back('an index on an expression or on some rows', :'tick');
ROLLBACK TO bare;
ALTER TABLE roi_metrics ALTER COLUMN views TYPE numeric;
SELECT pg_temp.falls_back('a column of another name or type', :'tick');
ROLLBACK TO bare;
ALTER TABLE roi_metrics DETACH PARTITION roi_metrics_p2025_01;
CREATE TABLE other (LIKE roi_metrics INCLUDING ALL) PARTITION BY RANGE (update_timestamp);
CREATE TABLE half PARTITION OF other FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2025-02-01 00:00+00');
ALTER TABLE roi_metrics ATTACH PARTITION other FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2025-02-01 00:00+00');
SELECT pg_temp.falls_back('a partition that is no heap', :'tick');
ROLLBACK TO bare;
ALTER TABLE roi_metrics DETACH PARTITION roi_metrics_p2025_01;
CREATE TABLE other (before int, LIKE roi_metrics INCLUDING ALL);
ALTER TABLE other DROP COLUMN before;
ALTER TABLE roi_metrics ATTACH PARTITION other FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2025-02-01 00:00+00');
SELECT pg_temp.falls_back('a partition with other columns', :'tick');
ROLLBACK TO bare;
SET LOCAL session_replication_role TO replica;
SELECT pg_temp.falls_back('session_replication_role is not origin', :'tick');
SET LOCAL session_replication_role TO origin;

-- the owner's own privileges
CREATE ROLE roi_test_writer;
GRANT ALL ON SCHEMA :"roi_schema" TO roi_test_writer;
SELECT format('ALTER %s %s OWNER TO roi_test_writer', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass)
FROM pg_class c WHERE relnamespace = :'roi_schema'::regnamespace AND relkind IN ('r', 'p')
  AND (relname IN (SELECT name FROM roi_tables()) OR relname IN ('users', 'roi_schema_version') OR relispartition) ORDER BY relispartition \gexec
SELECT pg_temp.same('an owner who is nobody else', 'bulk', :'tick');
REVOKE INSERT ON platform_metrics FROM roi_test_writer;
SELECT pg_temp.falls_back('a missing privilege', :'tick');
SELECT is((SELECT split_part(pg_temp.outcome('auto', :'tick'), '|', 1)), '42501', 'which is the error');
ROLLBACK TO bare;

-- choosing
SELECT is((SELECT split_part(pg_temp.outcome('fast', :'tick'), '|', 1)), '22023', 'an unknown writer is refused');
SELECT set_config('roi_ext.fact_writer', 'bulk', true) \g /dev/null
SELECT roi_generate_tick('2025-01-31 14:00+00') \g /dev/null
SELECT is_empty('SELECT * FROM roi_verify()', 'rollups of rows written in bulk are exact');
SELECT is((SELECT sum(views) FROM roi_metrics), (SELECT sum(views) FROM roi_posts), 'and the running totals');

-- derived rows of many keys, known and new ones in any order: the walk along a primary key finds what a search finds
INSERT INTO users (clerk_id) VALUES ('w');
CREATE FUNCTION pg_temp.write(every integer, seed text) RETURNS bigint LANGUAGE sql AS $$
    WITH written AS (
        INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, content_type, update_timestamp, views, ad_spend, revenue_generated)
        SELECT 'w', (ARRAY['x', 'instagram', 'Ä'])[n % 3 + 1], 'p' || n % 400, nullif(n % 5, 0), (ARRAY['post', 'Reel', NULL])[n % 7 % 3 + 1],
            timestamptz '2025-01-30 12:30+00' + n % 80 * interval '1 hour', n, n % 11, n % 13
        FROM generate_series(1, 1200) n WHERE n % every = 0 ORDER BY md5(n || seed) RETURNING 1)
    SELECT count(*) FROM written
$$;
SELECT is(pg_temp.write(5, 'a'), 240::bigint, 'some keys');
SELECT is_empty($$SELECT * FROM roi_verify('w')$$, 'new rows are exact');
SELECT is(pg_temp.write(2, 'b'), 600::bigint, 'half of the keys');
SELECT is_empty($$SELECT * FROM roi_verify('w')$$, 'known and new rows are exact');
SELECT is(pg_temp.write(1, 'c'), 1200::bigint, 'all keys');
SELECT is(pg_temp.write(1, 'd'), 1200::bigint, 'all keys again');
SELECT is_empty($$SELECT * FROM roi_verify('w')$$, 'known rows are exact');
UPDATE roi_metrics SET views = views + 1, platform = CASE WHEN id % 3 = 0 THEN 'y' ELSE platform END WHERE user_id = 'w' AND id % 2 = 0;
DELETE FROM roi_metrics WHERE user_id = 'w' AND id % 7 < 3;
SELECT is_empty($$SELECT * FROM roi_verify('w')$$, 'changed and removed rows are exact');
SELECT is((SELECT sum(views) FROM roi_metrics WHERE user_id = 'w'), (SELECT sum(views) FROM roi_posts WHERE user_id = 'w'), 'running totals likewise');

-- an update does not pass by a CHECK that the row has never passed
SELECT set_config('roi_ext.fact_writer', 'auto', true) \g /dev/null
SELECT pg_temp.write(1, 'e') \g /dev/null
ALTER TABLE roi_posts ADD CONSTRAINT never CHECK (platform <> 'x') NOT VALID;
SELECT throws_ok($$SELECT pg_temp.write(1, 'f')$$, '23514', NULL, 'one that is not valid yet');
ALTER TABLE roi_posts DROP CONSTRAINT never;
CREATE FUNCTION pg_temp.allows(text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT current_setting('my.platform', true) IS DISTINCT FROM $1 $$;
ALTER TABLE roi_posts ADD CONSTRAINT changing CHECK (pg_temp.allows(platform::text));
SELECT set_config('my.platform', 'x', true) \g /dev/null
SELECT throws_ok($$SELECT pg_temp.write(1, 'g')$$, '23514', NULL, 'one whose answer may change');
ALTER TABLE roi_posts DROP CONSTRAINT changing;
SELECT is(pg_temp.write(1, 'h'), 1200::bigint, 'without them the rows are written');

SELECT * FROM finish();
ROLLBACK;
