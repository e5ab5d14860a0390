# The tables as a hand may leave them: a cycle, a parent that is not there, a
# version row that names nothing or too much, scripts, tables or the schema gone.
# Every function answers: with what is right, or with an error that says how to
# mend it.  None waits, loops, crashes or has an internal error; and the mending
# that the hint names does mend it.
use strict;
use warnings;

use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = migrate_node('main', conf => "autovacuum = off\n");
my $file = revision_file('dd', revises => 'cc', up => 'SELECT 1;', down => '');
my $script = revision_file('cc', revises => 'bb', up => 'CREATE TABLE c ();', down => 'DROP TABLE c;');
my $empty = PostgreSQL::Test::Utils::tempdir();

# Every function; the test fails when one is added and not called here.
my @calls = (
	"revision('x')", 'merge()', "edit('cc', 'y')", "remove('cc')", "load('$file')", "load_files(ARRAY['$file'])",
	"files_are_loaded('x')", "load_directory('$empty')",
	"repair(ARRAY['$file'])", "changed_files(ARRAY['$file'])", "check_files(ARRAY['$file'])", "files_status(ARRAY['cc'])", "prune(ARRAY['cc'])", "rebase('cc', 'aa')", 'upgrade()', 'downgrade()', "stamp('head')", "stamp('head', true)",
	"plan('upgrade', 'head')", "dry_run('upgrade', 'head')", 'preflight()', 'review()', 'facts()', 'approve()', 'rehearse()', 'impact()', 'report()', "report_and_severity('head', 'json')",
	'upgrade_sql()', "downgrade_sql('cc:aa')", "stamp_sql('head')",
	'deploy()', 'revert()', "resolve('cc', 'applied')", 'current()', 'heads()', 'branches()', 'history()', "show('cc')",
	"script('cc')", 'prelude()', 'check_heads()', 'graph()', 'status()');

