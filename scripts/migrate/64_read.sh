# --- current, heads, history, show, branches, graph, log, progress ---------------
# What only asks.

sql_read() { # sql_read STATEMENT [NAME VALUE]
  sql_need_extension
  [ $# -lt 3 ] || variable "$2" "$3"
  printf '%s\n' "$1"
}
read_sql() { run_sql sql_read "$@" || finish $?; }

IS_HEAD="CASE WHEN r IN (SELECT migrate.heads()) THEN ' (head)' ELSE '' END"
IN_ORDER='ORDER BY r'
cmd_current() {
  if [ -n "$VERBOSE" ]; then read_sql 'SELECT migrate.show(r) FROM migrate.current() AS r;'; else
    read_sql "SELECT r || $IS_HEAD FROM migrate.current() AS r $IN_ORDER;"
  fi
  if [ -n "$CHECK_HEADS" ]; then
    answer=$(ask sql_read 'SELECT migrate.check_heads();') || exit 1
    [ "$answer" = t ] || die "not every head is applied"
  fi
}
cmd_heads() {
  if [ -n "$VERBOSE" ]; then read_sql "SELECT migrate.show(r) FROM migrate.heads(${RESOLVE:-false}) AS r;"; else
    read_sql "SELECT r || $IS_HEAD FROM migrate.heads(${RESOLVE:-false}) AS r;"
  fi
}
cmd_graph() { read_sql "SELECT rtrim(migrate.graph(:'format'), E'\\n');" format "${FORMAT:-text}"; }
sql_need_select() { # sql_need_select TABLE
  say "SELECT NOT pg_catalog.has_table_privilege('migrate.$1', 'SELECT') AS may_not \gset
\if :may_not"
  sql_fail "pg_catalog.format('role \"%s\" may not read migrate.$1', current_user)" "''" \
    "pg_catalog.format('GRANT SELECT ON migrate.$1 TO %I; docs/reference.md, \"Privileges\", has all that a reader needs.', current_user)"
  say '\endif'
}
cmd_log() {
  count=${1--20}
  case ${count#-} in '' | *[!0-9]*) bad_usage "log: \"$count\" is no number of steps" ;; esac
  read_sql "$(sql_need_select log)
  SELECT to_char(started_at, 'YYYY-MM-DD HH24:MI:SS') || '  ' || action || coalesce(' ' || revision, '') ||
    coalesce(' (' || pg_catalog.regexp_replace(split_part(message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g') || ')', '') || ', ' || outcome ||
    coalesce(', ' || extract(epoch FROM duration)::numeric(12, 3) || ' s', '') || ', by ' || role || coalesce(' (' || nullif(application, '') || ')', '') ||
    coalesce(', tag ' || nullif(tag, ''), '') || coalesce(E'\\n    ' || error, '')
  FROM migrate.log WHERE action NOT IN ('drift', 'load') ORDER BY id DESC LIMIT :'n';" n "${count#-}"
}
sql_progress() {
  sql_need_extension
  sql_need_select progress
  say "SELECT 'process ' || pid || ' of role ' || role || coalesce(' (' || nullif(application, '') || ')', '') || ': ' || action || coalesce(' ' || revision, '') ||
  coalesce(', step ' || step || ' of ' || steps, '') || coalesce(', statement ' || statement || ' of ' || statements, '') || ', ' || phase ||
  coalesce(', waits for ' || blocked_by, '') || coalesce(': ' || pg_catalog.left(pg_catalog.regexp_replace(sql, '[[:space:][:cntrl:]]+', ' ', 'g'), 100), '')
FROM migrate.progress;"
}
cmd_progress() {
  last='' seen=''
  while :; do
    answer=$(ask sql_progress) || exit 1
    if [ -z "$answer" ]; then
      if [ -n "$seen" ]; then say "Nobody is migrating any more"; else say "Nobody is migrating"; fi
      return
    fi
    seen=yes
    [ "$answer" = "$last" ] || say "$answer"
    last=$answer
    sleep 1
  done
}

cmd_list_templates() { say "There are no templates: a revision file is SQL under a few lines of header"; }
cmd_show() {
  if [ -n "$SQL" ]; then
    read_sql "SELECT rtrim(migrate.script(:'revision'), E'\\n');" revision "${1-head}"
  else
    read_sql "SELECT rtrim(migrate.show(:'revision'), E'\\n');" revision "${1-head}"
  fi
}
cmd_branches() {
  read_sql "SELECT revision || ' (branch point), ' || pg_catalog.regexp_replace(split_part(message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g') || E'\\n    -> ' || array_to_string(next_revisions, E'\\n    -> ') FROM migrate.branches();"
}
# In Alembic's form
cmd_history() {
  if [ -n "$VERBOSE" ]; then
    read_sql "SELECT migrate.show(revision) FROM migrate.history(nullif(:'range', ''));" range "${1-}"
  else
    read_sql "SELECT CASE down_revisions WHEN '{}' THEN '<base>' ELSE array_to_string(down_revisions, ', ') END || ' -> ' || revision ||
      CASE branch_labels WHEN '{}' THEN '' ELSE ' (' || array_to_string(branch_labels, ', ') || ')' END ||
      CASE WHEN is_head THEN ' (head)' ELSE '' END || CASE WHEN is_branch_point THEN ' (branch point)' ELSE '' END ||
      CASE WHEN is_merge_point THEN ' (merge point)' ELSE '' END ||
      CASE WHEN is_current THEN ' (current)' WHEN NOT is_applied THEN ' (pending)' ELSE '' END ||
      ', ' || pg_catalog.regexp_replace(split_part(message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g')
    FROM migrate.history(nullif(:'range', ''));" range "${1-}"
  fi
}

