-- The extension as a newcomer and as a careful owner meet it.
SET client_min_messages = warning;
CREATE EXTENSION migrate_ext;
SELECT extname, extversion, nspname, extrelocatable FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'migrate_ext';

-- every function, table, column and setting says what it is for
SELECT 'function', p.proname FROM pg_proc p
 WHERE p.pronamespace = 'migrate'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
UNION ALL
SELECT 'table', c.relname FROM pg_class c
 WHERE c.relnamespace = 'migrate'::regnamespace AND c.relkind IN ('r', 'v') AND obj_description(c.oid, 'pg_class') IS NULL
UNION ALL
SELECT 'column', a.attrelid::regclass || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'migrate'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0
   AND NOT a.attisdropped AND col_description(a.attrelid, a.attnum) IS NULL
ORDER BY 1, 2;
SELECT name, setting, context, vartype FROM pg_settings WHERE name LIKE 'migrate.%' AND short_desc <> '' ORDER BY name COLLATE "C";

-- what a dump has to carry
SELECT c.oid::regclass FROM pg_extension e, unnest(e.extconfig) WITH ORDINALITY AS u(oid, n), pg_class c
 WHERE e.extname = 'migrate_ext' AND c.oid = u.oid ORDER BY u.n;

-- an empty database answers everything
SELECT * FROM migrate.current();
SELECT * FROM migrate.heads();
SELECT * FROM migrate.branches();
SELECT * FROM migrate.history();
SELECT migrate.show(), migrate.script('head'), migrate.check_heads();
SELECT migrate.graph(), migrate.graph('dot'), migrate.graph('mermaid');
SELECT * FROM migrate.status();
SELECT * FROM migrate.upgrade();
SELECT * FROM migrate.plan('upgrade', 'head');
SELECT * FROM migrate.stamp('base');
DROP EXTENSION migrate_ext;
-- the server leaves the schema
DROP SCHEMA migrate;

-- a database owner who is not a superuser installs it and owns all of it
CREATE ROLE regress_migrate_owner;
SELECT current_database() AS db \gset
GRANT CREATE ON DATABASE :"db" TO regress_migrate_owner;
SET ROLE regress_migrate_owner;
CREATE EXTENSION migrate_ext;
SELECT migrate.revision('first', 'CREATE TEMP TABLE t (a int)', 'DROP TABLE t', rev_id => 'aa11');
SELECT migrate.upgrade();
SELECT migrate.downgrade('base');
RESET ROLE;
SELECT c.oid::regclass, pg_get_userbyid(c.relowner) FROM pg_class c
 WHERE c.relnamespace = 'migrate'::regnamespace AND c.relkind = 'r' ORDER BY 1;
SELECT DISTINCT pg_get_userbyid(p.proowner) FROM pg_proc p WHERE p.pronamespace = 'migrate'::regnamespace;

DROP EXTENSION migrate_ext;
DROP SCHEMA migrate;

-- a schema of that name that belongs to somebody else is not adopted
CREATE SCHEMA migrate;
SET ROLE regress_migrate_owner;
\set SHOW_CONTEXT never
CREATE EXTENSION migrate_ext;
\set SHOW_CONTEXT errors
RESET ROLE;
DROP SCHEMA migrate;
-- but a superuser may install for somebody, as a restored dump does
CREATE SCHEMA migrate AUTHORIZATION regress_migrate_owner;
CREATE EXTENSION migrate_ext;
SET ROLE regress_migrate_owner;
SELECT migrate.revision('first', rev_id => 'aa11');
SELECT migrate.upgrade();
RESET ROLE;
DROP EXTENSION migrate_ext;
DROP SCHEMA migrate;
REVOKE CREATE ON DATABASE :"db" FROM regress_migrate_owner;
DROP ROLE regress_migrate_owner;
CREATE EXTENSION migrate_ext;
