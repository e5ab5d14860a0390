-- Triggers that call functions of extensions: some are users', some the extension has made itself.  The extension is made by
-- hand, since these tests cannot write the files that CREATE EXTENSION would read.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA regress_app;
CREATE SCHEMA regress_watch;
CREATE SCHEMA regress_only;
CREATE EXTENSION moddatetime SCHEMA regress_watch;
SET migrate.schemas = 'regress_app';
SET allow_system_table_mods = on;
CREATE FUNCTION regress_watch.watched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION regress_watch.watch(t regclass) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
	EXECUTE format('CREATE TRIGGER watched BEFORE UPDATE OF v ON %s FOR EACH ROW EXECUTE FUNCTION regress_watch.watched()', t); END $$;
CREATE FUNCTION regress_only.called() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
	SELECT 99201, 'regress_watch', oid, 'regress_watch'::regnamespace, false, '1' FROM pg_roles WHERE rolname = current_user
	UNION ALL SELECT 99202, 'regress_only', oid, 'regress_only'::regnamespace, false, '1' FROM pg_roles WHERE rolname = current_user;
ALTER EXTENSION regress_watch ADD FUNCTION regress_watch.watched();
ALTER EXTENSION regress_watch ADD FUNCTION regress_watch.watch(regclass);
ALTER EXTENSION regress_only ADD FUNCTION regress_only.called();
RESET client_min_messages;
CREATE FUNCTION pg_temp.failure(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
	detail text;
BEGIN
	EXECUTE sql;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(E'\n', sqlstate || ': ' || sqlerrm, detail, hint);
END $$;
CREATE FUNCTION pg_temp.triggers() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(tgrelid::regclass || '.' || tgname, ' ' ORDER BY tgrelid::regclass::text COLLATE "C", tgname) FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'regress\_app%' $$;
-- migrate(), its script without what is other each time, and deployed
CREATE FUNCTION pg_temp.written(model text, rev_id text, renames text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN
	PERFORM migrate.migrate('Change', model, renames => renames, rev_id => rev_id);
	RETURN QUERY SELECT line FROM regexp_split_to_table(migrate.script(rev_id), '\n') WITH ORDINALITY AS l (line, nr)
		WHERE line !~ '^(-- (Revision ID|Revises|Create Date)|$)' ORDER BY nr;
END $$;

-- one table whose trigger the extension has made, one with a user's own, and one of an extension with nothing else to call
CREATE TABLE regress_app.t (i int, v text);
SELECT regress_watch.watch('regress_app.t');
CREATE TABLE regress_app.mine (i int, at timestamp, v text);
CREATE TRIGGER stamp BEFORE UPDATE ON regress_app.mine FOR EACH ROW EXECUTE FUNCTION regress_watch.moddatetime(at);
CREATE TRIGGER called BEFORE UPDATE ON regress_app.mine FOR EACH ROW EXECUTE FUNCTION regress_only.called();
\set t 'CREATE TABLE regress_app.t (i int, v text);'
\set mine 'CREATE TABLE regress_app.mine (i int, at timestamp, v text); CREATE TRIGGER stamp BEFORE UPDATE ON regress_app.mine FOR EACH ROW EXECUTE FUNCTION regress_watch.moddatetime(at);'
\set called 'CREATE TRIGGER called BEFORE UPDATE ON regress_app.mine FOR EACH ROW EXECUTE FUNCTION regress_only.called();'
\set watched 'CREATE TRIGGER watched BEFORE UPDATE OF v ON regress_app.t FOR EACH ROW EXECUTE FUNCTION regress_watch.watched();'

-- the baseline has what users have written
SELECT migrate.baseline(rev_id => 'b1');
\set VERBOSITY terse
SELECT line FROM regexp_split_to_table(migrate.script('b1'), '\n') line WHERE line ~ 'TRIGGER';
SELECT * FROM migrate.drift();
SELECT * FROM migrate.verify();
-- no model drops what only the database has; one that the model has is compared
\set VERBOSITY default
SELECT object_identity, upgrade FROM migrate.diff(:'t' || :'mine' || :'called');
SELECT migrate.check(:'t' || :'mine' || :'called');
\set VERBOSITY terse
SELECT object_identity, upgrade FROM migrate.diff(:'t' || :'mine' || :'called' || :'watched');
SELECT object_identity, upgrade FROM migrate.diff(:'t' || :'mine' || :'called' || replace(:'watched', 'UPDATE OF v', 'INSERT'));
SELECT object_identity, upgrade FROM migrate.diff(:'t' || :'mine' || :'called' || replace(:'watched', 'TRIGGER watched', 'TRIGGER other'));
SELECT object_identity, upgrade FROM migrate.diff('CREATE TABLE regress_app.t (i int, v text); CREATE TABLE regress_app.mine (i int, at timestamp, v text)');
-- the same for DDL that stands for the database
SELECT object_identity, upgrade FROM migrate.diff(:'t', live => :'t' || :'watched');
-- a table that gets another name, or a column, takes it along
SELECT pg_temp.written('CREATE TABLE regress_app.u (i int, v text, w int);' || :'mine' || :'called', 'm1', '{regress_app.t=u}');
SELECT migrate.upgrade();
SELECT pg_temp.triggers();
SELECT * FROM migrate.drift();
SELECT migrate.downgrade('b1');
SELECT pg_temp.triggers();
SELECT migrate.upgrade();
SELECT migrate.downgrade('b1');
SELECT migrate.remove('m1');
-- no revision makes it anew: revisions that are run again have none
SELECT upgrade FROM migrate.diff('CREATE TABLE regress_app.t (i int, v varchar(40));' || :'mine' || :'called');
SELECT pg_temp.failure($$SELECT migrate.migrate('m', 'CREATE TABLE regress_app.t (i int, v varchar(40));$$ || :'mine' || :'called' || $$')$$);
SELECT upgrade FROM migrate.diff('CREATE TABLE regress_app.t (i int, v text) PARTITION BY RANGE (i);' || :'mine' || :'called');
SELECT pg_temp.failure($$SELECT migrate.migrate('m', 'CREATE TABLE regress_app.t (i int, v text) PARTITION BY RANGE (i);$$ || :'mine' || :'called' || $$')$$);
-- also not in a downgrade
CREATE VIEW regress_app.seen AS SELECT i FROM regress_app.mine;
CREATE TRIGGER watched INSTEAD OF UPDATE ON regress_app.seen FOR EACH ROW EXECUTE FUNCTION regress_watch.watched();
SELECT action, object_identity FROM migrate.diff(:'t' || :'mine' || :'called' || 'CREATE VIEW regress_app.seen AS SELECT i, v FROM regress_app.mine');
SELECT pg_temp.failure($$SELECT migrate.migrate('m', $$ || quote_literal(:'t' || :'mine' || :'called' || 'CREATE VIEW regress_app.seen AS SELECT i, v FROM regress_app.mine') || ')');
DROP VIEW regress_app.seen;
-- a trigger of a partitioned table, and one of its partitions' that is disabled
CREATE TABLE regress_app.parts (i int) PARTITION BY RANGE (i);
CREATE TABLE regress_app.parts_1 PARTITION OF regress_app.parts FOR VALUES FROM (0) TO (9);
CREATE TRIGGER watched AFTER UPDATE ON regress_app.parts FOR EACH ROW EXECUTE FUNCTION regress_watch.watched();
ALTER TABLE regress_app.parts_1 DISABLE TRIGGER watched;
SELECT upgrade FROM migrate.diff(:'t' || :'mine' || :'called' || 'CREATE TABLE regress_app.parts (i int) PARTITION BY RANGE (i); CREATE TABLE regress_app.parts_1 PARTITION OF regress_app.parts FOR VALUES FROM (0) TO (9)');
SELECT object_identity FROM migrate.drift();
DROP TABLE regress_app.parts;
-- a column that it needs
SELECT pg_temp.failure($$SELECT migrate.migrate('m', 'CREATE TABLE regress_app.t (i int);$$ || :'mine' || :'called' || $$')$$);
-- a table that goes takes it along
SELECT object_identity, upgrade FROM migrate.diff(:'mine' || :'called');
-- one that a table made by hand has is recorded without
CREATE TABLE regress_app.new (i int, v int);
SELECT regress_watch.watch('regress_app.new');
SELECT object_identity, upgrade FROM migrate.drift();
SELECT migrate.record('New', rev_id => 'r1');
SELECT line FROM regexp_split_to_table(migrate.script('r1'), '\n') line WHERE line ~ 'TRIGGER|TABLE';
SELECT * FROM migrate.drift();
DROP TABLE regress_app.new;
SELECT migrate.stamp('b1');
SELECT migrate.remove('r1');
-- and no downgrade of that makes it
SELECT pg_temp.written(:'mine' || :'called', 'd1');
SELECT migrate.remove('d1');
-- one that a revision creates is a user's
SELECT migrate.revision('Mine', $$CREATE TABLE regress_app.w (i int, v int); CREATE TRIGGER watched BEFORE UPDATE OF v ON regress_app.w FOR EACH ROW EXECUTE FUNCTION regress_watch.watched();$$, 'DROP TABLE regress_app.w', rev_id => 'w0');
SELECT migrate.upgrade();
SELECT pg_temp.written(:'t' || :'mine' || :'called' || 'CREATE TABLE regress_app.w (i int, v int);', 'd1');
SELECT migrate.remove('d1');
SELECT pg_temp.written(:'t' || :'mine' || :'called' || 'CREATE TABLE regress_app.w2 (i int, v int);', 'd1', '{regress_app.w=w2}');
SELECT migrate.remove('d1');
SELECT pg_temp.written(:'t' || :'mine' || :'called', 'd1');
SELECT migrate.upgrade();
SELECT * FROM migrate.verify();
SELECT migrate.downgrade('b1');
SELECT migrate.remove(id) FROM unnest('{d1,w0}'::text[]) id;
-- one that a revision has made, and that is gone or other now, is drift
SELECT migrate.revision('Watch', $$CREATE TABLE regress_app.w (i int, v int); SELECT regress_watch.watch('regress_app.w')$$, 'DROP TABLE regress_app.w', rev_id => 'w1');
SELECT migrate.upgrade();
SELECT object_identity, upgrade FROM migrate.drift();
DROP TRIGGER watched ON regress_app.w;
SELECT object_identity, upgrade FROM migrate.drift();
CREATE TRIGGER watched BEFORE INSERT ON regress_app.w FOR EACH ROW EXECUTE FUNCTION regress_watch.watched();
SELECT object_identity, upgrade FROM migrate.drift();
SELECT migrate.downgrade('b1');
SELECT migrate.remove('w1');

-- users say whose they are
INSERT INTO migrate.extension_rules (extension, says) VALUES ('regress_watch', 'owns triggers');
SELECT object_identity, upgrade FROM migrate.diff(:'t' || :'mine' || :'called' || replace(:'watched', 'UPDATE OF v', 'INSERT'));
UPDATE migrate.extension_rules SET says = 'offers trigger functions';
SELECT object_identity, upgrade FROM migrate.diff(:'t' || :'mine' || :'called');
SELECT object_identity, upgrade FROM migrate.drift();
-- what we know of an extension can be said otherwise
INSERT INTO migrate.extension_rules (extension, says) VALUES ('moddatetime', 'owns triggers');
SELECT object_identity, upgrade FROM migrate.diff('CREATE TABLE regress_app.t (i int, v text); CREATE TABLE regress_app.mine (i int, at timestamp, v text);' || :'called' || :'watched');
INSERT INTO migrate.extension_rules (extension, says) VALUES ('moddatetime', 'offers');
INSERT INTO migrate.extension_rules (extension, says, catalog, catalog_columns) VALUES ('regress_only', 'offers trigger functions', 'a', '{b}');
DELETE FROM migrate.extension_rules;
DELETE FROM migrate.version;
DELETE FROM migrate.revisions;
SET client_min_messages = warning;
DROP SCHEMA regress_app CASCADE;
DROP EXTENSION regress_watch CASCADE;
DROP EXTENSION regress_only CASCADE;
DROP EXTENSION moddatetime;
DROP SCHEMA regress_watch, regress_only CASCADE;
