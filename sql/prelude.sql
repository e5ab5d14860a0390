-- What a history presupposes: prelude.sql, and the setting migrate.prelude.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS shop, host CASCADE;
RESET client_min_messages;
\set schemas '{shop}'

-- the tables of a host application, of which the revisions know a part
CREATE SCHEMA host;
CREATE SCHEMA shop;
CREATE TABLE host.users (id int PRIMARY KEY, name text, secret text);
CREATE TABLE shop.schema_migrations (version varchar(128) PRIMARY KEY, dirty boolean DEFAULT false);
CREATE INDEX ON shop.schema_migrations (dirty);
SELECT migrate.revision('orders', $$CREATE TABLE shop.orders (id int PRIMARY KEY, who int REFERENCES host.users);
	CREATE VIEW shop.applied AS SELECT version FROM shop.schema_migrations;
	INSERT INTO shop.schema_migrations VALUES ('1')$$,
	'DROP VIEW shop.applied; DROP TABLE shop.orders; DELETE FROM shop.schema_migrations', rev_id => 'a1');
SELECT migrate.upgrade();
-- without a prelude
SELECT * FROM migrate.drift(:'schemas');

-- it is a file beside the revisions
SELECT migrate.load_files(ARRAY[$$CREATE SCHEMA host;
CREATE TABLE host.users (id int PRIMARY KEY);
CREATE TABLE shop.schema_migrations (version varchar(128) PRIMARY KEY);$$], ARRAY['migrations/prelude.sql']);
SELECT migrate.prelude();
SELECT migrate.load_files(ARRAY[migrate.prelude()], ARRAY['prelude.sql'], 'digest');
SELECT migrate.files_are_loaded('digest'), migrate.files_are_loaded('other');
SELECT action, object_type, object_identity FROM migrate.drift(:'schemas');
SELECT action, message FROM migrate.log WHERE action <> 'upgrade' ORDER BY id;
SELECT * FROM migrate.verify(schemas => :'schemas');
SELECT * FROM migrate.verify();
-- nothing of it has been run here
SELECT count(*) FROM shop.schema_migrations;

-- the kept answer is for this prelude
SELECT migrate.load($$CREATE SCHEMA host; CREATE TABLE host.users (id int PRIMARY KEY);$$, 'prelude.sql');
SELECT migrate.files_are_loaded('digest');
SELECT * FROM migrate.drift(:'schemas');
SELECT migrate.load($$CREATE SCHEMA host; CREATE TABLE host.users (id int PRIMARY KEY);
CREATE TABLE shop.schema_migrations (version varchar(128) PRIMARY KEY, gone text);
CREATE TABLE shop.nowhere (id int);$$, 'prelude.sql');
SELECT action, object_type, object_identity FROM migrate.drift(:'schemas');

-- what a revision changes there is its own, and what somebody has done beside it is seen
SELECT migrate.revision('change', $$ALTER TABLE shop.schema_migrations ADD tag text; CREATE INDEX tags ON shop.schema_migrations (tag);
	ALTER TABLE shop.schema_migrations ALTER dirty SET DEFAULT true$$,
	$$DROP INDEX shop.tags; ALTER TABLE shop.schema_migrations DROP tag; ALTER TABLE shop.schema_migrations ALTER dirty DROP DEFAULT$$,
	rev_id => 'a2');
SELECT migrate.load($$CREATE SCHEMA host; CREATE TABLE host.users (id int PRIMARY KEY);
CREATE TABLE shop.schema_migrations (version varchar(128) PRIMARY KEY, dirty boolean);$$, 'prelude.sql');
SELECT migrate.upgrade();
SELECT action, object_type, object_identity FROM migrate.drift(:'schemas');
SELECT * FROM migrate.verify('a2', :'schemas');
ALTER TABLE shop.schema_migrations ALTER dirty DROP DEFAULT;
DROP INDEX shop.tags;
ALTER TABLE shop.schema_migrations ADD another int;
ALTER TABLE shop.orders ADD by_hand int;
SELECT action, object_type, object_identity FROM migrate.drift(:'schemas');
CREATE INDEX tags ON shop.schema_migrations (tag);
ALTER TABLE shop.orders DROP by_hand;
SELECT migrate.downgrade('a1');
SELECT migrate.remove('a2');

-- the whole database: a schema that the prelude makes is somebody else's, what the revisions make in it is not
SELECT migrate.revision('in it', 'CREATE TABLE host.ours (id int)', 'DROP TABLE host.ours', rev_id => 'a3');
SELECT migrate.load($$CREATE SCHEMA host; CREATE TABLE host.users (id int PRIMARY KEY); CREATE SCHEMA shop;
CREATE TABLE shop.schema_migrations (version varchar(128) PRIMARY KEY, dirty boolean);$$, 'prelude.sql');
SELECT migrate.upgrade('a3');
CREATE TABLE host.theirs (id int);
ALTER TABLE host.ours ADD by_hand int;
ALTER TABLE host.users ADD by_hand int;
SELECT action, object_type, object_identity FROM migrate.drift('{*}')
 WHERE object_identity ~ 'host|shop';
