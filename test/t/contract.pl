# A revision with "-- Contract: 7 days" waits until no recorded statement that it breaks has been
# called for so long (MG027).  What time does is done here by hand, to migrate.query_seen.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $libraries = `pg_config --pkglibdir`);
if (!-e "$libraries/pg_stat_statements.so")
{
	plan skip_all => 'no pg_stat_statements';
}
my $node = migrate_node('main', conf => "shared_preload_libraries = 'pg_stat_statements'\n");
my $sql = sub { $node->safe_psql('postgres', $_[0]) };

$sql->(q{
CREATE EXTENSION pg_stat_statements;
CREATE ROLE app LOGIN; CREATE ROLE batch LOGIN; CREATE ROLE deployer LOGIN;
GRANT USAGE ON SCHEMA migrate TO deployer; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA migrate TO deployer;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO deployer', current_database()); END $$;
CREATE SCHEMA shop AUTHORIZATION deployer;
SET ROLE deployer;
CREATE TABLE shop.users (id int PRIMARY KEY, phone text, fax text, mail text);
GRANT USAGE ON SCHEMA shop TO app, batch; GRANT SELECT, INSERT ON shop.users TO app, batch;
RESET ROLE;
DO $$ BEGIN EXECUTE format($f$ALTER DATABASE %I SET migrate.schemas = 'shop'$f$, current_database()); END $$;
SELECT pg_stat_statements_reset();
});
my $as = sub { my ($role, $text) = @_; $node->safe_psql('postgres', "$text;", extra_params => [ '-U', $role ]) };

# Returns the SQLSTATE and what was said; with migrate.upgrade() or migrate.deploy().
my $run = sub {
	my ($command, $role) = @_;
	my ($out, $err);
	$node->psql('postgres', "\\set VERBOSITY verbose\n$command", stdout => \$out, stderr => \$err, extra_params => [ '-U', $role || 'postgres' ]);
	my ($state) = $err =~ /ERROR:  (\w+):/;
	return ($state || 'done', $err);
};
my $upgrade = sub { $run->("SELECT migrate.upgrade('head')", @_) };
my $deploy = sub { $run->("CALL migrate.deploy('head')", @_) };
my $applied = sub { $sql->("SELECT string_agg(c, ',') FROM migrate.current() c") };
my $days_pass = sub { $sql->("UPDATE migrate.query_seen SET grown_at = grown_at - interval '$_[0] days'") };

my $severities = sub { $sql->(q{SET client_min_messages = error; SELECT string_agg(severity, ' ' ORDER BY evidence COLLATE "C") FROM migrate.review() WHERE rule = 'statement_breaks'}) };

# The header.
is($sql->(q{SELECT migrate.load($f$-- Drop the phone
--
-- Revision ID: phone
-- Revises:
-- Contract: 7 days

-- migrate:up
ALTER TABLE shop.users DROP COLUMN phone;

-- migrate:down
ALTER TABLE shop.users ADD COLUMN phone text;
$f$)}), 'phone', 'load() reads the contract');
like($sql->(q{SELECT migrate.script('phone')}), qr/^-- Contract: 7 days$/m, 'script() prints it');
for my $bad ('soon', '0 days', '-1 day', "1 day\n2 days")
{
	my ($state) = $run->("SELECT migrate.revision('x', contract => \$c\$$bad\$c\$)");
	is($state, 'MG019', "no contract: $bad");
}

# Nobody has called anything.
$as->('app', 'SELECT mail FROM shop.users');
$sql->('BEGIN; SELECT migrate.upgrade(); ROLLBACK');
pass('nothing that it breaks was ever sent');

# Somebody has; first seen now.
$as->('app', q{SELECT phone FROM shop.users WHERE id = 1}) for 1 .. 3;
$as->('batch', q{INSERT INTO shop.users (id, phone) VALUES (1, 'x')});
my ($state, $said) = $upgrade->();
is($state, 'MG027', 'upgrade is refused');
like($said, qr/revision "phone" breaks statements that are still sent, and its contract is 7 days/, 'it names the revision and its contract');
like($said, qr/2 statements were called.*Nothing was run/, 'how many');
like($said, qr/3 calls by role "app", last seen to grow at [^:]*:.*SELECT phone FROM shop\.users WHERE id = \$1 \(column "phone" does not exist\)/, 'and which, by whom');
like($said, qr/1 calls by role "batch".*INSERT INTO shop\.users/, 'and the other');
unlike($said, qr/mail/, 'but not what stays');
is($applied->(), '', 'nothing was applied');
is($sql->('SELECT count(*) FROM migrate.query_seen'), 0, 'a transaction that fails has noted nothing');
($state) = $deploy->();
is($state, 'MG027', 'deploy is refused');
cmp_ok($sql->(q{SELECT count(*) FROM migrate.query_seen WHERE role IN ('app', 'batch')}), '>=', 3, 'what it noted is kept');
is($sql->(q{SELECT count(*) FROM migrate.log}), 0, 'but there was no run');
is($severities->(), 'error error', 'review() takes it as seriously');

