-- The statements of test/t/031_rollup_concurrency.pl. single_*: one statement of ours or of SQL; multi_*: several in one transaction.
-- u1, u2 collide in everything; d1, d2 are deleted and come back; m1, m2 hold rows that move; s1, s2 are simulated.
-- Rows are met in the order of their keys by every statement (the test forbids other plans), as PostgreSQL itself asks for.
CREATE SCHEMA stress;
SET search_path TO stress, public;
CREATE SEQUENCE hours;

CREATE FUNCTION pick(choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;
CREATE FUNCTION one_user() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT stress.pick('{u1,u2,d1,d2,m1,m2}') $$;
-- Two months with a partition each, and a year in the default one; every tenth not on a quarter of an hour.
CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT (CASE WHEN random() < 0.05 THEN timestamptz '2019-12-31 12:00+00' ELSE '2024-05-30 00:00+00' END)
        + floor(random() * 192) * interval '30 minutes' + CASE WHEN random() < 0.1 THEN interval '7.000001 minutes' ELSE '0' END
$$;
CREATE FUNCTION post() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT stress.pick('{p1,p2,p3,p4,p5,NULL}') $$;
CREATE FUNCTION new_post() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.1 THEN 'n' || floor(random() * 40) ELSE stress.post() END $$;

CREATE FUNCTION add_facts(n integer) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO public.roi_metrics (user_id, platform, campaign_id, post_id, content_type, update_timestamp, views, likes, shares, clicks,
        ad_spend, revenue_generated, conversions, cost_per_click, currency)
    SELECT stress.one_user(), stress.pick('{x,y}'), stress.pick('{1,2,3,NULL}')::bigint, stress.new_post(), stress.pick('{a,b,NULL}'), stress.moment(), stress.pick('{0,7,NULL}')::bigint, 1, 2, 3,
        stress.pick('{0,1.25,NULL}')::numeric, stress.pick('{0,0,3.5,NULL}')::numeric, 0.5, stress.pick('{0.1,NULL}')::numeric, stress.pick('{USD,USD,USD,EUR}')
    FROM generate_series(1, n);
EXCEPTION WHEN foreign_key_violation THEN NULL; -- the user is deleted at this moment
END $$;
CREATE FUNCTION single_insert() RETURNS void LANGUAGE sql VOLATILE AS $$ SELECT stress.add_facts(1) $$;
CREATE FUNCTION single_insert_many() RETURNS void LANGUAGE sql VOLATILE AS $$ SELECT stress.add_facts(1 + floor(random() * 20)::int) $$;

CREATE FUNCTION single_upsert() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO public.roi_metrics AS m (id, user_id, platform, post_id, update_timestamp, views, revenue_generated)
    SELECT -id, stress.one_user(), 'x', stress.new_post(), timestamptz '2024-06-01 00:00+00' + id * interval '1 hour', 5, stress.pick('{0,2}')::numeric
    FROM (SELECT 1 + floor(random() * 4)::int) k (id)
    ON CONFLICT (user_id, update_timestamp, id)
        DO UPDATE SET views = m.views + excluded.views, revenue_generated = excluded.revenue_generated, post_id = excluded.post_id;
EXCEPTION WHEN foreign_key_violation THEN NULL;
END $$;
CREATE FUNCTION single_merge() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    MERGE INTO public.roi_metrics m USING (SELECT stress.pick('{u1,u2}') AS who, -11 - floor(random() * 4)::bigint AS id, stress.pick('{p1,p2}') AS post) k
        ON m.user_id = k.who AND m.id = k.id AND m.update_timestamp = '2024-06-01 12:00+00'
    WHEN MATCHED AND m.views > 20 THEN DELETE
    WHEN MATCHED THEN UPDATE SET views = m.views + 5, post_id = k.post
    WHEN NOT MATCHED THEN INSERT (id, user_id, platform, post_id, update_timestamp, views) VALUES (k.id, k.who, 'y', k.post, '2024-06-01 12:00+00', 5);
EXCEPTION WHEN unique_violation THEN NULL; -- MERGE does not wait for a row that another inserts
END $$;

CREATE FUNCTION single_update() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    who text[] := CASE WHEN random() < 0.3 THEN '{u1,u2,d1}' ELSE ARRAY[stress.pick('{u1,u2,d1,d2}')] END;
    since timestamptz := stress.moment();
    target text := coalesce(stress.post(), 'p1');
BEGIN
    CASE floor(random() * 6)
    WHEN 0 THEN UPDATE public.roi_metrics SET views = views + 1 WHERE user_id = ANY (who) AND update_timestamp >= since AND update_timestamp < since + interval '6 hours';
    WHEN 1 THEN UPDATE public.roi_metrics SET revenue_generated = CASE WHEN revenue_generated > 0 THEN 0 ELSE 3.5 END WHERE user_id = ANY (who) AND post_id = target;
    WHEN 2 THEN UPDATE public.roi_metrics SET ad_spend = CASE WHEN ad_spend > 0 THEN NULL ELSE 1.25 END WHERE user_id = ANY (who) AND update_timestamp = since;
    WHEN 3 THEN UPDATE public.roi_metrics SET post_id = stress.new_post() WHERE user_id = ANY (who) AND update_timestamp >= since AND update_timestamp < since + interval '6 hours';
    WHEN 4 THEN UPDATE public.roi_metrics SET campaign_id = CASE WHEN campaign_id = 1 THEN 2 ELSE 1 END, content_type = 'c' WHERE user_id = ANY (who) AND post_id = target AND update_timestamp >= since;
    ELSE UPDATE public.roi_metrics SET platform = stress.pick('{x,y}'), currency = stress.pick('{USD,EUR}') WHERE user_id = ANY (who) AND update_timestamp >= since AND update_timestamp < since + interval '3 hours';
    END CASE;
END $$;
-- Moves one row by its key, into another bucket, partition or user.
CREATE FUNCTION single_move() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    k record;
BEGIN
    SELECT user_id, update_timestamp, id INTO k FROM public.roi_metrics WHERE user_id = stress.pick('{m1,m2}') AND update_timestamp >= stress.moment() LIMIT 1;
    UPDATE public.roi_metrics SET update_timestamp = stress.moment(), user_id = stress.pick('{m1,m2}'), views = views + 1
    WHERE (user_id, update_timestamp, id) = (k.user_id, k.update_timestamp, k.id);
EXCEPTION WHEN unique_violation THEN NULL; -- single_upsert gives the same ids to rows of all users
END $$;
CREATE FUNCTION single_delete() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    who text[] := CASE WHEN random() < 0.3 THEN '{u1,u2,d1}' ELSE ARRAY[stress.pick('{u1,u2,d1,d2}')] END;
    since timestamptz := stress.moment();
    target text := coalesce(stress.post(), 'p1');
BEGIN
    DELETE FROM public.roi_metrics WHERE user_id = ANY (who) AND post_id = target AND update_timestamp >= since AND update_timestamp < since + interval '1 day';
END $$;
CREATE FUNCTION single_truncate() RETURNS void LANGUAGE sql VOLATILE AS $$ TRUNCATE public.roi_metrics_p2024_05 $$;

CREATE FUNCTION single_user() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    who text := stress.pick('{d1,d2,s2}');
BEGIN
    IF random() < 0.5 THEN
        DELETE FROM public.users WHERE clerk_id = who;
    ELSIF who = 's2' THEN
        PERFORM public.roi_simulate('s2', seed => 2, first_posts => 3, posts_per_day => 6, start_at => '2024-05-30 20:00+00');
    ELSE
        INSERT INTO public.users (clerk_id) VALUES (who) ON CONFLICT DO NOTHING;
    END IF;
END $$;
CREATE FUNCTION single_import() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM public.roi_import(stress.pick('{u1,u2,d1,d2}'), convert_to(E'Day,Campaign name,Ad ID,Amount spent (USD),Impressions,Purchases conversion value\n'
        || string_agg(format('2024-%s,C%s,%s,1.25,%s,%s', stress.pick('{05-30,05-31,06-01,06-02}'), n % 2, coalesce(stress.post(), 'ad'), floor(random() * 1000), n), E'\n'), 'UTF8'))
    FROM generate_series(1, 1 + floor(random() * 5)::int) n;
END $$;
CREATE FUNCTION single_tick() RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT FROM public.roi_generate_tick(timestamptz '2024-05-31 00:00+00' + nextval('stress.hours') * interval '30 minutes')
$$;
CREATE FUNCTION single_simulated() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    who text := stress.pick('{s1,s2}');
    since timestamptz := stress.moment();
BEGIN
    CASE floor(random() * 8)
    WHEN 0 THEN PERFORM public.roi_purge_simulated('s2');
    WHEN 1 THEN PERFORM public.roi_rebuild(who);
    WHEN 2 THEN PERFORM public.roi_simulate('s2', seed => 2, first_posts => 3, posts_per_day => 6, start_at => '2024-05-30 20:00+00');
    WHEN 3 THEN DELETE FROM public.roi_metrics WHERE user_id = who AND update_timestamp >= since AND update_timestamp < since + interval '1 hour';
    ELSE UPDATE public.roi_metrics SET views = views + 1, revenue_generated = 1 WHERE user_id = who AND update_timestamp >= since AND update_timestamp < since + interval '1 hour';
    END CASE;
EXCEPTION WHEN foreign_key_violation OR object_not_in_prerequisite_state THEN NULL; -- s2 is gone or is another at this moment
END $$;
CREATE FUNCTION single_rebuild() RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT public.roi_rebuild(CASE WHEN random() < 0.2 THEN NULL ELSE stress.one_user() END)
$$;

-- Several statements over several users, parts of them rolled back to a savepoint.
CREATE FUNCTION multi_mix() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    FOR n IN 1 .. 2 + floor(random() * 3) LOOP
        BEGIN
            EXECUTE format('SELECT stress.%I()', stress.pick('{single_insert,single_insert_many,single_update,single_delete,single_upsert,single_move,single_import,single_simulated}'));
            IF random() < 0.3 THEN
                RAISE EXCEPTION 'rolled back on purpose' USING ERRCODE = 'RB000';
            END IF;
        EXCEPTION WHEN SQLSTATE 'RB000' THEN NULL;
        END;
    END LOOP;
END $$;

-- What a snapshot answers must agree with itself.
CREATE FUNCTION reader() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    who text := stress.pick('{u1,u2,d1,d2,m1,m2,s1,s2}');
    lower timestamptz := CASE WHEN random() < 0.5 THEN '-infinity' ELSE stress.moment() END;
    upper timestamptz := CASE WHEN lower > '-infinity' THEN lower + random() * interval '3 days' ELSE 'infinity' END;
    answer text;
    plain text;
BEGIN
    SELECT ROW(data_points, total_impressions, total_clicks, trim_scale(total_revenue), trim_scale(total_spend), total_posts)::text INTO answer
        FROM public.roi_total(who, 'all', since => lower, until => upper, currency => 'USD');
    SELECT ROW(count(*), coalesce(sum(views), 0), coalesce(sum(clicks), 0), trim_scale(coalesce(sum(revenue_generated), 0)),
            trim_scale(coalesce(sum(ad_spend), 0)), count(DISTINCT post_id))::text INTO plain
        FROM public.roi_metrics WHERE user_id = who AND update_timestamp >= lower AND update_timestamp < upper;
    IF answer IS DISTINCT FROM plain THEN
        RAISE EXCEPTION 'inconsistent: % from % to %: roi_total %, facts %', who, lower, upper, answer, plain;
    END IF;
    SELECT string_agg(v::text, ' ') INTO answer FROM public.roi_verify(who) v;
    IF answer <> '' THEN
        RAISE EXCEPTION 'inconsistent: % roi_verify: %', who, left(answer, 2000);
    END IF;
END $$;

-- The rollup against its facts in plain SQL, without a function of ours but the one that lists a set: cells that differ.
CREATE VIEW differing AS
WITH keyed AS (
    SELECT m.*, g.grain, CASE g.grain WHEN 'q' THEN date_bin('15 minutes', m.update_timestamp, '2000-01-01 00:00+00')
        WHEN 'd' THEN date_trunc('day', m.update_timestamp, 'UTC') ELSE date_trunc('month', m.update_timestamp, 'UTC') END AS bucket
    FROM public.roi_metrics m, (VALUES ('q'), ('d'), ('m')) g (grain)
), expected AS (
    SELECT k.user_id, k.grain, k.bucket, k.platform, k.currency, ARRAY[count(*), coalesce(sum(k.views), 0), coalesce(sum(k.clicks), 0),
            coalesce(sum(k.ad_spend), 0) * 1000000, coalesce(sum(k.revenue_generated), 0) * 1000000, count(k.cost_per_click)]::numeric[] AS sums,
        array_agg(DISTINCT p.post_no ORDER BY p.post_no) FILTER (WHERE p.post_no IS NOT NULL)::text AS posts,
        array_agg(DISTINCT p.post_no ORDER BY p.post_no) FILTER (WHERE p.post_no IS NOT NULL AND k.revenue_generated > 0)::text AS earning,
        array_agg(DISTINCT p.post_no ORDER BY p.post_no) FILTER (WHERE p.post_no IS NOT NULL AND k.ad_spend > 0)::text AS spending,
        array_agg(DISTINCT k.campaign_id ORDER BY k.campaign_id) FILTER (WHERE k.campaign_id IS NOT NULL)::text AS campaigns
    FROM keyed k LEFT JOIN public.roi_posts p USING (user_id, post_id, platform)
    GROUP BY k.user_id, k.grain, k.bucket, k.platform, k.currency
), actual AS (
    SELECT user_id, grain::text, bucket, platform, currency, ARRAY[data_points, views, clicks, spend, revenue, cpc_count]::numeric[] AS sums,
        (SELECT array_agg(m ORDER BY m)::text FROM public.roi_set_members(posts) m) AS posts,
        (SELECT array_agg(m ORDER BY m)::text FROM public.roi_set_members(earning_posts) m) AS earning,
        (SELECT array_agg(m ORDER BY m)::text FROM public.roi_set_members(spending_posts) m) AS spending,
        (SELECT array_agg(m ORDER BY m)::text FROM public.roi_set_members(campaigns, true) m) AS campaigns
    FROM public.roi_rollup
)
SELECT user_id, grain, bucket, platform, currency, concat_ws(' ', e.sums, e.posts, e.earning, e.spending, e.campaigns) AS expected,
    concat_ws(' ', a.sums, a.posts, a.earning, a.spending, a.campaigns) AS actual
FROM expected e FULL JOIN actual a USING (user_id, grain, bucket, platform, currency)
WHERE (e.sums, e.posts, e.earning, e.spending, e.campaigns) IS DISTINCT FROM (a.sums, a.posts, a.earning, a.spending, a.campaigns);
