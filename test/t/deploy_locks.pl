# A table that the application uses, and that a long transaction has read: the
# migration waits for that transaction, and no query of the application waits
# longer than migrate.lock_queue.  Who was in the way is in the log; what it is
# doing can be seen; and it can be stopped at any time.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $PROMPT = 15;    # seconds that count as "at once" on a machine that has much to do

my $node = migrate_node('main', conf => "max_connections = 20\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

$sql->(q{
	CREATE TABLE accounts AS SELECT i AS id FROM generate_series(1, 1000) i;
	CREATE ROLE stranger LOGIN;
	GRANT USAGE ON SCHEMA migrate TO stranger;
	GRANT SELECT ON migrate.progress, migrate.log TO stranger});
load_revisions($node, 'postgres',
	revision_file('r1', up => 'CREATE TABLE first (i int);', down => 'DROP TABLE first;'),
	revision_file('r2', revises => 'r1', message => "add a column", down => 'DROP TABLE second; ALTER TABLE accounts DROP balance;',
		up => "SET search_path = nowhere, public;\nCREATE TABLE second (i serial);\nALTER TABLE accounts\n  ADD balance int;"),
	revision_file('r3', revises => 'r2', up => 'CREATE INDEX CONCURRENTLY accounts_balance ON accounts (balance);',
		down => 'DROP INDEX CONCURRENTLY accounts_balance;'),
	revision_file('r4', revises => 'r3', up => "SET work_mem = '13MB';\nSELECT pg_sleep(1000) WHERE current_setting('test.hang', true) = 'on';\nCREATE TABLE last (i int);",
		down => 'DROP TABLE last;'));

my $holder = MigrateSession->new($node, 'postgres');
my $runner = MigrateSession->new($node, 'postgres');
my $reader = MigrateSession->new($node, 'postgres');
$holder->ask(q{SET client_min_messages = warning});

sub clean_session
{
	my ($name) = @_;

	is($runner->ask(q{SELECT current_setting('search_path'), current_setting('migrate.revision'), current_setting('migrate.direction'),
			current_setting('work_mem'), current_setting('lock_timeout'),
			(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'object')}),
		'"$user", public|||4MB|0|0', "$name: the session is as it was");
	is($sql->('SELECT count(*) FROM migrate.progress'), '0', "$name: nobody migrates");
	return;
}

# Reads as the application does, for so many seconds or until $until says true; the worst wait in seconds.
sub worst_wait
{
	my ($seconds, $until) = @_;
	my $end = time + $seconds;
	my ($worst, $n) = (0, 0);

	while (time < $end)
	{
		my $start = time;
		die $reader->{last_err} unless $reader->ask('SELECT count(*) FROM accounts') eq '1000';
		my $took = time - $start;
		$worst = $took if $took > $worst;
		last if $until && ++$n % 20 == 0 && $until->();
		sleep 0.005;
	}
	return $worst;
}

# What plain ALTER TABLE does, to know that this would be seen: everybody queues.
$holder->ask('BEGIN; SELECT FROM accounts LIMIT 1');
$runner->ask(q{SET migrate.lock_queue = '1h'});
$runner->tell(q{CALL migrate.deploy('r2')});
ok(wait_until($node, 'postgres', "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $runner->{pid}", 'Lock'), 'it waits for the table');
$reader->tell('SELECT count(*) FROM accounts');
ok(wait_until($node, 'postgres', "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $reader->{pid}", 'Lock'),
	'without a limit, who only reads waits as well');
sleep 1.5;
is($sql->("SELECT wait_event_type FROM pg_stat_activity WHERE pid = $reader->{pid}"), 'Lock', 'and waits');
$sql->("SELECT pg_cancel_backend($runner->{pid})");
$runner->answer;
is($runner->sqlstate, '57014', 'a deploy that waits for a table is cancelled');
is($reader->answer, '1000', 'and the reader reads');
clean_session('cancelled');
is($sql->(q{SELECT outcome, sqlstate, error_context ~ 'revision "r2" \(add a column\), upgrade, statement 3, line \d+$' FROM migrate.log WHERE revision = 'r2'}),
	'failed|57014|t', 'the log knows where');

# With one.
$runner->ask(q{SET migrate.lock_queue = '400ms'});
$runner->tell(q{CALL migrate.deploy('r2')});
my $worst = worst_wait(3);
note(sprintf('a reader waited for %.0f ms at most, lock_queue is 400 ms', 1000 * $worst));
cmp_ok($worst, '<', $PROMPT, 'the application does not wait for as long as the lock is wanted');
cmp_ok($worst, '>', 0.1, 'but it does wait: the lock was tried for');

# It can be seen from outside.
my $progress = sub { "SELECT action, revision, step, steps, statement, statements, phase, waiting_for FROM migrate.progress WHERE pid = $runner->{pid} AND phase = '$_[0]'" };
ok(wait_until($node, 'postgres', $progress->('waiting for a lock'),
		"upgrade|r2|1|1|3|3|waiting for a lock|{$holder->{pid}}", 30), 'migrate.progress says what it waits for');
like($sql->("SELECT query FROM pg_stat_activity WHERE pid = $runner->{pid}"),
	qr/^migrate: upgrade r2 \(1 of 1\), statement 3 of 3: ALTER TABLE accounts   ADD balance int$/, 'pg_stat_activity shows revision and statement');
is($node->safe_psql('postgres', 'SELECT pid, action IS NULL, sql IS NULL FROM migrate.progress', extra_params => [ '-U', 'stranger' ]),
	"$runner->{pid}|t|t", 'a stranger sees that somebody migrates, no more');
is($sql->(q{SELECT migrating_pid FROM migrate.status()}), $runner->{pid}, 'status() knows, too');
my $start = time;
$holder->ask('COMMIT');
$runner->answer;
is($runner->sqlstate, '', 'when the long transaction has ended it gets its lock');
like($runner->{last_err}, qr/revision "r2" waits for a lock, and holds none meanwhile\nDETAIL:  process $holder->{pid} of role \S+, application .* holds AccessShareLock on public\.accounts, idle in transaction, in a transaction that began \d+ s ago, query: /,
	'it has said who was in the way');
is($sql->(q{SELECT outcome, tries = 2, waited > '0.5 s', sqlstate IS NULL FROM migrate.log ORDER BY id DESC LIMIT 1}), 'done|t|t|t', 'the log counts the tries');
like($sql->('SELECT blocked_by FROM migrate.log ORDER BY id DESC LIMIT 1'), qr/^process $holder->{pid} of role \S+, application .* holds AccessShareLock on public\.accounts/, 'and names the one in the way');
clean_session('done');

# It gives up, in the end.
$runner->ask(q{SET client_min_messages = warning; CALL migrate.revert('r1'); SET client_min_messages = notice});
$holder->ask('BEGIN; SELECT FROM accounts LIMIT 1');
$runner->ask(q{SET migrate.lock_queue = '100ms'; SET migrate.lock_patience = '300ms'});
$runner->ask('CALL migrate.deploy()');
is($runner->sqlstate, '55P03', 'it gives up');
like($runner->{last_err}, qr/DETAIL:  It was tried 1 time in \d+ s; process $holder->{pid} of role .* holds AccessShareLock/, 'and says why');
is($sql->(qq{SELECT outcome, tries, sqlstate, blocked_by ~ 'process $holder->{pid}' FROM migrate.log ORDER BY id DESC LIMIT 1}), 'failed|1|55P03|t', 'so does the log');
is($sql->('SELECT migrate.current()'), 'r1', 'what was done before stays done');
clean_session('given up');

# A stop while it waits.  statement_timeout is none: that is for statements.
$runner->ask(q{RESET migrate.lock_patience; SET migrate.lock_queue = '50ms'; SET statement_timeout = '1s'});
$runner->tell('CALL migrate.deploy()');
ok(wait_until($node, 'postgres', "SELECT phase FROM migrate.progress WHERE pid = $runner->{pid}", 'waiting for a lock'), 'it waits');
sleep 2;
is($sql->("SELECT phase FROM migrate.progress WHERE pid = $runner->{pid}"), 'waiting for a lock', 'for longer than statement_timeout');
$start = time;
$sql->("SELECT pg_cancel_backend($runner->{pid})");
$runner->answer;
cmp_ok(time - $start, '<', $PROMPT, 'cancelled while it waits, it ends at once');
is($runner->sqlstate, '57014', 'with the code of a cancelled query');
$runner->ask('RESET statement_timeout');
is($sql->(q{SELECT outcome, sqlstate FROM migrate.log ORDER BY id DESC LIMIT 1}), 'failed|57014', 'it is in the log');
clean_session('cancelled while it waits');
$holder->ask('COMMIT');

# A stop while it builds an index.
$holder->ask('BEGIN; UPDATE accounts SET id = id');
$runner->tell(q{SET migrate.lock_queue = '3s'; CALL migrate.deploy('r2')});
ok(wait_until($node, 'postgres', "SELECT phase FROM migrate.progress WHERE pid = $runner->{pid} AND revision = 'r2'", 'waiting for a lock'), 'it waits for a writer');
$holder->ask('COMMIT');
$runner->answer;
$holder->ask('BEGIN; UPDATE accounts SET id = id');
$runner->tell(q{CALL migrate.deploy()});
ok(wait_until($node, 'postgres', "SELECT phase FROM migrate.progress WHERE pid = $runner->{pid} AND revision = 'r3'", 'waiting for a lock'), 'CREATE INDEX CONCURRENTLY waits for a writer');
like($sql->("SELECT phase FROM pg_stat_progress_create_index WHERE pid = $runner->{pid}"), qr/waiting for writers/, 'as the server says itself');
$sql->("SELECT pg_cancel_backend($runner->{pid})");
$runner->answer;
is($runner->sqlstate, '57014', 'and is cancelled');
like($runner->{last_err}, qr/DETAIL:  The index public\.accounts_balance is left behind, INVALID\./, 'which names what it leaves');
is($sql->(q{SELECT outcome, sqlstate, statements_done FROM migrate.log ORDER BY id DESC LIMIT 1}), 'half_done|57014|0', 'the log says half done');
clean_session('cancelled in an index');
$runner->tell(q{CALL migrate.deploy()});
ok(wait_until($node, 'postgres', "SELECT phase FROM migrate.progress WHERE pid = $runner->{pid}", 'waiting for a lock'), 'it goes on');
$start = time;
$sql->("SELECT pg_terminate_backend($runner->{pid})");
$runner->answer;
cmp_ok(time - $start, '<', $PROMPT, 'a deploy is terminated at once');
$runner->close;
is($sql->('SELECT outcome, (SELECT count(*) FROM migrate.progress) FROM migrate.log ORDER BY id DESC LIMIT 1'), 'running|0', 'and leaves its entry');
is($sql->('SELECT half_done FROM migrate.status()'), 'r3', 'which status() names');
$holder->ask('COMMIT');
is(sql_fails($node, 'postgres', 'SELECT migrate.upgrade()'), 'MG026', 'an atomic call is refused');

# The client goes away; since 14 the server can notice.
SKIP:
{
	skip 'this server does not look whether the client is there', 2
	  if $sql->('SHOW server_version_num') < 140000;
	$runner = MigrateSession->new($node, 'postgres');
	$runner->ask(q{SET client_connection_check_interval = '100ms'; SET test.hang = on});
	$runner->tell('CALL migrate.deploy()');
	ok(wait_until($node, 'postgres', 'SELECT revision FROM migrate.progress', 'r4'), 'the next one finishes the index, and hangs');
	$runner->kill9;
	ok(wait_until($node, 'postgres', 'SELECT count(*) FROM migrate.progress', '0', $PROMPT), 'until its client is gone');
}
$runner = MigrateSession->new($node, 'postgres');
$runner->ask('CALL migrate.deploy()');
is($runner->sqlstate, '', 'the next one goes on');
is($sql->(q{SELECT string_agg(outcome || ' ' || coalesce(sqlstate, ''), ', ' ORDER BY id) FROM migrate.log WHERE revision IN ('r3', 'r4')}),
	$sql->('SHOW server_version_num') < 140000 ? 'done , done ' : 'done , failed MG026, done ', 'to the end; what the client left behind is failed');
is($sql->(q{SELECT indisvalid FROM pg_index WHERE indexrelid = 'accounts_balance'::regclass}), 't', 'the index is there');
clean_session('all');

$_->close for $runner, $reader, $holder;
unlike(slurp_file($node->logfile), qr/TRAP|PANIC|WARNING|terminated by signal/, "nothing of it in the server's log");
$node->stop;
done_testing();
