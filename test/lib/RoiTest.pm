# What the TAP tests share: throw-away servers, SQL in a database's roi_ext schema under a role, and common checks.
package RoiTest;

use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

# Makes and starts a server; settings are lines of postgresql.conf.
sub server
{
    my ($name, $init, @settings) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(extra => [ '-E', 'UTF8', '--locale=C.UTF-8' ], %$init);
    $node->append_conf('postgresql.conf', $_)
      for "timezone = 'UTC'", 'log_statement = none', 'synchronous_commit = off', @settings;
    $node->start;
    return $node;
}

# Kills all processes of a server, as a power cut would: a backend that only loses its postmaster ends its work first. The
# postmaster is held, so that it neither starts another process nor clears up behind the others, and dies first.
sub kill_server
{
    my ($node) = @_;
    my $postmaster = $node->{_pid};
    my @children;
    kill 'STOP', $postmaster;
    for my $file (glob '/proc/[0-9]*/stat')
    {
        open my $stat, '<', $file or next; # gone in the meantime
        my $line = <$stat> // next;
        push @children, $1 if $line =~ /^(\d+) \(.*\) \S $postmaster /s;
    }
    kill 'KILL', $postmaster, @children;
    $node->{_pid} = undef;
    for (1 .. 300)
    {
        return if !kill 0, $postmaster, @children; # a zombie counts: its server could not start again
        usleep(100_000);
    }
    die 'processes of the killed server stay';
}

# A handle on a database: node, db, schema (unquoted, default public), role (default: the superuser), set (settings).
sub new
{
    my ($class, %fields) = @_;
    return bless { schema => 'public', set => {}, %fields }, $class;
}

# The same database as another role or with other settings.
sub with
{
    my ($self, %fields) = @_;
    return RoiTest->new(%$self, %fields);
}

sub as { my ($self, $role) = @_; return $self->with(role => $role); }

# The same database with roi_ext.user_id set.
sub signed_in
{
    my ($self, $user) = @_;
    return $self->with(set => { %{ $self->{set} }, 'roi_ext.user_id' => $user });
}

