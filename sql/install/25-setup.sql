-- roi_setup(): foreign keys, row security, partitions, and the one function that users call.

-- The tables of the extension and whether a row belongs to a user.
CREATE FUNCTION @extschema@.roi_tables() RETURNS TABLE (name text, user_owned boolean, references_user boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    VALUES ('roi_schema_version', false, false), ('roi_platforms', false, false), ('roi_industry_benchmarks', false, false),
        ('roi_exchange_rates', false, false), ('roi_import_formats', false, false), ('roi_import_columns', false, false),
        ('roi_job_runs', false, false), ('roi_user_state', true, true), ('campaign_with_user_id', true, true),
        ('roi_posts', true, true), ('roi_simulations', true, true), ('roi_metrics', true, true),
        ('platform_metrics', true, true), ('roi_rollup', true, false), ('roi_rollup_detail', true, false),
        ('user_preferences', true, true), ('user_competitors', true, true), ('connected_accounts', true, true),
        ('roi_competitor_metrics', true, true), ('roi_import_batches', true, true), ('roi_import_rejects', true, false)
$$;
COMMENT ON FUNCTION @extschema@.roi_tables() IS
'Internal. The tables that roi_setup() makes: whether rows belong to a user, and whether a foreign key to the users table says so (the rollups follow their facts, rejects their batch).';

-- Row security and a clean slate of privileges. Called once for each new table and partition.
CREATE FUNCTION @extschema@.roi_secure_table(target regclass, user_owned boolean) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    grantee text;
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    IF user_owned THEN
        EXECUTE format('CREATE POLICY roi_own_rows ON %s USING (user_id = (SELECT @extschema@.roi_current_user_id())) '
                       'WITH CHECK (user_id = (SELECT @extschema@.roi_current_user_id()))', target);
    END IF;
    -- Default privileges of the database may have opened the new table to clients.
    FOR grantee IN
        SELECT DISTINCT CASE WHEN entry.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(entry.grantee)) END
        FROM pg_class c, aclexplode(c.relacl) entry
        WHERE c.oid = target AND entry.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', target, grantee);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_secure_table(regclass, boolean) IS
'Internal. Enables row security, adds the own-rows policy to a user-owned table and takes back privileges that default privileges gave away.';

CREATE FUNCTION @extschema@.roi_secure_tables() RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    t record;
    secured integer := 0;
BEGIN
    FOR t IN
        SELECT c.oid::regclass AS target, l.user_owned
        FROM @extschema@.roi_tables() l
        JOIN pg_class c ON c.relname = l.name AND c.relnamespace = '@extschema@'::regnamespace
        WHERE NOT c.relrowsecurity
    LOOP
        PERFORM @extschema@.roi_secure_table(t.target, t.user_owned);
        secured := secured + 1;
    END LOOP;
    RETURN secured;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_secure_tables() IS 'Internal. Secures every table that has no row security yet; returns how many.';

-- The users table: the one given, the one already referenced, a users table in the schema, or a minimal one of ours.
CREATE FUNCTION @extschema@.roi_choose_users_table(given regclass) RETURNS regclass
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning
AS $$
DECLARE
    referenced regclass;
    chosen regclass;
