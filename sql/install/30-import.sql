-- Real exports in.

CREATE FUNCTION @extschema@.roi_import(
    user_id text,
    content bytea,
    format text DEFAULT 'auto',
    platform text DEFAULT NULL,
    currency text DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    max_rejects integer DEFAULT 1000)
RETURNS TABLE (batch_id bigint, format text, platform text, rows_read bigint, rows_imported bigint, rows_skipped bigint,
    rows_rejected bigint, spend numeric, revenue numeric, since timestamptz, until timestamptz, currency text, facts bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_import';
COMMENT ON FUNCTION @extschema@.roi_import(text, bytea, text, text, text, text, integer) IS
'Imports the bytes of an ad export (UTF-8 CSV, up to 256 MB) for a user: exact sums, one fact per interval, campaign and ad; refused lines go to roi_import_rejects. format: a key of roi_import_formats or auto. platform, currency: used instead of the format''s and where the file names none (USD). time_zone: of the file''s days. max_rejects: more refused lines abort the import. The same content again adds nothing. spend and revenue in units of currency, NULL when not reported or in several currencies. Errors: 22001 user id over 255 characters, 22004 NULL user or content, 22021 not UTF-8, 22023 bad parameter, 22P04 unknown or ambiguous file or too many rejects, 22003 sums out of range, 23503 unknown user, 42501 another user, 54000 too large, 55000 simulated account or no tables; 23505 or 40001 when another session imported the file after a REPEATABLE READ snapshot.';
