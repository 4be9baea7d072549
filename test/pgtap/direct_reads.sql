-- Reads go through the tables' keys without a statement where the caller sees the rows anyway. Whatever could hide a row or refuse it, a
-- policy, a privilege, another identity, another shape of a table, takes effect at once in a session that has read before.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC';
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null
CREATE ROLE direct_client;
CREATE ROLE direct_bypass BYPASSRLS;
CREATE ROLE direct_named;
CREATE ROLE direct_group;
SELECT roi_grant(role, 'client') FROM unnest('{direct_client,direct_bypass}'::text[]) role \g /dev/null
SELECT roi_grant('direct_named', 'operator') \g /dev/null
INSERT INTO users VALUES ('d_one'), ('d_two') ON CONFLICT DO NOTHING;
SELECT setseed(0.25) \g /dev/null
INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, views, likes, clicks, ad_spend, revenue_generated, roi_percentage, update_timestamp)
SELECT who, (ARRAY['facebook', 'instagram'])[1 + n % 2], 1 + n % 3, 'p' || n % 5, (ARRAY['video', 'image'])[1 + n % 2], floor(random() * 900), n % 7, n % 5, round((random() * 20)::numeric, 6),
    round((random() * 60)::numeric, 4), 100, timestamptz '2026-03-01 00:00+00' + n * interval '95 minutes'
FROM unnest('{d_one,d_two}'::text[]) who, generate_series(1, 900) n;
INSERT INTO campaign_with_user_id (user_id, id, name, date) VALUES ('d_one', 1, 'Spring', '2026-03-20'), ('d_two', 1, 'Autumn', '2026-03-21');
INSERT INTO user_preferences (user_id, industry) VALUES ('d_one', 'retail'), ('d_two', 'travel');
INSERT INTO roi_industry_benchmarks VALUES ('retail', 'all', 'roi', 111, 'test', '2026-01-01'), ('retail', 'all', 'roi', 123.5, 'test', '2026-02-01'), ('travel', 'all', 'roi', 77, 'test', '2026-01-01');
INSERT INTO roi_simulations (user_id, seed, platforms, posts_per_day, first_posts, growth_model, currency, start_at)
SELECT 'd_one', 1, '{facebook}', 0, 0, 'natural', 'USD', '2026-01-01' WHERE false; -- d_one is no simulated account

