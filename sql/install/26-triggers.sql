-- roi_setup(): the triggers on roi_metrics and its partitions that keep posts, totals and rollups equal to the facts.

CREATE FUNCTION @extschema@.roi_follow_facts() RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_follow_facts';
COMMENT ON FUNCTION @extschema@.roi_follow_facts() IS
'Internal. Statement trigger of roi_metrics and its partitions: registers posts, moves running totals, roi_rollup and roi_rollup_detail, and keeps platform_metrics in step, as the tables'' owner. Errors: 22003 when a sum would overflow, 39P01 outside a trigger, 0A000 when a MERGE moves facts to another partition beside a trigger of somebody else that can change them, or shows rows inserted as updated, 40001 when another transaction wrote for the user since the snapshot.';

CREATE FUNCTION @extschema@.roi_follow_moves() RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_follow_moves';
COMMENT ON FUNCTION @extschema@.roi_follow_moves() IS
'Internal. BEFORE UPDATE trigger of roi_metrics for each row whose moment changes: notes rows that leave their partition, because PostgreSQL may show no statement trigger those that MERGE moves. Its name sorts after others, so that it sees the row as it will be. Errors: 23502 NULL user, 39P01 outside a trigger, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_note_change() RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_note_change';
COMMENT ON FUNCTION @extschema@.roi_note_change() IS
'Internal. AFTER trigger of roi_rollup (only SQL from elsewhere fires it: a restore, replication, its owner), campaigns, preferences, simulations and benchmarks: when the transaction commits, every session forgets the dashboards it keeps. Errors: 39P01 outside such a trigger.';

CREATE FUNCTION @extschema@.roi_watch_answers() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning -- of triggers that are not there
AS $$
DECLARE
    target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['@extschema@.roi_rollup', '@extschema@.campaign_with_user_id', '@extschema@.user_preferences',
                                  '@extschema@.roi_simulations', '@extschema@.roi_industry_benchmarks']::regclass[]
    LOOP
        CONTINUE WHEN (SELECT count(*) FROM pg_trigger WHERE tgrelid = target AND tgenabled = 'A'
                       AND tgname IN ('roi_note_rows', 'roi_note_truncate')) = 2;
        EXECUTE format('DROP TRIGGER IF EXISTS roi_note_rows ON %s', target);
        EXECUTE format('DROP TRIGGER IF EXISTS roi_note_truncate ON %s', target);
        EXECUTE format('CREATE TRIGGER roi_note_rows AFTER INSERT OR UPDATE OR DELETE ON %s '
                       'FOR EACH ROW EXECUTE FUNCTION @extschema@.roi_note_change()', target);
        EXECUTE format('CREATE TRIGGER roi_note_truncate AFTER TRUNCATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.roi_note_change()', target);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER roi_note_rows, ENABLE ALWAYS TRIGGER roi_note_truncate', target);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_watch_answers() IS
'Internal part of roi_setup(): adds the triggers that roi_dashboard() relies on, firing in replicas too, or makes them anew where a restore has left them otherwise. Without them no session keeps a dashboard.';

CREATE FUNCTION @extschema@.roi_forget_user() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    DELETE FROM @extschema@.roi_rollup WHERE user_id = OLD.user_id;
    DELETE FROM @extschema@.roi_rollup_detail WHERE user_id = OLD.user_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_forget_user() IS
'Internal. AFTER DELETE trigger of roi_user_state, the last table that a deleted user''s rows leave: forgets the sums of his archived months, which no facts take along.';

-- One trigger an event: PostgreSQL gives transition tables to triggers of a single event only.
CREATE FUNCTION @extschema@.roi_watch_facts(target regclass) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT * FROM (VALUES ('roi_follow_insert', 'INSERT', 'REFERENCING NEW TABLE AS written'),
                              ('roi_follow_update', 'UPDATE', 'REFERENCING OLD TABLE AS removed NEW TABLE AS written'),
                              ('roi_follow_delete', 'DELETE', 'REFERENCING OLD TABLE AS removed'),
                              ('roi_follow_truncate', 'TRUNCATE', '')) AS wanted (name, event, transition)
        WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = wanted.name)
    LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.roi_follow_facts()',
                       t.name, t.event, target, t.transition);
    END LOOP;
    IF target = '@extschema@.roi_metrics'::regclass -- partitions get it from there
       AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = '~roi_follow_move') THEN
        CREATE TRIGGER "~roi_follow_move" BEFORE UPDATE ON @extschema@.roi_metrics
            FOR EACH ROW WHEN (OLD.update_timestamp <> NEW.update_timestamp) EXECUTE FUNCTION @extschema@.roi_follow_moves();
    END IF;
    -- under the names that earlier versions gave them
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = 'roi_follow_begin') THEN
        EXECUTE format('DROP TRIGGER roi_follow_begin ON %s', target);
    END IF;
    IF target = '@extschema@.roi_metrics'::regclass
       AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = 'roi_follow_move') THEN
        DROP TRIGGER roi_follow_move ON @extschema@.roi_metrics;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_watch_facts(regclass) IS
'Internal. Adds the missing triggers to roi_metrics or a partition of it, and drops those of earlier versions.';

CREATE FUNCTION @extschema@.roi_watch_all_facts() RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    t record;
    watched integer := 0;
BEGIN
    FOR t IN
        SELECT tree.relid FROM pg_partition_tree('@extschema@.roi_metrics') tree
        WHERE (SELECT array_agg(g.tgname::text ORDER BY g.tgname) FROM pg_trigger g WHERE g.tgrelid = tree.relid
               AND g.tgname IN ('roi_follow_insert', 'roi_follow_update', 'roi_follow_delete', 'roi_follow_truncate',
                                '~roi_follow_move', 'roi_follow_begin', 'roi_follow_move'))
              IS DISTINCT FROM ARRAY['roi_follow_delete', 'roi_follow_insert', 'roi_follow_truncate', 'roi_follow_update',
                                     '~roi_follow_move']
        ORDER BY tree.level -- row triggers of roi_metrics are those of its partitions
    LOOP
        PERFORM @extschema@.roi_watch_facts(t.relid);
        watched := watched + 1;
    END LOOP;
    RETURN watched;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_watch_all_facts() IS
'Internal part of roi_setup(): watches roi_metrics and each of its partitions, those made by hand included; returns how many were not.';
