# --- status ----------------------------------------------------------------------
# Everything about a database and its files on one screen.

# Head and pending are those of the files, where there are any: what is neither applied nor
# among them counts for nothing here, as for "apply".
sql_status() { # sql_status [FILE...]
  count_revisions "$@"
  variable database "$(database_name)"
  variable directory "$DIR"
  variable target_version "$TARGET_VERSION"
  cat <<EOF
\echo 'Database: ' :database
SELECT $IS_BARE AS bare \gset
\if :bare
\echo 'Extension: migrate_ext is not installed here; migrate.sh init or apply creates it'
\echo 'Files:    ' $nrevisions in :directory
\else
$(sql_need_usage)
SELECT 'Extension: migrate_ext ' || extversion || ', PostgreSQL ' || ${ELSEWHERE:+:'target_version' || ' without it; the engine is PostgreSQL ' || }current_setting('server_version')
FROM pg_catalog.pg_extension WHERE extname = 'migrate_ext';
WITH $(status_files "$@"),
kept AS ($(status_kept "$@"))
SELECT 'Current:   ' || coalesce((SELECT string_agg(c || coalesce(' (' || pg_catalog.regexp_replace(split_part(h.message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g') || ')', ''), ', ' ORDER BY c)
    FROM unnest(s.current) AS c JOIN migrate.history() AS h ON h.revision = c), 'nothing applied') || E'\\n' ||
  'Head:      ' || coalesce(nullif(k.heads, ''), 'no revisions') || E'\\n' ||
  'Pending:   ' || k.pending || ' of ' || k.revisions || coalesce(', next ' || k.next, '') ||
  coalesce(E'\\nLast run:  ' || s.last_action || coalesce(' ' || s.last_revision, '') ||
    CASE WHEN s.last_outcome = 'running' AND s.migrating IS NULL THEN ' broke off' WHEN s.last_outcome <> 'done' THEN ' ' || upper(replace(s.last_outcome, '_', ' ')) ELSE '' END ||
    ' at ' || s.last_run_at || ' by ' || s.last_role || coalesce(E'\\n  ' || s.last_error, ''), '') ||
  coalesce(E'\\nHalf done: ' || s.half_done || ': go on with migrate.sh apply --online, or say how it ended: migrate.sh resolve ' || s.half_done, '') ||
  coalesce(E'\\nRunning:   ' || s.migrating, '')
FROM migrate.status() AS s, kept AS k;
SELECT pg_catalog.has_table_privilege('migrate.progress', 'SELECT') AND pg_catalog.has_table_privilege('migrate.log', 'SELECT') AS may_look \gset
\if :may_look
SELECT 'Waiting:   process ' || pid || ' of role ' || role || coalesce(' for ' || blocked_by, '') FROM migrate.progress WHERE blocked_by IS NOT NULL;
SELECT 'Schema:    as its revisions make it, as drift has found at ' || d.started_at FROM migrate.log AS d
WHERE d.action = 'drift' AND NOT EXISTS (SELECT FROM migrate.log AS l WHERE l.id > d.id AND l.action IN ('upgrade', 'downgrade', 'stamp')) ORDER BY d.id DESC LIMIT 1;
\endif
WITH $(status_files "$@"),
kept AS ($(status_kept "$@")),
pending AS (SELECT count(*) AS n FROM files WHERE id NOT IN (SELECT revision FROM history WHERE is_applied))
SELECT 'Files:     $nrevisions in ' || :'directory' ||
  coalesce((SELECT E'\\n  pending of these: ' || p.n FROM pending AS p, kept AS k WHERE $# > 0 AND p.n <> k.pending), '') ||
  coalesce(E'\\n  not loaded: ' || (SELECT string_agg(id, ', ' ORDER BY n) FROM files WHERE id NOT IN (SELECT revision FROM history)), '') ||
  coalesce(E'\\n  in the database only: ' || (SELECT string_agg(revision || CASE WHEN is_applied OR $# = 0 THEN '' ELSE ' (ignored)' END, ', ') FROM history
    WHERE revision NOT IN (SELECT id FROM files)), '');
EOF
  if [ $# -gt 0 ]; then
    # a file that cannot be read is for "check" to tell
    say "\set ON_ERROR_STOP off
\set is_changed false"
    sql_texts "$@"
    say "SELECT coalesce(string_agg(E'\n    ' || file_name || ': ' || difference, '' ORDER BY file_name), '') AS changed, count(revision) > 0 AS is_changed
FROM texts LEFT JOIN LATERAL migrate.changed_files(scripts, names) ON true \gset
\set ON_ERROR_STOP on
\if :is_changed
\echo '  changed since applied:' :changed
\endif"
  fi
  say '\endif'
}
status_files() { # status_files [FILE...]
  printf '%s' "files AS (SELECT * FROM (VALUES (0, NULL::text)$(find_all "$@")) AS f (n, id) WHERE id IS NOT NULL),
history AS MATERIALIZED (SELECT revision, is_applied, down_revisions FROM migrate.history()),
counted AS (SELECT * FROM history WHERE is_applied OR $# = 0 OR revision IN (SELECT id FROM files))"
}
# What of the database counts: its heads, how many there are and are pending, which comes next.
status_kept() { # status_kept [FILE...]
  if [ $# -eq 0 ]; then
    printf '%s' "SELECT array_to_string(heads, ', ') AS heads, revisions, pending, next_revision AS next FROM migrate.status()"
  else
    printf '%s' "SELECT string_agg(c.revision, ', ' ORDER BY c.revision) FILTER (WHERE NOT EXISTS (SELECT FROM counted AS d WHERE c.revision = ANY (d.down_revisions))) AS heads,
    count(*) AS revisions, count(*) FILTER (WHERE NOT c.is_applied) AS pending,
    (SELECT f.pending[1] FROM migrate.files_status(ARRAY(SELECT revision FROM counted WHERE revision IN (SELECT id FROM files)), 'heads') AS f) AS next
  FROM counted AS c"
  fi
}
# shellcheck disable=SC2120 # with_files passes them
show_status() { run_sql sql_status "$@" || finish $?; }
cmd_status() {
  # shellcheck disable=SC2119
  if [ -d "$DIR" ]; then with_files show_status; else show_status; fi
}

