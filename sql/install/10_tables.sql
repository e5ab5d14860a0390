-- The tables.  Only src/store reads or writes them; everybody else goes
-- through the functions.  All are configuration: pg_dump carries their rows.

-- Where there was no extension, scripts of migrate.upgrade_sql() have made these tables.  They make room for
-- the extension's own, which take over their rows below.  Whoever has made them may not have meant well: so
-- they belong to the owner of the schema, and of them nothing but rows is taken.
DO $$
DECLARE
	books record;
BEGIN
	FOR books IN
		SELECT c.relname, c.relkind = 'r' AND c.relowner = n.nspowner AS is_ours, c.relowner::regrole AS owner,
			row_number() OVER () = 1 AS is_first
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE n.nspname = 'migrate' AND c.relname IN ('revisions', 'scripts', 'prelude', 'version', 'log')
	LOOP
		IF NOT books.is_ours THEN
			RAISE EXCEPTION 'migrate.% is there already, and is no table of the owner of schema "migrate"', books.relname
				USING ERRCODE = 'duplicate_table',
					DETAIL = format('It belongs to %s.', books.owner),
					HINT = 'Drop it, or have it belong to the owner of the schema.';
		END IF;
		IF books.is_first THEN
			CREATE SCHEMA migrate_books;
		END IF;
		EXECUTE format('ALTER TABLE migrate.%I SET SCHEMA migrate_books', books.relname);
	END LOOP;
END $$;

