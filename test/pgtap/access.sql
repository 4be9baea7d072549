-- Who is asking and for whom he may ask: identity from every source, 42501 for another user's id, operators, and what a hostile session
-- can change (nothing).
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC';
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null
CREATE ROLE access_client;
CREATE ROLE access_bypass BYPASSRLS;
CREATE ROLE access_member;
CREATE ROLE access_named;
CREATE ROLE access_inherits IN ROLE access_named;
SELECT format('GRANT USAGE ON SCHEMA %I TO access_client, access_bypass, access_named', :'roi_schema') \gexec
SELECT format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %I TO access_client, access_bypass, access_named', :'roi_schema') \gexec
SELECT format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO access_client, access_bypass, access_named', :'roi_schema') \gexec
INSERT INTO users VALUES ('user_2abc'), ('user_2xyz') ON CONFLICT DO NOTHING;
INSERT INTO roi_metrics (user_id, platform, post_id, update_timestamp, views, ad_spend, revenue_generated)
SELECT who, 'x', 'p', now() - interval '1 hour', length(who) * n, n, 2 * n FROM unnest('{user_2abc,user_2xyz}'::text[]) WITH ORDINALITY AS w (who, n);

-- The first value of a statement, or its SQLSTATE, in a session with these settings.
CREATE FUNCTION pg_temp.ask(role name, settings text[], statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    i integer;
BEGIN
    FOR i IN 1 .. coalesce(array_length(settings, 1), 0) LOOP
        PERFORM set_config(split_part(settings[i], '=', 1), substr(settings[i], position('=' IN settings[i]) + 1), true);
    END LOOP;
    PERFORM set_config('role', role, true);
    EXECUTE statement INTO answer;
    RAISE EXCEPTION USING ERRCODE = 'YY000', MESSAGE = coalesce(answer, 'NULL'); -- takes every setting back
EXCEPTION WHEN SQLSTATE 'YY000' THEN
    RETURN SQLERRM;
WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE FUNCTION pg_temp.who(VARIADIC settings text[]) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ask('access_client', settings, 'SELECT roi_current_user_id()') $$;

-- identity
SELECT is(pg_temp.ask('access_client', NULL, 'SELECT roi_current_user_id()'), 'NULL', 'nobody is signed in where no setting is');
SELECT is(pg_temp.who('request.jwt.claims=', 'roi_ext.user_id='), 'NULL', 'nor where settings are left empty by an earlier transaction');
SELECT is(pg_temp.who('request.jwt.claims={"sub": "user_2abc", "role": "authenticated"}'), 'user_2abc', 'PostgREST: the member sub of the claims');
SELECT is(pg_temp.who('request.jwt.claims={"role": "anon"}'), 'NULL', 'no sub, nobody');
SELECT is(pg_temp.who('request.jwt.claims={"sub": null}'), 'NULL', 'sub null, nobody');
SELECT is(pg_temp.who('request.jwt.claims={"sub": ""}'), 'NULL', 'sub empty, nobody');
SELECT is(pg_temp.who('request.jwt.claims={"sub": 42}'), '42', 'a number is its text');
SELECT is(pg_temp.who('request.jwt.claims=[]'), 'NULL', 'claims of another shape: nobody');
SELECT is(pg_temp.who('request.jwt.claims="user_2abc"'), 'NULL', 'a lone text: nobody');
SELECT is(pg_temp.who('request.jwt.claims={'), '22P02', 'claims that are not JSON are an error, not a guess');
SELECT is(pg_temp.who('roi_ext.user_id=user_2xyz'), 'user_2xyz', 'the setting roi_ext.user_id without claims');
SELECT is(pg_temp.who('roi_ext.user_id=user_2xyz', 'request.jwt.claims={"sub": "user_2abc"}'), 'user_2abc', 'claims go before it');
SELECT is(pg_temp.who('roi_ext.user_id=user_2xyz', 'request.jwt.claims={"role": "anon"}'), 'NULL', 'claims that name nobody are nobody, whatever the session has set');
SELECT is(pg_temp.who('request.jwt.claims={"sub": "it''s \"me\" \u00e9"}'), 'it''s "me" é', 'quotes and letters survive');
SAVEPOINT supabase;
CREATE SCHEMA auth;
SELECT is(pg_temp.who('request.jwt.claims={"sub": "user_2abc"}'), 'user_2abc', 'a schema auth without a function is no Supabase');
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb || '{"iss": "supabase"}' $$;
CREATE FUNCTION auth.jwt(text) RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"sub": "wrong"}'::jsonb $$;
SELECT is(pg_temp.who('request.jwt.claims={"sub": "user_2abc"}'), 'user_2abc', 'Supabase that the caller may not use: the claims themselves');
GRANT USAGE ON SCHEMA auth TO access_client;
SELECT is(pg_temp.who('request.jwt.claims={"sub": "user_2abc"}'), 'user_2abc', 'auth.jwt() ->> sub');
CREATE OR REPLACE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT '{"sub": "user_2xyz"}'::jsonb $$;
SELECT is(pg_temp.who('request.jwt.claims={"sub": "user_2abc"}'), 'user_2xyz', 'auth.jwt() goes before the claims');
REVOKE EXECUTE ON FUNCTION auth.jwt() FROM PUBLIC;
SELECT is(pg_temp.who('request.jwt.claims={"sub": "user_2abc"}'), 'user_2abc', 'unless the caller may not call it');
ROLLBACK TO supabase;

