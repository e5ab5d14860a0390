-- Running online: deploy, revert, resolve and what they write into the log.
-- What takes two sessions, a crash or a clock is in test/isolation and test/t.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
CREATE VIEW steps AS
	SELECT action, revision, outcome, version_before AS before, version_after AS after,
		statements_done || '/' || statements AS done, tries, sqlstate, error
	FROM migrate.log ORDER BY id;
-- what a session must be like after any of these calls
CREATE VIEW clean AS
	SELECT current_setting('search_path') AS path, current_setting('work_mem') AS work_mem, current_setting('lock_timeout') AS lock_timeout,
		current_setting('migrate.revision') || current_setting('migrate.direction') = '' AS nothing_runs,
		(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'object') AS locks;

-- revisions of both kinds; each in its own transaction
SELECT migrate.revision('plain', 'CREATE TABLE item (id int, name text); INSERT INTO item SELECT i, i % 8 FROM generate_series(1, 9) i', 'DROP TABLE item', rev_id => 'r1');
SELECT migrate.revision('an index', 'CREATE INDEX CONCURRENTLY item_id ON item (id)', 'DROP INDEX CONCURRENTLY item_id', rev_id => 'r2');
SELECT migrate.revision('both', 'ALTER TABLE item ADD price int; CREATE INDEX CONCURRENTLY item_price ON item (price); UPDATE item SET price = id',
	'DROP INDEX CONCURRENTLY item_price; ALTER TABLE item DROP price', rev_id => 'r3');
SELECT migrate.revision('plain again', 'CREATE TABLE seen AS SELECT now() AS at, current_setting(''migrate.revision'') AS revision, current_setting(''migrate.direction'') AS direction', 'DROP TABLE seen', rev_id => 'r4');
SELECT migrate.upgrade();
CALL migrate.deploy();
SELECT * FROM steps;
SELECT at > (SELECT max(started_at) FROM migrate.log WHERE revision = 'r3') AS own_transaction, revision, direction FROM seen;
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'item'::regclass ORDER BY 1;
SELECT * FROM clean;
-- nothing to do: no lock, no row
CALL migrate.deploy();
CALL migrate.deploy('heads');
CALL migrate.deploy('r2');
SELECT count(*) FROM migrate.log;
CALL migrate.revert();
CALL migrate.revert('r1');
CALL migrate.deploy('+1');
CALL migrate.revert('base');
CALL migrate.revert('base');
SELECT * FROM steps OFFSET 4;
SELECT to_regclass('item') IS NULL AS gone;

-- where it may not commit
BEGIN;
CALL migrate.deploy();
ROLLBACK;
BEGIN;
CALL migrate.revert();
ROLLBACK;
CALL migrate.deploy() \; SELECT 1;
SET work_mem = '5MB' \; CALL migrate.deploy();
DO $$ BEGIN CALL migrate.deploy(); END $$;
DO $$ BEGIN CALL migrate.deploy(); EXCEPTION WHEN no_data_found THEN NULL; END $$;
CREATE FUNCTION call_it() RETURNS void LANGUAGE plpgsql AS 'BEGIN CALL migrate.deploy(); END';
SELECT call_it();
CREATE PROCEDURE call_it_too() LANGUAGE plpgsql AS 'BEGIN CALL migrate.deploy(); END';
CALL call_it_too();
CREATE PROCEDURE call_in_sql() LANGUAGE sql AS 'CALL migrate.deploy()';
CALL call_in_sql();
DO $$ BEGIN CALL migrate.deploy(); EXCEPTION WHEN active_sql_transaction THEN RAISE NOTICE 'refused'; END $$;
SELECT count(*) FROM migrate.current();
SELECT * FROM clean;
DROP FUNCTION call_it;
DROP PROCEDURE call_it_too, call_in_sql;
BEGIN READ ONLY;
CALL migrate.deploy();
ROLLBACK;
CALL migrate.deploy(NULL);
CALL migrate.deploy('nowhere');
CALL migrate.revert('head');

