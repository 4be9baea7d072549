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
    -- A run that could not connect has no moment at all, one that a restart cut off no end: then those numbered after it tell.
    EXECUTE $q$
        DELETE FROM cron.job_run_details d USING @extschema@.roi_cron_jobs() j
        WHERE d.jobid = j.job_id AND (d.end_time < $1 OR d.end_time IS NULL AND d.status = 'failed'
            AND (d.start_time < $1 OR d.start_time IS NULL AND d.runid < (SELECT max(o.runid) FROM cron.job_run_details o WHERE o.end_time < $1)))
    $q$ USING clock_timestamp() - keep_runs;
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

CREATE FUNCTION @extschema@.roi_check_undo(keep_undo interval) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF keep_undo < interval '1 day' OR keep_undo > interval '100 years' THEN
        RAISE EXCEPTION 'keep_undo % is out of range', keep_undo USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Imports that are older and replaced something can no longer be taken back.', HINT = 'Pass an interval from 1 day to 100 years, or NULL to keep all.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_check_undo(interval) IS 'Internal. Raises 22023 when what imports replaced cannot be kept so long.';

-- The months before roi_schema_version.archived_until are archived: their rollups and totals stay, their facts are elsewhere,
-- and the partition roi_metrics_archived, which covers them all, refuses whatever is written there.

