# --- upgrade, downgrade, stamp, mark-current, resolve ----------------------------
# What moves the database along its revisions, or only says where it is.  The server plans and runs.

# Files that this role may not load, and who may.
sql_say_not_loaded() { # sql_say_not_loaded FILE...
  say "WITH files (n, id) AS (VALUES (0, NULL::text)$(find_all "$@"))
SELECT 'Not loaded: ' || string_agg(id, ', ' ORDER BY n) || pg_catalog.format(E'\n  (role \"%s\" may not load files; these may: %s)', current_user,
  (SELECT string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'all' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END, ', ')
   FROM pg_catalog.pg_proc AS p, pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
   WHERE p.oid = pg_catalog.to_regprocedure('migrate.load_files(text[],text[],text)') AND a.privilege_type = 'EXECUTE'))
FROM files WHERE id IS NOT NULL AND id NOT IN (SELECT revision FROM migrate.history()) HAVING count(*) > 0;"
}

sql_run() { # sql_run FUNCTION PROCEDURE TARGET [FILE...]: files that are not loaded are named
  sql_need_extension
  if [ -z "$SQL$DRY_RUN" ]; then
    if [ -n "$ONLINE" ]; then sql_need_execute "$2" "$1"; else sql_need_execute "$1" "$1"; fi
  fi
  if [ "$1" = upgrade ]; then
    say '\set had_tables false
SELECT revisions = 0 AS is_empty FROM migrate.status() \gset
\if :is_empty'
    if has_files; then
      variable directory "$DIR"
      sql_fail "'there is no revision in the database'" "''" "'migrate.sh load loads the files in ' || :'directory' || ', and so does apply, for a role that may.'"
    else
      sql_need_files
    fi
    say '\endif'
  fi
  if [ $# -gt 3 ]; then (shift 3 && sql_say_not_loaded "$@"); fi
  variable target "$3"
  if [ -n "$SQL" ]; then
    say "SELECT migrate.${1}_sql(:'target');"
  elif [ -n "$DRY_RUN" ]; then
    sql_plan "$1"
  elif [ -n "$ELSEWHERE" ]; then
    sql_script_run "$1"
  elif [ -n "$ONLINE" ]; then
    sql_call "$2"
    sql_now_at
  else
    printf 'BEGIN ISOLATION LEVEL READ COMMITTED;\nSET LOCAL client_min_messages = notice;\n'
    sql_tag
    sql_now_at "migrate.$1(:'target'${PURGE:+, true})"
    say 'COMMIT;'
  fi
}
# Elsewhere: a stamp is tried in the engine, and has rows of its own as its end.
sql_script_run() { # sql_script_run FUNCTION
  variable planned "$AT"
  case $1 in
    stamp)
      if [ -n "$PURGE" ]; then
        sql_write_script 1 "migrate.stamp_sql(:'planned' || ':base')"
        say "\set planned base"
      fi
      say "BEGIN;
SET LOCAL client_min_messages = warning;
SELECT count(*) AS stamped FROM migrate.stamp(:'target'${PURGE:+, true}) \gset
SELECT coalesce(string_agg(c, ',' ORDER BY c), 'base') AS target FROM migrate.current() AS c \gset
ROLLBACK;"
      sql_write_script 2 "migrate.stamp_sql(:'planned' || ':' || :'target')"
      ;;
    *)
      [ -n "$ONLINE" ] || sql_need_transactions "$1" "migrate.sh $1 --online"
      sql_write_script 2 "migrate.${1}_sql(:'planned' || ':' || :'target', online => $(is_yes "$ONLINE"))"
      ;;
  esac
}
run_here() { # run_here FUNCTION PROCEDURE TARGET [FILE...]
  if [ -n "$ELSEWHERE" ]; then run_elsewhere sql_run "$@" || finish $?; else run_sql sql_run "$@" || finish $?; fi
}
upgrade_loaded() { run_here upgrade deploy "$@"; } # upgrade_loaded TARGET [FILE...]
cmd_upgrade() {
  if [ -n "$SQL" ] || [ ! -d "$DIR" ] || ! has_files; then
    upgrade_loaded "${1-head}"
  elif [ -n "$ELSEWHERE" ] || [ "$(ask sql_may_load 2>/dev/null)" = t ]; then
    cmd_apply "$@"
  else
    with_files upgrade_loaded "${1-head}"
  fi
}
cmd_downgrade() { run_here downgrade revert "${1--1}"; }
cmd_stamp() { run_here stamp '' "${1-head}"; }

sql_mark_current() { # sql_mark_current [FILE...]
  sql_begin
  sql_need_execute load_files 'load revision files'
  sql_load "$@"
  count_revisions "$@"
  if [ "$nrevisions" -eq 0 ]; then sql_need_files; fi
  sql_look ''
  sql_need_parents
  say "SELECT :nheads > 1 AS forked, CASE WHEN :nheads = 0 THEN 'head' ELSE :'file_heads' END AS target \gset
\if :forked"
  sql_refuse_fork stamp
  say '\endif'
  if [ -n "$DRY_RUN" ]; then
    sql_plan stamp
    say 'ROLLBACK;'
  elif [ -n "$ELSEWHERE" ]; then
    say 'COMMIT;'
    sql_script_run stamp
  else
    sql_now_at "migrate.stamp(:'target')"
    say 'COMMIT;'
  fi
}
mark_current() { # mark_current [FILE...]
  status=0
  if [ -n "$ELSEWHERE" ]; then run_elsewhere sql_mark_current "$@"; else run_sql sql_mark_current "$@"; fi || status=$?
  finish "$status" "$@"
}
cmd_mark_current() { with_files mark_current; }

cmd_resolve() {
  [ $# -eq 2 ] || bad_usage "resolve needs a revision, and applied or rolled_back"
  HOW=$2
  case $HOW in rolled-back | 'rolled back') HOW=rolled_back ;; applied | rolled_back) ;; *) bad_usage "resolve: \"$HOW\" is neither applied nor rolled_back" ;; esac
  run_sql sql_resolve "$1" || finish $?
}
sql_resolve() { # sql_resolve REVISION
  sql_need_extension
  variable revision "$1"
  variable how "$HOW"
  sql_now_at "migrate.resolve(:'revision', :'how')"
}

sql_ensure_version() {
  sql_begin
  say 'COMMIT;'
}
cmd_ensure_version() {
  if [ -n "$SQL" ]; then say 'CREATE EXTENSION IF NOT EXISTS migrate_ext;'; else run_sql sql_ensure_version || finish $?; fi
}

