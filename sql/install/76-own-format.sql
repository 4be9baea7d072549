-- The importer's knowledge of our own export of facts.

CREATE FUNCTION @extschema@.roi_setup_own_format() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path FROM CURRENT
AS $setup$
BEGIN
    INSERT INTO @extschema@.roi_import_formats (format, platform, paid, description) VALUES
    ('roi_ext_facts', 'other', false, 'Facts exported by roi_ext: roi_export_csv(report => ''metrics_detail'')')
    ON CONFLICT DO NOTHING;

    INSERT INTO @extschema@.roi_import_columns (format, field, header, required)
    SELECT 'roi_ext_facts', field, header, required FROM (VALUES
        ('date', 'update_timestamp', true), ('platform', 'platform', true), ('currency', 'currency', true),
        ('campaign_id', 'campaign_id', true), ('post_id', 'post_id', true), ('content_type', 'content_type', false),
        ('posted_at', 'posted_at', false), ('spend', 'ad_spend', true), ('revenue', 'revenue_generated', true),
        ('conversions', 'conversions', false), ('impressions', 'views', true), ('clicks', 'clicks', false), ('likes', 'likes', false),
        ('comments', 'comments', false), ('shares', 'shares', false), ('saves', 'saves', false)) c (field, header, required)
    ON CONFLICT DO NOTHING;
    INSERT INTO @extschema@.roi_import_columns (format, field, header, metric)
    SELECT 'roi_ext_facts', 'metric', key, key FROM unnest(ARRAY['watch_time_minutes', 'subscribers_gained', 'average_view_duration',
        'video_quality_score', 'reach', 'impressions', 'profile_visits', 'story_views', 'saved_count', 'page_likes', 'post_reach',
        'page_views', 'link_clicks', 'video_views', 'followers_gained', 'play_count', 'completion_rate']) key
    ON CONFLICT DO NOTHING;
END
$setup$;
COMMENT ON FUNCTION @extschema@.roi_setup_own_format() IS
'Internal part of roi_setup(): the format of our own export of facts. paid_views and paid_clicks are not read back.';
