# Whatever lock it is that a revision is refused, and in whatever way: it waits
# holding nothing that others want, gets done when the holder has gone, and runs
# no more of its work again than it must.  A session that is cancelled or
# terminated in such a wait takes nobody with it.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = migrate_node('main', conf => "restart_after_crash = off\nautovacuum = off\nautovacuum_naptime = 1s\nmax_prepared_transactions = 5\n"
	  . "max_connections = 30\nmigrate.lock_patience = '3min'\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

$sql->(q{
	CREATE TABLE ta (i int PRIMARY KEY, v int); INSERT INTO ta SELECT i, 0 FROM generate_series(1, 100) i; CREATE INDEX ta_v ON ta (v);
	CREATE TABLE tb (i int PRIMARY KEY, v int); INSERT INTO tb SELECT i, 0 FROM generate_series(1, 100) i;
	CREATE TABLE child (i int REFERENCES ta);
	CREATE TABLE late (i int REFERENCES ta DEFERRABLE INITIALLY DEFERRED);
	CREATE TABLE parts (i int, v int) PARTITION BY RANGE (i);
	CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (10); CREATE TABLE part2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
	CREATE TABLE long (t text);
	CREATE SEQUENCE runs;
	CREATE FUNCTION toast_of(regclass) RETURNS text LANGUAGE sql AS 'SELECT reltoastrelid::regclass::text FROM pg_class WHERE oid = $1'});
my $toast = $sql->(q{SELECT toast_of('long')});

my %call = (
	upgrade => sub { "SELECT migrate.upgrade('$_[0]')" },
	deploy => sub { "CALL migrate.deploy('$_[0]')" });
my $waits = sub { "SELECT phase FROM migrate.progress WHERE pid = $_[0]" };

