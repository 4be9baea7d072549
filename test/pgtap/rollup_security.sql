-- Row security on the rollups: a client sees his own rows in tables and functions, writes no derived table, and what he may write is followed
-- by the rollup, written as the tables' owner, an ordinary role.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC';
SELECT * FROM no_plan();
CREATE EXTENSION IF NOT EXISTS roi_ext SCHEMA :"roi_schema";
CREATE ROLE roi_test_owner;
CREATE ROLE roi_test_reader;
CREATE ROLE roi_test_writer;
GRANT USAGE ON SCHEMA :"roi_schema", public TO roi_test_reader, roi_test_writer;
GRANT USAGE, CREATE ON SCHEMA :"roi_schema" TO roi_test_owner;
SELECT format('GRANT EXECUTE ON ROUTINE %s TO roi_test_owner', objid::regprocedure) FROM pg_depend
WHERE classid = 'pg_proc'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext') \gexec

-- Runs a statement as a role with a user signed in; answers its first value, its number of rows where it has none, or its SQLSTATE.
CREATE FUNCTION pg_temp.as_role(role name, signed_in text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    rows bigint;
BEGIN
    PERFORM set_config('roi_ext.user_id', signed_in, true), set_config('role', role, true);
    IF statement LIKE 'SELECT%' THEN
        EXECUTE statement INTO answer;
    ELSE
        EXECUTE statement;
    END IF;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RESET ROLE;
    PERFORM set_config('roi_ext.user_id', '', true);
    RETURN coalesce(answer, rows::text);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE FUNCTION pg_temp.owner(statement text) RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.as_role('roi_test_owner', '', statement) $$;
CREATE FUNCTION pg_temp.exact(name text) RETURNS text LANGUAGE sql AS $$ SELECT is(pg_temp.owner('SELECT count(*) FROM roi_verify()'), '0', name || ': the rollup is exact') $$;

SET LOCAL ROLE roi_test_owner;
SELECT roi_setup();
INSERT INTO users (clerk_id) VALUES ('alice'), ('bob'), ('carol');
INSERT INTO campaign_with_user_id (user_id, id, name, date) SELECT who, 7, who || ' campaign', current_date - 2 FROM unnest('{alice,bob}'::text[]) who;
INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, update_timestamp, views, likes, clicks, ad_spend, revenue_generated, roi_percentage)
SELECT who, 'x' || n % 2, 7, who || n % 3, 'video', now() - n * interval '7 hours', 100 * length(who) + n, n, n, length(who), 3.5, 20
FROM unnest('{alice,bob}'::text[]) who, generate_series(1, 12) n;
GRANT SELECT ON roi_metrics, platform_metrics, roi_posts, roi_rollup, roi_rollup_detail, campaign_with_user_id, users, roi_exchange_rates, user_preferences,
    roi_industry_benchmarks, roi_simulations, user_competitors, roi_competitor_metrics TO roi_test_reader;
GRANT INSERT ON roi_metrics TO roi_test_writer;
GRANT USAGE ON SEQUENCE roi_metrics_id_seq TO roi_test_writer;
RESET ROLE;
CREATE TEMP TABLE readers AS
    SELECT p.proname AS name, p.oid::regprocedure AS signature FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext') AND p.proargnames[1] = 'user_id' AND p.provolatile = 's'
        AND (p.proargnames && '{period,year}' OR p.proname = 'roi_verify') AND obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal%' ORDER BY 1;
SELECT format('GRANT EXECUTE ON FUNCTION %s TO roi_test_reader', signature) FROM readers \gexec
SELECT format('GRANT EXECUTE ON FUNCTION %s TO roi_test_reader, roi_test_writer', oid::regprocedure) FROM pg_proc
WHERE pronamespace = (:'roi_schema')::regnamespace AND proname IN ('roi_current_user_id', 'roi_set_members') \gexec
SELECT format('GRANT EXECUTE ON FUNCTION %s TO roi_test_reader', routine) FROM roi_level_routines() WHERE level = 'client' AND routine::text ~ '(require|own_figures|percentile|_rows)' \gexec

