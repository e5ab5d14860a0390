-- drift, verify and squash of what real histories do: whatever runs outside runs in a shadow.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS shop CASCADE;
CREATE SCHEMA shop;
CREATE SCHEMA other;
RESET client_min_messages;
\set schemas '{shop}'

-- a value of an enum that one revision adds is used by a later one, as if it had been committed
SELECT migrate.revision('type', $$CREATE TYPE shop.mood AS ENUM ('ok'); CREATE TABLE shop.moods (m shop.mood)$$,
	'DROP TABLE shop.moods; DROP TYPE shop.mood', rev_id => 'e1');
SELECT migrate.revision('value', $$ALTER TYPE shop.mood ADD VALUE 'fine'$$, '', rev_id => 'e2');
SELECT migrate.revision('use', $$ALTER TABLE shop.moods ALTER m SET DEFAULT 'fine';
	CREATE INDEX ON shop.moods (m) WHERE m > 'fine'; CREATE VIEW shop.fine AS SELECT 'fine'::shop.mood AS m$$,
	$$DROP VIEW shop.fine; DROP INDEX shop.moods_m_idx; ALTER TABLE shop.moods ALTER m DROP DEFAULT$$, rev_id => 'e3');
-- each statement is a transaction of its own
SELECT migrate.load(E'-- alone\n-- Revision ID: e4\n-- Revises: e3\n\n-- migrate:up transaction:false\nALTER TYPE shop.mood ADD VALUE ''great'';\nINSERT INTO shop.moods VALUES (''great'');\n-- migrate:down\n');
CALL migrate.deploy();
SELECT * FROM migrate.drift(:'schemas');
SELECT * FROM migrate.verify(schemas => :'schemas');
SELECT migrate.squash('e2', 'e3', schemas => :'schemas', rev_id => 'e9');
SELECT * FROM migrate.drift(:'schemas');
-- what one transaction cannot do outside, it cannot do here: the type was there before
SELECT migrate.revision('at once', $$ALTER TYPE shop.mood ADD VALUE 'bad'; INSERT INTO shop.moods VALUES ('bad')$$, '', rev_id => 'e10');
SELECT * FROM migrate.verify('e10', :'schemas');
SELECT migrate.remove('e10');
-- what the caller has added is as before
CREATE TYPE other.hue AS ENUM ('red');
BEGIN;
ALTER TYPE other.hue ADD VALUE 'blue';
SELECT bool_and(upgrade_ok) FROM migrate.verify(schemas => :'schemas');
SELECT 'blue'::other.hue;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- roles are all databases', and stay what they are
CREATE ROLE regress_migrate_here;
SELECT migrate.revision('roles', $$
	CREATE ROLE regress_migrate_here;
	ALTER ROLE regress_migrate_here SUPERUSER;
	ALTER ROLE regress_migrate_here SET search_path = shop;
	DO $do$ BEGIN
		CREATE USER regress_migrate_here;
		EXECUTE 'CREATE GROUP regress_migrate_here';
	END $do$;
	CREATE ROLE regress_migrate_new;
	ALTER ROLE regress_migrate_new RENAME TO regress_migrate_newer;
	GRANT SELECT ON shop.moods TO regress_migrate_here, regress_migrate_newer;
	REVOKE SELECT ON shop.moods FROM regress_migrate_newer;
	DROP ROLE regress_migrate_here, regress_migrate_newer;
	DROP ROLE IF EXISTS regress_migrate_here;
	DO $do$ BEGIN ASSERT (SELECT NOT rolsuper AND rolconfig IS NULL FROM pg_roles WHERE rolname = 'regress_migrate_here');
		ASSERT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'regress_migrate_newer'); END $do$;$$,
	'REVOKE SELECT ON shop.moods FROM regress_migrate_here; DROP ROLE regress_migrate_here', rev_id => 'r1');
