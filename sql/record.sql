-- What was done by hand, as a revision.
\set VERBOSITY terse
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS rec, "Rec 2", host CASCADE;
CREATE SCHEMA rec;
SET migrate.schemas = rec;
SET search_path = rec;
RESET client_min_messages;
\pset null (null)
\pset tuples_only on
\pset format unaligned

-- nothing at all, and nothing since
SELECT migrate.record('nothing');
CREATE TABLE users (id int PRIMARY KEY, name text);
SELECT migrate.record('Users', rev_id => 'a1');
SELECT migrate.script('a1') ~ 'CREATE TABLE rec.users', migrate.current();
SELECT migrate.record('nothing more');
SELECT action, revision, outcome FROM migrate.log WHERE action IN ('stamp', 'upgrade') ORDER BY id;

-- objects of many kinds, in any order, with data beside
INSERT INTO users VALUES (1, 'x');
CREATE TYPE mood AS ENUM ('a', 'c');
CREATE TABLE moods (id serial PRIMARY KEY, m mood DEFAULT 'a', u int REFERENCES users);
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1';
ALTER TABLE users ADD COLUMN n int GENERATED ALWAYS AS (f(2)) STORED;
ALTER TABLE users ADD COLUMN o int, ADD CHECK (f(o) > 0);
CREATE VIEW v AS SELECT u.id, m.m FROM users u JOIN moods m ON m.u = u.id;
CREATE INDEX ON users (lower(name));
COMMENT ON TABLE users IS 'people';
SELECT migrate.record('Moods', rev_id => 'b2');
SELECT count(*) FROM migrate.drift();
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok FROM migrate.verify();
ALTER TYPE mood ADD VALUE 'b' BEFORE 'c';
SELECT migrate.record('One mood more', rev_id => 'c3');
SELECT upgrade FROM migrate.scripts WHERE revision = 'c3';

-- it runs elsewhere, down and up
SELECT migrate.downgrade('a1');
SELECT to_regclass('rec.moods') IS NULL, (SELECT count(*) FROM users);
SELECT migrate.record('behind');
SELECT migrate.upgrade();
SELECT count(*) FROM migrate.drift();

-- renames
ALTER TABLE users RENAME TO people;
ALTER TABLE people RENAME name TO full_name;
SELECT migrate.record('Renamed', rev_id => 'd4', renames => '{users=people,people.name=people.full_name}');
SELECT upgrade ~ 'RENAME TO people' AND upgrade !~ 'DROP TABLE' FROM migrate.scripts WHERE revision = 'd4';
SELECT migrate.record(renames => '{nosuch=other}');
ALTER TABLE people RENAME full_name TO called;
SELECT migrate.record(renames => '{nosuch=other}');
SELECT migrate.record(rev_id => 'e5', renames => '{people.full_name=people.called}');
SELECT message FROM migrate.history() WHERE revision = 'e5';

-- what a prelude makes is none of ours
CREATE SCHEMA host;
CREATE TABLE host.accounts (id int PRIMARY KEY);
SELECT migrate.load('CREATE SCHEMA host; CREATE TABLE host.accounts (id int PRIMARY KEY);', 'prelude.sql');
ALTER TABLE people ADD account int REFERENCES host.accounts;
SELECT migrate.record('Accounts', rev_id => 'f6');
SELECT upgrade FROM migrate.scripts WHERE revision = 'f6';
-- several schemas, and names that need quotes
CREATE SCHEMA "Rec 2";
CREATE TABLE "Rec 2"."T" (i int);
SELECT migrate.record('Another schema', '{rec,"Rec 2"}', rev_id => 'g7');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'g7';
CREATE TABLE "Rec 2".u (i int);
SELECT migrate.record('More in it', '{rec,"Rec 2"}', rev_id => 'g8');
SELECT upgrade FROM migrate.scripts WHERE revision = 'g8';
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify('g7,g8', '{rec,"Rec 2"}');

-- two heads; in a transaction that is rolled back; who may
SELECT migrate.revision('h', '', '', '{f6}', true, rev_id => 'h8') FROM (SELECT set_config('client_min_messages', 'warning', true)) AS quiet;
SELECT migrate.upgrade('heads');
CREATE TABLE more (i int);
SELECT migrate.record('Which?');
SELECT migrate.merge(rev_id => 'i9');
SELECT migrate.upgrade();
BEGIN;
SELECT migrate.record('More', rev_id => 'j10');
ROLLBACK;
SELECT migrate.current();
SELECT migrate.record('a name that is taken', rev_id => 'a1');
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_record;
CREATE ROLE regress_record;
GRANT USAGE ON SCHEMA migrate TO regress_record;
SET ROLE regress_record;
SELECT migrate.record();
RESET ROLE;
DROP OWNED BY regress_record;
DROP ROLE regress_record;
DROP SCHEMA rec, "Rec 2", host CASCADE;

-- one schema of a history that also makes things in others, where its search_path says
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS app, side CASCADE;
CREATE SCHEMA app;
CREATE SCHEMA side;
DROP EXTENSION migrate_ext;
CREATE EXTENSION migrate_ext;
RESET migrate.schemas;
SET search_path = side;
SELECT migrate.revision('one', $$CREATE TABLE t (i int PRIMARY KEY); CREATE TYPE side_mood AS ENUM ('a');
	CREATE FUNCTION side_f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE app.t (i int REFERENCES t, m side_mood)$$,
	'DROP TABLE app.t; DROP FUNCTION side_f(); DROP TYPE side_mood; DROP TABLE t', rev_id => 'one');
SELECT migrate.revision('two', $$DO 'BEGIN CREATE TABLE t2 (i int); CREATE TEMPORARY TABLE tt (i int); DROP TABLE tt; END'; CREATE VIEW v2 AS SELECT * FROM t2$$,
	'DROP VIEW v2; DROP TABLE t2', rev_id => 'two');
SELECT migrate.revision('three', $$SET LOCAL search_path = app; CREATE TABLE u (i int)$$,
	'DROP TABLE app.u', rev_id => 'three');
SELECT migrate.upgrade();
RESET client_min_messages;
SELECT * FROM migrate.drift('{app}');
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify(schemas => '{app}');
ALTER TABLE app.u ADD note text;
ALTER TABLE t ADD not_asked_for text;
SELECT action, object_type, object_identity FROM migrate.drift('{app}');
SELECT migrate.record('Note', '{app}', rev_id => 'note');
SELECT upgrade FROM migrate.scripts WHERE revision = 'note';
SELECT * FROM migrate.drift('{app}');
SELECT action, object_type, object_identity FROM migrate.drift('{app,side}');
SET client_min_messages = warning;
DROP SCHEMA app, side CASCADE;