-- whom a caller may ask for
CREATE TEMP TABLE readers AS
    SELECT p.proname AS name FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext') AND p.proargnames[1] = 'user_id' AND p.provolatile = 's'
        AND obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal%' ORDER BY 1;
SELECT cmp_ok(count(*), '>=', 17::bigint, 'the read functions are found') FROM readers;
SELECT isnt(pg_temp.ask('access_client', '{roi_ext.user_id=user_2abc}', format('SELECT count(*) FROM %I(%L)', name, 'user_2abc')), '42501', name || '() for oneself') FROM readers;
SELECT is(pg_temp.ask('access_client', '{roi_ext.user_id=user_2abc}', format('SELECT count(*) FROM %I(%L)', name, other)), '42501', format('%s(''%s'') for another', name, other))
FROM readers, unnest(ARRAY['user_2xyz', 'no such user', 'USER_2ABC', 'user_2abc ', 'user_2abc'' OR true --']) other;
SELECT is(pg_temp.ask('access_client', NULL, format('SELECT count(*) FROM %I(%L)', name, 'user_2abc')), '42501', name || '() with nobody signed in') FROM readers;
GRANT :"USER" TO access_member;
SELECT format('CREATE POLICY roi_operator ON %I TO access_named USING (true) WITH CHECK (true)', name) FROM roi_tables() WHERE user_owned \gexec
SELECT isnt(pg_temp.ask(role, NULL, format('SELECT count(*) FROM %I(%L)', name, 'user_2xyz')), '42501', format('%s for anyone as %s', name, role))
FROM readers, unnest('{access_bypass,access_member,access_named,access_inherits}'::name[]) role;
SELECT is(pg_temp.ask(role, NULL, 'SELECT total_revenue FROM roi_total(''user_2xyz'')')::numeric, 4::numeric, role || ' sees the figures')
FROM unnest('{access_bypass,access_member,access_named,access_inherits}'::name[]) role;
SELECT is(pg_temp.ask('access_client', NULL, 'SELECT total_revenue FROM roi_total(''user_2xyz'')'), '42501', 'the policy is for its roles alone');
SELECT is(pg_temp.ask('access_client', '{roi_ext.user_id=user_2abc}', call), '42501', call || ' is for operators') FROM unnest(ARRAY[
    'SELECT roi_generate_tick()', 'SELECT roi_rebuild()', 'SELECT roi_set_members(NULL)', 'SELECT roi_make_coming_partitions()']) call;

