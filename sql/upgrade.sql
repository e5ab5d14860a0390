-- Running revisions: upgrade, downgrade, stamp, plan, and what a revision runs with.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;

-- a <- b <- c (branch one)
--   <- d <- e (branch two), f merges; g is a base of its own that depends on b
SELECT migrate.revision('a', 'CREATE TABLE ran (n int GENERATED ALWAYS AS IDENTITY, what text); INSERT INTO ran (what) VALUES (''+a'')', 'DROP TABLE ran', rev_id => 'a');
SELECT migrate.revision('b', 'INSERT INTO ran (what) VALUES (''+b'')', 'INSERT INTO ran (what) VALUES (''-b'')', rev_id => 'b', branch_label => '{one}');
SELECT migrate.revision('c', 'INSERT INTO ran (what) VALUES (''+c'')', 'INSERT INTO ran (what) VALUES (''-c'')', rev_id => 'c');
SELECT migrate.revision('d', 'INSERT INTO ran (what) VALUES (''+d'')', 'INSERT INTO ran (what) VALUES (''-d'')', rev_id => 'd', head => '{a}', splice => true, branch_label => '{two}');
SELECT migrate.revision('e', 'INSERT INTO ran (what) VALUES (''+e'')', 'INSERT INTO ran (what) VALUES (''-e'')', rev_id => 'e', head => '{two@head}');
SELECT migrate.merge('{c,e}', 'f', rev_id => 'f');
SELECT migrate.revision('g', 'INSERT INTO ran (what) VALUES (''+g'')', 'INSERT INTO ran (what) VALUES (''-g'')', rev_id => 'g', head => '{base}', depends_on => '{one}', branch_label => '{aside}');

SELECT * FROM migrate.plan('upgrade', 'heads');
SELECT * FROM migrate.plan('upgrade', 'aside');
SELECT * FROM migrate.current();
SELECT * FROM migrate.upgrade('aside@head');
SELECT * FROM migrate.upgrade('two@+1');
SELECT * FROM migrate.upgrade('heads');
SELECT * FROM migrate.upgrade('heads');
SELECT migrate.check_heads();
SELECT what FROM ran ORDER BY n;
-- several current revisions: a bare -1 would be a guess
SELECT * FROM migrate.downgrade();
SELECT * FROM migrate.plan('downgrade', 'f-1');
-- a merge is undone alone: its parents become the rows
SELECT * FROM migrate.downgrade('aside@base');
SELECT * FROM migrate.downgrade();
SELECT * FROM migrate.downgrade('two@a');
SELECT * FROM migrate.downgrade('a');
SELECT what FROM ran ORDER BY n;
SELECT * FROM migrate.plan('downgrade', 'base');
SELECT * FROM migrate.downgrade('base');
SELECT * FROM migrate.downgrade('base');

-- stamp: nothing runs
SELECT * FROM migrate.plan('stamp', 'c,g');
SELECT * FROM migrate.stamp('c,g');
SELECT * FROM migrate.stamp('heads');
SELECT * FROM migrate.stamp('heads');
SELECT * FROM migrate.stamp('aside@base');
SELECT * FROM migrate.stamp('base');
SELECT * FROM migrate.stamp('d', purge => true);
SELECT * FROM migrate.stamp('b', purge => true);
SELECT to_regclass('ran') IS NULL AS nothing_ran;

-- an older target does nothing, and says so
SELECT * FROM migrate.upgrade('a');
SELECT * FROM migrate.stamp('base', purge => true);
SELECT count(*) FROM migrate.current();
SELECT action, revision, outcome, version_before, version_after, role = current_user AS role, application <> '' AS application, checksum IS NOT NULL AS checksum,
	duration IS NOT NULL AS duration FROM migrate.log ORDER BY id DESC LIMIT 4;

-- what is SET in a revision ends with it; the caller's settings are what it runs with
CREATE SCHEMA app;
CREATE ROLE regress_migrate_other;
GRANT ALL ON SCHEMA app TO regress_migrate_other;
SELECT migrate.remove(r) FROM unnest('{f,g,e,d,c,b,a}'::text[]) AS r;
SELECT migrate.revision('A header of pg_dump', $$
SET statement_timeout = 12345;
SELECT pg_catalog.set_config('search_path', '', false);
SET LOCAL work_mem = '12MB';
SET ROLE regress_migrate_other;
CREATE TABLE app.by_other (a int);
$$, 'DROP TABLE app.by_other', rev_id => 's1');
SELECT migrate.revision('The next one', $$
CREATE TABLE where_am_i AS
SELECT current_schema(), current_setting('statement_timeout') AS statement_timeout, current_setting('work_mem') AS work_mem,
	current_user = session_user AS myself, current_setting('migrate.revision') AS revision,
	current_setting('migrate.direction') AS direction, current_setting('migrate.tag') AS tag,
	(SELECT array_agg(c) FROM migrate.current() c) AS current;
$$, $$
DO $do$ BEGIN
	RAISE INFO '% % %', current_setting('migrate.revision'), current_setting('migrate.direction'), current_setting('migrate.tag');
END $do$;
DROP TABLE where_am_i;
$$, rev_id => 's2');
SET search_path = app;
SET migrate.tag = 'release 7';
SET work_mem = '5MB';
SELECT migrate.upgrade();
SELECT * FROM app.where_am_i;
SHOW search_path;
SHOW work_mem;
SELECT current_user = session_user AS myself;
SELECT tableowner FROM pg_tables WHERE tablename = 'by_other';
SELECT migrate.downgrade('base');
SELECT action, revision, tag FROM migrate.log ORDER BY id DESC LIMIT 1;
RESET search_path;
RESET work_mem;
RESET migrate.tag;
SHOW migrate.revision;
DROP SCHEMA app;
DROP ROLE regress_migrate_other;

