-- roi_grant() and roi_grants(): each level exactly, again without change, and back without a trace.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SELECT * FROM no_plan();
CREATE TEMP TABLE roi_schema AS SELECT :'roi_schema'::name AS name;
SELECT throws_ok($$ SELECT roi_grant('postgres', 'client') $$, '55000', NULL, 'roi_grant() needs the tables');
SELECT throws_ok($$ SELECT * FROM roi_grants() $$, '55000', NULL, 'roi_grants() as well');
SELECT roi_setup() \g /dev/null
CREATE ROLE "Odd ""Client""";
CREATE ROLE g_operator;
CREATE ROLE g_second;
CREATE ROLE g_bypass BYPASSRLS;
INSERT INTO users VALUES ('anna'), ('bert');
INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('anna', 'x', 'p', 1, now() - interval '1 hour'), ('bert', 'x', 'p', 2, now() - interval '1 hour');

-- Every privilege and policy on objects of the extension and its tables, and on the schema.
CREATE FUNCTION pg_temp.privileges() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', what, e.grantee::regrole, e.privilege_type, e.is_grantable, e.grantor::regrole) FROM (
        SELECT p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner)) FROM pg_proc p WHERE p.pronamespace = quote_ident((SELECT name FROM roi_schema))::regnamespace AND p.proname LIKE 'roi\_%'
        UNION ALL SELECT c.oid::regclass::text, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner)) FROM pg_class c
            WHERE c.relnamespace = quote_ident((SELECT name FROM roi_schema))::regnamespace AND c.relkind IN ('r', 'p', 'S')
        UNION ALL SELECT nspname, coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace WHERE nspname = (SELECT name FROM roi_schema)
    ) o (what, acl), aclexplode(acl) e
    UNION ALL SELECT concat_ws(' ', polrelid::regclass, polname, polroles::text) FROM pg_policy $$;
