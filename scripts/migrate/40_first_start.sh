# --- the first start -------------------------------------------------------------
# A database that had tables before it had the extension: where is it?  With "apply", "check" and
# "init".

# pg_dump's words as a revision: with owners and grants, as migrate.baseline() has them, and
# without psql's commands.  Runs inside psql, between backquotes, while the lock of sql_begin
# is held; its last line proves that it has come to its end.
DUMP="pg_dump --schema-only --no-tablespaces --no-subscriptions --lock-wait-timeout=60s \
  -w --exclude-schema=migrate </dev/null | LC_ALL=C sed -e '/^\\\\restrict /d' -e '/^\\\\unrestrict /d'"

# Takes a baseline of what is there, and stamps it; its identifier is in :at.  By
# migrate.baseline(), which has owners, grants and default privileges, and proves what it
# writes.  What that cannot describe, or this role may not have it compare, pg_dump can: a
# container has to start on any database.
sql_take_baseline() {
  baseline_of="'{*}'"
  if [ -n "$SCHEMAS" ]; then baseline_of=NULL; fi
  if [ -n "$ELSEWHERE" ]; then
    sql_script_baseline
    return
  fi
  say "SAVEPOINT baseline;
\set ON_ERROR_STOP off
SELECT migrate.baseline('baseline', $baseline_of) AS at \gset
\set undescribed :ERROR
\set ON_ERROR_STOP on
\if :undescribed
ROLLBACK TO SAVEPOINT baseline;"
  if [ -n "$SCHEMAS" ]; then
    sql_fail "'no baseline can be taken of these schemas'"
  fi
  say "\echo pg_dump has to describe it, then; what it writes is not tried out
\set dump \`$DUMP\`
SELECT pg_catalog.strpos(:'dump', '-- PostgreSQL database dump complete') = 0 AS failed \gset
\if :failed"
  sql_fail "'no baseline can be taken: pg_dump failed'" "''" \
    "'Install the pg_dump of this server''s version or newer; or say where the database is: --baseline REVISION or --baseline none.'"
  say "\endif
SELECT migrate.revision('baseline', :'dump', NULL, '{base}') AS at \gset
SELECT count(*) AS stamped FROM migrate.stamp(:'at') \gset
\endif"
}

# Elsewhere what pg_dump has told is compared with nothing, which proves it, too.  The stamp stays
# whatever is said of the files.
sql_script_baseline() {
  sql_live
  say "SAVEPOINT baseline;
SET LOCAL client_min_messages = warning;
\set ON_ERROR_STOP off
SELECT migrate.migrate('baseline', :'live', $baseline_of, live => '', head => '{base}') AS at \gset
\set undescribed :ERROR
\set ON_ERROR_STOP on
\if :undescribed
ROLLBACK TO SAVEPOINT baseline;"
  if [ -n "$SCHEMAS" ]; then
    sql_fail "'no baseline can be taken of these schemas'"
  fi
  say "\echo pg_dump has to describe it, then; what it writes is not tried out
SELECT migrate.revision('baseline', :'live', NULL, '{base}') AS at \gset
\endif
SELECT count(*) AS stamped FROM migrate.stamp(:'at') \gset"
  sql_write_script 0 "migrate.stamp_sql('base:' || :'at')"
}

# Whose word counts on where a database is: the tables (c, in schema n) of the owner of
# the database, of who asks, of superusers; and of the owner of a schema that the
# search_path names.  Whoever may create a schema can call it like the user.
IS_BELIEVED="c.relkind = 'r' AND (
  c.relowner IN (SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  OR c.relowner IN (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper OR r.rolname = current_user)
  OR (c.relowner = n.nspowner AND n.nspname <> current_user))"

# Sets alembic_table: Alembic's table, as SQL writes its name, or nothing.
sql_find_alembic() {
  say "WITH found AS (
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, $IS_BELIEVED AS is_believed,
  pg_catalog.pg_get_userbyid(c.relowner) AS owner, pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname) AS place
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'alembic_version' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY (pg_catalog.current_schemas(false)))
SELECT coalesce((SELECT name FROM found WHERE is_believed ORDER BY place LIMIT 1), '') AS alembic_table,
  coalesce((SELECT pg_catalog.string_agg(pg_catalog.regexp_replace(pg_catalog.format('%s of role %s', name, owner), '[[:cntrl:]]', ' ', 'g'), ', ' ORDER BY place)
    FROM found WHERE NOT is_believed), '') AS not_believed \gset
SELECT :'alembic_table' <> '' AS alembic, :'not_believed' <> '' AS doubtful \gset
\if :doubtful
\echo Passed over, since only a table of the owner of database or schema tells where a database is: :not_believed
\endif"
}

# A database that had tables before it had the extension: where is it?
sql_first_start() { # sql_first_start NUMBER-OF-FILES
  stamped=stamped
  if [ -n "$DRY_RUN" ]; then stamped='would stamp'; fi
  case $BASELINE in
    none) return ;;
    '') ;;
    *)
      say '\if :had_tables'
      variable at "$BASELINE"
      say "SELECT count(*) AS stamped FROM migrate.stamp(:'at') \gset
\echo The database has tables already: $stamped :at
\endif"
      return
      ;;
  esac
  say "\if :had_tables
\set at ''"
  sql_find_alembic
  say "\if :alembic
SELECT coalesce(CASE WHEN bool_and(v.num IN (SELECT revision FROM migrate.history()))
  THEN string_agg(v.num, ',') END, '') AS at FROM (SELECT version_num::pg_catalog.text AS num FROM ONLY :alembic_table) AS v \gset
\endif
SELECT CASE WHEN :'at' <> '' THEN :'at' ELSE coalesce((SELECT string_agg(revision, ',') FROM migrate.history()
  WHERE down_revisions = '{}' AND lower(message) = 'baseline'), '') END AS at \gset
SELECT :'at' = '' AS unknown \gset
\if :unknown
ROLLBACK TO SAVEPOINT before_files;"
  if [ -n "$DRY_RUN" ]; then
    say "\echo Would take a baseline of the tables that are there, and stamp it
ROLLBACK;
\q"
  else
    sql_take_baseline
    say "COMMIT;
\echo The database has tables already: took a baseline and stamped it, revision :at
\echo (migrate.sh export writes it as a file, to be committed)"
    if [ "$1" -gt 0 ]; then
      sql_fail "'the revision files do not build on what is in this database'" \
        "'None has the message \"baseline\", and alembic_version does not name any. The baseline is revision ' || :'at' || '. No file was loaded.'" \
        "E'Are they to come after what is there? Commit the baseline (migrate.sh export), and put the first of them on it: migrate.sh rebase FIRST ' || :'at' || E'\nIs what is there one of them? Then: migrate.sh apply --baseline REVISION, which compares'"
    fi
    say '\q'
  fi
  say "\endif
SELECT count(*) AS stamped FROM migrate.stamp(:'at') \gset
\echo The database has tables already: $stamped :at
\endif"
}

# A database that took a baseline of its own is brought to the file of another one, if
# that file makes what is here.
sql_change_baseline() {
  case $BASELINE in '' | none) return ;; esac
  say '\if :had_tables
\else'
  if [ -n "$ELSEWHERE" ]; then
    variable at "$BASELINE"
    say "SELECT count(*) > 0 AND NOT coalesce(bool_or(revision = :'at'), false) AS is_other, coalesce(string_agg(revision, ', '), '') AS applied
FROM migrate.history() WHERE is_applied \gset
\if :is_other"
    sql_fail "'this database is at a revision already'" "'Applied here: ' || :'applied' || '.'" \
      "'If what is in it is what ' || :'at' || ' makes: migrate.sh stamp --purge ' || :'at'"
    say '\endif' '\endif'
    return
  fi
  variable at "$BASELINE"
  say "SELECT count(*) > 0 AND NOT coalesce(bool_or(revision = :'at'), false) AS is_other,
  coalesce(bool_or(revision = ANY (:'loaded'::text[])), false) AS is_ours, coalesce(string_agg(revision, ', '), '') AS applied
FROM migrate.history() WHERE is_applied \gset
\if :is_other
\if :is_ours"
  sql_fail "'this database is at a revision of these files already'" "'Applied here: ' || :'applied' || '.'" \
    "'--baseline is for a database that these files have not migrated yet; migrate.sh stamp says where one is.'"
  say "\endif
SELECT count(*) AS stamped FROM migrate.stamp(:'at', true) \gset
SELECT coalesce(string_agg(action || ' ' || object_type || ' ' || object_identity, E'\n' ORDER BY step), '') AS differences, count(*) > 0 AS is_different
FROM migrate.drift('{*}') \gset
\if :is_different"
  sql_fail "'the schema is not what revision ' || :'at' || ' makes'" ":'differences'" \
    "'Nothing was changed. Make the two the same by hand, or say that they are: migrate.sh stamp --purge ' || :'at'"
  say "\endif
\echo 'The schema is what revision' :at 'makes: stamped it, instead of' :applied
\endif
\endif"
}

sql_init() {
  there='extension migrate_ext is'
  if [ -n "$ELSEWHERE" ]; then there='tables of schema migrate are'; fi
  sql_begin
  if [ -n "$NO_BASELINE" ]; then say '\set had_tables false'; fi
  say "\if :bare
\else
\echo The $there there already
\endif
\if :had_tables"
  if [ -n "$HAS_FILES" ]; then
    sql_fail "'the database has tables, and the directory has revision files'" "''" \
      "'migrate.sh apply stamps such a database: see migrate.sh apply --help.'"
  elif [ -n "$DRY_RUN" ]; then
    say '\echo Would take a baseline of the tables that are there, and stamp it'
  else
    sql_take_baseline
    say '\echo Took a baseline of the tables that are there, and stamped it: revision :at'
  fi
  say '\endif'
  if [ -n "$DRY_RUN" ]; then say 'ROLLBACK;'; else say 'COMMIT;'; fi
}
cmd_init() {
  HAS_FILES=''
  if has_files; then HAS_FILES=yes; fi
  if [ -n "$DRY_RUN" ]; then
    [ -d "$DIR" ] || say "Would make the directory $DIR"
    run_sql sql_init || finish $?
    return
  fi
  mkdir -p -- "$DIR" || exit 1
  if [ -n "$ELSEWHERE" ]; then run_elsewhere sql_init; else run_sql sql_init; fi || finish $?
  # The baseline, or the revisions of a database that has been here before.
  if [ -z "$HAS_FILES" ]; then export_revisions "$@"; fi
}

