-- Who owns what, and who may do what.  The README has the grants for readers,
-- runners and authors.

-- CREATE EXTENSION by a database owner runs this script as a superuser: hand
-- the objects over.  The extension's own queries run as the owner of its tables.
ALTER TABLE migrate.revisions OWNER TO @extowner@;
ALTER TABLE migrate.scripts OWNER TO @extowner@;
ALTER TABLE migrate.version OWNER TO @extowner@;
ALTER TABLE migrate.log OWNER TO @extowner@;
ALTER FUNCTION migrate.revision OWNER TO @extowner@;
ALTER FUNCTION migrate.merge OWNER TO @extowner@;
ALTER FUNCTION migrate.edit OWNER TO @extowner@;
ALTER FUNCTION migrate.remove OWNER TO @extowner@;
ALTER FUNCTION migrate.load OWNER TO @extowner@;
ALTER FUNCTION migrate.load_files OWNER TO @extowner@;
ALTER FUNCTION migrate.upgrade OWNER TO @extowner@;
ALTER FUNCTION migrate.downgrade OWNER TO @extowner@;
ALTER FUNCTION migrate.stamp OWNER TO @extowner@;
ALTER FUNCTION migrate.plan OWNER TO @extowner@;
ALTER FUNCTION migrate.upgrade_sql OWNER TO @extowner@;
ALTER FUNCTION migrate.downgrade_sql OWNER TO @extowner@;
ALTER FUNCTION migrate.stamp_sql OWNER TO @extowner@;
ALTER FUNCTION migrate.current OWNER TO @extowner@;
ALTER FUNCTION migrate.heads OWNER TO @extowner@;
ALTER FUNCTION migrate.branches OWNER TO @extowner@;
ALTER FUNCTION migrate.history OWNER TO @extowner@;
ALTER FUNCTION migrate.show OWNER TO @extowner@;
ALTER FUNCTION migrate.script OWNER TO @extowner@;
ALTER FUNCTION migrate.check_heads OWNER TO @extowner@;
ALTER FUNCTION migrate.graph OWNER TO @extowner@;
ALTER FUNCTION migrate.status OWNER TO @extowner@;

-- Reading needs USAGE on the schema, which nobody has until granted.  Writing
-- decides what a later upgrade runs, and running it changes the schema: both
-- are the owner's until granted, function by function.
REVOKE EXECUTE ON FUNCTION migrate.revision, migrate.merge, migrate.edit, migrate.remove,
	migrate.load, migrate.load_files, migrate.upgrade, migrate.downgrade, migrate.stamp FROM PUBLIC;
