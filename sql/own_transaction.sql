-- "-- migrate:up transaction:false" means it: what turns out to have to be alone is run as psql would
-- in autocommit mode, and what the comparison runs again of it comes out the same.
SELECT current_database() AS db, current_setting('server_version_num')::int >= 150000 AS has_15 \gset
CREATE DATABASE regress_migrate_own_transaction;
\c regress_migrate_own_transaction
SET client_min_messages = warning;
CREATE EXTENSION migrate_ext;
-- before 15 partitioned tables cannot be clustered: the same by other means
\set alone 'REINDEX TABLE parts; CLUSTER parts USING parts_pkey; REINDEX INDEX parts_pkey; CALL commits();'
\if :has_15
\else
\set alone 'ALTER TABLE part2 CLUSTER ON part2_pkey; ALTER TABLE part1 CLUSTER ON part1_pkey; SELECT 1; CALL commits();'
\endif
SELECT migrate.load($$-- tables
-- Revision ID: a
-- Revises:
-- migrate:up
CREATE TABLE parts (i int PRIMARY KEY) PARTITION BY RANGE (i);
CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE part2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
CREATE TABLE other (i int);
CREATE PROCEDURE commits() LANGUAGE plpgsql AS 'BEGIN INSERT INTO parts VALUES (1); COMMIT; INSERT INTO parts VALUES (11); END';
CREATE FUNCTION refuses() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not here'' USING ERRCODE = ''25001''; END';
-- migrate:down
DROP FUNCTION refuses();
DROP PROCEDURE commits();
DROP TABLE parts, other;
$$);
SELECT migrate.load($$-- alone
-- Revision ID: b
-- Revises: a
-- migrate:up transaction:false
CREATE INDEX other_i ON other (i);
$$ || :'alone' || $$
INSERT INTO other SELECT i FROM parts;
-- migrate:down transaction:false
DROP INDEX other_i;
ALTER TABLE part1 SET WITHOUT CLUSTER;
ALTER TABLE part2 SET WITHOUT CLUSTER;
DELETE FROM other;
DELETE FROM parts;
$$);
CALL migrate.deploy();
SELECT revision, outcome, statements_done FROM migrate.log WHERE action = 'upgrade' ORDER BY id;
SELECT i FROM other ORDER BY i;
SELECT indexrelid::regclass FROM pg_index WHERE indisclustered ORDER BY indexrelid::regclass::text;
SELECT * FROM migrate.drift();
SELECT * FROM migrate.verify();
CALL migrate.revert('base');

-- in a shadow it is passed over for that alone: one of nothing is an error there as well
SELECT migrate.load($$-- nothing
-- Revision ID: nothing
-- Revises: b
-- migrate:up transaction:false
REINDEX TABLE nosuch;
-- migrate:down transaction:false
REINDEX INDEX other_i;
$$);
SELECT upgrade_ok, split_part(detail, E'\n', 1) AS detail FROM migrate.verify('nothing');
SELECT migrate.edit('nothing', upgrade => 'REINDEX TABLE other');
SELECT upgrade_ok, downgrade_ok, split_part(detail, E'\n', 1) AS detail FROM migrate.verify('nothing');
SELECT migrate.remove('nothing');

-- a query that says so is an error as any other, and is run once
\set VERBOSITY terse
SELECT migrate.load($$-- query
-- Revision ID: c
-- Revises: b
-- migrate:up transaction:false
CREATE TABLE once (i int);
SELECT refuses();
$$);
CALL migrate.deploy('a');
CALL migrate.deploy('c');
SELECT revision, outcome, statements_done, sqlstate FROM migrate.log WHERE revision = 'c';
-- what is not marked is told how to be
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT migrate.resolve('c', 'rolled_back');
SELECT migrate.edit('c', upgrade => 'SELECT refuses()') \gset
SELECT migrate.revision('unmarked', 'SELECT refuses()', rev_id => 'd', head => '{a}', splice => true);
CALL migrate.deploy('d');
\c :db
DROP DATABASE regress_migrate_own_transaction;
