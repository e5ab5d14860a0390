-- Running revisions online, one transaction for each: src/functions/deployfuncs.c.
-- A procedure that commits has neither SECURITY DEFINER nor SET.

CREATE PROCEDURE migrate.deploy(target text DEFAULT 'head', tag text DEFAULT NULL)
LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_deploy';
COMMENT ON PROCEDURE migrate.deploy IS 'upgrade to the target online: one transaction for each revision, and revisions that cannot run inside one; tag is migrate.tag meanwhile';

CREATE PROCEDURE migrate.revert(target text DEFAULT '-1', tag text DEFAULT NULL)
LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_revert';
COMMENT ON PROCEDURE migrate.revert IS 'downgrade to the target online, as deploy upgrades';

CREATE FUNCTION migrate.resolve(revision text, outcome text)
RETURNS SETOF text LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_resolve';
COMMENT ON FUNCTION migrate.resolve IS 'say of a revision that an online run left half done that it is "applied" or "rolled_back"; returns the current revisions';

CREATE VIEW migrate.progress AS
SELECT a.pid, a.usename AS role, a.application_name AS application,
	m[1] AS action, m[2] AS revision, m[3]::int AS step, m[4]::int AS steps,
	m[5]::int AS statement, m[6]::int AS statements, m[7] AS sql,
	CASE WHEN a.wait_event_type = 'Lock' OR a.wait_event = 'Extension' THEN 'waiting for a lock'
		ELSE coalesce(i.phase, 'running') END AS phase,
	b.waiting_for,
	CASE WHEN 0 = ANY (b.waiting_for) THEN 'a prepared transaction, see pg_prepared_xacts' ELSE
	(SELECT pg_catalog.string_agg('process ' || w.pid || coalesce(' of role ' || w.usename, '')
		|| coalesce(', application ' || pg_catalog.quote_literal(nullif(nullif(w.application_name, ''), '<insufficient privilege>')), '')
		|| coalesce(', ' || nullif(w.state, 'active'), '')
		|| coalesce(', in a transaction that began ' || extract(epoch FROM pg_catalog.clock_timestamp() - w.xact_start)::int || ' s ago', '')
		|| coalesce(', query: ' || nullif(pg_catalog.left(pg_catalog.regexp_replace(w.query, '\s+', ' ', 'g'), 100), '<insufficient privilege>'), ''),
		'; ' ORDER BY w.pid)
	FROM pg_catalog.pg_stat_activity w WHERE w.pid = ANY (b.waiting_for)) END AS blocked_by,
	pg_catalog.clock_timestamp() - a.query_start AS elapsed
FROM pg_catalog.pg_locks l
	JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
	CROSS JOIN LATERAL pg_catalog.pg_blocking_pids(a.pid) AS b (waiting_for)
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
COMMENT ON COLUMN migrate.progress.phase IS 'running, waiting for a lock, or the phase of building an index';
COMMENT ON COLUMN migrate.progress.waiting_for IS 'processes that hold what it waits for';
COMMENT ON COLUMN migrate.progress.blocked_by IS 'the same in words: who they are, since when, and what they do';
COMMENT ON COLUMN migrate.progress.elapsed IS 'since the call began';
