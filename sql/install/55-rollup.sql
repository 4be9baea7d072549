-- The rollup from the outside: what a set holds, whether everything is exact, and how to mend it.

CREATE FUNCTION @extschema@.roi_set_members(members bytea, wide boolean DEFAULT false) RETURNS SETOF bigint
LANGUAGE c STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_set_members';
COMMENT ON FUNCTION @extschema@.roi_set_members(bytea, boolean) IS
'The members of a set column of roi_rollup, ascending: post_no, or with wide => true campaign_id. No rows for NULL. For operators: the bytes are trusted. Errors: 22P03 when the bytes are not such a set, 42501 not an operator, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_rebuild(
    user_id text DEFAULT NULL,
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET jit TO off
AS 'MODULE_PATHNAME', 'roi_rebuild';
COMMENT ON FUNCTION @extschema@.roi_rebuild(text, timestamptz, timestamptz) IS
'Makes the rollups of a user (NULL: of all users, for operators) anew from the facts, in the UTC months that [since, until) touches (NULL: all), then the running totals of posts, and removes platform_metrics of facts that are gone; returns how many users. Errors: 22003 a sum overflows, 22004 empty user_id, 22023 until before since, 42501 another user''s data, 55000 no tables or inside a trigger.';

CREATE FUNCTION @extschema@.roi_verify(
    user_id text DEFAULT NULL,
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL)
RETURNS TABLE (table_name text, user_id text, grain text, bucket timestamptz, platform text, currency text, campaign_id bigint,
    content_type text, post text, column_name text, expected text, actual text)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
SET jit TO off
AS 'MODULE_PATHNAME', 'roi_verify';
COMMENT ON FUNCTION @extschema@.roi_verify(text, timestamptz, timestamptz) IS
'Recomputes from the facts what derives from them and lists every differing column; no row when all is exact. user_id NULL: every user whose rows the caller may see; since and until: the UTC months they touch (running totals are checked for all time only). Sums in millionths where the table has them so; expected NULL: the cell should not be there, actual NULL: it is missing. roi_rebuild() mends. Errors: 22003 a sum overflows, 22004 empty user_id, 22023 until before since, 42501 another user, 55000 no tables.';
