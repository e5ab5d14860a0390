-- Secrets that the database keeps are not written into revisions, nor told; and a baseline of a
-- database with extensions goes up again where they have stayed.
CREATE DATABASE regress_migrate_secrets;
SELECT current_database() AS db \gset
\c regress_migrate_secrets
\set VERBOSITY terse
SET migrate.schemas = '*';
CREATE EXTENSION migrate_ext;
CREATE EXTENSION citext;
CREATE SCHEMA other;
CREATE EXTENSION hstore SCHEMA other;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'app', password 'hunter2', "API key" 'hunter2');
CREATE USER MAPPING FOR pg_monitor SERVER s OPTIONS (user 'it''s', password_required 'false');
SET client_min_messages = error;
CREATE SUBSCRIPTION regress_migrate_s CONNECTION 'host=/nowhere password=hunter2' PUBLICATION p WITH (connect = false, slot_name = NONE);
RESET client_min_messages;
CREATE TABLE t (c citext PRIMARY KEY, h other.hstore);

-- everything that says what is there
\set VERBOSITY default
SELECT migrate.baseline('All of it', rev_id => 'a');
\set VERBOSITY terse
SELECT line FROM migrate.scripts, regexp_split_to_table(upgrade, '\n') AS line WHERE line ~ 'MAPPING|SUBSCRIPTION|CREATE EXTENSION';
SELECT * FROM migrate.drift();
SELECT * FROM migrate.verify();

-- one that is added by hand, and secrets that alone are others
BEGIN;
CREATE USER MAPPING FOR pg_read_all_stats SERVER s OPTIONS (password 'hunter2');
SELECT action, object_type, object_identity, upgrade FROM migrate.drift();
SELECT migrate.record('By hand', rev_id => 'b');
SELECT upgrade FROM migrate.scripts WHERE revision = 'b';
ROLLBACK;
SELECT migrate.check((SELECT upgrade FROM migrate.scripts WHERE revision = 'a'));
-- what is shown and not kept has them
\set model 'CREATE EXTENSION migrate_ext; CREATE EXTENSION citext; CREATE SCHEMA other; CREATE EXTENSION hstore SCHEMA other; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE TABLE t (c citext PRIMARY KEY, h other.hstore);'
\set subscription 'CREATE SUBSCRIPTION regress_migrate_s CONNECTION ''host=/elsewhere password=hunter3'' PUBLICATION p WITH (connect = false, slot_name = NONE);'
SELECT action, object_type, object_identity, upgrade, hazards FROM migrate.diff(:'model' || :'subscription' ||
	$$CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'app', password 'hunter3', token 'hunter2');$$);
SELECT migrate.migrate('Modelled', :'model' || $$
	CREATE SUBSCRIPTION regress_migrate_s CONNECTION 'host=/elsewhere password=hunter3' PUBLICATION p, q WITH (connect = false, slot_name = NONE);
	CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'app', password 'hunter3');
	CREATE USER MAPPING FOR pg_monitor SERVER s OPTIONS (user 'it''s', password_required 'true');$$, rev_id => 'c');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'c';
SELECT migrate.upgrade();

-- a server that is made again takes its mappings along, and with them what nobody has written
SELECT migrate.migrate('Another type', replace(:'model' || :'subscription', 'SERVER s FOREIGN', 'SERVER s TYPE ''x'' FOREIGN') ||
	$$CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'app', password 'hunter3');$$, rev_id => 'd');

-- a name is no order to a terminal
CREATE SERVER U&"e\001b[2J" FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR PUBLIC SERVER U&"e\001b[2J" OPTIONS (password 'hunter2');
SET migrate.schemas = '*';
SELECT migrate.remove('d');
SELECT migrate.record('Hostile', rev_id => 'e');

-- in none of our books
SELECT table_name, count(*) FROM (
	SELECT 'revisions' AS table_name, r::text FROM migrate.revisions AS r UNION ALL
	SELECT 'scripts', s::text FROM migrate.scripts AS s UNION ALL SELECT 'log', l::text FROM migrate.log AS l) AS books (table_name, text)
WHERE text ~ 'hunter' GROUP BY table_name;
DROP SUBSCRIPTION regress_migrate_s;
\c :db
DROP DATABASE regress_migrate_secrets;
