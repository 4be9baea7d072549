# Somebody's hook that watches or forbids reads sees those of our functions, although they could do without a statement.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use Wall;

my $node = start_server('watched_reads');
$node->safe_psql('postgres', q(
    SET client_min_messages TO warning;
    CREATE EXTENSION roi_ext;
    SELECT roi_setup();
    INSERT INTO users (clerk_id) VALUES ('user');
    INSERT INTO roi_metrics (user_id, platform, post_id, update_timestamp, views) VALUES ('user', 'facebook', 'p', now() - interval '40 hours', 7)));

my %asks = (
    roi_rollup              => q(SELECT total_impressions FROM roi_total('user')),
    roi_rollup_detail       => q(SELECT impressions FROM roi_content_performance('user', '1y')),
    campaign_with_user_id   => q(SELECT roi_dashboard('user')::jsonb #> '{total,totalImpressions}'),
    user_preferences        => q(SELECT roi_dashboard('user')::jsonb #> '{total,totalImpressions}'),
    roi_simulations         => q(SELECT roi_dashboard('user')::jsonb #> '{total,totalImpressions}'),
    roi_industry_benchmarks => q(SELECT roi_dashboard('user')::jsonb #> '{total,totalImpressions}'));
for my $table (sort keys %asks)
{
    my ($code, $out, $err) = session($node, "\\set VERBOSITY sqlstate\n$asks{$table};\nSELECT wall_watch('$table');\n$asks{$table};");
    is($out, "7\n", "$table: read before somebody watches");
    is(states($err), '42501', "$table: and refused by who does") or diag($err);
}
ok(log_is_clean($node), 'the server is well');
$node->stop;
done_testing();
