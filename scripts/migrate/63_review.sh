# --- review, preflight, impact, rehearse, report, facts, approve ---------------------
# What is to be said of the files before they go out: of their SQL, of the rows that are there, of the way back.
# The files are loaded in a transaction that is rolled back; but what is approved is what the database has.

# What the server says, in a line for each finding, and whether it is serious.
plain_words() { # plain_words EXPRESSION: without what could speak to a terminal
  printf '%s' "pg_catalog.regexp_replace(pg_catalog.replace($1, E'\n', E'\n    '), '[^\n[:print:]]', ' ', 'g')"
}
# The severities at which review and report fail, as a list of SQL.
failing_severities() {
  case ${FAIL_ON:-warning} in
    error) say "'error'" ;;
    warning) say "'error', 'warning'" ;;
    notice) say "'error', 'warning', 'notice'" ;;
    never) say "''" ;;
  esac
}
judgement() { # judgement COMMAND: sets FOUND_FROM, FOUND, SERIOUS
  case $1 in
    review)
      FOUND_FROM="migrate.review(:'target')" SERIOUS="severity IN ($(failing_severities))"
      FOUND="severity || ': ' || revision || coalesce(', statement ' || statement, '') || ': ' || message || ' (' || rule || ')'
  || coalesce(E'\n    ' || evidence, '') || coalesce(E'\n    instead: ' || nullif(advice, ''), '') || coalesce(E'\n    meant: ' || allowed, '')"
      ;;
    preflight)
      FOUND_FROM="migrate.preflight(:'target')" SERIOUS="outcome = 'fails'"
      FOUND="outcome || ': ' || revision || coalesce(', statement ' || statement, '') || coalesce(': ' || table_name, '')
  || coalesce(': ' || detail, '') || coalesce(E'\n    rows in the way: ' || rows, '') || coalesce(': ' || array_to_string(examples, '; '), '')"
      ;;
    impact)
      queries=NULL
      if [ -n "$QUERIES" ]; then queries="ARRAY[$(LC_ALL=C awk "$MODEL_LITERAL" "$QUERIES")]"; fi
      FOUND_FROM="migrate.impact('upgrade', :'target', $queries)" SERIOUS="effect IN ('breaks', 'insert_fails')"
      FOUND="effect || coalesce(': ' || revision, '') || coalesce(', role ' || role, '') || coalesce(', calls: ' || calls, '')
  || coalesce(': ' || error, '') || coalesce(E'\n    ' || query, '')"
      ;;
    rehearse)
      FOUND_FROM="migrate.rehearse(:'target')" SERIOUS="outcome <> 'unchecked'"
      FOUND="outcome || ': ' || revision || coalesce(': ' || table_name, '') || coalesce(', column ' || column_name, '')
  || coalesce(CASE WHEN column_name IS NULL THEN ', rows' ELSE ', values' END || ': ' || count || ' of ' || total, '') || coalesce(': ' || detail, '')"
      ;;
  esac
}
# What production has told, for as long as this transaction.
sql_facts() { if [ -n "$FACTS" ]; then cat "$FACTS"; fi; }
sql_judge() { # sql_judge COMMAND TARGET [FILE...]
  judgement "$1"
  sql_begin_pending "$1" "$1" "$@"
  sql_facts
  say "SELECT coalesce(json_agg(f ORDER BY n), '[]') AS found, coalesce(bool_or(f.is_serious), false) AS is_serious
FROM (SELECT row_number() OVER () AS n, $(plain_words "$FOUND") AS words, $SERIOUS AS is_serious FROM $FOUND_FROM) AS f \gset
SELECT f ->> 'words' FROM json_array_elements(:'found') AS f;
SELECT 'Nothing is to be said of it' WHERE :'found' = '[]';
\else
\set is_serious f
\echo Nothing to do, at :current
\endif
\echo :is_serious
ROLLBACK;"
}
# The last line is whether any of it is serious.
judge_files() { # judge_files COMMAND TARGET [FILE...]
  DRY_RUN=yes status=0
  answer=$(run_sql sql_judge "$@") || status=$?
  shift 2
  is_serious=${answer##*"$NEWLINE"}
  answer=${answer%"$is_serious"}
  printf '%s' "$answer"
  finish "$status" "$@"
  [ "$is_serious" != t ] || exit 3
}
cmd_review() { with_files judge_files review "${1-}"; }
cmd_impact() { with_files judge_files impact "${1-}"; }
cmd_preflight() { with_files judge_files preflight "${1-}"; }
cmd_rehearse() { with_files judge_files rehearse "${1-}"; }

# The report stands behind the mark and a line that says whether it is serious.
sql_report() { # sql_report TARGET [FILE...]
  sql_begin_pending report report_and_severity report "$@"
  say '\endif'
  sql_facts
  variable format "$FORMAT"
  variable directory "$DIR"
  sql_mark
  say "SELECT r.severity IN ($(failing_severities)) AS is_serious, r.report
FROM migrate.report_and_severity(coalesce(nullif(:'target', ''), 'head'), :'format', :'directory') AS r \gset
\echo :is_serious
SELECT :'report';
ROLLBACK;"
}
report_files() { # report_files TARGET [FILE...]
  DRY_RUN=yes status=0
  answer=$(run_sql sql_report "$@") || status=$?
  shift
  before=${answer%%"$NEWLINE$MARK$NEWLINE"*}
  [ -z "$before" ] || say "$before" >&2
  finish "$status" "$@"
  after_mark "$answer"
  is_serious=${answer%%"$NEWLINE"*}
  answer=${answer#*"$NEWLINE"}
  if [ -n "$OUTPUT" ]; then
    say "$answer" >"$OUTPUT" || die "$OUTPUT cannot be written"
  else
    say "$answer"
  fi
  [ "$is_serious" != t ] || exit 3
}
cmd_report() {
  if [ -z "$FORMAT" ]; then
    case $OUTPUT in
      *.html) FORMAT=html ;;
      *.json) FORMAT=json ;;
      *.sarif) FORMAT=sarif ;;
      *) FORMAT=markdown ;;
    esac
  fi
  with_files report_files "${1-}"
}

sql_approve() { # sql_approve TARGET
  sql_need_extension
  sql_need_execute approve approve
  variable target "$1"
  variable comment "$MESSAGE"
  say "SELECT 'Approved: ' || revision || $(plain_words "coalesce(', ' || nullif(message, ''), '')")
FROM migrate.approve(:'target', nullif(:'comment', '')) ORDER BY step;"
}
cmd_approve() { run_sql sql_approve "${1-head}" || finish $?; }

sql_tell_facts() {
  sql_need_extension
  sql_need_execute facts 'tell facts'
  say 'SET client_min_messages = notice;
SELECT migrate.facts();'
}
cmd_facts() {
  if [ -z "$OUTPUT" ]; then
    run_sql sql_tell_facts || finish $?
  else
    answer=$(run_sql sql_tell_facts) || finish $?
    say "$answer" >"$OUTPUT" || die "$OUTPUT cannot be written"
  fi
}
