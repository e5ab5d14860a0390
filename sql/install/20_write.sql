-- Writing revisions: src/functions/writefuncs.c.  Not for everybody, see 90_grants.sql.

CREATE FUNCTION migrate.revision(message text, upgrade text DEFAULT '', downgrade text DEFAULT NULL,
	head text[] DEFAULT '{head}', splice boolean DEFAULT false, branch_label text[] DEFAULT '{}',
	depends_on text[] DEFAULT '{}', rev_id text DEFAULT NULL, require text DEFAULT NULL, verify text DEFAULT NULL, contract text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_revision';
COMMENT ON FUNCTION migrate.revision IS 'write a new revision on top of head; returns its identifier';

CREATE FUNCTION migrate.merge(revisions text[] DEFAULT '{heads}', message text DEFAULT NULL,
	splice boolean DEFAULT false, branch_label text[] DEFAULT '{}', rev_id text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_merge';
COMMENT ON FUNCTION migrate.merge IS 'write an empty revision that has several heads as parents; returns its identifier';

CREATE FUNCTION migrate.edit(revision text, message text DEFAULT NULL, upgrade text DEFAULT NULL, downgrade text DEFAULT NULL,
	require text DEFAULT NULL, verify text DEFAULT NULL, contract text DEFAULT NULL)
RETURNS void LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_edit';
COMMENT ON FUNCTION migrate.edit IS 'change a revision; null leaves a part as it is, and an empty text takes require, verify or contract away. Of one that is applied only message and downgrade can be changed';

CREATE FUNCTION migrate.remove(revision text)
RETURNS void LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_remove';
COMMENT ON FUNCTION migrate.remove IS 'remove a head that is not applied and that nothing depends on';

CREATE FUNCTION migrate.repair(scripts text[], file_names text[] DEFAULT NULL, revisions text[] DEFAULT NULL, reason text DEFAULT NULL,
	OUT file_name text, OUT revision text, OUT difference text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_repair';
COMMENT ON FUNCTION migrate.repair IS 'take over the files of applied revisions that do something else than what was applied; all of them, or these revisions. The log keeps who did it and the reason';

CREATE FUNCTION migrate.prune(revisions text[])
RETURNS SETOF text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_prune';
COMMENT ON FUNCTION migrate.prune IS 'remove what is neither applied nor needed by these revisions, those that have files; returns what was removed';

CREATE FUNCTION migrate.load(script text, file_name text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_load';
COMMENT ON FUNCTION migrate.load IS 'write the revision of a revision file, if it is not there as it is; returns its identifier. A file prelude.sql is the prelude, and returns null';

CREATE FUNCTION migrate.load_files(scripts text[], file_names text[] DEFAULT NULL, digest text DEFAULT NULL,
	OUT file_name text, OUT revision text, OUT outcome text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_load_files';
COMMENT ON FUNCTION migrate.load_files IS 'load many revision files at once, in any order, all or none; digest: whatever identifies these files, for files_are_loaded(). One called prelude.sql is the prelude';

CREATE FUNCTION migrate.files_are_loaded(digest text)
RETURNS boolean LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_files_are_loaded';
COMMENT ON FUNCTION migrate.files_are_loaded IS 'were files of this digest loaded, and is no revision other than it was then?';

CREATE FUNCTION migrate.load_directory(path text, OUT file_name text, OUT revision text, OUT outcome text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_load_directory';
COMMENT ON FUNCTION migrate.load_directory IS 'load the revision files of a directory of the server; for who may read the server''s files';

CREATE FUNCTION migrate.rebase(revision text, onto text DEFAULT 'head')
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_rebase';
COMMENT ON FUNCTION migrate.rebase IS 'give a revision that is not applied, and with it what is on top of it, another parent; returns its identifier';
