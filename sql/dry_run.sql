-- dry_run: each statement for real, what it locks, rewrites and reads, and nothing left of it.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA dry;
SET search_path = dry;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE orders (id int PRIMARY KEY, user_id int);
INSERT INTO users SELECT i, 'name ' || i FROM generate_series(1, 100) AS i;
INSERT INTO orders SELECT i, i FROM generate_series(1, 100) AS i;

-- without what is different every time
CREATE FUNCTION effects(command text, target text, OUT n text, OUT sql text, OUT outcome text, OUT locks text[], OUT rewritten text[],
	OUT scanned text[], OUT rows bigint) RETURNS SETOF record LANGUAGE sql AS
$$ SELECT revision || ' ' || statement, sql, outcome, locks, rewritten, scanned, rows FROM migrate.dry_run(command, target) $$;
CREATE FUNCTION blocking(command text, target text, OUT n text, OUT sql text, OUT blocks text, OUT severity text, OUT warning text)
RETURNS SETOF record LANGUAGE sql AS
$$ SELECT revision || ' ' || statement, sql, blocks, severity, regexp_replace(warning, '\(\d+ (kB|bytes)\)', '(size)', 'g')
	FROM migrate.dry_run(command, target) $$;
-- everything that a dump would show, and what a rewrite would change
CREATE FUNCTION everything() RETURNS text LANGUAGE sql AS
$$ SELECT md5(concat(
	(SELECT string_agg(c::text, ' ' ORDER BY oid) FROM (SELECT oid, relname, relnamespace, relowner, relfilenode, relkind, relacl FROM pg_class) c),
	(SELECT string_agg(a::text, ' ' ORDER BY attrelid, attnum) FROM pg_attribute a),
	(SELECT string_agg(c::text, ' ' ORDER BY oid) FROM pg_constraint c),
	(SELECT string_agg(t::text, ' ' ORDER BY oid) FROM pg_type t),
	(SELECT string_agg(n::text, ' ' ORDER BY oid) FROM pg_namespace n),
	(SELECT string_agg(u::text, ' ' ORDER BY id) FROM users u),
	(SELECT string_agg(o::text, ' ' ORDER BY id) FROM orders o),
	(SELECT string_agg(l::text, ' ' ORDER BY id) FROM migrate.log l),
	(SELECT concat(last_value, is_called) FROM migrate.log_id_seq),
	(SELECT string_agg(v::text, ' ' ORDER BY revision) FROM migrate.version v),
	(SELECT string_agg(s::text, ' ' ORDER BY name) FROM (SELECT name, setting FROM pg_settings WHERE name <> 'transaction_isolation') s))) $$;
RESET client_min_messages;

SELECT migrate.revision('Add phone', $$
ALTER TABLE users ADD COLUMN phone text;
UPDATE orders
	SET user_id = user_id;
CREATE TABLE log (a int);
INSERT INTO log SELECT id FROM users;
$$, $$
DROP TABLE log;
ALTER TABLE users DROP COLUMN phone;
$$, rev_id => 'a1');
SELECT migrate.revision('Wider', $$
ALTER TABLE users ALTER COLUMN id TYPE bigint;
CREATE INDEX by_user ON orders (user_id);
ALTER TABLE users ALTER COLUMN name SET NOT NULL;
TRUNCATE orders;
DROP TABLE users;
$$, '', rev_id => 'a2');
SELECT everything() AS everything \gset
SELECT * FROM effects('upgrade', 'head');
SELECT * FROM blocking('upgrade', 'head');
SELECT everything() = :'everything' AS nothing_has_changed;
SELECT count(*) FROM migrate.current();
SELECT count(*) FROM migrate.log;
-- what is measured
SELECT step, action, revision, statement, duration >= '0' AS duration, wal_bytes > 0 AS wal,
	blocked_bytes > 0 AS blocked_bytes, sqlstate, error, error_context FROM migrate.dry_run('upgrade', 'a1');

-- a downgrade; nothing is applied but by the real upgrade
SELECT count(*) FROM migrate.dry_run('downgrade', 'base');
SELECT migrate.upgrade('a1');
SELECT everything() AS everything \gset
SELECT * FROM effects('downgrade', 'base');
-- in steps of their own, what an earlier one has locked already
SELECT * FROM blocking('upgrade', 'a2');
SELECT everything() = :'everything' AS nothing_has_changed;
SELECT migrate.current();
SELECT migrate.downgrade('base');