-- tables
SELECT cmp_ok(pg_temp.owner(format('SELECT count(DISTINCT user_id) FROM %I', t))::int, '>=', 2, 'the owner sees everybody in ' || t)
FROM unnest('{roi_rollup,roi_rollup_detail,roi_posts}'::text[]) t;
SELECT is(pg_temp.as_role('roi_test_reader', who, format('SELECT string_agg(DISTINCT user_id, '' '') FROM %I', t)), who, format('%s sees his own rows only in %s', who, t))
FROM unnest('{roi_rollup,roi_rollup_detail,roi_posts}'::text[]) t, unnest('{alice,bob}'::text[]) who;
SELECT is(pg_temp.as_role('roi_test_reader', '', format('SELECT count(*) FROM %I', t)), '0', 'nobody signed in sees nothing in ' || t)
FROM unnest('{roi_rollup,roi_rollup_detail,roi_posts}'::text[]) t;
SELECT is(pg_temp.as_role('roi_test_reader', 'alice', format('SELECT count(*) FROM %I WHERE user_id = ''bob''', t)), '0', 'nor does alice see bob''s rows when she asks for them in ' || t)
FROM unnest('{roi_rollup,roi_rollup_detail,roi_posts}'::text[]) t;

-- functions
SELECT cmp_ok(count(*), '>=', 3::bigint, 'the read functions are found') FROM readers;
SELECT is(pg_temp.as_role('roi_test_reader', 'alice', format('SELECT string_agg(r::text, chr(10)) FROM %I() r', name)),
          pg_temp.owner(format('SELECT string_agg(r::text, chr(10)) FROM %I(''alice'') r', name)), name || '() answers alice as it answers the owner for her') FROM readers;
SELECT isnt(pg_temp.owner(format('SELECT string_agg(r::text, chr(10)) FROM %I(''alice'') r', name)),
            pg_temp.owner(format('SELECT string_agg(r::text, chr(10)) FROM %I(''bob'') r', name)), name || '(): alice and bob have different answers')
FROM readers WHERE name NOT IN ('roi_verify', 'roi_competitor_benchmark', 'roi_seasonality') -- no competitor, too little data, or refused for it
    AND pg_temp.owner(format('SELECT string_agg(r::text, chr(10)) FROM %I(''alice'') r', name)) NOT IN ('22004', 'PT422');
SELECT is(pg_temp.as_role('roi_test_reader', 'alice', format('SELECT string_agg(r::text, chr(10)) FROM %I(%L) r', name, who)), '42501',
          format('%s(''%s''): alice learns nothing of him', name, who)) FROM readers, unnest('{bob,no such user}'::text[]) who;
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', format('SELECT count(*) FROM %I()', name)), '42501', name || '() refuses a role without EXECUTE') FROM readers;

-- roi_verify() tells a client of his own differences only
SAVEPOINT tampered;
UPDATE roi_rollup SET views = views + 1 WHERE grain = 'm';
UPDATE roi_rollup_detail SET views = views + 1 WHERE grain = 'm';
SELECT is(pg_temp.owner('SELECT string_agg(DISTINCT user_id, '' '' ORDER BY user_id) FROM roi_verify()'), 'alice bob', 'roi_verify() tells the owner of everybody''s differences');
SELECT is(pg_temp.as_role('roi_test_reader', 'bob', 'SELECT string_agg(DISTINCT user_id, '' '') FROM roi_verify()'), 'bob', 'and bob of his own');
SELECT is(pg_temp.as_role('roi_test_reader', 'bob', 'SELECT count(*) FROM roi_verify(''alice'')'), '42501', 'not of alice''s');
ROLLBACK TO tampered;

-- derived tables are not for clients
SELECT is(pg_temp.as_role(role, 'alice', format(statement, t)), '42501', format('%s may not: ' || statement, role, t))
FROM unnest('{roi_test_reader,roi_test_writer}'::name[]) role, unnest('{roi_rollup,roi_rollup_detail,roi_posts,roi_user_state}'::text[]) t,
     unnest(ARRAY['DELETE FROM %I', 'TRUNCATE %I', 'INSERT INTO %I (user_id) VALUES (''alice'')', 'UPDATE %I SET user_id = user_id']) statement;
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', format('SELECT count(*) FROM %I', t)), '42501', 'a writer may not read ' || t)
FROM unnest('{roi_rollup,roi_rollup_detail,roi_posts,roi_metrics}'::text[]) t;
SELECT is(pg_temp.as_role('roi_test_reader', 'alice', 'SELECT roi_rebuild(''alice'')'), '42501', 'a client may not rebuild unless granted');
SELECT format('GRANT EXECUTE ON FUNCTION %s TO roi_test_reader', oid::regprocedure) FROM pg_proc WHERE pronamespace = (:'roi_schema')::regnamespace AND proname = 'roi_rebuild' \gexec
SELECT is(pg_temp.as_role('roi_test_reader', 'alice', 'SELECT roi_rebuild(''bob'')'), '42501', 'not for another user then');
SELECT is(pg_temp.as_role('roi_test_reader', '', 'SELECT roi_rebuild(''alice'')'), '42501', 'nor without signing in');

