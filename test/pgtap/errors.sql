-- docs/errors.md holds every SQLSTATE that a caller can get: each function is called as each kind of role with NULL, wrong types, extreme and
-- hostile values, one argument at a time and in random combinations. Run from the root of the checkout.
\set ON_ERROR_STOP on
\set page `cat docs/errors.md`
BEGIN;
SET LOCAL client_min_messages TO error;
SELECT * FROM no_plan();
SELECT setseed(0.5) \g /dev/null
SELECT roi_setup() \g /dev/null
CREATE ROLE e_client;
CREATE ROLE e_operator;
CREATE ROLE e_stranger;
SELECT roi_grant('e_client', 'client'), roi_grant('e_operator', 'operator') \g /dev/null
SELECT format('GRANT USAGE ON SCHEMA %I TO e_stranger', :'roi_schema') \gexec
INSERT INTO users VALUES ('anna'), ('bert');
INSERT INTO roi_metrics (user_id, platform, post_id, campaign_id, views, ad_spend, revenue_generated, currency, update_timestamp)
SELECT who, 'x', 'p' || n, n, n, n, n, CASE WHEN who = 'bert' AND n = 3 THEN 'EUR' ELSE 'USD' END, now() - n * interval '1 hour' FROM unnest('{anna,bert}'::text[]) who, generate_series(1, 3) n;
SELECT roi_simulate('demo', 7, first_posts => 1) \g /dev/null

-- the page
CREATE TEMP TABLE documented AS SELECT m[1] AS state, m[2] AS status FROM regexp_matches(:'page', '^\| (\w{5}) \| (\d{3}) \|', 'gn') m;
SELECT cmp_ok(count(*), '>', 30::bigint, 'the page is read') FROM documented;
SELECT is(count(*), count(DISTINCT state), 'each SQLSTATE once') FROM documented;
-- how PostgREST 12 and later choose a status
SELECT is(status, CASE WHEN state ~ '^PT\d{3}' THEN substr(state, 3) WHEN state ~ '^(08|53)' AND state <> '53400' THEN '503' WHEN state ~ '^(0L|0P|28|42501)' THEN '403' WHEN state IN ('23503', '23505') THEN '409' WHEN state = '25006' THEN '405'
    WHEN state IN ('42883', '42P01') THEN '404' WHEN state = 'P0001' THEN '400' WHEN state ~ '^(09|25|2D|38|39|3B|40|53|54|55|57|58|F0|HV|P0|XX)' OR state = '42P17' THEN '500' ELSE '400' END, 'HTTP status of ' || state) FROM documented;
SELECT is_empty($$ SELECT DISTINCT m[1] FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext'),
    regexp_matches(substring(obj_description(p.oid, 'pg_proc') FROM 'Errors: .*'), '\m([0-9]{2}[0-9A-Z]{3}|PT[0-9]{3})\M', 'g') m WHERE m[1] NOT IN (SELECT state FROM documented) $$, 'whatever the comments name is on the page');