-- a hostile session
CREATE SCHEMA hostile;
CREATE TABLE hostile.roi_rollup (LIKE roi_rollup);
CREATE TABLE hostile.roi_schema_version AS SELECT 99 AS version;
CREATE FUNCTION hostile.roi_current_user_id() RETURNS text LANGUAGE sql AS $$ SELECT 'user_2xyz'::text $$;
CREATE FUNCTION hostile.always(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.always);
CREATE FUNCTION hostile.always(varchar, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR hostile.= (LEFTARG = varchar, RIGHTARG = text, FUNCTION = hostile.always);
CREATE FUNCTION hostile.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '1999-01-01' $$;
CREATE FUNCTION hostile.to_char(timestamp, text) RETURNS text LANGUAGE sql AS $$ SELECT 'hostile' $$;
GRANT USAGE ON SCHEMA hostile TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA hostile TO PUBLIC;
CREATE FUNCTION pg_temp.answer(name text, VARIADIC settings text[] DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT regexp_replace(pg_temp.ask('access_client', array_prepend('roi_ext.user_id=user_2abc', settings),
        format('SELECT string_agg(to_json(r)::text, chr(10)) FROM %I.%I() r', (SELECT n.nspname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE p.oid = 'roi_total'::regproc), name)), '"asOf":"[^"]*"', '') $$;
-- a moment in a row is shown in the session's zone and style; the moment is the same
SELECT is(pg_temp.answer(name, setting, 'TimeZone=UTC', 'DateStyle=ISO', 'extra_float_digits=1'), pg_temp.answer(name, 'TimeZone=UTC', 'DateStyle=ISO', 'extra_float_digits=1'), format('%s() under %s', name, setting))
FROM readers, unnest(ARRAY['search_path=hostile, pg_catalog', 'search_path=', 'search_path=pg_temp, hostile', 'row_security=off', 'transform_null_equals=on', 'quote_all_identifiers=on',
    'backslash_quote=on', 'bytea_output=escape', 'IntervalStyle=sql_standard', 'standard_conforming_strings=off', 'enable_indexscan=off', 'enable_seqscan=off', 'plan_cache_mode=force_custom_plan',
    'jit_above_cost=0', 'work_mem=64kB', 'array_nulls=off', 'check_function_bodies=off', 'plpgsql.extra_errors=all', 'default_transaction_read_only=on', 'lc_numeric=C', 'xmloption=document',
    'roi_ext.nonsense=1', 'constraint_exclusion=on', 'force_parallel_mode=on', 'debug_parallel_query=on']) AS setting
WHERE (NOT setting ~ '^(force|debug)_parallel' OR EXISTS (SELECT FROM pg_settings s WHERE s.name = split_part(setting, '=', 1)))
  AND NOT (name = 'roi_report_pdf' AND setting ~ '^bytea_output'); -- which says how its bytes are shown
SELECT is(pg_temp.answer('roi_dashboard', setting), pg_temp.answer('roi_dashboard'), 'roi_dashboard() under ' || setting) FROM unnest(ARRAY['TimeZone=Asia/Kathmandu', 'DateStyle=SQL, DMY', 'extra_float_digits=-15']) setting;
SELECT is(pg_temp.ask('access_client', '{row_security=off,roi_ext.user_id=user_2abc}', 'SELECT roi_total()::text || current_setting(''row_security'')'),
          pg_temp.ask('access_client', '{row_security=off,roi_ext.user_id=user_2abc}', 'SELECT roi_total()::text') || 'off', 'row_security is as the session had it after a call');
SELECT is(pg_temp.ask('access_client', '{row_security=off,roi_ext.user_id=user_2abc}', 'SELECT count(*) FROM roi_metrics'), '42501', 'and tables refuse as PostgreSQL has it');

-- policies: every user-owned table, partition included, by index and with the user looked up once
CREATE TEMP TABLE owned AS
    SELECT c.oid::regclass AS name FROM roi_tables() l CROSS JOIN LATERAL (SELECT to_regclass(l.name)::oid UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(l.name)) t (oid)
    JOIN pg_class c ON c.oid = t.oid WHERE l.user_owned UNION ALL SELECT 'users'::regclass;
SELECT cmp_ok(count(*), '>', 40::bigint, 'tables and partitions of users') FROM owned;
CREATE FUNCTION pg_temp.plan(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP plan := plan || line || E'\n'; END LOOP;
    RETURN plan;
END $$;
GRANT SELECT ON ALL TABLES IN SCHEMA :"roi_schema" TO access_client;
GRANT SELECT ON owned TO access_client;
SET LOCAL enable_seqscan TO off;
SET LOCAL roi_ext.user_id TO 'user_2abc';
SET LOCAL ROLE access_client;
SELECT ok(plan ~ 'InitPlan' AND plan ~ 'Index Cond: \(\((user_id|clerk_id)\)::text = \$0\)|Index Cond: \(\((user_id|clerk_id)\)::text = \(InitPlan' AND plan !~ 'Seq Scan' AND plan !~ 'Filter: .*roi_current',
          name || ': an index scan, the user looked up once') FROM (SELECT name, pg_temp.plan(format('SELECT * FROM %s', name)) AS plan FROM owned) p;
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
