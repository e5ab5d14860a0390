-- What migrate_ext reads of Citus, and what a revision calls.  Names and columns are Citus' own; the code is not.
CREATE SCHEMA citus;
CREATE TYPE citus.distribution_type AS ENUM ('hash', 'range', 'append');
CREATE TABLE citus.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod "char", partkey text, colocationid int, repmodel "char");
CREATE TABLE citus.pg_dist_shard (logicalrelid regclass, shardid bigint PRIMARY KEY);
CREATE TABLE citus.pg_dist_node (nodeid int PRIMARY KEY, groupid int, nodename text, nodeport int);
CREATE TABLE citus.pg_dist_local_group (groupid int);
CREATE SEQUENCE citus.pg_dist_shardid_seq START 102008;
INSERT INTO citus.pg_dist_local_group VALUES (0);
ALTER TABLE citus.pg_dist_partition SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_shard SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_node SET SCHEMA pg_catalog;
ALTER TABLE citus.pg_dist_local_group SET SCHEMA pg_catalog;
ALTER SEQUENCE citus.pg_dist_shardid_seq SET SCHEMA pg_catalog;
GRANT SELECT ON pg_catalog.pg_dist_partition, pg_catalog.pg_dist_shard, pg_catalog.pg_dist_node, pg_catalog.pg_dist_local_group TO PUBLIC;

CREATE FUNCTION pg_catalog.citus_set_coordinator_host(host text, port int DEFAULT 5432) RETURNS void LANGUAGE sql AS
	'INSERT INTO pg_dist_node VALUES (1, 0, host, port)';
CREATE FUNCTION pg_catalog.citus_add_node(nodename text, nodeport int) RETURNS int LANGUAGE sql AS $$
	INSERT INTO pg_dist_node SELECT coalesce(max(nodeid), 1) + 1, coalesce(max(groupid), 0) + 1, $1, $2 FROM pg_dist_node RETURNING nodeid $$;
CREATE FUNCTION pg_catalog.column_to_column_name(table_name regclass, column_var_text text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $2';
CREATE FUNCTION pg_catalog.create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO pg_dist_partition VALUES (table_name, 'n', NULL, 2, 't');
	INSERT INTO pg_dist_shard VALUES (table_name, nextval('pg_dist_shardid_seq')); END $$;
CREATE FUNCTION pg_catalog.create_distributed_table(table_name regclass, distribution_column text, distribution_type citus.distribution_type DEFAULT 'hash',
	colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO pg_dist_partition VALUES (table_name, 'h', distribution_column, CASE WHEN colocate_with IN ('none', 'default')
		THEN (SELECT 1 + coalesce(max(colocationid), 2) FROM pg_dist_partition WHERE partmethod = 'h')
		ELSE (SELECT colocationid FROM pg_dist_partition WHERE logicalrelid = colocate_with::regclass) END, 's');
	INSERT INTO pg_dist_shard SELECT table_name, nextval('pg_dist_shardid_seq') FROM generate_series(1, coalesce(shard_count, 32)); END $$;
-- not in SQL, as Citus' own is not: a review calls no such function.  Read as a number, the bits of a float8 are exabytes.
CREATE FUNCTION pg_catalog.citus_total_relation_size(logicalrelid regclass, fail_on_error boolean DEFAULT true) RETURNS bigint LANGUAGE internal STRICT AS 'i8tod';
CREATE FUNCTION citus.forget_dropped() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
	DELETE FROM pg_dist_shard WHERE logicalrelid IN (SELECT objid FROM pg_event_trigger_dropped_objects() WHERE classid = 'pg_class'::regclass);
	DELETE FROM pg_dist_partition WHERE logicalrelid IN (SELECT objid FROM pg_event_trigger_dropped_objects() WHERE classid = 'pg_class'::regclass); END $$;
CREATE EVENT TRIGGER citus_cascade_to_partition ON sql_drop EXECUTE FUNCTION citus.forget_dropped();
-- on the workers there may be no index that failed here
CREATE FUNCTION citus.drop_is_careful() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
	IF EXISTS (SELECT FROM pg_dist_node WHERE groupid <> 0) AND current_query() ~* 'DROP INDEX CONCURRENTLY' AND current_query() !~* 'IF EXISTS'
		AND EXISTS (SELECT FROM pg_index WHERE NOT indisvalid) THEN
		RAISE EXCEPTION 'index does not exist on the workers';
	END IF; END $$;
CREATE EVENT TRIGGER stand_in_drop_index ON ddl_command_start WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION citus.drop_is_careful();
CREATE VIEW citus.citus_tables AS SELECT logicalrelid AS table_name, CASE partmethod WHEN 'h' THEN 'distributed' ELSE 'reference' END AS citus_table_type,
	coalesce(partkey, '<none>') AS distribution_column FROM pg_catalog.pg_dist_partition;
ALTER VIEW citus.citus_tables SET SCHEMA pg_catalog;
