# A backend that is killed, a server that is shut down at once, a session that
# is terminated or cancelled, at any moment of a deploy or revert: afterwards
# the version rows say of every revision what the schema says; one that was run
# statement by statement is found half done, with as many statements as the log
# says, and the next call goes on with it.
#
# MIGRATE_CRASHES=300 for a longer run, MIGRATE_SEED to have one again.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $CRASHES = $ENV{MIGRATE_CRASHES} || 32;
my $SEED = srand($ENV{MIGRATE_SEED} || time);
my $REVISIONS = 9;
# Has a DO block that commits, written so that it may be run again.
my $LAST = 9;

note("seed $SEED");
my $node = migrate_node('main', conf => "restart_after_crash = on\nautovacuum = off\nmax_connections = 20\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

# Every third one cannot run inside a transaction.
sub up
{
	my ($i) = @_;

	return "CREATE TABLE t$i (i int);\nINSERT INTO pieces VALUES ($i, 1);" if $i % 3;
	return <<SQL . ($i == $LAST ? "DO \$\$ BEGIN INSERT INTO pieces SELECT $i, 9 WHERE NOT EXISTS (SELECT FROM pieces WHERE n = 9); COMMIT; PERFORM pg_sleep(0.005); END \$\$;" : '');
INSERT INTO pieces VALUES ($i, 1);
CREATE INDEX CONCURRENTLY x$i ON big (a, b);
BEGIN;
INSERT INTO pieces VALUES ($i, 4);
INSERT INTO pieces VALUES ($i, 5);
COMMIT;
VACUUM pieces;
INSERT INTO pieces VALUES ($i, 8);
SQL
}

sub down
{
	my ($i) = @_;

	return "DROP TABLE t$i;\nDELETE FROM pieces WHERE i = $i;" if $i % 3;
	return "DELETE FROM pieces WHERE i = $i AND n = 8;\nDROP INDEX CONCURRENTLY x$i;\nDELETE FROM pieces WHERE i = $i;";
}

# Which pieces, and is the index there, when so many statements are done; undef where it may be or not.
sub expected
{
	my ($i, $action, $done) = @_;
	my %pieces;

	return ({ 1 => $done ? 1 : 0 }, undef) if $i % 3;
	if ($action eq 'upgrade')
	{
		%pieces = (1 => $done >= 1, 4 => $done >= 6, 5 => $done >= 6, 8 => $done >= 8);
		$pieces{9} = $done >= 9 ? 1 : $done == 8 ? undef : 0 if $i == $LAST;
		return (\%pieces, $done >= 2 ? 1 : $done == 1 ? undef : 0);
	}
	%pieces = (1 => $done < 3, 4 => $done < 3, 5 => $done < 3, 8 => $done < 1);
	$pieces{9} = $done < 3 if $i == $LAST;
	return (\%pieces, $done < 1 ? 1 : $done == 1 ? undef : 0);
}

# What does not agree; and the entry of the log that is open: id|action|number|statements done, or ''.
sub disagreements
{
	my @wrong;
	my $open = $sql->(q{SELECT id, action, substr(revision, 2)::int, statements_done FROM migrate.log
		WHERE outcome IN ('running', 'half_done') AND statements IS NOT NULL});
	my %applied = map { split /\|/ } split /\n/, $sql->(
		q{SELECT substr(revision, 2)::int, CASE WHEN is_applied THEN 1 ELSE 0 END FROM migrate.history()});
	my %there = map { my ($i, $n, $count) = split /\|/; ("$i.$n" => $count) } split /\n/,
	  $sql->('SELECT i, n, count(*) FROM pieces GROUP BY 1, 2');
	my %tables = map { $_ => 1 } split /\n/, $sql->(q{SELECT substr(relname, 2) FROM pg_class WHERE relname ~ '^t\d$'});
	my %indexes = map { split /\|/ } split /\n/, $sql->(
		q{SELECT substr(indexrelid::regclass::text, 2), indisvalid FROM pg_index WHERE indrelid = 'big'::regclass});

	push @wrong, "several entries are open: $open" if $open =~ /\n/;
	my ($id, $action, $number, $done) = split /\|/, $open;
	for my $i (1 .. $REVISIONS)
	{
		my $is_open = defined $number && $number == $i;
		my ($pieces, $index) = expected($i, $is_open ? $action : 'upgrade', $is_open ? $done : $applied{$i} ? 99 : 0);

		for my $n (sort keys %$pieces)
		{
			my $count = $there{"$i.$n"} || 0;
			next if !defined $pieces->{$n};
			push @wrong, "piece $n of $i: $count" unless $count == ($pieces->{$n} ? 1 : 0);
		}
		push @wrong, "table $i" if $i % 3 && ($tables{$i} || 0) != $applied{$i};
		push @wrong, "index $i: " . ($indexes{$i} || 'none')
		  if defined $index && ($indexes{$i} || '') ne ($index ? 't' : '');
		push @wrong, "$i is applied, and half done upwards" if $is_open && $applied{$i} != ($action eq 'downgrade' ? 1 : 0);
	}
	return (join(', ', @wrong), $open);
}

# Ends the session in one of four ways; returns which.
sub crash
{
	my ($session) = @_;
	my $way = (qw(kill shutdown terminate cancel))[ int rand 4 ];
	my $end = sub { $session->answer; $session->close };

	if ($way eq 'kill')
	{
		$session->kill_server($node, $end) or die 'the server does not come back';
		return $way;
	}
	if ($way eq 'shutdown')
	{
		$node->stop('immediate');
	}
	else
	{
		$sql->("SELECT pg_${way}_backend($session->{pid})");
	}
	$end->();
	# pg_ctl of 18 does not wait until the server takes connections
	$node->start if $way eq 'shutdown';
	wait_until($node, 'postgres', 'SELECT 1', '1') or die 'the server does not come back';
	return $way;
}

# To the end of it; what nobody can know is put right by hand.
sub finish
{
	my ($call) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$call");

	if ($err =~ /MG026/ && $err =~ /Statement 9 was running and may be done or not/)
	{
		$sql->("DELETE FROM pieces WHERE i = $LAST; DROP INDEX x$LAST; SELECT migrate.resolve('r000$LAST', 'rolled_back')");
		($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$call");
		return ('by hand', $err) if $err !~ /ERROR/;
	}
	return ($err =~ /ERROR/ ? 'failed' : $err =~ /goes on with statement/ ? 'resumed' : 'done', $err);
}

$sql->('CREATE TABLE pieces (i int, n int); CREATE TABLE big AS SELECT i AS a, i AS b FROM generate_series(1, 20000) i');
my @files = revision_chain('r', $REVISIONS, up => \&up, down => \&down);
s/^(-- migrate:(?:up|down))$/$1 transaction:false/gm for @files[ 2, 5, 8 ];
load_revisions($node, 'postgres', @files);

my $session = MigrateSession->new($node, 'postgres');
my $start = time;
$session->ask('CALL migrate.deploy()');
my $up_time = time - $start;
is((disagreements())[0], '', 'undisturbed, all of it agrees');
$start = time;
$session->ask(q{CALL migrate.revert('base')});
my $down_time = time - $start;
is((disagreements())[0], '', 'and on the way back');
$session->close;
note(sprintf('deploy takes %.0f ms, revert %.0f ms', 1000 * $up_time, 1000 * $down_time));

my (%ways, %ends);
my ($torn, $stuck, $in_pieces) = (0, 0, 0);
for my $round (0 .. 10 * $CRASHES)
{
	# a machine with other things to do may need more rounds until one hits the middle of a revision
	last if $round >= $CRASHES && $in_pieces > 0;

	my ($call, $time) = $round % 2 ? (q{CALL migrate.revert('base')}, $down_time) : ('CALL migrate.deploy()', $up_time);
	my ($wrong, $open, $end, $err);

	$session = MigrateSession->new($node, 'postgres');
	$session->tell($call);
	sleep(rand($time * 1.1));
	my $way = crash($session);
	$ways{$way}++;

	($wrong, $open) = disagreements();
	$in_pieces++ if $open ne '';
	if ($wrong ne '')
	{
		$torn++;
		diag("round $round, after $way in $call ($open): $wrong");
	}
	# an atomic call does not pretend that nothing happened
	if ($open ne '' && sql_fails($node, 'postgres', q{SELECT migrate.stamp('heads')}) ne 'MG026')
	{
		$torn++;
		diag("round $round: stamp does not mind $open");
	}

	($end, $err) = finish($call);
	$ends{$end}++;
	($wrong, $open) = disagreements();
	if ($end eq 'failed' || $wrong ne '' || $open ne '')
	{
		$stuck++;
		diag("round $round, after $way and $call again ($open): $wrong $err");
		last;
	}
}
my $count = sub { my %h = @_; join ', ', map { "$h{$_} $_" } sort keys %h };
note($count->(%ways) . '; afterwards ' . $count->(%ends) . "; $in_pieces were half done");
is($torn, 0, "$CRASHES times interrupted, version rows, log and schema agree");
is($stuck, 0, 'and the next call comes to the end');
cmp_ok($in_pieces, '>', 0, 'some of them were half done');
is($sql->(q{SELECT count(*) FROM migrate.log WHERE outcome IN ('running', 'half_done')}), '0', 'nothing is open');
unlike(slurp_file($node->logfile), qr/TRAP|PANIC|signal (?!9\b)\d+/, 'nothing else crashed');

$node->stop;
done_testing();
