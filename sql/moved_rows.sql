-- A table that becomes partitioned, and one that no longer is, keeps its rows: they are moved from
-- the one to the other, also those that the policies would hide from their owner.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS app CASCADE;
DROP SCHEMA IF EXISTS auth CASCADE;
DROP ROLE IF EXISTS regress_rows_owner;
CREATE ROLE regress_rows_owner;
GRANT CREATE ON DATABASE :DBNAME TO regress_rows_owner;
GRANT USAGE ON SCHEMA migrate TO regress_rows_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA migrate TO regress_rows_owner;
CREATE SCHEMA app AUTHORIZATION regress_rows_owner;
RESET client_min_messages;
\pset format unaligned
\t on

SELECT $$
CREATE TABLE app.t (id int GENERATED ALWAYS AS IDENTITY, day date NOT NULL, note text CHECK (note <> ''), len int GENERATED ALWAYS AS (length(note)) STORED,
	PRIMARY KEY (id, day));
CREATE TABLE app.child (id int PRIMARY KEY, t int, day date, FOREIGN KEY (t, day) REFERENCES app.t ON DELETE CASCADE);
$$ AS plain,
$$
CREATE TABLE app.t (id int GENERATED ALWAYS AS IDENTITY, day date NOT NULL, note text CHECK (note <> ''), len int GENERATED ALWAYS AS (length(note)) STORED,
	PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE app.t_old PARTITION OF app.t FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE app.t_new PARTITION OF app.t FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
CREATE TABLE app.child (id int PRIMARY KEY, t int, day date, FOREIGN KEY (t, day) REFERENCES app.t ON DELETE CASCADE);
$$ AS partitioned,
$$
ALTER TABLE app.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY short ON app.t USING (len < 4);
$$ AS policy \gset

SET ROLE regress_rows_owner;
:plain :policy
INSERT INTO app.t (day, note) VALUES ('2023-05-05', 'one'), ('2024-05-05', 'two');
ALTER TABLE app.t NO FORCE ROW LEVEL SECURITY;
INSERT INTO app.t (day, note) VALUES ('2024-06-06', 'hidden');
ALTER TABLE app.t FORCE ROW LEVEL SECURITY;
INSERT INTO app.child VALUES (1, 1, '2023-05-05'), (2, 3, '2024-06-06');

-- What it does, and what it may do to those who use the table.
SELECT action, object_type, object_identity, array_to_string(hazards, ', ') FROM migrate.diff(:'partitioned' || :'policy', '{app}');
SELECT upgrade FROM migrate.diff(:'partitioned' || :'policy', '{app}') WHERE upgrade LIKE 'INSERT%';

-- Proven, run, and back.
CREATE FUNCTION app.seen(OUT t text, OUT child text, OUT next int) LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
	ALTER TABLE app.t NO FORCE ROW LEVEL SECURITY;
	SELECT string_agg(format('%s %s %s %s', id, day, note, len), ', ' ORDER BY id) INTO t FROM app.t;
	ALTER TABLE app.t FORCE ROW LEVEL SECURITY;
	SELECT string_agg(format('%s %s', c.id, c.t), ', ' ORDER BY c.id) INTO child FROM app.child c;
	SELECT last_value INTO next FROM app.t_id_seq;
END $$;
SELECT pg_get_functiondef('app.seen'::regproc) || ';' AS seen \gset
SELECT migrate.migrate('partitions', :'partitioned' || :'policy' || :'seen', '{app}', rev_id => 'partitions') IS NOT NULL;
SELECT migrate.upgrade();
SELECT relkind FROM pg_class WHERE oid = 'app.t'::regclass;
SELECT * FROM app.seen();
SELECT count(*) FROM app.t;
SELECT count(*) FROM ONLY app.t;
SELECT migrate.check(:'partitioned' || :'policy' || :'seen', '{app}');
SELECT migrate.downgrade('-1');
SELECT relkind FROM pg_class WHERE oid = 'app.t'::regclass;
SELECT * FROM app.seen();
SELECT count(*) FROM migrate.diff(:'plain' || :'policy' || :'seen', '{app}');

-- A row that has no place in a partition stays where it is, and so does everything.
BEGIN;
SELECT migrate.remove('partitions');
SELECT migrate.migrate('partitions', replace(:'partitioned', 'TO (MAXVALUE)', 'TO (''2024-06-01'')') || :'policy' || :'seen', '{app}', rev_id => 'narrow') IS NOT NULL;
\set VERBOSITY terse
SELECT migrate.upgrade();
\set VERBOSITY default
ROLLBACK;
SELECT * FROM app.seen();

-- A partition that is there already, as a table of its own, keeps its rows, and gets none that are not its own.
SELECT migrate.upgrade();
SELECT migrate.diff_sql($$
CREATE TABLE app.t (id int GENERATED ALWAYS AS IDENTITY, day date NOT NULL, note text);
CREATE TABLE app.t_old (id int NOT NULL, day date NOT NULL, note text);
$$, '{app}') AS script \gset
BEGIN;
:script
SELECT * FROM app.t ORDER BY id;
SELECT * FROM app.t_old;
ROLLBACK;

-- What is not managed and uses the table is in the way, as of any that is dropped.
RESET ROLE;
CREATE SCHEMA auth;
CREATE VIEW auth.v AS SELECT note FROM app.t;
SELECT migrate.diff_sql(:'plain' || :'policy', '{app}');

SET client_min_messages = warning;
DROP SCHEMA app, auth CASCADE;
DROP EXTENSION migrate_ext;
DROP OWNED BY regress_rows_owner;
DROP ROLE regress_rows_owner;
