/*
 * shipped_rules.c
 *		What we know of extensions that run tables: data, and nothing but data.
 *
 * A query runs as the caller, with pg_catalog as search_path, and reads what belongs to its
 * extension and the catalogs.  extension_rules.h says what it returns.  Whose the triggers are that
 * call an extension's functions is said where it is known: of the others left_triggers.h says more.
 */
#include "postgres.h"

#include "snapshot/extension_rules.h"

/* ------------------------------------------------------------- pg_partman 4, 5 */

#define PARTMAN_PARENTS \
	" FROM @extschema@.part_config c" \
	" JOIN pg_namespace n ON n.nspname = split_part(c.parent_table, '.', 1)" \
	" JOIN pg_class p ON p.relnamespace = n.oid AND p.relname = split_part(c.parent_table, '.', 2)" \
	" LEFT JOIN pg_namespace tn ON tn.nspname = split_part(c.template_table, '.', 1)" \
	" LEFT JOIN pg_class t ON t.relnamespace = tn.oid AND t.relname = split_part(c.template_table, '.', 2)" \
	" LEFT JOIN pg_extension x ON x.extname = 'pg_partman' AND x.extnamespace = tn.oid"

/* The template that create_parent() makes by itself is in its schema. */
#define PARTMAN_OWNS \
	"SELECT 'pg_class'::regclass::oid, t.oid" PARTMAN_PARENTS \
	" WHERE x.oid IS NOT NULL AND t.oid IS NOT NULL"

#define PARTMAN_PARTITIONED "SELECT p.oid" PARTMAN_PARENTS

/* What is set in part_config after create_parent(). */
#define PARTMAN_SETTINGS \
	" LEFT JOIN LATERAL (SELECT string_agg(format('%I = %L', a.attname, to_jsonb(c) ->> a.attname), ', ' ORDER BY a.attname) AS changed" \
	" FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum" \
	" WHERE a.attrelid = '@extschema@.part_config'::regclass AND a.attname IN ('retention', 'retention_schema'," \
	" 'retention_keep_table', 'retention_keep_index', 'infinite_time_partitions', 'inherit_privileges'," \
	" 'optimize_constraint', 'constraint_valid', 'ignore_default_data')" \
	" AND (to_jsonb(c) ->> a.attname) IS DISTINCT FROM pg_get_expr(d.adbin, d.adrelid)) k ON true"

/*
 * By hand: partitions that are partitioned themselves, tables with triggers instead of partitions,
 * encoders, and what has been made of the template.
 */
#define PARTMAN_RUNS \
	"SELECT p.oid, 'set of partitions'," \
	" CASE WHEN s.sub_parent IS NULL AND c.partition_type <> 'partman' AND to_jsonb(c) ->> 'time_encoder' IS NULL" \
	" AND (x.oid IS NULL OR NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid)) THEN array_remove(ARRAY[" \
	" format('SELECT @extschema@.create_parent(p_parent_table => %L, p_control => %L, p_type => %L, p_interval => %L" \
	", p_epoch => %L, p_premake => %s, p_automatic_maintenance => %L, p_jobmon => %L%s%s%s%s)'," \
	" c.parent_table, c.control, c.partition_type, c.partition_interval, c.epoch, c.premake, c.automatic_maintenance, c.jobmon," \
	" CASE WHEN c.constraint_cols IS NOT NULL THEN format(', p_constraint_cols => %L', c.constraint_cols) END," \
	" CASE WHEN x.oid IS NULL THEN format(', p_template_table => %L', c.template_table) END," \
	" CASE WHEN to_jsonb(c) ->> 'inherit_fk' = 'false' THEN ', p_inherit_fk => false' END," \
	" CASE WHEN to_jsonb(c) ->> 'publications' IS NOT NULL THEN format(', p_publications => %L'," \
	" ARRAY(SELECT jsonb_array_elements_text(to_jsonb(c) -> 'publications'))) END)," \
	" CASE WHEN k.changed IS NOT NULL THEN" \
	" format('UPDATE @extschema@.part_config SET %s WHERE parent_table = %L', k.changed, c.parent_table) END], NULL) END," \
	" array_remove(ARRAY[format('DELETE FROM @extschema@.part_config WHERE parent_table = %L', c.parent_table)," \
	" CASE WHEN x.oid IS NOT NULL THEN format('DROP TABLE %I.%I', tn.nspname, t.relname) END], NULL), false" \
	PARTMAN_PARENTS PARTMAN_SETTINGS \
	" LEFT JOIN @extschema@.part_config_sub s ON s.sub_parent = c.parent_table" \
	" WHERE NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = p.oid)" \
	" ORDER BY c.parent_table COLLATE \"C\""

/* --------------------------------------------------------------------- periods */

