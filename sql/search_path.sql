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

-- Types, functions, operators and tables that are called like PostgreSQL's, in a schema that is searched first: comparisons.
CREATE SCHEMA mine;
CREATE SCHEMA app;
CREATE TYPE mine.text AS (x int);
CREATE DOMAIN mine.int4 AS int2;
CREATE DOMAIN mine.date AS int;
CREATE TYPE mine.uuid AS ENUM ('a');
CREATE FUNCTION mine.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT ''2020-01-01''::timestamptz';
CREATE FUNCTION mine.lower(pg_catalog.text) RETURNS pg_catalog.text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION mine.never(pg_catalog.text, pg_catalog.text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR mine.= (FUNCTION = mine.never, LEFTARG = pg_catalog.text, RIGHTARG = pg_catalog.text);
CREATE TABLE mine.pg_class (oid int);
CREATE TABLE mine.pg_namespace (oid int);
CREATE TABLE mine.pg_attribute (oid int);
SELECT $$
CREATE TABLE app.t (a pg_catalog.text DEFAULT pg_catalog.lower('A'), b pg_catalog.int4, c pg_catalog.date DEFAULT pg_catalog.now(),
	d pg_catalog.uuid, e pg_catalog.text[], f mine.text, g mine.date, h mine.uuid, i mine.text[],
	CHECK (a OPERATOR(pg_catalog.=) 'x'), CHECK (a OPERATOR(mine.=) 'y'));
CREATE INDEX ON app.t (pg_catalog.lower(a));
CREATE VIEW app.v AS SELECT t.a, t.f, t.a::pg_catalog.date AS d, pg_catalog.now() AS n, mine.now() AS m FROM app.t WHERE t.a OPERATOR(pg_catalog.=) 'z'::pg_catalog.text;
CREATE FUNCTION app.f(a pg_catalog.text, b mine.text, c pg_catalog.date DEFAULT pg_catalog.now()) RETURNS pg_catalog.text LANGUAGE sql AS 'SELECT ''x''::pg_catalog.text';
CREATE DOMAIN app.d AS pg_catalog.text CHECK (value OPERATOR(pg_catalog.=) 'x');
CREATE TYPE app.c AS (a pg_catalog.text, b mine.text);
$$ AS model \gset
SET search_path = mine, pg_catalog, public;
SELECT migrate.migrate('names', :'model', '{app}', rev_id => 'n1');
SELECT pg_catalog.split_part(upgrade, E'\n', 1) AS begins, pg_catalog.strpos(upgrade, E'\nSET search_path = mine, pg_catalog, public;') > 0 AS "and puts it back"
  FROM migrate.scripts WHERE revision OPERATOR(pg_catalog.=) 'n1'::pg_catalog.text;
SELECT migrate.upgrade();
SELECT count(*) FROM migrate.diff(:'model', '{app}');
SELECT migrate.check(:'model', '{app}');
SELECT count(*) FROM migrate.drift('{app}');
SELECT upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify('n1', '{app}');
-- what is found depends on no search_path
SET search_path = pg_catalog;
SELECT migrate.check(:'model', '{app}');
SELECT count(*) FROM migrate.drift('{app}');
SET search_path = public, mine;
SELECT migrate.check(:'model', '{app}');
SET search_path = mine, pg_catalog, public;
SELECT migrate.migrate('more', :'model' || 'ALTER TABLE app.t ADD j pg_catalog.text, ADD k mine.text; DROP FUNCTION app.f', '{app}', rev_id => 'n2');
SELECT migrate.upgrade();
SELECT migrate.migrate('online', :'model' || 'ALTER TABLE app.t ADD j pg_catalog.text, ADD k mine.text; CREATE INDEX later ON app.t (j)', '{app}', online => true, rev_id => 'n3');
CALL migrate.deploy();
SELECT count(*) FROM migrate.drift('{app}');
CALL migrate.revert('n1');
SELECT migrate.diff_sql(:'model' || 'ALTER TABLE app.t ALTER b TYPE pg_catalog.text', '{app}') AS script \gset
:script
SHOW search_path;
SELECT count(*) FROM migrate.diff(:'model' || 'ALTER TABLE app.t ALTER b TYPE pg_catalog.text', '{app}');
RESET search_path;
DROP EXTENSION migrate_ext CASCADE;
CREATE EXTENSION migrate_ext;
SET search_path = mine, pg_catalog, public;
SELECT migrate.baseline('all', '{app}', rev_id => 'b1');
SELECT count(*) FROM migrate.drift('{app}');
SELECT upgrade_ok, detail FROM migrate.verify(schemas => '{app}');
RESET search_path;
SELECT migrate.downgrade('base');
DROP SCHEMA mine CASCADE;
