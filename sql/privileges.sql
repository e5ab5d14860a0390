-- Who may do what: nobody but the owner until granted; the reference's grants for
-- a reader, a runner and an author.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE ROLE regress_migrate_nobody;
CREATE ROLE regress_migrate_reader;
CREATE ROLE regress_migrate_runner;
CREATE ROLE regress_migrate_author;
CREATE SCHEMA app;
CREATE SCHEMA closed;
GRANT ALL ON SCHEMA app TO regress_migrate_runner;
SELECT migrate.revision('first', 'CREATE TABLE app.t (a int)', 'DROP TABLE app.t', rev_id => 'p1');

SET ROLE regress_migrate_nobody;
SELECT migrate.current();
SELECT migrate.upgrade();
SELECT * FROM migrate.log;
RESET ROLE;

-- reader
GRANT USAGE ON SCHEMA migrate TO regress_migrate_reader;
GRANT SELECT ON migrate.log TO regress_migrate_reader;
SET ROLE regress_migrate_reader;
SELECT migrate.current(), migrate.heads(), migrate.check_heads();
SELECT revision, is_applied FROM migrate.history();
SELECT count(*) FROM migrate.plan('upgrade', 'head');
SELECT length(migrate.script('head')) > 0, length(migrate.upgrade_sql()) > 0, length(migrate.graph()) > 0, length(migrate.show()) > 0;
SELECT current, pending FROM migrate.status();
SELECT count(*) FROM migrate.log;
SELECT migrate.upgrade();
SELECT migrate.downgrade();
SELECT migrate.stamp();
SELECT migrate.revision('x');
SELECT migrate.merge();
SELECT migrate.edit('p1');
SELECT migrate.remove('p1');
SELECT migrate.load('');
SELECT migrate.load_files('{}');
SELECT * FROM migrate.revisions;
SELECT * FROM migrate.scripts;
INSERT INTO migrate.version VALUES ('p1');
RESET ROLE;

-- runner: runs as itself, with no rights on the tables
GRANT USAGE ON SCHEMA migrate TO regress_migrate_runner;
GRANT EXECUTE ON FUNCTION migrate.upgrade, migrate.downgrade, migrate.stamp TO regress_migrate_runner;
SET ROLE regress_migrate_runner;
SELECT migrate.upgrade();
SELECT migrate.current();
SELECT tableowner FROM pg_tables WHERE schemaname = 'app';
SELECT migrate.downgrade();
SELECT migrate.stamp();
SELECT migrate.stamp('base');
SELECT migrate.revision('x', 'ALTER ROLE regress_migrate_runner SUPERUSER');
DELETE FROM migrate.version;
UPDATE migrate.scripts SET upgrade = '';
RESET ROLE;
SELECT action, role, session_role = session_user AS session FROM migrate.log ORDER BY id;

-- author: writes, and does not run
GRANT USAGE ON SCHEMA migrate TO regress_migrate_author;
GRANT EXECUTE ON FUNCTION migrate.revision, migrate.merge, migrate.edit, migrate.remove,
	migrate.load, migrate.load_files, migrate.rebase, migrate.migrate, migrate.baseline, migrate.squash,
	migrate.drift, migrate.verify TO regress_migrate_author;
SET ROLE regress_migrate_author;
SELECT migrate.revision('second', 'CREATE TABLE app.u (who name DEFAULT current_user)', 'DROP TABLE app.u', rev_id => 'p2');
SELECT migrate.edit('p2', message => 'the second');
SELECT migrate.load(migrate.script('p2'));
SELECT migrate.upgrade();
UPDATE migrate.scripts SET upgrade = '';
RESET ROLE;
-- what an author writes runs with the rights of whoever runs it, no more
SELECT migrate.edit('p2', upgrade => 'CREATE TABLE closed.u (a int)');
SET ROLE regress_migrate_runner;
SELECT migrate.upgrade();
RESET ROLE;
-- nor does a revision see the rights that the bookkeeping has
SELECT migrate.edit('p2', upgrade => 'DELETE FROM migrate.version; SELECT 1');
SET ROLE regress_migrate_runner;
SELECT migrate.upgrade();
RESET ROLE;
SELECT migrate.current();
-- who tries a schema out could drop what is in it: what the runner made, as a member of that
SELECT migrate.remove('p2');
SELECT current_database() AS db \gset
GRANT CREATE ON DATABASE :"db" TO regress_migrate_author;
GRANT USAGE, CREATE ON SCHEMA app TO regress_migrate_author;
SET ROLE regress_migrate_runner;
SELECT migrate.upgrade();
SET ROLE regress_migrate_author;
\set VERBOSITY terse
SELECT migrate.migrate('third', 'CREATE TABLE app.t (a int, b int)', '{app}', rev_id => 'p3');
\set VERBOSITY default
RESET ROLE;
ALTER SCHEMA app OWNER TO regress_migrate_runner;
GRANT regress_migrate_runner TO regress_migrate_author;
SET ROLE regress_migrate_author;
SELECT migrate.migrate('third', 'CREATE TABLE app.t (a int, b int); ALTER TABLE app.t OWNER TO regress_migrate_runner', '{app}', rev_id => 'p3');
SET ROLE regress_migrate_runner;
SELECT migrate.upgrade();
RESET ROLE;
REVOKE CREATE ON DATABASE :"db" FROM regress_migrate_author;
DROP EXTENSION migrate_ext;
DROP SCHEMA app, closed, migrate CASCADE;
DROP ROLE regress_migrate_nobody, regress_migrate_reader, regress_migrate_runner, regress_migrate_author;
CREATE EXTENSION migrate_ext;
