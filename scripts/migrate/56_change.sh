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

# shellcheck disable=SC2120 # with_files passes them
edit_file() { # edit_file [FILE...]
  # As it stands there, before the database is asked: it may not be loaded yet.
  number=$(find_file "$EDITED" "$@")
  if [ "$number" -eq 0 ] || ask sql_which >/dev/null 2>&1; then
    answer=$(ask sql_which) || exit 1
    case $answer in *true) die "revision ${answer%%"$NEWLINE"*} is applied: what was run stays known" "Write a new revision (migrate.sh create), or undo this one first (migrate.sh downgrade)." \
      "Its downgrade and its message may change: in the file, and then migrate.sh repair." ;; esac
    EDITED=${answer%%"$NEWLINE"*}
    number=$(find_file "$EDITED" "$@")
  fi
  if [ "$number" -gt 0 ]; then
    shift $((number - 1))
    open_editor "$1"
    with_files load_files
    return
  fi
  directory=$(mktemp -d "${TMPDIR:-/tmp}/migrate.XXXXXX") || exit 1
  file=$directory/revision.sql
  text=$(ask sql_print_script "$EDITED") || exit 1
  printf '%s\n' "$text" >"$file" || exit 1
  open_editor "$file"
  (load_files "$file") || die "the text is in $file"
  rm -rf -- "$directory"
}
cmd_edit() {
  EDITED=${1-head}
  # shellcheck disable=SC2119
  if [ -d "$DIR" ]; then with_files edit_file; else edit_file; fi
}

