# Beside pg_cron, hypopg and pg_repack: a job is scheduled once however often its revision is tried
# out, and neither indexes that do not exist nor the triggers of a table that is repacked are drift.
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
my @missing = grep { !-e "$share/extension/$_.control" } qw(pg_cron hypopg pg_repack);

if (@missing)
{
	diag("SKIPPED: no server with @missing, see MIGRATE_BESIDE");
	plan skip_all => "no server with @missing";
}

my $node = migrate_node('main', prefix => $prefix, conf => q{
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.launch_active_jobs = off
});
my $sql = sub { $node->safe_psql('postgres', "SET migrate.schemas = '*';\n$_[0]") };

$sql->('CREATE EXTENSION pg_cron; CREATE EXTENSION hypopg; CREATE EXTENSION pg_repack; CREATE SCHEMA app; CREATE TABLE app.t (i int PRIMARY KEY, v text)');
is($sql->(q{SELECT migrate.baseline(rev_id => 'b')}), 'b', 'a baseline of the whole database');
is($sql->('SELECT upgrade_ok, downgrade_ok, round_trip_ok FROM migrate.verify()'), 't|t|t', 'is verified');
is($sql->('SELECT count(*) FROM migrate.drift()'), 0, 'and no drift');

# --- pg_cron: its jobs are rows that pg_dump writes, and have numbers -------------------------

$sql->(q{SELECT cron.schedule('by hand', '0 4 * * *', 'ANALYZE')});
load_revisions($node, 'postgres', revision_file('j', revises => 'b',
	up => q{SELECT cron.schedule('nightly', '0 3 * * *', 'VACUUM'); CREATE TABLE app.jobs (jobname text); INSERT INTO app.jobs SELECT jobname FROM cron.job WHERE jobname = 'nightly'},
	down => q{DROP TABLE app.jobs; SELECT cron.unschedule('nightly')}));
$sql->(q{SELECT migrate.upgrade()});
my $jobs = q{SELECT string_agg(jobid || ' ' || jobname, ', ' ORDER BY jobid), (SELECT last_value FROM cron.jobid_seq) FROM cron.job};
is($sql->($jobs), '1 by hand, 2 nightly|2', 'a job is scheduled');
is($sql->('SELECT count(*) FROM migrate.drift()'), 0, 'a revision that schedules a job is no drift');
is($sql->('SELECT bool_and(upgrade_ok AND downgrade_ok AND round_trip_ok) FROM migrate.verify()'), 't', 'it is verified');
is($sql->(q{SELECT outcome FROM migrate.rehearse('base') WHERE outcome <> 'ok' LIMIT 1}), '', 'and can be rehearsed');
is($sql->($jobs), '1 by hand, 2 nightly|2', 'no job and no number has come of that');
is($sql->(q{SELECT migrate.squash('b', 'j', ignore_data => true, rev_id => 's')}), 's', 'it is made one with the baseline');
is($sql->($jobs), '1 by hand, 2 nightly|2', 'again without');

# --- hypopg: indexes of this session that do not exist ----------------------------------------

is($sql->(q{SELECT count(*) FROM hypopg_create_index('CREATE INDEX ON app.t (v)'); SELECT count(*) FROM migrate.drift(); SELECT count(*) FROM hypopg_list_indexes}),
	"1\n0\n1", 'an index that hypopg only thinks of is no drift');

# --- pg_repack: while a table is repacked it has a trigger ------------------------------------

$sql->(q{CREATE TABLE repack.log_of_t (id bigserial, pk app.t, row app.t);
	CREATE TRIGGER repack_trigger AFTER INSERT OR DELETE OR UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION repack.repack_trigger('INSERT INTO repack.log_of_t (pk, row) VALUES ($1, $2)', 'i')});
my ($rc, $out, $err) = $node->psql('postgres', q{SELECT string_agg(upgrade, ' ') FROM migrate.diff('CREATE TABLE app.t (i int PRIMARY KEY, v text); CREATE TABLE app.jobs (jobname text)', '{app}')});
is($out, '', 'the trigger of a table that is repacked is no difference');
like($err, qr/1 object of extension "pg_repack", which runs it by itself, is left alone\nDETAIL:  trigger app\.t\.repack_trigger/, 'and named');

$node->stop;
done_testing();
