-- an index that a failed CREATE INDEX CONCURRENTLY has left INVALID stops nobody
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
\set VERBOSITY terse
CREATE SCHEMA inv;
CREATE TABLE inv.t (a int);
INSERT INTO inv.t VALUES (1), (1);
CREATE UNIQUE INDEX CONCURRENTLY ti ON inv.t (a);
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'inv.t'::regclass;
\set VERBOSITY default

-- the revision makes it as a valid one
SELECT migrate.baseline(schemas => '{inv}', rev_id => 'b0');
SELECT upgrade FROM migrate.scripts;
SELECT action, object_identity FROM migrate.drift('{inv}');
-- again: the answer is not kept
SELECT action, object_identity FROM migrate.drift('{inv}');

-- a model has it: it differs, and is built anew
\set model 'CREATE SCHEMA inv; CREATE TABLE inv.t (a int); CREATE UNIQUE INDEX ti ON inv.t (a);'
SELECT migrate.check(:'model', '{inv}');
SELECT migrate.migrate('build', :'model', '{inv}', rev_id => 'b1');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'b1';
SELECT migrate.remove('b1');
SELECT migrate.migrate('build online', :'model', '{inv}', rev_id => 'b2', online => true);
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'b2';
SELECT migrate.remove('b2');

-- another change beside it; a change of its table's name
SELECT migrate.migrate('column', replace(:'model', 'a int', 'a int, b int'), '{inv}', rev_id => 'b3');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'b3';
SELECT migrate.remove('b3');
SELECT action, upgrade FROM migrate.diff(replace(:'model', 'inv.t ', 'inv.u '), '{inv}', renames => '{inv.t=inv.u}');
SELECT action, upgrade FROM migrate.diff(replace(:'model', 'ti ', 'tj '), '{inv}', renames => '{inv.ti=inv.tj}');

-- the model does not have it: it is dropped
SELECT migrate.migrate('drop', 'CREATE SCHEMA inv; CREATE TABLE inv.t (a int);', '{inv}', rev_id => 'b4');
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'b4';
SELECT migrate.upgrade('head');
SELECT action, object_identity FROM migrate.drift('{inv}');

-- a row of pg_depend without its object, in a damaged catalog, has a name
BEGIN;
SET LOCAL allow_system_table_mods = on;
INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
  VALUES ('pg_proc'::regclass, 4294967000, 0, 'pg_namespace'::regclass, 'inv'::regnamespace, 0, 'n'),
    ('pg_class'::regclass, 4294967000, 0, 'pg_namespace'::regclass, 'inv'::regnamespace, 0, 'n'),
    ('pg_conversion'::regclass, 4294967000, 0, 'pg_namespace'::regclass, 'inv'::regnamespace, 0, 'n');
SELECT migrate.migrate('damaged', 'CREATE SCHEMA inv;', '{inv}');
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA inv CASCADE;
