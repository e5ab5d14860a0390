-- Seeing what changed: the live schema and a model of it.

CREATE FUNCTION migrate.diff(model text, schemas name[] DEFAULT '{public}', allow_empty boolean DEFAULT false,
  OUT step int, OUT action text, OUT object_type text, OUT object_identity text, OUT upgrade text, OUT hazards text[])
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_diff';
COMMENT ON FUNCTION migrate.diff(text, name[], boolean) IS
  'what turns the live schema into the model, a row for each object, in an order that runs';

CREATE FUNCTION migrate.diff_sql(model text, schemas name[] DEFAULT '{public}', allow_empty boolean DEFAULT false)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_diff_sql';
COMMENT ON FUNCTION migrate.diff_sql(text, name[], boolean) IS
  'what turns the live schema into the model, as a script for psql';
