-- Running the tick every hour by pg_cron, with a record of every run.

CREATE FUNCTION @extschema@.roi_make_coming_partitions() RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET lock_timeout TO '2s'
AS 'MODULE_PATHNAME', 'roi_make_coming_partitions';
COMMENT ON FUNCTION @extschema@.roi_make_coming_partitions() IS
'Internal. Makes the partitions of this month and the next three where they are missing, as the tables'' owner. Errors: 42501 not an operator, 55P03 when the tables are busy for two seconds.';

CREATE PROCEDURE @extschema@.roi_tick_job()
LANGUAGE plpgsql
AS $$
-- A procedure that commits can neither pin search_path nor commit inside a block with EXCEPTION: every name is
-- qualified, and the run's row is committed before the work and again after it.
DECLARE
    run pg_catalog.int8;
    written pg_catalog.int8;
    failed_state pg_catalog.text;
    failed_message pg_catalog.text;
    failed_detail pg_catalog.text;
    failed_hint pg_catalog.text;
    failed_context pg_catalog.text;
BEGIN
    IF pg_catalog.pg_is_in_recovery() THEN
        RETURN;
    END IF;
    PERFORM @extschema@.roi_require_setup();
    -- In a transaction of its own, because a new partition blocks writers until it commits; on busy tables the next run
    -- tries again, and the default partition takes the rows meanwhile.
    BEGIN
        PERFORM @extschema@.roi_make_coming_partitions();
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        NULL;
    END;
    COMMIT;
    INSERT INTO @extschema@.roi_job_runs (job) VALUES ('roi_tick') RETURNING id INTO run;
    COMMIT;
    BEGIN
        SELECT t.posts INTO written FROM @extschema@.roi_generate_tick() AS t;
    EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
        GET STACKED DIAGNOSTICS failed_state = RETURNED_SQLSTATE, failed_message = MESSAGE_TEXT,
            failed_detail = PG_EXCEPTION_DETAIL, failed_hint = PG_EXCEPTION_HINT, failed_context = PG_EXCEPTION_CONTEXT;
        failed_detail := CASE WHEN failed_detail OPERATOR(pg_catalog.<>) '' THEN failed_detail END;
        failed_hint := CASE WHEN failed_hint OPERATOR(pg_catalog.<>) '' THEN failed_hint END;
    END;
    UPDATE @extschema@.roi_job_runs
    SET finished_at = pg_catalog.clock_timestamp(), ok = failed_state IS NULL, rows = written, sqlstate = failed_state,
        message = failed_message, detail = failed_detail, hint = failed_hint,
        context = failed_context
    WHERE id OPERATOR(pg_catalog.=) run;
    IF failed_state IS NOT NULL THEN
        -- The message may hold a user's data, and anyone may listen: it stays in the row.
        PERFORM pg_catalog.pg_notify('roi_alert', pg_catalog.json_build_object('job', 'roi_tick', 'sqlstate', failed_state,
            'at', pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'run', run)::pg_catalog.text);
    END IF;
    COMMIT;
    IF failed_state IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = failed_state, MESSAGE = failed_message,
            DETAIL = coalesce(failed_detail, 'Kept in roi_job_runs.'), HINT = coalesce(failed_hint, 'See roi_job_runs.');
    END IF;
END
$$;
COMMENT ON PROCEDURE @extschema@.roi_tick_job() IS
'The hourly job: makes the coming partitions (left to the next run when the tables are busy), runs roi_generate_tick() and keeps a row of roi_job_runs for it, success or failure; a failure notifies channel roi_alert (job, sqlstate, at, run) and is then raised again so that the scheduler sees it. Does nothing on a standby. Errors: 2D000 inside a transaction block, 55000 no tables, and whatever the tick raises.';

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
        ELSE format('pg_cron lives in database %s. Set cron.database_name = %L and restart the server, or schedule the job from there.',
                    home, current_database())
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
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'pg_cron is not available in database %', current_database() USING
            ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Jobs run in the one database that pg_cron is set up for.', HINT = problem;
    END IF;
    IF NOT has_schema_privilege('cron', 'USAGE') THEN
        RAISE EXCEPTION 'role % may not use pg_cron', current_user USING
            ERRCODE = 'insufficient_privilege', DETAIL = 'The job is scheduled in his name.', HINT = format('As a superuser: GRANT USAGE ON SCHEMA cron TO %I;', current_user);
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
CREATE FUNCTION @extschema@.roi_job_name() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$ SELECT CASE WHEN '@extschema@' = 'public' THEN 'roi_tick' ELSE 'roi_tick ' || '@extschema@' END $$;
COMMENT ON FUNCTION @extschema@.roi_job_name() IS 'Internal. Name of the tick''s pg_cron job.';

CREATE FUNCTION @extschema@.roi_schedule(schedule text DEFAULT '0 * * * *') RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    job bigint;
BEGIN
    PERFORM @extschema@.roi_require_setup();
    PERFORM @extschema@.roi_require_pg_cron();
    IF schedule IS NULL OR schedule !~ '^\s*\S+(\s+\S+){4}\s*$' THEN
        RAISE EXCEPTION 'schedule % has not the five fields of a crontab', coalesce(quote_literal(schedule), 'NULL') USING
            ERRCODE = 'invalid_parameter_value', DETAIL = 'pg_cron reads it as a crontab line.', HINT = 'Use minute, hour, day, month and weekday in UTC, such as ''0 * * * *''.';
    END IF;
    BEGIN
        EXECUTE 'SELECT cron.schedule($1, $2, $3)'
            USING @extschema@.roi_job_name(), schedule, 'CALL @extschema@.roi_tick_job()' INTO job;
    EXCEPTION WHEN invalid_parameter_value THEN
        RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM,
            DETAIL = 'pg_cron refused the schedule.', HINT = 'Use minute, hour, day, month and weekday in UTC, such as ''0 * * * *''.';
    END;
    RETURN job;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_schedule(text) IS
'Has pg_cron CALL roi_tick_job() on the schedule (five fields, UTC); returns the job''s id. Again: replaces the schedule. Errors: 22023 malformed schedule, 42501 no right to pg_cron, 55000 pg_cron or the tables are missing.';

CREATE FUNCTION @extschema@.roi_unschedule() RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    scheduled boolean;
BEGIN
    PERFORM @extschema@.roi_require_setup();
    PERFORM @extschema@.roi_require_pg_cron();
    EXECUTE 'SELECT EXISTS (SELECT FROM cron.job WHERE jobname = $1 AND username = current_user)'
        USING @extschema@.roi_job_name() INTO scheduled;
    IF scheduled THEN
        EXECUTE 'SELECT cron.unschedule($1)' USING @extschema@.roi_job_name();
    END IF;
    RETURN scheduled;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_unschedule() IS
'Takes the tick''s job back from pg_cron; true when there was one of the caller''s. Errors: 42501 no right to pg_cron, 55000 pg_cron is missing.';
