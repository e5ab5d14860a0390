-- What a made-up next version adds: a column, a table whose rows are dumped, a
-- function that nobody may call but the owner.
ALTER TABLE migrate.log ADD COLUMN made_up integer DEFAULT 1;
COMMENT ON COLUMN migrate.log.made_up IS 'a column of the next version';
CREATE TABLE migrate.made_up (
	id integer PRIMARY KEY
);
COMMENT ON TABLE migrate.made_up IS 'a table of the next version';
SELECT pg_catalog.pg_extension_config_dump('migrate.made_up', '');
CREATE FUNCTION migrate.made_up() RETURNS SETOF text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_current';
COMMENT ON FUNCTION migrate.made_up IS 'a function of the next version';
REVOKE EXECUTE ON FUNCTION migrate.made_up FROM PUBLIC;
