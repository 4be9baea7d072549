-- roi_setup(): foreign keys, row security, partitions, and the one function that users call.

-- The tables of the extension and whether a row belongs to a user.
CREATE FUNCTION @extschema@.roi_tables() RETURNS TABLE (name text, user_owned boolean, users_key text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    VALUES ('roi_schema_version', false, NULL), ('roi_platforms', false, NULL),
        ('roi_industry_benchmarks', false, NULL), ('roi_exchange_rates', false, NULL),
        ('roi_import_formats', false, NULL), ('roi_import_columns', false, NULL), ('roi_job_runs', false, NULL),
        ('roi_metrics', true, 'users_key_01_roi_metrics'),
        ('platform_metrics', true, 'users_key_02_platform_metrics'), ('roi_posts', true, 'users_key_03_roi_posts'),
        ('campaign_with_user_id', true, 'users_key_04_campaign_with_user_id'),
        ('roi_simulations', true, 'users_key_05_roi_simulations'), ('roi_rollup', true, NULL),
        ('roi_rollup_detail', true, NULL), ('user_preferences', true, 'users_key_06_user_preferences'),
        ('user_competitors', true, 'users_key_07_user_competitors'),
        ('connected_accounts', true, 'users_key_08_connected_accounts'),
        ('roi_competitor_metrics', true, 'users_key_09_roi_competitor_metrics'),
        ('roi_import_batches', true, 'users_key_10_roi_import_batches'), ('roi_import_rejects', true, NULL),
        ('roi_import_replaced', true, NULL), ('roi_import_periods', true, NULL),
        ('roi_import_campaigns', true, NULL), ('roi_import_snapshots', true, NULL), ('roi_post_snapshots', true, 'users_key_10_roi_post_snapshots'),
        ('roi_user_state', true, 'users_key_11_roi_user_state')
$$;
COMMENT ON FUNCTION @extschema@.roi_tables() IS
'Internal. The tables that roi_setup() makes: whether rows belong to a user, and the name of the foreign key to the users table (the rollups follow their facts, rejects their batch). A deleted user takes rows along in the order of these names: facts first, the row that all writers lock last, as every statement on facts takes its locks.';

-- Row security and a clean slate of privileges. Called once for each new table and partition.
CREATE FUNCTION @extschema@.roi_secure_table(target regclass, user_column text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    secured_before boolean;
    relation regclass;
    grantee text;
BEGIN
    SELECT relrowsecurity INTO secured_before FROM pg_class WHERE oid = target;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    IF user_column IS NOT NULL
       AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = target AND polname = 'roi_own_rows') THEN
        EXECUTE format('CREATE POLICY roi_own_rows ON %1$s USING (%2$I = (SELECT @extschema@.roi_current_user_id())) '
                       'WITH CHECK (%2$I = (SELECT @extschema@.roi_current_user_id()))', target, user_column);
    END IF;
    IF user_column IS NULL AND target NOT IN (to_regclass('@extschema@.roi_job_runs'), to_regclass('@extschema@.roi_schema_version'))
       AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = target AND polname = 'roi_read') THEN
        EXECUTE format('CREATE POLICY roi_read ON %s FOR SELECT USING (true)', target);
    END IF;
    IF user_column IS NULL AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = target) THEN
        EXECUTE format('CREATE POLICY roi_nobody ON %s USING (false)', target); -- says that this is meant
    END IF;
    IF secured_before THEN
        RETURN; -- what has been granted since is the owner's wish
    END IF;
    -- Default privileges of the database may have opened the new table and its sequence to clients.
    FOR relation, grantee IN
        SELECT DISTINCT c.oid::regclass, CASE WHEN entry.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(entry.grantee)) END
        FROM pg_class c, aclexplode(c.relacl) entry
        WHERE entry.grantee <> c.relowner
          AND (c.oid = target OR c.oid IN (SELECT objid FROM pg_depend WHERE classid = 'pg_class'::regclass
                                           AND refclassid = 'pg_class'::regclass AND refobjid = target AND deptype = 'a'))
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', relation, grantee);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_secure_table(regclass, text) IS
'Internal. Enables row security, adds the own-rows policy on user_column (NULL: shared data, readable by whom SELECT is granted; job runs by nobody) and takes back what default privileges gave away.';

