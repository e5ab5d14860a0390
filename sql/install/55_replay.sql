-- Revisions against the schema that they make.

CREATE FUNCTION migrate.baseline(message text DEFAULT 'baseline', schemas name[] DEFAULT NULL,
	owners boolean DEFAULT NULL, privileges boolean DEFAULT NULL,
	branch_label text[] DEFAULT '{}', rev_id text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_baseline';
COMMENT ON FUNCTION migrate.baseline(text, name[], boolean, boolean, text[], text) IS
  'writes the live schema as the first revision, proven, and stamps the database with it';

CREATE FUNCTION migrate.drift(schemas name[] DEFAULT NULL, owners boolean DEFAULT NULL, privileges boolean DEFAULT NULL,
  OUT step int, OUT action text, OUT object_type text, OUT object_identity text, OUT upgrade text, OUT hazards text[])
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_drift';
COMMENT ON FUNCTION migrate.drift(name[], boolean, boolean) IS
  'what was done to the live schema outside its revisions: what turns the schema that they make into the live one';

CREATE FUNCTION migrate.record(message text DEFAULT NULL, schemas name[] DEFAULT NULL, renames text[] DEFAULT '{}', rev_id text DEFAULT NULL,
  owners boolean DEFAULT NULL, privileges boolean DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_record';
COMMENT ON FUNCTION migrate.record IS
  'makes what was done by hand, as drift() finds it, a revision, proven in both directions, and stamps it here; returns its identifier, or null where nothing differs';

CREATE FUNCTION migrate.verify(revisions text DEFAULT 'base:heads', schemas name[] DEFAULT NULL,
  owners boolean DEFAULT NULL, privileges boolean DEFAULT NULL,
  OUT revision text, OUT upgrade_ok boolean, OUT downgrade_ok boolean, OUT round_trip_ok boolean, OUT detail text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_verify';
COMMENT ON FUNCTION migrate.verify(text, name[], boolean, boolean) IS
  'runs each revision up, down and up again away from the live schema, and says what it does not restore';

CREATE FUNCTION migrate.squash(from_revision text, to_revision text, message text DEFAULT NULL, schemas name[] DEFAULT NULL,
	owners boolean DEFAULT NULL, privileges boolean DEFAULT NULL,
	ignore_data boolean DEFAULT false, rev_id text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_squash';
COMMENT ON FUNCTION migrate.squash(text, text, text, name[], boolean, boolean, boolean, text) IS
  'replaces the revisions from one to another, on one line, by a single one that is proven to do and to undo the same';

-- src/functions/impactfuncs.c
CREATE FUNCTION migrate.impact(command text DEFAULT 'upgrade', target text DEFAULT NULL, queries text[] DEFAULT NULL, schemas name[] DEFAULT NULL,
	OUT effect text, OUT revision text, OUT calls bigint, OUT role text, OUT sqlstate text, OUT error text, OUT query text, OUT queryid bigint)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_impact';
COMMENT ON FUNCTION migrate.impact IS
  'which statements that the application sends (as pg_stat_statements has them, or these) what is pending breaks, analysed away from the live schema; nothing of them is run';

CREATE FUNCTION migrate.usage(object text, queries text[] DEFAULT NULL, schemas name[] DEFAULT NULL,
	OUT access text, OUT calls bigint, OUT role text, OUT query text, OUT queryid bigint, OUT error text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_usage';
COMMENT ON FUNCTION migrate.usage IS
  'which statements that the application sends (as pg_stat_statements has them, or these) and which functions read or write a table or a column, such as users.phone';