-- the kinds of blocking
SELECT migrate.remove('a2');
SET client_min_messages = warning;
CREATE TABLE parted (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
INSERT INTO parted SELECT i, i FROM generate_series(1, 99) AS i;
CREATE MATERIALIZED VIEW matview AS SELECT * FROM orders;
CREATE VIEW view AS SELECT id FROM orders;
CREATE SEQUENCE seq;
CREATE TEMP TABLE mine (a int);
RESET client_min_messages;
SELECT migrate.edit('a1', upgrade => $$
COMMENT ON TABLE users IS 'people';
CREATE STATISTICS stats ON id, name FROM users;
ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT c;
$$, downgrade => '');
SELECT * FROM blocking('upgrade', 'a1');
SELECT migrate.edit('a1', upgrade => $$
REINDEX INDEX users_pkey;
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users;
$$);
SELECT * FROM blocking('upgrade', 'a1');
SELECT migrate.edit('a1', upgrade => 'REFRESH MATERIALIZED VIEW matview');
SELECT migrate.revision('view', 'CREATE OR REPLACE VIEW view AS SELECT id, user_id FROM orders', '', rev_id => 'a2');
SELECT migrate.revision('sequence', 'ALTER SEQUENCE seq INCREMENT 2', '', rev_id => 'a3');
SELECT migrate.revision('temporary', 'ALTER TABLE mine ADD b int', '', rev_id => 'a4');
SELECT migrate.revision('new', 'CREATE TABLE new (a int); ALTER TABLE new ADD b int DEFAULT 1; SELECT * FROM new', '', rev_id => 'a5');
SELECT migrate.revision('schema', 'DROP SCHEMA dry CASCADE', '', rev_id => 'a6');
SET client_min_messages = warning;
SELECT n, blocks, warning FROM blocking('upgrade', 'a6');
RESET client_min_messages;
SELECT migrate.remove(r) FROM unnest('{a6,a5,a4,a3,a2}'::text[]) AS r;
SELECT migrate.edit('a1', upgrade => $$
ALTER TABLE parted ALTER COLUMN b TYPE bigint;
$$);
SELECT n, outcome, locks, rewritten, scanned FROM effects('upgrade', 'a1');
-- what functions do is seen as well
SELECT migrate.edit('a1', upgrade => $$
DO $do$ BEGIN
	EXECUTE 'ALTER TABLE users ALTER COLUMN id TYPE bigint';
	PERFORM count(*) FROM orders;
END $do$;
$$);
SELECT rewritten, scanned FROM effects('upgrade', 'a1');
-- scans that the server does not count are not known
SET track_counts = off;
SELECT rewritten, scanned FROM effects('upgrade', 'a1');
RESET track_counts;
SELECT count(*) FROM orders;
SELECT migrate.edit('a1', upgrade => 'ALTER TABLE orders ADD COLUMN b int');
SELECT rewritten, scanned FROM effects('upgrade', 'a1');

-- each later revision blocks as if the earlier ones had let go of their locks
SELECT migrate.edit('a1', upgrade => 'LOCK TABLE users, orders IN ACCESS EXCLUSIVE MODE');
SELECT migrate.revision('2', 'SELECT count(*) FROM users', '', rev_id => 'a2');
SELECT migrate.revision('3', 'ALTER TABLE users ADD COLUMN b int', '', rev_id => 'a3');
SELECT migrate.revision('4', 'CREATE INDEX ON users (name); UPDATE orders SET user_id = 1', '', rev_id => 'a4');
SELECT * FROM blocking('upgrade', 'head');
SELECT migrate.remove(r) FROM unnest('{a4,a3,a2}'::text[]) AS r;

-- what cannot run inside a transaction
SELECT migrate.remove('a1');
SELECT migrate.load($$-- Mixed

-- Revision ID: a1
-- Revises:

-- migrate:up transaction:false
BEGIN;
SELECT 1;
COMMIT;
CREATE INDEX CONCURRENTLY by_name ON users (name);
VACUUM users;
DROP INDEX CONCURRENTLY by_name;
REINDEX SCHEMA dry;
SELECT 2;

-- migrate:down
$$);
SELECT n, sql, outcome, locks, scanned FROM effects('upgrade', 'a1');
SELECT * FROM blocking('upgrade', 'a1');
SET migrate.plain_concurrently = on;
SELECT * FROM blocking('upgrade', 'a1') WHERE blocks IS NOT NULL;
RESET migrate.plain_concurrently;

-- a failure ends the run; the rows so far and the rest are there
SELECT migrate.remove('a1');
SELECT migrate.revision('Fine', 'SELECT 1', '', rev_id => 'b1');
SELECT migrate.revision('Bad', $$
SELECT 1;
INSERT INTO users VALUES (1, 'again');
SELECT 2;
$$, '', rev_id => 'b2');
SELECT migrate.revision('Never', 'SELECT 3; SELECT 4', '', rev_id => 'b3');
SELECT revision, statement, sql, outcome, rows, sqlstate, error, error_context FROM migrate.dry_run('upgrade', 'head');
-- the session goes on
SELECT migrate.upgrade('b1');
SELECT migrate.downgrade('base');
-- what fails at the commit
SET client_min_messages = warning;
CREATE TABLE parent (a int PRIMARY KEY);
CREATE TABLE child (a int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
RESET client_min_messages;
SELECT migrate.edit('b2', upgrade => 'INSERT INTO child VALUES (1)');
SELECT revision, statement, sql, outcome, sqlstate, error FROM migrate.dry_run('upgrade', 'head');
SELECT migrate.edit('b2', upgrade => 'INSERT INTO child VALUES (1); INSERT INTO parent VALUES (1)');
SELECT revision, statement, sql, outcome, sqlstate, error FROM migrate.dry_run('upgrade', 'head');
SELECT (SELECT count(*) FROM child) AS children, (SELECT count(*) FROM parent) AS parents;

-- what a revision runs with
SELECT migrate.edit('b2', upgrade => $$
SET lock_timeout = 0;
SET LOCAL work_mem = '12MB';
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TYPE dry.mood AS ENUM ('sad');
ALTER TYPE dry.mood ADD VALUE 'happy';
CREATE TABLE dry.moods AS SELECT 'happy'::dry.mood;
SET ROLE pg_monitor;
$$);
SELECT migrate.edit('b3', upgrade => $$
DO $do$ BEGIN
	RAISE INFO '% % %, at %, as %, path %, work_mem %', current_setting('migrate.revision'), current_setting('migrate.direction'),
		current_setting('migrate.tag'), (SELECT array_agg(c) FROM migrate.current() c),
		CASE WHEN current_user = session_user THEN 'myself' ELSE current_user END, current_setting('search_path'), current_setting('work_mem');
END $do$;
$$);
CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE INFO 'event trigger: %', tg_tag; END $$;
CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note();
SET migrate.tag = 'trial';
SET work_mem = '5MB';
SELECT n, sql, outcome, rows FROM effects('upgrade', 'head');
DROP EVENT TRIGGER note;
SELECT current_setting('work_mem'), current_setting('search_path'), current_setting('lock_timeout'), current_setting('migrate.revision'),
	current_user = session_user AS myself, to_regtype('dry.mood');
RESET work_mem;
RESET migrate.tag;

-- in a transaction with other work, which goes on; no lock is left
BEGIN;
ALTER TABLE orders ADD COLUMN c int;
SAVEPOINT s;
SELECT migrate.edit('b2', upgrade => 'ALTER TABLE orders DROP COLUMN c; ALTER TABLE users ADD COLUMN c int');
SELECT locks, rewritten, scanned FROM effects('upgrade', 'head') WHERE n LIKE 'b2%';
SELECT c FROM orders LIMIT 1;
SELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN ('users'::regclass, 'orders'::regclass);
ROLLBACK;
BEGIN;
SELECT count(*) FROM migrate.dry_run('upgrade', 'head');
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'object';
-- but it needs a transaction identifier
SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS has_xid;
COMMIT;
-- with what was deferred before it
BEGIN;
INSERT INTO child VALUES (2);
SELECT outcome FROM migrate.dry_run('upgrade', 'b1');
INSERT INTO parent VALUES (2);
SELECT outcome FROM migrate.dry_run('upgrade', 'b1');
COMMIT;

-- a type that stays when the run is rolled back does not get values that do not
BEGIN;
CREATE TYPE colour AS ENUM ('red');
SELECT migrate.edit('b2', upgrade => 'ALTER TYPE colour ADD VALUE ''blue''; SELECT ''blue''::colour');
SELECT outcome, sqlstate FROM migrate.dry_run('upgrade', 'b2');
ROLLBACK;

-- what no rollback undoes
SELECT migrate.edit('b2', upgrade => 'SELECT nextval(''seq'')');
SELECT count(*) FROM migrate.dry_run('upgrade', 'head');
SELECT nextval('seq');

-- a revision may not call it
SELECT migrate.edit('b2', upgrade => 'SELECT migrate.dry_run(''upgrade'', ''head'')');
SELECT outcome, sqlstate, error FROM migrate.dry_run('upgrade', 'head');
SELECT migrate.upgrade('b2');
SELECT migrate.edit('b2', upgrade => 'SELECT migrate.upgrade(''head'')');
SELECT outcome, sqlstate, error FROM migrate.dry_run('upgrade', 'head');

-- cancelled
SELECT migrate.edit('b2', upgrade => 'SELECT pg_sleep(60)');
SET statement_timeout = '100ms';
SELECT migrate.dry_run('upgrade', 'head');
DO $$ BEGIN
	PERFORM migrate.dry_run('upgrade', 'head');
EXCEPTION WHEN query_canceled THEN
	RAISE INFO 'caught: %', SQLERRM;
END $$;
RESET statement_timeout;
SELECT pg_current_xact_id_if_assigned() IS NULL AS no_transaction_left;
SELECT migrate.upgrade('b1');

-- refused
SELECT migrate.edit('b2', upgrade => 'SELECT 1');
SELECT migrate.dry_run('stamp', 'head');
SELECT migrate.dry_run(NULL, 'head');
SELECT revision, statement, outcome FROM migrate.dry_run('upgrade', NULL);
SELECT migrate.dry_run('upgrade', 'nosuch');
SELECT * FROM migrate.dry_run('upgrade', 'b1');
SELECT migrate.revision('no way back', rev_id => 'b4');
SELECT migrate.stamp('b4');
SELECT migrate.dry_run('downgrade', 'base');
SELECT migrate.stamp('b1');
BEGIN READ ONLY;
SELECT migrate.dry_run('upgrade', 'head');
ROLLBACK;
INSERT INTO migrate.log (action, revision, outcome, version_before, version_after, statements, statements_done)
	VALUES ('upgrade', 'b2', 'half_done', '{b1}', '{b1}', 2, 1);
\set VERBOSITY terse
SELECT migrate.dry_run('upgrade', 'head');
\set VERBOSITY default
DELETE FROM migrate.log WHERE outcome = 'half_done';

-- what only turns out to have to be alone is skipped, where deploy() would run it alone
CREATE TABLE parts (i int) PARTITION BY RANGE (i);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE INDEX parts_i ON parts (i);
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO parts VALUES (1); COMMIT; END $$;
SELECT migrate.edit('b2', upgrade => 'CREATE INDEX CONCURRENTLY alone ON users (id);
REINDEX TABLE parts;
REINDEX INDEX parts_i;
REINDEX TABLE CONCURRENTLY parts;
CLUSTER parts USING parts_i;
CALL commits();
DO $$ BEGIN INSERT INTO parts VALUES (2); COMMIT; END $$;
INSERT INTO parts VALUES (3);
SELECT 1/count(*) FROM parts WHERE i IN (1, 2)');
\set VERBOSITY terse
SELECT n, sql, outcome, rows FROM effects('upgrade', 'b2');
SELECT DISTINCT warning FROM migrate.dry_run('upgrade', 'b2') WHERE outcome = 'skipped';
-- and fails where it would not
SELECT migrate.edit('b2', upgrade => 'REINDEX TABLE parts');
SELECT outcome, sqlstate, error FROM migrate.dry_run('upgrade', 'b2');
SELECT migrate.edit('b2', upgrade => 'CALL commits()');
SELECT outcome, sqlstate, error FROM migrate.dry_run('upgrade', 'b2');
SELECT count(*) FROM parts;

-- a revision can ask whether it is tried out; nobody can make it believe so
SELECT migrate.edit('b2', upgrade => 'INSERT INTO parts SELECT 5 WHERE current_setting($s$migrate.trial$s$, true)::boolean IS NOT TRUE;
SELECT FROM parts; RESET ALL; SELECT 1 WHERE current_setting($s$migrate.trial$s$, true)::boolean');
SELECT n, sql, rows FROM effects('upgrade', 'b2');
SHOW migrate.trial;
SELECT migrate.upgrade('b2');
TABLE parts;
SET migrate.trial = on;
SELECT set_config('migrate.trial', 'on', false);
ALTER ROLE CURRENT_USER SET migrate.trial = on;
SET migrate.trial = off;
\set VERBOSITY default
SELECT migrate.downgrade('b1');
DROP TABLE parts;
DROP PROCEDURE commits;

-- privileges: the caller's
CREATE ROLE regress_migrate_runner;
GRANT USAGE ON SCHEMA migrate TO regress_migrate_runner;
GRANT USAGE ON SCHEMA dry TO regress_migrate_runner;
SELECT migrate.edit('b2', upgrade => 'ALTER TABLE users ADD COLUMN b int');
SET ROLE regress_migrate_runner;
SELECT migrate.dry_run('upgrade', 'head');
RESET ROLE;
GRANT EXECUTE ON FUNCTION migrate.dry_run TO regress_migrate_runner;
SET ROLE regress_migrate_runner;
SELECT revision, outcome, sqlstate, error FROM migrate.dry_run('upgrade', 'head');
SELECT migrate.upgrade();
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA dry CASCADE;
RESET search_path;
DROP EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS migrate;
DROP ROLE regress_migrate_runner;
CREATE EXTENSION migrate_ext;