SELECT * FROM migrate.verify('r1', :'schemas');
-- a name that nobody has is an error as before
SELECT migrate.revision('nobody', $$DROP ROLE regress_migrate_nobody, regress_migrate_here$$, '', rev_id => 'r2');
SELECT * FROM migrate.verify('r2', :'schemas');
SELECT migrate.remove('r2');
-- outside of a shadow all is as ever
SELECT migrate.upgrade();
\echo :LAST_ERROR_SQLSTATE
SELECT rolname FROM pg_roles WHERE rolname LIKE 'regress_migrate_%' ORDER BY 1;
SELECT upgrade FROM migrate.diff($$CREATE ROLE regress_migrate_here; CREATE TYPE shop.mood AS ENUM ('ok')$$, :'schemas') WHERE action = 'drop';

-- what a history makes outside of what is compared is made again, and is not compared
SET client_min_messages = error;
DROP SCHEMA shop, other CASCADE;
DROP EXTENSION migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA shop;
CREATE FOREIGN DATA WRAPPER regress_migrate_stays;
SELECT migrate.revision('outside', $$
	CREATE SCHEMA app; CREATE SCHEMA old; ALTER SCHEMA old RENAME TO "New one";
	CREATE TABLE app.t (id int); CREATE TABLE "New one".t (id int); CREATE TABLE shop.t (id int); CREATE TABLE shop.u (id int);
	CREATE PUBLICATION regress_migrate_pub FOR TABLE shop.t, app.t;
	CREATE FOREIGN DATA WRAPPER regress_migrate_fdw; CREATE SERVER regress_migrate_server FOREIGN DATA WRAPPER regress_migrate_fdw;
	CREATE USER MAPPING FOR CURRENT_USER SERVER regress_migrate_server;
	CREATE SERVER regress_migrate_other FOREIGN DATA WRAPPER regress_migrate_stays;
	CREATE FUNCTION shop.fires() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
	CREATE EVENT TRIGGER regress_migrate_trigger ON ddl_command_end EXECUTE FUNCTION shop.fires();
	CREATE FUNCTION shop.cast_it(point) RETURNS int LANGUAGE sql AS 'SELECT 1';
	CREATE CAST (point AS int) WITH FUNCTION shop.cast_it(point);
	ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO regress_migrate_here;
	ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT INSERT ON TABLES TO regress_migrate_here;
	ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT EXECUTE ON FUNCTIONS TO regress_migrate_here;
	CREATE TABLE shop.later (id int); CREATE FUNCTION shop.later() RETURNS int LANGUAGE sql AS 'SELECT 1';$$,
	$$ALTER DEFAULT PRIVILEGES IN SCHEMA shop REVOKE EXECUTE ON FUNCTIONS FROM regress_migrate_here;
	ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM regress_migrate_here;
	DROP CAST (point AS int); DROP EVENT TRIGGER regress_migrate_trigger; DROP SERVER regress_migrate_other;
	DROP FOREIGN DATA WRAPPER regress_migrate_fdw CASCADE; DROP PUBLICATION regress_migrate_pub;
	DROP TABLE shop.t, shop.u, shop.later; DROP FUNCTION shop.later(), shop.fires(), shop.cast_it(point); DROP SCHEMA app, "New one" CASCADE;$$,
	rev_id => 'o1');
SELECT * FROM migrate.verify(schemas => :'schemas');
SELECT migrate.upgrade();
SELECT * FROM migrate.verify(schemas => :'schemas');
SELECT action, object_type, object_identity FROM migrate.drift(:'schemas');
SELECT action, object_type, object_identity FROM migrate.drift('{shop,app,New one}');
-- what somebody has changed there is for who compares it
ALTER TABLE app.t ADD by_hand int;
ALTER TABLE shop.u ADD by_hand int;
SELECT action, object_type, object_identity FROM migrate.drift(:'schemas');
SELECT action, object_type, object_identity FROM migrate.drift('{app,shop}');
-- nothing of it has been touched
SELECT migrate.downgrade('base');
SELECT nspname FROM pg_namespace WHERE nspname IN ('app', 'New one', 'old') OR nspname LIKE 'migrate hidden%';
DROP FOREIGN DATA WRAPPER regress_migrate_stays;

