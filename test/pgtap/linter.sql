-- What Supabase's database linter would say of us, by queries of our own over the catalogues: nothing. Each rule is tried on bad objects first.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SELECT * FROM no_plan();
CREATE ROLE anon;
CREATE ROLE authenticated;
CREATE ROLE service_role BYPASSRLS;
-- a self-hosted Supabase opens what is made in its schemas
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
SELECT roi_setup(), roi_grant('authenticated', 'client'), roi_grant('service_role', 'operator'), roi_grant('anon', 'none') \g /dev/null

-- Objects of a schema that belong to no other extension. In the schema public pgTAP's own are among the strangers.
CREATE VIEW pg_temp.strangers AS SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
    AND refobjid <> (SELECT oid FROM pg_extension WHERE extname = 'roi_ext');
CREATE FUNCTION pg_temp.relations(schema regnamespace) RETURNS SETOF pg_class LANGUAGE sql AS $$
    SELECT c.* FROM pg_class c WHERE c.relnamespace = schema AND NOT EXISTS (SELECT FROM pg_temp.strangers s WHERE s.classid = 'pg_class'::regclass AND s.objid = c.oid) $$;
CREATE FUNCTION pg_temp.routines(schema regnamespace) RETURNS SETOF pg_proc LANGUAGE sql AS $$
    SELECT p.* FROM pg_proc p WHERE p.pronamespace = schema AND NOT EXISTS (SELECT FROM pg_temp.strangers s WHERE s.classid = 'pg_proc'::regclass AND s.objid = p.oid) $$;
-- An expression without its sub-selects: what is left is evaluated for every row.
CREATE FUNCTION pg_temp.per_row(expression text) RETURNS text LANGUAGE sql AS $$ SELECT regexp_replace(expression, '\( SELECT [^()]*(\([^()]*\)[^()]*)*\)', '', 'g') $$;

-- A rule lists what it objects to in schema $1.
CREATE TEMP TABLE rule (name text, query text);
INSERT INTO rule VALUES
('0001 foreign key without index', $$ SELECT k.conrelid::regclass || ' ' || k.conname FROM pg_constraint k JOIN pg_temp.relations($1) c ON c.oid = k.conrelid WHERE k.contype = 'f' AND k.conparentid = 0
    AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL AND (i.indkey::smallint[])[0 : cardinality(k.conkey) - 1] @> k.conkey) $$),
('0003 policy evaluated for every row', $$ SELECT c.relname || ' ' || l.polname FROM pg_policy l JOIN pg_temp.relations($1) c ON c.oid = l.polrelid
    WHERE pg_temp.per_row(concat_ws(' ', pg_get_expr(l.polqual, l.polrelid), pg_get_expr(l.polwithcheck, l.polrelid))) ~ '\w+\(|current_(user|role)|session_user' $$),
('0004 no primary key', $$ SELECT c.relname FROM pg_temp.relations($1) c WHERE c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) $$),
('0006 several permissive policies for a role and command', $$ SELECT DISTINCT c.relname || ' ' || r.rolname || ' ' || command::text FROM pg_temp.relations($1) c, pg_roles r, unnest('{r,a,w,d}'::"char"[]) command
    WHERE r.rolname IN ('anon', 'authenticated', 'service_role') AND 1 < (SELECT count(*) FROM pg_policy l WHERE l.polrelid = c.oid AND l.polpermissive AND l.polcmd IN (command, '*') AND l.polroles && ARRAY[0, r.oid]) $$),
('0007, 0013 row security off', $$ SELECT c.relname FROM pg_temp.relations($1) c WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity $$),
('0008 row security without policy', $$ SELECT c.relname FROM pg_temp.relations($1) c WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid) $$),
('0009 duplicate index', $$ SELECT a.indexrelid::regclass || ' ' || b.indexrelid::regclass FROM pg_index a JOIN pg_temp.relations($1) c ON c.oid = a.indrelid JOIN pg_index b ON b.indrelid = a.indrelid AND b.indexrelid > a.indexrelid
    WHERE (a.indkey::text, a.indclass::text, a.indoption::text, coalesce(pg_get_expr(a.indpred, a.indrelid), ''), coalesce(pg_get_expr(a.indexprs, a.indrelid), '')) =
          (b.indkey::text, b.indclass::text, b.indoption::text, coalesce(pg_get_expr(b.indpred, b.indrelid), ''), coalesce(pg_get_expr(b.indexprs, b.indrelid), '')) $$),
