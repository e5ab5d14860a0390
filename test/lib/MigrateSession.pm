# Sessions that go on while the test does something else: what the tests of
# concurrency, crashes and cancelling are made of.
#
# Written with IPC::Run alone, since what PostgreSQL::Test offers for this is
# another thing in every major version.  It only reads: IPC::Run that cannot write
# to a psql which has ended forgets what that psql has said.
package MigrateSession;

use strict;
use warnings;

use Exporter 'import';
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use IPC::Run ();
use MigrateTest;
use POSIX ();
use Symbol qw(gensym);
use Time::HiRes qw(sleep time);

our @EXPORT = qw(cpu_seconds psql_command race revision_chain until_waiting wait_until);

my $TIME_LIMIT = $ENV{PG_TEST_TIMEOUT_DEFAULT} || 180;

# The command that connects: psql_command($node, 'postgres', '-U', 'somebody', ...)
sub psql_command
{
	my ($node, $database, @options) = @_;

	return ('psql', '-XAtq', '-d', $node->connstr($database), @options);
}

# A session of psql that waits for what ask() and tell() give it.
# options => [...] are psql's; on_error_stop => 1 ends it at its first error.
sub new
{
	my ($class, $node, $database, %option) = @_;
	my $self = bless { in => '', out => '', err => '', questions => 0, stdin => gensym }, $class;
	my @options = ('-v', 'VERBOSITY=verbose', @{ $option{options} || [] });

	push @options, '-v', 'ON_ERROR_STOP=1' if $option{on_error_stop};
	$self->{timer} = IPC::Run::timer($TIME_LIMIT);
	$self->{run} = IPC::Run::start([ psql_command($node, $database, @options, '-f', '-') ],
		'<pipe', $self->{stdin}, '>', \$self->{out}, '2>', \$self->{err}, $self->{timer});
	fcntl($self->{stdin}, F_SETFL, fcntl($self->{stdin}, F_GETFL, 0) | O_NONBLOCK) or die "fcntl: $!";
	$self->{pid} = $self->ask('SELECT pg_backend_pid()');
	die "no connection: $self->{last_err}" unless $self->{pid} =~ /^\d+$/;
	return $self;
}

# Gives psql as much of the input as it takes now; true if that is all.
# Nobody is there to read what is left for a psql that has ended.
sub send_input
{
	my ($self) = @_;
	local $SIG{PIPE} = 'IGNORE';

	while (length $self->{in})
	{
		my $written = syswrite $self->{stdin}, $self->{in};

		if (defined $written) { substr $self->{in}, 0, $written, '' }
		elsif ($!{EAGAIN}) { return 0 }
		elsif (!$!{EINTR}) { $self->{in} = '' }
	}
	return 1;
}

# Sends SQL, does not wait.
sub tell
{
	my ($self, $sql) = @_;

	$self->{in} .= "$sql\n;\n";
	$self->send_input;
	return;
}

# Waits until everything sent has been answered.  Returns what was printed since
# the last time; error messages and notices are in {last_err}.
sub answer
{
	my ($self) = @_;
	my $mark = '--answered ' . ++$self->{questions};

	# the limit is for an answer: a session may live longer
	$self->{timer}->start;
	# psql reports the end of a command that failed, too, unless it stops there
	$self->{in} .= "\\echo '$mark'\n\\warn '$mark'\n";
	while ($self->{run}->pumpable
		&& !($self->{out} =~ /^\Q$mark\E\n/m && $self->{err} =~ /^\Q$mark\E\n/m))
	{
		die "no answer for $TIME_LIMIT seconds; so far: $self->{out}$self->{err}"
		  if $self->{timer}->is_expired;
		if ($self->send_input)
		{
			$self->{run}->pump;
			next;
		}
		$self->{run}->pump_nb;
		sleep 0.01;
	}
	s/^--answered \d+\n//mg for $self->{out}, $self->{err};
	my $out = $self->{out};
	$self->{last_err} = $self->{err};
	$self->{out} = $self->{err} = '';
	chomp $out;
	return $out;
}

sub ask
{
	my ($self, $sql) = @_;

	$self->tell($sql);
	return $self->answer;
}

# The SQLSTATE of the last error, or ''.
sub sqlstate
{
	my ($self) = @_;

	return $self->{last_err} =~ /(?:ERROR|FATAL):  (\w{5}):/ ? $1 : '';
}

