-- Revision files: format, errors with their lines, many at once.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;

SELECT migrate.load($file$-- Create users
--
-- With two lines more
-- in the message.
--
-- Revision ID: aa01
-- Revises:
-- Create Date: 2026-11-20 23:10:00+00
-- Branch Labels: main, trunk
-- a comment that is not part of it

-- migrate:up

CREATE TABLE users (id int PRIMARY KEY);
COMMENT ON TABLE users IS 'a -- migrate:down that is none';

-- migrate:down
DROP TABLE users;

$file$, 'aa01_create_users.sql');
\pset format unaligned
\pset tuples_only on
SELECT migrate.script('aa01');
SELECT migrate.show('aa01');
\pset format aligned
\pset tuples_only off
SELECT upgrade_line, downgrade_line FROM migrate.scripts;

-- the same again, a changed one, an applied one
CREATE FUNCTION file(id text, revises text, up text, down text DEFAULT NULL, header text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT format(E'-- rev %s\n-- Revision ID: %s\n-- Revises: %s\n%s-- migrate:up\n%s\n', $1, $1, $2, $5, $3)
		|| coalesce(E'-- migrate:down\n' || $4 || E'\n', '')
$$;
SELECT * FROM migrate.load_files(ARRAY[file('bb01', 'aa01', 'SELECT 1', ''), file('bb01', 'aa01', 'SELECT 1')]);
SELECT * FROM migrate.load_files(ARRAY[file('cc01', 'bb01', 'SELECT 2'), file('bb01', 'aa01', 'SELECT 1', '')], ARRAY['c.sql', NULL]);
SELECT * FROM migrate.load_files(ARRAY[file('bb01', 'aa01', 'SELECT 1', ''), file('cc01', 'bb01', 'SELECT 3')], ARRAY['b.sql', 'c.sql']);
SELECT migrate.upgrade();
SELECT * FROM migrate.load_files(ARRAY[file('dd01', 'cc01', 'SELECT 4'), file('cc01', 'bb01', 'SELECT 5')], ARRAY['d.sql', 'c.sql']);
SELECT count(*) AS nothing_of_it_was_loaded FROM migrate.revisions WHERE revision = 'dd01';
-- blank lines at the ends of a section and comments in a header do not make another revision
SELECT * FROM migrate.load_files(ARRAY[file('cc01', 'bb01', E'\n  \nSELECT 3\n\n', header => E'-- looked through on Friday\n\n')]);

-- bytes arrive as they are: a byte order mark, CRLF, no newline at the end, quotes
SELECT migrate.load(E'\uFEFF-- rev\r\n-- Revision ID: dd01\r\n-- Revises: cc01\r\n\r\n-- migrate:up transaction:true\r\n'
	|| E'CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $x$\r\n  SELECT ''it''''s \\ "here"''::text $x$;\r\n-- migrate:down\r\nDROP FUNCTION f();');
SELECT upgrade = E'CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $x$\r\n  SELECT ''it''''s \\ "here"''::text $x$;' AS as_it_was,
	downgrade FROM migrate.scripts WHERE revision = 'dd01';
SELECT migrate.upgrade();
SELECT f();
SELECT outcome FROM migrate.load_files(ARRAY[migrate.script('dd01')]);

-- files that are known by a digest need not be sent again, as long as no revision is another
SELECT outcome FROM migrate.load_files(ARRAY[migrate.script('dd01')], digest => 'd1');
SELECT migrate.files_are_loaded('d1') AS d1, migrate.files_are_loaded('d2') AS d2;
SELECT outcome FROM migrate.load_files(ARRAY[migrate.script('dd01')], digest => 'd1');
SELECT action, revision, message, outcome, version_after FROM migrate.log WHERE action = 'load';
SELECT migrate.revision('later', 'SELECT 1', rev_id => 'dd02');
SELECT migrate.files_are_loaded('d1');
SELECT outcome FROM migrate.load_files(ARRAY[migrate.script('dd02')], digest => 'd2');
SELECT migrate.edit('dd02', upgrade => 'SELECT 2');
SELECT migrate.files_are_loaded('d2');
SELECT migrate.edit('dd02', upgrade => 'SELECT 1');
SELECT migrate.files_are_loaded('d2');
SELECT migrate.remove('dd02');
SELECT migrate.files_are_loaded('d1') AS d1, migrate.files_are_loaded('d2') AS d2;
SELECT migrate.files_are_loaded(NULL);
SELECT migrate.files_are_loaded('');
SELECT migrate.load_files(ARRAY[migrate.script('dd01')], digest => '');

-- what is named twice is named once
SELECT migrate.load(E'-- rev\n-- Revision ID: dd02\n-- Revises: dd01, dd01\n-- Branch Labels: twin,twin\n-- migrate:up');
SELECT down_revisions, branch_labels FROM migrate.revisions WHERE revision = 'dd02';
SELECT migrate.remove('dd02');

-- an error names the file and its line
SELECT migrate.load('', 'empty.sql');
SELECT migrate.load(E'-- only\n-- a header\n-- Revision ID: zz01\n', 'header.sql');
SELECT migrate.load(E'-- no identifier\n-- migrate:up\n', 'noid.sql');
SELECT migrate.load(E'-- no identifier\n-- migrate:up\n');
SELECT migrate.load(E'-- x\n-- Revision ID:\n-- migrate:up\n', 'blankid.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- Revision ID: zz02\n-- migrate:up\n', 'twice.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- Create Date: yesterday\n-- migrate:up\n', 'date.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- Create Date: 2026-13-45\n-- migrate:up\n', 'date.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- Create Date: 12:00 today\n-- migrate:up\n', 'date.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\nSELECT 1;\n-- migrate:up\n', 'early.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- migrate:up\nSELECT 1;\n-- migrate:dwon\nSELECT 2;', 'typo.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- migrate:up transaction:maybe\n', 'option.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- migrate:up\n-- migrate:down\n-- migrate:up\n', 'threetimes.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- migrate:down\n-- migrate:up\n', 'wrongway.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: z-1\n-- migrate:up\n', 'badid.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- Revises: nosuch\n-- migrate:up\n', 'orphan.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- Depends On: nosuch\n-- migrate:up\n', 'orphan.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- Branch Labels: trunk\n-- migrate:up\n', 'label.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: zz01\n-- Revises: zz01\n-- migrate:up\n', 'loop.sql');
SELECT migrate.load_files(ARRAY[file('y1', 'y3', ''), file('y2', 'y1', ''), file('y3', 'y2', '')], ARRAY['1.sql', '2.sql', '3.sql']);
SELECT migrate.load(NULL);
SELECT migrate.load_files(NULL);
SELECT migrate.load_files('{}');
SELECT migrate.load_files(ARRAY['x', NULL]);
SELECT migrate.load_files(ARRAY['x'], ARRAY['a', 'b']);
SELECT count(*) FROM migrate.revisions;
DROP FUNCTION file;

-- a directory of the server; a relative one is below the data directory
SET client_min_messages = warning;
DROP EXTENSION migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
COPY (SELECT E'-- two\n-- Revision ID: f2\n-- Revises: f1\n-- migrate:up') TO PROGRAM 'rm -rf migrate_test && mkdir migrate_test && sed ''s/\\n/\n/g'' > migrate_test/a.sql';
COPY (SELECT E'-- one\n-- Revision ID: f1\n-- migrate:up') TO PROGRAM 'sed ''s/\\n/\n/g'' > migrate_test/b.sql';
COPY (SELECT 'not a revision') TO PROGRAM 'tee migrate_test/README.md migrate_test/.hidden.sql > migrate_test/c.sql~';
SELECT * FROM migrate.load_directory('migrate_test');
SELECT * FROM migrate.load_directory('migrate_test');
COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; printf "%b" "-- latin \344\n" > migrate_test/d.sql';
SELECT * FROM migrate.load_directory('migrate_test');
COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; rm migrate_test/d.sql; mkdir migrate_test/d.sql';
SELECT * FROM migrate.load_directory('migrate_test');
SELECT * FROM migrate.load_directory('migrate_test/nosuch');
SELECT * FROM migrate.load_directory(NULL);
CREATE ROLE regress_migrate_author;
GRANT USAGE ON SCHEMA migrate TO regress_migrate_author;
GRANT EXECUTE ON FUNCTION migrate.load_directory TO regress_migrate_author;
SET ROLE regress_migrate_author;
SELECT * FROM migrate.load_directory('migrate_test');
RESET ROLE;
REVOKE ALL ON SCHEMA migrate FROM regress_migrate_author;
REVOKE ALL ON FUNCTION migrate.load_directory FROM regress_migrate_author;
DROP ROLE regress_migrate_author;
COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; rm -r migrate_test';
