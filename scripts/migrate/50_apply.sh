# --- apply, plan, dry-run --------------------------------------------------------
# Load the files and upgrade.  Most starts find nothing to do and take the short way at rest.

sql_plan_sql() { # sql_plan_sql [ARRAY]: with what the array's elements have to say
  say "SELECT 'Would upgrade ' || p.revision || coalesce(', ' || pg_catalog.regexp_replace(split_part(p.message, E'\n', 1), '[[:cntrl:]]', ' ', 'g'), '') ||
  coalesce(E'\n' || nullif(btrim(s.upgrade, E' \t\r\n'), ''), '')${1:+ || $1}
FROM migrate.plan('upgrade', :'target') AS p JOIN migrate.scripts AS s USING (revision) ORDER BY p.step;"
}

# A statement of a rehearsal in words; d is a row of migrate.dry_run().
REHEARSED="coalesce('statement ' || d.statement, 'deferred to the commit') || ': ' || d.outcome || coalesce(', ' || extract(epoch FROM d.duration)::numeric(12, 3) || ' s', '') ||
  coalesce(', blocks ' || d.blocks, '') || CASE WHEN d.severity <> 'none' THEN ' (' || d.severity || ')' ELSE '' END ||
  coalesce(E'\n--   ' || d.warning, '') || coalesce(E'\n--   locks ' || nullif(array_to_string(d.locks, ', '), ''), '') ||
  coalesce(E'\n--   ERROR: ' || replace(d.error, E'\n', E'\n--   '), '')"

# The SQL that would be run, and of each statement what it locks: it is rehearsed, and
# rolled back.  Who may not rehearse sees the SQL.
sql_rehearse_plan() {
  say "SELECT coalesce(bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE')), false) AS may_rehearse
FROM pg_catalog.pg_proc AS p WHERE p.proname = 'dry_run' AND p.pronamespace = pg_catalog.to_regnamespace('migrate') \gset
SET LOCAL client_min_messages = warning;
\if :may_rehearse
SELECT coalesce(json_object_agg(revision, words), '{}') AS rehearsed, coalesce(bool_or(failed), false) AS has_failed FROM (
  SELECT d.revision, string_agg(E'\n-- ' || $REHEARSED, '' ORDER BY d.step, d.statement) AS words, bool_or(d.outcome = 'failed') AS failed
  FROM migrate.dry_run('upgrade', :'target') AS d GROUP BY d.revision) AS r \gset"
  sql_plan_sql "coalesce(:'rehearsed'::json ->> p.revision, '')"
  say '\if :has_failed'
  sql_fail "'the rehearsal has failed'" "''" "'Nothing was changed; migrate.sh apply would fail in the same way.'"
  say '\endif
\else'
  sql_plan_sql
  say "\echo '(what it locks is told to who may execute migrate.dry_run)'
\endif"
}

sql_apply() { # sql_apply TARGET [FILE...]
  apply_target=$1
  shift
  sql_begin
  sql_need_execute load_files 'load revision files'
  if [ -n "$ONLINE" ]; then sql_need_execute deploy upgrade; else sql_need_execute upgrade upgrade; fi
  # Where there is nothing, nobody is kept waiting by an index that is built plainly.
  say "SELECT CASE WHEN s.applied = 0 AND NOT $HAS_TABLES THEN pg_catalog.set_config('migrate.plain_concurrently', 'on', true) END AS plain
FROM migrate.status() AS s \gset"
  [ -n "$BASELINE" ] || printf '\\if :had_tables\nSAVEPOINT before_files;\n\\endif\n'
  sql_load "$@"
  count_revisions "$@"
  sql_first_start "$nrevisions"
  if [ "$nrevisions" -eq 0 ]; then sql_need_files; else sql_change_baseline; fi
  if [ -n "$ELSEWHERE" ]; then sql_script_stamps; fi
  if [ -n "$PRUNE" ] && [ "$nrevisions" -gt 0 ]; then
    variable removed_word "$(if [ -n "$DRY_RUN" ]; then echo 'Would remove'; else echo Removed; fi)"
    sql_prune
    say "\if :is_pruned
SELECT :'removed_word' || ' from the database: ' || array_to_string(:'pruned'::text[], ', ');"
    if [ -n "$ELSEWHERE" ]; then sql_script_prune; fi
    say '\endif'
  fi
  sql_look "$apply_target"
  if [ -n "$ELSEWHERE" ]; then sql_script_remember; fi
  say '\if :is_missing_applied
\echo No file here, but applied: :missing_applied
\endif
\if :pending
\if :is_missing'
  variable directory "$DIR"
  sql_refuse_missing
  printf '\\endif\n\\if :forked\n'
  sql_refuse_fork apply
  say '\endif'
  if [ -n "$DRY_RUN" ]; then
    if [ "$COMMAND" = plan ]; then
      if [ -z "$SQL" ]; then sql_plan upgrade; else sql_plan_sql; fi
    elif [ -n "$ELSEWHERE" ]; then
      sql_plan_sql
      say "\echo '(what it locks can be told only by a database that has the extension)'"
    else
      sql_rehearse_plan
    fi
    printf '\\else\n\\echo Nothing to do, at :current\n\\endif\nROLLBACK;\n'
    return
  fi
  if [ -n "$ELSEWHERE" ]; then
    sql_script_upgrade
    printf '\\else\n\\echo Nothing to do, at :current\n\\endif\nROLLBACK;\n'
  elif [ -n "$ONLINE" ]; then
    say 'COMMIT;'
    sql_call deploy
    sql_now_at
    printf '\\else\n\\echo Nothing to do, at :current\nCOMMIT;\n\\endif\n'
  else
    sql_tag
    sql_now_at "migrate.upgrade(:'target')"
    printf '\\else\n\\echo Nothing to do, at :current\n\\endif\nCOMMIT;\n'
  fi
}

