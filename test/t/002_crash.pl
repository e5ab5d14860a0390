# A server that dies in the middle of an upgrade must have done nothing of it,
# and one that dies after it all of it; either way the next start goes on.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();

my $node = migrate_node('main', conf => "restart_after_crash = on\nautovacuum = off\n");

# An upgrade that hangs in its third revision, after DDL and rows.
load_revisions($node, 'postgres', revision_chain('r', 4,
	up => sub {
		my ($i) = @_;
		return "CREATE TABLE t$i (i int PRIMARY KEY);\nINSERT INTO t$i SELECT generate_series(1, 1000);"
		  . ($i == 3 ? "\nSELECT pg_sleep(1000) WHERE NOT EXISTS (SELECT FROM pg_tables WHERE tablename = 'go_on');" : '');
	},
	down => sub { "DROP TABLE t$_[0];" }));

my $RUNNING = q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'};
my $LEFT = q{
	SELECT (SELECT count(*) FROM migrate.version), (SELECT count(*) FROM migrate.log),
		(SELECT count(*) FROM pg_class WHERE relname LIKE 't_'), (SELECT count(*) FROM migrate.current()),
		(SELECT migrating_pid FROM migrate.status())};

sub hanging_upgrade
{
	my $session = MigrateSession->new($node, 'postgres');

	$session->tell(q{SELECT migrate.upgrade('head')});
	ok(wait_until($node, 'postgres', $RUNNING, '1'), 'the upgrade is in the middle of a revision');
	is($node->safe_psql('postgres', 'SELECT migrating_pid FROM migrate.status()'), $session->{pid},
		'status() knows who migrates');
	return $session;
}

# One process of the server dies, and takes the others with it.  The client is
# asked at once, and when it has ended long ago.
my ($session, $recoveries);
for my $seconds (0, 1)
{
	$session = hanging_upgrade();
	kill 'KILL', $session->{pid};
	Time::HiRes::sleep($seconds);
	$session->answer;
	like($session->{last_err}, qr/server closed the connection|connection to server was lost/, 'the session is gone');
	$session->close;
	# Until the postmaster has seen it, the server answers as before.
	$recoveries++;
	for my $try (1 .. 600)
	{
		last if (() = slurp_file($node->logfile) =~ /ready to accept connections/g) > $recoveries;
		Time::HiRes::sleep(0.1);
	}
	ok(wait_until($node, 'postgres', 'SELECT 1', '1'), 'the server has recovered');
	is($node->safe_psql('postgres', $LEFT), '0|0|0|0|', 'nothing is left of the upgrade');
}

# The whole server dies.
$session = hanging_upgrade();
$node->stop('immediate');
$session->close;
$node->start;
$node->poll_query_until('postgres', 'SELECT true');
is($node->safe_psql('postgres', $LEFT), '0|0|0|0|', 'nothing is left after an immediate shutdown');
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT outcome, ' ') FROM migrate.load_files(
		ARRAY(SELECT migrate.script(revision) FROM migrate.history()))}),
	'unchanged', 'the revisions are what they were');

# The next start does everything, and it stays when the server dies at once.
$node->safe_psql('postgres', 'CREATE TABLE go_on ()');
is($node->safe_psql('postgres', q{SELECT migrate.upgrade('head')}), 'r0004', 'the next upgrade works');
$node->stop('immediate');
$node->start;
$node->poll_query_until('postgres', 'SELECT true');
is($node->safe_psql('postgres', $LEFT), '1|4|4|1|', 'what was committed is there');
is($node->safe_psql('postgres', 'SELECT count(*) FROM t4'), '1000', 'with its rows');
is($node->safe_psql('postgres', 'SELECT count(DISTINCT id) FROM migrate.log'), '4', 'and its log');
is($node->safe_psql('postgres', q{SELECT migrate.downgrade('base')}), '', 'the way back works');
is($node->safe_psql('postgres', q{SELECT count(*) FROM migrate.log}), '8', 'and is logged behind it');

$node->stop;
done_testing();
