-- Nobody but the owner may call anything until privileges are granted; then say what comes next.

DO $$
DECLARE
    f record;
BEGIN
    FOR f IN
        SELECT p.oid::regprocedure AS signature, CASE WHEN entry.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(entry.grantee)) END AS grantee
        FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid,
             aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) entry
        WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
          AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext') AND entry.grantee <> p.proowner
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s', f.signature, f.grantee);
    END LOOP;
    RAISE NOTICE 'roi_ext is installed; now run SELECT @extschema@.roi_setup(); as the role that shall own the tables';
END
$$;
