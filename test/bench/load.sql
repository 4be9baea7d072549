-- The data of the benchmark: accounts of realistic posts and a generator of their hourly facts. Needs roi_setup().
CREATE SCHEMA bench;

-- A post of an account. An account is a group of users: year, decade, copy, write.
CREATE TABLE bench.posts (
    account text NOT NULL,
    no integer NOT NULL,
    user_id text NOT NULL,
    platform text NOT NULL,
    campaign_id bigint NOT NULL,
    post_id text NOT NULL,
    content_type text NOT NULL,
    content_category text NOT NULL,
    weight double precision NOT NULL, -- views of a usual hour
    is_paid boolean NOT NULL,
    posted_at timestamptz NOT NULL,
    PRIMARY KEY (account, no)
);

CREATE TABLE bench.settings (name text PRIMARY KEY, value text NOT NULL);

-- Users with posts on 3 platforms, 5 campaigns and 3 content types a user; ids as long as Clerk's and the networks' own.
CREATE FUNCTION bench.make_account(account text, users integer, posts integer, since timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setseed(0.42);
    INSERT INTO bench.posts
    SELECT account, (u - 1) * posts + p, 'user_' || left(md5(account || u), 27),
           (ARRAY['facebook', 'instagram', 'youtube'])[p % 3 + 1], (hashtext(account) & 65535) * 100000::bigint + (u - 1) * 5 + p % 5 + 1,
           'post_' || left(md5(account || u || '/' || p), 17), (ARRAY['video', 'image', 'carousel'])[p / 3 % 3 + 1],
           (ARRAY['product', 'education', 'entertainment', 'news'])[p % 4 + 1], 5 + 200 * random() ^ 3, p % 4 > 0, since
    FROM generate_series(1, users) AS u, generate_series(1, posts) AS p;
    INSERT INTO users (clerk_id) SELECT DISTINCT p.user_id FROM bench.posts p WHERE p.account = make_account.account;
    INSERT INTO campaign_with_user_id (user_id, id, name, date)
    SELECT DISTINCT p.user_id, p.campaign_id, 'Campaign ' || p.campaign_id, (now() - p.campaign_id % 300 * interval '1 day')::date
    FROM bench.posts p WHERE p.account = make_account.account;
END
$$;

-- One row a post and hour of [since, until). Money below a dollar in most rows, a sale now and then.
CREATE FUNCTION bench.facts(account text, since timestamptz, until timestamptz)
RETURNS TABLE (user_id text, platform text, campaign_id bigint, post_id text, content_type text, content_category text, views bigint,
    likes bigint, comments bigint, shares bigint, saves bigint, clicks bigint, ad_spend numeric, revenue_generated numeric,
    cost_per_click numeric, cost_per_impression numeric, roi_percentage numeric, roas_ratio numeric, posted_at timestamptz,
    update_timestamp timestamptz, conversions numeric, paid_views bigint, paid_clicks bigint)
LANGUAGE sql VOLATILE AS $$
    SELECT p.user_id, p.platform, p.campaign_id, p.post_id, p.content_type, p.content_category, seen, floor(seen * 0.08 * r2)::bigint,
           floor(seen * 0.015 * r3)::bigint, floor(seen * 0.01 * r4)::bigint, floor(seen * 0.012 * r2)::bigint, clicked,
           round((paid_clicked * cpc + paid_seen * cpi)::numeric, 6), sold * round((12 + 60 * r4)::numeric, 2), round(cpc::numeric, 6),
           round(cpi::numeric, 6), roi, roi / 100 + 1, p.posted_at, stamp, sold, paid_seen, paid_clicked
    FROM (SELECT stamp, post.*, random() AS r1, random() AS r2, random() AS r3, random() AS r4
          FROM generate_series($2, $3 - interval '1 hour', interval '1 hour') AS stamp, bench.posts AS post
          WHERE post.account = $1) AS p,
         LATERAL (SELECT floor(-ln(1 - r1) * weight)::bigint AS seen, 0.2 + 0.4 * r3 AS cpc, 0.002 + 0.006 * r4 AS cpi,
                         round((100 + 700 * r2)::numeric, 2) AS roi) AS a,
         LATERAL (SELECT floor(seen * 0.05 * r3)::bigint AS clicked, floor(seen * CASE WHEN is_paid THEN 0.4 ELSE 0 END)::bigint AS paid_seen) AS b,
         LATERAL (SELECT floor(clicked * CASE WHEN is_paid THEN 0.4 ELSE 0 END)::bigint AS paid_clicked, (r1 * r4 > 0.85)::integer AS sold) AS c
    ORDER BY stamp, no
$$;

-- Fills the facts as they come in life: statement by statement, each of one step of time, all users of the account.
CREATE PROCEDURE bench.load(account text, since timestamptz, until timestamptz, step interval)
LANGUAGE plpgsql AS $$
DECLARE
    at timestamptz := since;
BEGIN
    PERFORM setseed(0.42);
    WHILE at < until LOOP
        INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, comments,
            shares, saves, clicks, ad_spend, revenue_generated, cost_per_click, cost_per_impression, roi_percentage, roas_ratio,
            posted_at, update_timestamp, conversions, paid_views, paid_clicks)
        SELECT * FROM bench.facts(account, at, least(at + step, until));
        COMMIT;
        at := at + step;
    END LOOP;
END
$$;

-- The role of a dashboard's visitor: reads under row level security.
CREATE FUNCTION bench.grant_client() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN SELECT objid::regprocedure FROM pg_depend
        WHERE classid = 'pg_proc'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext')
    LOOP
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO bench_client', routine);
    END LOOP;
    GRANT USAGE ON SCHEMA public TO bench_client;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO bench_client;
END
$$;