BEGIN
    SELECT confrelid::regclass INTO referenced FROM pg_constraint
    WHERE conrelid = to_regclass('@extschema@.roi_user_state') AND contype = 'f' AND conname = 'roi_user_state_user_id_fkey';
    IF given IS NOT NULL AND referenced IS NOT NULL AND given <> referenced THEN
        RAISE EXCEPTION 'the tables already reference the users table %', referenced
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Call roi_setup() without users_table, or with that one.';
    END IF;
    chosen := coalesce(given, referenced, to_regclass('@extschema@.users'));
    IF chosen IS NULL THEN
        CREATE TABLE @extschema@.users (clerk_id varchar(255) PRIMARY KEY CHECK (clerk_id <> ''),
                                        created_at timestamptz NOT NULL DEFAULT now());
        COMMENT ON TABLE @extschema@.users IS 'A Clerk user; made by roi_setup() where the application has no users table.';
        chosen := '@extschema@.users'::regclass;
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', chosen);
        EXECUTE format('CREATE POLICY roi_own_rows ON %s USING (clerk_id = (SELECT @extschema@.roi_current_user_id())) '
                       'WITH CHECK (clerk_id = (SELECT @extschema@.roi_current_user_id()))', chosen);
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_attribute a JOIN pg_index i ON i.indrelid = a.attrelid AND i.indkey::text = a.attnum::text
        WHERE a.attrelid = chosen AND a.attname = 'clerk_id' AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)
          AND i.indisunique AND i.indimmediate AND i.indpred IS NULL) THEN
        RAISE EXCEPTION 'the users table % has no unique text column clerk_id', chosen
            USING ERRCODE = 'invalid_table_definition',
                  HINT = format('ALTER TABLE %s ADD UNIQUE (clerk_id), or name another table: roi_setup(users_table => ...).', chosen);
    END IF;
    RETURN chosen;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_choose_users_table(regclass) IS
'Internal. The table whose clerk_id every user_id references. Errors: 55000 when another one is in use, 42P16 when clerk_id is not a unique text column.';

CREATE FUNCTION @extschema@.roi_reference_users(users_table regclass) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    t text;
BEGIN
    FOR t IN SELECT name FROM @extschema@.roi_tables() WHERE references_user LOOP
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass('@extschema@.' || t)
                       AND conname = t || '_user_id_fkey') THEN
            EXECUTE format('ALTER TABLE @extschema@.%I ADD CONSTRAINT %I FOREIGN KEY (user_id) REFERENCES %s (clerk_id) ON DELETE CASCADE',
                           t, t || '_user_id_fkey', users_table);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_reference_users(regclass) IS 'Internal. Adds the missing foreign keys to the users table.';

