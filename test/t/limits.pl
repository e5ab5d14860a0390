# The limits of a server, met in the middle of an upgrade: memory, places in the
# lock table, time, connections.  The answer is PostgreSQL's error with the
# revision that met it; nothing of an atomic upgrade is left; and when there is
# room the next call does it.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = migrate_node('main', conf => "autovacuum = off\nmax_connections = 10\nsuperuser_reserved_connections = 1\nmax_locks_per_transaction = 10\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

# What a call says, with the settings before it.
sub says
{
	my ($call, $settings) = @_;
	my (undef, undef, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$settings\n$call");
	return $error =~ s/^.*NOTICE:.*\n|^LOCATION:.*\n?//gmr;
}

# --- places in the lock table ------------------------------------------------------

# 5,000 tables in 100 revisions, or all in one; the lock table has some three hundred places.
sub tables
{
	my ($from, $to) = @_;
	return join "\n", map { "CREATE TABLE t$_ ();" } $from .. $to;
}
my $previous = '';
my @files;
for my $i (1 .. 100)
{
	push @files, revision_file("m$i", revises => $previous, up => tables($i * 50 - 49, $i * 50),
		down => join "\n", map { "DROP TABLE t$_;" } $i * 50 - 49 .. $i * 50);
	$previous = "m$i";
}
load_revisions($node, 'postgres', @files);
my $start = time;
my $error = says('SELECT migrate.upgrade();', "SET statement_timeout = '300s';");
note sprintf('out of locks after %.1f s', time - $start);
like($error, qr/ERROR:  53200: out of shared memory/, '5,000 tables in one transaction do not fit in a small lock table');
like($error, qr/HINT:.*max_locks_per_transaction/, 'the hint names the setting');
like($error, qr/HINT:.*migrate\.(?:deploy|upgrade)\(/, 'and what to do without touching it');
like($error, qr/CONTEXT:.*revision "m\d+".*statement \d+, line \d+/s, 'the context says where it was');
is($sql->('SELECT count(*) FROM migrate.current()'), '0', 'nothing is applied');
is($sql->(q{SELECT count(*) FROM pg_class WHERE relname ~ '^t\d+$'}), '0', 'nothing is left');
$start = time;
is(says('CALL migrate.deploy();', ''), '', 'online, with a transaction for each revision, it does');
note sprintf('5,000 tables by deploy: %.1f s', time - $start);
is($sql->('SELECT migrate.current(), (SELECT count(*) FROM pg_class WHERE relname ~ $$^t\d+$$)'), 'm100|5000', 'all 5,000 are there');
like(says("SELECT migrate.downgrade('base');", ''), qr/53200.*HINT:.*max_locks_per_transaction/s, 'a downgrade says the same');
is($sql->('SELECT migrate.current()'), 'm100', 'and leaves everything');
is(says("CALL migrate.revert('base');", ''), '', 'online it goes down, too');

# --- time --------------------------------------------------------------------------

$sql->(q{SELECT migrate.stamp('base', purge => true)});
load_revisions($node, 'postgres',
	revision_file('s1', up => 'CREATE TABLE quick ();', down => 'DROP TABLE quick;'),
	revision_file('s2', revises => 's1', up => "CREATE TABLE slow ();\nSELECT pg_sleep(60);", down => 'DROP TABLE slow;'));
$start = time;
$error = says("SELECT migrate.upgrade('s2');", "SET statement_timeout = '3s';");
cmp_ok(time - $start, '<', 30, 'statement_timeout stops the whole call');
like($error, qr/57014.*CONTEXT:.*revision "s2".*statement 2, line \d+/s, 'and says where it was');
is($sql->(q{SELECT (SELECT count(*) FROM migrate.current()), to_regclass('quick')}), '0|', 'nothing is left of it');
$error = says("CALL migrate.deploy('s2');", "SET statement_timeout = '3s';");
like($error, qr/57014.*CONTEXT:.*revision "s2".*statement 2, line \d+/s, 'statement_timeout stops a deploy');
is($sql->(q{SELECT migrate.current(), to_regclass('quick'), to_regclass('slow')}), 's1|quick|', 'which keeps what was committed');
is($sql->(q{SELECT revision, outcome, sqlstate FROM migrate.log ORDER BY id DESC LIMIT 1}), 's2|failed|57014', 'and the log says how it ended');

# While a revision runs the session is not idle, whatever it waits for.
$sql->(q{SELECT migrate.edit('s2', upgrade => 'SELECT pg_sleep(4); CREATE TABLE slow ();')});
my $idle = "SET idle_in_transaction_session_timeout = '2s';\n";
$idle .= "SET idle_session_timeout = '2s';\n" if $sql->('SHOW server_version_num') >= 140000;
$idle .= "SET transaction_timeout = '60s';\n" if $sql->('SHOW server_version_num') >= 170000;
is(says("SELECT migrate.upgrade('s2');", $idle), '', 'idle timeouts do not meet a running upgrade');
is(says("CALL migrate.revert('s1'); CALL migrate.deploy('s2');" =~ s/; /;\n/gr, $idle), '', 'nor a deploy');
# A caller who falls asleep in his transaction loses it, and what it did.
my $sleeper = MigrateSession->new($node, 'postgres');
$sleeper->ask(q{SET client_min_messages = warning; SET idle_in_transaction_session_timeout = '2s'; BEGIN; SELECT migrate.downgrade('s1')});
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE state = 'idle in transaction'}), 'a caller idle in its transaction is ended');
is($sql->(q{SELECT migrate.current(), to_regclass('slow')}), 's2|slow', 'with what it did');
is(sql_fails($node, 'postgres', q{SELECT migrate.downgrade('s1')}), '', 'its lock is gone');

