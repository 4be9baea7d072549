-- roi_import(): golden values worked out by hand for our sample files, and the rules of the importer one by one.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SET LOCAL timezone TO 'UTC';
SELECT roi_setup() \g /dev/null
SELECT plan(81);

-- Imports text as UTF-8; line ends as they stand.
CREATE FUNCTION pg_temp.import(who text, content text, format text DEFAULT 'auto', platform text DEFAULT NULL,
    currency text DEFAULT NULL, zone text DEFAULT 'UTC', max_rejects integer DEFAULT 1000)
RETURNS TABLE (counts text, money text, spans text, chosen text) LANGUAGE sql AS $$
    SELECT concat_ws(' ', rows_read, rows_imported, rows_skipped, rows_rejected, facts),
        concat_ws(' ', coalesce(trim_scale(spend)::text, 'null'), coalesce(trim_scale(revenue)::text, 'null'), coalesce(i.currency, 'null')),
        concat_ws(' ', to_char(since, 'YYYY-MM-DD HH24:MI'), to_char(until, 'YYYY-MM-DD HH24:MI')), concat_ws(' ', i.format, i.platform)
    FROM roi_import(who, convert_to(content, 'UTF8'), format => $3, platform => $4, currency => $5, time_zone => zone,
        max_rejects => $7) i
$$;
-- The facts of a user, a line each, in order of stamp, campaign and post; ? for NULL.
CREATE FUNCTION pg_temp.facts(who text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', to_char(update_timestamp, 'MM-DD HH24:MI'), coalesce(k.name, m.post_id, '?'), m.currency,
        coalesce(views::text, '?'), coalesce(m.clicks::text, '?'), coalesce(trim_scale(m.conversions)::text, '?'),
        coalesce(trim_scale(ad_spend)::text, '?'), coalesce(trim_scale(revenue_generated)::text, '?'))
    FROM roi_metrics m LEFT JOIN campaign_with_user_id k ON k.user_id = m.user_id AND k.id = m.campaign_id
    WHERE m.user_id = who ORDER BY update_timestamp, k.name, post_id, m.currency
$$;
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || CASE WHEN hint = '' THEN ' without hint' ELSE '' END;
END $$;

