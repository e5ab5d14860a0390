-- The shadow: a model is run for real in emptied schemas, and nothing of it is left.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE EXTENSION citext;
CREATE EXTENSION earthdistance CASCADE;
CREATE SCHEMA app;
CREATE SCHEMA other;
CREATE TABLE app.users (id int PRIMARY KEY, email citext);
INSERT INTO app.users VALUES (1, 'a@b.c');
CREATE TABLE other.parent (id int PRIMARY KEY, name varchar(10));
CREATE TYPE other.mood AS ENUM ('good');
CREATE FUNCTION other.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';

-- what is to be changed, a line for each object
CREATE FUNCTION pg_temp.changes(model text, schemas name[]) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT concat_ws(' ', action, object_type, object_identity) FROM migrate.diff(model, schemas, true) $$;
-- what the model leaves, as the differ sees it
CREATE FUNCTION pg_temp.model(text) RETURNS text LANGUAGE sql AS
$$ SELECT 'CREATE EXTENSION citext; CREATE EXTENSION earthdistance CASCADE; CREATE SCHEMA app; CREATE SCHEMA other;
	CREATE TABLE app.users (id int PRIMARY KEY, email citext); CREATE TABLE other.parent (id int PRIMARY KEY, name varchar(10));
	CREATE TYPE other.mood AS ENUM (''good''); CREATE FUNCTION other.f(int) RETURNS int LANGUAGE sql AS ''SELECT 1'';' || $1 $$;
-- all that a shadow touches
CREATE FUNCTION pg_temp.everything() RETURNS text LANGUAGE sql AS
$$ SELECT md5(concat(
	(SELECT string_agg(c::text, ' ' ORDER BY oid) FROM (SELECT oid, xmin, relname, relnamespace, relowner, relfilenode, relkind, relacl FROM pg_class) c),
	(SELECT string_agg(concat(xmin, ' ', n), ' ' ORDER BY oid) FROM pg_namespace n),
	(SELECT string_agg(concat(xmin, ' ', p), ' ' ORDER BY oid) FROM pg_proc p),
	(SELECT string_agg(concat(xmin, ' ', t), ' ' ORDER BY oid) FROM pg_type t),
	(SELECT string_agg(concat(xmin, ' ', e), ' ' ORDER BY oid) FROM pg_extension e),
	(SELECT string_agg(concat(xmin, ' ', e), ' ' ORDER BY oid) FROM pg_event_trigger e),
	(SELECT string_agg(concat(xmin, ' ', p), ' ' ORDER BY oid) FROM pg_publication p),
	(SELECT string_agg(concat(xmin, ' ', d), ' ' ORDER BY classid, objid, objsubid, refclassid, refobjid, refobjsubid) FROM pg_depend d),
	(SELECT string_agg(u::text, ' ' ORDER BY id) FROM app.users u))) $$;
SELECT pg_temp.everything() AS before \gset

-- the same: nothing
SELECT pg_temp.changes(pg_temp.model(''), '{*}');
SELECT pg_temp.changes('CREATE TABLE app.users (id int PRIMARY KEY, email citext)', '{app}');
SELECT pg_temp.changes(pg_temp.model('CREATE TABLE new (i int); CREATE SCHEMA later; CREATE TABLE later.t (i int)'), '{*}');
-- a schema that is in the list need not be there, nor be created
SELECT pg_temp.changes('CREATE TABLE later.t (i int)', '{later}');
SELECT pg_temp.changes('CREATE SCHEMA later; CREATE TABLE later.t (i int)', '{later}');
-- as pg_dump of one schema writes it, and of the server of another day
SELECT pg_temp.changes(E'\\restrict abc\nSET transaction_timeout = 0;\nSELECT pg_catalog.set_config(''search_path'', '''', false);\nCREATE SCHEMA public;\nCOMMENT ON SCHEMA public IS ''standard public schema'';\n\\unrestrict abc\n', '{public}');
SELECT pg_temp.changes('SELECT set_config(''search_path'', '''', false); CREATE EXTENSION citext WITH SCHEMA public; CREATE SCHEMA app; CREATE TABLE app.users (id int PRIMARY KEY, email public.citext)', '{*}');
SELECT count(*) FROM migrate.diff(E'\\restrict abc\nCREATE TABLE app.users (id int PRIMARY KEY, email citext)\n\\unrestrict abc\n', '{app}');
SELECT pg_temp.changes('DROP SCHEMA app CASCADE; CREATE SCHEMA app; CREATE TABLE app.users (id int PRIMARY KEY, email citext)', '{app}');

