-- What a backslash in a plain string means: a text begins with standard_conforming_strings on
-- in every session, SET in it is heeded, and what is written in a session that has it off says so.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
-- since 19 it means one thing only
SELECT current_setting('server_version_num')::int >= 190000 AS is_always_on \gset
\if :is_always_on
DROP EXTENSION migrate_ext;
\q
\endif
SET escape_string_warning = off;
SELECT migrate.load($f$-- one
-- Revision ID: a1
-- Revises:

-- migrate:up
CREATE TABLE strings (n int, t text);
INSERT INTO strings VALUES (1, 'a\n');
SET standard_conforming_strings = off;
INSERT INTO strings VALUES (2, 'it\'s;\\'); INSERT INTO strings SELECT 3, 'x\'';
DO $$ BEGIN INSERT INTO strings VALUES (4, 'd\\'); END $$;
INSERT INTO strings VALUES (5, (SELECT 'r\';' FROM (SELECT 'a\'') AS s));
SELECT pg_catalog.set_config('standard_conforming_strings', 'on', false);
INSERT INTO strings VALUES (6, '\');
SET LOCAL standard_conforming_strings TO 'off';
INSERT INTO strings VALUES (7, '\'');
RESET standard_conforming_strings;
INSERT INTO strings VALUES (8, '\');
SET standard_conforming_strings = 0;
INSERT INTO strings VALUES (9, '\'');
RESET ALL;
INSERT INTO strings VALUES (10, '\')
-- migrate:down
SET standard_conforming_strings = off;
DELETE FROM strings WHERE t = 'it\'s;\\';
DROP TABLE strings;
$f$);
SELECT migrate.upgrade();
TABLE strings ORDER BY n;
-- what it does is compared with the same eyes
SELECT migrate.script('a1') \gset
SELECT migrate.load(:'script');
SELECT migrate.load(replace(:'script', 'INSERT INTO strings SELECT', E'/* it */ insert   INTO strings SELECT'));
SELECT migrate.load(replace(:'script', 'x\''', 'y\'''));
-- statement by statement: to the end of the block, or of the revision
SELECT migrate.load($f$-- two
-- Revision ID: a2
-- Revises: a1

-- migrate:up transaction:false
BEGIN;
SET LOCAL standard_conforming_strings = off;
INSERT INTO strings VALUES (21, '\'');
COMMIT;
INSERT INTO strings VALUES (22, '\');
BEGIN;
SET standard_conforming_strings = off;
INSERT INTO strings VALUES (23, '\'');
ROLLBACK;
INSERT INTO strings VALUES (24, '\');
SET standard_conforming_strings = off;
INSERT INTO strings VALUES (25, '\'');
DO $$ BEGIN INSERT INTO strings VALUES (26, '\''); END $$;
DISCARD ALL;
INSERT INTO strings VALUES (27, '\')
-- migrate:down transaction:false
SET standard_conforming_strings = off;
DELETE FROM strings WHERE n > 20 AND t <> '\'\\';
$f$);
CALL migrate.deploy();
SELECT * FROM strings WHERE n > 20 ORDER BY n;
SHOW standard_conforming_strings;
SELECT * FROM migrate.verify();
SELECT count(*) FROM migrate.drift();
CALL migrate.revert('a1');
SELECT * FROM strings WHERE n > 20;
-- a body in between that has semicolons of its own; errors say the line
SELECT current_setting('server_version_num')::int >= 140000 AS has_bodies \gset
SELECT migrate.revision('bodies', CASE WHEN :'has_bodies' THEN E'SET standard_conforming_strings = off; CREATE FUNCTION strings_f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT \'q\\\'\'; SELECT \'r\\\\\'; END; SELECT 1' ELSE '' END) IS NOT NULL AS written;
\set SHOW_CONTEXT never
SELECT migrate.revision('bad', E'SET standard_conforming_strings = off;\nSELECT 1;\nSELECT \'\\\'\n');
SELECT migrate.revision('bad', E'SET standard_conforming_strings = off;\nSELECT \'\\\'\';\nSELEC 1;\nSELECT \'\\\'\'');
SELECT migrate.revision('bad', E'SELECT 1;\nSELECT \'\\\'\';');
SELECT migrate.load(E'-- x\n-- Revision ID: x1\n-- Revises:\n\n-- migrate:up\nSET standard_conforming_strings = off;\nSELECT \'\\\'\';\nCREATE FUNCTION atomic() RETURNS int STABLE; SELEC 1;\n', 'x.sql');
\set SHOW_CONTEXT errors

-- written where the setting is off, and run elsewhere
SET standard_conforming_strings = off;
SELECT migrate.revision('off', $$INSERT INTO strings VALUES (11, 'o\'ff\\');
DO 'BEGIN INSERT INTO strings VALUES (12, ''d\\\\''); END'$$, $$DELETE FROM strings WHERE t = 'o\'ff\\' OR n = 12$$, head => '{a1}', splice => true, rev_id => 'a3');
SELECT migrate.load($f$-- four
-- Revision ID: a4
-- Revises: a3

-- migrate:up
BEGIN;
INSERT INTO strings VALUES (13, 'file\'s');
COMMIT;
-- migrate:down
DELETE FROM strings WHERE n = 13;
$f$);
RESET standard_conforming_strings;
SELECT replace(migrate.script('a4'), '\', '|');
SELECT migrate.upgrade('a4');
SELECT * FROM strings WHERE n > 10 ORDER BY n;
SELECT * FROM migrate.verify('base:a4');
-- the same file is the same, whichever session loads it, and stays what it was
SELECT migrate.load($f$-- four
-- Revision ID: a4
-- Revises: a3

-- migrate:up
BEGIN;
INSERT INTO strings VALUES (13, 'file\'s');
COMMIT;
-- migrate:down
DELETE FROM strings WHERE n = 13;
$f$);
SELECT migrate.script('a4') ~ 'standard_conforming_strings' AS says_so;
SELECT migrate.downgrade('a1');
SET standard_conforming_strings = off;
CALL migrate.deploy('a4');
SELECT * FROM strings WHERE n > 10 ORDER BY n;
SELECT count(*) FROM migrate.drift();
SELECT * FROM migrate.verify('base:a4');
SELECT migrate.downgrade('base');
-- as a script for psql: it begins as every revision does, and so does the next one
SELECT line FROM regexp_split_to_table(regexp_replace(migrate.upgrade_sql('a4'), '^.*excluded.downgrade_marked', ''), '\n') AS line WHERE line ~ 'standard_con|Running|^BEGIN;';
RESET standard_conforming_strings;
SELECT line FROM regexp_split_to_table(regexp_replace(migrate.upgrade_sql('a3:a4'), '^.*excluded.downgrade_marked', ''), '\n') AS line WHERE line ~ 'standard_con|Running|^BEGIN;';

-- A schema is described in the same way: comments, defaults, enums, expressions.
SELECT $m$CREATE TYPE mood AS ENUM ('a\n', '\', 'it''s\''');
CREATE TABLE moods (a text DEFAULT 'd\' CHECK (a <> 'c\''\n'), b mood DEFAULT '\', g text GENERATED ALWAYS AS (a || '\g') STORED);
COMMENT ON TABLE moods IS 'com\ment''\';
CREATE INDEX moods_i ON moods ((a || '\i')) WHERE a <> '\w';
CREATE VIEW moods_v AS SELECT a || 'v\' AS x FROM moods WHERE a LIKE '%\_%' ESCAPE '\';
CREATE FUNCTION moods_f(x text DEFAULT '\') RETURNS text LANGUAGE sql AS $$ SELECT x $$;
CREATE TABLE moods_p (a text) PARTITION BY LIST (a);
CREATE TABLE moods_p1 PARTITION OF moods_p FOR VALUES IN ('\', '''\');
CREATE RULE moods_r AS ON INSERT TO moods_v DO INSTEAD INSERT INTO moods (a) VALUES (new.x || '\r');
CREATE POLICY moods_p ON moods USING (a <> '\p');
CREATE TRIGGER moods_t BEFORE UPDATE ON moods FOR EACH ROW WHEN (old.a <> '\t') EXECUTE FUNCTION suppress_redundant_updates_trigger();$m$ AS model \gset
:model
SET client_min_messages = warning;
DROP EXTENSION migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE TEMP TABLE baselines (strings text, id text, script text);
SELECT migrate.baseline('schema') AS id \gset
INSERT INTO baselines VALUES ('on', :'id', migrate.script(:'id'));
SELECT migrate.stamp('base', true);
SELECT migrate.remove(:'id');
SET standard_conforming_strings = off;
SELECT migrate.baseline('schema') AS id \gset
INSERT INTO baselines VALUES ('off', :'id', migrate.script(:'id'));
SELECT count(DISTINCT regexp_replace(replace(script, id, ''), 'Create Date.*?-- migrate:up', '')) AS texts, min(length(script)) > 1000 AS whole FROM baselines;
SELECT count(*) FROM migrate.drift();
SELECT upgrade_ok, round_trip_ok FROM migrate.verify();
-- its file says what it was written with, and is the same in either session
SELECT script ~ E'-- migrate:up\nSET standard_conforming_strings = on;' AS says_so, migrate.load(script) = id AS unchanged FROM baselines WHERE strings = 'off';
SELECT migrate.script(id) = script AS is_as_it_was FROM baselines WHERE strings = 'off';
-- and a model means in a session what it means there
SELECT count(*) FROM migrate.diff('SET standard_conforming_strings = on;' || :'model');
SELECT count(*) FROM migrate.diff(replace(:'model', E'\\', E'\\\\'));
SELECT migrate.diff_sql('SET standard_conforming_strings = on;' || replace(:'model', E'com\\ment', E'other\\'));
RESET standard_conforming_strings;
SELECT count(*) FROM migrate.diff(:'model');
-- questions, too, mean what they mean where they are written
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SELECT migrate.revision('questions', '', '', rev_id => 'q1', require => 'SELECT length(''\\\\'') = 1', verify => 'SELECT length(''\\\\'') = 1');
SELECT migrate.upgrade();
SELECT require, verify FROM migrate.scripts WHERE revision = 'q1';
SELECT revision, upgrade_ok, round_trip_ok FROM migrate.verify('q1');
SELECT migrate.load(migrate.script('q1'));
RESET standard_conforming_strings;
SELECT migrate.load(migrate.script('q1'));
SELECT count(*) FROM migrate.downgrade();
CALL migrate.deploy();
RESET escape_string_warning;
DROP EXTENSION migrate_ext;
DROP TABLE moods, moods_p CASCADE;
DROP FUNCTION moods_f;
DROP TYPE mood;