CREATE FUNCTION @extschema@.roi_secure_tables() RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    t record;
    secured integer := 0;
BEGIN
    FOR t IN
        SELECT c.oid::regclass AS target, l.user_owned, NOT c.relispartition AND NOT c.relrowsecurity AS is_new
        FROM @extschema@.roi_tables() l
        CROSS JOIN LATERAL (SELECT to_regclass('@extschema@.' || l.name)::oid AS oid) root
        CROSS JOIN LATERAL (SELECT root.oid UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = root.oid) tree
        JOIN pg_class c ON c.oid = tree.oid
        WHERE NOT c.relrowsecurity
           OR l.user_owned AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = 'roi_own_rows')
    LOOP
        PERFORM @extschema@.roi_secure_table(t.target, CASE WHEN t.user_owned THEN 'user_id' END);
        secured := secured + t.is_new::integer;
    END LOOP;
    RETURN secured;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_secure_tables() IS
'Internal. Secures every table and partition that lacks row security or its policy (a dropped and re-created extension took the policies along); returns how many tables were new.';

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
    WHERE conrelid = to_regclass('@extschema@.roi_user_state') AND contype = 'f'
      AND conname = (SELECT users_key FROM @extschema@.roi_tables() WHERE name = 'roi_user_state');
    IF given IS NOT NULL AND referenced IS NOT NULL AND given <> referenced THEN
        RAISE EXCEPTION 'the tables already reference the users table %', referenced
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Their foreign keys are made once.', HINT = 'Call roi_setup() without users_table, or with that one.';
    END IF;
    chosen := coalesce(given, referenced, to_regclass('@extschema@.users'));
    IF chosen IS NULL THEN
        CREATE TABLE @extschema@.users (clerk_id varchar(255) PRIMARY KEY CHECK (clerk_id <> ''),
                                        created_at timestamptz NOT NULL DEFAULT now());
        COMMENT ON TABLE @extschema@.users IS 'A Clerk user; made by roi_setup() where the application has no users table.';
        chosen := '@extschema@.users'::regclass;
        PERFORM @extschema@.roi_secure_table(chosen, 'clerk_id');
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_attribute a JOIN pg_index i ON i.indrelid = a.attrelid AND i.indkey::text = a.attnum::text
        WHERE a.attrelid = chosen AND a.attname = 'clerk_id' AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)
          AND i.indisunique AND i.indimmediate AND i.indpred IS NULL) THEN
        RAISE EXCEPTION 'the users table % has no unique text column clerk_id', chosen
            USING ERRCODE = 'invalid_table_definition',
                  DETAIL = 'The tables refer to users by their text id.', HINT = format('ALTER TABLE %s ADD UNIQUE (clerk_id), or name another table: roi_setup(users_table => ...).', chosen);
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
    t record;
    is_ordered boolean;
