# Every way out runs the destructors and leaves a backend that works: jump buffer, role, SPI, memory context.
use strict;
use warnings;

use FindBin;
use IPC::Run ();
use lib $FindBin::RealBin;
use Test::More;
use Wall;

my $node = start_server('unwinding');
my $sound = 'live=0 strayed=0 user=postgres security=0';

# --- each way in a session of its own ---

for my $name (sort keys %failing)
{
    my ($state, $more) = @{ $failing{$name} };
    my $way = $name =~ s/,.*//r;
    my ($code, $out, $err) = session($node, <<SQL);
\\set VERBOSITY sqlstate
SELECT wall_fail('$way', \$\$$more\$\$);
SELECT wall_state(), wall_born() > 0;
SELECT 1 / 0;
SELECT wall_ask('SELECT current_user || 1');
SET ROLE visitor; SELECT current_user; RESET ROLE;
SQL
    is($out, "$sound|t\npostgres1\nvisitor", "$name: nothing is left, SPI and SET ROLE work");
    is(states($err), "$state 22012", "$name: an ordinary error follows as usual");
}

# --- all ways in one session, under a role, in one transaction, trapped by PL/pgSQL and by savepoints ---

sub all_ways
{
    my ($pattern) = @_;
    my $script = '';
    for my $name (sort keys %failing)
    {
        my $way = $name =~ s/,.*//r;
        $script .= sprintf($pattern, $way, "\$more\$$failing{$name}[1]\$more\$");
    }
    return $script;
}

my $count = keys %failing;
my $grants = 'GRANT USAGE ON SCHEMA ledger TO visitor; GRANT INSERT ON ledger.entry TO visitor;';
my $visiting = $sound =~ s/postgres/visitor/r;
my ($code, $out, $err) = session($node, <<SQL);
$grants
\\set VERBOSITY sqlstate
SET ROLE visitor;
BEGIN;
@{[ all_ways("SELECT trap('%s', %s, 3);\n") ]}
SELECT current_user, wall_state(), wall_ask('SELECT current_user::text');
COMMIT;
SELECT current_user, wall_state(), wall_ask('SELECT current_user::text');
RESET ROLE;
SELECT current_user;
SQL
is($out, "3\n" x $count . "visitor|$visiting|visitor\n" x 2 . 'postgres',
    'trapped by PL/pgSQL in one transaction of another role');
is(states($err), '', 'and nothing comes through');

($code, $out, $err) = session($node, <<SQL);
\\set VERBOSITY sqlstate
BEGIN;
@{[ all_ways("SAVEPOINT s; SELECT wall_fail('%s', %s); ROLLBACK TO s; SELECT wall_state();\n") ]}
SELECT 1 / 0;
ROLLBACK;
SELECT wall_state();
SQL
is($out, join("\n", ($sound) x ($count + 1)), 'sound after each ROLLBACK TO SAVEPOINT');
is(states($err), join(' ', (map { $failing{$_}[0] } sort keys %failing), '22012'), 'and each error arrives');

($code, $out, $err) = session($node, <<'SQL');
\set VERBOSITY sqlstate
SELECT wall_recurse(20);
SELECT wall_state(), wall_born();
SELECT wall_fail('starve');
SELECT wall_state();
SELECT length(repeat('x', 100000000));
SQL
is($out, "$sound|41\n$sound\n100000000", 'twenty walls deep, and out of memory: all objects are gone');
is(states($err), '22012 53200', 'twenty walls deep, and out of memory: errors');

# --- time limit, cancel, termination ---

($code, $out, $err) = session($node, <<'SQL');
\set VERBOSITY sqlstate
SET statement_timeout = '200ms';
SELECT wall_fail('loop');
SELECT wall_state(), wall_born();
SELECT wall_fail('spi', 'SELECT pg_sleep(30)');
SELECT wall_state(), wall_born();
SELECT wall_fail('scopes_in_spi', 'SELECT pg_sleep(30)');
SELECT wall_state(), wall_born();
SELECT trapped('loop');
SELECT wall_state(), wall_born();
SELECT 1 / 0;
SQL
is( $out,
    "$sound|2\n$sound|4\n$sound|6\nquery_canceled\n$sound|8",
    'statement_timeout in a loop and in SPI: all objects are gone');
is(states($err), '57014 57014 57014 22012', 'statement_timeout: the errors');

# Runs a script in the background until its failing call runs, sends the signal, and returns what the script printed.
sub interrupted
{
    my ($function, $call, @after) = @_;
    my ($printed, $complaints) = ('', '');
    my @commands = map { ('-c', $_) } ('\set VERBOSITY sqlstate', "SELECT $call", @after);
    my $psql = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres'), @commands ],
        '<', \undef, '>', \$printed, '2>', \$complaints, IPC::Run::timeout(60));
    my $who = "FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT wall_fail%'";
    $node->poll_query_until('postgres', "SELECT count(*) = 1 $who") or die 'the call does not run';
    $node->safe_psql('postgres', "SELECT $function(pid) $who");
    $psql->finish;
    return ($printed, $complaints);
}

for my $call (q(wall_fail('loop')), q(wall_fail('spi', 'SELECT pg_sleep(30)')),
    q(wall_fail('scopes_in_spi', 'SELECT pg_sleep(30)')))
{
    my ($printed, $complaints) = interrupted('pg_cancel_backend', $call,
        'SELECT wall_state(), wall_born()', 'SELECT 1 / 0', q(SELECT wall_ask('SELECT 42')));
    is($printed, "$sound|2\n42\n", "$call: pg_cancel_backend leaves nothing behind");
    is(states($complaints), '57014 22012', "$call: pg_cancel_backend: errors");

    ($printed, $complaints) = interrupted('pg_terminate_backend', $call, 'SELECT 1');
    is($printed, '', "$call: pg_terminate_backend ends the session");
    is(states($complaints), '57P01', "$call: with the error that says so") or diag($complaints);
    is($node->safe_psql('postgres', 'SELECT wall_ask($$SELECT 43$$)'), 43, "$call: and the server stays up");
}

# --- scopes inside one body ---

my $superuser = "'postgres'::regrole";
my $visitor = "'visitor'::regrole";
for my $check (qw(memory_reset memory_nested memory_unwound memory_after_error role_nested role_unwound))
{
    is($node->safe_psql('postgres', "SELECT wall_check('$check', $visitor)"), 'good', $check);
}
is($node->safe_psql('postgres', q(SELECT wall_check('memory_named'))), 'roi_ext: wall, named',
    'a scope shows its purpose');
is($node->safe_psql('postgres', q(SELECT count(*) FROM pg_backend_memory_contexts WHERE ident LIKE 'wall%')),
    0, 'and is gone afterwards');
is($node->safe_psql('postgres', "SELECT wall_check('role_in_sql', $visitor)"),
    'postgres visitor postgres', 'SQL in a RoleScope runs as the other role');
is($node->safe_psql('postgres', "SET ROLE visitor; SELECT wall_check('role_in_sql', $superuser), current_user"),
    'visitor postgres visitor|visitor', 'and the other way round');

ok(log_is_clean($node), 'the server never fell, and SPI was never left open');
done_testing();