CREATE FUNCTION @extschema@.roi_refuse_archived(moment timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'facts of % are archived', to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM') USING ERRCODE = 'object_not_in_prerequisite_state',
        DETAIL = 'The figures of that month stay as they are: nothing can be added to it, changed or taken back.',
        HINT = 'Leave rows of archived months out; what is newer can be written.';
END
$$;
COMMENT ON FUNCTION @extschema@.roi_refuse_archived(timestamptz) IS
'Internal. The rule of the partitions that stand for archived months: nothing may be written there. Errors: 55000 always.';

CREATE FUNCTION @extschema@.roi_partition_bounds(parent regclass) RETURNS TABLE (partition regclass, since timestamptz, until timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $$
    SELECT c.oid::regclass, coalesce(substring(b.text FROM 'FROM \(''([^'']+)''\)')::timestamptz, '-infinity'),
        coalesce(substring(b.text FROM 'TO \(''([^'']+)''\)')::timestamptz, 'infinity')
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, pg_get_expr(c.relpartbound, c.oid) b (text)
    WHERE i.inhparent = $1 AND b.text <> 'DEFAULT'
$$;
COMMENT ON FUNCTION @extschema@.roi_partition_bounds(regclass) IS 'Internal. The partitions of a fact table but the default one, with the moments that they hold.';

CREATE FUNCTION @extschema@.roi_archive_partition(partition regclass, archive text) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning
AS $$
DECLARE
    name text := (SELECT relname FROM pg_class WHERE oid = partition);
    parent regclass := (SELECT inhparent FROM pg_inherits WHERE inhrelid = partition);
    t name;
BEGIN
    IF archive = 'drop' THEN
        EXECUTE format('DROP TABLE %s', partition); -- once detached, its foreign key would have to be taken from the users table under a lock that stops readers
        RETURN NULL;
    END IF;
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, partition);
    FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = partition AND tgfoid = '@extschema@.roi_follow_facts'::regproc LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', t, partition);
    END LOOP;
    EXECUTE format('ALTER TABLE %s SET SCHEMA roi_archive', partition);
    RETURN 'roi_archive.' || quote_ident(name);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_archive_partition(regclass, text) IS
'Internal. Detaches a partition and moves it into schema roi_archive, or drops it; returns where it is.';

-- Rows of the default partition before the moment; they are too old, or too odd, for a partition of their own.
CREATE FUNCTION @extschema@.roi_archive_strays(parent text, until timestamptz, archive text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
SET client_min_messages TO warning
AS $$
DECLARE
    target text := format('roi_archive.%I', format('%s_before_%s', parent, to_char(until, 'YYYY_MM')));
    moved bigint;
BEGIN
    EXECUTE format('LOCK TABLE ONLY @extschema@.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    EXECUTE format('SELECT count(*) FROM @extschema@.%I WHERE update_timestamp < %L', parent || '_default', until) INTO moved;
    IF moved = 0 THEN
        RETURN 0;
    END IF;
    IF archive = 'drop' THEN
        RETURN @extschema@.roi_move_strays(parent, NULL, '-infinity', until);
    END IF;
    EXECUTE format('CREATE TABLE %s (LIKE @extschema@.%I INCLUDING ALL)', target, parent);
    EXECUTE format('ALTER TABLE %s ADD FOREIGN KEY (user_id) REFERENCES %s (clerk_id) ON DELETE CASCADE', target, (SELECT confrelid::regclass FROM pg_constraint
        WHERE conrelid = '@extschema@.roi_user_state'::regclass AND contype = 'f' AND conname = (SELECT users_key FROM @extschema@.roi_tables() WHERE name = 'roi_user_state')));
    PERFORM @extschema@.roi_move_strays(parent, target, '-infinity', until), @extschema@.roi_secure_table(target::regclass, 'user_id');
    RETURN moved;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_archive_strays(text, timestamptz, text) IS
'Internal. Moves rows of a default partition from before a moment into the archive, or deletes them; returns how many.';

CREATE FUNCTION @extschema@.roi_stand_for_archive(parent text, until timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
SET client_min_messages TO warning
AS $$
DECLARE
    guard text := format('@extschema@.%I', parent || '_archived');
BEGIN
    IF to_regclass(guard) IS NOT NULL THEN
        EXECUTE format('DROP TABLE %s', guard);
    END IF;
    EXECUTE format('CREATE TABLE %s PARTITION OF @extschema@.%I (CONSTRAINT roi_archived CHECK (@extschema@.roi_refuse_archived(update_timestamp))) '
                   'FOR VALUES FROM (MINVALUE) TO (%L)', guard, parent, until);
    EXECUTE format('COMMENT ON TABLE %s IS %L', guard, format('Stands for the archived months of %s; nothing can be written here.', parent));
    PERFORM @extschema@.roi_secure_table(guard::regclass, 'user_id');
    IF parent = 'roi_metrics' THEN
        PERFORM @extschema@.roi_watch_facts(guard::regclass);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_stand_for_archive(text, timestamptz) IS
'Internal. Makes the empty partition that covers everything before a moment and refuses rows.';

CREATE FUNCTION @extschema@.roi_archive_facts(until timestamptz, archive text) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    straddling regclass;
    parent text;
    p record;
    archived text[] := '{}';
BEGIN
    PERFORM @extschema@.roi_check_retention(NULL, archive);
    IF until <> date_trunc('month', until, 'UTC') OR until > date_trunc('month', now(), 'UTC') OR until < (SELECT v.archived_until FROM @extschema@.roi_schema_version v) THEN
        RAISE EXCEPTION 'facts cannot be archived until %', until USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Months that are over are archived, one after the other, and stay so: the last partition never goes.', HINT = 'SELECT * FROM roi_maintain(retention => ...);';
    END IF;
    IF archive = 'detach' AND to_regnamespace('roi_archive') IS NULL THEN
        CREATE SCHEMA roi_archive;
        COMMENT ON SCHEMA roi_archive IS 'Facts of months that roi_maintain() has archived.';
    END IF;
    IF archive = 'detach' AND NOT EXISTS (SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
                                          WHERE n.nspname = 'roi_archive' AND (r.rolsuper OR pg_has_role(r.oid, 'USAGE'))) THEN
        RAISE EXCEPTION 'schema roi_archive belongs to somebody else' USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'Its owner could drop what is archived there.', HINT = 'As a superuser: ALTER SCHEMA roi_archive OWNER TO the owner of the tables.';
    END IF;
    -- all at once; whoever is in the way makes us give up soon
    PERFORM @extschema@.roi_lock_for_partitions(ARRAY['@extschema@.roi_metrics, @extschema@.platform_metrics IN ACCESS EXCLUSIVE'], interval '5 seconds');
    FOREACH parent IN ARRAY ARRAY['roi_metrics', 'platform_metrics'] LOOP
        SELECT b.partition INTO straddling FROM @extschema@.roi_partition_bounds(format('@extschema@.%I', parent)::regclass) b WHERE b.since < roi_archive_facts.until AND b.until > roi_archive_facts.until;
        IF FOUND THEN
            RAISE EXCEPTION 'partition % holds rows from both sides of %', straddling, until USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = 'Whole partitions are archived.', HINT = 'Detach it, and let roi_setup() make partitions of a month.';
        END IF;
        FOR p IN SELECT b.partition FROM @extschema@.roi_partition_bounds(format('@extschema@.%I', parent)::regclass) b
                 WHERE b.until <= roi_archive_facts.until AND b.partition IS DISTINCT FROM to_regclass(format('@extschema@.%I', parent || '_archived')) ORDER BY b.since LOOP
            archived := archived || coalesce(@extschema@.roi_archive_partition(p.partition, archive), p.partition::text || ' dropped');
        END LOOP;
        IF @extschema@.roi_archive_strays(parent, until, archive) > 0 THEN
            archived := archived || format('rows of %s_default', parent);
        END IF;
        PERFORM @extschema@.roi_stand_for_archive(parent, until);
    END LOOP;
    UPDATE @extschema@.roi_schema_version SET archived_until = until;
    RETURN array_to_string(archived, ', ');
END
$$;
COMMENT ON FUNCTION @extschema@.roi_archive_facts(timestamptz, text) IS
'Internal. Archives all facts before a start of a UTC month: partitions are detached into roi_archive or dropped. Errors: 22023 no month that is over, 42501 the owner may not create schema roi_archive, 55000 a partition straddles the moment, 55P03 the tables are busy.';

CREATE FUNCTION @extschema@.roi_maintenance(step text, moment timestamptz, archive text) RETURNS TABLE (what text, at timestamptz, rows bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
SET lock_timeout TO '5s'
AS $$
#variable_conflict use_column
DECLARE
    done timestamptz := (SELECT v.archived_until FROM @extschema@.roi_schema_version v);
    -- an account that stopped growing before the archive will not grow into it: it holds nothing off
    stale timestamptz := CASE WHEN moment IS NOT NULL THEN least(moment, (SELECT date_trunc('month', min(s.generated_until)) FROM @extschema@.roi_simulations s
        WHERE s.state = 'growing' AND s.generated_until >= coalesce(done, '-infinity'))) END;
BEGIN
    CASE step
    WHEN 'list' THEN
        RETURN QUERY SELECT 'coming partitions', NULL::timestamptz, NULL::bigint;
        RETURN QUERY SELECT 'strays', m.month, NULL::bigint
            FROM (SELECT date_trunc('month', d.update_timestamp) AS month FROM @extschema@.roi_metrics_default d
                  UNION SELECT date_trunc('month', d.update_timestamp) FROM @extschema@.platform_metrics_default d) m
            WHERE m.month BETWEEN now() - interval '15 years' AND now() + interval '2 years' ORDER BY m.month;
        RETURN QUERY SELECT 'archive', a.until, NULL::bigint
            FROM (SELECT b.until FROM @extschema@.roi_partition_bounds('@extschema@.roi_metrics') b UNION SELECT b.until FROM @extschema@.roi_partition_bounds('@extschema@.platform_metrics') b
                  UNION SELECT stale) a
            WHERE a.until > done AND a.until <= stale ORDER BY a.until;
        RETURN QUERY SELECT 'replaced facts', NULL::timestamptz, NULL::bigint;
    WHEN 'coming partitions' THEN
        RETURN QUERY SELECT step, NULL::timestamptz, @extschema@.roi_make_partitions(ARRAY(SELECT generate_series(now(), now() + interval '3 months', interval '1 month')))::bigint;
    WHEN 'strays' THEN
        RETURN QUERY SELECT step, moment, @extschema@.roi_make_partitions(ARRAY[moment])::bigint;
    WHEN 'archive' THEN
        RETURN QUERY SELECT 'archived ' || coalesce(nullif(@extschema@.roi_archive_facts(moment, archive), ''), 'nothing'), moment, NULL::bigint;
    WHEN 'records for undo' THEN
        -- the batches first: roi_undo_import() holds the row of its own, and looks again when it has it
        UPDATE @extschema@.roi_import_batches b SET pruned_at = now() WHERE b.created_at < moment AND b.undone_at IS NULL AND b.pruned_at IS NULL
            AND (EXISTS (SELECT FROM @extschema@.roi_import_replaced r WHERE r.user_id = b.user_id AND r.batch_id = b.id)
                 OR EXISTS (SELECT FROM @extschema@.roi_import_snapshots s WHERE s.user_id = b.user_id AND s.batch_id = b.id));
        RETURN QUERY WITH facts AS (DELETE FROM @extschema@.roi_import_replaced r USING @extschema@.roi_import_batches b
                WHERE b.pruned_at IS NOT NULL AND r.user_id = b.user_id AND r.batch_id = b.id RETURNING 1),
            snapshots AS (DELETE FROM @extschema@.roi_import_snapshots s USING @extschema@.roi_import_batches b
                WHERE b.pruned_at IS NOT NULL AND s.user_id = b.user_id AND s.batch_id = b.id RETURNING 1)
            SELECT step, moment, (SELECT count(*) FROM facts) + (SELECT count(*) FROM snapshots);
    WHEN 'replaced facts' THEN
        RETURN QUERY WITH gone AS (DELETE FROM @extschema@.roi_import_replaced r WHERE r.update_timestamp < done RETURNING 1) SELECT step, done, count(*) FROM gone;
    END CASE;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_maintenance(text, timestamptz, text) IS
'Internal. One step of maintenance, as the tables'' owner; step list tells the steps that there are to do, archiving up to moment, or up to the month of the slowest growing account.';

CREATE FUNCTION @extschema@.roi_maintain_step(step text, moment timestamptz, archive text) RETURNS TABLE (what text, at timestamptz, rows bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET jit TO off
AS 'MODULE_PATHNAME', 'roi_maintain_step';
COMMENT ON FUNCTION @extschema@.roi_maintain_step(text, timestamptz, text) IS
'Internal. roi_maintenance() for an operator; a month is archived when its rollups equal its facts. Errors: 42501 not an operator, 55000 they differ, 55P03 the tables are busy for five seconds.';

CREATE FUNCTION @extschema@.roi_maintain(retention interval DEFAULT '12 months', archive text DEFAULT 'detach', keep_undo interval DEFAULT '90 days') RETURNS TABLE (step text, at timestamptz, rows bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
DECLARE
    t record;
BEGIN
    PERFORM @extschema@.roi_require_setup(), @extschema@.roi_check_retention(retention, archive), @extschema@.roi_check_undo(keep_undo);
    FOR t IN SELECT s.what, s.at FROM @extschema@.roi_maintain_step('list', date_trunc('month', now() - retention, 'UTC'), archive) s LOOP
        RETURN QUERY SELECT s.what, s.at, s.rows FROM @extschema@.roi_maintain_step(t.what, t.at, archive) s;
    END LOOP;
    IF keep_undo IS NOT NULL THEN
        RETURN QUERY SELECT s.what, s.at, s.rows FROM @extschema@.roi_maintain_step('records for undo', now() - keep_undo, archive) s;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_maintain(interval, text, interval) IS
'Makes the partitions of this month and the next three, moves facts out of the default partition into the months they belong to, archives the UTC months that ended longer ago than retention (NULL: none), forgets replaced facts of archived months and what imports older than keep_undo (NULL: none) have replaced, which can then no longer be taken back; returns the steps. A month is archived when roi_verify() finds nothing in it, oldest first and never beyond the month of the slowest growing account: archive => ''detach'' moves its partitions into schema roi_archive, ''drop'' drops them. Its rollups and running totals stay, so that no reported figure changes; facts of it can no longer be written, imported or undone, and ranges must not begin or end inside a day of it. All in one transaction: CALL roi_maintain_job() commits step by step. For operators. Errors: 22023 retention under a month, keep_undo under a day or unknown archive, 42501 not an operator, 55000 no tables, a month differs from its facts, a partition straddles it or schema roi_archive belongs to somebody else, 55P03 the tables are busy.';

CREATE PROCEDURE @extschema@.roi_maintain_job(retention interval DEFAULT NULL, archive text DEFAULT 'detach', keep_undo interval DEFAULT '90 days')
LANGUAGE plpgsql
AS $$
-- As roi_tick_job(): every name is qualified, each step is a block of its own, committed after it.
DECLARE
    run pg_catalog.int8;
    steps pg_catalog.text[] := '{}';
    moments pg_catalog.timestamptz[];
    done pg_catalog.int8;
    blocked pg_catalog.bool := false;
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
    PERFORM @extschema@.roi_require_setup(), @extschema@.roi_check_retention(retention, archive), @extschema@.roi_check_undo(keep_undo);
    -- The lock of roi_maintain_step() goes with each step; between two of them the run's row tells. A row of more than a day
    -- may be that of a process whose number another one has got.
    IF NOT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('roi_maintain'), '@extschema@'::pg_catalog.regnamespace::pg_catalog.oid::pg_catalog.int4)
        OR EXISTS (SELECT FROM @extschema@.roi_job_runs r WHERE r.job OPERATOR(pg_catalog.=) 'roi_maintain' AND r.ok IS NULL
                   AND r.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() AND @extschema@.roi_run_is_alive(r.started_at, r.pid)
                   AND r.started_at OPERATOR(pg_catalog.>) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '1 day'::pg_catalog.interval)) THEN
        RAISE NOTICE 'another maintenance is running; this one did nothing';
        RETURN;
    END IF;
    run := @extschema@.roi_begin_run('roi_maintain');
    COMMIT;
    FOR place IN 0 .. 100000 LOOP
        failed_state := NULL;
        BEGIN
            IF place OPERATOR(pg_catalog.=) 0 THEN
                SELECT pg_catalog.array_agg(s.what), pg_catalog.array_agg(s.at) INTO steps, moments FROM @extschema@.roi_maintain_step('list',
                    pg_catalog.date_trunc('month', pg_catalog.now() OPERATOR(pg_catalog.-) retention, 'UTC'), archive) AS s;
                IF keep_undo IS NOT NULL THEN
                    steps := pg_catalog.array_append(steps, 'records for undo');
                    moments := pg_catalog.array_append(moments, pg_catalog.now() OPERATOR(pg_catalog.-) keep_undo);
                END IF;
            ELSIF NOT blocked OR steps[place] OPERATOR(pg_catalog.<>) 'archive' THEN
                SELECT pg_catalog.sum(s.rows) INTO done FROM @extschema@.roi_maintain_step(steps[place], moments[place], archive) AS s;
                PERFORM @extschema@.roi_note_progress(run, 0, coalesce(done, 0));
            END IF;
        EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
            GET STACKED DIAGNOSTICS failed_state = RETURNED_SQLSTATE, failed_message = MESSAGE_TEXT,
                failed_detail = PG_EXCEPTION_DETAIL, failed_hint = PG_EXCEPTION_HINT, failed_context = PG_EXCEPTION_CONTEXT;
            PERFORM @extschema@.roi_note_failure(run, pg_catalog.concat_ws(' ', steps[place], moments[place]), failed_state, failed_message, failed_detail, failed_hint, failed_context);
        END;
        COMMIT;
        -- After a month that cannot be archived no later one is; a cancel ends the run.
        blocked := blocked OR failed_state IS NOT NULL AND steps[place] OPERATOR(pg_catalog.=) 'archive';
        EXIT WHEN failed_state OPERATOR(pg_catalog.~) '^(57|58|53100)' OR place OPERATOR(pg_catalog.>=) coalesce(pg_catalog.cardinality(steps), 0);
    END LOOP;
    ok := @extschema@.roi_end_run(run);
    COMMIT;
    IF NOT ok THEN
        PERFORM @extschema@.roi_raise_failure(run);
    END IF;
END
$$;
COMMENT ON PROCEDURE @extschema@.roi_maintain_job(interval, text, interval) IS
'roi_maintain() as a job: each step is committed by itself, tries its locks for five seconds and is kept in roi_job_runs when it fails, so that the next run goes on; then the first error is raised. After a month that cannot be archived no later one is. Archives nothing unless retention is given. Does nothing on a standby, and while another maintenance is running. For operators. Errors: 2D000 inside a transaction block, and whatever roi_maintain() raises.';
