# Two strangers' data, marked by tokens in every column, searched for from a client's session: every relation, function, catalogue, plan,
# error and notification that the role of a client reaches as user_a, with hostile arguments and objects of his own.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

# user_a is the attacker. He knows the id user_b, and nothing of user_btok; whatever else is theirs matches this.
my $token = qr/btok|881188|992299|73113731/i;

my $node = RoiTest::server('leaks', {});
my $db = RoiTest->new(node => $node, db => 'leaks')->create_database->create_extension;
$db->sql("CREATE ROLE client LOGIN; SELECT roi_setup(); SELECT roi_grant('client', 'client')");

# --- what must not be found ---

my $file = RoiTest::file('Day,Campaign name,Ad ID,Amount spent (USD),Impressions', '2026-01-05,Btok campaign,btok-ad,881188.25,73113731', 'btok-day,x,btok-reject,1,1');
my $newer = RoiTest::file('Day,Campaign name,Ad ID,Amount spent (USD),Impressions', '2026-01-05,Btok campaign,btok-ad,881188.75,73113731');
my $period = RoiTest::file('Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Impressions', '2026-02-05,2026-02-11,Btok campaign,881188.25,73113731');
my $snapshots = RoiTest::file('Post ID,Account ID,Publish time,Date,Views,Likes,Reach', 'btok-image,1,07/31/2026 06:08,2026-08-01,73113731,1,881188');
for my $user (qw(user_b user_btok))
{
	$db->sql(qq(
	SELECT roi_import('$user', $file, platform => 'btokplat');
	SELECT roi_import('$user', $newer, platform => 'btokplat');
	SELECT roi_import('$user', $period, platform => 'btokplat');
	SELECT roi_import('$user', $snapshots, platform => 'btokplat');
	SELECT roi_record_snapshot('$user', 'btokplat', 'btok-reel', views => 7311373115, metrics => '{"btok_key": 881188}');
	INSERT INTO campaign_with_user_id (user_id, name, date, ongoing, platform, external_id, currency, spend, budget) VALUES ('$user', 'btok campaign', current_date, 'btok', 'btokplat', 'btok-ext', 'BTK', 881188.1, 992299.1);
	INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, content_type, content_category, views, likes, ad_spend, revenue_generated, update_timestamp, currency)
	SELECT '$user', 'btokplat', max(id), 'btok-post', 'btoktype', 'btokcat', 7311373113, 881188, 881188.31, 992299.41, now() - interval '1 hour', 'USD' FROM campaign_with_user_id WHERE user_id = '$user';
	INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) VALUES ('$user', 'btokplat', 'btok-old', 7311373114, '2012-01-01');
	INSERT INTO platform_metrics (user_id, platform, roi_metric_id, metrics, update_timestamp) SELECT user_id, platform, id, '{"btok_key": 881188}', update_timestamp FROM roi_metrics WHERE user_id = '$user' AND post_id = 'btok-post';
	INSERT INTO roi_simulations (user_id, seed, platforms, posts_per_day, first_posts, growth_model, start_at, generated_until, time_zone, state)
		VALUES ('$user', 881188, '{btokplat}', 1, 1, 'plan', now(), now(), 'btok-zone', 'stopped');
	INSERT INTO user_preferences VALUES ('$user', 'btok industry', 'solo', '{btok-goal}', 'btok budget');
	INSERT INTO user_competitors (user_id, id, name, website_url, description, platforms) VALUES ('$user', '11111111-1111-4111-8111-111111111111', 'btok rival', 'btok.example', 'btok words', '{btokplat}');
	INSERT INTO connected_accounts (user_id, platform, username, display_name, permissions) VALUES ('$user', 'btokplat', '\@btok', 'Btok', '{btok-read}');
	INSERT INTO roi_competitor_metrics VALUES ('$user', 'btok rival', 'btokplat', 'btokmetric', current_date, 881188, 'btok source')));
}
$db->sql(q(INSERT INTO roi_job_runs (job, ok, sqlstate, message) VALUES ('roi_tick', false, '22023', 'btok message'); INSERT INTO users VALUES ('user_a');
	INSERT INTO roi_metrics (user_id, platform, post_id, views, update_timestamp) SELECT 'user_a', 'facebook', 'mine', n, now() - n * interval '1 hour' FROM generate_series(1, 50) n));
$db->sql('ANALYZE');

