# Tables that pg_partman, periods and pglogical run: what these make and drop by themselves is left
# alone, and a baseline is the table and the call that gives it to its extension.
#
# MIGRATE_BESIDE names the prefix of a server with their files; test/run.sh makes one.
use strict;
use warnings;

use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $prefix = $ENV{MIGRATE_BESIDE} // '';
my ($share) = $prefix ? map { chomp; $_ } `"$prefix/bin/pg_config" --sharedir` : '';
my @missing = grep { !-e "$share/extension/$_.control" } qw(pg_partman periods pglogical);

if (@missing)
{
	diag("SKIPPED: no server with @missing, see MIGRATE_BESIDE");
	plan skip_all => "no server with @missing";
}

my $node = migrate_node('main', prefix => $prefix, allows_streaming => 'logical', conf => q{
shared_preload_libraries = 'pglogical'
max_worker_processes = 20
});
my $extensions = q{
CREATE SCHEMA app;
CREATE SCHEMA partman;
CREATE EXTENSION pg_partman SCHEMA partman;
CREATE EXTENSION periods CASCADE;
CREATE EXTENSION pglogical;
SELECT pglogical.create_node(node_name := 'here', dsn := 'dbname=postgres');
};
my $tables = q{
CREATE TABLE app.events (id bigint NOT NULL, at timestamptz NOT NULL, what text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX events_what ON app.events (what);
CREATE TABLE app.emp (id int PRIMARY KEY, name text);
CREATE TABLE app.rep (id int PRIMARY KEY);
};
my $calls = q{
SELECT partman.create_parent('app.events', 'at', 'native', 'daily', p_premake => 2);
UPDATE partman.part_config SET retention = '100 days' WHERE parent_table = 'app.events';
SELECT periods.add_system_time_period('app.emp');
SELECT periods.add_system_versioning('app.emp');
SELECT pglogical.replication_set_add_table('default', 'app.rep');
};
my $versioning = q{
SELECT periods.add_system_time_period('app.emp');
SELECT periods.add_system_versioning('app.emp');
};

# What a statement prints: rows, and messages.
sub run
{
	my ($database, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql($database, "SET migrate.schemas = 'app';\n$sql");

	return ($stdout, $stderr);
}

sub dollar { return '$model$' . join('', @_) . '$model$' }

# The changes between what is there and a model: "drop app.t".
sub changes
{
	my ($stdout) = run('postgres', 'SELECT action || \' \' || object_identity FROM migrate.diff(' . dollar(@_) . ') ORDER BY step');
	return $stdout;
}

$node->safe_psql('postgres', "$extensions $tables $calls");
$node->safe_psql('postgres', "INSERT INTO app.emp VALUES (1, 'one'); INSERT INTO app.events VALUES (1, now(), 'it')");

# --- nothing is taken apart ------------------------------------------------------

my ($stdout, $stderr) = run('postgres', 'SELECT count(*) FROM migrate.diff(' . dollar($tables, $versioning) . ')');
is($stdout, 0, 'a model without the calls of pg_partman and pglogical is no other schema');
like($stderr, qr/6 objects of extension "pg_partman", which runs them by itself, are left alone\nDETAIL:  table app\.events_default\n/, 'partitions are named');
like($stderr, qr/8 objects of extension "periods", .*\nDETAIL:  function app\.emp__as_of.*\ntrigger app\.emp\.emp_truncate\nview app\.emp_with_history\n/s, 'so are triggers, functions and views');
unlike($stderr, qr/queue_truncate/, 'internal triggers are not');
is(() = $stderr =~ /left alone/g, 2, 'each extension once');
is(changes($tables, $calls), '', 'a model with all calls is no other schema either');
is(changes('CREATE TABLE app.rep (id int PRIMARY KEY);', 'SELECT 1'), join("\n", 'alter app.emp', 'alter app.emp', 'alter app.events',
	'drop app.emp', 'drop app.emp_history', 'drop app.events'), 'a table that goes is taken back from its extension before');

# --- the baseline ----------------------------------------------------------------

is((run('postgres', "SELECT migrate.baseline(rev_id => 'b1')"))[0], 'b1', 'a baseline is written and proven');
my $script = $node->safe_psql('postgres', "SELECT migrate.script('b1')");
like($script, qr/SELECT partman\.create_parent\(p_parent_table => 'app\.events', .*p_premake => 2/, 'it has the call of pg_partman');
like($script, qr/UPDATE partman\.part_config SET .*retention = '100 days'/, 'and its settings');
like($script, qr/SELECT periods\.add_system_time_period\('app\.emp'.*SELECT periods\.add_system_versioning\('app\.emp'/s, 'those of periods');
like($script, qr/SELECT pglogical\.replication_set_add_table\('default', 'app\.rep'/, 'that of pglogical');
unlike($script =~ s/-- migrate:down.*//sr, qr/events_p20|CREATE TRIGGER|CREATE VIEW|template/, 'and nothing that they make');
is((run('postgres', 'SELECT upgrade_ok, downgrade_ok, round_trip_ok FROM migrate.verify()'))[0], 't|t|t', 'it is verified');
is((run('postgres', 'SELECT count(*) FROM migrate.drift()'))[0], 0, 'there is no drift');
is($node->safe_psql('postgres', "SELECT count(*) FROM app.events"), 1, 'rows are where they were');
is($node->safe_psql('postgres', "SELECT retention FROM partman.part_config"), '100 days', 'so are the books');

# in another database
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', "CREATE EXTENSION migrate_ext; $extensions");
$script =~ s/^(?:CREATE|DROP) SCHEMA app;$//mg;
load_revisions($node, 'other', $script);
$node->safe_psql('other', 'SELECT migrate.upgrade()');
$node->safe_psql('other', "INSERT INTO app.emp VALUES (1, 'one'); UPDATE app.emp SET name = 'two'; INSERT INTO app.events VALUES (1, now(), 'it')");
is($node->safe_psql('other', 'SELECT count(*) FROM app.emp_with_history'), 2, 'versions are kept in a database made of it');
is($node->safe_psql('other', 'SELECT count(*) FROM ONLY app.events_default'), 0, 'rows find their partitions');
is($node->safe_psql('other', q{SELECT count(*) FROM pglogical.replication_set_table WHERE set_reloid = 'app.rep'::regclass}), 1, 'the table is in its set');
$node->safe_psql('other', "SELECT migrate.downgrade('base')");
is($node->safe_psql('other', 'SELECT (SELECT count(*) FROM partman.part_config) + (SELECT count(*) FROM periods.periods) + (SELECT count(*) FROM pglogical.replication_set_table)'),
	0, 'and back, with the books');
$node->safe_psql('other', 'CALL migrate.deploy()');
is($node->safe_psql('other', 'SELECT (SELECT count(*) FROM partman.part_config), (SELECT count(*) FROM periods.system_versioning), (SELECT count(*) FROM pglogical.replication_set_table)'),
	'1|1|1', 'deploy() does the same');

# --- changes of such tables --------------------------------------------------------

my $changed = $tables;
$changed =~ s/what text/what text, more int/;
is((run('postgres', 'SELECT migrate.migrate($$More$$, ' . dollar($changed, 'CREATE INDEX events_more ON app.events (more);', $versioning) . ", rev_id => 'm1')"))[0],
	'm1', 'a change is written');
run('postgres', 'CALL migrate.deploy()');
is($node->safe_psql('postgres', q{SELECT bool_and(indisvalid) AND count(*) = 7 FROM pg_index WHERE indexrelid::regclass::text LIKE 'app.events%more%'}),
	't', 'an index reaches all partitions');
is((run('postgres', 'SELECT count(*) FROM migrate.drift()'))[0], 0, 'there is no drift');
is((run('postgres', 'SELECT bool_and(round_trip_ok) FROM migrate.verify()'))[0], 't', 'and all is verified');
like((run('postgres', 'SELECT migrate.migrate($$Renamed$$, ' . dollar($tables =~ s/app\.events/app.happenings/gr, $versioning) . ", renames => '{app.events=happenings}')"))[1],
	qr/table app\.events is run by extension "pg_partman" and would get another name/, 'a rename is refused');
$node->safe_psql('postgres', 'CREATE VIEW app.yesterday AS SELECT * FROM app.emp_with_history');
like((run('postgres', 'SELECT migrate.migrate($$Gone$$, ' . dollar($changed =~ s/, name text//r, 'CREATE INDEX events_more ON app.events (more);',
	'SELECT periods.add_system_time_period(\'app.emp\'); SELECT periods.add_system_versioning(\'app.emp\');') . ')'))[1],
	qr/in the way of the change|is not managed/, 'what the extension has made is in the way of a column that it uses');
$node->safe_psql('postgres', 'DROP VIEW app.yesterday');

# --- what cannot be written, and who may not look ----------------------------------

$node->safe_psql('other', 'SELECT migrate.downgrade($$base$$); DELETE FROM migrate.revisions; CREATE TABLE app.sub (id int, at date NOT NULL) PARTITION BY RANGE (at);'
	  . q{SELECT partman.create_parent('app.sub', 'at', 'native', 'monthly'); CREATE UNIQUE INDEX ON partman.template_app_sub (id)});
($stdout, $stderr) = run('other', '\set VERBOSITY verbose' . "\nSELECT migrate.baseline()");
like($stderr, qr/MG033: table app\.sub is run by extension "pg_partman" in a way that cannot be written/, 'a template that somebody has changed is refused by name');
like($stderr, qr/HINT:  Leave it alone with migrate\.ignore, and write by hand/, 'with what to do');

$node->safe_psql('postgres', 'CREATE ROLE dev LOGIN; GRANT USAGE, CREATE ON SCHEMA app TO dev; GRANT CREATE ON DATABASE postgres TO dev; CREATE SCHEMA dev AUTHORIZATION dev;'
	  . 'GRANT USAGE ON SCHEMA migrate TO dev; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA migrate TO dev; GRANT SELECT ON ALL TABLES IN SCHEMA periods TO dev');
my $as_dev = 'SET ROLE dev; SELECT count(*) FROM migrate.diff(\'CREATE TABLE dev.t (i int)\', \'{dev}\')';
like((run('postgres', $as_dev))[1], qr/permission denied for table partman\.part_config/, 'who cannot tell partitions from tables is refused');
$node->safe_psql('postgres', 'GRANT USAGE ON SCHEMA partman TO dev; GRANT SELECT ON ALL TABLES IN SCHEMA partman TO dev');
($stdout, $stderr) = run('postgres', $as_dev);
is($stdout, 1, 'and with the right is not');
like($stderr, qr/what extensions run is not known, for lack of the right to read: pglogical\.replication_set/, 'what only tells of calls is passed over with a word');

$node->stop;
done_testing();
