-- What is to be said of pending revisions before they go out.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS rev, rev2 CASCADE;
CREATE SCHEMA rev;
CREATE SCHEMA rev2;
SET search_path = rev;
\pset null (null)
SELECT * FROM migrate.review();
SELECT * FROM migrate.review('nosuch');

CREATE TABLE users (id int PRIMARY KEY, name text, nick varchar(20) DEFAULT 'x' NOT NULL, age int CHECK (age IS NOT NULL),
	seen int, at timestamptz);
INSERT INTO users (id, name, age) SELECT i, 'u' || i, i FROM generate_series(1, 100) i;
ALTER TABLE users ADD CONSTRAINT seen_there CHECK (seen IS NOT NULL) NOT VALID;
CREATE TABLE large (id bigint PRIMARY KEY, x text);
INSERT INTO large SELECT i, repeat('x', 1000) FROM generate_series(1, 10000) i;
CREATE TABLE never_used (id bigint PRIMARY KEY, a int NOT NULL DEFAULT 1);
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (1) TO (10);
INSERT INTO parts VALUES (1);
CREATE TABLE part2 (id int);
INSERT INTO part2 VALUES (11);
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM users;
CREATE VIEW named AS SELECT name FROM users;
CREATE INDEX users_name ON users (name);
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';

CREATE FUNCTION pg_temp.review(upgrade text, downgrade text DEFAULT 'SELECT 1') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM migrate.revision('tried', upgrade, downgrade, rev_id => 'tried');
	RETURN QUERY SELECT concat_ws(' | ', statement, rule, severity, message, allowed) FROM migrate.review(trial => false);
	PERFORM migrate.remove('tried');
END $$;
\pset tuples_only on
\pset format unaligned

-- building an index has read its table, which is no use of it
SELECT pg_stat_clear_snapshot(), pg_sleep(1.1);
-- locks that last as long as the table is large
SELECT pg_temp.review('CREATE INDEX ON users (age)');
SELECT pg_temp.review('CREATE INDEX ON large (x)');
SELECT pg_temp.review('CREATE INDEX ON never_used (a)');
SELECT pg_temp.review('CREATE INDEX ON parts (id)');
SELECT pg_temp.review('CREATE INDEX CONCURRENTLY ON large (x)');
SELECT pg_temp.review('CREATE TABLE made (id bigint PRIMARY KEY, a int); CREATE INDEX ON made (a); ALTER TABLE made ALTER a SET NOT NULL');
SELECT pg_temp.review('REINDEX TABLE large');
SELECT pg_temp.review('REINDEX TABLE CONCURRENTLY large');
SELECT pg_temp.review('DROP INDEX users_name');
SELECT pg_temp.review('ALTER TABLE users ALTER name SET NOT NULL');
SELECT pg_temp.review('ALTER TABLE users ALTER age SET NOT NULL');
SELECT pg_temp.review('ALTER TABLE users ALTER nick SET NOT NULL');
SELECT pg_temp.review('ALTER TABLE users ADD CHECK (age > 0)');
SELECT pg_temp.review('ALTER TABLE users ADD CONSTRAINT older CHECK (age > 0) NOT VALID');
SELECT pg_temp.review('ALTER TABLE users ADD CONSTRAINT older CHECK (age > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT older');
SELECT pg_temp.review('ALTER TABLE users ADD FOREIGN KEY (age) REFERENCES users');
SELECT pg_temp.review('ALTER TABLE users ADD boss int REFERENCES users');
SELECT pg_temp.review('ALTER TABLE users ADD UNIQUE (age)');
SELECT pg_temp.review('ALTER TABLE large ADD EXCLUDE (id WITH =)');
SELECT pg_temp.review('ALTER TABLE users ALTER nick TYPE varchar(30)');
SELECT pg_temp.review('ALTER TABLE users ALTER nick TYPE varchar(10)');
SELECT pg_temp.review('ALTER TABLE users ALTER nick TYPE varchar(30) USING nick, ALTER name TYPE varchar USING name::varchar');
SELECT pg_temp.review('ALTER TABLE users ALTER nick TYPE text USING name, ALTER age TYPE int USING rev.f(1)');
SELECT pg_temp.review('ALTER TABLE large ALTER id TYPE int');
SELECT pg_temp.review($$ALTER TABLE users ADD a int DEFAULT 1, ADD b timestamptz DEFAULT now(), ADD c uuid DEFAULT gen_random_uuid(),
	ADD d bigserial, ADD e bigint GENERATED ALWAYS AS IDENTITY, ADD f int GENERATED ALWAYS AS (age + 1) STORED, ADD g text DEFAULT clock_timestamp()$$);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN plain AS int;