# Where the functions compare schemas, what they say of those is not for here.
my $known = join '|', map { /^(\w+)/ ? $1 : () } @calls;
is( $node->safe_psql('postgres', "SELECT proname FROM pg_proc p WHERE pronamespace = 'migrate'::regnamespace
		AND proname !~ '^($known)\$' AND pg_get_functiondef(oid) !~ 'migrate_(diff|migrate|check|drift|baseline|verify|squash|record|usage|schema|snapshot|shadow|is_hidden)'"),
	'', 'every function is called');

# Calls all of them in schema $in; what each says that is not as it should be.
sub call_all
{
	my ($in, $codes) = @_;
	my @wrong;

	for my $call (@calls)
	{
		my $verb = $call =~ /^(?:deploy|revert)/ ? 'CALL' : 'SELECT';
		my $sql = "$verb $in.$call;";
		$sql = "BEGIN;\n$sql\nROLLBACK;" if $verb eq 'SELECT';
		my ($status, $out, $error) = $node->psql('broken', "SET statement_timeout = '60s';\nSET client_min_messages = warning;\n\\set VERBOSITY verbose\n$sql");
		my ($code) = $error =~ /(?:ERROR|FATAL|PANIC):  (\w{5}):/;

		next if $error eq '';
		next if defined $code && $error =~ /HINT:  / && $code =~ /^(?:$codes|MG016|55000)$/;
		push @wrong, "$call: $error";
	}
	return join "\n", @wrong;
}

# Damage, the codes that are an answer to it, and what mends it.
sub damaged
{
	my ($name, $damage, $codes, $mend, $in) = @_;
	my ($up, $code);

	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS broken');
	$node->safe_psql('postgres', 'CREATE DATABASE broken');
	$node->safe_psql('broken', "CREATE EXTENSION migrate_ext;
		SELECT migrate.revision('one', 'CREATE TABLE a ()', 'DROP TABLE a', rev_id => 'aa');
		SELECT migrate.revision('two', 'CREATE TABLE b ()', 'DROP TABLE b', rev_id => 'bb');
		SELECT migrate.load('$script');
		UPDATE migrate.scripts SET written_by = 'somebody else';  -- whom approve() may follow
		SELECT migrate.upgrade('bb');");
	$node->safe_psql('broken', $damage);
	is(call_all($in // 'migrate', $codes), '', "$name: every function answers");
	$node->safe_psql('broken', $mend);
	$code = sql_fails($node, 'broken', 'SELECT migrate.upgrade()');
	is($code, '', "$name: mended, the upgrade runs");
	is($node->safe_psql('broken', 'SELECT migrate.check_heads()'), 't', "$name: mended, it is up to date");
	return;
}

damaged('a cycle', q{UPDATE migrate.revisions SET down_revisions = '{cc}' WHERE revision = 'aa'}, 'MG012',
	q{UPDATE migrate.revisions SET down_revisions = '{}' WHERE revision = 'aa'});
damaged('its own parent', q{UPDATE migrate.revisions SET down_revisions = '{aa}' WHERE revision = 'aa'}, 'MG012',
	q{UPDATE migrate.revisions SET down_revisions = '{}' WHERE revision = 'aa'});
damaged('a cycle of dependencies', q{UPDATE migrate.revisions SET depends_on = '{cc}' WHERE revision = 'aa'}, 'MG012',
	q{UPDATE migrate.revisions SET depends_on = '{}' WHERE revision = 'aa'});
damaged('an orphan', q{UPDATE migrate.revisions SET down_revisions = '{zz}' WHERE revision = 'bb'}, 'MG018',
	q{UPDATE migrate.revisions SET down_revisions = '{aa}' WHERE revision = 'bb'});
damaged('a null for a parent', q{UPDATE migrate.revisions SET down_revisions = '{NULL}' WHERE revision = 'bb'}, 'MG018',
	q{UPDATE migrate.revisions SET down_revisions = '{aa}' WHERE revision = 'bb'});
damaged('a label of two', q{UPDATE migrate.revisions SET branch_labels = '{twice}' WHERE revision <> 'cc'}, 'MG013',
	q{UPDATE migrate.revisions SET branch_labels = '{}'});
damaged('a parent removed',
	q{SET session_replication_role = replica; DELETE FROM migrate.revisions WHERE revision = 'aa'}, 'MG018',
	q{INSERT INTO migrate.revisions (revision, down_revisions, depends_on, branch_labels, message, upgrade_mode, downgrade_mode, is_real_head)
		SELECT 'aa', '{}', '{}', '{}', 'one', upgrade_mode, downgrade_mode, false
		FROM migrate.revisions WHERE revision = 'bb'});
damaged('the version row names nothing',
	q{SET session_replication_role = replica; UPDATE migrate.version SET revision = 'zz'}, 'MG001',
	q{SELECT migrate.stamp('bb', purge => true)});
damaged('a version row too many', q{INSERT INTO migrate.version VALUES ('aa')}, 'MG009',
	q{SELECT migrate.stamp('bb', purge => true)});
damaged('no script', q{DELETE FROM migrate.scripts WHERE revision = 'cc'}, 'XX001', "SELECT migrate.load('$script')");
damaged('no downgrade', q{UPDATE migrate.scripts SET downgrade = NULL WHERE revision = 'bb'}, 'XX001|MG020',
	q{UPDATE migrate.scripts SET downgrade = 'DROP TABLE b' WHERE revision = 'bb'});
damaged('no head is marked', q{UPDATE migrate.revisions SET is_real_head = false}, 'none', q{SELECT migrate.edit('cc', 'three')});
damaged('all are marked as heads', q{UPDATE migrate.revisions SET is_real_head = true}, 'none', q{SELECT migrate.edit('cc', 'three')});
damaged('no index', q{DROP INDEX migrate.revisions_real_heads}, 'none', 'SELECT 1');
damaged('row level security', q{ALTER TABLE migrate.revisions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY}, 'none',
	q{ALTER TABLE migrate.revisions DISABLE ROW LEVEL SECURITY});
damaged('no column', q{ALTER TABLE migrate.revisions RENAME branch_labels TO labels}, '42703',
	q{ALTER TABLE migrate.revisions RENAME labels TO branch_labels});
damaged('another type of column', q{ALTER TABLE migrate.revisions ALTER branch_labels TYPE text USING ''}, '42804',
	q{ALTER TABLE migrate.revisions ALTER branch_labels TYPE text[] USING '{}'});
damaged('a table renamed', q{ALTER TABLE migrate.version RENAME TO versions}, '42P01', q{ALTER TABLE migrate.versions RENAME TO version});
damaged('a view for a table', q{ALTER TABLE migrate.version RENAME TO versions; CREATE VIEW migrate.version AS TABLE migrate.versions}, '42809',
	q{DROP VIEW migrate.version; ALTER TABLE migrate.versions RENAME TO version});
damaged('the schema renamed', q{ALTER SCHEMA migrate RENAME TO moved}, '42P01', q{ALTER SCHEMA moved RENAME TO migrate}, 'moved');

# Without its schema the extension is gone, and what revisions made is not.
$node->safe_psql('broken', 'DROP SCHEMA migrate CASCADE');
is($node->safe_psql('broken', "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'"), '0', 'a dropped schema takes the extension along');
is(sql_fails($node, 'broken', 'SELECT migrate.upgrade()'), '3F000', 'and PostgreSQL says that there is no such schema');
$node->safe_psql('broken', "CREATE EXTENSION migrate_ext; SELECT migrate.revision('one', rev_id => 'aa');
	SELECT migrate.revision('two', rev_id => 'bb'); SELECT migrate.load('$script'); SELECT migrate.stamp('heads')");
is($node->safe_psql('broken', 'SELECT migrate.check_heads(), (SELECT count(*) FROM c)'), 't|0', 'it is created anew and told where the database is');

unlike(slurp_file($node->logfile), qr/TRAP|PANIC|terminated by signal/, 'no process crashed');
$node->stop;
done_testing();
