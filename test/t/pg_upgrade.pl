# A cluster that goes to another major version by pg_upgrade takes revisions,
# version and log along.  Where no older PostgreSQL with the extension is
# installed beside this one, pg_upgrade goes from this version to itself, which
# carries them in the same way.
use strict;
use warnings;

use Cwd ();
use File::Basename qw(dirname);
use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

sub bindir { my $dir = `'$_[0]' --bindir 2>/dev/null`; chomp $dir; return $dir; }

my $new_bin = bindir('pg_config');
my ($major) = `pg_config --version` =~ /^PostgreSQL (\d+)/;

# Other versions are beside this one where Debian has them: .../15/bin, .../16/bin.
sub older_bin
{
	return unless $new_bin =~ m{^(.*)/\Q$major\E/bin$};
	my @found;

	for my $config (glob "\Q$1\E/*/bin/pg_config")
	{
		my ($version) = `'$config' --version` =~ /^PostgreSQL (\d+)/;
		my $share = `'$config' --sharedir`;
		chomp $share;
		push @found, [ $version, bindir($config) ]
		  if $version && $version < $major && -x dirname($config) . '/initdb' && -f "$share/extension/migrate_ext.control";
	}
	@found = sort { $b->[0] <=> $a->[0] } @found;
	return @found ? @{ $found[0] } : ();
}

my ($old_major, $old_bin) = older_bin();
($old_major, $old_bin) = ($major, $new_bin) unless defined $old_bin;
plan skip_all => 'the test modules of PostgreSQL 13 and 14 know one version at a time'
  if $old_bin ne $new_bin && $major < 15;
note("pg_upgrade from $old_major to $major");

my $old = PostgreSQL::Test::Cluster->new('old', $old_bin ne $new_bin ? (install_path => dirname($old_bin)) : ());
$old->init;
$old->start;

my $EVERYTHING = q{
	SELECT 'revision', r::text FROM migrate.revisions r
	UNION ALL SELECT 'script', s::text FROM migrate.scripts s
	UNION ALL SELECT 'version', v::text FROM migrate.version v
	UNION ALL SELECT 'log', l::text FROM migrate.log l
	UNION ALL SELECT 'sequence', last_value::text FROM migrate.log_id_seq
	ORDER BY 1, 2};
my (@names, %before) = qw(postgres owned);

$old->safe_psql('postgres', 'CREATE EXTENSION migrate_ext; CREATE ROLE owner LOGIN; CREATE DATABASE owned OWNER owner');
# so that a revision of the example may create in public before 15, too
$old->safe_psql('owned', 'GRANT ALL ON SCHEMA public TO owner; SET ROLE owner; CREATE EXTENSION migrate_ext');
for my $database (@names)
{
	my $sql = $database eq 'owned' ? 'SET ROLE owner; ' : '';

	load_revisions($old, $database, example_files());
	$old->safe_psql($database, $sql . q{
		SELECT migrate.upgrade(revision) FROM migrate.plan('upgrade', 'heads') WHERE step = 6});
	$before{$database} = $old->safe_psql($database, $EVERYTHING);
	isnt($old->safe_psql($database, 'SELECT pending FROM migrate.status()'), '0', "$database: something is pending");
}
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init;

my $here = Cwd::getcwd();
chdir $new->basedir or die "chdir: $!";
command_ok([ 'pg_upgrade', ($major >= 15 ? '--no-sync' : ()), '-b', $old_bin, '-B', $new_bin,
		'-d', $old->data_dir, '-D', $new->data_dir, '-s', $new->host, '-p', $old->port, '-P', $new->port ],
	'pg_upgrade');
chdir $here or die "chdir: $!";
$new->start;

for my $database (@names)
{
	my $sql = $database eq 'owned' ? 'SET ROLE owner; ' : '';

	is($new->safe_psql($database, $EVERYTHING), $before{$database}, "$database: all rows are there");
	is($new->safe_psql($database, q{SELECT string_agg(DISTINCT outcome, ' ') FROM migrate.load_files(
			ARRAY(SELECT migrate.script(revision) FROM migrate.history()))}), 'unchanged', "$database: the files are known as they are");
	$new->safe_psql($database, $sql . q{SELECT migrate.upgrade('heads')});
	is($new->safe_psql($database, 'SELECT migrate.check_heads()'), 't', "$database: the upgrade goes on");
	is($new->safe_psql($database, 'SELECT count(*) = max(id) FROM migrate.log'), 't', "$database: so does the log");
	is($new->safe_psql($database, $sql . q{SELECT migrate.downgrade('base')}), '', "$database: and down to base");
}

$new->stop;
done_testing();