-- One month of one fact table. Rows that strayed into the default partition move along, in this transaction.
CREATE FUNCTION @extschema@.roi_make_partition(parent text, month timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
SET client_min_messages TO warning
AS $$
DECLARE
    child text := format('%s_p%s', parent, to_char(month, 'YYYY_MM'));
    next_month timestamptz := month + interval '1 month';
BEGIN
    EXECUTE format('CREATE TABLE @extschema@.%I (LIKE @extschema@.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
    EXECUTE format('LOCK TABLE ONLY @extschema@.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    EXECUTE format('WITH strayed AS (DELETE FROM @extschema@.%1$I WHERE update_timestamp >= %3$L AND update_timestamp < %4$L RETURNING *) '
                   'INSERT INTO @extschema@.%2$I SELECT * FROM strayed', parent || '_default', child, month, next_month);
    EXECUTE format('ALTER TABLE @extschema@.%I ATTACH PARTITION @extschema@.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, child, month, next_month);
    PERFORM @extschema@.roi_secure_table(format('@extschema@.%I', child)::regclass, true);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_make_partition(text, timestamptz) IS
'Internal. Makes and attaches the partition of a UTC month; strayed rows move out of the default partition in the same transaction.';

CREATE FUNCTION @extschema@.roi_make_partitions(since timestamptz, until timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $$
DECLARE
    parent text;
    month timestamptz;
    made integer := 0;
    locked boolean := false;
BEGIN
    FOREACH parent IN ARRAY ARRAY['roi_metrics', 'platform_metrics'] LOOP
        IF to_regclass(format('@extschema@.%I', parent || '_default')) IS NULL THEN
            EXECUTE format('CREATE TABLE @extschema@.%I PARTITION OF @extschema@.%I DEFAULT', parent || '_default', parent);
            PERFORM @extschema@.roi_secure_table(format('@extschema@.%I', parent || '_default')::regclass, true);
        END IF;
        FOR month IN SELECT generate_series(date_trunc('month', since), until, interval '1 month') LOOP
            CONTINUE WHEN to_regclass(format('@extschema@.%I', format('%s_p%s', parent, to_char(month, 'YYYY_MM')))) IS NOT NULL;
            IF NOT locked THEN
                -- Two sessions that need the same month: the second waits here and then sees the first one's.
                LOCK TABLE ONLY @extschema@.roi_metrics IN SHARE UPDATE EXCLUSIVE MODE;
                locked := true;
            END IF;
            IF to_regclass(format('@extschema@.%I', format('%s_p%s', parent, to_char(month, 'YYYY_MM')))) IS NULL THEN
                PERFORM @extschema@.roi_make_partition(parent, month);
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_make_partitions(timestamptz, timestamptz) IS
'Internal. Makes the missing monthly partitions (UTC) of both fact tables from since to until, both included; returns how many.';

CREATE FUNCTION @extschema@.roi_refuse_foreign_tables() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    strangers text;
    foreign_owner text;
BEGIN
    SELECT string_agg(format('%I', c.relname), ', ' ORDER BY c.relname) INTO strangers
    FROM @extschema@.roi_tables() l
    JOIN pg_class c ON c.relname = l.name AND c.relnamespace = '@extschema@'::regnamespace
    WHERE to_regclass('@extschema@.roi_schema_version') IS NULL;
    IF strangers IS NOT NULL THEN
        RAISE EXCEPTION 'schema @extschema@ already holds tables that roi_setup() did not make: %', strangers
            USING ERRCODE = 'duplicate_table',
                  HINT = 'Move them to another schema, call roi_setup(), then copy their rows; see "Moving an existing database" in the README.';
    END IF;
    SELECT pg_get_userbyid(c.relowner) INTO foreign_owner
    FROM pg_class c
    WHERE c.oid = to_regclass('@extschema@.roi_schema_version') AND NOT pg_has_role(current_user, c.relowner, 'USAGE');
    IF foreign_owner IS NOT NULL THEN
        RAISE EXCEPTION 'the tables of roi_ext belong to role %', foreign_owner
            USING ERRCODE = 'insufficient_privilege', HINT = 'Call roi_setup() as that role.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_refuse_foreign_tables() IS
'Internal. Raises 42P07 when tables of our names were made by someone else, 42501 when ours belong to another role.';

CREATE FUNCTION @extschema@.roi_setup(users_table regclass DEFAULT NULL) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    chosen regclass;
    secured integer;
    partitions integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('roi_setup'), '@extschema@'::regnamespace::oid::integer);
    PERFORM @extschema@.roi_refuse_foreign_tables();
    chosen := @extschema@.roi_choose_users_table(users_table);
    PERFORM @extschema@.roi_setup_accounts(), @extschema@.roi_setup_settings(), @extschema@.roi_setup_facts(),
            @extschema@.roi_setup_rollups(), @extschema@.roi_setup_import(), @extschema@.roi_setup_platforms();
    PERFORM @extschema@.roi_reference_users(chosen);
    secured := @extschema@.roi_secure_tables();
    partitions := @extschema@.roi_make_partitions(now() - interval '2 months', now() + interval '3 months');
    INSERT INTO @extschema@.roi_schema_version (version, users_made)
    SELECT 1, EXISTS (SELECT FROM pg_policy WHERE polrelid = chosen AND polname = 'roi_own_rows')
    ON CONFLICT DO NOTHING;
    -- Invalidates the table's cache entry, which makes every session look at the version again.
    ALTER TABLE @extschema@.roi_schema_version SET (fillfactor = 100);
    RETURN format('schema %s: %s tables made, %s partitions made, users table %s, table version 1',
                  '@extschema@', secured, partitions, chosen);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_setup(regclass) IS
'Makes the tables of roi_ext in the extension''s schema, owned by the caller, or completes them; says what it did. users_table: your table with a unique text column clerk_id (default: the one in use, else users in the same schema, else a minimal one is made). Errors: 42P07 foreign tables of our names, 42501 not the owner, 42P16 unsuitable users table, 55000 another users table in use.';
