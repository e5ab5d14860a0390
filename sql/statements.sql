-- A revision's SQL is looked at when it is written, by the server's own parser.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;

SELECT migrate.revision('x', E'CREATE TABLE a (b int);\n\nSELECT 1 FORM a;\nSELECT 2;');
SELECT migrate.revision('x', '', E'SELECT ''open');
SELECT migrate.revision('x', E'SELECT 1;\n\\connect other\nSELECT 2;');
SELECT migrate.revision('x', E'INSERT INTO a VALUES (:value);');
SELECT migrate.revision('x', E'CREATE TABLE a (b int);\nCOPY a FROM stdin;\n1\n2\n\\.\n');
SELECT migrate.revision('x', E'CREATE TABLE a (b int);\nCOPY a FROM stdin;\n');
SELECT migrate.revision('x', E'COPY (SELECT 1) TO stdout');
SELECT migrate.revision('x', E'COPY (SELECT 1) TO ''/tmp/x''', head => '{base}') ~ '^\w+$' AS accepted;
SELECT migrate.remove('head');

-- BEGIN ... COMMIT round the whole is left out, any other transaction control refused
SELECT migrate.revision('x', E'-- a comment\nBEGIN;\nSELECT 1;\nCOMMIT; -- and another', 'start transaction; select 2; end', rev_id => 'aa01');
SELECT migrate.revision('x', E'BEGIN; SELECT 1; COMMIT; SELECT 2');
SELECT migrate.revision('x', E'BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;');
SELECT migrate.revision('x', E'SELECT 1;\nROLLBACK;');
SELECT migrate.revision('x', E'BEGIN; SAVEPOINT a; SELECT 1; COMMIT;');
SELECT migrate.revision('x', E'BEGIN; SELECT 1; COMMIT AND CHAIN;');
SELECT migrate.revision('x', '', 'COMMIT');
SELECT migrate.upgrade();
SELECT migrate.downgrade();
SELECT migrate.remove('aa01');

-- statements are found where the server finds them
SELECT migrate.revision('Split', $sql$
/* a comment; with a semicolon /* and another; inside */ */
CREATE TABLE s (a text DEFAULT ';', "b;" int);;
CREATE FUNCTION s_f() RETURNS int LANGUAGE plpgsql AS $body$
BEGIN
	-- not the end;
	RETURN 1;
END; $body$;
DO 'BEGIN PERFORM s_f(); END';
INSERT INTO s VALUES (E'\';', 1), ($$;$$, 2); -- done
SELECT 1/0 AS boom;
$sql$, rev_id => 'bb01');
SELECT migrate.upgrade();

-- an error inside shows the statement with its caret, its number and its line
SELECT migrate.load($file$-- Broken
-- Revision ID: bb01

-- migrate:up
CREATE TABLE s (a int);

SELECT a,
       nosuch
  FROM s;
$file$, 'broken.sql');
SELECT migrate.upgrade();
-- with characters of several bytes before it
SELECT migrate.edit('bb01', upgrade => E'CREATE TABLE s (ä int); /* ö */ SELECT ''ü'', ß FROM s;');
SELECT migrate.upgrade();
-- from inside a function
SELECT migrate.edit('bb01', upgrade => E'SELECT 1;\nDO $$BEGIN\n  PERFORM 1;\n  PERFORM * FROM nosuch;\nEND$$;');
SELECT migrate.upgrade();
-- at run time, with no position; a long statement is cut
SELECT migrate.edit('bb01', upgrade => E'SELECT 1/0;');
SELECT migrate.upgrade();
SELECT migrate.edit('bb01', upgrade => 'SELECT 1/0 AS "' || repeat('x', 60) || '", ' || quote_literal(repeat('y', 2000)));
\set VERBOSITY terse
SELECT migrate.upgrade();
\set VERBOSITY default
DO $$
DECLARE context text;
BEGIN
	PERFORM migrate.upgrade();
EXCEPTION WHEN division_by_zero THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
	RAISE INFO '% %', length(context) < 1400, context ~ 'revision "bb01" \(Broken\), upgrade, statement 1, line 1 of file "broken.sql"';
END $$;
SELECT * FROM migrate.current();

-- what cannot run inside a transaction
SELECT migrate.edit('bb01', upgrade => 'CREATE TABLE s (a int);', downgrade => 'DROP TABLE s');
CREATE FUNCTION mode_of(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text;
BEGIN
	PERFORM migrate.revision('m', sql, rev_id => 'mm01', head => '{bb01}');
	SELECT upgrade_mode INTO r FROM migrate.revisions WHERE revision = 'mm01';
	PERFORM migrate.remove('mm01');
	RETURN r;
END $$;
SELECT sql, mode_of(sql) FROM unnest(ARRAY[
	'', '-- nothing', 'CREATE INDEX i ON s (a)', 'CREATE INDEX CONCURRENTLY i ON s (a)', 'DROP INDEX CONCURRENTLY i',
	'DROP INDEX i', 'REINDEX TABLE CONCURRENTLY s', 'REINDEX (VERBOSE) INDEX i', 'REINDEX SCHEMA public', 'VACUUM s', 'ANALYZE s',
	'CLUSTER', 'CLUSTER s USING i', 'CREATE DATABASE d', 'DROP DATABASE d', 'ALTER SYSTEM SET work_mem = 1', 'DISCARD ALL', 'DISCARD PLANS',
	'CREATE SUBSCRIPTION s CONNECTION '''' PUBLICATION p', 'ALTER TYPE t ADD VALUE ''x''', 'REFRESH MATERIALIZED VIEW CONCURRENTLY v',
	'SELECT 1; VACUUM; CREATE INDEX CONCURRENTLY i ON s (a)']) AS sql;
SELECT migrate.load(E'-- Marked\n-- Revision ID: mm01\n-- Revises: bb01\n-- migrate:up transaction:false\nCOMMIT;\n-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY i');
SELECT upgrade_mode, downgrade_mode FROM migrate.revisions WHERE revision = 'mm01';
SELECT outcome FROM migrate.load_files(ARRAY[migrate.script('mm01')]);
SELECT migrate.upgrade();
SELECT migrate.remove('mm01');
SELECT migrate.revision('Index', 'CREATE INDEX CONCURRENTLY s_a ON s (a); REINDEX INDEX CONCURRENTLY s_a', 'DROP INDEX CONCURRENTLY s_a', rev_id => 'mm01');
-- found before anything ran
SELECT migrate.upgrade();
SELECT * FROM migrate.current();
SET migrate.plain_concurrently = on;
SELECT migrate.upgrade();
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 's'::regclass;
SELECT migrate.downgrade('base');
RESET migrate.plain_concurrently;
DROP FUNCTION mode_of;
