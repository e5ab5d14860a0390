# --- what the tool and the database have written down ----------------------------
# Where the files go; the table of what a tool has applied, which tells tools apart whose files are
# alike; each tool's own settings.

same_directory() { [ "$(cd "$1" && pwd -P)" = "$(cd "$2" 2>/dev/null && pwd -P)" ]; }
ELSEWHERE=''
if [ -z "$TO" ]; then
  TO=./migrations
  if same_directory "$ROOT" "$TO" || same_directory "$DIR" "$TO"; then TO=./revisions ELSEWHERE=yes; fi
fi
! same_directory "$ROOT" "$TO" || bad_usage "the revision files would go into the directory that is imported; name another with --to DIR"

if [ "$TOOL" = alembic ] && [ -z "$UPGRADE_SQL$GRAPH_ONLY" ]; then run_alembic; fi

# Tools whose files are alike: what the database has decides, if it is asked at all.
alike() { # alike TOOL
  case $1 in
    sqlx) if some "$ROOT"/*.up.sql; then echo "sqlx golang-migrate"; else echo "sqlx supabase flyway"; fi ;;
    golang-migrate) echo "golang-migrate sqlx" ;;
    supabase) echo "supabase sqlx" ;;
    flyway) if [ -z "$PREFIX" ] && [ -z "$PREFIX_GIVEN" ]; then echo "flyway sqlx supabase"; else echo flyway; fi ;;
    diesel) echo "diesel hasura" ;;
    hasura) echo "hasura diesel" ;;
    *) echo "$1" ;;
  esac
}

case ${DIALECT:+given}$TOOL in given?*) case $TOOL in popx | authelia) ;; *) bad_usage "--dialect is for popx and authelia; this is $TOOL" ;; esac ;; esac

# What is asked of the database.
sql() { # sql [OPTION...]: a script on standard input
  # Revision files are UTF-8, whatever the locale is.
  export PGCLIENTENCODING=UTF8
  if [ -n "${DATABASE_URL:-}" ]; then
    # Written for SQLAlchemy, it may name a driver.
    set -- "$@" -d "$(printf %s "$DATABASE_URL" | sed 's|^\(postgres[a-z]*\)+[a-z0-9]*://|\1://|')"
  fi
  "${PSQL:-psql}" -X -A -t -q -v ON_ERROR_STOP=1 "$@"
}

# The usual table of a tool: its name, a schema or nothing, the columns it has,
# a column it must not have.  sqlx and golang-migrate share their files.
bookkeeping() { # bookkeeping TOOL
  case $1 in
    alembic) echo "alembic_version - version_num -" ;;
    authelia) echo "migrations - version_before,version_after,application_version -" ;;
    dbmate) echo "schema_migrations - version dirty" ;;
    drizzle) echo "__drizzle_migrations drizzle id,hash,created_at -" ;;
    hasura) echo "hdb_version hdb_catalog cli_state -" ;;
    popx) echo "schema_migration - version,version_self -" ;;
    sql-migrate) echo "gorp_migrations - id,applied_at -" ;;
    tern) echo "schema_version - version installed_rank" ;;
    diesel) echo "__diesel_schema_migrations - version,run_on -" ;;
    flyway) echo "flyway_schema_history - installed_rank,version,script,checksum,type,success -" ;;
    golang-migrate) echo "schema_migrations - version,dirty -" ;;
    goose) echo "goose_db_version - id,version_id,is_applied -" ;;
    node-pg-migrate) echo "pgmigrations - id,name,run_on -" ;;
    prisma) echo "_prisma_migrations - migration_name,finished_at,rolled_back_at -" ;;
    sqitch) echo "changes - change_id,change,project,planned_at,committed_at -" ;;
    sqlx) echo "_sqlx_migrations - version,success -" ;;
    supabase) echo "schema_migrations supabase_migrations version -" ;;
  esac
}

# That table in the database, as SQL writes its name; nothing if there is none.
# One on the search_path goes before others of that name (Supabase has several).
# Anybody may make a table of that name somewhere: it has to belong to the owner of the
# database, to who asks, to a superuser, or to the owner of a schema that the
# search_path names and that is not called like the user.
find_table() { # find_table NAME SCHEMA COLUMNS NOT_COLUMN
  sql -v name="$1" -v schema="$2" -v columns="$3" -v without="$4" <<'EOF'
WITH found AS (
  SELECT format('%I.%I', n.nspname, c.relname) AS name, pg_table_is_visible(c.oid) AS visible
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relname = :'name' AND :'schema' IN ('-', n.nspname)
    AND (c.relowner IN (SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
         OR c.relowner IN (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper OR r.rolname = current_user)
         OR (c.relowner = n.nspowner AND n.nspname <> current_user AND n.nspname = ANY (pg_catalog.current_schemas(false))))
    AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
         AND a.attname = ANY (string_to_array(:'columns', ','))) = cardinality(string_to_array(:'columns', ','))
    AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = :'without'))
SELECT name FROM found WHERE visible OR NOT EXISTS (SELECT FROM found WHERE visible) ORDER BY 1;
EOF
}

# The tool whose table this database has, among those whose files are alike.
decide_by_table() {
  for candidate in $(alike "$TOOL"); do
    if [ -n "$TABLE" ]; then
      # shellcheck disable=SC2046
      set -- $(bookkeeping "$candidate")
      has_columns "$3" "$4" || continue
    else
      # shellcheck disable=SC2046
      [ -n "$(find_table $(bookkeeping "$candidate"))" ] || continue
    fi
    if [ "$candidate" != "$TOOL" ]; then
      echo "$candidate, not $TOOL: the files of both are alike, and it is $candidate's table that is there" >>"$TMP/decided"
      [ "$candidate" != flyway ] || PREFIX=''
      TOOL=$candidate
    fi
    return
  done
}
has_columns() { # has_columns COLUMNS NOT_COLUMN: has --table TABLE these?
  [ "$(sql -v name="$TABLE" -v columns="$1" -v without="$2" <<'EOF'
SELECT (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = :'name'::regclass AND NOT a.attisdropped
        AND a.attname = ANY (string_to_array(:'columns', ','))) = cardinality(string_to_array(:'columns', ','))
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = :'name'::regclass AND a.attname = :'without');
EOF
  )" = t ]
}

: >"$TMP/decided"
if [ -n "$LOAD" ] && [ -n "$GUESSED" ] && [ "$(alike "$TOOL")" != "$TOOL" ]; then decide_by_table; fi

case $TOOL in
  sqitch)
    PLAN=sqitch.plan DEPLOY_DIR=deploy REVERT_DIR=revert EXTENSION=sql top=''
    if [ -f "$ROOT/sqitch.conf" ]; then
      for section in core 'engine "pg"'; do
        value=$(ini_value "$ROOT/sqitch.conf" "$section" top_dir)
        if [ -n "$value" ] && [ "$value" != . ]; then
          top=${value%/}/ PLAN=${top}sqitch.plan DEPLOY_DIR=${top}deploy REVERT_DIR=${top}revert
        fi
        value=$(ini_value "$ROOT/sqitch.conf" "$section" plan_file) && PLAN=${value:-$PLAN}
        value=$(ini_value "$ROOT/sqitch.conf" "$section" deploy_dir) && DEPLOY_DIR=${value:-$DEPLOY_DIR}
        value=$(ini_value "$ROOT/sqitch.conf" "$section" revert_dir) && REVERT_DIR=${value:-$REVERT_DIR}
        value=$(ini_value "$ROOT/sqitch.conf" "$section" extension) && EXTENSION=${value:-$EXTENSION}
      done
    fi
    [ -f "$ROOT/$PLAN" ] || die "no such plan: $ROOT/$PLAN"
    ;;
  prisma)
    if [ -f "$ROOT/migration_lock.toml" ]; then
      provider=$(sed -n 's/^provider *= *"\(.*\)".*/\1/p' "$ROOT/migration_lock.toml")
      case $provider in
        postgresql | postgres | cockroachdb | '') ;;
        *) die "migration_lock.toml: these are migrations for $provider, not for PostgreSQL" ;;
      esac
    fi
    ;;
  drizzle)
    provider=$(tr -d ' \t\r\n' <"$ROOT/meta/_journal.json" 2>/dev/null | sed -n 's/.*"dialect":"\([^"]*\)".*/\1/p') || :
    case $provider in
      postgresql | pg | '') ;;
      *) die "meta/_journal.json: these are migrations for $provider, not for PostgreSQL" ;;
    esac
    ;;
esac

