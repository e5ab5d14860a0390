-- A text that asks the catalogs by bare names does not find what the shadow has put away.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;

-- how SQL asks whether something is there, and what makes it if it is not
CREATE TABLE questions (n int GENERATED ALWAYS AS IDENTITY, catalog text, answer text, ddl text);
INSERT INTO questions (catalog, answer, ddl) VALUES
	('pg_type', $$typname = 'mood'$$, $$CREATE TYPE app.mood AS ENUM ('hidden_good')$$),
	('pg_enum', $$enumlabel = 'hidden_bad'$$, $$ALTER TYPE app.mood ADD VALUE 'hidden_bad'$$),
	('information_schema.domains', $$domain_name = 'hidden_domain'$$, $$CREATE DOMAIN app.hidden_domain AS text$$),
	('pg_constraint', $$conname = 'hidden_domain_check'$$, $$ALTER DOMAIN app.hidden_domain ADD CONSTRAINT hidden_domain_check CHECK (VALUE <> '')$$),
	('information_schema.user_defined_types', $$user_defined_type_name = 'hidden_pair'$$, $$CREATE TYPE app.hidden_pair AS (hidden_left int, hidden_right int)$$),
	('pg_range r JOIN pg_type t ON t.oid = rngtypid', $$typname = 'hidden_range'$$, $$CREATE TYPE app.hidden_range AS RANGE (subtype = float8)$$),
	('pg_class', $$relname = 'hidden_sequence' AND relkind = 'S'$$, $$CREATE SEQUENCE app.hidden_sequence$$),
	('pg_proc', $$proname = 'hidden_trigger'$$, $$CREATE FUNCTION app.hidden_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'$$),
	('information_schema.routines', $$routine_name = 'hidden_add'$$, $$CREATE FUNCTION app.hidden_add(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2'$$),
	('pg_proc', $$proname = 'hidden_procedure' AND prokind = 'p'$$, $$CREATE PROCEDURE app.hidden_procedure() LANGUAGE sql AS 'SELECT 1'$$),
	('pg_aggregate', $$aggfnoid::text LIKE '%hidden_sum'$$, $$CREATE AGGREGATE app.hidden_sum(int) (SFUNC = app.hidden_add, STYPE = int)$$),
	('pg_operator', $$oprname = '<<>>'$$, $$CREATE OPERATOR app.<<>> (LEFTARG = int, RIGHTARG = int, FUNCTION = app.hidden_add)$$),
	('pg_opfamily', $$opfname = 'hidden_family'$$, $$CREATE OPERATOR FAMILY app.hidden_family USING btree$$),
	('pg_opclass', $$opcname = 'hidden_class'$$,
		$$CREATE OPERATOR CLASS app.hidden_class FOR TYPE int USING btree FAMILY app.hidden_family AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int)$$),
	('pg_amop', $$pg_describe_object('pg_opfamily'::regclass, amopfamily, 0) LIKE '%hidden_family%' AND amopstrategy = 5$$,
		$$ALTER OPERATOR FAMILY app.hidden_family USING btree ADD OPERATOR 5 > (int, int)$$),
	('pg_amproc', $$pg_describe_object('pg_opfamily'::regclass, amprocfamily, 0) LIKE '%hidden_family%' AND amprocnum = 2$$,
		$$ALTER OPERATOR FAMILY app.hidden_family USING btree ADD FUNCTION 2 (int, int) btint4sortsupport(internal)$$),
	('pg_collation', $$collname = 'hidden_collation'$$, $$CREATE COLLATION app.hidden_collation (LOCALE = 'C')$$),
	('pg_conversion', $$conname = 'hidden_conversion'$$, $$CREATE CONVERSION app.hidden_conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8$$),
	('pg_ts_dict', $$dictname = 'hidden_dictionary'$$, $$CREATE TEXT SEARCH DICTIONARY app.hidden_dictionary (TEMPLATE = simple)$$),
	('pg_ts_config', $$cfgname = 'hidden_configuration'$$, $$CREATE TEXT SEARCH CONFIGURATION app.hidden_configuration (PARSER = "default")$$),
	('pg_ts_config_map', $$mapcfg::regconfig::text LIKE '%hidden_configuration'$$, $$ALTER TEXT SEARCH CONFIGURATION app.hidden_configuration ADD MAPPING FOR word WITH simple$$),
	('information_schema.tables', $$table_name = 'hidden_table'$$, $$CREATE TABLE app.hidden_table (hidden_id int, m app.mood)$$),
	('information_schema.columns', $$column_name = 'hidden_column'$$, $$ALTER TABLE app.hidden_table ADD hidden_column text$$),
	('pg_attribute', $$attname = 'hidden_other' AND NOT attisdropped$$, $$ALTER TABLE app.hidden_table ADD hidden_other text$$),
	('pg_attrdef', $$pg_get_expr(adbin, adrelid) LIKE '%hidden_default%'$$, $$ALTER TABLE app.hidden_table ALTER hidden_column SET DEFAULT 'hidden_default'$$),
	('information_schema.table_constraints', $$constraint_name = 'hidden_key'$$, $$ALTER TABLE app.hidden_table ADD CONSTRAINT hidden_key PRIMARY KEY (hidden_id)$$),
	('information_schema.check_constraints', $$constraint_name = 'hidden_check'$$, $$ALTER TABLE app.hidden_table ADD CONSTRAINT hidden_check CHECK (hidden_column <> 'no')$$),
	('pg_constraint', $$conname = 'hidden_unique' AND contype = 'u'$$, $$ALTER TABLE app.hidden_table ADD CONSTRAINT hidden_unique UNIQUE (hidden_other)$$),
	('information_schema.key_column_usage', $$constraint_name = 'hidden_fkey'$$,
		$$ALTER TABLE app.hidden_table ADD parent_id int, ADD CONSTRAINT hidden_fkey FOREIGN KEY (parent_id) REFERENCES app.hidden_table$$),
	('pg_tables', $$tablename = 'hidden_child'$$, $$CREATE TABLE app.hidden_child (i int)$$),
	('pg_inherits', $$inhrelid::regclass::text LIKE '%hidden_heir'$$, $$CREATE TABLE app.hidden_heir () INHERITS (app.hidden_child)$$),
	('pg_partitioned_table', $$partrelid::regclass::text LIKE '%hidden_partitioned'$$, $$CREATE TABLE app.hidden_partitioned (i int) PARTITION BY RANGE (i)$$),
	('pg_indexes', $$indexname = 'hidden_index'$$, $$CREATE INDEX hidden_index ON app.hidden_table (hidden_column)$$),
	('pg_index', $$indexrelid::regclass::text LIKE '%hidden_index_2'$$, $$CREATE INDEX hidden_index_2 ON app.hidden_table (hidden_column, hidden_id)$$),
	('pg_statistic_ext', $$stxname = 'hidden_statistics'$$, $$CREATE STATISTICS app.hidden_statistics ON hidden_id, hidden_column FROM app.hidden_table$$),
	('pg_trigger', $$tgname = 'hidden_tg'$$, $$CREATE TRIGGER hidden_tg BEFORE INSERT ON app.hidden_table FOR EACH ROW EXECUTE FUNCTION app.hidden_trigger()$$),
	('information_schema.triggers', $$trigger_name = 'hidden_tg_2'$$, $$CREATE TRIGGER hidden_tg_2 BEFORE DELETE ON app.hidden_table FOR EACH ROW EXECUTE FUNCTION app.hidden_trigger()$$),
	('pg_policy', $$polname = 'hidden_policy'$$, $$CREATE POLICY hidden_policy ON app.hidden_table USING (true)$$),
	('pg_policies', $$policyname = 'hidden_policy_2'$$, $$CREATE POLICY hidden_policy_2 ON app.hidden_table USING (true)$$),
	('pg_rewrite', $$rulename = 'hidden_rule'$$, $$CREATE RULE hidden_rule AS ON DELETE TO app.hidden_table DO ALSO NOTIFY hidden$$),
	('pg_rules', $$rulename = 'hidden_rule_2'$$, $$CREATE RULE hidden_rule_2 AS ON UPDATE TO app.hidden_table DO ALSO NOTIFY hidden$$),
	('pg_views', $$viewname = 'hidden_view'$$, $$CREATE VIEW app.hidden_view AS SELECT hidden_id FROM app.hidden_table$$),
	('information_schema.views', $$table_name = 'hidden_view_2'$$, $$CREATE VIEW app.hidden_view_2 AS SELECT hidden_id FROM app.hidden_table$$),
	('pg_matviews', $$matviewname = 'hidden_matview'$$, $$CREATE MATERIALIZED VIEW app.hidden_matview AS SELECT 1 AS hidden_one$$),
	('pg_sequences', $$sequencename = 'hidden_sequence_2'$$, $$CREATE SEQUENCE app.hidden_sequence_2$$),
	('pg_description', $$description = 'hidden comment'$$, $$COMMENT ON TABLE app.hidden_table IS 'hidden comment'$$),
	('information_schema.role_table_grants', $$table_name = 'hidden_table' AND grantee = 'PUBLIC'$$, $$GRANT SELECT ON app.hidden_table TO PUBLIC$$),
	('pg_default_acl', $$defaclnamespace <> 0$$, $$ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC$$),
	('pg_stat_user_tables', $$relname = 'hidden_table_2'$$, $$CREATE TABLE app.hidden_table_2 (i int)$$),
	('pg_stat_user_indexes', $$indexrelname = 'hidden_index_3'$$, $$CREATE INDEX hidden_index_3 ON app.hidden_table_2 (i)$$),
	-- what is made already
	('pg_namespace', $$nspname LIKE '%hidden%' OR (nspname = 'app' AND EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = pg_namespace.oid))$$, NULL),
	('pg_class', $$relname LIKE 'pg\_toast\_%' AND oid = (SELECT reltoastrelid FROM pg_class WHERE relname = 'hidden_table')$$, NULL),
	('pg_type', $$typname = '_mood'$$, NULL),
	('pg_sequence', $$seqrelid::regclass::text LIKE '%hidden_sequence'$$, NULL),
	('pg_depend', $$pg_describe_object(classid, objid, objsubid) LIKE '%hidden_table%'$$, NULL),
	('pg_depend', $$pg_describe_object(refclassid, refobjid, refobjsubid) LIKE '%hidden_table%'$$, NULL),
	('pg_stat_all_tables', $$relname = 'hidden_table'$$, NULL),
	('pg_statio_user_tables', $$relname = 'hidden_table'$$, NULL),
	('information_schema.sequences', $$sequence_name = 'hidden_sequence'$$, NULL),
	('information_schema.referential_constraints', $$constraint_name = 'hidden_fkey'$$, NULL);
CREATE SCHEMA app;
SELECT string_agg(ddl, E';\n' ORDER BY n) || ';' AS everything,
	string_agg(format('DO $do$ BEGIN IF NOT EXISTS (SELECT FROM %s WHERE %s) THEN %s; END IF; END $do$;', catalog, answer, ddl), E'\n' ORDER BY n)
	|| ' SET search_path = app;' AS guarded,
	string_agg(ddl, E';\n' ORDER BY n) FILTER (WHERE n = 1) AS first
FROM questions WHERE ddl IS NOT NULL \gset
:everything
CREATE FUNCTION public.found() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	q questions;
	is_there boolean;
BEGIN
	FOR q IN SELECT * FROM questions ORDER BY n LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %s)', q.catalog, q.answer) INTO is_there;
		IF is_there THEN
			RETURN NEXT q.catalog || ': ' || q.answer;
		END IF;
	END LOOP;
