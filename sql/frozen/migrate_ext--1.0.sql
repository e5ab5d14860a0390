-- migrate_ext: the install script, made by "make" from the parts in sql/install.
-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION migrate_ext" to load this file. \quit

-- Nothing in here may resolve to an object that somebody planted.
SET LOCAL search_path = pg_catalog, pg_temp;
-- The tables.  Only src/store reads or writes them; everybody else goes
-- through the functions.  All are configuration: pg_dump carries their rows.

CREATE TABLE migrate.revisions (
	revision       text COLLATE "C" PRIMARY KEY,
	down_revisions text[] NOT NULL,
	depends_on     text[] NOT NULL,
	branch_labels  text[] NOT NULL,
	message        text NOT NULL,
	created_at     timestamptz,
	upgrade_mode   text NOT NULL CHECK (upgrade_mode IN ('transaction', 'concurrently', 'autocommit')),
	downgrade_mode text CHECK (downgrade_mode IN ('transaction', 'concurrently', 'autocommit')),
	is_real_head   boolean NOT NULL,
	file_name      text
);
CREATE INDEX revisions_real_heads ON migrate.revisions (revision) WHERE is_real_head;
SELECT pg_catalog.pg_extension_config_dump('migrate.revisions', '');

COMMENT ON TABLE migrate.revisions IS 'the revision graph; written by migrate.revision(), migrate.load() and their like, never by hand';
COMMENT ON COLUMN migrate.revisions.revision IS 'identifier';
COMMENT ON COLUMN migrate.revisions.down_revisions IS 'the parents; none for a base, several for a merge point';
COMMENT ON COLUMN migrate.revisions.depends_on IS 'identifiers or labels of revisions that must be applied first without being parents';
COMMENT ON COLUMN migrate.revisions.branch_labels IS 'names of the branch that begins here';
COMMENT ON COLUMN migrate.revisions.message IS 'what the revision does; the first line is shown in lists';
COMMENT ON COLUMN migrate.revisions.created_at IS 'Create Date; with the identifier it decides the order in which revisions are read';
COMMENT ON COLUMN migrate.revisions.upgrade_mode IS 'transaction, concurrently (needs a transaction of its own only for CONCURRENTLY), or autocommit';
COMMENT ON COLUMN migrate.revisions.downgrade_mode IS 'the same for the downgrade; null where the revision is irreversible';
COMMENT ON COLUMN migrate.revisions.is_real_head IS 'no other revision has this one as parent or dependency; derived, kept by whoever writes revisions';
COMMENT ON COLUMN migrate.revisions.file_name IS 'the file it was loaded from, for error messages';

