-- What a revision says of its transaction: isolation level, READ ONLY, DEFERRABLE; and
-- what it makes the session's defaults.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
SELECT migrate.revision('what has been seen', $$CREATE TABLE seen (level text);
	CREATE FUNCTION level() RETURNS text LANGUAGE sql AS 'SELECT current_setting(''transaction_isolation'')'$$, 'DROP TABLE seen; DROP FUNCTION level()', rev_id => 'r0');
SELECT migrate.upgrade();
CREATE TEMP VIEW last_step AS
	SELECT revision, action, outcome, statements_done || '/' || statements AS done, error FROM migrate.log ORDER BY id DESC LIMIT 1;
CREATE TEMP VIEW defaults AS
	SELECT current_setting('default_transaction_isolation') AS level, current_setting('default_transaction_read_only') AS read_only,
		current_setting('transaction_read_only') AS now;

-- deploy and revert give the level that is asked for, each to its own
SELECT migrate.revision('SET', 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; INSERT INTO seen VALUES (level())',
	'BEGIN ISOLATION LEVEL REPEATABLE READ; INSERT INTO seen VALUES (level()); COMMIT', rev_id => 'r1');
SELECT migrate.revision('none', 'INSERT INTO seen VALUES (level())', '', rev_id => 'r2');
SELECT migrate.revision('BEGIN', 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE, DEFERRABLE; INSERT INTO seen VALUES (level()); COMMIT',
	'START TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; INSERT INTO seen VALUES (level()); COMMIT', rev_id => 'r3');
-- after what takes no snapshot
SELECT migrate.revision('later', 'SET lock_timeout = ''1s''; LOCK TABLE seen; SHOW work_mem; SET LOCAL transaction_isolation = ''serializable''; INSERT INTO seen VALUES (level())',
	'SET TRANSACTION DEFERRABLE; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; INSERT INTO seen VALUES (level())', rev_id => 'r4');
SELECT revision, upgrade_mode, upgrade_isolation, downgrade_isolation FROM migrate.revisions ORDER BY 1;
CALL migrate.deploy();
TABLE seen;
TRUNCATE seen;
CALL migrate.revert('r0');
TABLE seen;
TRUNCATE seen;
SELECT * FROM defaults;

-- upgrade and downgrade refuse another level than the caller's before anything runs
SELECT migrate.upgrade();
SELECT migrate.upgrade('r1');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT migrate.upgrade();
ROLLBACK;
TABLE seen;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT migrate.upgrade('r2');
COMMIT;
SELECT migrate.downgrade('r0');
SELECT migrate.downgrade('r1');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT migrate.upgrade('r3');
COMMIT;
-- what knows it by another name
SELECT migrate.downgrade('r2');
TABLE seen;
TRUNCATE seen;
-- a rehearsal and a shadow have the caller's transaction
SELECT revision, statement, outcome, error FROM migrate.dry_run('upgrade', 'heads');
SELECT * FROM migrate.verify();
SELECT count(*) FROM migrate.drift() WHERE object_identity ~ 'seen|level';
-- plain SQL begins a transaction for it
SELECT line FROM regexp_split_to_table(migrate.upgrade_sql('r2:r4'), '\n') AS line
	WHERE line ~ '^(BEGIN.*;|COMMIT|INSERT INTO seen|LOCK|SHOW|SET|RESET|DELETE|.echo)';
\! mkdir -p results
\o results/transaction_modes_run.sql
\pset format unaligned
\pset tuples_only on
SELECT migrate.upgrade_sql('r2:r4');
\o
\pset format aligned
\pset tuples_only off
SET client_min_messages = warning;
\set ECHO none
\i results/transaction_modes_run.sql
\set ECHO all
\set ON_ERROR_STOP off
RESET client_min_messages;
TABLE seen;
SELECT migrate.current();
TRUNCATE seen;

-- too late is too late
SELECT migrate.revision('late', 'SELECT 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', '', rev_id => 'r5');
CALL migrate.deploy();
SELECT migrate.edit('r5', upgrade => 'SET TRANSACTION READ ONLY; INSERT INTO seen VALUES (''written'')');
CALL migrate.deploy();
SELECT migrate.upgrade();
SELECT migrate.edit('r5', upgrade => 'BEGIN READ ONLY; SELECT 1; COMMIT');
CALL migrate.deploy();
CALL migrate.revert();
SELECT migrate.upgrade();
SELECT migrate.downgrade();
SELECT * FROM defaults;

-- statement by statement: in BEGIN ... COMMIT, without effect elsewhere
CREATE FUNCTION pg_temp.put(sql text) RETURNS text LANGUAGE sql AS $$
	SELECT migrate.load(E'-- by statement\n--\n-- Revision ID: r5\n-- Revises: r4\n\n-- migrate:up transaction:false\n' || sql || E'\n-- migrate:down\n')
$$;
SELECT pg_temp.put('
SET TRANSACTION READ ONLY;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
INSERT INTO seen VALUES (level());
BEGIN ISOLATION LEVEL SERIALIZABLE; INSERT INTO seen VALUES (level()); COMMIT AND CHAIN; INSERT INTO seen VALUES (level() || '', too''); COMMIT;
INSERT INTO seen VALUES (level());
BEGIN; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; INSERT INTO seen VALUES (''undone''); ROLLBACK;
START TRANSACTION; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; INSERT INTO seen VALUES (level()); COMMIT;
BEGIN READ ONLY; SELECT 1; COMMIT;
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;
INSERT INTO seen VALUES (level());
');
CALL migrate.deploy();
SELECT * FROM last_step;
TABLE seen;
TRUNCATE seen;
SELECT * FROM defaults;

-- what makes the session read-only holds for the revision's statements, not for the log
CALL migrate.revert();
SELECT pg_temp.put('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SELECT 1; VACUUM seen;');
CALL migrate.deploy();
SELECT * FROM last_step;
CALL migrate.revert();
SELECT pg_temp.put('SET default_transaction_read_only = on; INSERT INTO seen VALUES (1);');
CALL migrate.deploy();
SELECT * FROM last_step;
SELECT * FROM defaults;
SELECT migrate.resolve('r5', 'rolled_back');
SELECT pg_temp.put('DO $$BEGIN PERFORM set_config(''default_transaction_read_only'', ''on'', false); END$$; VACUUM seen; DO $$BEGIN INSERT INTO seen VALUES (1); END$$;');
CALL migrate.deploy();
SELECT * FROM last_step;
SELECT * FROM defaults;
SELECT migrate.resolve('r5', 'rolled_back');
SELECT pg_temp.put('SET default_transaction_read_only = on; DO $$BEGIN COMMIT; END$$; SET default_transaction_read_only = off; INSERT INTO seen VALUES (level());');
CALL migrate.deploy();
SELECT * FROM last_step;
SELECT * FROM defaults;
TABLE seen;
SET client_min_messages = warning;
DROP EXTENSION migrate_ext CASCADE;
DROP TABLE seen;
DROP FUNCTION level();
RESET client_min_messages;
