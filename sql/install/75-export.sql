-- Downloads: media types that PostgREST serves as they are named, and CSV of every read function.

-- A domain of that name over the same type may be there already, because PostgREST wants just that: it becomes ours, so that a
-- dump does not make it twice, and belongs to who installs: its rules run for whoever calls our functions, so it may have none that
-- somebody else made or could add. Nothing else of that name is taken over.
DO $$
DECLARE
    media record;
    there record;
BEGIN
    FOR media IN SELECT * FROM (VALUES ('text/csv', 'text'), ('text/html', 'text'), ('application/pdf', 'bytea')) m (name, base) LOOP
        SELECT t.typbasetype::regtype::text AS base, d.refobjid IS NOT NULL AS is_member,
               NOT t.typnotnull AND t.typdefault IS NULL AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.contypid = t.oid) AS is_plain INTO there
        FROM pg_type t LEFT JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
        WHERE t.typname = media.name AND t.typnamespace = '@extschema@'::regnamespace;
        IF NOT FOUND THEN
            EXECUTE format('CREATE DOMAIN @extschema@.%I AS %s', media.name, media.base);
        ELSIF there.is_member THEN
            CONTINUE;
        ELSIF there.base IS DISTINCT FROM media.base OR NOT there.is_plain THEN
            RAISE EXCEPTION 'schema @extschema@ holds another type "%"', media.name USING
                ERRCODE = 'duplicate_object', DETAIL = format('roi_ext needs a domain of that name over %s, without constraint or default.', media.base),
                HINT = 'Rename it with ALTER TYPE ... RENAME TO, or install roi_ext in another schema.';
        ELSE
            EXECUTE format('ALTER DOMAIN @extschema@.%I OWNER TO CURRENT_USER', media.name);
            EXECUTE format('ALTER EXTENSION roi_ext ADD DOMAIN @extschema@.%I', media.name);
        END IF;
        EXECUTE format('COMMENT ON DOMAIN @extschema@.%I IS %L', media.name, format('A document that PostgREST serves as %s.', media.name));
    END LOOP;
END
$$;

CREATE FUNCTION @extschema@.roi_export_csv(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    report text DEFAULT 'channel_performance',
    arguments jsonb DEFAULT NULL,
    keep_formulas boolean DEFAULT false)
RETURNS SETOF text
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
SET datestyle TO 'ISO, YMD'
SET intervalstyle TO 'iso_8601'
AS 'MODULE_PATHNAME', 'roi_export_csv';
COMMENT ON FUNCTION @extschema@.roi_export_csv(text, text, timestamptz, timestamptz, text, text, text, jsonb, boolean) IS
'The rows of a read function as records of CSV (RFC 4180, UTF-8, without line ends), the header first. report: the name of any read function that answers in rows, without its roi_: total, revenue_trends, top_posts ...; metrics_detail gives the facts themselves. arguments: further arguments of that function by name, such as {"bucket": "week"}. Dates and moments are ISO 8601, moments on the clock of time_zone; numbers are plain; money is in units of the column currency, lists are joined by "; ", NULL is an empty field, empty text "". Pages are turned to the end, in one snapshot; memory stays within work_mem. Text that a spreadsheet would take for a formula (= + - @ tab, CWE-1236) gets an apostrophe before it unless keep_formulas. Errors: 22P02 an argument is not of its type, 22004 NULL report, 22023 unknown report or argument, and those of the function asked. Errors as roi_total.';

CREATE FUNCTION @extschema@.roi_report_csv(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    period text DEFAULT '30d',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    currency text DEFAULT NULL,
    report text DEFAULT 'channel_performance',
    arguments jsonb DEFAULT NULL,
    keep_formulas boolean DEFAULT false)
RETURNS @extschema@."text/csv"
LANGUAGE sql STABLE PARALLEL RESTRICTED
SET search_path FROM CURRENT
AS $$
    SELECT string_agg(line || E'\r\n', '' ORDER BY place)
    FROM @extschema@.roi_export_csv($1, $2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY AS e (line, place)
$$;
COMMENT ON FUNCTION @extschema@.roi_report_csv(text, text, timestamptz, timestamptz, text, text, text, jsonb, boolean) IS
'The records of roi_export_csv as one document with CR LF behind each, which PostgREST serves as text/csv; up to 1 GB, for more take the rows of roi_export_csv. Errors: 22P02 an argument is not of its type, 54000 too long, and as roi_export_csv. Errors as roi_total.';