-- The first value of a statement, or its SQLSTATE, as a role signed in as a user.
CREATE FUNCTION pg_temp.ask(role name, who text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('roi_ext.user_id', who, true), set_config('role', role, true);
    EXECUTE statement INTO answer;
    RAISE EXCEPTION USING ERRCODE = 'YY000', MESSAGE = coalesce(answer, 'NULL'); -- takes every setting back
EXCEPTION WHEN SQLSTATE 'YY000' THEN
    RETURN SQLERRM;
WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
\set march 'since => ''2026-03-05 10:20+00'', until => ''2026-04-20 07:00+00'''
CREATE TEMP TABLE calls (name text, statement text);
INSERT INTO calls SELECT name, format('SELECT string_agg(to_json(r)::text, chr(10)) FROM roi_%s(since => %L, until => %L) r', name, '2026-03-05 10:20+00', '2026-04-20 07:00+00')
FROM unnest('{total,channel_performance,revenue_trends,trends,cost_breakdown,clv,benchmark,campaign_performance,content_performance,top_posts}'::text[]) name;
INSERT INTO calls SELECT 'dashboard', 'SELECT roi_dashboard(since => ''2026-03-05 10:20+00'', until => ''2026-04-20 07:00+00'')::jsonb - ''asOf''';
INSERT INTO calls SELECT 'all', 'SELECT roi_dashboard(period => ''all'')::jsonb - ''asOf''';
INSERT INTO calls SELECT 'kolkata', 'SELECT roi_dashboard(since => ''2026-03-01 10:20+00'', until => ''2026-04-12 19:07:01.5+00'', time_zone => ''Asia/Kolkata'')::jsonb - ''asOf''';
INSERT INTO calls SELECT 'monthly', 'SELECT string_agg(to_json(r)::text, chr(10)) FROM roi_monthly_spend_trends(year => 2026) r';
INSERT INTO calls SELECT 'posts ' || n, format('SELECT string_agg(to_json(r)::text, chr(10)) FROM roi_top_posts(since => timestamptz ''2026-03-02 00:00+00'' + %L::interval, until => timestamptz ''2026-04-11 00:00+00'' + %L::interval) r',
    n * interval '100 minutes', n * interval '77 minutes') FROM generate_series(0, 18, 2) n;
CREATE TEMP TABLE plain AS SELECT name, pg_temp.ask('direct_client', 'd_one', statement) AS answer FROM calls;
SELECT ok(length(answer) > 40, name || ' answers') FROM plain;

-- the same answers by statements: a policy that hides nothing, a table that inherits nothing
CREATE FUNCTION pg_temp.same(why text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT is(pg_temp.ask('direct_client', 'd_one', c.statement), p.answer, format('%s: %s', c.name, why)) FROM calls c JOIN plain p USING (name) $$;
CREATE FUNCTION pg_temp.points(role name, who text, asked text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ask(role, who, format('SELECT data_points FROM roi_total(%L, period => ''all'')', asked)) $$;
CREATE FUNCTION pg_temp.posts(role name, who text, asked text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ask(role, who, format('SELECT sum(data_points) FROM roi_top_posts(%L, period => ''all'')', asked)) $$;
CREATE FUNCTION pg_temp.member(path text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ask('direct_client', 'd_one', format('SELECT roi_dashboard(period => ''all'')::jsonb #>> %L', path)) $$;
CREATE FUNCTION pg_temp.dashboard_markers() RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ask('direct_client', 'd_one', 'SELECT string_agg(s.m, '','') FROM jsonb_array_elements(roi_dashboard(since => ''2026-03-01'', until => ''2026-04-01'')::jsonb #> ''{trends,series}'') t, jsonb_array_elements_text(t -> ''campaign_markers'') s (m)') $$;
SAVEPOINT before;
SELECT format('CREATE POLICY hides_nothing ON %I AS RESTRICTIVE USING (true)', name) FROM roi_tables() WHERE user_owned OR name = 'roi_industry_benchmarks' \gexec
SELECT pg_temp.same('a restrictive policy that hides nothing');
ROLLBACK TO before;
CREATE TABLE heir () INHERITS (roi_rollup);
CREATE TABLE detail_heir () INHERITS (roi_rollup_detail);
SELECT pg_temp.same('heirs without rows');
GRANT SELECT ON heir TO direct_client;
INSERT INTO heir SELECT * FROM roi_rollup WHERE user_id = 'd_one';
SELECT is(pg_temp.ask('direct_client', 'd_one', 'SELECT data_points FROM roi_total(period => ''all'')'), '1800', 'rows of an heir are rows of the table');
ROLLBACK TO before;
ALTER TABLE roi_rollup ADD note text DEFAULT 'x';
ALTER TABLE roi_rollup_detail ADD note text DEFAULT 'x';
SELECT format('ALTER TABLE %I %s', name, string_agg(format('ADD more_%s integer DEFAULT 7', n), ', ')) FROM unnest('{campaign_with_user_id,roi_simulations,user_preferences,roi_industry_benchmarks}'::text[]) name, generate_series(1, 80) n GROUP BY name \gexec
SELECT pg_temp.same('more columns');
ROLLBACK TO before;
ALTER TABLE roi_rollup DROP CONSTRAINT roi_rollup_pkey;
ALTER TABLE roi_rollup_detail DROP CONSTRAINT roi_rollup_detail_pkey;
ALTER TABLE user_preferences DROP CONSTRAINT user_preferences_pkey;
SELECT pg_temp.same('no primary keys');
ROLLBACK TO before;
ALTER TABLE roi_rollup FORCE ROW LEVEL SECURITY;
SELECT pg_temp.same('row security forced');
ROLLBACK TO before;
SELECT pg_temp.same('again');

-- policies that hide
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '900', 'all facts');
SELECT is(pg_temp.posts('direct_client', 'd_one', 'd_one'), '900', 'all facts by post');
SELECT is(pg_temp.member('{trends,benchmark,benchmark}'), '123.50', 'the newest benchmark of the industry');
SELECT is(pg_temp.member('{simulated}'), 'false', 'no simulated account');
SELECT is(pg_temp.dashboard_markers(), 'Spring', 'the own campaign');
CREATE POLICY hides ON roi_rollup AS RESTRICTIVE FOR SELECT USING (platform <> 'facebook');
CREATE POLICY hides ON roi_rollup_detail AS RESTRICTIVE USING (platform <> 'facebook');
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '450', 'a restrictive policy hides half of the rollup at once');
SELECT is(pg_temp.posts('direct_client', 'd_one', 'd_one'), '450', 'and of the details');
ALTER POLICY hides ON roi_rollup USING (platform = 'none');
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'changed, it hides all');
DROP POLICY hides ON roi_rollup;
DROP POLICY hides ON roi_rollup_detail;
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '900', 'dropped, it hides nothing');
CREATE POLICY hides ON roi_rollup AS RESTRICTIVE TO direct_group USING (false);
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '900', 'a policy of others is theirs');
GRANT direct_group TO direct_client;
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'until one is a member');
ROLLBACK TO before;
CREATE POLICY hides ON roi_rollup AS RESTRICTIVE FOR INSERT WITH CHECK (false);
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '900', 'a policy for INSERT hides nothing');
ALTER POLICY roi_own_rows ON roi_rollup USING (false);
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'our own policy, changed to hide all');
ALTER POLICY roi_own_rows ON roi_rollup USING (user_id <> (SELECT roi_current_user_id()));
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'or to show the others');
ALTER POLICY roi_own_rows ON roi_rollup USING (platform = (SELECT roi_current_user_id()));
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'or to compare another column');
ALTER POLICY roi_own_rows ON roi_rollup USING (user_id = (SELECT roi_current_user_id() WHERE false));
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'or to ask under a condition');
ALTER POLICY roi_own_rows ON roi_rollup USING (user_id = (SELECT roi_current_user_id()) AND grain <> 'm');
SELECT cmp_ok(pg_temp.points('direct_client', 'd_one', 'd_one'), '<', '900', 'or narrowed');
ALTER POLICY roi_own_rows ON roi_rollup TO direct_named USING (user_id = (SELECT roi_current_user_id()));
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'or given to others alone');
ROLLBACK TO before;
DROP POLICY roi_own_rows ON roi_rollup;
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'without our policy nobody sees a row');
CREATE POLICY shows ON roi_rollup USING (true);
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '900', 'one that shows all shows his own');
ROLLBACK TO before;
CREATE POLICY hides_all ON roi_simulations AS RESTRICTIVE USING (false);
CREATE POLICY hides_all ON user_preferences AS RESTRICTIVE USING (false);
SELECT is(pg_temp.member('{trends,benchmark,benchmark}'), '400.00', 'hidden preferences: the default benchmark');
CREATE POLICY older ON roi_industry_benchmarks AS RESTRICTIVE USING (industry <> 'default' AND as_of < '2026-02-01');
DROP POLICY hides_all ON user_preferences;
SELECT is(pg_temp.member('{trends,benchmark,benchmark}'), '111.00', 'a hidden benchmark: the one before it');
CREATE POLICY hides_all ON campaign_with_user_id AS RESTRICTIVE USING (false);
SELECT is(pg_temp.dashboard_markers(), 'NULL', 'hidden campaigns mark nothing');
ROLLBACK TO before;
SELECT is(pg_temp.dashboard_markers(), 'Spring', 'and do again');

