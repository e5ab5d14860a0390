# A standby answers every question as its primary does, and says plainly that
# it cannot migrate; the same goes for a read-only transaction.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = migrate_node('primary', allows_streaming => 1);

load_revisions($primary, 'postgres', example_files());
# up to where something is applied and something is pending
$primary->safe_psql('postgres', q{
	SELECT migrate.upgrade(revision) FROM migrate.plan('upgrade', 'heads') WHERE step = 5});

$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

my @readers = (
	q{current()}, q{heads()}, q{heads(true)}, q{branches()}, q{history()}, q{history('base:current')},
	q{show()}, q{show('base:heads')}, q{show('current')}, q{check_heads()}, q{files_are_loaded('x')},
	q{graph()}, q{graph('dot')}, q{graph('mermaid')}, q{status()},
	q{review(trial => false)}, q{report(trial => false)}, q{report('head', 'sarif', trial => false)}, q{plan('upgrade', 'heads')}, q{plan('downgrade', 'base')}, q{plan('stamp', 'heads')},
	q{upgrade_sql('heads')}, q{upgrade_sql('base:heads')}, q{downgrade_sql('current:base')}, q{stamp_sql('heads')});
my @writers = (
	q{revision('x')}, q{merge()}, q{edit('head', message => 'x')}, q{remove('head')},
	q{load('x')}, q{load_files('{}')}, q{migrate('x', 'SELECT 1')}, q{baseline()}, q{squash('x', 'y')},
	q{upgrade()}, q{upgrade('heads')}, q{downgrade()}, q{stamp()}, q{stamp('base', true)});

# The answer, or the error: a question may be a wrong one, but in the same way.
sub answer
{
	my ($node, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql);

	$err =~ s/psql:<stdin>:\d+: //g;
	return "$out$err";
}

my $answered = 0;
for (@readers)
{
	my $sql = "SELECT * FROM migrate.$_";
	my $expected = answer($primary, $sql);

	$answered++ unless $expected =~ /^ERROR: /m;
	is(answer($standby, $sql), $expected, "a standby answers $_");
	is(answer($primary, "BEGIN READ ONLY; $sql"), $expected, "a read-only transaction answers $_");
}
cmp_ok($answered, '>=', @readers - 2, 'the questions are not all wrong');
is(answer($standby, q{SELECT count(*) FROM migrate.history(), LATERAL migrate.script(revision) WHERE script <> ''}),
	answer($primary, q{SELECT count(*) FROM migrate.history()}), 'a standby prints scripts');
is(answer($standby, q{SELECT count(*) > 0 FROM migrate.log}), 't', 'a standby shows the log');
is(answer($standby, q{SELECT message FROM migrate.review() WHERE rule = 'unchecked'}),
	'what only a trial shows: cannot try out a schema on a standby server', 'a review of a standby says what it does not know');
like(answer($standby, q{SELECT migrate.report('head', 'json')::json -> 'drift' ->> 'why_unknown'}), qr/standby/,
	'a report of a standby says why it does not know of drift');
like(answer($standby, q{SELECT migrate.report('head', 'html')}), qr/could not be looked for/, 'also as a page');

for (@writers)
{
	my $name = /^(\w+)/ ? $1 : '';
	my $message = qr/ERROR:  25006: cannot run migrate\.$name\(\) on a standby server\nHINT:  Connect to the primary/;
	my ($status, $out, $err) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM migrate.$_");

	like($err, $message, "a standby refuses $_");
	is(sql_fails($primary, 'postgres', "BEGIN READ ONLY;\nSELECT * FROM migrate.$_"), '25006',
		"a read-only transaction refuses $_");
}

# These write nothing, but try out.
for (q{diff('SELECT 1')}, q{diff_sql('SELECT 1')}, q{check('SELECT 1')}, q{drift()}, q{verify()}, q{rehearse()})
{
	my ($status, $out, $err) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM migrate.$_");

	like($err, qr/ERROR:  25006: cannot try out a schema on a standby server/, "a standby cannot try out $_");
}

# migrate.sh without a model asks for nothing that a standby cannot do.
{
	local @ENV{qw(PGHOST PGPORT PGDATABASE)} = ($standby->host, $standby->port, 'postgres');
	my ($in, $said) = ('', '');

	IPC::Run::run([ 'sh', 'scripts/migrate.sh', 'check', 'heads', '--dir', 'examples/timetracker' ], '<', \$in, '>&', \$said);
	is($? >> 8, 3, 'migrate.sh check works there') or diag($said);
	IPC::Run::run([ 'sh', 'scripts/migrate.sh', 'apply', 'heads', '--dir', 'examples/timetracker' ], '<', \$in, '>&', \$said);
	ok($? != 0 && $said =~ /standby|read-only|recovery/, 'and apply says what it is') or diag($said);
}

# What the primary does arrives, and after a promotion it goes on here.
$primary->safe_psql('postgres', q{SELECT migrate.upgrade('+1')});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
is(answer($standby, 'SELECT migrate.current()'), answer($primary, 'SELECT migrate.current()'), 'the standby follows');
$primary->stop;
$standby->promote;
ok(wait_until($standby, 'postgres', 'SELECT pg_is_in_recovery()', 'f'), 'the standby is promoted');
$standby->safe_psql('postgres', q{SELECT migrate.upgrade('heads')});
is(answer($standby, 'SELECT migrate.check_heads()'), 't', 'then it upgrades');

$standby->stop;
done_testing();