-- a failing revision leaves nothing behind, the ones before it neither
SELECT migrate.edit('s1', upgrade => 'CREATE TABLE half (a int)');
SELECT migrate.edit('s2', upgrade => 'INSERT INTO half VALUES (1); SELECT 1/0');
SELECT count(*) AS log_rows FROM migrate.log \gset
SELECT migrate.upgrade();
SELECT to_regclass('half'), (SELECT count(*) FROM migrate.log) = :log_rows AS log_as_before, (SELECT count(*) FROM migrate.current()) AS current;
-- in a transaction with other work, caught
BEGIN;
CREATE TABLE mine (a int);
DO $$ BEGIN
	PERFORM migrate.upgrade();
EXCEPTION WHEN division_by_zero THEN
	RAISE INFO 'caught';
END $$;
SELECT * FROM migrate.current();
SELECT migrate.upgrade('s1');
INSERT INTO half VALUES (1);
ROLLBACK;
SELECT to_regclass('half'), to_regclass('mine'), (SELECT count(*) FROM migrate.current()) AS current;

-- a revision may read, but neither run nor write revisions
SELECT migrate.edit('s1', upgrade => 'SELECT migrate.heads(), migrate.check_heads(), migrate.status()');
SELECT migrate.edit('s2', upgrade => 'SELECT migrate.upgrade(''head'')');
SELECT migrate.upgrade();
SELECT migrate.edit('s2', upgrade => 'SELECT migrate.revision(''another'')');
SELECT migrate.upgrade();
-- nor may it change our tables behind our back
SELECT migrate.edit('s2', upgrade => 'DELETE FROM migrate.version');
SELECT migrate.stamp('s1');
SELECT migrate.upgrade();
SELECT migrate.stamp('base');
SELECT migrate.upgrade('s1');

-- at the head: no lock, nothing written, no transaction id
SELECT migrate.remove('s2');
BEGIN;
SELECT migrate.upgrade();
SELECT migrate.upgrade('s1');
SELECT migrate.downgrade('s1');
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode NOT IN ('AccessShareLock', 'ExclusiveLock') ;
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'object';
SELECT txid_current_if_assigned() IS NULL AS no_xid;
COMMIT;

-- irreversible
SELECT migrate.revision('no way back', rev_id => 's3');
SELECT migrate.upgrade();
SELECT * FROM migrate.plan('downgrade', 'base');
SELECT migrate.downgrade('base');
SELECT migrate.downgrade();

-- nulls
SELECT migrate.upgrade(NULL);
SELECT migrate.downgrade(NULL);
SELECT migrate.stamp(NULL);
SELECT migrate.stamp('head', NULL);
SELECT migrate.plan(NULL, NULL);
SELECT migrate.plan('sidegrade', 'head');
SELECT migrate.upgrade('');

-- read only
BEGIN READ ONLY;
SELECT migrate.current();
SELECT migrate.upgrade();
ROLLBACK;

-- what is deferred to the commit names its revision, unless a later one puts it right
CREATE TABLE parents (i int PRIMARY KEY);
CREATE TABLE children (i int REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
DO $$ BEGIN
	PERFORM migrate.revision('breaks', 'INSERT INTO children VALUES (1)', 'DELETE FROM children', rev_id => 't1');
	PERFORM migrate.revision('does something else', 'INSERT INTO parents VALUES (2)', 'DELETE FROM parents WHERE i = 2', rev_id => 't2');
	PERFORM migrate.revision('puts it right', 'INSERT INTO parents VALUES (1)', 'DELETE FROM parents WHERE i = 1', rev_id => 't3');
END $$;
SELECT migrate.upgrade('t2');
BEGIN;
SELECT migrate.upgrade('t3');
-- and is deferred still; nor is it the revisions' fault what the caller has left
INSERT INTO children VALUES (3);
SELECT migrate.downgrade('t2');
SELECT migrate.upgrade('t3');
INSERT INTO parents VALUES (3);
COMMIT;
SELECT migrate.downgrade('t2');
-- a table with checks that wait cannot be altered
SELECT migrate.revision('alters too early', 'INSERT INTO children VALUES (2); ALTER TABLE children ADD j int', rev_id => 't4');
SELECT migrate.revision('in a block', 'DO $$ BEGIN INSERT INTO children VALUES (2); ALTER TABLE children ADD j int; END $$', head => '{t3}', splice => true, rev_id => 't5');
SELECT migrate.upgrade('t4');
SELECT migrate.upgrade('t5');
SELECT sqlstate, error FROM migrate.dry_run('upgrade', 't5');
