-- Settings: the JSON that the dashboard's client code sends and expects, steps that save their own members, limits, and 404 for what is not there.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'America/New_York';
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null
CREATE ROLE s_client;
CREATE ROLE s_operator;
SELECT roi_grant('s_client', 'client'), roi_grant('s_operator', 'operator') \g /dev/null
-- The first value of a statement of a role with a user signed in, or its SQLSTATE, with ' bare' behind it where it has no hint.
CREATE FUNCTION pg_temp.as_user(signed_in text, statement text, role name DEFAULT 's_client') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    hint text;
BEGIN
    PERFORM set_config('request.jwt.claims', json_build_object('sub', signed_in)::text, true), set_config('role', role, true);
    EXECUTE statement INTO answer;
    RESET ROLE;
    PERFORM set_config('request.jwt.claims', '', true);
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || CASE WHEN hint = '' THEN ' bare' ELSE '' END;
END $$;
CREATE FUNCTION pg_temp.save(preferences text, who text DEFAULT 'ann') RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.as_user(who, format('SELECT roi_save_user_preferences(preferences => %L)', preferences)) $$;
CREATE FUNCTION pg_temp.stored(who text DEFAULT 'ann') RETURNS jsonb LANGUAGE sql AS $$ SELECT pg_temp.as_user(who, 'SELECT roi_get_user_preferences()')::jsonb $$;

-- preferences: two steps of a wizard, in both orders, of a user nobody has seen before
SELECT is(pg_temp.stored(), '{"industry": null, "companySize": null, "goals": [], "budget": null}', 'nothing answered yet');
SELECT is(pg_temp.save('{"industry": "retail", "companySize": "small"}')::jsonb, '{"industry": "retail", "companySize": "small", "goals": [], "budget": null}', 'the first step saves its two, and a new user is registered');
SELECT is((SELECT count(*) FROM users WHERE clerk_id = 'ann'), 1::bigint, 'where the users table is ours');
SELECT is(pg_temp.save('{"goals": ["awareness", "sales"], "budget": "1000-5000"}')::jsonb, '{"industry": "retail", "companySize": "small", "goals": ["awareness", "sales"], "budget": "1000-5000"}', 'the second step keeps the first');
SELECT is(pg_temp.stored(), '{"industry": "retail", "companySize": "small", "goals": ["awareness", "sales"], "budget": "1000-5000"}', 'the getter returns the same keys');
SELECT is(pg_temp.as_user('ann', 'SELECT roi_get_user_preferences()'), '{"industry" : "retail", "companySize" : "small", "goals" : ["awareness","sales"], "budget" : "1000-5000"}', 'in the order of the client code');
SELECT is(pg_temp.save('{"goals": [], "budget": "any"}', 'ben')::jsonb, '{"industry": null, "companySize": null, "goals": [], "budget": "any"}', 'the second step may come first');
SELECT is(pg_temp.save('{}')::jsonb, pg_temp.stored(), 'no member, no change');
SELECT is(pg_temp.save('{"industry": null, "goals": null}')::jsonb, '{"industry": null, "companySize": "small", "goals": [], "budget": "1000-5000"}', 'null clears');
SELECT is(pg_temp.save(format('{"companySize": "%s"}', size))::jsonb ->> 'companySize', size, 'company size ' || size) FROM unnest('{solo,small,medium,large,enterprise}'::text[]) size;
SELECT is(pg_temp.save(json_build_object('budget', repeat('9', 64), 'industry', repeat('é', 100), 'goals', (SELECT array_agg(repeat('g', 99) || n % 10) FROM generate_series(1, 32) n))::text)::jsonb ->> 'budget', repeat('9', 64), 'everything at its limit');
SELECT is(pg_temp.save(preferences), '22023', 'refused: ' || left(preferences, 60)) FROM unnest(ARRAY['[]', '"x"', '1', 'null', '{"companySize": "tiny"}', '{"companySize": "SOLO"}', '{"companySize": ""}', '{"companySize": 1}', '{"company_size": "solo"}', '{"industry": ""}', '{"industry": "  "}',
    '{"industry": 5}', '{"industry": {}}', '{"goals": "sales"}', '{"goals": [1]}', '{"goals": [null]}', '{"goals": [""]}', '{"goals": [["a"]]}', '{"budget": 1000}', '{"user_id": "ben"}',
    json_build_object('budget', repeat('9', 65))::text, json_build_object('industry', repeat('i', 101))::text, json_build_object('goals', (SELECT array_agg('g' || n) FROM generate_series(1, 33) n))::text,
    json_build_object('goals', ARRAY[repeat('g', 101)])::text, json_build_object('industry', repeat('i', 1000000))::text]) preferences;