-- errors: the line of the model
SELECT pg_temp.changes(E'\\restrict abc\nCREATE TABLE app.a (i int);\n\nCREATE TABLE app.b (i nothing);', '{app}');
SELECT pg_temp.changes(E'CREATE TABLE app.a (i int);\nCREAT TABLE app.b (i int);', '{app}');
SELECT pg_temp.changes(E'CREATE TABLE app.a (i int);\nALTER TABLE app.a DROP j;', '{app}');
SELECT pg_temp.changes(E'CREATE TABLE app.a (i int);\nINSERT INTO app.a\nSELECT 1/0;', '{app}');
SELECT pg_temp.changes(E'CREATE TABLE app.a (i int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO app.a VALUES (1), (1)', '{app}');
SELECT pg_temp.changes(E'CREATE SCHEMA app;\nCREATE SCHEMA app;', '{app}');
-- no errors: what cannot run inside a transaction, and CONCURRENTLY
SET client_min_messages = notice;
SELECT pg_temp.changes(E'CREATE TABLE app.users (id int PRIMARY KEY, email citext);\nVACUUM;\nCREATE INDEX CONCURRENTLY ON app.users (email);\nCREATE DATABASE nothing;', '{app}');
SET client_min_messages = warning;
-- a value of an enum at once
SELECT pg_temp.changes('CREATE TYPE app.e AS ENUM (''a''); ALTER TYPE app.e ADD VALUE ''b''; CREATE TABLE app.users (id int PRIMARY KEY, email citext); CREATE TABLE app.e2 (e app.e DEFAULT ''b'')', '{app}');

-- extensions: those that are there are mentioned, or used, or needed by such ones
SELECT pg_temp.changes('CREATE SCHEMA app; CREATE SCHEMA other; CREATE TABLE app.users (id int PRIMARY KEY, email citext)', '{*}');
SELECT pg_temp.changes(replace(pg_temp.model(''), 'CREATE EXTENSION citext', 'CREATE EXTENSION citext; DROP EXTENSION citext') , '{*}');
SELECT pg_temp.changes(replace(pg_temp.model(''), 'CREATE EXTENSION earthdistance CASCADE', 'CREATE DOMAIN place AS earth') , '{*}');
SELECT pg_temp.changes(pg_temp.model('CREATE EXTENSION citext'), '{*}');
SELECT pg_temp.changes(pg_temp.model('CREATE EXTENSION IF NOT EXISTS citext; ALTER EXTENSION citext UPDATE; CREATE EXTENSION hstore'), '{*}');
SELECT pg_temp.changes('CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION earthdistance CASCADE; CREATE SCHEMA app; CREATE TABLE app.users (id int PRIMARY KEY, email ext.citext);' ||
	'CREATE SCHEMA other; CREATE TABLE other.parent (id int PRIMARY KEY, name varchar(10)); CREATE TYPE other.mood AS ENUM (''good''); CREATE FUNCTION other.f(int) RETURNS int LANGUAGE sql AS ''SELECT 1''', '{*}');
SELECT pg_temp.changes('DROP SCHEMA public', '{public}');
SELECT pg_temp.changes('DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE EXTENSION citext; CREATE TABLE public.t (c citext)', '{public}');

