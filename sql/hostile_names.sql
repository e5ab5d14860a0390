-- Names with quotes, line ends, what a terminal obeys, and 63 bytes of long letters: everything works, and what is
-- said of them is on one line that is safe to show.
SET client_encoding = utf8;
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE FUNCTION pg_temp.run(sql text, VARIADIC names text[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE format(sql, VARIADIC names); END $$;
SELECT pg_temp.run('CREATE SCHEMA %I', s.name), pg_temp.run('SET search_path = %I', s.name) FROM (VALUES (E'q"''\n\x1b[31m')) s(name);
SELECT pg_temp.run('CREATE TABLE %I (%I int PRIMARY KEY, %I text)', repeat('ü', 31), E'c\n"d', E'e''\x1b]0;x\x07');
SELECT pg_temp.run('CREATE TABLE %I (%I int)', E't\r\n\x1b[2J', repeat('€', 21));
SELECT pg_temp.run('CREATE VIEW %I AS SELECT * FROM %I', E'v;\n$x$', repeat('ü', 31));
SELECT pg_temp.run('CREATE FUNCTION %I(%I int) RETURNS int LANGUAGE sql AS $b$ SELECT 1 -- %s $b$', E'f\n''"', E'a"\n', E'\x1b[31m');
SELECT pg_temp.run('CREATE INDEX %I ON %I ((%I || %L))', repeat('😀', 15), repeat('ü', 31), E'e''\x1b]0;x\x07', E'text\x1b[31m\n');
SELECT pg_temp.run('CREATE TYPE %I AS ENUM (%L, %L)', E'enum\n"', E'l\n\x1b[31m''', repeat('ü', 31));
SELECT pg_temp.run('COMMENT ON TABLE %I IS %L', repeat('ü', 31), E'comment\x1b[31m\nx');
RESET search_path;
SELECT ARRAY[E'q"''\n\x1b[31m'] AS schemas \gset
SET client_min_messages = notice;
SELECT migrate.baseline(E'base\x1b[31m\nline', :'schemas'::name[], rev_id => 'b1');
SELECT migrate.check('', :'schemas'::name[], true);
SELECT migrate.migrate(E'empty\x1b[31m', '', :'schemas'::name[], allow_empty => true, rev_id => 'b2');
SELECT * FROM migrate.verify(schemas => :'schemas'::name[]);
CALL migrate.deploy();
CALL migrate.revert('b1');
SELECT count(*) FROM migrate.drift(:'schemas'::name[]);
SELECT outcome, count(*) FROM migrate.dry_run('upgrade', 'head') GROUP BY 1;
-- a name that would end the SQL of a revision in its file: refused, by whoever has given it
SELECT pg_temp.run('CREATE TABLE %I.%I (i int)', (:'schemas'::text[])[1], E't\n-- migrate:down\n');
SELECT migrate.remove('b2');
SELECT migrate.record('by hand', :'schemas'::name[]);

SET client_min_messages = warning;
SELECT pg_temp.run('DROP SCHEMA %I CASCADE', (:'schemas'::text[])[1]);
