-- Scheduling the jobs with pg_cron.

-- The setting cron.database_name exists while pg_cron is loaded, and only privileged roles may read it. Left over in
-- postgresql.conf without the library it is a text like any other, and pg_settings does not list it.
CREATE FUNCTION @extschema@.roi_pg_cron_problem() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    home text;
    loaded boolean;
BEGIN
    BEGIN
        home := current_setting('cron.database_name', true);
        loaded := EXISTS (SELECT FROM pg_settings WHERE name = 'cron.database_name');
    EXCEPTION WHEN insufficient_privilege THEN
        loaded := true;
    END;
    RETURN CASE
        WHEN NOT loaded AND NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_cron')
            THEN 'Install the pg_cron package, add pg_cron to shared_preload_libraries and restart the server. Without it, run CALL roi_tick_job() hourly by any scheduler.'
        WHEN NOT loaded
            THEN format('Add pg_cron to shared_preload_libraries, set cron.database_name = %L and restart the server.', current_database())
        WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN NULL
        WHEN home = current_database() THEN 'Run CREATE EXTENSION pg_cron; as a superuser.'
        WHEN home IS NULL
            THEN format('As a superuser: CREATE EXTENSION pg_cron; where cron.database_name is this database. Else set cron.database_name = %L and restart the server, or schedule the job from there.', current_database())
        ELSE format('pg_cron lives in database %s. Set cron.database_name = %L and restart the server, or schedule the job from there: SELECT cron.schedule_in_database(%L, %L, %L, %L, %L);',
                    home, current_database(), 'roi_tick ' || current_database(), '0 * * * *', 'CALL @extschema@.roi_tick_job()', current_database(), current_user)
    END;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_pg_cron_problem() IS 'Internal. What to do before pg_cron can be used in this database; NULL when nothing.';

CREATE FUNCTION @extschema@.roi_require_pg_cron() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    problem text := @extschema@.roi_pg_cron_problem();
    missing text;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'pg_cron is not available in database %', current_database() USING
            ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Jobs run in the one database that pg_cron is set up for.', HINT = problem;
    END IF;
    SELECT string_agg(format('GRANT %s TO %I;', m.privilege, current_user), ' ') INTO missing FROM (
        SELECT 'USAGE ON SCHEMA cron' WHERE NOT has_schema_privilege('cron', 'USAGE')
        UNION ALL SELECT 'SELECT ON cron.job' FROM pg_class c WHERE c.relnamespace = 'cron'::regnamespace AND c.relname = 'job' AND NOT has_table_privilege(c.oid, 'SELECT')
        UNION ALL SELECT format('EXECUTE ON FUNCTION %s', p.oid::regprocedure) FROM pg_proc p
        WHERE p.pronamespace = 'cron'::regnamespace AND (p.proname = 'schedule' AND p.pronargs = 3 OR p.proname = 'unschedule' AND p.proargtypes[0] <> 'bigint'::regtype)
            AND NOT has_function_privilege(p.oid, 'EXECUTE')) m (privilege);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'role % may not use pg_cron', current_user USING
            ERRCODE = 'insufficient_privilege', DETAIL = 'The job is scheduled in his name.', HINT = 'As a superuser: ' || missing;
    END IF;
    IF NOT (SELECT rolcanlogin FROM pg_roles WHERE rolname = current_user) THEN
        RAISE EXCEPTION 'pg_cron cannot run jobs of role %, which may not log in', current_user USING
            ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It connects as that role for each run.', HINT = 'Schedule the job as a role with LOGIN.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_require_pg_cron() IS
'Internal. Raises 55000 or 42501 with the precise hint when the caller cannot schedule jobs with pg_cron here.';

