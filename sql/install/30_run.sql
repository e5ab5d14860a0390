-- Running revisions: src/functions/runfuncs.c.  Everything happens in the caller's
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

CREATE FUNCTION migrate.plan(command text DEFAULT 'upgrade', target text DEFAULT NULL, OUT step integer, OUT action text, OUT revision text,
	OUT message text, OUT version_after text[])
RETURNS SETOF record LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_plan';
COMMENT ON FUNCTION migrate.plan IS 'what upgrade, downgrade or stamp would do, step by step; nothing is run. target is by default what theirs is';

-- src/functions/dryrunfuncs.c
CREATE FUNCTION migrate.dry_run(command text DEFAULT 'upgrade', target text DEFAULT NULL, OUT step integer, OUT action text, OUT revision text,
	OUT statement integer, OUT sql text, OUT outcome text, OUT duration interval, OUT locks text[], OUT rewritten text[],
	OUT scanned text[], OUT rows bigint, OUT wal_bytes bigint, OUT blocks text, OUT blocked_bytes bigint,
	OUT severity text, OUT warning text, OUT sqlstate text, OUT error text, OUT error_context text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_dry_run';
COMMENT ON FUNCTION migrate.dry_run IS 'run upgrade or downgrade for real, tell what each statement locks, rewrites, reads and takes, and roll it back. target is by default what theirs is';

-- src/functions/reviewfuncs.c
CREATE FUNCTION migrate.preflight(target text DEFAULT 'head', OUT step integer, OUT revision text, OUT statement integer, OUT sql text,
	OUT outcome text, OUT table_name text, OUT rows bigint, OUT examples text[], OUT detail text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_preflight';
COMMENT ON FUNCTION migrate.preflight IS 'what of an upgrade would fail for the sake of the rows that are there: asked of the live tables, nothing is run';
CREATE FUNCTION migrate.review(target text DEFAULT 'head', trial boolean DEFAULT true, OUT step integer, OUT revision text, OUT statement integer, OUT rule text,
	OUT severity text, OUT message text, OUT advice text, OUT evidence text, OUT allowed text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_review';
COMMENT ON FUNCTION migrate.review IS 'what is to be said of each pending revision before it goes out: locks, what running code may still need, rows in the way; as serious as the tables are large and used. With trial the upgrade is tried out in a shadow as well: which statements of the application break, what fails or is lost on a sample of the rows, whether the schema has drifted';

CREATE FUNCTION migrate.facts()
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_facts';
COMMENT ON FUNCTION migrate.facts IS 'a script for another database: how large and how used the tables of this one are, and which statements it gets, so that review and impact there judge as if they were here. It has no rows of data';

-- src/functions/approvalfuncs.c
CREATE FUNCTION migrate.approve(target text DEFAULT 'head', comment text DEFAULT NULL, OUT step integer, OUT revision text, OUT message text,
	OUT written_by text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_approve';
COMMENT ON FUNCTION migrate.approve IS 'approve the upgrade to the target, as it is and for the database as it is; returns what is approved. migrate.require_approval lets nothing else run';

-- src/functions/reportfuncs.c
CREATE FUNCTION migrate.report(target text DEFAULT 'head', format text DEFAULT 'markdown', directory text DEFAULT NULL, trial boolean DEFAULT true)
RETURNS text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_report';
COMMENT ON FUNCTION migrate.report IS 'what an upgrade would run and what is to be said of it, as markdown, html, json or sarif; directory: of the files, for sarif; trial: as for review()';
CREATE FUNCTION migrate.report_and_severity(target text DEFAULT 'head', format text DEFAULT 'markdown', directory text DEFAULT NULL,
	trial boolean DEFAULT true, OUT report text, OUT severity text)
RETURNS record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_report_and_severity';
COMMENT ON FUNCTION migrate.report_and_severity IS 'the same, and the worst severity of its findings: error, warning, notice, none';

-- src/functions/replayfuncs.c
CREATE FUNCTION migrate.rehearse(target text DEFAULT 'head', rows integer DEFAULT 1000, schemas name[] DEFAULT NULL,
	OUT step integer, OUT revision text, OUT outcome text, OUT table_name text, OUT column_name text,
	OUT count bigint, OUT total bigint, OUT detail text)
RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_rehearse';
COMMENT ON FUNCTION migrate.rehearse IS 'run an upgrade on a sample of the rows that are there, away from the live tables: what fails, and what each downgrade does not bring back';

CREATE FUNCTION migrate.upgrade_sql(target text DEFAULT 'head', online boolean DEFAULT false)
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_upgrade_sql';
COMMENT ON FUNCTION migrate.upgrade_sql IS 'a script for psql that has the effect of upgrade, also where the extension is not; online: as deploy; the target may be a range from:to';

CREATE FUNCTION migrate.downgrade_sql(target text, online boolean DEFAULT false)
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_downgrade_sql';
COMMENT ON FUNCTION migrate.downgrade_sql IS 'a script for psql that has the effect of downgrade, also where the extension is not; online: as revert; the target is a range from:to';

CREATE FUNCTION migrate.stamp_sql(target text)
RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'migrate_stamp_sql';
COMMENT ON FUNCTION migrate.stamp_sql IS 'a script for psql that has the effect of stamp, also where the extension is not; the target may be a range from:to';