SELECT is(pg_temp.as_user('ann', 'SELECT roi_save_user_preferences()'), '22004', 'NULL preferences');
SELECT is(pg_temp.stored() ->> 'budget', repeat('9', 64), 'and nothing has changed');
SELECT is(pg_temp.save('{"industry": "x''; DROP TABLE users; --"}')::jsonb ->> 'industry', 'x''; DROP TABLE users; --', 'text stays text');
UPDATE user_preferences SET updated_at = '2000-01-01';
SELECT pg_temp.save('{"budget": "later"}') \g /dev/null
SELECT results_eq($$ SELECT user_id::text, updated_at = now() FROM user_preferences ORDER BY 1 $$, $$ VALUES ('ann', true), ('ben', false) $$, 'updated_at of his row alone');
SELECT is(pg_temp.as_user('ann', call), '42501', call) FROM unnest(ARRAY['SELECT roi_get_user_preferences(''ben'')', $$SELECT roi_save_user_preferences('ben', '{"budget": "1"}')$$, 'SELECT count(*) FROM roi_get_user_competitors(''ben'')',
    $$SELECT roi_save_competitor('ben', '{"name": "x"}')$$, $$SELECT roi_update_competitor('ben', gen_random_uuid(), '{"name": "x"}')$$, $$SELECT roi_delete_competitor('ben', gen_random_uuid())$$, 'SELECT roi_connected_accounts(''ben'')']) call;
SELECT is(pg_temp.as_user('', call), '22004', 'nobody signed in: ' || call) FROM unnest(ARRAY['SELECT roi_get_user_preferences()', $$SELECT roi_save_user_preferences(preferences => '{}')$$, 'SELECT count(*) FROM roi_get_user_competitors()',
    $$SELECT roi_save_competitor(competitor => '{"name": "x"}')$$, 'SELECT roi_connected_accounts()']) call;
SELECT is(pg_temp.as_user('', 'SELECT roi_save_user_preferences(''ben'', ''{"budget": "by operator"}'')', 's_operator')::jsonb ->> 'budget', 'by operator', 'an operator saves for anyone');
SELECT is(pg_temp.as_user(repeat('u', 256), $$SELECT roi_save_user_preferences(preferences => '{"budget": "1"}')$$), '22001', 'a user id of 256 characters');
UPDATE roi_schema_version SET users_made = false;
SELECT is(pg_temp.save('{"budget": "1"}', 'stranger'), '23503', 'an unknown user where the users table is the application''s');
UPDATE roi_schema_version SET users_made = true;

-- competitors
CREATE FUNCTION pg_temp.add(competitor text, who text DEFAULT 'ann') RETURNS jsonb LANGUAGE sql AS $$ SELECT pg_temp.as_user(who, format('SELECT roi_save_competitor(competitor => %L)', competitor))::jsonb $$;
CREATE TEMP TABLE made AS SELECT pg_temp.add('{"name": "Acme", "website": "https://acme.example", "description": "the big one", "platforms": ["facebook", "linkedin", "threads"]}') AS acme,
    pg_temp.add('{"name": "Other"}', 'ben') AS other;
