# A table that somebody holds in a long transaction while the application goes
# on using it: the migration waits for the holder and not in the queue, so the
# application does not notice, whoever the holder is and whichever call it was.
#
# How long the application's worst query takes is compared with how long the
# table is held, which does not depend on the machine.  With MIGRATE_STALL=all,
# every call under every kind of load, and in milliseconds: at most 150 over
# the worst before the call, and done at most 1000 after the last holder left.
# That takes a machine with nothing else to do; the best of three runs counts.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $all = ($ENV{MIGRATE_STALL} // '') eq 'all';
my $HOLD = 3;                  # seconds
my $BEFORE = $all ? 2 : 0.5;   # seconds of the application alone
my $node = migrate_node('main', conf => "max_prepared_transactions = 5\nmax_connections = 40\nautovacuum_naptime = 1s\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };
my $dir = $node->basedir;

$sql->(q{
	CREATE TABLE ta (i int PRIMARY KEY, v int); INSERT INTO ta SELECT i, 0 FROM generate_series(1, 1000) i;
	CREATE TABLE tb (i int PRIMARY KEY, v int); INSERT INTO tb SELECT i, 0 FROM generate_series(1, 1000) i;
	ALTER TABLE ta SET (autovacuum_enabled = off); ALTER TABLE tb SET (autovacuum_enabled = off);
	CREATE TABLE bulk AS SELECT repeat(i::text, 100) AS t FROM generate_series(1, 10000) i; CREATE UNLOGGED TABLE gate (i int)});
load_revisions($node, 'postgres',
	revision_file('r1', up => "CREATE TABLE made (i int REFERENCES ta);\nALTER TABLE tb ADD w int;\nALTER TABLE ta ADD w int;",
		down => "ALTER TABLE ta DROP w;\nALTER TABLE tb DROP w;\nDROP TABLE made;"));

# What the application does: reads both tables, in the other order than the revision has them.
my %load = (
	'forty a second' => [ 2, "SELECT FROM tb LIMIT 1;\nSELECT v FROM ta LIMIT 1;\n\\sleep 50 ms\n" ],
	'full speed' => [ 4, "SELECT v FROM ta WHERE i = 7;\n" ],
	'overlapping transactions' => [ 4, "BEGIN;\nSELECT FROM tb LIMIT 1;\n\\sleep 30 ms\nSELECT FROM ta LIMIT 1;\nCOMMIT;\n" ]);
# A dump whose reader is slow: it stands still in the middle, having locked all tables, until it may go on.
my $dump;
my $begin_dump = sub {
	$dump = IPC::Run::start([ 'sh', '-c', 'pg_dump -d "$1" | { while [ ! -e "$2" ]; do sleep 0.02; done; cat >/dev/null; }', 'dump',
			$node->connstr('postgres'), "$dir/go_on" ], '<', '/dev/null');
	ok(wait_until($node, 'postgres', q{SELECT count(*) FROM pg_stat_activity WHERE query ~ '^COPY public.bulk' AND state = 'active'}, '1'), 'a dump runs');
};
my $end_dump = sub {
	append_to_file("$dir/go_on", '');
	$dump->finish;
	unlink "$dir/go_on";
};
# Who holds a table: how it begins, and how it ends.
my %holder = (
	'a long reader' => [
		sub { $sql->('INSERT INTO gate VALUES (1)'); $_[0]->tell('DO $$ BEGIN PERFORM count(*) FROM ta; WHILE EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$') },
		sub { $sql->('DELETE FROM gate'); $_[0]->answer } ],
	'a transaction that is idle' => [ 'BEGIN; SELECT count(*) FROM ta', 'COMMIT' ],
	'a transaction that takes the other table later' => [ 'BEGIN; SELECT count(*) FROM tb', 'SELECT count(*) FROM ta; COMMIT' ],
	'a writer' => [ 'BEGIN; UPDATE ta SET v = v + 1 WHERE i = 3', 'COMMIT' ],
	'a dump' => [ $begin_dump, $end_dump ],
	# which gives way to whoever waits for it for deadlock_timeout
	'an autovacuum' => [ 'UPDATE ta SET v = v + 1; UPDATE ta SET v = v + 1; UPDATE ta SET v = v + 1; ALTER TABLE ta SET (autovacuum_enabled = on, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
			autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0)', '' ],
	'a prepared transaction' => [ "BEGIN; UPDATE tb SET v = v + 1 WHERE i = 3; PREPARE TRANSACTION 'held'", "COMMIT PREPARED 'held'" ]);
my %call = (upgrade => q{SELECT migrate.upgrade('head')}, deploy => q{CALL migrate.deploy('head')},
	downgrade => q{SELECT migrate.downgrade('base')}, revert => q{CALL migrate.revert('base')});
my @up = qw(deploy upgrade);

# Runs the call while the table is held and the application works.  Returns the
# application's worst transaction in seconds, the worst one before the call, and
# how long after the end of the hold the call was done.
sub stall
{
	my ($call, $holder, $load, $settings) = @_;
	my ($clients, $script) = @{ $load{$load} };
	my ($begin, $end) = @{ $holder{$holder} };
	my $session = MigrateSession->new($node, 'postgres');
	my $hold = MigrateSession->new($node, 'postgres');

	# to files: nobody reads a pipe meanwhile
	open my $file, '>', "$dir/load.sql" or die "load.sql: $!";
	print $file $script;
	close $file or die "load.sql: $!";
	$session->ask("SET client_min_messages = warning; $settings");
	$session->ask($call{upgrade}) unless grep { $_ eq $call } @up;
	ref $begin ? $begin->($hold) : $hold->ask($begin);
	ok(wait_until($node, 'postgres', q{SELECT count(*) FROM pg_stat_activity WHERE query ~ '^autovacuum: VACUUM.* public\.ta$'}, '1'), "$call, $holder, $load: it runs")
	  if $holder eq 'an autovacuum';
	my $bench = IPC::Run::start([ 'pgbench', '-n', '-c', $clients, '-T', int($BEFORE + $HOLD + 2.5), '-f', "$dir/load.sql", '-l',
			'--log-prefix', "$dir/stall", '-d', $node->connstr('postgres') ], '<', '/dev/null', '>', "$dir/pgbench.out", '2>', "$dir/pgbench.err");
	ok(wait_until($node, 'postgres', "SELECT count(*) >= $clients FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid NOT IN (pg_backend_pid(), $session->{pid}, $hold->{pid})", 't'),
		"$call, $holder, $load: the application works");
	sleep $BEFORE;
	my $told = time;
	$session->tell($call{$call});
	sleep $HOLD - 1;
	ref $end ? $end->($hold) : $hold->ask($end);
	my $start = time;
	$session->answer;
	my $late = time - $start;
	is($session->{last_err}, '', "$call, $holder, $load: it is done");
	$bench->finish;
	my ($worst, $before) = (0, 0);
	for my $log (glob("\Q$dir\E/stall.*"))
	{
		for (split /\n/, slurp_file($log))
		{
			my ($us, $s, $rest) = (split)[ 2, 4, 5 ];
			next unless $us =~ /^\d+$/;
			my $in = $s + $rest / 1e6 < $told ? \$before : \$worst;
			$$in = $us / 1e6 if $us / 1e6 > $$in;
		}
		unlink $log;
	}
	is(slurp_file("$dir/pgbench.err") =~ /(ERROR|aborted|deadlock).*/ ? $1 : '', '', "$call, $holder, $load: no transaction of the application fails");
	is($sql->('SELECT count(*) FROM pg_attribute WHERE attname = $$w$$ AND NOT attisdropped'), (grep { $_ eq $call } @up) ? '2' : '0', "$call, $holder, $load: it has been done");
	$session->ask('RESET client_min_messages; SET migrate.lock_queue = 1000; ALTER TABLE ta SET (autovacuum_enabled = off); CALL migrate.revert($$base$$)');
	$_->close for $session, $hold;
	note(sprintf('%s, %s, %s: worst %.0f ms, before it %.0f ms, done %.0f ms after the hold', $call, $holder, $load,
			1000 * $worst, 1000 * $before, 1000 * $late));
	return ($worst, $before, $late);
}

my @loads = sort keys %load;
my $n = 0;
for my $holder (sort keys %holder)
{
	my $one = $up[ $n % @up ];

	for my $call (sort keys %call)
	{
		# where there is little time each holder meets one call, one of them all
		next if !$all && $holder ne 'a transaction that is idle' && $call ne $one;
		for my $load ($all ? @loads : $loads[ $n++ % @loads ])
		{
			my ($worst, $before, $late) = stall($call, $holder, $load, '');
			for (2 .. 3)
			{
				# a machine that has much to do can stand still by itself, but not three times
				last if $all ? $worst - $before <= 0.15 && $late <= 1 : $worst < ($HOLD - 1) / 2;
				($worst, $before, $late) = stall($call, $holder, $load, '');
			}
			cmp_ok($worst, '<', ($HOLD - 1) / 2, "$call, $holder, $load: the application does not wait with it");
			next unless $all;
			cmp_ok($worst - $before, '<=', 0.15, "$call, $holder, $load: its worst is not much worse than before");
			cmp_ok($late, '<=', 1, "$call, $holder, $load: it is soon done");
		}
	}
}
is($sql->(q{SELECT count(*) > 0 AND bool_and(waited > '0' AND blocked_by ~ 'holds \w+ on |has locked rows') FROM migrate.log
		WHERE tries > 1 AND blocked_by IS NOT NULL}), 't', 'the log says for whom it waited, and for how long');

# Transactions of the application that lock the tables in the other order, by rows and
# by reading, beside one revision after another: none fails.
my $crossing = 1000;
open my $file, '>', "$dir/crossing.sql" or die "crossing.sql: $!";
print $file "BEGIN;\nUPDATE tb SET v = v + 1 WHERE i = :client_id + 1;\n\\sleep 5 ms\nSELECT sum(v) FROM ta;\n",
  "UPDATE ta SET v = v + 1 WHERE i = :client_id + 1;\nCOMMIT;\n\\sleep 5 ms\n";
close $file or die "crossing.sql: $!";
my $bench = IPC::Run::start([ 'pgbench', '-n', '-c', 4, '-t', $crossing / 4, '-f', "$dir/crossing.sql", '-d', $node->connstr('postgres') ],
	'<', '/dev/null', '>', "$dir/pgbench.out", '2>', "$dir/pgbench.err");
my $calls = MigrateSession->new($node, 'postgres');
my ($ran, @failed) = (0);
$calls->ask('SET client_min_messages = warning');
while ($sql->("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid NOT IN (pg_backend_pid(), $calls->{pid})") ne '0')
{
	for my $call (qw(deploy downgrade upgrade revert))
	{
		$calls->ask($call{$call});
		push @failed, "$call: $calls->{last_err}" if $calls->{last_err} ne '';
		$ran++;
	}
}
$bench->finish;
$calls->close;
is_deeply(\@failed, [], 'crossing transactions: no call fails');
like(slurp_file("$dir/pgbench.out"), qr{actually processed: $crossing/$crossing\b}, 'and none of them');
is(slurp_file("$dir/pgbench.err") =~ /(ERROR|aborted|deadlock).*/ ? $1 : '', '', 'nor does one say so');
note("$crossing crossing transactions beside $ran calls");

# The control: who queues makes everybody wait.
for my $call (@up)
{
	my ($worst, $before) = stall($call, 'a long reader', 'forty a second', q{SET migrate.lock_queue = '3s'});
	cmp_ok($worst, '>', ($HOLD - 1) / 2, "$call in the queue: the application waits with it");
	cmp_ok($worst - $before, '>', 0.15, "$call in the queue: its worst is much worse than before");
}

# Patience has an end, which names the holder.
my $hold = MigrateSession->new($node, 'postgres');
$hold->ask(q{SET application_name = 'the holder'; BEGIN; SELECT count(*) FROM ta});
for my $call (@up)
{
	my $session = MigrateSession->new($node, 'postgres');

	$session->ask(qq{SET migrate.lock_patience = '1s'; $call{$call}});
	is($session->sqlstate, '55P03', "$call: patience has an end");
	like($session->{last_err}, qr/DETAIL:  It was tried 1 time in \d+ s; process $hold->{pid} of role \S+, application 'the holder', holds AccessShareLock on public\.ta, idle in transaction, in a transaction that began \d+ s ago, query: .*HINT:  End those transactions.*CONTEXT:  (?:waiting for [^\n]*\n)?SQL statement "ALTER TABLE ta ADD w int"/s,
		"$call: and names who was in the way");
	like($session->{last_err}, qr/NOTICE:  .* waits for a lock, and holds none meanwhile\nDETAIL:  process $hold->{pid} /, "$call: which was said at once");
	$session->close;
}
is($sql->('SELECT count(*) FROM migrate.current()'), '0', 'nothing is left of them');

# Those in the way are sent away only when that was asked for.
my $session = MigrateSession->new($node, 'postgres');
$session->ask(qq{SET client_min_messages = warning; SET migrate.lock_blockers = 'terminate'; SET migrate.lock_blockers_after = '200ms'; $call{upgrade}});
is($session->{last_err}, '', 'with lock_blockers = terminate it gets its locks');
ok(wait_until($node, 'postgres', "SELECT count(*) FROM pg_stat_activity WHERE pid = $hold->{pid}", '0'), 'the holder is gone');
like($sql->(q{SELECT blocked_by FROM migrate.log ORDER BY id DESC LIMIT 1}), qr/; terminated: process $hold->{pid}$/, 'and the log says so');
$hold->close;

# An autovacuum or a session of somebody else is left alone by those who may not stop it.
$sql->(q{CREATE ROLE deployer LOGIN; GRANT deployer TO CURRENT_USER; ALTER TABLE ta OWNER TO deployer; ALTER TABLE tb OWNER TO deployer;
	ALTER TABLE made OWNER TO deployer; GRANT USAGE ON SCHEMA migrate TO deployer; GRANT EXECUTE ON FUNCTION migrate.downgrade TO deployer});
$hold = MigrateSession->new($node, 'postgres');
$hold->ask('BEGIN; SELECT count(*) FROM ta');
my $other = MigrateSession->new($node, 'postgres', options => [ '-U', 'deployer' ]);
$other->ask(q{SET migrate.lock_blockers = 'terminate'; SET migrate.lock_blockers_after = 0; SET migrate.lock_patience = '1s'; SELECT migrate.downgrade('base')});
is($other->sqlstate, '55P03', 'who may not end the session waits');
is($hold->ask('SELECT 1'), '1', 'which goes on');
$_->close for $other, $hold;

# lock_timeout of a role leaves no index half done: CONCURRENTLY waits in nobody's way.
load_revisions($node, 'postgres', revision_file('r2', revises => 'r1', up => 'CREATE INDEX CONCURRENTLY ta_v ON ta (v);', down => 'DROP INDEX CONCURRENTLY ta_v;'));
$hold = MigrateSession->new($node, 'postgres');
$hold->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tb');
$session->ask('SET lock_timeout = 100');
$session->tell('CALL migrate.deploy()');
ok(wait_until($node, 'postgres', "SELECT phase FROM migrate.progress WHERE pid = $session->{pid}", 'waiting for a lock'), 'an index waits for an old snapshot');
sleep 1;
$hold->ask('COMMIT');
$session->answer;
is($session->{last_err}, '', 'and gets built');
is($session->ask('SHOW lock_timeout'), '100ms', 'lock_timeout is what it was');
is($sql->(q{SELECT indisvalid FROM pg_index WHERE indexrelid = 'ta_v'::regclass}), 't', 'it is valid');
$hold->close;

# A lock_timeout that the revision sets itself is how long it waits, as psql would; that of the session is not.
load_revisions($node, 'postgres', revision_file('q1', up => "SET lock_timeout = '600ms';\nALTER TABLE ta ADD q int;", down => 'SELECT 1;'));
$hold = MigrateSession->new($node, 'postgres');
$hold->ask('BEGIN; SELECT count(*) FROM ta');
for my $call (q{SELECT migrate.upgrade('q1')}, q{CALL migrate.deploy('q1')})
{
	my $start = time;

	$session->ask("RESET lock_timeout; RESET migrate.lock_blockers; $call");
	is($session->sqlstate, '55P03', "$call: a lock_timeout of the revision ends the wait");
	cmp_ok(time - $start, '<', 5, "$call: soon");
	like($session->{last_err}, qr/HINT:  End those transactions and try again\. The revision sets lock_timeout/, "$call: and the hint says so");
}
$hold->close;
$session->ask(q{SELECT migrate.remove('q1'); SET lock_timeout = 100});

# statement_timeout is that of each statement.
load_revisions($node, 'postgres', revision_file('s1', revises => 'r2', up => "SELECT pg_sleep(2);\nSELECT pg_sleep(2);", down => 'SELECT pg_sleep(2);'),
	revision_file('s2', revises => 's1', up => "SELECT pg_sleep(2);\nSET statement_timeout = '100ms';\nSELECT pg_sleep(30);", down => 'SELECT 1;'));
$session->ask(q{RESET lock_timeout; SET statement_timeout = '5s'; SELECT migrate.upgrade('s1'); CALL migrate.revert('r2'); CALL migrate.deploy('s1')});
is($session->{last_err}, '', 'revisions may take longer than statement_timeout');
$session->ask('SELECT migrate.upgrade()');
is($session->sqlstate, '57014', 'a statement may not');
like($session->{last_err}, qr/revision "s2".*statement 3/, 'nor longer than what the revision says');
$session->close;

unlike(slurp_file($node->logfile), qr/TRAP|PANIC|deadlock|terminated by signal/, "nothing of it in the server's log");
$node->stop;
done_testing();
