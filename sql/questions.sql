-- What a revision requires before its upgrade and verifies after it.
SELECT current_database() AS db \gset
CREATE DATABASE regress_migrate_questions;
\c regress_migrate_questions
SET client_min_messages = warning;
CREATE EXTENSION migrate_ext;
\pset format unaligned
\pset tuples_only on
SELECT migrate.revision('users', 'CREATE TABLE users (id int PRIMARY KEY, phone text)', 'DROP TABLE users', rev_id => 'b1');
SELECT migrate.upgrade();
INSERT INTO users SELECT i, CASE WHEN i > 8 THEN i::text END FROM generate_series(1, 10) i;

-- a file: in any order, printed in one
SELECT migrate.load($$-- Phones are there
-- Revision ID: r1
-- Revises: b1
-- migrate:verify
SELECT count(*) = 0 FROM users WHERE phone IS NULL;

-- migrate:require
-- enough of them
SELECT count(*) > 0, count(*) FROM users;
SELECT phone IS NOT NULL, id AS without, 'a	b'::text AS "odd
name" FROM users ORDER BY id;
-- migrate:up
ALTER TABLE users ALTER phone SET NOT NULL;
-- migrate:down
ALTER TABLE users ALTER phone DROP NOT NULL;
$$, 'r1.sql');
SELECT migrate.script('r1');
SELECT migrate.load(migrate.script('r1')), checksum = sha256(convert_to(migrate.script('r1'), 'UTF8')) FROM migrate.scripts WHERE revision = 'r1';
SELECT require_line, upgrade_line, verify_line, downgrade_line FROM migrate.scripts WHERE revision = 'r1';
SELECT migrate.show('r1');

-- what is required does not hold: by every way of running it, and nothing is left
\set VERBOSITY sqlstate
SELECT migrate.upgrade();
\set VERBOSITY default
CALL migrate.deploy();
SELECT action, outcome, sqlstate, error, error_context FROM migrate.log WHERE revision = 'r1';
SELECT step, statement, revision, outcome, sql, sqlstate, error FROM migrate.dry_run();
SELECT attnotnull FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'phone';
SELECT migrate.current();
-- true in all rows, and not without one
DELETE FROM users;
SELECT migrate.upgrade();
INSERT INTO users SELECT i, i::text FROM generate_series(1, 10) i;
SELECT migrate.upgrade();
SELECT migrate.downgrade();
CALL migrate.deploy();
-- a downgrade asks nothing
UPDATE users SET id = -id;
SELECT migrate.downgrade();

-- what is verified
SELECT migrate.revision('Trim', $$UPDATE users SET phone = '+' || phone WHERE id > -9$$, $$UPDATE users SET phone = ltrim(phone, '+')$$, rev_id => 'v1',
	verify => $$SELECT count(*) = 0, count(*) AS without_plus, min(phone) AS one FROM users WHERE phone NOT LIKE '+%';$$);
SELECT migrate.upgrade();
CALL migrate.deploy();
SELECT min(phone), max(phone) FROM users;
SELECT step, statement, revision, outcome, sql, sqlstate, error FROM migrate.dry_run();
SELECT migrate.edit('v1', upgrade => $$UPDATE users SET phone = '+' || phone$$);
CALL migrate.deploy();
SELECT min(phone), max(phone) FROM users;

-- what is not applied is edited; an empty text takes a section away
SELECT migrate.edit('v1', verify => 'SELECT true');
SELECT migrate.edit('v1', require => 'SELECT true');
SELECT migrate.edit('v1', downgrade => 'SELECT 1');
SELECT migrate.downgrade();
SELECT migrate.edit('v1', verify => '', require => 'SELECT true;');
SELECT regexp_replace(migrate.script('v1'), E'-- Create Date: .*?\n', '') AS script \gset
\echo :script
SELECT file_name, revision, difference FROM migrate.changed_files(ARRAY[:'script']);
SELECT migrate.upgrade();
SELECT revision, difference FROM migrate.changed_files(ARRAY[replace(:'script', 'SELECT true', '/* of course */ select true')]);
SELECT revision, difference FROM migrate.changed_files(ARRAY[replace(:'script', 'SELECT true', 'SELECT false')]);
SELECT migrate.load(replace(:'script', 'SELECT true', 'SELECT false'));
SELECT revision, difference FROM migrate.changed_files(ARRAY[replace(:'script', '-- migrate:down', E'-- migrate:verify\nSELECT true;\n-- migrate:down')]);
SELECT revision, difference FROM migrate.repair(ARRAY[replace(:'script', 'SELECT true', 'SELECT 1 = 1')], reason => 'the same');