SELECT pg_temp.review('ALTER TABLE users ADD p plain DEFAULT 1, ADD q positive');
SELECT pg_temp.review('ALTER TABLE users SET LOGGED; ALTER TABLE users SET TABLESPACE pg_default');
SELECT pg_temp.review('ALTER TABLE users SET UNLOGGED');
SELECT pg_temp.review('VACUUM FULL large');
SELECT pg_temp.review('VACUUM large');
SELECT pg_temp.review('CLUSTER large USING large_pkey');
SELECT pg_temp.review('ALTER TABLE parts ATTACH PARTITION part2 FOR VALUES FROM (10) TO (20)');
SELECT pg_temp.review('ALTER TABLE parts DETACH PARTITION part1');
SELECT pg_temp.review('REFRESH MATERIALIZED VIEW counted');
SELECT pg_temp.review('UPDATE large SET x = NULL');
SELECT pg_temp.review('UPDATE large SET x = NULL WHERE id < 100; DELETE FROM never_used');
SELECT pg_temp.review('DELETE FROM users');
SELECT pg_temp.review('LOCK TABLE users');
SELECT pg_temp.review('LOCK TABLE users IN ACCESS SHARE MODE');
SELECT pg_temp.review('ALTER TABLE users ADD z int; ALTER TABLE users ADD y int; ALTER TABLE large ADD z int; ALTER TABLE part2 ADD z int');

-- what runs now
SELECT pg_temp.review('ALTER TABLE users DROP name, DROP nick CASCADE');
SELECT pg_temp.review('DROP TABLE users, never_used; DROP TABLE IF EXISTS nosuch');
SELECT pg_temp.review('DROP VIEW named; DROP FUNCTION f(int); DROP TYPE nosuch CASCADE');
SELECT pg_temp.review('ALTER TABLE users ALTER nick DROP DEFAULT, ALTER nick DROP NOT NULL');
SELECT pg_temp.review('ALTER TABLE users RENAME name TO called; ALTER TABLE large RENAME TO larger; ALTER TABLE larger DROP x');
SELECT pg_temp.review('ALTER TABLE users SET SCHEMA rev2');
SELECT pg_temp.review('ALTER TABLE users ENABLE ROW LEVEL SECURITY');
SELECT pg_temp.review('CREATE POLICY p ON users USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY');
SELECT pg_temp.review('ALTER TABLE users DISABLE TRIGGER ALL');
SELECT pg_temp.review('TRUNCATE users CASCADE; TRUNCATE never_used');

-- what will be regretted
SELECT pg_temp.review('CREATE TABLE made (id int PRIMARY KEY, j json, c char(3), t timestamp, s serial, a json[], b varchar(3))');
SELECT pg_temp.review('CREATE TABLE made (id serial, PRIMARY KEY (id))');
SELECT pg_temp.review('CREATE TABLE made (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE other (a int); CREATE TEMPORARY TABLE t (a int)');
SELECT pg_temp.review('CREATE TABLE made (a nosuch PRIMARY KEY, LIKE users)');
SELECT pg_temp.review('SELECT 1', NULL);

-- rows in the way; what the plan does before
SELECT pg_temp.review('ALTER TABLE users ALTER name SET NOT NULL, ADD CHECK (age > 50)');
SELECT pg_temp.review('SET LOCAL search_path = rev2; ALTER TABLE users DROP name; ALTER TABLE rev.users DROP name');
SELECT pg_temp.review('ALTER TABLE users ADD c int DEFAULT nosuch()');
-- one of another schema is another table
SELECT pg_temp.review('CREATE TABLE rev2.users (id bigint PRIMARY KEY); ALTER TABLE rev.users DROP name');
SELECT pg_temp.review('CREATE TABLE rev2.users (id bigint PRIMARY KEY); ALTER TABLE rev2.users DROP id; ALTER TABLE users DROP name');
SELECT pg_temp.review('SET LOCAL search_path = rev2, rev; CREATE TABLE users (id bigint PRIMARY KEY); ALTER TABLE users DROP name; ALTER TABLE rev.users DROP name');
SELECT pg_temp.review('CREATE TEMP TABLE users (id bigint PRIMARY KEY); ALTER TABLE users DROP name; ALTER TABLE rev.users DROP name');
SELECT pg_temp.review('SET LOCAL search_path = nosuch; CREATE TABLE users (id bigint PRIMARY KEY); ALTER TABLE users DROP name; ALTER TABLE rev.users DROP name');

