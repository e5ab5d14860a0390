-- Who owns what, and who may do what.  The README has the grants for readers,
-- runners and authors.

-- Everything belongs to the owner of the schema, who mostly is the one who
-- runs CREATE EXTENSION (this script then runs as a superuser).  Where they
-- differ, a superuser restores a dump or installs for somebody; anybody else
-- would put tables into the hands of a stranger.
DO $$
DECLARE
	schema_owner regrole := (SELECT nspowner FROM pg_namespace WHERE nspname = 'migrate');
	installer regrole := '@extowner@';
	object text;
BEGIN
	IF NOT pg_has_role(installer, schema_owner, 'MEMBER') THEN
		RAISE EXCEPTION 'schema "migrate" is there already and belongs to %', schema_owner
			USING ERRCODE = 'insufficient_privilege',
				DETAIL = 'The extension would be in the hands of the schema''s owner.',
				HINT = 'Have its owner create the extension, or drop the schema.';
	END IF;
	FOR object IN
		SELECT 'TABLE ' || oid::regclass FROM pg_class WHERE relnamespace = 'migrate'::regnamespace AND relkind IN ('r', 'v')
		UNION ALL
		SELECT 'ROUTINE ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'migrate'::regnamespace
	LOOP
		EXECUTE 'ALTER ' || object || ' OWNER TO ' || schema_owner;
	END LOOP;
END $$;

-- Reading needs USAGE on the schema, which nobody has until granted.  Writing
-- decides what a later upgrade runs, and running it changes the schema: both
-- are the owner's until granted, function by function.
REVOKE EXECUTE ON FUNCTION migrate.revision, migrate.merge, migrate.edit, migrate.remove,
	migrate.load, migrate.load_files, migrate.load_directory, migrate.rebase, migrate.upgrade, migrate.downgrade, migrate.stamp, migrate.resolve, migrate.dry_run FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE migrate.deploy, migrate.revert FROM PUBLIC;