# What is refused: who holds it and lets it go, the revision, what others do
# meanwhile, and what has to be true in the end.
my @variants = (
	{ name => 'a row', hold => 'BEGIN; UPDATE ta SET v = 1 WHERE i = 3', up => 'UPDATE ta SET v = v + 1 WHERE i < 6;',
		meanwhile => 'UPDATE ta SET v = v WHERE i = 2', is => 'SELECT v >= 2 FROM ta WHERE i = 3' },
	{ name => 'a row of a prepared transaction', hold => "BEGIN; UPDATE ta SET v = 1 WHERE i = 3; PREPARE TRANSACTION 'row'", release => "COMMIT PREPARED 'row'",
		up => 'UPDATE ta SET v = 7 WHERE i = 3;', meanwhile => 'UPDATE ta SET v = v WHERE i = 2', is => 'SELECT v = 7 FROM ta WHERE i = 3' },
	{ name => 'a row of a savepoint', hold => 'BEGIN; SAVEPOINT s; UPDATE ta SET v = 1 WHERE i = 3; RELEASE s', up => 'UPDATE ta SET v = 9 WHERE i = 3;',
		meanwhile => 'UPDATE ta SET v = v WHERE i = 2', is => 'SELECT v = 9 FROM ta WHERE i = 3' },
	{ name => 'a row that is referenced', hold => 'BEGIN; SELECT FROM ta WHERE i = 3 FOR UPDATE', up => 'INSERT INTO child VALUES (3);',
		meanwhile => 'INSERT INTO child VALUES (4)', is => 'SELECT count(*) > 0 FROM child WHERE i = 3' },
	{ name => 'a row that is referenced by a deferred key', hold => 'BEGIN; SELECT FROM ta WHERE i = 3 FOR UPDATE', up => 'INSERT INTO late VALUES (3);',
		meanwhile => 'INSERT INTO late VALUES (4)', is => 'SELECT count(*) > 0 FROM late WHERE i = 3' },
	{ name => 'a key that somebody inserts', hold => 'BEGIN; INSERT INTO ta VALUES (1000, 0)', release => 'ROLLBACK', up => 'INSERT INTO ta VALUES (1000, 5); DELETE FROM ta WHERE i = 1000;',
		meanwhile => 'UPDATE ta SET v = v WHERE i = 2', is => 'SELECT true' },
	{ name => 'a referenced table', hold => 'BEGIN; UPDATE ta SET v = v WHERE i = 3', up => 'CREATE TABLE made (i int REFERENCES ta);', down => 'DROP TABLE made;',
		meanwhile => 'UPDATE ta SET v = v WHERE i = 2', is => q{SELECT to_regclass('made') IS NOT NULL} },
	{ name => 'a partition', hold => 'BEGIN; SELECT FROM part2', up => 'ALTER TABLE parts ADD w int;', down => 'ALTER TABLE parts DROP w;',
		meanwhile => 'INSERT INTO parts VALUES (1, 1); SELECT FROM parts', is => q{SELECT count(*) = 3 FROM pg_attribute WHERE attname = 'w' AND attrelid::regclass::text LIKE 'part%'} },
	{ name => 'an index', hold => 'BEGIN; SELECT FROM ta', up => 'DROP INDEX ta_v;', down => 'CREATE INDEX ta_v ON ta (v);', meanwhile => 'SELECT FROM ta',
		is => q{SELECT to_regclass('ta_v') IS NULL} },
	{ name => 'a TOAST table', hold => "BEGIN; SELECT FROM $toast", up => 'TRUNCATE long;', meanwhile => 'SELECT FROM long', is => 'SELECT true' },
	{ name => 'an advisory lock', hold => 'SELECT pg_advisory_lock(7)', release => 'SELECT pg_advisory_unlock(7)', up => 'SELECT pg_advisory_xact_lock(7);',
		meanwhile => 'SELECT FROM ta', is => 'SELECT true', silent => 1 },
	{ name => 'NOWAIT', hold => 'BEGIN; LOCK TABLE tb', up => 'LOCK TABLE tb NOWAIT;', meanwhile => 'SELECT FROM ta', is => 'SELECT true', silent => 1 },
	{ name => 'an error that the revision catches', hold => 'BEGIN; SELECT FROM ta', up => 'DO $$ BEGIN ALTER TABLE ta ADD w int; EXCEPTION WHEN OTHERS THEN NULL; END $$;',
		down => 'ALTER TABLE ta DROP w;', meanwhile => 'SELECT FROM ta', is => q{SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 'ta'::regclass AND attname = 'w'} },
	{ name => 'lock_timeout of the revision', hold => 'BEGIN; SELECT FROM ta', up => "SET lock_timeout = 0;\nALTER TABLE ta ADD w int;", down => 'ALTER TABLE ta DROP w;',
		meanwhile => 'SELECT FROM ta', is => q{SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 'ta'::regclass AND attname = 'w'} },
	{ name => 'statement_timeout of the revision', hold => 'BEGIN; SELECT FROM ta', up => "SET statement_timeout = '100ms';\nLOCK TABLE ta;", meanwhile => 'SELECT FROM ta', is => 'SELECT true' },
	{ name => 'lock_queue = 0', set => 'SET migrate.lock_queue = 0', hold => 'BEGIN; SELECT FROM ta', up => 'ALTER TABLE ta ADD w int;', down => 'ALTER TABLE ta DROP w;',
		meanwhile => 'SELECT FROM ta', is => q{SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 'ta'::regclass AND attname = 'w'} },
	{ name => 'SERIALIZABLE', hold => 'BEGIN; UPDATE ta SET v = 1 WHERE i = 3', begin => 'BEGIN ISOLATION LEVEL SERIALIZABLE; ',
		up => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nUPDATE ta SET v = 11 WHERE i = 3;", meanwhile => 'UPDATE ta SET v = v WHERE i = 2',
		is => 'SELECT v = 11 FROM ta WHERE i = 3', only => 'deploy' });

my $holder = MigrateSession->new($node, 'postgres');
my $runner = MigrateSession->new($node, 'postgres');
my $other = MigrateSession->new($node, 'postgres');
$holder->ask('SET client_min_messages = warning');
$other->ask(q{SET lock_timeout = '20s'});

