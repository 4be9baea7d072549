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
        description text NOT NULL
    );
    COMMENT ON TABLE @extschema@.roi_import_formats IS 'An export format that roi_import recognises. Add your own by INSERT.';
    COMMENT ON COLUMN @extschema@.roi_import_formats.campaigns_only IS 'Lines name campaigns and carry no facts.';
    COMMENT ON COLUMN @extschema@.roi_import_formats.date_from_preamble IS
        'Without a date column, the days stand in a line above the header (July 8, 2025 - July 31, 2025).';

    CREATE TABLE IF NOT EXISTS @extschema@.roi_import_columns (
        format text NOT NULL REFERENCES @extschema@.roi_import_formats ON UPDATE CASCADE ON DELETE CASCADE,
        field text NOT NULL CHECK (field IN ('date', 'campaign_id', 'campaign_name', 'post_id', 'content_type', 'currency',
            'impressions', 'clicks', 'conversions', 'spend', 'revenue', 'likes', 'comments', 'shares', 'saves', 'status',
            'start_date', 'modified', 'filter', 'marker')),
        part smallint NOT NULL DEFAULT 1,
        preference smallint NOT NULL DEFAULT 1,
        header text NOT NULL CHECK (header <> ''),
        unit text NOT NULL DEFAULT 'one' CHECK (unit IN ('one', 'millionth')),
        required boolean NOT NULL DEFAULT false,
        accept text[],
        PRIMARY KEY (format, field, part, header)
    );
    COMMENT ON TABLE @extschema@.roi_import_columns IS
        'A header of a format. Same field and part: synonyms, the lowest preference found serves. Parts of a field add up.';
    COMMENT ON COLUMN @extschema@.roi_import_columns.header IS
        'Compared without case and outer blanks; a trailing (*) stands for the file''s currency code in brackets.';
    COMMENT ON COLUMN @extschema@.roi_import_columns.unit IS 'one, or millionth of the currency (connector tables).';
    COMMENT ON COLUMN @extschema@.roi_import_columns.required IS 'Every required field and part must be there to recognise the format.';
    COMMENT ON COLUMN @extschema@.roi_import_columns.accept IS 'field filter: cell values to read (a trailing % matches any rest).';

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
        facts bigint NOT NULL,
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
    COMMENT ON TABLE @extschema@.roi_import_batches IS 'An import: one file of one user. The same content counts once.';
    COMMENT ON COLUMN @extschema@.roi_import_batches.currency IS 'NULL when the file holds several.';

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
    PERFORM @extschema@.roi_setup_import_formats();
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_import() IS 'Internal part of roi_setup(): import formats, batches and rejects.';

