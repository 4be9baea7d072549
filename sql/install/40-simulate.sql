-- The simulator's functions.

CREATE FUNCTION @extschema@.roi_simulate(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    seed bigint DEFAULT NULL,
    platforms text[] DEFAULT NULL,
    posts_per_day numeric DEFAULT NULL,
    first_posts integer DEFAULT NULL,
    growth_model text DEFAULT NULL,
    currency text DEFAULT NULL,
    start_at timestamptz DEFAULT NULL)
RETURNS TABLE (user_id text, seed bigint, platforms text[], posts_per_day numeric, first_posts integer, growth_model text,
    currency text, start_at timestamptz, generated_until timestamptz, state text)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_simulate';
COMMENT ON FUNCTION @extschema@.roi_simulate(text, bigint, text[], numeric, integer, text, text, timestamptz) IS
'Registers a simulated account (and the user, where the users table is ours) and returns it. NULLs take defaults: a seed from the user id, all enabled platforms, 3 posts a day, 12 first posts, growth model plan, USD, this hour. The same call again changes nothing; a stopped account grows on. Errors: 22001 user id over 255 characters, 22023 bad parameter, 22004 no user, 23503 unknown user, 42501 another user, 55000 user has real facts or other parameters.';

CREATE FUNCTION @extschema@.roi_backfill(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    span interval DEFAULT '60 days',
    until timestamptz DEFAULT now())
RETURNS TABLE (hours bigint, users bigint, posts bigint, published bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_backfill';
COMMENT ON FUNCTION @extschema@.roi_backfill(text, interval, timestamptz) IS
'Generates a simulated account''s missing hours from span before until up to until: exactly the rows that ticks would have made. hours: missing hours filled; posts: post-hours written; published: new posts. Errors: 22004, 22008, 22023 bad arguments, 42501 another user, 42704 not a simulated account, 55000 the account is stopped or already begins later.';

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
'Removes a user''s simulated account, posts, campaigns and facts and nothing else; returns the number of facts removed. Errors: 22004 no user, 42501 another user, 55000 no tables.';