SELECT is(acme - 'id', '{"name": "Acme", "website": "https://acme.example", "description": "the big one", "platforms": ["facebook", "linkedin", "threads"]}', 'a competitor as it was sent') FROM made;
SELECT is(other - 'id', '{"name": "Other", "website": null, "description": null, "platforms": []}', 'a name is enough') FROM made;
SELECT is(pg_temp.as_user('ann', 'SELECT json_agg(c) FROM roi_get_user_competitors() c')::jsonb, jsonb_build_array(acme), 'the list has the same keys') FROM made;
SELECT pg_temp.as_user('ann', 'SELECT roi_save_competitor(competitor => ''{"name": "Newer"}'')') \g /dev/null
UPDATE user_competitors SET created_at = now() + interval '1 second' WHERE name = 'Newer';
SELECT is(pg_temp.as_user('ann', 'SELECT string_agg(name, '' '') FROM roi_get_user_competitors()'), 'Newer Acme', 'newest first');
SELECT is(pg_temp.as_user('ann', format('SELECT roi_update_competitor(id => %L, competitor => ''{"website": null, "platforms": ["x"]}'')', acme ->> 'id'))::jsonb, acme || '{"website": null, "platforms": ["x"]}', 'an update changes the members given') FROM made;
SELECT is((SELECT updated_at = now() FROM user_competitors WHERE name = 'Acme'), true, 'and updated_at');
SELECT is(pg_temp.as_user('ann', format('SELECT roi_update_competitor(id => %L, competitor => %L)', acme ->> 'id', competitor)), '22023', 'update refuses ' || left(competitor, 50)) FROM made, unnest(ARRAY['{"name": null}', '{"name": ""}', '{"id": "x"}', '[]',
    '{"platforms": "x"}', json_build_object('website', repeat('w', 2049))::text]) competitor;
SELECT is(pg_temp.as_user('ann', format('SELECT roi_save_competitor(competitor => %L)', competitor)), '22023', 'save refuses ' || left(competitor, 50)) FROM unnest(ARRAY['{}', '{"name": null}', '{"name": ""}', '{"name": 1}', '{"name": "x", "user_id": "ben"}', '[]', '"x"',
    json_build_object('name', repeat('n', 256))::text, json_build_object('name', 'x', 'description', repeat('d', 5001))::text, json_build_object('name', 'x', 'platforms', ARRAY[repeat('p', 51)])::text,
    json_build_object('name', 'x', 'platforms', array_fill('p'::text, ARRAY[33]))::text]) competitor;
SELECT is(pg_temp.as_user('ann', format(call, other ->> 'id')), 'PT404', 'another''s competitor is not found: ' || call) FROM made, unnest(ARRAY['SELECT roi_update_competitor(id => %L, competitor => ''{"name": "stolen"}'')', 'SELECT roi_delete_competitor(id => %L)']) call;
SELECT is(pg_temp.as_user('ann', call), 'PT404', 'nor one that never was: ' || call) FROM unnest(ARRAY['SELECT roi_update_competitor(id => gen_random_uuid(), competitor => ''{}'')', 'SELECT roi_delete_competitor(id => gen_random_uuid())']) call;
SELECT is(pg_temp.as_user('ann', call), '22004', call) FROM unnest(ARRAY['SELECT roi_update_competitor(competitor => ''{}'')', 'SELECT roi_delete_competitor()', 'SELECT roi_update_competitor(id => gen_random_uuid())', 'SELECT roi_save_competitor()']) call;
SELECT is(pg_temp.as_user('ann', format('SELECT roi_delete_competitor(id => %L)', acme ->> 'id')), acme ->> 'id', 'delete returns the id') FROM made;
SELECT is(pg_temp.as_user('ann', format('SELECT roi_delete_competitor(id => %L)', acme ->> 'id')), 'PT404', 'once') FROM made;
SELECT results_eq('SELECT user_id::text, name FROM user_competitors ORDER BY 1, 2', $$ VALUES ('ann', 'Newer'), ('ben', 'Other') $$, 'what is left');
INSERT INTO user_competitors (user_id, name) SELECT 'ann', n::text FROM generate_series(1, 998) n;
SELECT is(pg_temp.add('{"name": "the 1000th"}') ->> 'name', 'the 1000th', 'a thousand competitors');
SELECT is(pg_temp.as_user('ann', 'SELECT roi_save_competitor(competitor => ''{"name": "one more"}'')'), '54000', 'and no more');
SELECT is(pg_temp.add('{"name": "unaffected"}', 'ben') ->> 'name', 'unaffected', 'of one user');

-- connected accounts
SELECT is(pg_temp.as_user('ann', 'SELECT roi_connected_accounts()'), '{"accounts" : []}', 'no account yet');
INSERT INTO connected_accounts (user_id, platform, username, display_name, is_connected, permissions, last_sync_at) VALUES
    ('ann', 'instagram', '@brand.ig', 'Brand IG', false, '{}', NULL), ('ann', 'facebook', '@brand', 'Brand', true, '{read_insights}', '2025-08-20 09:00+00'),
    ('ann', 'gmail', NULL, NULL, true, '{}', 'infinity'), ('ben', 'facebook', '@ben', 'Ben', true, '{ads}', now());
