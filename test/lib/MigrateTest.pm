# What the TAP tests have in common: a server with the extension, and revisions
# made from a few words.
#
# PostgreSQL::Test::Cluster is found under that name since 15 and in the last
# releases of 13 and 14, too.
package MigrateTest;

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(migrate_node revision_file load_revisions example_files sql_fails is_sanitized);

# A started server whose database "postgres" has the extension.
# Options are those of init(), conf => text for postgresql.conf, and prefix => where
# another installation of the server is.
sub migrate_node
{
	my ($name, %options) = @_;
	my $conf = delete $options{conf};
	my $prefix = delete $options{prefix};
	my $node = PostgreSQL::Test::Cluster->new($name, defined $prefix ? (install_path => $prefix) : ());

	$node->init(%options);
	$node->append_conf('postgresql.conf', $conf) if defined $conf;
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION migrate_ext');
	return $node;
}

# The text of a revision file:
# revision_file('b', revises => 'a', up => 'CREATE ...', down => 'DROP ...',
#     message => ..., labels => ..., depends_on => ..., up_mark => 'transaction:false')
sub revision_file
{
	my ($id, %part) = @_;
	my $message = $part{message} // "revision $id";
	my $text = "-- $message\n--\n-- Revision ID: $id\n-- Revises: " . ($part{revises} // '') . "\n";

	$text .= "-- Create Date: " . ($part{date} // '2026-01-01 00:00:00+00') . "\n";
	$text .= "-- Branch Labels: $part{labels}\n" if defined $part{labels};
	$text .= "-- Depends On: $part{depends_on}\n" if defined $part{depends_on};
	$text .= "\n-- migrate:up" . (defined $part{up_mark} ? " $part{up_mark}" : '') . "\n" . ($part{up} // '') . "\n";
	$text .= "\n-- migrate:down" . (defined $part{down_mark} ? " $part{down_mark}" : '') . "\n$part{down}\n"
	  if defined $part{down};
	return $text;
}

# Loads texts of revision files, all or none.
sub load_revisions
{
	my ($node, $database, @files) = @_;
	my $array = join ', ', map { my $text = $_; $text =~ s/([\\'])/$1$1/g; "E'$text'" } @files;

	return $node->safe_psql($database, "SELECT revision FROM migrate.load_files(ARRAY[$array])");
}

# The texts of the example project.
sub example_files
{
	my $directory = $0 =~ m{^(.*)/test/t/[^/]*$} ? "$1/examples/timetracker" : 'examples/timetracker';

	return map { slurp_file($_) } sort glob("\Q$directory\E/*.sql");
}

# The SQLSTATE that a statement fails with, or '' if it runs.
sub sql_fails
{
	my ($node, $database, $sql) = @_;
	my ($status, $stdout, $stderr) =
	  $node->psql($database, "\\set VERBOSITY verbose\n$sql", on_error_stop => 1);

	return '' if $status == 0;
	return $stderr =~ /(?:ERROR|FATAL):  (\w{5}):/ ? $1 : $stderr;
}

# Is this a build with AddressSanitizer?  It keeps what is freed, and ends the
# process where memory runs out: nothing can be said of memory there.
sub is_sanitized
{
	return ($ENV{COPT} // '') =~ /sanitize/;
}

1;
