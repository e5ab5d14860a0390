-- Pending revisions on a sample of the rows that are there.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS reh, reh_made, reh_planted CASCADE;
CREATE SCHEMA reh;
SET migrate.schemas = reh;
RESET client_min_messages;
\pset null (null)

SELECT * FROM migrate.rehearse();
SELECT * FROM migrate.rehearse(rows => 0);
SELECT * FROM migrate.rehearse(rows => NULL);
SELECT * FROM migrate.rehearse('nosuch');

-- keys in a chain, in a circle and to what is not managed; types of the schema; partitions; no key at all
CREATE TYPE reh.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN reh.word AS text CHECK (VALUE <> '');
CREATE TYPE reh.pair AS (a int, m reh.mood);
CREATE TABLE reh.users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name reh.word NOT NULL, mood reh.mood,
	boss int REFERENCES reh.users, flat int, pair reh.pair);
CREATE TABLE reh.flats (id int PRIMARY KEY, owner int NOT NULL REFERENCES reh.users);
INSERT INTO reh.users (name, mood, boss, pair) SELECT 'u' || i, 'sad', nullif(i - 1, 0), ROW (i, 'ok')::reh.pair FROM generate_series(1, 600) i;
INSERT INTO reh.flats SELECT i, i FROM generate_series(1, 600) i;
UPDATE reh.users SET flat = 601 - id;
ALTER TABLE reh.users ADD FOREIGN KEY (flat) REFERENCES reh.flats;
CREATE TABLE reh.events (at date, n int, moods reh.mood[]) PARTITION BY RANGE (at);
CREATE TABLE reh.events_1 PARTITION OF reh.events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE reh.events_2 PARTITION OF reh.events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO reh.events SELECT '2026-01-01'::date + i, i, '{sad,ok}' FROM generate_series(0, 50) i;
CREATE TABLE reh.log (line text, again int GENERATED ALWAYS AS (length(line)) STORED);
INSERT INTO reh.log SELECT 'line ' || i % 3 FROM generate_series(1, 30) i;
CREATE TABLE reh.notes (t text, n int);
INSERT INTO reh.notes VALUES ('a', 1), ('a', 1), ('b', NULL), (NULL, NULL);
CREATE TABLE reh."No columns" ();
CREATE SEQUENCE reh.numbers;
SELECT count(nextval('reh.numbers')) FROM generate_series(1, 7);
CREATE MATERIALIZED VIEW reh.counted AS SELECT count(*) AS n FROM reh.log;
CREATE FUNCTION reh.shout() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.name := NEW.name || '!'; RETURN NEW; END$$;
CREATE TRIGGER shout BEFORE INSERT OR UPDATE OF name ON reh.users FOR EACH ROW EXECUTE FUNCTION reh.shout();
CREATE TABLE reh.before AS SELECT md5(string_agg(u::text, ',' ORDER BY id)) AS users FROM reh.users u;

-- nothing is lost: a name, a type and a table that come back, rows that are put in and taken out
SELECT migrate.revision('Renamed', 'ALTER TABLE reh.users RENAME flat TO lives_in; ALTER TABLE reh.log RENAME TO lines',
	'ALTER TABLE reh.users RENAME lives_in TO flat; ALTER TABLE reh.lines RENAME TO log', rev_id => 'r1');
SELECT migrate.revision('No mood', 'ALTER TABLE reh.users DROP pair; DROP TYPE reh.pair;
	ALTER TABLE reh.users ALTER mood TYPE text; ALTER TABLE reh.events ALTER moods TYPE text[]; DROP TYPE reh.mood',
	$$CREATE TYPE reh.mood AS ENUM ('sad', 'ok'); CREATE TYPE reh.pair AS (a int, m reh.mood);
	ALTER TABLE reh.users ALTER mood TYPE reh.mood USING mood::reh.mood, ADD pair reh.pair;
	ALTER TABLE reh.events ALTER moods TYPE reh.mood[] USING moods::reh.mood[];
	UPDATE reh.users SET pair = ROW (id, 'ok')::reh.pair$$, rev_id => 'r2');
SELECT migrate.revision('One more', $$INSERT INTO reh.users (name, boss) VALUES ('new', 1);
	INSERT INTO reh.flats SELECT nextval('reh.numbers') + 10000, n FROM reh.counted WHERE n = 30$$,
	$$DELETE FROM reh.users WHERE name = 'new!'; DELETE FROM reh.flats WHERE id > 10000$$, rev_id => 'r3');
SELECT migrate.revision('Elsewhere', 'CREATE SCHEMA reh_made; ALTER TABLE reh.lines SET SCHEMA reh_made',
	'ALTER TABLE reh_made.lines SET SCHEMA reh; DROP SCHEMA reh_made', rev_id => 'r4');
SELECT * FROM migrate.rehearse();
SELECT * FROM migrate.rehearse(rows => 3);
SELECT * FROM migrate.rehearse('r1', schemas => '{*}');
-- nothing has happened
SELECT to_regnamespace('reh_made'), b.users = (SELECT md5(string_agg(u::text, ',' ORDER BY id)) FROM reh.users u) AS same FROM reh.before b;
SELECT count(*) FROM migrate.current();
SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'migrate hidden%';
SELECT migrate.upgrade();

-- what does not come back
SELECT migrate.revision('Less', 'ALTER TABLE reh.users DROP mood; UPDATE reh.users SET lives_in = NULL; DELETE FROM reh.flats WHERE id % 2 = 0',
	'ALTER TABLE reh.users ADD mood text', '{r4}', rev_id => 's1');