SELECT is(pg_temp.as_user('ann', 'SELECT roi_connected_accounts()')::jsonb, '{"accounts": [
    {"platform": "facebook", "username": "@brand", "displayName": "Brand", "isConnected": true, "permissions": ["read_insights"], "lastSync": "2025-08-20 09:00"},
    {"platform": "gmail", "username": null, "displayName": null, "isConnected": true, "permissions": []},
    {"platform": "instagram", "username": "@brand.ig", "displayName": "Brand IG", "isConnected": false, "permissions": []}]}', 'the shape of the plan, lastSync absent when never synced, whatever the session''s zone');
SELECT is(pg_temp.as_user('ann', 'SELECT roi_connected_accounts(time_zone => ''Asia/Kathmandu'') -> ''accounts'' -> 0 ->> ''lastSync'''), '2025-08-20 14:45', 'on the user''s clock');
SELECT is(pg_temp.as_user('ann', call), state, call) FROM (VALUES ('SELECT roi_connected_accounts(time_zone => ''Mars'')', '22023'), ('SELECT roi_connected_accounts(time_zone => NULL)', '22004')) c (call, state);
SELECT is(pg_temp.as_user('ann', 'INSERT INTO connected_accounts (user_id, platform) VALUES (''ann'', ''x'') RETURNING 1'), '42501 bare', 'a client does not write accounts');

-- the plan's own statements, by the client, and limits of the tables
SELECT is(pg_temp.as_user('ben', statement), answer, statement) FROM (VALUES
    ('SELECT concat_ws(''|'', industry, company_size) FROM user_preferences WHERE user_id = ''ben''', ''), ('SELECT monthly_budget FROM user_preferences WHERE user_id = ''ben''', 'by operator'),
    ('INSERT INTO user_competitors(user_id, name, website_url, description, platforms) VALUES (''ben'', ''n'', ''w'', ''d'', ''{a}'') RETURNING name', 'n'),
    ('UPDATE user_competitors SET name = ''m'', website_url = ''w2'', updated_at = NOW() WHERE user_id = ''ben'' AND name = ''n'' RETURNING website_url', 'w2'),
    ('DELETE FROM user_competitors WHERE user_id = ''ben'' AND name = ''m'' RETURNING name', 'm'),
    ('SELECT platform FROM connected_accounts WHERE user_id = ''ben'' ORDER BY platform ASC', 'facebook'),
    ('UPDATE user_competitors SET name = ''stolen'' WHERE user_id = ''ann'' RETURNING name', NULL),
    ('INSERT INTO user_competitors(user_id, name) VALUES (''ann'', ''n'') RETURNING name', '42501 bare')) s (statement, answer);
SELECT throws_ok(statement, '23514', NULL, left(statement, 80)) FROM unnest(ARRAY[$$INSERT INTO user_competitors (user_id, name) VALUES ('ann', '')$$, $$INSERT INTO user_competitors (user_id, name) VALUES ('ann', repeat('n', 256))$$,
    $$UPDATE user_preferences SET company_size = 'huge'$$, $$UPDATE user_preferences SET monthly_budget = repeat('1', 65)$$, $$UPDATE user_preferences SET marketing_goals = array_fill('g'::text, ARRAY[33])$$,
    $$UPDATE user_competitors SET description = repeat('d', 5001)$$, $$UPDATE connected_accounts SET permissions = ARRAY[repeat('p', 6401)]$$, $$INSERT INTO connected_accounts (user_id, platform) VALUES ('ann', '')$$]) statement;
-- settings of the session that stop careless PL/pgSQL
SET LOCAL plpgsql.extra_errors TO 'all';
SET LOCAL row_security TO off;
SELECT is(pg_temp.save('{"budget": "strict"}', 'ben')::jsonb ->> 'budget', 'strict', 'strict PL/pgSQL and row_security off change nothing');
SELECT is(pg_temp.as_user('ben', 'SELECT count(*) FROM roi_get_user_competitors()'), '2', 'nor for lists');

SELECT * FROM finish();
ROLLBACK;
