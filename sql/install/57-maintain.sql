-- Maintenance: coming partitions, strays, old months, and what has been kept long enough.

CREATE FUNCTION @extschema@.roi_purge_runs(keep_runs interval DEFAULT '90 days') RETURNS TABLE (log text, deleted bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM @extschema@.roi_require_setup(), @extschema@.roi_check_kept(keep_runs);
    -- The last run and the last good run of a job stay, so that roi_status() goes on knowing them.
    DELETE FROM @extschema@.roi_job_runs r
    WHERE r.started_at < clock_timestamp() - keep_runs
      AND r.id NOT IN (SELECT DISTINCT ON (k.job, k.ok) k.id FROM @extschema@.roi_job_runs k ORDER BY k.job, k.ok, k.started_at DESC, k.id DESC);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    log := 'roi_job_runs';
    RETURN NEXT;
    IF to_regclass('cron.job_run_details') IS NULL OR NOT has_schema_privilege('cron', 'USAGE') OR NOT has_table_privilege('cron.job_run_details', 'DELETE') THEN
        RETURN;
    END IF;
    EXECUTE 'DELETE FROM cron.job_run_details d USING @extschema@.roi_cron_jobs() j WHERE d.jobid = j.job_id AND d.end_time < clock_timestamp() - $1' USING keep_runs;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    log := 'cron.job_run_details';
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_purge_runs(interval) IS
'Deletes runs of jobs that began longer ago than keep_runs (NULL: none), but the last and the last good one of each job, and, where the caller may, what pg_cron keeps of his jobs of roi_schedule(); returns how many of each. For operators. Errors: 22023 keep_runs under a day, 42501 not an operator, 55000 no tables.';

CREATE PROCEDURE @extschema@.roi_purge_job(keep_runs interval DEFAULT '90 days')
LANGUAGE plpgsql
AS $$
DECLARE
    run pg_catalog.int8;
    gone pg_catalog.int8;
    failed_state pg_catalog.text;
    failed_message pg_catalog.text;
    failed_detail pg_catalog.text;
    failed_hint pg_catalog.text;
    failed_context pg_catalog.text;
    ok pg_catalog.bool;
BEGIN
    IF pg_catalog.pg_is_in_recovery() THEN
        RETURN;
    END IF;
    PERFORM @extschema@.roi_require_setup();
    run := @extschema@.roi_begin_run('roi_purge');
    COMMIT;
    BEGIN
        SELECT pg_catalog.sum(p.deleted) INTO gone FROM @extschema@.roi_purge_runs(keep_runs) AS p;
        PERFORM @extschema@.roi_note_progress(run, 0, gone);
    EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
        GET STACKED DIAGNOSTICS failed_state = RETURNED_SQLSTATE, failed_message = MESSAGE_TEXT,
            failed_detail = PG_EXCEPTION_DETAIL, failed_hint = PG_EXCEPTION_HINT, failed_context = PG_EXCEPTION_CONTEXT;
        PERFORM @extschema@.roi_note_failure(run, NULL, failed_state, failed_message, failed_detail, failed_hint, failed_context);
    END;
    ok := @extschema@.roi_end_run(run);
    COMMIT;
    IF NOT ok THEN
        PERFORM @extschema@.roi_raise_failure(run);
    END IF;
END
$$;
COMMENT ON PROCEDURE @extschema@.roi_purge_job(interval) IS
'roi_purge_runs() as a job, with a row of roi_job_runs. Does nothing on a standby. For operators. Errors: 2D000 inside a transaction block, and whatever roi_purge_runs() raises.';
