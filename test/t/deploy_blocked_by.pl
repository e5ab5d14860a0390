# Whatever statement does not get its table's lock: the log says who holds it.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = migrate_node('main', conf => "autovacuum = off\nmigrate.lock_queue = '40ms'\nmigrate.lock_patience = '200ms'\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

$sql->(q{CREATE TABLE t (i int); CREATE VIEW v AS TABLE t; CREATE INDEX t_i ON t (i); CREATE SCHEMA other;
	CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
	CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); CREATE POLICY p ON t;
	CREATE RULE r AS ON UPDATE TO t DO ALSO NOTHING});
my @statements = (
	'ALTER TABLE t ADD j int', 'CREATE INDEX ON t (i)', 'CREATE TRIGGER h BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()',
	'ALTER TABLE t RENAME TO u', 'ALTER TABLE t SET SCHEMA other', 'CREATE RULE s AS ON DELETE TO t DO ALSO NOTHING', 'CREATE POLICY q ON t',
	'INSERT INTO t VALUES (1)', 'UPDATE t SET i = 2', 'DELETE FROM t', 'TRUNCATE t', 'LOCK t', 'DROP TABLE t CASCADE');
my $n = 0;
my @files;
for my $statement (@statements)
{
	$n++;
	push @files, revision_file("s$n", up => "$statement;", down => '', labels => "label$n");
}
# Nothing in this statement names the table as the others do.
push @files, revision_file('other', up => "DROP TRIGGER g ON t;", down => '', labels => 'unknown');
load_revisions($node, 'postgres', @files);

my $holder = MigrateSession->new($node, 'postgres', options => []);
$holder->ask(q{SET application_name = 'the holder'; BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE});
for my $i (1 .. $n, 'other')
{
	my $id = $i eq 'other' ? $i : "s$i";
	my $what = $i eq 'other' ? 'DROP TRIGGER' : $statements[ $i - 1 ];

	is(sql_fails($node, 'postgres', "CALL migrate.deploy('$id')"), '55P03', "$what gives way");
	my $blocked = $sql->(q{SELECT coalesce(blocked_by, '') FROM migrate.log ORDER BY id DESC LIMIT 1});
	like($blocked, qr/\b$holder->{pid}\b/, "$what: the log says who holds the lock");
}
$holder->ask('ROLLBACK');
is(sql_fails($node, 'postgres', "CALL migrate.deploy('other')"), '', 'without him it runs');
$holder->close;
unlike(slurp_file($node->logfile), qr/TRAP|PANIC|terminated by signal/, 'no process crashed');
$node->stop;
done_testing();
