-- What a text leaves behind in the session, and in sequences that are not its own: nothing.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA other;
CREATE SEQUENCE other.s;
CREATE SEQUENCE mine;
CREATE TEMP SEQUENCE temporary;
CREATE SEQUENCE other.untouched;
CREATE FUNCTION other.count() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('other.s') $$;
CREATE FUNCTION other.nested() RETURNS bigint LANGUAGE sql AS $$ SELECT other.count() + 1 $$;
CREATE FUNCTION other.count_later() RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN nextval('other.' || 's'); END $$;
CREATE FUNCTION other.set_of() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$ SELECT nextval('other.s') $$;
CREATE FUNCTION other.by_default(i bigint DEFAULT nextval('other.s')) RETURNS bigint LANGUAGE sql AS $$ SELECT i $$;
CREATE PROCEDURE other.take(i bigint) LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
SELECT nextval('other.s'), nextval('mine'), nextval('temporary');

-- what a model's own comes to
CREATE FUNCTION pg_temp.asked(model text, what text DEFAULT 'diff') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
	n int;
BEGIN
	IF what = 'check' THEN
		PERFORM migrate.check(model, '{public}', true);
	ELSIF what = 'migrate' THEN
		PERFORM migrate.migrate('x', model, '{public}', true);
	ELSE
		SELECT count(*) INTO n FROM migrate.diff(model, '{public}', true);
	END IF;
	RETURN 'ran';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' | ', sqlstate, sqlerrm, nullif(detail, ''));
