# Kept plans follow the catalogue: tables made again, columns added, schemas renamed; and failures do not spoil them.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use Wall;

my $node = start_server('plans');
my $set_up = <<'SQL';
DROP SCHEMA IF EXISTS "Odd ""one""" CASCADE;
CREATE SCHEMA "Odd ""one""";
CREATE TABLE "Odd ""one""".kept (id bigint, note text);
SELECT oid AS odd FROM pg_namespace WHERE nspname = 'Odd "one"' \gset
SELECT wall_execute(:odd, 'insert', 1, 'first');
SELECT wall_execute(:odd, 'read', 1), wall_execute(:odd, 'twice', 1);
SQL
my @begun = ('1 done', '{"id": 1, "note": "first"}|1');

# is_session(name, script, lines expected after those of the set-up, states expected)
sub is_session
{
    my ($name, $script, $lines, $states) = @_;
    my ($code, $out, $err) =
        session($node, "\\set VERBOSITY sqlstate\nSET client_min_messages = warning;\n$set_up$script");
    is($out, join("\n", @begun, @$lines), $name);
    is(states($err), $states // '', "$name: errors") or diag($err);
}

is_session(
    'again and again, and NULL arguments',
    q(SELECT wall_execute(:odd, 'insert', 2, NULL), wall_execute(:odd, 'insert', NULL, 'no id');
      SELECT wall_execute(:odd, 'note', 2), wall_execute(:odd, 'note', NULL), wall_execute(:odd, 'note', 3);),
    [ '1 done|1 done', 'null|no id|no row' ]);

is_session(
    'the table is dropped and made again',
    q(DROP TABLE "Odd ""one""".kept;
      SELECT wall_execute(:odd, 'read', 1);
      CREATE TABLE "Odd ""one""".kept (note text, id bigint, more int DEFAULT 5);
      SELECT wall_execute(:odd, 'read', 1);
      SELECT wall_execute(:odd, 'insert', 1, 'anew');
      SELECT wall_execute(:odd, 'read', 1);),
    [ 'no row', '1 done', '{"id": 1, "more": 5, "note": "anew"}' ], '42P01');

is_session(
    'a column is added, renamed away and put back',
    q(ALTER TABLE "Odd ""one""".kept ADD COLUMN extra int DEFAULT 7;
      SELECT wall_execute(:odd, 'read', 1);
      ALTER TABLE "Odd ""one""".kept RENAME note TO remark;
      SELECT wall_execute(:odd, 'note', 1);
      ALTER TABLE "Odd ""one""".kept RENAME remark TO note;
      SELECT wall_execute(:odd, 'note', 1);),
    [ '{"id": 1, "note": "first", "extra": 7}', 'first' ], '42703');

is_session(
    'the schema is renamed',
    q(ALTER SCHEMA "Odd ""one""" RENAME TO plain;
      SELECT wall_execute(:odd, 'insert', 1, 'second');
      SELECT wall_execute(:odd, 'twice', 1);
      CREATE SCHEMA "Odd ""one""";
      CREATE TABLE "Odd ""one""".kept (id bigint, note text);
      SELECT wall_execute(:odd, 'twice', 1);
      DROP SCHEMA "Odd ""one""" CASCADE;
      ALTER SCHEMA plain RENAME TO "Odd ""one""";
      SELECT wall_execute(:odd, 'twice', 1);),
    [ '1 done', '4', '4', '4' ]);

my $connection = $node->connstr('postgres');
is_session(
    'another session renames the schema',
    qq(\\! psql -X -q -d "$connection" -c 'ALTER SCHEMA "Odd ""one""" RENAME TO plain'
      SELECT wall_execute(:odd, 'read', 1);
      \\! psql -X -q -d "$connection" -c 'ALTER TABLE plain.kept ADD COLUMN extra int DEFAULT 8'
      SELECT wall_execute(:odd, 'read', 1);
      DROP SCHEMA plain CASCADE;),
    [ '{"id": 1, "note": "first"}', '{"id": 1, "note": "first", "extra": 8}' ]);

is_session(
    'the schema is gone',
    q(DROP SCHEMA "Odd ""one""" CASCADE;
      SELECT wall_execute(:odd, 'read', 1);
      SELECT wall_execute(:odd, 'read', 1);),
    [], '3F000 3F000');

is_session(
    'two schemas have plans of their own',
    q(CREATE TABLE ledger.kept (id bigint, note text);
      SELECT wall_execute('ledger'::regnamespace, 'insert', 1, 'ledger');
      SELECT wall_execute('ledger'::regnamespace, 'note', 1), wall_execute(:odd, 'note', 1);
      DROP TABLE ledger.kept;),
    [ '1 done', 'ledger|first' ]);

is_session(
    'a statement that fails when it runs, the first time too',
    q(SELECT wall_execute(:odd, 'divide', 0);
      SELECT wall_execute(:odd, 'divide', 5);
      SELECT wall_execute(:odd, 'divide', 0);
      SELECT wall_execute(:odd, 'divide', 4), wall_execute(:odd, 'divide', NULL), wall_execute(:odd, 'note', 1);),
    [ '20', '25|null|first' ], '22012 22012');

is_session(
    'a statement that cannot be prepared yet',
    q(SELECT wall_execute(:odd, 'later', 1);
      SELECT wall_execute(:odd, 'later', 1);
      CREATE TABLE "Odd ""one""".later (id bigint);
      SELECT wall_execute(:odd, 'later', 1);
      INSERT INTO "Odd ""one""".later VALUES (1);
      SELECT wall_execute(:odd, 'later', 1);),
    [ 'no row', '(1)' ], '42P01 42P01');

is_session(
    'a plan made in a transaction that rolls back',
    q(BEGIN;
      CREATE TABLE "Odd ""one""".later (id bigint);
      SELECT wall_execute(:odd, 'later', 1);
      ROLLBACK;
      SELECT wall_execute(:odd, 'later', 1);
      CREATE TABLE "Odd ""one""".later (id bigint, other int);
      INSERT INTO "Odd ""one""".later VALUES (1, 2);
      SELECT wall_execute(:odd, 'later', 1);),
    [ 'no row', '(1,2)' ], '42P01');

my ($code, $out, $err) = session($node, <<'SQL');
\set VERBOSITY default
SELECT wall_row(0);
SELECT wall_row(1);
SELECT wall_state();
SQL
is($out, "7\nlive=0 strayed=0 user=postgres security=0", 'numbers of a result; NULL counts as 0');
like($err, qr/ERROR:  a statement returned no row 1/, 'a row that is not there');

# Plans that are made anew all the time must not pile up: 2,000 times with 64 kB to spare.
($code, $out, $err) = session($node, <<SQL);
SET client_min_messages = warning;
$set_up
CREATE FUNCTION pg_temp.total() RETURNS bigint LANGUAGE sql AS
    'SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts';
CREATE FUNCTION pg_temp.churn(odd oid, times int) RETURNS void LANGUAGE plpgsql AS \$\$
BEGIN
    FOR i IN 1 .. times LOOP
        ALTER SCHEMA "Odd ""one""" RENAME TO plain;
        PERFORM wall_execute(odd, 'note', 1);
        ALTER SCHEMA plain RENAME TO "Odd ""one""";
        PERFORM wall_execute(odd, 'note', 1);
    END LOOP;
END \$\$;
SELECT pg_temp.churn(:odd, 1000);
SELECT pg_temp.total() AS before \\gset
SELECT pg_temp.churn(:odd, 1000);
SELECT pg_temp.total() - :before;
SQL
my ($growth) = $out =~ /(-?\d+)\s*$/;
cmp_ok($growth, '<=', 65536, 'plans that become stale are freed') or diag("$out\n$err");

ok(log_is_clean($node), 'the server never fell');
$node->stop;

# A statement that runs itself while the catalogue changes must not lose the plan that it runs on.
my $inner = start_server('reentry');
my $again = <<'SQL';
SET client_min_messages = warning;
CREATE FUNCTION ledger.again(depth bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    deeper text := '';
BEGIN
    IF depth > 0 THEN
        EXECUTE format('CREATE SCHEMA passing_%s', depth);
        deeper := wall_execute('ledger'::regnamespace, 'again', depth - 1);
        EXECUTE format('DROP SCHEMA passing_%s', depth);
    END IF;
    RETURN depth || deeper;
END $$;
SELECT wall_execute('ledger'::regnamespace, 'again', 5), wall_execute('ledger'::regnamespace, 'again', 2);
SQL
is((session($inner, $again))[1], '543210|210',
    'a statement runs inside itself, and its plan becomes stale there');
$inner->stop('immediate', fail_ok => 1);
done_testing();
