# With pgaudit loaded, which keeps a stack of what runs and refuses a statement at top level
# while it has another one on it: revisions are deployed as without it, each statement
# is audited as one of its own, and no entry holds what belongs to a neighbour.
#
# MIGRATE_BESIDE names the prefix of a server with the files of pgaudit; test/run.sh makes one.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

if (!defined $ENV{MIGRATE_BESIDE} || !-e "$ENV{MIGRATE_BESIDE}/lib/pgaudit.so")
{
	diag('SKIPPED: no server with pgaudit, see MIGRATE_BESIDE');
	plan skip_all => 'no server with pgaudit';
}

my $node = migrate_node('main', prefix => $ENV{MIGRATE_BESIDE}, conf => q{
shared_preload_libraries = 'pgaudit, pg_stat_statements, auto_explain'
auto_explain.log_min_duration = 0
auto_explain.log_nested_statements = on
compute_query_id = on
});
my $sql = sub { $node->safe_psql('postgres', $_[0]) };
$sql->('CREATE EXTENSION pgaudit; CREATE EXTENSION pg_stat_statements');

# Statements that commit, that have to be alone, and that only turn out to have to.
my @r1 = (
	q{CREATE TABLE ta (i int, j int)},
	q{CREATE ROLE auditee PASSWORD 'hunter2'},
	q{CREATE TABLE parts (i int) PARTITION BY RANGE (i)},
	q{CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10)},
	q{CREATE INDEX parts_i ON parts (i)},
	q{CREATE TYPE mood AS ENUM ('bad')},
	q{CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO ta VALUES (1, 1); COMMIT; INSERT INTO ta VALUES (2, 2); END $$});
my @r2 = (
	q{CREATE INDEX CONCURRENTLY ta_i ON ta (i)},
	q{CREATE UNIQUE INDEX CONCURRENTLY ta_j ON ta (j)},
	q{CALL fill()},
	q{DO $$ BEGIN INSERT INTO ta VALUES (3, 3); COMMIT; UPDATE ta SET i = 4 WHERE i = 3; END $$},
	q{ALTER TYPE mood ADD VALUE 'good'},
	q{CREATE DATABASE made},
	q{ALTER SYSTEM SET work_mem = '5MB'},
	q{DROP DATABASE made},
	q{ALTER SYSTEM RESET work_mem},
	q{REINDEX SCHEMA public},
	q{REINDEX INDEX CONCURRENTLY ta_i},
	q{REINDEX TABLE CONCURRENTLY parts},
	q{REINDEX TABLE parts},
	q{VACUUM (ANALYZE) ta},
	q{CLUSTER part USING part_i_idx},
	q{SET work_mem = '1MB'},
	q{DROP INDEX CONCURRENTLY ta_j},
	q{ALTER TABLE parts DETACH PARTITION part CONCURRENTLY},
	q{INSERT INTO ta VALUES (5, 5)});
load_revisions($node, 'postgres',
	revision_file('r1', up => join(";\n", @r1), down => 'DROP PROCEDURE fill; DROP TYPE mood; DROP TABLE parts; DROP TABLE IF EXISTS part; DROP TABLE ta; DROP ROLE auditee'),
	revision_file('r2', revises => 'r1', up => join(";\n", @r2), up_mark => 'transaction:false',
		down => 'DROP INDEX CONCURRENTLY ta_i; TRUNCATE ta', down_mark => 'transaction:false'));

