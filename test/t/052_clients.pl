# Clients: the paste of docs/supabase.md, requests as PostgREST makes them, and the node-postgres script of demo/client.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(gettimeofday usleep);
use RoiTest;

my $node = RoiTest::server('clients', {});
my $db = RoiTest->new(node => $node, db => 'clients', schema => 'roi')->create_database;

# What a self-hosted Supabase brings: roles, auth.jwt(), default privileges that open whatever is new; and the application's users table.
$db->sql(q(
	CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS; CREATE ROLE authenticator LOGIN NOINHERIT;
	GRANT anon, authenticated, service_role TO authenticator;
	GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
	ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated, service_role;
	ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
	ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
	CREATE SCHEMA auth; GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;
	CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS
		$$ SELECT coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb $$;
	CREATE TABLE public.users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), clerk_id text NOT NULL UNIQUE);
	ALTER TABLE public.users ENABLE ROW LEVEL SECURITY));
my ($paste) = slurp_file('docs/supabase.md') =~ /## Set up Supabase in one paste.*?```sql\n(.*?)```/s;
ok($paste, 'the paste is found');
$db->sql($paste);
$db->answers('SELECT role, level FROM roi_grants()', "authenticated|client\nservice_role|operator", 'it grants two levels, whatever the default privileges were');
$db->sql(q(INSERT INTO public.users (clerk_id) VALUES ('user_anna'), ('user_bert');
	INSERT INTO roi_metrics (user_id, platform, post_id, views, clicks, ad_spend, revenue_generated, update_timestamp)
	SELECT who, platform, platform || n, 100 * n, n, n, 3 * n + length(who), now() - n * interval '9 hours'
	FROM unnest('{user_anna,user_bert}'::text[]) who, unnest('{facebook,youtube}'::text[]) platform, generate_series(1, 60) n));

# --- requests as PostgREST makes them ---

