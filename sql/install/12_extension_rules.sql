-- What extensions run by themselves, and how it is made again: one row for each extension.  Ours are the
-- rows that are shipped; those that users add are configuration, which pg_dump carries.
-- The queries run as the owner of the table, with pg_catalog as search_path.

CREATE TABLE migrate.extension_rules (
	extension    text COLLATE "C" PRIMARY KEY,
	own_triggers boolean NOT NULL DEFAULT false,
	own_tables   text,
	made_again   text,
	shipped      boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('migrate.extension_rules', 'WHERE NOT shipped');

COMMENT ON TABLE migrate.extension_rules IS 'what extensions run by themselves: comparisons leave it alone; add a row for an extension that is not here';
COMMENT ON COLUMN migrate.extension_rules.extension IS 'name of the extension';
COMMENT ON COLUMN migrate.extension_rules.own_triggers IS 'triggers that call its functions are made and dropped by the extension itself';
COMMENT ON COLUMN migrate.extension_rules.own_tables IS 'query of the OIDs of tables and views that it makes and drops by itself: chunks, shards, partitions; @extschema@ is its schema';
COMMENT ON COLUMN migrate.extension_rules.made_again IS 'query of the tables that it runs: OID, and the SQL, without its last semicolon, that makes the bare table such a one; NULL where that is to be written by hand';
COMMENT ON COLUMN migrate.extension_rules.shipped IS 'the row is of migrate_ext itself; change it, and it is neither dumped nor kept by an update';

INSERT INTO migrate.extension_rules (extension, own_triggers, own_tables, made_again, shipped) VALUES
('timescaledb', true,
-- chunks, and the views of continuous aggregates, which it refreshes
$$SELECT c.oid FROM _timescaledb_catalog.chunk k
  JOIN pg_namespace n ON n.nspname = k.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = k.table_name
UNION ALL
SELECT c.oid FROM _timescaledb_catalog.continuous_agg a
  JOIN pg_namespace n ON n.nspname = a.user_view_schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.user_view_name$$,
$$SELECT c.oid, string_agg(
    CASE WHEN d.partitioning_func IS NOT NULL AND d.partitioning_func <> 'get_partition_hash' THEN NULL
    WHEN d.is_first THEN format('SELECT @extschema@.create_hypertable(%L, %L, chunk_time_interval => %s::bigint, create_default_indexes => false)',
      format('%I.%I', h.schema_name, h.table_name), d.column_name, d.interval_length)
    WHEN d.num_slices IS NOT NULL THEN format('SELECT @extschema@.add_dimension(%L, %L, number_partitions => %s)',
      format('%I.%I', h.schema_name, h.table_name), d.column_name, d.num_slices)
    ELSE format('SELECT @extschema@.add_dimension(%L, %L, chunk_time_interval => %s::bigint)',
      format('%I.%I', h.schema_name, h.table_name), d.column_name, d.interval_length) END, E';\n' ORDER BY d.id)
 FROM _timescaledb_catalog.hypertable h
 JOIN (SELECT *, row_number() OVER (PARTITION BY hypertable_id ORDER BY id) = 1 AS is_first FROM _timescaledb_catalog.dimension) d
   ON d.hypertable_id = h.id
 JOIN pg_namespace n ON n.nspname = h.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = h.table_name
 GROUP BY c.oid, h.id
UNION ALL
SELECT c.oid, NULL FROM _timescaledb_catalog.continuous_agg a
  JOIN pg_namespace n ON n.nspname = a.user_view_schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.user_view_name
ORDER BY 1$$, true),
('citus', true,
$$SELECT c.oid FROM pg_class c
 WHERE c.relkind IN ('r', 'p', 'f') AND c.relname ~ '_[0-9]+$' AND EXISTS (SELECT FROM pg_dist_shard) AND relation_is_a_known_shard(c.oid)$$,
-- reference tables, distributed ones, those that only the coordinator has; what is in one colocation is made after its first
$$SELECT p.logicalrelid::oid,
    CASE WHEN p.partmethod = 'h' THEN format('SELECT create_distributed_table(%L, %L, %s)', p.name,
      column_to_column_name(p.logicalrelid, p.partkey),
      CASE WHEN p.name <> p.first THEN format('colocate_with => %L', p.first)
        ELSE format('colocate_with => ''none'', shard_count => %s', (SELECT count(*) FROM pg_dist_shard s WHERE s.logicalrelid = p.logicalrelid)) END)
    WHEN p.partmethod = 'n' AND p.repmodel = 't' THEN format('SELECT create_reference_table(%L)', p.name)
    WHEN p.partmethod = 'n' AND p.repmodel = 's' THEN format('SELECT citus_add_local_table_to_metadata(%L)', p.name) END
 FROM (SELECT d.*, format('%I.%I', n.nspname, c.relname) AS name,
         first_value(format('%I.%I', n.nspname, c.relname)) OVER (PARTITION BY d.colocationid ORDER BY n.nspname, c.relname) AS first
       FROM pg_dist_partition d JOIN pg_class c ON c.oid = d.logicalrelid JOIN pg_namespace n ON n.oid = c.relnamespace) p
 ORDER BY p.name <> p.first, p.name COLLATE "C"$$, true),
('pg_partman', false,
$$WITH RECURSIVE child AS (
  SELECT i.inhrelid FROM @extschema@.part_config c JOIN pg_inherits i ON i.inhparent = to_regclass(c.parent_table)
  UNION SELECT i.inhrelid FROM child JOIN pg_inherits i ON i.inhparent = child.inhrelid)
SELECT inhrelid FROM child
UNION SELECT to_regclass(c.template_table) FROM @extschema@.part_config c$$,
-- a set of partitions that are partitioned themselves is not written
$$SELECT to_regclass(c.parent_table)::oid,
    CASE WHEN s.sub_parent IS NULL THEN
      format('SELECT @extschema@.create_parent(p_parent_table => %L, p_control => %L, p_type => %L, p_interval => %L, p_epoch => %L, p_premake => %s, p_automatic_maintenance => %L)',
        c.parent_table, c.control, c.partition_type, c.partition_interval, c.epoch, c.premake, c.automatic_maintenance) ||
      CASE WHEN c.retention IS NULL AND NOT c.infinite_time_partitions THEN '' ELSE
        format(E';\nUPDATE @extschema@.part_config SET retention = %L, retention_schema = %L, retention_keep_table = %L, retention_keep_index = %L, infinite_time_partitions = %L WHERE parent_table = %L',
        c.retention, c.retention_schema, c.retention_keep_table, c.retention_keep_index, c.infinite_time_partitions, c.parent_table) END END
 FROM @extschema@.part_config c LEFT JOIN @extschema@.part_config_sub s ON s.sub_parent = c.parent_table
 WHERE NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = to_regclass(c.parent_table)) ORDER BY 1$$, true),
('periods', true, NULL,
$$SELECT p.table_name::oid, NULL FROM @extschema@.periods p$$, true),
('pglogical', true, NULL, NULL, true),
('pg_repack', true, NULL, NULL, true);
