-- Jobs: the record of every run, and the tick in batches that are committed one by one.

CREATE FUNCTION @extschema@.roi_make_coming_partitions() RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET lock_timeout TO '2s'
AS 'MODULE_PATHNAME', 'roi_make_coming_partitions';
COMMENT ON FUNCTION @extschema@.roi_make_coming_partitions() IS
'Internal. Makes the partitions of this month and the next three where they are missing, as the tables'' owner. Errors: 42501 not an operator, 55P03 when the tables are busy for two seconds.';

CREATE FUNCTION @extschema@.roi_lock_tick(worker integer, workers integer) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_lock_tick';
COMMENT ON FUNCTION @extschema@.roi_lock_tick(integer, integer) IS
'Internal. True when no other tick of this worker, or of all users, is running; holds it off until the transaction ends. Errors: 22023 no such worker, 42501 not an operator.';

CREATE FUNCTION @extschema@.roi_accounts_behind(at timestamptz, after text, accounts integer, worker integer, workers integer) RETURNS SETOF text
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_accounts_behind';
COMMENT ON FUNCTION @extschema@.roi_accounts_behind(timestamptz, text, integer, integer, integer) IS
'Internal. The next users after the given one, in order, whose growing simulated accounts lack hours before at and who belong to the worker (of 1 to workers, by a hash of the id). Checks roi_platforms first: what is wrong there is no account''s failure. Errors: 22004, 22008 bad moment, 22023 no such worker, 42501 not an operator.';

