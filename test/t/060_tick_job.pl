# The hourly job in batches: a bad account costs itself, overlapping runs return at once, a killed run is resumed, workers
# share the users without overlap.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $node = RoiTest::server('jobs', {}, 'max_prepared_transactions = 4', 'log_min_messages = log');
my $db = RoiTest->new(node => $node, db => 'jobs', schema => 'Roi Jobs')->create_database->create_extension;
$db->sql("SELECT roi_setup(); CREATE ROLE op LOGIN; SELECT roi_grant('op', 'operator'); CREATE ROLE cl LOGIN; SELECT roi_grant('cl', 'client')");

RoiTest::away_from_the_hour(60);
my $last = 'FROM roi_job_runs ORDER BY id DESC LIMIT 1';
my $behind = q(SELECT string_agg(user_id, ' ' ORDER BY user_id) FROM roi_simulations WHERE generated_until < date_trunc('hour', now()));

sub accounts
{
    my ($prefix, $count, $hours) = @_;
    $db->sql(qq(SELECT FROM generate_series(1, $count) n, roi_simulate('$prefix' || to_char(n, 'FM0000'), seed => n, first_posts => 2, posts_per_day => 1, platforms => '{facebook}',
        start_at => now() - interval '$hours hours')));
    return;
}

# Facts of the account that its own constraint refuses, as any error of a single account does.
sub break_account
{
    my ($user) = @_;
    $db->sql(qq(ALTER TABLE roi_metrics ADD CONSTRAINT bad_$user CHECK (user_id <> '$user')));
    return;
}

# --- a bad account ---

accounts('a', 450, 3);
break_account('a0003');
break_account('a0250');
my $error = $db->error('CALL roi_tick_job()');
is($error->{state}, '23514', 'two bad accounts of 450: the CALL raises the first error');
is($db->sql($behind), 'a0003 a0250', 'all others are up to date');
$db->answers("SELECT ok, sqlstate, accounts, failed, rows = (SELECT count(*) FROM roi_metrics), detail <> '', context ~ 'roi_tick_job', pid > 0 $last", 'f|23514|448|2|t|t|t|t',
    'the run says how many, with SQLSTATE, detail and context of the first');
$db->answers("SELECT f->>'of', f->>'sqlstate', f->>'message' ~ 'bad_', f->>'detail' <> '', f->>'context' ~ 'roi_tick_job' FROM (SELECT failures $last) r, jsonb_array_elements(failures) f",
    "account a0003|23514|t|t|t\naccount a0250|23514|t|t|t", 'and keeps each failure');
is($db->differing, '', 'roi_verify() finds nothing');
is($db->wrong_totals, '', 'totals are the sums');
$db->sql("ALTER TABLE roi_metrics DROP CONSTRAINT bad_a0003; ALTER TABLE roi_metrics DROP CONSTRAINT bad_a0250; CALL roi_tick_job()");
$db->answers("SELECT ok, accounts, failed, failures IS NULL, sqlstate $last", 't|2|0|t|', 'mended, the next run catches up on those two');
is($db->sql($behind), '', 'nobody is behind');
my $log = slurp_file($node->logfile);
like($log, qr/LOG:  roi_ext: roi_tick begins, run 1\b/, 'the log tells the begin');
like($log, qr/LOG:  roi_ext: run 1, account a0250: .*SQLSTATE 23514/, 'each failure');
like($log, qr/LOG:  roi_ext: roi_tick ends, run 1: 23514, 448 accounts, \d+ rows, 2 failed, \d+ ms/, 'and the end with its timing');

# more failures than are kept
accounts('b', 30, 2);
$db->sql(q(ALTER TABLE roi_metrics ADD CONSTRAINT bad_all CHECK (user_id !~ '^b')));
is($db->error('CALL roi_tick_job()')->{state}, '23514', 'thirty bad accounts');
$db->answers("SELECT ok, accounts, failed, jsonb_array_length(failures), rows $last", 'f|0|30|20|0', 'are counted, the first twenty kept');
$db->sql('ALTER TABLE roi_metrics DROP CONSTRAINT bad_all; CALL roi_tick_job()');
is($db->sql($behind), '', 'mended, all catch up');

# --- cancel: what is committed stays ---

accounts('c', 210, 2);
$db->sql(q(CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;
    CREATE TRIGGER slow AFTER UPDATE ON roi_simulations FOR EACH ROW WHEN (NEW.user_id = 'c0205') EXECUTE FUNCTION slow()));
is($db->error("SET statement_timeout TO '3s'; CALL roi_tick_job()")->{state}, '57014', 'a cancel in the second batch ends the run');
$db->answers("SELECT ok, sqlstate, accounts, failed, failures->0->>'of' $last", 'f|57014|200|1|', 'which is no account\'s failure');
is($db->sql("SELECT count(*) FROM roi_simulations WHERE user_id ~ '^c' AND generated_until >= date_trunc('hour', now())"), '200', 'the first batch stays');

# --- overlap and termination ---

