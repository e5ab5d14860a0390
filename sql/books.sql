-- Extensions that keep books of users' tables, and one that keeps tables in other servers: made by hand, since these
-- tests cannot write the files that CREATE EXTENSION would read.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
CREATE SCHEMA regress_keeper;
CREATE SCHEMA regress_kept;
SET search_path = regress_kept;
SET migrate.schemas = 'regress_kept';
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
	SELECT 99001, 'regress_keeper', oid, 'regress_keeper'::regnamespace, false, '1' FROM pg_roles WHERE rolname = current_user;
CREATE TABLE regress_keeper.kinds (id int PRIMARY KEY, name text COLLATE "C" NOT NULL);
CREATE TABLE regress_keeper.books (dropped int, tab text PRIMARY KEY, kind int REFERENCES regress_keeper.kinds, note text,
	EXCLUDE USING btree (note WITH =));
ALTER TABLE regress_keeper.books DROP COLUMN dropped;
CREATE INDEX ON regress_keeper.books (upper(tab)) WHERE kind > 1;
CREATE TABLE regress_keeper.others (i int);
CREATE FUNCTION regress_keeper.keep(name text, kind int DEFAULT 1) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO regress_keeper.books VALUES (name, kind, repeat('long ', 4000) || name) $$;
ALTER EXTENSION regress_keeper ADD TABLE regress_keeper.kinds;
ALTER EXTENSION regress_keeper ADD TABLE regress_keeper.books;
ALTER EXTENSION regress_keeper ADD TABLE regress_keeper.others;
ALTER EXTENSION regress_keeper ADD FUNCTION regress_keeper.keep;
-- what CREATE EXTENSION has put there, and what is of users
INSERT INTO regress_keeper.kinds VALUES (1, 'small'), (2, 'large');
INSERT INTO regress_keeper.books (tab, kind, note) VALUES ('own', 2, repeat('own ', 5000));
INSERT INTO regress_keeper.others VALUES (1);
UPDATE pg_extension SET extconfig = ARRAY['regress_keeper.kinds'::regclass, 'regress_keeper.books'::regclass], extcondition = ARRAY['WHERE id > 100', $$WHERE tab <> 'own'$$]
	WHERE extname = 'regress_keeper';
CREATE VIEW state AS SELECT (SELECT string_agg(ctid || tab || length(note), ' ' ORDER BY tab) FROM regress_keeper.books) AS books,
	(SELECT string_agg(name, ' ' ORDER BY id) FROM regress_keeper.kinds) AS kinds, (SELECT count(*) FROM regress_keeper.others) AS others,
	(SELECT md5(string_agg(c::text, ' ' ORDER BY oid)) FROM (SELECT oid, relname, relnamespace, relfilenode, reltuples, relpages FROM pg_class
		WHERE relnamespace = 'regress_keeper'::regnamespace) c) AS files;
\set VERBOSITY terse

-- a table that the extension is told of
SELECT migrate.revision('Kept', $$
CREATE TABLE kept (i int);
SELECT regress_keeper.keep('kept', 2);
INSERT INTO regress_keeper.kinds VALUES (101, 'of a revision');
DO $d$ BEGIN
	IF (SELECT string_agg(tab, ' ' ORDER BY tab) FROM regress_keeper.books) <> 'kept own' OR NOT EXISTS (SELECT FROM regress_keeper.books WHERE upper(tab) = 'OWN' AND kind > 1)
		OR (SELECT count(*) FROM regress_keeper.kinds) <> 3 OR (SELECT note FROM regress_keeper.books WHERE tab = 'own') <> repeat('own ', 5000) THEN
		RAISE EXCEPTION 'other books: %', (SELECT string_agg(tab, ' ' ORDER BY tab) FROM regress_keeper.books);
	END IF;
END $d$;
$$, $$
DELETE FROM regress_keeper.books WHERE tab = 'kept';
DELETE FROM regress_keeper.kinds WHERE id = 101;
DROP TABLE kept;
$$, rev_id => 'k1');
SELECT migrate.upgrade();
SELECT books, kinds, others FROM state;
CREATE TEMP TABLE before AS SELECT * FROM state;
DROP VIEW state;
CREATE TEMP VIEW state AS SELECT (SELECT string_agg(ctid || tab || length(note), ' ' ORDER BY tab) FROM regress_keeper.books) AS books,
	(SELECT string_agg(name, ' ' ORDER BY id) FROM regress_keeper.kinds) AS kinds, (SELECT count(*) FROM regress_keeper.others) AS others,
	(SELECT md5(string_agg(c::text, ' ' ORDER BY oid)) FROM (SELECT oid, relname, relnamespace, relfilenode, reltuples, relpages FROM pg_class
		WHERE relnamespace = 'regress_keeper'::regnamespace) c) AS files;
