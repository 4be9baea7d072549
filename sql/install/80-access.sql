-- Levels of access: what a client and an operator may call and touch, granted to roles of yours and taken back.

CREATE FUNCTION @extschema@.roi_level_routines() RETURNS TABLE (routine regprocedure, level text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    SELECT p.oid::regprocedure, CASE
        WHEN p.proname IN ('roi_setup', 'roi_grant') THEN NULL
        WHEN p.proname IN ('roi_current_user_id', 'roi_time_range', 'roi_user_channel', 'roi_require_setup', 'roi_require_user',
                           'roi_admit_user', 'roi_settings_keys', 'roi_settings_text', 'roi_settings_list', 'roi_competitor',
                           'roi_no_competitor', 'roi_refuse_archived', 'roi_own_figures', 'roi_percentile', 'roi_industry_rows', 'roi_competitor_rows', 'roi_import', 'roi_undo_import', 'roi_record_snapshot', 'roi_save_user_preferences',
                           'roi_save_competitor', 'roi_update_competitor', 'roi_delete_competitor') THEN 'client'
        WHEN p.proname IN ('roi_make_coming_partitions', 'roi_lock_tick', 'roi_accounts_behind', 'roi_generate_accounts', 'roi_run_is_alive',
                           'roi_begin_run', 'roi_begin_tick', 'roi_tick_name', 'roi_note_progress', 'roi_note_failure', 'roi_moment_text',
                           'roi_end_run', 'roi_end_tick', 'roi_raise_failure', 'roi_pg_cron_problem', 'roi_require_pg_cron', 'roi_cron_name',
                           'roi_cron_jobs', 'roi_next_run', 'roi_cron_zone', 'roi_hours_behind', 'roi_cron_complaint', 'roi_maintain_step', 'roi_check_retention', 'roi_check_undo', 'roi_check_kept', 'roi_schedule_job', 'roi_unschedule_others',
                           'roi_level_routines', 'roi_level_tables', 'roi_tables', 'roi_level_of') THEN 'operator'
        WHEN obj_description(p.oid, 'pg_proc') LIKE 'Internal%' THEN NULL
        WHEN p.provolatile <> 'v' AND p.proargnames[1] = 'user_id' AND p.proname <> 'roi_verify' THEN 'client'
        ELSE 'operator' END
    FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext')
$$;
COMMENT ON FUNCTION @extschema@.roi_level_routines() IS
'Internal. The lowest level that may call a routine: client (reads for oneself, settings, import), operator (everything else), NULL (the owner only). What this list does not know by name is a client''s when it only reads and takes a user_id first.';

CREATE FUNCTION @extschema@.roi_level_tables() RETURNS TABLE (relation regclass, client_may text, operator_may text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    SELECT c.oid::regclass,
        CASE WHEN t.name IN ('roi_user_state', 'roi_schema_version', 'roi_job_runs', 'roi_import_periods', 'roi_import_campaigns', 'roi_import_snapshots') THEN NULL
             WHEN t.name IN ('user_preferences', 'user_competitors', 'roi_competitor_metrics') THEN 'SELECT, INSERT, UPDATE, DELETE'
             ELSE 'SELECT' END,
        CASE WHEN t.name IN ('roi_import_periods', 'roi_import_campaigns', 'roi_import_snapshots') THEN NULL
             WHEN t.name IN ('roi_rollup', 'roi_rollup_detail', 'roi_posts', 'roi_user_state', 'roi_schema_version') THEN 'SELECT'
             ELSE 'SELECT, INSERT, UPDATE, DELETE' END
    FROM (SELECT name FROM @extschema@.roi_tables()
          UNION ALL SELECT 'users' WHERE EXISTS (SELECT FROM pg_policy WHERE polrelid = to_regclass('@extschema@.users') AND polname = 'roi_own_rows')) t
    JOIN pg_class c ON c.oid = to_regclass('@extschema@.' || t.name)
    UNION ALL
    SELECT c.oid::regclass, NULL, 'USAGE, SELECT'
    FROM @extschema@.roi_tables() t
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass('@extschema@.' || t.name) AND d.deptype = 'a'
    JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relkind = 'S'
$$;
COMMENT ON FUNCTION @extschema@.roi_level_tables() IS
'Internal. The privileges of each level on our tables and their sequences. Nobody but the owner writes rollups, running totals and what the extension keeps of users, or sees what it keeps for taking imports back.';

CREATE FUNCTION @extschema@.roi_require_grantor() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = '@extschema@.roi_schema_version'::regclass);
BEGIN
    IF NOT pg_has_role(current_user, owner, 'USAGE')
       OR EXISTS (SELECT FROM @extschema@.roi_level_routines() r
                  WHERE r.level IS NOT NULL AND NOT has_function_privilege(r.routine, 'EXECUTE WITH GRANT OPTION')) THEN
        RAISE EXCEPTION 'role % may not grant privileges of roi_ext', current_user USING
            ERRCODE = 'insufficient_privilege',
            DETAIL = format('It takes the rights of %I, who owns the tables, and EXECUTE with grant option on the functions.', owner),
            HINT = 'Call roi_grant() as a superuser.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_require_grantor() IS 'Internal. Raises 42501 unless the caller can grant what roi_grant() grants.';

CREATE FUNCTION @extschema@.roi_revoke_all(role name) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    role_oid oid := (SELECT oid FROM pg_roles WHERE rolname = role);
    relations oid[] := ARRAY(SELECT relation FROM @extschema@.roi_level_tables()
        UNION SELECT p.relid FROM unnest(ARRAY['@extschema@.roi_metrics', '@extschema@.platform_metrics']::regclass[]) f, pg_partition_tree(f) p);
    t record;
    others text;
BEGIN
    FOR t IN
        SELECT format('REVOKE ALL ON ROUTINE %s FROM %I CASCADE', p.oid::regprocedure, role) AS statement
        FROM @extschema@.roi_level_routines() r JOIN pg_proc p ON p.oid = r.routine, aclexplode(p.proacl) e
        WHERE e.grantee = role_oid AND p.proowner <> e.grantee
        UNION
        -- partitions and single columns as well, which only somebody's own GRANT gives
        SELECT format('REVOKE ALL ON TABLE %s FROM %I CASCADE', c.oid::regclass, role)
        FROM pg_class c, LATERAL (SELECT c.relacl UNION ALL SELECT attacl FROM pg_attribute WHERE attrelid = c.oid) a (acl), aclexplode(a.acl) e
        WHERE c.oid = ANY (relations) AND e.grantee = role_oid AND c.relowner <> e.grantee
        UNION
        SELECT CASE WHEN l.polroles = ARRAY[role_oid] THEN format('DROP POLICY roi_operator ON %s', l.polrelid::regclass)
               ELSE format('ALTER POLICY roi_operator ON %s TO %s', l.polrelid::regclass,
                    (SELECT string_agg(quote_ident(pg_get_userbyid(other)), ', ') FROM unnest(l.polroles) other WHERE other <> role_oid)) END
        FROM pg_policy l JOIN @extschema@.roi_level_tables() r ON r.relation = l.polrelid
        WHERE l.polname = 'roi_operator' AND role_oid = ANY (l.polroles)
    LOOP
        EXECUTE t.statement;
    END LOOP;
    SELECT string_agg(DISTINCT pg_get_userbyid(e.grantor), ', ') INTO others
    FROM (SELECT proacl, proowner FROM pg_proc JOIN @extschema@.roi_level_routines() r ON r.routine = pg_proc.oid
          UNION ALL SELECT relacl, relowner FROM pg_class WHERE oid = ANY (relations)
          UNION ALL SELECT attacl, relowner FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE attrelid = ANY (relations)) o (acl, owner),
         aclexplode(o.acl) e
    WHERE e.grantee = role_oid AND o.owner <> e.grantee;
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'privileges that % granted to % remain', others, role USING ERRCODE = 'insufficient_privilege',
            DETAIL = 'Only the role that granted a privilege can revoke it.', HINT = format('Call roi_grant() as %s, or REVOKE as that role.', others);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_revoke_all(name) IS
'Internal part of roi_grant(): takes all privileges on our routines and tables and the operators'' policies back. Errors: 42501 when another grantor''s remain.';

CREATE FUNCTION @extschema@.roi_grant_level(role name, wanted text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    is_owner boolean := (SELECT pg_has_role(role, relowner, 'USAGE') FROM pg_class WHERE oid = '@extschema@.roi_schema_version'::regclass);
    sees_all boolean := (SELECT rolbypassrls FROM pg_roles WHERE rolname = role);
    t record;
BEGIN
    FOR t IN
        SELECT format('GRANT EXECUTE ON ROUTINE %s TO %I', r.routine, role) AS statement
        FROM @extschema@.roi_level_routines() r WHERE r.level = 'client' OR r.level = wanted
        UNION ALL
        SELECT format('GRANT %s ON TABLE %s TO %I', CASE wanted WHEN 'client' THEN r.client_may ELSE r.operator_may END, r.relation, role)
        FROM @extschema@.roi_level_tables() r WHERE NOT is_owner AND CASE wanted WHEN 'client' THEN r.client_may ELSE r.operator_may END IS NOT NULL
        UNION ALL
        SELECT CASE WHEN l.oid IS NULL THEN format('CREATE POLICY roi_operator ON %s TO %I USING (true) WITH CHECK (true)', r.relation, role)
               ELSE format('ALTER POLICY roi_operator ON %s TO %s, %I', r.relation,
                    (SELECT string_agg(quote_ident(pg_get_userbyid(other)), ', ') FROM unnest(l.polroles) other), role) END
        FROM @extschema@.roi_level_tables() r JOIN pg_class c ON c.oid = r.relation AND c.relkind <> 'S' AND r.operator_may IS NOT NULL
        LEFT JOIN pg_policy l ON l.polrelid = r.relation AND l.polname = 'roi_operator'
        WHERE wanted = 'operator' AND NOT is_owner AND NOT sees_all
    LOOP
        EXECUTE t.statement;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_grant_level(name, text) IS
'Internal part of roi_grant(): the privileges of a level, and for an operator whom row security holds back a policy roi_operator on every table.';

-- The schema may be shared with the application: what is not only ours stays usable.
CREATE FUNCTION @extschema@.roi_grant_schema(role name, wanted text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF wanted <> 'none' AND NOT has_schema_privilege(role, '@extschema@'::regnamespace, 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA @extschema@ TO %I', role);
        IF NOT has_schema_privilege(role, '@extschema@'::regnamespace, 'USAGE') THEN
            RAISE EXCEPTION 'role % may not use schema @extschema@', role USING ERRCODE = 'insufficient_privilege',
                DETAIL = 'The caller cannot grant it.', HINT = format('As the owner of the schema: GRANT USAGE ON SCHEMA @extschema@ TO %I;', role);
        END IF;
    ELSIF wanted = 'none' AND '@extschema@' <> 'public'
          AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = '@extschema@'::regnamespace
                          AND NOT EXISTS (SELECT FROM @extschema@.roi_level_routines() r WHERE r.routine = p.oid))
          AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = '@extschema@'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                          AND NOT c.relispartition AND NOT EXISTS (SELECT FROM @extschema@.roi_level_tables() r WHERE r.relation = c.oid)) THEN
        EXECUTE format('REVOKE USAGE ON SCHEMA @extschema@ FROM %I', role);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_grant_schema(name, text) IS
'Internal part of roi_grant(): USAGE on our schema; taken back only where the schema holds nothing but ours. Errors: 42501 when the caller cannot grant it.';

CREATE FUNCTION @extschema@.roi_grant(role text, level text) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO error
AS $$
BEGIN
    PERFORM @extschema@.roi_require_setup();
    IF role IS NULL OR level IS NULL THEN
        RAISE EXCEPTION 'role and level must not be NULL' USING ERRCODE = 'null_value_not_allowed',
            DETAIL = 'A role holds one level at a time.', HINT = 'Such as SELECT roi_grant(''authenticated'', ''client'');';
    END IF;
    IF level NOT IN ('client', 'operator', 'none') THEN
        RAISE EXCEPTION 'level % is not known', quote_literal(left(level, 100)) USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'A role holds one of three levels.', HINT = 'Use ''client'', ''operator'' or ''none''.';
    END IF;
    IF lower(role) = 'public' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        RAISE EXCEPTION 'PUBLIC cannot be granted a level' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Every role of the server would have it.', HINT = 'Name the role that your clients act as.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        RAISE EXCEPTION 'role % does not exist', quote_literal(left(role, 100)) USING ERRCODE = 'undefined_object',
            DETAIL = 'No role of the server has this name.', HINT = 'Create it first: the extension makes no roles. Names are compared letter by letter.';
    END IF;
    PERFORM @extschema@.roi_require_grantor();
    PERFORM pg_advisory_xact_lock(hashtext('roi_grant'), '@extschema@'::regnamespace::oid::integer);
    PERFORM @extschema@.roi_revoke_all(role);
    IF level <> 'none' THEN
        PERFORM @extschema@.roi_grant_level(role, level);
    END IF;
    PERFORM @extschema@.roi_grant_schema(role, level);
    RETURN format('%s: %s', role, level);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_grant(text, text) IS
'Gives a role exactly one level: client (read functions for the signed-in user, settings, import of his own data, his own rows of the tables), operator (everything for all users: simulation, schedule, verify, all rows) or none (all of it taken back). Again it changes nothing; after an upgrade it adds what is new. An operator without BYPASSRLS gets a policy roi_operator on every table. For a superuser, or the tables'' owner who holds EXECUTE with grant option. Errors: 22004 NULL, 22023 unknown level or PUBLIC, 42501 the caller cannot grant, 42704 no such role, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_level_of(grantee oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    WITH may AS (
        SELECT r.level, EXISTS (SELECT FROM aclexplode(p.proacl) e WHERE e.grantee = roi_level_of.grantee) AS held
        FROM @extschema@.roi_level_routines() r JOIN pg_proc p ON p.oid = r.routine
    ), tables AS (
        SELECT r.client_may, r.operator_may, c.relkind, ARRAY(SELECT e.privilege_type FROM aclexplode(c.relacl) e WHERE e.grantee = roi_level_of.grantee ORDER BY 1) AS held,
            EXISTS (SELECT FROM pg_policy l WHERE l.polrelid = c.oid AND l.polname = 'roi_operator' AND roi_level_of.grantee = ANY (l.polroles))
                OR (SELECT rolbypassrls FROM pg_roles WHERE oid = roi_level_of.grantee) AS sees_all
        FROM @extschema@.roi_level_tables() r JOIN pg_class c ON c.oid = r.relation
    )
    SELECT CASE
        WHEN (SELECT bool_and(held = coalesce(level = 'client', false)) FROM may)
             AND (SELECT bool_and(held = ARRAY(SELECT unnest(string_to_array(client_may, ', ')) ORDER BY 1)) FROM tables) THEN 'client'
        WHEN (SELECT bool_and(held = (level IS NOT NULL)) FROM may)
             AND (SELECT bool_and(held = ARRAY(SELECT unnest(string_to_array(operator_may, ', ')) ORDER BY 1) AND (sees_all OR relkind = 'S' OR operator_may IS NULL)) FROM tables) THEN 'operator'
        ELSE 'custom' END
$$;
COMMENT ON FUNCTION @extschema@.roi_level_of(oid) IS 'Internal. The level whose privileges a role holds exactly, else custom.';

CREATE FUNCTION @extschema@.roi_grants() RETURNS TABLE (role text, level text, routines bigint, tables bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    SELECT @extschema@.roi_require_setup();
    SELECT CASE WHEN held.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(held.grantee)::text END, @extschema@.roi_level_of(held.grantee),
        count(DISTINCT held.routine), count(DISTINCT held.relation)
    FROM (
        SELECT e.grantee, r.routine, NULL::regclass AS relation
        FROM @extschema@.roi_level_routines() r JOIN pg_proc p ON p.oid = r.routine,
             aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e WHERE e.grantee <> p.proowner
        UNION ALL
        SELECT e.grantee, NULL, r.relation FROM @extschema@.roi_level_tables() r JOIN pg_class c ON c.oid = r.relation, aclexplode(c.relacl) e
        WHERE e.grantee <> c.relowner AND c.relkind <> 'S'
    ) AS held
    GROUP BY held.grantee ORDER BY 1
$$;
COMMENT ON FUNCTION @extschema@.roi_grants() IS
'Who holds privileges on our routines and tables beside their owners: the role (PUBLIC: everybody), its level (client, operator, or custom where grants by hand or an upgrade differ from both), and how many routines and tables. For operators. Errors: 55000 no tables.';
