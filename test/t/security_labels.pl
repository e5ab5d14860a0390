# Security labels, which take a provider: the smallest one is built here.  What
# turns a schema without labels into one with them, into other ones and back is
# right if nothing is left to do and pg_seclabels says what the model says.
use strict;
use warnings;

use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($root) = $0 =~ m{^(.*)/test/t/[^/]*$};
my $library = PostgreSQL::Test::Utils::tempdir() . '/label_provider.so';
my $config = $ENV{PG_CONFIG} // 'pg_config';
my ($include) = `$config --includedir-server` =~ /(.*)/;
my ($cc) = `$config --cc` =~ /(\S+)/;
system_or_bail($cc, '-shared', '-fPIC', "-I$include", '-o', $library, ($root // '.') . '/test/modules/label_provider.c');
my $node = migrate_node('main', conf => "shared_preload_libraries = '$library'\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

my $objects = <<'SQL';
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('ok');
CREATE DOMAIN app.name AS text;
CREATE SEQUENCE app.numbers;
CREATE TABLE app.people (id int PRIMARY KEY, name app.name);
CREATE VIEW app.names AS SELECT name FROM app.people;
CREATE FUNCTION app.one(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE app.none() LANGUAGE sql AS '';
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int);
CREATE FUNCTION app.fires() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION app.fires();
CREATE PUBLICATION p FOR TABLE app.people;
SQL
my @labelled = ('SCHEMA app', 'TYPE app.mood', 'DOMAIN app.name', 'SEQUENCE app.numbers', 'TABLE app.people', 'COLUMN app.people.name',
	'VIEW app.names', 'FUNCTION app.one(int)', 'PROCEDURE app.none()', 'AGGREGATE app.total(int)', 'EVENT TRIGGER et', 'PUBLICATION p');

# The label of the first provider on all, that of the second on every second object.
sub model
{
	my ($label, $other) = @_;
	my $number = 0;
	my $text = $objects;
	foreach my $object (@labelled)
	{
		$text .= "SECURITY LABEL FOR test ON $object IS '$label';\n" if defined $label;
		$text .= "SECURITY LABEL FOR \"other provider\" ON $object IS '$other';\n" if defined $other && $number++ % 2;
	}
	return $text;
}

my $labels = q{SELECT provider, label, count(*) FROM pg_seclabels GROUP BY 1, 2 ORDER BY 1, 2};
my $number = 0;
my @states = ([undef, undef, ''], ['secret', undef, 'test|secret|12'], ["it''s", 'b', "other provider|b|6\ntest|it's|12"],
	["it''s", 'c', "other provider|c|6\ntest|it's|12"], [undef, 'c', 'other provider|c|6'], [undef, undef, '']);
foreach my $state (@states)
{
	my ($label, $other, $expected) = @$state;
	my $model = model($label, $other);
	my $id = 'r' . $number++;
	$sql->("SELECT migrate.migrate('labels', \$model\$$model\$model\$, '{*}', rev_id => '$id'); SELECT migrate.upgrade()");
	is($sql->($labels), $expected, "$id: the labels");
	is($sql->("SELECT migrate.check(\$model\$$model\$model\$, '{*}')"), '', "$id: nothing is left to do");
}
foreach my $state (reverse @states[ 0 .. $#states - 1 ])
{
	$sql->('SELECT migrate.downgrade()');
	is($sql->($labels), $state->[2], 'down again: ' . ($state->[2] =~ tr/\n/,/r || 'none'));
}
is( $sql->("SELECT upgrade FROM migrate.diff(\$model\$" . model('x', undef) . "\$model\$, '{*}') WHERE object_identity = 'app.people'"),
	"SECURITY LABEL FOR test ON TABLE app.people IS 'x';", 'what is written');

done_testing();
