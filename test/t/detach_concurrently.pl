# ALTER TABLE ... DETACH PARTITION CONCURRENTLY, which PostgreSQL has since 14: on
# its own where it has to be, plainly in one transaction where that is wanted.
use strict;
use warnings;

use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = migrate_node('main');
my $sql = sub { $node->safe_psql('postgres', $_[0]) };
plan skip_all => 'PostgreSQL 13 has no such thing' if $sql->('SHOW server_version_num') < 140000;

load_revisions(
	$node, 'postgres',
	revision_file('a1', up => "CREATE TABLE t (i int) PARTITION BY LIST (i);\nCREATE TABLE p PARTITION OF t FOR VALUES IN (1);\nINSERT INTO t VALUES (1);",
		down => 'DROP TABLE t;'),
	revision_file('b1', revises => 'a1', up => 'ALTER TABLE t DETACH PARTITION p CONCURRENTLY;',
		down => 'ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1);'));
my $state = "SELECT (SELECT string_agg(c, ',') FROM migrate.current() c), (SELECT relispartition FROM pg_class WHERE relname = 'p'), (SELECT count(*) FROM t)";

is($sql->("SELECT upgrade_mode, downgrade_mode FROM migrate.revisions WHERE revision = 'b1'"), 'concurrently|transaction', 'it is known');
$sql->('CALL migrate.deploy()');
is($sql->($state), 'b1|f|0', 'online: detached');
is($sql->("SELECT outcome, statements, statements_done FROM migrate.log WHERE revision = 'b1'"), 'done|1|1', '  as a statement on its own');
$sql->('CALL migrate.revert()');
is($sql->($state), 'a1|t|1', '  and attached again');
is(sql_fails($node, 'postgres', 'SELECT migrate.upgrade()'), 'MG024', 'not in one transaction');
$sql->('SET migrate.plain_concurrently = on; SELECT migrate.upgrade()');
is($sql->($state), 'b1|f|0', 'in one transaction: detached as well');
is($sql->("SELECT count(*) FROM pg_inherits WHERE inhdetachpending"), '0', '  and nothing is pending');
like($sql->("SELECT migrate.downgrade_sql('b1:a1') || migrate.upgrade_sql('a1:b1')"), qr/DETACH PARTITION p CONCURRENTLY/, 'a script for psql has it as it is');

done_testing();
