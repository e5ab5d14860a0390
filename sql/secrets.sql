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

-- a revision that has a secret is run with it, and nothing that is told has it
DELETE FROM migrate.version;
DELETE FROM migrate.revisions;
SELECT migrate.revision('Written by hand', $$
SELECT 'zażółć'; CREATE ROLE regress_migrate_secret PASSWORD 'plantęd' CONNECTION LIMIT 3; ALTER ROLE regress_migrate_secret ENCRYPTED PASSWORD
	E'pl\u0061nted';
CREATE USER MAPPING FOR regress_migrate_secret SERVER s OPTIONS (user 'shown', password $p$planted$p$, "API key" U&'pl\0061nted');
ALTER USER MAPPING FOR regress_migrate_secret SERVER s OPTIONS (SET password 'planted', DROP "API key");
ALTER SUBSCRIPTION regress_migrate_s CONNECTION 'host=/elsewhere password=planted';
CREATE TABLE secret (i int);
VACUUM secret;
ALTER ROLE regress_migrate_secret PASSWORD NULL$$, 'DROP TABLE secret; DROP USER MAPPING FOR regress_migrate_secret SERVER s; ALTER ROLE regress_migrate_secret PASSWORD ''planted''; DROP ROLE regress_migrate_secret', rev_id => 'h1');
SET migrate.plain_concurrently = on;
SELECT sql FROM migrate.dry_run();
RESET migrate.plain_concurrently;
SELECT line FROM regexp_split_to_table(migrate.report('h1', 'markdown', trial => false), '\n') AS line WHERE line ~* 'role|mapping|connection|\*\*\*';
SELECT count(*) FROM unnest('{html,json,sarif,markdown}'::text[]) AS format WHERE migrate.report('h1', format, trial => false) ~ 'plant|u0061nt|0061nt';
CALL migrate.deploy();
SELECT subconninfo, srvname, umoptions FROM pg_subscription, pg_user_mappings WHERE usename = 'regress_migrate_secret';
\set VERBOSITY default
CALL migrate.revert('base');
SELECT migrate.edit('h1', upgrade => $$SELECT 'zażółć'; CREATE ROLE regress_migrate_secret PASSWORD 'plantęd' LOGIN PASSWORD 'plantęd'$$);
SELECT migrate.upgrade();
SELECT migrate.edit('h1', upgrade => $$ALTER ROLE regress_migrate_nobody PASSWORD 'planted'$$);
SELECT migrate.upgrade();
SELECT detail FROM migrate.verify();
SELECT detail FROM migrate.rehearse();
\set VERBOSITY terse
SELECT migrate.remove('h1');

-- in none of our books
SELECT table_name, count(*) FROM (
	SELECT 'revisions' AS table_name, r::text FROM migrate.revisions AS r UNION ALL
	SELECT 'scripts', s::text FROM migrate.scripts AS s UNION ALL SELECT 'log', l::text FROM migrate.log AS l) AS books (table_name, text)
WHERE text ~ 'hunter' GROUP BY table_name;
DROP SUBSCRIPTION regress_migrate_s;
\c :db
DROP DATABASE regress_migrate_secrets;
