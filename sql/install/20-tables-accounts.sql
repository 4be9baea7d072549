-- roi_setup(), part 1: users, campaigns, posts, settings and reference tables. One internal function makes them.

CREATE FUNCTION @extschema@.roi_setup_accounts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning
AS $setup$
BEGIN
    CREATE TABLE IF NOT EXISTS @extschema@.roi_schema_version (
        version integer PRIMARY KEY,
        users_made boolean NOT NULL,
        channel_key uuid NOT NULL DEFAULT gen_random_uuid(),
        installed_at timestamptz NOT NULL DEFAULT now()
    );
    ALTER TABLE @extschema@.roi_schema_version
        ADD COLUMN IF NOT EXISTS archived_until timestamptz NOT NULL DEFAULT '-infinity'; -- since table version 2
    COMMENT ON COLUMN @extschema@.roi_schema_version.archived_until IS
        'Facts before this moment, a start of a UTC month, are archived: their rollups stay as they are and nothing is written there.';
    COMMENT ON TABLE @extschema@.roi_schema_version IS 'The version of the tables that roi_setup() made; one row.';
    COMMENT ON COLUMN @extschema@.roi_schema_version.users_made IS 'True when the users table is ours: unknown users are then registered.';

    COMMENT ON COLUMN @extschema@.roi_schema_version.channel_key IS
        'Goes into the names of the users'' own channels (roi_user_channel); whoever reads it can guess them.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_user_state (
        user_id varchar(255) PRIMARY KEY,
        next_post_no integer NOT NULL DEFAULT 1 CHECK (next_post_no > 0),
        created_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 45);
    COMMENT ON TABLE @extschema@.roi_user_state IS
        'What the extension keeps of a user. Writers who register posts or import files lock this row first.';
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = '@extschema@.roi_user_state'::regclass AND tgname = 'roi_forget_user') THEN
        CREATE TRIGGER roi_forget_user AFTER DELETE ON @extschema@.roi_user_state FOR EACH ROW EXECUTE FUNCTION @extschema@.roi_forget_user();
    END IF;
    COMMENT ON COLUMN @extschema@.roi_user_state.next_post_no IS 'The post_no of the next new post; never goes back.';

    CREATE SEQUENCE IF NOT EXISTS @extschema@.campaign_with_user_id_id_seq;
    CREATE TABLE IF NOT EXISTS @extschema@.campaign_with_user_id (
        user_id varchar(255) NOT NULL,
        id bigint NOT NULL DEFAULT nextval('@extschema@.campaign_with_user_id_id_seq') CHECK (id > 0),
        name varchar(255),
        date date,
        impressions bigint,
        clicks bigint,
        ctr numeric(30,6),
        cpc numeric(30,6),
        spend numeric(18,6),
        budget numeric(18,6),
        conversions numeric(18,6),
        net_profit numeric(18,6),
        ongoing varchar(10),
        created_at timestamptz DEFAULT now(),
        updated_at timestamptz DEFAULT now(),
        platform varchar(50),
        external_id varchar(255) CHECK (external_id <> ''),
        currency varchar(3) NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
        source varchar(10) NOT NULL DEFAULT 'recorded' CHECK (source IN ('simulated', 'imported', 'recorded')),
        PRIMARY KEY (user_id, id),
        UNIQUE (user_id, platform, external_id),
        CHECK (greatest(ctr, cpc, spend, budget, conversions, net_profit) < 'NaN')
    ) WITH (fillfactor = 45);
    ALTER SEQUENCE @extschema@.campaign_with_user_id_id_seq OWNED BY @extschema@.campaign_with_user_id.id;
    COMMENT ON TABLE @extschema@.campaign_with_user_id IS 'A campaign. ctr in percent, money in units of currency.';
    COMMENT ON COLUMN @extschema@.campaign_with_user_id.external_id IS
        'The ad network''s own id, or the name where an export has no id; unique with user and platform.';
    COMMENT ON COLUMN @extschema@.campaign_with_user_id.ongoing IS
        '''true'' or ''active'' while it runs; the extension writes ''completed''.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_posts (
        user_id varchar(255) NOT NULL,
        post_id varchar(255) NOT NULL CHECK (post_id <> ''),
        platform varchar(50) NOT NULL,
        post_no integer NOT NULL CHECK (post_no > 0),
        campaign_id bigint CHECK (campaign_id > 0),
        content_type varchar(50) CHECK (content_type <> ''),
        content_category varchar(100) CHECK (content_category <> ''),
        posted_at timestamptz,
        source varchar(10) NOT NULL DEFAULT 'recorded' CHECK (source IN ('simulated', 'imported', 'recorded')),
        currency varchar(3) NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
        archetype varchar(10) CHECK (archetype IN ('viral', 'dying', 'steady')),
        draw_key bigint,
        parameters jsonb,
        last_hour timestamptz,
        views bigint NOT NULL DEFAULT 0,
        likes bigint NOT NULL DEFAULT 0,
        comments bigint NOT NULL DEFAULT 0,
        shares bigint NOT NULL DEFAULT 0,
        saves bigint NOT NULL DEFAULT 0,
        clicks bigint NOT NULL DEFAULT 0,
        paid_views bigint NOT NULL DEFAULT 0,
        paid_clicks bigint NOT NULL DEFAULT 0,
        conversions numeric(18,6) NOT NULL DEFAULT 0,
        ad_spend numeric(18,6) NOT NULL DEFAULT 0,
        revenue_generated numeric(18,6) NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, post_id, platform),
        CHECK (greatest(conversions, ad_spend, revenue_generated) < 'NaN')
    ) WITH (fillfactor = 45);
    COMMENT ON TABLE @extschema@.roi_posts IS
        'A post or ad of a user on a platform, with its running totals: the sums of its rows in roi_metrics (money: of its rows in its currency).';
    COMMENT ON COLUMN @extschema@.roi_posts.post_no IS
        'A small number of the (user, post_id text), the same on every platform; never reused.';
    COMMENT ON COLUMN @extschema@.roi_posts.archetype IS 'Simulated posts of growth model natural: viral, dying or steady.';
    COMMENT ON COLUMN @extschema@.roi_posts.parameters IS
        'Simulated posts of growth model natural: what was drawn at publication, for reading: views in 30 days, rates (ratios), CPC and CPM in units of currency.';
    COMMENT ON COLUMN @extschema@.roi_posts.draw_key IS 'Simulated posts: identifies the post in every random draw.';
    COMMENT ON COLUMN @extschema@.roi_posts.last_hour IS 'Simulated posts: start of the last generated hour.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_simulations (
        user_id varchar(255) PRIMARY KEY,
        seed bigint NOT NULL,
        platforms text[] NOT NULL CHECK (cardinality(platforms) > 0),
        posts_per_day numeric(9,3) NOT NULL CHECK (posts_per_day >= 0 AND posts_per_day <= 100000),
        first_posts integer NOT NULL CHECK (first_posts BETWEEN 0 AND 1000000),
        audience_size bigint NOT NULL DEFAULT 100000 CHECK (audience_size BETWEEN 1 AND 1000000000),
        campaigns integer CHECK (campaigns BETWEEN 0 AND 1000),
        campaign_days integer CHECK (campaign_days BETWEEN 1 AND 366),
        campaigns_from date,
        budget numeric(18,6) CHECK (budget > 0 AND budget < 1000000000),
        growth_model text NOT NULL CHECK (growth_model IN ('natural', 'plan')),
        time_zone text NOT NULL DEFAULT 'UTC',
        currency varchar(3) NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
        start_at timestamptz NOT NULL,
        generated_until timestamptz NOT NULL,
        state text NOT NULL DEFAULT 'growing' CHECK (state IN ('growing', 'stopped')),
        created_at timestamptz NOT NULL DEFAULT now(),
        CHECK (generated_until >= start_at)
    ) WITH (fillfactor = 45);
    COMMENT ON TABLE @extschema@.roi_simulations IS
        'A simulated account. Its rows follow from its seed, parameters and start, and from roi_platforms, alone.';
    COMMENT ON COLUMN @extschema@.roi_simulations.posts_per_day IS
        'Mean number of posts a day over all platforms; growth model natural publishes from 6 to 22 h local time.';
    COMMENT ON COLUMN @extschema@.roi_simulations.audience_size IS 'Followers on each platform; views are proportional to it (growth model natural).';
    COMMENT ON COLUMN @extschema@.roi_simulations.campaigns IS
        'How many campaigns there will be; NULL: one after the other without end. The last one takes the posts of 30 days.';
    COMMENT ON COLUMN @extschema@.roi_simulations.campaign_days IS
        'A new campaign begins every so many days and takes the posts published until the next one; NULL until the first hour is generated.';
    COMMENT ON COLUMN @extschema@.roi_simulations.campaigns_from IS 'Local day of the first campaign; NULL until the first hour is generated.';
    COMMENT ON COLUMN @extschema@.roi_simulations.budget IS
        'Of each campaign, units of currency; NULL: 0.8 to 1.6 times what its posts can be expected to cost. A spent budget ends paid delivery.';
    COMMENT ON COLUMN @extschema@.roi_simulations.time_zone IS 'Whose clock the audience lives by: hours of the day, weekdays, months, campaign days.';
    COMMENT ON COLUMN @extschema@.roi_simulations.generated_until IS 'Every whole hour before this moment exists.';
    COMMENT ON COLUMN @extschema@.roi_simulations.first_posts IS 'Posts published in the first hour, in turn per platform.';
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_accounts() IS
'Internal part of roi_setup(): version, users'' state, campaigns, posts and simulated accounts.';

CREATE FUNCTION @extschema@.roi_setup_settings() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
SET client_min_messages TO warning
AS $setup$
BEGIN
    CREATE TABLE IF NOT EXISTS @extschema@.user_preferences (
        user_id varchar(255) PRIMARY KEY,
        industry text CHECK (length(industry) <= 100),
        company_size text CHECK (company_size IN ('solo', 'small', 'medium', 'large', 'enterprise')),
        marketing_goals text[] NOT NULL DEFAULT '{}' CHECK (cardinality(marketing_goals) <= 32 AND length(array_to_string(marketing_goals, '')) <= 3200),
        monthly_budget text CHECK (length(monthly_budget) <= 64),
        updated_at timestamptz DEFAULT now()
    );
    COMMENT ON TABLE @extschema@.user_preferences IS
        'What a user chose in the settings wizard; one row a user. NULL: the step that asks has not been saved yet.';

    CREATE TABLE IF NOT EXISTS @extschema@.user_competitors (
        user_id varchar(255) NOT NULL,
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        name text NOT NULL CHECK (name <> '' AND length(name) <= 255),
        website_url text CHECK (length(website_url) <= 2048),
        description text CHECK (length(description) <= 5000),
        platforms text[] NOT NULL DEFAULT '{}' CHECK (cardinality(platforms) <= 32 AND length(array_to_string(platforms, '')) <= 1600),
        created_at timestamptz DEFAULT now(),
        updated_at timestamptz DEFAULT now(),
        PRIMARY KEY (user_id, id)
    );
    COMMENT ON TABLE @extschema@.user_competitors IS 'A competitor that a user watches.';

    CREATE TABLE IF NOT EXISTS @extschema@.connected_accounts (
        user_id varchar(255) NOT NULL,
        platform text NOT NULL CHECK (platform <> '' AND length(platform) <= 50),
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        username text CHECK (length(username) <= 255),
        display_name text CHECK (length(display_name) <= 255),
        is_connected boolean NOT NULL DEFAULT false,
        permissions text[] NOT NULL DEFAULT '{}' CHECK (cardinality(permissions) <= 64 AND length(array_to_string(permissions, '')) <= 6400),
        last_sync_at timestamptz,
        connected_at timestamptz,
        updated_at timestamptz DEFAULT now(),
        PRIMARY KEY (user_id, platform)
    );
    COMMENT ON TABLE @extschema@.connected_accounts IS 'A user''s account on a platform; one a platform.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_competitor_metrics (
        user_id varchar(255) NOT NULL,
        competitor text NOT NULL CHECK (length(competitor) <= 255),
        platform text NOT NULL CHECK (length(platform) <= 50),
        metric text NOT NULL CHECK (length(metric) <= 100),
        as_of date NOT NULL,
        value numeric NOT NULL CHECK (value > '-Infinity' AND value < 'Infinity'),
        source text CHECK (length(source) <= 2048),
        PRIMARY KEY (user_id, competitor, platform, metric, as_of)
    );
    COMMENT ON TABLE @extschema@.roi_competitor_metrics IS 'A figure of a competitor that the user filled in, with its source.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_industry_benchmarks (
        industry text NOT NULL,
        platform text NOT NULL DEFAULT 'all',
        metric text NOT NULL,
        value numeric NOT NULL CHECK (value > '-Infinity' AND value < 'Infinity'),
        source text NOT NULL,
        as_of date NOT NULL,
        PRIMARY KEY (industry, platform, metric, as_of)
    );
    ALTER TABLE @extschema@.roi_industry_benchmarks -- since table version 2
        ADD COLUMN IF NOT EXISTS quantiles jsonb CHECK (jsonb_typeof(quantiles) = 'object');
    COMMENT ON COLUMN @extschema@.roi_industry_benchmarks.quantiles IS
        'The reference''s distribution where it is known, percent => value: {"10": 120, "50": 400, "90": 1100}.';
    COMMENT ON TABLE @extschema@.roi_industry_benchmarks IS
        'A reference figure of an industry. Only the plan''s default is shipped: industry ''default'', metric ''roi'', 400 percent.';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_exchange_rates (
        base_currency varchar(3) NOT NULL CHECK (base_currency ~ '^[A-Z]{3}$'),
        quote_currency varchar(3) NOT NULL CHECK (quote_currency ~ '^[A-Z]{3}$'),
        rate_date date NOT NULL,
        rate numeric NOT NULL CHECK (rate > 0 AND rate < 'Infinity'),
        PRIMARY KEY (base_currency, quote_currency, rate_date),
        CHECK (base_currency <> quote_currency)
    );
    COMMENT ON TABLE @extschema@.roi_exchange_rates IS
        'One unit of base_currency is `rate` units of quote_currency from rate_date (UTC) until the next rate. Filled by you.';

    CREATE SEQUENCE IF NOT EXISTS @extschema@.roi_job_runs_id_seq;
    CREATE TABLE IF NOT EXISTS @extschema@.roi_job_runs (
        id bigint PRIMARY KEY DEFAULT nextval('@extschema@.roi_job_runs_id_seq'),
        job text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        finished_at timestamptz,
        ok boolean,
        rows bigint,
        sqlstate text,
        message text,
        detail text,
        hint text,
        context text
    );
    ALTER SEQUENCE @extschema@.roi_job_runs_id_seq OWNED BY @extschema@.roi_job_runs.id;
    CREATE INDEX IF NOT EXISTS roi_job_runs_job_started_at_idx ON @extschema@.roi_job_runs (job, started_at);
    -- since table version 2
    ALTER TABLE @extschema@.roi_job_runs
        ADD COLUMN IF NOT EXISTS pid integer,
        ADD COLUMN IF NOT EXISTS accounts bigint,
        ADD COLUMN IF NOT EXISTS failed bigint,
        ADD COLUMN IF NOT EXISTS failures jsonb,
        ALTER COLUMN pid SET DEFAULT pg_backend_pid();
    COMMENT ON TABLE @extschema@.roi_job_runs IS
        'A run of a job, kept when its work rolled back. ok is NULL while it runs and, until the next run, after a crash.';
    COMMENT ON COLUMN @extschema@.roi_job_runs.rows IS 'Facts written: grows with each committed batch.';
    COMMENT ON COLUMN @extschema@.roi_job_runs.sqlstate IS 'sqlstate, message, detail, hint, context: of the run''s first failure.';
    COMMENT ON COLUMN @extschema@.roi_job_runs.pid IS 'Process of the server that runs or ran it.';
    COMMENT ON COLUMN @extschema@.roi_job_runs.accounts IS 'Accounts brought up to date.';
    COMMENT ON COLUMN @extschema@.roi_job_runs.failed IS 'Accounts, or steps of maintenance, that failed.';
    COMMENT ON COLUMN @extschema@.roi_job_runs.failures IS 'The first twenty failures: of what, sqlstate, message, detail, hint, context.';
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_settings() IS
'Internal part of roi_setup(): settings, reference figures, exchange rates and job runs.';