BEGIN
    -- PostgreSQL cascades in the order of trigger names, which follows the order in which keys were made: a parallel restore
    -- shuffles it.
    SELECT coalesce(array_agg(c.conname ORDER BY g.tgname) = array_agg(c.conname ORDER BY c.conname), true) INTO is_ordered
    FROM @extschema@.roi_tables() l
    JOIN pg_constraint c ON c.conname = l.users_key AND c.conrelid = to_regclass('@extschema@.' || l.name)
    JOIN pg_trigger g ON g.tgconstraint = c.oid AND g.tgrelid = c.confrelid AND g.tgtype & 8 = 8;
    FOR t IN SELECT l.name, l.users_key FROM @extschema@.roi_tables() l WHERE l.users_key IS NOT NULL ORDER BY l.users_key LOOP
        IF NOT is_ordered THEN
            EXECUTE format('ALTER TABLE @extschema@.%I DROP CONSTRAINT IF EXISTS %I', t.name, t.users_key);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass('@extschema@.' || t.name) AND conname = t.users_key) THEN
            EXECUTE format('ALTER TABLE @extschema@.%I ADD CONSTRAINT %I FOREIGN KEY (user_id) REFERENCES %s (clerk_id) ON DELETE CASCADE',
                           t.name, t.users_key, users_table);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_reference_users(regclass) IS 'Internal. Adds the missing foreign keys to the users table, and makes all of them anew when they would not cascade in the order of their names.';

