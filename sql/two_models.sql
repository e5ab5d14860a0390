-- Two models compared: the argument live of diff, diff_sql, check and migrate.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA two;
SET migrate.schemas = two;
RESET client_min_messages;
-- what is here has nothing to do with it: rows, views on it, revisions that are not applied
CREATE TABLE two.users (id int, name text);
INSERT INTO two.users VALUES (NULL, NULL), (1, 'a'), (1, 'a');
CREATE VIEW public.two_users AS SELECT id, name FROM two.users;
SELECT migrate.revision('not applied', 'CREATE TABLE two.never ()', rev_id => 't1');

SELECT action, object_type, object_identity, upgrade FROM migrate.diff(live => 'CREATE TABLE two.users (id int, name varchar(20))',
	model => 'CREATE TABLE two.users (id int PRIMARY KEY, name text NOT NULL, phone text)');
SELECT migrate.diff_sql('CREATE TABLE two.users (id int)', live => 'CREATE TABLE two.users (id int, name text); CREATE VIEW two.v AS SELECT name FROM two.users');
-- without it, all of that counts
SELECT migrate.diff_sql('CREATE TABLE two.users (id int)');
SELECT migrate.diff_sql('CREATE TABLE two.users (id int, name text)', live => NULL) = '' AS same;

-- the same, and not
SELECT migrate.check('CREATE TABLE two.a (i int); CREATE TABLE two.b (i int)', live => 'CREATE TABLE two.b (i integer); CREATE TABLE two.a (i int4);');
SELECT migrate.check('CREATE TABLE two.a (i int)', live => 'CREATE TABLE two.a (i bigint)');
-- here it would be asked for the revisions
SELECT migrate.check('CREATE TABLE two.users (id int, name text)');
-- empty: everything is to be made
SELECT migrate.diff_sql('CREATE TABLE two.a (i int)', live => '');
SELECT migrate.diff_sql('', live => 'CREATE TABLE two.a (i int)', allow_empty => true);
SELECT migrate.diff_sql('', live => 'CREATE TABLE two.a (i int)');

-- as pg_dump writes it
SELECT migrate.diff_sql('CREATE TABLE two.a (i int, j int)', live => $$
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA two;
CREATE TABLE two.a (
    i integer
);
$$);
SHOW search_path;

-- errors of the text say that it is this one
SELECT migrate.diff_sql('CREATE TABLE two.a (i int)', live => E'CREATE TABLE two.a (i int);\n\nCREATE TABLE two.a (j int);');
SELECT migrate.diff_sql('CREATE TABLE two.a (i int)', live => E'CREATE TABLE two.a (i int);\nCREATE TABEL two.b (j int);');
SELECT migrate.diff_sql('CREATE TABLE two.a (i int)', live => E'\\connect x');

-- what has another name
SELECT migrate.diff_sql('CREATE TABLE two.persons (id int)', live => 'CREATE TABLE two.users (id int)', renames => '{two.users=two.persons}');
SELECT migrate.diff_sql(E'-- migrate: renamed from two.b\nCREATE TABLE two.a (j int)', live => 'CREATE TABLE two.b (j int)');

-- what is ignored there, and needed by what is not
SET migrate.ignore = 'kept*';
SELECT migrate.diff_sql('CREATE TABLE two.a (i int, k int)', live => 'CREATE TYPE two.kept_e AS ENUM (''x''); CREATE TABLE two.a (i int, e two.kept_e)');
SELECT migrate.migrate('with what is ignored', 'CREATE TYPE two.kept_e AS ENUM (''x''); CREATE TABLE two.a (i int, e two.kept_e, k int)', head => '{base}', rev_id => 't3',
	live => 'CREATE TYPE two.kept_e AS ENUM (''x''); CREATE TABLE two.a (i int, e two.kept_e)');
SELECT upgrade FROM migrate.scripts WHERE revision = 't3';
RESET migrate.ignore;

-- a revision, proven, on top of one that is not applied; rows that are here are in nobody's way
SELECT migrate.migrate('names are needed', 'CREATE TABLE two.users (id int PRIMARY KEY, name text NOT NULL)', head => '{t1}', rev_id => 't2',
	live => 'CREATE TABLE two.users (id int, name text)');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 't2';
SELECT migrate.migrate('nothing', 'CREATE TABLE two.users (id int)', live => 'CREATE TABLE two.users (id int)', head => '{t2}');
SELECT migrate.migrate('online', 'CREATE TABLE two.users (id int NOT NULL, name text); CREATE INDEX users_name ON two.users (name)', head => '{t2}', online => true, rev_id => 't9',
	live => 'CREATE TABLE two.users (id int, name text)') IS NOT NULL AS written;
-- nothing has changed here
SELECT * FROM two.users;
SELECT count(*) FROM migrate.current();

SET client_min_messages = warning;
DROP VIEW public.two_users;
DROP SCHEMA two CASCADE;
DROP EXTENSION migrate_ext;
RESET migrate.schemas;