-- what a DO block makes there, and what it has looked for before
SET client_min_messages = error;
DROP EXTENSION migrate_ext;
CREATE EXTENSION migrate_ext;
SELECT migrate.revision('in blocks', $$
	DO $do$ BEGIN
		CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY);
		CREATE FOREIGN DATA WRAPPER regress_migrate_fdw;
		EXECUTE 'CREATE SERVER regress_migrate_server FOREIGN DATA WRAPPER regress_migrate_fdw';
		CREATE PUBLICATION regress_migrate_pub;
	END $do$;
	CREATE TABLE shop.t (id int REFERENCES app.t);
	ALTER PUBLICATION regress_migrate_pub ADD TABLE shop.t, app.t;
	CREATE USER MAPPING FOR CURRENT_USER SERVER regress_migrate_server;$$,
	$$DROP TABLE shop.t; DROP PUBLICATION regress_migrate_pub; DROP FOREIGN DATA WRAPPER regress_migrate_fdw CASCADE; DROP SCHEMA app CASCADE$$,
	rev_id => 'd1');
SELECT migrate.revision('looks first', $$
	DO $do$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'found') THEN CREATE SCHEMA found; END IF;
		IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'regress_migrate_found') THEN CREATE PUBLICATION regress_migrate_found; END IF;
		IF NOT EXISTS (SELECT FROM pg_foreign_data_wrapper WHERE fdwname = 'regress_migrate_found') THEN CREATE FOREIGN DATA WRAPPER regress_migrate_found; END IF;
		IF NOT EXISTS (SELECT FROM pg_foreign_server WHERE srvname = 'regress_migrate_found') THEN
			CREATE SERVER regress_migrate_found FOREIGN DATA WRAPPER regress_migrate_found; END IF;
	END $do$;
	CREATE TYPE found.mood AS ENUM ('ok'); CREATE TABLE found.t (id int, m found.mood); CREATE TABLE shop.u (m found.mood);
	CREATE FUNCTION found.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW found.v AS SELECT m FROM shop.u;
	ALTER PUBLICATION regress_migrate_found ADD TABLE shop.u;
	ALTER SERVER regress_migrate_found VERSION '2';$$,
	$$DROP VIEW found.v; DROP TABLE shop.u; DROP PUBLICATION regress_migrate_found; DROP FOREIGN DATA WRAPPER regress_migrate_found CASCADE; DROP SCHEMA found CASCADE$$,
	rev_id => 'd2');
SELECT * FROM migrate.verify(schemas => :'schemas');
SELECT migrate.upgrade();
SELECT * FROM migrate.verify(schemas => :'schemas');
SELECT action, object_type, object_identity FROM migrate.drift(:'schemas');
SELECT action, object_type, object_identity FROM migrate.drift('{shop,app,found}');
-- what fails for another reason says so; what is not of the history stays where it is
CREATE TABLE app.theirs (id int);
SELECT migrate.revision('theirs', 'ALTER TABLE app.theirs ADD x int', '', rev_id => 'd3');
SELECT * FROM migrate.verify('d3', :'schemas');
SELECT migrate.revision('wrong', 'CREATE TABLE found.w (id nonsense)', '', rev_id => 'd4', head => '{d2}', splice => true);
SELECT * FROM migrate.verify('d4', :'schemas');
SELECT migrate.remove('d3'), migrate.remove('d4');
DROP TABLE app.theirs;
SELECT migrate.downgrade('base');
SELECT nspname FROM pg_namespace WHERE nspname IN ('app', 'found') OR nspname LIKE 'migrate hidden%';