# Elsewhere the same as scripts: what a first start says of where the database is, and the upgrade.
sql_script_stamps() {
  variable planned "$AT"
  say "SELECT coalesce(string_agg(c, ',' ORDER BY c), 'base') AS now FROM migrate.current() AS c \gset
SELECT :'now' <> :'planned' AS is_stamped \gset
\if :is_stamped"
  sql_write_script 1 "migrate.stamp_sql(:'planned' || ':' || :'now')"
  say '\endif'
}
sql_script_upgrade() {
  [ -n "$ONLINE" ] || sql_need_transactions upgrade 'migrate.sh apply --online'
  sql_write_script 2 "migrate.upgrade_sql(:'now' || ':' || :'target', online => $(is_yes "$ONLINE"))"
}
# What was applied there once and is not any more.  Who is nobody's parent now is a head.
sql_script_prune() {
  sql_write_script 3 "pg_catalog.format('BEGIN;
DELETE FROM migrate.revisions WHERE revision = ANY (%L::pg_catalog.text[]) AND revision NOT IN (SELECT revision FROM migrate.version);
UPDATE migrate.revisions AS r SET is_real_head = true WHERE NOT is_real_head AND NOT EXISTS (SELECT FROM migrate.revisions AS c
  WHERE r.revision = ANY (c.down_revisions) OR r.revision = ANY (c.depends_on) OR c.depends_on && r.branch_labels);
COMMIT;', :'pruned')"
}
# Only these files lead to where the database is, and all of them.
sql_script_remember() {
  if [ -z "$DIGEST" ] || [ -n "$apply_target$DRY_RUN" ]; then return; fi
  say "SELECT NOT :'is_ahead' AND NOT :'has_unknown' AS is_all \gset
\if :is_all
\o :run/remember
\qecho yes
\o
\endif"
}

