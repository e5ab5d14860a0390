-- What production tells of its tables, and a database for tests that judges by it.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;

-- Sizes and rows are told, with partitions and children; not partitions of their own, views, and temporary tables.
CREATE SCHEMA "odd 'schema'";
CREATE TABLE "odd 'schema'"."it's \ odd" (i int, note text);
INSERT INTO "odd 'schema'"."it's \ odd" SELECT i, repeat('secret', 20) FROM generate_series(1, 1000) i;
CREATE TABLE public.events (k int, note text) PARTITION BY LIST (k);
CREATE TABLE public.events_1 PARTITION OF public.events FOR VALUES IN (1);
CREATE TABLE public.events_2 PARTITION OF public.events FOR VALUES IN (2);
INSERT INTO public.events SELECT i % 2 + 1, repeat('secret', 20) FROM generate_series(1, 1000) i;
CREATE INDEX events_note ON public.events (note);
CREATE TABLE public.users (id bigint PRIMARY KEY, email text);
CREATE VIEW public.emails AS SELECT email FROM public.users;
CREATE MATERIALIZED VIEW public.kept AS SELECT count(*) FROM public.events;
CREATE TEMP TABLE of_session (i int);
ANALYZE "odd 'schema'"."it's \ odd", public.events, public.users;
SELECT regexp_replace(migrate.facts(), ', \d+, \d+, ''20[^'']*''\)', ', SCANS, WRITES, TIME)', 'g') AS facts;
SELECT migrate.facts() ~ 'secret' AS has_rows;

-- It can be run, more than once, and tells what is there.
DO $$ BEGIN EXECUTE migrate.facts(); EXECUTE migrate.facts(); END $$;
SELECT schema_name, table_name, bytes > 0 AS has_bytes, rows, told_at <= now() AS is_told FROM migrate.facts ORDER BY 1, 2;
SELECT count(*) FROM migrate.fact_statements;

-- A review of empty tables has nothing to say, until production has told of them.
DELETE FROM migrate.facts;
TRUNCATE public.events, public.users;
SELECT migrate.revision('one', 'ALTER TABLE users ALTER email SET NOT NULL', 'ALTER TABLE users ALTER email DROP NOT NULL', rev_id => 'r1') \g /dev/null
SELECT migrate.revision('two', 'CREATE INDEX users_email ON users (email); CREATE INDEX events_k ON public.events (k)',
	'DROP INDEX users_email; DROP INDEX events_k', rev_id => 'r2') \g /dev/null
SELECT migrate.revision('three', 'DROP INDEX events_note; CREATE TABLE fresh (id bigint PRIMARY KEY); CREATE INDEX ON fresh (id)', 'SELECT 1', rev_id => 'r3') \g /dev/null
SELECT revision, statement, rule, severity, evidence FROM migrate.review(trial => false) WHERE rule <> 'drop_index_locks';
INSERT INTO migrate.facts VALUES ('public', 'users', 5368709120, 50000000, 1000, 2000, '2026-11-30 12:00+00'),
	('public', 'events', 20000000, 100000, 0, 7, '2026-11-30 12:00+00'), ('public', 'fresh', 1, 1, 1, 1, '2026-11-30 12:00+00'),
	('other', 'users', 1, 1, 1, 1, '2026-11-30 12:00+00');
SET TimeZone = 'UTC';
SELECT revision, statement, rule, severity, evidence FROM migrate.review(trial => false);
-- what was not told of is judged by what is here
DELETE FROM migrate.facts WHERE table_name = 'users';
SELECT revision, statement, rule, severity FROM migrate.review(trial => false);

-- Statements that were told come before those that are counted here.
INSERT INTO migrate.fact_statements VALUES (1, 500, 'nobody who is here', 'public', 'SELECT email FROM users WHERE id = $1'),
	(2, 3, 'nobody who is here', NULL, NULL);
SELECT migrate.revision('four', 'DROP VIEW emails; ALTER TABLE users DROP COLUMN email', 'SELECT 1', rev_id => 'r4') \g /dev/null
SELECT effect, revision, calls, role, error, query FROM migrate.impact();
SELECT access, calls, role, query FROM migrate.usage('users.email');

-- The facts of the extension are no part of the database, and nobody else's to read.
SELECT 'migrate.facts'::regclass = ANY (extconfig) AS is_dumped FROM pg_extension WHERE extname = 'migrate_ext';
CREATE ROLE regress_no_facts;
GRANT USAGE ON SCHEMA migrate TO regress_no_facts;
SET ROLE regress_no_facts;
SELECT migrate.facts();
TABLE migrate.facts;
RESET ROLE;

-- A table that somebody has dropped or changed by hand.
ALTER TABLE migrate.facts RENAME bytes TO octets;
SELECT migrate.review(trial => false);
DROP EXTENSION migrate_ext;
DROP OWNED BY regress_no_facts;
DROP ROLE regress_no_facts;
DROP SCHEMA "odd 'schema'" CASCADE;
DROP TABLE public.events, public.users CASCADE;