#define PERIODS_OWNS \
	"SELECT 'pg_class'::regclass::oid, view_name::oid FROM periods.system_versioning" \
	" UNION ALL SELECT 'pg_class'::regclass, view_name FROM periods.for_portion_views" \
	" UNION ALL SELECT 'pg_proc'::regclass, to_regprocedure(f) FROM periods.system_versioning v," \
	" unnest(ARRAY[v.func_as_of, v.func_between, v.func_between_symmetric, v.func_from_to]) f"

/* The history is a table like others: it has indexes and grants of the user's. */
#define PERIODS_RUNS \
	"SELECT relid, what, ARRAY[made], ARRAY[undone], false FROM (" \
	" SELECT p.table_name::oid AS relid, 1 AS phase, 'period ' || quote_ident(p.period_name) AS what," \
	" CASE WHEN s.table_name IS NULL THEN format('SELECT periods.add_period(%L, %L, %L, %L, %L, %L)'," \
	" p.table_name, p.period_name, p.start_column_name, p.end_column_name, p.range_type, p.bounds_check_constraint)" \
	" ELSE format('SELECT periods.add_system_time_period(%L, %L, %L, %L, %L, %L, %L, %L, %L)'," \
	" p.table_name, p.start_column_name, p.end_column_name, p.bounds_check_constraint, s.infinity_check_constraint," \
	" s.generated_always_trigger, s.write_history_trigger, s.truncate_trigger, s.excluded_column_names) END AS made," \
	" format('SELECT periods.drop_period(%L, %L, ''CASCADE'')', p.table_name, p.period_name) AS undone" \
	" FROM periods.periods p LEFT JOIN periods.system_time_periods s USING (table_name, period_name)" \
	" UNION ALL SELECT table_name, 2, 'view for portion of ' || quote_ident(period_name)," \
	" format('SELECT periods.add_for_portion_view(%L, %L)', table_name, period_name)," \
	" format('SELECT periods.drop_for_portion_view(%L, %L, ''CASCADE'')', table_name, period_name)" \
	" FROM periods.for_portion_views" \
	" UNION ALL SELECT table_name, 3, 'unique key ' || quote_ident(key_name)," \
	" format('SELECT periods.add_unique_key(%L, %L, %L, %L, %L, %L)'," \
	" table_name, column_names, period_name, key_name, unique_constraint, exclude_constraint)," \
	" format('SELECT periods.drop_unique_key(%L, %L, ''CASCADE'')', table_name, key_name)" \
	" FROM periods.unique_keys" \
	" UNION ALL SELECT table_name, 4, 'foreign key ' || quote_ident(key_name)," \
	" format('SELECT periods.add_foreign_key(%L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L)'," \
	" table_name, column_names, period_name, unique_key, match_type, update_action, delete_action, key_name," \
	" fk_insert_trigger, fk_update_trigger, uk_update_trigger, uk_delete_trigger)," \
	" format('SELECT periods.drop_foreign_key(%L, %L)', table_name, key_name)" \
	" FROM periods.foreign_keys" \
	" UNION ALL SELECT v.table_name, 5, 'system versioning'," \
	" format('SELECT periods.add_system_versioning(%L, %L, %L, %L, %L, %L, %L)', v.table_name, h.relname, w.relname," \
	" (SELECT proname FROM pg_proc WHERE oid = to_regprocedure(v.func_as_of))," \
	" (SELECT proname FROM pg_proc WHERE oid = to_regprocedure(v.func_between))," \
	" (SELECT proname FROM pg_proc WHERE oid = to_regprocedure(v.func_between_symmetric))," \
	" (SELECT proname FROM pg_proc WHERE oid = to_regprocedure(v.func_from_to)))," \
	" format('SELECT periods.drop_system_versioning(%L, ''CASCADE'')', v.table_name)" \
	" FROM periods.system_versioning v" \
	" JOIN pg_class h ON h.oid = v.history_table_name JOIN pg_class w ON w.oid = v.view_name) r" \
	" ORDER BY phase, relid::regclass::text COLLATE \"C\", what COLLATE \"C\""

/* ------------------------------------------------------------------- pglogical */

