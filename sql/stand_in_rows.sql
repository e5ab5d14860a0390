-- A rule, or the body of a function, that writes rows of a table that is not managed: nothing of others is locked or written.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS app, audit CASCADE;
CREATE SCHEMA app;
CREATE SCHEMA audit;
\pset format unaligned
\pset tuples_only on
CREATE TABLE audit.log (gone int, at timestamptz DEFAULT now(), what text NOT NULL, id int, no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL);
ALTER TABLE audit.log DROP gone;
CREATE TABLE audit."Other one" (id int UNIQUE, seen int);
CREATE VIEW audit.seen AS SELECT id, seen FROM audit."Other one";
SELECT $$
CREATE TYPE app.mood AS ENUM ('glad', 'sad');
CREATE TABLE app.t (id int PRIMARY KEY, note text, mood app.mood);
CREATE RULE ins AS ON INSERT TO app.t DO ALSO INSERT INTO audit.log (what, id, note) VALUES ('ins', new.id, new.note);
CREATE RULE upd AS ON UPDATE TO app.t WHERE new.note IS NOT NULL DO ALSO (
	UPDATE audit.log AS l SET what = new.note WHERE l.id = old.id;
	INSERT INTO audit."Other one" SELECT o.id, count(*) FROM audit."Other one" o JOIN audit.log USING (id) GROUP BY 1;
	UPDATE audit.seen SET seen = seen + 1 WHERE seen.id = old.id);
CREATE RULE del AS ON DELETE TO app.t DO ALSO DELETE FROM audit.log WHERE log.id = old.id;
CREATE VIEW app.v AS SELECT id, what FROM audit.log;
CREATE RULE v_ins AS ON INSERT TO app.v DO INSTEAD INSERT INTO audit.log (id, what) VALUES (new.id, new.what) RETURNING id, what;
$$ AS model \gset
SELECT migrate.migrate('Rules', :'model', '{app}', rev_id => 'cc01');
SELECT upgrade LIKE '%INSERT INTO audit.log (what, id, note)%UPDATE audit.log %l SET%INSERT INTO audit."Other one"%' FROM migrate.scripts;
SELECT * FROM migrate.upgrade();
SELECT migrate.check(:'model', '{app}');
SELECT count(*) FROM migrate.drift('{app}');
SELECT * FROM migrate.verify(schemas => '{app}');

-- a text whose rules fire writes to nothing of others, whatever its columns demand
INSERT INTO audit.log (what, note) VALUES ('before', 'n');
SELECT migrate.revision('Rows', $$INSERT INTO app.t VALUES (1, NULL, 'glad'), (2, 'n', 'sad'); UPDATE app.t SET note = 'm'; INSERT INTO app.v VALUES (3, 'by a view');
	DELETE FROM app.t; ALTER TABLE app.t ADD c int$$, 'ALTER TABLE app.t DROP c', rev_id => 'cc02');
BEGIN;
SELECT * FROM migrate.verify(schemas => '{app}');
SELECT c.oid::regclass, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation AND c.relnamespace = 'audit'::regnamespace WHERE l.pid = pg_backend_pid() AND l.mode <> 'AccessShareLock';
COMMIT;
SELECT id, what, note FROM audit.log;
SELECT migrate.remove('cc02');

-- what differs in one is seen, and so is which table it writes to
SELECT migrate.diff_sql(replace(:'model', 'VALUES (''ins'', ', 'VALUES (''inserted'', '), '{app}');
SELECT migrate.diff_sql(replace(:'model', 'DELETE FROM audit.log WHERE log.id', 'DELETE FROM audit."Other one" WHERE "Other one".id'), '{app}');
-- a column of a managed type; and the body of a function, where there are some (14)
CREATE TABLE audit.moods (mood app.mood, many app.mood[]);
SELECT migrate.diff_sql(:'model' || 'CREATE RULE mood AS ON INSERT TO app.t DO ALSO INSERT INTO audit.moods VALUES (new.mood, ARRAY[new.mood]);
	INSERT INTO app.t VALUES (1, NULL, ''glad'');', '{app}');
DO $do$ BEGIN
	IF current_setting('server_version_num')::int >= 140000 THEN
		CREATE TABLE app.kept (id int);
		PERFORM migrate.record('Body', '{app}', rev_id => 'cc03');
		EXECUTE $f$CREATE FUNCTION app.f(int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC
			INSERT INTO audit.log (what, id) SELECT l.what, $1 FROM audit.log l;
			SELECT count(*) FROM audit.log;
		END$f$;
		IF (SELECT count(*) FROM migrate.drift('{app}')) <> 1 THEN RAISE 'the function is no drift'; END IF;
		PERFORM migrate.record('Body', '{app}', rev_id => 'cc04');
		IF (SELECT upgrade NOT LIKE '%INSERT INTO audit.log (what, id)%' FROM migrate.scripts WHERE revision = 'cc04') THEN
			RAISE 'it is another function: %', (SELECT upgrade FROM migrate.scripts WHERE revision = 'cc04');
		END IF;
		IF (SELECT count(*) FROM migrate.drift('{app}')) <> 0 THEN RAISE 'it is drift'; END IF;
		PERFORM migrate.downgrade('cc01');
		PERFORM migrate.remove('cc04'), migrate.remove('cc03');
	END IF;
END $do$;
DROP TABLE audit.moods;
-- what changes something of others, and no definition
SELECT migrate.diff_sql(:'model' || 'INSERT INTO audit.log (what, note) VALUES (1, 2);', '{app}');
SELECT migrate.diff_sql(:'model' || 'ALTER TABLE audit.log ADD x int;', '{app}');
SELECT migrate.diff_sql(replace(:'model', 'INSERT INTO audit.log', 'INSERT INTO audit.nosuch'), '{app}');

-- who may not write there can make such a rule, as he can without a shadow
CREATE ROLE regress_rows;
GRANT USAGE ON SCHEMA migrate, audit TO regress_rows;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA migrate TO regress_rows;
GRANT SELECT ON ALL TABLES IN SCHEMA migrate TO regress_rows;
SELECT migrate.downgrade('base');
GRANT CREATE, USAGE ON SCHEMA app TO regress_rows;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_rows', current_database()); END $$;
ALTER SCHEMA app OWNER TO regress_rows;
SET ROLE regress_rows;
SELECT count(*) FROM migrate.diff(:'model', '{app}');
RESET ROLE;
DROP OWNED BY regress_rows CASCADE;
DROP ROLE regress_rows;
SELECT nspname FROM pg_namespace WHERE nspname LIKE 'migrate %';
DROP EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS app, audit CASCADE;