-- COMMIT in a procedure and a DO block, where the revision runs statement by statement
SET client_min_messages = error;
DROP EXTENSION migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
SELECT migrate.load($f$-- batches
-- Revision ID: p1
-- Revises:

-- migrate:up transaction:false
CREATE TYPE shop.mood AS ENUM ('ok');
CREATE TABLE shop.t (id int, m shop.mood);
CREATE PROCEDURE shop.fill() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..3 LOOP
		INSERT INTO shop.t VALUES (i, 'ok');
		COMMIT;
		ROLLBACK;
	END LOOP;
	ALTER TYPE shop.mood ADD VALUE 'fine';
	COMMIT AND CHAIN;
	INSERT INTO shop.t VALUES (4, 'fine');
	ASSERT (SELECT count(*) FROM shop.t) = 4;
END $$;
CALL shop.fill();
DO $$ BEGIN CALL shop.fill_nothing(); EXCEPTION WHEN undefined_function THEN CREATE TABLE shop.caught (id int); END $$;
DO $$ BEGIN CREATE TABLE shop.u (id int); COMMIT; CREATE INDEX ON shop.u (id); END $$;
DO $$ BEGIN
	COMMIT;
	BEGIN ASSERT false; EXCEPTION WHEN assert_failure THEN RETURN; END;
	RAISE 'assertions are off';
END $$;
-- migrate:down
DROP PROCEDURE shop.fill; DROP TABLE shop.t, shop.u, shop.caught; DROP TYPE shop.mood;
$f$);
SELECT * FROM migrate.verify(schemas => :'schemas');
SELECT migrate.load($f$-- batches
-- Revision ID: p1
-- Revises:

-- migrate:up transaction:false
CREATE TABLE shop.t (id int);
CREATE PROCEDURE shop.fill() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..3 LOOP INSERT INTO shop.t VALUES (i); COMMIT; END LOOP;
END $$;
CALL shop.fill();
DO $$ BEGIN CREATE TABLE shop.u (id int); COMMIT; CREATE INDEX ON shop.u (id); END $$;
-- migrate:down transaction:false
DO $$ BEGIN DROP TABLE shop.u; COMMIT; DROP TABLE shop.t; END $$;
DROP PROCEDURE shop.fill;
$f$);
SELECT * FROM migrate.verify(schemas => :'schemas');
CALL migrate.deploy();
SELECT * FROM migrate.drift(:'schemas');
SELECT * FROM migrate.verify(schemas => :'schemas');
SELECT count(*) FROM shop.t;
-- what could not commit outside does not here: a function, a revision that is one transaction
SELECT migrate.revision('function', $$CREATE FUNCTION shop.f() RETURNS int LANGUAGE plpgsql AS 'BEGIN COMMIT; RETURN 1; END'; SELECT shop.f()$$, '', rev_id => 'p2');
SELECT migrate.revision('transaction', 'CALL shop.fill()', '', head => '{p1}', splice => true, rev_id => 'p3');
SELECT migrate.load(E'-- back\n-- Revision ID: p4\n-- Revises: p1\n\n-- migrate:up transaction:false\nDO $$ BEGIN INSERT INTO shop.t VALUES (9); ROLLBACK; END $$;\n-- migrate:down\n');
SELECT * FROM migrate.verify('p2,p3,p4', :'schemas') ORDER BY revision COLLATE "C";
-- a temporary table, in a session that has had none while earlier ones had
SELECT migrate.revision('temporary', 'CREATE TEMP TABLE passing (i int); CREATE TABLE shop.stays (i int)', 'DROP TABLE shop.stays', head => '{p1}', splice => true, rev_id => 'p5');
CALL migrate.deploy('p5');
\c -
CREATE TEMP TABLE earlier (i int);
\c -
SELECT * FROM migrate.drift('{shop}');
-- and outside all is as before
DO $$ BEGIN COMMIT; END $$;
DO $$ BEGIN ASSERT false; END $$;
\echo :LAST_ERROR_SQLSTATE

SET client_min_messages = warning;
DROP ROLE regress_migrate_here;
DROP SCHEMA shop CASCADE;
