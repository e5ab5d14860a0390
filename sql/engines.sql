-- Tables that extensions run.  TimescaleDB, Citus and topologies of PostGIS are stood in for by what they have in the catalogs,
-- made by hand, since these tests cannot write the files that CREATE EXTENSION would read.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
SET allow_system_table_mods = on;
CREATE SCHEMA regress_app;
CREATE SCHEMA _timescaledb_catalog;
CREATE SCHEMA _timescaledb_internal;
CREATE SCHEMA timescaledb_information;
CREATE SCHEMA regress_ts;
SET migrate.schemas = 'regress_app';
\set VERBOSITY terse
CREATE FUNCTION pg_temp.extension(name text, schema text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
		SELECT 99100 + (SELECT count(*) FROM pg_extension), name, oid, schema::regnamespace, false, '1' FROM pg_roles WHERE rolname = current_user $$;
-- ALTER EXTENSION ADD for all that is in these schemas, or has these names
CREATE FUNCTION pg_temp.members(extension text, schemas text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	sql text;
BEGIN
	FOR sql IN SELECT format('ALTER EXTENSION %I ADD %s %s', extension, CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass)
			FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace::regnamespace::text = ANY (schemas)
		UNION ALL SELECT format('ALTER EXTENSION %I ADD FUNCTION %s', extension, oid::regprocedure)
			FROM pg_proc WHERE pronamespace::regnamespace::text = ANY (schemas)
	LOOP
		EXECUTE sql;
	END LOOP;
END $$;
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

-- TimescaleDB: a hypertable is a table with children elsewhere and a trigger of the extension
CREATE TABLE _timescaledb_catalog.hypertable (id int, schema_name name, table_name name, compression_state int2 DEFAULT 0);
CREATE TABLE _timescaledb_catalog.dimension (id int, hypertable_id int, column_name name, num_slices int2, partitioning_func name, interval_length bigint);
CREATE TABLE _timescaledb_catalog.chunk (id int, hypertable_id int, schema_name name, table_name name);
CREATE TABLE _timescaledb_catalog.continuous_agg (user_view_schema name, user_view_name name);
CREATE TABLE regress_ts.policies (hypertable_schema name, hypertable_name name);
CREATE VIEW timescaledb_information.jobs AS SELECT * FROM regress_ts.policies;
CREATE FUNCTION regress_ts.insert_blocker() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no chunk'; END $$;
CREATE FUNCTION regress_ts.create_hypertable(relation regclass, time_column_name name, chunk_time_interval bigint, create_default_indexes boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	nr int := (SELECT coalesce(max(id), 0) + 1 FROM _timescaledb_catalog.hypertable);
BEGIN
	INSERT INTO _timescaledb_catalog.hypertable SELECT nr, nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = relation;
	INSERT INTO _timescaledb_catalog.dimension VALUES (nr, nr, time_column_name, NULL, NULL, chunk_time_interval);
	EXECUTE format('CREATE TRIGGER ts_insert_blocker BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION regress_ts.insert_blocker()', relation);
END $$;
CREATE FUNCTION regress_ts.add_dimension(hypertable regclass, column_name name, number_partitions int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO _timescaledb_catalog.dimension SELECT 1000 + h.id, h.id, column_name, number_partitions, 'get_partition_hash', NULL
		FROM _timescaledb_catalog.hypertable h WHERE format('%I.%I', h.schema_name, h.table_name)::regclass = hypertable $$;
SELECT pg_temp.extension('timescaledb', 'regress_ts');
SELECT pg_temp.members('timescaledb', '{_timescaledb_catalog,timescaledb_information,regress_ts}');
UPDATE pg_extension SET extconfig = ARRAY['_timescaledb_catalog.hypertable'::regclass, '_timescaledb_catalog.dimension'::regclass, '_timescaledb_catalog.chunk'::regclass], extcondition = '{"","",""}'
	WHERE extname = 'timescaledb';
CREATE TABLE regress_app.metrics (at timestamptz NOT NULL, host text NOT NULL, v float8, PRIMARY KEY (at, host));
CREATE FUNCTION regress_app.own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER own BEFORE INSERT ON regress_app.metrics FOR EACH ROW EXECUTE FUNCTION regress_app.own();
SELECT regress_ts.create_hypertable('regress_app.metrics', 'at', 86400000000, false);
SELECT regress_ts.add_dimension('regress_app.metrics', 'host', 4);
CREATE TABLE _timescaledb_internal._hyper_1_1_chunk (CHECK (at < '2027-01-01')) INHERITS (regress_app.metrics);
CREATE TABLE regress_app._hyper_1_2_chunk (CHECK (at >= '2027-01-01')) INHERITS (regress_app.metrics);
INSERT INTO _timescaledb_catalog.chunk VALUES (1, 1, '_timescaledb_internal', '_hyper_1_1_chunk'), (2, 1, 'regress_app', '_hyper_1_2_chunk');
RESET client_min_messages;
-- a model knows nothing of that, and nothing is taken apart
\set VERBOSITY default
\set model 'CREATE TABLE regress_app.metrics (at timestamptz NOT NULL, host text NOT NULL, v float8, PRIMARY KEY (at, host)); CREATE FUNCTION regress_app.own() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NEW; END''; CREATE TRIGGER own BEFORE INSERT ON regress_app.metrics FOR EACH ROW EXECUTE FUNCTION regress_app.own();'
SELECT object_identity, upgrade FROM migrate.diff(:'model');
SELECT object_identity, upgrade FROM migrate.diff(:'model' || 'ALTER TABLE regress_app.metrics ADD w int; CREATE INDEX metrics_v ON regress_app.metrics (v)');
\set VERBOSITY terse
-- a baseline is the table and the calls
SELECT migrate.baseline(rev_id => 't1');
SELECT script FROM migrate.script('t1') AS script \gset
SELECT regexp_replace(:'script', '^-- Create Date.*$', '-- Create Date:', 'n') AS script;
SELECT * FROM migrate.verify();
SELECT * FROM migrate.drift();
SELECT pg_temp.failure('INSERT INTO regress_app.metrics VALUES (now(), ''h'', 1)');
-- one that was made by hand is recorded as such; one that goes takes its chunks along
SET client_min_messages = warning;
CREATE TABLE regress_app.more (at timestamptz NOT NULL);
SELECT regress_ts.create_hypertable('regress_app.more', 'at', 3600000000, false);
SELECT upgrade FROM migrate.drift();
SELECT migrate.record('More', rev_id => 't2');
SELECT * FROM migrate.drift();
SELECT object_identity, upgrade FROM migrate.diff(:'model' || 'SELECT regress_ts.create_hypertable(''regress_app.metrics'', ''at'', 86400000000, false)');
-- what cannot be written is refused, by name
SELECT pg_temp.failure($$SELECT migrate.migrate('m', 'CREATE FUNCTION regress_app.own() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NEW; END''; CREATE TABLE regress_app.metriken (at timestamptz NOT NULL, host text NOT NULL, v float8, PRIMARY KEY (at, host))', renames => '{regress_app.metrics=metriken}')$$);
INSERT INTO regress_ts.policies VALUES ('regress_app', 'metrics');
SELECT pg_temp.failure($$SELECT migrate.migrate('m', 'CREATE TABLE regress_app.more (at timestamptz NOT NULL)')$$);
DELETE FROM regress_ts.policies;
CREATE VIEW regress_app.hourly AS SELECT host FROM regress_app.metrics;
INSERT INTO _timescaledb_catalog.continuous_agg VALUES ('regress_app', 'hourly');
SELECT object_identity, upgrade FROM migrate.diff(:'model' || 'CREATE TABLE regress_app.more (at timestamptz NOT NULL)');
SELECT pg_temp.failure('SELECT migrate.migrate(''m'', ' || quote_literal(replace(:'model', 'host text', 'host varchar') || 'CREATE TABLE regress_app.more (at timestamptz NOT NULL)') || ')');
DELETE FROM migrate.version;
DELETE FROM migrate.revisions;
SELECT pg_temp.failure('SELECT migrate.baseline()');
SET migrate.ignore = 'regress_app.hourly';
SELECT migrate.baseline(rev_id => 't3');
RESET migrate.ignore;
DELETE FROM migrate.version;
DELETE FROM migrate.revisions;
DROP EXTENSION timescaledb CASCADE;
DROP SCHEMA regress_ts, _timescaledb_catalog, _timescaledb_internal, timescaledb_information CASCADE;
DROP SCHEMA regress_app CASCADE;
CREATE SCHEMA regress_app;

-- Citus: on the coordinator and on a worker
SET allow_system_table_mods = on;
CREATE SCHEMA regress_citus;
CREATE TABLE regress_citus.pg_dist_partition (logicalrelid regclass, partmethod "char", partkey text, colocationid int, repmodel "char");
CREATE TABLE regress_citus.pg_dist_shard (logicalrelid regclass, shardid bigint);
CREATE TABLE regress_citus.pg_dist_node (nodeid int, groupid int);
CREATE TABLE regress_citus.pg_dist_local_group (groupid int);
CREATE FUNCTION regress_citus.column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
CREATE FUNCTION regress_citus.citus_total_relation_size(regclass, fail_on_error boolean DEFAULT true) RETURNS bigint LANGUAGE sql AS 'SELECT 3221225472';
CREATE FUNCTION regress_citus.create_distributed_table(regclass, text, colocate_with text, shard_count int DEFAULT 32) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO pg_dist_partition VALUES ($1, 'h', $2, CASE $3 WHEN 'none' THEN (SELECT coalesce(max(colocationid), 0) + 1 FROM pg_dist_partition) ELSE (SELECT colocationid FROM pg_dist_partition WHERE logicalrelid = $3::regclass) END, 's');
	INSERT INTO pg_dist_shard SELECT $1, 102000 + i FROM generate_series(1, $4) i; END $$;
CREATE FUNCTION regress_citus.create_reference_table(regclass) RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO pg_dist_partition VALUES ($1, 'n', NULL, 100, 't'); END $$;
CREATE FUNCTION regress_citus.citus_truncate_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
SELECT pg_temp.extension('citus', 'pg_catalog');
SELECT pg_temp.members('citus', '{regress_citus}');
ALTER TABLE regress_citus.pg_dist_partition SET SCHEMA pg_catalog;
ALTER TABLE regress_citus.pg_dist_shard SET SCHEMA pg_catalog;
ALTER TABLE regress_citus.pg_dist_node SET SCHEMA pg_catalog;
ALTER TABLE regress_citus.pg_dist_local_group SET SCHEMA pg_catalog;
ALTER FUNCTION regress_citus.column_to_column_name SET SCHEMA pg_catalog;
ALTER FUNCTION regress_citus.citus_total_relation_size SET SCHEMA pg_catalog;
ALTER FUNCTION regress_citus.create_distributed_table SET SCHEMA pg_catalog;
ALTER FUNCTION regress_citus.create_reference_table SET SCHEMA pg_catalog;
INSERT INTO pg_dist_local_group VALUES (0);
INSERT INTO pg_dist_node VALUES (1, 0);
UPDATE pg_extension SET extconfig = ARRAY['pg_dist_partition'::regclass, 'pg_dist_shard'::regclass], extcondition = '{"",""}' WHERE extname = 'citus';
CREATE TABLE regress_app.countries (id int PRIMARY KEY);
CREATE TABLE regress_app.users (id int PRIMARY KEY, country int REFERENCES regress_app.countries);
CREATE TABLE regress_app.orders (id int, user_id int, PRIMARY KEY (id, user_id));
SELECT create_reference_table('regress_app.countries');
SELECT create_distributed_table('regress_app.users', 'id', 'none', 2);
SELECT create_distributed_table('regress_app.orders', 'user_id', 'regress_app.users', 2);
CREATE TABLE regress_app.users_102001 (id int);
CREATE TABLE regress_app.users_notes (id int);
CREATE TRIGGER truncate_trigger_1 AFTER TRUNCATE ON regress_app.users FOR EACH STATEMENT EXECUTE FUNCTION regress_citus.citus_truncate_trigger();
UPDATE pg_trigger SET tgisinternal = true WHERE tgname = 'truncate_trigger_1';
RESET client_min_messages;
SELECT migrate.baseline(rev_id => 'c1');
SELECT upgrade FROM (SELECT string_agg(line, E'\n') AS upgrade FROM regexp_split_to_table(migrate.script('c1'), '\n') line WHERE line ~ 'create_|users') u;
SELECT * FROM migrate.verify();
-- with workers nothing is run that reaches them
DELETE FROM migrate.version;
DELETE FROM migrate.revisions;
INSERT INTO pg_dist_node VALUES (2, 1);
SELECT migrate.baseline(rev_id => 'c2');
SELECT migrate.script('c2') ~ 'create_reference_table' AS is_written;
SELECT migrate.revision('Large', 'CREATE INDEX ON regress_app.users (country); ALTER TABLE regress_app.users ALTER id TYPE bigint', 'SELECT 1', rev_id => 'c3');
SELECT warning FROM migrate.dry_run('upgrade', 'c3');
SELECT hazards FROM migrate.diff('CREATE TABLE regress_app.users (id bigint PRIMARY KEY)') WHERE object_identity = 'regress_app.users.id';
-- on a worker
UPDATE pg_dist_local_group SET groupid = 1;
\set VERBOSITY default
SELECT migrate.upgrade();
SELECT migrate.migrate('m', 'CREATE TABLE regress_app.users (id int)');
CALL migrate.deploy();
\set VERBOSITY terse
SELECT * FROM migrate.current();
UPDATE pg_dist_local_group SET groupid = 0;
DELETE FROM migrate.version;
DELETE FROM migrate.revisions;
SET client_min_messages = warning;
DROP EXTENSION citus CASCADE;
DROP SCHEMA regress_app, regress_citus CASCADE;
CREATE SCHEMA regress_app;

-- a topology of PostGIS
CREATE SCHEMA topology;
CREATE TABLE topology.topology (id int, name varchar);
CREATE TABLE topology.layer (topology_id int, schema_name varchar, table_name varchar);
SELECT pg_temp.extension('postgis_topology', 'topology');
SELECT pg_temp.members('postgis_topology', '{topology}');
CREATE SCHEMA regress_city;
CREATE TABLE regress_city.node (id int);
CREATE TABLE regress_app.parcels (id int);
INSERT INTO topology.topology VALUES (1, 'regress_city');
INSERT INTO topology.layer VALUES (1, 'regress_app', 'parcels');
RESET client_min_messages;
SELECT object_identity, upgrade FROM migrate.diff('CREATE TABLE regress_app.parcels (id int)', '{regress_app,regress_city}');
SELECT pg_temp.failure('SELECT migrate.baseline()');
SET client_min_messages = warning;
DROP EXTENSION postgis_topology CASCADE;
DROP SCHEMA topology, regress_city, regress_app CASCADE;
CREATE SCHEMA regress_app;

-- rules of users
CREATE SCHEMA regress_keeper;
CREATE TABLE regress_keeper.books (tab regclass, kind int, secret text);
CREATE TABLE regress_keeper.parts (s name, t name);
CREATE TABLE regress_keeper.by_name (t text);
CREATE FUNCTION regress_keeper.keep(t regclass, kind int DEFAULT 1) RETURNS void LANGUAGE sql AS 'INSERT INTO regress_keeper.books VALUES ($1, $2)';
CREATE FUNCTION regress_keeper.let_go(t regclass) RETURNS void LANGUAGE sql AS 'DELETE FROM regress_keeper.books WHERE tab = $1';
CREATE FUNCTION regress_keeper.watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
SELECT pg_temp.extension('regress_keeper', 'regress_keeper');
SELECT pg_temp.members('regress_keeper', '{regress_keeper}');
CREATE TABLE regress_app.kept (i int) PARTITION BY RANGE (i);
CREATE TABLE regress_app.kept_1 PARTITION OF regress_app.kept FOR VALUES FROM (0) TO (10);
CREATE TABLE regress_app."Made 'so'" (i int);
CREATE TABLE regress_app.named (i int);
CREATE TRIGGER watch BEFORE INSERT ON regress_app.named FOR EACH ROW EXECUTE FUNCTION regress_keeper.watch();
INSERT INTO regress_keeper.books VALUES ('regress_app.kept', 2);
INSERT INTO regress_keeper.parts VALUES ('regress_app', 'Made ''so'''), ('regress_app', 'gone'), (NULL, NULL);
INSERT INTO regress_keeper.by_name VALUES ('regress_app.named'), ('regress_app.kept'), ('no'), ('a.b.c'), ('"'), (NULL);
RESET client_min_messages;
\set kept 'CREATE TABLE regress_app.kept (i int) PARTITION BY RANGE (i);'
SELECT action, object_identity FROM migrate.diff(:'kept');
INSERT INTO migrate.extension_rules (extension, says, catalog, catalog_columns) VALUES ('regress_keeper', 'owns partitions', 'regress_keeper.books', '{tab}'),
	('regress_keeper', 'owns', 'parts', '{s,t}'), ('nobody', 'owns', 'books', '{tab}');
INSERT INTO migrate.extension_rules (extension, says) VALUES ('regress_keeper', 'owns triggers');
INSERT INTO migrate.extension_rules VALUES ('regress_keeper', 'runs', 'books', '{tab}', 'keep', '{t,tab,kind,kind}', 'let_go', '{t,tab}');
INSERT INTO migrate.extension_rules (extension, says, catalog, catalog_columns, made_by, made_with) VALUES ('regress_keeper', 'runs', 'by_name', '{t}', 'keep', '{t,t}');
SELECT action, object_identity, upgrade FROM migrate.diff(:'kept');
SELECT migrate.baseline(rev_id => 'k1');
SELECT line FROM regexp_split_to_table(migrate.script('k1'), '\n') line WHERE line ~ 'keeper|TRIGGER|Made|kept';
-- an index reaches the partitions that are left alone
SELECT upgrade FROM migrate.diff(:'kept' || 'CREATE TABLE regress_app.named (i int); CREATE INDEX kept_i ON regress_app.kept (i); ALTER TABLE regress_app.kept ADD UNIQUE (i)');
SELECT pg_temp.failure($$SELECT migrate.migrate('m', 'CREATE TABLE regress_app.named (i int)', online => true)$$);
SELECT pg_temp.failure($$SELECT migrate.squash('k1', 'k1', ignore_data => true)$$);
SELECT migrate.migrate('m', 'CREATE TABLE regress_app.named (i int)', rev_id => 'k2');
SELECT line FROM regexp_split_to_table(migrate.script('k2'), '\n') line WHERE line ~ 'keeper|kept';
-- its call has been run by nobody
TABLE regress_keeper.books;
DELETE FROM migrate.version;
DELETE FROM migrate.revisions;
-- without a call it is refused, as its own error
UPDATE migrate.extension_rules SET made_by = NULL, made_with = NULL WHERE catalog = 'books' AND says = 'runs';
SELECT pg_temp.failure('SELECT migrate.baseline()');
-- rules that are wrong
INSERT INTO migrate.extension_rules VALUES ('regress_keeper', 'looks at', 'books', '{tab}');
UPDATE migrate.extension_rules SET made_by = 'nothing', made_with = '{t,tab}' WHERE catalog = 'books' AND says = 'runs';
SELECT pg_temp.failure($$SELECT count(*) FROM migrate.diff('')$$);
UPDATE migrate.extension_rules SET made_by = 'keep', made_with = '{t,nothing}' WHERE catalog = 'books' AND says = 'runs';
SELECT pg_temp.failure($$SELECT count(*) FROM migrate.diff('')$$);
UPDATE migrate.extension_rules SET catalog = 'regress_app.kept' WHERE catalog = 'books' AND says = 'runs';
SELECT pg_temp.failure($$SELECT count(*) FROM migrate.diff('')$$);
-- what is planted there runs nothing, and its reader learns no more than he may read
DELETE FROM migrate.extension_rules WHERE says <> 'owns triggers';
CREATE ROLE regress_migrate_reader;
CREATE SCHEMA regress_own AUTHORIZATION regress_migrate_reader;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_migrate_reader', current_database()) \gexec
GRANT USAGE ON SCHEMA migrate TO regress_migrate_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA migrate TO regress_migrate_reader;
INSERT INTO migrate.extension_rules VALUES ('regress_keeper', 'runs', 'books', '{tab}', 'keep', '{t,secret}');
CREATE FUNCTION regress_app.evil() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$;
ALTER TABLE regress_keeper.books ENABLE ROW LEVEL SECURITY;
ALTER TABLE regress_keeper.books FORCE ROW LEVEL SECURITY;
CREATE POLICY evil ON regress_keeper.books USING (regress_app.evil());
SET ROLE regress_migrate_reader;
SELECT pg_temp.failure($$SELECT count(*) FROM migrate.diff('CREATE TABLE regress_own.t (i int)', '{regress_own}')$$);
RESET ROLE;
GRANT SELECT ON regress_keeper.books TO regress_migrate_reader;
SET ROLE regress_migrate_reader;
SELECT pg_temp.failure($$SELECT count(*) FROM migrate.diff('CREATE TABLE regress_own.t (i int)', '{regress_own}')$$);
SELECT pg_temp.failure($$INSERT INTO migrate.extension_rules (extension, says) VALUES ('regress_keeper', 'owns triggers')$$);
RESET ROLE;
SELECT count(*) FROM migrate.diff(:'kept' || 'CREATE TABLE regress_app.kept_1 PARTITION OF regress_app.kept FOR VALUES FROM (0) TO (10); CREATE TABLE regress_app.named (i int); CREATE TABLE regress_app."Made ''so''" (i int); CREATE FUNCTION regress_app.evil() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION ''ran as %'', current_user; END $$');
SELECT 'migrate.extension_rules'::regclass = ANY (extconfig) AS is_dumped FROM pg_extension WHERE extname = 'migrate_ext';
DELETE FROM migrate.extension_rules;
SET client_min_messages = warning;
DROP EXTENSION regress_keeper CASCADE;
DROP SCHEMA regress_keeper, regress_app, regress_own CASCADE;
DROP OWNED BY regress_migrate_reader;
DROP ROLE regress_migrate_reader;