('index that another one begins with', $$ SELECT a.indexrelid::regclass || ' ' || b.indexrelid::regclass FROM pg_index a JOIN pg_temp.relations($1) c ON c.oid = a.indrelid JOIN pg_index b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
    WHERE NOT a.indisunique AND a.indpred IS NULL AND b.indpred IS NULL AND b.indkey::text LIKE a.indkey::text || ' %' $$),
('0010 view with its owner''s rights', $$ SELECT c.relname FROM pg_temp.relations($1) c WHERE c.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false) $$),
('0011 search_path not fixed', $$ SELECT p.proname FROM pg_temp.routines($1) p WHERE p.prokind = 'f' AND coalesce(p.proconfig::text, '') !~ 'search_path=' $$),
('0016, 0017 materialized view or foreign table', $$ SELECT c.relname FROM pg_temp.relations($1) c WHERE c.relkind IN ('m', 'f') $$),
('0024 policy that is always true for writers', $$ SELECT c.relname || ' ' || l.polname FROM pg_policy l JOIN pg_temp.relations($1) c ON c.oid = l.polrelid WHERE l.polcmd <> 'r'
    AND 'true' IN (pg_get_expr(l.polqual, l.polrelid), pg_get_expr(l.polwithcheck, l.polrelid)) $$),
('0028, 0029 function with its owner''s rights', $$ SELECT p.proname FROM pg_temp.routines($1) p WHERE p.prosecdef $$),
('table or sequence open to anon or PUBLIC', $$ SELECT c.relname || ' ' || e.privilege_type FROM pg_temp.relations($1) c, aclexplode(c.relacl) e WHERE c.relkind IN ('r', 'p', 'S') AND e.grantee IN (0, 'anon'::regrole) $$),
('routine open to anon or PUBLIC', $$ SELECT p.proname FROM pg_temp.routines($1) p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e WHERE e.grantee IN (0, 'anon'::regrole) $$),
('partition open to anybody', $$ SELECT c.relname || ' ' || e.grantee::regrole FROM pg_temp.relations($1) c, aclexplode(c.relacl) e WHERE c.relispartition AND c.relkind = 'r' AND e.grantee <> c.relowner $$),
('overloaded routine', $$ SELECT p.proname FROM pg_temp.routines($1) p GROUP BY p.proname HAVING count(*) > 1 $$),
('answer of unknown shape', $$ SELECT p.proname FROM pg_temp.routines($1) p WHERE p.prorettype = 'record'::regtype AND p.proallargtypes IS NULL $$);

CREATE FUNCTION pg_temp.objections(wanted text, schema name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    EXECUTE format('SELECT string_agg(o, '', '' ORDER BY o) FROM (%s) AS objection (o)', (SELECT query FROM rule WHERE name = wanted)) INTO found USING quote_ident(schema)::regnamespace;
    RETURN found;
END $$;
SELECT is(pg_temp.objections(name, :'roi_schema'), NULL, name || ': none of ours') FROM rule;

-- every rule finds its kind
CREATE SCHEMA bad;
CREATE TABLE bad.parent (a text, b text, c text, user_id text);
CREATE UNIQUE INDEX ON bad.parent (a);
CREATE INDEX ON bad.parent (b);
CREATE INDEX ON bad.parent (b);
CREATE INDEX ON bad.parent (c);
CREATE INDEX ON bad.parent (c, a);
CREATE TABLE bad.child (a text REFERENCES bad.parent (a)) PARTITION BY LIST (a);
CREATE TABLE bad.part PARTITION OF bad.child DEFAULT;
ALTER TABLE bad.child ENABLE ROW LEVEL SECURITY;
ALTER TABLE bad.parent ENABLE ROW LEVEL SECURITY;
CREATE POLICY slow ON bad.parent USING (user_id = roi_current_user_id());
CREATE POLICY open ON bad.parent FOR INSERT WITH CHECK (true);
CREATE VIEW bad.look AS SELECT 1 AS one;
CREATE MATERIALIZED VIEW bad.old_look AS SELECT 1 AS one;
CREATE FUNCTION bad.f() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION bad.f(integer) RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, 2';
SELECT isnt(pg_temp.objections(name, 'bad'), NULL, name || ': found where it is') FROM rule;
SELECT is(pg_temp.per_row('((user_id)::text = ( SELECT roi.roi_current_user_id() AS roi_current_user_id))'), '((user_id)::text = )', 'a sub-select is not for every row');

SELECT * FROM finish();
ROLLBACK;