CREATE FUNCTION @extschema@.roi_generate_accounts(at timestamptz, accounts text[], worker integer, workers integer)
RETURNS TABLE (users bigint, posts bigint, taken bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET jit TO off
AS 'MODULE_PATHNAME', 'roi_generate_accounts';
COMMENT ON FUNCTION @extschema@.roi_generate_accounts(timestamptz, text[], integer, integer) IS
'Internal. roi_generate_tick() for some accounts: users brought up to date, post-hours written, and how many of the list were taken before the batch was large enough; no row when another run of this worker has begun. Errors: as roi_generate_tick().';

-- The runs of jobs.

CREATE FUNCTION @extschema@.roi_run_is_alive(started_at timestamptz, pid integer) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
    SELECT $1 >= pg_postmaster_start_time() AND EXISTS (
        SELECT FROM pg_stat_activity a WHERE a.pid = $2 AND a.datname = current_database()
            AND coalesce(a.backend_start <= $1 AND a.state !~ '^idle', true)) -- NULL where the caller may not see them
$$;
COMMENT ON FUNCTION @extschema@.roi_run_is_alive(timestamptz, integer) IS
'Internal. Whether the session that began a run at that moment is still there and at work, as far as the caller can see. On a standby it never is.';

CREATE FUNCTION @extschema@.roi_begin_run(job text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    run bigint;
BEGIN
    UPDATE @extschema@.roi_job_runs r
    SET ok = false, finished_at = clock_timestamp(), sqlstate = '57P02', message = 'the run was interrupted',
        detail = 'Its session ended before it, or left it: a crash, a restart, a termination or a timeout.',
        hint = 'What it had committed stays; the next run goes on there.'
    WHERE r.job = roi_begin_run.job AND r.ok IS NULL AND r.finished_at IS NULL
      AND (r.pid = pg_backend_pid() OR NOT @extschema@.roi_run_is_alive(r.started_at, r.pid));
    INSERT INTO @extschema@.roi_job_runs (job, rows, accounts, failed) VALUES (roi_begin_run.job, 0, 0, 0) RETURNING id INTO run;
    RAISE LOG 'roi_ext: % begins, run %', roi_begin_run.job, run;
    RETURN run;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_begin_run(text) IS
'Internal. Records that a run of the job begins; earlier runs whose session is gone are closed as failed with 57P02.';

CREATE FUNCTION @extschema@.roi_begin_tick(worker integer, workers integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NOT @extschema@.roi_lock_tick(worker, workers) THEN
        RETURN NULL;
    END IF;
    RETURN @extschema@.roi_begin_run(@extschema@.roi_tick_name(worker, workers));
END
$$;
COMMENT ON FUNCTION @extschema@.roi_begin_tick(integer, integer) IS 'Internal. Records that a tick begins; NULL when another one is running.';

CREATE FUNCTION @extschema@.roi_tick_name(worker integer, workers integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$ SELECT CASE WHEN $2 = 1 THEN 'roi_tick' ELSE format('roi_tick %s/%s', $1, $2) END $$;
COMMENT ON FUNCTION @extschema@.roi_tick_name(integer, integer) IS 'Internal. How a worker''s tick is called in roi_job_runs.';

CREATE FUNCTION @extschema@.roi_note_progress(run bigint, accounts bigint, rows bigint) RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
    UPDATE @extschema@.roi_job_runs SET accounts = roi_job_runs.accounts + $2, rows = roi_job_runs.rows + $3 WHERE id = $1
$$;
COMMENT ON FUNCTION @extschema@.roi_note_progress(bigint, bigint, bigint) IS
'Internal. Adds to what a run has done, in the transaction that does it.';

CREATE FUNCTION @extschema@.roi_note_failure(run bigint, what text, sqlstate text, message text, detail text, hint text, context text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE @extschema@.roi_job_runs r
    SET failed = coalesce(r.failed, 0) + 1,
        failures = CASE WHEN coalesce(jsonb_array_length(r.failures), 0) < 20 THEN coalesce(r.failures, '[]') || jsonb_build_array(jsonb_strip_nulls(
            jsonb_build_object('of', $2, 'sqlstate', $3, 'message', $4, 'detail', nullif($5, ''), 'hint', nullif($6, ''), 'context', $7))) ELSE r.failures END,
        sqlstate = coalesce(r.sqlstate, $3), message = CASE WHEN r.sqlstate IS NULL THEN $4 ELSE r.message END,
        detail = CASE WHEN r.sqlstate IS NULL THEN nullif($5, '') ELSE r.detail END,
        hint = CASE WHEN r.sqlstate IS NULL THEN nullif($6, '') ELSE r.hint END,
        context = CASE WHEN r.sqlstate IS NULL THEN $7 ELSE r.context END
    WHERE id = run;
    RAISE LOG 'roi_ext: run %, %: % (SQLSTATE %)', run, coalesce(what, 'the run'), message, sqlstate;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_note_failure(bigint, text, text, text, text, text, text) IS
'Internal. Records a failure of a run: the first one in its own columns, the first twenty in failures, all in failed and in the server''s log.';

CREATE FUNCTION @extschema@.roi_moment_text(moment timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$ SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;
COMMENT ON FUNCTION @extschema@.roi_moment_text(timestamptz) IS 'Internal. A moment as notifications write it.';

CREATE FUNCTION @extschema@.roi_end_run(run bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    r record;
BEGIN
    UPDATE @extschema@.roi_job_runs u SET finished_at = clock_timestamp(), ok = u.sqlstate IS NULL WHERE id = run
    RETURNING u.job, u.ok, u.sqlstate, u.rows, u.accounts, u.failed, u.finished_at - u.started_at AS took INTO r;
    RAISE LOG 'roi_ext: % ends, run %: %, % accounts, % rows, % failed, % ms', r.job, run, CASE WHEN r.ok THEN 'ok' ELSE r.sqlstate END,
        r.accounts, r.rows, r.failed, round(extract(epoch FROM r.took) * 1000);
    IF NOT r.ok THEN
        -- The message may hold a user's data, and anyone may listen: it stays in the row.
        PERFORM pg_notify('roi_alert', json_build_object('job', r.job, 'sqlstate', r.sqlstate,
            'at', @extschema@.roi_moment_text(clock_timestamp()), 'run', run)::text);
    END IF;
    RETURN r.ok;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_end_run(bigint) IS
'Internal. Records that a run is over, with its timing in the server''s log, and notifies roi_alert when it failed; true when it did not.';

CREATE FUNCTION @extschema@.roi_end_tick(run bigint, at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    ok boolean := @extschema@.roi_end_run(run);
BEGIN
    IF ok OR (SELECT r.accounts > 0 FROM @extschema@.roi_job_runs r WHERE r.id = run) THEN
        PERFORM pg_notify('roi_tick', json_strip_nulls(json_build_object('event', 'tick', 'schema',
            (SELECT nspname FROM pg_namespace WHERE oid = '@extschema@'::regnamespace), 'at', @extschema@.roi_moment_text(now()),
            'until', @extschema@.roi_moment_text(date_trunc('hour', at, 'UTC'))))::text);
    END IF;
    RETURN ok;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_end_tick(bigint, timestamptz) IS
'Internal. roi_end_run() of a tick, and the notification on channel roi_tick unless it failed altogether.';

CREATE FUNCTION @extschema@.roi_raise_failure(run bigint) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    r record;
BEGIN
    SELECT * INTO r FROM @extschema@.roi_job_runs WHERE id = run;
    RAISE EXCEPTION USING ERRCODE = r.sqlstate, MESSAGE = r.message,
        DETAIL = concat_ws(' ', r.detail, CASE WHEN r.failed > 1 THEN format('%s failures in this run.', r.failed) END, format('Kept in roi_job_runs, id %s.', run)),
        HINT = coalesce(r.hint, 'See roi_job_runs.');
END
$$;
COMMENT ON FUNCTION @extschema@.roi_raise_failure(bigint) IS
'Internal. Raises the first failure of a run again, so that the scheduler sees it.';

CREATE PROCEDURE @extschema@.roi_tick_job(worker integer DEFAULT 1, workers integer DEFAULT 1)
LANGUAGE plpgsql
AS $$
-- A procedure that commits can neither pin search_path nor commit inside a block with EXCEPTION: every name is
-- qualified, and each batch is a block of its own, committed after it. A batch that fails is tried again account by
-- account. Errors that are not an account's own end the run: a cancel, a shutdown, a full disk.
DECLARE
    at pg_catalog.timestamptz := pg_catalog.now();
    run pg_catalog.int8;
    reached pg_catalog.text := '';
    batch pg_catalog.text[];
    place pg_catalog.int4;
    one_by_one pg_catalog.bool;
    done record;
    account pg_catalog.text;
    over pg_catalog.bool := false;
    ok pg_catalog.bool;
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
    run := @extschema@.roi_begin_tick(worker, workers);
    COMMIT;
    IF run IS NULL THEN
        RAISE NOTICE 'another tick is running; this one did nothing';
        RETURN;
    END IF;
    -- In a transaction of its own, because a new partition blocks writers until it commits; on busy tables the next run
    -- tries again, and the default partition takes the rows meanwhile.
    BEGIN
        PERFORM @extschema@.roi_make_coming_partitions();
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        NULL;
    WHEN query_canceled OR assert_failure OR OTHERS THEN
        GET STACKED DIAGNOSTICS failed_state = RETURNED_SQLSTATE, failed_message = MESSAGE_TEXT,
            failed_detail = PG_EXCEPTION_DETAIL, failed_hint = PG_EXCEPTION_HINT, failed_context = PG_EXCEPTION_CONTEXT;
        PERFORM @extschema@.roi_note_failure(run, 'coming partitions', failed_state, failed_message, failed_detail, failed_hint, failed_context);
        over := failed_state OPERATOR(pg_catalog.~) '^(57|58|53100)';
    END;
    COMMIT;
    WHILE NOT over LOOP
        batch := '{}';
        BEGIN
            batch := ARRAY(SELECT a FROM @extschema@.roi_accounts_behind(at, reached, 200, worker, workers) AS a);
        EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
            GET STACKED DIAGNOSTICS failed_state = RETURNED_SQLSTATE, failed_message = MESSAGE_TEXT,
                failed_detail = PG_EXCEPTION_DETAIL, failed_hint = PG_EXCEPTION_HINT, failed_context = PG_EXCEPTION_CONTEXT;
            PERFORM @extschema@.roi_note_failure(run, NULL, failed_state, failed_message, failed_detail, failed_hint, failed_context);
        END;
        EXIT WHEN pg_catalog.cardinality(batch) OPERATOR(pg_catalog.=) 0;
        place := 1;
        one_by_one := false;
        WHILE NOT over AND place OPERATOR(pg_catalog.<=) pg_catalog.cardinality(batch) LOOP
            failed_state := NULL;
            account := batch[place];
            BEGIN
                SELECT g.users, g.posts, g.taken INTO done FROM @extschema@.roi_generate_accounts(at,
                    CASE WHEN one_by_one THEN ARRAY[account] ELSE batch[place:] END, worker, workers) AS g;
                over := done.taken IS NULL; -- another run goes on from here
                place := place OPERATOR(pg_catalog.+) coalesce(done.taken, 0)::pg_catalog.int4;
                PERFORM @extschema@.roi_note_progress(run, coalesce(done.users, 0), coalesce(done.posts, 0));
            EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
                GET STACKED DIAGNOSTICS failed_state = RETURNED_SQLSTATE, failed_message = MESSAGE_TEXT,
                    failed_detail = PG_EXCEPTION_DETAIL, failed_hint = PG_EXCEPTION_HINT, failed_context = PG_EXCEPTION_CONTEXT;
            END;
            IF failed_state IS NOT NULL THEN
                over := failed_state OPERATOR(pg_catalog.~) '^(57|58|53100)';
                IF over OR one_by_one OR place OPERATOR(pg_catalog.=) pg_catalog.cardinality(batch) THEN
                    PERFORM @extschema@.roi_note_failure(run, CASE WHEN NOT over THEN 'account ' OPERATOR(pg_catalog.||) account END,
                        failed_state, failed_message, failed_detail, failed_hint, failed_context);
                    place := place OPERATOR(pg_catalog.+) 1;
                ELSE
                    one_by_one := true;
                END IF;
            END IF;
            COMMIT;
        END LOOP;
        reached := batch[pg_catalog.cardinality(batch)];
    END LOOP;
    ok := @extschema@.roi_end_tick(run, at);
    COMMIT;
    IF NOT ok THEN
        PERFORM @extschema@.roi_raise_failure(run);
    END IF;
END
$$;
COMMENT ON PROCEDURE @extschema@.roi_tick_job(integer, integer) IS
'The hourly job: makes the coming partitions (left to the next run when the tables are busy), then generates every missing whole hour of all growing accounts, or of the share of users that belongs to worker (of 1 to workers). Accounts go in batches that are committed one by one: a crash costs one batch and the next run goes on there; an account that fails costs itself only, and is kept with its error in roi_job_runs. A run while another one is running returns at once. A failed run notifies channel roi_alert (job, sqlstate, at, run) and raises its first error at its end, so that the scheduler sees it. Does nothing on a standby. Errors: 22023 no such worker, 2D000 inside a transaction block, 55000 no tables, and whatever generating raises.';
