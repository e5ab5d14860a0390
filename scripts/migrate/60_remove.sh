# --- remove, repair, squash ------------------------------------------------------
# What takes revisions out of the database, or puts other texts into it, together with their files.

sql_remove() { # prints the identifier
  sql_need_extension
  say 'BEGIN ISOLATION LEVEL READ COMMITTED;'
  variable revision "$REMOVED"
  say "SELECT substring(migrate.script(:'revision') from '(?n)^-- Revision ID: (.*)\$') AS id \gset
SELECT count(*) AS removed FROM migrate.remove(:'id') \gset
\echo :id"
  if [ -n "$DRY_RUN" ]; then say 'ROLLBACK;'; else say 'COMMIT;'; fi
}
# shellcheck disable=SC2120 # with_files passes them
remove_one() { # remove_one [FILE...]
  id=$(ask sql_remove) || exit 1
  number=$(find_file "$id" "$@") removed='Removed'
  if [ -n "$DRY_RUN" ]; then removed='Would remove'; fi
  if [ "$number" -eq 0 ]; then
    say "$removed $id from the database"
    return
  fi
  shift $((number - 1))
  if [ -z "$DRY_RUN" ]; then rm -f -- "$1" || exit 1; fi
  say "$removed $id from the database, and $1"
}
cmd_remove() {
  [ $# -gt 0 ] || bad_usage "remove needs a revision"
  for REMOVED; do
    # shellcheck disable=SC2119
    if [ -d "$DIR" ]; then with_files remove_one; else remove_one; fi
  done
}

sql_repair() { # sql_repair FILE...
  sql_begin_without_tables
  sql_need_execute repair 'take over changed files'
  variable revisions "$REVISIONS"
  variable reason "$MESSAGE"
  sql_texts "$@"
  say "SELECT coalesce(string_agg(file_name || ': ' || difference, E'\n' ORDER BY file_name), 'Every file of an applied revision does what was applied') AS differences,
  count(revision) AS n, count(revision) > 0 AS is_changed, (SELECT complete FROM texts) AS complete$counted
FROM texts LEFT JOIN LATERAL migrate.repair(scripts, names, $(array_of revisions), nullif(:'reason', '')) ON true \gset"
  sql_all_arrived "$@"
  printf '\\echo :differences\n\\if :is_changed\n'
  if [ -n "$DRY_RUN" ]; then
    say '\echo Would take over :n' '\endif' 'ROLLBACK;'
  else
    say '\echo Took over :n; migrate.log says who and why' '\endif' 'COMMIT;'
  fi
}
repair_files() { # repair_files [FILE...]
  [ $# -gt 0 ] || die "there is no file in $DIR"
  status=0
  run_sql sql_repair "$@" || status=$?
  finish "$status" "$@"
}
cmd_repair() {
  REVISIONS=$(IFS=, && printf '%s' "$*")
  with_files repair_files
}

# The database makes it, and the files follow.
sql_squash() { # sql_squash FROM TO FILE...
  variable from_revision "$1"
  variable to_revision "$2"
  shift 2
  sql_begin_without_tables
  sql_need_execute load_files 'load revision files'
  sql_need_execute squash 'squash revisions'
  sql_load "$@"
  variable message "$MESSAGE"
  variable rev_id "$REV_ID"
  sql_mark
  say "SELECT coalesce(array_agg(revision), '{}') AS before FROM migrate.history() \gset
SELECT migrate.squash(:'from_revision', :'to_revision', nullif(:'message', ''), rev_id => nullif(:'rev_id', '')) AS id \gset
SELECT array_to_string(ARRAY(SELECT unnest(:'before'::text[]) EXCEPT SELECT revision FROM migrate.history()), ' ');
SELECT :'id';
SELECT coalesce(string_agg(revision, ' ' ORDER BY revision), '') FROM migrate.history() WHERE :'id' = ANY (down_revisions);
SELECT array_to_string(down_revisions, ', ') FROM migrate.history() WHERE :'id' = ANY (down_revisions) ORDER BY revision;"
  sql_file_name
  say "SELECT migrate.script(:'id');"
  if [ -n "$DRY_RUN" ]; then say 'ROLLBACK;'; else say 'COMMIT;'; fi
}
squash_files() { # squash_files FROM TO [FILE...]
  answer=$(ask sql_squash "$@") || finish $?
  shift 2
  after_mark "$answer"
  gone=${answer%%"$NEWLINE"*} answer=${answer#*"$NEWLINE"}
  id=${answer%%"$NEWLINE"*} answer=${answer#*"$NEWLINE"}
  # what is on top of it has another parent now; a line for each says which
  children=${answer%%"$NEWLINE"*} answer=${answer#*"$NEWLINE"} parents=$answer
  for one in $children; do answer=${answer#*"$NEWLINE"}; done
  new_file=$DIR/${answer%%"$NEWLINE"*}
  if [ -n "$DRY_RUN" ]; then
    say "-- $new_file, instead of $gone" "${answer#*"$NEWLINE"}"
    return
  fi
  # found while every file is still there
  numbers='' on_top=''
  for one in $gone; do numbers="$numbers $(find_file "$one" "$@")"; done
  for one in $children; do on_top="$on_top $(find_file "$one" "$@")"; done
  for number in $numbers; do
    [ "$number" = 0 ] || eval "rm -f -- \"\${$number}\"" || exit 1
  done
  write_file "$new_file" "${answer#*"$NEWLINE"}"
  say "Wrote $new_file, instead of $gone"
  for number in $on_top; do
    one=${parents%%"$NEWLINE"*} parents=${parents#*"$NEWLINE"}
    [ "$number" != 0 ] || continue
    eval "rewrite_parents \"\${$number}\" \"\$one\""
    rm -f -- "$part.old"
    say "Wrote into $file: -- Revises: $one"
  done
}
cmd_squash() {
  [ $# -eq 2 ] || bad_usage "squash needs two revisions: the first and the last of a line"
  with_files squash_files "$@"
}

