# Ten thousand failures of each kind leave the memory of the backend as it was.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use Wall;

my $calls = 10000;
my $slack = 64 * 1024;    # bytes, in contexts and in malloc: less than 7 bytes for each call
my $resident_slack = 1024;    # kB

my $node = start_server('memory');
my $quiet = "\\set VERBOSITY sqlstate\nSET log_min_messages = fatal; SET log_min_error_statement = panic;\n";

# --- trapped in PL/pgSQL, each in its own subtransaction ---

for my $name (sort keys %failing)
{
    my $way = $name =~ s/,.*//r;
    my ($code, $out, $err) = session($node, <<SQL);
$quiet
SELECT * FROM growth('$way', \$\$$failing{$name}[1]\$\$, $calls);
SELECT wall_state();
SQL
    my ($caught, $contexts, $heap, $state) = split /[|\n]/, $out;
    is($caught, $calls, "$name: $calls calls fail");
    cmp_ok($contexts, '<=', $slack, "$name: memory contexts are as before");
    cmp_ok($heap, '<=', $slack, "$name: malloc is as before");
    is($state, 'live=0 strayed=0 user=postgres security=0', "$name: no object is left");
    note("$name: contexts $contexts, malloc $heap");
}

# --- by the client, each in its own transaction ---

my @ways = sort keys %failing;
my $failures = '';
for my $i (0 .. $calls - 1)
{
    my $name = $ways[ $i % @ways ];
    $failures .= sprintf("SELECT wall_fail('%s', \$\$%s\$\$);\n", $name =~ s/,.*//r, $failing{$name}[1]);
}
my ($code, $out, $err) = session($node,
    "$quiet$failures SELECT resident();\n$failures SELECT resident();\n"
        . "SELECT wall_state(), wall_born() >= $calls * 2;");
my ($before, $after, $state) = split /\n/, $out;
note("resident: $before kB, then $after kB");
cmp_ok($after - $before, '<=', $resident_slack, "$calls failing statements: resident memory is as before");
is($state, 'live=0 strayed=0 user=postgres security=0|t', 'no object is left');
is(scalar(() = $err =~ /ERROR:/g), 2 * $calls, 'and all of them failed');

my $loop = join '', map { "DO \$do\$ BEGIN PERFORM wall_fail('runtime_error', 'x'); END \$do\$;\n" } 1 .. $calls;
($code, $out, $err) = session($node, "$quiet$loop SELECT resident();\n$loop SELECT resident();");
($before, $after) = split /\n/, $out;
note("resident: $before kB, then $after kB");
cmp_ok($after - $before, '<=', $resident_slack, "$calls failing DO blocks: resident memory is as before");

ok(log_is_clean($node), 'the server never fell');
done_testing();