# One request: method, role, claims, function, JSON body. Returns SQLSTATE or the body of the answer.
sub request
{
	my ($method, $role, $claims, $function, $body) = @_;
	my $given = $db->sql(qq(
		SELECT string_agg(format('%I %s', name, format_type(type, NULL)), ', '), string_agg(format('%1\$I => a.%1\$I', name), ', ')
		FROM pg_proc p, unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs]) u (type, name) WHERE p.oid = 'roi.$function'::regproc AND '$body'::jsonb ? name));
	my ($columns, $call) = split /\|/, $given, 2;
	my $is_read = $method eq 'GET' || $db->sql("SELECT provolatile <> 'v' FROM pg_proc WHERE oid = 'roi.$function'::regproc") eq 't';
	my $from = $columns ? "(SELECT * FROM json_to_record('$body') AS _($columns) LIMIT 1) a, LATERAL roi.$function($call) r" : "roi.$function() r";
	my $api = $db->with(role => 'authenticator', schema => 'pg_catalog');
	my $sql = 'BEGIN ISOLATION LEVEL READ COMMITTED' . ($is_read ? ' READ ONLY' : '') . qq(;
		SELECT set_config('search_path', '"roi", "public"', true), set_config('role', '$role', true), set_config('request.jwt.claims', '$claims', true),
			set_config('request.method', '$method', true), set_config('request.path', '/rpc/$function', true), set_config('request.headers', '{"user-agent": "test"}', true) \\g /dev/null
		SELECT json_agg(r)::text FROM $from;
		COMMIT);
	my ($rc, $out, $err) = $api->run($sql);
	return $rc ? ($err =~ /ERROR:\s+(\w{5})/)[0] : $out;
}
# Both answers, from the same second of the clock: a document names the moment at which it was made.
sub within_a_second
{
	my ($first, $second) = @_;
	my @answers;
	for (1 .. 20)
	{
		my $begun = time;
		@answers = ($first->(), $second->());
		last if time == $begun;
		usleep(1_000_000 - (gettimeofday)[1]); # the next one has hardly begun
	}
	return @answers;
}
my $anna = '{"sub": "user_anna", "role": "authenticated", "iss": "https://clerk.example"}';
my @routines = split /\n/, $db->sql(q(SELECT p.proname, p.provolatile FROM roi_level_routines() r JOIN pg_proc p ON p.oid = r.routine WHERE r.level = 'client' AND p.proargnames[1] = 'user_id' AND obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal%' ORDER BY 1));
cmp_ok(scalar(@routines), '>', 20, 'functions of a client');
for (@routines)
{
	my ($name, $volatility) = split /\|/;
	next if $volatility eq 'v';
	my ($answer, $same) = within_a_second(
		sub { request('GET', 'authenticated', $anna, $name, '{}') },
		# an analysis may need more than she has: then both are told so
		sub { eval { $db->sql("SET request.jwt.claims TO ''; SET timezone TO 'UTC'; SELECT json_agg(r)::text FROM $name('user_anna') r") } // ($@ =~ /ERROR:\s+(\w{5}):/)[0] });
	my $now = qr/"(asOf|since|until|\w+_since|\w+_until)":"[^"]*"/;
	is($answer =~ s/$now//gr, $same =~ s/$now//gr, "$name: GET by a signed-in client is the owner's answer for her");
	is(request('POST', 'authenticated', $anna, $name, '{"user_id": "user_bert"}'), '42501', "$name: another user is refused");
	is(request('GET', 'anon', '{"role": "anon"}', $name, '{}'), '42501', "$name: anon is refused");
	isnt(request('POST', 'service_role', '{"role": "service_role"}', $name, '{"user_id": "user_bert"}'), '42501', "$name: the server asks for anyone");
}
is(request('GET', 'authenticated', $anna, 'roi_save_user_preferences', '{"preferences": {"budget": "1"}}'), '25006', 'a function that writes does not by GET: 405');
like(request('POST', 'authenticated', $anna, 'roi_save_user_preferences', '{"preferences": {"budget": "1000-5000"}}'), qr/"budget" : "1000-5000"/, 'but by POST');
like(request('GET', 'authenticated', $anna, 'roi_get_user_preferences', '{}'), qr/"budget" : "1000-5000"/, 'and is read again');
is(request('POST', 'authenticated', $anna, 'roi_delete_competitor', '{"id": "00000000-0000-0000-0000-000000000000"}'), 'PT404', 'what is not there: 404');
is(request('POST', 'authenticated', '{"role": "authenticated"}', 'roi_total', '{}'), '22004', 'a token without sub');
is(request('POST', 'authenticated', '{"sub": "user_new", "role": "authenticated"}', 'roi_save_user_preferences', '{"preferences": {}}'), '23503', 'a user who is not in the application\'s table: 409');
my ($rc, $out) = $db->with(role => 'authenticator', schema => 'roi')->run("BEGIN; SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims', '$anna', true) \\g /dev/null\nCOMMIT; SET ROLE authenticated; SELECT coalesce(roi_current_user_id(), 'nobody'), current_setting('request.jwt.claims')");
is($out, 'nobody|', 'a pooled session remembers nobody after the transaction');

# --- node-postgres ---

my %env = (PGHOST => $node->host, PGPORT => $node->port, PGUSER => 'authenticator', PGDATABASE => 'clients', ROI_SCHEMA => 'roi', NODE_PATH => join(':', "$ENV{PWD}/demo/client/node_modules", '/usr/share/nodejs'));
sub node_js { local %ENV = (%ENV, %env); my ($stdout, $stderr) = ('', ''); my $good = IPC::Run::run([ 'node', @_ ], '>', \$stdout, '2>', \$stderr); return ($good, $stdout, $stderr); }
my ($has_pg) = node_js('-e', 'require("pg")');
if (!$has_pg) { system_log('npm', 'ci', '--prefix', 'demo/client', '--no-audit', '--no-fund'); ($has_pg) = node_js('-e', 'require("pg")'); }
ok($has_pg, 'node-postgres is there: Debian\'s node-pg, or npm ci in demo/client');
my ($good, $printed, $errors) = node_js('demo/client/tabs.js', 'user_anna', 'user_bert');
ok($good, 'the script ends well') or diag($errors);
my @titles = $printed =~ /^== (\w+)/mg;
is(join(' ', grep { !/^(All|user_bert)$/ } @titles), 'Overview Revenue Revenue Cost Profitability Profitability Profitability ROI Channels ROI', 'all six tabs');
my $revenue = $db->sql("SELECT total_revenue FROM roi_total('user_anna')");
like($printed, qr/Overview: roi_total\(\)\n\{.*"total_revenue":"\Q$revenue\E"/, 'the figures are the database\'s');
like($printed, qr/"totalRevenue":\Q@{[ $revenue + 0 ]}\E\b/, 'in the dashboard too');
like($printed, qr/user_bert is refused: 42501 .*\n\s+Sign in as that user/, 'and another user is refused, with the hint');
$db->sql('ALTER TABLE roi_rollup DISABLE ROW LEVEL SECURITY');
($good, $printed) = node_js('demo/client/tabs.js', 'user_anna', 'user_anna');
ok(!$good, 'the script fails when the other one is answered');
$db->sql('ALTER TABLE roi_rollup ENABLE ROW LEVEL SECURITY');

# --- the import examples of the README, word for word ---

my $readme = slurp_file('README.md');
my ($node_example, $supabase_example) = $readme =~ m{// node-postgres\n(await.*?\n)// supabase-js[^\n]*\n(.*?)```}s;
my ($python_example) = $readme =~ /```python\n(.*?)```/s;
ok($node_example && $supabase_example && $python_example, 'the examples of three clients are found');
my $at_work = PostgreSQL::Test::Utils::tempdir;
my @day = ('Day,Campaign name,Amount spent (EUR),Impressions,Purchases,Purchases conversion value', '2026-01-05,"Größe, ""Été"" 🎯",12.34,1000,2,55.5');
append_to_file("$at_work/meta_ads.csv", join("\n", @day) . "\n");
$db->sql(q(INSERT INTO public.users (clerk_id) VALUES ('user_2abc') ON CONFLICT DO NOTHING));
my $imported = q(SELECT trim_scale(sum(ad_spend)), trim_scale(sum(revenue_generated)), max(currency), min(update_timestamp AT TIME ZONE 'UTC') FROM roi_metrics WHERE user_id = 'user_2abc');
# Runs a program in the file's directory as the operator.
sub in_place
{
	my (@command) = @_;
	local %ENV = (%ENV, %env, PGUSER => 'postgres', PGOPTIONS => '-c search_path=roi,public');
	my ($stdout, $stderr) = ('', '');
	IPC::Run::run(\@command, '>', \$stdout, '2>', \$stderr, init => sub { chdir $at_work or die $!; }) or diag($stderr);
	return $stdout;
}
sub undo { $db->sql(q(SELECT roi_undo_import(max(id), 'user_2abc') FROM roi_import_batches WHERE user_id = 'user_2abc')); }
in_place('node', '-e', "const fs = require('fs'); const { Client } = require('pg');\n(async () => { const client = new Client(); await client.connect();\n$node_example; await client.end(); })()");
is($db->sql($imported), '12.34|55.5|EUR|2026-01-04 23:00:00', 'node-postgres: the file is imported');
undo();
# Debian's own Python has Debian's psycopg
in_place('/usr/bin/python3', '-c', "import pathlib, psycopg\nwith psycopg.connect('') as conn:\n" . $python_example =~ s/^/    /mgr);
is($db->sql($imported), '12.34|55.5|EUR|2026-01-05 00:00:00', 'psycopg: the file is imported');
undo();
# supabase-js posts the arguments of rpc() as JSON
my $posted = in_place('node', '-e', "const fs = require('fs'); const user_id = 'user_2abc'; const file = new Blob([fs.readFileSync('meta_ads.csv')]);\n"
	. "const supabase = { rpc: async (name, args) => { console.log(name + ' ' + JSON.stringify(args)); return {}; } };\n(async () => {\n$supabase_example })()");
my ($called, $body) = $posted =~ /^(\w+) (\{.*\})$/;
is($called, 'roi_import', 'supabase-js: the function');
my $hers = '{"sub": "user_2abc", "role": "authenticated"}';
like(request('POST', 'authenticated', $hers, 'roi_import', $body), qr/"spend":12\.340*,"revenue":55\.50*,/, 'supabase-js: the signed-in user imports the file');
is($db->sql($imported), '12.34|55.5|EUR|2026-01-05 00:00:00', 'supabase-js: and its facts are there');

$node->stop;
done_testing();
