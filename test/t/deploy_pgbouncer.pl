# Through PgBouncer in transaction mode, as many a container does: a CALL is one
# statement, and keeps its server connection until it ends.
#
# PGBOUNCER names the program where it is not in PATH.
use strict;
use warnings;

use IPC::Run ();
use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my ($pgbouncer) = grep { defined && -x } $ENV{PGBOUNCER}, map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
if (!defined $pgbouncer)
{
	diag('SKIPPED: pgbouncer is not installed');
	plan skip_all => 'pgbouncer is not installed';
}

my $REVISIONS = 12;
my $CLIENTS = 16;
my $node = migrate_node('main', conf => "max_connections = 40\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };
my $dir = $node->host;    # of the sockets: short enough for one more
my $port = 6432;
my $ini = $node->basedir . '/pgbouncer.ini';

# with auth_type any, everybody is this user
my $user = $sql->('SELECT current_user');
append_to_file($ini, <<INI);
[databases]
postgres = host=$dir port=@{[$node->port]} dbname=postgres user=$user
alone = host=$dir port=@{[$node->port]} dbname=postgres user=$user pool_mode=statement
[pgbouncer]
listen_addr =
listen_port = $port
unix_socket_dir = $dir
auth_type = any
pool_mode = transaction
default_pool_size = 6
max_client_conn = 50
logfile = @{[$node->basedir]}/pgbouncer.log
pidfile = @{[$node->basedir]}/pgbouncer.pid
ignore_startup_parameters = extra_float_digits,options
INI

my ($in, $out, $err) = ('', '', '');
my $bouncer = IPC::Run::start([ $pgbouncer, $ini ], '<', \$in, '>', \$out, '2>', \$err, IPC::Run::timer(180));
my $through = "host=$dir port=$port dbname=postgres user=$user";
my $psql = sub {
	my ($script) = @_;
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $through, '-f', '-' ], '<', \$script, '>', \$out, '2>', \$err);
	chomp $out;
	return ($ok, $out, $err);
};
# not by psql's input: a psql that cannot connect does not read it, and IPC::Run dies of that
my $is_up = 0;
for (1 .. 1200)
{
	last if $is_up = IPC::Run::run([ 'psql', '-XAtqc', 'SELECT 1', '-d', $through ], '<', \undef, '>', \my $said, '2>', \my $refused);
	sleep 0.05;
}
ok($is_up, 'pgbouncer answers') or diag($err . (-r $node->basedir . '/pgbouncer.log' ? slurp_file($node->basedir . '/pgbouncer.log') : ''));

$sql->('CREATE TABLE big AS SELECT generate_series(1, 1000) AS i; CREATE TABLE runs (i int, pid int)');
load_revisions($node, 'postgres', revision_chain('r', $REVISIONS,
	up => sub { ($_[0] % 3 ? "SET work_mem = '13MB';\nCREATE TABLE t$_[0] (i int);" : "SET work_mem = '13MB';\nCREATE INDEX CONCURRENTLY i$_[0] ON big (i);")
		. "\nINSERT INTO runs VALUES ($_[0], pg_backend_pid());" . ($_[0] == 5 ? "\nSELECT pg_sleep(1);" : '') },
	down => sub { $_[0] % 3 ? "DROP TABLE t$_[0];" : "DROP INDEX CONCURRENTLY i$_[0];" }));

# All at once.
my (@clients, @errors);
for my $i (1 .. $CLIENTS)
{
	my ($in, $out, $err) = ('', '', '');
	push @errors, \$err;
	push @clients, IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $through, '-c', q{CALL migrate.deploy('head', 'of this run')} ],
		'<', \$in, '>', \$out, '2>', \$err, IPC::Run::timer(120));
}
$_->finish for @clients;
is(scalar(grep { $_->full_result(0) != 0 } @clients), 0, "$CLIENTS clients deploy at once, all exit 0") or diag(map { $$_ } @errors);
is($sql->('SELECT count(*), count(DISTINCT i), count(DISTINCT pid) FROM runs'), "$REVISIONS|$REVISIONS|1", 'each revision ran once');
is($sql->(q{SELECT count(*) FROM migrate.log WHERE action = 'upgrade' AND tag = 'of this run'}), $REVISIONS, 'the log has its tag');
is($sql->(q{SELECT count(*) FROM pg_locks WHERE locktype = 'object'}), '0', 'no lock is left in a server connection');