-- Rows that move change no sum: the triggers look away, under the lock that keeps everybody else out.
CREATE FUNCTION @extschema@.roi_move_strays(parent text, target text, since timestamptz, until timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $$
DECLARE
    source text := format('@extschema@.%I', parent || '_default');
    strays text := format('DELETE FROM %s WHERE update_timestamp >= %L AND update_timestamp < %L', source, since, until);
    columns text;
    wakes text[];
    wake text;
    moved bigint;
BEGIN
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', source);
    columns := (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
                WHERE a.attrelid = source::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '');
    wakes := ARRAY(SELECT format('ALTER TABLE %s ENABLE %s TRIGGER %I', source, CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' END, t.tgname)
                   FROM pg_trigger t WHERE t.tgrelid = source::regclass AND NOT t.tgisinternal AND t.tgenabled <> 'D');
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', source);
    IF target IS NOT NULL THEN
        strays := format('WITH strayed AS (%1$s RETURNING %2$s) INSERT INTO %3$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM strayed', strays, columns, target);
    END IF;
    EXECUTE strays;
    GET DIAGNOSTICS moved = ROW_COUNT;
    FOREACH wake IN ARRAY wakes LOOP
        EXECUTE wake;
    END LOOP;
    RETURN moved;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_move_strays(text, text, timestamptz, timestamptz) IS
'Internal. Moves rows of a default partition into a table, or deletes them when that is NULL; returns how many.';

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
    EXECUTE format('CREATE TABLE @extschema@.%I (LIKE @extschema@.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)', child, parent);
    PERFORM @extschema@.roi_move_strays(parent, format('@extschema@.%I', child), month, next_month);
    EXECUTE format('ALTER TABLE @extschema@.%I ATTACH PARTITION @extschema@.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, child, month, next_month);
    PERFORM @extschema@.roi_secure_table(format('@extschema@.%I', child)::regclass, 'user_id');
    IF parent = 'roi_metrics' THEN
        PERFORM @extschema@.roi_watch_facts(format('@extschema@.%I', child)::regclass);
    END IF;
    EXECUTE format('COMMENT ON TABLE @extschema@.%I IS %L', child, format('%s of %s (UTC).', parent, to_char(month, 'YYYY-MM')));
END
$$;
COMMENT ON FUNCTION @extschema@.roi_make_partition(text, timestamptz) IS
'Internal. Makes and attaches the partition of a UTC month; strayed rows move out of the default partition in the same transaction.';

-- What makes or archives partitions locks the fact tables and the users table, and writers of both take them in either order.
-- So it never waits for long with one of them in hand: a quarter of a second is less than deadlock_timeout, after which a
-- writer would be the victim.
CREATE FUNCTION @extschema@.roi_lock_for_partitions(locks text[], patience interval) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET lock_timeout TO '250ms'
AS $$
DECLARE
    users regclass := (SELECT confrelid FROM pg_constraint WHERE conrelid = to_regclass('@extschema@.roi_user_state') AND contype = 'f'
                       AND conname = (SELECT users_key FROM @extschema@.roi_tables() WHERE name = 'roi_user_state'));
    give_up timestamptz := clock_timestamp() + patience;
    l text;
BEGIN
    LOOP
        BEGIN
            -- without the privilege for it, the foreign key takes this lock later
            IF has_table_privilege(users, 'UPDATE, DELETE, TRUNCATE') THEN
                EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', users);
            END IF;
            FOREACH l IN ARRAY locks LOOP
                EXECUTE 'LOCK TABLE ' || l || ' MODE';
            END LOOP;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF clock_timestamp() > give_up THEN
                RAISE;
            END IF;
        END;
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_lock_for_partitions(text[], interval) IS
'Internal. Takes the users table and the given locks (table IN mode) all at once, or none of them while it waits, for as long as patience (NULL: for ever). Errors: 55P03 after it.';

CREATE FUNCTION @extschema@.roi_make_partitions(moments timestamptz[]) RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $$
DECLARE
    missing record;
    made integer := 0;
BEGIN
    -- The query runs a second time under the lock: two sessions may need the same month, and the second one then
    -- sees what the first one made. Months far away stay in the default partition: one odd date is no reason
    -- for a table of its own.
    FOR pass IN 1 .. 2 LOOP
        FOR missing IN
            SELECT parent, month
            FROM unnest(ARRAY['roi_metrics', 'platform_metrics']) AS parent,
                 (SELECT DISTINCT date_trunc('month', moment) AS month FROM unnest(moments) AS moment) AS months
            WHERE month BETWEEN now() - interval '15 years' AND now() + interval '2 years'
              AND month >= coalesce((SELECT archived_until FROM @extschema@.roi_schema_version), '-infinity')
              AND to_regclass(format('@extschema@.%I', format('%s_p%s', parent, to_char(month, 'YYYY_MM')))) IS NULL
            ORDER BY month, parent
        LOOP
            IF pass = 1 THEN
                PERFORM @extschema@.roi_lock_for_partitions(ARRAY['ONLY @extschema@.roi_metrics IN SHARE UPDATE EXCLUSIVE',
                    '@extschema@.roi_metrics_default IN ACCESS EXCLUSIVE', 'ONLY @extschema@.platform_metrics IN SHARE UPDATE EXCLUSIVE',
                    '@extschema@.platform_metrics_default IN ACCESS EXCLUSIVE'], nullif(current_setting('lock_timeout')::interval, '0'));
                EXIT;
            END IF;
            PERFORM @extschema@.roi_make_partition(missing.parent, missing.month);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_make_partitions(timestamptz[]) IS
'Internal. Makes the missing partitions of the UTC months that the moments belong to, for both fact tables; returns how many. Months more than 15 years back or 2 years ahead stay in the default partition; archived months get none.';

CREATE FUNCTION @extschema@.roi_make_default_partitions() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning
AS $$
BEGIN
    CREATE TABLE IF NOT EXISTS @extschema@.roi_metrics_default PARTITION OF @extschema@.roi_metrics DEFAULT;
    CREATE TABLE IF NOT EXISTS @extschema@.platform_metrics_default PARTITION OF @extschema@.platform_metrics DEFAULT;
    COMMENT ON TABLE @extschema@.roi_metrics_default IS 'roi_metrics of months that have no partition.';
    COMMENT ON TABLE @extschema@.platform_metrics_default IS 'platform_metrics of months that have no partition.';
END
$$;
COMMENT ON FUNCTION @extschema@.roi_make_default_partitions() IS
'Internal part of roi_setup(): the partitions that catch rows of months without one.';

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
                  DETAIL = 'Their columns may be others than expected.', HINT = 'Move them to another schema, call roi_setup(), then copy their rows; see "Moving an existing database" in the README.';
    END IF;
    SELECT pg_get_userbyid(c.relowner) INTO foreign_owner
    FROM pg_class c
    WHERE c.oid = to_regclass('@extschema@.roi_schema_version') AND NOT pg_has_role(current_user, c.relowner, 'USAGE');
    IF foreign_owner IS NOT NULL THEN
        RAISE EXCEPTION 'the tables of roi_ext belong to role %', foreign_owner
            USING ERRCODE = 'insufficient_privilege', DETAIL = 'Only their owner can complete them.', HINT = 'Call roi_setup() as that role.';
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
    users_made boolean := users_table IS NULL AND to_regclass('@extschema@.users') IS NULL;
    chosen regclass;
    secured integer;
    partitions integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('roi_setup'), '@extschema@'::regnamespace::oid::integer);
    PERFORM @extschema@.roi_refuse_foreign_tables();
    chosen := @extschema@.roi_choose_users_table(users_table);
    PERFORM @extschema@.roi_setup_accounts(), @extschema@.roi_setup_settings(), @extschema@.roi_setup_facts(),
            @extschema@.roi_setup_rollups(), @extschema@.roi_setup_import(), @extschema@.roi_setup_own_format(), @extschema@.roi_setup_platforms();
    PERFORM @extschema@.roi_reference_users(chosen);
    PERFORM @extschema@.roi_make_default_partitions();
    secured := @extschema@.roi_secure_tables();
    partitions := @extschema@.roi_make_partitions(ARRAY(
        SELECT generate_series(now() - interval '13 months', now() + interval '3 months', interval '1 month')));
    IF @extschema@.roi_watch_all_facts() > 0 AND EXISTS (SELECT FROM @extschema@.roi_schema_version) THEN
        RAISE NOTICE 'roi_metrics or a partition of it was not watched'
            USING HINT = 'SELECT roi_rebuild() counts what was written there meanwhile.';
    END IF;
    PERFORM @extschema@.roi_watch_answers();
    INSERT INTO @extschema@.roi_schema_version (version, users_made)
    SELECT 2, users_made WHERE NOT EXISTS (SELECT FROM @extschema@.roi_schema_version);
    IF EXISTS (SELECT FROM @extschema@.roi_schema_version WHERE version < 2) THEN -- the parts above have migrated columns
        ALTER TABLE @extschema@.roi_posts SET (fillfactor = 45);
        ALTER TABLE @extschema@.roi_rollup_detail SET (fillfactor = 45);
        ALTER TABLE @extschema@.roi_user_state SET (fillfactor = 45);
        ALTER TABLE @extschema@.roi_simulations SET (fillfactor = 45);
        ALTER TABLE @extschema@.campaign_with_user_id SET (fillfactor = 45);
        UPDATE @extschema@.roi_schema_version SET version = 2;
    END IF;
    PERFORM @extschema@.roi_stand_for_archive(f.name, v.archived_until) FROM @extschema@.roi_schema_version v, unnest(ARRAY['roi_metrics', 'platform_metrics']) f (name)
    WHERE v.archived_until > '-infinity' AND to_regclass(format('@extschema@.%I', f.name || '_archived')) IS NULL;
    IF (SELECT v.users_made FROM @extschema@.roi_schema_version v)
       AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = chosen AND polname = 'roi_own_rows') THEN
        PERFORM @extschema@.roi_secure_table(chosen, 'clerk_id');
    END IF;
    -- Invalidates the table's cache entry, which makes every session look at the version again.
    ALTER TABLE @extschema@.roi_schema_version SET (fillfactor = 100);
    RETURN format('schema %s: %s tables made, %s partitions made, users table %s, table version 2',
                  '@extschema@', secured, partitions, chosen);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_setup(regclass) IS
'Makes the tables of roi_ext in the extension''s schema, owned by the caller, or completes them; says what it did. users_table: your table with a unique text column clerk_id (default: the one in use, else users in the same schema, else a minimal one is made). Errors: 42P07 foreign tables of our names, 42501 not the owner, 42P16 unsuitable users table, 55000 another users table in use.';