# Most starts find nothing to do.  Whether the files are the ones that the database
# has can be told by their digest, without sending them; says what sql_apply would, after
# a line with the digest.  psql connects, and asks where the database is, while the files are read.
sql_at_rest() { # sql_at_rest NUMBER-OF-FILES, the digest on standard input
  say "SELECT pg_catalog.to_regprocedure('migrate.files_are_loaded(text)') IS NOT NULL AS can_tell \gset
\if :can_tell
SELECT E'Files: $1, nothing new\nNothing to do, at ' || array_to_string(s.current, ', ') AS at_rest, s.revisions = $1 AND s.pending = 0 AS may_rest
FROM migrate.status() AS s \gset
\endif"
  read -r digest rest
  say "\\echo $digest
\if :can_tell
\echo here
\if :may_rest
SELECT :'at_rest' WHERE migrate.files_are_loaded('$digest');
\endif
\else
SELECT $(is_elsewhere) AS elsewhere, $BOOKS_ARE_THERE AS has_books \gset
\if :elsewhere
\if :has_books"
  sql_need_own_books
  say "SELECT E'elsewhere\nFiles: $1, nothing new\nNothing to do, at ' || coalesce((SELECT pg_catalog.string_agg(revision, ', ' ORDER BY revision) FROM migrate.version), 'base')
WHERE EXISTS (SELECT FROM migrate.log WHERE action = 'load' AND message = 'files $digest' AND checksum = $BOOKS_STATE)
  AND NOT EXISTS (SELECT FROM migrate.log WHERE outcome IN ('running', 'half_done') AND statements IS NOT NULL);
\endif
\else
\echo here
\endif
\endif"
}
is_at_rest() { # is_at_rest TARGET [FILE...]
  [ -z "$1$DRY_RUN" ] && [ $# -gt 1 ] || return 1
  shift
  command -v sha256sum >/dev/null || return 1
  # What goes wrong is told by what comes next.
  count_revisions "$@"
  [ "$nrevisions" -gt 0 ] || return 1
  status=0
  answer=$( (print_digests) 2>/dev/null | sha256sum | sql_at_rest "$nrevisions" | (client) 2>/dev/null) || status=$?
  DIGEST=${answer%%"$NEWLINE"*} answer=${answer#"$DIGEST"}
  answer=${answer#"$NEWLINE"}
  WHERE=${answer%%"$NEWLINE"*} answer=${answer#"$WHERE"}
  if [ -n "$answer" ]; then
    say "${answer#"$NEWLINE"}"
    return
  fi
  if [ "$status" -eq 2 ] && [ -n "$WAIT" ]; then wait_for_server "$WAIT" tried; fi
  if [ -z "$DIGEST" ]; then
    DIGEST=$( (print_digests) 2>/dev/null | sha256sum)
    DIGEST=${DIGEST%%[!0-9a-f]*}
  fi
  return 1
}

# Asked once more if there was no answer and somebody may wait for one.
wait_for_where() {
  if find_where; then return; fi
  if [ "$status" -ne 2 ] || [ -z "$WAIT" ]; then finish "$status"; fi
  wait_for_server "$WAIT" tried
  find_where || finish $?
}

apply_files() { # apply_files TARGET [FILE...]
  target=$1
  shift
  printf 'Database: '
  database_name
  WHERE=''
  if is_at_rest "$target" "$@"; then return; fi
  check_files "$@"
  if [ "$WHERE" != here ]; then
    wait_for_where
    # it may have to be described
    if [ "$HAD_TABLES$BASELINE$DRY_RUN" = true ] && [ ! -s "$RUN/alembic" ]; then BRING_LIVE=yes; fi
    if [ -n "$ELSEWHERE" ]; then begin_elsewhere bare; fi
    if [ -n "$TARGET_SAID" ]; then say "$TARGET_SAID"; fi
  fi
  if [ -n "$BACKUP" ] && [ -z "$DRY_RUN" ]; then
    # Only where there is something to do, and so something to lose.
    count_revisions "$@"
    answer=$(ask sql_check "$target" "$@") || finish $? "$@"
    after_mark "$answer"
    case $answer in [0-9]*" pending revision"*) (cmd_backup) || exit 1 ;; esac
  fi
  deadline='' run=run_sql
  if [ -n "$ELSEWHERE" ]; then run=run_elsewhere; fi
  while :; do
    status=0
    "$run" sql_apply "$target" "$@" || status=$?
    # 2: no connection, or it was lost; nothing is half done, so all of it again
    if [ "$status" -ne 2 ] || [ -z "$WAIT" ]; then break; fi
    now=$(date +%s)
    : "${deadline:=$((now + WAIT))}" # asked for only now: a start with nothing wrong needs no clock
    if [ "$now" -ge "$deadline" ]; then break; fi
    if [ -n "$ELSEWHERE" ]; then use_settings target; fi
    wait_for_server $((deadline - now)) tried
    if [ -n "$ELSEWHERE" ]; then
      wait_for_where
      begin_elsewhere bare
    fi
  done
  finish "$status" "$@"
}
cmd_apply() { with_files apply_files "${1-}"; }

# "flask db upgrade" reads the files, too.
sql_may_load() {
  say "SELECT $IS_BARE OR coalesce(pg_catalog.has_schema_privilege('migrate', 'USAGE') AND pg_catalog.has_function_privilege(
  pg_catalog.to_regprocedure('migrate.load_files(text[],text[],text)'), 'EXECUTE'), false);"
}
cmd_plan() {
  DRY_RUN=yes
  with_files apply_files "${1-}"
}
# The files, in a transaction that is rolled back by whoever goes on behind "\if :pending".
sql_begin_pending() { # sql_begin_pending COMMAND FUNCTION VERB TARGET [FILE...]
  pending_command=$1 pending_function=$2 pending_verb=$3 pending_target=$4
  shift 4
  sql_begin
  sql_need_execute load_files 'load revision files'
  sql_need_execute "$pending_function" "$pending_verb"
  sql_load "$@"
  count_revisions "$@"
  if [ "$nrevisions" -eq 0 ]; then sql_need_files; fi
  sql_look "$pending_target"
  printf '\\if :forked\n'
  sql_refuse_fork "$pending_command"
  printf '\\endif\n\\if :pending\n'
}
sql_dry_run() { # sql_dry_run TARGET [FILE...]
  sql_begin_pending dry-run dry_run rehearse "$@"
  say "SELECT '-- ' || coalesce(d.revision || ', ', '') || $REHEARSED || coalesce(E'\n' || d.sql || ';', '')
FROM migrate.dry_run('upgrade', :'target') AS d ORDER BY d.step, d.statement;
\else
\echo Nothing to do, at :current
\endif
ROLLBACK;"
}
dry_run_files() { # dry_run_files TARGET [FILE...]
  status=0
  run_sql sql_dry_run "$@" || status=$?
  shift
  finish "$status" "$@"
}
cmd_dry_run() {
  DRY_RUN=yes
  with_files dry_run_files "${1-}"
}