# A long text is cut behind a whole character: another client encoding would refuse half of one.
$as->('app', 'SELECT phone AS ' . join(', phone AS ', map { "\xc3\xa4$_" } 10 .. 40) . ' FROM shop.users');
(undef, $said) = $run->(q{SET client_encoding = latin1; SELECT migrate.upgrade('head')});
like($said, qr/MG027.*phone AS .{0,8}\.\.\. \(column "phone" does not exist\)/s, 'a long text is cut behind a whole character');
$sql->(q{SELECT pg_stat_statements_reset(userid, dbid, queryid) FROM pg_stat_statements WHERE query ~ '10, phone'; SELECT count(*) FROM migrate.impact()});

# Time passes, but not enough of it; then somebody sends it again.
$days_pass->(6);
is(($deploy->())[0], 'MG027', 'after six days');
$days_pass->(2);
is($severities->(), 'notice notice', 'review() does not, once they are no longer sent');
$as->('app', q{SELECT phone FROM shop.users WHERE id = 1});
($state, $said) = $upgrade->();
is($state, 'MG027', 'after eight, if somebody has sent it again');
like($said, qr/1 statement was called/, 'that one only');
unlike($said, qr/INSERT/, 'not the other');
is($severities->(), 'notice error', 'but again what is');
is(($deploy->())[0], 'MG027', 'deploy as well');
$days_pass->(7);

# impact() takes note, too, where it may write.
$as->('batch', q{INSERT INTO shop.users (id, phone) VALUES (2, 'x')});
$node->safe_psql('postgres', 'BEGIN READ ONLY; SELECT count(*) FROM migrate.query_seen; COMMIT');
$sql->(q{SELECT count(*) FROM migrate.impact()});
is($sql->(q{SELECT count(*) FROM migrate.query_seen WHERE role = 'batch' AND grown_at > now() - interval '1 hour' AND calls = 2}), 1, 'impact() takes note of the calls');
($state, $said) = $upgrade->();
is($state, 'MG027', 'so that the contract counts from then');
like($said, qr/2 calls by role "batch"/, 'of that statement');

# The digest of an approval is of the contract, too.
$sql->('CREATE ROLE reviewer LOGIN SUPERUSER');
$node->safe_psql('postgres', q{SELECT * FROM migrate.approve('head')}, extra_params => [ '-U', 'reviewer' ]);
($state) = $run->(q{SET migrate.require_approval = on; SELECT migrate.upgrade()});
is($state, 'MG027', 'approved, and refused for its contract');
$sql->(q{SELECT migrate.edit('phone', contract => '1 day')});
($state) = $run->(q{SET migrate.require_approval = on; SELECT migrate.upgrade()});
is($state, 'MG032', 'with another contract it is another plan');

# What was sent by hand can be forgotten.
$sql->(q{SELECT pg_stat_statements_reset(userid, dbid, queryid) FROM pg_stat_statements WHERE userid = 'batch'::regrole});
is(($upgrade->())[0], 'done', 'what is forgotten is not in the way');
is($applied->(), 'phone', 'and it is applied');
$sql->(q{SELECT count(*) FROM migrate.impact()});
is($sql->(q{SELECT count(*) FROM migrate.query_seen WHERE role = 'app' AND calls = 4}), 1, 'what is left of the record');

# The next one.  Who may not see what others send cannot be told.
$sql->(q{SELECT migrate.revision('fax', 'ALTER TABLE shop.users DROP COLUMN fax', 'ALTER TABLE shop.users ADD COLUMN fax text', rev_id => 'fax', contract => '1 month')});
($state, $said) = $upgrade->('deployer');
is($state, 'MG027', 'hidden statements are no permission');
like($said, qr/What role "\w+" sends is hidden from role "deployer"/, 'it says whose');
like($said, qr/GRANT pg_read_all_stats TO deployer/, 'and what to do');
$sql->('GRANT pg_read_all_stats TO deployer');
($state, $said) = $run->('BEGIN; SELECT migrate.upgrade(); ROLLBACK', 'deployer');
is($state, 'done', 'nobody uses it');

