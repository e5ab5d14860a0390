# --- load, check -----------------------------------------------------------------
# The files without an upgrade; and what a start would do, without doing it.

sql_load_only() { # sql_load_only [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  [ $# -gt 0 ] || sql_need_files
  say "\if :{?outcomes}
\qecho :outcomes
\endif"
  if [ -n "$DRY_RUN" ]; then say 'ROLLBACK;'; else say 'COMMIT;'; fi
}

load_files() { # load_files [FILE...]
  if [ -n "$SQL" ]; then
    [ $# -gt 0 ] || die "there is no file in $DIR"
    print_load "$@" || exit 1
    return
  fi
  status=0
  run_sql sql_load_only "$@" || status=$?
  finish "$status" "$@"
}
cmd_load() {
  if [ $# -eq 1 ] && [ -d "$1" ]; then
    set_directory "$1"
    shift
  fi
  if [ $# -eq 0 ]; then
    with_files load_files
    return
  fi
  n=$#
  while [ "$n" -gt 0 ]; do
    case $1 in
      /* | ./*) set -- "$@" "$1" ;;
      *) set -- "$@" "./$1" ;;
    esac
    shift
    n=$((n - 1))
  done
  check_files "$@"
  load_files "$@"
}

# Says what a start with these files would do.  Nothing is kept; and it needs no
# right to write, unless the database is compared with a model.
sql_check() { # sql_check TARGET [FILE...]
  check_target=$1
  shift
  say "SELECT $IS_BARE AS bare, $IS_BARE AND NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS hopeless \gset
\if :hopeless
\echo 'migrate_ext is not installed here, and this role cannot create it'"
  sql_mark
  case $nrevisions in 1) plural='' ;; *) plural=s ;; esac
  say "\echo $nrevisions pending revision$plural
\q
\endif
\if :bare"
  SAY_CREATED=''
  sql_begin
  unset SAY_CREATED
  say 'SAVEPOINT before_files;'
  sql_load "$@"
  DRY_RUN=yes sql_first_start "$nrevisions"
  say '\else
\set had_tables false'
  sql_need_usage
  if [ -n "$MODEL" ]; then
    say 'BEGIN;'
    sql_load "$@"
  else
    say 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
  fi
  say '\endif'
  if [ $# -eq 0 ]; then say '\set loaded {}'; fi
  if [ "$nrevisions" -eq 0 ]; then sql_need_files; fi
  if [ -n "$MODEL" ] || [ $# -eq 0 ]; then
    sql_look "$check_target"
  else
    printf '\\if :bare\n'
    sql_look "$check_target"
    printf '\\else\n'
    variable wanted "$check_target"
    sql_texts "$@"
    say "SELECT $LOOKED, f.files, f.added, f.replaced, f.files - f.added - f.replaced AS unchanged, f.added + f.replaced = 0 AS nothing_new, complete$counted
FROM texts, migrate.check_files(scripts, names, nullif(:'wanted', '')) AS f \gset"
    sql_all_arrived "$@"
    say "\if :nothing_new
\echo Files: :files, nothing new
\else
\echo Files: :files (:added new, :replaced changed, :unchanged unchanged)
\endif"
    sql_say_look
    printf '\\endif\n'
  fi
  sql_need_parents
  say '\if :forked'
  sql_refuse_fork check
  printf '\\endif\n'
  sql_mark
  say "\if :pending
SELECT :'npending' || CASE :'npending' WHEN '1' THEN ' pending revision' ELSE ' pending revisions' END || :'pending_words';
\else
\echo Up to date, at :current"
  if [ -n "$MODEL" ]; then
    sql_prune
    sql_check_model
  fi
  printf '\\endif\nROLLBACK;\n'
}

check_revisions() { # check_revisions TARGET [FILE...]
  check_target=$1
  shift
  count_revisions "$@"
  set -- "$check_target" "$@"
  answer=$(ask sql_check "$@") || {
    status=$?
    shift
    finish "$status" "$@" ${MODEL:+"$MODEL"}
  }
  printf '%s\n' "$answer" | grep -vxF -e "$MARK"
  after_mark "$answer"
  case $answer in
    [0-9]*" pending revision"* | *"differs from the model" | *"Would take a baseline"*) exit 3 ;;
    *"not compared with the model") exit 1 ;;
  esac
}
cmd_check() {
  check_model_file
  with_files check_revisions "${1-}"
}