SELECT * FROM migrate.drift();
SELECT * FROM migrate.verify();
SELECT state = before AS as_before FROM state, before;
-- rows that this transaction has written, and a cursor that is open
BEGIN;
SELECT regress_keeper.keep('new');
DECLARE c CURSOR FOR SELECT tab FROM regress_keeper.books;
FETCH c;
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok FROM migrate.verify();
FETCH ALL c;
SELECT string_agg(tab, ' ' ORDER BY tab) FROM regress_keeper.books;
ROLLBACK;
SELECT migrate.squash('k1', 'k1', ignore_data => true, rev_id => 'k1s');
CREATE TABLE by_hand (i int);
SELECT migrate.record('By hand', rev_id => 'k2');
SELECT migrate.upgrade_sql('base:k2') LIKE '%by_hand%' AS is_recorded;
SELECT state = before AS as_before FROM state, before;

-- who may not empty them finds them as they are
CREATE ROLE regress_migrate_books;
CREATE SCHEMA regress_own AUTHORIZATION regress_migrate_books;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_migrate_books', current_database()) \gexec
GRANT USAGE ON SCHEMA migrate, regress_keeper TO regress_migrate_books;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA migrate TO regress_migrate_books;
GRANT SELECT ON ALL TABLES IN SCHEMA regress_keeper TO regress_migrate_books;
CREATE FUNCTION pg_temp.found() RETURNS text LANGUAGE sql AS $$
	SELECT object_identity FROM migrate.diff('DO $d$ BEGIN EXECUTE format(''CREATE TABLE regress_own.%I ()'', (SELECT string_agg(tab, ''+'' ORDER BY tab) FROM regress_keeper.books)); END $d$', schemas => '{regress_own}') $$;
SET ROLE regress_migrate_books;
SELECT pg_temp.found();
RESET ROLE;
GRANT DELETE ON regress_keeper.books TO regress_migrate_books;
SET ROLE regress_migrate_books;
SELECT pg_temp.found();
RESET ROLE;
CREATE FUNCTION regress_keeper.stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER stays BEFORE DELETE ON regress_keeper.books FOR EACH ROW EXECUTE FUNCTION regress_keeper.stays();
SET ROLE regress_migrate_books;
SELECT pg_temp.found();
RESET ROLE;
GRANT TRUNCATE ON regress_keeper.books TO regress_migrate_books;
SET ROLE regress_migrate_books;
SELECT pg_temp.found();
RESET ROLE;
ALTER TABLE regress_keeper.books ENABLE ROW LEVEL SECURITY;
CREATE POLICY part ON regress_keeper.books USING (tab = 'kept');
SET ROLE regress_migrate_books;
SELECT pg_temp.found();
RESET ROLE;
SELECT state.books = before.books AS as_before FROM state, before;

-- what its owner has hung on such a table runs as he
ALTER TABLE regress_keeper.books DISABLE ROW LEVEL SECURITY;
GRANT CREATE ON SCHEMA regress_keeper TO regress_migrate_books;
ALTER TABLE regress_keeper.books OWNER TO regress_migrate_books;
SET ROLE regress_migrate_books;
CREATE FUNCTION regress_keeper.planted(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
	BEGIN IF current_user <> 'regress_migrate_books' THEN RAISE WARNING 'planted code runs as %', current_user; END IF; RETURN true; END $$;
CREATE INDEX planted ON regress_keeper.books (tab, regress_keeper.planted('a constant')) WHERE regress_keeper.planted('another');
RESET ROLE;
\c -
SET migrate.schemas = 'regress_kept';
SET search_path = regress_kept;
\set VERBOSITY terse
SELECT count(*) FROM migrate.drift();

-- what is in other servers cannot be tried
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
	SELECT 99002, 'citus', oid, 'pg_catalog'::regnamespace, false, '13' FROM pg_roles WHERE rolname = current_user;
CREATE TABLE pg_catalog.pg_dist_node (nodeid int, groupid int, nodename text);
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod "char", partkey text, colocationid int, repmodel "char");
CREATE TABLE pg_catalog.pg_dist_shard (logicalrelid regclass, shardid bigint);
CREATE FUNCTION regress_keeper.column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
ALTER FUNCTION regress_keeper.column_to_column_name SET SCHEMA pg_catalog;
ALTER EXTENSION citus ADD FUNCTION column_to_column_name;
ALTER EXTENSION citus ADD TABLE pg_dist_node;
ALTER EXTENSION citus ADD TABLE pg_dist_partition;
ALTER EXTENSION citus ADD TABLE pg_dist_shard;
INSERT INTO pg_dist_node VALUES (1, 0, 'coordinator');
SELECT count(*) FROM migrate.drift();
INSERT INTO pg_dist_node VALUES (2, 1, 'one'), (3, 2, 'two');
\set VERBOSITY default
SELECT migrate.drift();
\set VERBOSITY terse
SELECT migrate.verify();
SELECT migrate.record();
SELECT migrate.squash('k1s', 'k2');
-- a model is no revision
SELECT count(*) FROM migrate.diff('CREATE TABLE kept (i int); CREATE TABLE by_hand (i int)');
DROP EXTENSION citus CASCADE;

SET client_min_messages = warning;
DELETE FROM pg_extension WHERE oid IN (99001, 99002);
DELETE FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND refobjid IN (99001, 99002);
DROP SCHEMA regress_keeper, regress_kept, regress_own CASCADE;
DROP OWNED BY regress_migrate_books;
DROP ROLE regress_migrate_books;
RESET allow_system_table_mods;
RESET search_path;
DROP EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS migrate;
CREATE EXTENSION migrate_ext;
