# Other sessions change a schema while it is compared: no definition of what is
# gone reaches an answer, nothing crashes, and the only error is 40001.
#
# MIGRATE_RACES=all for every call with every kind of DDL in its midst, RACE_SECONDS=600
# for ten minutes beside DDL in loops, RACE_SESSIONS=2 for that in so many sessions.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What is there before, what the other session does.  Every case has the table
# "gate" and a view of it: to read that takes a lock that a test can withhold.
my $BASE = 'CREATE TABLE gate (i int); CREATE VIEW gate_view AS SELECT i FROM gate';
my @RACES = (
	[ 'index dropped', 'CREATE TABLE t (i int); CREATE INDEX x ON t (i)', 'DROP INDEX x' ],
	[ 'index renamed', 'CREATE TABLE t (i int); CREATE INDEX x ON t (i)', 'ALTER INDEX x RENAME TO y' ],
	[ 'index made', 'CREATE TABLE t (i int)', 'CREATE INDEX x ON t (i)' ],
	[ 'partial index dropped', 'CREATE TABLE t (i int); CREATE INDEX x ON t ((i + 1)) WHERE i > 0', 'DROP INDEX x' ],
	[ 'function dropped', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$', 'DROP FUNCTION f()' ],
	[ 'function replaced', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
		'CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 2$$' ],
	[ 'procedure dropped', 'CREATE PROCEDURE p() LANGUAGE sql AS $$SELECT 1$$', 'DROP PROCEDURE p()' ],
	[ 'aggregate dropped', 'CREATE AGGREGATE a(int) (SFUNC = int4pl, STYPE = int, INITCOND = 0)', 'DROP AGGREGATE a(int)' ],
	[ 'operator dropped', 'CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)', 'DROP OPERATOR === (int, int)' ],
	[ 'view dropped', 'CREATE VIEW v AS SELECT i FROM gate', 'DROP VIEW v' ],
	[ 'view replaced', 'CREATE VIEW v AS SELECT 1 AS i', 'CREATE OR REPLACE VIEW v AS SELECT 2 AS i' ],
	[ 'table of a view renamed', 'CREATE TABLE t (i int); CREATE VIEW v AS SELECT i FROM t', 'ALTER TABLE t RENAME TO u' ],
	[ 'column of a view renamed', 'CREATE TABLE t (i int); CREATE VIEW v AS SELECT i FROM t', 'ALTER TABLE t RENAME i TO j' ],
	[ 'materialized view dropped', 'CREATE MATERIALIZED VIEW m AS SELECT i FROM gate', 'DROP MATERIALIZED VIEW m' ],
	[ 'table dropped', 'CREATE TABLE t (i int PRIMARY KEY, j int DEFAULT 7 CHECK (j > 0), k int GENERATED ALWAYS AS IDENTITY)',
		'DROP TABLE t' ],
	[ 'table renamed', 'CREATE TABLE t (i int PRIMARY KEY)', 'ALTER TABLE t RENAME TO u' ],
	[ 'table moved', 'CREATE SCHEMA s; CREATE TABLE t (i int PRIMARY KEY)', 'ALTER TABLE t SET SCHEMA s' ],
	[ 'column dropped', 'CREATE TABLE t (i int, j int DEFAULT 7 CHECK (j > 0))', 'ALTER TABLE t DROP COLUMN j' ],
	[ 'column retyped', 'CREATE TABLE t (i int, j int DEFAULT 7)', 'ALTER TABLE t ALTER j TYPE bigint' ],
	[ 'default dropped', 'CREATE TABLE t (i int DEFAULT 7)', 'ALTER TABLE t ALTER i DROP DEFAULT' ],
	[ 'generated column dropped', 'CREATE TABLE t (i int, j int GENERATED ALWAYS AS (i * 2) STORED)', 'ALTER TABLE t DROP j' ],
	[ 'check dropped', 'CREATE TABLE t (i int CONSTRAINT c CHECK (i > 0))', 'ALTER TABLE t DROP CONSTRAINT c' ],
	[ 'unique key dropped', 'CREATE TABLE t (i int CONSTRAINT c UNIQUE)', 'ALTER TABLE t DROP CONSTRAINT c' ],
	[ 'foreign key dropped', 'CREATE TABLE t (i int PRIMARY KEY, j int CONSTRAINT c REFERENCES t)', 'ALTER TABLE t DROP CONSTRAINT c' ],
	[ 'exclusion dropped', 'CREATE TABLE t (r int4range, CONSTRAINT c EXCLUDE USING gist (r WITH &&))', 'ALTER TABLE t DROP CONSTRAINT c' ],
	[ 'trigger dropped',
		'CREATE TABLE t (i int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;'
		  . ' CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()', 'DROP TRIGGER g ON t' ],
	[ 'rule dropped', 'CREATE TABLE t (i int); CREATE RULE r AS ON INSERT TO t DO ALSO NOTHING', 'DROP RULE r ON t' ],
	[ 'policy dropped', 'CREATE TABLE t (i int); CREATE POLICY p ON t USING (i > 0) WITH CHECK (i > 1)', 'DROP POLICY p ON t' ],
	[ 'statistics dropped', 'CREATE TABLE t (i int, j int); CREATE STATISTICS s ON i, j FROM t', 'DROP STATISTICS s' ],
	[ 'domain dropped', 'CREATE DOMAIN d AS int DEFAULT 7 CONSTRAINT c CHECK (VALUE > 0)', 'DROP DOMAIN d' ],
	[ 'domain constraint dropped', 'CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0)', 'ALTER DOMAIN d DROP CONSTRAINT c' ],
	[ 'type of a column dropped', q{CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (i int, e e DEFAULT 'a')}, 'DROP TYPE e CASCADE' ],
	[ 'enum grown', q{CREATE TYPE e AS ENUM ('a')}, q{ALTER TYPE e ADD VALUE 'b'} ],
	[ 'composite type dropped', 'CREATE TYPE c AS (i int, t text)', 'DROP TYPE c' ],
	[ 'range type dropped', 'CREATE TYPE r AS RANGE (subtype = int)', 'DROP TYPE r' ],
	[ 'sequence dropped', 'CREATE SEQUENCE s', 'DROP SEQUENCE s' ],
	[ 'partition dropped', 'CREATE TABLE p (i int) PARTITION BY RANGE (i); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)',
		'DROP TABLE p1' ],
	[ 'partitioned table dropped', 'CREATE TABLE p (i int) PARTITION BY RANGE ((i + 1))', 'DROP TABLE p' ],
	[ 'partition detached', 'CREATE TABLE p (i int) PARTITION BY LIST (i); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)',
		'ALTER TABLE p DETACH PARTITION p1' ],
	[ 'parent dropped', 'CREATE TABLE p (i int); CREATE TABLE c (j int) INHERITS (p)', 'ALTER TABLE c NO INHERIT p; DROP TABLE p' ],
	[ 'collation dropped', 'CREATE COLLATION c FROM "C"; CREATE TABLE t (x text COLLATE c)', 'DROP TABLE t; DROP COLLATION c' ],
	[ 'text search configuration dropped', 'CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)', 'DROP TEXT SEARCH CONFIGURATION c' ],
	[ 'publication dropped', 'CREATE TABLE t (i int); CREATE PUBLICATION p FOR TABLE t', 'DROP PUBLICATION p' ],
	[ 'rights given', 'CREATE TABLE t (i int)', 'GRANT SELECT ON t TO PUBLIC' ],
	[ 'rights on the schema given', 'CREATE TABLE t (i int)', 'GRANT ALL ON SCHEMA public TO other' ],
	[ 'schema renamed', 'CREATE SCHEMA s; CREATE TABLE s.t (i int)', 'ALTER SCHEMA s RENAME TO r' ],
	[ 'schema dropped', 'CREATE SCHEMA s; CREATE TABLE s.t (i int)', 'DROP SCHEMA s CASCADE' ],
	[ 'comment set', 'CREATE TABLE t (i int)', q{COMMENT ON TABLE t IS 'x'} ],
	[ 'owner changed', 'CREATE TABLE t (i int)', 'ALTER TABLE t OWNER TO other' ]);

my $ROWS = q{format('%s %s %s %s', action, object_type, object_identity, upgrade)};
my %CALLS = (
	drift => "SELECT $ROWS FROM migrate.drift(SCHEMAS)",
	diff => "SELECT $ROWS FROM migrate.diff('$BASE', SCHEMAS)",
	check => "SELECT migrate.check('$BASE', SCHEMAS)",
	migrate => "SELECT migrate.migrate('m', '$BASE', SCHEMAS, rev_id => 'r'); SELECT upgrade FROM migrate.scripts",
	baseline => "SELECT migrate.baseline('b', SCHEMAS, rev_id => 'r'); SELECT upgrade FROM migrate.scripts");

my $node = migrate_node('main');
my $number = 0;

$node->safe_psql('postgres', 'CREATE ROLE other; CREATE DATABASE base TEMPLATE template0');
$node->safe_psql('base', "CREATE EXTENSION migrate_ext; $BASE");

# A database of its own for each case.
sub new_database
{
	my ($setup) = @_;
	my $database = 'd' . ++$number;

	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE base");
	$node->safe_psql($database, $setup);
	return $database;
}

# The SQL of a call, for these schemas.
sub call_sql
{
	my ($call, $schemas) = @_;

	return $CALLS{$call} =~ s/SCHEMAS/schemas => $schemas/r;
}

# What a call answers, or its SQLSTATE; nothing of it stays.
sub outcome
{
	my ($session, $call, $schemas) = @_;
	my ($answer, $state);

	$session->ask('SAVEPOINT s');
	$answer = $session->ask(call_sql($call, $schemas));
	$state = $session->sqlstate;
	$session->ask('ROLLBACK TO s');
	return $state || $answer;
}

# The transaction has its snapshot, the other session commits, then the schema is read.
sub stale_snapshot
{
	my ($name, $setup, $ddl) = @_;
	my $database = new_database($setup);
	my $session = MigrateSession->new($node, $database);
	my $fresh = MigrateSession->new($node, $database);
	my @wrong;

	$session->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
	$node->safe_psql($database, $ddl);
	$fresh->ask('BEGIN');
	for my $call (sort keys %CALLS)
	{
		my $got = outcome($session, $call, 'NULL');

		push @wrong, "$call: $got" if $got ne '40001' && $got ne outcome($fresh, $call, 'NULL');
	}
	$_->close for $session, $fresh;
	is("@wrong", '', "$name: 40001 in a transaction that keeps its snapshot, or the answer of now");
	return;
}

# The other session commits in the midst of a reading.
sub in_the_midst
{
	my ($name, $setup, $ddl, $call) = @_;
	my $database = new_database($setup);
	my $session = MigrateSession->new($node, $database);
	my $other = MigrateSession->new($node, $database);
	my $sql = call_sql($call, q{'{public}'});
	my ($first, $state, $now);

	# those that write a revision write it twice
	$session->ask('BEGIN; SAVEPOINT s');
	$other->ask('BEGIN; LOCK TABLE gate');
	$session->tell($sql);
	ok(wait_until($node, $database, "SELECT $other->{pid} = ANY (pg_blocking_pids($session->{pid}))", 't', 30),
		"$name, $call: the reading waits");
	$other->ask("$ddl; COMMIT");
	is($other->sqlstate, '', "$name: the other session is not disturbed");
	$first = $session->answer;
	$state = $session->sqlstate;
	$session->ask('ROLLBACK TO s');
	$now = $session->ask($sql);
	diag("$state: $first\n$session->{last_err}") unless
	  ok($state eq '40001' || ($state eq $session->sqlstate && $state =~ /^(?:MG023)?$/ && $first eq $now),
		"$name, $call: 40001, or the answer is that of the schema as it is now");
	$_->close for $session, $other;
	return;
}

stale_snapshot(@$_) for @RACES;
for my $i (0 .. $#RACES)
{
	in_the_midst(@{ $RACES[$i] }, $_) for ($ENV{MIGRATE_RACES} || '') eq 'all' ? sort keys %CALLS : $i % 2 ? 'diff' : 'drift';
}

# What a model uses of a schema that is not managed, and what the other session does
# to that while the model runs: at its end it waits for far.gate.
my $GATE = 'CREATE VIEW waits AS SELECT i FROM far.gate;';
my @OUTSIDE = (
	[ 'enum', q{CREATE TYPE far.x AS ENUM ('a')}, q{CREATE TABLE t (i far.x DEFAULT 'a', j far.x[])}, 'TYPE far.x' ],
	[ 'domain', 'CREATE DOMAIN far.x AS int', 'CREATE TABLE t (i far.x CHECK (i > 0)); CREATE DOMAIN d AS far.x', 'DOMAIN far.x' ],
	[ 'composite type', 'CREATE TYPE far.x AS (i int)', 'CREATE TYPE c AS (x far.x); CREATE TABLE t (i c, j far.x)', 'TYPE far.x' ],
	[ 'function of a default', 'CREATE FUNCTION far.x() RETURNS int LANGUAGE sql AS $$SELECT 1$$', 'CREATE TABLE t (i int DEFAULT far.x())',
		'FUNCTION far.x()' ],
	[ 'function of a check', 'CREATE FUNCTION far.x(int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$SELECT true$$',
		'CREATE TABLE t (i int CHECK (far.x(i))); CREATE INDEX ON t (i) WHERE far.x(i); CREATE VIEW v AS SELECT far.x(1)', 'FUNCTION far.x(int)' ],
	[ 'function of a trigger', 'CREATE FUNCTION far.x() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$',
		'CREATE TABLE t (i int); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION far.x()', 'FUNCTION far.x()' ],
	[ 'type of an argument', q{CREATE TYPE far.x AS ENUM ('a')}, 'CREATE FUNCTION f(a far.x) RETURNS far.x[] LANGUAGE plpgsql AS $$BEGIN END$$',
		'TYPE far.x' ],
	[ 'function of an aggregate', 'CREATE FUNCTION far.x(int, int) RETURNS int LANGUAGE sql AS $$SELECT 1$$',
		'CREATE AGGREGATE a(int) (SFUNC = far.x, STYPE = int)', 'FUNCTION far.x(int, int)' ],
	[ 'function of an operator', 'CREATE FUNCTION far.x(int, int) RETURNS bool LANGUAGE sql AS $$SELECT true$$',
		'CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = far.x)', 'FUNCTION far.x(int, int)' ],
	[ 'operator', 'CREATE OPERATOR far.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)',
		'CREATE TABLE t (i int CHECK (i OPERATOR(far.===) 1))', 'OPERATOR far.=== (int, int)' ],
	[ 'collation', 'CREATE COLLATION far.x FROM "C"', 'CREATE TABLE t (i text COLLATE far.x); CREATE INDEX ON t (i COLLATE far.x)', 'COLLATION far.x' ],
	[ 'operator class', 'CREATE OPERATOR CLASS far.x FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=,'
		  . ' OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int)', 'CREATE TABLE t (i int); CREATE INDEX ON t (i far.x)', 'OPERATOR CLASS far.x USING btree' ],
	[ 'text search dictionary', 'CREATE TEXT SEARCH DICTIONARY far.x (TEMPLATE = simple)',
		'CREATE TEXT SEARCH CONFIGURATION c (PARSER = default); ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word WITH far.x',
		'TEXT SEARCH DICTIONARY far.x' ],
	[ 'table of a foreign key', 'CREATE TABLE far.x (i int PRIMARY KEY)', 'CREATE TABLE t (i int REFERENCES far.x)', 'TABLE far.x' ],
	[ 'row type', 'CREATE TABLE far.x (i int)', 'CREATE TABLE t (i far.x)', 'TABLE far.x' ],
	[ 'sequence', 'CREATE SEQUENCE far.x', q{CREATE TABLE t (i int DEFAULT nextval('far.x'))}, 'SEQUENCE far.x' ],
	[ 'table of a view', 'CREATE TABLE far.x (i int)', 'CREATE VIEW v AS SELECT i FROM far.x', 'TABLE far.x' ]);

sub used_outside
{
	my ($name, $setup, $model, $ddl) = @_;
	my $database = new_database("CREATE SCHEMA far; CREATE TABLE far.gate (i int); $setup; SET check_function_bodies = false; $model; $GATE");
	my $session = MigrateSession->new($node, $database);
	my $other = MigrateSession->new($node, $database);
	my $sql = "SELECT $ROWS FROM migrate.diff(\$model\$$BASE; $model; $GATE\$model\$)";
	my ($first, $state, $now);

	is($session->ask($sql), '', "$name: nothing differs");
	$other->ask('BEGIN; LOCK TABLE far.gate');
	$session->tell("SET lock_timeout = 0; SET migrate.lock_timeout = 0; $sql");
	ok(wait_until($node, $database, "SELECT $other->{pid} = ANY (pg_blocking_pids($session->{pid}))", 't', 30), "$name: the model waits");
	# newer minor versions keep what is used from being dropped
	$other->ask("SET lock_timeout = '50ms'; SAVEPOINT s; $ddl");
	$other->ask('ROLLBACK TO s') if $other->sqlstate;
	$other->ask('COMMIT');
	($first, $state) = ($session->answer, $session->sqlstate);
	unlike("$first $session->{last_err}", qr/\?\?\?|\(null\)|\bX?XX000/, "$name: nothing of what is gone");
	$now = $session->ask($sql);
	# what has another name now is the same on both sides
	ok($state eq '40001' || "$state$first" eq '' || ($state ne '' && $session->sqlstate ne '') || ($state eq $session->sqlstate && $first eq $now), "$name, $ddl: 40001, or the answer is that of now")
	  or diag("$state: $first\n$session->{last_err}");
	$_->close for $session, $other;
	return;
}

for my $case (@OUTSIDE)
{
	my ($name, $setup, $model, $object) = @$case;

	used_outside("$name dropped", $setup, $model, "DROP $object CASCADE");
	used_outside("$name renamed", $setup, $model, $object =~ /^OPERATOR far/ ? "ALTER $object SET SCHEMA public" : "ALTER $object RENAME TO y");
}

used_outside("column of a foreign key: $_", 'CREATE TABLE far.x (i int PRIMARY KEY)', 'CREATE TABLE t (i int REFERENCES far.x)', $_)
  for 'ALTER TABLE far.x DROP i CASCADE', 'ALTER TABLE far.x RENAME i TO j', 'ALTER TABLE far.x DROP CONSTRAINT x_pkey CASCADE',
  'ALTER TABLE far.x RENAME CONSTRAINT x_pkey TO k', 'ALTER SCHEMA far RENAME TO away';

# Sessions that change things back and forth all the time, each between two
# states.  Which rows an answer may have is known from the states.
my @LOOPS = (
	[ 'CREATE INDEX CONCURRENTLY x ON t (i)', 'DROP INDEX CONCURRENTLY x' ],
	[ 'REFRESH MATERIALIZED VIEW CONCURRENTLY m' ],
	[ 'GRANT ALL ON SCHEMA public TO other', 'REVOKE ALL ON SCHEMA public FROM other' ],
	[ q{COMMENT ON SCHEMA public IS 'x'}, q{COMMENT ON SCHEMA public IS 'y'} ],
	[ 'ALTER TABLE u RENAME TO w', 'ALTER TABLE w RENAME TO u' ],
	[ 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$', 'DROP FUNCTION f()' ],
	[ 'CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0)', 'DROP DOMAIN d' ],
	[ 'CREATE STATISTICS s ON i, j FROM t', 'DROP STATISTICS s' ],
	[ 'CREATE POLICY p ON t USING (i > 0)', 'DROP POLICY p ON t' ],
	[ 'CREATE VIEW vv AS SELECT i FROM t', 'DROP VIEW vv' ],
	[ 'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', 'DROP TRIGGER g ON t' ],
	[ q{ALTER TYPE e RENAME VALUE 'a' TO 'b'}, q{ALTER TYPE e RENAME VALUE 'b' TO 'a'} ],
	[ 'ALTER TYPE c ADD ATTRIBUTE k int', 'ALTER TYPE c DROP ATTRIBUTE k' ],
	[ 'CREATE TEMPORARY TABLE tmp (i int)', 'DROP TABLE tmp' ]);
my $SECONDS = $ENV{RACE_SECONDS} || 10;
my $SESSIONS = $ENV{RACE_SESSIONS} || @LOOPS;

sub rows
{
	my ($session, $call) = @_;

	return split /\n/, $session->ask(call_sql($call, q{'{public}'}));
}

# The rows of a call that are there in some of the states, and in all.
sub known_rows
{
	my ($session, $call) = @_;
	my %count;
	my $states = 1;

	$count{$_}++ for rows($session, $call);
	for my $loop (@LOOPS)
	{
		for my $sql (@$loop)
		{
			$session->ask($sql);
			die "$sql: $session->{last_err}" if $session->sqlstate;
			$count{$_}++ for rows($session, $call);
			$states++;
		}
	}
	return (\%count, { map { $_ => 1 } grep { $count{$_} == $states } keys %count });
}

sub wrong_rows
{
	my ($known, $needed, @rows) = @_;
	my %has = map { $_ => 1 } @rows;

	return ((map { "unknown: $_" } grep { !$known->{$_} } @rows), (map { "missing: $_" } grep { !$has{$_} } keys %$needed));
}

sub beside_loops
{
	my $database = new_database('CREATE TABLE t (i int, j int); CREATE TABLE u (i int PRIMARY KEY);'
		  . ' CREATE MATERIALIZED VIEW m AS SELECT 1 AS i; CREATE UNIQUE INDEX mi ON m (i);'
		  . q{ COMMENT ON SCHEMA public IS 'y'; CREATE VIEW v AS SELECT i FROM u; CREATE TYPE e AS ENUM ('a'); CREATE TYPE c AS (i int)});
	my $session = MigrateSession->new($node, $database);
	my %known = map { $_ => [ known_rows($session, $_) ] } 'drift', 'diff';
	my @others = map { MigrateSession->new($node, $database) } 1 .. $SESSIONS;
	my @work = map { my $i = $_; [ map { @{ $LOOPS[$_] } } grep { $_ % $SESSIONS == $i } 0 .. $#LOOPS ] } 0 .. $SESSIONS - 1;
	my (%states, @wrong);
	my $end = time + $SECONDS;

	while (time < $end)
	{
		for my $call (sort keys %CALLS)
		{
			for my $i (0 .. $#others)
			{
				$others[$i]->tell(join ";\n", map { ($_, 'SELECT pg_sleep(0.01)') } (@{ $work[$i] }) x 50)
				  if length $others[$i]{in} < 4096;
			}
			$session->ask('BEGIN');
			my @rows = rows($session, $call);
			my $state = $session->sqlstate;
			diag($session->{last_err}) if $state !~ /^(?:|40001|55P03|MG023)$/;
			$states{$call}{$state}++;
			push @wrong, wrong_rows(@{ $known{$call} }, @rows) if $state eq '' && $known{$call};
			$session->ask('ROLLBACK');
		}
	}
	$_->kill9 for @others;
	for my $call (sort keys %CALLS)
	{
		my $good = $call eq 'check' ? 'MG023' : '';
		my $seen = $states{$call};

		note("$call: " . join ', ', map { "$seen->{$_} times " . ($_ || 'an answer') } sort keys %$seen);
		is(join(' ', grep { !/^(?:$good|40001|55P03)$/ } keys %$seen), '', "$call beside DDL in loops: no error but 40001");
	}
	is(join("\n", @wrong), '', 'no row is wrong');
	is($session->ask('SELECT 1'), '1', 'the server has not crashed');
	$session->close;
	return;
}

beside_loops();

$node->stop;
done_testing();
