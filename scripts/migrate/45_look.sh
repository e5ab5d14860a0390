# --- what there is to do ---------------------------------------------------------
# What these files mean for this database, which the server decides, and how that is said; how a
# command ends.

# A revision with its message, for people; h is a row of migrate.history().
TITLE="h.revision || ' (' || pg_catalog.regexp_replace(split_part(h.message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g') || ')'"
titles() { # titles VARIABLE: of the revisions in this array, in its order, ten at most
  printf '%s' "(SELECT string_agg($TITLE, ', ' ORDER BY u.n) FROM unnest((:'$1'::text[])[:10]) WITH ORDINALITY AS u (id, n)
    JOIN migrate.history() AS h ON h.revision = u.id) || CASE WHEN cardinality(:'$1'::text[]) > 10 THEN ', ...' ELSE '' END"
}

# What is there to do for these files, up to TARGET or to their head?  Sets target,
# pending and forked, and says where the database and the files are not the same.
LOOKED="coalesce(f.target_revisions, '') AS target, f.pending <> '{}' AS pending, cardinality(f.pending) AS npending,
  array_to_string(ARRAY(SELECT E'\n  ' || id || ', ' || message FROM unnest(f.pending, f.messages) AS p (id, message)), '') AS pending_words,
  f.apart <> '{}' AS forked, cardinality(f.apart) AS napart, array_to_string(f.apart_words, E'\n') AS apart_words,
  coalesce(f.to_rebase, '') AS to_rebase, coalesce(f.to_undo, '') AS to_undo, f.ahead, f.ahead <> '{}' AS is_ahead,
  f.unknown, f.unknown <> '{}' AS has_unknown, cardinality(f.heads) AS nheads, array_to_string(f.heads, ',') AS file_heads,
  array_to_string(f.missing, E'\n') AS missing, f.missing <> '{}' AS is_missing,
  array_to_string(f.missing_applied, ', ') AS missing_applied, f.missing_applied <> '{}' AS is_missing_applied,
  coalesce((SELECT string_agg(c, ', ' ORDER BY c) FROM migrate.current() AS c), 'base') AS current"
sql_look() { # sql_look TARGET
  variable wanted "$1"
  say "SELECT $LOOKED FROM migrate.files_status(:'loaded', nullif(:'wanted', '')) AS f \gset"
  sql_say_look
}
sql_say_look() {
  say "\if :is_ahead
SELECT 'The database is ahead of these files by ' || cardinality(:'ahead'::text[]) || ' applied revision' ||
  CASE cardinality(:'ahead'::text[]) WHEN 1 THEN ': ' ELSE 's, the newest ' END || $TITLE
FROM migrate.history() AS h WHERE h.revision = (:'ahead'::text[])[1];
\endif
\if :has_unknown
SELECT 'Ignored, since neither applied nor among these files: ' || $(titles unknown);
\echo '(migrate.sh remove REVISION or migrate.sh apply --prune removes them from the database)'
\endif"
}

# What has files is on top of something that has none, so that no other database
# could be migrated with these files.
sql_refuse_missing() { # sql_refuse_missing [EXPRESSION]
  sql_fail "'missing: ' || ${1-":'missing'"}" "'It has no file in ' || :'directory' || '.'" \
    "E'Bring its file back; migrate.sh export writes what the database has.\\nOr put what is on top of it elsewhere: migrate.sh rebase REVISION ONTO'"
}
sql_need_parents() { # for what makes or judges files
  variable directory "$DIR"
  say "SELECT concat_ws(E'\n', nullif(:'missing', ''), nullif(:'missing_applied', '')) AS missing, :'is_missing' OR :'is_missing_applied' AS is_missing \gset
\if :is_missing"
  sql_refuse_missing
  say '\endif'
}