END $$;

-- outside all are found; in a shadow none is, until the text has made it
SELECT catalog, answer AS "not found outside" FROM questions WHERE catalog || ': ' || answer NOT IN (SELECT public.found());
SELECT $$DO $do$
DECLARE
	answers text[] := ARRAY(SELECT public.found());
BEGIN
	RAISE NOTICE '% of % are found: %', cardinality(answers), (SELECT count(*) FROM questions), left(array_to_string(answers, E'\n'), 1000);
END $do$;$$ AS look \gset
SET client_min_messages = notice;
SELECT count(*) > 20 AS all_would_go FROM migrate.diff(:'look', '{app}', true);
SET client_min_messages = warning;
SELECT * FROM migrate.diff(:'guarded', '{app}');
SELECT migrate.check(:'guarded', '{app}');
SELECT migrate.migrate('nothing', :'guarded', '{app}') IS NULL AS "No changes";
SELECT count(*) = (SELECT count(*) FROM questions) AS all_found_again FROM public.found();

-- revisions that ask: what has been run is what is there, and each goes up, down and up again
DROP SCHEMA app CASCADE;
CREATE SCHEMA app;
SELECT migrate.revision('first', :'first', 'DROP TYPE app.mood', rev_id => 'aa01');
SELECT migrate.revision('rest', :'guarded', 'DROP SCHEMA app CASCADE; CREATE SCHEMA app; ' || :'first', rev_id => 'aa02');
SELECT * FROM migrate.upgrade();
SELECT * FROM migrate.drift('{app}');
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify('base:heads', '{app}');
SELECT count(*) = (SELECT count(*) FROM questions) AS all_found_again FROM public.found();

