-- The extension goes, what its revisions made stays.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
SELECT migrate.revision('stays', 'CREATE TABLE stays (a int); INSERT INTO stays VALUES (1)', rev_id => 'u1');
SELECT migrate.upgrade();
DROP EXTENSION migrate_ext;
SELECT * FROM stays;
SELECT count(*) FROM pg_class WHERE relnamespace = 'migrate'::regnamespace;
SELECT count(*) FROM pg_proc WHERE pronamespace = 'migrate'::regnamespace;
SHOW search_path;
DROP TABLE stays;
DROP SCHEMA migrate;
