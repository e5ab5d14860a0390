# A backup must bring back the revisions and what is applied of them: a database
# restored from pg_dump, by a superuser or by its owner who is none, goes on
# where the other one was.
use strict;
use warnings;

use MigrateSession;
use MigrateTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Everything the tables hold.
my $EVERYTHING = q{
	SELECT 'revision', r::text FROM migrate.revisions r
	UNION ALL SELECT 'script', s::text FROM migrate.scripts s
	UNION ALL SELECT 'prelude', p::text FROM migrate.prelude p
	UNION ALL SELECT 'version', v::text FROM migrate.version v
	UNION ALL SELECT 'log', l::text FROM migrate.log l
	UNION ALL SELECT 'sequence', last_value::text FROM migrate.log_id_seq
	ORDER BY 1, 2};

my $node = migrate_node('main');
my $dir = $node->basedir;

$node->safe_psql('postgres', q{
	CREATE ROLE owner LOGIN;
	CREATE ROLE runner LOGIN;
	DROP EXTENSION migrate_ext});

# The same for both of them.
sub roundtrip
{
	my ($who) = @_;
	my @as = ('-U', $who);
	my $psql = sub {
		my ($database, $sql) = @_;
		my ($status, $out, $err) =
		  $node->psql($database, $sql, extra_params => \@as, on_error_stop => 1);
		die "$who: $sql: $err" if $status;
		return $out;
	};
	my $run = sub {
		my ($name, @command) = @_;
		command_ok([@command], "$who: $name");
	};
	my @formats = (
		[ 'plain', ['-Fp'] ],
		[ 'plain with INSERT', [ '-Fp', '--inserts' ] ],
		[ 'custom', ['-Fc'] ]);

	$node->safe_psql('postgres', "CREATE DATABASE from_$who OWNER $who");
	my $from = "from_$who";
	$psql->($from, 'CREATE EXTENSION migrate_ext');
	load_revisions_as($psql, $from, example_files());
	# a file with what is hard to quote
	load_revisions_as($psql, $from, revision_file('odd', message => q{it's "odd" \\n $1 ä},
		up => qq{CREATE TABLE odd (t text DEFAULT 'a\\b''c');\n-- \t \$\$ ; x\nINSERT INTO odd VALUES (E'tab\\t'), (\$q\$x\n\\.\n\$q\$)},
		down => 'DROP TABLE odd') . qq{\n-- migrate:require\nSELECT to_regclass('odd') IS NULL, 'a\\b'\n-- migrate:verify\nSELECT count(*) > 0 FROM odd;\n});
	$psql->($from, q{SELECT migrate.load('CREATE TABLE host (id int); -- it''s', 'prelude.sql')});
	$psql->($from, q{SET migrate.tag = 'before dump'; SELECT migrate.upgrade('odd')});
	$psql->($from, q{SELECT migrate.upgrade(revision) FROM migrate.plan('upgrade', 'heads') WHERE step = 3});
	$psql->($from, q{SELECT migrate.downgrade('odd@-1')});
	$psql->($from, q{GRANT USAGE ON SCHEMA migrate TO runner; GRANT EXECUTE ON FUNCTION migrate.upgrade TO runner});

	my $before = $psql->($from, $EVERYTHING);
	my $version = $psql->($from, 'SELECT migrate.current()');
	my $history = $psql->($from, 'SELECT * FROM migrate.history()');
	my $last = $psql->($from, 'SELECT max(id) FROM migrate.log');
	like($before, qr/^log/m, "$who: there is a log");
	isnt($version, '', "$who: something is applied");
	isnt($psql->($from, 'SELECT pending FROM migrate.status()'), '0', "$who: something is pending");

	my $n = 0;
	for (@formats)
	{
		my ($name, $options) = @$_;
		my $to = "to_${who}_" . ++$n;
		my $file = "$dir/$to.dump";

		$run->("pg_dump, $name", 'pg_dump', @as, '-d', $node->connstr($from), @$options, '-f', $file);
		$node->safe_psql('postgres', "CREATE DATABASE $to OWNER $who TEMPLATE template0");
		if ($options->[0] eq '-Fp')
		{
			$run->("restore, $name", 'psql', '-XqAt', @as, '-v', 'ON_ERROR_STOP=1',
				'-d', $node->connstr($to), '-o', "$dir/ignored", '-f', $file);
		}
		else
		{
			$run->("restore, $name", 'pg_restore', @as, '--exit-on-error', '-d', $node->connstr($to), $file);
			# and once more, over what is there
			$run->("restore again, $name", 'pg_restore', @as, '--exit-on-error', '--clean', '--if-exists',
				'-d', $node->connstr($to), $file);
		}

		is($psql->($to, $EVERYTHING), $before, "$who, $name: all rows are there");
		is($psql->($to, 'SELECT migrate.current()'), $version, "$who, $name: the same is applied");
		is($psql->($to, 'SELECT * FROM migrate.history()'), $history, "$who, $name: the same history");
		is($psql->($to, q{SELECT has_function_privilege('runner', 'migrate.upgrade(text)', 'EXECUTE'),
				has_function_privilege('runner', 'migrate.load(text,text)', 'EXECUTE')}),
			't|f', "$who, $name: grants are there, and no others");
		is($psql->($to, q{SELECT string_agg(DISTINCT outcome, ' ') FROM migrate.load_files(
				ARRAY(SELECT migrate.script(revision) FROM migrate.history()))}),
			'unchanged', "$who, $name: the files are known as they are");
		$psql->($to, q{SELECT migrate.upgrade('heads')});
		is($psql->($to, 'SELECT migrate.check_heads()'), 't', "$who, $name: the upgrade goes on");
		is($psql->($to, "SELECT min(id) FROM migrate.log WHERE id > $last"), $last + 1,
			"$who, $name: the log goes on");
		$psql->($to, q{SELECT migrate.downgrade('base')});
		is($psql->($to, 'SELECT migrate.current()'), '', "$who, $name: and down to base");
	}
	return;
}

sub load_revisions_as
{
	my ($psql, $database, @files) = @_;
	my $array = join ', ', map { my $text = $_; $text =~ s/([\\'])/$1$1/g; "E'$text'" } @files;

	return $psql->($database, "SELECT revision FROM migrate.load_files(ARRAY[$array])");
}

my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
roundtrip($superuser);
roundtrip('owner');

$node->stop;
done_testing();
