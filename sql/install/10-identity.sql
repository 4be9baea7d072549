-- Who is asking: the identity that policies and defaults rely on.

CREATE FUNCTION @extschema@.roi_current_user_id() RETURNS text
LANGUAGE c STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_current_user_id';
COMMENT ON FUNCTION @extschema@.roi_current_user_id() IS
'The signed-in user: auth.jwt() ->> ''sub'' where Supabase''s auth schema exists and the caller may use it, else request.jwt.claims ->> ''sub'', else, without claims, the setting roi_ext.user_id; NULL when nobody is signed in. Errors: 22P02 when request.jwt.claims is not JSON.';

CREATE FUNCTION @extschema@.roi_require_setup() RETURNS void
LANGUAGE c STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_require_setup';
COMMENT ON FUNCTION @extschema@.roi_require_setup() IS
'Internal. Raises 55000 with a hint unless roi_setup() has made the tables of this version.';
