# CALL migrate.deploy() by the simple, the extended and the prepared protocol,
# with and without parameters, again and again in one session; with loaded what
# looks at every statement; and a thousand revisions in one call, whose memory
# and locks do not grow.
use strict;
use warnings;

use IPC::Run ();
use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $REVISIONS = 1000;
my $node = migrate_node('main', conf => "max_connections = 20\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

sub mixed_chain
{
	my ($n) = @_;
	return revision_chain('r', $n,
		up => sub {
			$_[0] % 4 == 0 ? "CREATE INDEX CONCURRENTLY i$_[0] ON big (i);\nDO \$\$ BEGIN COMMIT; END \$\$;"
			  : $_[0] % 4 == 1 ? "CREATE TABLE t$_[0] (i serial PRIMARY KEY);\nINSERT INTO t$_[0] DEFAULT VALUES;" : 'SELECT 1;';
		},
		down => sub {
			$_[0] % 4 == 0 ? "DROP INDEX CONCURRENTLY i$_[0];" : $_[0] % 4 == 1 ? "DROP TABLE t$_[0];" : '';
		});
}

# A script for pgbench, run so many times in one session.
sub pgbench
{
	my ($mode, $script, $times) = @_;
	my $file = $node->basedir . '/script.sql';

	open my $handle, '>', $file or die "$file: $!";
	print $handle $script;
	close $handle or die "$file: $!";
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run([ 'pgbench', '-n', '-M', $mode, '-t', $times, '-f', $file, $node->connstr('postgres') ],
		'>', \$out, '2>', \$err, IPC::Run::timer(180));
	return $ok && $err !~ /ERROR|aborted|WARNING/ && $out =~ m{actually processed: $times/$times} ? '' : "$out$err";
}

$sql->('CREATE TABLE big AS SELECT generate_series(1, 100) AS i');
load_revisions($node, 'postgres', mixed_chain(8));
for my $mode (qw(simple extended prepared))
{
	is(pgbench($mode, "\\set n 4\nCALL migrate.deploy('head');\nCALL migrate.deploy('head');\n"
			  . "CALL migrate.revert('r' || lpad((:n)::text, 4, '0'));\nCALL migrate.deploy();\nCALL migrate.revert('base');\n", 3),
		'', "pgbench -M $mode");
	is($sql->('SELECT count(*), count(*) FILTER (WHERE outcome = \'done\') FROM migrate.log'), '72|72', "$mode: all of it ran");
	is(pgbench($mode, "BEGIN;\nCALL migrate.deploy('head');\nCOMMIT;\n", 1) =~ /cannot run inside a transaction block/ ? 1 : 0,
		1, "$mode: refused in a transaction block");
	$sql->('TRUNCATE migrate.log');
}

# Several statements in one message are one transaction; so are those of a pipeline with an earlier one.
my ($status, $out, $err) = $node->psql('postgres', undef,
	extra_params => [ '-c', 'SELECT 1; CALL migrate.deploy()' ]);
like($err, qr/cannot run inside a transaction block/, 'psql -c with several statements');
($status, $out, $err) = $node->psql('postgres', undef, extra_params => [ '-1', '-c', 'CALL migrate.deploy()' ]);
like($err, qr/cannot run inside a transaction block/, 'psql -1');
($status, $out, $err) = $node->psql('postgres', undef, extra_params => [ '-c', 'CALL migrate.deploy()', '-c', q{CALL migrate.revert('base')} ]);
is($status, 0, 'psql with several -c');
is($sql->('SELECT count(*) FROM migrate.log'), '16', 'did both');

# A session with a cursor of its own, a prepared statement, other defaults.
my $session = MigrateSession->new($node, 'postgres');
is($session->ask(q{
	SET client_min_messages = warning;
	SET default_transaction_isolation = serializable;
	SET default_transaction_deferrable = on;
	PREPARE p AS SELECT 1;
	BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT i FROM big ORDER BY i; COMMIT;
	FETCH 2 FROM c;
	CALL migrate.deploy();
	FETCH 1 FROM c;
	EXECUTE p;
	SHOW transaction_isolation;
	CALL migrate.revert('base');
	SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype NOT IN ('virtualxid', 'relation')}),
	"1\n2\n3\n1\nserializable\n0", 'the rest of the session is as it was');
is($session->{last_err} =~ s/\s+//gr, '', 'without a warning');
is($sql->(q{SELECT count(*) FROM pg_index WHERE NOT indisvalid}), '0', 'no index was left invalid');
$session->close;

# What hooks into utility statements and may not mind that they commit.
SKIP:
{
	skip 'pg_stat_statements is not installed', 3
	  if $sql->(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'}) eq '0';
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements, auto_explain'\n"
		  . "pg_stat_statements.track = all\nauto_explain.log_min_duration = 0\nauto_explain.log_nested_statements = on\n");
	$node->restart;
	is(pgbench('simple', "CALL migrate.deploy('head');\nCALL migrate.revert('base');\n", 2), '', 'with pg_stat_statements and auto_explain');
	$sql->('CREATE EXTENSION pg_stat_statements');
	is($sql->(q{SELECT calls FROM pg_stat_statements WHERE query = 'CALL migrate.deploy(''head'')'} . ($sql->('SHOW server_version_num') >= 170000 ? q{ OR query = 'CALL migrate.deploy($1)'} : '')),
		'2', 'it counts the call');
	cmp_ok($sql->(q{SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'CREATE INDEX%'}), '>', 0, 'and the statements inside');
	$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
	$node->restart;
}

# A thousand of them; what is left of each would be seen in the end.
load_revisions($node, 'postgres', (mixed_chain($REVISIONS))[ 8 .. $REVISIONS - 1 ]);
my $private = sub { -r "/proc/$_[0]/status" && slurp_file("/proc/$_[0]/status") =~ /RssAnon:\s+(\d+) kB/ ? $1 : undef };

$session = MigrateSession->new($node, 'postgres');
$session->ask(q{SET client_min_messages = warning; CALL migrate.deploy('r0100')});
my $early = $private->($session->{pid});
$session->ask(q{CALL migrate.deploy('head')});
is($session->{last_err} =~ s/\s+//gr, '', "$REVISIONS revisions by one call");
my $late = $private->($session->{pid});
SKIP:
{
	skip 'the sanitizer keeps memory', 1 if is_sanitized();
	skip 'there is no /proc here', 1 unless defined $early;
	note("memory after 100 revisions $early kB, after $REVISIONS $late kB");
	cmp_ok($late - $early, '<', 6 * 1024, 'memory does not grow with the revisions');
}
$session->close;
is($sql->(q{SELECT count(*), count(*) FILTER (WHERE outcome = 'done') FROM migrate.log
		WHERE action = 'upgrade' AND id > (SELECT max(id) FROM migrate.log WHERE action = 'downgrade')}), "$REVISIONS|$REVISIONS", 'all of them ran');
unlike(slurp_file($node->logfile), qr/TRAP|PANIC|WARNING|terminated by signal/, "nothing of it in the server's log");

$node->stop;
done_testing();