-- values to try: of their type, or literals that are not
CREATE TEMP TABLE sample AS SELECT type, value FROM (VALUES
    ('text', ARRAY[NULL, '''''', '''anna''', '''bert''', '''demo''', 'repeat(''x'', 100000)', '''''''; DROP TABLE users; --''', 'E''\\\\''', '''30d''', '''UTC''', '''USD''', '''all''', '''NaN''', 'U&''\202E''', '''%''', '''{}''', '''client''', '''previous''', 'repeat(''🌷'', 256)']),
    ('numeric', ARRAY[NULL, '''NaN''', '''Infinity''', '-1', '0', '1e300', '1e-300']), ('bigint', ARRAY[NULL, '9223372036854775807', '''-9223372036854775808''', '0', '-1']),
    ('integer', ARRAY[NULL, '2147483647', '''-2147483648''', '0', '-1', '5']), ('smallint', ARRAY[NULL, '32767']), ('boolean', ARRAY[NULL, 'true']), ('uuid', ARRAY[NULL, '''00000000-0000-0000-0000-000000000000''', 'gen_random_uuid()']),
    ('timestamp with time zone', ARRAY[NULL, '''infinity''', '''-infinity''', '''4713-01-02 BC''', '''294276-12-31''', 'now()', '''2026-03-29 01:30+00''']), ('timestamp with time zone[]', ARRAY[NULL, '''{}''', '''{infinity,NULL}''', 'ARRAY[now()]']),
    ('interval', ARRAY[NULL, '''0''', '''-1 day''', '''1 day''', '''178000000 years''']), ('text[]', ARRAY[NULL, '''{}''', '''{NULL}''', '''{{a},{b}}''', '''[5:6]={facebook,youtube}''', 'array_fill(''x''::text, ARRAY[10000])']),
    ('jsonb', ARRAY[NULL, '''{}''', '''[]''', '''null''', '''"x"''', '''1e400''', '''{"name": "x"}''', '''{"name": {"a": []}, "platforms": [[]]}''', '''{"budget": "1", "goals": ["a"]}''', 'repeat(''['', 5000)::text || repeat('']'', 5000)', '''{"name": "\u0000"}''']),
    ('bytea', ARRAY[NULL, '''''', '''\xff00''', 'convert_to(E''Day,Ad ID,Amount spent (USD),Impressions\n2026-01-01,a,1,1\n'', ''UTF8'')', 'convert_to(repeat(''"'', 10001), ''UTF8'')']),
    ('regclass', ARRAY[NULL, '''pg_class''', '''users''', '0', '4294967295', '''no such table''', '''"''', '''a.b.c.d.e''']), ('date', ARRAY[NULL, '''2026-01-01''', '''infinity''', '''4713-01-01 BC''']), ('oid', ARRAY[NULL, '0', '10']), ('name', ARRAY[NULL, '''e_stranger''', '''nobody'''])) s (type, given), unnest(given) value;
