-- Settings of a user: preferences, competitors, connected accounts, in the shapes that the dashboard's client code expects.

CREATE FUNCTION @extschema@.roi_require_user(user_id text) RETURNS void
LANGUAGE c STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_require_user';
COMMENT ON FUNCTION @extschema@.roi_require_user(text) IS
'Internal. Raises 22004 unless a user is named, 42501 unless the caller may ask for him, 55000 without tables.';

CREATE FUNCTION @extschema@.roi_admit_user(user_id text) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_admit_user';
COMMENT ON FUNCTION @extschema@.roi_admit_user(text) IS
'Internal. As roi_require_user(), and registers an unknown user where the users table is ours. Errors: 22001 user id over 255 characters, 22004 no user, 23503 unknown user, 42501 another user, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_settings_keys(given jsonb, what text, known text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    unknown text;
BEGIN
    IF given IS NULL THEN
        RAISE EXCEPTION '% must not be NULL', what USING ERRCODE = 'null_value_not_allowed',
            DETAIL = 'It holds what is to be saved.', HINT = format('Pass a JSON object with any of: %s.', array_to_string(known, ', '));
    END IF;
    IF jsonb_typeof(given) <> 'object' THEN
        RAISE EXCEPTION '% must be a JSON object', what USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('It is: %s.', jsonb_typeof(given)), HINT = format('Pass an object with any of: %s.', array_to_string(known, ', '));
    END IF;
    SELECT min(k) INTO unknown FROM jsonb_object_keys(given) k WHERE k <> ALL (known);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION '% has no member %', what, quote_literal(left(unknown, 100)) USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Only known members are kept.', HINT = format('Members are: %s.', array_to_string(known, ', '));
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_settings_keys(jsonb, text, text[]) IS
'Internal. Raises 22004 for NULL and 22023 for anything but a JSON object with these members.';

