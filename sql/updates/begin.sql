-- Guard of the update script: it only makes sense inside ALTER EXTENSION. Then: what is there, and who may call it.
\echo Use "ALTER EXTENSION roi_ext UPDATE" to load this file. \quit
SET LOCAL search_path TO pg_catalog, pg_temp;
SET LOCAL client_min_messages TO notice;

CREATE TEMP TABLE roi_routines_before ON COMMIT DROP AS
SELECT p.oid, p.proname::text AS name, e.grantee, e.is_grantable
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid LEFT JOIN LATERAL aclexplode(p.proacl) e ON e.grantee <> p.proowner
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext');
ALTER EXTENSION roi_ext DROP TABLE pg_temp.roi_routines_before;
