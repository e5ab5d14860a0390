-- A hostile search_path: operators, functions, tables and types planted where
-- our own queries would find them if they looked there.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA evil;
CREATE TABLE evil.hits (what text);
CREATE FUNCTION evil.hit(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.hits VALUES ('text = text'); RETURN true; END $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.hit);
CREATE FUNCTION evil.hit(bytea, bytea) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.hits VALUES ('bytea = bytea'); RETURN true; END $$;
CREATE OPERATOR evil.= (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = evil.hit);
CREATE FUNCTION evil.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.hits VALUES ('unnest'); RETURN; END $$;
CREATE FUNCTION evil.format(text, VARIADIC "any") RETURNS text LANGUAGE internal AS 'text_format';
CREATE FUNCTION evil.current_setting(text, boolean) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.hits VALUES ('current_setting'); RETURN 'evil'; END $$;
CREATE FUNCTION evil.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.hits VALUES ('clock_timestamp'); RETURN now(); END $$;
CREATE TABLE evil.revisions (revision text);
CREATE TABLE evil.version (revision text);
CREATE DOMAIN evil.text AS int;
CREATE TEMP TABLE version (revision pg_catalog.text);
CREATE TEMP TABLE pg_locks (pid int);
SET search_path = evil, pg_temp, pg_catalog, public;

SELECT migrate.load_files(ARRAY[E'-- x\n-- Revision ID: h1\n-- Branch Labels: h\n-- migrate:up\nCREATE TABLE public.hh (a int);\n-- migrate:down\nDROP TABLE public.hh',
	E'-- y\n-- Revision ID: h2\n-- Revises: h1\n-- migrate:up\n-- migrate:down\n']::pg_catalog.text[]);
SELECT migrate.revision('z', rev_id => 'h3', head => '{h@head}', depends_on => '{h1}');
SELECT migrate.edit('h3', message => 'zz', downgrade => '');
SELECT migrate.upgrade();
SELECT migrate.upgrade();
SELECT migrate.current(), migrate.heads(), migrate.check_heads();
SELECT revision FROM migrate.history();
SELECT current, heads, pending FROM migrate.status();
SELECT count(*) FROM migrate.plan('downgrade', 'base');
SELECT migrate.downgrade('base');
SELECT migrate.stamp('h3', purge => true);
SELECT migrate.downgrade('h2');
SELECT migrate.remove('h3');
SELECT * FROM evil.hits;
RESET search_path;
SELECT action, revision, tag FROM migrate.log ORDER BY id;
DROP TABLE pg_temp.version, pg_temp.pg_locks;
DROP SCHEMA evil CASCADE;