-- The samples of test/data. Lines of the first end in CR LF; E'\r' keeps that safe from editors.
CREATE TEMP TABLE sample (name text PRIMARY KEY, content text);
INSERT INTO sample VALUES ('meta_day', U&'\FEFF' || replace($csv$Day,Campaign name,Amount spent (EUR),Impressions,Reach,Link clicks,Purchases,Purchases conversion value
2026-03-07,Spring sale,10.50,"1,234",900,12,1,25.00
2026-03-07,"Spring
sale 🌷, part ""two""",3.333333,100,90,,,
2026-03-07,Spring sale,0.25,66,60,3,,
2026-03-08,Spring sale,"1,234.56","10,000","8,000",100,7,2500
2026-03-08,Autumn,twelve,5,5,1,,
2026-03-09,Autumn,,200,150,,,
,,"1,248.64","11,605","9,205",116,8,2525
$csv$, E'\n', E'\r\n')), ('meta_period', $csv$Reporting starts,Reporting ends,Campaign name,Campaign delivery,Results,Amount spent (USD),Impressions,Clicks (all),Purchase conversion value
2026-01-01,2026-01-31,Winter,active,12,310.00,31000,620,930.00
2026-01-01,2026-01-31,"Clearance, last call",inactive,,15.5,1550,31,
2026-01-01,2026-01-31,Total,,12,325.50,32550,651,930.00
$csv$), ('google_report', $csv$Campaign report
"July 8, 2025 - July 31, 2025"
Campaign status,Campaign,Campaign type,Impr.,CTR,Currency code,Cost,Clicks,Conv. rate,Conversions,Avg. CPC,Cost / conv.,Conv. value
Enabled,Brand search,Search,"25,881",4.00%,USD,"1,035.24","1,035",0.05%,0.50,1.00,"2,070.48", --
Paused,Old display,Display,306, --,USD,0.00,0, --,0.00, --, --,0.00
Enabled,"Video, ""always on""",Video,12,8.33%,USD,1.5,1,100.00%,1.25,1.50,1.20,99.999999
Total: Campaigns, --, --,"26,199",3.95%,USD,"1,036.74","1,036",0.17%,1.75,1.00,592.42,100.00
Total: Account, --, --,"27,004",3.84%,USD,"1,036.75","1,036",0.17%,1.75,1.00,592.43,100.00
$csv$), ('google_day', $csv$Campaign type,Campaign,Day,Currency code,Cost,Clicks,Impr.,CTR,Avg. CPC,Conversions,Conv. rate,Conv. value,Cost / conv.
Search,Brand search,2025-07-08,EUR,12.34,10,100,10.00%,1.23,1.00,10.00%,20.00,12.34
Search,Brand search,2025-07-08,USD,1.00,1,10,10.00%,1.00,0.00,0.00%,0.00,0.00
Search,Brand search,2025-07-09,EUR, --, --,5, --, --, --, --, --, --
Search,Brand search,7/10/2025,EUR,1.00,1,10,10.00%,1.00,0.00,0.00%,0.00,0.00
Total: Account,,,,14.34,12,125,9.60%,1.20,1.00,8.33%,20.00,14.34
$csv$);
CREATE FUNCTION pg_temp.sample(name text) RETURNS text LANGUAGE sql AS $$ SELECT content FROM sample s WHERE s.name = $1 $$;

-- Meta Ads Manager by day: refused lines are listed, everything else is kept
SELECT results_eq($$SELECT * FROM pg_temp.import('meta', pg_temp.sample('meta_day'))$$,
    $$VALUES ('7 5 1 1 4', '1248.643333 2525 EUR', '2026-03-07 00:00 2026-03-10 00:00', 'meta_ads_manager facebook')$$,
    'Meta by day: counts, sums, currency of the header, span, format');
SELECT results_eq($$SELECT pg_temp.facts('meta')$$, ARRAY[
    E'03-07 00:00 Spring\r\nsale 🌷, part "two" EUR 100 ? ? 3.333333 ?',
    '03-07 00:00 Spring sale EUR 1300 15 1 10.75 25',
    '03-08 00:00 Spring sale EUR 10000 100 7 1234.56 2500',
    '03-09 00:00 Autumn EUR 200 ? ? ? ?'], 'Meta by day: a repeated day and campaign is one fact; not reported stays NULL');
SELECT results_eq($$SELECT line, column_name, value, reason FROM roi_import_rejects WHERE user_id = 'meta'$$,
    $$VALUES (7::bigint, 'Amount spent (EUR)', 'twelve', 'not a number')$$, 'Meta by day: the bad line, counted in physical lines');
SELECT results_eq($$SELECT trim_scale(cost_per_click), trim_scale(cost_per_impression), trim_scale(roi_percentage), trim_scale(roas_ratio)
    FROM roi_metrics WHERE user_id = 'meta' ORDER BY update_timestamp, ad_spend NULLS LAST$$,
    $$VALUES (NULL, 0.033333, NULL, NULL), (0.716667, 0.008269, 132.55814, 2.325581), (12.3456, 0.123456, 102.501296, 2.025013),
    (NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric)$$, 'Meta by day: prices and ratios of each fact, NULL where undefined');
SELECT results_eq($$SELECT DISTINCT likes, comments, shares, saves, content_type::text, source::text, post_id::text FROM roi_metrics WHERE user_id = 'meta'$$,
    $$VALUES (0::bigint, 0::bigint, 0::bigint, 0::bigint, 'ad', 'imported', NULL)$$, 'Meta by day: engagement 0, content type ad, no post');
SELECT is((SELECT bool_and(paid_views IS NOT DISTINCT FROM views AND paid_clicks IS NOT DISTINCT FROM clicks) FROM roi_metrics WHERE user_id = 'meta'),
    true, 'Meta by day: ads are paid delivery');
SELECT results_eq($$SELECT name::text, date, impressions, clicks, trim_scale(spend), trim_scale(conversions), trim_scale(net_profit), trim_scale(cpc), trim_scale(ctr)
    FROM campaign_with_user_id WHERE user_id = 'meta' AND name IN ('Spring sale', 'Autumn') ORDER BY name DESC$$,
    $$VALUES ('Spring sale', date '2026-03-07', 11300::bigint, 115::bigint, 1245.31, 8::numeric, 1279.69, 10.828783, 1.017699),
    ('Autumn', '2026-03-09', 200, 0, 0, 0, 0, NULL, 0)$$, 'Meta by day: totals of the campaigns');
SELECT results_eq($$SELECT trim_scale(total_spend), total_impressions, total_clicks, trim_scale(total_revenue), trim_scale(total_profit), total_posts, data_points, currency
    FROM roi_total('meta', 'all')$$, $$VALUES (1248.643333, 11600::bigint, 115::bigint, 2525::numeric, 1276.356667, 0::bigint, 4::bigint, 'EUR')$$, 'roi_total agrees');
SELECT results_eq($$SELECT counts, money FROM pg_temp.import('meta', pg_temp.sample('meta_day'))$$,
    $$VALUES ('7 0 7 0 0', 'null null null')$$, 'the same bytes again add nothing');
SELECT is((SELECT count(*) FROM roi_import_batches WHERE user_id = 'meta'), 1::bigint, 'and make no second batch');
SELECT results_eq($$SELECT counts FROM pg_temp.import('meta2', pg_temp.sample('meta_day'))$$, ARRAY['7 5 1 1 4'], 'another user may import the same bytes');
SELECT results_eq($$SELECT b.content_bytes, length(b.content_sha256), b.spend = i.spend, b.time_zone FROM roi_import_batches b,
    (SELECT sum(ad_spend) AS spend FROM roi_metrics WHERE user_id = 'meta') i WHERE b.user_id = 'meta'$$,
    $$VALUES (octet_length(convert_to(pg_temp.sample('meta_day'), 'UTF8'))::bigint, 32, true, 'UTC')$$, 'the batch is recorded');

-- Meta Ads Manager by period
SELECT results_eq($$SELECT * FROM pg_temp.import('period', pg_temp.sample('meta_period'))$$,
    $$VALUES ('3 2 1 0 2', '325.5 930 USD', '2026-01-01 00:00 2026-02-01 00:00', 'meta_ads_manager facebook')$$, 'Meta by period: stamped at its start');
SELECT results_eq($$SELECT pg_temp.facts('period')$$, ARRAY['01-01 00:00 Clearance, last call USD 1550 31 ? 15.5 ?', '01-01 00:00 Winter USD 31000 620 ? 310 930'],
    'Meta by period: clicks (all), purchase conversion value');

-- Google Ads report
SELECT results_eq($$SELECT * FROM pg_temp.import('google', pg_temp.sample('google_report'))$$,
    $$VALUES ('5 3 2 0 3', '1036.74 99.999999 USD', '2025-07-08 00:00 2025-08-01 00:00', 'google_ads_report google_ads')$$, 'Google report: dates of the preamble, Total rows skipped');
SELECT results_eq($$SELECT pg_temp.facts('google')$$, ARRAY['07-08 00:00 Brand search USD 25881 1035 0.5 1035.24 ?',
    '07-08 00:00 Old display USD 306 0 0 0 0', '07-08 00:00 Video, "always on" USD 12 1 1.25 1.5 99.999999'], 'Google report: -- is no value, 0.00 is zero');
SELECT results_eq($$SELECT trim_scale(cost_per_click), trim_scale(cost_per_impression), trim_scale(roi_percentage), trim_scale(roas_ratio) FROM roi_metrics
    WHERE user_id = 'google' ORDER BY ad_spend$$, $$VALUES (NULL, 0::numeric, 0::numeric, 0::numeric), (1.5, 0.125, 6566.666600, 66.666666), (1.000232, 0.04, NULL, NULL)$$,
    'Google report: no price without clicks, ratio 0 when spend is 0');

-- Google Ads by day
SELECT results_eq($$SELECT * FROM pg_temp.import('gday', pg_temp.sample('google_day'))$$,
    $$VALUES ('5 3 1 1 3', 'null null null', '2025-07-08 00:00 2025-07-10 00:00', 'google_ads_report google_ads')$$, 'Google by day: two currencies are not added up');
SELECT results_eq($$SELECT pg_temp.facts('gday')$$, ARRAY['07-08 00:00 Brand search EUR 100 10 1 12.34 20', '07-08 00:00 Brand search USD 10 1 0 1 0',
    '07-09 00:00 Brand search EUR 5 ? ? ? ?'], 'Google by day: one fact a currency');
SELECT results_eq($$SELECT line, column_name, value, reason FROM roi_import_rejects WHERE user_id = 'gday'$$,
    $$VALUES (5::bigint, 'Day', '7/10/2025', 'ambiguous date, expected YYYY-MM-DD')$$, 'Google by day: an ambiguous date is refused');

-- several currencies and exchange rates
SELECT is(pg_temp.refusal($$SELECT * FROM roi_total('gday', 'all')$$), '22023', 'amounts of two currencies need currency =>');
SELECT is(pg_temp.refusal($$SELECT * FROM roi_channel_performance('gday', 'all')$$), '22023', 'channels likewise');
SELECT is(pg_temp.refusal($$SELECT * FROM roi_total('gday', 'all', currency => 'USD')$$), '22023', 'a missing rate is an error');
INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2025-07-09', 2);
SELECT is(pg_temp.refusal($$SELECT * FROM roi_total('gday', 'all', currency => 'USD')$$), '22023', 'so is a rate that begins a day too late');
INSERT INTO roi_exchange_rates VALUES ('EUR', 'USD', '2025-07-01', 1.1);
SELECT results_eq($$SELECT currency, trim_scale(total_spend), trim_scale(total_revenue), total_impressions, trim_scale(total_profit) FROM roi_total('gday', 'all', currency => 'USD')$$,
    $$VALUES ('USD', 14.574, 22::numeric, 115::bigint, 7.426)$$, '12.34 x 1.1 + 1.00 and 20.00 x 1.1');
SELECT results_eq($$SELECT trim_scale(total_spend) FROM roi_total('gday', since => '2025-07-08', until => '2025-07-09', currency => 'USD')$$, ARRAY[14.574], 'the rate of the day serves');
SELECT is(pg_temp.refusal($$SELECT * FROM roi_total('gday', 'all', currency => 'EUR')$$), '22023', 'a rate is not turned round');
SELECT results_eq($$SELECT currency, trim_scale(total_spend) FROM roi_total('gday', since => '2025-07-09', until => '2025-07-10')$$, $$VALUES ('EUR', 0::numeric)$$,
    'a range with one currency answers in it');

-- days are midnights of the time zone, also across a change of the clocks
CREATE FUNCTION pg_temp.stamps(who text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT to_char(update_timestamp, 'YYYY-MM-DD HH24:MI') FROM roi_metrics WHERE user_id = who GROUP BY update_timestamp ORDER BY update_timestamp $$;
SELECT results_eq($$SELECT spans FROM pg_temp.import('newyork', pg_temp.sample('meta_day'), zone => 'America/New_York')$$, ARRAY['2026-03-07 05:00 2026-03-10 04:00'], 'New York: span');
SELECT results_eq($$SELECT pg_temp.stamps('newyork')$$, ARRAY['2026-03-07 05:00', '2026-03-08 05:00', '2026-03-09 04:00'], 'New York: clocks went forward on 8 March 2026');
SELECT results_eq($$SELECT spans FROM pg_temp.import('nepal', pg_temp.sample('meta_day'), zone => 'Asia/Kathmandu')$$, ARRAY['2026-03-06 18:15 2026-03-09 18:15'], 'Kathmandu: span');
SELECT results_eq($$SELECT pg_temp.stamps('nepal')$$, ARRAY['2026-03-06 18:15', '2026-03-07 18:15', '2026-03-08 18:15'], 'Kathmandu: 5:45 ahead');
SELECT results_eq($$SELECT spans FROM pg_temp.import('autumn', E'Day,Ad ID,Amount spent (USD),Impressions\n2026-10-31,a,1,1\n2026-11-01,a,1,1\n2026-11-02,a,1,1', zone => 'America/New_York')$$,
    ARRAY['2026-10-31 04:00 2026-11-03 05:00'], 'New York: clocks went back on 1 November 2026');
SELECT results_eq($$SELECT pg_temp.stamps('autumn')$$, ARRAY['2026-10-31 04:00', '2026-11-01 04:00', '2026-11-02 05:00'], 'New York: each day at its own midnight');
SELECT results_eq($$SELECT spans FROM pg_temp.import('nomidnight', E'Day,Ad ID,Amount spent (USD),Impressions\n2018-11-03,a,1,1\n2018-11-04,a,1,1\n2018-11-05,a,1,1', zone => 'America/Sao_Paulo')$$,
    ARRAY['2018-11-03 03:00 2018-11-06 02:00'], 'Sao Paulo: span over a day without midnight');
SELECT results_eq($$SELECT pg_temp.stamps('nomidnight')$$, ARRAY['2018-11-03 03:00', '2018-11-04 03:00', '2018-11-05 02:00'], 'a day without midnight begins with its first moment');
SET LOCAL timezone TO 'Asia/Tokyo';
SELECT results_eq($$SELECT since = '2026-03-07 00:00+00' FROM roi_import('session', convert_to(pg_temp.sample('meta_day'), 'UTF8'))$$, ARRAY[true], 'the session''s zone does not matter');
SET LOCAL timezone TO 'UTC';

-- hours
SELECT results_eq($$SELECT * FROM pg_temp.import('hours', E'STAT_TIME_HOUR,CAMPAIGN_ID,SPEND,IMPRESSIONS,TOTAL_PURCHASE_VALUE,TOTAL_SALES_LEAD_VALUE,LIKES\n'
    '2026-05-01 5:00:00,1,1.5,10,2,0.5,3\n2026-05-01 05:59:59,1,0.25,5,-,0.25,1\n2026-05-01T23:00:00,1,1,1,-,-,-\n', zone => 'America/New_York')$$,
    $$VALUES ('3 3 0 0 2', '2.75 2.75 USD', '2026-05-01 09:00 2026-05-02 04:00', 'tiktok_ads_api tiktok')$$, 'hours: cut to the hour, in the time zone; parts of a field add up');
SELECT results_eq($$SELECT pg_temp.facts('hours')$$, ARRAY['05-01 09:00 1 USD 15 ? ? 1.75 2.75', '05-02 03:00 1 USD 1 ? ? 1 ?'], 'hours: lines of one hour are one fact');
SELECT results_eq($$SELECT likes FROM roi_metrics WHERE user_id = 'hours' ORDER BY update_timestamp$$, ARRAY[4::bigint, 0], 'hours: likes that are not reported are 0');
SELECT results_eq($$SELECT spans FROM pg_temp.import('offset', E'date,campaign_id,spend,swipes\n2026-05-01T10:00:00+05:30,7,1000000,1\n', zone => 'America/New_York')$$,
    ARRAY['2026-05-01 04:30 2026-05-01 05:30'], 'a stamp with an offset needs no time zone');

-- currency, platform, format
SELECT results_eq($$SELECT money FROM pg_temp.import('cur1', E'Day,Ad ID,Amount spent (jpy),Impressions\n2026-01-01,a,7,1\n')$$, ARRAY['7 null JPY'], 'currency of the header');
SELECT results_eq($$SELECT money FROM pg_temp.import('cur2', E'Day,Ad ID,Amount spent (JPY),Impressions\n2026-01-01,a,7,1\n', currency => 'EUR')$$, ARRAY['7 null JPY'], 'the header wins over currency =>');
SELECT results_eq($$SELECT money FROM pg_temp.import('cur3', E'Day,Campaign,Cost,Impr.\n2026-01-01,a,7,1\n', currency => 'EUR')$$, ARRAY['7 null EUR'], 'currency => where the file names none');
SELECT results_eq($$SELECT money FROM pg_temp.import('cur4', E'Day,Campaign,Cost,Impr.\n2026-01-01,a,7,1\n')$$, ARRAY['7 null USD'], 'USD where nobody names one');
SELECT results_eq($$SELECT pg_temp.facts(who) FROM (SELECT 'cur5' AS who, count(*) FROM pg_temp.import('cur5', E'Day,Campaign,Currency code,Cost,Impr.\n2026-01-01,a,GBP,7,1\n2026-01-01,a, --,7,1\n', currency => 'EUR')) i$$,
    ARRAY['01-01 00:00 a EUR 1 ? ? 7 ?', '01-01 00:00 a GBP 1 ? ? 7 ?'], 'the column wins; an empty cell takes currency =>');
SELECT results_eq($$SELECT chosen FROM pg_temp.import('plat', pg_temp.sample('meta_day'), platform => 'instagram')$$, ARRAY['meta_ads_manager instagram'], 'platform =>');
SELECT is((SELECT string_agg(DISTINCT platform, ',') FROM roi_metrics WHERE user_id = 'plat'), 'instagram', 'platform => is stored');
SELECT results_eq($$SELECT chosen FROM pg_temp.import('fmt', pg_temp.sample('meta_day'), format => 'meta_ads_manager')$$, ARRAY['meta_ads_manager facebook'], 'format =>');
SELECT is(pg_temp.refusal($$SELECT pg_temp.import('fmt2', pg_temp.sample('meta_day'), format => 'google_ads_report')$$), '22P04', 'format => that does not fit');
SELECT results_eq($$SELECT counts FROM pg_temp.import('tabs', E'Day\tCampaign\tCost\tImpr.\n2026-01-01\tA\t$412.30\t1\n')$$, ARRAY['1 1 0 0 1'], 'tabs and a dollar sign');
SELECT results_eq($$SELECT money FROM pg_temp.import('semi', E'Day;Campaign;Cost;Impr.\r2026-01-01;A;1.5;1\r')$$, ARRAY['1.5 null USD'], 'semicolons and CR');

-- prices: spend / units, half up, in millionths
SELECT results_eq($$SELECT counts FROM pg_temp.import('half', E'Day,Ad ID,Amount spent (USD),Impressions,Link clicks\n2026-01-01,a,0.000001,3,2\n2026-01-02,a,0.000005,4,2\n2026-01-03,a,1,0,0\n2026-01-04,a,-1,2,2\n2026-01-05,a,2,3,3\n')$$,
    ARRAY['5 5 0 0 5'], 'prices: import');
SELECT results_eq($$SELECT trim_scale(cost_per_click), trim_scale(cost_per_impression) FROM roi_metrics WHERE user_id = 'half' ORDER BY update_timestamp$$,
    $$VALUES (0.000001, 0::numeric), (0.000003, 0.000001), (NULL, NULL), (NULL, NULL), (0.666667, 0.666667)$$, 'prices: half up; none without units or for negative spend');
SELECT results_eq($$SELECT views, trim_scale(ad_spend) FROM roi_posts WHERE user_id = 'half'$$, $$VALUES (12::bigint, 2.000006)$$, 'prices: the post''s running totals');

-- numbers and texts that are refused, each with its reason; the good line stays
SELECT results_eq($$SELECT counts, money FROM pg_temp.import('rejects', E'Day,Ad ID,Amount spent (USD),Impressions\n2026-02-30,a,1,1\n0000-01-01,a,1,1\n9999-01-01,a,1,1\n1969-12-31,a,1,1\n2100-01-01,a,1,1\n'
    '2026-01-01,a,1.2345678,1\n2026-01-01,a,1e400,1\n2026-01-01,a,NaN,1\n2026-01-01,a,Infinity,1\n2026-01-01,a,1,99999999999999999999\n2026-01-01,a,1000000000000,1\n2026-01-01,a,1,1.5\n'
    '2026-01-01,a,"1,5",1\n2026-01-01,a,5%,1\n2026-01-01,a,1\n2026-01-01,a,1,1,1\n,a,1,1\n2026-01-01,a,"1,1\n2026-01-01,a,"1"x,1\n2026-01-01,' || repeat('i', 256) || E',1,1\n2026-01-01,good,2.5,3\n2026-01-02,,1,0x1F\n')$$,
    $$VALUES ('22 1 0 21 1', '2.5 null USD')$$, 'rejects: one good line among bad ones');
SELECT results_eq($$SELECT line, column_name, left(value, 24), reason FROM roi_import_rejects WHERE user_id = 'rejects' ORDER BY reject_no$$, $$VALUES
    (2::bigint, 'Day', '2026-02-30', 'not a date'), (3, 'Day', '0000-01-01', 'not a date'), (4, 'Day', '9999-01-01', 'date out of range'),
    (5, 'Day', '1969-12-31', 'date out of range'), (6, 'Day', '2100-01-01', 'date out of range'),
    (7, 'Amount spent (USD)', '1.2345678', 'more than 6 decimals'), (8, 'Amount spent (USD)', '1e400', 'out of range'),
    (9, 'Amount spent (USD)', 'NaN', 'not a number'), (10, 'Amount spent (USD)', 'Infinity', 'not a number'),
    (11, 'Impressions', '99999999999999999999', 'out of range'), (12, 'Amount spent (USD)', '1000000000000', 'out of range'),
    (13, 'Impressions', '1.5', 'not a whole number'), (14, 'Amount spent (USD)', '1,5', 'not a number'),
    (15, 'Amount spent (USD)', '5%', 'a percentage, expected a number'),
    (16, NULL, '2026-01-01,a,1', 'expected 4 columns, found 3'), (17, NULL, '2026-01-01,a,1,1,1', 'expected 4 columns, found 5'),
    (18, 'Day', NULL, 'no date'), (19, NULL, '2026-01-01,a,"1,1', 'text follows a closing quote'),
    (20, NULL, '2026-01-01,a,"1"x,1', 'text follows a closing quote'), (21, 'Ad ID', 'iiiiiiiiiiiiiiiiiiiiiiii', 'longer than 255 characters'),
    (23, 'Impressions', '0x1F', 'not a number')$$, 'rejects: line, column, value and reason of each');
SELECT is((SELECT max(octet_length(value)) FROM roi_import_rejects WHERE user_id = 'rejects'), 200, 'rejects: long values are cut');
SELECT is(pg_temp.refusal($$SELECT pg_temp.import('limit', E'Day,Ad ID,Amount spent (USD),Impressions\nx,a,1,1\ny,a,1,1\n', max_rejects => 1)$$), '22P04', 'max_rejects: one too many');
SELECT results_eq($$SELECT counts FROM pg_temp.import('limit', E'Day,Ad ID,Amount spent (USD),Impressions\nx,a,1,1\ny,a,1,1\n', max_rejects => 2)$$, ARRAY['2 0 0 2 0'], 'max_rejects: just enough');
SELECT results_eq($$SELECT pg_temp.facts(who) FROM (SELECT 'max' AS who, count(*) FROM pg_temp.import('max', E'Day,Ad ID,Amount spent (USD),Impressions\n2026-01-01,a,-999999999999.999999,9223372036854775807\n')) i$$,
    ARRAY['01-01 00:00 a USD 9223372036854775807 ? ? -999999999999.999999 ?'], 'the largest numbers are kept exactly');

-- content types and posts
SELECT results_eq($$SELECT counts FROM pg_temp.import('posts', E'Day,Ad ID,Amount spent (USD),Impressions\n2026-01-01,same,1,1\n2026-01-01,first,1,1\n2026-01-02,same,1,1\n')$$, ARRAY['3 3 0 0 3'], 'posts: import');
SELECT results_eq($$SELECT counts FROM pg_temp.import('posts', E'Day,Ad ID,Amount spent (USD),Impressions\n2026-01-03,same,4,5\n2026-01-03,second,1,1\n', platform => 'instagram')$$, ARRAY['2 2 0 0 2'], 'posts: the same ad id on another platform');
SELECT results_eq($$SELECT post_id::text, platform::text, post_no, views, content_type::text FROM roi_posts WHERE user_id = 'posts' ORDER BY post_no, platform$$,
    $$VALUES ('same', 'facebook', 1, 2::bigint, 'ad'), ('same', 'instagram', 1, 5, 'ad'), ('first', 'facebook', 2, 1, 'ad'), ('second', 'instagram', 3, 1, 'ad')$$,
    'posts: one post_no for one text, on every platform');
SELECT is((SELECT total_posts FROM roi_total('posts', 'all')), 3::bigint, 'posts: distinct posts');
DELETE FROM roi_metrics WHERE user_id = 'posts' AND post_id = 'second';
DELETE FROM roi_posts WHERE user_id = 'posts' AND post_id = 'second';
SELECT results_eq($$SELECT counts FROM pg_temp.import('posts', E'Day,Ad ID,Amount spent (USD),Impressions\n2026-01-04,third,1,1\n2026-01-04,second,1,1\n')$$, ARRAY['2 2 0 0 2'], 'posts: after the newest one is gone');
SELECT results_eq($$SELECT post_id::text, post_no FROM roi_posts WHERE user_id = 'posts' AND post_no > 2 ORDER BY post_no$$, $$VALUES ('third', 4), ('second', 5)$$, 'posts: its number is not used again');

-- campaigns: statistics and names come in two files, in either order
CREATE FUNCTION pg_temp.names(who text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', external_id, name, date, ongoing, trim_scale(spend)) FROM campaign_with_user_id WHERE user_id = who ORDER BY external_id $$;
\set stats 'E''date,id,cost_micros,impressions,clicks\\n2026-02-02,11,1500000,10,1\\n2026-02-03,12,250000,10,1\\n'''
\set names 'E''id,updated_at,name,advertising_channel_type,start_date,status\\n11,2026-01-02T00:00:00,New name,SEARCH,2026-01-01,PAUSED\\n11,2026-01-01T00:00:00,Old name,SEARCH,2026-01-01,ENABLED\\n13,2026-01-01T00:00:00,Unused,SEARCH,2026-01-05,REMOVED\\n'''
SELECT results_eq(format('SELECT counts FROM pg_temp.import(''order1'', %L)', :stats), ARRAY['2 2 0 0 2'], 'campaigns: statistics first');
SELECT results_eq($$SELECT pg_temp.names('order1')$$, ARRAY['11 11 2026-02-02 1.5', '12 12 2026-02-03 0.25'], 'campaigns: the id stands for the name');
SELECT results_eq(format('SELECT counts FROM pg_temp.import(''order1'', %L)', :names), ARRAY['3 3 0 0 0'], 'campaigns: then names');
SELECT results_eq(format('SELECT counts FROM pg_temp.import(''order2'', %L)', :names), ARRAY['3 3 0 0 0'], 'campaigns: names first');
SELECT results_eq(format('SELECT counts FROM pg_temp.import(''order2'', %L)', :stats), ARRAY['2 2 0 0 2'], 'campaigns: then statistics');
SELECT results_eq($$SELECT pg_temp.names('order1')$$, ARRAY['11 New name 2026-01-01 paused 1.5', '12 12 2026-02-03 0.25', '13 Unused 2026-01-05 completed'], 'campaigns: the newest line names it');
SELECT results_eq($$SELECT pg_temp.names('order2')$$, $$SELECT pg_temp.names('order1')$$, 'campaigns: either order gives the same');

-- a format of the user's own
INSERT INTO roi_import_formats (format, platform, content_type, description) VALUES ('shop', 'shopify', 'order', 'our shop');
INSERT INTO roi_import_columns (format, field, header, unit, required, accept) VALUES ('shop', 'date', 'tag', 'one', true, NULL),
    ('shop', 'post_id', 'artikel', 'one', true, NULL), ('shop', 'revenue', 'umsatz in cent', 'millionth', true, NULL),
    ('shop', 'saves', 'gemerkt', 'one', false, NULL), ('shop', 'filter', 'art', 'one', true, ARRAY['verkauf%', 'abo']);
SELECT results_eq($$SELECT counts, money, chosen FROM pg_temp.import('own', E'Artikel;Tag;UMSATZ IN  CENT;Gemerkt;Art\nx1;2026-01-01;1000000;4;Verkauf online\nx1;2026-01-01;500000;1;ABO\nx2;2026-01-01;1;1;Retoure\n')$$,
    $$VALUES ('3 2 1 0 1', 'null 1.5 USD', 'shop shopify')$$, 'a format added by INSERT');
SELECT results_eq($$SELECT trim_scale(revenue_generated), saves, content_type::text FROM roi_metrics WHERE user_id = 'own'$$, $$VALUES (1.5, 5::bigint, 'order')$$, 'its facts');
UPDATE roi_import_columns SET unit = 'one' WHERE format = 'shop' AND field = 'revenue';
SELECT results_eq($$SELECT money FROM pg_temp.import('own2', E'Artikel;Tag;UMSATZ IN  CENT;Gemerkt;Art\nx1;2026-01-01;1000000;4;Verkauf online\n')$$, ARRAY['null 1000000 USD'], 'an edited mapping counts at once');

-- real and simulated accounts keep apart
SELECT lives_ok($$SELECT roi_simulate('invented')$$, 'a simulated account');
SELECT is(pg_temp.refusal($$SELECT pg_temp.import('invented', pg_temp.sample('meta_day'))$$), '55000', 'which may not import');
SELECT is(pg_temp.refusal($$SELECT roi_simulate('meta')$$), '55000', 'an importing account may not be simulated');
SELECT roi_purge_simulated('invented') \g /dev/null
SELECT results_eq($$SELECT counts FROM pg_temp.import('invented', pg_temp.sample('meta_day'))$$, ARRAY['7 5 1 1 4'], 'after the purge it may import');

SELECT * FROM finish();
ROLLBACK;
