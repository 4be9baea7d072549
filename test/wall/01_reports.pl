# What a user sees of a failure behind the wall: SQLSTATE, texts, CONTEXT and names, whole and in valid UTF-8.
use strict;
use warnings;

use Encode ();
use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use Wall;

my $node = start_server('reports');

# is_report(name, fields, call, expected): fields of diagnose(), joined by |
sub is_report
{
    my ($name, $fields, $call, $expected) = @_;
    my $found = $node->safe_psql('postgres', "SELECT concat_ws('|', $fields) FROM diagnose($call)");
    is($found, $expected, $name);
}

# --- C++ exceptions ---

is_report('std::runtime_error', 'state, message, detail, hint', q('runtime_error', 'it broke'), 'XX000|it broke||');
is_report('std::bad_alloc', 'state, message', q('bad_alloc'), '53200|out of memory');
is_report('throw 42', 'state, message', q('number'), 'XX000|unknown C++ exception');
is_report('a percent sign is not a format', 'message', q('runtime_error', '100 %s %n'), '100 %s %n');
is_report('an empty message', 'state, message', q('runtime_error', ''), 'XX000|');

for my $fault (qw(invalid_argument out_of_range bad_file bad_encoding too_large))
{
    is_report("core::Error: $fault", 'state, message, detail, hint',
        "'$fault', 'x'", "$failing{$fault}[0]|message x|detail x|hint x");
}

my $plain = (session($node, q(SELECT wall_fail('bare_fault', 'alone'))))[2];
like($plain, qr/ERROR:  alone/, 'core::Error without detail and hint arrives');
unlike($plain, qr/DETAIL|HINT/, 'and has neither DETAIL nor HINT');

is_report('no memory to copy a report: still an orderly error',
    'state, message', q('starve'), '53200|out of memory');
is_report('a message of 900 characters is whole', 'length(message)', q('runtime_error', repeat('x', 900)), '900');

# --- errors of the backend ---

is_report('backend error in call()', 'state, message', q('backend'), '22012|division by zero');
is_report('through SPI', 'state, message, split_part(context, E\'\n\', 1)',
    q('spi', 'SELECT 1 / 0'), '22012|division by zero|SQL statement "SELECT 1 / 0"');
is_report('unique violation keeps DETAIL and names',
    'state, detail, constraint_name, table_name, schema_name',
    q('spi', $$INSERT INTO ledger.entry VALUES (1, 1, 'again')$$),
    '23505|Key (id)=(1) already exists.|entry_once|entry|ledger');
is_report('not-null violation keeps the column', 'state, column_name, table_name, schema_name',
    q('spi', 'INSERT INTO ledger.entry VALUES (2, 1, NULL)'), '23502|note|entry|ledger');
is_report('domain violation keeps type and constraint', 'state, type_name, constraint_name, schema_name',
    q('spi', $$INSERT INTO ledger.entry VALUES (2, -1, '')$$), '23514|positive|above_zero|ledger');
is_report(
    'RAISE with every field',
    'state, message, detail, hint, column_name, constraint_name, type_name, table_name, schema_name',
    q('spi', 'SELECT middle()'),
    'XT123|said below|told|helped|a column|a constraint|a type|a table|a schema');
is_report(
    'every field, after a handler has worked on',
    'state, message, detail, hint, column_name, constraint_name, type_name, table_name, schema_name',
    q('late_rethrow', 'SELECT middle()'),
    'XT123|said below|told|helped|a column|a constraint|a type|a table|a schema');
