-- The simulator's functions.

CREATE FUNCTION @extschema@.roi_simulate(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    seed bigint DEFAULT NULL,
    platforms text[] DEFAULT NULL,
    posts_per_day numeric DEFAULT NULL,
    first_posts integer DEFAULT NULL,
    growth_model text DEFAULT NULL,
    currency text DEFAULT NULL,
    start_at timestamptz DEFAULT NULL,
    audience_size bigint DEFAULT NULL,
    campaigns integer DEFAULT NULL,
    campaign_days integer DEFAULT NULL,
    budget numeric DEFAULT NULL,
    time_zone text DEFAULT NULL)
RETURNS TABLE (user_id text, seed bigint, platforms text[], posts_per_day numeric, first_posts integer, growth_model text,
    currency text, start_at timestamptz, generated_until timestamptz, state text, audience_size bigint, campaigns integer,
    campaign_days integer, campaigns_from date, budget numeric, time_zone text)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_simulate';
COMMENT ON FUNCTION @extschema@.roi_simulate(text, bigint, text[], numeric, integer, text, text, timestamptz, bigint, integer, integer, numeric, text) IS
'Registers a simulated account (and the user, where the users table is ours) and returns it. NULLs take defaults: a seed from the user id, all enabled platforms, 3 posts a day, 12 first posts, growth model natural, USD, this hour, 100,000 followers, a new campaign every 14 days (growth model plan: none) with a budget drawn around what its posts should cost, UTC. The same call again changes nothing; a stopped account grows on. Errors: 22001 user id over 255 characters, 22023 bad parameter, 22004 no user, 23503 unknown user, 42501 another user, 55000 user has real facts or other parameters, or the account''s next hours are archived.';

CREATE FUNCTION @extschema@.roi_backfill(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    span interval DEFAULT '60 days',
    until timestamptz DEFAULT now())