SELECT migrate.revision('Other values', $$UPDATE reh.flats SET owner = 1 WHERE owner > 590; UPDATE reh.notes SET t = upper(t) WHERE t = 'a'$$, 'SELECT 1',
	rev_id => 's2');
SELECT migrate.revision('Another table', 'DROP TABLE reh.events', 'CREATE TABLE reh.events (at date, n int)', rev_id => 's3');
SELECT migrate.revision('No table', 'CREATE TABLE reh.t (i int); INSERT INTO reh.t VALUES (1)', 'ALTER TABLE reh."No columns" RENAME TO other; DROP TABLE reh.t', rev_id => 's4');
SELECT migrate.revision('Rows', $$INSERT INTO reh.t VALUES (2)$$, 'INSERT INTO reh.t VALUES (2)', rev_id => 's5');
SELECT migrate.revision('No way back', 'ALTER TABLE reh.t ADD j int', NULL, rev_id => 's6');
SELECT migrate.revision('A wrong way', 'CREATE INDEX CONCURRENTLY ON reh.t (j)', 'DROP INDEX reh.nosuch', rev_id => 's7');
SELECT migrate.revision('One that fails', 'ALTER TABLE reh.t ADD CHECK (i > 1)', 'SELECT 1', rev_id => 's8');
SELECT migrate.revision('Behind it', 'SELECT 1', 'SELECT 1', rev_id => 's9');
SELECT * FROM migrate.rehearse('head', 100);
-- what a revision says itself
SELECT migrate.load(E'-- Ask\n-- Revision ID: t1\n-- Revises: r4\n\n-- migrate:require\nSELECT count(*) < 5, count(*) AS n FROM reh.users;\n-- migrate:up\nSELECT 1;\n', 't1.sql');
SELECT * FROM migrate.rehearse('t1', 20);
SELECT migrate.load(E'-- Ask\n-- Revision ID: t2\n-- Revises: r4\n\n-- migrate:up\nUPDATE reh.users SET boss = NULL WHERE id % 2 = 0;\n-- migrate:verify\nSELECT boss IS NOT NULL, id FROM reh.users WHERE id = 600;\n', 't2.sql');
SELECT revision, outcome, split_part(detail, E'\n', 1) FROM migrate.rehearse('t2', 600);

-- of a large table, rows from pages all over it; what it takes from live tables is no more than a SELECT does
SET client_min_messages = warning;
CREATE TABLE reh.large AS SELECT i, repeat('x', 100) AS x FROM generate_series(1, 20000) i;
ANALYZE reh.large;
SELECT migrate.revision('X goes', 'ALTER TABLE reh.large DROP x', 'ALTER TABLE reh.large ADD x text', '{r4}', rev_id => 'u1', splice => true);
RESET client_min_messages;
BEGIN;
SELECT outcome, table_name, column_name, count = total, total BETWEEN 100 AND 200 FROM migrate.rehearse('u1', 200);
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode <> 'AccessShareLock' AND relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'reh'::regnamespace);
COMMIT;
-- who may not read the rows, or not all of them
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_rehearse;
CREATE ROLE regress_rehearse;
GRANT USAGE ON SCHEMA migrate TO regress_rehearse;
GRANT EXECUTE ON FUNCTION migrate.rehearse TO regress_rehearse;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_rehearse', current_database()) \gexec
ALTER SCHEMA reh OWNER TO regress_rehearse;
GRANT SELECT ON ALL TABLES IN SCHEMA reh, reh_made TO regress_rehearse;
GRANT USAGE ON SCHEMA reh_made TO regress_rehearse;
REVOKE SELECT ON reh.users FROM regress_rehearse;
RESET client_min_messages;
SET ROLE regress_rehearse;
SELECT * FROM migrate.rehearse('s1');
RESET ROLE;
GRANT SELECT ON reh.users TO regress_rehearse;
ALTER TABLE reh.users ENABLE ROW LEVEL SECURITY;
SET ROLE regress_rehearse;
SELECT * FROM migrate.rehearse('s1');
RESET ROLE;
ALTER TABLE reh.users DISABLE ROW LEVEL SECURITY;
SET ROLE regress_rehearse;
SELECT revision, outcome, table_name, column_name, count, total FROM migrate.rehearse('s1');
RESET ROLE;
-- what somebody has planted in a table runs as he
SET client_min_messages = warning;
CREATE SCHEMA reh_planted;
GRANT ALL ON SCHEMA reh_planted TO regress_rehearse;
SET ROLE regress_rehearse;
CREATE FUNCTION reh_planted.is_he(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN IF current_user <> 'regress_rehearse' THEN RAISE EXCEPTION 'ran as %', current_user; END IF; RETURN true; END$$;
CREATE DOMAIN reh_planted.word AS text CHECK (reh_planted.is_he(VALUE));
CREATE TYPE reh_planted.pair AS (w reh_planted.word);
CREATE TABLE reh_planted.t (a reh_planted.word[], b reh_planted.word, c reh_planted.pair, CHECK (reh_planted.is_he(b)),
	g boolean GENERATED ALWAYS AS (reh_planted.is_he('x')) STORED);
CREATE INDEX ON reh_planted.t (reh_planted.is_he(b));
INSERT INTO reh_planted.t VALUES ('{x}', 'y', ROW ('z'));
RESET ROLE;
RESET client_min_messages;
SELECT count(*) FROM migrate.rehearse('u1', schemas => '{reh,reh_planted}') WHERE outcome = 'fails';
BEGIN READ ONLY;
SELECT * FROM migrate.rehearse('s1');
ROLLBACK;
SET client_min_messages = warning;
DROP SCHEMA reh, reh_made, reh_planted CASCADE;
DROP OWNED BY regress_rehearse;
DROP ROLE regress_rehearse;