# --- connections ---------------------------------------------------------------------

# An upgrade needs its own connection and no other: with all taken it runs on.
$sql->('CREATE ROLE somebody LOGIN');
my @held;
for (my $tries = 0; @held < 10 && $tries < 100; $tries++)
{
	# a session of before may still have its place
	my $session = eval { MigrateSession->new($node, 'postgres') };
	push @held, $session if $session;
	Time::HiRes::sleep(0.1) if !$session;
}
my ($status, undef, $said) = $node->psql('postgres', 'SELECT 1');
isnt($status, 0, 'all connections are taken') and like($said, qr/too many clients|remaining connection slots/, 'and the server says so');
is($held[0]->ask(q{SET client_min_messages = warning; SELECT migrate.upgrade('s2')}), 's2', 'who is connected upgrades');
is($held[0]->ask(q{CALL migrate.revert('s1'); SELECT migrate.current()}), 's1', 'and reverts');
$_->close for @held;
$node->poll_query_until('postgres', 'SELECT count(*) < 3 FROM pg_stat_activity WHERE backend_type = $$client backend$$');

# --- memory --------------------------------------------------------------------------

SKIP:
{
	skip 'the sanitizer ends the process', 6 if is_sanitized();
	skip 'there is no prlimit here', 6 if system('prlimit --version >/dev/null 2>&1') != 0;
	$sql->(q{SELECT migrate.load($f$-- much
--
-- Revision ID: s3
-- Revises: s2

-- migrate:up
CREATE TABLE before ();
DO $$ DECLARE a text := repeat('x', 1000000); b text[]; BEGIN
	FOR i IN 1 .. 400 LOOP b := b || (a || i); END LOOP;
END $$;

-- migrate:down
DROP TABLE before;
$f$)});
	my $session = MigrateSession->new($node, 'postgres');
	my $pid = $session->ask('SELECT pg_backend_pid()');
	$session->ask('SET client_min_messages = warning');
	my ($size) = slurp_file("/proc/$pid/statm") =~ /^(\d+)/;
	my $limit = sub { system('prlimit', '--pid', $pid, "--as=$_[0]:unlimited") == 0 or die 'prlimit failed' };

	$limit->(($size * 4096) + 200 * 1024 * 1024);
	$session->ask(q{SELECT migrate.upgrade('s3')});
	like($session->{last_err}, qr/out of memory/, 'an upgrade that runs out of memory says so');
	like($session->{last_err}, qr/revision "s3".*statement 2, line \d+/s, 'and where');
	is($session->ask(q{SELECT migrate.current(), to_regclass('before')}), 's1|', 'nothing is left, and the session goes on');
	$session->ask(q{CALL migrate.deploy('s3')});
	like($session->{last_err}, qr/out of memory/, 'a deploy that runs out of memory says so');
	is($session->ask(q{SELECT (SELECT migrate.current()), (SELECT outcome || ' ' || sqlstate FROM migrate.log ORDER BY id DESC LIMIT 1)}),
		's2|failed 53200', 'and the log, too');
	$limit->('unlimited');
	is($session->ask(q{CALL migrate.deploy('s3'); SELECT migrate.current()}), 's3', 'with memory it goes on');
	$session->close;
}

unlike(slurp_file($node->logfile), qr/TRAP|PANIC|terminated by signal/, 'no process crashed');
$node->stop;
done_testing();