is_report(
    'CONTEXT of nested functions',
    q(regexp_replace(context, ' at \w+$', '', 'gn')),
    q('spi', 'SELECT middle()'),
    join("\n",
        'PL/pgSQL function deepest() line 3 at RAISE',
        'SQL statement "SELECT deepest()"',
        'PL/pgSQL function middle() line 1 at PERFORM',
        'SQL statement "SELECT middle()"',
        q(SQL statement "SELECT wall_fail(way, more)"),
        'PL/pgSQL function diagnose(text,text) line 3 at PERFORM') =~ s/ at \w+$//gmr);
is_report('fail() with detail and hint', 'state, message, detail, hint', q('fail', 'y'),
    'P0002|message y|detail y|hint y');
is_report('rethrow_with_hint() adds one', 'state, hint', q('hint_added', 'SELECT 1 / 0'),
    '22012|added by a handler');
is_report('rethrow_with_hint() keeps one', 'state, hint', q('hint_added', 'SELECT middle()'), 'XT123|helped');
is_report('C++ exception inside call()', 'state, message', q('throw_in_call', 'inside'), 'XX000|inside');
is_report('backend error inside call() in call()', 'state, message', q('call_in_call'), '22012|division by zero');
is_report('core::Error inside call() in call()', 'state, hint', q('throw_in_call_in_call', 'z'), '22P04|hint z');
is_report('backend error after a caught exception', 'state', q('caught_then_backend'), '22012');
is_report('exception in place of a backend error', 'state, message', q('backend_then_throw', 'ours'), 'XX000|ours');

my $verbose = (session($node, "\\set VERBOSITY verbose\nSELECT 1 / 0; SELECT wall_fail('backend');"))[2];
my @places = $verbose =~ /LOCATION:\s+(.*)/g;
ok(@places == 2 && $places[0] eq $places[1], 'the place in the source is that of the backend') or diag($verbose);
my $syntax = (session($node, q(SELECT wall_fail('spi', 'SELEC 1'))))[2];
like($syntax, qr/syntax error at or near "SELEC"\nLINE 1: SELEC 1\n\s+\^\nQUERY:  SELEC 1/,
    'the cursor in an inner query');

# --- handlers by name ---

my %named = (
    division_by_zero        => q('backend'),
    unique_violation        => q('spi', $$INSERT INTO ledger.entry VALUES (1, 1, 'again')$$),
    invalid_parameter_value => q('invalid_argument', 'x'),
    out_of_memory           => q('bad_alloc'),
    internal_error          => q('number'));
for my $condition (sort keys %named)
{
    is($node->safe_psql('postgres', "SELECT trapped($named{$condition})"), $condition, "WHEN $condition");
}
is($node->safe_psql('postgres', q(SET statement_timeout = '100ms'; SELECT trapped('loop'))),
    'query_canceled', 'WHEN query_canceled');

# --- every way, to the client, and when it goes on to fail through SQL again ---

for my $name (sort keys %failing)
{
    my ($state, $more) = @{ $failing{$name} };
    my $way = $name =~ s/,.*//r;
    my $err = (session($node, "\\set VERBOSITY sqlstate\nSELECT wall_fail('$way', \$\$$more\$\$);"))[2];
    is(states($err), $state, "$name reaches the client as $state");
}

# Each level catches and raises the error again: none may stay on the backend's stack of five.
is(states((session($node, "\\set VERBOSITY sqlstate\nSELECT wall_recurse(20);"))[2]),
    '22012', 'an error through twenty walls');

# --- texts are cut between characters ---

# way, text, field, expected number of characters
for my $cut (
    [ 'runtime_error', "repeat('é', 5000)",           'message', 511 ],
    [ 'runtime_error', "'x' || repeat('é', 5000)",    'message', 512 ],
    [ 'runtime_error', "repeat('€', 5000)",           'message', 341 ],
    [ 'runtime_error', "'x' || repeat('€', 5000)",    'message', 341 ],
    [ 'runtime_error', "'xx' || repeat('€', 5000)",   'message', 342 ],
    [ 'runtime_error', "repeat('😀', 5000)",          'message', 255 ],
    [ 'runtime_error', "'xxx' || repeat('😀', 5000)", 'message', 258 ],
    [ 'runtime_error', "repeat('x', 5000)",           'message', 1023 ],
    [ 'bad_file',      "repeat('é', 5000)",           'detail',  1027 ],
    [ 'bad_file',      "repeat('é', 5000)",           'hint',    514 ])
{
    my ($way, $text, $field, $length) = @$cut;
    my $call = "diagnose('$way', $text)";
    # convert_from() refuses bytes that are not UTF-8
    my $found = $node->safe_psql('postgres',
        "SELECT length(convert_from(convert_to($field, 'UTF8'), 'UTF8')) FROM $call");
    is($found, $length, "$field of $way with $text is cut to $length characters");
}

# What a C++ library says need not be text in the encoding of the database.
my $text =
    (session($node, q(SELECT convert_from(convert_to(message, 'UTF8'), 'UTF8') FROM diagnose('latin1'))))[1];
like($text, qr/^caf. au lait$/, 'bytes that are not UTF-8 do not get through');

my $bytes = (session($node, q(SELECT wall_fail('runtime_error', repeat('é', 5000)))))[2];
utf8::encode($bytes) if utf8::is_utf8($bytes);
my $decoded = eval { Encode::decode('UTF-8', $bytes, Encode::FB_CROAK) };
like($decoded, qr/ERROR:  \x{e9}{511}(\n|$)/, 'the client gets 511 whole characters');

is($node->safe_psql('postgres', 'SELECT wall_ask($$SELECT 42$$)'), 42, 'the server goes on');
ok(log_is_clean($node), 'the server never fell');
done_testing();
