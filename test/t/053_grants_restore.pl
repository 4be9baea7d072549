# Levels of access go through pg_dump and restore, and through DROP EXTENSION with CREATE EXTENSION and roi_grant() again.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;

my $node = RoiTest::server('grants', {});
my $db = RoiTest->new(node => $node, db => 'before', schema => 'roi')->create_database->create_extension;
$db->sql(q(SELECT roi_setup(); CREATE ROLE client LOGIN; CREATE ROLE operator LOGIN; CREATE ROLE server LOGIN BYPASSRLS;
	SELECT roi_grant('client', 'client'), roi_grant('operator', 'operator'), roi_grant('server', 'operator');
	INSERT INTO users VALUES ('anna'), ('bert');
	INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES ('anna', 'x', 1, now() - interval '1 hour'), ('bert', 'x', 2, now() - interval '1 hour');
	SELECT roi_save_user_preferences('anna', '{"budget": "1000-5000"}'); SELECT roi_save_competitor('anna', '{"name": "Acme"}')));

sub check
{
	my ($as, $name) = @_;
	$as->answers('SELECT role, level FROM roi_grants()', "client|client\noperator|operator\nserver|operator", "$name: levels");
	$as->as('client')->signed_in('anna')->answers('SELECT total_impressions, (SELECT count(*) FROM roi_metrics) FROM roi_total()', '1|1', "$name: a client sees his own");
	$as->as('client')->signed_in('anna')->answers("SELECT roi_get_user_preferences() ->> 'budget', (SELECT string_agg(name, ' ') FROM roi_get_user_competitors())", '1000-5000|Acme', "$name: and his settings");
	$as->as('client')->signed_in('anna')->fails("SELECT roi_total('bert')", '42501', qr/Sign in/, "$name: not another's");
	$as->as($_)->answers("SELECT total_impressions, (SELECT count(*) FROM roi_metrics) FROM roi_total('bert')", '2|2', "$name: $_ sees all") for qw(operator server);
	return;
}
check($db, 'before');
my $channel = $db->sql("SELECT roi_user_channel('anna')");

my $file = "$PostgreSQL::Test::Utils::tmp_check/grants.dump";
for my $way ([], ['-Fc'])
{
	my $copy = RoiTest->new(node => $node, db => @$way ? 'custom' : 'plain', schema => 'roi')->create_database;
	$node->command_ok([ 'pg_dump', @$way, '-f', $file, '-d', $node->connstr('before') ], "pg_dump @$way");
	if (@$way) { $node->command_ok([ 'pg_restore', '-e', '-j', '2', '-d', $node->connstr($copy->{db}), $file ], 'pg_restore'); }
	else { $node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $file, '-d', $node->connstr($copy->{db}) ], 'psql'); }
	check($copy, "restored @$way");
	$copy->answers("SELECT roi_user_channel('anna')", $channel, 'the users keep their channels');
}

$db->sql('DROP EXTENSION roi_ext CASCADE');
$db->as('client')->signed_in('anna')->answers('SELECT count(*) FROM roi_metrics', 0, 'without the extension a client sees nothing');
$db->create_extension;
$db->sql('SELECT roi_setup()');
$db->answers('SELECT role, level FROM roi_grants()', "client|custom\noperator|custom\nserver|custom", 'a new extension: the functions are not granted yet');
$db->sql("SELECT roi_grant('client', 'client'), roi_grant('operator', 'operator'), roi_grant('server', 'operator')");
check($db, 'granted again');

$node->stop;
done_testing();
