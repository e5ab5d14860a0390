-- What 19 has and 18 has not: skipped on an older server.  Nothing is printed but what is wrong.
SELECT current_database() AS db, current_setting('server_version_num')::int >= 190000 AS has_19 \gset
CREATE DATABASE regress_migrate_newer;
\c regress_migrate_newer
SET client_min_messages = error;
CREATE EXTENSION migrate_ext;

-- run by diff_sql(), the old schema becomes the new one, and back again
CREATE PROCEDURE pg_temp.both_ways(a text, b text) LANGUAGE plpgsql AS $$
DECLARE
	model text;
	sql text;
	rest text;
BEGIN
	EXECUTE a;
	FOREACH model IN ARRAY ARRAY[b, a, b] LOOP
		sql := migrate.diff_sql('CREATE EXTENSION migrate_ext;' || model, '{*}', allow_empty => true);
		EXECUTE sql;
		rest := migrate.diff_sql('CREATE EXTENSION migrate_ext;' || model, '{*}', allow_empty => true);
		IF sql = '' OR rest <> '' THEN
			RAISE INFO 'to %: %, and then: %', model, sql, rest;
		END IF;
	END LOOP;
	ROLLBACK;
END $$;
\if :has_19
-- all sequences, and all tables but some
CALL pg_temp.both_ways('CREATE PUBLICATION p', 'CREATE PUBLICATION p FOR ALL SEQUENCES');
CALL pg_temp.both_ways('CREATE PUBLICATION p FOR ALL TABLES', 'CREATE PUBLICATION p FOR ALL TABLES, ALL SEQUENCES');
CALL pg_temp.both_ways('CREATE TABLE t (i int); CREATE PUBLICATION p FOR ALL TABLES EXCEPT (TABLE t)',
	'CREATE TABLE t (i int); CREATE TABLE "U u" (i int); CREATE PUBLICATION p FOR ALL TABLES EXCEPT (TABLE t, TABLE "U u"), ALL SEQUENCES');
CALL pg_temp.both_ways('CREATE TABLE t (i int); CREATE PUBLICATION p FOR ALL TABLES EXCEPT (TABLE t)',
	'CREATE TABLE u (i int); CREATE PUBLICATION p FOR ALL TABLES EXCEPT (TABLE u)');
CALL pg_temp.both_ways('CREATE TABLE t (i int); CREATE PUBLICATION p FOR ALL TABLES',
	'CREATE TABLE t (i int); CREATE PUBLICATION p FOR ALL TABLES EXCEPT (TABLE t)');
-- a wrapper that gives connections, and subscriptions by them
\set server 'CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING FOR CURRENT_USER SERVER s;'
\set server :server 'CREATE SERVER "S t" FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING FOR CURRENT_USER SERVER "S t";'
\set sub ' PUBLICATION a WITH (connect = false, slot_name = NONE'
CALL pg_temp.both_ways(:'server', :'server' || $$CREATE SUBSCRIPTION regress_migrate_a SERVER s $$ || :'sub' || ')');
CALL pg_temp.both_ways(:'server' || 'CREATE SUBSCRIPTION regress_migrate_a SERVER s ' || :'sub' || ')',
	:'server' || 'CREATE SUBSCRIPTION regress_migrate_a SERVER "S t"' || :'sub' || ')');
CALL pg_temp.both_ways(:'server' || 'CREATE SUBSCRIPTION regress_migrate_a SERVER s ' || :'sub' || ')',
	:'server' || $$CREATE SUBSCRIPTION regress_migrate_a CONNECTION 'dbname=none'$$ || :'sub' || ')');
CALL pg_temp.both_ways(:'server' || 'CREATE SUBSCRIPTION regress_migrate_a SERVER s ' || :'sub' || ')',
	:'server' || 'CREATE SUBSCRIPTION regress_migrate_a SERVER s ' || :'sub' ||
	$$, max_retention_duration = 7, wal_receiver_timeout = '9s')$$);
CALL pg_temp.both_ways('SELECT 1', :'server' || 'CREATE SUBSCRIPTION regress_migrate_a SERVER s ' || :'sub' || ')');
\set wrapper 'CREATE EXTENSION postgres_fdw; CREATE FOREIGN DATA WRAPPER w'
CALL pg_temp.both_ways(:'wrapper', :'wrapper' || ' CONNECTION postgres_fdw_connection');
CALL pg_temp.both_ways('SELECT 1', :'wrapper' || ' CONNECTION postgres_fdw_connection');
\endif

-- drift() where a subscription has no connection of its own
\if :has_19
CREATE EXTENSION postgres_fdw;
CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw;
CREATE USER MAPPING FOR CURRENT_USER SERVER s;
CREATE SUBSCRIPTION regress_migrate_a SERVER s PUBLICATION a WITH (connect = false, slot_name = NONE);
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM migrate.drift('{*}') WHERE object_identity = 'regress_migrate_a') THEN
		RAISE INFO 'the subscription is not found';
	END IF;
END $$;
DROP SUBSCRIPTION regress_migrate_a;
DROP EXTENSION postgres_fdw CASCADE;
\endif

-- how a statement can be run
CREATE PROCEDURE pg_temp.mode(sql text, expected text) LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	PERFORM migrate.revision('m', sql, rev_id => 'm1');
	SELECT upgrade_mode INTO found FROM migrate.revisions WHERE revision = 'm1';
	IF found <> expected THEN
		RAISE INFO '%: %', sql, found;
	END IF;
	ROLLBACK;
END $$;
\if :has_19
CALL pg_temp.mode('REPACK t', 'transaction');
CALL pg_temp.mode('REPACK t USING INDEX i', 'transaction');
CALL pg_temp.mode('REPACK (CONCURRENTLY false) t', 'transaction');
CALL pg_temp.mode('REPACK (CONCURRENTLY) t', 'autocommit');
CALL pg_temp.mode('REPACK (CONCURRENTLY, ANALYZE) t', 'autocommit');
CALL pg_temp.mode('REPACK', 'autocommit');
-- and they run
CREATE TABLE t (i int PRIMARY KEY);
INSERT INTO t SELECT generate_series(1, 100);
SELECT migrate.revision('repack', 'REPACK t; REPACK (CONCURRENTLY) t; REPACK t USING INDEX t_pkey; CLUSTER t USING t_pkey; CLUSTER',
	rev_id => 'r1') = 'r1' AS ok \gset
CALL migrate.deploy();
DO $$
BEGIN
	IF (SELECT c FROM migrate.current() AS c) <> 'r1' OR (SELECT count(*) FROM t) <> 100 THEN
		RAISE INFO 'not deployed';
	END IF;
	BEGIN
		PERFORM migrate.revision('wait', 'WAIT FOR LSN ''0/1''');
		RAISE INFO 'written';
	EXCEPTION WHEN OTHERS THEN
		IF SQLERRM NOT LIKE 'WAIT FOR in the upgrade%' THEN
			RAISE;
		END IF;
	END;
END $$;
\endif
\c :"db"
DROP DATABASE regress_migrate_newer;