-- questions change nothing and leave nothing: settings, temporary tables, locks
CREATE SEQUENCE counted;
CREATE FUNCTION writes() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN INSERT INTO users VALUES (0); RETURN true; END$$;
SELECT migrate.revision('asks', $$SELECT set_config('answer.path', current_setting('search_path'), false)$$, '', rev_id => 'q1', require => $$
SET search_path = pg_catalog;
SELECT current_setting('search_path') = 'pg_catalog', current_setting('migrate.direction');
SELECT current_setting('transaction_read_only') = 'on';
SELECT migrate.current() = 'v1', migrate.current();
DO 'BEGIN CREATE TEMPORARY TABLE kept (); END';
DO 'BEGIN ASSERT current_setting(''migrate.revision'') = ''q1''; END';
VALUES (true), (true);
TABLE public.users LIMIT 0;
$$);
SELECT migrate.upgrade();
SELECT migrate.edit('q1', require => regexp_replace(require, 'TABLE public.users.*', '')) FROM migrate.scripts WHERE revision = 'q1';
SELECT migrate.upgrade();
SELECT migrate.edit('q1', require => regexp_replace(require, 'DO ''BEGIN CREATE.*?;\n', '')) FROM migrate.scripts WHERE revision = 'q1';
BEGIN;
SELECT migrate.upgrade();
SELECT mode FROM pg_locks WHERE relation = 'users'::regclass;
SHOW search_path;
SHOW transaction_read_only;
INSERT INTO users VALUES (0, '');
ROLLBACK;
\set ECHO none
\set ON_ERROR_STOP off
SELECT format('SELECT migrate.edit(''q1'', require => %L); SELECT migrate.upgrade();', q) FROM unnest(ARRAY[
	'SELECT writes()', 'SELECT nextval(''counted'') > 0', 'DO ''BEGIN PERFORM writes(); END''', 'SELECT true FROM users FOR UPDATE',
	'WITH gone AS (DELETE FROM users RETURNING id) SELECT count(*) > 0 FROM gone', 'SET transaction_read_only = off; SELECT writes()',
	'SELECT true; SET transaction_read_only = off; SELECT writes()', 'DO ''BEGIN SET transaction_read_only = off; END''',
	'SELECT set_config(''transaction_read_only'', ''off'', false) = ''off''', 'DO ''BEGIN COMMIT; END''',
	'SELECT 1', 'SELECT count(*) FROM users', 'SELECT', 'SELECT null', 'SELECT null::boolean', 'SELECT 1/0 = 1', 'SELECT true FROM nowhere',
	'SELECT pg_notify(''a'', ''b'') IS NOT NULL, true; SELECT false', 'SELECT true INTO kept', 'INSERT INTO users VALUES (1)', 'BEGIN; SELECT true; COMMIT', 'SELECT true; COMMIT',
	'EXPLAIN SELECT true', 'COPY users TO STDOUT', 'SELECT true; SELEKT', E'SELECT true;\n-- migrate:up', 'CREATE DOMAIN d AS bool', 'SHOW work_mem']) q \gexec
\set ECHO all
SELECT count(*) FROM users WHERE id = 0;
BEGIN;
SELECT migrate.edit('q1', require => '-- nothing');
SELECT require, migrate.upgrade() FROM migrate.scripts WHERE revision = 'q1';
ROLLBACK;
BEGIN;
SELECT migrate.edit('q1', require => E' \n');
SELECT coalesce(require, 'null'), migrate.upgrade() FROM migrate.scripts WHERE revision = 'q1';
ROLLBACK;
CREATE DOMAIN truth AS boolean;
SELECT migrate.edit('q1', require => 'SELECT false::truth, 1 AS one');
SELECT migrate.upgrade();
-- more rows and longer values than are shown
SELECT migrate.edit('q1', require => $$SELECT i > 7, i, CASE WHEN i > 1 THEN repeat('ä', i * 30) END AS long FROM generate_series(1, 9) i$$);
SELECT migrate.upgrade();
SELECT migrate.edit('q1', require => $$SELECT i > 5, i FROM generate_series(1, 9) i$$);
SELECT migrate.upgrade();

