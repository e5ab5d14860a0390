# All replicas of an application start at the same moment on an empty database,
# and every one of them migrates: all succeed, and each revision ran once.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $REVISIONS = 50;

# fsync is off by default here: it is the order of things that is tested
my $node = migrate_node('main', conf => "max_connections = 120\n");
my $dir = $node->basedir;
my @files = revision_chain('r', $REVISIONS,
	up => sub {
		"CREATE TABLE t$_[0] (i int);\nINSERT INTO runs VALUES ($_[0], pg_backend_pid());"
		  # so that the last of the processes still meets the first at work
		  . ($_[0] == 25 ? "\n" . until_waiting(16) : '');
	},
	down => sub { "DROP TABLE t$_[0];" });

sub check_race
{
	my ($name, $database, $last, @results) = @_;
	my @failed = grep { $_->[0] != 0 } @results;
	my $sql = sub { $node->safe_psql($database, $_[0]) };

	is(scalar @failed, 0, "$name: all " . @results . ' exit 0') or diag($failed[0][2]);
	is(scalar(grep { $_->[1] =~ /(?:^|\n)\Q$last\E\n\z/ } @results), scalar @results,
		"$name: each says where the database is");
	is(scalar(grep { $_->[2] =~ /ERROR|FATAL|deadlock/ } @results), 0, "$name: nobody sees an error");
	cmp_ok(scalar(grep { $_->[2] =~ /waiting for another session that is migrating/ } @results), '>', @results / 4,
		"$name: many had to wait");
	is($sql->('SELECT count(*), count(DISTINCT revision) FROM migrate.log'), "$REVISIONS|$REVISIONS",
		"$name: each revision is logged once");
	is($sql->('SELECT count(*), count(DISTINCT i), count(DISTINCT pid) FROM runs'), "$REVISIONS|$REVISIONS|1",
		"$name: each revision ran once, all in one session");
	is($sql->(q{SELECT bool_and(revision = format('r%s', lpad(n::text, 4, '0'))) FROM
			(SELECT revision, row_number() OVER (ORDER BY id) AS n FROM migrate.log) AS l}), 't',
		"$name: in their order");
	is($sql->('SELECT migrate.current()'), $last, "$name: the database is at the head");
	is($sql->(q{SELECT count(*) FROM pg_tables WHERE tablename ~ '^t\d+$'}), $REVISIONS, "$name: the tables are there");
	return;
}

# What the racing psql processes run.
sub script
{
	my ($name, $text) = @_;

	open my $handle, '>', "$dir/$name" or die "$dir/$name: $!";
	print $handle $text;
	close $handle or die "$dir/$name: $!";
	return "$dir/$name";
}

# The revisions are there, nothing is applied.
$node->safe_psql('postgres', 'CREATE TABLE runs (i int, pid int)');
load_revisions($node, 'postgres', @files);
check_race('64 upgrades', 'postgres', 'r0050', race($node, 'postgres', 64, '-c', q{SELECT migrate.upgrade('head')}));
my $waited = $node->safe_psql('postgres', 'SELECT max(id) FROM migrate.log');
race($node, 'postgres', 16, '-c', q{SELECT migrate.upgrade('head')});
is($node->safe_psql('postgres', 'SELECT max(id) FROM migrate.log'), $waited, 'another round changes nothing');

# Nothing is there: each brings the files, in another order.
my $quoted = sub { my $text = $_[0]; $text =~ s/([\\'])/$1$1/g; "E'$text'" };
my @loads = map {
	my @rotated = (@files[ $_ .. $#files ], @files[ 0 .. $_ - 1 ]);
	script("load$_.sql", 'SELECT count(*) FROM migrate.load_files(ARRAY['
		  . join(', ', map { $quoted->($_) } @rotated) . "]);\nSELECT migrate.upgrade('head');\n")
} 0, 10, 25, 49;
for my $mode ([ 'in two transactions' ], [ 'in one transaction', '-1' ])
{
	my ($name, @options) = @$mode;
	my $database = @options ? 'one' : 'two';

	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION migrate_ext; CREATE TABLE runs (i int, pid int)');
	check_race("32 loads and upgrades, $name", $database, 'r0050',
		race($node, $database, 32, sub { (@options, '-f', $loads[ $_[0] % @loads ]) }));
}

$node->stop;
done_testing();