-- ways to ask: each finds nothing in a shadow although there is one outside
CREATE TABLE ways (n int GENERATED ALWAYS AS IDENTITY, query text);
CREATE VIEW types_in_use AS SELECT typname FROM pg_type;
CREATE FUNCTION types_named(name) RETURNS SETOF name STABLE LANGUAGE sql AS 'SELECT typname FROM pg_type WHERE typname = $1';
CREATE FUNCTION has_type(name) RETURNS boolean STABLE LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM pg_type WHERE typname = $1)';
CREATE FUNCTION has_type_plpgsql(name) RETURNS boolean STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM FROM pg_type WHERE typname = $1; RETURN FOUND; END';
CREATE FUNCTION has_type_as_other(name) RETURNS boolean STABLE SECURITY DEFINER LANGUAGE sql SET search_path = pg_catalog
AS 'SELECT EXISTS (SELECT FROM pg_type WHERE typname = $1)';
INSERT INTO ways (query) VALUES
	($$SELECT 1 FROM pg_catalog.pg_type WHERE typname = 'mood'$$),
	($$SELECT 1 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'mood' AND n.nspname <> 'information_schema'$$),
	($$SELECT 1 FROM pg_namespace n LEFT JOIN pg_type t ON n.oid = t.typnamespace WHERE t.typname = 'mood'$$),
	($$WITH t AS MATERIALIZED (SELECT * FROM pg_type) SELECT 1 FROM t WHERE typname = 'mood'$$),
	($$WITH RECURSIVE t (o) AS (SELECT oid FROM pg_type WHERE typname = '_mood' UNION SELECT p.oid FROM t JOIN pg_type p ON p.typarray = t.o) SELECT 1 FROM t$$),
	($$SELECT 1 FROM (SELECT * FROM pg_type UNION ALL SELECT * FROM pg_type) u WHERE typname = 'mood'$$),
	($$SELECT 1 WHERE 'mood' IN (SELECT typname FROM pg_type)$$),
	($$SELECT 1 WHERE 'mood' = ANY (ARRAY(SELECT typname FROM pg_type))$$),
	($$SELECT 1 WHERE (SELECT count(*) FROM pg_type WHERE typname = 'mood') > 0$$),
	($$SELECT 1 FROM (VALUES ('mood')) v (name), LATERAL (SELECT FROM pg_type WHERE typname = name) t$$),
	($$SELECT 1 FROM pg_type GROUP BY typname HAVING typname = 'mood'$$),
	($$SELECT 1 FROM types_in_use WHERE typname = 'mood'$$),
	($$SELECT 1 FROM types_named('mood')$$),
	($$SELECT 1 FROM ROWS FROM (types_named('mood'), generate_series(1, 0)) AS f (a, b) WHERE a IS NOT NULL$$),
	($$SELECT types_named('mood')$$),
	($$SELECT 1 WHERE has_type('mood')$$),
	($$SELECT 1 WHERE has_type_plpgsql('mood')$$),
	($$SELECT 1 WHERE has_type_as_other('mood')$$),
	($$SELECT 1 FROM pg_type WHERE typname = 'mood' FOR SHARE$$),
	($$SELECT 1 WHERE to_regtype('mood') IS NOT NULL OR to_regtype('app.mood') IS NOT NULL$$),
	($$SELECT 1 WHERE to_regclass('app.hidden_table') IS NOT NULL OR to_regproc('app.hidden_add') IS NOT NULL$$),
	($$SELECT 1 FROM pg_type WHERE pg_type_is_visible(oid) AND typname = 'mood'$$),
	($$UPDATE pg_description SET description = 'changed' WHERE description = 'hidden comment' RETURNING 1$$),
	($$DELETE FROM pg_description USING pg_class c WHERE c.oid = objoid AND relname = 'hidden_table' RETURNING 1$$);