-- without a transaction: asked before the first statement, and after the last, until it holds
SELECT migrate.remove('q1');
SELECT migrate.load($$-- Index
-- Revision ID: t1
-- Revises: v1
-- migrate:require
SELECT to_regclass('users_phone') IS NULL;
SELECT EXISTS (SELECT FROM users WHERE id = 77);
-- migrate:up transaction:false
SET search_path = pg_catalog;
CREATE INDEX CONCURRENTLY users_phone ON public.users (phone);
INSERT INTO public.users VALUES (78, '');
-- migrate:verify
SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_phone'::regclass;
SELECT EXISTS (SELECT FROM users WHERE id = 79);
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY users_phone;
DELETE FROM users WHERE id = 78;
$$);
CALL migrate.deploy();
INSERT INTO users VALUES (77, '');
CALL migrate.deploy();
SHOW search_path;
SELECT half_done FROM migrate.status();
SELECT outcome, statements, statements_done FROM migrate.log ORDER BY id DESC LIMIT 1;
-- what was required does not count any more
CALL migrate.deploy();
SELECT migrate.upgrade();
INSERT INTO users VALUES (79, '');
SET client_min_messages = notice;
CALL migrate.deploy();
SET client_min_messages = warning;
SELECT outcome, statements, statements_done FROM migrate.log ORDER BY id DESC LIMIT 1;
CALL migrate.revert();
DELETE FROM users WHERE id = 79;
-- a statement that cannot be tried was skipped, and with it what is verified
SELECT statement, outcome, sql, sqlstate FROM migrate.dry_run();
SELECT migrate.edit('t1', upgrade => 'VACUUM');
SELECT statement, outcome, sql, sqlstate FROM migrate.dry_run();
SELECT migrate.edit('t1', upgrade => 'VACUUM', verify => 'SELECT true');
-- its sections, without what says again what the revisions are
CREATE FUNCTION pg_temp.sections(script text) RETURNS text LANGUAGE sql AS $f$
	SELECT regexp_replace(regexp_replace(regexp_replace(substr(script, strpos(script, E'\\set ECHO errors\n')), '\\x[0-9a-f]{64}', '\\x...', 'g'),
		'INSERT INTO migrate.revisions .*?excluded.file_name;\n', '', 'g'), 'INSERT INTO migrate.scripts .*?excluded.verify_line;\n', '', 'g')
$f$;
SELECT pg_temp.sections(migrate.upgrade_sql('v1:t1'));
-- what was required is not asked again where a script goes on
SELECT migrate.edit('t1', verify => 'SELECT EXISTS (SELECT FROM users WHERE id = 80)');
\! mkdir -p results
SELECT migrate.upgrade_sql('v1:t1') \g results/questions.sqlout
DELETE FROM users WHERE id = 77;
\! psql -X -q -d regress_migrate_questions -v VERBOSITY=sqlstate -f results/questions.sqlout 2>&1 | sed "s/sqlout:[0-9]*/sqlout/"
SELECT half_done FROM migrate.status();
INSERT INTO users VALUES (77, '');
\! psql -X -q -d regress_migrate_questions -v VERBOSITY=sqlstate -f results/questions.sqlout 2>&1 | sed "s/sqlout:[0-9]*/sqlout/"
SELECT half_done FROM migrate.status();
DELETE FROM users WHERE id = 77;
INSERT INTO users VALUES (80, '');
\! psql -X -q -d regress_migrate_questions -v VERBOSITY=sqlstate -f results/questions.sqlout 2>&1 | sed "s/sqlout:[0-9]*/sqlout/"
SELECT outcome, statements, statements_done, tries FROM migrate.log ORDER BY id DESC LIMIT 1;
SELECT migrate.stamp('v1');
DELETE FROM users WHERE id = 80;
SELECT migrate.remove('t1');