CREATE TEMP TABLE argument AS
    SELECT p.oid, p.proname, p.prokind, p.pronargs - p.pronargdefaults AS required, a.place, a.name, format_type(a.type, NULL) AS type
    FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext')
    LEFT JOIN LATERAL (SELECT u.place, u.type, p.proargnames[u.place] AS name FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u (type, place)) a ON true
    WHERE p.prorettype <> 'trigger'::regtype AND coalesce(obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal%', true);
SELECT is_empty('SELECT DISTINCT type FROM argument WHERE type IS NOT NULL AND type NOT IN (SELECT type FROM sample)', 'there are values of every type');
CREATE FUNCTION pg_temp.given(a argument, value text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%I => %s::%s', (a).name, coalesce(CASE WHEN value LIKE 'repeat(''[%' THEN '(' || value || ')' ELSE value END, 'NULL'), (a).type) $$;
CREATE FUNCTION pg_temp.any_of(wanted text) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT value FROM sample WHERE type = wanted ORDER BY random() LIMIT 1 $$;
CREATE FUNCTION pg_temp.called(name text, kind "char", arguments text) RETURNS text LANGUAGE sql AS $$ SELECT CASE kind WHEN 'p' THEN 'CALL ' ELSE 'SELECT count(*) FROM ' END || format('%I(%s)', name, arguments) $$;
CREATE TEMP TABLE call AS
    -- no argument
    SELECT DISTINCT pg_temp.called(proname, prokind, (SELECT string_agg(pg_temp.given(o, (SELECT value FROM sample WHERE type = o.type AND value IS NOT NULL LIMIT 1)), ', ') FROM argument o WHERE o.oid = a.oid AND o.place <= a.required)) AS statement FROM argument a
    UNION -- each value of each argument, for a user who has figures
    SELECT pg_temp.called(a.proname, a.prokind, concat_ws(', ', pg_temp.given(a, s.value),
        (SELECT string_agg(CASE WHEN o.name = 'user_id' THEN 'user_id => ''anna''' ELSE pg_temp.given(o, (SELECT value FROM sample WHERE type = o.type AND value IS NOT NULL LIMIT 1)) END, ', ')
         FROM argument o WHERE o.oid = a.oid AND o.place <> a.place AND (o.place <= o.required OR o.name = 'user_id')))) FROM argument a JOIN sample s USING (type)
    UNION -- literals that are not of the type, types that nothing takes, names that nobody knows
    SELECT pg_temp.called(a.proname, a.prokind, format(wrong, a.name)) FROM argument a, unnest(ARRAY['%I => ''no such thing''', '%I => ARRAY[point ''(1,1)'']', 'no_such_argument => 1', '%I => ''NaN'', %1$I => 1']) wrong WHERE a.place IS NOT NULL AND wrong NOT LIKE '%$I%'
    UNION -- anything at once
    SELECT pg_temp.called(a.proname, a.prokind, string_agg(pg_temp.given(a, pg_temp.any_of(a.type)), ', ')) FROM argument a, generate_series(1, 40) n WHERE a.place IS NOT NULL GROUP BY a.oid, a.proname, a.prokind, n;
SELECT cmp_ok(count(*), '>', 2500::bigint, 'many calls') FROM call;

-- What a call ends with: none, or SQLSTATE, with what it lacks. Whatever it did is taken back.
CREATE FUNCTION pg_temp.outcome(role name, signed_in text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
    detail text;
BEGIN
    PERFORM set_config('request.jwt.claims', json_build_object('sub', signed_in)::text, true), set_config('statement_timeout', '60s', true);
    IF role <> 'owner' THEN PERFORM set_config('role', role, true); END IF;
    EXECUTE statement;
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION WHEN SQLSTATE 'YY000' THEN
    RETURN 'none';
WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE
        || CASE WHEN hint = '' AND (SQLSTATE IN ('PT404', 'PT422', '22001', '22003', '22004', '22021', '22023', '22P03', '22P04', '23503', '42704', '42P16', '54000', '55000') OR SQLERRM ~ 'user''s data|users'' data') THEN ' without hint: ' || SQLERRM ELSE '' END
        || CASE WHEN detail = '' AND (SQLSTATE IN ('PT404', 'PT422', '22004', '42704', '55000') OR SQLSTATE = '22023' AND SQLERRM !~ '^(LIMIT|invalid|role|cannot convert)|out of range$' OR SQLERRM ~ 'user''s data|users'' data') THEN ' without detail: ' || SQLERRM ELSE '' END;
END $$;
CREATE TEMP TABLE caller (role name, signed_in text, share double precision);
INSERT INTO caller VALUES ('e_client', 'anna', 1), ('e_client', '', 0.3), ('e_client', 'new user', 0.2), ('e_operator', '', 0.6), ('owner', '', 0.6), ('e_stranger', 'anna', 0.2);
CREATE TEMP TABLE result AS SELECT c.*, call.statement, NULL::text AS outcome FROM caller c, call WHERE random() <= c.share + 0 * length(call.statement); -- of both tables, or whole callers would be left out
UPDATE result SET outcome = pg_temp.outcome(role, signed_in, statement);
SELECT is((SELECT string_agg(DISTINCT format('%s: %s', outcome, left(statement, 150)), chr(10)) FROM result r WHERE r.role = c.role AND r.signed_in = c.signed_in AND outcome <> 'none' AND left(outcome, 5) NOT IN (SELECT state FROM documented)), NULL,
    format('%s signed in as "%s": nothing outside the page', role, signed_in)) FROM caller c;
SELECT is((SELECT string_agg(DISTINCT format('%s: %s', outcome, left(statement, 150)), chr(10)) FROM result r WHERE r.role = c.role AND r.signed_in = c.signed_in AND outcome ~ 'without'), NULL,
    format('%s signed in as "%s": every error of ours has a hint, and detail', role, signed_in)) FROM caller c;
SELECT is((SELECT count(*) FROM result WHERE role = 'e_stranger' AND outcome NOT IN ('42501', '42883', '22P02', '22007', '42P01', '42601', '42602', '42809', '22P05', '54001', '22023', '22008')), 0::bigint, 'a stranger is answered by nothing');
SELECT cmp_ok(count(*) FILTER (WHERE outcome = 'none'), '>', 1000::bigint, 'many calls are answered') FROM result;
SELECT cmp_ok(count(DISTINCT outcome), '>=', 15::bigint, 'and many kinds of errors come') FROM result;
SELECT is(count(*), 3::bigint, 'users are as before') FROM users;

SELECT * FROM finish();
ROLLBACK;