my @relations = split /\n/, $db->sql(q(SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S') ORDER BY 1));
my @owned = split /\n/, $db->sql("SELECT name FROM roi_tables() WHERE user_owned ORDER BY 1");
for my $table (@owned)
{
	my @columns = split /\n/, $db->sql("SELECT string_agg(t::text, ' ') FROM $table t WHERE user_id = 'user_btok'");
	like("@columns", $token, "the owner finds tokens in $table");
}

# --- the attacker's session ---

# Objects of his own, in a schema of his own: what the search path of a careless function would meet. Each tells what it sees.
$db->sql('CREATE SCHEMA hostile AUTHORIZATION client');
$db->as('client')->sql(q(
	CREATE FUNCTION hostile.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
	CREATE FUNCTION hostile.same(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'compared % and %', $1, $2; RETURN true; END $$;
	CREATE FUNCTION hostile.same(varchar, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'compared % and %', $1, $2; RETURN true; END $$;
	CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.same);
	CREATE OPERATOR hostile.= (LEFTARG = varchar, RIGHTARG = text, FUNCTION = hostile.same);
	CREATE FUNCTION hostile.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'hostile now'; RETURN '1999-01-01'; END $$;
	CREATE FUNCTION hostile.to_char(timestamp, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'hostile to_char'; RETURN ''; END $$;
	CREATE FUNCTION hostile.roi_current_user_id() RETURNS text LANGUAGE sql AS $$ SELECT 'user_b'::text $$;
	CREATE FUNCTION hostile.roi_require_user(text) RETURNS void LANGUAGE sql AS ''));
my $hostile = "SET search_path TO hostile, pg_catalog, public;\n"
  . join '', map { "CREATE TEMP TABLE $_ (user_id varchar, clerk_id text, version integer);\n" } qw(roi_rollup users roi_schema_version user_preferences);

# Runs statements one by one as the client signed in as user_a, going on after errors; everything that came back, by statement.
sub attack
{
	my ($prelude, @statements) = @_;
	my $script = qq(SET request.jwt.claims TO '{"sub": "user_a", "role": "client"}';\n$prelude) . join '', map { "\\echo \@$_\n\\warn \@$_\n$statements[$_];\n" } 0 .. $#statements;
	my ($out, $err) = ('', '');
	$node->psql('leaks', $script, stdout => \$out, stderr => \$err, on_error_stop => 0,
		extra_params => [ '-U', 'client', '-v', 'VERBOSITY=verbose', '-v', 'SHOW_CONTEXT=always' ]);
	my @answers = ('') x @statements;
	for my $stream ($out, $err)
	{
		my @parts = split /^@(\d+)$/m, $stream;
		shift @parts;
		while (my ($number, $text) = splice @parts, 0, 2) { $answers[$number] .= $text // ''; }
	}
	return @answers;
}

# One test: the statements are all answered or refused, and no token comes back.
sub silent
{
	my ($name, $prelude, @statements) = @_;
	my @answers = attack($prelude, @statements);
	my @leaks = map { "$statements[$_]: " . substr($answers[$_], 0, 300) } grep { $answers[$_] =~ $token } 0 .. $#answers;
	is(scalar(@leaks), 0, sprintf('%s: %d statements', $name, scalar @statements)) or diag(join "\n", splice @leaks, 0, 5);
	return @answers;
}

# --- relations ---

my @ways = ('SELECT count(*), max(t::text) FROM RELATION t', 'SELECT string_agg(t::text, chr(10)) FROM RELATION t', 'COPY (SELECT * FROM RELATION) TO STDOUT', 'COPY RELATION TO STDOUT',
	'SELECT table_to_xml(\'RELATION\', true, false, \'\')', 'EXPLAIN (ANALYZE, VERBOSE, COSTS, TIMING OFF, SUMMARY OFF) SELECT * FROM RELATION', 'SELECT string_agg(t::text, chr(10)) FROM RELATION t WHERE hostile.tell(t::text)',
	'EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, SUMMARY OFF) SELECT * FROM RELATION t WHERE hostile.tell(t::text)', 'SELECT t::text::integer FROM RELATION t', 'SELECT * FROM RELATION t WHERE 1 / length(t::text) > 5 OR t::text::integer = 1',
	'SELECT max(t::text) FROM ONLY RELATION t', 'SELECT * FROM RELATION t TABLESAMPLE SYSTEM (100) WHERE t::text LIKE \'%user\\_b%\'', 'DELETE FROM RELATION t WHERE hostile.tell(t::text) RETURNING *', 'TRUNCATE RELATION',
	'DECLARE cNUMBER CURSOR WITH HOLD FOR SELECT t::text FROM RELATION t', 'FETCH ALL FROM cNUMBER');
my @statements = map { my $number = $_; map { s/RELATION/$relations[$number]/gr =~ s/NUMBER/$number/gr } @ways } 0 .. $#relations;
silent('relations', '', @statements);
silent('relations with row_security off', "SET row_security TO off;\n", map { "SELECT string_agg(t::text, chr(10)) FROM $_ t" } @relations);
my @keyed = grep { !/^roi_(rollup|posts|metrics)/ } @owned;
silent('writes with another user\'s keys', '',
	"INSERT INTO user_competitors (user_id, id, name) VALUES ('user_b', '11111111-1111-4111-8111-111111111111', 'x') RETURNING *",
	"INSERT INTO user_competitors (user_id, id, name) VALUES ('user_b', '11111111-1111-4111-8111-111111111111', 'x') ON CONFLICT (user_id, id) DO UPDATE SET name = 'y' RETURNING *",
	"INSERT INTO user_competitors (user_id, id, name) VALUES ('user_b', '11111111-1111-4111-8111-111111111111', 'x') ON CONFLICT DO NOTHING RETURNING *",
	"INSERT INTO user_preferences (user_id) VALUES ('user_b') ON CONFLICT (user_id) DO UPDATE SET industry = user_preferences.industry || '!' RETURNING *",
	"INSERT INTO roi_competitor_metrics SELECT 'user_b', competitor, platform, metric, as_of, value FROM roi_competitor_metrics RETURNING *",
	"MERGE INTO user_preferences p USING (VALUES ('user_b')) v (u) ON p.user_id = v.u WHEN MATCHED THEN UPDATE SET industry = p.industry WHEN NOT MATCHED THEN INSERT (user_id) VALUES (v.u)",
	"UPDATE user_competitors SET user_id = 'user_b' RETURNING *", "UPDATE user_preferences SET user_id = 'user_b'", "DELETE FROM user_competitors RETURNING *", "DELETE FROM roi_competitor_metrics WHERE hostile.tell(competitor) RETURNING *",
	map { ("INSERT INTO $_ (user_id) VALUES ('user_b')", "UPDATE $_ SET user_id = 'user_a' WHERE user_id = 'user_b' RETURNING *", "DELETE FROM $_ WHERE user_id <> 'user_a' RETURNING *") } @keyed);
$db->answers("SELECT string_agg(name, ' ' ORDER BY user_id) FROM user_competitors", 'btok rival btok rival', 'and the strangers\' rows are as they were');

# --- catalogues ---

my @catalogues = split /\n/, $db->sql(q(SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v') ORDER BY 1));
silent('catalogues', '', (map { "SELECT string_agg(t::text, chr(10)) FROM $_ t" } grep { !/pg_stat_activity/ } @catalogues),
	"SELECT schema_to_xml('public', true, false, '')", "SELECT database_to_xml(true, false, '')", "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename = 'roi_posts'",
	"SELECT query FROM pg_stat_activity WHERE query ~ 'none'", (map { "SELECT currval('$_')" } grep { /_seq$/ } @relations), 'SELECT lastval()');
like($db->sql("SELECT string_agg(t::text, '') FROM pg_stats t WHERE schemaname = 'public'"), $token, 'though the statistics hold tokens');

# --- functions ---

my @names = ('user_b', 'user_btok', "' OR true --", "user_a' UNION SELECT name FROM user_competitors --", '%', 'USER_B', 'user_b ', "user_a\\", '$1', '{user_b}', '*', 'pg_temp.x', "btokpla%", '"user_b"', '{"sub": "user_b"}');
my $keys = $db->sql("SELECT string_agg(page_key, ' ') FROM (SELECT page_key FROM roi_metrics_detail('user_b', 'all') UNION ALL SELECT page_key FROM roi_top_posts('user_b', 'all') UNION ALL SELECT page_key FROM roi_campaign_performance('user_b', 'all')) k");
my %values = (
	text => [ @names, split / /, $keys ], bytea => ["\\x", '\x6161'], bigint => [ 1, -1, '9223372036854775807' ], integer => [ 1, 2147483647, -1 ], smallint => [1], numeric => [ 'NaN', '1e300' ], boolean => ['t'],
	'timestamp with time zone' => [ '-infinity', 'infinity', '2012-01-01' ], interval => ['100 years'], 'text[]' => [ '{user_b}', '{btokplat}' ], jsonb => [ '{"name": "x", "user_id": "user_b"}', '{"budget": "user_b"}' ],
	uuid => ['11111111-1111-4111-8111-111111111111'], regclass => [ 'user_preferences', 'roi_posts' ], name => [ 'client', 'user_b' ], oid => [ 1, 10 ], 'timestamp with time zone[]' => ['{now}']);
my @routines = split /\n/, $db->sql(q(SELECT concat_ws('|', p.proname, p.prokind, array_to_string(p.proargnames[1:p.pronargs], ','), (SELECT string_agg(format_type(t, NULL), ',' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY a (t, n)), p.pronargs - p.pronargdefaults)
	FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext') ORDER BY 1));
my @calls;
for (@routines)
{
	my ($name, $kind, $arguments, $types, $required) = split /\|/, $_, -1;
	my @names_of = split /,/, $arguments // '';
	my @types_of = split /,/, $types // '';
	my $begin = $kind eq 'p' ? 'CALL' : 'SELECT * FROM';
	my $others = sub { my ($but) = @_; map { $_ == $but ? () : "$names_of[$_] => " . RoiTest::quote_literal(($values{ $types_of[$_] } // ['x'])->[0]) . "::$types_of[$_]" } 0 .. ($required || 0) - 1 };
	push @calls, "$begin public.$name(" . join(', ', $others->(-1)) . ')';
	for my $place (0 .. $#types_of)
	{
		push @calls, "$begin public.$name(" . join(', ', $others->($place), "$names_of[$place] => NULL") . ')';
		for my $value (@{ $values{ $types_of[$place] } // ['x'] })
		{
			my $given = "$names_of[$place] => " . RoiTest::quote_literal($value) . "::$types_of[$place]";
			push @calls, "$begin public.$name(" . join(', ', $others->($place), $given) . ')';
			push @calls, "$begin public.$name(" . join(', ', $given, "user_id => 'user_b'") . ')' if $names_of[0] eq 'user_id' && $place > 0;
		}
	}
}
# what a caller passed in comes back to him: no token is passed in
@calls = grep { $_ !~ $token } @calls;
cmp_ok(scalar(@calls), '>', 800, 'many calls');
my @answers = silent('functions', '', @calls);
my @answered = grep { $calls[$_] =~ /user_id => 'user_b'/ && $answers[$_] !~ /ERROR:/ } 0 .. $#calls;
is(scalar(@answered), 0, 'no call for user_b is answered') or diag($calls[ $answered[0] ], $answers[ $answered[0] ]);
my %refusals;
for (@answers) { $refusals{$1}++ while /ERROR:\s+(\w{5})/g; }
cmp_ok($refusals{'42501'} // 0, '>', 500, 'most calls are refused with 42501');
cmp_ok(scalar(grep { $_ !~ /ERROR:/ && /\(\d+ rows?\)|\d/ } @answers), '>', 100, 'and many are answered, with the caller\'s own figures');
my @unknown = grep { $answers[$_] =~ /XX000|server closed|terminated/ } 0 .. $#calls;
is(scalar(@unknown), 0, 'no internal error, no crash') or diag($calls[ $unknown[0] ], $answers[ $unknown[0] ]);
my @again = silent('functions among hostile objects', $hostile, map { "SET LOCAL transform_null_equals TO on; $_" } @calls);
is(scalar(grep { /compared|hostile|saw/ } @again), 0, 'no hostile function is called');
silent('functions with row_security off', "SET row_security TO off; SET roi_ext.user_id TO 'user_b';\n", @calls);
silent('plans of functions', '', map { "EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, SUMMARY OFF) $_" } grep { /^SELECT/ && /user_b/ } @calls);
my @own = attack('', "SELECT data_points FROM roi_total()", "SELECT count(*) FROM roi_metrics", "SELECT roi_get_user_preferences('user_b')");
like($own[0], qr/^\s*\d+\s*$/, 'while the attacker reads his own figures') or diag($own[0]);
like($own[2], qr/42501/, 'and is refused another\'s');

# --- import and notifications ---

my $mine = RoiTest::file('Day,Campaign name,Ad ID,Amount spent (USD),Impressions', '2026-01-05,mine,mine-ad,1,1', 'no day,x,x,1,1');
silent('imports', '', "SELECT * FROM roi_import('user_a', $mine)", "SELECT * FROM roi_import('user_a', $mine)", "SELECT * FROM roi_import('user_b', $mine)", "SELECT * FROM roi_import('user_a', 'x')", 'SELECT * FROM roi_import_batches', 'SELECT * FROM roi_import_rejects', 'SELECT * FROM roi_dashboard()');
my $listener = $db->as('client')->start("SET request.jwt.claims TO '{\"sub\": \"user_a\"}'", 'LISTEN roi_tick', 'LISTEN roi_alert', 'SELECT pg_sleep(3)', 'SELECT 1');
sleep 1;
$db->sql("DELETE FROM roi_simulations; SELECT roi_import('user_btok', " . RoiTest::file('Day,Campaign name,Ad ID,Amount spent (USD),Impressions', '2026-02-05,btok,btok-2,881188,1') . ')');
my ($rc, $out, $err) = RoiTest::finish($listener);
like($out, qr/roi_tick/, 'the attacker hears of an import');
unlike("$out$err", $token, 'and not whose');

$node->stop;
done_testing();