sub close
{
	my ($self) = @_;

	$self->{in} .= "\\q\n";
	eval {
		until ($self->send_input)
		{
			$self->{run}->pump_nb;
			sleep 0.01;
		}
		CORE::close($self->{stdin});
		$self->{run}->finish;
		1;
	} or $self->{run}->kill_kill;
	return;
}

# How often the server was ready.
sub starts
{
	my ($node) = @_;

	return scalar(() = PostgreSQL::Test::Utils::slurp_file($node->logfile) =~ /ready to accept connections/g);
}

# Kills the session's process in the server, which takes all others with it, and calls $then.  Returns
# whether the server comes back.  Until the postmaster has seen that the process is gone, the server
# answers as before, so its next start is waited for.
sub kill_server
{
	my ($self, $node, $then) = @_;
	my $starts = starts($node);
	my $end = time + $TIME_LIMIT;

	kill 'KILL', $self->{pid};
	$then->();
	sleep 0.1 while starts($node) == $starts && time < $end;
	return wait_until($node, 'postgres', 'SELECT 1', '1');
}

# Ends the client as an out-of-memory killer would.
sub kill9
{
	my ($self) = @_;

	$self->{run}->signal('KILL');
	CORE::close($self->{stdin});
	eval { $self->{run}->finish };
	return;
}

# Texts of $n revision files, one on top of the other: PREFIX0001, PREFIX0002 ...
# up => sub { SQL for number $_[0] }, down likewise.
sub revision_chain
{
	my ($prefix, $n, %sql) = @_;
	my $up = $sql{up} || sub { "CREATE TABLE ${prefix}_$_[0] (i int);" };
	my $down = $sql{down} || sub { "DROP TABLE ${prefix}_$_[0];" };
	my $name = sub { $_[0] > 0 ? sprintf('%s%04d', $prefix, $_[0]) : '' };

	return map {
		revision_file($name->($_), revises => $name->($_ - 1), message => "step $_",
			up => $up->($_), down => $down->($_))
	} 1 .. $n;
}

# $n processes of psql at once, each with these arguments, or those that a sub
# returns for its number.  Returns [status, stdout, stderr] of each.
sub race
{
	my ($node, $database, $n, @arguments) = @_;
	my (@harnesses, @results);

	for my $i (1 .. $n)
	{
		my ($in, $out, $err) = ('', '', '');
		push @results, [ undef, \$out, \$err ];
		push @harnesses, IPC::Run::start([ psql_command($node, $database, '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose',
				ref $arguments[0] eq 'CODE' ? $arguments[0]->($i) : @arguments) ],
			'<', \$in, '>', \$out, '2>', \$err, IPC::Run::timer($TIME_LIMIT));
	}
	for my $i (0 .. $#harnesses)
	{
		$harnesses[$i]->finish;
		$results[$i][0] = $harnesses[$i]->full_result(0);
	}
	return map { [ $_->[0], ${ $_->[1] }, ${ $_->[2] } ] } @results;
}

# SQL for a revision that goes on when more than $n sessions wait for its
# session's migration lock, however slowly they start; after a minute anyway.
sub until_waiting
{
	my ($n) = @_;

	return <<SQL;
DO \$\$ BEGIN
	FOR i IN 1 .. 600 LOOP
		EXIT WHEN $n < (SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database()));
		PERFORM pg_sleep(0.1);
	END LOOP;
END \$\$;
SQL
}

# The processor time that a process has used, which does not depend on what else
# the machine does; undef where there is no /proc.
sub cpu_seconds
{
	my ($pid) = @_;

	open my $handle, '<', "/proc/$pid/stat" or return;
	my ($user, $system) = (split ' ', <$handle> =~ s/^.*\)//r)[ 11, 12 ];
	return ($user + $system) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# Asks every 20 ms until the answer is $expected; false after $seconds.
sub wait_until
{
	my ($node, $database, $sql, $expected, $seconds) = @_;
	my $end = time + ($seconds || $TIME_LIMIT);

	while (time < $end)
	{
		# a psql that is refused before it has read its input makes this die
		my ($status, $out) = eval { $node->psql($database, $sql) };
		return 1 if defined $out && $out eq $expected;
		sleep 0.02;
	}
	return 0;
}

1;