CREATE FUNCTION @extschema@.roi_settings_text(given jsonb, what text, longest integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    value text := btrim(given #>> '{}', E' \t\r\n');
BEGIN
    IF jsonb_typeof(given) = 'null' OR given IS NULL THEN
        RETURN NULL;
    END IF;
    IF jsonb_typeof(given) <> 'string' OR value = '' OR length(value) > longest THEN
        RAISE EXCEPTION '% must be a text of 1 to % characters', what, longest USING ERRCODE = 'invalid_parameter_value',
            DETAIL = CASE WHEN jsonb_typeof(given) <> 'string' THEN format('It is: %s.', jsonb_typeof(given)) ELSE format('It has %s characters.', length(value)) END,
            HINT = 'Leave the member out to keep what is stored; null clears it.';
    END IF;
    RETURN value;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_settings_text(jsonb, text, integer) IS
'Internal. A JSON string without outer blanks; NULL for null. Errors: 22023 not a string, blank or too long.';

CREATE FUNCTION @extschema@.roi_settings_list(given jsonb, what text, most integer, longest integer) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF jsonb_typeof(given) = 'null' OR given IS NULL THEN
        RETURN '{}';
    END IF;
    IF jsonb_typeof(given) <> 'array' OR jsonb_array_length(given) > most THEN
        RAISE EXCEPTION '% must be a list of at most % texts', what, most USING ERRCODE = 'invalid_parameter_value',
            DETAIL = CASE WHEN jsonb_typeof(given) <> 'array' THEN format('It is: %s.', jsonb_typeof(given)) ELSE format('It has %s.', jsonb_array_length(given)) END,
            HINT = 'Pass a JSON array of strings.';
    END IF;
    IF EXISTS (SELECT FROM jsonb_array_elements(given) e WHERE jsonb_typeof(e) = 'null') THEN
        RAISE EXCEPTION '% must not hold null', what USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Its members are strings.', HINT = 'Pass a JSON array of strings.';
    END IF;
    RETURN ARRAY(SELECT @extschema@.roi_settings_text(e, 'each of ' || what, longest) FROM jsonb_array_elements(given) WITH ORDINALITY AS l (e, place) ORDER BY place);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_settings_list(jsonb, text, integer, integer) IS
'Internal. A JSON array of strings as text[]; empty for null. Errors: 22023 not an array of texts, or too many or too long ones.';

CREATE FUNCTION @extschema@.roi_get_user_preferences(user_id text DEFAULT @extschema@.roi_current_user_id()) RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
SET row_security TO on
AS $$
DECLARE
    answer json;
BEGIN
    PERFORM @extschema@.roi_require_user(user_id);
    SELECT json_build_object('industry', p.industry, 'companySize', p.company_size, 'goals', p.marketing_goals, 'budget', p.monthly_budget)
    INTO answer FROM @extschema@.user_preferences p WHERE p.user_id = roi_get_user_preferences.user_id;
    RETURN coalesce(answer, '{"industry" : null, "companySize" : null, "goals" : [], "budget" : null}');
END
$$;
COMMENT ON FUNCTION @extschema@.roi_get_user_preferences(text) IS
'A user''s preferences as {"industry", "companySize", "goals": [...], "budget"} (plan: getUserPreferences); null and [] for what he has not answered. companySize: solo, small, medium, large or enterprise; budget: a code or label such as 1000-5000. Errors: 22004 no user, 42501 another user, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_save_user_preferences(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    preferences jsonb DEFAULT NULL)
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET row_security TO on
AS $$
#variable_conflict use_column
DECLARE
    wanted_industry text;
    wanted_size text;
    wanted_goals text[];
    wanted_budget text;
BEGIN
    PERFORM @extschema@.roi_require_user(roi_save_user_preferences.user_id);
    PERFORM @extschema@.roi_settings_keys(preferences, 'preferences', '{industry,companySize,goals,budget}');
    wanted_industry := @extschema@.roi_settings_text(preferences -> 'industry', 'industry', 100);
    wanted_size := @extschema@.roi_settings_text(preferences -> 'companySize', 'companySize', 64);
    wanted_goals := @extschema@.roi_settings_list(preferences -> 'goals', 'goals', 32, 100);
    wanted_budget := @extschema@.roi_settings_text(preferences -> 'budget', 'budget', 64);
    IF wanted_size NOT IN ('solo', 'small', 'medium', 'large', 'enterprise') THEN
        RAISE EXCEPTION 'companySize % is not known', quote_literal(wanted_size) USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'A company has one of five sizes.', HINT = 'Use solo, small, medium, large or enterprise.';
    END IF;
    PERFORM @extschema@.roi_admit_user(roi_save_user_preferences.user_id);
    INSERT INTO @extschema@.user_preferences AS known (user_id, industry, company_size, marketing_goals, monthly_budget)
    VALUES (roi_save_user_preferences.user_id, wanted_industry, wanted_size, wanted_goals, wanted_budget)
    ON CONFLICT (user_id) DO UPDATE SET updated_at = now(),
        industry = CASE WHEN preferences ? 'industry' THEN EXCLUDED.industry ELSE known.industry END,
        company_size = CASE WHEN preferences ? 'companySize' THEN EXCLUDED.company_size ELSE known.company_size END,
        marketing_goals = CASE WHEN preferences ? 'goals' THEN EXCLUDED.marketing_goals ELSE known.marketing_goals END,
        monthly_budget = CASE WHEN preferences ? 'budget' THEN EXCLUDED.monthly_budget ELSE known.monthly_budget END;
    RETURN @extschema@.roi_get_user_preferences(roi_save_user_preferences.user_id);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_save_user_preferences(text, jsonb) IS
'Saves the members given of {"industry", "companySize", "goals": [...], "budget"} and keeps the others, so that each step of a wizard saves its own (plan: saveUserPreferences); null clears a member. Returns all four as they are now. industry and each of at most 32 goals: up to 100 characters; budget: up to 64; companySize: solo, small, medium, large or enterprise. A user who is new is registered where the users table is ours. Errors: 22001 user id over 255 characters, 22004 NULL or no user, 22023 bad member, 23503 unknown user, 42501 another user, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_get_user_competitors(user_id text DEFAULT @extschema@.roi_current_user_id())
RETURNS TABLE (id uuid, name text, website text, description text, platforms text[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
SET row_security TO on
AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@.roi_require_user(roi_get_user_competitors.user_id);
    RETURN QUERY SELECT c.id, c.name, c.website_url, c.description, c.platforms FROM @extschema@.user_competitors c
        WHERE c.user_id = roi_get_user_competitors.user_id ORDER BY c.created_at DESC, c.id;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_get_user_competitors(text) IS
'The competitors that a user watches, newest first (plan: getUserCompetitors). Errors: 22004 no user, 42501 another user, 55000 no tables.';

-- One competitor as the client code has it.
CREATE FUNCTION @extschema@.roi_competitor(user_id text, id uuid) RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
SET row_security TO on
AS $$
BEGIN
    PERFORM @extschema@.roi_require_user(user_id);
    RETURN (SELECT json_build_object('id', c.id, 'name', c.name, 'website', c.website_url, 'description', c.description, 'platforms', c.platforms)
            FROM @extschema@.user_competitors c WHERE c.user_id = roi_competitor.user_id AND c.id = roi_competitor.id);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_competitor(text, uuid) IS 'Internal. A competitor as {"id", "name", "website", "description", "platforms": [...]}; NULL when there is none.';

CREATE FUNCTION @extschema@.roi_save_competitor(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    competitor jsonb DEFAULT NULL)
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET row_security TO on
AS $$
#variable_conflict use_column
DECLARE
    most CONSTANT integer := 1000;
    saved uuid;
BEGIN
    PERFORM @extschema@.roi_require_user(roi_save_competitor.user_id);
    PERFORM @extschema@.roi_settings_keys(competitor, 'competitor', '{name,website,description,platforms}');
    IF @extschema@.roi_settings_text(competitor -> 'name', 'name', 255) IS NULL THEN
        RAISE EXCEPTION 'a competitor needs a name' USING ERRCODE = 'invalid_parameter_value', DETAIL = 'The name is missing, null or blank.', HINT = 'Pass {"name": "..."}.';
    END IF;
    PERFORM @extschema@.roi_admit_user(roi_save_competitor.user_id);
    -- two sessions of one user count one after the other
    PERFORM pg_advisory_xact_lock(hashtextextended('roi_save_competitor @extschema@ ' || roi_save_competitor.user_id, 0));
    IF (SELECT count(*) FROM @extschema@.user_competitors c WHERE c.user_id = roi_save_competitor.user_id) >= most THEN
        RAISE EXCEPTION 'a user has at most % competitors', most USING ERRCODE = 'program_limit_exceeded', DETAIL = 'All of them are there already.', HINT = 'Delete one first: roi_delete_competitor().';
    END IF;
    INSERT INTO @extschema@.user_competitors (user_id, name, website_url, description, platforms)
    VALUES (roi_save_competitor.user_id, @extschema@.roi_settings_text(competitor -> 'name', 'name', 255),
            @extschema@.roi_settings_text(competitor -> 'website', 'website', 2048),
            @extschema@.roi_settings_text(competitor -> 'description', 'description', 5000),
            @extschema@.roi_settings_list(competitor -> 'platforms', 'platforms', 32, 50))
    RETURNING id INTO saved;
    RETURN @extschema@.roi_competitor(roi_save_competitor.user_id, saved);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_save_competitor(text, jsonb) IS
'Adds a competitor from {"name", "website", "description", "platforms": [...]} and returns it with its "id" (plan: saveCompetitor). name: 1 to 255 characters; website up to 2048, description up to 5000, at most 32 platforms of up to 50, any names. A user has at most 1000. Errors: 22001 user id over 255 characters, 22004 NULL or no user, 22023 bad member, 23503 unknown user, 42501 another user, 54000 too many, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_no_competitor(id uuid) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF id IS NULL THEN
        RAISE EXCEPTION 'id must not be NULL' USING ERRCODE = 'null_value_not_allowed', DETAIL = 'It names the competitor.', HINT = 'Pass the id that roi_save_competitor() returned.';
    END IF;
    RAISE EXCEPTION 'there is no competitor %', id USING ERRCODE = 'PT404',
        DETAIL = 'The user has none of this id.', HINT = 'roi_get_user_competitors() lists them.';
END
$$;
COMMENT ON FUNCTION @extschema@.roi_no_competitor(uuid) IS 'Internal. Raises PT404, or 22004 for NULL.';

CREATE FUNCTION @extschema@.roi_update_competitor(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    id uuid DEFAULT NULL,
    competitor jsonb DEFAULT NULL)
RETURNS json
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET row_security TO on
AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@.roi_require_user(roi_update_competitor.user_id);
    PERFORM @extschema@.roi_settings_keys(competitor, 'competitor', '{name,website,description,platforms}');
    IF jsonb_typeof(competitor -> 'name') = 'null' THEN
        RAISE EXCEPTION 'a competitor needs a name' USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It cannot be taken away.', HINT = 'Leave the member out to keep what is stored.';
    END IF;
    UPDATE @extschema@.user_competitors c SET updated_at = now(),
        name = CASE WHEN competitor ? 'name' THEN @extschema@.roi_settings_text(competitor -> 'name', 'name', 255) ELSE c.name END,
        website_url = CASE WHEN competitor ? 'website' THEN @extschema@.roi_settings_text(competitor -> 'website', 'website', 2048) ELSE c.website_url END,
        description = CASE WHEN competitor ? 'description' THEN @extschema@.roi_settings_text(competitor -> 'description', 'description', 5000) ELSE c.description END,
        platforms = CASE WHEN competitor ? 'platforms' THEN @extschema@.roi_settings_list(competitor -> 'platforms', 'platforms', 32, 50) ELSE c.platforms END
    WHERE c.user_id = roi_update_competitor.user_id AND c.id = roi_update_competitor.id;
    IF NOT FOUND THEN
        PERFORM @extschema@.roi_no_competitor(roi_update_competitor.id);
    END IF;
    RETURN @extschema@.roi_competitor(roi_update_competitor.user_id, roi_update_competitor.id);
END
$$;
COMMENT ON FUNCTION @extschema@.roi_update_competitor(text, uuid, jsonb) IS
'Changes the members given of a competitor, keeps the others, and returns it (plan: updateCompetitor); limits as roi_save_competitor. Errors: 22004 NULL or no user, 22023 bad member, 42501 another user, 55000 no tables, PT404 the user has no such competitor.';

CREATE FUNCTION @extschema@.roi_delete_competitor(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    id uuid DEFAULT NULL)
RETURNS uuid
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET row_security TO on
AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@.roi_require_user(roi_delete_competitor.user_id);
    DELETE FROM @extschema@.user_competitors c WHERE c.user_id = roi_delete_competitor.user_id AND c.id = roi_delete_competitor.id;
    IF NOT FOUND THEN
        PERFORM @extschema@.roi_no_competitor(roi_delete_competitor.id);
    END IF;
    RETURN roi_delete_competitor.id;
END
$$;
COMMENT ON FUNCTION @extschema@.roi_delete_competitor(text, uuid) IS
'Deletes a competitor and returns its id (plan: deleteCompetitor). Errors: 22004 NULL or no user, 42501 another user, 55000 no tables, PT404 the user has no such competitor.';

CREATE FUNCTION @extschema@.roi_connected_accounts(
    user_id text DEFAULT @extschema@.roi_current_user_id(),
    time_zone text DEFAULT 'UTC')
RETURNS json
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
SET row_security TO on
AS $$
#variable_conflict use_column
DECLARE
    accounts json;
BEGIN
    PERFORM @extschema@.roi_require_user(roi_connected_accounts.user_id), @extschema@.roi_time_range('1 day', NULL, NULL, time_zone); -- refuses a zone that is none
    SELECT json_agg(CASE
        WHEN a.last_sync_at IS NULL OR NOT isfinite(a.last_sync_at)
            THEN json_build_object('platform', a.platform, 'username', a.username, 'displayName', a.display_name,
                                   'isConnected', a.is_connected, 'permissions', a.permissions)
        ELSE json_build_object('platform', a.platform, 'username', a.username, 'displayName', a.display_name,
                               'isConnected', a.is_connected, 'permissions', a.permissions,
                               'lastSync', to_char(a.last_sync_at AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI'))
        END ORDER BY a.platform)
    INTO accounts FROM @extschema@.connected_accounts a WHERE a.user_id = roi_connected_accounts.user_id;
    RETURN json_build_object('accounts', coalesce(accounts, '[]'));
END
$$;
COMMENT ON FUNCTION @extschema@.roi_connected_accounts(text, text) IS
'A user''s accounts by platform as {"accounts": [{"platform", "username", "displayName", "isConnected", "permissions": [...], "lastSync": "2025-08-20 09:00"}]} (plan: connected-accounts). lastSync: on the clock of time_zone, absent when never synced. Your server writes the table connected_accounts; clients read it. Errors: 22004 NULL or no user, 22023 unknown zone, 42501 another user, 55000 no tables.';

CREATE FUNCTION @extschema@.roi_user_channel(user_id text DEFAULT @extschema@.roi_current_user_id()) RETURNS text
LANGUAGE c STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS 'MODULE_PATHNAME', 'roi_user_channel';
COMMENT ON FUNCTION @extschema@.roi_user_channel(text) IS
'The name of a user''s own channel, to LISTEN to: where the setting roi_ext.user_channels is on, ticks, backfills and imports that change his figures notify it with the payload of channel roi_tick. Nobody else can guess it. Errors: 22004 no user, 42501 another user, 55000 no tables.';
