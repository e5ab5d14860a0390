# A server that dies in the middle of an upgrade must have done nothing of it,
# and one that dies after it all of it; either way the next start goes on.
#
# MIGRATE_KILLS=300 for more random moments, MIGRATE_SEED to have them again.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();

my $KILLS = $ENV{MIGRATE_KILLS} || 12;
my $SEED = srand($ENV{MIGRATE_SEED} || time);

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
my $session;
for my $seconds (0, 1)
{
	$session = hanging_upgrade();
	ok($session->kill_server($node, sub {
		Time::HiRes::sleep($seconds);
		$session->answer;
		like($session->{last_err}, qr/server closed the connection|connection to server was lost/, 'the session is gone');
		$session->close;
	}), 'the server has recovered');
	is($node->safe_psql('postgres', $LEFT), '0|0|0|0|', 'nothing is left of the upgrade');
}

# The whole server dies.
$session = hanging_upgrade();
$node->stop('immediate');
$session->close;
$node->start;
wait_until($node, 'postgres', 'SELECT 1', '1') or die 'the server does not come back';
is($node->safe_psql('postgres', $LEFT), '0|0|0|0|', 'nothing is left after an immediate shutdown');
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT outcome, ' ') FROM migrate.load_files(
		ARRAY(SELECT migrate.script(revision) FROM migrate.history()))}),
	'unchanged', 'the revisions are what they were');

# The next start does everything, and it stays when the server dies at once.
$node->safe_psql('postgres', 'CREATE TABLE go_on ()');
is($node->safe_psql('postgres', q{SELECT migrate.upgrade('head')}), 'r0004', 'the next upgrade works');
$node->stop('immediate');
$node->start;
wait_until($node, 'postgres', 'SELECT 1', '1') or die 'the server does not come back';
is($node->safe_psql('postgres', $LEFT), '1|4|4|1|', 'what was committed is there');
is($node->safe_psql('postgres', 'SELECT count(*) FROM t4'), '1000', 'with its rows');
is($node->safe_psql('postgres', 'SELECT count(DISTINCT id) FROM migrate.log'), '4', 'and its log');
is($node->safe_psql('postgres', q{SELECT migrate.downgrade('base')}), '', 'the way back works');
is($node->safe_psql('postgres', q{SELECT count(*) FROM migrate.log}), '8', 'and is logged behind it');

# A backend dies or is ended at any moment of any call.  What the call does is done as
# a whole or not at all, and the next one comes to its end.
note("seed $SEED");
$node->safe_psql('postgres', 'CREATE SCHEMA app');
load_revisions($node, 'postgres', revision_chain('k', 8,
	up => sub { "CREATE TABLE app.k$_[0] (i int PRIMARY KEY, j int);\nCREATE INDEX ON app.k$_[0] (j);\nINSERT INTO app.k$_[0] SELECT generate_series(1, 200);"
		  . "\nCREATE TEMP TABLE IF NOT EXISTS staged (i int);" },
	down => sub { "DROP TABLE app.k$_[0];" }));

my %QUESTIONS = (
	upgrade => q{SELECT migrate.upgrade('k0008')},
	downgrade => q{SELECT migrate.downgrade('base')},
	deploy => q{CALL migrate.deploy('k0008')},
	revert => q{CALL migrate.revert('base')},
	drift => q{SELECT count(*) FROM migrate.drift('{app}')},
	verify => q{SELECT count(*) FROM migrate.verify('k0001:k0008', '{app}')});
# Each applied revision has its table, no other has; and nothing else is in the schema or left of a shadow.  What the
# log says is running is known to be gone when the next call begins.
my $TORN = q{
	SELECT string_agg(what, ', ') FROM (
		SELECT format('%s is %s, its table %s', revision, is_applied, to_regclass('app.k' || substr(revision, 5))) AS what
			FROM migrate.history() WHERE revision LIKE 'k%' AND is_applied <> (to_regclass('app.k' || substr(revision, 5)) IS NOT NULL)
		UNION ALL SELECT format('%s rows in %s', (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM app.%I', relname), true, true, '')))[1], relname)
			FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r'
				AND (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM app.%I', relname), true, true, '')))[1]::text <> '200'
		UNION ALL SELECT nspname FROM pg_namespace WHERE nspname LIKE '%migrate hidden%'
		UNION ALL SELECT format('%s is %s in the log', revision, outcome) FROM migrate.log
			WHERE outcome = 'half_done' OR (outcome = 'running' AND statements IS NOT NULL)
		UNION ALL SELECT 'the version is ' || c FROM migrate.current() c WHERE c NOT IN (SELECT revision FROM migrate.history() WHERE is_applied)) wrong};
my (%ends, @torn, %time);

sub asked
{
	my ($name) = @_;
	my $asking = MigrateSession->new($node, 'postgres');
	my $start = Time::HiRes::time;

	$asking->ask($QUESTIONS{$name});
	$time{$name} //= Time::HiRes::time - $start;
	my $state = $asking->sqlstate;
	diag($asking->{last_err}) if $state;
	$asking->close;
	return $state;
}

for my $name (qw(deploy drift verify revert upgrade downgrade))
{
	push @torn, "$name fails undisturbed" if asked($name);
}
for my $round (1 .. $KILLS)
{
	my $name = (sort keys %QUESTIONS)[ int rand keys %QUESTIONS ];
	my $way = rand() < 0.5 ? 'kill' : 'terminate';
	my $from = rand() < 0.5 ? 'base' : 'k0004';

	# where it begins
	$node->safe_psql('postgres', $name =~ /^(?:upgrade|deploy)$/ ? "SELECT migrate.downgrade('$from')" : q{SELECT migrate.upgrade('k0008')})
	  if $name !~ /^(?:upgrade|deploy)$/ || $node->safe_psql('postgres', q{SELECT count(*) FROM migrate.history() WHERE revision LIKE 'k%' AND is_applied}) > 0;
	$session = MigrateSession->new($node, 'postgres');
	$session->tell($QUESTIONS{$name});
	Time::HiRes::sleep(rand($time{$name}));
	my $look = sub {
		$session->answer;
		$ends{ "$name, $way: " . ($session->{last_err} =~ /FATAL|server closed|connection to server was lost/ ? 'ended' : 'was done') }++;
		$session->close;
	};
	if ($way eq 'kill')
	{
		$session->kill_server($node, $look) or die 'the server does not come back';
	}
	else
	{
		$node->psql('postgres', "SELECT pg_terminate_backend($session->{pid})");
		$look->();
	}
	my $wrong = $node->safe_psql('postgres', $TORN);
	push @torn, "round $round, $way in $name: $wrong" if $wrong ne '';
	my $state = asked($name);
	push @torn, "round $round, $name again: $state" if $state;
	$wrong = $node->safe_psql('postgres', $TORN);
	push @torn, "round $round, $name afterwards: $wrong" if $wrong ne '';
	push @torn, "round $round, $name: the log says that it runs"
	  if $name =~ /deploy|revert|grade/ && $node->safe_psql('postgres', q{SELECT count(*) FROM migrate.log WHERE outcome = 'running'}) > 0;
}
note(join ', ', map { "$ends{$_} times $_" } sort keys %ends);
is(join("\n", @torn), '', "$KILLS times killed: nothing is half done, and the next call goes on");
unlike(slurp_file($node->logfile), qr/TRAP|PANIC|signal (?!9\b)\d+/, 'nothing else crashed');

$node->stop;
done_testing();