END $$;
SELECT pg_temp.asked(m), pg_temp.asked(m, 'check'), pg_temp.asked(m, 'migrate') FROM (VALUES ('SELECT nextval(''other.s'')')) v(m);
DO $$ BEGIN PERFORM migrate.diff('SELECT setval(''other.s'', 7)'); END $$;
-- by whatever way
SELECT m, pg_temp.asked(m) FROM (VALUES
	($$SELECT setval('other.s', 100)$$),
	($$SELECT setval('other.s', 100, false)$$),
	($$SELECT pg_catalog.nextval(('other' || '.s')::regclass)$$),
	($$SELECT nextval(c.oid) FROM pg_class c WHERE relname = 's'$$),
	($$SELECT * FROM nextval('other.s')$$),
	($$SELECT * FROM (VALUES (1)) v(i), LATERAL setval('other.s', i + 100)$$),
	($$VALUES (nextval('other.s'))$$),
	($$DO 'BEGIN PERFORM nextval(''other.s''); END'$$),
	($$DO 'DECLARE i bigint := nextval(''other.s''); BEGIN i := nextval(''other.s''); END'$$),
	($$DO 'BEGIN EXECUTE ''SELECT setval($1, 100)'' USING ''other.s''::regclass; END'$$),
	($$DO 'BEGIN BEGIN PERFORM setval(''other.s'', 100); EXCEPTION WHEN OTHERS THEN RAISE; END; END'$$),
	($$SELECT other.count()$$),
	($$SELECT other.nested()$$),
	($$SELECT other.count_later()$$),
	($$CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT pg_catalog.setval(''other.s'', 100)'; CREATE VIEW v AS SELECT f(); SELECT * FROM v$$),
	($$SELECT * FROM other.set_of()$$),
	($$SELECT other.by_default()$$),
	($$CALL other.take(nextval('other.s'))$$),
	($$SELECT nextval('temporary')$$),
	($$CREATE TABLE t AS SELECT nextval('other.s') AS i$$),
	($$CREATE MATERIALIZED VIEW v AS SELECT nextval('other.s') AS i$$),
	($$CREATE TABLE t (i bigint DEFAULT nextval('other.s')); INSERT INTO t DEFAULT VALUES$$),
	($$CREATE TABLE t (i bigint); INSERT INTO t SELECT 1; ALTER TABLE t ADD j bigint DEFAULT nextval('other.s')$$),
	($$CREATE TABLE t (i bigint CHECK (i < nextval('other.s'))); INSERT INTO t VALUES (1)$$),
	($$CREATE TABLE t (i bigint); INSERT INTO t VALUES (1); ALTER TABLE t ADD CHECK (i < nextval('other.s'))$$),
	($$CREATE TABLE t (i int); INSERT INTO t VALUES (1); ALTER TABLE t ALTER i TYPE bigint USING nextval('other.' || 's')$$),
	($$CREATE DOMAIN d AS bigint CHECK (value < nextval('other.s')); SELECT 1::d$$),
	($$CREATE TABLE t (i bigint); INSERT INTO t VALUES (1); UPDATE t SET i = nextval('other.s')$$),
	($$CREATE TABLE t (i bigint); INSERT INTO t VALUES (1); DELETE FROM t WHERE i = setval('other.s', 100)$$),
	($$CREATE TABLE t (i bigint); INSERT INTO t VALUES (1) RETURNING nextval('other.s')$$),
	($$CREATE VIEW v AS SELECT nextval('other.s') AS i; SELECT * FROM v$$),
	($$CREATE TABLE t (i int); CREATE INDEX ON t (other.count_later()); INSERT INTO t VALUES (1)$$),
	($$CREATE TABLE t (i int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.i := nextval(''other.s''); RETURN new; END';
	   CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); INSERT INTO t VALUES (1)$$),
	($$CREATE TABLE t (i int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
	   CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW WHEN (new.i < nextval('other.s')) EXECUTE FUNCTION f(); INSERT INTO t VALUES (1)$$),
	($$CREATE TABLE t (i int); CREATE RULE r AS ON INSERT TO t DO ALSO SELECT setval('other.s', 100); INSERT INTO t VALUES (1)$$),
	($$CREATE TABLE t (i int); ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (i < setval('other.s', 100));
	   INSERT INTO t VALUES (1); CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT nextval(''other.s'')'; SELECT f()$$),
	($$CREATE OPERATOR !!! (FUNCTION = nextval, RIGHTARG = regclass); SELECT !!! 'other.s'::regclass$$),
	($$PREPARE p AS SELECT nextval('other.s'); EXECUTE p$$),
	($$PREPARE p (bigint) AS SELECT $1; EXECUTE p (nextval('other.s'))$$),
	($$EXPLAIN ANALYZE SELECT nextval('other.s')$$),
	($$DECLARE c CURSOR FOR SELECT nextval('other.s'); FETCH c$$),
	($$DO 'DECLARE c CURSOR FOR SELECT nextval(''other.s''); BEGIN FOR r IN c LOOP END LOOP; END'$$),
	($$COPY (SELECT nextval('other.s')) TO '/dev/null'$$),
	($$SET search_path = other; SELECT nextval('s')$$)
) v(m);
-- nobody has counted
SELECT s.last_value, s.is_called, mine.last_value, temporary.last_value FROM other.s, mine, temporary;
-- its own it may count in, whatever the way
SELECT m, pg_temp.asked(m) FROM (VALUES
	($$CREATE SEQUENCE mine; SELECT nextval('mine'), setval('mine', 5), setval('public.mine', 6, false), nextval(NULL), setval('mine', NULL)$$),
	($$CREATE TABLE t (i serial, j int GENERATED ALWAYS AS IDENTITY); INSERT INTO t SELECT; ALTER TABLE t ADD k bigserial; INSERT INTO t SELECT$$),
	($$CREATE TEMP SEQUENCE s2; SELECT nextval('s2')$$),
	($$CREATE SEQUENCE mine; ALTER SEQUENCE mine START 10 RESTART; ALTER SEQUENCE mine RENAME TO yours;
	   DO 'BEGIN ASSERT nextval(''yours'') = 10; ASSERT currval(''yours'') = 10; END'$$),
	($$CREATE SEQUENCE mine; CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT nextval(''mine'')'; SELECT f(), * FROM f()$$),
	($$CREATE SEQUENCE mine; PREPARE p AS SELECT nextval('mine'); EXECUTE p$$),
	($$CREATE SEQUENCE mine; CREATE PROCEDURE p(i bigint) LANGUAGE plpgsql AS 'BEGIN ASSERT i = 1; END'; CALL p(nextval('mine'))$$)
) v(m);
-- a check, if no function's default names a sequence that is not managed
DROP FUNCTION other.by_default;
SELECT pg_temp.asked($$CREATE SEQUENCE mine; CREATE TABLE t (i int CHECK (i < nextval('mine'))); INSERT INTO t VALUES (0)$$);
-- what is not allowed outside is not here
SELECT current_database() AS db \gset
CREATE ROLE regress_left_behind;
GRANT CREATE ON DATABASE :"db" TO regress_left_behind;
SELECT pg_temp.asked('CREATE SCHEMA z AUTHORIZATION regress_left_behind; CREATE SEQUENCE mine; SET ROLE regress_left_behind; SELECT nextval(''mine'')');
-- an extension's own it may count in, as its functions do, and nobody sets them
SELECT pg_temp.asked('SELECT nextval(''migrate.log_id_seq'')'), pg_temp.asked('SELECT setval(''migrate.log_id_seq'', 1)');
SELECT migrate.instead_of('nextval'::regproc, 1, 'other.s'::regclass);
-- a replay as well
SELECT migrate.revision('counts', upgrade => $$CREATE TABLE r (i int DEFAULT nextval('other.s'))$$, downgrade => 'DROP TABLE r', rev_id => 'a1');
SELECT migrate.revision('counts', upgrade => $$SELECT setval('other.s', 50)$$, downgrade => '', rev_id => 'a2');
SELECT migrate.upgrade();
SELECT last_value FROM other.s;
SELECT count(*) FROM migrate.drift();
SELECT revision, upgrade_ok, regexp_replace(detail, E'\\n.*', '') FROM migrate.verify(schemas => '{public}');
SELECT migrate.squash('a1', 'a2', 'one', '{public}', ignore_data => true);
SELECT last_value FROM other.s;

-- ------------------------------------------- tables that are not managed: no lock, and no row
CREATE TABLE other.t (i int PRIMARY KEY);
CREATE VIEW other.v AS SELECT i FROM other.t;
CREATE FUNCTION other.writes() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO other.t VALUES (1); END $$;
CREATE FUNCTION other.fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
SELECT m, pg_temp.asked(m) FROM (VALUES
	('INSERT INTO other.t VALUES (1)'), ('UPDATE other.t SET i = 1'), ('DELETE FROM other.t'), ('COPY other.t FROM ''/dev/null'''), ('INSERT INTO other.v VALUES (1)'),
	('WITH x AS (INSERT INTO other.t VALUES (1) RETURNING i) SELECT i FROM x'), ('SELECT other.writes()'),
	('DO ''BEGIN INSERT INTO other.t VALUES (1); END'''), ('DO ''BEGIN EXECUTE ''''DELETE FROM other.t''''; END'''), ('PREPARE p AS DELETE FROM other.t; EXECUTE p'),
	('TRUNCATE other.t'), ('LOCK TABLE other.t'), ('LOCK TABLE other.t IN ROW SHARE MODE'), ('LOCK TABLE other.t IN ACCESS SHARE MODE'),
	('CREATE TRIGGER g BEFORE INSERT ON other.t FOR EACH ROW EXECUTE FUNCTION other.fires()'), ('CREATE RULE r AS ON INSERT TO other.t DO ALSO SELECT 1'),
	('CREATE INDEX ON other.t (i)'), ('CREATE POLICY p ON other.t USING (true)'), ('ALTER TABLE other.t ADD j int'), ('ALTER TABLE other.t RENAME TO u'),
	('ALTER TABLE other.t SET SCHEMA public'), ('DROP TABLE other.t CASCADE'), ('ALTER SEQUENCE other.s RESTART'), ('ALTER SEQUENCE other.s RENAME TO u'),
	('SELECT * FROM other.t'), ('CREATE VIEW w AS SELECT * FROM other.t'), ('CREATE TEMP TABLE x AS SELECT * FROM other.t; INSERT INTO x VALUES (1)')) v(m);
-- a revision may put rows there; they are left out where it is tried out, since nothing compares them
SELECT migrate.remove('a2') FROM migrate.stamp('a1');
SELECT migrate.revision('rows', upgrade => 'CREATE TABLE rows (i int); INSERT INTO other.t VALUES (7)', downgrade => 'DELETE FROM other.t; DROP TABLE rows', rev_id => 'a3');
SELECT migrate.upgrade();
SELECT action, object_identity FROM migrate.drift('{public}');
SET client_min_messages = notice;
SELECT revision, upgrade_ok, downgrade_ok, detail FROM migrate.verify('a3', '{public}');
SET client_min_messages = warning;
SELECT * FROM other.t;
-- so with TRUNCATE, of which tables of its own stay, also in what it calls
SELECT migrate.revision('empties', upgrade => $$TRUNCATE other.t; INSERT INTO rows VALUES (1); TRUNCATE other.t, rows, ONLY other.t;
	DO 'BEGIN TRUNCATE other.t; TRUNCATE other.t, rows; ASSERT NOT EXISTS (SELECT FROM rows); END'; ALTER TABLE rows ADD j int NOT NULL$$,
	downgrade => 'ALTER TABLE rows DROP j; TRUNCATE other.t CASCADE', rev_id => 'a4');
SELECT migrate.stamp('a4');
SET client_min_messages = notice;
SELECT revision, upgrade_ok, downgrade_ok, detail FROM migrate.verify('a4', '{public}');
SET client_min_messages = warning;
SELECT * FROM other.t;
SELECT migrate.remove('a4') FROM migrate.stamp('a3');

-- ---------------------------------------------------------------- advisory locks
CREATE VIEW pg_temp.held AS SELECT objid, classid, objsubid, mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
SELECT pg_advisory_lock(1), pg_advisory_lock(1), pg_advisory_lock_shared(2, 3);
SELECT pg_temp.asked($$SELECT pg_advisory_lock(10), pg_advisory_lock(1, 10), pg_advisory_lock_shared(11), pg_advisory_lock_shared(1, 11), pg_advisory_xact_lock(12),
	pg_try_advisory_lock(13), pg_try_advisory_lock(1, 13), pg_try_advisory_lock_shared(14), pg_try_advisory_lock_shared(1, 14), pg_advisory_lock(1);
	DO 'BEGIN PERFORM pg_advisory_lock(15); BEGIN PERFORM pg_advisory_lock(16); RAISE ''x''; EXCEPTION WHEN OTHERS THEN NULL; END; END'$$);
SELECT pg_temp.asked($$SELECT pg_advisory_lock(10); SELECT 1 / 0$$);
SELECT * FROM pg_temp.held ORDER BY 1, 2;
-- what it has taken it can release, the caller's it cannot
SELECT pg_temp.asked($$DO 'BEGIN
	PERFORM pg_advisory_lock(20), pg_advisory_lock(20), pg_advisory_lock_shared(2, 20);
	ASSERT (SELECT count(*) FROM pg_locks WHERE locktype = ''advisory'' AND objid = 20) = 2;
	ASSERT pg_advisory_unlock(20) AND pg_advisory_unlock(20) AND NOT pg_advisory_unlock(20);
	ASSERT pg_advisory_unlock_shared(2, 20) AND NOT pg_advisory_unlock(2, 20);
	ASSERT NOT pg_advisory_unlock(1) AND NOT pg_advisory_unlock_shared(2, 3);
	PERFORM pg_advisory_lock(1);
	ASSERT pg_advisory_unlock(1) AND NOT pg_advisory_unlock(1);
	PERFORM pg_advisory_unlock_all();
END'$$);
SELECT pg_temp.asked('SELECT pg_advisory_unlock_all()');
SELECT * FROM pg_temp.held ORDER BY 1, 2;
SELECT pg_temp.asked('CREATE TABLE t (i int CHECK (pg_try_advisory_lock(i))); INSERT INTO t VALUES (1)');
SELECT pg_advisory_unlock(1), pg_advisory_unlock(1), pg_advisory_unlock(1), pg_advisory_unlock_shared(2, 3);
SELECT * FROM pg_temp.held;

-- ----------------------------------------------- prepared statements and cursors
PREPARE p AS SELECT 1 AS "the caller's";
PREPARE q AS SELECT 2 AS "the caller's";
SELECT pg_temp.asked(m) FROM (VALUES
	('PREPARE p AS SELECT 10; PREPARE r (int) AS SELECT $1; EXECUTE p; EXECUTE r (1); CREATE TABLE t AS EXECUTE r (2); EXPLAIN EXECUTE p;'),
	('PREPARE p AS SELECT 10; DEALLOCATE p; PREPARE p AS SELECT 11; DEALLOCATE ALL; PREPARE p AS SELECT 12'),
	('DEALLOCATE ALL'),
	('DO ''BEGIN EXECUTE ''''PREPARE s AS SELECT 1''''; EXECUTE ''''DEALLOCATE ALL''''; EXECUTE ''''PREPARE s AS SELECT 1''''; END'''),
	('PREPARE s AS SELECT 1; SELECT 1 / 0'),
	('DEALLOCATE p'),
	('DEALLOCATE none'),
	('EXECUTE q'),
	('PREPARE p AS SELECT 1; PREPARE p AS SELECT 2'),
	('PREPARE p AS SELECT 1; DEALLOCATE p; EXECUTE p'),
	('DO ''BEGIN EXECUTE ''''DEALLOCATE q''''; END''')) v(m);
EXECUTE p;
EXECUTE q;
SELECT name FROM pg_prepared_statements ORDER BY name;

BEGIN;
DECLARE c CURSOR FOR SELECT generate_series(1, 9);
DECLARE h CURSOR WITH HOLD FOR SELECT generate_series(1, 9);
FETCH c;
SELECT pg_temp.asked(m) FROM (VALUES
	('CLOSE c'), ('CLOSE ALL'), ('FETCH 3 FROM c'), ('MOVE LAST IN h'), ('DECLARE mine CURSOR FOR SELECT 1; FETCH mine; CLOSE mine'),
	('DECLARE mine CURSOR WITH HOLD FOR SELECT 1'), ('DECLARE mine CURSOR FOR SELECT 1; CLOSE ALL; FETCH mine'),
	('DO ''DECLARE r refcursor := ''''c''''; i int; BEGIN FETCH r INTO i; END'''),
	('DO ''DECLARE r refcursor := ''''h''''; BEGIN CLOSE r; END'''),
	('DO ''DECLARE r refcursor := ''''c''''; BEGIN MOVE NEXT FROM r; EXCEPTION WHEN OTHERS THEN NULL; END'''),
	('DO ''BEGIN EXECUTE ''''CLOSE ALL''''; END'''),
	('DISCARD PLANS')) v(m);
FETCH c;
FETCH h;
SELECT name FROM pg_cursors WHERE name IN ('c', 'h', 'mine') ORDER BY name;
COMMIT;
FETCH h;
-- the cursor of a loop that asks
DO $$
DECLARE
	i int;
	n int := 0;
BEGIN
	FOR i IN SELECT generate_series(1, 3) LOOP
		PERFORM migrate.diff('DECLARE c CURSOR FOR SELECT 1; CLOSE ALL', '{public}', true);
		n := n + i;
	END LOOP;
	RAISE WARNING '%', n;
END $$;

-- ------------------------------------------------------------ the rest of a session
CREATE TEMP TABLE kept (i int);
INSERT INTO kept VALUES (1);
LISTEN callers;
SET application_name = 'left behind';
SET work_mem = '5MB';
SELECT pg_temp.asked(m) FROM (VALUES
	('DISCARD TEMP'), ('DISCARD SEQUENCES'), ('DISCARD ALL'), ('DO ''BEGIN EXECUTE ''''DISCARD ALL''''; END'''),
	('UNLISTEN *; LISTEN models; NOTIFY models'), ('DO ''BEGIN EXECUTE ''''UNLISTEN callers''''; END'''),
	('SET SESSION work_mem = ''6MB''; RESET application_name; SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY'),
	('RESET ALL'), ('SELECT set_config(''work_mem'', ''7MB'', false)'),
	('SET SESSION AUTHORIZATION regress_left_behind; SET ROLE regress_left_behind'), ('CREATE TEMP TABLE gone (i int)'), ('SET CONSTRAINTS ALL DEFERRED')) v(m);
SELECT * FROM kept;
SELECT currval('mine');
SELECT pg_listening_channels();
SELECT current_setting('work_mem'), current_setting('application_name'), current_setting('default_transaction_read_only'),
	current_user = session_user AS "still who he was", to_regclass('pg_temp.gone');

-- ------------------------------------------------------- what the session counted last
CREATE SCHEMA tried;
SELECT nextval('mine') AS mine \gset
CREATE FUNCTION pg_temp.says(model text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM migrate.diff(model, '{tried}', true); RETURN 'ran'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate || ' ' || sqlerrm; END $$;
SELECT pg_temp.says(m), lastval() = :mine AS "lastval is kept", currval('mine') = :mine AS "currval, too" FROM (VALUES
	($$CREATE TABLE tried.t (i serial, j text); INSERT INTO tried.t DEFAULT VALUES; INSERT INTO tried.t (j) VALUES ('a'), ('b');
	   DO 'BEGIN IF (lastval(), currval(''tried.t_i_seq''), (SELECT array_agg(i) FROM tried.t)) <> (3, 3, ''{1,2,3}''::int[]) THEN RAISE ''%'', lastval(); END IF; END'$$),
	($$CREATE TABLE tried.t (i int GENERATED BY DEFAULT AS IDENTITY (START 5 INCREMENT -3 MINVALUE 0 MAXVALUE 9 CYCLE), k smallint GENERATED BY DEFAULT AS IDENTITY);
	   INSERT INTO tried.t DEFAULT VALUES; INSERT INTO tried.t VALUES (DEFAULT, DEFAULT), (DEFAULT, 77); INSERT INTO tried.t SELECT;
	   DO 'BEGIN IF (lastval(), (SELECT array_agg(i) FROM tried.t), (SELECT array_agg(k) FROM tried.t)) <> (3, ''{5,2,9,6}''::int[], ''{1,2,77,3}''::smallint[]) THEN RAISE ''%'', lastval(); END IF; END'$$),
	($$CREATE SEQUENCE tried.s MAXVALUE 2; SELECT nextval('tried.s'), nextval('tried.s'), nextval('tried.s')$$),
	($$CREATE SEQUENCE tried.s INCREMENT -1 MINVALUE -2; SELECT nextval('tried.s'), nextval('tried.s'), nextval('tried.s')$$),
	($$CREATE SEQUENCE tried.s START 9223372036854775807; SELECT nextval('tried.s'), nextval('tried.s')$$),
	($$CREATE SEQUENCE tried.s CACHE 10; SELECT nextval('tried.s'); SELECT setval('tried.s', 40); DO 'BEGIN IF lastval() <> 40 OR nextval(''tried.s'') <> 41 THEN RAISE ''%'', lastval(); END IF; END'$$),
	($$CREATE SEQUENCE tried.s; SELECT setval('tried.s', 40, false); DO 'BEGIN IF nextval(''tried.s'') <> 40 THEN RAISE ''%'', lastval(); END IF; END'$$),
	($$CREATE SEQUENCE tried.s; SELECT nextval('tried.s'); DROP SEQUENCE tried.s; SELECT lastval()$$),
	($$CREATE TABLE tried.t (i int); INSERT INTO tried.t VALUES (1); CREATE SEQUENCE tried.s; SELECT nextval('tried.s'); SELECT lastval()$$),
	($$CREATE SEQUENCE tried.s; GRANT USAGE ON SCHEMA tried TO regress_left_behind; GRANT USAGE ON SEQUENCE tried.s TO regress_left_behind; SET ROLE regress_left_behind; SELECT nextval('tried.s')$$),
	($$CREATE SEQUENCE tried.s; GRANT USAGE ON SCHEMA tried TO regress_left_behind; SET ROLE regress_left_behind; SELECT nextval('tried.s')$$)) v(m);

-- -------------------------------------------------- what the transaction has deferred
CREATE TABLE other.a (i int PRIMARY KEY);
CREATE TABLE other.b (i int CONSTRAINT later REFERENCES other.a DEFERRABLE INITIALLY DEFERRED);
SELECT $$CREATE TABLE tried.a (i int PRIMARY KEY); CREATE TABLE tried.b (i int CONSTRAINT later REFERENCES tried.a DEFERRABLE INITIALLY DEFERRED, j int UNIQUE DEFERRABLE);$$ AS tables \gset
BEGIN;
INSERT INTO other.b VALUES (1);
SELECT m, pg_temp.says(:'tables' || m) FROM (VALUES
	(''),
	('INSERT INTO tried.b VALUES (1); INSERT INTO tried.a VALUES (1); SET CONSTRAINTS ALL IMMEDIATE'),
	('INSERT INTO tried.b VALUES (1); SET CONSTRAINTS ALL IMMEDIATE; INSERT INTO tried.a VALUES (1)'),
	('INSERT INTO tried.b VALUES (1)'),
	('SET CONSTRAINTS tried.later IMMEDIATE; INSERT INTO tried.b VALUES (1); INSERT INTO tried.a VALUES (1)'),
	('DO ''BEGIN SET CONSTRAINTS ALL IMMEDIATE; INSERT INTO tried.b VALUES (1); INSERT INTO tried.a VALUES (1); END'''),
	('SET CONSTRAINTS ALL DEFERRED; INSERT INTO tried.b VALUES (NULL, 1), (NULL, 1); UPDATE tried.b SET j = NULL'),
	('INSERT INTO tried.b VALUES (NULL, 1), (NULL, 1)'),
	('DROP TABLE tried.b, tried.a; SET CONSTRAINTS ALL IMMEDIATE')) v(m);
INSERT INTO other.a VALUES (1);
COMMIT;
BEGIN;
INSERT INTO other.b VALUES (2);
SELECT pg_temp.says(:'tables');
\set VERBOSITY terse
SET CONSTRAINTS ALL IMMEDIATE;
\set VERBOSITY default
ROLLBACK;
DROP SCHEMA tried;

UNLISTEN *;
DEALLOCATE ALL;
CLOSE ALL;
DROP TABLE r, rows, kept;
DROP SEQUENCE mine;
REVOKE ALL ON DATABASE :"db" FROM regress_left_behind;
DROP EXTENSION migrate_ext;
DROP SCHEMA other CASCADE;
DROP ROLE regress_left_behind;