# What was logged meanwhile: [class, command, object, statement].
sub audited
{
	my ($from) = @_;
	my $log = substr slurp_file($node->logfile), $from;
	my @entries;

	while ($log =~ /AUDIT: SESSION,\d+,\d+,(\w+),([^,]*),[^,]*,([^,]*),((?:"(?:[^"]|"")*")|[^,]*),<not logged>/g)
	{
		my ($class, $command, $object, $text) = ($1, $2, $3, $4);
		$text =~ s/^"(.*)"$/$1/s;
		$text =~ s/""/"/g;
		push @entries, [ $class, $command, $object, $text ];
	}
	return @entries;
}

foreach my $log ('none', 'all', 'ddl, role', 'all, -misc')
{
	$sql->(qq{ALTER SYSTEM SET pgaudit.log = '$log'});
	$sql->('SELECT pg_reload_conf()');
	$node->poll_query_until('postgres', "SELECT current_setting('pgaudit.log') = '$log'");
	$sql->('SELECT pg_stat_statements_reset()');

	my $from = -s $node->logfile;
	my ($rc, $out, $err) = $node->psql('postgres', 'CALL migrate.deploy()');
	is($rc, 0, "log = $log: deployed") or diag($err);
	is($sql->('SELECT string_agg(i::text, $$,$$ ORDER BY i) FROM ta'), '1,2,4,5', 'each statement ran once');
	is($sql->(q{SELECT count(*) FROM pg_index WHERE indrelid = 'ta'::regclass AND indisvalid}), '1', 'and the index is there');
	is($sql->(q{SELECT string_agg(outcome || ' ' || coalesce(statements_done::text, '-'), ', ' ORDER BY id) FROM (SELECT * FROM migrate.log ORDER BY id DESC LIMIT 2) l}),
		'done -, done ' . @r2, 'as the log says');

	my @entries = audited($from);
	if ($log eq 'none')
	{
		is(scalar(@entries), 0, 'nothing is audited');
	}
	else
	{
		my %texts = map { ($_->[3] => 1) } @entries;
		my @expected = $log eq 'ddl, role' ? grep { /^(?:CREATE|ALTER|DROP|REINDEX)/ } @r1, @r2
		  : $log eq 'all' ? (@r1, @r2) : grep { !/^(?:CALL|VACUUM|CLUSTER|SET)/ } @r1, @r2;
		# pgaudit itself takes the password out
		my @missing = grep { !$texts{$_} && !/hunter2/ && !/^REINDEX/ } @expected;

		is_deeply(\@missing, [], 'each statement is audited with its own text') or diag(explain(\@entries));
		is(scalar(grep { $_->[3] =~ /hunter2/ } @entries), 0, 'and none with the password');
		is(scalar(grep { $_->[1] eq 'CREATE ROLE' } @entries), 1, 'the role is there once');
		is(scalar(grep { $_->[3] =~ /;\s*\S/ && $_->[3] !~ /\$\$|migrate/ } @entries), 0, 'no text has two statements');
	}
	is($sql->(q{SELECT count(*) FROM pg_stat_statements WHERE toplevel AND query ~ '^(CREATE INDEX CONCURRENTLY|VACUUM|DROP INDEX)'}), 3,
		'they are counted as top-level statements');
	$sql->('CALL migrate.revert($$base$$)');
}

# An error says where it is; the session goes on, and so does the revision.
$sql->(q{ALTER SYSTEM SET pgaudit.log = 'all'});
$sql->('SELECT pg_reload_conf()');
load_revisions($node, 'postgres', revision_file('r3', revises => 'r2', up_mark => 'transaction:false',
		up => "INSERT INTO ta VALUES (5, 6);\nCREATE UNIQUE INDEX CONCURRENTLY ta_j ON ta (i);\nVACUUM nowhere", down => 'SELECT 1'));
my ($rc, $out, $err) = $node->psql('postgres', "CALL migrate.deploy()\n;\nSELECT 'still here'", on_error_stop => 0);
like($err, qr/could not create unique index "ta_j".*The index public\.ta_j is left behind, INVALID.*statement 2, line 9/s, 'a unique index that cannot be');
like($out, qr/still here/, 'the session goes on');
$sql->('DELETE FROM ta WHERE j = 6');
($rc, $out, $err) = $node->psql('postgres', 'CALL migrate.deploy()');
like($err, qr/dropping the invalid index public\.ta_j.*relation "nowhere" does not exist.*statement 3, line 10/s, 'the next run goes on');

# Somebody in the way: given way to, tried again, and then a statement at top level.
my $blocker = MigrateSession->new($node, 'postgres');
$sql->(q{SELECT migrate.resolve('r3', 'applied')});
load_revisions($node, 'postgres', revision_file('r4', revises => 'r3', up_mark => 'transaction:false',
		up => "ALTER TABLE ta ADD COLUMN k int;\nVACUUM ta", down => 'SELECT 1'));
$blocker->ask('BEGIN; SELECT FROM ta');
my $deploy = MigrateSession->new($node, 'postgres');
$deploy->tell('CALL migrate.deploy()');
ok(wait_until($node, 'postgres', "SELECT phase FROM migrate.progress WHERE pid = $deploy->{pid}", 'waiting for a lock'), 'it waits');
$blocker->ask('COMMIT');
$deploy->answer;
is($sql->(q{SELECT outcome FROM migrate.log WHERE revision = 'r4'}), 'done', 'a lock that is refused');

$node->stop;
done_testing();