CREATE FUNCTION pg_temp.digest() RETURNS text LANGUAGE sql AS $$ SELECT md5(string_agg(p, chr(10) ORDER BY p)) FROM pg_temp.privileges() p $$;
CREATE TEMP TABLE before AS SELECT pg_temp.digest() AS digest;
-- The first value of a statement of a role with a user signed in, or its SQLSTATE.
CREATE FUNCTION pg_temp.as_role(role name, signed_in text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    rows bigint;
BEGIN
    PERFORM set_config('roi_ext.user_id', signed_in, true), set_config('role', role, true);
    IF statement LIKE 'SELECT%' THEN EXECUTE statement INTO answer; ELSE EXECUTE statement; END IF;
    GET DIAGNOSTICS rows = ROW_COUNT;
    PERFORM set_config('roi_ext.user_id', '', true);
    RESET ROLE;
    RETURN coalesce(answer, rows::text);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;

-- bad arguments
SELECT throws_ok(call, state, NULL, call) FROM (VALUES
    ($$SELECT roi_grant(NULL, 'client')$$, '22004'), ($$SELECT roi_grant('g_operator', NULL)$$, '22004'), ($$SELECT roi_grant('g_operator', '')$$, '22023'), ($$SELECT roi_grant('g_operator', 'CLIENT')$$, '22023'),
    ($$SELECT roi_grant('g_operator', 'superuser')$$, '22023'), ($$SELECT roi_grant('public', 'client')$$, '22023'), ($$SELECT roi_grant('PUBLIC', 'none')$$, '22023'), ($$SELECT roi_grant('no such role', 'client')$$, '42704'),
    ($$SELECT roi_grant('', 'client')$$, '42704'), ($$SELECT roi_grant('g_operator; DROP TABLE users', 'client')$$, '42704'), ($$SELECT roi_grant(repeat('r', 100000), 'client')$$, '42704')) AS c (call, state);
SELECT is(pg_temp.digest(), digest, 'refused calls change no privilege') FROM before;
SELECT is_empty('SELECT * FROM roi_grants()', 'at first nobody beside the owner holds anything');

-- the routines of each level
SELECT is_empty($$ SELECT r.routine FROM roi_level_routines() r WHERE r.level IS NULL AND obj_description(r.routine, 'pg_proc') NOT LIKE 'Internal%' AND r.routine::text !~ 'roi_(setup|grant)\(' $$, 'every public routine has a level, apart from the owner''s two');
SELECT is_empty($$ SELECT r.routine FROM roi_level_routines() r JOIN pg_proc p ON p.oid = r.routine WHERE r.level = 'client'
    AND p.proname ~ '(simulat|tick|schedule|verify|rebuild|purge|backfill|set_members|grant|status|health|heartbeat|maintain|setup|partition)' AND p.proname NOT IN ('roi_require_setup', 'roi_simulate_ab') $$, 'no client''s routine simulates, schedules, verifies or administers');

-- a client
SELECT is(roi_grant('Odd "Client"', 'client'), 'Odd "Client": client', 'roi_grant() says what it did');
CREATE TEMP TABLE granted AS SELECT pg_temp.digest() AS digest;
SELECT roi_grant('Odd "Client"', 'client') \g /dev/null
SELECT is(pg_temp.digest(), digest, 'again it changes nothing') FROM granted;
SELECT results_eq($$ SELECT role, level FROM roi_grants() $$, $$ VALUES ('Odd "Client"', 'client') $$, 'roi_grants() lists it');
SELECT is(has_function_privilege('Odd "Client"', r.routine, 'EXECUTE'), coalesce(r.level = 'client', false), 'client: ' || r.routine) FROM roi_level_routines() r;
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', 'SELECT total_impressions FROM roi_total()'), '1', 'a client reads his own figures');
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', 'SELECT total_impressions FROM roi_total(''bert'')'), '42501', 'not another''s');
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', format('SELECT string_agg(DISTINCT %I, '' '') FROM %s', CASE r.relation::text WHEN 'users' THEN 'clerk_id' ELSE 'user_id' END, r.relation)), 'anna', 'a client sees his own rows of ' || r.relation)
FROM roi_level_tables() r WHERE r.relation::text IN ('roi_metrics', 'roi_rollup', 'roi_rollup_detail', 'roi_posts', 'users');
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', $$SELECT rows_imported FROM roi_import('anna', convert_to(E'Day,Ad ID,Amount spent (USD),Impressions\n2026-01-01,a,1,1\n', 'UTF8'))$$), '1', 'he imports for himself');
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', $$SELECT rows_imported FROM roi_import('bert', convert_to(E'Day,Ad ID,Amount spent (USD),Impressions\n2026-01-01,a,1,1\n', 'UTF8'))$$), '42501', 'not for another');
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', format(statement, r.relation)), '42501', format('a client may not: ' || statement, r.relation))
FROM roi_level_tables() r JOIN pg_class c ON c.oid = r.relation AND c.relkind <> 'S', unnest('{INSERT INTO %s DEFAULT VALUES,DELETE FROM %s,TRUNCATE %s}'::text[]) statement WHERE r.client_may IS NULL OR r.client_may = 'SELECT';
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', format('SELECT count(*) FROM %I', c.relname)), '42501', 'no client reads the partition ' || c.relname) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid WHERE i.inhparent IN ('roi_metrics'::regclass, 'platform_metrics'::regclass);
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', 'SELECT count(*) FROM ' || t), '42501', 'nor ' || t) FROM unnest('{roi_user_state,roi_schema_version,roi_job_runs}'::text[]) t;
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', call), '42501', 'a client may not: ' || call) FROM unnest(ARRAY['SELECT roi_simulate()', 'SELECT roi_backfill()', 'SELECT roi_generate_tick()', 'CALL roi_tick_job()', 'SELECT roi_schedule()',
    'SELECT roi_unschedule()', 'SELECT roi_verify()', 'SELECT roi_rebuild(''anna'')', 'SELECT roi_setup()', 'SELECT roi_grant(''g_operator'', ''operator'')', 'SELECT roi_grants()', 'SELECT roi_purge_simulated()', 'SELECT nextval(''roi_metrics_id_seq'')']) call;
