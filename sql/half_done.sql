-- A run was interrupted: what impact(), rehearse() and review() say of a revision that is half done, and of INVALID indexes.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS half CASCADE;
-- what is INVALID in the live schema holds up no row of the copy, and is there to be dropped or built anew
CREATE SCHEMA half;
SET search_path = half;
SET migrate.schemas = 'half';
CREATE TABLE orders (id int, note text, memo text);
INSERT INTO orders VALUES (1, 'a'), (1, 'b');
CREATE UNIQUE INDEX CONCURRENTLY by_hand ON orders (id);
SELECT migrate.revision('built anew', 'REINDEX INDEX half.by_hand', '', rev_id => 'anew');
SELECT migrate.revision('dropped', 'DROP INDEX half.by_hand', '', rev_id => 'dropped', head => '{base}');
RESET client_min_messages;
SELECT revision, outcome, split_part(detail, E'\n', 1) AS detail FROM migrate.rehearse('anew');
SELECT revision, outcome, detail FROM migrate.rehearse('dropped');
DROP INDEX by_hand;
SET client_min_messages = warning;
DROP EXTENSION migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
-- of a revision that is half done, what is committed is not run again: as deploy() goes on
SELECT migrate.load($f$-- Drop the note
--
-- Revision ID: note
-- Revises:

-- migrate:require
SELECT to_regclass('half.orders_memo') IS NULL;

-- migrate:up transaction:false
SET search_path = half;
CREATE INDEX CONCURRENTLY orders_memo ON orders (memo);
CREATE UNIQUE INDEX CONCURRENTLY ON orders (id);
ALTER TABLE orders DROP COLUMN note;

-- migrate:down transaction:false
SET search_path = half;
ALTER TABLE orders ADD COLUMN note text;
DROP INDEX CONCURRENTLY orders_memo;
CREATE UNIQUE INDEX CONCURRENTLY orders_memo ON orders (memo);
ALTER TABLE orders DROP COLUMN id;
$f$);
SELECT migrate.revision('memo', 'ALTER TABLE half.orders DROP COLUMN memo', rev_id => 'memo');
CALL migrate.deploy('head');
SELECT revision, outcome, split_part(detail, E'\n', 1) AS detail FROM migrate.rehearse();
SELECT revision, effect, error FROM migrate.impact('upgrade', 'head', queries => '{SELECT note FROM orders,SELECT memo FROM orders}');
DELETE FROM orders WHERE note = 'b';
SELECT revision, outcome, table_name, column_name, detail FROM migrate.rehearse();
SELECT rule, severity FROM migrate.review('note', trial => true) WHERE rule IN ('unchecked', 'rehearsal_fails', 'data_in_the_way');
-- an INVALID index that is a part of another one is none that a run has left behind
CREATE TABLE parts (i int) PARTITION BY LIST (i);
CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
CREATE INDEX whole ON ONLY parts ((1 / (i - 1)));
INSERT INTO part VALUES (1);
\set VERBOSITY sqlstate
CREATE INDEX CONCURRENTLY piece ON part ((1 / (i - 1)));
\set VERBOSITY default
ALTER INDEX whole ATTACH PARTITION piece;
SELECT revision, effect, error FROM migrate.impact('upgrade', 'note', queries => '{SELECT note FROM orders}');
DROP TABLE parts;
SET client_min_messages = warning;
CALL migrate.deploy('note');
-- on the way down
INSERT INTO orders VALUES (2), (3);
UPDATE orders SET memo = 'same';
CALL migrate.revert('base');
RESET client_min_messages;
SELECT statements_done, outcome FROM migrate.log ORDER BY id DESC LIMIT 1;
SELECT revision, effect, error FROM migrate.impact('downgrade', 'base', queries => '{SELECT id FROM orders,SELECT note FROM orders}');
SET client_min_messages = warning;
RESET search_path;
RESET migrate.schemas;
DROP SCHEMA half CASCADE;
DROP EXTENSION migrate_ext;