-- Header names and units: the ad platforms' connector tables (dbt_ad_reporting's shape) and screen exports.
CREATE FUNCTION @extschema@.roi_setup_import_formats() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $setup$
BEGIN
    INSERT INTO @extschema@.roi_import_formats (format, platform, content_type, campaigns_only, date_from_preamble, description) VALUES
    ('meta_ads_manager', 'facebook', 'ad', false, false, 'Meta Ads Manager export, by day or period'),
    ('google_ads_report', 'google_ads', 'ad', false, true, 'Google Ads report download, by day or period'),
    ('google_ads_api', 'google_ads', 'ad', false, false, 'Google Ads campaign statistics, cost in millionths'),
    ('google_ads_campaigns', 'google_ads', NULL, true, false, 'Google Ads campaign history: names, start, status'),
    ('microsoft_ads_api', 'microsoft_ads', 'ad', false, false, 'Microsoft Advertising campaign performance by day'),
    ('microsoft_ads_campaigns', 'microsoft_ads', NULL, true, false, 'Microsoft Advertising campaign history'),
    ('facebook_ads_api', 'facebook', 'ad', false, false, 'Facebook ad statistics by ad and day'),
    ('facebook_ads_actions', 'facebook', 'ad', false, false, 'Facebook ad actions: conversions by ad, day and type'),
    ('tiktok_ads_api', 'tiktok', 'ad', false, false, 'TikTok campaign report by hour'),
    ('snapchat_ads_api', 'snapchat', 'ad', false, false, 'Snapchat campaign report by hour, spend in millionths'),
    ('pinterest_ads_api', 'pinterest', 'ad', false, false, 'Pinterest campaign report, money in millionths'),
    ('apple_search_ads_api', 'apple_search_ads', 'ad', false, false, 'Apple Search Ads campaign report'),
    ('amazon_ads_api', 'amazon_ads', 'ad', false, false, 'Amazon Ads campaign report'),
    ('reddit_ads_api', 'reddit', 'ad', false, false, 'Reddit Ads campaign report, spend in millionths'),
    ('linkedin_ads_api', 'linkedin', 'ad', false, false, 'LinkedIn ad analytics by campaign'),
    ('twitter_ads_api', 'twitter', 'ad', false, false, 'X (Twitter) Ads campaign report, billed charge in millionths')
    ON CONFLICT DO NOTHING;

    INSERT INTO @extschema@.roi_import_columns (format, field, part, preference, header, unit, required, accept) VALUES
    ('meta_ads_manager', 'date', 1, 1, 'day', 'one', true, NULL),
    ('meta_ads_manager', 'date', 1, 2, 'reporting starts', 'one', true, NULL),
    ('meta_ads_manager', 'campaign_id', 1, 1, 'campaign id', 'one', false, NULL),
    ('meta_ads_manager', 'campaign_name', 1, 1, 'campaign name', 'one', false, NULL),
    ('meta_ads_manager', 'post_id', 1, 1, 'ad id', 'one', false, NULL),
    ('meta_ads_manager', 'post_id', 1, 2, 'ad name', 'one', false, NULL),
    ('meta_ads_manager', 'spend', 1, 1, 'amount spent (*)', 'one', true, NULL),
    ('meta_ads_manager', 'impressions', 1, 1, 'impressions', 'one', true, NULL),
    ('meta_ads_manager', 'clicks', 1, 1, 'link clicks', 'one', false, NULL),
    ('meta_ads_manager', 'clicks', 1, 2, 'clicks (all)', 'one', false, NULL),
    ('meta_ads_manager', 'conversions', 1, 1, 'purchases', 'one', false, NULL),
    ('meta_ads_manager', 'conversions', 1, 2, 'website purchases', 'one', false, NULL),
    ('meta_ads_manager', 'revenue', 1, 1, 'purchases conversion value', 'one', false, NULL),
    ('meta_ads_manager', 'revenue', 1, 2, 'purchase conversion value', 'one', false, NULL),
    ('meta_ads_manager', 'revenue', 1, 3, 'website purchases conversion value', 'one', false, NULL),
    ('google_ads_report', 'date', 1, 1, 'day', 'one', false, NULL),
    ('google_ads_report', 'campaign_id', 1, 1, 'campaign id', 'one', false, NULL),
    ('google_ads_report', 'campaign_name', 1, 1, 'campaign', 'one', true, NULL),
    ('google_ads_report', 'currency', 1, 1, 'currency code', 'one', false, NULL),
    ('google_ads_report', 'spend', 1, 1, 'cost', 'one', true, NULL),
    ('google_ads_report', 'impressions', 1, 1, 'impr.', 'one', true, NULL),
    ('google_ads_report', 'clicks', 1, 1, 'clicks', 'one', false, NULL),
    ('google_ads_report', 'conversions', 1, 1, 'conversions', 'one', false, NULL),
    ('google_ads_report', 'conversions', 1, 2, 'conv. (platform comparable)', 'one', false, NULL),
    ('google_ads_report', 'revenue', 1, 1, 'conv. value', 'one', false, NULL),
    ('google_ads_report', 'revenue', 1, 2, 'total conv. value', 'one', false, NULL),
    ('google_ads_api', 'date', 1, 1, 'date', 'one', true, NULL),
    ('google_ads_api', 'campaign_id', 1, 1, 'id', 'one', true, NULL),
    ('google_ads_api', 'spend', 1, 1, 'cost_micros', 'millionth', true, NULL),
    ('google_ads_api', 'impressions', 1, 1, 'impressions', 'one', false, NULL),
    ('google_ads_api', 'clicks', 1, 1, 'clicks', 'one', false, NULL),
    ('google_ads_api', 'conversions', 1, 1, 'conversions', 'one', false, NULL),
    ('google_ads_api', 'revenue', 1, 1, 'conversions_value', 'one', false, NULL),
    ('google_ads_campaigns', 'campaign_id', 1, 1, 'id', 'one', true, NULL),
    ('google_ads_campaigns', 'campaign_name', 1, 1, 'name', 'one', true, NULL),
    ('google_ads_campaigns', 'start_date', 1, 1, 'start_date', 'one', true, NULL),
    ('google_ads_campaigns', 'status', 1, 1, 'status', 'one', false, NULL),
    ('google_ads_campaigns', 'modified', 1, 1, 'updated_at', 'one', true, NULL),
    ('google_ads_campaigns', 'marker', 1, 1, 'advertising_channel_type', 'one', true, NULL),
    ('microsoft_ads_api', 'date', 1, 1, 'date', 'one', true, NULL),
    ('microsoft_ads_api', 'campaign_id', 1, 1, 'campaign_id', 'one', true, NULL),
    ('microsoft_ads_api', 'currency', 1, 1, 'currency_code', 'one', true, NULL),
    ('microsoft_ads_api', 'spend', 1, 1, 'spend', 'one', true, NULL),
    ('microsoft_ads_api', 'impressions', 1, 1, 'impressions', 'one', false, NULL),
    ('microsoft_ads_api', 'clicks', 1, 1, 'clicks', 'one', false, NULL),
    ('microsoft_ads_api', 'conversions', 1, 1, 'conversions_qualified', 'one', false, NULL),
    ('microsoft_ads_api', 'revenue', 1, 1, 'revenue', 'one', false, NULL),
    ('microsoft_ads_api', 'marker', 1, 1, 'delivered_match_type', 'one', true, NULL),
    ('microsoft_ads_campaigns', 'campaign_id', 1, 1, 'id', 'one', true, NULL),
    ('microsoft_ads_campaigns', 'campaign_name', 1, 1, 'name', 'one', true, NULL),
    ('microsoft_ads_campaigns', 'status', 1, 1, 'status', 'one', false, NULL),
    ('microsoft_ads_campaigns', 'modified', 1, 1, 'modified_time', 'one', true, NULL),
    ('facebook_ads_api', 'date', 1, 1, 'date', 'one', true, NULL),
    ('facebook_ads_api', 'post_id', 1, 1, 'ad_id', 'one', true, NULL),
    ('facebook_ads_api', 'spend', 1, 1, 'spend', 'one', true, NULL),
    ('facebook_ads_api', 'impressions', 1, 1, 'impressions', 'one', true, NULL),
    ('facebook_ads_api', 'clicks', 1, 1, 'inline_link_clicks', 'one', true, NULL),
    ('facebook_ads_actions', 'date', 1, 1, 'date', 'one', true, NULL),
    ('facebook_ads_actions', 'post_id', 1, 1, 'ad_id', 'one', true, NULL),
    ('facebook_ads_actions', 'conversions', 1, 1, 'value', 'one', true, NULL),
    ('facebook_ads_actions', 'filter', 1, 1, 'action_type', 'one', true, ARRAY['offsite_conversion.fb_pixel_purchase',
        'offsite_conversion.fb_pixel_lead', 'offsite_conversion.fb_pixel_custom', 'onsite_conversion.purchase',
        'onsite_conversion.lead_grouped']),
    ('tiktok_ads_api', 'date', 1, 1, 'stat_time_hour', 'one', true, NULL),
    ('tiktok_ads_api', 'campaign_id', 1, 1, 'campaign_id', 'one', true, NULL),
    ('tiktok_ads_api', 'spend', 1, 1, 'spend', 'one', true, NULL),
    ('tiktok_ads_api', 'impressions', 1, 1, 'impressions', 'one', false, NULL),
    ('tiktok_ads_api', 'clicks', 1, 1, 'clicks', 'one', false, NULL),
    ('tiktok_ads_api', 'conversions', 1, 1, 'conversion', 'one', false, NULL),
    ('tiktok_ads_api', 'revenue', 1, 1, 'total_purchase_value', 'one', false, NULL),
    ('tiktok_ads_api', 'revenue', 2, 1, 'total_sales_lead_value', 'one', false, NULL),
    ('tiktok_ads_api', 'likes', 1, 1, 'likes', 'one', false, NULL),
    ('tiktok_ads_api', 'comments', 1, 1, 'comments', 'one', false, NULL),
    ('tiktok_ads_api', 'shares', 1, 1, 'shares', 'one', false, NULL),
    ('snapchat_ads_api', 'date', 1, 1, 'date', 'one', true, NULL),
    ('snapchat_ads_api', 'campaign_id', 1, 1, 'campaign_id', 'one', true, NULL),
    ('snapchat_ads_api', 'spend', 1, 1, 'spend', 'millionth', true, NULL),
    ('snapchat_ads_api', 'impressions', 1, 1, 'impressions', 'one', false, NULL),
    ('snapchat_ads_api', 'clicks', 1, 1, 'swipes', 'one', true, NULL),
    ('snapchat_ads_api', 'conversions', 1, 1, 'conversion_purchases', 'one', false, NULL),
    ('snapchat_ads_api', 'revenue', 1, 1, 'conversion_purchases_value', 'one', false, NULL),
    ('snapchat_ads_api', 'shares', 1, 1, 'shares', 'one', false, NULL),
    ('snapchat_ads_api', 'saves', 1, 1, 'saves', 'one', false, NULL),
    ('pinterest_ads_api', 'date', 1, 1, 'date', 'one', true, NULL),
    ('pinterest_ads_api', 'campaign_id', 1, 1, 'campaign_id', 'one', true, NULL),
    ('pinterest_ads_api', 'campaign_name', 1, 1, 'campaign_name', 'one', false, NULL),
    ('pinterest_ads_api', 'spend', 1, 1, 'spend_in_micro_dollar', 'millionth', true, NULL),
    ('pinterest_ads_api', 'impressions', 1, 1, 'impression_1', 'one', false, NULL),
    ('pinterest_ads_api', 'impressions', 2, 1, 'impression_2', 'one', false, NULL),
    ('pinterest_ads_api', 'clicks', 1, 1, 'clickthrough_1', 'one', false, NULL),
    ('pinterest_ads_api', 'clicks', 2, 1, 'clickthrough_2', 'one', false, NULL),
    ('pinterest_ads_api', 'conversions', 1, 1, 'total_conversions', 'one', false, NULL),
    ('pinterest_ads_api', 'revenue', 1, 1, 'total_conversions_value_in_micro_dollar', 'millionth', false, NULL),
    ('apple_search_ads_api', 'date', 1, 1, 'date', 'one', true, NULL),
    ('apple_search_ads_api', 'campaign_id', 1, 1, 'id', 'one', true, NULL),
    ('apple_search_ads_api', 'currency', 1, 1, 'local_spend_currency', 'one', false, NULL),
    ('apple_search_ads_api', 'spend', 1, 1, 'local_spend_amount', 'one', true, NULL),
    ('apple_search_ads_api', 'impressions', 1, 1, 'impressions', 'one', false, NULL),
    ('apple_search_ads_api', 'clicks', 1, 1, 'taps', 'one', true, NULL),
    ('apple_search_ads_api', 'conversions', 1, 1, 'tap_installs', 'one', false, NULL),
    ('amazon_ads_api', 'date', 1, 1, 'date', 'one', true, NULL),
    ('amazon_ads_api', 'campaign_id', 1, 1, 'campaign_id', 'one', true, NULL),
    ('amazon_ads_api', 'currency', 1, 1, 'campaign_budget_currency_code', 'one', false, NULL),
    ('amazon_ads_api', 'spend', 1, 1, 'cost', 'one', true, NULL),
    ('amazon_ads_api', 'impressions', 1, 1, 'impressions', 'one', false, NULL),
    ('amazon_ads_api', 'clicks', 1, 1, 'clicks', 'one', false, NULL),
    ('amazon_ads_api', 'conversions', 1, 1, 'purchases_30_d', 'one', true, NULL),
    ('amazon_ads_api', 'revenue', 1, 1, 'sales_30_d', 'one', true, NULL),
    ('reddit_ads_api', 'date', 1, 1, 'date', 'one', true, NULL),
    ('reddit_ads_api', 'campaign_id', 1, 1, 'campaign_id', 'one', true, NULL),
    ('reddit_ads_api', 'spend', 1, 1, 'spend', 'millionth', true, NULL),
    ('reddit_ads_api', 'impressions', 1, 1, 'impressions', 'one', false, NULL),
    ('reddit_ads_api', 'clicks', 1, 1, 'clicks', 'one', false, NULL),
    ('reddit_ads_api', 'marker', 1, 1, 'comments_page_views', 'one', true, NULL),
    ('reddit_ads_api', 'marker', 2, 1, 'ecpm', 'one', true, NULL),
    ('linkedin_ads_api', 'date', 1, 1, 'day', 'one', true, NULL),
    ('linkedin_ads_api', 'campaign_id', 1, 1, 'campaign_id', 'one', true, NULL),
    ('linkedin_ads_api', 'spend', 1, 1, 'cost_in_local_currency', 'one', true, NULL),
    ('linkedin_ads_api', 'impressions', 1, 1, 'impressions', 'one', false, NULL),
    ('linkedin_ads_api', 'clicks', 1, 1, 'clicks', 'one', false, NULL),
    ('linkedin_ads_api', 'conversions', 1, 1, 'external_website_conversions', 'one', false, NULL),
    ('linkedin_ads_api', 'conversions', 2, 1, 'one_click_leads', 'one', false, NULL),
    ('linkedin_ads_api', 'revenue', 1, 1, 'conversion_value_in_local_currency', 'one', false, NULL),
    ('linkedin_ads_api', 'likes', 1, 1, 'likes', 'one', false, NULL),
    ('linkedin_ads_api', 'comments', 1, 1, 'comments', 'one', false, NULL),
    ('linkedin_ads_api', 'shares', 1, 1, 'shares', 'one', false, NULL),
    ('twitter_ads_api', 'date', 1, 1, 'date', 'one', true, NULL),
    ('twitter_ads_api', 'campaign_id', 1, 1, 'campaign_id', 'one', true, NULL),
    ('twitter_ads_api', 'spend', 1, 1, 'billed_charge_local_micro', 'millionth', true, NULL),
    ('twitter_ads_api', 'impressions', 1, 1, 'impressions', 'one', false, NULL),
    ('twitter_ads_api', 'clicks', 1, 1, 'clicks', 'one', false, NULL),
    ('twitter_ads_api', 'conversions', 1, 1, 'conversion_purchases_metric', 'one', false, NULL),
    ('twitter_ads_api', 'conversions', 2, 1, 'conversion_custom_metric', 'one', false, NULL),
    ('twitter_ads_api', 'likes', 1, 1, 'likes', 'one', false, NULL)
    ON CONFLICT DO NOTHING;
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_import_formats() IS
'Internal part of roi_setup(): the shipped import formats; rows that you changed or added are left alone.';
