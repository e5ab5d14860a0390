-- What functions of a revision write to tables that are not managed, or lock of them, is left out of a replay: no
-- lock stays on those, and rows that are there are not met.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA app;
CREATE SCHEMA far;
CREATE TABLE far.t (i int PRIMARY KEY, v text DEFAULT 'x');
CREATE TABLE far.audit (n bigint GENERATED ALWAYS AS IDENTITY, what text);
CREATE TABLE far.p (i int) PARTITION BY LIST (i);
CREATE TABLE far.p1 PARTITION OF far.p FOR VALUES IN (1);
CREATE VIEW far.v AS SELECT * FROM far.t;
CREATE FUNCTION far.audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO far.audit (what) VALUES (tg_op); RETURN NULL; END';
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON far.t EXECUTE FUNCTION far.audit();
INSERT INTO far.t VALUES (1), (2);
INSERT INTO far.p VALUES (1);
CREATE FUNCTION far.in_sql() RETURNS void LANGUAGE sql AS 'INSERT INTO far.t VALUES (1); DELETE FROM far.p';
CREATE FUNCTION far.set_in_sql() RETURNS SETOF int LANGUAGE sql AS 'UPDATE far.t SET i = 1 RETURNING i';
CREATE FUNCTION far.lock_in_sql() RETURNS SETOF int LANGUAGE sql AS 'SELECT i FROM far.t ORDER BY i FOR UPDATE';
CREATE FUNCTION far.in_plpgsql() RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO far.t VALUES (1); END';
CREATE FUNCTION far.written() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO far.t VALUES (1); RETURN new; END';
CREATE FUNCTION far.locked() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lock record;
BEGIN
	FOR lock IN SELECT DISTINCT c.oid::regclass AS relation, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
		WHERE l.pid = pg_backend_pid() AND c.relnamespace = 'far'::regnamespace AND l.mode <> 'AccessShareLock'
	LOOP
		RAISE WARNING '% is locked: %', lock.relation, lock.mode;
	END LOOP;
END $$;
-- plans made before it are not used in it
SELECT far.in_plpgsql() FROM generate_series(1, 0);
CREATE TABLE row_ways (n int GENERATED ALWAYS AS IDENTITY, up text);
INSERT INTO row_ways (up) VALUES
	('SELECT far.in_sql()'),
	('SELECT 1 WHERE EXISTS (SELECT FROM far.set_in_sql()); CREATE TABLE app.c AS SELECT * FROM far.set_in_sql()'),
	('CREATE TABLE app.c AS SELECT * FROM far.lock_in_sql()'),
	('SELECT far.in_plpgsql(), far.in_plpgsql()'),
	('DO $$ DECLARE n int; BEGIN INSERT INTO far.t VALUES (1) RETURNING i INTO n; IF n IS NOT NULL OR FOUND THEN RAISE ''%'', n; END IF; END $$'),
	('DO $$ BEGIN INSERT INTO far.t SELECT i FROM far.t; DELETE FROM far.p; UPDATE far.p SET i = 2; END $$'),
	('DO $$ BEGIN INSERT INTO far.t VALUES (1) ON CONFLICT (i) DO UPDATE SET v = ''y''; END $$'),
	('DO $$ BEGIN WITH x AS (DELETE FROM far.t RETURNING i) INSERT INTO far.p SELECT i FROM x; END $$'),
	('DO $$ BEGIN EXECUTE format(''INSERT INTO far.%I VALUES ($1)'', ''t'') USING 1; EXECUTE ''DELETE FROM far.t''; END $$'),
	('DO $$ DECLARE r record; BEGIN FOR r IN UPDATE far.t SET i = i RETURNING i LOOP RAISE ''%'', r; END LOOP; END $$'),
	('DO $$ DECLARE n int := 0; r record; BEGIN FOR r IN SELECT i FROM far.t FOR UPDATE LOOP n := n + r.i; END LOOP; IF n <> 3 THEN RAISE ''%'', n; END IF; END $$'),
	('DO $$ DECLARE c CURSOR FOR SELECT i FROM far.t ORDER BY i FOR SHARE; n int; BEGIN OPEN c; FETCH LAST FROM c INTO n; IF n <> 2 THEN RAISE ''%'', n; END IF; CLOSE c; END $$'),
	('DO $$ BEGIN PERFORM FROM far.v FOR UPDATE; PERFORM FROM (SELECT * FROM far.t FOR UPDATE) q; END $$'),
	('DO $$ BEGIN CREATE TABLE app.c AS SELECT * FROM far.t FOR UPDATE; EXECUTE ''CREATE TABLE app.d AS SELECT * FROM far.t FOR UPDATE''; END $$'),
	('CREATE TABLE app.c (i int); CREATE TRIGGER g BEFORE INSERT ON app.c FOR EACH ROW EXECUTE FUNCTION far.written(); INSERT INTO app.c VALUES (1)'),
	('PREPARE x AS INSERT INTO far.t VALUES (1); EXECUTE x; EXPLAIN ANALYZE EXECUTE x; DEALLOCATE x'),
	('EXPLAIN ANALYZE INSERT INTO far.t VALUES (1); DO $$ DECLARE s text; BEGIN EXECUTE ''EXPLAIN ANALYZE DELETE FROM far.t'' INTO s; END $$'),
	-- by a view the table would be locked: refused
	('DO $$ BEGIN DELETE FROM far.v; END $$'),
	('CREATE VIEW app.v AS SELECT * FROM far.t; DO $$ BEGIN INSERT INTO app.v VALUES (1); END $$'),
	('INSERT INTO far.v VALUES (1); CREATE VIEW app.v AS SELECT * FROM far.t; DO $$ BEGIN PERFORM FROM app.v FOR UPDATE; END $$'),
	-- its own tables are written and locked
	('CREATE TABLE app.c (i int); DO $$ BEGIN INSERT INTO app.c SELECT i FROM far.t; IF (SELECT count(*) FROM app.c) <> 2 THEN RAISE ''none''; END IF; PERFORM FROM app.c FOR UPDATE; END $$');
SELECT migrate.revision('way', up || '; SELECT far.locked()', 'DROP SCHEMA app CASCADE; CREATE SCHEMA app', head => '{base}', splice => true, rev_id => 'way' || n) IS NULL AS missing
	FROM row_ways GROUP BY 1;
SELECT n, up_ok, split_part(detail, E'\n', 1) AS detail FROM row_ways, LATERAL (SELECT upgrade_ok AND downgrade_ok AND round_trip_ok, detail FROM migrate.verify('way' || n, '{app}')) v(up_ok, detail) ORDER BY n;
SELECT count(*) FILTER (WHERE v = 'x') AS t, (SELECT count(*) FROM far.audit) AS "one for the first INSERT and the function", (SELECT count(*) FROM far.p) AS p FROM far.t;
-- and outside they do what they say
SELECT far.in_sql();
DO $$ BEGIN DELETE FROM far.t; END $$;
SELECT far.in_plpgsql();
SELECT * FROM far.t;

DROP TABLE row_ways;
DROP SCHEMA app, far CASCADE;
