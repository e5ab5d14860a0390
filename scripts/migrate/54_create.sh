# --- create, record, merge -------------------------------------------------------
# A new file: the database makes its text, and nothing of that stays there; then the file is
# written, and loaded as any other is.

sql_file_name() {
  say "SELECT pg_catalog.regexp_replace(pg_catalog.regexp_replace(:'id', '[^A-Za-z0-9_.]', '_', 'g'), '^[.]', '_') ||
  coalesce('_' || nullif(btrim(pg_catalog.left(btrim(pg_catalog.regexp_replace(lower(message COLLATE \"C\"), '[^a-z0-9]+', '_', 'g'), '_'), 40), '_'), ''), '') || '.sql'
FROM migrate.history() WHERE revision = :'id';"
}
# After the mark, the first line is the file's name, the rest its text.
sql_print_new() { # sql_print_new EXPRESSION
  say "SELECT $1 AS id \gset
SELECT :'id' = '' AS nothing \gset
\if :nothing
\else
SELECT coalesce(string_agg(p, ', '), '') AS parents, count(*) > 0 AS is_missing
FROM migrate.history() AS h, unnest(h.down_revisions) AS p WHERE h.revision = :'id' AND p <> ALL (:'loaded'::text[]) \gset"
  variable directory "$DIR"
  say '\if :is_missing'
  sql_refuse_missing ":'parents' || ', which the new revision would revise'"
  say "\endif"
  sql_file_name
  say "SELECT migrate.script(:'id');
\endif
ROLLBACK;"
}

# "a,b" and what was given by an option several times, as an array.
array_of() { # array_of VARIABLE
  printf "pg_catalog.string_to_array(nullif(:'%s', ''), ',')" "$1"
}

new_file() { # new_file FUNCTION [FILE...]
  generator=$1
  shift
  # they will come when the file is loaded, but for what is said of a model
  [ -n "$MODEL" ] || NOTICES=warning
  answer=$(ask "$generator" "$@") || finish $? "$@" ${MODEL:+"$MODEL"}
  NOTICES=notice
  after_mark "$answer"
  if [ -z "$answer" ]; then
    if [ "$COMMAND" = record ]; then
      say "The schema is what its revisions make; there is nothing to record"
    else
      say "Nothing has changed; no revision was written"
    fi
    return 0
  fi
  file=$DIR/${answer%%"$NEWLINE"*}
  text=${answer#*"$NEWLINE"}
  if [ -n "$DRY_RUN" ]; then
    printf '%s\n' "-- $file" "$text"
    return 0
  fi
  [ ! -e "$file" ] || die "$file is there already"
  write_file "$file" "$text"
  say "Wrote $file"
  if [ -n "$EDIT" ]; then open_editor "$file"; fi
  if [ "$COMMAND" = record ]; then
    RECORDED=$(printf '%s\n' "$text" | LC_ALL=C sed -n '/^-- Revision ID: /{s///p;q;}')
    recorded=$file
    (with_files stamp_recorded) || {
      [ -e "$file" ] || die "nothing was recorded, and $file is gone again"
      die "$file is written, but not stamped; that is: migrate.sh load, and migrate.sh stamp $RECORDED"
    }
  else
    (with_files load_files) || die "$file is written, but not loaded"
  fi
}

# What was done by hand is compared with what the revisions make; the file comes first,
# and then what says that it is applied.
sql_record() { # sql_record [FILE...]
  sql_begin_without_tables
  sql_need_execute record 'write revisions'
  sql_load "$@"
  sql_prune
  sql_look ''
  sql_need_parents
  sql_mark
  variable message "$MESSAGE"
  variable rev_id "$REV_ID"
  variable renames "$RENAMES"
  # what is lost, and what may have been renamed, is said here or nowhere
  say 'SET LOCAL client_min_messages = notice;'
  sql_print_new "coalesce(migrate.record(nullif(:'message', ''), renames => $SQL_RENAMES, rev_id => nullif(:'rev_id', '')), '')"
}
sql_stamp_recorded() { # sql_stamp_recorded FILE...
  sql_begin
  sql_load "$@"
  variable id "$RECORDED"
  # Two who record at once have found the same.  Loading has waited for the other.
  say "SELECT NOT (h.down_revisions <@ c.now AND (h.down_revisions <> '{}' OR c.now = '{}')) AS is_overtaken,
  array_to_string(c.now, ', ') AS now FROM migrate.history() AS h, (SELECT ARRAY(SELECT migrate.current()) AS now) AS c WHERE h.revision = :'id' \gset
\if :is_overtaken"
  sql_fail "'the database has been migrated meanwhile'" "'It is at ' || :'now' || '. Nothing was recorded.'" \
    "'What is different still, migrate.sh record finds again.'"
  say '\endif'
  sql_now_at "migrate.stamp(:'id')"
  say 'COMMIT;'
}
stamp_recorded() { # stamp_recorded FILE...
  status=0
  run_sql sql_stamp_recorded "$@" || status=$?
  # refused, and so rolled back; if the connection was lost, who knows
  [ "$status" -ne 3 ] || rm -f -- "$recorded"
  finish "$status" "$@"
}
cmd_record() {
  if [ $# -gt 0 ] && [ -n "$MESSAGE" ]; then bad_usage "record: the message is there twice"; fi
  MESSAGE=${1-$MESSAGE}
  [ -z "$DRY_RUN" ] && [ ! -d "$DIR" ] && { mkdir -p -- "$DIR" || exit 1; }
  if [ -d "$DIR" ]; then with_files new_file sql_record; else new_file sql_record; fi
}

sql_create() { # sql_create [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  sql_prune
  sql_look ''
  sql_need_parents
  sql_mark
  variable message "$MESSAGE"
  # On the head of the files, whatever else is applied here.  A model is compared with
  # what is applied.
  if [ -n "$HEAD$MODEL" ]; then
    variable head "${HEAD:-head}"
    variable splice "${SPLICE:-false}"
  else
    say "SELECT CASE WHEN :nheads = 1 THEN :'file_heads' ELSE 'head' END AS head, :nheads = 1 OR ${SPLICE:-false} AS splice \gset"
  fi
  variable labels "$LABELS"
  variable depends_on "$DEPENDS_ON"
  variable rev_id "$REV_ID"
  if [ -n "$MODEL" ]; then
    sql_need_function migrate.migrate
    variable renames "$RENAMES"
    [ -z "$ELSEWHERE" ] || sql_live
    sql_print_new "coalesce(migrate.migrate(:'message', $(LC_ALL=C awk "$MODEL_LITERAL" "$MODEL"), head => $(array_of head),
      splice => :'splice', branch_label => coalesce($(array_of labels), '{}'),
      depends_on => coalesce($(array_of depends_on), '{}'), rev_id => nullif(:'rev_id', ''),
      renames => $SQL_RENAMES$(live_argument)), '')"
    return
  fi
  up="''" down="''"
  if [ -n "$UP" ]; then up=$(LC_ALL=C awk "$MODEL_LITERAL" "$UP"); fi
  if [ -n "$DOWN" ]; then down=$(LC_ALL=C awk "$MODEL_LITERAL" "$DOWN"); fi
  sql_print_new "migrate.revision(:'message', $up, $down, $(array_of head), :'splice',
    coalesce($(array_of labels), '{}'), coalesce($(array_of depends_on), '{}'), nullif(:'rev_id', ''))"
}

cmd_create() {
  if [ -n "$AUTOGENERATE" ] && [ -z "$MODEL" ]; then
    bad_usage "$COMMAND compares the database with a model, which is a file of DDL: --model FILE" \
      "examples/sqlalchemy writes that file; migrate.sh create MESSAGE writes a file for SQL of your own."
  fi
  if [ $# -gt 0 ] && [ -n "$MESSAGE" ]; then bad_usage "create: the message is there twice"; fi
  MESSAGE=${1-$MESSAGE}
  [ -n "$MESSAGE" ] || bad_usage "create needs a message, such as: migrate.sh create \"Add phone number\""
  for file in "$UP" "$DOWN"; do [ -z "$file" ] || [ -r "$file" ] || die "cannot read $file"; done
  case $UP in '' | /* | ./*) ;; *) UP=./$UP ;; esac
  case $DOWN in '' | /* | ./*) ;; *) DOWN=./$DOWN ;; esac
  check_model_file
  [ -z "$DRY_RUN" ] && [ ! -d "$DIR" ] && { mkdir -p -- "$DIR" || exit 1; }
  if [ -d "$DIR" ]; then with_files new_file sql_create; else new_file sql_create; fi
}

sql_merge() { # sql_merge [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  sql_prune
  sql_mark
  variable revisions "${REVISIONS:-heads}"
  variable message "$MESSAGE"
  variable labels "$LABELS"
  variable rev_id "$REV_ID"
  sql_print_new "migrate.merge($(array_of revisions), nullif(:'message', ''), ${SPLICE:-false}, coalesce($(array_of labels), '{}'),
    nullif(:'rev_id', ''))"
}

cmd_merge() {
  REVISIONS=$(IFS=, && printf '%s' "$*")
  with_files new_file sql_merge
}

