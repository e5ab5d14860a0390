-- Reading: src/functions/readfuncs.c.

CREATE FUNCTION migrate.current()
RETURNS SETOF text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_current';
COMMENT ON FUNCTION migrate.current IS 'the current revisions: the rows of the version table';

CREATE FUNCTION migrate.heads(resolve_dependencies boolean DEFAULT false)
RETURNS SETOF text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_heads';
COMMENT ON FUNCTION migrate.heads IS 'the revisions that no revision has as parent (with resolve_dependencies: nor as dependency)';

CREATE FUNCTION migrate.branches(OUT revision text, OUT message text, OUT next_revisions text[])
RETURNS SETOF record LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_branches';
COMMENT ON FUNCTION migrate.branches IS 'the branch points and what follows each';

CREATE FUNCTION migrate.history(rev_range text DEFAULT NULL, OUT revision text, OUT down_revisions text[], OUT message text,
	OUT branch_labels text[], OUT depends_on text[], OUT is_head boolean, OUT is_branch_point boolean,
	OUT is_merge_point boolean, OUT is_current boolean, OUT is_applied boolean, OUT created_at timestamptz)
RETURNS SETOF record LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_history';
COMMENT ON FUNCTION migrate.history IS 'the revisions of a range such as base:head, or all; newest first';

CREATE FUNCTION migrate.show(revision text DEFAULT 'head')
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_show';
COMMENT ON FUNCTION migrate.show IS 'a revision as a person reads it: what it is, when and by whom it was applied, its SQL';

CREATE FUNCTION migrate.script(revision text)
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_script';
COMMENT ON FUNCTION migrate.script IS 'a revision as a revision file, which migrate.load() reads';

CREATE FUNCTION migrate.prelude()
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_prelude';
COMMENT ON FUNCTION migrate.prelude IS 'what the revisions presuppose, as it was loaded from prelude.sql; null if nothing was';

CREATE FUNCTION migrate.check_heads()
RETURNS boolean LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_check_heads';
COMMENT ON FUNCTION migrate.check_heads IS 'is every head applied; what a readiness probe asks';

CREATE FUNCTION migrate.graph(format text DEFAULT 'text', rev_range text DEFAULT NULL, fold boolean DEFAULT true)
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_graph';
COMMENT ON FUNCTION migrate.graph IS 'the revisions of a range, or all, as a drawing: text, dot or mermaid; with fold a long straight stretch is one line';

CREATE FUNCTION migrate.status(OUT current text[], OUT heads text[], OUT up_to_date boolean, OUT revisions integer,
	OUT applied integer, OUT pending integer, OUT next_revision text, OUT last_action text, OUT last_revision text,
	OUT last_outcome text, OUT last_error text,
	OUT last_run_at timestamptz, OUT last_role name, OUT migrating_pid integer, OUT migrating text, OUT half_done text)
RETURNS record LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_status';
COMMENT ON FUNCTION migrate.status IS 'what an operator wants to know first, in one row';

-- The files of a directory, and the database: src/functions/filefuncs.c.

CREATE FUNCTION migrate.files_status(revisions text[], target text DEFAULT NULL, OUT heads text[], OUT target_revisions text,
	OUT pending text[], OUT messages text[], OUT apart text[], OUT apart_words text[], OUT to_rebase text, OUT to_undo text,
	OUT missing text[], OUT missing_applied text[], OUT ahead text[], OUT unknown text[], OUT files integer)
RETURNS record LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_files_status';
COMMENT ON FUNCTION migrate.files_status IS 'what the revisions that have files mean here: their heads, what an upgrade to target (by default their head) runs, heads that are apart, parents without a file, and what is applied (ahead) or only known without a file';

CREATE FUNCTION migrate.check_files(scripts text[], file_names text[] DEFAULT NULL, target text DEFAULT NULL,
	OUT heads text[], OUT target_revisions text,
	OUT pending text[], OUT messages text[], OUT apart text[], OUT apart_words text[], OUT to_rebase text, OUT to_undo text,
	OUT missing text[], OUT missing_applied text[], OUT ahead text[], OUT unknown text[],
	OUT files integer, OUT added integer, OUT replaced integer)
RETURNS record LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_check_files';
COMMENT ON FUNCTION migrate.check_files IS 'the same as if these files were loaded, without loading them; errors are those of load_files()';

CREATE FUNCTION migrate.changed_files(scripts text[], file_names text[] DEFAULT NULL, OUT file_name text, OUT revision text, OUT difference text)
RETURNS SETOF record LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_changed_files';
COMMENT ON FUNCTION migrate.changed_files IS 'the files of applied revisions that do something else than what was applied, with the first difference of each; migrate.repair() takes them over';
