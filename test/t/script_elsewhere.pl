# Scripts of upgrade_sql() and its like on a server that has no extension, as a role that owns one
# database and nothing else: raced, killed, stopped by errors and locks, run again; and an extension
# that comes to such a database later, and leaves it again.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Run ();
use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = migrate_node('build');
my $dir = $node->basedir;
my $root = dirname(dirname(dirname(abs_path($0))));

# A server whose directories have everything but the extension.
my $bin = qx(bash -c 'cd "$root" && . scripts/machine.sh && PG_CONFIG=\$(command -v pg_config) && private_prefix "$dir" && dirname "\$PG_CONFIG"');
chomp $bin;
ok(-x "$bin/postgres", 'there is a server without the extension') or BAIL_OUT("private_prefix: $bin");
my $target = PostgreSQL::Test::Cluster->new('target');
{
	local $ENV{PATH} = "$bin:$ENV{PATH}";
	$target->init;
	$target->append_conf('postgresql.conf', "max_connections = 60\n");
	$target->start;
}
is($target->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'migrate_ext'"), '0', '  indeed');

for ($target, $node)
{
	$_->safe_psql('postgres', 'CREATE ROLE app LOGIN; CREATE ROLE stranger LOGIN');
	database($_, 'app');
}

# A database as hosted services have it: the role owns it, and nobody may create in public but its owner.
sub database
{
	my ($server, $name) = @_;

	$server->safe_psql('postgres', "CREATE DATABASE $name OWNER app");
	$server->safe_psql($name, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC; ALTER SCHEMA public OWNER TO app');
	return;
}

# Writes the script that a call prints, and returns the file.
my $scripts = 0;
sub script
{
	my ($call) = @_;
	my $file = "$dir/script" . ++$scripts . '.sql';

	open my $handle, '>', $file or die "$file: $!";
	print $handle $node->safe_psql('postgres', "SELECT migrate.$call"), "\n";
	close $handle or die "$file: $!";
	return $file;
}

# Runs it: exit status, output and messages.
sub run_script
{
	my ($file, $database, %option) = @_;
	my ($out, $err) = ('', '');
	my @psql = ('psql', '-XAtq', '-d', ($option{server} // $target)->connstr($database), '-U', $option{role} // 'app', '-f', $file);

	local $ENV{PGOPTIONS} = $option{options} // '';
	IPC::Run::run(\@psql, '<', \undef, '>', \$out, '2>', \$err);
	return ($? >> 8, $out, $err);
}

sub there { return $target->safe_psql($_[1] // 'app', $_[0]); }
my $version = "SELECT coalesce(string_agg(revision, ',' ORDER BY revision), '') FROM migrate.version";

load_revisions($node, 'postgres',
	revision_file('a1', message => "it's \$migrate\$ and \$sql\$", up => 'CREATE TABLE t (i int, s text);', down => 'DROP TABLE t;'),
	revision_file('b1', revises => 'a1', up => "INSERT INTO t SELECT g, \$\$ab\\c ; :USER\$\$ FROM generate_series(1, 20000) AS g;\nSET search_path = '';\nSELECT 1;",
		down => 'TRUNCATE t;'),
	revision_file('c1', revises => 'b1', up => "CREATE INDEX CONCURRENTLY t_i ON t (i);\nVACUUM t;\nBEGIN;\nCREATE TABLE u (i int);\nINSERT INTO u VALUES (1);\nCOMMIT;",
		up_mark => 'transaction:false', down => "DROP TABLE u;\nDROP INDEX CONCURRENTLY t_i;", down_mark => 'transaction:false'),
	revision_file('d1', revises => 'c1', up => 'ALTER TABLE t ADD COLUMN d int;', down => 'ALTER TABLE t DROP COLUMN d;'),
	revision_file('e1', revises => 'd1', message => 'wrong */ one', up => "CREATE TABLE v (i int);\n\nALTER TABLE v ADD UNIQUE (nosuch);", down => 'DROP TABLE v;'));

# --- raced --------------------------------------------------------------------
for my $online ('false', 'true')
{
	my $database = "race_$online";
	my $file = script("upgrade_sql('base:d1', online => $online)");
	my @results;

	database($target, $database);
	@results = race($target, $database, 16, '-U', 'app', '-f', $file);
	is(scalar(grep { $_->[0] == 0 } @results), 16, "online $online: of 16 starts all exit 0") or diag(map { $_->[2] } @results);
	is(scalar(grep { $_->[2] =~ /ERROR|FATAL|deadlock/ } @results), 0, '  none sees an error');
	is(scalar(grep { $_->[2] =~ /nothing to do: the database is at \{d1\}/ } @results), 15, '  all but one find nothing to do');
	is(there('SELECT count(*), count(DISTINCT revision) FROM migrate.log', $database), '4|4', '  each revision has run once');
	is(there("SELECT count(*) FROM migrate.log WHERE outcome = 'done' AND duration > '0' AND length(checksum) = 32 AND role = 'app'", $database),
		'4', '  and is logged with duration and checksum');
	is(there($version, $database), 'd1', '  the database is at the end');
	is(there("SELECT count(*), min(s), (SELECT count(*) FROM u), (SELECT indisvalid FROM pg_index WHERE indexrelid = 't_i'::regclass) FROM t", $database),
		'20000|ab\c ; :USER|1|t', '  what they make is there');
	is(there('SELECT string_agg(revision, \',\' ORDER BY revision) FILTER (WHERE is_real_head) FROM migrate.revisions', $database), 'd1', '  the books know the head');
	my ($status) = run_script(script("downgrade_sql('d1:base', online => $online)"), $database);
	is($status, 0, '  and back');
	is(there("$version UNION ALL SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace", $database), "\n", '  nothing is left');
	is(there("SELECT count(*) FROM migrate.log WHERE action = 'downgrade'", $database), '4', '  it is logged');
}
is($node->safe_psql('postgres', 'SELECT checksum FROM migrate.scripts WHERE revision = \'c1\''),
	there("SELECT checksum FROM migrate.log WHERE revision = 'c1' AND action = 'upgrade'", 'race_true'), 'the checksum is that of the revision');

# --- where it does not start, and errors ------------------------------------------
my ($status, $out, $err) = run_script(script("upgrade_sql('a1:b1')"), 'app');
is($status, 3, 'a database where nothing was migrated is not the start of this one');
like($err, qr/ERROR:  nothing has been migrated here\nDETAIL:  This script starts at \{a1\}/, '  it says so');
is(there("SELECT count(*) FROM pg_namespace WHERE nspname = 'migrate'"), '0', '  and makes nothing');
is((run_script(script("upgrade_sql('base:c1')"), 'app'))[0], 0, 'to c1');
($status, $out, $err) = run_script(script("upgrade_sql('a1:b1')"), 'app');
like("$status $err", qr/^3 .*this script does not start where the database is: \{c1\}\nDETAIL:  It leads from \{a1\} to \{b1\}\.\nHINT:  .*c1:head/s, 'it does not start where the database is');

for my $online ('false', 'true')
{
	($status, $out, $err) = run_script(script("upgrade_sql('c1:e1', online => $online)"), 'app');
	is($status, 3, "online $online: psql stops at the first error");
	like($err, qr/ERROR:  column "nosuch" named in key does not exist\n.*revision "e1" \(wrong  \/ one\), upgrade, statement 2, line 10/s,
		'  revision, statement and line are told');
	is(there($version), $online eq 'true' ? 'd1' : 'c1', '  what was committed stays, and nothing else');
	is(there("SELECT to_regclass('v') IS NULL"), 't', '  of the revision itself nothing');
}
($status, $out, $err) = run_script(script("downgrade_sql('d1:b1')"), 'app');
is($status, 0, 'a rollback');

# --- killed ------------------------------------------------------------------------
database($target, 'killed');
my $file = script("upgrade_sql('base:d1')");
is((run_script(script("upgrade_sql('base:b1')"), 'killed'))[0], 0, 'to b1');
{
	# somebody reads the table, so that the index waits for him
	my $reader = MigrateSession->new($target, 'killed');
	$reader->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t;');
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-d', $target->connstr('killed'), '-U', 'app', '-f', script("upgrade_sql('b1:d1')") ],
		'<', \undef, '>', \my $o, '2>', \my $e);
	ok(wait_until($target, 'killed', "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('t_i') AND NOT indisvalid", '1'), 'an index that is being built');
	there("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'CREATE INDEX CONCURRENTLY t_i' AND pid <> pg_backend_pid()", 'killed');
	$run->finish;
	isnt($run->full_result(0), 0, 'a script whose session is killed');
	$reader->ask('COMMIT');
}
is(there("SELECT revision, outcome, statements_done, statements FROM migrate.log ORDER BY id DESC LIMIT 1", 'killed'), 'c1|running|0|6', '  the log says how far it was');
($status, $out, $err) = run_script(script("upgrade_sql('b1:c1')"), 'killed');
is($status, 0, '  another script goes on with the revision') or diag($err);
is(there("SELECT indisvalid, (SELECT count(*) FROM u) FROM pg_index WHERE indexrelid = 't_i'::regclass", 'killed'), 't|1', '  the index that was left is built anew');
is(there("SELECT outcome, tries, statements_done FROM migrate.log WHERE revision = 'c1'", 'killed'), 'done|2|6', '  in the same row of the log');
($status, $out, $err) = run_script(script("upgrade_sql('b1:d1')"), 'killed');
is("$status $out", "0 Running upgrade c1 -> d1, revision d1\n", '  and a script goes on from a place in its middle');

there("UPDATE migrate.log SET outcome = 'half_done', checksum = '\\x00' WHERE revision = 'c1'", 'killed');
($status, $out, $err) = run_script(script("downgrade_sql('d1:c1')"), 'killed');
like("$status $err", qr/^3 .*ERROR:  the upgrade of revision "c1" is half done/s, 'what another script has left half done is not passed over');
there("UPDATE migrate.log SET outcome = 'done' WHERE revision = 'c1'", 'killed');

# --- locks ---------------------------------------------------------------------------
{
	my $holder = MigrateSession->new($target, 'killed');
	$holder->ask('BEGIN; LOCK TABLE t IN ACCESS SHARE MODE;');
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-d', $target->connstr('killed'), '-U', 'app', '-f', script("downgrade_sql('d1:c1', online => true)") ],
		'<', \undef, '>', \my $o, '2>', \my $e);
	$run->pump until $e =~ /try 3 gives way/;
	$holder->ask('COMMIT;');
	$run->finish;
	is($run->full_result(0), 0, 'a table that is in use is waited for');
	is(there("SELECT tries > 3, waited > '0', outcome FROM migrate.log ORDER BY id DESC LIMIT 1", 'killed'), 't|t|done', '  by tries that give way');
}

# --- whose tables are they? ------------------------------------------------------------
database($target, 'planted');
$target->safe_psql('planted', 'GRANT CREATE ON DATABASE planted TO stranger');
is((run_script(script("upgrade_sql('base:a1')"), 'planted', role => 'stranger'))[0], 3, 'who may not create tables cannot migrate');
is(there("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'migrate'", 'planted'), 'stranger', '  but has made the books');
for my $role ('app', $target->safe_psql('postgres', 'SELECT current_user'))
{
	($status, $out, $err) = run_script(script("upgrade_sql('base:a1')"), 'planted', role => $role);
	like("$status $err", qr/^3 .*ERROR:  .*(belong to somebody else|permission denied for schema migrate)/s, '  which nobody else falls for');
}

# --- a dump carries them; the extension takes them over, and leaves them -------------------
is((run_script(script("stamp_sql('base:b1')"), 'planted', role => 'stranger'))[0], 0, 'a stamp as well');
is(there("SELECT count(*) FROM migrate.revisions", 'planted'), '2', '  has the books know what is below it');

database($node, $_) for ('adopted', 'taken');
my $state = "SELECT (SELECT string_agg(format('%s %s %s %s', id, action, revision, outcome), ',' ORDER BY id) FROM migrate.log), ($version),"
  . " (SELECT string_agg(format('%s %s', revision, is_real_head), ',' ORDER BY revision) FROM migrate.revisions), (SELECT count(*) FROM migrate.scripts)";
command_ok([ 'sh', '-c', 'pg_dump -d "$1" -U app | psql -Xq -v ON_ERROR_STOP=1 -d "$2" -U app', 'sh', $target->connstr('race_true'), $node->connstr('adopted') ],
	'a dump carries the books');
run_script(script("upgrade_sql('base:c1')"), 'adopted', server => $node);
my $before = $node->safe_psql('adopted', $state);
like($before, qr/9 upgrade a1 done,.*\|c1\|.*c1 f/s, 'the books of before');
$node->safe_psql('adopted', 'SET ROLE app; CREATE EXTENSION migrate_ext');
is($node->safe_psql('adopted', $state), $before, 'CREATE EXTENSION takes over the rows');
is($node->safe_psql('adopted', "SELECT migrate.current(), (SELECT current FROM migrate.status())"), 'c1|{c1}', '  and goes on with them');
$node->safe_psql('adopted', 'CALL migrate.revert(\'a1\')');
is($node->safe_psql('adopted', "SELECT id, revision, action FROM migrate.log ORDER BY id DESC LIMIT 1"), '13|b1|downgrade', '  the log goes on, too');
is($node->safe_psql('adopted', "SELECT count(*) FROM pg_namespace WHERE nspname = 'migrate_books'"), '0', '  nothing is left of the old tables');
is($node->safe_psql('adopted', "SELECT count(*) FROM pg_class WHERE relnamespace = 'migrate'::regnamespace AND relowner <> 'app'::regrole"), '0', '  all belongs to the owner');

my $detach = join "\n", 'SET ROLE app; BEGIN;', (map { "ALTER EXTENSION migrate_ext DROP TABLE migrate.$_;" } qw(revisions scripts prelude version log)),
  'ALTER EXTENSION migrate_ext DROP SEQUENCE migrate.log_id_seq;', 'DROP EXTENSION migrate_ext;', 'COMMIT;';
$before = $node->safe_psql('adopted', $state);
$node->safe_psql('adopted', $detach);
is($node->safe_psql('adopted', $state), $before, 'it can go, and leave the books');
is((run_script(script("upgrade_sql('a1:d1', online => true)"), 'adopted', server => $node))[0], 0, '  with which scripts go on');
$node->safe_psql('adopted', 'SET ROLE app; CREATE EXTENSION migrate_ext');
is($node->safe_psql('adopted', 'SELECT migrate.current()'), 'd1', '  and the extension again');

# what is not what scripts make is not taken over
$node->safe_psql('taken', 'SET ROLE app; CREATE SCHEMA migrate; CREATE VIEW migrate.version AS SELECT \'x\'::text AS revision');
is(sql_fails($node, 'taken', 'SET ROLE app; CREATE EXTENSION migrate_ext'), '42P07', 'a view in the place of a table is refused');
$node->safe_psql('taken', 'SET ROLE app; DROP VIEW migrate.version; CREATE TABLE migrate.version (revision varchar)');
is(sql_fails($node, 'taken', 'SET ROLE app; CREATE EXTENSION migrate_ext'), '42804', '  and a column of another type');
$node->safe_psql('taken', 'DROP TABLE migrate.version; CREATE TABLE migrate.version (revision text)');
is(sql_fails($node, 'taken', 'SET ROLE app; CREATE EXTENSION migrate_ext'), '42P07', '  and a table of somebody else');

done_testing();