my $first = $db->start('CALL roi_tick_job()');
RoiTest::wait_until($node, q(SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')));
my $runs = $db->sql('SELECT count(*) FROM roi_job_runs');
my ($rc, $out, $err) = $db->run('CALL roi_tick_job()');
is($rc, 0, 'a second run returns at once');
like($err, qr/another tick is running/, 'and says why');
($rc, $out, $err) = $db->run('CALL roi_tick_job(1, 2)');
like($err, qr/another tick is running/, 'a worker too, while all users are being done');
$db->answers('SELECT count(*) FROM roi_job_runs', $runs, 'without a row');
$db->answers("SELECT ok IS NULL, roi_run_is_alive(started_at, pid) $last", 't|t', 'the first one is alive');
$db->sql("SELECT pg_terminate_backend(pid) $last");
RoiTest::finish($first);
$db->answers("SELECT ok IS NULL, roi_run_is_alive(started_at, pid) $last", 't|f', 'terminated, it is not');
my $cut = $db->sql("SELECT id $last");
$db->sql('DROP TRIGGER slow ON roi_simulations; CALL roi_tick_job()');
$db->answers("SELECT ok, sqlstate, message, finished_at IS NOT NULL FROM roi_job_runs WHERE id = $cut", 'f|57P02|the run was interrupted|t', 'the next run closes its row');
$db->answers("SELECT ok, accounts $last", 't|10', 'and does what was left');
is($db->sql($behind), '', 'nobody is behind');

# --- an account that somebody else holds is left to the next run ---

accounts('d', 3, 2);
$db->sql(q(BEGIN; SELECT FROM roi_user_state WHERE user_id = 'd0002' FOR UPDATE; PREPARE TRANSACTION 'held'));
$db->sql('CALL roi_tick_job()');
$db->answers("SELECT ok, accounts, failed $last", 't|2|0', 'a busy account is no failure');
is($db->sql($behind), 'd0002', 'it waits');
$db->sql(q(ROLLBACK PREPARED 'held'));
$db->sql('CALL roi_tick_job()');
is($db->sql($behind), '', 'for the next run');

# --- a batch ends with the account that fills it ---

RoiTest::away_from_the_hour(60);
$db->sql(q(SELECT FROM generate_series(1, 4) n, roi_simulate('e' || n, seed => n, first_posts => 1000, posts_per_day => 0, platforms => '{facebook}', start_at => date_trunc('hour', now()) - interval '40 hours')));
my $four = q(ARRAY['e1', 'e2', 'e2_nobody', 'e3', 'e4']);
$db->answers("SELECT users, posts, taken FROM roi_generate_accounts(now(), $four, 1, 1)", '3|120000|4', '40,000 rows each: three of them, and how many of the list those are');
is($db->sql($behind), 'e4', 'the one behind it is left, though it was locked with them');
$db->answers("SELECT users, posts, taken FROM roi_generate_accounts(now(), (SELECT array_agg(u) FROM roi_accounts_behind(now(), '', 10, 1, 1) u), 1, 1)", '1|40000|1', 'and begins the next batch');
is($db->sql($behind), '', 'nobody is behind');
$db->sql(q(DELETE FROM users WHERE clerk_id ~ '^e'));

# --- workers ---

accounts('w', 300, 4);
for my $workers (1, 2, 3, 7, 64)
{
    $db->answers("SELECT count(*), count(DISTINCT u), count(DISTINCT w) > 0.9 * least($workers, 50) FROM generate_series(1, $workers) w, roi_accounts_behind(now(), '', 1000, w, $workers) u",
        '300|300|t', "$workers workers: every user belongs to exactly one");
}
my @sessions = map { $db->start("CALL roi_tick_job($_, 3)") } 1 .. 3;
for my $session (@sessions) { my ($code, undef, $message) = RoiTest::finish($session); is($code, 0, 'a worker') or diag($message); }
$db->answers("SELECT string_agg(job, ',' ORDER BY job), sum(accounts), bool_and(ok AND accounts > 50) FROM roi_job_runs WHERE job ~ '/3'", 'roi_tick 1/3,roi_tick 2/3,roi_tick 3/3|300|t',
    'three workers at once do all');
is($db->sql($behind), '', 'nobody is behind');
is($db->differing, '', 'roi_verify() finds nothing');
$db->answers('SELECT count(*) FROM (SELECT FROM roi_metrics GROUP BY user_id, post_id, platform, update_timestamp HAVING count(*) > 1) d', 0, 'no hour is doubled');
$db->fails("CALL roi_tick_job($_)", '22023', qr/workers => 2/, "worker $_") for '0', '2', '1, 0', '3, 2', '1, 65', 'NULL';

# the same rows as one tick of all
my $one = RoiTest->new(node => $node, db => 'one')->create_database->create_extension;
$one->sql('SELECT roi_setup()');
for my $d ($db, $one) { $d->sql("SELECT roi_simulate('same' || n, seed => n, start_at => date_trunc('day', now()) - interval '1 day') FROM generate_series(1, 5) n"); }
my $until = $db->sql('SELECT now()');
$one->sql("SELECT roi_generate_tick('$until')");
$db->sql('CALL roi_tick_job()');
my $digest = "SELECT count(*), md5(string_agg(m::text, '' ORDER BY m)) FROM (SELECT user_id, platform, post_id, update_timestamp, views, clicks, ad_spend, revenue_generated FROM roi_metrics
    WHERE user_id ~ '^same' AND update_timestamp < date_trunc('hour', '$until'::timestamptz)) m";
is($db->sql($digest), $one->sql($digest), 'batches write the rows of one tick');

# --- who may ---

$db->as('op')->sql('CALL roi_tick_job()');
$db->answers("SELECT ok $last", 't', 'an operator runs it');
$db->as('cl')->fails('CALL roi_tick_job()', '42501', qr//, 'a client does not');
$db->fails('BEGIN; CALL roi_tick_job()', '2D000', qr//, 'not inside a transaction block');

$node->stop;
done_testing();
