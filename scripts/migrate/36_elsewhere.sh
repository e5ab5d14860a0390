# --- elsewhere -------------------------------------------------------------------
# A database in which the extension cannot be installed.  It has the same tables, made by plain SQL:
# the "books".  They are brought into the engine, which then decides as if it were that database; and what
# it would do there is a script, which psql runs there under a lock, if nobody has migrated meanwhile.

# ELSEWHERE: such a database.  What is told of it: the version rows as a list, or "base"; yes if
# it has books; whether it has tables; its PostgreSQL.
ELSEWHERE='' AT='' HAS_BOOKS='' HAD_TABLES='' TARGET_MAJOR='' TARGET_VERSION='' TARGET_SAID=''

HAS_TABLES_THERE=$HAS_TABLES # which the engine is told
MAY_CREATE="EXISTS (SELECT FROM pg_catalog.pg_available_extension_versions AS v, pg_catalog.pg_roles AS r
  WHERE v.name = 'migrate_ext' AND r.rolname = current_user
    AND (r.rolsuper OR NOT v.superuser OR (v.trusted AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'))))"
BOOKS_ARE_THERE="pg_catalog.to_regclass('migrate.version') IS NOT NULL"
# Who may neither create the extension nor the books has to be told so.
is_elsewhere() { # prints an expression
  printf '%s' "($IS_BARE AND (${MIGRATE_ENGINE:+true OR }NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'migrate_ext')
  OR (NOT $MAY_CREATE AND ($BOOKS_ARE_THERE OR pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')))))"
}

# Who owns a table has code run as who reads or writes it.
sql_need_own_books() {
  say "SELECT count(*) > 0 AS are_others, coalesce(pg_catalog.string_agg(DISTINCT o.rolname, ', '), '') AS book_owners
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user
WHERE c.relnamespace = pg_catalog.to_regnamespace('migrate') AND c.relname IN ('revisions', 'scripts', 'prelude', 'version', 'log')
  AND (c.relkind <> 'r' OR (NOT o.rolsuper AND o.oid <> me.oid
    AND o.oid <> (SELECT datdba FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND (me.rolsuper OR NOT pg_catalog.pg_has_role(o.oid, 'MEMBER')))) \gset
\if :are_others"
  sql_fail "'the tables of schema migrate belong to somebody else'" "'Whoever owns them could have his own code run as you: ' || :'book_owners' || '.'" \
    "'Work as their owner, or have them belong to the owner of the database.'"
  say '\endif'
}
sql_at() { # sets has_books and at
  say "SELECT $BOOKS_ARE_THERE AS has_books \gset
\if :has_books"
  sql_need_own_books
  say "SELECT coalesce(pg_catalog.string_agg(revision, ',' ORDER BY revision), 'base') AS at FROM migrate.version \gset
\else
\set at base
\endif"
}

sql_is_elsewhere() { say "SELECT $(is_elsewhere);"; }
# Prints what there is to know of such a database, and puts the rows of its books into files.
sql_look_there() {
  say 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
  sql_at
  say "SELECT $HAS_TABLES_THERE AND NOT :'has_books' AS had_tables, pg_catalog.current_setting('server_version') AS version,
  pg_catalog.current_setting('server_version_num')::int / 10000 AS major \gset
\echo :has_books
\echo :had_tables
\echo :major
\echo :version
\echo :at
\if :has_books"
  # as many as anybody asks for
  for table in revisions scripts prelude version; do say "\o :run/$table" "COPY migrate.$table TO STDOUT;"; done
  say '\o :run/log' "COPY (SELECT * FROM migrate.log WHERE id > (SELECT max(id) - 1000 FROM migrate.log) OR outcome IN ('running', 'half_done') ORDER BY id) TO STDOUT;
\o
\elif :had_tables"
  sql_find_alembic
  say '\if :alembic
\o :run/alembic
SELECT version_num FROM ONLY :alembic_table;
\o
\endif
\endif
COMMIT;'
}

# Asks the database where the extension is, and what there is to know where it is not.  Its status is psql's.
find_where() {
  status=0 ELSEWHERE=''
  answer=$(ask sql_is_elsewhere) || status=$?
  [ "$status$answer" = 0t ] || return "$status"
  ELSEWHERE=yes
  [ -n "$RUN" ] || {
    RUN=$(mktemp -d "${TMPDIR:-/tmp}/migrate_run.XXXXXX") || exit 1
    trap 'end_run "$?"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
  }
  rm -f -- "$RUN"/*
  answer=$(ask sql_look_there) || status=$?
  [ "$status" -eq 0 ] || return "$status"
  for name in HAS_BOOKS HAD_TABLES TARGET_MAJOR TARGET_VERSION AT; do
    eval "$name=\${answer%%\"\$NEWLINE\"*}"
    answer=$answer$NEWLINE
    answer=${answer#*"$NEWLINE"} answer=${answer%"$NEWLINE"}
  done
  case $HAS_BOOKS in t | true) HAS_BOOKS=yes ;; *) HAS_BOOKS='' ;; esac
  case $HAD_TABLES in t | true) HAD_TABLES=true ;; *) HAD_TABLES=false ;; esac
  TARGET_SAID=$answer
}
end_run() { # end_run STATUS
  trap '' HUP INT TERM
  end_engine
  [ -z "$RUN" ] || rm -rf -- "$RUN"
  exit "$1"
}

# BRING_FILES: a command that does not read the files itself, and shall know of them.  BRING_LIVE: one
# that looks at the schema; "compared" if that is all that it does.
BRING_FILES='' BRING_LIVE='' HOW_BARE='' ON_TARGET=''

# From here on psql talks to the engine, which is as the database is.
begin_elsewhere() { # begin_elsewhere [bare]: without the extension if the database has no books
  bare='' HOW_BARE=${1-}
  if [ -z "$HAS_BOOKS" ]; then bare=${1-}; fi
  if [ -z "$TARGET_NAME" ]; then
    TARGET_NAME=$(database_name)
    keep_settings target
  fi
  first=''
  [ -n "$ENGINE" ] || first=yes
  case ${MIGRATE_ENGINE:-private} in
    private) begin_private_engine "$TARGET_MAJOR" "$bare" ;;
    *)
      end_engine
      begin_named_engine "$bare"
      ;;
  esac
  keep_settings engine
  if [ -n "$first" ]; then
    why='cannot be installed in'
    if [ -n "${MIGRATE_ENGINE:-}" ]; then why='is not in'; fi
    older=''
    if [ "$ENGINE_MAJOR" -lt "$TARGET_MAJOR" ]; then
      older="The database is PostgreSQL $TARGET_MAJOR: what is newer than $ENGINE_MAJOR the engine does not understand (package postgresql-$TARGET_MAJOR-migrate-ext, or MIGRATE_ENGINE)."
    fi
    complain "migrate_ext $why this database, so it gets plain SQL; its engine is $ENGINE" ${older:+"$older"}
  fi
  # what is asked of a database where nothing was migrated yet
  # shellcheck disable=SC2034
  HAS_TABLES=$HAD_TABLES SAY_CREATED=''
  if [ -n "$BRING_LIVE" ]; then bring_live; fi
  (NOTICES=warning && ask sql_bring_books) || exit 1
  if [ -n "$BRING_FILES" ]; then bring_files; fi
}
sql_bring_books() {
  say '\cd :run'
  if [ -n "$HAS_BOOKS" ]; then
    say 'BEGIN;'
    for table in revisions scripts prelude version log; do say "\copy migrate.$table FROM '$table'"; done
    say "SELECT pg_catalog.setval('migrate.log_id_seq', coalesce(max(id), 0) + 1) AS id FROM migrate.log \gset" 'COMMIT;'
  elif [ -e "$RUN/alembic" ]; then
    say 'CREATE TABLE public.alembic_version (version_num text);' "\copy public.alembic_version FROM 'alembic'"
  fi
}
# The files, as the database would have them where it had the extension.  What is wrong with one is told,
# and does not keep anybody from looking.
bring_files() {
  if [ ! -d "$DIR" ] || ! has_files; then return; fi
  (NOTICES=warning && with_files bring_these >/dev/null) || complain "the files in $DIR are left out, for what was said"
}
bring_these() { ask sql_load_only "$@"; }

# One that is new enough for the database: that in PATH, the engine's, or another one: sets PG_DUMP.
find_pg_dump() {
  for PG_DUMP in pg_dump "$ENGINE_BIN/pg_dump" "/usr/lib/postgresql/$TARGET_MAJOR/bin/pg_dump" /usr/lib/postgresql/*/bin/pg_dump \
    /usr/pgsql-*/bin/pg_dump /usr/libexec/postgresql*/pg_dump; do
    major=$("$PG_DUMP" --version 2>/dev/null) || continue
    major=${major#*") "}
    major=${major%%[!0-9]*}
    if [ "${major:-0}" -ge "$TARGET_MAJOR" ]; then return; fi
  done
  die "there is no pg_dump here that is new enough for PostgreSQL $TARGET_VERSION; it tells what is in the database" \
    "Install the package postgresql-client-$TARGET_MAJOR, or have a newer pg_dump in PATH."
}
dump_schema() { "$PG_DUMP" --schema-only --no-tablespaces --no-subscriptions --lock-wait-timeout=60s -w "$@" </dev/null; }
# The schemas that are not managed, as pg_dump reads their names, a line for each.  For drift revisions and
# the prelude make some anew: of the others only what they do not seem to make.
sql_other_schemas() { # sql_other_schemas [kept]
  kept=''
  if [ -n "${1-}" ] && [ -n "$HAS_BOOKS" ]; then
    kept="AND NOT EXISTS (SELECT FROM (SELECT upgrade FROM migrate.scripts UNION ALL SELECT script FROM migrate.prelude) AS s (script)
    WHERE s.script ~* 'create\\s+schema' AND pg_catalog.strpos(pg_catalog.replace(s.script, '\"\"', '\"'), nspname) > 0)"
  fi
  variable managed "${SCHEMAS:-\"public\"}"
  say "SELECT '\"' || pg_catalog.replace(nspname, '\"', '\"\"') || '\"' FROM pg_catalog.pg_namespace
WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'migrate')
  AND pg_catalog.strpos(',' || :'managed' || ',', ',\"' || pg_catalog.replace(nspname, '\"', '\"\"') || '\",') = 0 $kept ORDER BY 1;"
}
# The schema of the database, as DDL.
bring_live() {
  find_pg_dump
  use_settings target
  set --
  : >"$RUN/others"
  if [ "$BRING_LIVE" = compared ]; then
    if [ "$SCHEMAS" != '*' ]; then ask sql_other_schemas >"$RUN/others" || exit 1; fi
    # what is compared refers to them
    if [ -s "$RUN/others" ]; then
      if [ "$COMMAND" = drift ]; then ask sql_other_schemas kept >"$RUN/kept" || exit 1; else cp "$RUN/others" "$RUN/kept"; fi
      while IFS= read -r name; do set -- "$@" "--schema=$name"; done <"$RUN/kept"
    fi
    if [ $# -gt 0 ]; then
      # what this role may not read, it may not refer to, either
      dump_schema --no-owner --no-privileges "$@" >"$RUN/outside" 2>/dev/null || rm -f -- "$RUN/outside"
    fi
    # Owners are not compared; and whoever owns something there need not be able to own it here.
    set -- --no-owner
    while IFS= read -r name; do set -- "$@" "--exclude-schema=$name"; done <"$RUN/others"
  fi
  dump_schema "$@" --exclude-schema=migrate >"$RUN/dump" || die "pg_dump cannot tell what is in the database"
  LC_ALL=C sed -e '/^\\restrict /d' -e '/^\\unrestrict /d' "$RUN/dump" >"$RUN/live"
  if [ "$BRING_LIVE" = compared ]; then
    # Up to 14 pg_dump writes down what the owner of public may there, who is nobody special here.
    # shellcheck disable=SC2086 # one word or none
    owner=$(psql -X -q -A -t $NEVER_ASK -c "SELECT pg_catalog.quote_ident(o.rolname) FROM pg_catalog.pg_namespace AS n
      JOIN pg_catalog.pg_roles AS o ON o.oid = n.nspowner WHERE n.nspname = 'public'") || exit 1
    mv -- "$RUN/live" "$RUN/dump"
    LC_ALL=C grep -vxF -e "GRANT ALL ON SCHEMA public TO $owner;" "$RUN/dump" >"$RUN/live"
  fi
  # shellcheck disable=SC2086 # one word or none
  psql -X -q -A -t $NEVER_ASK -c "COPY (SELECT rolname, pg_catalog.pg_has_role(oid, 'MEMBER') AND NOT rolsuper
    FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_') TO STDOUT" >"$RUN/roles" || exit 1
  use_settings engine
  bring_roles
  # what of it the engine cannot have is missing, which is said where something needs it
  [ ! -e "$RUN/outside" ] || psql -X -q -w -f "$RUN/outside" >/dev/null 2>&1 || :
}
sql_live() { say '\cd :run' "\set live \`cat live\`"; }

# --- a script, and running it -----------------------------------------------------

# The engine prints it into $RUN, the last thing that it does in its transaction.
sql_write_script() { # sql_write_script NUMBER CALL
  say "\o :run/script$1" "SELECT $2;" '\o'
}

# What migrate.upgrade() and its like refuse, in their words.
sql_need_transactions() { # sql_need_transactions upgrade|downgrade PROCEDURE
  modes="'autocommit', 'concurrently'"
  # where there is nothing, nobody is kept waiting
  if [ "$HAD_TABLES$AT" = falsebase ]; then modes="'none'"; fi
  say "SELECT coalesce((pg_catalog.array_agg(p.revision ORDER BY p.step))[1], '') AS alone, count(*) > 0 AS is_alone
FROM migrate.plan('$1', :'target') AS p JOIN migrate.revisions AS r USING (revision) WHERE r.${1}_mode IN ($modes) \gset
\if :is_alone"
  sql_fail "pg_catalog.format('the $1 of revision \"%s\" cannot run inside a transaction', :'alone')" \
    "'It is marked transaction:false or has a statement such as CREATE INDEX CONCURRENTLY or VACUUM. Nothing was run.'" \
    "'Use $2.'"
  say '\endif'
}

# The scripts' own lock, which the session has to the end: so nobody migrates between the question where
# the database is and the script.  A number for it is in src/run/offline_target.c.
SCRIPT_LOCK=30796665482998885
# shellcheck disable=SC2016 # for the server
sql_lock() {
  say "DO \$migrate\$
DECLARE
  begun timestamptz := pg_catalog.clock_timestamp();
BEGIN
  IF pg_catalog.pg_try_advisory_lock($SCRIPT_LOCK::bigint) THEN
    RETURN;
  END IF;
  RAISE NOTICE 'waiting for another session that is migrating';
  LOOP
    COMMIT;
    PERFORM pg_catalog.pg_sleep(0.2::float8);
    COMMIT;
    EXIT WHEN pg_catalog.pg_try_advisory_lock($SCRIPT_LOCK::bigint);
    IF pg_catalog.clock_timestamp() > begun + interval '10 minutes' THEN
      RAISE EXCEPTION 'another session is migrating' USING ERRCODE = 'MG025', HINT = 'Run it again when it has finished.';
    END IF;
  END LOOP;
END \$migrate\$;"
}

# What the books are: the rows of the version, every script.  Files of which a start has found that
# nothing is left to do are known by that, until something changes.
BOOKS_STATE="pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws('|',
  (SELECT pg_catalog.string_agg(revision, ',' ORDER BY revision) FROM migrate.version),
  (SELECT pg_catalog.string_agg(revision || ' ' || pg_catalog.encode(checksum, 'hex'), ',' ORDER BY revision) FROM migrate.scripts)), 'UTF8'))"
sql_remember() {
  say "SELECT $BOOKS_ARE_THERE AS has_books \gset
\if :has_books
BEGIN;
DELETE FROM migrate.log WHERE action = 'load' AND message = 'files $DIGEST';
INSERT INTO migrate.log (action, message, version_before, version_after, checksum)
  SELECT 'load', 'files $DIGEST', v, v, $BOOKS_STATE FROM (SELECT ARRAY(SELECT revision FROM migrate.version ORDER BY revision)) AS a (v);
COMMIT;
\endif"
}

# Everything that the database is told.  What came of it is in $RUN/result: nothing if it was migrated
# meanwhile, so that all has to be thought out again.
sql_run_script() {
  say '\o /dev/null'
  if [ -n "$TAG" ]; then
    variable tag "$TAG"
    say "SELECT pg_catalog.set_config('migrate.tag', :'tag', false);"
  fi
  sql_lock
  sql_at
  variable planned "$AT"
  say "SELECT :'at' <> :'planned' AS has_moved \gset
\if :has_moved
\q
\endif"
  cat -- "$RUN"/script[0-9]
  if [ -e "$RUN/remember" ]; then sql_remember; fi
  say '\o :run/result'
  if [ -e "$RUN/script2" ]; then sql_now_at 'unnest(ARRAY(SELECT revision FROM migrate.version))'; else say '\qecho done'; fi
}

# Runs what the engine has printed.  1: it failed, which was said; 2: the connection failed; 5: the
# database has been migrated meanwhile.
run_script() {
  is_script=''
  for script in "$RUN"/script[0-9]; do if [ -e "$script" ]; then is_script=yes; fi; done
  use_settings target
  status=0
  if [ -n "$is_script" ]; then
    ON_TARGET=yes
    run_sql sql_run_script || status=$?
    ON_TARGET=''
  elif [ -e "$RUN/remember" ]; then
    # who may not write has found that there is nothing to write
    : >"$RUN/script1"
    with_settings sql_run_script | (client) >/dev/null 2>&1 || :
    is_script=''
  fi
  use_settings engine
  if [ -z "$is_script" ] || [ "$status" -ne 0 ]; then return "$status"; fi
  [ -s "$RUN/result" ] || return 5
  [ ! -e "$RUN/script2" ] || cat -- "$RUN/result"
}

# Has the engine think, and runs what it has thought out: again if the database has been migrated meanwhile.
run_elsewhere() { # run_elsewhere FUNCTION [ARGUMENT...]: prints SQL for the engine; its status is psql's
  rounds=0
  while :; do
    status=0
    run_sql "$@" || status=$?
    if [ "$status" -ne 0 ] && [ ! -e "$RUN/script0" ]; then return "$status"; fi
    thought=$status status=0
    run_script || status=$?
    if [ "$status" -ne 5 ]; then
      [ "$status" -ne 0 ] || status=$thought
      return "$status"
    fi
    rounds=$((rounds + 1))
    [ "$rounds" -lt 20 ] || die "the database is migrated by others all the time"
    use_settings target
    find_where || return $?
    begin_elsewhere "$HOW_BARE"
  done
}
