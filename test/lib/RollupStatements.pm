# A seeded source of random SQL against the fact tables: every kind of write, and what SQLSTATE each may end with.
#
#   my $source = RollupStatements->new($seed);
#   my $item = $source->next;    # [ statement, ... ], to run in order
#
# A statement is { sql, states (a pattern, default 00000), same (must change nothing), hold (no check after it: the
# transaction has failed or the session acts as somebody else) }. The same seed gives the same statements.
package RollupStatements;

use strict;
use warnings;

my @users = ('u1', 'u2', 'u3', q(o'brien é));
my @platforms = ('facebook', 'facebook', 'instagram', 'x "q"');
my @posts = (undef, 'p1', 'p1', 'p2', 'p3', 'p4', 'post "5"');
my @campaigns = (undef, undef, 1, 2, 3, '4294967297', '9223372036854775807');
my @content_types = (undef, 'video', 'image');
my @currencies = ('USD', 'USD', 'USD', 'EUR', 'JPY');
my @counters = qw(views likes comments shares saves clicks paid_views paid_clicks);
my @amounts = qw(ad_spend revenue_generated cost_per_click cost_per_impression roi_percentage roas_ratio conversions);
my @columns = (qw(user_id platform campaign_id post_id content_type content_category update_timestamp source currency), @counters, @amounts);
my @partitions = qw(roi_metrics_p2025_01 roi_metrics_p2025_02 roi_metrics_default);
my $list = join ', ', @columns;

# Half of all statements insert; the others change, remove and wrap.
my @kinds = (
	[ insert_values => 14 ], [ insert_select => 7 ], [ copy => 6 ], [ update_measures => 12 ], [ update_keys => 14 ],
	[ delete_some => 7 ], [ upsert => 8 ], [ merge => 7 ], [ merge_moves => 8 ], [ truncate => 3 ], [ on_partition => 9 ], [ with_parts => 7 ],
	[ transaction => 6 ], [ block => 6 ], [ only_nulls => 2 ], [ limits => 3 ], [ remove_user => 2 ],
	[ move_strays => 1 ], [ import => 1 ], [ simulate => 3 ], [ as_writer => 7 ], [ cursor => 3 ], [ prepared => 5 ],
	[ user_trigger => 2 ], [ refused => 5 ], [ platform_metrics => 5 ], [ trim => 5 ], [ rebuild => 1 ]);

sub new
{
	my ($class, $seed) = @_;
	my %without = map { $_ => 1 } split /,/, $ENV{ROI_TEST_WITHOUT} // '';
	my @wanted = grep { !$without{ $_->[0] } } @kinds;
	my @wheel = map { ($_->[0]) x $_->[1] } @wanted;
	return bless { state => $seed * 2 + 1, wheel => \@wheel, kinds => [ map { $_->[0] } @wanted ], imports => 0, months => 0, simulated => 0, hour => 0 }, $class;
}

# --- chance, of our own so that a seed means the same everywhere ---

sub below
{
	my ($self, $limit) = @_;
	use integer;
	$self->{state} = ($self->{state} * 1103515245 + 12345) & ((1 << 47) - 1);
	return (($self->{state} >> 16) & ((1 << 31) - 1)) % $limit;
}

sub any { my ($self, @of) = @_; return $of[ $self->below(scalar @of) ]; }
sub chance { my ($self, $percent) = @_; return $self->below(100) < $percent; }
sub sample { my ($self, $count, @of) = @_; my %seen; return grep { defined } map { my $x = $self->any(@of); $seen{$x}++ ? undef : $x } 1 .. $count; }

# --- values ---

sub literal { my ($text) = @_; return 'NULL' unless defined $text; $text =~ s/'/''/g; return "'$text'"; }

# Around the border of January and February 2025, whose partitions exist; some years ago, ahead, BC or far in the future.
sub stamp
{
	my ($self) = @_;
	my $kind = $self->below(100);
	return $self->any('2010-05-31 23:59:59.999999+00', '2019-12-31 23:45+00', '2020-02-29 12:00+00', '2024-12-31 23:59:59+00',
		'2031-07-01 00:00+00', '0044-03-15 12:07:30+00 BC', '0001-12-31 23:59:59.999999+00 BC', '290000-02-28 23:45:00.000001+00') if $kind < 12;
	return $self->any('2025-01-31 23:59:59.999999+00', '2025-02-01 00:00+00', '2025-02-01 00:00:00.000001+00', '2025-01-31 23:45+00',
		'2025-01-31 23:44:59.999999+00', '2025-02-28 23:59:59.999999+00', '2025-03-01 00:00+00') if $kind < 25;
	my ($day, $hour) = ($self->any('2025-01-30', '2025-01-31', '2025-01-31', '2025-02-01', '2025-02-02'), $self->below(24));
	return sprintf '%s %02d:00+00', $day, $hour if $kind < 65;
	return sprintf '%s %02d:%02d+00', $day, $hour, 15 * $self->below(4) if $kind < 85;
	return sprintf '%s %02d:%02d:%02d.%06d+00', $day, $self->below(3), $self->below(60), $self->below(60), $self->below(1_000_000);
}

sub counter
{
	my ($self) = @_;
	my $kind = $self->below(100);
	return undef if $kind < 10;
	return -$self->below(50) if $kind < 16;
	return $kind < 30 ? 0 : $self->below(1000);
}

sub amount
{
	my ($self) = @_;
	my $kind = $self->below(100);
	return undef if $kind < 10;
	return 0 if $kind < 35;
	return sprintf '-%d.%02d', $self->below(50), $self->below(100) if $kind < 43;
	return sprintf '%d.%06d', $self->below(90), $self->below(1_000_000) if $kind < 70;
	return sprintf '%d.%02d', $self->below(500), $self->below(100);
}

# One fact by column; what is given stays.
sub row
{
	my ($self, %given) = @_;
	my %row = (
		user_id => $self->any(@users), platform => $self->any(@platforms), campaign_id => $self->any(@campaigns), post_id => $self->any(@posts),
		content_type => $self->any(@content_types), content_category => $self->any(undef, 'food'), update_timestamp => $self->stamp,
		source => $self->any('recorded', 'imported'), currency => $self->any(@currencies));
	$row{$_} = $self->counter for @counters;
	$row{$_} = $self->amount for @amounts;
	return { %row, %given };
}

sub rows { my ($self, $most, %given) = @_; return map { $self->row(%given) } 0 .. $self->below($most); }
sub tuple { my ($row, @names) = @_; return '(' . join(', ', map { literal($row->{$_}) } @names ? @names : @columns) . ')'; }
sub values_of { my (@rows) = @_; return 'VALUES ' . join ', ', map { tuple($_) } @rows; }

# A condition that a part of the facts meets.
sub condition
{
	my ($self) = @_;
	my @pick = ('user_id = ' . literal($self->any(@users)), 'platform = ' . literal($self->any(@platforms)), 'post_id = ' . literal($self->any(@posts) // 'p2'),
		'id % 3 = ' . $self->below(3), 'id % 7 = ' . $self->below(7), 'id % 11 < 2', 'currency = ' . literal($self->any(@currencies)),
		'update_timestamp >= ' . literal($self->stamp), 'update_timestamp < ' . literal($self->stamp), 'campaign_id IS NULL', 'post_id IS NULL',
		"update_timestamp BETWEEN '2025-01-31 22:00+00' AND '2025-02-01 02:00+00'", 'revenue_generated > 0', 'ad_spend IS NULL');
	return join ' AND ', $self->sample($self->any(1, 1, 2), @pick);
}

sub set_measures
{
	my ($self) = @_;
	my @set = map { my $value = literal($self->counter); $self->chance(50) ? "$_ = $value" : "$_ = $_ + " . $self->below(9) } $self->sample(3, @counters);
	push @set, map { my $value = literal($self->amount); $self->chance(50) ? "$_ = $value" : "$_ = $_ - " . $self->below(9) . '.000001' } $self->sample(3, @amounts);
	return join ', ', @set;
}

sub set_keys
{
	my ($self) = @_;
	my %change = (
		user_id => literal($self->any(@users)), platform => literal($self->any(@platforms)), post_id => literal($self->any(@posts)),
		campaign_id => literal($self->any(@campaigns)), content_type => literal($self->any(@content_types)), currency => literal($self->any(@currencies)),
		id => 'id + 1000000',
		update_timestamp => $self->any(map { "update_timestamp $_" } "+ interval '15 minutes'", "- interval '1 microsecond'", "+ interval '1 day'",
			"- interval '31 days'", "+ interval '1 month'", "+ interval '11 hours 7 minutes'", "- interval '3 years'"));
	$change{update_timestamp} = literal($self->stamp) if $self->chance(30);
	my @names = $self->sample($self->any(1, 1, 1, 2, 3), sort keys %change);
	return join ', ', map { "$_ = $change{$_}" } @names;
}

sub statement { my ($sql, %more) = @_; return { sql => $sql, states => '00000', %more }; }
sub one { return [ statement(@_) ]; }

# --- the kinds ---

sub next
{
	my ($self) = @_;
	my $kind = $self->any(@{ $self->{wheel} });
	return $self->$kind;
}

# Every kind there is; a run begins with each once, so that a short one misses none.
sub kinds { my ($self) = @_; return @{ $self->{kinds} }; }

sub insert_sql { my ($self, $into) = @_; return "INSERT INTO $into ($list) " . values_of($self->rows(12)); }
sub insert_values { my ($self) = @_; return one($self->insert_sql('roi_metrics') . $self->any('', '', ' RETURNING id', ' ON CONFLICT DO NOTHING')); }
sub update_measures { my ($self) = @_; return one($self->update_sql); }
sub update_sql { my ($self) = @_; return 'UPDATE roi_metrics SET ' . $self->set_measures . ' WHERE ' . $self->condition; }
sub move_sql { my ($self) = @_; return 'UPDATE roi_metrics SET ' . $self->set_keys . ($self->chance(30) ? ', ' . $self->set_measures : '') . ' WHERE ' . $self->condition; }
sub update_keys { my ($self) = @_; return one($self->move_sql, states => '00000|23505'); }
sub delete_sql { my ($self) = @_; return 'DELETE FROM roi_metrics WHERE id % 4 = ' . $self->below(4) . ' AND ' . $self->condition; }
sub delete_some { my ($self) = @_; return one($self->delete_sql); }

# Any single statement that cannot fail.
sub simple { my ($self) = @_; return $self->any(map { my $make = $_; sub { $self->$make } } qw(update_sql update_sql delete_sql safe_insert safe_insert))->(); }
sub safe_insert { my ($self) = @_; return $self->insert_sql('roi_metrics'); }

sub insert_select
{
	my ($self) = @_;
	my $values = "VALUES (${\ literal($self->any(@users))}, ${\ literal($self->stamp)}::timestamptz)";
	return one("INSERT INTO roi_metrics (user_id, update_timestamp, platform, post_id, views, likes, comments, shares, ad_spend, revenue_generated)"
		  . " SELECT u, t + n * interval '7 minutes 30 seconds', CASE WHEN n % 3 = 0 THEN 'facebook' ELSE 'threads' END, nullif('p' || n % 5, 'p0'), n, n, 1, 1, n / 8.0, n % 4"
		  . " FROM ($values) AS v (u, t), generate_series(1, ${\ (3 + $self->below(20))}) n") if $self->chance(50);
	my $others = join ', ', grep { !/^(user_id|update_timestamp)$/ } @columns;
	return one("INSERT INTO roi_metrics (user_id, update_timestamp, $others) SELECT ${\ literal($self->any(@users))}, update_timestamp + interval '${\ ($self->below(50) - 25)} hours', $others"
		  . ' FROM roi_metrics WHERE ' . $self->condition . ' ORDER BY id LIMIT 15');
}

sub copy_sql
{
	my ($self, $into, %given) = @_;
	my $cell = sub { my ($value) = @_; return '\N' unless defined $value; $value =~ s/\\/\\\\/g; return $value; };
	return "COPY $into ($list) FROM STDIN;\n" . join("\n", map { my $row = $_; join "\t", map { $cell->($row->{$_}) } @columns } $self->rows(25, %given)) . "\n\\.\n";
}

sub copy { my ($self) = @_; return one($self->copy_sql('roi_metrics')); }

# Keys from a small pool, so that they conflict.
sub keyed_rows
{
	my ($self) = @_;
	my %rows;
	for (0 .. $self->below(6))
	{
		my $row = $self->row(user_id => $self->any(@users[ 0, 1 ]), update_timestamp => $self->any('2025-01-31 23:59:59.999999+00', '2025-02-01 00:00+00'));
		$row->{id} = 900_000 + $self->below(6);
		$rows{"$row->{user_id} $row->{update_timestamp} $row->{id}"} = $row;
	}
	return map { $rows{$_} } sort keys %rows;
}

sub upsert
{
	my ($self) = @_;
	my $action = $self->any('DO NOTHING', 'DO UPDATE SET revenue_generated = EXCLUDED.revenue_generated, post_id = EXCLUDED.post_id',
		'DO UPDATE SET views = m.views + 1, currency = EXCLUDED.currency, platform = EXCLUDED.platform WHERE m.likes IS NOT NULL',
		'DO UPDATE SET ad_spend = m.ad_spend + EXCLUDED.ad_spend, campaign_id = EXCLUDED.campaign_id, content_type = NULL');
	return one("INSERT INTO roi_metrics AS m (id, $list) VALUES " . join(', ', map { tuple($_, 'id', @columns) } $self->keyed_rows)
		  . " ON CONFLICT (user_id, update_timestamp, id) $action" . $self->any('', ' RETURNING id'));
}

sub merge
{
	my ($self) = @_;
	my $source = join ', ', map { '(' . join(', ', literal($_->{user_id}) . '::text', literal($_->{update_timestamp}) . '::timestamptz', $_->{id}, literal($_->{platform}),
			literal($_->{post_id}), literal($_->{currency}), literal($_->{revenue_generated}) . '::numeric', literal($_->{views}) . '::bigint') . ')' } $self->keyed_rows;
	my @matched = ('WHEN MATCHED AND m.views % 3 = 0 THEN DELETE', 'WHEN MATCHED AND s.platform = \'facebook\' THEN DO NOTHING',
		"WHEN MATCHED AND m.id % 2 = 0 THEN UPDATE SET update_timestamp = m.update_timestamp + interval '1 day', post_id = s.post_id",
		'WHEN MATCHED THEN UPDATE SET revenue_generated = s.revenue, platform = s.platform, post_id = s.post_id, currency = s.currency');
	return one("MERGE INTO roi_metrics m USING (VALUES $source) AS s (user_id, stamp, id, platform, post_id, currency, revenue, views)"
		  . ' ON m.user_id = s.user_id AND m.update_timestamp = s.stamp AND m.id = s.id ' . join(' ', grep { $self->chance(70) } @matched)
		  . ' WHEN NOT MATCHED' . $self->any('', " AND s.currency <> 'JPY'")
		  . ' THEN INSERT (id, user_id, platform, update_timestamp, post_id, currency, revenue_generated, views)'
		  . ' VALUES (s.id, s.user_id, s.platform, s.stamp, s.post_id, s.currency, s.revenue, s.views)', states => '00000|23505|0A000');
}

# MERGE over what is there, with any set of actions, one of which moves rows; alone, or beside another part of its query.
sub merge_moves
{
	my ($self) = @_;
	my ($part, @do) = ($self->below(7), 'DELETE', 'DO NOTHING', 'UPDATE SET ' . $self->set_measures);
	my $moment = 'm.update_timestamp ' . $self->any("+ interval '1 month'", "- interval '2 days'", "+ (m.id % 3) * interval '20 days'", "+ (coalesce(views, 0) % 2) * interval '31 days'");
	$moment = "pg_temp.write_facts(${\ literal($self->any(@users))}, $moment)" if $self->chance(25);
	my @actions = ((grep { $self->chance(40) } map { "WHEN MATCHED AND (m.id + $part) % 5 = $_ THEN $do[$_]" } 0 .. 2), "WHEN MATCHED THEN UPDATE SET update_timestamp = $moment" . $self->any('', ', likes = 3', ", post_id = 'p2', currency = 'EUR'"));
	push @actions, "WHEN NOT MATCHED AND s.part < 3 THEN INSERT (user_id, platform, update_timestamp, post_id, views) VALUES ('u1', 'facebook', ${\ literal($self->stamp)}, 'p1', s.part)" if $self->chance(40);
	my $with = $self->any("UPDATE roi_metrics SET update_timestamp = update_timestamp + interval '1 month' WHERE id % 7 = $part", "DELETE FROM roi_metrics WHERE id % 7 = $part", $self->insert_sql('roi_metrics'));
	return one(($self->chance(30) ? "WITH part AS ($with) " : '') . 'MERGE INTO roi_metrics m USING generate_series(0, 6) s (part) ON m.id % 7 = s.part AND ' . join(' ', $self->condition, @actions), states => '00000|23505|0A000'); # 0A000 on 18.6
}

sub truncate
{
	my ($self) = @_;
	return $self->any(map { one("TRUNCATE $_") } @partitions, 'roi_metrics_p2025_01, roi_metrics_p2025_02', 'roi_metrics', 'roi_metrics, platform_metrics',
		'roi_metrics RESTART IDENTITY CASCADE') unless $self->chance(10);
	$self->{simulated} = 0;
	return [ statement('TRUNCATE users CASCADE'), $self->all_users ];
}

sub all_users { return statement('INSERT INTO users (clerk_id) VALUES ' . join(', ', map { '(' . literal($_) . ')' } @users, 'max') . ' ON CONFLICT DO NOTHING'); }

sub on_partition
{
	my ($self) = @_;
	my $kind = $self->below(7);
	my ($name, @days) = $self->any([ 'roi_metrics_p2025_01', '2025-01-31 23:30+00', '2025-01-31 23:59:59.999999+00', '2025-01-01 00:00+00' ],
		[ 'roi_metrics_p2025_02', '2025-02-01 00:00+00', '2025-02-28 23:59:59.999999+00', '2025-02-01 07:15+00' ],
		[ 'roi_metrics_default', '2010-01-01 00:00+00', '0044-03-15 12:00+00 BC', '280000-01-01 00:00:00.5+00' ])->@*;
	my %given = (update_timestamp => $self->any(@days));
	return one("INSERT INTO $name ($list) " . values_of($self->rows(8, %given))) if $kind < 2;
	return one($self->copy_sql($name, %given)) if $kind == 2;
	return one("UPDATE $name SET " . $self->set_measures . ', post_id = ' . literal($self->any(@posts)) . ' WHERE ' . $self->condition) if $kind == 3;
	return one("DELETE FROM $name WHERE " . $self->condition) if $kind == 4;
	return one("UPDATE $name SET update_timestamp = update_timestamp + interval '1 year' WHERE update_timestamp < '2026-01-01'", states => '00000|23514|23505') if $kind == 5;
	my $row = $self->row(%given, id => 800_000 + $self->below(3));
	return one("INSERT INTO $name (id, $list) VALUES " . tuple($row, 'id', @columns)
		  . ' ON CONFLICT (user_id, update_timestamp, id) DO UPDATE SET views = EXCLUDED.views, platform = EXCLUDED.platform, post_id = EXCLUDED.post_id');
}

sub with_parts
{
	my ($self) = @_;
	my ($first, $second, $values) = ($self->condition, $self->condition, values_of($self->rows(3)));
	return one($self->any(
		"WITH gone AS (DELETE FROM roi_metrics WHERE $first AND id % 2 = 0 RETURNING *) INSERT INTO roi_metrics SELECT * FROM gone",
		"WITH gone AS (DELETE FROM roi_metrics WHERE $first RETURNING *) INSERT INTO roi_metrics ($list) SELECT $list FROM gone WHERE id % 3 > 0",
		"WITH one AS (INSERT INTO roi_metrics ($list) $values RETURNING id), two AS (INSERT INTO roi_metrics ($list) $values RETURNING id),"
		  . ' three AS (UPDATE roi_metrics SET ' . $self->set_measures . " WHERE $first RETURNING id), four AS (DELETE FROM roi_metrics WHERE $second AND id % 5 = 1 RETURNING id) SELECT 1",
		'WITH up AS (UPDATE roi_metrics SET ' . $self->set_keys . " WHERE $first RETURNING id) DELETE FROM roi_metrics WHERE $second AND id % 6 = 1",
		"WITH part AS (INSERT INTO roi_metrics_p2025_02 ($list) " . values_of($self->rows(3, update_timestamp => '2025-02-03 04:15+00')) . " RETURNING user_id)"
		  . " INSERT INTO roi_metrics ($list) $values"), states => '00000|23505');
}

# --- transactions and blocks ---

sub transaction
{
	my ($self) = @_;
	my @run = (statement('BEGIN' . $self->any('', '', ' ISOLATION LEVEL REPEATABLE READ', ' ISOLATION LEVEL SERIALIZABLE')));
	for (0 .. 1 + $self->below(4))
	{
		push @run, statement($self->simple) if $self->chance(60);
		next if $self->chance(30);
		push @run, statement('SAVEPOINT s'), map { statement($self->simple) } 0 .. $self->below(2);
		push @run, statement('SAVEPOINT t'), statement($self->simple), statement($self->any('RELEASE SAVEPOINT t', 'ROLLBACK TO SAVEPOINT t')) if $self->chance(40);
		push @run, statement('SELECT 1 / 0', states => '22012', hold => 1) if $self->chance(30);
		push @run, statement($run[-1]{hold} || $self->chance(50) ? 'ROLLBACK TO SAVEPOINT s' : 'RELEASE SAVEPOINT s');
	}
	return [ @run, statement($self->any('COMMIT', 'COMMIT', 'ROLLBACK')) ];
}

sub block
{
	my ($self) = @_;
	my $caught = join "\n", map { 'BEGIN ' . $self->simple . '; ' . $self->any('PERFORM 1 / 0;', "RAISE EXCEPTION 'no';", '') . ' ' . $self->simple . '; EXCEPTION WHEN OTHERS THEN NULL; END;' } 0 .. $self->below(2);
	my $loop = 'FOR n IN 1 .. ' . (2 + $self->below(4)) . ' LOOP ' . $self->simple . '; END LOOP;';
	return one('DO $do$ BEGIN ' . $self->simple . ";\n$caught\n" . ($self->chance(30) ? $loop : '') . ' ' . $self->simple . '; END $do$');
}

sub cursor
{
	my ($self) = @_;
	return [ statement('BEGIN'), statement('DECLARE c CURSOR FOR SELECT id, views FROM roi_metrics WHERE ' . $self->condition . ' FOR UPDATE'), statement('FETCH 2 FROM c'),
		statement('DELETE FROM roi_metrics WHERE CURRENT OF c', states => '00000|24000', hold => 1), statement('COMMIT') ] if $self->chance(30);
	return [ statement('BEGIN'), statement('DECLARE c CURSOR FOR SELECT * FROM roi_metrics ORDER BY id'), statement('FETCH 3 FROM c'), statement($self->simple),
		statement('FETCH 3 FROM c'), statement($self->simple), statement('CLOSE c'), statement($self->any('COMMIT', 'ROLLBACK')) ];
}

# The session prepares them once (see prepare), and the plans outlive partitions, triggers and rights.
sub prepare
{
	my $write_facts = "BEGIN INSERT INTO roi_metrics (user_id, platform, views, update_timestamp) VALUES (fact_of, 'facebook', 3, '2025-01-31') RETURNING id INTO fact;"
	  . " MERGE INTO roi_metrics m USING (SELECT fact) s (id) ON m.id = s.id AND m.user_id = fact_of AND m.update_timestamp = '2025-01-31' WHEN MATCHED THEN UPDATE SET update_timestamp = '2025-02-20'; RETURN moment; END";
	return statement("CREATE FUNCTION pg_temp.write_facts(fact_of text, moment timestamptz, fact bigint DEFAULT 0) RETURNS timestamptz LANGUAGE plpgsql AS \$f\$ $write_facts \$f\$"), map { statement("PREPARE $_") }
	  'insert_one (text, timestamptz, text, numeric) AS INSERT INTO roi_metrics (user_id, update_timestamp, platform, post_id, revenue_generated, views) VALUES ($1, $2, \'facebook\', $3, $4, 5)',
	  'change (text, numeric) AS UPDATE roi_metrics SET ad_spend = ad_spend + $2 WHERE user_id = $1',
	  'move (interval, text) AS UPDATE roi_metrics SET update_timestamp = update_timestamp + $1 WHERE post_id = $2',
	  'remove (text, bigint) AS DELETE FROM roi_metrics WHERE user_id = $1 AND id % 9 = $2';
}

sub prepared
{
	my ($self) = @_;
	my $user = literal($self->any(@users));
	return [ map { statement("EXECUTE $_", states => '00000|23505') } $self->sample(3,
		"insert_one($user, '" . $self->stamp . "', " . literal($self->any(@posts)) . ', ' . literal($self->amount) . ')',
		"change($user, " . $self->below(9) . '.5)', "move('" . $self->any('15 minutes', '-1 day', '1 month') . "', 'p1')", "remove($user, " . $self->below(9) . ')') ];
}

# --- who writes ---

sub as_writer
{
	my ($self) = @_;
	my $user = $self->any(@users);
	my ($role, $foreign) = ($self->any('writer', 'writer', 'appender'), (grep { $_ ne $user } @users)[0]);
	my @rows = $self->rows(4, user_id => $user);
	my @run = $role eq 'appender' ? "INSERT INTO roi_metrics ($list) " . values_of(@rows) : $self->any(
		"INSERT INTO roi_metrics ($list) " . values_of(@rows) . ' RETURNING id', 'UPDATE roi_metrics SET ' . $self->set_measures,
		'UPDATE roi_metrics SET platform = ' . literal($self->any(@platforms)) . ', post_id = ' . literal($self->any(@posts)) . ' WHERE ' . $self->condition,
		'DELETE FROM roi_metrics WHERE id % 3 = 1', "UPDATE roi_metrics_p2025_02 SET revenue_generated = revenue_generated + 1",
		"INSERT INTO roi_metrics (user_id, platform, post_id, views) VALUES (" . literal($user) . ", 'facebook', 'brand new', 3)",
		"COPY roi_metrics (user_id, platform, views) TO STDOUT");
	my @writes = map { statement($_, hold => 1) } @run;
	push @writes, statement("INSERT INTO roi_metrics (user_id, platform) VALUES (" . literal($foreign) . ", 'facebook')", states => '42501', hold => 1) if $self->chance(20);
	return [ statement("SET SESSION AUTHORIZATION $role", hold => 1), statement('SET roi_ext.user_id = ' . literal($user), hold => 1), @writes,
		statement('RESET SESSION AUTHORIZATION', hold => 1), statement('RESET roi_ext.user_id') ];
}

sub user_trigger
{
	my ($self) = @_;
	my $sql = $self->any(
		[ 'BEFORE INSERT OR UPDATE', 'ROW', 'NEW.revenue_generated := coalesce(NEW.revenue_generated, 0) + 1.5; NEW.post_id := coalesce(NEW.post_id, \'p9\'); IF NEW.likes > 900 THEN RETURN NULL; END IF; RETURN NEW;' ],
		[ 'AFTER INSERT', 'ROW', q(IF pg_trigger_depth() = 1 THEN INSERT INTO roi_metrics (user_id, platform, post_id, update_timestamp, views) VALUES (NEW.user_id, 'echo', NEW.post_id, NEW.update_timestamp + interval '1 day', 1); END IF; RETURN NULL;) ],
		[ 'AFTER UPDATE', 'ROW', q(IF pg_trigger_depth() = 1 THEN DELETE FROM roi_metrics WHERE user_id = OLD.user_id AND update_timestamp = OLD.update_timestamp AND id = OLD.id AND views % 5 = 0; END IF; RETURN NULL;) ],
		[ 'AFTER DELETE', 'STATEMENT', q(IF pg_trigger_depth() = 1 THEN UPDATE roi_metrics SET shares = shares + 1, currency = 'USD' WHERE id % 8 = 1; DELETE FROM roi_metrics WHERE id % 40 = 3; END IF; RETURN NULL;) ]);
	return [ statement("CREATE FUNCTION user_trigger() RETURNS trigger LANGUAGE plpgsql AS \$f\$ BEGIN $sql->[2] END \$f\$"),
		statement('CREATE TRIGGER ' . $self->any('a_first', 'zz_last') . " $sql->[0] ON roi_metrics FOR EACH $sql->[1] EXECUTE FUNCTION user_trigger()"),
		(map { statement($self->simple) } 0 .. 2), @{ $self->upsert }, statement($self->move_sql, states => '00000|23505'), statement('DROP FUNCTION user_trigger() CASCADE') ];
}

# --- whole users, other writers of the extension ---

sub remove_user
{
	my ($self) = @_;
	my $user = literal($self->any(@users));
	return [ statement("UPDATE users SET clerk_id = 'renamed' WHERE clerk_id = $user", states => '00000|23503'),
		statement("DELETE FROM users WHERE clerk_id IN ('renamed')"), $self->all_users ] if $self->chance(30);
	return [ statement("DELETE FROM users WHERE clerk_id = $user"), $self->all_users ];
}

# Months that have no partition yet get one; it goes again when it is empty.
sub move_strays
{
	my ($self) = @_;
	my $month = sprintf '%d_%02d', 2022 + int($self->{months} / 12) % 3, 1 + $self->{months}++ % 12;
	(my $moment = "$month-10 05:15+00") =~ tr/_/-/;
	return [ statement("INSERT INTO roi_metrics ($list) " . values_of($self->rows(6, update_timestamp => $moment))),
		statement("INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp) SELECT id, user_id, platform, update_timestamp FROM roi_metrics"
			  . " WHERE update_timestamp = '$moment' AND coalesce(likes + comments + shares, 1) = 0 AND shares = 0"),
		statement("SELECT roi_make_partitions(ARRAY['$moment']::timestamptz[])"), statement('UPDATE roi_metrics SET ' . $self->set_measures . " WHERE update_timestamp = '$moment'"),
		statement("INSERT INTO roi_metrics ($list) " . values_of($self->rows(3, update_timestamp => $moment))),
		statement("INSERT INTO roi_metrics_p$month ($list) " . values_of($self->rows(3, update_timestamp => $moment))), statement("TRUNCATE roi_metrics_p$month"),
		statement("DROP TABLE roi_metrics_p$month, platform_metrics_p$month") ];
}

sub import
{
	my ($self) = @_;
	return unless ref $self;    # use RollupStatements calls it too
	my @lines = map { sprintf '2025-0%d-%02d,ad-%d,%d.%02d,%d,%d', 1 + $self->below(3), 1 + $self->below(28), $self->below(5), $self->below(90), $self->below(100), $self->below(900), $self->below(9) } 0 .. 3 + $self->below(9);
	my $file = q('\x) . unpack('H*', join "\n", 'date,ad_id,spend,impressions,inline_link_clicks', @lines, '') . q('::bytea);
	my @run = (statement("SELECT roi_import('imp', $file, currency => " . literal($self->any('USD', 'EUR')) . ')'));
	push @run, statement("DO \$do\$ BEGIN IF to_regproc('roi_undo_import') IS NOT NULL THEN"
		  . " PERFORM roi_undo_import((SELECT max(id) FROM roi_import_batches WHERE user_id = 'imp' AND undone_at IS NULL)); END IF; END \$do\$") if $self->chance(40);
	return \@run;
}

sub simulate
{
	my ($self) = @_;
	my $start = "timestamptz '2025-01-31 20:00+00'";
	if (!$self->{simulated})
	{
		@{$self}{qw(simulated hour)} = (1, 2);
		return [ statement("SELECT roi_simulate('sim', seed => ${\ $self->below(1000)}, first_posts => 6, posts_per_day => 12, start_at => $start)"),
			statement("SELECT roi_backfill('sim', '2 hours', until => $start + interval '2 hours')") ];
	}
	if ($self->chance(20) || $self->{hour} > 60)
	{
		$self->{simulated} = 0;
		return one("SELECT roi_purge_simulated('sim')");
	}
	my $until = "$start + interval '" . ($self->{hour} += 1 + $self->below(3)) . " hours'";
	return $self->any(one("SELECT roi_generate_tick($until)"), one("SELECT roi_backfill('sim', '" . $self->{hour} . " hours', until => $until)"));
}

sub platform_metrics
{
	my ($self) = @_;
	return one('DELETE FROM platform_metrics WHERE id % 4 = 1') if $self->chance(15);
	return one('INSERT INTO platform_metrics (roi_metric_id, user_id, platform, update_timestamp, metrics, engagement_rate, virality_score)'
		  . q( SELECT id, user_id, platform, update_timestamp, '{"reach": 1}', round(100 * (likes::numeric + comments + shares) / greatest(views, 1), 6), round(shares / greatest(views * 0.01, 1), 6))
		  . ' FROM roi_metrics WHERE num_nulls(likes, comments, shares, views) = 0 AND ' . $self->condition . ' ORDER BY id LIMIT 20');
}

sub trim { my ($self) = @_; return one('DELETE FROM roi_metrics WHERE id IN (SELECT id FROM roi_metrics ORDER BY id DESC, user_id OFFSET ' . (60 + $self->below(100)) . ')'); }
sub rebuild { my ($self) = @_; return one('SELECT roi_rebuild(' . $self->any('', literal($self->any(@users)), "since => '2025-02-01'") . ')', same => 1); }

# --- the edges ---

sub only_nulls
{
	my ($self) = @_;
	my %empty = map { $_ => undef } @counters, @amounts, qw(campaign_id post_id content_type content_category);
	return one("INSERT INTO roi_metrics ($list) " . values_of($self->rows(3, %empty)));
}

sub refused
{
	my ($self) = @_;
	my $good = tuple($self->row);
	return one(@{ $self->any(
		[ "INSERT INTO roi_metrics ($list) VALUES $good, " . tuple($self->row(user_id => 'nobody')), states => '23503' ],
		[ "INSERT INTO roi_metrics ($list) VALUES $good, " . tuple($self->row(currency => 'usd')), states => '23514' ],
		[ "INSERT INTO roi_metrics ($list) VALUES $good, " . tuple($self->row(platform => undef)), states => '23502' ],
		[ "INSERT INTO roi_metrics ($list) VALUES $good, " . tuple($self->row(update_timestamp => 'infinity')), states => '23514' ],
		[ "INSERT INTO roi_metrics_p2025_01 ($list) VALUES " . tuple($self->row(update_timestamp => '2025-02-01 00:00+00')), states => '23514' ],
		[ "INSERT INTO roi_metrics ($list) VALUES $good, " . tuple($self->row(ad_spend => '1000000000000')), states => '22003' ],
		[ 'UPDATE roi_metrics SET views = views / (id % 2)', states => '22012|00000' ],
		[ 'WITH a AS (DELETE FROM roi_metrics RETURNING *) SELECT 1 / 0 FROM a', states => '22012|00000' ],
		[ "UPDATE roi_metrics SET user_id = 'nobody'", states => '23503|23505|00000' ]) }, same => 1);
}

# A user of its own at the ends of the ranges. What cannot be held raises 22003 and changes nothing.
sub limits
{
	my ($self) = @_;
	my $insert = 'INSERT INTO roi_metrics (user_id, platform, update_timestamp, ';
	my $at = sub { my ($platform, $stamp, @rest) = @_; return "('max', '$platform', '$stamp', " . join(', ', @rest) . ')'; };
	my ($feb, $later, $most, $money) = ('2025-02-01 00:00+00', '2025-02-20 10:00+00', '9223372036854775807', '999999999999.999999');
	my $clean = statement("DELETE FROM roi_metrics WHERE user_id = 'max'");
	my @overflow = (states => '22003', same => 1);
	my $kind = $self->below(8);
	return [ statement($insert . 'views) VALUES ' . $at->('a', $feb, $most)), statement($insert . 'views) VALUES ' . $at->('a', $later, 1), @overflow), statement($insert . 'views) VALUES ' . $at->('a', $later, -5)),
		statement("UPDATE roi_metrics SET views = -views WHERE user_id = 'max'"), $clean ] if $kind == 0;
	return [ statement($insert . 'ad_spend, revenue_generated, conversions) VALUES ' . join ', ', map { $at->('a', $_ % 2 ? $feb : $later, ($money) x 3) } 1 .. 9),
		statement($insert . 'ad_spend) VALUES ' . $at->('a', $later, $money), @overflow), statement($insert . 'conversions) VALUES ' . $at->('a', $later, $money), @overflow), $clean ] if $kind == 1;
	return [ statement($insert . 'post_id, ad_spend) VALUES ' . $at->('a', $feb, "'p1'", $money)), statement($insert . 'post_id, ad_spend) VALUES ' . $at->('a', $later, "'p1'", '0.000001'), @overflow), $clean ] if $kind == 2;
	return one($insert . 'roi_percentage) VALUES ' . $at->('a', $feb, '9223372036854.775808'), @overflow) if $kind == 3;
	return [ statement($insert . 'roi_percentage, roas_ratio) VALUES ' . $at->('a', $feb, '-9223372036854.775807', '9223372036854.775807')), $clean,
		statement($insert . 'roi_percentage) VALUES ' . $at->('a', $feb, '-9223372036854.775808'), @overflow), statement($insert . 'views) VALUES ' . $at->('a', $feb, '-9223372036854775808'), @overflow) ] if $kind == 4;
	return one($insert . 'likes, comments, shares) VALUES ' . $at->('a', $feb, ('4000000000000000000') x 3), @overflow) if $kind == 5;
	return [ statement($insert . 'clicks) VALUES ' . $at->('a', $feb, $most) . ', ' . $at->('b', $feb, 1)), statement("UPDATE roi_metrics SET platform = 'a' WHERE user_id = 'max'", @overflow),
		statement("UPDATE roi_metrics SET platform = 'c', clicks = clicks - 1 WHERE user_id = 'max'"), statement("UPDATE roi_metrics SET user_id = 'u1' WHERE user_id = 'max'"),
		statement("DELETE FROM roi_metrics WHERE platform = 'c'") ] if $kind == 6;
	# A sum that fits, of parts that do not: exact or refused, and a verification that adds them in any order.
	my @parts = map { $at->('a', $feb, $_) } $self->any([ $most, $most, "-$most", "-$most" ], [ $most, "-$most", $most ])->@*;
	return [ statement($insert . 'views) VALUES ' . join(', ', @parts), states => '00000|22003' ), (map { statement($insert . "views) VALUES $_", states => '00000|22003') } @parts), $clean ];
}

1;
