# Live: one notification a tick or import, at commit, with nothing of any user; users' own channels; alerts of failed runs.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $node = RoiTest::server('live', {});
my $db = RoiTest->new(node => $node, db => 'live', schema => 'My Roi')->create_database->create_extension;
$db->sql("SELECT roi_setup(); CREATE ROLE client LOGIN; SELECT roi_grant('client', 'client'); CREATE ROLE operator LOGIN; SELECT roi_grant('operator', 'operator')");

# Runs SQL after LISTEN; returns what arrived, as "channel payload" lines.
sub heard
{
    my ($as, $sql, @channels) = @_;
    @channels = qw(roi_tick roi_alert) unless @channels;
    my $listen = join '', map { "LISTEN $_;\n" } @channels;
    my ($rc, $out, $err) = $as->run("$listen$sql;\nSELECT 'end'");
    my @heard = $out =~ /Asynchronous notification "(\w+)" with payload "(.*)" received/g;
    my @lines;
    while (my ($channel, $payload) = splice @heard, 0, 2) { push @lines, "$channel $payload"; }
    return wantarray ? @lines : join "\n", @lines;
}

sub file { my ($n) = @_; return RoiTest::file('date,ad_id,spend,impressions,inline_link_clicks', "2025-06-0$n,ad-secret,3.5,100,5"); }
my $moment = qr/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/;
my $import = qr/^roi_tick \{"event":"import","schema":"My Roi","at":$moment\}$/;

# --- imports ---

like(heard($db, 'SELECT roi_import(\'user_secret\', ' . file(1) . ')'), $import, 'an import notifies once, and names no user');
is(heard($db, 'SELECT roi_import(\'user_secret\', ' . file(1) . ')'), '', 'the same file again adds nothing and says nothing');
is(heard($db, 'BEGIN; SELECT roi_import(\'user_secret\', ' . file(2) . '); ROLLBACK'), '', 'an import that rolls back says nothing');
is(heard($db, 'BEGIN; SELECT roi_import(\'user_secret\', ' . file(2) . '); SELECT 1'), '', 'nor one that has not committed');
like(heard($db, 'BEGIN; SELECT roi_import(\'user_secret\', ' . file(3) . '); SELECT roi_import(\'user_other\', ' . file(3) . '); COMMIT'), $import, 'two in one transaction are one notification');
is(heard($db, 'SELECT roi_import(\'user_secret\', \'rubbish\')'), '', 'a refused file says nothing');
like(heard($db->as('client')->signed_in('user_secret'), 'SELECT roi_import(\'user_secret\', ' . file(4) . ')'), $import, 'a client\'s import as well');

# --- ticks ---

$db->sql("SELECT roi_simulate('sim_secret_' || n, seed => n, first_posts => 3, start_at => now() - interval '3 hours') FROM generate_series(1, 3) n");
my $tick = qr/^roi_tick \{"event":"tick","schema":"My Roi","at":$moment,"until":"\d{4}-\d\d-\d\dT\d\d:00:00Z"\}$/;
my @heard = heard($db, 'SELECT roi_generate_tick()');
is(scalar @heard, 1, 'a tick of three accounts notifies once');
like($heard[0], $tick, 'up to which hour');
like(heard($db, 'SELECT roi_generate_tick()'), $tick, 'a tick that finds nothing to do says so too: it is alive');
like(heard($db, "SELECT roi_backfill('sim_secret_1', '4 hours', now() + interval '1 hour')"), qr/^roi_tick \{"event":"backfill","schema":"My Roi","at":$moment\}$/, 'a backfill');
like(heard($db, 'CALL roi_tick_job()'), $tick, 'the job');
like(heard($db->as('operator'), 'CALL roi_tick_job()'), $tick, 'run by an operator as well');
$db->answers('SELECT count(*), bool_and(ok) FROM roi_job_runs', '3|t', 'with its row, and one of the backfill');

# --- users' own channels ---

my $mine = $db->sql("SELECT roi_user_channel('user_secret')");
my $other = $db->sql("SELECT roi_user_channel('user_other')");
like($mine, qr/^roi_user_[0-9a-f]{40}$/, 'a channel name fits and tells nothing');
isnt($mine, $other, 'each user has one');
is($db->as('client')->signed_in('user_secret')->sql('SELECT roi_user_channel()'), $mine, 'a client learns his own');
$db->as('client')->signed_in('user_secret')->fails("SELECT roi_user_channel('user_other')", '42501', qr/Sign in/, 'and no other');
is(heard($db, 'SELECT roi_import(\'user_secret\', ' . file(5) . ')', $mine, $other), '', 'off by default');
$node->safe_psql('postgres', 'ALTER DATABASE live SET "roi_ext.user_channels" TO on');
like(heard($db, 'SELECT roi_import(\'user_secret\', ' . file(6) . ')', $mine, $other), qr/^$mine \{"event":"import","schema":"My Roi","at":$moment\}$/, 'on: the user\'s channel, and no other');
my $simulated = $db->sql("SELECT roi_user_channel('sim_secret_2')");
like(heard($db, "SELECT roi_generate_tick(now() + interval '3 hours')", $simulated, $mine), qr/^$simulated \{"event":"tick",/, 'a tick notifies those whose figures it changed');
is(heard($db, "SELECT roi_generate_tick(now() + interval '3 hours')", $simulated, $mine), '', 'and nobody when it changed none');

# --- alerts ---

$db->sql(q(ALTER TABLE roi_platforms DISABLE TRIGGER roi_check_platforms; -- which refuses the edit itself
	UPDATE roi_platforms SET metrics = '[{"key": "secret_key", "of": "smiles"}]'));
my @alerts = heard($db, 'CALL roi_tick_job()');
is(scalar @alerts, 1, 'a failed run notifies once, and roi_tick stays silent');
like($alerts[0], qr/^roi_alert \{"job" : "roi_tick", "sqlstate" : "22023", "at" : $moment, "run" : \d+\}$/, 'job, SQLSTATE, time and run, no message');
my ($run) = $alerts[0] =~ /"run" : (\d+)/;
$db->answers("SELECT ok, sqlstate, message ~ 'secret_key' FROM roi_job_runs WHERE id = $run", 'f|22023|t', 'its row stands in the same transaction');
unlike(join("\n", @heard, @alerts), qr/secret/, 'nothing of any user');

$node->stop;
done_testing();