-- what belongs to an extension comes along, with indexes, keys, row types
CREATE TABLE app.settings (id serial PRIMARY KEY, name text UNIQUE, CHECK (name <> ''));
CREATE INDEX ON app.settings (lower(name));
CREATE VIEW app.names AS SELECT name FROM app.settings;
ALTER EXTENSION citext ADD TABLE app.settings;
ALTER EXTENSION citext ADD SEQUENCE app.settings_id_seq;
ALTER EXTENSION citext ADD VIEW app.names;
SELECT pg_temp.everything() AS before_settings \gset
SELECT pg_temp.changes('CREATE TABLE app.users (id int PRIMARY KEY, email citext); CREATE TABLE app.choices (setting int REFERENCES app.settings, whole app.settings, n app.names);
	INSERT INTO app.settings (name) VALUES (''x''); INSERT INTO app.choices SELECT id, s, n FROM app.settings s, app.names n', '{app}');
SELECT pg_temp.changes(pg_temp.model(''), '{*}');
SELECT pg_temp.everything() = :'before_settings' AS as_before;
INSERT INTO app.settings (name) VALUES ('x');
ALTER EXTENSION citext DROP TABLE app.settings;
ALTER EXTENSION citext DROP SEQUENCE app.settings_id_seq;
ALTER EXTENSION citext DROP VIEW app.names;
DROP VIEW app.names;
DROP TABLE app.settings;
SELECT pg_temp.everything() AS before \gset

-- what is not managed
SELECT pg_temp.changes(E'SELECT 1;\nCREATE TABLE later (i int);', '{app}');
-- a column of a partition key depends on its own table
SELECT pg_temp.changes('CREATE TABLE other.parts (i int) PARTITION BY LIST (i)', '{app}');
SELECT pg_temp.changes('ALTER TABLE other.parent ALTER name TYPE varchar(20)', '{app}');
SELECT pg_temp.changes('DROP TABLE other.parent', '{app}');
SELECT pg_temp.changes('ALTER TYPE other.mood ADD VALUE ''bad''', '{app}');
SELECT pg_temp.changes('CREATE OR REPLACE FUNCTION other.f(int) RETURNS int LANGUAGE sql AS ''SELECT 2''', '{app}');
SELECT pg_temp.changes('COMMENT ON TABLE other.parent IS ''x''', '{app}');
SELECT pg_temp.changes('CREATE SCHEMA new', '{app}');
SELECT pg_temp.changes('ALTER SCHEMA app RENAME TO app2', '{app}');
SELECT pg_temp.changes('CREATE FOREIGN DATA WRAPPER w', '{app}');
-- to refer to it is allowed, and to leave nothing there
SELECT pg_temp.changes('CREATE TABLE app.users (id int PRIMARY KEY REFERENCES other.parent, email citext); CREATE TABLE other.t (); DROP TABLE other.t; CREATE TEMP TABLE x ()', '{app}');
SELECT pg_temp.changes('', '{pg_catalog}');
-- what would reach what is away
SELECT pg_temp.changes('DROP OWNED BY CURRENT_USER', '{*}');

-- nothing of all this is left
SELECT pg_temp.everything() = :'before' AS as_before;

-- event triggers neither fire nor change, the model's own neither
CREATE FUNCTION other.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'an event trigger fires for %', tg_tag; END $$;
CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION other.no();
SELECT pg_temp.changes('CREATE TABLE app.users (id int PRIMARY KEY, email citext)', '{app}');
\set with_trigger 'CREATE FUNCTION other.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION ''an event trigger fires for %'', tg_tag; END $$; CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION other.no();'
SELECT pg_temp.changes(pg_temp.model(:'with_trigger'), '{*}');
SELECT pg_temp.changes(pg_temp.model(:'with_trigger' || 'ALTER EVENT TRIGGER et DISABLE'), '{*}');
SELECT pg_temp.changes('ALTER EVENT TRIGGER et DISABLE', '{app}');
SELECT evtname, evtenabled FROM pg_event_trigger;
DROP EVENT TRIGGER et;
-- but one that belongs to an extension does: it keeps that in order; unless it runs as somebody else than the caller could
CREATE EXTENSION seg SCHEMA other;
CREATE FUNCTION other.kept() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE INFO 'the extension sees %', tg_tag; END $$;
CREATE EVENT TRIGGER et ON sql_drop EXECUTE FUNCTION other.kept();
ALTER EXTENSION seg ADD FUNCTION other.kept();
ALTER EXTENSION seg ADD EVENT TRIGGER et;
SELECT pg_temp.changes('CREATE TABLE gone (i int); DROP TABLE gone', '{app}');
ALTER FUNCTION other.kept() SECURITY DEFINER;
SELECT pg_temp.changes('CREATE TABLE gone (i int); DROP TABLE gone', '{app}');
CREATE ROLE regress_migrate_modest;
GRANT USAGE ON SCHEMA migrate TO regress_migrate_modest;
SELECT current_database() AS db \gset
GRANT CREATE ON DATABASE :"db" TO regress_migrate_modest;
CREATE SCHEMA modest AUTHORIZATION regress_migrate_modest;
SET ROLE regress_migrate_modest;
SELECT count(*) FROM migrate.diff('CREATE TABLE modest.gone (i int); DROP TABLE modest.gone', '{modest}', true);
RESET ROLE;
ALTER EXTENSION seg DROP EVENT TRIGGER et;
DROP EVENT TRIGGER et;
DROP EXTENSION seg;
DROP OWNED BY regress_migrate_modest;
DROP ROLE regress_migrate_modest;
DROP FUNCTION other.no();
-- what no schema holds can be made under the same name
SET client_min_messages = error;
CREATE PUBLICATION p FOR TABLE app.users;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE CAST (int AS citext) WITH INOUT;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SELECT pg_temp.changes(pg_temp.model('CREATE PUBLICATION p FOR TABLE app.users; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE CAST (int AS citext) WITH INOUT; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC'), '{*}');
SET client_min_messages = warning;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
DROP CAST (int AS citext);
DROP SERVER s;
DROP FOREIGN DATA WRAPPER w;
DROP PUBLICATION p;

-- settings and roles end with it; an error that is caught leaves the transaction as it was
CREATE ROLE regress_migrate_shadow;
BEGIN;
SELECT pg_temp.changes('SET work_mem = ''1MB''; SET ROLE regress_migrate_shadow; SET search_path = nowhere', '{later}');
SELECT current_user = session_user AS same_role, current_setting('search_path') AS search_path, current_setting('work_mem') <> '1MB' AS same_memory;
DO $$ BEGIN PERFORM pg_temp.changes('CREATE TABLE later.t (); SELECT 1/0', '{later}'); EXCEPTION WHEN division_by_zero THEN RAISE WARNING 'caught'; END $$;
SELECT pg_temp.changes('CREATE TABLE later.t ()', '{later}');
SELECT to_regnamespace('later') IS NULL AS nothing_left;
COMMIT;
SELECT pg_temp.changes('SELECT * FROM migrate.diff('''', ''{other}'', true)', '{app}');

-- what is needed: the right to create in the database and in the schemas
GRANT USAGE ON SCHEMA migrate, app, other TO regress_migrate_shadow;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA migrate TO regress_migrate_shadow;
-- somebody else's function, that trusts its own schema
CREATE FUNCTION other.helper() RETURNS text LANGUAGE sql AS $$ SELECT 'helper of other' $$;
CREATE FUNCTION app.trusting() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = other, pg_temp AS $$ BEGIN RETURN helper(); END $$;
SELECT current_database() AS db \gset
SET ROLE regress_migrate_shadow;
SELECT pg_temp.changes('', '{mine}');
RESET ROLE;
GRANT CREATE ON DATABASE :"db" TO regress_migrate_shadow;
SET ROLE regress_migrate_shadow;
SELECT pg_temp.changes('CREATE TABLE mine.t (i int)', '{mine}');
SELECT pg_temp.changes('CREATE SCHEMA other; CREATE FUNCTION other.helper() RETURNS text LANGUAGE sql AS ''SELECT current_user::text''; DO ''BEGIN RAISE EXCEPTION $$%$$, app.trusting(); END''', '{other}');
RESET ROLE;
CREATE SCHEMA vacant;
GRANT CREATE ON SCHEMA vacant TO regress_migrate_shadow;
SET ROLE regress_migrate_shadow;
-- a schema that somebody else owns does not become one's own
SELECT pg_temp.changes('CREATE SCHEMA vacant; COMMENT ON SCHEMA vacant IS ''mine''', '{vacant}');
SELECT pg_temp.changes('CREATE SCHEMA mine; CREATE EXTENSION citext SCHEMA mine', '{mine}');
SELECT pg_temp.changes('CREATE TABLE mine.t (c citext); COMMENT ON EXTENSION citext IS ''data type for case-insensitive character strings''', '{mine}');
BEGIN READ ONLY;
SELECT pg_temp.changes('', '{mine}');
COMMIT;
RESET ROLE;
DROP FUNCTION app.trusting(), other.helper();

REVOKE ALL ON SCHEMA other, app FROM regress_migrate_shadow;
REVOKE CREATE ON DATABASE :"db" FROM regress_migrate_shadow;
DROP SCHEMA app, other, vacant CASCADE;
DROP EXTENSION citext, earthdistance, cube;
DROP EXTENSION migrate_ext;
DROP SCHEMA migrate;
DROP ROLE regress_migrate_shadow;
CREATE EXTENSION migrate_ext;
