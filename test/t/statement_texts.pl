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

$node->stop;
done_testing();