-- privileges
REVOKE SELECT ON roi_rollup FROM direct_client;
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '42501', 'no SELECT on the rollup');
SELECT format('GRANT SELECT (%s) ON roi_rollup TO direct_client', string_agg(quote_ident(attname), ', ')) FROM pg_attribute WHERE attrelid = 'roi_rollup'::regclass AND attnum > 0 \gexec
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '900', 'SELECT on each column is as good');
REVOKE SELECT (views) ON roi_rollup FROM direct_client;
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '42501', 'on all but one is not');
ROLLBACK TO before;
REVOKE SELECT ON roi_rollup_detail FROM direct_client;
SELECT is(pg_temp.posts('direct_client', 'd_one', 'd_one'), '42501', 'no SELECT on the details');
ROLLBACK TO before;
REVOKE SELECT ON user_preferences FROM direct_client;
SELECT is(pg_temp.member('{simulated}'), '42501', 'nor on what stands beside');
ROLLBACK TO before;
REVOKE EXECUTE ON FUNCTION roi_current_user_id() FROM direct_client;
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '42501', 'nor EXECUTE on the function of the policy');
ROLLBACK TO before;

-- identities
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_two'), '42501', 'not for another user');
SELECT is(pg_temp.points(role, '', 'd_two'), '900', role || ' asks for anybody') FROM unnest('{direct_bypass,direct_named}'::name[]) role;
SELECT is(pg_temp.posts(role, '', 'd_two'), '900', role || ' asks for anybody''s posts') FROM unnest('{direct_bypass,direct_named}'::name[]) role;
SELECT roi_grant('direct_named', 'client') \g /dev/null
SELECT is(pg_temp.points('direct_named', '', 'd_two'), '42501', 'an operator no more');
ROLLBACK TO before;
DROP POLICY roi_operator ON roi_rollup;
SELECT is(pg_temp.points('direct_named', '', 'd_two'), '0', 'an operator without the policy of a table sees nothing of it');
SELECT is(pg_temp.points('direct_named', 'd_two', 'd_two'), '900', 'but his own rows');
ROLLBACK TO before;
CREATE ROLE direct_owner;
SELECT roi_grant('direct_owner', 'client') \g /dev/null
SELECT format('GRANT USAGE, CREATE ON SCHEMA %I TO direct_owner', :'roi_schema') \gexec
SELECT format('ALTER TABLE %I OWNER TO direct_owner', name) FROM roi_tables() \gexec
SELECT is(pg_temp.points('direct_owner', 'd_one', 'd_two'), '900', 'the owner of the tables asks for anybody');
ALTER TABLE roi_rollup FORCE ROW LEVEL SECURITY;
SELECT is(pg_temp.points('direct_owner', 'd_one', 'd_two'), '0', 'unless row security is forced upon him');
SELECT is(pg_temp.points('direct_owner', 'd_two', 'd_two'), '900', 'then he sees his own');
ROLLBACK TO before;
CREATE OR REPLACE FUNCTION roi_current_user_id() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'd_two'::text $$;
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'somebody''s own roi_current_user_id() decides what the policy shows');
ROLLBACK TO before;
ALTER FUNCTION roi_current_user_id() SET roi_ext.user_id TO 'd_two';
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '0', 'settings of the function as well');
ROLLBACK TO before;
SELECT is(pg_temp.points('direct_client', 'd_one', 'd_one'), '900', 'ours is back');

-- roles and plans of one session
PREPARE ask AS SELECT data_points FROM roi_total(period => 'all');
SET LOCAL roi_ext.user_id TO 'd_one';
SET LOCAL ROLE direct_client;
SELECT results_eq('EXECUTE ask', 'VALUES (900::bigint)', 'a prepared statement as the client');
RESET ROLE;
CREATE POLICY hides ON roi_rollup AS RESTRICTIVE USING (platform <> 'facebook');
SET LOCAL ROLE direct_client;
SELECT results_eq('EXECUTE ask', 'VALUES (450::bigint)', 'meets the new policy');
SET LOCAL roi_ext.user_id TO 'nobody';
SELECT results_eq('EXECUTE ask', 'VALUES (0::bigint)', 'and the new user');
RESET ROLE;
SET LOCAL roi_ext.user_id TO 'd_one';
SET LOCAL ROLE direct_bypass;
SELECT results_eq('EXECUTE ask', 'VALUES (900::bigint)', 'another role is not held back by it');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