-- what is meant, and what the setting says
SELECT pg_temp.review('-- migrate:allow drop_table: nobody has asked since May
-- migrate:allow index_locks_writes
-- migrate:allow nosuch: for no reason
CREATE INDEX ON users (age);
DROP TABLE large');
SELECT migrate.load(E'-- From a file\n-- Revision ID: filed\n-- Revises:\n\n-- migrate:up\n-- migrate:allow drop_column:  by and by \nALTER TABLE users DROP name;\n\n-- migrate:down\nSELECT 1;\n', 'filed.sql');
SELECT rule, severity, allowed FROM migrate.review(trial => false);
SELECT migrate.script('filed') LIKE '%-- migrate:allow drop_column:  by and by%';
SELECT migrate.load(E'-- From a file\n-- Revision ID: filed2\n-- Revises: filed\n\n-- migrate:up\n-- migrate:allows nothing\nSELECT 1;\n', 'filed2.sql');
SELECT migrate.remove('filed');
SET migrate.rules = 'error: drop_%, rev2.*; off: rev.drop_view, prefer_text';
SELECT pg_temp.review('ALTER TABLE users DROP name; DROP VIEW named; CREATE TABLE made (id bigint PRIMARY KEY, c char(3))');
SET migrate.rules = 'off: "rev;2".drop_%; error: rev.drop_column';
SELECT pg_temp.review('ALTER TABLE users DROP name');
SET migrate.rules = 'off: *';
SELECT pg_temp.review('ALTER TABLE users DROP name');
SET migrate.rules = '';
SET migrate.rules = 'nosuch: drop_table';
SET migrate.rules = 'drop_table';
SET migrate.rules = 'off: "drop_table';
RESET migrate.rules;

-- what it says of rewriting is what happens
CREATE DOMAIN pos AS int CHECK (VALUE > 0);
CREATE DOMAIN any_int AS int;
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE t (id int PRIMARY KEY, name text, nick varchar(20), n numeric(10, 2), ts timestamp, tz timestamptz, c char(3), b bit varying(5),
	p pos, j json, iv interval, ip inet, arr int[], e mood);
INSERT INTO t SELECT i, i, i, i, now(), now(), 'abc', B'101', i, '{}', '1 day', '1.1.1.1', '{1}', 'a' FROM generate_series(1, 1000) i;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, sql text);
INSERT INTO cases (sql) VALUES
	('ALTER TABLE t ALTER nick TYPE varchar(30)'),
	('ALTER TABLE t ALTER nick TYPE varchar(10)'),
	('ALTER TABLE t ALTER nick TYPE text'),
	('ALTER TABLE t ALTER name TYPE varchar'),
	('ALTER TABLE t ALTER name TYPE varchar(50)'),
	('ALTER TABLE t ALTER n TYPE numeric(12,2)'),
	('ALTER TABLE t ALTER n TYPE numeric(12,3)'),
	('ALTER TABLE t ALTER n TYPE numeric'),
	('ALTER TABLE t ALTER id TYPE bigint'),
	('ALTER TABLE t ALTER ts TYPE timestamptz'),
	('ALTER TABLE t ALTER tz TYPE timestamp'),
	('ALTER TABLE t ALTER ts TYPE timestamp(3)'),
	('ALTER TABLE t ALTER tz TYPE timestamptz(6)'),
	('ALTER TABLE t ALTER c TYPE char(5)'),
	('ALTER TABLE t ALTER c TYPE text'),
	('ALTER TABLE t ALTER b TYPE bit varying(9)'),
	('ALTER TABLE t ALTER b TYPE bit varying'),
	('ALTER TABLE t ALTER p TYPE int'),
	('ALTER TABLE t ALTER id TYPE pos'),
	('ALTER TABLE t ALTER id TYPE any_int'),
	('ALTER TABLE t ALTER p TYPE any_int'),
	('ALTER TABLE t ALTER j TYPE jsonb'),
	('ALTER TABLE t ALTER iv TYPE interval day to second'),
	('ALTER TABLE t ALTER iv TYPE interval(3)'),
	('ALTER TABLE t ALTER ip TYPE cidr'),
	('ALTER TABLE t ALTER arr TYPE bigint[]'),
	('ALTER TABLE t ALTER e TYPE text'),
	('ALTER TABLE t ALTER name TYPE text COLLATE "C"'),
	('ALTER TABLE t ALTER nick TYPE varchar(20) USING nick::varchar(20)'),
	('ALTER TABLE t ALTER nick TYPE varchar(30) USING nick'),
	('ALTER TABLE t ALTER id TYPE oid'),
	('ALTER TABLE t ADD x int'),
	('ALTER TABLE t ADD x int DEFAULT 1'),
	('ALTER TABLE t ADD x timestamptz DEFAULT now()'),
	('ALTER TABLE t ADD x timestamptz DEFAULT clock_timestamp()'),
	('ALTER TABLE t ADD x uuid DEFAULT gen_random_uuid()'),
	('ALTER TABLE t ADD x serial'),
	('ALTER TABLE t ADD x bigint GENERATED BY DEFAULT AS IDENTITY'),
	('ALTER TABLE t ADD x int GENERATED ALWAYS AS (id + 1) STORED'),
	('ALTER TABLE t ADD x pos'),
	('ALTER TABLE t ADD x pos DEFAULT 3'),
	('ALTER TABLE t ADD x any_int DEFAULT 3'),
	('ALTER TABLE t ADD x text DEFAULT random()::text'),
	('ALTER TABLE t ADD x text DEFAULT upper(''x'')'),
	('ALTER TABLE t ADD x int NOT NULL DEFAULT 1'),
	('ALTER TABLE t ADD x float DEFAULT random()'),
	('ALTER TABLE t SET UNLOGGED'),
	('ALTER TABLE t SET LOGGED'),
	('ALTER TABLE t SET (fillfactor=70)'),
	('ALTER TABLE t SET TABLESPACE pg_default'),
	('CLUSTER t USING t_pkey');
