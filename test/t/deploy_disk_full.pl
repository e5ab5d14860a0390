# No more room on the disk, in the middle of a deploy: what was begun in a
# transaction is gone, what is half done is in the log, and when there is room
# the next call goes on.  A limit for the size of files does what a full disk
# does, without a disk of its own, which would take a superuser of the machine.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'there is no prlimit here' if system('prlimit --version >/dev/null 2>&1') != 0;

# segments of the write-ahead log are files, too
my $node = migrate_node('main', extra => ['--wal-segsize=1'], conf => "autovacuum = off\nmaintenance_work_mem = '256MB'\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };
my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
my $limit = sub { system('prlimit', '--pid', $postmaster, "--fsize=$_[0]:unlimited") == 0 or die 'prlimit failed' };
my $FULL = qr/^(?:53100|XX000)$/;    # no space left, or a file that is too large, which has no code of its own

sub fails
{
	my ($call, $name) = @_;
	my $code = sql_fails($node, 'postgres', $call);
	return like($code, $FULL, $name);
}

$sql->('CREATE TABLE big AS SELECT i FROM generate_series(1, 100000) i');
load_revisions($node, 'postgres',
	revision_file('r1', up => 'CREATE TABLE small (i int);', down => 'DROP TABLE small;'),
	revision_file('r2', revises => 'r1', up => "CREATE TABLE large AS SELECT i FROM generate_series(1, 100000) i;\nCREATE TABLE larger AS TABLE large;\nINSERT INTO larger TABLE large;",
		down => 'DROP TABLE large, larger;'),
	revision_file('r3', revises => 'r2', up_mark => 'transaction:false', down_mark => 'transaction:false',
		up => "INSERT INTO small VALUES (3);\nCREATE INDEX CONCURRENTLY big_i ON big (i) INCLUDE (i, i, i, i, i, i, i, i);\nINSERT INTO small SELECT i FROM big;",
		down => "DROP INDEX CONCURRENTLY big_i;\nDELETE FROM small;"));

# A table of 100,000 integers has 3.6 MB.
$limit->(5 * 1024 * 1024);
fails('CALL migrate.deploy()', 'a table does not fit');
is($sql->('SELECT migrate.current()'), 'r1', 'the revision before it is applied');
is($sql->(q{SELECT to_regclass('large') IS NULL AND to_regclass('larger') IS NULL}), 't', 'nothing of it is left');
like($sql->(q{SELECT outcome || sqlstate || coalesce(error_context, '') FROM migrate.log ORDER BY id DESC LIMIT 1}),
	qr/^failed(?:53100|XX000).*statement 3/s, 'the log says so');
$limit->('unlimited');
$sql->(q{CALL migrate.deploy('r2')});

$limit->(4 * 1024 * 1024);
fails('CALL migrate.deploy()', 'an index does not fit');
like($sql->(q{SELECT outcome || ' ' || statements_done || ' ' || sqlstate FROM migrate.log ORDER BY id DESC LIMIT 1}),
	qr/^half_done 1 (?:53100|XX000)$/, 'it is half done');
is($sql->(q{SELECT indisvalid FROM pg_index WHERE indexrelid = 'big_i'::regclass}), 'f', 'an invalid index is left');
is($sql->('SELECT count(*) FROM small'), '1', 'so is what was done before');
fails('CALL migrate.deploy()', 'it does not fit the second time either');
$limit->('unlimited');
is(sql_fails($node, 'postgres', 'CALL migrate.deploy()'), '', 'when there is room, the next one goes on');
is($sql->(q{SELECT migrate.current(), (SELECT count(*) FROM small), (SELECT indisvalid FROM pg_index WHERE indexrelid = 'big_i'::regclass)}),
	'r3|100001|t', 'and comes to the end, having done nothing twice');
is($sql->(q{SELECT string_agg(revision || ' ' || outcome || ' ' || tries, ', ' ORDER BY id) FROM migrate.log}),
	'r1 done 1, r2 failed 1, r2 done 1, r3 done 3', 'the log has it all');
$sql->(q{CALL migrate.revert('base')});
unlike(slurp_file($node->logfile), qr/TRAP|PANIC|terminated by signal/, 'no process crashed');

$node->stop;
done_testing();
