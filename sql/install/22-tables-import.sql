-- roi_setup(), part 3: what the importer knows (formats and their headers) and what it did (batches, rejects).

CREATE FUNCTION @extschema@.roi_setup_import() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning
AS $setup$
BEGIN
    CREATE TABLE IF NOT EXISTS @extschema@.roi_import_formats (
        format text PRIMARY KEY,
        platform varchar(50) NOT NULL CHECK (platform <> ''),
        content_type varchar(50) CHECK (content_type <> ''),
        campaigns_only boolean NOT NULL DEFAULT false,
        date_from_preamble boolean NOT NULL DEFAULT false,
        lifetime boolean NOT NULL DEFAULT false,
        paid boolean NOT NULL DEFAULT true,
        number_posts boolean NOT NULL DEFAULT false,
        posted_order text CHECK (posted_order IN ('dmy', 'mdy')),
        description text NOT NULL
    );
    ALTER TABLE @extschema@.roi_import_formats ADD COLUMN IF NOT EXISTS exact boolean NOT NULL DEFAULT false; -- since table version 2
    COMMENT ON COLUMN @extschema@.roi_import_formats.exact IS
        'Headers that many tools use: found by format => ''auto'' only in a file without any other column, and then a notice says so.';
    COMMENT ON TABLE @extschema@.roi_import_formats IS 'An export format that roi_import recognises. Add your own by INSERT.';
    COMMENT ON COLUMN @extschema@.roi_import_formats.campaigns_only IS 'Lines name campaigns and carry no facts.';
    COMMENT ON COLUMN @extschema@.roi_import_formats.date_from_preamble IS
        'Without a date column, the days stand in a line above the header (July 8, 2025 - July 31, 2025).';
    COMMENT ON COLUMN @extschema@.roi_import_formats.lifetime IS
        'Lines hold what a post has gathered so far, at the date or today: the increase since the last snapshot is stored.';
    COMMENT ON COLUMN @extschema@.roi_import_formats.paid IS 'What the lines show is paid delivery (ads).';
    COMMENT ON COLUMN @extschema@.roi_import_formats.number_posts IS 'Posts without an id are called by their place in the file: row 1, row 2.';
    COMMENT ON COLUMN @extschema@.roi_import_formats.posted_order IS
        'How the network writes moments of publication like 03/04/2026, where the file alone does not tell: mdy or dmy.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_import_columns (
        format text NOT NULL REFERENCES @extschema@.roi_import_formats ON UPDATE CASCADE ON DELETE CASCADE,
        field text NOT NULL CHECK (field IN ('date', 'campaign_id', 'campaign_name', 'post_id', 'content_type', 'currency',
            'impressions', 'clicks', 'conversions', 'spend', 'revenue', 'likes', 'comments', 'shares', 'saves', 'status',
            'start_date', 'modified', 'filter', 'marker', 'account', 'platform', 'period_end', 'posted_at', 'metric')),
        part smallint NOT NULL DEFAULT 1,
        preference smallint NOT NULL DEFAULT 1,
        header text NOT NULL CHECK (header <> ''),
        unit text NOT NULL DEFAULT 'one' CHECK (unit IN ('one', 'millionth')),
        required boolean NOT NULL DEFAULT false,
        accept text[],
        language text CHECK (language ~ '^[a-z]{2}$'),
        metric text CHECK (metric ~ '^[A-Za-z][A-Za-z0-9_]*$'),
        PRIMARY KEY (format, field, part, header),
        CHECK ((field = 'metric') = (metric IS NOT NULL))
    );
    COMMENT ON TABLE @extschema@.roi_import_columns IS
        'A header of a format. Same field and part: synonyms, the lowest preference found serves. Parts of a field add up.';
    COMMENT ON COLUMN @extschema@.roi_import_columns.header IS
        'Compared without case and outer blanks; a trailing (*) stands for the file''s currency code in brackets.';
    COMMENT ON COLUMN @extschema@.roi_import_columns.unit IS 'one, or millionth of the currency (connector tables).';
    COMMENT ON COLUMN @extschema@.roi_import_columns.required IS 'Every required field and part must be there to recognise the format.';
    COMMENT ON COLUMN @extschema@.roi_import_columns.accept IS 'field filter: cell values to read (a trailing % matches any rest).';
    COMMENT ON COLUMN @extschema@.roi_import_columns.language IS
        'Of the header (en, de, fr, ...): tells 1.234 and 01/02/2026 where the figures do not. NULL in all rows of a format: a connector''s table, decimals have points.';
    COMMENT ON COLUMN @extschema@.roi_import_columns.metric IS 'field metric: the key in platform_metrics.metrics; up to 32 a file, kept to six decimals.';

    CREATE SEQUENCE IF NOT EXISTS @extschema@.roi_import_batches_id_seq;
    CREATE TABLE IF NOT EXISTS @extschema@.roi_import_batches (
        user_id varchar(255) NOT NULL,
        id bigint NOT NULL DEFAULT nextval('@extschema@.roi_import_batches_id_seq'),
        format text NOT NULL,
        platform varchar(50) NOT NULL,
        content_sha256 bytea NOT NULL CHECK (length(content_sha256) = 32),
        content_bytes bigint NOT NULL,
        time_zone text NOT NULL,
        rows_read bigint NOT NULL,
        rows_imported bigint NOT NULL,
        rows_skipped bigint NOT NULL,
        rows_rejected bigint NOT NULL,
        facts bigint NOT NULL DEFAULT 0,
        replaced bigint NOT NULL DEFAULT 0,
        encoding text NOT NULL,
        grain text NOT NULL CHECK (grain IN ('hour', 'day', 'period', 'spread', 'lifetime', 'campaigns')),
        periods daterange[] NOT NULL DEFAULT '{}',
        accounts text[] NOT NULL DEFAULT '{}',
        spend numeric(18,6),
        revenue numeric(18,6),
        currency varchar(3),
        since timestamptz,
        until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        undone_at timestamptz,
        PRIMARY KEY (user_id, id)
    );
    ALTER SEQUENCE @extschema@.roi_import_batches_id_seq OWNED BY @extschema@.roi_import_batches.id;
    CREATE UNIQUE INDEX IF NOT EXISTS roi_import_batches_content_idx
        ON @extschema@.roi_import_batches (user_id, content_sha256) WHERE undone_at IS NULL;
    ALTER TABLE @extschema@.roi_import_batches -- since table version 2
        ADD COLUMN IF NOT EXISTS replaces boolean NOT NULL DEFAULT true,
        ADD COLUMN IF NOT EXISTS pruned_at timestamptz,
        ADD COLUMN IF NOT EXISTS beside bigint NOT NULL DEFAULT 0;
    COMMENT ON COLUMN @extschema@.roi_import_batches.beside IS
        'Facts of other imports for the same campaigns (or others of their names), days and measures that stayed beside this one''s: other formats or accounts, names of several ids.';
    COMMENT ON COLUMN @extschema@.roi_import_batches.pruned_at IS 'When maintenance forgot what the import had replaced, so that it can no longer be taken back.';
    COMMENT ON COLUMN @extschema@.roi_import_batches.replaces IS 'Whether facts of older imports give way to this one''s; false adds.';
    COMMENT ON TABLE @extschema@.roi_import_batches IS 'An import: one file of one user. The same content counts once.';
    COMMENT ON COLUMN @extschema@.roi_import_batches.currency IS 'NULL when the file holds several.';
    COMMENT ON COLUMN @extschema@.roi_import_batches.replaced IS 'Facts of older imports that this one replaced; they wait in roi_import_replaced.';
    COMMENT ON COLUMN @extschema@.roi_import_batches.grain IS
        'What a fact covers: hour, day, period (one row for many days, see periods), spread (periods spread over their days), lifetime (snapshots), campaigns (no facts).';
    COMMENT ON COLUMN @extschema@.roi_import_batches.periods IS 'Days, in time_zone, that facts kept as one row cover; which campaign''s is in roi_import_periods.';
    COMMENT ON COLUMN @extschema@.roi_import_batches.accounts IS 'Ids or names of the ad accounts in the file; empty when it names none.';
    COMMENT ON COLUMN @extschema@.roi_import_batches.undone_at IS 'When roi_undo_import() took it back.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_import_rejects (
        user_id varchar(255) NOT NULL,
        batch_id bigint NOT NULL,
        reject_no integer NOT NULL,
        line bigint NOT NULL,
        column_name text,
        value text,
        reason text NOT NULL,
        PRIMARY KEY (user_id, batch_id, reject_no),
        FOREIGN KEY (user_id, batch_id) REFERENCES @extschema@.roi_import_batches (user_id, id) ON DELETE CASCADE
    );
    COMMENT ON TABLE @extschema@.roi_import_rejects IS 'A line that an import refused, and why.';
    COMMENT ON COLUMN @extschema@.roi_import_rejects.line IS 'Physical line of the file, from 1.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_import_replaced (
        LIKE @extschema@.roi_metrics,
        batch_id bigint NOT NULL,
        metrics jsonb,
        PRIMARY KEY (user_id, batch_id, update_timestamp, id),
        FOREIGN KEY (user_id, batch_id) REFERENCES @extschema@.roi_import_batches (user_id, id) ON DELETE CASCADE
    );
    COMMENT ON TABLE @extschema@.roi_import_replaced IS
        'Facts that import batch_id replaced by newer figures, as they were; roi_undo_import() puts them back. roi_maintain() forgets those of old imports; rows that you delete here stay gone.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_import_periods (
        user_id varchar(255) NOT NULL,
        batch_id bigint NOT NULL,
        platform varchar(50) NOT NULL,
        subject text NOT NULL,
        first_day date NOT NULL,
        last_day date NOT NULL CHECK (last_day >= first_day),
        PRIMARY KEY (user_id, batch_id, platform, subject, first_day),
        FOREIGN KEY (user_id, batch_id) REFERENCES @extschema@.roi_import_batches (user_id, id) ON DELETE CASCADE
    );
    COMMENT ON TABLE @extschema@.roi_import_periods IS
        'Days, in the import''s time zone, that facts of one campaign or post cover which the import keeps as one row stamped at the first of them.';
    COMMENT ON COLUMN @extschema@.roi_import_periods.subject IS
        'c and the campaign''s id; where there is no campaign p and the post''s id; empty for figures of the account.';
    IF EXISTS (SELECT FROM @extschema@.roi_schema_version WHERE version < 2) THEN -- imports of then know their periods only as a whole
        INSERT INTO @extschema@.roi_import_periods
        SELECT b.user_id, b.id, f.platform, f.subject, lower(p), max(upper(p) - 1)
        FROM @extschema@.roi_import_batches b CROSS JOIN unnest(b.periods) p
        JOIN (SELECT m.user_id, m.import_batch_id, m.platform, coalesce('c' || m.campaign_id, 'p' || m.post_id, '') AS subject, m.update_timestamp FROM @extschema@.roi_metrics m
              UNION ALL SELECT r.user_id, r.import_batch_id, r.platform, coalesce('c' || r.campaign_id, 'p' || r.post_id, ''), r.update_timestamp FROM @extschema@.roi_import_replaced r) f
            ON f.user_id = b.user_id AND f.import_batch_id = b.id AND (f.update_timestamp AT TIME ZONE b.time_zone)::date = lower(p)
        WHERE b.grain = 'period' AND b.undone_at IS NULL GROUP BY 1, 2, 3, 4, 5 ON CONFLICT DO NOTHING;
    END IF;

    CREATE TABLE IF NOT EXISTS @extschema@.roi_post_snapshots (
        user_id varchar(255) NOT NULL,
        platform varchar(50) NOT NULL,
        post_id varchar(255) NOT NULL,
        taken_at timestamptz NOT NULL,
        metrics jsonb NOT NULL DEFAULT '{}',
        import_batch_id bigint,
        PRIMARY KEY (user_id, platform, post_id)
    );
    COMMENT ON TABLE @extschema@.roi_post_snapshots IS
        'The newest snapshot of a post''s lifetime counters: when, and the platform''s own metrics. The common counters are the running totals of roi_posts.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_import_campaigns (
        user_id varchar(255) NOT NULL,
        campaign_id bigint NOT NULL,
        batch_id bigint NOT NULL,
        name varchar(255),
        date date,
        ongoing varchar(10),
        was_name varchar(255),
        was_date date,
        was_ongoing varchar(10),
        was_currency varchar(3),
        PRIMARY KEY (user_id, campaign_id, batch_id),
        FOREIGN KEY (user_id, batch_id) REFERENCES @extschema@.roi_import_batches (user_id, id) ON DELETE CASCADE
    );
    CREATE INDEX IF NOT EXISTS roi_import_campaigns_batch_idx ON @extschema@.roi_import_campaigns (user_id, batch_id);
    COMMENT ON TABLE @extschema@.roi_import_campaigns IS
        'What an import told of a campaign (NULL: nothing), and what was known before (was_currency NULL: there was no such campaign); roi_undo_import() goes by it.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_import_snapshots (
        user_id varchar(255) NOT NULL,
        batch_id bigint NOT NULL,
        platform varchar(50) NOT NULL,
        post_id varchar(255) NOT NULL,
        taken_at timestamptz,
        metrics jsonb,
        import_batch_id bigint,
        PRIMARY KEY (user_id, batch_id, platform, post_id),
        FOREIGN KEY (user_id, batch_id) REFERENCES @extschema@.roi_import_batches (user_id, id) ON DELETE CASCADE
    );
    COMMENT ON TABLE @extschema@.roi_import_snapshots IS
        'The row of roi_post_snapshots as import batch_id found it (taken_at NULL: there was none); roi_undo_import() puts it back.';
    PERFORM @extschema@.roi_setup_import_formats(), @extschema@.roi_setup_export_formats();
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_import() IS 'Internal part of roi_setup(): import formats, batches and rejects.';
