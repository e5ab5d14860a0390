# A start-up script that hangs must say why: who is waited for, since when.  A
# role that may not look into other sessions learns what PostgreSQL shows to it.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = migrate_node('main');

$node->safe_psql('postgres', q{
	CREATE ROLE deployer LOGIN;
	CREATE ROLE monitor LOGIN;
	CREATE ROLE stranger LOGIN;
	GRANT pg_read_all_stats TO monitor;
	GRANT USAGE ON SCHEMA migrate TO deployer, monitor, stranger;
	GRANT EXECUTE ON FUNCTION migrate.upgrade TO deployer, monitor, stranger;
	CREATE SCHEMA app AUTHORIZATION deployer});
load_revisions($node, 'postgres', revision_chain('r', 2,
	up => sub { "CREATE TABLE app.t$_[0] (i int);" }, down => sub { "DROP TABLE app.t$_[0];" }));

my $holder = MigrateSession->new($node, 'postgres', options => [ '-U', 'deployer' ]);
$holder->ask(q{SET application_name = 'it''s me'; BEGIN; SELECT migrate.upgrade('+1')});
my $pid = $holder->{pid};

my $since = qr/in a transaction that began at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[-+]\d\d(?::\d\d)? \(\d+ s ago\)/;
my $part = qr/Process $pid of role deployer, application 'it''s me' holds the migration lock/;
my $full = qr/$part, $since/;

# As the holder's own role, as one that may see everything, and as one that may not.
for ([ 'deployer', $full ], [ 'monitor', $full ], [ 'stranger', $part ])
{
	my ($role, $detail) = @$_;
	my $waiter = MigrateSession->new($node, 'postgres', options => [ '-U', $role ]);

	$waiter->ask(q{SET migrate.wait_timeout = '100ms'; SELECT migrate.upgrade('head')});
	like($waiter->{last_err},
		qr/NOTICE:  00000: waiting for another session that is migrating\nDETAIL:  $detail\.\n/,
		"$role is told whom it waits for");
	like($waiter->{last_err}, qr/ERROR:  MG025: another session is migrating\nDETAIL:  $detail\.\nHINT:  /,
		"$role is told whom it waited for");
	$waiter->ask(q{SET migrate.wait_timeout = -1; SELECT migrate.upgrade('head')});
	unlike($waiter->{last_err}, qr/NOTICE/, "$role is not told that it waits when it does not");
	like($waiter->{last_err}, qr/ERROR:  MG025: another session is migrating\nDETAIL:  $detail\.\nHINT:  /,
		"$role is told who is migrating");
	is($waiter->ask('SELECT migrating_pid FROM migrate.status()'), $pid, "$role sees it in status()");
	$waiter->close;
}

# Another database of the cluster is none of its business.
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION migrate_ext');
load_revisions($node, 'other', revision_chain('r', 2));
is($node->safe_psql('other', 'SELECT migrating_pid IS NULL FROM migrate.status()'), 't', 'another database has no migration');
is($node->safe_psql('other', q{SET migrate.wait_timeout = -1; SELECT migrate.upgrade('head')}), 'r0002',
	'and migrates meanwhile');

# With the transaction it is over.
$holder->ask('COMMIT');
is($node->safe_psql('postgres', 'SELECT migrating_pid IS NULL FROM migrate.status()'), 't', 'afterwards nobody migrates');
my ($status, $out, $err) = $node->psql('postgres', q{SELECT migrate.upgrade('head')});
unlike($err, qr/waiting/, 'and nobody waits');

$holder->close;

# A prepared transaction has no process; it is named, without what a terminal would obey.
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 2');
$node->restart;
$node->safe_psql('postgres', q{BEGIN; SELECT migrate.downgrade(); SAVEPOINT a; CREATE TABLE app.a (i int);
	PREPARE TRANSACTION E'it''s \x1b[2J left'});
my $prepared = qr/The prepared transaction 'it''s  \[2J left' of role \w+ holds the migration lock/;
($status, $out, $err) = $node->psql('postgres', q{SET migrate.wait_timeout = -1; SELECT migrate.downgrade()});
like($err, $prepared, 'a prepared transaction is named');
($status, $out, $err) = $node->psql('postgres', q{SET migrate.wait_timeout = '100ms'; CALL migrate.revert()});
like($err, qr/NOTICE.*\n.*$prepared/, 'by those who wait, too');
$node->restart;
($status, $out, $err) = $node->psql('postgres', q{SET migrate.wait_timeout = -1; SELECT migrate.downgrade()});
like($err, $prepared, 'after a restart, too');
$node->safe_psql('postgres', q{ROLLBACK PREPARED E'it''s \x1b[2J left'});
($status, $out, $err) = $node->psql('postgres', q{SET migrate.wait_timeout = -1; SELECT migrate.downgrade()});
is($status, 0, 'then nobody holds it');

$node->stop;
done_testing();