-- A job belongs to the schema, so that two installations of one server do not overwrite each other.
CREATE FUNCTION @extschema@.roi_cron_name(job text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$ SELECT (CASE WHEN '@extschema@' = 'public' THEN $1 ELSE $1 || ' @extschema@' END)::name::text $$; -- pg_cron 1.4 keeps 63 bytes
COMMENT ON FUNCTION @extschema@.roi_cron_name(text) IS 'Internal. What pg_cron calls a job of ours.';

-- pg_cron lets everybody read the jobs of his own; before it is there, nobody has any.
CREATE FUNCTION @extschema@.roi_cron_jobs() RETURNS TABLE (job_id bigint, job text, schedule text, command text, active boolean)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
BEGIN
    IF to_regclass('cron.job') IS NULL OR NOT has_schema_privilege('cron', 'USAGE') OR NOT has_table_privilege('cron.job', 'SELECT') THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE $q$
        SELECT j.jobid, k.job, j.schedule, j.command, j.active
        FROM (SELECT unnest(ARRAY['roi_tick', 'roi_maintain', 'roi_purge'])
              UNION ALL SELECT @extschema@.roi_tick_name(w, n) FROM generate_series(2, 64) n, generate_series(1, n) w) k (job)
        JOIN cron.job j ON j.jobname::text = @extschema@.roi_cron_name(k.job) AND j.database = current_database() AND j.username = current_user
    $q$;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_cron_jobs() IS
'Internal. The caller''s jobs that roi_schedule() has made here, by the names that roi_job_runs gives them; none where he cannot see pg_cron.';

CREATE FUNCTION @extschema@.roi_next_run(schedule text, after timestamp) RETURNS timestamp
LANGUAGE c STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_next_run';
COMMENT ON FUNCTION @extschema@.roi_next_run(text, timestamp) IS
'Internal. The first minute after a moment that a crontab line of five fields names, both on the scheduler''s clock; NULL when it is none.';

CREATE FUNCTION @extschema@.roi_cron_zone() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN coalesce(nullif(current_setting('cron.timezone', true), ''), 'UTC'); -- pg_cron 1.4 knows UTC only
EXCEPTION WHEN insufficient_privilege THEN
    RETURN 'UTC';
END
$$;
COMMENT ON FUNCTION @extschema@.roi_cron_zone() IS 'Internal. The time zone that pg_cron reads schedules in: cron.timezone, where there is that setting and the caller may see it.';

CREATE FUNCTION @extschema@.roi_check_retention(retention interval, archive text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF retention < interval '1 month' OR retention > interval '100 years' THEN
        RAISE EXCEPTION 'retention % is out of range', retention USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Whole UTC months before it are archived.', HINT = 'Pass an interval from 1 month to 100 years, or NULL to keep everything.';
    END IF;
    IF archive IS NULL OR archive NOT IN ('detach', 'drop') THEN
        RAISE EXCEPTION 'archive % is not known', coalesce(quote_literal(left(archive, 100)), 'NULL') USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'It says what becomes of the facts of old months.', HINT = 'Use ''detach'' or ''drop''.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_check_retention(interval, text) IS 'Internal. Raises 22023 when facts cannot be archived so.';

CREATE FUNCTION @extschema@.roi_check_kept(keep_runs interval) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF keep_runs < interval '1 day' OR keep_runs > interval '100 years' THEN
        RAISE EXCEPTION 'keep_runs % is out of range', keep_runs USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Runs that ended before it are deleted.', HINT = 'Pass an interval from 1 day to 100 years, or NULL to keep all.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_check_kept(interval) IS 'Internal. Raises 22023 when runs cannot be kept so long.';

CREATE FUNCTION @extschema@.roi_schedule_job(job text, schedule text, command text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    id bigint;
    home text;
    is_active boolean;
BEGIN
    IF schedule !~ '^\s*\S+(\s+\S+){4}\s*$' THEN
        RAISE EXCEPTION 'schedule % has not the five fields of a crontab', quote_literal(left(schedule, 100)) USING
            ERRCODE = 'invalid_parameter_value', DETAIL = 'pg_cron reads it as a crontab line.', HINT = 'Use minute, hour, day, month and weekday in UTC, such as ''0 * * * *''.';
    END IF;
    -- pg_cron knows a job by its name and owner: it would leave one that is switched off as it is, and one of another database there.
    EXECUTE 'SELECT j.database, j.active FROM cron.job j WHERE j.jobname::text = $1 AND j.username = current_user' INTO home, is_active USING @extschema@.roi_cron_name(job);
    IF home <> current_database() THEN
        RAISE EXCEPTION 'role % has a job % for database %', current_user, quote_literal(@extschema@.roi_cron_name(job)), home USING
            ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'pg_cron keeps one job of a name for each role.',
            HINT = format('Schedule that one by another name, then SELECT cron.unschedule(%L); or schedule ours as another role.', @extschema@.roi_cron_name(job));
    END IF;
    BEGIN
        IF NOT is_active THEN
            EXECUTE 'SELECT cron.unschedule($1)' USING @extschema@.roi_cron_name(job);
        END IF;
        EXECUTE 'SELECT cron.schedule($1, $2, $3)' USING @extschema@.roi_cron_name(job), schedule, command INTO id;
    EXCEPTION WHEN invalid_parameter_value THEN
        RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM,
            DETAIL = 'pg_cron refused the schedule.', HINT = 'Use minute, hour, day, month and weekday in UTC, such as ''0 * * * *''.';
    END;
    RETURN id;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_schedule_job(text, text, text) IS 'Internal. Has pg_cron run a command; replaces the job of that name, switched on. Errors: 22023 malformed schedule, 55000 a job of that name runs in another database.';

CREATE FUNCTION @extschema@.roi_unschedule_others(jobs text[]) RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    old text;
    removed integer := 0;
BEGIN
    FOR old IN SELECT j.job FROM @extschema@.roi_cron_jobs() j WHERE j.job <> ALL (jobs) ORDER BY j.job LOOP
        EXECUTE 'SELECT cron.unschedule($1)' USING @extschema@.roi_cron_name(old);
        removed := removed + 1;
    END LOOP;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_unschedule_others(text[]) IS 'Internal. Takes back the caller''s jobs that are not named; returns how many.';

CREATE FUNCTION @extschema@.roi_schedule(
    schedule text DEFAULT '0 * * * *',
    workers integer DEFAULT 1,
    maintenance text DEFAULT '30 3 * * *',
    retention interval DEFAULT NULL,
    archive text DEFAULT 'detach',
    keep_runs interval DEFAULT '90 days',
    keep_undo interval DEFAULT '90 days')
RETURNS TABLE (job text, job_id bigint, at text, command text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    wanted text[] := '{}';
    t record;
BEGIN
    PERFORM @extschema@.roi_require_setup();
    PERFORM @extschema@.roi_require_pg_cron();
    IF schedule IS NULL OR workers IS NULL OR workers NOT BETWEEN 1 AND 64 THEN
        RAISE EXCEPTION 'the schedule must not be NULL, and workers must lie between 1 and 64' USING
            ERRCODE = 'invalid_parameter_value', DETAIL = 'The tick is one job of pg_cron for each worker.', HINT = 'Such as roi_schedule(''0 * * * *'', workers => 2).';
    END IF;
    PERFORM @extschema@.roi_check_retention(retention, archive), @extschema@.roi_check_kept(keep_runs), @extschema@.roi_check_undo(keep_undo);
    FOR t IN
        SELECT @extschema@.roi_tick_name(w, workers) AS job, schedule AS at,
            CASE WHEN workers = 1 THEN 'CALL @extschema@.roi_tick_job()' ELSE format('CALL @extschema@.roi_tick_job(%s, %s)', w, workers) END AS command, w AS place
        FROM generate_series(1, workers) w
        UNION ALL SELECT 'roi_maintain', maintenance, format('CALL @extschema@.roi_maintain_job(%L, %L, %L)', retention, archive, keep_undo), 65 WHERE maintenance IS NOT NULL
        UNION ALL SELECT 'roi_purge', maintenance, format('CALL @extschema@.roi_purge_job(%L)', keep_runs), 66 WHERE maintenance IS NOT NULL AND keep_runs IS NOT NULL
        ORDER BY place
    LOOP
        job := t.job;
        job_id := @extschema@.roi_schedule_job(t.job, t.at, t.command);
        at := t.at;
        command := t.command;
        wanted := wanted || t.job;
        RETURN NEXT;
    END LOOP;
    PERFORM @extschema@.roi_unschedule_others(wanted);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_schedule(text, integer, text, interval, text, interval, interval) IS
'Has pg_cron run the jobs of this database as the caller: CALL roi_tick_job() on the schedule (five fields, UTC unless cron.timezone says otherwise), one job for each of workers, who share the users; and on the schedule maintenance (NULL: never) CALL roi_maintain_job(retention, archive, keep_undo), which archives nothing while retention is NULL and forgets what imports had replaced after keep_undo (NULL: never), and CALL roi_purge_job(keep_runs), unless that is NULL. Returns the jobs. Again: replaces them all, and switches them on. Errors: 22023 malformed schedule, workers beyond 1 to 64, retention under a month, keep_runs or keep_undo under a day, 42501 no right to pg_cron, 55000 pg_cron or the tables are missing, the caller may not log in, or has a job of such a name for another database.';

CREATE FUNCTION @extschema@.roi_unschedule() RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM @extschema@.roi_require_setup();
    PERFORM @extschema@.roi_require_pg_cron();
    RETURN @extschema@.roi_unschedule_others('{}') > 0;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_unschedule() IS
'Takes all jobs of roi_schedule() back from pg_cron; true when there was one of the caller''s. Errors: 42501 no right to pg_cron, 55000 pg_cron is missing.';