# Is it in a wait of ours, where it holds nothing that others want?  In the queue
# it waits for a table, or has one.  What it has made has no name for us.
sub is_waiting
{
	my ($session) = @_;

	return wait_until($node, 'postgres', qq{SELECT bool_or(NOT granted AND locktype IN ('virtualxid', 'transactionid'))
		AND NOT bool_or(locktype = 'relation' AND mode <> 'AccessShareLock' AND relation::regclass::text !~ '^(\\d+|runs)\$' AND relation > 16384)
		FROM pg_locks WHERE pid = $session->{pid}}, 't', 60);
}

my $n = 0;
for my $variant (@variants)
{
	$n++;
	load_revisions($node, 'postgres', revision_file("v$n", up => $variant->{up}, down => $variant->{down} // 'SELECT 1;', labels => "variant$n"));
	for my $call ($variant->{only} // sort keys %call)
	{
		my $name = "$variant->{name}, $call";

		$holder->ask($variant->{hold});
		$runner->ask("RESET ALL; " . ($variant->{set} // ''));
		$runner->tell($call{$call}->("v$n"));
		$variant->{silent} ? sleep 1 : ok(is_waiting($runner), "$name: it waits");
		my $start = time;
		$other->ask($variant->{meanwhile}) for 1 .. 5;
		is($other->{last_err}, '', "$name: others go on");
		cmp_ok(time - $start, '<', 10, "$name: and do not wait with it");
		is($sql->("SELECT backend_xmin IS NULL AND backend_xid IS NULL FROM pg_stat_activity WHERE pid = $runner->{pid}"), 't', "$name: no snapshot is held")
		  if $call eq 'deploy' && !$variant->{silent};
		$holder->ask($variant->{release} // 'COMMIT');
		$start = time;
		$runner->answer;
		is($runner->sqlstate, '', "$name: it is done") or diag $runner->{last_err};
		cmp_ok(time - $start, '<', 20, "$name: soon after the holder has gone");
		is($sql->($variant->{is}), 't', "$name: and has done its work");
		like($runner->{last_err}, qr/NOTICE:  .* waits for a lock, and holds none meanwhile\n(?:LOCATION.*\n)?DETAIL:  (?:process $holder->{pid}|prepared transaction 'row') /, "$name: it said for whom it waited")
		  unless $variant->{silent};
		is($sql->('SELECT tries > 1 FROM migrate.log ORDER BY id DESC LIMIT 1'), 't', "$name: the log counts the tries");
		$runner->ask(qq{SET migrate.lock_queue = '1min'; SELECT migrate.downgrade('variant$n\@-1')});
		is($runner->sqlstate, '', "$name: and back") or diag $runner->{last_err};
	}
}

# How much is run again.  The sequence counts; what it has counted is not rolled back.
my %again = (
	'what nobody knows yet stays' => [ 1, "CREATE TABLE new (i int);\nSELECT nextval('runs');\nALTER TABLE ta ADD w int;", 'ALTER TABLE ta DROP w; DROP TABLE new;' ],
	'what was only read stays' => [ 1, "SELECT FROM tb;\nSELECT nextval('runs');\nALTER TABLE ta ADD w int;", 'ALTER TABLE ta DROP w;' ],
	'what others want is given back' => [ 2, "ALTER TABLE tb ADD w int;\nSELECT nextval('runs');\nALTER TABLE ta ADD w int;", 'ALTER TABLE ta DROP w; ALTER TABLE tb DROP w;' ],
	'rows that others want are given back' => [ 2, "UPDATE tb SET v = 1 WHERE i = 1;\nSELECT nextval('runs');\nALTER TABLE ta ADD w int;", 'ALTER TABLE ta DROP w;' ],
	'new values of an enum that stays can be used' => [ 1, "CREATE TYPE mood AS ENUM ('a');\nSELECT nextval('runs');\nALTER TYPE mood ADD VALUE 'b';\nCREATE TABLE new (m mood DEFAULT 'b');\nALTER TABLE ta ADD w int;",
		'ALTER TABLE ta DROP w; DROP TABLE new; DROP TYPE mood;' ],
	'settings of the revision stay' => [ 1, "SET search_path = pg_catalog;\nSELECT nextval('public.runs');\nALTER TABLE public.ta ADD w int;\nSELECT 1 / (current_setting('search_path') = 'pg_catalog')::int;", 'ALTER TABLE public.ta DROP w;' ]);
for my $name (sort keys %again)
{
	my ($runs, $up, $down) = @{ $again{$name} };

	$n++;
	load_revisions($node, 'postgres', revision_file("v$n", up => $up, down => $down, labels => "variant$n"));
	for my $call (sort keys %call)
	{
		$sql->(q{ALTER SEQUENCE runs RESTART});
		$holder->ask('BEGIN; SELECT FROM ta');
		$runner->ask('RESET ALL');
		$runner->tell($call{$call}->("v$n"));
		ok(is_waiting($runner), "$name, $call: it waits");
		$other->ask('SELECT FROM tb; UPDATE tb SET v = 0 WHERE i = 1; SELECT FROM ta');
		is($other->{last_err}, '', "$name, $call: others go on");
		$holder->ask('COMMIT');
		$runner->answer;
		is($runner->sqlstate, '', "$name, $call: it is done") or diag $runner->{last_err};
		is($sql->(q{SELECT last_value FROM runs}), $runs, "$name, $call: so often it was run");
		is($sql->('SELECT tries > 1 FROM migrate.log ORDER BY id DESC LIMIT 1'), 't', "$name, $call: the log says how often it was tried");
		is($runner->ask(q{SHOW search_path}), '"$user", public', "$name, $call: the session is as it was");
		$runner->ask("SELECT migrate.downgrade('variant$n\@-1')");
		is($runner->sqlstate, '', "$name, $call: and back") or diag $runner->{last_err};
	}
}

# Of a plan as little as possible.
load_revisions($node, 'postgres',
	revision_file('p1', up => "CREATE TABLE p1 (i int);\nSELECT nextval('runs');", down => 'DROP TABLE p1;', labels => 'plan'),
	revision_file('p2', revises => 'p1', up => "CREATE TABLE p2 (i int);\nSELECT nextval('runs');", down => 'DROP TABLE p2;'),
	revision_file('p3', revises => 'p2', up => "ALTER TABLE tb ADD w int;", down => 'ALTER TABLE tb DROP w;'),
	revision_file('p4', revises => 'p3', up => "ALTER TABLE ta ADD w int;", down => 'ALTER TABLE ta DROP w;'));
$sql->(q{ALTER SEQUENCE runs RESTART});
$holder->ask('BEGIN; SELECT FROM ta');
$runner->ask('RESET ALL');
$runner->tell(q{SELECT migrate.upgrade('p4')});
ok(is_waiting($runner), 'a plan waits');
$holder->ask('COMMIT');
$runner->answer;
is($runner->sqlstate, '', 'a plan is done') or diag $runner->{last_err};
is($sql->('SELECT last_value FROM runs'), '2', 'its first revisions are not run again');
is($sql->(q{SELECT string_agg(revision || ' ' || tries, ', ' ORDER BY id) FROM migrate.log WHERE revision ~ '^p'}), 'p1 1, p2 1, p3 2, p4 2', 'the log says what was');
$runner->ask(q{SELECT migrate.downgrade('plan@base')});

# A deadlock that the server finds in ours: it gives way, and the other goes on.
load_revisions($node, 'postgres', revision_file('x_dead', up => "ALTER TABLE ta ADD w int;\nSELECT pg_sleep(2);\nALTER TABLE tb ADD w int;",
		down => 'ALTER TABLE ta DROP w; ALTER TABLE tb DROP w;', labels => 'dead'));
for my $call (sort keys %call)
{
	$other->ask('BEGIN; SELECT FROM tb; SET LOCAL lock_timeout = 0');
	$runner->ask(q{RESET ALL; SET migrate.lock_queue = '1min'; SET deadlock_timeout = '10ms'});
	$runner->tell($call{$call}->('x_dead'));
	ok(wait_until($node, 'postgres', "SELECT statement FROM migrate.progress WHERE pid = $runner->{pid}", '2', 60), "deadlock, $call: it has the first table");
	$other->ask('SELECT FROM ta');
	is($other->{last_err}, '', "deadlock, $call: the application goes on");
	$other->ask('COMMIT');
	$runner->answer;
	is($runner->sqlstate, '', "deadlock, $call: and so does the migration, after it") or diag $runner->{last_err};
	$runner->ask(q{SELECT migrate.downgrade('dead@base')});
}

# Somebody who waits for the migration lock and holds the table.
load_revisions($node, 'postgres', revision_file('x_one', up => 'ALTER TABLE ta ADD w int;', down => 'ALTER TABLE ta DROP w;', labels => 'one'));
for my $call (sort keys %call)
{
	$holder->ask('BEGIN; SELECT FROM ta');
	$runner->ask('RESET ALL');
	$runner->tell($call{$call}->('x_one'));
	ok(is_waiting($runner), "two migrate, $call: one waits for the other");
	$holder->ask(q{SELECT migrate.upgrade('x_one')});
	is($holder->sqlstate, '40P01', "two migrate, $call: who holds the table gives way");
	$holder->ask('ROLLBACK');
	$runner->answer;
	is($runner->sqlstate, '', "two migrate, $call: and the other is done") or diag $runner->{last_err};
	$runner->ask(q{SELECT migrate.downgrade('one@base')});
}

# The caller's own locks cannot be given back, and it says so.
$holder->ask('BEGIN; SELECT FROM ta');
$runner->ask('RESET ALL; BEGIN; LOCK TABLE tb; SELECT FROM ta');
$runner->tell(q{SELECT migrate.upgrade('x_one')});
ok(wait_until($node, 'postgres', "SELECT count(*) FROM pg_locks WHERE pid = $runner->{pid} AND locktype = 'virtualxid' AND NOT granted", '1', 60), 'a transaction that holds locks waits');
$holder->ask('COMMIT');
$runner->answer;
is($runner->sqlstate, '', 'and is done');
like($runner->{last_err}, qr/waits for a lock; what this transaction has locked before stays locked/, 'it said that it holds some');
$runner->ask('ROLLBACK');

# The time limit for statements that a revision sets is not the caller's.
load_revisions($node, 'postgres', revision_file('x_time', up => "SET statement_timeout = '700ms';\nSELECT 1;", down => 'SELECT 1;', labels => 'time'));
$runner->ask(q{RESET ALL; SET statement_timeout = '1min'; DO $$ BEGIN PERFORM migrate.upgrade('x_time'); PERFORM pg_sleep(1.5); END $$});
is($runner->sqlstate, '', 'statement_timeout is that of the caller again');

# With lock_blockers = cancel the query goes, the session stays.
$holder->tell('SELECT pg_sleep(1000) FROM ta');
ok(wait_until($node, 'postgres', "SELECT wait_event FROM pg_stat_activity WHERE pid = $holder->{pid}", 'PgSleep'), 'somebody has a long query');
$runner->ask(q{RESET ALL; SET migrate.lock_blockers = 'cancel'; SET migrate.lock_blockers_after = '500ms'; CALL migrate.deploy('x_one')});
is($runner->sqlstate, '', 'it is cancelled, and the migration done');
like($runner->{last_err}, qr/NOTICE:  .*cancelled the query of process $holder->{pid}/, 'which it says');
$holder->answer;
is($holder->sqlstate, '57014', 'the query is gone');
is($holder->ask('SELECT 1'), '1', 'its session is not');
like($sql->('SELECT blocked_by FROM migrate.log ORDER BY id DESC LIMIT 1'), qr/; cancelled: process $holder->{pid}$/, 'the log says so');
like(slurp_file($node->logfile), qr/LOG:  a migration that waits for a lock has cancelled the query of process $holder->{pid}/, "and the server's, too");
$runner->ask(q{SELECT migrate.downgrade('one@base')});

# Who has just come is not sent away.
$holder->ask(q{SET application_name = 'comes and goes'; BEGIN; SELECT FROM ta});
$runner->ask(q{SET migrate.lock_blockers = 'terminate'; SET migrate.lock_blockers_after = '1h'; SET migrate.lock_patience = '1s'; CALL migrate.deploy('x_one')});
is($runner->sqlstate, '55P03', 'before its time nobody is terminated');
$holder->ask('COMMIT');

# An autovacuum: an ordinary one gives way, as to everybody; one against wraparound is let finish.
$sql->(q{CREATE TABLE vacuumed AS SELECT i, repeat('x', 200) AS t FROM generate_series(1, 20000) i;
	ALTER TABLE vacuumed SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,
		autovacuum_analyze_threshold = 1000000000, autovacuum_freeze_max_age = 100000);
	DELETE FROM vacuumed});
load_revisions($node, 'postgres', revision_file('x_vac', up => 'ALTER TABLE vacuumed ADD w int;', down => 'ALTER TABLE vacuumed DROP w;', labels => 'vac'));
my $vacuum = q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND query ~ 'vacuumed'};

sub autovacuum
{
	my ($on) = @_;

	$sql->("ALTER SYSTEM SET autovacuum = $on");
	$node->reload;
	return wait_until($node, 'postgres', $vacuum, $on eq 'on' ? '1' : '0', 60);
}
for my $call (sort keys %call)
{
	ok(autovacuum('on'), "autovacuum, $call: it runs");
	$runner->ask(qq{RESET ALL; SET migrate.lock_blockers = 'terminate'; SET migrate.lock_blockers_after = 0; SET migrate.lock_patience = '1min'});
	$runner->ask($call{$call}->('x_vac'));
	is($runner->sqlstate, '', "autovacuum, $call: and gives way") or diag $runner->{last_err};
	unlike($runner->{last_err}, qr/terminated/, "autovacuum, $call: by itself");
	ok(autovacuum('off') || $sql->(q{SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'}) ne '', "autovacuum, $call: off again");
	$runner->ask(q{SET migrate.lock_queue = '1min'; SELECT migrate.downgrade('vac@base')});
}
# a transaction number for each of the blocks
$sql->(q{CREATE TABLE burnt (i int);
	DO $$ BEGIN FOR i IN 1 .. 101000 LOOP BEGIN INSERT INTO burnt VALUES (i); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$});
SKIP:
{
	skip 'no vacuum against wraparound has begun', 3
	  unless autovacuum('on') && $sql->(q{SELECT query FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND query ~ 'vacuumed'}) =~ /wraparound/;
	$runner->ask(q{RESET ALL; SET migrate.lock_blockers = 'terminate'; SET migrate.lock_blockers_after = 0; SET migrate.lock_patience = '3s'; CALL migrate.deploy('x_vac')});
	is($runner->sqlstate, '55P03', 'a vacuum against wraparound is waited for');
	like($runner->{last_err}, qr/DETAIL:  .*process \d+, holds ShareUpdateExclusiveLock on public\.vacuumed.*query: autovacuum: VACUUM public\.vacuumed \(to prevent wraparound\)/, 'which it names');
	is($sql->($vacuum), '1', 'and goes on');
}
$sql->('ALTER SYSTEM SET autovacuum = off');
$node->reload;
$sql->(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'});

# Cancelled or terminated in a wait, whichever it is, and while it runs.
for my $wait ([ 'a table', 'BEGIN; SELECT FROM ta', 'x_one' ], [ 'a row', 'BEGIN; UPDATE ta SET v = v WHERE i = 3', 'v1' ], [ 'inside a plan', 'BEGIN; SELECT FROM ta', 'p4' ], [ 'nothing', 'BEGIN; SELECT FROM tb', 'x_dead' ])
{
	for my $call (sort keys %call)
	{
		for my $how (qw(pg_cancel_backend pg_terminate_backend))
		{
			for my $delay (0, 0.05, 0.15, 0.7)
			{
				my $victim = MigrateSession->new($node, 'postgres');

				$holder->ask($wait->[1]);
				$victim->tell($call{$call}->($wait->[2]));
				sleep $delay;
				$sql->("SELECT $how($victim->{pid})");
				$holder->ask('COMMIT');
				$victim->answer;
				$victim->close;
			}
		}
	}
}
ok(wait_until($node, 'postgres', 'SELECT count(*) FROM migrate.progress', '0'), 'nobody migrates any more');
is($sql->('SELECT 1'), '1', 'the server is up');

$_->close for $holder, $runner, $other;
unlike(slurp_file($node->logfile), qr/TRAP|PANIC|WARNING|terminated by signal/, "nothing of it in the server's log");
$node->stop;
done_testing();