RETURNS TABLE (hours bigint, users bigint, posts bigint, published bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_backfill';
COMMENT ON FUNCTION @extschema@.roi_backfill(text, interval, timestamptz) IS
'Generates a simulated account''s missing hours from span before until up to until: exactly the rows that ticks would have made. A user without an account gets one with the defaults of roi_simulate(). The first backfill of an account, over ''7 days'', dates two campaigns as the dashboard plan''s baseline does (Spring Promo six, Video Launch three days before the last day), unless roi_simulate() was told otherwise. Spans over ten days tell their progress by NOTICE; a run that added hours is a row of roi_job_runs. hours: missing hours filled; posts: post-hours written; published: new posts. Errors: 22001, 22004, 22008, 22023 bad arguments, 23503 unknown user, 42501 another user, 55000 the user has real facts, the account is stopped or already begins later.';

CREATE PROCEDURE @extschema@.roi_backfill_job(user_id text, span interval DEFAULT '60 days', until timestamptz DEFAULT now(), step interval DEFAULT '1 day')
LANGUAGE plpgsql
AS $$
-- A procedure that commits can neither pin search_path nor commit inside a block with EXCEPTION: every name is
-- qualified. What a step has committed stays, so that the next call goes on there.
DECLARE
    run pg_catalog.int8;
    begins pg_catalog.timestamptz;
    ends pg_catalog.timestamptz := pg_catalog.date_trunc('hour', roi_backfill_job.until, 'UTC');
    reached pg_catalog.timestamptz;
    added pg_catalog.int8;
    written pg_catalog.int8 := 0;
    failed_state pg_catalog.text;
    failed_message pg_catalog.text;
    failed_detail pg_catalog.text;
    failed_hint pg_catalog.text;
    failed_context pg_catalog.text;
BEGIN
    PERFORM @extschema@.roi_require_setup();
    IF roi_backfill_job.step IS NULL OR roi_backfill_job.step OPERATOR(pg_catalog.<) pg_catalog.make_interval(hours => 1) THEN
        RAISE EXCEPTION 'the step must be an hour or more' USING
            ERRCODE = 'invalid_parameter_value', DETAIL = 'Each step is committed by itself.', HINT = 'Pass an interval such as ''1 day''.';
    END IF;
    -- The plan's baseline of seven days dates campaigns by the whole span, and is small: one step.
    IF roi_backfill_job.span OPERATOR(pg_catalog.=) pg_catalog.make_interval(days => 7) THEN
        roi_backfill_job.step := roi_backfill_job.span;
    END IF;
    begins := pg_catalog.timezone('UTC', pg_catalog.timezone('UTC', ends) OPERATOR(pg_catalog.-) roi_backfill_job.span);
    INSERT INTO @extschema@.roi_job_runs (job, message) VALUES ('roi_backfill_job', 'user ' OPERATOR(pg_catalog.||) roi_backfill_job.user_id)
    RETURNING id INTO run;
    COMMIT;
    SELECT s.generated_until INTO reached FROM @extschema@.roi_simulations s
    WHERE s.user_id OPERATOR(pg_catalog.=) roi_backfill_job.user_id AND s.generated_until OPERATOR(pg_catalog.>) s.start_at;
    reached := greatest(begins, reached);
    LOOP
        reached := least(ends, reached OPERATOR(pg_catalog.+) roi_backfill_job.step);
        BEGIN
            SELECT b.posts INTO added FROM @extschema@.roi_backfill(roi_backfill_job.user_id,
                CASE WHEN reached OPERATOR(pg_catalog.=) ends THEN roi_backfill_job.span ELSE reached OPERATOR(pg_catalog.-) begins END, reached) AS b;
            written := written OPERATOR(pg_catalog.+) added;
        EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
            GET STACKED DIAGNOSTICS failed_state = RETURNED_SQLSTATE, failed_message = MESSAGE_TEXT,
                failed_detail = PG_EXCEPTION_DETAIL, failed_hint = PG_EXCEPTION_HINT, failed_context = PG_EXCEPTION_CONTEXT;
            failed_detail := CASE WHEN failed_detail OPERATOR(pg_catalog.<>) '' THEN failed_detail END;
            failed_hint := CASE WHEN failed_hint OPERATOR(pg_catalog.<>) '' THEN failed_hint END;
        END;
        UPDATE @extschema@.roi_job_runs
        SET rows = written, sqlstate = failed_state, message = coalesce(failed_message,
                pg_catalog.format('user %s: until %s', roi_backfill_job.user_id, reached)),
            detail = failed_detail, hint = failed_hint, context = failed_context, ok = CASE WHEN failed_state IS NOT NULL THEN false
                WHEN reached OPERATOR(pg_catalog.>=) ends THEN true END,
            finished_at = CASE WHEN failed_state IS NOT NULL OR reached OPERATOR(pg_catalog.>=) ends THEN pg_catalog.clock_timestamp() END
        WHERE id OPERATOR(pg_catalog.=) run;
        COMMIT;
        EXIT WHEN failed_state IS NOT NULL OR reached OPERATOR(pg_catalog.>=) ends;
        RAISE NOTICE 'user "%": until %, % rows', roi_backfill_job.user_id, reached, written;
    END LOOP;
    IF failed_state IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = failed_state, MESSAGE = failed_message,
            DETAIL = coalesce(failed_detail, 'Kept in roi_job_runs.'), HINT = coalesce(failed_hint, 'See roi_job_runs.');
    END IF;
END
$$;
COMMENT ON PROCEDURE @extschema@.roi_backfill_job(text, interval, timestamptz, interval) IS
'roi_backfill() in steps that are committed one by one: progress shows in roi_job_runs and by NOTICE, and after a crash or cancel the same call goes on where it stopped. For operators. Errors: 2D000 inside a transaction block, 22023 bad step, and whatever roi_backfill() raises.';

CREATE FUNCTION @extschema@.roi_generate_tick(at timestamptz DEFAULT now())
RETURNS TABLE (hours bigint, users bigint, posts bigint, published bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_generate_tick';
COMMENT ON FUNCTION @extschema@.roi_generate_tick(timestamptz) IS
'Generates every whole hour that ended by at for every growing simulated account. Idempotent; missed hours are caught up. hours: most hours that an account was behind; users: accounts brought up to date; posts: post-hours written; published: new posts. When another tick runs it says so and does nothing. Errors: 22004, 22008 bad moment, 42501 not an operator, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_stop_simulation(user_id text DEFAULT @extschema@.roi_current_user_id()) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_stop_simulation';
COMMENT ON FUNCTION @extschema@.roi_stop_simulation(text) IS
'Stops an account''s growth and keeps its rows; roi_simulate() lets it grow on. True when it was growing. Errors: 22004 no user, 42501 another user, 42704 not a simulated account, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_purge_simulated(user_id text DEFAULT @extschema@.roi_current_user_id()) RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET enable_nestloop TO off
AS 'MODULE_PATHNAME', 'roi_purge_simulated';
COMMENT ON FUNCTION @extschema@.roi_purge_simulated(text) IS
'Removes a user''s simulated account, posts, campaigns and facts and nothing else (recorded and imported campaigns stay as they are); returns the number of facts removed. Errors: 22004 no user, 42501 another user, 55000 no tables, or archived months that hold recorded facts as well.';