sub quote_identifier { my ($name) = @_; $name =~ s/"/""/g; return qq("$name"); }
sub quote_literal { my ($text) = @_; $text =~ s/'/''/g; return "'$text'"; }

# The extension's schema, quoted for SQL.
sub schema { my ($self) = @_; return quote_identifier($self->{schema}); }

sub create_database
{
    my ($self) = @_;
    $self->{node}->safe_psql('postgres', 'CREATE DATABASE ' . quote_identifier($self->{db}));
    return $self;
}

# Creates the extension in the handle's schema, which is made first.
sub create_extension
{
    my ($self) = @_;
    my $schema = $self->schema;
    $self->with(role => undef)->sql("CREATE SCHEMA IF NOT EXISTS $schema; CREATE EXTENSION roi_ext SCHEMA $schema");
    return $self;
}

# Runs SQL by psql, one statement after the other; returns exit code, output, messages.
sub run
{
    my ($self, $sql) = @_;
    my $settings = join '', map { "SET $_ TO " . quote_literal($self->{set}{$_}) . ";\n" } sort keys %{ $self->{set} };
    my @role = $self->{role} ? ('-U', $self->{role}) : ();
    return $self->{node}->psql(
        $self->{db}, 'SET search_path TO ' . $self->schema . ", public;\n$settings$sql",
        extra_params => [ '-v', 'VERBOSITY=verbose', @role ]);
}

# Runs SQL that must succeed; returns its output.
sub sql
{
    my ($self, $sql) = @_;
    my ($rc, $out, $err) = $self->run($sql);
    die "failed: $sql\n$err" if $rc;
    return $out;
}

# Starts statements, one transaction each, in a session of its own; finish() waits for it: exit code, output, messages.
sub start
{
    my ($self, @statements) = @_;
    my $session = { out => '', err => '' };
    my @commands = map { ('-c', $_) } 'SET search_path TO ' . $self->schema . ', public', @statements;
    my @role = $self->{role} ? ('-U', $self->{role}) : ();
    $session->{run} = IPC::Run::start(
        [ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', $self->{node}->connstr($self->{db}), @role, @commands ],
        '<', \undef, '>', \$session->{out}, '2>', \$session->{err}, IPC::Run::timeout(300));
    return $session;
}

sub finish
{
    my ($session) = @_;
    $session->{run}->finish;
    return ($session->{run}->result(0), $session->{out}, $session->{err});
}

# The error that SQL raises: { state, message, hint }; undef when there is none.
sub error
{
    my ($self, $sql) = @_;
    my ($rc, $out, $err) = $self->run($sql);
    return undef unless $rc;
    my ($state, $message) = $err =~ /(?:ERROR|FATAL):\s+(\w{5}): (.*)/;
    my ($hint) = $err =~ /^HINT:\s+(.*)/m;
    return { state => $state // '', message => $message // $err, hint => $hint // '' };
}

# One test: the SQL fails with this SQLSTATE, and its hint matches.
sub fails
{
    my ($self, $sql, $state, $hint, $name) = @_;
    my $error = $self->error($sql) // { state => 'no error', message => '', hint => '' };
    my $good = $error->{state} eq $state && $error->{hint} =~ $hint;
    ok($good, $name)
        or diag("wanted $state, hint $hint; got $error->{state}: $error->{message}; hint: $error->{hint}");
    return;
}

# One test: the SQL answers this.
sub answers
{
    my ($self, $sql, $expected, $name) = @_;
    my ($rc, $out, $err) = $self->run($sql);
    is($rc ? $err : $out, $expected, $name);
    return;
}

# Tables of the schema that are not the extension's own: ours, partitions included.
my $tables = q(pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind IN ('r', 'p'));

# The functions and the procedure of the extension.
my $routines = q(pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'roi_ext'));

sub routines { return $routines; }

# Tables without row security, and tables with a user_id but without the policy of their owner.
sub unsecured_tables
{
    my ($self) = @_;
    return $self->sql(qq(
        SELECT c.relname FROM $tables AND NOT (c.relrowsecurity AND (
            NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('user_id', 'clerk_id'))
            OR EXISTS (SELECT FROM pg_policy l WHERE l.polrelid = c.oid AND l.polcmd = '*'
                AND pg_get_expr(l.polqual, l.polrelid) ~ '_id\\)?(::text)? = \\( SELECT .*roi_current_user_id\\(\\)'
                AND pg_get_expr(l.polwithcheck, l.polrelid) = pg_get_expr(l.polqual, l.polrelid))))
        ORDER BY 1));
}

# Tables, sequences and functions on which somebody besides the owner holds a privilege, with the grantee.
sub foreign_privileges
{
    my ($self) = @_;
    return $self->sql(qq(
        SELECT c.relname || ' ' || coalesce(nullif(e.grantee, 0)::regrole::text, 'PUBLIC') || ' ' || e.privilege_type
        FROM pg_class c, aclexplode(c.relacl) e
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind IN ('r', 'p', 'S')
            AND e.grantee <> c.relowner
        UNION ALL
        SELECT p.proname || ' ' || coalesce(nullif(e.grantee, 0)::regrole::text, 'PUBLIC') || ' ' || e.privilege_type
        FROM $routines, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e WHERE e.grantee <> p.proowner
        ORDER BY 1));
}

# Grants a role what it needs to run roi_setup() and to own the tables.
sub grant_owner
{
    my ($self, $role) = @_;
    my $schema = $self->schema;
    $self->with(role => undef)->sql(qq(
        GRANT USAGE, CREATE ON SCHEMA $schema TO $role;
        SELECT format('GRANT EXECUTE ON ROUTINE %s TO $role', p.oid::regprocedure) FROM $routines \\gexec));
    return;
}

# Posts whose running totals differ from the sums of their rows.
sub wrong_totals
{
    my ($self) = @_;
    my @measures = qw(views likes comments shares saves clicks paid_views paid_clicks conversions ad_spend revenue_generated);
    my $sums = join ', ', map { "coalesce(sum(m.$_), 0)" } @measures;
    my $totals = join ', ', map { "p.$_" } @measures;
    return $self->sql(qq(
        SELECT p.user_id, p.post_id, p.platform FROM roi_posts p
        LEFT JOIN roi_metrics m USING (user_id, post_id, platform)
        GROUP BY p.user_id, p.post_id, p.platform HAVING ($totals) <> ($sums) ORDER BY 1, 2, 3));
}

# Derived cells that differ from the facts: rollups, running totals, platform metrics.
sub differing
{
    my ($self) = @_;
    return $self->sql('SELECT v FROM roi_verify() v');
}

# Fact tables, roi_metrics and its partitions, that lack a trigger or have it disabled: after each statement of four kinds, and
# before a row's moment changes.
sub unwatched
{
    my ($self) = @_;
    return $self->sql(q(
        SELECT t.relid FROM pg_partition_tree('roi_metrics') t LEFT JOIN pg_trigger g ON g.tgrelid = t.relid AND g.tgenabled = 'O'
                AND g.tgfoid IN ('roi_follow_facts'::regproc, 'roi_follow_moves'::regproc)
            GROUP BY t.relid, t.level HAVING string_agg(g.tgname, ' ' ORDER BY g.tgname) IS DISTINCT FROM
                'roi_follow_delete roi_follow_insert roi_follow_truncate roi_follow_update ~roi_follow_move'
            ORDER BY t.relid));
}

# The keys to the users table in the order in which DELETE FROM users follows them.
sub cascade_order
{
    my ($self) = @_;
    return $self->sql(q(
        SELECT k.conname FROM pg_trigger g JOIN pg_constraint k ON k.oid = g.tgconstraint
        WHERE g.tgfoid = '"RI_FKey_cascade_del"'::regproc AND k.conname LIKE 'users\_key\_%' ORDER BY g.tgname));
}

# Waits until the query answers t in the database postgres, also while the server restarts. The query goes by -c: a psql that cannot connect leaves
# its input unread, and writing to it would break the test.
sub wait_until
{
    my ($node, $query) = @_;
    my $answer = '';
    for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
    {
        ($answer) = PostgreSQL::Test::Utils::run_command([ 'psql', '-XAtq', '-c', $query, '-d', $node->connstr('postgres') ]);
        return if $answer eq 't';
        usleep(100_000);
    }
    die "still not true: $query ($answer)";
}

# Waits until the next full hour, at which accounts lack one hour more, is at least so many seconds away.
sub away_from_the_hour
{
    my ($seconds) = @_;
    sleep 3601 - time() % 3600 if time() % 3600 > 3600 - $seconds;
    return;
}

# An export file as a bytea literal.
sub file { return q('\x) . unpack('H*', join("\n", @_) . "\n") . q('::bytea); }

1;