CREATE FUNCTION public.find(command text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	rows int;
BEGIN
	EXECUTE command;
	GET DIAGNOSTICS rows = ROW_COUNT;
	RETURN rows > 0;
END $$;
SET search_path = app, public;
-- rolled back, since two of them write
BEGIN;
SELECT query AS "finds nothing outside" FROM ways WHERE NOT public.find(query) ORDER BY n;
ROLLBACK;
RESET search_path;
SET client_min_messages = notice;
SELECT count(*) > 0 AS all_would_go FROM migrate.diff($$DO $do$ DECLARE q text; BEGIN
	FOR q IN SELECT query FROM public.ways ORDER BY n LOOP
		IF public.find(q) THEN RAISE NOTICE 'finds something: %', q; END IF;
	END LOOP;
END $do$;$$, '{app}', true);
SET client_min_messages = warning;
DROP FUNCTION public.found(), public.find(text);

-- statements that are not a mere query
SELECT count(*) FROM migrate.diff($$
CREATE TABLE app.found AS SELECT typname::text AS name FROM pg_type WHERE typname = 'mood';
SELECT typname::text AS name INTO TABLE app.found_too FROM pg_type WHERE typname = 'mood';
CREATE MATERIALIZED VIEW app.found_as_well AS SELECT typname::text AS name FROM pg_type WHERE typname = 'mood';
INSERT INTO app.found SELECT typname::text FROM pg_type WHERE typname = 'mood';
INSERT INTO app.found VALUES ('this'), ('mood');
UPDATE app.found SET name = 'that' FROM pg_type WHERE typname = name;
DELETE FROM app.found USING pg_class WHERE relname = 'hidden_table';
PREPARE hidden_asks AS INSERT INTO app.found SELECT typname::text FROM pg_type WHERE typname = 'mood';
EXECUTE hidden_asks;
EXPLAIN (ANALYZE) INSERT INTO app.found SELECT typname::text FROM pg_type WHERE typname = 'mood';
DEALLOCATE hidden_asks;
DO $do$
DECLARE
	types CURSOR FOR SELECT typname FROM pg_type WHERE typname = 'mood';
	plan text := '';
BEGIN
	FOR t IN types LOOP RAISE 'by a cursor: %', t; END LOOP;
	IF (SELECT array_agg(name ORDER BY name) FROM app.found) <> '{mood,this}' THEN RAISE '%', (SELECT array_agg(name) FROM app.found); END IF;
	IF EXISTS (SELECT FROM app.found_too UNION ALL SELECT FROM app.found_as_well) THEN RAISE 'by CREATE ... AS'; END IF;
END $do$;
DROP TABLE app.found, app.found_too;
DROP MATERIALIZED VIEW app.found_as_well;
$$, '{app}', true) WHERE action <> 'drop';

-- what was planned before is planned anew, when a shadow begins and when it ends, even by an error
PREPARE moods AS SELECT count(*) AS moods FROM pg_type WHERE typname = 'mood';
EXECUTE moods;
SELECT has_type_plpgsql('mood');
SELECT count(*) FROM migrate.diff($$EXECUTE moods; DO $do$ BEGIN IF public.has_type_plpgsql('mood') THEN RAISE 'found'; END IF; END $do$;
	CREATE TYPE app.mood AS ENUM ('other');
	DO $do$ BEGIN IF NOT public.has_type_plpgsql('mood') THEN RAISE 'not found'; END IF; END $do$;$$, '{app}') WHERE action = 'create';
EXECUTE moods;
SELECT has_type_plpgsql('mood');
\set SHOW_CONTEXT never
SELECT count(*) FROM migrate.diff($$DO $do$ BEGIN PERFORM public.has_type_plpgsql('mood'); RAISE 'on purpose'; END $do$;$$, '{app}');
\set SHOW_CONTEXT errors
EXECUTE moods;
SELECT has_type_plpgsql('mood'), migrate.is_hidden('pg_namespace'::regclass, 'app'::regnamespace);

-- row-level security of the text's own tables is as it was; other schemas are seen
CREATE SCHEMA other;
CREATE TYPE other.mood AS ENUM ('seen');
CREATE ROLE regress_hidden;
GRANT USAGE ON SCHEMA app TO regress_hidden;
SELECT count(*) FROM migrate.diff($$
CREATE TABLE app.secured AS SELECT 1 AS i UNION ALL SELECT 2;
ALTER TABLE app.secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY secured ON app.secured USING (i = 1 AND EXISTS (SELECT FROM pg_class WHERE relname = 'secured') AND NOT EXISTS (SELECT FROM pg_class WHERE relname = 'hidden_table'));
GRANT SELECT ON app.secured TO regress_hidden;
SET ROLE regress_hidden;
DO $do$ BEGIN
	IF (SELECT count(*) FROM app.secured) <> 1 OR (SELECT count(*) FROM pg_type WHERE typname = 'mood') <> 1 THEN RAISE 'wrong'; END IF;
END $do$;
RESET ROLE;
DROP TABLE app.secured;
$$, '{app}', true) WHERE action <> 'drop';
DROP SCHEMA other CASCADE;

-- the locks of what is put away
BEGIN;
LOCK TABLE app.hidden_table;
SELECT count(*) FROM migrate.diff($$DO $do$ BEGIN
	IF EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND locktype = 'relation' AND pid = pg_backend_pid()) THEN RAISE 'found'; END IF;
END $do$;$$, '{app}', true) WHERE action <> 'drop';
SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND locktype = 'relation' AND pid = pg_backend_pid();
ROLLBACK;
DROP SCHEMA app CASCADE;
DROP ROLE regress_hidden;

