-- Seeing what changed: the live schema and a model of it.

CREATE FUNCTION migrate.diff(model text, schemas name[] DEFAULT NULL, allow_empty boolean DEFAULT false,
  renames text[] DEFAULT '{}', owners boolean DEFAULT NULL, privileges boolean DEFAULT NULL, live text DEFAULT NULL,
  OUT step int, OUT action text, OUT object_type text, OUT object_identity text, OUT upgrade text, OUT hazards text[])
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_diff';
COMMENT ON FUNCTION migrate.diff(text, name[], boolean, text[], boolean, boolean, text) IS
  'what turns the live schema, or what the DDL in live makes, into the model, a row for each object, in an order that runs';

CREATE FUNCTION migrate.diff_sql(model text, schemas name[] DEFAULT NULL, allow_empty boolean DEFAULT false,
  renames text[] DEFAULT '{}', owners boolean DEFAULT NULL, privileges boolean DEFAULT NULL, live text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_diff_sql';
COMMENT ON FUNCTION migrate.diff_sql(text, name[], boolean, text[], boolean, boolean, text) IS
  'what turns the live schema, or what the DDL in live makes, into the model, as a script for psql';

CREATE FUNCTION migrate.check(model text, schemas name[] DEFAULT NULL, allow_empty boolean DEFAULT false,
  renames text[] DEFAULT '{}', owners boolean DEFAULT NULL, privileges boolean DEFAULT NULL, live text DEFAULT NULL)
RETURNS void LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_check';
COMMENT ON FUNCTION migrate.check(text, name[], boolean, text[], boolean, boolean, text) IS
  'raises an error that lists what differs if the schema is not the model, or the database not at its heads; or if the DDL in live does not make the model';

CREATE FUNCTION migrate.migrate(message text, model text, schemas name[] DEFAULT NULL, allow_empty boolean DEFAULT false,
	renames text[] DEFAULT '{}', owners boolean DEFAULT NULL, privileges boolean DEFAULT NULL, online boolean DEFAULT false,
	live text DEFAULT NULL, head text[] DEFAULT '{head}', splice boolean DEFAULT false, branch_label text[] DEFAULT '{}',
	depends_on text[] DEFAULT '{}', rev_id text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_migrate';
COMMENT ON FUNCTION migrate.migrate(text, text, name[], boolean, text[], boolean, boolean, boolean, text, text[], boolean, text[], text[], text) IS
  'writes the revision that turns the live schema, or what the DDL in live makes, into the model, proven in both directions; null if nothing differs';

-- In the conditions that a shadow puts on catalogs: whoever queries one calls it.
CREATE FUNCTION migrate.is_hidden(catalog oid, object oid)
RETURNS boolean LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_is_hidden';
COMMENT ON FUNCTION migrate.is_hidden(oid, oid) IS
  'whether a shadow of this session hides the object; false where none is running a text';

-- In the place of nextval(), setval() and the functions of advisory locks: whoever calls one of those in a shadow calls it.
CREATE FUNCTION migrate.instead_of(function oid, result anyelement, VARIADIC arguments "any")
RETURNS anyelement LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_shadow_instead_of';
COMMENT ON FUNCTION migrate.instead_of(oid, anyelement, "any") IS
  'what a text that is tried out calls instead of a function whose effect no rollback undoes; an error anywhere else';
