# An upgrade that is cancelled, times out or loses its client, while it runs or
# while it waits for another, ends at once and leaves nothing behind, neither in
# the tables nor in the session, which can be used again.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $PROMPT = 15;    # seconds that count as "at once" on a machine that has much to do

my $node = migrate_node('main');
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

# Its second revision hangs, unless the setting says otherwise.
load_revisions($node, 'postgres', revision_chain('r', 3,
	up => sub {
		my ($i) = @_;
		my $hang = "SELECT pg_sleep(1000) WHERE current_setting('test.hang', true) = 'on';\n";
		return ($i == 2 ? "SET search_path = nowhere;\n$hang" : '') . "CREATE TABLE public.t$i (i int);";
	},
	down => sub { "DROP TABLE public.t$_[0];" }));

my $NOTHING = q{
	SELECT (SELECT count(*) FROM migrate.version), (SELECT count(*) FROM migrate.log),
		(SELECT count(*) FROM pg_tables WHERE tablename ~ '^t\d$'), (SELECT migrating_pid FROM migrate.status())};

sub hangs
{
	my ($pid, $what) = @_;

	return ok(wait_until($node, 'postgres',
		"SELECT wait_event FROM pg_stat_activity WHERE pid = $pid AND state = 'active'", $what), "it is in $what");
}

# What the session says of itself, without asking the tables.
sub clean_session
{
	my ($session, $name) = @_;

	is($session->ask(q{SELECT count(*) FROM migrate.current()}), '0', "$name: current() is what is committed");
	is($session->ask(q{SELECT current_setting('search_path'), current_setting('migrate.revision', true),
			current_setting('lock_timeout')}), '"$user", public||0', "$name: settings are back");
	return is($sql->($NOTHING), '0|0|0|', "$name: nothing is left");
}

sub undo
{
	my ($session) = @_;

	$session->ask(q{SET client_min_messages = warning; SELECT migrate.downgrade('base')});
	return $sql->('TRUNCATE migrate.log');
}

# In the middle of a revision.
my $runner = MigrateSession->new($node, 'postgres');
$runner->ask('SET test.hang = on');
$runner->tell(q{SELECT migrate.upgrade('head')});
hangs($runner->{pid}, 'PgSleep');
my $start = time;
$sql->("SELECT pg_cancel_backend($runner->{pid})");
$runner->answer;
cmp_ok(time - $start, '<', $PROMPT, 'a running upgrade is cancelled at once');
is($runner->sqlstate, '57014', 'with the code of a cancelled query');
like($runner->{last_err}, qr/CONTEXT:.*revision "r0002" \(step 2\), upgrade, statement 2, line/s, 'and the place');
clean_session($runner, 'cancelled');

# By a timeout.
$runner->ask(q{SET statement_timeout = '300ms'});
$runner->ask(q{SELECT migrate.upgrade('head')});
is($runner->sqlstate, '57014', 'statement_timeout ends a running upgrade');
$runner->ask('RESET statement_timeout');
clean_session($runner, 'timed out');

# Caught by a block of PL/pgSQL, the transaction goes on.
$runner->ask(q{SET test.hang = off});
is($runner->ask(q{
	SET statement_timeout = '300ms';
	BEGIN;
	DO $$ BEGIN
		SET LOCAL test.hang = on;
		PERFORM migrate.upgrade('head');
	EXCEPTION WHEN query_canceled THEN NULL;
	END $$;
	SET LOCAL statement_timeout = 0;
	SELECT count(*) FROM migrate.current();
	SELECT migrate.upgrade('+1');
	COMMIT;
	RESET statement_timeout}), "0\nr0001", 'an error that is caught leaves nothing, and the next call works');
undo($runner);
$runner->ask(q{SET test.hang = on; SET client_min_messages = notice});

# While it waits.  The one that runs is not disturbed.
$runner->tell(q{SELECT migrate.upgrade('head')});
hangs($runner->{pid}, 'PgSleep');
my $waiter = MigrateSession->new($node, 'postgres');
$waiter->tell(q{SELECT migrate.upgrade('head')});
hangs($waiter->{pid}, 'object');
$start = time;
$sql->("SELECT pg_cancel_backend($waiter->{pid})");
$waiter->answer;
cmp_ok(time - $start, '<', $PROMPT, 'a waiting upgrade is cancelled at once');
is($waiter->sqlstate, '57014', 'with the code of a cancelled query');
is($waiter->ask('SHOW lock_timeout'), '0', 'lock_timeout is what it was');

$waiter->ask(q{SET statement_timeout = '300ms'; SELECT migrate.upgrade('head')});
is($waiter->sqlstate, '57014', 'statement_timeout ends the waiting');
$waiter->ask(q{RESET statement_timeout; SET migrate.wait_timeout = '300ms'; SET lock_timeout = '1ms'; SELECT migrate.upgrade('head')});
is($waiter->sqlstate, 'MG025', 'migrate.wait_timeout does, with a code of its own');
is($waiter->ask('SHOW lock_timeout'), '1ms', 'and lock_timeout is what it was');
$start = time;
$waiter->ask(q{SET migrate.wait_timeout = -1; SELECT migrate.upgrade('head')});
is($waiter->sqlstate, 'MG025', 'waiting is refused');
$waiter->ask(q{RESET migrate.wait_timeout; RESET lock_timeout});