-- a failure in the middle: what was done stays, the rest is not begun
SELECT migrate.edit('r4', upgrade => E'CREATE TABLE half (i int);\nINSERT INTO half\n  VALUES (1 / 0);');
CALL migrate.deploy();
SELECT * FROM steps OFFSET 10;
SELECT error_context FROM migrate.log WHERE sqlstate IS NOT NULL;
SELECT migrate.current(), to_regclass('half') IS NULL AS nothing_left;
SELECT * FROM clean;
-- what is deferred to the commit fails inside the revision
SELECT migrate.edit('r4', upgrade => 'CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
	INSERT INTO child VALUES (1)');
CALL migrate.deploy();
SELECT sqlstate, error_context FROM migrate.log ORDER BY id DESC LIMIT 1;
SELECT migrate.edit('r4', upgrade => 'SELECT 1', downgrade => 'SELECT 1');
CALL migrate.deploy();
CALL migrate.revert('r1');

-- an index that cannot be built
TRUNCATE migrate.log;
SELECT migrate.remove(r) FROM unnest('{r4,r3,r2}'::text[]) r;
SELECT migrate.revision('unique', 'SET work_mem = ''12MB''; SET search_path = nowhere, public; SET test.of_mine = ''5'';
	CREATE UNIQUE INDEX CONCURRENTLY item_name ON item (name); CREATE TABLE after_it AS SELECT current_setting(''work_mem'') AS work_mem, current_setting(''test.of_mine'') AS of_mine;',
	'DROP TABLE after_it; DROP INDEX CONCURRENTLY item_name', rev_id => 'u2');
CALL migrate.deploy();
SELECT * FROM steps;
SELECT error_context FROM migrate.log WHERE sqlstate IS NOT NULL;
SELECT * FROM clean;
SELECT half_done FROM migrate.status();
-- it is half done, and everything else has to wait
SELECT migrate.upgrade();
SELECT migrate.downgrade();
SELECT migrate.stamp('u2');
SELECT migrate.edit('u2', message => 'other');
SELECT migrate.remove('u2');
SELECT migrate.rebase('u2', 'base');
SELECT migrate.load(replace(migrate.script('u2'), 'unique', 'other'));
SELECT migrate.load(migrate.script('u2'));
CALL migrate.revert();
CALL migrate.deploy('r1');
\set VERBOSITY sqlstate
SELECT migrate.upgrade();
CALL migrate.revert();
BEGIN;
CALL migrate.deploy();
ROLLBACK;
\set VERBOSITY default
-- the next one drops the index, builds it, and goes on with the settings that there were
CALL migrate.deploy();
DELETE FROM item WHERE id > 8;
CALL migrate.deploy();
SELECT * FROM steps;
SELECT indexrelid::regclass, indisvalid, indisunique FROM pg_index WHERE indrelid = 'item'::regclass;
SELECT * FROM after_it;
SELECT * FROM clean;
CALL migrate.revert('r1');

-- without a name, it is the one that the server would have given
SELECT migrate.remove('u2');
CREATE INDEX item_name_lower_idx ON item (id);
SELECT migrate.revision('no name', 'CREATE UNIQUE INDEX CONCURRENTLY ON item (name, lower(name), (id * 0), (id * 0)) INCLUDE (id);', 'DROP INDEX item_name_lower_expr_expr1_id_idx', rev_id => 'u2');
SELECT migrate.revision('taken', 'CREATE UNIQUE INDEX CONCURRENTLY ON item (name, lower(name));', 'DROP INDEX item_name_lower_idx1', rev_id => 'u3');
INSERT INTO item VALUES (1, '1');
CALL migrate.deploy('u2');
DELETE FROM item WHERE id = 1;
CALL migrate.deploy('u2');
INSERT INTO item VALUES (10, 'x'), (10, 'y');
BEGIN;
DROP INDEX item_name_lower_expr_expr1_id_idx;
CREATE INDEX ON item (name, lower(name), (id * 0), (id * 0)) INCLUDE (id);
INSERT INTO item VALUES (10, 'x');
COMMIT;
CALL migrate.deploy();
DELETE FROM item WHERE id = 10;
CALL migrate.deploy();
SELECT indexrelid::regclass, indisvalid, indisunique FROM pg_index WHERE indrelid = 'item'::regclass ORDER BY 1;
CALL migrate.revert('r1');
DROP INDEX item_name_lower_idx;
SELECT migrate.remove(r) FROM unnest('{u3,u2}'::text[]) r;

-- REINDEX CONCURRENTLY leaves one as well
INSERT INTO item VALUES (1, '7'), (2, '8');
CREATE FUNCTION fails_for(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN IF current_setting(''test.fails'', true) = ''on'' THEN RAISE ''no''; END IF; RETURN $1; END';
CREATE INDEX item_function ON item (fails_for(id));
SELECT migrate.revision('reindex', 'REINDEX INDEX CONCURRENTLY item_function; REINDEX TABLE CONCURRENTLY item', 'SELECT 1', rev_id => 'x2');
SET test.fails = on;
\set VERBOSITY terse
CALL migrate.deploy();
\set VERBOSITY default
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'item'::regclass ORDER BY 1;
SET test.fails = off;
SET client_min_messages = notice;
CALL migrate.deploy();
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'item'::regclass ORDER BY 1;
DROP INDEX item_function;
CALL migrate.revert();
SELECT migrate.remove('x2');

-- transactions inside
TRUNCATE migrate.log;
CREATE TABLE trace (n int GENERATED ALWAYS AS IDENTITY, what text, xid xid8 DEFAULT pg_current_xact_id());
CREATE PROCEDURE commits(what text) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO trace (what) VALUES (what || ' 1');
	COMMIT;
	INSERT INTO trace (what) VALUES (what || ' 2');
	ROLLBACK;
	INSERT INTO trace (what) VALUES (what || ' 3');
END $$;
SELECT migrate.load($file$-- transactions
--
-- Revision ID: t2
-- Revises: r1

-- migrate:up transaction:false
INSERT INTO trace (what) VALUES ('alone');
BEGIN;
INSERT INTO trace (what) VALUES ('in one');
SET work_mem = '13MB';
INSERT INTO trace (what) VALUES ('with this');
COMMIT AND CHAIN;
INSERT INTO trace (what) VALUES ('in the next, ' || current_setting('work_mem'));
ROLLBACK AND CHAIN;
INSERT INTO trace (what) VALUES ('in a third, ' || current_setting('work_mem'));
COMMIT;
SET LOCAL work_mem = '14MB';
START TRANSACTION;
INSERT INTO trace (what) VALUES ('undone');
ROLLBACK;
DO $$ BEGIN
	INSERT INTO trace (what) VALUES ('do 1');
	COMMIT;
	INSERT INTO trace (what) VALUES ('do 2, ' || current_setting('migrate.revision'));
END $$;
CALL commits('call');
VACUUM trace;
ANALYZE trace;
COMMIT;
INSERT INTO trace (what) VALUES ('last, ' || current_setting('work_mem'));
COMMIT AND CHAIN;
-- migrate:down transaction:false
TRUNCATE trace;
$file$);
CALL migrate.deploy();
SELECT what, dense_rank() OVER (ORDER BY xid) AS transaction FROM trace ORDER BY n;
SELECT * FROM steps;
SELECT * FROM clean;
CALL migrate.revert();
-- one that commits and then fails: not nothing
SELECT migrate.revision('commits', 'DO $$ BEGIN INSERT INTO trace (what) VALUES (''kept''); COMMIT; PERFORM 1 / (SELECT count(*) FROM item WHERE id = 77); END $$;
	VACUUM trace', 'VACUUM', rev_id => 't3');
CALL migrate.deploy();
SELECT what FROM trace WHERE what = 'kept';
SELECT * FROM steps OFFSET 3;
-- after a crash nobody could know, and it stays so
UPDATE migrate.log SET outcome = 'running' WHERE revision = 't3';
CALL migrate.deploy();
CALL migrate.deploy();
SELECT * FROM steps OFFSET 3;
UPDATE migrate.log SET outcome = 'half_done' WHERE revision = 't3';
INSERT INTO item VALUES (77, '77');
CALL migrate.deploy();
SELECT what FROM trace WHERE what = 'kept';
CALL migrate.revert('r1');
DELETE FROM item WHERE id = 77;
-- one that fails before it has committed: nothing
SELECT migrate.edit('t3', upgrade => 'DO $$ BEGIN PERFORM 1 / 0; END $$; VACUUM');
CALL migrate.deploy();
SELECT * FROM steps OFFSET 7;
SELECT migrate.upgrade();
SELECT migrate.edit('t3', upgrade => 'VACUUM nowhere');
CALL migrate.deploy();
SELECT migrate.edit('t3', upgrade => 'VACUUM (FREEZE) item; SELECT 1 / 0');
CALL migrate.deploy();
SELECT * FROM steps OFFSET 7;
-- what cannot be told apart in pieces is refused when it is written
SELECT migrate.load(E'-- s\n--\n-- Revision ID: s9\n-- Revises: t3\n\n-- migrate:up transaction:false\nBEGIN;\nSAVEPOINT a;\nCOMMIT;\n-- migrate:down\n');
SELECT migrate.load(E'-- s\n--\n-- Revision ID: s9\n-- Revises: t3\n\n-- migrate:up transaction:false\nPREPARE TRANSACTION ''a'';\n-- migrate:down\n');

-- by hand: it is all there, or nothing of it
SELECT migrate.resolve('t3', 'perhaps');
SELECT migrate.resolve('r1', 'applied');
SELECT migrate.resolve('t3', 'rolled_back');
SELECT migrate.resolve('t3', 'rolled_back');
SELECT * FROM steps OFFSET 9;
CALL migrate.deploy();
SELECT migrate.resolve('t3', 'applied');
SELECT * FROM steps OFFSET 10;
-- the other direction: "applied" says that the downgrade is
SELECT migrate.stamp('t2');
SELECT migrate.edit('t3', downgrade => 'DROP TABLE trace; VACUUM nowhere');
SELECT migrate.stamp('t3');
CALL migrate.revert('r1');
-- that it was at the head says nothing now
CALL migrate.deploy();
SELECT migrate.upgrade();
SELECT migrate.stamp('t3');
SELECT migrate.resolve('t3', 'rolled_back');
CALL migrate.revert('t3-1');
CREATE TABLE trace ();
CALL migrate.revert('t3-1');
SELECT migrate.resolve('t3', 'applied');
SELECT migrate.current(), to_regclass('trace') IS NULL AS gone;
CALL migrate.revert('r1');
CREATE TABLE trace ();
SELECT migrate.stamp('r1');
SELECT migrate.remove(r) FROM unnest('{t3,t2}'::text[]) r;

-- a script that was changed behind the back of everybody
SELECT migrate.revision('changed', 'SELECT 1; VACUUM nowhere', rev_id => 'm2');
CALL migrate.deploy();
UPDATE migrate.scripts SET checksum = '\x00' WHERE revision = 'm2';
CALL migrate.deploy();
SELECT migrate.resolve('m2', 'rolled_back');
SELECT migrate.remove('m2');

-- a failure that cannot be written down is seen by the next one
SELECT migrate.revision('unwritten', 'SELECT 1 / 0', 'SELECT 1', rev_id => 'm2');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.outcome = ''failed'' THEN RAISE ''no room in the log''; END IF; RETURN NEW; END';
CREATE TRIGGER refuse BEFORE UPDATE ON migrate.log FOR EACH ROW EXECUTE FUNCTION refuse();
CALL migrate.deploy();
SELECT * FROM clean;
DROP TRIGGER refuse ON migrate.log;
DROP FUNCTION refuse;
SELECT revision, outcome FROM migrate.log ORDER BY id DESC LIMIT 1;
SELECT migrate.edit('m2', upgrade => 'SELECT 1');
CALL migrate.deploy();
SELECT revision, outcome, sqlstate, error, duration IS NULL AS no_duration FROM migrate.log ORDER BY id DESC LIMIT 2;
CALL migrate.revert();
SELECT migrate.remove('m2');

-- no way back: known before anything is run
SELECT migrate.revision('there', 'VACUUM', 'VACUUM', rev_id => 'm2');
SELECT migrate.revision('and not back', 'CREATE TABLE there ()', rev_id => 'm3');
SELECT migrate.revision('on top', 'SELECT 1', 'SELECT 1', rev_id => 'm4');
CALL migrate.deploy();
CALL migrate.revert('r1');
SELECT migrate.current();
SELECT migrate.stamp('r1');
SELECT migrate.remove(r) FROM unnest('{m4,m3,m2}'::text[]) r;

-- a value of an old type is there for the next revision
CREATE TYPE mood AS ENUM ('sad');
SELECT migrate.revision('value', 'ALTER TYPE mood ADD VALUE ''happy''', 'SELECT 1', rev_id => 'e2');
SELECT migrate.revision('used', 'CREATE TABLE moods AS SELECT ''happy''::mood AS m', 'DROP TABLE moods', rev_id => 'e3');
SELECT migrate.upgrade();
CALL migrate.deploy();
SELECT * FROM moods;
CALL migrate.revert('r1');
SELECT migrate.remove(r) FROM unnest('{e3,e2}'::text[]) r;

-- a runner: its role, its search_path, no rights on the tables of the extension
CREATE ROLE regress_migrate_runner;
CREATE ROLE regress_migrate_other;
GRANT regress_migrate_other TO regress_migrate_runner;
CREATE SCHEMA app;
GRANT ALL ON SCHEMA app TO regress_migrate_runner, regress_migrate_other;
GRANT USAGE ON SCHEMA migrate TO regress_migrate_runner;
SELECT migrate.revision('as somebody', 'CREATE TABLE mine (i int); INSERT INTO mine VALUES (1)', 'DROP TABLE mine', rev_id => 'p2');
SELECT migrate.revision('as another', 'SET ROLE regress_migrate_other; CREATE TABLE theirs (i int); CREATE INDEX CONCURRENTLY theirs_i ON theirs (i)', 'DROP TABLE theirs', rev_id => 'p3');
SELECT migrate.revision('as oneself again', 'CREATE TABLE mine_too (i int)', 'DROP TABLE mine_too', rev_id => 'p4');
SET ROLE regress_migrate_runner;
SET search_path = app;
CALL migrate.deploy();
CALL migrate.revert();
SELECT migrate.resolve('p2', 'applied');
RESET ROLE;
GRANT EXECUTE ON PROCEDURE migrate.deploy, migrate.revert TO regress_migrate_runner;
SET ROLE regress_migrate_runner;
CALL migrate.deploy();
SELECT current_user;
CALL migrate.revert('p3');
RESET ROLE;
RESET search_path;
SELECT schemaname, tablename, tableowner FROM pg_tables WHERE schemaname = 'app' ORDER BY 2;
SELECT revision, role, session_role = session_user AS session FROM migrate.log ORDER BY id DESC LIMIT 4;
SELECT migrate.resolve('p3', 'applied');

-- not from inside a revision
SELECT migrate.revision('inside', 'CALL migrate.revert(); VACUUM', 'SELECT 1', rev_id => 'p5');
CALL migrate.deploy('p5');
SELECT migrate.edit('p5', upgrade => 'DO $$ BEGIN CALL migrate.deploy(); END $$; VACUUM');
CALL migrate.deploy('p5');
SELECT migrate.edit('p5', upgrade => 'SELECT migrate.upgrade()');
CALL migrate.deploy('p5');
-- what empties the session empties our settings, but not the run
SELECT migrate.edit('p5', upgrade => 'SELECT 1; DISCARD ALL; SELECT 1');
CALL migrate.deploy('p5');
SELECT migrate.current();
SELECT * FROM clean;

-- IF NOT EXISTS: an index that is not valid is not there
CREATE TABLE twice (i int);
INSERT INTO twice VALUES (1), (1);
CREATE UNIQUE INDEX CONCURRENTLY twice_i ON twice (i);
DELETE FROM twice;
CREATE INDEX twice_valid ON twice (i);
SELECT migrate.revision('once', 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS twice_i ON twice (i); CREATE INDEX CONCURRENTLY IF NOT EXISTS twice_valid ON twice ((i + 1))',
	'', head => '{base}', rev_id => 'twice');
CALL migrate.deploy('twice');
SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index WHERE indrelid = 'twice'::regclass ORDER BY 1;
DROP TABLE twice;
-- a message is no order to a terminal
SELECT migrate.revision(E'Zeichen: ä€😀\x1b[2J\x07\u009b31m|\nsecond', 'SELECT 1', '', head => '{twice}', rev_id => 'esc');
CALL migrate.deploy('esc');
SELECT translate(migrate.graph() || migrate.show('esc'), E'\x1b\x07\u009b', '###') ~ '#' AS has_control, migrate.show('esc') ~ 'Zeichen: ä€😀 \[2J  31m|' AS has_letters;
SELECT migrate.remove('esc');
SELECT migrate.revision('x', rev_id => E'esc\x1b[2J');

-- a tag for the run, in each of its transactions, and in none that comes after
SELECT migrate.revision('tagged', 'CREATE TABLE tagged (tag text DEFAULT current_setting(''migrate.tag'')); INSERT INTO tagged DEFAULT VALUES',
	'DROP TABLE tagged', head => '{esc}', rev_id => 'tag1');
SELECT migrate.revision('index', 'CREATE INDEX CONCURRENTLY ON tagged (tag); INSERT INTO tagged DEFAULT VALUES', '', head => '{tag1}', rev_id => 'tag2');
SELECT migrate.revision('fails', 'INSERT INTO tagged DEFAULT VALUES; SELECT 1 / 0', '', head => '{tag2}', rev_id => 'tag3');
CALL migrate.deploy('tag3', tag => 'release 7');
SHOW migrate.tag;
SELECT * FROM tagged;
SELECT revision, outcome, tag FROM migrate.log ORDER BY id DESC LIMIT 3;
SET migrate.tag = 'of the session';
CALL migrate.revert('esc');
SELECT revision, tag FROM migrate.log ORDER BY id DESC LIMIT 2;
CALL migrate.deploy('tag1', '');
SELECT revision, tag FROM migrate.log ORDER BY id DESC LIMIT 1;
SHOW migrate.tag;
CALL migrate.revert('esc', 'back');
SELECT revision, tag FROM migrate.log ORDER BY id DESC LIMIT 1;
RESET migrate.tag;

-- what a revision allows, and why, is kept in the log
SELECT migrate.stamp('base', purge => true);
SELECT migrate.revision('allowed', E'-- migrate:allow drop_table: nobody has asked\n-- migrate:allow drop_column: nor for this\nSELECT 1', 'SELECT 1', rev_id => 'allowed', head => '{base}', contract => '7 days');
SELECT count(*) FROM migrate.upgrade('allowed');
SELECT count(*) FROM migrate.downgrade('allowed-1');
CALL migrate.deploy('allowed');
SELECT action, revision, allowed FROM migrate.runs WHERE revision = 'allowed' ORDER BY id;
SELECT m[1] FROM regexp_matches(migrate.upgrade_sql('base:allowed'), 'checksum, tag, allowed\)[^;]*(''migrate.tag''[^;]*);') AS m;
SELECT m[1] FROM regexp_matches(migrate.script('allowed'), '-- (Contract.*?)\n') AS m;
SELECT migrate.edit('allowed', contract => '8 days');
SELECT contract FROM migrate.revisions WHERE revision = 'allowed';

-- tables that are replicated are named before they are changed
SET client_min_messages = error;
CREATE TABLE sent (id int PRIMARY KEY, a int, b int) PARTITION BY RANGE (id);
CREATE TABLE sent_1 PARTITION OF sent FOR VALUES FROM (0) TO (9);
CREATE TABLE got (id int PRIMARY KEY);
CREATE TABLE own (id int PRIMARY KEY);
CREATE PUBLICATION "regress Pub" FOR TABLE sent;
CREATE SUBSCRIPTION regress_sub CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false, slot_name = NONE);
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, 'got'::regclass, 'r' FROM pg_subscription WHERE subname = 'regress_sub';
RESET client_min_messages;
SELECT migrate.revision('replicated', 'ALTER TABLE sent DROP b; ALTER TABLE got ADD b int; ALTER TABLE own ADD b int; ALTER TABLE nowhere ADD b int', 'SELECT 1', rev_id => 'rep', head => '{base}') \g /dev/null
CALL migrate.deploy('rep');
SELECT migrate.edit('rep', upgrade => 'ALTER TABLE sent DROP b; ALTER TABLE got ADD b int; ALTER TABLE own ADD b int');
CALL migrate.deploy('rep');
SELECT migrate.revision('not replicated', 'ALTER TABLE own ADD c int; CREATE TABLE made (id int); ALTER TABLE made ADD b int; DROP TABLE made', 'SELECT 1', rev_id => 'rep2', head => '{rep}') \g /dev/null
CALL migrate.deploy('rep2');
SET client_min_messages = warning;
DROP SUBSCRIPTION regress_sub;
DROP PUBLICATION "regress Pub";
DROP TABLE sent, got, own;
RESET client_min_messages;

SET client_min_messages = warning;
DROP VIEW steps, clean;
REVOKE ALL ON SCHEMA migrate FROM regress_migrate_runner;
DROP EXTENSION migrate_ext;
DROP TABLE item, trace, app.mine, app.theirs;
DROP FUNCTION fails_for;
DROP PROCEDURE commits;
DROP TYPE mood;
DROP SCHEMA app;
DROP ROLE regress_migrate_runner, regress_migrate_other;
