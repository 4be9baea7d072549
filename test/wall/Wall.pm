# A server with the test module of the error wall, and helpers for sessions that go wrong.
package Wall;

use strict;
use warnings;

use Exporter 'import';
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(start_server session states log_is_clean %failing);

# way => [SQLSTATE, more]: every way to fail that ends by itself
our %failing = (
    runtime_error         => ['XX000', 'spoken'],
    bad_alloc             => ['53200', ''],
    number                => ['XX000', ''],
    invalid_argument      => ['22023', 'spoken'],
    out_of_range          => ['22003', 'spoken'],
    bad_file              => ['22P04', 'spoken'],
    bad_encoding          => ['22021', 'spoken'],
    too_large             => ['54000', 'spoken'],
    backend               => ['22012', ''],
    fail                  => ['P0002', 'spoken'],
    throw_in_call         => ['XX000', 'spoken'],
    call_in_call          => ['22012', ''],
    throw_in_call_in_call => ['22P04', 'spoken'],
    caught_then_backend   => ['22012', ''],
    backend_then_throw    => ['XX000', 'spoken'],
    spi                   => ['22012', 'SELECT 1 / 0'],
    'spi, unique'         => ['23505', q(INSERT INTO ledger.entry VALUES (1, 1, 'again'))],
    'spi, nested'         => ['XT123', 'SELECT middle()'],
    'spi, recursive'      => ['22012', 'SELECT wall_recurse(2)'],
    'spi, syntax'         => ['42601', 'SELEC 1'],
    hint_added            => ['22012', 'SELECT 1 / 0'],
    late_rethrow          => ['XT123', 'SELECT middle()'],
    'scopes_in_spi'       => ['22012', 'SELECT 1 / 0'],
    'scopes_in_spi, C++'  => ['22023', ''],
    'spi_in_scopes'       => ['22012', 'SELECT 1 / 0'],
    'spi_in_scopes, C++'  => ['22023', '']);

# Starts a server with everything of setup.sql in the database postgres.
sub start_server
{
    my ($name) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
    $node->append_conf('postgresql.conf', "fsync = off\ntimezone = 'UTC'\nlog_statement = 'none'");
    $node->start;
    my $module = $ENV{ROI_WALL_MODULE} // "$FindBin::RealBin/../../build/wall_test";
    run_log([
        'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-v', "wall_module=$module",
        '-f', "$FindBin::RealBin/setup.sql"
    ]) or die 'setup.sql failed';
    return $node;
}

# Runs a script in one session that goes on after errors; returns its exit code, output and error output.
sub session
{
    my ($node, $sql) = @_;
    my ($out, $err) = ('', '');
    my $code = $node->psql('postgres', $sql, stdout => \$out, stderr => \$err, on_error_stop => 0);
    return ($code, $out, $err);
}

# The SQLSTATEs in the error output of a session that had \set VERBOSITY sqlstate.
sub states
{
    my ($err) = @_;
    return join ' ', $err =~ /(?:ERROR|FATAL|PANIC|WARNING):\s+(\w{5})/g;
}

# Did the server live all the time, and without complaints about what we left behind?
sub log_is_clean
{
    my ($node) = @_;
    my $log = slurp_file($node->logfile);
    return $log !~ /PANIC|was terminated by signal|non-empty SPI stack|resource was not closed|leak/;
}

1;