SELECT throws_like($$ DROP ROLE "Odd ""Client""" $$, '%cannot be dropped%', 'a role that holds a level cannot be dropped');

-- an operator whom row security holds back, and one whom it does not
SELECT roi_grant(r, 'operator') FROM unnest('{g_operator,g_second,g_bypass}'::text[]) r \g /dev/null
CREATE TEMP TABLE granted_all AS SELECT pg_temp.digest() AS digest;
SELECT roi_grant(r, 'operator') FROM unnest('{g_bypass,g_operator,g_second}'::text[]) r \g /dev/null
SELECT is(count(*), 2::bigint, 'two roles in every policy of operators') FROM (SELECT unnest(polroles) FROM pg_policy WHERE polname = 'roi_operator' GROUP BY 1 HAVING count(*) = (SELECT count(*) FROM roi_level_tables() r JOIN pg_class c ON c.oid = r.relation AND c.relkind <> 'S' WHERE r.operator_may IS NOT NULL)) p;
SELECT results_eq($$ SELECT role, level FROM roi_grants() $$, $$ VALUES ('Odd "Client"', 'client'), ('g_bypass', 'operator'), ('g_operator', 'operator'), ('g_second', 'operator') $$, 'roi_grants() lists them all');
SELECT is(pg_temp.as_role(role, '', 'SELECT count(DISTINCT user_id) FROM ' || t), '2', format('%s sees everybody in %s', role, t)) FROM unnest('{g_operator,g_bypass}'::name[]) role, unnest('{roi_metrics,roi_rollup,roi_rollup_detail,roi_posts,roi_user_state}'::text[]) t;
SELECT is(pg_temp.as_role(role, '', call), answer, format('%s: %s', role, call)) FROM unnest('{g_operator,g_bypass}'::name[]) role, (VALUES
    ('SELECT total_impressions FROM roi_total(''bert'')', '2'), ('SELECT count(*) FROM roi_verify()', '0'), ('SELECT roi_rebuild()', '2'), ('SELECT user_id FROM roi_simulate(''demo'', 7, first_posts => 2)', 'demo'),
    ('SELECT users FROM roi_generate_tick(now() + interval ''1 hour'')', '1'), ('SELECT published > 0 FROM roi_backfill(''demo'', ''3 days'')', 'f'), ('SELECT roi_stop_simulation(''demo'')', 'true'),
    ('SELECT roi_purge_simulated(''demo'') > 0', 'true'), ('INSERT INTO roi_metrics (user_id, platform, views) VALUES (''bert'', ''x'', 1)', '1'), ('DELETE FROM roi_metrics WHERE views = 1 AND user_id = ''bert''', '1'),
    ('INSERT INTO roi_job_runs (job) VALUES (''test'')', '1'), ('UPDATE roi_platforms SET enabled = enabled', '3'), ('INSERT INTO users VALUES (''new'' || random())', '1'), ('SELECT count(*) FROM roi_grants()', '4')) AS c (call, answer)
WHERE call NOT LIKE '%backfill%';
SELECT is(pg_temp.as_role('g_operator', '', format(statement, t)), '42501', format('nor may an operator: ' || statement, t)) FROM unnest('{roi_rollup,roi_rollup_detail,roi_posts,roi_user_state,roi_schema_version}'::text[]) t, unnest('{DELETE FROM %s,UPDATE %s SET created_at = now(),TRUNCATE %s}'::text[]) statement
WHERE statement !~ 'created_at' OR t !~ 'rollup|version';
SELECT is(pg_temp.as_role('g_operator', '', call), '42501', 'nor: ' || call) FROM unnest(ARRAY['SELECT roi_grant(''g_operator'', ''operator'')', 'SELECT roi_setup()', 'DROP TABLE roi_metrics', 'ALTER TABLE roi_metrics ADD x integer']) call;
SELECT is(pg_temp.as_role('Odd "Client"', 'anna', 'SELECT count(DISTINCT user_id) FROM roi_metrics'), '1', 'a client beside operators sees what he saw');