#define PGLOGICAL_RUNS \
	"SELECT t.set_reloid::oid, 'replication set ' || quote_ident(s.set_name)," \
	" ARRAY[format('SELECT @extschema@.replication_set_add_table(%L, %L, false%s%s)', s.set_name, t.set_reloid," \
	" CASE WHEN t.set_att_list IS NOT NULL THEN format(', columns => %L', t.set_att_list) END," \
	" CASE WHEN t.set_row_filter IS NOT NULL THEN format(', row_filter => %L', pg_get_expr(t.set_row_filter, t.set_reloid)) END)]," \
	" ARRAY[format('SELECT @extschema@.replication_set_remove_table(%L, %L)', s.set_name, t.set_reloid)], false" \
	" FROM @extschema@.replication_set_table t JOIN @extschema@.replication_set s USING (set_id)" \
	" UNION ALL SELECT q.set_seqoid::oid, 'replication set ' || quote_ident(s.set_name)," \
	" ARRAY[format('SELECT @extschema@.replication_set_add_sequence(%L, %L)', s.set_name, q.set_seqoid)]," \
	" ARRAY[format('SELECT @extschema@.replication_set_remove_sequence(%L, %L)', s.set_name, q.set_seqoid)], false" \
	" FROM @extschema@.replication_set_seq q JOIN @extschema@.replication_set s USING (set_id)" \
	" ORDER BY 2, 3"

/* ---------------------------------------------------------------- timescaledb 2 */

#define TIMESCALE_VIEWS \
	" FROM _timescaledb_catalog.continuous_agg a JOIN pg_namespace n ON n.nspname = a.user_view_schema" \
	" JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.user_view_name"

/* Chunks, and the views of continuous aggregates, which it refreshes. */
#define TIMESCALE_OWNS \
	"SELECT 'pg_class'::regclass::oid, c.oid FROM _timescaledb_catalog.chunk k JOIN pg_namespace n ON n.nspname = k.schema_name" \
	" JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = k.table_name" \
	" UNION ALL SELECT 'pg_class'::regclass, c.oid" TIMESCALE_VIEWS

/* By hand: continuous aggregates, compression, policies, functions for partitioning. */
#define TIMESCALE_RUNS \
	"SELECT c.oid, 'hypertable', CASE WHEN h.compression_state = 0 AND bool_and(d.is_plain) AND NOT EXISTS" \
	" (SELECT FROM timescaledb_information.jobs j WHERE j.hypertable_schema = h.schema_name AND j.hypertable_name = h.table_name)" \
	" THEN array_agg(CASE WHEN d.is_first THEN" \
	" format('SELECT @extschema@.create_hypertable(%L, %L, chunk_time_interval => %s::bigint, create_default_indexes => false)'," \
	" c.oid::regclass, d.column_name, d.interval_length)" \
	" WHEN d.num_slices IS NOT NULL THEN" \
	" format('SELECT @extschema@.add_dimension(%L, %L, number_partitions => %s)', c.oid::regclass, d.column_name, d.num_slices)" \
	" ELSE format('SELECT @extschema@.add_dimension(%L, %L, chunk_time_interval => %s::bigint)'," \
	" c.oid::regclass, d.column_name, d.interval_length) END ORDER BY d.id) END, NULL::text[], false" \
	" FROM _timescaledb_catalog.hypertable h JOIN (SELECT *, row_number() OVER (PARTITION BY hypertable_id ORDER BY id) = 1 AS is_first," \
	" coalesce(partitioning_func, 'get_partition_hash') = 'get_partition_hash' AS is_plain" \
	" FROM _timescaledb_catalog.dimension) d ON d.hypertable_id = h.id" \
	" JOIN pg_namespace n ON n.nspname = h.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = h.table_name" \
	" GROUP BY c.oid, h.id, h.schema_name, h.table_name, h.compression_state" \
	" UNION ALL SELECT c.oid, 'continuous aggregate', NULL, NULL, false" TIMESCALE_VIEWS \
	" ORDER BY 2, 1"

/* ----------------------------------------------------------------------- citus */

/* A long name is cut, and has a hash before the number. */
#define CITUS_OWNS \
	"SELECT 'pg_class'::regclass::oid, s.oid FROM pg_dist_shard d JOIN pg_class c ON c.oid = d.logicalrelid" \
	" JOIN pg_class s ON s.relnamespace = c.relnamespace AND substring(s.relname FROM '_([0-9]+)$') = d.shardid::text" \
	" AND (s.relname = c.relname || '_' || d.shardid OR octet_length(c.relname || '_' || d.shardid) > 63)"

/*
 * What is in one colocation is made after the first of it.  By hand: tables of one shard, and what
 * is not distributed by hash.  What a node does in other servers is not to be tried.
 */