-- scripts for psql
SELECT migrate.load($$-- Offline
-- Revision ID: o1
-- Revises: v1
-- migrate:require
SET search_path = pg_catalog;
SELECT CASE WHEN true THEN true END AS a, '$ask$' AS b, 2 AS b FROM public.users ORDER BY 1; -- why
DO 'BEGIN ASSERT true; END'
-- migrate:up
SET search_path = pg_temp;
CREATE TABLE public.made (i int);
-- migrate:verify
VALUES (true, 'it''s'), (false, null)
-- migrate:down
DROP TABLE made;
$$);
SELECT pg_temp.sections(migrate.upgrade_sql('v1:o1'));
SELECT pg_temp.sections(migrate.upgrade_sql('v1:o1', online => true));
SELECT migrate.upgrade_sql('v1:o1') \g results/questions.sqlout
\! psql -X -q -d regress_migrate_questions -v VERBOSITY=sqlstate -f results/questions.sqlout 2>&1 | sed "s/sqlout:[0-9]*/sqlout/"
SELECT migrate.upgrade_sql('v1:o1', online => true) \g results/questions.sqlout
\! psql -X -q -d regress_migrate_questions -v VERBOSITY=sqlstate -f results/questions.sqlout 2>&1 | sed "s/sqlout:[0-9]*/sqlout/"
SELECT migrate.current(), to_regclass('made');
-- what is required does not hold, or would write
SELECT migrate.edit('o1', require => 'SELECT to_regclass(''made'') IS NOT NULL', verify => 'SELECT current_setting(''search_path'') <> ''pg_temp'', to_regclass(''made'') IS NOT NULL');
SELECT migrate.upgrade_sql('v1:o1') \g results/questions.sqlout
\! psql -X -q -d regress_migrate_questions -v VERBOSITY=sqlstate -f results/questions.sqlout 2>&1 | sed "s/sqlout:[0-9]*/sqlout/"
SELECT migrate.upgrade_sql('v1:o1', online => true) \g results/questions.sqlout
\! psql -X -q -d regress_migrate_questions -v VERBOSITY=sqlstate -f results/questions.sqlout 2>&1 | sed "s/sqlout:[0-9]*/sqlout/"
SELECT migrate.edit('o1', require => 'DO ''BEGIN DELETE FROM users; END''');
SELECT migrate.upgrade_sql('v1:o1') \g results/questions.sqlout
\! psql -X -q -d regress_migrate_questions -v VERBOSITY=sqlstate -f results/questions.sqlout 2>&1 | sed "s/sqlout:[0-9]*/sqlout/"
SELECT migrate.upgrade_sql('v1:o1', online => true) \g results/questions.sqlout
\! psql -X -q -d regress_migrate_questions -v VERBOSITY=sqlstate -f results/questions.sqlout 2>&1 | sed "s/sqlout:[0-9]*/sqlout/"
SELECT migrate.current(), to_regclass('made');
-- all of it holds
SELECT migrate.edit('o1', require => 'SET search_path = nowhere; SELECT to_regclass(''public.made'') IS NULL');
SELECT migrate.upgrade_sql('v1:o1', online => true) \g results/questions.sqlout
\set ECHO none
\i results/questions.sqlout
\set ECHO all
\set ON_ERROR_STOP off
SHOW transaction_read_only;
SHOW search_path;
SELECT migrate.current(), to_regclass('made');
SELECT migrate.downgrade('v1');
SELECT migrate.upgrade_sql('v1:o1') \g results/questions.sqlout
\set ECHO none
\i results/questions.sqlout
\set ECHO all
\set ON_ERROR_STOP off
SHOW transaction_read_only;
SHOW search_path;
SELECT migrate.current(), to_regclass('made');
SELECT migrate.revision('after it', rev_id => 's1');
SELECT migrate.upgrade();
-- verify() asks an empty database
SELECT revision, upgrade_ok, detail FROM migrate.verify('r1');
SELECT revision FROM migrate.repair(ARRAY(SELECT regexp_replace(migrate.script(id), '-- migrate:require.*?-- migrate:up', '-- migrate:up')
	FROM unnest(ARRAY['r1', 'o1']) AS id));
SELECT migrate.revision('empty', 'CREATE TABLE empty (i int)', 'DROP TABLE empty', rev_id => 'e1', require => 'SELECT to_regclass(''empty'') IS NULL',
	verify => 'SELECT count(*) > 0 FROM empty');
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify('s1:e1');
SELECT migrate.edit('e1', verify => 'SELECT writes()');
SELECT migrate.edit('e1', require => 'DO ''BEGIN CREATE TABLE empty (); END''');
SELECT revision, upgrade_ok, detail FROM migrate.verify('s1:e1');
SELECT migrate.edit('e1', require => '', verify => 'SELECT count(*) = 0 FROM empty');
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify('s1:e1');
SELECT * FROM migrate.drift();

-- squashed: the first one's and the last one's stay
SELECT migrate.edit('e1', require => 'SELECT to_regclass(''empty'') IS NULL');
SELECT migrate.revision('other', 'CREATE TABLE other (i int)', 'DROP TABLE other', rev_id => 'e2', require => 'SELECT to_regclass(''empty'') IS NOT NULL',
	verify => 'SELECT to_regclass(''other'') IS NOT NULL');
SET client_min_messages = notice;
SELECT migrate.squash('e1', 'e2', rev_id => 'e3');
SET client_min_messages = warning;
SELECT regexp_replace(migrate.script('e3'), E'-- Create Date: .*?\n', '');
SELECT migrate.rebase('e3', 'v1') IS NOT NULL;
SELECT require, verify FROM migrate.scripts WHERE revision = 'e3';

-- files that cannot be read
\set ECHO none
SELECT format('SELECT migrate.load(%L, %L);', E'-- Revision ID: x\n' || f, 'x.sql') FROM unnest(ARRAY[E'-- migrate:require\nSELECT 1;', E'-- migrate:require\n-- migrate:down\n-- migrate:up',
	E'-- migrate:up\n-- migrate:require\n-- migrate:verify\n-- migrate:require', E'-- migrate:require transaction:false\n-- migrate:up', E'-- migrate:verify now\n-- migrate:up',
	E'-- migrate:requires\n-- migrate:up', E'-- migrate:up\n-- migrate:verify\n\nSELECT true;\n\nDELETE FROM users;', E'-- migrate:up\n-- migrate:verify\n\nSELECT true;\n\nSELECT true true;',
	E'-- migrate:up\n-- migrate:verify\nSELECT true;\n-- migrate:down\n-- migrate:verify\n']) f \gexec
\set ECHO all
\c :db
DROP DATABASE regress_migrate_questions;