# The next client to be given one of these connections finds nothing of it.
for (1 .. 6)
{
	my ($ok, $out) = $psql->(q{SELECT current_setting('work_mem') || current_setting('migrate.revision', true) || current_setting('migrate.tag', true)});
	last if !is($out, '4MB', 'a connection is as it was');
}

# pgbench keeps many clients on few connections, by all protocols.
for my $mode (qw(simple extended))
{
	my $file = $node->basedir . "/$mode.sql";
	append_to_file($file, "CALL migrate.deploy('head');\n");
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run([ 'pgbench', '-n', '-M', $mode, '-c', '12', '-t', '10', '-f', $file, $through ], '>', \$out, '2>', \$err);
	ok($ok && $err !~ /ERROR|aborted/, "pgbench -M $mode through pgbouncer") or diag($err);
}
my ($ok, $answer, $message) = $psql->(q{BEGIN; CALL migrate.deploy(); ROLLBACK});
like($message, qr/25001/, 'refused in a transaction block');
($ok, $answer, $message) = $psql->(q{CALL migrate.revert('base')});
is($message =~ /ERROR|WARNING/ ? $message : '', '', 'revert through pgbouncer');
is($sql->('SELECT count(*) FROM migrate.current()'), '0', 'to the base');

# A failure in the middle, too, leaves the connection clean.
$sql->(q{INSERT INTO big VALUES (1); SELECT migrate.edit('r0003', upgrade => 'SET work_mem = ''13MB''; CREATE UNIQUE INDEX CONCURRENTLY i3 ON big (i)')});
($ok, $answer, $message) = $psql->(q{CALL migrate.deploy(tag => 'of a failure')});
like($message, qr/23505/, 'an index that cannot be built');
for (1 .. 6)
{
	my ($ok, $out) = $psql->(q{SELECT current_setting('work_mem') || current_setting('migrate.revision') || current_setting('migrate.tag')});
	last if !is($out, '4MB', 'a connection is as it was');
}
is($sql->(q{SELECT string_agg(DISTINCT tag, ',') FROM migrate.log WHERE outcome IN ('failed', 'half_done')}), 'of a failure', 'its tag');
is($sql->(q{SELECT count(*) FROM pg_locks WHERE locktype = 'object'}), '0', 'no lock is left');

$sql->(q{SELECT migrate.resolve('r0003', 'rolled_back')});

# migrate.sh: what it sets ends with its transaction; one that has none is told why.
mkdir $node->basedir . '/files';
append_to_file($node->basedir . '/files/s1.sql', <<'FILE');
-- By a script
-- Revision ID: s1
-- Revises:

-- migrate:up
CREATE TABLE tagged AS SELECT current_setting('migrate.tag') AS tag;
-- migrate:down
DROP TABLE tagged;
FILE
my $script = sub {
	my ($dbname, @arguments) = @_;
	local @ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)} = ($dir, $port, $user, $dbname);
	my ($in, $said) = ('', '');
	my $ok = IPC::Run::run([ 'sh', 'scripts/migrate.sh', @arguments, '--dir', $node->basedir . '/files' ], '<', \$in, '>&', \$said);
	return ($ok, $said);
};
($ok, $message) = $script->('alone', 'apply');
ok(!$ok && $message =~ /PgBouncer in statement mode.*transaction mode/s, 'migrate.sh through a pool in statement mode') or diag($message);
for my $how ('', '--online')
{
	($ok, $message) = $script->('postgres', 'apply', 's1', '--tag', "by script$how", $how ? $how : ());
	ok($ok, "migrate.sh apply $how") or diag($message);
	is($sql->('SELECT tag FROM tagged'), "by script$how", 'its tag');
	is(($psql->(q{SELECT current_setting('migrate.tag', true)}))[1], '', '  is left in no connection') for 1 .. 3;
	($ok, $message) = $script->('postgres', 'downgrade', 's1-1', '--tag', 'undone', $how ? $how : ());
	ok($ok, "migrate.sh downgrade $how") or diag($message);
	is($sql->(q{SELECT tag FROM migrate.log ORDER BY id DESC LIMIT 1}), 'undone', 'its tag');
}

$bouncer->signal('INT');
$bouncer->finish;
$node->stop;
done_testing();