CREATE FUNCTION pg_temp.compare() RETURNS TABLE (sql text, said boolean, done boolean, failed text) LANGUAGE plpgsql AS $$
DECLARE tried rev.cases;
BEGIN
	FOR tried IN SELECT * FROM rev.cases ORDER BY n LOOP
		PERFORM migrate.revision('tried', tried.sql, 'SELECT 1', rev_id => 'tried');
		RETURN QUERY SELECT tried.sql, EXISTS (SELECT FROM migrate.review(trial => false) WHERE rule IN ('type_rewrites', 'add_column_rewrites', 'rewrites_table')),
			bool_or(rewritten <> '{}'), max(error) FROM migrate.dry_run();
		PERFORM migrate.remove('tried');
	END LOOP;
END $$;
SELECT * FROM pg_temp.compare() WHERE said IS DISTINCT FROM done OR failed IS NOT NULL;
SELECT count(*), count(*) FILTER (WHERE said) AS rewrite FROM pg_temp.compare();

-- nobody's function runs: a constant of a domain is not read
CREATE FUNCTION speaks(text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'this has run'; END$$;
CREATE DOMAIN spoken AS text CHECK (rev.speaks(VALUE));
SELECT pg_temp.review($$ALTER TABLE t ADD x text DEFAULT ('{a}'::rev.spoken[])[1]$$);
SELECT pg_temp.review($$ALTER TABLE t ALTER name TYPE text USING ('{a}'::rev.spoken[])[1]$$);
SELECT pg_temp.review($$ALTER TABLE t ADD CHECK (name <> ('{a}'::rev.spoken[])[1])$$);

-- what it takes, and who may
SELECT migrate.revision('two', 'ALTER TABLE rev.users DROP name; CREATE INDEX ON rev.large (x)', 'SELECT 1', rev_id => 'two');
BEGIN;
SELECT count(*), count(evidence), count(advice) FROM migrate.review(trial => false);
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode <> 'AccessShareLock' AND relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'rev'::regnamespace);
COMMIT;
BEGIN READ ONLY;
SELECT rule FROM migrate.review(trial => false);
COMMIT;
CREATE ROLE regress_review;
GRANT USAGE ON SCHEMA migrate TO regress_review;
SET ROLE regress_review;
SELECT rule FROM migrate.review(trial => false);
RESET ROLE;
GRANT EXECUTE ON FUNCTION migrate.review TO regress_review;
SET ROLE regress_review;
SELECT rule, severity FROM migrate.review(trial => false);
RESET ROLE;
DROP OWNED BY regress_review;
DROP ROLE regress_review;
DROP SCHEMA rev, rev2 CASCADE;