-- down, and back without a trace
SELECT roi_grant('g_second', 'client') \g /dev/null
SELECT is(pg_temp.as_role('g_second', 'anna', 'SELECT string_agg(DISTINCT user_id, '' '') FROM roi_metrics'), 'anna', 'an operator made a client sees his own rows');
SELECT is(pg_temp.as_role('g_second', 'anna', 'SELECT roi_rebuild()'), '42501', 'and operates no more');
SELECT is(pg_temp.as_role('g_operator', '', 'SELECT count(*) > 1 FROM roi_metrics'), 'true', 'while the other one does');
SELECT format('GRANT SELECT ON roi_job_runs TO g_second') \gexec
SELECT is((SELECT level FROM roi_grants() WHERE role = 'g_second'), 'custom', 'a grant by hand shows');
GRANT EXECUTE ON FUNCTION roi_total TO PUBLIC;
SELECT is((SELECT level FROM roi_grants() WHERE role = 'PUBLIC'), 'custom', 'so does one to everybody');
REVOKE EXECUTE ON FUNCTION roi_total FROM PUBLIC;
SELECT roi_grant(r, 'none') FROM unnest('{"Odd \"Client\"",g_operator,g_second,g_bypass}'::text[]) r \g /dev/null
SELECT is(pg_temp.digest(), digest, 'none takes everything back, grants by hand included') FROM before;
SELECT is_empty('SELECT * FROM roi_grants()', 'and nothing is listed');
SELECT lives_ok($$ DROP ROLE "Odd ""Client""", g_operator, g_second, g_bypass $$, 'the roles can go');

-- who may grant
CREATE ROLE g_owner;
CREATE ROLE g_client;
SELECT format('GRANT USAGE, CREATE ON SCHEMA %I TO g_owner WITH GRANT OPTION', :'roi_schema') \gexec
SELECT format('GRANT EXECUTE ON ROUTINE %s TO g_owner', routine) FROM roi_level_routines() \gexec
SELECT format('ALTER TABLE %s OWNER TO g_owner', r.relation) FROM roi_level_tables() r JOIN pg_class c ON c.oid = r.relation WHERE c.relkind <> 'S' \gexec
SELECT is(pg_temp.as_role('g_owner', '', 'SELECT roi_grant(''g_client'', ''client'')'), '42501', 'the owner of the tables may not grant functions that he may only call');
SELECT format('GRANT EXECUTE ON ROUTINE %s TO g_owner WITH GRANT OPTION', routine) FROM roi_level_routines() \gexec
SELECT is(pg_temp.as_role('g_owner', '', 'SELECT roi_grant(''g_client'', ''client'')'), 'g_client: client', 'with grant option he may');
SELECT is(pg_temp.as_role('g_client', 'anna', 'SELECT total_impressions > 0 FROM roi_total()'), 'true', 'and his client reads');
SELECT throws_ok($$ SELECT roi_grant('g_client', 'none') $$, '42501', NULL, 'a superuser does not pretend to revoke what the owner granted');
SELECT is(pg_temp.as_role('g_owner', '', 'SELECT roi_grant(''g_client'', ''none'')'), 'g_client: none', 'the owner does');
SELECT lives_ok('DROP ROLE g_client', 'and it is gone');

-- Supabase's own step: everything in the schema by hand, partitions and columns included
CREATE ROLE g_by_hand BYPASSRLS;
SELECT format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO g_by_hand', :'roi_schema'), 'GRANT SELECT (user_id, ad_spend) ON roi_metrics TO g_by_hand' \gexec
SELECT roi_grant('g_by_hand', 'none') \g /dev/null
SELECT is_empty($$ SELECT c.relname FROM pg_class c JOIN pg_partition_tree('roi_metrics') p ON p.relid = c.oid, aclexplode(c.relacl) e WHERE e.grantee = 'g_by_hand'::regrole
    UNION ALL SELECT attname FROM pg_attribute, aclexplode(attacl) e WHERE e.grantee = 'g_by_hand'::regrole $$, 'none takes back what was granted by hand, partitions and columns included');

SELECT * FROM finish();
ROLLBACK;
