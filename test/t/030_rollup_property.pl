# Thousands of random statements of every kind against the facts: after them the rollups, running totals and platform
# metrics equal a plain SQL recomputation, and roi_verify() lists nothing. A failure names the guilty statement.
#
#   ROI_TEST_SEED=n          other statements (default 20250131, so that a run is repeatable)
#   ROI_TEST_STATEMENTS=n    how many (default 3300, with ROI_TEST_LONG 40000)
#   ROI_TEST_WITHOUT=kinds   leaves out kinds of statements (comma separated), to look beyond a defect
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use RoiTest;
use RollupStatements;

my $seed = $ENV{ROI_TEST_SEED} // 20250131;
my $wanted = $ENV{ROI_TEST_STATEMENTS} // ($ENV{ROI_TEST_LONG} ? 40_000 : 3_300);
my $check_every = 4;     # items between two checks; a failed check is bisected
my $chunk = 150;         # items a session
diag("random statements: ROI_TEST_SEED=$seed ROI_TEST_STATEMENTS=$wanted");

my $node = RoiTest::server('rollup_property', {}, 'max_locks_per_transaction = 256', 'autovacuum = off', 'fsync = off');
$node->safe_psql('postgres', 'CREATE ROLE writer LOGIN; CREATE ROLE appender LOGIN; CREATE ROLE roi_owner LOGIN');

