# Every statement of a revision is run with a text of its own: who reads the texts of
# queries (pg_stat_statements here; pgaudit, auto_explain, Citus) gets nothing of its neighbours,
# no password above all, and errors still say where they are.
use strict;
use warnings;

use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = migrate_node('main');
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

$node->append_conf('postgresql.conf', q{
shared_preload_libraries = 'pg_stat_statements, auto_explain'
pg_stat_statements.track = 'all'
auto_explain.log_min_duration = 0
auto_explain.log_nested_statements = on
});
$node->restart;
plan skip_all => 'this server comes without pg_stat_statements'
  if $sql->(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'}) eq '0';
$sql->('CREATE EXTENSION pg_stat_statements');

my $UPGRADE = q{-- zażółć: a comment that belongs to nobody
CREATE TABLE ta (i int); CREATE ROLE somebody PASSWORD 'hunter2';
/* before it */ INSERT INTO ta VALUES (1); -- behind it
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2 $$;
DO $$ BEGIN PERFORM f(); END $$;
CREATE INDEX CONCURRENTLY ix ON ta (i)};

# The texts that were seen since the last reset, but for our own.
sub texts
{
	return $sql->(q{SELECT string_agg(query, E'\n' ORDER BY query COLLATE "C") FROM pg_stat_statements
		WHERE query ~ 'ta|somebody|f\(\)' AND query !~ 'migrate|pg_'});
}

sub is_apart
{
	my ($name) = @_;
	my @texts = grep { !/^(?:SELECT|PERFORM)/ } split /\n/, texts();

	is_deeply(\@texts, [
		q{CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2 $$},
		q{CREATE INDEX CONCURRENTLY ix ON ta (i)},
		(grep { /^CREATE ROLE/ } @texts),
		q{CREATE TABLE ta (i int)},
		q{DO $$ BEGIN PERFORM f(); END $$},
		q{INSERT INTO ta VALUES ($1)} ], "$name: each statement has its own text");
	is(scalar(grep { /hunter2/ } @texts), scalar(grep { /^CREATE ROLE somebody PASSWORD 'hunter2'$/ } @texts),
		"$name: the password is in no other");
	return;
}

load_revisions($node, 'postgres', "-- Revision ID: r1\n-- migrate:up\n$UPGRADE;\n-- migrate:down\nDROP TABLE ta; DROP ROLE somebody; DROP FUNCTION f();\n");
for my $way (q{SET migrate.plain_concurrently = on; SELECT migrate.upgrade('head')}, q{CALL migrate.deploy('head')})
{
	$sql->('SELECT pg_stat_statements_reset()');
	$sql->($way);
	is_apart($way);
	$sql->(q{SELECT migrate.downgrade('base')});
}

# Lines of an entry begin with a tab.
my @plans = slurp_file($node->logfile) =~ /Query Text: (.*(?:\n\t.*)*)/g;
is(scalar(grep { /^INSERT INTO ta VALUES \(1\)\n\tInsert on ta/ } @plans), 2, 'auto_explain: the text of the statement');
is(scalar(grep { /hunter2/ && !/load_files/ } @plans), 0, 'auto_explain: and no password of another');

# Where an error is: the line in the file, and the place in the statement.
load_revisions($node, 'postgres', "-- Revision ID: r2\n-- Revises: r1\n-- migrate:up\nSELECT 'zażółć';\nSELECT 1;  SELECT 'ż',\n  nowhere;\nSELECT 3;\n-- migrate:down\nSELECT 1;\n");
my ($rc, $out, $err) = $node->psql('postgres', q{SET migrate.plain_concurrently = on; SELECT migrate.upgrade('head')});
like($err, qr/column "nowhere" does not exist/, 'an error');
like($err, qr/LINE 2:   nowhere\n\s+\^/, 'with the caret under the word');
like($err, qr/QUERY:  SELECT 'ż',\n  nowhere\n/, 'and its statement alone');
like($err, qr/statement 3, line 5/, 'and where that is');

# The same with other ends of lines, outside of a transaction, and inside of bodies.
my $n = 3;
sub message
{
	my ($up, $mark) = @_;
	my $id = 'v' . $n++;

	load_revisions($node, 'postgres', "-- Revision ID: $id\n-- Revises: r1\n-- migrate:up$mark\n$up\n-- migrate:down\nSELECT 1;\n");
	my ($rc, $out, $err) = $node->psql('postgres', "CALL migrate.deploy('$id')");
	$sql->("SELECT migrate.resolve('$id', 'rolled_back')") if $mark;
	$sql->("SELECT migrate.remove('$id')");
	utf8::decode($err);
	return $err;
}

# The line that is shown, the word above the caret, and the place in the file.
sub is_at
{
	my ($name, $message, @expected) = @_;
	my ($line, $caret) = $message =~ /^(LINE .*)\n( *)\^/m;
	my ($number) = ($line // '') =~ /^LINE (\d+)/;
	my ($place) = $message =~ /(statement \d+, line \d+)/;

	is_deeply([ $number, substr($line // '', length($caret // ''), length($expected[1])), $place ], \@expected, $name) or diag($message);
	return;
}
$sql->(q{SELECT migrate.remove('r2')});
$sql->(q{CALL migrate.deploy('r1')});
is_at('lines that end with CR and LF', message("SELECT 'zażółć';\r\nSELECT 1,\r\n 'ź',  nowhere;\r\n", ''), 2, 'nowhere', 'statement 2, line 5');
is_at('outside of a transaction', message("SELECT 'ź';\n\n VACUUM (nothing) ta;", ' transaction:false'), 1, 'nothing', 'statement 2, line 6');
is_at('in a DO block', message("SELECT 'ź';\nDO \$\$ BEGIN\n  PERFORM 'ź';\n  PERFORM nowhere;\nEND \$\$;", ''), 1, 'nowhere', 'statement 2, line 5');
is_at('in a DO block that cannot be read', message("SELECT 'ź';\nDO \$\$ BEGIN\n  PERFORM 'ź';\n  x y z;;\nEND \$\$;", ''), 3, 'x y z', 'statement 2, line 5');
is_at('in a function', message("SELECT 'ź';\nCREATE FUNCTION g() RETURNS int LANGUAGE sql AS \$\$\n SELECT 'ź';\n SELECT nowhere \$\$;", ''), 3, 'nowhere', 'statement 2, line 5');

# A password of a role is in the log where its client has sent it, and nowhere else.
like(message("SELECT 1;\nALTER ROLE nobody_here PASSWORD 'plantęd';", ' transaction:false'),
	qr/statement 2 of 2: ALTER ROLE nobody_here PASSWORD '\*{7}'.*SQL statement "ALTER ROLE nobody_here PASSWORD '\*{7}'"/s, 'a password is not told');
is(scalar(grep { /plantęd/ } grep { !/load_files/ } split /^(?=\S)/m, slurp_file($node->logfile)), 0, 'no message that is logged has it');

$node->stop;
done_testing();
