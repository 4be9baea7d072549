# A dry run answers what the real run answers, refusals and notices included, and leaves nothing behind: every sample file, fresh, restated,
# spread, added and in another zone.

use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Spec;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $test_dir = File::Spec->rel2abs(dirname(dirname(__FILE__)));
my $node = PostgreSQL::Test::Cluster->new('dry');
$node->init(extra => [ '-E', 'UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nautovacuum = off\nlog_statement = none");
$node->start;
for my $database (qw(ours theirs))
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, $database eq 'ours' ? 'CREATE EXTENSION roi_ext; SELECT roi_setup()'
		: q(CREATE TABLE members (clerk_id text PRIMARY KEY); INSERT INTO members VALUES ('known'); CREATE EXTENSION roi_ext; SELECT roi_setup('members')));
	$node->safe_psql($database, <<'SQL');
CREATE FUNCTION contents() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t text;
    part text;
    everything text := '';
BEGIN
    FOR t IN SELECT c.oid::regclass FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace ORDER BY 1 LOOP
        EXECUTE format('SELECT count(*) || md5(coalesce(string_agg(md5(r::text), '','' ORDER BY md5(r::text)), '''')) FROM %s r', t) INTO part;
        everything := everything || t || part;
    END LOOP;
    RETURN md5(everything);
END $$
SQL
}

# What the client sees of each statement, run in one session: its notices, then its answer or error.
sub answers_of
{
	my ($database, @statements) = @_;
	my $script = join '', map { "\\echo #next\n\\warn #next\n$_;\n" } @statements;
	my ($rc, $out, $err) = $node->psql($database, $script, on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=default' ]);
	$err =~ s/^psql:<stdin>:\d+: //mg;
	my (undef, @out) = split /^#next\n?/m, $out;
	my (undef, @err) = split /^#next\n?/m, $err;
	return map { ($err[$_] // '') . (($out[$_] // '') =~ s/\n\z//r) } 0 .. $#statements;
}

sub import_of
{
	my ($user, $path, $more) = @_;
	$path =~ s/'/''/g;
	# restated: the same figures, other bytes
	return "SELECT to_jsonb(i) - 'batch_id' FROM roi_import('$user', pg_read_binary_file('$path')$more) i";
}

my @variants = ('', q(, periods => 'spread'), ', replace => false', q(, time_zone => 'America/New_York'), q(, max_rejects => 0));

sub check_file
{
	my ($path, $number) = @_;
	my $name = basename($path, '.csv');
	my $restated = PostgreSQL::Test::Utils::tempdir . "/$number restated.csv"; # the same figures, other bytes
	PostgreSQL::Test::Utils::append_to_file($restated, PostgreSQL::Test::Utils::slurp_file($path) . "\n");
	my $day = $name =~ /keywords|studio_(posts|content|geo)|instagram_content|facebook|social|Table/ ? q(, day => '2026-08-05') : '';
	my (@names, @statements);
	for my $variant (@variants)
	{
		for my $file ($path, $restated)
		{
			push @names, "$variant of " . basename($file);
			push @statements, 'SELECT contents()', import_of("u$number", $file, "$day$variant, dry_run => true"),
				'SELECT contents()', import_of("u$number", $file, "$day$variant");
		}
		# half of the accounts begin anew with each variant, the others pile up
		push @names, 'the user';
		push @statements, 'SELECT 1', 'SELECT 1', 'SELECT 1', $number % 2 ? "WITH gone AS (DELETE FROM users WHERE clerk_id = 'u$number') SELECT 1" : 'SELECT 1';
	}
	my @answers = answers_of('ours', @statements);
	my ($differ, $left) = ('', '');
	for my $i (0 .. $#names)
	{
		my ($before, $dry, $after, $real) = @answers[ 4 * $i .. 4 * $i + 3 ];
		$left .= " $names[$i]" if $before ne $after || $before eq '';
		$differ .= "$names[$i]: dry $dry, real $real\n" if $dry ne $real || $dry eq '';
	}
	is($differ, '', "$name: the dry run answers as the real one");
	is($left, '', "$name: and leaves nothing");
	return;
}

my $ads = $ENV{ROI_SAMPLE_DATA} // (defined $ENV{ROOT} ? "$ENV{ROOT}/../shared/data/ad_seeds" : '');
my $data = $ads eq '' ? '' : dirname($ads);
my @paths = grep { -r $_ } sort(glob("$test_dir/data/*.csv"), glob("$test_dir/data/*/*.csv"), $data eq '' ? () : glob("$data/*/*.csv"));
cmp_ok(scalar @paths, '>', 40, 'sample files');
my $number = 0;
for my $path (@paths)
{
	# the server may not be allowed to read the directory
	my $copy = PostgreSQL::Test::Utils::tempdir . '/' . basename($path);
	PostgreSQL::Test::Utils::append_to_file($copy, PostgreSQL::Test::Utils::slurp_file($path));
	check_file($copy, ++$number);
}

# what only writing refuses
my $sample = PostgreSQL::Test::Utils::tempdir . '/one.csv';
PostgreSQL::Test::Utils::append_to_file($sample, "Day,Campaign name,Amount spent (USD),Impressions\n2026-08-01,A,1,10\n");
for my $dry (', dry_run => true', '')
{
	my ($stranger, $known) = answers_of('theirs', import_of('stranger', $sample, $dry), import_of('known', $sample, $dry));
	like($stranger, qr/^ERROR: .*users_key.*\nDETAIL: .*stranger.*\nHINT: .*\nCONTEXT: /s, "an unknown user is refused$dry, with all that the error says");
	unlike($known, qr/ERROR/, "a known one is not$dry");
}
is($node->safe_psql('ours', q(BEGIN; DO $$ BEGIN PERFORM roi_import('block', 'x', dry_run => true); EXCEPTION WHEN bad_copy_file_format THEN
	PERFORM roi_import('block', convert_to(E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-01,A,1,10\n', 'UTF8')); END $$; SELECT count(*) FROM roi_metrics WHERE user_id = 'block'; COMMIT)),
	1, 'a dry run that fails ends its subtransaction: the block around it goes on');
is($node->safe_psql('ours', q(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')), 0, 'no lock is left');
is($node->safe_psql('ours', q(BEGIN; SELECT facts FROM roi_import('lock', convert_to(E'Day,Campaign name,Amount spent (USD),Impressions\n2026-08-01,A,1,10\n', 'UTF8'), dry_run => true);
	SELECT coalesce(string_agg(DISTINCT concat_ws(' ', locktype, relation::regclass, mode), ', '), 'none') FROM pg_locks WHERE pid = pg_backend_pid() AND (locktype = 'advisory' OR mode = 'RowExclusiveLock'
		AND relation NOT IN (SELECT oid FROM pg_class WHERE relkind = 'S')); COMMIT)), "1\nnone", 'its locks go with it');
$node->stop;
done_testing();