# The one that runs is terminated; the one that waits gets its turn.
$waiter->tell(q{SELECT migrate.upgrade('head')});
hangs($waiter->{pid}, 'object');
$sql->("SELECT pg_terminate_backend($runner->{pid})");
is($waiter->answer, 'r0003', 'the waiting session migrates when the running one is terminated');
is($sql->('SELECT count(DISTINCT backend_pid), count(*) FROM migrate.log'), '1|3', 'it did all of it');
undo($waiter);
$runner->close;

# Two that wait for each other: the one that came last finds it out, as for any
# other lock.  (The first has looked before there was anything to find.)
$sql->('CREATE TABLE contested (i int)');
$runner = MigrateSession->new($node, 'postgres');
$waiter->ask('BEGIN; LOCK TABLE contested');
$runner->ask(q{SET test.hang = off; BEGIN; SELECT migrate.upgrade('+1')});
$runner->tell('LOCK TABLE contested');
hangs($runner->{pid}, 'relation');
sleep 2;
$start = time;
$waiter->ask(q{SELECT migrate.upgrade('head')});
is($waiter->sqlstate, '40P01', 'a deadlock is found');
cmp_ok(time - $start, '<', $PROMPT, 'at once');
$waiter->ask('ROLLBACK');
$runner->answer;
is($runner->sqlstate, '', 'and the other goes on');
$runner->ask('COMMIT');
undo($waiter);
$runner->close;

# A client dies in its transaction, after the upgrade.
$runner = MigrateSession->new($node, 'postgres');
$runner->ask(q{BEGIN; SELECT migrate.upgrade('head')});
$waiter->tell(q{SET client_min_messages = notice; SELECT migrate.upgrade('head')});
hangs($waiter->{pid}, 'object');
$start = time;
$runner->kill9;
is($waiter->answer, 'r0003', 'the next one migrates when a client was killed');
cmp_ok(time - $start, '<', $PROMPT, 'at once');
is($sql->('SELECT count(DISTINCT backend_pid), count(*) FROM migrate.log'), '1|3', 'the killed one did nothing');
undo($waiter);

# A client dies while its upgrade runs; since 14 the server can notice.
SKIP:
{
	skip 'this server does not look whether the client is there', 2
	  if $sql->('SHOW server_version_num') < 140000;

	$runner = MigrateSession->new($node, 'postgres');
	$runner->ask(q{SET client_connection_check_interval = '100ms'; SET test.hang = on});
	$runner->tell(q{SELECT migrate.upgrade('head')});
	hangs($runner->{pid}, 'PgSleep');
	$runner->kill9;
	ok(wait_until($node, 'postgres', $NOTHING, '0|0|0|', $PROMPT), 'the upgrade of a killed client ends');
}

# Sessions that end in the middle of a revision: the timer that watches for locks, every ms here, must
# not outlive what it looks at.  Most of them are gone before it fires, so there are many.
load_revisions($node, 'postgres',
	"-- Revision ID: ends\n-- Revises: r0003\n-- migrate:up\nSELECT pg_terminate_backend(pg_backend_pid());\nSELECT pg_sleep(1000);\n" .
	"-- migrate:down\nSELECT 1;\n");
for (1 .. 150)
{
	$node->psql('postgres', q{SET migrate.lock_queue = '1ms'; SELECT migrate.upgrade('head')});
}
is($sql->($NOTHING), '0|0|0|', 'sessions that are terminated leave nothing behind, and the server runs');
$sql->(q{SELECT migrate.remove('ends')});

# Interrupts at any moment: whatever it was doing, all or nothing.
load_revisions($node, 'postgres', map { s/^(-- Revises: )$/$1r0003/mr } revision_chain('s', 60,
	up => sub { "CREATE TABLE public.s$_[0] AS SELECT generate_series(1, 100) AS i;\nANALYZE public.s$_[0];" },
	down => sub { "DROP TABLE public.s$_[0];" }));
my ($interrupted, $done, $torn) = (0, 0, 0);
$waiter->ask('SET client_min_messages = warning');
$start = time;
$waiter->ask(q{SELECT migrate.upgrade('head')});
my $whole = 1000 * (time - $start);
undo($waiter);
$runner = MigrateSession->new($node, 'postgres');
for my $ms (map { 1 + int($whole * $_ / 55) } 0 .. 59)
{
	$waiter->tell(q{SELECT migrate.upgrade('head')});
	sleep $ms / 1000;
	$runner->ask("SELECT pg_cancel_backend($waiter->{pid})");
	$waiter->answer;
	$waiter->sqlstate eq '' ? $done++ : $interrupted++;
	diag($waiter->{last_err}) unless $waiter->sqlstate =~ /^(57014)?$/;
	my $state = $waiter->ask(q{SELECT array_to_string(ARRAY(SELECT migrate.current()), ' '), (SELECT count(*) FROM migrate.log),
			(SELECT count(*) FROM pg_tables WHERE tablename ~ '^[st]\d+$')});
	$torn++ unless $state eq ($waiter->sqlstate eq '' && $state =~ /^s0060/ ? 's0060|63|63' : '|0|0');
	undo($waiter) if $state =~ /^s/;
}
note("$interrupted interrupted, $done done");
cmp_ok($interrupted, '>', 0, 'some upgrades were interrupted');
is($torn, 0, 'and each of them did all or nothing');
is($waiter->ask(q{SELECT migrate.upgrade('head')}), 's0060', 'the session that was interrupted migrates');
is($sql->('SELECT migrate.check_heads()'), 't', 'to the end');

$_->close for $waiter, $runner;
$node->stop;
done_testing();
