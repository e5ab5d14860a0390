-- What migrate.review() says after it has tried the upgrade out: statements that break, what a rehearsal finds, drift.
-- Statements come from what another database has told, so that pg_stat_statements is not needed.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE ROLE regress_trial LOGIN;
CREATE SCHEMA tried;
SET migrate.schemas = 'tried';
-- what the statistics count is not there at once
CREATE VIEW found AS SELECT step, revision, statement, rule, severity, message, advice, CASE WHEN rule <> 'drop_column' THEN evidence END AS evidence, allowed
	FROM migrate.review() WHERE rule <> ALL ('{no_primary_key,prefer_text,prefer_bigint}');
\pset format unaligned
\pset tuples_only on

-- the history: a table with rows, and nothing told of statements
SELECT migrate.revision('orders', 'CREATE TABLE tried.orders (id int PRIMARY KEY, note text, price int); CREATE TABLE tried.kept (id int PRIMARY KEY)',
	'DROP TABLE tried.orders, tried.kept', rev_id => 'orders');
SELECT migrate.upgrade();
INSERT INTO tried.orders SELECT i, CASE WHEN i % 3 = 0 THEN 'n' || i END, i FROM generate_series(1, 30) i;
-- nothing is pending
SELECT * FROM found;

-- a column goes: its values are lost, and nobody knows who reads it
SELECT migrate.revision('no note', 'ALTER TABLE tried.orders DROP COLUMN note', 'ALTER TABLE tried.orders ADD COLUMN note text', rev_id => 'note');
SELECT * FROM found;
SELECT step, revision, statement, rule, severity FROM migrate.review(trial => false);
SELECT migrate.review(trial => NULL);

-- who reads it was told
INSERT INTO migrate.fact_statements (queryid, calls, role, search_path, query) VALUES
	(1, 1204, 'regress_trial', 'tried', 'SELECT note FROM orders WHERE id = $1'),
	(2, 7, 'regress_trial', 'tried', 'INSERT INTO orders (id, note) VALUES ($1, $2)'),
	(3, 9, 'regress_trial', 'tried', 'SELECT count(*) FROM orders'),
	(4, 5, 'regress_trial', 'tried', 'SELECT * FROM orders'),
	(5, 1, 'regress_trial', 'tried', 'SELECT * FROM nowhere');
GRANT USAGE ON SCHEMA tried TO regress_trial;
GRANT SELECT, INSERT ON tried.orders TO regress_trial;
SELECT rule, severity, message, evidence FROM found WHERE rule LIKE 'statement%' OR rule IN ('result_changes', 'unchecked');
-- in a report, too
SELECT severity FROM migrate.report_and_severity();
SELECT r LIKE '%column "note" does not exist%', r LIKE '%loses tried.orders.note: 10 of 10 values%' FROM migrate.report() AS r;
SELECT f ->> 'rule', f ->> 'severity' FROM jsonb_array_elements(migrate.report(format => 'json')::jsonb -> 'findings') AS f;

-- the settings decide, and what the revision allows
SET migrate.rules = 'warning: statement_breaks; off: result_changes, unchecked, downgrade_loses';
SELECT rule, severity FROM found;
RESET migrate.rules;
SELECT migrate.edit('note', upgrade => E'-- migrate:allow statement_breaks: they are gone since May\n-- migrate:allow downgrade_loses: nobody wants them back\nALTER TABLE tried.orders DROP COLUMN note');
SELECT rule, severity, allowed FROM found;

-- many of them
INSERT INTO migrate.fact_statements (queryid, calls, role, search_path, query)
	SELECT 100 + i, i, 'regress_trial', 'tried', format('SELECT note, %s FROM orders', i) FROM generate_series(1, 30) AS i;
