-- What is managed: the argument schemas, and where it is left out the setting migrate.schemas.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA shop;
CREATE SCHEMA "Back.Office";
CREATE TABLE public.a (i int);
CREATE TABLE shop.b (i int);
CREATE TABLE "Back.Office".c (i int);
CREATE FUNCTION pg_temp.changes(model text) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT concat_ws(' ', action, object_type, object_identity) FROM migrate.diff(model, allow_empty => true) $$;

SHOW migrate.schemas;
SELECT pg_temp.changes('');
SELECT pg_temp.changes('CREATE TABLE shop.b2 (i int)');
SELECT concat_ws(' ', action, object_type, object_identity) FROM migrate.diff('', '{shop}', allow_empty => true);
SET migrate.schemas = 'shop, "Back.Office"';
SELECT pg_temp.changes('');
SELECT pg_temp.changes('CREATE TABLE public.a2 (i int)');
SELECT migrate.check('CREATE SCHEMA shop; CREATE SCHEMA "Back.Office"; CREATE TABLE shop.b (i int)');
SET migrate.schemas = shop, public;
SELECT pg_temp.changes('');
SET migrate.schemas = '*';
SELECT pg_temp.changes('CREATE EXTENSION migrate_ext');
SELECT concat_ws(' ', action, object_type, object_identity) FROM migrate.diff('CREATE EXTENSION migrate_ext', '{*}', allow_empty => true);
SELECT pg_temp.changes('DROP ROLE IF EXISTS regress_nobody; COMMENT ON TYPE pg_catalog.int4 IS ''mine''');
-- what no schema holds can only be managed with the whole database
RESET migrate.schemas;
SELECT pg_temp.changes('CREATE SCHEMA later');
SELECT pg_temp.changes('CREATE FOREIGN DATA WRAPPER w');
SELECT pg_temp.changes('COMMENT ON TYPE pg_catalog.int4 IS ''mine''');
SELECT pg_temp.changes('DROP TABLE shop.b');

-- the same in everything that compares
SET migrate.schemas = 'shop';
SELECT migrate.baseline(rev_id => 'b1');
SELECT upgrade FROM migrate.scripts;
SELECT * FROM migrate.verify();
SELECT count(*) FROM migrate.drift();
CREATE TABLE shop.hand (i int);
CREATE TABLE public.hand (i int);
SELECT action, object_identity FROM migrate.drift();
SELECT action, object_identity FROM migrate.drift('{public}');
DROP TABLE shop.hand;
SELECT migrate.migrate('More', 'CREATE SCHEMA shop; CREATE TABLE shop.b (i int); CREATE TABLE shop.c (i int)', rev_id => 'b2');
SELECT migrate.upgrade();
SELECT migrate.squash('b1', 'b2', rev_id => 'b3');
SELECT upgrade FROM migrate.scripts;

-- what it cannot be
SET migrate.schemas = '';
SET migrate.schemas = 'public, *';
SET migrate.schemas = 'public,,shop';
SET migrate.schemas = 'My Schema';
SET migrate.schemas = 'nowhere';
SELECT * FROM migrate.drift();
SET migrate.schemas = 'pg_catalog';
SELECT * FROM migrate.drift();
RESET migrate.schemas;
SELECT migrate.diff_sql('SELECT 1', '{*,public}', allow_empty => true);

-- by ALTER DATABASE, and by whom
CREATE ROLE regress_migrate_guest;
SELECT current_database() AS db \gset
ALTER DATABASE :"db" SET migrate.schemas = '"Back.Office"';
ALTER DATABASE :"db" SET migrate.schemas = ',';
SET ROLE regress_migrate_guest;
ALTER DATABASE :"db" SET migrate.schemas = '*';
SET migrate.schemas = 'shop';
RESET ROLE;
\c
SET client_min_messages = warning;
SELECT action, object_type, object_identity FROM migrate.diff('', allow_empty => true);
SHOW migrate.schemas;
ALTER DATABASE :"db" RESET migrate.schemas;
\c
SET client_min_messages = warning;
DROP ROLE regress_migrate_guest;
DROP SCHEMA shop, "Back.Office" CASCADE;
DROP TABLE public.a, public.hand;
