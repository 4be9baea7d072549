# The media-type domains: in a database that has them already, through dump and restore, through DROP EXTENSION, and as PostgREST looks for them.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $node = RoiTest::server('domains', {});
my $members = q(SELECT string_agg(n.nspname || '.' || t.typname, ' ' ORDER BY t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e' WHERE t.typtype = 'd');
my $ours = 'public.application/pdf public.text/csv public.text/html';

# --- a database with a handler of its own for PostgREST ---
my $db = RoiTest->new(node => $node, db => 'served')->create_database;
$db->sql(q(CREATE DOMAIN "text/html" AS text; CREATE FUNCTION home() RETURNS "text/html" LANGUAGE sql AS $$ SELECT '<p>' $$; CREATE TABLE kept (page "text/html"); INSERT INTO kept VALUES ('x')));
$db->create_extension;
$db->answers($members, $ours, 'the domain that is there becomes a member beside the new ones');
$db->sql(q(SELECT roi_setup(); INSERT INTO users VALUES ('u'); INSERT INTO roi_metrics (user_id, platform, ad_spend, update_timestamp) VALUES ('u', 'x', 1, now() - interval '1 hour')));
$db->answers(q(SELECT home() || (roi_report_html('u') LIKE '<!doctype html>%')), '<p>true', 'both functions answer');

# what PostgREST asks the catalogue for: functions that return a domain over a type whose name is a media type
$db->answers(q(SELECT string_agg(p.proname || ' ' || t.typname, ', ' ORDER BY p.proname) FROM pg_type t JOIN pg_type b ON t.typbasetype = b.oid JOIN pg_proc p ON p.prorettype = t.oid
	WHERE t.typbasetype <> 0 AND t.typname ~* '^[A-Za-z0-9.-]+/[A-Za-z0-9.\+-]+$' AND p.pronamespace = 'public'::regnamespace),
	'home text/html, roi_report_csv text/csv, roi_report_html text/html, roi_report_pdf application/pdf', 'handlers of media types');

# --- dump and restore, stopping at the first error ---
my $dump = $node->backup_dir . '/served.sql';
command_ok([ 'pg_dump', '-d', $node->connstr('served'), '-f', $dump ], 'pg_dump');
my $restored = RoiTest->new(node => $node, db => 'restored')->create_database;
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $dump ], 'restored without an error');
$restored->answers($members, $ours, 'with the same domains');
$restored->answers(q(SELECT (SELECT page FROM kept) || home() || (roi_report_csv('u', report => 'total') LIKE 'currency,%')), 'x<p>true', 'and all that uses them');

# --- the extension goes: what others made of its domains stops it ---
my ($rc, $out, $err) = $db->run('DROP EXTENSION roi_ext');
like($err, qr/2BP01/, 'DROP EXTENSION stops at those who use it');

# --- another type of that name ---
my $taken = RoiTest->new(node => $node, db => 'taken')->create_database;
$taken->sql(q(CREATE TYPE "application/pdf" AS (pages text)));
($rc, $out, $err) = $taken->run('CREATE EXTENSION roi_ext');
like($err, qr/42710: schema public holds another type "application\/pdf".*HINT:/s, 'another type of that name is not taken over');
$taken->sql('CREATE SCHEMA roi; CREATE EXTENSION roi_ext SCHEMA roi');
$taken->answers($members, $ours =~ s/public/roi/gr, 'in a schema of its own there is room');
my $other = RoiTest->new(node => $node, db => 'other')->create_database;
$other->sql(q(CREATE DOMAIN "text/csv" AS bytea));
($rc, $out, $err) = $other->run('CREATE EXTENSION roi_ext');
like($err, qr/42710: .*"text\/csv".*over text/s, 'nor a domain over something else');

# --- a domain whose rules would run for our callers ---
my $trap = RoiTest->new(node => $node, db => 'trap')->create_database;
$trap->sql(q(CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory; SET ROLE mallory; CREATE DOMAIN "text/csv" AS text; CREATE DOMAIN "text/html" AS text CHECK (length(VALUE) >= 0)));
($rc, $out, $err) = $trap->run('CREATE EXTENSION roi_ext');
like($err, qr/42710: .*"text\/html".*without constraint/s, 'a domain with a rule is not taken over');
$trap->sql('DROP DOMAIN "text/html"; CREATE EXTENSION roi_ext');
($rc, $out, $err) = $trap->as(undef)->run('SET ROLE mallory; ALTER DOMAIN "text/csv" ADD CHECK (length(VALUE) >= 0)');
like($err, qr/42501/, 'and who made one cannot add a rule any more');

# --- the update from 1.0 ---
my $old = RoiTest->new(node => $node, db => 'old')->create_database;
$old->sql(q(CREATE DOMAIN "text/csv" AS text; CREATE EXTENSION roi_ext VERSION '1.0'; SELECT roi_setup(); ALTER EXTENSION roi_ext UPDATE; SELECT roi_setup()));
$old->answers($members, $ours, 'the update makes and takes them likewise');
$old->sql(q(INSERT INTO users VALUES ('u')));
$old->answers(q(SELECT roi_report_csv('u', report => 'clv') LIKE 'avg_revenue%'), 't', 'and its functions answer');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|XX000/, 'no server broke');
$node->stop;
done_testing();