-- Apart from the graph, so that reading the graph does not read the scripts.
CREATE TABLE migrate.scripts (
	revision       text COLLATE "C" PRIMARY KEY REFERENCES migrate.revisions ON DELETE CASCADE,
	checksum       bytea NOT NULL,
	upgrade        text NOT NULL,
	upgrade_line   integer NOT NULL,
	upgrade_marked boolean NOT NULL,
	downgrade      text,
	downgrade_line integer NOT NULL,
	downgrade_marked boolean NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('migrate.scripts', '');

COMMENT ON TABLE migrate.scripts IS 'what each revision runs; read it with migrate.script()';
COMMENT ON COLUMN migrate.scripts.revision IS 'identifier';
COMMENT ON COLUMN migrate.scripts.checksum IS 'SHA-256 of the revision as migrate.script() prints it';
COMMENT ON COLUMN migrate.scripts.upgrade IS 'SQL of the upgrade';
COMMENT ON COLUMN migrate.scripts.upgrade_line IS 'line of the file on which the upgrade begins, for error messages';
COMMENT ON COLUMN migrate.scripts.upgrade_marked IS 'the upgrade is marked transaction:false';
COMMENT ON COLUMN migrate.scripts.downgrade IS 'SQL of the downgrade; null where there is none, which makes the revision irreversible';
COMMENT ON COLUMN migrate.scripts.downgrade_line IS 'line of the file on which the downgrade begins';
COMMENT ON COLUMN migrate.scripts.downgrade_marked IS 'the downgrade is marked transaction:false';

CREATE TABLE migrate.version (
	revision text COLLATE "C" PRIMARY KEY REFERENCES migrate.revisions
);
SELECT pg_catalog.pg_extension_config_dump('migrate.version', '');

COMMENT ON TABLE migrate.version IS 'what is applied: the applied revisions that no applied revision has as parent or dependency; read it with migrate.current()';
COMMENT ON COLUMN migrate.version.revision IS 'identifier';

-- Columns that a client cannot know better have defaults, for the scripts that
-- migrate.upgrade_sql() writes.
CREATE TABLE migrate.log (
	id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	action         text NOT NULL CHECK (action IN ('upgrade', 'downgrade', 'stamp', 'drift', 'load')),
	revision       text COLLATE "C",
	message        text,
	outcome        text NOT NULL DEFAULT 'done' CHECK (outcome IN ('running', 'done', 'failed', 'half done')),
	version_before text[] NOT NULL,
	version_after  text[] NOT NULL,
	started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
	duration       interval,
	role           name NOT NULL DEFAULT current_user,
	session_role   name NOT NULL DEFAULT session_user,
	application    text DEFAULT current_setting('application_name'),
	client_address inet DEFAULT inet_client_addr(),
	backend_pid    integer DEFAULT pg_backend_pid(),
	checksum       bytea,
	tag            text,
	server_version text DEFAULT current_setting('server_version'),
	statements     integer,
	statements_done integer,
	tries          integer NOT NULL DEFAULT 1,
	waited         interval,
	blocked_by     text,
	sqlstate       text,
	error          text,
	error_context  text
);
CREATE INDEX log_answers ON migrate.log (id) WHERE action IN ('drift', 'load');
CREATE INDEX log_open ON migrate.log (id) WHERE outcome IN ('running', 'half done');
SELECT pg_catalog.pg_extension_config_dump('migrate.log', '');
SELECT pg_catalog.pg_extension_config_dump('migrate.log_id_seq', '');

COMMENT ON TABLE migrate.log IS 'every step ever run, the oldest first by id';
COMMENT ON COLUMN migrate.log.id IS 'order of the steps';
COMMENT ON COLUMN migrate.log.action IS 'upgrade, downgrade or stamp; drift: the schema was found to be what its revisions make; load: files were loaded, or found to be what is stored';
COMMENT ON COLUMN migrate.log.revision IS 'the revision that was upgraded to, undone, or stamped; null where a stamp went to base';
COMMENT ON COLUMN migrate.log.message IS 'the revision''s message at that time; for drift and load, of what: the schemas, the digest of the files';
COMMENT ON COLUMN migrate.log.outcome IS 'done, failed, or half done: some of its statements are committed; running: it runs now, or did when its session or server came to an end. A call in one transaction leaves no row when it fails';
COMMENT ON COLUMN migrate.log.version_before IS 'what migrate.current() was before the step';
COMMENT ON COLUMN migrate.log.version_after IS 'what migrate.current() was after the step';
COMMENT ON COLUMN migrate.log.started_at IS 'when the step began';
COMMENT ON COLUMN migrate.log.duration IS 'how long the revision''s SQL took';
COMMENT ON COLUMN migrate.log.role IS 'role whose privileges the step had';
COMMENT ON COLUMN migrate.log.session_role IS 'role that was logged in';
COMMENT ON COLUMN migrate.log.application IS 'application_name of the session';
COMMENT ON COLUMN migrate.log.client_address IS 'address of the client; null for a Unix-domain socket';
COMMENT ON COLUMN migrate.log.backend_pid IS 'process of the server that ran it';
COMMENT ON COLUMN migrate.log.checksum IS 'SHA-256 of the revision at that time, see migrate.scripts; for drift, of the live schema and the revisions applied; for load, of all revisions';
COMMENT ON COLUMN migrate.log.tag IS 'the setting migrate.tag';
COMMENT ON COLUMN migrate.log.server_version IS 'version of the server';
COMMENT ON COLUMN migrate.log.statements IS 'how many statements a revision has that cannot run inside a transaction';
COMMENT ON COLUMN migrate.log.statements_done IS 'how many of them are committed';
COMMENT ON COLUMN migrate.log.tries IS 'how often it was tried; a try that cannot get its table locks gives way';
COMMENT ON COLUMN migrate.log.waited IS 'how long it waited between tries';
COMMENT ON COLUMN migrate.log.blocked_by IS 'who held the locks that the latest try did not get';
COMMENT ON COLUMN migrate.log.sqlstate IS 'SQLSTATE of the error';
COMMENT ON COLUMN migrate.log.error IS 'message of the error';
COMMENT ON COLUMN migrate.log.error_context IS 'where it happened';
-- Writing revisions: src/functions/write.c.  Not for everybody, see 90_grants.sql.

CREATE FUNCTION migrate.revision(message text, upgrade text DEFAULT '', downgrade text DEFAULT NULL,
	head text[] DEFAULT '{head}', splice boolean DEFAULT false, branch_label text[] DEFAULT '{}',
	depends_on text[] DEFAULT '{}', rev_id text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_revision';
COMMENT ON FUNCTION migrate.revision IS 'write a new revision on top of head; returns its identifier';

CREATE FUNCTION migrate.merge(revisions text[] DEFAULT '{heads}', message text DEFAULT NULL,
	branch_label text[] DEFAULT '{}', rev_id text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_merge';
COMMENT ON FUNCTION migrate.merge IS 'write an empty revision that has several heads as parents; returns its identifier';

CREATE FUNCTION migrate.edit(revision text, message text DEFAULT NULL, upgrade text DEFAULT NULL, downgrade text DEFAULT NULL)
RETURNS void LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_edit';
COMMENT ON FUNCTION migrate.edit IS 'change a revision that is not applied; null leaves a part as it is';

CREATE FUNCTION migrate.remove(revision text)
RETURNS void LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_remove';
COMMENT ON FUNCTION migrate.remove IS 'remove a head that is not applied and that nothing depends on';

CREATE FUNCTION migrate.load(script text, file_name text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_load';
COMMENT ON FUNCTION migrate.load IS 'write the revision of a revision file, if it is not there as it is; returns its identifier';

CREATE FUNCTION migrate.load_files(scripts text[], file_names text[] DEFAULT NULL, digest text DEFAULT NULL,
	OUT file_name text, OUT revision text, OUT outcome text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_load_files';
COMMENT ON FUNCTION migrate.load_files IS 'load many revision files at once, in any order, all or none; digest: whatever identifies these files, for files_are_loaded()';

CREATE FUNCTION migrate.files_are_loaded(digest text)
RETURNS boolean LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_files_are_loaded';
COMMENT ON FUNCTION migrate.files_are_loaded IS 'were files of this digest loaded, and is no revision other than it was then?';

CREATE FUNCTION migrate.load_directory(path text, OUT file_name text, OUT revision text, OUT outcome text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_load_directory';
COMMENT ON FUNCTION migrate.load_directory IS 'load the revision files of a directory of the server; for who may read the server''s files';

CREATE FUNCTION migrate.rebase(revision text, onto text DEFAULT 'head')
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_rebase';
COMMENT ON FUNCTION migrate.rebase IS 'give a revision that is not applied, and with it what is on top of it, another parent; returns its identifier';
-- Running revisions: src/functions/run.c.  Everything happens in the caller's
-- transaction, with the caller's privileges and settings: no SECURITY DEFINER
-- and no SET here.

CREATE FUNCTION migrate.upgrade(target text DEFAULT 'head')
RETURNS SETOF text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_upgrade';
COMMENT ON FUNCTION migrate.upgrade IS 'run the upgrades that lead to the target; returns the current revisions';

CREATE FUNCTION migrate.downgrade(target text DEFAULT '-1')
RETURNS SETOF text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_downgrade';
COMMENT ON FUNCTION migrate.downgrade IS 'undo revisions down to the target; returns the current revisions';

CREATE FUNCTION migrate.stamp(target text DEFAULT 'head', purge boolean DEFAULT false)
RETURNS SETOF text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_stamp';
COMMENT ON FUNCTION migrate.stamp IS 'say that the database is at the target without running anything; returns the current revisions';

CREATE FUNCTION migrate.plan(command text, target text, OUT step integer, OUT action text, OUT revision text,
	OUT message text, OUT version_after text[])
RETURNS SETOF record LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_plan';
COMMENT ON FUNCTION migrate.plan IS 'what upgrade, downgrade or stamp would do, step by step; nothing is run';

-- src/functions/dry_run.c
CREATE FUNCTION migrate.dry_run(command text, target text, OUT step integer, OUT action text, OUT revision text,
	OUT statement integer, OUT sql text, OUT outcome text, OUT duration interval, OUT locks text[], OUT rewritten text[],
	OUT scanned text[], OUT rows bigint, OUT wal_bytes bigint, OUT blocks text, OUT blocked_bytes bigint,
	OUT severity text, OUT warning text, OUT sqlstate text, OUT error text, OUT error_context text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_dry_run';
COMMENT ON FUNCTION migrate.dry_run IS 'run upgrade or downgrade for real, tell what each statement locks, rewrites, reads and takes, and roll it back';

CREATE FUNCTION migrate.upgrade_sql(target text DEFAULT 'head')
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_upgrade_sql';
COMMENT ON FUNCTION migrate.upgrade_sql IS 'a script for psql that has the effect of upgrade; the target may be a range from:to';

CREATE FUNCTION migrate.downgrade_sql(target text)
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_downgrade_sql';
COMMENT ON FUNCTION migrate.downgrade_sql IS 'a script for psql that has the effect of downgrade; the target is a range from:to';

CREATE FUNCTION migrate.stamp_sql(target text)
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_stamp_sql';
COMMENT ON FUNCTION migrate.stamp_sql IS 'a script for psql that has the effect of stamp; the target may be a range from:to';
-- Running revisions online, one transaction for each: src/functions/online.c.
-- A procedure that commits has neither SECURITY DEFINER nor SET.

CREATE PROCEDURE migrate.deploy(target text DEFAULT 'head')
LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_deploy';
COMMENT ON PROCEDURE migrate.deploy IS 'upgrade to the target online: one transaction for each revision, and revisions that cannot run inside one';

CREATE PROCEDURE migrate.revert(target text DEFAULT '-1')
LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_revert';
COMMENT ON PROCEDURE migrate.revert IS 'downgrade to the target online, as deploy upgrades';

CREATE FUNCTION migrate.resolve(revision text, outcome text)
RETURNS SETOF text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_resolve';
COMMENT ON FUNCTION migrate.resolve IS 'say of a revision that an online run left half done that it is "applied" or "rolled back"; returns the current revisions';

CREATE VIEW migrate.progress AS
SELECT a.pid, a.usename AS role, a.application_name AS application,
	m[1] AS action, m[2] AS revision, m[3]::int AS step, m[4]::int AS steps,
	m[5]::int AS statement, m[6]::int AS statements, m[7] AS sql,
	CASE WHEN a.wait_event_type = 'Lock' THEN 'waiting for a lock'
		WHEN a.wait_event = 'Extension' THEN 'waiting to try again'
		ELSE coalesce(i.phase, 'running') END AS phase,
	pg_catalog.pg_blocking_pids(a.pid) AS waiting_for,
	pg_catalog.clock_timestamp() - a.query_start AS elapsed
FROM pg_catalog.pg_locks l
	JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
	LEFT JOIN pg_catalog.pg_stat_progress_create_index i ON i.pid = l.pid
	LEFT JOIN LATERAL pg_catalog.regexp_match(a.query,
		'^migrate: (\w+) (\S+) \((\d+) of (\d+)\), statement (\d+) of (\d+): (.*)$') AS m ON true
WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass
	AND l.objid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'migrate_ext')
	AND l.objsubid = 0 AND l.mode = 'ExclusiveLock' AND l.granted
	AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database());
COMMENT ON VIEW migrate.progress IS 'who is migrating now, and how far it is; of sessions of other roles only what pg_stat_activity shows';
COMMENT ON COLUMN migrate.progress.pid IS 'process of the server';
COMMENT ON COLUMN migrate.progress.role IS 'role that is logged in';
COMMENT ON COLUMN migrate.progress.application IS 'application_name of the session';
COMMENT ON COLUMN migrate.progress.action IS 'upgrade or downgrade; dry_run while migrate.dry_run() runs';
COMMENT ON COLUMN migrate.progress.revision IS 'the revision that is running';
COMMENT ON COLUMN migrate.progress.step IS 'its number in the plan';
COMMENT ON COLUMN migrate.progress.steps IS 'how many revisions the plan has';
COMMENT ON COLUMN migrate.progress.statement IS 'number of the statement in the revision';
COMMENT ON COLUMN migrate.progress.statements IS 'how many statements the revision has';
COMMENT ON COLUMN migrate.progress.sql IS 'the beginning of the statement';
COMMENT ON COLUMN migrate.progress.phase IS 'running, waiting for a lock, waiting to try again, or the phase of building an index';
COMMENT ON COLUMN migrate.progress.waiting_for IS 'processes that hold what it waits for';
COMMENT ON COLUMN migrate.progress.elapsed IS 'since the call began';
-- Reading: src/functions/read.c.

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
COMMENT ON FUNCTION migrate.show IS 'a revision as a person reads it';

CREATE FUNCTION migrate.script(revision text)
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_script';
COMMENT ON FUNCTION migrate.script IS 'a revision as a revision file, which migrate.load() reads';

CREATE FUNCTION migrate.check_heads()
RETURNS boolean LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_check_heads';
COMMENT ON FUNCTION migrate.check_heads IS 'is every head applied; what a readiness probe asks';

CREATE FUNCTION migrate.graph(format text DEFAULT 'text')
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_graph';
COMMENT ON FUNCTION migrate.graph IS 'the revision graph as a drawing: text, dot or mermaid';

CREATE FUNCTION migrate.status(OUT current text[], OUT heads text[], OUT up_to_date boolean, OUT revisions integer,
	OUT applied integer, OUT pending integer, OUT next_revision text, OUT last_action text, OUT last_revision text,
	OUT last_run_at timestamptz, OUT last_role name, OUT migrating_pid integer, OUT half_done text)
RETURNS record LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_status';
COMMENT ON FUNCTION migrate.status IS 'what an operator wants to know first, in one row';
-- Seeing what changed: the live schema and a model of it.

CREATE FUNCTION migrate.diff(model text, schemas name[] DEFAULT '{public}', allow_empty boolean DEFAULT false,
  renames text[] DEFAULT '{}',
  OUT step int, OUT action text, OUT object_type text, OUT object_identity text, OUT upgrade text, OUT hazards text[])
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_diff';
COMMENT ON FUNCTION migrate.diff(text, name[], boolean, text[]) IS
  'what turns the live schema into the model, a row for each object, in an order that runs';

CREATE FUNCTION migrate.diff_sql(model text, schemas name[] DEFAULT '{public}', allow_empty boolean DEFAULT false,
  renames text[] DEFAULT '{}')
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_diff_sql';
COMMENT ON FUNCTION migrate.diff_sql(text, name[], boolean, text[]) IS
  'what turns the live schema into the model, as a script for psql';

CREATE FUNCTION migrate.check(model text, schemas name[] DEFAULT '{public}', allow_empty boolean DEFAULT false,
  renames text[] DEFAULT '{}')
RETURNS void LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_check';
COMMENT ON FUNCTION migrate.check(text, name[], boolean, text[]) IS
  'raises an error that lists what differs if the schema is not the model, or the database not at its heads';

CREATE FUNCTION migrate.migrate(message text, model text, schemas name[] DEFAULT '{public}', allow_empty boolean DEFAULT false,
	head text[] DEFAULT '{head}', branch_label text[] DEFAULT '{}', rev_id text DEFAULT NULL, renames text[] DEFAULT '{}',
	splice boolean DEFAULT false, depends_on text[] DEFAULT '{}', online boolean DEFAULT false)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_migrate';
COMMENT ON FUNCTION migrate.migrate(text, text, name[], boolean, text[], text[], text, text[], boolean, text[], boolean) IS
  'writes the revision that turns the live schema into the model, proven in both directions; null if nothing differs';
-- Revisions against the schema that they make.

CREATE FUNCTION migrate.baseline(message text DEFAULT 'baseline', schemas name[] DEFAULT '{public}',
	branch_label text[] DEFAULT '{}', rev_id text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_baseline';
COMMENT ON FUNCTION migrate.baseline(text, name[], text[], text) IS
  'writes the live schema as the first revision, proven, and stamps the database with it';

CREATE FUNCTION migrate.drift(schemas name[] DEFAULT '{public}',
  OUT step int, OUT action text, OUT object_type text, OUT object_identity text, OUT upgrade text, OUT hazards text[])
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_drift';
COMMENT ON FUNCTION migrate.drift(name[]) IS
  'what was done to the live schema outside its revisions: what turns the schema that they make into the live one';

CREATE FUNCTION migrate.verify(revisions text DEFAULT 'base:heads', schemas name[] DEFAULT NULL,
  OUT revision text, OUT upgrade_ok boolean, OUT downgrade_ok boolean, OUT round_trip_ok boolean, OUT detail text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_verify';
COMMENT ON FUNCTION migrate.verify(text, name[]) IS
  'runs each revision up, down and up again away from the live schema, and says what it does not restore';

CREATE FUNCTION migrate.squash(from_revision text, to_revision text, message text DEFAULT NULL, schemas name[] DEFAULT NULL,
	ignore_data boolean DEFAULT false, rev_id text DEFAULT NULL)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_squash';
COMMENT ON FUNCTION migrate.squash(text, text, text, name[], boolean, text) IS
  'replaces the revisions from one to another, on one line, by a single one that is proven to do and to undo the same';
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
-- Who may do what.  The README has the grants for readers, runners and authors.

-- Reading needs USAGE on the schema, which nobody has until granted.  Writing
-- decides what a later upgrade runs, and running it changes the schema: both
-- are the owner's until granted, function by function.
REVOKE EXECUTE ON FUNCTION migrate.revision, migrate.merge, migrate.edit, migrate.remove,
	migrate.load, migrate.load_files, migrate.load_directory, migrate.rebase, migrate.upgrade, migrate.downgrade, migrate.stamp, migrate.resolve, migrate.dry_run, migrate.migrate,
	migrate.baseline, migrate.drift, migrate.verify, migrate.squash FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE migrate.deploy, migrate.revert FROM PUBLIC;