-- the whole database: what no schema holds, and what is there already for a shadow's own sake
DROP TABLE questions, ways;
DROP VIEW types_in_use;
DROP FUNCTION types_named, has_type, has_type_plpgsql, has_type_as_other;
CREATE SCHEMA bare;
CREATE EXTENSION citext;
CREATE TABLE published (i int);
CREATE FUNCTION fires() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE TYPE pair AS (a int, b int);
SET client_min_messages = error;
CREATE PUBLICATION hidden_publication FOR TABLE published;
SET client_min_messages = warning;
CREATE FOREIGN DATA WRAPPER hidden_wrapper;
CREATE SERVER hidden_server FOREIGN DATA WRAPPER hidden_wrapper;
CREATE USER MAPPING FOR PUBLIC SERVER hidden_server;
CREATE EVENT TRIGGER hidden_event ON ddl_command_end EXECUTE FUNCTION fires();
CREATE ACCESS METHOD hidden_method TYPE TABLE HANDLER heap_tableam_handler;
CREATE CAST (pair AS text) WITH INOUT;
SELECT $$
DO $do$ BEGIN
	IF NOT EXISTS (SELECT FROM information_schema.schemata WHERE schema_name = 'bare') THEN CREATE SCHEMA bare; END IF;
	IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'plpgsql') THEN CREATE EXTENSION plpgsql; END IF;
	IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'migrate_ext') THEN CREATE EXTENSION migrate_ext; END IF;
	IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citext') THEN CREATE EXTENSION citext; END IF;
	IF NOT EXISTS (SELECT FROM pg_tables WHERE tablename = 'published') THEN CREATE TABLE published (i int); END IF;
	IF NOT EXISTS (SELECT FROM pg_proc WHERE proname = 'fires') THEN
		CREATE FUNCTION fires() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
	END IF;
	IF to_regtype('pair') IS NULL THEN CREATE TYPE pair AS (a int, b int); END IF;
	IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'hidden_publication') THEN CREATE PUBLICATION hidden_publication; END IF;
	IF NOT EXISTS (SELECT FROM pg_publication_tables WHERE tablename = 'published') THEN ALTER PUBLICATION hidden_publication ADD TABLE published; END IF;
	IF NOT EXISTS (SELECT FROM information_schema.foreign_data_wrappers WHERE foreign_data_wrapper_name = 'hidden_wrapper') THEN CREATE FOREIGN DATA WRAPPER hidden_wrapper; END IF;
	IF NOT EXISTS (SELECT FROM pg_foreign_server WHERE srvname = 'hidden_server') THEN CREATE SERVER hidden_server FOREIGN DATA WRAPPER hidden_wrapper; END IF;
	IF NOT EXISTS (SELECT FROM pg_user_mappings WHERE srvname = 'hidden_server') THEN CREATE USER MAPPING FOR PUBLIC SERVER hidden_server; END IF;
	IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'hidden_event') THEN CREATE EVENT TRIGGER hidden_event ON ddl_command_end EXECUTE FUNCTION fires(); END IF;
	IF NOT EXISTS (SELECT FROM pg_am WHERE amname = 'hidden_method') THEN CREATE ACCESS METHOD hidden_method TYPE TABLE HANDLER heap_tableam_handler; END IF;
	IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = 'pair'::regtype) THEN CREATE CAST (pair AS text) WITH INOUT; END IF;
	IF EXISTS (SELECT FROM pg_description WHERE description = 'nothing') OR EXISTS (SELECT FROM pg_namespace WHERE nspname LIKE '%hidden%') THEN RAISE 'found'; END IF;
END $do$;
$$ AS model \gset
SET client_min_messages = error;
SELECT action, object_type, object_identity FROM migrate.diff(:'model', '{*}');
SELECT migrate.migrate('nothing', :'model', '{*}') IS NULL AS "No changes";
SET client_min_messages = warning;
DROP EXTENSION migrate_ext CASCADE;
DROP EXTENSION citext;
DROP EVENT TRIGGER hidden_event;
DROP PUBLICATION hidden_publication;
DROP FOREIGN DATA WRAPPER hidden_wrapper CASCADE;
DROP ACCESS METHOD hidden_method;
DROP TYPE pair CASCADE;
DROP TABLE published;
DROP FUNCTION fires;
DROP SCHEMA bare;
