-- Installation, roi_setup() and the whole surface: names, privileges, comments.
SET client_min_messages = warning;
CREATE EXTENSION roi_ext;
SELECT roi_total('user_a');
SELECT regexp_replace(roi_setup(), '\d+ partitions', 'some partitions');
SELECT roi_setup();

-- every table: owner, row security, number of policies, comment
SELECT c.relname, c.relkind, pg_get_userbyid(c.relowner) = current_user AS mine, c.relrowsecurity,
       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
       obj_description(c.oid, 'pg_class') IS NOT NULL AS commented
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname !~ '_p\d{4}_\d\d$'
ORDER BY c.relname COLLATE "C";

-- keys of every table
SELECT conrelid::regclass AS on_table, pg_get_constraintdef(oid) AS key
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f') AND conparentid = 0 AND conrelid::regclass::text !~ '_p\d{4}_\d\d$|_default$'
ORDER BY conrelid::regclass::text COLLATE "C", contype, conname COLLATE "C";

-- every function: signature, volatility, parallel label, pinned search_path, comment, privileges of others
SELECT p.oid::regprocedure::text AS routine, p.provolatile AS vol, p.proparallel AS par, p.prosecdef AS definer,
       p.proconfig::text LIKE '%search_path=pg_catalog, pg_temp%' AS pinned, obj_description(p.oid, 'pg_proc') IS NOT NULL AS commented,
       EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee <> p.proowner) AS open
FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'roi_ext'
ORDER BY p.proname COLLATE "C";

-- no overloads: PostgREST refuses them
SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'roi\_%' GROUP BY proname HAVING count(*) > 1;
