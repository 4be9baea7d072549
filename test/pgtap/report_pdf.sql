-- roi_report_pdf(): a PDF for whoever may read, the errors of the read functions for others. test/t/080 reads what stands in it.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages TO warning;
SELECT * FROM no_plan();
SELECT roi_setup() \g /dev/null
INSERT INTO users VALUES ('anna'), ('mixed') ON CONFLICT DO NOTHING;
INSERT INTO roi_metrics (user_id, platform, ad_spend, currency, update_timestamp) SELECT 'mixed', 'x', 1, c, now() - interval '20 minutes' FROM unnest('{EUR,USD}'::text[]) c;
INSERT INTO roi_metrics (user_id, platform, ad_spend, revenue_generated, update_timestamp) VALUES ('anna', 'x', 1, 2, now() - interval '20 minutes');
SELECT ok(substr(roi_report_pdf('anna', period), 1, 5) = '%PDF-' AND right(encode(roi_report_pdf('anna', period), 'escape'), 6) ~ '%%EOF', 'a PDF of ' || period) FROM unnest(ARRAY['1 hour', '7d', '30d', '1y', 'all']) period;
SELECT is(roi_report_pdf('anna')::bytea, roi_report_pdf('anna')::bytea, 'the same call gives the same bytes');
SELECT throws_ok($$ SELECT roi_report_pdf('mixed') $$, '22023', NULL, 'several currencies need one to be asked for');
SELECT throws_ok($$ SELECT roi_report_pdf('anna', 'fortnight') $$, '22007', NULL, 'an unknown period');
SELECT is((SELECT pg_typeof(roi_report_pdf('anna'))::text), format_type(to_regtype('"application/pdf"'), NULL), 'PostgREST serves it as application/pdf');
CREATE ROLE pdf_client;
SELECT roi_grant('pdf_client', 'client') \g /dev/null
SELECT format('GRANT USAGE ON SCHEMA %I TO pdf_client', :'roi_schema') \gexec
SET LOCAL roi_ext.user_id TO 'anna';
SET LOCAL ROLE pdf_client;
SELECT ok(length(roi_report_pdf()) > 5000, 'a client gets his own');
SELECT throws_ok($$ SELECT roi_report_pdf('mixed') $$, '42501', NULL, 'and nobody else''s');
SELECT throws_ok($$ LOAD '$libdir/roi_ext_pdf' $$, '42501', NULL, 'though he may not load libraries');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
