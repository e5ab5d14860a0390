# All replicas start at the same moment and deploy, with indexes built
# concurrently among the revisions: all succeed, nothing waits for itself, each
# revision ran once.  Atomic calls among them fail fast or find nothing to do.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $SESSIONS = 32;
my $REVISIONS = 30;
my $node = migrate_node('main', conf => "max_connections = 120\ndeadlock_timeout = 100ms\n");
my @files = revision_chain('r', $REVISIONS,
	up => sub {
		my ($i) = @_;
		my $index = "CREATE INDEX CONCURRENTLY " . ($i % 6 ? "i$i " : '') . "ON big (a, (b + $i));\n";
		return ($i % 3 == 0 ? $index : "CREATE TABLE t$i (i int);\n")
		  . "INSERT INTO runs VALUES ($i, pg_backend_pid());"
		  # so that the last of the processes still meets the first at work
		  . ($i == 10 ? "\n" . until_waiting($SESSIONS / 4) : '');
	},
	down => sub {
		my ($i) = @_;
		return $i % 3 ? "DROP TABLE t$i;" : "DROP INDEX CONCURRENTLY " . ($i % 6 ? "i$i" : 'big_a_expr_idx' . ($i > 6 ? $i / 6 - 1 : '')) . ';';
	});

sub set_up
{
	my ($database) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION migrate_ext; CREATE TABLE runs (i int, pid int);
		CREATE TABLE big AS SELECT i AS a, i AS b FROM generate_series(1, 5000) i');
	load_revisions($node, $database, @files);
	return;
}

sub check_result
{
	my ($name, $database) = @_;
	my $sql = sub { $node->safe_psql($database, $_[0]) };

	is($sql->(q{SELECT count(*), count(DISTINCT revision), string_agg(DISTINCT outcome, ' ') FROM migrate.log}),
		"$REVISIONS|$REVISIONS|done", "$name: each revision is logged once");
	is($sql->('SELECT count(*), count(DISTINCT i), count(DISTINCT pid) FROM runs'), "$REVISIONS|$REVISIONS|1",
		"$name: each revision ran once, all in one session");
	is($sql->('SELECT migrate.current()'), sprintf('r%04d', $REVISIONS), "$name: the database is at the head");
	is($sql->(q{SELECT count(*) FILTER (WHERE indisvalid), count(*) FROM pg_index WHERE indrelid = 'big'::regclass}),
		join('|', ($REVISIONS / 3) x 2), "$name: every index is there and valid");
	is($sql->(q{SELECT count(*) FROM pg_locks WHERE locktype = 'object'}), '0', "$name: no lock is left");
	return;
}

set_up('deploys');
my $start = time;
my @results = race($node, 'deploys', $SESSIONS, '-c', q{CALL migrate.deploy('head')});
note(sprintf('%d deploys of %d revisions in %.1f s', $SESSIONS, $REVISIONS, time - $start));
my @failed = grep { $_->[0] != 0 } @results;
is(scalar @failed, 0, "deploys: all $SESSIONS exit 0") or diag($failed[0][2]);
is(scalar(grep { $_->[2] =~ /ERROR|FATAL|deadlock|WARNING/ } @results), 0, 'deploys: nobody sees an error');
cmp_ok(scalar(grep { $_->[2] =~ /waiting for another session that is migrating/ } @results), '>', $SESSIONS / 4,
	'deploys: many had to wait');
check_result('deploys', 'deploys');

# All go back at once, and nobody goes further than one.
@results = race($node, 'deploys', $SESSIONS, '-c', q{CALL migrate.revert('base')});
is(scalar(grep { $_->[0] != 0 } @results), 0, 'reverts: all exit 0') or diag(grep { /ERROR/ } map { $_->[2] } @results);
is($node->safe_psql('deploys', q{SELECT count(*), (SELECT count(*) FROM migrate.current()),
		(SELECT count(*) FROM pg_index WHERE indrelid = 'big'::regclass) FROM migrate.log}),
	join('|', 2 * $REVISIONS, 0, 0), 'reverts: each ran once');

# Half of them are atomic calls.  While one builds indexes, whoever comes with a
# snapshot is sent away.  It is the deploys that make the race; an atomic call
# that comes first is refused because of what the revisions are.
set_up('mixed');
$start = time;
@results = race($node, 'mixed', $SESSIONS,
	sub { $_[0] % 2 ? ('-c', q{CALL migrate.deploy('head')}) : ('-c', q{SELECT migrate.upgrade('head')}) });
my $took = time - $start;
note(sprintf('mixed: %.1f s', $took));
my @atomic = @results[ grep { $_ % 2 } 0 .. $#results ];
my @online = @results[ grep { $_ % 2 == 0 } 0 .. $#results ];
is(scalar(grep { $_->[0] != 0 } @online), 0, 'mixed: every deploy succeeds');
my %codes;
$codes{ $_->[2] =~ /ERROR:  (\w{5}):/ ? $1 : $_->[0] == 0 ? 'done' : $_->[2] }++ for @atomic;
note(join ', ', map { "$_: $codes{$_}" } sort keys %codes);
is(join(' ', grep { !/^(MG025|MG024|done)$/ } sort keys %codes), '', 'mixed: the others are told, or find nothing to do');
check_result('mixed', 'mixed');

# A revision that fails in a statement whose transaction cannot be saved: who
# comes next finds in the log what happened, never something that is running.
$node->safe_psql('postgres', 'CREATE DATABASE failing TEMPLATE template0');
$node->safe_psql('failing', 'CREATE EXTENSION migrate_ext');
load_revisions($node, 'failing', revision_file('f1', up_mark => 'transaction:false',
	up => "CREATE TABLE f (i int);\nDO \$\$ BEGIN COMMIT; PERFORM 1 / 0; END \$\$;"));
@results = race($node, 'failing', $SESSIONS, '-c', q{CALL migrate.deploy('head')});
my %seen;
$seen{ $_->[2] =~ /ERROR:  (\w{5}):/ ? $1 : 'none' }++ for @results;
is(join(', ', map { "$_: $seen{$_}" } sort keys %seen), "22012: $SESSIONS", 'failing: each of them fails by itself');
is($node->safe_psql('failing', 'SELECT outcome, tries, statements_done, sqlstate FROM migrate.log'), "half_done|$SESSIONS|1|22012",
	'failing: and has written it down');

unlike(slurp_file($node->logfile), qr/deadlock|TRAP|PANIC|WARNING/, "nothing of it in the server's log");

$node->stop;
done_testing();
