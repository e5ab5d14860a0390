# --- rebase, edit ----------------------------------------------------------------
# Files that are there already, and that nobody has applied yet.

# Prints the revision's identifier, and the parent that it gets; keeps nothing.
sql_try_rebase() { # sql_try_rebase [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  sql_mark
  variable revision "$REBASE"
  variable onto "${ONTO:-head}"
  # away from where it is, so that a parent without a file is not the head
  say "SELECT migrate.rebase(:'revision', 'base') AS id \gset"
  sql_prune "ARRAY[:'id']"
  say "SELECT migrate.rebase(:'id', :'onto') AS id \gset
SELECT revision || E'\n' || array_to_string(down_revisions, ', ') FROM migrate.history() WHERE revision = :'id';
ROLLBACK;"
}
sql_rebase() { # sql_rebase [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  variable revision "$REBASE"
  variable onto "$ONTO"
  say "SELECT migrate.rebase(:'revision', :'onto') AS id \gset"
  say 'COMMIT;'
}

# The line of a file's header to be replaced, or (a) after which to write one;
# and whether lines end in CR LF.
find_revises() { # find_revises FILE
  LC_ALL=C awk '
    tolower($0) ~ /^[ \t]*--[ \t]*migrate:(up|down)/ { exit }
    tolower($0) ~ /^[ \t]*-- ?revises:/ { line = NR; how = "r"; cr = /\r$/; exit }
    tolower($0) ~ /^[ \t]*-- ?revision id:/ { line = NR; how = "a"; cr = /\r$/ }
    END { print line + 0, how, cr + 0 }' "$1"
}

# Gives a file other parents, in the line that says them; what it was is in $part.old.
rewrite_parents() { # rewrite_parents FILE PARENTS
  file=$1 parent=$2
  # shellcheck disable=SC2046
  set -- $(find_revises "$file")
  line=$1 cr=''
  if [ "$3" = 1 ]; then cr=$(printf '\rx') cr=${cr%x}; fi
  part=${file%/*}/.${file##*/}.$$ rewritten=''
  {
    if [ "$2" = r ]; then head -n $((line - 1)) "$file"; else head -n "$line" "$file"; fi &&
      printf '%s%s\n' "-- Revises:${parent:+ $parent}" "$cr" &&
      tail -n +$((line + 1)) "$file"
  } >"$part" || rewritten=no
  # into the file that is there, which keeps its mode and its owner
  if [ -n "$rewritten" ] || ! cp -p -- "$file" "$part.old" || ! cat -- "$part" >"$file"; then
    rm -f -- "$part"
    if [ -e "$part.old" ]; then mv -f -- "$part.old" "$file"; fi
    die "cannot rewrite $file"
  fi
  rm -f -- "$part"
}

rebase_files() { # rebase_files [FILE...]
  NOTICES=warning
  answer=$(ask sql_try_rebase "$@") || finish $? "$@"
  NOTICES=notice
  after_mark "$answer"
  id=${answer%%"$NEWLINE"*}
  parent=${answer#"$id"}
  parent=${parent#"$NEWLINE"}
  number=$(find_file "$id" "$@")
  if [ "$number" -eq 0 ]; then
    say "Revision $id now revises ${parent:-nothing} (it has no file in $DIR)"
    REBASE=$id ONTO=${parent:-base}
    [ -n "$DRY_RUN" ] || run_sql sql_rebase "$@" || finish $? "$@"
    return
  fi
  shift $((number - 1))
  file=$1
  if [ -n "$DRY_RUN" ]; then
    say "Would write into $file: -- Revises: $parent"
    return
  fi
  rewrite_parents "$file" "$parent"
  if (with_files load_files); then
    rm -f -- "$part.old"
    say "Revision $id now revises ${parent:-nothing}: $file"
  else
    mv -f -- "$part.old" "$file"
    die "$file is as it was"
  fi
}
cmd_rebase() {
  [ $# -gt 0 ] || bad_usage "rebase needs a revision"
  REBASE=$1 ONTO=${2-}
  with_files rebase_files
}

# Prints the identifier of the revision that is meant, and t if it is applied.
sql_which() {
  sql_need_extension
  variable revision "$EDITED"
  say "SELECT substring(migrate.script(:'revision') from '(?n)^-- Revision ID: (.*)\$') AS id \gset
SELECT revision || E'\n' || is_applied FROM migrate.history() WHERE revision = :'id';"
}
sql_print_script() {
  variable revision "$1"
  say "SELECT migrate.script(:'revision');"
}

# Of an applied revision the downgrade and the message may change.  What its upgrade did stays
# known: migrate.edit() refuses another one, whose text the server has cut out of the file.
sql_load_edited() { # sql_load_edited FILE
  sql_begin_without_tables
  sql_need_execute edit 'write revisions'
  sql_need_execute repair 'take over changed files'
  variable id "$EDITED"
  say 'SAVEPOINT edited;'
  sql_take_over "$1" NULL
  say "\\if :is_changed
SELECT upgrade FROM migrate.scripts WHERE revision = :'id' \gset
ROLLBACK TO SAVEPOINT edited;
SELECT migrate.edit(:'id', upgrade => :'upgrade') IS NULL AS edited \gset
ROLLBACK TO SAVEPOINT edited;"
  sql_take_over "$1" "'edited'"
  say "\\echo :differences
\\endif
COMMIT;"
}
sql_take_over() { # sql_take_over FILE REASON
  sql_texts "$1"
  say "SELECT coalesce(max(file_name || ': ' || difference), '') AS differences, count(revision) > 0 AS is_changed, (SELECT complete FROM texts) AS complete$counted
FROM texts LEFT JOIN LATERAL migrate.repair(scripts, names, ARRAY[:'id'], $2) ON true \gset"
  sql_all_arrived "$1"
}
load_edited() { # load_edited FILE
  check_files "$1"
  status=0
  run_sql sql_load_edited "$1" || status=$?
  finish "$status" "$1"
}

# shellcheck disable=SC2120 # with_files passes them
edit_file() { # edit_file [FILE...]
  # As it stands there, before the database is asked: it may not be loaded yet.
  number=$(find_file "$EDITED" "$@")
  if [ "$number" -eq 0 ] || ask sql_which >/dev/null 2>&1; then
    answer=$(ask sql_which) || exit 1
    case $answer in *true) IS_APPLIED=yes ;; esac
    EDITED=${answer%%"$NEWLINE"*}
    number=$(find_file "$EDITED" "$@")
  fi
  if [ "$number" -gt 0 ]; then
    shift $((number - 1))
    open_editor "$1"
    if [ -n "$IS_APPLIED" ]; then (load_edited "$1") || die "$1 is changed, and was not taken over"; fi
    with_files load_files
    return
  fi
  directory=$(mktemp -d "${TMPDIR:-/tmp}/migrate.XXXXXX") || exit 1
  file=$directory/revision.sql
  text=$(ask sql_print_script "$EDITED") || exit 1
  printf '%s\n' "$text" >"$file" || exit 1
  open_editor "$file"
  if [ -n "$IS_APPLIED" ]; then (load_edited "$file"); else (load_files "$file"); fi || die "the text is in $file"
  rm -rf -- "$directory"
}
cmd_edit() {
  EDITED=${1-head} IS_APPLIED=''
  # shellcheck disable=SC2119
  if [ -d "$DIR" ]; then with_files edit_file; else edit_file; fi
}

