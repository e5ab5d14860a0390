# Thousands of revisions: processor time grows with their number and not with its square,
# and the memory of the session does not keep what each of them needed.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($FEW, $MANY) = (1250, 5000);

my $node = migrate_node('main', conf => "shared_buffers = 16MB\nautovacuum = off\n");
my $dir = $node->basedir;

# What the kernel has seen this process use at most, in MB.
sub peak
{
	my ($pid) = @_;

	return unless -r "/proc/$pid/status";
	my ($kb) = slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+) kB/m;
	return defined $kb ? int($kb / 1024) : undef;
}

# Load, upgrade and downgrade so many in a database of their own; returns times and memory.
sub run
{
	my ($n) = @_;
	my $database = "large$n";
	my $file = "$dir/$database.sql";
	my %figure;

	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION migrate_ext; CREATE TABLE done (i int PRIMARY KEY)');
	# 4 kB of text in each
	my $filler = '-- ' . 'x' x 4000;
	my @files = revision_chain('r', $n,
		up => sub { "$filler\nINSERT INTO done VALUES ($_[0]);" },
		down => sub { "DELETE FROM done WHERE i = $_[0];" });
	open my $handle, '>', $file or die "$file: $!";
	print $handle 'SELECT count(*) FROM migrate.load_files(ARRAY[' . join(', ', map { s/'/''/gr =~ s/(.*)/'$1'/sr } @files) . "]);\n";
	close $handle or die "$file: $!";

	my $session = MigrateSession->new($node, $database);
	$session->ask('SET client_min_messages = warning');
	my $baseline = peak($session->{pid});
	my $timed = sub {
		my ($what, $sql, $expected) = @_;
		my $start = cpu_seconds($session->{pid});

		is($session->ask($sql), $expected, "$n revisions: $what");
		$figure{$what} = cpu_seconds($session->{pid}) - $start if defined $start;
		$figure{"memory of $what"} = peak($session->{pid});
		return;
	};
	my $last = sprintf('r%04d', $n);

	$timed->('load', "\\i $file", $n);
	# the rest in another session, whose memory is not that of the load
	$session->close;
	$session = MigrateSession->new($node, $database);
	$session->ask('SET client_min_messages = warning');
	$timed->('upgrade', q{SELECT migrate.upgrade('head')}, $last);
	is($session->ask('SELECT count(*), count(DISTINCT i) FROM done'), "$n|$n", "$n revisions: all ran");
	$timed->('nothing', q{SELECT migrate.upgrade('head')}, $last);
	$timed->('history', q{SELECT count(*) FROM migrate.history()}, $n);
	$timed->('plan', q{SELECT count(*) FROM migrate.plan('downgrade', 'base')}, $n);
	$timed->('downgrade', q{SELECT migrate.downgrade('base')}, '');
	is($session->ask('SELECT count(*) FROM done'), '0', "$n revisions: all are undone");
	is($session->ask('SELECT count(*) FROM migrate.log'), 2 * $n, "$n revisions: all is logged");
	$session->close;
	note(join ', ', "$n revisions", map {
		sprintf('%s %.0f ms%s', $_, 1000 * ($figure{$_} // 0), defined $figure{"memory of $_"} ? " (peak $figure{\"memory of $_\"} MB)" : '')
	} qw(load upgrade nothing history plan downgrade));
	return \%figure;
}

my $few = run($FEW);
my $many = run($MANY);

SKIP:
{
	skip 'no /proc here', 6 unless defined $many->{load};
	# Four times as many: 16 times as long would be the square.
	for my $what (qw(load upgrade history plan downgrade))
	{
		cmp_ok($many->{$what}, '<', 9 * $few->{$what} + 0.1, "$what: time grows with the number of revisions");
	}
	cmp_ok($many->{nothing}, '<', $few->{nothing} + 0.1, 'a start with nothing to do takes no longer');
}

SKIP:
{
	skip 'the sanitizer keeps memory', 2 if is_sanitized();
	skip 'no /proc here', 2 unless defined $many->{'memory of upgrade'};
	# 20 MB of text and as much of parse trees go by
	cmp_ok($many->{'memory of upgrade'} - $few->{'memory of upgrade'}, '<', 40, 'an upgrade does not keep what ran');
	cmp_ok($many->{'memory of downgrade'} - $few->{'memory of downgrade'}, '<', 40, 'nor does a downgrade');
}

$node->stop;
done_testing();