# A database with the tables of an ordinary role in a schema of their own, the oracle, the users and the writers.
sub database
{
	my ($name) = @_;
	my $db = RoiTest->new(node => $node, db => $name, schema => 'Roi x')->create_database->create_extension;
	$db->grant_owner('roi_owner');
	$db->as('roi_owner')->sql(q(SELECT roi_setup(); SELECT roi_make_partitions(ARRAY['2025-01-31', '2025-02-15', '2025-03-15']::timestamptz[])));
	$db->sql(slurp_file("$FindBin::Bin/../lib/rollup_oracle.sql"));
	$db->sql(RollupStatements->new(1)->all_users->{sql});
	my $tables = 'roi_metrics, roi_metrics_p2025_01, roi_metrics_p2025_02, roi_metrics_default';
	$db->sql("GRANT USAGE ON SCHEMA ${\ $db->schema} TO writer, appender;
		GRANT SELECT, INSERT, UPDATE, DELETE ON $tables TO writer; GRANT INSERT ON $tables TO appender;
		GRANT USAGE ON SEQUENCE roi_metrics_id_seq TO writer, appender; GRANT EXECUTE ON FUNCTION roi_current_user_id() TO writer, appender");
	return $db;
}

my $check = q(SELECT '!' || replace(oracle_check(), E'\n', E'\n!') WHERE oracle_check() <> '';);

# The script of one statement: `@number SQLSTATE` ends it, `=number before after` shows what it must not change.
sub script_of
{
	my ($number, $statement) = @_;
	my $sql = $statement->{sql};
	my $run = $sql =~ /\\\.\n\z/ ? $sql : "$sql;\n";
	return "${run}\\echo \@$number :SQLSTATE\n" unless $statement->{same};
	return "SELECT oracle_fingerprint() AS before \\gset\n${run}\\set state :SQLSTATE\n\\echo \@$number :state\n"
	  . "SELECT oracle_fingerprint() AS after \\gset\n\\echo =$number :before :after\n";
}

# Runs items in one session, with a check after every so many and at the end (every = 0: after each statement), and
# says what is wrong: [ { number, what } ], numbers counted over statements.
sub run_items
{
	my ($db, $items, $every) = @_;
	my (@log, $script, $since);
	$script = join '', "\\set ON_ERROR_STOP off\nSET search_path TO ${\ $db->schema}, public;\n", map { "$_->{sql};\n" } RollupStatements->prepare;
	for my $index (0 .. $#$items)
	{
		for my $statement (@{ $items->[$index] })
		{
			$script .= script_of(scalar @log, $statement);
			push @log, $statement;
			$script .= "$check\n\\echo #$#log :SQLSTATE\n" if !$every && !$statement->{hold};
		}
		$script .= "$check\n\\echo #$#log :SQLSTATE\n" if $every && ($index % $every == $every - 1 || $index == $#$items);
	}
	my ($rc, $out, $err) = $db->{node}->psql($db->{db}, $script, on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=verbose' ], timeout => 600);
	return (\@log, read_output(\@log, $out, $err), $out, $err);
}

sub read_output
{
	my ($log, $out, $err) = @_;
	my (@wrong, @difference, %state, $last_check);
	for (split /\n/, $out)
	{
		if (/^@(\d+) (\w{5})$/)
		{
			$state{$1} = $2;
			my $states = $log->[$1]{states};
			push @wrong, { number => $1, what => "ended with $2, not $states" } unless $2 =~ /^(?:$states)$/;
		}
		elsif (/^=(\d+) (\w+) (\w+)$/)
		{
			push @wrong, { number => $1, what => 'changed something' } if $2 ne $3 && ($state{$1} ne '00000' || $log->[$1]{states} eq '00000');
		}
		elsif (/^!(.*)/) { push @difference, $1 if @difference < 30; }
		elsif (/^#(\d+) (\w{5})$/)
		{
			push @difference, "the check itself raised $2" if $2 ne '00000';
			push @wrong, { number => $1, what => join "\n", @difference } if @difference;
			@difference = ();
			$last_check = $1;
		}
	}
	push @wrong, { number => $#$log, what => 'the session broke: ' . substr($err, -600) } unless defined $last_check && $last_check == $#$log;
	return [ sort { $a->{number} <=> $b->{number} } @wrong ];
}

# --- the run ---

my ($source, @items, $statements) = (RollupStatements->new($seed));
push @items, $source->$_ for $source->kinds;
push @items, $source->next while do { $statements = 0; $statements += @$_ for @items; $statements < $wanted };
push @items, map { $source->insert_values } 1 .. 8;    # whatever a TRUNCATE has just emptied
is(join("\0", map { $_->{sql} } map { @$_ } do { my $again = RollupStatements->new($seed); map { $again->$_ } $again->kinds }),
	join("\0", map { $_->{sql} } map { @$_ } @items[ 0 .. ($source->kinds) - 1 ]), 'the same seed gives the same statements');

my ($db, $position, $broken, %states) = (database('property'), 0);
while ($position < @items && !$broken)
{
	my $last = $position + $chunk - 1 > $#items ? $#items : $position + $chunk - 1;
	my ($log, $wrong, $out) = run_items($db, [ @items[ $position .. $last ] ], $check_every);
	$states{$_}++ for $out =~ /^@\d+ (\w{5})$/mg;
	$broken = $wrong->[0] if @$wrong;
	$position = $last + 1 unless $broken;
}
diag(sprintf '%d items, %d statements; ended with: %s', scalar @items, $statements, join ', ', map { "$_ x $states{$_}" } sort keys %states);
ok(!$broken, "$statements random statements keep every cell exact") or explain_failure();
cmp_ok($states{22003} // 0, '>=', 3, 'some of them overflowed') unless $ENV{ROI_TEST_WITHOUT};
cmp_ok($states{'00000'} // 0, '>=', $statements * 0.85, 'most of them ran');
$db->answers('SELECT count(*) > 20, count(DISTINCT user_id) > 1, count(DISTINCT currency) > 1 FROM roi_metrics', 't|t|t', 'facts are left') unless $broken;
done_testing();

# Runs everything before the failed session again in a fresh database, then its items one statement a check.
sub explain_failure
{
	my $again = database('again');
	my $from = $position;
	for (my $start = 0; $start < $from; $start += $chunk)
	{
		run_items($again, [ @items[ $start .. ($start + $chunk > $from ? $from : $start + $chunk) - 1 ] ], $chunk);
	}
	my $last = $from + $chunk - 1 > $#items ? $#items : $from + $chunk - 1;
	my ($log, $wrong, undef, $err) = run_items($again, [ @items[ $from .. $last ] ], 0);
	diag("first failure: $broken->{what}\n") unless @$wrong;
	return unless @$wrong;
	my $guilty = $wrong->[0]{number};
	my $begin = $guilty > 12 ? $guilty - 12 : 0;
	diag("guilty statement, after $from items and the statements before it in a fresh session:");
	diag(($_ == $guilty ? '>>> ' : '    ') . substr($log->[$_]{sql}, 0, $_ == $guilty ? 20_000 : 400) . ';') for $begin .. $guilty;
	diag("what is wrong:\n$wrong->[0]{what}");
	my @errors = $err =~ /(ERROR:.*(?:\n(?:DETAIL|HINT|CONTEXT|LOCATION):.*)*)/g;
	diag("last errors:\n" . join "\n", map { substr $_, 0, 600 } @errors > 3 ? @errors[ -3 .. -1 ] : @errors);
	return;
}