SELECT rule, count(*) FROM found WHERE rule IN ('statement_breaks', 'unchecked') GROUP BY rule ORDER BY rule;
SELECT message FROM found WHERE rule = 'unchecked' AND message LIKE '%more%';
-- a long text is cut where a character ends
DELETE FROM migrate.fact_statements;
INSERT INTO migrate.fact_statements (queryid, calls, role, search_path, query)
	SELECT 1, 1, 'regress_trial', 'tried', 'SELECT ' || string_agg('note AS ä' || i, ', ') || ' FROM orders' FROM generate_series(1, 40) AS i;
SELECT message FROM found WHERE rule = 'statement_breaks';
-- one with values of its own is not shown
UPDATE migrate.fact_statements SET query = 'SELECT note, ''secret'' FROM orders';
SELECT message FROM found WHERE rule = 'statement_breaks';
DELETE FROM migrate.fact_statements;

-- what fails on the rows; the second revision is not reached
SELECT migrate.remove('note');
SELECT migrate.revision('check', 'UPDATE tried.orders SET price = 100 / (price - 7)', 'SELECT 1', rev_id => 'check');
SELECT migrate.revision('after', 'SELECT 1', 'SELECT 1', rev_id => 'after');
SELECT step, revision, rule, severity, message, evidence FROM found WHERE rule = 'rehearsal_fails';
SELECT migrate.remove('after');
SELECT migrate.remove('check');
-- what its downgrade fails on, and what it changes
SELECT migrate.revision('fails back', 'ALTER TABLE tried.orders ADD COLUMN more int DEFAULT 0', 'SELECT 1 / more FROM tried.orders', rev_id => 'back');
SELECT revision, rule, severity, message FROM found WHERE rule = 'downgrade_fails';
SELECT migrate.remove('back');
SELECT migrate.revision('dearer', 'UPDATE tried.orders SET price = price + 1', 'UPDATE tried.orders SET price = price + 1', rev_id => 'dearer');
SELECT revision, rule, severity, message FROM found WHERE rule = 'downgrade_loses';
SELECT migrate.remove('dearer');

-- drift, told of the first pending revision
SELECT migrate.revision('one', 'SELECT 1', 'SELECT 1', rev_id => 'one');
SELECT migrate.revision('two', 'SELECT 1', 'SELECT 1', rev_id => 'two');
ALTER TABLE tried.orders ADD COLUMN by_hand int;
SELECT revision, rule, severity, message FROM found WHERE rule = 'drift';
ALTER TABLE tried.orders ALTER price TYPE bigint;
SELECT revision, rule, severity, message FROM found WHERE rule = 'drift';
SELECT migrate.report(format => 'json')::jsonb -> 'drift' ->> 'is_known';

-- nothing of it has changed anything, or is locked
SELECT attname FROM pg_attribute WHERE attrelid = 'tried.orders'::regclass AND attnum > 0 ORDER BY attnum;
BEGIN;
SELECT count(*) > 0 FROM found;
SELECT DISTINCT mode FROM pg_locks WHERE relation = 'tried.orders'::regclass AND pid = pg_backend_pid();
ROLLBACK;

-- who may not see the rows, or make a shadow, is told so
GRANT USAGE ON SCHEMA migrate TO regress_trial;
GRANT EXECUTE ON FUNCTION migrate.review TO regress_trial;
REVOKE SELECT ON tried.orders FROM regress_trial;
GRANT SELECT ON tried.kept TO regress_trial;
SET ROLE regress_trial;
SELECT rule, severity, message FROM migrate.review();
RESET ROLE;
BEGIN READ ONLY;
SELECT rule, severity, message FROM migrate.review();
ROLLBACK;
-- inside a revision
SELECT migrate.revision('inside', 'SELECT count(*) FROM migrate.review()', 'SELECT 1', rev_id => 'inside');
SELECT migrate.upgrade();

DROP VIEW found;
DROP EXTENSION migrate_ext;
DROP SCHEMA tried CASCADE;
DROP OWNED BY regress_trial;
DROP ROLE regress_trial;
