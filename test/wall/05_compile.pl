# What must not compile does not.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

command_ok([ 'bash', "$FindBin::RealBin/must_not_compile.sh" ], 'the compiler refuses what the wall forbids');
done_testing();
