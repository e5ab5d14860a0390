# What migrate.impact() makes of the statements that pg_stat_statements has recorded: each as its
# role, with its search_path and its rights; those of others only for who may read them; and
# thousands of them in a few seconds.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $libraries = `pg_config --pkglibdir`);
if (!-e "$libraries/pg_stat_statements.so")
{
	plan skip_all => 'no pg_stat_statements';
}
my $node = migrate_node('main', conf => "shared_preload_libraries = 'pg_stat_statements'\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

$sql->(q{
CREATE EXTENSION pg_stat_statements;
CREATE ROLE app LOGIN; CREATE ROLE batch LOGIN; CREATE ROLE deployer LOGIN; CREATE ROLE nobody LOGIN;
CREATE SCHEMA a AUTHORIZATION deployer; CREATE SCHEMA b AUTHORIZATION deployer;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO deployer', current_database()); END $$;
GRANT USAGE ON SCHEMA a, b TO app, batch; GRANT USAGE ON SCHEMA migrate TO deployer;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA migrate TO deployer;
ALTER ROLE app SET search_path = a; ALTER ROLE batch SET search_path = b;
SET ROLE deployer;
CREATE TABLE a.users (id int PRIMARY KEY, phone text, born date);
CREATE TABLE b.users (id int PRIMARY KEY, phone text, born date);
GRANT SELECT, INSERT ON a.users, b.users TO app, batch;
});
my $as = sub { my ($role, @texts) = @_; $node->safe_psql('postgres', "$_;", extra_params => [ '-U', $role ]) for @texts };
$sql->('SELECT pg_stat_statements_reset()');
my @texts = (q{SELECT phone FROM users WHERE id = 5}, q{SELECT id FROM users WHERE born > now() - interval '1 day'}, q{SELECT extract(year FROM born) FROM users},
	q{INSERT INTO users (id, phone) VALUES (1, 'x') ON CONFLICT (id) DO NOTHING}, q{SELECT count(*) FROM users});
$as->($_, @texts, $texts[0]) for qw(app batch);
$sql->(q{SELECT migrate.revision('one', 'ALTER TABLE b.users DROP COLUMN phone', rev_id => 'one');
	SELECT migrate.revision('two', 'REVOKE SELECT ON a.users FROM app', rev_id => 'two');
	SELECT migrate.revision('three', 'ALTER TABLE a.users RENAME born TO birthday', rev_id => 'three');});

my $impact = sub {
	my ($where, @options) = @_;
	return $node->safe_psql('postgres', "SET client_min_messages = warning; SET migrate.schemas = 'a, b';
		SELECT effect, revision, calls, role, sqlstate, query FROM migrate.impact() WHERE $where ORDER BY revision, query COLLATE \"C\"", @options);
};
is($impact->(q{role IN ('app', 'batch') AND effect <> 'unchecked'}), join("\n",
	'breaks|one|1|batch|42703|INSERT INTO users (id, phone) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING',
	'breaks|one|2|batch|42703|SELECT phone FROM users WHERE id = $1',
	'breaks|two|1|app|42501|INSERT INTO users (id, phone) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING',
	'breaks|two|1|app|42501|SELECT count(*) FROM users',
	'breaks|two|1|app|42501|SELECT extract($1 FROM born) FROM users',
	'breaks|two|1|app|42501|SELECT id FROM users WHERE born > now() - interval $1',
	'breaks|two|2|app|42501|SELECT phone FROM users WHERE id = $1'), 'each as its role, with its path and its rights');

# Who may not read the texts of others is told of them; who may, sees them, if not with their rights.
is($impact->(q{role IN ('app', 'batch')}, extra_params => [ '-U', 'deployer' ]), "unchecked||6|app|42501|\nunchecked||6|batch|42501|",
	'what is hidden is not passed over');
$sql->('GRANT pg_read_all_stats TO deployer');
is($impact->(q{role = 'batch' AND effect <> 'unchecked'}, extra_params => [ '-U', 'deployer' ]), join("\n",
	'breaks|one|1|batch|42703|INSERT INTO users (id, phone) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING',
	'breaks|one|2|batch|42703|SELECT phone FROM users WHERE id = $1'), 'a member of pg_read_all_stats sees what breaks');
is($impact->(q{role = 'app' AND effect <> 'unchecked'}, extra_params => [ '-U', 'deployer' ]), join("\n",
	'breaks|three|1|app|42703|SELECT extract($1 FROM born) FROM users',
	'breaks|three|1|app|42703|SELECT id FROM users WHERE born > now() - interval $1'), 'but not what others may not do');

# None of this counts as sent.
my $before = $sql->(q{SELECT count(*) FROM pg_stat_statements WHERE userid = 'app'::regrole});
$impact->('true');
is($sql->(q{SELECT count(*) FROM pg_stat_statements WHERE userid = 'app'::regrole}), $before, 'what is analysed is not recorded');

# Another database is told of them, and says the same; of what may have data in it, it is not told.
$sql->($_) for (q{CREATE ROLE leak PASSWORD 'planted'}, q{EXPLAIN SELECT 'planted'}, q{DO 'BEGIN PERFORM ''planted''; END'},
	q{CREATE TABLE a.copied AS SELECT 'planted' AS t}, q{DROP TABLE a.copied}, q{SELECT 'planted' || 'here'});
my ($status, $facts, $told) = $node->psql('postgres', 'SELECT migrate.facts()');
is($status, 0, 'facts()');
like($facts, qr/'batch', 'b', 'SELECT phone FROM users WHERE id = \$1'/, 'has the statements, whose they are, and their paths');
unlike($facts, qr/planted/, 'and no constants');
like($told, qr/NOTICE:  \d+ statements are left out/, 'it says how many it leaves out');
$node->safe_psql('postgres', 'CREATE DATABASE ci');
$node->safe_psql('ci', q{CREATE EXTENSION migrate_ext;
CREATE SCHEMA a AUTHORIZATION deployer; CREATE SCHEMA b AUTHORIZATION deployer;
GRANT USAGE ON SCHEMA a, b TO app, batch;
SET ROLE deployer;
CREATE TABLE a.users (id int PRIMARY KEY, phone text, born date);
CREATE TABLE b.users (id int PRIMARY KEY, phone text, born date);
GRANT SELECT, INSERT ON a.users, b.users TO app, batch;
RESET ROLE;
SELECT migrate.revision('one', 'ALTER TABLE b.users DROP COLUMN phone', rev_id => 'one');
SELECT migrate.revision('two', 'REVOKE SELECT ON a.users FROM app', rev_id => 'two');
SELECT migrate.revision('three', 'ALTER TABLE a.users RENAME born TO birthday', rev_id => 'three');});
$node->safe_psql('ci', $facts);
my $both = q{SET client_min_messages = warning; SET migrate.schemas = 'a, b';
	SELECT effect, revision, calls, role, sqlstate, query FROM migrate.impact()
	WHERE role IN ('app', 'batch') AND effect <> 'unchecked' ORDER BY revision, query COLLATE "C"};
is($node->safe_psql('ci', $both), $node->safe_psql('postgres', $both), 'a database that was told says the same');
isnt($node->safe_psql('ci', $both), '', 'which is something');

# Many.
$sql->(q{
SET ROLE deployer;
DO $$ BEGIN FOR i IN 1..50 LOOP EXECUTE format('CREATE TABLE a.t%s (id int PRIMARY KEY, a int, b text, c timestamptz DEFAULT now(), u int REFERENCES a.users)', i); END LOOP; END $$;
SELECT migrate.revision('four', 'ALTER TABLE a.t7 DROP COLUMN b', rev_id => 'four');
});
my $session = MigrateSession->new($node, 'postgres', options => [ '-v', 'ON_ERROR_STOP=1' ]);
$session->ask(q{SET client_min_messages = warning; SET migrate.schemas = 'a, b'; SET search_path = a;
CREATE TEMP TABLE texts AS SELECT format('SELECT t.id, t.a, t.b, count(*) FROM t%s t JOIN users u ON u.id = t.u WHERE t.a > %s AND t.b LIKE $1 GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT $2', i % 50 + 1, i) AS q FROM generate_series(1, 3500) i
	UNION ALL SELECT format('INSERT INTO t%s (id, a, b, u) VALUES ($1, $2, $3, %s)', i % 50 + 1, i) FROM generate_series(1, 1000) i
	UNION ALL SELECT format('UPDATE t%s SET a = a + %s, b = $1 WHERE id = $2', i % 50 + 1, i) FROM generate_series(1, 500) i});
my $start = cpu_seconds($session->{pid});
is($session->ask(q{SELECT effect, revision, count(*) FROM migrate.impact(queries => (SELECT array_agg(q) FROM texts)) GROUP BY 1, 2}), 'breaks|four|100', '5,000 texts');
my $seconds = cpu_seconds($session->{pid}) - $start;
note sprintf '5,000 texts, four revisions: %.2f s of the processor', $seconds;
cmp_ok($seconds, '<', 3, 'in less than 3 s');
$session->close;
done_testing();
