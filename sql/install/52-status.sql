-- What the jobs are doing: a row a job for people, a heartbeat, and one row for monitors.

CREATE FUNCTION @extschema@.roi_hours_behind(job text, OUT hours bigint, OUT accounts bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    SELECT greatest(0, extract(epoch FROM date_trunc('hour', now(), 'UTC') - min(s.generated_until)) / 3600)::bigint,
        count(*) FILTER (WHERE s.generated_until < date_trunc('hour', now(), 'UTC'))
    FROM @extschema@.roi_simulations s, (SELECT (m)[1]::integer AS worker, (m)[2]::integer AS workers FROM regexp_matches($1 || ' 1/1', ' (\d+)/(\d+)') m) k
    WHERE s.state = 'growing' AND (k.workers = 1 OR hashtextextended(s.user_id, 0) & 1023 BETWEEN (k.worker - 1) * 1024 / k.workers AND k.worker * 1024 / k.workers - 1)
$$;
COMMENT ON FUNCTION @extschema@.roi_hours_behind(text) IS
'Internal. How many whole hours the slowest growing account of a tick''s share lacks, and how many accounts lack any.';

CREATE FUNCTION @extschema@.roi_status()
RETURNS TABLE (job text, state text, ok boolean, last_start timestamptz, last_end timestamptz, age interval, next_run timestamptz, lag_hours bigint,
    rows bigint, accounts bigint, failed bigint, error_at timestamptz, sqlstate text, error text, detail text, hint text, context text,
    runs_24h bigint, failures_24h bigint)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@.roi_require_setup();
    RETURN QUERY
    WITH known AS (
        SELECT r.job FROM @extschema@.roi_job_runs r UNION SELECT c.job FROM @extschema@.roi_cron_jobs() c
    )
    SELECT k.job,
        CASE WHEN l.id IS NULL THEN 'never' WHEN l.ok THEN 'ok' WHEN NOT l.ok AND l.sqlstate = '57P02' THEN 'interrupted' WHEN NOT l.ok THEN 'failed'
             WHEN pg_is_in_recovery() OR @extschema@.roi_run_is_alive(l.started_at, l.pid) THEN 'running' ELSE 'interrupted' END,
        l.ok, l.started_at, l.finished_at, clock_timestamp() - g.finished_at,
        (SELECT @extschema@.roi_next_run(c.schedule, clock_timestamp() AT TIME ZONE z.zone) AT TIME ZONE z.zone
         FROM @extschema@.roi_cron_jobs() c, (SELECT @extschema@.roi_cron_zone()) z (zone) WHERE c.job = k.job AND c.active),
        CASE WHEN k.job ~ '^roi_tick' THEN (SELECT b.hours FROM @extschema@.roi_hours_behind(k.job) b) END,
        l.rows, l.accounts, l.failed, e.finished_at, e.sqlstate, e.message, e.detail, e.hint, e.context,
        d.runs, d.failures
    FROM known k
    LEFT JOIN LATERAL (SELECT * FROM @extschema@.roi_job_runs r WHERE r.job = k.job ORDER BY r.started_at DESC, r.id DESC LIMIT 1) l ON true
    LEFT JOIN LATERAL (SELECT * FROM @extschema@.roi_job_runs r WHERE r.job = k.job AND r.ok ORDER BY r.started_at DESC, r.id DESC LIMIT 1) g ON true
    LEFT JOIN LATERAL (SELECT * FROM @extschema@.roi_job_runs r WHERE r.job = k.job AND NOT r.ok ORDER BY r.started_at DESC, r.id DESC LIMIT 1) e ON true
    CROSS JOIN LATERAL (SELECT count(*) AS runs, count(*) FILTER (WHERE NOT r.ok) AS failures FROM @extschema@.roi_job_runs r
                        WHERE r.job = k.job AND r.started_at > clock_timestamp() - interval '24 hours') d
    ORDER BY k.job;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_status() IS
'One row a job that has run or that the caller has scheduled: state (ok, failed, running, interrupted: its session is gone, never), ok of the last run (NULL while it runs), its start and end, age since the last good end, next run by pg_cron (NULL: not scheduled by the caller), hours that the slowest account of a tick lacks, facts and accounts of the last run and how many failed in it, the last failure with its moment, SQLSTATE, message, detail, hint and context, runs and failures in 24 hours. For operators. Errors: 42501 not an operator, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_heartbeat() RETURNS TABLE (job text, ok boolean, "when" timestamptz, last_error text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
    SELECT s.job, s.ok, coalesce(s.last_end, s.last_start),
        CASE WHEN NOT s.ok THEN s.sqlstate || ': ' || regexp_replace(s.error, '^.*\n', '') END
    FROM @extschema@.roi_status() s ORDER BY s.job
$$;
COMMENT ON FUNCTION @extschema@.roi_heartbeat() IS
'The runner''s heartbeat, for \watch 60: each job, whether its last run was good (NULL: it is running), when it ended or began, and the last line of its error if it failed. For operators. Errors: 42501 not an operator, 55000 no tables.';

-- What pg_cron itself says of our jobs, where the caller can see it.
CREATE FUNCTION @extschema@.roi_cron_complaint() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
DECLARE
    complaint text;
BEGIN
    IF to_regclass('cron.job_run_details') IS NULL OR NOT has_schema_privilege('cron', 'USAGE') OR NOT has_table_privilege('cron.job_run_details', 'SELECT') THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM pg_stat_activity WHERE pid = pg_backend_pid() AND (SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')))
       AND NOT pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'pg_cron launcher') THEN
        RETURN 'the pg_cron launcher is not running: restart the server';
    END IF;
    EXECUTE $q$
        SELECT CASE WHEN d.status = 'failed' THEN format('pg_cron says of %s: %s', j.job, left(d.return_message, 200))
                    || CASE WHEN d.return_message ~ 'connection failed' THEN ' (set cron.use_background_workers = on, or let the job''s owner connect to localhost without a password)' ELSE '' END END
        FROM cron.job_run_details d JOIN @extschema@.roi_cron_jobs() j ON j.job_id = d.jobid
        WHERE d.status IN ('failed', 'succeeded') ORDER BY d.runid DESC LIMIT 1
    $q$ INTO complaint;
    RETURN complaint;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_cron_complaint() IS
'Internal. What is wrong with pg_cron, or with the last run of the caller''s jobs as pg_cron sees it; NULL when nothing is, or the caller cannot see.';

CREATE FUNCTION @extschema@.roi_health(late_after interval DEFAULT '2 hours', stalled_after interval DEFAULT '6 hours')
RETURNS TABLE (status text, reason text, last_ok timestamptz, age interval, lag_hours bigint, accounts_behind bigint, failed bigint, next_run timestamptz, log_bytes bigint)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
DECLARE
    progress timestamptz; -- when a run got something done last, or since when none has
    first_start timestamptz;
    bad_runs text;
    strays boolean;
BEGIN
    PERFORM @extschema@.roi_require_setup();
    IF late_after IS NULL OR stalled_after IS NULL OR late_after <= interval '0' OR stalled_after < late_after THEN
        RAISE EXCEPTION 'late_after and stalled_after are out of range' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'A job is late before it is stalled.', HINT = 'Pass intervals above 0, such as ''2 hours'' and ''6 hours''.';
    END IF;
    -- Runs of the future were kept while the clock was wrong.
    SELECT max(r.finished_at) FILTER (WHERE r.ok), max(r.finished_at) FILTER (WHERE r.ok OR r.accounts > 0), min(r.started_at) INTO last_ok, progress, first_start
    FROM @extschema@.roi_job_runs r WHERE r.job ~ '^roi_tick' AND r.started_at < clock_timestamp() + interval '5 minutes';
    -- A long run commits batch after batch: the last one when its transaction began.
    progress := greatest(progress, (
        SELECT max(a.xact_start) FROM @extschema@.roi_job_runs r JOIN pg_stat_activity a ON a.pid = r.pid
        WHERE r.job ~ '^roi_tick' AND r.ok IS NULL AND r.accounts > 0 AND NOT pg_is_in_recovery() AND @extschema@.roi_run_is_alive(r.started_at, r.pid)), CASE WHEN progress IS NULL THEN first_start END);
    SELECT b.hours, b.accounts INTO lag_hours, accounts_behind FROM @extschema@.roi_hours_behind('roi_tick') b;
    SELECT string_agg(concat_ws(': ', s.job || ' ' || s.state, CASE WHEN NOT s.ok THEN concat_ws(' ', s.sqlstate, regexp_replace(s.error, '\n.*', '')) END), '; ' ORDER BY s.job), coalesce(sum(s.failed), 0)
    INTO bad_runs, failed
    FROM @extschema@.roi_status() s
    WHERE s.state IN ('failed', 'interrupted') AND s.job ~ '^roi_(tick|maintain|purge)'
      -- workers that there are no more are forgotten; maintenance may be weekly
      AND (s.next_run IS NOT NULL OR s.last_start > clock_timestamp() - CASE WHEN s.job ~ '^roi_tick' THEN interval '2 days' ELSE interval '8 days' END);
    SELECT min(s.next_run) INTO next_run FROM @extschema@.roi_status() s WHERE s.job ~ '^roi_tick';
    strays := pg_stat_get_live_tuples(to_regclass('@extschema@.roi_metrics_default')) > 0;
    log_bytes := pg_total_relation_size('@extschema@.roi_job_runs') + coalesce(pg_total_relation_size(to_regclass('cron.job_run_details')), 0);
    age := clock_timestamp() - last_ok;
    status := CASE WHEN progress IS NULL THEN 'never'
        WHEN progress < clock_timestamp() - stalled_after THEN 'stalled'
        WHEN progress < clock_timestamp() - late_after OR lag_hours * interval '1 hour' >= late_after OR bad_runs IS NOT NULL THEN 'late'
        ELSE 'ok' END;
    reason := concat_ws('; ', CASE WHEN progress IS NULL THEN 'no tick has run yet' || CASE WHEN next_run IS NULL THEN ': SELECT roi_schedule();' ELSE '' END END,
        CASE WHEN progress < clock_timestamp() - late_after THEN format('no tick got anything done for %s', justify_interval(date_trunc('minute', clock_timestamp() - progress))) END,
        CASE WHEN lag_hours * interval '1 hour' >= late_after THEN format('%s accounts lack up to %s hours', accounts_behind, lag_hours) END,
        bad_runs, @extschema@.roi_cron_complaint(), CASE WHEN strays THEN 'facts lie in the default partition; roi_maintain_job() moves those of the last 15 years' END);
    reason := nullif(reason, '');
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_health(interval, interval) IS
'One row for monitors: status ok, late (no tick has got anything done for late_after, an account lacks that many hours, or the last run of a job failed), stalled (nothing done for stalled_after) or never (no tick has begun); why; the last good tick and its age; hours that the slowest growing account lacks and how many accounts lack any; failures in the last runs; the next tick by pg_cron (NULL: not scheduled by the caller); bytes of roi_job_runs and pg_cron''s own log. For operators. Errors: 22023 intervals out of range, 42501 not an operator, 55000 no tables.';