ALTER TABLE host.ours DROP by_hand;
SELECT * FROM migrate.verify('a3');
SELECT migrate.downgrade('a1');
SELECT migrate.remove('a3');

-- squash and its proof
SELECT migrate.revision('more', 'CREATE TABLE shop.more (who int REFERENCES host.users)', 'DROP TABLE shop.more', rev_id => 'a4');
SELECT migrate.upgrade();
SELECT migrate.squash('a1', 'a4', schemas => :'schemas', ignore_data => true, rev_id => 'a5');
SELECT line FROM migrate.scripts, regexp_split_to_table(upgrade, '\n') AS line WHERE revision = 'a5' AND line ~ '^[A-Z]';
SELECT * FROM migrate.verify('a5', :'schemas');

-- the setting, which is the session's, is run instead
SET migrate.prelude = 'CREATE SCHEMA host; SELECT 1/0';
SELECT * FROM migrate.verify('a5', :'schemas');
SELECT * FROM migrate.drift(:'schemas');
SET migrate.prelude = 'nonsense';
SELECT * FROM migrate.drift(:'schemas');
RESET migrate.prelude;
ALTER ROLE CURRENT_USER SET migrate.prelude = 'CREATE TABLE planted (id int)';
SELECT current_database() AS db \gset
ALTER DATABASE :"db" SET migrate.prelude = 'CREATE TABLE planted (id int)';
CREATE FUNCTION planted() RETURNS int LANGUAGE sql SET migrate.prelude = 'SELECT 1' AS 'SELECT 1';

-- before the library is loaded nobody can refuse it; so it counts for nothing
\c -
ALTER DATABASE :"db" SET migrate.prelude = 'SELECT 1/0';
\c -
SELECT count(*) FROM migrate.current();
SELECT * FROM migrate.verify('a5', :'schemas');
ALTER DATABASE :"db" RESET migrate.prelude;

-- what a file may not hold; one without statements takes it back
SELECT migrate.load('CREATE TABLE', 'prelude.sql');
SELECT migrate.load('\i other.sql', 'prelude.sql');
SELECT migrate.load_files(ARRAY['SELECT 1', 'SELECT 2'], ARRAY['a/prelude.sql', 'b/prelude.sql']);
SELECT migrate.load_files(ARRAY['-- nothing any more'], ARRAY['prelude.sql']);
SELECT migrate.prelude();
SELECT migrate.load_files(ARRAY['-- nothing any more'], ARRAY['prelude.sql']);

-- a baseline is what there is beyond it
SET client_min_messages = warning;
DROP EXTENSION migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
SELECT migrate.load('CREATE SCHEMA host; CREATE TABLE host.users (id int PRIMARY KEY); CREATE TABLE shop.missing (id int)', 'prelude.sql');
SELECT migrate.baseline(schemas => :'schemas', rev_id => 'b1');
SELECT migrate.load('CREATE SCHEMA host; CREATE SCHEMA shop; CREATE TABLE host.users (id int PRIMARY KEY);
	CREATE TABLE shop.schema_migrations (version varchar(128) PRIMARY KEY, dirty boolean)', 'prelude.sql');
SELECT migrate.baseline(schemas => :'schemas', rev_id => 'b1');
SELECT line FROM migrate.scripts, regexp_split_to_table(upgrade, '\n') AS line WHERE revision = 'b1' AND line ~ '^[A-Z]';
SELECT * FROM migrate.drift(:'schemas');
SELECT * FROM migrate.verify(schemas => :'schemas');

-- it gives nobody rights: it runs as who calls, as a model does
SELECT migrate.stamp('base');
SELECT migrate.remove('b1');
SELECT migrate.load('-- none', 'prelude.sql');
SELECT migrate.revision('mine', 'CREATE TABLE mine.t (id int)', 'DROP TABLE mine.t', rev_id => 'c1');
CREATE ROLE regress_migrate_host;
CREATE ROLE regress_migrate_other SUPERUSER;
CREATE FUNCTION host.as_owner() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user::text';
ALTER FUNCTION host.as_owner() OWNER TO regress_migrate_other;
GRANT USAGE ON SCHEMA host, migrate TO regress_migrate_host;
GRANT EXECUTE ON FUNCTION migrate.verify TO regress_migrate_host;
GRANT CREATE ON DATABASE :"db" TO regress_migrate_host;
CREATE SCHEMA mine AUTHORIZATION regress_migrate_host;
SET ROLE regress_migrate_host;
SET migrate.prelude = 'SELECT host.as_owner()';
SELECT * FROM migrate.verify(schemas => '{mine}');
RESET migrate.prelude;
SELECT migrate.load('SELECT 1', 'prelude.sql');
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA mine, shop, host CASCADE;
DROP OWNED BY regress_migrate_host;
DROP ROLE regress_migrate_host, regress_migrate_other;