-- a writer of facts: the rollup follows
SELECT pg_temp.exact('before');
CREATE FUNCTION pg_temp.month_views(who text) RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.owner(format('SELECT sum(views) FROM roi_rollup WHERE user_id = %L AND grain = ''m''', who)) $$;
SELECT is(pg_temp.month_views('alice'), pg_temp.owner('SELECT sum(views) FROM roi_metrics WHERE user_id = ''alice'''), 'the month holds alice''s views');
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', 'INSERT INTO roi_metrics (user_id, platform, post_id, views) VALUES (''alice'', ''x0'', ''alice0'', 1000), (''alice'', ''new'', ''new'', 1000)'), '2',
          'a writer inserts facts of his own, known and unknown posts');
SELECT pg_temp.exact('after them');
SELECT is(pg_temp.month_views('alice'), pg_temp.owner('SELECT sum(views) FROM roi_metrics WHERE user_id = ''alice'''), 'the month has followed');
SELECT is(pg_temp.owner('SELECT views FROM roi_posts WHERE user_id = ''alice'' AND post_id = ''new'''), '1000', 'the new post is registered with its total');
SELECT is(pg_temp.as_role('roi_test_writer', 'carol', 'INSERT INTO roi_metrics (user_id, platform, post_id, views) VALUES (''carol'', ''x'', ''p'', 5)'), '1', 'the first fact of a user');
SELECT is(pg_temp.month_views('carol'), '5', 'is in his rollup');
SELECT is(pg_temp.as_role('roi_test_writer', who, 'INSERT INTO roi_metrics (user_id, platform, views) VALUES (''bob'', ''x'', 5)'), '42501', format('"%s" may not write bob''s facts', who))
FROM unnest('{alice,""}'::text[]) who;
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', 'INSERT INTO roi_metrics (user_id, platform, views) VALUES (''alice'', ''x'', 5), (''bob'', ''x'', 5)'), '42501', 'nor among his own');
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', 'DELETE FROM roi_metrics'), '42501', 'nor delete');

-- tables of the writer's own, named like ours, catch nothing
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', 'CREATE TEMP TABLE roi_rollup (user_id text)'), '0', 'a writer makes a temporary roi_rollup');
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', 'INSERT INTO roi_metrics (user_id, platform, post_id, views) VALUES (''alice'', ''x0'', ''alice0'', 1)'), '1', 'and inserts');
DROP TABLE pg_temp.roi_rollup;
SELECT pg_temp.exact('behind his table');

-- updates and deletes of own rows, through the parent and a partition
GRANT SELECT, UPDATE, DELETE ON roi_metrics TO roi_test_writer;
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', 'UPDATE roi_metrics SET views = views + 1, post_id = ''moved'' WHERE platform = ''x1'''), '6', 'a writer updates rows of his own only');
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', 'UPDATE roi_metrics SET user_id = ''bob'''), '42501', 'may not give them away');
SELECT pg_temp.exact('after updates');
SELECT is(pg_temp.as_role('roi_test_writer', 'alice', 'DELETE FROM roi_metrics WHERE platform = ''x1'''), '6', 'deletes rows of his own only');
SELECT pg_temp.exact('after deletes');
SELECT is(pg_temp.owner('SELECT count(*) FROM roi_metrics WHERE user_id = ''bob'''), '12', 'bob''s facts are as before');
SELECT is(pg_temp.month_views('bob'), pg_temp.owner('SELECT sum(views) FROM roi_metrics WHERE user_id = ''bob'''), 'and so is his rollup');
SELECT is(pg_temp.owner('SELECT string_agg(DISTINCT tableowner, '' '') FROM pg_tables WHERE tablename IN (''roi_rollup'', ''roi_rollup_detail'', ''roi_posts'')'), 'roi_test_owner', 'all of it in tables of the owner');

SELECT * FROM finish();
ROLLBACK;