# A statement that cannot be analysed is no silence, and no refusal.
$as->('app', 'CREATE TEMP TABLE mine (a int); SELECT a FROM mine');
($state, $said) = $run->('BEGIN; SELECT migrate.upgrade(); ROLLBACK', 'deployer');
is($state, 'done', 'one that cannot be looked at does not stop it');
like($said, qr/WARNING:.*it is not known whether what revision "fax" takes away is still used/, 'but there is a warning');
like($said, qr/\d+ recorded statements? could not be looked at\. The first: ./, 'that says why');

# A statement that another pending revision breaks is none of this contract's.
$as->('app', 'SELECT fax FROM shop.users');
$sql->(q{SELECT migrate.revision('mail', 'ALTER TABLE shop.users DROP COLUMN mail', rev_id => 'mail')});
$as->('app', 'SELECT mail FROM shop.users');
($state, $said) = $upgrade->();
is($state, 'MG027', 'of two revisions');
unlike($said, qr/SELECT mail/, 'only the one with the contract is asked about');
$sql->(q{SELECT migrate.edit('fax', contract => '')});
is(($upgrade->())[0], 'done', 'without a contract nothing is asked');
is(($run->("SELECT migrate.downgrade('phone')"))[0], 'MG020', 'mail cannot be undone');

# Two sessions at once: the one that notes does not wait for the other.
$sql->(q{SELECT migrate.revision('more', 'ALTER TABLE shop.users ALTER id TYPE bigint', rev_id => 'more', contract => '1 day')});
my $other = MigrateSession->new($node, 'postgres', options => [ '-v', 'ON_ERROR_STOP=1' ]);
$other->ask('BEGIN; SELECT count(*) FROM migrate.impact()');
is(($run->("SET statement_timeout = '60s'; SELECT count(*) FROM migrate.impact()"))[0], 'done', 'a session that notes holds up no other');
is(($run->("SET statement_timeout = '60s'; SELECT migrate.upgrade()"))[0], 'done', 'nor an upgrade');
$other->ask('ROLLBACK');
$other->close;

# A revision that is half done had its contract met when it began, whatever else is in the plan.
$sql->(q{CREATE TABLE shop.orders (id int, note text, memo text); INSERT INTO shop.orders VALUES (1), (1);
GRANT ALL ON ALL TABLES IN SCHEMA shop TO app, deployer});
$sql->(q{SELECT migrate.load($f$-- Drop the note
--
-- Revision ID: note
-- Revises: more
-- Contract: 7 days

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY orders_memo ON shop.orders (memo);
CREATE UNIQUE INDEX CONCURRENTLY orders_id ON shop.orders (id);
ALTER TABLE shop.orders DROP COLUMN note;
$f$); SELECT migrate.revision('memo', 'ALTER TABLE shop.orders DROP COLUMN memo', rev_id => 'memo', contract => '7 days')});
is(($deploy->())[0], '23505', 'the first of two with a contract stops halfway');
$as->('app', 'SELECT note FROM shop.orders');
is(($run->("CALL migrate.deploy('note')"))[0], '23505', 'its contract is not asked for again');
$as->('app', 'SELECT memo FROM shop.orders');
($state, $said) = $deploy->();
is($state, 'MG027', 'that of the next is');
like($said, qr/revision "memo" breaks/, 'which is named');
$sql->('DELETE FROM shop.orders');
is(($run->("CALL migrate.deploy('note')"))[0], 'done', 'the first goes on');
$days_pass->(8);
is(($deploy->())[0], 'done', 'and the next, in its time');

# Without pg_stat_statements nobody knows.
$sql->(q{DROP EXTENSION pg_stat_statements; SELECT migrate.revision('last', 'DROP TABLE shop.users', rev_id => 'last', contract => '1 day')});
($state, $said) = $upgrade->();
is($state, 'done', 'without pg_stat_statements it runs');
like($said, qr/WARNING:.*not known.*\n.*pg_stat_statements is not in this database/s, 'with a warning');
done_testing();
