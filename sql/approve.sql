-- What is pending runs only if another role has approved exactly that.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE ROLE regress_reviewer LOGIN;
CREATE ROLE regress_runner LOGIN;
GRANT USAGE ON SCHEMA migrate TO regress_reviewer, regress_runner;
GRANT EXECUTE ON FUNCTION migrate.approve TO regress_reviewer;
GRANT EXECUTE ON FUNCTION migrate.upgrade, migrate.downgrade TO regress_runner;
GRANT EXECUTE ON PROCEDURE migrate.deploy TO regress_runner;
GRANT CREATE ON SCHEMA public TO regress_runner;

SELECT migrate.revision('one', 'CREATE TABLE approved_one (id int)', 'DROP TABLE approved_one', rev_id => 'r1');
SELECT migrate.revision('two', 'CREATE TABLE approved_two (id int)', 'DROP TABLE approved_two', rev_id => 'r2');

-- The answer of a call as the runner, in a transaction that is rolled back.
CREATE FUNCTION pg_temp.upgrade(target text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	message text;
	detail text;
BEGIN
	PERFORM migrate.upgrade(target);
	RAISE 'done' USING ERRCODE = 'ZZ000';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN CASE state WHEN 'ZZ000' THEN 'runs' ELSE state || ': ' || message || ' / '
		|| regexp_replace(detail, 'at \S+ \S+', 'at TIME') END;
END $$;

-- Nothing is required.
SELECT pg_temp.upgrade('head');

SET migrate.require_approval = on;
SELECT pg_temp.upgrade('head');
SELECT migrate.upgrade();
CALL migrate.deploy();

-- Who has written it cannot approve it, in whatever role.
SELECT * FROM migrate.approve();
SET ROLE regress_reviewer;
SELECT * FROM migrate.approve();
RESET ROLE;

-- Another session's role can; SET SESSION AUTHORIZATION is as good as a login.
SET SESSION AUTHORIZATION regress_reviewer;
SELECT * FROM migrate.approve(comment => 'read twice');
SET migrate.require_approval = off;
RESET SESSION AUTHORIZATION;
SELECT action, message, role, session_role, version_before, outcome FROM migrate.log;
SELECT count(*) FROM migrate.runs;

-- Whoever runs it now, may: of one kind of run as of the other.  But not less of it, and not more.
SELECT pg_temp.upgrade('head'), pg_temp.upgrade('heads'), pg_temp.upgrade('r2');
SELECT pg_temp.upgrade('r1');
SET SESSION AUTHORIZATION regress_runner;
BEGIN;
SELECT migrate.upgrade();
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- A report says who has approved it, or that nobody has.
SELECT regexp_replace(split_part(migrate.report(trial => false), E'\n', 3), ' at \S+ \S+ UTC', ' at TIME');
SELECT (migrate.report(format => 'json', trial => false)::jsonb -> 'approval') - 'at';
SELECT migrate.report(format => 'html', trial => false) ~ '<p>Approved by regress_reviewer at [-0-9: ]+ UTC: read twice</p>';
SELECT split_part(migrate.report('r1', trial => false), E'\n', 3);
SELECT (migrate.report('r1', 'json', trial => false)::jsonb -> 'approval') - 'at';
BEGIN;
SET LOCAL migrate.require_approval = off;
SELECT split_part(migrate.report('r1', trial => false), E'\n', 3);
ROLLBACK;

-- What voids it: the text, also one that is changed by hand; what comes in between; the schema; grants; a comment.
BEGIN;
SELECT migrate.edit('r2', downgrade => 'DROP TABLE IF EXISTS approved_two') \g /dev/null
SELECT pg_temp.upgrade('head');
ROLLBACK;
BEGIN;
UPDATE migrate.scripts SET upgrade = upgrade || '; DROP TABLE approved_one' WHERE revision = 'r2';
SELECT pg_temp.upgrade('head');
ROLLBACK;
BEGIN;
SELECT migrate.revision('three', 'SELECT 1', rev_id => 'r3') \g /dev/null
SELECT pg_temp.upgrade('head');
SELECT pg_temp.upgrade('r2');
ROLLBACK;
BEGIN;
CREATE TABLE by_hand ();
SELECT pg_temp.upgrade('head');
ROLLBACK;
BEGIN;
SELECT migrate.stamp('r1') \g /dev/null
SELECT pg_temp.upgrade('head');
ROLLBACK;
SELECT pg_temp.upgrade('head');

-- What does not: rows, statistics, what is ignored.
BEGIN;
SET LOCAL migrate.ignore = 'tmp_%';
CREATE TABLE tmp_one ();
SELECT pg_temp.upgrade('head');
ROLLBACK;

-- One by one; the rest of a plan is another plan.
SET SESSION AUTHORIZATION regress_reviewer;
SELECT revision FROM migrate.approve('r1');
RESET SESSION AUTHORIZATION;
SELECT migrate.upgrade('r1');
SELECT pg_temp.upgrade('head');
SET SESSION AUTHORIZATION regress_reviewer;
SELECT revision FROM migrate.approve('+1');
RESET SESSION AUTHORIZATION;
CALL migrate.deploy();
-- the way back is free, and what was approved for a state counts for the same state
SELECT migrate.downgrade('r1');
CALL migrate.deploy();
SELECT migrate.current();

-- Nothing pending: nothing to approve, nothing to ask for.
SET client_min_messages = notice;
SELECT * FROM migrate.approve();
SELECT migrate.upgrade();
CALL migrate.deploy();
SET client_min_messages = warning;

-- Who takes over a text has written it.
SELECT migrate.downgrade('base');
GRANT EXECUTE ON FUNCTION migrate.edit TO regress_reviewer;
SET SESSION AUTHORIZATION regress_reviewer;
SELECT migrate.edit('r2', 'two again') \g /dev/null
SELECT * FROM migrate.approve();
SELECT revision FROM migrate.approve('r1');
RESET SESSION AUTHORIZATION;
SELECT * FROM migrate.approve();
SELECT revision, written_by FROM migrate.scripts ORDER BY revision;

-- Bad input.
SELECT * FROM migrate.approve('nothing');
SET SESSION AUTHORIZATION regress_runner;
SELECT * FROM migrate.approve();
RESET SESSION AUTHORIZATION;
BEGIN READ ONLY;
SELECT * FROM migrate.approve();
ROLLBACK;

RESET migrate.require_approval;
DROP EXTENSION migrate_ext;
DROP OWNED BY regress_reviewer, regress_runner;
DROP ROLE regress_reviewer, regress_runner;