# Two heads, and no word of which is meant.
sql_refuse_fork() { # sql_refuse_fork COMMAND
  sql_fail "'there are ' || :'napart' || ' heads'" ":'apart_words'" \
    "CASE WHEN :'to_undo' = 'base' THEN E'Did this database take a baseline of its own? Then: migrate.sh apply --baseline ' ||
        coalesce(nullif(:'to_rebase', ''), 'REVISION') || E', which compares it with that file.\\nOr keep what has no file here: migrate.sh export writes it; then migrate.sh rebase or merge'
      WHEN :'to_undo' = ''
      THEN 'One after the other: migrate.sh rebase ' || coalesce(nullif(:'to_rebase', ''), 'REVISION') || E'\\nMerge them: migrate.sh merge'
      ELSE 'Undo what has no file here: migrate.sh downgrade ' || :'to_undo' ||
        E'\\nOr keep it: migrate.sh export writes its file; then migrate.sh rebase or merge' END ||
      CASE WHEN :'to_undo' = 'base' THEN '' ELSE E'\\nIf they are to stay apart: migrate.sh $1 heads' END"
}

# Forgets, in a transaction that is rolled back, or for good, what has no file and is not applied.
sql_prune() { # sql_prune [ARRAY-EXPRESSION]: these, too, have files
  sql_need_execute prune 'write revisions'
  say "SELECT coalesce(array_agg(p), '{}') AS pruned, count(*) > 0 AS is_pruned FROM migrate.prune(:'loaded'::text[]${1:+ || $1}) AS p \gset"
}

sql_plan() { # sql_plan COMMAND
  say "SELECT 'Would ' || action || ' ' || coalesce(revision, 'to base') || coalesce(', ' || pg_catalog.regexp_replace(split_part(message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g'), '')
FROM migrate.plan('$1', :'target') ORDER BY step;"
}

sql_now_at() {
  # shellcheck disable=SC2016
  say "SELECT 'Now at ' || coalesce(string_agg(c, ', ' ORDER BY c), 'base') FROM ${1:-migrate.current()} AS c;"
}

# What to say when psql has ended: its own messages are on standard error
# already, and its statuses are one here.
finish() { # finish STATUS [FILE...]
  finish_status=$1
  shift
  [ "$finish_status" -eq 0 ] && return 0
  if [ "$finish_status" -eq 3 ]; then
    explain_failure "$@"
    [ -z "$TARGET_NAME" ] || use_settings target
    case $COMMAND in apply | upgrade) ask sql_explain >&2 2>/dev/null || : ;; esac
  fi
  exit 1
}

# What may have been the reason that a revision failed, seen from outside of it.
sql_explain() {
  say "SELECT $IS_BARE AS bare \gset
\if :bare
SELECT 'migrate.sh: role ' || pg_catalog.quote_ident(current_user) || ' may not create anything in schema public (nobody may, since PostgreSQL 15): GRANT CREATE ON SCHEMA public TO '
  || pg_catalog.quote_ident(current_user) WHERE pg_catalog.current_schema() = 'public' AND NOT pg_catalog.has_schema_privilege('public', 'CREATE');
\else
SELECT 'migrate.sh: role ' || pg_catalog.quote_ident(current_user) || ' may not create anything in schema ' || pg_catalog.quote_ident(s)
  || CASE s WHEN 'public' THEN ' (nobody may, since PostgreSQL 15)' ELSE '' END
  || ': GRANT CREATE ON SCHEMA ' || pg_catalog.quote_ident(s) || ' TO ' || pg_catalog.quote_ident(current_user)
FROM pg_catalog.current_schema() AS s WHERE NOT pg_catalog.has_schema_privilege(s, 'CREATE');
SELECT E'migrate.sh: there are tables here, but nothing is applied: a copy of a schema without its data?\n  migrate.sh mark-current says that it is where the files lead.'
FROM migrate.status() AS s WHERE s.applied = 0 AND s.half_done IS NULL AND coalesce(s.last_outcome, 'failed') = 'failed' AND $HAS_TABLES;
\endif"
}

# What is asked for stands after a line of its own, and what loading prints before
# it; there no message of a revision is ever a whole line.
MARK='--- the answer ---'
sql_mark() { say "\echo '$MARK'"; }
after_mark() { # after_mark TEXT: sets answer
  answer=$NEWLINE$1$NEWLINE
  answer=${answer#*"$NEWLINE$MARK$NEWLINE"}
  answer=${answer%"$NEWLINE"}
}

