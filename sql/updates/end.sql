-- Nobody may call what is new but who held its level before: the job goes on, and no stranger gains anything.

DO $$
DECLARE
    r record;
    e record;
BEGIN
    FOR r IN
        SELECT p.oid, p.oid::regprocedure AS signature, p.proname::text AS name, p.proowner, p.proacl, l.level
        FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN @extschema@.roi_level_routines() l ON l.routine = p.oid
        WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
          AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext')
          AND NOT EXISTS (SELECT FROM pg_temp.roi_routines_before b WHERE b.oid = p.oid)
    LOOP
        FOR e IN SELECT DISTINCT a.grantee FROM aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) a WHERE a.grantee <> r.proowner LOOP
            EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s', r.signature, CASE WHEN e.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END);
        END LOOP;
        -- roi_setup(): a role that was granted everything by hand; roi_generate_tick(): an operator; roi_total(): a client
        FOR e IN
            SELECT b.grantee, bool_or(b.is_grantable) AS is_grantable FROM pg_temp.roi_routines_before b
            WHERE b.grantee <> 0 AND (b.name = 'roi_setup' OR b.name = 'roi_generate_tick' AND r.level IS NOT NULL OR b.name = 'roi_total' AND r.level = 'client')
            GROUP BY b.grantee
        LOOP
            EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %I%s', r.signature, pg_get_userbyid(e.grantee), CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
        END LOOP;
    END LOOP;
    RAISE NOTICE 'roi_ext is updated; now run SELECT @extschema@.roi_setup(); as the owner of the tables';
END
$$;
DROP TABLE pg_temp.roi_routines_before;