CREATE TABLE migrate.revisions (
	revision       text COLLATE "C" PRIMARY KEY,
	down_revisions text[] NOT NULL,
	depends_on     text[] NOT NULL,
	branch_labels  text[] NOT NULL,
	message        text NOT NULL,
	created_at     timestamptz,
	upgrade_mode   text NOT NULL CHECK (upgrade_mode IN ('transaction', 'concurrently', 'autocommit')),
	downgrade_mode text CHECK (downgrade_mode IN ('transaction', 'concurrently', 'autocommit')),
	upgrade_isolation   text,
	downgrade_isolation text,
	contract       text,
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
COMMENT ON COLUMN migrate.revisions.upgrade_isolation IS 'the isolation level that the upgrade asks for with SET TRANSACTION or BEGIN; null where it takes the caller''s';
COMMENT ON COLUMN migrate.revisions.downgrade_isolation IS 'the same for the downgrade';
COMMENT ON COLUMN migrate.revisions.contract IS 'an interval: the upgrade takes something away, and is refused while a statement that it breaks was called within that time; null where there is none';
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
	downgrade_marked boolean NOT NULL,
	require        text,
	require_line   integer NOT NULL,
	verify         text,
	verify_line    integer NOT NULL,
	written_by     name NOT NULL DEFAULT session_user
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
COMMENT ON COLUMN migrate.scripts.require IS 'questions that must be true before the upgrade; null where there are none';
COMMENT ON COLUMN migrate.scripts.require_line IS 'line of the file on which they begin';
COMMENT ON COLUMN migrate.scripts.verify IS 'questions that must be true after the upgrade; null where there are none';
COMMENT ON COLUMN migrate.scripts.verify_line IS 'line of the file on which they begin';
COMMENT ON COLUMN migrate.scripts.written_by IS 'role that was logged in when the script was last written; it cannot approve the revision';

-- One row, or none.
CREATE TABLE migrate.prelude (
	script text NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('migrate.prelude', '');

COMMENT ON TABLE migrate.prelude IS 'what the revisions presuppose: read it with migrate.prelude(), write it by loading a file prelude.sql';
COMMENT ON COLUMN migrate.prelude.script IS 'SQL that is run before the revisions wherever they are run again, and never in the database itself';

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
	action         text NOT NULL CHECK (action IN ('upgrade', 'downgrade', 'stamp', 'drift', 'load', 'repair', 'approve')),
	revision       text COLLATE "C",
	message        text,
	outcome        text NOT NULL DEFAULT 'done' CHECK (outcome IN ('running', 'done', 'failed', 'half_done')),
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
	allowed        text,
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
CREATE INDEX log_answers ON migrate.log (id) WHERE action IN ('drift', 'load', 'approve');
CREATE INDEX log_open ON migrate.log (id) WHERE outcome IN ('running', 'half_done');
SELECT pg_catalog.pg_extension_config_dump('migrate.log', '');
SELECT pg_catalog.pg_extension_config_dump('migrate.log_id_seq', '');

COMMENT ON TABLE migrate.log IS 'every step ever run, the oldest first by id';
COMMENT ON COLUMN migrate.log.id IS 'order of the steps';
COMMENT ON COLUMN migrate.log.action IS 'upgrade, downgrade or stamp; drift: the schema was found to be what its revisions make; load: files were loaded, or found to be what is stored; repair: the text of an applied revision was changed; approve: an upgrade was approved';
COMMENT ON COLUMN migrate.log.revision IS 'the revision that was upgraded to, undone, or stamped; null where a stamp went to base';
COMMENT ON COLUMN migrate.log.message IS 'the revision''s message at that time; for drift and load, of what: the schemas, the digest of the files; for repair and approve, the reason';
COMMENT ON COLUMN migrate.log.outcome IS 'done, failed, or half_done: some of its statements are committed; running: it runs now, or did when its session or server came to an end. A call in one transaction leaves no row when it fails';
COMMENT ON COLUMN migrate.log.version_before IS 'what migrate.current() was before the step; of more than 100 revisions those that went with it, and +N for the N others';
COMMENT ON COLUMN migrate.log.version_after IS 'what migrate.current() was after the step; of more than 100 revisions those that came with it, and +N for the N others';
COMMENT ON COLUMN migrate.log.started_at IS 'when the step began';
COMMENT ON COLUMN migrate.log.duration IS 'how long the revision''s SQL took';
COMMENT ON COLUMN migrate.log.role IS 'role whose privileges the step had';
COMMENT ON COLUMN migrate.log.session_role IS 'role that was logged in';
COMMENT ON COLUMN migrate.log.application IS 'application_name of the session';
COMMENT ON COLUMN migrate.log.client_address IS 'address of the client; null for a Unix-domain socket';
COMMENT ON COLUMN migrate.log.backend_pid IS 'process of the server that ran it';
COMMENT ON COLUMN migrate.log.checksum IS 'SHA-256 of the revision at that time, see migrate.scripts; for drift, of the live schema, the prelude and the revisions applied; for load, of all revisions and the prelude; for approve, of the pending revisions, the version and the schema';
COMMENT ON COLUMN migrate.log.tag IS 'the setting migrate.tag';
COMMENT ON COLUMN migrate.log.allowed IS 'the rules of migrate.review() that the upgrade breaks on purpose, each with its reason, a line each';
COMMENT ON COLUMN migrate.log.server_version IS 'version of the server';
COMMENT ON COLUMN migrate.log.statements IS 'how many statements a revision has that cannot run inside a transaction';
COMMENT ON COLUMN migrate.log.statements_done IS 'how many of them are committed';
COMMENT ON COLUMN migrate.log.tries IS 'how often it was tried; a try that cannot get its table locks gives way';
COMMENT ON COLUMN migrate.log.waited IS 'how long it waited between tries';
COMMENT ON COLUMN migrate.log.blocked_by IS 'who held the locks that the latest try did not get';
COMMENT ON COLUMN migrate.log.sqlstate IS 'SQLSTATE of the error';
COMMENT ON COLUMN migrate.log.error IS 'message of the error';
COMMENT ON COLUMN migrate.log.error_context IS 'where it happened';

-- The rows of those that were there.  A schema of that name that is not this script's is nobody's business.
DO $$
DECLARE
	books name;
	from_table regclass;
	columns text;
	stranger text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = to_regnamespace('migrate_books')
			AND refclassid = 'pg_extension'::regclass AND deptype = 'e') THEN
		RETURN;
	END IF;
	FOREACH books IN ARRAY '{revisions,scripts,prelude,version,log}'::name[] LOOP
		from_table := to_regclass('migrate_books.' || quote_ident(books));
		CONTINUE WHEN from_table IS NULL;
		SELECT string_agg(quote_ident(o.attname), ', ' ORDER BY o.attnum),
			min(o.attname) FILTER (WHERE n.atttypid IS DISTINCT FROM o.atttypid OR o.attgenerated <> '')
		INTO columns, stranger
		FROM pg_attribute AS o LEFT JOIN pg_attribute AS n
			ON n.attrelid = ('migrate.' || quote_ident(books))::regclass AND n.attname = o.attname AND NOT n.attisdropped
		WHERE o.attrelid = from_table AND o.attnum > 0 AND NOT o.attisdropped;
		IF stranger IS NOT NULL THEN
			RAISE EXCEPTION 'column "%" of table migrate.% is none of the extension''s', stranger, books
				USING ERRCODE = 'datatype_mismatch',
					DETAIL = 'The table was there already, and its rows are to be taken over.',
					HINT = 'Was it changed by hand, or written by a newer version? Drop the column, or update the extension''s package.';
		END IF;
		EXECUTE format('INSERT INTO migrate.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM ONLY %s', books, columns, columns, from_table);
	END LOOP;
	PERFORM setval('migrate.log_id_seq', max(id)) FROM migrate.log HAVING max(id) IS NOT NULL;
	FOREACH books IN ARRAY '{version,scripts,prelude,log,revisions}'::name[] LOOP
		EXECUTE format('DROP TABLE IF EXISTS migrate_books.%I', books);
	END LOOP;
	DROP SCHEMA migrate_books;
END $$;

-- The log without what drift() and a container's start keep there for themselves.
CREATE VIEW migrate.runs AS
SELECT id, action, revision, message, outcome, error, started_at, duration, role, session_role, application, client_address,
	backend_pid, tag, allowed, version_before, version_after, statements, statements_done, tries, waited, blocked_by, sqlstate, error_context,
	checksum, server_version
FROM migrate.log WHERE action IN ('upgrade', 'downgrade', 'stamp') ORDER BY id;
COMMENT ON VIEW migrate.runs IS 'what ran: upgrades, downgrades and stamps, the oldest first';
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN
		SELECT a.attname, pg_catalog.col_description(l.attrelid, l.attnum) AS words
		FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_attribute l ON l.attname = a.attname
		WHERE a.attrelid = 'migrate.runs'::pg_catalog.regclass AND l.attrelid = 'migrate.log'::pg_catalog.regclass AND a.attnum > 0
	LOOP
		EXECUTE pg_catalog.format('COMMENT ON COLUMN migrate.runs.%I IS %L', c.attname, c.words);
	END LOOP;
END $$;
