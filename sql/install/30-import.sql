-- Real exports in, taken back, and lifetime counters of platform APIs.

CREATE FUNCTION @extschema@.roi_import(
    user_id text,
    content bytea,
    format text DEFAULT 'auto',
    platform text DEFAULT NULL,
    currency text DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    max_rejects integer DEFAULT 1000,
    date_order text DEFAULT NULL,
    decimal_mark text DEFAULT NULL,
    periods text DEFAULT 'keep',
    day date DEFAULT NULL,
    replace boolean DEFAULT true,
    dry_run boolean DEFAULT false)
RETURNS TABLE (batch_id bigint, format text, platform text, rows_read bigint, rows_imported bigint, rows_skipped bigint,
    rows_rejected bigint, spend numeric, revenue numeric, since timestamptz, until timestamptz, currency text, facts bigint,
    replaced bigint, grain text, encoding text, rejects jsonb, beside bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_import';
COMMENT ON FUNCTION @extschema@.roi_import(text, bytea, text, text, text, text, integer, text, text, text, date, boolean, boolean) IS
'Imports the bytes of an export file (CSV in UTF-8, UTF-16 or Windows-1252, up to 256 MB) for a user: exact sums, one fact per interval, campaign and ad; lifetime figures of posts as increments. format: a key of roi_import_formats or auto. platform, currency: used instead of the format''s and where the file names none (USD). time_zone: of the file''s days. max_rejects: more refused lines abort the import. date_order (dmy, mdy), decimal_mark (''.'', '',''): settled from the whole file when NULL. periods: lines of several days are kept as one fact (keep) or shared out to their days (spread). day: of files that name none (lifetime figures: today). replace: facts of older imports of the format for the same accounts, campaigns and days give way; false adds. dry_run: imports, answers and takes it back, batch_id is NULL. The same content again adds nothing. spend and revenue in units of currency, NULL when not reported or in several currencies. rejects: the first 20 refused lines, all are in roi_import_rejects. beside: facts of other imports (formats, accounts, names of several ids) for the same campaigns, days and measures, which this file adds to; a notice names them. Errors: 22001 user id over 255 characters, 22004 NULL user or content, 22021 not text, 22023 bad parameter, 22P04 unknown or ambiguous file or too many rejects, 22003 sums out of range, 23503 unknown user, 42501 another user, 54000 too large, 55000 simulated account, no tables, days inside a period that another import keeps as one fact, or one account of an import of several; 23505 or 40001 when another session imported the file after a REPEATABLE READ snapshot.';

CREATE FUNCTION @extschema@.roi_undo_import(batch bigint, user_id text DEFAULT @extschema@.roi_current_user_id())
RETURNS TABLE (batch_id bigint, removed bigint, restored bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_undo_import';
COMMENT ON FUNCTION @extschema@.roi_undo_import(bigint, text) IS
'Takes an import back exactly: its facts go, facts that it replaced come back unless a later import covers them, so do names, dates and currencies of campaigns and moments of snapshots, and the same content may be imported again. An operator may leave user_id out. Errors: 22004 NULL batch, 22023 no such batch of the user or undone before, 42501 another user, 55000 later snapshots of its posts build on it, a later import holds part of what would come back, what it had replaced is no longer kept, or no tables.';

CREATE FUNCTION @extschema@.roi_record_snapshot(
    user_id text,
    platform text,
    post_id text,
    views bigint DEFAULT NULL,
    likes bigint DEFAULT NULL,
    comments bigint DEFAULT NULL,
    shares bigint DEFAULT NULL,
    saves bigint DEFAULT NULL,
    clicks bigint DEFAULT NULL,
    conversions numeric DEFAULT NULL,
    ad_spend numeric DEFAULT NULL,
    revenue_generated numeric DEFAULT NULL,
    metrics jsonb DEFAULT NULL,
    taken_at timestamptz DEFAULT now(),
    content_type text DEFAULT NULL,
    posted_at timestamptz DEFAULT NULL,
    currency text DEFAULT 'USD')
RETURNS TABLE (recorded boolean, views bigint, likes bigint, comments bigint, shares bigint, saves bigint, clicks bigint,
    conversions numeric, ad_spend numeric, revenue_generated numeric, metrics jsonb)
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_record_snapshot';
COMMENT ON FUNCTION @extschema@.roi_record_snapshot(text, text, text, bigint, bigint, bigint, bigint, bigint, bigint, numeric, numeric, numeric, jsonb, timestamptz, text, timestamptz, text) IS
'Takes a post''s lifetime counters as a platform''s API tells them and stores what they have grown by since the last snapshot, stamped at the hour of taken_at; a counter that fell is corrected by a negative increment, the same snapshot again adds nothing, one older than the newest is left out (recorded is then false). NULL: not told. metrics: an object of the platform''s own lifetime counters, kept to six decimals. Money in units of currency; a post without money takes the currency that it is first told in. Answers with the increments. Errors: 22001 text too long, 22003 out of range, 22004 NULL user, platform or post, 22023 negative counter, bad currency, metrics or moment, or money in another currency than the post has, 23503 unknown user, 42501 another user, 55000 simulated account or no tables.';