#define CITUS_RUNS \
	"SELECT p.logicalrelid::oid, 'distributed table', CASE" \
	" WHEN p.partmethod = 'h' THEN ARRAY[format('SELECT create_distributed_table(%L, %L, %s)', p.logicalrelid," \
	" column_to_column_name(p.logicalrelid, p.partkey), CASE WHEN p.logicalrelid <> p.first THEN format('colocate_with => %L', p.first)" \
	" ELSE format('colocate_with => ''none'', shard_count => %s'," \
	" (SELECT count(*) FROM pg_dist_shard s WHERE s.logicalrelid = p.logicalrelid)) END)]" \
	" WHEN p.partmethod = 'n' AND p.repmodel = 't' THEN ARRAY[format('SELECT create_reference_table(%L)', p.logicalrelid)]" \
	" WHEN p.partmethod = 'n' AND p.repmodel = 's' AND p.colocationid = 0" \
	" THEN ARRAY[format('SELECT citus_add_local_table_to_metadata(%L)', p.logicalrelid)] END," \
	" NULL::text[], EXISTS (SELECT FROM pg_dist_node WHERE groupid <> 0)" \
	" FROM (SELECT d.*, first_value(d.logicalrelid) OVER (PARTITION BY d.colocationid" \
	" ORDER BY d.logicalrelid::text COLLATE \"C\") AS first FROM pg_dist_partition d) p" \
	" ORDER BY p.partmethod = 'h', p.logicalrelid <> p.first, p.logicalrelid::text COLLATE \"C\""

/* ------------------------------------------------------------ postgis_topology */

#define TOPOLOGY_OWNS \
	"SELECT 'pg_class'::regclass::oid, c.oid FROM topology.topology t JOIN pg_namespace n ON n.nspname = t.name" \
	" JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'v', 'S')"

#define TOPOLOGY_RUNS \
	"SELECT c.oid, 'layer of topology ' || quote_ident(t.name), NULL::text[], NULL::text[], false" \
	" FROM topology.layer l JOIN topology.topology t ON t.id = l.topology_id" \
	" JOIN pg_namespace n ON n.nspname = l.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = l.table_name" \
	" ORDER BY 2, 1"

/* Each extension's rows are neighbours. */
const ShippedRule shipped_rules[] = {
	{"autoinc", RULE_OFFERS_TRIGGER_FUNCTIONS, "", NULL},
	{"citus", RULE_OWNS_TRIGGERS, "", NULL},
	{"citus", RULE_OWNS, "pg_catalog.pg_dist_shard", CITUS_OWNS},
	{"citus", RULE_RUNS,
		"pg_catalog.pg_dist_partition pg_catalog.pg_dist_shard pg_catalog.pg_dist_node",
	CITUS_RUNS},
	{"insert_username", RULE_OFFERS_TRIGGER_FUNCTIONS, "", NULL},
	{"lo", RULE_OFFERS_TRIGGER_FUNCTIONS, "", NULL},
	{"moddatetime", RULE_OFFERS_TRIGGER_FUNCTIONS, "", NULL},
	{"pg_partman", RULE_OWNS_TRIGGERS, "", NULL},
	{"pg_partman", RULE_MAKES_IN_ITS_SCHEMA, "", NULL},
	{"pg_partman", RULE_OWNS, "@extschema@.part_config", PARTMAN_OWNS},
	{"pg_partman", RULE_OWNS_PARTITIONS, "@extschema@.part_config", PARTMAN_PARTITIONED},
	{"pg_partman", RULE_RUNS, "@extschema@.part_config @extschema@.part_config_sub", PARTMAN_RUNS},
	{"pg_repack", RULE_OWNS_TRIGGERS, "", NULL},
	{"periods", RULE_OWNS_TRIGGERS, "", NULL},
	{"periods", RULE_OWNS, "periods.system_versioning periods.for_portion_views", PERIODS_OWNS},
	{"periods", RULE_RUNS, "periods.periods periods.system_time_periods periods.for_portion_views"
	" periods.unique_keys periods.foreign_keys periods.system_versioning", PERIODS_RUNS},
	{"pglogical", RULE_OWNS_TRIGGERS, "", NULL},
	{"pglogical", RULE_RUNS,
		"@extschema@.replication_set @extschema@.replication_set_table @extschema@.replication_set_seq",
	PGLOGICAL_RUNS},
	{"postgis_topology", RULE_OWNS, "topology.topology", TOPOLOGY_OWNS},
	{"postgis_topology", RULE_RUNS, "topology.topology topology.layer", TOPOLOGY_RUNS},
	{"refint", RULE_OFFERS_TRIGGER_FUNCTIONS, "", NULL},
	{"tcn", RULE_OFFERS_TRIGGER_FUNCTIONS, "", NULL},
	{"temporal_tables", RULE_OFFERS_TRIGGER_FUNCTIONS, "", NULL},
	{"timescaledb", RULE_OWNS_TRIGGERS, "", NULL},
	{"timescaledb", RULE_OWNS, "_timescaledb_catalog.chunk _timescaledb_catalog.continuous_agg",
	TIMESCALE_OWNS},
	{"timescaledb", RULE_RUNS,
		"_timescaledb_catalog.hypertable _timescaledb_catalog.dimension _timescaledb_catalog.continuous_agg"
	" timescaledb_information.jobs", TIMESCALE_RUNS},
};

const int	nshipped_rules = lengthof(shipped_rules);
