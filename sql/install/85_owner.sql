-- Who owns what.  An update script ends with this file, too: what it makes would
-- belong to a superuser.  It must not repeat 90_grants.sql: REVOKE in a script
-- of an extension takes down the rights of that moment as the initial ones, and
-- pg_dump then leaves out what users have granted.

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
