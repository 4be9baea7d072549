# Runs the README's recipe for moving a database of the plan over, word for word, and checks what arrives.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $readme = slurp_file('README.md');
my ($recipe) = $readme =~ /## Moving an existing database.*?```sql\n(.*?)```/s;
ok($recipe, 'the README has the recipe');

my $node = PostgreSQL::Test::Cluster->new('moving');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION roi_ext');

# The plan's tables as it writes them, with lifetime counters in hourly snapshots.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE users (clerk_id varchar(255) PRIMARY KEY);
CREATE TABLE campaign_with_user_id (id SERIAL PRIMARY KEY, user_id VARCHAR(255) NOT NULL, name VARCHAR(255), date DATE,
    impressions INTEGER, clicks INTEGER, ctr DOUBLE PRECISION, cpc DOUBLE PRECISION, spend DOUBLE PRECISION,
    budget DOUBLE PRECISION, conversions INTEGER, net_profit DOUBLE PRECISION, ongoing VARCHAR(10),
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE roi_metrics (id SERIAL PRIMARY KEY, user_id VARCHAR(255) NOT NULL, platform VARCHAR(50) NOT NULL,
    campaign_id INTEGER REFERENCES campaign_with_user_id(id), post_id VARCHAR(255), content_type VARCHAR(50),
    content_category VARCHAR(100), views INTEGER DEFAULT 1, likes INTEGER DEFAULT 1, comments INTEGER DEFAULT 1,
    shares INTEGER DEFAULT 1, saves INTEGER DEFAULT 1, clicks INTEGER DEFAULT 1, ad_spend DECIMAL(10,2) DEFAULT 0.00,
    revenue_generated DECIMAL(10,2) DEFAULT 0.00, cost_per_click DECIMAL(8,2) DEFAULT 0.00,
    cost_per_impression DECIMAL(8,4) DEFAULT 0.00, roi_percentage DECIMAL(8,2) DEFAULT 0.00,
    roas_ratio DECIMAL(8,2) DEFAULT 0.00, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, posted_at TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, update_timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
INSERT INTO users VALUES ('user_1');
INSERT INTO campaign_with_user_id (user_id, name, date, impressions, clicks, ctr, cpc, spend, budget, conversions, net_profit, ongoing)
VALUES ('user_1', 'Summer Product Launch', '2024-01-15', 10000, 500, 5.0, 1.20, 600.00, 1000.00, 25, 1250.00, 'active');
INSERT INTO roi_metrics (user_id, platform, campaign_id, post_id, views, likes, comments, shares, saves, clicks, ad_spend,
    revenue_generated, update_timestamp)
VALUES ('user_1', 'facebook', 1, 'p', 10, 2, 1, 1, 1, 1, 1.50, 0, '2024-01-15 10:00'),
       ('user_1', 'facebook', 1, 'p', 25, 5, 2, 1, 1, 4, 2.25, 9.00, '2024-01-15 11:00'),
       ('user_1', 'facebook', 1, 'p', 90, 9, 2, 3, 2, 9, 7.75, 45.00, '2024-01-15 12:00'),
       ('user_1', 'youtube', NULL, NULL, 7, 1, 1, 1, 1, 1, 5.00, 6.00, '2024-01-15 12:00'),
       ('user_1', 'youtube', NULL, NULL, 8, 1, 1, 1, 1, 1, 5.00, 6.50, '2024-01-16 12:00');
SQL

my ($code, undef, $error) = $node->psql('postgres', '\set VERBOSITY verbose' . "\nSELECT roi_setup();");
isnt($code, 0, 'roi_setup() refuses foreign tables');
like($error, qr/42P07.*campaign_with_user_id, roi_metrics.*README/s, 'by name, with a hint that leads to the recipe');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 'roi_posts'"), '0', 'and makes nothing');

# The recipe names one table to move and says: likewise every other one.
$recipe =~ s/(ALTER TABLE roi_metrics SET SCHEMA old;)/$1\nALTER TABLE campaign_with_user_id SET SCHEMA old;/;
$node->safe_psql('postgres', $recipe);
is($node->safe_psql('postgres', q{SELECT total_impressions, total_spend, total_revenue, total_engagement, total_posts, data_points
    FROM roi_total('user_1', 'all')}), '105|17.75|57.50|20|1|5', 'totals are those of the last snapshots');
is($node->safe_psql('postgres', q{SELECT string_agg(views || '/' || ad_spend, ' ' ORDER BY update_timestamp) FROM roi_metrics WHERE post_id = 'p'}),
    '10/1.500000 15/0.750000 65/5.500000', 'rows hold increments');
is($node->safe_psql('postgres', q{INSERT INTO campaign_with_user_id (user_id, name) VALUES ('user_1', 'next');
    SELECT max(id) FROM campaign_with_user_id}), '2', 'campaign ids go on');
is($node->safe_psql('postgres', 'SELECT v FROM roi_verify() v'), '', 'roi_verify() finds nothing');

$node->stop;
done_testing();
