-- What is temporary in a session is out of the way of a shadow, and back afterwards.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA app;

-- what a revision has left there when this session deployed it, of every kind
SELECT migrate.revision('leaves', $$
CREATE TEMP TABLE staged (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, note text UNIQUE, CHECK (note <> ''), EXCLUDE USING btree (s WITH =));
INSERT INTO staged (note) VALUES ('a'), (repeat('long', 10000));
CREATE STATISTICS pg_temp.st ON s, note FROM staged;
CREATE INDEX staged_note ON staged (lower(note));
CREATE TEMP VIEW staged_view AS SELECT * FROM staged;
CREATE TEMP SEQUENCE counts;
CREATE TEMP TABLE parted (i int) PARTITION BY LIST (i);
CREATE TEMP TABLE part PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE app.t (id int, note text);
INSERT INTO app.t SELECT id, note FROM staged;
CREATE TYPE pg_temp.row AS (a int, b text);
CREATE TYPE pg_temp.mood AS ENUM ('ok');
CREATE DOMAIN pg_temp.positive AS int CONSTRAINT more CHECK (value > 0);
CREATE TYPE pg_temp.span AS RANGE (subtype = int);
CREATE FUNCTION pg_temp.twice(i int) RETURNS int LANGUAGE sql AS 'SELECT 2 * i';
CREATE AGGREGATE pg_temp.total(int) (SFUNC = int4pl, STYPE = int);
CREATE OPERATOR pg_temp.### (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR FAMILY pg_temp.fam USING btree;
CREATE COLLATION pg_temp.coll FROM "C";
CREATE CONVERSION pg_temp.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY pg_temp.dict (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION pg_temp.conf (COPY = simple);
$$, 'DROP TABLE app.t', rev_id => 't1');
CALL migrate.deploy();

CREATE TEMP VIEW there AS
	SELECT (SELECT array_agg(note ORDER BY id) = ARRAY['a', repeat('long', 10000)] FROM staged) AS rows,
		(SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = pg_my_temp_schema()) AS objects,
		(SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%migrate hidden%') AS hidden;
SELECT objects AS before FROM there \gset
SELECT * FROM migrate.drift('{app}');
SELECT * FROM migrate.verify(schemas => '{app}');
SELECT rows, objects = :before AS "none is missing", hidden FROM there;
-- they work
INSERT INTO staged (note) VALUES ('b') RETURNING id, s;
INSERT INTO staged (note) VALUES ('b');
SELECT nextval('counts'), pg_temp.twice(2), 1 OPERATOR(pg_temp.###) 1, 'ok'::pg_temp.mood, 1::pg_temp.positive, '[1,3)'::pg_temp.span, (1, 'a')::pg_temp.row;
DELETE FROM staged WHERE note = 'b';

-- a table of the caller's with the name of one of the text, and what is asked of the catalogs
CREATE TEMP TABLE t (other text);
SELECT * FROM migrate.diff($$
SET search_path = app;
CREATE TABLE t (id int, note text);
INSERT INTO t VALUES (1, 'a');
DO 'BEGIN
	IF EXISTS (SELECT FROM pg_class WHERE relname IN (''staged'', ''staged_pkey'', ''staged_view'', ''counts'', ''part'', ''staged_note''))
		OR EXISTS (SELECT FROM pg_type WHERE typname IN (''mood'', ''_mood'', ''positive'', ''span'', ''row'', ''staged''))
		OR EXISTS (SELECT FROM pg_proc WHERE proname IN (''twice'', ''total'', ''span''))
		OR EXISTS (SELECT FROM pg_constraint WHERE conname IN (''more'', ''staged_note_check'', ''staged_pkey''))
		OR EXISTS (SELECT FROM pg_attribute WHERE attname = ''other'')
		OR EXISTS (SELECT FROM information_schema.tables WHERE table_name = ''staged'')
		OR EXISTS (SELECT FROM pg_namespace WHERE nspname LIKE ''%migrate hidden%'')
		OR to_regclass(''staged'') IS NOT NULL OR to_regtype(''pg_temp.mood'') IS NOT NULL
	THEN RAISE ''something is seen''; END IF;
END';
$$, '{app}');
SELECT * FROM migrate.check($$CREATE TABLE app.t (id int, note text); DISCARD TEMP$$, '{app}');
SELECT rows FROM there;
SELECT * FROM t;

-- a cursor and a query that read one meanwhile
BEGIN;
DECLARE c CURSOR FOR SELECT id, left(note, 1) FROM staged ORDER BY id;
FETCH c;
SELECT count(*) FROM migrate.drift('{app}');
FETCH c;
FETCH BACKWARD c;
SELECT s.id, (SELECT count(*) FROM migrate.drift('{app}')) FROM staged s;
SAVEPOINT s;
INSERT INTO staged (note) VALUES ('c');
SELECT count(*) FROM migrate.drift('{app}');
SELECT count(*) FROM staged;
ROLLBACK TO s;
SELECT count(*) FROM staged;
COMMIT;

-- the first of a session are a text's
\c -
SELECT count(*) FROM migrate.drift('{app}');
SELECT pg_my_temp_schema() = 0 AS "it has none";
CREATE TEMP TABLE staged (i int);
SELECT count(*) FROM migrate.drift('{app}');
SELECT * FROM staged;
-- a query that has them open while it asks
CREATE TEMP TABLE told AS SELECT object_identity FROM migrate.diff('CREATE TABLE app.new (i int)', '{app}') WHERE action = 'create';
CREATE TEMP TABLE told_too (object_identity text PRIMARY KEY);
INSERT INTO told_too SELECT object_identity FROM migrate.diff('CREATE TABLE app.new (i int)', '{app}') WHERE action = 'create';
SELECT * FROM told NATURAL JOIN told_too;
DROP TABLE told, told_too;

-- ON COMMIT: between the revisions, and between the statements of one that is no transaction
SELECT migrate.revision('drops', $$CREATE TEMP TABLE passing (i int PRIMARY KEY) ON COMMIT DROP;
	CREATE TEMP TABLE IF NOT EXISTS kept (i int PRIMARY KEY) ON COMMIT DELETE ROWS; INSERT INTO kept VALUES (1);
	CREATE TEMP TABLE made ON COMMIT DROP AS SELECT 1 AS i; CREATE TABLE app.u AS SELECT i FROM made JOIN kept USING (i)$$,
	'CREATE TEMP TABLE passing (i int) ON COMMIT DROP; DROP TABLE app.u', rev_id => 't2');
SELECT migrate.revision('again', $$CREATE TEMP TABLE passing (i int PRIMARY KEY) ON COMMIT DROP;
	CREATE TEMP TABLE IF NOT EXISTS kept (i int) ON COMMIT DROP; INSERT INTO kept VALUES (1);
	CREATE TEMP TABLE made ON COMMIT DROP AS SELECT 2 AS i; CREATE TABLE app.v (i int)$$,
	'CREATE TEMP TABLE passing (i int) ON COMMIT DROP; DROP TABLE app.v', rev_id => 't3');
SELECT migrate.load(E'-- statements\n-- Revision ID: t4\n-- Revises: t3\n\n-- migrate:up transaction:false\n'
	'CREATE TEMP TABLE gone (i int) ON COMMIT DROP;\nCREATE TEMP TABLE gone (i int) ON COMMIT DROP;\nINSERT INTO kept VALUES (1);\nINSERT INTO kept VALUES (1);\n'
	'CREATE TABLE app.w (i int);\n-- migrate:down transaction:false\nDROP TABLE app.w;\n');
SELECT migrate.revision('in a cursor', $$DO 'DECLARE r record; BEGIN CREATE TEMP TABLE passing ON COMMIT DROP AS SELECT 1 AS i;
	FOR r IN SELECT * FROM passing LOOP CREATE TABLE app.x (i int); END LOOP; END'$$, 'DROP TABLE app.x', head => '{t4}', rev_id => 't5');
CALL migrate.deploy();
SELECT * FROM migrate.drift('{app}');
SELECT * FROM migrate.verify(schemas => '{app}');
SELECT * FROM kept;

-- none of it is in the way of a prepared transaction that has not touched them
SET client_min_messages = warning;
DISCARD TEMP;
DROP SCHEMA app CASCADE;
